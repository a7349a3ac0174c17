// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/batches.h"

#include "core/data/random.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace bpu::data {
namespace {

constexpr size_t kAlignment = 64; // what the executor's vector code likes, and more than any element needs

std::vector<size_t> orderOf(size_t size, const BatchOptions& options)
{
    std::vector<size_t> order(size);
    std::iota(order.begin(), order.end(), size_t{0});
    if (options.shuffle) { // Fisher and Yates
        Random random(*options.shuffle);
        for (size_t left = size; left > 1; --left)
            std::swap(order[left - 1], order[random.below(left)]);
    }
    if (options.limit > 0 && options.limit < size)
        order.resize(options.limit);
    return order;
}

bool isAligned(const ir::Tensor& tensor)
{
    return std::bit_cast<uintptr_t>(tensor.bytes().data()) % kAlignment == 0;
}

/// Input `i` of the samples on top of each other, the last one again until `batch` are there.
Result<ir::Tensor> stack(const std::vector<Sample>& samples, size_t i, const WantedInput& wanted, size_t batch)
{
    const ir::Tensor& first = samples.front().inputs[i];
    if (batch == 1 && isAligned(first))
        return first;
    ir::Shape shape = first.shape();
    if (batch > 1)
        shape[0] = static_cast<ir::Dim>(batch);
    const size_t each = first.bytes().size();
    BPU_TRY(data, allocate(each * batch, wanted.name));
    for (size_t k = 0; k < batch; ++k)
        std::ranges::copy(samples[std::min(k, samples.size() - 1)].inputs[i].bytes(), data.get() + k * each);
    return ir::Tensor(first.type().withShape(std::move(shape)), Bytes(std::move(data), each * batch));
}

} // namespace

std::vector<WantedInput> wantedInputs(const ir::Graph& graph)
{
    std::vector<WantedInput> inputs;
    for (const ValueId id : graph.inputs())
        inputs.push_back({graph.value(id).name, graph.value(id).type});
    return inputs;
}

bool isBatched(const std::vector<WantedInput>& inputs)
{
    ir::Dim batch = ir::kUnknownDim;
    for (const WantedInput& input : inputs) {
        if (input.type.rank() < 1)
            return false;
        const ir::Dim first = input.type.dim(0);
        if (batch != ir::kUnknownDim && first != ir::kUnknownDim && first != batch)
            return false;
        batch = std::max(batch, first);
    }
    return batch != 0;
}

Batches::Batches(DatasetPtr dataset, std::vector<WantedInput> inputs, const BatchOptions& options)
    : m_dataset(std::move(dataset)), m_inputs(std::move(inputs)), m_order(orderOf(m_dataset->size(), options))
{
    if (isBatched(m_inputs))
        for (const WantedInput& input : m_inputs)
            m_batch = std::max(m_batch, static_cast<size_t>(std::max<ir::Dim>(input.type.dim(0), 1)));
}

Result<std::vector<Sample>> Batches::readSamples()
{
    std::vector<Sample> samples;
    while (samples.size() < m_batch && m_next < m_order.size()) {
        const size_t at = m_order[m_next++];
        Result<Sample> sample = m_dataset->at(at);
        if (sample)
            samples.push_back(std::move(*sample));
        else if (sample.error().kind == ErrorKind::Input)
            m_skipped.push_back({sample.error().where, sample.error().message});
        else
            return sample.error();
    }
    return samples;
}

Result<std::optional<Batch>> Batches::next()
{
    BPU_TRY(samples, readSamples());
    if (samples.empty()) {
        if (!m_order.empty() && m_skipped.size() == m_order.size())
            return Error{"data.unreadable", m_skipped.front().name,
                         m_skipped.size() == 1 ? m_skipped.front().reason
                                               : fmt::format("{}; none of the {} samples could be read", m_skipped.front().reason, m_skipped.size())};
        return std::optional<Batch>();
    }
    Batch batch;
    for (size_t i = 0; i < m_inputs.size(); ++i) {
        BPU_TRY(tensor, stack(samples, i, m_inputs[i], m_batch));
        batch.inputs.push_back(std::move(tensor));
    }
    for (Sample& sample : samples) {
        batch.names.push_back(std::move(sample.name));
        batch.labels.push_back(sample.label);
    }
    return std::optional(std::move(batch));
}

} // namespace bpu::data
