//===- ObjectImageTest.cpp - objects, read as their image -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/ObjectImage.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

namespace {

/// Appends numbers and bytes.
class Writer {
public:
  explicit Writer(bool Is64 = true, endianness Order = endianness::little)
      : Is64(Is64), Order(Order) {}

  Writer &u8(uint8_t V) {
    Out += char(V);
    return *this;
  }
  Writer &u16(uint16_t V) { return number(V); }
  Writer &u32(uint32_t V) { return number(V); }
  Writer &u64(uint64_t V) { return number(V); }
  /// A number as wide as an address.
  Writer &word(uint64_t V) { return Is64 ? u64(V) : u32(uint32_t(V)); }
  Writer &bytes(StringRef S) {
    Out += S;
    return *this;
  }
  /// Bytes, padded with NULs.
  Writer &field(StringRef S, size_t Size) {
    Out += S;
    Out.append(Size - S.size(), '\0');
    return *this;
  }
  std::string Out;

private:
  template <typename T> Writer &number(T V) {
    char Bytes[sizeof(T)];
    support::endian::write<T>(Bytes, V, Order);
    return bytes(StringRef(Bytes, sizeof(T)));
  }

  bool Is64;
  endianness Order;
};

/// An ELF object of sections and symbols.
struct ELFObject {
  struct Section {
    std::string Name;
    uint32_t Type = ELF::SHT_PROGBITS;
    uint64_t Flags = ELF::SHF_ALLOC;
    std::string Bytes;
    uint64_t Align = 8;
    uint64_t Size = 0; ///< Of SHT_NOBITS.
    uint32_t Info = 0, EntrySize = 0;
  };
  struct Symbol {
    std::string Name;
    uint8_t Binding = ELF::STB_GLOBAL;
    uint16_t Section = ELF::SHN_UNDEF;
    uint64_t Value = 0, Size = 0;
    uint8_t Type = ELF::STT_OBJECT;
  };
  struct Relocation {
    uint64_t Offset;
    uint32_t Symbol, Type;
    int64_t Addend;
  };

  uint16_t Machine = ELF::EM_X86_64;
  bool Is64 = true;
  endianness Order = endianness::little;
  /// The first is number 1.
  std::vector<Section> Sections;
  /// Those that are local come first; the first is number 1.
  std::vector<Symbol> Symbols;
  /// If not 0: all names of sections or symbols are the ends of one string of
  /// this size.
  size_t SharedNames = 0;

  /// Adds a section with \p Relocations of section number \p Target.
  void relocate(uint32_t Target, ArrayRef<Relocation> Relocations) {
    Writer W(Is64, Order);
    for (const Relocation &R : Relocations)
      W.word(R.Offset)
          .word(Is64 ? uint64_t(R.Symbol) << 32 | R.Type
                     : uint64_t(R.Symbol) << 8 | R.Type)
          .word(uint64_t(R.Addend));
    Section S;
    S.Name = ".rela";
    S.Type = ELF::SHT_RELA;
    S.Flags = 0;
    S.Bytes = W.Out;
    S.Info = Target;
    S.EntrySize = Is64 ? 24 : 12;
    Sections.push_back(S);
  }

