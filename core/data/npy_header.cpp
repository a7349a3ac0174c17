// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/npy_header.h"

#include <array>
#include <charconv>
#include <fmt/format.h>

namespace bpu::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kAlignment = 64;
constexpr size_t kMaxRank = 64; // what a later NumPy allows

struct Code {
    std::string_view text; ///< without the byte order
    ir::DType dtype;
};
constexpr std::array kCodes{Code{"f4", ir::DType::Float32}, Code{"f2", ir::DType::Float16},   Code{"f8", ir::DType::Float64},
                            Code{"i1", ir::DType::Int8},    Code{"i2", ir::DType::Int16},     Code{"i4", ir::DType::Int32},
                            Code{"i8", ir::DType::Int64},   Code{"u1", ir::DType::UInt8},     Code{"u2", ir::DType::UInt16},
                            Code{"u4", ir::DType::UInt32},  Code{"u8", ir::DType::UInt64},    Code{"b1", ir::DType::Bool},
                            Code{"c8", ir::DType::Complex64}, Code{"c16", ir::DType::Complex128}};

/// Walks over the dict. Every reader leaves the position behind what it took.
class Scanner {
public:
    explicit Scanner(std::string_view text) : m_text(text) {}

    bool take(char c)
    {
        skipSpace();
        if (m_text.empty() || m_text.front() != c)
            return false;
        m_text.remove_prefix(1);
        return true;
    }
    bool takeWord(std::string_view word)
    {
        skipSpace();
        if (!m_text.starts_with(word))
            return false;
        m_text.remove_prefix(word.size());
        return true;
    }
    std::optional<std::string_view> string()
    {
        skipSpace();
        if (m_text.empty() || (m_text.front() != '\'' && m_text.front() != '"'))
            return std::nullopt;
        const size_t end = m_text.find(m_text.front(), 1);
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view value = m_text.substr(1, end - 1);
        m_text.remove_prefix(end + 1);
        return value;
    }
    std::optional<ir::Dim> dimension()
    {
        skipSpace();
        ir::Dim value = 0;
        const auto [end, code] = std::from_chars(m_text.data(), m_text.data() + m_text.size(), value);
        if (code != std::errc() || value < 0)
            return std::nullopt;
        m_text.remove_prefix(static_cast<size_t>(end - m_text.data()));
        takeWord("L"); // Python 2 wrote long integers so
        return value;
    }

private:
    void skipSpace() { m_text.remove_prefix(std::min(m_text.find_first_not_of(" \t\r\n"), m_text.size())); }

    std::string_view m_text;
};

Error damaged(const std::string& where, std::string_view what)
{
    return {"npy.format", where, fmt::format("is a damaged .npy file ({}); save the array again with numpy.save", what)};
}

std::string_view kindOf(char code)
{
    switch (code) {
    case 'O': return "Python objects, which could run code when they are opened";
    case 'S':
    case 'a':
    case 'U': return "text";
    case 'M':
    case 'm': return "dates or times";
    default: return "numbers of a kind that no network takes";
    }
}

Result<void> readType(std::string_view descr, NpyHeader& header, ir::Shape shape, const std::string& where)
{
    header.bigEndian = descr.starts_with('>');
    const std::string_view code = descr.substr(!descr.empty() && std::string_view("<>=|").find(descr.front()) != std::string_view::npos ? 1 : 0);
    for (const Code& known : kCodes)
        if (code == known.text || (code == "?" && known.dtype == ir::DType::Bool)) {
            header.type = ir::TensorType(known.dtype, std::move(shape));
            return {};
        }
    return Error{"npy.dtype", where, fmt::format("holds {} ('{}'); save numbers, for example array.astype('float32')",
                                                 kindOf(code.empty() ? ' ' : code.front()), descr)};
}

