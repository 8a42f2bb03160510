#include "base/health_counter.h"

namespace holdfast {

HealthCounter::HealthCounter(int rise, int fall, bool begins_bad) : rise_{rise}, fall_{fall} {
    if (begins_bad) verdict_ = false;
}

std::optional<bool> HealthCounter::count(bool success) {
    const bool decides = !verdict_ || (success != *verdict_ && ++in_a_row_ >= (success ? rise_ : fall_));
    if (verdict_ && success == *verdict_) in_a_row_ = 0;
    if (!decides) return std::nullopt;
    assume(success);
    return success;
}

void HealthCounter::assume(bool good) {
    verdict_ = good;
    in_a_row_ = 0;
}

}  // namespace holdfast
