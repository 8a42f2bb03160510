#include "net/send_batch.h"

#include <algorithm>
#include <cerrno>

namespace holdfast::net {

void send_all(int fd, std::span<mmsghdr> messages, std::vector<SendFailure>& failures) {
    constexpr std::size_t max_at_once = 1024;  // the kernel's UIO_MAXIOV
    failures.clear();
    std::size_t next = 0;
    while (next < messages.size()) {
        const auto count = static_cast<unsigned>(std::min(messages.size() - next, max_at_once));
        const int sent = sendmmsg(fd, messages.data() + next, count, MSG_DONTWAIT);
        if (sent >= 0) {
            // Fewer than asked for: the one after them failed, and the next call says why.
            next += static_cast<std::size_t>(sent);
            continue;
        }
        if (errno == EINTR) continue;
        const int reason = errno;
        failures.push_back({next++, reason});
        while (reason == EAGAIN && next < messages.size())
            failures.push_back({next++, reason});
    }
}

}  // namespace holdfast::net
