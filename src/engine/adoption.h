// A router's live record, written and read (record.h says what it is for).
#pragma once

#include "engine/record.h"
#include "engine/router.h"

namespace holdfast::engine {

Record write_record(const Router& router, const RecordKey& key);

// Puts the recorded state in place. False, and nothing done, when the record makes no sense. Deadlines are
// not compared with the present: resume() does that when time starts.
bool read_record(const Record& record, Router& router);

// Time starts for an adopted router.
void resume(Router& router, Instant now);

}  // namespace holdfast::engine
