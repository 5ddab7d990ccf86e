//===- CacheHeaderTest.cpp - the header of a cache file -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/CacheHeader.h"
#include "../../lib/Format/PkgImgHeader.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"
#include <functional>
#include <random>
#include <set>

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

/// The header that is read refers to \p Bytes.
static MemoryBufferRef buffer(StringRef Bytes) {
  return MemoryBufferRef(Bytes, "Foo.ji");
}

static HeaderReadOptions options(bool CheckDigests, bool SkipSources = false) {
  HeaderReadOptions O;
  O.CheckDigests = CheckDigests;
  O.SkipSources = SkipSources;
  return O;
}

/// The error of reading \p Bytes, or "" if there is none.
static std::string readError(StringRef Bytes, bool CheckDigests = true,
                             bool SkipSources = false) {
  Expected<CacheHeader> H =
      readCacheHeader(buffer(Bytes), options(CheckDigests, SkipSources));
  return H ? std::string() : toString(H.takeError());
}

static std::string writeError(const CacheHeader &H, uint64_t Reserve = 0) {
  Expected<std::string> Bytes = writeCacheHeader(H, Reserve);
  return Bytes ? std::string() : toString(Bytes.takeError());
}

static void expectContains(const std::string &Text, StringRef Part) {
  EXPECT_TRUE(StringRef(Text).contains(Part))
      << "'" << Text << "' does not contain '" << Part.str() << "'";
}

static CacheHeader readOK(StringRef Bytes, bool CheckDigests = true,
                          bool SkipSources = false) {
  Expected<CacheHeader> H =
      readCacheHeader(buffer(Bytes), options(CheckDigests, SkipSources));
  if (H)
    return std::move(*H);
  ADD_FAILURE() << toString(H.takeError());
  return CacheHeader();
}

static std::string writeOK(const CacheHeader &H, uint64_t Reserve = 0) {
  Expected<std::string> Bytes = writeCacheHeader(H, Reserve);
  if (Bytes)
    return std::move(*Bytes);
  ADD_FAILURE() << toString(Bytes.takeError());
  return std::string();
}

/// Puts bytes together from text as a specification has it: hexadecimal digits
/// in pairs, and strings in quotes.
static std::string bytes(StringRef Text) {
  std::string Result;
  while (!Text.empty()) {
    if (Text.consume_front(" ") || Text.consume_front("\n"))
      continue;
    if (Text.consume_front("'")) {
      auto [Literal, Rest] = Text.split('\'');
      Result += Literal;
      Text = Rest;
      continue;
    }
    uint8_t Byte = 0;
    if (Text.take_front(2).getAsInteger(16, Byte)) {
      ADD_FAILURE() << "not a byte: " << Text.take_front(10).str();
      return Result;
    }
    Result += char(Byte);
    Text = Text.drop_front(2);
  }
  return Result;
}

static std::string zeros(size_t Count) { return std::string(Count, '\0'); }

static void expectSame(const ModuleID &A, const ModuleID &B) {
  EXPECT_EQ(A.Name, B.Name);
  EXPECT_EQ(A.UUID, B.UUID);
  EXPECT_EQ(A.BuildID, B.BuildID);
}

static void expectSame(const Dependency &A, const Dependency &B) {
  EXPECT_EQ(A.IsRequire, B.IsRequire);
  EXPECT_EQ(A.Path, B.Path);
  EXPECT_EQ(A.UUID, B.UUID);
  EXPECT_EQ(A.Size, B.Size);
  EXPECT_EQ(A.CRC, B.CRC);
  // By their bits: not every number is equal to itself.
  EXPECT_EQ(llvm::bit_cast<uint64_t>(A.ModificationTime),
            llvm::bit_cast<uint64_t>(B.ModificationTime));
  EXPECT_EQ(A.ModuleIndex, B.ModuleIndex);
  EXPECT_EQ(A.Submodules, B.Submodules);
}

/// What is stored of a target; the names of Julia's are looked up.
static void expectSame(const CPUTarget &A, const CPUTarget &B, bool IsNamed) {
  EXPECT_EQ(A.Name, B.Name);
  EXPECT_EQ(A.Flags, B.Flags);
  EXPECT_EQ(A.Base, B.Base);
  EXPECT_EQ(A.EnabledWords, B.EnabledWords);
  EXPECT_EQ(A.DisabledWords, B.DisabledWords);
  EXPECT_EQ(A.ExtFeatures, B.ExtFeatures);
  if (IsNamed) {
    EXPECT_EQ(A.Enabled, B.Enabled);
    EXPECT_EQ(A.Disabled, B.Disabled);
    EXPECT_EQ(A.Used, B.Used);
  }
}

template <typename T>
static void expectSameLists(const std::vector<T> &A, const std::vector<T> &B) {
  ASSERT_EQ(A.size(), B.size());
  for (size_t I = 0; I < A.size(); ++I)
    expectSame(A[I], B[I]);
}

/// Compares all that the model holds, but for what is computed.
static void expectSame(const CacheHeader &A, const CacheHeader &B) {
  EXPECT_EQ(A.Format, B.Format);
  EXPECT_EQ(A.Major, B.Major);
  EXPECT_EQ(A.Minor, B.Minor);
  EXPECT_EQ(A.PointerSize, B.PointerSize);
  EXPECT_EQ(A.IsLittleEndian, B.IsLittleEndian);
  EXPECT_EQ(A.Build.OS, B.Build.OS);
  EXPECT_EQ(A.Build.Arch, B.Build.Arch);
  EXPECT_EQ(A.Build.Version, B.Build.Version);
  EXPECT_EQ(A.Build.Branch, B.Build.Branch);
  EXPECT_EQ(A.Build.Commit, B.Build.Commit);
  EXPECT_EQ(A.Flags.pack(), B.Flags.pack());
  EXPECT_EQ(A.SyntaxVersion, B.SyntaxVersion);
  expectSameLists(A.Modules, B.Modules);
  expectSameLists(A.Dependencies, B.Dependencies);
  EXPECT_EQ(A.Prefs.Keys, B.Prefs.Keys);
  EXPECT_EQ(A.Prefs.Hash, B.Prefs.Hash);
  EXPECT_EQ(A.Prefs.TOML, B.Prefs.TOML);
  expectSameLists(A.RequiredModules, B.RequiredModules);
  EXPECT_EQ(A.Targets.Layout, B.Targets.Layout);
  ASSERT_EQ(A.Targets.Targets.size(), B.Targets.Targets.size());
  for (size_t I = 0; I < A.Targets.Targets.size(); ++I)
    expectSame(A.Targets.Targets[I], B.Targets.Targets[I],
               A.Targets.Layout == TargetDataLayout::Named);
  ASSERT_EQ(A.Sources.size(), B.Sources.size());
  for (size_t I = 0; I < A.Sources.size(); ++I) {
    EXPECT_EQ(A.Sources[I].Path, B.Sources[I].Path);
    EXPECT_EQ(A.Sources[I].Text, B.Sources[I].Text);
  }
  EXPECT_EQ(A.IsImageData, B.IsImageData);
  EXPECT_EQ(A.Data, B.Data);
  EXPECT_EQ(A.ImageCRC, B.ImageCRC);
  EXPECT_EQ(A.Triple, B.Triple);
  EXPECT_EQ(A.PackageVersion, B.PackageVersion);
  EXPECT_EQ(A.Producer, B.Producer);
  ASSERT_EQ(A.Content.has_value(), B.Content.has_value());
  if (A.Content) {
    EXPECT_EQ(A.Content->Root, B.Content->Root);
    EXPECT_EQ(A.Content->Length, B.Content->Length);
    EXPECT_EQ(A.Content->Chunks, B.Content->Chunks);
  }
  ASSERT_EQ(A.Functions.size(), B.Functions.size());
  for (size_t I = 0; I < A.Functions.size(); ++I) {
    EXPECT_EQ(A.Functions[I].Name, B.Functions[I].Name);
    EXPECT_EQ(A.Functions[I].Signature, B.Functions[I].Signature);
    EXPECT_EQ(A.Functions[I].Index, B.Functions[I].Index);
  }
  ASSERT_EQ(A.UnknownSections.size(), B.UnknownSections.size());
  for (size_t I = 0; I < A.UnknownSections.size(); ++I) {
    EXPECT_EQ(A.UnknownSections[I].ID, B.UnknownSections[I].ID);
    EXPECT_EQ(A.UnknownSections[I].Content, B.UnknownSections[I].Content);
  }
}

//===----------------------------------------------------------------------===//
// Random headers
//===----------------------------------------------------------------------===//

namespace {
class RandomHeader {
public:
  explicit RandomHeader(uint64_t Seed) : Random(Seed) {}

  /// Of Julia 1.\p Minor, with native code or with data inside.
  CacheHeader julia(unsigned Minor, bool IsLittleEndian, unsigned PointerSize,
                    bool HasCode);
  CacheHeader juliaData(unsigned Minor, bool IsLittleEndian,
                        unsigned PointerSize);
  CacheHeader pkgimg();

  /// A number below \p End.
  uint64_t below(uint64_t End) { return Random() % End; }
  bool flip() { return below(2); }

private:
  std::string name();
  std::string text();
  UInt128 id() { return {Random(), Random()}; }
  ModuleID module(bool HasHigh);
  std::vector<Dependency> dependencies(size_t NumModules, bool HasSizes);
  CPUTargets targets(TargetDataLayout Layout);
  std::vector<std::string> features();
  std::vector<NamedFunction> functions();
  void sources(CacheHeader &H);
  void build(CacheHeader &H, StringRef Version);
  /// Returns a reference to \p Text that lives as long as this.
  StringRef keep(std::string Text) {
    Kept.push_back(std::make_unique<std::string>(std::move(Text)));
    return *Kept.back();
  }

  std::mt19937_64 Random;
  std::vector<std::unique_ptr<std::string>> Kept;
};
} // namespace

/// Not empty, and any bytes but NUL.
std::string RandomHeader::name() {
  std::string Name;
  do
    Name += char(1 + below(255));
  while (below(8));
  return Name;
}

std::string RandomHeader::text() {
  std::string Text(below(40), '\0');
  for (char &C : Text)
    C = char(Random());
  return Text;
}

ModuleID RandomHeader::module(bool HasHigh) {
  ModuleID M;
  M.Name = name();
  M.UUID = id();
  M.BuildID = id();
  if (!HasHigh)
    M.BuildID.Hi = 0;
  return M;
}

std::vector<Dependency> RandomHeader::dependencies(size_t NumModules,
                                                   bool HasSizes) {
  std::vector<Dependency> List(below(4));
  for (Dependency &D : List) {
    D.IsRequire = flip();
    D.Path = name();
    if (D.IsRequire)
      D.UUID = id();
    if (HasSizes) {
      D.Size = Random();
      D.CRC = uint32_t(Random());
    }
    D.ModificationTime = llvm::bit_cast<double>(uint64_t(Random()));
    D.ModuleIndex = uint32_t(below(NumModules + 1));
    if (D.ModuleIndex)
      for (uint64_t I = below(4); I; --I)
        D.Submodules.push_back(name());
  }
  return List;
}

std::vector<std::string> RandomHeader::features() {
  std::vector<std::string> Names;
  for (StringRef Name : {"avx", "avx2", "cx16", "fma", "sse4.1"})
    if (flip())
      Names.push_back(Name.str());
  return Names;
}

std::vector<NamedFunction> RandomHeader::functions() {
  std::set<std::string> Names;
  for (uint64_t N = below(5); N; --N)
    Names.insert(name());
  std::vector<NamedFunction> List;
  for (const std::string &Name : Names)
    List.push_back({Name, flip() ? "?" : name(), uint32_t(Random())});
  return List;
}

CPUTargets RandomHeader::targets(TargetDataLayout Layout) {
  CPUTargets T;
  T.Layout = Layout;
  T.Targets.resize(1 + below(3));
  for (size_t I = 0; I < T.Targets.size(); ++I) {
    CPUTarget &Target = T.Targets[I];
    Target.Name = flip() ? "haswell" : "generic";
    if (Layout == TargetDataLayout::Julia32) {
      Target.Flags = flip() ? CPUTarget::VecCall : CPUTarget::UnknownName;
    } else {
      Target.Flags = flip() ? CPUTarget::CloneAll : CPUTarget::MinSize;
      if (I)
        Target.Base = 0;
    }
    if (Layout == TargetDataLayout::Named) {
      Target.Enabled = features();
      if (flip()) {
        Target.Flags |= CPUTarget::HasUsed;
        Target.Used = Target.Enabled;
      }
      continue;
    }
    for (uint64_t N = 1 + below(12); N; --N)
      for (auto *Words : {&Target.EnabledWords, &Target.DisabledWords})
        Words->push_back(Layout == TargetDataLayout::Julia32
                             ? uint32_t(Random())
                             : Random());
    if (flip())
      Target.ExtFeatures = "+foo,-bar";
  }
  return T;
}

void RandomHeader::sources(CacheHeader &H) {
  H.Sources.resize(below(4));
  for (SourceText &S : H.Sources) {
    S.Path = name();
    S.Text = keep(text());
  }
}

void RandomHeader::build(CacheHeader &H, StringRef Version) {
  H.Build.OS = flip() ? "Linux" : "Darwin";
  const char *Archs[] = {"x86_64", "aarch64", "i686", "ppc64le", "unheard-of"};
  H.Build.Arch = Archs[below(5)];
  H.Build.Version = Version;
  H.Build.Branch = flip() ? name() : "";
  H.Build.Commit = flip() ? name() : "";
  H.Flags = CacheFlags::unpack(uint8_t(Random()));
}

