// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What --data says, read but not opened.
#pragma once

#include "core/data/preprocess.h"
#include "core/data/sources.h"

namespace bpu::data {

enum class Kind : uint8_t { Random, Idx, Images, Npy, Npz, Raw };

/// The data of one input.
struct DataSpec {
    Kind kind = Kind::Random;
    std::filesystem::path path = {};
    std::filesystem::path labels = {};       ///< empty: those that the kind has of its own
    std::vector<std::string> classNames = {};
    std::string split = {};                  ///< "test" or "train"
    Preprocess preprocess = {};
    bool hasPreprocess = false;
    RawForm raw = {};
    size_t count = 0;                        ///< of random samples
    uint64_t seed = 0;
};

/// From the texts of --data, in the order of `inputs`. A JSON file is read, and data.json in a folder; what it says of paths
/// is meant from where it lies. Errors "data.spec", "data.input", "data.kind" (a file or folder that is no data we know),
/// "data.preprocess", those of readFile.
Result<std::vector<DataSpec>> readSpecs(const std::vector<std::string>& texts, const std::vector<WantedInput>& inputs, const OpenOptions& options);

/// The kind of a file by its first bytes, of a folder by what is in it.
Result<Kind> recognizeKind(const std::filesystem::path& path);

} // namespace bpu::data
