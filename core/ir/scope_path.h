// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// How module paths stand in node names: torch's exporter writes "/layer1/layer1.0/conv1/Conv" for a Conv of layer1.0.conv1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bpu::ir {

/// "/layer1/layer1.0/conv1/Conv" -> "layer1.0.conv1": a part that repeats the one before it continues it.
/// Nothing for a name without a path.
std::optional<std::string> scopeOfName(std::string_view nodeName);

} // namespace bpu::ir
