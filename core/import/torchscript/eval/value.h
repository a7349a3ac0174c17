// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// What a variable of the evaluated code holds. Numbers, texts and containers are concrete, or unknown of a
// known kind; a tensor is a constant of the file or a value of the graph under construction.
#pragma once

#include "core/base/ids.h"
#include "core/ir/tensor.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bpu::importer::torchscript {

class Value;
struct Cell;
struct ListData;
struct DictData;
struct Object;

enum class Kind : uint8_t {
    Unknown, ///< nothing is known, not even the kind
    None, Bool, Int, Float, String, Tensor, List, Tuple, Dict, Object,
    Name,    ///< a dotted name: a function, a class, a device
};
/// As a message calls it: "int", "List".
std::string_view name(Kind kind);

/// Copies share what they refer to, as in Python.
class Value {
public:
    Value() = default;
    static Value none() { return Value(Kind::None); }
    static Value of(bool value);
    static Value of(int64_t value);
    static Value of(double value);
    static Value text(std::string value);
    static Value dotted(std::string value);
    static Value tensor(ir::Tensor constant, std::string tensorName = {});
    static Value cell(std::shared_ptr<Cell> cell);
    static Value list(std::vector<Value> items, Kind kind = Kind::List);
    static Value tuple(std::vector<Value> items) { return list(std::move(items), Kind::Tuple); }
    static Value ints(const std::vector<int64_t>& items);
    static Value dict(std::vector<std::pair<Value, Value>> entries);
    static Value object(std::shared_ptr<Object> object);
    /// A number, text or container of that kind whose content depends on data.
    /// `backing` is the tensor it was made from, if any: an edge of the graph.
    static Value unknown(Kind kind = Kind::Unknown, std::shared_ptr<Cell> backing = {});

    Kind kind() const { return m_kind; }
    bool is(Kind kind) const { return m_kind == kind; }
    /// False for what depends on data. Tensors count as known.
    bool isKnown() const { return m_isKnown; }
    bool isNumber() const { return m_kind == Kind::Bool || m_kind == Kind::Int || m_kind == Kind::Float; }
    bool isSequence() const { return m_kind == Kind::List || m_kind == Kind::Tuple; }

    /// A number that the code takes for a tensor (ops.prim.NumToTensor): arithmetic on sizes in traced code.
    bool isBoxed() const { return m_isBoxed; }
    Value boxed(bool isBoxed = true) const;

    // Each needs the kind it names (numbers: any number), and isKnown() but for the last two.
    bool flag() const { return m_kind == Kind::Float ? m_number != 0 : m_integer != 0; }
    int64_t integer() const { return m_kind == Kind::Float ? static_cast<int64_t>(m_number) : m_integer; }
    double number() const { return m_kind == Kind::Float ? m_number : static_cast<double>(m_integer); }
    const std::string& text() const { return *static_cast<const std::string*>(m_heap.get()); }
    const std::vector<Value>& items() const;
    /// Mutable: a list is shared by its variables.
    ListData& listData() const { return *static_cast<ListData*>(m_heap.get()); }
    DictData& dictData() const { return *static_cast<DictData*>(m_heap.get()); }
    Cell& cell() const { return *static_cast<Cell*>(m_heap.get()); }
    /// Of a tensor, or what an unknown value was made from (null when that is no tensor).
    std::shared_ptr<Cell> sharedCell() const { return std::static_pointer_cast<Cell>(m_heap); }
    Object& object() const { return *static_cast<Object*>(m_heap.get()); }
    std::shared_ptr<Object> sharedObject() const { return std::static_pointer_cast<Object>(m_heap); }

    /// The integers of a known sequence of known integers.
    std::optional<std::vector<int64_t>> toInts() const;
    /// The same object or number; for rolling back, not Python's ==.
    bool isSame(const Value& other) const;

private:
    explicit Value(Kind kind) : m_kind(kind) {}

    Kind m_kind = Kind::Unknown;
    bool m_isKnown = true;
    bool m_isBoxed = false;
    union {
        int64_t m_integer = 0;
        double m_number;
    };
    std::shared_ptr<void> m_heap; ///< what the kind says: text, list, dict, cell or object
};

/// A window into another tensor: element (i, j, ...) lies at offset + i * strides[0] + ...
struct View {
    std::shared_ptr<Cell> base;
    int64_t offset = 0;
    ir::Shape shape;
    std::vector<int64_t> strides;
};

/// real = scale * (q - zeroPoint), one pair for the tensor (axis -1) or one per index of `axis`.
struct TensorQuantizer {
    std::vector<double> scales;
    std::vector<int64_t> zeroPoints;
    int axis = -1;
};

/// One tensor object. In-place operators give it new content, which every variable that shares it sees.
/// name      for constants: "layer1.0.conv1.weight"
/// constant  set for constants of the file and computed ones
/// value     once it is part of the graph: its id in the graph of the level with that serial number
/// quantizer what the integers of a quantized tensor mean; null for others and where it is not known
struct Cell {
    std::string name;
    std::optional<ir::Tensor> constant;
    ValueId value;
    int level = 0;
    std::optional<View> view;
    std::shared_ptr<const TensorQuantizer> quantizer;
};

struct ListData {
    std::vector<Value> items;
    int depth = 1; ///< bounds recursion: of printing, comparing and freeing
};
struct DictData {
    std::vector<std::pair<Value, Value>> entries;
    int depth = 1;
};

/// An instance of a class of the archive; of a Module mostly.
/// className  "__torch__.torch.nn.modules.conv.___torch_mangle_1.Conv2d"
/// path       module path from the root, "layer1.0.conv1"; empty for the root and for what is no module
/// isEnum     a member of an Enum: its attribute "value" tells which; equal ones need not be the same object
/// state      what the file keeps instead of attributes; Evaluator::restore makes attributes of it
struct Object {
    std::string className;
    std::string path;
    bool isModule = false;
    bool isEnum = false;
    std::unordered_map<std::string, Value> attributes;
    std::optional<Value> state;
};

/// Containers in containers beyond this are refused.
inline constexpr int kMaxContainerDepth = 100;
int depthOf(const Value& value);

} // namespace bpu::importer::torchscript
