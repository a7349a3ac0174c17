// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which items and edges cross a band of the drawing. A network is a tall chain, so the drawing is cut
// into bands of equal height and x is left to the painter.
#pragma once

#include "core/layout/diagram.h"

#include <span>
#include <vector>

namespace bpu::views {

class SpatialIndex {
public:
    SpatialIndex() = default;
    explicit SpatialIndex(const layout::Diagram& diagram);

    /// Indices in rising order, each once; those that touch [top, bottom] and perhaps a few near it.
    std::vector<uint32_t> items(double top, double bottom) const { return collect(m_items, top, bottom); }
    std::vector<uint32_t> edges(double top, double bottom) const { return collect(m_edges, top, bottom); }
    /// Edges that start or end at an item.
    std::span<const uint32_t> edgesOf(uint32_t item) const;

private:
    using Bands = std::vector<std::vector<uint32_t>>;
    void insert(Bands& bands, double top, double bottom, uint32_t index) const;
    std::vector<uint32_t> collect(const Bands& bands, double top, double bottom) const;
    size_t bandOf(double y, size_t count) const;

    double m_top = 0;
    Bands m_items;
    Bands m_edges;
    std::vector<uint32_t> m_edgesOf;
    std::vector<uint32_t> m_firstEdge;
};

} // namespace bpu::views
