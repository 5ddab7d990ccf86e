//===- CPUTargetsTest.cpp - Target data and feature tables ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/CPUTargets.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"

#include <random>

using namespace llvm;
using namespace pkgimg;

namespace {
constexpr TargetDataLayout Julia32 = TargetDataLayout::Julia32;
constexpr TargetDataLayout Julia64 = TargetDataLayout::Julia64;
constexpr TargetDataLayout Named = TargetDataLayout::Named;
constexpr FeatureNumbering Numberings[] = {FeatureNumbering::Julia1_9,
                                           FeatureNumbering::Julia1_12,
                                           FeatureNumbering::Julia1_14};
constexpr Triple::ArchType Archs[] = {
    Triple::x86,   Triple::x86_64,  Triple::aarch64, Triple::arm,
    Triple::thumb, Triple::riscv64, Triple::ppc64le, Triple::UnknownArch};

/// Puts a blob together by hand.
struct Blob {
  bool IsLittleEndian;
  std::string Bytes;

  explicit Blob(bool IsLittleEndian = true) : IsLittleEndian(IsLittleEndian) {}

  template <typename T> Blob &number(T Value) {
    char Buffer[sizeof(T)];
    support::endian::write<T>(
        Buffer, Value, IsLittleEndian ? endianness::little : endianness::big);
    Bytes.append(Buffer, sizeof(T));
    return *this;
  }
  Blob &u16(uint16_t Value) { return number(Value); }
  Blob &u32(uint32_t Value) { return number(Value); }
  Blob &u64(uint64_t Value) { return number(Value); }
  Blob &text(StringRef Text) {
    Bytes += Text;
    return *this;
  }
  Blob &str(StringRef Text) { return u32(Text.size()).text(Text); }
  Blob &list(ArrayRef<StringRef> Texts) {
    u32(Texts.size());
    for (StringRef Text : Texts)
      str(Text);
    return *this;
  }
  /// A record of ours: its size, and its bytes.
  Blob &record(const Blob &Record) { return str(Record.Bytes); }
};

Blob namedHeader(uint32_t NumTargets, uint16_t Minor = 0) {
  return Blob().text("\x89pkgcpu\n").u16(1).u16(Minor).u32(NumTargets);
}

std::string errorOf(StringRef Bytes, TargetDataLayout Layout,
                    uint64_t *Size = nullptr) {
  Expected<CPUTargets> T = readTargetData(Bytes, Layout, true, Size);
  return T ? "" : toString(T.takeError());
}

std::string writeError(const CPUTargets &Targets) {
  Expected<std::string> Bytes = writeTargetData(Targets, true);
  return Bytes ? "" : toString(Bytes.takeError());
}

CPUTargets targets(TargetDataLayout Layout, CPUTarget T) {
  return {Layout, {std::move(T)}};
}

/// Random targets that \p Layout can hold.
CPUTargets randomTargets(std::mt19937_64 &Random, TargetDataLayout Layout) {
  auto Below = [&](uint64_t N) { return Random() % N; };
  auto Text = [&](unsigned Max) {
    std::string S;
    for (unsigned I = Below(Max + 1); I; --I)
      S += char('a' + Below(26));
    return S;
  };
  CPUTargets Targets;
  Targets.Layout = Layout;
  for (unsigned I = 0, N = Below(6); I != N; ++I) {
    CPUTarget T;
    T.Name = Text(20);
    if (Layout == Julia32) {
      T.Flags = (Random() & 1 ? CPUTarget::VecCall : 0) |
                (Random() & 1 ? CPUTarget::UnknownName : 0);
    } else {
      T.Flags = uint32_t(Random()) & ~CPUTarget::HasUsed;
      if (I && (Random() & 1))
        T.Base = Below(I);
    }
    if (Layout == Named) {
      for (unsigned K = Below(8); K; --K)
        T.Enabled.push_back("e" + Text(20));
      for (unsigned K = Below(8); K; --K)
        T.Disabled.push_back("d" + Text(20));
      for (std::vector<std::string> *List : {&T.Enabled, &T.Disabled}) {
        sort(*List);
        List->erase(std::unique(List->begin(), List->end()), List->end());
      }
      if (Random() & 1) {
        T.Flags |= CPUTarget::HasUsed;
        for (const std::string &Feature : T.Enabled)
          if (Random() & 1)
            T.Used.push_back(Feature);
      }
    } else {
      T.ExtFeatures = Text(20);
      for (unsigned K = Below(13); K; --K) {
        T.EnabledWords.push_back(Layout == Julia32 ? uint32_t(Random())
                                                   : Random());
        T.DisabledWords.push_back(Layout == Julia32 ? uint32_t(Random())
                                                    : Random());
      }
    }
    Targets.Targets.push_back(std::move(T));
  }
  return Targets;
}

/// One target of each layout with something in every field, and its bytes.
struct Golden {
  std::string Bytes;
  CPUTargets Targets;
};

Golden golden32(bool IsLittleEndian) {
  Golden G;
  G.Bytes = Blob(IsLittleEndian)
                .u32(2)
                .u32(0x21)
                .u32(2)
                .u32(0x80000001)
                .u32(2)
                .u32(3)
                .u32(0xffffffff)
                .str("haswell")
                .str("+foo,-bar")
                .u32(0)
                .u32(0)
                .str("")
                .str("")
                .Bytes;
  CPUTarget T;
  T.Name = "haswell";
  T.Flags = CPUTarget::VecCall | CPUTarget::UnknownName;
  T.EnabledWords = {0x80000001, 2};
  T.DisabledWords = {3, 0xffffffff};
  T.ExtFeatures = "+foo,-bar";
  G.Targets = {Julia32, {T, CPUTarget()}};
  return G;
}

Golden golden64(bool IsLittleEndian) {
  Golden G;
  G.Bytes = Blob(IsLittleEndian)
                .u32(2)
                .u32(0)
                .u32(0xffffffff)
                .u32(1)
                .u64(0x8000000000000001)
                .u64(0x123456789abcdef0)
                .str("x86-64")
                .str("")
                .u32(0xe2)
                .u32(0)
                .u32(0)
                .str("znver4")
                .str("+x")
                .Bytes;
  CPUTarget A, B;
  A.Name = "x86-64";
  A.EnabledWords = {0x8000000000000001};
  A.DisabledWords = {0x123456789abcdef0};
  B.Name = "znver4";
  B.Flags = CPUTarget::CloneAll | CPUTarget::UnknownName | CPUTarget::OptSize |
            CPUTarget::MinSize;
  B.Base = 0;
  B.ExtFeatures = "+x";
  G.Targets = {Julia64, {A, B}};
  return G;
}

Golden goldenNamed() {
  Golden G;
  G.Bytes = namedHeader(2)
                .record(Blob()
                            .u32(2)
                            .u32(0xffffffff)
                            .str("x86-64")
                            .list({"cx16", "sse2"})
                            .list({})
                            .list({}))
                .record(Blob()
                            .u32(0x10000)
                            .u32(0)
                            .str("haswell")
                            .list({"avx", "avx2", "sse2"})
                            .list({"avx512f", "rtm"})
                            .list({"avx", "sse2"}))
                .Bytes;
  CPUTarget A, B;
  A.Name = "x86-64";
  A.Flags = CPUTarget::CloneAll;
  A.Enabled = {"cx16", "sse2"};
  B.Name = "haswell";
  B.Flags = CPUTarget::HasUsed;
  B.Base = 0;
  B.Enabled = {"avx", "avx2", "sse2"};
  B.Disabled = {"avx512f", "rtm"};
  B.Used = {"avx", "sse2"};
  G.Targets = {Named, {A, B}};
  return G;
}

void checkGolden(const Golden &G, bool IsLittleEndian) {
  Expected<CPUTargets> Read =
      readTargetData(G.Bytes, G.Targets.Layout, IsLittleEndian);
  ASSERT_TRUE(bool(Read)) << toString(Read.takeError());
  EXPECT_EQ(Read->Layout, G.Targets.Layout);
  EXPECT_EQ(Read->Targets, G.Targets.Targets);
  Expected<std::string> Written = writeTargetData(G.Targets, IsLittleEndian);
  ASSERT_TRUE(bool(Written)) << toString(Written.takeError());
  EXPECT_EQ(*Written, G.Bytes);

  // Bytes may follow if the size is asked for.
  uint64_t Size = 0;
  Read =
      readTargetData(G.Bytes + "tail", G.Targets.Layout, IsLittleEndian, &Size);
  ASSERT_TRUE(bool(Read)) << toString(Read.takeError());
  EXPECT_EQ(Size, G.Bytes.size());
  EXPECT_EQ(Read->Targets, G.Targets.Targets);
  EXPECT_EQ(toString(readTargetData(G.Bytes + "tail", G.Targets.Layout,
                                    IsLittleEndian)
                         .takeError()),
            "target data: 4 bytes after the last target at offset 0x" +
                utohexstr(G.Bytes.size(), true) +
                "; the file is damaged: make the image again");

  // No proper prefix is a blob, whatever its end.
  for (size_t I = 0; I != G.Bytes.size(); ++I)
    for (uint64_t *SizeOut : {static_cast<uint64_t *>(nullptr), &Size}) {
      Read = readTargetData(StringRef(G.Bytes).take_front(I), G.Targets.Layout,
                            IsLittleEndian, SizeOut);
      ASSERT_FALSE(bool(Read)) << I;
      EXPECT_TRUE(
          StringRef(toString(Read.takeError())).starts_with("target data: "));
    }
}

TEST(CPUTargets, GoldenJulia32) {
  checkGolden(golden32(true), true);
  checkGolden(golden32(false), false);
}

TEST(CPUTargets, GoldenJulia64) {
  checkGolden(golden64(true), true);
  checkGolden(golden64(false), false);
}

TEST(CPUTargets, GoldenNamed) {
  // Little endian whatever is asked for.
  checkGolden(goldenNamed(), true);
  checkGolden(goldenNamed(), false);
}

TEST(CPUTargets, EqualityLooksAtEveryField) {
  CPUTarget A = goldenNamed().Targets.Targets[1];
  EXPECT_TRUE(A == A);
  auto Differs = [&](auto Change) {
    CPUTarget B = A;
    Change(B);
    return !(A == B) && !(B == A);
  };
  EXPECT_TRUE(Differs([](CPUTarget &T) { T.Name += "x"; }));
  EXPECT_TRUE(Differs([](CPUTarget &T) { T.Flags ^= 1; }));
  EXPECT_TRUE(Differs([](CPUTarget &T) { ++T.Base; }));
  EXPECT_TRUE(Differs([](CPUTarget &T) { T.EnabledWords = {1}; }));
  EXPECT_TRUE(Differs([](CPUTarget &T) { T.DisabledWords = {1}; }));
  EXPECT_TRUE(Differs([](CPUTarget &T) { T.ExtFeatures = "+a"; }));
  EXPECT_TRUE(Differs([](CPUTarget &T) { T.Enabled.pop_back(); }));
  EXPECT_TRUE(Differs([](CPUTarget &T) { T.Disabled.pop_back(); }));
  EXPECT_TRUE(Differs([](CPUTarget &T) { T.Used.pop_back(); }));
}

TEST(CPUTargets, Identify) {
  EXPECT_EQ(TargetDataMagic, StringRef("\x89pkgcpu\n"));
  EXPECT_EQ(TargetDataMagic.size(), 8u);
  EXPECT_EQ(identifyTargetData(goldenNamed().Bytes), Named);
  EXPECT_EQ(identifyTargetData(TargetDataMagic), Named);
  EXPECT_EQ(identifyTargetData(TargetDataMagic.drop_back()), std::nullopt);
  EXPECT_EQ(identifyTargetData(golden32(true).Bytes), std::nullopt);
  EXPECT_EQ(identifyTargetData(golden64(false).Bytes), std::nullopt);
  EXPECT_EQ(identifyTargetData(""), std::nullopt);
}

TEST(CPUTargets, RoundTrip) {
  std::mt19937_64 Random(1);
  for (unsigned I = 0; I != 600; ++I) {
    TargetDataLayout Layout = I % 3 == 0   ? Julia32
                              : I % 3 == 1 ? Julia64
                                           : Named;
    bool IsLittleEndian = Random() & 1;
    CPUTargets Targets = randomTargets(Random, Layout);
    Expected<std::string> Bytes = writeTargetData(Targets, IsLittleEndian);
    ASSERT_TRUE(bool(Bytes)) << toString(Bytes.takeError());
    uint64_t Size;
    Expected<CPUTargets> Read =
        readTargetData(*Bytes + "x", Layout, IsLittleEndian, &Size);
    ASSERT_TRUE(bool(Read)) << toString(Read.takeError());
    EXPECT_EQ(Read->Targets, Targets.Targets);
    EXPECT_EQ(Size, Bytes->size());
    EXPECT_EQ(Read->Layout, Layout);
  }
}

/// Reads \p Bytes in every way; what can be read must be written as it was.
void readAllWays(StringRef Bytes) {
  for (TargetDataLayout Layout : {Julia32, Julia64, Named})
    for (bool IsLittleEndian : {true, false}) {
      uint64_t Size = 0;
      Expected<CPUTargets> Targets =
          readTargetData(Bytes, Layout, IsLittleEndian, &Size);
      if (!Targets) {
        EXPECT_NE(toString(Targets.takeError()), "");
        continue;
      }
      ASSERT_LE(Size, Bytes.size());
      CPUTargets Resolved = *Targets;
      for (FeatureNumbering Numbering : Numberings)
        resolveFeatures(Resolved, Numbering, Triple::x86_64);
      Expected<std::string> Written = writeTargetData(*Targets, IsLittleEndian);
      ASSERT_TRUE(bool(Written)) << toString(Written.takeError());
      // A later minor version is written as this one, without what is unknown.
      if (Layout == Named && (Bytes[10] || Bytes[11]))
        continue;
      EXPECT_EQ(*Written, Bytes.take_front(Size));
    }
}

TEST(CPUTargets, BitFlips) {
  for (const std::string &Bytes :
       {golden32(true).Bytes, golden32(false).Bytes, golden64(true).Bytes,
        golden64(false).Bytes, goldenNamed().Bytes})
    for (size_t I = 0; I != Bytes.size() * 8; ++I) {
      std::string Flipped = Bytes;
      Flipped[I / 8] ^= char(1 << I % 8);
      readAllWays(Flipped);
    }
}

TEST(CPUTargets, RandomBytes) {
  std::mt19937_64 Random(2);
  for (unsigned I = 0; I != 2000; ++I) {
    std::string Bytes(Random() % 200, '\0');
    // Small numbers come further than large ones.
    for (char &C : Bytes)
      C = Random() % 4 ? 0 : char(Random() % 4);
    readAllWays(Bytes);
    readAllWays(("\x89pkgcpu\n" + StringRef("\1\0\0\0", 4) + Bytes).str());
  }
}

TEST(CPUTargets, HostileCounts) {
  const char *Damaged = "; the file is damaged: make the image again";
  EXPECT_EQ(errorOf(Blob().u32(0xffffffff).Bytes, Julia32),
            StringRef("target data: the number of targets, 4294967295, where "
                      "at most 256 are expected, at offset 0x0")
                    .str() +
                Damaged);
  EXPECT_EQ(errorOf(namedHeader(257).Bytes, Named),
            StringRef("target data: the number of targets, 257, where at most "
                      "256 are expected, at offset 0xc")
                    .str() +
                Damaged);
  EXPECT_EQ(errorOf(Blob().u32(1).u32(0).u32(0xffffffff).Bytes, Julia32),
            StringRef("target data: target 0: the number of feature words, "
                      "4294967295, where at most 32 are expected, at offset "
                      "0x8")
                    .str() +
                Damaged);
  EXPECT_EQ(
      errorOf(Blob().u32(1).u32(0).u32(0xffffffff).u32(17).Bytes, Julia64),
      StringRef("target data: target 0: the number of feature words, 17, "
                "where at most 16 are expected, at offset 0xc")
              .str() +
          Damaged);
  EXPECT_EQ(errorOf(Blob().u32(1).u32(0).u32(32).u32(1).Bytes, Julia32),
            StringRef("target data: target 0: the words of enabled features of "
                      "128 bytes, where only 4 are left, at offset 0xc")
                    .str() +
                Damaged);
  EXPECT_EQ(
      errorOf(Blob().u32(1).u32(0).u32(0).u32(0xffffffff).text("abc").Bytes,
              Julia32),
      StringRef("target data: target 0: the name of 4294967295 bytes, where "
                "only 3 are left, at offset 0x10")
              .str() +
          Damaged);
  EXPECT_EQ(errorOf(namedHeader(1).u32(0xffffffff).Bytes, Named),
            StringRef("target data: target 0: the record of 4294967295 bytes, "
                      "where only 0 are left, at offset 0x14")
                    .str() +
                Damaged);
  EXPECT_EQ(
      errorOf(namedHeader(1)
                  .record(Blob()
                              .u32(0)
                              .u32(0xffffffff)
                              .str("x")
                              .u32(0xffffffff)
                              .text("0123456789"))
                  .Bytes,
              Named),
      StringRef("target data: target 0: the number of enabled features, "
                "4294967295, which do not fit in the 10 bytes that are left, "
                "at offset 0x21")
              .str() +
          Damaged);
}

TEST(CPUTargets, LimitsThemselves) {
  // As many targets and words as are allowed, and every bit set.
  for (TargetDataLayout Layout : {Julia32, Julia64}) {
    unsigned WordBits = Layout == Julia32 ? 32 : 64;
    CPUTarget T;
    T.EnabledWords.assign(MaxFeatureBits / WordBits,
                          Layout == Julia32 ? UINT32_MAX : UINT64_MAX);
    T.DisabledWords = T.EnabledWords;
    CPUTargets Targets = {Layout, std::vector<CPUTarget>(MaxCPUTargets, T)};
    Expected<std::string> Bytes = writeTargetData(Targets, true);
    ASSERT_TRUE(bool(Bytes)) << toString(Bytes.takeError());
    Expected<CPUTargets> Read = readTargetData(*Bytes, Layout, true);
    ASSERT_TRUE(bool(Read)) << toString(Read.takeError());
    EXPECT_EQ(Read->Targets, Targets.Targets);
    resolveFeatures(*Read, FeatureNumbering::Julia1_14, Triple::riscv64);
    EXPECT_EQ(Read->Targets.back().Enabled.size(), MaxFeatureBits);

    Targets.Targets.emplace_back();
    EXPECT_EQ(writeError(Targets),
              "target data: 257 targets, more than 256; they cannot be "
              "written");
    T.EnabledWords.push_back(0);
    T.DisabledWords.push_back(0);
    EXPECT_EQ(
        writeError(targets(Layout, T)),
        "target data: target 0: " + utostr(MaxFeatureBits / WordBits + 1) +
            " feature words, more than " + utostr(MaxFeatureBits / WordBits) +
            "; it cannot be written");
  }
}

TEST(CPUTargets, ReadErrorsOfJulia) {
  const std::string Damaged = "; the file is damaged: make the image again";
  // 1.14's data, read as that of 1.13.
  EXPECT_EQ(errorOf(golden64(true).Bytes, Julia32),
            "target data: target 0: the number of feature words, 4294967295, "
            "where at most 32 are expected, at offset 0x8" +
                Damaged);
  EXPECT_EQ(errorOf(Blob().u32(1).u32(0x23).Bytes, Julia32),
            "target data: target 0: flags 0x23, of which this layout does not "
            "have 0x2, at offset 0x4" +
                Damaged);
  EXPECT_EQ(errorOf(Blob().u32(1).u32(0x10002).Bytes, Julia64),
            "target data: target 0: flags 0x10002, of which this layout does "
            "not have 0x10000, at offset 0x4" +
                Damaged);
  EXPECT_EQ(errorOf(Blob().u32(1).u32(0).u32(1).Bytes, Julia64),
            "target data: target 0: base 1, which is not the index of an "
            "earlier one, at offset 0x8" +
                Damaged);
  EXPECT_EQ(
      errorOf(
          Blob().u32(1).u32(0).u32(0).str(StringRef("a\0b", 3)).str("").Bytes,
          Julia32),
      "target data: target 0: the name with a NUL in it at offset 0x10" +
          Damaged);
  EXPECT_EQ(
      errorOf(
          Blob().u32(1).u32(0).u32(0).str("a").str(StringRef("\0", 1)).Bytes,
          Julia32),
      "target data: target 0: the extra features with a NUL in it at "
      "offset 0x15" +
          Damaged);
  EXPECT_EQ(errorOf("", Julia64),
            "target data: the number of targets of 4 bytes, where only 0 are "
            "left, at offset 0x0" +
                Damaged);
}

TEST(CPUTargets, Julia64FirstTargetWithBase0) {
  Blob B = Blob().u32(1).u32(0).u32(0).u32(0).str("generic").str("");
  Expected<CPUTargets> T = readTargetData(B.Bytes, Julia64, true);
  ASSERT_TRUE(bool(T)) << toString(T.takeError());
  EXPECT_EQ(T->Targets[0].Base, 0u);
  Expected<std::string> Written = writeTargetData(*T, true);
  ASSERT_TRUE(bool(Written)) << toString(Written.takeError());
  EXPECT_EQ(*Written, B.Bytes);
}

/// A blob of one record, of which each part may be wrong.
std::string oneRecord(uint32_t Flags, uint32_t Base,
                      ArrayRef<StringRef> Enabled, ArrayRef<StringRef> Disabled,
                      ArrayRef<StringRef> Used) {
  return namedHeader(1)
      .record(Blob()
                  .u32(Flags)
                  .u32(Base)
                  .str("x")
                  .list(Enabled)
                  .list(Disabled)
                  .list(Used))
      .Bytes;
}

TEST(CPUTargets, ReadErrorsOfNamed) {
  const std::string Damaged = "; the file is damaged: make the image again";
  constexpr uint32_t None = CPUTarget::NoBase, HasUsed = CPUTarget::HasUsed;
  EXPECT_EQ(errorOf("\x89pkgimg\n", Named),
            "target data: no magic number at offset 0x0" + Damaged);
  EXPECT_EQ(
      errorOf(Blob().text(TargetDataMagic).u16(2).u16(3).u32(0).Bytes, Named),
      "target data: version 2.3 at offset 0x8, where 1.x is expected; "
      "make the image again, or read it with the version of pkgimg that "
      "made it");
  EXPECT_EQ(errorOf(oneRecord(0, 0, {}, {}, {}), Named),
            "target data: target 0: base 0, which is not the index of an "
            "earlier one, at offset 0x18" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(0, None, {"b", "a"}, {}, {}), Named),
            "target data: target 0: the enabled features have 'a' after 'b', "
            "but the names must be sorted, and each must occur once, at offset "
            "0x2a" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(0, None, {}, {"a", "a"}, {}), Named),
            "target data: target 0: the disabled features have 'a' after 'a', "
            "but the names must be sorted, and each must occur once, at offset "
            "0x2e" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(0, None, {""}, {}, {}), Named),
            "target data: target 0: the enabled features have an empty name, "
            "at offset 0x25" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(0, None, {"+avx"}, {}, {}), Named),
            "target data: target 0: the enabled features have '+avx', which "
            "has a sign or a comma, at offset 0x25" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(0, None, {}, {"a,b"}, {}), Named),
            "target data: target 0: the disabled features have 'a,b', which "
            "has a sign or a comma, at offset 0x29" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(0, None, {StringRef("a\0", 2)}, {}, {}), Named),
            "target data: target 0: a name of the enabled features with a NUL "
            "in it at offset 0x29" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(0, None, {"a"}, {}, {"a"}), Named),
            "target data: target 0: used features, but the flags 0x0 without "
            "0x10000 at offset 0x2e" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(HasUsed, None, {"a"}, {"b"}, {"b"}), Named),
            "target data: target 0: used features that are not enabled at "
            "offset 0x33" +
                Damaged);
  EXPECT_EQ(errorOf(oneRecord(HasUsed, None, {"a"}, {"b"}, {}), Named), "");
  EXPECT_EQ(errorOf(oneRecord(HasUsed, None, {"a"}, {"b"}, {"a"}), Named), "");
}

