// Bytes of a history file in the state directory, which anybody may have put there: refused, or a run that
// can be merged, told and drawn, and that is the same when it is kept again.
#include <cstdint>
#include <string_view>

#include "status/history.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace holdfast;
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    if (const auto number = status::recording_number(text))
        HF_ASSERT(status::recording_name(*number) == text);
    auto recording = status::decode_recording(text);
    if (!recording) return 0;
    const auto again = status::encode(recording->head, recording->routers);
    HF_ASSERT(again);
    const auto same = status::decode_recording(*again);
    HF_ASSERT(same && same->left_out.empty() && same->head == recording->head);
    HF_ASSERT(status::encode(same->head, same->routers) == again);
    std::vector<status::Run> runs;
    for (int copies = 0; copies < 2; ++copies)
        runs.push_back({.routers = recording->routers,
                        .boot = recording->head.boot,
                        .end = recording->head.end,
                        .ended_ms = recording->head.saved_ms});
    const status::History history{std::move(runs), {}, {}};
    HF_ASSERT(status::to_json(history, 0).ends_with("}\n"));
    return 0;
}
