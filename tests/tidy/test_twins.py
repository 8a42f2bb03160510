"""Every unit of src has a test of its own name, or stands here with the test that covers it instead."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]

COVERED_BY = {
    "checker/connect_attempt": "tests/e2e/test_checks.py",
    "checker/http_attempt": "tests/e2e/test_checks.py",
    "checker/transfer_client": "tests/e2e/test_checks.py",
    "checker/ping_attempt": "tests/unit/checker/dialogue_test.cc",
    "checker/script_attempt": "tests/e2e/test_health.py",
    "checker/unit_attempt": "tests/e2e/test_checks.py",
    "checker/file_watch": "tests/unit/checker/tracked_file_test.cc",
    "checker/trackers": "tests/e2e/test_trackers.py",
    "base/result": "tests/unit/net/netlink_test.cc",
    "cli/ask_status": "tests/e2e/test_status.py",
    "cli/status": "tests/e2e/test_status.py",
    "cli/archive": "tests/e2e/test_report.py",
    "cli/host_facts": "tests/unit/cli/report_test.cc",
    "cli/config": "tests/e2e/test_config.py",
    "cli/check": "tests/e2e/test_cli.py",
    "cli/order": "tests/e2e/test_adoption.py",
    "cli/evidence": "tests/unit/cli/history_test.cc",
    "cli/kept_runs": "tests/unit/cli/history_test.cc",
    "cli/explain": "tests/unit/cli/commands_test.cc",
    "config/file_stack": "tests/unit/config/source_test.cc",
    "config/text": "tests/unit/config/source_test.cc",
    "config/words": "tests/unit/config/source_test.cc",
    "config/rules_check": "tests/unit/config/rules_test.cc",
    "config/rules_reachability": "tests/unit/config/trackers_test.cc",
    "config/rules_lines": "tests/unit/config/rules_test.cc",
    "config/schema_check": "tests/unit/config/schema_test.cc",
    "config/schema_global": "tests/unit/config/schema_test.cc",
    "config/schema_items": "tests/unit/config/schema_test.cc",
    "config/schema_trackers": "tests/unit/config/dump_test.cc",
    "config/schema_split_brain": "tests/unit/config/split_brain_test.cc",
    "config/schema_vrrp": "tests/unit/config/schema_test.cc",
    "config/values_network": "tests/unit/config/values_test.cc",
    "config/values_script": "tests/unit/config/values_test.cc",
    "config/values_text": "tests/unit/config/values_test.cc",
    "checker/process_incidents": "tests/e2e/test_incidents.py",
    "cli/incidents": "tests/e2e/test_incidents.py",
    "cli/split_brain": "tests/e2e/test_split_brain.py",
    "core/configuration": "tests/e2e/test_cli.py",
    "core/control": "tests/e2e/test_adoption.py",
    "core/daemon": "tests/e2e/test_daemon.py",
    "core/firewall": "tests/e2e/test_firewall.py",
    "firewall/keep": "tests/e2e/test_firewall.py",
    "core/generation": "tests/e2e/test_reload.py",
    "core/links": "tests/e2e/test_dbus.py",
    "core/metrics": "tests/e2e/test_metrics.py",
    "core/monitor": "tests/e2e/test_status.py",
    "monitor/status_protocol": "tests/unit/monitor/server_test.cc",
    "status/metrics_keepalived": "tests/unit/status/metrics_test.cc",
    "core/programs": "tests/e2e/test_status.py",
    "core/options": "tests/e2e/test_cli.py",
    "core/parent_dump": "tests/e2e/test_exporters.py",
    "core/pid_files": "tests/e2e/test_daemon.py",
    "core/requests": "tests/e2e/test_steer.py",
    "core/succession": "tests/e2e/test_adoption.py",
    "core/supervisor": "tests/e2e/test_reload.py",
    "core/attendant": "tests/e2e/test_status.py",
    "core/snmp": "tests/e2e/test_snmp.py",
    "vrrp/process_orders": "tests/e2e/test_dbus.py",
    "monitor/dbus": "tests/e2e/test_dbus.py",
    "snmp/address_objects": "tests/e2e/test_snmp.py",
    "snmp/agentx": "tests/e2e/test_snmp.py",
    "snmp/facts": "tests/unit/snmp/instance_objects_test.cc",
    "snmp/global_objects": "tests/e2e/test_snmp.py",
    "snmp/interfaces": "tests/e2e/test_snmp.py",
    "snmp/rfc_objects": "tests/e2e/test_snmp.py",
    "snmp/route_objects": "tests/e2e/test_snmp.py",
    "snmp/tracker_objects": "tests/e2e/test_snmp.py",
    "engine/factors": "tests/unit/engine/health_test.cc",
    "engine/guard": "tests/simulation/split_brain_test.cc",
    "engine/guard_notes": "tests/simulation/split_brain_test.cc",
    "engine/guard_table": "tests/conformance/guard_table_test.cc",
    "engine/router": "tests/conformance/rfc9568_backup_test.cc",
    "net/firewall_messages": "tests/kernel/net/firewall_test.cc",
    "net/frame_sender": "tests/kernel/net/neighbour_socket_test.cc",
    "net/send_batch": "tests/kernel/net/vrrp_socket_test.cc",
    "net/vrrp_receiver": "tests/kernel/net/vrrp_socket_test.cc",
    "net/vrrp_sender": "tests/kernel/net/vrrp_socket_test.cc",
    "net/heartbeat_socket": "tests/kernel/net/tap_test.cc",
    "os/orphan": "tests/e2e/test_unit_file.py",
    "os/privileges": "tests/e2e/test_daemon.py",
    "os/service": "tests/e2e/test_unit_file.py",
    "plan/compare_routers": "tests/unit/plan/compare_test.cc",
    "plan/matching": "tests/unit/plan/compare_test.cc",
    "plan/scripts": "tests/e2e/test_notify.py",
    "sim/guard_rules": "tests/simulation/split_brain_test.cc",
    "sim/neighbourhood": "tests/simulation/split_brain_test.cc",
    "sim/faults": "tests/simulation/stories_test.cc",
    "sim/invariants": "tests/simulation/random_test.cc",
    "sim/world": "tests/simulation/stories_test.cc",
    "system/system_files": "tests/e2e/test_cli.py",
    "system/system_host": "tests/e2e/test_cli.py",
    "vrrp/announcements": "tests/e2e/test_garp.py",
    "vrrp/dump": "tests/e2e/test_exporters.py",
    "vrrp/dump_trackers": "tests/e2e/test_exporters.py",
    "vrrp/holdings": "tests/e2e/test_holdings.py",
    "vrrp/holdings_news": "tests/e2e/test_holdings.py",
    "vrrp/predecessor": "tests/kernel/vrrp/process_test.cc",
    "vrrp/process_adoption": "tests/kernel/vrrp/process_test.cc",
    "vrrp/process_orders": "tests/e2e/test_steer.py",
    "vrrp/process_guards": "tests/e2e/test_split_brain.py",
    "vrrp/process_trackers": "tests/e2e/test_reachability.py",
    "vrrp/references": "tests/e2e/test_reachability.py",
    "vrrp/senses": "tests/e2e/test_split_brain.py",
    "vrrp/sockets": "tests/e2e/test_links.py",
    "vrrp/sysctl": "tests/e2e/test_addresses.py",
}


def units():
    return {f"{path.parent.name}/{path.stem}" for path in ROOT.glob("src/*/*.cc") if path.stem != "main"}


def has_twin(unit):
    folder, name = unit.split("/")
    return any((ROOT / "tests" / kind / folder / f"{name}_test.cc").exists() for kind in ("unit", "kernel"))


def test_every_unit_has_a_test():
    wrong = {unit for unit in units() if not has_twin(unit)} - set(COVERED_BY)
    assert not wrong, f"no test of that name, and not in COVERED_BY: {sorted(wrong)}"


def test_what_is_said_to_cover_a_unit_exists():
    wrong = {unit: test for unit, test in COVERED_BY.items() if unit in units() and not (ROOT / test).exists()}
    assert not wrong
