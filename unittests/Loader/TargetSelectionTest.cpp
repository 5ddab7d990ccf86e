//===- TargetSelectionTest.cpp - which code of an image to run ------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/TargetSelection.h"
#include "../TestSupport.h"

using namespace llvm;
using namespace pkgimg;

namespace {

const Triple X86("x86_64-unknown-linux-gnu");
const Triple AArch64("aarch64-unknown-linux-gnu");
const Triple RISCV("riscv64-unknown-linux-gnu");

HostInfo host(const Triple &T, StringRef Spec) {
  return valueOf(makeHost(T, Spec));
}

CPUTarget target(StringRef Name, std::vector<std::string> Enabled,
                 uint32_t Base = CPUTarget::NoBase) {
  CPUTarget T;
  T.Name = Name.str();
  T.Enabled = std::move(Enabled);
  T.Base = Base;
  return T;
}

CPUTarget used(CPUTarget T, std::vector<std::string> Used) {
  T.Flags |= CPUTarget::HasUsed;
  T.Used = std::move(Used);
  return T;
}

CPUTargets targets(std::vector<CPUTarget> List) {
  CPUTargets T;
  T.Targets = std::move(List);
  return T;
}

/// "1: the reason", or "none".
std::string choice(const TargetSelection &S) {
  if (!S.Chosen)
    return "none";
  return std::to_string(*S.Chosen) + ": " + S.Reason;
}

const std::vector<std::string> V3 = {"avx", "avx2", "fma", "sse3"};
const std::vector<std::string> V4 = {"avx",     "avx2", "avx512f", "avx512vl",
                                     "evex512", "fma",  "sse3"};

TEST(TargetSelectionTest, TheRichestThatTheHostHas) {
  CPUTargets T =
      targets({target("x86-64", {"sse2"}), target("x86-64-v3", V3, 0),
               target("x86-64-v4", V4, 0)});
  auto choose = [&](StringRef Host) {
    return choice(selectTarget(T, SelectionRules::PkgImg, host(X86, Host)));
  };
  EXPECT_EQ(choose("nehalem"), "0: the only one accepted");
  EXPECT_EQ(choose("haswell"), "1: the largest vector registers (32 bytes)");
  EXPECT_EQ(choose("skylake-avx512"),
            "2: the largest vector registers (64 bytes)");
  EXPECT_EQ(choose("skylake-avx512,-evex512"),
            "1: the largest vector registers (32 bytes)");

  TargetSelection S =
      selectTarget(T, SelectionRules::PkgImg, host(X86, "nehalem"));
  ASSERT_EQ(S.Verdicts.size(), 3u);
  EXPECT_EQ(S.Verdicts[0].message(), "accepted");
  EXPECT_EQ(S.Verdicts[1].message(),
            "needs avx, avx2, fma, which the processor lacks");
  EXPECT_EQ(S.Verdicts[2].Missing,
            (std::vector<std::string>{"avx", "avx2", "avx512f", "avx512vl",
                                      "evex512", "fma"}));
}

TEST(TargetSelectionTest, WhatNobodyUsesIsNotMissed) {
  CPUTargets T =
      targets({target("x86-64", {"sse2"}),
               used(target("skylake-avx512", V4, 0), {"avx512f", "avx512vl"})});
  // Without zmm registers in use, 512 bits do not count.
  TargetSelection S =
      selectTarget(T, SelectionRules::PkgImg, host(X86, "haswell,+avx512vl"));
  EXPECT_EQ(choice(S), "1: the largest vector registers (32 bytes)");
  // What is enabled and not used matters to Julia.
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::Julia1_14,
                                host(X86, "haswell,+avx512vl"))),
            "0: the only one accepted");
  // Used is what counts, and not the flag alone.
  T.Targets[1].Flags = 0;
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::PkgImg,
                                host(X86, "haswell,+avx512vl"))),
            "0: the only one accepted");
}

TEST(TargetSelectionTest, NobodyUsesXSaveS) {
  CPUTargets T = targets({target("skylake", {"avx2", "invpcid", "xsaves"})});
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::PkgImg,
                                host(X86, "haswell,-invpcid"))),
            "0: the only one");
}

