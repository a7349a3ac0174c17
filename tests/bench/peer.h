// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// onnxruntime as the peer of bench_run. Its library is opened while the program runs, from a path that the user gives:
// nothing here needs it to be installed.
#pragma once

#include "core/base/error.h"
#include "core/ir/tensor.h"

#include <memory>
#include <vector>

namespace bpu::bench {

/// One model in onnxruntime, on the CPU.
class Peer {
public:
    /// `library` is libonnxruntime.so of any version with C interface 1 or later. Errors "bench.peer".
    /// Without `optimizes` it computes the nodes as they are written.
    static Result<Peer> open(const char* library, const char* model, int threads, bool optimizes = true);
    Peer(Peer&&) noexcept;
    Peer& operator=(Peer&&) noexcept;
    ~Peer();

    /// The first result, which has `count` elements of float32. `inputs` in the model's order.
    Result<std::vector<float>> run(const std::vector<ir::Tensor>& inputs, size_t count);

private:
    struct State;
    explicit Peer(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

} // namespace bpu::bench
