//===- InputCheckELF.cpp - Check ELF inputs of a link ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks ELF relocatable and shared objects: what lld/ELF trusts in its
/// InputFiles.cpp, InputSection.cpp, SyntheticSections.cpp and lld/ELF/Arch.
/// "gABI" below is the System V ABI, chapters 4 and 5.
///
//===----------------------------------------------------------------------===//

#include "ELFMachine.h"
#include "ELFRelocExtent.h"
#include "InputCheckImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/ARMBuildAttributes.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <vector>

using namespace llvm;
using namespace llvm::ELF;
using namespace pkgimg;

namespace {

/// A section header, whatever its class and byte order.
struct Section {
  uint32_t NameOffset;
  uint32_t Type;
  uint64_t Flags;
  uint64_t Offset;
  uint64_t Size;
  uint32_t Link;
  uint32_t Info;
  uint64_t Align;
  uint64_t EntSize;
  /// Size of what relocations apply to: differs from Size where the section is
  /// compressed.
  uint64_t ContentSize;
};

/// No address space that ELF targets have is larger; sizes beyond it make a
/// linker's sums of addresses wrap around.
constexpr uint64_t MaxMemorySize = uint64_t(1) << 47;

/// What lld/ELF limits sh_addralign to.
constexpr uint64_t MaxAlign = uint64_t(1) << 32;

template <bool Is64, endianness E> class ELFChecker : public CheckedFile {
public:
  ELFChecker(StringRef Name, StringRef Bytes, InputSummary &Summary)
      : CheckedFile(Name, Bytes, E == endianness::little), Summary(Summary) {}

  Error checkObject();
  Error checkShared();

private:
  static constexpr uint64_t EhdrSize = Is64 ? 64 : 52;
  static constexpr uint64_t ShdrSize = Is64 ? 64 : 40;
  static constexpr uint64_t PhdrSize = Is64 ? 56 : 32;
  static constexpr uint64_t SymSize = Is64 ? 24 : 16;
  static constexpr uint64_t RelSize = Is64 ? 16 : 8;
  static constexpr uint64_t RelaSize = Is64 ? 24 : 12;
  static constexpr uint64_t ChdrSize = Is64 ? 24 : 12;
  static constexpr uint64_t DynSize = Is64 ? 16 : 8;
  static constexpr unsigned WordSize = Is64 ? 8 : 4;

  // The loops over symbols and relocations use these on extents that have been
  // checked; everything else reads through the view.
  static uint16_t half(const char *P) {
    return support::endian::read<uint16_t, E, support::unaligned>(P);
  }
  static uint32_t word(const char *P) {
    return support::endian::read<uint32_t, E, support::unaligned>(P);
  }
  static uint64_t addr(const char *P) {
    if constexpr (Is64)
      return support::endian::read<uint64_t, E, support::unaligned>(P);
    else
      return word(P);
  }
  uint64_t addrAt(uint64_t Offset) const { return View.uN(Offset, WordSize); }

  Error readHeader();
  Section readSection(uint64_t Offset) const;
  Error readSections();
  Error checkStringTable(uint32_t Index, const Twine &User) const;
  std::string describe(uint32_t Index) const;
  StringRef sectionName(const Section &S) const;
  StringRef content(const Section &S) const {
    return View.slice(S.Offset, S.Size);
  }

  Error checkSectionHeader(uint32_t Index);
  Error checkCompressed(uint32_t Index);
  Error checkContent(uint32_t Index);
  Error checkSymbolTable();
  Error checkExtendedIndices();
  Error checkGroup(uint32_t Index) const;
  Error checkLinkOrder(uint32_t Index) const;
  Error checkRelocationHeader(uint32_t Index) const;
  template <bool HasAddend> Error checkRelocations(uint32_t Index) const;
  Error checkCrel(uint32_t Index) const;
  Error checkRelaxations(uint32_t Index) const;
  Error checkEhFrame(uint32_t Index) const;
  Error checkGnuProperty(uint32_t Index) const;
  Error checkMipsOptions(uint32_t Index) const;
  Error checkAddrsig(uint32_t Index) const;
  void readARMAttributes(uint32_t Index);
  Error checkDynamicSymbols(uint32_t Index);
  Error checkVersions();

  /// Splits r_info. In 64-bit little-endian MIPS, the symbol is the low word
  /// and the types are bytes of the high one, the first type last.
  void splitInfo(uint64_t Info, uint64_t &Symbol, uint32_t &Type) const {
    if constexpr (!Is64) {
      Symbol = Info >> 8;
      Type = Info & 0xff;
    } else if (Machine == EM_MIPS) {
      Symbol = E == endianness::little ? Info & 0xffffffff : Info >> 32;
      Type = E == endianness::little ? Info >> 56 : Info & 0xff;
    } else {
      Symbol = Info >> 32;
      // The high bytes of a SPARC V9 type are an addend of its own.
      Type = Machine == EM_SPARCV9 ? Info & 0xff : Info & 0xffffffff;
    }
  }

  /// Returns true if a linker makes an input section of a section of this
  /// type, which relocations, groups and links may then refer to.
  static bool hasContent(const Section &S) {
    switch (S.Type) {
    case SHT_NULL:
    case SHT_SYMTAB:
    case SHT_STRTAB:
    case SHT_REL:
    case SHT_RELA:
    case SHT_CREL:
    case SHT_GROUP:
    case SHT_SYMTAB_SHNDX:
      return false;
    default:
      return true;
    }
  }

  InputSummary &Summary;
  unsigned Machine = 0;
  std::vector<Section> Sections;
  StringRef SectionNames;
  uint32_t SymtabIndex = 0;
  uint64_t NumSymbols = 0;
  StringRef SymbolNames;
  StringRef ExtendedIndices;
  std::vector<uint32_t> SymbolPartitions;
};

} // namespace

//===----------------------------------------------------------------------===//
// Headers
//===----------------------------------------------------------------------===//

template <bool Is64, endianness E>
Section ELFChecker<Is64, E>::readSection(uint64_t Offset) const {
  const char *P = View.slice(Offset, ShdrSize).data();
  Section S;
  S.NameOffset = word(P);
  S.Type = word(P + 4);
  P += 8;
  S.Flags = addr(P);
  // sh_addr at P + WordSize is for images.
  S.Offset = addr(P + 2 * WordSize);
  S.Size = S.ContentSize = addr(P + 3 * WordSize);
  P += 4 * WordSize;
  S.Link = word(P);
  S.Info = word(P + 4);
  S.Align = addr(P + 8);
  S.EntSize = addr(P + 8 + WordSize);
  return S;
}

