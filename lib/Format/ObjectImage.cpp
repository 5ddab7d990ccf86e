//===- ObjectImage.cpp - objects, read as their image ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A link in small: three readers of relocatable objects, and what they have in
/// common. checkLinkerInput() has seen every object, so extents hold; the reads
/// are bounded all the same.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/ObjectImage.h"
#include "ImageFileImpl.h"
#include "InputCheckImpl.h"
#include "pkgimg/Format/InputCheck.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <tuple>

using namespace llvm;
using namespace pkgimg;

namespace {

/// A section of one object.
struct ObjectSection {
  std::string Name;
  StringRef SegmentName;
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
  StringRef Name;
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
  StringRef Bytes;
  uint64_t FileOffset = 0;
  bool IsLittleEndian = true;
  std::vector<ObjectSection> Sections;
  std::vector<ObjectSymbol> Symbols;
  std::vector<ObjectRelocation> Relocations;
  /// Of each symbol, or of what defines it elsewhere; set by ObjectImage.
  std::vector<uint64_t> Addresses;
  std::vector<bool> IsResolved;
};

//===----------------------------------------------------------------------===//
// ELF
//===----------------------------------------------------------------------===//

/// Returns the type of relocation of a word and of a distance of 32 bits; 0 for
/// machines that are not known here.
std::pair<uint32_t, uint32_t> getELFDataRelocations(uint16_t Machine,
                                                    bool Is64) {
  using namespace ELF;
  switch (Machine) {
  case EM_X86_64:
    return {Is64 ? R_X86_64_64 : R_X86_64_32, R_X86_64_PC32};
  case EM_386:
    return {R_386_32, R_386_PC32};
  case EM_AARCH64:
    return {Is64 ? R_AARCH64_ABS64 : R_AARCH64_P32_ABS32, R_AARCH64_PREL32};
  case EM_ARM:
    return {R_ARM_ABS32, R_ARM_REL32};
  case EM_RISCV:
    return {Is64 ? R_RISCV_64 : R_RISCV_32, R_RISCV_32_PCREL};
  case EM_PPC64:
    return {R_PPC64_ADDR64, R_PPC64_REL32};
  case EM_PPC:
    return {R_PPC_ADDR32, R_PPC_REL32};
  case EM_MIPS:
    return {Is64 ? R_MIPS_64 : R_MIPS_32, R_MIPS_PC32};
  case EM_LOONGARCH:
    return {Is64 ? R_LARCH_64 : R_LARCH_32, R_LARCH_32_PCREL};
  case EM_S390:
    return {R_390_64, R_390_PC32};
  case EM_SPARCV9:
    return {R_SPARC_64, R_SPARC_DISP32};
  default:
    return {0, 0};
  }
}

/// Returns the types of the two relocations that make up a distance of 32 bits
/// between symbols, where a machine has them; 0 elsewhere.
std::pair<uint32_t, uint32_t> getELFDifferenceRelocations(uint16_t Machine) {
  if (Machine == ELF::EM_RISCV)
    return {ELF::R_RISCV_ADD32, ELF::R_RISCV_SUB32};
  if (Machine == ELF::EM_LOONGARCH)
    return {ELF::R_LARCH_ADD32, ELF::R_LARCH_SUB32};
  return {0, 0};
}

/// gABI, chapter 4: "Sections", "Symbol Table", "Relocation".
class ELFObjectReader {
public:
  ELFObjectReader(Object &Obj, bool Is64)
      : Obj(Obj), View(Obj.Bytes, Obj.IsLittleEndian), Is64(Is64),
        Machine(View.u16(18)) {}

  void read() {
    readSections();
    for (const Header &H : Headers)
      if (H.Type == ELF::SHT_SYMTAB)
        readSymbols(H);
    for (const Header &H : Headers)
      if ((H.Type == ELF::SHT_RELA || H.Type == ELF::SHT_REL) &&
          H.Info < Headers.size())
        readRelocations(H);
  }

private:
  struct Header {
    uint32_t Name, Type, Link, Info;
    uint64_t Flags, Offset, Size, Align;
  };

  uint64_t word(uint64_t Offset) const { return View.uN(Offset, Is64 ? 8 : 4); }

