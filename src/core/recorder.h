// Keeps what is known of a run of the daemon when it ends, or when its vrrp process has died: the last
// edition that this published, as one file in the state directory (status/recording.h). Few runs and bytes
// are kept; what cannot be written costs a message and nothing else.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "os/event_loop.h"
#include "os/small_files.h"
#include "os/unique_fd.h"
#include "status/recording.h"

namespace holdfast::core {

class Recorder {
public:
    static Result<std::unique_ptr<Recorder>> create(os::EventLoop& loop, std::string state_directory);

    // Who may read what is kept from now on.
    void configure(const config::GlobalDefs& global);
    // From now on what is published there is kept once a minute, if anything happened since: a host without
    // power and a killed core say nothing at their end.
    void watch(int routers_page);
    void keep_news();
    // The process that published there has died. Its successor has more urgent work to be done first.
    void keep_soon(int routers_page);
    // -1: nothing was published. An edition without instances says nothing, and displaces nothing.
    void keep(int routers_page, status::RunEnd end);
    // What waits to be kept.
    void finish();

private:
    explicit Recorder(std::string state_directory) : state_directory_{std::move(state_directory)} {}
    void keep(const status::RoutersSnapshot& routers, status::RunEnd end);
    Result<void> write(status::RunEnd end, const status::RoutersSnapshot& routers);
    Result<void> make_folders() const;
    std::string folder() const;
    Result<std::vector<std::uint32_t>> kept() const;
    void forget_oldest() const;

    std::string state_directory_;  // empty: nothing is kept
    std::optional<gid_t> group_;
    std::optional<std::uint32_t> number_;  // of this run, once something of it is kept
    os::UniqueFd waiting_;
    os::Timer due_;
    os::UniqueFd watched_;
    os::Timer look_;
    Instant told_until_{};      // the last transition that is kept
    bool has_crashed_ = false;  // its file says so, until the run ends
};

}  // namespace holdfast::core
