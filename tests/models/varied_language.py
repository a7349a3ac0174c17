# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Modules that use what torch.jit.script knows of Python; export_varied.py saves them.

LANGUAGE: (name, function that makes the module, shapes of its inputs, or examples of them where they are no floats).
"""
import enum
from typing import Dict, Final, List, NamedTuple, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Mode(enum.Enum):
    SUM = "sum"
    MEAN = "mean"


class Found(NamedTuple):
    scores: Tensor
    boxes: Tensor
    count: int


@torch.jit.interface
class Reducer(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


class SumReducer(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sum(1)


class PeakReducer(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 2.0

    def forward(self, x: Tensor) -> Tensor:
        return x.amax(1) * self.scale


class Interfaces(nn.Module):
    """One call for whichever module stands there, and a scripted class with a state of its own."""
    reducer: Reducer

    def __init__(self, reducer):
        super().__init__()
        self.reducer = reducer
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        sizes = Sizes(x.size(2), x.size(3))
        sizes.grow(1)
        y = F.interpolate(self.reducer(self.conv(x)).unsqueeze(1), [sizes.height, sizes.width])
        return y / sizes.area()


@torch.jit.script
class Sizes:
    def __init__(self, height: int, width: int):
        self.height = height
        self.width = width

    def grow(self, by: int) -> None:
        self.height += by
        self.width += by

    def area(self) -> int:
        return self.height * self.width


class NamedResult(nn.Module):
    def __init__(self):
        super().__init__()
        self.head, self.box = nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Found:
        found = Found(self.head(x).sigmoid(), self.box(x).exp(), x.size(0))
        assert found.count > 0, f"an empty batch of {found.count}"
        return Found(found.scores * 2, found.boxes, found.count + 1)


class Enums(nn.Module):
    def __init__(self, mode: Mode):
        super().__init__()
        self.mode = mode
        self.conv = nn.Conv2d(3, 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        if self.mode == Mode.SUM:
            return y.sum((2, 3))
        elif self.mode.value == "mean":
            return y.mean((2, 3))
        raise ValueError("no such mode " + self.mode.name)


class Optionals(nn.Module):
    """Modules and tensors that may be absent."""
    limit: Final[int]

    def __init__(self, withDown: bool):
        super().__init__()
        self.limit = 6
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.down: Optional[nn.Conv2d] = nn.Conv2d(4, 4, 1) if withDown else None
        self.register_parameter("gamma", nn.Parameter(torch.rand(4)) if withDown else None)
        self.register_buffer("offset", None)

    def scaled(self, x: Tensor, factor: Optional[Tensor] = None, times: int = 1) -> Tensor:
        for _ in range(times):
            if factor is not None:
                x = x * factor.view(1, -1, 1, 1)
        return x

    def forward(self, x: Tensor, skip: Optional[Tensor] = None) -> Tensor:
        y = self.conv(x)
        if self.down is not None:
            x = self.down(x)
        if skip is None:
            skip = x
        gamma = self.gamma
        y = self.scaled(y, gamma, times=2) + skip
        offset = self.offset
        if offset is not None:
            y = y + offset
        return y.clamp(min=-float(self.limit), max=self.limit)


class Branches(nn.ModuleDict):
    """Dicts of modules and of tensors, in the order they were made."""

    def __init__(self):
        super().__init__({"one": nn.Conv2d(3, 4, 1), "three": nn.Conv2d(3, 4, 3, padding=1), "pool": nn.AvgPool2d(3, 1, 1)})

    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        results: Dict[str, Tensor] = {}
        for name, branch in self.items():
            y = branch(x)
            if name.startswith("p"):
                y = torch.cat([y, y[:, :1]], 1)
            results[f"{name}_{y.size(1)}"] = y
        total = torch.zeros_like(results["one_4"])
        for name in sorted(results.keys()):
            total += results[name]
        if "three_4" in results:
            del results["three_4"]
        results["total"] = total
        return results


class Comprehensions(nn.Module):
    sizes: List[int]

    def __init__(self):
        super().__init__()
        self.sizes = [1, 2, 3, 6]
        self.convs = nn.ModuleList(nn.Conv2d(4, 2, 1) for _ in self.sizes)
        self.names = ["a", "b", "c", "d"]

    def forward(self, x: Tensor) -> Tuple[Tensor, List[Tensor]]:
        h, w = x.shape[-2:]
        pools = [F.adaptive_avg_pool2d(x, s) for s in self.sizes[:3]]
        widths = {name: size for name, size in zip(self.names, self.sizes)}
        maps: List[Tensor] = []
        for i, conv in enumerate(self.convs):
            if i < len(pools):
                y = F.interpolate(conv(pools[i]), size=(h, w), mode="bilinear", align_corners=False)
                maps.append(y * widths[self.names[i]])
        first, others = x * 2, [x * factor for factor in [3, 4]]
        maps.extend(others[::-1])
        return torch.cat([first] + maps, dim=1), maps[1:-1]


class Loops(nn.Module):
    """while, break, continue, early return, unpacking, numbers and texts."""

    def __init__(self):
        super().__init__()
        self.step = nn.Linear(5, 5)

    def once(self, x: Tensor, sign: bool) -> Tensor:
        if not sign:
            return -x
        for i in range(10):
            if i == 2:
                return x * i
        return x

    def forward(self, x: Tensor) -> Tensor:
        t, total = 0, x[0]
        while t < x.size(0):
            t += 1
            if t == 2:
                continue
            if t > 4 and not self.training:
                break
            total = total + torch.tanh(self.step(x[t - 1]))
        words = "b,a,c".split(",")
        words.sort()
        a, (b, c) = float(3 ** 2), (7.0 // 2, -7 % 3)
        total = total * (a if words[0] == "a" else b) + c
        number = int("3") + len("-".join(words)) + round(2.6) + abs(-1) + min(4, 5) + int(True)
        return self.once(total, number > 0) + number / 2


class UnionOf(nn.Module):
    def both(self, x: Union[Tensor, List[Tensor]]) -> Tensor:
        if isinstance(x, Tensor):
            return x.relu()
        return torch.stack(x).sum(0)

    def forward(self, x: Tensor) -> Tensor:
        shape: List[int] = torch.jit.annotate(List[int], [])
        for size in x.shape:
            shape.append(size)
        shape.insert(1, 1)
        shape[-1] = -1
        return self.both(x).reshape(shape) + self.both([x, x * 2]).reshape(shape)

    @torch.jit.export
    def other(self, x: Tensor) -> Tensor:
        return x.sigmoid()

    @torch.jit.unused
    def never(self, x: Tensor) -> Tensor:
        import numpy
        return torch.from_numpy(numpy.array(x))


class Recurrence(nn.Module):
    """States go in and come out."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 6)
        self.gru = nn.GRU(6, 8, bidirectional=True, batch_first=True)
        self.lstm = nn.LSTM(16, 5, num_layers=2)

    def forward(self, tokens: Tensor, state: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        y, last = self.gru(self.embed(tokens))
        y, state = self.lstm(y.transpose(0, 1), state)
        return y + last.sum(), state


class Bert(nn.Module):
    """Tokens, positions, an additive mask; integer inputs."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(30, 12), nn.Embedding(16, 12)
        self.norm, self.query, self.keys, self.values = nn.LayerNorm(12), nn.Linear(12, 12), nn.Linear(12, 12), nn.Linear(12, 12)
        self.pooler = nn.Linear(12, 12)

    def heads(self, x: Tensor) -> Tensor:
        return x.view(x.size()[:-1] + (3, 4) if not torch.jit.is_scripting() else [x.size(0), x.size(1), 3, 4]).permute(0, 2, 1, 3)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:
        places = torch.arange(tokens.size(1), dtype=torch.long, device=tokens.device).unsqueeze(0).expand_as(tokens)
        x = self.norm(self.words(tokens) + self.places(places))
        bias = (1.0 - mask[:, None, None, :].to(dtype=x.dtype)) * -10000.0
        q, k, v = self.heads(self.query(x)), self.heads(self.keys(x)), self.heads(self.values(x))
        scores = F.softmax(torch.matmul(q, k.transpose(-1, -2)) / 2.0 + bias, dim=-1, dtype=torch.float32)
        y = torch.matmul(F.dropout(scores, 0.1, self.training), v).permute(0, 2, 1, 3).contiguous()
        y = y.view(y.size(0), -1, 12)
        return y, torch.tanh(self.pooler(y[:, 0]))


def state():
    return (torch.randn(2, 3, 5), torch.randn(2, 3, 5))


LANGUAGE = [
    ("interface_sum", lambda: Interfaces(SumReducer()), [(1, 3, 5, 6)]), ("interface_peak", lambda: Interfaces(PeakReducer()), [(1, 3, 5, 6)]),
    ("named_result", NamedResult, [(2, 6)]), ("enum_sum", lambda: Enums(Mode.SUM), [(1, 3, 6, 6)]), ("enum_mean", lambda: Enums(Mode.MEAN), [(1, 3, 6, 6)]),
    ("optional_absent", lambda: Optionals(False), [(1, 4, 6, 6)]), ("optional_present", lambda: Optionals(True), [(1, 4, 6, 6)]),
    ("branches", Branches, [(1, 3, 6, 6)]), ("comprehensions", Comprehensions, [(1, 4, 12, 9)]), ("loops", Loops, [(6, 2, 5)]), ("union", UnionOf, [(2, 3, 4)]),
    ("recurrence", Recurrence, [torch.randint(0, 20, (3, 4)), state()]), ("bert", Bert, [torch.randint(0, 30, (2, 7)), torch.tensor([[1, 1, 1, 1, 1, 0, 0]] * 2)]),
]
