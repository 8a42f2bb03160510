"""FRR's vrrpd as a peer, version 3, IPv4 and IPv6.

      A eth0 10.0.0.1, 2001:db8::1 ---- net1 ---- 10.0.0.2, 2001:db8::2 eth0 B (FRR, priority 200)
"""
import shutil

import pytest
from support.lab import Capture, Holdfast, wait_until

CONF = """
vrrp_instance V4 {
 interface eth0
 virtual_router_id 5
 version 3
 priority %(priority)d
 advert_int 0.5
 virtual_ipaddress {
  10.0.0.100/24
 }
}
vrrp_instance V6 {
 interface eth0
 virtual_router_id 5
 version 3
 priority %(priority)d
 advert_int 0.5
 virtual_ipaddress {
  2001:db8::100/64
 }
}
"""


class Frr:
    def __init__(self, lab, host):
        self.lab, self.host = lab, host
        self.dir = lab.dir / "frr"
        self.dir.mkdir()
        for family, octet, address in ((4, "01", "10.0.0.100/24"), (6, "02", "2001:db8::100/64")):
            link = f"vrrp{family}-5"
            host.ip("link", "add", link, "link", "eth0", "type", "macvlan", "mode", "bridge")
            host.ip("link", "set", link, "addrgenmode", "random")
            host.ip("link", "set", link, "address", f"00:00:5e:00:{octet}:05")
            host.ip("addr", "add", address, "dev", link, *(["nodad"] if family == 6 else []))
            host.ip("link", "set", link, "up")
        (self.dir / "zebra.conf").write_text("hostname peer\n")
        (self.dir / "vrrpd.conf").write_text("interface eth0\n vrrp 5 version 3\n vrrp 5 priority 200\n vrrp 5 advertisement-interval 500\n"
                                             " vrrp 5 ip 10.0.0.100\n vrrp 5 ipv6 2001:db8::100\n")
        for path in [self.dir, *self.dir.iterdir()]:
            shutil.chown(path, "frr", "frr")

    def start(self):
        d = self.dir
        self.zebra = self.host.popen("/usr/lib/frr/zebra", "--vty_socket", d, "-z", d / "zserv.api", "-i", d / "zebra.pid", "-f",
                                     d / "zebra.conf", "-A", "127.0.0.1", "-P", "0", "--log", f"file:{d}/zebra.log")
        wait_until((d / "zserv.api").exists, "zebra")
        self.vrrpd = self.host.popen("/usr/lib/frr/vrrpd", "--vty_socket", d, "-z", d / "zserv.api", "-i", d / "vrrpd.pid", "-f",
                                     d / "vrrpd.conf", "-A", "127.0.0.1", "-P", "0")
        return self

    def states(self):
        out = self.host.run("vtysh", "--vty_socket", self.dir, "-c", "show vrrp", check=False)
        return [line.split()[-2:] for line in out.splitlines() if line.strip().startswith("Status")]

    def wait_states(self, state):
        wait_until(lambda: [[state, state]] == self.states(), lambda: f"FRR in {state}: {self.states()}", 15)


@pytest.mark.skipif(not shutil.which("vtysh"), reason="frr is not installed")
def test_frr_higher_priority_then_dies_then_returns(lab):
    a = lab.host("A", eth0=("net1", "10.0.0.1/24", "2001:db8::1/64"))
    b = lab.host("B", eth0=("net1", "10.0.0.2/24", "2001:db8::2/64"))
    capture = Capture(lab, "net1")
    frr = Frr(lab, b).start()
    frr.wait_states("Master")
    ours = Holdfast(a, "ours", CONF % {"priority": 100}).start()
    ours.wait_state("V4", "BACKUP")
    ours.wait_state("V6", "BACKUP")
    frr.vrrpd.kill()
    frr.vrrpd.wait()
    ours.wait_state("V4", "MASTER")
    ours.wait_state("V6", "MASTER")
    ours.wait_log(r"V4: BACKUP -> MASTER: no advert from 10\.0\.0\.2")
    source6 = next(word for word in a.ip("-o", "-6", "addr", "show", "dev", "eth0", "scope", "link").split() if word.startswith("fe80")).split("/")[0]
    frr.start()
    ours.wait_log(r"V4: MASTER -> BACKUP: higher priority 200 heard from 10\.0\.0\.2", timeout=15)
    ours.wait_log(r"V6: MASTER -> BACKUP: higher priority 200 heard from fe80", timeout=15)
    capture.judge("10.0.0.1", source6)


@pytest.mark.skipif(not shutil.which("vtysh"), reason="frr is not installed")
def test_holdfast_higher_priority_frr_follows(lab):
    a = lab.host("A", eth0=("net1", "10.0.0.1/24", "2001:db8::1/64"))
    b = lab.host("B", eth0=("net1", "10.0.0.2/24", "2001:db8::2/64"))
    frr = Frr(lab, b).start()
    frr.wait_states("Master")
    ours = Holdfast(a, "ours", CONF % {"priority": 250}).start()
    ours.wait_state("V4", "MASTER")
    ours.wait_state("V6", "MASTER")
    frr.wait_states("Backup")
    assert "refused" not in ours.log()
    assert ours.stop() == 0
    frr.wait_states("Master")
