// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// The vocabulary of the march files: what each `subject` reads from a node, when each `when` holds.
// docs/march-format.md lists the words; a word without an entry here fails a test.
#pragma once

#include "passes/check_march/site.h"

#include <span>
#include <string_view>

namespace bpu::passes {

struct Subject {
    std::string_view name;   ///< "kernel"
    std::string_view label;  ///< "Kernel"
    Reading (*read)(const Site&);
    std::string_view advice = {}; ///< what to do when it is broken; empty: made from the allowed range
    bool dependsOnData = false;   ///< no graph can show it: listed, never reported
};
/// Null for a word that nobody knows.
const Subject* findSubject(std::string_view name);

/// The parts of the vocabulary: what tensors measure, how operands meet, what the author chose.
std::span<const Subject> shapeSubjects();
std::span<const Subject> operandSubjects();
std::span<const Subject> argumentSubjects();

/// What a reading says of a dimension or a rank that the file leaves open.
inline constexpr std::string_view kInputDim = "an input dimension";
inline constexpr std::string_view kInputRank = "input rank";

/// A rule between values that has no bounds of its own: "groups divides the channels".
struct Relation {
    std::string_view subject;
    /// Known with texts {} = kept; Known with a text = broken, the text is what was found; Unknown; Absent.
    Reading (*judge)(const Site&);
    bool spellingOnly = false; ///< asks for another spelling in the author's code: advice, not an error
};
const Relation* findRelation(std::string_view subject);

enum class Holds : uint8_t { No, Yes, Unknown };
struct Condition {
    std::string_view text;
    Holds (*holds)(const Site&);
};
const Condition* findCondition(std::string_view text);

} // namespace bpu::passes