CacheHeader RandomHeader::julia(unsigned Minor, bool IsLittleEndian,
                                unsigned PointerSize, bool HasCode) {
  CacheHeader H;
  H.Format = HeaderFormat::Julia;
  H.Major = Minor >= 14 ? 13 : 12;
  H.IsLittleEndian = IsLittleEndian;
  H.PointerSize = uint8_t(PointerSize);
  const char *Suffixes[] = {".0", ".7", ".0-rc1", ".0-DEV.1+x"};
  build(H, ("1." + Twine(Minor) + Suffixes[below(4)]).str());
  if (Minor >= 14)
    H.SyntaxVersion = uint8_t(Random());
  for (uint64_t N = below(3); N; --N)
    H.Modules.push_back(module(/*HasHigh=*/false));
  for (uint64_t N = below(4); N; --N)
    H.RequiredModules.push_back(module(/*HasHigh=*/true));
  H.Dependencies = dependencies(H.Modules.size(), /*HasSizes=*/Minor >= 11);
  if (Minor >= 14) {
    H.Prefs.TOML = text();
  } else {
    for (uint64_t N = below(3); N; --N)
      H.Prefs.Keys.push_back(name() + text());
    H.Prefs.Hash = Random();
  }
  sources(H);
  H.Targets.Layout =
      Minor >= 14 ? TargetDataLayout::Julia64 : TargetDataLayout::Julia32;
  if (HasCode) {
    H.Targets = targets(H.Targets.Layout);
    H.DataChecksum = uint64_t(0xfafbfcfd) << 32 | uint32_t(Random());
    H.ImageCRC = uint32_t(Random());
  } else {
    H.Data = keep(text());
  }
  return H;
}

CacheHeader RandomHeader::juliaData(unsigned Minor, bool IsLittleEndian,
                                    unsigned PointerSize) {
  CacheHeader H = julia(Minor, IsLittleEndian, PointerSize, /*HasCode=*/false);
  H.IsImageData = true;
  H.Modules.clear();
  H.Dependencies.clear();
  H.Prefs = Preferences();
  H.Sources.clear();
  return H;
}

CacheHeader RandomHeader::pkgimg() {
  CacheHeader H;
  H.Major = HeaderMajor;
  H.Minor = HeaderMinor;
  H.IsLittleEndian = flip();
  H.PointerSize = flip() ? 4 : 8;
  build(H, flip() ? name() : "");
  H.SyntaxVersion = uint8_t(Random());
  for (uint64_t N = below(3); N; --N)
    H.Modules.push_back(module(/*HasHigh=*/true));
  for (uint64_t N = below(4); N; --N)
    H.RequiredModules.push_back(module(/*HasHigh=*/true));
  H.Dependencies = dependencies(H.Modules.size(), /*HasSizes=*/true);
  H.Prefs.TOML = text();
  sources(H);
  if (flip())
    H.Targets = targets(TargetDataLayout::Named);
  H.Triple = flip() ? name() : "";
  H.PackageVersion = flip() ? name() : "";
  H.Producer = flip() ? name() : "";
  if (flip()) {
    H.Content.emplace();
    for (uint8_t &Byte : H.Content->Root)
      Byte = uint8_t(Random());
    H.Content->Length = below(5 * DigestChunkSize);
    if (flip())
      H.Content->Chunks.resize(divideCeil(H.Content->Length, DigestChunkSize));
    for (Digest256 &D : H.Content->Chunks)
      for (uint8_t &Byte : D)
        Byte = uint8_t(Random());
  }
  H.Functions = functions();
  for (uint64_t N = below(3); N; --N)
    H.UnknownSections.push_back(
        {uint32_t(1000 * N + below(1000)), keep(text())});
  return H;
}

/// Calls \p Test for every release, byte order, size of a pointer, with native
/// code and without.
static void forEachJulia(
    function_ref<void(RandomHeader &, unsigned, bool, unsigned, bool)> Test) {
  uint64_t Seed = 0;
  for (unsigned Minor = 9; Minor <= 14; ++Minor)
    for (bool IsLittleEndian : {true, false})
      for (unsigned PointerSize : {4, 8})
        for (bool HasCode : {true, false}) {
          RandomHeader Random(++Seed);
          Test(Random, Minor, IsLittleEndian, PointerSize, HasCode);
        }
}

//===----------------------------------------------------------------------===//
// Julia's layout, by hand
//===----------------------------------------------------------------------===//

/// Julia 1.9, x86-64, with native code.
static const std::string &golden1_9() {
  static const std::string Bytes = bytes(
      // jl_hdr: magic, format 12, byte order mark, 8 byte pointers, strings
      "FB 6A 6C 69 0D 0A 1A 0A 0C 00 FF FE 08 'Linux' 00 'x86_64' 00 "
      "'1.9.4' 00 'main' 00 'abc123' 00 "
      // pkgimage, checksum, no data
      "00 78 56 34 12 FD FC FB FA 00 00 00 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 "
      // flags: O2, inline, bounds auto, g1, pkgimages
      "A3 "
      // worklist: one module, uuid hi, lo, build id lo; end
      "07 00 00 00 'Example' B4 54 0D 99 07 AF 76 78 9A F7 20 06 69 23 0E AB "
      "88 77 66 55 44 33 22 11 00 00 00 00 "
      // 100 bytes of this number, dependencies and preferences
      "64 00 00 00 00 00 00 00 "
      // a file: path, time 1.5, module 1, submodule, end
      "05 00 00 00 '/a.jl' 00 00 00 00 00 00 F8 3F 01 00 00 00 "
      "03 00 00 00 'Sub' 00 00 00 00 "
      // a package: NUL, uuid (low half first), name; time -1, no module; end
      "15 00 00 00 00 02 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 'Test' "
      "00 00 00 00 00 00 F0 BF 00 00 00 00 00 00 00 00 "
      // preferences: one name, end, hash
      "03 00 00 00 'key' 00 00 00 00 FE CA 00 00 00 00 00 00 "
      // source text at 0x12c
      "2C 01 00 00 00 00 00 00 "
      // required: Core, uuid, build id hi, lo; end
      "04 00 00 00 'Core' 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
      "01 00 00 00 FA FB FC FD 05 00 00 00 00 00 00 00 00 00 00 00 "
      // 35 bytes of targets: one; flags, one word; enabled, disabled; name, ext
      "23 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 05 00 00 00 0A 00 00 00 "
      "07 00 00 00 'generic' 00 00 00 00 "
      // one source, end
      "05 00 00 00 '/a.jl' 0A 00 00 00 00 00 00 00 'module A;' 0A 00 00 00 00 "
      // checksums of the library and of all before
      "EF BE AD DE D3 36 04 68");
  return Bytes;
}

/// Julia 1.12, 32-bit Windows, without native code.
static const std::string &golden1_12() {
  static const std::string Bytes = bytes(
      "FB 6A 6C 69 0D 0A 1A 0A 0C 00 FF FE 04 'NT' 00 'i686' 00 "
      "'1.12.0-rc1' 00 00 00 "
      // pkgimage, checksum, data from 0xc0 to 0xc5
      "00 93 5D FF F3 FD FC FB FA C0 00 00 00 00 00 00 00 "
      "C5 00 00 00 00 00 00 00 "
      // flags: O0, inline, g1
      "22 "
      "01 00 00 00 'P' 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 "
      "03 00 00 00 00 00 00 00 00 00 00 00 "
      "3E 00 00 00 00 00 00 00 "
      // a file: path, size 11, checksum, time -1, no module; end
      "0A 00 00 00 '@depot/x.j' 0B 00 00 00 00 00 00 00 0C 0D 0E 0F "
      "00 00 00 00 00 00 F0 BF 00 00 00 00 00 00 00 00 "
      // no preferences
      "00 00 00 00 00 00 00 00 00 00 00 00 "
      // source text at 0xc5
      "C5 00 00 00 00 00 00 00 "
      // no required module, no target, padding to 64, data
      "00 00 00 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 'DATA!' "
      // no source, no library
      "00 00 00 00 00 00 00 00 75 51 57 90");
  return Bytes;
}

/// Julia 1.14, big endian, with native code.
static const std::string &golden1_14() {
  static const std::string Bytes = bytes(
      "FB 6A 6C 69 0D 0A 1A 0A 00 0D FE FF 08 'Linux' 00 'ppc64' 00 "
      "'1.14.0' 00 'b' 00 'c' 00 "
      "00 FA FB FC FD 00 00 00 09 00 00 00 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 "
      // flags: O1, inline, bounds auto, g3, pkgimages; syntax version 1
      "67 01 "
      "00 00 00 01 'Q' 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02 "
      "00 00 00 00 00 00 00 03 00 00 00 00 "
      "00 00 00 00 00 00 00 48 "
      // a package: NUL, uuid (high half first), name; size, checksum, time,
      // module 1 without submodules; end
      "00 00 00 12 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02 'R' "
      "00 00 00 00 00 00 00 00 00 00 00 00 BF F0 00 00 00 00 00 00 "
      "00 00 00 01 00 00 00 00 00 00 00 00 "
      // preferences: text
      "00 00 00 06 '[a]' 0A '#' 0A "
      // source text at 0x10d
      "00 00 00 00 00 00 01 0D "
      "00 00 00 04 'Base' 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 08 "
      "00 00 00 00 00 00 00 09 00 00 00 00 00 00 00 0A 00 00 00 00 "
      // 45 bytes of targets: one; flags, no base, one word of 64 bits
      "00 00 00 2D 00 00 00 01 00 00 00 02 FF FF FF FF 00 00 00 01 "
      "00 00 00 00 00 00 00 05 00 00 00 00 00 00 00 0A "
      "00 00 00 03 'ppc' 00 00 00 02 '+x' "
      "00 00 00 00 00 00 00 2A 61 ED 5B 4C");
  return Bytes;
}

TEST(JuliaHeader, Golden1_9) {
  std::string Bytes = golden1_9();
  CacheHeader H = readOK(Bytes);
  EXPECT_EQ(H.Format, HeaderFormat::Julia);
  EXPECT_EQ(H.Major, 12);
  EXPECT_TRUE(H.IsLittleEndian);
  EXPECT_EQ(H.PointerSize, 8);
  EXPECT_EQ(H.Build.OS, "Linux");
  EXPECT_EQ(H.Build.Arch, "x86_64");
  EXPECT_EQ(H.Build.Version, "1.9.4");
  EXPECT_EQ(H.Build.Branch, "main");
  EXPECT_EQ(H.Build.Commit, "abc123");
  EXPECT_FALSE(H.IsImageData);
  EXPECT_EQ(H.DataChecksum, 0xfafbfcfd12345678u);
  EXPECT_EQ(H.DataStart, 0u);
  EXPECT_EQ(H.DataEnd, 0u);
  EXPECT_EQ(H.Flags.pack(), 0xa3);
  EXPECT_EQ(H.SyntaxVersion, 0);
  ASSERT_EQ(H.Modules.size(), 1u);
  EXPECT_EQ(H.Modules[0].Name, "Example");
  EXPECT_EQ(formatUUID(H.Modules[0].UUID),
            "7876af07-990d-54b4-ab0e-23690620f79a");
  EXPECT_EQ(H.Modules[0].BuildID, (UInt128{0, 0x1122334455667788}));
  ASSERT_EQ(H.Dependencies.size(), 2u);
  EXPECT_FALSE(H.Dependencies[0].IsRequire);
  EXPECT_EQ(H.Dependencies[0].Path, "/a.jl");
  EXPECT_EQ(H.Dependencies[0].ModificationTime, 1.5);
  EXPECT_EQ(H.Dependencies[0].ModuleIndex, 1u);
  EXPECT_EQ(H.Dependencies[0].Submodules, std::vector<std::string>{"Sub"});
  EXPECT_TRUE(H.Dependencies[1].IsRequire);
  EXPECT_EQ(H.Dependencies[1].Path, "Test");
  EXPECT_EQ(H.Dependencies[1].UUID, (UInt128{1, 2}));
  EXPECT_EQ(H.Dependencies[1].ModificationTime, -1.0);
  EXPECT_EQ(H.Dependencies[1].ModuleIndex, 0u);
  EXPECT_EQ(H.Prefs.Keys, std::vector<std::string>{"key"});
  EXPECT_EQ(H.Prefs.Hash, 0xcafeu);
  ASSERT_EQ(H.RequiredModules.size(), 1u);
  EXPECT_EQ(H.RequiredModules[0].Name, "Core");
  EXPECT_TRUE(H.RequiredModules[0].UUID.isZero());
  EXPECT_EQ(H.RequiredModules[0].BuildID, (UInt128{0xfdfcfbfa00000001, 5}));
  EXPECT_EQ(H.Targets.Layout, TargetDataLayout::Julia32);
  ASSERT_EQ(H.Targets.Targets.size(), 1u);
  EXPECT_EQ(H.Targets.Targets[0].Name, "generic");
  EXPECT_EQ(H.Targets.Targets[0].Flags, 1u);
  EXPECT_EQ(H.Targets.Targets[0].EnabledWords, std::vector<uint64_t>{5});
  EXPECT_EQ(H.Targets.Targets[0].DisabledWords, std::vector<uint64_t>{10});
  EXPECT_FALSE(H.Targets.Targets[0].Enabled.empty());
  ASSERT_EQ(H.Sources.size(), 1u);
  EXPECT_EQ(H.Sources[0].Path, "/a.jl");
  EXPECT_EQ(H.Sources[0].Text, "module A;\n");
  EXPECT_EQ(H.ImageCRC, 0xdeadbeefu);
  EXPECT_EQ(H.HeaderCRC, 0x680436d3u);
  EXPECT_EQ(getFlagRules(H), FlagRules::Julia1_9);
  EXPECT_EQ(writeOK(H), Bytes);
}

