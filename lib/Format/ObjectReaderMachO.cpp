//===- ObjectReaderMachO.cpp - Mach-O objects -----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteView.h"
#include "ObjectReader.h"
#include "llvm/BinaryFormat/MachO.h"
#include <optional>

using namespace llvm;
using namespace pkgimg;

namespace {
/// <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/reloc.h>.
class MachOObjectReader {
public:
  MachOObjectReader(Object &Obj, bool Is64)
      : Obj(Obj), View(Obj.Bytes, Obj.IsLittleEndian), Is64(Is64) {}

  void read() {
    // The symbols refer to sections, whichever command comes first.
    std::optional<uint64_t> Symtab;
    uint64_t Offset = Is64 ? 32 : 28;
    uint32_t Count = View.u32(16);
    for (uint32_t I = 0; I != Count && View.contains(Offset, 8); ++I) {
      uint32_t Command = View.u32(Offset);
      uint32_t Size = View.u32(Offset + 4);
      if (Command == (Is64 ? MachO::LC_SEGMENT_64 : MachO::LC_SEGMENT))
        readSegment(Offset, Size);
      else if (Command == MachO::LC_SYMTAB)
        Symtab = Offset;
      if (Size < 8)
        break;
      Offset += Size;
    }
    if (Symtab)
      readSymbols(*Symtab);
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
      S.Name = Name(P);
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
      Obj.Sections.push_back(S);
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
      S.Name = Obj.name(Names, View.u32(P));
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

  /// The type of a relocation whose symbol the next one's is less of; other
  /// machines say that by scattered relocations.
  std::optional<uint8_t> subtractor() const {
    switch (View.u32(4)) {
    case MachO::CPU_TYPE_X86_64:
      return uint8_t(MachO::X86_64_RELOC_SUBTRACTOR);
    case MachO::CPU_TYPE_ARM64:
    case MachO::CPU_TYPE_ARM64_32:
      return uint8_t(MachO::ARM64_RELOC_SUBTRACTOR);
    default:
      return std::nullopt;
    }
  }

  void readRelocations(uint32_t Index) {
    const ObjectSection &S = Obj.Sections[Index];
    auto [Table, Count] = Relocations[Index];
    if (!S.IsLoaded || S.IsExecutable || !View.containsArray(Table, Count, 8) ||
        !Obj.takeRelocations(uint64_t(Count) * 8))
      return;
    const std::optional<uint8_t> Subtractor = subtractor();
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
      if (Subtractor && Type == *Subtractor && IsExternal) {
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
} // namespace

void pkgimg::readMachOObject(Object &Obj) {
  uint32_t Magic = ByteView(Obj.Bytes, Obj.IsLittleEndian).u32(0);
  MachOObjectReader(Obj, Magic == MachO::MH_MAGIC_64).read();
}
