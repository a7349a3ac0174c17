// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/march_edits.h"

#include <algorithm>
#include <charconv>

namespace bpu::test {
namespace {

using Ints = std::vector<int64_t>;
using Models = std::vector<RowModel>;

constexpr std::string_view kLetters[] = {"", "N", "NC", "NCW", "NCHW", "NCDHW"};

template <typename F>
RowModel changed(RowModel model, F change)
{
    change(model);
    return model;
}

std::optional<size_t> axisOf(const RowModel& m, char letter)
{
    const size_t rank = m.shape().size();
    const size_t at = rank < std::size(kLetters) ? kLetters[rank].find(letter) : std::string_view::npos;
    return at == std::string_view::npos ? std::nullopt : std::optional(at);
}

bool changesWindow(std::string_view attribute)
{
    return attribute == "kernel_size" || attribute == "dilation";
}

/// An input that is large enough for the window, so that the model could run.
void makeRoom(RowModel& m)
{
    const Ints kernel = m.attributes.integers("kernel_size");
    const Ints dilation = m.attributes.integers("dilation");
    for (size_t i = 0; i < kernel.size() && i + 2 < m.shape().size(); ++i)
        m.shape()[i + 2] = std::max(m.shape()[i + 2], kernel[i] * (i < dilation.size() ? std::max<int64_t>(1, dilation[i]) : 1) + 1);
}

/// A window of one element, which fits into every input.
void shrinkWindow(RowModel& m)
{
    const Ints kernel = m.attributes.integers("kernel_size");
    if (kernel.empty() || m.isConv())
        return;
    m.attributes.set("kernel_size", Ints(kernel.size(), 1));
    m.attributes.set("stride", Ints(kernel.size(), 1));
}

RowModel withList(RowModel m, std::string_view attribute, Ints list)
{
    if (attribute == "kernel_size" && m.isConv()) {
        for (size_t i = 0; i < list.size(); ++i)
            m.shape(1)[i + 2] = list[i];
    }
    m.attributes.set(attribute, std::move(list));
    if (changesWindow(attribute))
        makeRoom(m);
    return m;
}

/// All components, then each one alone.
Models components(const RowModel& m, std::string_view attribute, int64_t number)
{
    const Ints before = m.attributes.integers(attribute);
    if (before.empty())
        return {};
    Models result = {withList(m, attribute, Ints(before.size(), number))};
    for (size_t i = 0; i < before.size(); ++i) {
        Ints one = before;
        one[i] = number;
        result.push_back(withList(m, attribute, one));
    }
    return result;
}

/// Component `fromEnd` (1 = W, 2 = H, 3 = D), at the beginning, at the end and at both.
Models paddingAxis(const RowModel& m, size_t fromEnd, int64_t number)
{
    const Ints before = m.attributes.integers("padding");
    const size_t n = before.size() / 2;
    if (n < fromEnd)
        return {};
    Models result;
    for (const int sides : {3, 1, 2}) {
        Ints list = before;
        if (sides & 1)
            list[n - fromEnd] = number;
        if (sides & 2)
            list[2 * n - fromEnd] = number;
        result.push_back(withList(m, "padding", list));
    }
    return result;
}

void setChannels(RowModel& m, int64_t number)
{
    m.shape()[1] = number;
    if (m.isConv())
        m.shape(1)[m.isTransposed() ? 0 : 1] = m.isTransposed() ? number : number / std::max<int64_t>(1, m.attributes.integer("groups", 1));
    for (size_t i = 1; i < 5 && m.op.starts_with("batch_norm"); ++i)
        m.shape(i) = {number};
}

Models matmulDim(const RowModel& m, char letter, int64_t number)
{
    if (letter == 'H')
        return {changed(m, [&](RowModel& n) { n.shape()[2] = number; }), changed(m, [&](RowModel& n) { n.shape()[3] = n.shape(1)[2] = number; })};
    return {changed(m, [&](RowModel& n) { n.shape()[3] = n.shape(1)[2] = number; }), changed(m, [&](RowModel& n) { n.shape(1)[3] = number; })};
}

Models inputDim(const RowModel& m, char letter, int64_t number)
{
    const auto axis = axisOf(m, letter);
    if (!axis)
        return {};
    if (m.op == "matmul" && *axis >= 2)
        return matmulDim(m, letter, number);
    Models result;
    result.push_back(changed(m, [&](RowModel& n) {
        for (size_t i = 0; i < n.dataInputs; ++i)
            n.shape(i)[*axis] = number;
        if (letter == 'C')
            setChannels(n, number);
        else if (letter != 'N')
            shrinkWindow(n);
        if (n.op == "grid_sample" && letter == 'N')
            n.shape(1)[0] = number;
    }));
    if (m.op == "cat")
        result.push_back(changed(m, [&](RowModel& n) { n.shape(1)[*axis] = number; }));
    return result;
}

Models inputArea(const RowModel& m, int64_t number)
{
    return {changed(m, [&](RowModel& n) {
        n.shape()[2] = number;
        n.shape()[3] = 1;
        if (n.op == "layer_norm")
            n.attributes.set("normalized_shape", Ints{number, 1});
    })};
}

Models inputBytes(const RowModel& m, int64_t number)
{
    if (m.op != "matmul")
        return {};
    return {changed(m, [&](RowModel& n) { n.shape(0) = {1, 1, number, 1}, n.shape(1) = {1, 1, 1, 8}; }),
            changed(m, [&](RowModel& n) { n.shape(0) = {1, 1, 8, 1}, n.shape(1) = {1, 1, 1, number}; })};
}

Models ranks(const RowModel& m, size_t rank)
{
    if (m.shape().size() == rank)
        return {m};
    Models result = {changed(m, [&](RowModel& n) {
        const size_t own = n.shape().size();
        for (size_t i = 0; i < n.inputs.size(); ++i) {
            if (i == 0 || n.shape(i).size() == own)
                n.shape(i).resize(rank, 2);
        }
    })};
    if (m.attributes.flag("keepdim") && rank + 1 == m.shape().size())
        result.push_back(changed(m, [](RowModel& n) { n.attributes.set("keepdim", false); }));
    return result;
}

Models weightDim(const RowModel& m, size_t axis, int64_t number)
{
    if (m.op.starts_with("batch_norm") && axis == 0)
        return {changed(m, [&](RowModel& n) { setChannels(n, number); })};
    if (!m.isConv() || axis >= m.shape(1).size())
        return {};
    return {changed(m, [&](RowModel& n) {
        n.shape(1)[axis] = number;
        if (axis == (n.isTransposed() ? 0 : 1))
            n.shape()[1] = number * (n.isTransposed() ? 1 : n.attributes.integer("groups", 1));
        else if (axis < 2)
            n.shape(2) = {number};
        Ints kernel = n.attributes.integers("kernel_size");
        if (axis >= 2)
            kernel[axis - 2] = number;
        n.attributes.set("kernel_size", kernel);
        makeRoom(n);
    })};
}

/// A weight whose filter holds `number` values: 1x1 with as many input channels.
Models weightSize(const RowModel& m, int64_t number)
{
    return {changed(withList(m, "kernel_size", {1, 1}), [&](RowModel& n) {
        n.attributes.set("padding", Ints{0, 0, 0, 0});
        n.attributes.set("stride", Ints{1, 1});
        setChannels(n, number);
    })};
}

Models inChannels(const RowModel& m, int64_t number)
{
    return m.isConv() ? weightDim(m, m.isTransposed() ? 0 : 1, number) : inputDim(m, 'C', number);
}

Models outChannels(const RowModel& m, int64_t number)
{
    return m.isConv() ? weightDim(m, m.isTransposed() ? 1 : 0, number) : inputDim(m, 'C', number);
}

Models linearFeatures(const RowModel& m, bool in, int64_t number)
{
    if (m.op != "linear")
        return {};
    return {changed(m, [&](RowModel& n) {
        n.shape(1)[in ? 1 : 0] = number;
        if (in)
            n.shape().back() = number;
        else
            n.shape(2) = {number};
    })};
}

Models eachDim(const RowModel& m, int64_t number)
{
    Models result;
    for (size_t axis = 0; axis < m.shape().size(); ++axis)
        result.push_back(changed(m, [&](RowModel& n) { n.shape()[axis] = number; }));
    return result;
}

Models inputCount(const RowModel& m, size_t number)
{
    return {changed(m, [&](RowModel& n) { n.inputs.resize(number, n.inputs.front()); })};
}

/// The last input of a region operator are the boxes, the others feature maps.
Models featureCount(const RowModel& m, size_t number)
{
    if (m.op != "multi_scale_roi_align")
        return {};
    return {changed(m, [&](RowModel& n) { n.inputs.insert(n.inputs.begin(), number - 1, n.inputs.front()); })};
}

Models featureCountOrNone(const RowModel& m, int64_t number)
{
    return number > 0 ? featureCount(m, static_cast<size_t>(number))
           : m.op == "multi_scale_roi_align" ? Models{changed(m, [](RowModel& n) { n.inputs.erase(n.inputs.begin()); })} : Models();
}

Models scaleFactor(const RowModel& m, double number)
{
    Models result;
    for (const std::vector<double>& scales : {std::vector{number, number}, std::vector{number, 1.0}, std::vector{1.0, number}}) {
        result.push_back(changed(m, [&](RowModel& n) {
            n.attributes.remove("size");
            n.attributes.set("scale_factor", scales);
            n.shape() = {1, 4, 512, 512};
        }));
    }
    return result;
}

/// Operands of which `number` are repeated.
Models broadcastInputs(const RowModel& m, int64_t number)
{
    if (number == 0)
        return {m};
    return {changed(m, [&](RowModel& n) {
        n.shape(1) = {2, 1, 8, 8};
        n.shape(0) = {2, 4, number > 1 ? 1 : 8, 8};
    })};
}

struct NumberEdit {
    std::string_view subject;
    Models (*edit)(const RowModel&, double);
};

int64_t whole(double number)
{
    return static_cast<int64_t>(number);
}

constexpr NumberEdit kNumbers[] = {
    {"kernel", [](const RowModel& m, double v) { return components(m, "kernel_size", whole(v)); }},
    {"stride", [](const RowModel& m, double v) { return components(m, "stride", whole(v)); }},
    {"padding", [](const RowModel& m, double v) { return components(m, "padding", whole(v)); }},
    {"padding_d", [](const RowModel& m, double v) { return paddingAxis(m, 3, whole(v)); }},
    {"padding_h", [](const RowModel& m, double v) { return paddingAxis(m, 2, whole(v)); }},
    {"padding_w", [](const RowModel& m, double v) { return paddingAxis(m, 1, whole(v)); }},
    {"dilation", [](const RowModel& m, double v) { return components(m, "dilation", whole(v)); }},
    {"output_padding", [](const RowModel& m, double v) { return components(m, "output_padding", whole(v)); }},
    {"groups", [](const RowModel& m, double v) { return Models{changed(m, [&](RowModel& n) { n.attributes.set("groups", whole(v)); })}; }},
    {"input.N", [](const RowModel& m, double v) { return inputDim(m, 'N', whole(v)); }},
    {"input.C", [](const RowModel& m, double v) { return inputDim(m, 'C', whole(v)); }},
    {"input.D", [](const RowModel& m, double v) { return inputDim(m, 'D', whole(v)); }},
    {"input.H", [](const RowModel& m, double v) { return inputDim(m, 'H', whole(v)); }},
    {"input.W", [](const RowModel& m, double v) { return inputDim(m, 'W', whole(v)); }},
    {"input.H*W", [](const RowModel& m, double v) { return inputArea(m, whole(v)); }},
    {"normalized_shape.H*W", [](const RowModel& m, double v) { return inputArea(m, whole(v)); }},
    {"input.bytes", [](const RowModel& m, double v) { return inputBytes(m, whole(v)); }},
    {"each_dim", [](const RowModel& m, double v) { return eachDim(m, whole(v)); }},
    {"rank", [](const RowModel& m, double v) { return ranks(m, static_cast<size_t>(v)); }},
    {"weight.N", [](const RowModel& m, double v) { return weightDim(m, 0, whole(v)); }},
    {"weight.C", [](const RowModel& m, double v) { return weightDim(m, 1, whole(v)); }},
    {"weight.D", [](const RowModel& m, double v) { return m.inputs.size() > 1 && m.shape(1).size() == 5 ? weightDim(m, 2, whole(v)) : Models(); }},
    {"weight.H", [](const RowModel& m, double v) { return m.isConv() ? weightDim(m, m.shape(1).size() - 2, whole(v)) : Models(); }},
    {"weight.W", [](const RowModel& m, double v) { return m.isConv() ? weightDim(m, m.shape(1).size() - 1, whole(v)) : Models(); }},
    {"weight.size", [](const RowModel& m, double v) { return m.isConv() ? weightSize(m, whole(v)) : Models(); }},
    {"in_channels", [](const RowModel& m, double v) { return inChannels(m, whole(v)); }},
    {"out_channels", [](const RowModel& m, double v) { return outChannels(m, whole(v)); }},
    {"channels", [](const RowModel& m, double v) {
         Models both = inChannels(m, whole(v));
         std::ranges::move(outChannels(m, whole(v)), std::back_inserter(both));
         return both;
     }},
    {"in_features", [](const RowModel& m, double v) { return linearFeatures(m, true, whole(v)); }},
    {"out_features", [](const RowModel& m, double v) { return linearFeatures(m, false, whole(v)); }},
    {"input_count", [](const RowModel& m, double v) { return inputCount(m, static_cast<size_t>(v)); }},
    {"feature_count", [](const RowModel& m, double v) { return featureCountOrNone(m, whole(v)); }},
    {"scale_factor", scaleFactor},
    {"broadcast_input_count", [](const RowModel& m, double v) { return broadcastInputs(m, whole(v)); }},
};

} // namespace

std::vector<RowModel> withNumber(const RowModel& model, std::string_view subject, double number)
{
    const auto* it = std::ranges::find(kNumbers, subject, &NumberEdit::subject);
    return it == std::end(kNumbers) ? Models() : it->edit(model, number);
}

std::optional<double> boundByHand(RowModel& model, std::string_view expression)
{
    const auto windows = [&](int64_t kernel, int64_t stride) {
        model = components(components(model, "kernel_size", kernel).front(), "stride", stride).front();
    };
    if (expression == "stride")
        return windows(5, 3), 3.0;
    if (expression == "kernel / stride")
        return windows(5, 2), 2.5;
    if (expression == "(kernel_h - 1) / 2" || expression == "(kernel_w - 1) / 2")
        return windows(5, 2), 2.0;
    if (expression == "kernel_d / 2" || expression == "kernel_h / 2" || expression == "kernel_w / 2")
        return windows(3, 1), 1.5;
    return std::nullopt;
}

} // namespace bpu::test
