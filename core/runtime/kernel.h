// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What executes one node. Kernels are made when a graph is planned: shapes are known then, weights are packed then.
#pragma once

#include "core/ir/graph.h"
#include "core/base/error.h"
#include "core/runtime/isa.h"

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bpu::runtime {

/// How the elements of a value lie in memory where that is not row-major: oneDNN's business, or integers with channels last.
struct Layout;
using LayoutPtr = std::shared_ptr<const Layout>;

/// One operand of a run. `data` is null for an absent input.
struct Buffer {
    const ir::TensorType* type = nullptr;
    std::byte* data = nullptr;

    int64_t count() const { return type->elementCount(); }
    template <typename T>
    const T* in() const
    {
        return reinterpret_cast<const T*>(data);
    }
    template <typename T>
    T* out() const
    {
        return reinterpret_cast<T*>(data);
    }
};

class MemoryPool;

struct Call {
    std::span<const Buffer> inputs;
    std::span<const Buffer> outputs;
    MemoryPool& memory; ///< for what a kernel needs while it runs
};

/// Several threads may run one kernel at the same time: it keeps nothing between calls.
using Run = std::function<Result<void>(const Call&)>;

/// Operators behind a convolution or matrix product that it computes along.
struct Tail {
    const ir::Node* batchNorm = nullptr;
    const ir::Node* add = nullptr;
    ValueId addend;
    const ir::Node* activation = nullptr;
};

/// A node with all sizes known. `layouts` has one per input, null for row-major.
struct Site {
    const ir::Graph& graph;
    const ir::Node& node;
    std::vector<LayoutPtr> layouts = {};
    Tail tail = {};
    Isa isa = Isa::Plain;            ///< of integer kernels
    bool checksAccumulators = false; ///< of quantized products: a sum that leaves int32 is an error

    const ir::TensorType& input(size_t i) const;
    const ir::TensorType& output(size_t i = 0) const;
    bool has(size_t i) const { return graph.find(node.input(i)) != nullptr; }
    const ir::Tensor* constant(size_t i) const;
};

struct Kernel {
    Run run;
    std::vector<LayoutPtr> wants = {};         ///< of the inputs; those that are missing are row-major
    std::vector<LayoutPtr> gives = {};         ///< of the results; likewise
    std::vector<LayoutPtr> sourceOrders = {};  ///< how to see a row-major input of `wants`: with groups as a dimension
    std::vector<ir::Tensor> constants = {};    ///< replace inputs at these places: weights that the kernel has changed
    std::vector<float> weightScales = {};      ///< factors of constant input 1, one per result channel in the order of sourceOrders[1]
    int accumulatesOnto = -1;                  ///< the input whose numbers have to be in result 0 before the run
    bool isView = false;                       ///< the results are memory of input 0 under another shape or order; `run` is empty
    std::vector<size_t> offsets = {};          ///< of a view: where each result starts, in bytes; those that are missing are 0
};

/// Error "runtime.operator" says why not. Nothing (a null run, no view) when the maker does not take this node.
using Maker = Result<Kernel> (*)(const Site&);

/// The makers of an operator in the order in which they are tried; the last resort is the folding kernel of core/ops.
std::span<const Maker> makersOf(std::string_view op);

/// The first kernel that takes the site; an empty one when none does.
Result<Kernel> firstKernel(std::span<const Maker> makers, const Site& site);

/// The kernel of a node whose numbers are what they stand for. Integers are exact.
Result<Kernel> makeUnscaledKernel(const Site& site);

/// The kernel of any node: on a grid that of integer/makers.def.
Result<Kernel> makeKernel(const Site& site);

/// Whether the operand, a bias or a scale, has this many elements, or is left away.
bool hasCount(const Site& site, size_t input, int64_t count);

Error cannotRun(const ir::Node& node, std::string message);
Error unknownOperator(const ir::Node& node);

} // namespace bpu::runtime
