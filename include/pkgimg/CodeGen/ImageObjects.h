//===- ImageObjects.h - Objects for the tables and data of images -*- C++ -*-=//
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
class raw_ostream;
} // namespace llvm

namespace pkgimg {

/// One object of an image.
struct ImageMember {
  /// As Julia names them: "text#0.o", "metadata.o", "sysimg.o".
  std::string Name;
  std::unique_ptr<llvm::MemoryBuffer> Object;
};

/// Makes an object of \p Definitions for \p T: ELF, COFF or Mach-O. CPU,
/// features and ABI of \p Options are what the object is marked with (RISC-V,
/// ARM, PowerPC); \p SourceName is in it where the format has a place for the
/// name of a source file.
///
/// Each place has one section, in which the definitions stand in their order:
///
///   place     ELF           Mach-O           COFF
///   ReadOnly  .rodata       __TEXT,__const   .rdata
///   RelRO     .data.rel.ro  __DATA,__const   .rdata
///   Data      .data         __DATA,__data    .data
///   Header    .note.pkgimg  __TEXT,__pkgimg  .pkgimg
///
/// Linkers keep the header whatever they are told to leave out. Symbols that
/// are not defined here are other objects', or other libraries': they have the
/// visibility that their definitions give them, since a reference that is
/// hidden would hide what the package exports. So tables should name hidden
/// symbols, of functions that are exported a hidden alias: in ELF a pointer to
/// what is exported is that to any library's symbol of the name, and a distance
/// to it an error of the linker.
///
/// Fails, naming the definition, for what an object cannot hold: Text, which
/// compilers make; a distance from a symbol that is not here and of the same
/// place, and in Mach-O of 32 bits any to a symbol that is not here; a pointer
/// in ReadOnly; an alignment beyond the format's (COFF: 8192, Mach-O: 32768); a
/// name that occurs twice; a fixup outside the bytes or over another. Fails as
/// createTargetMachine() does for \p T and \p Options. Deterministic, and
/// thread-safe.
llvm::Expected<llvm::SmallVector<char, 0>>
emitDefinitions(llvm::ArrayRef<DataDefinition> Definitions,
                const llvm::Triple &T, const CompileOptions &Options,
                llvm::StringRef SourceName);

/// The objects of tables and data. Data is empty if there is none.
struct ImageObjects {
  llvm::SmallVector<char, 0> Metadata;
  llvm::SmallVector<char, 0> Data;
};

/// Writes \p Tables, and the data \p Data, if there is any, compressed with
/// zstd if \p Compress, for \p T. \p Options are those of emitDefinitions().
/// Data, Compression and DataChecksum of \p Tables are set here while it runs,
/// and reset.
///
/// Data of any size is in memory once more, in its object, besides its
/// compressed form. On x86-64 ELF it is in the large section `.ldata`, which
/// linkers put behind all others, so that no distance of 32 bits goes across
/// it.
///
/// Fails as writeObjectTables(), checkDataSize() and emitDefinitions() do, and
/// if data is to be compressed where the dialect cannot tell or zstd is not
/// built in.
llvm::Expected<ImageObjects>
emitImageObjects(ImageTablesSpec &Tables, std::optional<llvm::StringRef> Data,
                 bool Compress, const llvm::Triple &T,
                 const CompileOptions &Options);

/// Fails if an image for \p T cannot have \p Size bytes of data as stored: more
/// than 2 GiB less one byte where code and tables reach what is behind the data
/// with 32 bits, or a header of the format has 32 bits for it; that is
/// everywhere but in the large sections of x86-64 ELF. There the limit is the
/// size of an archive's member, ten decimal digits. The error says whether
/// compression, which images of \p Dialect may have, could help.
llvm::Error checkDataSize(const llvm::Triple &T, ImageDialect Dialect,
                          uint64_t Size);

/// Writes an archive of \p Members to \p OS, of the kind that linkers for \p T
/// read: GNU's, Darwin's, or Microsoft's, with a symbol table, and with no
/// times, owners and modes. Two members of one name are an error, since
/// debuggers on Darwin find objects by their names.
llvm::Error writeObjectArchive(llvm::ArrayRef<ImageMember> Members,
                               const llvm::Triple &T, llvm::raw_ostream &OS);

/// The same, in memory.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
writeObjectArchive(llvm::ArrayRef<ImageMember> Members, const llvm::Triple &T);

/// Returns the signature of \p F as NamedFunction has it. `?` also stands for
/// functions with another calling convention than C's, or with attributes that
/// pass a value in another way than its type tells.
std::string getFunctionSignature(const llvm::Function &F);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_IMAGEOBJECTS_H
