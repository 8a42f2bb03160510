"""Packets that fail a check touch no timer and no state: the Active goes on and the Backup stays.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- X.eth0 192.0.2.66/24
"""

import re
import signal
import socket
import struct
import threading

import netns
import pytest
from peers import watch_folder
from settings import instance, password

VIRTUAL = "192.0.2.100"


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pdu(version=2, vrid=51, priority=200, kind=1, auth=1, interval=1, addresses=(VIRTUAL,), secret=b"1111",
        break_checksum=False, count=None):
    """A VRRPv2 advert, by default a good one that wins any election."""
    body = bytes([version << 4 | kind, vrid, priority, len(addresses) if count is None else count, auth, interval])
    tail = b"".join(socket.inet_aton(address) for address in addresses) + secret.ljust(8, b"\0")
    right = checksum(body + b"\0\0" + tail)
    return body + struct.pack("!H", right ^ (0x5555 if break_checksum else 0)) + tail


def ip_packet(payload, source="192.0.2.66", destination="224.0.0.18", ttl=255, length=None):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0xc0, length or 20 + len(payload), 7, 0, ttl, 112, 0,
                       socket.inet_aton(source), socket.inet_aton(destination))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def frame(packet):
    return bytes.fromhex("01005e000012") + bytes.fromhex("020000000066") + b"\x08\x00" + packet


BAD = {
    "bad-checksum": ip_packet(pdu(break_checksum=True)),
    "ttl-64": ip_packet(pdu(), ttl=64),
    "version-4": ip_packet(pdu(version=4)),
    "version-3": ip_packet(pdu(version=3)),
    "type-2": ip_packet(pdu(kind=2)),
    "other-password": ip_packet(pdu(secret=b"9999")),
    "no-authentication": ip_packet(pdu(auth=0, secret=b"")),
    "unknown-authentication": ip_packet(pdu(auth=9)),
    "other-interval": ip_packet(pdu(interval=7)),
    "truncated": ip_packet(pdu()[:10]),
    "empty": ip_packet(b""),
    "count-lies": ip_packet(pdu(count=200)),
    "oversized": ip_packet(pdu(addresses=(VIRTUAL,) * 255, count=1)),
    "trailing-bytes": ip_packet(pdu() + b"\0" * 40),
    "farewell-with-other-password": ip_packet(pdu(priority=0, secret=b"9999")),
}


class Sender:
    """Sends a frame at a steady pace from X until it is stopped."""

    def __init__(self, network, data, per_second):
        self._socket = netns.inside(network["X"].namespace, self._open)
        self._frame = data
        self._pause = 1 / per_second
        self._stopped = threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    @staticmethod
    def _open():
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sender.bind(("eth0", 0))
        return sender

    def __enter__(self):
        self._thread.start()
        return self

    def _run(self):
        while True:
            self._socket.send(self._frame)
            self.sent += 1
            if self._stopped.wait(self._pause):
                return

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def pair(lab):
    a = lab.holdfast("A", instance(priority=100, lines=password()))
    a.wait_state("VI_1", "MASTER")
    b = lab.holdfast("B", instance(priority=90, lines=password()))
    b.wait_state("VI_1", "BACKUP")
    return lab, a, b


@pytest.mark.parametrize("name", BAD)
def test_a_bad_advert_changes_nothing(pair, name):
    """Three bad adverts an interval, the pace that makes keepalived's pairs flap.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- X.eth0 192.0.2.66/24
    """
    lab, a, b = pair
    here_a, here_b = a.log.here(), b.log.here()
    start = lab.wire.wait_adverts("A", 51, since=lab.wire.here())[0].time
    with Sender(lab.net, frame(BAD[name]), per_second=3) as sender:
        end = lab.wire.wait_adverts("A", 51, count=5, since=start)[-1].time
        assert sender.sent >= 10
    assert a.changes("VI_1", here_a) == [] and b.changes("VI_1", here_b) == []
    assert lab.wire.longest_gap("A", 51, start, end) < 1.5
    assert not lab.wire.adverts_of("B", 51, since=start)
    assert lab.net["A"].has(VIRTUAL) and not lab.net["B"].has(VIRTUAL)
    # It is said, at a limited rate.
    if name not in ("empty", "truncated"):
        a.log.wait(r"192\.0\.2\.66.*refused", here_a)
        assert len(a.log.find(r"192\.0\.2\.66.*refused", here_a)) <= 3


def test_our_own_advert_coming_back_changes_nothing(pair):
    """A looping switch sends A's own adverts back to it.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- X.eth0 192.0.2.66/24
    """
    lab, a, _ = pair
    here = a.log.here()
    start = lab.wire.wait_adverts("A", 51, since=lab.wire.here())[0].time
    loop = frame(ip_packet(pdu(priority=100), source="192.0.2.1"))
    with Sender(lab.net, loop, per_second=3):
        end = lab.wire.wait_adverts("A", 51, count=5, since=start)[-1].time
    assert a.changes("VI_1", here) == []
    assert lab.wire.longest_gap("A", 51, start, end) < 1.5


def test_a_flood_of_bad_adverts_does_not_silence_us(pair):
    """As fast as a Python thread can.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- X.eth0 192.0.2.66/24
    """
    lab, a, b = pair
    here_a, here_b = a.log.here(), b.log.here()
    start = lab.wire.wait_adverts("A", 51, since=lab.wire.here())[0].time
    with Sender(lab.net, frame(BAD["bad-checksum"]), per_second=5000):
        end = lab.wire.wait_adverts("A", 51, count=5, since=start)[-1].time
    assert a.changes("VI_1", here_a) == [] and b.changes("VI_1", here_b) == []
    assert lab.wire.longest_gap("A", 51, start, end) < 1.5
    assert len(a.log.find("refused", here_a)) < 20


def test_another_address_list_is_reported_but_heard(pair):
    """A rolling change of two nodes passes through it: rejecting the advert would make the pair flap.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- X.eth0 192.0.2.66/24
    """
    lab, a, b = pair
    here = a.log.here()
    with Sender(lab.net, frame(ip_packet(pdu(addresses=("192.0.2.200",)))), per_second=3):
        a.wait_state("VI_1", "BACKUP", here)
        a.log.wait("address list", here)


def test_bad_adverts_are_counted_by_kind(pair):
    """The statistics file says what came.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- X.eth0 192.0.2.66/24
    """
    lab, a, _ = pair
    for name in ("ttl-64", "other-password", "type-2"):
        with Sender(lab.net, frame(BAD[name]), per_second=20):
            a.log.wait("refused", a.log.here())
    stats = a.runtime / "keepalived.stats"
    a.signal(signal.SIGUSR2)

    def counted():
        text = stats.read_text() if stats.exists() else ""
        return all(re.search(rf"{label}: [1-9]", text) for label in ("TTL", "Failure", "Invalid Type"))

    watch_folder(stats.parent, counted, "the statistics file counts them")
