# SPDX-License-Identifier: Apache-2.0
"""No directive and no option without its paragraph."""
import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["DIGIT_MODULE"]).parents[2]


def man_page(name):
    """A man page's source without the escapes that keep a word from being found."""
    return (ROOT / "docs" / name).read_text().replace("\\-", "-")


def tagged(page):
    """What its tagged paragraphs are about: the lines that follow .TP."""
    return re.findall(r"^\.TP\n(.*)$", page, re.M)


def directives(server):
    """What `httpd -L` says of the module."""
    server.write_config()
    done = subprocess.run(server.command("-L"), capture_output=True, text=True, timeout=60,
                          env=server.environment())
    names = set(re.findall(r"^(\w+) \(mod_digit\.c\)$", done.stdout, re.M))
    assert "DigitModel" in names, done.stdout + done.stderr
    return names


def test_mod_digit_5_has_every_directive_and_no_other(private_httpd):
    described = {word for line in tagged(man_page("mod_digit.5"))
                 for word in re.findall(r"\bDigit\w+", line)}
    assert described == directives(private_httpd())


def test_the_shipped_configuration_has_every_directive_and_no_other(private_httpd):
    text = (ROOT / "conf/digit.conf").read_text()
    assert set(re.findall(r"^ *#?(Digit\w+) \S", text, re.M)) == directives(private_httpd())


def test_the_readme_names_every_directive(private_httpd):
    named = set(re.findall(r"`(Digit\w+)`", (ROOT / "README.md").read_text()))
    assert named >= directives(private_httpd())


@pytest.mark.parametrize("tool", ["digit-train", "digit-classify"])
def test_the_man_page_of_a_tool_has_every_option_and_no_other(tool):
    if not (BUILD / tool).exists():
        pytest.skip(f"there is no {BUILD / tool}")
    help_text = subprocess.run([BUILD / tool, "--help"], capture_output=True, text=True,
                               timeout=60).stdout
    # The first word of a line, or after a short form: "  -h,--help  Print this".
    options = set(re.findall(r"^ +(?:-\w,)?(--[a-z][a-z-]*)", help_text, re.M))
    described = {option for line in tagged(man_page(tool + ".1"))
                 for option in re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", line)}
    assert "--help" in options and len(options) > 5
    assert options - described == set()
    assert described - options == set()


def test_the_manual_s_table_of_errors_has_every_type_and_no_other():
    schemas = json.loads((ROOT / "docs/openapi.json").read_text())["components"]["schemas"]
    types = {urn.rpartition(":")[2] for urn in schemas["Problem"]["properties"]["type"]["enum"]}
    rows = re.findall(r"^\| [\d, ]+ \| (.*) \|$", (ROOT / "docs/api.md").read_text(), re.M)
    told = {word for row in rows
            for word in re.sub(r"\([^)]*\)|`[^`]*`|: .*", "", row).replace(";", ",").split(",")}
    told = {word.split()[0] for word in told if word.strip()}
    assert told == types
