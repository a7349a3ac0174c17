// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Opening a model file of any format we read: file -> Graph. Nothing in a file is executed.
#pragma once

#include "core/base/file.h"
#include "core/base/finding.h"
#include "core/base/job_control.h"
#include "core/ir/graph.h"

#include <filesystem>
#include <map>
#include <string>

namespace bpu::importer {

struct ImportOptions {
    /// Input name -> shape, from --input; the empty name stands for the only input. A dimension may stay unknown.
    std::map<std::string, ir::Shape> inputShapes;
    JobControl control;
};

struct Imported {
    ir::Graph graph;
    Findings findings; ///< what the importer noticed: unknown operators, declared shapes that disagree, ...
};

/// Recognises the format by content, not only by name. The Error names the file and says what to do; "input.shape" when
/// an operator cannot take what follows from `inputShapes`.
Result<Imported> importModel(const std::filesystem::path& path, const ImportOptions& options = {});

/// The graph again with other input shapes: types are inferred anew, what became constant is folded.
/// Errors: "input.unknown" (lists the inputs), "input.shape" (rank or size cannot be).
Result<ir::Graph> withInputShapes(const ir::Graph& graph, const std::map<std::string, ir::Shape>& shapes);

} // namespace bpu::importer
