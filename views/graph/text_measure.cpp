// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/graph/text_measure.h"

#include <QFontMetricsF>

namespace bpu::views {

static constexpr char32_t kLatinEnd = 0x250;
static constexpr char32_t kSignsBegin = 0x2000; ///< dashes, arrows, mathematical signs
static constexpr char32_t kSignsEnd = 0x2300;

static std::vector<float> advances(const QFontMetricsF& metrics, char32_t begin, char32_t end)
{
    std::vector<float> widths;
    for (char32_t c = begin; c < end; ++c)
        widths.push_back(static_cast<float>(metrics.horizontalAdvance(QChar(static_cast<char16_t>(c)))));
    return widths;
}

QtTextMeasure::Advances::Advances(const QFont& font)
    : m_font(font), m_latin(advances(QFontMetricsF(font), 0, kLatinEnd)), m_signs(advances(QFontMetricsF(font), kSignsBegin, kSignsEnd))
{
}

double QtTextMeasure::Advances::of(char32_t character) const
{
    if (character < kLatinEnd)
        return static_cast<double>(m_latin[character]);
    if (character >= kSignsBegin && character < kSignsEnd)
        return static_cast<double>(m_signs[character - kSignsBegin]);
    return QFontMetricsF(m_font).horizontalAdvance(QString::fromUcs4(&character, 1));
}

QtTextMeasure::QtTextMeasure(const Theme& theme)
    : m_fonts{Advances(theme.cardTitleFont()), Advances(theme.cardNameFont()), Advances(theme.attributeFont())}
{
}

double QtTextMeasure::width(std::string_view utf8, layout::TextStyle style) const
{
    const size_t font = style == layout::TextStyle::Title ? 0 : style == layout::TextStyle::Name ? 1 : 2;
    double sum = 0;
    for (const char32_t character : QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size())).toUcs4())
        sum += m_fonts[font].of(character);
    return sum;
}

} // namespace bpu::views
