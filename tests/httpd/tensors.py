# SPDX-License-Identifier: Apache-2.0
"""Requests of the Open Inference Protocol, byte for byte as Triton's own clients make them, and
their way of reading the answers; written from the protocol's documents, from the source of
tritonclient.http and its C++ sister (triton-inference-server/client), and from what the libraries
below them, geventhttpclient with rapidjson and libcurl, put on the wire."""
import base64
import http.client
import json
import math
import socket
import struct

from pictures import sized


def bytes_tensor(*elements):
    """A BYTES tensor's binary data: each element behind its length."""
    return b"".join(struct.pack("<I", len(e)) + e for e in elements)


def compact(document):
    """JSON as rapidjson writes it."""
    return json.dumps(document, separators=(",", ":")).encode()


def binary_request(name, datatype, shape, data, outputs=None, request_id="", **more):
    """Body and headers of infer() with its defaults: binary input, and binary output unless the
    outputs are named. outputs: [(name, binary)]."""
    request = {"id": request_id} if request_id else {}
    request["inputs"] = [{"name": name, "shape": shape, "datatype": datatype,
                          "parameters": {"binary_data_size": len(data)}}]
    if outputs:
        request["outputs"] = [{"name": n, "parameters": {"binary_data": b}} for n, b in outputs]
    else:
        request["parameters"] = {"binary_data_output": True}
    request.update(more)
    text = compact(request)
    return text + data, {"Inference-Header-Content-Length": str(len(text))}


def json_request(name, datatype, shape, data, **more):
    return json.dumps({"inputs": [{"name": name, "shape": shape, "datatype": datatype,
                                   "data": data}], **more}).encode()


def largest_request():
    """As long as the default of DigitMaxFileSize lets a request be: a picture of 1 MiB in base64, and
    64 KiB for what is around it."""
    picture = base64.b64encode(sized(1 << 20)).decode()
    return json_request("image", "BYTES", [1], [picture]).ljust((4 << 20) // 3 + (64 << 10))


def exchanged(server, *requests):
    """Status, headers and body of the answers to requests on one connection, as pools keep it."""
    answers = []
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for request in requests:
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection, method="POST")
            answer.begin()
            answers.append((answer.status, answer.headers, answer.read()))
    return answers


def read_answer(headers, content):
    """The answer's JSON and its outputs by name, as lists of numbers."""
    length = headers.get("Inference-Header-Content-Length")
    text, rest = (content, b"") if length is None else (content[:int(length)], content[int(length):])
    answer = json.loads(text)
    outputs = {}
    for output in answer["outputs"]:
        # Who finds parameters in an output takes them for those of binary data.
        size = output["parameters"]["binary_data_size"] if "parameters" in output else None
        if size is None:
            numbers = output["data"]
        else:
            code = {"INT64": "q", "FP32": "f"}[output["datatype"]]
            data, rest = rest[:size], rest[size:]
            numbers = list(struct.unpack(f"<{size // struct.calcsize(code)}{code}", data))
        assert len(numbers) == math.prod(output["shape"])
        outputs[output["name"]] = numbers
    assert rest == b""
    return answer, outputs
