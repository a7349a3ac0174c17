// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The command line without its process, so that tests call it as the shell does.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace bpu::cli {

/// `args` without the program's name. Results go to `out`, messages to `err`. Returns the exit status:
/// 0 done and clean, 1 done with findings of level error, 2 wrong usage or unreadable input, 3 a tool or
/// the machine failed. Every error is one line: "bpu: FILE: what is wrong; what to do".
int run(const std::vector<std::string>& args, std::ostream& out, std::ostream& err);

} // namespace bpu::cli
