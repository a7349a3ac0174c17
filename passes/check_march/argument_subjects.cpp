// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the author chose: modes, flags, axes, places in the model, data types.
#include "passes/check_march/subjects.h"

#include <algorithm>

namespace bpu::passes {
namespace {

Reading scaleFactor(const Site& site)
{
    Reading r;
    const ir::Attribute* attribute = site.node.attributes.find("scale_factor");
    if (const auto* scales = attribute ? std::get_if<std::vector<double>>(attribute) : nullptr) {
        for (const double scale : *scales)
            r.numbers.add(scale);
        return r;
    }
    const ir::TensorType* in = site.inputType(0);
    const ir::Value* out = site.graph.outputOf(site.node);
    if (!in || !out || !in->hasRank() || !out->type.hasRank() || in->rank() != out->type.rank())
        return Reading::notKnown("scaling ratio");
    for (int axis = 2; axis < in->rank(); ++axis) {
        if (in->dim(axis) <= 0 || out->type.dim(axis) < 0)
            return Reading::notKnown("scaling ratio");
        r.numbers.add(static_cast<double>(out->type.dim(axis)) / static_cast<double>(in->dim(axis)));
    }
    return r;
}

Reading mode(const Site& site)
{
    const std::string_view text = site.node.attributes.text("mode");
    if (text.empty())
        return Reading::of(std::string_view(site.node.op == "pad" ? "constant" : site.node.op == "grid_sample" ? "bilinear" : "nearest"));
    const ir::TensorType* type = site.inputType(0);
    return Reading::of(text == "linear" && type && type->rank() == 4 ? std::string_view("bilinear") : text);
}

Reading paddingMode(const Site& site)
{
    return Reading::of(site.node.attributes.text("padding_mode", "zeros"));
}

/// "True", "False" or, for an argument that was not given, `missing`.
Reading flag(const Site& site, std::string_view name, std::string_view missing)
{
    if (!site.node.attributes.has(name))
        return Reading::of(missing);
    return Reading::of(std::string_view(site.node.attributes.flag(name) ? "True" : "False"));
}

Reading alignCorners(const Site& site) { return flag(site, "align_corners", "None"); }
Reading addBiasKv(const Site& site) { return flag(site, "add_bias_kv", "False"); }
Reading addZeroAttn(const Site& site) { return flag(site, "add_zero_attn", "False"); }

Reading recomputeScaleFactor(const Site& site)
{
    if (!site.node.attributes.has("recompute_scale_factor"))
        return Reading::notRecorded("recompute_scale_factor");
    return flag(site, "recompute_scale_factor", "None");
}

Reading reduceAxis(const Site& site)
{
    if (site.role == Role::Mean) {
        Reading r = Reading::of(std::string_view("H"));
        r.texts.add("W");
        return r;
    }
    const ir::TensorType* type = site.inputType(0);
    if (!type || !type->hasRank())
        return Reading::notKnown(kInputRank);
    Reading r;
    const auto add = [&](int64_t axis) {
        const std::string_view letter = axisLetter(type->rank(), static_cast<int>(axis < 0 ? axis + type->rank() : axis));
        r.texts.add(letter.empty() ? "an axis beyond NCDHW" : letter);
    };
    const std::vector<int64_t> dims = site.node.attributes.integers("dim");
    for (const int64_t axis : dims)
        add(axis);
    for (int axis = 0; dims.empty() && axis < type->rank(); ++axis)
        add(axis);
    return r;
}

Reading movedAxes(const Site& site)
{
    const std::vector<int64_t> dims = site.node.attributes.integers("dims");
    Reading r;
    for (size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] == static_cast<int64_t>(i))
            continue;
        const std::string_view letter = axisLetter(static_cast<int>(dims.size()), static_cast<int>(i));
        r.texts.add(letter.empty() ? (i == 0 ? "N" : "other") : letter);
    }
    return r.texts.empty() ? Reading::absent() : r;
}

std::string_view place(const Site& site, const ir::Value& value)
{
    const bool inside = !isModelOutput(site.graph, value) || (value.isGraphOutput() && !value.users.empty());
    return inside && (!value.users.empty() || value.isGraphOutput()) ? "inside the model" : "model_output";
}

Reading position(const Site& site)
{
    Reading r;
    for (const ValueId output : site.node.outputs) {
        if (const ir::Value* value = site.graph.find(output))
            r.texts.add(place(site, *value));
    }
    return r;
}