  void readSections() {
    uint64_t Table = word(Is64 ? 40 : 32);
    uint64_t Count = View.u16(Is64 ? 60 : 48);
    uint64_t NameIndex = View.u16(Is64 ? 62 : 50);
    // gABI, "ELF Header": what does not fit is in the first entry.
    if (!Count)
      Count = word(Table + (Is64 ? 32 : 20));
    if (NameIndex == ELF::SHN_XINDEX)
      NameIndex = View.u32(Table + (Is64 ? 40 : 24));
    uint64_t EntrySize = Is64 ? 64 : 40;
    if (!View.containsArray(Table, Count, EntrySize))
      return;
    Headers.reserve(Count);
    for (uint64_t I = 0; I != Count; ++I) {
      uint64_t P = Table + I * EntrySize;
      Header H;
      H.Name = View.u32(P);
      H.Type = View.u32(P + 4);
      H.Flags = word(P + 8);
      H.Offset = word(P + (Is64 ? 24 : 16));
      H.Size = word(P + (Is64 ? 32 : 20));
      H.Link = View.u32(P + (Is64 ? 40 : 24));
      H.Info = View.u32(P + (Is64 ? 44 : 28));
      H.Align = word(P + (Is64 ? 48 : 32));
      Headers.push_back(H);
    }
    ByteView Names =
        NameIndex < Headers.size() ? content(Headers[NameIndex]) : ByteView();
    for (const Header &H : Headers) {
      ObjectSection S;
      S.Name = Names.cString(H.Name).value_or("").str();
      S.IsLoaded = H.Flags & ELF::SHF_ALLOC && !(H.Flags & ELF::SHF_TLS) &&
                   !(H.Flags & ELF::SHF_COMPRESSED);
      S.IsWritable = H.Flags & ELF::SHF_WRITE;
      S.IsExecutable = H.Flags & ELF::SHF_EXECINSTR;
      S.Alignment = isPowerOf2_64(H.Align) ? H.Align : 1;
      S.MemorySize = H.Size;
      if (H.Type != ELF::SHT_NOBITS) {
        S.FileOffset = Obj.FileOffset + H.Offset;
        S.FileSize = H.Size;
      }
      Obj.Sections.push_back(std::move(S));
    }
  }

  ByteView content(const Header &H) const {
    return H.Type == ELF::SHT_NOBITS ? ByteView() : View.view(H.Offset, H.Size);
  }

  void readSymbols(const Header &H) {
    ByteView Table = content(H);
    ByteView Names =
        H.Link < Headers.size() ? content(Headers[H.Link]) : ByteView();
    // Indices that do not fit 16 bits.
    ByteView Extended;
    for (const Header &X : Headers)
      if (X.Type == ELF::SHT_SYMTAB_SHNDX)
        Extended = content(X);
    uint64_t EntrySize = Is64 ? 24 : 16;
    Obj.Symbols.clear();
    Obj.Symbols.reserve(Table.size() / EntrySize);
    for (uint64_t P = 0; Table.contains(P, EntrySize); P += EntrySize) {
      ObjectSymbol S;
      S.Name = Names.cString(Table.u32(P)).value_or("");
      uint8_t Info = Table.u8(P + (Is64 ? 4 : 12));
      uint8_t Other = Table.u8(P + (Is64 ? 5 : 13));
      uint32_t Index = Table.u16(P + (Is64 ? 6 : 14));
      S.Value = Is64 ? Table.u64(P + 8) : Table.u32(P + 4);
      S.Size = Is64 ? Table.u64(P + 16) : Table.u32(P + 8);
      uint8_t Binding = Info >> 4, Type = Info & 0xf;
      S.IsGlobal = Binding != ELF::STB_LOCAL;
      S.IsWeak = Binding == ELF::STB_WEAK;
      S.IsHidden =
          (Other & 3) == ELF::STV_HIDDEN || (Other & 3) == ELF::STV_INTERNAL;
      S.IsFunction = Type == ELF::STT_FUNC;
      if (Index == ELF::SHN_XINDEX)
        Index = Extended.u32(P / EntrySize * 4);
      if (Type == ELF::STT_TLS || Type == ELF::STT_FILE)
        S.Place = ObjectSymbol::None;
      else if (Index == ELF::SHN_UNDEF)
        S.Place = ObjectSymbol::Undefined;
      else if (Index == ELF::SHN_ABS)
        S.Place = ObjectSymbol::Absolute;
      else if (Index == ELF::SHN_COMMON) {
        S.Place = ObjectSymbol::Common;
        S.Value = S.Size;
      } else if (Index < Obj.Sections.size()) {
        S.Place = ObjectSymbol::InSection;
        S.Section = Index;
      }
      Obj.Symbols.push_back(S);
    }
  }

