// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The open model and all that is known about it. Views show a session and emit intents; the session runs
// jobs and publishes immutable answers. Whatever arrives for a graph that is no longer on screen is dropped.
#pragma once

#include "app/gui/document.h"
#include "app/gui/export_request.h"
#include "app/gui/file_watch.h"
#include "app/gui/jobs.h"
#include "core/layout/diagram.h"
#include "core/march/march.h"
#include "passes/check_march/check_march.h"
#include "views/widgets/finding_list.h"
#include "views/widgets/model_facts.h"
#include "views/widgets/node_costs.h"

#include <QObject>

#include <optional>
#include <set>

namespace bpu::gui {

using Nodes = std::vector<NodeId>;
using DiagramPtr = std::shared_ptr<const layout::Diagram>;
using Scopes = std::set<std::string, std::less<>>;

/// What a fix would do to the graph on screen.
struct FixPreview {
    ir::GraphPtr graph; ///< the graph after the fix
    NodeId node;        ///< the node it would replace
    Nodes added;
    QString text;
};

/// A step from a graph into a body of one of its nodes: a branch of an If, the body of a Loop or a function.
struct BodyStep {
    NodeId node;
    std::string attribute;
};

class Session : public QObject {
    Q_OBJECT
public:
    /// Both must outlive the session.
    Session(JobQueue& jobs, const layout::TextMeasure& measure, QObject* parent = nullptr);

    bool hasGraph() const { return !m_history.isEmpty(); }
    QString path() const { return m_path; }
    QString fileName() const;
    const History& history() const { return m_history; }
    ir::Stage stage() const { return m_stage; }
    /// The graph on screen, a stage of the model or a body in it; null when nothing is open.
    ir::GraphPtr graph() const;
    /// The stage on screen without regard to bodies: what is edited, saved and counted.
    ir::GraphPtr model() const;
    /// How the body on screen was reached; empty while the model itself is shown.
    const std::vector<BodyStep>& bodyPath() const { return m_bodyPath; }
    /// Names for the path: node, attribute, node, ...
    QStringList bodyNames() const;
    const views::ModelFacts& facts() const { return m_facts; }
    /// Operators that fusing the float stage would merge away.
    size_t mergeCount() const { return m_mergeCount; }

    const march::MarchPtr& march() const { return m_march; }
    passes::InputSource inputSource() const { return m_inputSource; }
    /// The answer for the graph on screen and the march; null while there is none yet.
    views::FindingListPtr findings() const;
    /// The last answer about a stage, for the stage tabs; may be null.
    views::FindingListPtr findingsOf(ir::Stage stage) const;
    double checkMs() const { return m_checkMs; }
    DiagramPtr diagram() const { return m_diagram; }
    /// The graph that diagram() draws: the old one until its successor is laid out.
    ir::GraphPtr diagramGraph() const { return m_diagramGraph; }
    /// Of the nodes of diagramGraph().
    const views::NodeCosts& costs() const { return m_costs; }
    const Scopes& collapsed() const { return m_collapsed; }

    const Nodes& selection() const { return m_selection; }
    const QString& searchText() const { return m_searchText; }
    const Nodes& matches() const { return m_matches; }
    const QString& error() const { return m_error; }
    const std::optional<FixPreview>& preview() const { return m_preview; }

    void open(const QString& path);
    void reload();
    void close();
    /// Writes the graph on screen as .bpuir.
    void save(const QString& path);
    void exportFiles(const ExportRequest& request);

    void setMarch(const QString& name);
    void setInputSource(passes::InputSource source);
    void setStage(ir::Stage stage);
    /// Re-runs the check and answers checkRequestDone.
    void check();
    /// Checks for every march and says the counts in the log.
    void checkAll();
    void fuse();
    /// Puts what a step made of `source` in its stage and shows it. Nothing happens when `source` is no longer the graph of its
    /// stage. `fused`: the step fused the float graph on its way.
    void adoptStage(const QString& title, const ir::GraphPtr& source, const ir::GraphPtr& made, const std::shared_ptr<const passes::FuseReport>& fused = nullptr);
    /// Shows the error of a job that failed.
    template <typename T>
    bool hasFailed(const Result<T>& result)
    {
        if (!result)
            showError(result.error());
        return !result;
    }
    /// Indices into findings().
    void applyFix(int finding);
    void applyFixes(const QList<int>& findings);
    void previewFix(int finding);
    void clearPreview();
    /// An empty reason takes the finding back into the list.
    void ignore(const QList<int>& findings, const QString& reason);
    void setInputShapes(const std::map<std::string, ir::Shape>& shapes);
    void undo();
    void redo();

    /// Shows a body of a node on screen. Bodies are for looking: what edits leaves them first.
    void openBody(NodeId node, const std::string& attribute);
    /// Goes back until `depth` steps are left; the node that held the body is selected.
    void closeBodies(size_t depth = 0);

    void select(const Nodes& nodes);
    void toggleCollapsed(const QString& scope);
    void setCollapsed(Scopes scopes);
    void search(const QString& text);
    /// The match after (step 1) or before (-1) the selection; wraps around.
    void selectMatch(int step);
    void clearError();

Q_SIGNALS:
    void documentChanged();  ///< another file, or none
    void graphChanged();     ///< the graph on screen is another snapshot
    void stagesChanged();    ///< which stages exist and what their tabs say
    void marchChanged();
    void findingsChanged();
    void checkRequestDone();
    void diagramChanged();
    void selectionChanged();
    void matchesChanged();
    void previewChanged();
    void errorChanged();
    void logged(const QString& line);
    void exported(const QStringList& files);

private:
    struct Opened;
    struct Laid;

    void forget();
    void letGo();
    void importFile(const QString& path, bool isReload);
    void adopt(const QString& path, const Opened& opened, bool isReload);
    void showError(const Error& error);
    void commit(const QString& title, ir::GraphPtr graph);
    void push(const QString& title, Document document);
    void showDocument();
    void startCheck();
    void startLayout();
    void startFacts();
    bool canReadAnew(const ir::Graph& graph) const;
    void keepSelection(const ir::Graph* before);
    void moveSelection(ir::Stage from, ir::Stage to);
    bool isCurrent(const ir::GraphPtr& graph) const { return graph && graph == this->graph(); }
    bool refuseInBody();
    void leaveBodies(size_t depth = 0);

    JobQueue& m_jobs;
    const layout::TextMeasure& m_measure;
    FileWatch m_watch;

    QString m_path;
    History m_history;
    ir::Stage m_stage = ir::Stage::Float;
    std::vector<BodyStep> m_bodyPath;
    views::FindingListPtr m_bodyFindings; ///< of the body on screen
    views::ModelFacts m_facts;
    size_t m_mergeCount = 0;
    std::map<std::string, ir::Shape> m_inputShapes; ///< what the user fixed; a reload keeps it
    std::vector<std::weak_ptr<const ir::Graph>> m_read; ///< what the file gave: no edit is in them

    march::MarchPtr m_march;
    passes::InputSource m_inputSource = passes::InputSource::Ddr;
    std::map<ir::Stage, views::FindingListPtr> m_findings;
    double m_checkMs = 0;
    bool m_checkRequested = false;

    DiagramPtr m_diagram;
    ir::GraphPtr m_diagramGraph;
    views::NodeCosts m_costs;
    Scopes m_collapsed;
    Nodes m_selection;
    QString m_searchText;
    Nodes m_matches;
    QString m_error;
    std::optional<FixPreview> m_preview;
};

} // namespace bpu::gui