Reading indexPosition(const Site& site)
{
    const size_t slot = site.node.op.starts_with("arg") ? 0 : 1;
    const ir::Value* value = site.graph.outputOf(site.node, slot);
    return value ? Reading::of(place(site, *value)) : Reading::absent();
}

std::string_view plannedType(const ir::Value& value)
{
    return value.quant ? ir::name(value.quant->type) : ir::name(ir::QType::QInt8);
}

Reading gridType(const Site& site)
{
    const ir::Value* grid = site.graph.inputOf(site.node, 1);
    return grid ? Reading::of(plannedType(*grid)) : Reading::absent();
}

Reading biasType(const Site& site)
{
    const ir::Value* bias = site.graph.inputOf(site.node, 2);
    if (!bias)
        return Reading::absent();
    return Reading::of(bias->quant ? plannedType(*bias).substr(1) : std::string_view("int32"));
}

Reading outputType(const Site& site)
{
    const ir::Value* output = site.graph.outputOf(site.node);
    if (!output)
        return Reading::absent();
    const bool stays = !output->quant && (output->type.dtype() == ir::DType::Float64 || output->type.dtype() == ir::DType::String);
    return Reading::of(stays ? ir::name(output->type.dtype()) : plannedType(*output).substr(1));
}

Reading normalizedArea(const Site& site)
{
    const std::vector<int64_t> shape = site.node.attributes.integers("normalized_shape");
    if (shape.empty())
        return Reading::notKnown("normalized_shape");
    const int64_t rows = shape.size() > 1 ? shape[shape.size() - 2] : 1;
    return Reading::of(static_cast<double>(rows) * static_cast<double>(shape.back()));
}

constexpr std::string_view kBoxes = "List[Tensor] of shape [1, box_num, 4]";

Reading boxes(const Site& site)
{
    const size_t slot = site.node.op == "multi_scale_roi_align" ? site.node.inputs.size() - 1 : 1;
    const ir::TensorType* type = site.inputType(slot);
    if (!type || !type->hasRank())
        return Reading::notKnown("shape of the boxes");
    // ONNX joins the list to one tensor [K, 4] and says in batch_indices whose box is whose.
    if (type->rank() == 2 && site.node.op == "roi_align" && site.graph.inputOf(site.node, 2))
        return Reading::notRecorded("how the boxes were passed");
    if (type->rank() != 3)
        return Reading::of(std::string_view("boxes of another rank"));
    if (type->dim(0) < 0 || type->dim(2) < 0)
        return Reading::notKnown("shape of the boxes");
    return Reading::of(type->dim(0) == 1 && type->dim(2) == 4 ? kBoxes : std::string_view("boxes of another shape"));
}

Reading nothing(const Site&) { return Reading::absent(); }

constexpr Subject kSubjects[] = {
    {"normalized_shape.H*W", "Size of normalized_shape", normalizedArea},
    {"scale_factor", "Scaling ratio", scaleFactor},
    {"mode", "Mode", mode},
    {"padding_mode", "Padding mode", paddingMode},
    {"align_corners", "align_corners", alignCorners, "Export it with align_corners=False"},
    {"recompute_scale_factor", "recompute_scale_factor", recomputeScaleFactor, "Pass recompute_scale_factor=True to interpolate, or give the size"},
    {"add_bias_kv", "add_bias_kv", addBiasKv, "Build the attention with add_bias_kv=False"},
    {"add_zero_attn", "add_zero_attn", addZeroAttn, "Build the attention with add_zero_attn=False"},
    {"reduce_axis", "Reduced axis", reduceAxis, "Reduce over other axes, or use a pooling"},
    {"axis", "Transposed axis", movedAxes, "Keep the batch axis where it is"},
    {"position", "Position", position, "Move it to the end of the model, or run it after the model"},
    {"output.index", "Index result", indexPosition, "Return the index from the model and use it afterwards"},
    {"grid.dtype", "Grid dtype", gridType},
    {"bias.dtype", "Bias dtype", biasType},
    {"output.dtype", "Output dtype", outputType},
    {"boxes", "Boxes", boxes, "Pass the boxes as List[Tensor] of shape [1, box_num, 4]"},
    {"precision", "Accuracy", nothing, "Compare the accuracy after quantization"},
    {"accumulator", "Accumulated sum", nothing, {}, true},
    {"input_magnitude", "Input magnitude", nothing, {}, true},
};

} // namespace

std::span<const Subject> argumentSubjects()
{
    return kSubjects;
}

} // namespace bpu::passes
