# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Networks with the building blocks that people put into their own code; export_varied.py saves them, traced and scripted.

BLOCKS: (name, function that makes the module, shapes of its inputs).
"""
import math
from typing import Dict, List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SqueezeExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(16, eps=1e-3)
        self.reduce, self.expand = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)
        self.act = nn.SiLU(inplace=True)

    def forward(self, x):
        x = self.act(self.norm(self.conv(x)))
        gate = x.mean((2, 3), keepdim=True)
        gate = self.expand(F.relu(self.reduce(gate), inplace=True))
        return x * gate.sigmoid()


class EfficientChannel(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x):
        x = self.stem(x)
        y = self.conv(self.pool(x).squeeze(-1).transpose(-1, -2))
        return x * torch.sigmoid(y.transpose(-1, -2).unsqueeze(-1)).expand_as(x)


class Cbam(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.mlp = nn.Sequential(nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 16))
        self.spatial = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x):
        x = self.stem(x)
        n, c, h, w = x.shape
        mean = F.avg_pool2d(x, (h, w), stride=(h, w)).view(n, -1)
        peak = F.max_pool2d(x, (h, w), stride=(h, w)).view(n, -1)
        x = x * torch.sigmoid(self.mlp(mean) + self.mlp(peak)).unsqueeze(2).unsqueeze(3)
        both = torch.cat((torch.max(x, 1)[0].unsqueeze(1), torch.mean(x, 1).unsqueeze(1)), dim=1)
        return x * torch.sigmoid(self.spatial(both))


class Ghost(nn.Module):
    def __init__(self):
        super().__init__()
        self.primary = nn.Sequential(nn.Conv2d(3, 7, 1, bias=False), nn.BatchNorm2d(7), nn.ReLU(inplace=True))
        self.cheap = nn.Sequential(nn.Conv2d(7, 7, 3, 1, 1, groups=7, bias=False), nn.BatchNorm2d(7), nn.Identity())

    def forward(self, x):
        first = self.primary(x)
        return torch.cat([first, self.cheap(first)], dim=1)[:, :13, :, :]


class Involution(nn.Module):
    def __init__(self):
        super().__init__()
        self.reduce, self.span = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 9 * 2, 1)

    def forward(self, x):
        n, c, h, w = x.shape
        kernel = self.span(self.reduce(x)).view(n, 2, 9, h, w)
        patches = F.unfold(x, 3, padding=1).view(n, 2, c // 2, 9, h, w)
        return torch.einsum("ngkhw,ngckhw->ngchw", kernel, patches).reshape(n, c, h, w)


class WindowAttention(nn.Module):
    """Shifted windows with a relative position bias and the mask of the wrapped borders."""

    def __init__(self):
        super().__init__()
        self.size, self.shift, self.heads = 4, 2, 2
        self.norm, self.qkv, self.proj = nn.LayerNorm(12), nn.Linear(12, 36), nn.Linear(12, 12)
        self.bias = nn.Parameter(torch.randn(49, 2))
        place = torch.stack(torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")).flatten(1)
        relative = (place[:, :, None] - place[:, None, :]).permute(1, 2, 0) + 3
        self.register_buffer("index", relative[..., 0] * 7 + relative[..., 1])
        image = torch.zeros(1, 8, 8, 1)
        for number, (rows, columns) in enumerate((r, c) for r in self.cuts() for c in self.cuts()):
            image[:, rows, columns, :] = number
        windows = self.windows(image).squeeze(-1)
        self.register_buffer("mask", (windows.unsqueeze(1) - windows.unsqueeze(2)).ne(0).float() * -100.0, persistent=False)

    def cuts(self) -> List[slice]:
        return [slice(0, -4), slice(-4, -2), slice(-2, None)]

    def windows(self, x: Tensor) -> Tensor:
        n, h, w, c = x.shape
        return x.view(n, h // 4, 4, w // 4, 4, c).permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, 16, c)

    def forward(self, x):
        n, h, w, c = x.shape
        y = torch.roll(self.norm(x), shifts=(-self.shift, -self.shift), dims=(1, 2))
        y = self.windows(y)
        q, k, v = self.qkv(y).reshape(-1, 16, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * (c // self.heads) ** -0.5) @ k.transpose(-2, -1)
        scores = scores + self.bias[self.index.view(-1)].view(16, 16, -1).permute(2, 0, 1).contiguous().unsqueeze(0)
        scores = scores.view(n, -1, self.heads, 16, 16) + self.mask.unsqueeze(1).unsqueeze(0)
        y = scores.view(-1, self.heads, 16, 16).softmax(dim=-1) @ v
        y = self.proj(y.transpose(1, 2).reshape(-1, 16, c)).view(n, h // 4, w // 4, 4, 4, c)
        y = y.permute(0, 1, 3, 2, 4, 5).contiguous().view(n, h, w, c)
        return x + torch.roll(y, shifts=(self.shift, self.shift), dims=(1, 2))


class FocalModulation(nn.Module):
    def __init__(self):
        super().__init__()
        self.split = nn.Conv2d(6, 6 * 2 + 4, 1)
        self.layers = nn.ModuleList(nn.Sequential(nn.Conv2d(6, 6, 3 + 2 * i, padding=1 + i, groups=6, bias=False), nn.GELU()) for i in range(3))
        self.mix, self.proj = nn.Conv2d(6, 6, 1), nn.Conv2d(6, 6, 1)

    def forward(self, x):
        query, context, gates = torch.split(self.split(x), [6, 6, 4], dim=1)
        total = torch.zeros_like(query)
        for level, layer in enumerate(self.layers):
            context = layer(context)
            total = total + context * gates[:, level:level + 1]
        whole = F.gelu(context.mean(3, keepdim=True).mean(2, keepdim=True))
        total += whole * gates[:, 3:]
        return self.proj(query * self.mix(total))


class ConvLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.gates = nn.Conv2d(3 + 5, 20, 3, padding=1)

    def forward(self, clip):
        n, steps, _, height, width = clip.size()
        h = torch.zeros(n, 5, height, width)
        c = torch.zeros(n, 5, height, width)
        states = []
        for t in range(steps):
            i, f, o, g = torch.chunk(self.gates(torch.cat([clip[:, t], h], 1)), 4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, 1), c


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        widths = (8, 12, 16)
        self.stages = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in zip((3,) + widths, widths))
        self.lateral = nn.ModuleList(nn.Conv2d(width, 6, 1) for width in widths)
        self.smooth = nn.ModuleList(nn.Conv2d(6, 6, 3, padding=1) for _ in widths)

    def forward(self, x):
        maps: List[Tensor] = []
        for stage in self.stages:
            x = F.relu(stage(x))
            maps.append(x)
        laterals: List[Tensor] = []
        for i, layer in enumerate(self.lateral):
            laterals.append(layer(maps[i]))
        for i in range(len(laterals) - 1, 0, -1):
            laterals[i - 1] = laterals[i - 1] + F.interpolate(laterals[i], size=laterals[i - 1].shape[-2:], mode="nearest")
        results: List[Tensor] = []
        for i, layer in enumerate(self.smooth):
            results.append(layer(laterals[i]))
        results.append(F.max_pool2d(results[-1], 1, stride=2))
        return tuple(results) if not torch.jit.is_scripting() else (results[0], results[1], results[2], results[3])


class SamePadding(nn.Module):
    """TensorFlow's padding, computed from the size of the image."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 3, 5, 5))
        self.stride, self.dilation = (2, 3), (1, 2)

    def pad(self, size: int, k: int, s: int, d: int) -> int:
        return max((math.ceil(size / s) - 1) * s + (k - 1) * d + 1 - size, 0)

    def forward(self, x):
        h, w = x.size()[-2:]
        down, right = self.pad(h, 5, 2, 1), self.pad(w, 5, 3, 2)
        x = F.pad(x, [right // 2, right - right // 2, down // 2, down - down // 2], value=0.5)
        return F.conv2d(x, self.weight, None, self.stride, (0, 0), self.dilation)


class YoloHead(nn.Module):
    """Three scales, decoded to boxes."""

    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList(nn.Conv2d(4 * 2 ** i, 3 * 7, 1) for i in range(2))
        self.register_buffer("anchors", torch.rand(2, 1, 3, 1, 1, 2) * 30)
        self.register_buffer("strides", torch.tensor([8.0, 16.0]))

    def forward(self, a, b):
        boxes = []
        for i, head in enumerate(self.heads):
            y = head(a if i == 0 else b)
            n, _, h, w = y.shape
            y = y.view(n, 3, 7, h, w).permute(0, 1, 3, 4, 2).contiguous()
            rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
            grid = torch.stack((columns, rows), 2).view(1, 1, h, w, 2).float()
            y = y.sigmoid()
            center = (y[..., 0:2] * 2.0 - 0.5 + grid) * self.strides[i]
            size = (y[..., 2:4] * 2) ** 2 * self.anchors[i]
            boxes.append(torch.cat((center, size, y[..., 4:]), -1).view(n, -1, 7))
        return torch.cat(boxes, 1)


class DetectionHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.score, self.box = nn.Conv2d(6, 3 * 4, 3, padding=1), nn.Conv2d(6, 3 * 4, 3, padding=1)

    def forward(self, a, b) -> Dict[str, Tensor]:
        scores, boxes = [], []
        for x in [a, b]:
            n = x.shape[0]
            scores.append(self.score(x).permute(0, 2, 3, 1).reshape(n, -1, 4))
            boxes.append(self.box(x).permute(0, 2, 3, 1).reshape(n, -1, 4))
        return {"scores": F.softmax(torch.cat(scores, dim=1), dim=-1), "boxes": torch.cat(boxes, dim=1)}


class Normalized(nn.Module):
    """Hooks that compute a weight before each call."""

    def __init__(self):
        super().__init__()
        self.first = nn.utils.weight_norm(nn.Conv1d(4, 6, 3, padding=2, dilation=2))
        self.second = nn.utils.spectral_norm(nn.Conv1d(6, 6, 3))

    def forward(self, x):
        x = F.leaky_relu(self.first(x)[:, :, :-2].contiguous(), 0.1)
        return self.second(x)


class Masks(nn.Module):
    """Writes into parts of tensors, masks and indices."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.rand(1, 6, 1, 1))
        self.register_buffer("keep", torch.tensor([0, 2, 5]))
        self.register_buffer("tril", torch.tril(torch.ones(8, 8)) == 0, persistent=False)

    def forward(self, x):
        y = x * self.scale
        y[:, :2] = x[:, 2:4] + 1
        y[:, 3, ::2] = 0.25
        y[..., -1] *= 2
        y = y.masked_fill(self.tril, -1.0)
        y = torch.where(y > 0, y, torch.zeros_like(y))
        z = y.clone()
        z[:, 1].clamp_(max=0.5)
        return y[:, self.keep], z.index_select(1, self.keep), y.flip(-1), z.cumsum(2)


class TransformerLayers(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, activation="gelu", norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.position = nn.Parameter(torch.randn(1, 9, 16))

    def forward(self, x):
        return self.encoder(x + self.position[:, :x.size(1)])


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.bottom = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.up, self.out = nn.ConvTranspose2d(16, 8, 2, stride=2), nn.Conv2d(16, 2, 1)
        self.norm, self.act = nn.GroupNorm(4, 16), nn.PReLU(16)

    def forward(self, x):
        skip = torch.relu_(self.down(x))
        y = self.up(self.act(self.norm(self.bottom(F.max_pool2d(skip, 2, ceil_mode=True)))))
        dy, dx = skip.size(2) - y.size(2), skip.size(3) - y.size(3)
        y = F.pad(y, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2], mode="replicate")
        y = self.out(torch.cat([skip, y], dim=1))
        return F.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=True)


class SuperResolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.shuffle = nn.Conv2d(3, 12, 3, padding=1, padding_mode="reflect"), nn.PixelShuffle(2)
        self.norm = nn.InstanceNorm2d(3, affine=True)

    def forward(self, x):
        y = self.norm(self.shuffle(F.hardtanh(self.conv(x), -1.0, 1.0)))
        return F.pixel_unshuffle(y, 2) + torch.repeat_interleave(x, 4, dim=1)


class GlobalResponse(nn.Module):
    """ConvNeXt V2's block, channels last inside."""

    def __init__(self):
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(6, 6, 7, padding=3, groups=6), nn.LayerNorm(6, eps=1e-6)
        self.expand, self.reduce = nn.Linear(6, 24), nn.Linear(24, 6)
        self.gamma, self.beta = nn.Parameter(torch.rand(1, 1, 1, 24)), nn.Parameter(torch.rand(1, 1, 1, 24))

    def forward(self, x):
        y = F.gelu(self.expand(self.norm(self.depthwise(x).permute(0, 2, 3, 1))))
        norm = torch.norm(y, p=2, dim=(1, 2), keepdim=True)
        y = torch.addcmul(self.beta, self.gamma, y * (norm / (norm.mean(dim=-1, keepdim=True) + 1e-6))) + y
        return x + self.reduce(y).permute(0, 3, 1, 2)


class Metric(nn.Module):
    def __init__(self):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(10, 16))

    def forward(self, x):
        cosine = F.linear(F.normalize(x), F.normalize(self.centers, dim=1))
        values, places = cosine.topk(3, dim=1)
        return values, places, cosine.argmax(1), torch.log_softmax(cosine * 30, -1), cosine.std(1, unbiased=False)


class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.up = nn.Conv3d(2, 4, (3, 3, 1), padding=(1, 1, 0)), nn.ConvTranspose3d(4, 2, 2, 2)

    def forward(self, x):
        y = F.elu(self.conv(x))
        return self.up(F.avg_pool3d(y, 2)), F.adaptive_max_pool3d(y, (2, 2, 1)), F.max_pool3d(y, (1, 2, 2))


BLOCKS = [
    ("squeeze_excite", SqueezeExcite, [(1, 3, 16, 16)]), ("efficient_channel", EfficientChannel, [(2, 3, 8, 8)]), ("cbam", Cbam, [(1, 3, 12, 10)]),
    ("ghost", Ghost, [(1, 3, 9, 9)]), ("involution", Involution, [(1, 8, 6, 5)]), ("window_attention", WindowAttention, [(2, 8, 8, 12)]),
    ("focal", FocalModulation, [(1, 6, 9, 9)]), ("conv_lstm", ConvLstm, [(1, 4, 3, 6, 6)]), ("pyramid", Pyramid, [(1, 3, 36, 52)]),
    ("same_padding", SamePadding, [(1, 3, 17, 23)]), ("yolo_head", YoloHead, [(1, 4, 6, 8), (1, 8, 3, 4)]),
    ("detection_head", DetectionHead, [(2, 6, 5, 5), (2, 6, 3, 3)]), ("normalized", Normalized, [(2, 4, 12)]), ("masks", Masks, [(1, 6, 8, 8)]),
    ("transformer", TransformerLayers, [(2, 7, 16)]), ("unet", UNet, [(1, 3, 13, 15)]), ("super_resolution", SuperResolution, [(1, 3, 7, 9)]),
    ("global_response", GlobalResponse, [(1, 6, 9, 9)]), ("metric", Metric, [(4, 16)]), ("volume", Volume, [(1, 2, 6, 6, 4)]),
]
