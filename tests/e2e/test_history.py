"""The flight recorder: what happened and what was known then is kept through reloads, crashes and the end of the daemon, and
`holdfast history` tells it in the order of time, as text, JSON and a drawing.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import json
import os
import re
import signal
import subprocess
from xml.etree import ElementTree

from lines import PATIENCE_S, eventually
from peers import program
from settings import block, instance

FAST = {"interval": 0.2, "version": 3}
SVG = "{http://www.w3.org/2000/svg}"


def holdfast(daemon, *words, check=None):
    """A command of `holdfast` about that daemon, whether it runs or not."""
    kept = [] if words[0] == "status" else ["--state-dir", str(daemon.state)]
    done = subprocess.run([program("holdfast"), *words, "--runtime-dir", str(daemon.runtime), *kept], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE_S)
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


def history(daemon, *words, check=0):
    return json.loads(holdfast(daemon, "history", "--json", *words, check=check).stdout)


def steps(document, name="VI_1"):
    return [(one["from"], one["to"]) for one in document["events"] if one["name"] == name]


def told(daemon, *path, name="VI_1"):
    """The history, once the instance's last states are those."""
    def look():
        done = holdfast(daemon, "history", "--json")
        document = json.loads(done.stdout) if done.stdout else {"events": []}
        states = [to for _, to in steps(document, name)]
        return document if states[-len(path):] == list(path) else None
    return eventually(look, f"{name} never goes {path}")


def two_nodes(lab, more=""):
    a = lab.holdfast("A", more + instance(priority=150, **FAST))
    b = lab.holdfast("B", more + instance(priority=100, **FAST))
    a.wait_state("VI_1", "MASTER")
    b.wait_state("VI_1", "BACKUP")
    return a, b


def test_what_a_reload_removes_is_remembered(lab):
    removed = instance("VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST)
    a = lab.holdfast("A", instance(**FAST) + removed)
    told(a, "Active", name="VI_2")
    assert a.reload(instance(**FAST))
    told(a, "Active", "Initialize", name="VI_2")
    assert a.reload(instance(priority=90, **FAST))
    eventually(lambda: holdfast(a, "status", "VI_1", "--json", check=0).stdout.count('"configured_priority": 90'), "not reloaded")
    assert steps(told(a, "Active", "Initialize", name="VI_2"), "VI_2")[-1] == ("Active", "Initialize")
    assert "removed by the new configuration" in holdfast(a, "history", "VI_2", check=0).stdout
    ended(a)
    assert steps(history(a, "VI_2", check=3), "VI_2")[-1] == ("Active", "Initialize")


def ended(daemon):
    daemon.signal(signal.SIGTERM)
    daemon.log.wait_end(PATIENCE_S)


def test_a_takeover_is_told_with_what_was_known_at_that_moment(lab):
    a, b = two_nodes(lab)
    eventually(lambda: json.loads(holdfast(b, "status", "--json").stdout)["instances"][0]["active_router"], "B follows nobody")
    a.kill_all()
    b.wait_state("VI_1", "MASTER")
    last = told(b, "Backup", "Active")["events"][-1]
    assert (last["kind"], last["is_group"], last["run"]) == ("peer-silent", False, 0)
    known = last["evidence"]
    assert known["priority"] == 100 and known["former_priority"] is None
    assert known["heard_last"]["address"] == "192.0.2.1" and known["heard_last"]["priority"] == 150
    assert known["heard_last"]["when"] < last["when"]
    assert known["active_interval_seconds"] == 0.2 and 0.6 < known["down_interval_seconds"] < 0.8
    assert known["factors"] == [] and known["guard"] is None

    said = holdfast(b, "history", "--evidence", check=0).stdout
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}  .* ago +VI_1  Backup -> Active +no advert from 192\.0\.2\.1", said, re.M)
    assert "    heard last: 192.0.2.1 (priority 150), " in said and "\x1b" not in said
    assert "heard last: 192.0.2.1 (priority 150), " in holdfast(b, "why", check=0).stdout


