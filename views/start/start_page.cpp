// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/start/start_page.h"

#include <QAbstractButton>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace bpu::views {

namespace {

constexpr int kPageWidth = 920;
constexpr int kRowHeight = 46;

QLabel* label(const QString& text, const QFont& font, QWidget* parent)
{
    auto* made = new QLabel(text, parent);
    made->setFont(font);
    made->setAlignment(Qt::AlignCenter);
    return made;
}

class DropZone : public QWidget {
public:
    DropZone(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {}

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(m_theme.color(Token::Strong), 1, Qt::DashLine));
        painter.setBrush(m_theme.color(Token::Surface));
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    }

private:
    const Theme& m_theme;
};

class FileRow : public QAbstractButton {
public:
    FileRow(const Theme& theme, const StartEntry& entry, QLatin1StringView icon, QWidget* parent)
        : QAbstractButton(parent), m_theme(theme), m_entry(entry), m_icon(theme.icon(icon, Token::Muted))
    {
        setFixedHeight(kRowHeight);
        setFocusPolicy(Qt::StrongFocus);
        setToolTip(entry.path);
        setAccessibleName(StartPage::tr("Open %1, %2").arg(entry.name, entry.result));
        setObjectName(QStringLiteral("file-") + entry.name);
        setAttribute(Qt::WA_Hover);
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        if (underMouse())
            painter.fillRect(rect().adjusted(1, 1, -1, -1), m_theme.color(Token::Hover));
        m_icon.paint(&painter, QRect(14, (height() - 16) / 2, 16, 16));
        const QRect upper(42, 6, width() - 56, 17);
        const QRect lower(42, 24, width() - 56, 17);
        const auto text = [&](const QRect& rect, const QString& content, const QFont& font, Token color, Qt::Alignment align) {
            painter.setFont(font);
            painter.setPen(m_theme.color(color));
            painter.drawText(rect, align | Qt::AlignVCenter, QFontMetrics(font).elidedText(content, Qt::ElideMiddle, rect.width()));
        };
        const int rightWidth = std::max(QFontMetrics(m_theme.hintFont()).horizontalAdvance(m_entry.result),
                                        QFontMetrics(m_theme.hintFont()).horizontalAdvance(m_entry.when));
        const auto left = [&](const QRect& rect) { return rect.adjusted(0, 0, -rightWidth - 12, 0); };
        text(left(upper), m_entry.name, m_theme.boldFont(), Token::Text, Qt::AlignLeft);
        text(left(lower), m_entry.detail, m_theme.hintFont(), Token::Muted, Qt::AlignLeft);
        text(m_entry.when.isEmpty() ? rect().adjusted(0, 0, -14, 0) : upper, m_entry.result, m_theme.hintFont(), Token::Text, Qt::AlignRight);
        text(lower, m_entry.when, m_theme.hintFont(), Token::Muted, Qt::AlignRight);
        painter.setPen(hasFocus() ? QPen(m_theme.color(Token::Accent), 2) : QPen(m_theme.color(Token::Grid), 1));
        if (hasFocus())
            painter.drawRect(rect().adjusted(2, 2, -2, -2));
        else
            painter.drawLine(1, 0, width() - 2, 0);
    }

private:
    const Theme& m_theme;
    StartEntry m_entry;
    QIcon m_icon;
};

} // namespace

StartList::StartList(const Theme& theme, const QString& title, const QString& note, QLatin1StringView icon, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_icon(icon)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1);
    layout->setSpacing(0);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(13, 7, 13, 7);
    auto* name = new QLabel(title, this);
    name->setFont(theme.boldFont());
    head->addWidget(name);
    head->addStretch();
    auto* noteLabel = new QLabel(note, this);
    noteLabel->setFont(theme.hintFont());
    connect(noteLabel, &QLabel::linkActivated, this, &StartList::noteClicked);
    head->addWidget(noteLabel);
    layout->addLayout(head);
    m_rows = new QVBoxLayout;
    m_rows->setSpacing(0);
    layout->addLayout(m_rows);
    layout->addStretch();
}

void StartList::setEntries(const std::vector<StartEntry>& entries, const QString& emptyText)
{
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const StartEntry& entry : entries) {
        auto* row = new FileRow(m_theme, entry, m_icon, this);
        connect(row, &QAbstractButton::clicked, this, [this, path = entry.path] { Q_EMIT chosen(path); });
        m_rows->addWidget(row);
    }
    if (entries.empty()) {
        QLabel* empty = label(emptyText, m_theme.hintFont(), this);
        empty->setFixedHeight(kRowHeight);
        m_rows->addWidget(empty);
    }
}

