// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Small TorchScript files by hand.
#pragma once

#include "core/import/import.h"
#include "tests/support/zip_builder.h"

namespace bpu::test {

/// A module M with the method forward(self, ARGUMENTS).
/// lines       of forward, without indentation; deeper blocks by two blanks more
/// version     of the file format; from 6 on the entry is .data/version
/// attributes  key and value, key and value, ... as pickle instructions
/// before      code in front of the class
/// more        further entries, by their whole name: "m/data/0"
struct Script {
    std::string lines;
    std::string arguments = "x: Tensor";
    int version = 3;
    std::string attributes = {};
    std::string before = {};
    std::vector<ZipPart> more = {};
};

std::string scriptFile(const Script& script);

/// The file of the script, opened.
Result<importer::Imported> opened(const Script& script, const std::map<std::string, ir::Shape>& shapes);

/// "if add -> f32[1,?]", or the error.
std::string summary(const Result<importer::Imported>& imported);

} // namespace bpu::test
