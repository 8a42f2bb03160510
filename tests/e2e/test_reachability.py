"""Hosts that should answer on the wire decide who is active.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    up: A.eth1 198.51.100.1/24 --- B.eth1 198.51.100.2/24 --- G.eth0 198.51.100.251/24 198.51.100.252/24 198.51.100.254/24 fe80::fe/64
"""

import os
import signal
import socket
import struct
import threading

import netns
import pytest
from settings import block, instance

FAST = {"interval": 0.2, "version": 3}
GATEWAY = "198.51.100.254"


def tracking(*entries, also=(), **more):
    return instance(lines=(*block("track_reachability", *entries, "interval 0.1", "fall 2", *also),), **{**FAST, **more})


def unplug(net, node, interface="eth1"):
    """The cable leads nowhere, and the carrier stays."""
    netns.run("ip", "-n", net.switch, "link", "set", net[node].interfaces[interface][1], "nomaster")


def plug(net, node, interface="eth1"):
    network, port, _ = net[node].interfaces[interface]
    netns.run("ip", "-n", net.switch, "link", "set", port, "master", net.networks[network])


@pytest.mark.parametrize("reference, addressless", [(GATEWAY, False), (GATEWAY, True), ("fe80::fe", False), ("fe80::fe", True)])
def test_the_address_moves_when_the_wire_is_dead_and_comes_back(lab, reference, addressless):
    if addressless:  # then it asks from nowhere
        lab.net["A"].ip("addr", "flush", "dev", "eth1")
    b = lab.holdfast("B", tracking(f"{reference} dev eth1", priority=150))
    a = lab.holdfast("A", tracking(f"{reference} dev eth1", priority=200))
    a.wait_state("VI_1", "MASTER")
    a.log.wait(f"HF2411 reference {reference} on eth1: 1 of 1 answer")
    for end, mend in ((unplug, plug), (type(lab.net).cut, type(lab.net).mend)):
        here = a.log.here()
        end(lab.net, "A", "eth1")
        assert a.wait_state("VI_1", "FAULT", here).group("cause") == f"reference {reference} on eth1 does not answer"
        a.log.wait(rf"HF2410 reference {reference} on eth1: 0 of 1 answer, silent: {reference}", here)
        b.wait_state("VI_1", "MASTER")
        lab.net["B"].wait_for_address("192.0.2.100")
        mend(lab.net, "A", "eth1")
        assert a.wait_state("VI_1", "BACKUP", here).group("cause") == f"reference {reference} on eth1 answers"
        a.wait_state("VI_1", "MASTER", here)
        lab.net["A"].wait_for_address("192.0.2.100")
    assert "FAULT" not in b.changes("VI_1")


def test_a_quorum_of_references_decides(lab):
    names = "198.51.100.251, 198.51.100.252, 198.51.100.254 on eth1"
    a = lab.holdfast("A", tracking("198.51.100.251 dev eth1", "198.51.100.252 dev eth1", f"{GATEWAY} dev eth1", "quorum 2"))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    for host in ("198.51.100.252", GATEWAY):
        lab.net["G"].ip("addr", "del", f"{host}/24", "dev", "eth0")
    assert a.wait_state("VI_1", "FAULT", here).group("cause") == f"references {names} (quorum 2): 1 of 3 answer"
    a.log.wait(f"silent: 198.51.100.252, {GATEWAY}", here)
    lab.net["G"].ip("addr", "add", f"{GATEWAY}/24", "dev", "eth0")
    assert a.wait_state("VI_1", "BACKUP", here).group("cause") == f"references {names} (quorum 2) answer"
    a.wait_state("VI_1", "MASTER", here)


def test_a_weight_moves_the_priority(lab):
    a = lab.holdfast("A", tracking(f"{GATEWAY} dev eth1", "weight -60"))
    a.wait_state("VI_1", "MASTER")
    lab.wire.wait_adverts("A", 51, count=1, since=lab.wire.here(), priority=100)
    unplug(lab.net, "A")
    lab.wire.wait_adverts("A", 51, count=1, since=lab.wire.here(), priority=40)
    plug(lab.net, "A")
    lab.wire.wait_adverts("A", 51, count=1, since=lab.wire.here(), priority=100)


