// Bytes as a message from another of our processes, which may have been taken over: whatever they are, they
// are refused, or they are a message that says the same when it is sent on.
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <variant>

#include "base/names.h"
#include "os/channel.h"

namespace {

using namespace holdfast;

void check(const os::Message& message) {
    if (const auto* notice = std::get_if<os::Notice>(&message)) {
        HF_ASSERT(notice->name.size() <= os::Notice::longest_name);
        HF_ASSERT(notice->cause.size() <= os::Notice::longest_cause);
        HF_ASSERT(!name_of(notice->happening).empty());
    }
    if (const auto* wanted = std::get_if<os::ValueWanted>(&message)) {
        HF_ASSERT(wanted->instance.size() <= os::Notice::longest_name);
        HF_ASSERT(wanted->what == os::InstanceValue::priority ? wanted->value > 0 : wanted->value <= 1);
    }
    if (const auto* order = std::get_if<os::Order>(&message)) HF_ASSERT(!name_of(*order).empty());
    if (const auto* progress = std::get_if<os::Progress>(&message)) HF_ASSERT(!name_of(*progress).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const ByteView view{bytes, size};
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    if (const auto rules = os::unpack(text)) HF_ASSERT(os::pack(*rules) == text);
    const auto message = os::decode(view);
    if (!message) return 0;
    check(*message);
    // There is one way to say a thing.
    const auto again = os::encode(*message);
    HF_ASSERT(again.size() == size && std::equal(again.begin(), again.end(), bytes));
    HF_ASSERT(again.size() <= os::max_message_size);
    return 0;
}
