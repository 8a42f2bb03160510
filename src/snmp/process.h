// The SNMP process: what is published becomes rows when the master agent asks, and notifications when it has
// changed.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "os/ledger.h"
#include "os/published.h"
#include "snmp/facts.h"
#include "snmp/notifications.h"
#include "snmp/rows.h"

namespace holdfast::snmp {

class Process {
public:
    // Pages that are missing or cannot be read count as empty. ledger: nothing is sent twice, and nothing
    // twice by the process after this one.
    Process(Node node, std::optional<os::PublishedReader> routers, std::optional<os::PublishedReader> checks,
            os::Ledger ledger);

    // Another generation runs: its node and its pages. What was told before counts as told.
    void follow(Node node, std::optional<os::PublishedReader> routers,
                std::optional<os::PublishedReader> checks);

    // As they are now; valid until the next call of anything here.
    const Facts& facts();
    using Make = Rows (*)(const Facts&);
    // Made anew when something new has been published.
    const Rows& rows(Make make);
    // What is to be sent and has not been settled, in this order. Nothing as long as nothing new is
    // published.
    std::vector<Notification> news();
    // That one has been sent.
    void settle(const Notification& notification);
    // All of them have been sent.
    void settle_news();

private:
    struct Made {
        Make make = nullptr;
        std::uint64_t version = 0;  // of the facts
        Rows rows;
    };

    Node node_;
    std::optional<os::PublishedReader> routers_;
    std::optional<os::PublishedReader> checks_;
    os::Ledger ledger_;
    std::unique_ptr<Facts> facts_;
    std::uint64_t routers_edition_ = 0;
    std::uint64_t checks_edition_ = 0;
    std::uint64_t version_ = 0;
    std::uint64_t told_edition_ = 0;
    Instant told_until_{};
    std::array<Made, 4> made_;
    ErrorNotifications errors_;
};

}  // namespace holdfast::snmp
