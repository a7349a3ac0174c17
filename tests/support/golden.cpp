// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

#include "core/base/file.h"

#include <cstdlib>
#include <fmt/format.h>
#include <sstream>

namespace bpu::test {

std::string compareGolden(std::string_view name, std::string_view text)
{
    const std::filesystem::path path = std::filesystem::path("tests/golden") / name;
    if (std::getenv("BPU_UPDATE_GOLDEN")) {
        const auto written = writeFile(path, text);
        return written ? std::string() : written.error().text();
    }
    const auto file = readFile(path);
    if (!file)
        return file.error().text();
    std::istringstream expected(std::string(reinterpret_cast<const char*>(file->span().data()), file->size()));
    std::istringstream actual{std::string(text)};
    for (int line = 1;; ++line) {
        std::string left;
        std::string right;
        const bool more = static_cast<bool>(std::getline(expected, left));
        const bool got = static_cast<bool>(std::getline(actual, right));
        if (!more && !got)
            return {};
        if (more != got || left != right)
            return fmt::format("{}:{}: expected '{}', got '{}'", path.string(), line, more ? left : "<end>", got ? right : "<end>");
    }
}

} // namespace bpu::test
