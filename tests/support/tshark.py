"""The foreign judge: tshark reads a capture and says what is wrong with our adverts."""

import subprocess

_FIELDS = ["frame.number", "eth.src", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "ip.ttl", "ipv6.hlim", "vrrp.version",
           "vrrp.virt_rtr_id", "vrrp.prio", "vrrp.checksum.status", "ip.checksum.status", "_ws.malformed",
           "_ws.expert.message"]
_GROUPS = ("224.0.0.18", "ff02::12")


def read(path):
    """VRRP packets of the capture as dictionaries of text."""
    # An ICMP error that quotes an advert is the kernel's, not ours.
    words = ["tshark", "-n", "-r", str(path), "-Y", "(vrrp || ip.proto == 112 || ipv6.nxt == 112) && !icmp && !icmpv6",
             "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|"]
    for field in _FIELDS:
        words += ["-e", field]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, f"tshark: {done.stderr}"
    return [dict(zip(_FIELDS, line.split("|"))) for line in done.stdout.splitlines()]


def faults(path, macs):
    """(adverts from the MAC addresses, what is wrong with them as text)."""
    wrong = []
    ours = [packet for packet in read(path) if packet["eth.src"] in macs]
    for packet in ours:
        destination = packet["ip.dst"] or packet["ipv6.dst"]
        ttl = packet["ip.ttl"] or packet["ipv6.hlim"]
        says = []
        if packet["_ws.malformed"]:
            says.append("malformed")
        if packet["vrrp.checksum.status"] != "1":
            says.append("bad VRRP checksum")
        if packet["ip.src"] and packet["ip.checksum.status"] != "1":
            says.append("bad IP checksum")
        if ttl != "255":
            says.append(f"TTL {ttl}")
        if "." in destination and destination.startswith("224") and destination != _GROUPS[0]:
            says.append(f"sent to {destination}")
        if packet["vrrp.version"] not in ("2", "3"):
            says.append(f"version {packet['vrrp.version']}")
        if packet["_ws.expert.message"]:
            says.append(packet["_ws.expert.message"])
        if says:
            wrong.append(f"packet {packet['frame.number']}: {', '.join(says)}")
    return ours, wrong
