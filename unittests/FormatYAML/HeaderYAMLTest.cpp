//===- HeaderYAMLTest.cpp - tests of cache headers in YAML ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

namespace {

/// A header with random fields, and what they refer to.
struct RandomHeader {
  CacheHeader H;
  std::vector<std::string> Texts;
  uint64_t Reserve = 0;

  RandomHeader(Random &R, HeaderFormat Format, StringRef Version);
};

RandomHeader::RandomHeader(Random &R, HeaderFormat Format, StringRef Version) {
  bool IsJulia = Format == HeaderFormat::Julia;
  JuliaVersion V = parseJuliaVersion(Version).value_or(JuliaVersion());
  auto Own = [&](std::string Text) {
    Texts.push_back(std::move(Text));
    return StringRef(Texts.back());
  };
  Texts.reserve(64);
  H.Format = Format;
  H.PointerSize = R.chance(50) ? 4 : 8;
  H.IsLittleEndian = R.chance(70);
  H.Build.OS = R.chance(50) ? "Linux" : R.text(8);
  H.Build.Arch = R.chance(70) ? "x86_64" : "powerpc64";
  H.Build.Version = Version;
  H.Build.Branch = R.text(20);
  H.Build.Commit = R.text(20);
  H.Flags = CacheFlags::unpack(uint8_t(R.bits()));
  if (!IsJulia || V.isAtLeast(1, 14))
    H.SyntaxVersion = uint8_t(R.bits());
  auto Modules = [&](bool HasHigh) {
    std::vector<ModuleID> List;
    for (uint64_t I = 0, E = 1 + R.below(3); I < E; ++I) {
      ModuleID M;
      M.Name = R.name();
      if (R.chance(70))
        M.UUID = {R.bits(), R.bits()};
      M.BuildID = {HasHigh ? R.bits() : 0, R.bits()};
      List.push_back(M);
    }
    return List;
  };
  H.Modules = Modules(!IsJulia);
  H.RequiredModules = Modules(true);
  for (uint64_t I = 0, E = R.below(4); I < E; ++I) {
    Dependency D;
    D.IsRequire = R.chance(30);
    D.Path = R.name();
    if (D.IsRequire)
      D.UUID = {R.bits(), R.bits()};
    if (!IsJulia || V.isAtLeast(1, 11)) {
      D.Size = R.bits();
      D.CRC = uint32_t(R.bits());
    }
    D.ModificationTime = bit_cast<double>(R.bits());
    D.ModuleIndex = uint32_t(R.below(H.Modules.size() + 1));
    if (D.ModuleIndex)
      for (uint64_t J = R.below(3); J; --J)
        D.Submodules.push_back(R.name());
    H.Dependencies.push_back(D);
  }
  if (!IsJulia || V.isAtLeast(1, 14)) {
    H.Prefs.TOML = R.chance(50) ? "[a]\nb = 1\n" : R.text(30);
  } else {
    for (uint64_t I = R.below(3); I; --I)
      H.Prefs.Keys.push_back(R.name());
    H.Prefs.Hash = R.bits();
  }
  for (uint64_t I = R.below(3); I; --I) {
    SourceText S;
    S.Path = Own(R.name());
    S.Text = Own(R.chance(50) ? "f(x) = 1\n" : R.text(200));
    H.Sources.push_back(S);
  }

  bool HasTargets = R.chance(70);
  H.Targets.Layout = !IsJulia             ? TargetDataLayout::Named
                     : V.isAtLeast(1, 14) ? TargetDataLayout::Julia64
                                          : TargetDataLayout::Julia32;
  for (uint64_t I = 0, E = HasTargets ? 1 + R.below(3) : 0; I < E; ++I) {
    CPUTarget T;
    T.Name = "cpu" + utostr(I);
    if (H.Targets.Layout == TargetDataLayout::Named) {
      T.Enabled = {"avx", "bmi"};
      T.Disabled = {"rtm"};
      if (R.chance(50)) {
        T.Flags |= CPUTarget::HasUsed;
        T.Used = {"avx"};
      }
    } else {
      bool Is64 = H.Targets.Layout == TargetDataLayout::Julia64;
      for (uint64_t J = R.chance(50) ? (Is64 ? 4 : 12) : 1 + R.below(5); J;
           --J) {
        T.EnabledWords.push_back(Is64 ? R.bits() : uint32_t(R.bits()));
        T.DisabledWords.push_back(0);
      }
      T.ExtFeatures = R.chance(30) ? "+foo" : "";
    }
    if (I && H.Targets.Layout != TargetDataLayout::Julia32) {
      T.Base = 0;
      T.Flags |= CPUTarget::OptSize;
    } else if (!I && H.Targets.Layout != TargetDataLayout::Julia32) {
      T.Flags |= CPUTarget::CloneAll;
    }
    H.Targets.Targets.push_back(T);
  }

  if (IsJulia) {
    H.ImageCRC = uint32_t(R.bits());
    if (HasTargets)
      H.DataChecksum = 0xfafbfcfd00000000 | uint32_t(R.bits());
    else
      H.Data = Own(R.bytes(R.below(100)));
    return;
  }
  H.Triple = "x86_64-unknown-linux-gnu";
  H.PackageVersion = R.text(8);
  H.Producer = R.text(8);
  if (R.chance(50)) {
    ContentDigest C;
    for (uint8_t &Byte : C.Root)
      Byte = uint8_t(R.bits());
    C.Length = R.below(4 * DigestChunkSize);
    if (R.chance(50))
      C.Chunks.resize((C.Length + DigestChunkSize - 1) / DigestChunkSize);
    H.Content = C;
  }
  if (R.chance(50))
    Reserve = R.below(10) * 32 + R.below(8);
  std::string Name;
  for (uint64_t I = R.below(4); I; --I) {
    Name += R.name();
    H.Functions.push_back({Name, R.name(), uint32_t(R.bits())});
  }
  if (R.chance(30))
    H.UnknownSections.push_back(
        {uint32_t(0x1000 + R.below(9)), Own(R.bytes(5))});
}

const char *const Versions[] = {"1.9.4",  "1.10.5", "1.11.2",
                                "1.12.3", "1.13.0", "1.14.0-DEV.7"};

/// YAML that says of \p Bytes what gives them back.
void checkRoundTrip(StringRef Bytes) {
  FileDocument D = valueOf(describe(Bytes));
  ASSERT_TRUE(std::holds_alternative<FormatYAML::Header>(D));
  std::string Text = printDocument(D);
  std::string Again = valueOf(build(Text));
  EXPECT_EQ(Again, Bytes) << Text;
  // And the text is the same for the same bytes.
  EXPECT_EQ(toYAML(Again), Text);
}

TEST(HeaderYAML, RandomHeadersRoundTrip) {
  Random R(11);
  for (int I = 0; I < 40; ++I) {
    for (const char *Version : Versions) {
      RandomHeader Julia(R, HeaderFormat::Julia, Version);
      checkRoundTrip(valueOf(writeCacheHeader(Julia.H)));
    }
    for (int J = 0; J < 4; ++J) {
      RandomHeader Ours(R, HeaderFormat::PkgImg, "0.1.0");
      checkRoundTrip(valueOf(writeCacheHeader(Ours.H, Ours.Reserve)));
    }
  }
}

TEST(HeaderYAML, NothingOfASoundHeaderIsAPatch) {
  Random R(12);
  for (int I = 0; I < 40; ++I) {
    RandomHeader Julia(R, HeaderFormat::Julia, Versions[I % 6]);
    RandomHeader Ours(R, HeaderFormat::PkgImg, "0.1.0");
    for (const std::string &Bytes :
         {valueOf(writeCacheHeader(Julia.H)),
          valueOf(writeCacheHeader(Ours.H, Ours.Reserve))}) {
      FileDocument D = valueOf(describe(Bytes));
      const Edits &E = std::get<FormatYAML::Header>(D).TheEdits;
      EXPECT_TRUE(E.Patches.empty() && !E.FileSize) << printDocument(D);
      EXPECT_FALSE(std::get<FormatYAML::Header>(D).HeaderCRC.has_value());
    }
  }
}

/// Whatever bits change: what can be read can be written.
TEST(HeaderYAML, ChangedHeadersRoundTripToo) {
  Random R(13);
  unsigned NumRead = 0;
  for (int I = 0; I < 8; ++I) {
    RandomHeader Julia(R, HeaderFormat::Julia, Versions[I % 6]);
    RandomHeader Ours(R, HeaderFormat::PkgImg, "0.1.0");
    for (const std::string &Bytes :
         {valueOf(writeCacheHeader(Julia.H)),
          valueOf(writeCacheHeader(Ours.H, Ours.Reserve))}) {
      for (size_t Byte = 0; Byte < Bytes.size(); ++Byte) {
        std::string Changed = Bytes;
        Changed[Byte] ^= 1 << R.below(8);
        Expected<FileDocument> D = describe(Changed);
        if (!D) {
          consumeError(D.takeError());
          continue;
        }
        ++NumRead;
        EXPECT_EQ(valueOf(build(printDocument(*D))), Changed);
      }
      for (size_t Size = 0; Size < Bytes.size(); ++Size) {
        Expected<FileDocument> D = describe(StringRef(Bytes).take_front(Size));
        if (D)
          EXPECT_EQ(valueOf(build(printDocument(*D))), Bytes.substr(0, Size));
        else
          consumeError(D.takeError());
      }
    }
  }
  EXPECT_GT(NumRead, 1000u);
}

TEST(HeaderYAML, BytesAfterOursAreKept) {
  std::string Bytes = valueOf(build("--- !Header\nOS: Linux\n")) + "tail";
  checkRoundTrip(Bytes);
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

constexpr StringLiteral JuliaText = R"(--- !Header
Format: Julia
PointerSize: 4
Endian: big
OS: Linux
Arch: powerpc
Version: 1.14.0
Branch: b
Commit: c
Flags: { PkgImages: false, Debug: 2, CheckBounds: no, Inline: false, Opt: 3 }
SyntaxVersion: 9
Modules:
  - Name: M
    UUID: 7876af07-990d-54b4-ab0e-23690620f79a
    BuildID: 00000000000000000123456789abcdef
Dependencies:
  - File: f.jl
    Size: 1
    CRC: 0x2
    ModificationTime: 3.5
    Module: 1
    Submodules: [ S, T ]
  - Require: P
    UUID: 21216c6a-2e73-6563-6e65-726566657250
Preferences: a = 1
RequiredModules:
  - Name: Core
    BuildID: 0123456789abcdeffedcba9876543210
Targets:
  - Name: pwr9
    Flags: [ CloneAll, 0x100 ]
    EnabledWords: [ 5 ]
  - Name: pwr10
    Base: 0
    DisabledWords: [ 0x6 ]
    ExtFeatures: +x
Sources:
  - Path: f.jl
    Text: "1"
DataChecksum: 0xfafbfcfd12345678
ImageCRC: 7
)";

TEST(HeaderYAML, EveryFieldOfJulias) {
  std::string Bytes = valueOf(build(JuliaText));
  CacheHeader H = valueOf(readCacheHeader(MemoryBufferRef(Bytes, "f")));
  EXPECT_EQ(H.Format, HeaderFormat::Julia);
  EXPECT_EQ(H.Major, 13);
  EXPECT_EQ(H.PointerSize, 4);
  EXPECT_FALSE(H.IsLittleEndian);
  EXPECT_EQ(H.Build.OS, "Linux");
  EXPECT_EQ(H.Build.Arch, "powerpc");
  EXPECT_EQ(H.Build.Version, "1.14.0");
  EXPECT_EQ(H.Build.Branch, "b");
  EXPECT_EQ(H.Build.Commit, "c");
  EXPECT_EQ(H.Flags.str(),
            "--pkgimages=no -g2 --check-bounds=no --inline=no -O3");
  EXPECT_EQ(H.SyntaxVersion, 9);
  ASSERT_EQ(H.Modules.size(), 1u);
  EXPECT_EQ(H.Modules[0].Name, "M");
  EXPECT_EQ(formatUUID(H.Modules[0].UUID),
            "7876af07-990d-54b4-ab0e-23690620f79a");
  EXPECT_EQ(H.Modules[0].BuildID.Lo, 0x0123456789abcdefu);
  ASSERT_EQ(H.Dependencies.size(), 2u);
  EXPECT_EQ(H.Dependencies[0].Path, "f.jl");
  EXPECT_EQ(H.Dependencies[0].Size, 1u);
  EXPECT_EQ(H.Dependencies[0].CRC, 2u);
  EXPECT_EQ(H.Dependencies[0].ModificationTime, 3.5);
  EXPECT_EQ(H.Dependencies[0].ModuleIndex, 1u);
  EXPECT_EQ(H.Dependencies[0].Submodules, (std::vector<std::string>{"S", "T"}));
  EXPECT_TRUE(H.Dependencies[1].IsRequire);
  EXPECT_EQ(H.Dependencies[1].Path, "P");
  EXPECT_EQ(formatUUID(H.Dependencies[1].UUID),
            "21216c6a-2e73-6563-6e65-726566657250");
  EXPECT_EQ(H.Prefs.TOML, "a = 1");
  ASSERT_EQ(H.RequiredModules.size(), 1u);
  EXPECT_EQ(formatBuildID(H.RequiredModules[0].BuildID),
            "0123456789abcdeffedcba9876543210");
  ASSERT_EQ(H.Targets.Targets.size(), 2u);
  EXPECT_EQ(H.Targets.Layout, TargetDataLayout::Julia64);
  EXPECT_EQ(H.Targets.Targets[0].Flags, CPUTarget::CloneAll | 0x100u);
  EXPECT_EQ(H.Targets.Targets[0].EnabledWords, std::vector<uint64_t>{5});
  EXPECT_EQ(H.Targets.Targets[0].DisabledWords, std::vector<uint64_t>{0});
  EXPECT_EQ(H.Targets.Targets[0].Base, CPUTarget::NoBase);
  EXPECT_EQ(H.Targets.Targets[1].Base, 0u);
  EXPECT_EQ(H.Targets.Targets[1].DisabledWords, std::vector<uint64_t>{6});
  EXPECT_EQ(H.Targets.Targets[1].ExtFeatures, "+x");
  ASSERT_EQ(H.Sources.size(), 1u);
  EXPECT_EQ(H.Sources[0].Path, "f.jl");
  EXPECT_EQ(H.Sources[0].Text, "1");
  EXPECT_EQ(H.DataChecksum, 0xfafbfcfd12345678u);
  EXPECT_EQ(H.ImageCRC, 7u);

  // What follows from the rest is left out.
  std::string Text = toYAML(Bytes);
  for (const char *Key :
       {"PointerSize", "Endian", "Major", "HeaderCRC", "DataStart", "Patches"})
    EXPECT_FALSE(StringRef(Text).contains(Key)) << Text;
}

TEST(HeaderYAML, EveryFieldOfOurs) {
  std::string Bytes = valueOf(build(R"(--- !Header
OS: Linux
Version: 2.0
Triple: i686-unknown-linux-gnu
PackageVersion: 1.2.3
Producer: p
Targets:
  - Name: haswell
    Flags: [ CloneAll ]
    Enabled: [ bmi, avx ]
    Disabled: [ rtm ]
    Used: []
Content:
  Root: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
  Length: 5
  Chunks: [ 200102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ]
Functions:
  - Name: f
    Signature: void(i32,...)
    Index: 4294967295
  - { Name: g, Signature: '?', Index: 0 }
UnknownSections:
  - ID: 0x1234
    Content: aabb
Reserve: 64
)"));
  CacheHeader H = valueOf(readCacheHeader(MemoryBufferRef(Bytes, "f")));
  EXPECT_EQ(H.Format, HeaderFormat::PkgImg);
  EXPECT_EQ(H.PointerSize, 4);
  EXPECT_EQ(H.Triple, "i686-unknown-linux-gnu");
  EXPECT_EQ(H.PackageVersion, "1.2.3");
  EXPECT_EQ(H.Producer, "p");
  ASSERT_EQ(H.Targets.Targets.size(), 1u);
  EXPECT_EQ(H.Targets.Targets[0].Enabled,
            (std::vector<std::string>{"avx", "bmi"}));
  EXPECT_EQ(H.Targets.Targets[0].Disabled, std::vector<std::string>{"rtm"});
  EXPECT_TRUE(H.Targets.Targets[0].Flags & CPUTarget::HasUsed);
  EXPECT_TRUE(H.Targets.Targets[0].Used.empty());
  ASSERT_TRUE(H.Content.has_value());
  EXPECT_EQ(H.Content->Root[31], 0x1f);
  EXPECT_EQ(H.Content->Length, 5u);
  ASSERT_EQ(H.Content->Chunks.size(), 1u);
  EXPECT_EQ(H.Content->Chunks[0][0], 0x20);
  ASSERT_EQ(H.Functions.size(), 2u);
  EXPECT_EQ(H.Functions[0].Name, "f");
  EXPECT_EQ(H.Functions[0].Signature, "void(i32,...)");
  EXPECT_EQ(H.Functions[0].Index, UINT32_MAX);
  EXPECT_EQ(H.Functions[1].Signature, "?");
  ASSERT_EQ(H.UnknownSections.size(), 1u);
  EXPECT_EQ(H.UnknownSections[0].ID, 0x1234u);
  EXPECT_EQ(H.UnknownSections[0].Content, "\xaa\xbb");
  EXPECT_NE(toYAML(Bytes).find("Reserve:         64\n"), std::string::npos);
}

TEST(HeaderYAML, FeaturesByNameAndByWord) {
  std::string Bytes = valueOf(build(R"(--- !Header
Format: Julia
Arch: x86_64
Version: 1.12.3
Targets:
  - Name: haswell
    Enabled: [ avx2 ]
    EnabledWords: [ 0x40000000 ]
)"));
  CacheHeader H = valueOf(readCacheHeader(MemoryBufferRef(Bytes, "f")));
  ASSERT_EQ(H.Targets.Targets.size(), 1u);
  const CPUTarget &T = H.Targets.Targets[0];
  EXPECT_EQ(T.EnabledWords.size(), 12u);
  EXPECT_EQ(T.EnabledWords[0], 0x40000000u);
  EXPECT_TRUE(is_contained(T.Enabled, "avx2"));
  EXPECT_EQ(T.Enabled.size(), 2u);
}

//===----------------------------------------------------------------------===//
// What is wrong on purpose
//===----------------------------------------------------------------------===//

TEST(HeaderYAML, WrongNumbersAreWritten) {
  auto Read = [](const std::string &Bytes) {
    HeaderReadOptions Options;
    Options.CheckDigests = false;
    return valueOf(readCacheHeader(MemoryBufferRef(Bytes, "f"), Options));
  };
  std::string Wrong = valueOf(build((JuliaText + "HeaderCRC: 0x1234\n").str()));
  EXPECT_EQ(Read(Wrong).HeaderCRC, 0x1234u);
  EXPECT_NE(toYAML(Wrong).find("HeaderCRC:       0x1234\n"), std::string::npos);
  EXPECT_FALSE(StringRef(toYAML(Wrong)).contains("Patches"));

  std::string Base =
      "--- !Header\nFormat: Julia\nVersion: 1.12.3\nData: 0102\n";
  EXPECT_EQ(Read(valueOf(build(Base + "DataChecksum: 0xfafbfcfd00000001\n")))
                .DataChecksum,
            0xfafbfcfd00000001u);
  for (const char *Field :
       {"Major: 99\n", "PointerSize: 3\n", "DataChecksum: 1\n",
        "DataStart: 1\n", "DataEnd: 0xffffffffffffffff\n",
        "ImageData: true\n"}) {
    std::string Bytes = valueOf(build(Base + Field));
    EXPECT_FALSE(errorOf(readCacheHeader(MemoryBufferRef(Bytes, "f"))).empty());
    // The checksum fits all the same, so that it is not what a reader meets.
    EXPECT_EQ(crc32c(StringRef(Bytes).drop_back(4)),
              support::endian::read32le(Bytes.data() + Bytes.size() - 4));
  }

  std::string Ours = valueOf(build("--- !Header\nMinor: 7\n"));
  EXPECT_EQ(valueOf(readCacheHeader(MemoryBufferRef(Ours, "f"))).Minor, 7);
  EXPECT_NE(toYAML(Ours).find("Minor:           7\n"), std::string::npos);
  Ours = valueOf(build("--- !Header\nMajor: 2\n"));
  EXPECT_NE(errorOf(readCacheHeader(MemoryBufferRef(Ours, "f"))).find("2.0"),
            std::string::npos);
}

TEST(HeaderYAML, PatchesAndFileSize) {
  std::string Plain = valueOf(build("--- !Header\nReserve: 0\n"));
  std::string Bytes = valueOf(build(R"(--- !Header
FileSize: 20
Patches:
  - { Offset: 0, Content: 00 }
  - { Offset: 0x12, Content: aabb }
)"));
  std::string Expect = Plain.substr(0, 20);
  Expect[0] = 0;
  Expect[18] = '\xaa';
  Expect[19] = '\xbb';
  EXPECT_EQ(Bytes, Expect);
  EXPECT_EQ(valueOf(build("--- !Header\nFileSize: 1000\n")).size(), 1000u);

  auto Error = [](StringRef Rest) {
    return errorOf(build(("--- !Header\n" + Rest).str(), 5000));
  };
  EXPECT_EQ(Error("FileSize: 10\nPatches:\n  - { Offset: 9, Content: 0000 }\n"),
            "!Header: Patches[0] has 2 bytes for offset 0x9, and leaves the "
            "file's 10 bytes; FileSize makes it longer");
  EXPECT_EQ(Error("Patches:\n  - { Content: 00 }\n"),
            "!Header: Patches[0] has neither Offset nor Symbol");
  EXPECT_EQ(Error("Patches:\n  - { Symbol: f, Content: 00 }\n"),
            "!Header: Patches[0]: a header has no symbol 'f'");
  EXPECT_EQ(Error("FileSize: 5001\n"), "!Header: FileSize is 5001, which "
                                       "exceeds the limit of 5000 bytes");
  EXPECT_EQ(Error("Reserve: 5001\n"), "!Header: Reserve is 5001, which exceeds "
                                      "the limit of 5000 bytes");
}

TEST(HeaderYAML, DigestsCanBeMadeRightAgain) {
  // A changed name: damage with the old digests, another name with new ones.
  for (const char *Format : {"Julia", "PkgImg"}) {
    std::string Base = ("--- !Header\nFormat: " + Twine(Format) +
                        "\nVersion: 1.12.3\nModules:\n  - Name: ABCDE\n")
                           .str();
    std::string Bytes = valueOf(build(Base));
    std::string Patch =
        ("Patches:\n  - { Offset: " + Twine(Bytes.find("ABCDE")) +
         ", Content: 5a }\n")
            .str();
    std::string Damaged = valueOf(build(Base + Patch));
    EXPECT_FALSE(
        errorOf(readCacheHeader(MemoryBufferRef(Damaged, "f"))).empty());
    std::string Right = valueOf(build(Base + Patch + "UpdateDigests: true\n"));
    EXPECT_EQ(
        valueOf(readCacheHeader(MemoryBufferRef(Right, "f"))).Modules[0].Name,
        "ZBCDE");
  }
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST(HeaderYAML, ErrorsNameThePlace) {
  const std::pair<const char *, const char *> Cases[] = {
      {"Nmae: x\n", "in.yaml:2:1: unknown key 'Nmae'"},
      {"Modules:\n  - UUID: 1\n", "in.yaml:3:5: missing required key 'Name'"},
      {"Modules:\n  - Name: M\n    UUID: 1\n",
       "in.yaml:4:11: expected a UUID, as in "
       "7876af07-990d-54b4-ab0e-23690620f79a"},
      {"Modules:\n  - Name: M\n    BuildID: 1\n",
       "in.yaml:4:14: expected a build ID of 32 hexadecimal digits"},
      {"Content: { Root: 00 }\n",
       "in.yaml:2:18: expected a digest of 64 hexadecimal digits"},
      {"Format: X\n", "in.yaml:2:9: unknown enumerated scalar"},
      {"Modules: x\n", "in.yaml:2:10: not a sequence"},
      {"Flags: { Opt: 4 }\n",
       "in.yaml:2:10: Opt is stored in two bits; expected 0 to 3"},
      {"Flags: { Debug: 4 }\n",
       "in.yaml:2:10: Debug is stored in two bits; expected 0 to 3"},
      {"Targets:\n  - { Name: a, Flags: [ X ] }\n",
       "in.yaml:3:25: expected VecCall, CloneAll, UnknownName, OptSize, "
       "MinSize, HasUsed or a number of 32 bits"},
      {"Major: 70000\n", "in.yaml:2:8: out of range number"}};
  for (auto [Text, Message] : Cases)
    EXPECT_EQ(errorOf(parse(("--- !Header\n" + Twine(Text)).str())), Message);
}

TEST(HeaderYAML, ErrorsNameTheField) {
  const std::pair<const char *, const char *> Cases[] = {
      {"Dependencies:\n  - { Size: 1 }\n",
       "!Header: Dependencies[0]: expected one of File and Require"},
      {"Dependencies:\n  - { File: a }\n  - { File: a, Require: b }\n",
       "!Header: Dependencies[1]: expected one of File and Require"},
      {"Targets:\n  - { Name: a, EnabledWords: [ 1 ] }\n",
       "!Header: Targets[0]: our target data has names of features, and no "
       "words"}};
  for (auto [Text, Message] : Cases)
    EXPECT_EQ(errorOf(build(("--- !Header\n" + Twine(Text)).str())), Message);
  // What one of the formats has no place for, and no writer sees.
  for (const char *Key : {"HeaderCRC: 1", "ImageData: false", "DataChecksum: 0",
                          "DataStart: 0", "DataEnd: 0", "Data: ''"})
    EXPECT_EQ(errorOf(build((Twine("--- !Header\n") + Key + "\n").str())),
              ("!Header: " + StringRef(Key).split(':').first +
               ": a header of pkgimg's has no place for it; leave it out")
                  .str());
  for (const char *Key : {"Minor: 0", "Reserve: 8"})
    EXPECT_EQ(
        errorOf(build((Twine("--- !Header\nFormat: Julia\nVersion: 1.12.3\n") +
                       Key + "\n")
                          .str())),
        ("!Header: " + StringRef(Key).split(':').first +
         ": a header of Julia's has no place for it; leave it out")
            .str());
  // The writer's own.
  EXPECT_TRUE(StringRef(errorOf(build("--- !Header\nFormat: Julia\n")))
                  .starts_with("!Header: cannot write the header: "));
  EXPECT_TRUE(
      StringRef(errorOf(build("--- !Header\nFormat: Julia\nArch: x86_64"
                              "\nVersion: 1.12.0\nTargets:\n  - { Name: "
                              "a, Enabled: [ nonsense ] }\n")))
          .starts_with("!Header: Targets[0]: "));
}

} // namespace
