"""Networks of hosts for end-to-end tests: namespaces joined by bridges, the daemons on them, and waiting for events.

Everything is made by a test and removed with it; nothing leaves the namespaces. A wait has a bound and says what it
waited for; it looks every 20 ms, because files and foreign daemons send no events.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("HOLDFAST_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build/release"))
BIN = BUILD / "bin"
_count = 0


def sh(*words, check=True, **kw):
    return subprocess.run([str(w) for w in words], check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw).stdout


def wait_until(predicate, what, timeout=10.0):
    """Returns the first true value of predicate(); fails after timeout seconds with what was awaited."""
    end = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what() if callable(what) else what}")
        time.sleep(0.02)


class Host:
    """A network namespace with interfaces; `links` maps an interface to its network."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.ns = f"{lab.prefix}{name}"
        self.links = {}
        sh("ip", "netns", "add", self.ns)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words, check=True):
        return sh("ip", "-n", self.ns, *words, check=check)

    def run(self, *words, check=True, **kw):
        return sh("ip", "netns", "exec", self.ns, *words, check=check, **kw)

    def popen(self, *words, **kw):
        process = subprocess.Popen(["ip", "netns", "exec", self.ns, *map(str, words)], **kw)
        self.lab.processes.append(process)
        return process

    def addresses(self, link=None):
        """Addresses with their prefix length, of one link or all, without link-local IPv6."""
        found = []
        for interface in json.loads(self.ip("-j", "addr", *(["show", "dev", link] if link else [])) or "[]"):
            for address in interface.get("addr_info", []):
                if not (address["family"] == "inet6" and address["scope"] == "link"):
                    found.append(f"{address['local']}/{address['prefixlen']}")
        return found

    def has(self, address):
        return any(one.split("/")[0] == address for one in self.addresses())

    def cut(self, link):
        """The cable is pulled: no carrier on our side."""
        self.lab.switch.ip("link", "set", self.links[link], "down")

    def plug(self, link):
        self.lab.switch.ip("link", "set", self.links[link], "up")


class Lab:
    def __init__(self):
        global _count
        _count += 1
        self.prefix = f"hf{os.getpid()}x{_count}"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hf-"))
        self.dir.chmod(0o755)
        self.processes, self.daemons, self.hosts, self.networks = [], [], [], set()
        self.switch = Host(self, "sw")
        self.ports = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for daemon in self.daemons:
            daemon.kill()
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for host in [self.switch, *self.hosts]:
            for pid in sh("ip", "netns", "pids", host.ns, check=False).split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except (ProcessLookupError, ValueError):
                    pass
            sh("ip", "netns", "del", host.ns, check=False)
        if kind is not None:
            for daemon in self.daemons:
                print(f"--- log of {daemon.name}\n{daemon.log()}")
        shutil.rmtree(self.dir, ignore_errors=True)

    def network(self, name):
        if name not in self.networks:
            self.switch.ip("link", "add", name, "type", "bridge", "mcast_snooping", "0")
            self.switch.ip("link", "set", name, "up")
            self.networks.add(name)
        return name

    def host(self, name, **links):
        """links: eth0=("net1", "10.0.0.1/24", "2001:db8::1/64", ...)"""
        host = Host(self, name)
        self.hosts.append(host)
        for link, (network, *addresses) in links.items():
            self.add_link(host, link, network, *addresses)
        return host

    def add_link(self, host, link, network, *addresses):
        self.network(network)
        self.ports += 1
        port = f"p{self.ports}"
        host.ip("link", "add", link, "type", "veth", "peer", "name", port, "netns", self.switch.ns)
        self.switch.ip("link", "set", port, "master", network, "up")
        host.links[link] = port
        for address in addresses:
            host.ip("addr", "add", address, "dev", link, *(["nodad"] if ":" in address else []))
        host.run("sysctl", "-qw", f"net.ipv6.conf.{link}.accept_dad=0")
        host.ip("link", "set", link, "up")

    def file(self, name, text, mode=0o644):
        path = self.dir / name
        path.write_text(text)
        path.chmod(mode)
        return path


