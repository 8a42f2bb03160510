"""keepalived's interface on the system bus: the same objects, methods, properties and signals, from a process without
rights that may be killed, on a bus that may be away, and that changes nothing for the protocol.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import re
import signal

import nspawn
import peers
import pytest
from bus import DAEMON, NAME, ROOT, Bus, instance_object
from lines import eventually
from peers import child_named
from settings import block, instance

FAST = {"interval": 0.2, "version": 3}
VI_1 = instance_object("eth0", 51)


@pytest.fixture
def bus():
    made = Bus()
    yield made
    made.remove()


def served(*words):
    return "\n".join(block("global_defs", "enable_dbus", *words)) + "\n" + instance(**FAST)


def interface_of(bus, whose):
    """What introspection says of our interface, in one order."""
    lines = bus.busctl("introspect", NAME, *whose)[1].splitlines()
    return sorted(" ".join(line.split()[:3]) for line in lines if line.startswith("."))


def objects_of(bus):
    return sorted(re.findall(r"/org\S*", bus.busctl("tree", NAME)[1]))


def test_objects_properties_and_members_are_those_of_keepalived(lab, bus):
    bus.start()
    theirs = lab.keepalived("A", served(), environment=bus.environment)
    bus.await_name()
    eventually(lambda: "2" in bus.property(VI_1, "State"), lambda: "keepalived is not MASTER")
    expected = [objects_of(bus), interface_of(bus, VI_1), interface_of(bus, DAEMON), bus.property(VI_1, "State")]
    theirs.stop()
    lab.holdfast("A", served(), environment=bus.environment).log.wait("BACKUP -> MASTER")
    bus.await_name()
    eventually(lambda: "2" in bus.property(VI_1, "State"), lambda: "the state on the bus is not Master")
    found = [objects_of(bus), interface_of(bus, VI_1), interface_of(bus, DAEMON), bus.property(VI_1, "State")]
    assert found == expected


def test_signals_tell_of_states_of_a_reload_and_of_the_end(lab, bus):
    bus.start().listen()
    daemon = lab.holdfast("A", served(), environment=bus.environment)
    bus.wait_for(DAEMON[0], "VrrpStarted")
    bus.wait_for(VI_1[0], "VrrpStatusChange", [2])
    assert bus.property(VI_1, "State") == '(us) 2 "Master"' and bus.property(VI_1, "Name") == 's "VI_1"'
    lab.net["A"].ip("link", "set", "eth0", "down")
    bus.wait_for(VI_1[0], "VrrpStatusChange", [3])
    lab.net["A"].ip("link", "set", "eth0", "up")
    bus.wait_for(VI_1[0], "VrrpStatusChange", [2], count=2)
    bus.call(DAEMON, "ReloadConfig")
    bus.wait_for(DAEMON[0], "VrrpReloaded")
    daemon.stop()
    bus.wait_for(DAEMON[0], "VrrpStopped")
    states = [one.values[0] for one in bus.signals() if one.name == "VrrpStatusChange"]
    assert states == [1, 2, 3, 1, 2, 98]
    assert [one.name for one in bus.signals(DAEMON[1])] == ["VrrpStarted", "VrrpReloaded", "VrrpStopped"]


def test_who_watches_the_property_hears_of_each_change(lab, bus):
    bus.start().listen()
    lab.holdfast("A", served(), environment=bus.environment)
    bus.wait_for(VI_1[0], "VrrpStatusChange", [2])
    changes = [one.values[1]["State"]["data"] for one in bus.signals("org.freedesktop.DBus.Properties")]
    assert [2, "Master"] in changes


def test_files_are_written_as_on_signals(lab, bus):
    bus.start()
    daemon = lab.holdfast("A", served(), environment=bus.environment)
    daemon.log.wait("BACKUP -> MASTER")
    bus.await_name()
    sent = "Became master: 1"
    for method, file, words in (("PrintData", "keepalived.data", "VRRP Instance = VI_1"), ("PrintStats", "keepalived.stats", sent),
                                ("PrintStatsClear", "keepalived.stats", sent), ("PrintStats", "keepalived.stats", "Became master: 0")):
        dump = daemon.runtime / file
        dump.unlink(missing_ok=True)
        bus.call(DAEMON, method)
        eventually(lambda: dump.exists() and words in dump.read_text(), lambda: f"{method}: no {words} in {file}")


def test_addresses_are_announced_when_asked(lab, bus):
    bus.start()
    daemon = lab.holdfast("A", served().replace("advert_int", "garp_master_repeat 1\n    garp_master_delay 0\n    advert_int"),
                          environment=bus.environment)
    daemon.log.wait("BACKUP -> MASTER")
    bus.await_name()
    lab.wire.wait_announcements("A", "192.0.2.100", count=1)
    eventually(lambda: "Master" in bus.property(VI_1, "State"), lambda: "not Master on the bus")
    bus.call(VI_1, "SendGarp")
    lab.wire.wait_announcements("A", "192.0.2.100", count=2)


def test_everybody_may_look_and_only_root_may_ask(lab, bus):
    bus.start()
    lab.holdfast("A", served(), environment=bus.environment).log.wait("BACKUP -> MASTER")
    bus.await_name()
    eventually(lambda: bus.property(VI_1, "State", user=65534) == '(us) 2 "Master"', lambda: "not to be read")
    for whose, method in (*((DAEMON, one) for one in ("PrintData", "PrintStats", "PrintStatsClear", "ReloadConfig")),
                          (VI_1, "SendGarp")):
        status, said = bus.call(whose, method, user=65534, check=False)
        assert status != 0 and "denied" in said.lower(), said


def test_what_does_not_exist_is_an_error_and_ends_nothing(lab, bus):
    bus.start()
    lab.holdfast("A", served(), environment=bus.environment)
    bus.await_name()
    for whose in (instance_object("eth0", 52), instance_object("eth9", 51), (f"{ROOT}/Instance", VI_1[1])):
        assert bus.busctl("get-property", NAME, *whose, "State", check=False)[0] != 0
    assert bus.call(DAEMON, "Nonsense", check=False)[0] != 0
    assert bus.busctl("set-property", NAME, *VI_1, "Name", "s", "x", check=False)[0] != 0
    assert bus.busctl("call", NAME, *DAEMON, "PrintData", "s", "superfluous", check=False)[0] != 0
    assert bus.property(VI_1, "Name") == 's "VI_1"'


def test_a_refused_reload_says_why(lab, bus):
    bus.start()
    daemon = lab.holdfast("A", served(), environment=bus.environment)
    bus.await_name()
    daemon.file.write_text("vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 300\n}\n")
    status, said = bus.call(DAEMON, "ReloadConfig", check=False)
    assert status != 0 and "reload refused" in said


def test_objects_follow_a_reload(lab, bus):
    bus.start()
    daemon = lab.holdfast("A", served(), environment=bus.environment)
    bus.await_name()
    daemon.file.write_text(served("dbus_no_interface_name without") + instance(name="VI_2", vrid=77, interval=0.2, version=3,
                                                                               addresses=["192.0.2.177/24"]))
    bus.call(DAEMON, "ReloadConfig")
    eventually(lambda: instance_object("eth0", 77)[0] in objects_of(bus), lambda: f"not among {objects_of(bus)}")


def test_what_a_reload_removes_is_told_as_keepalived_tells_it(lab, bus):
    bus.start().listen()
    lab.judged = False
    more = (instance("VI_2", vrid=52, addresses=["192.0.2.102/24"], lines=["notify_deleted"], **FAST) +
            instance("VI_3", vrid=53, addresses=["192.0.2.103/24"], **FAST))
    told = []
    for start in (lab.keepalived, lab.holdfast):
        here = len(bus.signals())
        daemon = start("A", served() + more, environment=bus.environment)
        for vrid in (51, 52, 53):
            bus.wait_for(instance_object("eth0", vrid)[0], "VrrpStatusChange", [2], len(told) + 1)
        daemon.reload(served())
        bus.wait_for(DAEMON[0], "VrrpReloaded", count=len(told) + 1)
        bus.wait_for(instance_object("eth0", 52)[0], "VrrpStatusChange", [97], len(told) + 1)
        bus.wait_for(instance_object("eth0", 53)[0], "VrrpStatusChange", [3], len(told) + 1)
        eventually(lambda: instance_object("eth0", 52)[0] not in objects_of(bus), lambda: f"still among {objects_of(bus)}")
        daemon.stop()
        bus.wait_for(DAEMON[0], "VrrpStopped", count=len(told) + 1)
        states = [(one.path, one.values) for one in bus.signals()[here:] if one.name == "VrrpStatusChange"]
        told.append({path: [values for one, values in states if one == path] for path, _ in states})
    assert told[0] == told[1]


def test_names_are_as_configured(lab, bus):
    bus.start()
    lab.holdfast("A", "instance left\n" + served("dbus_service_name net.example.Vrrp"), environment=bus.environment)
    bus.await_name("net.example.Vrrp")
    assert f"{ROOT}/left/Instance/eth0/51/IPv4" in bus.busctl("tree", "net.example.Vrrp")[1]


def test_a_bus_that_is_away_or_ends_changes_nothing(lab, bus):
    daemon = lab.holdfast("A", served(), environment=bus.environment)
    daemon.log.wait("HF2720 D-Bus is not answered")
    daemon.log.wait("BACKUP -> MASTER")
    for _ in range(2):
        bus.start()
        bus.await_name()
        eventually(lambda: "Master" in bus.busctl("get-property", NAME, *VI_1, "State", check=False)[1], lambda: "not served")
        bus.end()
    assert not [line for line in daemon.log.all() if "MASTER ->" in line]


def test_a_name_that_the_policy_refuses_is_told_with_the_remedy(lab):
    bus = Bus(owner="net.example.Other").start()
    try:
        daemon = lab.holdfast("A", served(), environment=bus.environment)
        daemon.log.wait("HF2721 the bus does not let us own org.keepalived.Vrrp1")
    finally:
        bus.remove()


def test_a_killed_monitor_is_replaced_and_repeats_no_signal(lab, bus):
    bus.start().listen()
    daemon = lab.holdfast("A", served(), environment=bus.environment)
    bus.wait_for(VI_1[0], "VrrpStatusChange", [2])
    owner = bus.signals()[-1].sender
    os.kill(child_named(daemon, "holdfast-mon"), signal.SIGKILL)
    eventually(lambda: "Master" in bus.busctl("get-property", NAME, *VI_1, "State", check=False)[1], lambda: "not served again")
    lab.net["A"].ip("link", "set", "eth0", "down")
    bus.wait_for(VI_1[0], "VrrpStatusChange", [3])
    states = [one for one in bus.signals() if one.name == "VrrpStatusChange"]
    assert [one.values[0] for one in states] == [1, 2, 3] and states[-1].sender != owner


def test_what_is_no_name_for_a_bus_is_told_and_the_rest_goes_on(lab, bus):
    bus.start()
    daemon = lab.holdfast("A", served("dbus_service_name nonsense"), environment=bus.environment)
    daemon.log.wait("HF2721 dbus_service_name nonsense is no name for the bus")
    daemon.log.wait("BACKUP -> MASTER")


# On a real system bus, with the policy and the user that are installed.
POLICY = r"""
cd /; ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up; ip addr add 192.0.2.1/24 dev eth0
mkdir -p /etc/systemd/system/holdfast.service.d
printf '[Unit]\nWants=\nAfter=\n' >/etc/systemd/system/holdfast.service.d/test.conf
systemctl daemon-reload
prefix=/usr; test -f $prefix/lib/sysusers.d/holdfast.conf || prefix=/usr/local
systemd-sysusers $prefix/lib/sysusers.d/holdfast.conf
test -f /usr/share/dbus-1/system.d/holdfast.conf || cp $prefix/share/dbus-1/system.d/holdfast.conf /etc/dbus-1/system.d/
busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig
exec 3< <(exec journalctl -f -n all -u holdfast -o cat)
systemctl start holdfast
while read -r -t 20 -u 3 line; do case $line in *HF2722*) served=1; break;; *HF2721*) break;; esac; done
test "${served:-0}" = 1
test "$(busctl status org.keepalived.Vrrp1 | sed -n 's/^UID=//p')" = "$(id -u holdfast)"
busctl get-property org.keepalived.Vrrp1 /org/keepalived/Vrrp1/Instance/eth0/51/IPv4 org.keepalived.Vrrp1.Instance Name
as_nobody() { setpriv --reuid=65534 --clear-groups "$@"; }
as_nobody busctl get-property org.keepalived.Vrrp1 /org/keepalived/Vrrp1/Instance/eth0/51/IPv4 org.keepalived.Vrrp1.Instance State
busctl call org.keepalived.Vrrp1 /org/keepalived/Vrrp1/Vrrp org.keepalived.Vrrp1.Vrrp PrintStats
if as_nobody busctl call org.keepalived.Vrrp1 /org/keepalived/Vrrp1/Vrrp org.keepalived.Vrrp1.Vrrp PrintStats; then exit 41; fi
if as_nobody busctl call org.keepalived.Vrrp1 /org/keepalived/Vrrp1/Vrrp org.keepalived.Vrrp1.Vrrp ReloadConfig; then exit 42; fi
systemctl stop holdfast
"""


def test_the_installed_policy_serves_everybody_and_obeys_root(tmp_path):
    reason = nspawn.available()
    if reason:
        pytest.skip(reason)
    status, said = nspawn.run(tmp_path, peers.build_folder(), served(), POLICY)
    assert status == 0, said[-3000:]
