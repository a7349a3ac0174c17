// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/palette.h"

#include <nlohmann/json.hpp>

namespace bpu::exporter {

Result<Palette> parsePalette(std::string_view json)
{
    const nlohmann::json document = nlohmann::json::parse(json, nullptr, false);
    if (!document.is_object())
        return Error{"palette.json", "theme", "is not a JSON object of colors; install the program again"};
    Palette palette;
    for (const auto& [token, color] : document.items())
        if (color.is_string())
            palette.emplace(token, color.get<std::string>());
    return palette;
}

} // namespace bpu::exporter
