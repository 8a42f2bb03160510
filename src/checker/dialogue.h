// What is said over a connection to find out whether a service answers. Pure: bytes in, bytes and a verdict
// out.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "config/trackers.h"

namespace holdfast::checker {

struct Turn {
    std::optional<Result<void>> verdict;  // nothing: more has to come
    std::string reply;                    // sent before anything else
};

// One of the services of vrrp_check, or none (tcp, unix): then a connection is all that is asked for.
class Dialogue {
public:
    // user: whom to log in as, where the service has users; empty: nobody, an answer is enough.
    Dialogue(config::CheckType service, std::string user);
    // When the connection stands.
    Turn begin();
    // Whenever something has come; more than most_bytes of it is a failure.
    Turn receive(ByteView bytes);

    static constexpr std::size_t most_bytes = 16384;

private:
    Turn look();

    config::CheckType service_;
    std::string user_;
    std::string received_;
    bool logged_in_ = false;  // MySQL: our login was sent
};

}  // namespace holdfast::checker
