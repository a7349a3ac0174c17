#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Exports torchvision's classification networks with random weights for tst_torchvision, and writes what must hold.

    /usr/bin/python3 export_torchvision.py FOLDER

FOLDER/NAME.onnx        opset 11, transformers 14; batch norms are kept as nodes
FOLDER/NAME_scripted.pt the same network by torch.jit.script, and NAME_traced.pt by torch.jit.trace
FOLDER/NAME.shapes      one line a value that onnx's own shape inference knows: name, tab, 1x3x224x224
FOLDER/index.tsv        one line a network: name, batch norms before fusion, those that no convolution can absorb
A network that this script exported before is not exported again. Without python3-torch index.tsv says "missing" and why.
"""
import hashlib
import os
import pathlib
import sys

try:
    import onnx
    import torch
    import torchvision.models as zoo
    from torchvision.models.convnext import CNBlockConfig
    from torchvision.models.resnet import Bottleneck
except ImportError as error:
    MISSING = str(error)
else:
    MISSING = None

CLASSES = 10
TRANSFORMERS = ("vit", "swin", "convnext")


def networks():
    """Name -> how to build it. Where torchvision lets us, narrower or with fewer classes: the graph is the same, the file small."""
    few = {"num_classes": CLASSES, "weights": None}
    return {
        "resnet18": lambda: zoo.resnet18(**few),
        "resnet50": lambda: zoo.ResNet(Bottleneck, [3, 4, 6, 3], num_classes=CLASSES, width_per_group=16),
        "wide_resnet": lambda: zoo.ResNet(Bottleneck, [1, 1, 1, 1], num_classes=CLASSES, width_per_group=128),
        "resnext": lambda: zoo.ResNet(Bottleneck, [2, 2, 2, 2], num_classes=CLASSES, groups=32, width_per_group=1),
        "mobilenet_v2": lambda: zoo.mobilenet_v2(**few),
        "mobilenet_v3_small": lambda: zoo.mobilenet_v3_small(**few),
        "mobilenet_v3_large": lambda: zoo.mobilenet_v3_large(**few),
        "mnasnet0_5": lambda: zoo.mnasnet0_5(**few),
        "shufflenet_v2_x0_5": lambda: zoo.shufflenet_v2_x0_5(**few),
        "squeezenet1_0": lambda: zoo.squeezenet1_0(**few),
        "squeezenet1_1": lambda: zoo.squeezenet1_1(**few),
        "densenet": lambda: zoo.DenseNet(12, (2, 4, 6, 4), 24, num_classes=CLASSES),
        "googlenet": lambda: zoo.googlenet(aux_logits=False, init_weights=False, **few),
        "inception_v3": lambda: zoo.inception_v3(aux_logits=False, init_weights=False, **few),
        "efficientnet_b0": lambda: zoo.efficientnet_b0(**few),
        "regnet_y_400mf": lambda: zoo.regnet_y_400mf(**few),
        "regnet_x_400mf": lambda: zoo.regnet_x_400mf(**few),
        "vgg11_bn": narrowVgg,
        "alexnet": narrowAlexnet,
        "vit": lambda: zoo.VisionTransformer(224, 16, 4, 4, 64, 128, num_classes=CLASSES),
        "swin": lambda: zoo.SwinTransformer([4, 4], 24, [2, 2, 2, 2], [1, 2, 4, 8], [7, 7], num_classes=CLASSES),
        "convnext": lambda: zoo.ConvNeXt([CNBlockConfig(24, 48, 2), CNBlockConfig(48, 96, 2), CNBlockConfig(96, None, 2)],
                                         num_classes=CLASSES),
    }


def narrowClassifier(model, features):
    """Same layers, but not the 100 million weights between the first two linear ones."""
    model.classifier = torch.nn.Sequential(torch.nn.Linear(features, 64), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(64, CLASSES))
    return model


def narrowVgg():
    layers = zoo.vgg.make_layers([16, "M", 32, "M", 64, 64, "M", 64, 64, "M", 64, 64, "M"], batch_norm=True)
    return narrowClassifier(zoo.VGG(layers, init_weights=False), 64 * 7 * 7)


def narrowAlexnet():
    return narrowClassifier(zoo.alexnet(weights=None), 256 * 6 * 6)


def sizeOf(name):
    return 299 if name == "inception_v3" else 224


def export(name, model, path):
    size = sizeOf(name)
    transformer = name in TRANSFORMERS
    partial = path.with_suffix(".partial")
    torch.onnx.export(model, torch.zeros(1, 3, size, size), str(partial), opset_version=14 if transformer else 11,
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=not transformer,
                      input_names=["image"], output_names=["scores"])
    os.replace(partial, path)


def exportTorchScript(model, path):
    """Beside the ONNX file and before it is in its place: a network that has one has all."""
    size = sizeOf(path.stem)
    torch.jit.script(model).save(str(path.with_name(path.stem + "_scripted.pt")))
    # No check: it runs without gradients, where attention takes a shorter way through the code.
    torch.jit.trace(model, torch.zeros(1, 3, size, size), check_trace=False).save(str(path.with_name(path.stem + "_traced.pt")))


def shapeLines(model):
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    for value in list(graph.input) + list(graph.value_info) + list(graph.output):
        dims = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and dims and all(dim.HasField("dim_value") for dim in dims):
            yield value.name + "\t" + "x".join(str(dim.dim_value) for dim in dims)


def batchNorms(model):
    """(all, those that stay): a batch norm stays unless it is the only user of a convolution's result."""
    makers = {output: node.op_type for node in model.graph.node for output in node.output}
    uses = {}
    for node in model.graph.node:
        for name in node.input:
            uses[name] = uses.get(name, 0) + 1
    norms = [node for node in model.graph.node if node.op_type == "BatchNormalization"]
    stay = [node for node in norms if makers.get(node.input[0]) != "Conv" or uses[node.input[0]] > 1]
    return len(norms), len(stay)


def isMade(folder):
    """Whether this version of the script was here before. What another one wrote is dropped."""
    stamp, version = folder / "made_by", hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != version:
        for path in folder.glob("*.onnx"):
            path.unlink()
        (folder / "index.tsv").unlink(missing_ok=True)
        stamp.write_text(version)
    return (folder / "index.tsv").exists()


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if isMade(folder) and not MISSING:
        return
    rows = []
    if MISSING:
        rows.append(f"missing\t{MISSING}")
        (folder / "made_by").unlink()
    else:
        torch.manual_seed(1)
        for name, build in networks().items():
            path = folder / f"{name}.onnx"
            if not path.exists():
                network = build().eval()
                exportTorchScript(network, path)
                export(name, network, path)
            model = onnx.load(path)
            path.with_suffix(".shapes").write_text("\n".join(shapeLines(model)) + "\n")
            rows.append("\t".join([name, *map(str, batchNorms(model))]))
    (folder / "index.tsv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
