#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Writes what PyTorch's quantization computes of random numbers, for tst_quant_torch.

    /usr/bin/python3 export_quant.py FOLDER

FOLDER/quant/fake_N.npz     numbers, scales, axis (-1: one scale), range (lowest and highest integer), expected
FOLDER/quant/observe_N.npz  batch0, batch1, ..., averaging, axis, range, expected: the scales after each batch
FOLDER/quant/network.pt     a float network with stubs; network.npz: batch0, ..., activations, weights: what its observers chose
"""
import pathlib
import sys

import numpy
import torch
from torch import nn
from torch.ao import quantization
from torch.ao.quantization.observer import MovingAverageMinMaxObserver, MovingAveragePerChannelMinMaxObserver, PerChannelMinMaxObserver

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


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = quantization.QuantStub(), quantization.DeQuantStub()
        self.conv1, self.bn1, self.relu1 = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
        self.conv2, self.pool = nn.Conv2d(8, 8, 1), nn.MaxPool2d(2)
        self.scale = torch.nn.quantized.FloatFunctional()

    def forward(self, x):
        first = self.relu1(self.bn1(self.conv1(self.quant(x))))
        return self.dequant(self.pool(self.scale.mul(self.conv2(first), first)))


def network(folder, generator):
    """The fused network, and an observer behind each of its modules. quantization.prepare is not used: it calls that of a
    fused module twice in each run."""
    torch.manual_seed(5)
    model = Network().eval()
    model.bn1.running_mean.uniform_(-1, 1, generator=generator)
    model.bn1.running_var.uniform_(0.5, 2, generator=generator)
    batches = [torch.randn((2, 3, 8, 8), generator=generator) * (i + 1) for i in range(4)]
    torch.jit.trace(model, batches[0]).save(str(folder / "network.pt"))
    model = quantization.fuse_modules(model, [["conv1", "bn1", "relu1"]])
    options = dict(dtype=torch.qint8, quant_min=-128, quant_max=127)
    observers = []
    for module in (model.quant, model.conv1, model.conv2, model.scale.activation_post_process):
        observers.append(MovingAverageMinMaxObserver(averaging_constant=0.01, qscheme=torch.per_tensor_symmetric, **options))
        module.register_forward_hook(lambda _, inputs, output, observer=observers[-1]: (observer(output), None)[1])
    with torch.no_grad():
        for batch in batches:
            model(batch)
    arrays = {f"batch{i}": batch.numpy() for i, batch in enumerate(batches)}
    arrays["activations"] = numpy.array([float(observer.calculate_qparams()[0]) for observer in observers])
    scales = []
    for conv in (model.conv1[0], model.conv2):
        observer = PerChannelMinMaxObserver(ch_axis=0, qscheme=torch.per_channel_symmetric, **options)
        observer(conv.weight)
        scales.append(observer.calculate_qparams()[0].double().numpy())
    numpy.savez(folder / "network.npz", weights=numpy.stack(scales), **arrays)


def main():
    folder = pathlib.Path(sys.argv[1]) / "quant"
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(20)
    for i, (axis, bounds) in enumerate([(axis, bounds) for axis in (-1, 0, 1, 3) for bounds in RANGES]):
        fake(folder / f"fake_{i}.npz", generator, axis, bounds)
    for i, (axis, averaging) in enumerate([(-1, 0.01), (-1, 0.5), (0, 0.01), (1, 1.0)]):
        observe(folder / f"observe_{i}.npz", generator, axis, averaging)
    network(folder, generator)


main()
