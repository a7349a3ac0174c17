// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// BPU_VECTORIZED, which kernels and observers share.
#pragma once

#include "core/base/vectorized.h"
