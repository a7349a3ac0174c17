// SPDX-FileCopyrightText: 2026 The BPU Workbench authors
// SPDX-License-Identifier: Apache-2.0
#include "resources/resources.h"

#include <QDir>

// Q_INIT_RESOURCE declares a function and has to stand outside any namespace.
static void registerFiles()
{
    Q_INIT_RESOURCE(bpu);
}

namespace bpu {

void initResources()
{
    registerFiles();
}

} // namespace bpu
