// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/model_facts.h"

#include "core/ir/text.h"
#include "core/ops/op_spec.h"
#include "core/ops/totals.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include <array>
#include <cmath>

namespace bpu::views {

ModelFacts modelFacts(const ir::Graph& graph)
{
    const ops::Totals totals = ops::totals(graph);
    return {graph.nodeCount(), totals.parameters, totals.macs, totals.unknownCosts};
}

int64_t macsOf(const ir::Graph& graph, const std::vector<NodeId>& nodes)
{
    int64_t macs = 0;
    for (const NodeId id : nodes)
        if (const ir::Node* node = graph.find(id))
            if (const std::optional<ops::Cost> cost = ops::cost(graph, *node))
                macs += cost->macs;
    return macs;
}

QString countText(int64_t number)
{
    return QLocale(QLocale::English).toString(static_cast<qlonglong>(number));
}

/// At most four digits: 11.69, 235, 2.371.
static QString fourDigits(double number)
{
    const int whole = number < 1 ? 1 : static_cast<int>(std::floor(std::log10(number))) + 1;
    QString text = QLocale::c().toString(number, 'f', std::max(0, 4 - whole));
    if (text.contains(QLatin1Char('.'))) {
        while (text.endsWith(QLatin1Char('0')))
            text.chop(1);
        if (text.endsWith(QLatin1Char('.')))
            text.chop(1);
    }
    return text;
}

QString siText(double number, const char* unit)
{
    static constexpr std::array<const char*, 5> kPrefixes{"", "k", "M", "G", "T"};
    size_t prefix = 0;
    while (number >= 999.95 && prefix + 1 < kPrefixes.size()) {
        number /= 1000;
        ++prefix;
    }
    const QString suffix = QLatin1String(kPrefixes[prefix]) + QLatin1String(unit);
    return suffix.isEmpty() ? fourDigits(number) : fourDigits(number) + QLatin1Char(' ') + suffix;
}

QString bytesText(int64_t bytes)
{
    static constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
    auto number = static_cast<double>(bytes);
    size_t unit = 0;
    while (number >= 1023.5 && unit + 1 < kUnits.size()) {
        number /= 1024;
        ++unit;
    }
    return QStringLiteral("%1 %2").arg(fourDigits(number), QLatin1String(kUnits[unit]));
}

QString shapeLabel(const ir::TensorType& type)
{
    return QString::fromStdString(ir::shapeText(type)).replace(QLatin1Char('x'), QChar(0x00D7));
}

QString inputsText(const ir::Graph& graph)
{
    QStringList parts;
    for (const ValueId id : graph.inputs()) {
        const ir::Value& value = graph.value(id);
        parts << (graph.inputs().size() == 1 ? shapeLabel(value.type)
                                             : QStringLiteral("%1 %2").arg(QString::fromStdString(value.name), shapeLabel(value.type)));
    }
    if (parts.isEmpty())
        return QCoreApplication::translate("Facts", "no inputs");
    constexpr qsizetype kShown = 3;
    if (parts.size() > kShown)
        return QCoreApplication::translate("Facts", "%1 inputs").arg(parts.size());
    return (parts.size() == 1 ? QCoreApplication::translate("Facts", "input %1") : QCoreApplication::translate("Facts", "inputs %1"))
        .arg(parts.join(QStringLiteral(", ")));
}

QString dtypeLabel(const ir::Value& value)
{
    if (value.quant)
        return QString::fromLatin1(ir::name(value.quant->type).data());
    switch (value.type.dtype()) {
    case ir::DType::Undefined: return QStringLiteral("?");
    case ir::DType::Float32: return QStringLiteral("float32");
    case ir::DType::Float16: return QStringLiteral("float16");
    case ir::DType::BFloat16: return QStringLiteral("bfloat16");
    case ir::DType::Float64: return QStringLiteral("float64");
    case ir::DType::Int8: return QStringLiteral("int8");
    case ir::DType::Int16: return QStringLiteral("int16");
    case ir::DType::Int32: return QStringLiteral("int32");
    case ir::DType::Int64: return QStringLiteral("int64");
    case ir::DType::UInt8: return QStringLiteral("uint8");
    case ir::DType::UInt16: return QStringLiteral("uint16");
    case ir::DType::UInt32: return QStringLiteral("uint32");
    case ir::DType::UInt64: return QStringLiteral("uint64");
    case ir::DType::Bool: return QStringLiteral("bool");
    case ir::DType::String: return QStringLiteral("string");
    case ir::DType::Complex64: return QStringLiteral("complex64");
    case ir::DType::Complex128: return QStringLiteral("complex128");
    }
    return {};
}

QString shortValueName(const std::string& name)
{
    constexpr qsizetype kLongest = 18;
    const QString text = QString::fromStdString(name);
    return text.size() > kLongest ? text.left(6) + QStringLiteral("…") + text.right(11) : text;
}

QString attributeText(const ir::Node& node, std::string_view key)
{
    const ir::Attribute* value = node.attributes.find(key);
    if (!value)
        return {};
    QString text = QString::fromStdString(ir::text(*value));
    const bool isList = text.startsWith(QLatin1Char('[')) && text.endsWith(QLatin1Char(']'));
    if (isList)
        text = text.mid(1, text.size() - 2).replace(QLatin1String(","), QLatin1String(", "));
    constexpr qsizetype kLongest = 400;
    return text.size() > kLongest ? text.left(kLongest) + QStringLiteral("…") : text;
}

} // namespace bpu::views
