# SPDX-License-Identifier: Apache-2.0
"""README.md, docs/api.md and docs/openapi.json against the running server."""
import json
import os
import pathlib
import re
import subprocess

import pytest
import requests

from pictures import SAMPLES, seven
from tensors import json_request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((SOURCE / "docs/openapi.json").read_text())


def examples(manual):
    """(command, what it prints) of every `$` line; what is printed stands indented behind it."""
    text = (SOURCE / manual).read_text()
    return [(command, printed.replace("\n    ", "").strip())
            for command, printed in re.findall(r"^    \$ (.*)((?:\n    (?!\$ ).*)*)", text, re.M)]


def test_there_are_examples():
    assert len(examples("README.md")) == 1 and len(examples("docs/api.md")) > 12


@pytest.mark.parametrize("command,printed", examples("README.md") + examples("docs/api.md"))
def test_an_example_of_the_manual_prints_what_it_says(shipped, command, printed):
    command = command.replace("http://localhost:8080", shipped.url).replace("curl ", "curl -sS ")
    done = subprocess.run(["bash", "-c", command], cwd=SOURCE, capture_output=True, text=True,
                          timeout=30, check=True)
    pattern = ".*".join(re.escape(part) for part in printed.split("…"))
    out = done.stdout.strip()
    assert re.match(pattern + (r"\Z" if "# HELP" not in printed else ""), out, re.S), out


def calls(command):
    """(method, path) of each curl in a command."""
    for words in command.split("curl ")[1:]:
        path, = re.findall(r"http://localhost:8080(?:/school)?(/[^\s'?]*)", words)
        options = set(re.findall(r"(?:^|\s)(-\w|--[a-z-]+)", words))
        method = ("put" if "-T" in options
                  else "post" if options & {"-F", "-d", "--data-binary"} else "get")
        yield method, re.sub(r"^/static/.*", "/static/{name}", path)


def test_every_documented_call_has_an_example():
    shown = {call for command, _ in examples("docs/api.md") for call in calls(command)}
    documented = {(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert len(documented) > 15
    assert shown == documented


def test_the_served_document_is_the_manual_s(site):
    answer = requests.get(site.url + "/digit/openapi.json", timeout=10)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.content == (SOURCE / "docs/openapi.json").read_bytes()
    again = requests.get(site.url + "/digit/openapi.json", timeout=10,
                         headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def path_of(template):
    return template.replace("{name}", "digit.css")


@pytest.mark.parametrize("template", sorted(DOCUMENT["paths"]))
def test_every_documented_path_takes_the_documented_methods(site, template):
    allow = requests.options(site.url + "/digit" + path_of(template), timeout=10).headers["Allow"]
    told = {m.upper() for m in DOCUMENT["paths"][template]}
    if "GET" in told:
        told.add("HEAD")
    assert set(allow.split(", ")) == told | {"OPTIONS"}


def test_every_path_of_the_router_is_documented():
    route = (SOURCE / "mod_digit/route.cc").read_text()
    known = set(re.findall(r'Known\{"(/[^"]*)"', route)) | {"/static/{name}"}
    assert len(known) > 10
    assert known == set(DOCUMENT["paths"])


def test_every_problem_type_is_documented():
    table = (SOURCE / "mod_digit/problem.cc").read_text()
    kinds = set(re.findall(r'ProblemKind \w+\{\s*\d{3},\s*"([a-z-]+)"', table))
    assert len(kinds) > 20
    documented = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    assert {"urn:mod-digit:problem:" + k for k in kinds} == set(documented)
    # Each is a label of digit_rejected_total.
    counted = table[table.index("kTypes = {"):]
    assert set(re.findall(r'"([a-z-]+)"', counted[:counted.index("};")])) == kinds


def test_every_status_of_a_problem_is_documented():
    table = (SOURCE / "mod_digit/problem.cc").read_text()
    statuses = set(re.findall(r'ProblemKind \w+\{\s*(\d{3}),', table))
    assert len(statuses) > 10
    documented = {status for path in DOCUMENT["paths"].values() for operation in path.values()
                  for status in operation["responses"]}
    assert statuses - documented == {"405"}  # which is what no documented operation is answered
    assert "405" in DOCUMENT["info"]["description"]
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values():
            if "requestBody" in operation:  # which may be broken, slow or long
                assert {"400", "408", "413"} <= set(operation["responses"]), path


def schema_of(response, content_type):
    while "$ref" in response:
        response = resolve(response)
    return response.get("content", {}).get(content_type, {}).get("schema")


def resolve(schema):
    node = DOCUMENT
    for key in schema["$ref"][2:].split("/"):
        node = node[key]
    return node


def fits(schema, value):
    """Whether a value has the schema's types and members; the part of JSON Schema that is used."""
    if "$ref" in schema:
        return fits(resolve(schema), value)
    if "oneOf" in schema:
        return sum(fits(s, value) for s in schema["oneOf"]) == 1
    if "const" in schema and value != schema["const"] or value not in schema.get("enum", [value]):
        return False
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
             "boolean": bool}
    if "type" in schema and not isinstance(value, types[schema["type"]]):
        return False
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return (set(schema.get("required", [])) <= set(value)
                and (schema.get("additionalProperties", True) or set(value) <= set(properties))
                and all(fits(properties[k], v) for k, v in value.items() if k in properties))
    if isinstance(value, list):
        return all(fits(schema.get("items", {}), v) for v in value)
    return not isinstance(value, str) or re.search(schema.get("pattern", ""), value) is not None


PIXELS = json_request("pixels", "UINT8", [1, 28, 28], [9] * 784)
CALLS = [
    ("get", "/", None), ("post", "/", seven()), ("post", "/", b"x"), ("get", "/metrics", None),
    ("post", "/curl-api", seven()), ("put", "/curl-api", seven()), ("post", "/curl-api", b"x"),
    ("post", "/curl-api", b""), ("post", "/curl-api?probabilities=1&explain=1", seven()),
    ("post", "/curl-api?explain=1", (SAMPLES / "8.jpg").read_bytes()),
    ("get", "/static/digit.css", None), ("get", "/static/x", None), ("post", "/feedback", b"{}"),
    ("get", "/v2", None), ("get", "/v2/health/live", None), ("get", "/v2/health/ready", None),
    ("get", "/v2/models/digit", None), ("get", "/v2/models/digit/versions/1", None),
    ("get", "/v2/models/digit/ready", None), ("get", "/v2/models/digit/versions/1/ready", None),
    ("post", "/v2/models/digit/infer", PIXELS), ("post", "/v2/models/digit/infer", b"{"),
    ("post", "/v2/models/digit/versions/1/infer", PIXELS), ("get", "/openapi.json", None),
]


@pytest.mark.parametrize("method,path,body", CALLS, ids=[f"{m}{p}{i}" for i, (m, p, _) in enumerate(CALLS)])
def test_an_answer_is_one_that_the_document_describes(site, method, path, body):
    answer = requests.request(method, site.url + "/digit" + path, data=body, timeout=10)
    bare = path.split("?")[0]
    template = "/static/{name}" if bare.startswith("/static/") else bare
    responses = DOCUMENT["paths"][template][method]["responses"]
    assert str(answer.status_code) in responses
    response = responses[str(answer.status_code)]
    content_type = answer.headers["Content-Type"].split(";")[0]
    described = resolve(response) if "$ref" in response else response
    assert content_type in described["content"] or "*/*" in described["content"]
    if content_type.endswith("json"):
        assert fits(schema_of(response, content_type), answer.json()), answer.text
