// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/reference_executor.h"

#include "core/base/assert.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace bpu::test {
namespace {

size_t count(const ir::Shape& shape)
{
    size_t n = 1;
    for (const ir::Dim d : shape)
        n *= static_cast<size_t>(d);
    return n;
}

Array toArray(const ir::Tensor& tensor)
{
    return {tensor.shape(), tensor.toDoubles()};
}

/// Next index of `shape` in row-major order; false after the last.
bool advance(ir::Shape& index, const ir::Shape& shape)
{
    for (size_t axis = shape.size(); axis-- > 0;) {
        if (++index[axis] < shape[axis])
            return true;
        index[axis] = 0;
    }
    return false;
}

size_t offsetOf(const ir::Shape& index, const ir::Shape& shape)
{
    size_t offset = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis)
        offset = offset * static_cast<size_t>(shape[axis]) + static_cast<size_t>(index[axis]);
    return offset;
}

ir::Dim listItem(const ir::Node& node, const char* name, size_t i, ir::Dim fallback)
{
    const auto list = node.attributes.integers(name);
    return i < list.size() ? list[i] : fallback;
}

/// One pair (input place, output place) per kernel place, for both directions of convolution:
/// outside[k] = inside[k] * stride - padding + kernel * dilation, where the transposed form swaps the roles.
bool outsidePlace(const ir::Node& node, const ir::Shape& inside, const ir::Shape& kernel, ir::Shape& outside, const ir::Shape& outsideShape)
{
    for (size_t k = 2; k < inside.size(); ++k) {
        outside[k] = inside[k] * listItem(node, "stride", k - 2, 1) - listItem(node, "padding", k - 2, 0) + kernel[k] * listItem(node, "dilation", k - 2, 1);
        if (outside[k] < 0 || outside[k] >= outsideShape[k])
            return false;
    }
    return true;
}

/// Adds x * w over all pairs of places. For a convolution the output is inside, for a transposed one the input.
Array convolve(const ir::Node& node, const Array& x, const Array& w, const ir::Shape& outShape)
{
    const bool transposed = node.op.starts_with("conv_transpose");
    Array y{outShape, std::vector<double>(count(outShape))};
    const ir::Dim groups = node.attributes.integer("groups", 1);
    const ir::Shape& insideShape = transposed ? x.shape : y.shape;
    const ir::Shape& outsideShape = transposed ? y.shape : x.shape;
    const ir::Dim insidePerGroup = insideShape[1] / groups;
    const ir::Dim outsidePerGroup = outsideShape[1] / groups;
    ir::Shape inside(insideShape.size());
    do {
        ir::Shape kernelShape = w.shape; // [inside channel, outside channel in its group, k...]
        kernelShape[0] = 1;
        ir::Shape place(w.shape.size());
        do {
            ir::Shape kernel = place;
            kernel[0] = inside[1];
            ir::Shape outside = inside;
            outside[1] = inside[1] / insidePerGroup * outsidePerGroup + kernel[1];
            if (!outsidePlace(node, inside, kernel, outside, outsideShape))
                continue;
            const ir::Shape& from = transposed ? inside : outside;
            const ir::Shape& to = transposed ? outside : inside;
            y.data[offsetOf(to, y.shape)] += x.data[offsetOf(from, x.shape)] * w.data[offsetOf(kernel, w.shape)];
        } while (advance(place, kernelShape));
    } while (advance(inside, insideShape));
    return y;
}

Array linear(const Array& x, const Array& w)
{
    ir::Shape shape = x.shape;
    shape.back() = w.shape[0];
    Array y{shape, std::vector<double>(count(shape))};
    const auto in = static_cast<size_t>(w.shape[1]);
    const auto out = static_cast<size_t>(w.shape[0]);
    for (size_t row = 0; row < x.data.size() / in; ++row)
        for (size_t o = 0; o < out; ++o)
            for (size_t i = 0; i < in; ++i)
                y.data[row * out + o] += x.data[row * in + i] * w.data[o * in + i];
    return y;
}

