"""Two hosts that share an address, and everything that makes both of them, or neither, active.

    service:   A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- W.eth0 192.0.2.9/24 --- G.eth0 192.0.2.254/24
    heartbeat: A.eth1 198.51.100.1/24 --- B.eth1 198.51.100.2/24

A has the higher priority and is active; W is a client, G the gateway. The address is on the service network. The
adverts run there, too, or on the heartbeat network: `adverts_on` of a fault.

A fault is one row of FAULTS: what breaks, how it is mended, and what must be so meanwhile and afterwards for plain
VRRP, and with a guard. The tests (tests/e2e/test_split_brain.py) and the table of the manual (scripts/split-brain-table)
play the same rows.
"""

import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import netns  # noqa: E402
import peers  # noqa: E402
from capture import mac_of  # noqa: E402
from holders import Holders  # noqa: E402
from lines import PATIENCE_S  # noqa: E402
from settings import block, instance  # noqa: E402

ADDRESS = "192.0.2.100"
PRIORITY = {"A": 200, "B": 100}
VRID = 51


@dataclass(frozen=True)
class Kind:
    """A daemon and what its configuration says beyond plain VRRP."""
    program: type
    lines: tuple = ()


GATEWAY = "192.0.2.254"


def guard(policy, *lines):
    return block("split_brain", f"policy {policy}", *lines)


KINDS = {
    "keepalived": Kind(peers.Keepalived),
    "plain": Kind(peers.Holdfast),
    "guarded": Kind(peers.Holdfast, guard("hold", "heartbeat interface eth0", "heartbeat interface eth1",
                                          *block("references", f"{GATEWAY} dev eth0"), "return_delay 2")),
}


def nft(namespace, table, chains):
    """Adds a table; a chain is a hook and its rules."""
    text = [f"table {table} {{"]
    for name, (hook, rules) in chains.items():
        text += [f"chain {name} {{", f"type filter hook {hook} priority 0;", *rules, "}"]
    netns.run("ip", "netns", "exec", namespace, "nft", "-f", "-", input="\n".join([*text, "}", ""]))


def nft_delete(namespace, table):
    netns.run("ip", "netns", "exec", namespace, "nft", f"delete table {table}")


def nothing_through(ports):
    names = "{ " + ", ".join(ports) + " }"
    return f"iifname {names} drop", f"oifname {names} drop"


