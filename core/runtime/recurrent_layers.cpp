// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// lstm, gru, rnn and the cells, on float32.
#include "core/runtime/kernel.h"
#include "core/runtime/recurrent.h"
#include "core/runtime/widened.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::runtime {
namespace {

enum Operand : size_t { X, W, R, B, Lengths, FirstH, FirstC, Peephole, Projection };

std::span<const double> numbersOf(const ir::Node& node, std::string_view attribute)
{
    const ir::Attribute* found = node.attributes.find(attribute);
    const auto* list = found ? std::get_if<std::vector<double>>(found) : nullptr;
    return list ? std::span<const double>(*list) : std::span<const double>();
}

std::vector<std::string> functionNames(const ir::Node& node, Cell cell, int64_t directions)
{
    const ir::Attribute* found = node.attributes.find("activations");
    if (const auto* given = found ? std::get_if<std::vector<std::string>>(found) : nullptr; given && !given->empty())
        return *given;
    const std::vector<std::string> defaults = cell == Cell::Lstm ? std::vector<std::string>{"Sigmoid", "Tanh", "Tanh"}
                                              : cell == Cell::Gru ? std::vector<std::string>{"Sigmoid", "Tanh"} : std::vector<std::string>{"Tanh"};
    std::vector<std::string> names;
    for (int64_t d = 0; d < directions; ++d)
        names.insert(names.end(), defaults.begin(), defaults.end());
    return names;
}

Result<std::vector<std::vector<GateActivation>>> functionsOf(const ir::Node& node, const RecurrentForm& form)
{
    const size_t each = form.cell == Cell::Lstm ? 3 : form.cell == Cell::Gru ? 2 : 1;
    const std::vector<std::string> names = functionNames(node, form.cell, form.directions);
    if (names.size() != each * static_cast<size_t>(form.directions))
        return cannotRun(node, fmt::format("it names {} activations where {} are needed; correct the attribute", names.size(), each * static_cast<size_t>(form.directions)));
    std::span<const double> alphas = numbersOf(node, "activation_alpha");
    std::span<const double> betas = numbersOf(node, "activation_beta");
    std::vector<std::vector<GateActivation>> functions(static_cast<size_t>(form.directions));
    for (size_t i = 0; i < names.size(); ++i) {
        const auto function = GateActivation::of(names[i], alphas, betas);
        if (!function)
            return cannotRun(node, fmt::format("its activation '{}' is not known; use one that ONNX lists", names[i]));
        functions[i / each].push_back(*function);
    }
    return functions;
}

Cell cellOf(std::string_view op)
{
    return op.starts_with("lstm") ? Cell::Lstm : op.starts_with("gru") ? Cell::Gru : Cell::Rnn;
}

/// Whether an operand has the shape, or is left away.
bool hasShape(const Site& site, size_t i, const ir::Shape& shape)
{
    return !site.has(i) || site.input(i).shape() == shape;
}

Result<RecurrentForm> formOf(const Site& site)
{
    const ir::Node& node = site.node;
    RecurrentForm form{.cell = cellOf(node.op)};
    form.batchFirst = node.attributes.integer("layout", 0) == 1;
    form.directions = node.attributes.text("direction") == "bidirectional" ? 2 : 1;
    form.linearBeforeReset = node.attributes.integer("linear_before_reset", 0) != 0;
    form.couplesGates = node.attributes.integer("input_forget", 0) != 0;
    form.clip = static_cast<float>(node.attributes.number("clip", 0));
    const ir::TensorType& x = site.input(X);
    form.steps = x.dim(form.batchFirst ? 1 : 0);
    form.batch = x.dim(form.batchFirst ? 0 : 1);
    form.input = x.dim(2);
    const int64_t gates = gatesOf(form.cell);
    form.hidden = site.input(W).dim(1) / gates;
    form.state = site.has(Projection) ? site.input(Projection).dim(1) : form.hidden;
    const auto d = form.directions;
    const auto state = [&](int64_t width) { return form.batchFirst ? ir::Shape{form.batch, d, width} : ir::Shape{d, form.batch, width}; };
    const bool fits = x.rank() == 3 && site.has(W) && site.has(R) && form.hidden > 0 && form.state > 0 && hasShape(site, W, {d, gates * form.hidden, form.input}) && hasShape(site, R, {d, gates * form.hidden, form.state})
        && hasShape(site, B, {d, 2 * gates * form.hidden}) && hasShape(site, Lengths, {form.batch}) && hasShape(site, FirstH, state(form.state))
        && hasShape(site, FirstC, state(form.hidden)) && hasShape(site, Peephole, {d, 3 * form.hidden}) && hasShape(site, Projection, {d, form.state, form.hidden})
        && (!site.has(Projection) || form.cell == Cell::Lstm);
    const auto isWide = [&](size_t i, int64_t width) { return i >= node.outputs.size() || site.output(i).dim(-1) == width; };
    const bool hasLengths = !site.has(Lengths) || site.input(Lengths).dtype() == ir::DType::Int32 || site.input(Lengths).dtype() == ir::DType::Int64;
    if (!fits || !hasLengths || !isWide(0, form.state) || !isWide(1, form.state) || !isWide(2, form.hidden))
        return cannotRun(node, "its weights, states and input do not fit together; correct their shapes");
    return form;
}

const float* at(const Call& call, size_t operand, int64_t direction, int64_t size)
{
    const bool isThere = operand < call.inputs.size() && call.inputs[operand].data;
    return isThere ? call.inputs[operand].in<float>() + direction * size : nullptr;
}

/// A state of one direction [batch, width], apart or back into the whole.
class StateOfDirection {
public:
    StateOfDirection(const RecurrentForm& form, int64_t direction, int64_t width) : m_form(form), m_direction(direction), m_width(width), m_numbers(static_cast<size_t>(form.batch * width)) {}

