// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/calibrate/patches.h"

namespace bpu::passes {
namespace {

bool isLinear(const ir::Node& node)
{
    return node.op == "linear";
}

int64_t at(const std::vector<int64_t>& list, size_t i, int64_t otherwise)
{
    return list.empty() ? otherwise : list[std::min(i, list.size() - 1)];
}

/// The numbers of all groups under the kernel at one place; 0 where it stands beside the input.
void addConvolution(const ir::Node& node, const ir::TensorType& weight, const ir::TensorType& result, const ir::Tensor& x, int64_t index, std::vector<Patches>& groups)
{
    const int64_t width = result.dim(3), height = result.dim(2);
    const int64_t n = index / (width * height), row = index / width % height, column = index % width;
    const std::vector<int64_t> stride = node.attributes.integers("stride"), padding = node.attributes.integers("padding"), dilation = node.attributes.integers("dilation");
    const ir::Shape& size = x.shape();
    for (size_t g = 0; g < groups.size(); ++g)
        for (int64_t c = 0; c < weight.dim(1); ++c)
            for (int64_t i = 0; i < weight.dim(2); ++i)
                for (int64_t k = 0; k < weight.dim(3); ++k) {
                    const int64_t y = row * at(stride, 0, 1) + i * at(dilation, 0, 1) - at(padding, 0, 0);
                    const int64_t z = column * at(stride, 1, 1) + k * at(dilation, 1, 1) - at(padding, 1, 0);
                    const int64_t channel = static_cast<int64_t>(g) * weight.dim(1) + c;
                    const bool isInside = y >= 0 && z >= 0 && y < size[2] && z < size[3];
                    groups[g].add(isInside ? x.at<float>(((n * size[1] + channel) * size[2] + y) * size[3] + z) : 0);
                }
}

} // namespace

std::vector<Place> choosePlaces(const ir::Graph& graph, const ir::Node& node, const std::vector<std::vector<ir::Tensor>>& inputs, size_t count, std::mt19937_64& random)
{
    const ir::TensorType& result = graph.value(node.output()).type;
    const int64_t channels = isLinear(node) ? result.dim(result.rank() - 1) : result.dim(1);
    std::uniform_int_distribution<size_t> batch(0, inputs.size() - 1);
    std::uniform_int_distribution<int64_t> index(0, result.elementCount() / channels - 1);
    std::vector<Place> places(count);
    for (Place& place : places)
        place = {batch(random), index(random)};
    return places;
}

std::vector<Patches> patchesAt(const ir::Graph& graph, const ir::Node& node, const std::vector<std::vector<ir::Tensor>>& inputs, const std::vector<Place>& places)
{
    const ir::TensorType& weight = graph.inputOf(node, 1)->type;
    const auto size = static_cast<size_t>(weight.elementCount() / weight.dim(0));
    std::vector<Patches> groups(isLinear(node) ? 1 : static_cast<size_t>(node.attributes.integer("groups", 1)), Patches(size));
    for (const Place& place : places) {
        const ir::Tensor& x = inputs[place.batch].front();
        if (!isLinear(node)) {
            addConvolution(node, weight, graph.value(node.output()).type, x, place.index, groups);
            continue;
        }
        for (size_t k = 0; k < size; ++k)
            groups.front().add(x.at<float>(place.index * static_cast<int64_t>(size) + static_cast<int64_t>(k)));
    }
    return groups;
}

} // namespace bpu::passes
