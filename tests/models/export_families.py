#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Saves networks of every family of torchvision, traced and scripted, with what PyTorch itself says of them.

    /usr/bin/python3 export_families.py FOLDER

FOLDER/family_NAME.traced.pt, .scripted.pt   random weights; large families with fewer or narrower layers
FOLDER/family_NAME.tsv                       what PyTorch reports when the module runs, one fact a line:
    input       shape
    output      shape of one result, in order
    count       function, number of calls: PyTorch's own hook on every call of one of its functions
    module      path, shape of its result: forward hooks of the modules without children, one line a call
    parameter   name, sha256 of its elements: of the modules that ran
FOLDER/family_NAME.onnx                      the same network, by torch.onnx.export
FOLDER/family_NAME.runR.inI.npy, .outI.npy   random inputs and what PyTorch makes of them; R is 0, 1, 2
FOLDER/families.tsv                          one line a network: name, and onnx where there is that file
FOLDER/detector.pt, .tsv                     a scripted RetinaNet; path and shape of the result of every convolution that runs
"""
import collections
import hashlib
import pathlib
import sys

try:
    import numpy
    import torch
    import torchvision
    from torch import nn
    from torch.overrides import TorchFunctionMode
    from torchvision import models
    from torchvision.models import convnext, resnet, segmentation, swin_transformer, vision_transformer
    from torchvision.models._utils import IntermediateLayerGetter
    from torchvision.models.video import resnet as video
except ImportError as error:
    MISSING = str(error)
    nn, TorchFunctionMode = None, object
else:
    MISSING = None

PICTURE = (1, 3, 64, 64)
NOT_IN_ONNX = {"alexnet", "vgg11_bn"}  # PyTorch cannot write their adaptive pools at this size


class Cell(nn.Module if nn else object):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(6, 5)
        self.head = nn.Linear(5, 2)

    def forward(self, x, h, c):
        h, c = self.cell(x, (h, c))
        return self.head(h), c


class Gated(nn.Module if nn else object):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(6, 5)
        self.head = nn.Linear(5, 2)

    def forward(self, x, h):
        return self.head(self.cell(x, h))


class Attention(nn.Module if nn else object):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        y, _ = self.attention(x, x, x, need_weights=False)
        return self.head(y)


class FirstOf(nn.Module if nn else object):
    """A segmentation network gives a dict, which torch.jit.trace does not take."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)["out"]


def narrowClassifier(net, features):
    net.classifier = nn.Sequential(nn.Linear(features, 32), nn.ReLU(True), nn.Dropout(), nn.Linear(32, 10))
    return net


def segmentationNet(head, net):
    backbone = IntermediateLayerGetter(models.resnet18(weights=None), {"layer4": "out"})
    return FirstOf(net(backbone, head(512, 4)))


def families():
    one = [1, 1, 1, 1]
    yield "alexnet", lambda: narrowClassifier(models.alexnet(weights=None), 256 * 6 * 6), [PICTURE]
    yield "vgg11_bn", lambda: narrowClassifier(models.vgg11_bn(weights=None), 512 * 7 * 7), [PICTURE]
    yield "resnet18", lambda: models.resnet18(weights=None), [PICTURE]
    yield "resnext", lambda: resnet.ResNet(resnet.Bottleneck, one, groups=32, width_per_group=4), [PICTURE]
    yield "wide_resnet", lambda: resnet.ResNet(resnet.Bottleneck, one, width_per_group=128), [PICTURE]
    yield "squeezenet1_1", lambda: models.squeezenet1_1(weights=None), [PICTURE]
    yield "densenet", lambda: models.DenseNet(12, (2, 3, 2, 2), 16), [PICTURE]
    yield "inception_v3", lambda: models.inception_v3(weights=None, init_weights=False), [(1, 3, 299, 299)]
    yield "googlenet", lambda: models.googlenet(weights=None, init_weights=False), [PICTURE]
    yield "shufflenet_v2_x0_5", lambda: models.shufflenet_v2_x0_5(weights=None), [PICTURE]
    yield "mobilenet_v2", lambda: models.mobilenet_v2(weights=None), [PICTURE]
    yield "mobilenet_v3_small", lambda: models.mobilenet_v3_small(weights=None), [PICTURE]
    yield "mnasnet0_5", lambda: models.mnasnet0_5(weights=None), [PICTURE]
    yield "efficientnet_b0", lambda: models.efficientnet_b0(weights=None), [PICTURE]
    yield "regnet_y_400mf", lambda: models.regnet_y_400mf(weights=None), [PICTURE]
    yield "convnext", lambda: convnext.ConvNeXt([convnext.CNBlockConfig(16, 32, 2), convnext.CNBlockConfig(32, 48, 2), convnext.CNBlockConfig(48, None, 1)]), [PICTURE]
    yield "vit", lambda: vision_transformer.VisionTransformer(64, 16, 2, 4, 32, 64), [PICTURE]
    yield "swin", lambda: swin_transformer.SwinTransformer([4, 4], 24, [2, 2], [2, 4], [7, 7]), [(1, 3, 56, 56)]
    yield "deeplabv3", lambda: segmentationNet(segmentation.deeplabv3.DeepLabHead, segmentation.deeplabv3.DeepLabV3), [PICTURE]
    yield "fcn", lambda: segmentationNet(segmentation.fcn.FCNHead, segmentation.fcn.FCN), [PICTURE]
    yield "r3d", lambda: video.VideoResNet(video.BasicBlock, [video.Conv3DSimple] * 4, one, video.BasicStem), [(1, 3, 4, 32, 32)]
    yield "lstm_cell", Cell, [(2, 6), (2, 5), (2, 5)]
    yield "gru_cell", Gated, [(2, 6), (2, 5)]
    yield "attention", Attention, [(7, 2, 16)]


