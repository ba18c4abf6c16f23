# SPDX-License-Identifier: Apache-2.0
"""From one model to the next: what a graceful restart does with a good file and with a bad one."""
import ctypes
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import requests

import httpd
from pictures import seven
from weights import constant_model

MODEL = os.environ["DIGIT_MODEL"]
STAYS = "what served before goes on serving"


def predictions(server, path="/", host="localhost"):
    """What twenty requests, each over a connection of its own, are answered."""
    def ask():
        answer = requests.post(server.url + path.rstrip("/") + "/curl-api", data=seven(), timeout=10,
                               headers={"Host": host, "Connection": "close"})
        return answer.json().get("prediction", answer.status_code)
    return {ask() for _ in range(20)}


def replace(server, name, content):
    server.write(name + ".new", content)
    os.replace(server.root / (name + ".new"), server.root / name)


def mounted(server, model="model.safetensors"):
    server.directives += f'DigitModel {model}\n<Location "/">\nSetHandler digit\n</Location>\n'
    return server


def remove(path):
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def flipped(content):
    """The same with one bit of a bias changed."""
    return content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]


def directory(path):
    path.unlink()
    path.mkdir()


def loop_of_links(path):
    path.unlink()
    path.symlink_to(path)


FAULTS = {
    "deleted": (lambda path: path.unlink(), "No such file or directory"),
    "truncated": (lambda path: os.truncate(path, 20000), "ends at byte"),
    "emptied": (lambda path: os.truncate(path, 0), "0 bytes"),
    "overwritten": (lambda path: path.write_bytes(b"\0" * 40000), "is not a JSON object"),
    "bit flipped": (lambda path: path.write_bytes(flipped(path.read_bytes())),
                    "does not match the tensors; the file is damaged"),
    "a folder": (directory, "is not a regular file"),
    "unreadable": (loop_of_links, "Too many levels of symbolic links"),
}


def test_a_restart_that_finds_a_bad_file_keeps_the_old_model(private_httpd, mpm):
    server = mounted(private_httpd(mpm))
    path = server.write("model.safetensors", constant_model(3))
    server.start()
    serves = 3
    for fault, reason in FAULTS.values():
        fault(path)
        server.expect(STAYS)
        for _ in range(2):  # what was kept is still there at the next restart
            server.graceful()
        assert predictions(server) == {serves}
        last = [line for line in server.error_log().splitlines() if STAYS in line][-1]
        assert "[digit:error]" in last and "DigitModel (" in last and "httpd.conf:" in last
        assert reason in last and str(path) in last and "784-10, tensors' SHA-256 " in last
        # And a good file is taken again.
        remove(path)
        serves = (serves + 1) % 10
        replace(server, path.name, constant_model(serves))
        server.graceful()
        assert predictions(server) == {serves}


def test_configtest_refuses_a_bad_file_while_the_server_goes_on(private_httpd):
    server = mounted(private_httpd())
    path = server.write("model.safetensors", constant_model(3))
    server.start()
    os.truncate(path, 20000)
    status, messages = server.configtest()
    assert status == 1
    assert "[digit:emerg]" in messages and "ends at byte" in messages and STAYS not in messages
    assert predictions(server) == {3}


def test_a_start_has_nothing_to_fall_back_on(private_httpd):
    server = mounted(private_httpd())
    path = server.write("model.safetensors", constant_model(3))
    server.start()
    server.stop()
    server.write("logs/error_log", b"")  # in which the harness looks for the start
    server.log_offset = 0
    os.truncate(path, 20000)
    status, messages = server.try_start()
    assert status == 1 and "[digit:emerg]" in messages


TWO_SERVERS = """
    <VirtualHost *:{port}>
        ServerName three.test
        SetHandler digit
        DigitModel three.safetensors
    </VirtualHost>
    <VirtualHost *:{port}>
        ServerName four.test
        SetHandler digit
        DigitModel four.safetensors
    </VirtualHost>
"""


def test_of_two_servers_the_one_whose_file_turns_bad_keeps_its_own_old_model(private_httpd, mpm):
    server = private_httpd(mpm)
    server.directives += server.formatted(TWO_SERVERS)
    server.write("three.safetensors", constant_model(3))
    server.write("four.safetensors", constant_model(4))
    server.start()
    server.write("three.safetensors", b"no weights")
    replace(server, "four.safetensors", constant_model(5))
    server.expect(r"DigitModel \(.*three\.safetensors.*" + STAYS)
    server.graceful()
    assert predictions(server, host="four.test") == {5}
    assert predictions(server, host="three.test") == {3}
    # Now both are bad: each keeps what it served last.
    os.unlink(server.root / "four.safetensors")
    server.expect(r"DigitModel \(.*four\.safetensors.*" + STAYS)
    server.graceful()
    assert predictions(server, host="four.test") == {5}
    assert predictions(server, host="three.test") == {3}


