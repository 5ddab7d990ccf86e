//===- JSONPrinter.h - trees as JSON ----------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Trees as JSON, of the schema docs/pkgimg-readobj.schema.json.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_JSONPRINTER_H
#define PKGIMG_TOOLS_READOBJ_JSONPRINTER_H

#include "Value.h"
#include "llvm/Support/JSON.h"

namespace pkgimg {
namespace readobj {

/// Writes \p V. Integers are numbers; addresses, and what else has 32 or 64
/// bits and is no count, are strings like "0x1a20"; bytes that are no UTF-8 are
/// replaced.
void printJSON(const Value &V, llvm::json::OStream &J);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_JSONPRINTER_H
