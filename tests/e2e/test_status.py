"""What the running daemon shows of itself: `holdfast status`, `why`, `peers`, `checks`, `stats`. It says on both nodes
who is Active, since when and why; survives reloads, upgrades and kills of any process; and no client can disturb it.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import grp
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from lines import PATIENCE_S, eventually, wait_until
from peers import child_named, children_of, command, program
from settings import block, instance

FAST = {"interval": 0.2, "version": 3}


def holdfast(runtime, *words, check=None, **options):
    """A command of `holdfast`, asked of the daemon with that runtime directory."""
    done = subprocess.run([program("holdfast"), *words, "--runtime-dir", str(runtime)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE_S, **options)
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


def told(runtime, *words):
    """The JSON document of `holdfast WORDS`."""
    return json.loads(holdfast(runtime, *words, "--json").stdout or "{}")


def instance_of(document, name="VI_1"):
    return next((one for one in document.get("instances", []) if one["name"] == name), None)


def in_state(runtime, state, name="VI_1"):
    """The instance's part of the document, once it says that state and has its addresses where it should."""
    def look():
        one = instance_of(told(runtime, "status"), name)
        if one and one["state"] == state and (one["addresses_in_place"] == one["addresses_total"]) == (state == "Active"):
            return one
        return None
    return eventually(look, f"{name} is never {state} in `holdfast status`")


def names_of(pids):
    names = []
    for pid in pids:
        try:
            names.append(Path(f"/proc/{pid}/comm").read_text().strip())
        except FileNotFoundError:
            pass
    return names


def two_nodes(lab, more=""):
    a = lab.holdfast("A", more + instance(priority=150, **FAST))
    b = lab.holdfast("B", more + instance(priority=100, **FAST))
    a.wait_state("VI_1", "MASTER")
    b.wait_state("VI_1", "BACKUP")
    return a, b


