// The grammars of values: words to values, and back to words for a dump. Each says what is wrong with a word
// and what would be right; whether the host has an interface, user or script is asked through Host.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/host.h"
#include "config/schema.h"
#include "config/source.h"

namespace holdfast::config {

// Lasting numbers of what the parser says (HF1101 and so on), and of what is found between the files of
// several nodes (HF1401 and so on); the lexical ones are below 1100.
enum class Finding : std::uint16_t {
    unknown_keyword = 1101,
    missing_word = 1102,
    missing_open = 1103,
    unexpected_open = 1104,
    unexpected_close = 1105,
    missing_close = 1106,
    no_effect_yet = 1107,
    deprecated = 1108,
    repeated = 1109,
    duplicate_name = 1110,
    undefined_name = 1111,
    extra_word = 1112,
    required_missing = 1113,
    nested_too_deep = 1114,
    bad_number = 1201,
    out_of_range = 1202,
    changed_number = 1203,
    bad_address = 1204,
    tail_dropped = 1205,
    bad_word = 1206,
    no_such_interface = 1207,
    no_such_user = 1208,
    unusable_script = 1209,
    insecure_script = 1210,
    word_cut = 1211,
    bad_value = 1212,
    name_too_long = 1213,
    unresolved_host = 1214,
    key_unusable = 1215,
    key_open = 1216,
    wrong_family = 1301,
    bad_address_option = 1302,
    duplicate_address = 1303,
    no_virtual_router_id = 1304,
    no_interface = 1305,
    duplicate_virtual_router_id = 1306,
    no_virtual_address = 1307,
    too_many_addresses = 1308,
    unicast_without_source = 1309,
    unicast_option_without_peers = 1310,
    preemption_conflict = 1311,
    state_conflict = 1312,
    strict_mode = 1313,
    advert_interval = 1314,
    authentication = 1315,
    tracker_conflict = 1316,
    group_members = 1317,
    unused_script = 1318,
    script_security = 1319,
    bad_route = 1320,
    bad_rule = 1321,
    virtual_server = 1322,
    reserved_interface = 1323,
    strict_config = 1324,
    split_brain = 1325,
    mail_to_nobody = 1326,
    different_virtual_router_id = 1401,
    virtual_router_id_elsewhere = 1402,
    different_addresses = 1403,
    different_version = 1404,
    different_interval = 1405,
    different_authentication = 1406,
    equal_priority = 1407,
    several_owners = 1408,
    one_sided_peers = 1409,
    own_address_as_peer = 1410,
    unicast_and_multicast = 1411,
    different_group = 1412,
    same_source = 1413,
    different_sync_group = 1414,
    same_router_id = 1415,
    preemption_differs = 1416,
    several_masters = 1417,
    unmatched_instance = 1418,
    different_checksum = 1419,
    weight_without_effect = 1420,
    address_elsewhere = 1421,
    owner_without_255 = 1422,
};

// Says what was found; one place decides how it looks.
struct Report {
    Finding number{};
    Class rank = Class::general_error;
    Consequence consequence = Consequence::ignored;
    Place place;
    std::uint32_t length = 1;
    std::string message;
    std::string expected{};
    std::string suggestion{};
};
void report(Diagnostics& diagnostics, Report report);

// The words of a line, taken from the left.
class Words {
public:
    explicit Words(const Line& line, std::size_t next = 0) : line_{&line}, next_{next} {}

    bool empty() const { return next_ >= line_->words.size(); }
    const Word& peek() const { return line_->words[next_]; }
    const Word& take() { return line_->words[next_++]; }
    std::size_t position() const { return next_; }
    void go_to(std::size_t position) { next_ = position; }
    void drop_rest() { next_ = line_->words.size(); }
    const Line& line() const { return *line_; }

    // Place and length of the word at position, or of the end of the line.
    Place place(std::size_t position) const;
    std::uint32_t length(std::size_t position) const;
    // Text of the line behind its first word: scripts are split by rules of their own.
    std::string_view text_behind_keyword() const;

private:
    const Line* line_;
    std::size_t next_;
};

// A script that would run although others can alter it; refused if enable_script_security is on.
struct InsecureScript {
    Place place;
    std::string name;
    std::string detail;
};

// What readers need to know, and what they learn, while a configuration is read.
struct Reading {
    const Host& host;
    Diagnostics& diagnostics;

    // Names defined so far, by kind ("vrrp_script", "track_file", ...).
    std::unordered_map<std::string, std::unordered_set<std::string>> names{};
    // Default user of scripts as it is at this line; nothing: not written, or unknown.
    std::optional<ScriptUser> script_user{};
    bool script_user_unknown = false;
    bool dynamic_interfaces = false;
    std::optional<Place> first_script{};  // of a block without fields: a program would be run
    std::vector<InsecureScript> insecure_scripts{};
    std::string_view keyword{};  // being read, for messages
};

// Reads one argument. Nothing: it is wrong or missing, and that has been said.
std::optional<Value> read_value(const Argument& argument, Words& words, Reading& reading);
// Whether the word is one of those that a Kind::choice has.
bool is_choice(const Argument& argument, std::string_view word);

// The words that read_value would read back.
std::vector<std::string> write_value(const Argument& argument, const Value& value);

// The user that a script without one runs as; nothing: it is unknown, and the script is left out.
std::optional<ScriptUser> default_script_user(Reading& reading);

// Judges a command line and where it leads: argv and path are filled. False: left out, and that has been
// said.
bool resolve_script(Script& script, Reading& reading, std::uint32_t length);

// `grammar` of an argument as the manual shows it: "1..255", "[BOOL]", "SCRIPT [USER [[:]GROUP]]".
std::string grammar_of(const Argument& argument);

// A word as it must be written to be read back.
std::string quoted_word(std::string_view word);

// Durations as decimals of seconds: "1", "0.25".
std::string seconds_text(Duration duration);

}  // namespace holdfast::config
