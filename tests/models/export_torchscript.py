#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Saves small networks with torch.jit for tst_torchscript_files, and writes what is in them.

    /usr/bin/python3 export_torchscript.py FOLDER

FOLDER/NAME.pt            scripted or traced, random weights
FOLDER/NAME.tensors       one line a tensor: name, dtype, 3x3, sha256 of its elements, scales, zero points, axis
FOLDER/NAME.lines         one line a place: text in code/*.py, file, line, what the author wrote there, without arguments
FOLDER/torchscript.tsv    one line a file: name
FOLDER/rnn/NAME.pt, .onnx recurrent layers both ways, for comparison
FOLDER/eager_NAME.pt      networks that keep and break the rules of eager mode, scripted and traced
FOLDER/other_NAME.pt      what PyTorch writes that is no TorchScript
FOLDER/recurrent.tsv      one line a pair: name, shapes of the results
FOLDER/version_N.pt       operators whose meaning changed, in a file of format version N
FOLDER/version_N.tsv      what PyTorch computes of it: dtype and numbers of each result
Without python3-torch torchscript.tsv says "missing" and why.
"""
import hashlib
import inspect
import pathlib
import sys
import zipfile

try:
    import torch
except ImportError as error:
    MISSING = str(error)
    Module = object
else:
    MISSING = None
    Module = torch.nn.Module


class Plain(Module):
    """Parameters and buffers of every dtype; views, shared storages, a tensor used twice."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 8, 3)
        self.norm = torch.nn.BatchNorm2d(8)
        self.tied = torch.nn.Linear(8, 8)
        self.tied.weight = torch.nn.Parameter(torch.randn(8, 8))
        self.again = torch.nn.Linear(8, 8)
        self.again.weight = self.tied.weight
        for name in "float16 bfloat16 float64 complex64".split():
            self.register_buffer("of_" + name, torch.randn(3, 5).to(getattr(torch, name)))
        for name in "int8 int16 int32 int64 uint8".split():
            self.register_buffer("of_" + name, torch.randint(0, 100, (2, 3), dtype=getattr(torch, name)))
        whole = torch.randn(4, 6, 5)
        self.register_buffer("of_bool", whole > 0)
        self.register_buffer("whole", whole)
        self.register_buffer("transposed", whole.permute(2, 0, 1))
        self.register_buffer("part", whole[1:3, ::2, 1])
        self.register_buffer("expanded", whole[:1, :1].expand(7, 3, 5))
        self.register_buffer("channels_last", torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last))
        self.register_buffer("empty", torch.zeros(0, 3))
        self.register_buffer("scalar", torch.tensor(2.5))
        self.register_buffer("hidden", torch.ones(2), persistent=False)

    def forward(self, x):
        y = self.conv(x)
        y = torch.nn.functional.relu6(self.norm(y))
        return self.again(torch.tanh(self.tied(y.mean([2, 3]))))


def textOf(tensor):
    """dtype, shape, checksum; of a quantized tensor its integers."""
    extra = ["", "", ""]
    if tensor.is_quantized:
        if tensor.qscheme() == torch.per_tensor_affine:
            extra = [repr(tensor.q_scale()), str(tensor.q_zero_point()), "-1"]
        else:
            extra = [" ".join(map(repr, tensor.q_per_channel_scales().tolist())), " ".join(map(str, tensor.q_per_channel_zero_points().tolist())),
                     str(tensor.q_per_channel_axis())]
    dtype = str(tensor.dtype).removeprefix("torch.")
    data = (tensor.int_repr() if tensor.is_quantized else tensor).detach().contiguous()
    if data.dtype == torch.bfloat16:
        data = data.view(torch.int16)
    digest = hashlib.sha256(data.numpy().tobytes()).hexdigest()
    return "\t".join([dtype, "x".join(map(str, tensor.shape)), digest, *extra])


def tensorLines(module, more=()):
    tensors = dict(module.state_dict())
    tensors.update(module.named_buffers())
    tensors.update(more)
    return [f"{name}\t{textOf(tensor)}" for name, tensor in sorted(tensors.items())]


def quantized(perChannel):
    """Weights in packed parameters, which are no state_dict entries of the saved file."""
    torch.backends.quantized.engine = "fbgemm" if "fbgemm" in torch.backends.quantized.supported_engines else "qnnpack"
    model = torch.nn.Sequential(torch.quantization.QuantStub(), torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(),
                                torch.nn.Linear(8 * 36, 5), torch.quantization.DeQuantStub()).eval()
    scheme = torch.per_channel_symmetric if perChannel else torch.per_tensor_symmetric
    observer = torch.quantization.PerChannelMinMaxObserver if perChannel else torch.quantization.MinMaxObserver
    model.qconfig = torch.quantization.QConfig(activation=torch.quantization.MinMaxObserver.with_args(dtype=torch.quint8),
                                               weight=observer.with_args(dtype=torch.qint8, qscheme=scheme))
    torch.quantization.prepare(model, inplace=True)
    model(torch.randn(1, 3, 8, 8))
    return torch.quantization.convert(model, inplace=True)


def packedTensors(model):
    """Where the saved file keeps them: the conv's __getstate__ gives a tuple, the linear's packed parameters do."""
    conv, linear = model[1], model[4]
    return {"1[10]": conv.weight(), "1[11]": conv.bias(), "4._packed_params._packed_params[0]": linear.weight(), "4._packed_params._packed_params[1]": linear.bias(),
            "0.scale": model[0].scale, "0.zero_point": model[0].zero_point}


class Recurrent(Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.rnn = getattr(torch.nn, kind)(5, 7, **options)

    def forward(self, x):
        y, state = self.rnn(x)
        return (y, *state) if isinstance(state, tuple) else (y, state)


def exportRecurrent(folder):
    (folder / "rnn").mkdir(exist_ok=True)
    both = {"num_layers": 2, "bidirectional": True, "batch_first": True}
    for name, kind, options in (("lstm", "LSTM", {}), ("lstm_stack", "LSTM", both), ("lstm_plain", "LSTM", {"bias": False}), ("gru", "GRU", {}), ("gru_stack", "GRU", both),
                                ("rnn", "RNN", {}), ("rnn_relu", "RNN", {"nonlinearity": "relu"})):
        model, x = Recurrent(kind, **options).eval(), torch.randn(4, 3, 5)
        torch.jit.trace(model, x).save(str(folder / "rnn" / f"{name}.pt"))
        torch.onnx.export(model, x, str(folder / "rnn" / f"{name}.onnx"), opset_version=14)
        yield "\t".join([name] + ["x".join(map(str, y.shape)) for y in model(x)])


class Residual(Module):
    """One ReLU for two calls and a plain +, or each call its own module."""

    def __init__(self, careful):
        super().__init__()
        self.careful = careful
        self.conv1, self.bn1, self.relu = torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU()
        self.conv2, self.bn2 = torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.BatchNorm2d(8)
        self.relu2, self.skip = torch.nn.ReLU(), torch.nn.quantized.FloatFunctional()

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        if self.careful:
            return self.relu2(self.skip.add(y, x))
        return self.relu(y + x)


class Careful(Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = torch.quantization.QuantStub(), torch.quantization.DeQuantStub()
        self.stem, self.block = torch.nn.Conv2d(3, 8, 3), Residual(True)

    def forward(self, x):
        return self.dequant(self.block(self.stem(self.quant(x))))


class Careless(Module):
    def __init__(self):
        super().__init__()
        self.stem, self.block = torch.nn.Conv2d(3, 8, 3), Residual(False)

    def forward(self, x):
        x = torch.nn.functional.relu(self.block(self.stem(x)))
        return torch.nn.functional.max_pool2d(torch.nn.functional.interpolate(torch.exp(x), scale_factor=2.0), 2)


def exportEager(folder):
    for name, model in (("careful", Careful().eval()), ("careless", Careless().eval())):
        torch.jit.script(model).save(str(folder / f"eager_{name}_scripted.pt"))
        torch.jit.trace(model, torch.randn(1, 3, 16, 16)).save(str(folder / f"eager_{name}_traced.pt"))


class Versioned(Module):
    def forward(self, x):
        a, b, f = torch.tensor([7, -7, 9]), torch.tensor([2, 2, -4]), torch.tensor([7.5, -7.5, 9.0])
        cut = torch.div(a, b, rounding_mode="floor"), torch.div(a, b, rounding_mode="trunc"), torch.div(f, 2, rounding_mode="trunc"), torch.div(f, 2, rounding_mode="floor")
        rows = torch.linspace(-1.0, 1.0, 5), torch.logspace(-1.0, 1.0, 4), torch.full([2], 3), torch.full([2], 1.5), torch.full([2], 3, dtype=torch.int32)
        return cut + rows + (a / b, a / 2, a / 2.0, f / 2, f / b, a // b, f // 2, torch.ones(2) * int(x.size(2) / 2))


def exportVersions(folder):
    """The same code under another number, as PyTorch reads it."""
    torch.jit.script(Versioned()).save(str(folder / "versioned.pt"))
    for version in (1, 3, 4, 5, 7, 8, 9, 10):
        path = folder / f"version_{version}.pt"
        with zipfile.ZipFile(folder / "versioned.pt") as old, zipfile.ZipFile(path, "w") as new:
            for entry in old.infolist():
                new.writestr(entry, f"{version}\n" if entry.filename.endswith("/version") else old.read(entry))
        results = torch.jit.load(str(path))(torch.zeros(1, 3, 9, 9))
        lines = [" ".join([str(y.dtype).removeprefix("torch.")] + [f"{v:.5g}" for v in y.tolist()]) for y in results]
        (folder / f"version_{version}.tsv").write_text("\n".join(lines) + "\n")


def saveOthers(folder):
    model = torch.nn.Linear(3, 4)
    torch.save(model.state_dict(), folder / "other_state_dict.pt")
    torch.save({"model": model.state_dict(), "epoch": 3}, folder / "other_checkpoint.pt")
    torch.save(model, folder / "other_module.pt")
    torch.save(model.state_dict(), folder / "other_old_state_dict.pt", _use_new_zipfile_serialization=False)
    torch.save(model, folder / "other_old_module.pt", _use_new_zipfile_serialization=False)


def lineOf(function, part):
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if part in line)


def save(folder, name, module, tensors, lines=()):
    module.save(str(folder / f"{name}.pt"))
    (folder / f"{name}.tensors").write_text("\n".join(tensors) + "\n")
    (folder / f"{name}.lines").write_text("\n".join("\t".join(map(str, line)) for line in lines) + "\n")
    return name


def exportAll(folder):
    torch.manual_seed(1)
    plain = Plain().eval()
    scripted = torch.jit.script(plain)
    here = str(pathlib.Path(__file__))
    places = [("torch.tanh", here, lineOf(Plain.forward, "tanh"), "torch.tanh"),
              ("torch.mean", here, lineOf(Plain.forward, "tanh"), "y.mean")]
    yield save(folder, "plain_scripted", scripted, tensorLines(scripted), places)
    # A traced module keeps what forward uses; the rest of its state is still saved.
    traced = torch.jit.trace(plain, torch.randn(1, 3, 16, 16))
    yield save(folder, "plain_traced", traced, tensorLines(traced), [("torch.tanh", here, lineOf(Plain.forward, "tanh"), "")])
    for name, perChannel in (("quantized_per_tensor", False), ("quantized_per_channel", True)):
        model = quantized(perChannel)
        traced = torch.jit.trace(model, torch.randn(1, 3, 8, 8))
        yield save(folder, name, traced, tensorLines(torch.nn.Module(), packedTensors(model)))


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    index, stamp = folder / "torchscript.tsv", folder / "torchscript.made_by"
    version = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    if MISSING:
        index.write_text(f"missing\t{MISSING}\n")
        stamp.unlink(missing_ok=True)
    elif not (stamp.exists() and stamp.read_text() == version):
        index.write_text("\n".join(exportAll(folder)) + "\n")
        saveOthers(folder)
        exportEager(folder)
        exportVersions(folder)
        (folder / "recurrent.tsv").write_text("\n".join(exportRecurrent(folder)) + "\n")
        stamp.write_text(version)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
