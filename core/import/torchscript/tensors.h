// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// Tensors of a pickle -> ir::Tensor. Contiguous ones are views of the file's bytes, so tensors that share a
// storage share memory; others are put in order once, when their bytes are first looked at.
#pragma once

#include "core/import/torchscript/archive.h"
#include "core/import/torchscript/eval/value.h"
#include "core/import/torchscript/pickle.h"
#include "core/ir/tensor.h"

#include <map>

namespace bpu::importer::torchscript {

/// dtype tells float from quantized: `tensor` of a quantized one holds the stored integers.
struct LoadedTensor {
    ir::Tensor tensor;
    TorchDType dtype = TorchDType::Float;
    bool requiresGrad = false;
    std::optional<TensorQuantizer> quantizer;
};

class TensorLoader {
public:
    /// `folder` of the storages: "data" or "constants". archive and pickle must outlive it.
    TensorLoader(Archive& archive, const Pickle& pickle, std::string folder);

    /// `id` is of kind Tensor; asked again, the same tensor. Error "torchscript.tensor": a storage that is
    /// missing or too short, a shape that reaches out of it, a dtype that the graph has no name for.
    Result<LoadedTensor> load(PickleId id);

private:
    Result<Bytes> storage(const PickleStorage& storage);
    /// Without a copy if it can be.
    Result<ir::Tensor> view(const PickleTensor& tensor, const PickleStorage& storage);
    Result<ir::Tensor> gather(const PickleTensor& tensor, const PickleStorage& storage, Bytes bytes, int64_t count);
    Result<TensorQuantizer> quantizer(const PickleTensor& tensor);
    Error error(const PickleStorage& storage, const std::string& what) const;

    Archive& m_archive;
    const Pickle& m_pickle;
    std::string m_folder;
    std::map<std::pair<std::string_view, TorchDType>, Bytes> m_storages;
    std::map<PickleId, LoadedTensor> m_loaded;
    uint64_t m_repeated = 0; ///< bytes of expanded tensors
};

} // namespace bpu::importer::torchscript
