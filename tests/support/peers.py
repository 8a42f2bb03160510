"""The daemons of a test: Holdfast from the build folder, keepalived and FRR as the distribution has them. Each
runs in a node's namespace with files of its own; the end of a test ends them all."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import netns
from lines import Lines, PATIENCE_S

STATES = "INIT|BACKUP|MASTER|FAULT"


def build_folder():
    """Where the programs under test are: HOLDFAST_BUILD, else build/release."""
    source = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("HOLDFAST_BUILD") or source / "build" / "release")


def program(name):
    return str(build_folder() / "bin" / name)


def children_of(pid):
    """All living descendants of a process, nearest first."""
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return found
    for task in tasks:
        try:
            words = Path(f"/proc/{pid}/task/{task}/children").read_text().split()
        except FileNotFoundError:
            continue
        for word in words:
            found += [int(word)] + children_of(int(word))
    return found


def child_named(daemon, name):
    """Process id of a daemon's process of that name, as the kernel has it; nothing: none runs."""
    for pid in children_of(daemon.pid):
        try:
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                return pid
        except FileNotFoundError:
            pass
    return None


def states_of(pids):
    """The letters of ps for those that still exist."""
    states = []
    for pid in pids:
        try:
            states.append(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0])
        except FileNotFoundError:
            pass
    return states


def watch_children(pid, count, timeout=PATIENCE_S):
    """The descendants of a process, once there are so many."""
    end = time.monotonic() + timeout
    while True:
        found = children_of(pid)
        if len(found) >= count:
            return found
        assert time.monotonic() < end, f"{len(found)} children of {pid} after {timeout:.0f} s, not {count}"
        time.sleep(0.02)  # nothing announces a new process


