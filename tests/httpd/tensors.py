# SPDX-License-Identifier: Apache-2.0
"""Requests of the Open Inference Protocol, byte for byte as Triton's own Python client makes them,
and its way of reading the answers; written from the protocol's documents and that client."""
import json
import struct


def bytes_tensor(*elements):
    """A BYTES tensor's binary data: each element behind its length."""
    return b"".join(struct.pack("<I", len(e)) + e for e in elements)


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
    text = json.dumps(request).encode()
    return text + data, {"Inference-Header-Content-Length": str(len(text)),
                         "Content-Type": "application/octet-stream"}


def json_request(name, datatype, shape, data, **more):
    return json.dumps({"inputs": [{"name": name, "shape": shape, "datatype": datatype,
                                   "data": data}], **more}).encode()


def read_answer(headers, content):
    """The answer's JSON and its outputs by name, as lists of numbers."""
    length = headers.get("Inference-Header-Content-Length")
    text, rest = (content, b"") if length is None else (content[:int(length)], content[int(length):])
    answer = json.loads(text)
    outputs = {}
    for output in answer["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            outputs[output["name"]] = output["data"]
            continue
        code = {"INT64": "q", "FP32": "f"}[output["datatype"]]
        data, rest = rest[:size], rest[size:]
        outputs[output["name"]] = list(struct.unpack(f"<{size // struct.calcsize(code)}{code}", data))
    assert rest == b""
    return answer, outputs
