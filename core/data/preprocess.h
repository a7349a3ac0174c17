// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// From a stored image or array to the numbers that a network was trained on. docs/data.md has the formulas and their sources.
#pragma once

#include "core/data/color.h"
#include "core/data/resize.h"
#include "core/data/source.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::data {

struct Size {
    int64_t height = 0;
    int64_t width = 0;
};

enum class ImageLayout : uint8_t { FromInput, Nchw, Nhwc };

/// The steps in their fixed order: resize, crop, pad, color, numbers, layout.
struct Preprocess {
    std::optional<int64_t> shorterSide = {}; ///< resize so that the shorter side has it, the other in proportion, rounded down
    std::optional<int64_t> longerSide = {};  ///< the same for the longer side
    std::optional<Size> exactSize = {};      ///< resize to it, whatever the proportion
    Filter filter = Filter::Antialias;
    std::optional<Size> crop = {};           ///< from the center
    std::optional<Size> pad = {};            ///< to this size, the image in the center
    uint8_t padValue = 0;
    std::optional<Color> color = {};         ///< nothing: as stored; gray becomes three equal channels where three are taken
    double divide = 1;                       ///< y = (x / divide - mean) * scale, by channel
    std::vector<double> mean = {};           ///< none: 0; one: of all channels
    std::vector<double> scale = {};          ///< none: 1; a "std" is kept as 1 / std
    ImageLayout layout = ImageLayout::FromInput;

    bool hasImageSteps() const { return shorterSide || longerSide || exactSize || crop || pad || color; }
    bool hasNumberSteps() const { return divide != 1 || !mean.empty() || !scale.empty(); }
};

/// From the text of a JSON object. `where` is the file. Error "data.preprocess" names the key.
Result<Preprocess> parsePreprocess(std::string_view json, const std::string& where);

/// The sample for one input, of its dtype. Errors of one item: "data.image" (too small to crop, other channels or size than
/// the input takes, odd sides for NV12), and those of convertItem.
Result<ir::Tensor> prepareItem(const Item& item, const Preprocess& preprocess, const WantedInput& input, bool isBatched);

} // namespace bpu::data
