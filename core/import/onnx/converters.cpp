// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include "core/import/onnx/tensors.h"

#include <fmt/format.h>
#include <unordered_map>

namespace bpu::importer {

Converter findConverter(std::string_view type)
{
    static const std::unordered_map<std::string_view, Converter> table = {
#define BPU_ONNX(name, function) {#name, function},
#include "core/import/onnx/converters.def"
#undef BPU_ONNX
    };
    const auto found = table.find(type);
    return found == table.end() ? nullptr : found->second;
}

std::vector<int64_t> spatialList(NodeReader& reader, std::string_view name, size_t n, int64_t fallback)
{
    std::vector<int64_t> list = reader.integers(name);
    if (list.empty())
        list.assign(n, fallback);
    if (list.size() != n)
        reader.refuse(fmt::format("its attribute {} has {} numbers instead of {}", name, list.size(), n));
    list.resize(n, fallback);
    return list;
}

Padding readPadding(NodeReader& reader, const std::vector<int64_t>& kernel, const std::vector<int64_t>& stride,
                    const std::vector<int64_t>& dilation)
{
    const size_t n = kernel.size();
    const std::string automatic = reader.text("auto_pad", "NOTSET");
    if (automatic == "NOTSET" || automatic.empty())
        return {spatialList(reader, "pads", 2 * n, 0), {}};
    Padding padding{std::vector<int64_t>(2 * n), {}};
    if (automatic == "VALID")
        return padding;
    if (automatic != "SAME_UPPER" && automatic != "SAME_LOWER")
        reader.refuse(fmt::format("its auto_pad is '{}'", automatic));
    for (size_t i = 0; i < n; ++i) {
        const ir::Dim size = reader.type(0).dim(static_cast<int>(i) + 2);
        if (size == ir::kUnknownDim || stride[i] < 1) {
            padding.autoPad = automatic;
            continue;
        }
        const int64_t outputs = (size + stride[i] - 1) / stride[i];
        const int64_t total = std::max<int64_t>(0, (outputs - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1 - size);
        const int64_t small = total / 2;
        padding.amounts[i] = automatic == "SAME_UPPER" ? small : total - small;
        padding.amounts[i + n] = total - padding.amounts[i];
    }
    if (!padding.autoPad.empty())
        padding.amounts.assign(2 * n, 0);
    return padding;
}

ir::DType onnxDType(int64_t type)
{
    return type > 0 && type < 1000 ? dtypeOf(static_cast<int>(type)) : ir::DType::Undefined;
}

std::string dimensional(std::string_view op, size_t n)
{
    return fmt::format("{}{}d", op, n);
}

} // namespace bpu::importer
