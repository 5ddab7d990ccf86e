//===- ImageYAMLTest.cpp - tests of images in YAML ------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

using Place = DataDefinition::PlaceType;

namespace {

struct Platform {
  ContainerFormat Container;
  const char *Triple;
};

constexpr Platform Platforms[] = {
    {ContainerFormat::ELF, "x86_64-unknown-linux-gnu"},
    {ContainerFormat::ELF, "aarch64-unknown-linux-gnu"},
    {ContainerFormat::ELF, "i686-unknown-linux-gnu"},
    {ContainerFormat::ELF, "armv7-unknown-linux-gnueabihf"},
    {ContainerFormat::ELF, "powerpc64-unknown-linux-gnu"},
    {ContainerFormat::ELF, "mips-unknown-linux-gnu"},
    {ContainerFormat::MachO, "x86_64-apple-macosx11.0.0"},
    {ContainerFormat::MachO, "arm64-apple-macosx11.0.0"},
    {ContainerFormat::PE, "x86_64-w64-windows-gnu"},
    {ContainerFormat::PE, "i686-w64-windows-gnu"},
};

constexpr ImageDialect Dialects[] = {
    ImageDialect::Julia1_9,  ImageDialect::Julia1_10, ImageDialect::Julia1_11,
    ImageDialect::Julia1_13, ImageDialect::Julia1_14, ImageDialect::PkgImg};

bool is32(const Platform &P) { return llvm::Triple(P.Triple).isArch32Bit(); }

/// Definitions of all places, with the names of \p Functions and \p Slots among
/// them, in an order that keeps places together if \p InOrder.
std::vector<Definition> makeDefinitions(Random &R, const Platform &P,
                                        ArrayRef<std::string> Functions,
                                        ArrayRef<std::string> Slots,
                                        bool InOrder) {
  unsigned WordSize = is32(P) ? 4 : 8;
  std::vector<Definition> Places[4];
  std::vector<std::string> Names(Functions.begin(), Functions.end());
  auto Add = [&](Place Where, std::string Name) -> Definition & {
    Definition D;
    D.Name = Name;
    D.Place = Where;
    if (R.chance(30))
      D.Linkage = DataDefinition::Exported;
    if (R.chance(20))
      D.Alignment = uint64_t(1) << R.below(8);
    Names.push_back(Name);
    Places[Where].push_back(D);
    return Places[Where].back();
  };
  for (const std::string &Name : Functions)
    Add(DataDefinition::Text, Name).Content =
        HexBytes(R.bytes(1 + R.below(40)));
  for (unsigned I = 0; I < R.below(4); ++I)
    Add(DataDefinition::ReadOnly, "ro" + utostr(I)).Content =
        HexBytes(R.bytes(1 + R.below(40)));
  auto AddFixups = [&](Definition &D, unsigned Words) {
    for (unsigned W = 0; W < Words; ++W) {
      if (!R.chance(60))
        continue;
      Fixup F;
      F.Offset = W * WordSize;
      bool IsImport = R.chance(20);
      F.Target.Value.Symbol = IsImport ? "import" + utostr(R.below(3))
                                       : Names[R.below(Names.size())];
      if (!IsImport && R.chance(30))
        F.Target.Value.Offset = R.below(4);
      std::fill_n(D.Content->Value.begin() + W * WordSize, WordSize, '\0');
      D.Fixups.push_back(F);
    }
    if (D.Alignment && *D.Alignment < WordSize)
      D.Alignment = WordSize;
  };
  for (unsigned I = 0; I < R.below(4); ++I) {
    Definition &D = Add(DataDefinition::RelRO, "relro" + utostr(I));
    unsigned Words = 1 + R.below(4);
    D.Content = HexBytes(R.bytes(Words * WordSize));
    AddFixups(D, Words);
  }
  for (const std::string &Name : Slots) {
    Definition &D = Add(DataDefinition::Data, Name);
    D.ZeroFill = WordSize;
    if (D.Alignment && *D.Alignment < WordSize)
      D.Alignment = WordSize;
  }
  for (unsigned I = 0; I < R.below(4); ++I) {
    Definition &D = Add(DataDefinition::Data, "data" + utostr(I));
    if (R.chance(60)) {
      unsigned Words = 1 + R.below(4);
      D.Content = HexBytes(R.bytes(Words * WordSize));
      AddFixups(D, Words);
    }
    D.ZeroFill = D.Content ? R.below(20) : 1 + R.below(100);
  }
  static constexpr Place Order[3][4] = {
      {DataDefinition::ReadOnly, DataDefinition::Text, DataDefinition::RelRO,
       DataDefinition::Data},
      {DataDefinition::Text, DataDefinition::ReadOnly, DataDefinition::RelRO,
       DataDefinition::Data},
      {DataDefinition::Text, DataDefinition::Data, DataDefinition::ReadOnly,
       DataDefinition::RelRO}};
  std::vector<Definition> All;
  for (unsigned I = 0; I < 4; ++I) {
    Place Where = Order[unsigned(P.Container)][InOrder ? I : 3 - I];
    for (Definition &D : Places[Where])
      All.push_back(std::move(D));
  }
  return All;
}

/// An image with random tables.
FormatYAML::Image makeImage(Random &R, const Platform &P, ImageDialect Dialect,
                            bool InOrder) {
  bool IsJulia = Dialect != ImageDialect::PkgImg;
  bool Is19 = Dialect == ImageDialect::Julia1_9;
  bool HasNames = Dialect == ImageDialect::PkgImg;
  FormatYAML::Image I;
  I.Container = P.Container;
  I.Triple = P.Triple;
  if (R.chance(70))
    I.OutputName = Text("out" + utostr(R.below(10)));
  for (uint64_t N = R.below(3); N; --N)
    I.NeededLibraries.push_back(Text("lib" + utostr(N)));
  I.LocalSymbols = R.chance(80);

  Tables T;
  T.Dialect = Dialect;
  unsigned NumTargets = 1 + R.below(3);
  for (unsigned J = 0; J < NumTargets; ++J) {
    Target To;
    To.Name = Text("cpu" + utostr(J));
    if (!HasNames)
      To.EnabledWords = {yaml::Hex64(R.below(1 << 20)), yaml::Hex64(0)};
    else if (J == 1) // As the clones below.
      To.Flags.push_back({CPUTarget::CloneAll});
    else if (J)
      To.Base = 1;
    T.Targets.push_back(To);
  }
  std::vector<std::string> Functions, Slots;
  auto Function = [&] {
    Functions.push_back("julia_" + R.name() + "_" + utostr(Functions.size()));
    return Reference{SymbolRef{Functions.back(), 0}};
  };
  auto Slot = [&] {
    Slots.push_back("slot_" + utostr(Slots.size()));
    return Reference{SymbolRef{Slots.back(), 0}};
  };
  for (unsigned S = 0, E = Is19 ? 1 : 1 + R.below(3); S < E; ++S) {
    FormatYAML::Shard To;
    for (unsigned J = 0, N = 1 + R.below(4); J < N; ++J)
      To.Functions.push_back(Function());
    for (unsigned J = 0, N = R.below(3); J < N; ++J)
      To.Globals.push_back(Slot());
    for (unsigned J = 0; J < To.Functions.size(); ++J)
      if (R.chance(50))
        To.CloneSlots.push_back({J, Slot()});
    To.Clones.resize(NumTargets);
    for (unsigned K = 1; K < NumTargets; ++K) {
      if (K == 1) {
        To.Clones[K].Group = true;
        for (unsigned J = 0; J < To.Functions.size(); ++J)
          To.Clones[K].Functions.push_back(Function());
        continue;
      }
      To.Clones[K].Base = uint32_t(1);
      To.Clones[K].Indices.emplace();
      for (unsigned J = 0; J < To.Functions.size(); ++J) {
        if (!R.chance(50))
          continue;
        bool HasSlot =
            any_of(To.CloneSlots, [&](const FormatYAML::CloneSlot &C) {
              return C.Function == J;
            });
        To.Clones[K].Indices->push_back(
            {J | (HasSlot ? BasicShardClones<SymbolRef>::UseSlots : 0)});
        To.Clones[K].Functions.push_back(Function());
      }
    }
    T.Shards.push_back(To);
  }
  if (!Is19 && Dialect != ImageDialect::Julia1_10 &&
      Dialect != ImageDialect::Julia1_11)
    T.TargetString = Text("generic;native");
  if (Is19)
    T.TLS = getDefaultTLSSlots();
  if (IsJulia && !Is19)
    T.SmallTypeof = getDefaultSmallTypeof(Dialect);
  I.Tables = T;

  FormatYAML::Data D;
  if (IsJulia) {
    static const std::pair<ImageDialect, const char *> Versions[] = {
        {ImageDialect::Julia1_9, "1.9.4"},
        {ImageDialect::Julia1_10, "1.10.5"},
        {ImageDialect::Julia1_11, "1.11.2"},
        {ImageDialect::Julia1_13, "1.13.0"},
        {ImageDialect::Julia1_14, "1.14.0"}};
    FormatYAML::Header H;
    H.Format = HeaderFormat::Julia;
    H.OS = Text("Linux");
    for (auto [Key, Version] : Versions)
      if (Key == Dialect)
        H.Version = Text(Version);
    D.TheHeader = H;
  }
  D.Content = HexBytes(R.bytes(R.below(300)));
  if (compression::zstd::isAvailable() && R.chance(50) &&
      (Dialect == ImageDialect::Julia1_13 ||
       Dialect == ImageDialect::Julia1_14))
    D.Compression = DataCompression::Zstd;
  if (R.chance(20))
    D.Alignment = uint64_t(16) << R.below(6);
  if (IsJulia || R.chance(70))
    I.Data = D;
  if (!IsJulia && R.chance(70)) {
    FormatYAML::Header H;
    H.Triple = Text(P.Triple);
    H.Reserve = 64;
    I.Header = H;
  }
  I.Definitions = makeDefinitions(R, P, Functions, Slots, InOrder);
  return I;
}

/// The description of \p Bytes, an image.
FormatYAML::Image imageOf(StringRef Bytes) {
  FileDocument D = valueOf(describe(Bytes));
  if (auto *I = std::get_if<FormatYAML::Image>(&D))
    return std::move(*I);
  ADD_FAILURE() << "no image";
  return FormatYAML::Image();
}

std::string bytesOf(const FormatYAML::Image &I) {
  return valueOf(buildImage(I, 1 << 26));
}

/// The text of \p Bytes gives them back, and is a fixpoint.
void checkExact(StringRef Bytes) {
  FileDocument D = valueOf(describe(Bytes));
  std::string Text = printDocument(D);
  std::string Again = valueOf(build(Text));
  EXPECT_EQ(Again == Bytes, true) << Text;
  EXPECT_EQ(toYAML(Again), Text);
}

//===----------------------------------------------------------------------===//
// Round trips
//===----------------------------------------------------------------------===//

TEST(ImageYAML, RandomImagesRoundTrip) {
  Random R(21);
  for (int I = 0; I < 8; ++I)
    for (const Platform &P : Platforms)
      for (ImageDialect Dialect : Dialects) {
        SCOPED_TRACE(
            Twine(P.Triple).concat(" ").concat(getDialectName(Dialect)).str());
        FormatYAML::Image Image =
            makeImage(R, P, Dialect, /*InOrder=*/R.chance(50));
        std::string Bytes = bytesOf(Image);
        // Through YAML, too.
        EXPECT_EQ(valueOf(build(printDocument(FileDocument(Image)))) == Bytes,
                  true);
        checkExact(Bytes);
      }
}

TEST(ImageYAML, TablesAreReadAsTheyWereWritten) {
  Random R(22);
  for (const Platform &P : Platforms)
    for (ImageDialect Dialect : Dialects) {
      SCOPED_TRACE(
          Twine(P.Triple).concat(" ").concat(getDialectName(Dialect)).str());
      FormatYAML::Image Image = makeImage(R, P, Dialect, /*InOrder=*/true);
      Image.LocalSymbols = true;
      FormatYAML::Image Read = imageOf(bytesOf(Image));
      ASSERT_TRUE(Read.Tables.has_value());
      ASSERT_EQ(Read.Tables->Shards.size(), Image.Tables->Shards.size());
      for (auto [A, B] : zip_equal(Read.Tables->Shards, Image.Tables->Shards)) {
        ASSERT_EQ(A.Functions.size(), B.Functions.size());
        for (auto [F, G] : zip_equal(A.Functions, B.Functions))
          EXPECT_EQ(formatReference(F.Value), formatReference(G.Value));
        ASSERT_EQ(A.Globals.size(), B.Globals.size());
        for (auto [F, G] : zip_equal(A.Globals, B.Globals))
          EXPECT_EQ(formatReference(F.Value), formatReference(G.Value));
        ASSERT_EQ(A.CloneSlots.size(), B.CloneSlots.size());
        for (auto [F, G] : zip_equal(A.CloneSlots, B.CloneSlots)) {
          EXPECT_EQ(F.Function, G.Function);
          EXPECT_EQ(formatReference(F.Slot.Value),
                    formatReference(G.Slot.Value));
        }
      }
      EXPECT_EQ(Read.Data.has_value(), Image.Data.has_value());
      if (Read.Data) {
        EXPECT_EQ(Read.Data->Content->Value, Image.Data->Content->Value);
        EXPECT_EQ(Read.Data->Compression, Image.Data->Compression);
      }
      EXPECT_EQ(Read.Header.has_value(), Image.Header.has_value());
      EXPECT_EQ(Read.OutputName.value_or(Text("image.dll")).Value,
                Image.OutputName.value_or(Text("image.dll")).Value);
      // PE needs one for imports.
      if (P.Container != ContainerFormat::PE)
        EXPECT_EQ(Read.NeededLibraries.size(), Image.NeededLibraries.size());
    }
}

TEST(ImageYAML, DefinitionsInTheOrderOfTheSectionsNeedNoPatches) {
  Random R(23);
  for (const Platform &P : Platforms) {
    SCOPED_TRACE(P.Triple);
    FormatYAML::Image Image =
        makeImage(R, P, ImageDialect::PkgImg, /*InOrder=*/true);
    // Alignments that nothing but a section's header tells are no issue; the
    // sizes that Mach-O and PE do not have are.
    for (Definition &D : Image.Definitions)
      if (P.Container != ContainerFormat::ELF)
        D.Alignment = std::nullopt;
    Image.LocalSymbols = true;
    FormatYAML::Image Read = imageOf(bytesOf(Image));
    EXPECT_TRUE(Read.TheEdits.Patches.empty())
        << printDocument(FileDocument(Read));
  }
}

TEST(ImageYAML, LibrariesWithoutTables) {
  Random R(24);
  for (const Platform &P : Platforms) {
    SCOPED_TRACE(P.Triple);
    FormatYAML::Image I;
    I.Container = P.Container;
    I.Triple = P.Triple;
    I.Definitions = makeDefinitions(R, P, {"f", "g"}, {"s"}, true);
    checkExact(bytesOf(I));
    I.Header.emplace();
    I.Header->Reserve = 32;
    checkExact(bytesOf(I));
    FormatYAML::Image Read = imageOf(bytesOf(I));
    EXPECT_FALSE(Read.Tables.has_value());
    ASSERT_TRUE(Read.Header.has_value());
    EXPECT_EQ(Read.Header->Reserve, 32u);
  }
}

TEST(ImageYAML, StylesOfRelocations) {
  Random R(25);
  auto Check = [&](const Platform &P, RelocationStyle Style) {
    FormatYAML::Image I = makeImage(R, P, ImageDialect::PkgImg, true);
    I.Relocations = Style;
    checkExact(bytesOf(I));
  };
  for (RelocationStyle Style :
       {RelocationStyle::REL, RelocationStyle::RELA, RelocationStyle::RELR}) {
    Check(Platforms[0], Style);
    Check(Platforms[2], Style);
    Check(Platforms[4], Style);
  }
  for (RelocationStyle Style :
       {RelocationStyle::Opcodes, RelocationStyle::Chained}) {
    Check(Platforms[6], Style);
    Check(Platforms[7], Style);
  }
}

/// Whatever bits change: nothing crashes, and what can be described is a
/// fixpoint.
TEST(ImageYAML, ChangedImages) {
  Random R(26);
  unsigned NumRead = 0;
  for (const Platform &P :
       {Platforms[0], Platforms[5], Platforms[6], Platforms[8]}) {
    SCOPED_TRACE(P.Triple);
    std::string Bytes = bytesOf(makeImage(R, P, ImageDialect::Julia1_11, true));
    for (int I = 0; I < 150; ++I) {
      std::string Changed = Bytes;
      for (uint64_t N = 1 + R.below(2); N; --N)
        Changed[R.below(R.chance(60) ? 1024 : Changed.size())] ^= 1
                                                                  << R.below(8);
      Expected<FileDocument> D = describe(Changed);
      if (!D) {
        consumeError(D.takeError());
        continue;
      }
      std::string Text = printDocument(*D);
      Expected<std::string> Again = build(Text);
      ASSERT_TRUE(bool(Again)) << toString(Again.takeError()) << Text;
      ++NumRead;
      EXPECT_EQ(toYAML(*Again) == Text, true) << Text;
    }
    for (size_t Size = 0; Size < Bytes.size(); Size += 1 + R.below(97)) {
      Expected<FileDocument> D = describe(StringRef(Bytes).take_front(Size));
      if (!D)
        consumeError(D.takeError());
    }
  }
  EXPECT_GT(NumRead, 100u);
}

//===----------------------------------------------------------------------===//
// What is derived, and what can be given
//===----------------------------------------------------------------------===//

constexpr StringLiteral Small = R"(--- !Image
Container: ELF
Triple: x86_64-unknown-linux-gnu
Tables:
  Dialect: julia-1.12
  Shards:
    - Functions: [ f ]
      Globals: [ v ]
  Targets:
    - { Name: generic, EnabledWords: [ 0 ] }
Data:
  Header: { Format: Julia, Version: 1.12.3 }
  Content: 00010203
Definitions:
  - { Name: f, Place: Text, Content: c3 }
  - { Name: v, Place: Data, ZeroFill: 8 }
)";

