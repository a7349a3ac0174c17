// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/export/xml_text.h"

namespace bpu::exporter {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes of the well-formed character at `i`; 0 when it is broken or not allowed in XML.
size_t characterLength(std::string_view text, size_t i)
{
    const auto byte = [&](size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U; };
    const unsigned lead = byte(i);
    if (lead < 0x80)
        return lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
    const size_t length = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
    if (length == 0)
        return 0;
    unsigned code = lead & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
        if ((byte(i + k) & 0xC0U) != 0x80)
            return 0;
        code = code << 6U | (byte(i + k) & 0x3FU);
    }
    const bool tooShort = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool forbidden = (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF || code == 0xFFFE || code == 0xFFFF;
    return tooShort || forbidden ? 0 : length;
}

} // namespace

std::string xmlText(std::string_view utf8)
{
    std::string out;
    out.reserve(utf8.size());
    for (size_t i = 0; i < utf8.size();) {
        const size_t length = characterLength(utf8, i);
        if (length == 0)
            out += kReplacement;
        else if (utf8[i] == '&')
            out += "&amp;";
        else if (utf8[i] == '<')
            out += "&lt;";
        else if (utf8[i] == '>')
            out += "&gt;";
        else if (utf8[i] == '"')
            out += "&quot;";
        else
            out += utf8.substr(i, length);
        i += length == 0 ? 1 : length;
    }
    return out;
}

} // namespace bpu::exporter
