// What is spoken at the status socket: one line asks, the answer is written (status/enquiry.h).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "monitor/server.h"
#include "status/enquiry.h"

namespace holdfast::monitor {

using AnswerToEnquiry = std::function<std::shared_ptr<const std::string>(status::Enquiry)>;
Protocol status_protocol(AnswerToEnquiry answer);

}  // namespace holdfast::monitor