  void readRelocations(const Header &H) {
    const ObjectSection &Target = Obj.Sections[H.Info];
    if (!Target.IsLoaded || Target.IsExecutable)
      return;
    auto [PointerType, DistanceType] = getELFDataRelocations(Machine, Is64);
    bool HasAddend = H.Type == ELF::SHT_RELA;
    uint64_t EntrySize = (Is64 ? 16 : 8) + (HasAddend ? (Is64 ? 8 : 4) : 0);
    ByteView Table = content(H);
    ByteView Words = content(Headers[H.Info]);
    auto [AddType, SubType] = getELFDifferenceRelocations(Machine);
    ObjectRelocation Added;
    for (uint64_t P = 0; Table.contains(P, EntrySize); P += EntrySize) {
      ObjectRelocation R;
      R.Section = H.Info;
      R.Offset = Is64 ? Table.u64(P) : Table.u32(P);
      uint32_t Type;
      if (!Is64) {
        uint32_t Info = Table.u32(P + 4);
        R.Symbol = Info >> 8;
        Type = Info & 0xff;
      } else if (Machine == ELF::EM_MIPS) {
        // Three types in a row, after the symbol and a byte for another.
        R.Symbol = Table.u32(P + 8);
        Type = Table.u8(P + 15);
      } else {
        uint64_t Info = Table.u64(P + 8);
        R.Symbol = Info >> 32;
        Type = uint32_t(Info);
      }
      // RISC-V and LoongArch say "a - b" in two relocations of one place.
      if (AddType && Type == AddType) {
        Added = R;
        Added.Addend = Table.u64(P + 16);
        if (!Is64)
          Added.Addend = int32_t(Table.u32(P + 8));
        continue;
      }
      if (AddType && Type == SubType && R.Offset == Added.Offset) {
        R.Kind = ObjectRelocation::Difference;
        R.Minus = R.Symbol;
        R.Symbol = Added.Symbol;
        R.Addend = Added.Addend - (Is64 ? int64_t(Table.u64(P + 16))
                                        : int64_t(int32_t(Table.u32(P + 8))));
        Obj.Relocations.push_back(R);
        continue;
      }
      if (Type == PointerType)
        R.Kind = ObjectRelocation::Pointer;
      else if (Type == DistanceType)
        R.Kind = ObjectRelocation::FromHere;
      else
        continue;
      if (HasAddend)
        R.Addend = Is64 ? int64_t(Table.u64(P + 16))
                        : int64_t(int32_t(Table.u32(P + 8)));
      else if (R.Kind == ObjectRelocation::Pointer && Is64)
        R.Addend = Words.u64(R.Offset);
      else
        R.Addend = int32_t(Words.u32(R.Offset));
      Obj.Relocations.push_back(R);
    }
  }

  Object &Obj;
  ByteView View;
  bool Is64;
  uint16_t Machine;
  std::vector<Header> Headers;
};

//===----------------------------------------------------------------------===//
// COFF
//===----------------------------------------------------------------------===//

/// PE/COFF, "COFF File Header", "Section Table", "COFF Symbol Table", "COFF
/// Relocations"; and LLVM's bigobj header.
class COFFObjectReader {
public:
  explicit COFFObjectReader(Object &Obj) : Obj(Obj), View(Obj.Bytes) {}

  void read() {
    IsBigObj = View.u16(0) == 0 && View.u16(2) == 0xffff;
    Machine = View.u16(IsBigObj ? 6 : 0);
    uint64_t Count = IsBigObj ? View.u32(44) : View.u16(2);
    SymbolTable = View.u32(IsBigObj ? 48 : 8);
    NumSymbols = View.u32(IsBigObj ? 52 : 12);
    SectionTable = IsBigObj ? 56 : 20 + View.u16(16);
    Strings = View.view(SymbolTable + NumSymbols * symbolSize(), UINT32_MAX);
    if (!View.containsArray(SectionTable, Count, 40) ||
        !View.containsArray(SymbolTable, NumSymbols, symbolSize()))
      return;
    for (uint64_t I = 0; I != Count; ++I)
      readSection(SectionTable + I * 40);
    readSymbols();
    for (uint64_t I = 0; I != Count; ++I)
      readRelocations(I);
  }

private:
  uint64_t symbolSize() const { return IsBigObj ? 20 : 18; }

  void readSection(uint64_t P) {
    ObjectSection S;
    S.Name = View.slice(P, 8).take_until([](char C) { return C == 0; }).str();
    uint32_t Flags = View.u32(P + 36);
    S.MemorySize = View.u32(P + 16);
    if (!(Flags & COFF::IMAGE_SCN_CNT_UNINITIALIZED_DATA)) {
      S.FileOffset = Obj.FileOffset + View.u32(P + 20);
      S.FileSize = S.MemorySize;
    }
    if (unsigned Code = Flags >> 20 & 0xf)
      S.Alignment = uint64_t(1) << (Code - 1);
    S.IsLoaded =
        !(Flags & (COFF::IMAGE_SCN_LNK_REMOVE | COFF::IMAGE_SCN_LNK_INFO |
                   COFF::IMAGE_SCN_MEM_DISCARDABLE));
    S.IsWritable = Flags & COFF::IMAGE_SCN_MEM_WRITE;
    S.IsExecutable = Flags & COFF::IMAGE_SCN_MEM_EXECUTE;
    Obj.Sections.push_back(std::move(S));
  }

