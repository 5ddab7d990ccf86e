//===- ImageTree.h - images as trees ----------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the container and the tables of an image say, group by group.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_IMAGETREE_H
#define PKGIMG_TOOLS_READOBJ_IMAGETREE_H

#include "SymbolIndex.h"
#include "Value.h"
#include "pkgimg/Format/ImageFile.h"
#include "pkgimg/Format/ImageTables.h"
#include "llvm/Support/Error.h"

namespace pkgimg {
namespace readobj {

/// "Container": what the object file format says.
Value describeContainer(const ImageFile &Image);
/// "Symbols" and "Segments" and "Sections".
Value describeSymbols(const ImageFile &Image);
Value describeSegments(const ImageFile &Image);
Value describeSections(const ImageFile &Image);

/// "Tables": the numbers and the parts that there is one of.
Value describeTables(const ImageTables &Tables);
/// "Data": where and how the data is stored.
Value describeData(const ImageTables &Tables);
/// "Shards", "Functions", "Globals".
Value describeShards(const ImageTables &Tables);
Value describeFunctions(const ImageTables &Tables, const SymbolIndex &Symbols);
Value describeGlobals(const ImageTables &Tables, const SymbolIndex &Symbols);

/// "Sizes". \p Tables may be null. What cannot be told, since data is damaged,
/// is left out, and \p Problem says why.
Value describeImageSizes(const ImageFile &Image, const ImageTables *Tables,
                         const SymbolIndex &Symbols, llvm::Error &Problem);

/// "Digests" of the file's bytes: computed, not read.
Value describeComputedDigests(const ImageFile &Image);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_IMAGETREE_H
