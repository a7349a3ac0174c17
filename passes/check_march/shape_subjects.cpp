// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the tensors of a node measure: sizes of inputs and weights, channels, windows.
#include "passes/check_march/subjects.h"

#include <algorithm>

namespace bpu::passes {
namespace {

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

/// Feature maps of a region operator: all inputs but the boxes and their indices.
Reading featureCount(const Site& site)
{
    return Reading::of(site.node.op == "multi_scale_roi_align" ? static_cast<double>(site.node.inputs.size()) - 1 : 1.0);
}

Reading inFeatures(const Site& site) { return weightDim<1>(site); }
Reading outFeatures(const Site& site) { return weightDim<0>(site); }

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
    {"feature_count", "Number of feature maps", featureCount},
};

} // namespace

std::span<const Subject> shapeSubjects()
{
    return kSubjects;
}

} // namespace bpu::passes
