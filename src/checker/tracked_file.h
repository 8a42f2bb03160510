// The number in the first line of a file (track_file).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "checker/file_watch.h"
#include "checker/tracker.h"
#include "plan/plan.h"

namespace holdfast::checker {

// In C's notation (10, -1, 0x1f, 017), limited to 32 bits; 0 when the text does not begin with one.
std::int32_t number_in(std::string_view text);
// The same, of a file: 0 when it does not exist; an error when it is nothing that can be watched and read
// without waiting (a FIFO, a file on proc, on the network, on a read-only file system).
Result<std::int32_t> number_in_file(const std::string& path);

class TrackedFile final : public Tracker {
public:
    // first: the daemon has just been started, so that `init_file` counts.
    TrackedFile(const std::string& name, const plan::FilePlan& plan, FileWatch& watch, bool first,
                Judged judged)
        : name_{name}, plan_{plan}, watch_{watch}, first_{first}, judged_{std::move(judged)} {}
    void assume(Verdict known) override { known_ = known.value; }
    void begin() override;
    void describe(status::Check& check) const override;

private:
    void initialize(std::int32_t number);
    void look();

    const std::string& name_;
    const plan::FilePlan& plan_;
    FileWatch& watch_;
    bool first_;
    Judged judged_;
    std::optional<std::int32_t> known_;
    std::string said_;  // the last error
};

}  // namespace holdfast::checker
