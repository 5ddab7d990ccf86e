//===- ELFLibraryWriter.cpp - small ELF shared libraries ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes ELF shared libraries: a segment for each protection, dynamic linking
/// information by the gABI (System V ABI, chapters 4 and 5) and the machine's
/// psABI, and section headers.
///
//===----------------------------------------------------------------------===//

#include "ELFMachine.h"
#include "ImageFileImpl.h"
#include "LibraryWriterImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/DJB.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace llvm;
using namespace llvm::ELF;
using namespace pkgimg;

namespace {

/// The bytes of our note before its content.
constexpr uint64_t NotePrefix = 12 + alignTo(HeaderNoteOwner.size() + 1, 4);

/// A section: its header, and its content.
struct OutputSection {
  StringRef Name;
  uint32_t Type = SHT_PROGBITS;
  uint64_t Flags = 0;
  uint64_t Align = 1;
  uint64_t EntrySize = 0;
  uint32_t Info = 0;
  /// The section that sh_link names.
  const OutputSection *Link = nullptr;
  std::string Bytes;
  /// At least Bytes.size(), for sections of no bytes.
  uint64_t Size = 0;
  uint64_t Address = 0;
  uint64_t Offset = 0;
  /// 0 if the section is left out.
  uint32_t Index = 0;
};

/// A run of sections with one protection.
struct OutputSegment {
  uint32_t Flags;
  std::vector<OutputSection *> Sections;
  uint64_t Address = 0, Offset = 0, FileSize = 0, MemorySize = 0;
  uint64_t Align = 0;
};

struct OutputSymbol {
  StringRef Name;
  /// Null if it is undefined.
  const DataDefinition *Definition = nullptr;
};

class ELFLibraryWriter {
public:
  ELFLibraryWriter(LibraryLayout Layout, const ELFTarget &Target)
      : Layout(std::move(Layout)), Spec(this->Layout.Spec), Target(Target),
        Types(getELFDynamicTypes(Target.Machine, is64())) {}

  Expected<std::string> write();

private:
  bool is64() const { return Layout.PointerSize == 8; }
  uint64_t wordSize() const { return Layout.PointerSize; }
  bool isMips() const { return Target.Machine == EM_MIPS; }
  endianness order() const {
    return Layout.IsLittleEndian ? endianness::little : endianness::big;
  }

  template <typename T> void put(std::string &To, uint64_t Value) const {
    char Buffer[sizeof(T)];
    support::endian::write<T>(Buffer, T(Value), order());
    To.append(Buffer, sizeof(T));
  }
  void putWord(std::string &To, uint64_t Value) const {
    if (is64())
      put<uint64_t>(To, Value);
    else
      put<uint32_t>(To, Value);
  }
  void putNote(OutputSection &S, StringRef Owner, uint32_t Type,
               StringRef Content) const;

  /// True if the table of relative relocations has the word.
  bool isPacked(const PlacedPointer &P) const {
    return UsesRelr && P.Import < 0 && P.Address % wordSize() == 0;
  }

  void chooseSymbols();
  void makeHashes();
  void makeSizes();
  void makeNotes();
  void arrange();
  Error placeAll();
  std::string encodeRelr(const LibraryLayout &Placed) const;
  void makeRelocations();
  void putRelocation(const PlacedPointer &P);
  void makeSymbols(OutputSection &Table, ArrayRef<OutputSymbol> Symbols,
                   uint32_t NumLocals, OutputSection &Strings);
  void putSymbol(OutputSection &Table, uint64_t Name, unsigned Info,
                 unsigned Other, unsigned Section, uint64_t Value,
                 uint64_t Size) const;
  void makeDynamic();
  std::string assemble();

  const OutputSection &sectionOf(DataDefinition::PlaceType Place) const;
  std::vector<OutputSection *> allocated();

  LibraryLayout Layout;
  const LibrarySpec &Spec;
  ELFTarget Target;
  ELFDynamicTypes Types;
  bool IsRela = true;
  bool UsesRelr = false;
  /// Of the dynamic symbol table, without the null symbol.
  std::vector<OutputSymbol> DynamicSymbols;
  /// Index in the dynamic symbol table of the first import.
  uint32_t FirstImport = 1;
  /// Offsets in .dynstr.
  std::vector<uint64_t> NeededOffsets;
  uint64_t SonameOffset = 0;

