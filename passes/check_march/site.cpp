// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/site.h"

#include "core/ops/op_spec.h"

namespace bpu::passes {
namespace {

/// How many spatial axes the operator slides over.
size_t spatialAxes(const ir::Node& node)
{
    const char last = node.op.size() > 1 ? node.op[node.op.size() - 2] : '\0';
    return last == '1' || last == '2' || last == '3' ? static_cast<size_t>(last - '0') : 2;
}

Reading list(const Site& site, std::string_view name, double fallback)
{
    Reading r;
    const ir::Attribute* attribute = site.node.attributes.find(name);
    if (const auto* items = attribute ? std::get_if<std::vector<int64_t>>(attribute) : nullptr) {
        for (const int64_t item : *items)
            r.numbers.add(static_cast<double>(item));
    } else if (const auto* item = attribute ? std::get_if<int64_t>(attribute) : nullptr) {
        for (size_t i = 0; i < spatialAxes(site.node); ++i)
            r.numbers.add(static_cast<double>(*item));
    }
    for (size_t i = r.numbers.empty() ? 0 : spatialAxes(site.node); i < spatialAxes(site.node); ++i)
        r.numbers.add(fallback);
    return r;
}

Reading ones(size_t n, double value)
{
    Reading r;
    for (size_t i = 0; i < n; ++i)
        r.numbers.add(value);
    return r;
}

Reading inputSize(const Site& site)
{
    const ir::TensorType* type = site.inputType(0);
    Reading r;
    for (const char letter : {'H', 'W'}) {
        const ir::Dim dim = type ? dimOf(*type, letter) : ir::kUnknownDim;
        if (dim < 0)
            return Reading::notKnown(letter == 'H' ? "input height" : "input width");
        r.numbers.add(static_cast<double>(dim));
    }
    return r;
}

} // namespace

std::string_view axisLetter(int rank, int axis)
{
    static constexpr std::string_view kLetters[] = {"", "N", "NC", "NCW", "NCHW", "NCDHW"};
    if (rank < 1 || rank > 5 || axis < 0 || axis >= rank)
        return {};
    return kLetters[rank].substr(static_cast<size_t>(axis), 1);
}

ir::Dim dimOf(const ir::TensorType& type, char letter)
{
    if (!type.hasRank())
        return ir::kUnknownDim;
    for (int axis = 0; axis < type.rank(); ++axis) {
        const std::string_view here = axisLetter(type.rank(), axis);
        if (!here.empty() && here.front() == letter)
            return type.dim(axis);
    }
    return kNoDim;
}

Reading kernelOf(const Site& site)
{
    if (site.role == Role::GlobalPool)
        return inputSize(site);
    if (site.role == Role::Norm)
        return ones(2, 1);
    Reading r = list(site, "kernel_size", 0);
    const ir::TensorType* weight = isConv(site.node.op) ? site.inputType(1) : nullptr;
    if (weight && weight->hasRank() && weight->rank() > 2 && !site.node.attributes.has("kernel_size")) {
        r.numbers.count = 0;
        for (int axis = 2; axis < weight->rank(); ++axis) {
            if (weight->dim(axis) < 0)
                return Reading::notKnown("kernel size");
            r.numbers.add(static_cast<double>(weight->dim(axis)));
        }
    } else if (!site.node.attributes.has("kernel_size")) {
        return Reading::notKnown("kernel size");
    }
    return r;
}

Reading strideOf(const Site& site)
{
    if (site.role == Role::GlobalPool)
        return inputSize(site);
    return site.role == Role::Norm ? ones(2, 1) : list(site, "stride", 1);
}

Reading paddingOf(const Site& site)
{
    if (site.role != Role::Own)
        return ones(2, 0);
    if (!site.node.attributes.text("auto_pad").empty())
        return Reading::notKnown("padding (it follows from the input size)");
    // Begins and ends: the larger one of both sides counts, but a negative one is shown first.
    const Reading all = list(site, "padding", 0);
    if (all.numbers.count % 2 != 0 || all.numbers.count < 2 * spatialAxes(site.node))
        return all;
    Reading r;
    const size_t n = all.numbers.count / 2;
    for (size_t i = 0; i < n; ++i) {
        const auto [low, high] = std::minmax(all.numbers[i], all.numbers[i + n]);
        r.numbers.add(low < 0 ? low : high);
    }
    return r;
}

Reading dilationOf(const Site& site)
{
    return site.role == Role::Own ? list(site, "dilation", 1) : ones(2, 1);
}

bool isConv(std::string_view op)
{
    return op.starts_with("conv1d") || op.starts_with("conv2d") || op.starts_with("conv3d") || op.starts_with("conv_transpose");
}

bool isBatchNorm(std::string_view op)
{
    return op.starts_with("batch_norm");
}

Fusion::Fusion(const ir::Graph& graph) : m_plan(planChains(graph)), m_chainOf(graph.nodeIdBound(), kNone)
{
    for (uint32_t i = 0; i < m_plan.chains.size(); ++i) {
        const FusionChain& chain = m_plan.chains[i];
        for (const NodeId id : {chain.base, chain.batchNorm, chain.add, chain.activation}) {
            if (id.isValid())
                m_chainOf[id.index] = i;
        }
    }
}

bool isAbsorbed(const Site& site)
{
    const FusionChain* chain = site.chain();
    return chain && chain->batchNorm == site.node.id;
}

bool hasAddend(const Site& site)
{
    const FusionChain* chain = site.chain();
    return isConv(site.node.op) && (site.node.input(3).isValid() || (chain && chain->base == site.node.id && chain->add.isValid()));
}

bool isModelOutput(const ir::Graph& graph, const ir::Value& value)
{
    const ir::Value* here = &value;
    // A chain of operators that disappear is short; the bound keeps the check linear.
    for (int steps = 0; here && steps < 8; ++steps) {
        if (here->isGraphOutput())
            return true;
        if (here->users.size() != 1)
            return false;
        const ir::Node& user = graph.node(here->users.front().node);
        const ops::OpSpec* spec = ops::find(user.op);
        if (!spec || (!spec->transparent && user.op != "dequant_stub"))
            return false;
        here = graph.outputOf(user);
    }
    return false;
}

bool isScalarConstant(const ir::Value& value)
{
    return value.isConstant() && value.type.elementCount() == 1;
}

} // namespace bpu::passes
