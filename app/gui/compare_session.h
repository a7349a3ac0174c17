// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the Compare view compares: a stage of the open model with another stage or a second file, on some data,
// and the answer. It is dropped as soon as one of the two graphs is another snapshot.
#pragma once

#include "app/gui/session.h"
#include "passes/compare/compare.h"

namespace bpu::gui {

using ComparisonPtr = std::shared_ptr<const passes::Comparison>;

class CompareSession : public QObject {
    Q_OBJECT

public:
    /// One of the two: `id` is the name of a stage, or kFile.
    struct Side {
        QString id;
        QString title;
        ir::GraphPtr graph; ///< null: there is none yet
    };
    enum class State : uint8_t { Idle, Running, Done, NeedsShape, Failed, OutOfDate };
    static constexpr const char* kFile = "file";
    static constexpr int kRandomSamples = 4;

    /// Both must outlive it.
    CompareSession(JobQueue& jobs, Session& session, QObject* parent = nullptr);

    /// What can be chosen; A is always a stage.
    std::vector<Side> choices(bool isB) const;
    Side sideA() const { return find(false, m_idA); }
    Side sideB() const { return find(true, m_idB); }
    /// "random:4", or the path of the data.
    const QString& data() const { return m_data; }
    State state() const { return m_state; }
    ComparisonPtr comparison() const { return m_comparison; }
    double seconds() const { return m_seconds; }
    /// Of the state NeedsShape and Failed: one sentence.
    const QString& message() const { return m_message; }
    /// Samples that were left out, each with its reason.
    const QStringList& skipped() const { return m_skipped; }
    QString progressText() const;

    void chooseA(const QString& id);
    void chooseB(const QString& id);
    /// Opens the second file; B is it when it is read.
    void openFile(const QString& path);
    void setData(const QString& text);
    void compare();
    void stop();
    /// .json or CSV, by the ending.
    void save(const QString& path);

Q_SIGNALS:
    void sidesChanged(); ///< choices, A, B or the data
    void stateChanged();
    void saved(const QString& path);
    void failed(const QString& message);

private:
    struct Answer;

    Side find(bool isB, const QString& id) const;
    void follow();
    void forget(State state);
    void adopt(Result<Answer>& answer);

    JobQueue& m_jobs;
    Session& m_session;
    QString m_idA;
    QString m_idB;
    QString m_filePath;
    ir::GraphPtr m_file;
    QString m_model; ///< path of the model that the choices are for
    QString m_data;
    State m_state = State::Idle;
    quint64 m_job = 0;
    ir::GraphPtr m_a, m_b; ///< what is being compared, or was
    ComparisonPtr m_comparison;
    double m_seconds = 0;
    QString m_message;
    QStringList m_skipped;
};

} // namespace bpu::gui
