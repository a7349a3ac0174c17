// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// One command: what it is called with and what it does. Each has its own file and a line in commands.def.
#pragma once

#include "app/cli/arguments.h"
#include "core/export/export.h"
#include "core/export/export.h"
#include "core/import/import.h"

#include <ostream>

namespace bpu::cli {

struct Streams {
    std::ostream& out; ///< results
    std::ostream& err; ///< messages
};

struct Command {
    std::string_view name;
    std::string_view summary;                ///< one line for `bpu --help`
    std::vector<std::string_view> operands;  ///< "MODEL"
    std::vector<Option> options;
    Result<int> (*run)(const Arguments&, Streams) = nullptr; ///< the exit status
};

/// In the order of commands.def.
const std::vector<const Command*>& allCommands();

/// The options that every command reading a model has.
Option inputOption();
Option outputOption(std::string_view value);
Option jsonOption();

/// Opens operand `i` with --input applied and prints what the importer noticed to `err`.
Result<importer::Imported> openModel(const Arguments& arguments, size_t i, Streams streams);
/// Of the commands that write a model.
Option opsetOption();
/// What --opset says, or the usual one. Error "usage".
Result<int64_t> opsetOf(const Arguments& arguments);
/// Whether a model can be written to `target`: by its ending (.bpuir, .onnx), or a device file. Asked before long work. Error "usage".
Result<void> checkModelTarget(const std::string& target);
/// Writes the graph in the format that the ending of `target` names.
Result<void> writeModel(const ir::Graph& graph, const std::string& target, int64_t opset = exporter::OnnxOptions().opset);
/// To the file of -o, else to stdout.
Result<void> writeResult(const Arguments& arguments, const std::string& text, Streams streams);

} // namespace bpu::cli
