// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/random.h"
#include "core/data/source.h"
#include "core/ops/tensor_builder.h"

#include <fmt/format.h>

namespace bpu::data {
namespace {

int64_t randomInteger(Random& random, ir::DType dtype)
{
    switch (dtype) {
    case ir::DType::UInt8: return static_cast<int64_t>(random.below(256));
    case ir::DType::Int8: return static_cast<int64_t>(random.below(256)) - 128;
    case ir::DType::Bool: return static_cast<int64_t>(random.below(2));
    default: return static_cast<int64_t>(random.below(10)); // indices, lengths: small ones are the likely ones to be valid
    }
}

class RandomSource : public Source {
public:
    RandomSource(const WantedInput& input, bool isBatched, size_t count, uint64_t seed, size_t place)
        : m_type(input.type.withShape(sampleShape(input, isBatched))), m_input(input.name), m_count(count), m_seed(Random(Random(seed).next() + place).next())
    {
        m_info.text = fmt::format("{} of random numbers, seed {}", countText(count, "sample"), seed);
    }

    size_t size() const override { return m_count; }
    const DatasetInfo& info() const override { return m_info; }
    std::string nameOf(size_t i) const override { return fmt::format("random[{}]", i); }
    Result<Item> at(size_t i) const override
    {
        Random random(Random(m_seed + i).next());
        const bool isFloat = ir::isFloat(m_type.dtype());
        std::optional<ir::Tensor> numbers = ops::buildTensor(m_type, [&](int64_t) {
            return isFloat ? ops::MaybeScalar({.number = random.symmetric(), .integer = 0})
                           : ops::MaybeScalar({.number = 0, .integer = randomInteger(random, m_type.dtype())});
        });
        if (!numbers)
            return Error{"data.dtype", nameOf(i), fmt::format("input {} takes {}, of which there are no random ones; give its data as .npy", m_input, m_type.text())};
        return Item{nameOf(i), std::move(*numbers)};
    }

private:
    ir::TensorType m_type;
    std::string m_input;
    size_t m_count;
    uint64_t m_seed;
    DatasetInfo m_info;
};

} // namespace

SourcePtr openRandom(const WantedInput& input, bool isBatched, size_t count, uint64_t seed, size_t place)
{
    return std::make_unique<RandomSource>(input, isBatched, count, seed, place);
}

} // namespace bpu::data
