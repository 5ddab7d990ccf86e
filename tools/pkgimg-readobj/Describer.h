//===- Describer.h - files as trees -----------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Makes the trees of values of files: the one place that reads the library's
/// models for display.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_DESCRIBER_H
#define PKGIMG_TOOLS_READOBJ_DESCRIBER_H

#include "Groups.h"
#include "Value.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/TargetParser/Triple.h"
#include <vector>

namespace pkgimg {

class ImageFile;
struct ImageTables;

namespace readobj {

/// Describes files. What cannot be read goes to the handler of errors, and the
/// rest is described all the same: a damaged file is what one looks into.
class Describer {
public:
  using ErrorHandler = llvm::function_ref<void(llvm::Error)>;

  /// \p Arch chooses a slice of universal files; UnknownArch: all of them.
  Describer(Groups Shown, llvm::Triple::ArchType Arch, ErrorHandler Report)
      : Shown(Shown), Arch(Arch), Report(Report) {}

  /// Describes what is in \p Buffer, recognised by its content: one object, or
  /// one for each slice of a universal file, or none.
  std::vector<Value> describe(llvm::MemoryBufferRef Buffer) const;

  /// \name The kinds of files
  /// describe() calls them.
  /// @{
  std::vector<Value> describeHeaderFile(llvm::MemoryBufferRef Buffer) const;
  std::vector<Value> describeLibrary(llvm::MemoryBufferRef Buffer) const;
  std::vector<Value> describeObjects(llvm::MemoryBufferRef Buffer) const;
  /// Any source of images will do: a library, or objects before they are
  /// linked. \p Tables is null if there are none, or if they are damaged.
  Value describeImage(llvm::StringRef Name, const ImageFile &Image,
                      const ImageTables *Tables) const;
  /// @}

private:
  /// Adds what is shown of \p Image to \p File.
  void addImage(Value &File, const ImageFile &Image,
                const ImageTables *Tables) const;
  /// Likewise for the image that a link would make of the objects in \p Buffer,
  /// if it has tables.
  void addObjectTables(Value &File, llvm::MemoryBufferRef Buffer) const;

  bool shows(Groups G) const { return hasAny(Shown, G); }

  Groups Shown;
  llvm::Triple::ArchType Arch;
  ErrorHandler Report;
};

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_DESCRIBER_H