  void readSymbols() {
    Obj.Symbols.resize(NumSymbols);
    for (uint64_t I = 0; I < NumSymbols; ++I) {
      uint64_t P = SymbolTable + I * symbolSize();
      ObjectSymbol &S = Obj.Symbols[I];
      S.Name = View.u32(P)
                   ? View.slice(P, 8).take_until([](char C) { return C == 0; })
                   : Strings.cString(View.u32(P + 4)).value_or("");
      // 32-bit Windows puts an underscore before what C calls by name.
      if (Machine == COFF::IMAGE_FILE_MACHINE_I386)
        S.Name.consume_front("_");
      S.Value = View.u32(P + 8);
      int32_t Section =
          IsBigObj ? int32_t(View.u32(P + 12)) : int16_t(View.u16(P + 12));
      uint16_t Type = View.u16(P + (IsBigObj ? 16 : 14));
      uint8_t Class = View.u8(P + (IsBigObj ? 18 : 16));
      uint8_t NumAux = View.u8(P + (IsBigObj ? 19 : 17));
      S.IsGlobal = Class == COFF::IMAGE_SYM_CLASS_EXTERNAL ||
                   Class == COFF::IMAGE_SYM_CLASS_WEAK_EXTERNAL;
      S.IsWeak = Class == COFF::IMAGE_SYM_CLASS_WEAK_EXTERNAL;
      S.IsFunction = Type >> 4 == COFF::IMAGE_SYM_DTYPE_FUNCTION;
      if (Section > 0 && uint32_t(Section) <= Obj.Sections.size()) {
        S.Place = ObjectSymbol::InSection;
        S.Section = Section - 1;
      } else if (Section == COFF::IMAGE_SYM_UNDEFINED) {
        S.Place = S.Value && !S.IsWeak ? ObjectSymbol::Common
                                       : ObjectSymbol::Undefined;
        S.Size = S.Value;
      } else if (Section == COFF::IMAGE_SYM_ABSOLUTE) {
        S.Place = ObjectSymbol::Absolute;
      }
      I += NumAux;
    }
  }

  void readRelocations(uint64_t Index) {
    const ObjectSection &S = Obj.Sections[Index];
    if (!S.IsLoaded || S.IsExecutable)
      return;
    uint64_t P = SectionTable + Index * 40;
    uint64_t Table = View.u32(P + 24);
    uint64_t Count = View.u16(P + 32);
    if (Count == UINT16_MAX &&
        View.u32(P + 36) & COFF::IMAGE_SCN_LNK_NRELOC_OVFL) {
      Count = View.u32(Table);
      Count -= Count != 0;
      Table += 10;
    }
    if (!View.containsArray(Table, Count, 10))
      return;
    ByteView Words = View.view(S.FileOffset - Obj.FileOffset, S.FileSize);
    for (uint64_t I = 0; I != Count; ++I) {
      uint64_t Entry = Table + I * 10;
      ObjectRelocation R;
      R.Section = Index;
      R.Offset = View.u32(Entry);
      R.Symbol = View.u32(Entry + 4);
      uint16_t Type = View.u16(Entry + 8);
      auto [PointerType, DistanceType, PointerSize] = types();
      if (Type == PointerType) {
        R.Addend = PointerSize == 8 ? int64_t(Words.u64(R.Offset))
                                    : int64_t(int32_t(Words.u32(R.Offset)));
      } else if (Type == DistanceType) {
        R.Kind = ObjectRelocation::FromHere;
        // The distance is from the end of the field.
        R.Addend = int64_t(int32_t(Words.u32(R.Offset))) - 4;
      } else {
        continue;
      }
      Obj.Relocations.push_back(R);
    }
  }

  std::tuple<uint16_t, uint16_t, unsigned> types() const {
    switch (Machine) {
    case COFF::IMAGE_FILE_MACHINE_AMD64:
      return {COFF::IMAGE_REL_AMD64_ADDR64, COFF::IMAGE_REL_AMD64_REL32, 8};
    case COFF::IMAGE_FILE_MACHINE_I386:
      return {COFF::IMAGE_REL_I386_DIR32, COFF::IMAGE_REL_I386_REL32, 4};
    case COFF::IMAGE_FILE_MACHINE_ARMNT:
      return {COFF::IMAGE_REL_ARM_ADDR32, COFF::IMAGE_REL_ARM_REL32, 4};
    default:
      return {COFF::IMAGE_REL_ARM64_ADDR64, COFF::IMAGE_REL_ARM64_REL32, 8};
    }
  }

  Object &Obj;
  ByteView View;
  bool IsBigObj = false;
  uint16_t Machine = 0;
  uint64_t SectionTable = 0, SymbolTable = 0, NumSymbols = 0;
  ByteView Strings;
};

//===----------------------------------------------------------------------===//
// Mach-O
//===----------------------------------------------------------------------===//

/// <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/reloc.h>.
class MachOObjectReader {
public:
  MachOObjectReader(Object &Obj, bool Is64)
      : Obj(Obj), View(Obj.Bytes, Obj.IsLittleEndian), Is64(Is64) {}

