// Sends any number of requests of one kind in batches that the command socket can take. Private to net: what
// addresses, routes and rules share.
#pragma once

#include <cerrno>
#include <span>

#include "net/netlink.h"

namespace holdfast::net {

// Request is something that append(RequestBatch&, const Request&) turns into a message.
template <class Request>
Result<Outcomes> carry_out_in_batches(CommandSocket& socket, std::span<const Request> requests) {
    Outcomes outcomes;
    outcomes.reserve(requests.size());
    RequestBatch& batch = socket.batch();
    batch.clear();
    for (const Request& request : requests) {
        if (batch.count() < socket.max_batch() && append(batch, request)) continue;
        if (auto executed = socket.execute(batch, outcomes); !executed) return std::move(executed).error();
        batch.clear();
        if (append(batch, request)) continue;
        outcomes.push_back({.kind = Outcome::Kind::refused, .error_number = EMSGSIZE});
    }
    if (auto executed = socket.execute(batch, outcomes); !executed) return std::move(executed).error();
    return outcomes;
}

}  // namespace holdfast::net
