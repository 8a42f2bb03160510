// Open descriptors handed from one process to another, over a pair of sequenced-packet sockets: a process
// without rights asks, and one that has them opens. A request says which of few things it wants; what is
// opened for it is the giver's choice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/names.h"
#include "base/result.h"
#include "base/time.h"
#include "os/unique_fd.h"

namespace holdfast::os {

enum class Wanted : std::uint8_t {
    connection,  // one descriptor
    generation   // what the current generation shows: its configuration, the pages of vrrp and checker
};
constexpr auto names_of(Wanted) {
    return std::array{Name{Wanted::connection, "a connection"},
                      Name{Wanted::generation, "what the new processes publish"}};
}

// Of the giver and of who asks.
Result<std::pair<UniqueFd, UniqueFd>> passing_pair();

// Asks, and waits at most so long. An error carries the giver's reason. What the giver does not have is an
// empty descriptor.
Result<std::vector<UniqueFd>> ask_for_descriptors(int socket, Wanted what, Duration patience);

// Takes a request off the socket, without waiting. Nothing: the other end is gone.
Result<std::optional<Wanted>> take_descriptor_request(int socket);

inline constexpr std::size_t most_descriptors = 4;
// Answers it, without waiting; an answer that cannot be delivered is lost. The descriptors stay the giver's;
// -1: it does not have that one.
void give_descriptors(int socket, Wanted what, const Result<std::vector<int>>& answer);

}  // namespace holdfast::os