def test_trackers_and_links_that_told_are_named(lab):
    flag = lab.folder / "bad"
    check = lab.folder / "check.sh"
    check.write_text(f"#!/bin/sh\n[ ! -e {flag} ]\n")
    check.chmod(0o755)
    tracked = "\n".join(block("vrrp_script disk", f"script {check}", "interval 1", "weight -20", "user root")) + "\n"
    a = lab.holdfast("A", tracked + instance(priority=150, lines=block("track_script", "disk"), **FAST))
    a.wait_state("VI_1", "MASTER")
    flag.touch()
    eventually(lambda: json.loads(holdfast(a, "status", "--json").stdout)["instances"][0]["priority"] == 130, "the priority never falls")
    a.node.ip("link", "set", "eth0", "down")
    a.wait_state("VI_1", "FAULT")
    known = told(a, "Fault")["events"][-1]["evidence"]
    assert known["priority"] == 130 and known["former_priority"] == 150 and known["priority_moved"]
    assert {"name": "link eth0", "verdict": "bad", "is_fault": True, "amount": 0} in known["factors"]
    assert {"name": "check disk", "verdict": "bad", "is_fault": False, "amount": -20} in known["factors"]
    assert "told: link eth0 bad (fault), check disk bad (-20)" in holdfast(a, "why").stdout


def test_the_row_that_the_guard_went_by_is_evidence(lab):
    guard = block("split_brain", "policy hold")
    a = lab.holdfast("A", instance(priority=150, lines=guard, **FAST))
    a.wait_state("VI_1", "MASTER")
    known = told(a, "Active")["events"][-1]["evidence"]
    assert known["guard"]["row"] > 0 and known["guard"]["found"] and known["guard"]["verdict"] == "promote"


def test_it_is_kept_when_the_daemon_ends_and_told_as_another_run_at_the_next_start(lab):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    first = steps(told(a, "Active"))
    ended(a)
    document = history(a, check=3)
    assert steps(document)[:len(first)] == first
    assert [run["state"] for run in document["runs"]] == ["ended"] and document["runs"][0]["ended"]
    done = holdfast(a, "history", check=3)
    assert "holdfastd does not run; this is what was kept when it ended at " in done.stderr
    done = holdfast(a, "why", check=3)
    assert "holdfastd does not run" in done.stderr and done.stdout.startswith("VI_1 was ")
    assert "never heard" in done.stdout or "no advert" in done.stdout
    document = json.loads(holdfast(a, "why", "--json", check=3).stdout)
    assert document["daemon"]["kept"]["state"] == "ended" and document["instances"][0]["transitions"]
    assert holdfast(a, "status").returncode == 3

    again = lab.holdfast("A", instance(priority=150, **FAST), folder=a.folder)
    again.wait_state("VI_1", "MASTER")
    document = told(again, "Backup", "Active")
    assert [run["state"] for run in document["runs"]] == ["ended", "running"]
    assert {one["run"] for one in document["events"]} == {0, 1}
    said = holdfast(again, "history", check=0).stdout
    assert re.search(r"^--- \S+, Holdfast \S+, a run that ended at ", said) and "--- " in said and "the run that goes on\n" in said
    assert steps(history(again, "--since", "0s")) == []
    assert len(steps(history(again, "--since", "1h"))) == len(steps(document))
    assert {one.stat().st_mode & 0o777 for one in (a.state / "history").iterdir()} == {0o640}


def test_who_says_nothing_at_the_end_leaves_what_was_kept_before(lab):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    first = steps(told(a, "Active"))
    eventually(lambda: list((a.state / "history").glob("*.run")) if (a.state / "history").exists() else None, "nothing is kept yet")
    # The daemon tells this run itself.
    assert [run["state"] for run in history(a)["runs"]] == ["running"]
    a.kill_all()
    document = history(a, check=3)
    assert [run["state"] for run in document["runs"]] == ["crashed"] and steps(document)[:1] == first[:1]
    done = holdfast(a, "history", check=3)
    assert "holdfastd does not run; it did not end in good order, and this is what was kept last, at " in done.stderr


