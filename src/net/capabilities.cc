#include "net/capabilities.h"

#include <sys/capability.h>

#include <cerrno>
#include <memory>

namespace holdfast::net {

std::string_view name_of(Capability capability) {
    return capability == Capability::net_raw ? "CAP_NET_RAW" : "CAP_NET_ADMIN";
}

std::string remedy(Capability capability) {
    const std::string name{name_of(capability)};
    return name + " is missing: start as root, or give the unit AmbientCapabilities=" + name;
}

std::vector<Capability> missing_capabilities() {
    struct Free {
        void operator()(cap_t state) const { cap_free(state); }
    };
    const std::unique_ptr<std::remove_pointer_t<cap_t>, Free> state{cap_get_proc()};
    std::vector<Capability> missing;
    for (const auto capability : {Capability::net_raw, Capability::net_admin}) {
        cap_flag_value_t value = CAP_CLEAR;
        const cap_value_t number = capability == Capability::net_raw ? CAP_NET_RAW : CAP_NET_ADMIN;
        if (!state || cap_get_flag(state.get(), number, CAP_EFFECTIVE, &value) < 0 || value != CAP_SET)
            missing.push_back(capability);
    }
    return missing;
}

Error refused(std::string_view doing, Capability needed) {
    const int reason = errno;
    Error error = Error::system(doing, reason);
    if (reason != EPERM && reason != EACCES) return error;
    // The reason stays readable to programs; the text gains what to do about it.
    return Error::system(std::string{doing} + " (" + remedy(needed) + ")", reason);
}

}  // namespace holdfast::net
