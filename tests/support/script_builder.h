// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A whole TorchScript file from the lines of its forward.
#pragma once

#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

#include <fmt/format.h>
#include <string>

namespace bpu::test {

/// A module without attributes whose forward(self, x) has these lines. From version 6 on the number lies in .data.
inline std::string scriptFile(int version, const std::string& lines, const std::string& firstLine = {})
{
    std::string code = firstLine + "class M(Module):\n  __parameters__ = []\n  training : bool\n  def forward(self: __torch__.M,\n    x: Tensor) -> Tensor:\n";
    for (size_t at = 0; at < lines.size();) {
        const size_t end = std::min(lines.find('\n', at), lines.size());
        code += "    " + lines.substr(at, end - at) + "\n";
        at = end + 1;
    }
    const std::string data = pickle::whole(pickle::object("__torch__", "M", pickle::dict(pickle::text("training") + pickle::boolean(false))));
    return zipOf({{.name = version < 6 ? "m/version" : "m/.data/version", .data = fmt::format("{}\n", version)}, {.name = "m/data.pkl", .data = data},
                  {.name = "m/code/__torch__.py", .data = code}});
}

} // namespace bpu::test
