// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Mean and deviation as exporters compose them, the parts of every normalization.
#pragma once

#include "core/import/onnx/patterns/match.h"

namespace bpu::importer {

/// x - mean(x), the mean with its dimensions kept.
struct Centered {
    const ir::Node* sub = nullptr;
    const ir::Node* mean = nullptr;
};
std::optional<Centered> centered(const Match& match, ValueId value);

/// sqrt(mean(d^2) + epsilon) of a centered d.
struct Deviation {
    std::vector<NodeId> nodes; ///< all inside
    double epsilon = 0;
    std::vector<int64_t> dims; ///< of both means
    ValueId x;
    NodeId mean;               ///< of x
};
std::optional<Deviation> deviation(const Match& match, ValueId value);

} // namespace bpu::importer
