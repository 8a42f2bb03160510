"""Two hosts and one fault at a time: who holds the address meanwhile, who afterwards, and whom a client reaches.

The network and the faults are those of tests/support/split_brain.py; scripts/split-brain-table measures the same.
What is asserted of plain VRRP is what it does, not what one would wish: with the adverts gone, both are active. With a
guard they never are.
"""

import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import netns
import peers
import pytest
import split_brain
from capture import mac_of
from holders import Course
from settings import block, instance
from split_brain import ADDRESS, FAULTS, VRID, Stage, guard

KINDS = ("plain",)
SOURCE = Path(__file__).resolve().parents[2]


@pytest.fixture
def net():
    with netns.Network(split_brain.__doc__) as network:
        yield network


class LabStage(Stage):
    """Its daemons end, and are judged, with the test's laboratory."""

    def __init__(self, lab, *words, **options):
        super().__init__(lab.net, lab.folder, *words, **options)
        self.wire = lab.wire
        self._lab = lab

    def start(self, host, folder=None):
        super().start(host, folder)
        self._lab.adopt(host, self.daemon[host])

    def adverts_of_a(self, count):
        """Time as A's adverts tell it."""
        return self.wire.wait_adverts("A", VRID, count=count, since=self.wire.here())


@pytest.fixture
def play(lab):
    """A stage on which both hosts run and the fault has come; closed with the test."""
    stages = []

    def started(kind, fault, **options):
        stage = LabStage(lab, kind, fault, **options)
        stages.append(stage)
        stage.start_both()
        fault.strike(stage)
        return stage

    yield started
    for stage in stages:
        stage.holders.close()


def faults(claim):
    return pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS if claim(fault)])


def named(name):
    return next(fault for fault in FAULTS if fault.name == name)


def is_mended(stage, fault):
    """The fault goes away; A alone is active soon after, and stays so."""
    fault.mend(stage)
    mended = stage.wire.here()
    stage.holders.wait_holding("A")
    settled = stage.wire.here()
    stage.adverts_of_a(3)
    heard = stage.wire.adverts_of("A", VRID, mended)[0].time
    # B advertises until it has heard A: at most once more in the same moment.
    assert len(stage.wire.adverts_of("B", since=heard)) <= 1
    assert not stage.wire.adverts_of("B", since=settled)
    assert stage.holders.holding() == {"A"}
    assert stage.who_answers() == ["A"]
    if fault.heard:
        stage.holders.wait_served("A")


@pytest.mark.parametrize("kind", KINDS)
@faults(lambda fault: len(fault.holds) == 2)
def test_both_are_active_while_adverts_are_lost_and_one_once_they_are_heard(play, kind, fault):
    stage = play(kind, fault)
    stage.holders.wait_holding("A", "B")
    stage.wire.wait_adverts("B", count=2, since=stage.wire.here())
    if len(fault.cut_off) < 2:
        assert stage.who_answers() == [host for host in fault.holds if host not in fault.cut_off]
    is_mended(stage, fault)


@pytest.mark.parametrize("kind", KINDS)
@faults(lambda fault: fault.holds == ("B",))
def test_a_host_that_is_really_gone_is_replaced_and_comes_back(play, kind, fault):
    stage = play(kind, fault)
    stage.holders.wait_holding("B")
    stage.holders.wait_served("B")
    is_mended(stage, fault)


@pytest.mark.parametrize("kind", KINDS)
@faults(lambda fault: fault.holds == ())
def test_a_link_that_is_down_on_both_hosts_leaves_the_address_with_nobody(play, kind, fault):
    stage = play(kind, fault)
    stage.holders.wait_holding()
    stage.holders.wait_served("nobody")
    is_mended(stage, fault)


@pytest.mark.parametrize("kind", KINDS)
@faults(lambda fault: fault.holds == ("A",))
def test_what_the_backup_does_not_miss_changes_nothing(play, kind, fault):
    stage = play(kind, fault)
    struck = stage.holders.now()
    stage.adverts_of_a(8)  # longer than two down intervals of B
    assert stage.holders.both_active(struck) == 0
    assert stage.holders.holding() == {"A"} and stage.holders.served() == "A"
    is_mended(stage, fault)