TEST(ImageYAML, ADefinitionTakesThePlaceOfATable) {
  // A key slot that is not zero is described with what it holds.
  std::string Bytes = valueOf(build((Small + R"(  - Name: jl_pgcstack_key_slot
    Place: Data
    Content: 0100000000000000
  - Name: jl_pgcstack_func_slot
    Place: Data
    Fixups:
      - { Offset: 0, Target: f }
)")
                                        .str()));
  FormatYAML::Image I = imageOf(Bytes);
  EXPECT_TRUE(I.TheEdits.Patches.empty());
  std::vector<std::string> Names;
  for (const Definition &D : I.Definitions)
    Names.push_back(D.Name.Value);
  EXPECT_EQ(Names, (std::vector<std::string>{"f", "v", "jl_pgcstack_key_slot",
                                             "jl_pgcstack_func_slot"}));
  EXPECT_FALSE(I.Tables->TLS.has_value());
  checkExact(Bytes);
  // A header of three words instead of four.
  std::string Short = valueOf(build((Small + R"(  - Name: jl_image_header
    Place: ReadOnly
    Alignment: 4
    Content: 010000000100000001000000
)")
                                        .str()));
  EXPECT_NE(errorOf(describe(Short)).find("jl_image_header"),
            std::string::npos);
}

