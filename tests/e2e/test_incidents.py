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
from split_brain import FAULTS, Stage, guard


class Incidents:
    """Two hosts under policy hold, after a fault; B keeps A's incident."""

    def __init__(self, lab, fault, **options):
        fault = next(one for one in FAULTS if one.name == fault)
        self.stage = Stage(lab.net, lab.folder, "plain", fault, lines=guard("hold"), **options)
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
