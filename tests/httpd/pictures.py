# SPDX-License-Identifier: Apache-2.0
"""Pictures for the tests, drawn here."""
import io
import os
import pathlib

from PIL import Image, ImageDraw

SAMPLES = pathlib.Path(os.environ["DIGIT_WWW"]) / "samples"


def seven(width=28, height=None, image_format="PNG", ink=0, paper=255, **options):
    """The bytes of a picture with a seven in its middle."""
    height = height or width
    picture = Image.new("L", (width, height), paper)
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    points = [(left + edge * x, top + edge * y) for x, y in ((.25, .2), (.75, .2), (.45, .8))]
    ImageDraw.Draw(picture).line(points, fill=ink, width=max(2, edge // 10), joint="curve")
    out = io.BytesIO()
    picture.save(out, image_format, **options)
    return out.getvalue()


def blank(width=28):
    out = io.BytesIO()
    Image.new("L", (width, width), 255).save(out, "PNG")
    return out.getvalue()


def sized(size):
    """A seven as PNG of exactly `size` bytes: padded behind its last chunk."""
    picture = seven()
    return picture + b"\0" * (size - len(picture))


def form(*files, field="myfile", boundary="XbX", filename="7.png"):
    """A multipart body and its Content-Type."""
    body = b""
    for content in files:
        body += (f"--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; "
                 f"filename=\"{filename}\"\r\nContent-Type: image/png\r\n\r\n").encode()
        body += content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
