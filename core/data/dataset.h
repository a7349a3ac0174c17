// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Data for a graph: samples of the types that its inputs take, read one at a time (docs/data.md).
#pragma once

#include "core/base/error.h"
#include "core/ir/graph.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bpu::data {

class ImageReader;

/// One input of a graph. All dimensions are known, but for the first where the batch is still open.
struct WantedInput {
    std::string name;
    ir::TensorType type;
};

/// In the order of graph.inputs().
std::vector<WantedInput> wantedInputs(const ir::Graph& graph);

/// Whether samples are stacked along the first dimension: it is the same (or unknown) in every input. Otherwise
/// (an LSTM with its initial state, a scalar) a sample holds whole inputs, and every batch is one sample.
bool isBatched(const std::vector<WantedInput>& inputs);

/// name    for messages: "cat/0001.png", "images.npy[12]"
/// inputs  one per wanted input, of its dtype and shape; the first dimension is 1 when inputs are batched
/// label   index of the class, from 0; nothing when the data has none
struct Sample {
    std::string name;
    std::vector<ir::Tensor> inputs;
    std::optional<int64_t> label;
};

struct DatasetInfo {
    std::string text;                    ///< what it is and how large: "1,000 digits of t10k-images-idx3-ubyte"
    bool hasLabels = false;
    std::vector<std::string> classNames; ///< by label; empty when only numbers are known
    std::vector<std::string> notes;      ///< what was assumed because nothing said otherwise: for the user, a sentence each
};

class Dataset {
public:
    virtual ~Dataset() = default;
    virtual size_t size() const = 0;
    /// Reads sample i < size(). An error of kind Input is about this sample only. Safe from several threads.
    virtual Result<Sample> at(size_t i) const = 0;
    virtual const DatasetInfo& info() const = 0;
};

using DatasetPtr = std::shared_ptr<const Dataset>;

struct OpenOptions {
    /// Decodes PNG, JPEG and BMP; core has no decoder of its own. Null: a folder of images is refused.
    std::shared_ptr<const ImageReader> images = nullptr;
    /// A file with a preprocess object, which goes before the one that the data names; empty: none.
    std::string preprocess = {};
    /// A file of labels, in place of those that the data has; empty: none.
    std::string labels = {};
    /// Which half of a data set that comes in two (MNIST's files) is read.
    std::string split = "test";
};

/// Opens the data of `--data`: one text for all inputs, or "NAME=..." for each. A text is a path whose kind is
/// recognized, a JSON file that says what it is, or "random:COUNT" or "random:COUNT:SEED".
/// Errors: "data.spec" (the text), "data.kind" (a file or folder of no kind that is known), "data.input" (an input without data,
/// or data for none), "data.empty", "data.count" (images and labels or two inputs of unequal number), those of the files' readers.
Result<DatasetPtr> openDataset(const std::vector<std::string>& texts, const std::vector<WantedInput>& inputs, const OpenOptions& options = {});

} // namespace bpu::data