/// Builds Small with \p Keys in the header of its data.
Expected<std::string> buildWithDataHeader(const Twine &Keys) {
  std::string Text = Small.str();
  StringRef Before("Version: 1.12.3");
  size_t At = Text.find(Before) + Before.size();
  return build(Text.insert(At, (", " + Keys).str()));
}

TEST(ImageYAML, WhatTheHeaderOfDataHasIsWritten) {
  auto Has = [](const Twine &Keys, StringRef Data) {
    return StringRef(valueOf(buildWithDataHeader(Keys))).contains(Data);
  };
  // The header, and the content at the first multiple of 64 after it.
  FormatYAML::Image Right = imageOf(valueOf(build(Small)));
  ASSERT_TRUE(Right.Data->TheHeader.has_value());
  std::string Plain = valueOf(buildHeaderWithData(
      *Right.Data->TheHeader, Right.Data->Content->Value, /*MaxSize=*/0));
  uint64_t Start = Plain.size() - 4;
  EXPECT_TRUE(StringRef(valueOf(build(Small))).contains(Plain));

  std::string Expect = Plain;
  Expect[2] = '\xaa';
  EXPECT_TRUE(Has("Patches: [ { Offset: 2, Content: aa } ]", Expect));
  // Cut, and made longer: the content follows.
  EXPECT_TRUE(Has("FileSize: 5", Plain.substr(0, 5) + Plain.substr(Start)));
  EXPECT_TRUE(
      Has("FileSize: " + Twine(Start + 3),
          Plain.substr(0, Start) + std::string(3, '\0') + Plain.substr(Start)));
  Expect = Plain;
  // Magic number, version, byte order, size of a pointer, five strings.
  uint64_t Mark = 8 + 2 + 2 + 1 + 5 + StringRef("1.12.3").size();
  EXPECT_EQ(Expect[Mark], 1);
  Expect[Mark] = 0;
  EXPECT_TRUE(Has("ImageData: false", Expect));
  EXPECT_EQ(valueOf(buildWithDataHeader("ImageData: true")),
            valueOf(build(Small)));
}

