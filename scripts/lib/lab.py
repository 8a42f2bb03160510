"""Behind scripts/lab: builds the network, puts the commands A, B and switch into PATH, and starts a shell."""

import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "support"))

import netns  # noqa: E402
import peers  # noqa: E402

NETWORK = """
    front: A.eno16777736 192.168.1.104/24 --- B.eno16777736 192.168.1.109/24
    back:  A.eno33554984 192.168.1.105/24 --- B.eno33554984 192.168.1.106/24
"""

WELCOME = """Two hosts, A and B, on two networks. Ports of the switch: {ports}.

  start A            holdfastd on A with the sample configuration, log on this terminal (end it with: stop A)
  A ip -br addr      any command on A
  cut A back         unplug A from the network `back`; mend A back plugs it in again
  switch tcpdump -ni br-front vrrp
  exit               removes everything
"""


def command(folder, name, text):
    file = folder / name
    file.write_text("#!/bin/bash\n" + text)
    file.chmod(0o755)


def install_commands(folder, network):
    for host, node in network.nodes.items():
        command(folder, host, f'exec ip netns exec {node.namespace} "$@"\n')
    command(folder, "switch", f'exec ip netns exec {network.switch} "$@"\n')
    command(folder, "start", f'host=$1; shift\nexec "$host" {peers.program("holdfastd")} -n -l -G '
                             f'-f {SOURCE}/conf/samples/two-nodes-"${{host,,}}".conf --runtime-dir {folder}/run-"$host" "$@" &\n')
    command(folder, "stop", f'kill "$(cat {folder}/run-"$1"/holdfastd.pid)"\n')
    ports = {f"{node}-{name}": port for port, (node, _, name) in network.ports().items()}
    table = "declare -A port=(" + " ".join(f"[{where}]={port}" for where, port in ports.items()) + ")\n"
    for name, word in (("cut", "down"), ("mend", "up")):
        command(folder, name, table + f'exec ip -n {network.switch} link set "${{port[$1-$2]}}" {word}\n')
    return ports


def main():
    with tempfile.TemporaryDirectory() as name, netns.Network(NETWORK) as network:
        folder = Path(name)
        ports = install_commands(folder, network)
        print(WELCOME.format(ports=", ".join(f"{port} = {where}" for where, port in ports.items())))
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PS1": "lab$ "}
        status = subprocess.run(sys.argv[1:] or ["bash", "--norc", "-i"], env=environment, check=False).returncode
        for host in network.nodes:
            file = folder / f"run-{host}" / "holdfastd.pid"
            if file.exists():
                pid = int(file.read_text())
                end = os.pidfd_open(pid)
                os.kill(pid, 15)
                select.select([end], [], [], 10)
    return status


if __name__ == "__main__":
    sys.exit(main())