TEST(JuliaHeader, Golden1_12) {
  std::string Bytes = golden1_12();
  CacheHeader H = readOK(Bytes);
  EXPECT_EQ(H.Major, 12);
  EXPECT_EQ(H.PointerSize, 4);
  EXPECT_EQ(H.Build.OS, "NT");
  EXPECT_EQ(H.Build.Branch, "");
  EXPECT_EQ(H.DataStart, 0xc0u);
  EXPECT_EQ(H.DataEnd, 0xc5u);
  EXPECT_EQ(H.Data, "DATA!");
  EXPECT_EQ(H.Flags.pack(), 0x22);
  ASSERT_EQ(H.Dependencies.size(), 1u);
  EXPECT_EQ(H.Dependencies[0].Path, "@depot/x.j");
  EXPECT_EQ(H.Dependencies[0].Size, 11u);
  EXPECT_EQ(H.Dependencies[0].CRC, 0x0f0e0d0cu);
  EXPECT_EQ(H.Dependencies[0].ModificationTime, -1.0);
  EXPECT_TRUE(H.Prefs.Keys.empty());
  EXPECT_TRUE(H.Targets.Targets.empty());
  EXPECT_TRUE(H.Sources.empty());
  EXPECT_EQ(H.ImageCRC, 0u);
  EXPECT_EQ(getFlagRules(H), FlagRules::Julia1_12);
  EXPECT_EQ(writeOK(H), Bytes);
}

TEST(JuliaHeader, Golden1_14) {
  std::string Bytes = golden1_14();
  CacheHeader H = readOK(Bytes);
  EXPECT_EQ(H.Major, 13);
  EXPECT_FALSE(H.IsLittleEndian);
  EXPECT_EQ(H.DataChecksum, 0xfafbfcfd00000009u);
  EXPECT_EQ(H.Flags.pack(), 0x67);
  EXPECT_EQ(H.SyntaxVersion, 1);
  ASSERT_EQ(H.Modules.size(), 1u);
  EXPECT_EQ(H.Modules[0].UUID, (UInt128{1, 2}));
  EXPECT_EQ(H.Modules[0].BuildID, (UInt128{0, 3}));
  ASSERT_EQ(H.Dependencies.size(), 1u);
  EXPECT_TRUE(H.Dependencies[0].IsRequire);
  EXPECT_EQ(H.Dependencies[0].Path, "R");
  EXPECT_EQ(H.Dependencies[0].UUID, (UInt128{1, 2}));
  EXPECT_EQ(H.Dependencies[0].ModuleIndex, 1u);
  EXPECT_TRUE(H.Dependencies[0].Submodules.empty());
  EXPECT_EQ(H.Prefs.TOML, "[a]\n#\n");
  ASSERT_EQ(H.RequiredModules.size(), 1u);
  EXPECT_EQ(H.RequiredModules[0].UUID, (UInt128{7, 8}));
  EXPECT_EQ(H.RequiredModules[0].BuildID, (UInt128{9, 10}));
  EXPECT_EQ(H.Targets.Layout, TargetDataLayout::Julia64);
  ASSERT_EQ(H.Targets.Targets.size(), 1u);
  EXPECT_EQ(H.Targets.Targets[0].Name, "ppc");
  EXPECT_EQ(H.Targets.Targets[0].Base, CPUTarget::NoBase);
  EXPECT_EQ(H.Targets.Targets[0].ExtFeatures, "+x");
  EXPECT_EQ(H.ImageCRC, 0x2au);
  EXPECT_EQ(writeOK(H), Bytes);
}

TEST(JuliaHeader, GoldenImageData) {
  // 1.10: jl_hdr with pkgimage = 1, data from 0x80 on, flags, one module; then
  // padding and data that are not looked at.
  std::string Bytes =
      bytes("FB 6A 6C 69 0D 0A 1A 0A 0C 00 FF FE 08 'Linux' 00 'aarch64' 00 "
            "'1.10.5' 00 00 00 01 01 00 00 00 FD FC FB FA "
            "80 00 00 00 00 00 00 00 90 00 00 00 00 00 00 00 A3 "
            "04 00 00 00 'Core' 01 00 00 00 00 00 00 00 "
            "02 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 "
            "04 00 00 00 00 00 00 00 00 00 00 00");
  uint64_t Size = 0;
  Expected<CacheHeader> H =
      readJuliaDataHeader(buffer(Bytes + zeros(100)), &Size);
  ASSERT_TRUE(bool(H)) << toString(H.takeError());
  EXPECT_EQ(Size, Bytes.size());
  EXPECT_TRUE(H->IsImageData);
  EXPECT_EQ(H->Build.Version, "1.10.5");
  EXPECT_EQ(H->DataChecksum, 0xfafbfcfd00000001u);
  EXPECT_EQ(H->DataStart, 0x80u);
  EXPECT_EQ(H->DataEnd, 0x90u);
  EXPECT_EQ(H->Flags.pack(), 0xa3);
  ASSERT_EQ(H->RequiredModules.size(), 1u);
  EXPECT_EQ(H->RequiredModules[0].Name, "Core");
  EXPECT_EQ(H->RequiredModules[0].UUID, (UInt128{1, 2}));
  EXPECT_EQ(H->RequiredModules[0].BuildID, (UInt128{3, 4}));
  Expected<std::string> Written = writeJuliaDataHeader(*H);
  ASSERT_TRUE(bool(Written)) << toString(Written.takeError());
  EXPECT_EQ(*Written, Bytes);

  // The two kinds are not taken for one another.
  expectContains(readError(Bytes), "expected 0, the header of a cache file");
  Expected<CacheHeader> File = readJuliaDataHeader(buffer(golden1_9()));
  ASSERT_FALSE(bool(File));
  expectContains(toString(File.takeError()),
                 "expected 1, the header of an image's data");
}

//===----------------------------------------------------------------------===//
// Julia's layout, both directions
//===----------------------------------------------------------------------===//

TEST(JuliaHeader, RoundTrip) {
  forEachJulia([](RandomHeader &Random, unsigned Minor, bool IsLittleEndian,
                  unsigned PointerSize, bool HasCode) {
    for (unsigned I = 0; I < 40; ++I) {
      CacheHeader H = Random.julia(Minor, IsLittleEndian, PointerSize, HasCode);
      std::string Bytes = writeOK(H);
      CacheHeader Read = readOK(Bytes);
      expectSame(H, Read);
      if (HasCode)
        EXPECT_EQ(Read.DataChecksum, H.DataChecksum);
      else
        EXPECT_EQ(Read.DataChecksum,
                  uint64_t(0xfafbfcfd) << 32 | crc32c(H.Data));
      EXPECT_EQ(writeOK(Read), Bytes);
      if (testing::Test::HasFailure())
        return;

      CacheHeader Skipped = readOK(Bytes, true, /*SkipSources=*/true);
      EXPECT_TRUE(Skipped.Sources.empty());
      EXPECT_EQ(Skipped.ImageCRC, Read.ImageCRC);
      EXPECT_EQ(Skipped.HeaderCRC, Read.HeaderCRC);
      Skipped.Sources = Read.Sources;
      expectSame(Read, Skipped);
    }
  });
}

TEST(JuliaHeader, ImageDataRoundTrip) {
  forEachJulia([](RandomHeader &Random, unsigned Minor, bool IsLittleEndian,
                  unsigned PointerSize, bool) {
    for (unsigned I = 0; I < 20; ++I) {
      CacheHeader H = Random.juliaData(Minor, IsLittleEndian, PointerSize);
      Expected<std::string> Bytes = writeJuliaDataHeader(H);
      ASSERT_TRUE(bool(Bytes)) << toString(Bytes.takeError());
      uint64_t Size = 0;
      Expected<CacheHeader> Read = readJuliaDataHeader(buffer(*Bytes), &Size);
      ASSERT_TRUE(bool(Read)) << toString(Read.takeError());
      EXPECT_EQ(Size, Bytes->size());
      EXPECT_EQ(Read->DataEnd - Read->DataStart, H.Data.size());
      EXPECT_EQ(uint32_t(Read->DataChecksum), crc32c(H.Data));
      Expected<std::string> Again = writeJuliaDataHeader(*Read);
      ASSERT_TRUE(bool(Again)) << toString(Again.takeError());
      EXPECT_EQ(*Again, *Bytes);
      H.Data = StringRef();
      expectSame(H, *Read);

      for (size_t End = 0; End < Bytes->size(); ++End) {
        Expected<CacheHeader> Short =
            readJuliaDataHeader(buffer(StringRef(*Bytes).take_front(End)));
        ASSERT_FALSE(bool(Short)) << End;
        consumeError(Short.takeError());
      }
    }
  });
}

TEST(JuliaHeader, DataAlignment) {
  // The size of a cache line of the machine that wrote: 128 of Apple's and
  // POWER processors since 1.11.
  struct {
    const char *OS, *Arch, *Version;
    uint64_t Alignment;
  } Cases[] = {
      {"Linux", "x86_64", "1.12.0", 64},   {"Darwin", "aarch64", "1.12.0", 128},
      {"Darwin", "arm64", "1.11.0", 128},  {"Darwin", "aarch64", "1.10.0", 64},
      {"Darwin", "x86_64", "1.12.0", 64},  {"Linux", "aarch64", "1.12.0", 64},
      {"Linux", "ppc64le", "1.13.0", 128}, {"Linux", "ppc64le", "1.9.0", 64}};
  for (const auto &Case : Cases) {
    bool Differs = false;
    for (unsigned Length = 1; Length < 130; ++Length) {
      CacheHeader H;
      H.Format = HeaderFormat::Julia;
      H.Build.OS = Case.OS;
      H.Build.Arch = Case.Arch;
      H.Build.Version = Case.Version;
      H.Build.Branch = std::string(Length, 'b');
      H.Data = "data";
      std::string Written = writeOK(H);
      CacheHeader Read = readOK(Written);
      EXPECT_EQ(Read.DataStart % Case.Alignment, 0u) << Case.Arch;
      Differs |= Read.DataStart % 128 != 0;
      // A place that another machine chose is kept.
      Read.Build.OS = Read.Build.OS == "Linux" ? "linux" : "darwin";
      std::string Bytes = writeOK(Read);
      EXPECT_EQ(readOK(Bytes).DataStart, Read.DataStart);
    }
    EXPECT_EQ(Differs, Case.Alignment == 64) << Case.Arch;
  }
}

//===----------------------------------------------------------------------===//
// Damage to Julia's
//===----------------------------------------------------------------------===//

TEST(JuliaHeader, Truncation) {
  for (const std::string &Bytes : {golden1_9(), golden1_12(), golden1_14()})
    for (size_t End = 0; End < Bytes.size(); ++End)
      for (bool CheckDigests : {true, false}) {
        // A copy, for the sanitizer to see what is read behind it.
        std::string Part = Bytes.substr(0, End);
        EXPECT_NE(readError(Part, CheckDigests), "") << End;
        (void)readError(Part, CheckDigests, /*SkipSources=*/true);
      }
}

TEST(JuliaHeader, TrailingBytes) {
  for (bool CheckDigests : {true, false})
    expectContains(
        readError(golden1_9() + "x", CheckDigests),
        "the end of the file at offset 0x153 is followed by 1 bytes");
}

TEST(JuliaHeader, EveryBitIsCovered) {
  for (std::string Bytes : {golden1_9(), golden1_12(), golden1_14()})
    for (size_t Bit = 0; Bit < 8 * Bytes.size(); ++Bit) {
      Bytes[Bit / 8] ^= char(1 << Bit % 8);
      EXPECT_NE(readError(Bytes), "") << Bit;
      Bytes[Bit / 8] ^= char(1 << Bit % 8);
    }
}

TEST(JuliaHeader, WhatIsReadCanBeWritten) {
  // Without checksums, many changes give another valid header. All of it must
  // have been read, so it is written as it was, but for the checksums.
  std::mt19937_64 Random(4);
  unsigned NumValid = 0;
  forEachJulia([&](RandomHeader &Headers, unsigned Minor, bool IsLittleEndian,
                   unsigned PointerSize, bool) {
    for (unsigned I = 0; I < 200; ++I) {
      std::string Bytes = writeOK(
          Headers.julia(Minor, IsLittleEndian, PointerSize, /*HasCode=*/false));
      for (uint64_t N = 1 + Random() % 2; N; --N)
        Bytes[Random() % Bytes.size()] =
            Random() % 2 ? char(Random()) : char(Random() % 4);
      Expected<CacheHeader> H = readCacheHeader(buffer(Bytes), options(false));
      if (!H) {
        consumeError(H.takeError());
        continue;
      }
      ++NumValid;
      // The upper half of the checksum is a constant.
      size_t ChecksumAt = Bytes.find(bytes("FD FC FB FA"));
      if (ChecksumAt == std::string::npos || !IsLittleEndian)
        ChecksumAt = Bytes.find(bytes("FA FB FC FD")) + 4;
      else
        ChecksumAt -= 4;
      std::string Written = writeOK(*H);
      ASSERT_EQ(Written.size(), Bytes.size());
      for (auto [At, Size] :
           {std::pair<size_t, size_t>(ChecksumAt, 4), {Bytes.size() - 4, 4}}) {
        Bytes.replace(At, Size, zeros(Size));
        Written.replace(At, Size, zeros(Size));
      }
      ASSERT_EQ(Written, Bytes);
    }
  });
  EXPECT_GT(NumValid, 1000u);
}