  void read() {
    uint64_t Offset = Is64 ? 32 : 28;
    uint32_t Count = View.u32(16);
    for (uint32_t I = 0; I != Count && View.contains(Offset, 8); ++I) {
      uint32_t Command = View.u32(Offset);
      uint32_t Size = View.u32(Offset + 4);
      if (Command == (Is64 ? MachO::LC_SEGMENT_64 : MachO::LC_SEGMENT))
        readSegment(Offset, Size);
      else if (Command == MachO::LC_SYMTAB)
        readSymbols(Offset);
      if (Size < 8)
        return;
      Offset += Size;
    }
    for (uint32_t I = 0; I != Obj.Sections.size(); ++I)
      readRelocations(I);
  }

private:
  uint64_t word(uint64_t Offset) const { return View.uN(Offset, Is64 ? 8 : 4); }

  void readSegment(uint64_t Command, uint64_t Size) {
    uint64_t HeaderSize = Is64 ? 72 : 56, EntrySize = Is64 ? 80 : 68;
    uint32_t Count = View.u32(Command + HeaderSize - 8);
    for (uint32_t I = 0; I != Count; ++I) {
      uint64_t P = Command + HeaderSize + I * EntrySize;
      if (!View.contains(P, EntrySize))
        return;
      auto Name = [&](uint64_t At) {
        return View.slice(At, 16).take_until([](char C) { return C == 0; });
      };
      ObjectSection S;
      S.Name = Name(P).str();
      S.SegmentName = Name(P + 16);
      S.OldAddress = word(P + 32);
      S.MemorySize = word(P + (Is64 ? 40 : 36));
      uint64_t Rest = P + (Is64 ? 48 : 40);
      uint32_t Flags = View.u32(Rest + 16);
      uint8_t Type = Flags & MachO::SECTION_TYPE;
      if (Type != MachO::S_ZEROFILL && Type != MachO::S_GB_ZEROFILL) {
        S.FileOffset = Obj.FileOffset + View.u32(Rest);
        S.FileSize = S.MemorySize;
      }
      S.Alignment = uint64_t(1) << std::min(View.u32(Rest + 4), 31u);
      S.IsLoaded = S.SegmentName != "__DWARF" && S.SegmentName != "__LLVM" &&
                   S.SegmentName != "__LD" &&
                   Type != MachO::S_THREAD_LOCAL_ZEROFILL;
      S.IsExecutable = Flags & MachO::S_ATTR_PURE_INSTRUCTIONS;
      S.IsWritable = S.SegmentName.starts_with("__DATA");
      Relocations.push_back({View.u32(Rest + 8), View.u32(Rest + 12)});
      Obj.Sections.push_back(std::move(S));
    }
  }

  void readSymbols(uint64_t Command) {
    uint64_t Table = View.u32(Command + 8);
    uint64_t Count = View.u32(Command + 12);
    ByteView Names = View.view(View.u32(Command + 16), View.u32(Command + 20));
    uint64_t EntrySize = Is64 ? 16 : 12;
    if (!View.containsArray(Table, Count, EntrySize))
      return;
    Obj.Symbols.resize(Count);
    for (uint64_t I = 0; I != Count; ++I) {
      uint64_t P = Table + I * EntrySize;
      uint8_t Type = View.u8(P + 4);
      uint8_t Section = View.u8(P + 5);
      uint16_t Description = View.u16(P + 6);
      if (Type & MachO::N_STAB)
        continue;
      ObjectSymbol &S = Obj.Symbols[I];
      S.Name = Names.cString(View.u32(P)).value_or("");
      S.Name.consume_front("_");
      S.Value = word(P + 8);
      S.IsGlobal = Type & MachO::N_EXT;
      S.IsHidden = Type & MachO::N_PEXT;
      S.IsWeak = Description & MachO::N_WEAK_DEF;
      switch (Type & MachO::N_TYPE) {
      case MachO::N_UNDF:
        S.Place = S.Value ? ObjectSymbol::Common : ObjectSymbol::Undefined;
        S.Size = S.Value;
        break;
      case MachO::N_ABS:
        S.Place = ObjectSymbol::Absolute;
        break;
      case MachO::N_SECT:
        if (Section == 0 || Section > Obj.Sections.size())
          break;
        S.Place = ObjectSymbol::InSection;
        S.Section = Section - 1;
        S.Value -= Obj.Sections[S.Section].OldAddress;
        S.IsFunction = Obj.Sections[S.Section].IsExecutable;
        break;
      }
    }
  }

