#include "cli/explain.h"

#include <ostream>
#include <sstream>
#include <utility>

#include "cli/command_line.h"
#include "os/log.h"
#include "status/messages.h"

namespace holdfast::cli {

namespace {

constexpr std::size_t text_width = 78;

void write_paragraph(std::ostream& out, std::string_view text) {
    std::istringstream words{std::string{text}};
    std::string line = " ";
    for (std::string word; words >> word;) {
        if (line.size() + 1 + word.size() > text_width) {
            out << line << "\n";
            line = " ";
        }
        line += " " + word;
    }
    out << line << "\n";
}

void write(const status::Message& message, Terminal& terminal) {
    const char* bold = terminal.colour ? "\x1b[1m" : "";
    const char* plain = terminal.colour ? "\x1b[0m" : "";
    terminal.out << bold << status::label(message.number) << "  " << message.text << plain << "\n";
    write_paragraph(terminal.out, message.explanation);
    terminal.out << "  " << bold << "What to do:" << plain << "\n";
    write_paragraph(terminal.out, message.remedy);
}

// The neighbours of a number that does not exist.
std::string range_of(std::uint16_t number) {
    std::string inside;
    for (const status::Message& message : status::all_messages())
        if (message.number / 100 == number / 100)
            inside += (inside.empty() ? "; there are " : ", ") + status::label(message.number);
    return inside.empty() ? "; `holdfast explain` lists all" : inside;
}

}  // namespace

int explain(const std::vector<std::string>& arguments, Terminal& terminal) {
    std::vector<std::string> numbers;
    CommandLine line{"explain", "[NUMBER...]",
                     "What a numbered message means, and what to do. Numbers are those of findings and log "
                     "messages:\nHF1101, or 1101. Without one all are listed."};
    if (const auto status = line.words(numbers).read(arguments, terminal)) return *status;
    if (numbers.empty()) {
        for (const status::Message& message : status::all_messages())
            terminal.out << status::label(message.number) << "  " << message.text << "\n";
        return 0;
    }
    int result = 0;
    bool first = true;
    for (const std::string& argument : numbers) {
        const auto number = status::number_of_label(argument);
        const status::Message* message = number ? status::find_message(*number) : nullptr;
        if (message == nullptr) {
            terminal.err << "holdfast explain: there is no message '" << argument << "'"
                         << (number ? range_of(*number) : "; a number looks like HF1101") << "\n";
            result = not_understood;
            continue;
        }
        if (!std::exchange(first, false)) terminal.out << "\n";
        write(*message, terminal);
    }
    return result;
}

// As journalctl --catalog reads it, see catalog files in systemd's documentation.
int catalog(const std::vector<std::string>&, Terminal& terminal) {
    for (const status::Message& message : status::all_messages()) {
        const std::string label = status::label(message.number);
        terminal.out << "-- " << os::journal_id(label) << "\nSubject: " << label << "  " << message.text
                     << "\nDefined-By: Holdfast\nDocumentation: man:holdfastd(8)\n\n";
        write_paragraph(terminal.out, message.explanation);
        terminal.out << "\n  What to do:\n";
        write_paragraph(terminal.out, message.remedy);
        terminal.out << "\n";
    }
    return 0;
}

}  // namespace holdfast::cli
