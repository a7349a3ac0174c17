#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Writes images and what Pillow, torchvision and numpy make of them into a folder, for tst_preprocess."""
import pathlib
import sys

import numpy
import torch
from PIL import Image
from torchvision import transforms


def picture(height, width, seed):
    """Smooth parts and noise, so that a wrong filter shows."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    smooth = numpy.stack([128 + 100 * numpy.sin(x / 7 + c) * numpy.cos(y / 5 - c) for c in range(3)], -1)
    return numpy.clip(smooth + random.normal(0, 30, smooth.shape), 0, 255).astype(numpy.uint8)


def yuv(rgb, full):
    """ITU-R BT.601 in real numbers: the definition, not the 8-bit form."""
    r, g, b = (rgb[..., i].astype(float) for i in range(3))
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    u, v = (b - luma) / 1.772, (r - luma) / 1.402
    if full:
        return numpy.stack([luma - 128, u, v], -1)
    return numpy.stack([luma * 219 / 255 + 16 - 128, u * 224 / 255, v * 224 / 255], -1)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)

    def save(name, array):
        numpy.save(folder / f"{name}.npy", numpy.ascontiguousarray(array))

    wide = picture(61, 97, 1)
    save("wide", wide)
    image = Image.fromarray(wide)
    for height, width in ((30, 41), (61, 20), (200, 150), (1, 1), (61, 97)):
        save(f"resized-{height}-{width}", numpy.asarray(image.resize((width, height), Image.Resampling.BILINEAR)))
    save("gray-resized", numpy.asarray(Image.fromarray(wide[..., 0]).resize((20, 33), Image.Resampling.BILINEAR)))
    bilinear = torch.nn.functional.interpolate(torch.from_numpy(wide.transpose(2, 0, 1)[None].astype("float32")), (23, 37), mode="bilinear", align_corners=False)
    save("aliased-23-37", bilinear[0].permute(1, 2, 0).numpy())

    usual = transforms.Compose([transforms.Resize(48), transforms.CenterCrop(41), transforms.ToTensor(),
                                transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    save("usual", usual(image).numpy()[None])

    colors = numpy.array([[[r, g, b] for b in range(0, 256, 17)] for r in range(0, 256, 51) for g in range(0, 256, 51)], numpy.uint8)
    save("colors", colors)
    save("colors-full", yuv(colors, True))
    save("colors-video", yuv(colors, False))
    blocks = yuv(colors, True)
    for channel in (1, 2):
        mean = blocks[..., channel].reshape(18, 2, 8, 2).mean((1, 3))
        blocks[..., channel] = mean.repeat(2, 0).repeat(2, 1)
    save("colors-nv12", blocks)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
