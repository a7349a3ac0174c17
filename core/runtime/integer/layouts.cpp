// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/integer/layouts.h"

namespace bpu::runtime::integer {

LayoutPtr channelsLastOf(const ir::TensorType& type)
{
    return std::make_shared<const Layout>(Layout{.desc = {}, .channelsLast = ChannelsLast::of(type)});
}

const ChannelsLast* arrivesChannelsLast(const Site& site, size_t i)
{
    const LayoutPtr layout = i < site.layouts.size() ? site.layouts[i] : nullptr;
    return layout && layout->channelsLast ? &*layout->channelsLast : nullptr;
}

} // namespace bpu::runtime::integer
