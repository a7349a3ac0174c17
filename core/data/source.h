// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a reader of one kind of data delivers: numbers as they are stored, for one input of the graph.
#pragma once

#include "core/data/dataset.h"

#include <filesystem>

namespace bpu::data {

/// How the numbers of an item lie when it is an image.
enum class ItemForm : uint8_t {
    Array, ///< no image: numbers that fit the input as they are
    Hwc,   ///< height, width, channels
    Chw,
};

struct Item {
    std::string name;
    ir::Tensor array;
    std::optional<int64_t> label = {};
    ItemForm form = ItemForm::Array;
};

/// The rules of Dataset hold: at() is safe from several threads, its errors of kind Input are about one item.
class Source {
public:
    virtual ~Source() = default;
    virtual size_t size() const = 0;
    virtual Result<Item> at(size_t i) const = 0;
    /// What item i is called, without reading it.
    virtual std::string nameOf(size_t i) const = 0;
    virtual const DatasetInfo& info() const = 0;
};

using SourcePtr = std::unique_ptr<const Source>;

/// "1 sample", "10,000 samples".
std::string countText(size_t count, std::string_view noun);

/// Numbers from [-1, 1) for floats, all of int8 and uint8, 0 to 9 for other integers, both bools. Item i depends on `seed`,
/// on i, and on `place`, the input's among the inputs.
SourcePtr openRandom(const WantedInput& input, bool isBatched, size_t count, uint64_t seed, size_t place);

/// The first dimension counts the items; an array of the item's own shape is one item.
Result<SourcePtr> openArray(ir::Tensor array, const std::string& name, const WantedInput& input, bool isBatched);

/// Shape of one sample of an input: its own with 1 in front when inputs are batched.
ir::Shape sampleShape(const WantedInput& input, bool isBatched);

/// The numbers in the dtype and shape of a sample. Error "data.shape" (other number of elements), "data.range" (a number
/// that the dtype cannot hold), "data.dtype" (complex numbers).
Result<ir::Tensor> convertItem(const Item& item, const WantedInput& input, bool isBatched);

} // namespace bpu::data
