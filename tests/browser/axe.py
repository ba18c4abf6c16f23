# SPDX-License-Identifier: Apache-2.0
"""axe-core, the accessibility rules that the page has to pass. Debian has no package of it: it
comes from npm once, pinned, and is kept in the user's cache. DIGIT_AXE names a file instead."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

import pytest

VERSION = "4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"


def source():
    """The text of axe.min.js. Skips the test, saying why, where it cannot be had."""
    named = os.environ.get("DIGIT_AXE")
    if named:
        return pathlib.Path(named).read_text(encoding="utf-8")
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    file = cache / "mod_digit" / f"axe-core-{VERSION}.min.js"
    if not file.exists():
        download(file)
    text = file.read_bytes()
    found = hashlib.sha256(text).hexdigest()
    assert found == SHA256, f"{file} is not axe-core {VERSION}: its SHA-256 is {found}"
    return text.decode()


def download(file):
    if shutil.which("npm") is None:
        pytest.skip("axe-core's rules are not tried: there is no npm to fetch it with; "
                    "DIGIT_AXE=axe.min.js names a copy")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["npm", "pack", "--silent", f"axe-core@{VERSION}"], cwd=folder,
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            pytest.skip("axe-core's rules are not tried: npm could not fetch it: "
                        + done.stderr.strip()[-200:])
        with tarfile.open(next(pathlib.Path(folder).glob("*.tgz"))) as package:
            content = package.extractfile("package/axe.min.js").read()
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}")
    partial.write_bytes(content)
    partial.rename(file)
