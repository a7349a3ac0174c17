# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that break the rules of one march, one rule a branch; a branch is named after what it breaks."""
import torch
from torch import nn
from torch.nn import functional as F


class Call(nn.Module):
    """A function call as a module, so that it has a scope."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Branches(nn.Module):
    """rules: branch name -> (index of the input, module)."""

    def __init__(self, rules):
        super().__init__()
        self.sources = [source for source, _ in rules.values()]
        for name, (_, module) in rules.items():
            self.add_module(name, module)

    def forward(self, *inputs):
        return tuple(module(inputs[source]) for source, module in zip(self.sources, self.children()))


def shift(*shape):
    return torch.linspace(0.1, 0.9, shape[1]).reshape(*shape)


def bernoulli2():
    """Name, model, inputs and input names of the model that fails on Bernoulli2."""
    inputs = {
        "image": torch.zeros(1, 4, 32, 32),
        "strip": torch.zeros(1, 2, 2, 600),
        "channels": torch.zeros(1, 2052, 2, 2),
        "tokens": torch.zeros(1, 16, 8),
    }
    image, strip, channels, tokens = range(4)
    rules = {
        # a limit of the row
        "avg_pool_kernel_8": (image, nn.AvgPool2d(8)),
        "avg_pool_stride_186": (strip, nn.AvgPool2d(1, (1, 186))),
        "max_pool_kernel_65": (strip, nn.MaxPool2d((1, 65))),
        "max_pool_stride_257": (strip, nn.MaxPool2d(1, (1, 257))),
        "deconv_kernel_1": (image, nn.ConvTranspose2d(4, 4, 1, 2)),
        "deconv_kernel_15": (image, nn.ConvTranspose2d(4, 2, 15, 4)),
        "deconv_channels_2052": (channels, nn.ConvTranspose2d(2052, 2, 2, 2)),
        "deconv_padding_2": (image, nn.ConvTranspose2d(4, 4, 4, 2, padding=2)),
        "deconv_stride_5": (image, nn.ConvTranspose2d(4, 4, 6, 5)),
        "deconv_dilation_2": (image, nn.ConvTranspose2d(4, 4, 3, 2, dilation=2)),
        "resize_bicubic": (image, nn.Upsample(scale_factor=2, mode="bicubic", align_corners=False)),
        "resize_scale_257": (strip, nn.Upsample(scale_factor=(257, 1), mode="nearest")),
        "add_channels_2052": (channels, Call(lambda x: x + F.relu(x))),
        "sub_channels_2052": (channels, Call(lambda x: x - F.relu(x))),
        "mul_channels_2052": (channels, Call(lambda x: x * F.relu(x))),
        "add_constant": (image, Call(lambda x: x + shift(1, 4, 1, 1))),
        "mul_constant": (image, Call(lambda x: x * shift(1, 4, 1, 1))),
        "mean_over_width": (image, Call(lambda x: x.mean(3, keepdim=True))),
        "sum_over_height": (image, Call(lambda x: x.sum(2, keepdim=True))),
        # position, rank
        "max_inside": (image, Call(lambda x: F.relu(x.max(1, keepdim=True)[0]))),
        "relu_rank_3": (tokens, nn.ReLU()),
        # the row says no
        "abs": (image, Call(torch.abs)),
        "adaptive_avg_pool": (image, nn.AdaptiveAvgPool2d(1)),
        "clamp": (image, Call(lambda x: torch.clamp(x, -1, 2))),
        "conv_3d": (image, Call(lambda x: F.conv3d(x.unsqueeze(1), torch.ones(1, 1, 1, 1, 1)))),
        "div": (image, Call(lambda x: x / F.relu(x))),
        "elu": (image, nn.ELU()),
        "flatten": (image, nn.Flatten()),
        "layer_norm": (tokens, nn.LayerNorm(8)),
        "leaky_relu": (image, nn.LeakyReLU(0.1)),
        "linear": (tokens, nn.Linear(8, 4)),
        "pad_reflect": (image, Call(lambda x: F.pad(x, (1, 1, 1, 1), "reflect"))),
        "pow": (image, Call(lambda x: torch.pow(x, 3))),
        "prelu": (image, nn.PReLU(4)),
        "reciprocal": (image, Call(torch.reciprocal)),
        "sin": (image, Call(torch.sin)),
        "softmax": (image, nn.Softmax(1)),
        "sqrt": (image, Call(torch.sqrt)),
        "tile": (image, Call(lambda x: x.repeat(1, 2, 1, 1))),
        "top_k": (image, Call(lambda x: torch.topk(x, 2, 1)[0])),
        "transpose": (image, Call(lambda x: x.transpose(2, 3))),
        # not in the tables
        "hard_swish": (image, nn.Hardswish()),
        "instance_norm": (image, nn.InstanceNorm2d(4, affine=True)),
    }
    return "fails_bernoulli2", Branches(rules), tuple(inputs.values()), list(inputs)


class FusedAdd(nn.Module):
    """A convolution whose result is added to something fuses with the addition."""

    def __init__(self, stride):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, stride)
        self.shortcut = nn.MaxPool2d(3, stride)

    def forward(self, x):
        return self.conv(x) + self.shortcut(x)


def convolutions(image, long_row, channels, volume):
    return {
        "conv_outputs_8200": (image, nn.Sequential(nn.Conv2d(4, 8200, 1, 8, bias=False), nn.Sigmoid())),
        "conv_inputs_8200": (channels, nn.Conv2d(8200, 1, 1)),
        "conv_kernel_32": (image, nn.Conv2d(4, 1, 32)),
        "conv_dilation_17": (image, nn.Conv2d(4, 1, 2, dilation=17)),
        "conv_stride_with_dilation": (image, nn.Conv2d(4, 1, 3, 2, dilation=2)),
        "conv_padding_257": (long_row, nn.Conv2d(1, 1, 1, padding=(0, 257))),
        "conv_fused_add_stride_3": (image, FusedAdd(3)),
        "batch_norm_channels_8200": (channels, nn.BatchNorm2d(8200)),
        "conv_3d_kernel_10": (volume, nn.Conv3d(2, 1, (10, 1, 1))),
        "conv_3d_stride_3": (volume, nn.Conv3d(2, 1, 3, 3)),
        "conv_3d_strides_differ": (volume, nn.Conv3d(2, 1, 3, (1, 2, 2))),
        "conv_3d_padding_2": (volume, nn.Conv3d(2, 1, 3, padding=2)),
        "conv_3d_groups_2": (volume, nn.Conv3d(2, 2, 3, groups=2)),
        "conv_3d_dilation_2": (volume, nn.Conv3d(2, 1, 3, dilation=2)),
        "deconv_kernel_15": (image, nn.ConvTranspose2d(4, 1, 15, 4)),
        "deconv_inputs_8200": (channels, nn.ConvTranspose2d(8200, 1, 2, 2)),
        "deconv_kernel_below_stride": (image, nn.ConvTranspose2d(4, 4, 2, 3)),
        "deconv_stride_15": (image, nn.ConvTranspose2d(4, 1, 14, 15)),
        "deconv_padding_3": (image, nn.ConvTranspose2d(4, 1, 4, 2, padding=3)),
        "deconv_output_padding_2": (image, nn.ConvTranspose2d(4, 1, 4, 3, output_padding=2)),
        "deconv_dilation_2": (image, nn.ConvTranspose2d(4, 1, 3, 2, dilation=2)),
    }


def bayes():
    """Name, model, inputs and input names of the model that fails on Bayes."""
    inputs = {
        "image": torch.zeros(1, 4, 48, 48),
        "long_row": torch.zeros(1, 1, 1, 66000),
        "channels": torch.zeros(1, 8200, 1, 1),
        "volume": torch.zeros(1, 2, 12, 12, 12),
        "batch": torch.zeros(2, 4, 8, 8),
        "many": torch.zeros(4100, 1, 2, 2),
    }
    image, long_row, channels, volume, batch, many = range(6)
    rules = convolutions(image, long_row, channels, volume) | {
        # limits of the row
        "avg_pool_kernel_257": (long_row, nn.AvgPool2d((1, 257), (1, 1))),
        "avg_pool_stride_257": (long_row, nn.AvgPool2d(1, (1, 257))),
        "max_pool_kernel_257": (long_row, nn.MaxPool2d((1, 257), (1, 256))),
        "max_pool_channels_8200": (channels, nn.MaxPool2d(1)),
        "add_broadcasts_batch": (batch, Call(lambda x: x + F.relu(x[:1]))),
        "add_broadcasts_both": (image, Call(lambda x: x[:, :, :1] + x[:, :, :, :1])),
        "add_scalar": (image, Call(lambda x: x + 1.0)),
        "sub_broadcasts_both": (image, Call(lambda x: x[:, :, :1] - x[:, :, :, :1])),
        "cat_width_66000": (long_row, Call(lambda x: torch.cat([x, F.relu(x)], 1))),
        "cat_batch_4100": (many, Call(lambda x: torch.cat([x, F.relu(x)], 1))),
        "matmul_width_66000": (long_row, Call(lambda x: torch.matmul(F.relu(x.transpose(2, 3)), x[:, :, :, :8]))),
        "arg_max_inside": (image, Call(lambda x: x.max(1, keepdim=True)[1].float() * x)),
        "max_width_66000": (long_row, Call(lambda x: x.max(1, keepdim=True)[0])),
        "mean_over_batch": (batch, Call(lambda x: x.mean(0, keepdim=True))),
        "sum_over_batch": (batch, Call(lambda x: x.sum(0, keepdim=True))),
        "resize_bicubic": (image, nn.Upsample(scale_factor=2, mode="bicubic", align_corners=False)),
        "resize_align_corners": (image, nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)),
        "resize_width_66000": (long_row, nn.Upsample(scale_factor=2, mode="nearest")),
        "pad_reflect": (image, Call(lambda x: F.pad(x, (1, 1, 1, 1), "reflect"))),
        "layer_norm_16640": (image, Call(lambda x: F.layer_norm(F.interpolate(x, (128, 130)), (4, 128, 130)))),
        "linear_outputs_8200": (batch, nn.Linear(8, 8200, bias=False)),
        "transpose_batch": (batch, Call(lambda x: x.transpose(0, 1))),
        "clamp_width_66000": (long_row, Call(lambda x: torch.clamp(x, -1, 2))),
        "grid_sample_width_66000": (long_row, Call(lambda x: F.grid_sample(x, x[:, 0, :, :4].reshape(1, 1, 2, 2), align_corners=False))),
        "grid_sample_bicubic": (image, Call(lambda x: F.grid_sample(x, x[:, :2].permute(0, 2, 3, 1), "bicubic", align_corners=False))),
        "grid_sample_reflection": (image, Call(lambda x: F.grid_sample(x, x[:, :2].permute(0, 2, 3, 1), "bilinear", "reflection", False))),
        # not in the tables
        "group_norm": (image, nn.GroupNorm(2, 4)),
        "hard_swish": (image, nn.Hardswish()),
        "instance_norm": (image, nn.InstanceNorm2d(4, affine=True)),
        "mish": (image, nn.Mish()),
        "soft_sign": (image, nn.Softsign()),
        "lstm": (batch, LastStep(8)),
    }
    return "fails_bayes", Branches(rules), tuple(inputs.values()), list(inputs)


class LastStep(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lstm = nn.LSTM(width, 4)

    def forward(self, x):
        return self.lstm(x[:, 0])[0]
