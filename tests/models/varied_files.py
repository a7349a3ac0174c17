# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Files that are saved in other ways, hold other numbers, or have operators that no march knows; export_varied.py saves them.

FILES: (name, function(path) that saves one and returns the module to run or None, shapes of the inputs of a run).
"""
from typing import List, Tuple

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 5)

    def forward(self, x):
        return self.head(F.relu(self.norm(self.conv(x))).mean((2, 3)))


class Half(nn.Module):
    """Weights in half precision, brought to the input's type where they are used."""

    def __init__(self, dtype):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5, 12).to(dtype))
        self.bias = nn.Parameter(torch.randn(5).to(dtype))

    def forward(self, x):
        return F.linear(x, self.weight.float(), self.bias.to(x.dtype))


class Block(nn.Module):
    """For eager quantization: a fused block and an addition."""

    def __init__(self):
        super().__init__()
        self.quant, self.dequant = torch.quantization.QuantStub(), torch.quantization.DeQuantStub()
        self.conv, self.norm, self.relu = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()
        self.second, self.skip, self.join = nn.Conv2d(8, 8, 3, padding=1), nn.quantized.FloatFunctional(), nn.quantized.FloatFunctional()
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        x = self.relu(self.norm(self.conv(self.quant(x))))
        x = self.skip.add_relu(x, self.second(x))
        x = self.join.cat([x, torch.sigmoid(x)], 1)
        x = F.adaptive_avg_pool2d(F.max_pool2d(x, 2), 1).flatten(1)
        return self.dequant(self.head(x))


class Spectrum(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, 4, 8, 5, dtype=torch.complex64))

    def forward(self, x):
        y = torch.fft.rfft2(x, norm="ortho")
        return torch.relu(torch.fft.irfft2(y * self.weight, s=(8, 8), norm="ortho"))


class Deformable(nn.Module):
    def __init__(self):
        super().__init__()
        self.offset, self.conv = nn.Conv2d(3, 18, 3, padding=1), torchvision.ops.DeformConv2d(3, 6, 3, padding=1)

    def forward(self, x):
        y = self.conv(x, self.offset(x))
        boxes = torch.tensor([[0.0, 0.0, 0.0, 4.0, 4.0]])
        return torch.relu(y), torchvision.ops.roi_align(y, boxes, (2, 2))


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(4, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
        y, _ = self.lstm(packed)
        return self.head(nn.utils.rnn.pad_packed_sequence(y, batch_first=True)[0])


class Selected(nn.Module):
    """What is chosen depends on numbers."""

    def __init__(self):
        super().__init__()
        self.conv, self.one, self.two = nn.Conv2d(3, 4, 3), nn.Linear(4, 5), nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        y = self.conv(x).mean((2, 3))
        if bool(y.sum() > 0):
            y = self.one(y)
        else:
            y = self.two(y)
        kept = y[y > 0.1]
        while bool(kept.abs().sum() > 1.0):
            kept = kept * 0.5
        return torch.relu(y), kept


def scriptOf(make):
    def save(path):
        model = make().eval()
        torch.jit.script(model).save(path)
        return model
    return save


def frozen(path):
    model = torch.jit.freeze(torch.jit.script(Small().eval()))
    model.save(path)
    return model


def optimized(path):
    model = torch.jit.optimize_for_inference(torch.jit.script(Small().eval()))
    model.save(path)
    return model


def mobile(path):
    model = torch.jit.script(Small().eval())
    model._save_for_lite_interpreter(path)
    return model


def function(path):
    @torch.jit.script
    def twice(x: Tensor, factors: List[float]):
        return torch.relu(x) * factors[0]
    twice.save(path)
    return None


def withFiles(path):
    model = Small().eval()
    torch.jit.save(torch.jit.script(model), path, _extra_files={"labels.txt": "cat\ndog\n", "config/a.json": "{}"})
    return model


def mixed(path):
    """A trace of a module that holds a scripted one."""
    model = nn.Sequential(nn.Conv2d(3, 3, 1), torch.jit.script(Small()), nn.Softmax(1)).eval()
    torch.jit.trace(model, torch.randn(1, 3, 8, 8)).save(path)
    return model


def engine():
    supported = torch.backends.quantized.supported_engines
    return next(name for name in ("fbgemm", "onednn", "qnnpack") if name in supported)


def quantized(scripted):
    def save(path):
        torch.backends.quantized.engine = engine()
        model = Block().eval()
        model = torch.quantization.fuse_modules(model, [["conv", "norm", "relu"]])
        model.qconfig = torch.quantization.get_default_qconfig(engine())
        torch.quantization.prepare(model, inplace=True)
        model(torch.randn(4, 3, 8, 8))
        torch.quantization.convert(model, inplace=True)
        (torch.jit.script(model) if scripted else torch.jit.trace(model, torch.randn(1, 3, 8, 8))).save(path)
        return model
    return save


def dynamic(path):
    torch.backends.quantized.engine = engine()
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).eval()
    model = torch.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    torch.jit.script(model).save(path)
    return model


PICTURE = [(1, 3, 8, 8)]
FILES = [
    ("float16", scriptOf(lambda: Half(torch.float16)), [(2, 12)]), ("bfloat16", scriptOf(lambda: Half(torch.bfloat16)), [(2, 12)]),
    ("quantized_scripted", quantized(True), PICTURE), ("quantized_traced", quantized(False), PICTURE),
    ("quantized_dynamic", dynamic, [(2, 6)]),
    ("spectrum", scriptOf(Spectrum), [(1, 4, 8, 8)]), ("deformable", scriptOf(Deformable), PICTURE), ("packed_sequence", scriptOf(Packed), [(2, 5, 4), torch.tensor([5, 3])]),
    ("selected", scriptOf(Selected), PICTURE), ("frozen", frozen, PICTURE), ("optimized", optimized, PICTURE), ("mobile", mobile, PICTURE),
    ("function", function, [(2, 3)]), ("with_files", withFiles, PICTURE), ("mixed", mixed, PICTURE),
]
