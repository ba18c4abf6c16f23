# SPDX-License-Identifier: Apache-2.0
"""The Open Inference Protocol, version 2."""
import base64
import json
import struct

import pytest
import requests

from pictures import blank, seven
from tensors import binary_request, bytes_tensor, json_request, read_answer

INFER = "/digit/v2/models/digit/infer"
CERTAIN = 0.94283
SHAPE = [1, 28, 28]


def post(site, body, headers=None, path=INFER):
    return requests.post(site.url + path, data=body, headers=headers or {}, timeout=10)


def assert_answer(answer, count):
    assert answer.status_code == 200, answer.text
    document, outputs = read_answer(answer.headers, answer.content)
    assert document["model_name"] == "digit" and document["model_version"] == "1"
    assert outputs["digit"] == [7] * count
    assert len(outputs["probabilities"]) == 10 * count
    for i in range(count):
        assert abs(sum(outputs["probabilities"][10 * i:10 * i + 10]) - 1) < 1e-5
        assert abs(outputs["probabilities"][10 * i + 7] - CERTAIN) < 1e-4
    shapes = {o["name"]: (o["datatype"], o["shape"]) for o in document["outputs"]}
    assert shapes == {"digit": ("INT64", [count]), "probabilities": ("FP32", [count, 10])}
    return document


def b64(picture):
    return base64.b64encode(picture).decode()


@pytest.mark.parametrize("path", [INFER, "/digit/v2/models/digit/versions/1/infer"])
@pytest.mark.parametrize("count", [1, 3])
def test_pictures_in_base64_are_read(site, path, count):
    body = json_request("image", "BYTES", [count], [b64(seven())] * count)
    answer = post(site, body, path=path)
    assert answer.headers["Content-Type"] == "application/json"
    assert_answer(answer, count)


@pytest.mark.parametrize("datatype,ink", [("UINT8", 255), ("FP32", 1.0), ("FP32", 0.25)])
@pytest.mark.parametrize("nested", [False, True])
def test_pixels_in_json_are_read(site, datatype, ink, nested):
    rows = [[[0] * 28] * 14 + [[ink] * 28] * 14] * 2
    data = rows if nested else [p for picture in rows for row in picture for p in row]
    assert_answer(post(site, json_request("pixels", datatype, [2, 28, 28], data)), 2)


def test_members_may_come_in_any_order_and_unknown_ones_are_left_alone(site):
    body = ('{"x":[{"data":[1,{}]}],"inputs":[{"data":["%s"],"y":null,"parameters":{"z":[1]},'
            '"shape":[1],"datatype":"BYTES","name":"image"}],"parameters":{"priority":1},'
            '"id":"a/7"}' % b64(seven())).encode()
    assert assert_answer(post(site, body), 1)["id"] == "a/7"


@pytest.mark.parametrize("count", [1, 100])
def test_triton_s_client_sends_and_gets_binary_tensors(site, count):
    body, headers = binary_request("image", "BYTES", [count], bytes_tensor(*[seven()] * count))
    answer = post(site, body, headers)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    document = assert_answer(answer, count)
    assert [o["parameters"]["binary_data_size"] for o in document["outputs"]] == [8 * count, 40 * count]


def test_triton_s_client_sends_binary_pixels(site):
    data = bytes(392) + b"\xff" * 392
    assert_answer(post(site, *binary_request("pixels", "UINT8", SHAPE, data)), 1)
    data = struct.pack("<784f", *[0.0] * 392, *[1.0] * 392)
    assert_answer(post(site, *binary_request("pixels", "FP32", SHAPE, data, request_id="42")), 1)


def test_outputs_are_chosen_in_their_order_and_kind(site):
    data = bytes_tensor(seven())
    answer = post(site, *binary_request("image", "BYTES", [1], data,
                                        [("probabilities", False), ("digit", True)]))
    document, outputs = read_answer(answer.headers, answer.content)
    assert [o["name"] for o in document["outputs"]] == ["probabilities", "digit"]
    assert "data" in document["outputs"][0] and "data" not in document["outputs"][1]
    assert outputs["digit"] == [7]
    # An output's own wish counts more than the request's.
    answer = post(site, *binary_request("image", "BYTES", [1], data, [("digit", False)],
                                        parameters={"binary_data_output": True}))
    assert read_answer(answer.headers, answer.content)[1] == {"digit": [7]}
    assert "Inference-Header-Content-Length" not in answer.headers


def test_a_bare_picture_with_a_length_of_0_is_read(site):
    answer = post(site, seven(), {"Inference-Header-Content-Length": "0"})
    assert_answer(answer, 1)


def test_the_shipped_network_answers_the_same_to_picture_and_protocol(shipped):
    picture = seven(100)
    direct = requests.post(shipped.url + "/curl-api?probabilities=1", data=picture, timeout=10).json()
    answer = post(shipped, json_request("image", "BYTES", [1], [b64(picture)]),
                  path="/v2/models/digit/infer")
    _, outputs = read_answer(answer.headers, answer.content)
    assert outputs["digit"] == [direct["prediction"]]
    for p, q in zip(outputs["probabilities"], direct["probabilities"]):
        assert abs(p - q) < 1e-5


