"""A firewall of the host that drops adverts is named, with the rule and what helps; rules are real ones, made with nft
in the host's namespace.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import re
import subprocess

from settings import block, instance

DROPS_INPUT = """table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        meta l4proto { icmp, icmpv6, tcp } accept
    }
}
"""
DROPPED = r"HF2650 adverts that arrive on eth0 for 224\.0\.0\.18 are dropped .*inet table filter, chain input"


ACCEPT = "global_defs {\n    firewall_accept on\n}\n"
MARK = "holdfast firewall_accept: "


def listed(node):
    return node.exec("nft", "list", "ruleset")


def nft(node, ruleset):
    done = subprocess.run(["ip", "netns", "exec", node.namespace, "nft", "-f", "-"], input=ruleset, text=True,
                          capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr


def test_two_masters_are_explained_and_the_printed_command_heals_them(lab):
    node = lab.net["B"]
    nft(node, DROPS_INPUT)
    a = lab.holdfast("A", instance(priority=200))
    a.wait_state("VI_1", "MASTER")
    b = lab.holdfast("B", instance(priority=100))
    line = b.log.wait(DROPPED).string
    b.wait_state("VI_1", "MASTER")  # the split brain that the message is about
    assert "becomes MASTER, too" in line and "its policy is drop" in line
    remedy = re.search(r"Allow them: (nft .*)$", line).group(1)
    here = b.log.here()
    node.exec(*remedy.replace('"', "").split())
    b.wait_state("VI_1", "BACKUP", here)
    b.log.wait(r"HF2652 adverts that arrive on eth0 for 224\.0\.0\.18 are no longer dropped", here)


def test_a_rule_that_comes_later_is_noticed_and_named_with_its_handle(lab):
    node = lab.net["A"]
    a = lab.holdfast("A", instance())
    a.wait_state("VI_1", "MASTER")
    nft(node, "table ip raw {\nchain out {\ntype filter hook output priority -300;\nip protocol 112 drop\n}\n}\n")
    line = a.log.wait(r"HF2650 adverts that leave by eth0 for 224\.0\.0\.18 .*chain out, rule with handle (\d+)")
    listed = node.exec("nft", "-a", "list", "chain", "ip", "raw", "out")
    assert re.search(rf"drop # handle {line.group(1)}\b", listed)


def test_a_firewall_that_lets_adverts_pass_is_not_mentioned(lab):
    node = lab.net["A"]
    nft(node, DROPS_INPUT.replace("icmp, icmpv6, tcp", "icmp, vrrp"))
    a = lab.holdfast("A", instance(), options=["-D"])
    a.wait_state("VI_1", "MASTER")
    # What is asked about is asked together: this one shows that the first look is over.
    here = a.log.here()
    nft(node, "table ip other {\nchain out {\ntype filter hook output priority 0;\nip protocol 112 drop\n}\n}\n")
    a.log.wait("HF2650 adverts that leave by eth0", here)
    assert a.log.find("HF265[01] adverts that arrive") == []


def test_unicast_adverts_are_looked_for_by_their_peer(lab):
    node = lab.net["A"]
    nft(node, "table ip filter {\nchain input {\ntype filter hook input priority 0; policy drop;\n"
              "ip daddr 224.0.0.18 accept\n}\n}\n")
    a = lab.holdfast("A", instance(lines=["unicast_src_ip 192.0.2.1", *block("unicast_peer", "192.0.2.2")]))
    a.log.wait(r"HF2650 adverts that arrive on eth0 for 192\.0\.2\.1 from 192\.0\.2\.2 are dropped")


def test_a_rule_that_depends_on_what_nobody_knows_is_a_doubt(lab):
    nft(lab.net["A"], "table ip filter {\nchain input {\ntype filter hook input priority 0;\n"
                      "ip protocol 112 limit rate over 5/second drop\n}\n}\n")
    a = lab.holdfast("A", instance())
    line = a.log.wait("HF2651 adverts that arrive on eth0")
    assert "limit" in line.string and "To be sure: nft insert rule ip filter input" in line.string


def test_reading_a_large_ruleset_again_and_again_delays_no_advert(lab):
    node = lab.net["A"]
    chains = [f"chain c{at} {{\n" + "".join(f"ip saddr 10.{at}.{rule // 250}.{rule % 250} drop\n" for rule in range(2000))
              + "}\n" for at in range(4)]
    jumps = "".join(f"jump c{at}\n" for at in range(4))
    nft(node, f"table ip filter {{\n{''.join(chains)}chain input {{\ntype filter hook input priority 0;\n{jumps}}}\n}}\n")
    a = lab.holdfast("A", instance(interval=0.1, version=3))
    a.wait_state("VI_1", "MASTER")
    begun, since = a.log.here(), lab.wire.here()
    for number in range(3):
        nft(node, f"table ip t{number} {{\nchain out {{\ntype filter hook output priority {number};\n"
                  "ip daddr 224.0.0.18 counter\n}\n}\n")
        lab.wire.wait_adverts("A", 51, count=15, since=since)
        since = lab.wire.here()
    adverts = lab.wire.adverts_of("A", 51)
    gaps = [later.time - earlier.time for earlier, later in zip(adverts, adverts[1:])]
    assert max(gaps) < 3 * 0.1, "a peer would have lost patience"
    assert a.changes("VI_1", begun) == []


def test_with_firewall_accept_one_is_active_and_the_ruleset_is_as_it_was_in_the_end(lab):
    node = lab.net["B"]
    nft(node, DROPS_INPUT)
    before = listed(node)
    a = lab.holdfast("A", instance(priority=200))
    a.wait_state("VI_1", "MASTER")
    b = lab.holdfast("B", ACCEPT + instance(priority=100))
    rule = b.log.wait(r"HF2654 firewall_accept inserted inet filter input (.*)$").group(1)
    assert rule == 'iifname "eth0" ip daddr 224.0.0.18 meta l4proto 112 accept'
    assert f'accept comment "{MARK}vrrp in eth0 224.0.0.18"' in listed(node)
    since = lab.wire.here()
    lab.wire.wait_adverts("A", 51, count=5, since=since)  # more than B's patience
    assert lab.wire.adverts_of("B", 51, since) == []
    assert b.log.find("HF265[0167]") == []
    b.stop()
    assert listed(node) == before
    b.log.wait(r"HF2655 firewall_accept removed its rule from inet filter input handle \d+")


def test_a_killed_daemon_leaves_a_rule_that_the_next_one_keeps_and_removes(lab):
    node = lab.net["A"]
    nft(node, DROPS_INPUT)
    before = listed(node)
    a = lab.holdfast("A", ACCEPT + instance())
    a.log.wait("HF2654 firewall_accept inserted")
    with_rule = listed(node)
    a.kill_all()
    again = lab.holdfast("A", ACCEPT + instance(), options=["-D"], folder=a.folder)
    again.wait_state("VI_1", "MASTER")
    here = again.log.here()
    nft(node, "table ip other {\nchain out {\ntype filter hook output priority 0;\nip protocol 112 drop\n}\n}\n")
    again.log.wait("HF2654 firewall_accept inserted ip other out", here)  # it has looked twice by now
    assert again.log.find("HF2654 firewall_accept inserted inet") == []
    node.exec("nft", "delete", "table", "ip", "other")
    assert listed(node) == with_rule
    again.stop()
    assert listed(node) == before


def test_what_a_killed_daemon_left_is_removed_by_one_without_the_option(lab):
    node = lab.net["A"]
    nft(node, DROPS_INPUT)
    before = listed(node)
    a = lab.holdfast("A", ACCEPT + instance())
    a.log.wait("HF2654 firewall_accept inserted")
    a.kill_all()
    again = lab.holdfast("A", instance(), folder=a.folder)
    again.log.wait("HF2655 firewall_accept removed its rule")
    assert listed(node) == before
    again.log.wait(DROPPED)


def test_a_reload_keeps_the_rule_and_one_without_the_option_removes_it(lab):
    node = lab.net["A"]
    nft(node, DROPS_INPUT)
    before = listed(node)
    a = lab.holdfast("A", ACCEPT + instance())
    a.log.wait("HF2654 firewall_accept inserted")
    with_rule = node.exec("nft", "-a", "list", "ruleset")
    assert a.reload(ACCEPT + instance(priority=90))
    nft(node, "table ip other {\nchain out {\ntype filter hook output priority 0;\nip protocol 112 drop\n}\n}\n")
    a.log.wait("HF2654 firewall_accept inserted ip other out")  # it has looked since
    node.exec("nft", "delete", "table", "ip", "other")
    assert node.exec("nft", "-a", "list", "ruleset") == with_rule, "it never went"
    here = a.log.here()
    assert a.reload(instance(priority=90))
    a.log.wait("HF2655 firewall_accept removed its rule", here)
    assert listed(node) == before
    a.log.wait(DROPPED, here)


def test_a_firewall_that_is_loaded_anew_gets_the_rule_again(lab):
    node = lab.net["A"]
    nft(node, DROPS_INPUT)
    a = lab.holdfast("A", ACCEPT + instance())
    a.log.wait("HF2654 firewall_accept inserted")
    here = a.log.here()
    nft(node, "flush ruleset\n" + DROPS_INPUT)
    a.log.wait("HF2654 firewall_accept inserted", here)
    assert MARK in listed(node)


def test_a_firewall_that_takes_the_rule_out_each_time_is_left_alone_and_that_is_said_once(lab):
    node = lab.net["A"]
    nft(node, DROPS_INPUT)
    a = lab.holdfast("A", ACCEPT + instance())
    since = 0
    while True:
        said = a.log.wait("(HF2654) firewall_accept inserted|(HF2657) firewall_accept gives up", since)
        since = a.log.here()
        if said.group(2):
            break
        nft(node, "flush ruleset\n" + DROPS_INPUT)
    a.log.wait(DROPPED)
    inserted = len(a.log.find("HF2654"))
    assert 1 < inserted <= 6
    nft(node, "table ip other {\nchain out {\ntype filter hook output priority 0;\nip protocol 112 drop\n}\n}\n")
    a.log.wait("HF2650 adverts that leave by eth0")
    assert len(a.log.find("HF2654")) == inserted and len(a.log.find("HF2657")) == 1
    here = a.log.here()
    assert a.reload()
    a.log.wait("HF2654 firewall_accept inserted inet filter input", here)


def test_iptables_reads_the_rules_that_firewall_accept_made(lab):
    node = lab.net["A"]
    node.exec("iptables-nft", "-P", "INPUT", "DROP")
    node.exec("iptables-nft", "-N", "LAST")
    node.exec("iptables-nft", "-A", "LAST", "-p", "vrrp", "-j", "DROP")
    node.exec("iptables-nft", "-A", "OUTPUT", "-j", "LAST")
    before = node.exec("nft", "-s", "list", "ruleset")  # without what its rules have counted
    a = lab.holdfast("A", ACCEPT + instance())
    a.log.wait("HF2654 firewall_accept inserted ip filter INPUT")
    a.log.wait("HF2654 firewall_accept inserted ip filter OUTPUT")
    lab.wire.wait_adverts("A", 51, count=1)
    saved = node.exec("iptables-nft-save")
    assert f'-A INPUT -d 224.0.0.18/32 -i eth0 -p vrrp -m comment --comment "{MARK}vrrp in eth0 224.0.0.18"' in saved
    assert "-A OUTPUT -d 224.0.0.18/32 -o eth0 -p vrrp" in saved
    assert "incompatible" not in saved + node.exec("iptables-nft", "-L", "-n", "-v")
    a.stop()
    assert node.exec("nft", "-s", "list", "ruleset") == before


def test_without_the_option_no_rule_is_made(lab):
    node = lab.net["A"]
    nft(node, DROPS_INPUT)
    before = listed(node)
    a = lab.holdfast("A", instance())
    line = a.log.wait(DROPPED).string
    assert "Allow them: nft insert rule inet filter input" in line
    assert listed(node) == before


def test_heartbeats_of_a_guard_are_let_in_too(lab):
    node = lab.net["A"]
    nft(node, DROPS_INPUT)
    guard = block("split_brain", "policy alert", "heartbeat interface eth0", "heartbeat_port 1112")
    a = lab.holdfast("A", instance(lines=guard))
    a.log.wait(r"HF2650 heartbeats \(UDP port 1112\) that arrive on eth0 for 224\.0\.0\.18 are dropped")
    assert a.reload(ACCEPT + instance(lines=guard))
    a.log.wait(r'HF2654 firewall_accept inserted inet filter input iifname "eth0" ip daddr 224\.0\.0\.18 udp dport 1112')
    a.log.wait("HF2654 firewall_accept inserted .* meta l4proto 112")
