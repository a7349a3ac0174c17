// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Pickles by hand: each function gives the instructions that leave one value on the stack.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace bpu::test::pickle {

using namespace std::string_literals;

inline std::string littleEndian(uint64_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>(value >> (8 * i));
    return text;
}
inline std::string whole(const std::string& value) { return "\x80\x02" + value + "."; }
inline std::string integer(int64_t value) { return "\x8a\x08" + littleEndian(static_cast<uint64_t>(value), 8); }
inline std::string real(double value) { return "G" + littleEndian(__builtin_bswap64(std::bit_cast<uint64_t>(value)), 8); }
inline std::string text(std::string_view value) { return "X" + littleEndian(value.size(), 4) + std::string(value); }
inline std::string boolean(bool value) { return value ? "\x88" : "\x89"; }
inline std::string none() { return "N"; }
inline std::string tuple(const std::string& items) { return "(" + items + "t"; }
inline std::string list(const std::string& items) { return "](" + items + "e"; }
inline std::string dict(const std::string& pairs) { return "}(" + pairs + "u"; }
inline std::string global(std::string_view module, std::string_view name) { return "c" + std::string(module) + "\n" + std::string(name) + "\n"; }
inline std::string call(const std::string& function, const std::string& arguments) { return function + tuple(arguments) + "R"; }
inline std::string put(uint32_t index) { return "r" + littleEndian(index, 4); }
inline std::string get(uint32_t index) { return "j" + littleEndian(index, 4); }
/// "__torch__.a" and "B": an object with this state.
inline std::string object(std::string_view module, std::string_view name, const std::string& state) { return global(module, name) + ")\x81" + state + "b"; }
inline std::string storage(std::string_view type, std::string_view key, int64_t size)
{
    return tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + integer(size)) + "Q";
}
/// sizes and strides as instructions: tuple(integer(2)).
inline std::string tensor(const std::string& from, int64_t offset, const std::string& sizes, const std::string& strides, bool requiresGrad = false)
{
    return call(global("torch._utils", "_rebuild_tensor_v2"), from + integer(offset) + sizes + strides + boolean(requiresGrad) + call(global("collections", "OrderedDict"), ""));
}

} // namespace bpu::test::pickle
