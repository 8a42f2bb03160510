// Bytes on core's control socket, and notes that another core left: refused, or understood the same again.
#include <cstdint>
#include <string_view>

#include "core/legacy.h"
#include "os/control.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace holdfast;
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    if (const auto request = os::decode_request(text)) {
        HF_ASSERT(os::encode(*request) == text);
        HF_ASSERT(request->code.size() <= os::Request::longest_code);
        HF_ASSERT(request->name.size() <= os::Request::longest_name);
    }
    if (const auto answer = os::decode_answer(text)) {
        const auto again = os::decode_answer(os::encode(*answer));
        HF_ASSERT(again && again->outcome == answer->outcome);
        HF_ASSERT(answer->text.starts_with(again->text));
    }
    if (const auto legacy = core::read_note(std::string{text}))
        HF_ASSERT(legacy->vrrp.pid >= 0 && legacy->checker.pid >= 0);
    return 0;
}
