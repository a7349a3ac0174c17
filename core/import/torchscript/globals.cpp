// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/unpickler.h"

#include <algorithm>
#include <array>

namespace bpu::importer::torchscript {
namespace {

/// Source: torch/csrc/jit/serialization/pickler.cpp and unpickler.cpp of PyTorch 1.4 to 2.6, torch/_utils.py.
constexpr std::array kFunctions = std::to_array<std::string_view>({
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_qtensor",
    "torch._utils._rebuild_parameter",
    "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_doublelist",
    "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.build_tensorlist",
    "torch.jit._pickle.build_tensor_from_id",
    "torch.jit._pickle.restore_type_tag",
    "torch.jit._pickle.IntList", // PyTorch 1.1 and 1.2
    "torch.jit._pickle.DoubleList",
    "torch.jit._pickle.BoolList",
    "torch.jit._pickle.TensorList",
    "torch.jit._pickle.TensorID",
    "collections.OrderedDict",
    "builtins.complex",
    "__builtin__.complex",
    "torch.device",
    "torch.Size",
    "torch.per_tensor_affine",
    "torch.per_channel_affine",
    "torch.per_tensor_symmetric",
    "torch.per_channel_symmetric",
    "torch.per_channel_affine_float_qparams",
    "torch.strided",
    "torch.contiguous_format",
    "torch.channels_last",
    "torch.preserve_format",
    "torch.storage.UntypedStorage",
});

bool isIdentifierPath(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
    });
}

} // namespace

bool isModelClass(std::string_view qualifiedName)
{
    constexpr std::string_view kRoot = "__torch__.";
    return qualifiedName.starts_with(kRoot) && isIdentifierPath(qualifiedName.substr(kRoot.size()));
}

bool isAllowedGlobal(std::string_view qualifiedName)
{
    if (isModelClass(qualifiedName) || std::ranges::find(kFunctions, qualifiedName) != kFunctions.end())
        return true;
    constexpr std::string_view kTorch = "torch.";
    if (!qualifiedName.starts_with(kTorch))
        return false;
    const std::string_view name = qualifiedName.substr(kTorch.size());
    return dtypeFromStorage(name).has_value() || dtypeFromName(name).has_value();
}

} // namespace bpu::importer::torchscript
