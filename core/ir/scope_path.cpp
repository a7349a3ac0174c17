// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/ir/scope_path.h"

namespace bpu::ir {

std::optional<std::string> scopeOfName(std::string_view nodeName)
{
    const size_t last = nodeName.rfind('/');
    if (last == std::string_view::npos)
        return std::nullopt;
    std::string scope;
    std::string_view previous;
    std::string_view rest = nodeName.substr(0, last);
    while (!rest.empty()) {
        const size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
        if (part.empty())
            continue;
        const bool continues = !previous.empty() && part.size() > previous.size() && part.starts_with(previous) && part[previous.size()] == '.';
        if (continues)
            scope.resize(scope.size() - previous.size());
        else if (!scope.empty())
            scope += '.';
        scope += part;
        previous = part;
    }
    return scope;
}

} // namespace bpu::ir
