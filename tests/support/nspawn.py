"""A real systemd as PID 1: the machine's own root below a throw-away overlay, booted by systemd-nspawn in about a
second, with our programs installed into it. Nothing of the machine is changed. Root."""

import os
import shutil
import subprocess
from pathlib import Path

# Runs in a mount namespace of its own. The test's script becomes a unit whose end ends the container.
_BOOT = r"""
set -u
mount -t tmpfs stage "$HF_STAGE" && mkdir "$HF_STAGE/upper" "$HF_STAGE/work" "$HF_STAGE/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$HF_STAGE/upper,workdir=$HF_STAGE/work" "$HF_STAGE/root" || exit 99
root=$HF_STAGE/root
DESTDIR=$root cmake --install "$HF_BUILD" >"$HF_OUT/install" 2>&1 || { cat "$HF_OUT/install"; exit 98; }
mkdir -p "$root/opt/test/out" "$root/etc/systemd/system" "$root/etc/holdfast"
cp "$HF_SCRIPT" "$root/opt/test/run" && chmod 755 "$root/opt/test/run"
cp "$HF_CONFIGURATION" "$root/etc/holdfast/holdfast.conf" && chmod 644 "$root/etc/holdfast/holdfast.conf"
cat >"$root/etc/systemd/system/under-test.service" <<'U'
[Unit]
Requires=basic.target dbus.socket
After=basic.target dbus.socket
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
TimeoutStartSec=80
ExecStart=/opt/test/run
StandardOutput=truncate:/opt/test/out/log
StandardError=inherit
U
systemd-id128 new >"$root/etc/machine-id"
for tree in systemd unified; do
    group=/sys/fs/cgroup/$tree/$HF_NAME
    mkdir -p "$group" && echo $$ >"$group/cgroup.procs"
done 2>/dev/null
timeout -k 5 100 systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --private-network --machine="$HF_NAME" \
    -D "$root" --bind="$HF_OUT:/opt/test/out" --console=pipe -b systemd.unit=under-test.service systemd.show_status=no \
    </dev/null >/dev/null 2>"$HF_OUT/nspawn"
status=$?
for tree in systemd unified; do
    echo $$ >/sys/fs/cgroup/$tree/cgroup.procs
    find "/sys/fs/cgroup/$tree/$HF_NAME" -depth -type d -exec rmdir {} +
done 2>/dev/null
rmdir "/run/systemd/nspawn/propagate/$HF_NAME" 2>/dev/null
exit $status
"""


def available():
    """Why it cannot be used here, or None."""
    for tool in ("systemd-nspawn", "unshare", "cmake"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    if not Path("/usr/bin/dbus-daemon").exists():
        return "dbus is not installed"
    return None


def run(folder, build, configuration, script):
    """Boots, runs the shell script inside with our programs installed and the configuration in place:
    (its exit status, what it printed)."""
    folder = Path(folder)
    out, stage = folder / "out", folder / "stage"
    out.mkdir()
    stage.mkdir()
    (folder / "script").write_text("#!/bin/bash\nset -eux\n" + script)
    (folder / "configuration").write_text(configuration)
    environment = {**os.environ, "HF_STAGE": str(stage), "HF_OUT": str(out), "HF_BUILD": str(Path(build).resolve()),
                   "HF_SCRIPT": str(folder / "script"), "HF_CONFIGURATION": str(folder / "configuration"),
                   "HF_NAME": f"hf-{os.getpid()}"}
    done = subprocess.run(["unshare", "-m", "--propagation", "private", "bash", "-c", _BOOT], env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=150, check=False)
    said = done.stdout + "".join((out / name).read_text(errors="replace") for name in ("nspawn", "log")
                                 if (out / name).exists())
    return done.returncode, said
