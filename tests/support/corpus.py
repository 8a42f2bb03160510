"""Judges a configuration file with the daemon's own -t, on a host where everything it names exists: interfaces,
network namespaces, scripts and users. So only the text decides. Root."""

import csv
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_INTERFACE_WORDS = ("interface", "dev", "lvs_sync_daemon", "lvs_sync_daemon_interface", "default_interface",
                    "iif", "oif", "bind_if", "device")
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_.@-]{0,14}$")
_SCRIPT_WORDS = r"script|misc_path|notify\w*|quorum_\w+|startup_script|shutdown_script"


@dataclass
class Entry:
    path: Path
    accepted: bool  # by keepalived, scripts and users being present


def entries(folder):
    """Files that say something: those with bfd_instance were judged by a keepalived built without BFD."""
    with open(folder / "INDEX.tsv", encoding="utf-8") as index:
        rows = csv.DictReader((line for line in index if not line.startswith("#")), delimiter="\t")
        return [Entry(folder / row["file"], row["exit_scripts"] in ("0", "6")) for row in rows
                if "bfd_instance" not in row["features"].split(",")]


def _plain_lines(text):
    return [re.split(r"[#!]", line, maxsplit=1)[0] for line in text.splitlines()]


def _interfaces(lines):
    """Words in places where interfaces stand, definitions resolved."""
    defined = dict(found.groups() for line in lines for found in [re.match(r"\s*\$(\w+)\s*=\s*(\S+)", line)] if found)
    made_by_us = {name for line in lines for name in re.findall(r"\buse_(?:vmac(?:_addr)?|ipvlan)[ \t]+(\S+)", line)}
    words, in_block = set(), False
    for line in lines:
        words.update(re.findall(rf"\b(?:{'|'.join(_INTERFACE_WORDS)})[ \t]+\"?([^\s\"{{}}]+)", line))
        opening = re.search(r"\b(track_interface|interfaces)\b", line)
        in_block = in_block or bool(opening)
        if in_block:
            rest = re.sub(r"track_interface|interfaces", "", line)
            words.update(re.sub(r"[{}]", " ", rest).split()[:1])
            in_block = "}" not in line
    names = set()
    for word in words:
        reference = re.match(r"^\$\{?(\w+)\}?$", word)
        name = (defined.get(reference.group(1), "") if reference else word).strip("\"'").split("@")[0]
        if _NAME.match(name) and name not in made_by_us | {"lo", "weight"} and not re.match(r"vrrp\d*\.", name):
            names.add(name)
    return names | {"eth0", "eth1", "eth2", "ens33", "ens160", "ens192", "enp0s3", "enp0s8", "bond0", "br0"}


def _paths(lines):
    found = {path for line in lines for path in re.findall(r"(?:^|[\s\"'])(/[A-Za-z0-9_./+-]+)", line)}
    return {path for path in found if not path.endswith("/") and not re.match(r"/(proc|sys|dev|\d)", path)}


def _commands(lines):
    return {name for line in lines for name in re.findall(rf"^\s*(?:{_SCRIPT_WORDS})[ \t]+[\"']?(\w[\w.+-]*)", line)}


def _users(lines):
    words = {word for line in lines for pair in re.findall(r"\bscript_user[ \t]+(\S+)(?:[ \t]+(\S+))?|^\s*user[ \t]+(\S+)", line)
             for word in pair if word}
    return {word for word in words if re.match(r"^[a-z_][a-z0-9_-]*$", word)}


# Runs in namespaces of its own, on an overlay of the machine's root that is thrown away.
_STAGE = r"""
set -u
mount --make-rprivate /
mount -t tmpfs tmpfs /run
number=0
furnish() {  # [-n NAMESPACE]
    ip "$@" link set lo up
    for i in $HF_INTERFACES; do number=$((number + 1)); ip "$@" link add "$i" type veth peer name "x$number" && ip "$@" link set "$i" up; done
} 2>/dev/null
furnish
for n in $HF_NAMESPACES; do ip netns add "$n" && furnish -n "$n"; done
root=/run/stage
mkdir -p /run/layer $root && mount -t tmpfs tmpfs /run/layer && mkdir /run/layer/upper /run/layer/work
mount -t overlay overlay -o lowerdir=/,upperdir=/run/layer/upper,workdir=/run/layer/work $root || exit 99
for d in proc sys dev; do mount --rbind /$d $root/$d; done
mount -t tmpfs tmpfs $root/run
[ -d /run/netns ] && mkdir $root/run/netns && mount --rbind /run/netns $root/run/netns
for user in $HF_USERS; do
    grep -q "^$user:" $root/etc/passwd || echo "$user:x:7001:7001::/:/bin/sh" >>$root/etc/passwd
    grep -q "^$user:" $root/etc/group || echo "$user:x:7001:" >>$root/etc/group
done
stub() { [ -e "$1" ] || { mkdir -p "$(dirname "$1")" && printf '#!/bin/sh\nexit 0\n' >"$1" && chmod 755 "$1"; } 2>/dev/null; }
for script in $HF_SCRIPTS; do stub "$root$script"; done
for command in $HF_COMMANDS; do command -v "$command" >/dev/null || stub "$root/usr/bin/$command"; done
mkdir -p $root/etc/keepalived && cp "$HF_FILE" $root/etc/keepalived/judged.conf
mkdir -p $root/run/daemon && cp "$HF_DAEMON" $root/run/daemon/holdfastd
chroot $root sh -c 'cd /etc/keepalived && exec timeout 30 /run/daemon/holdfastd -t -f judged.conf'
"""


def _namespaces(lines):
    return {name for line in lines for name in re.findall(r"\bnet_namespace(?:_ipvs)?[ \t]+(\w+)", line)}


def judge(daemon, path):
    """(exit status of `daemon -t`, its words)"""
    lines = _plain_lines(path.read_bytes().decode("latin-1"))
    environment = {**os.environ, "HF_INTERFACES": " ".join(sorted(_interfaces(lines))), "HF_FILE": str(path.resolve()), "HF_NAMESPACES": " ".join(sorted(_namespaces(lines))),
                   "HF_DAEMON": os.path.realpath(daemon), "HF_USERS": " ".join(sorted(_users(lines))),
                   "HF_SCRIPTS": " ".join(sorted(_paths(lines))), "HF_COMMANDS": " ".join(sorted(_commands(lines)))}
    done = subprocess.run(["unshare", "-n", "-m", "bash", "-c", _STAGE], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")
