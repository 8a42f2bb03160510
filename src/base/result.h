// How failures travel. Bad input and refusals of the system are values (Result, Error); our own bugs are
// assertions, in release builds too: the process ends and its successor adopts the state.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace holdfast {

// What failed, on what, why. Levels add what they were doing, outermost first, on the way up.
class Error {
public:
    // A call of the system failed; takes errno as it is now.
    static Error system(std::string_view doing);
    static Error system(std::string_view doing, int error_number);
    // Something that was given is not acceptable.
    static Error invalid(std::string_view what);

    Error during(std::string_view doing) &&;

    const std::string& text() const { return text_; }
    // errno of the refusing call, 0 when no call was involved.
    int error_number() const { return error_number_; }

private:
    Error(std::string text, int error_number) : text_{std::move(text)}, error_number_{error_number} {}
    std::string text_;
    int error_number_;
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
    Result(Error error)
        : tl::expected<T, Error>{tl::unexpect, std::move(error)} {}  // NOLINT: return Error directly
};

template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
public:
    using tl::expected<void, Error>::expected;
    Result(Error error)
        : tl::expected<void, Error>{tl::unexpect, std::move(error)} {}  // NOLINT: return Error directly
};

[[noreturn]] inline void assertion_failed(const char* claim, const char* file, int line) {
    std::fprintf(stderr, "holdfast: bug at %s:%d: %s does not hold\n", file, line, claim);
    std::abort();
}

}  // namespace holdfast

#define HF_ASSERT(claim) \
    ((claim) ? static_cast<void>(0) : ::holdfast::assertion_failed(#claim, __FILE__, __LINE__))
