// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// All that is known about the selection: its findings, every rule that was looked at, tensors, attributes,
// where it came from and what it costs. With nothing selected, the facts of the model.
#pragma once

#include "core/march/march.h"
#include "passes/check_march/check_march.h"
#include "passes/values/values.h"
#include "views/theme/theme.h"
#include "views/widgets/finding_list.h"
#include "views/widgets/model_facts.h"

#include <QSet>
#include <QStringList>
#include <QWidget>

class QScrollArea;
class QToolButton;
class QVBoxLayout;

namespace bpu::views {

class Section;

struct InspectorInput {
    ir::GraphPtr graph;
    std::vector<NodeId> nodes;
    FindingListPtr findings;
    march::MarchPtr march;
    passes::CheckOptions options;
    ModelFacts facts;
    QString fileName;
    passes::NodeValuesPtr values = {}; ///< shown when they are those of the node; may be null
    QString valuesMessage = {};        ///< why there are none
    bool isRunning = false;            ///< values are being computed
};

class Inspector : public QWidget {
    Q_OBJECT
public:
    explicit Inspector(const Theme& theme, QWidget* parent = nullptr);

    /// While locked, a new snapshot still shows the node that was locked.
    void setInput(const InspectorInput& input);
    /// Keys of folded sections, for the settings.
    QStringList folded() const { return {m_folded.begin(), m_folded.end()}; }
    void setFolded(const QStringList& keys) { m_folded = {keys.begin(), keys.end()}; }

Q_SIGNALS:
    void nodeLinked(quint32 node);
    /// A branch, loop or function body of the node shown.
    void bodyLinked(quint32 node, const QString& attribute);
    void fixRequested(const QList<int>& findings);
    void previewRequested(int finding);
    /// An empty reason takes it back.
    void ignoreRequested(const QList<int>& findings, const QString& reason);
    void shapeRequested();
    /// Run on data, or stop what runs.
    void runRequested();

private:
    void rebuild();
    void showModel();
    void showNode(const ir::Node& node);
    void showSeveral();
    void addHeader(const ir::Node& node);
    void addFindings(NodeId node);
    void addRules(const ir::Node& node);
    void addTensors(const ir::Node& node);
    void addBodies(const ir::Node& node);
    void addAttributes(const ir::Node& node);
    void addOrigins(const ir::Node& node);
    void addCost(const ir::Node& node);
    void addValues(const ir::Node& node);
    void addSummary(Section& section, const passes::TensorSummary& summary);
    static void addFigures(Section& section, const passes::TensorSummary& summary);
    void askReason(int finding);
    Section* addSection(const QString& key, const QString& title, const QString& note = {});

    const Theme& m_theme;
    InspectorInput m_input;
    QToolButton* m_lock;
    QScrollArea* m_scroll;
    QWidget* m_content = nullptr;
    QVBoxLayout* m_column = nullptr;
    QSet<QString> m_folded;
};

} // namespace bpu::views
