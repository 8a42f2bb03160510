"""Debian's keepalived as a peer, both ways round.

      A eth0 10.0.0.1, 2001:db8::1 ---- net1 ---- 10.0.0.2, 2001:db8::2 eth0 B
"""
import pytest
from support.lab import Capture, Holdfast, Keepalived, wait_until

CASES = {
    "v2-pass": ("", "authentication {\n auth_type PASS\n auth_pass secret\n }", "10.0.0.100/24"),
    "v3-ipv4": ("", "version 3\n advert_int 0.5", "10.0.0.100/24"),
    "v3-ipv6": ("", "version 3\n advert_int 0.5", "fe80::100/64\n 2001:db8::100/64"),
    "unicast-v2": ("unicast", "version 2", "10.0.0.100/24"),
    "unicast-v3": ("unicast", "version 3\n advert_int 0.5", "10.0.0.100/24"),
}


def configuration(case, me, priority):
    mode, options, addresses = CASES[case]
    unicast = f"unicast_src_ip 10.0.0.{me}\n unicast_peer {{\n 10.0.0.{3 - me}\n }}" if mode else ""
    return f"""
vrrp_instance VI {{
 state BACKUP
 interface eth0
 virtual_router_id 51
 priority {priority}
 {options}
 {unicast}
 virtual_ipaddress {{
 {addresses}
 }}
}}
"""


def vip(case):
    return CASES[case][2].split("\n")[-1].strip().split("/")[0]


def hosts(lab):
    a = lab.host("A", eth0=("net1", "10.0.0.1/24", "2001:db8::1/64"))
    b = lab.host("B", eth0=("net1", "10.0.0.2/24", "2001:db8::2/64"))
    return a, b


def own_source(host, case):
    if "ipv6" not in case:
        return "10.0.0.1" if host.name == "A" else "10.0.0.2"
    return next(line.split()[3].split("/")[0] for line in host.ip("-o", "-6", "addr", "show", "dev", "eth0", "scope", "link").splitlines()
                if "fe80::100" not in line)


@pytest.mark.parametrize("case", CASES)
def test_holdfast_active_keepalived_backup_then_takes_over(lab, case):
    """Holdfast has the higher priority; when it stops keepalived takes over, when it returns it gets the address back."""
    a, b = hosts(lab)
    capture = Capture(lab, "net1")
    ours = Holdfast(a, "ours", configuration(case, 1, 150)).start()
    theirs = Keepalived(b, "theirs", configuration(case, 2, 100)).start()
    ours.wait_state("VI", "MASTER")
    wait_until(lambda: a.has(vip(case)), "the address on A")
    source = own_source(a, case)
    assert ours.stop() == 0
    theirs.wait_state("VI", "MASTER")
    wait_until(lambda: b.has(vip(case)) and not a.has(vip(case)), "the address on B alone")
    ours.start()
    ours.wait_state("VI", "MASTER", count=2)
    theirs.wait_state("VI", "BACKUP", count=2)
    wait_until(lambda: a.has(vip(case)) and not b.has(vip(case)), "the address on A alone")
    capture.judge(source)
    assert "refused" not in ours.log()
    for complaint in ("bad version", "checksum", "auth", "TTL", "unexpected"):
        assert complaint not in theirs.log().replace("auth_type", ""), theirs.log()


@pytest.mark.parametrize("case", CASES)
def test_keepalived_active_holdfast_backup_then_takes_over(lab, case):
    """keepalived has the higher priority; Holdfast follows it, takes over when it stops, gives way when it returns."""
    a, b = hosts(lab)
    theirs = Keepalived(b, "theirs", configuration(case, 2, 150)).start()
    theirs.wait_state("VI", "MASTER")
    ours = Holdfast(a, "ours", configuration(case, 1, 100)).start()
    ours.wait_state("VI", "BACKUP")
    theirs.stop()
    ours.wait_state("VI", "MASTER")
    assert "resigned (priority 0)" in ours.log()
    wait_until(lambda: a.has(vip(case)) and not b.has(vip(case)), "the address on A alone")
    theirs.start()
    ours.wait_log(r"VI: MASTER -> BACKUP: higher priority 150")
    wait_until(lambda: b.has(vip(case)) and not a.has(vip(case)), "the address on B alone")
    assert "refused" not in ours.log()


def test_equal_priorities_the_higher_address_wins(lab):
    a, b = hosts(lab)
    ours = Holdfast(a, "ours", configuration("v3-ipv4", 1, 100)).start()
    ours.wait_state("VI", "MASTER")
    theirs = Keepalived(b, "theirs", configuration("v3-ipv4", 2, 100).replace("state BACKUP", "state MASTER")).start()
    theirs.wait_state("VI", "MASTER")
    ours.wait_log(r"VI: MASTER -> BACKUP: .*10\.0\.0\.2")
    wait_until(lambda: b.has("10.0.0.100") and not a.has("10.0.0.100"), "the address on B alone")
