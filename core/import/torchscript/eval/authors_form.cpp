// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

/// A trace has no source text but the innermost frame, "/usr/lib/torch/nn/functional.py(1457): relu": the function of
/// PyTorch that was called. Empty when that is the author's own.
std::string formOfTrace(std::string_view written)
{
    const size_t end = written.find("): ");
    const size_t open = end == std::string_view::npos ? end : written.rfind('(', end);
    if (open == std::string_view::npos)
        return {};
    const std::string_view file = written.substr(0, open);
    std::string_view function = written.substr(end + 3);
    function = function.substr(0, function.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"));
    if (file.ends_with("/torch/nn/functional.py"))
        return fmt::format("torch.nn.functional.{}", function);
    if (file.ends_with("/quantized/modules/functional_modules.py"))
        return fmt::format("torch.nn.quantized.FloatFunctional.{}", function);
    return {};
}

} // namespace

std::string authorsForm(const std::string& name, std::string_view written)
{
    if (written.find("F." + name + "(") != std::string_view::npos || written.find("functional." + name + "(") != std::string_view::npos)
        return "torch.nn.functional." + name;
    if (std::string traced = formOfTrace(written); !traced.empty())
        return traced;
    static constexpr std::array<std::string_view, 22> kMethods{"view", "reshape", "permute", "transpose", "expand", "expand_as", "repeat", "contiguous", "size",
        "view_as", "masked_fill", "new_zeros", "fill", "copy", "to", "t", "type_as", "slice", "detach", "chunk", "float", "half"};
    if (name == "slice" || name == "select" || name == "index" || name == "__getitem__")
        return "torch.Tensor.__getitem__";
    static constexpr std::array<std::string_view, 12> kFunctional{"conv1d", "conv2d", "conv3d", "linear", "batch_norm", "layer_norm", "group_norm", "relu",
        "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "dropout"};
    const bool isMethod = !written.starts_with("torch.") && written.find("." + name + "(") != std::string_view::npos;
    if (isMethod || std::ranges::find(kMethods, name) != kMethods.end())
        return "torch.Tensor." + name;
    if (!written.starts_with("torch.") && std::ranges::find(kFunctional, name) != kFunctional.end() && name != "relu")
        return "torch.nn.functional." + name;
    constexpr std::string_view kTorchvision = "torchvision.";
    if (name.starts_with(kTorchvision))
        return "torchvision.ops." + name.substr(kTorchvision.size());
    return name.find('.') == std::string::npos ? "torch." + name : name;
}

} // namespace bpu::importer::torchscript
