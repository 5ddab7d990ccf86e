//===- InputCheckCOFF.cpp - Check COFF objects, imports and DLLs ----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks COFF objects, short imports, and the export tables of DLLs: what
/// lld/COFF trusts in its InputFiles.cpp, Chunks.cpp and Driver.cpp, and
/// LLVM's COFFObjectFile with it. "PE" below is Microsoft's specification "PE
/// Format".
///
//===----------------------------------------------------------------------===//

#include "InputCheckImpl.h"
#include "PEHeaders.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/Support/Endian.h"
#include <algorithm>
#include <vector>

using namespace llvm;
using namespace llvm::COFF;
using namespace llvm::support::endian;
using namespace pkgimg;

namespace {

/// A section header. All offsets are in bytes from the start of the file.
struct Section {
  StringRef Name;
  uint32_t VirtualAddress;
  uint32_t Size;
  uint32_t DataOffset;
  uint32_t RelocOffset;
  uint32_t NumRelocs;
  uint32_t Flags;
};

constexpr uint64_t FileHeaderSize = 20;
constexpr uint64_t BigObjHeaderSize = 56;
constexpr uint64_t SectionHeaderSize = 40;
constexpr uint64_t RelocationSize = 10;

/// PE, "Overview": an image is smaller than 2 GiB. Sizes beyond it make a
/// linker's 32-bit addresses wrap around.
constexpr uint64_t MaxImageSize = uint64_t(1) << 31;

/// What an aux record of the kind "section definition" gives.
struct SectionDefinition {
  unsigned Selection;
  uint32_t Number;
};

class COFFChecker : public CheckedFile {
public:
  COFFChecker(StringRef Name, StringRef Bytes, InputSummary &Summary)
      : CheckedFile(Name, Bytes), Summary(Summary) {}

  Error checkObject();
  Error checkImport();
  Error checkImage();

private:
  void setCOFFMachine(unsigned Number);
  Error readSections(uint64_t TableOffset, uint64_t Count);
  Error readStringTable(uint64_t SymbolTableOffset);
  Error readSectionName(uint32_t Index);
  Error checkSection(uint32_t Index);
  Error checkSymbols();
  Error checkSectionDefinition(uint32_t Symbol, int32_t SectionNumber,
                               SectionDefinition Definition, bool IsFirst);
  Error checkRelocations(uint32_t Index) const;
  Error checkCodeView(uint32_t Index) const;
  Error checkFirstType(uint32_t Index) const;
  Error checkAddrsig(uint32_t Index) const;
  Error checkCallGraph(uint32_t Index) const;
  unsigned relocationExtent(unsigned Type) const;

  std::string describe(uint32_t Index) const {
    return ("section " + Twine(Index + 1) + " '" +
            Sections[Index].Name.take_front(200) + "'")
        .str();
  }
  uint64_t headerOffset(uint32_t Index) const {
    return SectionTable + Index * SectionHeaderSize;
  }
  uint64_t symbolOffset(uint64_t Symbol) const {
    return SymbolTable + Symbol * SymbolSize;
  }
  std::string describeSymbol(uint64_t Symbol) const {
    return ("symbol " + Twine(Symbol) + " at offset " +
            hexString(symbolOffset(Symbol)))
        .str();
  }
  StringRef content(const Section &S) const {
    return S.DataOffset ? View.slice(S.DataOffset, S.Size) : StringRef();
  }

  InputSummary &Summary;
  unsigned Machine = 0;
  bool IsBigObj = false;
  uint64_t SectionTable = 0;
  std::vector<Section> Sections;
  /// Of sections with names in the string table.
  uint64_t NameBytes = 0;
  /// Of the sections' data and relocations.
  uint64_t SectionBytes = 0;
  uint64_t SymbolTable = 0;
  uint64_t SymbolSize = Symbol16Size;
  uint64_t NumSymbols = 0;
  BitVector IsAux;
  StringRef Strings;
};

} // namespace

//===----------------------------------------------------------------------===//
// Headers
//===----------------------------------------------------------------------===//

