"""SNMP through the host's agent: the same objects and notifications as keepalived's, from a process without rights that
may be killed, whose master agent may be away, stopped or restarted, and that changes nothing for the protocol.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import re
import signal
import time
from pathlib import Path

import pytest
from lines import eventually
from peers import child_named, command
from settings import block, instance
from snmp import KEEPALIVED, RFC2787, RFC6527, Snmpd

FAST = {"interval": 0.2, "version": 3}
INSTANCE_CHANGE = f"{KEEPALIVED}.2.10.0.2"
GROUP_CHANGE = f"{KEEPALIVED}.2.10.0.1"
STATE = f"{KEEPALIVED}.2.3.1.4"
NAME = f"{KEEPALIVED}.2.3.1.2"
INIT, BACKUP, MASTER, FAULT, SHUTDOWN, DELETED = 0, 1, 2, 3, 5, 6


@pytest.fixture
def snmpd(net):
    """Makes the SNMP agent of a node; not started yet."""
    made = []

    def make(node):
        made.append(Snmpd(net[node]))
        return made[-1]

    yield make
    for one in made:
        one.end()


def served(agent, *words):
    """global_defs that serve everything there."""
    return "\n".join(block("global_defs", "router_id node-x", f"snmp_socket unix:{agent.socket}", "enable_snmp_vrrp", "enable_snmp_rfc",
                           "enable_traps", *words)) + "\n"


def state_of(agent, number=1):
    return agent.get(f"{STATE}.{number}")


def wait_for_state(agent, state, number=1):
    eventually(lambda: state_of(agent, number) == f"INTEGER: {state}", lambda: f"state {state_of(agent, number)}, not {state}")


def changes(agent, name="VI_1", since=0):
    """States told of the instance, in order."""
    return [trap.number(STATE) for trap in agent.traps(since) if trap.oid == INSTANCE_CHANGE and trap.text(NAME) == name]


def wait_for_change(agent, state, name="VI_1", since=0):
    eventually(lambda: state in changes(agent, name, since), lambda: f"told of {name}: {changes(agent, name, since)}, not {state}")


# --- The same as keepalived 2.2.7, object by object

TWINS = """
    left:  A.eth0 192.0.2.1/24 --- P.eth0 192.0.2.2/24
    left1: A.eth1 198.51.100.1/24 --- P.eth1 198.51.100.2/24
    right:  B.eth0 192.0.2.1/24 --- Q.eth0 192.0.2.2/24
    right1: B.eth1 198.51.100.1/24 --- Q.eth1 198.51.100.2/24
"""


def one_of_each(agent, folder):
    """A configuration with a row in every table."""
    (folder / "number").write_text("3\n")
    return f"""
