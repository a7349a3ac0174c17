// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Resampling and rearranging of images. Source: ONNX Resize 11, GridSample 16, RoiAlign 10, DepthToSpace 13;
// torch.nn.functional.interpolate, torch.nn.PixelShuffle.
#include "core/ops/infer.h"
#include "core/ops/spec_macro.h"

#include <cmath>
#include <fmt/format.h>

namespace bpu::ops {
namespace {

std::vector<double> doublesOf(const ir::Node& node, std::string_view name)
{
    const ir::Attribute* found = node.attributes.find(name);
    if (!found)
        return {};
    if (const auto* list = std::get_if<std::vector<double>>(found))
        return *list;
    if (const auto* value = std::get_if<double>(found))
        return {*value};
    const std::vector<int64_t> integers = node.attributes.integers(name);
    return {integers.begin(), integers.end()};
}

/// floor(size * scale), unknown when it leaves what an image can be.
ir::Dim scaled(ir::Dim size, double scale)
{
    const double result = std::floor(static_cast<double>(size) * scale);
    if (size == ir::kUnknownDim || !(result >= 0) || result > 0x1p40)
        return ir::kUnknownDim;
    return static_cast<ir::Dim>(result);
}

Result<Types> inferInterpolate(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    ir::Shape shape = x.shape();
    std::vector<int64_t> size = node.attributes.integers("size");
    if (const ir::Tensor* sizes = constantInput(graph, node, 1); sizes && sizes->elementCount() == x.rank() && x.rank() > 2)
        for (int i = 2; i < x.rank(); ++i) // ONNX's sizes name batch and channels, too
            size.push_back(sizes->integer(i));
    const std::vector<double> factor = doublesOf(node, "scale_factor");
    const size_t count = size.empty() ? factor.size() : size.size();
    if (count > shape.size())
        return opError(node, "rank", fmt::format("{} sizes are given for {}; give one for each spatial dimension", count, ir::shapeText(x)));
    const size_t first = count > 0 ? shape.size() - count : std::min<size_t>(2, shape.size());
    for (size_t i = first; i < shape.size(); ++i) {
        if (!size.empty())
            shape[i] = size[i - first] > 0 ? size[i - first] : ir::kUnknownDim;
        else
            shape[i] = factor.empty() ? ir::kUnknownDim : scaled(shape[i], factor[i - first]);
    }
    return same(x.withShape(std::move(shape)));
}

Cost interpolateCost(const ir::Graph& graph, const ir::Node& node)
{
    const std::string_view mode = node.attributes.text("mode");
    return elementCost(graph, node, mode == "nearest" ? 1 : mode == "bicubic" ? 16 : 4);
}

std::string interpolateSummary(const ir::Graph&, const ir::Node& node)
{
    std::string text(node.attributes.text("mode", "nearest"));
    std::string sizes;
    for (const int64_t size : node.attributes.integers("size"))
        sizes += (sizes.empty() ? " to " : "×") + fmt::format("{}", size);
    if (sizes.empty())
        for (const double factor : doublesOf(node, "scale_factor"))
            sizes += (sizes.empty() ? " ×" : "×") + fmt::format("{:.4g}", factor);
    return text + sizes;
}

Result<Types> inferGridSample(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const ir::TensorType& grid = inputType(graph, node, 1);
    if (!x.hasRank() || !grid.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    if (x.rank() < 3 || x.rank() != grid.rank())
        return opError(node, "rank", fmt::format("input {} and grid {} need the same rank of 4 or 5", ir::shapeText(x), ir::shapeText(grid)));
    ir::Shape shape{x.dim(0), x.dim(1)};
    shape.insert(shape.end(), grid.shape().begin() + 1, grid.shape().end() - 1);
    return same(x.withShape(std::move(shape)));
}

/// [N, C r^2, H, W] -> [N, C, H r, W r] or the inverse.
Result<Types> inferBlock(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const bool up = node.op == "pixel_shuffle" || node.op == "depth_to_space";
    const int64_t r = node.attributes.integer(node.attributes.has("factor") ? "factor" : "block", 1);
    if (r < 1 || r > 65536)
        return opError(node, "factor", fmt::format("the factor is {}; it has to be 1 or more", r));
    if (!x.hasRank())
        return same(ir::TensorType::unranked(x.dtype()));
    if (x.rank() < 3)
        return opError(node, "rank", fmt::format("{} needs rank 4, got {}; reshape the input", node.op, ir::shapeText(x)));
    ir::Shape shape = x.shape();
    const size_t channel = shape.size() - 3;
    const auto divide = [](ir::Dim dim, int64_t by) { return dim == ir::kUnknownDim ? dim : dim / by; };
    const auto fits = [](ir::Dim dim, int64_t by) { return dim == ir::kUnknownDim || dim % by == 0; };
    if (up ? !fits(shape[channel], r * r) : !fits(shape[channel + 1], r) || !fits(shape[channel + 2], r))
        return opError(node, "shape", fmt::format("{} cannot be divided by the factor {}; change the factor or the input", ir::shapeText(x), r));
    shape[channel] = up ? divide(shape[channel], r * r) : mulDims(shape[channel], r * r);
    for (const size_t i : {channel + 1, channel + 2})
        shape[i] = up ? mulDims(shape[i], r) : divide(shape[i], r);
    return same(x.withShape(std::move(shape)));
}

Result<Types> inferShuffle(const ir::Graph& graph, const ir::Node& node)
{
    return same(inputType(graph, node, 0));
}

/// Boxes are [K, 4], or [batch, K, 4] as a list of equally many.
ir::Dim boxCount(const ir::TensorType& boxes)
{
    return boxes.rank() == 3 ? mulDims(boxes.dim(0), boxes.dim(1)) : boxes.dim(0);
}

/// One window of the output size for each box: roi_align has its boxes on input 1, multi_scale_roi_align behind the features.
Result<Types> inferRoiAlign(const ir::Graph& graph, const ir::Node& node)
{
    const ir::TensorType& x = inputType(graph, node, 0);
    const size_t slot = node.op == "multi_scale_roi_align" && !node.inputs.empty() ? node.inputs.size() - 1 : 1;
    std::vector<int64_t> size = node.attributes.integers("output_size");
    if (size.size() == 1)
        size.push_back(size[0]);
    size.resize(2, ir::kUnknownDim);
    if (size[0] < ir::kUnknownDim || size[1] < ir::kUnknownDim)
        return opError(node, "shape", fmt::format("the output size is {}x{}; it has to be 0 or more", size[0], size[1]));
    return same(ir::TensorType(x.dtype(), {boxCount(inputType(graph, node, slot)), x.dim(1), size[0], size[1]}));
}

/// Numbers of the features' dtype; how the boxes are laid out depends on whose generator it is.
Result<Types> inferAnchors(const ir::Graph& graph, const ir::Node& node)
{
    return same(ir::TensorType::unranked(inputType(graph, node, 0).dtype()), std::max<size_t>(node.outputs.size(), 1));
}

Result<Types> inferAffineGrid(const ir::Graph& graph, const ir::Node& node)
{
    const ir::DType dtype = inputType(graph, node, 0).dtype();
    const auto size = integersOf(graph, node, 1, "size");
    if (!size || size->size() < 4)
        return same(ir::TensorType::unranked(dtype));
    ir::Shape shape{(*size)[0]};
    shape.insert(shape.end(), size->begin() + 2, size->end());
    shape.push_back(static_cast<int64_t>(size->size()) - 2);
    for (ir::Dim& dim : shape)
        dim = std::max<ir::Dim>(dim, ir::kUnknownDim);
    return same(ir::TensorType(dtype, std::move(shape)));
}

std::string factorSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("×{}", node.attributes.integer(node.attributes.has("factor") ? "factor" : "block", 1));
}

std::string groupsSummary(const ir::Graph&, const ir::Node& node)
{
    return fmt::format("{} groups", node.attributes.integer("groups", 1));
}

} // namespace

#define BPU_RESIZE(function, opName, opFamily, module, functional, onnxName, least, INFER, COST, SUMMARY)                          \
    BPU_SPEC(function, .name = opName, .family = Family::opFamily, .torch = {module, functional}, .onnx = {onnxName},              \
             .inputs = {"input", "other"}, .minInputs = least, .inferTypes = INFER, .cost = COST, .summary = SUMMARY)

BPU_RESIZE(interpolate, "interpolate", Pool, "torch.nn.functional.interpolate", "torch.nn.Upsample", "Resize", 1, inferInterpolate, interpolateCost, interpolateSummary)
BPU_RESIZE(gridSample, "grid_sample", Pool, "torch.nn.functional.grid_sample", "torch.nn.functional.grid_sample", "GridSample", 2, inferGridSample, nullptr, nullptr)
BPU_RESIZE(affineGrid, "affine_grid", Pool, "torch.nn.functional.affine_grid", "torch.nn.functional.affine_grid", "AffineGrid", 1, inferAffineGrid, nullptr, nullptr)
BPU_RESIZE(roiAlign, "roi_align", Pool, "torchvision.ops.RoIAlign", "torchvision.ops.roi_align", "RoiAlign", 2, inferRoiAlign, nullptr, nullptr)
BPU_RESIZE(multiScaleRoiAlign, "multi_scale_roi_align", Pool, "torchvision.ops.MultiScaleRoIAlign", "torchvision.ops.MultiScaleRoIAlign", "", 1, inferRoiAlign, nullptr, nullptr)
BPU_RESIZE(anchorGenerator, "anchor_generator", Pool, "torchvision.models.detection.rpn.AnchorGenerator", "torchvision.models.detection.rpn.AnchorGenerator", "", 1, inferAnchors, nullptr, nullptr)
BPU_RESIZE(pixelShuffle, "pixel_shuffle", Shape, "torch.nn.PixelShuffle", "torch.nn.functional.pixel_shuffle", "DepthToSpace", 1, inferBlock, nullptr, factorSummary)
BPU_RESIZE(pixelUnshuffle, "pixel_unshuffle", Shape, "torch.nn.PixelUnshuffle", "torch.nn.functional.pixel_unshuffle", "", 1, inferBlock, nullptr, factorSummary)
BPU_RESIZE(depthToSpace, "depth_to_space", Shape, "onnx.DepthToSpace", "onnx.DepthToSpace", "DepthToSpace", 1, inferBlock, nullptr, factorSummary)
BPU_RESIZE(spaceToDepth, "space_to_depth", Shape, "onnx.SpaceToDepth", "onnx.SpaceToDepth", "SpaceToDepth", 1, inferBlock, nullptr, factorSummary)
BPU_RESIZE(channelShuffle, "channel_shuffle", Shape, "torch.nn.ChannelShuffle", "torch.nn.functional.channel_shuffle", "", 1, inferShuffle, nullptr, groupsSummary)

} // namespace bpu::ops