/// ARM64EC and ARM64X objects share import libraries with ARM64 ones, so all
/// three are one architecture here; LLD tells them apart.
void COFFChecker::setCOFFMachine(unsigned Number) {
  Machine = Number;
  switch (Number) {
  case IMAGE_FILE_MACHINE_I386:
    return setMachine(Summary, Triple::x86, false, true, Number);
  case IMAGE_FILE_MACHINE_AMD64:
    return setMachine(Summary, Triple::x86_64, true, true, Number);
  case IMAGE_FILE_MACHINE_ARMNT:
    return setMachine(Summary, Triple::thumb, false, true, Number);
  case IMAGE_FILE_MACHINE_ARM64:
  case IMAGE_FILE_MACHINE_ARM64EC:
  case IMAGE_FILE_MACHINE_ARM64X:
    return setMachine(Summary, Triple::aarch64, true, true, Number);
  default:
    return setMachine(Summary, Triple::UnknownArch, false, true, Number);
  }
}

Error COFFChecker::readSections(uint64_t TableOffset, uint64_t Count) {
  SectionTable = TableOffset;
  if (Error E = needArray("the section table of " + Twine(Count) + " sections",
                          TableOffset, Count, SectionHeaderSize))
    return E;
  Sections.reserve(Count);
  for (uint64_t I = 0; I != Count; ++I) {
    const char *P = View.bytes().data() + headerOffset(I);
    Section S;
    S.Name = StringRef(P, NameSize).take_until([](char C) { return C == 0; });
    S.VirtualAddress = read32le(P + 12);
    S.Size = read32le(P + 16);
    S.DataOffset = read32le(P + 20);
    S.RelocOffset = read32le(P + 24);
    S.NumRelocs = read16le(P + 32);
    S.Flags = read32le(P + 36);
    Sections.push_back(S);
  }
  return Error::success();
}

/// PE, "COFF String Table": it follows the symbols and begins with its size,
/// which counts the size field. Some tools write 0 for an empty one.
Error COFFChecker::readStringTable(uint64_t SymbolTableOffset) {
  SymbolTable = SymbolTableOffset;
  if (SymbolTable == 0) {
    if (NumSymbols != 0)
      return damaged("the header counts " + Twine(NumSymbols) +
                     " symbols, but gives no symbol table");
    return Error::success();
  }
  if (Error E =
          needArray("the symbol table of " + Twine(NumSymbols) + " entries",
                    SymbolTable, NumSymbols, SymbolSize))
    return E;
  uint64_t Offset = symbolOffset(NumSymbols);
  // An object without symbols needs no strings, and some have none.
  if (NumSymbols == 0 && !View.contains(Offset, 4))
    return Error::success();
  if (Error E = need("the size of the string table", Offset, 4))
    return E;
  uint64_t Size = View.u32(Offset);
  // A reader keeps the table's place in 32 bits.
  if (Offset > UINT32_MAX)
    return damaged("the string table is at offset " + hexString(Offset) +
                   ", beyond 4 GiB");
  if (Error E = need("the string table", Offset, std::max<uint64_t>(Size, 4)))
    return E;
  if (Size <= 4)
    return Error::success();
  Strings = View.slice(Offset, Size);
  if (Strings.back() != '\0')
    return damaged("the string table of " + hexString(Size) +
                   " bytes at offset " + hexString(Offset) +
                   " does not end in a NUL");
  return Error::success();
}

