# SPDX-License-Identifier: Apache-2.0
"""digit-classify: pictures, lists of them and MNIST's files, answered in text and JSON."""
import io
import json
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys

import pytest
from PIL import Image

import sets
from conftest import TOOLS

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "httpd"))

from weights import constant_model  # noqa: E402


@pytest.fixture
def seven(tmp_path):
    path = tmp_path / "seven.png"
    path.write_bytes(sets.png(sets.picture(7, random.Random(5)), 112))
    return path


@pytest.fixture
def constant(tmp_path):
    """Weights that answer seven, whatever they see."""
    path = tmp_path / "constant.safetensors"
    path.write_bytes(constant_model(7))
    return path


def test_a_picture_is_answered_by_name_digit_and_confidence(classify, constant, seven):
    printed = classify.well("--model", constant, seven)
    name, digit, confidence = printed.rstrip("\n").split("\t")
    assert (name, digit) == (str(seven), "7") and re.fullmatch(r"0\.9[45]\d\d", confidence)


def test_explained_it_tells_what_was_seen(classify, constant, seven):
    printed = classify.well("--model", constant, "--explain", seven)
    assert "format: png, 112×112 pixels, orientation 1" in printed
    assert "polarity: dark-on-light" in printed
    assert re.search(r"probabilities: 0 0\.0\d+ .* 9 0\.0\d+", printed)
    rows = re.findall(r"^  \|(.{56})\|$", printed, re.M)
    assert len(rows) == 28 and any("█" in row for row in rows)


def test_in_json_an_answer_is_a_line(classify, constant, seven, tmp_path):
    (tmp_path / "notes.png").write_text("no picture")
    done = classify("--model", constant, "--json", "--explain", seven, tmp_path / "notes.png")
    assert done.returncode == 1 and done.stderr == ""
    answer, refusal = map(json.loads, done.stdout.splitlines())
    assert answer["prediction"] == 7 and len(answer["probabilities"]) == 10
    assert answer["receipt"]["format"] == "png"
    assert refusal["path"].endswith("notes.png") and "error" in refusal


def test_an_uncertain_answer_says_so(classify, seven, tmp_path):
    unsure = tmp_path / "unsure.safetensors"
    unsure.write_bytes(constant_model(7, sureness=0.5))
    assert json.loads(classify.well("--model", unsure, "--json", seven))["uncertain"] is True
    printed = classify.well("--model", unsure, "--explain", seven)
    assert "warning: the answer is uncertain" in printed


