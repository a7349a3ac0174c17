// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The words of findings: made in one place, so that window, command line and reports say the same.
#pragma once

#include "passes/check_march/rules.h"

#include <string>
#include <string_view>

namespace bpu::passes {

/// "8x8", "1x1", "C, H": what was read, for people.
std::string foundText(const Reading& reading, std::string_view subject);
/// "1 to 7", "at most 31", "nearest or bilinear", "any but constant".
std::string allowedText(const march::Constraint& constraint, const Outcome& outcome);
/// 1048576 -> "1,048,576"; 0.5 -> "0.5".
std::string numberText(double number);
/// "input.H*W" -> "input-h-w", as codes are written.
std::string slugOf(std::string_view subject);
/// "march.kernel.range".
std::string codeOf(const Rule& rule);
/// "Kernel".
std::string labelOf(const Rule& rule);
/// A sentence of a march file as a part of another: no capital in front, no full stop behind.
std::string sentencePart(const std::string& sentence);
/// What to do about a broken rule: "Bring it to at most 31". `allowed` is what allowedText() gives.
std::string remedy(const Rule& rule, const Outcome& outcome, const std::string& allowed);

} // namespace bpu::passes