class Daemon:
    """A process in a node whose log is read line by line from its standard output and error."""

    def __init__(self, node, words, name=None, environment=None):
        self.node = node
        self.process = subprocess.Popen(["ip", "netns", "exec", node.namespace, *words], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                        env={**os.environ, **(environment or {})})
        self.pid = self.process.pid
        self.log = Lines(self.process.stdout, name or f"{node.name}: {Path(words[0]).name}",
                         echo=print if os.environ.get("HOLDFAST_ECHO") else None)

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        os.kill(self.pid, number)

    def freeze(self):
        """SIGSTOP to the daemon and everything it started, parents first: none sees the others hang."""
        for pid in [self.pid] + children_of(self.pid):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        """SIGCONT to the same, the other way round."""
        for pid in reversed([self.pid] + children_of(self.pid)):
            os.kill(pid, signal.SIGCONT)

    def kill_all(self):
        """kill -9 to the daemon and everything it started, so that nobody can say farewell."""
        family = [self.pid] + children_of(self.pid)
        for pid in family:
            try:
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(PATIENCE_S)

    def stop(self, timeout=PATIENCE_S):
        """An orderly stop; the exit status."""
        if self.running():
            self.signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def end(self):
        """At the end of a test, however it went."""
        family = [self.pid] + children_of(self.pid)
        if self.running():
            self.kill_all()
        for pid in family[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.log.wait_end(5)


class Holdfast(Daemon):
    """holdfastd in the foreground, its log on the console."""

    def __init__(self, node, folder, configuration, options=(), environment=None, name="holdfastd", wrapper=()):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.runtime = self.folder / "run"
        self.state = self.folder / "state"
        self.file = self.folder / "holdfast.conf"
        if isinstance(configuration, Path):
            self.file = configuration
        else:
            self.file.write_text(configuration)
        super().__init__(node, [*wrapper, program("holdfastd"), "-n", "-l", "-G", "-f", str(self.file),
                                "--runtime-dir", str(self.runtime), "--state-dir", str(self.state), *options],
                         name=f"{node.name}: {name}", environment={"TMPDIR": str(self.folder), **(environment or {})})

    def wait_state(self, instance, state, since=0, timeout=PATIENCE_S):
        """The line of the change: match groups old, new, cause."""
        return self.log.wait(rf" {re.escape(instance)}: (?P<old>{STATES}) -> (?P<new>{state}): (?P<cause>.*)",
                             since, timeout)

    def changes(self, instance, since=0):
        """The states the instance went to, in order."""
        return [match.group(1) for match in self.log.find(rf" {re.escape(instance)}: (?:{STATES}) -> (\w+): ", since)]

    def child(self, which):
        """Process id of 'vrrp' or 'checkers', as their pid file has it."""
        return int((self.runtime / f"{which}.pid").read_text())

    def configure(self, text):
        """A new file in one step, as operators' tools do it."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(self.file)

    def reload(self, text=None):
        """SIGHUP with perhaps a new file; True when it was taken, False when it was refused."""
        if text is not None:
            self.configure(text)
        here = self.log.here()
        self.signal(signal.SIGHUP)
        return "complete" in self.log.wait(r"reload (complete|refused)", here).group(0)


class Keepalived(Daemon):
    """Debian's keepalived beside us."""

    def __init__(self, node, folder, configuration, options=(), environment=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "keepalived.conf"
        self.file.write_text(configuration)
        super().__init__(node, [shutil.which("keepalived") or "/usr/sbin/keepalived", "-n", "-l", "-D", "-G", "-f",
                                str(self.file), "-p", str(self.folder / "k.pid"), "-r", str(self.folder / "v.pid"), "-c",
                                str(self.folder / "c.pid"), "-b", str(self.folder / "b.pid"), *options],
                         name=f"{node.name}: keepalived", environment=environment)

    def wait_state(self, instance, state, since=0, timeout=PATIENCE_S):
        return self.log.wait(rf"\({re.escape(instance)}\) Entering {state} STATE", since, timeout)

    def reload(self, text):
        """SIGHUP with a new file; it says nothing when it is done."""
        self.file.write_text(text)
        self.signal(signal.SIGHUP)


class Frr:
    """FRR's zebra and vrrpd. vrrpd finds its interfaces by their virtual router MAC address, so the macvlans are made first."""

    def __init__(self, node, folder, interface, vrid, priority, interval_ms, addresses):
        self.node = node
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"interface {interface}", f" vrrp {vrid} version 3", f" vrrp {vrid} priority {priority}",
                 f" vrrp {vrid} advertisement-interval {interval_ms}"]
        for family in (4, 6):
            ours = [address for address in addresses if (":" in address) == (family == 6)]
            if ours:
                self._macvlan(f"vrrp{family}-{vrid}", interface, family, vrid, ours)
            word = "ip" if family == 4 else "ipv6"
            lines += [f" vrrp {vrid} {word} {address.split('/')[0]}" for address in ours]
        (self.folder / "zebra.conf").write_text("hostname peer\n")
        (self.folder / "vrrpd.conf").write_text("\n".join(lines) + "\n")
        self._open_to_frr()
        common = ["--vty_socket", str(self.folder), "-z", str(self.folder / "zserv.api"), "-A", "127.0.0.1", "-P", "0"]
        self.zebra = Daemon(node, ["/usr/lib/frr/zebra", *common, "-i", str(self.folder / "zebra.pid"), "-f",
                                   str(self.folder / "zebra.conf"), "--log", "stdout"])
        watch_folder(self.folder, lambda: (self.folder / "zserv.api").exists(), "zebra's socket")
        self.vrrpd = Daemon(node, ["/usr/lib/frr/vrrpd", *common, "-i", str(self.folder / "vrrpd.pid"), "-f",
                                   str(self.folder / "vrrpd.conf"), "--log", "stdout"])

    def _macvlan(self, name, interface, family, vrid, addresses):
        self.node.ip("link", "add", name, "link", interface, "type", "macvlan", "mode", "bridge")
        self.node.ip("link", "set", name, "addrgenmode", "random")
        self.node.ip("link", "set", name, "address", f"00:00:5e:00:{1 if family == 4 else 2:02x}:{vrid:02x}")
        for address in addresses:
            self.node.ip("addr", "add", address, "dev", name, *(["nodad"] if family == 6 else []))
        self.node.ip("link", "set", name, "up")

    def _open_to_frr(self):
        """The daemons give up root: their user must be able to reach and own the folder."""
        for file in [self.folder, *self.folder.iterdir()]:
            shutil.chown(file, "frr", "frr")
        for parent in self.folder.parents:
            if parent == Path("/"):
                break
            parent.chmod(parent.stat().st_mode | 0o011)

    def kill_all(self):
        self.vrrpd.kill_all()

    def stop(self):
        return self.vrrpd.stop()

    def end(self):
        self.vrrpd.end()
        self.zebra.end()


def watch_folder(folder, claim, what, timeout=PATIENCE_S):
    """Waits until claim() holds; looked at again whenever something in the folder changes (inotify)."""
    import ctypes
    import select
    import time
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    libc.inotify_add_watch(fd, str(folder).encode(), 0x00000002 | 0x00000008 | 0x00000080 | 0x00000100 | 0x00000200)
    deadline = time.monotonic() + timeout
    try:
        while not claim():
            left = deadline - time.monotonic()
            assert left > 0, f"not within {timeout:.0f} s: {what}"
            select.select([fd], [], [], left)
            try:
                os.read(fd, 65536)
            except BlockingIOError:
                pass
    finally:
        os.close(fd)


def command(name, *words, node=None, timeout=60, **options):
    """Runs one of our programs to its end: CompletedProcess with text."""
    prefix = ["ip", "netns", "exec", node.namespace] if node else []
    return subprocess.run([*prefix, program(name), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, errors="replace", timeout=timeout, check=False, **options)


__all__ = ["Daemon", "Frr", "Holdfast", "Keepalived", "build_folder", "children_of", "command", "netns", "program",
           "watch_folder"]
