#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The seeds, what fuzzing found, and the corpora of DIGIT_CORPORA_DIR, each file with the
Content-Type that belongs to it. By hand,
    tests/fuzz/corpora.py multipart|request FOLDER
writes them as that fuzz target reads them: with the lines that come before the body."""
import os
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SEEDS = [SOURCE / "tests/fuzz/corpus", SOURCE / "tests/fuzz/found"]
CORPORA = pathlib.Path(os.environ.get("DIGIT_CORPORA_DIR", SOURCE.parent / "shared/corpora"))
# Bodies that were recorded without their Content-Type: their first line is their boundary's.
RECORDED = re.compile(r"(werkzeug-multipart|python-multipart)/.*\.http|go-fuzz/multipart/corpus/.*")
# What a fuzz target reads before the body, by what the body is.
LINES = {"multipart": {"form": "{}\n"},
         "request": {"form": "POST /curl-api?explain */*\n{}\n",
                     "other": "POST /curl-api */*\nimage/png\n"}}


def form_type(boundary):
    return f'multipart/form-data; boundary="{boundary}"'


def stated_type(path, content):
    """The Content-Type that a form of the corpora was sent with; None of what is no form."""
    if path.suffix == ".body":
        return path.with_suffix(".ct").read_bytes().decode("latin-1").strip("\r\n")
    if not RECORDED.fullmatch(path.relative_to(CORPORA).as_posix()):
        return None
    told = path.with_suffix(".yaml")
    if told.exists():
        return form_type(re.search(r"^boundary: *(\S+)", told.read_text(), re.M)[1])
    first = content.split(b"\n", 1)[0].rstrip().decode("latin-1")
    return form_type(first[2:] if first.startswith("--") else first)


def corpora():
    """(path, content, Content-Type or None) of every input of the corpora, in a fixed order."""
    for path in sorted(p for p in CORPORA.rglob("*") if p.is_file()):
        if path.suffix != ".ct":
            content = path.read_bytes()
            yield path, content, stated_type(path, content)


def prepare(target, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (path, content, content_type) in enumerate(corpora()):
        lines = LINES[target].get("other" if content_type is None else "form")
        if lines is not None:
            prefix = lines.format(content_type).encode("latin-1")
            (folder / f"{number:05}-{path.name}").write_bytes(prefix + content)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in LINES:
        sys.exit(__doc__)
    prepare(*sys.argv[1:])
