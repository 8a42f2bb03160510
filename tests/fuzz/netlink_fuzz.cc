// Bytes as a netlink datagram, and as a VRRP packet of a raw IPv4 socket: whatever they are, they are read
// within their bounds, and a table that learns from them stays consistent. The first byte chooses.
#include <cstdint>
#include <cstdlib>

#include "net/links.h"
#include "net/routes.h"
#include "net/rules.h"
#include "net/vrrp_socket.h"

namespace {

using namespace holdfast;

void learn_all(ByteView datagram) {
    net::LinkTable table;
    net::Updates updates;
    net::NetlinkMessages messages{datagram};
    while (const auto message = messages.next()) {
        table.learn(*message, updates);
        if (const auto news = net::route_in(*message)) {
            HF_ASSERT(net::same_route(news->route, news->route));
            HF_ASSERT(!net::text(news->route, table).empty());
        }
        if (const auto news = net::rule_in(*message)) HF_ASSERT(!net::text(news->rule).empty());
        if (const auto answer = net::acknowledgement_in(*message)) HF_ASSERT(answer->error_number >= 0);
    }
    for (const net::Link* link : table.all()) {
        HF_ASSERT(table.find(link->index) == link);
        HF_ASSERT(table.find(link->name) != nullptr);
        for (const auto& present : table.addresses_of(link->index))
            HF_ASSERT(table.find_address(link->index, present.address, present.prefix_length) != nullptr);
    }
}

void parse_packet(ByteView packet) {
    const auto header = net::parse_ipv4(packet);
    if (!header) return;
    HF_ASSERT(header->payload.data() + header->payload.size() == packet.data() + packet.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const ByteView rest{bytes + 1, size - 1};
    if (bytes[0] & 1)
        parse_packet(rest);
    else
        learn_all(rest);
    return 0;
}
