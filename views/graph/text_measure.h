// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Measures the texts of a drawing with the fonts that the graph view paints them in.
#pragma once

#include "core/layout/diagram.h"
#include "views/theme/theme.h"

#include <array>
#include <vector>

namespace bpu::views {

/// Made on the window's thread, where it reads the advance of every common character; from then on
/// immutable, so the layout worker may use it. A new one is needed when the font changes.
class QtTextMeasure : public layout::TextMeasure {
public:
    explicit QtTextMeasure(const Theme& theme);
    double width(std::string_view utf8, layout::TextStyle style) const override;

private:
    struct Advances {
        explicit Advances(const QFont& font);
        double of(char32_t character) const;

        QFont m_font;
        std::vector<float> m_latin;
        std::vector<float> m_signs;
    };
    std::array<Advances, 3> m_fonts;
};

} // namespace bpu::views