@faults(lambda fault: not fault.heard and fault.cut_off != split_brain.BOTH and not fault.least_interval)
def test_with_garp_master_refresh_the_client_is_led_back_though_the_winner_never_heard_of_a_rival(play, fault):
    stage = play("plain", fault, lines=("garp_master_delay 0", "garp_master_refresh 1"))
    stage.holders.wait_holding("A", "B")
    stage.holders.wait_served("B")
    fault.mend(stage)
    stage.holders.wait_holding("A")
    stage.wire.wait_announcements("A", ADDRESS, since=stage.wire.here())
    stage.holders.wait_served("A")


def test_a_host_that_says_so_when_it_gives_way_leaves_no_client_behind(play):
    """The fault ends between an advert of B, which A misses, and the next one of A: B hears A first."""
    fault = named("A's firewall drops adverts, all")
    stage = play("plain", fault, interval=1, lines=("garp_master_delay 0", "higher_prio_send_advert"))
    stage.holders.wait_served("B")
    stage.wire.wait_adverts("B", VRID, since=stage.wire.here())
    fault.mend(stage)
    mended = stage.wire.here()
    stage.holders.wait_holding("A")
    stage.wire.wait_announcements("A", ADDRESS, since=mended)
    stage.holders.wait_served("A")


def test_an_isolated_host_that_asks_the_gateway_gives_up(play):
    fault = named("A's port dead, carrier on")
    stage = play("plain", fault, lines=block("track_reachability", "192.0.2.254", "interval 0.2"))
    stage.daemon["A"].wait_state("VI_1", "FAULT")
    stage.holders.wait_holding("B")
    stage.holders.wait_served("B")
    fault.mend(stage)
    stage.holders.wait_settled("A")


def log_of(stage, host):
    return stage.daemon[host].log


def let_time_pass(stage, adverts=12):
    """Three down intervals, in which plain VRRP would act: there is no event to wait for when nothing is done."""
    time.sleep(adverts * stage.interval)


@faults(lambda fault: True)
def test_a_guarded_pair_is_never_active_twice_and_says_why(play, fault):
    stage = play("guarded", fault)
    if fault.told:
        host, words = fault.told
        log_of(stage, host).wait(words)
    stage.holders.wait_holding(*fault.guarded)
    let_time_pass(stage)
    assert stage.holders.holding() == set(fault.guarded)
    # Afterwards who preempts is active until the other has heard of it, and who was suspended until its first
    # instruction.
    assert stage.holders.both_active(0) == 0
    fault.mend(stage)
    stage.holders.wait_settled("A")


@pytest.mark.parametrize("name, words", [
    ("B's firewall drops adverts, input", "something on this host drops protocol 112"),
    ("switch filters multicast", f"still answers for {ADDRESS}"),
    ("A's daemon killed, address left", f"still answers for {ADDRESS}"),
    ("A's firewall drops adverts, output", f"still answers for {ADDRESS}"),
])
def test_a_policy_alone_is_enough_where_the_service_network_still_speaks(play, name, words):
    fault = named(name)
    stage = play("plain", fault, lines=guard("hold"))
    log_of(stage, "B").wait(f"HF2604 VI_1: incident .*{words}")
    let_time_pass(stage)
    assert stage.holders.holding() == {"A"}
    fault.mend(stage)
    stage.holders.wait_settled("A")
    assert stage.holders.both_active(0) == 0


def test_with_policy_alert_a_peer_that_is_heard_is_not_replaced_either(play):
    fault = named("A's firewall drops adverts, output")
    stage = play("plain", fault, lines=guard("alert", "heartbeat interface eth1"))
    log_of(stage, "B").wait("HF2604 VI_1: incident .*suspected split brain")
    let_time_pass(stage)
    assert stage.holders.holding() == {"A"}


def test_with_policy_takeover_there_may_be_two_and_that_is_said(play):
    fault = named("A's daemon killed, address left")
    stage = play("plain", fault, lines=guard("takeover"))
    log_of(stage, "B").wait("HF2604 VI_1: incident .*becomes MASTER")
    stage.holders.wait_holding("A", "B")
    log_of(stage, "B").wait("HF2604 VI_1: incident .*both active")


GATEWAY_DIES = split_brain.Fault("the gateway dies", lambda s: s.net["G"].ip("link", "set", "eth0", "down"),
                                 lambda s: s.net["G"].ip("link", "set", "eth0", "up"), ("A",))


