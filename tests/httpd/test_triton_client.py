# SPDX-License-Identifier: Apache-2.0
"""What Triton's own clients, in Python and in C++, put on the wire, byte for byte, and that they can
read what comes back."""
import gzip
import struct

import pytest

from pictures import blank, seven
from tensors import binary_request, bytes_tensor, exchanged, read_answer
from weights import constant_model

UPPER_HALF = [0] * 392 + [1] * 392
PICTURES = bytes_tensor(seven(), seven(60))

# Name, datatype, shape and data of an input, and its JSON as each client writes it.
INPUTS = [
    ("pixels", "UINT8", [1, 28, 28], bytes(255 * p for p in UPPER_HALF)),
    ("pixels", "FP32", [1, 28, 28], struct.pack("<784f", *UPPER_HALF)),
    ("image", "BYTES", [2], PICTURES),
]
PYTHON_JSON = ('{{"inputs":[{{"name":"{0}","shape":{2},"datatype":"{1}","parameters":'
               '{{"binary_data_size":{3}}}}}],"parameters":{{"binary_data_output":true}}}}')
CPP_JSON = ('{{"id":"","parameters":{{"binary_data_output":true}},"inputs":[{{"name":"{0}",'
            '"datatype":"{1}","shape":{2},"parameters":{{"binary_data_size":{3}}}}}]}}')


def json_of(template, name, datatype, shape, data):
    return template.format(name, datatype, str(shape).replace(" ", ""), len(data)).encode()


def python_request(server, text, data, more=""):
    """tritonclient.http.InferenceServerClient("127.0.0.1:PORT/digit").infer("digit", …)."""
    return (f"POST /digit/v2/models/digit/infer HTTP/1.1\r\n"
            f"user-agent: python/gevent-http-client-2.0.8\r\n{more}"
            f"inference-header-content-length: {len(text)}\r\n"
            f"host: 127.0.0.1:{server.port}\r\n"
            f"content-length: {len(text) + len(data)}\r\n\r\n").encode() + text + data


def cpp_request(server, text, data):
    return (f"POST /digit/v2/models/digit/infer HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{server.port}\r\n"
            f"User-Agent: libcurl-agent/1.0\r\nAccept: */*\r\n"
            f"Inference-Header-Content-Length: {len(text)}\r\n"
            f"Content-Type: application/octet-stream\r\n"
            f"Content-Length: {len(text) + len(data)}\r\n\r\n").encode() + text + data


def assert_sevens(answer, count, request_id=None):
    status, headers, content = answer
    assert status == 200, content
    assert headers["Content-Type"] == "application/octet-stream"
    document, outputs = read_answer(headers, content)
    assert outputs["digit"] == [7] * count
    assert len(outputs["probabilities"]) == 10 * count
    assert all(abs(outputs["probabilities"][10 * i + 7] - 0.94283) < 1e-4 for i in range(count))
    assert [(o["name"], o["datatype"], o["shape"], o["parameters"]) for o in document["outputs"]] == [
        ("digit", "INT64", [count], {"binary_data_size": 8 * count}),
        ("probabilities", "FP32", [count, 10], {"binary_data_size": 40 * count})]
    # The C++ client reads model and version whether or not anybody asks for them, and an id only
    # where it gave one.
    assert (document["model_name"], document["model_version"]) == ("digit", "1")
    assert document.get("id") == request_id


@pytest.mark.parametrize("tensor", INPUTS, ids=lambda t: t[1])
def test_the_clients_defaults_send_and_get_binary_tensors(site, tensor):
    text, data = json_of(PYTHON_JSON, *tensor), tensor[3]
    # So the JSON that other tests send is that client's too.
    assert binary_request(*tensor) == (text + data, {"Inference-Header-Content-Length": str(len(text))})
    python = python_request(site, text, data)
    cpp = cpp_request(site, json_of(CPP_JSON, *tensor), data)
    for answer in exchanged(site, python, cpp, python):
        assert_sevens(answer, tensor[2][0])


def test_an_id_beyond_ascii_and_named_outputs_come_back(site):
    text = (rb'{"id":"\u00E9/7","inputs":[{"name":"image","shape":[2],"datatype":"BYTES",'
            rb'"parameters":{"binary_data_size":%d}}],"outputs":[{"name":"digit","parameters":'
            rb'{"binary_data":true}},{"name":"probabilities","parameters":{"binary_data":false}}]}'
            % len(PICTURES))
    (status, headers, content), = exchanged(site, python_request(site, text, PICTURES))
    assert status == 200, content
    document, outputs = read_answer(headers, content)
    assert document["id"] == "é/7" and outputs["digit"] == [7, 7]
    assert "data" in document["outputs"][1]  # as it was asked for: in the JSON


@pytest.mark.parametrize("picture,status", [(b"hello", 415), (blank(), 422), (b"", 400)])
def test_a_refusal_reaches_the_client_as_its_error(site, picture, status):
    """Which reads `error` of whatever JSON comes with a status that is not 200."""
    data = bytes_tensor(picture)
    tensor = ("image", "BYTES", [1], data)
    for request in (python_request(site, json_of(PYTHON_JSON, *tensor), data),
                    cpp_request(site, json_of(CPP_JSON, *tensor), data)):
        (found, headers, content), = exchanged(site, request)
        assert found == status
        assert "Inference-Header-Content-Length" not in headers
        assert '"error":"Element 0 of image: ' in content.decode()


def test_what_the_client_compresses_is_read_and_answered_where_mod_deflate_is_told_to(private_httpd):
    server = private_httpd(modules=["deflate"])
    server.write("seven.safetensors", constant_model(7))
    server.directives += (f"DigitModel {server.root}/seven.safetensors\n<Location /digit>\n"
                          "SetHandler digit\nSetInputFilter DEFLATE\nSetOutputFilter DEFLATE\n"
                          "</Location>\n")
    server.start()
    tensor = INPUTS[2]
    text, data = json_of(PYTHON_JSON, *tensor), tensor[3]
    packed = gzip.compress(text + data)
    head, _, _ = python_request(
        server, text, data, "content-encoding: gzip\r\naccept-encoding: gzip\r\n").partition(b"\r\n\r\n")
    head = head.replace(b"content-length: %d" % len(text + data), b"content-length: %d" % len(packed))
    (status, headers, content), = exchanged(server, head + b"\r\n\r\n" + packed)
    assert headers["Content-Encoding"] == "gzip"
    assert_sevens((status, headers, gzip.decompress(content)), 2)
