// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/inspector/section.h"

#include "views/theme/marks.h"

#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace bpu::views {

constexpr int kColumns = 5;

QLabel* textLabel(const QString& text, const QFont& font, const QColor& color, QWidget* parent)
{
    constexpr qsizetype kLong = 14;
    QString shown = text;
    if (text.size() > kLong)
        for (const char breaking : {'.', '/', '_'})
            shown.replace(QLatin1Char(breaking), QString(QLatin1Char(breaking)) + QChar(0x200B));
    auto* label = new QLabel(shown, parent);
    label->setTextFormat(Qt::PlainText);
    label->setFont(font);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, color);
    label->setPalette(palette);
    return label;
}

/// A name that gives way when the panel is narrow: the columns beside it are never pushed out.
class ElidedLink : public QLabel {
public:
    ElidedLink(const QString& text, const QString& target, QWidget* parent) : QLabel(parent), m_text(text), m_target(target)
    {
        setTextFormat(Qt::RichText);
        setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
        setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
        setToolTip(text);
        display(text);
    }
    QSize sizeHint() const override { return {QFontMetrics(font()).horizontalAdvance(m_text) + 2, QLabel::sizeHint().height()}; }
    QSize minimumSizeHint() const override { return {std::min(kLeast, sizeHint().width()), QLabel::minimumSizeHint().height()}; }

protected:
    void resizeEvent(QResizeEvent* event) override
    {
        QLabel::resizeEvent(event);
        display(QFontMetrics(font()).elidedText(m_text, Qt::ElideMiddle, width()));
    }

private:
    static constexpr int kLeast = 56;

    void display(const QString& shown)
    {
        const QString html = shown.toHtmlEscaped();
        setText(m_target.isEmpty() ? html : QStringLiteral("<a href=\"%1\" style=\"text-decoration:none\">%2</a>").arg(m_target, html));
    }

    QString m_text;
    QString m_target;
};

Section::Section(const Theme& theme, const QString& key, const QString& title, const QString& note, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_key(key), m_head(new QToolButton(this)), m_body(new QWidget(this)), m_grid(new QGridLayout(m_body))
{
    setObjectName(QStringLiteral("section-") + key);
    m_head->setText(title);
    m_head->setFont(theme.boldFont());
    m_head->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_head->setProperty("compact", true);
    auto* headRow = new QHBoxLayout;
    headRow->setSpacing(4);
    headRow->addWidget(m_head);
    headRow->addWidget(textLabel(note, theme.hintFont(), theme.color(Token::Muted), this), 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 4, 10, 7);
    layout->setSpacing(2);
    layout->addLayout(headRow);
    layout->addWidget(m_body);
    m_grid->setContentsMargins(10, 0, 0, 0);
    m_grid->setHorizontalSpacing(10);
    m_grid->setVerticalSpacing(3);
    m_grid->setColumnStretch(kColumns - 1, 1);
    connect(m_head, &QToolButton::clicked, this, [this] {
        setFolded(!m_body->isHidden());
        Q_EMIT foldedChanged(m_key, m_body->isHidden());
    });
    setFolded(false);
}

void Section::setFolded(bool folded)
{
    m_body->setHidden(folded);
    m_head->setIcon(m_theme.icon(folded ? QLatin1StringView("chevron-right") : QLatin1StringView("chevron-down"), Token::Muted));
    m_head->setAccessibleDescription(folded ? tr("folded") : tr("open"));
}

void Section::addCells(const QStringList& cells, int row, int column)
{
    constexpr qsizetype kLong = 14;
    for (qsizetype i = 0; i < cells.size(); ++i, ++column) {
        QLabel* label = textLabel(cells[i], m_theme.monoFont(), m_theme.color(Token::Text), m_body);
        const bool isLast = i + 1 == cells.size();
        label->setWordWrap(isLast || cells[i].size() > kLong);
        m_grid->addWidget(label, row, column, 1, isLast ? kColumns - column : 1, Qt::AlignTop);
    }
}

void Section::addRow(const QStringList& cells, int mark, const QString& toolTip)
{
    const int row = m_grid->rowCount();
    int column = 0;
    if (mark != kNoMark) {
        auto* sign = new QLabel(m_body);
        const QIcon icon = mark == kTick ? tickIcon(m_theme) : markIcon(static_cast<Severity>(mark), m_theme);
        sign->setPixmap(icon.pixmap(14, 14));
        m_grid->addWidget(sign, row, column++, Qt::AlignTop);
    }
    QLabel* first = textLabel(cells.value(0), m_theme.bodyFont(), m_theme.color(mark == kNoMark || cells.size() == 1 ? Token::Muted : Token::Text), m_body);
    first->setToolTip(toolTip);
    if (cells.size() == 1) {
        m_grid->addWidget(first, row, column, 1, kColumns - column, Qt::AlignTop);
        return;
    }
    constexpr qsizetype kOneLine = 18; // a longer label would push found and allowed out of the panel
    first->setWordWrap(mark != kNoMark || cells.value(0).size() > kOneLine);
    m_grid->addWidget(first, row, column++, Qt::AlignTop);
    addCells(cells.mid(1), row, column);
    // Rows of a table share the width: label, found, allowed. Elsewhere the last cell takes what is left.
    if (mark != kNoMark && cells.size() == 3)
        for (const auto& [at, stretch] : {std::pair{1, 4}, {2, 3}, {3, 3}, {4, 0}})
            m_grid->setColumnStretch(at, stretch);
}

void Section::addLinkRow(const QString& name, const QString& text, const QString& target, const QStringList& cells)
{
    const int row = m_grid->rowCount();
    m_grid->addWidget(textLabel(name, m_theme.bodyFont(), m_theme.color(Token::Muted), m_body), row, 0, Qt::AlignTop);
    auto* link = new ElidedLink(text, target, m_body);
    connect(link, &QLabel::linkActivated, this, &Section::linkActivated);
    m_grid->addWidget(link, row, 1);
    addCells(cells, row, 2);
    m_grid->setColumnStretch(1, 1);
    m_grid->setColumnStretch(kColumns - 1, 0);
}

void Section::addText(const QString& text)
{
    addWidget(textLabel(text, m_theme.bodyFont(), m_theme.color(Token::Muted), m_body));
}

void Section::addWidget(QWidget* widget)
{
    m_grid->addWidget(widget, m_grid->rowCount(), 0, 1, kColumns);
}

void Section::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(m_theme.color(Token::Border));
    painter.drawLine(0, height() - 1, width(), height() - 1);
}

} // namespace bpu::views
