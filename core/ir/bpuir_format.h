// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What writer and reader of .bpuir agree on; docs/bpuir-format.md describes the file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bpu::ir::bpuir {

inline constexpr int kVersion = 1;
inline constexpr char kGraphEntry[] = "graph.json";
inline constexpr char kWeightsEntry[] = "weights.bin";
/// Every tensor starts at a multiple of this in weights.bin.
inline constexpr uint64_t kAlignment = 64;
/// Graphs inside attributes of graphs; a limit, so that no file can exhaust the stack.
inline constexpr int kMaxSubgraphDepth = 100;
/// graph.json of 100,000 nodes has about 40 MB. A limit, so that no small zip can fill the memory.
inline constexpr uint64_t kMaxGraphBytes = 512ULL << 20;

} // namespace bpu::ir::bpuir
