// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What is known about the unknown dimensions of a graph: which are the same size, and what the integers are
// that a model computes from them (Shape, Gather, Concat, ... before a Reshape).
#pragma once

#include "core/import/onnx/sizes/size_algebra.h"
#include "core/ir/graph.h"

#include <optional>
#include <unordered_map>
#include <vector>

namespace bpu::importer {

class Sizes {
public:
    /// `graph` may grow afterwards and must outlive this.
    explicit Sizes(const ir::Graph& graph) : m_graph(graph) {}
    Sizes(const Sizes&) = delete;

    /// For every node in execution order, once its types are inferred; again when they became better.
    void visit(const ir::Node& node);

    SizeAlgebra& algebra() { return m_algebra; }
    /// Dimension `dim` counted from the front; the rank must be known and larger.
    Size of(ValueId value, size_t dim);
    /// All dimensions; the rank must be known.
    std::vector<Size> of(ValueId value);
    /// The elements of a vector or single number; nothing when they are not followed.
    std::optional<std::vector<Size>> contents(ValueId value);

private:
    using List = std::vector<Size>;

    /// Stands in a rule's answer for a size that is the result's own.
    static constexpr Size kOwn = 0xffffffffU;

    void visitDims(const ir::Node& node);
    void visitContents(const ir::Node& node);
    Size plus(Size size, int64_t number) { return m_algebra.sum(size, m_algebra.number(number)); }
    Size times(Size size, int64_t number) { return m_algebra.product(size, m_algebra.number(number)); }
    Size broadcast(Size a, Size b);
    /// Dimensions of the results, which have this rank; nothing for an operator without a rule.
    std::optional<List> dimsOf(const ir::Node& node, size_t rank);
    List broadcastDims(const ir::Node& node, size_t rank);
    std::optional<List> windowDims(const ir::Node& node, List dims);
    std::optional<List> reshapeDims(const ir::Node& node, size_t rank);
    std::optional<List> movedDims(const ir::Node& node, const List& before);
    std::optional<List> joinedDims(const ir::Node& node, List dims);
    std::optional<List> dimsOfTwo(const ir::Node& node, List dims, size_t rank);
    std::optional<List> contentsOf(const ir::Node& node);
    std::optional<List> elementwise(const ir::Node& node);
    List unknownContents(ValueId value, int64_t count);
    const ir::TensorType& type(ValueId value) const;

    const ir::Graph& m_graph;
    SizeAlgebra m_algebra;
    std::unordered_map<uint32_t, List> m_dims;     ///< by value; only where a dimension is unknown
    std::unordered_map<uint32_t, List> m_contents; ///< by value
};

} // namespace bpu::importer
