// The incidents of split brain that this node keeps: one file each, so that they outlive every process. What
// the vrrp process tells goes on in the file that has its number; what cannot be written costs a message.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checker/alert.h"
#include "os/channel.h"
#include "os/small_files.h"
#include "status/incident.h"
#include "status/snapshot.h"

namespace holdfast::checker {

class Incidents {
public:
    using Clock = std::function<os::WallTime()>;
    struct Settings {
        std::string state_directory;  // empty: nothing is kept
        std::optional<gid_t> group;   // may read the files
    };
    Incidents(Settings settings, Clock clock) : settings_{std::move(settings)}, clock_{std::move(clock)} {}

    // Reads what is there; strange files are said and left alone.
    void load();
    // Takes in what vrrp tells. With a reason to alert: a fresh code for each choice.
    std::vector<OfferedChoice> tell(const os::IncidentNews& news);
    // What was done, for the time line of a unit's open incident. Nothing is open: nothing is noted.
    void note(const std::string& unit, const std::string& text);
    void note_choice(const std::string& id, const std::string& text);
    // Those that are open and for which the claim holds are over: nobody will tell how they went on.
    void close_open(const std::string& why, const std::function<bool(const status::IncidentRecord&)>& claim);

    // How it is with a unit, for those who watch from outside.
    void describe(status::GuardedUnit& guarded) const;

    enum class CodeState : std::uint8_t { unknown, expired, used, over, valid };
    struct Found {
        CodeState state = CodeState::unknown;
        std::string id;
        std::string unit;
        std::string choice;
    };
    // What a code is for; a valid one is used from now on.
    Found redeem(const std::string& code);

    // Kept beside the incidents.
    status::RefusedCodes& refused() { return refused_; }
    void keep_refused();

private:
    status::IncidentRecord& record_of(const os::IncidentNews& news);
    std::vector<OfferedChoice> offer(status::IncidentRecord& incident, const os::IncidentNews& news);
    void read(const std::string& name);
    void keep(const status::IncidentRecord& incident);
    void forget_oldest();
    Result<void> make_folders();
    void judge(const Result<void>& written);
    std::string folder() const;
    std::string path_of(const std::string& id) const;

    Settings settings_;
    Clock clock_;
    std::map<std::string, status::IncidentRecord> incidents_;  // by id
    status::RefusedCodes refused_;
    bool made_folders_ = false;
    bool said_unwritable_ = false;
};

}  // namespace holdfast::checker