template <bool Is64, endianness E> Error ELFChecker<Is64, E>::readHeader() {
  if (Error Err = need("the ELF header", 0, EhdrSize))
    return Err;
  Machine = View.u16(18);
  setMachine(Summary, getELFArch(Machine, Is64, E == endianness::little), Is64,
             E == endianness::little, Machine);
  return readSections();
}

/// Reads the section headers. gABI, "ELF Header": e_shnum and e_shstrndx that
/// do not fit are in sh_size and sh_link of section 0.
template <bool Is64, endianness E> Error ELFChecker<Is64, E>::readSections() {
  uint64_t TableOffset = addrAt(Is64 ? 40 : 32);
  uint64_t Tail = Is64 ? 58 : 46; // e_shentsize, e_shnum, e_shstrndx
  unsigned EntSize = View.u16(Tail);
  uint64_t Count = View.u16(Tail + 2);
  uint32_t NamesIndex = View.u16(Tail + 4);
  if (TableOffset == 0) {
    if (Count != 0)
      return damaged("the ELF header counts " + Twine(Count) +
                     " sections, but gives no section header table");
    return Error::success();
  }
  if (EntSize != ShdrSize)
    return damaged("section headers are of " + Twine(EntSize) +
                   " bytes, expected " + Twine(ShdrSize));
  if (Error Err = need("section header table", TableOffset,
                       std::max<uint64_t>(Count, 1) * ShdrSize))
    return Err;
  Section First = readSection(TableOffset);
  if (Count == 0) {
    Count = First.Size;
    if (Error Err =
            needArray("section header table", TableOffset, Count, ShdrSize))
      return Err;
  }
  if (Count > UINT32_MAX)
    return damaged("it has " + Twine(Count) + " sections");
  if (NamesIndex == SHN_XINDEX)
    NamesIndex = First.Link;

  Sections.reserve(Count);
  for (uint64_t I = 0; I != Count; ++I)
    Sections.push_back(readSection(TableOffset + I * ShdrSize));

  // Section 0 is not one, even where it carries the numbers above.
  for (uint32_t I = 1; I < Count; ++I) {
    const Section &S = Sections[I];
    if (S.Type == SHT_NULL || S.Type == SHT_NOBITS)
      continue;
    if (!View.contains(S.Offset, S.Size))
      return truncated("section [" + Twine(I) + "]", S.Offset, S.Size);
  }
  if (NamesIndex != SHN_UNDEF) {
    if (Error Err = checkStringTable(NamesIndex, "e_shstrndx"))
      return Err;
    SectionNames = content(Sections[NamesIndex]);
  }
  for (uint32_t I = 0; I != Count; ++I)
    if (Sections[I].NameOffset && Sections[I].NameOffset >= SectionNames.size())
      return damaged("the name of section [" + Twine(I) + "] is at " +
                     hexString(Sections[I].NameOffset) +
                     " of a string table of " + hexString(SectionNames.size()) +
                     " bytes");
  return Error::success();
}

/// gABI, "String Table": the last byte is NUL.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkStringTable(uint32_t Index,
                                            const Twine &User) const {
  if (Index >= Sections.size())
    return damaged(User + " refers to section [" + Twine(Index) +
                   "], but there are " + Twine(Sections.size()));
  const Section &S = Sections[Index];
  if (S.Type != SHT_STRTAB)
    return damaged(User + " refers to section [" + Twine(Index) +
                   "] as a string table, but its type is " + hexString(S.Type));
  StringRef Strings = content(S);
  if (Strings.empty() || Strings.back() != '\0')
    return damaged("string table [" + Twine(Index) + "] at offset " +
                   hexString(S.Offset) +
                   (Strings.empty() ? " is empty" : " does not end in a NUL"));
  return Error::success();
}

template <bool Is64, endianness E>
StringRef ELFChecker<Is64, E>::sectionName(const Section &S) const {
  // readSections() has found the offset inside and the last byte NUL.
  if (S.NameOffset >= SectionNames.size())
    return StringRef();
  return StringRef(SectionNames.data() + S.NameOffset);
}

template <bool Is64, endianness E>
std::string ELFChecker<Is64, E>::describe(uint32_t Index) const {
  std::string Result = "section [" + std::to_string(Index) + "]";
  StringRef Name = sectionName(Sections[Index]);
  if (!Name.empty())
    Result += (" '" + Name.take_front(200) + "'").str();
  return Result;
}

//===----------------------------------------------------------------------===//
// Sections of an object
//===----------------------------------------------------------------------===//

template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkSectionHeader(uint32_t Index) {
  Section &S = Sections[Index];
  if (S.Align > MaxAlign || (S.Align && !isPowerOf2_64(S.Align)))
    return damaged(describe(Index) + " has the alignment " +
                   hexString(S.Align) + ", expected a power of 2 of at most " +
                   hexString(MaxAlign));
  if (S.Type == SHT_NOBITS && S.Size > MaxMemorySize)
    return damaged(describe(Index) + " needs " + hexString(S.Size) +
                   " bytes of memory, more than any target has");
  if (S.Flags & SHF_COMPRESSED)
    return checkCompressed(Index);
  return Error::success();
}

/// gABI, "Section Compression".
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkCompressed(uint32_t Index) {
  Section &S = Sections[Index];
  if (S.Type == SHT_NOBITS || (S.Flags & SHF_ALLOC) || !hasContent(S))
    return damaged(describe(Index) +
                   " is of a kind that cannot be compressed, but has "
                   "SHF_COMPRESSED");
  if (S.Size < ChdrSize)
    return damaged(describe(Index) + " of " + hexString(S.Size) +
                   " bytes has no room for its compression header");
  uint32_t Type = View.u32(S.Offset);
  uint64_t Size = addrAt(S.Offset + (Is64 ? 8 : 4));
  uint64_t Align = addrAt(S.Offset + (Is64 ? 16 : 8));
  uint64_t Payload = S.Size - ChdrSize;
  // DEFLATE makes at most 258 bytes of 2 bits. A block of zstd gives at most
  // 128 KiB and takes 4 bytes at least.
  uint64_t MaxRatio;
  if (Type == ELFCOMPRESS_ZLIB)
    MaxRatio = 1032;
  else if (Type == ELFCOMPRESS_ZSTD)
    MaxRatio = 32768;
  else
    return damaged(describe(Index) + " has the compression type " +
                   Twine(Type) + ", expected 1 (zlib) or 2 (zstd)");
  if (Size / MaxRatio > Payload)
    return damaged(describe(Index) + " claims to hold " + hexString(Size) +
                   " bytes in " + hexString(Payload) + " compressed ones");
  if (Align > MaxAlign || (Align && !isPowerOf2_64(Align)))
    return damaged(describe(Index) + " has the uncompressed alignment " +
                   hexString(Align) + ", expected a power of 2 of at most " +
                   hexString(MaxAlign));
  S.ContentSize = Size;
  return Error::success();
}

