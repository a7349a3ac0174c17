// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace bpu::importer {

void convertReshape(NodeReader& reader)
{
    if (reader.opset() < 5) {
        if (reader.needs(1))
            reader.finish("reshape", reader.inputs(0, 1), {{"shape", reader.integers("shape")}});
        return;
    }
    if (!reader.needs(2))
        return;
    const auto shape = reader.constantInts(1);
    if (reader.flag("allowzero", false) && (!shape || std::ranges::find(*shape, 0) != shape->end()))
        reader.refuse("a 0 in its shape means an empty dimension");
    reader.finish("reshape", reader.inputs(0, 2));
}

/// ONNX's Flatten always makes two dimensions; torch's flatten(1) is the case with axis 1.
void convertFlatten(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const int rank = reader.rank(0);
    int64_t axis = reader.integer("axis", 1);
    if (rank >= 0 && axis != rank)
        axis = reader.axis(axis, std::max(rank, 1));
    if (reader.refused())
        return;
    if (axis == 1 && (rank < 0 || rank > 1)) {
        reader.finish("flatten", reader.inputs(0, 1), {{"start_dim", int64_t{1}}, {"end_dim", int64_t{rank < 0 ? -1 : rank - 1}}});
        return;
    }
    const auto product = [&](int64_t from, int64_t to) {
        int64_t elements = 1;
        for (int64_t i = from; i < to && elements >= 0; ++i) {
            const ir::Dim dim = reader.type(0).dim(static_cast<int>(i));
            if (dim == ir::kUnknownDim || __builtin_mul_overflow(elements, dim, &elements))
                elements = ir::kUnknownDim;
        }
        return elements;
    };
    const int64_t before = rank < 0 ? (axis == 0 ? 1 : ir::kUnknownDim) : product(0, axis);
    const int64_t behind = rank < 0 ? ir::kUnknownDim : product(axis, rank);
    if (before == ir::kUnknownDim && behind == ir::kUnknownDim)
        reader.refuse("its axis splits a shape that is unknown; give the input a shape");
    const std::vector<int64_t> shape = before > 0 ? std::vector<int64_t>{before, behind > 0 || behind == 0 ? behind : -1}
                                                  : std::vector<int64_t>{-1, behind};
    reader.finish("reshape", reader.inputs(0, 1), {{"shape", shape}});
}

/// Axes are an attribute up to opset 12, then an operand.
void convertSqueeze(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const bool inserts = reader.node().type == "Unsqueeze";
    std::vector<int64_t> dims = reader.integers("axes");
    if (reader.opset() >= 13 && reader.has(1)) {
        const auto given = reader.constantInts(1);
        if (!given)
            reader.refuse("its axes are computed by the network");
        dims = given.value_or(std::vector<int64_t>());
    }
    const int rank = reader.rank(0);
    if (inserts && dims.empty())
        reader.refuse("it has no axes");
    const bool all = !inserts && dims.empty();
    for (int i = 0; all && i < rank; ++i)
        if (reader.type(0).dim(i) == 1)
            dims.push_back(i);
    dims = reader.axes(std::move(dims), inserts && rank >= 0 ? rank + static_cast<int>(dims.size()) : rank);
    if (all && !reader.type(0).isStatic())
        reader.finish("squeeze", reader.inputs(0, 1));
    else
        reader.finish(inserts ? "unsqueeze" : "squeeze", reader.inputs(0, 1), {{"dims", dims}});
}

void convertTranspose(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    std::vector<int64_t> dims = reader.integers("perm");
    const int rank = reader.rank(0);
    if (dims.empty() && rank < 0)
        reader.refuse("it reverses the dimensions of a tensor of unknown rank");
    for (int i = rank - 1; i >= 0 && dims.size() < static_cast<size_t>(rank) && !reader.hasAttribute("perm"); --i)
        dims.push_back(i);
    std::vector<int64_t> sorted = dims;
    std::ranges::sort(sorted);
    for (size_t i = 0; i < sorted.size(); ++i)
        if (sorted[i] != static_cast<int64_t>(i))
            reader.refuse("its perm is no permutation");
    reader.finish("permute", reader.inputs(0, 1), {{"dims", dims}});
}

void convertConcat(NodeReader& reader)
{
    if (!reader.needs(1) || !reader.needs(reader.inputCount()))
        return;
    if (reader.opset() >= 4 && !reader.hasAttribute("axis"))
        reader.refuse("it has no axis");
    reader.finish("cat", reader.inputs(), {{"dim", reader.axis(reader.integer("axis", 1), reader.rank(0))}});
}

void convertSplit(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const int64_t dim = reader.axis(reader.integer("axis", 0), reader.rank(0));
    std::vector<int64_t> sizes = reader.integers("split");
    const auto parts = static_cast<int64_t>(std::max<size_t>(reader.outputCount(), 1));
    if (reader.refused())
        return;
    if (reader.has(1) && !reader.constantInts(1)) {
        reader.finish("split", reader.inputs(0, 2), {{"dim", dim}});
        return;
    }
    if (reader.has(1))
        sizes = *reader.constantInts(1);
    const ir::Dim whole = reader.type(0).dim(static_cast<int>(dim));
    if (sizes.empty() && whole != ir::kUnknownDim) { // equal parts, the last smaller when it does not come out even
        const int64_t part = (whole + parts - 1) / parts;
        for (int64_t i = 0; i < parts; ++i)
            sizes.push_back(std::clamp<int64_t>(whole - i * part, 0, part));
    }
    if (sizes.empty())
        reader.finish("chunk", reader.inputs(0, 1), {{"dim", dim}, {"chunks", parts}});
    else if (static_cast<int64_t>(sizes.size()) != parts)
        reader.refuse(fmt::format("it has {} sizes for {} results", sizes.size(), parts));
    else
        reader.finish("split", reader.inputs(0, 1), {{"dim", dim}, {"sizes", sizes}});
}

