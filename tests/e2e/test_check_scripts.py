"""The ready-made check scripts, against real services where Debian has them, else against what those services say.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import netns
import pytest

CHECKS = Path(__file__).resolve().parents[2] / "scripts" / "checks"
NAMES = sorted(path.name for path in CHECKS.glob("check-*"))
HOST = "127.0.0.1"


def run(name, *words, environment=None, namespace=None):
    inside = ["ip", "netns", "exec", namespace] if namespace else []
    done = subprocess.run([*inside, str(CHECKS / name), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=20, check=False, env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout.strip()


def until_healthy(name, *words, tries=200):
    """A service that was just started needs its time; each try awaits an answer."""
    for _ in range(tries):
        status, said = run(name, *words)
        if status == 0:
            return
    raise AssertionError(f"{name}: {said}")


def sick(says, name, *words, environment=None, namespace=None):
    status, said = run(name, *words, environment=environment, namespace=namespace)
    assert status == 1 and re.search(says, said), (status, said)
    assert "\n" not in said, said


@pytest.fixture
def service(tmp_path):
    running = []

    def start(*words, **options):
        log = open(tmp_path / f"{Path(words[0]).name}.log", "wb")
        running.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options))
        return running[-1]

    yield start
    for process in running:
        for number in (signal.SIGCONT, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                break
        process.wait()


def free_ports(count):
    """Different ones: all are held until the last is found."""
    listeners = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def free_port():
    return free_ports(1)[0]


@pytest.fixture
def server():
    """Listens on a free port, reads what comes first, answers, and closes or stays; returns the port."""
    listeners, ended = [], threading.Event()

    def serve(answer=None, stays=False):
        listener = socket.create_server((HOST, 0))
        listeners.append(listener)

        def one(connection):
            with connection:
                try:
                    if answer is None:
                        ended.wait(30)
                        return
                    asked = connection.recv(4096)
                    connection.sendall(answer(asked) if callable(answer) else answer)
                    if stays:
                        ended.wait(30)
                except OSError:
                    pass

        def accept():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1]

    yield serve
    ended.set()
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def http(body, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


def test_they_are_clean():
    done = subprocess.run(["shellcheck", "-x", *(str(path) for path in CHECKS.iterdir())], cwd=CHECKS, stdout=subprocess.PIPE,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_manual_and_refuses_what_it_does_not_know(name, tmp_path):
    status, said = run(name, "--help")
    assert status == 0
    for part in (f"{name} - ", f"Usage: {name} ", "--timeout SECONDS", "Healthy: ", "Needs ", "vrrp_script "):
        assert part in said, part
    for words, says in ((("--nonsense",), "unknown option '--nonsense'"), (("--timeout",), "--timeout needs a value"),
                        (("word",), "unexpected word"), (("--timeout", "soon"), "--timeout takes seconds")):
        status, said = run(name, *words)
        assert status == 2 and says in said, said


@pytest.mark.parametrize("name", NAMES)
def test_each_says_which_program_is_missing(name, tmp_path):
    for tool in ("sh", "dirname", "sed", "tr", "head", "tail", "awk", "wc", "od", "timeout", "cat"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    words = {"check-docker": ("--container", "x"), "check-mount": ("--path", "/")}.get(name, ())
    status, said = run(name, *words, environment={"PATH": str(tmp_path)})
    assert status == 2 and "is not installed" in said, said


def test_nginx(tmp_path, service):
    port = free_port()
    (tmp_path / "conf").write_text(f"""daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; user root; worker_processes 1;