/// Checks the sections whose content a linker parses.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkContent(uint32_t Index) {
  const Section &S = Sections[Index];
  bool IsCompressed = S.Flags & SHF_COMPRESSED;
  StringRef Bytes = S.Type == SHT_NOBITS ? StringRef() : content(S);

  switch (S.Type) {
  case SHT_GROUP:
    return checkGroup(Index);
  case SHT_REL:
  case SHT_RELA:
  case SHT_CREL:
    return checkRelocationHeader(Index);
  case SHT_LLVM_ADDRSIG:
    return checkAddrsig(Index);
  case SHT_LLVM_CALL_GRAPH_PROFILE:
    // One weight of 8 bytes per edge; the nodes are in its relocations.
    if (S.EntSize != 8 || S.Size % 8)
      return damaged(describe(Index) + " has " + hexString(S.Size) +
                     " bytes in entries of " + Twine(S.EntSize) +
                     ", expected entries of 8");
    break;
  case SHT_LLVM_DEPENDENT_LIBRARIES:
  case SHT_LLVM_SYMPART:
    if ((S.Type == SHT_LLVM_SYMPART && Bytes.empty()) ||
        (!Bytes.empty() && Bytes.back() != '\0'))
      return damaged(describe(Index) + " does not end in a NUL");
    if (S.Type == SHT_LLVM_SYMPART)
      SymbolPartitions.push_back(Index);
    break;
  default:
    break;
  }
  if (Machine == EM_MIPS) {
    // RegInfo and ABIFlags of the MIPS psABI have fixed sizes.
    uint64_t Expected = S.Type == SHT_MIPS_REGINFO    ? (Is64 ? 32 : 24)
                        : S.Type == SHT_MIPS_ABIFLAGS ? 24
                                                      : 0;
    if (Expected && Bytes.size() < Expected)
      return damaged(describe(Index) + " has " + Twine(Bytes.size()) +
                     " bytes, expected " + Twine(Expected));
    if (S.Type == SHT_MIPS_OPTIONS)
      if (Error Err = checkMipsOptions(Index))
        return Err;
  }
  if (Machine == EM_ARM && S.Type == SHT_ARM_ATTRIBUTES)
    readARMAttributes(Index);

  if (Error Err = checkLinkOrder(Index))
    return Err;
  if (!hasContent(S))
    return Error::success();

  StringRef Name = sectionName(S);
  if (Name == ".eh_frame")
    return checkEhFrame(Index);
  if (Name == ".note.gnu.property")
    return checkGnuProperty(Index);

  if ((S.Flags & SHF_MERGE) && S.EntSize && S.Size) {
    if (S.Type == SHT_NOBITS)
      return damaged(describe(Index) +
                     " has SHF_MERGE, but nothing to merge (SHT_NOBITS)");
    if (S.ContentSize % S.EntSize || S.ContentSize == 0)
      return damaged(describe(Index) + " has " + hexString(S.ContentSize) +
                     " bytes, expected a multiple of its entry size " +
                     hexString(S.EntSize));
    // The terminator of compressed strings is left to the linker.
    if ((S.Flags & SHF_STRINGS) && !IsCompressed &&
        !all_of(Bytes.take_back(S.EntSize), [](char C) { return C == 0; }))
      return damaged("the last string of " + describe(Index) +
                     " does not end in a NUL of " + Twine(S.EntSize) +
                     " bytes");
  }
  return Error::success();
}

/// gABI, "Section Groups".
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkGroup(uint32_t Index) const {
  const Section &S = Sections[Index];
  if (S.EntSize != 4 || S.Size % 4 || S.Size == 0)
    return damaged(describe(Index) + " is a group of " + hexString(S.Size) +
                   " bytes in entries of " + Twine(S.EntSize) +
                   ", expected one entry of 4 bytes or more");
  if (S.Info >= NumSymbols)
    return damaged(describe(Index) + " is a group named by symbol " +
                   Twine(S.Info) + ", but there are " + Twine(NumSymbols));
  StringRef Bytes = content(S);
  uint32_t Flags = word(Bytes.data());
  if (Flags & ~uint32_t(GRP_COMDAT | GRP_MASKOS | GRP_MASKPROC))
    return damaged(describe(Index) + " is a group with the flags " +
                   hexString(Flags));
  for (size_t I = 4; I < Bytes.size(); I += 4) {
    uint32_t Member = word(Bytes.data() + I);
    if (Member == 0 || Member >= Sections.size() || Member == Index)
      return damaged(describe(Index) + " is a group with section [" +
                     Twine(Member) + "] as a member, but there are " +
                     Twine(Sections.size()));
  }
  return Error::success();
}

