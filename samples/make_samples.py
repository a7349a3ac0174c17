#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the sample models beside this script: small networks with random weights from a fixed seed.

    /usr/bin/python3 samples/make_samples.py        (Debian: python3-torch python3-onnx)
"""
import io
import pathlib

import onnx
import torch
from torch import nn
from torch.nn import functional as F

import broken_rules

HERE = pathlib.Path(__file__).resolve().parent
SIZE_LIMIT = 1_000_000


class ConvBnRelu(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__(nn.Conv2d(inputs, outputs, kernel, stride, padding), nn.BatchNorm2d(outputs), nn.ReLU())


class ClassicNet(nn.Module):
    """The digit network of the classic quantization flow; its 8x8 average pooling is too large for Bernoulli2."""

    def __init__(self):
        super().__init__()
        self.conv1 = ConvBnRelu(1, 10, 5)
        self.maxpool = nn.MaxPool2d(2)
        self.conv2 = ConvBnRelu(10, 20, 5)
        self.avgpool = nn.AvgPool2d(8)
        self.classifier = nn.Conv2d(20, 10, 1)

    def forward(self, x):
        x = self.maxpool(self.conv1(x))
        return self.classifier(self.avgpool(self.conv2(x)))


class PassesBoth(nn.Module):
    """Convolutions and pooling only: nothing that either march limits."""

    def __init__(self):
        super().__init__()
        self.stem = ConvBnRelu(3, 16, 3, 2, 1)
        self.pool1 = nn.MaxPool2d(2)
        self.body = nn.Sequential(ConvBnRelu(16, 32, 3, 1, 1), ConvBnRelu(32, 32, 3, 1, 1))
        self.pool2 = nn.MaxPool2d(2)
        self.head = ConvBnRelu(32, 64, 3, 2, 1)
        self.classifier = nn.Conv2d(64, 10, 4)

    def forward(self, x):
        x = self.pool2(self.body(self.pool1(self.stem(x))))
        return self.classifier(self.head(x))


class BasicBlock(nn.Module):
    """ResNet's block; the one ReLU module is called twice, which blocks a fusion."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)) + shortcut)


class CameraNet(nn.Module):
    """ResNet18's shape at an eighth of its width, with a camera offset in front and a linear classifier."""

    def __init__(self):
        super().__init__()
        self.register_buffer("offset", torch.tensor([-0.49, -0.46, -0.41]).reshape(1, 3, 1, 1))
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(8, 8, 1), BasicBlock(8, 8, 1))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16, 1))
        self.layer3 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32, 1))
        self.layer4 = nn.Sequential(BasicBlock(32, 64, 2), BasicBlock(64, 64, 1))
        self.avgpool = nn.AvgPool2d(8)
        self.fc = nn.Linear(64, 100)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x + self.offset))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        tokens, width = x.shape[1], x.shape[2]
        qkv = self.qkv(x).reshape(1, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        weights = F.softmax(query @ key.transpose(-2, -1) * (width // self.heads) ** -0.5, dim=-1)
        return self.proj((weights @ value).transpose(1, 2).reshape(1, tokens, width))


class TransformerBlock(nn.Module):
    """One encoder block of a vision transformer: layer norm, attention and GELU as the exporter takes them apart."""

    def __init__(self, width=64, heads=4):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class DynamicDetector(nn.Module):
    """Two scales joined by upsampling, height and width left open: rules on sizes stay undecided without --input."""

    def __init__(self):
        super().__init__()
        self.stem = ConvBnRelu(3, 16, 3, 2, 1)
        self.down = ConvBnRelu(16, 32, 3, 2, 1)
        self.lateral = nn.Conv2d(32, 16, 1)
        self.head = nn.Conv2d(32, 6, 3, padding=1)

    def forward(self, x):
        fine = self.stem(x)
        coarse = self.lateral(self.down(fine))
        coarse = F.interpolate(coarse, scale_factor=2, mode="nearest")
        return self.head(torch.cat([fine, coarse], 1))


def randomize(model):
    """Batch norms with numbers of their own, so that folding one changes something."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 2)


def export(name, model, inputs, opset=11, trained=False, **options):
    """PRESERVE keeps batch norms as nodes. What the exporter notes about this machine is taken out."""
    if not trained:
        randomize(model)
    buffer = io.BytesIO()
    torch.onnx.export(model.eval(), inputs, buffer, opset_version=opset, training=torch.onnx.TrainingMode.PRESERVE, **options)
    proto = onnx.load_from_string(buffer.getvalue())
    for node in proto.graph.node:
        node.ClearField("doc_string")
    proto.ClearField("doc_string")
    proto.graph.ClearField("doc_string")
    proto.graph.name = name
    onnx.checker.check_model(proto)
    data = proto.SerializeToString(deterministic=True)
    assert len(data) < SIZE_LIMIT, f"{name}: {len(data)} bytes"
    (HERE / f"{name}.onnx").write_bytes(data)
    print(f"{name}.onnx: {len(proto.graph.node)} nodes, {len(data)} bytes")


def main():
    torch.manual_seed(20)
    image = {"input_names": ["image"], "output_names": ["scores"]}
    export("classic_net", ClassicNet(), torch.zeros(1, 1, 28, 28), **image)
    export("passes_both", PassesBoth(), torch.zeros(1, 3, 64, 64), **image)
    export("camera_net", CameraNet(), torch.zeros(1, 3, 256, 256), **image)
    export("transformer_block", TransformerBlock(), torch.zeros(1, 49, 64), opset=14, input_names=["tokens"], output_names=["result"])
    export("dynamic_detector", DynamicDetector(), torch.zeros(1, 3, 64, 96), input_names=["image"], output_names=["boxes"],
           dynamic_axes={"image": {2: "height", 3: "width"}})
    for name, model, inputs, names in (broken_rules.bernoulli2(), broken_rules.bayes()):
        export(name, model, inputs, opset=16, input_names=names)


if __name__ == "__main__":
    main()