def test_metadata_tell_names_datatypes_and_shapes(site):
    server = requests.get(site.url + "/digit/v2", timeout=10).json()
    assert server["name"] == "mod_digit" and server["extensions"] == ["binary_tensor_data"]
    model = requests.get(site.url + "/digit/v2/models/digit", timeout=10).json()
    assert model["name"] == "digit" and model["versions"] == ["1"]
    tensor = lambda t: (t["name"], t["datatype"], t["shape"])
    assert [tensor(t) for t in model["inputs"]] == [("image", "BYTES", [-1]),
                                                    ("pixels", "FP32", [-1, 28, 28])]
    assert [tensor(t) for t in model["outputs"]] == [("digit", "INT64", [-1]),
                                                     ("probabilities", "FP32", [-1, 10])]


IMAGE = b64(seven())
INPUT = {"name": "image", "datatype": "BYTES", "shape": [1], "data": [IMAGE]}


def changed(**members):
    return {"inputs": [{**INPUT, **members}]}


@pytest.mark.parametrize("request_json,kind,found", [
    (b"", "broken-json", "broken at byte"),
    (b"{", "broken-json", "broken at byte"),
    (b"[]", "broken-json", "is an array"),
    (b"7", "broken-json", "is a number"),
    (b'{"inputs":[{"name":"image\xff"}]}', "broken-json", "broken at byte"),
    (b'{"x":' + b"[" * 100000, "broken-json", "nested over 16 levels"),
    (b'{"inputs":[' + b"{}," * 5 + b"{}]}", "broken-json", "more than 4 inputs"),
    (b'{"outputs":[' + b"{}," * 9 + b"{}]}", "broken-json", "more than 8 outputs"),
    ({"inputs": {}}, "broken-json", "inputs is an object"),
    ({"inputs": [7]}, "broken-json", "among the tensors is a number"),
    ({"id": 7}, "broken-json", "id is a number"),
    ({"id": True}, "broken-json", "id is true or false"),
    ({"outputs": [{"parameters": {"binary_data": 1}}]}, "broken-json", "has to be true or false"),
    ({"id": "x" * 257}, "broken-json", "more than 256 bytes"),
    (changed(data="x"), "broken-json", "data is a string"),
    (changed(data=[None]), "broken-json", "data holds null"),
    (changed(data=[{}]), "broken-json", "data holds an object"),
    (changed(data=["x"] * 129), "broken-json", "more than 128 strings"),
    (changed(shape=[-1]), "broken-json", "a shape holds a negative number"),
    (changed(shape=[1.5]), "broken-json", "a shape holds a fraction"),
    (changed(shape=[1] * 9), "broken-json", "more than 8 dimensions"),
    (changed(shape=[1 << 70]), "broken-json", "a shape holds a fraction"),
    (changed(parameters={"binary_data_size": "x"}), "broken-json", "has to be a number of bytes"),
    ({"parameters": {"binary_data_output": 1}}, "broken-json", "has to be true or false"),
    ({}, "broken-tensor", "there are 0 inputs"),
    ({"inputs": [INPUT, INPUT]}, "broken-tensor", "there are 2 inputs"),
    (changed(name="picture"), "broken-tensor", "no input 'picture'"),
    (changed(datatype="FP32"), "broken-tensor", "it takes BYTES"),
    (changed(shape=[2]), "broken-tensor", "shape [2] and 1 strings"),
    (changed(shape=[1, 1]), "broken-tensor", "shape [1,1]"),
    (changed(shape=[0], data=[]), "broken-tensor", "shape [0]"),
    (changed(data=[7]), "broken-tensor", "0 strings"),
    (changed(data=["*"]), "broken-tensor", "element 0 of image is not base64"),
    (changed(name="pixels", datatype="INT32", shape=SHAPE, data=[0] * 784), "broken-tensor",
     "it takes UINT8 or FP32"),
    (changed(name="pixels", datatype="UINT8", shape=[1, 784], data=[0] * 784), "broken-tensor",
     "shape [1,784]"),
    (changed(name="pixels", datatype="UINT8", shape=SHAPE, data=[0] * 783), "broken-tensor",
     "783 numbers"),
    (changed(name="pixels", datatype="UINT8", shape=[1 << 60, 28, 28], data=[0]), "broken-tensor",
     "more than a request can hold"),
    (changed(name="pixels", datatype="UINT8", shape=SHAPE, data=[256] + [0] * 783), "broken-tensor",
     "from 0 to 255"),
    (changed(name="pixels", datatype="UINT8", shape=SHAPE, data=[0.5] + [0] * 783), "broken-tensor",
     "from 0 to 255"),
    (changed(name="pixels", datatype="FP32", shape=SHAPE, data=[255] + [0] * 783), "broken-tensor",
     "outside of 0 to 1"),
    (changed(name="pixels", datatype="FP32", shape=SHAPE, data=[-0.1] + [0] * 783), "broken-tensor",
     "outside of 0 to 1"),
    (changed(parameters={"binary_data_size": 4}), "broken-tensor", "no Inference-Header"),
    ({"inputs": [INPUT], "outputs": [{"name": "logits"}]}, "broken-tensor", "no output 'logits'"),
])
def test_a_broken_request_is_400_and_told_why(site, request_json, kind, found):
    body = request_json if isinstance(request_json, bytes) else json.dumps(request_json).encode()
    answer = post(site, body)
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["type"] == "urn:mod-digit:problem:" + kind
    assert found.lower() in problem["error"].lower()


