// A new tar.gz file of texts, through libarchive, which nobody else sees.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::cli {

struct ArchiveEntry {
    std::string name;  // within the folder
    std::string text;
};

// Readable by its owner only. A file that is there is never overwritten; what cannot be finished is removed.
Result<void> write_archive(const std::string& path, const std::string& folder,
                           const std::vector<ArchiveEntry>& entries);

std::string archive_library();  // "libarchive 3.6.2"

}  // namespace holdfast::cli
