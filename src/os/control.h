// What the operator's command asks of core over its socket in the runtime directory, and what core answers.
// One request and one answer per connection, each one sequenced packet. The other end is treated as hostile.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/names.h"
#include "base/result.h"
#include "os/unique_fd.h"

namespace holdfast::os {

enum class Request : std::uint8_t { reload, upgrade };
constexpr auto names_of(Request) {
    return std::array{Name{Request::reload, "reload"}, Name{Request::upgrade, "upgrade"}};
}

struct Answer {
    bool done = false;
    std::string text;  // what was done, or why not; one line, cut at 400 bytes
};

constexpr std::size_t max_control_message = 512;

std::string encode(Request request);
Result<Request> decode_request(std::string_view message);
std::string encode(const Answer& answer);
Result<Answer> decode_answer(std::string_view message);

// Name of the socket in the runtime directory.
inline constexpr const char* control_socket = "core.sock";

// A listening socket of that name; an old one is replaced. Only its owner may connect.
Result<UniqueFd> listen_for_requests(const std::string& runtime_directory);

// The socket that the monitor serves, for whoever the mode and the group let connect.
inline constexpr const char* status_socket = "status.sock";
struct SocketAccess {
    mode_t mode = 0660;
    gid_t group = 0;
};
// A listening stream socket of that name; an old one is replaced.
Result<UniqueFd> listen_for_readers(const std::string& runtime_directory);
// Who may connect from now on. The socket has to be there.
Result<void> give_access(const std::string& runtime_directory, const SocketAccess& access);
// A connection to it. Error numbers: ENOENT, ECONNREFUSED nobody is there; EACCES not for us.
Result<UniqueFd> connect_to_status(const std::string& runtime_directory);

// Asks and waits for the answer, which comes when the request has been carried out.
Result<Answer> ask(const std::string& runtime_directory, Request request);

}  // namespace holdfast::os
