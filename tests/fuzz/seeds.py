#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Fills a folder with seeds for the fuzz targets: samples, ONNX's own test models, graphs as .bpuir.

    seeds.py BPU FOLDER      BPU is the program that writes the .bpuir files
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


if __name__ == "__main__":
    main()
