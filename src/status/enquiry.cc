#include "status/enquiry.h"

#include <charconv>

#include "status/snapshot.h"

namespace holdfast::status {

namespace {

constexpr std::string_view form = "holdfast-status 1 ";
constexpr std::string_view refused = "refused ";
constexpr std::string_view snapshots = "snapshots ";
constexpr std::size_t most_refusal = 400;

Result<std::string_view> after_form(std::string_view line, std::size_t longest) {
    if (line.size() >= longest) return Error::invalid("the line is too long");
    if (!line.starts_with(form)) return Error::invalid("the line is of another form");
    return line.substr(form.size());
}

bool take_number(std::string_view& text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc{} && number <= most_reply_bytes;
}

}  // namespace

std::string encode(Enquiry enquiry) {
    return std::string{form} + std::string{name_of(enquiry)} + "\n";
}

Result<Enquiry> decode_enquiry(std::string_view line) {
    const auto word = after_form(line, longest_enquiry);
    if (!word) return word.error();
    if (const auto enquiry = value_named<Enquiry>(*word)) return *enquiry;
    return Error::invalid("nothing is known under that word");
}

std::string encode(const Reply& reply) {
    if (!reply.refusal.empty())
        return std::string{form} + std::string{refused} +
               printable(std::string_view{reply.refusal}.substr(0, most_refusal)) + "\n";
    return std::string{form} + std::string{snapshots} + std::to_string(reply.routers) + " " +
           std::to_string(reply.checks) + "\n";
}

Result<Reply> decode_reply(std::string_view line) {
    auto rest = after_form(line, longest_reply_line);
    if (!rest) return rest.error();
    Reply reply;
    if (rest->starts_with(refused) && rest->size() > refused.size()) {
        reply.refusal = printable(rest->substr(refused.size()));
        return reply;
    }
    if (!rest->starts_with(snapshots)) return Error::invalid("the line is of another form");
    rest->remove_prefix(snapshots.size());
    const bool first = take_number(*rest, reply.routers);
    if (!first || !rest->starts_with(" ")) return Error::invalid("the line is damaged");
    rest->remove_prefix(1);
    if (!take_number(*rest, reply.checks) || !rest->empty()) return Error::invalid("the line is damaged");
    return reply;
}

}  // namespace holdfast::status
