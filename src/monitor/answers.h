// What the monitor answers: the last editions of what the vrrp process and the checker have published, as
// they are. Nobody is asked for them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "os/published.h"
#include "os/unique_fd.h"
#include "status/enquiry.h"

namespace holdfast::monitor {

class Answers {
public:
    // A page that is missing or cannot be read counts as empty.
    Answers(os::UniqueFd routers, os::UniqueFd checks);
    // The same text as long as nothing new is published.
    std::shared_ptr<const std::string> to(status::Enquiry enquiry);

private:
    std::optional<os::PublishedReader> routers_;
    std::optional<os::PublishedReader> checks_;
    std::uint64_t routers_edition_ = 0;
    std::uint64_t checks_edition_ = 0;
    std::shared_ptr<const std::string> last_;
};

}  // namespace holdfast::monitor
