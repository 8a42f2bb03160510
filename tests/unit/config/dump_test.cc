#include "config/dump.h"

#include <gtest/gtest.h>

#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

void expect_same_after_dump(const std::string& text) {
    const Parsed first = parse_text(text);
    const std::string written = dump(first.config);
    const Parsed second = parse_text(written);
    EXPECT_TRUE(first.config == second.config) << written;
    EXPECT_EQ(dump(second.config), written);
}

TEST(Dump, HasOneSettingALineInTheOrderOfTheSchema) {
    const Parsed parsed = parse_text(
        "vrrp_instance V { priority 50\n state BACKUP\ninterface eth0\n nopreempt\n"
        "virtual_router_id 1\nvirtual_ipaddress { 10.0.0.1/24 dev eth0 } }\n");
    EXPECT_EQ(dump(parsed.config),
              "vrrp_instance V {\n"
              "    state BACKUP\n"
              "    interface eth0\n"
              "    virtual_router_id 1\n"
              "    priority 50\n"
              "    virtual_ipaddress {\n"
              "        10.0.0.1/24 dev eth0\n"
              "    }\n"
              "    nopreempt\n"
              "}\n");
}

TEST(Dump, WritesPreemptAndUnicastSourceAsTheyWereMeant) {
    const std::string text = dump(parse_text("vrrp_instance V {\npreempt\nunicast_src_ip 10.0.0.5\n"
                                             "unicast_peer {\n10.0.0.6 min_ttl 3\n}\ninterface eth0\n"
                                             "virtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n")
                                      .config);
    EXPECT_NE(text.find("    preempt\n"), std::string::npos);
    EXPECT_NE(text.find("    unicast_src_ip 10.0.0.5\n"), std::string::npos);
    EXPECT_NE(text.find("        10.0.0.6 min_ttl 3\n"), std::string::npos);
    EXPECT_EQ(text.find("mcast_src_ip"), std::string::npos);
    EXPECT_EQ(text.find("nopreempt"), std::string::npos);
}

TEST(Dump, KeepsWordsThatHaveNoEffectYet) {
    const std::string text =
        "bfd_instance b {\n    neighbor_ip 10.0.0.9\n}\n"
        "virtual_server 10.0.0.1 80 {\n    lvs_sched rr\n    real_server 10.0.0.2 80 {\n"
        "        HTTP_GET {\n            url {\n                path /\n            }\n        }\n"
        "    }\n}\n";
    EXPECT_EQ(dump(parse_text(text).config), text);
}

TEST(Dump, OfHealthScriptsIsReadBack) {
    expect_same_after_dump(
        "vrrp_script \"\" {\nscript /bin/false\n}\nvrrp_script a {\nscript \"/bin/x 'a b'\"\ninterval "
        "0.25\ntimeout 2\nrise 3\nfall 2\nweight -7 "
        "reverse\n"
        "init_fail\nuser root\n}\nvrrp_script b {\nscript /bin/true\n}\n"
        "vrrp_sync_group G {\ngroup {\nV\n}\ntrack_script {\nb\n}\n}\n"
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n}\n"
        "vrrp_instance W {\ninterface eth0\nvirtual_router_id 2\n"
        "track_script {\na weight 3 noreverse\nb reverse\n}\n}\n");
}

TEST(Dump, OfOtherTrackersIsReadBack) {
    expect_same_after_dump(
        "track_file f {\nfile /run/f\nweight -2 reverse\ninit_file 7 overwrite\n}\n"
        "vrrp_track_file g {\nfile /run/g\ninit_file\n}\n"
        "vrrp_track_process p {\nprocess /bin/x -a \"b c\"\nparam_match partial\nquorum 2\nquorum_max 3\n"
        "delay 0.5\n}\n"
        "vrrp_check c {\ncheck https https://10.0.0.9/ status 200 contains \"all well\" host w "
        "insecure\ninterval 0.5\n"
        "timeout 2\nrise 2\nfall 3\nweight 9 reverse\ninit_fail\n}\n"
        "vrrp_check d {\ncheck mysql-ping [2001:db8::1]:3306 user u\n}\n"
        "vrrp_track_process q {\nprocess sshd\nfull_command\nweight 3\nterminate_delay 2\n}\n"
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n"
        "track_check {\nc\nd weight -3 reverse\n}\ntrack_file {\nf weight 3\ng noreverse\n}\ntrack_process "
        "{\np\nq weight -254\n}\n}\n");
}

