#include "monitor/status_protocol.h"

namespace holdfast::monitor {

Protocol status_protocol(AnswerToEnquiry answer) {
    const auto reply = [answer = std::move(answer)](std::string_view said) -> std::optional<Reply> {
        const std::size_t length = said.find('\n');
        if (length == std::string_view::npos && said.size() < status::longest_enquiry) return std::nullopt;
        const auto enquiry = status::decode_enquiry(said.substr(0, length));
        if (enquiry) return Reply{.begin = {}, .middle = answer(*enquiry), .end = {}, .refusal = {}};
        return Reply{.begin = encode(status::Reply{.refusal = enquiry.error().text()}),
                     .middle = {},
                     .end = {},
                     .refusal = "what it sent is no request: " + enquiry.error().text()};
    };
    return {.name = "status socket",
            .refused = status::Number::reader_refused,
            .longest_request = status::longest_enquiry,
            .answer = reply};
}

}  // namespace holdfast::monitor