def test_both_nodes_say_who_is_active_since_when_and_why(lab):
    a, b = two_nodes(lab)
    on_a = in_state(a.runtime, "Active")
    assert on_a["priority"] == 150 and on_a["vrid"] == 51 and on_a["interface"] == "eth0"
    assert on_a["addresses"] == [{"address": "192.0.2.100/24", "interface": "eth0", "in_place": True}]
    assert on_a["active_router"] is None
    on_b = eventually(lambda: (lambda one: one if one["active_router"] else None)(in_state(b.runtime, "Backup")), "B follows nobody")
    assert on_b["active_router"]["address"] == "192.0.2.1" and on_b["active_router"]["priority"] == 150
    assert on_b["active_router"]["heard_seconds_ago"] < 60

    before = time.time()
    a.kill_all()
    b.wait_state("VI_1", "MASTER")
    on_b = in_state(b.runtime, "Active")
    since = time.mktime(time.strptime(on_b["since"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    assert before - 2 <= since <= time.time() + 1
    last = instance_of(told(b.runtime, "why"))["transitions"][-1]
    assert (last["from"], last["to"], last["kind"]) == ("Backup", "Active", "peer-silent")
    assert re.match(r"no advert from 192\.0\.2\.1 for \S+ m?s$", last["cause"])

    said = holdfast(b.runtime, "why", "VI_1", check=0).stdout
    assert re.search(r"Backup -> Active +no advert from 192\.0\.2\.1 for ", said)
    assert "silence is taken for death after" in said
    said = holdfast(b.runtime, "status", check=0).stdout
    assert re.search(r"VI_1 +Active .* 100 +this node", said)
    assert "because: no advert from 192.0.2.1" in said and "\x1b" not in said


def test_peers_and_stats_tell_what_was_heard_and_counted(lab):
    a, b = two_nodes(lab)
    peer = eventually(lambda: next((one for one in instance_of(told(b.runtime, "peers"))["peers"] if one["adverts"] >= 3), None),
                      "B heard nobody")
    assert peer["address"] == "192.0.2.1" and peer["priority"] == 150 and peer["is_followed"]
    assert re.search(r"VI_1 +192\.0\.2\.1 +150 .* ago .* Active router", holdfast(b.runtime, "peers", check=0).stdout)
    counters = eventually(lambda: (lambda found: found if found["adverts_sent"] >= 3 else None)(
        instance_of(told(a.runtime, "stats"))["counters"]), "A counts no adverts")
    assert counters["became_active"] == 1 and counters["farewells_sent"] == 0
    assert re.search(r"VI_1 +\d+ +\d+ +1 ", holdfast(a.runtime, "stats", check=0).stdout)


def script(folder, text):
    file = folder / "check.sh"
    file.write_text("#!/bin/sh\n" + text)
    file.chmod(0o755)
    return file


def test_what_a_script_said_last_is_shown_and_explains_the_priority(lab):
    flag = lab.folder / "bad"
    check = script(lab.folder, f"if [ -e {flag} ]; then echo 'disk is full'; exit 3; fi\necho all is well\n")
    tracked = "\n".join(block("vrrp_script disk", f"script {check}", "interval 1", "weight -20", "user root")) + "\n"
    a = lab.holdfast("A", tracked + instance(priority=150, lines=block("track_script", "disk"), **FAST))
    a.wait_state("VI_1", "MASTER")
    seen = eventually(lambda: next((one for one in told(a.runtime, "checks")["checks"] if one["verdict"] == "good"), None),
                      "the script has no verdict")
    assert seen["name"] == "check disk" and seen["kind"] == "script" and seen["output"] == "all is well"
    assert holdfast(a.runtime, "checks").returncode == 0

    flag.touch()
    one = eventually(lambda: (lambda one: one if one["priority"] == 130 else None)(instance_of(told(a.runtime, "status"))),
                     "the priority never falls")
    assert one["configured_priority"] == 150
    assert one["adjustments"] == [{"name": "check disk", "amount": -20}]
    seen = eventually(lambda: next((one for one in told(a.runtime, "checks", "disk")["checks"] if one["last"] == "bad"), None), "never bad")
    assert (seen["verdict"], seen["outcome"], seen["output"]) == ("bad", "exit status 3", "disk is full")
    assert seen["failures"] >= 1 and seen["runs"] > seen["failures"]
    said = holdfast(a.runtime, "checks", check=1).stdout
    assert re.search(r"check disk +script +bad .*exit status 3", said) and "output: disk is full" in said
    said = holdfast(a.runtime, "status", check=0).stdout
    assert "130 (of 150)" in said and "priority: 150 - 20 (check disk) = 130" in said
    assert re.search(r"check disk +bad .*exit status 3: disk is full", said)


def test_a_script_that_hangs_or_is_killed_is_named_so(lab):
    check = script(lab.folder, "echo began; sleep 60\n")
    tracked = "\n".join(block("vrrp_script hangs", f"script {check}", "interval 1", "timeout 1", "user root")) + "\n"
    check = lab.folder / "dies.sh"
    check.write_text("#!/bin/sh\nkill -9 $$\n")
    check.chmod(0o755)
    tracked += "\n".join(block("vrrp_script dies", f"script {check}", "interval 1", "user root")) + "\n"
    a = lab.holdfast("A", tracked + instance(lines=block("track_script", "hangs", "dies"), **FAST))
    lab.judged = False
    outcomes = eventually(lambda: (lambda found: found if len(found) == 2 else None)(
        {one["name"]: one for one in told(a.runtime, "checks").get("checks", []) if one.get("last") == "bad"}), "no outcome")
    assert outcomes["check dies"]["outcome"] == "killed by SIGKILL"
    assert outcomes["check hangs"]["outcome"] == "no result within 1 s" and outcomes["check hangs"]["output"] == "began"
    assert holdfast(a.runtime, "checks", "dies", check=1).stdout.count("SIGKILL") == 1


def test_an_instance_in_fault_makes_the_exit_status_1_and_says_why(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    in_state(a.runtime, "Active")
    lab.net.cut("A", "eth0")
    a.wait_state("VI_1", "FAULT")
    eventually(lambda: instance_of(told(a.runtime, "status"))["state"] == "Fault", "no fault is shown")
    said = holdfast(a.runtime, "status", check=1).stdout
    assert re.search(r"VI_1 +Fault", said) and "because: link eth0 down" in said


def test_history_and_status_go_on_through_a_reload(lab):
    a, b = two_nodes(lab)
    a.kill_all()
    b.wait_state("VI_1", "MASTER")
    before = instance_of(told(b.runtime, "why"))
    in_state(b.runtime, "Active")
    cause = eventually(lambda: (lambda one: one["transitions"][-1] if one["state"] == "Active" else None)(
        instance_of(told(b.runtime, "why"))), "not Active")
    old = child_named(b, "holdfast-mon")
    assert b.reload(instance(priority=101, **FAST))
    one = eventually(lambda: (lambda one: one if one["configured_priority"] == 101 else None)(in_state(b.runtime, "Active")), "no reload")
    after = instance_of(told(b.runtime, "why"))
    assert after["transitions"][-1]["cause"] == cause["cause"] and after["for_seconds"] >= before["for_seconds"] * 0
    assert after["transitions"][-1]["when"][:19] == cause["when"][:19] and one["since"][:19] == cause["when"][:19]
    eventually(lambda: child_named(b, "holdfast-mon") not in (None, old), "the new generation has no monitor of its own")
    wait_until(lambda: not Path(f"/proc/{old}").exists(), "the old monitor ends", lambda seconds: time.sleep(min(seconds, 0.05)), PATIENCE_S)


def asking(runtime, until):
    """Statuses of `holdfast status` asked in a row until that holds."""
    statuses = set()
    while True:
        statuses.add(holdfast(runtime, "status").returncode)
        if until():
            return statuses


def test_status_is_answered_during_an_upgrade(lab):
    a = lab.holdfast("A", instance(priority=255, **FAST))
    a.wait_state("VI_1", "MASTER")
    in_state(a.runtime, "Active")
    upgrade = subprocess.Popen([program("holdfast"), "upgrade", "--runtime-dir", str(a.runtime)], stdout=subprocess.DEVNULL)
    assert asking(a.runtime, lambda: upgrade.poll() is not None) == {0}
    assert upgrade.returncode == 0
    assert in_state(a.runtime, "Active")
    # Those of the generations before end once they have answered.
    eventually(lambda: sum("holdfast-mon" in name for name in names_of(children_of(a.pid))) == 1, "two monitors")


@pytest.mark.parametrize("which", ["monitor", "checkers", "vrrp"])
def test_status_is_answered_again_after_a_kill_of(lab, which):
    a = lab.holdfast("A", instance(priority=255, **FAST), options=["--all"])
    a.wait_state("VI_1", "MASTER")
    in_state(a.runtime, "Active")
    here = a.log.here()
    os.kill(child_named(a, "holdfast-mon") if which == "monitor" else a.child(which), signal.SIGKILL)
    a.log.wait(r"died: killed by SIGKILL", here)
    assert holdfast(a.runtime, "status").returncode == 0  # from what was published before
    if which != "monitor":
        a.log.wait("processes restarted", here)
    one = in_state(a.runtime, "Active")
    assert one["transitions" if "transitions" in one else "cause"]
    eventually(lambda: child_named(a, "holdfast-mon"), "no monitor")
    assert not a.changes("VI_1", here)


def test_the_monitor_has_no_rights_and_its_own_name(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    in_state(a.runtime, "Active")
    status = dict(line.split(":", 1) for line in Path(f"/proc/{child_named(a, 'holdfast-mon')}/status").read_text().splitlines())
    assert status["Name"].strip() == "holdfast-mon"
    assert {status[name].strip() for name in ("CapEff", "CapPrm", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    assert "0" not in status["Uid"].split()


@pytest.fixture
def open_folder():
    """A folder that other users may enter, too."""
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def as_user(name, group=None):
    uid = pwd.getpwnam(name).pw_uid
    gid = grp.getgrnam(group).gr_gid if group else pwd.getpwnam(name).pw_gid
    return {"user": uid, "group": gid, "extra_groups": []}


def test_the_group_that_the_configuration_names_may_ask_and_others_hear_who_may(lab, open_folder):
    shutil.copy(program("holdfast"), open_folder / "holdfast")
    text = "global_defs {\n    control_socket_group daemon\n}\n" + instance(**FAST)
    a = lab.holdfast("A", text, folder=open_folder / "a")
    a.wait_state("VI_1", "MASTER")
    in_state(a.runtime, "Active")

    def asks(**who):
        return subprocess.run([open_folder / "holdfast", "status", "--runtime-dir", str(a.runtime)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE_S, **who)

    assert asks(**as_user("nobody", "daemon")).returncode == 0
    refused = asks(**as_user("nobody"))
    assert refused.returncode == 4
    assert "Permission denied" in refused.stderr and "group daemon may ask" in refused.stderr

    assert a.reload(text.replace("control_socket_group daemon", "control_socket_mode 0666"))
    assert eventually(lambda: asks(**as_user("nobody")).returncode == 0, "the new mode has no effect")
    assert a.reload(text.replace("control_socket_group daemon", "control_socket_mode 0600"))
    assert "Only root may ask" in asks(**as_user("nobody", "daemon")).stderr


def test_without_a_daemon_it_says_so(tmp_path):
    done = holdfast(tmp_path, "status", check=3)
    assert done.stdout == "" and "Is holdfastd running" in done.stderr and str(tmp_path) in done.stderr


def test_a_name_that_does_not_exist_is_said(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    in_state(a.runtime, "Active")
    assert "'VI_9'" in holdfast(a.runtime, "status", "VI_9", check=2).stderr
    assert [one["name"] for one in told(a.runtime, "status", "VI_1")["instances"]] == ["VI_1"]


def test_two_hundred_instances_of_a_group_are_one_valid_document(lab):
    names = [f"VI_{number}" for number in range(200)]
    text = "\n".join(block("vrrp_sync_group VG", *block("group", *names))) + "\n" + "".join(
        instance(name, vrid=number + 1, priority=255, addresses=(f"198.51.100.{number + 1}/32",), interval=1, version=3)
        for number, name in enumerate(names))
    a = lab.holdfast("A", text)
    a.wait_state("VI_199", "MASTER")
    document = eventually(lambda: (lambda found: found if all(one["state"] == "Active" for one in found["instances"]) else None)(
        told(a.runtime, "status")), "not all are Active")
    assert [one["name"] for one in document["instances"]] == names
    assert document["schema"] == 1 and document["groups"][0]["members"] == names and document["groups"][0]["state"] == "Active"
    assert len(holdfast(a.runtime, "status", check=0).stdout.splitlines()) < 220  # a line each


def connect(runtime):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(runtime, os.O_PATH | os.O_DIRECTORY)
    client.connect(f"/proc/self/fd/{folder}/status.sock")
    os.close(folder)
    return client


def test_clients_that_never_read_talk_nonsense_or_are_silent_disturb_nobody(lab):
    text = "".join(instance(f"VI_{number}", vrid=number + 1, priority=255, addresses=(f"198.51.100.{number + 1}/32",), **FAST)
                   for number in range(100))
    a = lab.holdfast("A", text)
    a.wait_state("VI_99", "MASTER")
    in_state(a.runtime, "Active", "VI_99")
    here = a.log.here()
    clients = [connect(a.runtime) for _ in range(100)]
    for number, client in enumerate(clients):
        request = (b"holdfast-status 1 snapshots\n", b"", b"GET / HTTP/1.1\r\n" * 50, b"\0" * 64, b"holdfast-status 1 snap")[number % 5]
        try:
            client.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it had been refused by then
        if number % 10 == 0:
            assert holdfast(a.runtime, "status").returncode == 0
    assert holdfast(a.runtime, "status").returncode == 0
    assert a.log.wait(r"HF2504 status socket: process \d+ of user 0 is refused", here)
    assert len(os.listdir(f"/proc/{child_named(a, 'holdfast-mon')}/fd")) < 60
    for client in clients:
        client.close()
    assert not a.changes("VI_99", here) and not a.log.find("holdfast-mon died", here)
    assert holdfast(a.runtime, "status").returncode == 0


def test_a_wrong_request_is_answered_with_a_refusal(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    in_state(a.runtime, "Active")
    with connect(a.runtime) as client:
        client.sendall(b"holdfast-status 1 everything\n")
        assert client.recv(1000).startswith(b"holdfast-status 1 refused ")
        assert client.recv(1000) == b""


def test_under_the_name_keepalived_the_monitor_is_called_so_too(lab, tmp_path):
    link = tmp_path / "keepalived"
    link.symlink_to(program("holdfastd"))
    file = tmp_path / "k.conf"
    file.write_text(instance(**FAST))
    from peers import Daemon
    a = lab._add(Daemon(lab.net["A"], [str(link), "-n", "-l", "-G", "-f", str(file), "--runtime-dir", str(tmp_path / "r"),
                                       "-p", str(tmp_path / "p"), "-r", str(tmp_path / "v"), "-c", str(tmp_path / "c")]))
    a.log.wait(r" VI_1: \w+ -> MASTER")
    in_state(tmp_path / "r", "Active")
    names = [Path(f"/proc/{pid}/comm").read_text().strip() for pid in children_of(a.pid)]
    assert names == ["keepalived"] * 3


@pytest.mark.parametrize("option", ["-C", None])
def test_with_nothing_to_run_the_status_says_so(lab, option):
    a = lab.holdfast("A", instance() if option else "global_defs {\n    router_id A\n}\n", options=[option] if option else [])
    lab.judged = False
    a.log.wait("waiting")
    assert "has nothing to do" in holdfast(a.runtime, "status", check=0).stdout
    assert told(a.runtime, "status")["daemon"]["vrrp"] is None


def test_all_answers_are_for_programs_too(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    in_state(a.runtime, "Active")
    for name in ("status", "why", "peers", "stats", "checks"):
        document = told(a.runtime, name)
        assert document["schema"] == 1 and document["daemon"]["version"]
        assert command("holdfast", name, "--help").returncode == 0
        assert command("holdfast", name, "--nonsense").returncode == 64


def test_the_readme_shows_what_is_shown(lab):
    """
    one: A.eth0 192.168.1.104/24 --- B.eth0 192.168.1.109/24
    two: A.eth1 192.168.1.105/24 --- B.eth1 192.168.1.106/24
    """
    def text(node, priority):
        group = "\n".join(block("vrrp_sync_group VG1", *block("group", "VI_1", "VI_2"))) + "\n"
        return f"global_defs {{\n    router_id {node}\n}}\n" + group + "".join(
            instance(f"VI_{number}", f"eth{number - 1}", vrid=50 + number, priority=priority,
                     addresses=(f"192.168.1.11{number}/24",), version=3) for number in (1, 2))

    a = lab.holdfast("A", text("a", 150))
    b = lab.holdfast("B", text("b", 100))
    a.wait_state("VI_2", "MASTER")
    eventually(lambda: instance_of(told(b.runtime, "status"), "VI_2")["active_router"], "B follows nobody")
    a.kill_all()
    b.wait_state("VI_2", "MASTER")
    for name in ("VI_1", "VI_2"):
        in_state(b.runtime, "Active", name)

    def shape(said):
        """Without what differs from run to run: numbers that count time, and which of the two members led."""
        said = re.sub(r"192\.168\.1\.10[45]", "PEER", said.replace(str(b.file), "/etc/holdfast/holdfast.conf"))
        said = re.sub(r"\b\d+ (min|s|h)\b( \d+ (min|s)\b)?|\b\d+\.\d+ s\b|\d\d:\d\d:\d\d(\.\d+)?", "TIME", said)
        return re.sub(r" +", " ", said).strip()

    page = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    for words in (["status"], ["why", "VI_1"]):
        shown = re.search(rf"^\$ holdfast {' '.join(words)}\n(.*?)^(?:```|\$ )", page, re.M | re.S).group(1)
        assert shape(holdfast(b.runtime, *words, check=0).stdout) == shape(shown)
