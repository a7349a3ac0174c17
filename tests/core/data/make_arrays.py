#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Writes arrays of every kind that numpy writes into a folder, for tst_npy: element i of each is i, whatever its type."""
import pathlib
import sys

import numpy

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    numbers = numpy.arange(24)
    for name in DTYPES:
        array = (numbers % 2 if name == "bool" else numbers).astype(name).reshape(2, 3, 4)
        for order in "CF":
            for endian in "<>":
                stored = numpy.asarray(array, dtype=array.dtype.newbyteorder(endian), order=order)
                numpy.save(folder / f"{name}-{order}-{'little' if endian == '<' else 'big'}.npy", stored)
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(folder / f"version{version[0]}.npy", "wb") as file:
            numpy.lib.format.write_array(file, numbers.astype("float32").reshape(4, 6), version=version)
    numpy.save(folder / "scalar.npy", numpy.float32(7))
    numpy.save(folder / "vector.npy", numpy.arange(5, dtype="float32"))
    numpy.save(folder / "nothing.npy", numpy.zeros((0, 3), "float32"))
    numpy.save(folder / "objects.npy", numpy.array([{}, []], dtype=object), allow_pickle=True)
    numpy.save(folder / "text.npy", numpy.array(["a", "bc"]))
    numpy.save(folder / "dates.npy", numpy.array(["2026-01-01"], dtype="datetime64[D]"))
    numpy.save(folder / "records.npy", numpy.zeros(2, dtype=[("x", "f4"), ("y", "i4")]))


def check(folder):
    """What the program wrote has to load: element i is i."""
    for path in sorted(folder.glob("*.npy")):
        array = numpy.load(path)
        assert numpy.array_equal(array.reshape(-1).real, numpy.arange(array.size)), path
        print(path.stem, array.dtype, array.shape)


if __name__ == "__main__":
    (check if sys.argv[1] == "check" else main)(pathlib.Path(sys.argv[2]))
