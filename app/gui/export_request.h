// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Which files the Export dialog asks for, and the work of writing them.
#pragma once

#include "core/base/job_control.h"
#include "core/export/export.h"
#include "views/widgets/finding_list.h"

#include <QString>
#include <QStringList>

#include <memory>
#include <set>
#include <vector>

namespace bpu::gui {

enum class ExportKind { Svg, FindingsText, FindingsJson, FindingsSarif, Bpuir, Onnx };

struct ExportFormat {
    ExportKind kind;
    const char* title;  ///< what the dialog calls it
    const char* suffix; ///< appended to the model's name
};
/// In the order of the dialog.
const std::vector<ExportFormat>& exportFormats();

struct ExportRequest {
    QString folder;
    QString baseName; ///< "net": files are net.svg, net.findings.json, ...
    std::set<ExportKind> kinds;
    exporter::Palette palette;

    QString fileName(ExportKind kind) const;
};

/// The snapshot the files are made of.
struct ExportSource {
    ir::GraphPtr model;
    ir::GraphPtr graph;                             ///< what is drawn: the model or a body in it
    std::shared_ptr<const layout::Diagram> diagram; ///< null: no drawing can be written
    views::FindingListPtr findings;                 ///< null: no report can be written
    exporter::ReportHeader header;
};

/// The paths written. Stops at the first file that cannot be written; files are atomic.
Result<QStringList> writeExports(const ExportRequest& request, const ExportSource& source, const JobControl& control);

} // namespace bpu::gui
