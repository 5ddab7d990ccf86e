//===- ELFRelocExtent.h - Bytes relocations write ---------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How many bytes around its place a linker reads or writes for a relocation
/// of an ELF object. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_ELFRELOCEXTENT_H
#define PKGIMG_LIB_FORMAT_ELFRELOCEXTENT_H

#include <cstdint>

namespace pkgimg {

/// The bytes that a relocation touches: [Offset - Before, Offset + After).
/// Before is not zero for code sequences that a linker rewrites as a whole
/// (TLS models, loads through the GOT).
struct ELFRelocExtent {
  uint8_t Before = 0;
  uint8_t After = 1;
};

/// The extents of the relocation types of one machine, from its psABI, and for
/// Before from the rewrites in lld/ELF/Arch. A type that is not known touches
/// one byte; type 0 (R_*_NONE) none.
class ELFRelocTable {
public:
  /// Returns the table for e_machine \p Machine, which lives forever.
  static const ELFRelocTable &get(unsigned Machine, bool Is64);

  ELFRelocExtent operator[](uint32_t Type) const {
    return Extents[Type < NumTypes ? Type : NumTypes];
  }

private:
  ELFRelocTable(unsigned Machine, bool Is64);

  static constexpr unsigned NumTypes = 1200;
  ELFRelocExtent Extents[NumTypes + 1];
};

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_ELFRELOCEXTENT_H
