// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/peer.h"

#include <dlfcn.h>

#include <cstdint>

namespace bpu::bench {
namespace {

/// Places in onnxruntime's table of C functions. The table only ever grows at its end, so they hold for every version.
enum class Entry : uint8_t {
    GetErrorMessage = 2,
    CreateEnv = 3,
    CreateSession = 7,
    Run = 9,
    CreateSessionOptions = 10,
    SetSessionGraphOptimizationLevel = 23,
    SetIntraOpNumThreads = 24,
    SetInterOpNumThreads = 25,
    SessionGetInputName = 36,
    SessionGetOutputName = 37,
    CreateTensorWithDataAsOrtValue = 49,
    GetTensorMutableData = 51,
    CreateCpuMemoryInfo = 69,
    GetAllocatorWithDefaultOptions = 78,
    ReleaseValue = 96,
};

struct Base {
    const void* const* (*table)(uint32_t version);
    const char* (*version)();
};

constexpr int kWarning = 2; // of its log: what is less goes nowhere
constexpr int kAllOptimizations = 99;
constexpr int kFloat = 1;   // its element type
constexpr int kArenaAllocator = 1;
constexpr int kDefaultMemory = 0;

} // namespace

struct Peer::State {
    const void* const* table = nullptr;
    void* session = nullptr;
    void* memory = nullptr;
    std::vector<char*> inputNames;
    char* outputName = nullptr;
    void* allocator = nullptr;

    /// Calls one that answers a status.
    template <typename... Arguments>
    Result<void> call(Entry entry, Arguments... arguments) const
    {
        using Function = void* (*)(Arguments...);
        void* status = reinterpret_cast<Function>(const_cast<void*>(table[static_cast<size_t>(entry)]))(arguments...);
        if (!status)
            return {};
        using Message = const char* (*)(const void*);
        return Error{"bench.peer", {}, reinterpret_cast<Message>(const_cast<void*>(table[static_cast<size_t>(Entry::GetErrorMessage)]))(status)};
    }
    void release(void* value) const
    {
        using Function = void (*)(void*);
        reinterpret_cast<Function>(const_cast<void*>(table[static_cast<size_t>(Entry::ReleaseValue)]))(value);
    }
};

Peer::Peer(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Peer::Peer(Peer&&) noexcept = default;
Peer& Peer::operator=(Peer&&) noexcept = default;
Peer::~Peer() = default;

Result<Peer> Peer::open(const char* library, const char* model, int threads, bool optimizes)
{
    void* handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void* start = handle ? dlsym(handle, "OrtGetApiBase") : nullptr;
    if (!start)
        return Error{"bench.peer", library, "is no onnxruntime library; give the path of libonnxruntime.so"};
    auto state = std::make_unique<State>();
    state->table = reinterpret_cast<const Base* (*)()>(start)()->table(1);
    void* environment = nullptr;
    void* options = nullptr;
    BPU_CHECK(state->call(Entry::CreateEnv, kWarning, "bench", &environment));
    BPU_CHECK(state->call(Entry::CreateSessionOptions, &options));
    BPU_CHECK(state->call(Entry::SetSessionGraphOptimizationLevel, options, optimizes ? kAllOptimizations : 0));
    BPU_CHECK(state->call(Entry::SetIntraOpNumThreads, options, threads));
    BPU_CHECK(state->call(Entry::SetInterOpNumThreads, options, 1));
    BPU_CHECK(state->call(Entry::CreateSession, environment, model, static_cast<const void*>(options), &state->session));
    BPU_CHECK(state->call(Entry::CreateCpuMemoryInfo, kArenaAllocator, kDefaultMemory, &state->memory));
    BPU_CHECK(state->call(Entry::GetAllocatorWithDefaultOptions, &state->allocator));
    BPU_CHECK(state->call(Entry::SessionGetOutputName, state->session, size_t{0}, state->allocator, &state->outputName));
    return Peer(std::move(state));
}

Result<std::vector<float>> Peer::run(const std::vector<ir::Tensor>& inputs, size_t count)
{
    State& s = *m_state;
    std::vector<void*> values(inputs.size(), nullptr);
    for (size_t i = 0; i < inputs.size(); ++i) {
        if (s.inputNames.size() <= i)
            BPU_CHECK(s.call(Entry::SessionGetInputName, s.session, i, s.allocator, &s.inputNames.emplace_back(nullptr)));
        const auto bytes = inputs[i].bytes();
        BPU_CHECK(s.call(Entry::CreateTensorWithDataAsOrtValue, s.memory, const_cast<std::byte*>(bytes.data()), bytes.size(), inputs[i].shape().data(),
                         inputs[i].shape().size(), kFloat, &values[i]));
    }
    void* output = nullptr;
    BPU_CHECK(s.call(Entry::Run, s.session, nullptr, s.inputNames.data(), values.data(), values.size(), &s.outputName, size_t{1}, &output));
    const float* numbers = nullptr;
    BPU_CHECK(s.call(Entry::GetTensorMutableData, output, &numbers));
    std::vector<float> result(numbers, numbers + count);
    s.release(output);
    for (void* value : values)
        s.release(value);
    return result;
}

} // namespace bpu::bench
