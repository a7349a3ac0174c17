// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/compare_session.h"

#include "app/images/image_reader.h"
#include "core/base/file.h"
#include "core/import/import.h"
#include "passes/compare/batch_source.h"
#include "passes/compare/report.h"

#include <QElapsedTimer>
#include <QFileInfo>

#include <algorithm>

namespace bpu::gui {

struct CompareSession::Answer {
    ComparisonPtr comparison;
    QStringList skipped;
    double seconds = 0;
};

CompareSession::CompareSession(JobQueue& jobs, Session& session, QObject* parent)
    : QObject(parent), m_jobs(jobs), m_session(session), m_data(QStringLiteral("random:%1").arg(kRandomSamples))
{
    connect(&session, &Session::graphChanged, this, &CompareSession::follow);
    connect(&session, &Session::stagesChanged, this, &CompareSession::follow);
}

static QString stageTitle(ir::Stage stage)
{
    switch (stage) {
    case ir::Stage::Float: return CompareSession::tr("Float");
    case ir::Stage::Fused: return CompareSession::tr("Fused");
    case ir::Stage::Qat: return CompareSession::tr("QAT");
    case ir::Stage::Quantized: return CompareSession::tr("Quantized");
    }
    return {};
}

static QString idOf(ir::Stage stage)
{
    return QString::fromStdString(std::string(ir::name(stage)));
}

std::vector<CompareSession::Side> CompareSession::choices(bool isB) const
{
    std::vector<Side> sides;
    if (m_session.hasGraph())
        for (const auto& [stage, made] : m_session.history().current().stages)
            sides.push_back({idOf(stage), stageTitle(stage), made.graph});
    if (isB && m_file)
        sides.push_back({QLatin1String(kFile), QFileInfo(m_filePath).fileName(), m_file});
    return sides;
}

CompareSession::Side CompareSession::find(bool isB, const QString& id) const
{
    for (Side& side : choices(isB))
        if (side.id == id)
            return std::move(side);
    return {};
}

/// The choices follow the model: what is gone is replaced, a new stage is taken where nothing was chosen.
void CompareSession::follow()
{
    if (m_model != m_session.path()) {
        m_model = m_session.path();
        m_jobs.drop(QStringLiteral("compare-open"));
        m_idA.clear();
        m_idB.clear();
        m_file.reset();
        m_filePath.clear();
    }
    const std::vector<Side> all = choices(false);
    if (!sideA().graph)
        m_idA = all.empty() ? QString() : all.front().id;
    if (!sideB().graph) {
        m_idB.clear();
        for (const Side& side : all)
            if (side.id != m_idA && m_idB.isEmpty())
                m_idB = side.id;
    }
    const bool isOther = (m_a && m_a != sideA().graph) || (m_b && m_b != sideB().graph);
    if (isOther)
        forget(m_state == State::Done || m_state == State::Running ? State::OutOfDate : State::Idle);
    Q_EMIT sidesChanged();
}

void CompareSession::forget(State state)
{
    m_jobs.drop(QStringLiteral("compare"));
    m_a.reset();
    m_b.reset();
    m_comparison.reset();
    m_message.clear();
    m_skipped.clear();
    m_state = state;
    Q_EMIT stateChanged();
}

void CompareSession::chooseA(const QString& id)
{
    if (id == m_idA)
        return;
    const QString before = std::exchange(m_idA, id);
    if (m_idB == id) // the two change places
        m_idB = before;
    forget(State::Idle);
    Q_EMIT sidesChanged();
}

void CompareSession::chooseB(const QString& id)
{
    if (id == m_idB)
        return;
    m_idB = id;
    forget(State::Idle);
    Q_EMIT sidesChanged();
}

void CompareSession::setData(const QString& text)
{
    if (text == m_data)
        return;
    m_data = text;
    forget(State::Idle);
    Q_EMIT sidesChanged();
}

void CompareSession::openFile(const QString& path)
{
    m_jobs.start<ir::GraphPtr>(
        {.kind = QStringLiteral("compare-open"), .name = tr("Open %1").arg(QFileInfo(path).fileName())},
        [path](const JobControl& control) -> Result<ir::GraphPtr> {
            BPU_TRY(imported, importer::importModel(std::filesystem::path(path.toStdString()), {.inputShapes = {}, .control = control}));
            return std::make_shared<const ir::Graph>(std::move(imported.graph));
        },
        [this, path](Result<ir::GraphPtr>& graph) {
            if (!graph) {
                if (graph.error().kind != ErrorKind::Cancelled)
                    Q_EMIT failed(QString::fromStdString(graph.error().text()));
                return;
            }
            m_file = *graph;
            m_filePath = path;
            m_idB = QLatin1String(kFile);
            forget(State::Idle);
            Q_EMIT sidesChanged();
        });
}

void CompareSession::compare()
{
    const ir::GraphPtr a = sideA().graph;
    const ir::GraphPtr b = sideB().graph;
    if (!a || !b)
        return;
    forget(State::Running);
    m_a = a;
    m_b = b;
    m_job = m_jobs.start<Answer>(
        {.kind = QStringLiteral("compare"), .name = tr("Compare %1 with %2").arg(sideA().title, sideB().title)},
        [a, b, text = m_data.toStdString()](const JobControl& control) -> Result<Answer> {
            QElapsedTimer clock;
            clock.start();
            BPU_TRY(readyA, passes::withBatch(a, 0));
            BPU_TRY(shapedB, passes::withShapesOf(*readyA, b));
            BPU_TRY(readyB, passes::withBatch(shapedB, 0));
            const std::vector<data::WantedInput> inputs = data::wantedInputs(*readyA);
            BPU_TRY(dataset, data::openDataset({text}, inputs, {.images = app::qtImageReader()}));
            data::Batches batches(dataset, inputs);
            passes::CompareOptions options;
            options.batches = batches.batchCount();
            options.control = control;
            BPU_TRY(compared, passes::compareGraphs(readyA, readyB, passes::sourceOf(batches), options));
            Answer answer{.comparison = std::make_shared<const passes::Comparison>(std::move(compared)), .skipped = {}, .seconds = static_cast<double>(clock.elapsed()) / 1000};
            for (const data::Skipped& skipped : batches.skipped())
                answer.skipped << QStringLiteral("%1: %2").arg(QString::fromStdString(skipped.name), QString::fromStdString(skipped.reason));
            return answer;
        },
        [this](Result<Answer>& answer) { adopt(answer); });
    Q_EMIT stateChanged();
}

void CompareSession::adopt(Result<Answer>& answer)
{
    if (!answer) {
        const Error& error = answer.error();
        const bool needsShape = error.code == "compare.shape" || error.code == "runtime.shape";
        m_state = error.kind == ErrorKind::Cancelled ? State::Idle : needsShape ? State::NeedsShape : State::Failed;
        m_message = error.kind == ErrorKind::Cancelled ? QString() : QString::fromStdString(error.text());
    } else {
        m_comparison = answer->comparison;
        m_skipped = answer->skipped;
        m_seconds = answer->seconds;
        m_state = State::Done;
        for (const QString& line : m_skipped)
            Q_EMIT m_session.logged(tr("left out: %1").arg(line));
    }
    Q_EMIT stateChanged();
}

void CompareSession::stop()
{
    m_jobs.stop(m_job);
}

QString CompareSession::progressText() const
{
    if (m_state != State::Running)
        return {};
    const std::vector<JobInfo> jobs = m_jobs.jobs();
    const auto job = std::ranges::find_if(jobs, [this](const JobInfo& info) { return info.id == m_job; });
    if (job == jobs.end() || job->step.isEmpty())
        return tr("Comparing…");
    return tr("Comparing: %1, %2 %").arg(job->step).arg(static_cast<int>(job->fraction * 100));
}

void CompareSession::save(const QString& path)
{
    if (!m_comparison)
        return;
    m_jobs.start<bool>(
        {.kind = QStringLiteral("compare-save"), .name = tr("Save %1").arg(QFileInfo(path).fileName())},
        [path, comparison = m_comparison](const JobControl&) -> Result<bool> {
            const bool isJson = path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive);
            BPU_CHECK(writeFile(std::filesystem::path(path.toStdString()), isJson ? passes::compareJson(*comparison) : passes::compareCsv(*comparison)));
            return true;
        },
        [this, path](Result<bool>& written) {
            if (written)
                Q_EMIT saved(path);
            else
                Q_EMIT failed(QString::fromStdString(written.error().text()));
        });
}

} // namespace bpu::gui