def test_a_verdict_survives_reload_and_crash_without_a_transition(lab):
    entries = tracking(f"{GATEWAY} dev eth1") + instance(
        name="VI_2", vrid=52, addresses=("192.0.2.120/24",), lines=block("track_reachability", "198.51.100.99 dev eth1", "interval 0.1"), **FAST)
    a = lab.holdfast("A", entries)
    a.wait_state("VI_1", "MASTER")
    a.wait_state("VI_2", "FAULT")
    for again in (a.reload, lambda: os.kill(a.child("vrrp"), signal.SIGKILL)):
        here = a.log.here()
        again()
        a.log.wait("instances go on where the process before stopped", here)
        # Several rounds later still nothing has been said.
        sent = lab.wire.here()
        lab.wire.wait_adverts("A", 51, count=4, since=sent)
        said = "\n".join(a.log.all()[here:])
        assert "->" not in said and "HF241" not in said, said
    here = a.log.here()
    unplug(lab.net, "A")
    a.wait_state("VI_1", "FAULT", here)


class Impostor:
    """Answers ARP requests for the gateway as it is told, from G."""

    def __init__(self, node):
        self.claims = None  # the sender address of its replies
        self.asked = threading.Event()
        self._socket = netns.inside(node.namespace, self._open)
        self._mac = self._socket.getsockname()[4]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def _open():
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
        made.bind(("eth0", 0x0806))
        return made

    def _run(self):
        while True:
            try:
                frame = self._socket.recv(2048)
            except OSError:
                return
            if frame[20:22] != b"\0\1" or frame[38:42] != socket.inet_aton(GATEWAY) or not self.claims:
                continue
            self._socket.send(frame[6:12] + self._mac + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, 2) + self._mac +
                              socket.inet_aton(self.claims) + frame[22:32])
            self.asked.set()

    def close(self):
        self._socket.close()


def test_an_answer_for_another_address_is_none(lab):
    lab.net["G"].ip("addr", "del", f"{GATEWAY}/24", "dev", "eth0")
    impostor = Impostor(lab.net["G"])
    try:
        impostor.claims = "198.51.100.253"
        a = lab.holdfast("A", tracking(f"{GATEWAY} dev eth1"))
        a.log.wait("HF2410")
        here = a.log.here()
        impostor.asked.clear()
        assert impostor.asked.wait(20)
        lab.holdfast("B", instance(priority=150, **FAST)).wait_state("VI_1", "MASTER")
        assert "HF2411" not in "\n".join(a.log.all())
        impostor.claims = GATEWAY
        a.log.wait("HF2411", here)
        a.wait_state("VI_1", "BACKUP", here)
    finally:
        impostor.close()


def test_a_group_gives_up_together(lab):
    second = instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST)
    group = "\n".join(("vrrp_sync_group VG {", *block("group", "VI_1", "VI_2"),
                       *block("track_reachability", f"{GATEWAY} dev eth1", "interval 0.1"), "}", ""))
    a = lab.holdfast("A", group + instance(**FAST) + second)
    a.wait_state("VI_1", "MASTER")
    a.wait_state("VI_2", "MASTER")
    here = a.log.here()
    unplug(lab.net, "A")
    for name in ("VI_1", "VI_2"):
        assert f"reference {GATEWAY} on eth1 does not answer" in a.wait_state(name, "FAULT", here).group("cause")
    plug(lab.net, "A")
    a.wait_state("VI_1", "MASTER", here)
    a.wait_state("VI_2", "MASTER", here)


def test_a_check_of_type_arp_is_tracked_as_any_check(lab):
    check = "\n".join(("vrrp_check gw {", f"    check arp {GATEWAY} dev eth1", "    interval 0.2", "    timeout 0.1", "    fall 2", "}", ""))
    a = lab.holdfast("A", check + instance(lines=block("track_check", "gw"), **FAST))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    unplug(lab.net, "A")
    assert a.wait_state("VI_1", "FAULT", here).group("cause") == "check gw does not answer"
    plug(lab.net, "A")
    a.wait_state("VI_1", "MASTER", here)
    assert "HF24" not in "\n".join(line for line in a.log.all() if "holdfast-check" in line)


def test_an_interface_that_is_made_again_is_asked_on_again(lab):
    a = lab.holdfast("A", tracking(f"{GATEWAY} dev eth1"))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    lab.net["A"].ip("link", "del", "eth1")
    a.wait_state("VI_1", "FAULT", here)
    a.log.wait(rf"silent: {GATEWAY} \(eth1 does not exist\)", here)
    lab.net.attach("A", "eth1", "up")
    a.wait_state("VI_1", "MASTER", here)
