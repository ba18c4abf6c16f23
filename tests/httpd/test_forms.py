# SPDX-License-Identifier: Apache-2.0
"""multipart/form-data against what others expect of it, and cut in two at every place."""
import http.client
import itertools
import json
import os
import subprocess

import pytest

import hostile
from weights import constant_model

FORM_PARTS = os.environ.get("DIGIT_FORM_PARTS", "")
PYTHON_MULTIPART = hostile.CORPORA / "python-multipart/tests/test_data/http"

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


def taken(boundary, body):
    """(name, content) of each part, None where the form is refused."""
    done = subprocess.run([FORM_PARTS, f'multipart/form-data; boundary="{boundary}"'], input=body,
                          capture_output=True, check=True)
    told = json.loads(done.stdout)
    if "refused" in told:
        assert len(told["refused"]) > 20
        return None
    return [(bytes.fromhex(part["name"]).decode(), bytes.fromhex(part["content"]))
            for part in told["parts"]]


@pytest.mark.skipif(not PYTHON_MULTIPART.is_dir(), reason=f"no corpora in {hostile.CORPORA}")
@pytest.mark.skipif(not os.path.exists(FORM_PARTS), reason="make check builds form_parts")
def test_forms_are_taken_as_python_multipart_expects_but_for_what_is_listed():
    yaml = pytest.importorskip("yaml", reason="python3-yaml (script/bootstrap --test)")
    disagreements = []
    for path in sorted(PYTHON_MULTIPART.glob("*.yaml")):
        stated = yaml.safe_load(path.read_text())
        expected = stated["expected"]
        expected = (None if isinstance(expected, dict)
                    else [(part["name"], part["data"]) for part in expected])
        got = taken(stated["boundary"], path.with_suffix(".http").read_bytes())
        if path.stem in OTHERWISE:
            assert got != expected, f"{path.stem} need not be listed any more"
            expected = OTHERWISE[path.stem][0]
        if got != expected:
            disagreements.append(f"{path.stem}: {got} instead of {expected}")
    assert not disagreements, "\n".join(disagreements)


def forms():
    """(name, body, Content-Type) of the forms in seeds and corpora."""
    for path in sorted((hostile.SOURCE / "tests/fuzz/corpus/multipart").iterdir()):
        content_type, _, body = path.read_bytes().partition(b"\n")
        yield path.name, body, content_type.decode("latin-1")
    for name, content, content_type in hostile.files():
        if content_type is not None and hostile.sendable(content_type):
            yield name, content, content_type
    for path in sorted(PYTHON_MULTIPART.glob("*.http")):
        boundary = path.with_suffix(".yaml").read_text().split()[1]
        yield path.name, path.read_bytes(), f'multipart/form-data; boundary="{boundary}"'


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


class Connection:
    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def answer(self, pieces, content_type):
        """pieces: the chunks of the body, which httpd hands on one by one."""
        self.http.request("POST", "/curl-api?explain", iter(pieces), encode_chunked=True, headers={
            "Content-Type": content_type.encode("latin-1"), "Transfer-Encoding": "chunked"})
        answer = self.http.getresponse()
        return answer.status, answer.read()


def test_a_form_is_the_same_wherever_its_body_is_split(private_httpd, pytestconfig):
    most = max(4, pytestconfig.getoption("hostile") // 60)
    server = private_httpd("event")
    model = server.write("seven.safetensors", constant_model(7))
    server.directives += (f'DigitModel {model}\nMaxKeepAliveRequests 0\n'
                          '<Location "/">\nSetHandler digit\n</Location>\n')
    server.start()
    connection = Connection(server.port)
    cuts = 0
    found = [form for form in forms() if 1 < len(form[1]) <= 256 * 1024]
    for name, body, content_type in found:
        whole = connection.answer([body], content_type)
        assert whole[0] in (200, 400, 413, 415, 422), name
        for at in places(body, most):
            assert connection.answer([body[:at], body[at:]], content_type) == whole, (name, at)
            cuts += 1
    print(f"\n{len(found)} forms, cut at {cuts} places")
    assert cuts > 100
