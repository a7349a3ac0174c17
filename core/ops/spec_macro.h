// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The one way to write a spec: BPU_SPEC(relu, .name = "relu", .family = Family::Act, ...) defines the function
// that registry.def lists. A family with many operators of one form names its common fields in a macro of its own.
#pragma once

#include "core/ops/op_spec.h"

/// The spec is made at the first use and lives on.
#define BPU_SPEC(function, ...)               \
    const OpSpec& function()                  \
    {                                         \
        static const OpSpec spec{__VA_ARGS__}; \
        return spec;                          \
    }