@pytest.mark.parametrize("heartbeats", [("heartbeat interface eth1",), ()], ids=["heartbeats", "adverts only"])
def test_a_reference_that_dies_takes_nothing_down(play, heartbeats):
    lines = guard("hold", *heartbeats, *block("references", f"{split_brain.GATEWAY} dev eth0"))
    stage = play("plain", GATEWAY_DIES, lines=lines)
    log_of(stage, "A").wait("HF2604 VI_1: incident .*isolation: stays MASTER: reference 192.0.2.254 on eth0 does not answer")
    let_time_pass(stage, 40)
    assert stage.holders.holding() == {"A"} and stage.holders.served() == "A"
    stage.host_dies("A")  # nor does it keep the standby from its work
    stage.holders.wait_holding("B")


class SerialCable:
    """A null-modem cable: two terminals whose bytes come out at the other; `noise` goes to both."""

    def __init__(self):
        ends = [os.openpty(), os.openpty()]
        self._masters = [end[0] for end in ends]
        self._slaves = [end[1] for end in ends]
        self.devices = [os.ttyname(slave) for slave in self._slaves]
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def _carry(self):
        while True:
            ready, _, _ = select.select([*self._masters, self._stop], [], [])
            if self._stop in ready:
                return
            for end in ready:
                os.write(self._masters[1 - self._masters.index(end)], os.read(end, 4096))

    def noise(self):
        for end in self._masters:
            os.write(end, os.urandom(300))

    def close(self):
        os.write(self._stopped, b"x")
        self._thread.join()
        for end in [*self._masters, *self._slaves, self._stop, self._stopped]:
            os.close(end)


@pytest.fixture
def cable():
    one = SerialCable()
    yield one
    one.close()


def test_a_serial_line_is_enough_and_noise_on_it_does_not_matter(play, cable):
    """Both networks are dead, and the references with them: only the cable tells that A lives."""
    fault = named("both networks dead, carrier on")
    lines = {host: guard("hold", "probe_addresses off", f"heartbeat serial {device}")
             for host, device in zip("AB", cable.devices)}
    stage = play("plain", fault, lines=lines)
    log_of(stage, "B").wait("HF2604 VI_1: incident .*is MASTER by heartbeat serial line /dev/pts/")
    cable.noise()
    let_time_pass(stage)
    cable.noise()
    let_time_pass(stage)
    assert stage.holders.holding() == {"A"}
    fault.mend(stage)
    stage.holders.wait_settled("A")
    assert stage.holders.both_active(0) == 0


def test_heartbeats_to_an_address_of_the_peer(play):
    fault = named("A's firewall drops adverts, output")
    lines = {"A": guard("hold", "probe_addresses off", "heartbeat unicast 198.51.100.2 source 198.51.100.1"),
             "B": guard("hold", "probe_addresses off", "heartbeat unicast 198.51.100.1 source 198.51.100.2")}
    stage = play("plain", fault, lines=lines)
    log_of(stage, "B").wait("HF2604 VI_1: incident .*is MASTER by heartbeat peer 198.51.100.1")
    let_time_pass(stage)
    assert stage.holders.holding() == {"A"}


def test_a_sync_group_is_guarded_as_one(play):
    """The guard stands in the group; the group has one member that the fault does not concern."""
    fault = named("switch filters multicast")
    second = instance(name="VI_2", interface="eth1", vrid=VRID + 1, priority=100, interval=0.1, version=3,
                      addresses=("198.51.100.100/24 dev eth1",))
    group = "\n".join(block("vrrp_sync_group VG", *block("group", "VI_1", "VI_2"), *guard("hold")))
    stage = play("plain", fault, blocks=(group, second))
    log_of(stage, "B").wait("HF2604 group VG: incident .*still answers for")
    let_time_pass(stage)
    assert stage.holders.holding() == {"A"}
    assert not log_of(stage, "B").find("VI_[12]: BACKUP -> MASTER")
    fault.mend(stage)
    stage.holders.wait_settled("A")


AGENT = """#!/bin/sh
options=$(cat)
echo "$options" >> {folder}/said
case $options in
*action=off*) {off} ;;
*action=status*) exit {status} ;;
esac
"""


@pytest.fixture
def agent(tmp_path):
    def write(off, status=2):
        path = tmp_path / "fence_scripted"
        path.write_text(AGENT.format(folder=tmp_path, off=off, status=status))
        path.chmod(0o755)
        return path
    return write


def fence(agent, *lines):
    return guard("fence", *block("fence", f"agent {agent}", "option ip 10.0.0.99", "delay_by_priority off", *lines))


def one_fences(lines):
    """B does; A, which starts alone, would fence whoever is not there yet."""
    return {"A": guard("hold"), "B": lines}


