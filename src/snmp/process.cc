#include "snmp/process.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "os/log.h"

namespace holdfast::snmp {

namespace {

std::uint64_t edition_of(const std::optional<os::PublishedReader>& reader) {
    return reader ? reader->edition() : 0;
}

// Nothing, when there is none or it cannot be read.
template <class Snapshot>
Snapshot read(const std::optional<os::PublishedReader>& reader, Result<Snapshot> (*decode)(ByteView)) {
    const auto bytes = reader ? reader->read() : std::nullopt;
    if (!bytes) return {};
    auto snapshot = decode(*bytes);
    if (snapshot) return std::move(*snapshot);
    os::log(os::Level::debug, snapshot.error().text());
    return {};
}

Interfaces read_interfaces() {
    auto interfaces = Interfaces::read();
    if (interfaces) return std::move(*interfaces);
    os::log(os::Level::debug, interfaces.error().text());
    return {};
}

}  // namespace

Process::Process(Node node, std::optional<os::PublishedReader> routers,
                 std::optional<os::PublishedReader> checks, os::Ledger ledger)
    : node_{std::move(node)},
      routers_{std::move(routers)},
      checks_{std::move(checks)},
      ledger_{std::move(ledger)} {
    node_.begin = ledger_.begin();
}

void Process::follow(Node node, std::optional<os::PublishedReader> routers,
                     std::optional<os::PublishedReader> checks) {
    facts_.reset();  // refers to the node
    node_ = std::move(node);
    node_.begin = ledger_.begin();
    routers_.reset();
    checks_.reset();
    if (routers) routers_.emplace(std::move(*routers));
    if (checks) checks_.emplace(std::move(*checks));
    told_edition_ = 0;
}

const Facts& Process::facts() {
    const std::uint64_t routers = edition_of(routers_);
    const std::uint64_t checks = edition_of(checks_);
    if (facts_ && routers == routers_edition_ && checks == checks_edition_) return *facts_;
    facts_ = std::make_unique<Facts>(node_, read(routers_, status::read_routers),
                                     read(checks_, status::read_checks), read_interfaces());
    routers_edition_ = routers;
    checks_edition_ = checks;
    ++version_;
    return *facts_;
}

const Rows& Process::rows(Make make) {
    const Facts& now = facts();
    const auto place = std::find_if(made_.begin(), made_.end(),
                                    [&](const Made& one) { return one.make == make || one.make == nullptr; });
    HF_ASSERT(place != made_.end());
    if (place->make == nullptr || place->version != version_)
        *place = {.make = make, .version = version_, .rows = make(now)};
    return place->rows;
}

std::vector<Notification> Process::news() {
    const std::uint64_t edition = edition_of(routers_);
    if (!node_.snmp.notifies || edition == told_edition_) return {};
    const Facts& now = facts();
    std::vector<Notification> all = state_changes(now, ledger_.reported());
    std::vector<Notification> errors = errors_.next(now);
    std::move(errors.begin(), errors.end(), std::back_inserter(all));
    told_until_ = now.routers().head.taken;
    return all;
}

void Process::settle(const Notification& notification) {
    if (notification.settles) ledger_.report_until(*notification.settles);
}

void Process::settle_news() {
    told_edition_ = routers_edition_;
    if (told_until_ > ledger_.reported()) ledger_.report_until(told_until_);
}

}  // namespace holdfast::snmp
