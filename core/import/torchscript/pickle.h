// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// data.pkl, constants.pkl and .debug_pkl as values. A pickle is a program for a small machine that can call
// any Python function; this machine has none to call: a list names what a TorchScript file needs, everything
// else is refused by name. Values lie in vectors and name each other by index, so that neither depth nor
// sharing costs anything when they are freed.
#pragma once

#include "core/base/file.h"
#include "core/import/torchscript/dtype.h"

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bpu::importer::torchscript {

/// A value of a Pickle. Equal ids are one Python object: a list or module that two others share.
struct PickleId {
    uint32_t index = 0xffffffffU;
    bool isValid() const { return index != 0xffffffffU; }
    friend auto operator<=>(PickleId, PickleId) = default;
};

enum class PickleKind : uint8_t {
    None,
    Bool,    ///< integer, 0 or 1
    Int,     ///< integer
    Float,   ///< number
    Complex, ///< number and imaginary
    String,  ///< text
    Bytes,   ///< text
    List,    ///< items; text is its type where the file tells, "List[int]", else empty
    Tuple,   ///< items
    Dict,    ///< items: key, value, key, value, ... in the order of the file; text as for List
    Object,  ///< text: class, "__torch__.torch.nn.modules.conv.Conv2d"; items: the state, or none
             ///  state: a Dict of attributes, or what __getstate__ returned; packed parameters are objects, too
    Enum,    ///< text: class; items: the value
    Tensor,  ///< integer: index for Pickle::tensor()
    Device,  ///< text: "cpu", "cuda:0"
    Storage, ///< integer: index for Pickle::storage()
    Global,  ///< text: a name that was not called, "torch.per_tensor_affine", "torch.float32"
};

struct PickleValue {
    explicit PickleValue(PickleKind kindOfValue) : kind(kindOfValue) {}

    PickleKind kind;
    union {
        int64_t integer = 0;
        double number;
    };
    double imaginary = 0;
    std::string_view text;
    std::vector<PickleId> items;
};

/// Elements in an entry of the archive that several tensors may share.
struct PickleStorage {
    std::string_view key; ///< "3": the entry data/3 or constants/3
    TorchDType dtype = TorchDType::Float;
    std::string_view device;
    int64_t size = 0;     ///< elements
};

/// real = scale * (q - zeroPoint). Per channel, scales and zero points are tensors, else one number each.
struct PickleQuantizer {
    double scale = 1;
    int64_t zeroPoint = 0;
    PickleId scales;
    PickleId zeroPoints;
    int64_t axis = 0;

    bool isPerChannel() const { return scales.isValid(); }
};

/// offset and strides count elements. Nothing is checked against the storage yet: TensorLoader does.
struct PickleTensor {
    uint32_t storage = 0; ///< index for Pickle::storage()
    int64_t offset = 0;
    std::vector<int64_t> sizes;
    std::vector<int64_t> strides;
    bool requiresGrad = false;
    bool isConjugate = false;
    bool isNegative = false;
    std::optional<PickleQuantizer> quantizer;
};

/// Movable; the text views in it point into storage that moves along.
class Pickle {
public:
    static constexpr uint64_t kMaxBytes = 64ULL << 20;
    static constexpr uint32_t kMaxValues = 3'000'000;
    static constexpr uint64_t kMaxUses = 16'000'000;
    static constexpr uint32_t kMaxTensors = 200'000;
    static constexpr size_t kMaxNameBytes = 32U << 20;
    static constexpr int kMaxDepth = 1000;               ///< so that walks may recurse
    static constexpr size_t kMaxMarks = 100'000;       ///< lists and tuples begun and not yet ended
    static constexpr uint64_t kMaxExpanded = 20'000'000; ///< values when shared ones count each time: walks end

    /// `where` stands in errors: "net.pt: data.pkl". Errors: "torchscript.pickle" (damaged, cut off, opcodes
    /// that TorchScript does not use, a bound that was passed, a value that contains itself),
    /// "torchscript.unsafe" (asks for a function or class that no TorchScript file needs), "torchscript.tensor" (a kind of
    /// tensor that is not read: sparse ones, those of derived classes, ...).
    static Result<Pickle> read(Bytes bytes, const std::string& where);

    PickleId root() const { return m_root; }
    const PickleValue& operator[](PickleId id) const { return m_values[id.index]; }
    /// `id` must be of kind Tensor or Storage.
    const PickleTensor& tensor(PickleId id) const { return m_tensors[static_cast<size_t>(m_values[id.index].integer)]; }
    const PickleStorage& storage(uint32_t index) const { return m_storages[index]; }
    size_t valueCount() const { return m_values.size(); }
    /// The value under a text key of a Dict or of an Object whose state is one; invalid when there is none.
    PickleId find(PickleId id, std::string_view key) const;

private:
    friend class Unpickler;
    Bytes m_bytes; ///< what texts point into
    std::unique_ptr<std::set<std::string>> m_names = std::make_unique<std::set<std::string>>();
    std::deque<PickleValue> m_values;
    std::vector<PickleTensor> m_tensors;
    std::vector<PickleStorage> m_storages;
    PickleId m_root;
};

/// For tests and messages: "{'weight': tensor('3', float, 0, [8,3,3,3])}". Shared values are written each time.
std::string print(const Pickle& pickle, PickleId id);

} // namespace bpu::importer::torchscript
