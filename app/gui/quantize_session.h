// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The path from a float model to its fixed-point form: Prepare, Calibrate, Convert, and what the user set for them. Each step takes
// the stage before it from the session and gives the session the next one.
#pragma once

#include "app/gui/session.h"

namespace bpu::gui {

class QuantizeSession : public QObject {
    Q_OBJECT

public:
    /// Both must outlive it.
    QuantizeSession(JobQueue& jobs, Session& session, QObject* parent = nullptr);

    /// The observer of the activations: "mse". Empty: what the qconfig says.
    const QString& observer() const { return m_observer; }
    /// Path of the calibration data, or "random:16"; empty: none was chosen yet.
    const QString& data() const { return m_data; }
    /// Operators that the march cannot run stay on the CPU; otherwise they are an error of Prepare.
    bool isHybrid() const { return m_isHybrid; }
    /// Path of the qconfig file; empty: the default qconfig.
    const QString& qconfig() const { return m_qconfig; }

    void setObserver(const QString& name);
    void setData(const QString& text);
    void setHybrid(bool isHybrid);
    void setQConfig(const QString& path);

    /// Fuses first where there is no fused stage, or an outdated one.
    bool canPrepare() const;
    bool canCalibrate() const;
    /// The qat stage has its grids.
    bool canConvert() const;
    /// "fuse", "prepare", "calibrate", "convert": the first that has something to do; empty when all is done.
    QString nextStep() const;

    void prepare();
    void calibrate();
    void convert();

Q_SIGNALS:
    void changed();    ///< one of the settings
    void dataNeeded(); ///< Calibrate without data: the user has to choose some

private:
    ir::GraphPtr stage(ir::Stage stage, bool isCurrent = false) const;
    void say(const Findings& findings);

    JobQueue& m_jobs;
    Session& m_session;
    QString m_observer = QStringLiteral("mse");
    QString m_data;
    bool m_isHybrid = false;
    QString m_qconfig;
};

} // namespace bpu::gui
