// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A trace writes the cells of recurrent networks as their steps. The class tells where the steps come from, so they are
// put together again, with known shapes or without: a cell's input and states have two dimensions always.
//
//     LSTM  i, f, g, o = split(x W_ih' + b_ih + h W_hh' + b_hh); c' = sigmoid(f) c + sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c')
//     GRU   ir, iz, in = split(x W_ih' + b_ih); hr, hz, hn = split(h W_hh' + b_hh); r = sigmoid(hr + ir); z = sigmoid(hz + iz)
//           n = tanh(in + r hn); h' = (h - n) z + n
//
// Source: torch.nn.LSTMCell, torch.nn.GRUCell; ATen/native/RNN.cpp of PyTorch 1.13. The steps are found from the end, h'.
#include "core/import/torchscript/eval/merge_cells.h"

#include "core/import/onnx/emitter.h"
#include "core/ops/infer_types.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace bpu::importer::torchscript {
namespace {

/// input, hidden       the two linear steps
/// oldState, newState  of an LSTM
struct CellParts {
    std::string_view op;
    const ir::Node* input = nullptr;
    const ir::Node* hidden = nullptr;
    ValueId oldState;
    const ir::Node* newState = nullptr;
    const ir::Node* last = nullptr;
};

/// The steps of one call of a cell of that class.
class Steps {
public:
    Steps(const ir::Graph& graph, const ir::Node& last, std::string_view className) : m_graph(graph), m_last(last), m_class(className) {}

    const ir::Node* producer(const ir::Node& node, size_t slot) const
    {
        const ir::Value* value = m_graph.inputOf(node, slot);
        return value ? m_graph.producerOf(*value) : nullptr;
    }

    bool is(const ir::Node* node, std::string_view op) const
    {
        return node && node->op == op && node->scope == m_last.scope && !node->origins.empty() && node->origins.front().what == m_class;
    }

    /// The producers of both operands, in either order.
    bool pair(const ir::Node& node, std::string_view first, std::string_view second, const ir::Node*& a, const ir::Node*& b) const
    {
        for (const size_t slot : {size_t{0}, size_t{1}}) {
            a = producer(node, slot);
            b = producer(node, 1 - slot);
            if (is(a, first) && is(b, second))
                return true;
        }
        return false;
    }

    /// What is cut into `count` equal parts along the features, of which `value` is the part `place`. Equal without
    /// known sizes: the weight has `count` times the hidden size.
    const ir::Node* partOf(ValueId value, size_t count, size_t place) const
    {
        const ir::Node* cut = value.isValid() ? m_graph.producerOf(m_graph.value(value)) : nullptr;
        const bool fits = (is(cut, "split") || is(cut, "chunk")) && cut->attributes.integer("dim", 0) == 1 && cut->outputs.size() == count && cut->outputs[place] == value;
        return fits ? cut : nullptr;
    }

    bool isWeight(const ir::Node* linear, std::string_view name) const
    {
        const ir::Value* weight = is(linear, "linear") ? m_graph.inputOf(*linear, 1) : nullptr;
        return weight && std::string_view(weight->name).ends_with(name);
    }

private:
    const ir::Graph& m_graph;
    const ir::Node& m_last;
    std::string_view m_class;
};

class LstmMatch {
public:
    LstmMatch(const ir::Graph& graph, const ir::Node& last) : m_steps(graph, last, "torch.nn.LSTMCell"), m_last(last) {}

    std::optional<CellParts> match()
    {
        const ir::Node* output = nullptr;
        const ir::Node* tanh = nullptr;
        if (!m_steps.is(&m_last, "mul") || !m_steps.pair(m_last, "sigmoid", "tanh", output, tanh))
            return std::nullopt;
        m_cell.newState = m_steps.producer(*tanh, 0);
        if (!m_steps.is(m_cell.newState, "add") || !matchState() || !isGate(*output, 3) || !matchSum())
            return std::nullopt;
        m_cell.op = "lstm_cell";
        m_cell.last = &m_last;
        return m_cell;
    }

private:
    /// sigmoid or tanh of the result `place` of the one split.
    bool isGate(const ir::Node& activation, size_t place)
    {
        const ir::Node* split = m_steps.partOf(activation.input(0), 4, place);
        if (!split || (m_split && split != m_split))
            return false;
        m_split = split;
        return true;
    }

