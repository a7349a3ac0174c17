// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "core/import/torchscript/pickle.h"

#include "core/import/torchscript/unpickler.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bpu::importer::torchscript {
namespace {

/// A walk with its own stack. A shared value is walked once; what it counts for is added for every use.
class StructureCheck {
public:
    StructureCheck(const Pickle& pickle, const std::string& where) : m_pickle(pickle), m_where(where), m_facts(pickle.valueCount()) {}

    Result<void> run(PickleId root)
    {
        BPU_CHECK(enter(root));
        while (!m_path.empty()) {
            const PickleId id = m_path.back().id;
            const auto& items = m_pickle[id].items;
            if (const size_t next = m_path.back().next++; next < items.size()) {
                BPU_CHECK(enter(items[next]));
                continue;
            }
            m_path.pop_back();
            m_facts[id.index].state = State::Done;
            BPU_CHECK(addToParent(id));
        }
        return {};
    }

private:
    enum class State : uint8_t { New, OnPath, Done };
    struct Facts {
        uint64_t expanded = 1; ///< values when shared ones count each time
        int height = 1;
        State state = State::New;
    };
    struct Step {
        PickleId id;
        size_t next = 0;
    };

    Error error(const std::string& what) const { return {"torchscript.pickle", m_where, what + "; save the model with torch.jit.save"}; }

    Result<void> enter(PickleId id)
    {
        Facts& facts = m_facts[id.index];
        if (facts.state == State::Done)
            return addToParent(id);
        if (facts.state == State::OnPath)
            return error("holds a value that contains itself, which no TorchScript file does");
        facts.state = State::OnPath;
        m_path.push_back({id, 0});
        return checkDepth(0);
    }

    Result<void> checkDepth(int below) const
    {
        if (static_cast<int>(m_path.size()) + below > Pickle::kMaxDepth)
            return error(fmt::format("nests values more than {} deep, which no TorchScript file does", Pickle::kMaxDepth));
        return {};
    }

    Result<void> addToParent(PickleId id)
    {
        if (m_path.empty())
            return {};
        const Facts& from = m_facts[id.index];
        Facts& to = m_facts[m_path.back().id.index];
        to.height = std::max(to.height, from.height + 1);
        to.expanded += from.expanded;
        if (to.expanded > Pickle::kMaxExpanded)
            return error(fmt::format("shares values within values to make more than {} of them", Pickle::kMaxExpanded));
        return checkDepth(from.height);
    }

    const Pickle& m_pickle;
    const std::string& m_where;
    std::vector<Facts> m_facts;
    std::vector<Step> m_path;
};

class Printer {
public:
    explicit Printer(const Pickle& pickle) : m_pickle(pickle) {}

    void print(PickleId id)
    {
        const PickleValue& value = m_pickle[id];
        switch (value.kind) {
        case PickleKind::None: m_text += "None"; break;
        case PickleKind::Bool: m_text += value.integer != 0 ? "True" : "False"; break;
        case PickleKind::Int: m_text += fmt::format("{}", value.integer); break;
        case PickleKind::Float: m_text += fmt::format("{}", value.number); break;
        case PickleKind::Complex: m_text += fmt::format("({}{:+}j)", value.number, value.imaginary); break;
        case PickleKind::String: m_text += fmt::format("'{}'", value.text); break;
        case PickleKind::Bytes: m_text += fmt::format("b'{}'", value.text); break;
        case PickleKind::List: m_text += value.text; printItems("[", value.items, "]"); break;
        case PickleKind::Tuple: printItems("(", value.items, value.items.size() == 1 ? ",)" : ")"); break;
        case PickleKind::Dict: printDict(value); break;
        case PickleKind::Object:
        case PickleKind::Enum: m_text += value.text; printItems("(", value.items, ")"); break;
        case PickleKind::Tensor: printTensor(m_pickle.tensor(id)); break;
        case PickleKind::Device: m_text += fmt::format("device('{}')", value.text); break;
        case PickleKind::Storage: printStorage(m_pickle.storage(static_cast<uint32_t>(value.integer))); break;
        case PickleKind::Global: m_text += value.text; break;
        }
    }
    std::string take() { return std::move(m_text); }

private:
    void printItems(std::string_view open, const std::vector<PickleId>& items, std::string_view close)
    {
        m_text += open;
        for (size_t i = 0; i < items.size(); ++i) {
            m_text += i == 0 ? "" : ", ";
            print(items[i]);
        }
        m_text += close;
    }

    void printDict(const PickleValue& dict)
    {
        m_text += dict.text;
        m_text += '{';
        for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
            m_text += i == 0 ? "" : ", ";
            print(dict.items[i]);
            m_text += ": ";
            print(dict.items[i + 1]);
        }
        m_text += '}';
    }

    void printTensor(const PickleTensor& tensor)
    {
        const PickleStorage& storage = m_pickle.storage(tensor.storage);
        m_text += fmt::format("tensor('{}', {}, {}, {}, {}", storage.key, name(storage.dtype), tensor.offset, tensor.sizes, tensor.strides);
        if (tensor.quantizer && tensor.quantizer->isPerChannel()) {
            m_text += fmt::format(", axis {} scales ", tensor.quantizer->axis);
            print(tensor.quantizer->scales);
            m_text += " zero points ";
            print(tensor.quantizer->zeroPoints);
        } else if (tensor.quantizer) {
            m_text += fmt::format(", scale {} zero point {}", tensor.quantizer->scale, tensor.quantizer->zeroPoint);
        }
        m_text += tensor.requiresGrad ? ", grad)" : ")";
    }

    void printStorage(const PickleStorage& storage) { m_text += fmt::format("storage('{}', {}, {})", storage.key, name(storage.dtype), storage.size); }

    const Pickle& m_pickle;
    std::string m_text;
};

} // namespace

Result<void> checkStructure(const Pickle& pickle, const std::string& where)
{
    return StructureCheck(pickle, where).run(pickle.root());
}

Result<Pickle> Pickle::read(Bytes bytes, const std::string& where)
{
    if (bytes.size() > kMaxBytes)
        return Error{"torchscript.pickle", where, fmt::format("has {} bytes besides the tensors, and {} are allowed; keep large tables in tensors", bytes.size(), kMaxBytes)};
    Pickle pickle;
    pickle.m_bytes = std::move(bytes);
    BPU_CHECK(Unpickler(pickle, where).run());
    BPU_CHECK(checkStructure(pickle, where));
    return pickle;
}

PickleId Pickle::find(PickleId id, std::string_view key) const
{
    const PickleValue* dict = &(*this)[id];
    if (dict->kind == PickleKind::Object && dict->items.size() == 1)
        dict = &(*this)[dict->items[0]];
    if (dict->kind != PickleKind::Dict)
        return {};
    for (size_t i = 0; i + 1 < dict->items.size(); i += 2)
        if (const PickleValue& candidate = (*this)[dict->items[i]]; candidate.kind == PickleKind::String && candidate.text == key)
            return dict->items[i + 1];
    return {};
}

std::string print(const Pickle& pickle, PickleId id)
{
    Printer printer(pickle);
    printer.print(id);
    return printer.take();
}

} // namespace bpu::importer::torchscript
