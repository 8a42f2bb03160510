"""Built-in checks of real services decide who is active.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading

import netns
import nspawn
import peers
import pytest
from settings import block, instance

FAST = {"interval": 0.2, "version": 3}
HERE = "192.0.2.1"


def check(line, name="svc", interval=0.1, timeout=0.5, more=()):
    return "\n".join((f"vrrp_check {name} {{", f"    check {line}", f"    interval {interval}", f"    timeout {timeout}",
                      *(f"    {word}" for word in more), "}", ""))


def tracking(*entries, **more):
    return instance(lines=block("track_check", *(entries or ("svc",))), **{**FAST, **more})


class Service:
    """A program on node A, until the test ends."""

    def __init__(self, lab, *words):
        self._lab, self._words = lab, words
        self.log = lab.folder / f"{os.path.basename(words[0])}.log"
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["ip", "netns", "exec", self._lab.net["A"].namespace, *self._words],
                                            stdout=log, stderr=log, start_new_session=True)

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def service(lab):
    lab.folder.chmod(0o755)
    running = []

    def start(*words):
        running.append(Service(lab, *words))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.kill()


def nginx(lab, service):
    folder = lab.folder / "nginx"
    folder.mkdir()
    (folder / "nginx.conf").write_text(f"""daemon off; pid {folder}/pid; error_log {folder}/error.log; user root;
worker_processes 1; events {{}}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen {HERE}:8080; location /health {{ return 200 "all well\\n"; }} location / {{ return 503; }} }} }}
""")
    return service(shutil.which("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder))


def haproxy(lab, service):
    configuration = lab.folder / "haproxy.cfg"
    configuration.write_text(f"defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n"
                             f"frontend up\n  bind {HERE}:8080\n  monitor-uri /health\n")
    return service(shutil.which("haproxy"), "-db", "-f", str(configuration))


def mariadb(lab, service):
    folder = lab.folder / "mariadb"
    subprocess.run(["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={folder}", "--skip-test-db",
                    "--auth-root-authentication-method=normal", "--innodb-log-file-size=4M"], check=True, capture_output=True)
    (folder / "init.sql").write_text("CREATE USER IF NOT EXISTS checked@'%';\n")
    return service(shutil.which("mariadbd"), "--no-defaults", "--user=root", f"--datadir={folder}", f"--bind-address={HERE}",
                   "--port=3306", "--socket=sock", "--innodb-log-file-size=4M", "--max-connect-errors=3",
                   f"--init-file={folder}/init.sql", "--skip-name-resolve")


def redis(lab, service):
    return service(shutil.which("redis-server"), "--bind", HERE, "--port", "6379", "--protected-mode", "no", "--save", "", "--dir", str(lab.folder))


SERVICES = {
    "nginx": (nginx, f'http http://{HERE}:8080/health contains "all well"'),
    "haproxy": (haproxy, f"http http://{HERE}:8080/health status 200"),
    "mariadb": (mariadb, f"mysql-ping {HERE}:3306 user checked"),
    "redis": (redis, f"redis-ping {HERE}:6379"),
}


@pytest.mark.parametrize("name", SERVICES)
def test_the_address_follows_a_real_service(lab, service, name):
    begin, line = SERVICES[name]
    b = lab.holdfast("B", instance(priority=150, **FAST))
    running = begin(lab, service)
    a = lab.holdfast("A", check(line, more=("rise 2",)) + tracking(priority=200))
    a.wait_state("VI_1", "MASTER")
    for end, mend in ((lambda: running.signal(signal.SIGSTOP), lambda: running.signal(signal.SIGCONT)),
                      (running.kill, running.start)):
        here = a.log.here()
        end()
        assert a.wait_state("VI_1", "FAULT", here).group("cause") == "check svc fails"
        b.wait_state("VI_1", "MASTER", since=0)
        lab.net["B"].wait_for_address("192.0.2.100")
        mend()
        assert a.wait_state("VI_1", "BACKUP", here).group("cause") == "check svc succeeds"
        a.wait_state("VI_1", "MASTER", here)
        lab.net["A"].wait_for_address("192.0.2.100")


def test_nopreempt_holds_when_the_service_comes_back(lab, service):
    b = lab.holdfast("B", instance(priority=150, lines=("nopreempt",), **FAST))
    running = nginx(lab, service)
    a = lab.holdfast("A", check(SERVICES["nginx"][1]) + instance(priority=200, lines=("nopreempt", *block("track_check", "svc")), **FAST))
    a.wait_state("VI_1", "MASTER")
    running.kill()
    b.wait_state("VI_1", "MASTER")
    here = a.log.here()
    running.start()
    a.wait_state("VI_1", "BACKUP", here)
    lab.wire.wait_adverts("B", 51, count=8, since=lab.wire.here())
    assert "MASTER" not in a.changes("VI_1")[a.changes("VI_1").index("FAULT"):]


def serve(lab, answer, tls=None):
    """Listens on A's port 8080 and lets `answer` deal with each connection; returns what ends it."""
    listener = netns.inside(lab.net["A"].namespace, lambda: socket.create_server((HERE, 8080)))
    if tls:
        listener = tls.wrap_socket(listener, server_side=True)
    ended = threading.Event()

    def one(connection):
        with connection:
            try:
                answer(connection, ended)
            except OSError:
                pass

    def accept():
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()

    def end():
        ended.set()
        listener.close()
    return end


def mute(connection, ended):
    ended.wait(60)


def drip(connection, ended):
    while not ended.wait(0.2):
        connection.sendall(b"H")


def endless_header(connection, ended):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not ended.is_set():
        connection.sendall(b"x" * 65536)


def many_headers(connection, ended):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not ended.is_set():
        connection.sendall(b"X: y\r\n" * 10000)