events {{}} http {{ access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p; fastcgi_temp_path {tmp_path}/f;
uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s; server {{ listen {HOST}:{port}; location / {{ return 200; }}
location /no {{ return 503; }} }} }}""")
    nginx = service(shutil.which("nginx"), "-c", str(tmp_path / "conf"), "-p", str(tmp_path))
    url = f"http://{HOST}:{port}"
    until_healthy("check-nginx", "--url", f"{url}/")
    sick("/no answers with status 503, not 200", "check-nginx", "--url", f"{url}/no")
    os.killpg(nginx.pid, signal.SIGSTOP)
    sick("no answer: .*timed out", "check-nginx", "--url", f"{url}/", "--timeout", "0.5")
    os.killpg(nginx.pid, signal.SIGKILL)
    nginx.wait()
    sick("no answer: .*(refused|connect)", "check-nginx", "--url", f"{url}/")


def test_haproxy(tmp_path, service, server):
    port = server(http("ok"))
    path = tmp_path / "admin.sock"
    (tmp_path / "cfg").write_text(f"global\n  stats socket {path} level admin\ndefaults\n  mode http\n  timeout connect 1s\n"
                                  f"  timeout client 1s\n  timeout server 1s\nbackend web\n  server one {HOST}:{port} check inter 100ms\n"
                                  f"  server two {HOST}:{free_port()} check inter 100ms\n")
    haproxy = service(shutil.which("haproxy"), "-db", "-f", str(tmp_path / "cfg"))
    until_healthy("check-haproxy", "--socket", str(path), "--backend", "web")
    for _ in range(100):
        status, said = run("check-haproxy", "--socket", str(path), "--backend", "web", "--servers", "2")
        if status == 1:
            break
    assert said == "backend web has 1 servers up, 2 are needed"
    os.killpg(haproxy.pid, signal.SIGSTOP)
    sick("does not answer", "check-haproxy", "--socket", str(path), "--timeout", "0.5")
    os.killpg(haproxy.pid, signal.SIGKILL)
    haproxy.wait()
    sick("does not answer", "check-haproxy", "--socket", str(path))


def test_mysql(tmp_path, service):
    data = tmp_path / "data"
    subprocess.run(["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}", "--skip-test-db",
                    "--auth-root-authentication-method=normal", "--innodb-log-file-size=4M"], check=True, capture_output=True)
    words = (shutil.which("mariadbd"), "--no-defaults", "--user=root", f"--datadir={data}", "--skip-networking", "--socket=sock",
             "--innodb-log-file-size=4M")
    options = tmp_path / "options"
    options.write_text(f"[client]\nuser=root\nsocket={data}/sock\n")
    check = ("check-mysql", "--defaults-file", str(options))
    server = service(*words)
    until_healthy(*check)
    os.killpg(server.pid, signal.SIGSTOP)
    sick("no answer", *check, "--timeout", "0.5")
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    sick("no answer: .*connect", *check)
    service(*words, "--read-only")
    until_healthy(*check, "--allow-read-only")
    sick("the server is read-only", *check)


def test_redis(tmp_path, service):
    ports = free_ports(2)
    def start(port, *words):
        return service(shutil.which("redis-server"), "--bind", HOST, "--port", str(port), "--save", "", "--dir", str(tmp_path), *words)
    master = start(ports[0])
    until_healthy("check-redis", "--port", str(ports[0]), "--role", "master")
    start(ports[1], "--replicaof", HOST, str(ports[0]), "--repl-timeout", "1")
    until_healthy("check-redis", "--port", str(ports[1]), "--role", "replica", tries=600)
    until_healthy("check-redis", "--port", str(ports[1]))
    sick("the server is a slave", "check-redis", "--port", str(ports[1]), "--role", "master")
    sick("the server is a master", "check-redis", "--port", str(ports[0]), "--role", "replica")
    os.killpg(master.pid, signal.SIGSTOP)
    sick("no answer", "check-redis", "--port", str(ports[0]), "--timeout", "0.5")
    os.killpg(master.pid, signal.SIGKILL)
    master.wait()
    sick("no answer: .*refused", "check-redis", "--port", str(ports[0]))
    for _ in range(300):
        status, said = run("check-redis", "--port", str(ports[1]), "--role", "replica")
        if status == 1:
            break
    assert said == "the link to the master is down"


def test_postgresql(service):
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    user = pwd.getpwnam("postgres")
    with tempfile.TemporaryDirectory(prefix="hf-pg-") as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}
        subprocess.run([programs / "initdb", "-D", f"{folder}/data", "-A", "trust", "-N"], check=True, capture_output=True, **identity)
        words = (str(programs / "postgres"), "-D", f"{folder}/data", "-k", folder, "-c", "listen_addresses=", "-F")
        check = ("check-postgresql", "--host", folder)
        primary = service(*words, **identity)
        until_healthy(*check)
        sick("the server is a primary", *check, "--role", "standby")
        primary.send_signal(signal.SIGSTOP)
        for child in Path(f"/proc/{primary.pid}/task/{primary.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGSTOP)
        sick("no answer", *check, "--timeout", "0.5")
        os.killpg(primary.pid, signal.SIGCONT)
        for child in Path(f"/proc/{primary.pid}/task/{primary.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGCONT)
        primary.send_signal(signal.SIGINT)  # fast shutdown
        primary.wait()
        sick("no answer: .*(No such file|refused)", *check)
        Path(f"{folder}/data/standby.signal").touch()
        standby = service(*words, "-c", "primary_conninfo=host=/nonexistent", **identity)
        until_healthy(*check, "--role", "standby")
        until_healthy(*check, "--role", "any")
        sick("the server is a standby", *check)
        standby.send_signal(signal.SIGINT)
        standby.wait()


SRVR = ("Zookeeper version: 3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f, built on 2022-02-25 08:49 UTC\nLatency min/avg/max: 0/0.0/0\n"
        "Received: 1\nSent: 0\nConnections: 1\nOutstanding: 0\nZxid: 0x0\nMode: {}\nNode count: 5\n")


def test_zookeeper(server):
    leader, follower = server(SRVR.format("leader").encode()), server(SRVR.format("follower").encode())
    outside = server(b"This ZooKeeper instance is not currently serving requests\n")
    assert run("check-zookeeper", "--port", str(leader), "--role", "leader") == (0, "")
    assert run("check-zookeeper", "--port", str(follower)) == (0, "")
    sick("the server is a follower", "check-zookeeper", "--port", str(follower), "--role", "leader")
    sick("serves nobody: This ZooKeeper instance is not", "check-zookeeper", "--port", str(outside))
    sick("does not answer", "check-zookeeper", "--port", str(server()), "--timeout", "0.5")
    sick("does not answer|serves nobody", "check-zookeeper", "--port", str(free_port()))
    admin = server(http('{"version":"3.8.0","server_state" : "follower","command":"srvr","error":null}'))
    assert run("check-zookeeper", "--admin", f"http://{HOST}:{admin}", "--role", "follower") == (0, "")
    sick("the server is a follower", "check-zookeeper", "--admin", f"http://{HOST}:{admin}", "--role", "leader")


def test_kafka(server):
    def broker(error):
        def answer(asked):
            assert asked[4:8] == b"\0\x12\0\0" and asked[8:12] == b"\0\0\0\7", asked
            body = b"\0\0\0\7" + error.to_bytes(2, "big") + b"\0\0\0\1\0\x12\0\0\0\3"
            return len(body).to_bytes(4, "big") + body
        return server(answer, stays=True)
    assert run("check-kafka", "--port", str(broker(0))) == (0, "")
    sick("error 35", "check-kafka", "--port", str(broker(35)))
    sick("does not answer as Kafka does", "check-kafka", "--port", str(server(b"HTTP/1.1 400 Bad Request\r\n\r\n")))
    sick("does not answer", "check-kafka", "--port", str(server()), "--timeout", "0.5")
    sick("does not answer", "check-kafka", "--port", str(free_port()))


def test_flink(server):
    overview = http('{"taskmanagers":1,"slots-total":1,"slots-available":1,"jobs-running":0}')
    def url(answer):
        return ("--url", f"http://{HOST}:{server(answer)}")
    assert run("check-flink", *url(overview), "--leader") == (0, "")
    other = http('{"errors":["Service temporarily unavailable due to an ongoing leader election."]}', "503 Service Unavailable")
    sick("not the leader", "check-flink", *url(other), "--leader")
    sick("status 503", "check-flink", *url(other))
    sick("not the leader", "check-flink", *url(http("", "307 Temporary Redirect")), "--leader")
    sick("does not answer as Flink", "check-flink", *url(http("hello")))
    sick("no answer", "check-flink", *url(None), "--timeout", "0.5")


def test_docker(tmp_path):
    def says(text, status=0):
        stand_in = tmp_path / "docker"
        stand_in.write_text(f"#!/bin/sh\n[ \"$1 $2 $3\" = 'inspect --type container' ] || exit 9\n{text}\nexit {status}\n")
        stand_in.chmod(0o755)
        return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    check = ("check-docker", "--container", "shop")
    for state in ("running none", "running healthy"):
        assert run(*check, environment=says(f"echo {state}")) == (0, "")
    sick("container shop is exited", *check, environment=says("echo exited none"))
    sick("container shop is running unhealthy", *check, environment=says("echo running unhealthy"))
    sick("no answer: Error: No such container", *check, environment=says("echo Error: No such container: shop >&2", 1))
    sick("no answer", *check, "--timeout", "0.5", environment=says("exec sleep 30"))
    assert run("check-docker")[0] == 2


def test_mount(net, tmp_path):
    namespace = net["A"].namespace
    sick("nothing is mounted", "check-mount", "--path", str(tmp_path))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "hf-test", str(tmp_path)], check=True)
    try:
        assert run("check-mount", "--path", str(tmp_path)) == (0, "")
        assert not list(tmp_path.iterdir())
        try:
            (tmp_path / "full").write_bytes(b"x" * 100000)
        except OSError:
            pass
        sick("cannot be written: .*No space", "check-mount", "--path", str(tmp_path))
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        sick("cannot be written: .*Read-only", "check-mount", "--path", str(tmp_path))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert namespace


def test_gateway(net):
    a = net["A"].namespace
    sick("there is no default route", "check-gateway", namespace=a)
    netns.run("ip", "-n", a, "route", "add", "default", "via", "192.0.2.2")
    assert run("check-gateway", namespace=a) == (0, "")
    assert run("check-gateway", "--interface", "eth0", namespace=a) == (0, "")
    sick("gateway 192.0.2.9 does not answer", "check-gateway", "--gateway", "192.0.2.9", "--timeout", "0.5", namespace=a)