  void readRelocations(uint32_t Index) {
    const ObjectSection &S = Obj.Sections[Index];
    auto [Table, Count] = Relocations[Index];
    if (!S.IsLoaded || S.IsExecutable || !View.containsArray(Table, Count, 8))
      return;
    uint32_t CPU = View.u32(4);
    uint8_t Subtractor = CPU == MachO::CPU_TYPE_X86_64
                             ? uint8_t(MachO::X86_64_RELOC_SUBTRACTOR)
                             : uint8_t(MachO::ARM64_RELOC_SUBTRACTOR);
    ByteView Words = View.view(S.FileOffset - Obj.FileOffset, S.FileSize);
    bool HasMinus = false;
    uint32_t Minus = 0;
    for (uint64_t I = 0; I != Count; ++I) {
      uint64_t P = Table + I * 8;
      uint32_t Address = View.u32(P), Info = View.u32(P + 4);
      // Scattered relocations are of 32-bit machines, for differences.
      if (!Is64 && Address >> 31)
        continue;
      unsigned Length, Type;
      bool IsExternal;
      ObjectRelocation R;
      if (Obj.IsLittleEndian) {
        R.Symbol = Info & 0xffffff;
        Length = Info >> 25 & 3;
        IsExternal = Info >> 27 & 1;
        Type = Info >> 28;
      } else {
        R.Symbol = Info >> 8;
        Length = Info >> 5 & 3;
        IsExternal = Info >> 4 & 1;
        Type = Info & 0xf;
      }
      if (Is64 && Type == Subtractor && IsExternal) {
        HasMinus = true;
        Minus = R.Symbol;
        continue;
      }
      R.Section = Index;
      R.Offset = Address;
      R.IsSectionSymbol = !IsExternal;
      bool IsPointer = Length == (Is64 ? 3 : 2) && !HasMinus;
      bool IsDifference = Length == 2 && HasMinus;
      HasMinus = false;
      if (Type != 0 || (!IsPointer && !IsDifference))
        continue;
      if (IsDifference) {
        R.Kind = ObjectRelocation::Difference;
        R.Minus = Minus;
      }
      R.Addend = IsPointer && Is64 ? int64_t(Words.u64(R.Offset))
                                   : int64_t(int32_t(Words.u32(R.Offset)));
      if (!IsExternal) {
        // The word has the address that the target has in the object.
        if (R.Symbol == 0 || R.Symbol > Obj.Sections.size())
          continue;
        R.Symbol -= 1;
        R.Addend -= Obj.Sections[R.Symbol].OldAddress;
      }
      Obj.Relocations.push_back(R);
    }
  }

  Object &Obj;
  ByteView View;
  bool Is64;
  std::vector<std::pair<uint32_t, uint32_t>> Relocations;
};

//===----------------------------------------------------------------------===//
// The link
//===----------------------------------------------------------------------===//

/// What relocation makes of one word.
struct RelocatedWord {
  uint64_t Address;
  ImageWord Word;
};

class ObjectImage : public ImageFile {
public:
  ObjectImage(ContainerFormat Format, MemoryBufferRef Buffer,
              const InputSummary &Summary)
      : ImageFile(Format, Buffer.getBufferIdentifier(), Buffer.getBuffer()) {
    Arch = Summary.Arch;
    PointerSize = Summary.Is64 ? 8 : 4;
    IsLittleEndian = Summary.IsLittleEndian;
    TheTriple.setArch(Arch);
    TheTriple.setObjectFormat(Format == ContainerFormat::ELF ? Triple::ELF
                              : Format == ContainerFormat::MachO
                                  ? Triple::MachO
                                  : Triple::COFF);
  }

  Error link(std::vector<Object> Objects);

  CanonicalContent canonicalContent() const override {
    CanonicalContent Content;
    Content.Ranges.push_back({0, Bytes.size(), /*IsZero=*/false});
    return Content;
  }

protected:
  Expected<ImageWord> relocate(uint64_t Address,
                               uint64_t Stored) const override {
    auto It = llvm::lower_bound(
        Words, Address,
        [](const RelocatedWord &W, uint64_t A) { return W.Address < A; });
    if (It != Words.end() && It->Address == Address)
      return It->Word;
    return ImageWord{ImageWord::Constant, Stored, ""};
  }

private:
  void placeSections(std::vector<Object> &Objects);
  void resolveSymbols(std::vector<Object> &Objects);
  Error applyRelocations(const Object &Obj);

  std::vector<RelocatedWord> Words;
  /// A copy of the file with distances filled in, if there are any.
  std::string Patched;
  /// The first address after all sections.
  uint64_t End = 4096;
};

} // namespace

void ObjectImage::placeSections(std::vector<Object> &Objects) {
  for (Object &Obj : Objects)
    for (ObjectSection &S : Obj.Sections) {
      if (!S.IsLoaded || !S.MemorySize)
        continue;
      S.Address = alignTo(End, S.Alignment);
      // checkLinkerInput() limits both far below the address space, but there
      // may be many sections.
      if (S.MemorySize >
          (uint64_t(1) << 62) - std::min(S.Address, uint64_t(1) << 62)) {
        S.IsLoaded = false;
        continue;
      }
      End = S.Address + S.MemorySize;
      ImageSegment Segment;
      Segment.Address = S.Address;
      Segment.MemorySize = S.MemorySize;
      Segment.FileOffset = S.FileOffset;
      Segment.FileSize = S.FileSize;
      Segment.IsReadable = true;
      Segment.IsWritable = S.IsWritable;
      Segment.IsExecutable = S.IsExecutable;
      Segments.push_back(Segment);
      Sections.push_back({S.SegmentName, S.Name, S.Address, S.MemorySize,
                          S.FileOffset, S.FileSize});
    }
}

