# SPDX-License-Identifier: Apache-2.0
"""Small sets of labelled pictures, drawn here: ten figures of 3×5 squares, moved about in noise."""
import io
import random
import struct

from PIL import Image

EDGE = 28
# A row an octal digit.
FIGURES = (0o75557, 0o26227, 0o71747, 0o71717, 0o55711, 0o74717, 0o74757, 0o71111, 0o75757, 0o75717)


def picture(label, source):
    """784 bytes, ink light."""
    pixels = [source.randrange(30) for _ in range(EDGE * EDGE)]
    left, top = 8 + source.randrange(-2, 3), 4 + source.randrange(-2, 3)
    for y in range(20):
        for x in range(12):
            if FIGURES[label] >> (14 - (y // 4 * 3 + x // 4)) & 1:
                pixels[(top + y) * EDGE + left + x] = 200 + source.randrange(50)
    return bytes(pixels)


def png(pixels, edge=EDGE):
    """As on paper: ink dark, several times as large."""
    image = Image.frombytes("L", (EDGE, EDGE), bytes(255 - p for p in pixels))
    out = io.BytesIO()
    image.resize((edge, edge)).save(out, "PNG")
    return out.getvalue()


def write_idx(folder, name, count, seed):
    source = random.Random(seed)
    labels = bytes(i % 10 for i in range(count))
    pixels = b"".join(picture(label, source) for label in labels)
    (folder / f"{name}-images-idx3-ubyte").write_bytes(
        struct.pack(">4I", 0x803, count, EDGE, EDGE) + pixels)
    (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + labels)


def write_set(folder, train, test):
    """The four files that MNIST has."""
    folder.mkdir()
    write_idx(folder, "train", train, 1)
    write_idx(folder, "t10k", test, 2)
    return folder


def write_pictures(folder, count, seed=3):
    """DIR/7/3.png."""
    source = random.Random(seed)
    for label in range(10):
        (folder / str(label)).mkdir(parents=True)
        for i in range(count):
            (folder / str(label) / f"{i}.png").write_bytes(png(picture(label, source), 56))
    return folder
