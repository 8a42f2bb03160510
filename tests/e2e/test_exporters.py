"""keepalived's dump files, as the public programs that read them take them apart (tests/support/exporters.py): a Holdfast and
a keepalived of the same configuration in the same role tell them the same.

    left:  A.eth0 192.0.2.1/24 --- P.eth0 192.0.2.9/24
    right: B.eth0 192.0.2.1/24 --- Q.eth0 192.0.2.9/24
"""

import json
import os
import shutil
import signal

import pytest
from exporters import (address_of, data_of, json_of, scripts_of, stats_of, terse_data_of, whole_number_tokens)
from lines import eventually
from peers import Daemon, program
from settings import block, instance, password

SIGJSON, SIGSTATS_CLEAR = 36, 63


def configuration():
    """Two instances with something of most kinds."""
    head = [*block("global_defs", "router_id node-x", "script_user root", "enable_script_security"),
            *block("vrrp_script good", 'script "/bin/true -x"', "interval 1", "timeout 2", "weight 5", "rise 2", "fall 3"),
            *block("vrrp_script bad", "script /bin/false", "interval 1", "weight -10"),
            *block("vrrp_track_process shell", "process no-such-program", "weight 3")]
    first = instance(priority=100, addresses=["192.0.2.100/24", "192.0.2.101/25 scope link label eth0:x", "192.0.2.103"],
                     lines=[*password(), *block("virtual_ipaddress_excluded", "192.0.2.102/32 no_track"), "garp_master_delay 3",
                            *block("track_script", "good", "bad"), *block("track_process", "shell"), "notify_master \"/bin/true m\"",
                            "smtp_alert"])
    second = instance("VI_6", vrid=52, priority=100, version=3, interval=0.5, addresses=["fe80::52", "2001:db8::52/64"])
    return "\n".join(head) + "\n" + first + second


class Running:
    """One of the two daemons, started in the same way; its dumps lie in a folder of their own."""

    def __init__(self, lab, node, binary, text, options=()):
        self.folder = lab.folder / f"{node}-dumps"
        self.folder.mkdir()
        file = lab.folder / f"{node}.conf"
        file.write_text(text)
        self.daemon = lab.adopt(node, Daemon(
            lab.net[node], [str(binary), "-n", "-l", "-D", "-G", "-f", str(file), "-p", str(self.folder / "k.pid"), "-r",
                            str(self.folder / "v.pid"), "-c", str(self.folder / "c.pid"), *options],
            environment={"TMPDIR": str(self.folder)}))

    def dump(self, number, name, read, until=lambda found: True, once=False):
        """What a reader makes of that file, asked for again and again until that holds, or once; half a file is looked at
        again, too."""
        if once:
            os.kill(self.daemon.pid, number)

        def look():
            if not once:
                os.kill(self.daemon.pid, number)
            try:
                found = read((self.folder / name).read_text())
            except (OSError, ValueError, IndexError):
                return None
            return found if found and until(found) else None
        return eventually(look, f"{name}: {(self.folder / name).read_text() if (self.folder / name).exists() else 'none'}")

    def data(self, read, until=lambda found: True):
        return self.dump(signal.SIGUSR1, "keepalived.data", read, until)

    def wait(self, **states):
        """Until each instance is in its state, with a verdict of every script."""
        for name, state in states.items():  # before it serves signals one would end it
            self.daemon.log.wait(rf"\({name}\) Entering {state} STATE|{name}: \w+ -> {state}:")
        wanted = {name: ["INIT", "BACKUP", "MASTER", "FAULT"].index(state) for name, state in states.items()}
        self.data(data_of, lambda found: {name: one.get("State") for name, one in found.items()} == wanted)
        self.data(scripts_of, lambda found: {name: one.get("status") for name, one in found.items()} == {"good": 1, "bad": 0})
        return self


def as_keepalived(lab):
    binary = lab.folder / "keepalived"
    if not binary.exists():
        binary.symlink_to(program("holdfastd"))
    return binary


@pytest.fixture
def twins(lab):
    """Starts Holdfast on B and keepalived on A, with the same file."""
    if not shutil.which("keepalived"):
        pytest.skip("keepalived is not installed")
    lab.judged = False

    def start(text=None):
        return [Running(lab, "A", shutil.which("keepalived"), text or configuration()),
                Running(lab, "B", as_keepalived(lab), text or configuration(), ["--runtime-dir", str(lab.folder / "run")])]
    return start


def both(daemons, ask):
    theirs, ours = (ask(daemon) for daemon in daemons)
    return theirs, ours


