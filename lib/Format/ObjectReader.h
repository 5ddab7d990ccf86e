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

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace pkgimg {

/// A section of one object.
struct ObjectSection {
  std::string Name;
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
  llvm::StringRef Bytes;
  uint64_t FileOffset = 0;
  bool IsLittleEndian = true;
  std::vector<ObjectSection> Sections;
  std::vector<ObjectSymbol> Symbols;
  std::vector<ObjectRelocation> Relocations;
  /// Of each symbol, or of what defines it elsewhere; set by ObjectImage.
  std::vector<uint64_t> Addresses;
  std::vector<bool> IsResolved;
};

/// \name The readers
/// They set Sections, Symbols and Relocations of an object, whose other fields
/// are set. It has passed checkLinkerInput(); what does not fit all the same is
/// left out.
/// @{
void readELFObject(Object &Obj);
void readCOFFObject(Object &Obj);
void readMachOObject(Object &Obj);
/// @}

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_OBJECTREADER_H
