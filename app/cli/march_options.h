// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// --march and --input-source, as the commands have them that work for a board.
#pragma once

#include "app/cli/command.h"
#include "core/march/march.h"
#include "passes/check_march/check_march.h"

namespace bpu::cli {

/// Those of --march; with `several` also "all". Error "usage".
Result<std::vector<march::MarchPtr>> chosenMarches(const Arguments& arguments, bool several);
/// ddr unless --input-source says otherwise.
passes::InputSource inputSource(const Arguments& arguments);
Option inputSourceOption();

} // namespace bpu::cli