def textOf(shape):
    return "x".join(map(str, shape))


def tensorsOf(value):
    if isinstance(value, torch.Tensor):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else []
    return [tensor for item in values for tensor in tensorsOf(item)]


def run(net, inputs):
    """The facts of one run, and the modules that ran."""
    ran, facts, hooks = set(), [], []

    def note(path, module):
        def hook(_, __, result):
            ran.add(path)
            if not list(module.children()):
                facts.extend(("module", path, textOf(tensor.shape)) for tensor in tensorsOf(result)[:1])
        return module.register_forward_hook(hook)

    hooks = [note(path, module) for path, module in net.named_modules() if path]
    outputs = tensorsOf(net(*inputs))
    for hook in hooks:
        hook.remove()
    facts += [("output", textOf(tensor.shape)) for tensor in outputs]
    with Counter() as counter:
        net(*inputs)
    facts += [("count", name, str(number)) for name, number in sorted(counter.calls.items())]
    return facts, ran


class Counter(TorchFunctionMode):
    """The functions of PyTorch that a network calls, without those that they call themselves."""

    def __init__(self):
        super().__init__()
        self.calls = collections.Counter()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.calls[function.__name__.rstrip("_") if not function.__name__.startswith("__") else function.__name__] += 1
        return function(*args, **(kwargs or {}))


def export(folder, name, make, shapes):
    torch.manual_seed(1)
    net = make().eval()
    for module in net.modules():  # numbers of their own, so that a checksum tells one norm from another
        if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.running_mean)
    inputs = [torch.randn(shape) for shape in shapes]
    facts, ran = run(net, inputs)
    digest = lambda tensor: hashlib.sha256(tensor.detach().contiguous().numpy().tobytes()).hexdigest()
    owner = lambda key: key.rpartition(".")[0]
    parameters = [(key, digest(tensor)) for key, tensor in net.named_parameters() if owner(key) in ran or not owner(key)]
    lines = [("input", textOf(shape)) for shape in shapes] + facts + [("parameter", *parameter) for parameter in parameters]
    (folder / f"family_{name}.tsv").write_text("\n".join("\t".join(line) for line in lines) + "\n")
    torch.jit.trace(net, tuple(inputs), check_trace=False).save(str(folder / f"family_{name}.traced.pt"))
    torch.jit.script(net).save(str(folder / f"family_{name}.scripted.pt"))
    exportRuns(folder, name, net, shapes)
    if name in NOT_IN_ONNX:
        return name
    torch.onnx.export(net, tuple(inputs), str(folder / f"family_{name}.onnx"), opset_version=14)
    return f"{name}\tonnx"


def exportRuns(folder, name, net, shapes):
    for run in range(3):
        inputs = [torch.randn(shape) for shape in shapes]
        with torch.no_grad():
            outputs = tensorsOf(net(*inputs))
        for kind, tensors in ("in", inputs), ("out", outputs):
            for i, tensor in enumerate(tensors):
                numpy.save(folder / f"family_{name}.run{run}.{kind}{i}.npy", tensor.numpy())


def exportDetector(folder):
    """A scripted network of data-dependent code: paths and results of its convolutions."""
    from torchvision.models.detection import RetinaNet, backbone_utils
    from torchvision.ops.feature_pyramid_network import LastLevelP6P7
    torch.manual_seed(1)
    backbone = backbone_utils.resnet_fpn_backbone(backbone_name="resnet18", weights=None, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
    net, lines = RetinaNet(backbone, num_classes=3, min_size=128, max_size=256).eval(), []
    for path, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda _, __, y, path=path: lines.append(f"{path}\t{textOf(y.shape)}"))
    net([torch.rand(3, 96, 128)])
    (folder / "detector.tsv").write_text("\n".join(lines) + "\n")
    for module in net.modules():
        module._forward_hooks.clear()
    torch.jit.script(net).save(str(folder / "detector.pt"))


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    index, stamp = folder / "families.tsv", folder / "families.made_by"
    version = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    if MISSING:
        index.write_text(f"missing\t{MISSING}\n")
        stamp.unlink(missing_ok=True)
    elif not (stamp.exists() and stamp.read_text() == version):
        index.write_text("\n".join(export(folder, *family) for family in families()) + "\n")
        exportDetector(folder)
        stamp.write_text(version)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
