// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ops/infer.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

/// Sizes beyond this never occur in a model that can run; staying below keeps sums of products in 63 bits.
constexpr int64_t kSizeLimit = int64_t{1} << 31;

Result<std::vector<int64_t>> checkedList(const ir::Node& node, std::string_view attribute, size_t wanted, int64_t fallback, int64_t least)
{
    std::vector<int64_t> list = node.attributes.integers(attribute);
    if (list.empty())
        list.assign(wanted, fallback);
    if (list.size() == 1 && wanted > 1)
        list.assign(wanted, list[0]);
    if (list.size() != wanted)
        return opError(node, "window", fmt::format("{} has {} numbers, {} are needed; correct the attribute", attribute, list.size(), wanted));
    for (const int64_t value : list)
        if (value < least || value > kSizeLimit)
            return opError(node, "window", fmt::format("{} is {}, allowed is {} to {}; correct the attribute", attribute, value, least, kSizeLimit));
    return list;
}

} // namespace

Error opError(const ir::Node& node, std::string_view code, std::string message)
{
    return {fmt::format("op.{}", code), node.name, std::move(message)};
}

const ir::TensorType& inputType(const ir::Graph& graph, const ir::Node& node, size_t i)
{
    static const ir::TensorType unknown;
    const ir::Value* value = graph.inputOf(node, i);
    return value ? value->type : unknown;
}

const ir::Tensor* constantInput(const ir::Graph& graph, const ir::Node& node, size_t i)
{
    const ir::Value* value = graph.inputOf(node, i);
    return value && value->constant ? &*value->constant : nullptr;
}

std::optional<std::vector<int64_t>> integersOf(const ir::Graph& graph, const ir::Node& node, size_t slot, std::string_view attribute)
{
    if (node.input(slot).isValid()) {
        const ir::Tensor* tensor = constantInput(graph, node, slot);
        if (!tensor || tensor->elementCount() > 4096)
            return std::nullopt;
        return tensor->toInts();
    }
    if (!node.attributes.has(attribute))
        return std::nullopt;
    return node.attributes.integers(attribute);
}

std::optional<size_t> normalizedAxis(int64_t axis, int rank)
{
    if (axis < -rank || axis >= rank)
        return std::nullopt;
    return static_cast<size_t>(axis < 0 ? axis + rank : axis);
}

Error axisError(const ir::Node& node, int64_t axis, int rank)
{
    return opError(node, "axis", rank == 0 ? fmt::format("axis {} is named for a scalar, which has none; correct it", axis)
                                           : fmt::format("axis {} lies outside of rank {}; allowed is {} to {}", axis, rank, -rank, rank - 1));
}

Result<size_t> axisOf(const ir::Node& node, std::string_view attribute, int64_t fallback, int rank)
{
    const int64_t given = node.attributes.integer(attribute, fallback);
    const auto axis = normalizedAxis(given, rank);
    if (!axis)
        return axisError(node, given, rank);
    return *axis;
}

std::string listText(const std::vector<int64_t>& values, std::string_view separator)
{
    constexpr size_t kMost = 12;
    std::string text;
    for (size_t i = 0; i < std::min(values.size(), kMost); ++i)
        text += fmt::format("{}{}", i == 0 ? std::string_view() : separator, values[i]);
    return values.size() > kMost ? text + "…" : text;
}

ir::Dim addDims(ir::Dim a, ir::Dim b)
{
    ir::Dim sum = 0;
    if (a == ir::kUnknownDim || b == ir::kUnknownDim || __builtin_add_overflow(a, b, &sum))
        return ir::kUnknownDim;
    return sum;
}

ir::Dim mulDims(ir::Dim a, ir::Dim b)
{
    ir::Dim product = 0;
    if (a == ir::kUnknownDim || b == ir::kUnknownDim || __builtin_mul_overflow(a, b, &product))
        return ir::kUnknownDim;
    return product;
}

std::optional<ir::DType> onnxElementType(int64_t number)
{
    using enum ir::DType;
    static constexpr std::array kTypes{Undefined, Float32, UInt8, Int8, UInt16, Int16, Int32, Int64, String,
                                       Bool, Float16, Float64, UInt32, UInt64, Complex64, Complex128, BFloat16};
    return number > 0 && number < std::ssize(kTypes) ? std::optional(kTypes[static_cast<size_t>(number)]) : std::nullopt;
}

std::optional<ir::Shape> broadcast(const ir::Shape& a, const ir::Shape& b)
{
    const ir::Shape& longer = a.size() >= b.size() ? a : b;
    const ir::Shape& shorter = a.size() >= b.size() ? b : a;
    ir::Shape result = longer;
    const size_t offset = longer.size() - shorter.size();
    for (size_t i = 0; i < shorter.size(); ++i) {
        ir::Dim& dim = result[i + offset];
        const ir::Dim other = shorter[i];
        if (dim == other || other == 1)
            continue;
        if (dim == 1)
            dim = other;
        else if (dim == ir::kUnknownDim) // a known size above 1 is what the unknown one has to be (or 1)
            dim = other;
        else if (other != ir::kUnknownDim)
            return std::nullopt;
    }
    return result;
}

