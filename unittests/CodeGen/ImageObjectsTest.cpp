//===- ImageObjectsTest.cpp - Objects of tables and data ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ImageObjects.h"
#include "../TestSupport.h"
#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/CodeGen/Targets.h"
#include "pkgimg/Format/Checksum.h"
#include "pkgimg/Format/ObjectImage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/COFF.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Object/MachO.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <map>

using namespace llvm;
using namespace pkgimg;

namespace {

constexpr StringLiteral Linux("x86_64-unknown-linux-gnu");

constexpr StringLiteral Triples[] = {Linux,
                                     "i686-unknown-linux-gnu",
                                     "aarch64-unknown-linux-gnu",
                                     "armv7-unknown-linux-gnueabihf",
                                     "riscv64-unknown-linux-gnu",
                                     "powerpc64le-unknown-linux-gnu",
                                     "x86_64-unknown-freebsd",
                                     "x86_64-w64-windows-gnu",
                                     "x86_64-pc-windows-msvc",
                                     "aarch64-w64-windows-gnu",
                                     "i686-w64-windows-gnu",
                                     "x86_64-apple-macosx10.14.0",
                                     "arm64-apple-macosx11.0.0"};

bool hasBackend(StringRef T) {
  Expected<const Target *> Found = getTarget(Triple(T));
  if (Found)
    return true;
  consumeError(Found.takeError());
  return false;
}

#define SKIP_WITHOUT(T)                                                        \
  if (!hasBackend(T))                                                          \
  GTEST_SKIP() << "no code generator for " << StringRef(T).str()

std::unique_ptr<MemoryBuffer> toBuffer(SmallVector<char, 0> Bytes) {
  return std::make_unique<SmallVectorMemoryBuffer>(
      std::move(Bytes), "object", /*RequiresNullTerminator=*/false);
}

SmallVector<char, 0> compile(StringRef Source, StringRef T) {
  CompileOptions Options;
  Options.Target = Triple(T);
  Options.TargetIsExplicit = true;
  SmallVector<char, 0> Object;
  raw_svector_ostream OS(Object);
  orDie(compileModule(MemoryBufferRef(Source, "code.ll"), Options, OS));
  return Object;
}

std::unique_ptr<object::ObjectFile> open(ArrayRef<char> Object) {
  return orDie(object::ObjectFile::createObjectFile(
      MemoryBufferRef(StringRef(Object.data(), Object.size()), "object")));
}

/// The symbol \p Name, and its section.
std::pair<object::SymbolRef, object::SectionRef>
findSymbol(const object::ObjectFile &File, StringRef Name) {
  for (const object::SymbolRef &S : File.symbols())
    if (orDie(S.getName()) == Name) {
      object::section_iterator Section = orDie(S.getSection());
      if (Section == File.section_end())
        return {S, object::SectionRef()};
      return {S, *Section};
    }
  report_fatal_error("no symbol " + Name);
}

std::string sectionNameOf(const object::ObjectFile &File, StringRef Name) {
  object::SectionRef S = findSymbol(File, Name).second;
  std::string Segment;
  if (const auto *MachO = dyn_cast<object::MachOObjectFile>(&File))
    Segment =
        (MachO->getSectionFinalSegmentName(S.getRawDataRefImpl()) + ",").str();
  return Segment + orDie(S.getName()).str();
}

/// The \p Size bytes at symbol \p Name.
StringRef contentsOf(const object::ObjectFile &File, StringRef Name,
                     uint64_t Size) {
  auto [Symbol, Section] = findSymbol(File, Name);
  uint64_t At = orDie(Symbol.getAddress()) - Section.getAddress();
  return orDie(Section.getContents()).substr(At, Size);
}

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

/// Two shards, of which the first has a clone with a slot, and a global.
struct TestImage {
  TestImage(ImageDialect Dialect, const Triple &T);

  /// The archive of its objects.
  std::unique_ptr<MemoryBuffer> build(std::optional<StringRef> Data,
                                      bool Compress, StringRef T);

  ImageTablesSpec Spec;
  std::string Header = std::string("\x89pkgimg\n") + std::string(53, 'h');
};

TestImage::TestImage(ImageDialect Dialect, const Triple &T) {
  const bool IsOurs = Dialect == ImageDialect::PkgImg;
  Spec.Dialect = Dialect;
  Spec.Version = Dialect != ImageDialect::Julia1_9;
  Spec.Targets.Layout = IsOurs ? TargetDataLayout::Named
                        : Dialect == ImageDialect::Julia1_14
                            ? TargetDataLayout::Julia64
                            : TargetDataLayout::Julia32;
  Spec.Targets.Targets.resize(2);
  Spec.Targets.Targets[0].Name = "generic";
  Spec.Targets.Targets[1].Name = "better";
  if (IsOurs)
    Spec.Targets.Targets[1].Base = 0;
  if (Dialect >= ImageDialect::Julia1_13)
    Spec.TargetString = "generic;better";
  Spec.TLS = {{"jl_pgcstack_func_slot", 0},
              {"jl_pgcstack_key_slot", 0},
              {"jl_tls_offset", 0}};
  if (Dialect == ImageDialect::Julia1_10)
    Spec.SmallTypeof = {"small_typeof", 0};
  else if (!IsOurs && Dialect != ImageDialect::Julia1_9)
    Spec.SmallTypeof = {"jl_small_typeof", 0};
  const unsigned NumShards = Dialect == ImageDialect::Julia1_9 ? 1 : 2;
  Spec.NumFunctions = NumShards + 1;
  Spec.NumGlobals = 1;
  Spec.Shards.resize(NumShards);
  for (auto &S : Spec.Shards) {
    S.Clones.resize(2);
    S.Clones[0].IsGroup = true;
  }
  auto &S = Spec.Shards[0];
  S.Functions = {{"f", 0}, {"g", 0}};
  S.FunctionIndices = {0, 1};
  S.Globals = {{"v", 8}};
  S.GlobalIndices = {0};
  S.CloneSlots = {{1, {"g.slot", 0}}};
  S.Clones[0].Indices = {1};
  S.Clones[1].Indices = {1 | BasicShardClones<SymbolRef>::UseSlots};
  S.Clones[1].Functions = {{"g.1", 0}};
  if (NumShards == 2) {
    Spec.Shards[1].Functions = {{"h", 0}};
    Spec.Shards[1].FunctionIndices = {2};
  }
  if (IsOurs)
    Spec.EmbeddedHeader = Header;
}

std::unique_ptr<MemoryBuffer> TestImage::build(std::optional<StringRef> Data,
                                               bool Compress, StringRef T) {
  ImageObjects Objects =
      orDie(emitImageObjects(Spec, Data, Compress, Triple(T), {}));
  std::vector<ImageMember> Members;
  Members.push_back({"text#0.o", toBuffer(compile(R"(
define hidden i32 @f() { ret i32 1 }
define hidden i32 @g() { ret i32 2 }
define hidden i32 @g.1() { ret i32 3 }
@g.slot = hidden global ptr @g
@v = hidden global [2 x i64] zeroinitializer
)",
                                                  T))});
  Members.push_back(
      {"text#1.o", toBuffer(compile("define i32 @h() { ret i32 4 }", T))});
  Members.push_back({"metadata.o", toBuffer(std::move(Objects.Metadata))});
  if (!Objects.Data.empty())
    Members.push_back({"sysimg.o", toBuffer(std::move(Objects.Data))});
  return orDie(writeObjectArchive(Members, Triple(T)));
}

