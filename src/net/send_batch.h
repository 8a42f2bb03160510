// Sends prepared datagrams with as few calls as the kernel allows. Shared by the senders of adverts and of
// announcements.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <vector>

namespace holdfast::net {

struct SendFailure {
    std::size_t index = 0;  // position in the order of queueing since the last flush
    int error_number = 0;
};

// Never blocks. One that fails stops no other; when the socket's buffer is full (EAGAIN) the rest fails with
// it. failures is emptied first; nothing is allocated when its capacity is that of messages.
void send_all(int fd, std::span<mmsghdr> messages, std::vector<SendFailure>& failures);

}  // namespace holdfast::net