def test_the_peer_is_fenced_first_and_only_then_replaced(play, agent, tmp_path):
    fault = named("A's daemon killed, address left")
    may_end = tmp_path / "may_end"
    os.mkfifo(may_end)
    stage = play("plain", fault, lines=one_fences(fence(agent(off=f"read -r word < {may_end}; exit 0"))))
    log_of(stage, "B").wait("HF2610 the peer of VI_1 is fenced")
    let_time_pass(stage)
    assert stage.holders.holding() == {"A"}, "the agent is still at work"
    stage.unplug("A", "eth0")  # what a real agent does
    stage.holders.died("A")
    may_end.write_text("now\n")
    stage.holders.wait_holding("B")
    log_of(stage, "B").wait("HF2611 fencing the peer of VI_1: the peer is off")
    log_of(stage, "B").wait("HF2603 VI_1: becomes MASTER: .*fenced")
    assert (tmp_path / "said").read_text() == "action=off\nip=10.0.0.99\naction=status\nip=10.0.0.99\n"
    assert stage.holders.both_active(0) == 0


@pytest.mark.parametrize("off, status, words", [
    ("exit 1", 2, "off: exit status 1"),
    ("exit 0", 0, "it succeeded, but the peer is not off"),
    ("sleep 60", 2, "it took longer than 1"),
], ids=["fails", "lies", "hangs"])
def test_an_agent_that_does_not_fence_makes_nobody_active(play, agent, off, status, words):
    stage = play("plain", named("A's daemon killed, address left"), 
                 lines=one_fences(fence(agent(off, status), "retries 1", "timeout 1")))
    log_of(stage, "B").wait(f"HF2612 .*attempt 2 of 2, .*{words}")
    log_of(stage, "B").wait("HF2613 fencing the peer of VI_1 failed")
    log_of(stage, "B").wait("HF2603 VI_1: stays BACKUP: .*fencing failed, on_failure hold")
    let_time_pass(stage)
    assert stage.holders.holding() == {"A"}


def test_on_failure_takeover_goes_on_without_having_fenced(play, agent):
    stage = play("plain", named("A's daemon killed, address left"),
                 lines=one_fences(fence(agent("exit 1"), "retries 0", "on_failure takeover")))
    log_of(stage, "B").wait("HF2603 VI_1: becomes MASTER: .*on_failure takeover")
    log_of(stage, "B").wait("HF2604 VI_1: incident .*both active")
    let_time_pass(stage, 25)
    assert len(log_of(stage, "B").find("VI_1: BACKUP -> MASTER")) == 1, "who gives way does not come back at once"


def test_what_a_guard_holds_back_is_held_back_after_a_crash_and_a_reload(play):
    fault = named("A's daemon killed, address left")
    stage = play("plain", fault, lines=guard("hold"))
    b = stage.daemon["B"]
    b.log.wait("HF2604 VI_1: incident .*stays BACKUP")
    for disturb in (lambda: os.kill(b.child("vrrp"), signal.SIGKILL), lambda: b.reload()):
        here = b.log.here()
        disturb()
        b.log.wait("go on where the process before stopped|reload complete", since=here)
        let_time_pass(stage)
        assert stage.holders.holding() == {"A"}
    fault.mend(stage)
    stage.holders.wait_settled("A")
    assert stage.holders.both_active(0) == 0


