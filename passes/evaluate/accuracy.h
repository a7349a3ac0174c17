// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Scores against labels: top-1, top-5, per class, and which class is taken for which.
#pragma once

#include "core/base/error.h"
#include "core/ir/tensor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bpu::passes {

/// The number of classes that an output scores: the one dimension behind the first that is not 1. Nothing when there are
/// several or none: it is no classifier's output.
std::optional<int64_t> classCount(const ir::TensorType& output);

class Accuracy {
public:
    explicit Accuracy(int64_t classes) : m_perClass(static_cast<size_t>(classes)) {}

    struct Class {
        size_t samples = 0;
        size_t right = 0;
    };

    int64_t classes() const { return static_cast<int64_t>(m_perClass.size()); }
    /// Sample `i` of stacked scores. A rank is the number of classes with a higher score, or the same one and a lower index;
    /// a score that is NaN is below all others. Error "data.label": `label` is no class.
    Result<void> add(const ir::Tensor& scores, int64_t i, int64_t label, const std::string& name);

    size_t samples() const { return m_samples; }
    double top1() const { return ratio(m_top1); } ///< of the samples, 0 to 1
    double top5() const { return ratio(m_top5); }
    size_t top1Count() const { return m_top1; }
    const std::vector<Class>& perClass() const { return m_perClass; }
    /// (label, class taken) -> samples; pairs that do not occur are absent.
    const std::map<std::pair<int64_t, int64_t>, size_t>& confusion() const { return m_confusion; }

private:
    double ratio(size_t count) const { return m_samples == 0 ? 0 : static_cast<double>(count) / static_cast<double>(m_samples); }

    std::vector<Class> m_perClass;
    std::map<std::pair<int64_t, int64_t>, size_t> m_confusion;
    size_t m_samples = 0;
    size_t m_top1 = 0;
    size_t m_top5 = 0;
};

} // namespace bpu::passes