TEST(TargetSelectionTest, EqualRegistersThenFeaturesThenTheLast) {
  CPUTargets T =
      targets({target("a", {"avx"}), target("b", {"avx", "avx2"}, 0),
               target("c", {"avx", "fma"}, 0), target("d", {"avx"}, 0)});
  EXPECT_EQ(
      choice(selectTarget(T, SelectionRules::PkgImg, host(X86, "haswell"))),
      "2: the last of equals");
  T.Targets.erase(T.Targets.begin() + 2);
  EXPECT_EQ(
      choice(selectTarget(T, SelectionRules::PkgImg, host(X86, "haswell"))),
      "1: the most features (2)");
}

TEST(TargetSelectionTest, APartialTargetNeedsItsBase) {
  CPUTargets T = targets({target("x86-64", {}), target("group", {"avx2"}),
                          target("partial", {"avx512f", "evex512"}, 1)});
  T.Targets[1].Flags = CPUTarget::CloneAll;
  HostInfo H = host(X86, "x86-64-v4");
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::PkgImg, H)),
            "2: the largest vector registers (64 bytes)");
  H.Features["avx2"] = false;
  TargetSelection S = selectTarget(T, SelectionRules::PkgImg, H);
  EXPECT_EQ(choice(S), "0: the only one accepted");
  EXPECT_EQ(S.Verdicts[2].message(), "its base, target 1, is refused");
  // The tables' bases come before those of the targets.
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::PkgImg, H, {{}, {}, {0}})),
            "2: the largest vector registers (64 bytes)");
  // A base counts for the registers.
  T = targets({target("a", {"avx"}), target("b", {"sse3"}, 0)});
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::PkgImg, H)),
            "1: the last of equals");
}

TEST(TargetSelectionTest, NothingFits) {
  CPUTargets T = targets({target("haswell", V3)});
  TargetSelection S =
      selectTarget(T, SelectionRules::PkgImg, host(X86, "nehalem"));
  EXPECT_EQ(choice(S), "none");
  EXPECT_EQ(S.Reason, "");
  EXPECT_EQ(choice(selectTarget(CPUTargets(), SelectionRules::PkgImg,
                                host(X86, "nehalem"))),
            "none");
}

// facts: up to 1.13 an exact name beats all others, 1.14 dropped that.
TEST(TargetSelectionTest, JuliaPrefersNamesUpTo1_13) {
  CPUTargets T =
      targets({target("generic", {"cx16"}), target("core-avx2", {"avx2"}),
               target("znver1", {"avx2", "sha"})});
  HostInfo H = host(X86, "haswell,+sha");
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::Julia1_9, H)),
            "1: named as the processor");
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::Julia1_14, H)),
            "2: the most features (2)");
  // Two of that name are compared with each other.
  T.Targets.push_back(target("haswell", {"avx2"}));
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::Julia1_9, H)),
            "3: the last of equals");
  // A host without a name is nobody's.
  T.Targets.push_back(target("", {}));
  H.CPU.clear();
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::Julia1_9, H)),
            "2: the most features (2)");
  // The named one must be accepted.
  H = host(X86, "haswell,-avx2");
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::Julia1_9, H)),
            "0: the most features (1)");
}

// Julia has no evex512 up to 1.13; from 1.14 on, AVX-512 without it has
// registers of 32 bytes.
TEST(TargetSelectionTest, JuliaAVX512) {
  CPUTargets T =
      targets({target("a", {"avx", "avx2", "fma"}), target("b", {"avx512f"})});
  HostInfo H = host(X86, "x86-64-v4");
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::Julia1_9, H)),
            "1: the largest vector registers (64 bytes)");
  EXPECT_EQ(choice(selectTarget(T, SelectionRules::Julia1_14, H)),
            "0: the most features (3)");
}