void StartList::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(m_theme.color(Token::Border));
    painter.setBrush(m_theme.color(Token::Surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
}

StartPage::StartPage(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme),
      m_recent(new StartList(theme, tr("Recent"), QStringLiteral("<a href=\"clear\" style=\"text-decoration:none\">%1</a>").arg(tr("Clear")),
                             QLatin1StringView("file"), this)),
      m_samples(new StartList(theme, tr("Samples"), tr("each under 1 MB"), QLatin1StringView("graph"), this))
{
    setObjectName(QStringLiteral("start"));
    auto* canvas = new QWidget(this);
    auto* page = new QWidget(canvas);
    page->setMaximumWidth(kPageWidth);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(24, 24, 24, 24);
    column->setSpacing(24);
    column->addStretch(2);
    column->addWidget(makeDropZone());
    auto* lists = new QHBoxLayout;
    lists->setSpacing(24);
    lists->addWidget(m_recent, 1);
    lists->addWidget(m_samples, 1);
    column->addLayout(lists);
    column->addWidget(makeHints());
    column->addStretch(5);
    auto* center = new QHBoxLayout(canvas);
    center->setContentsMargins(0, 0, 0, 0);
    center->addStretch(1);
    center->addWidget(page, 100);
    center->addStretch(1);
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(canvas);
    scroll->viewport()->setAutoFillBackground(false);
    canvas->setAutoFillBackground(false);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(scroll);
    connect(m_recent, &StartList::chosen, this, &StartPage::fileChosen);
    connect(m_samples, &StartList::chosen, this, &StartPage::fileChosen);
    connect(m_recent, &StartList::noteClicked, this, &StartPage::clearRecentRequested);
    setRecent({});
    setSamples({});
}

void StartPage::paintEvent(QPaintEvent*)
{
    QPainter(this).fillRect(rect(), m_theme.color(Token::Canvas));
}

QWidget* StartPage::makeDropZone()
{
    auto* zone = new DropZone(m_theme, this);
    zone->setMinimumHeight(150);
    auto* column = new QVBoxLayout(zone);
    column->setContentsMargins(16, 12, 16, 12);
    column->setAlignment(Qt::AlignCenter);
    column->setSpacing(10);
    auto* icon = new QLabel(zone);
    icon->setPixmap(m_theme.icon(QLatin1StringView("drop"), Token::Accent).pixmap(34, 34));
    column->addWidget(icon, 0, Qt::AlignCenter);
    QFont big = m_theme.boldFont();
    big.setPixelSize(17);
    column->addWidget(label(tr("Drop a model here"), big, zone));
    column->addWidget(label(tr("ONNX (.onnx), TorchScript (.pt) or .bpuir"), m_theme.bodyFont(), zone));
    auto* buttons = new QHBoxLayout;
    buttons->setAlignment(Qt::AlignCenter);
    auto* open = new QPushButton(tr("Open…  Ctrl+O"), zone);
    open->setObjectName(QStringLiteral("startOpen"));
    open->setProperty("emphasis", QStringLiteral("filled"));
    connect(open, &QPushButton::clicked, this, &StartPage::openRequested);
    auto* sample = new QPushButton(tr("Open a sample"), zone);
    sample->setObjectName(QStringLiteral("startSample"));
    connect(sample, &QPushButton::clicked, this, [this] {
        if (!m_firstSample.isEmpty())
            Q_EMIT fileChosen(m_firstSample);
    });
    buttons->addWidget(open);
    buttons->addWidget(sample);
    column->addLayout(buttons);
    column->addWidget(label(tr("Nothing in a model file is executed. No board, no vendor tools and no network are needed."), m_theme.hintFont(), zone));
    return zone;
}

QWidget* StartPage::makeHints()
{
    auto* hints = new QWidget(this);
    auto* row = new QHBoxLayout(hints);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    row->addStretch();
    for (const auto& [key, text] : {std::pair{tr("F5"), tr("Check")}, {tr("F8"), tr("Next finding")}, {tr("Ctrl+F"), tr("Search")}, {tr("F"), tr("Fit")}}) {
        QLabel* cap = label(key, m_theme.monoFont(), hints);
        cap->setFrameStyle(QFrame::Box);
        cap->setMargin(2);
        row->addWidget(cap);
        row->addWidget(label(text, m_theme.hintFont(), hints));
        row->addSpacing(12);
    }
    row->addStretch();
    return hints;
}

void StartPage::setRecent(const std::vector<StartEntry>& entries)
{
    m_recent->setEntries(entries, tr("Nothing opened yet"));
    m_recent->setVisible(!entries.empty()); // an empty box says nothing that the page does not
}

void StartPage::setSamples(const std::vector<StartEntry>& entries)
{
    m_firstSample = entries.empty() ? QString() : entries.front().path;
    m_samples->setEntries(entries, tr("No samples beside the program"));
}

} // namespace bpu::views