  OutputSection AbiTag, Note, DynSym, Hash, GnuHash, DynStr, Rel, Relr, ROData,
      Text, RelRO, Dynamic, GOT, RelROPadding, Data, BSS, SymTab, StrTab,
      ShStrTab;
  std::vector<OutputSegment> Segments;
};

} // namespace

const OutputSection &
ELFLibraryWriter::sectionOf(DataDefinition::PlaceType Place) const {
  switch (Place) {
  case DataDefinition::Text:
    return Text;
  case DataDefinition::ReadOnly:
    return ROData;
  case DataDefinition::RelRO:
    return RelRO;
  case DataDefinition::Data:
    return Data;
  case DataDefinition::Header:
    return Note;
  }
  llvm_unreachable("unknown place");
}

/// Imports stand first where there is a GNU hash table, which covers the end of
/// the table, and last on MIPS, where the GOT covers the end.
void ELFLibraryWriter::chooseSymbols() {
  std::vector<OutputSymbol> Imports, Exports;
  for (const std::string &Name : Layout.Imports)
    Imports.push_back({Name, nullptr});
  for (const DataDefinition &D : Spec.Definitions)
    if (D.Linkage == DataDefinition::Exported && !D.Name.empty())
      Exports.push_back({D.Name, &D});
  uint32_t NumBuckets = std::max<uint32_t>(Exports.size() / 4, 1);
  llvm::sort(Exports, [&](const OutputSymbol &A, const OutputSymbol &B) {
    return std::pair(djbHash(A.Name) % NumBuckets, A.Name) <
           std::pair(djbHash(B.Name) % NumBuckets, B.Name);
  });
  FirstImport = isMips() ? Exports.size() + 1 : 1;
  DynamicSymbols = isMips() ? Exports : Imports;
  llvm::append_range(DynamicSymbols, isMips() ? Imports : Exports);
}

/// The hash function of the gABI.
static uint32_t hashSysV(StringRef Name) {
  uint32_t H = 0;
  for (uint8_t C : Name.bytes()) {
    H = (H << 4) + C;
    uint32_t High = H & 0xf0000000;
    H = (H ^ (High >> 24)) & ~High;
  }
  return H;
}

void ELFLibraryWriter::makeHashes() {
  uint32_t NumSymbols = DynamicSymbols.size() + 1;
  // The psABI of 64-bit SystemZ has entries of 8 bytes, tools write 4; the
  // other table serves there.
  if (Target.Machine != EM_S390 || !is64()) {
    std::vector<uint32_t> Buckets(NumSymbols), Chains(NumSymbols);
    for (uint32_t I = NumSymbols - 1; I != 0; --I) {
      uint32_t B = hashSysV(DynamicSymbols[I - 1].Name) % NumSymbols;
      Chains[I] = Buckets[B];
      Buckets[B] = I;
    }
    put<uint32_t>(Hash.Bytes, NumSymbols);
    put<uint32_t>(Hash.Bytes, NumSymbols);
    for (uint32_t Value : Buckets)
      put<uint32_t>(Hash.Bytes, Value);
    for (uint32_t Value : Chains)
      put<uint32_t>(Hash.Bytes, Value);
  }
  if (isMips())
    return;

  uint32_t First = FirstImport + Layout.Imports.size();
  uint32_t NumExports = NumSymbols - First;
  uint32_t NumBuckets = std::max<uint32_t>(NumExports / 4, 1);
  const unsigned WordBits = 8 * wordSize();
  const unsigned Shift = 26;
  uint32_t NumWords = PowerOf2Ceil(NumExports * 12 / WordBits + 1);
  std::vector<uint64_t> Filter(NumWords);
  std::vector<uint32_t> Buckets(NumBuckets), Chains(NumExports);
  for (uint32_t I = 0; I != NumExports; ++I) {
    uint32_t H = djbHash(DynamicSymbols[First - 1 + I].Name);
    Filter[H / WordBits % NumWords] |= uint64_t(1) << (H % WordBits) |
                                       uint64_t(1) << ((H >> Shift) % WordBits);
    uint32_t &Bucket = Buckets[H % NumBuckets];
    bool IsFirst = !Bucket;
    if (IsFirst)
      Bucket = First + I;
    Chains[I] = H & ~1u;
    if (IsFirst && I)
      Chains[I - 1] |= 1;
  }
  if (NumExports)
    Chains.back() |= 1;
  for (uint32_t Value : {NumBuckets, First, NumWords, Shift})
    put<uint32_t>(GnuHash.Bytes, Value);
  for (uint64_t Value : Filter)
    putWord(GnuHash.Bytes, Value);
  for (uint32_t Value : Buckets)
    put<uint32_t>(GnuHash.Bytes, Value);
  for (uint32_t Value : Chains)
    put<uint32_t>(GnuHash.Bytes, Value);
}

