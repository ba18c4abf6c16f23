# SPDX-License-Identifier: Apache-2.0
"""The golden pictures are what the committed script draws."""
import importlib.machinery
import importlib.util
import io
import pathlib
import re

from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_golden_pictures_are_those_that_the_script_draws():
    loader = importlib.machinery.SourceFileLoader("drawings", str(ROOT / "script/draw-samples"))
    script = importlib.util.module_from_spec(importlib.util.spec_from_loader("drawings", loader))
    loader.exec_module(script)
    text = (ROOT / "libdigit/golden_pictures.inc").read_text()
    embedded = [bytes(int(byte, 16) for byte in re.findall("0x(..)", array))
                for array in re.findall(r"= \{(.*?)\};", text, re.S)]
    drawn = list(script.golden_pictures())
    assert len(embedded) == len(drawn) == 10

    def pixels(picture):  # for another zlib packs the same ones into other bytes
        return Image.open(io.BytesIO(picture)).convert("L").tobytes()
    assert [pixels(p) for p in embedded] == [pixels(p) for p in drawn]
