#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Writes one small TorchScript module for each operator and setting, with numbers and what PyTorch computes, for
tst_torch_operators.

    /usr/bin/python3 export_operators.py FOLDER

FOLDER/operators/NAME.pt    the traced module
FOLDER/operators/NAME.npz   input0, input1, ..., output0, ...
"""
import pathlib
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.ops import roi_align


class Call(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def numbers(*shape):
    return torch.randn(*shape)


def positive(*shape):
    return torch.rand(*shape) + 0.25


def unit(*shape):
    return torch.rand(*shape) * 1.8 - 0.9


IMAGE = (2, 6, 9, 8)


def pointwise():
    x = numbers(2, 3, 5)
    plain = ["abs", "ceil", "cos", "cosh", "erf", "exp", "floor", "sin", "sinh", "selu", "tan", "asinh", "atan", "round", "sign", "neg", "sigmoid", "tanh"]
    for name in plain:
        yield name, getattr(torch, name), [x]
    for name in ["log", "sqrt", "rsqrt", "reciprocal"]:
        yield name, getattr(torch, name), [positive(2, 3, 5)]
    for name in ["acos", "asin", "atanh"]:
        yield name, getattr(torch, name), [unit(2, 3, 5)]
    yield "acosh", torch.acosh, [positive(2, 3, 5) + 1]
    yield "clamp", lambda a: torch.clamp(a, -0.5, 0.75), [x]
    yield "clamp_min", lambda a: torch.clamp(a, min=0.1), [x]
    yield "clip", lambda a: a.clip(max=0.2), [x]
    yield "pow_2", lambda a: torch.pow(a, 2), [x]
    yield "pow_half", lambda a: torch.pow(a, 0.5), [positive(2, 3, 5)]
    modules = dict(relu=nn.ReLU(), relu6=nn.ReLU6(), elu=nn.ELU(0.7), gelu=nn.GELU(), gelu_tanh=nn.GELU(approximate="tanh"), glu=nn.GLU(1),
                   hard_sigmoid=nn.Hardsigmoid(), hard_swish=nn.Hardswish(), leaky=nn.LeakyReLU(0.2), silu=nn.SiLU(), mish=nn.Mish(),
                   softplus=nn.Softplus(), softplus_beta=nn.Softplus(3, 2), softmax_0=nn.Softmax(0), softmax_1=nn.Softmax(1), softmax_3=nn.Softmax(3),
                   log_softmax=nn.LogSoftmax(1), prelu=nn.PReLU(), prelu_channels=nn.PReLU(6), identity=nn.Identity(), dropout=nn.Dropout(),
                   dropout2d=nn.Dropout2d())
    for name, module in modules.items():
        yield name, module, [numbers(*IMAGE) * 3]


def binary():
    shapes = dict(same=((2, 3, 4), (2, 3, 4)), row=((2, 3, 4), (4,)), column=((2, 3, 4), (3, 1)), both=((2, 1, 4), (1, 3, 1)), one=((2, 3, 4), (1,)))
    for name in ["add", "sub", "mul", "div", "maximum", "minimum", "eq", "ge", "gt", "le", "lt"]:
        for kind, (a, b) in shapes.items():
            x, y = numbers(*a), positive(*b)
            yield f"{name}_{kind}", getattr(torch, name), [x.round() if name == "eq" else x, y.round() if name == "eq" else y]
    yield "pow_tensors", torch.pow, [positive(2, 3), numbers(3)]
    yield "add_alpha", lambda a, b: torch.add(a, b, alpha=2), [numbers(2, 3), numbers(3)]
    yield "matmul_2d", torch.matmul, [numbers(3, 5), numbers(5, 4)]
    yield "matmul_batch", torch.matmul, [numbers(2, 3, 4, 5), numbers(3, 5, 6)]
    yield "matmul_vector", torch.matmul, [numbers(2, 4, 5), numbers(5)]
    yield "matmul_dot", torch.matmul, [numbers(5), numbers(5)]


def convolutions():
    x1, x2, x3 = numbers(2, 6, 11), numbers(*IMAGE), numbers(2, 6, 5, 6, 7)
    settings = dict(plain={}, stride=dict(stride=2), pad=dict(padding=1), dilated=dict(dilation=2, padding=2), groups=dict(groups=3), depthwise=dict(groups=6),
                    nobias=dict(bias=False), all=dict(stride=2, padding=2, dilation=2, groups=2))
    for name, options in settings.items():
        yield f"conv1d_{name}", nn.Conv1d(6, 12, 3, **options), [x1]
        yield f"conv2d_{name}", nn.Conv2d(6, 12, 3, **options), [x2]
        yield f"conv3d_{name}", nn.Conv3d(6, 12, 2, **options), [x3]
    yield "conv2d_uneven", nn.Conv2d(6, 4, (3, 1), stride=(1, 2), padding=(1, 0)), [x2]
    yield "conv2d_same", nn.Conv2d(6, 4, 3, padding="same"), [x2]
    yield "conv2d_pixel", nn.Conv2d(6, 4, 1), [numbers(3, 6, 1, 1)]
    for name, options in dict(plain={}, stride=dict(stride=2), out=dict(stride=2, padding=1, output_padding=1), groups=dict(groups=2), dilated=dict(dilation=2)).items():
        yield f"conv_transpose2d_{name}", nn.ConvTranspose2d(6, 4, 3, **options), [x2]
    yield "conv_transpose1d", nn.ConvTranspose1d(6, 4, 3, stride=2), [x1]
    yield "conv_transpose3d", nn.ConvTranspose3d(6, 4, 2, stride=2), [x3]
    yield "linear", nn.Linear(5, 7), [numbers(4, 5)]
    yield "linear_4d", nn.Linear(5, 7, bias=False), [numbers(2, 1, 4, 5)]


def pools():
    x = numbers(*IMAGE)
    for name, options in dict(plain={}, stride=dict(stride=1), pad=dict(padding=1), ceil=dict(ceil_mode=True), ceil_pad=dict(ceil_mode=True, padding=1, stride=2)).items():
        yield f"max_pool2d_{name}", nn.MaxPool2d(3, **options), [x]
        yield f"avg_pool2d_{name}", nn.AvgPool2d(3, **options), [x]
    yield "avg_pool2d_inside", nn.AvgPool2d(3, 2, 1, count_include_pad=False), [x]
    yield "avg_pool2d_inside_ceil", nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), [x]
    yield "lp_pool2d", nn.LPPool2d(2, 3, 2), [x]
    yield "max_pool2d_dilated", nn.MaxPool2d(2, 1, dilation=2), [x]
    yield "max_pool1d", nn.MaxPool1d(3, 2, 1), [numbers(2, 3, 11)]
    yield "avg_pool1d", nn.AvgPool1d(3, 2, 1), [numbers(2, 3, 11)]
    yield "max_pool3d", nn.MaxPool3d(2), [numbers(2, 3, 4, 5, 6)]
    yield "avg_pool3d", nn.AvgPool3d(2), [numbers(2, 3, 4, 5, 6)]
    for size in [1, 3, (2, 5)]:
        yield f"adaptive_avg_pool2d_{size}", nn.AdaptiveAvgPool2d(size), [x]
        yield f"adaptive_max_pool2d_{size}", nn.AdaptiveMaxPool2d(size), [x]


def norms():
    for name, module, x in [("batch_norm1d", nn.BatchNorm1d(6), numbers(4, 6)), ("batch_norm2d", nn.BatchNorm2d(6), numbers(*IMAGE)),
                            ("batch_norm3d", nn.BatchNorm3d(6), numbers(2, 6, 3, 4, 5)), ("batch_norm_plain", nn.BatchNorm2d(6, affine=False), numbers(*IMAGE))]:
        module.running_mean.normal_()
        module.running_var.uniform_(0.5, 2)
        yield name, module, [x]
    yield "layer_norm_1", nn.LayerNorm(8), [numbers(*IMAGE)]
    yield "layer_norm_2", nn.LayerNorm((9, 8), eps=1e-3), [numbers(*IMAGE)]
    yield "layer_norm_plain", nn.LayerNorm(8, elementwise_affine=False), [numbers(*IMAGE)]
    yield "group_norm", nn.GroupNorm(3, 6), [numbers(*IMAGE)]
    yield "instance_norm", nn.InstanceNorm2d(6, affine=True), [numbers(*IMAGE)]


def reductions():
    x = numbers(2, 3, 4, 5)
    for dim in [0, -1, (2, 3)]:
        for keepdim in [False, True]:
            for name in ["mean", "sum"]:
                yield f"{name}_{dim}_{keepdim}", lambda a, n=name, d=dim, k=keepdim: getattr(torch, n)(a, d, keepdim=k), [x]
    for dim in [0, 2, -1]:
        for name in ["argmax", "argmin"]:
            yield f"{name}_{dim}", lambda a, n=name, d=dim: getattr(torch, n)(a, d), [x]
        for name in ["max", "min"]:
            yield f"{name}_{dim}", lambda a, n=name, d=dim: getattr(torch, n)(a, d, keepdim=True)[0], [x]
    yield "max_all", torch.max, [x]
    yield "min_all", torch.min, [x]
    yield "mean_all", torch.mean, [x]
    yield "argmax_all", torch.argmax, [x]
    yield "topk", lambda a: torch.topk(a, 3)[0], [x]
    yield "topk_smallest", lambda a: torch.topk(a, 2, dim=1, largest=False)[1], [x]


def moves():
    x = numbers(*IMAGE)
    for mode in ["nearest", "bilinear", "bicubic"]:
        for kind, options in dict(up=dict(scale_factor=2), uneven=dict(scale_factor=(1.5, 0.7)), size=dict(size=(5, 13))).items():
            yield f"interpolate_{mode}_{kind}", lambda a, m=mode, o=options: F.interpolate(a, mode=m, **o), [x]
            if mode != "nearest":
                yield f"interpolate_{mode}_{kind}_corners", lambda a, m=mode, o=options: F.interpolate(a, mode=m, align_corners=True, **o), [x]
    yield "upsample_bilinear", nn.UpsamplingBilinear2d(scale_factor=2), [x]
    yield "upsample_nearest", nn.UpsamplingNearest2d(size=(7, 20)), [x]
    grid = unit(2, 5, 4, 2) * 1.3
    for mode in ["nearest", "bilinear", "bicubic"]:
        for padding in ["zeros", "border", "reflection"]:
            for corners in [False, True]:
                yield f"grid_sample_{mode}_{padding}_{corners}", lambda a, g, m=mode, p=padding, c=corners: F.grid_sample(a, g, m, p, c), [x, grid]
    for corners in [False, True]:
        yield f"affine_grid_{corners}", lambda t, c=corners: F.affine_grid(t, [2, 3, 4, 5], c), [numbers(2, 2, 3)]
        yield f"affine_grid_3d_{corners}", lambda t, c=corners: F.affine_grid(t, [2, 3, 4, 5, 6], c), [numbers(2, 3, 4)]
        boxes = torch.tensor([[0, 0.5, 1, 4, 5], [1, 2, 2, 2.3, 2.2], [1, -1, 0, 12, 9.5]])
        for ratio in [0, 2]:
            yield f"roi_align_{corners}_{ratio}", lambda a, b, c=corners, r=ratio: roi_align(a, b, (3, 2), 0.75, r, c), [x, boxes]
    yield "pad_constant", lambda a: F.pad(a, (1, 2, 0, 3), value=0.5), [x]
    yield "pad_negative", lambda a: F.pad(a, (-1, 2)), [x]
    for mode in ["reflect", "replicate"]:
        yield f"pad_{mode}", lambda a, m=mode: F.pad(a, (1, 2, 3, 0), mode=m), [x]
    yield "constant_pad2d", nn.ConstantPad2d(2, 1.5), [x]
    yield "zero_pad2d", nn.ZeroPad2d((1, 0, 2, 1)), [x]
    yield "replication_pad2d", nn.ReplicationPad2d(2), [x]
    yield "channel_shuffle", nn.ChannelShuffle(3), [x]
    yield "pixel_shuffle", nn.PixelShuffle(2), [numbers(2, 8, 3, 4)]
    yield "pixel_unshuffle", nn.PixelUnshuffle(2), [numbers(2, 3, 4, 6)]
    yield "cat_0", lambda a, b: torch.cat([a, b], 0), [numbers(2, 3), numbers(1, 3)]
    yield "cat_1", lambda a, b: torch.cat([a, b, a], 1), [numbers(2, 3), numbers(2, 1)]
    yield "split", lambda a: torch.split(a, [1, 2, 3], 1)[2], [x]
    yield "gather", lambda a, i: torch.gather(a, 1, i.long()), [numbers(3, 4), torch.randint(0, 4, (3, 2)).float()]
    yield "getitem", lambda a: a[:, 1:5:2, 3], [x]
    yield "transpose", lambda a: a.transpose(1, 3), [x]
    yield "expand", lambda a: a.expand(4, 3, 5), [numbers(3, 1)]
    yield "repeat", lambda a: a.repeat(2, 1, 3), [numbers(2, 3)]
    yield "tile", lambda a: a.tile(2, 3), [numbers(2, 3)]
    yield "reshape", lambda a: a.reshape(2, -1, 4), [x]


def layers():
    attention = nn.MultiheadAttention(8, 2, batch_first=True)
    yield "attention", lambda a: attention(a, a, a)[0], [numbers(2, 5, 8)], attention
    cell = nn.LSTMCell(4, 5)
    yield "lstm_cell", lambda a, h, c: torch.cat(cell(a, (h, c))), [numbers(3, 4), numbers(3, 5), numbers(3, 5)], cell


def save(folder, name, function, inputs, owner=None):
    if isinstance(function, nn.Module):
        module = function.eval()
    else:
        module = Call(function).eval()
        if owner is not None:
            module.owner = owner.eval()
    with torch.no_grad():
        traced = torch.jit.trace(module, tuple(inputs), check_trace=False)
        outputs = traced(*inputs)
    traced.save(str(folder / f"{name}.pt"))
    arrays = {f"input{i}": tensor.numpy() for i, tensor in enumerate(inputs)}
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    arrays.update({f"output{i}": tensor.numpy() for i, tensor in enumerate(outputs)})
    numpy.savez(folder / f"{name}.npz", **arrays)


def main():
    folder = pathlib.Path(sys.argv[1]) / "operators"
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(4)
    torch.set_num_threads(1)
    for family in [pointwise, binary, convolutions, pools, norms, reductions, moves, layers]:
        for case in family():
            name = "".join(c for c in case[0].replace(", ", "x") if c not in "()")
            save(folder, name, *case[1:])


main()
