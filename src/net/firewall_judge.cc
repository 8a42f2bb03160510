#include "net/firewall_judge.h"

#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstring>

#include "base/names.h"
#include "net/firewall_packet.h"
#include "net/firewall_values.h"
#include "net/firewall_xt.h"

namespace holdfast::net::firewall {

namespace {

constexpr int deepest_jump = 16;            // the kernel's own limit
constexpr std::size_t most_rules = 10'000;  // a few milliseconds: the answer is one piece of work

// --- Registers
// ------------------------------------------------------------------------------------------------

class Registers {
public:
    void store(Register to, const Value& value) {
        const std::size_t at = offset(to);
        for (std::size_t i = 0; i < padded(value.size()) && at + i < register_bytes; ++i) {
            const bool inside = i < value.size();  // what is behind is filled with zeros
            bits_[at + i] = inside ? value.bits[i] : 0;
            known_[at + i] = inside ? value.known[i] : 0xff;
        }
    }
    Value load(Register from, std::size_t size) const {
        Value value = Value::unknown(size);
        const std::size_t at = offset(from);
        for (std::size_t i = 0; i < size && at + i < register_bytes; ++i) {
            value.bits[i] = bits_[at + i];
            value.known[i] = known_[at + i];
        }
        return value;
    }

private:
    static std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }
    static std::size_t offset(Register reg) {
        if (reg.number >= NFT_REG_1 && reg.number <= NFT_REG_4) return (reg.number - NFT_REG_1) * 16;
        if (reg.number >= NFT_REG32_00 && reg.number <= NFT_REG32_15) return (reg.number - NFT_REG32_00) * 4;
        return register_bytes;  // no register of data: nothing is stored, nothing is known
    }
    std::array<std::uint8_t, register_bytes> bits_{};
    std::array<std::uint8_t, register_bytes> known_{};
};

// --- Sets
// -----------------------------------------------------------------------------------------------------

struct Candidate {
    Truth truth = Truth::no;
    const Element* element = nullptr;
};

Truth in_element(const Set& set, std::size_t at, const Value& value) {
    const Element& element = set.elements[at];
    if (set.interval && set.concatenation) {
        if (element.key_end.empty() || element.key == element.key_end) return equal(value, element.key);
        return Truth::maybe;
    }
    if (!set.interval) return equal(value, element.key);
    const Truth from = !less(value, element.key);
    // What follows is its end, or the begin of the next; the last one may reach to the end of all numbers.
    if (at + 1 == set.elements.size()) return from;
    return both(from, less(value, set.elements[at + 1].key));
}

// A certain one stands alone; else all that may be.
std::vector<Candidate> candidates(const Set& set, const Registers& registers, Register from) {
    std::vector<Candidate> found;
    const Element* otherwise = nullptr;
    Truth any = Truth::no;
    for (std::size_t at = 0; at < set.elements.size(); ++at) {
        const Element& element = set.elements[at];
        if (element.catches_all) otherwise = &element;
        if (element.ends_interval || element.catches_all) continue;
        const Truth truth = in_element(set, at, registers.load(from, element.key.size()));
        if (truth == Truth::yes) return {{truth, &element}};
        if (truth == Truth::maybe) found.push_back({truth, &element});
        any = either(any, truth);
    }
    if (otherwise != nullptr) found.push_back({!any, otherwise});
    return found;
}

// --- The way through the chains
// -----------------------------------------------------------------------------

struct Outcome {  // of one rule
    Truth truth = Truth::yes;
    Verdict verdict{};
    std::string doubt;  // what is not known, when truth is maybe
};

struct Drop {
    Truth truth = Truth::no;
    Place place{};
    std::string doubt;
};

class Walk {
public:
    // passed: these chains of hooks let the packet pass, and our own rules are not there; nothing: as it is.
    Walk(const Ruleset& ruleset, const Probe& probe, const std::vector<ChainKey>* passed)
        : ruleset_{ruleset}, probe_{probe}, packet_{probe}, passed_{passed} {}

    std::variant<Answer, NeedsChain, NeedsSet> run() {
        std::optional<Answer> doubtful;
        for (const auto& [key, chain] : path()) {
            if (passed_ != nullptr && std::find(passed_->begin(), passed_->end(), *key) != passed_->end())
                continue;
            const Answer answer = through_base(*key, *chain);
            if (needed_chain_) return NeedsChain{*needed_chain_};
            if (needed_set_) return NeedsSet{*needed_set_};
            if (answer.kind == Answer::Kind::dropped) return answer;
            if (answer.kind == Answer::Kind::may_be_dropped && !doubtful) doubtful = answer;
        }
        return doubtful.value_or(Answer{});
    }

private:
    using Step = std::pair<const ChainKey*, const Chain*>;

