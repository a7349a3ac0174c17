#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Saves the networks of varied_*.py with torch.jit, and what PyTorch computes of them.

    /usr/bin/python3 export_varied.py FOLDER

FOLDER/NAME.pt       NAME ends in _traced or _scripted for the blocks
FOLDER/NAME.tsv      one line a tensor of a run: "input" or "output", dtype, shape, file of its bytes in FOLDER
FOLDER/NAME.onnx     the blocks that ONNX can say, by torch.onnx.export
FOLDER/varied.tsv    one line a file: name, kind (blocks, language or files)
Without python3-torchvision varied.tsv says "missing" and why.
"""
import hashlib
import pathlib
import sys
import warnings

try:
    import torch
    from varied_blocks import BLOCKS
    from varied_files import FILES
    from varied_language import LANGUAGE
except ImportError as error:
    MISSING = str(error)
else:
    MISSING = None


def tensorsOf(value):
    if isinstance(value, torch.Tensor):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else []
    return [tensor for item in values for tensor in tensorsOf(item)]


def writeRun(folder, name, inputs, outputs):
    lines = []
    for kind, tensors in (("input", inputs), ("output", outputs)):
        for number, tensor in enumerate(tensors):
            file = f"{name}.{kind}{number}"
            (folder / file).write_bytes(tensor.detach().contiguous().numpy().tobytes())
            lines.append("\t".join([kind, str(tensor.dtype).removeprefix("torch."), "x".join(map(str, tensor.shape)), file]))
    (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")


def examples(inputs):
    return [torch.randn(each) if isinstance(each, tuple) and isinstance(each[0], int) else each for each in inputs]


def copies(inputs):
    return [each.clone() if isinstance(each, torch.Tensor) else each for each in inputs]


def exportOnnx(path, model, inputs):
    try:
        torch.onnx.export(model, tuple(copies(inputs)), str(path), opset_version=13)
    except Exception:  # what ONNX cannot say is compared in TorchScript only
        path.unlink(missing_ok=True)


def exportBlocks(folder):
    for name, make, shapes in BLOCKS:
        model, inputs = make().eval(), examples(shapes)
        outputs = tensorsOf(model(*copies(inputs)))
        torch.jit.trace(model, tuple(copies(inputs)), strict=False, check_trace=False).save(str(folder / f"{name}_traced.pt"))
        if name != "normalized":  # torch.jit.script does not take the hook of weight_norm
            torch.jit.script(model).save(str(folder / f"{name}_scripted.pt"))
        exportOnnx(folder / f"{name}.onnx", model, inputs)
        for form in ("traced",) if name == "normalized" else ("traced", "scripted"):
            writeRun(folder, f"{name}_{form}", inputs, outputs)
            yield f"{name}_{form}\tblocks"


def exportLanguage(folder):
    for name, make, shapes in LANGUAGE:
        model, inputs = make().eval(), examples(shapes)
        scripted = torch.jit.script(model)
        scripted.save(str(folder / f"{name}.pt"))
        writeRun(folder, name, tensorsOf(inputs), tensorsOf(scripted(*copies(inputs))))
        yield f"{name}\tlanguage"


def exportFiles(folder):
    for name, save, shapes in FILES:
        model, inputs = save(str(folder / f"{name}.pt")), examples(shapes)
        writeRun(folder, name, inputs, tensorsOf(model(*copies(inputs))) if model else [])
        yield f"{name}\tfiles"


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    index, stamp = folder / "varied.tsv", folder / "varied.made_by"
    here = pathlib.Path(__file__).parent
    version = hashlib.sha256(b"".join(path.read_bytes() for path in [pathlib.Path(__file__), *sorted(here.glob("varied_*.py"))])).hexdigest()
    if MISSING:
        index.write_text(f"missing\t{MISSING}\n")
        stamp.unlink(missing_ok=True)
    elif not (stamp.exists() and stamp.read_text() == version):
        torch.manual_seed(1)
        warnings.simplefilter("ignore")
        with torch.no_grad():
            lines = [*exportBlocks(folder), *exportLanguage(folder), *exportFiles(folder)]
        index.write_text("\n".join(lines) + "\n")
        stamp.write_text(version)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