Types same(const ir::TensorType& type, size_t count)
{
    return Types(count, type);
}

ir::TensorType merged(const ir::TensorType& a, const ir::TensorType& b)
{
    const ir::DType dtype = a.dtype() == ir::DType::Undefined ? b.dtype() : a.dtype();
    if (!a.hasRank())
        return b.withDType(dtype);
    if (!b.hasRank() || a.rank() != b.rank())
        return a.withDType(dtype);
    ir::Shape shape = a.shape();
    for (size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == ir::kUnknownDim)
            shape[i] = b.shape()[i];
    return {dtype, std::move(shape)};
}

Result<Window> Window::of(const ir::Node& node, size_t spatial, std::vector<int64_t> kernel)
{
    Window window;
    if (kernel.empty()) {
        BPU_TRY(list, checkedList(node, "kernel_size", spatial, 1, 1));
        kernel = list;
    }
    if (kernel.size() != spatial)
        return opError(node, "window", fmt::format("the kernel has {} dimensions, {} are needed; correct the weight", kernel.size(), spatial));
    for (const int64_t size : kernel)
        if (size != ir::kUnknownDim && (size < 1 || size > kSizeLimit))
            return opError(node, "window", fmt::format("a kernel side is {}; it has to be 1 or more", size));
    window.kernel = std::move(kernel);
    BPU_TRY(stride, checkedList(node, "stride", spatial, 1, 1));
    BPU_TRY(padding, checkedList(node, "padding", 2 * spatial, 0, -kSizeLimit));
    BPU_TRY(dilation, checkedList(node, "dilation", spatial, 1, 1));
    window.stride = stride;
    window.padding = padding;
    window.dilation = dilation;
    window.autoPad = node.attributes.text("auto_pad");
    window.ceilMode = node.attributes.flag("ceil_mode");
    return window;
}

std::optional<ir::Dim> Window::output(size_t i, ir::Dim input) const
{
    if (input == ir::kUnknownDim || kernel[i] == ir::kUnknownDim)
        return ir::kUnknownDim;
    if (input > (int64_t{1} << 62))
        return std::nullopt;
    const int64_t s = stride[i];
    if (autoPad.starts_with("SAME"))
        return (input + s - 1) / s;
    int64_t effective = 0;
    if (__builtin_mul_overflow(dilation[i], kernel[i] - 1, &effective) || __builtin_add_overflow(effective, 1, &effective))
        return std::nullopt;
    const bool valid = autoPad == "VALID";
    const int64_t begin = valid ? 0 : padding[i];
    const int64_t end = valid ? 0 : padding[i + kernel.size()];
    const int64_t room = input + begin + end - effective;
    if (room < 0)
        return std::nullopt;
    int64_t count = (ceilMode ? (room + s - 1) / s : room / s) + 1;
    if (ceilMode && (count - 1) * s >= input + begin)
        --count;
    return count;
}

std::optional<ir::Dim> Window::transposedOutput(size_t i, ir::Dim input, int64_t outputPadding) const
{
    if (input == ir::kUnknownDim || kernel[i] == ir::kUnknownDim)
        return ir::kUnknownDim;
    if (autoPad.starts_with("SAME"))
        return mulDims(input, stride[i]);
    const int64_t inner = mulDims(input - 1, stride[i]);
    const int64_t outer = mulDims(dilation[i], kernel[i] - 1);
    if (input < 1 || inner == ir::kUnknownDim || outer == ir::kUnknownDim)
        return std::nullopt;
    const int64_t padded = outer - padding[i] - padding[i + kernel.size()] + 1; // each term is below 2^63 / 4
    int64_t size = 0;
    if (__builtin_add_overflow(inner, padded, &size) || __builtin_add_overflow(size, outputPadding, &size) || size < 1)
        return std::nullopt;
    return size;
}

int64_t byteCount(const ir::TensorType& type)
{
    const int64_t bytes = mulDims(type.elementCount(), static_cast<int64_t>(ir::byteSize(type.dtype())));
    return std::max<int64_t>(bytes, 0);
}

int64_t saturatingSum(int64_t a, int64_t b)
{
    int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

Cost memoryCost(const ir::Graph& graph, const ir::Node& node)
{
    Cost cost;
    for (size_t i = 0; i < node.inputs.size(); ++i)
        cost.readBytes = saturatingSum(cost.readBytes, byteCount(inputType(graph, node, i)));
    for (size_t i = 0; i < node.outputs.size(); ++i)
        cost.writtenBytes = saturatingSum(cost.writtenBytes, byteCount(graph.value(node.outputs[i]).type));
    return cost;
}

Cost elementCost(const ir::Graph& graph, const ir::Node& node, int64_t perElement)
{
    Cost cost = memoryCost(graph, node);
    if (const ir::Value* output = graph.outputOf(node))
        cost.ops = std::max<int64_t>(mulDims(output->type.elementCount(), perElement), 0);
    return cost;
}

} // namespace bpu::ops
