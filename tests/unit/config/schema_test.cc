#include "config/schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/values.h"
#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

std::map<std::string, const Block*> blocks_by_name() {
    std::map<std::string, const Block*> blocks;
    for (const Block* block : all_blocks())
        blocks.emplace(std::string{block->name}, block);
    return blocks;
}

// "ADDRESS (static_ipaddress, ...)" in the list of keywords is the block ADDRESS here.
std::string block_name(const std::string& listed) {
    if (listed.rfind("(root)", 0) == 0) return "(root)";
    return listed.substr(0, listed.find(" ("));
}

TEST(Schema, EveryKeywordOfKeepalivedHasARowInItsBlock) {
    std::ifstream list{std::string{HOLDFAST_SOURCE_DIR} + "/tests/config/keywords.tsv"};
    ASSERT_TRUE(list.is_open());
    const auto blocks = blocks_by_name();
    std::size_t count = 0;
    std::string line;
    std::getline(list, line);  // names of the columns
    while (std::getline(list, line)) {
        const auto tab = line.find('\t');
        const std::string block = block_name(line.substr(0, tab));
        const std::string keyword = line.substr(tab + 1);
        ++count;
        if (keyword.front() == '<' || block == "ENTRY")
            continue;  // the entry itself, of which a line is made
        const auto found = blocks.find(block);
        ASSERT_NE(found, blocks.end()) << block;
        EXPECT_NE(found->second->find(keyword), nullptr) << block << " " << keyword;
    }
    EXPECT_EQ(count, 631U);
}

TEST(Schema, NoBlockHasTwoRowsOfOneName) {
    for (const Block* block : all_blocks()) {
        std::set<std::string_view> names;
        block->each([&](const Keyword& row) {
            EXPECT_TRUE(names.insert(row.name).second) << block->name << " " << row.name;
        });
    }
}

TEST(Schema, EveryRowSaysWhatItIsFor) {
    for (const Block* block : all_blocks())
        block->each([&](const Keyword& row) {
            EXPECT_FALSE(row.doc.empty()) << block->name << " " << row.name;
            EXPECT_EQ(row.body == Body::block, row.block != nullptr) << row.name;
            EXPECT_EQ(row.body == Body::lines || row.body == Body::words, row.entry != nullptr) << row.name;
        });
}

TEST(Schema, OnlyTheLastArgumentsOfARowAreOptional) {
    for (const Block* block : all_blocks())
        block->each([&](const Keyword& row) {
            if (row.arguments[0].kind == Kind::choice) return;  // `[all] SECS` is told apart by its words
            bool optional = false;
            for (const auto& argument : row.arguments) {
                if (argument.kind == Kind::constant) continue;
                EXPECT_FALSE(optional && !argument.optional) << block->name << " " << row.name;
                optional = argument.optional;
            }
        });
}

// A word that every grammar of its kind accepts, to try each row with.
std::string example(const Argument& argument) {
    const std::string range{argument.range};
    const std::string low = range.rfind("clamped ", 0) == 0 ? range.substr(8, range.find("..") - 8)
                                                            : range.substr(0, range.find(".."));
    switch (argument.kind) {
        case Kind::constant:
            return "";
        case Kind::boolean:
            return "on";
        case Kind::integer:
        case Kind::number:
        case Kind::seconds:
        case Kind::decimal:
        case Kind::milli_decimal:
        case Kind::ms_decimal:
            return low.empty() ? "1" : low;
        case Kind::choice:
        case Kind::any_case_choice:
            return range.substr(0, range.find(' '));
        case Kind::interface:
        case Kind::new_interface:
            return "eth0";
        case Kind::address:
        case Kind::gateway:
            return range == "ipv6" ? "ff02::12" : "224.0.0.19";
        case Kind::prefix:
        case Kind::selector:
        case Kind::route_target:
            return "192.0.2.0/24";
        case Kind::peer_prefix:
            return "192.0.2.7/32";
        case Kind::broadcast:
            return "+";
        case Kind::command:
            return "\"/bin/true a\"";
        case Kind::script:
            return "\"/bin/true a\" root root";
        case Kind::user:
            return "root root";
        case Kind::group:
            return "root";
        case Kind::fifo:
            return "/run/fifo root root";
        case Kind::hex:
            return "0a ff";
        case Kind::hmac_key:
            return "abcdefghijklmnopqrstuvwxyz012345";
        case Kind::cpus:
            return "0 2";
        case Kind::mode_bits:
            return "IRWXG|IRWXO";
        case Kind::rx_policy:
            return "advert";
        case Kind::include_checks:
            return "read +match";
        case Kind::status_codes:
            return "200 300-302";
        case Kind::persistence_mask:
            return "255.255.255.0";
        case Kind::service:
        case Kind::service_entry:
            return "192.0.2.1 80";
        case Kind::table:
        case Kind::scope:
        case Kind::route_protocol:
        case Kind::interface_group:
        case Kind::ip_protocol:
        case Kind::router_preference:
            return "7";
        case Kind::dsfield:
            return "0x10";
        case Kind::realms:
            return "1/2";
        case Kind::metric:
            return "lock 5";
        case Kind::time_metric:
            return "20ms";
        case Kind::locked_word:
            return "lock cubic";
        case Kind::lifetime:
            return "forever";
        case Kind::number_range:
            return "1-5";
        case Kind::mark:
            return "0x10/0xff";
        case Kind::mpls_labels:
            return "16/17";
        case Kind::locator:
            return "1:2:3:4";
        case Kind::word:
        case Kind::short_word:
        case Kind::rest:
        case Kind::process:
        case Kind::email:
        case Kind::defines:
        case Kind::refers:
            return "thing";
    }
    return "";
}

TEST(Schema, EveryValueIsWrittenAsItIsRead) {
    const InventedHost host;
    for (const Block* block : all_blocks())
        block->each([&](const Keyword& row) {
            for (const auto& argument : row.arguments) {
                if (argument.kind == Kind::constant || argument.kind == Kind::refers) continue;
                const auto read = [&](const std::string& text) {
                    MemoryFiles files;
                    files.files["/f"] = "keyword " + text + "\n";
                    Diagnostics diagnostics;
                    Reader reader{files, "/f", {}, diagnostics};
                    const auto line = reader.next();
                    EXPECT_TRUE(line.has_value());
                    Words words{*line, 1};
                    Reading reading{.host = host, .diagnostics = diagnostics};
                    auto value = read_value(argument, words, reading);
                    EXPECT_TRUE(value.has_value()) << block->name << " " << row.name << ": " << text;
                    return value ? write_value(argument, *value) : std::vector<std::string>{};
                };
                const auto first = read(example(argument));
                std::string again;
                for (const auto& word : first)
                    again += word + " ";
                EXPECT_EQ(read(again), first) << block->name << " " << row.name;
            }
        });
}

}  // namespace
}  // namespace holdfast::config::testing