TEST(CPUTargets, BaseMustBeEarlier) {
  auto WithBases = [](ArrayRef<uint32_t> Bases) {
    Blob B = namedHeader(Bases.size());
    for (uint32_t Base : Bases)
      B.record(Blob().u32(0).u32(Base).str("x").list({}).list({}).list({}));
    return errorOf(B.Bytes, Named);
  };
  constexpr uint32_t None = CPUTarget::NoBase;
  EXPECT_EQ(WithBases({None, 0, 1, 0, None}), "");
  for (auto &Bases : {std::vector<uint32_t>{None, 1}, {None, 0, 7}})
    EXPECT_TRUE(StringRef(WithBases(Bases))
                    .contains("which is not the index of an earlier one"));
}

TEST(CPUTargets, LaterMinorVersion) {
  Blob Record = Blob()
                    .u32(0)
                    .u32(CPUTarget::NoBase)
                    .str("x")
                    .list({"a"})
                    .list({})
                    .list({})
                    .text("appended");
  for (uint16_t Minor : {1, 0x100, 0xffff}) {
    Expected<CPUTargets> T = readTargetData(
        namedHeader(2, Minor).record(Record).record(Record).Bytes, Named, true);
    ASSERT_TRUE(bool(T)) << toString(T.takeError());
    ASSERT_EQ(T->Targets.size(), 2u);
    EXPECT_EQ(T->Targets[1].Enabled, std::vector<std::string>{"a"});
  }
  EXPECT_EQ(errorOf(namedHeader(1).record(Record).Bytes, Named),
            "target data: target 0: a record with 8 bytes after its last field "
            "at offset 0x32; the file is damaged: make the image again");
}

