// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A node that is looked at only when its operands are there: the sizes of its results depend on their numbers, or it
// has graphs inside.
#pragma once

#include "core/runtime/float_executor.h"

#include <memory>
#include <optional>
#include <vector>

namespace bpu::runtime {

using Operands = std::vector<std::optional<ir::Tensor>>;

class LateNode {
public:
    virtual ~LateNode() = default;
    /// One operand per input of the node, nothing for an absent one; one result per output.
    virtual Result<std::vector<ir::Tensor>> run(const Operands& operands, const RunOptions& options) = 0;
    virtual size_t peakBytes() const { return 0; }
};

/// `graph` stays alive as long as the result.
Result<std::unique_ptr<LateNode>> makeLateNode(const ir::GraphPtr& graph, const ir::Node& node);

/// An operator with graphs inside: if, loop, scan, a function of the model.
bool hasBody(const ir::Node& node);
Result<std::unique_ptr<LateNode>> makeControlFlow(const ir::GraphPtr& graph, const ir::Node& node);

} // namespace bpu::runtime
