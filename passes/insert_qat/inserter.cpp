// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Driven by what reads: a node of the BPU asks for the value on a grid, a node of the CPU and an output of the model ask
// for the value in float. Each form is made once, in front of its first reader.
#include "passes/insert_qat/inserter.h"

#include "core/ir/rewriter.h"
#include "core/ops/op_spec.h"
#include "passes/insert_qat/shared_grids.h"

#include <fmt/format.h>

namespace bpu::passes {
namespace {

constexpr double kCameraScale = 1.0 / 128; // the pyramid delivers -128 to 127, which the network sees as -1 to 1

class Inserter {
public:
    Inserter(const PreparedGraph& prepared, const march::March& march, const Placement& placement, const quant::QConfigs& qconfigs, InputSource inputSource, Findings& findings)
        : m_prepared(prepared), m_graph(prepared.graph), m_march(march), m_placement(placement), m_qconfigs(qconfigs), m_inputSource(inputSource), m_findings(findings),
          m_rewriter(prepared.graph)
    {
    }

    Result<ir::Graph> run()
    {
        for (const NodeId id : m_graph.order())
            visit(m_graph.node(id));
        for (size_t i = 0; i < m_graph.outputs().size(); ++i)
            leave(i);
        if (m_march.quantization().sharedCatScale)
            shareGridsOfCats(m_rewriter);
        m_rewriter.setStage(ir::Stage::Qat);
        m_rewriter.setFact("march", m_march.name());
        m_rewriter.setFact("fake_quant_state", "calibration");
        return m_rewriter.finish();
    }

private:
    void visit(const ir::Node& node)
    {
        if (m_placement.of(node.id) == Device::Host)
            return;
        const bool onBpu = m_placement.isOnBpu(node.id);
        if (!onBpu)
            m_rewriter.setAttribute(node.id, "device", std::string("cpu"));
        for (size_t slot = 0; slot < node.inputs.size(); ++slot) {
            const ir::Value* value = m_graph.inputOf(node, slot);
            if (!value || !isNumeric(*value) || (onBpu && !wantsGrid(m_graph, node, slot)))
                continue;
            const ValueId form = onBpu ? onGrid(*value, &node, slot) : inFloat(*value, node.id);
            if (form != value->id)
                m_rewriter.setInputValue(node.id, slot, form);
        }
        if (onBpu)
            flagTypes(node);
    }

    /// The form that nodes of the BPU read. `reader` decides how a constant is quantized.
    ValueId onGrid(const ir::Value& value, const ir::Node* reader, size_t slot)
    {
        if (value.isConstant())
            return constantOnGrid(value, *reader, slot);
        ValueId& made = m_onGrid[value.id];
        if (made.isValid())
            return made;
        const ir::Node* producer = m_graph.producerOf(value);
        const bool hasOwnGrid = !producer || !m_placement.isOnBpu(producer->id) || !m_placement.isMove(producer->id);
        if (!hasOwnGrid || m_placement.isWide(value.id))
            made = value.id;
        else
            made = producer ? behindNode(value, *producer, reader) : behindInput(value, *reader);
        if (made != value.id || producer)
            m_types[made] = typeOf(made, producer);
        return m_onGrid[value.id];
    }

    ir::QType typeOf(ValueId made, const ir::Node* producer) const
    {
        if (const ir::Node* node = m_rewriter.graph().producerOf(m_rewriter.graph().value(made)); node && node->attributes.has("qtype"))
            return *ir::qtypeFromName(node->attributes.text("qtype"));
        const auto source = producer ? m_types.find(m_rewriter.graph().node(producer->id).input(0)) : m_types.end();
        return source == m_types.end() ? ir::QType::QInt8 : source->second;
    }

    ValueId inFloat(const ir::Value& value, NodeId reader)
    {
        const ir::Node* producer = m_graph.producerOf(value);
        if (!producer || !m_placement.isOnBpu(producer->id))
            return value.id;
        ValueId& made = m_inFloat[value.id];
        if (made.isValid())
            return made;
        const ir::Node* anchor = reader.isValid() ? &m_graph.node(reader) : nullptr;
        const ValueId gridded = onGrid(value, anchor, 0);
        made = add(anchor, {.op = "dequant_stub", .name = value.name + ".dequant", .inputs = {gridded}, .scope = producer->scope}, value.type);
        return made;
    }

    ValueId behindNode(const ir::Value& value, const ir::Node& producer, const ir::Node* reader)
    {
        const quant::MaybeQConfig& own = m_qconfigs.of(producer.id);
        // A node of the CPU that the BPU reads from needs a grid, whatever keeps it in float.
        const quant::FakeQuantConfig config = own && own->activation ? *own->activation : *quant::defaultQConfig().activation;
        return add(reader, {.op = "fake_quantize", .name = producer.name + (value.producerIndex == 0 ? "" : fmt::format(".{}", value.producerIndex)) + ".fake_quantize",
                            .inputs = {value.id}, .attributes = quant::attributesOf(config, -1), .scope = producer.scope},
                   value.type, &config);
    }

    ValueId behindInput(const ir::Value& value, const ir::Node& reader)
    {
        const quant::MaybeQConfig& own = m_qconfigs.ofInput(value.name);
        quant::FakeQuantConfig config = own && own->activation ? *own->activation : *quant::defaultQConfig().activation;
        const auto stub = m_prepared.stubs.find(value.id);
        const AuthorStub author = stub == m_prepared.stubs.end() ? AuthorStub{value.name + ".quant", {}, {}, 0} : stub->second;
        const bool isCamera = m_inputSource != InputSource::Ddr && value.type.rank() == 4;
        if (config.observer != "fixed_scale" && (isCamera || author.scale > 0)) {
            config.observer = "fixed_scale";
            config.options = {.type = config.options.type, .scale = isCamera ? kCameraScale : author.scale};
        }
        return add(&reader, {.op = "quant_stub", .name = author.name, .inputs = {value.id}, .attributes = quant::attributesOf(config, -1), .scope = author.scope, .origins = author.origins},
                   value.type, &config);
    }

