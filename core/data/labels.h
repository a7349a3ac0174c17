// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Labels that lie beside the data: IDX, .npy, or text with "LABEL" or "NAME LABEL" on each line.
#pragma once

#include "core/data/source.h"

namespace bpu::data {

/// One label per item of `source`, by place, or by name where the text has names: the item's name, or its last part.
/// Errors: "data.labels" (names the line or the item), "data.count" (not as many as items), those of the readers.
Result<std::vector<int64_t>> readLabels(const std::filesystem::path& path, const Source& source);

/// The source with these labels in place of its own.
SourcePtr withLabels(SourcePtr source, std::vector<int64_t> labels);

/// A row of labels as it is stored. Error "data.labels": more than one dimension, fractions, or below 0.
Result<std::vector<int64_t>> labelsOf(const ir::Tensor& tensor, const std::string& where);

} // namespace bpu::data
