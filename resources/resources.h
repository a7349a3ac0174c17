// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpu {

/// Makes the compiled-in files visible under ":/". A static library's resources have to be asked for.
void initResources();

} // namespace bpu
