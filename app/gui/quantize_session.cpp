// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "app/gui/quantize_session.h"

#include "app/images/image_reader.h"
#include "core/base/file.h"
#include "core/ir/graph_editor.h"
#include "passes/calibrate/calibrate.h"
#include "passes/compare/batch_source.h"
#include "passes/convert/convert.h"
#include "passes/insert_qat/insert_qat.h"
#include "passes/insert_qat/qconfig_file.h"

#include <fmt/format.h>

namespace bpu::gui {
namespace {

using GraphPtr = ir::GraphPtr;

GraphPtr pointer(ir::Graph graph)
{
    return std::make_shared<const ir::Graph>(std::move(graph));
}

bool isCalibrated(const ir::Graph& graph)
{
    const auto state = graph.facts().find("fake_quant_state");
    return state != graph.facts().end() && state->second == "validation";
}

struct Prepared {
    std::shared_ptr<const passes::FuseReport> fused; ///< null: the fused stage was there
    GraphPtr qat;
    Findings findings;
};

struct PrepareInput {
    GraphPtr graph; ///< float or fused
    march::MarchPtr march;
    passes::InputSource source;
    bool isHybrid;
    std::string qconfig;
};

Result<passes::InsertQatOptions> optionsOf(const PrepareInput& input, const ir::Graph& fused, Findings& notes)
{
    passes::InsertQatOptions options{.hybrid = input.isHybrid, .inputSource = input.source};
    if (input.qconfig.empty())
        return options;
    BPU_TRY(bytes, readFile(input.qconfig));
    const auto text = bytes.span();
    BPU_TRY(set, passes::readQConfig({reinterpret_cast<const char*>(text.data()), text.size()}, input.qconfig, fused, *input.march, notes));
    options.qconfigs = std::move(set);
    return options;
}

Result<Prepared> prepared(const PrepareInput& input, const JobControl& control)
{
    Prepared made;
    GraphPtr fused = input.graph;
    if (fused->stage() == ir::Stage::Float) {
        control.report(0, "Fuse");
        BPU_TRY(report, passes::fuse(*fused));
        made.fused = std::make_shared<const passes::FuseReport>(std::move(report));
        fused = pointer(made.fused->graph);
    }
    if (control.stopRequested())
        return JobControl::cancelled();
    control.report(0.5, "Insert grids");
    BPU_TRY(options, optionsOf(input, *fused, made.findings));
    BPU_TRY(report, passes::insertQat(*fused, *input.march, options));
    made.findings.insert(made.findings.end(), report.findings.begin(), report.findings.end());
    made.qat = pointer(std::move(report.graph));
    return made;
}

struct Calibrated {
    GraphPtr graph;
    Findings findings;
    QStringList skipped;
};

/// Observers average over batches, so larger ones are steadier, and faster. One sample at a time where the model has to.
Result<GraphPtr> batched(const GraphPtr& qat)
{
    constexpr int64_t kBatch = 16;
    auto many = passes::withBatch(qat, kBatch);
    return many ? many : passes::withBatch(qat, 0);
}

Result<Calibrated> calibrated(const GraphPtr& qat, const std::string& data, const std::string& observer, const JobControl& control)
{
    BPU_TRY(running, batched(qat));
    const std::vector<data::WantedInput> inputs = data::wantedInputs(*running);
    BPU_TRY(dataset, data::openDataset({data}, inputs, {.images = app::qtImageReader()}));
    BPU_TRY(calibration, passes::Calibration::make(qat, running, {.observer = observer}));
    data::Batches batches(dataset, inputs);
    BPU_CHECK(calibration.observe(batches, 0, control));
    BPU_TRY(report, calibration.finish());
    ir::GraphEditor editor(std::move(report.graph));
    editor.setFact("calibration", fmt::format("{}, {} samples", observer.empty() ? "qconfig" : observer, report.samples));
    BPU_TRY(graph, editor.finish());
    Calibrated made{pointer(std::move(graph)), std::move(report.findings), {}};
    for (const data::Skipped& skipped : batches.skipped())
        made.skipped << QStringLiteral("%1: %2").arg(QString::fromStdString(skipped.name), QString::fromStdString(skipped.reason));
    return made;
}

} // namespace

QuantizeSession::QuantizeSession(JobQueue& jobs, Session& session, QObject* parent) : QObject(parent), m_jobs(jobs), m_session(session) {}

void QuantizeSession::setObserver(const QString& name)
{
    m_observer = name;
    Q_EMIT changed();
}

void QuantizeSession::setData(const QString& text)
{
    m_data = text;
    Q_EMIT changed();
}

void QuantizeSession::setHybrid(bool isHybrid)
{
    m_isHybrid = isHybrid;
    Q_EMIT changed();
}

void QuantizeSession::setQConfig(const QString& path)
{
    m_qconfig = path;
    Q_EMIT changed();
}

/// Null when there is none; with `isCurrent` also when an earlier stage has changed since.
ir::GraphPtr QuantizeSession::stage(ir::Stage stage, bool isCurrent) const
{
    const StageGraph* made = m_session.hasGraph() ? m_session.history().current().find(stage) : nullptr;
    return made && !(isCurrent && made->outdated) ? made->graph : nullptr;
}

bool QuantizeSession::canPrepare() const
{
    return stage(ir::Stage::Float) || stage(ir::Stage::Fused);
}

bool QuantizeSession::canCalibrate() const
{
    return stage(ir::Stage::Qat) != nullptr;
}

bool QuantizeSession::canConvert() const
{
    const ir::GraphPtr qat = stage(ir::Stage::Qat);
    return qat && isCalibrated(*qat);
}

QString QuantizeSession::nextStep() const
{
    if (!m_session.hasGraph() || stage(ir::Stage::Quantized, true))
        return {};
    if (const ir::GraphPtr qat = stage(ir::Stage::Qat, true))
        return isCalibrated(*qat) ? QStringLiteral("convert") : QStringLiteral("calibrate");
    if (stage(ir::Stage::Fused, true) || m_session.mergeCount() == 0)
        return canPrepare() ? QStringLiteral("prepare") : QString();
    return stage(ir::Stage::Float) ? QStringLiteral("fuse") : QString();
}

void QuantizeSession::say(const Findings& findings)
{
    for (const Finding& finding : findings)
        Q_EMIT m_session.logged(QStringLiteral("%1%2%3%4%5").arg(QString::fromStdString(finding.where), finding.where.empty() ? QString() : QStringLiteral(": "),
                                                               QString::fromStdString(finding.message), finding.advice.empty() ? QString() : QStringLiteral("; "),
                                                               QString::fromStdString(finding.advice)));
}

void QuantizeSession::prepare()
{
    const ir::GraphPtr fused = stage(ir::Stage::Fused, true);
    const ir::GraphPtr source = fused ? fused : stage(ir::Stage::Float) ? stage(ir::Stage::Float) : stage(ir::Stage::Fused);
    if (!source)
        return;
    const PrepareInput input{source, m_session.march(), m_session.inputSource(), m_isHybrid, m_qconfig.toStdString()};
    m_jobs.start<Prepared>(
        {.kind = QStringLiteral("edit"), .name = tr("Prepare %1").arg(m_session.fileName()), .step = QStringLiteral("prepare")},
        [input](const JobControl& control) { return prepared(input, control); },
        [this, source](Result<Prepared>& made) {
            if (m_session.hasFailed(made))
                return;
            say(made->findings);
            m_session.adoptStage(tr("Prepare QAT"), source, made->qat, made->fused);
        });
}

void QuantizeSession::calibrate()
{
    const ir::GraphPtr qat = stage(ir::Stage::Qat);
    if (!qat)
        return;
    if (m_data.isEmpty()) {
        Q_EMIT dataNeeded();
        return;
    }
    m_jobs.start<Calibrated>(
        {.kind = QStringLiteral("edit"), .name = tr("Calibrate %1").arg(m_session.fileName()), .step = QStringLiteral("calibrate")},
        [qat, data = m_data.toStdString(), observer = m_observer.toStdString()](const JobControl& control) { return calibrated(qat, data, observer, control); },
        [this, qat](Result<Calibrated>& made) {
            if (m_session.hasFailed(made))
                return;
            say(made->findings);
            for (const QString& line : made->skipped)
                Q_EMIT m_session.logged(tr("left out: %1").arg(line));
            m_session.adoptStage(tr("Calibrate"), qat, made->graph);
        });
}

void QuantizeSession::convert()
{
    const ir::GraphPtr qat = stage(ir::Stage::Qat);
    if (!qat)
        return;
    using Report = std::shared_ptr<const passes::ConvertReport>;
    const auto obstacles = std::make_shared<Findings>();
    m_jobs.start<Report>(
        {.kind = QStringLiteral("edit"), .name = tr("Convert %1").arg(m_session.fileName()), .step = QStringLiteral("convert")},
        [qat, obstacles](const JobControl& control) -> Result<Report> {
            auto report = passes::convert(*qat, control);
            if (!report) {
                *obstacles = passes::checkConvert(*qat);
                return report.error();
            }
            return std::make_shared<const passes::ConvertReport>(std::move(*report));
        },
        [this, qat, obstacles](Result<Report>& report) {
            if (m_session.hasFailed(report)) {
                if (obstacles->size() > 1)
                    say(*obstacles);
                return;
            }
            for (const std::string& note : (*report)->notes)
                Q_EMIT m_session.logged(QString::fromStdString(note));
            m_session.adoptStage(tr("Convert"), qat, pointer((*report)->graph));
        });
}

} // namespace bpu::gui
