// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/modules/modules_panel.h"

#include "views/theme/marks.h"
#include "views/widgets/panel_title.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QScopedValueRollback>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace bpu::views {

namespace {

constexpr int kRowHeight = 23;
constexpr int kBadgeWidth = 52; ///< "999+" and the mark, and air before them
constexpr int kMark = 13;
constexpr int kGap = 8;            ///< between name and operator
constexpr int kLeastOperator = 48; ///< less than this shows too little of an operator

class ModuleDelegate : public QStyledItemDelegate {
public:
    ModuleDelegate(const Theme& theme, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme) {}

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
    {
        return {100, std::max(kRowHeight, option.fontMetrics.height() + 5)};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        painter->save();
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        if (selected || option.state.testFlag(QStyle::State_MouseOver))
            painter->fillRect(option.rect, m_theme.color(selected ? Token::Selection : Token::Hover));
        painter->setRenderHint(QPainter::Antialiasing);
        QRect rect = option.rect.adjusted(4, 0, -8, 0);
        paintBadge(*painter, rect, index);
        rect.setRight(rect.right() - kBadgeWidth);

        const QFont nameFont = index.parent().isValid() ? m_theme.bodyFont() : m_theme.boldFont();
        const QString name = index.data().toString();
        const QString op = index.data(ModuleModel::OperatorRole).toString();
        const int nameWidth = QFontMetrics(nameFont).horizontalAdvance(name) + 3;
        const int opWidth = QFontMetrics(m_theme.bodyFont()).horizontalAdvance(op) + 3;
        // The name is what tells rows apart, so the operator gives way to it; half of "ConvTranspose2d" says nothing.
        const bool hasOp = nameWidth + kLeastOperator + kGap <= rect.width();
        const int nameRoom = hasOp ? std::min(nameWidth, rect.width() - kGap - std::min(opWidth, kLeastOperator)) : rect.width();
        painter->setFont(nameFont);
        painter->setPen(m_theme.color(Token::Text));
        painter->drawText(QRect(rect.left(), rect.top(), nameRoom, rect.height()), Qt::AlignVCenter,
                          QFontMetrics(nameFont).elidedText(name, Qt::ElideMiddle, nameRoom));
        const QRect right = rect.adjusted(nameRoom + kGap, 0, 0, 0);
        painter->setFont(m_theme.bodyFont());
        painter->setPen(m_theme.color(selected ? Token::Text : Token::Muted));
        if (hasOp)
            painter->drawText(right, Qt::AlignVCenter | Qt::AlignRight, QFontMetrics(m_theme.bodyFont()).elidedText(op, Qt::ElideRight, right.width()));
        painter->restore();
    }

private:
    void paintBadge(QPainter& painter, const QRect& rect, const QModelIndex& index) const
    {
        const int worst = index.data(ModuleModel::SeverityRole).toInt();
        if (worst < 0)
            return;
        const QRectF mark(rect.right() - kMark + 1, rect.center().y() - kMark / 2.0 + 0.5, kMark, kMark);
        paintMark(painter, mark, static_cast<Severity>(worst), m_theme);
        const int count = index.data(ModuleModel::FindingsRole).toInt();
        if (count < 2 && !index.model()->hasChildren(index))
            return;
        painter.setFont(m_theme.bodyFont());
        painter.setPen(m_theme.severity(static_cast<Severity>(worst)));
        const QString text = count > 999 ? QStringLiteral("999+") : QString::number(count);
        painter.drawText(QRect(rect.right() - kMark - 40, rect.top(), 37, rect.height()), Qt::AlignVCenter | Qt::AlignRight, text);
    }

    const Theme& m_theme;
};

} // namespace

