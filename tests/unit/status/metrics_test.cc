#include "status/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "unit/status/examples.h"

namespace holdfast::status {
namespace {

using testing::HasSubstr;
using testing::Not;

Published example() {
    return {.routers = example_routers(), .checks = example_checks()};
}

std::string own(const Published& published, MetricsFormat format = MetricsFormat::text) {
    return to_metrics(published, MetricNames::own, format);
}

std::string exporters(const Published& published) {
    return to_metrics(published, MetricNames::keepalived, MetricsFormat::text);
}

TEST(Metrics, TellOfAnInstance) {
    const std::string text = own(example());
    for (const char* line :
         {"holdfast_build_info{version=\"1.2.3\"} 1",
          "holdfast_node_info{node=\"node-a\",configuration=\"/etc/holdfast/holdfast.conf\"} 1",
          "holdfast_process_start_time_seconds{process=\"vrrp\"} 1795247100.000",
          "holdfast_instance_info{name=\"VI_1\",interface=\"eth0\",vrid=\"51\",family=\"ipv6\",version=\"3\","
          "group=\"VG_1\"} 1",
          "holdfast_instance_state{name=\"VI_1\",interface=\"eth0\",vrid=\"51\",family=\"ipv6\",state="
          "\"backup\"} 1",
          "holdfast_instance_state{name=\"VI_1\",interface=\"eth0\",vrid=\"51\",family=\"ipv6\",state="
          "\"active\"} 0",
          "holdfast_instance_priority{name=\"VI_1\"} 80",
          "holdfast_instance_configured_priority{name=\"VI_1\"} 100",
          "holdfast_instance_priority_adjustment{name=\"VI_1\",reason=\"check web\"} -20",
          "holdfast_instance_last_transition_timestamp_seconds{name=\"VI_1\"} 1795247880.000",
          "holdfast_instance_adverts_received_total{name=\"VI_1\"} 1099511627776",
          "holdfast_instance_adverts_sent_total{name=\"VI_1\"} 0",
          "holdfast_instance_down_interval_seconds{name=\"VI_1\"} 3.609",
          "holdfast_instance_addresses_in_place{name=\"VI_1\"} 1",
          "holdfast_group_state{group=\"VG_1\",state=\"backup\"} 1",
          "holdfast_peer_priority{name=\"VI_1\",peer=\"fe80::2\"} 150",
          "holdfast_peer_followed{name=\"VI_1\",peer=\"fe80::2\"} 1",
          "holdfast_peer_last_heard_timestamp_seconds{name=\"VI_1\",peer=\"fe80::2\"} 1795247999.000"})
        EXPECT_THAT(text, HasSubstr("\n" + std::string{line} + "\n"));
}

TEST(Metrics, TellOfWhatIsTrackedAndGuarded) {
    const std::string text = own(example());
    for (const char* line :
         {"holdfast_tracker_verdict{tracker=\"file load\",verdict=\"good\"} 1",
          "holdfast_tracker_verdict{tracker=\"file load\",verdict=\"bad\"} 0",
          "holdfast_check_info{tracker=\"check web\",kind=\"script\"} 1",
          "holdfast_check_verdict{tracker=\"check web\",verdict=\"bad\"} 1",
          "holdfast_check_failures_total{tracker=\"check web\"} 4",
          "holdfast_check_last_duration_seconds{tracker=\"check web\"} 0.021",
          "holdfast_guard_situation{unit=\"VI_1\",situation=\"both active, our MAC address is the lower "
          "one\"} 1",
          "holdfast_guard_situation{unit=\"VI_1\",situation=\"none\"} 0",
          "holdfast_guard_verdict{unit=\"VI_1\",verdict=\"withdraw\"} 1",
          "holdfast_guard_verdict{unit=\"VI_1\",verdict=\"promote\"} 0",
          "holdfast_guard_holds_back{unit=\"VI_1\"} 1", "holdfast_check_value{tracker=\"file load\"} 5",
          "holdfast_incident_open{unit=\"VI_1\"} 1", "holdfast_incident_open{unit=\"group VG_1\"} 0",
          "holdfast_incident_opened_timestamp_seconds{unit=\"VI_1\",kind=\"both active\"} 1795247990.000"})
        EXPECT_THAT(text, HasSubstr("\n" + std::string{line} + "\n"));
    EXPECT_THAT(text, Not(HasSubstr("holdfast_check_runs_total{tracker=\"file load\"}")));
}

TEST(Metrics, CountAdvertsThatWereRefusedByReason) {
    Published published = example();
    published.routers->instances[0].counters.push_back({.name = "refused_bad_ttl", .value = 3});
    EXPECT_THAT(own(published),
                HasSubstr("\nholdfast_instance_advert_remarks_total{name=\"VI_1\",reason=\"bad_ttl\"} 3\n"));
    EXPECT_THAT(exporters(published), HasSubstr("\nkeepalived_ip_ttl_errors_total{iname=\"VI_1\",intf="
                                                "\"eth0\",vrid=\"51\",state=\"BACKUP\"} 3\n"));
    EXPECT_THAT(
        exporters(published),
        HasSubstr(
            "\nkeepalived_vrrp_ip_ttl_err{name=\"VI_1\",intf=\"eth0\",vrid=\"51\",state=\"BACKUP\"} 3\n"));
}

TEST(Metrics, OfTheExportersAreKeepalivedsWords) {
    Published published = example();
    auto& addresses = published.routers->instances[0].addresses;
    addresses.push_back({.prefix = *Prefix::parse("2001:db8::101/64"), .link = "eth1", .is_excluded = true});
    addresses.push_back({.prefix = *Prefix::parse("2001:db8::102/128"), .link = "eth0"});
    const std::string text = exporters(published);
    EXPECT_THAT(text, HasSubstr("ip_address=\"2001:db8::102\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\n# TYPE keepalived_advertisements_received_total counter\n"));
    EXPECT_THAT(text, HasSubstr("\nkeepalived_vrrp_state{iname=\"VI_1\",intf=\"eth0\",vrid=\"51\",ip_address="
                                "\"2001:db8::100/64\"} 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("2001:db8::101")));
    EXPECT_THAT(text, HasSubstr("\nkeepalived_script_status{name=\"web\"} 0\n"));
    EXPECT_THAT(text, Not(HasSubstr("name=\"load\"")));
}

TEST(Metrics, AtAScrapeTellHowOldTheRestIs) {
    const auto text = [](const Published& published, MetricNames names = MetricNames::own) {
        return to_scrape_metrics(published, {.started = Instant{990s}, .scrapes = 4}, Instant{1002s},
                                 1795248002s, names, MetricsFormat::openmetrics);
    };
    EXPECT_THAT(text(example()), HasSubstr("\nholdfast_status_age_seconds{process=\"vrrp\"} 2.000\n"));
    EXPECT_THAT(text(example()), HasSubstr("\nholdfast_status_age_seconds{process=\"checker\"} 2.000\n"));
    EXPECT_THAT(text(example()), HasSubstr("\nholdfast_monitor_start_time_seconds 1795247990.000\n"));
    EXPECT_THAT(text(example()), HasSubstr("\nholdfast_monitor_scrapes_total 4\n"));
    EXPECT_EQ(text({}, MetricNames::keepalived), "# EOF\n");
    Published idle;  // it publishes once, and then nothing changes
    idle.checks = ChecksSnapshot{.head = example_head()};
    EXPECT_THAT(text(idle), Not(HasSubstr("{process=\"checker\"}")));
}

// Lines between which no family is broken: its samples stand together, behind its description.
TEST(Metrics, AreFamiliesInBothFormats) {
    for (const auto format : {MetricsFormat::text, MetricsFormat::openmetrics})
        for (const auto names : {MetricNames::own, MetricNames::keepalived}) {
            std::istringstream lines{to_metrics(example(), names, format)};
            std::set<std::string> seen;
            std::string family;
            for (std::string line; std::getline(lines, line);) {
                std::smatch match;
                if (std::regex_match(line, match, std::regex{"# HELP (\\S+) .*[.]"})) {
                    family = match[1];
                    EXPECT_TRUE(seen.insert(family).second) << family;
                } else if (!line.starts_with("#")) {
                    EXPECT_TRUE(line.starts_with(family)) << line;
                }
            }
        }
}

TEST(MetricRows, HaveTheNamesThatTheirTypesAskFor) {
    std::set<std::string_view> seen;
    for (const MetricRow& row : metric_rows()) {
        EXPECT_TRUE(seen.insert(row.name).second) << row.name;
        EXPECT_TRUE(row.help.ends_with(".")) << row.name;
        if (row.names == MetricNames::keepalived) continue;
        EXPECT_TRUE(row.name.starts_with("holdfast_")) << row.name;
        EXPECT_EQ(row.type == MetricType::counter, row.name.ends_with("_total")) << row.name;
        EXPECT_EQ(row.type == MetricType::info, row.name.ends_with("_info")) << row.name;
        EXPECT_EQ(row.unit == "seconds", row.name.find("_seconds") != std::string_view::npos) << row.name;
    }
}

// holdfast-metrics(7): a row for each, with its type, its labels and what it means.
TEST(MetricRows, AreTheOnesOfTheManual) {
    std::ifstream file{HOLDFAST_SOURCE_DIR "/man/holdfast-metrics.7"};
    std::stringstream page;
    page << file.rdbuf();
    std::set<std::string> documented;
    const std::string text = page.str();
    const std::regex entry{"\\.It Li ((?:holdfast|keepalived)_\\S+)( [^\n]*)?\n"};
    for (std::sregex_iterator at{text.begin(), text.end(), entry}; at != std::sregex_iterator{}; ++at)
        documented.insert((*at)[1]);
    for (const MetricRow& row : metric_rows()) {
        std::string labels;
        if (!row.labels.empty()) labels = " Brq " + std::string{row.labels};
        const std::string expected = ".It Li " + std::string{row.name} + labels + "\n" +
                                     std::string{name_of(row.type)} + ".\n" + std::string{row.help} + "\n";
        EXPECT_NE(text.find(expected), std::string::npos) << "holdfast-metrics(7) lacks\n" << expected;
        documented.erase(std::string{row.name});
    }
    EXPECT_TRUE(documented.empty()) << *documented.begin() << " is no metric";
}

}  // namespace
}  // namespace holdfast::status