global_defs {{
    router_id node-x
    snmp_socket unix:{agent.socket}
    enable_snmp_vrrp
    enable_snmp_rfc
    enable_traps
    script_user root
    enable_script_security
    notification_email {{
        admin@example.net
        second@example.net
    }}
    notification_email_from keep@example.net
    smtp_server 192.0.2.9 2525
    smtp_connect_timeout 7
    smtp_alert off
}}
vrrp_script good {{
    script "/bin/true -x"
    interval 1
    timeout 2
    weight 5
    rise 2
    fall 3
}}
vrrp_script bad {{
    script /bin/false
    interval 1
    weight -10 reverse
}}
track_file number {{
    file {folder}/number
    weight 2
}}
vrrp_track_process agent {{
    process snmpd
    weight 3
    quorum 1
    quorum_max 70
}}
bfd_instance near {{
    neighbor_ip 192.0.2.9
    weight 7
}}
bfd_instance far {{
    neighbor_ip 192.0.2.10
    multihop
    weight 10 reverse
    vrrp
}}
bfd_instance servers {{
    neighbor_ip 192.0.2.11
    checker
}}
static_ipaddress {{
    198.51.100.7/32 dev eth1
}}
static_routes {{
    203.0.113.0/24 via 198.51.100.2 dev eth1
}}
static_rules {{
    from 203.0.113.0/25 table 77 preference 500
}}
vrrp_sync_group G1 {{
    group {{
        VI_1
        VI_6
    }}
    notify_master "/bin/true m"
    notify "/bin/true any"
    smtp_alert
    track_interface {{
        eth1 weight 4
    }}
    track_script {{
        good weight 1
    }}
    track_bfd {{
        near
        far weight 3
    }}
}}
vrrp_instance VI_1 {{
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 1
    garp_master_delay 3
    authentication {{
        auth_type PASS
        auth_pass 1234
    }}
    virtual_ipaddress {{
        192.0.2.100/24 label eth0:1
        192.0.2.101/32 dev eth1 scope link
    }}
    virtual_ipaddress_excluded {{
        198.51.100.200/24 dev eth1 brd +
        2001:db8::77/64
    }}
    virtual_routes {{
        198.18.0.0/24 via 192.0.2.2 dev eth0 metric 5 src 192.0.2.100
        blackhole 198.18.1.0/24
        198.18.2.0/24 nexthop via 192.0.2.2 dev eth0 weight 3 nexthop via 198.51.100.2 dev eth1 weight 1
        198.18.3.0/24 dev eth1 table 100 mtu 1400 tos 8 hoplimit 9 quickack 1 features ecn initcwnd 3 initrwnd 4 window 5 scope link
        2001:db8:9::/64 dev eth1 pref high expires 1000
    }}
    virtual_rules {{
        from 192.0.2.100/32 table 100 preference 600
        to 198.18.0.0/16 iif eth0 fwmark 7/255 blackhole preference 601
        not from 10.0.0.0/8 to 10.0.0.0/9 oif eth1 table main suppress_prefixlength 3 preference 700 tos 16 realms 3/4
        iif eth1 goto 700 preference 650
        from all uidrange 3-9 lookup 50 preference 651 suppress_ifgroup 5
    }}
    notify_backup "/bin/true b"
}}
vrrp_instance VI_6 {{
    state BACKUP
    interface eth0
    version 3
    virtual_router_id 52
    priority 120
    advert_int 0.5
    accept
    virtual_ipaddress {{
        fe80::52
        2001:db8::52/64
    }}
}}
vrrp_instance VI_3 {{
    interface eth1
    version 3
    virtual_router_id 53
    priority 90
    advert_int 0.3
    nopreempt
    unicast_peer {{
        198.51.100.2
    }}
    track_interface {{
        eth0 weight -3
    }}
    track_script {{
        bad
        good weight 4
    }}
    track_file {{
        number weight 1
    }}
    track_process {{
        agent
    }}
    track_bfd {{
        far
        servers
        near weight 5
    }}
    virtual_ipaddress {{
        198.51.100.53/24
    }}
    notify_fault /bin/true
    notify_stop /bin/true
    notify_master_rx_lower_pri /bin/true
    promote_secondaries
    smtp_alert
}}
vrrp_instance VI_4 {{
    interface eth1
    virtual_router_id 54
    priority 90
    preempt_delay 2
    virtual_ipaddress {{
        198.51.100.54/24
    }}
}}
"""


STRONGER = "\n".join([instance("VI_1", vrid=51, priority=250, addresses=("192.0.2.100/24", "192.0.2.101/32 dev eth1"),
                               lines=("authentication {", "    auth_type PASS", "    auth_pass 1234", "}")),
                      instance("VI_6", vrid=52, priority=250, addresses=("fe80::52", "2001:db8::52/64"), interval=0.5, version=3),
                      instance("VI_3", interface="eth1", vrid=53, priority=250, addresses=("198.51.100.53/24",), interval=0.3, version=3,
                               lines=block("unicast_peer", "198.51.100.1")),
                      instance("VI_4", interface="eth1", vrid=54, priority=250, addresses=("198.51.100.54/24",))])

K = re.escape(KEEPALIVED)
# What is not the same, and why: pattern of OIDs, reason. Those of SOME_HOSTS only where the host makes them.
DIFFERENCES = [
    (rf"{K}\.1\.1\.0", "version: another program"),
    (rf"{K}\.1\.12\.0|{K}\.2\.3\.1\.36\.\d+|{K}\.2\.9\.1\.1[0-2]\.\d+", "objects that keepalived has since 2.3, which 2.2.7 does not know"),
    (rf"{K}\.2\.4\.1\.\d\.3\.\d|{K}\.2\.14\.1\.\d\.1\.\d", "the MIB's index is ifIndex; 2.2.7 numbers the rows"),
    (rf"{K}\.2\.6\.1\.11\.[2-9]\.\d", "2.2.7 says notAdvertised of all instances but the first; they are advertised"),
    (rf"{K}\.2\.(5\.1\.3\.3\.2|12\.1\.3\.3\.1|17\.1\.3\.3\.2|19\.1\.3\.1\.2)", "weight used here: 2.2.7 gives that of the definition"),
    (rf"{re.escape(RFC2787)}\.(1\.3|2\.4)\.1\.\d+\.\d+\.54", "2.2.7 answers only the first row of these tables"),
    (rf"{re.escape(RFC2787)}\.1\.3\.1\.7\.\d+\.51", "the MASTER's address: 2.2.7 has that of the last advert heard, even when it is MASTER itself"),
    (rf"{K}\.2\.7\.1\.25\.1\.4", "2.2.7 answers 0 where a route has no advmss but other metrics"),
    (rf"{re.escape(RFC2787)}\.1\.3\.1\.13\.|{re.escape(RFC6527)}\.1\.1\.1\.1\.12\.", "times"),
]
SOME_HOSTS = [
    (rf"{K}\.2\.21\.1\.1[34]\.1|{K}\.2\.3\.1\.8\.3", "keepalived sees no process where the kernel does not tell of them"),
    (rf"{re.escape(RFC2787)}\.2\.4\.1\.2\.|{re.escape(RFC6527)}\.1\.2\.5\.1\.3\.", "adverts counted until the moment of the walk"),
    (rf"{re.escape(RFC6527)}\.1\.2\.5\.1\.8\.\d+\.52\.2", "farewells: Holdfast lets those of the group say one whose own link is still up"),
    (rf"{K}\.2\.7\.1\.14\.0\.1", "a static route stays in the kernel when its link loses its carrier; keepalived says unset"),
]


def without_hardware(rows):
    """MAC addresses, and link-local addresses made of them, are each host's own."""
    for oid in rows:
        if oid.startswith((f"{RFC2787}.1.3.1.2.", f"{RFC6527}.1.1.1.1.5.")):
            rows[oid] = "a MAC" if re.fullmatch(r"OCTETS: (\w\w ){5}\w\w", rows[oid]) else rows[oid]
        if re.match(r"OCTETS: fe 80 (00 ){6}(\w\w ){3}ff fe ", rows[oid]):
            rows[oid] = "a link-local address"
    return rows


