//===- MutationTest.cpp - every cut and every flipped bit -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Cuts small files at every byte, and flips every bit of them. Each time, the
/// verifier must give an error, or the file must mean what it meant before.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Checksum.h"
#include "pkgimg/Format/LibraryWriter.h"
#include "pkgimg/Format/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

namespace {

/// cantFail() says nothing in a build without assertions.
template <typename T> T orDie(Expected<T> Value) {
  if (!Value)
    report_fatal_error(Value.takeError());
  return std::move(*Value);
}

void describe(raw_ostream &OS, const std::vector<uint64_t> &List) {
  for (uint64_t V : List)
    OS << V << ',';
  OS << '\n';
}

void describe(raw_ostream &OS, const std::vector<uint32_t> &List) {
  for (uint32_t V : List)
    OS << V << ',';
  OS << '\n';
}

void describe(raw_ostream &OS, const CPUTargets &Targets) {
  for (const CPUTarget &T : Targets.Targets) {
    OS << T.Name << ' ' << T.Flags << ' ' << T.Base << ' ' << T.ExtFeatures
       << ' ' << join(T.Enabled, ",") << ' ' << join(T.Disabled, ",") << ' '
       << join(T.Used, ",") << '\n';
    describe(OS, T.EnabledWords);
    describe(OS, T.DisabledWords);
  }
}

void describe(raw_ostream &OS, const std::vector<ModuleID> &Modules) {
  for (const ModuleID &M : Modules)
    OS << M.Name << ' ' << formatUUID(M.UUID) << ' ' << formatBuildID(M.BuildID)
       << '\n';
}

void describe(raw_ostream &OS, const CacheHeader &H) {
  OS << int(H.Format) << ' ' << H.Major << ' ' << H.Minor << ' '
     << unsigned(H.PointerSize) << ' ' << H.IsLittleEndian << ' ' << H.Build.OS
     << ' ' << H.Build.Arch << ' ' << H.Build.Version << ' ' << H.Build.Branch
     << ' ' << H.Build.Commit << ' ' << H.Flags.str() << ' '
     << unsigned(H.SyntaxVersion) << ' ' << H.Triple << ' ' << H.PackageVersion
     << ' ' << H.Producer << ' ' << H.IsImageData << ' ' << H.DataChecksum
     << ' ' << H.DataStart << ' ' << H.DataEnd << ' ' << H.Data << ' '
     << H.ImageCRC << '\n';
  describe(OS, H.Modules);
  describe(OS, H.RequiredModules);
  describe(OS, H.Targets);
  for (const Dependency &D : H.Dependencies)
    OS << D.IsRequire << ' ' << D.Path << ' ' << formatUUID(D.UUID) << ' '
       << D.Size << ' ' << D.CRC << ' ' << D.ModificationTime << ' '
       << D.ModuleIndex << ' ' << join(D.Submodules, "/") << '\n';
  OS << join(H.Prefs.Keys, ",") << ' ' << H.Prefs.Hash << ' ' << H.Prefs.TOML
     << '\n';
  for (const SourceText &S : H.Sources)
    OS << S.Path << ':' << S.Text << '\n';
  if (H.Content) {
    OS << formatDigest(H.Content->Root) << ' ' << H.Content->Length << '\n';
    for (const Digest256 &D : H.Content->Chunks)
      OS << formatDigest(D) << '\n';
  }
}

void describe(raw_ostream &OS, const ImageTables &T) {
  OS << getDialectName(T.Dialect) << ' ' << T.Version << ' ' << T.NumFunctions
     << ' ' << T.NumGlobals << ' ' << T.TargetString << ' ' << T.DataAddress
     << ' ' << T.Data << ' ' << int(T.Compression) << ' ' << T.UnpackFunction
     << ' ' << T.DataChecksum.value_or(0) << ' ' << T.SmallTypeof.value_or(0)
     << '\n';
  if (T.TLS)
    OS << T.TLS->FunctionSlot << ' ' << T.TLS->KeySlot << ' '
       << T.TLS->OffsetSlot << '\n';
  describe(OS, T.Targets);
  for (const auto &S : T.Shards) {
    describe(OS, S.Functions);
    describe(OS, S.FunctionIndices);
    describe(OS, S.Globals);
    describe(OS, S.GlobalIndices);
    for (const auto &Slot : S.CloneSlots)
      OS << Slot.Function << '@' << Slot.Slot << ' ';
    for (const auto &C : S.Clones) {
      OS << C.IsGroup << ' ' << C.Base << ' ';
      describe(OS, C.Indices);
      describe(OS, C.Functions);
    }
  }
}

/// All that the file means to a loader, or nothing if it is refused.
std::optional<std::string> meaning(StringRef Bytes) {
  Expected<VerifierReport> Report = verify(MemoryBufferRef(Bytes, "mutant"));
  if (!Report) {
    // Whatever it finds.
    findEmbeddedHeader(Bytes);
    std::string Message = toString(Report.takeError());
    EXPECT_TRUE(StringRef(Message).starts_with("mutant")) << Message;
    EXPECT_GT(Message.size(), 20u);
    return std::nullopt;
  }
  // The short way to the header finds the same.
  if (Report->Kind == PackageFileKind::Image)
    EXPECT_EQ(findEmbeddedHeader(Bytes), Report->Image->embeddedHeader());
  std::string Text;
  raw_string_ostream OS(Text);
  OS << getPackageFileKindName(Report->Kind) << '\n';
  if (Report->Header)
    describe(OS, *Report->Header);
  if (Report->Tables)
    describe(OS, *Report->Tables);
  return Text;
}

CacheHeader makeHeader(HeaderFormat Format, StringRef Version) {
  CacheHeader H;
  H.Format = Format;
  H.Build = {"Linux", "x86_64", Version.str(), "master", "0123abcd"};
  H.Modules = {{"Example", {1, 2}, {0, 3}}};
  Dependency Include;
  Include.Path = "@depot/Example.jl";
  Include.Size = 5;
  Include.CRC = 6;
  Include.ModificationTime = -1.0;
  Include.ModuleIndex = 1;
  Include.Submodules = {"Example"};
  Dependency Require;
  Require.IsRequire = true;
  Require.Path = "Other";
  Require.UUID = {7, 8};
  H.Dependencies = {Include, Require};
  H.RequiredModules = {{"Core", {9, 10}, {11, 12}}};
  H.Sources = {{"@depot/Example.jl", "x = 1"}};
  CPUTarget T;
  if (Format == HeaderFormat::PkgImg) {
    H.Triple = "x86_64-unknown-linux-gnu";
    H.Producer = "MutationTest";
    H.Prefs.TOML = "a = 1\n";
    T.Name = "x86-64";
    T.Enabled = {"sse2"};
  } else {
    JuliaVersion V = *parseJuliaVersion(Version);
    H.Major = V.isAtLeast(1, 14) ? 13 : 12;
    H.ImageCRC = 13;
    H.DataChecksum = 0xfafbfcfd00000001;
    bool Is64 = V.isAtLeast(1, 14);
    H.Targets.Layout =
        Is64 ? TargetDataLayout::Julia64 : TargetDataLayout::Julia32;
    T.Name = "generic";
    T.EnabledWords = T.DisabledWords =
        std::vector<uint64_t>(Is64                 ? 4
                              : V.isAtLeast(1, 12) ? 12
                                                   : 11,
                              1);
    if (Is64)
      H.Prefs.TOML = "a = 1\n";
    else
      H.Prefs.Keys = {"a"};
    if (!V.isAtLeast(1, 11))
      H.Dependencies[0].Size = H.Dependencies[0].CRC = 0;
  }
  H.Targets.Targets = {T};
  return H;
}

/// A sealed image with two shards, a clone with a slot, a global and data.
std::string makeImage(ContainerFormat Format, StringRef TripleName) {
  ImageTablesSpec Spec;
  CPUTarget Base, Better;
  Base.Name = "generic";
  Better.Name = "better";
  Better.Base = 0;
  Spec.Targets.Targets = {Base, Better};
  Spec.TargetString = "generic;better";
  Spec.NumFunctions = 2;
  Spec.NumGlobals = 1;
  Spec.Shards.resize(2);
  for (unsigned I = 0; I < 2; ++I) {
    auto &S = Spec.Shards[I];
    S.Functions = {{"code", int64_t(I) * 16}};
    S.FunctionIndices = {1 - I};
    S.Clones.resize(2);
    S.Clones[0].IsGroup = true;
  }
  auto &S = Spec.Shards[0];
  S.Globals = {{"global", 0}};
  S.GlobalIndices = {0};
  S.CloneSlots = {{0, {"slot", 0}}};
  S.Clones[1].Indices = {0 | BasicShardClones<SymbolRef>::UseSlots};
  S.Clones[1].Functions = {{"code", 32}};
  S.Clones[0].Indices = {0};
  Spec.Data = "the package's objects";

  CacheHeader H = makeHeader(HeaderFormat::PkgImg, "1.0.0");
  H.Triple = TripleName.str();
  H.Targets = Spec.Targets;
  Triple T(TripleName);
  H.PointerSize = T.isArch64Bit() ? 8 : 4;
  H.IsLittleEndian = T.isLittleEndian();
  Spec.EmbeddedHeader = orDie(writeCacheHeader(H, 64));

  LibrarySpec Library;
  Library.Format = Format;
  Library.TheTriple = T;
  Library.OutputName = "Example";
  Library.Definitions = orDie(writeImageTables(Spec, T));
  DataDefinition Code;
  Code.Name = "code";
  Code.Place = DataDefinition::Text;
  Code.IsFunction = true;
  Code.Bytes.assign(48, '\x90');
  DataDefinition Slot;
  Slot.Name = "slot";
  Slot.Place = DataDefinition::Data;
  Slot.Alignment = 8;
  Slot.Bytes.assign(H.PointerSize, '\0');
  Slot.Fixups = {{DataFixup::Pointer, 0, {"code", 0}, {}}};
  DataDefinition Global = Slot;
  Global.Name = "global";
  Global.Fixups.clear();
  Library.Definitions.insert(Library.Definitions.end(), {Code, Slot, Global});
  std::string File = orDie(writeLibrary(Library));
  orDie(sealImage(MutableArrayRef<char>(File.data(), File.size()), "image"));
  return File;
}

/// How much of a file's bits may be flipped without an error: what no digest of
/// the format covers, because tools may change it.
///
/// \p Stride: with more than 1, every so many bits alone.
void expectAllMutants(std::string Bytes, double UncoveredShare,
                      size_t Stride = 1) {
  Expected<VerifierReport> Report = verify(MemoryBufferRef(Bytes, "original"));
  ASSERT_TRUE(bool(Report)) << toString(Report.takeError());
  std::optional<std::string> Meaning = meaning(Bytes);
  ASSERT_TRUE(Meaning);
  for (size_t Size = 0; Size < Bytes.size(); Size += Stride) {
    std::optional<std::string> Cut = meaning(StringRef(Bytes).take_front(Size));
    if (Cut)
      EXPECT_EQ(*Meaning, *Cut) << "cut at " << Size;
  }
  size_t Accepted = 0;
  for (size_t I = 0; I < Bytes.size() * 8; I += Stride) {
    Bytes[I / 8] ^= 1 << (I % 8);
    std::optional<std::string> Flipped = meaning(Bytes);
    if (Flipped) {
      ++Accepted;
      ASSERT_EQ(*Meaning, *Flipped) << "bit " << I % 8 << " of byte " << I / 8;
    }
    Bytes[I / 8] ^= 1 << (I % 8);
  }
  EXPECT_LE(Accepted, Bytes.size() * 8 / Stride * UncoveredShare);
}

TEST(MutationTest, OurHeader) {
  CacheHeader H = makeHeader(HeaderFormat::PkgImg, "1.0.0");
  expectAllMutants(orDie(writeCacheHeader(H, 64)), 0);
}

TEST(MutationTest, JuliaHeaders) {
  for (StringRef Version :
       {"1.9.4", "1.10.5", "1.11.6", "1.12.3", "1.13.0", "1.14.0-DEV.2000"})
    expectAllMutants(
        orDie(writeCacheHeader(makeHeader(HeaderFormat::Julia, Version))), 0);
}

// Half of a small ELF file is what strip(1) may remove: section headers,
// symbols and their names. Most of the others is padding between pages.
TEST(MutationTest, ELFImage) {
  expectAllMutants(makeImage(ContainerFormat::ELF, "x86_64-unknown-linux-gnu"),
                   0.6);
}

TEST(MutationTest, BigEndianELFImage) {
  expectAllMutants(makeImage(ContainerFormat::ELF, "powerpc-unknown-linux-gnu"),
                   0.6);
}

TEST(MutationTest, MachOImage) {
  expectAllMutants(makeImage(ContainerFormat::MachO, "x86_64-apple-macosx11.0"),
                   0.9);
}

// Its pages have 16 KiB, nearly all of them empty.
TEST(MutationTest, SignedMachOImage) {
  expectAllMutants(makeImage(ContainerFormat::MachO, "arm64-apple-macosx11.0"),
                   0.9, 17);
}

TEST(MutationTest, PEImage) {
  expectAllMutants(makeImage(ContainerFormat::PE, "x86_64-w64-windows-gnu"),
                   0.9);
}

} // namespace
