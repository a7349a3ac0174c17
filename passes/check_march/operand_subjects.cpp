// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// How the operands of a node meet: how many, constant or computed, repeated along which axes.
#include "passes/check_march/subjects.h"

#include <algorithm>

namespace bpu::passes {
namespace {

Reading inputCount(const Site& site)
{
    return Reading::of(static_cast<double>(site.node.inputs.size()));
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

constexpr Subject kSubjects[] = {
    {"input_count", "Number of inputs", inputCount},
    {"operand", "Operand", operand, "Fold the constant into a convolution beside it, or make it an input"},
    {"broadcast_axis", "Broadcast axis", broadcastAxis, "Give both operands the same batch size"},
    {"broadcast_input_count", "Number of broadcast inputs", broadcastInputCount, "Expand one operand first"},
    {"min_max_argument", "min and max", minMaxArgument, "Use scalar bounds, or a tensor that spans the input's range"},
};

} // namespace

std::span<const Subject> operandSubjects()
{
    return kSubjects;
}

} // namespace bpu::passes
