// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/spatial_index.h"

#include <algorithm>

namespace bpu::views {

static constexpr double kBand = 512;
/// Sheets, badges, labels and rings reach this far out of an item's frame.
static constexpr double kOverhang = 24;

SpatialIndex::SpatialIndex(const layout::Diagram& diagram) : m_top(diagram.bounds.y)
{
    const auto bands = static_cast<size_t>(std::max(0.0, diagram.bounds.height) / kBand) + 1;
    m_items.resize(bands);
    m_edges.resize(bands);
    for (uint32_t i = 0; i < diagram.items.size(); ++i)
        insert(m_items, diagram.items[i].rect.y - kOverhang, diagram.items[i].rect.bottom() + kOverhang, i);
    m_firstEdge.assign(diagram.items.size() + 1, 0);
    for (uint32_t i = 0; i < diagram.edges.size(); ++i) {
        const layout::Edge& edge = diagram.edges[i];
        if (edge.path.empty())
            continue;
        const auto [low, high] = std::ranges::minmax_element(edge.path, {}, &layout::Point::y);
        insert(m_edges, low->y - kOverhang, high->y + kOverhang, i);
    }
    for (const layout::Edge& edge : diagram.edges) {
        ++m_firstEdge[edge.from + 1];
        ++m_firstEdge[edge.to + 1];
    }
    for (size_t i = 1; i < m_firstEdge.size(); ++i)
        m_firstEdge[i] += m_firstEdge[i - 1];
    m_edgesOf.resize(2 * diagram.edges.size());
    std::vector<uint32_t> next = m_firstEdge;
    for (uint32_t i = 0; i < diagram.edges.size(); ++i) {
        m_edgesOf[next[diagram.edges[i].from]++] = i;
        m_edgesOf[next[diagram.edges[i].to]++] = i;
    }
}

size_t SpatialIndex::bandOf(double y, size_t count) const
{
    return static_cast<size_t>(std::clamp((y - m_top) / kBand, 0.0, static_cast<double>(count - 1)));
}

void SpatialIndex::insert(Bands& bands, double top, double bottom, uint32_t index) const
{
    for (size_t band = bandOf(top, bands.size()); band <= bandOf(bottom, bands.size()); ++band)
        bands[band].push_back(index);
}

std::vector<uint32_t> SpatialIndex::collect(const Bands& bands, double top, double bottom) const
{
    std::vector<uint32_t> found;
    if (bands.empty())
        return found;
    const size_t first = bandOf(top, bands.size());
    const size_t last = bandOf(bottom, bands.size());
    for (size_t band = first; band <= last; ++band)
        found.insert(found.end(), bands[band].begin(), bands[band].end());
    if (first != last) {
        std::ranges::sort(found);
        found.erase(std::ranges::unique(found).begin(), found.end());
    }
    return found;
}

std::span<const uint32_t> SpatialIndex::edgesOf(uint32_t item) const
{
    if (item + 1 >= m_firstEdge.size())
        return {};
    return std::span(m_edgesOf).subspan(m_firstEdge[item], m_firstEdge[item + 1] - m_firstEdge[item]);
}

} // namespace bpu::views
