// The catalogue of operator messages: each has a lasting number, HF1xxx for findings in a configuration and
// HF2xxx for what happens while the daemon runs, and a text, an explanation and a remedy for `holdfast
// explain`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::status {

// What the processes say, by name. (Findings in a configuration have their own names there; a test compares.)
enum class Number : std::uint16_t {
#define HF_FINDING(number, text, explanation, remedy)
#define HF_EVENT(number, name, text, explanation, remedy) name = (number),
#include "status/messages.def"
#undef HF_FINDING
#undef HF_EVENT
};

struct Message {
    std::uint16_t number = 0;
    std::string_view text;  // what it is about, in general
    std::string_view explanation;
    std::string_view remedy;
};

// In order of their numbers.
const std::vector<Message>& all_messages();
// Null: there is no such message.
const Message* find_message(std::uint16_t number);

std::string label(std::uint16_t number);  // "HF2301"
// "HF2301", "hf2301" and "2301" are understood.
std::optional<std::uint16_t> number_of_label(std::string_view text);

// "HF2301 VI_1: ...": a message with its number, for the log.
std::string labelled(Number number, std::string_view message);

}  // namespace holdfast::status