def test_a_place_that_names_another_file_which_is_bad_keeps_its_old_model(private_httpd):
    server = private_httpd()
    server.directives += server.formatted(TWO_SERVERS)
    server.write("three.safetensors", constant_model(3))
    server.write("four.safetensors", constant_model(4))
    server.write("bad.safetensors", b"no weights")
    server.start()
    server.directives = server.directives.replace("DigitModel four", "DigitModel bad")
    server.write_config()
    server.expect(r"bad\.safetensors.*" + STAYS)
    server.graceful()
    assert predictions(server, host="four.test") == {4}
    assert predictions(server, host="three.test") == {3}


def test_a_new_place_whose_file_is_bad_answers_503_and_the_others_go_on(private_httpd):
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(3))
    server.start()
    server.directives += '<Location "/new">\nSetHandler digit\nDigitModel bad\n</Location>\n'
    server.write_config()
    server.expect("nothing serves in its place .*so its requests get 503")
    server.graceful()
    assert predictions(server) == {3}
    answer = requests.post(server.url + "/new/curl-api", data=seven(), timeout=10)
    assert answer.status_code == 503 and "Retry-After" in answer.headers
    server.expect("503 ")


class Opened:
    """Counts how often files are opened, as the kernel tells it (inotify)."""
    IN_OPEN, IN_NONBLOCK = 0x20, 0x800

    def __init__(self, *paths):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(self.IN_NONBLOCK)
        assert self.fd >= 0
        for path in paths:
            assert libc.inotify_add_watch(self.fd, os.fsencode(path), self.IN_OPEN) >= 0

    def times(self):
        """Since the last call. An event of a file that is watched itself is 16 bytes."""
        try:
            return len(os.read(self.fd, 1 << 16)) // 16
        except BlockingIOError:
            return 0


def test_a_start_reads_each_file_once_though_httpd_configures_itself_twice(private_httpd):
    server = private_httpd()
    paths = []
    for name, digit in (("three", 3), ("eight", 8)):
        paths.append(server.write(f"{name}.safetensors", constant_model(digit)))
        server.directives += (f"<Location /{name}>\nSetHandler digit\n"
                              f"DigitModel {name}.safetensors\n</Location>\n")
    opened = Opened(*paths)
    server.start()
    assert opened.times() == 2
    assert predictions(server, "/three") == {3} and predictions(server, "/eight") == {8}
    server.graceful()
    assert opened.times() == 2
    assert predictions(server, "/eight") == {8}
    assert server.configtest()[0] == 0
    assert opened.times() == 2


def test_the_vector_library_is_loaded_once_and_stays(private_httpd, monkeypatch):
    """It measures the CPU's clock each time, and httpd loads its modules again and again."""
    linked = subprocess.run(["ldd", httpd.MODULE], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(libhwy\.so\S*) => (/\S+)", linked)
    if not found:
        pytest.skip("the module is not linked with libhwy.so")
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(3))
    # Copies, which no other test opens.
    library = server.write(found[1], pathlib.Path(found[2]).read_bytes())
    module = server.write("mod_digit.so", pathlib.Path(httpd.MODULE).read_bytes())
    monkeypatch.setattr(httpd, "MODULE", str(module))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(server.root), prepend=os.pathsep)
    opened = Opened(library, module)
    server.start()
    assert opened.times() == 3  # the module twice
    server.graceful()
    assert opened.times() == 1
    assert predictions(server) == {3}


def test_restarts_leave_no_descriptors_behind(private_httpd):
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(3))
    server.start()

    def descriptors():
        folder = pathlib.Path(f"/proc/{server.process.pid}/fd")
        return sorted(os.readlink(entry) for entry in folder.iterdir())

    server.graceful()
    before = descriptors()
    assert len([name for name in before if "mod_digit" in name]) == 1
    for digit in (4, 4, 5):
        replace(server, "model.safetensors", constant_model(digit))
        server.graceful()
    os.unlink(server.root / "model.safetensors")
    server.expect(STAYS)
    server.graceful()
    # Among them pipes and sockets, whose names differ.
    assert [len(before), 1] == [len(descriptors()),
                                len([name for name in descriptors() if "mod_digit" in name])]


