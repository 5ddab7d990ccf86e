//===- DWARFUnitName.h - The name of a compilation unit ---------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The part of DWARF that a Mach-O link reads. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_DWARFUNITNAME_H
#define PKGIMG_LIB_FORMAT_DWARFUNITNAME_H

#include "ByteView.h"
#include <string>

namespace pkgimg {

/// The sections that the name of a unit may be in.
struct DWARFSections {
  ByteView Info;
  ByteView Abbrev;
  ByteView Strings;
  ByteView StringOffsets;
};

/// Returns what is wrong with the first unit's DW_AT_name, as the end of a
/// sentence, or an empty string if it can be read.
///
/// LLD writes the name into the debug map, and crashes without one. Reads the
/// header of the unit, its abbreviations, and its first entry: DWARF 5,
/// sections 7.5 and 7.26, and versions 2 to 4.
std::string findUnitNameProblem(const DWARFSections &Sections);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_DWARFUNITNAME_H