/// Changes \p Bytes at \p At to \p New, given as bytes() takes them, and
/// expects the error.
static void expectDamage(std::string Bytes, size_t At, StringRef New,
                         StringRef Message, bool CheckDigests = false) {
  std::string Replacement = bytes(New);
  ASSERT_LE(At + Replacement.size(), Bytes.size());
  Bytes.replace(At, Replacement.size(), Replacement);
  std::string Found = readError(Bytes, CheckDigests);
  EXPECT_EQ(Found, "Foo.ji: " + Message.str());
}

TEST(JuliaHeader, Errors) {
  std::string B = golden1_9();
  constexpr StringLiteral Advice("; the file is damaged: make it again");
  expectDamage(B, 8, "0B",
               "the format version at offset 0x8 is 11, which is "
               "older than this reader knows (12 and 13, of Julia "
               "1.9 to 1.14); make the file again with a newer "
               "Julia");
  expectDamage(B, 8, "10",
               "the format version at offset 0x8 is 16, which is "
               "newer than this reader knows (12 and 13, of Julia "
               "1.9 to 1.14); use a newer pkgimg");
  expectDamage(B, 8, "0D",
               "the format version at offset 0x8 is 13; that of Julia 1.9.4 is "
               "12: make the file again with a released Julia");
  expectDamage(B, 10, "00",
               ("the byte order mark at offset 0xa is 0xfe00; expected 0xfeff "
                "in either order" +
                Advice)
                   .str());
  expectDamage(
      B, 12, "02",
      ("the size of a pointer at offset 0xc is 2; expected 4 or 8" + Advice)
          .str());
  expectDamage(
      B, 26, "'1.8.5'",
      "made by Julia 1.8.5, which is older than this reader knows (1.9 "
      "to 1.14); make it again with a newer Julia (offset 0x1a)");
  expectDamage(
      B, 26, "'2.0.0'",
      "made by Julia 2.0.0, which is newer than this reader knows (1.9 "
      "to 1.14); use a newer pkgimg (offset 0x1a)");
  expectDamage(B, 26, "'dev' 07",
               "the version of Julia is 'dev\\074'; expected one such as "
               "'1.12.3' (offset 0x1a)");
  size_t Kind = 32 + 5 + 7;
  expectDamage(
      B, Kind, "02",
      ("the kind of the header at offset 0x2c is 2; expected 0 or 1" + Advice)
          .str());
  expectDamage(B, Kind + 5, "FC",
               ("the checksum of the data at offset 0x2d is "
                "0xfafbfcfc12345678; expected 0xfafbfcfd in its upper half" +
                Advice)
                   .str());
  expectDamage(B, Kind + 9, "01",
               ("the start of the data at offset 0x35 is 0x1, and their end "
                "0x0; both are 0 in a file with native code" +
                Advice)
                   .str());
  // The name of the module: lengths, and a NUL.
  size_t Name = Kind + 26;
  expectDamage(
      B, Name, "FF FF FF FF",
      ("the name of module 0 at offset 0x46 has the length -1" + Advice).str());
  expectDamage(
      B, Name, "FF FF FF 7F",
      "the name of module 0 at offset 0x4a needs 2147483647 bytes, but "
      "the file ends at 0x153; the file is truncated or damaged: make "
      "it again");
  expectDamage(B, Name + 5, "00",
               ("the name of module 0 at offset 0x46 has a NUL in it: "
                "'E\\00ample'" +
                Advice)
                   .str());
  size_t Total = Name + 4 + 7 + 24 + 4;
  expectDamage(B, Total, "63",
               ("the size of the dependency list at offset 0x6d is 99; it has "
                "100 bytes" +
                Advice)
                   .str());
  size_t File = Total + 8;
  expectDamage(B, File + 4 + 5 + 8, "02",
               ("the module index of dependency 0 at offset 0x86 is 2; there "
                "are 1 modules" +
                Advice)
                   .str());
  expectDamage(B, File + 4 + 5 + 8, "FF FF FF FF",
               ("the module index of dependency 0 at offset 0x86 is -1; there "
                "are 1 modules" +
                Advice)
                   .str());
  expectDamage(B, 209, "2D",
               ("the start of the source text at offset 0xd1 is 0x12d; "
                "expected 0x12c" +
                Advice)
                   .str());
  expectDamage(B, B.size() - 1, "69",
               ("the checksum of the file at offset 0x14f is 0x690436d3; the "
                "file has 0x680436d3" +
                Advice)
                   .str(),
               /*CheckDigests=*/true);
}

TEST(JuliaHeader, DataErrors) {
  std::string B = golden1_12();
  constexpr StringLiteral Advice("; the file is damaged: make it again");
  size_t Checksum = B.find(bytes("93 5D FF F3"));
  std::string Start = "0x" + utohexstr(Checksum + 8, true);
  std::string End = "0x" + utohexstr(Checksum + 16, true);
  expectDamage(
      B, Checksum, "92",
      ("the checksum of the data at offset 0x" + utohexstr(Checksum, true) +
       " is 0xf3ff5d92 in its lower half; the data have 0xf3ff5d93" + Advice)
          .str(),
      /*CheckDigests=*/true);
  expectDamage(B, Checksum + 8, "C1",
               ("the start of the data at offset " + Start +
                " is 0xc1; expected the first multiple of 64 or 128 from 0xab "
                "on" +
                Advice)
                   .str());
  expectDamage(B, Checksum + 16, "BF",
               ("the end of the data at offset " + End +
                " is 0xbf; the data begin at 0xc0, and the file ends at 0xd1" +
                Advice)
                   .str());
  expectDamage(
      B, 0xb0, "01",
      ("the padding before the data at offset 0xab is not zero" + Advice)
          .str());
}

TEST(JuliaHeader, Releases) {
  RandomHeader Random(5);
  for (const char *Version : {"1.8.5", "0.6.4", "1.15.0-DEV.1", "2.0.0"}) {
    CacheHeader H = Random.julia(13, true, 8, true);
    H.Build.Version = Version;
    expectContains(writeError(H), "than this reader knows (1.9 to 1.14)");
  }
  std::string B = golden1_12();
  size_t At = B.find("1.12.0-rc1");
  B.replace(At, 10, "1.15.0-rc1");
  expectContains(readError(B), "made by Julia 1.15.0-rc1, which is newer than "
                               "this reader knows");
}

//===----------------------------------------------------------------------===//
// What Julia's layout cannot hold
//===----------------------------------------------------------------------===//

/// Expects that \p Change makes \p H impossible to write.
static void expectUnwritable(CacheHeader H,
                             const std::function<void(CacheHeader &)> &Change,
                             StringRef Message) {
  EXPECT_EQ(writeError(H), "");
  Change(H);
  EXPECT_EQ(writeError(H), "cannot write the header: " + Message.str());
}

static CacheHeader juliaHeader(StringRef Version) {
  CacheHeader H;
  H.Format = HeaderFormat::Julia;
  H.Build.Version = Version;
  H.Targets.Layout = parseJuliaVersion(Version)->isAtLeast(1, 14)
                         ? TargetDataLayout::Julia64
                         : TargetDataLayout::Julia32;
  H.Modules.push_back({"M", {1, 2}, {0, 3}});
  return H;
}

TEST(JuliaHeader, Unwritable) {
  CacheHeader H = juliaHeader("1.10.0");
  CacheHeader New = juliaHeader("1.14.0");
  expectUnwritable(
      H, [](CacheHeader &H) { H.PointerSize = 2; },
      "the size of a pointer is 2 bytes; expected 4 or 8");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Build.Version = "1.10"; },
      "the version of Julia is '1.10'; expected one such as '1.12.3'");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Build.OS = std::string("a\0b", 3); },
      "Build.OS has a NUL in it: 'a\\00b'");
  expectUnwritable(
      H, [](CacheHeader &H) { H.SyntaxVersion = 1; },
      "the layout of Julia 1.10.0 has no SyntaxVersion");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Prefs.TOML = "#"; },
      "the layout of Julia 1.10.0 has no Prefs.TOML");
  expectUnwritable(
      New, [](CacheHeader &H) { H.Prefs.Keys.push_back("k"); },
      "the layout of Julia 1.14.0 has no Prefs.Keys");
  expectUnwritable(
      New, [](CacheHeader &H) { H.Prefs.Hash = 1; },
      "the layout of Julia 1.14.0 has no Prefs.Hash");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Prefs.Keys.push_back(""); },
      "preference 0 has an empty name");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Modules[0].Name = ""; },
      "the name of module 0 is empty");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Modules[0].BuildID.Hi = 1; },
      "module 0 has the upper half of a build ID, which Julia's layout does "
      "not store");
  expectUnwritable(
      H, [](CacheHeader &H) { H.RequiredModules.emplace_back(); },
      "the name of required module 0 is empty");
  expectUnwritable(
      H,
      [](CacheHeader &H) {
        H.Dependencies.resize(2);
        H.Dependencies[0].Path = "p";
      },
      "the path of dependency 1 is empty");
  auto Change = [](std::function<void(Dependency &)> Edit) {
    return [Edit](CacheHeader &H) {
      H.Dependencies.resize(1);
      H.Dependencies[0].Path = "p";
      Edit(H.Dependencies[0]);
    };
  };
  expectUnwritable(H, Change([](Dependency &D) { D.Path[0] = '\0'; }),
                   "the path of dependency 0 has a NUL in it: '\\00'");
  expectUnwritable(H, Change([](Dependency &D) {
                     D.IsRequire = true;
                     D.Path = "";
                   }),
                   "the name of dependency 0 is empty");
  expectUnwritable(H, Change([](Dependency &D) { D.UUID.Lo = 1; }),
                   "dependency 0 is a file, and has a UUID");
  expectUnwritable(H, Change([](Dependency &D) { D.Size = 1; }),
                   "the layout of Julia 1.10.0 has no Size and CRC, which "
                   "dependency 0 has");
  expectUnwritable(H, Change([](Dependency &D) { D.CRC = 1; }),
                   "the layout of Julia 1.10.0 has no Size and CRC, which "
                   "dependency 0 has");
  expectUnwritable(
      H, Change([](Dependency &D) { D.ModuleIndex = 2; }),
      "the module index of dependency 0 is 2; there are 1 modules");
  expectUnwritable(H, Change([](Dependency &D) { D.Submodules = {"S"}; }),
                   "dependency 0 has submodules, and no module");
  expectUnwritable(H, Change([](Dependency &D) {
                     D.ModuleIndex = 1;
                     D.Submodules = {"S", ""};
                   }),
                   "submodule 1 of dependency 0 is empty");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Sources.emplace_back(); },
      "the path of source 0 is empty");
  expectUnwritable(
      H, [](CacheHeader &H) { H.IsImageData = true; },
      "IsImageData is set; writeJuliaDataHeader() writes it");

  CPUTarget Target;
  Target.Name = "generic";
  Target.EnabledWords = Target.DisabledWords = {0};
  auto AddTarget = [&](CacheHeader &H) {
    H.Targets.Targets.push_back(Target);
    H.DataChecksum = 0xfafbfcfd00000000;
  };
  expectUnwritable(
      H,
      [&](CacheHeader &H) {
        AddTarget(H);
        H.Targets.Layout = TargetDataLayout::Julia64;
      },
      "Targets do not have the layout of Julia 1.10.0");
  expectUnwritable(
      H,
      [&](CacheHeader &H) {
        AddTarget(H);
        H.DataChecksum = 1;
      },
      "DataChecksum is 0x1; expected 0xfafbfcfd in its upper half");
  expectUnwritable(
      H,
      [&](CacheHeader &H) {
        AddTarget(H);
        H.Data = "data";
      },
      "there are Targets, and Data: the data of an image with native code are "
      "in the shared library");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Triple = "t"; },
      "Julia's layout has no Triple");
  expectUnwritable(
      H, [](CacheHeader &H) { H.PackageVersion = "1"; },
      "Julia's layout has no PackageVersion");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Producer = "p"; },
      "Julia's layout has no Producer");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Content.emplace(); },
      "Julia's layout has no Content");
  expectUnwritable(
      H, [](CacheHeader &H) { H.Functions.push_back({"f", "?", 0}); },
      "Julia's layout has no Functions");
  expectUnwritable(
      H, [](CacheHeader &H) { H.UnknownSections.push_back({99, ""}); },
      "Julia's layout has no UnknownSections");
  EXPECT_EQ(writeError(H, 32),
            "cannot write the header: Julia's layout has no room for digests");
}

TEST(JuliaHeader, UnwritableImageData) {
  RandomHeader Random(6);
  auto Expect = [&](const std::function<void(CacheHeader &)> &Change,
                    StringRef Message) {
    CacheHeader H = Random.juliaData(12, true, 8);
    Change(H);
    Expected<std::string> Bytes = writeJuliaDataHeader(H);
    ASSERT_FALSE(bool(Bytes));
    EXPECT_EQ(toString(Bytes.takeError()),
              "cannot write the header: " + Message.str());
  };
  Expect([](CacheHeader &H) { H.IsImageData = false; },
         "Format is not Julia's, or IsImageData is not set");
  Expect([](CacheHeader &H) { H.Format = HeaderFormat::PkgImg; },
         "Format is not Julia's, or IsImageData is not set");
  Expect([](CacheHeader &H) { H.Modules.push_back({"M", {}, {}}); },
         "the header of an image's data has no Modules");
  Expect([](CacheHeader &H) { H.Prefs.Hash = 1; },
         "the header of an image's data has no Prefs");
  Expect([](CacheHeader &H) { H.Sources.push_back({"p", "t"}); },
         "the header of an image's data has no Sources");
  Expect([](CacheHeader &H) { H.ImageCRC = 1; },
         "the header of an image's data has no ImageCRC");
  Expect([](CacheHeader &H) { H.RequiredModules = {{"", {}, {}}}; },
         "the name of required module 0 is empty");
  Expect(
      [](CacheHeader &H) {
        H.Data = "";
        H.DataStart = 64;
        H.DataChecksum = 1;
      },
      "DataChecksum is 0x1; expected 0xfafbfcfd in its upper half");
  CacheHeader H = juliaHeader("1.12.0");
  H.Modules.clear();
  H.IsImageData = true;
  H.DataChecksum = 0xfafbfcfd00000000;
  H.DataStart = 63;
  Expected<std::string> Bytes = writeJuliaDataHeader(H);
  ASSERT_FALSE(bool(Bytes));
  expectContains(toString(Bytes.takeError()), "the data are at 0x3f to 0x0;");
}