/// PE, "Section Table", Name: "/123" is a decimal offset in the string table.
/// LLVM's "//AAAAAA" has one in base 64, most significant digit first.
Error COFFChecker::readSectionName(uint32_t Index) {
  StringRef &Name = Sections[Index].Name;
  std::optional<uint64_t> Offset;
  const bool IsNumber = parseLongSectionName(Name, Offset);
  if (!IsNumber)
    return damaged("section " + Twine(Index + 1) + " at offset " +
                   hexString(headerOffset(Index)) + " has the name '" + Name +
                   "', expected '/' and an offset in the string table");
  if (!Offset)
    return Error::success();
  if (*Offset >= Strings.size())
    return damaged("the name of section " + Twine(Index + 1) + " is at " +
                   hexString(*Offset) + " of a string table of " +
                   hexString(Strings.size()) + " bytes");
  // The table ends in a NUL.
  Name = StringRef(Strings.data() + *Offset);
  // Names that share their bytes could take quadratic time.
  NameBytes += Name.size();
  if (NameBytes > size())
    return damaged("the names of sections 1 to " + Twine(Index + 1) +
                   " are longer than the file");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Sections
//===----------------------------------------------------------------------===//

Error COFFChecker::checkSection(uint32_t Index) {
  Section &S = Sections[Index];
  const bool IsZeroFill = S.Flags & IMAGE_SCN_CNT_UNINITIALIZED_DATA;
  if (S.DataOffset && !View.contains(S.DataOffset, S.Size))
    return truncated(describe(Index), S.DataOffset, S.Size);
  if (!S.DataOffset && S.Size && !IsZeroFill)
    return damaged(describe(Index) + " has " + hexString(S.Size) +
                   " bytes of data, but PointerToRawData at offset " +
                   hexString(headerOffset(Index) + 20) + " is 0");
  // LLD fills the gaps of code, for which such a section has no bytes.
  if (IsZeroFill && (S.Flags & IMAGE_SCN_CNT_CODE))
    return damaged(describe(Index) + " has the flags " + hexString(S.Flags) +
                   " at offset " + hexString(headerOffset(Index) + 36) +
                   ": it is of code and zero-filled at once");
  // PE, "Section Flags": 1 (1 byte) to 14 (8192 bytes); 0 is a default.
  if (((S.Flags >> 20) & 0xf) == 0xf)
    return damaged(describe(Index) + " has the alignment code 15 at offset " +
                   hexString(headerOffset(Index) + 36) +
                   ", expected at most 14 (8192 bytes)");

  // What a linker takes out of an object leaves a COMDAT without a section.
  const bool IsTakenOut = S.Name == ".drectve" || S.Name == ".llvm_addrsig" ||
                          S.Name == ".llvm.call-graph-profile" ||
                          (S.Flags & IMAGE_SCN_LNK_REMOVE);
  if (IsTakenOut && (S.Flags & IMAGE_SCN_LNK_COMDAT))
    return damaged(describe(Index) + " has the flags " + hexString(S.Flags) +
                   ": it is a COMDAT and no part of the image at once");

  // PE, "COFF Relocations": a count that needs more than 16 bits is in the
  // first entry, and counts that entry.
  if ((S.Flags & IMAGE_SCN_LNK_NRELOC_OVFL) && S.NumRelocs == UINT16_MAX) {
    if (Error E = need("the number of relocations of " + describe(Index),
                       S.RelocOffset, RelocationSize))
      return E;
    uint32_t Count = View.u32(S.RelocOffset);
    if (Count == 0)
      return damaged("the number of relocations of " + describe(Index) +
                     " at offset " + hexString(S.RelocOffset) +
                     " is 0, expected 1 or more");
    S.NumRelocs = Count - 1;
    S.RelocOffset += RelocationSize;
  }
  // PE, "Section Table": 0 in objects. LLVM ends the process otherwise.
  if (S.NumRelocs && S.VirtualAddress)
    return damaged(describe(Index) + " has relocations and the address " +
                   hexString(S.VirtualAddress) + " at offset " +
                   hexString(headerOffset(Index) + 12) + ", expected 0");
  if (S.NumRelocs)
    if (Error E =
            needArray(Twine(S.NumRelocs) + " relocations of " + describe(Index),
                      S.RelocOffset, S.NumRelocs, RelocationSize))
      return E;

  // Sections that claim the same bytes again and again could make a check, and
  // a link, take time and space without bound. Each is at most the file's size,
  // so no sum overflows.
  SectionBytes +=
      (S.DataOffset ? S.Size : 0) + uint64_t(S.NumRelocs) * RelocationSize;
  if (SectionBytes > size())
    return damaged("the data and relocations of sections 1 to " +
                   Twine(Index + 1) + " have " + hexString(SectionBytes) +
                   " bytes together, but the file has " + hexString(size()) +
                   ": they overlap");

  if (S.Name == ".llvm_addrsig")
    return checkAddrsig(Index);
  if (S.Name == ".llvm.call-graph-profile")
    return checkCallGraph(Index);
  if (S.Name == ".debug$S")
    return checkCodeView(Index);
  if (S.Name == ".debug$T" || S.Name == ".debug$P")
    return checkFirstType(Index);
  return Error::success();
}

/// Returns how many bytes LLD writes for a relocation of the type; 0 for types
/// that it gives an error for, or ignores.
unsigned COFFChecker::relocationExtent(unsigned Type) const {
  switch (Machine) {
  case IMAGE_FILE_MACHINE_AMD64:
    if (Type == IMAGE_REL_AMD64_ADDR64)
      return 8;
    if (Type == IMAGE_REL_AMD64_SECTION)
      return 2;
    return (Type >= IMAGE_REL_AMD64_ADDR32 &&
            Type <= IMAGE_REL_AMD64_REL32_5) ||
                   Type == IMAGE_REL_AMD64_SECREL
               ? 4
               : 0;
  case IMAGE_FILE_MACHINE_I386:
    if (Type == IMAGE_REL_I386_SECTION)
      return 2;
    return Type == IMAGE_REL_I386_DIR32 || Type == IMAGE_REL_I386_DIR32NB ||
                   Type == IMAGE_REL_I386_SECREL || Type == IMAGE_REL_I386_REL32
               ? 4
               : 0;
  case IMAGE_FILE_MACHINE_ARMNT:
    switch (Type) {
    case IMAGE_REL_ARM_MOV32T:
      return 8;
    case IMAGE_REL_ARM_SECTION:
      return 2;
    case IMAGE_REL_ARM_ADDR32:
    case IMAGE_REL_ARM_ADDR32NB:
    case IMAGE_REL_ARM_REL32:
    case IMAGE_REL_ARM_SECREL:
    case IMAGE_REL_ARM_BRANCH20T:
    case IMAGE_REL_ARM_BRANCH24T:
    case IMAGE_REL_ARM_BLX23T:
      return 4;
    default:
      return 0;
    }
  case IMAGE_FILE_MACHINE_ARM64:
  case IMAGE_FILE_MACHINE_ARM64EC:
  case IMAGE_FILE_MACHINE_ARM64X:
    if (Type == IMAGE_REL_ARM64_ADDR64)
      return 8;
    if (Type == IMAGE_REL_ARM64_SECTION)
      return 2;
    return Type > IMAGE_REL_ARM64_ABSOLUTE && Type <= IMAGE_REL_ARM64_REL32 &&
                   Type != IMAGE_REL_ARM64_TOKEN
               ? 4
               : 0;
  default:
    return 0;
  }
}

Error COFFChecker::checkRelocations(uint32_t Index) const {
  const Section &S = Sections[Index];
  const char *P = View.bytes().data() + S.RelocOffset;
  for (uint32_t I = 0; I != S.NumRelocs; ++I, P += RelocationSize) {
    uint32_t Place = read32le(P);
    uint32_t Symbol = read32le(P + 4);
    unsigned Type = read16le(P + 8);
    unsigned Extent = relocationExtent(Type);
    if (Symbol < NumSymbols && !IsAux[Symbol] && Place <= S.Size &&
        Extent <= S.Size - Place)
      continue;
    std::string Where =
        ("relocation " + Twine(I) + " of " + describe(Index) + " at offset " +
         hexString(S.RelocOffset + uint64_t(I) * RelocationSize))
            .str();
    if (Symbol >= NumSymbols)
      return damaged(Where + " refers to symbol " + Twine(Symbol) +
                     ", but there are " + Twine(NumSymbols));
    if (IsAux[Symbol])
      return damaged(Where + " refers to symbol table entry " + Twine(Symbol) +
                     ", which is an auxiliary record");
    return damaged(Where + " changes " + Twine(Extent) + " bytes at " +
                   hexString(Place) + " of a section of " + hexString(S.Size) +
                   " bytes");
  }
  return Error::success();
}

Error COFFChecker::checkAddrsig(uint32_t Index) const {
  const Section &S = Sections[Index];
  ByteCursor C(ByteView(content(S)));
  while (!C.atEnd()) {
    uint64_t Offset = S.DataOffset + C.tell();
    uint64_t Symbol = C.uleb();
    if (C.failed())
      return damaged(describe(Index) + " has no ULEB128 number at offset " +
                     hexString(Offset));
    if (Symbol >= NumSymbols)
      return damaged(describe(Index) + " refers to symbol " + Twine(Symbol) +
                     " at offset " + hexString(Offset) + ", but there are " +
                     Twine(NumSymbols));
  }
  return Error::success();
}

/// Two symbols of 4 bytes and a weight of 8 per edge.
Error COFFChecker::checkCallGraph(uint32_t Index) const {
  const Section &S = Sections[Index];
  StringRef Bytes = content(S);
  if (Bytes.size() % 16)
    return damaged(describe(Index) + " has " + hexString(S.Size) +
                   " bytes, expected entries of 16");
  for (size_t I = 0; I != Bytes.size(); I += 8) {
    uint32_t Symbol = read32le(Bytes.data() + I);
    uint32_t Other = read32le(Bytes.data() + I + 4);
    if (Symbol >= NumSymbols || Other >= NumSymbols)
      return damaged(describe(Index) + " refers to symbol " +
                     Twine(std::max(Symbol, Other)) + " at offset " +
                     hexString(S.DataOffset + I) + ", but there are " +
                     Twine(NumSymbols));
    I += 8;
  }
  return Error::success();
}

/// The first two symbol records of each block of symbols: LLD looks for
/// S_COMPILE3 and S_OBJNAME there, and takes their form for granted.
Error COFFChecker::checkCodeView(uint32_t Index) const {
  constexpr uint32_t Magic = 4, Symbols = 0xf1;
  constexpr unsigned ObjName = 0x1101, Compile3 = 0x113c;
  const Section &S = Sections[Index];
  StringRef Bytes = content(S);
  if (Bytes.empty())
    return Error::success();
  if (Bytes.size() < 4)
    return damaged(describe(Index) + " has " + Twine(Bytes.size()) +
                   " bytes, expected a signature of 4");
  if (read32le(Bytes.data()) != Magic)
    return Error::success(); // LLD warns, and does not read it.
  ByteView V(Bytes);
  for (uint64_t Offset = 4; V.contains(Offset, 8);) {
    uint32_t Kind = V.u32(Offset);
    uint32_t Length = V.u32(Offset + 4);
    Offset += 8;
    if (!V.contains(Offset, Length))
      return truncated("a block of " + describe(Index), S.DataOffset + Offset,
                       Length);
    if (Kind == Symbols) {
      ByteView Block = V.view(Offset, Length);
      uint64_t At = 0;
      for (unsigned I = 0; I != 2 && Block.contains(At, 4); ++I) {
        // The length does not count itself.
        unsigned Size = Block.u16(At);
        unsigned Type = Block.u16(At + 2);
        if (Size < 2 || !Block.contains(At + 2, Size))
          return damaged(describe(Index) + " has a symbol record of " +
                         Twine(Size) + " bytes at offset " +
                         hexString(S.DataOffset + Offset + At) +
                         ", expected 2 or more that are inside");
        unsigned Fixed = Type == ObjName ? 4 : Type == Compile3 ? 22 : 0;
        if (Fixed && !Block.view(At + 4, Size - 2).cString(Fixed))
          return damaged("the symbol record " + hexString(Type) + " of " +
                         describe(Index) + " at offset " +
                         hexString(S.DataOffset + Offset + At) +
                         " has no name that ends inside it");
        At += Size + 2;
      }
    }
    // Blocks begin at multiples of 4.
    Offset += (uint64_t(Length) + 3) & ~uint64_t(3);
  }
  return Error::success();
}

/// The first type record says where the types are; LLD takes the form of two
/// kinds for granted.
Error COFFChecker::checkFirstType(uint32_t Index) const {
  constexpr unsigned Precomp = 0x1509, TypeServer2 = 0x1515;
  const Section &S = Sections[Index];
  ByteView V(content(S));
  if (V.size() < 8)
    return V.size() == 0 || V.size() >= 4
               ? Error::success()
               : damaged(describe(Index) + " has " + Twine(V.size()) +
                         " bytes, expected a signature of 4");
  unsigned Size = V.u16(4);
  unsigned Kind = V.u16(6);
  if (Size < 2 || !V.contains(6, Size))
    return truncated("the first record of " + describe(Index),
                     uint64_t(S.DataOffset) + 6, Size);
  unsigned Fixed = Kind == TypeServer2 ? 20 : Kind == Precomp ? 12 : 0;
  if (Fixed && !V.view(8, Size - 2).cString(Fixed))
    return damaged("the first record of " + describe(Index) + " at offset " +
                   hexString(uint64_t(S.DataOffset) + 4) +
                   " has no name that ends inside it");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

/// PE, "COMDAT Sections" and "Auxiliary Format 5". \p IsFirst is true for the
/// first definition of a section, whose selection counts.
Error COFFChecker::checkSectionDefinition(uint32_t Symbol,
                                          int32_t SectionNumber,
                                          SectionDefinition Definition,
                                          bool IsFirst) {
  if (Definition.Selection == IMAGE_COMDAT_SELECT_ASSOCIATIVE) {
    if (Definition.Number == 0 || Definition.Number > Sections.size() ||
        Definition.Number == uint32_t(SectionNumber))
      return damaged(describe(SectionNumber - 1) +
                     " is associated with section " + Twine(Definition.Number) +
                     " by " + describeSymbol(Symbol) + ", but there are " +
                     Twine(Sections.size()));
    return Error::success();
  }
  if (IsFirst && (Definition.Selection < IMAGE_COMDAT_SELECT_NODUPLICATES ||
                  Definition.Selection > IMAGE_COMDAT_SELECT_LARGEST))
    return damaged(describe(SectionNumber - 1) + " has the COMDAT selection " +
                   Twine(Definition.Selection) + " in " +
                   describeSymbol(Symbol) + ", expected 1 to 6");
  return Error::success();
}

Error COFFChecker::checkSymbols() {
  IsAux.resize(NumSymbols);
  BitVector IsDefined(Sections.size() + 1);
  const unsigned Tail = IsBigObj ? 16 : 14; // Where Type begins.
  uint64_t MemorySize = 0;
  for (const Section &S : Sections)
    if (!S.DataOffset && !(S.Flags & IMAGE_SCN_LNK_REMOVE))
      MemorySize += S.Size;

  for (uint64_t I = 0; I != NumSymbols;) {
    const char *P = View.bytes().data() + symbolOffset(I);
    bool HasName = *P != 0;
    if (read32le(P) == 0) {
      uint32_t NameOffset = read32le(P + 4);
      // The offset 0 is that of no name.
      if (NameOffset && NameOffset >= Strings.size())
        return damaged("the name of " + describeSymbol(I) + " is at " +
                       hexString(NameOffset) + " of a string table of " +
                       hexString(Strings.size()) + " bytes");
      HasName = NameOffset && Strings[NameOffset] != '\0';
    }
    uint32_t Value = read32le(P + 8);
    // 16-bit numbers up to 0xfeff are sections, the rest is negative.
    int32_t Number = IsBigObj ? int32_t(read32le(P + 12)) : read16le(P + 12);
    if (!IsBigObj && Number > MaxNumberOfSections16)
      Number = int16_t(Number);
    unsigned Class = uint8_t(P[Tail + 2]);
    unsigned NumAux = uint8_t(P[Tail + 3]);

    if (Number < IMAGE_SYM_DEBUG ||
        (Number > 0 && uint32_t(Number) > Sections.size()))
      return damaged(describeSymbol(I) + " is in section " + Twine(Number) +
                     ", but there are " + Twine(Sections.size()));
    if (NumAux >= NumSymbols - I)
      return damaged(describeSymbol(I) + " has " + Twine(NumAux) +
                     " auxiliary records, but the table ends after " +
                     Twine(NumSymbols - I - 1));
    // LLD takes a symbol without a name for one whose name it reads later.
    if (!HasName && (Class == IMAGE_SYM_CLASS_EXTERNAL ||
                     Class == IMAGE_SYM_CLASS_WEAK_EXTERNAL))
      return damaged(describeSymbol(I) + " is external, but has no name");
    const char *Aux = P + SymbolSize;
    if (Class == IMAGE_SYM_CLASS_WEAK_EXTERNAL) {
      if (NumAux == 0)
        return damaged(describeSymbol(I) +
                       " is a weak external without the auxiliary record that "
                       "names its default");
      uint32_t Default = read32le(Aux);
      if (Default >= NumSymbols)
        return damaged(describeSymbol(I) + " has symbol " + Twine(Default) +
                       " as its default, but there are " + Twine(NumSymbols));
    } else if (Class == IMAGE_SYM_CLASS_STATIC && NumAux && Number > 0 &&
               (Sections[Number - 1].Flags & IMAGE_SCN_LNK_COMDAT)) {
      SectionDefinition D;
      D.Number = read16le(Aux + 12);
      if (IsBigObj)
        D.Number |= uint32_t(read16le(Aux + 16)) << 16;
      D.Selection = uint8_t(Aux[14]);
      if (Error E = checkSectionDefinition(I, Number, D, !IsDefined[Number]))
        return E;
      IsDefined.set(Number);
    } else if (Class == IMAGE_SYM_CLASS_EXTERNAL && Number == 0) {
      MemorySize += Value; // A common symbol; 0 for an undefined one.
    }
    if (NumAux)
      IsAux.set(I + 1, I + 1 + NumAux);
    I += 1 + NumAux;
  }
  if (MemorySize > MaxImageSize)
    return damaged("its zero-filled sections and common symbols need " +
                   hexString(MemorySize) +
                   " bytes of memory; an image has at most " +
                   hexString(MaxImageSize));
  return Error::success();
}

Error COFFChecker::checkObject() {
  IsBigObj = View.u16(0) == IMAGE_FILE_MACHINE_UNKNOWN;
  uint64_t Count, Table;
  if (IsBigObj) {
    if (Error E = need("the header of a bigobj", 0, BigObjHeaderSize))
      return E;
    setCOFFMachine(View.u16(6));
    Count = View.u32(44);
    NumSymbols = View.u32(52);
    SymbolSize = Symbol32Size;
    Table = BigObjHeaderSize;
    if (Count > INT32_MAX)
      return damaged("the header counts " + Twine(Count) + " sections");
  } else {
    if (Error E = need("the COFF header", 0, FileHeaderSize))
      return E;
    setCOFFMachine(View.u16(0));
    Count = View.u16(2);
    NumSymbols = View.u32(12);
    Table = FileHeaderSize + View.u16(16);
    if (Count > MaxNumberOfSections16)
      return damaged("the header counts " + Twine(Count) +
                     " sections, expected at most " +
                     Twine(MaxNumberOfSections16));
  }
  if (Error E = readSections(Table, Count))
    return E;
  if (Error E = readStringTable(View.u32(IsBigObj ? 48 : 8)))
    return E;
  for (uint32_t I = 0; I != Count; ++I)
    if (Error E = readSectionName(I))
      return E;
  for (uint32_t I = 0; I != Count; ++I)
    if (Error E = checkSection(I))
      return E;
  if (Error E = checkSymbols())
    return E;
  for (uint32_t I = 0; I != Count; ++I)
    if (Error E = checkRelocations(I))
      return E;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Short imports
//===----------------------------------------------------------------------===//

/// PE, "Import Header": 20 bytes, then the symbol's name, the DLL's, and for
/// IMPORT_NAME_EXPORTAS the name in the DLL.
Error COFFChecker::checkImport() {
  constexpr uint64_t HeaderSize = 20;
  if (Error E = need("the import header", 0, HeaderSize))
    return E;
  setCOFFMachine(View.u16(6));
  uint64_t Size = View.u32(12);
  if (Size != size() - HeaderSize)
    return damaged("the import header gives " + hexString(Size) +
                   " bytes of names at offset 0xc, but " +
                   hexString(size() - HeaderSize) + " follow it");
  unsigned Info = View.u16(18);
  unsigned Type = Info & 3;
  unsigned NameType = (Info >> 2) & 7;
  if (Type > IMPORT_CONST)
    return damaged("the import has the type " + Twine(Type) +
                   " at offset 0x12, expected 0 (code), 1 (data) or 2 (const)");
  if (NameType > IMPORT_NAME_EXPORTAS)
    return damaged("the import has the name type " + Twine(NameType) +
                   " at offset 0x12, expected 0 to 4");
  ByteCursor C(View.view(HeaderSize, Size));
  StringRef Symbol = C.cString();
  StringRef DLL = C.cString();
  StringRef ExportedAs = NameType == IMPORT_NAME_EXPORTAS ? C.cString() : DLL;
  if (C.failed() || Symbol.empty() || DLL.empty() || ExportedAs.empty())
    return damaged("the names after the import header at offset 0x14 are no " +
                   Twine(NameType == IMPORT_NAME_EXPORTAS ? "three" : "two") +
                   " strings that end in a NUL");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// DLLs
//===----------------------------------------------------------------------===//

/// LLVM's reader takes the first section that an address is in, and looks at no
/// section's size in the file. What it reads of a DLL are the export directory,
/// and the load configuration.
Error COFFChecker::checkImage() {
  Expected<PEHeaders> Headers = PEHeaders::read(*this);
  if (!Headers)
    return Headers.takeError();
  setCOFFMachine(Headers->machine());
  if (Error E = Headers->checkDirectories())
    return E;
  // PE, "Section Table": in the order of their addresses, and adjacent; the
  // headers come before them.
  uint64_t End = 1;
  for (auto [I, S] : enumerate(Headers->sections())) {
    if (S.Address < End)
      return damaged("section " + Twine(I + 1) + " has the address " +
                     hexString(S.Address) +
                     ", expected one after the section before it or the "
                     "headers, which end at " +
                     hexString(End));
    End = uint64_t(S.Address) + (S.MemorySize ? S.MemorySize : S.FileSize);
  }

  const PEDirectory Config = Headers->directory(LOAD_CONFIG_TABLE);
  if (Config.Address) {
    Expected<uint64_t> Offset =
        Headers->getOffset("the load configuration", Config.Address,
                           std::max<uint32_t>(Config.Size, 4));
    if (!Offset)
      return Offset.takeError();
    // A reader looks for the pointer to ARM64EC's metadata if the structure
    // says that it has one.
    constexpr uint64_t SizeWithCHPE = 208;
    if (Headers->is64() && View.u32(*Offset) >= SizeWithCHPE) {
      Offset = Headers->getOffset("the load configuration", Config.Address,
                                  SizeWithCHPE);
      if (!Offset)
        return Offset.takeError();
    }
  }

  Expected<PEExportDirectory> Exports = Headers->readExports();
  if (!Exports)
    return Exports.takeError();
  if (!Exports->NameAddress &&
      (!Exports->Entries.empty() || Exports->NumNameless))
    return damaged("the export directory at address " +
                   hexString(Exports->Address) + " has no name of the DLL");
  return Error::success();
}

Error pkgimg::checkCOFFObject(StringRef Name, StringRef Bytes,
                              InputSummary &Summary) {
  return COFFChecker(Name, Bytes, Summary).checkObject();
}

Error pkgimg::checkCOFFImport(StringRef Name, StringRef Bytes,
                              InputSummary &Summary) {
  return COFFChecker(Name, Bytes, Summary).checkImport();
}

Error pkgimg::checkPEImage(StringRef Name, StringRef Bytes,
                           InputSummary &Summary) {
  return COFFChecker(Name, Bytes, Summary).checkImage();
}
