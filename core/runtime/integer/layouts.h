// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Channels-last orders on the edges of a plan.
#pragma once

#include "core/runtime/onednn.h"

namespace bpu::runtime::integer {

/// The order of a tensor of rank 3 or more with its channels last.
LayoutPtr channelsLastOf(const ir::TensorType& type);

/// How input i arrives; nothing when it is row-major.
const ChannelsLast* arrivesChannelsLast(const Site& site, size_t i);

} // namespace bpu::runtime::integer
