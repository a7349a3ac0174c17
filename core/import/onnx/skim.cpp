// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx/skim.h"

#include "core/base/assert.h"

#include <cstring>
#include <fmt/format.h>
#include <optional>

namespace bpu::importer {
namespace {

// What a field holds, by message and field number of onnx.proto. Only the messages on the way to a
// TensorProto are walked.
enum class Kind : uint8_t { Copy, Drop, Blob, PackedBlob, Model, Graph, Node, Attribute, Tensor, SparseTensor, Function };

Kind fieldKind(Kind message, uint32_t field)
{
    switch (message) {
    case Kind::Model:
        return field == 7 ? Kind::Graph : field == 25 ? Kind::Function : field == 20 ? Kind::Drop : Kind::Copy;
    case Kind::Graph:
        return field == 1 ? Kind::Node : field == 5 ? Kind::Tensor : field == 15 ? Kind::SparseTensor : Kind::Copy;
    case Kind::Node:
        return field == 5 ? Kind::Attribute : Kind::Copy;
    case Kind::Function:
        return field == 7 ? Kind::Node : field == 11 ? Kind::Attribute : Kind::Copy;
    case Kind::Attribute:
        return field == 5 || field == 10   ? Kind::Tensor
               : field == 6 || field == 11 ? Kind::Graph
               : field == 22 || field == 23 ? Kind::SparseTensor
                                            : Kind::Copy;
    case Kind::SparseTensor:
        return field == 1 || field == 2 ? Kind::Tensor : Kind::Copy;
    case Kind::Tensor:
        return field == 9 ? Kind::Blob : field == 4 || field == 10 ? Kind::PackedBlob : Kind::Copy;
    default:
        return Kind::Copy;
    }
}

enum Wire : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

/// The wire types that the fields 1 to 8 of ModelProto have; random bytes rarely agree.
bool isModelField(uint32_t field, uint32_t wire)
{
    switch (field) {
    case 1: case 5: return wire == kVarint;
    case 2: case 3: case 4: case 6: case 7: case 8: case 14: case 20: case 25: return wire == kBytes;
    default: return field > 25;
    }
}

/// Below this a packed float run is left to protobuf.
constexpr size_t kSmallRun = 4096;

std::string grouped(uint64_t number)
{
    std::string digits = fmt::format("{}", number);
    for (size_t i = digits.size(); i > 3; i -= 3)
        digits.insert(i - 3, ",");
    return digits;
}

class Skimmer {
public:
    Skimmer(std::span<const std::byte> file, const std::string& where) : m_file(file), m_where(where) {}

    Result<std::string> run()
    {
        if (auto error = walkModel())
            return *error;
        return std::move(m_out);
    }

private:
    using Failure = std::optional<Error>;

    struct Field {
        size_t start = 0;   ///< of the tag
        uint32_t number = 0;
        uint32_t wire = 0;
        size_t payload = 0; ///< of a length-delimited field, else just after the tag
        uint64_t length = 0;
    };

    Error damaged(size_t at) const
    {
        return {"onnx.damaged", m_where, fmt::format("is damaged at byte {}; copy the file again", grouped(at))};
    }
    Error truncated(uint64_t wanted) const
    {
        return {"onnx.truncated", m_where,
                fmt::format("stops at byte {} of {}; copy the file again", grouped(m_file.size()), grouped(wanted))};
    }
    Error cutOff() const
    {
        return {"onnx.truncated", m_where,
                fmt::format("stops at byte {} in the middle of a field; copy the file again", grouped(m_file.size()))};
    }
    Error notOnnx() const
    {
        return {"onnx.not-onnx", m_where, "is not an ONNX model; choose a file that torch.onnx.export or another exporter wrote"};
    }

    std::optional<uint64_t> varint(size_t& at, size_t end) const
    {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
            const auto byte = static_cast<uint64_t>(m_file[at++]);
            value |= (byte & 0x7fU) << shift;
            if ((byte & 0x80U) == 0)
                return value;
        }
        return std::nullopt;
    }

    /// Reads tag and length and skips a scalar's bytes: `at` is then the next field, or the payload of a
    /// length-delimited one. Nothing when the bytes end or cannot be a field.
    std::optional<Field> field(size_t& at, size_t end) const
    {
        Field read{.start = at};
        const auto tag = varint(at, end);
        if (!tag || *tag >> 3U == 0 || *tag >> 32U != 0)
            return std::nullopt;
        read.number = static_cast<uint32_t>(*tag >> 3U);
        read.wire = static_cast<uint32_t>(*tag & 7U);
        read.payload = at;
        if (read.wire == kBytes) {
            const auto length = varint(at, end);
            if (!length)
                return std::nullopt;
            read.payload = at;
            read.length = *length;
            return read;
        }
        if (read.wire == kVarint)
            return varint(at, end) ? std::optional(read) : std::nullopt;
        const size_t size = read.wire == kFixed64 ? 8 : read.wire == kFixed32 ? 4 : 0;
        if (size == 0 || size > end - at)
            return std::nullopt;
        at += size;
        return read;
    }

