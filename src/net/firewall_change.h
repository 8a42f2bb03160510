// Accept rules of our own in chains of others, marked by their comments. Waits for the kernel, and for
// whoever is changing the rules meanwhile: not for the process that runs the protocol.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "os/accept_rule.h"
#include "os/unique_fd.h"

namespace holdfast::net::firewall {

// As nft would be asked for it: `inet filter input`, `iifname "eth0" ip daddr 224.0.0.18 meta l4proto 112`.
std::string place_of(const os::AcceptRule& rule);
std::string words_of(const os::AcceptRule& rule);

// The comment that marks the rule as one of that owner (an instance of the daemon; may be empty) and tells it
// from the owner's others; at most as long as nft accepts it.
std::string comment_of(const os::AcceptRule& rule, std::string_view owner);

struct Changes {
    std::vector<std::string> inserted;
    std::vector<std::string> removed;
    std::vector<std::string> no_such_chain;
};

class Changer {
public:
    // Needs CAP_NET_ADMIN.
    static Result<Changer> open();
    // Makes the owner's rules those that are wanted, in one step: what is missing goes to the head of its
    // chain, what is not wanted is deleted, what is there stays. Rules of nobody else are touched.
    Result<Changes> keep_exactly(const std::vector<os::AcceptRule>& wanted, std::string_view owner) const;

private:
    explicit Changer(os::UniqueFd fd) : fd_{std::move(fd)} {}
    os::UniqueFd fd_;
};

}  // namespace holdfast::net::firewall
