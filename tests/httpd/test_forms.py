# SPDX-License-Identifier: Apache-2.0
"""multipart/form-data against what others expect of it, and cut in two at every place."""
import http.client
import itertools
import json
import os
import socket
import subprocess

import pytest

import hostile
from httpd import PRELOAD
from weights import constant_model

FORM_PARTS = os.environ.get("DIGIT_FORM_PARTS", "")
PYTHON_MULTIPART = hostile.CORPORA / "python-multipart/tests/test_data/http"
WERKZEUG = hostile.CORPORA / "werkzeug-multipart/tests/multipart"

NOT_DECODED = "Content-Transfer-Encoding is left alone: RFC 7578 §4.7 withdraws it, no browser sends it"
# Where we take a form otherwise than python-multipart's authors, and why: what we make of it.
OTHERWISE = {
    "base64_encoding": ([("file", b"VGVzdCAxMjM=")], NOT_DECODED),
    "mixed_case_headers": ([(name, b"VGVzdCAxMjM=") for name in ("field1", "field2", "Field3")],
                           NOT_DECODED),
    "mixed_plain_and_base64_encoding": ([("field1", b"VGVzdCAxMjM="), ("field2", b"This is a test."),
                                         ("field3", b"VGVzdCBzdHJpbmcuCg=="),
                                         ("field4", b"This is also a test.")], NOT_DECODED),
    "quoted_printable_encoding": ([("file", b"foo=3Dbar")], NOT_DECODED),
    "bad_initial_boundary": ([], "what comes before the first boundary is a preamble (RFC 2046 "
                                 "§5.1.1), so the form is empty, and a request without a picture"),
    "single_field_blocks": (None, "its lines begin with two hyphens less than its boundary wants"),
}


# Forms whose names say that they are bad, and what they are to us.
NOT_BAD = {
    "bad_boundary_prefix_flood": "lines that only begin as its boundary does are content",
    "bad_cte_base64": NOT_DECODED,
    "bad_nested_mixed": "a part's own Content-Type is left alone, so what is nested is content",
    "bad_only_final": "a form without parts is a form; the request lacks a picture",
    "bad_two_myfile": "every file of a form is read",
}


def all_taken(forms):
    """For each (Content-Type, body): (name, content) of each part, None where it is refused."""
    forms = [(content_type.encode("latin-1"), body) for content_type, body in forms]
    done = subprocess.run([FORM_PARTS], capture_output=True, check=True, input=b"".join(
        b"%d %d\n%b%b" % (len(content_type), len(body), content_type, body)
        for content_type, body in forms))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(forms)
    assert all(len(one["refused"]) > 20 for one in told if "refused" in one)
    return [None if "refused" in one else
            [(bytes.fromhex(part["name"]).decode("latin-1"), bytes.fromhex(part["content"]))
             for part in one["parts"]] for one in told]


needs_corpora = pytest.mark.skipif(not PYTHON_MULTIPART.is_dir(),
                                   reason=f"no corpora in {hostile.CORPORA}")
needs_form_parts = pytest.mark.skipif(not os.path.exists(FORM_PARTS),
                                      reason="make check builds form_parts")


@needs_corpora
@needs_form_parts
def test_forms_are_taken_as_python_multipart_expects_but_for_what_is_listed():
    yaml = pytest.importorskip("yaml", reason="python3-yaml (script/bootstrap --test)")
    disagreements = []
    paths = sorted(PYTHON_MULTIPART.glob("*.yaml"))
    all_stated = [yaml.safe_load(path.read_text()) for path in paths]
    all_got = all_taken((f'multipart/form-data; boundary="{stated["boundary"]}"',
                         path.with_suffix(".http").read_bytes())
                        for path, stated in zip(paths, all_stated))
    for path, stated, got in zip(paths, all_stated, all_got):
        expected = stated["expected"]
        expected = (None if isinstance(expected, dict)
                    else [(part["name"], part["data"]) for part in expected])
        if path.stem in OTHERWISE:
            assert got != expected, f"{path.stem} need not be listed any more"
            expected = OTHERWISE[path.stem][0]
        if got != expected:
            disagreements.append(f"{path.stem}: {got} instead of {expected}")
    assert not disagreements, "\n".join(disagreements)


def forms():
    """(name, body, Content-Type) of the forms in seeds and corpora."""
    return [(name, body, content_type) for name, body, content_type in hostile.files()
            if content_type is not None]


@needs_corpora
@needs_form_parts
def test_made_forms_are_taken_or_refused_as_their_names_say():
    made = [(name.removeprefix("made-multipart/").removesuffix(".body"), body, content_type)
            for name, body, content_type in forms() if name.startswith("made-multipart/")]
    verdicts = all_taken((content_type, body) for _, body, content_type in made)
    wrong = []
    for (name, body, _), parts in zip(made, verdicts):
        good = name.startswith(("ok", "name_"))
        assert good or name.startswith(("bad_", "trunc_")), name
        if (parts is None) != (not good and name not in NOT_BAD):
            wrong.append(f"{name}: {'refused' if parts is None else 'taken'}")
        if good and "myfile" not in [field for field, _ in parts or []]:
            wrong.append(f"{name}: its file is not among {parts}")
    assert not wrong, "\n".join(wrong)
    assert len(made) > 150 and any(len(body) > 5_000_000 for _, body, _ in made)


