// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the reader says about a graph that it could open.
#include "core/import/onnx/graph_reader.h"

#include <algorithm>
#include <fmt/format.h>

namespace bpu::importer {

Finding GraphReader::findingAt(NodeId id) const
{
    const ir::Node& node = m_emitter.graph().node(id);
    Finding finding;
    finding.severity = Severity::Warning;
    finding.node = m_depth == 0 ? id : NodeId{}; // ids of a subgraph mean nothing in the graph around it
    finding.where = node.name;
    finding.op = node.origins.empty() ? node.op : node.origins.front().what;
    return finding;
}

/// Of the top graph only: a branch may be there for just the shapes that this input does not have.
void GraphReader::reportConflicts()
{
    if (m_depth > 0)
        return;
    for (const auto& [id, message] : m_emitter.conflicts()) {
        Finding finding = findingAt(id);
        finding.code = "onnx.shape";
        finding.severity = Severity::Error;
        finding.found = message;
        finding.message = fmt::format("Its operands do not fit together: {}", message);
        finding.advice = "Give the input shapes the model was made for, or export the model again";
        m_model.findings.push_back(std::move(finding));
    }
}

/// One finding for all of them: a file whose batch was edited by hand has hundreds.
void GraphReader::reportDisagreements()
{
    const auto& all = m_emitter.disagreements();
    const auto first = std::ranges::find_if(all, [this](const auto& each) { return m_emitter.graph().contains(each.first); });
    if (m_depth > 0 || first == all.end())
        return;
    const ir::Value& value = m_emitter.graph().value(first->first);
    Finding finding = value.producer.isValid() ? findingAt(value.producer) : Finding{};
    finding.code = "onnx.declared-shape";
    finding.severity = Severity::Advice;
    finding.message = "The file declares other shapes than its operators give; theirs are used";
    finding.found = fmt::format("'{}' is {}, declared {}{}", value.name, ir::shapeText(value.type), ir::shapeText(first->second),
                                all.size() > 1 ? fmt::format(", and {} more", all.size() - 1) : "");
    finding.advice = "Nothing has to be done; infer the file's shapes anew to make it agree";
    m_model.findings.push_back(std::move(finding));
}

} // namespace bpu::importer