  std::string build() const {
    const unsigned HeaderSize = Is64 ? 64 : 52;
    std::string Names(1, '\0');
    size_t NumNames = 0;
    if (SharedNames)
      Names += std::string(SharedNames, 'x') + '\0';
    auto NameOf = [&](StringRef Name) -> uint32_t {
      if (SharedNames)
        return ++NumNames;
      uint32_t At = Names.size();
      Names += Name.str() + '\0';
      return At;
    };
    Writer Symtab(Is64, Order);
    Symtab.field("", Is64 ? 24 : 16);
    uint32_t FirstGlobal = 1;
    for (const Symbol &S : Symbols) {
      FirstGlobal += S.Binding == ELF::STB_LOCAL;
      uint8_t Info = S.Binding << 4 | S.Type;
      Symtab.u32(NameOf(S.Name));
      if (Is64)
        Symtab.u8(Info).u8(0).u16(S.Section).u64(S.Value).u64(S.Size);
      else
        Symtab.u32(S.Value).u32(S.Size).u8(Info).u8(0).u16(S.Section);
    }
    Writer Body(Is64, Order), Table(Is64, Order);
    Table.field("", Is64 ? 64 : 40);
    const uint32_t SymtabIndex = Sections.size() + 1;
    auto Add = [&](const Section &S, uint32_t Name, uint32_t Link) {
      Body.Out.resize(alignTo(Body.Out.size(), 8));
      Table.u32(Name).u32(S.Type).word(S.Flags).word(0);
      Table.word(HeaderSize + Body.Out.size());
      Table.word(S.Type == ELF::SHT_NOBITS ? S.Size : S.Bytes.size());
      Table.u32(Link).u32(S.Info).word(S.Align).word(S.EntrySize);
      Body.bytes(S.Bytes);
    };
    for (const Section &S : Sections)
      Add(S, NameOf(S.Name), S.Type == ELF::SHT_RELA ? SymtabIndex : 0);
    Section S;
    S.Flags = 0;
    S.Type = ELF::SHT_SYMTAB;
    S.Bytes = Symtab.Out;
    S.Info = FirstGlobal;
    S.EntrySize = Is64 ? 24 : 16;
    Add(S, 0, SymtabIndex + 1);
    S = Section();
    S.Flags = 0;
    S.Type = ELF::SHT_STRTAB;
    S.Bytes = Names;
    Add(S, 0, 0);

    Writer W(Is64, Order);
    W.bytes("\x7f"
            "ELF")
        .u8(Is64 ? 2 : 1);
    W.u8(Order == endianness::little ? 1 : 2).u8(1).field("", 9);
    W.u16(ELF::ET_REL).u16(Machine).u32(1).word(0).word(0);
    W.word(HeaderSize + alignTo(Body.Out.size(), 8)).u32(0).u16(HeaderSize);
    W.u16(0).u16(0).u16(Is64 ? 64 : 40).u16(SymtabIndex + 2);
    W.u16(SymtabIndex + 1);
    W.field(Body.Out, alignTo(Body.Out.size(), 8)).bytes(Table.Out);
    return W.Out;
  }
};

/// A COFF object for x86_64, of sections with the same relocations each.
struct COFFObject {
  unsigned NumSections = 1;
  uint32_t NumRelocations = 0;
  /// Of symbols with a name from the string table.
  std::vector<std::string> Symbols;
  size_t SharedNames = 0;

  std::string build() const {
    const uint32_t Data = 20 + NumSections * 40, Relocations = Data + 16;
    Writer W;
    W.u16(COFF::IMAGE_FILE_MACHINE_AMD64).u16(NumSections).u32(0);
    W.u32(Relocations + NumRelocations * 10).u32(Symbols.size()).u32(0);
    for (unsigned I = 0; I != NumSections; ++I) {
      W.field(".data", 8).u32(0).u32(0).u32(16).u32(Data).u32(Relocations);
      W.u32(0).u16(NumRelocations).u16(0);
      W.u32(COFF::IMAGE_SCN_CNT_INITIALIZED_DATA | COFF::IMAGE_SCN_MEM_READ |
            COFF::IMAGE_SCN_MEM_WRITE);
    }
    W.field("", 16);
    for (uint32_t I = 0; I != NumRelocations; ++I)
      W.u32(0).u32(0).u16(COFF::IMAGE_REL_AMD64_ADDR64);
    std::string Names;
    if (SharedNames)
      Names = std::string(SharedNames, 'x') + '\0';
    for (size_t I = 0; I != Symbols.size(); ++I) {
      W.u32(0).u32(4 + (SharedNames ? I : Names.size())).u32(0).u16(1).u16(0);
      W.u8(Symbols[I].empty() ? COFF::IMAGE_SYM_CLASS_STATIC
                              : COFF::IMAGE_SYM_CLASS_EXTERNAL);
      W.u8(0);
      if (!SharedNames)
        Names += Symbols[I] + '\0';
    }
    return W.u32(4 + Names.size()).bytes(Names).Out;
  }
};

/// A Mach-O object with sections of 16 bytes, which have the same relocations
/// each.
struct MachOObject {
  struct Symbol {
    std::string Name;
    uint8_t Section = 1;
    uint64_t Value = 0;
  };
  uint32_t CPU = MachO::CPU_TYPE_X86_64;
  unsigned NumSections = 1;
  std::vector<Symbol> Symbols;
  /// The two words of each.
  std::vector<std::pair<uint32_t, uint32_t>> Relocations;
  std::string Bytes = std::string(16, '\0');
  size_t SharedNames = 0;
  bool IsSymtabFirst = false;

