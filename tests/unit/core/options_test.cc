#include "core/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace holdfast::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ParsedOptions parse(const std::vector<const char*>& words, const char* program = "/usr/sbin/holdfastd") {
    std::vector<const char*> argv{program};
    argv.insert(argv.end(), words.begin(), words.end());
    return parse_options(static_cast<int>(argv.size()), argv.data());
}

// --- Every option, by letter and by name
// ----------------------------------------------------------------------------------------------------

struct Switch {
    const char* letter;
    const char* name;
    std::function<bool(const Options&)> is_on;
};

class EverySwitch : public testing::TestWithParam<Switch> {};

TEST_P(EverySwitch, IsOffUntilItIsGivenByLetterOrName) {
    EXPECT_FALSE(GetParam().is_on(parse({}).options));
    for (const char* word : {GetParam().letter, GetParam().name}) {
        if (word == nullptr) continue;
        const ParsedOptions parsed = parse({word});
        EXPECT_THAT(parsed.errors, IsEmpty());
        EXPECT_TRUE(GetParam().is_on(parsed.options)) << word;
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, EverySwitch,
    testing::Values(
        Switch{nullptr, "--strict-config", [](const Options& all) { return all.strict_config; }},
        Switch{"-e", "--all-config", [](const Options& all) { return all.all_config; }},
        Switch{"-t", "--config-test", [](const Options& all) { return all.test; }},
        Switch{"-P", "--vrrp", [](const Options& all) { return all.only_vrrp; }},
        Switch{"-C", "--check", [](const Options& all) { return all.only_checkers; }},
        Switch{nullptr, "--all", [](const Options& all) { return all.all_children; }},
        Switch{"-n", "--dont-fork", [](const Options& all) { return all.foreground; }},
        Switch{"-R", "--dont-respawn", [](const Options& all) { return !all.respawn; }},
        Switch{"-X", "--release-vips", [](const Options& all) { return all.release_foreign; }},
        Switch{"-V", "--dont-release-vrrp", [](const Options& all) { return all.keep_addresses; }},
        Switch{"-l", "--log-console", [](const Options& all) { return all.log_console; }},
        Switch{"-D", "--log-detail", [](const Options& all) { return all.log_detail == 1; }},
        Switch{"-g", "--log-file", [](const Options& all) { return all.log_file == ""; }},
        Switch{"-G", "--no-syslog", [](const Options& all) { return !all.log_system; }},
        Switch{"-d", "--dump-conf", [](const Options& all) { return all.dump_configuration; }},
        Switch{"-a", "--address-monitoring", [](const Options& all) { return all.watch_addresses; }},
        Switch{"-m", "--core-dump", [](const Options& all) { return all.core_dumps; }},
        Switch{nullptr, "--ignore-sigint", [](const Options& all) { return all.ignore_interrupt; }},
        Switch{"-v", "--version", [](const Options& all) { return all.version; }},
        Switch{"-h", "--help", [](const Options& all) { return all.help; }}));

struct Value {
    const char* letter;
    const char* name;
    const char* value;
    std::function<bool(const Options&)> is_set;
};

class EveryValue : public testing::TestWithParam<Value> {};

TEST_P(EveryValue, IsTakenFromItsOwnWordOrTheNextOne) {
    const auto& [letter, name, value, is_set] = GetParam();
    EXPECT_FALSE(is_set(parse({}).options));
    EXPECT_TRUE(is_set(parse({name, value}).options));
    EXPECT_TRUE(is_set(parse({(std::string{name} + "=" + value).c_str()}).options));
    if (letter == nullptr) return;
    EXPECT_TRUE(is_set(parse({letter, value}).options));
    EXPECT_TRUE(is_set(parse({(std::string{letter} + value).c_str()}).options));
}

TEST_P(EveryValue, IsMissedWhenItIsNotThere) {
    EXPECT_THAT(parse({GetParam().name}).errors, ElementsAre(HasSubstr(GetParam().name)));
    EXPECT_THAT(parse({(std::string{GetParam().name} + "=").c_str(), "-n"}).errors,
                ElementsAre(HasSubstr(GetParam().name)));
    if (GetParam().letter != nullptr) {
        EXPECT_THAT(parse({GetParam().letter}).errors, ElementsAre(HasSubstr(GetParam().name)));
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryValue,
    testing::Values(
        Value{"-f", "--use-file", "/a", [](const Options& all) { return all.configuration_file == "/a"; }},
        Value{"-i", "--config-id", "x", [](const Options& all) { return all.config_id == "x"; }},
        Value{"-S", "--log-facility", "local3", [](const Options& all) { return all.log_facility == 19; }},
        Value{"-u", "--umask", "022", [](const Options& all) { return all.umask == 022u; }},
        Value{"-p", "--pid", "/p", [](const Options& all) { return all.pid_file == "/p"; }},
        Value{"-r", "--vrrp_pid", "/r", [](const Options& all) { return all.vrrp_pid_file == "/r"; }},
        Value{"-c", "--checkers_pid", "/c", [](const Options& all) { return all.checkers_pid_file == "/c"; }},
        Value{nullptr, "--runtime-dir", "/d",
              [](const Options& all) { return all.runtime_directory == "/d"; }},
        Value{"-A", "--snmp-agent-socket", "/a", [](const Options& all) { return all.snmp_agent == "/a"; }},
        Value{"-s", "--namespace", "red", [](const Options& all) { return all.net_namespace == "red"; }},
        Value{nullptr, "--signum", "STOP", [](const Options& all) { return all.signal_name == "STOP"; }}));

TEST(Options, WithoutEffectAreAcceptedAndRemembered) {
    const ParsedOptions parsed = parse(
        {"-B", "-I", "-b", "/b", "-M", "--debug", "--perf=all", "-L", "--no-mem-check", "-O", "--no_bfd"});
    EXPECT_THAT(parsed.errors, IsEmpty());
    EXPECT_THAT(parsed.options.without_effect, SizeIs(10));
    EXPECT_THAT(parsed.options.strays, IsEmpty());
}

// --- getopt's rules
// ----------------------------------------------------------------------------------------------------

TEST(Getopt, AnOptionalValueIsOnlyTakenFromItsOwnWord) {
    EXPECT_EQ(parse({"-t/log"}).options.test_file, "/log");
    EXPECT_EQ(parse({"--config-test=/log"}).options.test_file, "/log");
    for (const char* word : {"-t", "--config-test"}) {
        // Findings would be appended to the configuration itself.
        const ParsedOptions parsed = parse({word, "/etc/keepalived/keepalived.conf"});
        EXPECT_EQ(parsed.options.test_file, "");
        EXPECT_THAT(parsed.options.strays, ElementsAre("/etc/keepalived/keepalived.conf"));
        EXPECT_THAT(parsed.errors, IsEmpty());
    }
}

TEST(Getopt, LettersShareADashAndTheLastOneMayTakeAValue) {
    const Options all = parse({"-nlDDf", "/a", "-P"}).options;
    EXPECT_TRUE(all.foreground && all.log_console && all.only_vrrp);
    EXPECT_EQ(all.log_detail, 2);
    EXPECT_EQ(all.configuration_file, "/a");
}

TEST(Getopt, AValueMayLookLikeAnOption) {
    const ParsedOptions parsed = parse({"-f", "-n", "--pid", "--"});
    EXPECT_EQ(parsed.options.configuration_file, "-n");
    EXPECT_EQ(parsed.options.pid_file, "--");
    EXPECT_FALSE(parsed.options.foreground);
}

TEST(Getopt, ALongNameMayBeCutAsLongAsOnlyOneIsMeant) {
    EXPECT_EQ(parse({"--use", "/a"}).options.configuration_file, "/a");
    EXPECT_TRUE(parse({"--vrrp"}).options.only_vrrp) << "a whole name is never ambiguous";
    EXPECT_THAT(parse({"--log"}).errors, ElementsAre(HasSubstr("ambiguous")));
}

TEST(Getopt, TheLastOfSeveralValuesCounts) {
    EXPECT_EQ(parse({"-p", "/a", "-p", "/b"}).options.pid_file, "/b");
}

TEST(Getopt, StrayWordsAreNoErrorsWhereverTheyStand) {
    const ParsedOptions parsed = parse({"x", "-n", "-", "--", "-l", "y"});
    EXPECT_THAT(parsed.errors, IsEmpty());
    EXPECT_THAT(parsed.options.strays, ElementsAre("x", "-", "-l", "y"));
    EXPECT_TRUE(parsed.options.foreground);
    EXPECT_FALSE(parsed.options.log_console);
}

TEST(Getopt, EveryErrorIsToldNotOnlyTheFirst) {
    const ParsedOptions parsed =
        parse({"--bogus", "-Q", "--dont-fork=1", "-u", "9999", "-S", "mail", "-T", "-f"});
    EXPECT_THAT(parsed.errors, ElementsAre(HasSubstr("--bogus"), HasSubstr("-Q"), HasSubstr("--dont-fork"),
                                           HasSubstr("9999"), HasSubstr("mail"), HasSubstr("genhash"),
                                           HasSubstr("--use-file")));
}

// --- Values
// ----------------------------------------------------------------------------------------------------

TEST(Umask, IsANumberInAnyBaseOfCUpTo0777) {
    EXPECT_EQ(parse({"-u", "0777"}).options.umask, 0777u);
    EXPECT_EQ(parse({"-u", "0x1f"}).options.umask, 0x1fu);
    EXPECT_EQ(parse({"-u", "63"}).options.umask, 63u);
    EXPECT_EQ(parse({"-u", "0"}).options.umask, 0u);
    for (const char* wrong : {"01000", "512", "08", "x", "7x", "-1", "0x"})
        EXPECT_THAT(parse({"-u", wrong}).errors, SizeIs(1)) << wrong;
}

TEST(LogFacility, IsANumberOrAName) {
    EXPECT_EQ(parse({}).options.log_facility, 3);
    EXPECT_EQ(parse({"-S0"}).options.log_facility, 16);
    EXPECT_EQ(parse({"-S7"}).options.log_facility, 23);
    EXPECT_EQ(parse({"-Suser"}).options.log_facility, 1);
    EXPECT_EQ(parse({"-Sdaemon"}).options.log_facility, 3);
    for (const char* wrong : {"8", "local8", "local", "mail"})
        EXPECT_THAT(parse({"-S", wrong}).errors, SizeIs(1)) << wrong;
}

TEST(SignalNumbers, AreThoseOfKeepalived) {
    EXPECT_EQ(signal_number("STOP"), 15);
    EXPECT_EQ(signal_number("RELOAD"), 1);
    EXPECT_EQ(signal_number("DATA"), 10);
    EXPECT_EQ(signal_number("STATS"), 12);
    EXPECT_EQ(signal_number("STATS_CLEAR"), 63);
    EXPECT_EQ(signal_number("JSON"), 36);
    EXPECT_EQ(signal_number("TDUMP"), 64);
    EXPECT_EQ(signal_number("stop"), std::nullopt);
    EXPECT_EQ(signal_number(""), std::nullopt);
}

TEST(Name, DecidesWhoseDefaultsHold) {
    EXPECT_TRUE(parse({}, "/usr/sbin/keepalived").options.as_keepalived);
    EXPECT_TRUE(parse({}, "keepalived").options.as_keepalived);
    EXPECT_FALSE(parse({}, "/keepalived/holdfastd").options.as_keepalived);
    EXPECT_FALSE(parse_options(0, nullptr).options.as_keepalived);
}

// Octavia takes the second word of the first line; keepalived's Python tools look for --enable-json.
TEST(VersionBanner, HasTheWordsThatOtherProgramsRead) {
    EXPECT_THAT(version_banner(parse({}, "keepalived").options), testing::StartsWith("Keepalived v2.4.3 "));
    const std::string ours = version_banner(parse({}).options);
    EXPECT_THAT(ours, testing::StartsWith("Holdfast v"));
    EXPECT_THAT(ours, HasSubstr("--enable-json"));
    EXPECT_GE(std::count(ours.begin(), ours.end(), '\n'), 2);
}

TEST(Usage, ShowsEveryOptionAndWhatHasNoEffect) {
    const std::string text = usage("holdfastd");
    EXPECT_THAT(text, HasSubstr("-f, --use-file=VALUE"));
    EXPECT_THAT(text, HasSubstr("-t, --config-test[=VALUE]"));
    EXPECT_THAT(text, HasSubstr("--strict-config"));
    EXPECT_THAT(text, HasSubstr("no effect"));
}

}  // namespace
}  // namespace holdfast::core
