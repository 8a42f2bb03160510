// How good and bad results in a row become a verdict: rise and fall, as scripts, checks and references have
// them.
#pragma once

#include <optional>

namespace holdfast {

// rise good results in a row make the verdict good, fall bad ones make it bad. The very first result decides
// at once, unless the verdict begins as bad (init_fail).
class HealthCounter {
public:
    HealthCounter(int rise, int fall, bool begins_bad);
    // The verdict when the result has changed it.
    std::optional<bool> count(bool success);
    // What was known before this process.
    void assume(bool good);
    std::optional<bool> verdict() const { return verdict_; }

private:
    int rise_;
    int fall_;
    int in_a_row_ = 0;  // results that contradict the verdict
    std::optional<bool> verdict_;
};

}  // namespace holdfast
