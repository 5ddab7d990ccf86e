//===- InputInfo.h - An input of a job --------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_INPUTINFO_H
#define PKGIMG_DRIVER_INPUTINFO_H

#include "pkgimg/Format/FileKind.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Option/Arg.h"

#include <cassert>

namespace pkgimg {
namespace driver {

/// One input of a job: a file, or an option that keeps its place among the
/// files of a link (`-lfoo`, `-Wl,...`). Names and options belong to the
/// Compilation.
class InputInfo {
public:
  /// A file. \p Kind is Unknown when the file could not be read: the driver
  /// has reported that, and -### still shows the command.
  InputInfo(const char *Filename, FileKind Kind)
      : Filename(Filename), Kind(Kind) {}

  /// A positional option of the linker.
  explicit InputInfo(const llvm::opt::Arg &InputArg) : InputArg(&InputArg) {}

  bool isFilename() const { return Filename != nullptr; }
  const char *getFilename() const {
    assert(isFilename() && "not a file");
    return Filename;
  }
  FileKind getKind() const { return Kind; }

  /// True for an archive, which is linked whole, and for a universal file of
  /// archives.
  bool isArchive() const { return pkgimg::isArchive(Kind) || UniversalArchive; }
  void setIsUniversalArchive(bool Value) { UniversalArchive = Value; }
  /// True for bitcode and for IR as text: what the code generator compiles.
  bool isIR() const {
    return Kind == FileKind::Bitcode || Kind == FileKind::LLVMAssembly;
  }

  /// True for an archive with members that are bitcode.
  bool hasBitcodeMembers() const { return BitcodeMembers; }
  void setHasBitcodeMembers(bool Value) { BitcodeMembers = Value; }

  /// True if the code generator must compile the file before it is linked.
  bool needsCodegen() const { return isIR() || hasBitcodeMembers(); }

  const llvm::opt::Arg &getInputArg() const {
    assert(InputArg && "not an option");
    return *InputArg;
  }

private:
  const char *Filename = nullptr;
  const llvm::opt::Arg *InputArg = nullptr;
  FileKind Kind = FileKind::Unknown;
  bool BitcodeMembers = false;
  bool UniversalArchive = false;
};

using InputInfoList = llvm::SmallVector<InputInfo, 8>;

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_INPUTINFO_H
