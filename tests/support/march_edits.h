// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0

// How a model of tests/support/march_models.h is brought to a given value of a rule's subject. Every function
// gives all the ways there are (each side of a kernel, each operand); none for a word that it does not know.
#pragma once

#include "tests/support/march_models.h"

namespace bpu::test {

/// Models in which the subject has that number.
std::vector<RowModel> withNumber(const RowModel& model, std::string_view subject, double number);
/// Models in which the subject has that value: "reflect", "C", "(2, 2)".
std::vector<RowModel> withValue(const RowModel& model, std::string_view subject, const std::string& value);
/// Every value that the subject can have, those included that no rule names.
std::vector<std::string> valuesOf(const RowModel& model, std::string_view subject);
/// Makes the condition of a rule true or false; false when the text is not known or the operator cannot have it.
bool setCondition(RowModel& model, std::string_view when, bool holds);

/// Models that keep and that break a rule without bounds of its own.
struct RelationModels {
    std::vector<RowModel> keep;
    std::vector<RowModel> broken;
};
std::optional<RelationModels> relationModels(const RowModel& model, std::string_view subject);

/// The value of a bound such as "kernel / stride", known by hand after `model` has been brought to fixed attributes.
std::optional<double> boundByHand(RowModel& model, std::string_view expression);

} // namespace bpu::test