TEST(TargetSelectionTest, OtherArchitectures) {
  CPUTargets T = targets({target("generic", {"neon"}),
                          target("neoverse-n1", {"lse", "neon", "v8.2a"}),
                          target("neoverse-v1", {"lse", "neon", "sve"})});
  auto chooseA = [&](StringRef Host) {
    return choice(
        selectTarget(T, SelectionRules::Julia1_14, host(AArch64, Host)));
  };
  EXPECT_EQ(chooseA("generic"), "0: the only one accepted");
  EXPECT_EQ(chooseA("neoverse-n1"), "1: the most features (3)");
  EXPECT_EQ(chooseA("neoverse-v2"),
            "2: the largest vector registers (256 bytes)");
  EXPECT_EQ(chooseA("neoverse-v2,-sve"), "1: the most features (3)");

  T = targets({target("generic-rv64", {"d", "m"}), target("a", {"d", "m", "v"}),
               target("b", {"m", "zve32x"})});
  auto chooseR = [&](StringRef Host) {
    return choice(selectTarget(T, SelectionRules::PkgImg, host(RISCV, Host)));
  };
  EXPECT_EQ(chooseR("generic"), "0: the only one accepted");
  EXPECT_EQ(chooseR("generic,+v"),
            "1: the largest vector registers (128 bytes)");
  EXPECT_EQ(chooseR("generic,+zve32x"),
            "2: the largest vector registers (32 bytes)");
}

/// Tables with one shard, and targets by their features' bits.
ImageTables julia(ImageDialect Dialect, FeatureNumbering Numbering,
                  std::vector<CPUTarget> List) {
  ImageTables T;
  T.Dialect = Dialect;
  T.Targets.Layout = Dialect == ImageDialect::Julia1_14
                         ? TargetDataLayout::Julia64
                         : TargetDataLayout::Julia32;
  T.Targets.Targets = std::move(List);
  orDie(encodeFeatures(T.Targets, Numbering, Triple::x86_64));
  for (CPUTarget &Target : T.Targets.Targets)
    Target.Enabled.clear();
  T.Shards.resize(1);
  T.Shards[0].Clones.resize(T.Targets.Targets.size());
  for (auto &C : T.Shards[0].Clones)
    C.IsGroup = true;
  return T;
}

TEST(TargetSelectionTest, TablesOfJulia) {
  HostInfo H = host(X86, "haswell");
  // The words are resolved, by the dialect where no header tells.
  for (auto [Dialect, Numbering] :
       {std::pair(ImageDialect::Julia1_10, FeatureNumbering::Julia1_9),
        std::pair(ImageDialect::Julia1_11, FeatureNumbering::Julia1_9),
        std::pair(ImageDialect::Julia1_11, FeatureNumbering::Julia1_12),
        std::pair(ImageDialect::Julia1_13, FeatureNumbering::Julia1_12),
        std::pair(ImageDialect::Julia1_14, FeatureNumbering::Julia1_14)}) {
    ImageTables T =
        julia(Dialect, Numbering,
              {target("generic", {"cx16"}), target("x", {"avx", "avx2"}),
               target("y", {"avx512f"})});
    TargetSelection S = selectTarget(T, Triple::x86_64, H);
    EXPECT_EQ(choice(S), "1: the largest vector registers (32 bytes)")
        << getDialectName(Dialect).str();
    EXPECT_EQ(S.Verdicts[2].message(),
              "needs avx512f, which the processor lacks");
  }
  // A base is where Julia stores it: with the clones.
  ImageTables T = julia(ImageDialect::Julia1_11, FeatureNumbering::Julia1_9,
                        {target("generic", {"cx16"}), target("x", {"avx512f"}),
                         target("y", {"avx"})});
  T.Shards[0].Clones[2].IsGroup = false;
  T.Shards[0].Clones[2].Base = 1;
  TargetSelection S = selectTarget(T, Triple::x86_64, H);
  EXPECT_EQ(choice(S), "0: the only one accepted");
  EXPECT_EQ(S.Verdicts[2].message(), "its base, target 1, is refused");
}

// A bit that the release's table has no name for cannot be known to be there.
TEST(TargetSelectionTest, BitsWithoutAName) {
  ImageTables T = julia(ImageDialect::Julia1_11, FeatureNumbering::Julia1_9,
                        {target("generic", {"cx16"})});
  T.Targets.Targets[0].EnabledWords[1] |= 1;
  TargetSelection S = selectTarget(T, Triple::x86_64, host(X86, "x86-64-v4"));
  EXPECT_EQ(S.Verdicts[0].message(), "needs bit32, which the processor lacks");
}

} // namespace
