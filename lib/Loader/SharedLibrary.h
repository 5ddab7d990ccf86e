//===- SharedLibrary.h - a library that the system has mapped ---*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the loader needs of dlopen() and mprotect(). Private to lib/Loader.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_LOADER_SHAREDLIBRARY_H
#define PKGIMG_LIB_LOADER_SHAREDLIBRARY_H

#include "pkgimg/Format/ImageFile.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace pkgimg {

/// A word of a library, and what is to be written there.
struct WordWrite {
  uintptr_t Address;
  uintptr_t Value;
};

/// A handle of dlopen(). The destructor gives it back.
class SharedLibrary {
public:
  /// Loads the file \p Name with all it needs, symbols bound at once and seen
  /// by nobody else. Constructors run. The error is the system's text, without
  /// the name.
  static llvm::Expected<SharedLibrary> open(const std::string &Name);

  SharedLibrary() = default;
  SharedLibrary(SharedLibrary &&Other) noexcept;
  SharedLibrary &operator=(SharedLibrary &&Other) noexcept;
  ~SharedLibrary();

  /// Finds what is to be added to the addresses in \p File, which the library
  /// was loaded from, by the address of the export \p Symbol.
  llvm::Error findBase(const ImageFile &File, const ImageSymbol &Symbol);
  uintptr_t base() const { return Base; }

  /// Writes \p Words, which are in writable segments of \p File. Pages that
  /// were made constant after relocation are made so again.
  llvm::Error write(const ImageFile &File, llvm::ArrayRef<WordWrite> Words);

private:
  void *Handle = nullptr;
  uintptr_t Base = 0;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_LOADER_SHAREDLIBRARY_H