NAN = struct.pack("<f", float("nan"))


@pytest.mark.parametrize("request_parts,length,found", [
    (("image", "BYTES", [1], bytes_tensor(seven())[:-1]), None, "announces"),
    (("image", "BYTES", [2], bytes_tensor(seven())), None, "ends before the length of its element 1"),
    (("image", "BYTES", [1], bytes_tensor(seven(), b"")), None, "4 bytes are left behind"),
    (("image", "BYTES", [1], b"\xff\xff\xff\xff"), None, "announces 4294967295 bytes"),
    (("image", "BYTES", [1], b""), None, "ends before the length"),
    (("pixels", "UINT8", SHAPE, bytes(783)), None, "783 bytes"),
    (("pixels", "FP32", SHAPE, bytes(784)), None, "784 bytes"),
    (("pixels", "FP32", SHAPE, NAN * 784), None, "outside of 0 to 1"),
    (("image", "BYTES", [1], bytes_tensor(seven())), "x", "is no number"),
    (("image", "BYTES", [1], bytes_tensor(seven())), "-1", "is no number"),
    (("image", "BYTES", [1], bytes_tensor(seven())), "99999999", "is no number"),
    (("image", "BYTES", [1], bytes_tensor(seven())), "5", "broken at byte"),
])
def test_broken_binary_data_are_400_and_told_why(site, request_parts, length, found):
    body, headers = binary_request(*request_parts)
    if length is not None:
        headers["Inference-Header-Content-Length"] = length
    answer = post(site, body, headers)
    assert answer.status_code == 400, answer.text
    assert found.lower() in answer.json()["error"].lower()


def test_data_in_the_json_and_binary_data_at_once_are_400(site):
    for name, datatype, shape, data, binary in [
            ("image", "BYTES", [1], ["AAAA"], bytes_tensor(seven())),
            ("pixels", "UINT8", SHAPE, [0] * 784, bytes(784))]:
        text = json.dumps({"inputs": [{
            "name": name, "datatype": datatype, "shape": shape, "data": data,
            "parameters": {"binary_data_size": len(binary)}}]}).encode()
        answer = post(site, text + binary, {"Inference-Header-Content-Length": str(len(text))})
        assert answer.status_code == 400, answer.text
        assert answer.json()["type"] == "urn:mod-digit:problem:broken-tensor"
        assert (f"{name} has data in the JSON and announces binary data too"
                in answer.json()["error"].replace(name.capitalize(), name))


def test_more_or_less_binary_data_than_announced_is_400(site):
    body, headers = binary_request("image", "BYTES", [1], bytes_tensor(seven()))
    assert "were sent" in post(site, body + b"x", headers).json()["error"]
    assert "are left" in post(site, body[:-1], headers).json()["error"]


@pytest.mark.parametrize("pictures,status,kind,element", [
    ([seven(), b"hello"], 415, "not-an-image", "Element 1 of image: "),
    ([blank()], 422, "blank-image", "Element 0 of image: "),
    ([b""], 400, "empty-file", "Element 0 of image: "),
])
def test_a_refused_picture_refuses_the_request_by_its_element(site, pictures, status, kind, element):
    answer = post(site, *binary_request("image", "BYTES", [len(pictures)], bytes_tensor(*pictures)))
    assert answer.status_code == status
    problem = answer.json()
    assert problem["type"].endswith(kind) and problem["error"].startswith(element)


def test_a_request_over_the_limit_is_413(site):
    answer = post(site, b"x" * (2 << 20))
    assert answer.status_code == 413 and "at most 1463637" in answer.json()["error"]


def test_another_model_or_version_is_404(site):
    for path in ("/digit/v2/models/other", "/digit/v2/models/digit/versions/2",
                 "/digit/v2/models/digit/versions/1/x", "/digit/v2/health"):
        assert requests.get(site.url + path, timeout=10).status_code == 404


def test_without_a_model_the_server_lives_and_is_not_ready(private_httpd):
    server = private_httpd(modules=["rewrite"])
    server.directives += "RewriteEngine On\nRewriteRule ^/rewritten - [H=digit]\n"
    server.start()
    server.expect(r"digit:error.*503 model-not-ready")
    get = lambda path: requests.get(server.url + "/rewritten" + path, timeout=10)
    assert get("/v2/health/live").status_code == 200
    for path in ("/v2/health/ready", "/v2/models/digit/ready", "/v2/models/digit"):
        assert get(path).status_code == 503
        assert int(get(path).headers["Retry-After"]) > 0
    assert requests.post(server.url + "/rewritten/v2/models/digit/infer", data=b"{}",
                         timeout=10).status_code == 503
