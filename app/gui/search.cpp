// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/search.h"

#include "core/ops/op_spec.h"
#include "views/widgets/model_facts.h"

#include <QStringList>

#include <algorithm>

namespace bpu::gui {

constexpr size_t kNodesBetweenStops = 4096;

static bool has(std::string_view text, const QString& word)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).contains(word, Qt::CaseInsensitive);
}

static bool fitsOperator(const ir::Node& node, const QString& word)
{
    return has(node.op, word) || has(ops::title(node), word) || has(ops::qualifiedName(node), word);
}

template <typename Test>
static bool anyValue(const ir::Graph& graph, const ir::Node& node, Test test)
{
    const auto fits = [&](ValueId id) {
        const ir::Value* value = graph.find(id);
        return value && test(*value);
    };
    return std::any_of(node.outputs.begin(), node.outputs.end(), fits) || std::any_of(node.inputs.begin(), node.inputs.end(), fits);
}

static bool fitsWord(const ir::Graph& graph, const ir::Node& node, const QString& word)
{
    const auto after = [&](QLatin1String prefix) { return word.mid(prefix.size()); };
    if (word.startsWith(QLatin1String("op:")))
        return fitsOperator(node, after(QLatin1String("op:")));
    if (word.startsWith(QLatin1String("shape:"))) {
        const QString shape = after(QLatin1String("shape:")).replace(QChar(0x00D7), QLatin1Char('x'));
        return anyValue(graph, node, [&](const ir::Value& value) { return has(ir::shapeText(value.type), shape); });
    }
    if (word.startsWith(QLatin1String("dtype:"))) {
        const QString dtype = after(QLatin1String("dtype:"));
        return anyValue(graph, node, [&](const ir::Value& value) {
            return views::dtypeLabel(value).compare(dtype, Qt::CaseInsensitive) == 0 || has(ir::name(value.type.dtype()), dtype);
        });
    }
    if (has(node.name, word) || has(node.scope, word) || fitsOperator(node, word))
        return true;
    return std::any_of(node.origins.begin(), node.origins.end(), [&](const ir::Origin& origin) {
        return has(origin.what, word) || has(origin.name, word) || has(origin.file, word);
    });
}

Result<std::vector<NodeId>> searchNodes(const ir::Graph& graph, const QString& text, const JobControl& control)
{
    const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    std::vector<NodeId> found;
    if (words.isEmpty())
        return found;
    size_t seen = 0;
    for (const NodeId id : graph.order()) {
        if (++seen % kNodesBetweenStops == 0 && control.stopRequested())
            return JobControl::cancelled();
        const ir::Node& node = graph.node(id);
        if (std::all_of(words.begin(), words.end(), [&](const QString& word) { return fitsWord(graph, node, word); }))
            found.push_back(id);
    }
    return found;
}

} // namespace bpu::gui
