// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a tensor holds, in a form small enough to show: figures, a histogram, ranges by channel, pictures.
#pragma once

#include "core/base/job_control.h"
#include "core/ir/bodies.h"
#include "passes/compare/compare.h"
#include "passes/compare/metrics.h"

#include <memory>
#include <string>
#include <vector>

namespace bpu::passes {

/// A plane of numbers in 8 bits: 0 is the smallest of all planes, 255 the largest; what is not finite is 0.
struct Plane {
    int width = 0;
    int height = 0;
    std::vector<uint8_t> gray;
};

/// min and max are of the finite numbers; both NaN when there are none.
struct Range {
    float min = 0;
    float max = 0;
};

struct TensorSummary {
    static constexpr int kBins = 64;
    static constexpr size_t kMostChannels = 4096; ///< of more, no ranges are kept
    static constexpr size_t kMostPlanes = 64;
    static constexpr int kMostSide = 256;         ///< larger planes are made smaller, by the mean of their parts
    static constexpr size_t kMostPoints = 2048;

    std::string name;              ///< of the value
    std::string role;              ///< "weight", "bias", "output"
    ir::TensorType type;
    ValueStats stats;
    uint64_t count = 0;            ///< elements, the ones that are not finite among them
    uint64_t zeros = 0;
    uint64_t nans = 0;
    uint64_t infinities = 0;
    Histogram histogram;
    std::vector<Range> channels;   ///< along the channel axis; empty without one
    std::vector<Plane> planes;     ///< of an activation [N, C, H, W] or [C, H, W]: the first channels of the first sample
    size_t planeCount = 0;         ///< channels that there are
    std::vector<float> points;     ///< the numbers themselves, in order, of a tensor of at most kMostPoints
};

/// channelAxis: -1 for none. Memory: what the summary holds and 16 KiB.
TensorSummary summarize(const ir::Tensor& tensor, int channelAxis, const JobControl& control = {});
/// The planes of the first sample; nothing for other ranks or for planes of one number.
void addPlanes(TensorSummary& summary, const ir::Tensor& tensor);

/// All about one node: what it was given as constants, and after a run what it computed.
struct NodeValues {
    ir::GraphPtr graph;                 ///< the snapshot that this is about
    NodeId node;
    std::vector<TensorSummary> weights;
    std::vector<TensorSummary> results; ///< of the first batch
    bool hasRun = false;
    std::string data;                   ///< what it ran on: "random:1"
};
using NodeValuesPtr = std::shared_ptr<const NodeValues>;

/// The constants among the inputs that are floats or integers, summed up. Errors: "job.cancelled".
Result<std::vector<TensorSummary>> summarizeWeights(const ir::Graph& graph, NodeId node, const JobControl& control = {});
/// Runs the graph once and keeps of all its results those of one node. Errors: those of the executor and the source;
/// "compare.data" when the source gives nothing.
Result<std::vector<TensorSummary>> summarizeResults(const ir::GraphPtr& graph, NodeId node, const BatchSource& source, const JobControl& control = {});

} // namespace bpu::passes