//===----------------------------------------------------------------------===//
// Our layout, by hand
//===----------------------------------------------------------------------===//

namespace {
/// Builds a header of ours as docs/ImageFormat.rst has it, right or wrong.
struct SectionSpec {
  uint32_t ID;
  std::string Content;
  uint64_t Capacity = 0; // If more than the content's size.
};

struct HeaderSpec {
  uint16_t Major = 1, Minor = 0;
  uint8_t PointerSize = 8, Flags = 0xa3, Syntax = 0, Order = 0;
  std::vector<SectionSpec> Sections;
  /// Changes the finished table before its digest is computed.
  std::function<void(std::string &)> Edit = [](std::string &) {};

  std::string build() const {
    auto Put = [](std::string &S, uint64_t Value, unsigned Size) {
      for (unsigned I = 0; I < Size; ++I)
        S += char(Value >> (8 * I));
    };
    std::string Table, Rest;
    for (const SectionSpec &S : Sections) {
      uint64_t Capacity = std::max<uint64_t>(S.Capacity, S.Content.size());
      Put(Table, S.ID, 4);
      Put(Table, 0, 4);
      Put(Table, 64 + 64 * Sections.size() + Rest.size(), 8);
      Put(Table, S.Content.size(), 8);
      Put(Table, Capacity, 8);
      Table += hash(S.Content);
      std::string Room = S.Content;
      Room.resize((Capacity + 7) / 8 * 8);
      Rest += Room;
    }
    std::string Header = bytes("89 'pkgimg' 0A");
    Put(Header, Major, 2);
    Put(Header, Minor, 2);
    for (uint8_t Byte : {PointerSize, Flags, Syntax, Order})
      Put(Header, Byte, 1);
    Put(Header, 64 + Table.size() + Rest.size(), 8);
    Put(Header, Sections.size(), 4);
    Put(Header, 0, 4);
    Header += zeros(32) + Table;
    Edit(Header);
    uint64_t TableEnd = 64 + 64 * Sections.size();
    std::string Covered = Header.substr(0, TableEnd);
    Header.replace(32, 32, hash(Covered));
    return Header + Rest;
  }

  static std::string hash(StringRef Bytes) {
    auto D =
        BLAKE3::hash<32>(ArrayRef<uint8_t>(Bytes.bytes_begin(), Bytes.size()));
    return std::string(D.begin(), D.end());
  }
};
TEST(CacheHeader, SkipsTheNamesOfFeatures) {
  CacheHeader H;
  H.Format = HeaderFormat::Julia;
  H.Major = 12;
  H.Build = {"Linux", "x86_64", "1.11.1", "master", "0123"};
  H.Modules = {{"Example", {1, 2}, {0, 3}}};
  H.DataChecksum = 0xfafbfcfd00000001;
  H.Targets.Layout = TargetDataLayout::Julia32;
  H.Targets.Targets.resize(1);
  H.Targets.Targets[0].Name = "generic";
  H.Targets.Targets[0].EnabledWords.assign(11, 1);
  H.Targets.Targets[0].DisabledWords.assign(11, 2);
  Expected<std::string> Bytes = writeCacheHeader(H);
  ASSERT_TRUE(bool(Bytes)) << toString(Bytes.takeError());
  for (bool Skip : {false, true}) {
    HeaderReadOptions Options;
    Options.SkipFeatureNames = Skip;
    Expected<CacheHeader> Read =
        readCacheHeader(MemoryBufferRef(*Bytes, "a.ji"), Options);
    ASSERT_TRUE(bool(Read)) << toString(Read.takeError());
    const CPUTarget &T = Read->Targets.Targets[0];
    EXPECT_EQ(T.EnabledWords, H.Targets.Targets[0].EnabledWords);
    EXPECT_EQ(T.Enabled.empty(), Skip);
    EXPECT_EQ(T.Disabled.empty(), Skip);
  }
}

TEST(CacheHeader, SkipsTheContentTree) {
  CacheHeader H;
  H.Content.emplace();
  H.Content->Length = DigestChunkSize + 1;
  H.Content->Chunks.resize(2);
  H.Content->Chunks[1][5] = 7;
  Expected<std::string> Bytes = writeCacheHeader(H, 64);
  ASSERT_TRUE(bool(Bytes)) << toString(Bytes.takeError());
  HeaderReadOptions Options;
  Options.SkipContentTree = true;
  // What is skipped is not looked at.
  Bytes->at(Bytes->rfind('\7')) = 8;
  Expected<CacheHeader> Skipped =
      readCacheHeader(MemoryBufferRef(*Bytes, "a.ji"), Options);
  ASSERT_TRUE(bool(Skipped)) << toString(Skipped.takeError());
  EXPECT_EQ(Skipped->Content->Length, DigestChunkSize + 1);
  EXPECT_TRUE(Skipped->Content->Chunks.empty());
  Expected<CacheHeader> Read = readCacheHeader(MemoryBufferRef(*Bytes, "a.ji"));
  EXPECT_FALSE(bool(Read));
  consumeError(Read.takeError());
}

} // namespace

/// The sections of a header of ours with something in each; the targets' blob
/// is another layout's, and so made by its writer.
static std::vector<SectionSpec> goldenSections() {
  std::vector<SectionSpec> Sections;
  // OS, Arch, Version, Branch, Commit, Producer, Triple, PackageVersion
  Sections.push_back(
      {1, bytes("05 00 00 00 'Linux' 06 00 00 00 'x86_64' 05 00 00 00 '0.1.0' "
                "00 00 00 00 02 00 00 00 'c0' 03 00 00 00 'cc1' "
                "12 00 00 00 'x86_64-linux-gnu32' 05 00 00 00 '1.2.3'")});
  // One module: name, UUID hi, lo, build ID hi, lo.
  Sections.push_back(
      {2, bytes("01 00 00 00 03 00 00 00 'Foo' 01 00 00 00 00 00 00 00 "
                "02 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 "
                "04 00 00 00 00 00 00 00")});
  // A file of the submodule Foo.Bar, a package.
  Sections.push_back(
      {3, bytes("02 00 00 00 "
                "00 04 00 00 00 'a.jl' 00 00 00 00 00 00 00 00 "
                "00 00 00 00 00 00 00 00 0B 00 00 00 00 00 00 00 0C 0D 0E 0F "
                "00 00 00 00 00 00 F0 BF 01 00 00 00 01 00 00 00 "
                "03 00 00 00 'Bar' "
                "01 04 00 00 00 'Test' 05 00 00 00 00 00 00 00 "
                "06 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
                "00 00 00 00 00 00 F8 3F 00 00 00 00 00 00 00 00")});
  Sections.push_back({4, bytes("04 00 00 00 '[x]' 0A")});
  Sections.push_back(
      {5, bytes("01 00 00 00 04 00 00 00 'Core' 00 00 00 00 00 00 00 00 "
                "00 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 "
                "08 00 00 00 00 00 00 00")});
  CPUTargets Targets;
  Targets.Targets.resize(1);
  Targets.Targets[0].Name = "haswell";
  Targets.Targets[0].Enabled = {"avx", "avx2"};
  Expected<std::string> Blob = writeTargetData(Targets, true);
  if (Blob)
    Sections.push_back({6, *Blob});
  else
    ADD_FAILURE() << toString(Blob.takeError());
  Sections.push_back({7, bytes("01 00 00 00 04 00 00 00 'a.jl' "
                               "08 00 00 00 00 00 00 00 'text' 0A 00 FF 0A")});
  // Root, 65537 bytes, chunks of 65536 bytes, two of them.
  Sections.push_back(
      {8, std::string(32, '\x11') + bytes("01 00 01 00 00 00 00 00 00 00 01 00 "
                                          "02 00 00 00")});
  Sections.push_back(
      {9, std::string(32, '\x22') + std::string(32, '\x33'), 100});
  // Names with signatures and indices.
  Sections.push_back(
      {10, bytes("02 00 00 00 01 00 00 00 'f' 0C 00 00 00 'f64(i32,ptr)' "
                 "05 00 00 00 02 00 00 00 'f1' 01 00 00 00 '?' 04 03 02 01")});
  Sections.push_back({0x80000001, "unknown"});
  return Sections;
}

static const std::string &goldenPkgImg() {
  static const std::string Bytes = [] {
    HeaderSpec Spec;
    Spec.Syntax = 2;
    Spec.Sections = goldenSections();
    return Spec.build();
  }();
  return Bytes;
}

TEST(PkgImgHeader, Golden) {
  std::string Bytes = goldenPkgImg();
  CacheHeader H = readOK(Bytes);
  EXPECT_EQ(H.Format, HeaderFormat::PkgImg);
  EXPECT_EQ(H.Major, 1);
  EXPECT_EQ(H.Minor, 0);
  EXPECT_EQ(H.PointerSize, 8);
  EXPECT_TRUE(H.IsLittleEndian);
  EXPECT_EQ(H.Flags.pack(), 0xa3);
  EXPECT_EQ(H.SyntaxVersion, 2);
  EXPECT_EQ(H.Build.OS, "Linux");
  EXPECT_EQ(H.Build.Arch, "x86_64");
  EXPECT_EQ(H.Build.Version, "0.1.0");
  EXPECT_EQ(H.Build.Branch, "");
  EXPECT_EQ(H.Build.Commit, "c0");
  EXPECT_EQ(H.Producer, "cc1");
  EXPECT_EQ(H.Triple, "x86_64-linux-gnu32");
  EXPECT_EQ(H.PackageVersion, "1.2.3");
  ASSERT_EQ(H.Modules.size(), 1u);
  expectSame(H.Modules[0], {"Foo", {1, 2}, {3, 4}});
  ASSERT_EQ(H.Dependencies.size(), 2u);
  EXPECT_FALSE(H.Dependencies[0].IsRequire);
  EXPECT_EQ(H.Dependencies[0].Path, "a.jl");
  EXPECT_EQ(H.Dependencies[0].Size, 11u);
  EXPECT_EQ(H.Dependencies[0].CRC, 0x0f0e0d0cu);
  EXPECT_EQ(H.Dependencies[0].ModificationTime, -1.0);
  EXPECT_EQ(H.Dependencies[0].ModuleIndex, 1u);
  EXPECT_EQ(H.Dependencies[0].Submodules, std::vector<std::string>{"Bar"});
  EXPECT_TRUE(H.Dependencies[1].IsRequire);
  EXPECT_EQ(H.Dependencies[1].Path, "Test");
  EXPECT_EQ(H.Dependencies[1].UUID, (UInt128{5, 6}));
  EXPECT_EQ(H.Dependencies[1].ModificationTime, 1.5);
  EXPECT_EQ(H.Prefs.TOML, "[x]\n");
  ASSERT_EQ(H.RequiredModules.size(), 1u);
  expectSame(H.RequiredModules[0], {"Core", {0, 0}, {7, 8}});
  EXPECT_EQ(H.Targets.Layout, TargetDataLayout::Named);
  ASSERT_EQ(H.Targets.Targets.size(), 1u);
  EXPECT_EQ(H.Targets.Targets[0].Name, "haswell");
  EXPECT_EQ(H.Targets.Targets[0].Enabled,
            (std::vector<std::string>{"avx", "avx2"}));
  ASSERT_EQ(H.Sources.size(), 1u);
  EXPECT_EQ(H.Sources[0].Path, "a.jl");
  EXPECT_EQ(H.Sources[0].Text, StringRef("text\n\0\xff\n", 8));
  ASSERT_TRUE(H.Content.has_value());
  EXPECT_EQ(H.Content->Root[31], 0x11);
  EXPECT_EQ(H.Content->Length, 65537u);
  ASSERT_EQ(H.Content->Chunks.size(), 2u);
  EXPECT_EQ(H.Content->Chunks[0][0], 0x22);
  EXPECT_EQ(H.Content->Chunks[1][31], 0x33);
  ASSERT_EQ(H.Functions.size(), 2u);
  EXPECT_EQ(H.Functions[0].Name, "f");
  EXPECT_EQ(H.Functions[0].Signature, "f64(i32,ptr)");
  EXPECT_EQ(H.Functions[0].Index, 5u);
  EXPECT_EQ(H.Functions[1].Name, "f1");
  EXPECT_EQ(H.Functions[1].Signature, "?");
  EXPECT_EQ(H.Functions[1].Index, 0x01020304u);
  ASSERT_EQ(H.UnknownSections.size(), 1u);
  EXPECT_EQ(H.UnknownSections[0].ID, 0x80000001);
  EXPECT_EQ(H.UnknownSections[0].Content, "unknown");
  EXPECT_EQ(H.Size, Bytes.size());
  EXPECT_EQ(getFlagRules(H), FlagRules::PkgImg);
  EXPECT_EQ(writeOK(H, /*Reserve=*/100), Bytes);
}

