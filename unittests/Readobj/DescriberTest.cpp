//===- DescriberTest.cpp - Tests of files as trees ------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Describer.h"
#include "Check.h"
#include "Diff.h"
#include "ExtractHeader.h"
#include "ObjectTree.h"
#include "TestSupport.h"
#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/Format/ImageTables.h"
#include "pkgimg/Format/LibraryWriter.h"
#include "pkgimg/Format/OutputFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

#include <random>

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

namespace {

CacheHeader makeHeader(HeaderFormat Format) {
  CacheHeader H;
  H.Format = Format;
  H.Major = Format == HeaderFormat::Julia ? 12 : HeaderMajor;
  H.Build = {"Linux", "x86_64", "1.12.3", "master", "abc"};
  H.Modules = {{"Foo", {1, 2}, {0, 4}}};
  H.Targets.Layout = Format == HeaderFormat::Julia ? TargetDataLayout::Julia32
                                                   : TargetDataLayout::Named;
  H.DataChecksum =
      Format == HeaderFormat::Julia ? uint64_t(0xfafbfcfd) << 32 : 0;
  if (Format == HeaderFormat::PkgImg)
    H.Triple = "x86_64-linux-gnu";
  return H;
}

std::string writeHeader(const CacheHeader &H, uint64_t Reserve = 0) {
  Expected<std::string> Bytes = writeCacheHeader(H, Reserve);
  if (!Bytes)
    ADD_FAILURE() << toString(Bytes.takeError());
  return Bytes ? *Bytes : "";
}

/// An image with one function, a data of \p DataSize bytes, and our header.
std::string makeImage(const Triple &T, ContainerFormat Format,
                      unsigned DataSize = 32) {
  ImageTablesSpec Spec;
  Spec.NumFunctions = 1;
  Spec.Shards.resize(1);
  Spec.Shards[0].Functions = {{"f", 0}};
  Spec.Shards[0].FunctionIndices = {0};
  Spec.Shards[0].Clones.resize(1);
  Spec.Shards[0].Clones[0].IsGroup = true;
  Spec.Targets.Targets.resize(1);
  Spec.Targets.Targets[0].Name = "generic";
  Spec.Targets.Targets[0].Flags = CPUTarget::CloneAll;
  Spec.TargetString = "generic";
  std::string Data(DataSize, 'd');
  Spec.Data = Data;
  Spec.EmbeddedHeader = writeHeader(makeHeader(HeaderFormat::PkgImg), 32);
  LibrarySpec Library;
  Library.Format = Format;
  Library.TheTriple = T;
  Library.OutputName = "Foo.so";
  if (Expected<std::vector<DataDefinition>> Tables = writeImageTables(Spec, T))
    Library.Definitions = std::move(*Tables);
  else
    ADD_FAILURE() << toString(Tables.takeError());
  DataDefinition F;
  F.Name = "f";
  F.Place = DataDefinition::Text;
  F.IsFunction = true;
  F.Bytes = std::string(16, '\xcc');
  Library.Definitions.push_back(F);
  Expected<std::string> Bytes = writeLibrary(Library);
  if (!Bytes)
    ADD_FAILURE() << toString(Bytes.takeError());
  return Bytes ? *Bytes : "";
}

std::string makeELF(unsigned DataSize = 32) {
  return makeImage(Triple("x86_64-unknown-linux-gnu"), ContainerFormat::ELF,
                   DataSize);
}

struct Described {
  std::vector<Value> Files;
  std::string Errors;
};

Described describe(StringRef Bytes, Groups Shown = Groups::All,
                   Triple::ArchType Arch = Triple::UnknownArch) {
  Described D;
  D.Files = Describer(Shown, Arch, [&](Error E) {
              D.Errors += toString(std::move(E)) + "\n";
            }).describe(MemoryBufferRef(Bytes, "a"));
  return D;
}

TEST(DescriberTest, CacheHeaders) {
  for (HeaderFormat Format : {HeaderFormat::Julia, HeaderFormat::PkgImg}) {
    Described D = describe(writeHeader(makeHeader(Format)));
    EXPECT_EQ(D.Errors, "");
    ASSERT_EQ(D.Files.size(), 1u);
    EXPECT_EQ(at(D.Files[0], "File"), "a");
    EXPECT_EQ(at(D.Files[0], "Kind"), "cache header");
    EXPECT_EQ(at(D.Files[0], "Modules.0.Name"), "Foo");
    EXPECT_EQ(at(D.Files[0], "Header.Place"), "file");
    EXPECT_EQ(at(D.Files[0], "Targets"), "[]");
    EXPECT_NE(at(D.Files[0], "Digests"), "(none)");
  }
}

TEST(DescriberTest, DamagedHeaderIsShownAndReported) {
  std::string Bytes = writeHeader(makeHeader(HeaderFormat::Julia));
  // The letters of a name.
  size_t Place = Bytes.find("master");
  ASSERT_NE(Place, std::string::npos);
  Bytes[Place] = 'M';
  Described D = describe(Bytes);
  EXPECT_NE(D.Errors, "");
  ASSERT_EQ(D.Files.size(), 1u);
  EXPECT_EQ(at(D.Files[0], "Header.Branch"), "Master");
}

TEST(DescriberTest, Image) {
  struct {
    const char *Triple;
    ContainerFormat Format;
    const char *Name;
  } Cases[] = {{"x86_64-unknown-linux-gnu", ContainerFormat::ELF, "ELF"},
               {"arm64-apple-macosx11.0.0", ContainerFormat::MachO, "Mach-O"},
               {"x86_64-w64-mingw32", ContainerFormat::PE, "PE"}};
  for (const auto &Case : Cases) {
    Described D = describe(makeImage(Triple(Case.Triple), Case.Format));
    EXPECT_EQ(D.Errors, "");
    ASSERT_EQ(D.Files.size(), 1u);
    const Value &File = D.Files[0];
    EXPECT_EQ(at(File, "Kind"), "package image");
    EXPECT_EQ(at(File, "Container.Format"), Case.Name);
    EXPECT_EQ(at(File, "Tables.Dialect"), "pkgimg");
    EXPECT_EQ(at(File, "Header.Place"), "embedded");
    EXPECT_EQ(at(File, "Modules.0.Name"), "Foo");
    EXPECT_EQ(at(File, "Targets.0.Name"), "generic");
    EXPECT_EQ(at(File, "TargetString"), "generic");
    EXPECT_EQ(at(File, "Functions.0.Symbol"), "f");
    EXPECT_EQ(at(File, "Sizes.Data.Stored"), "32");
    EXPECT_NE(at(File, "Digests.Computed.Root"), "(none)");
  }
}

TEST(DescriberTest, GroupsOfImages) {
  std::string Bytes = makeELF();
  auto Names = [&](Groups Shown) {
    std::string S;
    for (const Value &File : describe(Bytes, Shown).Files)
      for (const Value::Child &C : File.children())
        S += C.Name + " ";
    return S;
  };
  EXPECT_EQ(Names(Groups::None), "File Kind Size ");
  EXPECT_EQ(Names(Groups::Headers),
            "File Kind Size Container Tables Data Header ");
  EXPECT_EQ(Names(Groups::Flags), "File Kind Size Flags ");
  EXPECT_EQ(Names(Groups::Targets),
            "File Kind Size TargetLayout TargetString Targets ");
  EXPECT_EQ(Names(Groups::Shards), "File Kind Size Shards ");
  EXPECT_EQ(Names(Groups::Functions),
            "File Kind Size NamedFunctions Functions ");
  EXPECT_EQ(Names(Groups::Globals), "File Kind Size Globals ");
  EXPECT_EQ(Names(Groups::Symbols), "File Kind Size Symbols ");
  EXPECT_EQ(Names(Groups::Sections), "File Kind Size Segments Sections ");
  EXPECT_EQ(Names(Groups::Sizes), "File Kind Size Sizes ");
  EXPECT_EQ(Names(Groups::Digests), "File Kind Size Digests ");
}

TEST(DescriberTest, LibraryWithoutTables) {
  LibrarySpec Spec;
  Spec.TheTriple = Triple("x86_64-unknown-linux-gnu");
  DataDefinition Def;
  Def.Name = "other";
  Def.Linkage = DataDefinition::Exported;
  Def.Bytes = "12345678";
  Spec.Definitions.push_back(Def);
  Expected<std::string> Bytes = writeLibrary(Spec);
  ASSERT_TRUE(bool(Bytes)) << toString(Bytes.takeError());
  Described D = describe(*Bytes);
  EXPECT_NE(D.Errors, "");
  ASSERT_EQ(D.Files.size(), 1u);
  EXPECT_EQ(at(D.Files[0], "Kind"), "shared library");
  EXPECT_EQ(at(D.Files[0], "Tables"), "(none)");
  EXPECT_EQ(at(D.Files[0], "Symbols.Exports.0.Name"), "other");
}

TEST(DescriberTest, WrongArch) {
  Described D = describe(makeELF(), Groups::All, Triple::aarch64);
  EXPECT_EQ(D.Files.size(), 0u);
  EXPECT_EQ(D.Errors, "a: the file is for x86_64, expected aarch64; give the "
                      "file that was made for it\n");
}

TEST(DescriberTest, OtherFiles) {
  Described D = describe("some text\n");
  EXPECT_EQ(D.Files.size(), 0u);
  EXPECT_EQ(D.Errors, "a: expected a cache header, a shared library, an object "
                      "or an archive, found: text file\n");
}

TEST(DescriberTest, EmptyArchive) {
  Described D = describe("!<arch>\n");
  EXPECT_EQ(D.Errors, "");
  ASSERT_EQ(D.Files.size(), 1u);
  EXPECT_EQ(at(D.Files[0], "Kind"), "object archive");
  EXPECT_EQ(at(D.Files[0], "Members"), "[]");
}

TEST(DescriberTest, SameImageHasNoDifferences) {
  Described A = describe(makeELF()), B = describe(makeELF(48));
  ASSERT_EQ(A.Files.size(), 1u);
  ASSERT_EQ(B.Files.size(), 1u);
  EXPECT_TRUE(compareValues(A.Files[0], A.Files[0], true).empty());
  bool Found = false;
  for (const Difference &D : compareValues(A.Files[0], B.Files[0], false))
    Found |= formatDifference(D) == "Data.Size: 32 -> 48";
  EXPECT_TRUE(Found);
}

/// Whatever the bytes are, there is a tree, or an error, or both.
TEST(DescriberTest, DamagedFiles) {
  std::mt19937_64 Random(7);
  std::string Archive = "!<arch>\n";
  Archive += "foo.o/          0           0     0     644     4         `\n";
  Archive += "abcd";
  for (const std::string &Whole :
       {writeHeader(makeHeader(HeaderFormat::Julia)),
        writeHeader(makeHeader(HeaderFormat::PkgImg)), makeELF(), Archive,
        makeImage(Triple("arm64-apple-macosx11.0.0"), ContainerFormat::MachO),
        makeImage(Triple("x86_64-w64-mingw32"), ContainerFormat::PE)}) {
    for (int I = 0; I < 200; ++I) {
      std::string Bytes = Whole;
      if (I % 2)
        Bytes.resize(Random() % Bytes.size());
      for (int Flip = Random() % 4; Flip && !Bytes.empty(); --Flip)
        Bytes[Random() % Bytes.size()] ^= 1 << (Random() % 8);
      Described D = describe(Bytes);
      EXPECT_TRUE(!D.Files.empty() || !D.Errors.empty());
      for (const Value &File : D.Files) {
        EXPECT_NE(toText(File), "");
        EXPECT_TRUE(bool(json::parse(toJSON(File))));
      }
    }
  }
}

TEST(ObjectTreeTest, ImageSymbols) {
  for (const char *Name :
       {"jl_image_pointers", "jl_system_image_data", "jl_fvar_ptrs_0",
        "jl_clone_idxs_12", "jl_dispatch_target_ids", "small_typeof",
        "jl_sysimg_gvars_base", "get_jl_RTLD_DEFAULT_handle_addr"})
    EXPECT_TRUE(isImageSymbol(Name)) << Name;
  for (const char *Name : {"", "jl_", "julia_f_1", "jl_image", "jl_apply"})
    EXPECT_FALSE(isImageSymbol(Name)) << Name;
}

TEST(ExtractHeaderTest, GivesTheHeaderAsItWasWritten) {
  std::string Header = writeHeader(makeHeader(HeaderFormat::PkgImg), 32);
  std::string Image = makeELF();
  Expected<StringRef> Found =
      extractHeader(MemoryBufferRef(Image, "a"), Triple::UnknownArch);
  ASSERT_TRUE(bool(Found)) << toString(Found.takeError());
  EXPECT_EQ(*Found, Header);
}

TEST(ExtractHeaderTest, Refusals) {
  std::string Header = writeHeader(makeHeader(HeaderFormat::PkgImg));
  EXPECT_EQ(
      toString(extractHeader(MemoryBufferRef(Header, "a"), Triple::UnknownArch)
                   .takeError()),
      "a: the file is a cache header already; copy it");
  LibrarySpec Spec;
  Spec.TheTriple = Triple("x86_64-unknown-linux-gnu");
  Expected<std::string> Bytes = writeLibrary(Spec);
  ASSERT_TRUE(bool(Bytes)) << toString(Bytes.takeError());
  EXPECT_EQ(
      toString(extractHeader(MemoryBufferRef(*Bytes, "a"), Triple::UnknownArch)
                   .takeError()),
      "a: the image has no embedded header; Julia's have theirs in a .ji "
      "file beside the image alone");
  EXPECT_FALSE(errorToBool(writeOutputFile("-", "")));
}

TEST(ExtractHeaderTest, WritesWholeFilesOrNone) {
  SmallString<128> Dir;
  ASSERT_FALSE(sys::fs::createUniqueDirectory("readobj", Dir));
  std::string Path = (Dir + "/a.ji").str();
  for (StringRef Content : {"first", "second"}) {
    Error E = writeOutputFile(Path, Content);
    ASSERT_FALSE(bool(E)) << toString(std::move(E));
    auto Buffer = MemoryBuffer::getFile(Path);
    ASSERT_TRUE(bool(Buffer));
    EXPECT_EQ((*Buffer)->getBuffer(), Content);
  }
  // A directory cannot be replaced, and nothing is left beside it.
  std::string Taken = (Dir + "/dir").str();
  ASSERT_FALSE(sys::fs::create_directory(Taken));
  ASSERT_FALSE(sys::fs::create_directory(Taken + "/full"));
  std::string Message = toString(writeOutputFile(Taken, "x"));
  EXPECT_NE(Message.find(Taken), std::string::npos) << Message;
  Message = toString(writeOutputFile((Dir + "/none/a.ji").str(), "x"));
  EXPECT_NE(Message.find("/none/a.ji"), std::string::npos) << Message;
  std::error_code EC;
  unsigned Count = 0;
  for (sys::fs::directory_iterator I(Dir, EC), End; I != End && !EC;
       I.increment(EC))
    ++Count;
  EXPECT_EQ(Count, 2u);
  sys::fs::remove_directories(Dir);
}

TEST(CheckTest, Lines) {
  VerifierReport Report;
  Report.Kind = PackageFileKind::Header;
  Report.Items.push_back({VerifiedItem::Verified, "header digest", ""});
  Report.Items.push_back({VerifiedItem::Sound, "targets", "2 targets"});
  Report.Items.push_back(
      {VerifiedItem::Skipped, "content digest", "no\nimage"});
  Value V = describeCheck("a\n.ji", Report);
  std::string Text;
  raw_string_ostream OS(Text);
  printCheckLines(V, OS);
  EXPECT_EQ(Text, "a\\0A.ji: header digest: verified\n"
                  "a\\0A.ji: targets: sound: 2 targets\n"
                  "a\\0A.ji: content digest: skipped: no\\0Aimage\n"
                  "a\\0A.ji: sound cache header\n");
  EXPECT_EQ(toJSON(V),
            R"({"File":"a\n.ji","Kind":"cache header","Sound":true,"Items":[)"
            R"({"What":"header digest","Status":"verified"},)"
            R"({"What":"targets","Status":"sound","Detail":"2 targets"},)"
            R"({"What":"content digest","Status":"skipped",)"
            R"("Detail":"no\nimage"}]})");

  Text.clear();
  Value Failed = describeFailedCheck("b", "broken");
  printCheckLines(Failed, OS);
  EXPECT_EQ(Text, "b: not sound\n");
  EXPECT_EQ(toJSON(Failed), R"({"File":"b","Sound":false,"Error":"broken"})");
}

} // namespace