  std::string build() const {
    const bool Is64 = CPU & MachO::CPU_ARCH_ABI64;
    const uint32_t HeaderSize = Is64 ? 32 : 28;
    const uint32_t SegmentSize =
        (Is64 ? 72 : 56) + NumSections * (Is64 ? 80 : 68);
    const uint32_t Data = alignTo(HeaderSize + SegmentSize + 24, 8);
    const uint32_t RelocationsAt = Data + 16 * NumSections;
    const uint32_t SymbolsAt = RelocationsAt + Relocations.size() * 8;
    const uint32_t NamesAt = SymbolsAt + Symbols.size() * (Is64 ? 16 : 12);
    std::string Names(1, '\0');
    if (SharedNames)
      Names = std::string(SharedNames, 'x') + '\0';
    Writer Table(Is64);
    for (size_t I = 0; I != Symbols.size(); ++I) {
      const Symbol &S = Symbols[I];
      Table.u32(SharedNames ? I : Names.size());
      Table.u8(MachO::N_EXT | (S.Section ? MachO::N_SECT : MachO::N_UNDF));
      Table.u8(S.Section).u16(0).word(S.Value);
      if (!SharedNames)
        Names += "_" + S.Name + '\0';
    }
    Names.resize(alignTo(Names.size(), 8));

    Writer Symtab;
    Symtab.u32(MachO::LC_SYMTAB).u32(24).u32(SymbolsAt).u32(Symbols.size());
    Symtab.u32(NamesAt).u32(Names.size());
    Writer W(Is64);
    W.u32(Is64 ? MachO::MH_MAGIC_64 : MachO::MH_MAGIC).u32(CPU).u32(0);
    W.u32(MachO::MH_OBJECT).u32(2).u32(SegmentSize + 24).u32(0);
    W.field("", Is64 ? 4 : 0);
    if (IsSymtabFirst)
      W.bytes(Symtab.Out);
    W.u32(Is64 ? MachO::LC_SEGMENT_64 : MachO::LC_SEGMENT).u32(SegmentSize);
    W.field("", 16).word(0).word(16 * NumSections).word(Data);
    W.word(16 * NumSections).u32(7).u32(7).u32(NumSections).u32(0);
    for (unsigned I = 0; I != NumSections; ++I) {
      W.field("__data", 16).field("__DATA", 16).word(16 * I).word(16);
      W.u32(Data + 16 * I).u32(3).u32(RelocationsAt).u32(Relocations.size());
      W.u32(0).u32(0).u32(0).field("", Is64 ? 4 : 0);
    }
    if (!IsSymtabFirst)
      W.bytes(Symtab.Out);
    W.Out.resize(Data);
    for (unsigned I = 0; I != NumSections; ++I)
      W.field(Bytes, 16);
    for (auto [First, Second] : Relocations)
      W.u32(First).u32(Second);
    return W.bytes(Table.Out).bytes(Names).Out;
  }
};

/// An image and the bytes that it reads.
struct Opened {
  explicit Opened(std::string Object) : Bytes(std::move(Object)) {
    MemoryBufferRef Buffer(Bytes, "a.o");
    Expected<InputSummary> Summary = checkLinkerInput(Buffer);
    if (!Summary) {
      ADD_FAILURE() << toString(Summary.takeError());
      return;
    }
    Expected<std::unique_ptr<ImageFile>> Result =
        createObjectImage(Buffer, *Summary);
    if (Result)
      Image = std::move(*Result);
    else
      Message = toString(Result.takeError());
  }

