// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A piece of the drawing between two cuts, placed on its own and stacked with the others.
#pragma once

#include "core/layout/diagram.h"

#include <optional>
#include <string>
#include <vector>

namespace bpu::layout {

/// What a piece looks like from outside: sizes and joints, in its own numbering. Item order is execution order;
/// every edge has from < to. `top` and `bottom` tell whether the first and last item are shared with the
/// neighbouring pieces: those two are kept on one vertical line.
struct PieceSpec {
    struct Joint {
        uint32_t from = 0;
        uint32_t to = 0;
        double fromY = 0; ///< middle of the row that makes the value, from its item's top
        double toY = 0;   ///< middle of the row that reads it
    };
    std::vector<double> width;
    std::vector<double> height;
    std::vector<Joint> joints;
    bool top = false;
    bool bottom = false;

    /// Equal specs are placed equally: residual blocks repeat, so most pieces are looked up.
    std::string key() const;
};

/// Placement relative to the piece: the middle of its axis is x = 0, its first item's top is y = 0.
struct PieceLayout {
    std::vector<Point> topLeft;            ///< per item
    std::vector<std::vector<Point>> paths; ///< per joint: 1 + 3n points
};

/// A chain with skips: frames in one column, long edges in lanes beside it. Linear in items and joints but for
/// the lane search; used for plain chains, residual blocks and for what would take dot too long.
PieceLayout layoutColumn(const PieceSpec& piece);

/// Graphviz dot. Nothing when Graphviz refuses the piece. One thread at a time (a lock inside).
std::optional<PieceLayout> layoutWithDot(const PieceSpec& piece);

/// Every inner item follows the one before it: a column is as good as dot and much faster.
bool isChainWithSkips(const PieceSpec& piece);
/// What dot's work grows with: the sum of the lengths of all edges in ranks.
size_t dotEffort(const PieceSpec& piece);

} // namespace bpu::layout
