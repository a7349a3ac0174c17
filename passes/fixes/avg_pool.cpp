// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Averages over windows. The mean of equally large means is the mean of all, so a window of a*b is a window of
// a followed by one of b, exactly in real numbers, as long as windows do not overlap and nothing is padded.
#include "core/ops/infer.h"
#include "passes/fixes/fix.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

constexpr std::string_view kAvgPool = "torch.nn.AvgPool2d";

struct Limits {
    int64_t kernel = 0;
    int64_t stride = 0;
    int64_t side() const { return std::min(kernel, stride); }
};

std::optional<Limits> limitsOf(const march::March& march)
{
    const auto kernel = largestAllowed(march, kAvgPool, "kernel");
    const auto stride = largestAllowed(march, kAvgPool, "stride");
    if (!isSupported(march, kAvgPool) || !kernel)
        return std::nullopt;
    return Limits{*kernel, stride.value_or(*kernel)};
}

/// Factors of `side`, each at most `limit`, largest first; empty when a prime factor is larger.
std::vector<int64_t> factors(int64_t side, int64_t limit)
{
    std::vector<int64_t> result;
    while (side > 1) {
        int64_t factor = std::min(side, limit);
        while (factor > 1 && side % factor != 0)
            --factor;
        if (factor <= 1)
            return {};
        result.push_back(factor);
        side /= factor;
    }
    return result;
}

/// Steps of [height, width] windows whose product is the whole window; empty when it cannot be.
std::vector<std::vector<int64_t>> steps(int64_t height, int64_t width, int64_t limit)
{
    if (height < 1 || width < 1)
        return {};
    std::vector<int64_t> down = factors(height, limit);
    std::vector<int64_t> across = factors(width, limit);
    if ((height > 1 && down.empty()) || (width > 1 && across.empty()))
        return {};
    const size_t count = std::max<size_t>({down.size(), across.size(), 1});
    down.resize(count, 1);
    across.resize(count, 1);
    std::vector<std::vector<int64_t>> result;
    for (size_t i = 0; i < count; ++i)
        result.push_back({down[i], across[i]});
    return result;
}

std::string describe(const std::vector<std::vector<int64_t>>& windows)
{
    std::string text;
    for (const auto& window : windows)
        text += (text.empty() ? "" : " and ") + (window[0] == window[1] ? fmt::format("AvgPool2d({})", window[0])
                                                                         : fmt::format("AvgPool2d(({}, {}))", window[0], window[1]));
    return text;
}

std::vector<NodeId> replaceByPools(ir::Rewriter& rewriter, NodeId id, const std::vector<std::vector<int64_t>>& windows)
{
    const ir::Node& node = rewriter.graph().node(id);
    const ir::TensorType unknown = ir::TensorType::unranked(rewriter.graph().outputOf(node)->type.dtype());
    std::vector<ir::NodeSpec> chain;
    for (size_t i = 0; i < windows.size(); ++i)
        chain.push_back({.op = "avg_pool2d",
                         .name = windows.size() == 1 ? node.name : fmt::format("{}_{}", node.name, static_cast<char>('a' + static_cast<int>(i % 26))),
                         .inputs = {i == 0 ? node.input(0) : ValueId{}},
                         .attributes = {{"kernel_size", windows[i]}, {"stride", windows[i]}, {"padding", std::vector<int64_t>(4, 0)}}});
    const std::vector<ir::TensorType> types(windows.size(), unknown);
    std::vector<NodeId> made = rewriter.replaceByChain(id, std::move(chain), types);
    for (const NodeId pool : made)
        becomes(rewriter, pool, kAvgPool);
    return made;
}

/// The windows an avg_pool2d can be split into; empty when it keeps the limits or cannot be split.
std::vector<std::vector<int64_t>> splitWindows(const ir::Node& node, const march::March& march)
{
    const auto limits = limitsOf(march);
    const auto window = ops::Window::of(node, 2, {});
    if (node.op != "avg_pool2d" || !limits || !window || window->ceilMode || !window->autoPad.empty() || window->kernel != window->stride)
        return {};
    if (std::ranges::any_of(window->padding, [](int64_t p) { return p != 0; }))
        return {};
    if (window->kernel[0] <= limits->side() && window->kernel[1] <= limits->side())
        return {};
    return steps(window->kernel[0], window->kernel[1], limits->side());
}

std::optional<std::string> planSplit(const ir::Graph&, const ir::Node& node, const march::March& march)
{
    const auto windows = splitWindows(node, march);
    if (windows.size() < 2)
        return std::nullopt;
    return fmt::format("Split it into {}: the mean stays the same", describe(windows));
}

std::vector<NodeId> applySplit(ir::Rewriter& rewriter, NodeId id, const march::March& march)
{
    return replaceByPools(rewriter, id, splitWindows(rewriter.graph().node(id), march));
}

/// Windows over the whole image of a global average; empty while its size is unknown.
std::vector<std::vector<int64_t>> globalWindows(const ir::Graph& graph, const ir::Node& node, const march::March& march)
{
    const auto limits = limitsOf(march);
    const ir::TensorType& x = ops::inputType(graph, node, 0);
    if (!limits || x.rank() != 4)
        return {};
    return steps(x.dim(2), x.dim(3), limits->side());
}

bool isGlobalPool(const ir::Node& node)
{
    const std::vector<int64_t> size = node.attributes.integers("output_size");
    return node.op == "adaptive_avg_pool2d" && std::ranges::all_of(size, [](int64_t side) { return side == 1; });
}

std::optional<std::string> planGlobal(const ir::Graph& graph, const ir::Node& node, const march::March& march)
{
    if (!isGlobalPool(node))
        return std::nullopt;
    const auto windows = globalWindows(graph, node, march);
    if (windows.empty())
        return std::nullopt;
    return fmt::format("Replace it by {} over the whole image: the mean stays the same", describe(windows));
}

bool isMeanOverImage(const ir::Graph& graph, const ir::Node& node)
{
    if (node.op != "mean" || !node.attributes.flag("keepdim", true) || ops::inputType(graph, node, 0).rank() != 4)
        return false;
    std::vector<int64_t> dims = node.attributes.integers("dim");
    for (int64_t& dim : dims)
        dim += dim < 0 ? 4 : 0;
    std::ranges::sort(dims);
    return dims == std::vector<int64_t>{2, 3};
}

std::optional<std::string> planMean(const ir::Graph& graph, const ir::Node& node, const march::March& march)
{
    if (!isMeanOverImage(graph, node))
        return std::nullopt;
    const auto windows = globalWindows(graph, node, march);
    if (windows.empty())
        return std::nullopt;
    return fmt::format("Replace it by {}: the mean stays the same", describe(windows));
}

std::vector<NodeId> applyGlobal(ir::Rewriter& rewriter, NodeId id, const march::March& march)
{
    return replaceByPools(rewriter, id, globalWindows(rewriter.graph(), rewriter.graph().node(id), march));
}

} // namespace

const FixKind& splitAvgPool()
{
    static const FixKind fix{"split-avg-pool", "Split", planSplit, applySplit};
    return fix;
}
const FixKind& globalToAvgPool()
{
    static const FixKind fix{"global-to-avg-pool", "Replace", planGlobal, applyGlobal};
    return fix;
}
const FixKind& meanToAvgPool()
{
    static const FixKind fix{"mean-to-avg-pool", "Replace", planMean, applyGlobal};
    return fix;
}

} // namespace bpu::passes
