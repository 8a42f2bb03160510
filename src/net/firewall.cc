#include "net/firewall.h"

#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "net/firewall_messages.h"
#include "net/netlink.h"

namespace holdfast::net::firewall {

namespace {

constexpr std::size_t datagram_bytes = 32768;  // what the kernel fills at most with one piece of a dump
constexpr std::size_t request_bytes = 4096;
constexpr std::size_t most_chains = 16384;
constexpr std::size_t most_rules_of_a_chain = 8192;
constexpr std::size_t most_rules = 16384;
constexpr std::size_t most_elements = 16384;
constexpr std::size_t most_needs = 16;  // chains of hooks that one packet passes
constexpr unsigned most_restarts = 5;
constexpr unsigned most_empty_reads = 1000;

using RuleObject = std::unique_ptr<nftnl_rule, Releaser<nftnl_rule_free>>;
using SetObject = std::unique_ptr<nftnl_set, Releaser<nftnl_set_free>>;

Result<os::UniqueFd> open_socket(std::uint32_t groups) {
    os::UniqueFd fd{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER)};
    if (!fd) return Error::system("open a netfilter socket");
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return Error::system("bind a netfilter socket");
    return fd;
}

std::uint16_t type_of(std::uint16_t message) {
    return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

// One datagram, and only from the kernel. 0: there is none.
Result<std::size_t> read_datagram(int fd, std::vector<std::uint8_t>& buffer) {
    sockaddr_nl from{};
    socklen_t size = sizeof from;
    const ssize_t length =
        recvfrom(fd, buffer.data(), buffer.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return std::size_t{0};
    if (length < 0) return Error::system("read the nftables ruleset");
    return from.nl_pid == 0 ? static_cast<std::size_t>(length) : std::size_t{0};
}

}  // namespace

Result<Reader> Reader::open() {
    auto questions = open_socket(0);
    if (!questions) return std::move(questions).error();
    auto news = open_socket(1u << (NFNLGRP_NFTABLES - 1));
    if (!news) return std::move(news).error();
    return Reader{std::move(*questions), std::move(*news)};
}

Reader::Reader(os::UniqueFd questions, os::UniqueFd news)
    : questions_{std::move(questions)}, news_{std::move(news)}, buffer_(datagram_bytes) {}

bool Reader::take_news() {
    constexpr int most_datagrams = 64;  // the descriptor stays readable
    bool changed = false;
    for (int count = 0; count < most_datagrams; ++count) {
        const auto length = read_datagram(news_.get(), buffer_);
        if (!length) return true;  // lost news are news
        if (*length == 0) break;
        changed = true;
    }
    return changed;
}

void Reader::ask(std::vector<Probe> probes, bool with_needs) {
    probes_ = std::move(probes);
    with_needs_ = with_needs;
    restarts_ = 0;
    asking_ = true;
    reading_ = Reading::nothing;
    ruleset_ = {};
    answers_.clear();
    answer_.reset();
    rules_ = 0;
    interrupted_ = true;  // nothing has been read yet
}

Result<void> Reader::begin() {
    interrupted_ = false;
    ruleset_ = {};
    answers_.clear();
    answer_.reset();
    rules_ = 0;
    return request(Reading::chains, {});
}

Result<void> Reader::work() {
    if (!asking_) return {};
    Result<void> done = reading_ != Reading::nothing ? receive() : interrupted_ ? begin() : judge_next();
    if (!done) {
        asking_ = false;
        reading_ = Reading::nothing;
    }
    return done;
}

Result<void> Reader::judge_next() {
    if (answers_.size() == probes_.size()) {
        asking_ = false;
        ruleset_ = {};
        return {};
    }
    const Probe& probe = probes_[answers_.size()];
    if (!answer_) {
        const auto judged = judge(ruleset_, probe);
        const auto waits = lacks(judged);
        if (!waits) return std::move(waits).error();
        if (*waits) return {};
        answer_ = std::get<Answer>(judged);
        if (with_needs_) return {};
    } else {
        const auto judged = judge_without_ours(ruleset_, probe, answer_->needs);
        const auto waits = lacks(judged);
        if (!waits) return std::move(waits).error();
        if (*waits) return {};
        const Answer& bare = std::get<Answer>(judged);
        if (bare.kind != Answer::Kind::passes && answer_->needs.size() < most_needs) {
            answer_->needs.push_back(bare.base);
            return {};
        }
    }
    answers_.push_back(std::move(*answer_));
    answer_.reset();
    return {};
}

Result<bool> Reader::lacks(const std::variant<Answer, NeedsChain, NeedsSet>& judged) {
    const auto* chain = std::get_if<NeedsChain>(&judged);
    const auto* set = std::get_if<NeedsSet>(&judged);
    if (chain == nullptr && set == nullptr) return false;
    if (auto asked =
            chain != nullptr ? request(Reading::rules, chain->chain) : request(Reading::set, set->set);
        !asked)
        return std::move(asked).error();
    return true;
}

// --- Questions
// ------------------------------------------------------------------------------------------------

Result<void> Reader::request(Reading what, const ChainKey& key) {
    // An answer to an earlier question that was given up is told by its number.
    std::vector<char> room(request_bytes);
    const auto family = static_cast<std::uint16_t>(key.family);
    const auto header = [&](std::uint16_t message, std::uint16_t flags) {
        return nftnl_nlmsg_build_hdr(room.data(), message, family, flags, ++sequence_);
    };
    reading_ = what;
    key_ = key;
    empty_reads_ = 0;
    nlmsghdr* message = nullptr;
    if (what == Reading::chains) {
        message = header(NFT_MSG_GETCHAIN, NLM_F_DUMP);
    } else if (what == Reading::rules) {
        message = header(NFT_MSG_GETRULE, NLM_F_DUMP);
        const RuleObject rule{nftnl_rule_alloc()};
        if (!rule) return Error::system("ask for rules", ENOMEM);
        nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, key.table.c_str());
        nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, key.name.c_str());
        nftnl_rule_nlmsg_build_payload(message, rule.get());
        ruleset_.chains[key].rules.emplace();
    } else {
        message = header(what == Reading::set ? NFT_MSG_GETSET : NFT_MSG_GETSETELEM,
                         what == Reading::set ? NLM_F_ACK : NLM_F_DUMP);
        const SetObject set{nftnl_set_alloc()};
        if (!set) return Error::system("ask for a set", ENOMEM);
        nftnl_set_set_str(set.get(), NFTNL_SET_TABLE, key.table.c_str());
        nftnl_set_set_str(set.get(), NFTNL_SET_NAME, key.name.c_str());
        if (what == Reading::set)
            nftnl_set_nlmsg_build_payload(message, set.get());
        else
            nftnl_set_elems_nlmsg_build_payload(message, set.get());
        ruleset_.sets[key];
    }
    return send(message);
}

