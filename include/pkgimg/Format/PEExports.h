//===- PEExports.h - What DLLs and COFF objects export ----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the export table of a Windows DLL, and what a COFF object or an
/// archive of them gives a DLL to export. The readers are bounded: any bytes
/// give a result or an error, in linear time but for a sort.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_PEEXPORTS_H
#define PKGIMG_FORMAT_PEEXPORTS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace pkgimg {

/// One export of a DLL that has a name.
struct PEExport {
  /// The name as the loader looks it up. Valid as long as the DLL's bytes.
  llvm::StringRef Name;
  /// True if it lies in a section without code. A forwarder counts as code,
  /// since the table does not say what is at its end, and functions are what
  /// DLLs forward.
  bool IsData = false;
  /// True if it stands for an export of another DLL.
  bool IsForwarder = false;
};

/// The export table of a DLL.
struct PEExportTable {
  /// The name that the DLL has for itself, such as "libjulia.dll"; empty if it
  /// has none. It is what an importing image must ask the loader for.
  llvm::StringRef DLLName;
  /// IMAGE_FILE_MACHINE_* of the file's header.
  uint16_t Machine = 0;
  /// In the order of the table of names, which is that of the names' bytes.
  std::vector<PEExport> Exports;
  /// Exports that have an ordinal alone, and so cannot be linked by name.
  uint64_t NumNameless = 0;
};

/// Reads the export table of the PE image in \p Buffer, by the PE/COFF
/// specification, ".edata". A DLL that exports nothing gives an empty table.
/// Fails for a file that is no PE image, and for one that is truncated or
/// damaged; the error begins with the buffer's identifier.
llvm::Expected<PEExportTable> readPEExports(llvm::MemoryBufferRef Buffer);

/// What one COFF object, or all members of one archive, mean for the exports of
/// the DLL that they are linked into.
struct COFFExportInfo {
  /// The names in -export: (/EXPORT:) directives, as the loader will see them,
  /// repetitions included.
  std::vector<std::string> Directives;
  /// External symbols that are defined, common ones included: what a MinGW
  /// linker exports where no directive says what to export. Valid as long as
  /// the file's bytes.
  std::vector<llvm::StringRef> Defined;
  /// Those of Defined that lie in a section without code, in the same order.
  std::vector<llvm::StringRef> DefinedData;
  /// External symbols that are not defined here.
  std::vector<llvm::StringRef> Undefined;
};

/// Reads the `.drectve` sections of the COFF object or archive in \p Buffer
/// and, if \p WantSymbols, its symbol tables. Members that are no COFF objects
/// and other files give nothing. Fails for what is truncated or damaged; the
/// error begins with the file's name, or "archive(member)".
llvm::Expected<COFFExportInfo> readCOFFExportInfo(llvm::MemoryBufferRef Buffer,
                                                  bool WantSymbols);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_PEEXPORTS_H
