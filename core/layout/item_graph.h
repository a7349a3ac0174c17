// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// First half of the layout: which frames there are, how large, and which pairs of them are joined.
#pragma once

#include "core/layout/diagram.h"

#include <string>
#include <vector>

namespace bpu::layout {

/// Measures of the drawing, in logical pixels.
inline constexpr double kMinCard = 132;
inline constexpr double kMaxCard = 260;
inline constexpr double kTallRow = 39;  ///< title and attribute line
inline constexpr double kLowRow = 24;   ///< title only
inline constexpr double kPillHeight = 24;
inline constexpr double kModuleHeight = 43;
inline constexpr double kStripe = 5;
inline constexpr double kPad = 8;
inline constexpr double kDevice = 7;    ///< kept free on the right: the hatch of what the BPU does not run
inline constexpr double kGap = 12;      ///< least distance of title and name
inline constexpr double kRankGap = 34;  ///< between the bottom of a frame and the top of the next

/// Fills items (sized, not placed), edges (without path) and the node index of `diagram`. Items are in
/// execution order: but for modules that are entered twice, every edge points forward. Linear.
void buildItems(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure, Diagram& diagram);

/// Replaces edges that reach too far to be followed by eye by labelled stubs at their targets, and puts the
/// stubs into the item order just before their users. Diagrams of under 200 items keep all edges.
void cutFarEdges(const ir::Graph& graph, const DiagramOptions& options, const TextMeasure& measure, Diagram& diagram);

/// Sizes an item by its texts and elides names that do not fit.
void sizeCard(Item& item, const TextMeasure& measure);
void sizePill(Item& item, const TextMeasure& measure);

/// The name of a node inside its scope: "conv1" of "layer1.0.conv1", "Add_3" of "/layer1/Add_3".
std::string shortName(const ir::Graph& graph, const ir::Node& node);
/// The whole name, what is left of it, or nothing where not even a letter beside the "…" has room.
std::string fitted(const std::string& name, double room, const TextMeasure& measure);
/// `text`, or its two ends around "…", so that it is at most `width` wide.
std::string elided(const std::string& text, double width, TextStyle style, const TextMeasure& measure);

} // namespace bpu::layout