TEST(PkgImgHeader, GoldenNotSealed) {
  HeaderSpec Spec;
  Spec.PointerSize = 4;
  Spec.Flags = 0;
  Spec.Order = 1;
  Spec.Sections = {{1, zeros(8 * 4)}, {8, "", 48}, {9, "", 64}};
  std::string Bytes = Spec.build();
  EXPECT_EQ(Bytes.size(), 64u + 3 * 64 + 32 + 48 + 64);
  CacheHeader H = readOK(Bytes);
  EXPECT_EQ(H.PointerSize, 4);
  EXPECT_FALSE(H.IsLittleEndian);
  EXPECT_FALSE(H.Content.has_value());
  EXPECT_EQ(H.Size, Bytes.size());
  EXPECT_EQ(writeOK(H, /*Reserve=*/64), Bytes);
  // The default model, but for the byte order.
  CacheHeader Default;
  Default.PointerSize = 4;
  Default.IsLittleEndian = false;
  Default.Flags = CacheFlags::unpack(0);
  EXPECT_EQ(writeOK(Default, 64), Bytes);
}

TEST(PkgImgHeader, BytesAfterItAreIgnored) {
  std::string Bytes = goldenPkgImg() + "padding of a note";
  EXPECT_EQ(readOK(Bytes).Size, goldenPkgImg().size());
}

TEST(PkgImgHeader, RoundTrip) {
  RandomHeader Random(7);
  for (unsigned I = 0; I < 1000 && !testing::Test::HasFailure(); ++I) {
    CacheHeader H = Random.pkgimg();
    uint64_t Reserve = Random.flip() ? Random.below(300) : 0;
    std::string Bytes = writeOK(H, Reserve);
    EXPECT_EQ(Bytes.size() % 8, 0u);
    CacheHeader Read = readOK(Bytes);
    expectSame(H, Read);
    EXPECT_EQ(Read.Size, Bytes.size());
    EXPECT_EQ(writeOK(Read, Reserve), Bytes);

    CacheHeader Skipped = readOK(Bytes, true, /*SkipSources=*/true);
    EXPECT_TRUE(Skipped.Sources.empty());
    Skipped.Sources = Read.Sources;
    expectSame(Read, Skipped);
    expectSame(Read, readOK(Bytes, /*CheckDigests=*/false));
  }
}

//===----------------------------------------------------------------------===//
// Compatibility of ours
//===----------------------------------------------------------------------===//

TEST(PkgImgHeader, LaterMinor) {
  HeaderSpec Spec;
  Spec.Minor = 7;
  Spec.Sections = goldenSections();
  for (SectionSpec &S : Spec.Sections)
    S.Content += "appended";
  std::string Bytes = Spec.build();
  CacheHeader H = readOK(Bytes);
  EXPECT_EQ(H.Minor, 7);
  CacheHeader Known = readOK(goldenPkgImg());
  Known.Minor = 7;
  Known.SyntaxVersion = 0;
  Known.UnknownSections[0].Content = "unknownappended";
  expectSame(Known, H);
  // It is written in the version that is known.
  EXPECT_EQ(readOK(writeOK(H)).Minor, HeaderMinor);
}

TEST(PkgImgHeader, OtherMajor) {
  for (uint16_t Major : {0, 2, 0xffff}) {
    HeaderSpec Spec;
    Spec.Major = Major;
    Spec.Sections = {{1, zeros(32)}};
    EXPECT_EQ(readError(Spec.build()),
              ("Foo.ji: the version at offset 0x8 is " + Twine(Major) +
               ".0, which is " +
               (Major ? "newer than this reader knows (1.x); use a newer pkgimg"
                      : "older than this reader knows (1.x); make the image "
                        "again"))
                  .str());
  }
}

TEST(PkgImgHeader, ReservedWordsAreIgnored) {
  HeaderSpec Spec;
  Spec.Sections = {{1, zeros(32)}};
  Spec.Edit = [](std::string &Header) {
    Header[28] = 1;     // Of the prefix.
    Header[64 + 4] = 2; // Of the section.
  };
  EXPECT_EQ(readError(Spec.build()), "");
}

TEST(PkgImgHeader, AnyOrderOfSections) {
  HeaderSpec Spec;
  Spec.Sections = goldenSections();
  std::reverse(Spec.Sections.begin(), Spec.Sections.end());
  CacheHeader Known = readOK(goldenPkgImg());
  Known.SyntaxVersion = 0;
  std::string Bytes = Spec.build();
  expectSame(Known, readOK(Bytes));
}

TEST(PkgImgHeader, UnknownNumbers) {
  HeaderSpec Spec;
  Spec.Sections = {{1, zeros(32)},
                   {0, "zero"},
                   {11, "eleven"},
                   {UINT32_MAX, "all"},
                   {UINT32_MAX - 1, "most"}};
  std::string Bytes = Spec.build();
  CacheHeader H = readOK(Bytes);
  ASSERT_EQ(H.UnknownSections.size(), 4u);
  EXPECT_EQ(H.UnknownSections[0].Content, "zero");
  EXPECT_EQ(H.UnknownSections[3].ID, UINT32_MAX - 1);
  std::string Written = writeOK(H);
  expectSame(H, readOK(Written));
}

//===----------------------------------------------------------------------===//
// Damage to ours
//===----------------------------------------------------------------------===//

TEST(PkgImgHeader, Truncation) {
  std::string Bytes = goldenPkgImg();
  for (size_t End = 0; End < Bytes.size(); ++End)
    for (bool CheckDigests : {true, false})
      EXPECT_NE(readError(std::string(Bytes, 0, End), CheckDigests), "") << End;
}

TEST(PkgImgHeader, EveryBitIsCovered) {
  std::string Bytes = goldenPkgImg();
  for (size_t Bit = 0; Bit < 8 * Bytes.size(); ++Bit) {
    Bytes[Bit / 8] ^= char(1 << Bit % 8);
    EXPECT_NE(readError(Bytes), "") << Bit;
    Bytes[Bit / 8] ^= char(1 << Bit % 8);
  }
}

TEST(PkgImgHeader, WhatIsReadCanBeWritten) {
  std::mt19937_64 Random(8);
  RandomHeader Headers(9);
  unsigned NumValid = 0;
  for (unsigned I = 0; I < 4000; ++I) {
    CacheHeader Start = Headers.pkgimg();
    // Whether a blob of targets is valid is not for here.
    Start.Targets = CPUTargets();
    std::string Bytes = writeOK(Start, Random() % 100);
    for (uint64_t N = 1 + Random() % 2; N; --N)
      Bytes[Random() % Bytes.size()] =
          Random() % 2 ? char(Random()) : char(Random() % 4);
    Expected<CacheHeader> H = readCacheHeader(buffer(Bytes), options(false));
    if (!H) {
      consumeError(H.takeError());
      continue;
    }
    ++NumValid;
    std::string Written = writeOK(*H);
    H->Minor = HeaderMinor;
    expectSame(*H, readOK(Written));
    ASSERT_FALSE(testing::Test::HasFailure()) << I;
  }
  EXPECT_GT(NumValid, 500u);
}

/// Expects \p Message for a header of ours with \p Sections and \p Edit.
static void expectBroken(std::vector<SectionSpec> Sections, StringRef Message,
                         std::function<void(std::string &)> Edit = {}) {
  HeaderSpec Spec;
  Spec.Sections = std::move(Sections);
  if (Edit)
    Spec.Edit = std::move(Edit);
  std::string Bytes = Spec.build();
  std::string Expected =
      "Foo.ji: " + Message.str() + "; the file is damaged: make it again";
  EXPECT_EQ(readError(Bytes), Expected);
  EXPECT_EQ(readError(Bytes, /*CheckDigests=*/false), Expected);
}

/// A change of the 8 bytes at \p At.
static std::function<void(std::string &)> set64(size_t At, uint64_t Value) {
  return [=](std::string &Header) {
    support::endian::write64le(&Header[At], Value);
  };
}

TEST(PkgImgHeader, TableErrors) {
  const SectionSpec Build{1, zeros(32)};
  const SectionSpec Other{77, "12345678"};
  // The header of both has 64 + 128 + 32 + 8 = 0xe8 bytes, its sections are at
  // 0xc0 and 0xe0, their entries at 0x40 and 0x80.
  std::vector<SectionSpec> Two = {Build, Other};
  expectBroken(Two,
               "the size of the header at offset 0x10 is 0xf0; expected a "
               "multiple of 8 between 0x40 and the size of the file, 0xe8",
               set64(16, 0xf0));
  expectBroken(Two,
               "the size of the header at offset 0x10 is 0xe1; expected a "
               "multiple of 8 between 0x40 and the size of the file, 0xe8",
               set64(16, 0xe1));
  expectBroken(Two,
               "the size of the header at offset 0x10 is 0x38; expected a "
               "multiple of 8 between 0x40 and the size of the file, 0xe8",
               set64(16, 0x38));
  expectBroken(Two,
               "the offset of section 0 at offset 0x48 is 0xb8; expected a "
               "multiple of 8 between 0xc0 and 0xe8",
               set64(0x48, 0xb8));
  expectBroken(Two,
               "the offset of section 0 at offset 0x48 is 0xc4; expected a "
               "multiple of 8 between 0xc0 and 0xe8",
               set64(0x48, 0xc4));
  expectBroken(Two,
               "the offset of section 1 at offset 0x88 is 0xd8; expected a "
               "multiple of 8 between 0xe0 and 0xe8",
               set64(0x88, 0xd8));
  expectBroken(Two,
               "the offset of section 1 at offset 0x88 is 0xf0; expected a "
               "multiple of 8 between 0xe0 and 0xe8",
               set64(0x88, 0xf0));
  expectBroken(Two,
               "the size of section 1 at offset 0x90 is 0x9, more than the "
               "capacity of 0x8",
               set64(0x90, 9));
  expectBroken(Two,
               "the capacity of section 1 at offset 0x98 is 0x9; there are 0x8 "
               "bytes up to the end of the header",
               set64(0x98, 9));
  expectBroken({Build, Build},
               "the number of section 1 at offset 0x80 is 1, that of section "
               "0");
  expectBroken({Build, Other, Other},
               "the section table at offset 0x40 has two sections with the "
               "number 77");
  expectBroken({Other}, "the section table at offset 0x40 has no section "
                        "'Build'");
  expectBroken({}, "the section table at offset 0x40 has no section 'Build'");
  HeaderSpec Spec;
  Spec.Sections = Two;
  std::string Bytes = Spec.build();
  Bytes[24] = 3;
  expectContains(readError(Bytes),
                 "the number of sections at offset 0x18 is 3, for which a "
                 "header of 0xe8 bytes is too short");
  Bytes[24] = 1;
  expectContains(readError(Bytes),
                 "the digest of the header at offset 0x20 is not that of the "
                 "header and its section table");
  Bytes[24] = 2;
  Bytes[0xe0] ^= 1;
  expectContains(readError(Bytes), "the digest at offset 0xa0 is not that of "
                                   "section 'number 77' at offset 0xe0");
  EXPECT_EQ(readError(Bytes, /*CheckDigests=*/false), "");
  Spec.PointerSize = 5;
  expectContains(readError(Spec.build()), "is 5; expected 4 or 8");
  Spec.PointerSize = 8;
  Spec.Order = 2;
  expectContains(readError(Spec.build()), "is 2; expected 0 or 1");
}

TEST(PkgImgHeader, Padding) {
  HeaderSpec Spec;
  Spec.Sections = {{1, zeros(32)}, {77, "12345", 13}, {8, "", 48}};
  std::string Bytes = Spec.build();
  EXPECT_EQ(readError(Bytes), "");
  size_t Section = 64 + 3 * 64 + 32;
  for (size_t At = Section + 5; At < Bytes.size(); ++At) {
    std::string Changed = Bytes;
    Changed[At] = 1;
    expectContains(readError(Changed), "the padding at offset 0x");
    EXPECT_EQ(readError(Changed, /*CheckDigests=*/false), "");
  }
}

/// Expects an error that contains \p Message for a header with a section
/// Build, a module, and \p Section.
static void expectBadSection(SectionSpec Section, StringRef Message) {
  HeaderSpec Spec;
  Spec.Sections = {{1, zeros(32)}};
  if (Section.ID != 2)
    Spec.Sections.push_back(
        {2, bytes("01 00 00 00 01 00 00 00 'M'") + zeros(32)});
  Spec.Sections.push_back(std::move(Section));
  expectContains(readError(Spec.build()), Message);
}

