"""A message bus like the system's, with a real dbus-daemon, and busctl as its client. Unix sockets know no network
namespaces, so one serves all nodes of a test."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lines import Lines, PATIENCE_S, eventually

NAME = "org.keepalived.Vrrp1"
ROOT = "/org/keepalived/Vrrp1"
DAEMON = (f"{ROOT}/Vrrp", f"{NAME}.Vrrp")


def instance_object(link, vrid, family="IPv4", root=ROOT):
    return (f"{root}/Instance/{link}/{vrid}/{family}", f"{NAME}.Instance")


class Signal:
    """One signal off the bus: whose, its name, its values."""

    def __init__(self, message):
        self.path, self.name = message["path"], message["member"]
        self.values = message["payload"]["data"]
        self.sender = message["sender"]

    def __repr__(self):
        return f"{self.path} {self.name} {self.values}"


class Bus:
    """Runs from start() to end(), and may be started again, until remove()."""

    def __init__(self, owner="*"):
        self._folder = Path(tempfile.mkdtemp(prefix="hfbus"))
        self._folder.chmod(0o755)  # users without rights connect, too
        self.socket = self._folder / "bus"
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.socket}"}
        self._configuration = self._folder / "bus.conf"
        self._configuration.write_text(
            f'<busconfig><type>system</type><listen>unix:path={self.socket}</listen><auth>EXTERNAL</auth>'
            f'<policy context="default"><allow user="*"/><allow own="{owner}"/>'
            '<allow send_destination="*" eavesdrop="true"/><allow receive_sender="*"/></policy></busconfig>')
        self._daemon = self._monitor = self.heard = None

    def start(self):
        self._daemon = subprocess.Popen(["dbus-daemon", f"--config-file={self._configuration}", "--nofork", "--nosyslog",
                                         "--nopidfile", "--print-address=1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        assert self._daemon.stdout.readline().startswith("unix:")  # it listens
        return self

    def listen(self):
        """From now on signals are heard."""
        self._monitor = subprocess.Popen(["busctl", "--system", "monitor", "--json=short", "--match=type='signal'"],
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **self.environment})
        self.heard = Lines(self._monitor.stdout, "busctl monitor")
        self.heard.wait(r"^Monitoring")

    def end(self):
        for one in (self._monitor, self._daemon):
            if one and one.poll() is None:
                one.kill()
            if one:
                one.wait(PATIENCE_S)
        self._monitor = self._daemon = None
        self.socket.unlink(missing_ok=True)

    def remove(self):
        self.end()
        shutil.rmtree(self._folder)

    def signals(self, interface=None):
        """Those of our interfaces that were heard, in order."""
        messages = [json.loads(line) for line in self.heard.all() if line.startswith("{")]
        return [Signal(one) for one in messages
                if one.get("interface", "").startswith(interface or NAME) and one["type"] == "signal"]

    def wait_for(self, path, name, values=None, count=1):
        def seen():
            return sum(one.path == path and one.name == name and values in (None, one.values) for one in self.signals()) >= count
        eventually(seen, lambda: f"no {name} {values} of {path} among {self.signals()}")

    def busctl(self, *words, user=None, check=True):
        """(exit status, what it printed)."""
        prefix = ["setpriv", f"--reuid={user}", "--clear-groups"] if user is not None else []
        done = subprocess.run([*prefix, "busctl", "--system", *words], env={**os.environ, **self.environment}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False)
        assert not check or done.returncode == 0, f"busctl {words}: {done.stdout}"
        return done.returncode, done.stdout.strip()

    def call(self, whose, method, user=None, check=True):
        return self.busctl("call", NAME, *whose, method, user=user, check=check)

    def property(self, whose, name, user=None):
        return self.busctl("get-property", NAME, *whose, name, user=user)[1]

    def has_name(self, name=NAME):
        return self.busctl("status", name, check=False)[0] == 0

    def await_name(self, name=NAME):
        eventually(lambda: self.has_name(name), lambda: f"{name} is not on the bus")