void ELFLibraryWriter::putNote(OutputSection &S, StringRef Owner, uint32_t Type,
                               StringRef Content) const {
  put<uint32_t>(S.Bytes, Owner.size() + 1);
  put<uint32_t>(S.Bytes, Content.size());
  put<uint32_t>(S.Bytes, Type);
  S.Bytes += Owner;
  S.Bytes += '\0';
  S.Bytes.resize(alignTo(S.Bytes.size(), 4));
  S.Bytes += Content;
  S.Bytes.resize(alignTo(S.Bytes.size(), 4));
}

/// LSB, "ABI note tag", and what other systems have in its place, with the
/// least version that each allows.
void ELFLibraryWriter::makeNotes() {
  std::string Content;
  if (Spec.TheTriple.isAndroid()) {
    put<uint32_t>(Content, 1);
    putNote(AbiTag, "Android", 1, Content);
  } else if (Spec.TheTriple.isOSLinux() && Spec.TheTriple.isGNUEnvironment()) {
    for (uint32_t Value : {0, 0, 0, 0})
      put<uint32_t>(Content, Value);
    putNote(AbiTag, "GNU", NT_GNU_ABI_TAG, Content);
  } else if (Spec.TheTriple.isOSNetBSD() || Spec.TheTriple.isOSOpenBSD()) {
    put<uint32_t>(Content, 0);
    putNote(AbiTag, Spec.TheTriple.isOSNetBSD() ? "NetBSD" : "OpenBSD", 1,
            Content);
  }
  bool HasHeader = llvm::any_of(Spec.Definitions, [](const DataDefinition &D) {
    return D.Place == DataDefinition::Header;
  });
  if (HasHeader)
    putNote(Note, HeaderNoteOwner, HeaderNoteType,
            Layout.block(DataDefinition::Header).Bytes);
}

/// The content, or at least the size, of all sections but .relr.dyn.
void ELFLibraryWriter::makeSizes() {
  chooseSymbols();
  makeHashes();
  makeNotes();

  DynStr.Bytes.push_back('\0');
  auto AddString = [&](StringRef S) {
    uint64_t Offset = DynStr.Bytes.size();
    DynStr.Bytes += S;
    DynStr.Bytes += '\0';
    return Offset;
  };
  for (const std::string &Library : Spec.NeededLibraries)
    NeededOffsets.push_back(AddString(Library));
  if (!Spec.OutputName.empty())
    SonameOffset = AddString(Spec.OutputName);
  // Names of symbols follow, in makeSymbols().
  DynStr.Size = DynStr.Bytes.size();
  for (const OutputSymbol &S : DynamicSymbols)
    DynStr.Size += S.Name.size() + 1;

  uint64_t SymbolSize = is64() ? 24 : 16;
  DynSym.Size = (DynamicSymbols.size() + 1) * SymbolSize;
  if (isMips())
    GOT.Size = (2 + Layout.Imports.size()) * wordSize();

  auto TakeBlock = [&](OutputSection &S, DataDefinition::PlaceType Place) {
    LibraryLayout::Block &B = Layout.block(Place);
    S.Size = B.Bytes.size();
    S.Align = B.Alignment;
  };
  TakeBlock(Text, DataDefinition::Text);
  TakeBlock(ROData, DataDefinition::ReadOnly);
  TakeBlock(RelRO, DataDefinition::RelRO);
  TakeBlock(Data, DataDefinition::Data);
  BSS.Size = Layout.block(DataDefinition::Data).MemorySize - Data.Size;
  if (!Data.Size)
    BSS.Align = Data.Align;
  if (UsesRelr)
    return;
  for (const DataDefinition &D : Spec.Definitions)
    Rel.Size += llvm::count_if(D.Fixups,
                               [](const DataFixup &F) {
                                 return F.Kind == DataFixup::Pointer;
                               }) *
                (IsRela ? 3 : 2) * wordSize();
}

