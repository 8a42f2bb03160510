// Bytes as an Ethernet frame with ARP or a neighbour message: what is heard keeps the rules, whatever came.
#include <cstdint>
#include <cstdlib>

#include "base/result.h"
#include "net/neighbour_frames.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace holdfast;
    const auto heard = net::parse_neighbour_frame({bytes, size});
    if (!heard) return 0;
    using Kind = net::NeighbourFrame::Kind;
    const bool arp = heard->kind == Kind::arp_request || heard->kind == Kind::arp_reply;
    HF_ASSERT(size >= (arp ? 42U : 78U));
    HF_ASSERT(heard->sender.is_v4() == arp && heard->target.is_v4() == arp);
    HF_ASSERT(heard->mac != MacAddress{} && (heard->mac.bytes()[0] & 1) == 0);
    if (const auto claimed = heard->claimed())
        HF_ASSERT(!claimed->is_unspecified() && !claimed->is_multicast());
    HF_ASSERT(heard->kind == Kind::advertisement || (!heard->solicited && !heard->overrides));
    return 0;
}
