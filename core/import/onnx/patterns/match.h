// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a pattern reads the graph with. A pattern looks backwards from its last node, the anchor.
#pragma once

#include "core/import/onnx/sizes/sizes.h"
#include "core/ir/rewriter.h"

#include <optional>
#include <string_view>
#include <vector>

namespace bpu::importer {

/// A value written as scale * factor * factor ...; `nodes` are the multiplications inside it.
struct Product {
    double scale = 1;
    std::vector<ValueId> factors;
    std::vector<NodeId> nodes;
};

class Match {
public:
    Match(ir::Rewriter& rewriter, Sizes& sizes);

    const ir::Graph& graph() const { return m_rewriter.graph(); }
    ir::Rewriter& rewriter() { return m_rewriter; }
    Sizes& sizes() { return m_sizes; }

    /// The node that makes `value`, when it is an `op`; null otherwise.
    const ir::Node* maker(ValueId value, std::string_view op) const;
    const ir::Tensor* constant(ValueId value) const;
    /// A floating-point or integer constant whose elements are all equal; one of more than 16 elements is none.
    std::optional<double> scalar(ValueId value) const;
    bool isScalar(ValueId value, double wanted) const;
    /// For a node of two operands, one of them the scalar `wanted`: the other operand.
    ValueId besideScalar(const ir::Node& node, double wanted) const;
    const ir::TensorType& type(ValueId value) const { return graph().value(value).type; }

    /// Takes apart nested mul, div by a scalar, pow by 2 or 3 and square; goes on into values with one use only.
    Product product(const ir::Node& node) const;

    /// Puts one node in the place of `group` and `anchor`. False, and nothing done, when a value inside the
    /// group is used outside it.
    bool replace(std::vector<NodeId> group, const ir::Node& anchor, std::string op, std::vector<ValueId> inputs, ir::Attributes attributes = {});

private:
    void collect(const ir::Node& node, Product& product, int depth) const;
    void collect(ValueId value, Product& product, int depth) const;

    ir::Rewriter& m_rewriter;
    Sizes& m_sizes;
    std::vector<uint32_t> m_place; ///< execution order by node id
};

bool near(double a, double b);

/// A pattern is tried on each node whose op is `anchor`; true when it rewrote.
struct Pattern {
    std::string_view anchor;
    bool (*apply)(Match& match, const ir::Node& anchor);
};

} // namespace bpu::importer