void convertExpand(NodeReader& reader)
{
    if (reader.needs(2))
        reader.finish("expand", reader.inputs(0, 2));
}

/// Opset 1 repeats one axis.
void convertTile(NodeReader& reader)
{
    if (!reader.needs(2))
        return;
    if (reader.opset() >= 6) {
        reader.finish("tile", reader.inputs(0, 2));
        return;
    }
    const auto times = reader.constantScalar(1);
    const auto axis = reader.constantScalar(2);
    const int rank = reader.rank(0);
    if (!times || !axis || rank < 0 || *axis < 0 || *axis >= rank) {
        reader.refuse("its axis or count is computed by the network");
        return;
    }
    std::vector<int64_t> repeats(static_cast<size_t>(rank), 1);
    repeats[static_cast<size_t>(*axis)] = static_cast<int64_t>(*times);
    reader.finish("tile", reader.inputs(0, 1), {{"repeats", repeats}});
}

/// Opset 1 calls the attribute paddings, opset 2 pads; from 11 on it is an operand, from 18 on with axes.
void convertPad(NodeReader& reader)
{
    if (!reader.needs(reader.opset() < 11 ? 1 : 2))
        return;
    const std::string mode = reader.text("mode", "constant");
    const char* name = mode == "edge" ? "replicate" : mode == "wrap" ? "circular" : mode == "reflect" ? "reflect" : "constant";
    ir::Attributes attributes{{"mode", std::string(name)}};
    if (reader.opset() < 11) {
        attributes.set("padding", reader.integers(reader.opset() < 2 ? "paddings" : "pads"));
        attributes.set("value", reader.number("value", 0));
        reader.finish("pad", reader.inputs(0, 1), std::move(attributes));
        return;
    }
    const auto value = reader.constantScalar(2);
    if (reader.has(2) && !value && (!reader.constant(2) || reader.constant(2)->elementCount() != 0))
        reader.refuse("the value it pads with is computed by the network");
    attributes.set("value", value.value_or(0.0));
    const auto pads = reader.constantInts(1);
    const auto axes = reader.has(3) ? reader.constantInts(3) : std::nullopt;
    const int rank = reader.rank(0);
    if (!reader.has(3)) {
        reader.finish("pad", reader.inputs(0, 2), std::move(attributes));
        return;
    }
    if (!pads || !axes || rank < 0 || pads->size() != 2 * axes->size()) {
        reader.refuse("its axes or amounts are computed by the network");
        return;
    }
    std::vector<int64_t> all(static_cast<size_t>(2 * rank));
    for (size_t i = 0; i < axes->size(); ++i) {
        const int64_t axis = reader.axis((*axes)[i], rank);
        if (reader.refused())
            return;
        all[static_cast<size_t>(axis)] = (*pads)[i];
        all[static_cast<size_t>(axis + rank)] = (*pads)[i + axes->size()];
    }
    attributes.set("padding", all);
    reader.finish("pad", reader.inputs(0, 1), std::move(attributes));
}

/// Everything is an attribute up to opset 9, an operand from 10 on.
void convertSlice(NodeReader& reader)
{
    std::vector<ValueId> inputs = reader.inputs(0, 5);
    ir::Attributes attributes;
    const int rank = reader.rank(0);
    if (reader.opset() < 10) {
        if (!reader.needs(1))
            return;
        inputs.resize(1);
        const auto starts = reader.integers("starts");
        auto dims = reader.integers("axes");
        if (dims.empty()) {
            dims.resize(starts.size());
            std::iota(dims.begin(), dims.end(), int64_t{0});
        }
        attributes = {{"starts", starts}, {"ends", reader.integers("ends")}, {"dims", reader.axes(dims, rank)},
                      {"steps", std::vector<int64_t>(starts.size(), 1)}};
        reader.finish("slice", std::move(inputs), std::move(attributes));
        return;
    }
    if (!reader.needs(3))
        return;
    inputs.resize(5);
    const int64_t count = reader.type(1).dim(0);
    if (reader.has(3) && reader.constantInts(3)) {
        attributes.set("dims", reader.axes(*reader.constantInts(3), rank));
        inputs[3] = {};
    } else if (!reader.has(3) && count >= 0 && count <= 64) {
        std::vector<int64_t> dims(static_cast<size_t>(count));
        std::iota(dims.begin(), dims.end(), int64_t{0});
        attributes.set("dims", dims);
    }
    if (!reader.has(4) && count >= 0 && count <= 64)
        attributes.set("steps", std::vector<int64_t>(static_cast<size_t>(count), 1));
    reader.finish("slice", std::move(inputs), std::move(attributes));
}

void convertShape(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    ir::Attributes attributes;
    for (const char* name : {"start", "end"})
        if (reader.hasAttribute(name))
            attributes.set(name, reader.integer(name, 0));
    reader.finish("shape", reader.inputs(0, 1), std::move(attributes));
}

} // namespace bpu::importer
