// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Runs a graph that is inside a node, for operands of any sizes.
#pragma once

#include "core/runtime/late_node.h"
#include "core/runtime/size_cache.h"
#include "core/runtime/staged_executor.h"

namespace bpu::runtime {

class BodyRunner {
public:
    explicit BodyRunner(ir::GraphPtr body) : m_body(std::move(body)) {}

    const ir::Graph& graph() const { return *m_body; }
    /// One operand per input of the body; one that is absent is absent for the body's nodes too.
    Result<std::vector<ir::Tensor>> run(const Operands& operands, const RunOptions& options);
    size_t peakBytes() const;

private:
    ir::GraphPtr m_body;
    SizeCache<std::unique_ptr<StagedExecutor>> m_executors;
};

/// Places in node.inputs of the body's inputs from `formals` on, which it takes from around: by name. Error
/// "runtime.operator" when one is not there.
Result<std::vector<size_t>> capturedInputs(const ir::Graph& around, const ir::Node& node, const ir::Graph& body, size_t formals);

} // namespace bpu::runtime
