//===- WindowsSupport.h - What a Windows link needs, made here --*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The files for which a link for Windows would need a MinGW installation: the
/// entry point of a DLL, and the import libraries of the DLLs that it uses.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSSUPPORT_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSSUPPORT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/Object/COFFImportFile.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <string>
#include <vector>

namespace pkgimg {
namespace driver {
namespace windows {

/// The most exports that a PE image can have: ordinals have 16 bits, and LLD
/// begins with 1.
constexpr uint64_t MaxExports = 65535;

/// Returns the machine of the objects for \p T, or IMAGE_FILE_MACHINE_UNKNOWN
/// for an architecture that Windows does not run on.
llvm::COFF::MachineTypes getMachine(const llvm::Triple &T);

/// The symbol at which the loader enters a DLL of \p T that says nothing else:
/// what LLD and gcc take, `_DllMainCRTStartup`, with stdcall's decoration on
/// x86. As it stands in objects.
llvm::StringRef getDefaultEntry(const llvm::Triple &T);

/// Returns an archive with the two entry points that runtimes give a DLL,
/// `_DllMainCRTStartup` and `DllMainCRTStartup`, one per member, each of which
/// returns 1, "loaded". An archive's member is linked if nothing before it has
/// defined the symbol, so it yields to an entry point of the inputs and of the
/// libraries. Neither is exported by LLD when it exports every symbol.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
makeEntryStub(const llvm::Triple &T);

/// What an import library says of one DLL.
struct ImportDescription {
  /// What the image asks the loader for.
  std::string DLLName;
  /// True if the name is the description's own, and not that of its file.
  bool NameIsGiven = false;
  std::vector<llvm::object::COFFShortExport> Exports;
};

/// Reads the export table of the DLL in \p Buffer. The names get the decoration
/// that \p T's compilers give them in objects. A forwarder is imported as a
/// function. Fails for a damaged DLL, one for another machine, and one that
/// exports nothing by name.
llvm::Expected<ImportDescription> readDLL(llvm::MemoryBufferRef Buffer,
                                          const llvm::Triple &T);

/// Reads a module definition (.def), in the syntax of MinGW's tools. Without a
/// LIBRARY statement the DLL has the file's name, with .dll. Fails with the
/// line of the first syntax error.
llvm::Expected<ImportDescription>
readModuleDefinition(llvm::MemoryBufferRef Buffer, const llvm::Triple &T);

/// True for a name that ends in ".def", in any case: how MinGW's linkers tell
/// module definitions.
bool isModuleDefinitionName(llvm::StringRef Path);

/// Adds to \p Imports what the stdcall functions among \p Undefined, symbols of
/// x86 objects, need: Windows' own DLLs export `Sleep`, and objects refer to
/// `_Sleep@4`. The size of the arguments is nowhere but in the reference.
void addStdcallImports(ImportDescription &Imports,
                       llvm::ArrayRef<llvm::StringRef> Undefined);

/// Writes an import library of \p Imports to the file \p Path.
llvm::Error writeImportLibrary(const ImportDescription &Imports,
                               llvm::StringRef Path, const llvm::Triple &T);

/// True if LLD exports the external symbol \p Name, as it stands in objects of
/// \p T, from a DLL in which no directive says what to export: its AutoExporter
/// leaves out what belongs to the C runtime and to import libraries.
bool isAutoExported(llvm::StringRef Name, const llvm::Triple &T);

} // namespace windows
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSSUPPORT_H
