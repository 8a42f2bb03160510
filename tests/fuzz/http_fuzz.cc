// Bytes at a socket where metrics are offered: not a request yet, refused, or understood; the same whatever
// the pieces they come in.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "monitor/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace holdfast::monitor;
    const std::string_view all{reinterpret_cast<const char*>(bytes), size};
    for (std::size_t some = 1; some <= std::min(size, http::longest_request); some += 1 + some / 8) {
        const auto reading = http::read(all.substr(0, some));
        if (!reading) {
            HF_ASSERT(some < http::longest_request);
            continue;
        }
        HF_ASSERT(reading->request.has_value() == (reading->status.code == 200));
        if (!reading->request) {
            HF_ASSERT(!reading->why.empty());
            return 0;
        }
        HF_ASSERT(reading->request->path.find_first_of(" \r\n?#") == std::string::npos);
        return 0;
    }
    return 0;
}
