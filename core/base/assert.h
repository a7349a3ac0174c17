// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpu {

/// Prints the broken condition with its place to stderr and aborts.
[[noreturn]] void assertionFailed(const char* condition, const char* file, int line);

} // namespace bpu

/// For our own mistakes, on in every build. No file, option or click may reach one.
#define BPU_ASSERT(condition)                                                                      \
    ((condition) ? static_cast<void>(0) : ::bpu::assertionFailed(#condition, __FILE__, __LINE__))