void expectSame(const ImageTables &Read, const TestImage &Made,
                const ImageFile &Image) {
  std::map<std::string, uint64_t> Addresses;
  for (const ImageSymbol &S : Image.exports())
    Addresses[S.Name.str()] = S.Address;
  for (const ImageSymbol &S : Image.localSymbols())
    Addresses[S.Name.str()] = S.Address;
  auto Expect = [&](uint64_t Found, const SymbolRef &Ref) {
    ASSERT_TRUE(Addresses.count(Ref.Symbol)) << Ref.Symbol;
    // Of Thumb code the address has bit 0.
    EXPECT_EQ(Found & ~uint64_t(Image.arch() == Triple::arm),
              Addresses[Ref.Symbol] + uint64_t(Ref.Offset))
        << Ref.Symbol;
  };
  auto ExpectList = [&](ArrayRef<uint64_t> Found, ArrayRef<SymbolRef> Refs) {
    ASSERT_EQ(Found.size(), Refs.size());
    for (auto [Address, Ref] : zip_equal(Found, Refs))
      Expect(Address, Ref);
  };
  const ImageTablesSpec &Spec = Made.Spec;
  EXPECT_EQ(Read.Dialect, Spec.Dialect);
  EXPECT_EQ(Read.NumFunctions, Spec.NumFunctions);
  EXPECT_EQ(Read.NumGlobals, Spec.NumGlobals);
  EXPECT_EQ(Read.TargetString, Spec.TargetString);
  ASSERT_EQ(Read.Targets.Targets.size(), 2u);
  EXPECT_EQ(Read.Targets.Targets[1].Name, "better");
  ASSERT_TRUE(Read.TLS.has_value());
  Expect(Read.TLS->KeySlot, Spec.TLS->KeySlot);
  ASSERT_EQ(Read.SmallTypeof.has_value(), Spec.SmallTypeof.has_value());
  if (Read.SmallTypeof)
    Expect(*Read.SmallTypeof, *Spec.SmallTypeof);
  ASSERT_EQ(Read.Shards.size(), Spec.Shards.size());
  for (auto [A, B] : zip_equal(Read.Shards, Spec.Shards)) {
    ExpectList(A.Functions, B.Functions);
    EXPECT_EQ(A.FunctionIndices, B.FunctionIndices);
    ExpectList(A.Globals, B.Globals);
    EXPECT_EQ(A.GlobalIndices, B.GlobalIndices);
    ASSERT_EQ(A.CloneSlots.size(), B.CloneSlots.size());
    for (auto [SlotA, SlotB] : zip_equal(A.CloneSlots, B.CloneSlots)) {
      EXPECT_EQ(SlotA.Function, SlotB.Function);
      Expect(SlotA.Slot, SlotB.Slot);
    }
    ASSERT_EQ(A.Clones.size(), B.Clones.size());
    for (auto [ClonesA, ClonesB] : zip_equal(A.Clones, B.Clones)) {
      EXPECT_EQ(ClonesA.IsGroup, ClonesB.IsGroup);
      EXPECT_EQ(ClonesA.Indices, ClonesB.Indices);
      ExpectList(ClonesA.Functions, ClonesB.Functions);
    }
  }
}

// Every dialect, for every kind of object: what a linker would make of the
// objects has the tables that were asked for.
TEST(ImageObjects, TablesAreReadAgain) {
  unsigned NumRead = 0;
  const std::string Data(5000, 'd');
  for (StringRef T : Triples)
    for (ImageDialect Dialect :
         {ImageDialect::Julia1_9, ImageDialect::Julia1_10,
          ImageDialect::Julia1_11, ImageDialect::Julia1_13,
          ImageDialect::Julia1_14, ImageDialect::PkgImg}) {
      if (!hasBackend(T))
        continue;
      SCOPED_TRACE((T + " " + getDialectName(Dialect)).str());
      TestImage Made(Dialect, Triple(T));
      auto Archive = Made.build(Data, /*Compress=*/false, T);
      InputSummary Summary = orDie(checkLinkerInput(*Archive));
      EXPECT_EQ(Summary.NumObjectMembers, 4u);
      auto Image = orDie(createObjectImage(*Archive, Summary));
      Expected<ImageTables> Read = readImageTables(*Image, Dialect);
      ASSERT_OK(Read);
      expectSame(*Read, Made, *Image);
      EXPECT_EQ(Read->Data, Data);
      EXPECT_EQ(Read->Compression, DataCompression::None);
      EXPECT_EQ(Read->DataChecksum, Dialect == ImageDialect::Julia1_14
                                        ? std::optional(crc32c(Data))
                                        : std::nullopt);
      // What the writer was given is as it was.
      EXPECT_FALSE(Made.Spec.Data || Made.Spec.DataChecksum);
      ++NumRead;
    }
  EXPECT_NE(NumRead, 0u);
}

