// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Parameters of PyTorch's quantized layers, which the file keeps packed: weight, bias and the numbers of the layer.
#pragma once

#include "core/import/torchscript/eval/value.h"

namespace bpu::importer::torchscript {

struct Packed {
    Value weight; ///< an int8 tensor with its quantizer, or float16
    Value bias;   ///< a float tensor, or None
    // Empty for a linear layer.
    std::vector<int64_t> stride = {};
    std::vector<int64_t> padding = {};
    std::vector<int64_t> outputPadding = {};
    std::vector<int64_t> dilation = {};
    int64_t groups = 1;
    bool isTransposed = false;
};

/// As an object of the class "torch.classes.quantized....PackedParamsBase".
Value toValue(const Packed& packed);
/// Nothing when the value is something else.
std::optional<Packed> packedOf(const Value& value);
/// Names weight and bias after their module: in the file they are named by their place in a tuple.
void nameParameters(const Packed& packed, std::string_view module);
/// From the state that torch::class_ wrote; versions 1 to 3 of convolutions, and linear. Nothing when it is none of them.
std::optional<Packed> unpackState(const Value& state);

} // namespace bpu::importer::torchscript
