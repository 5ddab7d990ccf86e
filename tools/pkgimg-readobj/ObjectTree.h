//===- ObjectTree.h - objects before linking as trees -----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Objects and archives of objects: what CodeGen, or Julia, gives to a linker.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_OBJECTTREE_H
#define PKGIMG_TOOLS_READOBJ_OBJECTTREE_H

#include "Value.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace pkgimg {
namespace readobj {

/// "Members" of the archive or object \p Buffer, an object being a member of
/// itself: names, sizes, kinds, and the image symbols that they define. Where
/// the file is damaged, \p Problem says how, and what comes before is given.
Value describeMembers(llvm::MemoryBufferRef Buffer, llvm::Error &Problem);

/// Returns true if \p Name, as source code spells it, is a symbol of the image
/// ABI: one that a loader looks up, or one of the tables that those point at.
bool isImageSymbol(llvm::StringRef Name);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_OBJECTTREE_H
