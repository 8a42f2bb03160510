"""Configurations for tests, in keepalived's words."""


def instance(name="VI_1", interface="eth0", vrid=51, priority=100, addresses=("192.0.2.100/24",), interval=1,
             state="BACKUP", version=None, lines=()):
    """One vrrp_instance; `lines` are added as they are."""
    text = [f"vrrp_instance {name} {{", f"    state {state}", f"    interface {interface}",
            f"    virtual_router_id {vrid}", f"    priority {priority}", f"    advert_int {interval}"]
    if version:
        text.append(f"    version {version}")
    text += [f"    {line}" for line in lines]
    text += ["    virtual_ipaddress {", *(f"        {address}" for address in addresses), "    }", "}"]
    return "\n".join(text) + "\n"


def password(text="1111"):
    return ("authentication {", "    auth_type PASS", f"    auth_pass {text}", "}")


def block(name, *entries):
    return (f"{name} {{", *(f"    {entry}" for entry in entries), "}")


def down_interval(priority, interval=1.0):
    """Seconds of silence after which a Backup takes over: 3 intervals and the skew."""
    return 3 * interval + (256 - priority) / 256 * interval


# What a loaded machine may add to a protocol deadline before a test calls it late.
SCHEDULING_S = 0.5
