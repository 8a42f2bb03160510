// Small files: replaced in one step, so that whoever reads sees the old or the new one; read with a limit,
// and only if they are regular files; opening them never waits.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::os {

struct FileAccess {
    mode_t mode = 0600;
    std::optional<gid_t> group;  // nothing: that of this process
};

// TMPDIR if it is absolute, else /tmp.
std::string temporary_directory();

enum class Links { refused, followed };  // of the last name of a path

// Makes the last folder of the path if need be, and gives it this access.
Result<void> keep_folder(const std::string& path, const FileAccess& access);
// Of what was written when the power failed, nothing may be left: it is not forced to the disk.
Result<void> replace_file(const std::string& path, std::string_view text, const FileAccess& access);
// Error number ENOENT: there is none.
Result<std::string> read_small_file(const std::string& path, std::size_t most_bytes,
                                    Links links = Links::refused);
// Which boot of this host it is: "5f0c2a36-...".
Result<std::string> boot_id();
// Names in a folder, at most so many, in order; those that begin with a dot are left out.
Result<std::vector<std::string>> names_in(const std::string& folder, std::size_t most);

}  // namespace holdfast::os
