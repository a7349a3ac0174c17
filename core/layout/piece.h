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
    std::vector<bool> stub; ///< stands for a far value, belongs beside its only user
    std::vector<Joint> joints; ///< sorted by target
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

/// How many joints leave and reach each item.
struct Fans {
    explicit Fans(const PieceSpec& piece);
    std::vector<uint32_t> out;
    std::vector<uint32_t> in;
};

/// Where items stand before y is known: ranks from the top without gaps, x of the middles, and for every joint
/// the x at which it passes each rank between its ends.
struct Placement {
    std::vector<uint32_t> rank;
    std::vector<double> center;
    std::vector<std::vector<double>> via;
};

/// A chain with skips: frames in one column, long edges in lanes at the right, stubs at the left. n log n in items
/// and joints; used for plain chains, residual blocks and for what is too large for anything else.
PieceLayout layoutColumn(const PieceSpec& piece);

/// Graphviz dot. Nothing when Graphviz refuses the piece. One thread at a time (a lock inside).
std::optional<Placement> placeWithDot(const PieceSpec& piece);
/// Our own layers, for what dot would take too long for. Nothing when the piece is too large even for that.
std::optional<Placement> placeInLayers(const PieceSpec& piece);

/// For items on the longest way to the shared last item their place on it, from 1; 0 for the others, and for all
/// where one of many branches has no claim to be the main one. The items of the way should share x.
std::vector<uint32_t> mainPath(const PieceSpec& piece);
/// Shifts the main path, and by all means a shared first and last item, to x = 0.
void alignAxis(const PieceSpec& piece, Placement& placement);
/// Stacks the ranks and draws the edges between frames.
PieceLayout route(const PieceSpec& piece, const Placement& placement);

/// Every inner item but stubs follows the one before it: a column is as good as dot and much faster.
bool isChainWithSkips(const PieceSpec& piece);
/// What dot's work grows with: the sum of the lengths of all edges in ranks.
size_t dotEffort(const PieceSpec& piece);

} // namespace bpu::layout
