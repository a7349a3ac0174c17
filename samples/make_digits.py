#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Renders the digits of samples/digits: IDX files as MNIST's, packed with gzip, from a fixed seed.

    /usr/bin/python3 samples/make_digits.py         (Debian: python3-pil python3-numpy fonts-dejavu-core)

Every digit is drawn in one of six faces of DejaVu at four times its size, turned, sheared, scaled and moved, brought to
28x28, and gets a little noise. White on black, as MNIST.
"""
import gzip
import pathlib
import struct

import numpy
from PIL import Image, ImageDraw, ImageFont

HERE = pathlib.Path(__file__).resolve().parent / "digits"
FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")
FACES = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSerif", "DejaVuSerif-Bold"]
SIDE, ZOOM = 28, 4
TRAIN, TEST = 2000, 1000
SIZE_LIMIT = 1_000_000


def render(random, digit, fonts):
    font = fonts[random.integers(len(fonts))]
    canvas = Image.new("L", (SIDE * ZOOM, SIDE * ZOOM))
    ImageDraw.Draw(canvas).text((SIDE * ZOOM // 2, SIDE * ZOOM // 2), str(digit), fill=255, font=font, anchor="mm")
    angle, shear, scale = numpy.radians(random.uniform(-20, 20)), random.uniform(-0.25, 0.25), random.uniform(0.75, 1.15)
    cos, sin = numpy.cos(angle) / scale, numpy.sin(angle) / scale
    matrix = numpy.array([[cos, sin + shear * cos], [-sin, cos - shear * sin]])
    center = SIDE * ZOOM / 2
    offset = center - matrix @ (center + random.uniform(-2.5, 2.5, 2) * ZOOM)
    turned = canvas.transform(canvas.size, Image.Transform.AFFINE, (*matrix[0], offset[0], *matrix[1], offset[1]), Image.Resampling.BILINEAR)
    pixels = numpy.asarray(turned.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=float) * random.uniform(0.6, 1)
    noise = random.normal(0, 24, pixels.shape)
    # In steps of 16: noise does not pack, and 16 grays more or less are as good.
    return (numpy.clip(pixels + noise, 0, 255) / 16).round().clip(0, 15).astype(numpy.uint8) * 17


def write(name, array):
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    data = gzip.compress(header + array.astype(numpy.uint8).tobytes(), 9, mtime=0)
    (HERE / f"{name}.gz").write_bytes(data)
    print(f"{name}.gz: {array.shape}, {len(data)} bytes")
    return len(data)


def main():
    HERE.mkdir(exist_ok=True)
    random = numpy.random.default_rng(28)
    fonts = [ImageFont.truetype(str(FONTS / f"{face}.ttf"), int(SIDE * ZOOM * 0.8)) for face in FACES]
    total = 0
    for split, count in (("train", TRAIN), ("t10k", TEST)):
        labels = random.permutation(numpy.arange(count) % 10)
        images = numpy.stack([render(random, digit, fonts) for digit in labels])
        total += write(f"{split}-images-idx3-ubyte", images) + write(f"{split}-labels-idx1-ubyte", labels)
    assert total < SIZE_LIMIT, f"{total} bytes"


if __name__ == "__main__":
    main()
