//===- ObjectReaderELF.cpp - ELF objects ----------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteView.h"
#include "ELFMachine.h"
#include "ObjectReader.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;

namespace {
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
      S.Name = Obj.name(Names, H.Name);
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
      Obj.Sections.push_back(S);
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
      S.Name = Obj.name(Names, Table.u32(P));
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
        S.Alignment = S.Value;
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
    const ELFObjectTypes Types = getELFObjectTypes(Machine, Is64);
    bool HasAddend = H.Type == ELF::SHT_RELA;
    uint64_t EntrySize = (Is64 ? 16 : 8) + (HasAddend ? (Is64 ? 8 : 4) : 0);
    ByteView Table = content(H);
    if (!Obj.takeRelocations(Table.size()))
      return;
    ByteView Words = content(Headers[H.Info]);
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
      if (Types.Add && Type == Types.Add) {
        Added = R;
        Added.Addend = Table.u64(P + 16);
        if (!Is64)
          Added.Addend = int32_t(Table.u32(P + 8));
        continue;
      }
      if (Types.Add && Type == Types.Subtract && R.Offset == Added.Offset) {
        R.Kind = ObjectRelocation::Difference;
        R.Minus = R.Symbol;
        R.Symbol = Added.Symbol;
        R.Addend = Added.Addend - (Is64 ? int64_t(Table.u64(P + 16))
                                        : int64_t(int32_t(Table.u32(P + 8))));
        Obj.Relocations.push_back(R);
        continue;
      }
      if (!Type) // R_*_NONE, and what the machine has no type for.
        continue;
      if (Type == Types.Word)
        R.Kind = ObjectRelocation::Pointer;
      else if (Type == Types.Distance)
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
} // namespace

void pkgimg::readELFObject(Object &Obj) {
  bool Is64 = ByteView(Obj.Bytes).u8(ELF::EI_CLASS) == ELF::ELFCLASS64;
  ELFObjectReader(Obj, Is64).read();
}
