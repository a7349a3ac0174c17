// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The values of a pickle as the evaluator has them: modules know their path, tensors their name.
#pragma once

#include "core/import/torchscript/eval/value.h"
#include "core/import/torchscript/tensors.h"

namespace bpu::importer::torchscript {

class ObjectReader {
public:
    ObjectReader(const Pickle& pickle, TensorLoader& tensors) : m_pickle(pickle), m_tensors(tensors) {}

    /// `path` is the name of the value from the root: "layer1.0.conv1.weight".
    Result<Value> read(PickleId id, const std::string& path);

private:
    Result<Value> convert(PickleId id, const std::string& path);
    Result<Value> object(const PickleValue& value, const std::string& path);
    Result<std::vector<Value>> items(const PickleValue& value, const std::string& path);

    const Pickle& m_pickle;
    TensorLoader& m_tensors;
    std::map<PickleId, Value> m_known;
};

} // namespace bpu::importer::torchscript
