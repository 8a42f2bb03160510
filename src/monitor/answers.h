// What the monitor answers: the last editions of what the vrrp process and the checker have published, as
// they are or taken apart. Nobody is asked for them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "os/published.h"
#include "os/unique_fd.h"
#include "status/document.h"
#include "status/enquiry.h"

namespace holdfast::monitor {

class Answers {
public:
    // A page that is missing or cannot be read counts as empty.
    Answers(os::UniqueFd routers, os::UniqueFd checks);
    // The same text as long as nothing new is published.
    std::shared_ptr<const std::string> to(status::Enquiry enquiry);
    // The same object as long as nothing new is published. What cannot be read counts as not published.
    std::shared_ptr<const status::Published> published();

private:
    struct Editions {
        std::uint64_t routers = 0;
        std::uint64_t checks = 0;
        bool operator==(const Editions&) const = default;
    };
    Editions editions() const;

    std::optional<os::PublishedReader> routers_;
    std::optional<os::PublishedReader> checks_;
    Editions last_editions_;
    std::shared_ptr<const std::string> last_;
    Editions published_editions_;
    std::shared_ptr<const status::Published> published_;
};

}  // namespace holdfast::monitor