ModulesPanel::ModulesPanel(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_model(new ModuleModel(this)), m_proxy(new QSortFilterProxyModel(this)), m_tree(new QTreeView(this)),
      m_filter(new QLineEdit(this))
{
    setObjectName(QStringLiteral("modules"));
    m_proxy->setSourceModel(m_model);
    m_proxy->setRecursiveFilteringEnabled(true);
    m_proxy->setFilterRole(ModuleModel::SearchRole);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_tree->setObjectName(QStringLiteral("moduleTree"));
    m_tree->setAccessibleName(tr("Modules"));
    m_tree->setModel(m_proxy);
    m_tree->setItemDelegate(new ModuleDelegate(theme, this));
    m_tree->setHeaderHidden(true);
    m_tree->setUniformRowHeights(true);
    m_tree->setIndentation(15);
    m_tree->setMouseTracking(true);
    m_tree->setExpandsOnDoubleClick(false);
    m_tree->installEventFilter(this);
    m_filter->setObjectName(QStringLiteral("moduleFilter"));
    m_filter->setPlaceholderText(tr("Filter modules"));
    m_filter->setAccessibleName(tr("Filter modules"));
    m_filter->setClearButtonEnabled(true);
    m_filter->hide();
    connect(m_filter, &QLineEdit::textChanged, this, &ModulesPanel::setFilter);
    buildTitle();
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& current) {
        if (!m_quiet && current.isValid())
            Q_EMIT nodesPicked(current.data(ModuleModel::NodesRole).value<QList<quint32>>());
    });
    connect(m_tree, &QAbstractItemView::doubleClicked, this, &ModulesPanel::activate);
}

void ModulesPanel::buildTitle()
{
    auto* title = new PanelTitle(m_theme, tr("Modules"), this);
    QToolButton* filter = title->addButton(m_theme.icon(QLatin1StringView("filter")), tr("Filter modules"));
    filter->setObjectName(QStringLiteral("showModuleFilter"));
    filter->setCheckable(true);
    connect(filter, &QToolButton::toggled, m_filter, [this](bool on) {
        m_filter->setVisible(on);
        if (on)
            m_filter->setFocus();
        else
            m_filter->clear();
    });
    QToolButton* locate = title->addButton(m_theme.icon(QLatin1StringView("locate")), tr("Show the selected node in the tree"));
    connect(locate, &QToolButton::clicked, this, &ModulesPanel::locateRequested);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(title);
    layout->addWidget(m_filter);
    layout->addWidget(m_tree, 1);
}

void ModulesPanel::setTree(ModuleTreePtr tree)
{
    const QScopedValueRollback quiet(m_quiet, true);
    m_model->setTree(std::move(tree));
    m_tree->expand(m_proxy->index(0, 0));
}

void ModulesPanel::setFindings(const FindingListPtr& list)
{
    m_model->setFindings(list);
    m_tree->viewport()->update(); // every badge may have changed, and only those in sight are asked for
}

void ModulesPanel::selectNode(NodeId node)
{
    const QScopedValueRollback quiet(m_quiet, true);
    const QModelIndex index = m_proxy->mapFromSource(m_model->indexOfNode(node));
    if (index == m_tree->currentIndex())
        return;
    if (!index.isValid()) {
        m_tree->selectionModel()->clear();
        return;
    }
    m_tree->setCurrentIndex(index);
    m_tree->scrollTo(index);
}

void ModulesPanel::activate(const QModelIndex& index)
{
    const QString scope = index.data(ModuleModel::ScopeRole).toString();
    if (!scope.isEmpty()) {
        Q_EMIT moduleToggled(scope);
        return;
    }
    const auto nodes = index.data(ModuleModel::NodesRole).value<QList<quint32>>();
    if (!nodes.isEmpty() && index.parent().isValid())
        Q_EMIT nodeActivated(nodes.front());
}

void ModulesPanel::setFilter(const QString& text)
{
    m_proxy->setFilterFixedString(text);
    constexpr size_t kOperatorsToExpand = 2000;
    if (!text.isEmpty() && m_model->operatorCount() < kOperatorsToExpand)
        m_tree->expandAll();
}

bool ModulesPanel::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_tree && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if ((key == Qt::Key_Return || key == Qt::Key_Enter) && m_tree->currentIndex().isValid()) {
            activate(m_tree->currentIndex());
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace bpu::views
