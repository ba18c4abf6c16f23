# SPDX-License-Identifier: Apache-2.0
"""script/server, which the README has a newcomer run first, with what is built already."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest
import requests

from httpd import MODULE, PRELOAD, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(MODULE).parents[2]


@pytest.fixture
def environment(tmp_path):
    """One in which the script installs nothing; the test is skipped where it would have to."""
    if PRELOAD:
        pytest.skip("a server of its own would lack the sanitizers' libraries")
    if not (BUILD / "Makefile").exists():
        pytest.skip(f"there is no {BUILD}/Makefile")
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\nexit 1\n")
    apt.chmod(0o755)
    variables = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "BUILD_DIR": str(BUILD),
                 "PORT": str(free_port())}
    if subprocess.run([ROOT / "script/bootstrap"], env=variables, capture_output=True,
                      timeout=60).returncode != 0:
        pytest.skip("script/bootstrap has something to install")
    log = BUILD / "build.log"
    kept = log.read_bytes() if log.exists() else None
    yield variables
    shutil.rmtree(BUILD / "server" / variables["PORT"], ignore_errors=True)
    if kept is not None:
        log.write_bytes(kept)
    else:
        log.unlink(missing_ok=True)
    if (BUILD / "server").is_dir() and not list((BUILD / "server").iterdir()):
        (BUILD / "server").rmdir()


def said(variables):
    """Exit status and message of a script that does not get as far as serving."""
    done = subprocess.run([ROOT / "script/server"], env=variables, capture_output=True, text=True,
                          timeout=120)
    return done.returncode, done.stderr


def test_it_serves_what_the_readme_says_until_ctrl_c(environment):
    port = environment["PORT"]
    # A shell's background jobs ignore Ctrl-C, and what they start does; a terminal's do not.
    server = subprocess.Popen([ROOT / "script/server"], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, start_new_session=True,
                              preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        told = ""
        while "Ctrl-C stops it." not in told:
            line = server.stdout.readline()
            assert line, told
            told += line
        assert f"The page:  http://localhost:{port}/" in told
        command, = re.findall(r"^By curl: +(.*)$", told, re.M)
        readme = (ROOT / "README.md").read_text()
        assert command.replace(port, "8080") in readme
        answer = subprocess.run(["bash", "-c", command.replace("curl", "curl -sS", 1)], cwd=ROOT,
                                capture_output=True, text=True, timeout=20, check=True).stdout
        assert answer.strip() in readme
        assert 'name="myfile"' in requests.get(f"http://localhost:{port}/", timeout=10).text
        # Whoever starts another one is told what to do.
        status, message = said(environment)
        assert status == 1
        assert f"port {port} is taken by another program" in message
        assert f"PORT={int(port) + 1} script/server" in message
    finally:
        os.killpg(server.pid, signal.SIGINT)
        rest, _ = server.communicate(timeout=30)
    assert rest.endswith("Stopped.\n") and server.returncode == 0
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", int(port)))


@pytest.mark.parametrize("variable,value,reason", [
    ("PORT", "http", "PORT is 'http'; write a number from 1 to 65535"),
    ("PORT", "65536", "PORT is '65536'; write a number from 1 to 65535"),
    ("MODEL", "nowhere/x", "nowhere/x; train them with digit-train, or name others: MODEL=FILE"),
])
def test_what_it_cannot_serve_it_says(environment, variable, value, reason):
    status, message = said({**environment, variable: value})
    assert status == 1 and reason in message
