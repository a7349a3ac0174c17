// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// i, f, g, o = split(x W_ih' + b_ih + h W_hh' + b_hh); c' = sigmoid(f) c + sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c').
// Source: torch.nn.LSTMCell. The parts are found from the end, h'.
#include "core/import/torchscript/eval/merge_cells.h"

#include <string_view>

namespace bpu::importer::torchscript {
namespace {

constexpr std::string_view kCell = "torch.nn.LSTMCell";

class CellMatch {
public:
    CellMatch(const ir::Graph& graph, const ir::Node& last) : m_graph(graph), m_last(last) {}

    bool match()
    {
        const ir::Node* output = nullptr;
        const ir::Node* tanh = nullptr;
        if (!isPart(&m_last, "mul") || !pair(m_last, "sigmoid", "tanh", output, tanh))
            return false;
        m_newState = producer(*tanh, 0);
        return isPart(m_newState, "add") && matchState() && matchGate(*output, 3) && matchSum();
    }

    const ir::Node& newState() const { return *m_newState; }
    /// Of an lstm_cell node: x, h, c, w_ih, w_hh, b_ih, b_hh.
    std::vector<ValueId> inputs() const
    {
        std::vector<ValueId> inputs{m_input->input(0), m_hidden->input(0), m_oldState, m_input->input(1), m_hidden->input(1), m_input->input(2), m_hidden->input(2)};
        while (!inputs.back().isValid())
            inputs.pop_back();
        return inputs;
    }

private:
    const ir::Node* producer(const ir::Node& node, size_t slot) const
    {
        const ir::Value* value = m_graph.inputOf(node, slot);
        return value ? m_graph.producerOf(*value) : nullptr;
    }

    /// A step of the same call of a cell.
    bool isPart(const ir::Node* node, std::string_view op) const
    {
        return node && node->op == op && node->scope == m_last.scope && !node->origins.empty() && node->origins.front().what == kCell;
    }

    /// The two operands, in either order.
    bool pair(const ir::Node& node, std::string_view first, std::string_view second, const ir::Node*& a, const ir::Node*& b) const
    {
        for (const size_t slot : {size_t{0}, size_t{1}}) {
            a = producer(node, slot);
            b = producer(node, 1 - slot);
            if (isPart(a, first) && isPart(b, second))
                return true;
        }
        return false;
    }

    /// sigmoid or tanh of the result `place` of the one split.
    bool matchGate(const ir::Node& activation, size_t place)
    {
        const ir::Node* split = producer(activation, 0);
        if (!isPart(split, "split") || (m_split && split != m_split) || split->outputs.size() != 4 || activation.input(0) != split->outputs[place])
            return false;
        m_split = split;
        return true;
    }

    bool matchState()
    {
        const ir::Node* added = nullptr;
        const ir::Node* kept = nullptr;
        for (const size_t slot : {size_t{0}, size_t{1}}) {
            kept = producer(*m_newState, slot);
            added = producer(*m_newState, 1 - slot);
            const ir::Node* in = nullptr;
            const ir::Node* candidate = nullptr;
            if (isPart(kept, "mul") && isPart(added, "mul") && pair(*added, "sigmoid", "tanh", in, candidate))
                return matchGate(*in, 0) && matchGate(*candidate, 2) && matchKept(*kept);
        }
        return false;
    }

    /// sigmoid(f) * c
    bool matchKept(const ir::Node& kept)
    {
        for (const size_t slot : {size_t{0}, size_t{1}})
            if (const ir::Node* forget = producer(kept, slot); isPart(forget, "sigmoid") && matchGate(*forget, 1)) {
                m_oldState = kept.input(1 - slot);
                return true;
            }
        return false;
    }

    bool matchSum()
    {
        const ir::Node* sum = producer(*m_split, 0);
        if (!isPart(sum, "add") || !pair(*sum, "linear", "linear", m_input, m_hidden))
            return false;
        if (!isWeight(*m_input, "weight_ih"))
            std::swap(m_input, m_hidden);
        return isWeight(*m_input, "weight_ih") && isWeight(*m_hidden, "weight_hh");
    }

    bool isWeight(const ir::Node& linear, std::string_view name) const
    {
        const ir::Value* weight = m_graph.inputOf(linear, 1);
        return weight && std::string_view(weight->name).ends_with(name);
    }

    const ir::Graph& m_graph;
    const ir::Node& m_last;
    const ir::Node* m_newState = nullptr;
    const ir::Node* m_split = nullptr;
    const ir::Node* m_input = nullptr;
    const ir::Node* m_hidden = nullptr;
    ValueId m_oldState;
};

} // namespace

void mergeLstmCells(ir::GraphEditor& editor)
{
    const std::vector<NodeId> order = editor.graph().order();
    std::vector<std::pair<NodeId, std::string>> made;
    for (const NodeId id : order) {
        const ir::Node& last = editor.graph().node(id);
        CellMatch match(editor.graph(), last);
        if (!match.match())
            continue;
        const ValueId hidden = last.output();
        const ValueId state = match.newState().output();
        const ir::TensorType type = editor.graph().value(hidden).type;
        ir::NodeSpec spec{.op = "lstm_cell", .name = last.origins.front().name, .inputs = match.inputs(), .scope = last.scope, .origins = last.origins};
        // Before the first reader of its results: both of them are made by then.
        const NodeId cell = editor.addNodeBefore(match.newState().id, std::move(spec), {type, type});
        const std::vector<ValueId> results = editor.graph().node(cell).outputs;
        editor.replaceUses(hidden, results[0]);
        editor.replaceUses(state, results[1]);
        made.emplace_back(cell, editor.graph().node(cell).origins.front().name);
    }
    if (made.empty())
        return;
    editor.removeDead();
    for (const auto& [cell, name] : made) // the steps had taken the name
        editor.renameNode(cell, name);
}

} // namespace bpu::importer::torchscript
