// A file system in memory: what a configuration is read from in tests and fuzzers. glob() knows braces and
// wildcards as glob(3) does, sorted.
#pragma once

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/source.h"

namespace holdfast::test {

class MemoryFiles : public config::Files {
public:
    void add(const std::string& path, std::string text) { files_[path] = {Kind::regular, std::move(text)}; }
    void add_special(const std::string& path, Kind kind) { files_[path] = {kind, ""}; }
    void set_environment(const std::string& name, const std::string& value) { environment_[name] = value; }
    void set_current_directory(std::string directory) { directory_ = std::move(directory); }

    Kind kind(const std::string& path) override {
        const auto found = files_.find(path);
        return found == files_.end() ? Kind::absent : found->second.first;
    }
    Result<std::string> read(const std::string& path) override {
        const auto found = files_.find(path);
        if (found == files_.end()) return Error::invalid("no such file");
        return found->second.second;
    }
    std::vector<std::string> glob(const std::string& pattern, const std::string& directory) override {
        std::vector<std::string> found;
        for (const std::string& alternative : alternatives(pattern)) {
            std::set<std::string> names;
            for (const auto& [path, file] : files_) {
                const std::string name = alternative.starts_with("/") ? path : relative(path, directory);
                if (!name.empty() &&
                    fnmatch(alternative.c_str(), name.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0)
                    names.insert(name);
            }
            found.insert(found.end(), names.begin(), names.end());
        }
        return found;
    }
    std::string current_directory() override { return directory_; }
    std::optional<std::string> environment(const std::string& variable) override {
        const auto found = environment_.find(variable);
        if (found == environment_.end()) return std::nullopt;
        return found->second;
    }

private:
    static std::string relative(const std::string& path, const std::string& directory) {
        const std::string prefix = directory.ends_with('/') ? directory : directory + "/";
        return path.starts_with(prefix) ? path.substr(prefix.size()) : "";
    }
    // Nested braces are for the real one.
    static std::vector<std::string> alternatives(const std::string& pattern) {
        const std::size_t close = pattern.find('}');
        const std::size_t open = close == std::string::npos ? close : pattern.rfind('{', close);
        if (open == std::string::npos) return {pattern};
        std::vector<std::string> all;
        for (std::size_t begin = open + 1; begin <= close;) {
            const std::size_t end = std::min(pattern.find(',', begin), close);
            for (auto& rest : alternatives(pattern.substr(0, open) + pattern.substr(begin, end - begin) +
                                           pattern.substr(close + 1)))
                all.push_back(std::move(rest));
            begin = end + 1;
        }
        return all;
    }

    std::map<std::string, std::pair<Kind, std::string>> files_;
    std::map<std::string, std::string> environment_;
    std::string directory_ = "/";
};

}  // namespace holdfast::test