std::vector<OutputSection *> ELFLibraryWriter::allocated() {
  std::vector<OutputSection *> All;
  for (OutputSegment &S : Segments)
    llvm::append_range(All, S.Sections);
  return All;
}

/// Describes the sections, and puts those that have something into segments.
void ELFLibraryWriter::arrange() {
  auto Describe = [](OutputSection &S, StringRef Name, uint32_t Type,
                     uint64_t Flags, uint64_t Align, uint64_t EntrySize = 0,
                     OutputSection *Link = nullptr) {
    S.Name = Name;
    S.Type = Type;
    S.Flags = Flags;
    S.Align = std::max(S.Align, Align);
    S.EntrySize = EntrySize;
    S.Link = Link;
    S.Size = std::max<uint64_t>(S.Size, S.Bytes.size());
  };
  const uint64_t W = wordSize();
  const uint64_t SymbolSize = is64() ? 24 : 16;
  Describe(AbiTag, ".note.ABI-tag", SHT_NOTE, SHF_ALLOC, 4);
  Describe(Note, HeaderNoteSection, SHT_NOTE, SHF_ALLOC, 4);
  Describe(DynSym, ".dynsym", SHT_DYNSYM, SHF_ALLOC, W, SymbolSize, &DynStr);
  DynSym.Info = 1;
  Describe(Hash, ".hash", SHT_HASH, SHF_ALLOC, 4, 4, &DynSym);
  Describe(GnuHash, ".gnu.hash", SHT_GNU_HASH, SHF_ALLOC, W, is64() ? 0 : 4,
           &DynSym);
  Describe(DynStr, ".dynstr", SHT_STRTAB, SHF_ALLOC, 1);
  Describe(Rel, IsRela ? ".rela.dyn" : ".rel.dyn", IsRela ? SHT_RELA : SHT_REL,
           SHF_ALLOC, W, (IsRela ? 3 : 2) * W, &DynSym);
  Describe(Relr, ".relr.dyn", SHT_RELR, SHF_ALLOC, W, W);
  Describe(ROData, ".rodata", SHT_PROGBITS, SHF_ALLOC, 1);
  Describe(Text, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 4);
  Describe(RelRO, ".data.rel.ro", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, W);
  Describe(Dynamic, ".dynamic", SHT_DYNAMIC, SHF_ALLOC | SHF_WRITE, W, 2 * W,
           &DynStr);
  Describe(GOT, ".got", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, W, W);
  if (isMips())
    GOT.Flags |= SHF_MIPS_GPREL;
  Describe(Data, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, W);
  Describe(BSS, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 1);

  // As LLD, so that tools that go by sections see all of the segment.
  Describe(RelROPadding, ".relro_padding", SHT_NOBITS, SHF_ALLOC | SHF_WRITE,
           1);
  RelROPadding.Size = 1;

  Segments = {{PF_R,
               {&Note, &AbiTag, &DynSym, &Hash, &GnuHash, &DynStr, &Rel, &Relr,
                &ROData}},
              {PF_R | PF_X, {&Text}},
              {PF_R | PF_W, {&RelRO, &Dynamic, &GOT, &RelROPadding}},
              {PF_R | PF_W, {&Data, &BSS}}};
  for (OutputSegment &S : Segments)
    llvm::erase_if(S.Sections, [](OutputSection *O) { return !O->Size; });
  llvm::erase_if(Segments,
                 [](const OutputSegment &S) { return S.Sections.empty(); });
}

/// Even entries are addresses, and odd ones have a bit for each of the words
/// that follow.
std::string ELFLibraryWriter::encodeRelr(const LibraryLayout &Placed) const {
  std::vector<uint64_t> Addresses;
  for (const PlacedPointer &P : Placed.Pointers)
    if (isPacked(P))
      Addresses.push_back(P.Address);
  std::string Bytes;
  const uint64_t Bits = 8 * wordSize() - 1;
  for (size_t I = 0; I != Addresses.size();) {
    putWord(Bytes, Addresses[I]);
    uint64_t Next = Addresses[I++] + wordSize();
    for (;;) {
      uint64_t Map = 0;
      for (; I != Addresses.size(); ++I) {
        uint64_t Bit = (Addresses[I] - Next) / wordSize();
        if (Bit >= Bits)
          break;
        Map |= uint64_t(1) << Bit;
      }
      if (!Map)
        break;
      putWord(Bytes, Map << 1 | 1);
      Next += Bits * wordSize();
    }
  }
  return Bytes;
}

