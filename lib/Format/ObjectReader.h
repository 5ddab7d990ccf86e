//===- ObjectReader.h - objects, read for ObjectImage -----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What ObjectImage knows of an object, and its readers. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_OBJECTREADER_H
#define PKGIMG_LIB_FORMAT_OBJECTREADER_H

#include "ByteView.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <vector>

namespace pkgimg {

/// A section of one object.
struct ObjectSection {
  llvm::StringRef Name;
  llvm::StringRef SegmentName;
  uint64_t FileOffset = 0; ///< In the whole file.
  uint64_t FileSize = 0;
  uint64_t MemorySize = 0;
  uint64_t Alignment = 1;
  bool IsLoaded = false, IsWritable = false, IsExecutable = false;
  uint64_t OldAddress = 0; ///< In the object: of Mach-O's sections.
  uint64_t Address = 0;    ///< In the image.
};

/// A symbol of one object. Symbols keep their numbers: relocations use them.
struct ObjectSymbol {
  enum PlaceType { None, Undefined, Absolute, Common, InSection } Place = None;
  llvm::StringRef Name;
  uint32_t Section = 0;
  uint64_t Value = 0; ///< Offset in the section; size, of a common symbol.
  uint64_t Size = 0;
  uint64_t Alignment = 1; ///< Of a common symbol.
  bool IsGlobal = false, IsWeak = false, IsHidden = false, IsFunction = false;
};

/// A relocation in a section of data.
struct ObjectRelocation {
  enum KindType {
    Pointer,    ///< A word: the symbol.
    FromHere,   ///< 32 bits: the symbol less the place.
    Difference, ///< 32 bits: the symbol less another.
  } Kind = Pointer;
  uint32_t Section = 0;
  uint64_t Offset = 0;
  uint32_t Symbol = 0;
  uint32_t Minus = 0;
  int64_t Addend = 0;
  /// Mach-O: Symbol is the number of a section of the object.
  bool IsSectionSymbol = false;
};

struct Object {
  Object(llvm::StringRef Bytes, uint64_t FileOffset, bool IsLittleEndian)
      : Bytes(Bytes), FileOffset(FileOffset), IsLittleEndian(IsLittleEndian),
        NameBudget(4 * uint64_t(Bytes.size())), RelocationBudget(Bytes.size()) {
  }

  /// \name For the readers
  /// Names and tables of relocations can share their bytes, so that a small
  /// object could ask for more than any memory.
  /// @{

  /// Returns the name at \p Offset of \p Table, or nothing if it has no end.
  /// The names of an object have four times its bytes at most.
  llvm::StringRef name(const ByteView &Table, uint64_t Offset);
  /// Takes \p Size bytes of relocations, which all of an object's tables have
  /// no more of than there are bytes. Returns false if there are.
  bool takeRelocations(uint64_t Size);
  /// @}

  llvm::StringRef Bytes;
  uint64_t FileOffset;
  bool IsLittleEndian;
  std::vector<ObjectSection> Sections;
  std::vector<ObjectSymbol> Symbols;
  std::vector<ObjectRelocation> Relocations;
  /// Of each symbol, or of what defines it elsewhere; set by ObjectImage.
  std::vector<uint64_t> Addresses;
  std::vector<bool> IsResolved;
  /// What there is too much of, if not null: "names" or "relocations".
  const char *Excess = nullptr;

private:
  uint64_t NameBudget;
  uint64_t RelocationBudget;
};

/// \name The readers
/// They set Sections, Symbols and Relocations of an object, whose other fields
/// are set. It has passed checkLinkerInput(); what does not fit all the same is
/// left out, and Excess is set if names or relocations have too many bytes.
/// @{
void readELFObject(Object &Obj);
void readCOFFObject(Object &Obj);
void readMachOObject(Object &Obj);
/// @}

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_OBJECTREADER_H
