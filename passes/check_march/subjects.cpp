// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/subjects.h"

#include <algorithm>
#include <cmath>

namespace bpu::passes {
namespace {

constexpr std::string_view kInputDim = "an input dimension";
constexpr std::string_view kInputRank = "input rank";

std::string_view dimName(char letter)
{
    switch (letter) {
    case 'N': return "input batch size";
    case 'C': return "input channels";
    case 'H': return "input height";
    case 'W': return "input width";
    default: return "input depth";
    }
}

bool carriesData(const Site& site, const ir::Value& value, size_t slot)
{
    if (slot == 0)
        return true;
    const std::string_view op = site.node.op;
    if (op == "cat" || op == "stack" || op == "matmul" || op == "add" || op == "sub" || op == "mul" || op == "div" || op == "maximum" ||
        op == "minimum" || op == "bmm")
        return !value.isConstant();
    return false;
}

/// f(value) of every input that carries data.
template <typename F>
Reading eachInput(const Site& site, F add)
{
    Reading r;
    for (size_t i = 0; i < site.node.inputs.size(); ++i) {
        const ir::Value* value = site.graph.inputOf(site.node, i);
        if (!value || !carriesData(site, *value, i))
            continue;
        add(*value, r);
        if (r.state == Reading::State::Unknown)
            return r;
    }
    return r.numbers.empty() && r.texts.empty() ? Reading::absent() : r;
}

void addLargest(Reading& r, double value)
{
    // Hundreds of inputs (cat) would not fit: the smallest and the largest decide every range.
    if (r.numbers.count < 2) {
        r.numbers.add(value);
        return;
    }
    auto& items = r.numbers.items;
    if (items[0] > items[1])
        std::swap(items[0], items[1]);
    items[0] = std::min(items[0], value);
    items[1] = std::max(items[1], value);
}

template <char Letter>
Reading inputDim(const Site& site)
{
    return eachInput(site, [](const ir::Value& value, Reading& r) {
        const ir::Dim dim = dimOf(value.type, Letter);
        if (dim == ir::kUnknownDim)
            r = Reading::notKnown(dimName(Letter));
        else if (dim >= 0)
            addLargest(r, static_cast<double>(dim));
    });
}

Reading inputArea(const Site& site)
{
    const ir::TensorType* type = site.inputType(0);
    if (!type || !type->hasRank())
        return Reading::notKnown(kInputRank);
    const ir::Dim h = dimOf(*type, 'H');
    const ir::Dim w = dimOf(*type, 'W');
    if (h == ir::kUnknownDim || w == ir::kUnknownDim)
        return Reading::notKnown(dimName(h == ir::kUnknownDim ? 'H' : 'W'));
    if (w == kNoDim)
        return Reading::absent();
    return Reading::of(static_cast<double>(w) * static_cast<double>(h == kNoDim ? 1 : h));
}

Reading inputBytes(const Site& site)
{
    return eachInput(site, [](const ir::Value& value, Reading& r) {
        const int64_t count = value.type.elementCount();
        const bool wide = value.quant && value.quant->type != ir::QType::QInt8;
        if (count == ir::kUnknownDim)
            r = Reading::notKnown(kInputDim);
        else
            addLargest(r, static_cast<double>(count) * (wide ? 2 : 1));
    });
}

Reading eachDim(const Site& site)
{
    const ir::TensorType* type = site.inputType(0);
    if (!type || !type->hasRank())
        return Reading::notKnown(kInputRank);
    Reading r;
    for (const ir::Dim dim : type->shape()) {
        if (dim < 0)
            return Reading::notKnown(kInputDim);
        r.numbers.add(static_cast<double>(dim));
    }
    return r;
}

Reading rank(const Site& site)
{
    Reading r = eachInput(site, [](const ir::Value& value, Reading& into) {
        if (!value.type.hasRank())
            into = Reading::notKnown(kInputRank);
        else
            addLargest(into, value.type.rank());
    });
    const ir::Value* output = site.graph.outputOf(site.node);
    if (r.state == Reading::State::Unknown || !output || !output->type.hasRank())
        return r;
    r.state = Reading::State::Known;
    addLargest(r, output->type.rank());
    return r;
}

template <int Axis>
Reading weightDim(const Site& site)
{
    if (site.role == Role::Norm)
        return Axis == 0 ? inputDim<'C'>(site) : Reading::of(1.0);
    const ir::TensorType* weight = site.inputType(1);
    if (!weight || !weight->hasRank())
        return Reading::notKnown("weight shape");
    const int axis = Axis < 0 ? weight->rank() + Axis : Axis;
    if (axis >= weight->rank() || axis < 0)
        return Reading::absent();
    return weight->dim(axis) < 0 ? Reading::notKnown("weight shape") : Reading::of(static_cast<double>(weight->dim(axis)));
}

int64_t groupsOf(const Site& site)
{
    return std::max<int64_t>(1, site.node.attributes.integer("groups", 1));
}

bool isTransposed(const Site& site)
{
    return site.node.op.starts_with("conv_transpose");
}

/// kernel volume * input channels per group: what one output filter holds.
Reading weightSize(const Site& site)
{
    if (site.role == Role::Norm)
        return Reading::of(1.0);
    const ir::TensorType* weight = site.inputType(1);
    if (!weight || !weight->hasRank() || !weight->isStatic() || weight->rank() < 2)
        return Reading::notKnown("weight shape");
    double size = static_cast<double>(isTransposed(site) ? weight->dim(0) / groupsOf(site) : weight->dim(1));
    for (int axis = 2; axis < weight->rank(); ++axis)
        size *= static_cast<double>(weight->dim(axis));
    return Reading::of(size);
}

bool hasWeight(const Site& site)
{
    return isConv(site.node.op) || site.node.op == "linear";
}

Reading scaled(Reading r, int64_t factor)
{
    if (r.state == Reading::State::Known)
        r.numbers.items[0] *= static_cast<double>(factor);
    return r;
}

Reading inChannels(const Site& site)
{
    if (site.role == Role::Norm || !hasWeight(site))
        return inputDim<'C'>(site);
    return isTransposed(site) ? weightDim<0>(site) : scaled(weightDim<1>(site), groupsOf(site));
}

Reading outChannels(const Site& site)
{
    if (site.role == Role::Norm || !hasWeight(site))
        return inputDim<'C'>(site);
    return isTransposed(site) ? scaled(weightDim<1>(site), groupsOf(site)) : weightDim<0>(site);
}

Reading channels(const Site& site)
{
    Reading in = inChannels(site);
    const Reading out = outChannels(site);
    if (in.state != Reading::State::Known)
        return in;
    if (out.state != Reading::State::Known)
        return out;
    in.numbers.add(out.numbers[0]);
    return in;
}

/// Component of a per-axis reading counted from the last: 1 = W, 2 = H, 3 = D.
template <Reading (*Read)(const Site&), size_t FromEnd>
Reading component(const Site& site)
{
    const Reading r = Read(site);
    if (r.state != Reading::State::Known)
        return r;
    return r.numbers.count < FromEnd ? Reading::absent() : Reading::of(r.numbers[r.numbers.count - FromEnd]);
}

Reading outputPadding(const Site& site)
{
    Reading r;
    for (const int64_t item : site.node.attributes.integers("output_padding"))
        r.numbers.add(static_cast<double>(item));
    return r.numbers.empty() ? Reading::of(0.0) : r;
}

Reading groups(const Site& site)
{
    return Reading::of(site.role == Role::Norm ? 1.0 : static_cast<double>(site.node.attributes.integer("groups", 1)));
}

Reading inputCount(const Site& site)
{
    return Reading::of(static_cast<double>(site.node.inputs.size()));
}

/// Feature maps of a region operator: all inputs but the boxes and their indices.
Reading featureCount(const Site& site)
{
    return Reading::of(site.node.op == "multi_scale_roi_align" ? static_cast<double>(site.node.inputs.size()) - 1 : 1.0);
}

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

Reading operand(const Site& site)
{
    for (const ValueId input : site.node.inputs) {
        const ir::Value* value = site.graph.find(input);
        if (value && value->isConstant())
            return Reading::of(std::string_view("constant"));
    }
    return Reading::of(std::string_view("tensor"));
}

/// Calls add(input, axis letter) for every axis along which an input is repeated. Scalars follow a rule of their own.
template <typename F>
std::string_view eachBroadcast(const Site& site, F add)
{
    const ir::Value* out = site.graph.outputOf(site.node);
    if (!out || !out->type.hasRank())
        return "output rank";
    const ir::TensorType& to = out->type;
    for (size_t i = 0; i < site.node.inputs.size(); ++i) {
        const ir::Value* value = site.graph.inputOf(site.node, i);
        if (!value || isScalarConstant(*value))
            continue;
        if (!value->type.hasRank())
            return kInputRank;
        for (int axis = 0; axis < to.rank(); ++axis) {
            const int own = axis - (to.rank() - value->type.rank());
            const ir::Dim from = own < 0 ? 1 : value->type.dim(own);
            if (from == 1 && to.dim(axis) < 0)
                return kInputDim;
            if (from == 1 && to.dim(axis) != 1)
                add(i, axisLetter(to.rank(), axis));
        }
    }
    return {};
}

Reading broadcastAxis(const Site& site)
{
    Reading r;
    const std::string_view unknown = eachBroadcast(site, [&](size_t, std::string_view letter) {
        if (std::find(r.texts.begin(), r.texts.end(), letter) == r.texts.end())
            r.texts.add(letter.empty() ? std::string_view("other") : letter);
    });
    if (!unknown.empty())
        return Reading::notKnown(unknown);
    return r.texts.empty() ? Reading::absent() : r;
}

Reading broadcastInputCount(const Site& site)
{
    uint32_t seen = 0;
    const std::string_view unknown = eachBroadcast(site, [&](size_t input, std::string_view) { seen |= 1U << std::min<size_t>(input, 31); });
    return unknown.empty() ? Reading::of(static_cast<double>(__builtin_popcount(seen))) : Reading::notKnown(unknown);
}

std::string_view clampBound(const Site& site, size_t slot, std::string_view attribute)
{
    if (site.node.attributes.has(attribute))
        return "scalar";
    const ir::Value* value = site.graph.inputOf(site.node, slot);
    if (!value)
        return "None";
    return value->isConstant() ? "constant Tensor" : "Tensor";
}

Reading minMaxArgument(const Site& site)
{
    if (site.node.op != "clamp")
        return Reading::absent();
    Reading r = Reading::of(clampBound(site, 1, "min"));
    r.texts.add(clampBound(site, 2, "max"));
    return r;
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

Reading inFeatures(const Site& site) { return weightDim<1>(site); }
Reading outFeatures(const Site& site) { return weightDim<0>(site); }

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
    if (type->rank() != 3)
        return Reading::of(std::string_view("boxes of another rank"));
    if (type->dim(0) < 0 || type->dim(2) < 0)
        return Reading::notKnown("shape of the boxes");
    return Reading::of(type->dim(0) == 1 && type->dim(2) == 4 ? kBoxes : std::string_view("boxes of another shape"));
}

Reading nothing(const Site&) { return Reading::absent(); }

constexpr Subject kSubjects[] = {
    {"kernel", "Kernel", kernelOf},
    {"kernel_d", "Kernel depth", component<kernelOf, 3>},
    {"kernel_h", "Kernel height", component<kernelOf, 2>},
    {"kernel_w", "Kernel width", component<kernelOf, 1>},
    {"stride", "Stride", strideOf},
    {"padding", "Padding", paddingOf},
    {"padding_d", "Depth padding", component<paddingOf, 3>},
    {"padding_h", "Height padding", component<paddingOf, 2>},
    {"padding_w", "Width padding", component<paddingOf, 1>},
    {"dilation", "Dilation", dilationOf},
    {"output_padding", "Output padding", outputPadding},
    {"groups", "Group number", groups},
    {"in_channels", "Input channel count", inChannels},
    {"out_channels", "Output channel count", outChannels},
    {"channels", "Channel count", channels},
    {"weight.N", "Weight dimension N", weightDim<0>},
    {"weight.C", "Weight dimension C", weightDim<1>},
    {"weight.D", "Weight dimension D", weightDim<-3>},
    {"weight.H", "Weight dimension H", weightDim<-2>},
    {"weight.W", "Weight dimension W", weightDim<-1>},
    {"weight.size", "Weight size of one filter", weightSize},
    {"in_features", "Input feature count", inFeatures},
    {"out_features", "Output feature count", outFeatures},
    {"input.N", "Batch size", inputDim<'N'>},
    {"input.C", "Channel count", inputDim<'C'>},
    {"input.D", "Input depth", inputDim<'D'>},
    {"input.H", "Input height", inputDim<'H'>},
    {"input.W", "Input width", inputDim<'W'>},
    {"input.H*W", "Input height times width", inputArea},
    {"input.bytes", "Input size in bytes", inputBytes},
    {"each_dim", "Largest dimension", eachDim},
    {"rank", "Rank", rank},
    {"normalized_shape.H*W", "Size of normalized_shape", normalizedArea},
    {"input_count", "Number of inputs", inputCount},
    {"feature_count", "Number of feature maps", featureCount},
    {"scale_factor", "Scaling ratio", scaleFactor},
    {"mode", "Mode", mode},
    {"padding_mode", "Padding mode", paddingMode},
    {"align_corners", "align_corners", alignCorners, "Export it with align_corners=False"},
    {"recompute_scale_factor", "recompute_scale_factor", recomputeScaleFactor, "Pass recompute_scale_factor=True to interpolate, or give the size"},
    {"add_bias_kv", "add_bias_kv", addBiasKv, "Build the attention with add_bias_kv=False"},
    {"add_zero_attn", "add_zero_attn", addZeroAttn, "Build the attention with add_zero_attn=False"},
    {"reduce_axis", "Reduced axis", reduceAxis, "Reduce over other axes, or use a pooling"},
    {"axis", "Transposed axis", movedAxes, "Keep the batch axis where it is"},
    {"operand", "Operand", operand, "Fold the constant into a convolution beside it, or make it an input"},
    {"broadcast_axis", "Broadcast axis", broadcastAxis, "Give both operands the same batch size"},
    {"broadcast_input_count", "Number of broadcast inputs", broadcastInputCount, "Expand one operand first"},
    {"min_max_argument", "min and max", minMaxArgument, "Use scalar bounds, or a tensor that spans the input's range"},
    {"position", "Position", position, "Move it to the end of the model, or run it after the model"},
    {"output.index", "Index result", indexPosition, "Return the index from the model and use it afterwards"},
    {"grid.dtype", "Grid dtype", gridType},
    {"bias.dtype", "Bias dtype", biasType},
    {"output.dtype", "Output dtype", outputType},
    {"boxes", "Boxes", boxes, "Pass the boxes as List[Tensor] of shape [1, box_num, 4]"},
    {"precision", "Accuracy", nothing, "Compare the accuracy after quantization; keep it in qint16 where that helps"},
    {"accumulator", "Accumulated sum", nothing, {}, true},
    {"input_magnitude", "Input magnitude", nothing, {}, true},
};

} // namespace

const Subject* findSubject(std::string_view name)
{
    const auto* it = std::ranges::find(kSubjects, name, &Subject::name);
    return it == std::end(kSubjects) ? nullptr : it;
}

} // namespace bpu::passes
