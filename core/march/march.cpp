// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/march/march.h"

#include "core/base/assert.h"
#include "resources/resources.h"

#include <QDir>
#include <QFile>
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bpu::march {
namespace {

using Json = nlohmann::json;
using Lists = std::unordered_map<std::string, std::vector<std::string>>;

constexpr std::pair<std::string_view, ConstraintKind> kKinds[] = {
    {"range", ConstraintKind::Range},       {"enum", ConstraintKind::Enum},         {"forbid", ConstraintKind::Forbid},
    {"rank", ConstraintKind::Rank},         {"position", ConstraintKind::Position}, {"relation", ConstraintKind::Relation},
    {"precision_risk", ConstraintKind::PrecisionRisk}, {"info", ConstraintKind::Info},
};

constexpr std::pair<std::string_view, Support> kSupports[] = {
    {"yes", Support::Yes}, {"no", Support::No}, {"refer", Support::Refer}, {"unspecified", Support::Unspecified}};

/// Reads one object and remembers the first thing that is wrong, so that the readers below stay flat.
class Reader {
public:
    Reader(const Json& object, std::string place, std::optional<Error>& error) : m_object(object), m_place(std::move(place)), m_error(error)
    {
        if (!object.is_object())
            fail("", "is not an object");
    }

    std::string text(const char* key, bool required = false)
    {
        const Json* value = find(key, required);
        if (!value)
            return {};
        if (!value->is_string())
            return fail(key, "is not a text"), std::string();
        return value->get<std::string>();
    }
    std::optional<double> number(const char* key)
    {
        const Json* value = find(key, false);
        if (!value)
            return {};
        if (!value->is_number())
            return fail(key, "is not a number"), std::nullopt;
        return value->get<double>();
    }
    bool flag(const char* key)
    {
        const Json* value = find(key, false);
        if (value && !value->is_boolean())
            fail(key, "is not true or false");
        return value && value->is_boolean() && value->get<bool>();
    }
    std::vector<std::string> texts(const char* key, bool required = false)
    {
        const Json* value = find(key, required);
        return value ? textsOf(key, *value) : std::vector<std::string>();
    }
    Lists namedTexts(const char* key)
    {
        Lists result;
        if (const Json* value = find(key, false)) {
            if (!value->is_object())
                return fail(key, "is not an object"), result;
            for (const auto& [name, list] : value->items())
                result.emplace(name, textsOf(key, list));
        }
        return result;
    }
    template <typename F>
    void each(const char* key, bool required, F read)
    {
        const Json* value = find(key, required);
        if (value && !value->is_array())
            return fail(key, "is not a list");
        for (size_t i = 0; value && i < value->size(); ++i)
            read(Reader((*value)[i], fmt::format("{}{}[{}].", m_place, key, i), m_error));
    }
    void fail(std::string_view key, std::string_view what)
    {
        if (!m_error)
            m_error = Error{"march.field", {}, fmt::format("'{}{}' {}", m_place, key, what)};
    }
    const Json& json() const { return m_object; }

private:
    const Json* find(const char* key, bool required)
    {
        const auto it = m_object.is_object() ? m_object.find(key) : m_object.end();
        if (m_object.is_object() && it != m_object.end())
            return &*it;
        if (required)
            fail(key, "is missing");
        return nullptr;
    }
    std::vector<std::string> textsOf(const char* key, const Json& list)
    {
        std::vector<std::string> result;
        if (!list.is_array())
            return fail(key, "is not a list of texts"), result;
        for (const Json& item : list) {
            if (!item.is_string())
                return fail(key, "is not a list of texts"), result;
            result.push_back(item.get<std::string>());
        }
        return result;
    }

    const Json& m_object;
    std::string m_place;
    std::optional<Error>& m_error;
};

template <typename T, size_t N>
T named(Reader& reader, const char* key, const std::pair<std::string_view, T> (&table)[N])
{
    const std::string text = reader.text(key, true);
    for (const auto& [label, value] : table) {
        if (label == text)
            return value;
    }
    reader.fail(key, fmt::format("has the unknown value '{}'", text));
    return table[0].second;
}

Constraint readConstraint(Reader reader)
{
    Constraint c;
    c.kind = named(reader, "kind", kKinds);
    c.subject = reader.text("subject", true);
    c.min = reader.number("min");
    c.max = reader.number("max");
    c.exclusiveMin = reader.flag("exclusive_min");
    c.exclusiveMax = reader.flag("exclusive_max");
    c.minExpr = reader.text("min_expr");
    c.maxExpr = reader.text("max_expr");
    c.values = reader.texts("values");
    c.when = reader.text("when");
    c.referTo = reader.text("refer_to");
    c.text = reader.text("text", true);
    c.reading = reader.text("reading");
    return c;
}

std::vector<Constraint> readConstraints(Reader& reader, const char* key)
{
    std::vector<Constraint> result;
    reader.each(key, false, [&](Reader item) { result.push_back(readConstraint(std::move(item))); });
    return result;
}

Row readRow(Reader reader)
{
    Row row;
    row.name = reader.text("name", true);
    row.family = reader.text("family", true);
    row.support = named(reader, "support", kSupports);
    row.referTo = reader.text("refer_to", row.support == Support::Refer);
    row.inputs = reader.texts("inputs");
    row.outputs = reader.texts("outputs");
    row.weight = reader.texts("weight");
    row.bias = reader.texts("bias");
    row.namedInputs = reader.namedTexts("named_inputs");
    row.namedOutputs = reader.namedTexts("named_outputs");
    row.eagerReplacement = reader.texts("eager_replacement");
    row.constraints = readConstraints(reader, "constraints");
    row.note = reader.text("note");
    return row;
}

std::vector<MarchPtr> loadAll()
{
    initResources();
    std::vector<MarchPtr> result;
    const QDir folder(QStringLiteral(":/march"));
    for (const QString& entry : folder.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
        QFile file(folder.filePath(entry));
        const bool opened = file.open(QIODevice::ReadOnly);
        BPU_ASSERT(opened);
        const QByteArray data = file.readAll();
        auto march = March::parse({data.constData(), static_cast<size_t>(data.size())}, entry.toStdString());
        if (!march)
            qFatal("%s", march.error().text().c_str());
        result.push_back(std::make_shared<const March>(std::move(*march)));
    }
    return result;
}

} // namespace

std::string_view name(ConstraintKind kind)
{
    for (const auto& [label, value] : kKinds) {
        if (value == kind)
            return label;
    }
    return "info";
}

Result<March> March::parse(std::string_view json, std::string_view fileName)
{
    const std::string where(fileName);
    Json root;
    try {
        root = Json::parse(json);
    } catch (const Json::parse_error& error) {
        return Error{"march.json", where, fmt::format("is not valid JSON at byte {}", error.byte)};
    }
    std::optional<Error> error;
    Reader reader(root, {}, error);
    March march;
    march.m_name = reader.text("name", true);
    march.m_title = reader.text("title", true);
    march.m_board = reader.text("board", true);
    if (reader.number("format").value_or(0) != 1)
        reader.fail("format", "is not 1");
    march.m_defaultConstraints = readConstraints(reader, "default_constraints");
    march.m_modelConstraints = readConstraints(reader, "model_constraints");
    reader.each("eager_replacements", false, [&](Reader item) {
        march.m_eagerReplacements.push_back({item.texts("float_operators", true), item.text("replacement", true)});
    });
    if (root.is_object() && root.contains("quantization")) {
        Reader entries(root["quantization"], "quantization.", error);
        march.m_quantization = {entries.texts("activations", true), entries.flag("shared_cat_scale"), entries.texts("qconfigs", true)};
    }
    reader.each("operators", true, [&](Reader item) { march.m_rows.push_back(readRow(std::move(item))); });
    if (root.is_object() && root.contains("nearest")) {
        const Json& nearest = root["nearest"];
        Reader entries(nearest, "nearest.", error);
        if (nearest.is_object()) {
            for (const auto& [from, to] : nearest.items())
                march.m_nearest.emplace(from, entries.text(from.c_str(), true));
        }
    }
    if (!error)
        error = march.indexRows();
    if (error) {
        error->where = where;
        return *std::move(error);
    }
    return march;
}

std::optional<Error> March::indexRows()
{
    for (size_t i = 0; i < m_rows.size(); ++i) {
        if (!m_index.emplace(m_rows[i].name, i).second)
            return Error{"march.field", {}, fmt::format("the operator '{}' is listed twice", m_rows[i].name)};
    }
    for (const Row& first : m_rows) {
        const Row* row = &first;
        for (size_t steps = 0; row->support == Support::Refer; ++steps) {
            const Row* next = find(row->referTo);
            if (!next)
                return Error{"march.refer", {}, fmt::format("'{}' refers to '{}', which is not listed", row->name, row->referTo)};
            if (steps > m_rows.size())
                return Error{"march.refer", {}, fmt::format("the references of '{}' go round in a circle", first.name)};
            row = next;
        }
        for (const Constraint& constraint : first.constraints) {
            if (!constraint.referTo.empty() && !find(constraint.referTo))
                return Error{"march.refer", {}, fmt::format("'{}' refers to '{}', which is not listed", first.name, constraint.referTo)};
        }
    }
    for (const auto& [from, to] : m_nearest) {
        if (!find(to))
            return Error{"march.refer", {}, fmt::format("'nearest.{}' names '{}', which is not listed", from, to)};
    }
    return std::nullopt;
}

const Row* March::find(std::string_view name) const
{
    const auto it = m_index.find(std::string(name));
    return it == m_index.end() ? nullptr : &m_rows[it->second];
}

const Row& March::resolve(const Row& row) const
{
    const Row* result = &row;
    while (result->support == Support::Refer) {
        const Row* next = find(result->referTo);
        BPU_ASSERT(next); // parse() has followed every chain
        result = next;
    }
    return *result;
}

const std::vector<MarchPtr>& all()
{
    static const std::vector<MarchPtr> marches = loadAll();
    return marches;
}

MarchPtr find(std::string_view name)
{
    const auto it = std::ranges::find_if(all(), [&](const MarchPtr& march) { return march->name() == name; });
    return it == all().end() ? nullptr : *it;
}

} // namespace bpu::march
