// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Recurrent layers and attention. torch.lstm, gru and rnn become one node a layer in ONNX's form, as PyTorch's own
// ONNX export writes them: weights [directions, gates * hidden, k] with the gates in ONNX's order, results
// [steps, directions, batch, hidden]. Source: ONNX LSTM 14, GRU 14, RNN 14; torch.nn.LSTM (gates i f g o), GRU (r z n).
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

Result<Value> cell(OperatorCall& c, const char* op, std::vector<ValueId> states, size_t results)
{
    std::vector<ValueId> inputs{c.use("input")};
    inputs.insert(inputs.end(), states.begin(), states.end());
    for (const char* parameter : {"w_ih", "w_hh", "b_ih", "b_hh"})
        inputs.push_back(c.use(parameter));
    BPU_TRY(values, c.emitSeveral(op, std::move(inputs), {}, results));
    return results == 1 ? values.front() : Value::tuple(std::move(values));
}

Result<Value> lstmCell(OperatorCall& c)
{
    const auto states = c.useList("hx");
    return states && states->size() == 2 ? cell(c, "lstm_cell", *states, 2) : c.opaque(2);
}

Result<Value> gruCell(OperatorCall& c)
{
    return cell(c, "gru_cell", {c.use("hx"), ValueId{}}, 1);
}

/// The one cell that is no operator of the graph: tanh(w_ih x + b_ih + w_hh h + b_hh), or relu.
Result<Value> rnnCell(OperatorCall& c)
{
    BPU_TRY(fromInput, c.evaluator().emitBeside("linear", {c.use("input"), c.use("w_ih"), c.use("b_ih")}, {}));
    BPU_TRY(fromState, c.evaluator().emitBeside("linear", {c.use("hx"), c.use("w_hh"), c.use("b_hh")}, {}));
    BPU_TRY(sum, c.evaluator().emitBeside("add", {c.id(fromInput), c.id(fromState)}, {}));
    return c.emit(c.name() == "rnn_tanh_cell" ? "tanh" : "relu", {c.id(sum)});
}

/// The attention layer's fast path: one operator in PyTorch too.
Result<Value> multiHeadAttention(OperatorCall& c)
{
    BPU_TRY(result, c.emit("multihead_attention", {c.use("query"), c.use("key"), c.use("value"), c.use("qkv_weight"), c.use("qkv_bias"), c.use("proj_weight"),
                                                   c.use("proj_bias"), c.use("mask")}, {{"num_heads", c.integer("num_head")}}));
    return Value::tuple({result, Value::none()});
}

Result<Value> attention(OperatorCall& c)
{
    ir::Attributes attributes;
    if (!c.isNone("scale"))
        attributes.set("scale", c.number("scale"));
    if (c.flag("is_causal"))
        attributes.set("is_causal", true);
    return c.emit("attention", {c.use("query"), c.use("key"), c.use("value"), c.use("attn_mask")}, std::move(attributes));
}

/// gates  in ONNX's order, by their place in PyTorch's
struct Layer {
    std::string_view op;
    std::vector<size_t> gates;
};

Layer kindOf(std::string_view name)
{
    if (name == "lstm")
        return {"lstm", {0, 3, 1, 2}};
    return name == "gru" ? Layer{"gru", {1, 0, 2}} : Layer{"rnn", {0}};
}

/// The parts, each [gates * hidden, ...], with their gates in another order behind each other.
ir::Tensor gathered(const std::vector<ir::Tensor>& parts, const std::vector<size_t>& gates, ir::Shape shape)
{
    size_t size = 0;
    for (const ir::Tensor& part : parts)
        size += part.storage().size();
    Bytes bytes = Bytes::deferred(size, [parts, gates](std::span<std::byte> target) {
        for (const ir::Tensor& part : parts) {
            const auto source = part.bytes();
            const size_t gate = source.size() / gates.size();
            for (const size_t from : gates) {
                std::memcpy(target.data(), source.data() + from * gate, gate);
                target = target.subspan(gate);
            }
        }
    });
    return {ir::TensorType(parts.front().dtype(), std::move(shape)), std::move(bytes)};
}

/// The parameters of all layers, as the call lists them: input and hidden matrix, then both biases, for each direction.
class Parameters {
public:
    Parameters(OperatorCall& c, const Value& list, size_t gates) : m_biases(c.flag("has_biases")), m_directions(c.flag("bidirectional") ? 2 : 1)
    {
        if (!list.isSequence() || !list.isKnown() || c.isUndecided())
            return;
        for (const Value& item : list.items()) {
            if (!item.is(Kind::Tensor) || !item.cell().constant)
                return;
            m_names.push_back(item.cell().name);
            m_tensors.push_back(*item.cell().constant);
        }
        const int64_t layers = c.integer("num_layers");
        m_isProjected = layers > 0 && gates == 4 && m_tensors.size() == static_cast<size_t>(layers) * m_directions * (step() + 1);
        m_fits = layers > 0 && m_tensors.size() == static_cast<size_t>(layers) * m_directions * step() && fits(static_cast<int64_t>(gates));
    }