  /// A word as "constant 0x1", "address 0x1", "import getpid 0x0" or an error.
  std::string wordAt(uint64_t Address) const {
    Expected<ImageWord> W = Image->readWord(Address, "the word");
    if (!W)
      return toString(W.takeError());
    std::string Value = " 0x" + utohexstr(W->Value, /*LowerCase=*/true);
    if (W->Kind == ImageWord::Constant)
      return "constant" + Value;
    if (W->Kind == ImageWord::Address)
      return "address" + Value;
    return "import " + W->Symbol.str() + Value;
  }
  uint64_t addressOf(StringRef Name) const {
    const ImageSymbol *S = Image->findExport(Name);
    EXPECT_TRUE(S) << Name.str();
    return S ? S->Address : 0;
  }

  std::string Bytes;
  std::unique_ptr<ImageFile> Image;
  /// Of the error of createObjectImage().
  std::string Message;
};

std::string messageOf(StringRef Bytes) {
  MemoryBufferRef Buffer(Bytes, "a.o");
  Expected<InputSummary> Summary = checkLinkerInput(Buffer);
  if (!Summary)
    return toString(Summary.takeError());
  EXPECT_FALSE(isObjectImage(*Summary));
  Expected<std::unique_ptr<ImageFile>> Image =
      createObjectImage(Buffer, *Summary);
  return Image ? "" : toString(Image.takeError());
}

TEST(ObjectImageTest, RefusesWhatIsNoObject) {
  EXPECT_NE(messageOf("").find("a.o"), std::string::npos);
  EXPECT_NE(messageOf("some text\n").find("expected ELF, COFF or Mach-O"),
            std::string::npos);
  EXPECT_NE(messageOf("!<arch>\n").find("expected ELF, COFF or Mach-O"),
            std::string::npos);
  EXPECT_NE(messageOf("!<thin>\n").find("found: thin archive"),
            std::string::npos);
  EXPECT_NE(messageOf("BC\xc0\xde").find("found: LLVM bitcode"),
            std::string::npos);
}

/// The error for \p Object, which has too many bytes of \p What.
std::string excess(StringRef What, StringRef Object) {
  return "a.o: the " + What.str() +
         " of 'a.o' have more bytes than an object of 0x" +
         utohexstr(Object.size(), /*LowerCase=*/true) +
         " can have: they share them; compile it again";
}

TEST(ObjectImageTest, NamesThatShareTheirBytes) {
  // Many sections or symbols with one long name could ask for more than any
  // memory.
  const size_t Size = 100000;
  ELFObject Sections;
  Sections.Sections.resize(2000);
  for (ELFObject::Section &S : Sections.Sections)
    S.Bytes = "01234567";
  EXPECT_TRUE(Opened(Sections.build()).Image);
  Sections.SharedNames = Size;
  EXPECT_EQ(Opened(Sections.build()).Message,
            excess("names", Sections.build()));

  ELFObject ELF;
  ELF.Sections.resize(1);
  ELF.Sections[0].Bytes = "01234567";
  COFFObject COFF;
  MachOObject MachO;
  for (unsigned I = 0; I != 2000; ++I) {
    std::string Name = "symbol" + std::to_string(I);
    ELF.Symbols.push_back({Name, ELF::STB_GLOBAL, 1});
    COFF.Symbols.push_back(Name);
    MachO.Symbols.push_back({Name});
  }
  for (const std::string &Object : {ELF.build(), COFF.build(), MachO.build()}) {
    Opened O(Object);
    ASSERT_TRUE(O.Image) << O.Message;
    EXPECT_EQ(O.Image->exports().size(), 2000u);
    EXPECT_EQ(O.Image->exports()[0].Name, "symbol0");
  }
  ELF.SharedNames = COFF.SharedNames = MachO.SharedNames = Size;
  for (const std::string &Object : {ELF.build(), COFF.build(), MachO.build()})
    EXPECT_EQ(Opened(Object).Message, excess("names", Object));
}

TEST(ObjectImageTest, RelocationsThatShareTheirBytes) {
  // A table of many relocations that each of many sections has.
  COFFObject COFF;
  COFF.Symbols = {"symbol"};
  COFF.NumRelocations = 1000;
  MachOObject MachO;
  MachO.Symbols = {{"symbol"}};
  MachO.Relocations.assign(
      1000, {0, 3 << 25 | 1 << 27 | MachO::X86_64_RELOC_UNSIGNED << 28});
  for (const std::string &Object : {COFF.build(), MachO.build()})
    EXPECT_NE(Opened(Object).Message.find("is relocated twice"),
              std::string::npos);
  COFF.NumSections = MachO.NumSections = 100;
  for (const std::string &Object : {COFF.build(), MachO.build()}) {
    Expected<InputSummary> Summary =
        checkLinkerInput(MemoryBufferRef(Object, "a.o"));
    ASSERT_FALSE(bool(Summary));
    EXPECT_NE(toString(Summary.takeError()).find("they overlap"),
              std::string::npos);
  }
}

TEST(ObjectImageTest, RanksOfDefinitions) {
  // Three objects in an archive would do the same; one with two names of the
  // same kind is shorter.
  ELFObject O;
  O.Sections.resize(1);
  O.Sections[0].Flags |= ELF::SHF_WRITE;
  O.Sections[0].Bytes = std::string(64, '\0');
  auto Common = [](StringRef Name, uint64_t Size, uint64_t Align) {
    return ELFObject::Symbol{Name.str(), ELF::STB_GLOBAL, ELF::SHN_COMMON,
                             Align, Size};
  };
  auto Defined = [](StringRef Name, uint8_t Binding, uint64_t Value) {
    return ELFObject::Symbol{Name.str(), Binding, 1, Value, 8};
  };
  O.Symbols = {Common("strong", 8, 8),
               Defined("strong", ELF::STB_WEAK, 16),
               Defined("strong", ELF::STB_GLOBAL, 24),
               Defined("strong", ELF::STB_GLOBAL, 32),
               Defined("common", ELF::STB_WEAK, 40),
               Common("common", 8, 8),
               Common("common", 40, 64),
               Common("common", 24, 16),
               Defined("weak", ELF::STB_WEAK, 48),
               Defined("weak", ELF::STB_WEAK, 56),
               Common("another", 4, 4)};
  std::vector<ELFObject::Relocation> Relocations;
  for (uint32_t I = 0; I != 8; ++I)
    Relocations.push_back({I * 8, I + 1, ELF::R_X86_64_64, 0});
  O.relocate(1, Relocations);
  Opened Image(O.build());
  ASSERT_TRUE(Image.Image) << Image.Message;
  uint64_t Start = Image.Image->sections()[0].Address;
  EXPECT_EQ(Image.addressOf("strong"), Start + 24);
  EXPECT_EQ(Image.addressOf("weak"), Start + 48);
  // It is behind the section, and as large as the largest.
  const ImageSymbol *S = Image.Image->findExport("common");
  ASSERT_TRUE(S);
  EXPECT_GE(S->Address, Start + 64);
  EXPECT_EQ(S->Address % 64, 0u);
  EXPECT_EQ(S->Size, 40u);
  uint64_t Another = Image.addressOf("another");
  EXPECT_GE(Another, S->Address + 40);
  EXPECT_TRUE(Image.Image->isMapped(S->Address, Another + 4 - S->Address));
  EXPECT_EQ(Image.Image->segments().size(), 2u);
  // Nothing is left of common symbols that have a definition.
  EXPECT_LE(Image.Image->segments()[1].MemorySize, 64u);
  auto Address = [](uint64_t A) {
    return "address 0x" + utohexstr(A, /*LowerCase=*/true);
  };
  for (uint32_t I = 0; I != 8; ++I)
    EXPECT_EQ(Image.wordAt(Start + I * 8),
              Address(I < 4 ? Start + 24 : S->Address));
}

TEST(ObjectImageTest, MemoryHasAnEnd) {
  for (bool Is64 : {false, true}) {
    const std::string Message =
        "a.o: its sections need more than 0x" +
        utohexstr(uint64_t(1) << (Is64 ? 62 : 32), /*LowerCase=*/true) +
        " bytes of memory, and no such image can be loaded; make them smaller";
    ELFObject O;
    O.Is64 = Is64;
    O.Machine = Is64 ? ELF::EM_X86_64 : ELF::EM_386;
    ELFObject::Section Zeros;
    Zeros.Type = ELF::SHT_NOBITS;
    Zeros.Size = Is64 ? uint64_t(1) << 47 : uint64_t(1) << 31;
    O.Sections.assign(Is64 ? 1 << 14 : 1, Zeros);
    EXPECT_TRUE(Opened(O.build()).Image);
    O.Sections.assign(Is64 ? 1 << 15 : 2, Zeros);
    EXPECT_EQ(Opened(O.build()).Message, Message);
    // So it is with common symbols.
    O.Sections.resize(1);
    for (unsigned I = 0; I != (Is64 ? 1 << 15 : 2); ++I)
      O.Symbols.push_back({"s" + std::to_string(I), ELF::STB_GLOBAL,
                           ELF::SHN_COMMON, 8, Zeros.Size});
    EXPECT_EQ(Opened(O.build()).Message, Message);
  }
}

TEST(ObjectImageTest, SymbolsOfEmptySections) {
  ELFObject O;
  O.Sections.resize(3);
  O.Sections[0].Bytes = "01234567";
  O.Sections[1].Align = 4096;
  O.Sections[2].Bytes = "76543210";
  O.Sections[2].Flags |= ELF::SHF_EXECINSTR;
  O.Symbols = {{"first", ELF::STB_GLOBAL, 1},
               {"empty", ELF::STB_GLOBAL, 2},
               {"last", ELF::STB_GLOBAL, 3}};
  Opened Image(O.build());
  ASSERT_TRUE(Image.Image) << Image.Message;
  EXPECT_EQ(Image.addressOf("first"), 4096u);
  EXPECT_EQ(Image.addressOf("empty"), 8192u);
  EXPECT_EQ(Image.addressOf("last"), 8192u);
  ASSERT_EQ(Image.Image->sections().size(), 2u);
  EXPECT_FALSE(Image.Image->sections()[0].IsCode);
  EXPECT_TRUE(Image.Image->sections()[1].IsCode);
  EXPECT_EQ(Image.Image->sections()[1].Alignment, 8u);
}

TEST(ObjectImageTest, RelocatedTwice) {
  ELFObject O;
  O.Sections.resize(1);
  O.Sections[0].Bytes = std::string(32, '\0');
  O.Symbols = {{"here", ELF::STB_GLOBAL, 1}};
  const ELFObject::Relocation Word{8, 1, ELF::R_X86_64_64, 0};
  auto Open = [&](ELFObject::Relocation Other) {
    ELFObject Copy = O;
    Copy.relocate(1, {Other, Word});
    return Opened(Copy.build());
  };
  // 4096 is the first address.
  const std::string Damaged =
      " is relocated twice; the file is damaged: make the image again";
  auto Twice = [&](uint64_t Offset) {
    return "a.o: the word at address 0x" +
           utohexstr(4096 + Offset, /*LowerCase=*/true) + Damaged;
  };
  EXPECT_EQ(Open(Word).Message, Twice(8));
  EXPECT_EQ(Open({1, 1, ELF::R_X86_64_64, 0}).Message, Twice(8));
  EXPECT_EQ(Open({15, 1, ELF::R_X86_64_64, 0}).Message, Twice(15));
  EXPECT_EQ(Open({5, 1, ELF::R_X86_64_PC32, 0}).Message, Twice(8));
  EXPECT_EQ(Open({8, 1, ELF::R_X86_64_PC32, 0}).Message, Twice(8));
  EXPECT_EQ(Open({12, 1, ELF::R_X86_64_PC32, 0}).Message, Twice(12));

  // A word next to it, at no multiple of its size.
  Opened Image = Open({17, 1, ELF::R_X86_64_64, 3});
  ASSERT_TRUE(Image.Image) << Image.Message;
  EXPECT_EQ(Image.Image->numRelocations(), 2u);
  EXPECT_EQ(Image.wordAt(4096), "constant 0x0");
  EXPECT_EQ(Image.wordAt(4096 + 8), "address 0x1000");
  EXPECT_EQ(Image.wordAt(4096 + 17), "address 0x1003");
  auto Partly = [](uint64_t Offset, uint64_t Other) {
    return "a.o: the word at address 0x" +
           utohexstr(4096 + Offset, /*LowerCase=*/true) +
           " is relocated in part, at 0x" +
           utohexstr(4096 + Other, /*LowerCase=*/true) +
           "; expected one relocation for all of it";
  };
  EXPECT_EQ(Image.wordAt(4096 + 1), Partly(1, 8));
  EXPECT_EQ(Image.wordAt(4096 + 10), Partly(10, 17));
  EXPECT_EQ(Image.wordAt(4096 + 24), Partly(24, 17));
}

TEST(ObjectImageTest, ELFDistances) {
  // A word, and the distance from its place to a symbol.
  struct {
    uint16_t Machine;
    bool Is64;
    uint32_t Word, Distance;
  } const Machines[] = {
      {ELF::EM_X86_64, true, ELF::R_X86_64_64, ELF::R_X86_64_PC32},
      {ELF::EM_X86_64, false, ELF::R_X86_64_32, ELF::R_X86_64_PC32},
      {ELF::EM_AARCH64, true, ELF::R_AARCH64_ABS64, ELF::R_AARCH64_PREL32},
      {ELF::EM_AARCH64, false, ELF::R_AARCH64_P32_ABS32,
       ELF::R_AARCH64_P32_PREL32},
      {ELF::EM_PPC64, true, ELF::R_PPC64_ADDR64, ELF::R_PPC64_REL32},
      {ELF::EM_SPARCV9, true, ELF::R_SPARC_64, ELF::R_SPARC_DISP32},
  };
  for (const auto &M : Machines) {
    SCOPED_TRACE(M.Machine);
    ELFObject O;
    O.Machine = M.Machine;
    O.Is64 = M.Is64;
    if (M.Machine == ELF::EM_SPARCV9)
      O.Order = endianness::big;
    O.Sections.resize(1);
    O.Sections[0].Bytes = std::string(32, '\0');
    O.Symbols = {{"second", ELF::STB_GLOBAL, 1, 16}};
    O.relocate(1, {{0, 1, M.Word, 3}, {8, 1, M.Distance, 2}});
    Opened Image(O.build());
    ASSERT_TRUE(Image.Image) << Image.Message;
    uint64_t Start = Image.addressOf("second") - 16;
    EXPECT_EQ(Image.wordAt(Start),
              "address 0x" + utohexstr(Start + 19, /*LowerCase=*/true));
    EXPECT_EQ(Image.Image->numRelocations(), 1u);
    Expected<StringRef> Distance = Image.Image->read(Start + 8, 4, "");
    ASSERT_TRUE(bool(Distance));
    EXPECT_EQ(support::endian::read<uint32_t>(Distance->data(), O.Order), 10u);
  }
}

TEST(ObjectImageTest, MachODistances) {
  // A pointer, and the distance from one symbol to another.
  for (uint32_t CPU :
       {uint32_t(MachO::CPU_TYPE_X86_64), uint32_t(MachO::CPU_TYPE_ARM64),
        uint32_t(MachO::CPU_TYPE_ARM64_32)}) {
    SCOPED_TRACE(CPU);
    const bool Is64 = CPU & MachO::CPU_ARCH_ABI64;
    const uint32_t Subtractor = CPU == uint32_t(MachO::CPU_TYPE_X86_64)
                                    ? uint32_t(MachO::X86_64_RELOC_SUBTRACTOR)
                                    : uint32_t(MachO::ARM64_RELOC_SUBTRACTOR);
    MachOObject O;
    O.CPU = CPU;
    O.Symbols = {{"first", 1, 0}, {"second", 1, 12}};
    const uint32_t External = 1 << 27, Four = 2 << 25;
    O.Relocations = {{0, 1 | (Is64 ? 3u : 2u) << 25 | External},
                     {8, 0 | Four | External | Subtractor << 28},
                     {8, 1 | Four | External}};
    for (bool IsSymtabFirst : {false, true}) {
      O.IsSymtabFirst = IsSymtabFirst;
      Opened Image(O.build());
      ASSERT_TRUE(Image.Image) << Image.Message;
      uint64_t Start = Image.addressOf("first");
      EXPECT_EQ(Image.addressOf("second"), Start + 12);
      EXPECT_EQ(Image.wordAt(Start),
                "address 0x" + utohexstr(Start + 12, /*LowerCase=*/true));
      EXPECT_EQ(Image.Image->numRelocations(), 1u);
      Expected<StringRef> Distance = Image.Image->read(Start + 8, 4, "");
      ASSERT_TRUE(bool(Distance));
      EXPECT_EQ(support::endian::read32le(Distance->data()), 12u);
    }
  }
}

} // namespace