TEST(CPUTargets, RecordsAreClosed) {
  // The fields of the first record would go on in the second.
  Blob Record =
      Blob().u32(0).u32(CPUTarget::NoBase).str("x").list({}).list({}).list({});
  Blob Short;
  Short.Bytes = StringRef(Record.Bytes).drop_back(4).str();
  EXPECT_EQ(errorOf(namedHeader(2).record(Short).record(Record).Bytes, Named),
            "target data: target 0: the number of used features of 4 bytes, "
            "where only 0 are left, at offset 0x29; the file is damaged: make "
            "the image again");
}

TEST(CPUTargets, WriteErrors) {
  const std::string Prefix = "target data: target 0: ";
  const std::string Suffix = "; it cannot be written";
  CPUTarget T;
  T.Base = 0;
  EXPECT_EQ(writeError(targets(Julia32, T)),
            Prefix + "base 0, which this layout does not store" + Suffix);
  EXPECT_EQ(writeError(targets(Named, T)),
            Prefix + "base 0, which is not the index of an earlier one" +
                Suffix);
  EXPECT_EQ(writeError(targets(Julia64, T)), "");
  T.Base = 1;
  EXPECT_EQ(writeError(targets(Julia64, T)),
            Prefix + "base 1, which is not the index of an earlier one" +
                Suffix);

  T = CPUTarget();
  T.Flags = CPUTarget::CloneAll;
  EXPECT_EQ(writeError(targets(Julia32, T)),
            Prefix + "flags 0x2, of which this layout does not have 0x2" +
                Suffix);
  EXPECT_EQ(writeError(targets(Julia64, T)), "");
  T.Flags = CPUTarget::HasUsed;
  EXPECT_EQ(writeError(targets(Julia64, T)),
            Prefix +
                "flags 0x10000, of which this layout does not have 0x10000" +
                Suffix);
  EXPECT_EQ(writeError(targets(Named, T)), "");

  T = CPUTarget();
  T.EnabledWords = {uint64_t(1) << 32};
  EXPECT_EQ(writeError(targets(Julia64, T)),
            Prefix + "1 words of enabled features, but 0 of disabled ones" +
                Suffix);
  T.DisabledWords = {0};
  EXPECT_EQ(writeError(targets(Julia32, T)),
            Prefix + "the feature word 0x100000000 has more than 32 bits" +
                Suffix);
  EXPECT_EQ(writeError(targets(Julia64, T)), "");

  T = CPUTarget();
  T.Name = std::string("a\0", 2);
  for (TargetDataLayout Layout : {Julia32, Julia64, Named})
    EXPECT_EQ(writeError(targets(Layout, T)),
              Prefix + "the name has a NUL in it" + Suffix);

  T = CPUTarget();
  T.ExtFeatures = "+a";
  EXPECT_EQ(writeError(targets(Named, T)),
            Prefix + "extra features, '+a', which this layout does not store" +
                Suffix);
  T.ExtFeatures = std::string("\0", 1);
  EXPECT_EQ(writeError(targets(Julia64, T)),
            Prefix + "the list of extra features has a NUL in it" + Suffix);

  T = CPUTarget();
  T.Disabled = {"b", "a"};
  EXPECT_EQ(writeError(targets(Named, T)),
            Prefix +
                "the disabled features have 'a' after 'b', but the names must "
                "be sorted, and each must occur once" +
                Suffix);
  // Names are ours alone.
  EXPECT_EQ(writeError(targets(Julia32, T)), "");
  T.Disabled = {std::string("a\0b", 3)};
  EXPECT_EQ(writeError(targets(Named, T)),
            Prefix + "the disabled features have a name with a NUL in it" +
                Suffix);
  T.Disabled.clear();
  T.Used = {"a"};
  EXPECT_EQ(writeError(targets(Named, T)),
            Prefix + "used features, but the flags 0x0 without 0x10000" +
                Suffix);
  T.Flags = CPUTarget::HasUsed;
  EXPECT_EQ(writeError(targets(Named, T)),
            Prefix + "used features that are not enabled" + Suffix);
  T.Enabled = {"a"};
  EXPECT_EQ(writeError(targets(Named, T)), "");
}

