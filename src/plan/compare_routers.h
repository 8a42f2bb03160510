// What the members of one virtual router must say alike, and what each must say differently. Private to the
// comparison.
#pragma once

#include "plan/matching.h"

namespace holdfast::plan {

void compare_members(Comparison& all, const VirtualRouter& members);

}  // namespace holdfast::plan