    bool concerns(const ChainKey& key, const Base& base) const {
        const std::uint32_t own = probe_.family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
        const bool by_device = base.hook == Hook::ingress || base.hook == Hook::egress;
        if (by_device &&
            std::find(base.devices.begin(), base.devices.end(), probe_.link) == base.devices.end())
            return false;
        if (key.family != own && key.family != NFPROTO_INET && !(by_device && key.family == NFPROTO_NETDEV))
            return false;
        const bool outgoing =
            base.hook == Hook::output || base.hook == Hook::postrouting || base.hook == Hook::egress;
        return outgoing == probe_.outgoing;
    }

    std::vector<Step> path() const {
        std::vector<Step> steps;
        for (const auto& [key, chain] : ruleset_.chains)
            if (chain.base && concerns(key, *chain.base)) steps.emplace_back(&key, &chain);
        std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
            return std::tuple{a.second->base->hook, a.second->base->priority, a.second->handle} <
                   std::tuple{b.second->base->hook, b.second->base->priority, b.second->handle};
        });
        return steps;
    }

    Answer through_base(const ChainKey& key, const Chain& chain) {
        drop_ = {};
        accepted_ = Truth::no;
        doubt_.clear();
        const Truth leaves = through(key, Truth::yes, 0);
        if (chain.base->accepts)
            accepted_ = either(accepted_, leaves);
        else
            note_drop(leaves, {key, 0}, doubt_);
        Answer answer{.place = drop_.place, .base = key};
        if (drop_.truth == Truth::no) return answer;
        const std::string what = drop_.place.handle == 0 ? "its policy is drop" : "the rule drops";
        answer.kind = accepted_ == Truth::no ? Answer::Kind::dropped : Answer::Kind::may_be_dropped;
        answer.reason = answer.kind == Answer::Kind::dropped ? what
                        : drop_.doubt.empty()                ? what + " if it comes there"
                                                             : drop_.doubt;
        return answer;
    }

    void note_drop(Truth truth, const Place& place, const std::string& doubt) {
        if (truth <= drop_.truth) return;
        drop_ = {truth, place, doubt};
    }

    // Nobody knows: it may go either way, or on.
    void note_doubt(const Place& place, const std::string& doubt) {
        note_drop(Truth::maybe, place, doubt);
        accepted_ = either(accepted_, Truth::maybe);
        if (doubt_.empty()) doubt_ = doubt;
    }

    // Whether a packet that has come into the chain, certainly or maybe, leaves it without a verdict.
    Truth through(const ChainKey& key, Truth here, int depth) {
        const auto found = ruleset_.chains.find(key);
        if (found == ruleset_.chains.end() || found->second.too_large || depth > deepest_jump) {
            note_doubt({key, 0}, found == ruleset_.chains.end()
                                     ? "there is no chain of that name"
                                     : "the chain is too long to be looked through");
            return Truth::maybe;
        }
        if (!found->second.rules) {
            needed_chain_ = key;
            return Truth::maybe;
        }
        Truth alive = Truth::yes;  // given that it has come here
        Truth left = Truth::no;
        bool ended = false;
        for (const Rule& rule : *found->second.rules) {
            if (alive == Truth::no || needed_chain_ || needed_set_) break;
            if (passed_ != nullptr && rule.ours()) continue;
            const Place place{key, rule.handle};
            if (++rules_ > most_rules) {
                note_doubt(place, "there are too many rules to look through");
                return Truth::maybe;
            }
            for (const Outcome& outcome : outcomes(key, rule)) {
                if (outcome.truth == Truth::maybe && doubt_.empty())
                    doubt_ = describe(place) + " asks for what is not known here (" + outcome.doubt + ")";
                const Truth taken = both(alive, outcome.truth);
                const Truth absolute = both(here, taken);
                // Given that the verdict applies: the next rule is asked; the chain is left.
                Truth goes_on = Truth::no;
                Truth leaves = Truth::no;
                switch (outcome.verdict.kind) {
                    case Verdict::Kind::accept:
                        accepted_ = either(accepted_, absolute);
                        break;
                    case Verdict::Kind::drop:
                        note_drop(absolute, place, doubt_);
                        break;
                    case Verdict::Kind::jump:
                        goes_on =
                            through({key.family, key.table, outcome.verdict.chain}, absolute, depth + 1);
                        break;
                    case Verdict::Kind::go_to:
                        leaves = through({key.family, key.table, outcome.verdict.chain}, absolute, depth + 1);
                        break;
                    case Verdict::Kind::return_:
                        leaves = Truth::yes;
                        break;
                    case Verdict::Kind::continue_:
                        goes_on = Truth::yes;
                        break;
                    case Verdict::Kind::other:
                        note_doubt(place, describe(place) + " does what is not understood here (" +
                                              outcome.doubt + ")");
                        goes_on = Truth::maybe;
                        break;
                }
                left = either(left, both(taken, leaves));
                ended = ended || either(goes_on, leaves) != Truth::yes;
                alive = both(alive, either(!outcome.truth, goes_on));
                if (alive == Truth::no) break;
            }
        }
        if (!ended) return Truth::yes;
        return either(left, alive) == Truth::no ? Truth::no : Truth::maybe;
    }

    // What the rule may do: nothing, one verdict, or one of several (of a map). Truths are of each verdict.
    std::vector<Outcome> outcomes(const ChainKey& chain, const Rule& rule) {
        Registers registers;
        Truth truth = Truth::yes;
        std::string doubt;
        std::vector<Outcome> found;
        for (const Expression& expression : rule.expressions) {
            Truth matches = Truth::yes;
            std::string what;
            const auto give = [&](Verdict verdict, Truth certain, const std::string& why) {
                found.push_back({both(truth, certain), std::move(verdict), doubt.empty() ? why : doubt});
            };
            bool ends = false;
            std::visit(
                Overloaded{
                    [&](const LoadMeta& load) { registers.store(load.to, packet_.meta(load.key)); },
                    [&](const SetMeta& set) {
                        if (set.key != NFT_META_MARK) return;
                        packet_.mark = truth == Truth::yes ? registers.load(set.from, 4) : Value::unknown(4);
                    },
                    [&](const LoadPayload& load) { registers.store(load.to, packet_.payload(load)); },
                    [&](const LoadConntrack& load) { registers.store(load.to, packet_.conntrack(load.key)); },
                    [&](const LoadFib& load) { registers.store(load.to, packet_.fib(load)); },
                    [&](const LoadUnknown& load) { registers.store(load.to, Value::unknown(16)); },
                    [&](const Bitwise& op) {
                        Value value = registers.load(op.from, op.mask.size());
                        for (std::size_t i = 0; i < value.size(); ++i) {
                            const std::uint8_t flip = i < op.exclusive_or.size() ? op.exclusive_or[i] : 0;
                            value.known[i] = static_cast<std::uint8_t>(value.known[i] | ~op.mask[i]);
                            value.bits[i] = static_cast<std::uint8_t>(((value.bits[i] & op.mask[i]) ^ flip) &
                                                                      value.known[i]);
                        }
                        registers.store(op.to, value);
                    },
                    [&](const ByteOrder& op) {
                        Value value =
                            registers.load(op.from, std::min<std::size_t>(op.length, register_bytes));
                        for (std::size_t at = 0; op.size > 1 && at + op.size <= value.size(); at += op.size) {
                            const auto begin = static_cast<std::ptrdiff_t>(at);
                            const auto end = static_cast<std::ptrdiff_t>(at + op.size);
                            std::reverse(value.bits.begin() + begin, value.bits.begin() + end);
                            std::reverse(value.known.begin() + begin, value.known.begin() + end);
                        }
                        registers.store(op.to, value);
                    },
                    [&](const Immediate& load) { registers.store(load.to, Value::of(load.data)); },
                    [&](const Compare& test) {
                        matches = compare(test, registers.load(test.from, test.data.size()));
                        what = "a value of the packet";
                    },
                    [&](const InRange& test) {
                        const Truth inside =
                            within(registers.load(test.from, test.first.size()), test.first, test.last);
                        matches = test.negated ? !inside : inside;
                        what = "a value of the packet";
                    },
                    [&](const Lookup& lookup) {
                        what = "set " + lookup.set;
                        matches = look_up(chain, lookup, registers, give);
                        ends = lookup.is_map && lookup.to.number == NFT_REG_VERDICT;
                    },
                    [&](const XtMatch& match) {
                        matches = xt_matches(match, {.state = packet_.state,
                                                     .mark = packet_.mark,
                                                     .packet_type = packet_.meta(NFT_META_PKTTYPE),
                                                     .destination_type = packet_.address_type(false)});
                        what = "match " + match.name;
                    },
                    [&](const XtTarget& target) {
                        const Verdict verdict = xt_verdict(target.name);
                        if (xt_changes_mark(target.name)) packet_.mark = Value::unknown(4);
                        if (xt_changes_tracking(target.name)) packet_.state = Value::unknown(4);
                        give(verdict, Truth::yes, "target " + target.name);
                        ends = verdict.kind != Verdict::Kind::continue_;
                    },
                    [&](const GiveVerdict& give_it) {
                        give(give_it.verdict, Truth::yes, "verdict");
                        ends = true;
                    },
                    [&](const NoTrack&) {
                        packet_.state =
                            truth == Truth::yes ? Value::of_number(state_untracked) : Value::unknown(4);
                    },
                    [](const NoEffect&) {},
                    [&](const NotUnderstood& unknown) {
                        what = unknown.name;
                        if (unknown.ends)
                            give({.kind = Verdict::Kind::other, .chain = {}}, Truth::maybe, unknown.name);
                        else
                            matches = Truth::maybe;
                    },
                },
                expression);
            if (needed_set_) return {};
            truth = both(truth, matches);
            if (truth == Truth::no) return found;
            if (matches == Truth::maybe && doubt.empty()) doubt = what;
            if (ends) return found;
        }
        return found;
    }

    static Truth compare(const Compare& test, const Value& value) {
        switch (test.operation) {
            case NFT_CMP_EQ:
                return equal(value, test.data);
            case NFT_CMP_NEQ:
                return !equal(value, test.data);
            case NFT_CMP_LT:
                return less(value, test.data);
            case NFT_CMP_LTE:
                return either(less(value, test.data), equal(value, test.data));
            case NFT_CMP_GT:
                return !either(less(value, test.data), equal(value, test.data));
            case NFT_CMP_GTE:
                return !less(value, test.data);
            default:
                return Truth::maybe;
        }
    }

    template <class Give>
    Truth look_up(const ChainKey& chain, const Lookup& lookup, Registers& registers, const Give& give) {
        const SetKey key{chain.family, chain.table, lookup.set};
        const auto found = ruleset_.sets.find(key);
        if (found == ruleset_.sets.end()) {
            needed_set_ = key;
            return Truth::maybe;
        }
        const bool to_verdict = lookup.is_map && lookup.to.number == NFT_REG_VERDICT;
        if (found->second.too_large) {
            if (to_verdict)
                give(Verdict{.kind = Verdict::Kind::other, .chain = {}}, Truth::maybe, "set " + lookup.set);
            registers.store(lookup.to, Value::unknown(16));
            return Truth::maybe;
        }
        const std::vector<Candidate> all = candidates(found->second, registers, lookup.from);
        Truth any = Truth::no;
        for (const Candidate& candidate : all) {
            any = either(any, candidate.truth);
            if (to_verdict && candidate.element->verdict && candidate.truth != Truth::no)
                give(*candidate.element->verdict, candidate.truth, "set " + lookup.set);
        }
        if (!lookup.is_map) return lookup.negated ? !any : any;
        if (any == Truth::yes)
            registers.store(lookup.to, Value::of(all.back().element->data));
        else
            registers.store(lookup.to, Value::unknown(16));
        return any;
    }

    const Ruleset& ruleset_;
    const Probe& probe_;
    Packet packet_;
    const std::vector<ChainKey>* passed_;
    std::optional<ChainKey> needed_chain_;
    std::optional<SetKey> needed_set_;
    Truth accepted_ = Truth::no;
    Drop drop_;
    std::string doubt_;  // the first in this base chain
    std::size_t rules_ = 0;
};

}  // namespace

std::string_view family_word(std::uint32_t family) {
    switch (family) {
        case NFPROTO_INET:
            return "inet";
        case NFPROTO_IPV4:
            return "ip";
        case NFPROTO_IPV6:
            return "ip6";
        case NFPROTO_NETDEV:
            return "netdev";
        default:
            return "?";
    }
}

std::variant<Answer, NeedsChain, NeedsSet> judge(const Ruleset& ruleset, const Probe& probe) {
    return Walk{ruleset, probe, nullptr}.run();
}

std::variant<Answer, NeedsChain, NeedsSet> judge_without_ours(const Ruleset& ruleset, const Probe& probe,
                                                              const std::vector<ChainKey>& passed) {
    return Walk{ruleset, probe, &passed}.run();
}

std::string describe(const Place& place) {
    std::string text = std::string{family_word(place.chain.family)} + " table " + place.chain.table +
                       ", chain " + place.chain.name;
    if (place.handle != 0) text += ", rule with handle " + std::to_string(place.handle);
    return text;
}

}  // namespace holdfast::net::firewall
