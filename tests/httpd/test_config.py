# SPDX-License-Identifier: Apache-2.0
"""What `apachectl configtest` and a start refuse, and in which words."""
import os

import pytest
import requests

from pictures import seven
from weights import constant_model

SIZE = ("is not a size in bytes; write a whole number from 1024 to 67108864, if you like with K or M "
        "behind it, such as 1048576, 512K or 1M")
EDGE = "is not a number of pixels; write a whole number from 1 to 1000, such as 10"
GOLDEN = "is not a number of golden pictures; write a whole number from 0 to 10, such as 8"
PIXELS = ("is not a number of pixels; write a whole number from 100 to 268435456, if you like with K "
          "or M behind it, such as 16777216, 512K or 16M")

LIMIT = ("is not a number of pictures; write a whole number from 1 to 1000000, if you like with K or M "
         "behind it, such as 10000 or 64K")


@pytest.mark.parametrize("directive,message", [
    ("DigitMaxFileSize 12x", f"DigitMaxFileSize: '12x' {SIZE}"),
    ("DigitMaxFileSize 0", f"DigitMaxFileSize: '0' {SIZE}"),
    ("DigitMaxFileSize 1G", f"DigitMaxFileSize: '1G' {SIZE}"),
    ("DigitMaxFileSize -1", f"DigitMaxFileSize: '-1' {SIZE}"),
    ("DigitMinEdge ten", f"DigitMinEdge: 'ten' {EDGE}"),
    ("DigitMinEdge 0", f"DigitMinEdge: '0' {EDGE}"),
    ("DigitMinEdge 1001", f"DigitMinEdge: '1001' {EDGE}"),
    ("DigitMaxPixels 99", f"DigitMaxPixels: '99' {PIXELS}"),
    ("DigitMaxPixels 16MP", f"DigitMaxPixels: '16MP' {PIXELS}"),
    ("DigitMinGolden 11", f"DigitMinGolden: '11' {GOLDEN}"),
    ("DigitMinGolden all", f"DigitMinGolden: 'all' {GOLDEN}"),
    ("DigitModel", "DigitModel takes one argument, the weights file (.safetensors) that answers "
                   "here"),
    ("DigitMinEdge 10 20", "DigitMinEdge takes one argument, the shortest edge of a picture taken, "
                           "in pixels, such as 10"),
    ("DigitMaxLargeDecodes 0", "DigitMaxLargeDecodes: '0' is not a number of pictures; write a "
                               "whole number from 1 to 4096, such as 16"),
    ("<VirtualHost *:1>\nDigitMaxLargeDecodes 2\n</VirtualHost>",
     "DigitMaxLargeDecodes cannot occur within <VirtualHost> section"),
    ("DigitKeepAliveWait 1001", "DigitKeepAliveWait: '1001' is not a number of milliseconds; write a "
                                "whole number from 0 to 1000, such as 25"),
    ("DigitKeepAliveWait 10ms", "DigitKeepAliveWait: '10ms' is not a number of milliseconds;"),
    ("DigitFeedbackDir nowhere", "DigitFeedbackDir: 'nowhere' is not a folder; make it, let the user "
                                 "that httpd runs as write there, or write off"),
    ("DigitFeedbackDir httpd.conf", "DigitFeedbackDir: 'httpd.conf' is not a folder;"),
    ("DigitFeedbackLimit 0", f"DigitFeedbackLimit: '0' {LIMIT}"),
    ("DigitFeedbackLimit 1000001", f"DigitFeedbackLimit: '1000001' {LIMIT}"),
    ("DigitFeedbackLimit many", f"DigitFeedbackLimit: 'many' {LIMIT}"),
    ("DigitAllowOrigin", "DigitAllowOrigin: write at least one origin, or *, or none"),
    ("DigitModle x", "Invalid command 'DigitModle'"),
])
def test_a_bad_value_fails_configtest_with_what_to_write(private_httpd, directive, message):
    server = private_httpd()
    server.directives += directive + "\n"
    status, messages = server.configtest()
    assert status == 1
    assert message in " ".join(messages.split())
    assert "httpd.conf" in messages  # with file and line


@pytest.mark.parametrize("name", ["DigitModel", "DigitPageDir", "DigitFeedbackDir"])
def test_a_path_longer_than_the_system_has_is_refused(private_httpd, name):
    server = private_httpd()
    server.directives += f"{name} {'x' * 5000}\n"
    status, messages = server.configtest()
    assert status == 1
    assert f"{name}: 'xxx" in messages
    assert ("is not a path; write an absolute one" in messages) != (name == "DigitFeedbackDir")