class Stage:
    """The two hosts with their daemons, and what can be done to them. Use as a context manager."""

    def __init__(self, network, folder, kind, fault, interval=0.1, lines=(), blocks=(), options=()):
        self.net = network
        self.folder = Path(folder)
        self.kind = KINDS[kind]
        self.interval = max(interval, fault.least_interval)
        self.version = fault.version
        self.adverts_on = fault.adverts_on
        self.lines = lines  # of the instance, or by host
        self.blocks = blocks  # before it
        self.options = options  # of the daemon
        self.daemon = {}
        self.logs = []
        self.holders = Holders(network, ADDRESS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for daemon in self.logs:
            daemon.end()
        self.holders.close()

    def text(self, host, **wrong):
        """The host's file; `wrong` replaces settings."""
        settings = {"interface": "eth0" if self.adverts_on == "service" else "eth1", "vrid": VRID, "password": "secret",
                    "version": self.version, **wrong}
        lines = [*self.kind.lines, *(self.lines.get(host, ()) if isinstance(self.lines, dict) else self.lines)]
        before = "".join(f"{line}\n" for line in self.blocks)
        if settings["version"] == 2:
            lines += block("authentication", "auth_type PASS", f"auth_pass {settings['password']}")
        return before + instance(interface=settings["interface"], vrid=settings["vrid"], priority=PRIORITY[host],
                                 interval=self.interval, version=settings["version"],
                                 addresses=(f"{ADDRESS}/24 dev eth0",), lines=lines)

    def start(self, host, folder=None):
        self.daemon[host] = self.kind.program(self.net[host], folder or self.folder / f"{host}{len(self.logs)}",
                                              self.text(host), self.options)
        self.logs.append(self.daemon[host])

    def start_both(self):
        """A is active and serves the client, B has heard it."""
        self.start("A")
        self.holders.wait_settled("A")
        self.start("B")
        self.daemon["B"].wait_state("VI_1", "BACKUP")
        await_advert(self.net["B"], "eth0" if self.adverts_on == "service" else "eth1")

    def log_text(self):
        return "\n".join(f"--- {daemon.log.name}\n" + "\n".join(daemon.log.all()) for daemon in self.logs)

    # The hosts' own firewalls.

    def firewall_drops_adverts(self, host, *hooks):
        nft(self.net[host].namespace, "ip firewall", {hook: (hook, ["ip protocol 112 drop"]) for hook in hooks})

    def firewall_is_mended(self, host):
        nft_delete(self.net[host].namespace, "ip firewall")

    # The switches. Their cables keep carrier unless it says otherwise.

    def _switch(self, name, *rules):
        nft(self.net.switch, f"bridge {name}", {"passing": ("forward", rules)})

    def switch_is_mended(self, name):
        nft_delete(self.net.switch, f"bridge {name}")

    def switch_filters_multicast(self):
        """As IGMP snooping without a querier does: unicast and broadcast pass."""
        self._switch("snooping", "ether daddr & ff:ff:ff:00:00:00 == 01:00:5e:00:00:00 drop")

    def _ports(self, network, host=None):
        return [port for port, (node, _, name) in self.net.ports().items() if name == network and host in (None, node)]

    def switch_drops_everything(self, network, host=None):
        """A dead switch, or one dead port of it, that still gives carrier."""
        self._switch(f"dead_{network}", *nothing_through(self._ports(network, host)))

    def network_is_mended(self, network):
        self.switch_is_mended(f"dead_{network}")

    def unplug(self, host, interface):
        self.net.cut(host, interface)

    def plug_in(self, host, interface):
        self.net.mend(host, interface)

    def switch_loses_power(self, network):
        for port in self._ports(network):
            netns.run("ip", "-n", self.net.switch, "link", "set", port, "down")

    def switch_has_power(self, network):
        for port in self._ports(network):
            netns.run("ip", "-n", self.net.switch, "link", "set", port, "up")

    # The hosts.

    def host_stands_still(self, host):
        """A suspended virtual machine: neither its processes nor its kernel do anything."""
        self.daemon[host].freeze()
        self._switch("suspended", *nothing_through(self._ports("service", host) + self._ports("heartbeat", host)))
        self.holders.died(host)

    def host_goes_on(self, host):
        self.switch_is_mended("suspended")
        self.holders.returned(host)
        self.daemon[host].thaw()

    def host_dies(self, host):
        self.daemon[host].kill_all()
        for interface in self.net[host].interfaces:
            self.net.cut(host, interface)
        self.holders.died(host)

    def host_boots(self, host):
        self.net[host].ip("addr", "del", f"{ADDRESS}/24", "dev", "eth0", check=False)
        for interface in self.net[host].interfaces:
            self.net.mend(host, interface)
            self.net[host].wait_for_link(interface, up=True)
        self.holders.returned(host)
        self.start(host)

    def daemon_dies(self, host):
        """The kernel goes on answering for the address."""
        self.daemon[host].kill_all()

    def new_file(self, host, **wrong):
        self.daemon[host].reload(self.text(host, **wrong))

    def who_answers(self):
        """The hosts that answer an ARP request of the client for the address: two of them are a split brain."""
        hosts = {mac_of(self.net[host], "eth0"): host for host in self.holders.hosts}
        return sorted(hosts[mac] for mac in arp_answers(self.net["W"], ADDRESS, "192.0.2.254"))


def await_advert(node, interface):
    """Until the next one comes to the interface."""
    def work():
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as link:
            link.bind((interface, 0x0800))
            link.settimeout(PATIENCE_S)
            while link.recv(128)[23] != 112:
                pass
    netns.inside(node.namespace, work)


def arp_answers(node, address, known):
    """The MAC addresses that answer for the address. The request for it is followed by one for a host that is known
    to answer: its answer ends the waiting."""
    def work():
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as link:
            link.bind(("eth0", 0x0806))
            link.settimeout(PATIENCE_S)
            mac = link.getsockname()[4]
            for target in (address, known):
                link.send(b"\xff" * 6 + mac + struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) + mac
                          + socket.inet_aton("192.0.2.9") + bytes(6) + socket.inet_aton(target))
            found = set()
            while True:
                frame = link.recv(128)
                if frame[20:22] != b"\0\2" or frame[:6] != mac:
                    continue
                if frame[28:32] == socket.inet_aton(known):
                    return found
                if frame[28:32] == socket.inet_aton(address):
                    found.add(frame[22:28].hex(":"))
    return netns.inside(node.namespace, work)


@dataclass(frozen=True)
class Fault:
    """What breaks, in the user's words; both hosts are healthy and A active before. Under plain VRRP `holds` are the
    hosts that hold the address while it lasts: with two of them both are active. `cut_off` are those of them
    that the client cannot reach meanwhile. `guarded` are those that hold it with a guard, and
    `told` is what a host's log says then. `heard`: A is sure to have heard that B was active, too, and has announced
    itself since, so that the client is served at once; otherwise that depends on who is heard first."""
    name: str
    strike: Callable
    mend: Callable
    holds: tuple
    cut_off: tuple = ()
    heard: bool = True
    guarded: tuple = ("A",)
    told: tuple = ("B", r"HF2604 VI_1: incident \S+, suspected split brain: stays BACKUP")
    adverts_on: str = "service"
    version: int = 3
    least_interval: float = 0


