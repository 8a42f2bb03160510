// Reads the nftables ruleset of this network namespace, as far as an advert passes through it, and asks the
// judge. In bounded pieces: a piece is one datagram of the kernel or one advert led through the rules, and
// none of them waits for anybody, not even for a firewall that is being reloaded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "net/firewall_judge.h"
#include "net/firewall_rules.h"
#include "os/unique_fd.h"

struct nlmsghdr;

namespace holdfast::net::firewall {

// What is listened to for changes, and the socket for questions. Needs CAP_NET_ADMIN.
class Reader {
public:
    // An error: this kernel has no nftables, so nothing of it drops anything.
    static Result<Reader> open();

    // Becomes readable when the ruleset changes.
    int news_fd() const { return news_.get(); }
    // Whether it did; takes all that is there.
    bool take_news();

    // Begins anew with these; what was read before is forgotten. with_needs: which chains need an accept rule
    // of ours is asked, too.
    void ask(std::vector<Probe> probes, bool with_needs = false);
    bool busy() const { return asking_; }
    // One piece. An error ends the asking.
    Result<void> work();
    // Once busy is over: one answer for each probe.
    const std::vector<Answer>& answers() const { return answers_; }

private:
    Reader(os::UniqueFd questions, os::UniqueFd news);

    enum class Reading : std::uint8_t { nothing, chains, rules, set, elements };
    Result<void> request(Reading what, const ChainKey& key);
    Result<void> send(const nlmsghdr* message);
    Result<void> receive();
    Result<void> take(const nlmsghdr* message);
    void finish_reading();
    Result<void> judge_next();
    // True: the judge has to know more before there is an answer, and that is asked for.
    Result<bool> lacks(const std::variant<Answer, NeedsChain, NeedsSet>& judged);
    Result<void> begin();

    os::UniqueFd questions_;
    os::UniqueFd news_;
    std::vector<std::uint8_t> buffer_;
    Ruleset ruleset_;
    std::vector<Probe> probes_;
    std::vector<Answer> answers_;
    std::optional<Answer> answer_;  // of the next probe, while its needs are looked for
    bool with_needs_ = false;
    Reading reading_ = Reading::nothing;
    ChainKey key_;  // of what is being read
    std::uint32_t sequence_ = 0;
    std::size_t rules_ = 0;
    unsigned restarts_ = 0;
    unsigned empty_reads_ = 0;
    bool asking_ = false;
    bool interrupted_ = false;  // the ruleset changed meanwhile
};

// The tables that the old iptables, which is not part of nftables, has in use; "ip filter", "ip6 mangle".
// Their rules are not looked through.
std::vector<std::string> legacy_tables();

}  // namespace holdfast::net::firewall
