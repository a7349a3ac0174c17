// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The window's own questions. None blocks the graph; all delete themselves.
#pragma once

#include "app/gui/session.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;

namespace bpu::gui {

/// Which files to write where; shows the exact names and whether they replace something.
class ExportDialog : public QDialog {
    Q_OBJECT
public:
    ExportDialog(const QString& folder, const QString& baseName, const exporter::Palette& palette, QWidget* parent);

Q_SIGNALS:
    void accepted(const bpu::gui::ExportRequest& request);

private:
    void update();

    ExportRequest m_request;
    QLineEdit* m_folder;
    QLabel* m_files;
    QPushButton* m_accept;
};

/// A shape for each input: "1x3x224x224".
class ShapeDialog : public QDialog {
    Q_OBJECT
public:
    ShapeDialog(const ir::Graph& graph, QWidget* parent);

Q_SIGNALS:
    void chosen(const std::map<std::string, bpu::ir::Shape>& shapes);

private:
    void update();

    std::map<std::string, QLineEdit*> m_fields;
    QPushButton* m_accept;
};

/// "1x3x224x224" with x, × or commas, "?" for unknown; nothing when it is no shape.
std::optional<ir::Shape> shapeFromText(const QString& text);

} // namespace bpu::gui
