// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/zip_builder.h"

#include <QByteArray>
#include <array>

namespace bpu::test {
namespace {

std::string number(uint64_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += i < 8 ? static_cast<char>(value >> (8 * i)) : '\0';
    return text;
}

uint32_t checksum(const std::string& data)
{
    static const auto table = [] {
        std::array<uint32_t, 256> rows{};
        for (uint32_t i = 0; i < rows.size(); ++i) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit)
                value = (value & 1U) != 0 ? 0xedb88320U ^ (value >> 1U) : value >> 1U;
            rows[i] = value;
        }
        return rows;
    }();
    uint32_t sum = ~0U;
    for (const char c : data)
        sum = table[(sum ^ static_cast<unsigned char>(c)) & 0xffU] ^ (sum >> 8U);
    return ~sum;
}

/// What qCompress writes, less its own four bytes, the two of zlib's header and the four of its checksum.
std::string deflated(const std::string& data)
{
    const QByteArray packed = qCompress(reinterpret_cast<const uchar*>(data.data()), static_cast<qsizetype>(data.size()), 9);
    return packed.mid(6, packed.size() - 10).toStdString();
}

} // namespace

std::string zipOf(const std::vector<ZipPart>& parts)
{
    std::string file;
    std::string directory;
    for (const ZipPart& part : parts) {
        const std::string packed = part.deflated ? deflated(part.data) : part.data;
        const uint16_t method = part.method.value_or(part.deflated ? 8 : 0);
        const std::string common = number(part.flags, 2) + number(method, 2) + number(0x210000, 4) + number(part.claimedChecksum.value_or(checksum(part.data)), 4) +
                                   number(packed.size(), 4) + number(part.claimedSize.value_or(static_cast<uint32_t>(part.data.size())), 4) +
                                   number(part.name.size(), 2) + number(0, 2);
        directory += number(0x02014b50, 4) + number(20, 2) + number(20, 2) + common + number(0, 10) + number(file.size(), 4) + part.name;
        file += number(0x04034b50, 4) + number(20, 2) + common + part.name + packed;
    }
    const std::string end = number(0x06054b50, 4) + number(0, 4) + number(parts.size(), 2) + number(parts.size(), 2) + number(directory.size(), 4) +
                            number(file.size(), 4) + number(0, 2);
    return file + directory + end;
}

} // namespace bpu::test
