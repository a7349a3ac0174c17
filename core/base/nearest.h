// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a mistyped name was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpu {

/// The nearest of `known` within a few letters (a third of those typed, at least two), or empty.
std::string_view nearest(std::string_view typed, const std::vector<std::string_view>& known);

/// "did you mean X?", or `otherwise` when nothing is near.
std::string didYouMean(std::string_view typed, const std::vector<std::string_view>& known, std::string_view otherwise);

} // namespace bpu
