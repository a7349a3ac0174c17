// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Who runs where, and which results keep their 32 bits: decided before anything is inserted.
#pragma once

#include "passes/insert_qat/insert_qat.h"

#include <map>
#include <optional>

namespace bpu::passes {

/// Host: it computes sizes or indices, no numbers that a grid could hold.
enum class Device : uint8_t { Bpu, Cpu, Host };

class Placement {
public:
    /// Errors: "qat.unsupported", "qat.dtype", "qat.type", "qat.no-grid" (see insertQat). `findings` takes what is worth saying.
    static Result<Placement> make(const ir::Graph& graph, const march::March& march, const InsertQatOptions& options, const quant::QConfigs& qconfigs, Findings& findings);

    Device of(NodeId node) const { return m_devices[node.index]; }
    bool isOnBpu(NodeId node) const { return of(node) == Device::Bpu; }
    /// The result of a product that leaves the BPU with its 32 bits, and what moves it on.
    bool isWide(ValueId value) const { return m_wide[value.index]; }
    /// A move: its result is on the grid of its input.
    bool isMove(NodeId node) const { return m_moves[node.index]; }

private:
    explicit Placement(const ir::Graph& graph) : m_devices(graph.nodeIdBound(), Device::Host), m_moves(graph.nodeIdBound()), m_wide(graph.valueIdBound()) {}
    friend class Placer;

    std::vector<Device> m_devices;
    std::vector<bool> m_moves;
    std::vector<bool> m_wide;
};

/// Numbers that a grid can hold.
bool isNumeric(const ir::Value& value);
/// Slot `slot` of a node of the BPU takes numbers on a grid; biases and the parameters of norms stay as they are.
bool wantsGrid(const ir::Graph& graph, const ir::Node& node, size_t slot);
/// conv, linear, matmul: it sums products in 32 bits.
bool isProduct(std::string_view op);

} // namespace bpu::passes