def compare(theirs, ours):
    """Differences that are not in the list, and the reasons that were needed."""
    unexpected = []
    used = set()
    for oid in sorted(set(theirs) | set(ours)):
        if theirs.get(oid) == ours.get(oid):
            continue
        reason = next((reason for pattern, reason in DIFFERENCES + SOME_HOSTS if re.match(pattern, oid)), None)
        used.add(reason)
        if reason is None:
            unexpected.append(f"{oid}: keepalived {theirs.get(oid)}, Holdfast {ours.get(oid)}")
    return unexpected, used - {None}


@pytest.mark.parametrize("role", ["master", "backup", "fault"])
def test_a_walk_agrees_with_keepalived_object_by_object(request, tmp_path, snmpd_twins, role):
    lab, agents = snmpd_twins
    if role == "backup":
        for node in ("P", "Q"):
            peer = lab.keepalived(node, STRONGER)
            for name in ("VI_1", "VI_6", "VI_3", "VI_4"):
                peer.wait_state(name, "MASTER")
    lab.judged = False
    keepalived = lab.keepalived("A", one_of_each(agents["A"], tmp_path))
    holdfast = lab.holdfast("B", one_of_each(agents["B"], tmp_path))
    word = "BACKUP" if role == "backup" else "MASTER"
    for name in ("VI_1", "VI_6", "VI_3", "VI_4"):
        keepalived.wait_state(name, word)
        holdfast.wait_state(name, word)
    if role == "fault":
        for node in ("A", "B"):
            for interface in ("eth0", "eth1"):
                lab.net.cut(node, interface)
        for name in ("VI_1", "VI_6", "VI_3", "VI_4"):
            keepalived.wait_state(name, "FAULT")
            holdfast.wait_state(name, "FAULT")

    def look():
        # What scripts and trackers found settles within a second or two.
        return compare(*(without_hardware(agents[node].walk()) for node in ("A", "B")))

    eventually(lambda: not look()[0], lambda: "\n".join(look()[0]))
    ours = agents["B"].walk()
    assert len(ours) > 500
    if role == "master":
        assert look()[1] >= {reason for _, reason in DIFFERENCES}, "a reason is no longer needed"


@pytest.fixture
def snmpd_twins(request, tmp_path):
    """The lab of TWINS with an SNMP agent on each node that is compared."""
    import capture
    import netns
    from conftest import Lab
    with netns.Network(TWINS) as net:
        wire = capture.Capture(net, tmp_path / "wire.pcap")
        lab = Lab(net, wire, tmp_path)
        agents = {node: Snmpd(net[node]).start() for node in ("A", "B")}
        try:
            yield lab, agents
        finally:
            lab.end()
            for agent in agents.values():
                agent.end()
            wire.close()
            if not getattr(request.node, "outcome", None) or request.node.outcome.failed:
                print(lab.logs())