//===----------------------------------------------------------------------===//
// Feature tables
//===----------------------------------------------------------------------===//

std::optional<unsigned> bitOf(FeatureNumbering Numbering, Triple::ArchType Arch,
                              StringRef Name) {
  for (const NumberedFeature &F : getFeatureTable(Numbering, Arch))
    if (F.Name == Name)
      return F.Bit;
  return std::nullopt;
}

TEST(FeatureTables, Numbering) {
  auto Of = [](StringRef Version) {
    return getFeatureNumbering(*parseJuliaVersion(Version));
  };
  EXPECT_EQ(Of("1.9.0"), FeatureNumbering::Julia1_9);
  EXPECT_EQ(Of("1.10.9"), FeatureNumbering::Julia1_9);
  EXPECT_EQ(Of("1.11.7"), FeatureNumbering::Julia1_9);
  EXPECT_EQ(Of("1.12.0"), FeatureNumbering::Julia1_12);
  EXPECT_EQ(Of("1.13.0-rc1"), FeatureNumbering::Julia1_12);
  EXPECT_EQ(Of("1.14.0-DEV.2315"), FeatureNumbering::Julia1_14);
  EXPECT_EQ(Of("2.0.0"), FeatureNumbering::Julia1_14);
}

TEST(FeatureTables, SortedUniqueAndInTheWords) {
  for (FeatureNumbering Numbering : Numberings)
    for (Triple::ArchType Arch : Archs) {
      ArrayRef<NumberedFeature> Table = getFeatureTable(Numbering, Arch);
      unsigned NumBits = getNumFeatureWords(Numbering, Arch) *
                         (Numbering == FeatureNumbering::Julia1_14 ? 64 : 32);
      EXPECT_LE(NumBits, MaxFeatureBits);
      StringSet<> Names;
      for (size_t I = 0; I != Table.size(); ++I) {
        EXPECT_TRUE(Names.insert(Table[I].Name).second) << Table[I].Name.str();
        EXPECT_LT(Table[I].Bit, NumBits) << Table[I].Name.str();
        EXPECT_FALSE(Table[I].Name.empty());
        EXPECT_EQ(Table[I].Name.find_first_of("+-, _"), Table[I].Name.find('-'))
            << Table[I].Name.str();
        EXPECT_FALSE(Table[I].Name.starts_with("-"));
        // Such names are for bits without one.
        EXPECT_FALSE(Table[I].Name.starts_with("bit") &&
                     Table[I].Name.drop_front(3).find_if_not(isDigit) ==
                         StringRef::npos);
        if (I)
          EXPECT_LT(Table[I - 1].Bit, Table[I].Bit) << Table[I].Name.str();
      }
    }
}

