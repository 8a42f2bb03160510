"""How public programs read keepalived's dumps: which lines they look at, how they take them apart, and what they refuse.
Facts about mehdy/keepalived-exporter (the same as cafebazaar's) and gen2brain/keepalived_exporter; the code is ours."""

import json
import re

STATES = ["INIT", "BACKUP", "MASTER", "FAULT"]
SCRIPT_STATUSES = ["BAD", "GOOD"]
SCRIPT_STATES = ["idle", "running", "requested termination", "forcing termination"]
STATS = {
    "Advertisements": {"Received": "advert_rcvd", "Sent": "advert_sent"},
    "Packet Errors": {"Length": "packet_len_err", "TTL": "ip_ttl_err", "Invalid Type": "invalid_type_rcvd",
                      "Advertisement Interval": "advert_interval_err", "Address List": "addr_list_err"},
    "Authentication Errors": {"Invalid Type": "invalid_authtype", "Type Mismatch": "authtype_mismatch", "Failure": "auth_failure"},
    "Priority Zero": {"Received": "pri_zero_rcvd", "Sent": "pri_zero_sent"},
    "": {"Became master": "become_master", "Released master": "release_master"},
}
# What each decodes of the JSON file, with the type that its language insists on.
JSON_DATA = {"iname": str, "state": int, "wantstate": int, "ifp_ifname": str, "garp_delay": int, "vrid": int, "vips": list,
             "last_transition": float}


def before_and_behind(line, sign):
    """The first two parts of a line, as a split at every sign gives them."""
    parts = line.strip().split(sign)
    return parts[0].strip(), parts[1].strip()


def address_of(vip):
    """Address and interface of `ADDRESS dev INTERFACE ...`; a line with fewer words is refused."""
    words = vip.split(" ")
    assert len(words) >= 3, f"refused: {vip!r}"
    return words[0], words[2]


def data_of(text):
    """mehdy's reading of keepalived.data: name -> what it knows of an instance. An unknown state or a number that is none
    makes it refuse the file (here: KeyError, ValueError)."""
    found, one, key = {}, None, ""
    for line in text.splitlines():
        if line.startswith(" VRRP Instance") and "=" in line:
            one = found[before_and_behind(line, "=")[1]] = {"vips": []}
        elif line.startswith("   ") and one is not None:
            if line.startswith("     "):
                value = line.strip()
            elif "=" in line:
                key, value = before_and_behind(line, "=")
            elif ":" in line:
                key, value = before_and_behind(line, ":")
            else:
                continue
            if key.startswith("Virtual IP (") and value:
                one["vips"].append(address_of(value))
            elif key in ("State", "Wantstate"):
                one[key] = STATES.index(value)
            elif key in ("Interface", "Listening device"):
                one["interface"] = value
            elif key in ("Gratuitous ARP delay", "Virtual Router ID"):
                one[key] = int(value)
        elif not line.startswith((" VRRP Version", " VRRP Script")):
            one = None
    return found


def scripts_of(text):
    """mehdy's reading of the scripts there: name -> status and state, each one of the words it knows."""
    found, one = {}, None
    for line in text.splitlines():
        if line.startswith(" VRRP Script") and "=" in line:
            one = found[before_and_behind(line, "=")[1]] = {}
        elif line.startswith("   ") and one is not None:
            if "=" in line:
                key, value = before_and_behind(line, "=")
                if key == "Status":
                    one["status"] = SCRIPT_STATUSES.index(value)
                elif key == "State":
                    one["state"] = SCRIPT_STATES.index(value)
        else:
            one = None
    return found


def stats_of(text):
    """Both read keepalived.stats alike: name -> counters. Every value must be a whole number."""
    found, one, section = {}, None, ""
    for line in text.splitlines():
        if line.startswith("VRRP Instance") and ":" in line:
            one = found[before_and_behind(line, ":")[1]] = {}
        elif line.startswith("  ") and line.endswith(":"):
            section = before_and_behind(line, ":")[0]
        elif line.startswith("  "):
            if not line.startswith("    "):
                section = ""
            key, value = before_and_behind(line, ":")
            number = int(value)
            if key in STATS.get(section, {}):
                one[STATS[section][key]] = number
    return found


def terse_data_of(text):
    """gen2brain's reading of keepalived.data: a list of instances; each ends at the first line that is no `Key = value` and
    not ` VRRP Version`, and one at the end of the file is lost."""
    found, one = [], None
    for line in text.splitlines():
        if line.startswith(" VRRP Instance") and "=" in line:
            one = {"iname": before_and_behind(line, "=")[1]} if one is None else {**one, "iname": before_and_behind(line, "=")[1]}
        elif line.startswith("   ") and "=" in line and one is not None:
            key, value = before_and_behind(line, "=")
            if key == "Interface":
                one["interface"] = value
            elif key == "Last transition":
                one["last"] = float(value.split(" ")[0])
            elif key == "Virtual Router ID":
                one["vrid"] = int(value)
            elif key in ("State", "Wantstate") and value in STATES:
                one[key] = STATES.index(value)
        elif not line.startswith(" VRRP Version") and one is not None:
            found.append(one)
            one = None
    return found


def json_of(text):
    """Both decode keepalived.json as a list of objects, strictly by type: name -> members they know."""
    found = {}
    for one in json.loads(text):
        data = {}
        for name, kind in JSON_DATA.items():
            value = one["data"].get(name, [] if kind is list else None)
            if kind is float:
                value = float(value)
            elif kind is int:
                assert isinstance(value, (int, float)) and value == int(value) and not isinstance(value, bool), name
            else:
                assert isinstance(value, kind), name
            data[name] = value
        data["vips"] = [address_of(vip) for vip in data["vips"]]
        stats = {name: one["stats"][name] for names in STATS.values() for name in names.values()}
        assert all(isinstance(value, int) and not isinstance(value, bool) for value in stats.values())
        found[data.pop("iname")] = (data, stats)
    return found


def whole_number_tokens(text, name):
    """How the numbers of that member are written: a decoder of whole numbers takes no decimal point."""
    return re.findall(rf'"{name}":([^,}}]+)', text)
