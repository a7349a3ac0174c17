// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/unpickler.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer::torchscript {

Unpickler::Unpickler(Pickle& pickle, std::string where) : m_pickle(pickle), m_where(std::move(where)), m_reader(pickle.m_bytes.span(), m_where) {}

Error Unpickler::damaged() const
{
    return error(fmt::format("has an instruction in front of byte {} that does not fit what it works on; copy the file again", m_reader.offset()));
}

Result<void> Unpickler::run()
{
    for (;;) {
        BPU_TRY(instruction, m_reader.next());
        if (instruction.code == Opcode::Stop)
            break;
        BPU_TRY(known, step(instruction));
        if (!known)
            return error(fmt::format("uses the pickle instruction 0x{:02x} at byte {}, which TorchScript does not; save the model with torch.jit.save",
                                     static_cast<int>(instruction.code), instruction.offset));
    }
    if (m_stack.size() != 1 || !m_marks.empty())
        return damaged();
    m_pickle.m_root = m_stack.front();
    return {};
}

#define BPU_DONE(...)                                                                              \
    do {                                                                                           \
        BPU_CHECK(__VA_ARGS__);                                                                    \
        return true;                                                                               \
    } while (false)

/// False for an instruction that is not understood. Those with a value of their own.
Result<bool> Unpickler::step(const Instruction& instruction)
{
    switch (instruction.code) {
    case Opcode::Proto:
        if (instruction.integer > 5)
            return error(fmt::format("is a pickle of protocol {}, newer than any that PyTorch writes; save the model with torch.jit.save", instruction.integer));
        return true;
    case Opcode::Frame: return true;
    case Opcode::None: BPU_DONE(push(PickleKind::None));
    case Opcode::NewTrue: BPU_DONE(pushNumber(PickleKind::Bool, 1));
    case Opcode::NewFalse: BPU_DONE(pushNumber(PickleKind::Bool, 0));
    case Opcode::BinInt:
    case Opcode::BinInt1:
    case Opcode::BinInt2: BPU_DONE(pushNumber(PickleKind::Int, instruction.integer));
    case Opcode::Long1:
    case Opcode::Long4: BPU_DONE(pushLong(instruction.text));
    case Opcode::BinFloat: {
        PickleValue value(PickleKind::Float);
        value.number = instruction.number;
        BPU_DONE(push(std::move(value)));
    }
    case Opcode::BinUnicode:
    case Opcode::BinUnicode8:
    case Opcode::ShortBinUnicode:
    case Opcode::BinString:
    case Opcode::ShortBinString: BPU_DONE(pushText(PickleKind::String, instruction.text));
    case Opcode::BinBytes:
    case Opcode::BinBytes8:
    case Opcode::ShortBinBytes: BPU_DONE(pushText(PickleKind::Bytes, instruction.text));
    case Opcode::Global: BPU_DONE(pushGlobal(instruction.text, instruction.name));
    case Opcode::EmptyDict: BPU_DONE(push(PickleKind::Dict));
    case Opcode::EmptyList: BPU_DONE(push(PickleKind::List));
    case Opcode::EmptyTuple: BPU_DONE(push(PickleKind::Tuple));
    default: return stepOnStack(instruction);
    }
}

/// Those that work on what lies on the stack.
Result<bool> Unpickler::stepOnStack(const Instruction& instruction)
{
    switch (instruction.code) {
    case Opcode::Mark: BPU_DONE(pushMark());
    case Opcode::Pop: BPU_DONE(pop());
    case Opcode::PopMark: BPU_DONE(popToMark());
    case Opcode::StackGlobal: BPU_DONE(pushStackGlobal());
    case Opcode::Tuple: BPU_DONE(pushMarked(PickleKind::Tuple));
    case Opcode::List: BPU_DONE(pushMarked(PickleKind::List));
    case Opcode::Dict: BPU_DONE(pushMarked(PickleKind::Dict));
    case Opcode::Tuple1: BPU_DONE(pushTuple(1));
    case Opcode::Tuple2: BPU_DONE(pushTuple(2));
    case Opcode::Tuple3: BPU_DONE(pushTuple(3));
    case Opcode::Append: BPU_DONE(append(PickleKind::List, 1));
    case Opcode::SetItem: BPU_DONE(append(PickleKind::Dict, 2));
    case Opcode::Appends: {
        BPU_TRY(items, popToMark());
        BPU_DONE(appendTo(PickleKind::List, std::move(items)));
    }
    case Opcode::SetItems: {
        BPU_TRY(items, popToMark());
        BPU_DONE(appendTo(PickleKind::Dict, std::move(items)));
    }
    case Opcode::BinPut:
    case Opcode::LongBinPut: BPU_DONE(memoize(instruction.integer));
    case Opcode::Memoize: BPU_DONE(memoize(static_cast<int64_t>(m_memo.size())));
    case Opcode::BinGet:
    case Opcode::LongBinGet: BPU_DONE(recall(instruction.integer));
    case Opcode::BinPersId: BPU_DONE(persistent());
    case Opcode::NewObj: BPU_DONE(newObject());
    case Opcode::Build: BPU_DONE(build());
    case Opcode::Reduce: BPU_DONE(reduce());
    default: return false;
    }
}

#undef BPU_DONE

Result<void> Unpickler::push(PickleValue fresh)
{
    if (m_pickle.m_values.size() >= Pickle::kMaxValues)
        return error(fmt::format("makes more than {} values; keep large tables in tensors", Pickle::kMaxValues));
    const PickleId id{static_cast<uint32_t>(m_pickle.m_values.size())};
    m_pickle.m_values.push_back(std::move(fresh));
    return pushId(id);
}

Result<void> Unpickler::pushId(PickleId id)
{
    m_stack.push_back(id);
    return countUses(1);
}

