// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The graph while `forward` is evaluated. Levels: the graph itself, and on top of it the branches of conditions
// that depend on data, each a graph of its own that captures what it reads from the level below.
#pragma once

#include "core/import/onnx/emitter.h"
#include "core/import/torchscript/eval/value.h"
#include "core/ops/fold.h"

#include <unordered_map>

namespace bpu::importer::torchscript {

/// A change of a tensor object or of an attribute, so that a branch can be left as if it had not run.
struct Change {
    std::shared_ptr<Cell> cell; ///< null for an attribute
    Cell before;
    std::shared_ptr<Object> object;
    std::string attribute;
    Value oldValue;
    bool existed = true;
};

class GraphBuilder {
public:
    explicit GraphBuilder(std::string graphName);

    struct Level;

    bool isInBranch() const { return m_levels.size() > 1; }
    Emitter& emitter();
    const ir::Graph& graph() const;
    size_t nodesEmitted() const { return m_nodes; }

    ir::TensorType typeOf(const Cell& cell) const;
    /// The tensor as a value of the graph of the current level.
    ValueId use(const std::shared_ptr<Cell>& cell);
    /// A value of the graph of the current level as a tensor of the code.
    Value valueOf(ValueId id) const;
    Value addInput(std::string_view inputName, ir::TensorType type);
    /// One tensor per result.
    std::vector<Value> emit(ir::NodeSpec spec, size_t results);
    /// Fills in what the type of a graph input leaves open.
    void refine(const Cell& cell, const ir::TensorType& type);
    /// Inputs are taken for floats, as the code does not tell; one that an embedding reads has integers.
    void takeAsIndices(const Cell& cell);

    /// In-place: every variable that shares `target` sees the content of `content` from now on.
    void rebind(const std::shared_ptr<Cell>& target, const Cell& content);
    void setAttribute(const std::shared_ptr<Object>& object, const std::string& attribute, Value value);

    void openLevel(std::string graphName);
    /// Sets the top level aside, and back on top.
    std::shared_ptr<Level> takeLevel();
    void putLevel(std::shared_ptr<Level> level);
    /// Undoes the changes made since the level was opened; returns them, the first one of each place, with the values now lost.
    std::vector<std::pair<Change, Value>> undoChanges();
    struct Branch {
        std::shared_ptr<const ir::Graph> graph;
        std::vector<std::string> captured; ///< names in the level below
        std::vector<ValueId> outer;        ///< the same as values of the level below
    };
    /// Ends the level with these results.
    Result<Branch> closeLevel(const std::vector<ValueId>& results);
    ~GraphBuilder();

private:
    /// The level with that serial number; the count when it has been closed.
    size_t indexOf(int serial) const;
    ValueId constant(const std::shared_ptr<Cell>& cell);
    void note(Change change);

    ops::FoldBudget m_budget;
    std::vector<std::shared_ptr<Level>> m_levels;
    size_t m_nodes = 0;
    int m_serial = 0;
};

} // namespace bpu::importer::torchscript