@needs_corpora
@needs_form_parts
def test_what_browsers_sent_is_taken_part_for_part():
    recorded = {name: (content_type, body) for name, body, content_type in forms()
                if name.startswith("werkzeug-multipart/")}
    seen = 0
    for name, parts in zip(recorded, all_taken(recorded.values())):
        folder = (hostile.CORPORA / name).parent
        if folder == WERKZEUG:
            assert parts is None, f"{name}: its lines were stored with line feeds alone"
            continue
        contents = dict(parts)
        assert [field for field, _ in parts] == ["file1", "file2", "text"], name
        assert contents["file1"] == (folder / "file1.png").read_bytes(), name
        assert contents["file2"] == (folder / "file2.png").read_bytes(), name
        # It was typed into a field: without the file's last line feed, the others as CRLF.
        typed = (folder / "text.txt").read_bytes().rstrip(b"\n").replace(b"\n", b"\r\n")
        assert contents["text"] == typed, name
        seen += 1
    assert seen == 5


@needs_corpora
@needs_form_parts
def test_every_form_of_the_corpora_is_taken_or_refused_with_its_reason():
    found = forms()
    verdicts = all_taken((content_type, body) for _, body, content_type in found)
    assert sum(parts is None for parts in verdicts) > 100
    assert sum(parts is not None for parts in verdicts) > 50


def places(body, most):
    """Where to cut `body`: everywhere if that is at most `most` times, else evenly, and around the
    first and the last lines' ends, where a parser has most to remember."""
    if len(body) - 1 <= most:
        return range(1, len(body))
    ends = [i for i in itertools.islice((i for i in range(len(body)) if body[i] == 13), 4)]
    ends += [body.rfind(b"\r"), body.rfind(b"--")]
    near = {at + by for at in ends if at > 0 for by in (-1, 0, 1, 2)}
    even = {i * len(body) // most for i in range(1, most)}
    return sorted(i for i in near | even if 0 < i < len(body))


class Pipeline:
    """One connection on which several requests are sent before the first answer is read."""

    def __init__(self, port):
        self.port = port
        self._connect()

    def _connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.reader = self.socket.makefile("rb")

    def answers(self, content_type, bodies):
        """bodies: each as its chunks, which httpd hands on one by one."""
        head = (b"POST /curl-api?explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: %b\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n" % content_type.encode("latin-1"))
        self.socket.sendall(b"".join(
            head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
            for pieces in bodies))
        return [self._answer() for _ in bodies]

    def _answer(self):
        status = int(self.reader.readline().split()[1])
        fields = http.client.parse_headers(self.reader)
        answer = status, self.reader.read(int(fields["Content-Length"]))
        if fields["Connection"] == "close":
            self.socket.close()
            self._connect()
        return answer


def cuts_of(name, body, most):
    """How often to cut this form: small ones at every byte, but for those that there are
    hundreds of, and under sanitizers."""
    if name.startswith(("go-fuzz/", "made-multipart/trunc_")):
        return 4
    return len(body) if len(body) <= 2048 and PRELOAD is None else most


def batched(items, size):
    items = iter(items)
    return iter(lambda: list(itertools.islice(items, size)), [])


def test_a_form_is_the_same_wherever_its_body_is_split(private_httpd, pytestconfig):
    most = max(4, pytestconfig.getoption("hostile") // 60)
    server = private_httpd("event")
    model = server.write("seven.safetensors", constant_model(7))
    server.directives += (f'DigitModel {model}\nMaxKeepAliveRequests 0\n'
                          '<Location "/">\nSetHandler digit\n</Location>\n')
    server.start()
    pipeline = Pipeline(server.port)
    cuts = everywhere = 0
    # A form over the limit of bodies is refused while it is still being sent.
    found = [form for form in forms() if 1 < len(form[1]) <= 1 << 20 and hostile.sendable(form[2])]
    for name, body, content_type in found:
        [whole] = pipeline.answers(content_type, [[body]])
        assert whole[0] in (200, 400, 413, 415, 422), name
        at_most = cuts_of(name, body, most)
        everywhere += at_most == len(body)
        small = len(body) <= 2048
        # httpd closes the connection behind a 400.
        for some in batched(places(body, at_most), 32 if small and whole[0] != 400 else 1):
            answers = pipeline.answers(content_type, [[body[:at], body[at:]] for at in some])
            for at, answer in zip(some, answers):
                assert answer == whole, (name, at)
            cuts += len(some)
    print(f"\n{len(found)} forms, {everywhere} of them at every byte, cut at {cuts} places")
    assert cuts > 2 * len(found) and (everywhere > 5 or PRELOAD is not None)
