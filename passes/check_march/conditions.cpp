// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The `when` texts of the march files, and the relations that have no bounds of their own.
#include "passes/check_march/subjects.h"

#include <algorithm>

namespace bpu::passes {
namespace {

Holds holds(bool value) { return value ? Holds::Yes : Holds::No; }

/// Float graphs are judged for the dtype that quantization plans by default: qint8.
ir::QType inputType(const Site& site)
{
    const ir::Value* input = site.graph.inputOf(site.node, 0);
    return input && input->quant ? input->quant->type : ir::QType::QInt8;
}

bool isOutput(const Site& site)
{
    // A layer ends where the last operator ends that fuses into it.
    const FusionChain* chain = site.chain();
    const bool leads = chain && chain->base == site.node.id;
    const ir::Value* output = site.graph.outputOf(leads ? site.graph.node(chain->nodes().back()) : site.node);
    return output && isModelOutput(site.graph, *output);
}

bool hasConstantBound(const Site& site)
{
    for (size_t slot = 1; site.node.op == "clamp" && slot < site.node.inputs.size(); ++slot) {
        const ir::Value* value = site.graph.inputOf(site.node, slot);
        if (value && value->isConstant())
            return true;
    }
    return false;
}

bool hasScalarOperand(const Site& site)
{
    return std::ranges::any_of(site.node.inputs, [&](ValueId id) {
        const ir::Value* value = site.graph.find(id);
        return value && isScalarConstant(*value);
    });
}

Holds isDilated(const Site& site)
{
    const Reading r = dilationOf(site);
    return holds(std::any_of(r.numbers.begin(), r.numbers.end(), [](double d) { return d != 1; }));
}

constexpr Condition kConditions[] = {
    {"dilation != 1", isDilated},
    {"groups > 1", [](const Site& s) { return holds(s.node.attributes.integer("groups", 1) > 1); }},
    {"min or max is a constant tensor", [](const Site& s) { return holds(hasConstantBound(s)); }},
    {"input dtype is qint8", [](const Site& s) { return holds(inputType(s) == ir::QType::QInt8); }},
    {"input dtype is qint16", [](const Site& s) { return holds(inputType(s) == ir::QType::QInt16); }},
    {"output size is given through scale",
     [](const Site& s) { return holds(s.node.attributes.has("scale_factor") && !s.node.attributes.has("size")); }},
    {"used without a preceding convolution to fold into", [](const Site& s) { return holds(isBatchNorm(s.node.op) && !isAbsorbed(s)); }},
    {"layer is not a model output", [](const Site& s) { return holds(!isOutput(s)); }},
    {"layer is a model output", [](const Site& s) { return holds(isOutput(s)); }},
    {"convolution has a fused addend (sumin)", [](const Site& s) { return holds(hasAddend(s)); }},
    {"one operand is a scalar", [](const Site& s) { return holds(hasScalarOperand(s)); }},
    {"input source is pyramid", [](const Site& s) { return holds(s.inputSource == InputSource::Pyramid); }},
    {"input source is resizer", [](const Site& s) { return holds(s.inputSource == InputSource::Resizer); }},
};

Reading kept() { return {}; }

Reading equalStrides(const Site& site)
{
    Reading r = strideOf(site);
    const bool equal = std::all_of(r.numbers.begin(), r.numbers.end(), [&](double s) { return s == r.numbers[0]; });
    if (equal)
        return kept();
    r.texts.add("unequal");
    return r;
}

Reading groupsDivide(const Site& site)
{
    const int64_t groups = site.node.attributes.integer("groups", 1);
    const ir::TensorType* weight = site.inputType(1);
    const ir::TensorType* input = site.inputType(0);
    const ir::Dim first = weight ? weight->dim(0) : ir::kUnknownDim;
    const ir::Dim channels = input ? dimOf(*input, 'C') : ir::kUnknownDim;
    if (first < 0 || channels < 0)
        return Reading::notKnown(first < 0 ? "weight shape" : "input channels");
    return groups > 0 && first % groups == 0 && channels % groups == 0 ? kept() : Reading::of(std::string_view("channels that the groups do not divide"));
}

Reading oneEmbedding(const Site& site)
{
    ir::Dim common = ir::kUnknownDim;
    for (size_t slot = 0; slot < 3; ++slot) {
        const ir::TensorType* type = site.inputType(slot);
        const ir::Dim dim = type ? type->dim(-1) : ir::kUnknownDim;
        if (dim < 0)
            return Reading::notKnown("embedding dimension");
        if (common >= 0 && dim != common)
            return Reading::of(std::string_view("different embedding dimensions"));
        common = dim;
    }
    return kept();
}

Reading distinctShuffle(const Site& site)
{
    std::vector<int64_t> index = site.node.attributes.integers("shuffle_index");
    std::ranges::sort(index);
    return std::ranges::adjacent_find(index) == index.end() ? kept() : Reading::of(std::string_view("an entry twice"));
}

Reading offlineShape(const Site& site)
{
    for (size_t slot = 0; slot < site.node.inputs.size(); ++slot) {
        const ir::TensorType* type = site.inputType(slot);
        if (type && !type->isStatic())
            return Reading::of(std::string_view("a shape that is not known offline"));
    }
    return kept();
}

Reading always(const Site&) { return Reading::of(std::string_view("a scalar operand")); }
Reading elsewhere(const Site&) { return kept(); }

constexpr Relation kRelations[] = {
    {"stride", equalStrides},
    {"groups", groupsDivide},
    {"embed_dim", oneEmbedding},
    {"shuffle_index", distinctShuffle},
    {"shape", offlineShape},
    {"scalar_operand", always, true},
    // The row that it refers to is evaluated in its place.
    {"standalone", elsewhere},
};

} // namespace

const Relation* findRelation(std::string_view subject)
{
    const auto* it = std::ranges::find(kRelations, subject, &Relation::subject);
    return it == std::end(kRelations) ? nullptr : it;
}

const Condition* findCondition(std::string_view text)
{
    const auto* it = std::ranges::find(kConditions, text, &Condition::text);
    return it == std::end(kConditions) ? nullptr : it;
}

} // namespace bpu::passes
