#include "net/firewall_change.h"

#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <functional>
#include <set>

#include "base/hash.h"
#include "net/firewall_judge.h"
#include "net/firewall_messages.h"
#include "net/netlink.h"
#include "os/unique_fd.h"

namespace holdfast::net::firewall {

namespace {

using os::AcceptRule;

constexpr std::size_t datagram_bytes = 65536;
constexpr std::size_t message_bytes = 2048;  // of one rule
constexpr int socket_bytes = 1 << 23;        // all answers of the largest change
constexpr timeval longest_answer{.tv_sec = 5, .tv_usec = 0};
constexpr int most_attempts = 5;              // others change the rules meanwhile
constexpr std::size_t longest_comment = 127;  // bytes: what nft accepts
constexpr std::size_t longest_owner = 32;

using RuleObject = std::unique_ptr<nftnl_rule, Releaser<nftnl_rule_free>>;

// --- A rule
// ---------------------------------------------------------------------------------------------------

void load_meta(nftnl_rule* rule, std::uint32_t key) {
    nftnl_expr* load = nftnl_expr_alloc("meta");
    nftnl_expr_set_u32(load, NFTNL_EXPR_META_KEY, key);
    nftnl_expr_set_u32(load, NFTNL_EXPR_META_DREG, NFT_REG_1);
    nftnl_rule_add_expr(rule, load);
}

void load_payload(nftnl_rule* rule, std::uint32_t base, std::uint32_t offset, std::size_t length) {
    nftnl_expr* load = nftnl_expr_alloc("payload");
    nftnl_expr_set_u32(load, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
    nftnl_expr_set_u32(load, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(load, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(load, NFTNL_EXPR_PAYLOAD_LEN, static_cast<std::uint32_t>(length));
    nftnl_rule_add_expr(rule, load);
}

void is_equal(nftnl_rule* rule, ByteView bytes) {
    nftnl_expr* test = nftnl_expr_alloc("cmp");
    nftnl_expr_set_u32(test, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    nftnl_expr_set_u32(test, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
    nftnl_expr_set(test, NFTNL_EXPR_CMP_DATA, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    nftnl_rule_add_expr(rule, test);
}

// The kernel's name of a device fills its room with zeros.
std::array<std::uint8_t, IFNAMSIZ> device_bytes(const std::string& name) {
    std::array<std::uint8_t, IFNAMSIZ> bytes{};
    std::copy_n(name.begin(), std::min<std::size_t>(name.size(), IFNAMSIZ - 1), bytes.begin());
    return bytes;
}

// A chain of the netdev family has its devices.
bool names_device(const AcceptRule& rule) {
    return rule.table_family != NFPROTO_NETDEV;
}

// In the order and with the expressions of nft and iptables-nft, so that both can read it back.
void add_expressions(nftnl_rule* made, const AcceptRule& rule) {
    const bool v4 = rule.destination.is_v4();
    if (names_device(rule)) {
        load_meta(made, rule.outgoing ? NFT_META_OIFNAME : NFT_META_IIFNAME);
        is_equal(made, device_bytes(rule.link));
    }
    if (rule.table_family == NFPROTO_INET) {
        load_meta(made, NFT_META_NFPROTO);
        is_equal(made, std::array{static_cast<std::uint8_t>(v4 ? NFPROTO_IPV4 : NFPROTO_IPV6)});
    } else if (rule.table_family == NFPROTO_NETDEV) {
        load_meta(made, NFT_META_PROTOCOL);
        is_equal(made,
                 v4 ? std::array<std::uint8_t, 2>{0x08, 0x00} : std::array<std::uint8_t, 2>{0x86, 0xdd});
    }
    if (rule.source) {
        load_payload(made, NFT_PAYLOAD_NETWORK_HEADER, v4 ? 12 : 8, rule.source->bytes().size());
        is_equal(made, rule.source->bytes());
    }
    load_payload(made, NFT_PAYLOAD_NETWORK_HEADER, v4 ? 16 : 24, rule.destination.bytes().size());
    is_equal(made, rule.destination.bytes());
    load_meta(made, NFT_META_L4PROTO);
    is_equal(made, std::array{rule.protocol});
    if (rule.port != 0) {
        load_payload(made, NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof rule.port);
        is_equal(made,
                 std::array{static_cast<std::uint8_t>(rule.port >> 8), static_cast<std::uint8_t>(rule.port)});
    }
    nftnl_rule_add_expr(made, nftnl_expr_alloc("counter"));
    nftnl_expr* accept = nftnl_expr_alloc("immediate");
    nftnl_expr_set_u32(accept, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(accept, NFTNL_EXPR_IMM_VERDICT, NF_ACCEPT);
    nftnl_rule_add_expr(made, accept);
}

RuleObject rule_in(const ChainKey& chain) {
    RuleObject rule{nftnl_rule_alloc()};
    if (!rule) return rule;
    nftnl_rule_set_u32(rule.get(), NFTNL_RULE_FAMILY, chain.family);
    nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, chain.table.c_str());
    nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain.name.c_str());
    return rule;
}

RuleObject made_of(const AcceptRule& rule, const std::string& comment) {
    RuleObject made = rule_in({rule.table_family, rule.table, rule.chain});
    if (!made) return made;
    add_expressions(made.get(), rule);
    nftnl_udata_buf* mark = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
    if (mark == nullptr) return {};
    nftnl_udata_put_strz(mark, NFTNL_UDATA_RULE_COMMENT, comment.c_str());
    nftnl_rule_set_data(made.get(), NFTNL_RULE_USERDATA, nftnl_udata_buf_data(mark),
                        nftnl_udata_buf_len(mark));
    nftnl_udata_buf_free(mark);
    return made;
}

// --- Talking with the kernel
// ----------------------------------------------------------------------------------

class Conversation {
public:
    explicit Conversation(int fd) : fd_{fd}, room_(datagram_bytes) {}

    std::uint32_t next_number() { return ++number_; }

    Result<void> send(std::vector<std::uint8_t>& bytes, const std::string& doing) {
        sockaddr_nl kernel{};
        kernel.nl_family = AF_NETLINK;
        const ssize_t sent = sendto(fd_, bytes.data(), bytes.size(), 0,
                                    reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
        if (sent < 0) return Error::system(doing);
        return {};
    }

    // Each message until enough says that there are no more. The error of an answer is take's to judge.
    using Take = std::function<Result<bool>(const nlmsghdr*)>;  // true: that was the last
    Result<void> receive(const Take& take, const std::string& doing) {
        for (;;) {
            const ssize_t length = recv(fd_, room_.data(), room_.size(), 0);
            if (length < 0 && errno == EINTR) continue;
            if (length <= 0) return Error::system(doing, errno == EAGAIN ? ETIMEDOUT : errno);
            auto rest = static_cast<int>(length);
            const auto* message = reinterpret_cast<const nlmsghdr*>(room_.data());
            for (; mnl_nlmsg_ok(message, rest); message = mnl_nlmsg_next(message, &rest)) {
                auto last = take(message);
                if (!last) return std::move(last).error();
                if (*last) return {};
            }
        }
    }

    // 0 or an errno; nothing: it is no acknowledgement.
    static std::optional<int> error_in(const nlmsghdr* message) {
        if (message->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(message) < sizeof(nlmsgerr))
            return std::nullopt;
        return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message))->error;
    }

private:
    int fd_;
    std::vector<std::uint8_t> room_;
    std::uint32_t number_ = 0;
};

// --- What there is
// ------------------------------------------------------------------------------------------------

struct OwnRule {
    ChainKey chain;
    std::uint64_t handle = 0;
    std::string comment;
};

struct Present {
    std::set<ChainKey> chains;  // of hooks, where a rule of ours may be
    std::vector<OwnRule> own;
    bool changed_meanwhile = false;
};

Result<void> dump(Conversation& kernel, std::uint16_t what, const ChainKey& chain, bool& changed,
                  const std::function<void(const nlmsghdr*)>& take) {
    const std::string doing = "read the nftables ruleset";
    std::vector<std::uint8_t> request(message_bytes);
    const std::uint32_t number = kernel.next_number();
    nlmsghdr* header = nftnl_nlmsg_build_hdr(reinterpret_cast<char*>(request.data()), what,
                                             static_cast<std::uint16_t>(chain.family), NLM_F_DUMP, number);
    if (what == NFT_MSG_GETRULE) {
        const RuleObject filter = rule_in(chain);
        if (!filter) return Error::system(doing, ENOMEM);
        nftnl_rule_nlmsg_build_payload(header, filter.get());
    }
    request.resize(header->nlmsg_len);
    if (auto sent = kernel.send(request, doing); !sent) return sent;
    return kernel.receive(
        [&](const nlmsghdr* message) -> Result<bool> {
            if (message->nlmsg_seq != number) return false;
            if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) changed = true;
            if (message->nlmsg_type == NLMSG_DONE) return true;
            if (const auto error = Conversation::error_in(message)) {
                if (*error == ENOENT || *error == EINTR)
                    changed = what != NFT_MSG_GETCHAIN;
                else if (*error != 0)
                    return Error::system(doing, *error);
                return true;
            }
            take(message);
            return false;
        },
        doing);
}

Result<Present> look(Conversation& kernel, const std::string& mark) {
    Present present;
    auto chains = dump(kernel, NFT_MSG_GETCHAIN, {}, present.changed_meanwhile, [&](const nlmsghdr* message) {
        const auto chain = parse_chain(message);
        if (chain && chain->second.base) present.chains.insert(chain->first);
    });
    if (!chains) return std::move(chains).error();
    for (const ChainKey& chain : present.chains) {
        auto rules =
            dump(kernel, NFT_MSG_GETRULE, chain, present.changed_meanwhile, [&](const nlmsghdr* message) {
                const auto rule = parse_rule(message);
                if (rule && rule->first == chain && rule->second.comment.starts_with(mark))
                    present.own.push_back({chain, rule->second.handle, rule->second.comment});
            });
        if (!rules) return std::move(rules).error();
    }
    return present;
}

// --- The change
// --------------------------------------------------------------------------------------------------

class Batch {
public:
    explicit Batch(Conversation& kernel) : kernel_{kernel} {
        append([&](char* room) { nftnl_batch_begin(room, kernel_.next_number()); });
    }

    void insert(const AcceptRule& rule, const std::string& comment) {
        add(NFT_MSG_NEWRULE, NLM_F_CREATE, rule.table_family, made_of(rule, comment));
    }
    void remove(const OwnRule& own) {
        RuleObject rule = rule_in(own.chain);
        if (rule) nftnl_rule_set_u64(rule.get(), NFTNL_RULE_HANDLE, own.handle);
        add(NFT_MSG_DELRULE, 0, own.chain.family, std::move(rule));
    }
    bool empty() const { return waits_.empty(); }

    // 0, or the errno of the first that was refused: then nothing has changed.
    Result<int> commit() {
        const std::string doing = "change the nftables ruleset";
        if (no_memory_) return Error::system(doing, ENOMEM);
        append([&](char* room) { nftnl_batch_end(room, kernel_.next_number()); });
        if (auto sent = kernel_.send(bytes_, doing); !sent) return std::move(sent).error();
        int refused = 0;
        auto answered = kernel_.receive(
            [&](const nlmsghdr* message) -> Result<bool> {
                const auto error = Conversation::error_in(message);
                if (!error || !waits_.contains(message->nlmsg_seq)) {
                    // Refused as a whole: then nobody answers for the rules.
                    if (error && *error != 0) refused = refused != 0 ? refused : *error;
                    return error && *error != 0;
                }
                waits_.erase(message->nlmsg_seq);
                if (refused == 0) refused = *error;
                return waits_.empty();
            },
            doing);
        if (!answered) return std::move(answered).error();
        return refused;
    }

private:
    void append(const std::function<void(char*)>& write) {
        const std::size_t at = bytes_.size();
        bytes_.resize(at + message_bytes);
        write(reinterpret_cast<char*>(bytes_.data() + at));
        bytes_.resize(at + reinterpret_cast<const nlmsghdr*>(bytes_.data() + at)->nlmsg_len);
    }
    void add(std::uint16_t what, std::uint16_t flags, std::uint32_t family, RuleObject rule) {
        if (!rule) {
            no_memory_ = true;
            return;
        }
        const std::uint32_t number = kernel_.next_number();
        waits_.insert(number);
        append([&](char* room) {
            nlmsghdr* header = nftnl_nlmsg_build_hdr(room, what, static_cast<std::uint16_t>(family),
                                                     static_cast<std::uint16_t>(flags | NLM_F_ACK), number);
            nftnl_rule_nlmsg_build_payload(header, rule.get());
        });
    }

    Conversation& kernel_;
    std::vector<std::uint8_t> bytes_;
    std::set<std::uint32_t> waits_;
    bool no_memory_ = false;
};

std::string mark_of(std::string_view owner) {
    std::string mark{own_mark};
    if (!owner.empty()) mark += " ";
    for (const char letter : owner.substr(0, longest_owner)) {
        const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' ||
                           letter == '_' || letter == '.';
        mark += plain ? letter : '_';  // it stands between quotes
    }
    return mark + ": ";
}

std::string place_of(const ChainKey& chain) {
    return std::string{family_word(chain.family)} + " " + chain.table + " " + chain.name;
}

}  // namespace

std::string place_of(const AcceptRule& rule) {
    return place_of(ChainKey{rule.table_family, rule.table, rule.chain});
}

std::string words_of(const AcceptRule& rule) {
    const std::string family = rule.destination.is_v4() ? "ip" : "ip6";
    std::string words;
    if (names_device(rule))
        words = std::string{rule.outgoing ? "oifname" : "iifname"} + " \"" + rule.link + "\" ";
    if (rule.source) words += family + " saddr " + rule.source->text() + " ";
    words += family + " daddr " + rule.destination.text() + " ";
    return words + (rule.port == 0 ? "meta l4proto 112" : "udp dport " + std::to_string(rule.port)) +
           " accept";
}

std::string comment_of(const AcceptRule& rule, std::string_view owner) {
    std::string comment = mark_of(owner);
    comment += rule.port == 0 ? "vrrp" : "udp " + std::to_string(rule.port);
    comment += rule.outgoing ? " out " : " in ";
    for (const char letter : rule.link)
        comment += std::isgraph(static_cast<unsigned char>(letter)) != 0 && letter != '"' && letter != '\\'
                       ? letter
                       : '_';
    if (rule.source) comment += " " + rule.source->text() + " >";
    comment += " " + rule.destination.text();
    if (comment.size() <= longest_comment) return comment;
    const std::string rest = "#" + std::to_string(fnv1a(std::as_bytes(std::span{comment})));
    return comment.substr(0, longest_comment - rest.size()) + rest;
}

Result<Changer> Changer::open() {
    os::UniqueFd fd{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)};
    if (!fd) return Error::system("open a netfilter socket");
    for (const int option : {SO_SNDBUFFORCE, SO_RCVBUFFORCE})
        setsockopt(fd.get(), SOL_SOCKET, option, &socket_bytes, sizeof socket_bytes);
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &longest_answer, sizeof longest_answer);
    return Changer{std::move(fd)};
}

Result<Changes> Changer::keep_exactly(const std::vector<AcceptRule>& wanted, std::string_view owner) const {
    Conversation kernel{fd_.get()};
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto present = look(kernel, mark_of(owner));
        if (!present) return std::move(present).error();
        if (present->changed_meanwhile) continue;
        Changes changes;
        Batch batch{kernel};
        std::vector<bool> stays(present->own.size());
        for (const AcceptRule& rule : wanted) {
            const ChainKey chain{rule.table_family, rule.table, rule.chain};
            const std::string comment = comment_of(rule, owner);
            if (!present->chains.contains(chain)) {
                changes.no_such_chain.push_back(place_of(rule));
                continue;
            }
            const auto found = std::find_if(
                present->own.begin(), present->own.end(),
                [&](const OwnRule& own) { return own.chain == chain && own.comment == comment; });
            if (found != present->own.end()) {
                stays[static_cast<std::size_t>(found - present->own.begin())] = true;
                continue;
            }
            batch.insert(rule, comment);
            changes.inserted.push_back(place_of(rule) + " " + words_of(rule));
        }
        for (std::size_t at = 0; at < present->own.size(); ++at) {
            if (stays[at]) continue;
            const OwnRule& own = present->own[at];
            batch.remove(own);
            changes.removed.push_back(place_of(own.chain) + " handle " + std::to_string(own.handle) + " (" +
                                      own.comment.substr(mark_of(owner).size()) + ")");
        }
        if (batch.empty()) return changes;
        const auto refused = batch.commit();
        if (!refused) return refused.error();
        if (*refused == 0) return changes;
        if (*refused != ENOENT && *refused != EINTR && *refused != EAGAIN && *refused != ERESTART)
            return Error::system("change the nftables ruleset", *refused);
    }
    return Error::invalid("the rules change faster than they can be read")
        .during("change the nftables ruleset");
}

}  // namespace holdfast::net::firewall
