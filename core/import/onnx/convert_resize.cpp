// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include "core/import/onnx/tensors.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

/// "linear" over two dimensions is what torch calls bilinear, and so on.
std::string modeName(const std::string& mode, size_t n)
{
    if (mode == "linear" || mode == "bilinear")
        return n == 2 ? "bilinear" : n == 3 ? "trilinear" : "linear";
    return mode == "cubic" ? "bicubic" : "nearest";
}

/// The spatial part of per-dimension values: with `axes` (opset 18) they may name only some dimensions.
/// Nothing, after a refusal, when batch or channels would change.
template <typename T>
std::optional<std::vector<T>> spatialPart(NodeReader& reader, const std::vector<T>& values, auto keeps, T unchanged)
{
    const int rank = reader.rank(0) >= 0 ? reader.rank(0) : static_cast<int>(values.size());
    std::vector<int64_t> axes = reader.axes(reader.integers("axes"), rank);
    std::vector<T> all(static_cast<size_t>(std::max(rank, 0)), unchanged);
    if (axes.empty() && values.size() == all.size())
        all = values;
    else if (axes.size() != values.size())
        reader.refuse(fmt::format("it has {} sizes or scales for rank {}", values.size(), rank));
    for (size_t i = 0; i < axes.size() && !reader.refused(); ++i)
        all[static_cast<size_t>(axes[i])] = values[i];
    if (rank < 3 || rank > 5)
        reader.refuse(fmt::format("it resizes a tensor of rank {}", rank));
    if (reader.refused())
        return std::nullopt;
    if (!keeps(all[0], 0) || !keeps(all[1], 1)) {
        reader.refuse("it resizes batch or channels");
        return std::nullopt;
    }
    return std::vector<T>(all.begin() + 2, all.end());
}

void finishResize(NodeReader& reader, const std::string& mode, const std::string& coordinates, const std::string& nearest, ir::Attributes sizes,
                  size_t n, ValueId computedSizes = {})
{
    sizes.set("mode", modeName(mode, n));
    sizes.set("align_corners", coordinates == "align_corners");
    sizes.set("coordinate_mode", coordinates);
    sizes.set("nearest_mode", nearest);
    if (reader.flag("antialias", false))
        sizes.set("antialias", true);
    reader.finish("interpolate", {reader.input(0), computedSizes}, std::move(sizes));
}

/// scales as operand or attribute -> the attribute scale_factor.
void finishScaled(NodeReader& reader, const std::vector<double>& scales, const std::string& mode, const std::string& coordinates,
                  const std::string& nearest)
{
    const auto spatial = spatialPart(reader, scales, [](double scale, int) { return scale == 1; }, 1.0);
    if (spatial && std::ranges::any_of(*spatial, [](double scale) { return !(scale > 0); }))
        reader.refuse("its scale is not positive");
    if (spatial)
        finishResize(reader, mode, coordinates, nearest, {{"scale_factor", *spatial}}, spatial->size());
}

std::vector<double> scalesOf(const ir::Tensor& tensor)
{
    std::vector<double> scales = tensor.toDoubles();
    for (double& scale : scales) // 1.3 was rounded to float: show what was written
        scale = decimal(static_cast<float>(scale));
    return scales;
}

void finishSized(NodeReader& reader, const std::string& mode, const std::string& coordinates, const std::string& nearest)
{
    const auto sizes = reader.constantInts(3);
    if (!sizes) {
        const int rank = reader.rank(0);
        if (rank < 3 || rank > 5 || reader.hasAttribute("axes"))
            reader.refuse("its sizes are computed by the network");
        else
            finishResize(reader, mode, coordinates, nearest, {}, static_cast<size_t>(rank - 2), reader.input(3));
        return;
    }
    const auto keeps = [&](int64_t size, int axis) {
        const ir::Dim known = reader.type(0).dim(axis);
        return known == ir::kUnknownDim || size == known || size == ir::kUnknownDim;
    };
    const auto spatial = spatialPart<int64_t>(reader, *sizes, keeps, ir::kUnknownDim);
    if (spatial && std::ranges::find(*spatial, ir::kUnknownDim) != spatial->end())
        reader.refuse("it resizes only some of the dimensions");
    if (spatial)
        finishResize(reader, mode, coordinates, nearest, {{"size", *spatial}}, spatial->size());
}

} // namespace

