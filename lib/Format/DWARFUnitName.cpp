//===- DWARFUnitName.cpp - The name of a compilation unit -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DWARFUnitName.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include <utility>
#include <vector>

using namespace llvm;
using namespace llvm::dwarf;
using namespace pkgimg;

namespace {

class UnitReader {
public:
  explicit UnitReader(const DWARFSections &Sections) : Sections(Sections) {}
  std::string read();

private:
  bool readHeader(ByteCursor &C);
  bool readAbbreviations(uint64_t WantedCode);
  bool skipForm(ByteCursor &C, uint64_t Form) const;
  uint64_t readOffset(ByteCursor &C) const {
    return OffsetSize == 8 ? C.u64() : C.u32();
  }
  bool isString(uint64_t Form, uint64_t Value) const;

  const DWARFSections &Sections;
  unsigned Version = 0;
  unsigned OffsetSize = 4;
  unsigned AddressSize = 0;
  uint64_t AbbrevOffset = 0;
  /// Attribute and form of the first entry.
  std::vector<std::pair<uint64_t, uint64_t>> Attributes;
  uint64_t StringOffsetsBase = 0;
};

} // namespace

bool UnitReader::readHeader(ByteCursor &C) {
  uint64_t Length = C.u32();
  if (Length == DW_LENGTH_DWARF64) {
    OffsetSize = 8;
    Length = C.u64();
  }
  if (C.failed() || Length > C.remaining())
    return false;
  Version = C.u16();
  if (Version < 2 || Version > 5)
    return false;
  if (Version == 5) {
    unsigned Type = C.u8();
    AddressSize = C.u8();
    AbbrevOffset = readOffset(C);
    if (Type == DW_UT_skeleton || Type == DW_UT_split_compile)
      C.skip(8);
    else if (Type != DW_UT_compile && Type != DW_UT_partial)
      return false;
  } else {
    AbbrevOffset = readOffset(C);
    AddressSize = C.u8();
  }
  return !C.failed() &&
         (AddressSize == 2 || AddressSize == 4 || AddressSize == 8);
}

/// Reads the whole set, as a reader takes none of a set with a fault.
bool UnitReader::readAbbreviations(uint64_t WantedCode) {
  const ByteView &V = Sections.Abbrev;
  if (AbbrevOffset >= V.size())
    return false;
  ByteCursor C(V.view(AbbrevOffset, V.size() - AbbrevOffset));
  bool IsFound = false;
  for (;;) {
    // A set without the code 0 at its end is at fault, too.
    uint64_t Code = C.uleb(32);
    if (Code == 0)
      break;
    if (C.uleb(16) == 0)
      return false; // No tag.
    C.u8();         // Whether there are children.
    for (;;) {
      uint64_t Attribute = C.uleb(16);
      uint64_t Form = C.uleb(16);
      if (C.failed() || (Attribute == 0) != (Form == 0))
        return false;
      if (Attribute == 0)
        break;
      if (Form == DW_FORM_implicit_const)
        C.sleb();
      if (Code == WantedCode && !IsFound)
        Attributes.push_back({Attribute, Form});
    }
    IsFound |= Code == WantedCode;
  }
  return IsFound && !C.failed();
}

