// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// A pickle cut into its instructions, of protocols 0 to 5. Nothing is done with them here.
// Source: pickletools.py of CPython 3.11.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bpu::importer::torchscript {

enum class Opcode : uint8_t {
    Mark = '(', Stop = '.', Pop = '0', PopMark = '1', Dup = '2', Float = 'F', Int = 'I', BinInt = 'J', BinInt1 = 'K', Long = 'L', BinInt2 = 'M',
    None = 'N', PersId = 'P', BinPersId = 'Q', Reduce = 'R', String = 'S', BinString = 'T', ShortBinString = 'U', Unicode = 'V', BinUnicode = 'X',
    Append = 'a', Build = 'b', Global = 'c', Dict = 'd', Appends = 'e', Get = 'g', BinGet = 'h', Inst = 'i', LongBinGet = 'j', List = 'l',
    Obj = 'o', Put = 'p', BinPut = 'q', LongBinPut = 'r', SetItem = 's', Tuple = 't', SetItems = 'u', EmptyDict = '}', EmptyList = ']',
    EmptyTuple = ')', BinFloat = 'G', BinBytes = 'B', ShortBinBytes = 'C',
    Proto = 0x80, NewObj = 0x81, Ext1 = 0x82, Ext2 = 0x83, Ext4 = 0x84, Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87, NewTrue = 0x88,
    NewFalse = 0x89, Long1 = 0x8a, Long4 = 0x8b, ShortBinUnicode = 0x8c, BinUnicode8 = 0x8d, BinBytes8 = 0x8e, EmptySet = 0x8f,
    AddItems = 0x90, FrozenSet = 0x91, NewObjEx = 0x92, StackGlobal = 0x93, Memoize = 0x94, Frame = 0x95, ByteArray8 = 0x96,
    NextBuffer = 0x97, ReadOnlyBuffer = 0x98,
};

/// offset   of its first byte
/// integer  argument of the opcodes that carry a number
/// text     bytes or line that follow; of Long1 and Long4 the number's bytes; of Global and Inst the module
/// name     of Global and Inst
struct Instruction {
    Opcode code = Opcode::Stop;
    size_t offset = 0;
    int64_t integer = 0;
    double number = 0;
    std::string_view text;
    std::string_view name;
};

class InstructionReader {
public:
    /// `where` stands in errors. The views point into `bytes`.
    InstructionReader(std::span<const std::byte> bytes, std::string where);

    /// Errors "torchscript.pickle": the end comes too early, a byte is no opcode.
    Result<Instruction> next();
    size_t offset() const { return m_at; }

private:
    Error cutOff() const;
    Result<uint64_t> number(size_t bytes);
    Result<std::string_view> text(size_t lengthBytes);
    Result<std::string_view> line();
    Result<void> readArgument(Instruction& instruction);

    std::string_view m_bytes;
    std::string m_where;
    size_t m_at = 0;
};

} // namespace bpu::importer::torchscript
