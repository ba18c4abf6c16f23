# SPDX-License-Identifier: Apache-2.0
"""digit-train --early-exit: two small layers beside the network."""
import json
import re
import signal
import subprocess
import time

from conftest import TOOLS, metadata


def shapes(path):
    data = path.read_bytes()
    header = json.loads(data[8:8 + int.from_bytes(data[:8], "little")])
    return {name: about["shape"] for name, about in header.items() if name != "__metadata__"}


def test_an_early_exit_is_made_on_demand_and_lost_when_the_network_is_trained_further(
        train, classify, mnist, tmp_path):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    printed = train.well("--hidden", "32,16", "--early-exit", 8, "--early-exit-epochs", 3, "--data", mnist,
                         "--validation", 100, "--epochs", 6, "--threads", 2, "--output", first)
    assert re.search(r"^early_exit_share: [01]\.\d{4}$", printed, re.M)
    assert shapes(first)["early_exit.0.weight"] == [8, 32] and shapes(first)["early_exit.1.weight"] == [10, 8]
    told = metadata(classify, first)
    assert told["early_exit"] == "8" and 0.998 <= float(told["early_exit_above"]) < 1
    train.well("--init", first, "--data", mnist, "--epochs", 1, "--threads", 2, "--output", second)
    assert not any(name.startswith("early_exit") for name in shapes(second))
    # A recipe's is left out where there is nothing to spare.
    printed = train.well("--recipe", "best", "--hidden", 18, "--receptive-field", "0,1", "--conv-teachers", 0,
                         "--drawn", 0, "--others", 0, "--validation", 0, "--data", mnist, "--epochs", 1,
                         "--threads", 2, "--output", second)
    assert "early_exit" not in printed + str(metadata(classify, second))


def test_an_early_exit_that_was_interrupted_is_made_when_resumed(train, classify, mnist, tmp_path):
    command = ("--hidden", "32,16", "--early-exit", 8, "--early-exit-epochs", 2000, "--data", mnist,
               "--epochs", 2, "--threads", 2)
    whole, output = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    train.well(*command, "--output", whole)
    checkpoint = tmp_path / "broken.safetensors.checkpoint"
    process = subprocess.Popen([TOOLS / "digit-train", *map(str, command), "--output", output],
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        while not checkpoint.exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and "--resume goes on" in said
    assert set(shapes(output)) == {f"layers.{n}.{what}" for n in range(3) for what in ("weight", "bias")}
    assert "early_exit" not in metadata(classify, output)
    train.well(*command, "--output", output, "--resume")
    assert output.read_bytes() == whole.read_bytes() and not checkpoint.exists()
