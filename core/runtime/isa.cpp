// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/runtime/isa.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace bpu::runtime {
namespace {

constexpr std::array kIsas{Isa::Plain, Isa::Avx2, Isa::AvxVnni, Isa::Vnni};

#if defined(__x86_64__)
/// CPUID 7.1 EAX bit 4, for which GCC 12 has no name; the registers are those of AVX2.
bool hasAvxVnni()
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1) != 0;
}
#endif

bool isAvailable(Isa isa)
{
#if defined(__x86_64__)
    const bool hasAvx2 = __builtin_cpu_supports("avx2");
    switch (isa) {
    case Isa::Plain: return true;
    case Isa::Avx2: return hasAvx2;
    case Isa::AvxVnni: return hasAvx2 && hasAvxVnni();
    case Isa::Vnni: return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
    }
    return false;
#else
    return isa == Isa::Plain;
#endif
}

} // namespace

std::string_view name(Isa isa)
{
    constexpr std::array<std::string_view, 4> kNames{"plain", "avx2", "avxvnni", "vnni"};
    return kNames[static_cast<size_t>(isa)];
}

std::vector<Isa> availableIsas()
{
    std::vector<Isa> isas;
    std::ranges::copy_if(kIsas, std::back_inserter(isas), isAvailable);
    return isas;
}

Result<Isa> chooseIsa(std::optional<Isa> asked)
{
    const std::vector<Isa> available = availableIsas();
    std::string wanted = asked ? std::string(name(*asked)) : std::string();
    if (const char* given = std::getenv("BPU_ISA"); given && !asked)
        wanted = given;
    if (wanted.empty())
        return available.back();
    const auto found = std::ranges::find(available, wanted, [](Isa isa) { return name(isa); });
    if (found != available.end())
        return *found;
    std::vector<std::string_view> names;
    std::ranges::transform(available, std::back_inserter(names), [](Isa isa) { return name(isa); });
    return Error{"runtime.isa", "BPU_ISA", fmt::format("{} is not among what this processor has: {}", wanted, fmt::join(names, ", "))};
}

} // namespace bpu::runtime
