// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/numbers.h"

#include "core/ops/tensor_builder.h"

namespace bpu::runtime {

std::vector<double> numbersOf(const Buffer& buffer)
{
    std::vector<double> numbers(static_cast<size_t>(buffer.count()));
    if (buffer.type->dtype() == ir::DType::Float32) {
        std::copy_n(buffer.in<float>(), numbers.size(), numbers.begin());
        return numbers;
    }
    const size_t bytes = numbers.size() * ir::byteSize(buffer.type->dtype());
    const ir::Tensor tensor(*buffer.type, Bytes(std::shared_ptr<const std::byte[]>(std::shared_ptr<void>(), buffer.data), bytes));
    for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = tensor.number(static_cast<int64_t>(i));
    return numbers;
}

void store(const Buffer& result, const std::vector<double>& numbers)
{
    const ir::DType dtype = result.type->dtype();
    if (dtype == ir::DType::Float32) {
        for (size_t i = 0; i < numbers.size(); ++i)
            result.out<float>()[i] = static_cast<float>(numbers[i]);
        return;
    }
    const size_t width = ir::byteSize(dtype);
    for (size_t i = 0; i < numbers.size(); ++i)
        ops::storeScalar(dtype, result.data + i * width, {numbers[i], ir::isFloat(dtype) ? 0 : static_cast<int64_t>(numbers[i])});
}

Kernel computed(const Site& site, Computation computation)
{
    const auto isReal = [](ir::DType dtype) { return ops::isComputable(dtype); };
    for (size_t i = 0; i < site.node.inputs.size(); ++i)
        if (site.has(i) && !isReal(site.input(i).dtype()))
            return {};
    if (!isReal(site.output().dtype()))
        return {};
    return {.run = [computation = std::move(computation)](const Call& call) -> Result<void> {
        std::vector<std::vector<double>> inputs;
        for (const Buffer& input : call.inputs)
            inputs.push_back(input.data ? numbersOf(input) : std::vector<double>());
        store(call.outputs[0], computation(inputs));
        return {};
    }};
}

AroundAxis::AroundAxis(const ir::Shape& shape, size_t axis)
{
    for (size_t i = 0; i < shape.size(); ++i)
        (i < axis ? outer : i == axis ? size : inner) *= shape[i];
}

} // namespace bpu::runtime
