// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The style sheet of resources/themes/style.qss with "@token@" replaced by the theme's colors.
#pragma once

#include "views/theme/theme.h"

namespace bpu::views {

QString styleSheet(const Colors& colors);

} // namespace bpu::views
