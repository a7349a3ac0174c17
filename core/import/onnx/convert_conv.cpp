// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

/// Number of spatial dimensions, from kernel_shape or the weight; 0 after a refusal.
size_t spatialRank(NodeReader& reader, std::vector<int64_t>& kernel)
{
    kernel = reader.integers("kernel_shape");
    const ir::TensorType& weight = reader.type(1);
    if (kernel.empty() && weight.rank() > 2)
        kernel.assign(weight.shape().begin() + 2, weight.shape().end());
    const bool agrees = !weight.hasRank() || weight.rank() == static_cast<int>(kernel.size()) + 2;
    if (kernel.empty() || kernel.size() > 3 || !agrees) {
        reader.refuse(kernel.size() > 3 ? fmt::format("it has {} spatial dimensions", kernel.size()) : "its kernel_shape does not fit its weight");
        return 0;
    }
    if (std::ranges::any_of(kernel, [](int64_t side) { return side < 1; })) {
        reader.refuse("its kernel size is unknown");
        return 0;
    }
    return kernel.size();
}

/// ConvTranspose with output_shape or SAME: the pads that give that size (ONNX ConvTranspose, opset 11).
bool padsForOutput(NodeReader& reader, const std::vector<int64_t>& kernel, const std::vector<int64_t>& stride,
                   const std::vector<int64_t>& dilation, std::vector<int64_t>& outputPadding, Padding& padding)
{
    const size_t n = kernel.size();
    const std::string automatic = reader.text("auto_pad", "NOTSET");
    std::vector<int64_t> output = reader.integers("output_shape");
    if (output.size() == n + 2)
        output.erase(output.begin(), output.begin() + 2);
    const bool same = automatic.starts_with("SAME");
    if (output.empty() && !same) {
        padding = readPadding(reader, kernel, stride, dilation);
        return true;
    }
    if (!output.empty() && output.size() != n) {
        reader.refuse("its output_shape has the wrong number of sizes");
        return false;
    }
    padding.amounts.assign(2 * n, 0);
    for (size_t i = 0; i < n; ++i) {
        const ir::Dim size = reader.type(0).dim(static_cast<int>(i) + 2);
        if (size == ir::kUnknownDim && !output.empty()) {
            reader.refuse("its output_shape needs an input of known size; give the input a shape");
            return false;
        }
        const int64_t wanted = output.empty() ? (size == ir::kUnknownDim ? 0 : size * stride[i]) : output[i];
        const int64_t extent = (kernel[i] - 1) * dilation[i] + 1;
        // SAME does not depend on the size: (size - 1) * stride + extent - size * stride.
        const int64_t total = output.empty() ? extent - stride[i] + outputPadding[i]
                                             : stride[i] * (size - 1) + outputPadding[i] + extent - wanted;
        if (total < 0) {
            outputPadding[i] -= total;
            continue;
        }
        padding.amounts[i] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
        padding.amounts[i + n] = total - padding.amounts[i];
    }
    return true;
}

/// What both kinds of convolution have; nothing after a refusal.
struct ConvForm {
    std::vector<int64_t> kernel;
    std::vector<int64_t> stride;
    std::vector<int64_t> dilation;
    int64_t groups = 1;

    size_t spatial() const { return kernel.size(); }
};

std::optional<ConvForm> readConvForm(NodeReader& reader)
{
    ConvForm form;
    if (!reader.needs(2))
        return std::nullopt;
    const size_t n = spatialRank(reader, form.kernel);
    form.stride = spatialList(reader, "strides", n, 1);
    form.dilation = spatialList(reader, "dilations", n, 1);
    form.groups = reader.integer("group", 1);
    return n == 0 || reader.refused() ? std::nullopt : std::optional(form);
}

ir::Attributes attributesOf(const ConvForm& form, const Padding& padding)
{
    ir::Attributes attributes{{"kernel_size", form.kernel}, {"stride", form.stride}, {"padding", padding.amounts}, {"dilation", form.dilation},
                              {"groups", form.groups}};
    if (!padding.autoPad.empty())
        attributes.set("auto_pad", padding.autoPad);
    return attributes;
}

} // namespace

void convertConv(NodeReader& reader)
{
    const auto form = readConvForm(reader);
    if (!form)
        return;
    const Padding padding = readPadding(reader, form->kernel, form->stride, form->dilation);
    reader.finish(dimensional("conv", form->spatial()), reader.inputs(0, 3), attributesOf(*form, padding));
}

void convertConvTranspose(NodeReader& reader)
{
    const auto form = readConvForm(reader);
    if (!form)
        return;
    auto outputPadding = spatialList(reader, "output_padding", form->spatial(), 0);
    Padding padding;
    if (reader.refused() || !padsForOutput(reader, form->kernel, form->stride, form->dilation, outputPadding, padding))
        return;
    ir::Attributes attributes = attributesOf(*form, padding);
    attributes.set("output_padding", outputPadding);
    reader.finish(dimensional("conv_transpose", form->spatial()), reader.inputs(0, 3), std::move(attributes));
}

} // namespace bpu::importer