template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkLinkOrder(uint32_t Index) const {
  const Section &S = Sections[Index];
  // LLD follows sh_link of an exception index whatever its flags are.
  bool IsExidx = Machine == EM_ARM && S.Type == SHT_ARM_EXIDX;
  if (IsExidx && S.Size % 8)
    return damaged(describe(Index) + " has " + hexString(S.Size) +
                   " bytes, expected a multiple of 8");
  if (S.Link == 0 || !((S.Flags & SHF_LINK_ORDER) || IsExidx))
    return Error::success();
  if (!hasContent(S))
    return damaged(describe(Index) + " is of type " + hexString(S.Type) +
                   ", which cannot have SHF_LINK_ORDER");
  if (S.Link >= Sections.size() || S.Link == Index ||
      !hasContent(Sections[S.Link]))
    return damaged(describe(Index) + " has SHF_LINK_ORDER to section [" +
                   Twine(S.Link) + "], which is none with content");
  // LLD keeps these two kinds in classes of their own and cannot order by
  // them, nor them.
  auto IsRegular = [this](const Section &T) {
    return sectionName(T) != ".eh_frame" &&
           !((T.Flags & SHF_MERGE) && T.EntSize && T.Size);
  };
  if (!IsRegular(S) || !IsRegular(Sections[S.Link]))
    return damaged(describe(Index) + " has SHF_LINK_ORDER to " +
                   describe(S.Link) +
                   ", but mergeable sections and .eh_frame have no order");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

/// gABI, "Symbol Table".
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkSymbolTable() {
  for (uint32_t I = 1; I < Sections.size(); ++I) {
    if (Sections[I].Type != SHT_SYMTAB)
      continue;
    if (SymtabIndex)
      return damaged("sections [" + Twine(SymtabIndex) + "] and [" + Twine(I) +
                     "] are both the symbol table");
    SymtabIndex = I;
  }
  if (!SymtabIndex)
    return Error::success();

  const Section &S = Sections[SymtabIndex];
  if (S.EntSize != SymSize || S.Size % SymSize)
    return damaged("the symbol table, " + describe(SymtabIndex) + ", has " +
                   hexString(S.Size) + " bytes in entries of " +
                   Twine(S.EntSize) + ", expected entries of " +
                   Twine(SymSize));
  NumSymbols = S.Size / SymSize;
  if (S.Info == 0 || S.Info > NumSymbols)
    return damaged("the first global symbol is number " + Twine(S.Info) +
                   " (sh_info of " + describe(SymtabIndex) + ") of " +
                   Twine(NumSymbols));
  if (Error Err = checkStringTable(S.Link, "the symbol table"))
    return Err;
  SymbolNames = content(Sections[S.Link]);
  if (Error Err = checkExtendedIndices())
    return Err;

  const char *P = content(S).data();
  for (uint64_t I = 0; I != NumSymbols; ++I, P += SymSize) {
    uint32_t NameOffset = word(P);
    uint8_t Info = P[Is64 ? 4 : 12];
    uint32_t SectionIndex = half(P + (Is64 ? 6 : 14));
    bool IsLocal = (Info >> 4) == STB_LOCAL;
    if (LLVM_UNLIKELY(NameOffset >= SymbolNames.size()))
      return damaged("the name of symbol " + Twine(I) + " is at " +
                     hexString(NameOffset) + " of a string table of " +
                     hexString(SymbolNames.size()) + " bytes");
    if (LLVM_UNLIKELY(IsLocal != (I < S.Info)))
      return damaged(
          "symbol " + Twine(I) + " is " + (IsLocal ? "local" : "global") +
          ", but the first global symbol is number " + Twine(S.Info));
    if (LLVM_UNLIKELY(SectionIndex >= SHN_LORESERVE)) {
      if (SectionIndex == SHN_COMMON && !IsLocal) {
        uint64_t Align = addr(P + (Is64 ? 8 : 4));
        uint64_t Size = addr(P + (Is64 ? 16 : 8));
        if (Align >= MaxAlign || !isPowerOf2_64(Align) || Size > MaxMemorySize)
          return damaged("common symbol " + Twine(I) + " has the alignment " +
                         hexString(Align) + " and the size " + hexString(Size));
      }
      // The other reserved indices stand for no section.
      if (SectionIndex != SHN_XINDEX)
        continue;
      if (ExtendedIndices.empty())
        return damaged("symbol " + Twine(I) +
                       " has its section index in an SHT_SYMTAB_SHNDX "
                       "section, but there is none");
      SectionIndex = word(ExtendedIndices.data() + I * 4);
    }
    if (LLVM_UNLIKELY(SectionIndex >= Sections.size()))
      return damaged("symbol " + Twine(I) + " is in section [" +
                     Twine(SectionIndex) + "], but there are " +
                     Twine(Sections.size()));
  }
  return Error::success();
}

/// gABI, SHT_SYMTAB_SHNDX: one word for each symbol.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkExtendedIndices() {
  uint32_t Found = 0;
  for (uint32_t I = 1; I < Sections.size(); ++I) {
    const Section &S = Sections[I];
    if (S.Type != SHT_SYMTAB_SHNDX)
      continue;
    if (Found)
      return damaged("sections [" + Twine(Found) + "] and [" + Twine(I) +
                     "] both have the symbols' section indices");
    Found = I;
    if (S.Link != SymtabIndex || S.EntSize != 4 || S.Size != NumSymbols * 4)
      return damaged(describe(I) + " has " + hexString(S.Size) +
                     " bytes of section indices for section [" + Twine(S.Link) +
                     "], expected 4 for each of the " + Twine(NumSymbols) +
                     " symbols of section [" + Twine(SymtabIndex) + "]");
    ExtendedIndices = content(S);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Relocations
//===----------------------------------------------------------------------===//

template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkRelocationHeader(uint32_t Index) const {
  const Section &S = Sections[Index];
  if (S.Info >= Sections.size() || !hasContent(Sections[S.Info]))
    return damaged(describe(Index) + " relocates section [" + Twine(S.Info) +
                   "], which is none with content");
  if (S.Link != SymtabIndex && S.Link != 0)
    return damaged(describe(Index) + " takes its symbols from section [" +
                   Twine(S.Link) + "], but the symbol table is section [" +
                   Twine(SymtabIndex) + "]");
  if (S.Flags & (SHF_MERGE | SHF_STRINGS))
    return damaged(describe(Index) + " has relocations, but is to be merged");
  if (S.Size == 0)
    return Error::success();
  if (Sections[S.Info].Type == SHT_NOBITS)
    return damaged(describe(Index) + " relocates " + describe(S.Info) +
                   ", which has no bytes (SHT_NOBITS)");
  if (S.Type == SHT_CREL)
    return checkCrel(Index);
  uint64_t Expected = S.Type == SHT_REL ? RelSize : RelaSize;
  if (S.EntSize != Expected || S.Size % Expected)
    return damaged(describe(Index) + " has " + hexString(S.Size) +
                   " bytes of relocations in entries of " + Twine(S.EntSize) +
                   ", expected entries of " + Twine(Expected));
  if (Error Err = S.Type == SHT_REL ? checkRelocations<false>(Index)
                                    : checkRelocations<true>(Index))
    return Err;
  if (Machine == EM_RISCV && S.Type == SHT_RELA &&
      (Sections[S.Info].Flags & SHF_EXECINSTR))
    return checkRelaxations(Index);
  return Error::success();
}

template <bool Is64, endianness E>
template <bool HasAddend>
Error ELFChecker<Is64, E>::checkRelocations(uint32_t Index) const {
  const Section &S = Sections[Index];
  const Section &Target = Sections[S.Info];
  const ELFRelocTable &Table = ELFRelocTable::get(Machine, Is64);
  constexpr uint64_t Step = HasAddend ? RelaSize : RelSize;
  StringRef Bytes = content(S);
  uint64_t Size = Target.ContentSize;
  // A symbol-less object may relocate against the null symbol.
  uint64_t SymbolLimit = std::max<uint64_t>(NumSymbols, 1);

  for (const char *P = Bytes.begin(), *End = Bytes.end(); P != End; P += Step) {
    uint64_t Offset = addr(P);
    uint64_t Symbol;
    uint32_t Type;
    splitInfo(addr(P + WordSize), Symbol, Type);
    ELFRelocExtent Extent = Table[Type];
    if (LLVM_UNLIKELY(Offset > Size || Extent.After > Size - Offset ||
                      Extent.Before > Offset))
      return damaged("relocation " + Twine((P - Bytes.begin()) / Step) +
                     " of " + describe(Index) + " is of type " + Twine(Type) +
                     " and at offset " + hexString(Offset) + ", but " +
                     describe(S.Info) + " has " + hexString(Size) + " bytes");
    if (LLVM_UNLIKELY(Symbol >= SymbolLimit))
      return damaged("relocation " + Twine((P - Bytes.begin()) / Step) +
                     " of " + describe(Index) + " refers to symbol " +
                     Twine(Symbol) + ", but there are " + Twine(NumSymbols));
  }
  return Error::success();
}

/// The compact form of relocations: LEB128 numbers, each a difference to the
/// one before; llvm/Object/ELF.h, decodeCrel, has the details.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkCrel(uint32_t Index) const {
  const Section &S = Sections[Index];
  const ELFRelocTable &Table = ELFRelocTable::get(Machine, Is64);
  uint64_t Size = Sections[S.Info].ContentSize;
  ByteCursor C(ByteView(content(S), View.isLittleEndian()));
  uint64_t Header = C.uleb();
  uint64_t Count = Header / 8;
  unsigned FlagBits = Header & CREL_HDR_ADDEND ? 3 : 2;
  unsigned Shift = Header % CREL_HDR_ADDEND;
  uint64_t Offset = 0, Symbol = 0, Type = 0;
  for (uint64_t I = 0; I != Count && !C.failed(); ++I) {
    uint8_t Byte = C.u8();
    Offset += Byte >> FlagBits;
    if (Byte & 0x80)
      Offset += (C.uleb() << (7 - FlagBits)) - (0x80 >> FlagBits);
    if (Byte & 1)
      Symbol += C.sleb();
    if (Byte & 2)
      Type += C.sleb();
    if ((Byte & 4) && FlagBits == 3)
      C.sleb();
    if (C.failed())
      break;
    Symbol = uint32_t(Symbol);
    Type = uint32_t(Type);
    uint64_t Place = Is64 ? Offset << Shift : uint32_t(Offset << Shift);
    ELFRelocExtent Extent = Table[Type];
    if (Place > Size || Extent.After > Size - Place || Extent.Before > Place ||
        Symbol >= std::max<uint64_t>(NumSymbols, 1))
      return damaged("relocation " + Twine(I) + " of " + describe(Index) +
                     " is at offset " + hexString(Place) + " of " +
                     hexString(Size) + " and refers to symbol " +
                     Twine(Symbol) + " of " + Twine(NumSymbols));
  }
  if (C.failed())
    return damaged(describe(Index) + " ends before its " + Twine(Count) +
                   " relocations do");
  return Error::success();
}

/// A RISC-V linker deletes bytes: of the padding that R_RISCV_ALIGN covers,
/// and of the instructions of other relocations. Another relocation inside of
/// what is deleted would make LLD copy a negative number of bytes.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkRelaxations(uint32_t Index) const {
  const Section &S = Sections[Index];
  uint64_t Size = Sections[S.Info].ContentSize;
  StringRef Bytes = content(S);
  const ELFRelocTable &Table = ELFRelocTable::get(Machine, Is64);
  SmallVector<std::pair<uint64_t, uint64_t>, 0> Places; // Offset, end
  bool Relaxes = false;
  for (size_t I = 0; I < Bytes.size(); I += RelaSize) {
    const char *P = Bytes.data() + I;
    uint64_t Offset = addr(P), Symbol;
    uint32_t Type;
    splitInfo(addr(P + WordSize), Symbol, Type);
    uint64_t Length = Table[Type].After;
    if (Type == R_RISCV_ALIGN) {
      Length = addr(P + 2 * WordSize);
      // LLD takes the next power of 2 of the addend.
      if (Length > MaxAlign || Length > Size - Offset)
        return damaged("R_RISCV_ALIGN at offset " + hexString(Offset) + " of " +
                       describe(S.Info) + " covers " + hexString(Length) +
                       " bytes of " + hexString(Size));
    }
    Relaxes |= Type == R_RISCV_ALIGN || Type == R_RISCV_RELAX;
    Places.push_back({Offset, Offset + Length});
  }
  if (!Relaxes)
    return Error::success();
  auto ByOffset = [](const auto &L, const auto &R) {
    return L.first < R.first;
  };
  if (!is_sorted(Places, ByOffset))
    llvm::sort(Places, ByOffset);
  uint64_t Start = 0, End = 0;
  for (const auto &[Offset, PlaceEnd] : Places) {
    if (Offset != Start && Offset < End)
      return damaged("relocations at the offsets " + hexString(Start) +
                     " and " + hexString(Offset) + " of " + describe(S.Info) +
                     " overlap, but it is to be relaxed");
    Start = Offset;
    End = std::max(End, PlaceEnd);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Content that linkers parse
//===----------------------------------------------------------------------===//

/// Returns the size of a pointer of DWARF exception encoding \p Encoding, or 0
/// if it has none that is fixed.
static unsigned getEncodedSize(uint8_t Encoding, unsigned WordSize) {
  switch (Encoding & 0x0f) {
  case dwarf::DW_EH_PE_absptr:
  case dwarf::DW_EH_PE_signed:
    return WordSize;
  case dwarf::DW_EH_PE_udata2:
  case dwarf::DW_EH_PE_sdata2:
    return 2;
  case dwarf::DW_EH_PE_udata4:
  case dwarf::DW_EH_PE_sdata4:
    return 4;
  case dwarf::DW_EH_PE_udata8:
  case dwarf::DW_EH_PE_sdata8:
    return 8;
  default:
    return 0;
  }
}

/// Reads the augmentation of the CIE \p Record (from its length on) up to the
/// encoding of FDE pointers. Returns their size; 0 if the record is damaged.
static unsigned readCIEPointerSize(ByteView Record, unsigned WordSize) {
  ByteCursor C(Record);
  C.skip(8);
  uint8_t Version = C.u8();
  StringRef Augmentation = C.cString();
  if (Version != 1 && Version != 3)
    return C.failed() ? 0 : WordSize; // LLD says so itself.
  C.uleb();
  C.sleb();
  if (Version == 1)
    C.u8();
  else
    C.uleb();
  unsigned Size = WordSize;
  for (char Letter : Augmentation) {
    if (Letter == 'R') {
      Size = getEncodedSize(C.u8(), WordSize);
      break;
    }
    if (Letter == 'z')
      C.uleb();
    else if (Letter == 'L')
      C.u8();
    else if (Letter == 'P')
      C.skip(getEncodedSize(C.u8(), WordSize));
    else if (Letter != 'B' && Letter != 'S' && Letter != 'G')
      break;
  }
  return C.failed() ? 0 : Size;
}

/// The Linux Standard Base, "Exception Frames": records of a length and an
/// identifier, which is 0 for a CIE, and for an FDE the way back to its CIE.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkEhFrame(uint32_t Index) const {
  const Section &S = Sections[Index];
  if (S.Type == SHT_NOBITS && S.Size)
    return damaged(describe(Index) + " has no bytes (SHT_NOBITS)");
  if (S.Flags & SHF_COMPRESSED)
    return damaged(describe(Index) + " is compressed");
  ByteView Frame = View.view(S.Offset, S.Size);
  struct CIE {
    uint64_t Offset;
    unsigned PointerSize;
  };
  SmallVector<CIE, 8> CIEs;
  for (uint64_t Offset = 0; Offset != Frame.size();) {
    uint64_t Rest = Frame.size() - Offset;
    uint64_t Length = Frame.u32(Offset);
    if (Rest >= 4 && Length == 0)
      break; // The terminator.
    if (Rest < 8 || Length < 4 || Length > Rest - 4)
      return damaged("the record at offset " + hexString(Offset) + " of " +
                     describe(Index) + " needs " + hexString(Length + 4) +
                     " bytes, but " + hexString(Rest) + " are left");
    uint32_t Id = Frame.u32(Offset + 4);
    if (Id == 0) {
      unsigned Size =
          readCIEPointerSize(Frame.view(Offset, Length + 4), WordSize);
      if (Size == 0)
        return damaged("the CIE at offset " + hexString(Offset) + " of " +
                       describe(Index) + " is not complete");
      CIEs.push_back({Offset, Size});
    } else {
      uint64_t Parent = Offset + 4 - Id;
      auto It = partition_point(
          CIEs, [&](const CIE &C) { return C.Offset < Parent; });
      if (Id > Offset + 4 || It == CIEs.end() || It->Offset != Parent)
        return damaged("the FDE at offset " + hexString(Offset) + " of " +
                       describe(Index) + " refers to a CIE " + hexString(Id) +
                       " bytes before, where there is none");
      if (Length < 4 + 2 * It->PointerSize)
        return damaged("the FDE at offset " + hexString(Offset) + " of " +
                       describe(Index) + " has " + hexString(Length) +
                       " bytes, too few for its addresses");
    }
    Offset += Length + 4;
  }
  return Error::success();
}

/// The gABI's notes, and the property array of the Linux extensions to it.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkGnuProperty(uint32_t Index) const {
  const Section &S = Sections[Index];
  if ((S.Type == SHT_NOBITS && S.Size) || (S.Flags & SHF_COMPRESSED))
    return damaged(describe(Index) + " has no notes that can be read");
  ByteView Notes = View.view(S.Offset, S.Size);
  uint64_t Align = std::max<uint64_t>(S.Align, 1);
  for (uint64_t Offset = 0; Offset != Notes.size();) {
    uint64_t Rest = Notes.size() - Offset;
    uint64_t NameSize = Notes.u32(Offset);
    uint64_t DescSize = Notes.u32(Offset + 4);
    uint32_t Type = Notes.u32(Offset + 8);
    uint64_t DescOffset = alignTo(12 + NameSize, Align);
    uint64_t Size = DescOffset + alignTo(DescSize, Align);
    if (Rest < 12 || Size > Rest)
      return damaged("the note at offset " + hexString(Offset) + " of " +
                     describe(Index) + " needs " + hexString(Size) +
                     " bytes, but " + hexString(Rest) + " are left");
    if (Type == NT_GNU_PROPERTY_TYPE_0 &&
        Notes.slice(Offset + 12, NameSize) == StringRef("GNU\0", 4)) {
      ByteView Desc = Notes.view(Offset + DescOffset, DescSize);
      for (uint64_t I = 0; I != Desc.size();) {
        uint64_t Left = Desc.size() - I;
        uint64_t DataSize = alignTo(uint64_t(Desc.u32(I + 4)), WordSize);
        if (Left < 8 || DataSize > Left - 8)
          return damaged("the property at " + hexString(I) +
                         " of the note at offset " + hexString(Offset) +
                         " of " + describe(Index) +
                         " does not fit in its note");
        I += 8 + DataSize;
      }
    }
    Offset += Size;
  }
  return Error::success();
}

