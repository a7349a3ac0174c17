// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/base/finding.h"

#include <algorithm>

namespace bpu {

std::string_view name(Severity severity)
{
    switch (severity) {
    case Severity::Undecided: return "undecided";
    case Severity::Advice: return "advice";
    case Severity::Warning: return "warning";
    case Severity::Error: return "error";
    }
    return "error";
}

size_t count(const Findings& findings, Severity severity)
{
    return static_cast<size_t>(std::ranges::count_if(findings, [severity](const Finding& f) { return f.severity == severity && f.ignored.empty(); }));
}

} // namespace bpu
