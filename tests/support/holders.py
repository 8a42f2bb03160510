"""Who holds a virtual address, and whom a client reaches under it, with the time of every change.

A process of its own listens to the kernel's address news in every host's namespace, answers UDP datagrams there with
the host's name, and sends such datagrams from the client's namespace to the virtual address. It stamps all of it
with one clock (CLOCK_MONOTONIC) and writes a line for each change:

    12.345678 holds A        12.350012 frees B        12.361200 served A        12.500100 served nobody

Two measures follow. *Both active*: the time in which two hosts hold the address while both are alive. *Outage*: the
time in which the client got no answer, whatever the reason: nobody holds the address, or the client's ARP cache or
the network leads it to somebody who does not.
"""

import os
import select
import socket
import struct
import subprocess
import sys
import time

import netns
from lines import Lines, PATIENCE_S, wait_until

PORT = 7
PROBE_S = 0.01
# So many datagrams without an answer are an outage, which began with the last answer.
LOST = 5

_ADDRESS_NEWS = 0x10 | 0x100  # RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
_NEW_ADDRESS, _DELETED_ADDRESS = 20, 21
_IFA_ADDRESS, _IFA_LOCAL = 1, 2


def address_news(data):
    """(type, address) of each message about an address."""
    while len(data) >= 16:
        size, kind = struct.unpack("=IH", data[:6])
        message, data = data[16:size], data[(size + 3) & ~3:]
        if kind not in (_NEW_ADDRESS, _DELETED_ADDRESS):
            continue
        found, rest = {}, message[8:]
        while len(rest) >= 4:
            length, attribute = struct.unpack("=HH", rest[:4])
            found[attribute] = rest[4:length]
            rest = rest[(length + 3) & ~3:]
        raw = found.get(_IFA_LOCAL) or found.get(_IFA_ADDRESS)
        if raw and len(raw) in (4, 16):
            yield kind, socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


class _Observer:
    """What runs in the process of its own."""

    def __init__(self, address, client, hosts):
        self.address = address
        self.host_of = {}
        for name, namespace in hosts.items():
            self.host_of[netns.inside(namespace, self._listener)] = ("news", name)
            self.host_of[netns.inside(namespace, self._echo)] = ("echo", name)
        self.client = netns.inside(client, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK))
        self.unanswered = 0
        self.last_answer = time.monotonic()
        self.served = None

    @staticmethod
    def _listener():
        link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        link.bind((0, _ADDRESS_NEWS))
        return link

    @staticmethod
    def _echo():
        echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        echo.bind(("0.0.0.0", PORT))
        return echo

    @staticmethod
    def tell(when, *words):
        print(f"{when:.6f}", *words, flush=True)

    def serve(self, name, when):
        if name != self.served:
            self.served = name
            self.tell(when, "served", name or "nobody")

    def take(self, ready):
        kind, name = self.host_of[ready]
        if kind == "news":
            data, now = ready.recv(65536), time.monotonic()
            for what, address in address_news(data):
                if address == self.address:
                    self.tell(now, "holds" if what == _NEW_ADDRESS else "frees", name)
            return
        try:
            _, sender = ready.recvfrom(64)
            ready.sendto(name.encode(), sender)
        except OSError:  # the host has no way back to the client just now
            pass

    def probe(self):
        self.unanswered += 1
        try:
            self.client.sendto(b"who?", (self.address, PORT))
        except OSError:  # nobody answers ARP, or the client's own link is gone: an unanswered datagram
            pass
        if self.unanswered > LOST:
            self.serve(None, self.last_answer)

    def take_answer(self):
        try:
            datagram, now = self.client.recv(64), time.monotonic()
        except OSError:  # an ICMP error
            return
        self.unanswered, self.last_answer = 0, now
        self.serve(datagram.decode(), now)

    def run(self):
        try:  # a busy machine shall not make it late
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except PermissionError:
            pass
        poller = select.poll()
        by_fd = {ready.fileno(): ready for ready in (*self.host_of, self.client)}
        for fd in by_fd:
            poller.register(fd, select.POLLIN)
        self.tell(time.monotonic(), "ready")
        due = time.monotonic()
        while True:
            for fd, _ in poller.poll(max(0.0, due - time.monotonic()) * 1000):
                if by_fd[fd] is self.client:
                    self.take_answer()
                else:
                    self.take(by_fd[fd])
            if time.monotonic() >= due:
                due = time.monotonic() + PROBE_S  # what was missed is not made up for: it is nobody's outage
                self.probe()


