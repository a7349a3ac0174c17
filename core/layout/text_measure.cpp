// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Advance widths in thousandths of the font size, read from DejaVu Sans 2.37 (Debian fonts-dejavu-core) for
// the printable ASCII characters 32 to 126. DejaVu Sans is among the widest system fonts, so a card that
// holds its text holds that of the others.
#include "core/layout/diagram.h"

#include <array>

namespace bpu::layout {
namespace {

constexpr std::array<int16_t, 95> kRegular{
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
    500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
};

constexpr std::array<int16_t, 95> kBold{
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365,
    696, 696, 696, 696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580,
    1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995, 837, 850,
    733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500,
    500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687,
    716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
};

constexpr int kMono = 602;
constexpr int kSign = 838;  // × → − ≤ and other signs of the drawing
constexpr int kWide = 1000; // CJK and everything else: one em

struct Face {
    const std::array<int16_t, 95>* widths; // null: monospaced
    double size;
};

Face faceOf(TextStyle style)
{
    switch (style) {
    case TextStyle::Title: return {&kBold, 12};
    case TextStyle::Name: return {&kRegular, 12};
    case TextStyle::Attribute: return {nullptr, 10.8};
    case TextStyle::Edge: return {nullptr, 10.8};
    }
    return {&kRegular, 12};
}

class BuiltinTextMeasure : public TextMeasure {
public:
    double width(std::string_view utf8, TextStyle style) const override
    {
        const Face face = faceOf(style);
        int total = 0;
        for (size_t i = 0; i < utf8.size();) {
            const auto lead = static_cast<unsigned char>(utf8[i]);
            const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
            total += advance(utf8.substr(i, length), face);
            i += length;
        }
        return total * face.size / 1000;
    }

private:
    static int advance(std::string_view character, const Face& face)
    {
        const auto lead = static_cast<unsigned char>(character[0]);
        const bool ascii = lead >= 32 && lead < 127;
        if (!face.widths)
            return ascii || lead < 0xe3 ? kMono : kWide;
        if (ascii)
            return (*face.widths)[lead - 32U];
        return lead < 0xe3 ? kSign : kWide;
    }
};

} // namespace

const TextMeasure& builtinTextMeasure()
{
    static const BuiltinTextMeasure measure;
    return measure;
}

} // namespace bpu::layout
