// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/severity_toggle.h"

#include "views/theme/marks.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>

namespace bpu::views {

static constexpr int kHeight = 24;
static constexpr int kMark = 12;
static constexpr int kPadding = 8;

QString countText(size_t count, Severity severity)
{
    const auto text = [&](const char* source) { return QCoreApplication::translate("Severity", source); };
    const QString number = QLocale(QLocale::English).toString(static_cast<qulonglong>(count));
    switch (severity) {
    case Severity::Error: return (count == 1 ? text("%1 error") : text("%1 errors")).arg(number);
    case Severity::Warning: return (count == 1 ? text("%1 warning") : text("%1 warnings")).arg(number);
    case Severity::Advice: return text("%1 advice").arg(number);
    case Severity::Undecided: return text("%1 undecided").arg(number);
    }
    return {};
}

SeverityToggle::SeverityToggle(Severity severity, const Theme& theme, QWidget* parent)
    : QAbstractButton(parent), m_severity(severity), m_theme(theme)
{
    setCheckable(true);
    setChecked(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setCount(0);
}

void SeverityToggle::setCount(size_t count)
{
    m_count = count;
    setText(countText(count, m_severity));
    setAccessibleName(tr("Show %1").arg(text()));
    updateGeometry();
    update();
}

QSize SeverityToggle::sizeHint() const
{
    return {QFontMetrics(m_theme.hintFont()).horizontalAdvance(text()) + kMark + 6 + 2 * kPadding, kHeight};
}

void SeverityToggle::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool quiet = m_count == 0 || !isChecked();
    painter.setPen(m_theme.color(quiet ? Token::Border : Token::Strong));
    if (hasFocus())
        painter.setPen(QPen(m_theme.color(Token::Accent), 2));
    painter.setBrush(m_theme.color(underMouse() ? Token::Hover : isChecked() ? Token::Surface : Token::Window));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    painter.setOpacity(quiet ? 0.55 : 1);
    paintMark(painter, QRectF(kPadding, (height() - kMark) / 2.0, kMark, kMark), m_severity, m_theme);
    painter.setOpacity(1);
    painter.setFont(m_theme.hintFont());
    painter.setPen(m_theme.color(quiet ? Token::Muted : Token::Text));
    painter.drawText(rect().adjusted(kPadding + kMark + 6, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, text());
}

} // namespace bpu::views
