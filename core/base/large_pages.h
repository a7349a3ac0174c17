// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Weights of a network are hundreds of megabytes. In pages of 4 KiB the system hands them out one fault at a time,
// which takes longer than reading or packing them: on a virtual machine 3.8 ms a megabyte, in pages of 2 MiB 0.1 ms.
#pragma once

#include <cstddef>

namespace bpu {

/// Asks the system for large pages under memory that nobody has written yet. Speed depends on it, nothing else.
void preferLargePages(void* memory, size_t size);

} // namespace bpu
