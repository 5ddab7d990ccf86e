//===- TextPrinter.h - trees as text ----------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Trees in the style of LLVM's tools.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_TEXTPRINTER_H
#define PKGIMG_TOOLS_READOBJ_TEXTPRINTER_H

#include "Value.h"
#include "llvm/Support/ScopedPrinter.h"

namespace pkgimg {
namespace readobj {

/// Prints the members of the object \p File, without braces of its own.
void printText(const Value &File, llvm::ScopedPrinter &W);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_TEXTPRINTER_H
