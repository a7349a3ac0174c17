// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which rows of the operator tables a node is judged by.
#pragma once

#include "passes/check_march/rules.h"

namespace bpu::passes {

struct Candidate {
    const RowRules* row = nullptr;
    Role role = Role::Own;
    bool otherSpelling = false; ///< "checked as torch.Tensor.reshape"
};

struct Choice {
    /// Waits: the importer knows the operator and could not take it apart, as its arguments come from unknown sizes.
    enum class Kind : uint8_t { Skip, Opaque, Waits, NotListed, Listed };
    Kind kind = Kind::Skip;
    Few<Candidate, 4> candidates; ///< it passes when one of them allows it; the first one's findings count else
};

Choice chooseRow(const Site& site, const Rules& rules);

} // namespace bpu::passes
