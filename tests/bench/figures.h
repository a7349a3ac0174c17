// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the benchmarks share: the clock, the peak memory, a process of its own for each file.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace bpu::bench {

/// Milliseconds that `work` takes.
template <typename Work>
double timed(Work&& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// The best of several runs: what the machine does when nothing disturbs it.
template <typename Work>
double best(int runs, Work&& work)
{
    double least = timed(work);
    for (int i = 1; i < runs; ++i)
        least = std::min(least, timed(work));
    return least;
}

/// Most memory this process has held.
inline double peakMiB()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Runs `work(path)` in a child process, so that the peak memory is that of one file. Its exit status.
template <typename Work>
int inChild(const char* path, Work&& work)
{
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        const int status = work(path);
        std::fflush(nullptr);
        _exit(status);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

/// inChild for every argument; the worst exit status.
template <typename Work>
int forEachFile(int argc, char** argv, Work&& work)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s FILE...   (make_graphs.py writes some)\n", argv[0]);
        return 2;
    }
    int worst = 0;
    for (int i = 1; i < argc; ++i)
        worst = std::max(worst, inChild(argv[i], work));
    return worst;
}

} // namespace bpu::bench
