// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/opcodes.h"

#include <bit>
#include <fmt/format.h>

namespace bpu::importer::torchscript {
namespace {

enum class Argument : uint8_t { Unknown, Nothing, Number, Signed32, Real, Text, Line, TwoLines };

struct Layout {
    Argument kind = Argument::Unknown;
    uint8_t bytes = 0; ///< of the number, or of the length in front of a text
};

Layout layoutOf(Opcode code)
{
    switch (code) {
    case Opcode::Proto: case Opcode::BinInt1: case Opcode::BinGet: case Opcode::BinPut: case Opcode::Ext1: return {Argument::Number, 1};
    case Opcode::BinInt2: case Opcode::Ext2: return {Argument::Number, 2};
    case Opcode::LongBinGet: case Opcode::LongBinPut: return {Argument::Number, 4};
    case Opcode::Frame: return {Argument::Number, 8};
    case Opcode::BinInt: case Opcode::Ext4: return {Argument::Signed32, 4};
    case Opcode::BinFloat: return {Argument::Real, 8};
    case Opcode::Long1: case Opcode::ShortBinString: case Opcode::ShortBinBytes: case Opcode::ShortBinUnicode: return {Argument::Text, 1};
    case Opcode::Long4: case Opcode::BinString: case Opcode::BinBytes: case Opcode::BinUnicode: return {Argument::Text, 4};
    case Opcode::BinUnicode8: case Opcode::BinBytes8: case Opcode::ByteArray8: return {Argument::Text, 8};
    case Opcode::Float: case Opcode::Int: case Opcode::Long: case Opcode::PersId: case Opcode::String: case Opcode::Unicode: case Opcode::Get:
    case Opcode::Put: return {Argument::Line, 0};
    case Opcode::Global: case Opcode::Inst: return {Argument::TwoLines, 0};
    case Opcode::Mark: case Opcode::Stop: case Opcode::Pop: case Opcode::PopMark: case Opcode::Dup: case Opcode::None: case Opcode::BinPersId:
    case Opcode::Reduce: case Opcode::Append: case Opcode::Build: case Opcode::Dict: case Opcode::Appends: case Opcode::List: case Opcode::Obj:
    case Opcode::SetItem: case Opcode::Tuple: case Opcode::SetItems: case Opcode::EmptyDict: case Opcode::EmptyList: case Opcode::EmptyTuple:
    case Opcode::NewObj: case Opcode::Tuple1: case Opcode::Tuple2: case Opcode::Tuple3: case Opcode::NewTrue: case Opcode::NewFalse:
    case Opcode::EmptySet: case Opcode::AddItems: case Opcode::FrozenSet: case Opcode::NewObjEx: case Opcode::StackGlobal: case Opcode::Memoize:
    case Opcode::NextBuffer: case Opcode::ReadOnlyBuffer: return {Argument::Nothing, 0};
    }
    return {};
}

} // namespace

InstructionReader::InstructionReader(std::span<const std::byte> bytes, std::string where)
    : m_bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size()), m_where(std::move(where))
{
}

Error InstructionReader::cutOff() const
{
    return {"torchscript.pickle", m_where, fmt::format("stops at byte {} in the middle of a value; copy the file again", m_bytes.size())};
}

Result<uint64_t> InstructionReader::number(size_t bytes)
{
    if (bytes > m_bytes.size() - m_at)
        return cutOff();
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i)
        value |= static_cast<uint64_t>(static_cast<unsigned char>(m_bytes[m_at + i])) << (8 * i);
    m_at += bytes;
    return value;
}

Result<std::string_view> InstructionReader::text(size_t lengthBytes)
{
    BPU_TRY(length, number(lengthBytes));
    if (length > m_bytes.size() - m_at)
        return cutOff();
    const std::string_view found = m_bytes.substr(m_at, length);
    m_at += length;
    return found;
}

Result<std::string_view> InstructionReader::line()
{
    const size_t end = m_bytes.find('\n', m_at);
    if (end == std::string_view::npos)
        return cutOff();
    const std::string_view found = m_bytes.substr(m_at, end - m_at);
    m_at = end + 1;
    return found;
}

Result<void> InstructionReader::readArgument(Instruction& instruction)
{
    const Layout layout = layoutOf(instruction.code);
    switch (layout.kind) {
    case Argument::Unknown:
        return Error{"torchscript.pickle", m_where,
                     fmt::format("has the byte 0x{:02x} at {}, which is no instruction of a pickle; copy the file again", static_cast<int>(instruction.code),
                                 instruction.offset)};
    case Argument::Nothing: return {};
    case Argument::Number:
    case Argument::Signed32:
    case Argument::Real: {
        BPU_TRY(value, number(layout.bytes));
        instruction.integer = layout.kind == Argument::Signed32 ? static_cast<int32_t>(static_cast<uint32_t>(value)) : static_cast<int64_t>(value);
        instruction.number = std::bit_cast<double>(__builtin_bswap64(value)); // BINFLOAT is big-endian
        return {};
    }
    case Argument::Text: {
        BPU_TRY(found, text(layout.bytes));
        instruction.text = found;
        return {};
    }
    case Argument::Line:
    case Argument::TwoLines: {
        BPU_TRY(found, line());
        instruction.text = found;
        if (layout.kind == Argument::Line)
            return {};
        BPU_TRY(second, line());
        instruction.name = second;
        return {};
    }
    }
    return {};
}

Result<Instruction> InstructionReader::next()
{
    if (m_at >= m_bytes.size())
        return cutOff();
    Instruction instruction;
    instruction.offset = m_at;
    instruction.code = static_cast<Opcode>(static_cast<unsigned char>(m_bytes[m_at]));
    ++m_at;
    BPU_CHECK(readArgument(instruction));
    return instruction;
}

} // namespace bpu::importer::torchscript
