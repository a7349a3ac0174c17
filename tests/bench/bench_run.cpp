// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// bench_run [--peer LIBONNXRUNTIME] [--threads 1,2] [--rounds N] [--quantized] MODEL...: the executor, beside onnxruntime.
// With --quantized ours is the fixed-point form of the model, the peer stays in float.
// bench_run --profile [--quantized] MODEL: its time by operator.
// Each of the two lives in a process of its own that waits for its turn, so neither disturbs the other's threads,
// caches or memory, and both meet the same load of the machine. Compare the ratios.
#include "core/import/import.h"
#include "core/runtime/float_executor.h"
#include "tests/bench/figures.h"
#include "tests/bench/peer.h"
#include "tests/bench/quantized.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <ctime>
#include <map>
#include <optional>
#include <random>

using namespace bpu;

namespace {

constexpr int kRunsOfATurn = 3;
constexpr size_t kShownNumbers = 64;

/// What a process writes to the other side of its pipe.
struct Ready {
    bool isGood = false;
    double openMs = 0;  ///< reading the file
    double firstMs = 0; ///< from there to the first result
    double firstCpuMs = 0;
    double peakMiB = 0;
    std::array<float, kShownNumbers> result{};
};
/// One inference: on the clock, and of the processor, which other programs disturb less. Threads that wait spin: with more
/// than one the second says nothing.
struct Times {
    double ms = 0;
    double cpuMs = 0;
};
using Turn = std::array<Times, kRunsOfATurn>;

std::vector<ir::Tensor> randomInputs(const ir::Graph& graph)
{
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<ir::Tensor> inputs;
    for (const ValueId id : graph.inputs()) {
        const ir::TensorType& type = graph.value(id).type;
        std::vector<float> numbers(static_cast<size_t>(type.isStatic() ? type.elementCount() : 0));
        std::ranges::generate(numbers, [&] { return normal(random); });
        inputs.push_back(ir::Tensor::floats(type.shape(), numbers));
    }
    return inputs;
}

double cpuMs()
{
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// Answers turns until the pipe closes. `infer` gives the first result.
template <typename Infer>
int serve(int in, int out, Ready ready, Infer&& infer)
{
    Result<std::vector<float>> result = Error{};
    const double before = cpuMs();
    ready.firstMs += bench::timed([&] { result = infer(); });
    ready.firstCpuMs += cpuMs() - before;
    if (!result)
        fmt::print(stderr, "bench_run: {}\n", result.error().text());
    else
        std::ranges::copy(std::span(*result).first(std::min(result->size(), kShownNumbers)), ready.result.begin());
    for (int i = 0; i < 2 && result; ++i)
        result = infer();
    ready.isGood = result.has_value();
    ready.peakMiB = bench::peakMiB();
    if (write(out, &ready, sizeof(ready)) != sizeof(ready) || !ready.isGood)
        return 3;
    char turn = 0;
    while (read(in, &turn, 1) == 1) {
        (void)infer(); // the caches are the other one's at first
        Turn times{};
        for (Times& time : times) {
            const double start = cpuMs();
            time.ms = bench::timed([&] { (void)infer(); });
            time.cpuMs = cpuMs() - start;
        }
        if (write(out, &times, sizeof(times)) != sizeof(times))
            return 3;
    }
    return 0;
}

Result<ir::GraphPtr> open(const char* path, bool quantized)
{
    BPU_TRY(imported, importer::importModel(path));
    if (!quantized)
        return std::make_shared<const ir::Graph>(std::move(imported.graph));
    BPU_TRY(made, bench::quantizedForm(imported.graph));
    return std::make_shared<const ir::Graph>(std::move(made));
}

int serveOurs(const char* path, int threads, bool quantized, int in, int out)
{
    Ready ready;
    Result<ir::GraphPtr> opened = Error{};
    ready.openMs = bench::timed([&] { opened = open(path, quantized); });
    if (!opened) {
        fmt::print(stderr, "bench_run: {}\n", opened.error().text());
        return 2;
    }
    ir::GraphPtr graph = std::move(*opened);
    const std::vector<ir::Tensor> inputs = randomInputs(*graph);
    Result<runtime::FloatExecutor> executor = Error{};
    const double before = cpuMs();
    ready.firstMs = bench::timed([&] { executor = runtime::FloatExecutor::make(std::move(graph), {.threads = threads}); });
    ready.firstCpuMs = cpuMs() - before;
    if (!executor) {
        fmt::print(stderr, "bench_run: {}\n", executor.error().text());
        return 2;
    }
    return serve(in, out, ready, [&]() -> Result<std::vector<float>> {
        BPU_TRY(results, executor->run(inputs));
        const auto* numbers = reinterpret_cast<const float*>(results.front().bytes().data());
        return std::vector<float>(numbers, numbers + results.front().elementCount());
    });
}

int servePeer(const char* library, const char* path, int threads, int in, int out)
{
    std::vector<ir::Tensor> inputs;
    size_t count = 0;
    {
        const auto imported = importer::importModel(path);
        if (!imported)
            return 2;
        inputs = randomInputs(imported->graph);
        count = static_cast<size_t>(imported->graph.value(imported->graph.outputs().front()).type.elementCount());
    }
    Ready ready;
    Result<bench::Peer> peer = Error{};
    ready.openMs = bench::timed([&] { peer = bench::Peer::open(library, path, threads); });
    if (!peer) {
        fmt::print(stderr, "bench_run: {}\n", peer.error().text());
        return 2;
    }
    return serve(in, out, ready, [&] { return peer->run(inputs, count); });
}

/// A process that does one inference after another when it is asked to.
class Runner {
public:
    template <typename Serve>
    explicit Runner(Serve&& run)
    {
        int asks[2], answers[2];
        if (pipe(asks) != 0 || pipe(answers) != 0)
            return;
        std::fflush(nullptr);
        m_child = fork();
        if (m_child == 0) {
            close(asks[1]);
            close(answers[0]);
            _exit(run(asks[0], answers[1]));
        }
        close(asks[0]);
        close(answers[1]);
        m_ask = asks[1];
        m_answer = answers[0];
        if (read(m_answer, &ready, sizeof(ready)) != sizeof(ready))
            ready.isGood = false;
    }
    ~Runner()
    {
        close(m_ask);
        close(m_answer);
        if (m_child > 0)
            waitpid(m_child, nullptr, 0);
    }
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void takeTurn()
    {
        Turn turn{};
        if (write(m_ask, "r", 1) == 1 && read(m_answer, &turn, sizeof(turn)) == sizeof(turn))
            m_times.insert(m_times.end(), turn.begin(), turn.end());
        usleep(3000); // its threads stop spinning
    }
    double least(double Times::*time) const { return (*std::ranges::min_element(m_times, {}, time)).*time; }
    double median(double Times::*time)
    {
        const auto middle = m_times.begin() + static_cast<std::ptrdiff_t>(m_times.size() / 2);
        std::ranges::nth_element(m_times, middle, {}, time);
        return (*middle).*time;
    }

    Ready ready;

private:
    pid_t m_child = -1;
    int m_ask = -1;
    int m_answer = -1;
    std::vector<Times> m_times;
};

/// Largest difference, against the largest number.
double difference(const Ready& a, const Ready& b)
{
    double most = 0, size = 1e-30;
    for (size_t i = 0; i < kShownNumbers; ++i) {
        most = std::max(most, std::fabs(static_cast<double>(a.result[i]) - static_cast<double>(b.result[i])));
        size = std::max(size, std::fabs(static_cast<double>(b.result[i])));
    }
    return most / size;
}

struct Options {
    const char* peer = nullptr;
    std::vector<int> threads = {1, 2};
    int rounds = 20;
    bool isProfile = false;
    bool isQuantized = false;
    std::vector<const char*> models;
};

bool measure(const char* path, int threads, const Options& options)
{
    Runner ours([&](int in, int out) { return serveOurs(path, threads, options.isQuantized, in, out); });
    std::optional<Runner> peer;
    if (options.peer)
        peer.emplace([&](int in, int out) { return servePeer(options.peer, path, threads, in, out); });
    if (!ours.ready.isGood || (peer && !peer->ready.isGood))
        return false;
    for (int i = 0; i < options.rounds; ++i) {
        ours.takeTurn();
        if (peer)
            peer->takeTurn();
    }
    const char* name = std::strrchr(path, '/');
    fmt::print("| {} | {} |", name ? name + 1 : path, threads);
    for (double Times::*time : {&Times::ms, &Times::cpuMs}) {
        fmt::print(" {:.2f} | {:.2f} |", ours.least(time), ours.median(time));
        if (peer)
            fmt::print(" {:.2f} | {:.2f} | {:.2f} | {:.2f} |", peer->least(time), peer->median(time), ours.least(time) / peer->least(time),
                       ours.median(time) / peer->median(time));
    }
    if (peer)
        fmt::print(" {:.0e} |", difference(ours.ready, peer->ready));
    fmt::print(" {:.0f} | {:.0f} | {:.0f} | {:.0f} |\n", ours.ready.openMs, ours.ready.firstMs, ours.ready.firstCpuMs, ours.ready.peakMiB);
    std::fflush(stdout);
    return true;
}

/// Where the time of one run goes: the least of several, by operator and what is merged with it.
int profile(const char* path, int threads, bool quantized)
{
    const auto graph = open(path, quantized);
    auto executor = graph ? runtime::FloatExecutor::make(*graph, {.threads = threads}) : Result<runtime::FloatExecutor>(graph.error());
    if (!executor) {
        fmt::print(stderr, "bench_run: {}\n", executor.error().text());
        return 2;
    }
    const std::vector<ir::Tensor> inputs = randomInputs(**graph);
    std::vector<std::pair<std::string, double>> steps;
    for (int run = 0; run < 10; ++run) {
        size_t i = 0;
        const auto note = [&](const runtime::StepTime& step) {
            if (i == steps.size()) {
                std::string name = step.isReorder ? "order for" : "";
                for (const NodeId id : step.nodes)
                    name += (name.empty() ? "" : " ") + (*graph)->node(id).op;
                steps.emplace_back(name, step.us);
            }
            steps[i].second = std::min(steps[i].second, step.us);
            ++i;
        };
        (void)executor->run(inputs, {.control = {}, .observe = {}, .timed = note});
    }
    std::map<std::string, std::pair<int, double>> sums;
    for (const auto& [name, us] : steps) {
        ++sums[name].first;
        sums[name].second += us;
    }
    for (const auto& [name, sum] : sums)
        fmt::print("{:9.0f} us {:4} x {}\n", sum.second, sum.first, name);
    return 0;
}

Options optionsOf(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const char* next = i + 1 < argc ? argv[i + 1] : "";
        if (word == "--peer") {
            options.peer = next;
        } else if (word == "--rounds") {
            options.rounds = std::max(1, std::atoi(next));
        } else if (word == "--threads") {
            options.threads.clear();
            for (const char* at = next; at && *at; at = std::strchr(at, ',') ? std::strchr(at, ',') + 1 : nullptr)
                options.threads.push_back(std::max(1, std::atoi(at)));
        } else {
            if (word == "--profile")
                options.isProfile = true;
            else if (word == "--quantized")
                options.isQuantized = true;
            else
                options.models.push_back(argv[i]);
            continue;
        }
        ++i;
    }
    return options;
}

} // namespace

int main(int argc, char** argv)
{
    const Options options = optionsOf(argc, argv);
    if (options.models.empty()) {
        fmt::print(stderr, "usage: bench_run [--peer libonnxruntime.so] [--threads 1,2] [--rounds N] [--quantized] MODEL...   (make_graphs.py writes some)\n       bench_run --profile [--threads 1] [--quantized] MODEL\n");
        return 2;
    }
    if (options.isProfile)
        return profile(options.models.front(), options.threads.front(), options.isQuantized);
    fmt::print("| model | threads |");
    for (const char* time : {"ms", "CPU ms"}) {
        fmt::print(" {0} least | {0} median |", time);
        if (options.peer)
            fmt::print(" peer least | peer median | ratio of least | ratio of medians |");
    }
    fmt::print("{} open ms | first ms | first CPU ms | peak MiB |\n", options.peer ? " differs by |" : "");
    for (const char* model : options.models)
        for (const int threads : options.threads)
            if (!measure(model, threads, options))
                return 3;
    return 0;
}
