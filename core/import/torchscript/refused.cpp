// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What honest files ask for and is not read here. None of it does harm by itself, so the sentence tells what it is and
// what to do, not to beware of it. Whole modules are never listed: numpy has functions that run code.
#include "core/import/torchscript/unpickler.h"

#include <algorithm>
#include <array>

namespace bpu::importer::torchscript {
namespace {

struct Row {
    std::string_view name;
    std::string_view what;
    std::string_view advice;
};

/// Source: torch/_utils.py, torch/_tensor.py and torch/csrc/jit/serialization/pickler.cpp of PyTorch 1.4 to 2.6.
constexpr auto kRows = std::to_array<Row>({
    {"torch._utils._rebuild_sparse_tensor", "holds a sparse tensor", "call to_dense() on it before the model is saved"},
    {"torch._utils._rebuild_sparse_csr_tensor", "holds a sparse tensor", "call to_dense() on it before the model is saved"},
    {"torch.serialization._get_layout", "holds a sparse tensor", "call to_dense() on it before the model is saved"},
    {"torch._utils._rebuild_nested_tensor", "holds a nested tensor", "call to_padded_tensor() on it before the model is saved"},
    {"torch._tensor._rebuild_from_type", "holds a tensor of a class derived from torch.Tensor", "call as_subclass(torch.Tensor) on it before the model is saved"},
    {"torch._tensor._rebuild_from_type_v2", "holds a tensor of a class derived from torch.Tensor", "call as_subclass(torch.Tensor) on it before the model is saved"},
    {"torch._utils._rebuild_wrapper_subclass", "holds a tensor of a class that wraps another one", "replace it by the tensor inside before the model is saved"},
    {"torch._utils._rebuild_meta_tensor_no_storage", "holds a tensor without content (device meta)", "load the weights before the model is saved"},
    {"torch._utils._rebuild_device_tensor_from_numpy", "holds a tensor of another device", "call cpu() on the model before it is saved"},
    {"torch._utils._rebuild_device_tensor_from_cpu_tensor", "holds a tensor of another device", "call cpu() on the model before it is saved"},
    {"torch._utils._rebuild_xla_tensor", "holds a tensor of another device", "call cpu() on the model before it is saved"},
    {"torch._utils._rebuild_mlc_tensor", "holds a tensor of another device", "call cpu() on the model before it is saved"},
    {"torch._utils._rebuild_tensor_v3", "holds a tensor of an element type without a storage class", "convert it before the model is saved"},
    {"torch._utils._rebuild_parameter_with_state", "holds a parameter with attributes of its own", "make a plain torch.nn.Parameter of it before the model is saved"},
    {"torch.distributed.rpc.rref", "holds a value that another process keeps (an RRef)", "fetch it with to_here() before the model is saved"},
    {"numpy.core.multiarray._reconstruct", "holds a value of numpy", "make a tensor or a number of it before the model is saved"},
    {"numpy.core.multiarray.scalar", "holds a value of numpy", "make a tensor or a number of it before the model is saved"},
    {"numpy._core.multiarray._reconstruct", "holds a value of numpy", "make a tensor or a number of it before the model is saved"},
    {"numpy._core.multiarray.scalar", "holds a value of numpy", "make a tensor or a number of it before the model is saved"},
    {"numpy.dtype", "holds a value of numpy", "make a tensor or a number of it before the model is saved"},
});

} // namespace

std::optional<std::string> whyNotRead(std::string_view qualifiedName)
{
    const auto* const found = std::ranges::find(kRows, qualifiedName, &Row::name);
    if (found == kRows.end())
        return std::nullopt;
    return std::string(found->what) + ", which is not read; " + std::string(found->advice);
}

} // namespace bpu::importer::torchscript