TEST(ImageYAML, WhatTheHeaderOfDataHasNotIsAnError) {
  for (const char *Key : {"HeaderCRC: 1", "Reserve: 8", "UpdateDigests: true",
                          "Minor: 1", "Data: 00"})
    EXPECT_EQ(errorOf(buildWithDataHeader(Key)),
              ("!Image: Data: Header: " + StringRef(Key).split(':').first +
               ": the header of Julia's data has no place for it; leave it out")
                  .str());
  std::string Text = Small.str();
  Text.replace(Text.find("Julia, "), 5, "PkgImg");
  EXPECT_EQ(errorOf(build(Text)),
            "!Image: Data: Header: Format: PkgImg: the header of Julia's data "
            "has no place for it; leave it out");
  // Those of the whole file's header are the writer's.
  for (const char *Key : {"Modules: [ { Name: M } ]", "ImageCRC: 1"})
    EXPECT_TRUE(StringRef(errorOf(buildWithDataHeader(Key)))
                    .contains("the header of an image's data has no "));
  EXPECT_EQ(errorOf(buildWithDataHeader("FileSize: 0x10000000000")),
            "!Image: Data: Header: FileSize is 1099511627776, which exceeds "
            "the limit of 67108864 bytes");
  EXPECT_EQ(
      errorOf(buildWithDataHeader("Patches: [ { Symbol: f, Content: 00 } ]")),
      "!Image: Data: Header: Patches[0]: a header has no symbol 'f'");
}