TEST(Dump, OfBfdSessionsIsReadBackAndStandsBeforeWhoNamesThem) {
    expect_same_after_dump(
        "bfd_instance a {\nneighbour_ip 10.0.0.9\nweight -7 reverse\nvrrp\nmin_tx 50\n}\n"
        "bfd_instance b {\nneighbor_ip 10.0.0.8\nchecker\nmultihop\n}\n"
        "vrrp_sync_group G {\ngroup {\nV\n}\ntrack_bfd {\na weight 3\n}\n}\n"
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\ntrack_bfd {\nb\na weight 0 noreverse\n}\n}\n"
        "virtual_server 10.0.0.1 80 {\nlvs_sched rr\nreal_server 10.0.0.2 80 {\nBFD_CHECK {\nname "
        "b\n}\n}\n}\n");
}

TEST(Dump, OfReferencesIsReadBack) {
    expect_same_after_dump(
        "vrrp_check c {\ncheck arp fe80::1 dev eth1\n}\n"
        "vrrp_sync_group G {\ngroup {\nV\n}\ntrack_reachability {\n10.0.0.254 dev eth2\n}\n}\n"
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n"
        "track_reachability {\nquorum 2\n10.0.0.254\nfe80::1 dev eth1\ninterval 0.25\nrise 2\nfall 5\nweight "
        "7 "
        "reverse\n}\n"
        "track_reachability {\n10.0.0.253\n}\ntrack_check {\nc\n}\n}\n");
    EXPECT_NE(dump(parse_text("vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n"
                              "track_reachability {\nquorum 1\n10.0.0.254 dev eth1\n}\n}\n")
                       .config)
                  .find("    track_reachability {\n        10.0.0.254 dev eth1\n        quorum 1\n    }\n"),
              std::string::npos);
}

TEST(Dump, QuotesWhatWouldBeReadAsSomethingElse) {
    expect_same_after_dump(
        "global_defs {\nrouter_id \"a # b { c\"\nscript_user root\nenable_script_security\n"
        "notify_fifo \"/run/a b\" root\nstartup_script \"/bin/x 'y z' \\\\\"q\\\\\"\" root\n}\n");
}

