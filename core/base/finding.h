// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Findings: what importers and checks say about a model. Many at once, each with its cure.
#pragma once

#include "core/base/ids.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bpu {

/// In rising weight. Undecided means that a rule could not be evaluated because something (usually a
/// dimension) is unknown; it is never counted as kept.
enum class Severity : uint8_t { Undecided, Advice, Warning, Error };

/// "undecided", "advice", "warning", "error".
std::string_view name(Severity severity);

/// A statement about one node (or the whole model when `node` is invalid). The same sentence is shown
/// by the window, the command line and the reports.
struct Finding {
    std::string code;      ///< stable, dotted: "march.kernel.range"
    Severity severity = Severity::Warning;
    NodeId node;
    std::string where;     ///< the node's name
    std::string op;        ///< the operator in the author's words: "torch.nn.AvgPool2d"
    std::string message;   ///< what is wrong, short, no full stop: "Kernel is larger than Bayes allows"
    std::string found;     ///< the value found: "8x8"
    std::string allowed;   ///< the rule's own numbers: "1 to 7"
    std::string advice;    ///< what to do
    std::string rule;      ///< the rule's text with its row: "torch.nn.AvgPool2d: Kernel side from 1 to 7."
    std::string otherMarch; ///< the same rule on the other march(es): "allowed", "1 to 256; support not stated"
    std::string fix;       ///< id of a fix that can be applied ("split-avg-pool"), empty when there is none
    std::string ignored;   ///< the user's reason to ignore it; empty: it counts
    NodeId cause;          ///< the node whose finding has this one as a consequence; invalid for a root cause
};

using Findings = std::vector<Finding>;

/// How many findings have `severity`, without the ignored ones.
size_t count(const Findings& findings, Severity severity);

} // namespace bpu