bool UnitReader::skipForm(ByteCursor &C, uint64_t Form) const {
  switch (Form) {
  case DW_FORM_flag_present:
  case DW_FORM_implicit_const:
    break;
  case DW_FORM_flag:
  case DW_FORM_data1:
  case DW_FORM_ref1:
  case DW_FORM_strx1:
  case DW_FORM_addrx1:
    C.skip(1);
    break;
  case DW_FORM_data2:
  case DW_FORM_ref2:
  case DW_FORM_strx2:
  case DW_FORM_addrx2:
    C.skip(2);
    break;
  case DW_FORM_strx3:
  case DW_FORM_addrx3:
    C.skip(3);
    break;
  case DW_FORM_data4:
  case DW_FORM_ref4:
  case DW_FORM_ref_sup4:
  case DW_FORM_strx4:
  case DW_FORM_addrx4:
    C.skip(4);
    break;
  case DW_FORM_data8:
  case DW_FORM_ref8:
  case DW_FORM_ref_sig8:
  case DW_FORM_ref_sup8:
    C.skip(8);
    break;
  case DW_FORM_data16:
    C.skip(16);
    break;
  case DW_FORM_addr:
    C.skip(AddressSize);
    break;
  case DW_FORM_ref_addr:
    C.skip(Version == 2 ? AddressSize : OffsetSize);
    break;
  case DW_FORM_strp:
  case DW_FORM_line_strp:
  case DW_FORM_strp_sup:
  case DW_FORM_sec_offset:
    C.skip(OffsetSize);
    break;
  case DW_FORM_udata:
  case DW_FORM_ref_udata:
  case DW_FORM_strx:
  case DW_FORM_addrx:
  case DW_FORM_loclistx:
  case DW_FORM_rnglistx:
    C.uleb();
    break;
  case DW_FORM_sdata:
    C.sleb();
    break;
  case DW_FORM_string:
    C.cString();
    break;
  case DW_FORM_block1:
    C.skip(C.u8());
    break;
  case DW_FORM_block2:
    C.skip(C.u16());
    break;
  case DW_FORM_block4:
    C.skip(C.u32());
    break;
  case DW_FORM_block:
  case DW_FORM_exprloc:
    C.skip(C.uleb());
    break;
  default:
    return false;
  }
  return !C.failed();
}

/// Returns true if the value of a form that names a string finds one.
bool UnitReader::isString(uint64_t Form, uint64_t Value) const {
  if (Form == DW_FORM_strp)
    return Sections.Strings.cString(Value).has_value();
  // An index: DWARF 5, section 7.26. A header precedes the base.
  const ByteView &V = Sections.StringOffsets;
  const uint64_t LengthSize = OffsetSize == 8 ? 12 : 4;
  if (StringOffsetsBase < LengthSize + 4)
    return false;
  uint64_t Header = StringOffsetsBase - LengthSize - 4;
  uint64_t Length = OffsetSize == 8 ? V.u64(Header + 4) : V.u32(Header);
  if (!V.contains(Header + LengthSize, Length) || Length < 4 ||
      Value >= (Length - 4) / OffsetSize)
    return false;
  uint64_t Offset = V.uN(StringOffsetsBase + Value * OffsetSize, OffsetSize);
  return Sections.Strings.cString(Offset).has_value();
}

std::string UnitReader::read() {
  ByteCursor C(Sections.Info);
  if (!readHeader(C))
    return "has no header of DWARF 2 to 5";
  uint64_t Code = C.uleb(32);
  if (C.failed() || Code == 0 || !readAbbreviations(Code))
    return "has an entry whose abbreviation cannot be read";
  // The base of the indices may come after the name.
  uint64_t NameForm = 0, Name = 0;
  bool HasName = false;
  for (auto [Attribute, Form] : Attributes) {
    ByteCursor Value = C;
    if (!skipForm(C, Form))
      return "has an attribute that cannot be read";
    if (Attribute == DW_AT_str_offsets_base)
      StringOffsetsBase = readOffset(Value);
    if (Attribute != DW_AT_name || HasName)
      continue;
    HasName = true;
    NameForm = Form;
    switch (Form) {
    case DW_FORM_string:
      break;
    case DW_FORM_strp:
      Name = readOffset(Value);
      break;
    case DW_FORM_strx:
      Name = Value.uleb();
      break;
    case DW_FORM_strx1:
      Name = Value.u8();
      break;
    case DW_FORM_strx2:
      Name = Value.u16();
      break;
    case DW_FORM_strx4:
      Name = Value.u32();
      break;
    default:
      HasName = false;
      break;
    }
  }
  if (!HasName)
    return "has no DW_AT_name";
  if (NameForm != DW_FORM_string && !isString(NameForm, Name))
    return "has a DW_AT_name that is no string";
  return "";
}

std::string pkgimg::findUnitNameProblem(const DWARFSections &Sections) {
  return UnitReader(Sections).read();
}