    float* data() { return m_numbers.data(); }
    void read(const float* whole)
    {
        for (int64_t e = 0; whole && e < m_form.batch; ++e)
            std::copy_n(whole + row(e) * m_width, m_width, m_numbers.data() + e * m_width);
    }
    void write(float* whole) const
    {
        for (int64_t e = 0; whole && e < m_form.batch; ++e)
            std::copy_n(m_numbers.data() + e * m_width, m_width, whole + row(e) * m_width);
    }

private:
    int64_t row(int64_t element) const { return m_form.batchFirst ? element * m_form.directions + m_direction : m_direction * m_form.batch + element; }

    const RecurrentForm& m_form;
    int64_t m_direction;
    int64_t m_width;
    std::vector<float> m_numbers;
};

bool isFloatOnly(const Site& site)
{
    for (size_t i = 0; i < site.node.inputs.size(); ++i)
        if (i != Lengths && site.has(i) && site.input(i).dtype() != ir::DType::Float32)
            return false;
    return true;
}

/// The lengths as int32, which ONNX has; empty when there are none.
std::vector<int32_t> lengthsOf(const Call& call)
{
    if (call.inputs.size() <= Lengths || !call.inputs[Lengths].data)
        return {};
    const Buffer& given = call.inputs[Lengths];
    std::vector<int32_t> lengths(static_cast<size_t>(given.count()));
    for (size_t i = 0; i < lengths.size(); ++i)
        lengths[i] = given.type->dtype() == ir::DType::Int64 ? static_cast<int32_t>(std::clamp<int64_t>(given.in<int64_t>()[i], 0, INT32_MAX)) : given.in<int32_t>()[i];
    return lengths;
}

void runDirection(const Call& call, const RecurrentForm& form, RecurrentDirection direction, int64_t d)
{
    const int64_t rows = gatesOf(form.cell) * form.hidden;
    direction.weights = {at(call, W, d, rows * form.input), at(call, R, d, rows * form.state), at(call, B, d, 2 * rows), at(call, Peephole, d, 3 * form.hidden),
                         at(call, Projection, d, form.state * form.hidden)};
    const auto result = [&](size_t i) { return i < call.outputs.size() && call.outputs[i].data ? call.outputs[i].out<float>() : nullptr; };
    StateOfDirection h(form, d, form.state);
    StateOfDirection c(form, d, form.hidden);
    h.read(at(call, FirstH, 0, 0));
    c.read(at(call, FirstC, 0, 0));
    float* y = result(0);
    direction.run(form, call.inputs[X].in<float>(), h.data(), c.data(), y ? y + d * form.state * (form.batchFirst ? 1 : form.batch) : nullptr);
    h.write(result(1));
    c.write(result(2));
}

} // namespace