BOTH = ("A", "B")

FAULTS = [
    # Adverts are lost, everything else passes.
    Fault("B's firewall drops adverts, input", lambda s: s.firewall_drops_adverts("B", "input"),
          lambda s: s.firewall_is_mended("B"), BOTH,
          told=("B", r"HF2604 .*suspected split brain: .* something on this host drops protocol 112")),
    Fault("A's firewall drops adverts, output", lambda s: s.firewall_drops_adverts("A", "output"),
          lambda s: s.firewall_is_mended("A"), BOTH),
    Fault("A's firewall drops adverts, all", lambda s: s.firewall_drops_adverts("A", "input", "output"),
          lambda s: s.firewall_is_mended("A"), BOTH, heard=False),
    Fault("A's firewall drops adverts, input", lambda s: s.firewall_drops_adverts("A", "input"),
          lambda s: s.firewall_is_mended("A"), ("A",), told=()),
    Fault("switch filters multicast", Stage.switch_filters_multicast, lambda s: s.switch_is_mended("snooping"),
          BOTH, heard=False),
    # A network is lost.
    Fault("A's port dead, carrier on", lambda s: s.switch_drops_everything("service", "A"),
          lambda s: s.network_is_mended("service"), BOTH, cut_off=("A",), heard=False, guarded=("B",),
          told=("A", r"HF2603 VI_1: hands over: reference \S+ on eth0 does not answer here")),
    Fault("A's cable unplugged", lambda s: s.unplug("A", "eth0"), lambda s: s.plug_in("A", "eth0"), ("B",), cut_off=("A",),
          guarded=("B",), told=("B", r"HF2603 VI_1: becomes MASTER: .*(standing by|farewell)")),
    Fault("switch dead, carrier on", lambda s: s.switch_drops_everything("service"),
          lambda s: s.network_is_mended("service"), BOTH, cut_off=BOTH, heard=False),
    Fault("switch without power", lambda s: s.switch_loses_power("service"),
          lambda s: s.switch_has_power("service"), (), cut_off=BOTH, guarded=(), told=()),
    Fault("second network dead, not in use", lambda s: s.switch_drops_everything("heartbeat"),
          lambda s: s.network_is_mended("heartbeat"), ("A",), told=("A", r"HF2606 .* no longer heard by interface eth1")),
    Fault("heartbeat network dead, carrier on", lambda s: s.switch_drops_everything("heartbeat"),
          lambda s: s.network_is_mended("heartbeat"), BOTH, heard=False, adverts_on="heartbeat"),
    Fault("heartbeat cable unplugged", lambda s: s.switch_loses_power("heartbeat"),
          lambda s: s.switch_has_power("heartbeat"), (), adverts_on="heartbeat", guarded=(), told=()),
    Fault("both networks dead, carrier on",
          lambda s: (s.switch_drops_everything("service"), s.switch_drops_everything("heartbeat")),
          lambda s: (s.network_is_mended("service"), s.network_is_mended("heartbeat")),
          BOTH, cut_off=BOTH, heard=False, adverts_on="heartbeat", guarded=(), told=("A", r"HF2604 .*isolation: (withdraws|stays)")),
    # A file is wrong: B's, at a reload.
    Fault("B's interface wrong", lambda s: s.new_file("B", interface="eth1"), lambda s: s.new_file("B"),
          BOTH, heard=False),
    Fault("B's virtual_router_id wrong", lambda s: s.new_file("B", vrid=VRID + 1), lambda s: s.new_file("B"),
          BOTH, heard=False),
    Fault("B's version wrong", lambda s: s.new_file("B", version=2), lambda s: s.new_file("B"),
          BOTH, heard=False, least_interval=1, told=("B", r"HF2604 .*mismatch: .*vrrp_version")),
    Fault("B's auth_pass wrong", lambda s: s.new_file("B", password="other"), lambda s: s.new_file("B"),
          BOTH, heard=False, version=2, least_interval=1, told=("B", r"HF2604 .*mismatch: .*auth_pass")),
    # A host, or its daemon, stops.
    Fault("A's daemon stopped, then resumed", lambda s: s.daemon["A"].freeze(), lambda s: s.daemon["A"].thaw(), BOTH),
    Fault("A suspended, then resumed", lambda s: s.host_stands_still("A"), lambda s: s.host_goes_on("A"),
          ("B",), cut_off=("A",), guarded=("B",), told=("B", r"HF2603 VI_1: becomes MASTER: .*silent")),
    Fault("A's daemon killed, address left", lambda s: s.daemon_dies("A"), lambda s: s.start("A"), BOTH),
    Fault("A dies", lambda s: s.host_dies("A"), lambda s: s.host_boots("A"), ("B",), cut_off=("A",),
          guarded=("B",), told=("B", r"HF2603 VI_1: becomes MASTER: .*silent")),
]
