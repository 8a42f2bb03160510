#include "status/messages.h"

#include <charconv>

namespace holdfast::status {

const std::vector<Message>& all_messages() {
    static const std::vector<Message> all{
#define HF_FINDING(number, text, explanation, remedy) Message{number, text, explanation, remedy},
#define HF_EVENT(number, name, text, explanation, remedy) Message{number, text, explanation, remedy},
#include "status/messages.def"
#undef HF_FINDING
#undef HF_EVENT
    };
    return all;
}

const Message* find_message(std::uint16_t number) {
    for (const Message& message : all_messages())
        if (message.number == number) return &message;
    return nullptr;
}

std::string label(std::uint16_t number) {
    return "HF" + std::to_string(number);
}

std::optional<std::uint16_t> number_of_label(std::string_view text) {
    const bool has_letters =
        text.size() > 2 && (text[0] == 'H' || text[0] == 'h') && (text[1] == 'F' || text[1] == 'f');
    if (has_letters) text.remove_prefix(2);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string labelled(Number number, std::string_view message) {
    return label(static_cast<std::uint16_t>(number)) + " " + std::string{message};
}

}  // namespace holdfast::status
