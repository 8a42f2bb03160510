"""Does looking at a host disturb its adverts? A thousand active instances, first alone, then while the SNMP tables are
walked without pause, metrics are scraped 50 times a second, `holdfast status --json` is called each second, and a hundred
clients ask and never read. The measure is how far adverts are from their interval, by the kernel's clock in the capture."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import capture
import netns
import peers
from settings import block, instance
from snmp import KEEPALIVED, Snmpd

LINKS = 4
LAN = "\n".join(f"lan{at}: A.eth{at} 10.{at}.0.1/16 --- B.eth{at} 10.{at}.0.2/16" for at in range(LINKS))
PORT = 9650
SETTLING_S = 5

# Prints how many scrapes were answered and the slowest one, when its input ends.
SCRAPER = """
import http.client, os, select, sys, time
done, slowest, begin = 0, 0.0, time.monotonic()
while not select.select([0], [], [], 0)[0]:
    asked = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", %d, timeout=10)
    connection.request("GET", "/metrics")
    assert connection.getresponse().read()
    connection.close()
    done, slowest = done + 1, max(slowest, time.monotonic() - asked)
    time.sleep(max(0.0, begin + done / 50 - time.monotonic()))
print(done, slowest)
"""
# A hundred at a time; who is disconnected comes again.
SILENT = """
import select, socket, sys
clients = []
def is_open(one):
    try:
        return not select.select([one], [], [], 0)[0] or one.recv(1, socket.MSG_PEEK)
    except ConnectionError:
        return False
while not select.select([0], [], [], 0.5)[0]:
    clients = [one for one in clients if is_open(one)]
    while len(clients) < 100:
        one = socket.socket(socket.AF_UNIX)
        one.connect(sys.argv[1])
        one.sendall(b"holdfast-status 1 snapshots\\n")
        clients.append(one)
"""


def configuration(count, agent):
    routers = [instance(name=f"VI_{link}_{vrid}", interface=f"eth{link}", vrid=vrid, priority=200, version=3,
                        addresses=[f"10.{link}.1.{vrid}/32"])
               for link in range(LINKS) for vrid in range(1, count // LINKS + 1)]
    served = block("global_defs", "vrrp_rt_priority 50", f"metrics_listen 127.0.0.1:{PORT}", "enable_snmp_vrrp",
                   f"snmp_socket unix:{agent.socket}")
    return "\n".join(served) + "\n" + "".join(routers)


class Observers:
    """Programs that look at the node without pause, until end()."""

    def __init__(self, node, runtime):
        holdfast = peers.program("holdfast")
        self._scraper = self._run(node, sys.executable, "-c", SCRAPER % PORT)
        self._silent = self._run(node, sys.executable, "-c", SILENT, str(runtime / "status.sock"))
        self._loops = [self._run(node, "sh", "-c", words) for words in (
            f"while :; do snmpbulkwalk -v2c -c public 127.0.0.1 {KEEPALIVED}; done >/dev/null 2>&1",
            f"while :; do {holdfast} status --json --runtime-dir {runtime} >/dev/null || exit; sleep 1; done")]

    @staticmethod
    def _run(node, *words):
        return subprocess.Popen(["ip", "netns", "exec", node.namespace, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True, start_new_session=True)

    def end(self):
        """(scrapes answered, the slowest of them)."""
        said = self._scraper.communicate("end", timeout=30)[0]
        self._silent.communicate("end", timeout=30)
        assert self._silent.returncode == 0 and self._scraper.returncode == 0
        for loop in self._loops:
            assert loop.poll() is None, f"{loop.args} ended by itself"
            subprocess.run(["pkill", "-KILL", "-s", str(loop.pid)], check=True)
            loop.wait()
        done, slowest = said.split()
        return int(done), float(slowest)


def deviations(wire, begin, seconds):
    """How far the adverts of each instance are from one second after the one before."""
    time.sleep(seconds)
    times = {}
    for one in wire.adverts[begin:]:
        times.setdefault((one.interface, one.vrid), []).append(one.time)
    return sorted(abs(later - earlier - 1.0) for found in times.values() for earlier, later in zip(found, found[1:]))


def part(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


def measure_watched(settings):
    count, seconds = settings.watched
    quiet, watched, scrapes = [], [], []
    for _ in range(settings.repeats):
        with netns.Network(LAN) as network, tempfile.TemporaryDirectory() as folder:
            agent = Snmpd(network["A"])
            wire = capture.Capture(network, Path(folder) / "wire.pcap")
            node = peers.Holdfast(network["A"], Path(folder) / "A", configuration(count, agent))
            try:
                agent.start()
                node.wait_state(f"VI_{LINKS - 1}_{count // LINKS}", "MASTER", timeout=120)
                node.log.wait("HF2703")
                time.sleep(SETTLING_S)
                quiet += deviations(wire, len(wire.adverts), seconds)
                observers = Observers(network["A"], node.runtime)
                watched += deviations(wire, len(wire.adverts), seconds)
                scrapes.append(observers.end())
            finally:
                node.end()
                agent.end()
                wire.close()
    quiet.sort()
    watched.sort()
    for name, share in (("median", 0.5), ("99 of 100", 0.99), ("worst", 1.0)):
        print(f"{'watched':<10} {count} instances, {name:<18} alone {part(quiet, share) * 1e3:.3f} ms   watched "
              f"{part(watched, share) * 1e3:.3f} ms   ratio {part(watched, share) / part(quiet, share):.2f}", flush=True)
    print(f"{'watched':<10} {statistics.median(done for done, _ in scrapes) / seconds:.0f} scrapes a second, the slowest "
          f"{max(slowest for _, slowest in scrapes) * 1e3:.0f} ms", flush=True)