TEST(ImageYAML, PatchesBySymbol) {
  std::string Plain = valueOf(build(Small));
  std::string Bytes = valueOf(build((Small + R"(Patches:
  - { Symbol: jl_image_header, Content: 07 }
  - { Symbol: jl_image_header+4, Offset: 1, Content: aa }
)")
                                        .str()));
  unsigned NumChanged = 0;
  for (size_t I = 0; I < Plain.size(); ++I)
    NumChanged += Plain[I] != Bytes[I];
  EXPECT_EQ(NumChanged, 2u);
  std::string Message = errorOf(describe(Bytes));
  EXPECT_NE(Message.find("jl_image_header"), std::string::npos) << Message;
  EXPECT_EQ(errorOf(build((Small + "Patches:\n  - { Symbol: nowhere, Content: "
                                   "00 }\n")
                              .str())),
            "!Image: Patches[0]: the image has no symbol 'nowhere'");
  EXPECT_EQ(errorOf(build((Small + "Patches:\n  - { Symbol: f-0x100000, "
                                   "Content: 00 }\n")
                              .str())),
            "!Image: Patches[0]: 'f-1048576' is not in the file's bytes");
}

TEST(ImageYAML, AFixupMakesContentLonger) {
  std::string Bytes = valueOf(build(R"(--- !Image
Container: ELF
Triple: powerpc64-unknown-linux-gnu
Definitions:
  - Name: a
    Place: RelRO
    Fixups:
      - { Offset: 8, Target: b+4 }
      - { Offset: 0, Target: import }
  - { Name: b, Place: ReadOnly, Content: 0102030405, Linkage: Exported }
  - Name: c
    Place: ReadOnly
    Linkage: Exported
    Fixups:
      - { Offset: 4, Target: c, Minus: b }
)"));
  auto Image = valueOf(ImageFile::create(MemoryBufferRef(Bytes, "f")));
  const ImageSymbol *B = Image->findExport("b");
  const ImageSymbol *C = Image->findExport("c");
  ASSERT_TRUE(B && C);
  EXPECT_EQ(C->Size, 8u);
  EXPECT_EQ(valueOf(Image->read(C->Address + 4, 4, "x")),
            StringRef("\0\0\0\x05", 4));
  ASSERT_FALSE(Image->localSymbols().empty());
  uint64_t A = Image->localSymbols().front().Address;
  ImageWord First = valueOf(Image->readWord(A, "x"));
  EXPECT_EQ(First.Kind, ImageWord::Import);
  EXPECT_EQ(First.Symbol, "import");
  ImageWord Second = valueOf(Image->readWord(A + 8, "x"));
  EXPECT_EQ(Second.Kind, ImageWord::Address);
  EXPECT_EQ(Second.Value, B->Address + 4);
}

TEST(ImageYAML, CompressedDataThatCannotBeMadeAgainIsStored) {
  if (!compression::zstd::isAvailable())
    GTEST_SKIP();
  Random R(27);
  FormatYAML::Image I =
      makeImage(R, Platforms[0], ImageDialect::Julia1_14, true);
  std::string Plain(5000, 'x');
  SmallVector<uint8_t, 0> Compressed;
  compression::zstd::compress(
      ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(Plain.data()),
                        Plain.size()),
      Compressed);
  FormatYAML::Data D;
  D.Compression = DataCompression::Zstd;
  D.Level = 3;
  D.Content = HexBytes(Plain);
  I.Data = D;
  checkExact(bytesOf(I));
  D.Level = std::nullopt;
  D.Content = std::nullopt;
  D.Stored = HexBytes(toStringRef(ArrayRef<uint8_t>(Compressed)));
  D.Checksum = yaml::Hex32(crc32c(Plain));
  I.Data = D;
  checkExact(bytesOf(I));
  D.Checksum = yaml::Hex32(1);
  I.Data = D;
  checkExact(bytesOf(I));
}