std::optional<ir::Shape> readShape(Scanner& scanner)
{
    ir::Shape shape;
    if (!scanner.take('('))
        return std::nullopt;
    while (!scanner.take(')')) {
        const std::optional<ir::Dim> dimension = scanner.dimension();
        if (!dimension || shape.size() == kMaxRank)
            return std::nullopt;
        shape.push_back(*dimension);
        if (!scanner.take(','))
            return scanner.take(')') ? std::optional(shape) : std::nullopt;
    }
    return shape;
}

/// The keys may come in any order, each once.
Result<NpyHeader> readDict(std::string_view text, const std::string& where)
{
    NpyHeader header;
    std::optional<std::string_view> descr;
    std::optional<ir::Shape> shape;
    bool hasOrder = false;
    Scanner scanner(text);
    if (!scanner.take('{'))
        return damaged(where, "its header is no dict");
    while (!scanner.take('}')) {
        const std::optional<std::string_view> key = scanner.string();
        if (!key || !scanner.take(':'))
            return damaged(where, "its header cannot be read");
        if (*key == "descr") {
            descr = scanner.string();
            if (!descr)
                return Error{"npy.dtype", where, "holds records of several fields; save one field, for example array['x']"};
        } else if (*key == "fortran_order") {
            hasOrder = true;
            header.fortranOrder = scanner.takeWord("True");
            if (!header.fortranOrder && !scanner.takeWord("False"))
                return damaged(where, "its fortran_order is neither True nor False");
        } else if (*key == "shape") {
            shape = readShape(scanner);
            if (!shape)
                return damaged(where, "its shape cannot be read");
        } else {
            return damaged(where, "its header has an unknown key");
        }
        scanner.take(',');
    }
    if (!descr || !shape || !hasOrder)
        return damaged(where, "its header lacks descr, fortran_order or shape");
    BPU_CHECK(readType(*descr, header, std::move(*shape), where));
    return header;
}

} // namespace

Result<NpyHeader> readNpyHeader(std::span<const std::byte> file, const std::string& where)
{
    const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
    if (!text.starts_with(kMagic))
        return Error{"npy.format", where, "is not an .npy file; save the array with numpy.save"};
    if (text.size() < kMagic.size() + 4)
        return Error{"npy.truncated", where, "is cut off inside its header; copy the file again"};
    const auto byteAt = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(text[i])); };
    const size_t version = byteAt(6);
    if (version < 1 || version > 3)
        return Error{"npy.format", where, fmt::format("is .npy of version {}, versions 1 to 3 are known; save the array again with numpy.save", version)};
    const size_t start = version == 1 ? 10 : 12;
    if (text.size() < start)
        return Error{"npy.truncated", where, "is cut off inside its header; copy the file again"};
    const size_t length = byteAt(8) | byteAt(9) << 8U | (version == 1 ? 0 : byteAt(10) << 16U | byteAt(11) << 24U);
    if (length > text.size() - start)
        return Error{"npy.truncated", where, "is cut off inside its header; copy the file again"};
    BPU_TRY(header, readDict(text.substr(start, length), where));
    header.size = start + length;
    return std::move(header);
}

std::string npyHeader(const ir::TensorType& type)
{
    std::string_view code = "f4";
    for (const Code& known : kCodes)
        if (known.dtype == type.dtype())
            code = known.text;
    std::string shape;
    for (const ir::Dim dim : type.shape())
        shape += fmt::format("{}, ", dim);
    if (type.rank() > 1)
        shape.resize(shape.size() - 2);
    std::string dict = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}", ir::byteSize(type.dtype()) == 1 ? '|' : '<', code,
                                   type.rank() == 1 ? shape.substr(0, shape.size() - 1) : shape);
    dict.append(kAlignment - (10 + dict.size() + 1) % kAlignment, ' ');
    dict += '\n';
    const size_t length = dict.size(); // a shape of 64 dimensions stays far below 65,536
    return std::string(kMagic) + '\x01' + '\0' + static_cast<char>(length & 0xffU) + static_cast<char>(length >> 8U) + dict;
}

} // namespace bpu::data