/// Gives addresses to all sections, and to the definitions. A segment begins in
/// a page of its own, at the address in it that its offset in the file has, so
/// that the file needs no padding.
Error ELFLibraryWriter::placeAll() {
  // The table of relative relocations stands before the words that it is about,
  // and its size depends on where they are.
  for (;;) {
    makeDynamic();
    arrange();
    const uint64_t HeaderSize =
        (is64() ? 64 : 52) + (is64() ? 56 : 32) * (Segments.size() + 4);
    const uint64_t HeaderAlign =
        std::max<uint64_t>(Layout.block(DataDefinition::Header).Alignment, 4);
    // What processors translate at least; and padding that a file can have.
    const uint64_t MaxAddress = is64() ? uint64_t(1) << 47 : UINT32_MAX;
    const uint64_t MaxAlign = uint64_t(1) << 24;
    uint64_t Offset = HeaderSize, Address = HeaderSize;
    for (OutputSegment &S : Segments) {
      S.Align = Target.PageSize;
      for (OutputSection *O : S.Sections)
        S.Align = std::max({S.Align, O->Align, O == &Note ? HeaderAlign : 1});
      if (&S == &Segments.front()) {
        S.Address = S.Offset = 0;
      } else {
        Offset = alignTo(Offset, S.Sections.front()->Align);
        Address = alignTo(Address, S.Align) + Offset % S.Align;
        S.Address = Address;
        S.Offset = Offset;
      }
      for (OutputSection *O : S.Sections) {
        uint64_t Start = alignTo(Address, O->Align);
        // The loader protects whole pages.
        if (O == &RelROPadding)
          O->Size = alignTo(Address, Target.PageSize) - Address;
        // What the note holds is to be aligned, not the note itself.
        if (O == &Note && HeaderAlign <= MaxAlign)
          Start = alignTo(Address + NotePrefix, HeaderAlign) - NotePrefix;
        Offset += O->Type == SHT_NOBITS ? 0 : Start - Address;
        if (O->Align > MaxAlign || Start > MaxAddress ||
            O->Size > MaxAddress - Start)
          return createStringError(
              "the section '" + O->Name + "' of " + Twine(O->Size) +
              " bytes, aligned to " + Twine(O->Align) +
              ", does not fit in the memory of '" + Spec.TheTriple.str() + "'");
        O->Address = Start;
        O->Offset = Offset;
        Address = Start + O->Size;
        if (O->Type != SHT_NOBITS)
          Offset += O->Size;
      }
      S.FileSize = Offset - S.Offset;
      S.MemorySize = Address - S.Address;
    }
    for (auto [Place, Section] : {std::pair(DataDefinition::Text, &Text),
                                  std::pair(DataDefinition::ReadOnly, &ROData),
                                  std::pair(DataDefinition::RelRO, &RelRO),
                                  std::pair(DataDefinition::Data, &Data),
                                  std::pair(DataDefinition::Header, &Note)})
      Layout.block(Place).Address = Section->Address;
    // Without a byte in the file, what is writable is at .bss.
    if (!Data.Size)
      Layout.block(DataDefinition::Data).Address = BSS.Address;
    Layout.block(DataDefinition::Header).Address += NotePrefix;
    if (!UsesRelr)
      return Layout.place();

    LibraryLayout Placed = Layout;
    if (Error Err = Placed.place())
      return Err;
    std::string Table = encodeRelr(Placed);
    uint64_t NumRecords = llvm::count_if(
        Placed.Pointers, [&](const PlacedPointer &P) { return !isPacked(P); });
    if (Table.size() <= Relr.Size && NumRecords * Rel.EntrySize == Rel.Size) {
      // A bitmap of no word fills what an earlier round took too much.
      while (Table.size() < Relr.Size)
        putWord(Table, 1);
      Relr.Bytes = std::move(Table);
      return Layout.place();
    }
    Relr.Size = std::max<uint64_t>(Relr.Size, Table.size());
    Rel.Size = NumRecords * Rel.EntrySize;
  }
}

