#include "net/firewall_judge.h"

#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstring>

#include "base/names.h"
#include "net/firewall_values.h"
#include "net/firewall_xt.h"

namespace holdfast::net::firewall {

namespace {

constexpr std::size_t register_bytes = 64;
constexpr std::size_t name_bytes = 16;      // IFNAMSIZ
constexpr int deepest_jump = 16;            // the kernel's own limit
constexpr std::size_t most_rules = 10'000;  // a few milliseconds: the answer is one piece of work
constexpr std::uint8_t vrrp_protocol = 112;
constexpr std::uint8_t class_cs6 = 0xc0;

// --- The packet
// -----------------------------------------------------------------------------------------------

std::array<std::uint8_t, 2> ethertype(Family family) {
    if (family == Family::ipv4) return {0x08, 0x00};
    return {0x86, 0xdd};
}

class Packet {
public:
    explicit Packet(const Probe& probe) : probe_{probe} {
        mark = Value::of_number(std::uint32_t{0});
        state = Value::of_number(state_new);
        if (probe.family == Family::ipv4)
            network_v4();
        else
            network_v6();
        transport_ = Value::unknown(8);
        transport_.bits[0] = 1;  // the type; the version is not known
        transport_.known[0] = 0x0f;
    }

    Value payload(const LoadPayload& load) const {
        const Value* header = nullptr;
        if (load.base == PayloadBase::network) header = &network_;
        if (load.base == PayloadBase::transport) header = &transport_;
        Value value = Value::unknown(std::min<std::size_t>(load.length, register_bytes));
        for (std::size_t i = 0; header != nullptr && i < value.size(); ++i) {
            const std::size_t at = std::size_t{load.offset} + i;
            if (at >= header->size()) break;
            value.bits[i] = header->bits[at];
            value.known[i] = header->known[at];
        }
        return value;
    }

    Value meta(std::uint32_t key) const {
        const bool out = probe_.outgoing;
        switch (key) {
            case NFT_META_PROTOCOL:
                return Value::of(ethertype(probe_.family));
            case NFT_META_NFPROTO:
                return Value::of_number(
                    static_cast<std::uint8_t>(probe_.family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6));
            case NFT_META_L4PROTO:
                return Value::of_number(vrrp_protocol);
            case NFT_META_MARK:
                return mark;
            case NFT_META_IIF:
                return Value::of_number(out ? 0 : probe_.ifindex);
            case NFT_META_OIF:
                return Value::of_number(out ? probe_.ifindex : 0);
            case NFT_META_IIFNAME:
                return name(out ? "" : probe_.link);
            case NFT_META_OIFNAME:
                return name(out ? probe_.link : "");
            case NFT_META_PKTTYPE:
                if (out) return Value::unknown(1);
                return Value::of_number(
                    static_cast<std::uint8_t>(probe_.destination.is_multicast() ? packet_multicast : 0));
            default:
                return Value::unknown(name_bytes);
        }
    }

    Value conntrack(std::uint32_t key) const {
        return key == NFT_CT_STATE ? state : Value::unknown(name_bytes);
    }

    Value fib(const LoadFib& load) const {
        const bool by_source = (load.flags & NFTA_FIB_F_SADDR) != 0;
        if (load.result == NFT_FIB_RESULT_ADDRTYPE) return Value::of_number(address_type(by_source));
        // Adverts come from the network of the interface, so the way back is that interface.
        const bool way_back = by_source && !probe_.outgoing && probe_.destination.is_multicast();
        if (!way_back) return Value::unknown(name_bytes);
        if ((load.flags & NFTA_FIB_F_PRESENT) != 0) return Value::of_number(std::uint8_t{1});
        if (load.result == NFT_FIB_RESULT_OIFNAME) return name(probe_.link);
        return Value::of_number(probe_.ifindex);
    }

    std::uint32_t address_type(bool of_source) const {
        if (of_source) return probe_.outgoing ? RTN_LOCAL : RTN_UNICAST;
        if (probe_.destination.is_multicast()) return RTN_MULTICAST;
        return probe_.outgoing ? RTN_UNICAST : RTN_LOCAL;
    }

    Value mark;   // rules may set it
    Value state;  // of its connection; rules may ask not to track it

private:
    static constexpr std::uint8_t packet_multicast = 2;  // PACKET_MULTICAST

    static Value name(const std::string& text) {
        Bytes bytes(name_bytes);
        std::copy_n(text.begin(), std::min(text.size(), name_bytes - 1), bytes.begin());
        return Value::of(bytes);
    }

    static void put(Value& header, std::size_t at, std::span<const std::uint8_t> bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            header.bits[at + i] = bytes[i];
            header.known[at + i] = 0xff;
        }
    }

    void put_source(std::size_t at) {
        if (!probe_.source) return;
        const ByteView bytes = probe_.source->address.bytes();
        put(network_, at, bytes);
        for (std::size_t bit = probe_.source->length; bit < bytes.size() * 8; ++bit) {
            const auto flag = static_cast<std::uint8_t>(0x80 >> (bit % 8));
            network_.known[at + bit / 8] = static_cast<std::uint8_t>(network_.known[at + bit / 8] & ~flag);
        }
        for (std::size_t i = at; i < at + bytes.size(); ++i)
            network_.bits[i] = static_cast<std::uint8_t>(network_.bits[i] & network_.known[i]);
    }

    void network_v4() {
        network_ = Value::unknown(20);
        put(network_, 0, std::array<std::uint8_t, 1>{0x45});
        if (probe_.outgoing) put(network_, 1, std::array{class_cs6});
        network_.known[6] = 0xbf;  // no fragment; nothing is known of "do not fragment"
        network_.known[7] = 0xff;
        put(network_, 8, std::array{probe_.ttl, vrrp_protocol});
        put_source(12);
        put(network_, 16, probe_.destination.bytes());
    }

    void network_v6() {
        network_ = Value::unknown(40);
        network_.bits[0] = 0x60;
        network_.known[0] = 0xf0;
        put(network_, 6, std::array{vrrp_protocol, probe_.ttl});
        put_source(8);
        put(network_, 24, probe_.destination.bytes());
    }

    const Probe& probe_;
    Value network_;
    Value transport_;
};

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
    Walk(const Ruleset& ruleset, const Probe& probe) : ruleset_{ruleset}, probe_{probe}, packet_{probe} {}

    std::variant<Answer, NeedsChain, NeedsSet> run() {
        std::optional<Answer> doubtful;
        for (const auto& [key, chain] : path()) {
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
    std::optional<ChainKey> needed_chain_;
    std::optional<SetKey> needed_set_;
    Truth accepted_ = Truth::no;
    Drop drop_;
    std::string doubt_;  // the first in this base chain
    std::size_t rules_ = 0;
};

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

}  // namespace

std::variant<Answer, NeedsChain, NeedsSet> judge(const Ruleset& ruleset, const Probe& probe) {
    return Walk{ruleset, probe}.run();
}

std::string describe(const Place& place) {
    std::string text = std::string{family_word(place.chain.family)} + " table " + place.chain.table +
                       ", chain " + place.chain.name;
    if (place.handle != 0) text += ", rule with handle " + std::to_string(place.handle);
    return text;
}

}  // namespace holdfast::net::firewall