TEST(PkgImgHeader, SectionErrors) {
  HeaderSpec Spec;
  Spec.Sections = {{1, zeros(31)}};
  EXPECT_EQ(readError(Spec.build()),
            "Foo.ji: the version of the package at offset 0x9c needs 4 bytes, "
            "but section 'Build' ends at 0x9f; the file is truncated or "
            "damaged: make it again");
  Spec.Sections = {{1, bytes("01 00 00 00 00") + zeros(28)}};
  expectContains(readError(Spec.build()),
                 "the operating system at offset 0x80 has a NUL in it: '\\00'");

  expectBadSection({2, ""}, "the number of modules at offset 0xe0 needs 4");
  expectBadSection({2, bytes("02 00 00 00 01 00 00 00 'M'") + zeros(32)},
                   "the number of modules at offset 0xe0 is 2, for which there "
                   "are too few bytes before section 'Modules' ends at 0x109");
  expectBadSection({2, bytes("FF FF FF FF")}, "is 4294967295, for which");
  expectBadSection({2, bytes("01 00 00 00 00 00 00 00") + zeros(33)},
                   "the name of module 0 at offset 0xe4 is empty");
  expectBadSection({5, bytes("01 00 00 00 01 00 00 00 00") + zeros(32)},
                   "the name of required module 0 at offset 0x154 has a NUL");

  auto Dependency = [](StringRef Kind, StringRef UUID, StringRef Index,
                       StringRef Submodules) {
    return SectionSpec{3, bytes("01 00 00 00") + bytes(Kind) +
                              bytes("01 00 00 00 'p'") + bytes(UUID) +
                              zeros(15 + 8 + 4 + 8) + bytes(Index) +
                              bytes(Submodules)};
  };
  constexpr StringLiteral None("00 00 00 00"), One("01 00 00 00");
  expectBadSection(Dependency("02", "00", None, None),
                   "the kind of dependency 0 at offset 0x154 is 2; expected 0 "
                   "(a file) or 1 (a package)");
  expectBadSection(Dependency("00", "01", None, None),
                   "the UUID of dependency 0 at offset 0x15a is "
                   "00000000-0000-0001-0000-000000000000; a file has none");
  expectBadSection(Dependency("01", "01", "02 00 00 00", None),
                   "the module index of dependency 0 at offset 0x17e is 2; "
                   "there are 1 modules");
  expectBadSection(Dependency("01", "01", None, "01 00 00 00 01 00 00 00 'S'"),
                   "the number of submodules of dependency 0 at offset 0x182 "
                   "is 1; there is no module");
  expectBadSection(Dependency("01", "01", One, "02 00 00 00 01 00 00 00 'S'"),
                   "the number of submodules of dependency 0 at offset 0x182 "
                   "is 2, for which there are too few bytes");
  expectBadSection(Dependency("01", "01", One, "01 00 00 00 00 00 00 00 'S'"),
                   "a submodule's name of dependency 0 at offset 0x186 is "
                   "empty");
  expectBadSection({4, bytes("05 00 00 00 'four'")},
                   "the text of the preferences at offset 0x154 needs 5 bytes");
  expectBadSection({6, "no targets"},
                   "at offset 0x150: target data: no magic number at "
                   "offset 0x0");
  expectBadSection({7, bytes("01 00 00 00 01 00 00 00 'p' "
                             "05 00 00 00 00 00 00 00 'text'")},
                   "the text of source 0 at offset 0x161 needs 5 bytes");

  std::string Root(32, 'r');
  auto Content = [&](StringRef Length, StringRef Size, StringRef Count) {
    return SectionSpec{8, Root + bytes(Length) + bytes(Size) + bytes(Count)};
  };
  expectBadSection({8, Root}, "the length at offset 0x170 needs 8 bytes");
  expectBadSection(
      Content("01 00 00 00 00 00 00 00", "00 80 00 00", "01 00 00 00"),
      "the size of a chunk at offset 0x178 is 32768; expected 65536");
  expectBadSection(
      Content("01 00 01 00 00 00 00 00", "00 00 01 00", "01 00 00 00"),
      "the number of chunks at offset 0x17c is 1; 65537 bytes have 2");
  expectBadSection(
      Content("FF FF FF FF FF FF FF FF", "00 00 01 00", "00 00 00 00"),
      "is 0; 18446744073709551615 bytes have 281474976710656");
  expectBadSection({9, Root}, "the content tree at offset 0x150 has 32 bytes; "
                              "expected none, as there is no content digest");
  Spec.Sections = {
      {1, zeros(32)},
      Content("01 00 01 00 00 00 00 00", "00 00 01 00", "02 00 00 00"),
      {9, Root + zeros(31)}};
  expectContains(readError(Spec.build()),
                 "the content tree at offset 0x150 has 63 bytes; expected 0, "
                 "or 32 for each of 2 chunks");

  expectBadSection({10, ""}, "the number of functions at offset 0x150 needs 4");
  expectBadSection({10, bytes("02 00 00 00 01 00 00 00 'f' 01 00 00 00 '?'") +
                            zeros(4 + 13)},
                   "the number of functions at offset 0x150 is 2, for which "
                   "there are too few bytes before section 'Functions' ends "
                   "at 0x16f");
  expectBadSection(
      {10, bytes("01 00 00 00 00 00 00 00 02 00 00 00 'ab'") + zeros(4)},
      "the name of function 0 at offset 0x154 is empty");
  expectBadSection(
      {10, bytes("01 00 00 00 02 00 00 00 'ff' 00 00 00 00") + zeros(4)},
      "the signature of function 0 at offset 0x15a is empty");
  expectBadSection(
      {10, bytes("01 00 00 00 02 00 00 00 'ff' 01 00 00 00 '?'") + zeros(3)},
      "the index of function 0 at offset 0x15f needs 4 bytes");
  auto Functions = [](StringRef First, StringRef Second) {
    std::string Content = bytes("02 00 00 00");
    for (StringRef Name : {First, Second})
      Content += bytes("01 00 00 00") + Name.str() + bytes("01 00 00 00 '?'") +
                 zeros(4);
    return SectionSpec{10, Content};
  };
  expectBadSection(Functions("f", "f"),
                   "the name of function 1 at offset 0x162 is 'f', which does "
                   "not come after 'f'");
  // Byte by byte, without signs.
  expectBadSection(Functions("\xff", "a"),
                   "the name of function 1 at offset 0x162 is 'a', which does "
                   "not come after '\\FF'");
  Spec.Sections = {{1, zeros(32)}, Functions("a", "\xff")};
  EXPECT_EQ(readError(Spec.build()), "");
}

//===----------------------------------------------------------------------===//
// What our layout cannot hold
//===----------------------------------------------------------------------===//

TEST(PkgImgHeader, Unwritable) {
  CacheHeader H;
  H.Modules.push_back({"M", {1, 2}, {3, 4}});
  auto Expect = [&](const std::function<void(CacheHeader &)> &Change,
                    StringRef Message) {
    expectUnwritable(H, Change, Message);
  };
  Expect([](CacheHeader &H) { H.Prefs.Keys.push_back("k"); },
         "pkgimg's layout has no Prefs.Keys");
  Expect([](CacheHeader &H) { H.Prefs.Hash = 1; },
         "pkgimg's layout has no Prefs.Hash");
  Expect([](CacheHeader &H) { H.IsImageData = true; },
         "pkgimg's layout has no IsImageData");
  Expect([](CacheHeader &H) { H.DataChecksum = 1; },
         "pkgimg's layout has no DataChecksum");
  Expect([](CacheHeader &H) { H.DataStart = 1; },
         "pkgimg's layout has no DataStart");
  Expect([](CacheHeader &H) { H.DataEnd = 1; },
         "pkgimg's layout has no DataEnd");
  Expect([](CacheHeader &H) { H.Data = "d"; }, "pkgimg's layout has no Data");
  Expect([](CacheHeader &H) { H.ImageCRC = 1; },
         "pkgimg's layout has no ImageCRC");
  Expect([](CacheHeader &H) { H.PointerSize = 0; },
         "the size of a pointer is 0 bytes; expected 4 or 8");
  Expect([](CacheHeader &H) { H.Triple = std::string(1, '\0'); },
         "Triple has a NUL in it: '\\00'");
  Expect([](CacheHeader &H) { H.Modules[0].Name.clear(); },
         "the name of module 0 is empty");
  Expect(
      [](CacheHeader &H) {
        H.Targets.Layout = TargetDataLayout::Julia32;
        H.Targets.Targets.resize(1);
      },
      "Targets do not have pkgimg's layout, with names");
  Expect([](CacheHeader &H) { H.Functions = {{"", "?", 0}}; },
         "the name of function 0 is empty");
  Expect([](CacheHeader &H) { H.Functions = {{"f", "", 0}}; },
         "the signature of function 0 is empty");
  Expect([](CacheHeader &H) { H.Functions = {{"f", std::string(1, '\0'), 0}}; },
         "the signature of function 0 has a NUL in it: '\\00'");
  const StringRef Sort = "; sort them, and leave out what occurs twice";
  Expect(
      [](CacheHeader &H) {
        H.Functions = {{"f", "?", 0}, {"g", "?", 0}, {"g", "?", 1}};
      },
      ("the name of function 2, 'g', does not come after 'g'" + Sort).str());
  Expect(
      [](CacheHeader &H) { H.Functions = {{"\xff", "?", 0}, {"a", "?", 0}}; },
      ("the name of function 1, 'a', does not come after '\\FF'" + Sort).str());
  Expect([](CacheHeader &H) { H.UnknownSections = {{9, ""}}; },
         "an unknown section has the number 9, that of 'ContentTree'");
  Expect([](CacheHeader &H) { H.UnknownSections = {{99, ""}, {7, ""}}; },
         "an unknown section has the number 7, that of 'Sources'");
  Expect([](CacheHeader &H) { H.UnknownSections = {{99, ""}, {99, "x"}}; },
         "two unknown sections have the number 99");
  Expect(
      [](CacheHeader &H) {
        H.Content.emplace();
        H.Content->Length = DigestChunkSize + 1;
        H.Content->Chunks.resize(1);
      },
      "the content digest has 1 chunks; 65537 bytes have 2");
  Expect(
      [](CacheHeader &H) {
        H.Content.emplace();
        H.Content->Length = UINT64_MAX;
      },
      "a content of 18446744073709551615 bytes has too many chunks");
  expectContains(writeError(H, UINT64_MAX), "a reserve of 0xffffffffffffffff "
                                            "bytes is more than any content");
}

//===----------------------------------------------------------------------===//
// Sealing
//===----------------------------------------------------------------------===//

static ContentDigest contentDigest(uint64_t Length, bool HasChunks = true) {
  ContentDigest D;
  D.Root.fill(uint8_t(Length));
  D.Length = Length;
  if (HasChunks)
    D.Chunks.resize(divideCeil(Length, DigestChunkSize));
  for (size_t I = 0; I < D.Chunks.size(); ++I)
    D.Chunks[I].fill(uint8_t(I + 1));
  return D;
}

static std::string setContent(std::string &Bytes, const ContentDigest &D) {
  if (Error E = setHeaderContent(
          MutableArrayRef<char>(Bytes.data(), Bytes.size()), D))
    return toString(std::move(E));
  return std::string();
}

TEST(PkgImgHeader, SetContent) {
  RandomHeader Random(10);
  for (unsigned I = 0; I < 200 && !testing::Test::HasFailure(); ++I) {
    CacheHeader H = Random.pkgimg();
    // Whatever it was sealed with before is replaced.
    uint64_t Reserve = 6 * 32 + Random.below(100);
    std::string Bytes = writeOK(H, Reserve);
    const std::string After = "what follows the header";
    Bytes += After;
    ContentDigest D =
        contentDigest(Random.below(6 * DigestChunkSize), Random.flip());
    EXPECT_EQ(setContent(Bytes, D), "");
    CacheHeader Sealed = readOK(Bytes);
    H.Content = D;
    expectSame(H, Sealed);
    EXPECT_EQ(Bytes, writeOK(H, Reserve) + After);
  }
}

TEST(PkgImgHeader, SetContentWithoutRoomForChunks) {
  CacheHeader H;
  // One byte less than two chunks need.
  std::string Bytes = writeOK(H, 2 * 32 - 1);
  ContentDigest D = contentDigest(2 * DigestChunkSize);
  EXPECT_EQ(setContent(Bytes, D), "");
  CacheHeader Sealed = readOK(Bytes);
  ASSERT_TRUE(Sealed.Content.has_value());
  EXPECT_EQ(Sealed.Content->Root, D.Root);
  EXPECT_EQ(Sealed.Content->Length, D.Length);
  EXPECT_TRUE(Sealed.Content->Chunks.empty());

  // No room at all.
  Bytes = writeOK(H);
  EXPECT_EQ(setContent(Bytes, D), "");
  Sealed = readOK(Bytes);
  ASSERT_TRUE(Sealed.Content.has_value());
  EXPECT_TRUE(Sealed.Content->Chunks.empty());

  // The chunks of an older seal do not stay.
  Bytes = writeOK(H, 2 * 32);
  EXPECT_EQ(setContent(Bytes, D), "");
  EXPECT_EQ(readOK(Bytes).Content->Chunks, D.Chunks);
  EXPECT_EQ(setContent(Bytes, contentDigest(3 * DigestChunkSize)), "");
  EXPECT_TRUE(readOK(Bytes).Content->Chunks.empty());
}

TEST(PkgImgHeader, SetContentFailsWithoutAChange) {
  auto Expect = [](std::string Bytes, const ContentDigest &D,
                   StringRef Message) {
    std::string Before = Bytes;
    expectContains(setContent(Bytes, D), Message);
    EXPECT_EQ(Bytes, Before);
  };
  ContentDigest D = contentDigest(DigestChunkSize);
  std::string Good = writeOK(CacheHeader(), 32);
  Expect("", D, "the embedded header: is not pkgimg's");
  Expect(golden1_9(), D, "the embedded header: is not pkgimg's");
  Expect(Good.substr(0, Good.size() - 1), D,
         "the embedded header: the size of the header at offset 0x10 is");
  ContentDigest Wrong = D;
  Wrong.Length = 2 * DigestChunkSize;
  Expect(Good, Wrong,
         "the embedded header: the content digest has 1 chunks; 131072 bytes "
         "have 2");
  HeaderSpec Spec;
  Spec.Sections = {{1, zeros(32)}};
  Expect(Spec.build(), D,
         "the embedded header: has no room for a content digest; make the "
         "image again");
  Spec.Sections = {{1, zeros(32)}, {8, "", 47}};
  Expect(Spec.build(), D, "has no room for a content digest");
  Spec.Sections = {{1, zeros(32)}, {8, "", 48}};
  std::string Minimal = Spec.build();
  EXPECT_EQ(setContent(Minimal, D), "");
  Spec.Minor = 1;
  Expect(Spec.build(), D,
         "the embedded header: has the version 1.1, which is newer than 1.0; "
         "use a newer pkgimg");
}