TEST(FeatureTables, SizesAndWords) {
  auto Size = [](FeatureNumbering Numbering, Triple::ArchType Arch) {
    return getFeatureTable(Numbering, Arch).size();
  };
  constexpr FeatureNumbering V9 = FeatureNumbering::Julia1_9,
                             V12 = FeatureNumbering::Julia1_12,
                             V14 = FeatureNumbering::Julia1_14;
  for (Triple::ArchType Arch : {Triple::x86, Triple::x86_64}) {
    EXPECT_EQ(getNumFeatureWords(V9, Arch), 11u);
    EXPECT_EQ(getNumFeatureWords(V12, Arch), 12u);
    EXPECT_EQ(getNumFeatureWords(V14, Arch), 4u);
    EXPECT_EQ(Size(V9, Arch), 75u);
    EXPECT_EQ(Size(V12, Arch), 74u);
    EXPECT_EQ(Size(V14, Arch), 196u);
  }
  for (FeatureNumbering Old : {V9, V12}) {
    EXPECT_EQ(getNumFeatureWords(Old, Triple::aarch64), 3u);
    EXPECT_EQ(getNumFeatureWords(Old, Triple::arm), 3u);
    EXPECT_EQ(getNumFeatureWords(Old, Triple::riscv64), 1u);
    EXPECT_EQ(Size(Old, Triple::aarch64), 42u);
    EXPECT_EQ(Size(Old, Triple::arm), 17u);
    EXPECT_EQ(Size(Old, Triple::thumb), 17u);
    EXPECT_EQ(Size(Old, Triple::riscv64), 0u);
  }
  EXPECT_EQ(getNumFeatureWords(V14, Triple::aarch64), 5u);
  EXPECT_EQ(getNumFeatureWords(V14, Triple::riscv64), 5u);
  EXPECT_EQ(getNumFeatureWords(V14, Triple::arm), 1u);
  EXPECT_EQ(Size(V14, Triple::aarch64), 319u);
  EXPECT_EQ(Size(V14, Triple::riscv64), 318u);
  EXPECT_EQ(Size(V14, Triple::arm), 0u);
  for (FeatureNumbering Any : Numberings) {
    EXPECT_EQ(getNumFeatureWords(Any, Triple::ppc64le), 1u);
    EXPECT_EQ(Size(Any, Triple::ppc64le), 0u);
  }
}