void ELFLibraryWriter::putRelocation(const PlacedPointer &P) {
  std::string &To = Rel.Bytes;
  bool IsImport = P.Import >= 0;
  uint32_t Symbol = IsImport ? FirstImport + P.Import : 0;
  uint32_t Type = IsImport ? Types.Word : Types.Relative;
  if (IsImport && P.Address % wordSize() && Types.Unaligned)
    Type = Types.Unaligned;
  putWord(To, P.Address);
  if (!is64()) {
    put<uint32_t>(To, Symbol << 8 | Type);
  } else if (isMips()) {
    // A record has three types; each byte order has them in this order.
    put<uint32_t>(To, Symbol);
    for (char Byte : {0, 0, int(R_MIPS_64), int(Type)})
      To += Byte;
  } else {
    put<uint64_t>(To, uint64_t(Symbol) << 32 | Type);
  }
  if (IsRela)
    putWord(To, P.Value);
  else
    Layout.storeWord(P.Address, P.Value);
}

void ELFLibraryWriter::makeRelocations() {
  for (const PlacedPointer &P : Layout.Pointers) {
    if (isPacked(P))
      Layout.storeWord(P.Address, P.Value);
    else
      putRelocation(P);
  }
}

void ELFLibraryWriter::putSymbol(OutputSection &Table, uint64_t Name,
                                 unsigned Info, unsigned Other,
                                 unsigned Section, uint64_t Value,
                                 uint64_t Size) const {
  std::string &To = Table.Bytes;
  put<uint32_t>(To, Name);
  if (!is64()) {
    put<uint32_t>(To, Value);
    put<uint32_t>(To, Size);
  }
  put<uint8_t>(To, Info);
  put<uint8_t>(To, Other);
  put<uint16_t>(To, Section);
  if (is64()) {
    put<uint64_t>(To, Value);
    put<uint64_t>(To, Size);
  }
}

void ELFLibraryWriter::makeSymbols(OutputSection &Table,
                                   ArrayRef<OutputSymbol> Symbols,
                                   uint32_t NumLocals, OutputSection &Strings) {
  putSymbol(Table, 0, 0, 0, SHN_UNDEF, 0, 0);
  for (auto [I, S] : enumerate(Symbols)) {
    uint64_t Name = Strings.Bytes.size();
    Strings.Bytes += S.Name;
    Strings.Bytes += '\0';
    unsigned Bind = I < NumLocals ? STB_LOCAL : STB_GLOBAL;
    const DataDefinition *D = S.Definition;
    if (!D) {
      putSymbol(Table, Name, Bind << 4 | STT_NOTYPE, STV_DEFAULT, SHN_UNDEF, 0,
                0);
      continue;
    }
    uint64_t Address = Layout.addressOf(D->Name);
    const OutputSection *In = &sectionOf(D->Place);
    if (In == &Data && Address >= BSS.Address && BSS.Size)
      In = &BSS;
    // An empty definition may be in a section that is left out.
    putSymbol(Table, Name, Bind << 4 | (D->IsFunction ? STT_FUNC : STT_OBJECT),
              D->Linkage == DataDefinition::Hidden ? STV_HIDDEN : STV_DEFAULT,
              In->Index ? In->Index : DynSym.Index, Address, D->size());
  }
}

void ELFLibraryWriter::makeDynamic() {
  std::string &To = Dynamic.Bytes;
  auto Add = [&](uint64_t Tag, uint64_t Value) {
    putWord(To, Tag);
    putWord(To, Value);
  };
  To.clear();
  for (uint64_t Offset : NeededOffsets)
    Add(DT_NEEDED, Offset);
  if (!Spec.OutputName.empty())
    Add(DT_SONAME, SonameOffset);
  if (!Hash.Bytes.empty())
    Add(DT_HASH, Hash.Address);
  if (!GnuHash.Bytes.empty())
    Add(DT_GNU_HASH, GnuHash.Address);
  Add(DT_STRTAB, DynStr.Address);
  Add(DT_SYMTAB, DynSym.Address);
  Add(DT_STRSZ, DynStr.Size);
  Add(DT_SYMENT, DynSym.EntrySize);
  if (Rel.Size) {
    Add(IsRela ? DT_RELA : DT_REL, Rel.Address);
    Add(IsRela ? DT_RELASZ : DT_RELSZ, Rel.Size);
    Add(IsRela ? DT_RELAENT : DT_RELENT, Rel.EntrySize);
  }
  if (Relr.Size) {
    Add(DT_RELR, Relr.Address);
    Add(DT_RELRSZ, Relr.Size);
    Add(DT_RELRENT, Relr.EntrySize);
  }
  if (isMips()) {
    // MIPS psABI, "Dynamic Section".
    Add(DT_PLTGOT, GOT.Address);
    Add(DT_MIPS_RLD_VERSION, 1);
    Add(DT_MIPS_FLAGS, RHF_NOTPOT);
    Add(DT_MIPS_BASE_ADDRESS, 0);
    Add(DT_MIPS_LOCAL_GOTNO, 2);
    Add(DT_MIPS_SYMTABNO, DynamicSymbols.size() + 1);
    Add(DT_MIPS_GOTSYM, FirstImport);
  }
  Add(DT_NULL, 0);
}

