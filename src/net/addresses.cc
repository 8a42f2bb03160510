#include "net/addresses.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "net/batches.h"

namespace holdfast::net {

std::string InterfaceAddress::text() const {
    const std::string length = "/" + std::to_string(prefix_length);
    if (!peer) return address.text() + length;
    return address.text() + " peer " + peer->text() + length;
}

bool append(RequestBatch& batch, const AddressRequest& request) {
    const InterfaceAddress& wanted = request.address;
    const bool adding = request.operation == Operation::add;
    ifaddrmsg fixed{};
    fixed.ifa_family = wanted.address.is_v4() ? AF_INET : AF_INET6;
    fixed.ifa_prefixlen = wanted.prefix_length;
    fixed.ifa_scope = wanted.scope;
    fixed.ifa_index = static_cast<std::uint32_t>(wanted.ifindex);
    batch.begin(adding ? RTM_NEWADDR : RTM_DELADDR, adding ? NLM_F_CREATE | NLM_F_EXCL : 0, fixed);
    batch.put(IFA_LOCAL, wanted.address.bytes());
    batch.put(IFA_ADDRESS, wanted.peer.value_or(wanted.address).bytes());
    if (!adding) return batch.end();

    if (wanted.flags) batch.put(IFA_FLAGS, wanted.flags);
    if (wanted.broadcast) batch.put(IFA_BROADCAST, wanted.broadcast->bytes());
    if (!wanted.label.empty()) batch.put(IFA_LABEL, std::string_view{wanted.label});
    if (wanted.preferred_lifetime_s != forever || wanted.valid_lifetime_s != forever) {
        const ifa_cacheinfo life{.ifa_prefered = wanted.preferred_lifetime_s,
                                 .ifa_valid = wanted.valid_lifetime_s};
        batch.put(IFA_CACHEINFO, ByteView{reinterpret_cast<const std::uint8_t*>(&life), sizeof life});
    }
    batch.put(IFA_PROTO, wanted.protocol);
    return batch.end();
}

Result<Outcomes> carry_out(CommandSocket& socket, std::span<const AddressRequest> requests) {
    return carry_out_in_batches(socket, requests);
}

}  // namespace holdfast::net
