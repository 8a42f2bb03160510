"""The daemon as its users start it: background, pid files, signals, dumps.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import json
import os
import re
import signal
import subprocess

import pytest
from peers import children_of, program, watch_folder
from settings import instance

FAST = {"interval": 0.1, "version": 3, "priority": 200}


def test_the_foreground_daemon_writes_three_pid_files_and_removes_them(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    for name in ("holdfastd", "vrrp", "checkers"):
        text = (a.runtime / f"{name}.pid").read_text()
        assert re.fullmatch(r"\d+\n", text)
    assert int((a.runtime / "holdfastd.pid").read_text()) == a.pid
    assert {a.child("vrrp"), a.child("checkers")} <= set(children_of(a.pid))
    assert a.stop() == 0
    assert list(a.runtime.glob("*.pid")) == []


def test_children_carry_the_daemons_arguments(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    for name in ("vrrp", "checkers"):
        assert str(a.file) in open(f"/proc/{a.child(name)}/cmdline").read()


def background(lab, *options, name="A", binary=None):
    file = lab.folder / "b.conf"
    file.write_text(instance(**FAST))
    runtime = lab.folder / "run"
    return runtime, subprocess.run(["ip", "netns", "exec", lab.net[name].namespace, binary or program("holdfastd"), "-G",
                                    "-f", str(file), *options], timeout=30, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
                                   env={**os.environ, "TMPDIR": str(lab.folder)})


@pytest.fixture
def stopped_at_the_end():
    """Process ids of daemons in the background."""
    pids = []
    yield pids
    for pid in pids:
        for one in [pid] + children_of(pid):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass


def end(pid):
    """SIGTERM, and wait for its end."""
    fd = os.pidfd_open(pid)
    os.kill(pid, signal.SIGTERM)
    import select
    assert select.select([fd], [], [], 20)[0], "did not end"
    os.close(fd)


def test_in_the_background_the_starter_returns_when_the_daemon_is_ready(lab, stopped_at_the_end):
    runtime, done = background(lab, "--runtime-dir", str(lab.folder / "run"))
    assert done.returncode == 0, done.stderr
    pid = int((runtime / "holdfastd.pid").read_text())
    stopped_at_the_end.append(pid)
    assert os.path.exists(f"/proc/{pid}")
    lab.net["A"].wait_for_address("192.0.2.100")
    end(pid)
    assert not lab.net["A"].has("192.0.2.100")


def test_a_start_that_cannot_succeed_says_so_to_the_starter(lab):
    file = lab.folder / "bad.conf"
    file.write_text(instance(interface="nonesuch0"))
    done = subprocess.run(["ip", "netns", "exec", lab.net["A"].namespace, program("holdfastd"), "-G", "-f", str(file),
                           "--runtime-dir", str(lab.folder / "run")], timeout=30, stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2 and "nonesuch0" in done.stderr


def test_a_second_daemon_says_that_one_runs_already(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    _, done = background(lab, "--runtime-dir", str(a.runtime))
    assert done.returncode == 0 and "already running" in done.stderr
    assert a.running()


def test_neutrons_command_line(lab, stopped_at_the_end):
    """keepalived -P -f CONF -p PID -r VRRPPID, under that name: it forks, and both processes carry the path.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    binary = lab.folder / "keepalived"
    binary.symlink_to(program("holdfastd"))
    pid_file, vrrp_file = lab.folder / "r.pid.keepalived", lab.folder / "r.pid.keepalived-vrrp"
    _, done = background(lab, "-P", "-p", str(pid_file), "-r", str(vrrp_file), binary=str(binary))
    assert done.returncode == 0, done.stderr
    pids = [int(file.read_text()) for file in (pid_file, vrrp_file)]
    stopped_at_the_end.append(pids[0])
    for pid in pids:
        assert str(lab.folder / "b.conf") in open(f"/proc/{pid}/cmdline").read()
        assert open(f"/proc/{pid}/comm").read().strip() == "keepalived"
    lab.net["A"].wait_for_address("192.0.2.100")
    end(pids[0])
    assert not lab.net["A"].has("192.0.2.100")