    void copy(size_t from, size_t to) { m_out.append(reinterpret_cast<const char*>(m_file.data()) + from, to - from); }

    void appendVarint(uint64_t value)
    {
        for (; value >= 0x80; value >>= 7U)
            m_out.push_back(static_cast<char>((value & 0x7fU) | 0x80U));
        m_out.push_back(static_cast<char>(value));
    }

    void appendReference(const Field& field)
    {
        appendVarint(9U << 3U | kBytes);
        appendVarint(sizeof(BlobReference));
        const BlobReference reference{field.payload, field.length};
        m_out.append(reinterpret_cast<const char*>(&reference), sizeof(reference));
    }

    /// A five-byte length that is filled in once the shorter message is written.
    size_t openMessage(uint32_t number)
    {
        appendVarint(number << 3U | kBytes);
        m_out.append(5, '\0');
        return m_out.size();
    }
    void closeMessage(size_t body)
    {
        uint64_t length = m_out.size() - body;
        for (size_t i = 0; i < 5; ++i, length >>= 7U)
            m_out[body - 5 + i] = static_cast<char>((length & 0x7fU) | (i < 4 ? 0x80U : 0U));
    }

    /// The top level: here a length past the end of the file means a copy that was cut off.
    Failure walkModel()
    {
        size_t at = 0;
        bool credible = false; // a field that only a model has was read
        while (at < m_file.size()) {
            const size_t start = at;
            const auto read = field(at, m_file.size());
            if (!read)
                return credible ? (m_file.size() - start < 16 ? cutOff() : damaged(start)) : notOnnx();
            if (!isModelField(read->number, read->wire))
                return credible ? damaged(start) : notOnnx();
            if (read->wire == kBytes && read->length > m_file.size() - at) {
                const bool possible = read->length < (uint64_t{1} << 40U) && (credible || read->number == 7);
                return possible ? truncated(read->payload + read->length) : notOnnx();
            }
            credible = credible || read->number == 1 || read->number == 7 || read->number == 8;
            if (auto error = handle(*read, at, Kind::Model, 0, false))
                return error;
        }
        return std::nullopt;
    }

    /// True when the tensor has exactly one run of floats or doubles, so a reference can stand for it.
    bool hasOneRun(size_t at, size_t end) const
    {
        int runs = 0;
        while (at < end) {
            const auto read = field(at, end);
            if (!read || (read->wire == kBytes && read->length > end - at))
                return false;
            runs += read->number == 4 || read->number == 9 || read->number == 10 ? 1 : 0;
            at += read->wire == kBytes ? static_cast<size_t>(read->length) : 0;
        }
        return runs == 1;
    }

    Failure walk(Kind message, size_t at, size_t end, int depth)
    {
        if (depth > kMaxSubgraphDepth)
            return Error{"onnx.nesting", m_where,
                         fmt::format("nests subgraphs more than {} levels deep; export the model without such nesting", kMaxSubgraphDepth)};
        const bool oneRun = message == Kind::Tensor && end - at > kSmallRun && hasOneRun(at, end);
        while (at < end) {
            const size_t start = at;
            const auto read = field(at, end);
            if (!read || (read->wire == kBytes && read->length > end - at))
                return damaged(start);
            if (auto error = handle(*read, at, message, depth, oneRun))
                return error;
        }
        return std::nullopt;
    }

    /// Writes one field and moves `at` past it.
    Failure handle(const Field& field, size_t& at, Kind message, int depth, bool oneRun)
    {
        if (field.wire != kBytes) {
            copy(field.start, at);
            return std::nullopt;
        }
        const size_t end = field.payload + static_cast<size_t>(field.length);
        at = end;
        switch (const Kind kind = fieldKind(message, field.number)) {
        case Kind::Copy:
            copy(field.start, end);
            return std::nullopt;
        case Kind::Drop:
            return std::nullopt;
        case Kind::Blob:
            appendReference(field);
            return std::nullopt;
        case Kind::PackedBlob:
            if (oneRun && field.length > kSmallRun)
                appendReference(field);
            else
                copy(field.start, end);
            return std::nullopt;
        default: {
            const size_t body = openMessage(field.number);
            const int inner = kind == Kind::Graph || kind == Kind::Function ? depth + 1 : depth;
            auto error = walk(kind, field.payload, end, inner);
            closeMessage(body);
            return error;
        }
        }
    }

    std::span<const std::byte> m_file;
    const std::string& m_where;
    std::string m_out;
};

} // namespace

Result<std::string> skimModel(std::span<const std::byte> file, const std::string& where)
{
    return Skimmer(file, where).run();
}

BlobReference readReference(const std::string& raw)
{
    BPU_ASSERT(raw.size() == sizeof(BlobReference));
    BlobReference reference;
    std::memcpy(&reference, raw.data(), sizeof(reference));
    return reference;
}

} // namespace bpu::importer