/// Deprecated since opset 10: Resize with asymmetric coordinates. Opset 1 has two scale attributes.
void convertUpsample(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const std::string mode = reader.text("mode", "nearest");
    std::vector<double> scales;
    if (const ir::Tensor* operand = reader.constant(1))
        scales = scalesOf(*operand);
    else if (const auto* list = reader.node().attributes.find("scales"); list && std::holds_alternative<std::vector<double>>(*list))
        scales = std::get<std::vector<double>>(*list);
    else if (reader.hasAttribute("height_scale"))
        scales = {1, 1, reader.number("height_scale", 1), reader.number("width_scale", 1)};
    if (scales.empty())
        reader.refuse("its scales are computed by the network");
    else
        finishScaled(reader, scales, mode, "asymmetric", "floor");
}

void convertResize(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const std::string mode = reader.text("mode", "nearest");
    const bool first = reader.opset() < 11;
    const std::string coordinates = first ? "asymmetric" : reader.text("coordinate_transformation_mode", "half_pixel");
    const std::string nearest = first ? "floor" : reader.text("nearest_mode", "round_prefer_floor");
    if (coordinates == "tf_crop_and_resize")
        reader.refuse("it crops before it resizes");
    if (mode == "cubic" && (reader.number("cubic_coeff_a", -0.75) != -0.75 || reader.flag("exclude_outside", false)))
        reader.refuse("its cubic coefficients are not torch's");
    if (reader.text("keep_aspect_ratio_policy", "stretch") != "stretch")
        reader.refuse("it keeps the aspect ratio");
    if (reader.refused())
        return;
    const size_t scaleSlot = first ? 1 : 2;
    const ir::Tensor* scales = reader.constant(scaleSlot);
    if (!first && reader.has(3) && (!scales || scales->elementCount() == 0))
        finishSized(reader, mode, coordinates, nearest);
    else if (scales && scales->elementCount() > 0)
        finishScaled(reader, scalesOf(*scales), mode, coordinates, nearest);
    else
        reader.refuse("its scales are computed by the network; give the inputs shapes");
}

void convertGridSample(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    std::string mode = reader.text("mode", "bilinear");
    mode = mode == "linear" ? "bilinear" : mode == "cubic" ? "bicubic" : mode;
    reader.finish("grid_sample", reader.inputs(0, 2), {{"mode", mode}, {"padding_mode", reader.text("padding_mode", "zeros")},
                                                       {"align_corners", reader.flag("align_corners", false)}});
}

void convertAffineGrid(NodeReader& reader)
{
    if (reader.needs(2))
        reader.finish("affine_grid", reader.inputs(0, 2), {{"align_corners", reader.flag("align_corners", false)}});
}

void convertDepthToSpace(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const int64_t block = reader.integer("blocksize", 0);
    const std::string mode = reader.text("mode", "DCR");
    if (block < 1 || (mode != "DCR" && mode != "CRD"))
        reader.refuse(fmt::format("its blocksize is {} and its mode '{}'", block, mode));
    if (mode == "CRD")
        reader.finish("pixel_shuffle", reader.inputs(0, 1), {{"factor", block}});
    else
        reader.finish("depth_to_space", reader.inputs(0, 1), {{"block", block}, {"mode", mode}});
}

void convertSpaceToDepth(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const int64_t block = reader.integer("blocksize", 0);
    if (block < 1)
        reader.refuse(fmt::format("its blocksize is {}", block));
    reader.finish("space_to_depth", reader.inputs(0, 1), {{"block", block}});
}

} // namespace bpu::importer
