// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/layout/diagram.h"

namespace bpu::layout {

/// Finds the place of every label: beside an edge of its value, clear of frames, other labels and lines where there
/// is such a place. Every value is labelled once; the labels of its other edges become empty. Linear in what is
/// drawn; where very much is drawn at one height it stops looking after a bounded effort.
void placeLabels(Diagram& diagram, const TextMeasure& measure);

} // namespace bpu::layout