TEST(ImageObjects, CompressedData) {
  SKIP_WITHOUT(Linux);
  const std::string Data(5000, 'd');
  for (ImageDialect Dialect : {ImageDialect::Julia1_13, ImageDialect::Julia1_14,
                               ImageDialect::PkgImg}) {
    TestImage Made(Dialect, Triple(Linux));
    if (!compression::zstd::isAvailable()) {
      EXPECT_NE(errorOf(emitImageObjects(Made.Spec, StringRef(Data), true,
                                         Triple(Linux), {})),
                "");
      continue;
    }
    auto Archive = Made.build(Data, /*Compress=*/true, Linux);
    auto Image =
        orDie(createObjectImage(*Archive, orDie(checkLinkerInput(*Archive))));
    Expected<ImageTables> Read = readImageTables(*Image, Dialect);
    ASSERT_OK(Read);
    EXPECT_EQ(Read->Compression, DataCompression::Zstd);
    EXPECT_LT(Read->Data.size(), 100u);
    std::string Storage;
    EXPECT_EQ(orDie(getImageData(*Read, Storage)), Data);
    if (Dialect == ImageDialect::Julia1_14)
      EXPECT_EQ(Read->DataChecksum, crc32c(Data));
  }
  TestImage Old(ImageDialect::Julia1_11, Triple(Linux));
  EXPECT_EQ(errorOf(emitImageObjects(Old.Spec, StringRef(Data), true,
                                     Triple(Linux), {})),
            "the data is to be compressed, which the loader of julia-1.11 "
            "cannot read; leave it as it is");
}

TEST(ImageObjects, WithoutData) {
  SKIP_WITHOUT(Linux);
  TestImage Made(ImageDialect::PkgImg, Triple(Linux));
  ImageObjects Objects = orDie(
      emitImageObjects(Made.Spec, std::nullopt, false, Triple(Linux), {}));
  EXPECT_TRUE(Objects.Data.empty());
  TestImage Julia(ImageDialect::Julia1_13, Triple(Linux));
  EXPECT_EQ(errorOf(emitImageObjects(Julia.Spec, std::nullopt, false,
                                     Triple(Linux), {})),
            "the image has no data, which the loader of julia-1.13 needs");
}

// An image may have empty data, which still has an address.
TEST(ImageObjects, EmptyData) {
  SKIP_WITHOUT(Linux);
  TestImage Made(ImageDialect::Julia1_13, Triple(Linux));
  auto Archive = Made.build(StringRef(), /*Compress=*/false, Linux);
  auto Image =
      orDie(createObjectImage(*Archive, orDie(checkLinkerInput(*Archive))));
  EXPECT_TRUE(Image->findExport("jl_system_image_data"));
  EXPECT_EQ(orDie(readImageTables(*Image)).Data, "");
}

// The data is in a section that nothing is relative to.
TEST(ImageObjects, LargeData) {
  SKIP_WITHOUT(Linux);
  TestImage Made(ImageDialect::PkgImg, Triple(Linux));
  const std::string Data(100, 'd');
  for (StringRef T : {Linux, StringLiteral("x86_64-unknown-freebsd")}) {
    ImageObjects Objects = orDie(
        emitImageObjects(Made.Spec, StringRef(Data), false, Triple(T), {}));
    auto File = open(Objects.Data);
    object::SectionRef S = findSymbol(*File, "jl_system_image_data").second;
    EXPECT_EQ(orDie(S.getName()), ".ldata");
    EXPECT_EQ(object::ELFSectionRef(S).getType(), uint32_t(ELF::SHT_PROGBITS));
    EXPECT_EQ(
        object::ELFSectionRef(S).getFlags(),
        uint64_t(ELF::SHF_ALLOC | ELF::SHF_WRITE | ELF::SHF_X86_64_LARGE));
    EXPECT_EQ(S.getAlignment(), Align(4096));
    EXPECT_EQ(S.getSize(), Data.size());
    EXPECT_EQ(sectionNameOf(*File, "jl_system_image_size"), ".rodata");
    for (const object::SectionRef &Section : File->sections())
      EXPECT_TRUE(Section.relocations().empty());
  }
  if (!hasBackend("aarch64-linux-gnu"))
    return;
  ImageObjects Objects = orDie(emitImageObjects(
      Made.Spec, StringRef(Data), false, Triple("aarch64-linux-gnu"), {}));
  auto File = open(Objects.Data);
  EXPECT_EQ(sectionNameOf(*File, "jl_system_image_data"), ".data");
}

