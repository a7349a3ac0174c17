// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/text_graph.h"

#include "core/ir/text.h"
#include "core/ops/op_spec.h"

#include <QtGlobal>
#include <utility>

namespace bpu::test {
namespace {

ir::Graph orDie(Result<ir::Graph> graph)
{
    if (!graph)
        qFatal("%s", graph.error().text().c_str());
    return std::move(*graph);
}

} // namespace

ir::Graph graphOf(std::string_view text)
{
    return orDie(ir::parse(text));
}

ir::Graph typedGraph(std::string_view text)
{
    return orDie(ops::inferTypes(graphOf(text)));
}

} // namespace bpu::test