TEST(Dump, OfEveryOptionOfAddressesRoutesAndRulesIsReadBack) {
    expect_same_after_dump(
        "track_group T {\ngroup {\nV\n}\n}\n"
        "static_ipaddress {\n10.0.0.7 peer 10.0.0.8/30 dev eth0 home -nodad noprefixroute autojoin "
        "mngtmpaddr no_track "
        "preferred_lft forever track_group T\n10.1.0.1/24 dev eth1 brd + scope link label eth1:a\n}\n"
        "static_routes {\n10.9.0.0/16 dev eth0 mtu lock 1400 advmss 5 rtt lock 3 rttvar 4 rto_min 5 "
        "reordering 6 cwnd 7 "
        "ssthresh lock 8 window 9 hoplimit 10 initcwnd 11 initrwnd 12 features ecn quickack 1 "
        "fastopen_no_cookie 0 "
        "congctl lock cubic realms 1/2 tos 0x10 protocol boot scope host append onlink no_track\n"
        "2001:db8::/32 from 2001:db8:1::/48 via fe80::1 dev eth0 pref low expires 10 ttl-propagate enabled "
        "encap ip6 id "
        "5 dst fe80::5 tc 3 hoplimit 7\n"
        "10.8.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 2 onlink nexthop via inet6 fe80::3 dev eth1 encap "
        "mpls 7/8\n}\n"
        "static_rules {\ninet6 not from all to 2001:db8::/32 iif eth0 oif eth1 l3mdev preference 7 "
        "suppress_ifgroup 3 "
        "sup_pl 4 tunnel-id 9 uidrange 1-2 ipproto tcp sport 1-2 dport 3-4 tos 8 protocol 5\n"
        "fwmark 1/2 blackhole preference 9\n}\n"
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n");
}

std::string shown(const std::string& text, const DumpManner& manner) {
    std::string lines;
    for (const DumpLine& line : dump_lines(parse_text(text).config, manner))
        lines += line.text + (line.source == DumpLine::Source::file ? "" : " [default]") +
                 (line.in_force.empty() ? "" : " [" + line.in_force + "]") + "\n";
    return lines;
}

constexpr const char* secretive =
    "global_defs {\nalert_webhook https://u:p@host/token timeout 3\n}\n"
    "vrrp_check web {\ncheck http http://admin:pw@10.0.0.9:80/x\n}\n"
    "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nauthentication {\nauth_type PASS\n"
    "auth_pass 5ecret\n}\nauth_hmac {\nkey 1 "
    "hex:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\nmode "
    "enforce\n}\nvirtual_ipaddress "
    "{\n10.0.0.1\n}\n}\n"
    "SSL {\npassword 5ecret\n}\n";

TEST(Dump, HidesWhatTheSchemaCallsASecretAlsoInWordsWithoutEffect) {
    const std::string text = shown(secretive, {.hides_secrets = true});
    for (const char* secret : {"5ecret", "token", "u:p", "admin", "pw", "001122"})
        EXPECT_EQ(text.find(secret), std::string::npos) << secret << " in\n" << text;
    for (const char* said :
         {"auth_pass ********\n", "alert_webhook \"https://********@host/********\" timeout 3\n",
          "check http \"http://********@10.0.0.9:80/x\"\n", "key 1 ********\n", "mode enforce\n",
          "password ********\n"})
        EXPECT_NE(text.find(said), std::string::npos) << said << " not in\n" << text;
    EXPECT_NE(shown(secretive, {}).find("5ecret"), std::string::npos);
}

TEST(Dump, FillsInWhatHoldsWhereNothingWasWritten) {
    const std::string plain = "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nadvert_int 2\n}\n";
    const std::string text =
        shown(plain, {.fills_in = true, .in_force = [](const Instance& one, std::string_view keyword) {
                          EXPECT_EQ(one.name, "V");
                          return keyword == "priority"     ? std::optional<std::string>{"7"}
                                 : keyword == "advert_int" ? std::optional<std::string>{"3"}
                                                           : std::nullopt;
                      }});
    EXPECT_NE(text.find("priority 7 [default]\n"), std::string::npos) << text;
    EXPECT_NE(text.find("advert_int 2 [3]\n"), std::string::npos) << text;
    EXPECT_NE(text.find("interface eth0\n"), std::string::npos) << text;
    EXPECT_NE(text.find("version: vrrp_version; IPv6: 3 [default]\n"), std::string::npos) << text;
}

TEST(ASecret, ShowsWhatIsNone) {
    EXPECT_EQ(hidden("abc"), "********");
    EXPECT_EQ(hidden("file:/etc/key"), "file:/etc/key");
    EXPECT_EQ(hidden("https://host"), "https://host/********");
    EXPECT_EQ(hidden("\"a b\""), "********");
    EXPECT_EQ(hidden("\"https://u:p@host/x y\""), "\"https://********@host/********\"");
    EXPECT_EQ(hidden("https://host?token=1"), "https://host/********");
    EXPECT_EQ(without_credentials("http://host/a@b"), "http://host/a@b");
    EXPECT_EQ(without_credentials("http://a:b@c@host/"), "http://********@host/");
    EXPECT_EQ(without_credentials("user@host"), "user@host");
}

}  // namespace
}  // namespace holdfast::config::testing
