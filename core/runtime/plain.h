// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Kernels in plain code: a function over row-major numbers, for operators that oneDNN lacks. One definition serves all
// dtypes: float32 is read and written in place, half precision is widened to float, everything else to double.
#pragma once

#include "core/runtime/kernel.h"
#include "core/runtime/parallel.h"

#include <memory>
#include <type_traits>

namespace bpu::runtime {

/// Elements that one thread takes at least.
inline constexpr int64_t kPlainGrain = 8192;

/// The operand's bytes as a tensor, which the run keeps alive meanwhile.
ir::Tensor tensorOf(const Buffer& buffer);

/// Operands and results of one run; null where an input is absent or nobody reads a result.
template <typename T>
struct Numbers {
    std::vector<const T*> in;
    std::vector<T*> out;
};

/// Numbers<T> over the buffers of a call: in place where the dtype is T's own, else a copy that is written back
/// (rounded to the dtype; integers are cut off) by store().
template <typename T>
class PlainOperands {
public:
    explicit PlainOperands(const Call& call);
    void store() const;

    Numbers<T> numbers;

private:
    const Call& m_call;
    std::vector<std::unique_ptr<T[]>> m_copies;
    std::vector<std::pair<size_t, const T*>> m_results;
};

extern template class PlainOperands<float>;
extern template class PlainOperands<double>;

/// Whether float is wide enough: the first input is float32 or half precision.
bool isPlainFloat(const Site& site);

/// `compute(const Numbers<T>&)` is called with T = float or double; it may return a Result<void>.
template <typename Compute>
Kernel plainKernel(const Site& site, Compute compute)
{
    const auto runAs = [compute]<typename T>(const Call& call, T) -> Result<void> {
        PlainOperands<T> operands(call);
        if constexpr (std::is_void_v<decltype(compute(operands.numbers))>)
            compute(operands.numbers);
        else
            BPU_CHECK(compute(operands.numbers));
        operands.store();
        return {};
    };
    if (isPlainFloat(site))
        return Kernel{.run = [runAs](const Call& call) { return runAs(call, 0.0F); }};
    return Kernel{.run = [runAs](const Call& call) { return runAs(call, 0.0); }};
}

/// The element type of a Numbers<T>.
template <typename N>
using Element = std::remove_cvref_t<decltype(*std::declval<N>().out[0])>;

/// A shape around one axis: element (o, i, j) of [outer, size, inner] lies at (o * size + i) * inner + j.
struct AxisBlocks {
    int64_t outer = 1;
    int64_t size = 1;
    int64_t inner = 1;

    /// `axis` may be negative.
    static AxisBlocks of(const ir::TensorType& type, int64_t axis);
    int64_t lines() const { return outer * inner; }
    int64_t at(int64_t line, int64_t i) const { return (line / inner * size + i) * inner + line % inner; }
};

} // namespace bpu::runtime