def test_a_crash_keeps_what_was_known_and_the_successor_tells_it_once(lab):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    before = steps(told(a, "Active"))
    here = a.log.here()
    os.kill(a.child("vrrp"), signal.SIGKILL)
    a.log.wait("processes restarted", here)
    eventually(lambda: [run["state"] for run in history(a)["runs"]] == ["crashed", "running"], "nothing is kept of the crash")
    document = history(a)
    assert steps(document) == before
    ended(a)
    document = history(a, check=3)
    assert [run["state"] for run in document["runs"]] == ["ended"]
    assert steps(document)[:len(before)] == before


def test_a_file_that_is_damaged_or_of_another_form_is_left_out_with_a_word(lab):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    told(a, "Active")
    folder = a.state / "history"
    folder.mkdir(parents=True)
    (folder / "00000001.run").write_text('{"entry": "run", "schema": 9, "colour": "red"}\n')
    (folder / "00000002.run").write_bytes(os.urandom(3000))
    (folder / "00000003.run").symlink_to("/etc/passwd")
    done = holdfast(a, "history", check=0)
    for number in (1, 2, 3):
        assert re.search(rf"left out: .*0000000{number}\.run: ", done.stderr)
    assert re.search(r"1\.run: the history has form 9, this program reads form 1\n", done.stderr)
    assert "VI_1" in done.stdout and "root:" not in done.stdout + done.stderr


def kept_lines(daemon, number=1):
    text = (daemon.state / "history" / f"{number:08}.run").read_text()
    return [json.loads(line) for line in text.splitlines()]


def keep(daemon, number, lines):
    """As a run of another version of Holdfast on another boot."""
    lines[0]["boot"] = f"{number:08}-0000-4000-8000-000000000000"
    (daemon.state / "history" / f"{number:08}.run").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_runs_of_versions_before_and_after_this_one_are_told_as_far_as_they_are_understood(lab):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    own = steps(told(a, "Active"))
    ended(a)
    lines = kept_lines(a)
    assert lines[-1] == {"entry": "end"} and lines[1]["transitions"]
    # Before this one there was less to be kept.
    former = [{name: value for name, value in line.items() if name not in ("group", "order", "priority", "node")}
              for line in kept_lines(a)]
    former[0]["version"] = "0.0.1"
    for transition in former[1]["transitions"]:
        del transition["kind"], transition["told_ns"]
        transition.pop("evidence", None)
    keep(a, 2, former)
    # After it there is more.
    later = kept_lines(a)
    later[0]["version"] = "99.0"
    later[1]["moods"] = {"now": "calm"}
    later[1]["order"] = "postponed"
    later[1]["transitions"].append(later[1]["transitions"][-1] | {"to": "Retired"})
    later.insert(1, {"entry": "weather", "rain": True})
    keep(a, 3, later)

    document = json.loads(holdfast(a, "history", "--json", check=3).stdout)
    assert [run["version"] for run in document["runs"]][1:] == ["0.0.1", "99.0"]
    for run in range(3):
        assert [(one["from"], one["to"]) for one in document["events"] if one["run"] == run][:len(own)] == own
    done = holdfast(a, "history", "--evidence", check=3)
    assert ", Holdfast 0.0.1, " in done.stdout and ", Holdfast 99.0, " in done.stdout
    assert re.findall(r"left out: .*/(\d+)\.run: (.*)", done.stderr) == [
        ("00000003", "2 values that this program does not understand, written by Holdfast 99.0")]
    assert holdfast(a, "why", check=3).stdout.startswith("VI_1 was ")


def test_an_upgrade_keeps_the_history_before_it_as_a_run(lab):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    before = steps(told(a, "Active"))
    done = subprocess.run([program("holdfast"), "upgrade", "--runtime-dir", str(a.runtime)], capture_output=True, text=True,
                          check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line["entry"] for line in kept_lines(a)] == ["run", "instance", "end"]
    kept = [(one["from"], one["to"]) for one in kept_lines(a)[1]["transitions"]]
    assert kept[-len(before):] == before
    document = told(a, *(to for _, to in before))
    assert [run["state"] for run in document["runs"]] == ["ended", "running"]
    assert steps(document)[-len(before):] == before