TEST(ImageObjects, DataSize) {
  const uint64_t GiB = uint64_t(1) << 30;
  auto Check = [](StringRef T, uint64_t Size,
                  ImageDialect Dialect = ImageDialect::PkgImg) {
    Error E = checkDataSize(Triple(T), Dialect, Size);
    return E ? toString(std::move(E)) : std::string();
  };
  for (StringRef T : Triples)
    EXPECT_EQ(Check(T, 2 * GiB - 1), "");
  EXPECT_EQ(Check(Linux, 3 * GiB), "");
  EXPECT_EQ(Check(Linux, 10000000000),
            "the image's data has 10000000000 bytes; for "
            "'x86_64-unknown-linux-gnu' it can have 9999934463, as a member of "
            "an archive; compress it, or make several packages of it");
  const char Rest[] = " bytes; for 'i686-unknown-linux-gnu' it can have "
                      "2147483647, since distances in its code and tables have "
                      "32 bits; ";
  EXPECT_EQ(Check("i686-unknown-linux-gnu", 2 * GiB),
            "the image's data has 2147483648" + std::string(Rest) +
                "compress it, or make several packages of it");
  EXPECT_EQ(Check("i686-unknown-linux-gnu", 2 * GiB, ImageDialect::Julia1_11),
            "the image's data has 2147483648" + std::string(Rest) +
                "make several packages of it");
  for (StringRef T :
       {"x86_64-w64-windows-gnu", "arm64-apple-macosx11.0.0",
        "x86_64-unknown-linux-gnux32", "aarch64-unknown-linux-gnu"})
    EXPECT_NE(Check(T, 2 * GiB), "") << T.str();
  // Early: the bytes are not looked at, nor those of the tables.
  TestImage Made(ImageDialect::PkgImg, Triple("i686-unknown-linux-gnu"));
  EXPECT_EQ(errorOf(emitImageObjects(Made.Spec, StringRef("", 2 * GiB), false,
                                     Triple("i686-unknown-linux-gnu"), {})),
            Check("i686-unknown-linux-gnu", 2 * GiB));
}

