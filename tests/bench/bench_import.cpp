// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// bench_import FILE...: time and peak memory of opening a model, nothing else.
#include "core/import/import.h"
#include "tests/bench/figures.h"

#include <fmt/format.h>

#include <filesystem>

using namespace bpu;

namespace {

int measure(const std::filesystem::path& path)
{
    Result<importer::Imported> imported = Error{};
    const double first = bench::timed([&] { imported = importer::importModel(path); });
    if (!imported) {
        fmt::print(stderr, "bench_import: {}\n", imported.error().text());
        return 2;
    }
    const double peak = bench::peakMiB();
    imported = Error{};
    const double again = bench::best(3, [&] { imported = importer::importModel(path); });
    const double size = static_cast<double>(std::filesystem::file_size(path)) / (1 << 20);
    fmt::print("| {} | {:.1f} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} |\n", path.filename().string(), size, imported->graph.nodeCount(), first, again,
               peak, 1.3 * size + 150);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    fmt::print("| file | MiB | nodes | first ms | best ms | peak MiB | allowed MiB |\n");
    return bench::forEachFile(argc, argv, [](const char* path) { return measure(path); });
}
