// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What the few functions that a TorchScript pickle may call come to. Nothing is called: the arguments are
// written down as what the function would return.
#include "core/import/torchscript/unpickler.h"

#include <array>
#include <fmt/format.h>

namespace bpu::importer::torchscript {

Result<void> Unpickler::newObject()
{
    BPU_TRY(arguments, pop());
    BPU_TRY(type, pop());
    if (!is(arguments, PickleKind::Tuple) || !is(type, PickleKind::Global))
        return damaged();
    const std::string_view name = value(type).text;
    if (!isModelClass(name))
        return Error{"torchscript.unsafe", m_where, fmt::format("makes an object of {}, which no TorchScript file does; do not open it in PyTorch either", name)};
    return pushText(PickleKind::Object, name);
}

/// The state stays as it is: a dict of attributes, or what the class's __setstate__ would be given.
Result<void> Unpickler::build()
{
    BPU_TRY(state, pop());
    if (m_stack.empty())
        return damaged();
    PickleValue& target = value(m_stack.back());
    if (target.kind == PickleKind::Dict) // torch.save hangs _metadata on a state_dict
        return {};
    if (target.kind != PickleKind::Object || !target.items.empty())
        return damaged();
    target.items.push_back(state);
    return {};
}

Result<void> Unpickler::reduce()
{
    BPU_TRY(argument, pop());
    BPU_TRY(function, pop());
    if (!is(function, PickleKind::Global))
        return damaged();
    const std::string_view name = value(function).text;
    if (!isModelClass(name))
        return call(name, argument);
    PickleValue fresh(PickleKind::Enum);
    fresh.text = name;
    fresh.items = {argument};
    return push(std::move(fresh));
}

Result<void> Unpickler::call(std::string_view function, PickleId argument)
{
    if (!is(argument, PickleKind::Tuple))
        return damaged();
    const std::vector<PickleId>& arguments = value(argument).items;
    if (function == "torch._utils._rebuild_tensor_v2" || function == "torch._utils._rebuild_tensor")
        return rebuildTensor(arguments, false);
    if (function == "torch._utils._rebuild_qtensor")
        return rebuildTensor(arguments, true);
    if (function == "torch._utils._rebuild_parameter")
        return rebuildParameter(arguments);
    if (function == "collections.OrderedDict")
        return orderedDict(arguments);
    if (function == "torch.device")
        return device(arguments);
    if (function.ends_with(".complex"))
        return complex(arguments);
    if (function == "torch.Size" && arguments.size() == 1 && is(arguments[0], PickleKind::Tuple))
        return pushId(arguments[0]);
    if (function.ends_with("build_tensor_from_id") || function.ends_with("TensorID"))
        return error("keeps its tensors in a table that only PyTorch before 1.4 wrote; load it with torch.jit.load and save it again");
    if (function.starts_with("torch.jit._pickle."))
        return typedList(function.substr(function.rfind('.') + 1), arguments);
    return Error{"torchscript.unsafe", m_where, fmt::format("calls {}, which no TorchScript file does; do not open it in PyTorch either", function)};
}

/// A list or dict whose element type cannot be told from its elements: they may be none.
Result<void> Unpickler::typedList(std::string_view function, const std::vector<PickleId>& arguments)
{
    if (arguments.empty())
        return damaged();
    const PickleId list = arguments[0];
    if (function == "restore_type_tag") {
        if (arguments.size() != 2 || !is(arguments[1], PickleKind::String) || (!is(list, PickleKind::List) && !is(list, PickleKind::Dict)))
            return damaged();
        value(list).text = value(arguments[1]).text;
        return pushId(list);
    }
    struct Row {
        std::string_view built, old, type;
    };
    static constexpr std::array<Row, 4> kRows{{{"build_intlist", "IntList", "List[int]"},
                                               {"build_doublelist", "DoubleList", "List[float]"},
                                               {"build_boollist", "BoolList", "List[bool]"},
                                               {"build_tensorlist", "TensorList", "List[Tensor]"}}};
    for (const Row& row : kRows) {
        if ((function != row.built && function != row.old) || !is(list, PickleKind::List))
            continue;
        value(list).text = row.type;
        return pushId(list);
    }
    return damaged();
}

Result<void> Unpickler::orderedDict(const std::vector<PickleId>& arguments)
{
    PickleValue fresh(PickleKind::Dict);
    if (arguments.size() > 1 || (arguments.size() == 1 && !is(arguments[0], PickleKind::List)))
        return damaged();
    if (arguments.empty())
        return push(std::move(fresh));
    BPU_CHECK(countUses(2 * value(arguments[0]).items.size()));
    for (const PickleId pair : value(arguments[0]).items) {
        const PickleValue& both = value(pair);
        if ((both.kind != PickleKind::List && both.kind != PickleKind::Tuple) || both.items.size() != 2)
            return damaged();
        fresh.items.insert(fresh.items.end(), both.items.begin(), both.items.end());
    }
    return push(std::move(fresh));
}

Result<void> Unpickler::device(const std::vector<PickleId>& arguments)
{
    if (arguments.empty() || arguments.size() > 2 || !is(arguments[0], PickleKind::String) || (arguments.size() == 2 && !is(arguments[1], PickleKind::Int)))
        return damaged();
    const std::string_view type = value(arguments[0]).text;
    if (arguments.size() == 1)
        return pushText(PickleKind::Device, type);
    BPU_TRY(both, keep(fmt::format("{}:{}", type.substr(0, 100), value(arguments[1]).integer)));
    return pushText(PickleKind::Device, both);
}

Result<void> Unpickler::complex(const std::vector<PickleId>& arguments)
{
    if (arguments.size() != 2 || !is(arguments[0], PickleKind::Float) || !is(arguments[1], PickleKind::Float))
        return damaged();
    PickleValue fresh(PickleKind::Complex);
    fresh.number = value(arguments[0]).number;
    fresh.imaginary = value(arguments[1]).number;
    return push(std::move(fresh));
}

/// ("storage", type, key, device, elements), of torch.save also a sixth for views, which is None.
Result<void> Unpickler::persistent()
{
    BPU_TRY(id, pop());
    const std::vector<PickleId>& parts = value(id).items;
    const bool fits = is(id, PickleKind::Tuple) && parts.size() >= 5 && is(parts[0], PickleKind::String) && value(parts[0]).text == "storage" &&
                      is(parts[1], PickleKind::Global) && is(parts[2], PickleKind::String) && is(parts[3], PickleKind::String) && is(parts[4], PickleKind::Int);
    if (!fits || value(parts[4]).integer < 0)
        return damaged();
    const std::string_view type = value(parts[1]).text;
    const auto dtype = type == "torch.storage.UntypedStorage" ? TorchDType::Byte : dtypeFromStorage(type.substr(type.find('.') + 1));
    if (!dtype)
        return damaged();
    if (m_pickle.m_storages.size() >= Pickle::kMaxTensors)
        return error(fmt::format("names more than {} storages; split the model", Pickle::kMaxTensors));
    PickleStorage storage{.key = value(parts[2]).text, .dtype = *dtype, .device = value(parts[3]).text, .size = value(parts[4]).integer};
    m_pickle.m_storages.push_back(storage);
    return pushNumber(PickleKind::Storage, static_cast<int64_t>(m_pickle.m_storages.size()) - 1);
}

Result<std::vector<int64_t>> Unpickler::integers(PickleId id)
{
    constexpr size_t kMaxRank = 64; // PyTorch's own limit
    const PickleValue& list = value(id);
    if ((list.kind != PickleKind::Tuple && list.kind != PickleKind::List) || list.items.size() > kMaxRank)
        return damaged();
    std::vector<int64_t> numbers;
    for (const PickleId item : list.items) {
        if (!is(item, PickleKind::Int))
            return damaged();
        numbers.push_back(value(item).integer);
    }
    return numbers;
}

/// (storage, offset, sizes, strides, [quantizer,] requires grad, hooks [, flags])
Result<void> Unpickler::rebuildTensor(const std::vector<PickleId>& arguments, bool quantized)
{
    const size_t tail = quantized ? 5 : 4; // where requires grad stands
    if (arguments.size() < tail || !is(arguments[0], PickleKind::Storage) || !is(arguments[1], PickleKind::Int))
        return damaged();
    PickleTensor tensor;
    tensor.storage = static_cast<uint32_t>(value(arguments[0]).integer);
    tensor.offset = value(arguments[1]).integer;
    BPU_TRY(sizes, integers(arguments[2]));
    BPU_TRY(strides, integers(arguments[3]));
    if (sizes.size() != strides.size())
        return damaged();
    tensor.sizes = std::move(sizes);
    tensor.strides = std::move(strides);
    if (quantized) {
        BPU_TRY(found, quantizer(arguments[4]));
        tensor.quantizer = found;
    }
    if (arguments.size() > tail) {
        if (!is(arguments[tail], PickleKind::Bool))
            return damaged();
        tensor.requiresGrad = value(arguments[tail]).integer != 0;
    }
    if (arguments.size() > tail + 2)
        BPU_CHECK(setFlags(tensor, arguments[tail + 2]));
    return pushTensor(std::move(tensor));
}

Result<void> Unpickler::pushTensor(PickleTensor tensor)
{
    if (m_pickle.m_tensors.size() >= Pickle::kMaxTensors)
        return error(fmt::format("makes more than {} tensors; split the model", Pickle::kMaxTensors));
    m_pickle.m_tensors.push_back(std::move(tensor));
    return pushNumber(PickleKind::Tensor, static_cast<int64_t>(m_pickle.m_tensors.size()) - 1);
}

/// {"conj": True, "neg": True}: the stored elements still have to be conjugated or negated.
Result<void> Unpickler::setFlags(PickleTensor& tensor, PickleId metadata)
{
    if (!is(metadata, PickleKind::Dict))
        return damaged();
    const auto flag = [&](std::string_view key) {
        const PickleId found = m_pickle.find(metadata, key);
        return found.isValid() && is(found, PickleKind::Bool) && value(found).integer != 0;
    };
    tensor.isConjugate = flag("conj");
    tensor.isNegative = flag("neg");
    return {};
}

Result<void> Unpickler::rebuildParameter(const std::vector<PickleId>& arguments)
{
    if (arguments.size() < 2 || !is(arguments[0], PickleKind::Tensor) || !is(arguments[1], PickleKind::Bool))
        return damaged();
    PickleTensor tensor = m_pickle.tensor(arguments[0]);
    tensor.requiresGrad = value(arguments[1]).integer != 0;
    return pushTensor(std::move(tensor));
}

/// (scheme, scale, zero point) or (scheme, scales, zero points, axis). The scheme is a name, of old files a number.
Result<PickleQuantizer> Unpickler::quantizer(PickleId id)
{
    const std::vector<PickleId>& parts = value(id).items;
    PickleQuantizer found;
    if (!is(id, PickleKind::Tuple) || parts.size() < 3)
        return damaged();
    if (parts.size() == 3 && is(parts[1], PickleKind::Float) && is(parts[2], PickleKind::Int)) {
        found.scale = value(parts[1]).number;
        found.zeroPoint = value(parts[2]).integer;
        return found;
    }
    if (parts.size() != 4 || !is(parts[1], PickleKind::Tensor) || !is(parts[2], PickleKind::Tensor) || !is(parts[3], PickleKind::Int))
        return damaged();
    found.scales = parts[1];
    found.zeroPoints = parts[2];
    found.axis = value(parts[3]).integer;
    return found;
}

} // namespace bpu::importer::torchscript
