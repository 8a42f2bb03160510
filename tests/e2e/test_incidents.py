"""What went wrong is kept as incidents: they are listed with their time line, outlive the processes, and an operator
decides by a code from an alert.

    service:   A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- W.eth0 192.0.2.9/24 --- G.eth0 192.0.2.254/24
    heartbeat: A.eth1 198.51.100.1/24 --- B.eth1 198.51.100.2/24
"""

import json
import os
import re
import stat

import pytest
from peers import command, watch_folder
from settings import block, instance
from split_brain import FAULTS, Stage, guard


class Incidents:
    """Two hosts, under policy hold unless `lines` say otherwise, after a fault; B keeps A's incident."""

    def __init__(self, lab, fault, lines=guard("hold"), **options):
        fault = next(one for one in FAULTS if one.name == fault)
        self.stage = Stage(lab.net, lab.folder, "plain", fault, lines=lines, **options)
        self.lab = lab
        self.kept = lab.folder / "B1" / "state" / "incidents"
        self.kept.mkdir(parents=True)
        self.stage.start_both()
        for host, daemon in self.stage.daemon.items():
            lab.adopt(host, daemon)
        fault.strike(self.stage)
        self.id = self.b.log.wait(r"HF2604 VI_1: incident (\S+), suspected split brain").group(1)

    @property
    def b(self):
        return self.stage.daemon["B"]

    def wait(self, claim, what):
        """Until the claim holds of the files."""
        watch_folder(self.kept, claim, what)
        return self

    def wait_kept(self):
        return self.wait((self.kept / f"{self.id}.json").exists, "the incident's file")

    def wait_over(self):
        return self.wait(lambda: self.object()["state"] == "closed", "the end of the incident")

    def holdfast(self, *words):
        return command("holdfast", *words)

    def listed(self, *words):
        done = self.holdfast("incidents", "--state-dir", str(self.b.state), *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shown(self, *words, which=None):
        done = self.holdfast("incident", which or self.id, "--state-dir", str(self.b.state), *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def object(self):
        return json.loads(self.shown("--json"))["incident"]

    def restart_b(self):
        self.stage.start("B", self.b.folder)
        self.lab.adopt("B", self.b)


@pytest.fixture
def play(lab):
    scenes = []

    def started(fault, **options):
        scenes.append(Incidents(lab, fault, **options))
        return scenes[-1]

    yield started
    for scene in scenes:
        scene.stage.holders.close()


def test_an_incident_is_listed_with_its_time_line(play):
    scene = play("A's firewall drops adverts, output").wait_kept()
    text = scene.listed()
    assert re.search(rf"^{scene.id}  open    \d{{4}}-\S+Z  VI_1  suspected split brain$", text, re.M), text
    assert re.search(r"^    \S+Z  suspected split brain: stays BACKUP: .*192\.0\.2\.100", text, re.M), text
    assert f"{scene.id}  open" in scene.shown(which=scene.id[:-1]), "the beginning of the number is enough"
    incident = scene.object()
    assert incident["unit"] == "VI_1" and incident["state"] == "open" and incident["closed"] is None
    assert incident["choices"] == ["take over", "close"]
    assert incident["entries"][0]["chapter"] == "opened"
    assert "digest" not in scene.shown("--json") and "salt" not in scene.shown("--json")
    assert [one["id"] for one in json.loads(scene.listed("--json"))["incidents"]] == [scene.id]
    scene.stage.firewall_is_mended("A")
    assert scene.wait_over().object()["entries"][-1]["text"] == "over"
    assert f"{scene.id}  closed" in scene.listed()
    unknown = scene.holdfast("incident", "fff", "--state-dir", str(scene.b.state))
    assert unknown.returncode == 1 and "`holdfast incidents` lists them" in unknown.stderr


def test_an_incident_outlives_the_checker_and_goes_on_in_the_same_file(play):
    scene = play("A's firewall drops adverts, output").wait_kept()
    before = scene.object()
    here = scene.b.log.here()
    os.kill(scene.b.child("checkers"), 9)
    scene.b.log.wait("processes restarted", here)
    assert scene.object()["state"] == "open"
    scene.stage.firewall_is_mended("A")
    after = scene.wait_over().object()
    assert after["opened"] == before["opened"] and after["entries"][0] == before["entries"][0]
    assert after["entries"][-1]["text"] == "over"
    assert len(json.loads(scene.listed("--json"))["incidents"]) == 1


def test_an_incident_outlives_the_daemon(play):
    scene = play("A's firewall drops adverts, output").wait_kept()
    stranger = scene.kept / "abc.json"
    stranger.write_text('{"schema": 1, "id": "../../etc/passwd"}')
    scene.b.kill_all()
    assert scene.object()["state"] == "open"
    scene.restart_b()
    scene.b.log.wait(rf"HF2617 {re.escape(str(stranger))} is left alone")
    incident = scene.wait_over().object()
    assert "started anew" in incident["entries"][-1]["text"]
    scene.b.log.wait(r"HF2604 VI_1: incident (?!" + scene.id + ")")
    scene.b.stop()
    kept = json.loads(scene.listed("--json"))["incidents"]
    assert len(kept) == 2 and kept[1]["id"] == scene.id, "the newest first"
    assert kept[0]["entries"][-1]["text"] == "the daemon was stopped"
    assert stranger.exists()


def test_only_root_and_the_group_may_read_what_is_kept(play):
    scene = play("A's firewall drops adverts, output").wait_kept()
    assert stat.S_IMODE(scene.kept.stat().st_mode) == 0o750
    assert [stat.S_IMODE(file.stat().st_mode) for file in scene.kept.glob("*.json")] == [0o640]


def test_a_state_directory_that_cannot_be_written_costs_a_message(play):
    scene = play("A's firewall drops adverts, output", options=("--state-dir", "/proc/nowhere"))
    assert "/proc/nowhere" in scene.b.log.wait("HF2614 .*").group(0)
    assert scene.stage.holders.holding() == {"A"}


# --- Codes


ALERT = """#!/bin/sh
cat >> {folder}/objects
echo "$HOLDFAST_CHOICES" >> {folder}/choices
"""


def alerting(play, tmp_path, fault, choice, **options):
    """After the fault whoever gets B's alerts has a code for each choice; the last alert with that choice."""
    folder = tmp_path / "alerts"
    folder.mkdir()
    script = tmp_path / "alert"
    script.write_text(ALERT.format(folder=folder))
    script.chmod(0o755)
    scene = play(fault, blocks=block("global_defs", f'alert_command "{script}"', "script_user root"), **options)
    objects = folder / "objects"

    def alert():
        if not objects.exists() or not objects.read_text().endswith("\n"):
            return None
        found = [json.loads(line) for line in objects.read_text().splitlines()]
        return next((one for one in reversed(found) if one["incident"] == scene.id
                     and choice in [given["choice"] for given in one["choices"]]), None)

    watch_folder(folder, lambda: alert() and f"{choice}=" in (folder / "choices").read_text(), "the alert of the incident")
    scene.alert = alert()
    scene.codes = {one["choice"]: one["code"] for one in scene.alert["choices"]}
    scene.environment = (folder / "choices").read_text()
    scene.wait_kept()
    return scene


@pytest.fixture
def alerted(play, tmp_path):
    """A's daemon dies and its address stays: B holds back."""
    return alerting(play, tmp_path, "A's daemon killed, address left", "take over")


def reply(scene, code):
    return scene.holdfast("incident", "reply", code, "--runtime-dir", str(scene.b.runtime))


def test_the_code_of_an_alert_makes_the_standby_take_over_once(alerted):
    scene = alerted
    assert set(scene.codes) == {"take over", "close"}
    code = scene.codes["take over"]
    assert f"take over={code};close={scene.codes['close']}" in scene.environment
    assert scene.stage.holders.holding() == {"A"}
    done = reply(scene, code[:5].lower() + "-" + code[5:])
    assert done.returncode == 0 and "an operator chose to take over: it takes over" in done.stdout, done
    scene.b.wait_state("VI_1", "MASTER")
    scene.stage.holders.wait_holding("A", "B")
    again = reply(scene, code)
    assert again.returncode == 6 and "has been used" in again.stderr
    assert [one["text"] for one in scene.object()["actions"]] == ["an operator chose to take over: it takes over"]
    assert {one["choice"]: one["used"] for one in scene.object()["codes"]}["take over"]
    assert code not in "\n".join(scene.b.log.all()) and code not in (scene.kept / f"{scene.id}.json").read_text()


def test_codes_that_are_wrong_foreign_or_of_an_incident_that_is_over_are_refused_and_counted(alerted):
    scene = alerted
    wrong = reply(scene, "0000000000")
    assert wrong.returncode == 4 and "no alert of this node had that code" in wrong.stderr
    assert reply(scene, "not a code").returncode == 4
    assert scene.holdfast("incident", "reply", "--runtime-dir", str(scene.b.runtime)).returncode == 64
    closed = reply(scene, scene.codes["close"])
    assert closed.returncode == 0, closed.stderr
    over = reply(scene, scene.codes["take over"])
    assert over.returncode == 7 and f"incident {scene.id} is over" in over.stderr
    assert scene.stage.holders.holding() == {"A"}
    counted = {"wrong": 2, "expired": 0, "used": 0, "over": 1, "blocked": 0}
    assert json.loads(scene.listed("--json"))["refused_codes"] == counted
    assert "refused codes: 2 wrong, 0 too old, 0 used, 1 of an incident that is over" in scene.listed()
    assert "refused so far: 1" in scene.b.log.wait("HF2615 .*").group(0)


def test_whoever_guesses_codes_has_to_wait_and_a_right_one_waits_too(alerted):
    scene = alerted
    for number in range(11):
        assert reply(scene, f"{number:010}").returncode == 4
    scene.b.log.wait("HF2618 ")
    blocked = reply(scene, scene.codes["take over"])
    assert blocked.returncode == 8 and "too many wrong codes" in blocked.stderr
    assert scene.stage.holders.holding() == {"A"}


def test_a_code_outlives_the_checker_that_sent_it(alerted):
    scene = alerted
    here = scene.b.log.here()
    os.kill(scene.b.child("checkers"), 9)
    scene.b.log.wait("processes restarted", here)
    done = reply(scene, scene.codes["take over"])
    assert done.returncode == 0, done.stderr
    scene.b.wait_state("VI_1", "MASTER")


def test_the_code_of_an_alert_makes_an_active_withdraw(play, tmp_path):
    scene = alerting(play, tmp_path, "A's firewall drops adverts, output", "withdraw", lines=guard("alert", "return_delay 30"))
    assert scene.stage.holders.holding() == {"A", "B"}, "policy alert only says it"
    done = reply(scene, scene.codes["withdraw"])
    assert done.returncode == 0 and "an operator chose to withdraw" in done.stdout, done
    scene.b.wait_state("VI_1", "BACKUP")
    scene.stage.holders.wait_holding("A")


AGENT = """#!/bin/sh
options=$(cat)
case $options in
*action=off*) echo off >>{folder}/asked; test -e {folder}/works ;;
*action=status*) exit 2 ;;
esac
"""


def test_the_code_of_an_alert_fences_once_more(play, tmp_path):
    agent = tmp_path / "fence_scripted"
    agent.write_text(AGENT.format(folder=tmp_path))
    agent.chmod(0o755)
    fencing = guard("fence", *block("fence", f"agent {agent}", "option ip 10.0.0.99", "delay_by_priority off", "retries 0"))
    scene = alerting(play, tmp_path, "A's daemon killed, address left", "fence", lines={"A": guard("hold"), "B": fencing})
    scene.b.log.wait("HF2613 fencing the peer of VI_1 failed")
    assert (tmp_path / "asked").read_text() == "off\n" and scene.stage.holders.holding() == {"A"}
    (tmp_path / "works").touch()  # somebody mended the agent
    done = reply(scene, scene.codes["fence"])
    assert done.returncode == 0 and "an operator chose to fence" in done.stdout, done
    scene.b.wait_state("VI_1", "MASTER")
    assert (tmp_path / "asked").read_text() == "off\noff\n"


def test_nobody_answers_a_reply_where_nothing_runs_or_nothing_is_guarded(lab):
    a = lab.holdfast("A", instance())
    a.wait_state("VI_1", "BACKUP")
    assert a.reload(), "its start is over by then"
    refused = command("holdfast", "incident", "reply", "0000000000", "--runtime-dir", str(a.runtime))
    assert refused.returncode == 1 and "nothing is guarded" in refused.stderr
    nobody = command("holdfast", "incident", "reply", "0000000000", "--runtime-dir", str(lab.folder))
    assert nobody.returncode == 3


def test_an_incident_of_a_unit_that_loses_its_guard_is_over(play):
    scene = play("A's firewall drops adverts, output").wait_kept()
    scene.stage.lines = ()
    assert scene.b.reload(scene.stage.text("B"))
    assert "no longer guarded" in scene.wait_over().object()["entries"][-1]["text"]
