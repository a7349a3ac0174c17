// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Source: torch/csrc/jit/serialization/source_range_serialization.cpp of PyTorch 1.13 and 2.6.
//
// The pickle is a tuple of records (code offset, (source, begin, end) [, tag]), where source is (text, file,
// first line). Since PyTorch 1.12 it is ("FORMAT_WITH_STRING_TABLE", strings, records) and a source is
// ([index of each line], index of the file, first line).
#include "core/import/torchscript/debug.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace bpu::importer::torchscript {

class DebugReader {
public:
    DebugReader(const Pickle& pickle, DebugTable& table, std::string where) : m_pickle(pickle), m_table(table), m_where(std::move(where)) {}

    Result<void> read()
    {
        const PickleValue* records = &m_pickle[m_pickle.root()];
        if (!isSequence(*records))
            return error();
        if (isTableFormat(*records)) {
            m_strings = &m_pickle[records->items[1]];
            records = &m_pickle[records->items[2]];
            if (!isSequence(*m_strings) || !isSequence(*records))
                return error();
        }
        for (const PickleId record : records->items)
            BPU_CHECK(readRecord(m_pickle[record]));
        std::ranges::stable_sort(m_table.m_entries, {}, &DebugTable::Entry::codeOffset);
        return {};
    }

private:
    static constexpr size_t kMaxText = 64U << 20; ///< lines may be shared, their copies are not

    Error error() const { return {"torchscript.debug", m_where, "is no table of source lines; save the model again with torch.jit.save"}; }
    static bool isSequence(const PickleValue& value) { return value.kind == PickleKind::Tuple || value.kind == PickleKind::List; }

    bool isTableFormat(const PickleValue& root) const
    {
        if (root.items.size() != 3)
            return false;
        const PickleValue& mark = m_pickle[root.items[0]];
        return mark.kind == PickleKind::String && mark.text == "FORMAT_WITH_STRING_TABLE";
    }

    Result<size_t> offset(PickleId id) const
    {
        const PickleValue& value = m_pickle[id];
        if (value.kind != PickleKind::Int || value.integer < 0)
            return error();
        return static_cast<size_t>(value.integer);
    }

    Result<std::string_view> text(PickleId id) const
    {
        const PickleValue* value = &m_pickle[id];
        if (m_strings) {
            BPU_TRY(index, offset(id));
            if (index >= m_strings->items.size())
                return error();
            value = &m_pickle[m_strings->items[index]];
        }
        if (value->kind == PickleKind::None)
            return std::string_view();
        if (value->kind != PickleKind::String)
            return error();
        return value->text;
    }

    /// A range lies beside the offset as a tuple, or, in the oldest files, its parts do.
    Result<void> readRecord(const PickleValue& record)
    {
        if (!isSequence(record) || record.items.size() < 2)
            return error();
        const PickleValue& range = m_pickle[record.items[1]];
        if (!isSequence(range) || range.items.size() != 3)
            return error();
        DebugTable::Entry entry;
        BPU_TRY(codeOffset, offset(record.items[0]));
        BPU_TRY(source, readSource(range.items[0]));
        BPU_TRY(begin, offset(range.items[1]));
        BPU_TRY(end, offset(range.items[2]));
        const size_t length = m_table.m_sources[source].text.size();
        entry.codeOffset = codeOffset;
        entry.source = source;
        entry.begin = std::min(begin, length);
        entry.end = std::clamp(end, entry.begin, length);
        m_table.m_entries.push_back(entry);
        return {};
    }

    /// Sources are shared by the records of one function.
    Result<uint32_t> readSource(PickleId id)
    {
        if (const auto known = m_known.find(id); known != m_known.end())
            return known->second;
        const PickleValue& value = m_pickle[id];
        if (!isSequence(value) || value.items.size() != 3)
            return error();
        DebugTable::Source source;
        BPU_TRY(whole, wholeText(value.items[0]));
        BPU_TRY(file, text(value.items[1]));
        BPU_TRY(firstLine, offset(value.items[2]));
        source.text = std::move(whole);
        source.file = file;
        source.firstLine = static_cast<int64_t>(std::min<size_t>(firstLine, 1'000'000'000));
        source.lineStarts.push_back(0);
        for (size_t at = source.text.find('\n'); at != std::string::npos; at = source.text.find('\n', at + 1))
            source.lineStarts.push_back(at + 1);
        m_textBytes += source.text.size() + source.file.size();
        if (m_textBytes > kMaxText)
            return tooLarge();
        const auto index = static_cast<uint32_t>(m_table.m_sources.size());
        m_table.m_sources.push_back(std::move(source));
        return m_known.emplace(id, index).first->second;
    }

    Error tooLarge() const { return {"torchscript.debug", m_where, fmt::format("holds more than {} bytes of source text; save the model again", kMaxText)}; }

    Result<std::string> wholeText(PickleId id)
    {
        const PickleValue& value = m_pickle[id];
        if (!m_strings || value.kind != PickleKind::List) {
            BPU_TRY(found, text(id));
            return std::string(found);
        }
        std::string whole;
        for (const PickleId line : value.items) {
            BPU_TRY(found, text(line));
            whole += found;
            if (m_textBytes + whole.size() > kMaxText)
                return tooLarge();
        }
        return whole;
    }

    const Pickle& m_pickle;
    DebugTable& m_table;
    std::string m_where;
    const PickleValue* m_strings = nullptr;
    std::map<PickleId, uint32_t> m_known;
    size_t m_textBytes = 0;
};

Result<DebugTable> DebugTable::read(Bytes bytes, const std::string& where)
{
    BPU_TRY(pickle, Pickle::read(std::move(bytes), where));
    DebugTable table;
    BPU_CHECK(DebugReader(pickle, table, where).read());
    return table;
}

std::optional<SourcePlace> DebugTable::at(size_t codeOffset) const
{
    const auto after = std::ranges::upper_bound(m_entries, codeOffset, {}, &Entry::codeOffset);
    if (after == m_entries.begin())
        return std::nullopt;
    const Entry& entry = *std::prev(after);
    const Source& source = m_sources[entry.source];
    if (source.text.empty() && source.file.empty())
        return std::nullopt;
    const auto line = std::prev(std::ranges::upper_bound(source.lineStarts, entry.begin));
    const std::string_view text = source.text;
    return SourcePlace{.file = source.file,
                       .line = source.firstLine + (line - source.lineStarts.begin()),
                       .column = static_cast<int64_t>(entry.begin - *line),
                       .function = text,
                       .written = text.substr(entry.begin, entry.end - entry.begin)};
}

} // namespace bpu::importer::torchscript
