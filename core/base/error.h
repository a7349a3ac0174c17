// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Why: a bad model is ordinary here, so failure is part of every signature and never an exception
// that crosses Qt's event loop. One Error stops one operation; many Findings describe a model.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace bpu {

/// Who has to act on an error. The command line turns it into the exit status.
enum class ErrorKind {
    Input,     ///< the file, the option or the model is at fault: exit status 2
    Machine,   ///< disk full, out of memory, a tool that is missing or failed: exit status 3
    Cancelled, ///< the user stopped the operation: nothing was changed
};

/// One operation stopped.
/// code     stable, dotted, for scripts and tests: "onnx.truncated"
/// where    file, node or option at fault; may be empty
/// message  one sentence without the full stop: what is wrong; what to do
struct Error {
    std::string code;
    std::string where;
    std::string message;
    ErrorKind kind = ErrorKind::Input;

    /// "WHERE: MESSAGE", the sentence that window and command line both show.
    std::string text() const { return where.empty() ? message : where + ": " + message; }
};

/// std::expected with a dropped result made a compile error; GCC 12's own is not [[nodiscard]].
template <typename T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using std::expected<T, Error>::expected;
    Result(Error error) : std::expected<T, Error>(std::unexpect, std::move(error)) {}
};

} // namespace bpu

#define BPU_CONCAT_INNER(a, b) a##b
#define BPU_CONCAT(a, b) BPU_CONCAT_INNER(a, b)

/// BPU_TRY(name, expression): declares `name` as the value of a Result, or returns its Error.
#define BPU_TRY(name, ...)                                                                         \
    auto BPU_CONCAT(bpuResult_, __LINE__) = (__VA_ARGS__);                                         \
    if (!BPU_CONCAT(bpuResult_, __LINE__))                                                         \
        return ::bpu::Error{std::move(BPU_CONCAT(bpuResult_, __LINE__)).error()};                  \
    auto& name = *BPU_CONCAT(bpuResult_, __LINE__)

/// BPU_CHECK(expression): as BPU_TRY for a Result<void>.
#define BPU_CHECK(...)                                                                             \
    do {                                                                                           \
        if (auto bpuResult = (__VA_ARGS__); !bpuResult)                                            \
            return ::bpu::Error{std::move(bpuResult).error()};                                     \
    } while (false)