def test_what_is_no_picture_is_named_and_the_others_answered(classify, constant, seven, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    done = classify("--model", constant, tmp_path / "notes.txt", seven, tmp_path / "none.png")
    assert done.returncode == 1 and done.stdout.startswith(f"{seven}\t7\t")
    first, second = done.stderr.splitlines()
    assert first.startswith(f"digit-classify: {tmp_path}/notes.txt: ")
    assert second.startswith(f"digit-classify: {tmp_path}/none.png: ")


def test_a_list_with_labels_gives_a_confusion_matrix(classify, network, tmp_path):
    folder = sets.write_pictures(tmp_path / "set", 1)
    lines = [f"{label}/0.png,{label}" for label in range(10)] + ["missing.png,3"]
    (folder / "labels.csv").write_text("path,label\n" + "\n".join(lines) + "\n")
    printed = classify.well("--model", network, "--labels", folder / "labels.csv")
    accuracy = re.search(r"^accuracy: \S+ \((\d+) of 11\)$", printed, re.M)
    assert 8 <= int(accuracy[1]) <= 10
    # The paths may begin elsewhere.
    (tmp_path / "labels.csv").write_text("path,label\n4/0.png,4\n")
    printed = classify.well("--model", network, "--labels", tmp_path / "labels.csv",
                            "--root", folder)
    assert printed.endswith("of 1)\n")


def test_mnist_is_read_as_pictures_either_way_up(classify, network, mnist):
    plain = classify.well("--model", network, "--mnist", mnist)
    inverted = classify.well("--model", network, "--mnist", mnist, "--inverted")
    assert " of 100)" in plain and inverted == plain


def test_the_pictures_that_training_set_aside_are_found_again(train, classify, mnist, small,
                                                             tmp_path):
    output = tmp_path / "n.safetensors"
    printed = train.well(*small, "--data", mnist, "--epochs", 1, "--validation", 100, "--seed", 3,
                         "--output", output)
    told = float(re.search(r"validation_accuracy: (\S+)", printed)[1])
    again = classify.well("--model", output, "--mnist", mnist, "--validation", 100, "--seed", 3)
    found = float(re.search(r"^accuracy: (\S+) \(\d+ of 100\)$", again, re.M)[1])
    # The trainer has the pixels themselves; here each picture is framed first.
    assert abs(found - told) < 0.15
    assert "fewer than --validation asks for" in classify.refusal(
        "--model", output, "--mnist", mnist, "--validation", 601)


# ---- Contact sheets ----------------------------------------------------------------------------

def test_a_contact_sheet_shows_all_or_only_mistakes(classify, constant, mnist, seven, tmp_path):
    sheet = tmp_path / "sheet.png"
    sizes = []
    for options in ((), ("--mistakes",)):
        classify.well("--model", constant, "--mnist", mnist, "--contact-sheet", sheet, *options)
        sizes.append(Image.open(io.BytesIO(sheet.read_bytes())).size)
    assert sizes[0][1] > sizes[1][1] > 28  # ten of a hundred are sevens
    (tmp_path / "notes.png").write_text("no picture")
    done = classify("--model", constant, "--contact-sheet", sheet, seven, tmp_path / "notes.png")
    assert done.returncode == 1 and Image.open(sheet).size[0] > 28


def test_a_sheet_with_nothing_on_it_is_not_drawn(classify, constant, tmp_path):
    (tmp_path / "labels.csv").write_text("path,label\nseven.png,7\n")
    (tmp_path / "seven.png").write_bytes(sets.png(sets.picture(7, random.Random(5)), 112))
    sheet = tmp_path / "sheet.png"
    done = classify("--model", constant, "--labels", tmp_path / "labels.csv", "--mistakes",
                    "--contact-sheet", sheet)
    assert done.returncode == 1 and not sheet.exists()
    assert done.stderr == f"digit-classify: {sheet}: would have nothing on it.\n"


def test_a_sheet_that_cannot_be_written_is_said(classify, constant, seven):
    done = classify("--model", constant, "--contact-sheet", "/dev/null/sheet.png", seven)
    assert done.returncode == 1
    assert done.stderr == "digit-classify: /dev/null/sheet.png: cannot be written.\n"


# ---- The weights -------------------------------------------------------------------------------

def test_a_weights_file_says_what_it_is(classify, constant):
    assert "architecture: 784-10\n" in classify.well("--model", constant, "--inspect")
    told = json.loads(classify.well("--model", constant, "--inspect", "--json"))
    assert told["weights"] == 7840 and told["metadata"]["activation"] == "relu"


def test_the_model_is_the_one_that_the_environment_names(classify, constant, seven):
    named = {**os.environ, "DIGIT_MODEL": str(constant)}
    assert f"{seven}\t7\t" in classify.well(seven, env=named)
    named["DIGIT_MODEL"] = "/none.safetensors"
    assert "/none.safetensors" in classify.refusal(seven, env=named)


def test_without_a_name_it_is_the_one_of_the_tree_that_it_was_built_in(classify, seven, tmp_path):
    nameless = {k: v for k, v in os.environ.items() if k != "DIGIT_MODEL"}
    assert "architecture: 784-" in classify.well("--inspect", env=nameless)
    alone = shutil.copy(TOOLS / "digit-classify", tmp_path)
    done = subprocess.run([alone, seven], capture_output=True, text=True, timeout=60, env=nameless)
    if done.returncode == 0:
        pytest.skip("weights are installed on this machine")
    assert "mod_digit/digit.safetensors" in done.stderr


def test_a_network_whose_sums_overflow_is_refused(classify, seven, tmp_path):
    model = bytearray(constant_model(7))
    for at in range(len(model) - 10 * 4 - 7840 * 4, len(model) - 10 * 4, 4):
        model[at:at + 4] = struct.pack("<f", 3e38)
    path = tmp_path / "huge.safetensors"
    path.write_bytes(bytes(model).replace(b'"tensors_sha256"', b'"tensors_sha255"'))
    assert "overflow" in classify.refusal("--model", path, seven)


# ---- Refusals ----------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, sentence", [
    ((), "name a picture, a list with --labels, or MNIST with --mnist"),
    (("--mnist", "x", "y.png"), "name pictures or a set of them, not both"),
    (("--mnist", "x", "--labels", "y"), "excludes"),
    (("--inverted", "y.png"), "--inverted requires --mnist"),
    (("--threads", 0, "y.png"), "--threads"),
])
def test_a_wrong_command_line_is_answered_by_one_sentence(classify, arguments, sentence):
    message = classify.refusal(*arguments, status=2)
    assert sentence in message and message.endswith("(--help lists the options)")


def test_sets_that_cannot_be_read_are_refused(classify, constant, tmp_path):
    assert classify.refusal("--model", constant, "--labels", "/none.csv") == (
        "/none.csv: cannot be read")
    for options in ((), ("--validation", 5)):
        message = classify.refusal("--model", constant, "--mnist", tmp_path, *options)
        assert "is not there, nor is the same with .gz" in message
