// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/theme/theme.h"

#include "resources/resources.h"
#include "views/theme/icon_engine.h"
#include "views/theme/style_sheet.h"

#include <QApplication>
#include <QEvent>
#include <QFile>
#include <QFontDatabase>
#include <QFontInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QScreen>
#include <QStyle>
#include <QStyleFactory>

namespace bpu::views {

static constexpr std::array<QLatin1StringView, kTokenCount> kTokenNames = {
    QLatin1StringView("window"), QLatin1StringView("canvas"), QLatin1StringView("surface"), QLatin1StringView("alt"),
    QLatin1StringView("hover"), QLatin1StringView("selection"), QLatin1StringView("border"), QLatin1StringView("strong"),
    QLatin1StringView("text"), QLatin1StringView("muted"), QLatin1StringView("disabled"), QLatin1StringView("accent"),
    QLatin1StringView("accent.on"), QLatin1StringView("accent.tint"), QLatin1StringView("error"), QLatin1StringView("error.tint"),
    QLatin1StringView("warning"), QLatin1StringView("warning.tint"), QLatin1StringView("advice"), QLatin1StringView("advice.tint"),
    QLatin1StringView("ok"), QLatin1StringView("undecided"), QLatin1StringView("bpu"), QLatin1StringView("cpu"),
    QLatin1StringView("edge"), QLatin1StringView("grid"), QLatin1StringView("heat"), QLatin1StringView("family.conv"),
    QLatin1StringView("family.norm"), QLatin1StringView("family.act"), QLatin1StringView("family.pool"),
    QLatin1StringView("family.arith"), QLatin1StringView("family.shape"), QLatin1StringView("family.attn"),
    QLatin1StringView("family.quant"),
};

QLatin1StringView name(Token token)
{
    return kTokenNames[static_cast<size_t>(token)];
}

Colors loadColors(bool dark)
{
    initResources();
    QFile file(dark ? QStringLiteral(":/themes/dark.json") : QStringLiteral(":/themes/light.json"));
    const bool opened = file.open(QIODevice::ReadOnly);
    BPU_ASSERT(opened);
    const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
    Colors colors;
    for (size_t i = 0; i < kTokenCount; ++i) {
        colors[i] = QColor(object.value(kTokenNames[i]).toString());
        BPU_ASSERT(colors[i].isValid());
    }
    return colors;
}

Theme::Theme(QObject* parent) : QObject(parent), m_colors(loadColors(false)), m_body(QApplication::font())
{
    m_fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    // Below 12 px the text of the window would be smaller than that of the cards.
    const int pixels = qBound(12, QFontInfo(m_body).pixelSize(), 20);
    m_body.setPixelSize(pixels);
    m_fixed.setPixelSize(pixels - 1);
}

void Theme::install()
{
    m_installed = true;
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    qApp->installEventFilter(this);
    follow();
    apply();
}

void Theme::setMode(Mode mode)
{
    m_mode = mode;
    follow();
    apply();
}

// An empty palette makes the application answer with the system's own again, whatever we had set.
void Theme::follow()
{
    m_dark = m_mode == Mode::Dark;
    if (m_mode != Mode::System)
        return;
    m_applying = true;
    if (m_installed)
        QApplication::setPalette(QPalette());
    m_dark = QApplication::palette().color(QPalette::Window).lightness() < 128;
    m_applying = false;
}

static QPalette paletteOf(const Theme& theme)
{
    QPalette palette;
    const auto set = [&](QPalette::ColorRole role, Token token, Token disabled) {
        palette.setColor(role, theme.color(token));
        palette.setColor(QPalette::Disabled, role, theme.color(disabled));
    };
    set(QPalette::Window, Token::Window, Token::Window);
    set(QPalette::WindowText, Token::Text, Token::Disabled);
    set(QPalette::Base, Token::Surface, Token::Window);
    set(QPalette::AlternateBase, Token::Alt, Token::Alt);
    set(QPalette::Text, Token::Text, Token::Disabled);
    set(QPalette::PlaceholderText, Token::Muted, Token::Disabled);
    set(QPalette::Button, Token::Window, Token::Window);
    set(QPalette::ButtonText, Token::Text, Token::Disabled);
    set(QPalette::BrightText, Token::AccentOn, Token::Disabled);
    set(QPalette::Light, Token::Surface, Token::Surface);
    set(QPalette::Midlight, Token::Hover, Token::Hover);
    set(QPalette::Mid, Token::Border, Token::Border);
    set(QPalette::Dark, Token::Strong, Token::Strong);
    set(QPalette::Shadow, Token::Strong, Token::Strong);
    set(QPalette::Highlight, Token::Selection, Token::Hover);
    set(QPalette::HighlightedText, Token::Text, Token::Disabled);
    set(QPalette::Link, Token::Accent, Token::Disabled);
    set(QPalette::LinkVisited, Token::Accent, Token::Disabled);
    set(QPalette::ToolTipBase, Token::Surface, Token::Surface);
    set(QPalette::ToolTipText, Token::Text, Token::Text);
    return palette;
}

void Theme::apply()
{
    m_colors = loadColors(m_dark);
    if (m_installed) {
        m_applying = true;
        QApplication::setFont(m_body);
        QApplication::setPalette(paletteOf(*this));
        qApp->setStyleSheet(styleSheet(m_colors));
        m_applying = false;
    }
    Q_EMIT changed();
}

bool Theme::eventFilter(QObject* watched, QEvent* event)
{
    const bool palette = watched == qApp && event->type() == QEvent::ApplicationPaletteChange;
    if ((palette || event->type() == QEvent::ThemeChange) && !m_applying && m_mode == Mode::System) {
        const bool wasDark = m_dark;
        follow();
        if (m_dark != wasDark || palette)
            apply();
    }
    return QObject::eventFilter(watched, event);
}

QColor Theme::family(ops::Family family) const
{
    if (family == ops::Family::Opaque)
        return color(Token::Cpu);
    return m_colors[static_cast<size_t>(Token::FamilyConv) + static_cast<size_t>(family)];
}

QColor Theme::severity(Severity severity) const
{
    static constexpr Token kTokens[] = {Token::Undecided, Token::Advice, Token::Warning, Token::Error};
    return color(kTokens[static_cast<size_t>(severity)]);
}

QColor Theme::severityTint(Severity severity) const
{
    static constexpr Token kTokens[] = {Token::Alt, Token::AdviceTint, Token::WarningTint, Token::ErrorTint};
    return color(kTokens[static_cast<size_t>(severity)]);
}

QIcon Theme::icon(QLatin1StringView name, Token normal) const
{
    return QIcon(new IconEngine(name, normal, this));
}

static QFont sized(QFont font, qreal pixels, bool bold = false)
{
    // setPixelSize takes whole pixels only; points carry the fraction of the 10.8 px attribute font.
    const QScreen* screen = QGuiApplication::primaryScreen();
    font.setPointSizeF(pixels * 72 / (screen ? screen->logicalDotsPerInchY() : 96));
    font.setBold(bold);
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

QFont Theme::boldFont() const
{
    QFont font = m_body;
    font.setBold(true);
    return font;
}

QFont Theme::hintFont() const
{
    QFont font = m_body;
    font.setPixelSize(m_body.pixelSize() - 1);
    return font;
}

QFont Theme::monoFont() const
{
    return m_fixed;
}

QFont Theme::tileFont() const
{
    return sized(m_body, 20, true);
}

QFont Theme::cardTitleFont() const
{
    return sized(m_body, 12, true);
}

QFont Theme::cardNameFont() const
{
    return sized(m_body, 11);
}

QFont Theme::attributeFont() const
{
    return sized(m_fixed, 10.8);
}

bool Theme::hasMotion() const
{
    return QGuiApplication::platformName() != QLatin1StringView("offscreen") && QApplication::isEffectEnabled(Qt::UI_General);
}

} // namespace bpu::views