Result<void> Unpickler::countUses(size_t count)
{
    m_uses += count;
    if (m_uses > Pickle::kMaxUses)
        return error(fmt::format("uses its values more than {} times; keep large tables in tensors", Pickle::kMaxUses));
    return {};
}

Result<std::string_view> Unpickler::keep(std::string text)
{
    const auto [place, isNew] = m_pickle.m_names->insert(std::move(text));
    m_nameBytes += isNew ? place->size() : 0;
    if (m_nameBytes > Pickle::kMaxNameBytes)
        return error(fmt::format("holds more than {} bytes of class names; save the model with torch.jit.save", Pickle::kMaxNameBytes));
    return std::string_view(*place);
}

Result<void> Unpickler::pushNumber(PickleKind kind, int64_t number)
{
    PickleValue fresh(kind);
    fresh.integer = number;
    return push(std::move(fresh));
}

Result<void> Unpickler::pushText(PickleKind kind, std::string_view text)
{
    PickleValue fresh(kind);
    fresh.text = text;
    return push(std::move(fresh));
}

/// Two's complement, little-endian, as many bytes as it needs.
Result<void> Unpickler::pushLong(std::string_view bytes)
{
    if (bytes.size() > sizeof(int64_t))
        return error(fmt::format("holds an integer of {} bytes in front of byte {}, and PyTorch knows 8; save the model again", bytes.size(), m_reader.offset()));
    uint64_t number = !bytes.empty() && static_cast<signed char>(bytes.back()) < 0 ? ~uint64_t{0} : 0;
    for (size_t i = bytes.size(); i-- > 0;)
        number = number << 8U | static_cast<unsigned char>(bytes[i]);
    return pushNumber(PickleKind::Int, static_cast<int64_t>(number));
}

Result<void> Unpickler::pushGlobal(std::string_view module, std::string_view name)
{
    constexpr size_t kLongest = 4096;
    std::string qualified = fmt::format("{}.{}", module.substr(0, kLongest), name.substr(0, kLongest));
    if (auto why = whyNotRead(qualified))
        return Error{"torchscript.tensor", m_where, *std::move(why)};
    if (module.size() + name.size() > kLongest || !isAllowedGlobal(qualified)) {
        std::ranges::replace_if(qualified, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f; }, '?');
        return Error{"torchscript.unsafe", m_where,
                     fmt::format("asks for {}, which no TorchScript file needs; do not open it in PyTorch either", qualified.substr(0, 200))};
    }
    BPU_TRY(kept, keep(std::move(qualified)));
    return pushText(PickleKind::Global, kept);
}

Result<void> Unpickler::pushStackGlobal()
{
    BPU_TRY(name, pop());
    BPU_TRY(module, pop());
    if (!is(name, PickleKind::String) || !is(module, PickleKind::String))
        return damaged();
    return pushGlobal(value(module).text, value(name).text);
}

Result<PickleId> Unpickler::pop()
{
    if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back()))
        return damaged();
    const PickleId top = m_stack.back();
    m_stack.pop_back();
    return top;
}

Result<void> Unpickler::pushMark()
{
    if (m_marks.size() >= Pickle::kMaxMarks)
        return error(fmt::format("nests values more than {} deep; save the model with torch.jit.save", Pickle::kMaxMarks));
    m_marks.push_back(m_stack.size());
    return {};
}

Result<std::vector<PickleId>> Unpickler::popToMark()
{
    if (m_marks.empty())
        return damaged();
    const auto first = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
    std::vector<PickleId> items(first, m_stack.end());
    m_stack.erase(first, m_stack.end());
    m_marks.pop_back();
    return items;
}

Result<void> Unpickler::pushTuple(size_t size)
{
    PickleValue fresh(PickleKind::Tuple);
    fresh.items.resize(size);
    while (size-- > 0) {
        BPU_TRY(item, pop());
        fresh.items[size] = item;
    }
    return push(std::move(fresh));
}

Result<void> Unpickler::pushMarked(PickleKind kind)
{
    BPU_TRY(items, popToMark());
    if (kind == PickleKind::Dict && items.size() % 2 != 0)
        return damaged();
    PickleValue fresh(kind);
    fresh.items = std::move(items);
    return push(std::move(fresh));
}

Result<void> Unpickler::appendTo(PickleKind kind, std::vector<PickleId> items)
{
    if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back()) || !is(m_stack.back(), kind) || (kind == PickleKind::Dict && items.size() % 2 != 0))
        return damaged();
    auto& target = value(m_stack.back()).items;
    if (target.empty())
        target = std::move(items);
    else
        target.insert(target.end(), items.begin(), items.end());
    return {};
}

Result<void> Unpickler::append(PickleKind kind, size_t count)
{
    std::vector<PickleId> items(count);
    while (count-- > 0) {
        BPU_TRY(item, pop());
        items[count] = item;
    }
    return appendTo(kind, std::move(items));
}

/// The index comes from the file; writers count up from 0.
Result<void> Unpickler::memoize(int64_t index)
{
    if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back()))
        return damaged();
    const auto place = static_cast<size_t>(index);
    if (place >= Pickle::kMaxValues)
        return error(fmt::format("numbers a value {}, more than there are; copy the file again", index));
    if (place >= m_memo.size())
        m_memo.resize(place + 1);
    m_memo[place] = m_stack.back();
    return {};
}

Result<void> Unpickler::recall(int64_t index)
{
    const auto place = static_cast<size_t>(index);
    if (place >= m_memo.size() || !m_memo[place].isValid())
        return error(fmt::format("uses value {} before it is made; copy the file again", index));
    return pushId(m_memo[place]);
}

} // namespace bpu::importer::torchscript