/// Channel of each element: axis 1, or the last one for linear.
size_t channelOf(const Array& y, size_t i, bool last)
{
    const ir::Shape rest(y.shape.begin() + (last ? static_cast<long>(y.shape.size()) : 2), y.shape.end());
    return i / count(rest) % static_cast<size_t>(last ? y.shape.back() : y.shape[1]);
}

void activate(Array& y, std::string_view activation)
{
    for (double& v : y.data) {
        v = activation.empty() ? v : std::max(v, 0.0);
        v = activation == "relu6" ? std::min(v, 6.0) : v;
    }
}

Array layer(const ir::Node& node, const std::vector<const Array*>& in, const ir::Shape& shape)
{
    const bool isLinear = node.op == "linear";
    Array y = isLinear ? linear(*in[0], *in[1]) : convolve(node, *in[0], *in[1], shape);
    for (size_t i = 0; i < y.data.size(); ++i) {
        if (in.size() > 2 && in[2])
            y.data[i] += in[2]->data[channelOf(y, i, isLinear)];
        if (in.size() > 3 && in[3])
            y.data[i] += in[3]->data[i];
    }
    activate(y, node.attributes.text("activation"));
    return y;
}

Array batchNorm(const ir::Node& node, const std::vector<const Array*>& in)
{
    Array y = *in[0];
    for (size_t i = 0; i < y.data.size(); ++i) {
        const size_t c = channelOf(y, i, false);
        const double deviation = std::sqrt(in[4]->data[c] + node.attributes.number("epsilon", 1e-5));
        y.data[i] = (y.data[i] - in[3]->data[c]) / deviation * in[1]->data[c] + in[2]->data[c];
    }
    return y;
}

/// Operands of equal rank whose dimensions are equal or 1.
Array add(const Array& a, const Array& b)
{
    ir::Shape shape = a.shape;
    for (size_t k = 0; k < shape.size(); ++k)
        shape[k] = std::max(a.shape[k], b.shape[k]);
    Array y{shape, std::vector<double>(count(shape))};
    ir::Shape index(shape.size());
    const auto read = [&](const Array& x) {
        ir::Shape place = index;
        for (size_t k = 0; k < place.size(); ++k)
            place[k] = x.shape[k] == 1 ? 0 : place[k];
        return x.data[offsetOf(place, x.shape)];
    };
    do
        y.data[offsetOf(index, shape)] = read(a) + read(b);
    while (advance(index, shape));
    return y;
}

Array run(const ir::Graph& graph, const ir::Node& node, const std::vector<const Array*>& in)
{
    if (node.op == "linear" || node.op.starts_with("conv"))
        return layer(node, in, graph.outputOf(node)->type.shape());
    if (node.op.starts_with("batch_norm"))
        return batchNorm(node, in);
    if (node.op == "add")
        return add(*in[0], *in[1]);
    BPU_ASSERT(node.op == "relu" || node.op == "relu6");
    Array y = *in[0];
    activate(y, node.op);
    return y;
}

} // namespace

std::vector<Array> execute(const ir::Graph& graph, const std::vector<Array>& inputs)
{
    std::unordered_map<ValueId, Array> values;
    for (size_t i = 0; i < graph.inputs().size(); ++i)
        values[graph.inputs()[i]] = inputs[i];
    for (uint32_t i = 0; i < graph.valueIdBound(); ++i)
        if (const ir::Value* value = graph.find(ValueId{i}); value && value->isConstant())
            values[value->id] = toArray(*value->constant);
    for (const NodeId id : graph.order()) {
        const ir::Node& node = graph.node(id);
        std::vector<const Array*> in;
        for (const ValueId input : node.inputs)
            in.push_back(input.isValid() ? &values.at(input) : nullptr);
        values[node.output()] = run(graph, node, in);
    }
    std::vector<Array> outputs;
    for (const ValueId output : graph.outputs())
        outputs.push_back(values.at(output));
    return outputs;
}

} // namespace bpu::test
