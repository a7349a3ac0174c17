// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/check_march/eager_words.h"

#include "core/ops/op_spec.h"
#include "passes/check_eager/authors.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::passes {
namespace {

std::string_view writtenIn(const ir::Node& node)
{
    return node.origins.empty() ? std::string_view() : node.origins.front().what;
}

bool isClass(std::string_view dotted)
{
    const std::string_view last = ir::lastPart(dotted);
    return !last.empty() && std::isupper(static_cast<unsigned char>(last.front()));
}

/// The author's call is one of the replacements or its method: torch.nn.quantized.FloatFunctional.add.
bool isReplaced(std::string_view what, const std::vector<std::string>& replacements)
{
    return std::ranges::any_of(replacements, [&](const std::string& name) { return what.starts_with(name) && (what.size() == name.size() || what[name.size()] == '.'); });
}

/// What stands for the row in eager mode: the table's replacements, or the module that the row is where its function was called.
std::vector<std::string> replacements(const Site& site, const Candidate& candidate)
{
    const march::Row& row = *candidate.row->printed;
    if (!row.eagerReplacement.empty())
        return row.eagerReplacement;
    const ops::OpSpec* spec = ops::find(site.node.op);
    const bool isOwnModule = spec && row.name.starts_with("torch.nn.") && isClass(row.name) && std::ranges::find(spec->torch, row.name) != spec->torch.end();
    const std::string_view what = writtenIn(site.node);
    const bool isFunction = what.starts_with("torch.") && !isClass(what) && what.find("FloatFunctional") == std::string_view::npos;
    return isOwnModule && isFunction && hasAuthorsWords(site.graph) ? std::vector<std::string>{row.name} : std::vector<std::string>();
}

/// "self.add = horizon.nn.quantized.FloatFunctional(), called as self.add.add(...)".
std::string code(const std::string& replacement, const std::string& what)
{
    const std::string function(ir::lastPart(what));
    const std::string method = replacement.ends_with("FloatFunctional") ? "." + function : std::string();
    return fmt::format("self.{0} = {1}(...) in __init__ and self.{0}{2}(...) in forward", function, replacement, method);
}

} // namespace

bool adviseEager(const Site& site, const Candidate& candidate, Finding& f)
{
    const march::Row& row = *candidate.row->printed;
    const std::string what(writtenIn(site.node));
    const std::vector<std::string> allowed = replacements(site, candidate);
    const bool exact = what == row.name;
    const bool isKnown = hasAuthorsWords(site.graph);
    if (allowed.empty() || (!exact && !isKnown && row.name.starts_with("torch.nn.")) || isReplaced(what, allowed))
        return false;
    f.found = row.eagerReplacement.empty() ? what : row.name;
    f.message = fmt::format("Eager mode needs a module in place of {}", f.found);
    f.allowed = fmt::format("{}", fmt::join(allowed, " or "));
    if (!isKnown || isClass(f.found)) {
        f.advice = fmt::format("Use {}{}; fx mode needs no change", f.allowed, exact ? "" : " unless the source does already (the file does not tell)");
        return true;
    }
    if (const std::string place = authorsPlace(site.graph, site.node); !place.empty())
        f.message += fmt::format(" ({})", place);
    f.advice = fmt::format("Write {}; fx mode needs no change", code(allowed.back(), f.found));
    return true;
}

} // namespace bpu::passes