    bool fit() const { return m_fits; }
    size_t directions() const { return m_directions; }
    size_t layers() const { return m_tensors.size() / (step() * m_directions); }
    int64_t hidden() const { return m_isProjected ? m_tensors[step() - 1].shape()[1] : state(); }
    /// Numbers of h: the projection's, or hidden.
    int64_t state() const { return m_tensors[1].shape()[1]; }

    /// [directions, state, hidden]; nothing without one.
    std::optional<Value> projectionOf(size_t layer) const
    {
        if (!m_isProjected)
            return std::nullopt;
        std::vector<ir::Tensor> parts;
        for (size_t d = 0; d < m_directions; ++d)
            parts.push_back(m_tensors[index(layer, d, step() - 1)]);
        return Value::tensor(gathered(parts, {0}, {static_cast<int64_t>(m_directions), state(), hidden()}), m_names[index(layer, 0, step() - 1)]);
    }

    /// w [directions, gates * hidden, k], r, and b [directions, 2 * gates * hidden] if there are biases.
    std::vector<Value> ofLayer(size_t layer, const std::vector<size_t>& gates) const
    {
        std::vector<Value> result;
        const auto directions = static_cast<int64_t>(m_directions);
        for (size_t which = 0; which < 2; ++which) {
            std::vector<ir::Tensor> parts;
            for (size_t d = 0; d < m_directions; ++d)
                parts.push_back(m_tensors[index(layer, d, which)]);
            const ir::Shape& matrix = parts.front().shape();
            result.push_back(Value::tensor(gathered(parts, gates, {directions, matrix[0], matrix[1]}), m_names[index(layer, 0, which)]));
        }
        if (m_biases) {
            std::vector<ir::Tensor> parts;
            for (size_t d = 0; d < m_directions; ++d)
                for (const size_t which : {2, 3})
                    parts.push_back(m_tensors[index(layer, d, which)]);
            result.push_back(Value::tensor(gathered(parts, gates, {directions, 2 * parts.front().shape()[0]}), m_names[index(layer, 0, 2)]));
        }
        return result;
    }

private:
    size_t step() const { return (m_biases ? 4 : 2) + (m_isProjected ? 1 : 0); }
    size_t index(size_t layer, size_t direction, size_t which) const { return (layer * m_directions + direction) * step() + which; }

    /// Every matrix is [gates * hidden, k] of one hidden size; a projection is [state, hidden].
    bool fits(int64_t gates) const
    {
        const ir::Shape& first = m_tensors[1].shape();
        const size_t last = step() - 1;
        if (first.size() != 2 || (m_isProjected && m_tensors[last].type().rank() != 2))
            return false;
        const int64_t rows = gates * hidden();
        for (size_t i = 0; i < m_tensors.size(); ++i) {
            const ir::Tensor& tensor = m_tensors[i];
            const size_t which = i % step();
            const bool isProjection = m_isProjected && which == last;
            const bool isMatrix = which < 2 || isProjection;
            if (tensor.type().rank() != (isMatrix ? 2 : 1) || tensor.shape()[0] != (isProjection ? state() : rows) || tensor.dtype() != m_tensors[0].dtype())
                return false;
            if ((which == 1 && tensor.shape()[1] != state()) || (isProjection && tensor.shape()[1] != hidden()))
                return false;
        }
        return true;
    }

    bool m_biases;
    size_t m_directions;
    bool m_isProjected = false;
    bool m_fits = false;
    std::vector<std::string> m_names;
    std::vector<ir::Tensor> m_tensors;
};

/// Layers on top of each other. A state is [layers * directions, batch, hidden].
class RecurrentStack {
public:
    RecurrentStack(OperatorCall& c, const Layer& kind, const Parameters& parameters) : m_call(c), m_kind(kind), m_parameters(parameters) {}

