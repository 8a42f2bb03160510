"""SIGHUP changes what the file changed and nothing else.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import signal

from peers import command
from settings import SCHEDULING_S, block, instance

INTERVAL = 0.2
FAST = {"interval": INTERVAL, "version": 3, "priority": 200}


def master(lab, text):
    a = lab.holdfast("A", text)
    a.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for_address("192.0.2.100")
    return a


def gap_across_reload(lab, a, text=None, taken=True):
    start = lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())[-1].time
    assert a.reload(text) is taken
    end = lab.wire.wait_adverts("A", 51, count=5, since=lab.wire.here())[-1].time
    return lab.wire.longest_gap("A", 51, start, end)


def test_an_unchanged_file_changes_nothing(lab):
    a = master(lab, instance(**FAST))
    here, news = a.log.here(), lab.net["A"].news.here()
    for _ in range(3):
        assert gap_across_reload(lab, a) < INTERVAL + SCHEDULING_S
    assert a.changes("VI_1", here) == []
    assert not lab.net["A"].news.find(r"192\.0\.2\.100", news)
    assert not lab.wire.adverts_of("A", 51, priority=0)


def test_a_backup_stays_backup_and_does_not_start_its_timer_anew(lab):
    b = lab.holdfast("B", instance(**FAST))
    b.wait_state("VI_1", "MASTER")
    a = lab.holdfast("A", instance(interval=INTERVAL, version=3, priority=100))
    a.wait_state("VI_1", "BACKUP")
    here = a.log.here()
    assert a.reload()
    lab.wire.wait_adverts("B", 51, count=8, since=lab.wire.here())
    assert a.changes("VI_1", here) == []
    b.kill_all()
    a.wait_state("VI_1", "MASTER", here)


def test_an_added_address_appears_and_a_dropped_one_goes(lab):
    a = master(lab, instance(addresses=("192.0.2.100/24", "192.0.2.101/24"), **FAST))
    lab.net["A"].wait_for_address("192.0.2.101")
    news = lab.net["A"].news.here()
    here = a.log.here()
    since = lab.wire.here()
    gap = gap_across_reload(lab, a, instance(addresses=("192.0.2.100/24", "192.0.2.102/24"), **FAST))
    assert gap < INTERVAL + SCHEDULING_S
    lab.net["A"].wait_for_address("192.0.2.102")
    lab.net["A"].wait_for_no_address("192.0.2.101")
    lab.wire.wait_announcements("A", "192.0.2.102", count=5, since=since)
    assert lab.wire.wait_adverts("A", 51, since=lab.wire.here())[0].addresses == ("192.0.2.100", "192.0.2.102")
    # The first address is never taken away and given again: monitors read that as a failover.
    assert not lab.net["A"].news.find(r"192\.0\.2\.100/", news)
    assert a.changes("VI_1", here) == []


def test_a_new_priority_and_a_new_name_keep_the_state(lab):
    a = master(lab, instance(**FAST))
    since = lab.wire.here()
    assert a.reload(instance(name="WEB", interval=INTERVAL, version=3, priority=180))
    lab.wire.wait_adverts("A", 51, count=3, since=since, priority=180)
    assert not lab.wire.adverts_of("A", 51, since=since, priority=0)
    assert lab.net["A"].has("192.0.2.100")


def test_a_removed_instance_resigns_and_leaves_no_address(lab):
    second = instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST)
    a = master(lab, instance(**FAST) + second)
    lab.net["A"].wait_for_address("192.0.2.120")
    since = lab.wire.here()
    assert a.reload(instance(**FAST))
    lab.wire.wait_adverts("A", 52, since=since, priority=0)
    lab.net["A"].wait_for_no_address("192.0.2.120")
    assert not lab.wire.adverts_of("A", 51, since=since, priority=0)


def test_a_new_instance_starts_beside_the_old_one(lab):
    a = master(lab, instance(**FAST))
    here = a.log.here()
    second = instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST)
    assert a.reload(instance(**FAST) + second)
    a.wait_state("VI_2", "MASTER", here)
    lab.net["A"].wait_for_address("192.0.2.120")
    assert a.changes("VI_1", here) == []


def test_a_file_that_would_stop_a_start_changes_nothing_and_says_so(lab):
    a = master(lab, instance(**FAST))
    here = a.log.here()
    broken = instance(interface="nonesuch0", **FAST)
    assert gap_across_reload(lab, a, broken, taken=False) < INTERVAL + SCHEDULING_S
    a.log.wait("nonesuch0", here)
    a.log.wait("nothing has changed", here)
    assert a.changes("VI_1", here) == []
    assert lab.net["A"].has("192.0.2.100")
    assert a.reload(instance(addresses=("192.0.2.100/24", "192.0.2.103/24"), **FAST))
    lab.net["A"].wait_for_address("192.0.2.103")


def test_who_asks_for_a_reload_hears_what_is_wrong_with_the_file(lab):
    a = master(lab, instance(**FAST))

    def reload(text):
        a.file.write_text(text)
        return command("holdfast", "reload", "--runtime-dir", str(a.runtime))

    done = reload(instance(lines=("prioritty 7",), **FAST))
    assert done.returncode == 0 and done.stdout == ("reload complete, with 1 finding in the configuration; `holdfast check "
                                                    f"{a.file}` shows each\n")
    done = reload(instance(interface="nonesuch0", **FAST))
    assert done.returncode == 1 and f"{a.file}:1:1: error: instance VI_1: there is no usable interface" in done.stderr, done


def test_a_missing_file_changes_nothing_and_says_so(lab):
    a = master(lab, instance(**FAST))
    a.file.unlink()
    assert gap_across_reload(lab, a, taken=False) < INTERVAL + SCHEDULING_S
    assert a.changes("VI_1") == ["BACKUP", "MASTER"]


def test_a_burst_of_reloads_loses_no_advert(lab):
    a = master(lab, instance(**FAST))
    here = a.log.here()
    start = lab.wire.wait_adverts("A", 51, since=lab.wire.here())[0].time
    for _ in range(20):
        a.signal(signal.SIGHUP)
    a.log.wait("reload complete", here)
    end = lab.wire.wait_adverts("A", 51, count=15, since=start)[-1].time
    assert lab.wire.longest_gap("A", 51, start, end) < INTERVAL + SCHEDULING_S
    assert a.changes("VI_1", here) == []


def test_a_reload_keeps_a_whole_group_in_place(lab):
    group = "\n".join(("vrrp_sync_group VG {", *block("group", "VI_1", "VI_2"), "}", ""))
    text = group + instance(**FAST) + instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST)
    a = master(lab, text)
    a.wait_state("VI_2", "MASTER")
    here = a.log.here()
    assert gap_across_reload(lab, a) < INTERVAL + SCHEDULING_S
    assert a.changes("VI_1", here) == [] and a.changes("VI_2", here) == []


def test_the_death_of_the_vrrp_process_is_no_failover(lab):
    """Its successor goes on where it stopped.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    a = master(lab, instance(interval=1, version=3, priority=200))
    b = lab.holdfast("B", instance(interval=1, version=3, priority=100))
    b.wait_state("VI_1", "BACKUP")
    start = lab.wire.wait_adverts("A", 51, since=lab.wire.here())[0].time
    here_a, here_b, news, dead = a.log.here(), b.log.here(), lab.net["A"].news.here(), a.child("vrrp")
    os.kill(dead, signal.SIGKILL)
    a.log.wait("holdfast-vrrp died: killed by SIGKILL", here_a)
    a.log.wait("processes restarted", here_a)
    end = lab.wire.wait_adverts("A", 51, count=4, since=lab.wire.here())[-1].time
    assert lab.wire.longest_gap("A", 51, start, end) < 1 + SCHEDULING_S
    assert b.changes("VI_1", here_b) == []
    assert not lab.net["A"].news.find(r"192\.0\.2\.100", news)
    assert a.child("vrrp") != dead
    assert a.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")
