// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Modules that remember: `forward` leaves a computed tensor in an attribute (the state of an LSTM, a context), and the
// next call reads it. What the first call does once (make a state of zeros because there is none) is not what the
// network does from then on, so the code is followed again as the second call would, with the states as values of
// the graph; that the first call is the same with their initial content is checked.
#pragma once

#include "core/import/torchscript/eval/graph_builder.h"

#include <utility>
#include <vector>

namespace bpu::importer::torchscript {

/// An attribute whose content outlives a call.
struct State {
    std::shared_ptr<Object> object;
    std::string attribute;
    ir::Tensor initial;
};

/// The attributes of all objects, so that another evaluation starts from the same ones.
class Snapshot {
public:
    Snapshot() = default;
    explicit Snapshot(const Value& root);
    void restore() const;

    struct Entry {
        std::shared_ptr<Object> object;
        std::string attribute;
        Value value;
        Cell content; ///< of a tensor
    };
    /// In the order of the objects' paths and the attributes' names.
    const std::vector<Entry>& entries() const { return m_entries; }

private:
    std::vector<Entry> m_entries;
};

/// What a call has left behind.
struct Aftermath {
    std::vector<State> states;                                 ///< computed tensors; `initial` has their type
    std::vector<std::pair<Snapshot::Entry, Value>> constants;  ///< attributes that have another known value now
    bool isKnown = true;                                       ///< false when a number or a size depends on data
    bool needsProof = false;                                   ///< the first call may differ from the ones behind it
};
Aftermath aftermathOf(const Snapshot& before, const GraphBuilder& builder);

/// Whether both compute the same from the same inputs, node by node.
bool computeTheSame(const ir::Graph& a, const ir::Graph& b);

} // namespace bpu::importer::torchscript
