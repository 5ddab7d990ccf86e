//===- DataDefinition.h - data with relocations -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Definitions of data that refer to symbols: what the writer of an image's
/// tables gives to whoever makes an object or a library of them.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_DATADEFINITION_H
#define PKGIMG_FORMAT_DATADEFINITION_H

#include <cstdint>
#include <string>
#include <vector>

namespace pkgimg {

/// A place: a symbol, and a distance from it in bytes.
struct SymbolRef {
  std::string Symbol;
  int64_t Offset = 0;

  friend bool operator==(const SymbolRef &A, const SymbolRef &B) {
    return A.Symbol == B.Symbol && A.Offset == B.Offset;
  }
  friend bool operator!=(const SymbolRef &A, const SymbolRef &B) {
    return !(A == B);
  }
};

/// A number in a definition that is known when addresses are.
struct DataFixup {
  enum KindType {
    Pointer,     ///< A word: the address of Target.
    Difference32 ///< 32 bits: the address of Target less that of Minus.
  } Kind = Pointer;
  /// In the definition's bytes, which are zero there.
  uint64_t Offset = 0;
  SymbolRef Target;
  SymbolRef Minus;
};

/// One definition, of a symbol and its bytes.
struct DataDefinition {
  enum LinkageType {
    Internal, ///< Seen in this object alone.
    Hidden,   ///< Seen in this image alone.
    Exported  ///< Can be looked up by the loader.
  };
  enum PlaceType {
    Text,     ///< Executable.
    ReadOnly, ///< Constant, without pointers.
    RelRO,    ///< Constant once the loader has relocated it.
    Data,     ///< Writable.
    Header    ///< Our embedded header: a note, or a section of its own.
  };

  /// As source code spells it. May be empty for Header.
  std::string Name;
  LinkageType Linkage = Hidden;
  PlaceType Place = ReadOnly;
  /// In bytes, a power of two.
  uint64_t Alignment = 1;
  std::string Bytes;
  /// Zeros after Bytes.
  uint64_t ZeroFill = 0;
  /// Sorted by offset.
  std::vector<DataFixup> Fixups;
  bool IsFunction = false;

  uint64_t size() const { return Bytes.size() + ZeroFill; }
};

} // namespace pkgimg

#endif // PKGIMG_FORMAT_DATADEFINITION_H