//===----------------------------------------------------------------------===//
// Any header
//===----------------------------------------------------------------------===//

TEST(CacheHeader, UnknownMagic) {
  EXPECT_EQ(readError(""),
            "Foo.ji: expected the header of a cache file (Julia's .ji, or "
            "pkgimg's), found an empty file at offset 0x0; make the file again "
            "if it should be one");
  EXPECT_EQ(readError(StringRef("\x7f"
                                "ELF\2\1\1\0\0",
                                9)),
            "Foo.ji: expected the header of a cache file (Julia's .ji, or "
            "pkgimg's), found '\\7FELF\\02\\01\\01\\00' at offset 0x0; make "
            "the file again if it should be one");
}

TEST(CacheHeader, MagicNumbers) {
  EXPECT_EQ(JuliaHeaderMagic, bytes("FB 6A 6C 69 0D 0A 1A 0A"));
  EXPECT_EQ(HeaderMagic, bytes("89 70 6B 67 69 6D 67 0A"));
}

TEST(CacheHeader, SourcesAreSkipped) {
  // Their bytes play no part, so a change in them is not seen; one elsewhere
  // is.
  CacheHeader H;
  H.Sources = {{"path", "a text to be changed"}};
  std::string Bytes = writeOK(H);
  Bytes[Bytes.find("a text")] ^= 1;
  EXPECT_NE(readError(Bytes), "");
  EXPECT_EQ(readError(Bytes, true, /*SkipSources=*/true), "");
  H.Sources[0].Path.clear();

  H = juliaHeader("1.12.0");
  H.Sources = {{"path", "a text to be changed"}};
  Bytes = writeOK(H);
  Bytes[Bytes.find("a text")] ^= 1;
  EXPECT_NE(readError(Bytes), "");
  EXPECT_EQ(readError(Bytes, true, /*SkipSources=*/true), "");
}

TEST(CacheHeader, NoMoreMemoryThanTheFile) {
  // Counts and lengths that have no bytes do not make anything large.
  for (uint32_t Count : {0x10000000u, 0x7fffffffu, 0xffffffffu}) {
    std::string Text(4, '\0');
    support::endian::write32le(Text.data(), Count);
    for (uint32_t ID : {2, 3, 5, 7}) {
      HeaderSpec Spec;
      Spec.Sections = {{1, zeros(32)}, {ID, Text + zeros(100)}};
      expectContains(readError(Spec.build()), "for which there are too few");
    }
  }
}

TEST(CacheHeader, StringsAreCopies) {
  std::string Bytes = goldenPkgImg();
  CacheHeader H = readOK(Bytes);
  std::fill(Bytes.begin(), Bytes.end(), 'x');
  EXPECT_EQ(H.Build.OS, "Linux");
  EXPECT_EQ(H.Modules[0].Name, "Foo");
  EXPECT_EQ(H.Dependencies[0].Submodules[0], "Bar");
  EXPECT_EQ(H.Prefs.TOML, "[x]\n");
  // Those that are not owned are in the file.
  EXPECT_EQ(H.Sources[0].Text, "xxxxxxxx");
  EXPECT_EQ(H.UnknownSections[0].Content, "xxxxxxx");
}

TEST(CacheHeader, ArchitecturesOfJulia) {
  // The names of features depend on the machine; for any name there is an
  // answer.
  CacheHeader H = juliaHeader("1.12.0");
  H.DataChecksum = uint64_t(0xfafbfcfd) << 32;
  H.Targets.Targets.resize(1);
  H.Targets.Targets[0].Name = "generic";
  H.Targets.Targets[0].EnabledWords = {1};
  H.Targets.Targets[0].DisabledWords = {0};
  const char *Archs[] = {"x86_64", "aarch64"};
  std::vector<std::string> Of[2];
  for (unsigned I = 0; I < 2; ++I) {
    H.Build.Arch = Archs[I];
    std::string Bytes = writeOK(H);
    Of[I] = readOK(Bytes).Targets.Targets[0].Enabled;
    EXPECT_EQ(Of[I].size(), 1u);
  }
  EXPECT_NE(Of[0], Of[1]);
  std::mt19937_64 Random(11);
  for (unsigned I = 0; I < 200; ++I) {
    const char *Parts[] = {"arm", "aarch64", "v7", "-", "x86", "_64",
                           "be",  "thumb",   "eb", "l", "\xff"};
    H.Build.Arch.clear();
    for (uint64_t N = Random() % 5; N; --N)
      H.Build.Arch += Parts[Random() % std::size(Parts)];
    EXPECT_EQ(readOK(writeOK(H)).Build.Arch, H.Build.Arch);
  }
}

//===----------------------------------------------------------------------===//
// Bugs that loaders of caches had
//===----------------------------------------------------------------------===//

// Offset and length are added without a check, and the sum wraps around: IREE's
// readers of ELF files and bytecode.
TEST(CacheHeaderRegression, SumWrapsAround) {
  HeaderSpec Spec;
  for (uint64_t Big : {UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - 0xc0 + 1,
                       uint64_t(1) << 63, uint64_t(1) << 32})
    for (unsigned Field : {8, 16, 24}) {
      Spec.Sections = {{1, zeros(32)}, {77, "12345678"}};
      Spec.Edit = set64(0x80 + Field, Big);
      EXPECT_NE(readError(Spec.build()), "");
      Spec.Edit = [=](std::string &Header) {
        set64(0x80 + 16, Big)(Header);
        set64(0x80 + 24, Big)(Header);
      };
      EXPECT_NE(readError(Spec.build()), "");
      Spec.Edit = set64(16, Big);
      EXPECT_NE(readError(Spec.build()), "");
    }
  // The length of a source, and the extent of Julia's data.
  for (StringRef Big : {"FF FF FF FF FF FF FF FF", "F8 FF FF FF FF FF FF FF",
                        "00 00 00 00 00 00 00 80"}) {
    std::string B = golden1_9();
    B.replace(B.size() - 8 - 4 - 10 - 8, 8, bytes(Big));
    expectContains(readError(B), "the text of source 0 at offset 0x13d needs ");
    B = golden1_12();
    size_t Checksum = B.find(bytes("93 5D FF F3"));
    for (unsigned Field : {8, 16}) {
      std::string Changed = B;
      Changed.replace(Checksum + Field, 8, bytes(Big));
      expectContains(readError(Changed), "of the data at offset 0x");
    }
  }
}

// A list of dependencies whose length says that it has none, so that nothing is
// compared: JDK-8377932.
TEST(CacheHeaderRegression, DependencyListCutShort) {
  std::string B = golden1_9();
  size_t Total = 105 + 4;
  for (uint64_t Claim : {0, 8, 12, 44, 99, 101}) {
    std::string Changed = B;
    support::endian::write64le(&Changed[Total], Claim);
    expectContains(readError(Changed, /*CheckDigests=*/false),
                   "the size of the dependency list at offset 0x6d is " +
                       std::to_string(Claim) + "; it has 100 bytes");
  }
  // An end that comes early moves all that follows.
  std::string Early = B;
  Early.replace(Total + 8, 4, zeros(4));
  EXPECT_NE(readError(Early, /*CheckDigests=*/false), "");
  // In ours the count is under the digest.
  std::string Ours = goldenPkgImg();
  size_t Count = Ours.find(bytes("02 00 00 00 00 04 00 00 00 'a.jl'"));
  ASSERT_NE(Count, std::string::npos);
  Ours[Count] = 1;
  expectContains(readError(Ours), "section 'Dependencies'");
}

// A checksum over every region but the one that matters: JDK-8382166.
TEST(CacheHeaderRegression, NoRegionWithoutChecksum) {
  std::string Bytes = goldenPkgImg();
  std::vector<SectionSpec> Sections = goldenSections();
  size_t Begin = 64 + 64 * Sections.size();
  for (const SectionSpec &S : Sections) {
    for (size_t At = Begin; At < Begin + S.Content.size(); ++At) {
      std::string Changed = Bytes;
      Changed[At] ^= 0x40;
      expectContains(readError(Changed), "is not that of section '");
    }
    uint64_t Capacity = std::max<uint64_t>(S.Capacity, S.Content.size());
    Begin += alignTo(Capacity, 8);
  }
  EXPECT_EQ(Begin, Bytes.size());
}

// A valid header and a body that ends early, an error again and again: #62444.
TEST(CacheHeaderRegression, BodyCutOff) {
  std::string B = golden1_12();
  std::string Message = readError(B.substr(0, 0xc3));
  expectContains(Message, "the end of the data at offset 0x");
  expectContains(Message, "the file is damaged: make it again");
  expectContains(readError(golden1_9().substr(0, 0x140)),
                 "the file is truncated or damaged: make it again");
}

// A checksum that is read from a file too short to have one: #51314.
TEST(CacheHeaderRegression, ShortFile) {
  for (StringRef Magic : {StringRef(JuliaHeaderMagic), StringRef(HeaderMagic)})
    for (size_t Size = 0; Size <= 80; ++Size) {
      std::string Bytes = (Magic + zeros(80)).str().substr(0, Size);
      for (bool CheckDigests : {true, false})
        for (bool SkipSources : {true, false})
          EXPECT_NE(readError(Bytes, CheckDigests, SkipSources), "") << Size;
    }
}

// A field that is not stored keeps what memory had: bootsnap#476.
TEST(CacheHeaderRegression, NoFieldWithoutValue) {
  HeaderSpec Spec;
  Spec.Flags = 0;
  Spec.Sections = {{1, zeros(32)}};
  CacheHeader Default;
  Default.Major = 1;
  Default.Flags = CacheFlags::unpack(0);
  for (unsigned I = 0; I < 3; ++I) {
    std::string Bytes = Spec.build();
    CacheHeader H = readOK(Bytes);
    expectSame(Default, H);
    EXPECT_EQ(H.DataChecksum, 0u);
    EXPECT_EQ(H.DataStart, 0u);
    EXPECT_EQ(H.DataEnd, 0u);
    EXPECT_EQ(H.HeaderCRC, 0u);
    (void)readOK(golden1_9());
  }
  CacheHeader Old = readOK(golden1_9());
  EXPECT_EQ(Old.SyntaxVersion, 0);
  EXPECT_EQ(Old.Dependencies[0].Size, 0u);
  EXPECT_EQ(Old.Dependencies[0].CRC, 0u);
  EXPECT_EQ(Old.Modules[0].BuildID.Hi, 0u);
}

// The checksum of a header depends on what a signer adds behind it:
// juliaup#1086.
TEST(CacheHeaderRegression, SignatureBehindTheHeader) {
  std::string Bytes = goldenPkgImg();
  CacheHeader Plain = readOK(Bytes);
  std::string Longer = Bytes + std::string(100, '\xfa');
  CacheHeader Signed = readOK(Longer);
  expectSame(Plain, Signed);
  EXPECT_EQ(Plain.Size, Signed.Size);
}

// What was damaged before becomes valid when a part is made again: odsign.
TEST(CacheHeaderRegression, SealingDoesNotBless) {
  std::string Bytes = writeOK(readOK(goldenPkgImg()), 100);
  ContentDigest D = contentDigest(DigestChunkSize);
  for (size_t At = 8; At < Bytes.size(); ++At) {
    std::string Changed = Bytes;
    Changed[At] ^= 4;
    std::string Before = Changed;
    EXPECT_NE(setContent(Changed, D), "") << At;
    EXPECT_EQ(Changed, Before);
  }
}

// A time counts as the truth about content: #50918.
TEST(CacheHeaderRegression, ContentAndNotTime) {
  CacheHeader H = juliaHeader("1.11.0");
  H.Dependencies.resize(1);
  H.Dependencies[0].Path = "@depot/a.jl";
  H.Dependencies[0].Size = 5;
  H.Dependencies[0].CRC = 6;
  H.Dependencies[0].ModificationTime = -1.0;
  std::string Bytes = writeOK(H);
  expectSame(H.Dependencies[0], readOK(Bytes).Dependencies[0]);
  // A release that stores times alone does not lose the content silently.
  H.Build.Version = "1.10.0";
  expectContains(writeError(H), "has no Size and CRC");
}

// A flag or a processor that the key lacks: #47184.
TEST(CacheHeaderRegression, FlagsAndTargetsAreStored) {
  for (const std::string &Golden :
       {golden1_9(), golden1_14(), goldenPkgImg()}) {
    CacheHeader H = readOK(Golden);
    std::string Bytes = writeOK(H);
    for (unsigned Bit = 0; Bit < 8; ++Bit) {
      CacheHeader Other = H;
      Other.Flags = CacheFlags::unpack(H.Flags.pack() ^ uint8_t(1 << Bit));
      std::string Changed = writeOK(Other);
      EXPECT_NE(Changed, Bytes);
      EXPECT_EQ(readOK(Changed).Flags.pack(), Other.Flags.pack());
    }
    CacheHeader Other = H;
    Other.Targets.Targets[0].Name = "skylake";
    std::string Changed = writeOK(Other);
    EXPECT_NE(Changed, Bytes);
    EXPECT_EQ(readOK(Changed).Targets.Targets[0].Name, "skylake");
  }
}
