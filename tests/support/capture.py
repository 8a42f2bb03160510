"""What every node puts on the wire: a packet socket at the switch, before the bridge, so that each frame is
seen once and with its sender; adverts decoded as they come, all frames kept for tshark."""

import ctypes
import ipaddress
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass

import netns
from lines import PATIENCE_S

_SO_TIMESTAMPNS = 35
_PACKET_OUTGOING = 4
_ETH_P_ALL = 3


@dataclass(frozen=True)
class Advert:
    time: float  # the kernel's, in seconds
    node: str
    interface: str
    source: str
    destination: str
    ttl: int
    version: int
    vrid: int
    priority: int
    interval: float  # seconds
    addresses: tuple
    payload: bytes


@dataclass(frozen=True)
class Announcement:
    """A gratuitous ARP or an unsolicited neighbour advertisement."""
    time: float
    node: str
    interface: str
    address: str
    mac: str
    frame: bytes


@dataclass(frozen=True)
class Frame:
    time: float
    node: str
    interface: str
    bytes: bytes


def _address(raw):
    return str(ipaddress.ip_address(raw))


def _vrrp(frame):
    """(source, destination, ttl, payload) of a VRRP packet, or None."""
    kind = frame[12:14]
    if kind == b"\x08\x00" and len(frame) > 34 and frame[23] == 112:
        header = (frame[14] & 15) * 4
        total = struct.unpack("!H", frame[16:18])[0]
        return _address(frame[26:30]), _address(frame[30:34]), frame[22], frame[14 + header:14 + total]
    if kind == b"\x86\xdd" and len(frame) > 54 and frame[20] == 112:
        size = struct.unpack("!H", frame[18:20])[0]
        return _address(frame[22:38]), _address(frame[38:54]), frame[21], frame[54:54 + size]
    return None


def _advert(when, node, interface, frame):
    packet = _vrrp(frame)
    if not packet or len(packet[3]) < 8:
        return None
    source, destination, ttl, payload = packet
    version, count = payload[0] >> 4, payload[3]
    width = 16 if ":" in source else 4
    interval = float(payload[5]) if version == 2 else (struct.unpack("!H", payload[4:6])[0] & 0xfff) / 100
    raw = payload[8:8 + count * width]
    addresses = tuple(_address(raw[at:at + width]) for at in range(0, len(raw) - width + 1, width))
    return Advert(when, node, interface, source, destination, ttl, version, payload[1], payload[2], interval,
                  addresses, payload)


def _announcement(when, node, interface, frame):
    if frame[12:14] == b"\x08\x06" and frame[28:32] == frame[38:42] and frame[28:32] != bytes(4):
        return Announcement(when, node, interface, _address(frame[28:32]), frame[22:28].hex(":"), frame)
    if frame[12:14] == b"\x86\xdd" and frame[20] == 58 and len(frame) >= 78 and frame[54] == 136 \
            and frame[38:54] == socket.inet_pton(socket.AF_INET6, "ff02::1"):
        return Announcement(when, node, interface, _address(frame[62:78]), frame[80:86].hex(":"), frame)
    return None


def _first(count, found):
    return found[:count] if len(found) >= count else None