TEST(ImageYAML, ZerosThatAreNotInTheFile) {
  std::string Bytes = valueOf(build(
      (Small + "  - { Name: big, Place: Data, ZeroFill: 0x100000000000 }\n")
          .str()));
  EXPECT_LT(Bytes.size(), 100000u);
  FormatYAML::Image I = imageOf(Bytes);
  EXPECT_EQ(I.Definitions.back().ZeroFill, 0x100000000000u);
  checkExact(Bytes);
}

TEST(ImageYAML, SealedImages) {
  Random R(29);
  for (const Platform &P : Platforms) {
    SCOPED_TRACE(P.Triple);
    FormatYAML::Image I = makeImage(R, P, ImageDialect::PkgImg, true);
    I.Header.emplace();
    I.Header->Triple = Text(P.Triple);
    I.Header->Reserve = 64;
    I.Seal = true;
    std::string Bytes = bytesOf(I);
    checkExact(Bytes);
    FormatYAML::Image Read = imageOf(Bytes);
    EXPECT_TRUE(Read.Seal);
    EXPECT_FALSE(Read.Header->Digest.has_value());
    // A digest that is wrong is given.
    std::string Wrong = Bytes;
    auto Image = valueOf(ImageFile::create(MemoryBufferRef(Wrong, "f")));
    ASSERT_TRUE(Image->embeddedHeader().has_value());
    CacheHeader H = valueOf(
        readCacheHeader(MemoryBufferRef(*Image->embeddedHeader(), "h")));
    ASSERT_TRUE(H.Content.has_value());
    size_t At = Wrong.find(toStringRef(ArrayRef<uint8_t>(H.Content->Root)));
    ASSERT_NE(At, std::string::npos);
    Wrong[At] ^= 1;
    checkExact(Wrong);
    Read = imageOf(Wrong);
    EXPECT_FALSE(Read.Seal);
    EXPECT_TRUE(Read.Header->Digest.has_value());
  }
}

TEST(ImageYAML, DialectThatNothingTells) {
  std::string Text = Small.str();
  StringRef HeaderLine = "  Header: { Format: Julia, Version: 1.12.3 }\n";
  Text.erase(Text.find(HeaderLine), HeaderLine.size());
  std::string Bytes = valueOf(build(Text));
  DescribeOptions Options;
  Options.Dialect = ImageDialect::Julia1_11;
  FormatYAML::Image I =
      valueOf(describeImage(MemoryBufferRef(Bytes, "f"), Options));
  ASSERT_TRUE(I.Tables.has_value());
  EXPECT_EQ(bytesOf(I) == Bytes, true);
  // As any other library.
  Options.HasTables = false;
  I = valueOf(describeImage(MemoryBufferRef(Bytes, "f"), Options));
  EXPECT_FALSE(I.Tables.has_value());
  EXPECT_EQ(bytesOf(I) == Bytes, true);
}