Result<Kernel> makeRecurrent(const Site& site)
{
    if (!isFloatOnly(site))
        return makeWidened(site);
    BPU_TRY(form, formOf(site));
    BPU_TRY(functions, functionsOf(site.node, form));
    const bool isReverse = site.node.attributes.text("direction") == "reverse";
    return Kernel{.run = [form, functions, isReverse](const Call& call) -> Result<void> {
        const std::vector<int32_t> lengths = lengthsOf(call);
        for (int64_t d = 0; d < form.directions; ++d)
            runDirection(call, form, {.isReverse = isReverse || d == 1, .weights = {}, .functions = functions[static_cast<size_t>(d)], .lengths = lengths.empty() ? nullptr : lengths.data()}, d);
        return {};
    }};
}

/// One step of torch's cells: input, h, c?, w_ih, w_hh, b_ih?, b_hh?; gates i f g o and r z n.
Result<Kernel> makeCell(const Site& site)
{
    RecurrentForm form{.cell = cellOf(site.node.op)};
    if (!isFloat32Only(site))
        return makeWidened(site);
    form.steps = 1;
    form.input = site.input(0).dim(-1);
    form.batch = site.input(0).elementCount() / std::max<int64_t>(form.input, 1);
    form.hidden = form.state = site.input(4).dim(1);
    form.linearBeforeReset = true;
    form.gateAt = form.cell == Cell::Lstm ? std::array<int64_t, 4>{0, 3, 1, 2} : std::array<int64_t, 4>{1, 0, 2, 3};
    const int64_t rows = gatesOf(form.cell) * form.hidden;
    if (!site.has(3) || form.hidden < 1 || !hasShape(site, 3, {rows, form.input}) || !hasShape(site, 4, {rows, form.hidden}) || !hasShape(site, 5, {rows}) || !hasShape(site, 6, {rows})
        || site.input(1).elementCount() != form.batch * form.hidden || (site.node.outputs.size() > 1 && site.output(1) != site.input(1)) || (site.has(2) && site.input(2).elementCount() != form.batch * form.hidden))
        return cannotRun(site.node, "its weights, state and input do not fit together; correct their shapes");
    BPU_TRY(functions, functionsOf(site.node, form));
    return Kernel{.run = [form, functions, rows](const Call& call) -> Result<void> {
        std::vector<float> biases(static_cast<size_t>(2 * rows));
        for (size_t i = 0; i < 2; ++i)
            if (const float* bias = at(call, 5 + i, 0, 0))
                std::copy_n(bias, rows, biases.data() + static_cast<int64_t>(i) * rows);
        std::vector<float> h(call.inputs[1].in<float>(), call.inputs[1].in<float>() + call.inputs[1].count());
        std::vector<float> c(h.size());
        if (const float* given = at(call, 2, 0, 0))
            c.assign(given, given + c.size());
        RecurrentDirection direction{.weights = {at(call, 3, 0, 0), at(call, 4, 0, 0), biases.data()}, .functions = functions[0]};
        direction.run(form, call.inputs[0].in<float>(), h.data(), c.data(), nullptr);
        std::ranges::copy(h, call.outputs[0].out<float>());
        if (call.outputs.size() > 1 && call.outputs[1].data)
            std::ranges::copy(c, call.outputs[1].out<float>());
        return {};
    }};
}

} // namespace bpu::runtime
