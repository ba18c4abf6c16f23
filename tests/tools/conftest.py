# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the tools as programs, a small set in MNIST's files, a network that has learnt it."""
import fcntl
import os
import pathlib
import signal
import subprocess

import pytest

import sets

TOOLS = pathlib.Path(os.environ["DIGIT_TOOLS"])
SMALL = ("--hidden", "16", "--batch-size", "50", "--threads", "2")


class Tool:
    def __init__(self, name):
        self.name = name
        if not (TOOLS / name).exists():
            pytest.skip(f"there is no {TOOLS / name}")

    def __call__(self, *arguments, **options):
        return subprocess.run([TOOLS / self.name, *map(str, arguments)], capture_output=True,
                              text=True, timeout=300, **options)

    def well(self, *arguments, **options):
        """What it prints; nothing may go wrong."""
        done = self(*arguments, **options)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def refusal(self, *arguments, status=1, **options):
        """The one sentence with which it ends."""
        done = self(*arguments, **options)
        assert done.returncode == status, done.stdout + done.stderr
        assert done.stderr.startswith(f"{self.name}: ") and done.stderr.endswith(".\n")
        assert done.stderr.count("\n") == 1
        return done.stderr[len(self.name) + 2:-2]

    def interrupted(self, *arguments):
        """Ctrl-C after the first line; the status and all that was printed. So that the tool cannot
        end before, its output goes into a pipe that is full long before the last line."""
        process = subprocess.Popen([TOOLS / self.name, *map(str, arguments)], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.stdout.read(), process.stderr.read()
        return process.wait(timeout=60), first + rest, errors


def metadata(classify, path):
    """What a weights file says of itself."""
    lines = classify.well("--inspect", "--model", path).splitlines()
    return dict(line.split(": ", 1) for line in lines)


@pytest.fixture(scope="session")
def train():
    return Tool("digit-train")


@pytest.fixture(scope="session")
def classify():
    return Tool("digit-classify")


@pytest.fixture(scope="session")
def draw():
    return Tool("digit-draw")


@pytest.fixture(scope="session")
def mnist(tmp_path_factory):
    return sets.write_set(tmp_path_factory.mktemp("sets") / "mnist", 600, 100)


@pytest.fixture(scope="session")
def small():
    """Options of a training that takes a moment."""
    return SMALL


@pytest.fixture(scope="session")
def network(train, mnist, tmp_path_factory):
    """Weights of a network that reads the set."""
    path = tmp_path_factory.mktemp("network") / "network.safetensors"
    train.well(*SMALL, "--data", mnist, "--epochs", 30, "--learning-rate", 0.005,
               "--validation", 100, "--output", path)
    return path