TEST(FeatureTables, KnownBits) {
  // JuliaLang/julia, src/features_*.h.
  for (FeatureNumbering Old :
       {FeatureNumbering::Julia1_9, FeatureNumbering::Julia1_12}) {
    auto X86 = [&](StringRef Name) { return bitOf(Old, Triple::x86_64, Name); };
    EXPECT_EQ(X86("sse3"), 0u);
    EXPECT_EQ(X86("fma"), 12u);
    EXPECT_EQ(X86("cx16"), 13u);
    EXPECT_EQ(X86("sse4.2"), 20u);
    EXPECT_EQ(X86("rdrnd"), 30u);
    EXPECT_EQ(X86("avx2"), 32u * 2 + 5);
    EXPECT_EQ(X86("avx512f"), 32u * 2 + 16);
    EXPECT_EQ(X86("avx512vl"), 32u * 2 + 31);
    EXPECT_EQ(X86("gfni"), 32u * 3 + 8);
    EXPECT_EQ(X86("amx-tile"), 32u * 4 + 24);
    EXPECT_EQ(X86("avx512fp16"), 32u * 4 + 23);
    EXPECT_EQ(X86("lzcnt"), 32u * 5 + 5);
    EXPECT_EQ(X86("xsaves"), 32u * 7 + 3);
    EXPECT_EQ(X86("wbnoinvd"), 32u * 8 + 9);
    EXPECT_EQ(X86("avx512bf16"), 32u * 9 + 5);
    EXPECT_EQ(X86("sse2"), std::nullopt);
    auto A64 = [&](StringRef Name) {
      return bitOf(Old, Triple::aarch64, Name);
    };
    EXPECT_EQ(A64("aes"), 4u);
    EXPECT_EQ(A64("lse"), 8u);
    EXPECT_EQ(A64("fullfp16"), 9u);
    EXPECT_EQ(A64("sve"), 22u);
    EXPECT_EQ(A64("rcpc-immo"), 26u);
    EXPECT_EQ(A64("sve2"), 32u + 1);
    EXPECT_EQ(A64("bf16"), 32u + 14);
    EXPECT_EQ(A64("v8.6a"), 32u * 2 + 5);
    EXPECT_EQ(A64("neon"), std::nullopt);
    auto ARM = [&](StringRef Name) { return bitOf(Old, Triple::arm, Name); };
    EXPECT_EQ(ARM("neon"), 12u);
    EXPECT_EQ(ARM("vfp4"), 16u);
    EXPECT_EQ(ARM("hwdiv-arm"), 17u);
    EXPECT_EQ(ARM("crc"), 32u + 4);
    EXPECT_EQ(ARM("v7"), 32u * 2 + 3);
    EXPECT_EQ(ARM("v8m.main"), 32u * 2 + 8);
  }
  // The register that #56967 may have moved.
  EXPECT_EQ(bitOf(FeatureNumbering::Julia1_9, Triple::x86, "ptwrite"),
            32u * 10 + 4);
  EXPECT_EQ(bitOf(FeatureNumbering::Julia1_12, Triple::x86, "ptwrite"),
            std::nullopt);

  // JuliaLang/cpufeatures, generated/target_tables_*.h.
  constexpr FeatureNumbering New = FeatureNumbering::Julia1_14;
  for (Triple::ArchType Arch : {Triple::x86, Triple::x86_64}) {
    EXPECT_EQ(bitOf(New, Arch, "adx"), 0u);
    EXPECT_EQ(bitOf(New, Arch, "avx2"), 13u);
    EXPECT_EQ(bitOf(New, Arch, "avx512f"), 18u);
    EXPECT_EQ(bitOf(New, Arch, "cx16"), 40u);
    EXPECT_EQ(bitOf(New, Arch, "evex512"), 45u);
    EXPECT_EQ(bitOf(New, Arch, "avx512fp16"), 49u);
    EXPECT_EQ(bitOf(New, Arch, "sse2"), 101u);
    EXPECT_EQ(bitOf(New, Arch, "64bit"), 127u);
    EXPECT_EQ(bitOf(New, Arch, "use-slm-arith-costs"), 196u);
  }
  EXPECT_EQ(bitOf(New, Triple::aarch64, "bf16"), 17u);
  EXPECT_EQ(bitOf(New, Triple::aarch64, "fullfp16"), 75u);
  EXPECT_EQ(bitOf(New, Triple::aarch64, "neon"), 108u);
  EXPECT_EQ(bitOf(New, Triple::aarch64, "sve"), 191u);
  EXPECT_EQ(bitOf(New, Triple::aarch64, "sve2"), 192u);
  EXPECT_EQ(bitOf(New, Triple::aarch64, "v8.1a"), 235u);
  EXPECT_EQ(bitOf(New, Triple::aarch64, "cortex-x925"), 318u);
  EXPECT_EQ(bitOf(New, Triple::riscv64, "experimental"), 0u);
  EXPECT_EQ(bitOf(New, Triple::riscv64, "m"), 47u);
  EXPECT_EQ(bitOf(New, Triple::riscv64, "v"), 97u);
  EXPECT_EQ(bitOf(New, Triple::riscv64, "zfh"), 126u);
  EXPECT_EQ(bitOf(New, Triple::riscv64, "zvfbfmin"), 171u);
}