def test_a_group_is_told_with_the_member_that_led_it_and_what_that_knew(lab):
    group = "\n".join(block("vrrp_sync_group G1", *block("group", "VI_1", "VI_2"))) + "\n"
    members = instance("VI_1", **FAST) + instance("VI_2", vrid=52, addresses=("192.0.2.101/24",), **FAST)
    a = lab.holdfast("A", group + members)
    a.wait_state("VI_2", "MASTER")
    told(a, "Active", name="G1")
    a.node.ip("link", "set", "eth0", "down")
    a.wait_state("VI_2", "FAULT")
    last = [one for one in told(a, "Fault", name="G1")["events"] if one["is_group"]][-1]
    assert (last["kind"], last["member"]) == ("link-down", "VI_1") and "eth0" in last["cause"]
    assert {"name": "link eth0", "verdict": "bad", "is_fault": True, "amount": 0} in last["evidence"]["factors"]
    said = holdfast(a, "history", "G1", "--evidence", check=0).stdout
    assert re.search(r"group G1 +Active -> Fault +link eth0 .*\(member VI_1\)\n +VI_1 heard last: ", said)
    said = holdfast(a, "why", "G1").stdout
    assert "group G1 is Fault\n" in said and "(member VI_1)\n" in said and "told: link eth0 bad (fault)" in said
    assert json.loads(holdfast(a, "why", "--json", "G1").stdout)["groups"][0]["transitions"][-1]["member"] == "VI_1"
    assert "(member VI_1)" in holdfast(a, "timeline", "--svg", check=0).stdout
    ended(a)
    kept = [one for one in history(a, check=3)["events"] if one["is_group"] and one["to"] == "Fault"]
    assert kept and kept[-1]["member"] == "VI_1" and kept[-1]["evidence"] == last["evidence"]


def test_the_drawing_is_xml_with_a_lane_for_each_and_needs_nothing_else(lab):
    group = "\n".join(block("vrrp_sync_group <G&1>", *block("group", "VI_1"))) + "\n"
    a, b = two_nodes(lab, group)
    a.kill_all()
    b.wait_state("VI_1", "MASTER")
    told(b, "Backup", "Active")
    drawing = holdfast(b, "history", "--svg", check=0).stdout
    assert holdfast(b, "timeline", "--svg", check=0).stdout.startswith("<svg ")
    root = ElementTree.fromstring(drawing)
    assert root.tag == SVG + "svg"
    words = ["".join(one.itertext()) for one in root.iter(SVG + "text")]
    assert "VI_1" in words and "group <G&1>" in words
    assert {"Initialize", "Backup", "Active", "Fault"} <= set(words)
    causes = ["".join(one.itertext()) for one in root.iter(SVG + "title")]
    assert any("VI_1" in cause and "Backup to Active: no advert from 192.0.2.1" in cause and "heard last" in cause for cause in causes)
    for one in root.iter():
        assert one.tag in {SVG + tag for tag in ("svg", "title", "rect", "text", "line")}
        assert not any("href" in name or "url(" in value for name, value in one.attrib.items())
    assert holdfast(b, "history", "--svg", "--json").returncode == 64


def test_names_that_nothing_has_and_times_that_are_none_are_said(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    told(a, "Active")
    assert "'VI_9'" in holdfast(a, "history", "VI_9", check=2).stderr
    assert "--since takes" in holdfast(a, "history", "--since", "yesterday", check=64).stderr


def test_without_a_daemon_and_without_a_history_it_says_so(tmp_path):
    done = subprocess.run([program("holdfast"), "history", "--runtime-dir", str(tmp_path), "--state-dir", str(tmp_path)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "Is holdfastd running" in done.stderr and done.stdout == ""