def test_strangers_heartbeats_are_refused_where_a_key_is_set(play, net, tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef0123456789abcdef\n")
    key.chmod(0o600)
    fault = named("A's firewall drops adverts, output")
    stage = play("plain", fault, lines=guard("hold", "heartbeat interface eth1", f"heartbeat_key file:{key}"))
    log_of(stage, "B").wait("HF2604 VI_1: incident .*by heartbeat interface eth1")

    def shout():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for size in (64, 10, 96):
                stranger.sendto(os.urandom(size), ("224.0.0.18", 5112))

    net["A"].ip("route", "add", "224.0.0.0/4", "dev", "eth1")
    netns.inside(net["A"].namespace, shout)
    log_of(stage, "B").wait("HF2602 a message by interface eth1 is refused: it ")
    let_time_pass(stage)
    assert stage.holders.holding() == {"A"}


def test_incidents_reach_the_alert_channels(play, tmp_path):
    script = tmp_path / "told"
    script.write_text(f"#!/bin/sh\ncat >> {tmp_path}/alerts\necho >> {tmp_path}/alerts\n")
    script.chmod(0o755)
    fault = named("B's firewall drops adverts, input")
    stage = play("plain", fault, lines=guard("hold"), blocks=block("global_defs", f'alert_command "{script}"', "script_user root"))
    log_of(stage, "B").wait("HF2604")

    def told():
        path = tmp_path / "alerts"
        lines = path.read_text().splitlines() if path.exists() else []
        return [alert for alert in map(json.loads, filter(None, lines)) if alert["event"] == "incident"]

    peers.watch_folder(tmp_path, lambda: told() or None, "an alert of the incident")
    alert = told()[0]
    assert alert["severity"] == "critical" and alert["state"] == "open" and alert["subject"] == "VI_1"
    assert alert["cause"] == "suspected split brain" and "drops protocol 112" in alert["text"] and alert["incident"]


def test_the_table_of_a_unit_is_explained_from_its_file(play):
    stage = play("guarded", named("A dies"))
    path = stage.daemon["B"].file
    text = peers.command("holdfast", "split-brain", "explain", "-f", str(path)).stdout
    assert re.search(r"VI_1.*policy hold", text), text
    assert "heard elsewhere" in text and "reference 192.0.2.254 on eth0" in text and "interface eth1" in text
    explained = json.loads(peers.command("holdfast", "split-brain", "explain", "--json", "-f", str(path), "VI_1").stdout)
    assert explained["schema"] == 1
    assert peers.command("holdfast", "split-brain", "explain", "-f", str(path), "nobody").returncode != 0


def test_the_manual_s_commands_show_what_is_wrong(play, net):
    page = (SOURCE / "man" / "holdfast-split-brain.7").read_text()

    def as_written(program):
        return re.search(rf"^{program} .*$", page, re.M).group(0)

    fault = named("B's firewall drops adverts, input")
    stage = play("plain", fault)
    stage.holders.wait_holding("A", "B")
    answers = net["W"].exec("sh", "-c", as_written("arping"), check=False).lower()
    assert mac_of(net["A"], "eth0") in answers and mac_of(net["B"], "eth0") in answers
    assert f"{ADDRESS}/24" in net["A"].exec("sh", "-c", as_written("ip")) and \
        f"{ADDRESS}/24" in net["B"].exec("sh", "-c", as_written("ip"))
    seen = net["B"].exec("sh", "-c", f"timeout 25 {as_written('tcpdump')} -c 4")
    assert re.search(r"192\.0\.2\.1 > 224\.0\.0\.18: .*vrid 51", seen), "it looks before the firewall"
    assert "ip protocol vrrp drop" in net["B"].exec("sh", "-c", as_written("nft"))
    fault.mend(stage)
    stage.holders.wait_holding("A")
    assert mac_of(net["B"], "eth0") not in net["W"].exec("sh", "-c", as_written("arping"), check=False).lower()


def test_the_program_that_makes_the_manual_s_table(tmp_path):
    page = tmp_path / "page.7"
    page.write_text('before\n.\\" table\nformer\n.\\" /table\nafter\n')
    subprocess.run([str(SOURCE / "scripts" / "split-brain-table"), "--seconds", "1", "--interval", "0.1", "--repeats", "1", "--only",
                    "A dies", "--record", str(page)], check=True, stdout=subprocess.PIPE, timeout=200)
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "former" not in text
    times = re.search(r"^A dies((?: +\d+ +\d+){3})$", text, re.M)
    assert times, text
    both, outage = [[int(number) for number in times.group(1).split()[at::2]] for at in (0, 1)]
    assert not any(both) and all(outage), "keepalived, plain, guarded"
    assert re.search(r"^B: VI_1: BACKUP -> MASTER: no advert from 192\.0\.2\.1 for", text, re.M)


def test_the_measures_of_a_known_course():
    course = Course([(1.0, "holds", "A"), (1.5, "served", "A"), (3.0, "holds", "B"), (3.5, "served", "B"), (4.0, "died", "A"),
                     (5.0, "served", "nobody"), (6.0, "frees", "B"), (7.0, "served", "A"), (8.0, "returned", "A")])
    assert course.both_active(0.0, 9.0) == pytest.approx(1.0)
    assert course.both_active(3.75, 9.0) == pytest.approx(0.25)
    assert course.outage(0.0, 9.0) == pytest.approx(2.0)
    assert course.outage(0.0, 5.5) == pytest.approx(0.5)
    assert course.last(7.5) == (set(), "A") and course.last(9.0) == ({"A"}, "A")
