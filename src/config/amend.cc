#include "config/amend.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "config/consolidated.h"
#include "config/diagnostic.h"
#include "config/source.h"
#include "config/words.h"

namespace holdfast::config {

namespace {

std::vector<Line> lines_of(const std::string& consolidated, Diagnostics& names) {
    CopyReader reader{consolidated};
    std::vector<Line> lines;
    for (;;) {
        auto line = reader.next(names);
        if (!line) return lines;
        lines.push_back(std::move(*line));
    }
}

// Its instance, where it begins the block of one.
const std::string* instance_opened(const Line& line) {
    const bool opens = line.words.size() > 1 && line.words[0].text == "vrrp_instance";
    return opens ? &line.words[1].text : nullptr;
}

// That of an earlier amendment, or a new one.
std::uint32_t file_named(const std::string& name, const std::vector<Line>& lines, Diagnostics& names) {
    for (const Line& line : lines)
        if (names.file_name(line.place.file) == name) return line.place.file;
    return names.add_file(name);
}

class Amender {
public:
    Amender(const std::vector<Amendment>& amendments, const std::vector<Line>& lines, Diagnostics& names)
        : names_{names} {
        for (const Amendment& one : amendments)
            pending_[one.instance].push_back(
                {.amendment = one, .file = file_named(one.origin, lines, names), .written = false});
    }

    void take(const Line& line) {
        if (depth_ == 0 && line.kind == Line::Kind::words) enter(line);
        if (inside_ != nullptr && depth_ == 1 && is_replaced(line)) return;
        if (line.kind == Line::Kind::open) ++depth_;
        if (line.kind == Line::Kind::close) --depth_;
        if (inside_ != nullptr && depth_ == 0 && line.kind == Line::Kind::close) write_all();
        writer_.add(line, names_);
    }

    Result<std::string> text() const {
        for (const auto& [instance, all] : pending_)
            for (const Pending& one : all)
                if (!one.written) return Error::invalid("there is no vrrp_instance " + instance);
        return writer_.text();
    }

private:
    struct Pending {
        const Amendment& amendment;
        std::uint32_t file = 0;
        bool written = false;
    };

    void enter(const Line& line) {
        const std::string* const instance = instance_opened(line);
        const auto found = instance != nullptr ? pending_.find(*instance) : pending_.end();
        inside_ = found != pending_.end() ? &found->second : nullptr;
    }

    bool is_replaced(const Line& line) const {
        if (line.kind != Line::Kind::words) return false;
        return std::any_of(inside_->begin(), inside_->end(), [&](const Pending& one) {
            const auto& all = one.amendment.replaced;
            return std::find(all.begin(), all.end(), line.words[0].text) != all.end();
        });
    }

    void write_all() {
        for (Pending& one : *inside_) {
            Line line;
            line.place = {.file = one.file, .line = 1, .column = 1};
            line.text = one.amendment.words;
            line.words = words_of(Text{line.text, line.place});
            writer_.add(line, names_);
            one.written = true;
        }
    }

    Diagnostics& names_;
    std::map<std::string, std::vector<Pending>, std::less<>> pending_;
    std::vector<Pending>* inside_ = nullptr;  // the block that is read
    int depth_ = 0;
    CopyWriter writer_;
};

}  // namespace

Result<std::string> amended(const std::string& consolidated, const std::vector<Amendment>& amendments) {
    Diagnostics names;
    const std::vector<Line> lines = lines_of(consolidated, names);
    if (names.stops()) return Error::invalid("the copy of the configuration is broken");
    Amender amender{amendments, lines, names};
    for (const Line& line : lines)
        amender.take(line);
    return amender.text();
}

}  // namespace holdfast::config