# --- Notifications

def test_each_state_change_is_told_once_with_what_keepalived_tells(lab, snmpd):
    agent = snmpd("A").start()
    group = "\n".join(block("vrrp_sync_group G1", *block("group", "VI_1")))
    a = lab.holdfast("A", served(agent) + group + "\n" + instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    wait_for_change(agent, MASTER)
    number = lab.net["A"].ip("-o", "link", "show", "eth0").split(":")[0]
    new_master = eventually(lambda: next((trap for trap in agent.traps() if trap.oid == f"{RFC6527}.0.1"), None), "no vrrpv3NewMaster")
    assert new_master.variables[f"{RFC6527}.1.1.1.1.3.{number}.51.1"] == "Hex-STRING: C0 00 02 01 "
    assert new_master.number(f"{RFC6527}.1.2.5.1.2.{number}.51.1") == 3
    told = next(trap for trap in agent.traps() if trap.oid == INSTANCE_CHANGE)
    assert list(told.variables) == [NAME, STATE, f"{KEEPALIVED}.2.3.1.5", f"{KEEPALIVED}.1.2.0"]
    assert told.text(f"{KEEPALIVED}.1.2.0") == "node-x" and told.number(f"{KEEPALIVED}.2.3.1.5") == BACKUP

    lab.net.cut("A", "eth0")
    wait_for_change(agent, FAULT)
    lab.net.mend("A", "eth0")
    eventually(lambda: changes(agent) == [BACKUP, MASTER, FAULT, BACKUP, MASTER], lambda: str(changes(agent)))
    of_group = [trap for trap in agent.traps() if trap.oid == GROUP_CHANGE]
    assert [trap.number(f"{KEEPALIVED}.2.1.1.3") for trap in of_group] == [BACKUP, MASTER, FAULT, BACKUP, MASTER]
    assert list(of_group[0].variables) == [f"{KEEPALIVED}.2.1.1.2", f"{KEEPALIVED}.2.1.1.3", f"{KEEPALIVED}.1.2.0"]
    assert a.stop() == 0
    wait_for_change(agent, SHUTDOWN)
    assert changes(agent) == [BACKUP, MASTER, FAULT, BACKUP, MASTER, SHUTDOWN]


@pytest.mark.parametrize("role", ["MASTER", "BACKUP", "FAULT"])
def test_what_a_reload_removes_is_told_as_keepalived_tells_it(snmpd_twins, role):
    lab, agents = snmpd_twins
    lab.judged = False
    numbers = (1, 2, 3, 4)

    def text(agent, *there):
        member = {number: instance(f"VI_{number}", vrid=50 + number, priority=150, addresses=(f"192.0.2.{50 + number}/24",),
                                   lines=("notify_deleted",) if number in (2, 4) else ("state MASTER",), **FAST) for number in there}
        groups = "\n".join(block("vrrp_sync_group G1", *block("group", "VI_3", "VI_4"))) + "\n" if 4 in there else ""
        return served(agent) + groups + "".join(member.values()) + instance("VI_9", vrid=59, addresses=("192.0.2.59/24",), **FAST)

    if role == "BACKUP":
        for node in ("P", "Q"):
            stronger = lab.keepalived(node, "".join(instance(f"VI_{number}", vrid=50 + number, priority=250, **FAST,
                                                             addresses=(f"192.0.2.{50 + number}/24",)) for number in numbers))
            for number in numbers:
                stronger.wait_state(f"VI_{number}", "MASTER")
    state = {"MASTER": MASTER, "BACKUP": BACKUP, "FAULT": FAULT}[role]
    daemons = {"A": lab.keepalived("A", text(agents["A"], *numbers)), "B": lab.holdfast("B", text(agents["B"], *numbers))}
    told = {}
    for node, daemon in daemons.items():
        if role == "FAULT":
            wait_for_change(agents[node], MASTER, "VI_4")
            lab.net.cut(node, "eth0")
        for number in numbers:
            wait_for_change(agents[node], state, f"VI_{number}")
        wait_for_change(agents[node], FAULT if role == "FAULT" else MASTER, "VI_9")
        here = agents[node].here()
        daemon.reload(text(agents[node]))
        wait_for_change(agents[node], DELETED, "VI_4", here)
        # Whatever comes of the reload has come when the next change has.
        lab.net.cut(node, "eth0") if role != "FAULT" else lab.net.mend(node, "eth0")
        wait_for_change(agents[node], MASTER if role == "FAULT" else FAULT, "VI_9", here)
        told[node] = sorted((trap.text(NAME), trap.number(STATE), trap.number(f"{KEEPALIVED}.2.3.1.5"), trap.text(f"{KEEPALIVED}.1.2.0"))
                            for trap in agents[node].traps(here) if trap.oid == INSTANCE_CHANGE and trap.text(NAME) != "VI_9")
        assert not [trap for trap in agents[node].traps(here) if trap.oid == GROUP_CHANGE]
    assert told["A"] == told["B"]
    faults = [] if role == "FAULT" else [("VI_1", FAULT, MASTER, "node-x"), ("VI_3", FAULT, MASTER, "node-x")]
    assert told["B"] == sorted([*faults, ("VI_2", DELETED, BACKUP, "node-x"), ("VI_4", DELETED, BACKUP, "node-x")])
    # A later reload repeats nothing.
    here = agents["B"].here()
    daemons["B"].reload(text(agents["B"]) + instance("VI_8", vrid=58, addresses=("192.0.2.58/24",), **FAST))
    wait_for_change(agents["B"], MASTER if role == "FAULT" else FAULT, "VI_8", here)
    assert not [trap for trap in agents["B"].traps(here) if trap.oid == INSTANCE_CHANGE and trap.text(NAME) != "VI_8"]


def test_version_2_tells_of_new_masters_and_wrong_passwords_in_the_words_of_rfc_2787(lab, snmpd):
    agent = snmpd("A").start()
    lab.judged = False
    a = lab.holdfast("A", served(agent) + instance(priority=200, lines=("authentication {", "    auth_type PASS", "    auth_pass 1111", "}")))
    a.wait_state("VI_1", "MASTER")
    number = lab.net["A"].ip("-o", "link", "show", "eth0").split(":")[0]
    new = eventually(lambda: next((trap for trap in agent.traps() if trap.oid == f"{RFC2787}.0.1"), None), "no vrrpTrapNewMaster")
    assert new.variables == {f"{RFC2787}.1.3.1.7.{number}.51": "IpAddress: 192.0.2.1"}
    lab.holdfast("B", instance(priority=100, lines=("authentication {", "    auth_type PASS", "    auth_pass 2222", "}")))
    wrong = eventually(lambda: next((trap for trap in agent.traps() if trap.oid == f"{RFC2787}.0.2"), None), "no vrrpTrapAuthFailure")
    assert wrong.variables == {f"{RFC2787}.1.5.{number}.51": "IpAddress: 192.0.2.2", f"{RFC2787}.1.6.{number}.51": "INTEGER: 3"}
    eventually(lambda: agent.get(f"{RFC2787}.2.4.1.4.{number}.51") not in (None, "Counter32: 0"), "wrong passwords are not counted")


def test_a_reload_repeats_no_notification_and_serves_the_new_configuration(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", served(agent) + instance(priority=150, **FAST))
    wait_for_change(agent, MASTER)
    process = child_named(a, "holdfast-snmp")
    assert a.reload(served(agent) + instance(priority=151, **FAST))
    assert agent.get(NAME + ".1") and child_named(a, "holdfast-snmp") == process  # nothing is missing meanwhile
    eventually(lambda: agent.get(f"{KEEPALIVED}.2.3.1.7.1") == "INTEGER: 151", "the new priority is not served")
    assert changes(agent) == [BACKUP, MASTER]
    lab.net.cut("A", "eth0")
    wait_for_change(agent, FAULT)
    assert changes(agent) == [BACKUP, MASTER, FAULT]


def test_an_upgrade_repeats_no_notification(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", served(agent) + instance(priority=150, **FAST))
    wait_for_change(agent, MASTER)
    before = child_named(a, "holdfast-snmp")
    assert command("holdfast", "upgrade", "--runtime-dir", str(a.runtime)).returncode == 0
    eventually(lambda: child_named(a, "holdfast-snmp") not in (None, before), "no new process")
    wait_for_state(agent, MASTER)
    lab.net.cut("A", "eth0")
    wait_for_change(agent, FAULT)
    assert changes(agent) == [BACKUP, MASTER, FAULT]


# --- What may fail without the protocol's notice

def test_a_master_agent_that_comes_later_gets_everything_then(lab, snmpd):
    agent = snmpd("A")
    a = lab.holdfast("A", served(agent) + instance(priority=150, **FAST))
    a.log.wait("HF2702")
    a.wait_state("VI_1", "MASTER")
    agent.start()
    wait_for_state(agent, MASTER)
    eventually(lambda: changes(agent) == [BACKUP, MASTER], lambda: str(changes(agent)))


def test_a_restarted_master_agent_is_served_again(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", served(agent) + instance(priority=150, **FAST))
    wait_for_state(agent, MASTER)
    pid = child_named(a, "holdfast-snmp")
    agent.stop()
    a.log.wait("HF2702")
    agent.start()
    wait_for_state(agent, MASTER)
    assert child_named(a, "holdfast-snmp") == pid and a.changes("VI_1") == ["BACKUP", "MASTER"]


def test_a_stopped_master_agent_delays_no_takeover(lab, snmpd):
    agent = snmpd("B").start()
    a = lab.holdfast("A", instance(priority=150, **FAST))
    b = lab.holdfast("B", served(agent) + instance(priority=100, **FAST))
    a.wait_state("VI_1", "MASTER")
    wait_for_state(agent, BACKUP)
    agent.freeze()
    time.sleep(1)  # so long nobody answers; whether that is noticed meanwhile makes no difference
    a.kill_all()
    b.wait_state("VI_1", "MASTER")  # the agent is stopped still
    assert b.reload(served(agent) + instance(priority=101, **FAST))  # nobody waits for it
    agent.thaw()
    wait_for_state(agent, MASTER)
    wait_for_change(agent, MASTER)
    eventually(lambda: agent.get(f"{KEEPALIVED}.2.3.1.7.1") == "INTEGER: 101", "the new priority is not served")
    assert b.changes("VI_1")[-1] == "MASTER"


def test_a_killed_process_is_replaced_and_repeats_nothing(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", served(agent) + instance(priority=150, **FAST))
    wait_for_change(agent, MASTER)
    wait_for_state(agent, MASTER)
    before = child_named(a, "holdfast-snmp")
    here = a.log.here()
    os.kill(before, signal.SIGKILL)
    a.log.wait("HF2700", here)
    eventually(lambda: child_named(a, "holdfast-snmp") not in (None, before), "no new process")
    wait_for_state(agent, MASTER)
    assert not a.changes("VI_1", here) and changes(agent) == [BACKUP, MASTER]
    lab.net.cut("A", "eth0")
    wait_for_change(agent, FAULT)
    assert changes(agent) == [BACKUP, MASTER, FAULT]


def test_what_happens_while_no_process_runs_is_told_by_the_next_one(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", served(agent) + instance(priority=150, **FAST))
    wait_for_change(agent, MASTER)
    os.kill(child_named(a, "holdfast-snmp"), signal.SIGSTOP)
    here = a.log.here()
    lab.net.cut("A", "eth0")
    a.wait_state("VI_1", "FAULT", here)
    os.kill(child_named(a, "holdfast-snmp"), signal.SIGKILL)
    wait_for_change(agent, FAULT)
    assert changes(agent) == [BACKUP, MASTER, FAULT]


# --- Rights, switches

def test_the_process_has_no_rights_and_the_agent_s_socket_is_root_s(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", served(agent) + instance(**FAST))
    wait_for_state(agent, MASTER)
    status = dict(line.split(":", 1) for line in Path(f"/proc/{child_named(a, 'holdfast-snmp')}/status").read_text().splitlines())
    assert {status[name].strip() for name in ("CapEff", "CapPrm", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    assert "0" not in status["Uid"].split()
    assert (agent.folder.stat().st_mode & 0o077) == 0 and agent.folder.stat().st_uid == 0


def test_no_process_runs_unless_it_is_asked_for_and_a_reload_may_ask(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    assert child_named(a, "holdfast-snmp") is None
    assert a.reload(served(agent) + instance(**FAST))
    wait_for_state(agent, MASTER)
    assert a.reload(instance(**FAST))
    eventually(lambda: child_named(a, "holdfast-snmp") is None, "it still runs")
    eventually(lambda: not agent.walk(KEEPALIVED), "it still answers")


def test_the_command_line_serves_everything_and_names_the_agent(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", instance(**FAST), options=["-x", "-A", f"unix:{agent.socket}"])
    a.wait_state("VI_1", "MASTER")
    wait_for_state(agent, MASTER)
    rows = agent.walk()
    assert all(any(oid.startswith(root) for oid in rows) for root in (KEEPALIVED, RFC2787, RFC6527))
    assert rows[f"{KEEPALIVED}.1.4.0"] == "INTEGER: 2" and not agent.traps()
    assert not a.log.find("no effect")


@pytest.mark.parametrize("keyword, roots", [("enable_snmp_vrrp", {KEEPALIVED}), ("enable_snmp_rfcv2", {RFC2787}),
                                            ("enable_snmp_rfcv3", {RFC6527})])
def test_each_switch_serves_its_own_part(lab, snmpd, keyword, roots):
    agent = snmpd("A").start()
    text = "\n".join(block("global_defs", f"snmp_socket {agent.socket}", keyword)) + "\n"
    a = lab.holdfast("A", text + instance(**FAST))
    a.log.wait("HF2703")
    eventually(lambda: agent.walk(*roots), "nothing is served")
    served_roots = {root for root in (KEEPALIVED, RFC2787, RFC6527) if agent.walk(root)}
    assert served_roots == roots


# --- Setting

BASE_PRIORITY, PREEMPT, ACCEPT = (f"{KEEPALIVED}.2.3.1.{column}.1" for column in (7, 13, 27))


def set_values(agent, *words):
    """What snmpset says of an error; empty: done."""
    done = agent.ask("snmpset", *words, community="private")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_base_priority_is_set_at_once_and_until_the_file_is_read_again(lab, snmpd):
    agent = snmpd("A").start()
    text = served(agent) + instance(priority=100, **FAST)
    b = lab.keepalived("B", instance(priority=150, **FAST))
    b.wait_state("VI_1", "MASTER")
    a = lab.holdfast("A", text)
    wait_for_state(agent, BACKUP)
    process = child_named(a, "holdfast-snmp")
    assert set_values(agent, BASE_PRIORITY, "i", "200") == ""
    assert agent.get(BASE_PRIORITY) == "INTEGER: 200"
    a.log.wait("HF2704 set by SNMP, until the configuration is read again: priority of VI_1 is 200, it was 100")
    a.wait_state("VI_1", "MASTER")
    assert a.log.find("VI_1: effective priority 100 -> 200: judged anew by the process that took over")
    # It is part of what runs: a crash does not lose it, and everybody shows it.
    here = a.log.here()
    os.kill(child_named(a, "holdfast-vrrp"), signal.SIGKILL)
    a.log.wait("processes restarted", here)
    assert "priority 200" in command("holdfast", "config", "--runtime-dir", str(a.runtime)).stdout
    assert agent.get(BASE_PRIORITY) == "INTEGER: 200" and child_named(a, "holdfast-snmp") == process
    assert set_values(agent, BASE_PRIORITY, "i", "50") == ""
    b.wait_state("VI_1", "MASTER", b.log.here())
    a.wait_state("VI_1", "BACKUP", here)
    assert a.reload(text)
    eventually(lambda: agent.get(BASE_PRIORITY) == "INTEGER: 100", "the file's priority is not served")
    assert a.changes("VI_1") == ["BACKUP", "MASTER", "BACKUP"]


def test_preemption_is_set(lab, snmpd):
    agent = snmpd("A").start()
    b = lab.keepalived("B", instance(priority=100, **FAST))
    b.wait_state("VI_1", "MASTER")
    a = lab.holdfast("A", served(agent) + instance(lines=("nopreempt",), priority=150, **FAST))
    wait_for_state(agent, BACKUP)
    assert agent.get(PREEMPT) == "INTEGER: 2"
    assert set_values(agent, PREEMPT, "i", "1") == ""
    assert agent.get(PREEMPT) == "INTEGER: 1"
    a.wait_state("VI_1", "MASTER")


def test_what_cannot_be_set_is_refused_with_the_reason_that_the_protocol_has(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", served(agent) + instance(state="MASTER", priority=100, **FAST))
    wait_for_state(agent, MASTER)
    other = f"{KEEPALIVED}.2.3.1.7.2"
    for words, reason in (((BASE_PRIORITY, "i", "0"), "wrongValue"), ((BASE_PRIORITY, "i", "256"), "wrongValue"),
                          ((BASE_PRIORITY, "s", "200"), "wrongType"), ((other, "i", "200"), "noCreation"),
                          ((f"{NAME}.1", "s", "VI_2"), "notWritable"), ((PREEMPT, "i", "3"), "wrongValue"),
                          ((f"{KEEPALIVED}.1.2.0", "s", "x"), "notWritable"),
                          ((f"{RFC6527}.1.1.1.1.7.2.51.1", "u", "7"), "notWritable"),
                          ((PREEMPT, "i", "2"), "inconsistentValue"), ((ACCEPT, "i", "2"), "inconsistentValue")):
        said = set_values(agent, *words)
        assert reason in said, f"{words}: {said}"
    # One that cannot be keeps the others from being.
    assert "wrongValue" in set_values(agent, BASE_PRIORITY, "i", "120", PREEMPT, "i", "7")
    assert set_values(agent, ACCEPT, "i", "1") == ""  # is so already
    assert agent.get(BASE_PRIORITY) == "INTEGER: 100" and not a.log.find("HF2704")
    assert a.changes("VI_1") == ["BACKUP", "MASTER"]


def test_what_does_not_go_together_is_refused_whole(lab, snmpd):
    agent = snmpd("A").start()
    a = lab.holdfast("A", served(agent) + instance(lines=("nopreempt",), priority=100, **FAST))
    wait_for_state(agent, MASTER)
    # Each is possible by itself; an owner of the addresses always preempts.
    said = set_values(agent, BASE_PRIORITY, "i", "255", PREEMPT, "i", "2")
    assert "inconsistentValue" in said, said
    assert agent.get(BASE_PRIORITY) == "INTEGER: 100" and agent.get(PREEMPT) == "INTEGER: 2"
    assert not a.log.find("HF2704")


def test_many_values_are_set_in_one_step(lab, snmpd):
    agent = snmpd("A").start()
    count = 30
    text = "".join(instance(f"VI_{number}", vrid=number, priority=100, addresses=(f"192.0.2.{number + 100}/24",), **FAST)
                   for number in range(1, count + 1))
    a = lab.holdfast("A", served(agent) + text)
    for number in range(1, count + 1):
        wait_for_state(agent, MASTER, number)
    here = a.log.here()
    words = [word for number in range(1, count + 1) for word in (f"{KEEPALIVED}.2.3.1.7.{number}", "i", "50")]
    assert set_values(agent, *words) == ""
    assert {agent.get(f"{KEEPALIVED}.2.3.1.7.{number}") for number in range(1, count + 1)} == {"INTEGER: 50"}
    assert len(a.log.find("HF2704", here)) == 1 and not a.changes("VI_1", here)


def test_keepalived_takes_and_refuses_the_same_values(snmpd_twins):
    lab, agents = snmpd_twins
    lab.judged = False
    text = {node: served(agents[node]) + instance(priority=100, **FAST) for node in ("A", "B")}
    keepalived = lab.keepalived("A", text["A"])
    holdfast = lab.holdfast("B", text["B"])
    keepalived.wait_state("VI_1", "MASTER")
    holdfast.wait_state("VI_1", "MASTER")
    for node in ("A", "B"):
        wait_for_state(agents[node], MASTER)
    # Not vrrpInstanceAccept 1, which is so already: 2.2.7 has noAccess for that, later ones take it.
    for column, kind, value in ((7, "i", "77"), (7, "i", "0"), (7, "s", "9"), (13, "i", "2"), (13, "i", "3"), (13, "i", "1"),
                                (27, "i", "3"), (2, "s", "x"), (8, "i", "5"), (28, "i", "2")):
        oid = f"{KEEPALIVED}.2.3.1.{column}.1"
        theirs, ours = (set_values(agents[node], oid, kind, value) for node in ("A", "B"))
        assert bool(theirs) == bool(ours), f"{oid} {value}: keepalived {theirs}, Holdfast {ours}"
        assert agents["A"].get(oid) == agents["B"].get(oid), f"{oid} after {value}"


def test_many_instances_are_walked_while_adverts_go_on(lab, snmpd):
    agent = snmpd("A").start()
    count = 250
    text = "".join(instance(f"VI_{number}", vrid=number, priority=255, addresses=(f"192.0.2.{number}/24",), version=3, interval=1)
                   for number in range(3, count + 3))
    a = lab.holdfast("A", served(agent) + text)
    a.wait_state(f"VI_{count + 2}", "MASTER")
    wait_for_state(agent, MASTER, count)
    here = a.log.here()
    rows = agent.walk(f"{KEEPALIVED}.2.3")
    assert sum(oid.startswith(f"{STATE}.") for oid in rows) == count
    assert not a.log.find(r"-> (BACKUP|FAULT|INIT)", here)