def mounted(server, model="model.safetensors"):
    server.directives += f'DigitModel {model}\n<Location "/">\nSetHandler digit\n</Location>\n'
    return server


BROKEN_MODELS = [
    (None, "No such file or directory"),
    (b"", "digit-train"),
    (constant_model(7)[:-1], "digit-train"),
    (b"\x89PNG not weights at all", "digit-train"),
    (constant_model(7)[:-4] + b"\x00\x00\x80\x3f", "tensors_sha256"),
]


@pytest.mark.parametrize("content,reason", BROKEN_MODELS,
                         ids=["missing", "empty", "truncated", "other", "changed"])
def test_a_model_that_cannot_be_loaded_fails_configtest_and_start(private_httpd, content, reason):
    server = mounted(private_httpd())
    if content is not None:
        server.write("model.safetensors", content)
    for status, messages in (server.configtest(), server.try_start()):
        assert status == 1
        assert "[digit:emerg]" in messages
        assert "DigitModel (" in messages and "httpd.conf:" in messages
        assert f"{server.root}/model.safetensors" in messages
        assert reason in messages


def test_a_model_that_nobody_may_read_is_refused(private_httpd):
    server = mounted(private_httpd(), "folder")
    (server.root / "folder").mkdir()
    status, messages = server.configtest()
    assert status == 1
    assert "[digit:emerg]" in messages


@pytest.mark.parametrize("name", ["DigitModel", "DigitPageDir"])
def test_a_default_that_is_not_there_is_refused_by_its_directive_s_name(private_httpd, name):
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(3))
    server.directives = "".join(line for line in server.directives.splitlines(keepends=True)
                                if not line.startswith(name))
    status, messages = server.configtest()  # nothing is installed where this build would be
    assert status == 1 and f"{name} (its default): " in messages


def test_a_good_configuration_passes_configtest(private_httpd):
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(3))
    assert server.configtest() == (0, "Syntax OK\n")


def test_a_module_that_is_loaded_and_not_used_needs_no_model(private_httpd):
    server = private_httpd()
    assert server.configtest() == (0, "Syntax OK\n")


def test_the_default_model_is_asked_for_where_none_is_named(private_httpd):
    server = private_httpd()
    server.directives += '<Location "/">\nSetHandler digit\n</Location>\n'
    status, messages = server.configtest()
    if status != 0:  # the default is where `make install` puts it
        assert "DigitModel (its default): " in messages


@pytest.mark.parametrize("directive,reason", [
    ("DigitPageDir nowhere", "nowhere/page.mustache cannot be read: No such file or directory"),
    ("DigitBootstrapDir nowhere", "apt install libjs-bootstrap5"),
])
def test_a_page_that_cannot_be_loaded_is_refused(private_httpd, directive, reason):
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(3))
    server.directives += directive + "\n"
    status, messages = server.configtest()
    assert status == 1
    assert directive.split()[0] + " (" in messages and reason in messages


def test_a_template_that_is_not_one_is_refused(private_httpd):
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(3))
    server.write("page/page.mustache", b"{{#open}}")
    server.directives += "DigitPageDir page\n"
    status, messages = server.configtest()
    assert status == 1
    assert "page.mustache is not a mustache template" in messages


def test_directives_are_not_for_htaccess(private_httpd):
    server = mounted(private_httpd())
    server.write("model.safetensors", constant_model(3))
    server.write("htdocs/open/.htaccess", b"DigitMinEdge 10\n")
    server.write("htdocs/open/x", b"x")
    server.directives += f'<Directory "{server.root}/htdocs">\nAllowOverride All\n</Directory>\n'
    server.start()
    server.expect("DigitMinEdge not allowed here")
    assert requests.get(server.url + "/open/x", timeout=10).status_code == 500


def test_a_graceful_restart_takes_the_new_model(private_httpd, mpm):
    server = mounted(private_httpd(mpm))
    server.write("model.safetensors", constant_model(3))
    server.start()
    def prediction():
        return requests.post(server.url + "/curl-api", data=seven(), timeout=10).json()["prediction"]
    assert prediction() == 3
    for digit in (4, 5):
        server.write("model.new", constant_model(digit))
        os.replace(server.root / "model.new", server.root / "model.safetensors")
        server.graceful()
        assert prediction() == digit


def test_a_model_overwritten_in_place_does_not_change_answers(private_httpd, mpm):
    server = mounted(private_httpd(mpm))
    path = server.write("model.safetensors", constant_model(3))
    server.start()
    def prediction():
        return requests.post(server.url + "/curl-api", data=seven(), timeout=10).json()["prediction"]
    assert prediction() == 3
    path.write_bytes(constant_model(4))
    assert prediction() == 3
    path.write_bytes(b"")
    assert prediction() == 3