def endless_body(connection, ended):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not ended.is_set():
        connection.sendall(b"x" * 65536)


def closes(connection, ended):
    connection.shutdown(socket.SHUT_RDWR)


URL = f"http http://{HERE}:8080/"


@pytest.mark.parametrize("line, answer, says", (
    (URL, mute, "no result within 0.5 s: http://192.0.2.1:8080/ does not answer"),
    (URL, drip, "no result within 0.5 s|HTTP/0.9"),
    (URL, endless_header, "no result within 0.5 s|header is longer than 64 KiB"),
    (URL, many_headers, "header is longer than 64 KiB"),
    (URL + " contains needle", endless_body, "does not contain 'needle'"),
    (URL, closes, "Empty reply|Recv failure|reset"),
    (f"redis-ping {HERE}:8080", mute, "connected to 192.0.2.1:8080, which says nothing"),
    (f"redis-ping {HERE}:8080", endless_body, "Redis says|says more than"),
    (f"mysql-ping {HERE}:8080", endless_body, "not MySQL's"),
    (f"postgresql-ping {HERE}:8080", closes, "closed the connection without an answer|reset"),
    (f"tcp {HERE}:8081", mute, "connect to 192.0.2.1:8081: Connection refused"),
    (f"http http://{HERE}:8081/", mute, "Failed to connect|Connection refused"),
    ("unix /nonexistent/socket", mute, "connect to /nonexistent/socket: No such file"),
    ("icmp 192.0.2.99", mute, "192.0.2.99 does not answer|ping 192.0.2.99: No route"),
    ("http http://name.invalid/", mute, "name.invalid"),
    ("systemd-unit nginx.service", mute, "system bus"),
), ids=lambda value: value if isinstance(value, str) and " " not in value else getattr(value, "__name__", "_"))
def test_a_service_that_misbehaves_is_named_and_costs_nobody_else(lab, line, answer, says):
    netns.inside(lab.net["A"].namespace, lambda: open("/proc/sys/net/ipv4/ping_group_range", "w").write("0 2147483647"))
    end = serve(lab, answer)
    try:
        a = lab.holdfast("A", check(line) + tracking(priority=200) + instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST),
                         environment={"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"})
        a.wait_state("VI_2", "MASTER")
        a.log.wait(f"HF2401 check svc fails: .*({says})")
        a.wait_state("VI_1", "FAULT")
        lab.wire.wait_adverts("A", 52, count=3, since=lab.wire.here())
    finally:
        end()


def test_a_gateway_that_answers_pings_and_sockets_that_accept(lab):
    netns.inside(lab.net["A"].namespace, lambda: open("/proc/sys/net/ipv4/ping_group_range", "w").write("0 2147483647"))
    path = str(lab.folder / "s")
    lab.folder.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as local:
        local.bind(path)
        local.listen(100)
        end = serve(lab, mute)
        a = lab.holdfast("A", check("icmp 192.0.2.2", "gw") + check(f"unix {path}", "local") + check(f"tcp {HERE}:8080", "port") +
                         tracking("gw weight 10", "local weight 20", "port weight 40", priority=100))
        lab.wire.wait_adverts("A", 51, count=1, priority=170)
        end()
        lab.wire.wait_adverts("A", 51, count=1, priority=130, since=lab.wire.here())
        a.log.wait("check port fails")


def test_ping_sockets_that_are_not_allowed_are_explained(lab):
    netns.inside(lab.net["A"].namespace, lambda: open("/proc/sys/net/ipv4/ping_group_range", "w").write("1 0"))
    a = lab.holdfast("A", check("icmp 192.0.2.2") + tracking())
    a.log.wait("check svc fails: ping sockets are not allowed; set net.ipv4.ping_group_range")


def test_certificates_are_verified_unless_told_otherwise(lab):
    key, certificate = lab.folder / "key", lab.folder / "cert"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate),
                    "-days", "2", "-subj", "/CN=somebody.else"], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    def answer(connection, _):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    end = serve(lab, answer, tls)
    try:
        a = lab.holdfast("A", check(f"https https://{HERE}:8080/", "good") + check(f"https https://{HERE}:8080/ insecure", "blind") +
                         tracking("good weight 10", "blind weight 20", priority=100))
        a.log.wait("HF2401 check good fails: .*certificate")
        a.log.wait("HF2402 check blind succeeds")
        lab.wire.wait_adverts("A", 51, count=1, priority=120)
    finally:
        end()


UNITS = r"""
export SYSTEMD_PAGER= ; cd /
ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up
ip addr add 192.0.2.1/24 dev eth0
held() { ip -o addr show dev eth0 | grep -q 192.0.2.100; }
exec 3< <(exec ip -o monitor address)
await() { for _ in {1..40}; do "$@" && return; read -r -t 0.5 -u 3 || true; done; return 1; }
gone() { ! held; }
mkdir -p /etc/systemd/system/holdfast.service.d
printf '[Unit]\nWants=\nAfter=\n' >/etc/systemd/system/holdfast.service.d/test.conf
printf '[Service]\nExecStart=/bin/sleep 1000\n' >/etc/systemd/system/hf-probe.service
systemctl daemon-reload
systemctl start hf-probe
systemctl start holdfast
await held
systemctl stop hf-probe
await gone
journalctl -o cat -u holdfast | grep 'HF2401 check svc fails: hf-probe.service is inactive'
systemctl start hf-probe
await held
systemctl stop holdfast
"""


def test_the_address_follows_a_systemd_unit(tmp_path):
    reason = nspawn.available()
    if reason:
        pytest.skip(reason)
    configuration = check("systemd-unit hf-probe.service") + tracking()
    status, said = nspawn.run(tmp_path, peers.build_folder(), configuration, UNITS)
    assert status == 0, said