TEST(FeatureTables, Resolve) {
  CPUTarget T;
  T.EnabledWords = {1u << 13, 0, 1u << 5, 0, 0, 0, 0, 0, 0, 0, 1u << 4};
  // A bit of a register that Julia does not use, and one of a word that this
  // release does not have.
  T.DisabledWords = {1u << 28, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1u << 31};
  CPUTargets Targets = targets(Julia32, T);
  resolveFeatures(Targets, FeatureNumbering::Julia1_9, Triple::x86_64);
  using Names = std::vector<std::string>;
  EXPECT_EQ(Targets.Targets[0].Enabled, (Names{"avx2", "cx16", "ptwrite"}));
  EXPECT_EQ(Targets.Targets[0].Disabled, (Names{"avx", "bit33", "bit383"}));
  resolveFeatures(Targets, FeatureNumbering::Julia1_12, Triple::x86_64);
  EXPECT_EQ(Targets.Targets[0].Enabled, (Names{"avx2", "bit324", "cx16"}));
  resolveFeatures(Targets, FeatureNumbering::Julia1_9, Triple::ppc64le);
  EXPECT_EQ(Targets.Targets[0].Enabled, (Names{"bit13", "bit324", "bit69"}));

  T.EnabledWords = {uint64_t(1) << 13, uint64_t(1) << (127 - 64)};
  T.DisabledWords = {0, 0, uint64_t(1) << (138 - 128), 0};
  Targets = targets(Julia64, T);
  resolveFeatures(Targets, FeatureNumbering::Julia1_14, Triple::x86);
  EXPECT_EQ(Targets.Targets[0].Enabled, (Names{"64bit", "avx2"}));
  EXPECT_EQ(Targets.Targets[0].Disabled, Names{"bit138"});

  // Ours has names already.
  Targets = goldenNamed().Targets;
  resolveFeatures(Targets, FeatureNumbering::Julia1_14, Triple::x86_64);
  EXPECT_EQ(Targets.Targets, goldenNamed().Targets.Targets);
}

