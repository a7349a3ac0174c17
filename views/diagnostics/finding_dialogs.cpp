// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/diagnostics/finding_dialogs.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace bpu::views {

static QDialogButtonBox* buttons(QDialog& dialog, const QString& verb)
{
    auto* box = new QDialogButtonBox(QDialogButtonBox::Cancel, &dialog);
    QPushButton* accept = box->addButton(verb, QDialogButtonBox::AcceptRole);
    accept->setObjectName(QStringLiteral("accept"));
    accept->setProperty("emphasis", QStringLiteral("filled"));
    accept->setDefault(true);
    QObject::connect(box, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    QObject::connect(box, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    return box;
}

FixListDialog::FixListDialog(const FindingList& list, const QList<int>& findings, QWidget* parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("fixList"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Apply all fixes"));
    resize(640, 360);
    auto* rows = new QListWidget(this);
    rows->setObjectName(QStringLiteral("fixes"));
    for (const int finding : findings) {
        const passes::FixPlan* plan = list.fixOf(finding);
        auto* row = new QListWidgetItem(tr("%1: %2").arg(QString::fromStdString(list.findings[static_cast<size_t>(finding)].where),
                                                         QString::fromStdString(plan->text)),
                                        rows);
        row->setData(Qt::UserRole, finding);
        row->setCheckState(Qt::Checked);
    }
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(new QLabel(tr("These fixes are applied in one step that Undo takes back:"), this));
    layout->addWidget(rows);
    layout->addWidget(buttons(*this, tr("Apply")));
    connect(this, &QDialog::accepted, this, [this, rows] {
        QList<int> picked;
        for (int i = 0; i < rows->count(); ++i)
            if (rows->item(i)->checkState() == Qt::Checked)
                picked.append(rows->item(i)->data(Qt::UserRole).toInt());
        if (!picked.isEmpty())
            Q_EMIT chosen(picked);
    });
}

ReasonDialog::ReasonDialog(const QString& title, QWidget* parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("reason"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(title);
    auto* reason = new QLineEdit(this);
    reason->setObjectName(QStringLiteral("reasonText"));
    reason->setPlaceholderText(tr("Reason, kept with the model"));
    reason->setMinimumWidth(360);
    QDialogButtonBox* box = buttons(*this, tr("Ignore"));
    auto* accept = box->findChild<QPushButton*>(QStringLiteral("accept"));
    accept->setEnabled(false);
    connect(reason, &QLineEdit::textChanged, accept, [accept](const QString& text) { accept->setEnabled(!text.trimmed().isEmpty()); });
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(new QLabel(tr("Why is this no problem here?"), this));
    layout->addWidget(reason);
    layout->addWidget(box);
    connect(this, &QDialog::accepted, this, [this, reason] { Q_EMIT chosen(reason->text().trimmed()); });
}

} // namespace bpu::views