//===----------------------------------------------------------------------===//
// Target data
//===----------------------------------------------------------------------===//

TEST(TargetDataYAML, RoundTrips) {
  StringRef Yaml = R"(--- !TargetData
Targets:
  - Name:            generic
  - Name:            haswell
    Flags:           [ CloneAll, MinSize ]
    Base:            0
    Enabled:         [ avx, avx2 ]
    Used:            [ avx ]
...
)";
  std::string Bytes = valueOf(build(Yaml));
  EXPECT_TRUE(StringRef(Bytes).starts_with(TargetDataMagic));
  EXPECT_EQ(toYAML(Bytes), Yaml);
  std::string Longer = Bytes + "tail";
  EXPECT_EQ(valueOf(build(toYAML(Longer))), Longer);
}

TEST(TargetDataYAML, JuliasLayouts) {
  auto Read = [](StringRef Yaml, TargetDataLayout Layout, bool IsLittleEndian) {
    return valueOf(
        readTargetData(valueOf(build(Yaml)), Layout, IsLittleEndian));
  };
  CPUTargets T = Read("--- !TargetData\nLayout: Julia32\nLittleEndian: false\n"
                      "Targets:\n  - { Name: a, DisabledWords: [ 1, 2 ] }\n",
                      TargetDataLayout::Julia32, false);
  ASSERT_EQ(T.Targets.size(), 1u);
  EXPECT_EQ(T.Targets[0].EnabledWords, (std::vector<uint64_t>{0, 0}));
  EXPECT_EQ(T.Targets[0].DisabledWords, (std::vector<uint64_t>{1, 2}));
  T = Read("--- !TargetData\nFeatureNumbering: Julia1_9\nArch: x86_64\n"
           "Targets:\n  - { Name: a, Enabled: [ avx ] }\n",
           TargetDataLayout::Julia32, true);
  EXPECT_EQ(T.Targets[0].EnabledWords.size(), 11u);
  T = Read("--- !TargetData\nFeatureNumbering: Julia1_14\nArch: x86_64\n"
           "Targets:\n  - { Name: a, Enabled: [ avx ] }\n",
           TargetDataLayout::Julia64, true);
  EXPECT_EQ(T.Targets[0].EnabledWords.size(), 4u);
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST(Documents, AreChosenByNumber) {
  StringRef Yaml = "--- !Header\nOS: a\n--- !TargetData\nArch: b\n";
  EXPECT_TRUE(std::holds_alternative<FormatYAML::Header>(valueOf(parse(Yaml))));
  EXPECT_TRUE(
      std::holds_alternative<TargetData>(valueOf(parse(Yaml, /*Number=*/2))));
  EXPECT_EQ(errorOf(parse(Yaml, 3)),
            "in.yaml: there is no document 3; the file has 2");
  EXPECT_EQ(errorOf(parse(Yaml, 0)),
            "in.yaml: there is no document 0; the file has 2");
}

TEST(Documents, BadYAMLIsAnError) {
  const std::pair<const char *, const char *> Cases[] = {
      {"--- !ELF\nOS: a\n",
       "in.yaml:2:1: expected one of the tags !Header, !Image and !TargetData "
       "at the document's begin"},
      {"OS: a\n",
       "in.yaml:1:1: expected one of the tags !Header, !Image and !TargetData "
       "at the document's begin"},
      {"--- !Header\n", "in.yaml: document 1 is empty"},
      {"", "in.yaml: document 1 is empty"},
      {"--- !Header\nOS: *a\n", "in.yaml:3:1: aliases are not supported"},
      {"--- !Header\n? [a]\n: b\n", "in.yaml:2:1: a key is no plain text"},
      {"--- !Image\nContainer: ELF\n",
       "in.yaml:2:1: missing required key 'Triple'"}};
  for (auto [Text, Message] : Cases)
    EXPECT_EQ(errorOf(parse(Text)), Message) << Text;
  for (const char *Text : {"--- !Header\n\t- x", "--- !Header\n[", "%", "--- '",
                           "--- \"\\q\"", "--- !Header\nOS: [a", "a: b: c",
                           "--- !<", "--- |", "--- !Header\nOS:\n  - a\n b"})
    EXPECT_FALSE(errorOf(parse(Text)).empty()) << Text;
}

TEST(Documents, DeepNestingIsAnError) {
  for (const char *Open : {"[", "{a: ", "[a: ", "- "}) {
    std::string Text = "--- !Header\nOS: ";
    if (StringRef(Open) == "- ")
      Text = "--- !Header\n";
    for (int I = 0; I < 50000; ++I)
      Text += Open;
    EXPECT_FALSE(errorOf(parse(Text)).empty());
  }
  std::string Many;
  for (int I = 0; I < 100000; ++I)
    Many += "---\n";
  EXPECT_EQ(errorOf(parse(Many)), "in.yaml: document 1 is empty");
}

TEST(Documents, ChangedYAMLNeverCrashes) {
  Random R(28);
  std::string Yaml = printDocument(
      FileDocument(makeImage(R, Platforms[0], ImageDialect::Julia1_14, true)));
  for (int I = 0; I < 1500; ++I) {
    std::string Changed = Yaml;
    for (uint64_t N = 1 + R.below(3); N; --N) {
      size_t At = R.below(Changed.size());
      switch (R.below(3)) {
      case 0:
        Changed[At] = char(R.bits());
        break;
      case 1:
        Changed.erase(At, 1 + R.below(20));
        break;
      default:
        Changed.insert(At, 1, "[]{}:-\n &*!|>'\"%@#,?"[R.below(20)]);
        break;
      }
    }
    Expected<std::string> Bytes = build(Changed, 1 << 22);
    if (!Bytes)
      consumeError(Bytes.takeError());
  }
}

TEST(ImageYAML, ErrorsNameTheField) {
  auto WithLine = [](StringRef From, StringRef To) {
    std::string Text = Small.str();
    size_t At = Text.find(From);
    EXPECT_NE(At, std::string::npos);
    return Text.replace(At, From.size(), To);
  };
  const std::tuple<const char *, const char *, const char *> Cases[] = {
      {"Triple: x86_64-unknown-linux-gnu", "Triple: pdp11",
       "!Image: Triple: 'pdp11' begins with no architecture that is known"},
      {"Targets:\n    - { Name: generic, EnabledWords: [ 0 ] }", "Targets: []",
       "!Image: Tables: jl_dispatch_target_ids: there is no target"},
      {"EnabledWords: [ 0 ]", "Enabled: [ nonsense ]",
       "!Image: Tables: Targets[0]: "},
      {"Content: 00010203", "Content: 00\n  Level: 3",
       "!Image: Data: Level is given without Compression"},
      {"Content: 00010203", "Content: 00\n  Stored: 00",
       "!Image: Data: Stored stands for all of the data, so that Header, "
       "Content and Level cannot be given with it"},
      {"Content: 00010203", "Compression: zstd\n  Level: 99",
       "!Image: Data: Level is 99, expected 1 to 22"},
      {"Content: c3", "ZeroFill: 0xffffffffffffffff",
       "!Image: Definitions: 'f' has 18446744073709551615 bytes, more than fit "
       "into memory"},
      {"Content: c3", "ZeroFill: 67108864",
       "!Image: Definitions: 'f' exceeds the limit of 67108864 bytes"},
      {"Content: c3", "Alignment: 0x8000000000000000",
       "!Image: Definitions: the alignment of 'f' is 9223372036854775808, "
       "expected at most 16777216"},
      {"Content: 00010203", "Alignment: 0x2000000",
       "!Image: Definitions: the alignment of 'jl_system_image_data' is "
       "33554432, expected at most 16777216"},
      {"Content: c3", "Alignment: 3",
       "!Image: the alignment of 'f' is 3, expected a power of two"},
      {"Content: c3", "Fixups: [ { Offset: 0xffffffffffffffff, Target: v } ]",
       "!Image: Definitions[0]: the fixup at offset 18446744073709551615 "
       "exceeds the limit of 67108864 bytes"},
      {"ZeroFill: 8", "Content: 01, Fixups: [ { Offset: 0, Target: f } ]",
       "!Image: Definitions[1]: Content is not zero at offset 0, where a fixup "
       "is"},
      {"Name: v", "Name: f", "!Image: the symbol 'f' is defined twice"},
      {"Functions: [ f ]", "Functions: [ f ]\n      FunctionIndices: [ 7 ]",
       "!Image: Tables: shard 0: jl_fvar_idxs[0]: index 7, but nfvars is 1"},
      {"Dialect: julia-1.12", "Dialect: julia-1.12\n  NumFunctions: 7",
       "!Image: Tables: jl_image_header: nfvars is 7, but the shards have 1 "
       "functions"},
      {"Tables:", "Seal: true\nTables:", "!Image: Seal: "}};
  for (auto [From, To, Message] : Cases) {
    std::string Error = errorOf(build(WithLine(From, To)));
    EXPECT_TRUE(StringRef(Error).starts_with(Message)) << Error;
  }
  EXPECT_EQ(errorOf(build("--- !Image\nContainer: ELF\nTriple: x86_64-linux\n"
                          "Data: { Content: 00 }\n")),
            "!Image: Data: an image without Tables has no place for it");
  EXPECT_EQ(errorOf(build("--- !Image\nContainer: ELF\nTriple: x86_64-linux\n"
                          "Header: { Format: Julia }\n"))
                .substr(0, 16),
            "!Image: Header: ");
}

TEST(ImageYAML, OtherFilesAreErrors) {
  EXPECT_EQ(errorOf(describe("hello\n")),
            "file: expected a cache header, a shared library (ELF, Mach-O or "
            "PE) or target data, found: text file");
}

} // namespace
