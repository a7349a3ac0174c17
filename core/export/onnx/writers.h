// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The writers of all families, listed in writers.def. Each takes the form of docs/operators.md and says it in ONNX.
#pragma once

#include "core/export/onnx/node_writer.h"

namespace bpu::exporter {

void writeConv(NodeWriter& writer);
void writeLinear(NodeWriter& writer);
void writeMatmul(NodeWriter& writer);
void writeEinsum(NodeWriter& writer);
void writeAttention(NodeWriter& writer);
void writeBatchNorm(NodeWriter& writer);
void writeInstanceNorm(NodeWriter& writer);
void writeGroupNorm(NodeWriter& writer);
void writeLayerNorm(NodeWriter& writer);
void writeRmsNorm(NodeWriter& writer);
void writeLpNorm(NodeWriter& writer);
void writeLocalResponseNorm(NodeWriter& writer);
void writeMeanVarianceNorm(NodeWriter& writer);
void writeUnary(NodeWriter& writer);
void writeNot(NodeWriter& writer);
void writeComposedUnary(NodeWriter& writer);
void writeParametric(NodeWriter& writer);
void writePrelu(NodeWriter& writer);
void writeClamp(NodeWriter& writer);
void writeSoftmax(NodeWriter& writer);
void writeGlu(NodeWriter& writer);
void writeBinary(NodeWriter& writer);
void writePow(NodeWriter& writer);
void writeFmod(NodeWriter& writer);
void writeRemainder(NodeWriter& writer);
void writeComparison(NodeWriter& writer);
void writeLogical(NodeWriter& writer);
void writeBitwise(NodeWriter& writer);
void writeShift(NodeWriter& writer);
void writeWhere(NodeWriter& writer);
void writeCast(NodeWriter& writer);
void writeReduction(NodeWriter& writer);
void writeMaxWithIndices(NodeWriter& writer);
void writeArg(NodeWriter& writer);
void writeTopK(NodeWriter& writer);
void writeSort(NodeWriter& writer);
void writeCumSum(NodeWriter& writer);
void writePool(NodeWriter& writer);
void writeLpPool(NodeWriter& writer);
void writeAdaptivePool(NodeWriter& writer);
void writeInterpolate(NodeWriter& writer);
void writeGridSample(NodeWriter& writer);
void writeRoiAlign(NodeWriter& writer);
void writeBlocks(NodeWriter& writer);
void writePixelUnshuffle(NodeWriter& writer);
void writeChannelShuffle(NodeWriter& writer);
void writeReshape(NodeWriter& writer);
void writeFlatten(NodeWriter& writer);
void writeSqueeze(NodeWriter& writer);
void writePermute(NodeWriter& writer);
void writeExpand(NodeWriter& writer);
void writeTile(NodeWriter& writer);
void writePad(NodeWriter& writer);
void writeSlice(NodeWriter& writer);
void writeCat(NodeWriter& writer);
void writeStack(NodeWriter& writer);
void writeSplit(NodeWriter& writer);
void writeShapeOf(NodeWriter& writer);
void writeConstantOfShape(NodeWriter& writer);
void writeSelect(NodeWriter& writer);
void writeGather(NodeWriter& writer);
void writeGatherNd(NodeWriter& writer);
void writeScatter(NodeWriter& writer);
void writeOneHot(NodeWriter& writer);
void writeTrilu(NodeWriter& writer);
void writeSame(NodeWriter& writer);
void writeKind(NodeWriter& writer);
void writeRecurrent(NodeWriter& writer);
void writeFakeQuantize(NodeWriter& writer);
void writeHandedThrough(NodeWriter& writer);
void writeTable(NodeWriter& writer);
void writeLinearGrid(NodeWriter& writer);
void writeOpaque(NodeWriter& writer);

/// The activation that fuse put into a node makes its result.
void finishActivation(NodeWriter& writer, std::string_view activation, const std::string& x);

/// kernel_shape, strides, dilations and pads (or auto_pad) of a convolution or pooling.
ir::Attributes windowAttributes(const NodeWriter& writer);

} // namespace bpu::exporter
