// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Colors, fonts and icons of every view. One Theme object is made by the application and passed by
// reference; painters read it while they paint, so a change needs a repaint and no restart.
// Thread: the window's.
#pragma once

#include "core/base/finding.h"
#include "core/ops/op_spec.h"

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QObject>

#include <array>

namespace bpu::views {

/// The colors of resources/themes/*.json, in the order of kTokenNames.
enum class Token : uint8_t {
    Window, Canvas, Surface, Alt, Hover, Selection, Border, Strong, Text, Muted, Disabled,
    Accent, AccentOn, AccentTint, Error, ErrorTint, Warning, WarningTint, Advice, AdviceTint,
    Ok, Undecided, Bpu, Cpu, Edge, Grid, Heat,
    FamilyConv, FamilyNorm, FamilyAct, FamilyPool, FamilyArith, FamilyShape, FamilyAttn, FamilyQuant,
};
inline constexpr size_t kTokenCount = static_cast<size_t>(Token::FamilyQuant) + 1;

using Colors = std::array<QColor, kTokenCount>;

/// The name of a token in a theme file: "accent.on".
QLatin1StringView name(Token token);
/// Reads ":/themes/dark.json" or ":/themes/light.json". A missing or malformed color is our mistake and asserts.
Colors loadColors(bool dark);

class Theme : public QObject {
    Q_OBJECT

public:
    enum class Mode : uint8_t { System, Light, Dark };

    explicit Theme(QObject* parent = nullptr);

    /// Sets Fusion, the palette and the style sheet of the application, and follows the system from then on.
    void install();
    void setMode(Mode mode);
    Mode mode() const { return m_mode; }
    bool isDark() const { return m_dark; }

    QColor color(Token token) const { return m_colors[static_cast<size_t>(token)]; }
    QColor family(ops::Family family) const;
    QColor severity(Severity severity) const;
    QColor severityTint(Severity severity) const;

    /// An icon of resources/icons: follows the theme by itself; disabled ones use Token::Disabled.
    QIcon icon(QLatin1StringView name, Token normal = Token::Text) const;

    QFont bodyFont() const { return m_body; }   ///< views, at the system's size
    QFont boldFont() const;                     ///< section heads
    QFont hintFont() const;                     ///< headers and hints, one step smaller
    QFont monoFont() const;                     ///< shapes, numbers, scales
    QFont tileFont() const;                     ///< the big figure of a tile
    QFont cardTitleFont() const;                ///< operator on a card, 12 px bold
    QFont cardNameFont() const;                 ///< name on a card, 11 px
    QFont attributeFont() const;                ///< attribute line and edge labels, 10.8 px mono

    /// False offscreen and where the desktop asks for less motion.
    bool hasMotion() const;

Q_SIGNALS:
    void changed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void follow();
    void apply();

    Mode m_mode = Mode::System;
    bool m_dark = false;
    bool m_installed = false;
    bool m_applying = false;
    Colors m_colors;
    QFont m_body;
    QFont m_fixed;
};

} // namespace bpu::views
