// Bytes of a file in the state directory, which anybody may have put there: refused, or an incident within
// its limits that says the same when it is written and read again.
#include <cstdint>
#include <string_view>

#include "status/incident.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace holdfast;
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    if (auto incident = status::decode_incident(text)) {
        HF_ASSERT(status::is_incident_id(incident->id));
        HF_ASSERT(incident->entries.size() <=
                  status::IncidentRecord::first_entries + status::IncidentRecord::last_entries);
        const std::string once = status::encode(*incident);
        const auto again = status::decode_incident(once);
        HF_ASSERT(again && status::encode(*again) == once);
        incident->add({.time = {}, .chapter = "more", .kind = "flap", .text = std::string{text}});
        incident->add(status::IncidentRecord::Action{.time = {}, .text = std::string{text}});
        HF_ASSERT(status::decode_incident(status::encode(*incident)));
    }
    if (const auto refused = status::decode_refused_codes(text))
        HF_ASSERT(status::decode_refused_codes(status::encode(*refused)) == *refused);
    return 0;
}