std::string ELFLibraryWriter::assemble() {
  std::vector<OutputSection *> All = allocated();
  for (auto [I, S] : enumerate(All))
    S->Index = I + 1;

  // What a debugger wants: hidden symbols, then those of the dynamic table.
  if (Spec.LocalSymbols) {
    std::vector<OutputSymbol> All;
    for (const DataDefinition &D : Spec.Definitions)
      if (D.Linkage != DataDefinition::Exported && !D.Name.empty())
        All.push_back({D.Name, &D});
    uint32_t NumLocals = All.size();
    llvm::append_range(All, DynamicSymbols);
    StrTab.Bytes.push_back('\0');
    SymTab.Info = NumLocals + 1;
    makeSymbols(SymTab, All, NumLocals, StrTab);
  }
  makeSymbols(DynSym, DynamicSymbols, 0, DynStr);
  makeDynamic();
  if (isMips()) {
    // The loader's two entries, the second marked as GNU's.
    putWord(GOT.Bytes, 0);
    putWord(GOT.Bytes, uint64_t(1) << (8 * wordSize() - 1));
    GOT.Bytes.resize(GOT.Size);
  }
  for (auto [Place, Section] : {std::pair(DataDefinition::Text, &Text),
                                std::pair(DataDefinition::ReadOnly, &ROData),
                                std::pair(DataDefinition::RelRO, &RelRO),
                                std::pair(DataDefinition::Data, &Data)})
    Section->Bytes = std::move(Layout.block(Place).Bytes);

  auto AddUnallocated = [&](OutputSection &S, StringRef Name, uint32_t Type,
                            uint64_t Align) {
    S.Name = Name;
    S.Type = Type;
    S.Align = Align;
    All.push_back(&S);
    S.Index = All.size();
  };
  if (Spec.LocalSymbols) {
    AddUnallocated(SymTab, ".symtab", SHT_SYMTAB, wordSize());
    SymTab.EntrySize = DynSym.EntrySize;
    SymTab.Link = &StrTab;
    AddUnallocated(StrTab, ".strtab", SHT_STRTAB, 1);
  }
  AddUnallocated(ShStrTab, ".shstrtab", SHT_STRTAB, 1);
  ShStrTab.Bytes.push_back('\0');
  std::vector<uint64_t> Names;
  for (OutputSection *S : All) {
    Names.push_back(ShStrTab.Bytes.size());
    ShStrTab.Bytes += S->Name;
    ShStrTab.Bytes += '\0';
  }
  const OutputSegment &Last = Segments.back();
  uint64_t Offset = Last.Offset + Last.FileSize;
  for (OutputSection *S : All) {
    if (S->Flags & SHF_ALLOC)
      continue;
    S->Size = S->Bytes.size();
    S->Offset = Offset = alignTo(Offset, S->Align);
    Offset += S->Size;
  }
  uint64_t SectionTable = alignTo(Offset, wordSize());

  // The ELF header.
  std::string Out(ElfMagic, 4);
  Out += is64() ? ELFCLASS64 : ELFCLASS32;
  Out += Layout.IsLittleEndian ? ELFDATA2LSB : ELFDATA2MSB;
  Out += EV_CURRENT;
  const Triple &T = Spec.TheTriple;
  Out += T.isOSFreeBSD()                         ? ELFOSABI_FREEBSD
         : T.isOSOpenBSD()                       ? ELFOSABI_OPENBSD
         : T.isOSSolaris()                       ? ELFOSABI_SOLARIS
         : T.isOSLinux() && AbiTag.Bytes.empty() ? ELFOSABI_GNU
                                                 : ELFOSABI_NONE;
  Out.resize(EI_NIDENT);
  put<uint16_t>(Out, ET_DYN);
  put<uint16_t>(Out, Target.Machine);
  put<uint32_t>(Out, EV_CURRENT);
  putWord(Out, 0);
  putWord(Out, is64() ? 64 : 52);
  putWord(Out, SectionTable);
  put<uint32_t>(Out, Target.Flags);
  const unsigned NumHeadersAt = Out.size() + 4;
  for (unsigned Value :
       {is64() ? 64 : 52, is64() ? 56 : 32, 0, is64() ? 64 : 40,
        int(All.size()) + 1, int(ShStrTab.Index)})
    put<uint16_t>(Out, Value);

  // Program headers.
  unsigned NumHeaders = 0;
  auto AddSegment = [&](uint32_t Type, uint32_t Flags, uint64_t FileOffset,
                        uint64_t Address, uint64_t FileSize,
                        uint64_t MemorySize, uint64_t Align) {
    ++NumHeaders;
    put<uint32_t>(Out, Type);
    if (is64())
      put<uint32_t>(Out, Flags);
    for (uint64_t Value : {FileOffset, Address, Address, FileSize, MemorySize})
      putWord(Out, Value);
    if (!is64())
      put<uint32_t>(Out, Flags);
    putWord(Out, Align);
  };
  for (const OutputSegment &S : Segments)
    AddSegment(PT_LOAD, S.Flags, S.Offset, S.Address, S.FileSize, S.MemorySize,
               S.Align);
  AddSegment(PT_DYNAMIC, PF_R | PF_W, Dynamic.Offset, Dynamic.Address,
             Dynamic.Size, Dynamic.Size, Dynamic.Align);
  for (const OutputSegment &S : Segments)
    if (llvm::is_contained(S.Sections, &Dynamic))
      AddSegment(PT_GNU_RELRO, PF_R, S.Offset, S.Address, S.FileSize,
                 S.MemorySize, 1);
  AddSegment(PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0);
  if (AbiTag.Size || Note.Size) {
    const OutputSection &First = Note.Size ? Note : AbiTag;
    const OutputSection &End = AbiTag.Size ? AbiTag : Note;
    uint64_t Size = End.Offset + End.Size - First.Offset;
    AddSegment(PT_NOTE, PF_R, First.Offset, First.Address, Size, Size, 4);
  }
  support::endian::write<uint16_t>(&Out[NumHeadersAt], NumHeaders, order());

  for (const OutputSection *S : All) {
    if (S->Type == SHT_NOBITS)
      continue;
    Out.resize(S->Offset);
    Out += S->Bytes;
  }
  Out.resize(SectionTable + (is64() ? 64 : 40));
  for (auto [I, S] : enumerate(All)) {
    put<uint32_t>(Out, Names[I]);
    put<uint32_t>(Out, S->Type);
    for (uint64_t Value : {S->Flags, S->Address, S->Offset, S->Size})
      putWord(Out, Value);
    put<uint32_t>(Out, S->Link ? S->Link->Index : 0);
    put<uint32_t>(Out, S->Info);
    putWord(Out, S->Align);
    putWord(Out, S->EntrySize);
  }
  return Out;
}

Expected<std::string> ELFLibraryWriter::write() {
  switch (Spec.Relocations) {
  case RelocationStyle::Default:
    IsRela = Target.UsesRela;
    break;
  case RelocationStyle::REL:
    IsRela = false;
    break;
  case RelocationStyle::RELA:
    IsRela = true;
    break;
  case RelocationStyle::RELR:
    IsRela = Target.UsesRela;
    UsesRelr = true;
    break;
  case RelocationStyle::Opcodes:
  case RelocationStyle::Chained:
    return createStringError("ELF has no relocations of Mach-O's forms");
  }
  makeSizes();
  if (Error Err = placeAll())
    return std::move(Err);
  makeRelocations();
  return assemble();
}

Expected<std::string> pkgimg::writeELFLibrary(LibraryLayout Layout) {
  ELFTarget Target = getELFTarget(Layout.Spec.TheTriple);
  if (!Target.Machine)
    return createStringError("no ELF shared library can be written for '" +
                             Layout.Spec.TheTriple.str() +
                             "'; expected a machine and an ABI that have them");
  return ELFLibraryWriter(std::move(Layout), Target).write();
}
