// Bytes as a message of the kernel's process connector: no message, or one of a process that can be.
#include <cstdint>
#include <variant>

#include "checker/process_events.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace holdfast;
    const auto event = checker::decode_process_event(ByteView{bytes, size});
    if (!event) return 0;
    if (const auto* renamed = std::get_if<checker::ProcessRenamed>(&*event))
        HF_ASSERT(renamed->name.size() <= 16);
    return 0;
}
