#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Fills a folder with seeds for the fuzz targets: samples, ONNX's own test models, graphs as .bpuir, small TorchScript files.

    seeds.py BPU FOLDER      BPU is the program that writes the .bpuir files; the TorchScript files are those that the
                             tests have made in the build folder around it
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTDATA = pathlib.Path("/usr/share/libonnx-testdata")
LARGEST = 20_000


def main() -> None:
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    onnx, bpuir = folder / "onnx", folder / "bpuir"
    for made in (onnx, bpuir):
        made.mkdir(parents=True, exist_ok=True)
    models = sorted(ROOT.glob("samples/*.onnx")) + sorted(TESTDATA.rglob("model.onnx"))
    for number, model in enumerate(model for model in models if model.stat().st_size <= LARGEST):
        shutil.copyfile(model, onnx / f"{number:04}.onnx")
    for number, model in enumerate(sorted(onnx.iterdir())[::20]):
        with tempfile.TemporaryDirectory() as scratch:
            graph = pathlib.Path(scratch, "graph.bpuir")
            if subprocess.run([program, "fuse", str(model), "-o", str(graph)], capture_output=True).returncode != 0:
                continue
            with zipfile.ZipFile(graph) as archive:
                weights = archive.read("weights.bin")[:65535]
                data = len(weights).to_bytes(2, "big") + weights + archive.read("graph.json")
            (bpuir / f"{number:04}").write_bytes(data)
    torchscript(pathlib.Path(program).resolve().parents[1] / "models", folder / "torchscript")


def torchscript(models: pathlib.Path, folder: pathlib.Path) -> None:
    whole = folder.parent / "archive"  # fuzz_archive: a zero, and the file as it is
    for made in (folder, whole):
        made.mkdir(parents=True, exist_ok=True)
    for model in sorted(models.rglob("*.pt")):
        if model.stat().st_size > 10 * LARGEST or not zipfile.is_zipfile(model):
            continue
        (whole / model.name).write_bytes(b"\0" + model.read_bytes())
        with zipfile.ZipFile(model) as archive:
            names = archive.namelist()
            root = names[0].split("/")[0]
            if f"{root}/constants.pkl" not in names:
                continue
            pickles = [archive.read(f"{root}/{name}.pkl") for name in ("data", "constants")]
            code = b"".join(b"# entry " + name.removeprefix(f"{root}/code/").encode() + b"\n" + archive.read(name) for name in names if name.endswith(".py"))
        if max(map(len, pickles)) < 65536:
            (folder / model.name).write_bytes(b"".join(len(part).to_bytes(2, "big") for part in pickles) + b"".join(pickles) + code)


if __name__ == "__main__":
    main()
