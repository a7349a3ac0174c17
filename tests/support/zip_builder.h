// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Zip files as no library writes them: with false sizes, names and flags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bpu::test {

struct ZipPart {
    std::string name;
    std::string data;
    bool deflated = false;
    std::optional<uint32_t> claimedSize = {};     ///< unpacked
    std::optional<uint32_t> claimedChecksum = {};
    std::optional<uint16_t> method = {};
    uint16_t flags = 0;
};

std::string zipOf(const std::vector<ZipPart>& parts);

} // namespace bpu::test
