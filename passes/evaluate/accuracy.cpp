// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/evaluate/accuracy.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace bpu::passes {
namespace {

constexpr size_t kTop = 5;

double comparable(double score)
{
    return std::isnan(score) ? -std::numeric_limits<double>::infinity() : score;
}

} // namespace

std::optional<int64_t> classCount(const ir::TensorType& output)
{
    std::optional<int64_t> classes;
    for (int i = 1; i < output.rank(); ++i) {
        if (output.dim(i) == 1)
            continue;
        if (classes)
            return std::nullopt;
        classes = output.dim(i);
    }
    return classes && *classes > 1 ? classes : std::nullopt;
}

Result<void> Accuracy::add(const ir::Tensor& scores, int64_t i, int64_t label, const std::string& name)
{
    if (label < 0 || label >= classes())
        return Error{"data.label", name, fmt::format("has label {}, but the model tells {} classes apart (0 to {}); check the labels", label, classes(), classes() - 1)};
    const int64_t first = i * classes();
    const double own = comparable(scores.number(first + label));
    size_t rank = 0;
    int64_t best = 0;
    for (int64_t c = 0; c < classes(); ++c) {
        const double score = comparable(scores.number(first + c));
        if (score > own || (score == own && c < label))
            ++rank;
        if (score > comparable(scores.number(first + best)))
            best = c;
    }
    Class& of = m_perClass[static_cast<size_t>(label)];
    ++of.samples;
    of.right += rank == 0 ? 1 : 0;
    ++m_samples;
    m_top1 += rank == 0 ? 1 : 0;
    m_top5 += rank < kTop ? 1 : 0;
    ++m_confusion[{label, best}];
    return {};
}

} // namespace bpu::passes
