// An open descriptor handed from one process to another, over a pair of sequenced-packet sockets: a process
// without rights asks, and one that has them opens. A request says nothing: what is opened is the giver's
// choice.
#pragma once

#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "os/unique_fd.h"

namespace holdfast::os {

// Of the giver and of who asks.
Result<std::pair<UniqueFd, UniqueFd>> passing_pair();

// Asks, and waits at most so long. An error carries the giver's reason.
Result<UniqueFd> ask_for_descriptor(int socket, Duration patience);

// Takes a request off the socket, without waiting. False: the other end is gone.
Result<bool> take_descriptor_request(int socket);
// Answers it, without waiting; an answer that cannot be delivered is lost.
void give_descriptor(int socket, const Result<UniqueFd>& answer);

}  // namespace holdfast::os