/// MIPS psABI, Elf_Options: a kind, the size with this header, 6 bytes more.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkMipsOptions(uint32_t Index) const {
  const Section &S = Sections[Index];
  constexpr uint64_t RegInfoSize = 8 + (Is64 ? 32 : 24);
  for (uint64_t Offset = 0; Offset != S.Size;) {
    uint64_t Rest = S.Size - Offset;
    uint8_t Kind = View.u8(S.Offset + Offset);
    uint64_t Size = View.u8(S.Offset + Offset + 1);
    if (Size < (Kind == ODK_REGINFO ? RegInfoSize : 8) || Size > Rest)
      return damaged("the option at offset " + hexString(Offset) + " of " +
                     describe(Index) + " has " + Twine(Size) + " bytes, and " +
                     Twine(Rest) + " are left");
    Offset += Size;
  }
  return Error::success();
}

/// SHT_LLVM_ADDRSIG: symbol indices as ULEB128. sh_link 0 says that a tool
/// has changed the symbol table, and the content is void.
template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkAddrsig(uint32_t Index) const {
  const Section &S = Sections[Index];
  if (S.Link == 0)
    return Error::success();
  ByteCursor C(ByteView(content(S), View.isLittleEndian()));
  while (!C.atEnd()) {
    uint64_t Symbol = C.uleb();
    if (!C.failed() && Symbol >= NumSymbols)
      return damaged(describe(Index) + " refers to symbol " + Twine(Symbol) +
                     ", but there are " + Twine(NumSymbols));
  }
  if (C.failed())
    return damaged(describe(Index) + " ends inside of a number");
  return Error::success();
}

