//===- WindowsInputs.h - The inputs of a MinGW link -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSINPUTS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSINPUTS_H

#include "pkgimg/Driver/InputInfo.h"
#include "pkgimg/Driver/ToolChain.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace pkgimg {
namespace driver {

class Compilation;

namespace windows {

/// Translates the inputs of a link for a MinGW linker, in two steps. While the
/// command is built, DLLs get the names of import libraries in their place, and
/// nothing is made. Before the command runs, prepare() makes these, and checks
/// what the image would export.
class LinkInputs {
public:
  LinkInputs(Compilation &C, const ToolChain &TC, const char *Output);

  /// Returns \p Inputs with import libraries in the place of
  ///   - DLLs;
  ///   - `-l` for which the search finds a DLL, or a module definition (.def)
  ///     where there is nothing else. A library that is none of these stays for
  ///     the linker to find;
  ///   - unless the link is hosted, module definitions whose LIBRARY statement
  ///     names another DLL than the output. Others say what the image exports,
  ///     as for GNU ld.
  /// Libraries are looked for in the folders of the `-L` among \p CmdArgs and
  /// \p Inputs, and under the names that LLD looks for.
  InputInfoList translate(const InputInfoList &Inputs,
                          const llvm::opt::ArgList &Args,
                          const llvm::opt::ArgStringList &CmdArgs);

  /// Returns the name of an archive with the entry point of a DLL, to be linked
  /// after everything that may have one.
  const char *addEntryStub();

  /// Takes note of what the finished command line says of exports.
  void readExportOptions(const llvm::opt::ArgStringList &CmdArgs);

  /// Makes the files that the command line names, and checks that the image's
  /// exports are not too many. The linker is not to be run after an error.
  llvm::Error prepare() const;

private:
  struct Import {
    std::string Source;
    const char *Library;
  };

  const char *makeName(llvm::StringRef Name) const;
  const char *addImport(llvm::StringRef Source);
  std::string findLibrary(llvm::StringRef Name,
                          llvm::ArrayRef<llvm::StringRef> Dirs,
                          bool IsStatic) const;
  bool describesOtherDLL(const char *Definition) const;
  llvm::Error makeFiles() const;
  llvm::Error checkExports() const;

  Compilation &C;
  const ToolChain &TC;
  std::string OutputName;
  std::vector<Import> Imports;
  const char *EntryStub = nullptr;
  /// What the image is made of: objects and archives.
  std::vector<std::string> Objects;
  /// Module definitions of the image itself.
  std::vector<std::string> Definitions;
  bool ExportAll = false;
  bool ExcludeAll = false;
  std::vector<std::string> Exported;
  std::vector<std::string> Excluded;
};

} // namespace windows
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSINPUTS_H
