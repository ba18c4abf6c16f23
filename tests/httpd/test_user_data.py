# SPDX-License-Identifier: Apache-2.0
"""script/user-data: conf/cloud-init.yaml with the address of the source in it."""
import re
import shutil
import subprocess

import pytest

import examples

ROOT = examples.CONF.parent
yaml = pytest.importorskip("yaml", reason="python3-yaml (script/bootstrap --test)")


def user_data(*arguments, root=ROOT):
    return subprocess.run([root / "script/user-data", *arguments], capture_output=True, text=True,
                          timeout=30)


def settings(text):
    """The variables that the instance's script reads."""
    files = {file["path"]: file["content"] for file in yaml.safe_load(text)["write_files"]}
    return dict(re.findall(r"^([A-Z]+)=(.*)$", files["/etc/default/mod-digit-setup"], re.M))


@pytest.fixture
def checkout(tmp_path):
    """Makes a clone of an address, as far as the script looks at it."""
    if shutil.which("git") is None:
        pytest.skip("there is no git")

    def clone_of(origin):
        for name in ("script/user-data", "conf/cloud-init.yaml"):
            (tmp_path / name).parent.mkdir()
            shutil.copy(ROOT / name, tmp_path / name)
        for command in (["init", "-q"], ["remote", "add", "origin", origin], ["add", "."],
                        ["-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "-qm", "m"]):
            subprocess.run(["git", *command], cwd=tmp_path, check=True)
        return tmp_path

    return clone_of


@pytest.mark.parametrize("origin,address", [
    ("https://git.example.org/a/mod_digit.git", "https://git.example.org/a/mod_digit.git"),
    ("https://git.example.org:8443/a/mod_digit", "https://git.example.org:8443/a/mod_digit"),
    ("git@git.example.org:a/mod_digit.git", "https://git.example.org/a/mod_digit.git"),
    ("ssh://git@git.example.org/a/mod_digit.git", "https://git.example.org/a/mod_digit.git"),
    ("ssh://git@git.example.org:22/a/mod_digit.git", "https://git.example.org/a/mod_digit.git"),
])
def test_a_checkout_s_origin_and_commit_are_named(checkout, origin, address):
    root = checkout(origin)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True,
                            check=True).stdout.strip()
    done = user_data(root=root)
    assert done.stderr == ""
    assert settings(done.stdout) == {"SOURCE": address, "REVISION": commit, "PACKAGES": ""}


@pytest.mark.parametrize("address", ["https://somebody:secret@git.example.org/a.git",
                                     "https://secret@git.example.org/a.git"])
def test_an_address_with_a_password_is_refused_and_not_repeated(address):
    done = user_data(address)
    assert done.returncode == 1 and done.stdout == ""
    assert "names a user or a password" in done.stderr and "secret" not in done.stderr


@pytest.mark.parametrize("arguments", [("no-address",), ("https://a.org/$(reboot)",),
                                       ("https://a.org/b.git", "x;y"), ("https://a.org/a b",)])
def test_what_could_not_stand_in_the_file_is_refused(arguments):
    done = user_data(*arguments)
    assert done.returncode == 1 and done.stdout == "" and "user-data: '" in done.stderr


def test_user_data_fits_and_its_scripts_are_scripts():
    done = user_data("https://git.example.org/a/mod_digit.git", "v1.0")
    assert settings(done.stdout)["REVISION"] == "v1.0"
    assert done.stdout.startswith("#cloud-config\n")
    assert len(done.stdout.encode()) <= 16384  # EC2's limit
    scripts = [file["content"] for file in yaml.safe_load(done.stdout)["write_files"]
               if file["content"].startswith("#!/bin/bash\n")]
    assert scripts
    for script in scripts:
        checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True,
                                 timeout=10)
        assert (checked.returncode, checked.stderr) == (0, "")