/// Finds Tag_ABI_VFP_args ("Addenda to the ABI for the Arm Architecture",
/// build attributes). LLD only warns of what it cannot read here.
template <bool Is64, endianness E>
void ELFChecker<Is64, E>::readARMAttributes(uint32_t Index) {
  ByteCursor C(ByteView(content(Sections[Index]), View.isLittleEndian()));
  if (C.u8() != ELFAttrs::Format_Version)
    return;
  while (!C.atEnd()) {
    uint32_t Size = C.u32();
    ByteCursor Vendor(
        ByteView(C.bytes(Size < 4 ? 0 : Size - 4), View.isLittleEndian()));
    if (Size < 4 || Vendor.cString() != "aeabi")
      continue;
    while (!Vendor.atEnd()) {
      uint64_t Start = Vendor.tell();
      uint64_t Scope = Vendor.uleb();
      uint32_t ScopeSize = Vendor.u32();
      uint64_t HeaderSize = Vendor.tell() - Start;
      if (ScopeSize < HeaderSize)
        return;
      ByteCursor Tags(ByteView(Vendor.bytes(ScopeSize - HeaderSize)));
      if (Scope != ELFAttrs::File)
        continue;
      while (!Tags.atEnd()) {
        uint64_t Tag = Tags.uleb();
        if (Tag == ARMBuildAttrs::CPU_raw_name ||
            Tag == ARMBuildAttrs::CPU_name ||
            (Tag > ARMBuildAttrs::compatibility && (Tag & 1))) {
          Tags.cString();
          continue;
        }
        uint64_t Value = Tags.uleb();
        if (Tag == ARMBuildAttrs::compatibility)
          Tags.cString();
        else if (Tag == ARMBuildAttrs::ABI_VFP_args && !Tags.failed())
          Summary.ARMFloatABI = Value == ARMBuildAttrs::HardFPAAPCS
                                    ? InputSummary::FloatABI::Hard
                                : Value == ARMBuildAttrs::BaseAAPCS
                                    ? InputSummary::FloatABI::Soft
                                    : InputSummary::FloatABI::Unknown;
      }
    }
  }
}

