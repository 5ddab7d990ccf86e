//===- FileKind.h - Tell files by their content -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tells what a file is from its first bytes: objects, archives, bitcode,
/// textual IR, library stubs and linker scripts. The name of the file plays no
/// part, and any bytes are a valid question.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_FILEKIND_H
#define PKGIMG_FORMAT_FILEKIND_H

#include "llvm/ADT/StringRef.h"

namespace pkgimg {

/// What a file that is given to a link is.
enum class FileKind {
  Unknown,        ///< Binary data of no kind below.
  Empty,          ///< No byte at all.
  ELFObject,      ///< ELF, ET_REL.
  ELFShared,      ///< ELF, ET_DYN (a position independent executable, too).
  ELFExecutable,  ///< ELF, ET_EXEC.
  ELFOther,       ///< ELF of another type (a core file), or damaged.
  COFFObject,     ///< COFF object, the "bigobj" form included.
  COFFImport,     ///< COFF short import: one symbol of a DLL.
  COFFOther,      ///< Anonymous COFF object: MSVC's /GL code, for MSVC alone.
  PEImage,        ///< Windows executable or DLL.
  MachOObject,    ///< Mach-O, MH_OBJECT.
  MachODylib,     ///< Mach-O, MH_DYLIB, MH_DYLIB_STUB or MH_BUNDLE.
  MachOUniversal, ///< Several Mach-O files, one per architecture.
  MachOOther,     ///< Mach-O of another type (an executable, a core file).
  WasmObject,     ///< WebAssembly module, other than the next.
  WasmShared,     ///< WebAssembly module that begins with a "dylink" section.
  Archive,        ///< "!<arch>\n".
  ThinArchive,    ///< "!<thin>\n": its members are files of their own.
  Bitcode,        ///< LLVM bitcode, raw or in its wrapper.
  LLVMAssembly,   ///< LLVM's textual IR.
  TextStub,       ///< Text-based stub of a dynamic library (.tbd).
  Text            ///< Any other text; for an ELF linker, a linker script.
};

/// Tells what \p Bytes, a whole file or its beginning, are.
///
/// Any bytes are allowed; none outside \p Bytes is read. At most the first
/// bytes of a binary file are looked at, and of text as much as its leading
/// blanks and comments, but 4 KiB at least where there are so many. The kind
/// says how a file begins, not that it is sound: checkLinkerInput() does that.
///
/// The magic numbers are those of the gABI (e_ident, e_type), the PE/COFF
/// specification, <mach-o/loader.h> and <mach-o/fat.h>, the WebAssembly core
/// specification with its tool convention "Dynamic linking", ar(5), and LLVM's
/// BitCodeFormat. Text is LLVMAssembly if its
/// first token other than a comment begins one of the module-level productions
/// of LLVM's language reference.
FileKind identifyFile(llvm::StringRef Bytes);

/// Returns a noun phrase for diagnostics without an article, such as
/// "ELF relocatable object" or "LLVM bitcode". The string is static.
llvm::StringRef getFileKindName(FileKind Kind);

/// Returns true for the kinds that are archives, thin or not.
inline bool isArchive(FileKind Kind) {
  return Kind == FileKind::Archive || Kind == FileKind::ThinArchive;
}

/// Returns true for what a loader maps: ELF, Mach-O and PE libraries, universal
/// files included.
inline bool isSharedLibrary(FileKind Kind) {
  return Kind == FileKind::ELFShared || Kind == FileKind::MachODylib ||
         Kind == FileKind::MachOUniversal || Kind == FileKind::PEImage;
}

/// Returns true for native relocatable objects and COFF short imports: what an
/// archive for a linker holds, bitcode aside.
inline bool isNativeObject(FileKind Kind) {
  return Kind == FileKind::ELFObject || Kind == FileKind::COFFObject ||
         Kind == FileKind::COFFImport || Kind == FileKind::MachOObject ||
         Kind == FileKind::WasmObject;
}

} // namespace pkgimg

#endif // PKGIMG_FORMAT_FILEKIND_H