void ObjectImage::resolveSymbols(std::vector<Object> &Objects) {
  struct Definition {
    ImageSymbol Symbol;
    bool IsWeak;
    bool IsHidden;
  };
  StringMap<Definition> Globals;
  uint64_t CommonBegin = alignTo(End, 16);
  uint64_t CommonEnd = CommonBegin;
  for (Object &Obj : Objects) {
    Obj.Addresses.resize(Obj.Symbols.size());
    Obj.IsResolved.resize(Obj.Symbols.size());
    for (auto [I, S] : enumerate(Obj.Symbols)) {
      uint64_t &Address = Obj.Addresses[I];
      switch (S.Place) {
      case ObjectSymbol::None:
      case ObjectSymbol::Undefined:
        continue;
      case ObjectSymbol::Absolute:
        Address = S.Value;
        break;
      case ObjectSymbol::Common:
        if (Globals.count(S.Name) || S.Value > (uint64_t(1) << 40))
          continue;
        Address = alignTo(CommonEnd, 16);
        CommonEnd = Address + S.Value;
        break;
      case ObjectSymbol::InSection:
        if (!Obj.Sections[S.Section].IsLoaded)
          continue;
        Address = Obj.Sections[S.Section].Address + S.Value;
        break;
      }
      Obj.IsResolved[I] = true;
      ImageSymbol Symbol;
      Symbol.Name = S.Name;
      Symbol.Address = Address;
      Symbol.Size = S.Size;
      Symbol.IsFunction = S.IsFunction;
      if (!S.IsGlobal) {
        // Labels of the assembler, and marks of what is code and what data, are
        // nobody's names.
        if (S.Place == ObjectSymbol::InSection && !S.Name.empty() &&
            !S.Name.starts_with(".L") &&
            (S.IsFunction || !S.Name.starts_with("$")))
          Locals.push_back(Symbol);
        continue;
      }
      auto [It, IsNew] =
          Globals.try_emplace(S.Name, Definition{Symbol, S.IsWeak, S.IsHidden});
      if (!IsNew && It->second.IsWeak && !S.IsWeak)
        It->second = {Symbol, false, S.IsHidden};
    }
  }
  if (CommonEnd != CommonBegin) {
    ImageSegment Segment;
    Segment.Address = CommonBegin;
    Segment.MemorySize = CommonEnd - CommonBegin;
    Segment.IsReadable = Segment.IsWritable = true;
    Segments.push_back(Segment);
  }

  StringMap<bool> Undefined;
  for (Object &Obj : Objects)
    for (auto [I, S] : enumerate(Obj.Symbols)) {
      if (!S.IsGlobal || S.Place == ObjectSymbol::None)
        continue;
      auto It = Globals.find(S.Name);
      if (It != Globals.end()) {
        Obj.Addresses[I] = It->second.Symbol.Address;
        Obj.IsResolved[I] = true;
      } else if (!S.Name.empty() &&
                 Undefined.try_emplace(S.Name, true).second) {
        ImageSymbol Symbol;
        Symbol.Name = S.Name;
        Symbol.IsUndefined = true;
        Imports.push_back(Symbol);
      }
    }
  for (const auto &Entry : Globals)
    (Entry.second.IsHidden ? Locals : Exports).push_back(Entry.second.Symbol);
}

Error ObjectImage::applyRelocations(const Object &Obj) {
  for (const ObjectRelocation &R : Obj.Relocations) {
    const ObjectSection &S = Obj.Sections[R.Section];
    unsigned Size = R.Kind == ObjectRelocation::Pointer ? PointerSize : 4;
    if (R.Offset > S.FileSize || Size > S.FileSize - R.Offset || !S.Address)
      continue;
    uint64_t Place = S.Address + R.Offset;
    // The target, or nothing if another image must have it.
    std::optional<uint64_t> Target;
    if (R.IsSectionSymbol) {
      if (Obj.Sections[R.Symbol].Address)
        Target = Obj.Sections[R.Symbol].Address;
    } else if (R.Symbol >= Obj.Symbols.size()) {
      return damaged("a relocation of section '" + S.Name + "' has symbol " +
                     Twine(R.Symbol) + " of " + Twine(Obj.Symbols.size()));
    } else if (Obj.IsResolved[R.Symbol]) {
      Target = Obj.Addresses[R.Symbol];
    }

    if (R.Kind == ObjectRelocation::Pointer) {
      ImageWord Word;
      Word.Kind = Target ? ImageWord::Address : ImageWord::Import;
      Word.Value = Target.value_or(0) + uint64_t(R.Addend);
      if (PointerSize == 4)
        Word.Value = uint32_t(Word.Value);
      if (!Target && !R.IsSectionSymbol)
        Word.Symbol = Obj.Symbols[R.Symbol].Name;
      Words.push_back({Place, Word});
      continue;
    }
    uint64_t Minus = Place;
    if (R.Kind == ObjectRelocation::Difference) {
      if (R.Minus >= Obj.Symbols.size() || !Obj.IsResolved[R.Minus])
        continue;
      Minus = Obj.Addresses[R.Minus];
    }
    // A distance to another image is not known before there is a link.
    if (!Target)
      continue;
    int64_t Distance = int64_t(*Target - Minus + uint64_t(R.Addend));
    if (!isInt<32>(Distance))
      return damaged("a distance in section '" + S.Name + "' at offset " +
                     hexString(R.Offset) + " does not fit 32 bits");
    if (Patched.empty())
      Patched = Bytes.str();
    support::endian::write<uint32_t>(
        &Patched[S.FileOffset + R.Offset], uint32_t(Distance),
        Obj.IsLittleEndian ? endianness::little : endianness::big);
  }
  return Error::success();
}

