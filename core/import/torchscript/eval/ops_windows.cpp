// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pooling and resizing.
#include "core/import/torchscript/eval/operators.h"

#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

/// The digit of "max_pool2d".
size_t dimensions(std::string_view name)
{
    const size_t at = name.find_first_of("123");
    return at == std::string_view::npos ? 2 : static_cast<size_t>(name[at] - '0');
}

std::vector<int64_t> windowList(OperatorCall& c, std::string_view argument, size_t n, const std::vector<int64_t>& fallback)
{
    const Value& value = c[argument];
    const bool isEmpty = value.is(Kind::None) || (value.isSequence() && value.isKnown() && value.items().empty());
    return isEmpty ? fallback : c.integers(argument, n);
}

ir::Attributes window(OperatorCall& c, size_t n)
{
    const std::vector<int64_t> kernel = c.integers("kernel_size", n);
    std::vector<int64_t> padding = c.integers("padding", n);
    for (size_t i = 0; i < n; ++i)
        padding.push_back(padding[i]);
    return {{"kernel_size", kernel}, {"stride", windowList(c, "stride", n, kernel)}, {"padding", padding}, {"ceil_mode", c.flag("ceil_mode")}};
}

Result<Value> maxPool(OperatorCall& c)
{
    const size_t n = dimensions(c.name());
    ir::Attributes attributes = window(c, n);
    attributes.set("dilation", c.integers("dilation", n));
    const bool hasIndices = c.name().ends_with("_with_indices");
    BPU_TRY(results, c.emitSeveral(fmt::format("max_pool{}d", n), {c.use("input")}, std::move(attributes), hasIndices ? 2 : 1));
    return hasIndices ? Value::tuple(std::move(results)) : results.front();
}

Result<Value> avgPool(OperatorCall& c)
{
    const size_t n = dimensions(c.name());
    ir::Attributes attributes = window(c, n);
    attributes.set("count_include_pad", c.flag("count_include_pad"));
    if (n > 1 && !c.isNone("divisor_override"))
        return c.opaque();
    return c.emit(fmt::format("avg_pool{}d", n), {c.use("input")}, std::move(attributes));
}

/// None in the output size keeps the input's.
Result<Value> adaptivePool(OperatorCall& c)
{
    const size_t n = dimensions(c.name());
    std::vector<int64_t> size;
    const Value& wanted = c["output_size"];
    for (size_t i = 0; wanted.isSequence() && wanted.isKnown() && i < wanted.items().size(); ++i)
        if (wanted.items()[i].is(Kind::None))
            size.push_back(c.type("input").dim(static_cast<int>(i) - static_cast<int>(n)));
    if (size.empty())
        size = c.integers("output_size", n);
    const bool isMax = c.name().starts_with("adaptive_max");
    BPU_TRY(results, c.emitSeveral(fmt::format("adaptive_{}_pool{}d", isMax ? "max" : "avg", n), {c.use("input")}, {{"output_size", size}}, 1));
    return isMax ? Value::tuple({results.front(), Value::unknown()}) : results.front();
}

/// upsample_bilinear2d(x, [h, w], align_corners, scales) and the like.
Result<Value> upsample(OperatorCall& c)
{
    const std::string_view name = c.name();
    const size_t n = dimensions(name);
    std::string mode;
    for (const char* word : {"nearest", "trilinear", "bilinear", "linear", "bicubic"})
        if (mode.empty() && name.find(word) != std::string_view::npos)
            mode = word;
    const bool isNearest = mode == "nearest";
    const bool isExact = name.find("nearest_exact") != std::string_view::npos; // takes the pixel whose centre is nearest
    const bool alignsCorners = !isNearest && c.flag("align_corners");
    ir::Attributes attributes{{"mode", mode}, {"align_corners", alignsCorners}};
    attributes.set("coordinate_mode", std::string(isExact ? "half_pixel" : isNearest ? "asymmetric" : alignsCorners ? "align_corners" : "pytorch_half_pixel"));
    if (isNearest)
        attributes.set("nearest_mode", std::string(isExact ? "round_prefer_ceil" : "floor"));
    if (const ir::TensorType type = c.type("input"); type.rank() == static_cast<int>(n) + 2) {
        const auto sizes = c.sizes("size");
        ir::Shape shape{type.dim(0), type.dim(1)};
        for (size_t i = 0; i < n; ++i)
            shape.push_back(sizes && sizes->size() == n ? (*sizes)[i] : ir::kUnknownDim);
        c.setKnown(type.withShape(std::move(shape)));
    }
    if (!c.isNone("size")) {
        attributes.set("size", c.integers("size", n));
    } else if (c["scale"].isSequence() && c["scale"].isKnown()) {
        std::vector<double> scales;
        for (const Value& item : c["scale"].items()) {
            if (!item.isNumber() || !item.isKnown())
                c.setUndecided();
            else
                scales.push_back(item.number());
        }
        attributes.set("scale_factor", scales);
    } else {
        c.setUndecided();
    }
    if (name.ends_with("_aa"))
        attributes.set("antialias", true);
    return c.emit("interpolate", {c.use("input")}, std::move(attributes));
}