TEST(FeatureTables, EncodeIsTheReverse) {
  std::mt19937_64 Random(3);
  for (FeatureNumbering Numbering : Numberings)
    for (Triple::ArchType Arch : Archs)
      for (unsigned I = 0; I != 20; ++I) {
        bool Is64 = Numbering == FeatureNumbering::Julia1_14;
        CPUTargets Targets;
        Targets.Layout = Is64 ? Julia64 : Julia32;
        for (unsigned K = 0; K != 3; ++K) {
          CPUTarget T;
          for (unsigned W = getNumFeatureWords(Numbering, Arch); W; --W) {
            T.EnabledWords.push_back(Is64 ? Random() : uint32_t(Random()));
            T.DisabledWords.push_back(Is64 ? Random() : uint32_t(Random()));
          }
          Targets.Targets.push_back(T);
        }
        resolveFeatures(Targets, Numbering, Arch);
        for (const CPUTarget &T : Targets.Targets) {
          size_t NumBits = 0;
          for (uint64_t Word : T.EnabledWords)
            NumBits += llvm::popcount(Word);
          EXPECT_EQ(T.Enabled.size(), NumBits);
          EXPECT_TRUE(is_sorted(T.Enabled));
        }
        CPUTargets Encoded = Targets;
        for (CPUTarget &T : Encoded.Targets) {
          T.EnabledWords = {1, 2, 3};
          T.DisabledWords.clear();
        }
        if (I % 2)
          Encoded.Layout = Named;
        Error E = encodeFeatures(Encoded, Numbering, Arch);
        ASSERT_FALSE(bool(E)) << toString(std::move(E));
        EXPECT_EQ(Encoded.Targets, Targets.Targets);
      }
}

TEST(FeatureTables, EveryNameEncodesToItsBit) {
  for (FeatureNumbering Numbering : Numberings)
    for (Triple::ArchType Arch : Archs)
      for (const NumberedFeature &F : getFeatureTable(Numbering, Arch)) {
        CPUTarget T;
        T.Disabled = {F.Name.str()};
        CPUTargets Targets = targets(Named, T);
        Error E = encodeFeatures(Targets, Numbering, Arch);
        ASSERT_FALSE(bool(E)) << toString(std::move(E));
        unsigned Bits = Numbering == FeatureNumbering::Julia1_14 ? 64 : 32;
        std::vector<uint64_t> Expected(getNumFeatureWords(Numbering, Arch));
        Expected[F.Bit / Bits] = uint64_t(1) << F.Bit % Bits;
        EXPECT_EQ(Targets.Targets[0].DisabledWords, Expected);
        EXPECT_EQ(Targets.Targets[0].EnabledWords,
                  std::vector<uint64_t>(Expected.size()));
      }
}

TEST(FeatureTables, EncodeErrors) {
  auto ErrorOf = [](StringRef Name, TargetDataLayout Layout,
                    FeatureNumbering Numbering) {
    CPUTarget T;
    T.Enabled = {Name.str()};
    CPUTargets Targets = targets(Layout, T);
    Error E = encodeFeatures(Targets, Numbering, Triple::x86_64);
    return E ? toString(std::move(E)) : "";
  };
  constexpr FeatureNumbering Old = FeatureNumbering::Julia1_9,
                             New = FeatureNumbering::Julia1_14;
  EXPECT_EQ(ErrorOf("avx10.1-512", Julia32, Old),
            "target data: target 0: the feature 'avx10.1-512' has no number "
            "for x86_64 in this version of the runtime; leave it out, or pass "
            "it as an extra feature");
  EXPECT_EQ(ErrorOf("bit33", Julia32, Old), "");
  EXPECT_EQ(ErrorOf("bit351", Julia32, Old), "");
  // A bit that has a name, one outside the words, and other spellings.
  for (StringRef Name : {"bit0", "bit352", "bit033", "bit", "bit-1", "bit3x",
                         "bit99999999999999999999", "", "+avx"})
    EXPECT_NE(ErrorOf(Name, Julia32, Old), "") << Name.str();
  EXPECT_EQ(ErrorOf("avx", Julia64, Old),
            "target data: the feature words of the layout have 64 bits, but "
            "those of the runtime 32");
  EXPECT_EQ(ErrorOf("avx", Julia32, New),
            "target data: the feature words of the layout have 32 bits, but "
            "those of the runtime 64");
  EXPECT_EQ(ErrorOf("avx", Julia64, New), "");
  EXPECT_EQ(ErrorOf("avx", Named, Old), "");
  EXPECT_EQ(ErrorOf("avx", Named, New), "");
}
} // namespace
