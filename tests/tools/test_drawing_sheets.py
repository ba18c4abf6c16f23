# SPDX-License-Identifier: Apache-2.0
"""digit-draw, which shows people what is learnt from."""
import pytest
from PIL import Image

SHEET = ("--columns", 10, "--rows", 10, "--cell", 30)
WITH_FONTS = ("faces", "printed", "framed", "others")


@pytest.mark.parametrize("what", ["allographs", "pen", *WITH_FONTS])
def test_each_kind_fills_a_sheet(draw, tmp_path, what):
    done = draw(what, *SHEET, "--output", tmp_path / "sheet.pgm")
    if what in WITH_FONTS and done.returncode == 1 and "script/bootstrap --training" in done.stderr:
        pytest.skip("no font of trainer/fonts.txt is installed")
    assert (done.returncode, done.stderr) == (0, "")
    sheet = Image.open(tmp_path / "sheet.pgm")
    assert sheet.size[0] == 300 and sheet.size[1] >= 300
    corners = [sheet.crop((x, 0, x + 30, 30)).getextrema() for x in range(0, 300, 30)]
    assert all(light - dark > 100 for dark, light in corners)  # something is drawn in each


def test_a_sheet_that_cannot_be_written_is_said(draw):
    message = draw.refusal("pen", *SHEET, "--output", "/dev/null/sheet.pgm")
    assert message == "/dev/null/sheet.pgm: cannot be written"
