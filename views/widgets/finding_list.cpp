// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "views/widgets/finding_list.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>

#include <cctype>

namespace bpu::views {

FindingCounts countFindings(const FindingList& list)
{
    FindingCounts counts;
    for (size_t i = 0; i < list.findings.size(); ++i) {
        if (list.isIgnored(static_cast<int>(i))) {
            ++counts.ignored;
            continue;
        }
        switch (list.findings[i].severity) {
        case Severity::Error: ++counts.errors; break;
        case Severity::Warning: ++counts.warnings; break;
        case Severity::Advice: ++counts.advice; break;
        case Severity::Undecided: ++counts.undecided; break;
        }
    }
    return counts;
}

QString countsText(const FindingCounts& counts)
{
    const auto tr = [](size_t n, const char* one, const char* many) {
        return QCoreApplication::translate("Findings", n == 1 ? one : many).arg(n);
    };
    QStringList parts;
    if (counts.errors > 0)
        parts << tr(counts.errors, "%1 error", "%1 errors");
    if (counts.warnings > 0)
        parts << tr(counts.warnings, "%1 warning", "%1 warnings");
    if (parts.isEmpty() && counts.undecided > 0)
        parts << QCoreApplication::translate("Findings", "No errors");
    if (parts.isEmpty() && counts.advice > 0)
        parts << tr(counts.advice, "%1 piece of advice", "%1 pieces of advice");
    if (counts.undecided > 0)
        parts << tr(counts.undecided, "%1 rule undecided", "%1 rules undecided");
    if (parts.isEmpty())
        return QCoreApplication::translate("Findings", "No findings");
    return parts.join(QStringLiteral(", "));
}

QString figureText(const std::string& figure)
{
    static const QRegularExpression between(QStringLiteral("(?<=\\d)x(?=\\d)"));
    return QString::fromStdString(figure).replace(between, QStringLiteral("×"));
}

QString shortOperator(const std::string& qualifiedName)
{
    constexpr std::string_view kModules = "torch.nn.";
    constexpr std::string_view kTorch = "torch.";
    if (qualifiedName.starts_with(kModules)) {
        const std::string rest = qualifiedName.substr(kModules.size());
        // A class is written with a capital; torch.nn.functional.relu keeps "functional".
        return QString::fromStdString(rest);
    }
    if (qualifiedName.starts_with(kTorch) && qualifiedName.find('.', kTorch.size()) != std::string::npos)
        return QString::fromStdString(qualifiedName.substr(kTorch.size()));
    return QString::fromStdString(qualifiedName);
}

} // namespace bpu::views