class Course:
    """What happened, as (time, what, host) in order, and what follows from it."""

    def __init__(self, events):
        self.events = sorted(events)

    def _spans(self, until):
        """(from, to, living hosts that hold the address, who serves the client)."""
        holding, dead, served, at = set(), set(), None, 0.0
        changes = {"holds": holding.add, "frees": holding.discard, "died": dead.add, "returned": dead.discard}
        for when, what, host in self.events:
            if when > until:
                break
            yield at, when, holding - dead, served
            at = when
            if what == "served":
                served = host
            else:
                changes[what](host)
        yield at, until, holding - dead, served

    def _seconds(self, claim, since, until):
        return sum(max(0.0, end - max(begin, since))
                   for begin, end, holding, served in self._spans(until) if claim(holding, served))

    def both_active(self, since, until):
        """Seconds in which more than one living host held the address."""
        return self._seconds(lambda holding, _: len(holding) > 1, since, until)

    def outage(self, since, until):
        """Seconds in which the client got no answer."""
        return self._seconds(lambda _, served: served == "nobody", since, until)

    def last(self, until):
        """(living hosts that hold the address, who serves the client) at that time."""
        return list(self._spans(until))[-1][2:]


class Holders:
    """The record of one virtual address in a network. The hosts' own ends are told to it: died(), returned()."""

    def __init__(self, network, address, hosts=("A", "B"), client="W"):
        self.hosts = hosts
        self._own = []
        self._process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), address, network[client].namespace,
             *(f"{host}={network[host].namespace}" for host in hosts)], stdout=subprocess.PIPE)
        self._log = Lines(self._process.stdout, f"holders of {address}")
        self._log.wait(" ready")

    def close(self):
        self._process.kill()
        self._process.wait()
        self._log.wait_end(5)

    @staticmethod
    def now():
        return time.monotonic()

    def died(self, host):
        """From now on the host is not alive: what it holds, it does not hold."""
        self._own.append((self.now(), "died", host))

    def returned(self, host):
        self._own.append((self.now(), "returned", host))

    def course(self):
        told = [text.split() for text in self._log.all()]
        return Course([(float(line[0]), line[1], line[2]) for line in told if len(line) == 3] + self._own)

    def both_active(self, since, until=None):
        return self.course().both_active(since, until or self.now())

    def outage(self, since, until=None):
        return self.course().outage(since, until or self.now())

    def holding(self):
        """The living hosts that hold the address now."""
        return self.course().last(self.now())[0]

    def served(self):
        """Whom the client reaches now: a host or "nobody"."""
        return self.course().last(self.now())[1]

    def wait(self, claim, what, timeout=PATIENCE_S):
        """Waits until claim() holds; it is looked at again after every change."""
        seen = 0

        def look():
            nonlocal seen
            seen = self._log.here()
            return claim()

        def changed(seconds):
            try:
                self._log.wait("", since=seen, timeout=seconds)
            except AssertionError:
                pass

        try:
            return wait_until(look, what, changed, timeout)
        except AssertionError as failure:
            course = "\n  ".join(f"{when:.3f} {words} {host}" for when, words, host in self.course().events[-30:])
            raise AssertionError(f"{failure}; it went\n  {course}") from None

    def wait_holding(self, *hosts, timeout=PATIENCE_S):
        """Until exactly these hold the address."""
        self.wait(lambda: self.holding() == set(hosts), f"held by {' and '.join(hosts) or 'nobody'}", timeout)

    def wait_served(self, host, timeout=PATIENCE_S):
        """Until this host, or "nobody", answers the client."""
        self.wait(lambda: self.served() == host, f"the client is served by {host}", timeout)

    def wait_settled(self, host, timeout=PATIENCE_S):
        """Until this host alone holds the address and the client reaches it."""
        self.wait(lambda: self.holding() == {host} and self.served() == host, f"{host} alone holds and serves", timeout)


if __name__ == "__main__":
    try:
        _Observer(sys.argv[1], sys.argv[2], dict(pair.split("=") for pair in sys.argv[3:])).run()
    except (KeyboardInterrupt, BrokenPipeError):
        pass
