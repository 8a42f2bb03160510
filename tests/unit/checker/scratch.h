// A folder for scripts and their traces, a loop that is turned until something is true, and the log as text.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "checker/script.h"
#include "os/event_loop.h"
#include "os/log.h"

namespace holdfast::checker::testing {

class Scratch : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-checker-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        auto loop = os::EventLoop::create();
        ASSERT_TRUE(loop);
        loop_ = std::move(*loop);
        os::open_log({.system = false, .console = false, .file = path("log"), .least = os::Level::debug});
    }
    void TearDown() override {
        os::open_log({.system = false, .console = true});
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    std::string text(const std::string& name) const {
        std::ifstream file{path(name)};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }
    std::string log() const { return text("log"); }
    bool logged(const std::string& part) const { return log().find(part) != std::string::npos; }

    // A shell script in the folder, run as ourselves.
    plan::Command script(const std::string& name, const std::string& body,
                         const std::string& first_line = "#!/bin/sh\n") const {
        std::ofstream{path(name)} << first_line << "cd " << folder_ << "\n" << body << "\n";
        chmod(path(name).c_str(), 0755);
        return {.path = path(name), .argv = {path(name)}, .uid = getuid(), .gid = getgid()};
    }
    Job job(const plan::Command& command, const std::string& owner = "INSTANCE VI_1") const {
        return {.owner = owner, .what = "notify of VI_1", .command = command, .arguments = {}};
    }

    // Turns the loop until the claim holds. The limit only ends a test that has failed.
    ::testing::AssertionResult becomes_true(const std::function<bool()>& claim) const {
        const Instant give_up = os::EventLoop::now() + std::chrono::seconds{60};
        while (!claim()) {
            if (os::EventLoop::now() > give_up)
                return ::testing::AssertionFailure() << "never; log:\n" << log();
            if (auto turned = loop_->turn(std::chrono::milliseconds{20}); !turned)
                return ::testing::AssertionFailure() << turned.error().text();
        }
        return ::testing::AssertionSuccess();
    }

    std::string folder_;
    std::unique_ptr<os::EventLoop> loop_;
};

inline Result<void> no_guard(const plan::Command&) {
    return {};
}

}  // namespace holdfast::checker::testing
