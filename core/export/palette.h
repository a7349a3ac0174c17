// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/export.h"

namespace bpu::exporter {

/// A theme file: one flat JSON object of token -> "#RRGGBB". Error "palette.json".
Result<Palette> parsePalette(std::string_view json);

} // namespace bpu::exporter
