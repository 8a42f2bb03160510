"""The host's SNMP agent as Debian has it: snmpd as AgentX master and snmptrapd, in a node, with files of their own.
Only root may use the master's socket, as is snmpd's default."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from lines import PATIENCE_S
from peers import Daemon, watch_folder

KEEPALIVED = "1.3.6.1.4.1.9586.100.5"
RFC2787 = "1.3.6.1.2.1.68"
RFC6527 = "1.3.6.1.2.1.207"
QUIET = {"MIBS": "", "LC_ALL": "C"}


def value_of(text):
    """'INTEGER: 2', with octets as text where they are text."""
    text = text.strip()
    if text == '""':
        return "OCTETS: "
    if not text.startswith("Hex-STRING: "):
        return text
    octets = bytes.fromhex(text.removeprefix("Hex-STRING: "))
    if all(32 <= byte < 127 for byte in octets):
        return "OCTETS: " + octets.decode()
    return "OCTETS: " + octets.hex(" ")


def rows_of(text):
    """OID -> value of what snmpwalk -On -Ox prints."""
    rows = {}
    last = None
    for line in text.splitlines():
        match = re.match(r"\.([\d.]+) = (.*)", line)
        if match:
            last = match.group(1)
            rows[last] = match.group(2)
        elif last:
            rows[last] += " " + line
    return {oid: value_of(value) for oid, value in rows.items() if "No Such" not in value and "No more" not in value}


class Trap:
    """One notification: its OID and what it carries."""

    def __init__(self, line):
        pairs = [part.split(" = ", 1) for part in line.rstrip().split("\t") if " = " in part]
        self.variables = {oid.lstrip("."): value for oid, value in pairs}
        self.oid = self.variables.pop("1.3.6.1.6.3.1.1.4.1.0", "").removeprefix("OID: .")
        self.variables.pop("1.3.6.1.2.1.1.3.0", None)

    def __repr__(self):
        return f"{self.oid} {self.variables}"

    def text(self, oid):
        return self.variables.get(oid, "").removeprefix("STRING: ").strip('"')

    def number(self, oid):
        return int(self.variables[oid].removeprefix("INTEGER: "))


class Snmpd:
    """Runs from start() to end(); may be started again."""

    def __init__(self, node):
        self.node = node
        self.folder = Path(tempfile.mkdtemp(prefix="hfsnmp"))
        self.socket = self.folder / "agentx"
        self.environment = {**QUIET, "SNMP_PERSISTENT_DIR": str(self.folder / "persist")}
        (self.folder / "persist").mkdir()
        (self.folder / "snmpd.conf").write_text("rocommunity public 127.0.0.1\nrwcommunity private 127.0.0.1\nmaster agentx\n"
                                                f"agentXSocket unix:{self.socket}\ntrap2sink 127.0.0.1:1162 public\n")
        (self.folder / "trapd.conf").write_text("authCommunity log public\ndisableAuthorization yes\n")
        self._traps = self._daemon("snmptrapd", "-f", "-n", "-C", "-c", str(self.folder / "trapd.conf"), "-On", "-Lo",
                                   "-p", str(self.folder / "t.pid"), "udp:127.0.0.1:1162")
        self._traps.log.wait("NET-SNMP version")
        self._agent = None

    def _daemon(self, name, *words):
        return Daemon(self.node, [shutil.which(name) or f"/usr/sbin/{name}", *words], environment=self.environment)

    def start(self):
        self.socket.unlink(missing_ok=True)
        self._agent = self._daemon("snmpd", "-f", "-C", "-c", str(self.folder / "snmpd.conf"), "-Lo", "-I", "-smux",
                                   "-p", str(self.folder / "s.pid"), "udp:127.0.0.1:1161")
        watch_folder(self.folder, self.socket.exists, "snmpd's socket")
        self._agent.log.wait("NET-SNMP version")
        return self

    def _inner(self):
        return int((self.folder / "s.pid").read_text())

    def freeze(self):
        os.kill(self._inner(), signal.SIGSTOP)

    def thaw(self):
        os.kill(self._inner(), signal.SIGCONT)

    def stop(self):
        self._agent.end()
        self._agent = None

    def end(self):
        if self._agent:
            self._agent.end()
        self._traps.end()
        shutil.rmtree(self.folder)

    def ask(self, command, *words, community="public", check=False):
        return subprocess.run(["ip", "netns", "exec", self.node.namespace, command, "-v2c", "-c", community, "-On", "-Ox", "-t", "2",
                               "-r", "1", "127.0.0.1:1161", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=check, timeout=PATIENCE_S, env={**os.environ, **self.environment})

    def walk(self, *roots):
        rows = {}
        for root in roots or (KEEPALIVED, RFC2787, RFC6527):
            rows.update(rows_of(self.ask("snmpbulkwalk", root).stdout))
        return rows

    def get(self, oid):
        return rows_of(self.ask("snmpget", oid).stdout).get(oid)

    def here(self):
        return self._traps.log.here()

    def traps(self, since=0):
        """Those that have come, but for those of snmpd itself."""
        found = [Trap(line) for line in self._traps.log.all()[since:] if ".1.3.6.1.6.3.1.1.4.1.0 = " in line]
        return [trap for trap in found if trap.oid.startswith((KEEPALIVED, RFC2787 + ".", RFC6527))]


__all__ = ["KEEPALIVED", "RFC2787", "RFC6527", "Snmpd", "Trap"]
