// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A comparison as text and as JSON.
#pragma once

#include "passes/compare/compare.h"

namespace bpu::passes {

struct CompareReportOptions {
    LayerOrder order = LayerOrder::Execution;
    std::optional<double> limit = {}; ///< of the similarity: layers below are marked
};

/// A table with one line per layer, what stands alone, and a last line with the worst layers. Numbers do not
/// depend on the locale.
std::string compareText(const Comparison& comparison, const CompareReportOptions& options = {});
/// {"batches", "layers": [{"index", "name", "nameB", "operator", "matchedBy", "shape", "cosine", "l1", "l2", "maxError",
/// "sqnrDb", ..., "a": {"min", ...}, "b", "histogram": {"low", "high", "a", "b"}}], "unmatched", "worst", "below"}.
/// Infinite and undefined numbers are the strings "inf", "-inf" and "nan".
std::string compareJson(const Comparison& comparison, const CompareReportOptions& options = {});

/// One line per layer under a line of titles, in the order of execution; fields with commas or quotes are quoted (RFC 4180).
/// Numbers have nine significant digits.
std::string compareCsv(const Comparison& comparison);

/// "name", "origin", "scope", "output".
std::string_view word(LayerMatch::By by);
/// "inside", "folded", "ambiguous", "alone", "shape".
std::string_view word(Unmatched::Reason reason);
/// "0.9877"; "1.0000" only for what is within 1e-6 of 1, the rounding of float32; "nan".
std::string similarityText(double cosine);
/// Three significant digits: "0", "0.841", "1.2e-07", "nan".
std::string errorText(double error);
/// As errorText; "-" where there is no grid.
std::string stepsText(const std::optional<double>& steps);
/// "41.3 dB" without the unit; "inf", "-inf", "nan".
std::string sqnrText(double decibel);

} // namespace bpu::passes
