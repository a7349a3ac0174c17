// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/dialogs.h"

#include <QCheckBox>
#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QVBoxLayout>

namespace bpu::gui {

static QPushButton* addButtons(QDialog& dialog, QVBoxLayout& layout, const QString& verb)
{
    auto* box = new QDialogButtonBox(QDialogButtonBox::Cancel, &dialog);
    QPushButton* accept = box->addButton(verb, QDialogButtonBox::AcceptRole);
    accept->setObjectName(QStringLiteral("accept"));
    accept->setProperty("emphasis", QStringLiteral("filled"));
    accept->setDefault(true);
    QObject::connect(box, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    QObject::connect(box, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    layout.addWidget(box);
    return accept;
}

ExportDialog::ExportDialog(const QString& folder, const QString& baseName, const exporter::Palette& palette, QWidget* parent)
    : QDialog(parent), m_folder(new QLineEdit(folder, this)), m_files(new QLabel(this))
{
    setObjectName(QStringLiteral("exportDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Export"));
    m_request = {.folder = folder, .baseName = baseName, .kinds = {ExportKind::Svg, ExportKind::FindingsSarif}, .palette = palette};
    auto* layout = new QVBoxLayout(this);
    auto* columns = new QHBoxLayout;
    auto* boxes = new QVBoxLayout;
    for (const ExportFormat& format : exportFormats()) {
        auto* box = new QCheckBox(QCoreApplication::translate("Export", format.title), this);
        box->setObjectName(QStringLiteral("export") + QLatin1String(format.suffix));
        box->setChecked(m_request.kinds.contains(format.kind));
        connect(box, &QCheckBox::toggled, this, [this, kind = format.kind](bool on) {
            if (on)
                m_request.kinds.insert(kind);
            else
                m_request.kinds.erase(kind);
            update();
        });
        boxes->addWidget(box);
    }
    boxes->addStretch();
    columns->addLayout(boxes);
    m_files->setMinimumWidth(320);
    m_files->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    columns->addWidget(m_files, 1);
    layout->addLayout(columns);
    auto* row = new QHBoxLayout;
    row->addWidget(new QLabel(tr("Folder"), this));
    m_folder->setObjectName(QStringLiteral("exportFolder"));
    row->addWidget(m_folder, 1);
    auto* browse = new QPushButton(tr("Choose…"), this);
    row->addWidget(browse);
    layout->addLayout(row);
    m_accept = addButtons(*this, *layout, tr("Export"));
    connect(browse, &QPushButton::clicked, this, [this] {
        auto* chooser = new QFileDialog(this, tr("Folder to export to"), m_folder->text());
        chooser->setAttribute(Qt::WA_DeleteOnClose);
        chooser->setFileMode(QFileDialog::Directory);
        connect(chooser, &QFileDialog::fileSelected, m_folder, &QLineEdit::setText);
        chooser->show();
    });
    connect(m_folder, &QLineEdit::textChanged, this, &ExportDialog::update);
    connect(this, &QDialog::accepted, this, [this] { Q_EMIT accepted(m_request); });
    update();
}

void ExportDialog::update()
{
    m_request.folder = m_folder->text();
    QStringList lines;
    for (const ExportKind kind : m_request.kinds) {
        const QString name = m_request.fileName(kind);
        lines << (QFileInfo::exists(QDir(m_request.folder).filePath(name)) ? tr("%1 (will replace)").arg(name) : name);
    }
    m_files->setText(lines.isEmpty() ? tr("Nothing chosen") : lines.join(QLatin1Char('\n')));
    const auto count = static_cast<int>(m_request.kinds.size());
    m_accept->setText(count == 1 ? tr("Export 1 file") : tr("Export %1 files").arg(count));
    m_accept->setEnabled(count > 0 && QFileInfo(m_request.folder).isDir());
}

std::optional<ir::Shape> shapeFromText(const QString& text)
{
    static const QRegularExpression separators(QStringLiteral("[x×,\\s]+"));
    ir::Shape shape;
    for (const QString& part : text.trimmed().split(separators, Qt::SkipEmptyParts)) {
        if (part == QLatin1String("?")) {
            shape.push_back(ir::kUnknownDim);
            continue;
        }
        bool isNumber = false;
        const qlonglong dim = part.toLongLong(&isNumber);
        if (!isNumber || dim < 1)
            return std::nullopt;
        shape.push_back(dim);
    }
    return shape.empty() ? std::nullopt : std::optional(shape);
}

ShapeDialog::ShapeDialog(const ir::Graph& graph, QWidget* parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("shapeDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Set input shape"));
    auto* layout = new QVBoxLayout(this);
    auto* form = new QFormLayout;
    for (const ValueId id : graph.inputs()) {
        const ir::Value& value = graph.value(id);
        auto* field = new QLineEdit(QString::fromStdString(ir::shapeText(value.type)), this);
        field->setObjectName(QStringLiteral("shape-") + QString::fromStdString(value.name));
        field->setMinimumWidth(240);
        connect(field, &QLineEdit::textChanged, this, &ShapeDialog::update);
        form->addRow(QString::fromStdString(value.name), field);
        m_fields.emplace(value.name, field);
    }
    layout->addLayout(form);
    layout->addWidget(new QLabel(tr("Numbers with x between them, ? for a dimension that stays open"), this));
    m_accept = addButtons(*this, *layout, tr("Set shape"));
    connect(this, &QDialog::accepted, this, [this] {
        std::map<std::string, ir::Shape> shapes;
        for (const auto& [name, field] : m_fields)
            if (const std::optional<ir::Shape> shape = shapeFromText(field->text()))
                shapes.emplace(name, *shape);
        Q_EMIT chosen(shapes);
    });
    update();
}

void ShapeDialog::update()
{
    bool isValid = !m_fields.empty();
    for (const auto& entry : m_fields)
        isValid = isValid && shapeFromText(entry.second->text());
    m_accept->setEnabled(isValid);
}

} // namespace bpu::gui
