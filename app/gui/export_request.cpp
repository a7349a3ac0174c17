// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/export_request.h"

#include <QDir>

namespace bpu::gui {

const std::vector<ExportFormat>& exportFormats()
{
    static const std::vector<ExportFormat> formats{
        {ExportKind::Svg, QT_TRANSLATE_NOOP("Export", "Drawing (SVG)"), ".svg"},
        {ExportKind::FindingsText, QT_TRANSLATE_NOOP("Export", "Findings (text)"), ".findings.txt"},
        {ExportKind::FindingsJson, QT_TRANSLATE_NOOP("Export", "Findings (JSON)"), ".findings.json"},
        {ExportKind::FindingsSarif, QT_TRANSLATE_NOOP("Export", "Findings (SARIF 2.1.0)"), ".sarif"},
        {ExportKind::Bpuir, QT_TRANSLATE_NOOP("Export", "Graph (.bpuir)"), ".bpuir"},
        {ExportKind::Onnx, QT_TRANSLATE_NOOP("Export", "ONNX, opset 13"), ".opset13.onnx"}, // never the name of the file that is open
    };
    return formats;
}

QString ExportRequest::fileName(ExportKind kind) const
{
    for (const ExportFormat& format : exportFormats())
        if (format.kind == kind)
            return baseName + QLatin1String(format.suffix);
    return {};
}

static Findings liveFindings(const views::FindingList& list)
{
    Findings live;
    for (size_t i = 0; i < list.findings.size(); ++i)
        if (!list.isIgnored(static_cast<int>(i)))
            live.push_back(list.findings[i]);
    return live;
}

static Result<void> writeOne(ExportKind kind, const std::filesystem::path& path, const ExportRequest& request, const ExportSource& source)
{
    if (kind == ExportKind::Bpuir)
        return exporter::writeBpuir(*source.model, path);
    if (kind == ExportKind::Onnx)
        return exporter::writeOnnx(*source.model, path);
    if (kind == ExportKind::Svg) {
        if (!source.diagram)
            return Error{"export.layout", path.filename().string(), "the drawing is not ready; wait for the layout and export again"};
        const Findings findings = source.findings ? liveFindings(*source.findings) : Findings{};
        return writeFile(path, exporter::diagramSvg(*source.diagram, *source.graph, findings, request.palette));
    }
    if (!source.findings)
        return Error{"export.findings", path.filename().string(), "the check has no answer yet; check the model and export again"};
    const Findings& findings = source.findings->findings;
    switch (kind) {
    case ExportKind::FindingsText: return writeFile(path, exporter::findingsText(findings, source.header));
    case ExportKind::FindingsJson: return writeFile(path, exporter::findingsJson(findings, source.header));
    default: return writeFile(path, exporter::findingsSarif(findings, source.header));
    }
}

Result<QStringList> writeExports(const ExportRequest& request, const ExportSource& source, const JobControl& control)
{
    QStringList written;
    for (const ExportKind kind : request.kinds) {
        if (control.stopRequested())
            return JobControl::cancelled();
        const QString path = QDir(request.folder).filePath(request.fileName(kind));
        control.report(static_cast<double>(written.size()) / static_cast<double>(request.kinds.size()), request.fileName(kind).toStdString());
        BPU_CHECK(writeOne(kind, std::filesystem::path(path.toStdString()), request, source));
        written.append(path);
    }
    return written;
}

} // namespace bpu::gui
