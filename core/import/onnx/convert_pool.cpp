// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/converters.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer {
namespace {

struct Window {
    std::vector<int64_t> kernel;
    std::vector<int64_t> stride;
    std::vector<int64_t> dilation;
    Padding padding;
};

/// Refuses a window that has no size or more than three dimensions.
Window readWindow(NodeReader& reader)
{
    Window window;
    window.kernel = reader.integers("kernel_shape");
    const size_t n = window.kernel.size();
    if (n < 1 || n > 3)
        reader.refuse(fmt::format("its kernel_shape has {} dimensions", n));
    window.stride = spatialList(reader, "strides", n, 1);
    window.dilation = spatialList(reader, "dilations", n, 1);
    if (!reader.refused())
        window.padding = readPadding(reader, window.kernel, window.stride, window.dilation);
    return window;
}

ir::Attributes attributesOf(const Window& window)
{
    ir::Attributes attributes{{"kernel_size", window.kernel}, {"stride", window.stride}, {"padding", window.padding.amounts}};
    if (!window.padding.autoPad.empty())
        attributes.set("auto_pad", window.padding.autoPad);
    return attributes;
}

} // namespace

void convertMaxPool(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const Window window = readWindow(reader);
    ir::Attributes attributes = attributesOf(window);
    attributes.set("dilation", window.dilation);
    attributes.set("ceil_mode", reader.flag("ceil_mode", false));
    if (reader.flag("storage_order", false) && reader.usesOutput(1))
        reader.refuse("its indices count columns first");
    reader.finish(dimensional("max_pool", window.kernel.size()), reader.inputs(0, 1), std::move(attributes), reader.usesOutput(1) ? 2 : 1);
}

void convertAveragePool(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const Window window = readWindow(reader);
    if (std::ranges::any_of(window.dilation, [](int64_t step) { return step != 1; }))
        reader.refuse("it has dilations");
    ir::Attributes attributes = attributesOf(window);
    attributes.set("ceil_mode", reader.flag("ceil_mode", false));
    attributes.set("count_include_pad", reader.flag("count_include_pad", false));
    reader.finish(dimensional("avg_pool", window.kernel.size()), reader.inputs(0, 1), std::move(attributes));
}

void convertLpPool(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const Window window = readWindow(reader);
    if (window.kernel.size() != 2)
        reader.refuse(fmt::format("it pools over {} dimensions", window.kernel.size()));
    ir::Attributes attributes = attributesOf(window);
    const bool wasNumber = reader.opset() < 2;
    attributes.set("p", wasNumber ? static_cast<int64_t>(reader.number("p", 2)) : reader.integer("p", 2));
    reader.finish("lp_pool2d", reader.inputs(0, 1), std::move(attributes));
}

void convertGlobalPool(NodeReader& reader)
{
    if (!reader.needs(1))
        return;
    const int rank = reader.rank(0);
    if (rank >= 0 && (rank < 3 || rank > 5))
        reader.refuse(fmt::format("its input has rank {}", rank));
    const size_t n = rank < 0 ? 2 : static_cast<size_t>(rank - 2);
    const char* op = reader.node().type == "GlobalAveragePool" ? "adaptive_avg_pool" : "adaptive_max_pool";
    if (!reader.refused())
        reader.finish(dimensional(op, n), reader.inputs(0, 1), {{"output_size", std::vector<int64_t>(n, 1)}});
}

void convertRoiAlign(NodeReader& reader)
{
    if (!reader.needs(3))
        return;
    const std::vector<int64_t> size{reader.integer("output_height", 1), reader.integer("output_width", 1)};
    // Up to opset 15 boxes are not shifted by half a pixel.
    const char* coordinates = reader.opset() < 16 ? "output_half_pixel" : "half_pixel";
    reader.finish("roi_align", reader.inputs(0, 3),
                  {{"output_size", size}, {"spatial_scale", reader.number("spatial_scale", 1)}, {"sampling_ratio", reader.integer("sampling_ratio", 0)},
                   {"mode", reader.text("mode", "avg")}, {"coordinate_mode", reader.text("coordinate_transformation_mode", coordinates)}});
}

} // namespace bpu::importer
