// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Texts that must not change unnoticed. BPU_UPDATE_GOLDEN=1 rewrites them; read the difference in review.
#pragma once

#include <string>
#include <string_view>

namespace bpu::test {

/// Empty when `text` equals tests/golden/NAME, else a message for QVERIFY2 that shows the first differing line.
std::string compareGolden(std::string_view name, std::string_view text);

} // namespace bpu::test
