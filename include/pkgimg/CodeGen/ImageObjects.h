//===- ImageObjects.h - The objects of an image's tables --------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes what an image has besides code, its tables, header and data, as
/// objects for a linker, and puts objects into an archive.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_IMAGEOBJECTS_H
#define PKGIMG_CODEGEN_IMAGEOBJECTS_H

#include "pkgimg/CodeGen/CompileOptions.h"
#include "pkgimg/Format/DataDefinition.h"
#include "pkgimg/Format/ImageTables.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <optional>
#include <string>

namespace llvm {
class Function;
} // namespace llvm

namespace pkgimg {

/// One object of an image.
struct ImageMember {
  /// As Julia names them: "text#0.o", "metadata.o", "sysimg.o".
  std::string Name;
  std::unique_ptr<llvm::MemoryBuffer> Object;
};

/// Makes an object of \p Definitions for \p T, with \p Options for the ABI that
/// the object is marked with (RISC-V, ARM, MIPS). Symbols that are not defined
/// are hidden ones of other objects. \p SourceName is in the object where the
/// format has a place for it.
llvm::Expected<llvm::SmallVector<char, 0>>
emitDefinitions(llvm::ArrayRef<DataDefinition> Definitions,
                const llvm::Triple &T, const CompileOptions &Options,
                llvm::StringRef SourceName);

/// The objects of tables and data. Data is empty if there is none.
struct ImageObjects {
  llvm::SmallVector<char, 0> Metadata;
  llvm::SmallVector<char, 0> Data;
};

/// Writes \p Tables and the data \p Data, compressed with zstd if \p Compress,
/// for \p T. Tables.Data, Compression and DataChecksum are set here. Fails as
/// writeImageTables() and checkDataSize() do.
llvm::Expected<ImageObjects>
emitImageObjects(ImageTablesSpec &Tables, std::optional<llvm::StringRef> Data,
                 bool Compress, const llvm::Triple &T,
                 const CompileOptions &Options);

/// Fails if an image for \p T cannot have \p Size bytes of data as stored.
llvm::Error checkDataSize(const llvm::Triple &T, ImageDialect Dialect,
                          uint64_t Size);

/// Returns an archive of \p Members, of the kind that linkers for \p T read,
/// with a symbol table, and nothing in it but names and bytes.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
writeObjectArchive(llvm::ArrayRef<ImageMember> Members, const llvm::Triple &T);

/// Returns the signature of \p F as NamedFunction has it.
std::string getFunctionSignature(const llvm::Function &F);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_IMAGEOBJECTS_H
