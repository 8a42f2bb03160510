#include "cli/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <memory>

#include "os/unique_fd.h"

namespace holdfast::cli {

namespace {

struct FreeArchive {
    void operator()(archive* one) const noexcept { archive_write_free(one); }
};
struct FreeEntry {
    void operator()(archive_entry* one) const noexcept { archive_entry_free(one); }
};

bool put(archive* out, const std::string& name, const std::string& text) {
    const std::unique_ptr<archive_entry, FreeEntry> entry{archive_entry_new()};
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    archive_entry_set_mtime(entry.get(), std::time(nullptr), 0);
    return archive_write_header(out, entry.get()) == ARCHIVE_OK &&
           archive_write_data(out, text.data(), text.size()) == static_cast<la_ssize_t>(text.size());
}

bool write_all(archive* out, int fd, const std::string& folder, const std::vector<ArchiveEntry>& entries) {
    if (archive_write_add_filter_gzip(out) != ARCHIVE_OK ||
        archive_write_set_format_pax_restricted(out) != ARCHIVE_OK ||
        archive_write_open_fd(out, fd) != ARCHIVE_OK)
        return false;
    for (const ArchiveEntry& entry : entries)
        if (!put(out, folder + "/" + entry.name, entry.text)) return false;
    return archive_write_close(out) == ARCHIVE_OK;
}

}  // namespace

Result<void> write_archive(const std::string& path, const std::string& folder,
                           const std::vector<ArchiveEntry>& entries) {
    const os::UniqueFd file{open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file) return Error::system("write " + path);
    const std::unique_ptr<archive, FreeArchive> out{archive_write_new()};
    if (fchmod(file.get(), 0600) == 0 && write_all(out.get(), file.get(), folder, entries)) return {};
    const int number = archive_errno(out.get());
    unlink(path.c_str());
    return Error::system("write " + path, number != 0 ? number : EIO);
}

std::string archive_library() {
    return archive_version_string();
}

}  // namespace holdfast::cli
