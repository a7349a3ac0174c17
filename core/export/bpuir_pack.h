// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The zip of a .bpuir: graph.json deflated, weights.bin stored. Weights go to the disk one by one, so that
// saving needs the memory of the largest tensor and not of all of them.
#pragma once

#include "core/base/file.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bpu::exporter {

/// The tensors of weights.bin in the order of their first use. Tensors that share their bytes are stored once.
class BpuirWeights {
public:
    struct Part {
        uint64_t offset = 0; ///< in weights.bin, a multiple of ir::bpuir::kAlignment; zeros fill the gaps
        Bytes bytes;
    };

    /// The offset of `bytes` in weights.bin; 0 for none.
    uint64_t place(const Bytes& bytes);
    uint64_t size() const { return m_size; }
    const std::vector<Part>& parts() const { return m_parts; }

private:
    uint64_t m_size = 0;
    std::vector<Part> m_parts;
    std::map<std::pair<const void*, size_t>, uint64_t> m_offsets;
};

/// Writes the file. Equal content gives equal bytes. Errors: those of AtomicFile, "bpuir.write" (kind Machine).
Result<void> packBpuir(const std::string& document, const BpuirWeights& weights, const std::filesystem::path& path);

} // namespace bpu::exporter