template <bool Is64, endianness E> Error ELFChecker<Is64, E>::checkObject() {
  if (Error Err = readHeader())
    return Err;

  // gABI, "Sections": "Sections in a file may not overlap." A file whose
  // sections claim the same bytes again and again could make a check, and a
  // link, take time and space without bound.
  uint64_t Total = 0;
  for (uint32_t I = 1; I < Sections.size(); ++I) {
    if (Sections[I].Type == SHT_NULL)
      continue;
    if (Error Err = checkSectionHeader(I))
      return Err;
    if (Sections[I].Type == SHT_NOBITS)
      continue;
    Total += Sections[I].Size; // Each at most the file's size; no overflow.
    if (Total > size())
      return damaged("sections [1] to [" + Twine(I) + "] have " +
                     hexString(Total) + " bytes together, but the file has " +
                     hexString(size()) + ": they overlap");
  }
  if (Error Err = checkSymbolTable())
    return Err;
  for (uint32_t I = 1; I < Sections.size(); ++I)
    if (Sections[I].Type != SHT_NULL)
      if (Error Err = checkContent(I))
        return Err;

  // LLD takes the entry of a partition from the section's first relocation.
  for (uint32_t Partition : SymbolPartitions)
    if (none_of(Sections, [=](const Section &S) {
          return (S.Type == SHT_REL || S.Type == SHT_RELA) &&
                 S.Info == Partition && S.Size;
        }))
      return damaged(describe(Partition) + " has no relocation");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Shared objects
//===----------------------------------------------------------------------===//

template <bool Is64, endianness E>
Error ELFChecker<Is64, E>::checkDynamicSymbols(uint32_t Index) {
  const Section &S = Sections[Index];
  if (S.EntSize != SymSize || S.Size % SymSize)
    return damaged("the dynamic symbol table, " + describe(Index) + ", has " +
                   hexString(S.Size) + " bytes in entries of " +
                   Twine(S.EntSize) + ", expected entries of " +
                   Twine(SymSize));
  SymtabIndex = Index;
  NumSymbols = S.Size / SymSize;
  if (S.Info == 0 || S.Info > NumSymbols)
    return damaged("the first global symbol is number " + Twine(S.Info) +
                   " (sh_info of " + describe(Index) + ") of " +
                   Twine(NumSymbols));
  if (Error Err = checkStringTable(S.Link, "the dynamic symbol table"))
    return Err;
  SymbolNames = content(Sections[S.Link]);
  const char *P = content(S).data();
  for (uint64_t I = 0; I != NumSymbols; ++I, P += SymSize)
    if (word(P) >= SymbolNames.size())
      return damaged("the name of dynamic symbol " + Twine(I) + " is at " +
                     hexString(word(P)) + " of a string table of " +
                     hexString(SymbolNames.size()) + " bytes");
  return Error::success();
}

/// The Linux Standard Base, "Symbol Versioning". LLD walks the definitions
/// without any check, and requirements as often as the counts say.
template <bool Is64, endianness E> Error ELFChecker<Is64, E>::checkVersions() {
  // As LLD, take the last section of each type.
  uint32_t VersymIndex = 0, VerdefIndex = 0, VerneedIndex = 0;
  for (uint32_t I = 1; I < Sections.size(); ++I) {
    if (Sections[I].Type == SHT_GNU_versym)
      VersymIndex = I;
    else if (Sections[I].Type == SHT_GNU_verdef)
      VerdefIndex = I;
    else if (Sections[I].Type == SHT_GNU_verneed)
      VerneedIndex = I;
  }

  std::vector<bool> Defined;
  if (VerdefIndex) {
    const Section &S = Sections[VerdefIndex];
    ByteView V = View.view(S.Offset, S.Size);
    if (S.Info > S.Size / 20)
      return damaged(describe(VerdefIndex) + " of " + hexString(S.Size) +
                     " bytes cannot have " + Twine(S.Info) + " definitions");
    uint64_t Offset = 0;
    for (uint32_t I = 0; I != S.Info; ++I) {
      if (!V.contains(Offset, 20))
        return damaged("version definition " + Twine(I) + " at offset " +
                       hexString(Offset) + " does not fit in " +
                       describe(VerdefIndex) + " of " + hexString(S.Size) +
                       " bytes");
      unsigned Number = V.u16(Offset + 4);
      uint64_t Aux = Offset + V.u32(Offset + 12);
      if (!V.contains(Aux, 8) || V.u32(Aux) >= SymbolNames.size())
        return damaged("version definition " + Twine(I) + " of " +
                       describe(VerdefIndex) + " has no name");
      if (Defined.size() <= Number)
        Defined.resize(Number + 1);
      Defined[Number] = true;
      Offset += V.u32(Offset + 16);
    }
  }
  if (VerneedIndex) {
    const Section &S = Sections[VerneedIndex];
    ByteView V = View.view(S.Offset, S.Size);
    uint64_t Left = S.Size / 16; // Records of 16 bytes that there can be.
    uint64_t Offset = 0;
    for (uint32_t I = 0; I != S.Info; ++I) {
      uint64_t Count = V.u16(Offset + 2);
      if (!V.contains(Offset, 16) || Count + 1 > Left)
        return damaged("version requirement " + Twine(I) + " at offset " +
                       hexString(Offset) + " does not fit in " +
                       describe(VerneedIndex) + " of " + hexString(S.Size) +
                       " bytes");
      Left -= Count + 1;
      uint64_t Aux = Offset + V.u32(Offset + 8);
      for (uint64_t J = 0; J != Count; ++J) {
        if (!V.contains(Aux, 16) || V.u32(Aux + 8) >= SymbolNames.size())
          return damaged("version " + Twine(J) + " of requirement " + Twine(I) +
                         " of " + describe(VerneedIndex) +
                         " is not inside or has no name");
        Aux += V.u32(Aux + 12);
      }
      Offset += V.u32(Offset + 12);
    }
  }
  if (!VersymIndex || !SymtabIndex)
    return Error::success();
  const Section &S = Sections[VersymIndex];
  if (S.EntSize != 2 || S.Size / 2 < NumSymbols || S.Size % 2)
    return damaged(describe(VersymIndex) + " has " + hexString(S.Size) +
                   " bytes in entries of " + Twine(S.EntSize) +
                   ", expected an entry of 2 for each of the " +
                   Twine(NumSymbols) + " symbols");
  const char *Symbol = content(Sections[SymtabIndex]).data();
  const char *Version = content(S).data();
  for (uint64_t I = 0; I != NumSymbols; ++I, Symbol += SymSize, Version += 2) {
    unsigned Number = half(Version) & VERSYM_VERSION;
    if (I < Sections[SymtabIndex].Info || Number < VER_NDX_GLOBAL + 1 ||
        half(Symbol + (Is64 ? 6 : 14)) == SHN_UNDEF)
      continue;
    // An index beyond the definitions is LLD's own error; a gap in them is a
    // null pointer to it.
    if (Number < Defined.size() && !Defined[Number])
      return damaged("dynamic symbol " + Twine(I) + " has version " +
                     Twine(Number) + ", which is not defined");
  }
  return Error::success();
}

template <bool Is64, endianness E> Error ELFChecker<Is64, E>::checkShared() {
  if (Error Err = readHeader())
    return Err;
  if (Machine == EM_ARM) {
    uint32_t Flags = View.u32(36);
    Summary.ARMFloatABI =
        Flags & EF_ARM_ABI_FLOAT_HARD   ? InputSummary::FloatABI::Hard
        : Flags & EF_ARM_ABI_FLOAT_SOFT ? InputSummary::FloatABI::Soft
                                        : InputSummary::FloatABI::Unknown;
  }
  uint64_t ProgramHeaders = addrAt(Is64 ? 32 : 28);
  unsigned Count = View.u16(Is64 ? 56 : 44);
  unsigned EntSize = View.u16(Is64 ? 54 : 42);
  if (Count && EntSize != PhdrSize)
    return damaged("program headers are of " + Twine(EntSize) +
                   " bytes, expected " + Twine(PhdrSize));
  if (Error Err =
          needArray("program header table", ProgramHeaders, Count, PhdrSize))
    return Err;

  for (uint32_t I = 1; I < Sections.size(); ++I)
    if (Sections[I].Type == SHT_DYNSYM) {
      if (Error Err = checkDynamicSymbols(I))
        return Err;
      break;
    }
  for (uint32_t I = 1; I < Sections.size(); ++I) {
    const Section &S = Sections[I];
    if (S.Type == SHT_DYNAMIC && (S.EntSize != DynSize || S.Size % DynSize))
      return damaged(describe(I) + " has " + hexString(S.Size) +
                     " bytes in entries of " + Twine(S.EntSize) +
                     ", expected entries of " + Twine(DynSize));
  }
  return checkVersions();
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

template <typename Fn>
static Error dispatch(StringRef Name, StringRef Bytes, InputSummary &Summary,
                      Fn Check) {
  ByteView V(Bytes);
  uint8_t Class = V.u8(EI_CLASS);
  if (Class != ELFCLASS32 && Class != ELFCLASS64)
    return CheckedFile(Name, Bytes)
        .damaged("the ELF class is " + Twine(Class) + ", expected 1 or 2");
  bool IsLE = V.u8(EI_DATA) == ELFDATA2LSB;
  if (Class == ELFCLASS64) {
    if (IsLE) {
      ELFChecker<true, endianness::little> C(Name, Bytes, Summary);
      return Check(C);
    }
    ELFChecker<true, endianness::big> C(Name, Bytes, Summary);
    return Check(C);
  }
  if (IsLE) {
    ELFChecker<false, endianness::little> C(Name, Bytes, Summary);
    return Check(C);
  }
  ELFChecker<false, endianness::big> C(Name, Bytes, Summary);
  return Check(C);
}

Error pkgimg::checkELFObject(StringRef Name, StringRef Bytes,
                             InputSummary &Summary) {
  return dispatch(Name, Bytes, Summary,
                  [](auto &Checker) { return Checker.checkObject(); });
}

Error pkgimg::checkELFShared(StringRef Name, StringRef Bytes,
                             InputSummary &Summary) {
  return dispatch(Name, Bytes, Summary,
                  [](auto &Checker) { return Checker.checkShared(); });
}