    bool matchState()
    {
        for (const size_t slot : {size_t{0}, size_t{1}}) {
            const ir::Node* kept = m_steps.producer(*m_cell.newState, slot);
            const ir::Node* added = m_steps.producer(*m_cell.newState, 1 - slot);
            const ir::Node* in = nullptr;
            const ir::Node* candidate = nullptr;
            if (m_steps.is(kept, "mul") && m_steps.is(added, "mul") && m_steps.pair(*added, "sigmoid", "tanh", in, candidate))
                return isGate(*in, 0) && isGate(*candidate, 2) && matchKept(*kept);
        }
        return false;
    }

    /// sigmoid(f) * c
    bool matchKept(const ir::Node& kept)
    {
        for (const size_t slot : {size_t{0}, size_t{1}})
            if (const ir::Node* forget = m_steps.producer(kept, slot); m_steps.is(forget, "sigmoid") && isGate(*forget, 1)) {
                m_cell.oldState = kept.input(1 - slot);
                return true;
            }
        return false;
    }

    bool matchSum()
    {
        const ir::Node* sum = m_steps.producer(*m_split, 0);
        if (!m_steps.is(sum, "add") || !m_steps.pair(*sum, "linear", "linear", m_cell.input, m_cell.hidden))
            return false;
        if (!m_steps.isWeight(m_cell.input, "weight_ih"))
            std::swap(m_cell.input, m_cell.hidden);
        return m_steps.isWeight(m_cell.input, "weight_ih") && m_steps.isWeight(m_cell.hidden, "weight_hh");
    }

    Steps m_steps;
    const ir::Node& m_last;
    CellParts m_cell;
    const ir::Node* m_split = nullptr;
};

class GruMatch {
public:
    GruMatch(const ir::Graph& graph, const ir::Node& last) : m_steps(graph, last, "torch.nn.GRUCell"), m_last(last) {}

    std::optional<CellParts> match()
    {
        const ir::Node* kept = nullptr; // (h - n) z
        const ir::Node* difference = nullptr;
        const ir::Node* update = nullptr;
        if (!m_steps.is(&m_last, "add") || !m_steps.pair(m_last, "mul", "tanh", kept, m_candidate) || !m_steps.pair(*kept, "sub", "sigmoid", difference, update))
            return std::nullopt;
        if (m_steps.producer(*difference, 1) != m_candidate || !matchCandidate() || !isGate(*update, 1))
            return std::nullopt;
        if (!m_steps.isWeight(m_cell.input, "weight_ih") || !m_steps.isWeight(m_cell.hidden, "weight_hh") || m_cell.hidden->input(0) != difference->input(0))
            return std::nullopt;
        m_cell.op = "gru_cell";
        m_cell.last = &m_last;
        return m_cell;
    }

private:
    /// One part of x's share and one of h's, in either order.
    bool areParts(ValueId ofInput, ValueId ofHidden, size_t place)
    {
        const ir::Node* input = m_steps.partOf(ofInput, 3, place);
        const ir::Node* hidden = m_steps.partOf(ofHidden, 3, place);
        if (!input || !hidden || !m_steps.isWeight(m_steps.producer(*input, 0), "weight_ih") || (m_input && (m_input != input || m_hidden != hidden)))
            return false;
        m_input = input;
        m_hidden = hidden;
        m_cell.input = m_steps.producer(*input, 0);
        m_cell.hidden = m_steps.producer(*hidden, 0);
        return true;
    }

    /// sigmoid of the sum of both shares.
    bool isGate(const ir::Node& activation, size_t place)
    {
        const ir::Node* sum = m_steps.producer(activation, 0);
        return m_steps.is(sum, "add") && (areParts(sum->input(0), sum->input(1), place) || areParts(sum->input(1), sum->input(0), place));
    }

