#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Trains the digit network of classic_net.onnx on samples/digits and writes digits_net.onnx beside this script.

    /usr/bin/python3 samples/train_digits.py        (Debian: python3-torch python3-onnx; a minute)

Input as in the classic flow: (x / 255 - 0.5) / 0.5. Threads and seed are fixed; other machines may round differently.
"""
import gzip

import numpy
import torch
from torch.nn import functional as F

from make_samples import HERE, ClassicNet, export

EPOCHS, BATCH, RATE = 24, 64, 0.004


def read(name):
    data = gzip.open(HERE / "digits" / f"{name}.gz").read()
    rank = data[3]
    shape = numpy.frombuffer(data, ">u4", rank, 4).astype(int)
    return torch.from_numpy(numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * rank).reshape(shape).copy())


def load(split):
    images = (read(f"{split}-images-idx3-ubyte").float().unsqueeze(1) / 255 - 0.5) / 0.5
    return images, read(f"{split}-labels-idx1-ubyte").long()


def accuracy(model, images, labels):
    with torch.no_grad():
        return (model.eval()(images).flatten(1).argmax(1) == labels).float().mean().item()


def main():
    torch.manual_seed(28)
    torch.set_num_threads(1)
    images, labels = load("train")
    tests, answers = load("t10k")
    model = ClassicNet()
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE * 3, total_steps=EPOCHS * (len(images) // BATCH + 1))
    for epoch in range(EPOCHS):
        model.train()
        for part in torch.randperm(len(images)).split(BATCH):
            moved = torch.roll(images[part], tuple(torch.randint(-2, 3, (2,)).tolist()), (2, 3))
            optimizer.zero_grad()
            F.cross_entropy(model(moved).flatten(1), labels[part]).backward()
            optimizer.step()
            scheduler.step()
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: test accuracy {accuracy(model, tests, answers):.4f}")
    export("digits_net", model, torch.zeros(1, 1, 28, 28), trained=True, input_names=["image"], output_names=["scores"])


if __name__ == "__main__":
    main()
