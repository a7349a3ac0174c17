// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The converters of all families, listed in converters.def. Each writes the form of docs/operators.md.
#pragma once

#include "core/import/onnx/node_reader.h"

namespace bpu::importer {

void convertConv(NodeReader& reader);
void convertConvTranspose(NodeReader& reader);
void convertGemm(NodeReader& reader);
void convertMatMul(NodeReader& reader);
void convertEinsum(NodeReader& reader);
void convertBatchNorm(NodeReader& reader);
void convertInstanceNorm(NodeReader& reader);
void convertLayerNorm(NodeReader& reader);
void convertGroupNorm(NodeReader& reader);
void convertRmsNorm(NodeReader& reader);
void convertLocalResponseNorm(NodeReader& reader);
void convertLpNorm(NodeReader& reader);
void convertMeanVarianceNorm(NodeReader& reader);
void convertUnary(NodeReader& reader);
void convertIsInf(NodeReader& reader);
void convertSwish(NodeReader& reader);
void convertParametric(NodeReader& reader);
void convertShrink(NodeReader& reader);
void convertGelu(NodeReader& reader);
void convertPRelu(NodeReader& reader);
void convertClip(NodeReader& reader);
void convertSoftmax(NodeReader& reader);
void convertHardmax(NodeReader& reader);
void convertDropout(NodeReader& reader);
void convertBinary(NodeReader& reader);
void convertVariadic(NodeReader& reader);
void convertMod(NodeReader& reader);
void convertBitShift(NodeReader& reader);
void convertWhere(NodeReader& reader);
void convertCast(NodeReader& reader);
void convertCastLike(NodeReader& reader);
void convertReduce(NodeReader& reader);
void convertArg(NodeReader& reader);
void convertTopK(NodeReader& reader);
void convertCumSum(NodeReader& reader);
void convertMaxPool(NodeReader& reader);
void convertAveragePool(NodeReader& reader);
void convertLpPool(NodeReader& reader);
void convertGlobalPool(NodeReader& reader);
void convertRoiAlign(NodeReader& reader);
void convertUpsample(NodeReader& reader);
void convertResize(NodeReader& reader);
void convertGridSample(NodeReader& reader);
void convertAffineGrid(NodeReader& reader);
void convertDepthToSpace(NodeReader& reader);
void convertSpaceToDepth(NodeReader& reader);
void convertReshape(NodeReader& reader);
void convertFlatten(NodeReader& reader);
void convertSqueeze(NodeReader& reader);
void convertTranspose(NodeReader& reader);
void convertConcat(NodeReader& reader);
void convertSplit(NodeReader& reader);
void convertExpand(NodeReader& reader);
void convertTile(NodeReader& reader);
void convertPad(NodeReader& reader);
void convertSlice(NodeReader& reader);
void convertShape(NodeReader& reader);
void convertGather(NodeReader& reader);
void convertGatherElements(NodeReader& reader);
void convertGatherNd(NodeReader& reader);
void convertScatter(NodeReader& reader);
void convertScatterNd(NodeReader& reader);
void convertOneHot(NodeReader& reader);
void convertTrilu(NodeReader& reader);
void convertConstantOfShape(NodeReader& reader);
void convertAsIs(NodeReader& reader);
void convertRecurrent(NodeReader& reader);
void convertQuantize(NodeReader& reader);

/// n spatial values: `list`, or `fallback` n times when it is empty; refuses another count.
std::vector<int64_t> spatialList(NodeReader& reader, std::string_view name, size_t n, int64_t fallback);

/// Reads pads and auto_pad: 2n numbers, begins then ends. SAME needs the input's sizes: while they are unknown
/// the result is zeros and `autoPad` keeps the word.
struct Padding {
    std::vector<int64_t> amounts;
    std::string autoPad;
};
Padding readPadding(NodeReader& reader, const std::vector<int64_t>& kernel, const std::vector<int64_t>& stride,
                    const std::vector<int64_t>& dilation);

/// The dtype of an ONNX type number; Undefined when we have none.
ir::DType onnxDType(int64_t type);

/// "conv" with n = 2 gives "conv2d".
std::string dimensional(std::string_view op, size_t n);

} // namespace bpu::importer
