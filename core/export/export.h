// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Graph, findings, drawing -> text or file. Text producers are pure; files are written atomically.
#pragma once

#include "core/base/error.h"
#include "core/base/finding.h"
#include "core/ir/graph.h"
#include "core/layout/diagram.h"

#include <filesystem>
#include <string>
#include <map>
#include <string_view>

namespace bpu::exporter {

/// Writes a .bpuir: a zip with graph.json (versioned) and weights.bin (64-byte aligned, little-endian). Loss-free.
Result<void> writeBpuir(const ir::Graph& graph, const std::filesystem::path& path);

constexpr int64_t kFirstOnnxOpset = 11;
constexpr int64_t kLastOnnxOpset = 17;

struct OnnxOptions {
    int64_t opset = 13;                             ///< 11 to 17; below 13 grids are metadata (docs/onnx-export.md)
    int64_t largestInline = 1'500'000'000;          ///< bytes of weights in the file itself; beyond it they go to PATH.data beside it
};

/// Writes ONNX: a float or fused graph as it is, a qat or quantized one with QuantizeLinear and DequantizeLinear.
/// Errors: "onnx.operator" names the first node that ONNX cannot express, and why; "onnx.opset"; those of AtomicFile.
Result<void> writeOnnx(const ir::Graph& graph, const std::filesystem::path& path, const OnnxOptions& options = {});

/// What a report of findings says about itself.
struct ReportHeader {
    std::string model;   ///< file name as given
    std::string march;   ///< "bayes"
    std::string version; ///< of the program
    std::string otherMarch = {}; ///< "Bernoulli2", of which Finding::otherMarch tells; empty when that names marches itself
};

/// One block per finding and a last line with the counts; the form of `bpu check`.
std::string findingsText(const Findings& findings, const ReportHeader& header);
std::string findingsJson(const Findings& findings, const ReportHeader& header);
/// SARIF 2.1.0.
std::string findingsSarif(const Findings& findings, const ReportHeader& header);

/// The palette of one theme as "#RRGGBB" by token: "canvas", "surface", "text", "family.conv", "error", ...
using Palette = std::map<std::string, std::string, std::less<>>;

/// The drawing: real text, <title> tool tips, one id per node, colors by family and finding.
std::string diagramSvg(const layout::Diagram& diagram, const ir::Graph& graph, const Findings& findings, const Palette& palette);

} // namespace bpu::exporter
