#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Writes what PyTorch's quantization computes of random numbers, for tst_quant_torch.

    /usr/bin/python3 export_quant.py FOLDER

FOLDER/quant/fake_N.npz     numbers, scales, axis (-1: one scale), range (lowest and highest integer), expected
FOLDER/quant/observe_N.npz  batch0, batch1, ..., averaging, axis, range, expected: the scales after each batch
"""
import pathlib
import sys

import numpy
import torch
from torch.ao.quantization.observer import MovingAverageMinMaxObserver, MovingAveragePerChannelMinMaxObserver

RANGES = [(-128, 127), (-32768, 32767)]


def fake(path, generator, axis, bounds):
    numbers = torch.randn((3, 5, 4, 7), generator=generator) * 3
    count = 1 if axis < 0 else numbers.shape[axis]
    scales = torch.rand(count, generator=generator) * 4 / bounds[1] + 1e-6
    zeros = torch.zeros(count, dtype=torch.int32)
    if axis < 0:
        expected = torch.fake_quantize_per_tensor_affine(numbers, float(scales[0]), 0, *bounds)
    else:
        expected = torch.fake_quantize_per_channel_affine(numbers, scales, zeros, axis, *bounds)
    numpy.savez(path, numbers=numbers.numpy(), scales=scales.double().numpy(), axis=numpy.int64(axis), range=numpy.array(bounds), expected=expected.numpy())


def observe(path, generator, axis, averaging):
    """qint8 only: PyTorch's observers know no 16-bit type. Symmetric qint8 has scale 2 * amax / (qmax - qmin) there too."""
    options = dict(averaging_constant=averaging, dtype=torch.qint8, quant_min=-128, quant_max=127)
    if axis < 0:
        observer = MovingAverageMinMaxObserver(qscheme=torch.per_tensor_symmetric, **options)
    else:
        observer = MovingAveragePerChannelMinMaxObserver(ch_axis=axis, qscheme=torch.per_channel_symmetric, **options)
    arrays, scales = {}, []
    for batch in range(4):
        numbers = torch.randn((2, 6, 5), generator=generator) * (batch + 1)
        observer(numbers)
        arrays[f"batch{batch}"] = numbers.numpy()
        scales.append(observer.calculate_qparams()[0].double().reshape(-1).numpy())
    numpy.savez(path, averaging=numpy.float64(averaging), axis=numpy.int64(axis), expected=numpy.stack(scales), **arrays)


def main():
    folder = pathlib.Path(sys.argv[1]) / "quant"
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(20)
    for i, (axis, bounds) in enumerate([(axis, bounds) for axis in (-1, 0, 1, 3) for bounds in RANGES]):
        fake(folder / f"fake_{i}.npz", generator, axis, bounds)
    for i, (axis, averaging) in enumerate([(-1, 0.01), (-1, 0.5), (0, 0.01), (1, 1.0)]):
        observe(folder / f"observe_{i}.npz", generator, axis, averaging)


main()