    ValueId constantOnGrid(const ir::Value& value, const ir::Node& reader, size_t slot)
    {
        const quant::QConfig config = m_qconfigs.of(reader.id) ? *m_qconfigs.of(reader.id) : quant::defaultQConfig();
        const bool isWeight = slot == 1 && isProduct(reader.op);
        quant::FakeQuantConfig side = isWeight || !config.activation ? config.weight : quant::FakeQuantConfig{.options = {.type = config.activation->options.type}};
        const int axis = isWeight ? weightAxis(reader, value.type) : -1;
        const ir::Attributes attributes = quant::attributesOf(side, axis);
        for (const auto& [made, how] : m_constants[value.id])
            if (how == attributes) {
                if (isWeight)
                    note(m_graph.node(reader.id), "qat.shared", Severity::Warning, fmt::format("Shares '{}' with another operator: both have one scale for it", value.name),
                         "Give each call a module of its own where accuracy suffers");
                return made;
            }
        const ValueId made = add(&reader, {.op = "fake_quantize", .name = value.name + ".fake_quantize", .inputs = {value.id}, .attributes = attributes, .scope = reader.scope}, value.type, &side);
        m_constants[value.id].emplace_back(made, attributes);
        if (isWeight && side.options.type != ir::QType::QInt8)
            note(reader, "qat.weight-type", Severity::Warning, "qint16 weight: the BPU takes qint8 only", "Give the weight qint8");
        return made;
    }

    /// One scale per output channel where the weight has them on an axis of their own (docs/quantized-graph.md).
    static int weightAxis(const ir::Node& node, const ir::TensorType& weight)
    {
        if (node.op == "matmul" || node.op == "bmm")
            return -1;
        if (!node.op.starts_with("conv_transpose"))
            return 0;
        const int64_t groups = node.attributes.integer("groups", 1);
        if (groups == 1)
            return 1;
        return weight.dim(0) == groups && weight.dim(1) == 1 ? 0 : -1;
    }

    /// In front of `reader`, or behind everything. A fixed scale is present from the start.
    ValueId add(const ir::Node* reader, ir::NodeSpec spec, const ir::TensorType& type, const quant::FakeQuantConfig* config = nullptr)
    {
        const std::string valueName = spec.name;
        const NodeId node = reader ? m_rewriter.addNodeBefore(reader->id, std::move(spec), {type}) : m_rewriter.addNode(std::move(spec), {type});
        const ValueId made = m_rewriter.graph().node(node).output();
        if (config && config->observer == "fixed_scale") {
            m_rewriter.setQuant(made, ir::QuantParams{config->options.type, {config->options.scale}, -1});
            note(m_rewriter.graph().node(node), "qat.fixed-scale", Severity::Advice, fmt::format("Fixed scale {}", config->options.scale), "");
        }
        return made;
    }

    /// An output keeps its name; what stands before the stub gets another.
    void leave(size_t position)
    {
        const ir::Value& value = m_graph.value(m_graph.outputs()[position]);
        if (!isNumeric(value))
            return;
        const ValueId form = inFloat(value, {});
        if (form == value.id)
            return;
        m_rewriter.setOutput(position, form);
        if (m_rewriter.graph().value(form).name == value.name)
            return;
        m_rewriter.renameValue(value.id, value.name + ".bpu");
        m_rewriter.renameValue(form, value.name);
    }

    /// The vendor's qconfig check flags an operator that takes one type and gives another.
    void flagTypes(const ir::Node& node)
    {
        const quant::MaybeQConfig& config = m_qconfigs.of(node.id);
        if (m_placement.isMove(node.id) || !config || !config->activation || m_placement.isWide(node.output()) || !m_graph.outputOf(node) || !isNumeric(*m_graph.outputOf(node)))
            return;
        for (const ValueId input : m_rewriter.graph().node(node.id).inputs) {
            const auto type = m_types.find(input);
            if (type == m_types.end() || type->second == config->activation->options.type)
                continue;
            note(node, "qat.dtype-change", Severity::Advice, fmt::format("Takes {} and gives {}", ir::name(type->second), ir::name(config->activation->options.type)), "");
            return;
        }
    }

    void note(const ir::Node& node, std::string code, Severity severity, std::string message, std::string advice)
    {
        Finding f;
        f.code = std::move(code);
        f.severity = severity;
        f.node = node.id;
        f.where = node.name;
        f.op = ops::qualifiedName(node);
        f.message = std::move(message);
        f.advice = std::move(advice);
        m_findings.push_back(std::move(f));
    }

    const PreparedGraph& m_prepared;
    const ir::Graph& m_graph;
    const march::March& m_march;
    const Placement& m_placement;
    const quant::QConfigs& m_qconfigs;
    InputSource m_inputSource;
    Findings& m_findings;
    ir::Rewriter m_rewriter;
    std::map<ValueId, ValueId> m_onGrid;
    std::map<ValueId, ValueId> m_inFloat;
    std::map<ValueId, ir::QType> m_types; ///< of values on a grid
    std::map<ValueId, std::vector<std::pair<ValueId, ir::Attributes>>> m_constants;
};

} // namespace

Result<ir::Graph> insertGrids(const PreparedGraph& prepared, const march::March& march, const Placement& placement, const quant::QConfigs& qconfigs, InputSource inputSource,
                              Findings& findings)
{
    return Inserter(prepared, march, placement, qconfigs, inputSource, findings).run();
}

} // namespace bpu::passes
