//===- ObjectReaderCOFF.cpp - COFF objects --------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteView.h"
#include "ObjectReader.h"
#include "llvm/BinaryFormat/COFF.h"
#include <tuple>

using namespace llvm;
using namespace pkgimg;

namespace {
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
    S.Name = View.slice(P, 8).take_until([](char C) { return C == 0; });
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
    Obj.Sections.push_back(S);
  }

  void readSymbols() {
    Obj.Symbols.resize(NumSymbols);
    for (uint64_t I = 0; I < NumSymbols; ++I) {
      uint64_t P = SymbolTable + I * symbolSize();
      ObjectSymbol &S = Obj.Symbols[I];
      S.Name = View.u32(P)
                   ? View.slice(P, 8).take_until([](char C) { return C == 0; })
                   : Obj.name(Strings, View.u32(P + 4));
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
    if (!View.containsArray(Table, Count, 10) ||
        !Obj.takeRelocations(Count * 10))
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
} // namespace

void pkgimg::readCOFFObject(Object &Obj) { COFFObjectReader(Obj).read(); }
