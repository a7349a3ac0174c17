// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Weights are most of a model file. Parsing it with protobuf would copy them; instead the message is
// copied without them into a slim buffer that protobuf parses, and tensors point into the file's bytes.
#pragma once

#include "core/base/error.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace bpu::importer {

/// Where a tensor's raw bytes lie in the file.
struct BlobReference {
    uint64_t offset = 0;
    uint64_t size = 0;
};

/// Subgraphs within subgraphs; every walk over a model recurses at most this deep. As deep as .bpuir can save, and
/// as protobuf's own readers go.
inline constexpr int kMaxSubgraphDepth = 100;

/// Copies a serialized ModelProto. Every TensorProto.raw_data in the copy (and float_data or double_data
/// written as one packed run) is replaced by a raw_data field that holds one BlobReference; everything
/// else is unchanged. Training information is left out.
/// Errors: "onnx.not-onnx", "onnx.truncated", "onnx.damaged" (both with a byte offset), "onnx.nesting".
/// `where` names the file in them.
Result<std::string> skimModel(std::span<const std::byte> file, const std::string& where);

/// The reference that skimModel wrote. raw.size() must be sizeof(BlobReference).
BlobReference readReference(const std::string& raw);

} // namespace bpu::importer