class Daemon:
    def __init__(self, host, name, configuration):
        self.host, self.lab, self.name = host, host.lab, name
        self.dir = self.lab.dir / name
        self.dir.mkdir(exist_ok=True)
        self.conf = self.lab.file(f"{name}.conf", configuration)
        self.log_file = self.lab.dir / f"{name}.log"
        self.lab.daemons.append(self)
        self.process = None

    def configure(self, configuration):
        self.lab.file(f"{self.name}.conf", configuration)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def wait_log(self, pattern, timeout=10.0, count=1):
        return wait_until(lambda: len(re.findall(pattern, self.log(), re.M)) >= count and re.findall(pattern, self.log(), re.M),
                          lambda: f"{pattern!r} in the log of {self.name}:\n{self.log()}", timeout)

    def command(self):
        raise NotImplementedError

    def start(self, *options, **kw):
        with open(self.log_file, "ab") as log:
            self.process = self.host.popen(*self.command(), *options, stdout=kw.pop("stdout", log), stderr=kw.pop("stderr", log),
                                           stdin=subprocess.DEVNULL, **kw)
        return self

    def pids(self):
        return [int(path.read_text()) for path in (self.dir / "core.pid", self.dir / "vrrp.pid", self.dir / "check.pid") if path.exists()]

    def pid(self, which="core"):
        path = self.dir / f"{which}.pid"
        text = wait_until(lambda: path.exists() and path.read_text().strip(), f"{path}")
        return int(text)

    def signal(self, number, which="core"):
        os.kill(self.pid(which), number)

    def stop(self, timeout=8.0):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGTERM)
            return self.process.wait(timeout)

    def kill(self):
        """kill -9 of all its processes at once: stopped first, so that none sees another one die."""
        pids = self.pids()
        if self.process and self.process.poll() is None:
            pids.append(self.process.pid)
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
        if self.process:
            self.process.wait()
        for path in self.dir.glob("*.pid"):
            path.unlink()


class Holdfast(Daemon):
    program = BIN / "holdfastd"

    def command(self):
        return [self.program, "-n", "-l", "-G", "-f", self.conf, "-p", self.dir / "core.pid", "-r", self.dir / "vrrp.pid",
                "-c", self.dir / "check.pid", "--runtime-dir", self.dir]

    def wait_state(self, instance, state, timeout=10.0, count=1):
        return self.wait_log(rf"{re.escape(instance)}: \w+ -> {state}: .*$", timeout, count)

    def reload(self):
        before = len(re.findall(r"reload complete|reload refused", self.log()))
        self.signal(signal.SIGHUP)
        wait_until(lambda: len(re.findall(r"reload complete|reload refused", self.log())) > before,
                   lambda: f"a reload of {self.name}:\n{self.log()}")


class Keepalived(Daemon):
    """Debian's keepalived as a peer."""

    def command(self):
        return ["keepalived", "-n", "-l", "-D", "-G", "-f", self.conf, "-p", self.dir / "core.pid", "-r", self.dir / "vrrp.pid",
                "-c", self.dir / "check.pid"]

    def wait_state(self, instance, state, timeout=10.0, count=1):
        return self.wait_log(rf"\({re.escape(instance)}\) Entering {state} STATE", timeout, count)


class Capture:
    """What a network carries, seen by a port of the switch that belongs to nobody."""

    def __init__(self, lab, network, filter_="ip proto 112 or ip6 proto 112 or arp or icmp6"):
        self.file = lab.dir / f"capture{len(lab.processes)}.pcap"
        self.process = lab.switch.popen("tcpdump", "-U", "-Z", "root", "-i", network, "-w", self.file, filter_,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.process.stderr.readline()  # "listening on ..."

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()

    def rows(self, display_filter, *fields):
        """One dict a packet, read by tshark."""
        self.stop()
        words = ["tshark", "-r", str(self.file), "-Y", display_filter, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"]
        for field in fields:
            words += ["-e", field]
        out = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        return [dict(zip(fields, line.split("\t"))) for line in out.splitlines()]

    ADVERT = ("frame.time_relative", "ip.src", "ipv6.src", "ip.ttl", "ipv6.hlim", "ip.dsfield", "vrrp.version", "vrrp.virt_rtr_id", "vrrp.prio",
              "vrrp.checksum.status", "vrrp.short_adver_int", "vrrp.adver_int", "_ws.malformed")

    def adverts(self, source=None):
        rows = self.rows("vrrp", *self.ADVERT)
        return [row for row in rows if source is None or source in (row["ip.src"], row["ipv6.src"])]

    def judge(self, *sources):
        """Every advert of these sources is as the RFC wants it; returns them."""
        found = []
        for source in sources:
            adverts = self.adverts(source)
            assert adverts, f"no advert from {source}"
            for advert in adverts:
                assert advert["vrrp.checksum.status"] in ("1", "Good"), advert
                assert (advert["ip.ttl"] or advert["ipv6.hlim"]) == "255", advert
                assert not advert["_ws.malformed"], advert
            found += adverts
        return found