Result<Value> gridSample(OperatorCall& c)
{
    static constexpr std::string_view kModes[] = {"bilinear", "nearest", "bicubic"};
    static constexpr std::string_view kPaddings[] = {"zeros", "border", "reflection"};
    const auto word = [&](std::string_view argument, const std::string_view (&words)[3]) {
        const int64_t index = c.integer(argument);
        return std::string(words[index >= 0 && index < 3 ? index : 0]);
    };
    return c.emit("grid_sample", {c.use("input"), c.use("grid")},
                  {{"mode", word("mode", kModes)}, {"padding_mode", word("padding_mode", kPaddings)}, {"align_corners", c.flag("align_corners")}});
}

/// The size [N, C, H, W] (or with a depth) is that of the image that will be sampled.
Result<Value> affineGrid(OperatorCall& c)
{
    return c.emit("affine_grid", {c.use("theta")}, {{"size", c.integers("size", c.type("theta").dim(1) == 3 ? 5 : 4)}, {"align_corners", c.flag("align_corners")}});
}

Result<Value> shuffle(OperatorCall& c)
{
    return c.emit(std::string(c.name()), {c.use("input")}, {{"factor", c.integer("factor")}});
}

Result<Value> channelShuffle(OperatorCall& c)
{
    return c.emit("channel_shuffle", {c.use("input")}, {{"groups", c.integer("groups")}});
}

constexpr char kMaxPool[] = "Tensor input, int[] kernel_size, int[]? stride=[], int[] padding=0, int[] dilation=1, bool ceil_mode=False";
constexpr char kAvgPool1d[] = "Tensor input, int[] kernel_size, int[]? stride=[], int[] padding=0, bool ceil_mode=False, bool count_include_pad=True";
constexpr char kAvgPool[] =
    "Tensor input, int[] kernel_size, int[]? stride=[], int[] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None";
constexpr char kAdaptive[] = "Tensor input, any output_size";
constexpr char kNearest[] = "Tensor input, int[]? size, any scale=None, any scale2=None, any scale3=None";
constexpr char kLinear[] = "Tensor input, int[]? size, bool align_corners, any scale=None, any scale2=None, any scale3=None";

} // namespace

std::span<const OperatorEntry> poolingOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"max_pool1d", kMaxPool, maxPool}, {"max_pool2d", kMaxPool, maxPool}, {"max_pool3d", kMaxPool, maxPool}, {"max_pool1d_with_indices", kMaxPool, maxPool},
        {"max_pool2d_with_indices", kMaxPool, maxPool}, {"max_pool3d_with_indices", kMaxPool, maxPool}, {"avg_pool1d", kAvgPool1d, avgPool},
        {"avg_pool2d", kAvgPool, avgPool}, {"avg_pool3d", kAvgPool, avgPool}, {"adaptive_avg_pool1d", kAdaptive, adaptivePool},
        {"adaptive_avg_pool2d", kAdaptive, adaptivePool}, {"adaptive_avg_pool3d", kAdaptive, adaptivePool}, {"adaptive_max_pool1d", kAdaptive, adaptivePool},
        {"adaptive_max_pool2d", kAdaptive, adaptivePool}, {"adaptive_max_pool3d", kAdaptive, adaptivePool}, {"_adaptive_avg_pool2d", kAdaptive, adaptivePool},
    };
    return kRows;
}

std::span<const OperatorEntry> resizeOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"upsample_nearest1d", kNearest, upsample}, {"upsample_nearest2d", kNearest, upsample}, {"upsample_nearest3d", kNearest, upsample},
        {"_upsample_nearest_exact1d", kNearest, upsample}, {"_upsample_nearest_exact2d", kNearest, upsample}, {"_upsample_nearest_exact3d", kNearest, upsample},
        {"upsample_linear1d", kLinear, upsample}, {"upsample_bilinear2d", kLinear, upsample}, {"upsample_trilinear3d", kLinear, upsample},
        {"upsample_bicubic2d", kLinear, upsample}, {"_upsample_bilinear2d_aa", kLinear, upsample}, {"_upsample_bicubic2d_aa", kLinear, upsample},
        {"grid_sampler", "Tensor input, Tensor grid, int mode, int padding_mode, bool align_corners", gridSample},
        {"grid_sampler_2d", "Tensor input, Tensor grid, int mode, int padding_mode, bool align_corners", gridSample},
        {"affine_grid_generator", "Tensor theta, int[] size, bool align_corners", affineGrid},
        {"pixel_shuffle", "Tensor input, int factor", shuffle}, {"pixel_unshuffle", "Tensor input, int factor", shuffle},
        {"channel_shuffle", "Tensor input, int groups", channelShuffle},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript
