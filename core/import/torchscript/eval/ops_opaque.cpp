// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Operators that the graph has no name for, but whose result has a known type: what follows them keeps its sizes. Those of
// torchvision.
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>

namespace bpu::importer::torchscript {
namespace {

Result<Value> likeInput(OperatorCall& c)
{
    c.setKnown(c.type("input"));
    return c.opaque();
}

/// A window along one axis.
struct Axis {
    int64_t kernel = 1;
    int64_t stride = 1;
    int64_t padding = 0;
    int64_t dilation = 1;
};

/// How many places it has; unknown when there is none.
ir::Dim places(ir::Dim size, const Axis& axis)
{
    const auto& [kernel, stride, padding, dilation] = axis;
    if (size == ir::kUnknownDim || stride < 1 || size > (int64_t{1} << 40) || std::max({kernel, stride, padding, dilation}) > (1 << 20) || std::min({kernel, padding, dilation}) < 0)
        return ir::kUnknownDim;
    const int64_t room = size + 2 * padding - dilation * (kernel - 1) - 1;
    return room < 0 ? ir::kUnknownDim : room / stride + 1;
}

ir::Dim times(ir::Dim a, ir::Dim b)
{
    constexpr ir::Dim kMost = int64_t{1} << 30;
    return a == ir::kUnknownDim || b == ir::kUnknownDim || a > kMost || b > kMost ? ir::kUnknownDim : a * b;
}

/// torch.nn.functional.unfold: [N, C, H, W] -> [N, C * kernel, places].
Result<Value> unfold(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    const auto kernel = c.integers("kernel_size", 2);
    const auto dilation = c.integers("dilation", 2);
    const auto padding = c.integers("padding", 2);
    const auto stride = c.integers("stride", 2);
    if (type.rank() == 4 && !c.isUndecided()) {
        const ir::Dim rows = places(type.dim(2), {kernel[0], stride[0], padding[0], dilation[0]});
        const ir::Dim columns = places(type.dim(3), {kernel[1], stride[1], padding[1], dilation[1]});
        c.setKnown(type.withShape({type.dim(0), times(type.dim(1), times(kernel[0], kernel[1])), times(rows, columns)}));
    }
    return c.opaque();
}

/// A convolution whose places are shifted.
Result<Value> deformConv(OperatorCall& c)
{
    const ir::TensorType type = c.type("input");
    const ir::TensorType weight = c.type("weight");
    const auto axis = [&](int place, const char* stride, const char* padding, const char* dilation) {
        return places(type.dim(2 + place), {weight.dim(2 + place), c.integer(stride), c.integer(padding), c.integer(dilation)});
    };
    if (type.rank() == 4 && weight.rank() == 4)
        c.setKnown(type.withShape({type.dim(0), weight.dim(0), axis(0, "stride_h", "pad_h", "dil_h"), axis(1, "stride_w", "pad_w", "dil_w")}));
    return c.opaque();
}

/// torchvision.ops.roi_align: a box is its image's number and four corners; only an aligned one is shifted by half a pixel.
Result<Value> roiAlign(OperatorCall& c)
{
    return c.emit("roi_align", {c.use("input"), c.use("rois")},
                  {{"output_size", std::vector<int64_t>{c.integer("height"), c.integer("width")}}, {"spatial_scale", c.number("scale")},
                   {"sampling_ratio", c.integer("sampling_ratio")}, {"coordinate_mode", std::string(c.flag("aligned") ? "half_pixel" : "output_half_pixel")}});
}

/// Truths over axes, or over all.
Result<Value> quantifier(OperatorCall& c)
{
    ir::TensorType type = c.type("input").withDType(ir::DType::Bool);
    const int64_t dim = c.axis("dim", type.rank());
    if (type.hasRank() && !c.isUndecided() && dim >= 0 && dim < type.rank()) {
        ir::Shape shape = type.shape();
        if (c.flag("keepdim"))
            shape[static_cast<size_t>(dim)] = 1;
        else
            shape.erase(shape.begin() + dim);
        type = type.withShape(std::move(shape));
        c.setKnown(type);
    }
    return c.opaque();
}

Result<Value> quantifierOfAll(OperatorCall& c)
{
    c.setKnown(ir::TensorType(ir::DType::Bool, {}));
    return c.opaque();
}

constexpr char kAny[] = "Tensor input, any a=None, any b=None, any c=None, any d=None";

} // namespace

std::span<const OperatorEntry> opaqueOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"cumprod", kAny, likeInput, true}, {"hardshrink", kAny, likeInput, true}, {"softshrink", kAny, likeInput, true}, {"threshold", kAny, likeInput, true},
        {"trunc", kAny, likeInput, true}, {"frac", kAny, likeInput, true}, {"erfc", kAny, likeInput, true}, {"erfinv", kAny, likeInput, true}, {"nan_to_num", kAny, likeInput, true},
        {"logit", kAny, likeInput, true}, {"rrelu", kAny, likeInput, true}, {"sinc", kAny, likeInput, true}, {"lgamma", kAny, likeInput, true}, {"digamma", kAny, likeInput, true},
        {"bernoulli", kAny, likeInput, true}, {"rand_like", kAny, likeInput, true}, {"randn_like", kAny, likeInput, true}, {"local_response_norm", kAny, likeInput, true},
        {"masked_scatter", kAny, likeInput, true}, {"index_put", kAny, likeInput, true}, {"_index_put_impl", kAny, likeInput, true}, {"index_add", kAny, likeInput, true},
        {"index_copy", kAny, likeInput, true}, {"index_fill", kAny, likeInput, true}, {"scatter", kAny, likeInput, true}, {"scatter_add", kAny, likeInput, true},
        {"scatter_reduce", kAny, likeInput, true}, {"renorm", kAny, likeInput, true}, {"all", "Tensor input", quantifierOfAll, true}, {"any", "Tensor input", quantifierOfAll, true},
        {"all", "Tensor input, int dim, bool keepdim=False", quantifier, true}, {"any", "Tensor input, int dim, bool keepdim=False", quantifier, true},
        {"im2col", "Tensor input, int[] kernel_size, int[] dilation, int[] padding, int[] stride", unfold, true},
        {"torchvision.roi_align", "Tensor input, Tensor rois, float scale, int height, int width, int sampling_ratio, bool aligned", roiAlign},
        {"torchvision.deform_conv2d",
         "Tensor input, Tensor weight, Tensor offset, any mask, any bias, int stride_h, int stride_w, int pad_h, int pad_w, int dil_h, int dil_w, int groups, int offset_groups, "
         "bool use_mask", deformConv, true},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript
