// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace bpu::exporter {

/// Escapes for XML text and attributes. What XML 1.0 cannot hold (control characters, broken UTF-8) becomes U+FFFD.
std::string xmlText(std::string_view utf8);

} // namespace bpu::exporter
