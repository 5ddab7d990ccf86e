//===- Tool.cpp - Something that makes one output from inputs -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Tool.h"

using namespace pkgimg::driver;

Tool::~Tool() = default;