def test_server_status_and_health_tell_what_serves(private_httpd):
    server = mounted(private_httpd(modules=["status"]))
    server.directives += ('<Location "/server-status">\nSetHandler server-status\n</Location>\n'
                          '<Location "/new">\nSetHandler digit\n</Location>\n')
    path = server.write("model.safetensors", constant_model(3))
    server.start()

    def status():
        text = requests.get(server.url + "/server-status?auto", timeout=10).text
        return dict(line.split(": ", 1) for line in text.splitlines()
                    if line.startswith("DigitModel"))

    def ready(place=""):
        return requests.get(server.url + place + "/v2/health/ready", timeout=10).status_code
    before = status()
    assert before["DigitModel1File"] == str(path) and before["DigitModel1Network"] == "784-10"
    assert before["DigitModel1State"] == "serving" and "DigitModel1Refusal" not in before
    assert ready() == 200
    os.truncate(path, 20000)
    server.directives = server.directives.replace('"/new">\n', '"/new">\nDigitModel a&b\n')
    server.write_config()
    server.expect(STAYS)
    server.expect("nothing serves in its place")
    server.graceful()
    after = status()
    states = {after[f"DigitModel{n}File"].rsplit("/", 1)[-1]: n for n in (1, 2)}
    old, new = states["model.safetensors"], states["a&b"]
    assert after[f"DigitModel{old}State"] == "serving an earlier file"
    assert "ends at byte" in after[f"DigitModel{old}Refusal"]
    assert after[f"DigitModel{old}Sha256"] == before["DigitModel1Sha256"]
    assert after[f"DigitModel{old}Since"] == before["DigitModel1Since"]
    assert after[f"DigitModel{new}State"] == "not serving"
    assert ready() == 200 and ready("/new") == 503
    server.expect("503 ")
    assert "a&amp;b" in requests.get(server.url + "/server-status", timeout=10).text


# ---- Golden pictures -------------------------------------------------------------------------

GOLDEN = ("reads 1 of the 10 golden pictures (0 as 7, 1 as 7, 2 as 7, 3 as 7, 4 as 7, 5 as 7, "
          "6 as 7, 8 as 7, 9 as 7), and DigitMinGolden asks for 8; train it further")


def test_a_network_that_cannot_read_the_golden_pictures_is_refused(private_httpd):
    server = mounted(private_httpd())
    server.directives = server.directives.replace("DigitMinGolden 0\n", "")
    server.write("model.safetensors", constant_model(7))
    for status, messages in (server.configtest(), server.try_start()):
        assert status == 1
        assert "[digit:emerg]" in messages and GOLDEN in messages


def test_a_restart_does_not_take_a_network_that_cannot_read_them(private_httpd):
    server = mounted(private_httpd())
    server.directives = server.directives.replace("DigitMinGolden 0\n", "")
    shutil.copy(MODEL, server.root / "model.safetensors")
    server.start()
    replace(server, "model.safetensors", constant_model(1))
    server.expect("reads 1 of the 10 golden pictures.*" + STAYS)
    server.graceful()
    assert predictions(server) == {7}


def test_a_place_may_do_without_them(private_httpd):
    server = private_httpd()
    server.directives = server.directives.replace("DigitMinGolden 0\n", "")
    server.directives += server.formatted(TWO_SERVERS).replace(
        "DigitModel four", "DigitMinGolden 0\nDigitModel four")
    shutil.copy(MODEL, server.root / "three.safetensors")
    server.write("four.safetensors", constant_model(4))
    server.start()
    assert predictions(server, host="four.test") == {4}
    assert predictions(server, host="three.test") == {7}


def test_weights_that_cannot_be_kept_serve_and_the_log_says_what_is_lacking(
        private_httpd, monkeypatch, tmp_path):
    limited = tmp_path / "limited"  # no file, not even of memory, over 16 KiB: 16 × 1024 bytes
    limited.write_text(f'#!/bin/bash\ntrap "" XFSZ\nulimit -f 16\nexec {httpd.HTTPD} "$@"\n')
    limited.chmod(0o755)
    monkeypatch.setattr(httpd, "HTTPD", limited)
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(7))
    server.expect("it serves, but should a restart find it broken, nothing could go on serving in "
                  "its place: no memory to keep the weights in: File too large")
    server.start()
    assert predictions(server) == {7}


# ---- digit-train onto the live file ----------------------------------------------------------

def test_digit_train_may_write_onto_the_file_that_serves(private_httpd, tmp_path):
    train = pathlib.Path(os.environ["DIGIT_MODULE"]).parents[2] / "digit-train"
    if not train.exists():
        pytest.skip(f"there is no {train}")
    for digit in range(10):
        for size in (28, 40, 60):
            picture = tmp_path / "data" / str(digit) / f"{size}.png"
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_bytes(seven(size))  # all alike: what it learns is not the point
    server = mounted(private_httpd())
    path = server.write("model.safetensors", constant_model(3))
    server.start()
    before, seen, answers = path.read_bytes(), set(), set()
    training = subprocess.Popen(
        [train, "--data", tmp_path / "data", "--epochs", "3", "--threads", "1", "--output", path],
        stdout=subprocess.DEVNULL)
    while training.poll() is None:
        seen.add(path.read_bytes())
        answers.add(requests.post(server.url + "/curl-api", data=seven(), timeout=10)
                    .json()["prediction"])
    assert training.returncode == 0
    after = path.read_bytes()
    # Every look found the old file or the new one, whole; nothing lies beside it.
    assert seen <= {before, after} and after != before
    assert [p.name for p in server.root.glob("model*")] == [path.name]
    assert answers == {3}
    server.graceful()
    assert "serves: 784-" in server.error_log().split("SIGUSR1")[-1]
