#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Accuracy of digits_net.onnx in float, calibrated and in fixed point, for every observer on both marches.

    /usr/bin/python3 samples/measure_accuracy.py build/ci/bin/bpu      prints the table of docs/accuracy.md

Calibrated on the first 200 training digits in batches of 20, averaging 0.1; measured on the 1,000 test digits.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
NET, DIGITS = HERE / "digits_net.onnx", HERE / "digits"
OBSERVERS = ["min_max", "percentile", "mse", "kl", "mix", "clip_std"]
CALIBRATION = ["--limit", "200", "--batch", "20", "--averaging", "0.1"]
WAYS = [[observer] for observer in OBSERVERS] + [["mse", "--equalize"], ["mse", "--adaround"], ["mse", "--correct-bias"], ["mse", "--auto"]]


def run(bpu, *args):
    done = subprocess.run([bpu, *map(str, args)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def top1(bpu, model):
    return 100 * json.loads(run(bpu, "eval", model, "--data", DIGITS, "--batch", 50, "--json"))["accuracy"]["top1"]


def main(bpu):
    print(f"Float: {top1(bpu, NET):.1f} %\n")
    print("| observer | Bayes, calibrated | Bayes, fixed point | Bernoulli2 hybrid, calibrated | Bernoulli2 hybrid, fixed point |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        prepared, calibrated, quantized = (pathlib.Path(folder) / f"{name}.bpuir" for name in ["prepared", "calibrated", "quantized"])
        for way in WAYS:
            row = [" ".join(way)]
            for march in [["bayes"], ["bernoulli2", "--hybrid"]]:
                run(bpu, "prepare", NET, "--march", *march, "-o", prepared)
                run(bpu, "calibrate", prepared, "--data", DIGITS, *CALIBRATION, "--observer", *way, "-o", calibrated)
                run(bpu, "convert", calibrated, "-o", quantized)
                row += [f"{top1(bpu, model):.1f} %" for model in [calibrated, quantized]]
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
