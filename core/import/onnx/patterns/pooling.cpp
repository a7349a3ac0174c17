// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// torch's exporter writes the padding of an average pool as a Pad before it, even where it is zero.
#include "core/import/onnx/patterns/match.h"

#include <algorithm>

namespace bpu::importer {
namespace {

bool allZero(auto begin, auto end)
{
    return std::all_of(begin, end, [](int64_t value) { return value == 0; });
}

} // namespace

/// before: avg_pool(pad(x, p) with zeros), the pool without padding of its own
/// after:  avg_pool(x) {padding = p, count_include_pad = true}
bool avgPoolOfPad(Match& match, const ir::Node& node)
{
    const ir::Node* pad = match.maker(node.input(0), "pad");
    if (!pad || pad->inputs.size() != 1 || pad->attributes.text("mode", "constant") != "constant" || pad->attributes.number("value", 0) != 0)
        return false;
    const std::vector<int64_t> amounts = pad->attributes.integers("padding");
    const std::vector<int64_t> own = node.attributes.integers("padding");
    const size_t rank = amounts.size() / 2;
    const size_t spatial = node.attributes.integers("kernel_size").size();
    if (spatial == 0 || rank != spatial + 2 || !allZero(own.begin(), own.end()) || node.attributes.has("auto_pad"))
        return false;
    const auto begins = amounts.begin();
    const auto ends = amounts.begin() + static_cast<std::ptrdiff_t>(rank);
    if (!allZero(begins, begins + 2) || !allZero(ends, ends + 2))
        return false;
    std::vector<int64_t> padding(begins + 2, ends);
    padding.insert(padding.end(), ends + 2, amounts.end());
    const bool pads = !allZero(padding.begin(), padding.end());
    // Where windows may overhang (ceil_mode) or padding is cut off (negative), the two forms differ.
    if (std::ranges::any_of(padding, [](int64_t p) { return p < 0; }) || (pads && node.attributes.flag("ceil_mode")))
        return false;
    ir::Attributes attributes = node.attributes;
    attributes.set("padding", padding);
    if (pads)
        attributes.set("count_include_pad", true);
    return match.replace({pad->id}, node, node.op, {pad->input(0)}, std::move(attributes));
}

} // namespace bpu::importer
