// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Samples in the order of a run, stacked into what the graph takes.
#pragma once

#include "core/data/dataset.h"

namespace bpu::data {

struct BatchOptions {
    size_t limit = 0;                           ///< read at most so many samples; 0: all
    std::optional<uint64_t> shuffle = {};       ///< seed of the order; nothing: as the data has them
};

/// inputs  one per wanted input, of exactly its type; a first dimension that is unknown becomes 1
/// names   of the samples in it. Fewer than the first dimension in the last batch: the rest repeats the last sample
/// labels  one per name
struct Batch {
    std::vector<ir::Tensor> inputs;
    std::vector<std::string> names;
    std::vector<std::optional<int64_t>> labels;
};

/// A sample that could not be read: it is left out, not fatal.
struct Skipped {
    std::string name;
    std::string reason;
};

/// One pass over a data set. Not for two threads at once.
class Batches {
public:
    Batches(DatasetPtr dataset, std::vector<WantedInput> inputs, const BatchOptions& options = {});

    /// The next batch, nothing after the last. Errors: "data.unreadable" when no sample of the data could be read (names
    /// the first), and those of kind Machine.
    Result<std::optional<Batch>> next();

    size_t sampleCount() const { return m_order.size(); } ///< to be read, the skipped ones among them
    size_t samplesDone() const { return m_next; }
    size_t batchSize() const { return m_batch; }
    /// As many as there are when nothing is skipped.
    size_t batchCount() const { return (m_order.size() + m_batch - 1) / m_batch; }
    const std::vector<Skipped>& skipped() const { return m_skipped; }

private:
    Result<std::vector<Sample>> readSamples();

    DatasetPtr m_dataset;
    std::vector<WantedInput> m_inputs;
    std::vector<size_t> m_order;
    size_t m_batch = 1;
    size_t m_next = 0;
    std::vector<Skipped> m_skipped;
};

} // namespace bpu::data
