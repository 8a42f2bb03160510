"""Networks out of a drawing: namespaces are the nodes, bridges in one more namespace are the switches.

    front: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 2001:db8::2/64 --- W.eth0
    back:  A.eth1 198.51.100.1/24 --- B.eth1 198.51.100.2/24

Each line of the form above is one Ethernet network; other lines of the text are prose. All names on the
machine are unique to the process, and everything is removed at the end, also after a failure.
"""

import ctypes
import itertools
import os
import re
import subprocess
import threading

from lines import Lines, PATIENCE_S, wait_until

_serial = itertools.count(1)
_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def run(*words, check=True, **options):
    """A command's standard output; CalledProcessError with its complaint when it fails."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def inside(namespace, function):
    """function() with the calling thread in the namespace: a socket made there stays there."""
    outcome = {}

    def work():
        try:
            fd = os.open(f"/run/netns/{namespace}", os.O_RDONLY | os.O_CLOEXEC)
            if _libc.setns(fd, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns {namespace}")
            os.close(fd)
            outcome["value"] = function()
        except BaseException as error:  # handed to the caller's thread
            outcome["error"] = error

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


class Node:
    """One host: a network namespace with a running record of its address and link changes."""

    def __init__(self, name, namespace):
        self.name = name
        self.namespace = namespace
        self.interfaces = {}  # name -> (network, port in the switch, addresses)
        self._monitor = None
        self.news = None

    def ip(self, *words, check=True):
        return run("ip", "-n", self.namespace, *words, check=check)

    def exec(self, *words, check=True, **options):
        return run("ip", "netns", "exec", self.namespace, *words, check=check, **options)

    def watch(self):
        """Starts the record; called once all addresses of the drawing are there."""
        self._monitor = subprocess.Popen(["ip", "-n", self.namespace, "-o", "-t", "monitor", "address", "link", "route", "rule"],
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.news = Lines(self._monitor.stdout, f"{self.name}: ip monitor")
        # The monitor listens once it has told something: make it, again and again until it has.
        for _ in range(100):
            self.ip("link", "set", "lo", "down")
            self.ip("link", "set", "lo", "up")
            try:
                self.news.wait(r"\blo\b", timeout=0.25)
                break
            except AssertionError:
                continue
        self.news.wait(r"\blo\b.*<.*\bUP\b")

    def unwatch(self):
        if self._monitor:
            self._monitor.kill()
            self._monitor.wait()

    def addresses(self, interface=None):
        """Addresses with their prefix length, as the kernel has them now."""
        words = ["-o", "addr", "show"] + (["dev", interface] if interface else [])
        return re.findall(r"\binet6? (\S+)", self.ip(*words))

    def has(self, address):
        return any(one.split("/")[0] == address.split("/")[0] for one in self.addresses())

    def _changed(self, seconds):
        at = self._seen
        try:
            self.news.wait(r".", since=at, timeout=seconds)
        except AssertionError:
            pass

    def wait_for(self, claim, what, timeout=PATIENCE_S):
        """Waits until claim() holds; it is looked at again after each event of the kernel."""
        self._seen = 0

        def look():
            self._seen = self.news.here()
            return claim()

        return wait_until(look, f"{self.name}: {what}", self._changed, timeout)

    def wait_for_address(self, address, timeout=PATIENCE_S):
        self.wait_for(lambda: self.has(address), f"has {address}", timeout)

    def wait_for_no_address(self, address, timeout=PATIENCE_S):
        self.wait_for(lambda: not self.has(address), f"no longer has {address}", timeout)

    def wait_for_link(self, interface, up, timeout=PATIENCE_S):
        """Up as daemons understand it: running, not only administratively up."""
        def claim():
            text = self.ip("-o", "link", "show", "dev", interface, check=False)
            return ("LOWER_UP" in text) == up
        self.wait_for(claim, f"{interface} {'up' if up else 'down'}", timeout)


class Network:
    """All nodes and switches of a drawing. Use as a context manager."""

    LINE = re.compile(r"^\s*(\w+):\s+(\w+\.\S+.*)$")

    def __init__(self, drawing):
        self.id = f"hf{os.getpid()}x{next(_serial)}"
        self.switch = f"{self.id}-sw"
        self.nodes = {}
        self.networks = {}
        self._drawing = drawing
        self._ports = itertools.count(1)

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    def __getitem__(self, name):
        return self.nodes[name]

    def _namespace(self, name):
        run("ip", "netns", "add", name)
        for setting in ("net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0",
                        "net.ipv6.conf.default.router_solicitations=0"):
            run("ip", "netns", "exec", name, "sysctl", "-qw", setting)
        run("ip", "-n", name, "link", "set", "lo", "up")

    def _build(self):
        self._namespace(self.switch)
        for line in self._drawing.splitlines():
            match = self.LINE.match(line)
            if match:
                self._build_network(match.group(1), re.split(r"\s*-{2,}\s*", match.group(2)))
        assert self.nodes, "the drawing has no network in it"
        for node in self.nodes.values():
            node.watch()
            for interface in node.interfaces:
                node.wait_for_link(interface, up=True)

    def _build_network(self, name, ends):
        bridge = f"br-{name}"
        self.networks[name] = bridge
        run("ip", "-n", self.switch, "link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
        run("ip", "-n", self.switch, "link", "set", bridge, "up")
        for end in ends:
            where, *addresses = end.split()
            node_name, interface = where.split(".", 1)
            self.attach(node_name, interface, name, addresses)

    def attach(self, node_name, interface, network, addresses=()):
        """A cable from the node's interface to the network's switch."""
        if node_name not in self.nodes:
            self.nodes[node_name] = Node(node_name, f"{self.id}-{node_name}")
            self._namespace(self.nodes[node_name].namespace)
        node = self.nodes[node_name]
        port = f"p{next(self._ports)}{node_name}"
        run("ip", "-n", node.namespace, "link", "add", interface, "type", "veth",
            "peer", "name", port, "netns", self.switch)
        run("ip", "-n", self.switch, "link", "set", port, "master", self.networks[network], "up")
        for address in addresses:
            node.ip("addr", "add", address, "dev", interface, *(["nodad"] if ":" in address else []))
        node.ip("link", "set", interface, "up")
        node.interfaces[interface] = (network, port, list(addresses))

    def cut(self, node_name, interface):
        """Carrier loss: the switch's end of the cable goes down."""
        run("ip", "-n", self.switch, "link", "set", self.nodes[node_name].interfaces[interface][1], "down")

    def mend(self, node_name, interface):
        run("ip", "-n", self.switch, "link", "set", self.nodes[node_name].interfaces[interface][1], "up")

    def ports(self):
        """Port of the switch -> (node, interface, network)."""
        return {port: (node.name, interface, network)
                for node in self.nodes.values()
                for interface, (network, port, _) in node.interfaces.items()}

    def remove(self):
        for node in self.nodes.values():
            node.unwatch()
        for namespace in [node.namespace for node in self.nodes.values()] + [self.switch]:
            if os.path.exists(f"/run/netns/{namespace}"):
                run("ip", "netns", "del", namespace, check=False)
