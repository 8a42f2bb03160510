#include "status/recording.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace holdfast::status {

namespace {

constexpr std::string_view form = "holdfast-history 1 ";
constexpr std::size_t longest_line = 128;
constexpr std::size_t digits = 8;

std::string_view take_word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

template <class Number>
bool is_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

bool is_boot_id(std::string_view word) {
    return word.size() == 36 && std::all_of(word.begin(), word.end(), [](char one) {
               return (one >= '0' && one <= '9') || (one >= 'a' && one <= 'f') || one == '-';
           });
}

Result<RecordingHead> decode_head(std::string_view line) {
    if (!line.starts_with(form)) return Error::invalid("it is no history, or one of another version");
    line.remove_prefix(form.size());
    RecordingHead head;
    const auto end = value_named<RunEnd>(take_word(line));
    head.boot = take_word(line);
    if (!end || !is_boot_id(head.boot) || !is_number(take_word(line), head.saved_ms) || !line.empty())
        return Error::invalid("its first line is damaged");
    head.end = *end;
    return head;
}

}  // namespace

std::string encode(const RecordingHead& head, ByteView snapshot) {
    std::string file = std::string{form} + std::string{name_of(head.end)} + " " + head.boot + " " +
                       std::to_string(head.saved_ms) + "\n";
    file.append(snapshot.begin(), snapshot.end());
    return file;
}

Result<Recording> decode_recording(std::string_view file) {
    const std::size_t line = file.substr(0, longest_line).find('\n');
    if (line == std::string_view::npos) return Error::invalid("it is no history, or one of another version");
    auto head = decode_head(file.substr(0, line));
    if (!head) return std::move(head).error();
    const std::string_view rest = file.substr(line + 1);
    auto routers = read_routers({reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size()});
    if (!routers) return std::move(routers).error();
    return Recording{std::move(*head), std::move(*routers)};
}

std::string recording_name(std::uint32_t number) {
    char name[32];
    std::snprintf(name, sizeof name, "%08u", number);
    return name + std::string{recording_ending};
}

std::optional<std::uint32_t> recording_number(std::string_view name) {
    if (name.size() < digits + recording_ending.size() || !name.ends_with(recording_ending))
        return std::nullopt;
    name.remove_suffix(recording_ending.size());
    std::uint32_t number = 0;
    return is_number(name, number) && recording_name(number).size() == name.size() + recording_ending.size()
               ? std::optional{number}
               : std::nullopt;
}

}  // namespace holdfast::status
