#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace holdfast {

Error Error::system(std::string_view doing) {
    return system(doing, errno);
}

Error Error::system(std::string_view doing, int error_number) {
    std::string text{doing};
    text += ": ";
    text += std::strerror(error_number);
    return Error{std::move(text), error_number};
}

Error Error::invalid(std::string_view what) {
    return Error{std::string{what}, 0};
}

Error Error::during(std::string_view doing) && {
    return Error{std::string{doing} + ": " + text_, error_number_};
}

}  // namespace holdfast
