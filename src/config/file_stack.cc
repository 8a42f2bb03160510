#include "config/file_stack.h"

#include <algorithm>
#include <utility>

#include "config/lexical_numbers.h"

namespace holdfast::config {

namespace {

constexpr std::size_t longest_line = 1023;
constexpr std::size_t deepest_include = 32;
constexpr std::size_t most_files = 65'536;                 // opened in one run; files that include one
constexpr std::size_t most_text = std::size_t{256} << 20;  // another in turn end here
constexpr std::size_t most_alternatives = 1000;

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return "";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string joined(const std::string& directory, const std::string& path) {
    if (directory.empty() || path.empty() || path.front() == '/') return path;
    return directory.back() == '/' ? directory + path : directory + "/" + path;
}

bool has_wildcard(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

// The first group of braces that close: its limits and the commas that belong to it.
struct BraceGroup {
    std::size_t open = 0;
    std::size_t close = 0;
    std::vector<std::size_t> commas;
};

std::optional<BraceGroup> first_group(std::string_view pattern) {
    BraceGroup group;
    group.open = pattern.find('{');
    int depth = 0;
    for (std::size_t at = group.open; at < pattern.size(); ++at) {
        if (pattern[at] == '{') ++depth;
        if (pattern[at] == ',' && depth == 1) group.commas.push_back(at);
        if (pattern[at] == '}' && --depth == 0) {
            group.close = at;
            return group;
        }
    }
    return std::nullopt;
}

std::string reason(Files::Kind kind) {
    switch (kind) {
        case Files::Kind::absent:
            return "does not exist";
        case Files::Kind::executable:
            return "is executable, and executable files are skipped";
        case Files::Kind::directory:
            return "is a directory";
        case Files::Kind::other:
            return "is no regular file";
        case Files::Kind::regular:
        case Files::Kind::unreadable:
            break;
    }
    return "cannot be read";
}

}  // namespace

std::optional<std::vector<std::string>> brace_alternatives(const std::string& pattern) {
    std::vector<std::string> done;
    std::deque<std::string> pending{pattern};
    while (!pending.empty()) {
        const std::string next = std::move(pending.front());
        pending.pop_front();
        const auto group = first_group(next);
        if (!group) {
            done.push_back(next);
            continue;
        }
        std::vector<std::size_t> limits = group->commas;
        limits.push_back(group->close);
        std::size_t begin = group->open + 1;
        for (const std::size_t limit : limits) {
            pending.push_back(next.substr(0, group->open) + next.substr(begin, limit - begin) +
                              next.substr(group->close + 1));
            begin = limit + 1;
        }
        if (pending.size() + done.size() > most_alternatives) return std::nullopt;
    }
    return done;
}

void FileStack::report(std::uint16_t number, Class rank, Consequence consequence, Place place,
                       std::string message, std::string expected, std::uint32_t length) {
    diagnostics_.add({.number = number,
                      .rank = rank,
                      .consequence = consequence,
                      .place = place,
                      .length = length,
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .suggestion = {}});
}

// --- Opening

void FileStack::open_main(const std::string& path, IncludeCheck check) {
    main_check_ = check;
    const std::string current = files_.current_directory();
    std::vector<std::string> found{path};
    if (files_.kind(joined(current, path)) == Files::Kind::absent) found = files_.glob(path, current);
    if (found.size() != 1) {
        const Place whole{.file = diagnostics_.add_file(path)};
        if (found.empty())
            report(lexical::file_missing, Class::file_not_found, Consequence::stops, whole,
                   "there is no configuration file " + path);
        else
            report(lexical::several_files, Class::multiple_files, Consequence::none, whole,
                   "more than one configuration file matches " + path + "; all are read");
    }
    for (std::string& file : found)
        main_files_.push_back({.path = std::move(file), .from = {}, .must_be_readable = true});
}

void FileStack::open(const Waiting& file, std::optional<std::uint32_t> number, IncludeCheck check) {
    const std::string path = joined(directory(), file.path);
    if (!may_open(path, file)) return;
    auto text = read(path, file);
    if (!text) return;
    ++opened_;
    text_read_ += text->size();
    OpenFile next;
    next.shown_name = open_.empty() ? file.path : joined(folder_of(open_.back().shown_name), file.path);
    next.number = number ? *number : diagnostics_.add_file(next.shown_name);
    next.path = path;
    next.directory = folder_of(path);
    next.text = std::move(*text);
    next.check = check;
    open_.push_back(std::move(next));
}

bool FileStack::may_open(const std::string& path, const Waiting& file) {
    const bool loops =
        std::any_of(open_.begin(), open_.end(), [&](const OpenFile& outer) { return outer.path == path; });
    if (loops || open_.size() >= deepest_include) {
        report(lexical::include_too_deep, Class::general_error, Consequence::ignored, file.from,
               loops ? path + " includes itself"
                     : "more than " + std::to_string(deepest_include) + " files include one another");
        return false;
    }
    if (opened_ < most_files && text_read_ < most_text) return true;
    report(lexical::endless_text, Class::general_error, Consequence::stops, file.from,
           "the included files make more text than can be meant; reading ends here");
    close_all();
    return false;
}

std::optional<std::string> FileStack::read(const std::string& path, const Waiting& file) {
    const Files::Kind kind = files_.kind(path);
    std::string why = path + " " + reason(kind);
    if (kind == Files::Kind::regular) {
        auto text = files_.read(path);
        if (text) return std::move(*text);
        why += ": " + text.error().text();
    }
    if (file.must_be_readable)
        report(lexical::include_refused, Class::file_not_found, Consequence::stops, file.from, why);
    else
        report(lexical::include_refused, Class::notice, Consequence::none, file.from,
               why + "; it is skipped");
    return std::nullopt;
}

// --- Include

void FileStack::include(const std::string& pattern, const Place& place, IncludeCheck word_check) {
    if (open_.empty()) return;
    OpenFile& outer = open_.back();
    const IncludeCheck check{.read = word_check.read || outer.check.read,
                             .match = word_check.match || outer.check.match,
                             .wildcard_match = word_check.wildcard_match || outer.check.wildcard_match,
                             .brace_match = word_check.brace_match || outer.check.brace_match};
    const auto alternatives = brace_alternatives(pattern);
    if (!alternatives)
        return report(
            lexical::include_refused, Class::general_error, Consequence::ignored, place,
            "the braces of this pattern mean more than " + std::to_string(most_alternatives) + " names", {},
            static_cast<std::uint32_t>(pattern.size()));
    const std::vector<std::string> matches = files_.glob(pattern, outer.directory);
    if (matches.empty() || pattern.find('{') != std::string::npos)
        report_missing(pattern, *alternatives, place, check);
    for (const std::string& match : matches)
        outer.waiting.push_back({.path = match, .from = place, .must_be_readable = check.read});
}

void FileStack::report_missing(const std::string& pattern, const std::vector<std::string>& alternatives,
                               const Place& place, IncludeCheck check) {
    const bool has_brace = alternatives.size() > 1;
    const std::string* missing = nullptr;
    std::size_t misses = 0;
    for (const std::string& alternative : alternatives) {
        if (!files_.glob(alternative, open_.back().directory).empty()) continue;
        if (missing == nullptr) missing = &alternative;
        ++misses;
    }
    if (missing == nullptr) return;
    const bool nothing = misses == alternatives.size();
    const bool refused = (has_brace && check.brace_match) ||
                         (nothing && has_wildcard(pattern) && check.wildcard_match) ||
                         (nothing && !has_wildcard(pattern) && !has_brace && check.match);
    const bool quoted = pattern.find('"') != std::string::npos;
    report(lexical::file_missing, refused ? Class::file_not_found : Class::notice,
           refused ? Consequence::stops : Consequence::none, place, "no file matches " + *missing,
           quoted ? "the pattern without quotes" : "", static_cast<std::uint32_t>(pattern.size()));
}

// --- Reading

std::optional<FileStack::PhysicalLine> FileStack::next_line(std::size_t depth) {
    for (;;) {
        if (auto line = next_line_of_this_file()) return line;
        if (has_waiting()) {
            const Waiting next = std::move(open_.back().waiting.front());
            open_.back().waiting.pop_front();
            open(next, std::nullopt, open_.back().check);
        } else if (!open_.empty()) {
            open_.pop_back();
            if (!open_.empty() && open_.size() == depth && !has_waiting()) return std::nullopt;
        } else if (!main_files_.empty()) {
            Waiting next = std::move(main_files_.front());
            main_files_.pop_front();
            next.from = {.file = diagnostics_.add_file(next.path)};
            open(next, next.from.file, main_check_);
        } else {
            return std::nullopt;
        }
    }
}

std::optional<FileStack::PhysicalLine> FileStack::next_line_of_this_file() {
    while (!open_.empty() && !has_waiting() && open_.back().at < open_.back().text.size()) {
        OpenFile& file = open_.back();
        const std::size_t end = std::min(file.text.find('\n', file.at), file.text.size());
        std::string_view text = std::string_view{file.text}.substr(file.at, end - file.at);
        file.at = end + 1;
        here_ = {.file = file.number, .line = ++file.line, .column = 1};
        while (!text.empty() && text.back() == '\r')
            text.remove_suffix(1);
        diagnostics_.add_line(here_, text.substr(0, longest_line));
        if (!is_usable(text)) continue;
        std::size_t begin = 0;
        while (begin < text.size() && is_blank(text[begin]))
            ++begin;
        Place first = here_;
        first.column += static_cast<std::uint32_t>(begin);
        return PhysicalLine{.text = without_comment(Text{text.substr(begin), first}),
                            .blank = begin == text.size()};
    }
    return std::nullopt;
}

bool FileStack::is_usable(std::string_view line) {
    if (line.size() > longest_line) {
        report(lexical::line_too_long, Class::general_error, Consequence::ignored, here_,
               "this line has " + std::to_string(line.size()) + " bytes",
               "at most " + std::to_string(longest_line) + " bytes",
               static_cast<std::uint32_t>(longest_line));
        return false;
    }
    const std::size_t zero = line.find('\0');
    if (zero == std::string_view::npos) return true;
    Place place = here_;
    place.column += static_cast<std::uint32_t>(zero);
    report(lexical::zero_byte, Class::general_error, Consequence::ignored, place,
           "this line holds a zero byte");
    return false;
}

std::string FileStack::directory() const {
    if (open_.empty()) return files_.current_directory();
    return open_.back().directory;
}

void FileStack::set_check(IncludeCheck check) {
    if (!open_.empty()) open_.back().check = check;
}

void FileStack::close_all() {
    open_.clear();
    main_files_.clear();
}

}  // namespace holdfast::config
