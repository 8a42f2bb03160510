"""Packets that must be refused touch no timer and no state: with three of them in each interval the pair stays as it is.

      A 10.0.0.1 (priority 150) ---- net1 ---- 10.0.0.2 B (priority 100)
                                      |
                                      M 10.0.0.9: sends the bad ones
"""
import socket
import struct
import sys

import pytest
from support.lab import Capture, Holdfast, wait_until

CONF = """
vrrp_instance VI {
 interface eth0
 virtual_router_id 51
 priority %d
 advert_int 1
 authentication {
  auth_type PASS
  auth_pass secret
 }
 virtual_ipaddress {
  10.0.0.100/24
 }
}
"""


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def advert(version=2, vrid=51, priority=200, auth=1, interval=1, password=b"secret\0\0", address="10.0.0.100", bad_sum=False):
    body = struct.pack("!BBBBBBH", version << 4 | 1, vrid, priority, 1, auth, interval, 0) + socket.inet_aton(address) + password
    value = checksum(body)
    return body[:6] + struct.pack("!H", value ^ (0x5555 if bad_sum else 0)) + body[8:]


GOOD = advert()
BAD = {
    "bad-checksum": (255, advert(bad_sum=True)),
    "ttl-64": (64, GOOD),
    "wrong-version": (255, advert(version=5)),
    "other-version": (255, advert(version=3)),
    "wrong-password": (255, advert(password=b"other\0\0\0")),
    "no-authentication": (255, advert(auth=0, password=b"\0" * 8)),
    "other-interval": (255, advert(interval=2)),
    "truncated": (255, GOOD[:11]),
    "oversized": (255, GOOD + b"\0" * 600),
    "wrong-type": (255, b"\x22" + GOOD[1:]),
    "empty": (255, b"\x21\x33"),
}

SENDER = """
import socket, sys, time
ttl, data = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
if len(sys.argv) > 3:
    s.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND: somebody else's address
    s.bind((sys.argv[3], 0))
while True:
    s.sendto(data, ("224.0.0.18", 0))
    time.sleep(0.33)
"""


def start(lab):
    a = lab.host("A", eth0=("net1", "10.0.0.1/24"))
    b = lab.host("B", eth0=("net1", "10.0.0.2/24"))
    m = lab.host("M", eth0=("net1", "10.0.0.9/24"))
    on_a = Holdfast(a, "a", CONF % 150).start()
    on_b = Holdfast(b, "b", CONF % 100).start()
    on_a.wait_state("VI", "MASTER")
    return on_a, on_b, m


def unmoved(lab, on_a, on_b, sender):
    """Eight adverts of A, a second apart, while the sender is at work; then B still notices A's death."""
    capture = Capture(lab, "net1")
    wait_until(lambda: sender.poll() is None, "the sender")
    on_b.lab.switch.run("timeout", "12", "tcpdump", "-c", "8", "-i", "net1", "ip proto 112 and src 10.0.0.1", check=False)
    times = [float(row["frame.time_relative"]) for row in capture.adverts("10.0.0.1")]
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert len(gaps) >= 6 and max(gaps) < 1.5, gaps
    assert "MASTER -> " not in on_a.log(), on_a.log()
    assert "BACKUP -> MASTER" not in on_b.log(), on_b.log()


@pytest.mark.parametrize("kind", BAD)
def test_refused_adverts_change_nothing(lab, kind):
    on_a, on_b, m = start(lab)
    ttl, data = BAD[kind]
    sender = m.popen(sys.executable, "-c", SENDER, ttl, data.hex())
    unmoved(lab, on_a, on_b, sender)
    if kind != "empty":
        on_a.wait_log(r"VI: advert from 10\.0\.0\.9 refused: ")
        assert on_a.log().count("refused: ") <= 3, "a log line for each packet"
    on_a.kill()
    on_b.wait_state("VI", "MASTER")


def test_an_advert_with_our_own_source_address_is_refused(lab):
    on_a, on_b, m = start(lab)
    sender = m.popen(sys.executable, "-c", SENDER, 255, GOOD.hex(), "10.0.0.1")
    on_a.wait_log(r"VI: advert from 10\.0\.0\.1 refused: it carries our own source address")
    assert "MASTER -> BACKUP" not in on_a.log()
    sender.kill()


def test_another_address_list_is_reported_and_followed_all_the_same(lab):
    """Rejecting it would make the pair flap during a rolling change."""
    a = lab.host("A", eth0=("net1", "10.0.0.1/24"))
    b = lab.host("B", eth0=("net1", "10.0.0.2/24"))
    on_a = Holdfast(a, "a", CONF % 150).start()
    on_b = Holdfast(b, "b", (CONF % 100).replace("10.0.0.100/24", "10.0.0.100/24\n  10.0.0.101/24")).start()
    on_a.wait_state("VI", "MASTER")
    on_b.wait_log(r"VI: advert from 10\.0\.0\.1 differs: its address list is another one")
    capture = Capture(lab, "net1")
    on_b.lab.switch.run("timeout", "12", "tcpdump", "-c", "6", "-i", "net1", "ip proto 112 and src 10.0.0.1", check=False)
    assert len(capture.adverts("10.0.0.1")) >= 5
    assert "BACKUP -> MASTER" not in on_b.log()