    /// tanh(in + r hn)
    bool matchCandidate()
    {
        const ir::Node* sum = m_steps.producer(*m_candidate, 0);
        for (const size_t slot : {size_t{0}, size_t{1}}) {
            const ir::Node* product = m_steps.is(sum, "add") ? m_steps.producer(*sum, 1 - slot) : nullptr;
            for (const size_t side : {size_t{0}, size_t{1}}) {
                const ir::Node* reset = m_steps.is(product, "mul") ? m_steps.producer(*product, side) : nullptr;
                if (m_steps.is(reset, "sigmoid") && areParts(sum->input(slot), product->input(1 - side), 2))
                    return isGate(*reset, 0);
            }
        }
        return false;
    }

    Steps m_steps;
    const ir::Node& m_last;
    CellParts m_cell;
    const ir::Node* m_candidate = nullptr;
    const ir::Node* m_input = nullptr;
    const ir::Node* m_hidden = nullptr;
};

/// x, h, c, w_ih, w_hh, b_ih, b_hh
std::vector<ValueId> inputsOf(const CellParts& cell)
{
    std::vector<ValueId> inputs{cell.input->input(0), cell.hidden->input(0), cell.oldState, cell.input->input(1), cell.hidden->input(1), cell.input->input(2), cell.hidden->input(2)};
    while (!inputs.back().isValid())
        inputs.pop_back();
    return inputs;
}

/// Two dimensions: the batch and the columns of `weight`.
void refine(ir::GraphEditor& editor, ValueId value, const ir::TensorType& weight, ir::Dim batch)
{
    if (value.isValid())
        editor.setType(value, mergeTypes(editor.graph().value(value).type, ir::TensorType(weight.dtype(), {batch, weight.dim(1)})));
}

NodeId replace(ir::GraphEditor& editor, const CellParts& cell)
{
    const ir::Graph& graph = editor.graph();
    const ValueId hidden = cell.last->output();
    const ir::TensorType inputWeight = graph.value(cell.input->input(1)).type;
    const ir::TensorType hiddenWeight = graph.value(cell.hidden->input(1)).type;
    const ir::Dim batch = std::max(graph.value(cell.input->input(0)).type.dim(0), graph.value(cell.hidden->input(0)).type.dim(0));
    refine(editor, cell.input->input(0), inputWeight, batch);
    refine(editor, cell.hidden->input(0), hiddenWeight, batch);
    refine(editor, cell.oldState, hiddenWeight, batch);
    const ir::TensorType type = mergeTypes(graph.value(hidden).type, ir::TensorType(hiddenWeight.dtype(), {batch, hiddenWeight.dim(1)}));
    ir::NodeSpec spec{.op = std::string(cell.op), .name = cell.last->origins.front().name, .inputs = inputsOf(cell), .scope = cell.last->scope, .origins = cell.last->origins};
    if (!cell.newState) {
        const NodeId id = editor.addNodeBefore(cell.last->id, std::move(spec), {type});
        editor.replaceUses(hidden, editor.graph().node(id).output());
        return id;
    }
    const ValueId state = cell.newState->output();
    // Before the first reader of its results: both of them are made by then.
    const NodeId id = editor.addNodeBefore(cell.newState->id, std::move(spec), {type, type});
    const std::vector<ValueId> results = editor.graph().node(id).outputs;
    editor.replaceUses(hidden, results[0]);
    editor.replaceUses(state, results[1]);
    return id;
}

} // namespace

void mergeCells(ir::GraphEditor& editor)
{
    const std::vector<NodeId> order = editor.graph().order();
    std::vector<std::pair<NodeId, std::string>> made;
    for (const NodeId id : order) {
        const ir::Node& last = editor.graph().node(id);
        std::optional<CellParts> cell = LstmMatch(editor.graph(), last).match();
        if (!cell)
            cell = GruMatch(editor.graph(), last).match();
        if (cell) {
            const std::string name = last.origins.front().name;
            made.emplace_back(replace(editor, *cell), name);
        }
    }
    if (made.empty())
        return;
    editor.removeDead();
    for (const auto& [cell, name] : made) // the steps had taken the name
        editor.renameNode(cell, name);
    for (const NodeId id : editor.graph().order())
        (void)ops::inferNode(editor, id); // what follows from the new types; a conflict was reported before
}

} // namespace bpu::importer::torchscript