class Capture:
    """Listens from its making until close()."""

    def __init__(self, network, pcap_path):
        self.network = network
        self.path = pcap_path
        self.adverts = []
        self.announcements = []
        self.frames = []
        self._ports = network.ports()
        self._news = threading.Condition()
        self._socket = netns.inside(network.switch, self._open)
        self._file = open(pcap_path, "wb")
        self._file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
        self._running = True
        self._thread = threading.Thread(target=self._listen, name="capture", daemon=True)
        self._thread.start()

    @staticmethod
    def _open():
        listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        listener.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        listener.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        listener.settimeout(0.2)
        return listener

    def ignore(self, mac):
        """Frames from there are not captured: a flood would keep the listener from everything else."""
        raw = bytes.fromhex(mac.replace(":", ""))
        load, half, equal, give = 0x20, 0x28, 0x15, 0x06
        steps = [(load, 0, 0, 6), (equal, 0, 3, int.from_bytes(raw[:4], "big")), (half, 0, 0, 10),
                 (equal, 0, 1, int.from_bytes(raw[4:], "big")), (give, 0, 0, 0), (give, 0, 0, 65535)]
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
        program = struct.pack("HL", len(steps), ctypes.addressof(code))
        self._socket.setsockopt(socket.SOL_SOCKET, 26, program)  # SO_ATTACH_FILTER

    def _listen(self):
        while self._running:
            try:
                frame, ancillary, _, (port, _, kind, *_) = self._socket.recvmsg(65535, 64)
            except (socket.timeout, InterruptedError):
                continue
            except OSError:
                return
            if kind == _PACKET_OUTGOING or port not in self._ports:
                continue
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
            self._take(seconds + nanoseconds / 1e9, seconds, nanoseconds, port, frame)

    def _take(self, when, seconds, nanoseconds, port, frame):
        node, interface, _ = self._ports[port]
        advert = _advert(when, node, interface, frame)
        announcement = None if advert else _announcement(when, node, interface, frame)
        with self._news:
            self._file.write(struct.pack("<IIII", seconds, nanoseconds, len(frame), len(frame)) + frame)
            self.frames.append(Frame(when, node, interface, frame))
            if advert:
                self.adverts.append(advert)
            if announcement:
                self.announcements.append(announcement)
            if advert or announcement:
                self._news.notify_all()

    def relearn(self):
        """After a cable was added."""
        self._ports = self.network.ports()

    def here(self):
        """Now, on the clock of the captured times."""
        return time.time()

    def wait(self, claim, what, timeout=PATIENCE_S):
        """Waits for the wire until claim() holds; looked at after each advert and announcement."""
        deadline = time.monotonic() + timeout
        with self._news:
            while True:
                result = claim()
                if result:
                    return result
                left = deadline - time.monotonic()
                if left <= 0:
                    recent = "\n  ".join(f"{a.time:.3f} {a.node} {a.source} vrid {a.vrid} priority {a.priority}"
                                         for a in self.adverts[-12:])
                    raise AssertionError(f"not on the wire within {timeout:.0f} s: {what}; last adverts:\n  {recent}")
                self._news.wait(left)

    def adverts_of(self, node, vrid=None, since=0.0, priority=None):
        return [a for a in self.adverts if a.node == node and a.time >= since
                and vrid in (None, a.vrid) and priority in (None, a.priority)]

    def wait_adverts(self, node, vrid=None, count=1, since=0.0, priority=None, timeout=PATIENCE_S):
        """The first `count` adverts of the node since the time."""
        return self.wait(lambda: _first(count, self.adverts_of(node, vrid, since, priority)),
                         f"{count} adverts of {node} for VRID {vrid}", timeout)

    def announcements_of(self, node, address=None, since=0.0):
        return [a for a in self.announcements if a.node == node and a.time >= since
                and address in (None, a.address)]

    def wait_announcements(self, node, address, count=1, since=0.0, timeout=PATIENCE_S):
        return self.wait(lambda: _first(count, self.announcements_of(node, address, since)),
                         f"{count} announcements of {address} by {node}", timeout)

    def longest_gap(self, node, vrid, since, until):
        """The longest time between two adverts of the node in the window, whose ends count as adverts."""
        times = [since] + [a.time for a in self.adverts_of(node, vrid, since) if a.time <= until] + [until]
        return max(later - earlier for earlier, later in zip(times, times[1:]))

    def close(self):
        self._running = False
        self._thread.join(5)
        self._socket.close()
        self._file.close()


def mac_of(node, interface):
    return re.search(r"link/ether (\S+)", node.ip("link", "show", "dev", interface)).group(1)