    Result<Value> run(const std::vector<ValueId>& states)
    {
        const bool batchFirst = m_call.flag("batch_first");
        BPU_TRY(first, batchFirst ? swapped(m_call.use("input")) : Result<ValueId>(m_call.use("input")));
        ValueId x = first;
        std::vector<std::vector<ValueId>> last(states.size());
        for (size_t layer = 0; layer < m_parameters.layers(); ++layer) {
            BPU_TRY(results, layerOf(layer, x, states));
            BPU_TRY(y, joined(m_call.id(results[0])));
            x = y;
            for (size_t s = 0; s < states.size(); ++s)
                last[s].push_back(m_call.id(results[s + 1]));
        }
        BPU_TRY(output, batchFirst ? swapped(x) : Result<ValueId>(x));
        std::vector<Value> tuple{asValue(output)};
        for (const std::vector<ValueId>& parts : last) {
            if (parts.size() == 1) {
                tuple.push_back(asValue(parts.front()));
                continue;
            }
            BPU_TRY(whole, m_call.evaluator().emitBeside("cat", std::vector<ValueId>(parts), {{"dim", int64_t{0}}}));
            tuple.push_back(whole);
        }
        return Value::tuple(std::move(tuple));
    }

private:
    Result<std::vector<Value>> layerOf(size_t layer, ValueId x, const std::vector<ValueId>& states)
    {
        std::vector<Value> parameters = m_parameters.ofLayer(layer, m_kind.gates);
        std::vector<ValueId> inputs{x};
        for (const Value& parameter : parameters)
            inputs.push_back(m_call.id(parameter));
        inputs.resize(5); // no bias, no sequence lengths
        for (const ValueId state : states) {
            BPU_TRY(own, ofLayer(state, layer));
            inputs.push_back(own);
        }
        if (const auto projection = m_parameters.projectionOf(layer)) {
            inputs.resize(8); // no peepholes
            inputs.push_back(m_call.id(*projection));
        }
        ir::Attributes attributes{{"hidden_size", m_parameters.hidden()},
                                  {"direction", std::string(m_parameters.directions() == 2 ? "bidirectional" : "forward")},
                                  {"layout", int64_t{0}}};
        if (m_kind.op == "gru")
            attributes.set("linear_before_reset", int64_t{1});
        if (m_call.name() == "rnn_relu")
            attributes.set("activations", std::vector<std::string>(m_parameters.directions(), "Relu"));
        return m_call.emitSeveral(std::string(m_kind.op), std::move(inputs), std::move(attributes), states.size() + 1);
    }

    Result<ValueId> ofLayer(ValueId state, size_t layer)
    {
        if (m_parameters.layers() == 1)
            return state;
        using List = std::vector<int64_t>;
        const auto directions = static_cast<int64_t>(m_parameters.directions());
        const auto start = static_cast<int64_t>(layer) * directions;
        BPU_TRY(part, m_call.evaluator().emitBeside("slice", {state}, {{"starts", List{start}}, {"ends", List{start + directions}}, {"dims", List{0}}, {"steps", List{1}}}));
        return m_call.id(part);
    }

    /// [steps, directions, batch, hidden] -> [steps, batch, directions * hidden]
    Result<ValueId> joined(ValueId y)
    {
        using List = std::vector<int64_t>;
        if (m_parameters.directions() == 1) {
            BPU_TRY(squeezed, m_call.evaluator().emitBeside("squeeze", {y}, {{"dims", List{1}}}));
            return m_call.id(squeezed);
        }
        BPU_TRY(moved, m_call.evaluator().emitBeside("permute", {y}, {{"dims", List{0, 2, 1, 3}}}));
        BPU_TRY(flat, m_call.evaluator().emitBeside("reshape", {m_call.id(moved)}, {{"shape", List{0, 0, 2 * m_parameters.state()}}}));
        return m_call.id(flat);
    }

    Result<ValueId> swapped(ValueId x)
    {
        BPU_TRY(result, m_call.evaluator().emitBeside("permute", {x}, {{"dims", std::vector<int64_t>{1, 0, 2}}}));
        return m_call.id(result);
    }

    Value asValue(ValueId id) const { return m_call.evaluator().builder().valueOf(id); }

    OperatorCall& m_call;
    const Layer& m_kind;
    const Parameters& m_parameters;
};

Result<Value> recurrent(OperatorCall& c)
{
    const Layer kind = kindOf(c.name());
    const size_t results = kind.op == "lstm" ? 3 : 2;
    const Parameters parameters(c, c["params"], kind.gates.size());
    std::optional<std::vector<ValueId>> states;
    if (kind.op == "lstm")
        states = c.useList("hx");
    else if (const ValueId state = c.use("hx"); state.isValid())
        states = std::vector{state};
    if (!parameters.fit() || !states || states->size() + 1 != results || c.isUndecided() || (c.type("input").hasRank() && c.rank("input") != 3))
        return c.opaque(results);
    return RecurrentStack(c, kind, parameters).run(*states);
}

constexpr char kCell[] = "Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None";
constexpr char kStack[] = "Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first";

} // namespace

std::span<const OperatorEntry> recurrentOperators()
{
    static constexpr OperatorEntry kRows[] = {
        {"lstm", "Tensor input, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first", recurrent},
        {"gru", kStack, recurrent}, {"rnn_tanh", kStack, recurrent}, {"rnn_relu", kStack, recurrent},
        {"lstm_cell", "Tensor input, Tensor[] hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None", lstmCell},
        {"gru_cell", kCell, gruCell}, {"rnn_tanh_cell", kCell, rnnCell}, {"rnn_relu_cell", kCell, rnnCell},
        {"_native_multi_head_attention",
         "Tensor query, Tensor key, Tensor value, int embed_dim, int num_head, Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, "
         "Tensor? mask=None, bool need_weights=True, bool average_attn_weights=True, int? mask_type=None", multiHeadAttention},
        {"scaled_dot_product_attention",
         "Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False", attention},
    };
    return kRows;
}

} // namespace bpu::importer::torchscript
