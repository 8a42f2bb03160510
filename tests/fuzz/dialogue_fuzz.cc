// Bytes as what a service says to a check, in pieces: whatever they are, an answer, a refusal or silence.
//
// Input: which service, how long the pieces are, then the bytes.
#include <algorithm>
#include <cstdint>

#include "checker/dialogue.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace holdfast;
    using config::CheckType;
    if (size < 2) return 0;
    constexpr CheckType services[] = {CheckType::mysql, CheckType::postgresql, CheckType::redis};
    checker::Dialogue dialogue{services[bytes[0] % 3], (bytes[0] & 4) != 0 ? "user" : ""};
    dialogue.begin();
    const std::size_t piece = std::max<std::size_t>(1, bytes[1]);
    ByteView rest{bytes + 2, size - 2};
    while (!rest.empty()) {
        const std::size_t length = std::min(piece, rest.size());
        const checker::Turn turn = dialogue.receive(rest.first(length));
        rest = rest.subspan(length);
        HF_ASSERT(turn.reply.size() < 1024);
        if (turn.verdict && !*turn.verdict) HF_ASSERT(turn.verdict->error().text().size() < 1024);
        if (turn.verdict) return 0;
    }
    return 0;
}
