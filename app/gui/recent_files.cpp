// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/recent_files.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLocale>

namespace bpu::gui {

constexpr qsizetype kKept = 10;

static QString whenText(const QDateTime& time)
{
    const qint64 days = time.date().daysTo(QDate::currentDate());
    if (days == 0)
        return RecentFiles::tr("today, %1").arg(time.toString(QStringLiteral("HH:mm")));
    if (days == 1)
        return RecentFiles::tr("yesterday");
    return QLocale(QLocale::English).toString(time.date(), QStringLiteral("d MMMM"));
}

/// One entry is "path\nresult\ntime".
void RecentFiles::note(const QString& path, const QString& result)
{
    QStringList lines = m_settings.value(QStringLiteral("recent")).toStringList();
    QString kept = result;
    for (qsizetype i = lines.size() - 1; i >= 0; --i) {
        const QStringList parts = lines[i].split(QLatin1Char('\n'));
        if (parts.value(0) != path)
            continue;
        if (kept.isEmpty())
            kept = parts.value(1);
        lines.removeAt(i);
    }
    lines.prepend(QStringList{path, kept, QDateTime::currentDateTime().toString(Qt::ISODate)}.join(QLatin1Char('\n')));
    m_settings.setValue(QStringLiteral("recent"), QStringList(lines.mid(0, kKept)));
    Q_EMIT changed();
}

void RecentFiles::clear()
{
    m_settings.remove(QStringLiteral("recent"));
    Q_EMIT changed();
}

std::vector<views::StartEntry> RecentFiles::entries() const
{
    std::vector<views::StartEntry> found;
    const QString home = QDir::homePath();
    for (const QString& line : m_settings.value(QStringLiteral("recent")).toStringList()) {
        const QStringList parts = line.split(QLatin1Char('\n'));
        const QFileInfo info(parts.value(0));
        if (!info.exists())
            continue;
        QString folder = info.absolutePath();
        if (folder.startsWith(home + QLatin1Char('/')))
            folder.replace(0, home.size(), QStringLiteral("~"));
        found.push_back({info.filePath(), info.fileName(), folder, parts.value(1), whenText(QDateTime::fromString(parts.value(2), Qt::ISODate))});
    }
    return found;
}

QString samplesFolder()
{
    const QDir program(QCoreApplication::applicationDirPath());
    for (const QString& path : {program.filePath(QStringLiteral("samples")), program.filePath(QStringLiteral("../share/bpu-workbench/samples")),
                                program.filePath(QStringLiteral("../samples")), QStringLiteral(BPU_SAMPLES_DIR)})
        if (!QDir(path).entryList({QStringLiteral("*.onnx")}, QDir::Files).isEmpty())
            return QDir(path).absolutePath();
    return {};
}

static QString sampleText(const QString& name)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("Samples", text); };
    if (name == QLatin1String("classic_net.onnx"))
        return tr("Digit network of the tour, 1×28×28");
    if (name == QLatin1String("digits_net.onnx"))
        return tr("The same network, trained on samples/digits");
    if (name == QLatin1String("passes_both.onnx"))
        return tr("Convolutions and max pooling only, 64×64");
    if (name == QLatin1String("camera_net.onnx"))
        return tr("ResNet18's shape at an eighth of its width");
    if (name == QLatin1String("transformer_block.onnx"))
        return tr("One encoder block");
    if (name == QLatin1String("dynamic_detector.onnx"))
        return tr("Height and width are open");
    return name.startsWith(QLatin1String("fails_")) ? tr("One branch for each broken rule") : QString();
}

std::vector<views::StartEntry> samples()
{
    std::vector<views::StartEntry> found;
    const QString folder = samplesFolder();
    if (folder.isEmpty())
        return found;
    for (const QFileInfo& info : QDir(folder).entryInfoList({QStringLiteral("*.onnx")}, QDir::Files, QDir::Name))
        found.push_back({info.filePath(), info.fileName(), sampleText(info.fileName()), {}, {}});
    // The sample of the tour comes first.
    std::stable_partition(found.begin(), found.end(), [](const auto& entry) { return entry.name == QLatin1String("classic_net.onnx"); });
    return found;
}

} // namespace bpu::gui
