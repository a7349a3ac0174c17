// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The layered layout for pieces that would take dot too long: Sugiyama, Tagawa, Toda 1981 with longest-path
// ranks, barycenter sweeps and, for x, a least squares fit of each rank to its neighbors that keeps order and
// distance (pool adjacent violators). Every step is linear or n log n, the number of sweeps is fixed.
#include "core/layout/item_graph.h"
#include "core/layout/piece.h"

#include <algorithm>
#include <numeric>

namespace bpu::layout {
namespace {

constexpr size_t kMostPoints = 60'000; ///< items and passed ranks; about a tenth of a second
constexpr double kItemGap = 23;
constexpr double kLineGap = 14;
constexpr int kOrderSweeps = 8;
constexpr int kPlaceSweeps = 8;

/// An item, or the place where a joint passes a rank.
struct Cell {
    uint32_t rank = 0;
    double width = 0;
    double x = 0;
    bool isItem = false;
    uint32_t home = 0; ///< the item it belongs to: execution order keeps branches together at first
    uint32_t axis = 0; ///< as mainPath says
    std::vector<uint32_t> up;
    std::vector<uint32_t> down;
};

/// Longest path from the top; sources and other items that pull more edges down than up then sink to their users.
std::vector<uint32_t> ranksOf(const PieceSpec& piece)
{
    const size_t count = piece.width.size();
    std::vector<uint32_t> rank(count, piece.top ? 1 : 0);
    rank[0] = 0;
    std::vector<int> balance(count, 0);
    for (const PieceSpec::Joint& joint : piece.joints) {
        rank[joint.to] = std::max(rank[joint.to], rank[joint.from] + 1);
        ++balance[joint.from];
        --balance[joint.to];
    }
    if (piece.bottom)
        rank.back() = 1 + *std::max_element(rank.begin(), rank.end() - 1);
    std::vector<std::vector<uint32_t>> users(count);
    for (const PieceSpec::Joint& joint : piece.joints)
        users[joint.from].push_back(joint.to);
    for (size_t i = count; i-- > (piece.top ? 1 : 0);) {
        uint32_t lowest = 0xffffffffU;
        for (const uint32_t user : users[i])
            lowest = std::min(lowest, rank[user] - 1);
        if (balance[i] > 0 && !users[i].empty())
            rank[i] = lowest;
    }
    // Sinking may have emptied ranks; the others close up.
    std::vector<uint32_t> used(rank);
    std::ranges::sort(used);
    used.erase(std::unique(used.begin(), used.end()), used.end());
    for (uint32_t& r : rank)
        r = static_cast<uint32_t>(std::ranges::lower_bound(used, r) - used.begin());
    return rank;
}

class Layers {
public:
    Layers(const PieceSpec& piece, std::vector<uint32_t> rank) : m_piece(piece), m_rank(std::move(rank)) {}

    Placement place()
    {
        makeCells();
        for (int i = 0; i < kOrderSweeps; ++i)
            order(i % 2 == 0);
        for (int i = 0; i < kPlaceSweeps; ++i)
            fit(i);
        return result();
    }

private:
    void makeCells()
    {
        const std::vector<uint32_t> axis = mainPath(m_piece);
        for (size_t i = 0; i < m_rank.size(); ++i)
            m_cells.push_back({m_rank[i], m_piece.width[i], 0, true, static_cast<uint32_t>(i), axis[i], {}, {}});
        const Fans fans(m_piece);
        for (const PieceSpec::Joint& joint : m_piece.joints) {
            m_firstVia.push_back(static_cast<uint32_t>(m_cells.size()));
            uint32_t above = joint.from;
            const uint32_t home = fans.out[joint.from] > fans.in[joint.to] ? joint.to : joint.from;
            for (uint32_t r = m_rank[joint.from] + 1; r < m_rank[joint.to]; ++r) {
                m_cells.push_back({r, 0, 0, false, home, 0, {}, {}});
                join(above, static_cast<uint32_t>(m_cells.size() - 1));
                above = static_cast<uint32_t>(m_cells.size() - 1);
            }
            join(above, joint.to);
        }
        m_rows.resize(1 + *std::ranges::max_element(m_rank));
        for (uint32_t i = 0; i < m_cells.size(); ++i)
            m_rows[m_cells[i].rank].push_back(i);
        m_at.resize(m_cells.size());
        for (std::vector<uint32_t>& row : m_rows) {
            std::ranges::stable_sort(row, {}, [this](uint32_t i) { return m_cells[i].home; });
            number(row);
        }
    }

    void join(uint32_t above, uint32_t below)
    {
        m_cells[above].down.push_back(below);
        m_cells[below].up.push_back(above);
    }

    void number(const std::vector<uint32_t>& row)
    {
        for (size_t i = 0; i < row.size(); ++i)
            m_at[row[i]] = static_cast<double>(i);
    }

    template <typename Work>
    void forEachRow(bool downwards, Work&& work)
    {
        for (size_t i = 0; i < m_rows.size(); ++i)
            work(m_rows[downwards ? i : m_rows.size() - 1 - i]);
    }

