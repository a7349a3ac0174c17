// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pooling. A pool to a given size is global, a window where the sizes divide, or two products with averaging matrices.
#include "core/export/onnx/writers.h"

#include <algorithm>

namespace bpu::exporter {
namespace {

/// [size, parts]: column i averages floor(i * size / parts) to ceil((i + 1) * size / parts), torch's windows.
ir::Tensor averagingMatrix(int64_t size, int64_t parts, bool turned)
{
    std::vector<float> matrix(static_cast<size_t>(size * parts));
    for (int64_t part = 0; part < parts; ++part) {
        const int64_t first = part * size / parts, last = ((part + 1) * size + parts - 1) / parts;
        for (int64_t i = first; i < last; ++i)
            matrix[static_cast<size_t>(turned ? part * size + i : i * parts + part)] = 1 / static_cast<float>(last - first);
    }
    return ir::Tensor::floats(turned ? ir::Shape{parts, size} : ir::Shape{size, parts}, matrix);
}

struct Sizes {
    std::vector<int64_t> input;
    std::vector<int64_t> output;

    bool areKnown() const { return std::ranges::all_of(input, [](int64_t size) { return size > 0; }); }
    bool divide() const
    {
        for (size_t i = 0; i < input.size(); ++i)
            if (output[i] < 1 || input[i] % output[i] != 0)
                return false;
        return true;
    }
};

Sizes sizesOf(const NodeWriter& writer, size_t n)
{
    Sizes sizes;
    sizes.output = writer.attributes().integers("output_size");
    if (sizes.output.size() == 1)
        sizes.output.assign(n, sizes.output.front());
    sizes.output.resize(n, 1);
    for (size_t i = 0; i < n; ++i) {
        sizes.input.push_back(writer.type(0).dim(static_cast<int>(i) - static_cast<int>(n)));
        if (sizes.output[i] < 0)
            sizes.output[i] = sizes.input[i];
    }
    return sizes;
}

void finishByProducts(NodeWriter& writer, const Sizes& sizes)
{
    const std::string columns = writer.tensor("columns", averagingMatrix(sizes.input.back(), sizes.output.back(), false));
    if (sizes.input.size() == 1)
        writer.finish("MatMul", {writer.input(0), columns});
    else
        writer.finish("MatMul", {writer.tensor("rows", averagingMatrix(sizes.input[0], sizes.output[0], true)), writer.emit("MatMul", {writer.input(0), columns})});
}

} // namespace

void writePool(NodeWriter& writer)
{
    const bool isMax = writer.node().op.starts_with("max_pool");
    ir::Attributes attributes = windowAttributes(writer);
    if (writer.attributes().flag("ceil_mode"))
        attributes.set("ceil_mode", int64_t{1});
    if (!isMax && writer.attributes().flag("count_include_pad"))
        attributes.set("count_include_pad", int64_t{1});
    if (!isMax)
        attributes.remove("dilations");
    if (isMax && writer.resultCount() > 1 && !writer.usesResult(1))
        writer.finishResult(0, "MaxPool", {writer.input(0)}, attributes);
    else
        writer.finish(isMax ? "MaxPool" : "AveragePool", {writer.input(0)}, attributes);
}

void writeLpPool(NodeWriter& writer)
{
    ir::Attributes attributes = windowAttributes(writer);
    attributes.set("p", writer.attributes().integer("p", 2));
    writer.finish("LpPool", {writer.input(0)}, attributes);
}

void writeAdaptivePool(NodeWriter& writer)
{
    const std::string& op = writer.node().op;
    const bool isMax = op.starts_with("adaptive_max");
    const auto n = static_cast<size_t>(op[op.size() - 2] - '0');
    const Sizes sizes = sizesOf(writer, n);
    const bool isGlobal = std::ranges::all_of(sizes.output, [](int64_t size) { return size == 1; });
    if (isGlobal && !writer.usesResult(1)) {
        writer.finishResult(0, isMax ? "GlobalMaxPool" : "GlobalAveragePool", {writer.input(0)});
    } else if (!sizes.areKnown()) {
        writer.refuse("the size of its input is unknown", "give the input a shape with --input");
    } else if (sizes.divide()) {
        std::vector<int64_t> window;
        for (size_t i = 0; i < n; ++i)
            window.push_back(sizes.input[i] / sizes.output[i]);
        writer.finish(isMax ? "MaxPool" : "AveragePool", {writer.input(0)}, {{"kernel_shape", window}, {"strides", window}});
    } else if (isMax || n == 3) {
        writer.refuse("its windows have unequal sizes", "choose an output size that divides the input's");
    } else {
        finishByProducts(writer, sizes);
    }
}

} // namespace bpu::exporter
