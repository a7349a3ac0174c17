// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The stack machine behind Pickle::read. Time and memory are linear in the pickle.
#pragma once

#include "core/import/torchscript/opcodes.h"
#include "core/import/torchscript/pickle.h"

namespace bpu::importer::torchscript {

/// Names that Pickle::read accepts; everything else is refused.
bool isAllowedGlobal(std::string_view qualifiedName);
/// Why a name that is refused stands in honest files all the same: "holds a sparse tensor, which is not read; call ...".
std::optional<std::string> whyNotRead(std::string_view qualifiedName);
/// A class of the model: "__torch__." and what follows.
bool isModelClass(std::string_view qualifiedName);

class Unpickler {
public:
    Unpickler(Pickle& pickle, std::string where);
    Result<void> run();

private:
    Result<bool> step(const Instruction& instruction);
    Result<bool> stepOnStack(const Instruction& instruction);
    Error error(const std::string& what) const { return {"torchscript.pickle", m_where, what}; }
    Error damaged() const;

    // unpickler.cpp: values and the stack
    PickleValue& value(PickleId id) { return m_pickle.m_values[id.index]; }
    Result<void> push(PickleValue fresh);
    Result<void> pushId(PickleId id);
    Result<void> push(PickleKind kind) { return push(PickleValue(kind)); }
    Result<void> pushNumber(PickleKind kind, int64_t number);
    Result<void> pushText(PickleKind kind, std::string_view text);
    Result<void> pushLong(std::string_view bytes);
    Result<void> pushGlobal(std::string_view module, std::string_view name);
    Result<void> pushStackGlobal();
    Result<PickleId> pop();
    Result<void> pushMark();
    Result<std::vector<PickleId>> popToMark();
    Result<void> pushTuple(size_t size);
    Result<void> pushMarked(PickleKind kind);
    Result<void> appendTo(PickleKind kind, std::vector<PickleId> items);
    Result<void> append(PickleKind kind, size_t count);
    Result<void> memoize(int64_t index);
    Result<void> recall(int64_t index);

    // rebuild.cpp: the calls that are understood
    Result<void> newObject();
    Result<void> build();
    Result<void> reduce();
    Result<void> persistent();
    Result<void> call(std::string_view function, PickleId argument);
    Result<void> rebuildTensor(const std::vector<PickleId>& arguments, bool quantized);
    Result<void> rebuildParameter(const std::vector<PickleId>& arguments);
    Result<void> setFlags(PickleTensor& tensor, PickleId metadata);
    Result<PickleQuantizer> quantizer(PickleId id);
    Result<void> typedList(std::string_view function, const std::vector<PickleId>& arguments);
    Result<void> orderedDict(const std::vector<PickleId>& arguments);
    Result<void> device(const std::vector<PickleId>& arguments);
    Result<void> complex(const std::vector<PickleId>& arguments);
    Result<std::vector<int64_t>> integers(PickleId id);
    bool is(PickleId id, PickleKind kind) const { return m_pickle[id].kind == kind; }
    /// A text that is no part of the file; equal ones are kept once.
    Result<std::string_view> keep(std::string text);
    Result<void> countUses(size_t count);
    Result<void> pushTensor(PickleTensor tensor);

    Pickle& m_pickle;
    std::string m_where;
    InstructionReader m_reader;
    std::vector<PickleId> m_stack;
    std::vector<size_t> m_marks; ///< stack heights
    std::vector<PickleId> m_memo;  ///< invalid where nothing was kept
    uint64_t m_uses = 0;
    size_t m_nameBytes = 0;
};

/// Refuses values that contain themselves, nest too deep, or grow without bound when sharing is expanded.
Result<void> checkStructure(const Pickle& pickle, const std::string& where);

} // namespace bpu::importer::torchscript
