// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Values of a run as .npy files.
#pragma once

#include "core/ir/graph.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::cli {

class ValueDump {
public:
    /// Into `folder`, which is made: the values that `names` lists ("a,b", repeatable), the outputs when it lists none, all results
    /// for "all". Error "usage": an unknown name, with the nearest one; "file.write": the folder cannot be made.
    static Result<ValueDump> make(const ir::Graph& graph, const std::filesystem::path& folder, const std::vector<std::string>& names);

    std::vector<ValueId> values() const;
    Result<void> write(ValueId value, const ir::Tensor& numbers) const;
    /// "FILE  NAME  TYPE" on a line for each.
    std::string listing(const ir::Graph& graph) const;

private:
    std::filesystem::path m_folder;
    std::map<ValueId, std::string> m_files;
};

} // namespace bpu::cli
