// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "passes/compare/batch_source.h"

#include "core/import/import.h"
#include "passes/evaluate/check_memory.h"
#include "passes/set_batch/set_batch.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::passes {
namespace {

using Shapes = std::map<std::string, ir::Shape>;

Result<ir::GraphPtr> reshaped(const ir::GraphPtr& graph, const Shapes& shapes)
{
    if (shapes.empty())
        return graph;
    BPU_TRY(shaped, importer::withInputShapes(*graph, shapes));
    return std::make_shared<const ir::Graph>(std::move(shaped));
}

bool isOpen(ir::Dim dim)
{
    return dim == ir::kUnknownDim;
}

Result<ir::GraphPtr> shapedFor(const ir::GraphPtr& graph, int64_t batch)
{
    const std::vector<data::WantedInput> inputs = data::wantedInputs(*graph);
    const bool isBatched = data::isBatched(inputs);
    if (batch > 0 && !isBatched)
        return Error{"compare.batch", graph->name(), "has inputs whose first dimensions differ, so they hold no batch; leave out --batch"};
    const bool isForOne = std::ranges::all_of(inputs, [](const data::WantedInput& input) { return input.type.isStatic() && input.type.dim(0) == 1; });
    if (batch > 1 && isForOne) {
        BPU_TRY(enlarged, setBatch(*graph, batch));
        return std::make_shared<const ir::Graph>(std::move(enlarged));
    }
    Shapes shapes;
    for (const data::WantedInput& input : inputs) {
        ir::Shape shape = input.type.hasRank() ? input.type.shape() : ir::Shape{ir::kUnknownDim};
        if (isBatched && !shape.empty() && input.type.hasRank() && (batch > 0 || isOpen(shape[0])))
            shape[0] = std::max<int64_t>(batch, 1);
        if (std::ranges::any_of(shape, isOpen))
            return Error{"compare.shape", input.name, fmt::format("has the shape {}, which is not known yet; give it one with --input {}=...", ir::shapeText(input.type), input.name)};
        if (shape != input.type.shape())
            shapes.emplace(input.name, std::move(shape));
    }
    return reshaped(graph, shapes);
}

} // namespace

Result<ir::GraphPtr> withBatch(const ir::GraphPtr& graph, int64_t batch)
{
    BPU_TRY(shaped, shapedFor(graph, batch));
    BPU_CHECK(checkMemory(*shaped));
    return std::move(shaped);
}

Result<ir::GraphPtr> withShapesOf(const ir::Graph& a, const ir::GraphPtr& b)
{
    Shapes shapes;
    for (size_t i = 0; i < std::min(a.inputs().size(), b->inputs().size()); ++i) {
        const ir::TensorType& known = a.value(a.inputs()[i]).type;
        const ir::Value& own = b->value(b->inputs()[i]);
        if (known.hasRank() && known.isStatic() && !(own.type.hasRank() && own.type.isStatic()))
            shapes.emplace(own.name, known.shape());
    }
    return reshaped(b, shapes);
}

BatchSource sourceOf(data::Batches& batches)
{
    return [&batches]() -> Result<std::optional<Batch>> {
        BPU_TRY(batch, batches.next());
        if (!batch)
            return std::nullopt;
        return std::optional<Batch>(std::move(batch->inputs));
    };
}

} // namespace bpu::passes
