# SPDX-License-Identifier: Apache-2.0
"""Three servers and a balancer as conf/cluster has them, under load: one dies, one is drained,
both come back."""
import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
import requests

import examples
from cluster import SERVERS, Backend, Balancer, Clients
from httpd import HTTPD_MODULES, MODULE, WWW, Httpd, free_port
from pictures import seven
from tensors import largest_request
from weights import constant_model

pytestmark = pytest.mark.skipif(not examples.MODS_AVAILABLE.is_dir(),
                                reason="the examples are for Debian's and Ubuntu's apache2")
CLIENTS = 6


@pytest.fixture
def backends():
    with contextlib.ExitStack() as all_of_them:
        yield [all_of_them.enter_context(Backend().running()) for _ in range(3)]


@pytest.fixture
def balancer(backends):
    with Balancer([backend.url for backend in backends]).running() as server:
        yield server


def wait_for(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def answers_more(server, by=20):
    """Waits until `server` has answered some more requests."""
    before = server.answered()
    wait_for(lambda: server.answered() >= before + by, f"{server.url} answers")


def test_no_request_is_lost_while_a_server_dies_one_is_drained_and_both_come_back(backends,
                                                                                  balancer):
    one, two, three = backends
    with Clients(balancer.url, CLIENTS) as clients:
        for server in backends:
            answers_more(server)
        assert clients.asked_again_since() == []

        # The kernel ends one process after the other, on a busy machine over some tenths of a second,
        # and until then takes what is sent to it. httpd's balancer has the client ask again when a
        # connection breaks before an answer, even before "100 Continue"; only one that is refused
        # makes it ask another server. So a client may lose one request to the process that serves,
        # and, asking again, one to the parent, which still listens; then nobody does.
        one.kill()
        for server in (two, three):
            answers_more(server, 100)
        assert len(clients.asked_again_since()) <= 2 * CLIENTS

        balancer.drain(two.url)
        still = two.answered()
        answers_more(three)
        assert two.answered() == still
        two.stop_gracefully()
        answers_more(three)
        assert clients.asked_again_since() == []

        one.start()
        answers_more(one)
        two.start()
        balancer.drain(two.url, "back")
        answers_more(two)
        assert clients.asked_again_since() == []
    assert clients.wrong == []
    assert clients.answers > 300


def test_drain_shows_the_servers(backends, balancer):
    shown = balancer.drain()
    for server in backends:
        assert server.url in shown
    with pytest.raises(subprocess.CalledProcessError) as refused:
        balancer.drain("http://127.0.0.1:1")
    assert backends[0].url in refused.value.stderr  # it says which servers there are


def test_drain_takes_a_server_by_the_port_that_its_scheme_implies():
    """As the examples name them. Nobody needs to listen there."""
    balancer = Balancer(["http://127.0.0.1:80", "https://127.0.0.2:443", "http://127.0.0.3:8080"])
    balancer.modules.append("ssl")
    balancer.directives = balancer.directives.replace("ProxyPass ", "SSLProxyEngine On\nProxyPass ", 1)
    with balancer.running():
        assert "http://127.0.0.1 " in balancer.drain()
        for address in ("http://127.0.0.1:80", "https://127.0.0.2:443", "http://127.0.0.3:8080"):
            balancer.drain(address)
        assert balancer.drain().count("Drn") == 3
        balancer.drain("http://127.0.0.1:80", "back")
        assert balancer.drain().count("Drn") == 2


@pytest.fixture
def haproxy(backends, tmp_path):
    """conf/cluster/haproxy.cfg in front of the servers, without its limit and what needs root."""
    program = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("haproxy is not installed (script/bootstrap --test installs it)")
    port = free_port()
    text = examples.replaced((examples.CONF / "cluster/haproxy.cfg").read_text(), {
        "bind :80": f"bind 127.0.0.1:{port}", "gt 200 }": "gt 1000000 }",
        "user haproxy\n": "", "group haproxy\n": "", "chroot /var/lib/haproxy\n": "",
        "/run/haproxy/admin.sock": f"{tmp_path}/admin.sock",
        **{server.removeprefix("http://"): backend.url.removeprefix("http://")
           for server, backend in zip(SERVERS, backends)}})
    (tmp_path / "haproxy.cfg").write_text(text)
    command = [program, "-f", str(tmp_path / "haproxy.cfg")]
    subprocess.run([*command, "-c"], check=True, capture_output=True)
    with open(tmp_path / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    balancer = Haproxy(f"http://127.0.0.1:{port}", tmp_path / "admin.sock")
    try:
        wait_for(lambda: is_ready(balancer.url), "haproxy has a ready server")
        yield balancer
    finally:
        process.terminate()
        process.wait()


def answers(url):
    try:
        return requests.get(url + "/", timeout=5).ok
    except requests.ConnectionError:
        return False


def is_ready(url):
    try:
        return requests.get(url + "/v2/health/ready", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


class Haproxy:
    def __init__(self, url, admin_socket):
        self.url = url
        self.admin_socket = admin_socket

    def tell(self, command):
        """What its socket answers, as docs/operations.md asks it."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.admin_socket))
            connection.sendall(command.encode() + b"\n")
            answer = b""
            while block := connection.recv(65536):
                answer += block
        return answer.decode()

    def in_hand(self, server):
        """How many requests `server` has, of the columns that docs/operations.md names."""
        lines = [line.split(",") for line in self.tell("show stat").splitlines()]
        assert lines[0][4] == "scur"
        count, = (int(line[4]) for line in lines if line[:2] == ["servers", server])
        return count


def test_behind_haproxy_even_what_a_dead_server_had_in_hand_is_answered(backends, haproxy):
    one, two, three = backends
    with Clients(haproxy.url, CLIENTS) as clients:
        for server in backends:
            answers_more(server)
        one.kill()
        for server in (two, three):
            answers_more(server, 100)
        one.start()
        answers_more(one)

        assert haproxy.tell("set server servers/two state drain").strip() == ""
        wait_for(lambda: haproxy.in_hand("two") == 0, "the drained server has no request in hand")
        still = two.answered()
        answers_more(three)
        assert two.answered() == still
        two.stop_gracefully()
        answers_more(three)
        two.start()
        assert haproxy.tell("set server servers/two state ready").strip() == ""
        answers_more(two)
    assert clients.asked_again_since() == []
    assert clients.wrong == []


def status_of(url, path, client="127.0.0.1"):
    """The answer to a path as it is, which requests would decode, from an address of this machine."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10,
                                            source_address=(client, 0))
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("front", ["balancer", "haproxy"])
def test_the_largest_request_that_a_server_takes_passes_and_no_much_larger_one(request, front):
    url = request.getfixturevalue(front).url + "/v2/models/digit/infer"
    answer = requests.post(url, data=largest_request(), timeout=20)
    assert answer.status_code == 200 and '"data":[7]' in answer.text
    assert requests.post(url, data=b"x" * 1600000, timeout=20).status_code == 413


@pytest.mark.parametrize("front", ["balancer", "haproxy"])
def test_counters_are_not_for_the_clients_of_a_balancer(request, backends, front):
    url = request.getfixturevalue(front).url
    assert status_of(url, "/v2/health/ready") == 200
    for path in ("/metrics", "/%6detrics", "/%6Detrics?x", "//metrics", "/x/../metrics",
                 "/server-status", "/server%2dstatus"):
        for server in (url, backends[0].url):
            assert status_of(server, path, "127.0.0.2") in (403, 404), (server, path)
    # Nor does a client who claims an address of the monitoring get them.
    claimed = requests.get(url + "/metrics", headers={"X-Forwarded-For": "127.0.0.1"}, timeout=10)
    assert claimed.status_code in (403, 404)
    # Monitoring asks the server itself.
    assert status_of(backends[0].url, "/metrics") == 200


def test_the_container_configuration_serves_without_root(tmp_path):
    """As Containerfile starts it: a user without rights, one port, one folder to write to."""
    port = free_port()
    root = Httpd("event")
    try:
        root.write("seven.safetensors", constant_model(7))
        run = root.root / "run"
        run.mkdir()
        run.chmod(0o777)
        text = examples.replaced((examples.CONF / "cluster/container.conf").read_text(), {
            "Listen 8080": f"Listen 127.0.0.1:{port}",
            "10.0.0.0/8": "127.0.0.1",
            "ServerRoot /etc/apache2": f"ServerRoot {root.root}",
            "/run/apache2": str(run),
            "/dev/stderr": f"{run}/error_log",
            "/dev/stdout": f"{run}/access_log",
            "DocumentRoot /usr/share/mod_digit/www":
                f"DigitMinGolden 0\nDigitModel seven.safetensors\nDigitPageDir {WWW}\nDocumentRoot {root.root}",
            "/usr/lib/apache2/modules/mod_digit.so": MODULE,
            "/usr/lib/apache2/modules": str(HTTPD_MODULES),
        })
        root.write("httpd.conf", text.encode())
        command = root.command("-DFOREGROUND")
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=33", "--regid=33", "--clear-groups",
                       "--bounding-set=-all", "--no-new-privs", *command]
        process = subprocess.Popen(command, start_new_session=True, env=root.environment())
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(lambda: answers(url), "the container's httpd answers")
            assert is_ready(url)
            answer = requests.post(url + "/curl-api", data=seven(), timeout=10)
            assert answer.json()["prediction"] == 7
            assert requests.get(url + "/metrics", timeout=10).status_code == 200
            outside = {"X-Forwarded-For": "203.0.113.9"}
            assert requests.get(url + "/metrics", timeout=10, headers=outside).status_code == 403
            # httpd writes its line after the answer.
            wait_for(lambda: "POST /curl-api" in (run / "access_log").read_text(),
                     "the request is logged")
            # Out of service as Containerfile's STOPSIGNAL does it.
            process.send_signal(signal.SIGWINCH)
            assert process.wait(timeout=30) == 0
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    finally:
        root.remove()


def memory_mib(quantity):
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()
    return int(number) * (1024 if unit == "Gi" else 1)


def most_memory_mib():
    """docs/operations.md's sum, of what the code promises and the container configures."""
    def said(path, pattern):
        found, = re.findall(pattern, (examples.CONF.parent / path).read_text())
        return int(found)

    decode = said("libdigit/limits.h", r"max_memory_bytes = (\d+)u << 20")
    ordinary = said("libdigit/large_decodes.h", r"kOrdinaryDecodeBytes = (\d+)u << 20")
    beside = said("tests/requests/costs.cc", r"kPromisedBytes = (\d+)u << 20") - decode
    large = said("conf/digit.conf", r"#DigitMaxLargeDecodes (\d+)")
    threads = said("conf/cluster/container.conf", r"MaxRequestWorkers (\d+)")
    return large * decode + threads * (ordinary + beside) + 32


def test_kubernetes_manifests_ask_for_no_right_and_probe_what_is_there():
    yaml = pytest.importorskip("yaml", reason="python3-yaml (script/bootstrap --test)")
    documents = {d["kind"]: d for d in
                 yaml.safe_load_all((examples.CONF / "cluster/kubernetes.yaml").read_text())}
    assert set(documents) == {"Deployment", "Service", "HorizontalPodAutoscaler",
                              "PodDisruptionBudget"}
    # How many there are is for the autoscaler to say.
    assert "replicas" not in documents["Deployment"]["spec"]
    pod = documents["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    assert documents["Service"]["spec"]["selector"].items() <= labels
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert documents[kind]["spec"]["selector"]["matchLabels"].items() <= labels
    scaled = documents["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (scaled["kind"], scaled["name"]) == ("Deployment",
                                                documents["Deployment"]["metadata"]["name"])
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    container, = pod["spec"]["containers"]
    assert container["securityContext"] == {"allowPrivilegeEscalation": False,
                                            "readOnlyRootFilesystem": True,
                                            "capabilities": {"drop": ["ALL"]}}
    port, = container["ports"]
    assert documents["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
    # The one folder that the container's httpd writes to is not the read-only root's.
    mount, = container["volumeMounts"]
    assert mount["name"] == pod["spec"]["volumes"][0]["name"]
    assert f"\nDefaultRuntimeDir {mount['mountPath']}\n" in \
        (examples.CONF / "cluster/container.conf").read_text()
    containerfile = (examples.CONF / "cluster/Containerfile").read_text()
    assert f"EXPOSE {port['containerPort']}\n" in containerfile
    assert f"USER {pod['spec']['securityContext']['runAsUser']}:" in containerfile
    assert memory_mib(container["resources"]["limits"]["memory"]) >= most_memory_mib()
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in ("/v2/health/ready", "/v2/health/live")
        assert container[probe]["httpGet"]["port"] == port["name"]
    grace = pod["spec"]["terminationGracePeriodSeconds"]
    assert grace > 5 + 20  # preStop, and container.conf's GracefulShutdownTimeout
