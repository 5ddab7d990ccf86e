//===- LibraryWriterImpl.h - the writers of libraries -----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The parts of writeLibrary() that its formats share. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_LIBRARYWRITERIMPL_H
#define PKGIMG_LIB_FORMAT_LIBRARYWRITERIMPL_H

#include "pkgimg/Format/LibraryWriter.h"
#include "llvm/ADT/StringMap.h"
#include <cstdint>
#include <string>
#include <vector>

namespace pkgimg {

/// A word that the loader must relocate.
struct PlacedPointer {
  uint64_t Address = 0;
  /// Of the target, if it is defined here; otherwise the addend.
  uint64_t Value = 0;
  /// Index into Imports, or -1.
  int Import = -1;
};

/// The definitions of a library with their addresses, for the formats to put
/// into a file.
///
/// The order is that of PlaceType, each place one block; a place that has no
/// definition has an empty block.
class LibraryLayout {
public:
  struct Block {
    uint64_t Address = 0;
    /// Bytes of the file; zeros at the end of the last place may be left out.
    std::string Bytes;
    /// At least Bytes.size().
    uint64_t MemorySize = 0;
    uint64_t Alignment = 1;
  };

  /// Checks \p Spec as writeLibrary() promises, apart from machines.
  static llvm::Expected<LibraryLayout> create(const LibrarySpec &Spec);

  /// Sizes are known, addresses not yet.
  Block &block(DataDefinition::PlaceType Place) { return Blocks[Place]; }

  /// Call when every block has its address: applies differences to the blocks'
  /// bytes, and collects Pointers, whose words stay zero. Fails if a difference
  /// does not fit.
  llvm::Error place();
  /// Stores \p Value in the pointer-sized word at \p Address.
  void storeWord(uint64_t Address, uint64_t Value);

  /// The address of a symbol that is defined, once place() was called.
  uint64_t addressOf(llvm::StringRef Symbol) const;

  const LibrarySpec &Spec;
  unsigned PointerSize;
  bool IsLittleEndian;
  /// Names of symbols without a definition, sorted.
  std::vector<std::string> Imports;
  /// Sorted by address; set by place().
  std::vector<PlacedPointer> Pointers;

private:
  explicit LibraryLayout(const LibrarySpec &Spec);

  Block Blocks[5];
  /// Index into Spec.Definitions.
  llvm::StringMap<size_t> Index;
  /// Offset in its block of each definition.
  std::vector<uint64_t> Offsets;
};

llvm::Expected<std::string> writeELFLibrary(LibraryLayout Layout);
llvm::Expected<std::string> writeMachOLibrary(LibraryLayout Layout);
llvm::Expected<std::string> writePELibrary(LibraryLayout Layout);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_LIBRARYWRITERIMPL_H
