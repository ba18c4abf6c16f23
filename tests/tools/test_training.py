# SPDX-License-Identifier: Apache-2.0
"""digit-train, from labelled pictures to a weights file that digit-classify reads."""
import json
import os
import pathlib
import pty
import re
import struct
import subprocess

import pytest

import sets
from conftest import TOOLS, metadata


def accuracies(text, kind):
    return [float(a) for a in re.findall(rf"\b{kind}_accuracy: ([\d.]+)", text)]


def accuracy(text):
    return float(re.search(r"^accuracy: ([\d.]+)", text, re.M)[1])


def test_a_set_is_learnt_and_the_file_says_how(train, classify, mnist, small, tmp_path):
    output = tmp_path / "learnt.safetensors"
    printed = train.well(*small, "--data", mnist, "--epochs", 12, "--learning-rate", 0.005,
                         "--output", output)
    assert len(accuracies(printed, "train")) == 12
    assert accuracies(printed, "test")[-1] > 0.9
    told = metadata(classify, output)
    assert told["architecture"] == "784-16-10" and told["epochs_done"] == "12"
    assert told["training_pictures"] == "600" and float(told["test_accuracy"]) > 0.9
    assert list(tmp_path.iterdir()) == [output]  # no checkpoint is left


def test_the_recipe_original_is_what_the_options_begin_from(train, classify, mnist, tmp_path):
    output = tmp_path / "original.safetensors"
    printed = train.well("--recipe=original", "--data", mnist, "--epochs", 2, "--output", output)
    assert len(accuracies(printed, "test")) == 2
    told = metadata(classify, output)
    assert told["architecture"] == "784-100-40-10" and told["activation"] == "tanh"
    assert told["recipe"] == "original" and told["optimiser"] == "sgd" and told["lambda"] == "5"


# Drawn pictures, too, where no font is installed: pens write them.
ALL_KINDS = ("--recipe", "original", "--hidden", "32,16", "--receptive-field", "16,12", "--shared-weights", 0.5,
             "--activation", "relu", "--uncentred",
             "--batch-norm", "--augment", "--refit", "--square", 0.2, "--views", 2, "--optimizer", "adamw",
             "--weight-decay", 0.01, "--schedule", "cosine", "--warm-up", 1, "--average", 0.9,
             "--dropout", 0.1, "--sparsity", 0.5, "--label-smoothing", 0.05, "--mixup", 0.2, "--inverted", 0.1,
             "--drawn", 100, "--others", 50, "--drawn-fresh", 0.5, "--font-share", 0,
             "--drawn-augment", 0.5, "--validation", 100, "--epochs", 3, "--evaluate-every", 2,
             "--early-exit", 8, "--early-exit-epochs", 2, "--dtype", "f16", "--seed", 7, "--threads", 2, "--batch-size", 50)


def test_all_settings_together_train_and_are_told(train, classify, mnist, tmp_path):
    own = sets.write_pictures(tmp_path / "own", 2)
    (own / "3" / "notes.txt").write_text("no picture")
    output = tmp_path / "all.safetensors"
    done = train(*ALL_KINDS, "--data", mnist, "--data", own, "--own-share", 0.1,
                 "--metrics", tmp_path / "metrics.csv", "--report", tmp_path / "report",
                 "--output", output)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"digit-train: 1 pictures left out, the first is \S+notes\.txt: .+\.\n",
                        done.stderr)
    # Looks after the second epoch and the last, at the test pictures once, at the end.
    assert re.findall(r"^(Epoch \d|test)", done.stdout, re.M) == ["Epoch 1", "Epoch 2", "test"]
    assert len(accuracies(done.stdout, "validation")) == len(accuracies(done.stdout, "drawn")) == 2
    told = metadata(classify, output)
    for name, value in {"batch_norm": "yes", "refit": "yes", "views": "2", "drawn": "100", "others": "50",
                        "receptive_field": "16,12", "shared_weights": "0.5",
                        "dtype": "f16", "seed": "7", "sparsity": "0.5", "mixup": "0.2", "own_pictures": "20",
                        "training_pictures": "520"}.items():
        assert told[name] == value
    assert {"temperature", "uncertain_below", "calibration_error", "others_flagged",
            "drawn_accuracy", "validation_accuracy"} <= told.keys()
    assert len((tmp_path / "metrics.csv").read_text().splitlines()) == 3
    assert "<svg" in (tmp_path / "report" / "index.html").read_text()


