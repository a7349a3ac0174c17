// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The comparison of two graphs, layer by layer: what is compared with what and on which data, the similarity
// curve, a table and one layer in full. It shows and asks; the window compares.
#pragma once

#include "views/compare/layer_model.h"
#include "views/theme/theme.h"

#include <QList>
#include <QWidget>

class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace bpu::views {

class ComboBox;
class ElidedLabel;
class LayerDetail;
class SegmentedControl;
class SimilarityCurve;

/// One entry of a choice; `id` comes back in the signal.
struct CompareChoice {
    QString id;
    QString text;
};

/// What stands where results would be. message: one sentence; the two buttons have a text or are not there.
struct CompareNotice {
    QString title;
    QString message;
    QString action;
    QString second;
};

class CompareView : public QWidget {
    Q_OBJECT

public:
    enum Side { A, B, Data };

    explicit CompareView(const Theme& theme, QWidget* parent = nullptr);

    void setChoices(Side side, const QList<CompareChoice>& choices, const QString& current);
    /// Empty: not running.
    void setProgress(const QString& text);
    void setCanCompare(bool can, const QString& toolTip);
    /// Takes the place of the results.
    void showNotice(const CompareNotice& notice);
    /// fact: "Compared in 0.4 s".
    void showResult(ComparisonPtr comparison, const QString& titleA, const QString& titleB, const QString& fact);
    ComparisonPtr comparison() const { return m_comparison; }
    double limit() const;
    /// The layer that holds the node on that side; -1 when none does.
    int layerOf(NodeId node, Side side) const;
    /// Shows a layer everywhere; does not emit.
    void setCurrentLayer(int layer);
    int currentLayer() const { return m_layer; }

    LayerModel& model() { return *m_model; }
    LayerFilter& filter() { return *m_filter; }
    QTreeView& table() { return *m_table; }
    SimilarityCurve& curve() { return *m_curve; }

Q_SIGNALS:
    void chosen(bpu::views::CompareView::Side side, const QString& id);
    void compareRequested();
    void stopRequested();
    /// The first and second button of the notice.
    void noticeAction();
    void noticeSecond();
    void saveRequested();
    /// By the user, from the table or the curve.
    void layerPicked(int layer);
    /// A row of what was not compared: its index in the comparison.
    void alonePicked(int index);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QWidget* makeBar();
    QWidget* makeNotice();
    QWidget* makeResults();
    QWidget* makeTablePane();
    QLayout* makeFilterRow();
    void makeTable();
    void makeAloneTable();
    ComboBox* makeChoice(const QString& name, Side side);
    void pick(int layer);
    void updateFacts();
    void updateFilter();
    void fitColumns();

    const Theme& m_theme;
    ComparisonPtr m_comparison;
    QString m_titles[2];
    int m_layer = -1;
    LayerModel* m_model;
    LayerFilter* m_filter;
    AloneModel* m_alone;
    ComboBox* m_choices[3] = {};
    ElidedLabel* m_fact = nullptr;
    QPushButton* m_compare = nullptr;
    QPushButton* m_save = nullptr;
    QStackedWidget* m_pages = nullptr;
    QLabel* m_noticeTitle = nullptr;
    QLabel* m_noticeText = nullptr;
    QPushButton* m_noticeAction = nullptr;
    QPushButton* m_noticeSecond = nullptr;
    ElidedLabel* m_summary = nullptr;
    SimilarityCurve* m_curve = nullptr;
    SegmentedControl* m_lists = nullptr;
    QLineEdit* m_words = nullptr;
    QCheckBox* m_onlyBelow = nullptr;
    QDoubleSpinBox* m_limit = nullptr;
    QStackedWidget* m_tables = nullptr;
    QTreeView* m_table = nullptr;
    QTreeView* m_aloneTable = nullptr;
    LayerDetail* m_detail = nullptr;
    bool m_isRunning = false;
};

} // namespace bpu::views
