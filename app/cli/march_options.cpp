// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/march_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::cli {

Result<std::vector<march::MarchPtr>> chosenMarches(const Arguments& arguments, bool several)
{
    const std::string wanted = arguments.value("--march");
    std::vector<std::string> names;
    if (several)
        names.emplace_back("all");
    std::vector<march::MarchPtr> chosen;
    for (const march::MarchPtr& march : march::all()) {
        names.push_back(march->name());
        if ((several && wanted == "all") || wanted == march->name())
            chosen.push_back(march);
    }
    if (wanted.empty())
        return Error{"usage", "--march", fmt::format("is missing; write one of {}", fmt::join(names, ", "))};
    if (chosen.empty())
        return Error{"usage", "--march", fmt::format("cannot be '{}'; write one of {}", wanted, fmt::join(names, ", "))};
    return chosen;
}

passes::InputSource inputSource(const Arguments& arguments)
{
    const std::string source = arguments.value("--input-source", "ddr");
    return source == "pyramid" ? passes::InputSource::Pyramid : source == "resizer" ? passes::InputSource::Resizer : passes::InputSource::Ddr;
}

Option inputSourceOption()
{
    return {"--input-source", "SOURCE", "where the input comes from: ddr (the default), pyramid, resizer", false, {"ddr", "pyramid", "resizer"}};
}

} // namespace bpu::cli
