// `holdfast report`: one archive with what a bug report needs, and without secrets.
#pragma once

#include <string>
#include <vector>

#include "cli/archive.h"
#include "cli/commands.h"
#include "status/document.h"

namespace holdfast::cli {

// Exit status: 0 written, whatever is missing in it; 1 it could not be.
int report(const std::vector<std::string>& arguments, Terminal& terminal);

// What others may see of it: no passwords in URLs, of command lines the program only.
void hide_secrets(status::ChecksSnapshot& checks);

}  // namespace holdfast::cli
