// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/eval/operators.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace bpu::importer::torchscript {
namespace {

struct Row {
    Schema schema;
    Converter convert;
    bool isOpaque = false;
};
using Table = std::unordered_map<std::string_view, std::vector<Row>>;

const Table& table()
{
    static const Table kTable = [] {
        Table rows;
        for (const auto family : {convolutionOperators(), normalizationOperators(), activationOperators(), arithmeticOperators(), divisionOperators(), poolingOperators(),
                                  shapeOperators(), cuttingOperators(), indexingOperators(), reductionOperators(), creationOperators(), rangeOperators(), castOperators(),
                                  resizeOperators(), recurrentOperators(), quantizedOperators(), composedOperators(), attentionOperators(), opaqueOperators()})
            for (const OperatorEntry& entry : family)
                rows[entry.name].push_back({Schema(entry.signature), entry.convert, entry.isOpaque});
        return rows;
    }();
    return kTable;
}

bool isWhole(const View& view, const ir::TensorType& base)
{
    return view.offset == 0 && view.shape == base.shape() && std::ranges::all_of(view.strides, [](int64_t stride) { return stride > 0; });
}

/// `part` written into `base` where the view says.
std::optional<ir::Tensor> writeInto(const ir::Tensor& base, const View& view, const ir::Tensor& part)
{
    const size_t width = ir::byteSize(base.dtype());
    if (part.dtype() != base.dtype() || part.shape() != view.shape || width == 0 || part.elementCount() > (1 << 22))
        return std::nullopt;
    Bytes bytes = Bytes::copyOf(base.bytes());
    auto* const out = const_cast<std::byte*>(bytes.span().data()); // our own copy
    std::vector<int64_t> index(view.shape.size());
    for (int64_t i = 0; i < part.elementCount(); ++i) {
        int64_t at = view.offset;
        for (size_t d = 0; d < index.size(); ++d)
            at += index[d] * view.strides[d];
        std::memcpy(out + static_cast<size_t>(at) * width, part.bytes().data() + static_cast<size_t>(i) * width, width);
        for (size_t d = index.size(); d-- > 0 && ++index[d] == view.shape[d];)
            index[d] = 0;
    }
    return ir::Tensor(base.type(), std::move(bytes));
}

/// The tensor object `target` gets new content; so does the tensor that it is a window of.
Result<void> replaceContent(Evaluator& evaluator, const std::shared_ptr<Cell>& target, const Cell& content)
{
    GraphBuilder& builder = evaluator.builder();
    if (const std::optional<View> view = target->view) {
        const ir::TensorType type = builder.typeOf(*view->base);
        std::optional<ir::Tensor> written;
        if (view->base->constant && content.constant)
            written = writeInto(*view->base->constant, *view, *content.constant);
        if (isWhole(*view, type)) {
            builder.rebind(view->base, content);
        } else if (written) {
            Cell whole;
            whole.constant = std::move(written);
            builder.rebind(view->base, whole);
        } else {
            const auto part = std::make_shared<Cell>(content);
            BPU_TRY(results, evaluator.emit("torch.slice_scatter", "slice_scatter", {builder.use(view->base), builder.use(part)}, {}, 1));
            builder.emitter().editor().setType(results.front().cell().value, type);
            builder.rebind(view->base, results.front().cell());
        }
    }
    builder.rebind(target, content);
    return {};
}

} // namespace

std::string_view outOfPlace(std::string_view name)
{
    return name.size() > 1 && name.ends_with('_') && !name.ends_with("__") ? name.substr(0, name.size() - 1) : name;
}

bool hasRow(std::string_view name)
{
    auto rows = table().find(name);
    if (rows == table().end())
        rows = table().find(outOfPlace(name));
    return rows != table().end() && !rows->second.front().isOpaque;
}

Result<Value> runOperator(Evaluator& evaluator, std::string_view name, Arguments arguments)
{
    auto rows = table().find(name);
    if (rows == table().end())
        rows = table().find(outOfPlace(name));
    Value target = arguments.positional.empty() ? Value() : arguments.positional.front();
    const bool isInPlace = outOfPlace(name) != name && target.is(Kind::Tensor);
    std::optional<Value> result;
    if (rows != table().end()) {
        for (const Row& row : rows->second) {
            auto values = row.schema.bind(arguments);
            if (!values)
                continue;
            OperatorCall call(evaluator, name, row.schema, *std::move(values));
            BPU_TRY(made, row.convert(call));
            result = std::move(made);
            break;
        }
    }
    if (!result) {
        for (auto& [argument, value] : arguments.named)
            arguments.positional.push_back(std::move(value));
        BPU_TRY(made, emitOpaque(evaluator, name, arguments.positional));
        result = std::move(made);
    }
    if (!isInPlace || !result->is(Kind::Tensor))
        return *result;
    const Cell content = result->cell();
    BPU_CHECK(replaceContent(evaluator, target.sharedCell(), content));
    return target;
}

} // namespace bpu::importer::torchscript