Result<void> Reader::send(const nlmsghdr* message) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const ssize_t sent = sendto(questions_.get(), message, message->nlmsg_len, MSG_DONTWAIT,
                                reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    if (sent < 0) return Error::system("ask for the nftables ruleset");
    return {};
}

// --- Answers
// --------------------------------------------------------------------------------------------------

Result<void> Reader::receive() {
    auto length = read_datagram(questions_.get(), buffer_);
    if (!length) return std::move(length).error();
    if (*length == 0) {
        if (++empty_reads_ > most_empty_reads)
            return Error::invalid("the kernel does not answer").during("read the nftables ruleset");
        return {};
    }
    auto rest = static_cast<int>(*length);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data());
    for (; mnl_nlmsg_ok(message, rest); message = mnl_nlmsg_next(message, &rest)) {
        if (message->nlmsg_seq != sequence_) continue;
        if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted_ = true;
        if (message->nlmsg_type == NLMSG_DONE) {
            finish_reading();
            break;
        }
        if (message->nlmsg_type == NLMSG_ERROR) {
            if (mnl_nlmsg_get_payload_len(message) < sizeof(nlmsgerr))
                return Error::invalid("a short error message").during("read the nftables ruleset");
            const int error = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message))->error;
            // What was there a moment ago is gone: read again. No nf_tables at all: there is nothing.
            if (error == ENOENT || error == EINTR)
                interrupted_ = reading_ != Reading::chains;
            else if (error != 0)
                return Error::system("read the nftables ruleset", error);
            finish_reading();
            break;
        }
        if (auto taken = take(message); !taken) return taken;
    }
    return {};
}

Result<void> Reader::take(const nlmsghdr* message) {
    if (message->nlmsg_type == type_of(NFT_MSG_NEWCHAIN) && reading_ == Reading::chains) {
        if (ruleset_.chains.size() >= most_chains)
            return Error::invalid("there are too many chains").during("read the nftables ruleset");
        if (auto chain = parse_chain(message)) ruleset_.chains.insert(std::move(*chain));
    } else if (message->nlmsg_type == type_of(NFT_MSG_NEWRULE) && reading_ == Reading::rules) {
        Chain& chain = ruleset_.chains[key_];
        if (chain.too_large) return {};
        auto rule = parse_rule(message);
        if (!rule || rule->first != key_) return {};
        if (chain.rules->size() >= most_rules_of_a_chain || ++rules_ > most_rules) {
            chain.too_large = true;
            chain.rules->clear();
            return {};
        }
        chain.rules->push_back(std::move(rule->second));
    } else if (message->nlmsg_type == type_of(NFT_MSG_NEWSET) && reading_ == Reading::set) {
        if (const auto facts = parse_set(message)) {
            ruleset_.sets[key_].interval = facts->interval;
            ruleset_.sets[key_].concatenation = facts->concatenation;
        }
    } else if (message->nlmsg_type == type_of(NFT_MSG_NEWSETELEM) && reading_ == Reading::elements) {
        Set& set = ruleset_.sets[key_];
        for (Element& element : parse_elements(message)) {
            set.too_large = set.too_large || set.elements.size() >= most_elements;
            if (!set.too_large) set.elements.push_back(std::move(element));
        }
    }
    return {};
}

void Reader::finish_reading() {
    const Reading was = reading_;
    reading_ = Reading::nothing;
    if (interrupted_ && ++restarts_ > most_restarts) {
        // It changes faster than it can be read; the news of it will have it read once more.
        interrupted_ = false;
        asking_ = false;
        answers_.clear();
        return;
    }
    if (interrupted_) return;
    if (was == Reading::set) {
        if (!request(Reading::elements, key_)) interrupted_ = true;
        return;
    }
    if (was != Reading::elements) return;
    // The end of one interval stands before the begin of the next.
    std::vector<Element>& elements = ruleset_.sets[key_].elements;
    std::stable_sort(elements.begin(), elements.end(), [](const Element& a, const Element& b) {
        if (a.catches_all != b.catches_all) return a.catches_all;
        return a.key != b.key ? a.key < b.key : a.ends_interval && !b.ends_interval;
    });
}

std::vector<std::string> legacy_tables() {
    std::vector<std::string> tables;
    for (const auto& [family, path] :
         {std::pair{"ip ", "/proc/net/ip_tables_names"}, std::pair{"ip6 ", "/proc/net/ip6_tables_names"}}) {
        std::ifstream names{path};
        for (std::string name; std::getline(names, name);)
            tables.push_back(family + name);
    }
    return tables;
}

}  // namespace holdfast::net::firewall
