// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What long work is given: a way to report progress and to notice that it should stop.
#pragma once

#include "core/base/error.h"

#include <functional>
#include <stop_token>
#include <string_view>

namespace bpu {

/// Default constructed it reports nowhere and never stops. Thread: the worker's.
struct JobControl {
    /// fraction in [0, 1]; text names the step in the user's words ("Lay out 31 of 54").
    std::function<void(double fraction, std::string_view text)> onProgress;
    std::stop_token stop;

    bool stopRequested() const { return stop.stop_requested(); }
    void report(double fraction, std::string_view text) const
    {
        if (onProgress)
            onProgress(fraction, text);
    }
    static Error cancelled() { return {"job.cancelled", {}, "stopped", ErrorKind::Cancelled}; }
};

} // namespace bpu