TEST(ImageObjects, Deterministic) {
  for (StringRef T : Triples) {
    if (!hasBackend(T))
      continue;
    TestImage Made(ImageDialect::Julia1_14, Triple(T));
    auto First = Made.build(StringRef("data"), /*Compress=*/false, T);
    auto Second = Made.build(StringRef("data"), /*Compress=*/false, T);
    EXPECT_EQ(First->getBuffer(), Second->getBuffer()) << T.str();
  }
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

DataDefinition makeDefinition(StringRef Name, DataDefinition::PlaceType Place,
                              StringRef Bytes) {
  DataDefinition D;
  D.Name = Name.str();
  D.Place = Place;
  D.Bytes = Bytes.str();
  return D;
}

/// One of each place.
std::vector<DataDefinition> makeDefinitions(unsigned WordSize) {
  std::vector<DataDefinition> List;
  List.push_back(makeDefinition("constant", DataDefinition::ReadOnly, "0123"));
  List.push_back(makeDefinition("pointer", DataDefinition::RelRO,
                                std::string(WordSize, '\0') + "abcd"));
  List.back().Alignment = 8;
  List.back().Fixups = {{DataFixup::Pointer, 0, {"variable", 3}, {}}};
  List.push_back(
      makeDefinition("no_pointer", DataDefinition::RelRO, "constant"));
  List.push_back(makeDefinition("variable", DataDefinition::Data, "xyz"));
  List.back().ZeroFill = 5;
  List.back().Linkage = DataDefinition::Exported;
  List.push_back(makeDefinition("zeros", DataDefinition::Data, ""));
  List.back().ZeroFill = 16;
  List.back().Linkage = DataDefinition::Internal;
  List.back().Alignment = 16;
  List.push_back(
      makeDefinition("the_header", DataDefinition::Header, "\x89pkgimg\nabc"));
  List.back().Linkage = DataDefinition::Internal;
  List.back().Alignment = 8;
  return List;
}

std::unique_ptr<object::ObjectFile> emitAndOpen(ArrayRef<DataDefinition> List,
                                                StringRef T,
                                                SmallVector<char, 0> &Bytes) {
  Bytes = orDie(emitDefinitions(List, Triple(T), {}, "source"));
  return open(Bytes);
}

TEST(ImageObjects, PlacesInELF) {
  for (StringRef T : {Linux, StringLiteral("i686-linux-gnu"),
                      StringLiteral("powerpc64-linux-gnu")}) {
    if (!hasBackend(T))
      continue;
    SCOPED_TRACE(T.str());
    const unsigned WordSize = Triple(T).isArch64Bit() ? 8 : 4;
    SmallVector<char, 0> Bytes;
    auto File = emitAndOpen(makeDefinitions(WordSize), T, Bytes);
    auto FlagsOf = [&](StringRef Name) {
      return object::ELFSectionRef(findSymbol(*File, Name).second).getFlags();
    };
    auto TypeOf = [&](StringRef Name) {
      return object::ELFSectionRef(findSymbol(*File, Name).second).getType();
    };
    const uint64_t Writable = ELF::SHF_ALLOC | ELF::SHF_WRITE;
    EXPECT_EQ(sectionNameOf(*File, "constant"), ".rodata");
    EXPECT_EQ(FlagsOf("constant"), uint64_t(ELF::SHF_ALLOC));
    EXPECT_EQ(contentsOf(*File, "constant", 4), "0123");
    for (const char *Name : {"pointer", "no_pointer"}) {
      EXPECT_EQ(sectionNameOf(*File, Name), ".data.rel.ro");
      EXPECT_EQ(FlagsOf(Name), Writable);
    }
    EXPECT_EQ(contentsOf(*File, "pointer", 12).substr(WordSize, 4), "abcd");
    for (const char *Name : {"variable", "zeros"}) {
      EXPECT_EQ(sectionNameOf(*File, Name), ".data");
      EXPECT_EQ(FlagsOf(Name), Writable);
      EXPECT_EQ(TypeOf(Name), uint32_t(ELF::SHT_PROGBITS));
    }
    EXPECT_EQ(contentsOf(*File, "variable", 8), StringRef("xyz\0\0\0\0\0", 8));
    EXPECT_EQ(contentsOf(*File, "zeros", 16), std::string(16, '\0'));

    // The note has the name, the size and the type that readers look for, and
    // the symbol is what is in it.
    EXPECT_EQ(sectionNameOf(*File, "the_header"), ".note.pkgimg");
    EXPECT_EQ(TypeOf("the_header"), uint32_t(ELF::SHT_NOTE));
    EXPECT_EQ(FlagsOf("the_header"),
              uint64_t(ELF::SHF_ALLOC | ELF::SHF_GNU_RETAIN));
    object::SectionRef Note = findSymbol(*File, "the_header").second;
    EXPECT_EQ(Note.getAlignment(), Align(4));
    const bool IsLE = Triple(T).isLittleEndian();
    std::string Expect =
        IsLE ? std::string("\x07\0\0\0\x0b\0\0\0\x01\0\0\0", 12)
             : std::string("\0\0\0\x07\0\0\0\x0b\0\0\0\x01", 12);
    Expect += std::string("pkgimg\0\0\x89pkgimg\nabc\0", 20);
    EXPECT_EQ(orDie(Note.getContents()), Expect);
    EXPECT_EQ(contentsOf(*File, "the_header", 11), "\x89pkgimg\nabc");

    auto OtherOf = [&](StringRef Name) {
      return object::ELFSymbolRef(findSymbol(*File, Name).first).getOther() &
             3u;
    };
    auto BindingOf = [&](StringRef Name) {
      return object::ELFSymbolRef(findSymbol(*File, Name).first).getBinding();
    };
    EXPECT_EQ(OtherOf("constant"), unsigned(ELF::STV_HIDDEN));
    EXPECT_EQ(BindingOf("constant"), unsigned(ELF::STB_GLOBAL));
    EXPECT_EQ(OtherOf("variable"), unsigned(ELF::STV_DEFAULT));
    EXPECT_EQ(BindingOf("variable"), unsigned(ELF::STB_GLOBAL));
    EXPECT_EQ(BindingOf("zeros"), unsigned(ELF::STB_LOCAL));
    EXPECT_EQ(
        object::ELFSymbolRef(findSymbol(*File, "variable").first).getSize(),
        8u);
    // Nothing that a linker takes for a wish to have an executable stack.
    EXPECT_TRUE(any_of(File->sections(), [](const object::SectionRef &S) {
      return orDie(S.getName()) == ".note.GNU-stack";
    }));
  }
}

TEST(ImageObjects, PlacesInMachO) {
  const StringLiteral T("arm64-apple-macosx11.0.0");
  SKIP_WITHOUT(T);
  SmallVector<char, 0> Bytes;
  auto File = emitAndOpen(makeDefinitions(8), T, Bytes);
  EXPECT_EQ(sectionNameOf(*File, "_constant"), "__TEXT,__const");
  EXPECT_EQ(sectionNameOf(*File, "_pointer"), "__DATA,__const");
  EXPECT_EQ(sectionNameOf(*File, "_no_pointer"), "__DATA,__const");
  EXPECT_EQ(sectionNameOf(*File, "_variable"), "__DATA,__data");
  EXPECT_EQ(sectionNameOf(*File, "_zeros"), "__DATA,__data");
  EXPECT_EQ(sectionNameOf(*File, "_the_header"), "__TEXT,__pkgimg");
  object::SectionRef Header = findSymbol(*File, "_the_header").second;
  EXPECT_EQ(orDie(Header.getContents()), "\x89pkgimg\nabc");
  const auto &MachO = cast<object::MachOObjectFile>(*File);
  EXPECT_TRUE(MachO.getSection64(Header.getRawDataRefImpl()).flags &
              MachO::S_ATTR_NO_DEAD_STRIP);
  auto TypeOf = [&](StringRef Name) {
    return MachO
        .getSymbol64TableEntry(
            findSymbol(*File, Name).first.getRawDataRefImpl())
        .n_type;
  };
  EXPECT_TRUE(TypeOf("_constant") & MachO::N_PEXT);
  EXPECT_FALSE(TypeOf("_variable") & MachO::N_PEXT);
  EXPECT_TRUE(TypeOf("_variable") & MachO::N_EXT);
  EXPECT_FALSE(TypeOf("_zeros") & MachO::N_EXT);
}

TEST(ImageObjects, PlacesInCOFF) {
  for (StringRef T : {"x86_64-w64-windows-gnu", "x86_64-pc-windows-msvc",
                      "i686-w64-windows-gnu"}) {
    if (!hasBackend(T))
      continue;
    SCOPED_TRACE(T.str());
    const bool Is64 = Triple(T).isArch64Bit();
    SmallVector<char, 0> Bytes;
    auto File = emitAndOpen(makeDefinitions(Is64 ? 8 : 4), T, Bytes);
    const std::string Prefix = Is64 ? "" : "_";
    auto Section = [&](const char *Name) {
      return sectionNameOf(*File, Prefix + Name);
    };
    EXPECT_EQ(Section("constant"), ".rdata");
    EXPECT_EQ(Section("pointer"), ".rdata");
    EXPECT_EQ(Section("no_pointer"), ".rdata");
    EXPECT_EQ(Section("variable"), ".data");
    EXPECT_EQ(Section("zeros"), ".data");
    EXPECT_EQ(Section("the_header"), ".pkgimg");
    const auto &COFF = cast<object::COFFObjectFile>(*File);
    auto FlagsOf = [&](const char *Name) {
      return COFF.getCOFFSection(findSymbol(*File, Prefix + Name).second)
          ->Characteristics;
    };
    const uint32_t Constant =
        COFF::IMAGE_SCN_CNT_INITIALIZED_DATA | COFF::IMAGE_SCN_MEM_READ;
    const uint32_t NotAlignment = ~uint32_t(COFF::IMAGE_SCN_ALIGN_MASK);
    EXPECT_EQ(FlagsOf("pointer") & NotAlignment, Constant);
    EXPECT_EQ(FlagsOf("the_header") & NotAlignment, Constant);
    EXPECT_EQ(FlagsOf("variable") & NotAlignment,
              Constant | COFF::IMAGE_SCN_MEM_WRITE);
    // No other symbol is exported, nor listed as one that is not.
    StringRef Directives;
    for (const object::SectionRef &S : File->sections())
      if (orDie(S.getName()) == ".drectve")
        Directives = orDie(S.getContents());
    EXPECT_EQ(Directives.trim(), Triple(T).isWindowsMSVCEnvironment()
                                     ? "/EXPORT:variable,DATA"
                                     : "-export:variable,data");
  }
}

// Without a name there is no symbol.
TEST(ImageObjects, NamelessHeader) {
  std::vector<DataDefinition> List = {
      makeDefinition("", DataDefinition::Header, "abc")};
  List[0].Linkage = DataDefinition::Internal;
  for (StringRef T : {Linux, StringLiteral("x86_64-w64-windows-gnu"),
                      StringLiteral("x86_64-apple-macosx10.14.0")}) {
    if (!hasBackend(T))
      continue;
    SmallVector<char, 0> Bytes;
    auto File = emitAndOpen(List, T, Bytes);
    unsigned NumFound = 0;
    for (const object::SectionRef &S : File->sections())
      NumFound += orDie(S.getContents()).contains("abc");
    EXPECT_EQ(NumFound, 1u) << T.str();
  }
}

// Symbols of others keep the visibility of their definitions.
TEST(ImageObjects, ReferencesAreNotHidden) {
  SKIP_WITHOUT(Linux);
  DataDefinition D =
      makeDefinition("table", DataDefinition::ReadOnly, std::string(8, '\0'));
  D.Fixups = {{DataFixup::Difference32, 4, {"exported", -2}, {"table", 0}}};
  SmallVector<char, 0> Bytes;
  auto File = emitAndOpen(D, Linux, Bytes);
  object::ELFSymbolRef S = findSymbol(*File, "exported").first;
  EXPECT_EQ(S.getOther() & 3u, unsigned(ELF::STV_DEFAULT));
  EXPECT_EQ(S.getBinding(), unsigned(ELF::STB_GLOBAL));
  unsigned NumRelocations = 0;
  for (const object::SectionRef &Section : File->sections())
    for (const object::RelocationRef &R : Section.relocations()) {
      ++NumRelocations;
      EXPECT_EQ(R.getType(), uint64_t(ELF::R_X86_64_PC32));
      EXPECT_EQ(R.getOffset(), 4u);
      EXPECT_EQ(orDie(object::ELFRelocationRef(R).getAddend()), 4 - 2);
    }
  EXPECT_EQ(NumRelocations, 1u);
}

// What LLVM writes for a section stays, and what it does not is added.
TEST(ImageObjects, DistancesInMachO) {
  DataDefinition D =
      makeDefinition("table", DataDefinition::Data, std::string(20, '\0'));
  D.Alignment = 8;
  D.Fixups = {{DataFixup::Pointer, 0, {"p", 0}, {}},
              {DataFixup::Difference32, 8, {"q", 5}, {"table", 7}},
              {DataFixup::Difference32, 12, {"here", 0}, {"table", 0}},
              {DataFixup::Difference32, 16, {"q", 0}, {"here", 0}}};
  DataDefinition Here = makeDefinition("here", DataDefinition::Data, "here");
  for (StringRef T :
       {"x86_64-apple-macosx10.14.0", "arm64-apple-macosx11.0.0"}) {
    if (!hasBackend(T))
      continue;
    SCOPED_TRACE(T.str());
    SmallVector<char, 0> Bytes;
    auto File = emitAndOpen({D, Here}, T, Bytes);
    const auto &MachO = cast<object::MachOObjectFile>(*File);
    // Of each relocation, by its offset: is it a subtrahend, and of what.
    std::multimap<uint64_t, std::string> Found;
    object::SectionRef Section = findSymbol(*File, "_table").second;
    for (const object::RelocationRef &R : Section.relocations()) {
      MachO::any_relocation_info Info =
          MachO.getRelocation(R.getRawDataRefImpl());
      EXPECT_TRUE(MachO.getPlainRelocationExternal(Info));
      EXPECT_FALSE(MachO.getAnyRelocationPCRel(Info));
      EXPECT_EQ(MachO.getAnyRelocationLength(Info), R.getOffset() ? 2u : 3u);
      Found.insert(
          {R.getOffset(), (MachO.getAnyRelocationType(Info) ? "-" : "+") +
                              orDie(R.getSymbol()->getName()).str()});
    }
    std::multimap<uint64_t, std::string> Expect = {
        {0, "+_p"},     {8, "-_table"}, {8, "+_q"}, {12, "-_table"},
        {12, "+_here"}, {16, "-_here"}, {16, "+_q"}};
    EXPECT_EQ(Found, Expect);
    EXPECT_EQ(
        support::endian::read32le(contentsOf(*File, "_table", 20).data() + 8),
        uint32_t(5 - 7));
    for (const char *Name : {"_p", "_q"})
      EXPECT_TRUE(orDie(findSymbol(*File, Name).first.getFlags()) &
                  object::SymbolRef::SF_Undefined);
  }
}

// Relocations of many symbols, in the order of their definitions.
TEST(ImageObjects, ManyDefinitions) {
  SKIP_WITHOUT(Linux);
  std::vector<DataDefinition> List;
  for (unsigned I = 0; I < 5000; ++I) {
    List.push_back(makeDefinition("table_" + utostr(I), DataDefinition::RelRO,
                                  std::string(16, '\0')));
    List.back().Alignment = 8;
    List.back().Fixups = {
        {DataFixup::Pointer, 8, {"f_" + utostr(I * 7 % 5000), 0}, {}}};
  }
  SmallVector<char, 0> Bytes;
  auto File = emitAndOpen(List, Linux, Bytes);
  unsigned NumRelocations = 0;
  for (const object::SectionRef &Section : File->sections())
    NumRelocations +=
        std::distance(Section.relocation_begin(), Section.relocation_end());
  EXPECT_EQ(NumRelocations, 5000u);
}

TEST(ImageObjects, MachineOptions) {
  const StringLiteral T("riscv64-linux-gnu");
  SKIP_WITHOUT(T);
  auto FlagsWith = [&](const CompileOptions &Options) {
    SmallVector<char, 0> Bytes = orDie(
        emitDefinitions(makeDefinitions(8), Triple(T), Options, "source"));
    return cast<object::ELFObjectFileBase>(*open(Bytes)).getPlatformFlags();
  };
  CompileOptions Options;
  EXPECT_EQ(FlagsWith(Options),
            unsigned(ELF::EF_RISCV_RVC | ELF::EF_RISCV_FLOAT_ABI_DOUBLE));
  Options.ABI = "lp64";
  Options.Features = "-c";
  EXPECT_EQ(FlagsWith(Options), unsigned(ELF::EF_RISCV_FLOAT_ABI_SOFT));
  Options.CPU = "no-such-cpu";
  EXPECT_NE(errorOf(emitDefinitions({}, Triple(T), Options, "source"))
                .find("no-such-cpu"),
            std::string::npos);
}

TEST(ImageObjects, DefinitionErrors) {
  SKIP_WITHOUT(Linux);
  auto Emit = [](ArrayRef<DataDefinition> List, StringRef T = Linux) {
    return errorOf(emitDefinitions(List, Triple(T), {}, "source"));
  };
  DataDefinition Table =
      makeDefinition("table", DataDefinition::ReadOnly, std::string(16, '\0'));
  DataDefinition Other = makeDefinition("other", DataDefinition::Data, "o");
  auto With = [&](std::vector<DataFixup> Fixups) {
    DataDefinition D = Table;
    D.Fixups = std::move(Fixups);
    return std::vector<DataDefinition>{D, Other};
  };
  const DataFixup Distance{DataFixup::Difference32, 4, {"f", 0}, {"table", 0}};
  auto At = [&](uint64_t Offset) {
    DataFixup F = Distance;
    F.Offset = Offset;
    return F;
  };
  auto From = [&](StringRef Minus) {
    DataFixup F = Distance;
    F.Minus.Symbol = Minus.str();
    return F;
  };
  orDie(emitDefinitions(With({At(0), At(4), At(12)}), Triple(Linux), {}, ""));
  EXPECT_EQ(Emit(With({At(0), At(3)})),
            "the definition 'table' has a fixup at offset 3, which is not "
            "behind the one before");
  EXPECT_EQ(Emit(With({At(13)})), "the definition 'table' has a fixup at "
                                  "offset 13 outside its 16 bytes");
  EXPECT_EQ(Emit(With({At(UINT64_MAX)})),
            "the definition 'table' has a fixup at offset 18446744073709551615 "
            "outside its 16 bytes");
  EXPECT_EQ(Emit(With({From("f")})),
            "the definition 'table' has a fixup at offset 4 for the distance "
            "from 'f', which is in another object");
  EXPECT_EQ(Emit(With({From("other")})),
            "the definition 'table' has a fixup at offset 4 for the distance "
            "from 'other', which is in another section");
  EXPECT_EQ(Emit(With({{DataFixup::Pointer, 8, {"f", 0}, {}}})),
            "the definition 'table' has a fixup at offset 8 for the pointer "
            "'f', which the loader of the library cannot write there; place it "
            "in RelRO");
  EXPECT_EQ(Emit(With({{DataFixup::Difference32, 8, {"", 0}, {"table", 0}}})),
            "the definition 'table' has a fixup at offset 8 that names no "
            "symbol");
  EXPECT_EQ(Emit({Table, Other, Table}), "the definition 'table' occurs twice");
  EXPECT_EQ(Emit(makeDefinition("", DataDefinition::Data, "1")),
            "a definition has no name");
  EXPECT_EQ(Emit(makeDefinition("f", DataDefinition::Text, "1")),
            "the definition 'f' is code; expected data");
  EXPECT_EQ(Emit(makeDefinition("h", DataDefinition::Header, "1")),
            "the definition 'h' is a header, and is not internal");
  Other.Alignment = 3;
  EXPECT_EQ(Emit(Other), "the definition 'other' has the alignment 3; expected "
                         "a power of two up to 4294967296");
  Other.Alignment = 16384;
  orDie(emitDefinitions(Other, Triple(Linux), {}, ""));
  if (hasBackend("x86_64-w64-windows-gnu"))
    EXPECT_EQ(Emit(Other, "x86_64-w64-windows-gnu"),
              "the definition 'other' has the alignment 16384; expected a "
              "power of two up to 8192");
  Other.Alignment = 65536;
  EXPECT_EQ(Emit(Other, "x86_64-apple-macosx10.14"),
            "the definition 'other' has the alignment 65536; expected a power "
            "of two up to 32768");
  Other.Alignment = 1;
  if (hasBackend("i386-apple-macosx10.14"))
    EXPECT_EQ(Emit(With({Distance}), "i386-apple-macosx10.14"),
              "the definition 'table' has a fixup at offset 4 for the distance "
              "to 'f' in another object, which cannot be written for "
              "'i386-apple-macosx10.14'");
  if (hasBackend("arm64-apple-macosx11.0.0"))
    EXPECT_EQ(
        Emit(With({{DataFixup::Difference32, 4, {"a\"b", 0}, {"table", 0}}}),
             "arm64-apple-macosx11.0.0"),
        "the definition 'table' has a fixup at offset 4 for the distance "
        "to the symbol 'a\"b', which the assembler cannot spell");
  EXPECT_EQ(Emit(Other, "wasm32-unknown-unknown"),
            "'wasm32-unknown-unknown' has another object format than ELF, COFF "
            "and Mach-O");
  EXPECT_NE(Emit(Other, "nonsense-linux-gnu").find("unknown target"),
            std::string::npos);
}

//===----------------------------------------------------------------------===//
// Archives
//===----------------------------------------------------------------------===//

std::vector<ImageMember> makeMembers(StringRef T) {
  std::vector<ImageMember> Members;
  for (StringRef Name : {"text#0.o", "a_member_with_a_long_name.o"}) {
    DataDefinition D = makeDefinition("in_" + std::string(Name.take_front(1)),
                                      DataDefinition::Data, Name);
    Members.push_back(
        {Name.str(), toBuffer(orDie(emitDefinitions(D, Triple(T), {}, Name)))});
  }
  return Members;
}

TEST(ImageObjects, Archives) {
  // Darwin's archives are read as BSD's.
  const std::pair<StringRef, object::Archive::Kind> Kinds[] = {
      {Linux, object::Archive::K_GNU},
      {"x86_64-w64-windows-gnu", object::Archive::K_COFF},
      {"x86_64-pc-windows-msvc", object::Archive::K_COFF},
      {"arm64-apple-macosx11.0.0", object::Archive::K_BSD}};
  for (auto [T, Kind] : Kinds) {
    if (!hasBackend(T))
      continue;
    SCOPED_TRACE(T.str());
    std::vector<ImageMember> Members = makeMembers(T);
    auto Buffer = orDie(writeObjectArchive(Members, Triple(T)));
    std::string Streamed;
    raw_string_ostream OS(Streamed);
    orDie(writeObjectArchive(Members, Triple(T), OS));
    EXPECT_EQ(Buffer->getBuffer(), OS.str());

    auto Archive = orDie(object::Archive::create(*Buffer));
    EXPECT_EQ(Archive->kind(), Kind);
    Error E = Error::success();
    unsigned Index = 0;
    for (const object::Archive::Child &Child : Archive->children(E)) {
      ASSERT_LT(Index, Members.size());
      EXPECT_EQ(orDie(Child.getName()), Members[Index].Name);
      // Darwin's members are padded.
      EXPECT_TRUE(orDie(Child.getBuffer())
                      .starts_with(Members[Index].Object->getBuffer()));
      EXPECT_EQ(sys::toTimeT(orDie(Child.getLastModified())), 0);
      ++Index;
    }
    orDie(std::move(E));
    EXPECT_EQ(Index, 2u);
    std::vector<std::string> Symbols;
    for (const object::Archive::Symbol &S : Archive->symbols())
      Symbols.push_back(S.getName().str());
    llvm::sort(Symbols);
    const std::string Prefix = Triple(T).isOSDarwin() ? "_" : "";
    EXPECT_EQ(Symbols,
              (std::vector<std::string>{Prefix + "in_a", Prefix + "in_t"}));
  }
}

TEST(ImageObjects, ArchiveErrors) {
  SKIP_WITHOUT(Linux);
  std::vector<ImageMember> Members = makeMembers(Linux);
  Members[1].Name = "text#0.o";
  EXPECT_EQ(errorOf(writeObjectArchive(Members, Triple(Linux))),
            "two members of the archive have the name 'text#0.o'");
}

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

TEST(ImageObjects, Signatures) {
  const std::pair<StringRef, StringRef> Cases[] = {
      {"void @f()", "void()"},
      {"i32 @f(ptr, ...)", "i32(ptr,...)"},
      {"void @f(...)", "void(...)"},
      {"i1 @f(i8, i16, i32, i64, float, double)",
       "bool(i8,i16,i32,i64,f32,f64)"},
      {"zeroext i1 @f(i8 zeroext, i16 zeroext, i32 zeroext, i64 zeroext)",
       "bool(u8,u16,u32,i64)"},
      {"signext i8 @f(i8 signext)", "i8(i8)"},
      {"zeroext i16 @f(ptr noalias nocapture noundef readonly align 8)",
       "u16(ptr)"},
      {"noundef nonnull ptr @f()", "ptr()"},
      {"<4 x float> @f()", "?"},
      {"{i64, i64} @f()", "?"},
      {"[2 x i64] @f(i32)", "?"},
      {"i128 @f()", "?"},
      {"void @f(i24)", "?"},
      {"void @f(half)", "?"},
      {"void @f(bfloat)", "?"},
      {"void @f(x86_fp80)", "?"},
      {"void @f(fp128)", "?"},
      {"void @f(ptr addrspace(1))", "?"},
      {"void @f(ptr byval(i64))", "?"},
      {"void @f(ptr sret(i64))", "?"},
      {"void @f(i32 inreg)", "?"},
      {"inreg i32 @f()", "?"},
      {"void @f(ptr nest)", "?"},
      {"void @f(ptr swiftself)", "?"},
      {"fastcc void @f()", "?"},
      {"void @f(metadata)", "?"},
  };
  for (auto [Declaration, Signature] : Cases) {
    LLVMContext Context;
    SMDiagnostic Problem;
    auto M =
        parseAssemblyString(("declare " + Declaration).str(), Problem, Context);
    ASSERT_TRUE(M) << Declaration.str() << Problem.getMessage().str();
    EXPECT_EQ(getFunctionSignature(*M->getFunction("f")), Signature)
        << Declaration.str();
  }
}

} // namespace
