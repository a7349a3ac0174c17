// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/subjects.h"

#include <algorithm>

namespace bpu::passes {

const Subject* findSubject(std::string_view name)
{
    for (const std::span<const Subject> subjects : {shapeSubjects(), operandSubjects(), argumentSubjects()}) {
        if (const auto found = std::ranges::find(subjects, name, &Subject::name); found != subjects.end())
            return &*found;
    }
    return nullptr;
}

} // namespace bpu::passes
