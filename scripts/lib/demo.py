"""The demonstration behind scripts/demo: a time line of what two hosts do while things break. Every step waits for
what it says; a step that does not happen ends the demonstration with status 1."""

import re
import sys
import tempfile
import threading
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "support"))

import capture  # noqa: E402
import netns  # noqa: E402
import peers  # noqa: E402

NETWORK = """
    front: A.eno16777736 192.168.1.104/24 --- B.eno16777736 192.168.1.109/24
    back:  A.eno33554984 192.168.1.105/24 --- B.eno33554984 192.168.1.106/24
"""
VIRTUAL = ("192.168.1.111", "192.168.1.112")
DOWN_INTERVAL_A = 3 + (256 - 100) / 256

_begin = time.monotonic()
_output = threading.Lock()


def say(who, text):
    with _output:
        print(f"{time.monotonic() - _begin:7.2f} s  {who:<10} {text}", flush=True)


def act(text):
    with _output:
        print(f"\n{time.monotonic() - _begin:7.2f} s  --- {text}", flush=True)


def follow(node_name, log, line_filter):
    """Prints the log as it comes, and only what tells the story."""
    def work():
        at = 0
        while True:
            try:
                log.wait(".", since=at, timeout=120)
            except AssertionError:
                return
            for line in log.all(at):
                at += 1
                told = line_filter(line)
                if told:
                    say(*told)
    threading.Thread(target=work, daemon=True).start()


def state_line(host):
    def told(line):
        match = re.search(r"holdfast\S*: ((?:group )?\w+: \w+ -> \w+: .*)", line)
        return (f"{host} log", match.group(1)) if match else None
    return told


def address_line(host):
    def told(line):
        match = re.search(r"(Deleted )?\d+: (\S+)\s+inet (192\.168\.1\.11[12])/\d+", line)
        return (f"{host} address", f"{'-' if match.group(1) else '+'} {match.group(3)} on {match.group(2)}") if match else None
    return told


class Stage:
    def __init__(self, network, folder):
        self.network = network
        self.wire = capture.Capture(network, folder / "wire.pcap")
        self.folder = folder
        self.daemons = []

    def start(self, host):
        daemon = peers.Holdfast(self.network[host], self.folder / f"{host}{len(self.daemons)}",
                                SOURCE / "conf" / "samples" / f"two-nodes-{host.lower()}.conf")
        self.daemons.append(daemon)
        follow(host, daemon.log, state_line(host))
        return daemon

    def both_on(self, host):
        """Waits until both addresses are on the host and on no other."""
        other = self.network["B" if host == "A" else "A"]
        for address in VIRTUAL:
            self.network[host].wait_for_address(address)
            other.wait_for_no_address(address)
        say("both", f"addresses are on host {host}")

    def adverts_pass(self, host, count):
        """Time that is told by the host's adverts, one a second on each network."""
        now = self.wire.here()
        for vrid in (51, 52):
            self.wire.wait_adverts(host, vrid, count=count, since=now)

    def end(self):
        for daemon in self.daemons:
            daemon.end()
        self.wire.close()


def play(stage):
    network = stage.network
    act("Two hosts, two networks, both `state BACKUP` and `nopreempt`; B starts first and is alone")
    b = stage.start("B")
    b.wait_state("VI_2", "MASTER")
    stage.both_on("B")

    act("A starts with the higher priority, but nopreempt leaves the addresses where they work")
    a = stage.start("A")
    a.wait_state("VI_2", "BACKUP")
    stage.adverts_pass("B", 5)
    stage.both_on("B")

    act("kill -9 to all processes of host B: nobody says farewell")
    b.kill_all()
    killed = time.monotonic()
    # B's kernel still has the addresses, as after any kill -9; its reboot is played by removing them.
    a.wait_state("VI_1", "MASTER")
    a.wait_state("VI_2", "MASTER")
    taken = time.monotonic() - killed
    for address in VIRTUAL:
        network["A"].wait_for_address(address)
    for interface, address in zip(network["B"].interfaces, VIRTUAL):
        network["B"].ip("addr", "del", f"{address}/24", "dev", interface)
    stage.both_on("A")
    say("both", f"taken over {taken:.2f} s after the kill; VRRP allows 3 x 1 s + skew = {DOWN_INTERVAL_A:.2f} s of silence")
    assert taken < DOWN_INTERVAL_A + 0.5, "later than the down interval"

    act("B comes back as BACKUP; then A's second link fails")
    b = stage.start("B")
    b.wait_state("VI_2", "BACKUP")
    stage.adverts_pass("A", 3)
    network.cut("A", "eno33554984")
    b.wait_state("VI_2", "MASTER")
    stage.both_on("B")

    act("A's link is repaired: nothing moves back")
    here_a, here_b = a.log.here(), b.log.here()
    network.mend("A", "eno33554984")
    a.wait_state("VI_2", "BACKUP", here_a)
    stage.adverts_pass("B", 5)  # longer than A would wait for a silent B
    assert not b.log.find("MASTER -> ", here_b), "the addresses moved back"
    stage.both_on("B")

    act("Both stop in order")
    for daemon in (a, b):
        assert daemon.stop() == 0
    for host in ("A", "B"):
        for address in VIRTUAL:
            assert not network[host].has(address), f"{address} was left on {host}"
    say("both", "no address left behind")


def main():
    with tempfile.TemporaryDirectory() as folder, netns.Network(NETWORK) as network:
        for host in ("A", "B"):
            follow(host, network[host].news, address_line(host))
        stage = Stage(network, Path(folder))
        try:
            play(stage)
        except AssertionError as failure:
            print(f"\nThis did not happen as told: {failure}", file=sys.stderr)
            return 1
        finally:
            stage.end()
    print("\nEverything above happened as told.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