    /// Sorts every row by the mean place of the neighbors in the row before it.
    void order(bool downwards)
    {
        std::vector<double> wish(m_cells.size());
        forEachRow(downwards, [&](std::vector<uint32_t>& row) {
            for (const uint32_t i : row) {
                const std::vector<uint32_t>& neighbors = downwards ? m_cells[i].up : m_cells[i].down;
                wish[i] = m_at[i];
                if (!neighbors.empty())
                    wish[i] = std::accumulate(neighbors.begin(), neighbors.end(), 0.0, [this](double sum, uint32_t n) { return sum + m_at[n]; })
                              / static_cast<double>(neighbors.size());
            }
            std::ranges::stable_sort(row, {}, [&wish](uint32_t i) { return wish[i]; });
            number(row);
        });
    }

    /// Lines want to stay straight more than items do, and the main path more than all.
    double weight(const Cell& a, const Cell& b) const
    {
        if (a.axis > 0 && b.axis > 0 && (a.axis + 1 == b.axis || b.axis + 1 == a.axis))
            return 64;
        return !a.isItem && !b.isItem ? 16 : !a.isItem || !b.isItem ? 3 : 1;
    }

    /// Moves every row to where its neighbors want it; the first two sweeps look one way, later ones both.
    void fit(int sweep)
    {
        forEachRow(sweep % 2 == 0, [&](const std::vector<uint32_t>& row) {
            std::vector<double> wish(row.size());
            std::vector<double> force(row.size());
            for (size_t k = 0; k < row.size(); ++k) {
                const Cell& cell = m_cells[row[k]];
                double sum = 1e-3 * cell.x;
                double total = 1e-3;
                const auto pull = [&](const std::vector<uint32_t>& neighbors) {
                    for (const uint32_t n : neighbors) {
                        sum += weight(cell, m_cells[n]) * m_cells[n].x;
                        total += weight(cell, m_cells[n]);
                    }
                };
                if (sweep != 1)
                    pull(cell.up);
                if (sweep != 0)
                    pull(cell.down);
                wish[k] = sum / total;
                force[k] = total;
            }
            settle(row, wish, force);
        });
    }

    /// x nearest to the wishes with every pair apart: isotonic regression of wish minus least position.
    void settle(const std::vector<uint32_t>& row, const std::vector<double>& wish, const std::vector<double>& force)
    {
        struct Block {
            double mean;
            double weight;
            size_t count;
        };
        std::vector<Block> blocks;
        std::vector<double> offset(row.size(), 0);
        for (size_t k = 0; k < row.size(); ++k) {
            if (k > 0) {
                const Cell& a = m_cells[row[k - 1]];
                const Cell& b = m_cells[row[k]];
                offset[k] = offset[k - 1] + (a.width + b.width) / 2 + (a.isItem && b.isItem ? kItemGap : kLineGap);
            }
            blocks.push_back({wish[k] - offset[k], force[k], 1});
            while (blocks.size() > 1 && blocks[blocks.size() - 2].mean > blocks.back().mean) {
                const Block last = blocks.back();
                blocks.pop_back();
                Block& into = blocks.back();
                into.mean = (into.mean * into.weight + last.mean * last.weight) / (into.weight + last.weight);
                into.weight += last.weight;
                into.count += last.count;
            }
        }
        size_t k = 0;
        for (const Block& block : blocks)
            for (size_t i = 0; i < block.count; ++i, ++k)
                m_cells[row[k]].x = block.mean + offset[k];
    }

    Placement result() const
    {
        Placement placement;
        placement.rank = m_rank;
        for (size_t i = 0; i < m_rank.size(); ++i)
            placement.center.push_back(m_cells[i].x);
        for (size_t i = 0; i < m_piece.joints.size(); ++i) {
            std::vector<double> way;
            const PieceSpec::Joint& joint = m_piece.joints[i];
            for (uint32_t k = 0; k + 1 < m_rank[joint.to] - m_rank[joint.from]; ++k)
                way.push_back(m_cells[m_firstVia[i] + k].x);
            placement.via.push_back(std::move(way));
        }
        return placement;
    }

    const PieceSpec& m_piece;
    std::vector<uint32_t> m_rank;
    std::vector<Cell> m_cells; ///< the items first
    std::vector<uint32_t> m_firstVia;
    std::vector<std::vector<uint32_t>> m_rows;
    std::vector<double> m_at; ///< place of a cell in its row
};

} // namespace

std::optional<Placement> placeInLayers(const PieceSpec& piece)
{
    std::vector<uint32_t> rank = ranksOf(piece);
    size_t points = rank.size();
    for (const PieceSpec::Joint& joint : piece.joints)
        points += rank[joint.to] - rank[joint.from] - 1;
    if (points > kMostPoints)
        return std::nullopt;
    return Layers(piece, std::move(rank)).place();
}

} // namespace bpu::layout
