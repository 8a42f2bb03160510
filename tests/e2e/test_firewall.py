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
