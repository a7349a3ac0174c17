// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/values/values.h"

#include "core/ops/op_spec.h"
#include "core/runtime/float_executor.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bpu::passes {
namespace {

constexpr int64_t kPart = 4096; ///< numbers read at a time
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Elements in a row that belong to one channel, and the number of channels.
struct Channels {
    int64_t run = 1;
    int64_t count = 0;

    int64_t at(int64_t element) const { return element / run % count; }
};

Channels channelsOf(const ir::TensorType& type, int axis)
{
    Channels channels;
    if (axis < 0 || axis >= type.rank())
        return channels;
    channels.count = type.shape()[static_cast<size_t>(axis)];
    for (int i = axis + 1; i < type.rank(); ++i)
        channels.run *= type.shape()[static_cast<size_t>(i)];
    if (channels.count < 2 || channels.run == 0 || static_cast<size_t>(channels.count) > TensorSummary::kMostChannels)
        channels.count = 0;
    return channels;
}

void widen(Range& range, float x)
{
    if (!std::isfinite(x))
        return;
    range.min = std::isnan(range.min) ? x : std::min(range.min, x);
    range.max = std::isnan(range.max) ? x : std::max(range.max, x);
}

/// Mean of the finite numbers of a cell of a plane that is made smaller.
float cellMean(const std::vector<float>& plane, int width, int left, int right, int top, int bottom)
{
    double sum = 0;
    int count = 0;
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x)
            if (const float number = plane[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)]; std::isfinite(number)) {
                sum += static_cast<double>(number);
                ++count;
            }
    return count == 0 ? kNaN : static_cast<float>(sum / count);
}

struct Cells {
    int width = 0;
    int height = 0;
    std::vector<float> numbers;
};

Cells shrink(std::vector<float> plane, int width, int height)
{
    const int step = (std::max(width, height) + TensorSummary::kMostSide - 1) / TensorSummary::kMostSide;
    if (step <= 1)
        return {width, height, std::move(plane)};
    Cells cells{(width + step - 1) / step, (height + step - 1) / step, {}};
    for (int y = 0; y < cells.height; ++y)
        for (int x = 0; x < cells.width; ++x)
            cells.numbers.push_back(cellMean(plane, width, x * step, std::min(width, (x + 1) * step), y * step, std::min(height, (y + 1) * step)));
    return cells;
}

int weightAxis(const ir::Node& node, size_t input, const ir::TensorType& type)
{
    // Weights have their outputs along axis 0, but those of a transposed convolution and of a plain product.
    if (type.rank() < 2)
        return -1;
    const std::string_view op = node.op;
    return op.find("transpose") != std::string_view::npos || op == "matmul" ? (input == 1 ? 1 : -1) : 0;
}

std::string roleOf(const ir::Node& node, size_t input)
{
    const ops::OpSpec* spec = ops::find(node.op);
    return spec && input < spec->inputs.size() ? std::string(spec->inputs[input]) : "input " + std::to_string(input + 1);
}

bool isNumber(ir::DType dtype)
{
    return dtype != ir::DType::String && dtype != ir::DType::Complex64 && dtype != ir::DType::Complex128;
}

} // namespace

TensorSummary summarize(const ir::Tensor& tensor, int channelAxis, const JobControl& control)
{
    TensorSummary summary{.name = {}, .role = {}, .type = tensor.type(), .stats = {}, .count = static_cast<uint64_t>(tensor.elementCount()), .histogram = {}, .channels = {}, .planes = {}, .points = {}};
    const Channels channels = channelsOf(tensor.type(), channelAxis);
    summary.channels.assign(static_cast<size_t>(channels.count), Range{kNaN, kNaN});
    const bool keepsPoints = summary.count <= TensorSummary::kMostPoints;
    NumberStats stats;
    std::vector<float> part(kPart);
    for (int64_t begin = 0; begin < tensor.elementCount() && !control.stopRequested(); begin += kPart) {
        const std::span<float> numbers = std::span(part).first(static_cast<size_t>(std::min(kPart, tensor.elementCount() - begin)));
        readNumbers(tensor, begin, numbers);
        stats.add(numbers, largestMagnitude(numbers));
        for (size_t i = 0; i < numbers.size(); ++i) {
            const float x = numbers[i];
            summary.zeros += x == 0;
            summary.nans += std::isnan(x);
            summary.infinities += std::isinf(x);
            if (channels.count > 0)
                widen(summary.channels[static_cast<size_t>(channels.at(begin + static_cast<int64_t>(i)))], x);
        }
        if (keepsPoints)
            summary.points.insert(summary.points.end(), numbers.begin(), numbers.end());
    }
    summary.stats = stats.stats();
    if (stats.count() > 0)
        summary.histogram = stats.histogram().over(summary.stats.min, summary.stats.max, TensorSummary::kBins);
    return summary;
}