def test_digits_printed_in_fonts_are_learnt_too(train, classify, mnist, small, tmp_path):
    done = train(*small, "--data", mnist, "--epochs", 1, "--drawn", 50, "--font-share", 1,
                 "--output", tmp_path / "n.safetensors")
    if "script/bootstrap --training" in done.stderr:
        pytest.skip("no font of trainer/fonts.txt is installed")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"\d", metadata(classify, tmp_path / "n.safetensors")["fonts"])


def test_training_goes_on_from_a_network(train, classify, network, mnist, tmp_path):
    output = tmp_path / "further.safetensors"
    printed = train.well("--init", network, "--hidden", "100", "--data", mnist, "--epochs", 1,
                         "--learning-rate", 0.0001, "--output", output)
    assert accuracies(printed, "test")[0] > 0.9
    assert metadata(classify, output)["architecture"] == "784-16-10"  # the given network's


def tensors_of(path):
    """Metadata of a file of 32-bit floats, and by name its tensors' shapes and values."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    told = header.pop("__metadata__")
    values = {}
    for name, about in header.items():
        assert about["dtype"] == "F32"
        begin, end = (8 + length + at for at in about["data_offsets"])
        values[name] = about["shape"], struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
    return told, values


def write_with_zeros(path, inputs, squares):
    """Beside a file, the same network with a weight for every input. inputs: of each layer; squares:
    of each layer, by square the inputs that its units see. Whoever misreads their order reads another
    network than the file beside it."""
    told, values = tensors_of(path)
    header, data = {"__metadata__": {k: v for k, v in told.items() if k != "tensors_sha256"}}, b""
    for name, (shape, numbers) in values.items():
        layer = re.fullmatch(r"layers\.(\d+)\.weight", name)
        if layer and int(layer[1]) < len(squares):
            width, seen = inputs[int(layer[1])], squares[int(layer[1])]
            units, columns = shape
            whole = [0.0] * (units * width)
            for unit in range(units):
                places = sorted(seen[unit * len(seen) // units])
                assert len(places) == columns
                for column, place in enumerate(places):
                    whole[unit * width + place] = numbers[unit * columns + column]
            shape, numbers = [units, width], whole
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(data), len(data) + 4 * len(numbers)]}
        data += struct.pack(f"<{len(numbers)}f", *numbers)
    text = json.dumps(header).encode()
    whole_path = path.with_name(f"whole-{path.name}")
    whole_path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return whole_path


# Of 12 × 12 pixels, eight apart: three rows, the second from right to left.
SQUARES = [[28 * y + x for y in range(top, top + 12) for x in range(left, left + 12)]
           for top, left in ((0, 0), (0, 8), (0, 16), (8, 16), (8, 8), (8, 0), (16, 0), (16, 8), (16, 16))]


def test_units_see_squares_and_go_on_so_when_trained_further(train, classify, mnist, tmp_path):
    first, second, third = (tmp_path / f"{name}.safetensors" for name in ("first", "second", "third"))
    train.well("--hidden", "18", "--receptive-field", "12,8", "--shared-weights", 1, "--data", mnist,
               "--epochs", 2, "--threads", 2, "--output", first)
    whole = write_with_zeros(first, [784], [SQUARES])
    # The file's squares, whatever a recipe says.
    for given, output in ((first, second), (whole, third)):
        train.well("--recipe", "best", "--conv-teachers", 0, "--drawn", 0, "--others", 0, "--dtype", "f32",
                   "--init", given, "--data", mnist, "--validation", 0, "--epochs", 1, "--threads", 2,
                   "--output", output)
    for path in (first, second):
        shape, weights = tensors_of(path)[1]["layers.0.weight"]
        assert shape == [18, 144]
        assert all(any(weights[unit * 144:unit * 144 + 144]) for unit in range(18))
        assert (classify.well("--model", path, "--mnist", mnist) ==
                classify.well("--model", write_with_zeros(path, [784], [SQUARES]), "--mnist", mnist))
    assert tensors_of(first)[1] != tensors_of(second)[1] == tensors_of(third)[1]


def test_units_of_the_second_layer_see_squares_of_the_first_ones(train, classify, mnist, tmp_path):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    train.well("--hidden", "144,32", "--receptive-field", "12,8/2,1", "--batch-norm", "--shared-weights", 0.5,
               "--early-exit", 8, "--early-exit-epochs", 1, "--data", mnist, "--epochs", 2, "--threads", 2,
               "--output", first)
    train.well("--init", first, "--data", mnist, "--epochs", 1, "--threads", 2, "--output", second)
    # Two squares side by side in each row of two: in the first row of three squares 0 to 2, in the
    # second 5 to 3, in the third 6 to 8. The second row of these goes back.
    pairs = [[0, 1, 5, 4], [1, 2, 4, 3], [4, 3, 7, 8], [5, 4, 6, 7]]
    squares = [[16 * square + channel for square in pair for channel in range(16)] for pair in pairs]
    for path in (first, second):
        assert metadata(classify, path)["receptive_field"] == "12,8/2,1"
        assert tensors_of(path)[1]["layers.1.weight"][0] == [32, 64]
        assert (classify.well("--model", path, "--mnist", mnist) ==
                classify.well("--model", write_with_zeros(path, [784, 144], [SQUARES, squares]),
                              "--mnist", mnist))


def test_squares_of_a_given_network_are_changed_on_demand_alone(train, classify, network, mnist, tmp_path):
    output = tmp_path / "n.safetensors"
    begin = ("--data", mnist, "--epochs", 1, "--threads", 2, "--output", output)
    # A recipe has squares, but the network that is given sees the whole picture.
    train.well("--recipe", "best", "--conv-teachers", 0, "--drawn", 0, "--others", 0, "--validation", 0,
               "--dtype", "f32", "--init", network, *begin)
    assert "receptive_field" not in metadata(classify, output)
    done = train("--init", network, "--receptive-field", "20,28", *begin)
    assert done.returncode == 1
    assert re.search(r"layers\.0\.weight: is not zero outside the receptive field of unit \d", done.stderr)
    train.well("--hidden", "18", "--receptive-field", "12,8", *begin)
    train.well("--init", output, "--receptive-field", "0,1", *begin)
    assert tensors_of(output)[1]["layers.0.weight"][0] == [18, 784]


@pytest.mark.parametrize("options, reason", (
    (("--hidden", "20", "--receptive-field", "12,8"), "makes 9 fields, among which the 20 units of layer 0"),
    (("--hidden", "18,9", "--receptive-field", "12,8/4,1"), "larger than the 3 places a side"),
    (("--receptive-field", "10"), "such as 5,2/4,2, not 10 ("),
    (("--receptive-field", "10,0"), "such as 5,2/4,2, not 10,0 ("),
    (("--hidden", "20", "--early-exit", "8"), "two hidden layers or more"),
    (("--hidden", "20,10", "--activation", "tanh", "--early-exit", "8"), "of relu")))
def test_squares_and_early_exits_that_cannot_be_are_refused(train, mnist, tmp_path, options, reason):
    done = train(*options, "--data", mnist, "--output", tmp_path / "none.safetensors")
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr


def test_a_network_learns_from_teachers_of_both_kinds(train, classify, network, mnist, small,
                                                     tmp_path):
    output = tmp_path / "pupil.safetensors"
    printed = train.well(*small, "--data", mnist, "--epochs", 2, "--centred", "--teacher", network,
                         "--conv-teachers", 2, "--conv-drawn", 1, "--conv-shape", "16p-16p",
                         "--conv-epochs", 2, "--conv-batch-size", 50, "--validation", 50,
                         "--drawn", 50, "--font-share", 0, "--output", output)
    looks = re.findall(r"^Teacher epoch .*", printed, re.M)
    assert ["drawn_accuracy" in look for look in looks] == [False, False, True, True]
    assert printed.count("\nEpoch ") == 2
    told = metadata(classify, output)
    assert told["teachers"] == "1" and told["conv_teachers"] == "2" and told["conv_drawn"] == "1"
    assert told["teacher_temperature"] == "2"
    assert list(tmp_path.iterdir()) == [output]


def test_whole_numbers_take_a_quarter_of_the_file_and_answer_alike(train, classify, mnist, small,
                                                                   tmp_path):
    told, seen, sizes = {}, {}, {}
    for dtype in ("f32", "i8"):
        output = tmp_path / f"{dtype}.safetensors"
        train.well(*small, "--data", mnist, "--epochs", 12, "--learning-rate", 0.005,
                   "--dtype", dtype, "--output", output)
        told[dtype] = float(metadata(classify, output)["test_accuracy"])
        sizes[dtype] = output.stat().st_size
        seen[dtype] = accuracy(classify.well("--model", output, "--mnist", mnist))
    assert sizes["i8"] < 0.35 * sizes["f32"]
    assert told["i8"] > 0.9 and abs(told["i8"] - told["f32"]) <= 0.02
    assert abs(seen["i8"] - seen["f32"]) <= 0.02


def test_without_improvement_the_best_network_is_kept(train, classify, mnist, small, tmp_path):
    output = tmp_path / "best.safetensors"
    # At this rate nothing improves after the first look.
    printed = train.well(*small, "--data", mnist, "--epochs", 50, "--learning-rate", 0,
                         "--validation", 100, "--patience", 3, "--output", output)
    assert len(accuracies(printed, "validation")) == 4
    assert metadata(classify, output)["epochs_done"] == "4"


def test_on_a_terminal_a_bar_shows_how_far_it_is(mnist, small, tmp_path):
    ours, theirs = pty.openpty()
    arguments = [*small, "--data", mnist, "--epochs", 3, "--output", tmp_path / "n.safetensors"]
    process = subprocess.Popen([TOOLS / "digit-train", *map(str, arguments)], stderr=theirs,
                               stdout=subprocess.DEVNULL)
    os.close(theirs)
    shown = b""
    try:
        while block := os.read(ours, 65536):
            shown += block
    except OSError:  # the terminal's other end is closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    assert re.search(r"epoch 1 of 3 [█░]{24} +\d+ %  \d+ k? ?pictures/s", shown.decode())
    assert shown.endswith(b"\r\033[K")  # it is wiped


# ---- Interrupted -------------------------------------------------------------------------------

LONG = ("--epochs", 300, "--batch-size", 100, "--hidden", 16, "--threads", 2)


def test_an_interrupted_training_goes_on_to_the_same_bits(train, tmp_path):
    data = sets.write_set(tmp_path / "few", 100, 20)
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    common = (*LONG, "--data", data, "--validation", 20, "--average", 0.9)
    train.well(*common, "--output", whole)
    status, printed, errors = train.interrupted(*common, "--output", parts)
    assert status == 130 and printed.count("Epoch ") < 300
    assert errors == "digit-train: stopped; the same command with --resume goes on.\n"
    assert (tmp_path / "parts.safetensors.checkpoint").exists()
    printed += train.well(*common, "--output", parts, "--resume")
    assert printed.count("Epoch ") == 300
    assert parts.read_bytes() == whole.read_bytes()


def test_checkpoints_are_written_while_it_goes_well(train, mnist, small, tmp_path):
    message = train.refusal(*small, "--data", mnist, "--epochs", 2, "--checkpoint-minutes", 0,
                            "--checkpoint", "/dev/null/c", "--output", tmp_path / "n")
    assert message.startswith("/dev/null/c: cannot be written (")


def test_interrupted_teachers_go_on_and_can_be_kept(train, small, tmp_path):
    data = sets.write_set(tmp_path / "few", 100, 20)
    output = tmp_path / "pupil.safetensors"
    teachers = ("--conv-teachers", 1, "--conv-shape", "16p-16p", "--conv-batch-size", 100)
    common = ("--data", data, *small, "--epochs", 2, *teachers, "--conv-epochs", 150)
    status, printed, errors = train.interrupted(*common, "--output", output)
    assert status == 130 and errors.count("\n") == 1
    again = train.well(*common, "--output", output, "--resume", "--keep-checkpoints")
    assert printed.count("Teacher ") + again.count("Teacher ") == 150
    kept = tmp_path / "pupil.safetensors.checkpoint.teacher1"
    assert kept.exists()
    # Another network learns from the same teacher, which need not be trained again.
    more = train.well(*common, "--output", output, "--resume", "--learning-rate", 0.01)
    assert "Teacher" not in more and not kept.exists()


def test_only_what_was_stopped_can_be_resumed(train, mnist, small, tmp_path):
    output = tmp_path / "n.safetensors"
    checkpoint = tmp_path / "n.safetensors.checkpoint"
    common = ("--data", mnist, *small, "--output", output, "--resume")
    assert "cannot be opened" in train.refusal(*common)
    checkpoint.write_bytes(b"a letter")
    assert train.refusal(*common) == f"{checkpoint}: is no checkpoint of this version"
    teacher = tmp_path / "n.safetensors.checkpoint.teacher1"
    teacher.write_bytes(b"a letter")
    assert train.refusal(*common, "--conv-teachers", 1) == (
        f"{teacher}: is no checkpoint of this version")


def test_other_settings_do_not_go_on_where_these_stopped(train, network, tmp_path):
    data = sets.write_set(tmp_path / "few", 100, 20)
    common = ("--data", data, *LONG, "--output", tmp_path / "n")
    assert train.interrupted(*common)[0] == 130
    for other, name in ((("--seed", 2), "seed"), (("--teacher", network), "teachers"),
                        (("--init", network), "init")):
        assert train.refusal(*common, "--resume", *other).endswith(
            f"belongs to a training with other settings, the first of which is {name}")


# ---- Refusals ----------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, sentence", [
    ((), "say where MNIST lies with --data DIR, or fetch it with --download"),
    (("--data", "x", "--patience", 2), "--patience needs pictures to choose by: set some aside "
                                       "with --validation"),
    (("--data", "x", "--optimiser", "adam"), "is one of adamw, sgd, not adam"),
    (("--data", "x", "--conv-shape", "17"), "takes channels in multiples of 16, p where pooled, "
                                            "not 17"),
    (("--data", "x", "--epochs", 0), "--epochs"),
    (("--data", "x", "--lambda", 1, "--weight-decay", 0.1), "--weight-decay excludes --lambda"),
    (("--data", "x", "--recipe", "better"), "better not in"),
    (("--date", "x"), "--date"),
])
def test_a_wrong_command_line_is_answered_by_one_sentence(train, arguments, sentence):
    message = train.refusal(*arguments, status=2, env={**os.environ, "HOME": "/none"})
    assert sentence in message and message.endswith("(--help lists the options)")


def test_help_and_version_are_no_errors(train):
    assert "--label-smoothing" in train.well("--help")
    assert re.fullmatch(r"digit-train \(mod_digit\) [\d.]+\n", train.well("--version"))


def test_folders_without_labelled_pictures_are_refused(train, mnist, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert train.refusal("--data", tmp_path / "none") == f"{tmp_path}/none: is no folder"
    assert "holds neither the files of MNIST" in train.refusal("--data", empty)
    (empty / "7").mkdir()
    assert "has no pictures in folders named 0 to 9" in train.refusal("--data", empty)
    half = sets.write_set(tmp_path / "half", 10, 10)
    (half / "t10k-labels-idx1-ubyte").unlink()
    assert "t10k-labels-idx1-ubyte: is not there" in train.refusal("--data", half)
    assert train.refusal("--data", mnist, "--validation", 600) == (
        "--validation: leaves nothing to train on: there are 600 pictures")


def test_networks_that_are_named_must_be_there(train, mnist):
    for option in ("--init", "--teacher"):
        assert "/none.safetensors" in train.refusal("--data", mnist, option, "/none.safetensors")


def test_fonts_that_are_asked_for_must_be_there(train, mnist):
    message = train.refusal("--data", mnist, "--drawn", 10, "--font-share", 1, "--fonts", "/none")
    assert message.startswith("/none: cannot be read")


@pytest.mark.parametrize("option", ["--output", "--metrics", "--report"])
def test_what_cannot_be_written_is_said(train, mnist, small, tmp_path, option):
    place = ("--output", tmp_path / "n") if option != "--output" else ()
    message = train.refusal("--data", mnist, *small, "--epochs", 1, *place, option, "/dev/null/x")
    assert "/dev/null/x" in message


def test_a_teacher_s_checkpoint_that_cannot_be_written_is_said(train, mnist, small):
    message = train.refusal("--data", mnist, *small, "--conv-teachers", 1, "--conv-shape", "16p",
                            "--conv-epochs", 1, "--checkpoint", "/dev/null/c")
    assert message.startswith("/dev/null/c.teacher1: cannot be written (")


def test_it_keeps_its_name_among_processes(train, mnist, tmp_path):
    process = subprocess.Popen([TOOLS / "digit-train", "--data", mnist, "--epochs", "100000",
                                "--output", tmp_path / "never.safetensors"],
                               stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("Epoch 0 ")
        assert pathlib.Path(f"/proc/{process.pid}/comm").read_text() == "digit-train\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_openblas_takes_the_kernels_of_this_cpu(train):
    """Also where it does not know the CPU; what a user has chosen stays."""
    def chosen(**variables):
        given = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
        done = train("--version", env={**given, "OPENBLAS_VERBOSE": "2", **variables})
        assert done.returncode == 0 and done.stdout.startswith("digit-train ")
        return re.findall(r"^Core: (\S+)$", done.stderr + done.stdout, re.M)

    if not chosen():
        pytest.skip("an OpenBLAS that has kernels for one CPU alone")

    flags = re.search(r"^flags\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    if flags is None or not {"avx2", "fma"} <= set(flags[1].split()):
        pytest.skip("a CPU without AVX2, for which OpenBLAS has nothing better")
    assert chosen()[-1] != "Prescott"
    assert chosen(OPENBLAS_CORETYPE="Haswell") == ["Haswell"]