Error ObjectImage::link(std::vector<Object> Objects) {
  placeSections(Objects);
  resolveSymbols(Objects);
  if (Error E = finishTables())
    return E;
  for (const Object &Obj : Objects)
    if (Error E = applyRelocations(Obj))
      return E;
  if (!Patched.empty())
    Bytes = Patched;
  llvm::sort(Words, [](const RelocatedWord &A, const RelocatedWord &B) {
    return A.Address < B.Address;
  });
  uint64_t LastPage = UINT64_MAX;
  for (size_t I = 0; I < Words.size(); ++I) {
    if (I && Words[I].Address == Words[I - 1].Address)
      return damaged("the word at address " + hexString(Words[I].Address) +
                     " is relocated twice");
    NumRelocatedPages += Words[I].Address / 4096 != LastPage;
    LastPage = Words[I].Address / 4096;
  }
  NumRelocations = Words.size();
  return Error::success();
}

Expected<std::unique_ptr<ImageFile>>
pkgimg::createObjectImage(MemoryBufferRef Buffer) {
  StringRef Name = Buffer.getBufferIdentifier();
  Expected<InputSummary> Summary = checkLinkerInput(Buffer);
  if (!Summary)
    return Summary.takeError();

  // One machine, one format.
  std::optional<FileKind> Kind;
  std::optional<InputSummary> First;
  std::vector<Object> Objects;
  auto AddObject = [&](StringRef Member, StringRef Bytes) -> Error {
    FileKind K = identifyFile(Bytes);
    if (K == FileKind::Bitcode || K == FileKind::LLVMAssembly)
      return createStringError(Name + ": '" + Member +
                               "' is bitcode, expected native objects; compile "
                               "it first");
    if (K != FileKind::ELFObject && K != FileKind::COFFObject &&
        K != FileKind::MachOObject)
      return Error::success();
    InputSummary S;
    S.Kind = K;
    if (Error E = checkSimpleInput(Name, Bytes, S))
      return E;
    if (!Kind) {
      Kind = K;
      First = S;
    } else if (*Kind != K || First->Arch != S.Arch || First->Is64 != S.Is64 ||
               First->IsLittleEndian != S.IsLittleEndian) {
      return createStringError(Name + ": '" + Member + "' is for " +
                               S.MachineName +
                               ", the objects before it are "
                               "for " +
                               First->MachineName);
    }
    Object Obj;
    Obj.Bytes = Bytes;
    Obj.FileOffset = Bytes.data() - Buffer.getBufferStart();
    Obj.IsLittleEndian = S.IsLittleEndian;
    if (K == FileKind::ELFObject)
      ELFObjectReader(Obj, Bytes[ELF::EI_CLASS] == ELF::ELFCLASS64).read();
    else if (K == FileKind::COFFObject)
      COFFObjectReader(Obj).read();
    else
      MachOObjectReader(Obj, S.Is64).read();
    Objects.push_back(std::move(Obj));
    return Error::success();
  };

  if (Summary->Kind == FileKind::ThinArchive)
    return createStringError(Name + ": the members of a thin archive are files "
                                    "of their own; give those");
  if (Summary->Kind == FileKind::Archive) {
    if (Error E = forEachArchiveMember(Buffer, [&](const ArchiveMember &M) {
          return AddObject(M.Name, M.Bytes);
        }))
      return std::move(E);
  } else if (Error E = AddObject(Name, Buffer.getBuffer())) {
    return std::move(E);
  }
  if (!Kind)
    return createStringError(Name +
                             ": expected ELF, COFF or Mach-O objects, "
                             "found: " +
                             getFileKindName(Summary->Kind));

  auto Image = std::make_unique<ObjectImage>(
      *Kind == FileKind::ELFObject    ? ContainerFormat::ELF
      : *Kind == FileKind::COFFObject ? ContainerFormat::PE
                                      : ContainerFormat::MachO,
      Buffer, *First);
  if (Error E = Image->link(std::move(Objects)))
    return std::move(E);
  return std::unique_ptr<ImageFile>(std::move(Image));
}
