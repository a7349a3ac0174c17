// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// An evaluation for people and for scripts.
#pragma once

#include "passes/evaluate/evaluate.h"

#include <string>

namespace bpu::passes {

struct EvaluationHeader {
    std::string model;
    std::string data;                    ///< DatasetInfo::text
    std::vector<std::string> classNames; ///< by label; may be shorter than there are classes
    int threads = 0;
};

std::string evaluationText(const Evaluation& evaluation, const EvaluationHeader& header);
/// Members are listed in docs/data.md.
std::string evaluationJson(const Evaluation& evaluation, const EvaluationHeader& header);

} // namespace bpu::passes