void addPlanes(TensorSummary& summary, const ir::Tensor& tensor)
{
    const ir::Shape& shape = tensor.shape();
    const size_t rank = shape.size();
    if (rank < 3 || rank > 4 || tensor.elementCount() == 0 || shape[rank - 1] * shape[rank - 2] < 2)
        return;
    constexpr ir::Dim kMostRead = 1 << 14; // a side above it is no picture
    const ir::Dim width = shape[rank - 1];
    const ir::Dim height = shape[rank - 2];
    if (width > kMostRead || height > kMostRead)
        return;
    summary.planeCount = static_cast<size_t>(shape[rank - 3]);
    const double low = summary.stats.min;
    const double span = summary.stats.max - low;
    for (size_t channel = 0; channel < std::min(summary.planeCount, TensorSummary::kMostPlanes); ++channel) {
        std::vector<float> numbers(static_cast<size_t>(width * height));
        readNumbers(tensor, static_cast<int64_t>(channel) * width * height, numbers);
        const Cells cells = shrink(std::move(numbers), static_cast<int>(width), static_cast<int>(height));
        Plane plane{cells.width, cells.height, {}};
        for (const float x : cells.numbers)
            plane.gray.push_back(!std::isfinite(x) || !(span > 0) ? uint8_t{0} : static_cast<uint8_t>(std::clamp((static_cast<double>(x) - low) / span, 0.0, 1.0) * 255 + 0.5));
        summary.planes.push_back(std::move(plane));
    }
}

Result<std::vector<TensorSummary>> summarizeWeights(const ir::Graph& graph, NodeId id, const JobControl& control)
{
    std::vector<TensorSummary> summaries;
    const ir::Node& node = graph.node(id);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const ir::Value* value = graph.inputOf(node, i);
        if (!value || !value->isConstant() || !isNumber(value->type.dtype()) || value->constant->elementCount() == 0)
            continue;
        TensorSummary summary = summarize(*value->constant, weightAxis(node, i, value->type), control);
        if (control.stopRequested())
            return JobControl::cancelled();
        summary.name = value->name;
        summary.role = roleOf(node, i);
        summaries.push_back(std::move(summary));
    }
    return summaries;
}

Result<std::vector<TensorSummary>> summarizeResults(const ir::GraphPtr& graph, NodeId id, const BatchSource& source, const JobControl& control)
{
    const ir::Node& node = graph->node(id);
    runtime::PlanOptions plan;
    plan.observed.assign(node.outputs.begin(), node.outputs.end());
    BPU_TRY(executor, runtime::FloatExecutor::make(graph, plan));
    BPU_TRY(batch, source());
    if (!batch)
        return Error{"compare.data", {}, "the data holds no batch; name a data set with at least one sample"};
    std::vector<TensorSummary> summaries;
    runtime::RunOptions run{.control = control, .observe = {}};
    run.observe = [&](ValueId value, const ir::Tensor& numbers) {
        if (std::ranges::find(node.outputs, value) == node.outputs.end() || !isNumber(numbers.dtype()))
            return;
        const auto rank = static_cast<int>(numbers.shape().size());
        TensorSummary summary = summarize(numbers, rank >= 3 ? (rank == 3 ? 0 : 1) : -1, control);
        summary.name = graph->value(value).name;
        summary.role = "output";
        addPlanes(summary, numbers);
        summaries.push_back(std::move(summary));
    };
    BPU_TRY(results, executor.run(*batch, run));
    (void)results;
    return summaries;
}

} // namespace bpu::passes