@pytest.mark.parametrize("role", ["MASTER", "BACKUP"])
def test_readers_of_the_text_files_see_no_difference(lab, twins, role):
    if role == "BACKUP":
        stronger = instance(priority=200, addresses=["192.0.2.100/24", "192.0.2.101/25 scope link label eth0:x", "192.0.2.103"],
                            lines=password()) + instance("VI_6", vrid=52, priority=200, version=3, interval=0.5,
                                                         addresses=["fe80::52", "2001:db8::52/64"])
        for node in "PQ":
            lab.keepalived(node, stronger).wait_state("VI_1", "MASTER")
    daemons = [one.wait(VI_1=role, VI_6=role) for one in twins()]
    theirs, ours = both(daemons, lambda one: one.data(data_of))
    assert theirs == ours
    assert [address for address, _ in ours["VI_1"]["vips"]] == ["192.0.2.100/24", "192.0.2.101/25", "192.0.2.103"]
    theirs, ours = both(daemons, lambda one: one.data(scripts_of, lambda found: {script["state"] for script in found.values()} == {0}))
    assert theirs == ours
    theirs, ours = both(daemons, lambda one: one.data(terse_data_of))
    assert [one["iname"] for one in theirs] == [one["iname"] for one in ours] == ["VI_1", "VI_6"]
    assert theirs[0] == ours[0]  # of IPv6 it sees less of keepalived, which writes a line more
    heard = "advert_sent" if role == "MASTER" else "advert_rcvd"
    theirs, ours = both(daemons, lambda one: one.dump(signal.SIGUSR2, "keepalived.stats", stats_of,
                                                      lambda found: all(counters[heard] >= 3 for counters in found.values())))
    for counters in [*theirs.values(), *ours.values()]:
        counters.pop(heard)
    assert theirs == ours and ours["VI_1"]["become_master"] == (1 if role == "MASTER" else 0)


# Written otherwise: the moment; words of iproute2's; secrets, of which newer versions write none; authentication of version 3;
# what newer versions have, too.
OTHERWISE = {"last_transition", "vips", "auth_type", "auth_data", "track_process"}


def test_readers_of_the_json_file_see_no_difference(twins):
    daemons = [one.wait(VI_1="MASTER", VI_6="MASTER") for one in twins()]
    theirs, ours = both(daemons, lambda one: one.dump(
        SIGJSON, "keepalived.json", json_of, lambda found: all(stats["advert_sent"] >= 3 for _, stats in found.values())))
    for data, stats in [*theirs.values(), *ours.values()]:
        assert data.pop("last_transition") > 1.7e9 and stats.pop("advert_sent") > 0
    assert theirs == ours
    # And everything else in there, in the same order and of the same type.
    texts = [(one.folder / "keepalived.json").read_text() for one in daemons]
    for their, our in zip(*(json.loads(text) for text in texts)):
        names = [name for name in our["data"] if name not in OTHERWISE]
        assert names == [name for name in their["data"] if name not in OTHERWISE]
        assert {name: our["data"][name] for name in names} == {name: their["data"][name] for name in names}
        assert list(our["stats"]) == list(their["stats"])
        assert [address_of(vip) for vip in our["data"]["vips"]] == [address_of(vip) for vip in their["data"]["vips"]]
        assert all(vip.endswith(" set") for vip in our["data"]["vips"] + their["data"]["vips"])
    for name in ("garp_delay", "adver_int", "master_adver_int"):
        theirs, ours = (whole_number_tokens(text, name) for text in texts)
        assert theirs == ours, "a decoder of whole numbers takes 3 and not 3.0"


def test_counters_begin_anew_when_that_is_asked_for(twins):
    for one in twins():
        one.wait(VI_1="MASTER", VI_6="MASTER")
        one.dump(SIGSTATS_CLEAR, "keepalived.stats", stats_of, lambda found: found["VI_1"]["become_master"] == 1,
                 once=True)  # the second one would find nothing
        one.dump(signal.SIGUSR2, "keepalived.stats", stats_of, lambda found: found["VI_1"]["become_master"] == 0)


def holdfast(lab, more, options=()):
    text = configuration().replace("global_defs {", "global_defs {\n" + more, 1)
    one = Running(lab, "B", as_keepalived(lab), text, ["--runtime-dir", str(lab.folder / "run"), *options])
    one.daemon.log.wait("VI_6: BACKUP -> MASTER")
    return one


def test_the_second_layout_has_instances_and_processes(lab):
    lab.judged = False
    one = holdfast(lab, "json_version 2")
    found = one.dump(SIGJSON, "keepalived.json", json.loads)
    assert list(found) == ["vrrp", "track_process"]
    assert [instance["data"]["iname"] for instance in found["vrrp"]] == ["VI_1", "VI_6"]
    assert found["vrrp"][0]["data"]["track_script"] == ["'/usr/bin/true' '-x'", "'/usr/bin/false'"]
    process, = found["track_process"]
    assert (process["process"], process["have_quorum"], process["weight"], process["min_processes"]) == ("no-such-program", False, 3, 1)


def test_dump_files_are_named_after_instance_and_template_and_are_for_root_alone(lab):
    lab.judged = False
    one = holdfast(lab, "data_use_instance\nstate_dump_file state.txt\n}\ninstance one\nglobal_defs {")
    one.folder.joinpath("victim").write_text("precious")
    (one.folder / "state_parent.one.txt").symlink_to(one.folder / "victim")
    for number, name, begin in ((signal.SIGUSR1, "state.one.txt", "------< Global definitions >------\n"),
                                (signal.SIGUSR1, "state_parent.one.txt", "------< Global definitions >------\n"),
                                (signal.SIGUSR2, "keepalived.one.stats", "VRRP Instance: VI_1\n"),
                                (SIGJSON, "keepalived.one.json", "[{")):
        text = one.dump(number, name, lambda text: text, lambda text, begin=begin: text.startswith(begin))
        assert "one" in name and text
        assert (one.folder / name).stat().st_mode & 0o777 == 0o600
    assert " Router ID = node-x\n" in (one.folder / "state_parent.one.txt").read_text()
    assert (one.folder / "victim").read_text() == "precious"
    assert not any((one.folder / name).exists() for name in ("keepalived.data", "keepalived.stats", "keepalived.json"))
