// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The subjects whose values are words, the conditions and the rules between values.
#include "tests/support/march_edits.h"

#include <algorithm>

namespace bpu::test {
namespace {

using Ints = std::vector<int64_t>;
using Models = std::vector<RowModel>;
using Words = std::vector<std::string>;

constexpr std::string_view kAxes = "NCHW";

template <typename F>
RowModel changed(RowModel model, F change)
{
    change(model);
    return model;
}

RowModel withText(const RowModel& m, std::string_view attribute, const std::string& value)
{
    return changed(m, [&](RowModel& n) { n.attributes.set(attribute, value); });
}

Models flag(const RowModel& m, std::string_view attribute, const std::string& value)
{
    return {changed(m, [&](RowModel& n) {
        if (value == "None")
            n.attributes.remove(attribute);
        else
            n.attributes.set(attribute, value == "True");
    })};
}

/// "3" sets every component, "(1, 2)" each its own.
Models stride(const RowModel& m, const std::string& value)
{
    const size_t axes = m.attributes.integers("stride").size();
    if (!value.starts_with('('))
        return {changed(m, [&](RowModel& n) { n.attributes.set("stride", Ints(axes, std::stoll(value))); })};
    return axes != 2 ? Models() : Models {changed(m, [&](RowModel& n) { n.attributes.set("stride", Ints{value[1] - '0', value[4] - '0'}); })};
}

Models reduceAxis(const RowModel& m, const std::string& value)
{
    const auto axis = static_cast<int64_t>(kAxes.find(value));
    return {changed(m, [&](RowModel& n) { n.attributes.set("dim", Ints{axis}); }),
            changed(m, [&](RowModel& n) { n.attributes.set("dim", Ints{axis - 4}); })};
}

/// The axis changes places with the next one.
Models movedAxis(const RowModel& m, const std::string& value)
{
    Ints dims = {0, 1, 2, 3};
    const size_t axis = std::min<size_t>(kAxes.find(value), 2);
    std::swap(dims[axis], dims[axis + 1]);
    return {changed(m, [&](RowModel& n) { n.attributes.set("dims", dims); })};
}

Models operand(const RowModel& m, const std::string& value)
{
    if (value == "tensor")
        return {m};
    return {changed(m, [](RowModel& n) { n.inputs[1].constant = true; }), changed(m, [](RowModel& n) { n.inputs[0].constant = true; })};
}

Models broadcastAxis(const RowModel& m, const std::string& value)
{
    const size_t axis = kAxes.find(value);
    return {changed(m, [&](RowModel& n) { n.shape(1)[axis] = 1; }), changed(m, [&](RowModel& n) { n.shape(0)[axis] = 1; })};
}

Models resultPlace(const RowModel& m, const std::string& value, uint32_t results)
{
    return {changed(m, [&](RowModel& n) { n.readInside = value == "model_output" ? n.readInside & ~results : n.readInside | results; })};
}

/// The index is the second result, of argmax the only one. What becomes of the values is not its rule's business.
Models indexPlace(const RowModel& m, const std::string& value)
{
    const uint32_t index = m.results == 1 ? 1 : 2;
    Models result = resultPlace(m, value, index);
    if (m.results > 1)
        result.push_back(changed(result[0], [](RowModel& n) { n.readInside |= 1; }));
    return result;
}

Models quantized(const RowModel& m, size_t input, const std::string& value)
{
    const auto type = ir::qtypeFromName(value.starts_with('q') ? value : "q" + value);
    return input < m.inputs.size() && type ? Models{changed(m, [&](RowModel& n) { n.inputs[input].quant = type; })} : Models();
}

Models resultType(const RowModel& m, const std::string& value)
{
    // A planned int8 is a float result; only what is not quantized at all has another type.
    return value == "int8" ? Models{m} : value == "f64" ? Models{changed(m, [](RowModel& n) {
        n.inputs[0].dtype = n.inputs[1].dtype = n.inputs[2].dtype = ir::DType::Float64;
    })} : Models();
}

Models boxes(const RowModel& m, const std::string& value)
{
    const auto shaped = [&](const ir::Shape& shape) { return changed(m, [&](RowModel& n) { n.inputs.back().shape = shape; }); };
    if (value.starts_with("List"))
        return {shaped({1, 10, 4}), shaped({1, 1, 4})};
    return {shaped({2, 10, 4}), shaped({1, 10, 5}), shaped({10, 5})};
}

Models clampArgument(const RowModel& m, const std::string& value)
{
    if (m.op != "clamp")
        return {};
    return {changed(m, [&](RowModel& n) {
        n.attributes.remove("min");
        if (value == "scalar")
            n.attributes.set("min", 0.5);
        else if (value != "None")
            n.inputs.push_back({{1, 4, 1, 1}, ir::DType::Float32, value == "constant Tensor"});
    })};
}

struct ValueEdit {
    std::string_view subject;
    Words values;
    Models (*edit)(const RowModel&, const std::string&);
};

const std::vector<ValueEdit>& edits()
{
    static const std::vector<ValueEdit> table = {
        {"stride", {"1", "2", "3", "(1, 1)", "(2, 2)", "(1, 2)", "(3, 3)"}, stride},
        {"mode", {"nearest", "bilinear", "bicubic", "area", "trilinear"}, [](const RowModel& m, const std::string& v) { return Models{withText(m, "mode", v)}; }},
        {"padding_mode", {"zeros", "border", "reflection"}, [](const RowModel& m, const std::string& v) { return Models{withText(m, "padding_mode", v)}; }},
        {"align_corners", {"False", "True", "None"}, [](const RowModel& m, const std::string& v) { return flag(m, "align_corners", v); }},
        {"recompute_scale_factor", {"True", "False"}, [](const RowModel& m, const std::string& v) { return flag(m, "recompute_scale_factor", v); }},
        {"add_bias_kv", {"False", "True", "None"}, [](const RowModel& m, const std::string& v) { return flag(m, "add_bias_kv", v); }},
        {"add_zero_attn", {"False", "True", "None"}, [](const RowModel& m, const std::string& v) { return flag(m, "add_zero_attn", v); }},
        {"reduce_axis", {"N", "C", "H", "W"}, reduceAxis},
        {"axis", {"N", "C", "H", "W"}, movedAxis},
        {"operand", {"tensor", "constant"}, operand},
        {"broadcast_axis", {"N", "C", "H", "W"}, broadcastAxis},
        {"min_max_argument", {"Tensor", "constant Tensor", "scalar", "None"}, clampArgument},
        {"position", {"model_output", "inside the model"}, [](const RowModel& m, const std::string& v) { return resultPlace(m, v, m.results == 1 ? 1 : 3); }},
        {"output.index", {"model_output", "inside the model"}, indexPlace},
        {"grid.dtype", {"qint8", "qint16", "qint32"}, [](const RowModel& m, const std::string& v) { return quantized(m, 1, v); }},
        {"bias.dtype", {"int8", "int16", "int32"}, [](const RowModel& m, const std::string& v) { return quantized(m, 2, v); }},
        {"output.dtype", {"int8", "int16", "int32", "f64"}, resultType},
        {"boxes", {"List[Tensor] of shape [1, box_num, 4]", "Tensor"}, boxes},
    };
    return table;
}

const ValueEdit* editOf(std::string_view subject)
{
    const auto it = std::ranges::find(edits(), subject, &ValueEdit::subject);
    return it == edits().end() ? nullptr : &*it;
}

void setQuant(RowModel& m, ir::QType type)
{
    m.inputs[0].quant = type;
}

bool setScaledSize(RowModel& m, bool holds)
{
    m.attributes.remove(holds ? "size" : "scale_factor");
    if (holds && !m.attributes.has("scale_factor"))
        m.attributes.set("scale_factor", std::vector<double>{2, 2});
    else if (!holds)
        m.attributes.set("size", Ints{16, 16});
    return m.op == "interpolate";
}

bool setAddend(RowModel& m, bool holds)
{
    m.inputs.resize(holds ? 4 : 3, {{2, 4, 16, 16}});
    return m.isConv();
}

/// The second operand as a number; without it as a tensor.
bool setScalar(RowModel& m, bool holds)
{
    m.inputs[1] = holds ? ModelInput{{}, ir::DType::Float32, true} : ModelInput{{2, 4, 8, 8}};
    return m.dataInputs == 2;
}

bool setConstantBound(RowModel& m, bool holds)
{
    m.attributes.remove("min");
    m.inputs.resize(1);
    if (holds)
        m.inputs.push_back({{1, 4, 1, 1}, ir::DType::Float32, true});
    return m.op == "clamp";
}

bool setGroups(RowModel& m, bool holds)
{
    m.attributes.set("groups", holds ? std::max<int64_t>(2, m.attributes.integer("groups", 1)) : int64_t(1));
    if (m.isConv() && !m.isTransposed())
        m.shape(1)[1] = m.shape()[1] / m.attributes.integer("groups");
    return m.isConv();
}

} // namespace

std::vector<RowModel> withValue(const RowModel& model, std::string_view subject, const std::string& value)
{
    const ValueEdit* edit = editOf(subject);
    return edit ? edit->edit(model, value) : Models();
}

std::vector<std::string> valuesOf(const RowModel& model, std::string_view subject)
{
    if (subject == "mode" && model.op == "pad")
        return {"constant", "reflect", "replicate", "circular"};
    const ValueEdit* edit = editOf(subject);
    return edit ? edit->values : Words();
}

bool setCondition(RowModel& m, std::string_view when, bool holds)
{
    if (when == "dilation != 1")
        return m = withNumber(m, "dilation", holds ? 2 : 1).front(), true;
    if (when == "groups > 1")
        return setGroups(m, holds);
    if (when == "min or max is a constant tensor")
        return setConstantBound(m, holds);
    if (when == "input dtype is qint8" || when == "input dtype is qint16")
        return setQuant(m, when.ends_with("16") == holds ? ir::QType::QInt16 : ir::QType::QInt8), true;
    if (when == "output size is given through scale")
        return setScaledSize(m, holds);
    if (when == "used without a preceding convolution to fold into")
        return m.afterConvolution = !holds, m.op.starts_with("batch_norm");
    if (when == "layer is a model output" || when == "layer is not a model output")
        return m.readInside = (when == "layer is a model output") == holds ? 0 : 1, true;
    if (when == "convolution has a fused addend (sumin)")
        return setAddend(m, holds);
    if (when == "one operand is a scalar")
        return setScalar(m, holds);
    if (when == "input source is pyramid" || when == "input source is resizer") {
        const auto source = when.ends_with("pyramid") ? passes::InputSource::Pyramid : passes::InputSource::Resizer;
        return m.source = holds ? source : passes::InputSource::Ddr, true;
    }
    return false;
}

std::optional<RelationModels> relationModels(const RowModel& model, std::string_view subject)
{
    const auto with = [&](std::string_view attribute, const Ints& list) { return changed(model, [&](RowModel& n) { n.attributes.set(attribute, list); }); };
    const auto sized = [&](size_t input, ir::Dim size) { return changed(model, [&](RowModel& n) { n.shape(input).back() = size; }); };
    const auto grouped = [&](int64_t groups, int64_t in, int64_t out) {
        return changed(model, [&](RowModel& n) {
            n.attributes.set("groups", groups);
            n.shape()[1] = n.shape(1)[0] = in;
            n.shape(1)[1] = out / groups;
            n.shape(2) = {out};
        });
    };
    if (subject == "stride")
        return RelationModels{{with("stride", {2, 2, 2}), with("stride", {1, 1, 1})}, {with("stride", {1, 1, 2}), with("stride", {2, 1, 1})}};
    if (subject == "groups")
        return RelationModels{{grouped(2, 4, 4), grouped(3, 6, 9)}, {grouped(3, 4, 6), grouped(2, 5, 4)}};
    if (subject == "embed_dim")
        return RelationModels{{model}, {sized(0, 16), sized(1, 16), sized(2, 16)}};
    if (subject == "shuffle_index")
        return RelationModels{{with("shuffle_index", {1, 0, 3, 2})}, {with("shuffle_index", {1, 1, 3, 2}), with("shuffle_index", {0, 1, 2, 0})}};
    if (subject == "shape")
        return RelationModels{{model}, {changed(model, [](RowModel& n) { n.shape()[2] = ir::kUnknownDim; })}};
    return std::nullopt;
}

} // namespace bpu::test
