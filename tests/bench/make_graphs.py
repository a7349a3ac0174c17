#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the graphs that docs/benchmarks.md is measured on.

    /usr/bin/python3 tests/bench/make_graphs.py FOLDER [NAME...]

residual_2k, residual_10k, residual_50k   residual chains of that many nodes
unet_8            a U-Net of depth 8: skips as long as the network
transformer_32    32 layers, about 8,000 nodes; one mask and two position tables feed every layer
mobilenet_v2, resnet50, resnet152, densenet201, inception_v3, vit_b_16
                  torchvision's, random weights: ONNX, scripted, traced
"""
import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


class Net:
    """Appends nodes; a weight of one name is written once and shared."""

    def __init__(self):
        self.nodes, self.weights = [], {}

    def weight(self, name, *shape):
        if name not in self.weights:
            self.weights[name] = numpy.random.RandomState(len(self.weights)).uniform(-0.1, 0.1, shape).astype(numpy.float32)
        return name

    def integers(self, name, *values):
        self.weights[name] = numpy.array(values, numpy.int64)
        return name

    def add(self, op, scope, *inputs, **attributes):
        kind = scope.replace("/", ".")
        self.nodes.append(helper.make_node(op, list(inputs), [f"{kind}.out"], name=f"/{scope}", **attributes))
        return f"{kind}.out"

    def conv(self, scope, x, inputs, outputs, kernel=3, stride=1):
        weight = self.weight(f"w{inputs}_{outputs}_{kernel}", outputs, inputs, kernel, kernel)
        return self.add("Conv", scope, x, weight, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4)

    def norm(self, scope, x, channels):
        names = [self.weight(f"{part}{channels}", channels) for part in ("gamma", "beta", "mean")]
        self.weights.setdefault(f"variance{channels}", numpy.ones(channels, numpy.float32))
        return self.add("BatchNormalization", scope, x, *names, f"variance{channels}")

    def layerNorm(self, scope, x, width):
        """As PyTorch's exporter takes it apart."""
        self.weights.setdefault("two", numpy.array(2, numpy.float32))
        self.weights.setdefault("epsilon", numpy.array(1e-5, numpy.float32))
        centered = self.add("Sub", f"{scope}/Sub", x, self.add("ReduceMean", f"{scope}/mean", x, axes=[-1]))
        squares = self.add("ReduceMean", f"{scope}/variance", self.add("Pow", f"{scope}/Pow", centered, "two"), axes=[-1])
        deviation = self.add("Sqrt", f"{scope}/Sqrt", self.add("Add", f"{scope}/epsilon", squares, "epsilon"))
        x = self.add("Mul", f"{scope}/Mul", self.add("Div", f"{scope}/Div", centered, deviation), self.weight("gain", width))
        return self.add("Add", f"{scope}/Add", x, self.weight("shift", width))

    def save(self, path, inputs, result, shape):
        graph = helper.make_graph(self.nodes, path.stem, [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs],
                                  [helper.make_tensor_value_info(result, TensorProto.FLOAT, shape)],
                                  [numpy_helper.from_array(value, name) for name, value in self.weights.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="make_graphs")
        onnx.save(model, str(path))
        print(f"{path.name}: {len(self.nodes)} nodes")


def residual(path, nodes):
    """Blocks of seven nodes as in ResNet18, eight blocks a stage."""
    net, x, channels = Net(), "image", 16
    x = net.conv("stem/Conv", x, 3, channels)
    for i in range((nodes - 1) // 7):
        scope, shortcut = f"stage{i // 8}/block{i % 8}", x
        x = net.norm(f"{scope}/bn1/Norm", net.conv(f"{scope}/conv1/Conv", x, channels, channels), channels)
        x = net.add("Relu", f"{scope}/relu1/Relu", x)
        x = net.norm(f"{scope}/bn2/Norm", net.conv(f"{scope}/conv2/Conv", x, channels, channels), channels)
        x = net.add("Relu", f"{scope}/relu2/Relu", net.add("Add", f"{scope}/Add", x, shortcut))
    net.save(path, [("image", [1, 3, 32, 32])], x, [1, channels, 32, 32])


def unet(path, depth):
    net, x, skips, width = Net(), "image", [], 3
    for level in range(depth):
        for step in range(2):
            x = net.norm(f"down{level}/bn{step}", net.conv(f"down{level}/conv{step}", x, width, 16), 16)
            x, width = net.add("Relu", f"down{level}/relu{step}", x), 16
        skips.append(x)
        x = net.add("MaxPool", f"down{level}/pool", x, kernel_shape=[2, 2], strides=[2, 2])
    for level in reversed(range(depth)):
        x = net.add("ConvTranspose", f"up{level}/deconv", x, net.weight("up", 16, 16, 2, 2), kernel_shape=[2, 2], strides=[2, 2])
        x = net.add("Concat", f"up{level}/Concat", skips[level], x, axis=1)
        for step, inputs in enumerate((32, 16)):
            x = net.norm(f"up{level}/bn{step}", net.conv(f"up{level}/conv{step}", x, inputs, 16), 16)
            x = net.add("Relu", f"up{level}/relu{step}", x)
    net.save(path, [("image", [1, 3, 512, 512])], net.conv("head", x, 16, 2, 1), [1, 2, 512, 512])


def transformer(path, layers, heads=10, width=80, tokens=32):
    """One head at a time, as some exporters write it: the mask and both tables reach every head of every layer."""
    net, x, part = Net(), "tokens", width // heads
    half, axes = part // 2, net.integers("axes", 2)
    lower = net.integers("from_0", 0), net.integers("to_half", half)
    upper = net.integers("from_half", half), net.integers("to_end", part)

    def rotate(scope, value):
        first = net.add("Slice", f"{scope}/first", value, *lower, axes)
        second = net.add("Neg", f"{scope}/Neg", net.add("Slice", f"{scope}/second", value, *upper, axes))
        turned = net.add("Concat", f"{scope}/Concat", second, first, axis=2)
        return net.add("Add", f"{scope}/Add", net.add("Mul", f"{scope}/cos", value, "cosine"), net.add("Mul", f"{scope}/sin", turned, "sine"))

    def head(scope, value):
        query, key, content = (net.add("MatMul", f"{scope}/{name}", value, net.weight(f"{name}", width, part)) for name in "qkv")
        query, key = rotate(f"{scope}/rotate_q", query), rotate(f"{scope}/rotate_k", key)
        scores = net.add("MatMul", f"{scope}/scores", query, net.add("Transpose", f"{scope}/Transpose", key, perm=[0, 2, 1]))
        scores = net.add("Add", f"{scope}/mask", net.add("Mul", f"{scope}/scale", scores, net.weight("scale")), "mask")
        return net.add("MatMul", f"{scope}/mix", net.add("Softmax", f"{scope}/Softmax", scores, axis=2), content)

    for layer in range(layers):
        scope = f"layer{layer}"
        normed = net.layerNorm(f"{scope}/norm1", x, width)
        joined = net.add("Concat", f"{scope}/Concat", *(head(f"{scope}/head{i}", normed) for i in range(heads)), axis=2)
        x = net.add("Add", f"{scope}/Add_1", x, net.add("MatMul", f"{scope}/proj", joined, net.weight("proj", width, width)))
        normed = net.layerNorm(f"{scope}/norm2", x, width)
        inner = net.add("Relu", f"{scope}/mlp/Relu", net.add("MatMul", f"{scope}/mlp/fc1", normed, net.weight("fc1", width, 2 * width)))
        x = net.add("Add", f"{scope}/Add_2", x, net.add("MatMul", f"{scope}/mlp/fc2", inner, net.weight("fc2", 2 * width, width)))
    shapes = [("tokens", [1, tokens, width]), ("mask", [1, tokens, tokens]), ("cosine", [1, tokens, part]), ("sine", [1, tokens, part])]
    net.save(path, shapes, x, [1, tokens, width])


def torchvision(path):
    import torch
    import torchvision.models as zoo

    options = {"aux_logits": False, "init_weights": False} if path.stem == "inception_v3" else {}
    size = 299 if path.stem == "inception_v3" else 224
    model = getattr(zoo, path.stem)(weights=None, **options)
    model.eval()
    image = torch.zeros(1, 3, size, size)
    opset = 11
    if path.stem.startswith("vit"):
        opset = 14
        torch.nn.init.normal_(model.heads.head.weight, std=0.02)  # torchvision starts with zeros
    torch.onnx.export(model, image, str(path), opset_version=opset, training=torch.onnx.TrainingMode.PRESERVE)
    torch.jit.script(model).save(str(path.with_suffix(".scripted.pt")))
    torch.jit.trace(model, image, check_trace=opset == 11).save(str(path.with_suffix(".traced.pt")))
    print(path.name)


GRAPHS = {
    "residual_2k": lambda path: residual(path, 2_000),
    "residual_10k": lambda path: residual(path, 10_000),
    "residual_50k": lambda path: residual(path, 50_000),
    "unet_8": lambda path: unet(path, 8),
    "transformer_32": lambda path: transformer(path, 32),
    "mobilenet_v2": torchvision,
    "resnet50": torchvision,
    "vit_b_16": torchvision,
    "resnet152": torchvision,
    "densenet201": torchvision,
    "inception_v3": torchvision,
}


def main(folder, *names):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or GRAPHS:
        GRAPHS[name](folder / f"{name}.onnx")


if __name__ == "__main__":
    main(*sys.argv[1:])
