# SPDX-License-Identifier: Apache-2.0
"""digit-train --download, from mirrors that send what they should not, and from one that is right."""
import functools
import gzip
import http.server
import os
import pathlib
import threading

import pytest

import sets

NAME = "train-images-idx3-ubyte"


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(tmp_path):
    """The address of a server, and the folder that it serves."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    handler = functools.partial(Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()


def download(train, url, folder):
    return train.refusal("--download", "--mirror", url, "--data", folder)


def test_a_mirror_without_the_file_is_named(train, mirror, tmp_path):
    url, _ = mirror
    message = download(train, url, tmp_path / "new")
    assert message.startswith(f"{url}/{NAME}.gz: cannot be fetched (") and "404" in message
    assert list((tmp_path / "new").iterdir()) == []  # nothing half is left


def test_a_mirror_that_does_not_answer_is_named(train, tmp_path):
    message = download(train, "http://127.0.0.1:1/", tmp_path / "new")
    assert message.startswith(f"http://127.0.0.1:1/{NAME}.gz: cannot be fetched (")


def test_another_file_of_that_name_is_refused(train, mirror, tmp_path):
    url, folder = mirror
    (folder / f"{NAME}.gz").write_bytes(gzip.compress(b"something else"))
    message = download(train, url, tmp_path / "new")
    assert "sent content with the SHA-256 " in message
    assert message.endswith("instead of ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc2"
                            "5776db")
    assert list((tmp_path / "new").iterdir()) == []


def test_half_a_file_is_refused(train, mirror, tmp_path):
    url, folder = mirror
    (folder / f"{NAME}.gz").write_bytes(gzip.compress(os.urandom(1000))[:500])
    assert download(train, url, tmp_path / "new").endswith(
        "sent something that is no whole gzip file")


def test_a_folder_that_cannot_be_made_or_written_is_named(train, mirror):
    url, _ = mirror
    assert download(train, url, "/dev/null/x").startswith("/dev/null/x: cannot be made (")
    # The kernel's own folder takes no files, not even root's.
    assert download(train, url, "/proc").startswith(f"/proc/{NAME}.gz: cannot be written (")


def test_without_a_folder_it_is_the_user_s_cache(train, mirror, tmp_path):
    url, _ = mirror
    clean = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    for name, folder in (("XDG_CACHE_HOME", "mod_digit"), ("HOME", ".cache/mod_digit")):
        train.refusal("--download", "--mirror", url, env={**clean, name: str(tmp_path / name)})
        assert (tmp_path / name / folder).is_dir()
    assert "say where MNIST lies" in train.refusal("--download", status=2, env=clean)


def test_what_is_there_is_not_fetched(train, small, tmp_path):
    data = sets.write_set(tmp_path / "there", 100, 20)
    train.well("--download", "--mirror", "http://127.0.0.1:1/", "--data", data, *small,
               "--epochs", 1, "--output", tmp_path / "n")


def test_mnist_is_fetched_and_learnt(train, small, tmp_path):
    source = pathlib.Path(os.environ.get("DIGIT_MNIST_DIR", pathlib.Path(__file__).parents[3] /
                                         "shared" / "mnist")).resolve()
    if not (source / f"{NAME}.gz").exists():
        pytest.skip(f"no MNIST in {source}; set DIGIT_MNIST_DIR")
    printed = train.well("--download", "--mirror", f"file://{source}", "--data", tmp_path / "new",
                         *small, "--epochs", 1, "--output", tmp_path / "n")
    assert "test_accuracy: 0." in printed
    assert len(list((tmp_path / "new").iterdir())) == 4