def test_the_runtime_folder_comes_from_systemd_when_not_from_an_option(lab):
    file = lab.folder / "c.conf"
    file.write_text(instance(**FAST))
    folder = lab.folder / "given-by-systemd"
    import peers
    daemon = peers.Daemon(lab.net["A"], [program("holdfastd"), "-n", "-l", "-G", "-f", str(file)],
                          environment={"RUNTIME_DIRECTORY": str(folder), "TMPDIR": str(lab.folder)})
    try:
        daemon.log.wait("-> MASTER")
        assert (folder / "holdfastd.pid").exists()
    finally:
        assert daemon.stop() == 0
        daemon.end()


def test_dumps_have_the_words_that_exporters_read(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    lab.wire.wait_adverts("A", 51, count=3)
    data, stats, as_json = (a.runtime / name for name in ("keepalived.data", "keepalived.stats", "keepalived.json"))
    a.signal(signal.SIGUSR1)
    watch_folder(a.runtime, lambda: data.exists() and " VRRP Instance = VI_1\n" in data.read_text(), "the data file")
    text = data.read_text()
    for line in ("   State = MASTER", "   Virtual Router ID = 51", "   Interface = eth0", "   Priority = 200"):
        assert line + "\n" in text
    assert re.search(r"^   Virtual IP \(1\):\n     192\.0\.2\.100/24 dev eth0", text, re.M)
    a.signal(signal.SIGUSR2)
    watch_folder(a.runtime, lambda: stats.exists() and re.search(r"^    Sent: [1-9]", stats.read_text(), re.M), "statistics")
    assert stats.read_text().startswith("VRRP Instance: VI_1\n") and "  Became master: 1\n" in stats.read_text()
    a.signal(36)
    watch_folder(a.runtime, lambda: as_json.exists() and as_json.read_text().rstrip().endswith("]"), "the JSON file")
    one = json.loads(as_json.read_text())[0]
    assert one["data"]["iname"] == "VI_1" and one["data"]["state"] == 2 and one["data"]["vrid"] == 51
    assert one["stats"]["become_master"] == 1 and one["stats"]["advert_sent"] > 0


def test_a_link_laid_in_the_dump_folder_is_not_followed(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    victim = lab.folder / "victim"
    victim.write_text("precious\n")
    data = a.runtime / "keepalived.data"
    data.symlink_to(victim)
    a.signal(signal.SIGUSR1)
    watch_folder(a.runtime, lambda: not data.is_symlink() and data.exists() and data.stat().st_size > 0, "the data file")
    assert victim.read_text() == "precious\n"


def test_sigint_stops_like_sigterm(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    a.signal(signal.SIGINT)
    assert a.process.wait(20) == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_ready_is_told_to_systemd_once_all_processes_are_ready(lab):
    import socket
    address = str(lab.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(20)
        a = lab.holdfast("A", instance(**FAST), environment={"NOTIFY_SOCKET": address})
        said = ""
        while "READY=1" not in said:
            said += listener.recv(4096).decode()
        a.wait_state("VI_1", "MASTER")
        a.signal(signal.SIGHUP)
        said = ""
        while "READY=1" not in said:
            said += listener.recv(4096).decode() + "\n"
        assert "RELOADING=1" in said and "MONOTONIC_USEC=" in said
        assert a.stop() == 0
        said = ""
        while "STOPPING=1" not in said:
            said += listener.recv(4096).decode()


def test_missing_capabilities_are_named(lab):
    """Without CAP_NET_RAW there is no VRRP: the message says what is missing.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    import peers
    file = lab.folder / "d.conf"
    file.write_text(instance(**FAST))
    daemon = peers.Daemon(lab.net["A"], ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw",
                                         program("holdfastd"), "-n", "-l", "-G", "-f", str(file), "--runtime-dir",
                                         str(lab.folder / "run")])
    try:
        daemon.log.wait("CAP_NET_RAW|cap_net_raw")
    finally:
        daemon.end()


def test_signals_to_the_processes_themselves_end_none(lab):
    """keepalived's VRRP process has a pid file, and people send their USR1 there."""
    a = lab.holdfast("A", instance())
    a.wait_state("VI_1", "BACKUP")
    before = a.child("vrrp"), a.child("checkers")
    for pid in before:
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGRTMIN + 2, signal.SIGRTMAX - 1, signal.SIGRTMAX):
            os.kill(pid, number)
    watch_folder(a.runtime, lambda: {"keepalived.data", "keepalived.stats", "keepalived.json"} <= set(os.listdir(a.runtime)),
                 "the dumps")
    a.wait_state("VI_1", "MASTER")
    assert (a.child("vrrp"), a.child("checkers")) == before
