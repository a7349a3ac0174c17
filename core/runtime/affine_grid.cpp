// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The places at which an affine map samples an image or a volume: theta [N, d, d + 1] times (x, y[, z], 1), the last
// dimension first. Source: torch.nn.functional.affine_grid, ONNX AffineGrid 20.
#include "core/runtime/plain.h"

#include <array>

namespace bpu::runtime {

/// Element i of `size` in [-1, 1]: the ends are the centers of the outer elements or their outer borders.
static double placeOf(int64_t i, int64_t size, bool alignsCorners)
{
    if (alignsCorners)
        return size > 1 ? 2 * static_cast<double>(i) / static_cast<double>(size - 1) - 1 : 0;
    return (2 * static_cast<double>(i) + 1) / static_cast<double>(size) - 1;
}

Result<Kernel> makeAffineGrid(const Site& site)
{
    const ir::Shape& y = site.output().shape(); // [N, ..., H, W, d]
    const size_t dims = y.empty() ? 0 : static_cast<size_t>(y.back());
    if (dims < 2 || dims > 3 || y.size() != dims + 2 || site.input(0).shape() != ir::Shape{y[0], y.back(), y.back() + 1})
        return cannotRun(site.node, "its maps do not fit the size of its grid");
    const bool alignsCorners = site.node.attributes.flag("align_corners");
    const int64_t places = AxisBlocks::of(site.output(), 0).inner / static_cast<int64_t>(dims);
    return plainKernel(site, [y, dims, alignsCorners, places](const auto& numbers) {
        using T = Element<decltype(numbers)>;
        parallelFor(y[0] * places, kPlainGrain, [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row) {
                std::array<double, 4> at{};
                int64_t rest = row % places;
                for (size_t i = 0; i < dims; ++i) {
                    const int64_t size = y[dims - i];
                    at[i] = placeOf(rest % size, size, alignsCorners);
                    rest /= size;
                }
                at[dims] = 1;
                for (size_t k = 0; k < dims; ++k) {
                    const T* theta = numbers.in[0] + (static_cast<size_t>(row / places) * dims + k) * (dims + 1);
                    double sum = 0;
                    for (size_t i = 0; i <= dims; ++i)
                        sum += at[i] * static_cast<double>(theta[i]);
                    numbers.out[0][static_cast<size_t>(row) * dims + k] = static_cast<T>(sum);
                }
            }
        });
    });
}

} // namespace bpu::runtime
