//===- CPUTargetSpecTest.cpp - CPU target specifications ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/CPUTargetSpec.h"
#include "pkgimg/CodeGen/Targets.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

static const char X86_64[] = "x86_64-unknown-linux-gnu";
static const char I686[] = "i686-unknown-linux-gnu";
static const char AArch64[] = "aarch64-unknown-linux-gnu";
static const char ARMv7[] = "armv7-unknown-linux-gnueabihf";
static const char RISCV64[] = "riscv64-unknown-linux-gnu";
static const char PPC64LE[] = "powerpc64le-unknown-linux-gnu";

/// Skips where this LLVM was built without the backend.
#define REQUIRE_TARGET(T)                                                      \
  if (Expected<const Target *> Found = getTarget(Triple(T)); !Found) {         \
    consumeError(Found.takeError());                                           \
    GTEST_SKIP() << "no backend for " << T;                                    \
  }

static bool hasTarget(StringRef T) {
  Expected<const Target *> Found = getTarget(Triple(T));
  if (Found)
    return true;
  consumeError(Found.takeError());
  return false;
}

static CPUTargetContext contextFor(StringRef T) {
  CPUTargetContext Context;
  Context.TheTriple = Triple(T);
  return Context;
}

static std::vector<ResolvedTarget> parse(StringRef Spec,
                                         const CPUTargetContext &Context) {
  Expected<std::vector<ResolvedTarget>> Targets =
      parseCPUTargets(Spec, Context);
  if (!Targets) {
    ADD_FAILURE() << Spec.str() << ": " << toString(Targets.takeError());
    return {};
  }
  return std::move(*Targets);
}

static std::string messageFor(StringRef Spec, const CPUTargetContext &Context) {
  Expected<std::vector<ResolvedTarget>> Targets =
      parseCPUTargets(Spec, Context);
  if (Targets) {
    ADD_FAILURE() << Spec.str() << ": parsed";
    return "";
  }
  return toString(Targets.takeError());
}

static std::string print(ArrayRef<ResolvedTarget> Targets) {
  std::string Text;
  raw_string_ostream OS(Text);
  printCPUTargets(OS, Targets);
  return Text;
}

static bool contains(ArrayRef<std::string> List, StringRef Names) {
  SmallVector<StringRef, 8> Split;
  Names.split(Split, ' ', -1, /*KeepEmpty=*/false);
  return all_of(Split,
                [&](StringRef Name) { return is_contained(List, Name); });
}

static bool lacks(ArrayRef<std::string> List, StringRef Names) {
  SmallVector<StringRef, 8> Split;
  Names.split(Split, ' ', -1, /*KeepEmpty=*/false);
  return none_of(Split,
                 [&](StringRef Name) { return is_contained(List, Name); });
}

//===----------------------------------------------------------------------===//
// What specifications resolve to
//===----------------------------------------------------------------------===//

TEST(CPUTargetSpecTest, Baselines) {
  const struct {
    const char *Triple, *Spec, *Expected;
  } Cases[] = {
      {X86_64, "generic",
       "0: cpu=x86-64 flags=clone_all base=0 "
       "features=+64bit,+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87\n"},
      {X86_64, "x86_64",
       "0: cpu=x86-64 flags=clone_all base=0 "
       "features=+64bit,+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87\n"},
      {I686, "generic",
       "0: cpu=pentium4 flags=clone_all base=0 "
       "features=+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87\n"},
      {RISCV64, "generic",
       "0: cpu=generic-rv64 flags=clone_all base=0 "
       "features=+a,+c,+d,+f,+i,+m,+zicsr,+zmmul,+relax\n"},
  };
  for (const auto &C : Cases)
    if (hasTarget(C.Triple))
      EXPECT_EQ(print(parse(C.Spec, contextFor(C.Triple))), C.Expected)
          << C.Triple << " " << C.Spec;
}

TEST(CPUTargetSpecTest, Features) {
  const struct {
    const char *Triple, *Spec, *CPU, *Has, *HasNot, *Disabled, *Canonical;
  } Cases[] = {
      // x86.
      {X86_64, "haswell", "haswell", "avx2 avx bmi2 fma f16c movbe lzcnt",
       "avx512f invpcid fast-gather", "", "haswell"},
      {X86_64, "haswell,-avx2", "haswell", "avx fma", "avx2",
       "avx2 avx512f avx512vl vaes", "haswell,-avx2"},
      {X86_64, "x86-64-v3", "x86-64-v3", "avx2 fma cx16", "avx512f", "",
       "x86-64-v3"},
      {X86_64, "x86-64,+avx512vl", "x86-64",
       "avx512vl avx512f avx2 fma f16c evex512", "avx512bw", "",
       "x86-64,+avx512vl,+evex512"},
      {X86_64, "x86-64-v3,+avx512vl,-evex512", "x86-64-v3", "avx512vl",
       "evex512", "evex512", "x86-64-v3,-evex512,+avx512vl"},
      {X86_64, "x86-64,+avx10.1-256", "x86-64", "avx512vl avx10.1-256",
       "evex512", "", "x86-64,+avx10.1-256"},
      {X86_64, "znver4,+avx512fp16,-rdrnd", "znver4", "avx512fp16 avx512bw",
       "rdrnd", "rdrnd", "znver4,-rdrnd,+avx512fp16"},
      {X86_64, "glm", "goldmont", "sse4.2 sha", "avx", "", "goldmont"},
      {I686, "haswell", "haswell", "avx2 64bit x87", "", "", "haswell"},
      // AArch64.
      {AArch64, "generic", "generic", "fp-armv8 neon", "ete trbe lse", "",
       "generic"},
      {AArch64, "apple-m1", "apple-a14", "neon lse dotprod fullfp16 sha3",
       "sve apple-a14 v8.4a vh", "", "apple-a14"},
      {AArch64, "apple-a18", "apple-m4", "bf16", "", "", "apple-m4"},
      {AArch64, "neoverse-v1,-sve", "neoverse-v1", "lse bf16", "sve",
       "sve sve2 f32mm", "neoverse-v1,-sve"},
      {AArch64, "generic,+sve2", "generic", "sve sve2 fullfp16", "", "",
       "generic,+sve2"},
      {AArch64, "armv8.2-a", "generic", "lse rdm crc ccpp", "fullfp16 v8.2a",
       "", "generic,+v8.2a"},
      {AArch64, "generic,+crypto", "generic", "aes sha2 neon", "crypto", "",
       "generic,+crypto"},
      {AArch64, "cortex-a76,-lse", "cortex-a76", "rcpc fullfp16", "lse v8.1a",
       "lse", "cortex-a76,-lse"},
      {AArch64, "phecda", "falkor", "aes crc", "rdm", "rdm", "falkor,-rdm"},
      {AArch64, "denver2", "generic", "aes sha2 crc", "", "",
       "generic,+aes,+crc,+sha2"},
      // ARM. `generic` is VFPv3-D16; see getTargetDefaults().
      {ARMv7, "generic", "generic", "v7 vfp3d16 fp64", "neon d32 vfp3",
       "neon d32", "generic"},
      {ARMv7, "armv7-a", "generic", "v7 vfp3d16 fp64", "neon d32 vfp3",
       "neon d32", "generic"},
      {ARMv7, "armv7-a,+neon", "generic", "neon d32 vfp3", "vfp4", "",
       "generic,+neon"},
      {ARMv7, "armv7-a,+neon,+vfp4", "generic", "neon d32 vfp3 vfp4", "", "",
       "generic,+neon,+vfp4"},
      {ARMv7, "cortex-a15", "cortex-a15", "neon vfp4 hwdiv hwdiv-arm mp",
       "a15 slowfpvmlx trustzone", "", "cortex-a15"},
      {ARMv7, "scorpion", "generic", "neon d32", "vfp4", "", "generic,+neon"},
      // RISC-V.
      {RISCV64, "generic,+v", "generic-rv64", "v d zve64d zvl128b", "relax", "",
       "generic-rv64,+a,+c,+m,+relax,+v"},
      {RISCV64, "sifive-u74", "sifive-u74", "a c d f m zicsr", "v sifive7", "",
       "sifive-u74"},
      {RISCV64, "generic,+rva22u64", "generic-rv64", "zba zbb zbs zfhmin",
       "rva22u64", "", nullptr},
      {RISCV64, "generic,+svpbmt", "generic-rv64", "d", "svpbmt", "",
       "generic-rv64,+a,+c,+d,+m,+relax,+svpbmt"},
      // PowerPC.
      {PPC64LE, "generic", "ppc64le", "altivec vsx power8-vector",
       "power9-vector 64bit fuse-addi-load", "", "ppc64le"},
      {PPC64LE, "power9", "pwr9", "power9-vector", "mma", "", "pwr9"},
      {PPC64LE, "pwr10,-mma", "pwr10", "power10-vector prefix-instrs", "mma",
       "mma", "pwr10,-mma"},
  };
  for (const auto &C : Cases) {
    if (!hasTarget(C.Triple))
      continue;
    SCOPED_TRACE(Twine(C.Triple).concat(" ").concat(C.Spec).str());
    std::vector<ResolvedTarget> Targets = parse(C.Spec, contextFor(C.Triple));
    ASSERT_EQ(Targets.size(), 1u);
    const ResolvedTarget &T = Targets[0];
    EXPECT_EQ(T.CPU, C.CPU);
    EXPECT_TRUE(contains(T.Features, C.Has)) << print(Targets);
    EXPECT_TRUE(lacks(T.Features, C.HasNot)) << print(Targets);
    EXPECT_TRUE(contains(T.Disabled, C.Disabled)) << print(Targets);
    EXPECT_EQ(T.Disabled.empty(), StringRef(C.Disabled).empty())
        << print(Targets);
    EXPECT_TRUE(is_sorted(T.Features));
    EXPECT_TRUE(is_sorted(T.Disabled));
    if (C.Canonical)
      EXPECT_EQ(canonicalSpec(Targets), C.Canonical);
  }
}

TEST(CPUTargetSpecTest, Switches) {
  REQUIRE_TARGET(X86_64);
  std::vector<ResolvedTarget> Targets =
      parse("znver4,+prefer-256-bit,-macrofusion,-xsaves", contextFor(X86_64));
  ASSERT_EQ(Targets.size(), 1u);
  const ResolvedTarget &T = Targets[0];
  EXPECT_TRUE(contains(T.Switches, "+prefer-256-bit -xsaves"));
  EXPECT_TRUE(lacks(T.Features, "prefer-256-bit xsaves"));
  EXPECT_TRUE(T.Disabled.empty());
  // What is off already is no switch.
  EXPECT_TRUE(
      parse("generic,-slow-shld", contextFor(X86_64))[0].Switches.empty());
}

TEST(CPUTargetSpecTest, FlagsAndBases) {
  REQUIRE_TARGET(X86_64);
  std::vector<ResolvedTarget> Targets =
      parse("generic,opt_size;x86-64-v2,-clone_all;x86-64-v3,clone_all;"
            "x86-64-v4,base(2),min_size;x86-64-v4,base(0)",
            contextFor(X86_64));
  ASSERT_EQ(Targets.size(), 5u);
  const struct {
    bool CloneAll, OptSize, MinSize;
    unsigned Base;
  } Expected[] = {{true, true, false, 0},
                  {false, false, false, 0},
                  {true, false, false, 2},
                  {false, false, true, 2},
                  {false, false, false, 0}};
  for (auto [Index, E] : enumerate(Expected)) {
    EXPECT_EQ(Targets[Index].CloneAll, E.CloneAll) << Index;
    EXPECT_EQ(Targets[Index].OptSize, E.OptSize) << Index;
    EXPECT_EQ(Targets[Index].MinSize, E.MinSize) << Index;
    EXPECT_EQ(Targets[Index].Base, E.Base) << Index;
  }
  EXPECT_EQ(canonicalSpec(Targets),
            "x86-64,opt_size;x86-64-v2;x86-64-v3,clone_all;"
            "x86-64-v4,base(2),min_size;x86-64-v4");

  CPUTargets Data = toTargetData(Targets);
  EXPECT_EQ(Data.Layout, TargetDataLayout::Named);
  ASSERT_EQ(Data.Targets.size(), 5u);
  EXPECT_EQ(Data.Targets[0].Flags, uint32_t(CPUTarget::OptSize));
  EXPECT_EQ(Data.Targets[0].Base, CPUTarget::NoBase);
  EXPECT_EQ(Data.Targets[1].Flags, 0u);
  EXPECT_EQ(Data.Targets[1].Base, 0u);
  EXPECT_EQ(Data.Targets[2].Flags, uint32_t(CPUTarget::CloneAll));
  EXPECT_EQ(Data.Targets[2].Base, CPUTarget::NoBase);
  EXPECT_EQ(Data.Targets[3].Flags, uint32_t(CPUTarget::MinSize));
  EXPECT_EQ(Data.Targets[3].Base, 2u);
  EXPECT_EQ(Data.Targets[3].Name, "x86-64-v4");
  EXPECT_EQ(Data.Targets[3].Enabled, Targets[3].Features);
  EXPECT_TRUE(Data.Targets[3].Used.empty());
}

TEST(CPUTargetSpecTest, OfficialJuliaSpecs) {
  const struct {
    const char *Triple, *Spec;
    const char *Canonical;
  } Cases[] = {
      {X86_64, "generic;x86-64-v3;x86-64-v4,base(1)",
       "x86-64;x86-64-v3,clone_all;x86-64-v4,base(1)"},
      {X86_64, "generic;sandybridge,-xsaveopt,clone_all;haswell,-rdrnd,base(1)",
       "x86-64;sandybridge,-xsaveopt,clone_all;haswell,-rdrnd,base(1)"},
      {I686, "pentium4;sandybridge,-xsaveopt,clone_all",
       "pentium4;sandybridge,-xsaveopt,clone_all"},
      {AArch64,
       "generic;cortex-a57;thunderx2t99;carmel,clone_all;apple-m1,base(3);"
       "neoverse-512tvb,base(3)",
       "generic;cortex-a57;thunderx2t99;carmel,clone_all;apple-a14,base(3);"
       "neoverse-512tvb,base(3)"},
      {AArch64, "generic;apple-m1,clone_all", "generic;apple-a14,clone_all"},
      // With signs, which Julia up to 1.13 does not ask for.
      {ARMv7, "armv7-a;armv7-a,+neon;armv7-a,+neon,+vfp4",
       "generic;generic,+neon;generic,+neon,+vfp4"},
      {PPC64LE, "pwr8", "pwr8"},
  };
  for (const auto &C : Cases) {
    if (!hasTarget(C.Triple))
      continue;
    CPUTargetContext Context = contextFor(C.Triple);
    std::vector<ResolvedTarget> Targets = parse(C.Spec, Context);
    EXPECT_EQ(canonicalSpec(Targets), C.Canonical);
    EXPECT_TRUE(parse(canonicalSpec(Targets), Context) == Targets) << C.Spec;
  }
}

//===----------------------------------------------------------------------===//
// The words sysimage and native
//===----------------------------------------------------------------------===//

TEST(CPUTargetSpecTest, Sysimage) {
  REQUIRE_TARGET(X86_64);
  CPUTargetContext Context = contextFor(X86_64);
  Context.SysimageTargets = "generic;x86-64-v3,clone_all;x86-64-v4,base(1)";
  EXPECT_TRUE(parse("sysimage", Context) ==
              parse(Context.SysimageTargets, Context));
  EXPECT_EQ(canonicalSpec(parse("sysimage;znver4,base(1)", Context)),
            "x86-64;x86-64-v3,clone_all;x86-64-v4,base(1);znver4,base(1)");

  Context.SysimageTargets = "generic;native";
  std::string Message = messageFor("sysimage", Context);
  EXPECT_TRUE(StringRef(Message).starts_with(
      "invalid CPU targets of the base image, for 'sysimage', at column 9: "))
      << Message;
  Context.SysimageTargets = "sysimage";
  EXPECT_NE(messageFor("sysimage", Context).find("for its own targets"),
            std::string::npos);
}

TEST(CPUTargetSpecTest, NativeOfX86) {
  REQUIRE_TARGET(X86_64);
  CPUTargetContext Context = contextFor(X86_64);
  HostCPU &Host = Context.Host.emplace();
  Host.Arch = Triple::x86_64;
  Host.Name = "skylake-avx512";
  // A virtual machine that hides part of the processor, and names that LLVM
  // does not have.
  Host.Features["avx512f"] = false;
  Host.Features["avx512bw"] = true;
  Host.Features["rdseed"] = false;
  Host.Features["amx-tile"] = false;
  Host.Features["sha"] = true;
  Host.Features["from-the-future"] = true;
  std::vector<ResolvedTarget> Targets = parse("native", Context);
  ASSERT_EQ(Targets.size(), 1u);
  const ResolvedTarget &T = Targets[0];
  EXPECT_EQ(T.CPU, "skylake-avx512");
  EXPECT_TRUE(contains(T.Features, "avx2 sha"));
  EXPECT_TRUE(lacks(T.Features, "avx512f avx512bw avx512vl rdseed"));
  EXPECT_TRUE(contains(T.Disabled, "avx512f avx512bw avx512vl rdseed"));
  EXPECT_TRUE(lacks(T.Disabled, "amx-tile"));
  EXPECT_EQ(canonicalSpec(Targets), "skylake-avx512,-avx512f,-rdseed,+sha");
  Context.Host->Name = "haswell";
  EXPECT_TRUE(parse("skylake-avx512,-avx512f,-rdseed,+sha", Context) ==
              Targets);

  // Features on top of the host's, and another mode of the same processor.
  EXPECT_EQ(canonicalSpec(parse("generic;native,+avx512f", Context)),
            "x86-64;haswell,+avx512f,+evex512,+sha");
  Context.TheTriple = Triple(I686);
  EXPECT_EQ(parse("native", Context)[0].CPU, "haswell");
  Context.TheTriple = Triple(X86_64);

  // Detection that found no name, or one of the wrong mode.
  for (const char *Name : {"generic", "", "unheard-of", "pentium4"}) {
    Context.Host->Name = Name;
    Context.Host->Features.clear();
    Context.Host->Features["avx2"] = true;
    EXPECT_EQ(canonicalSpec(parse("native", Context)), "x86-64,+avx2") << Name;
  }
}

TEST(CPUTargetSpecTest, NativeOfOthers) {
  if (hasTarget(AArch64)) {
    CPUTargetContext Context = contextFor(AArch64);
    HostCPU &Host = Context.Host.emplace();
    Host.Arch = Triple::aarch64;
    Host.Name = "neoverse-v1";
    Host.Features["sve"] = false;
    Host.Features["crypto"] = false;
    EXPECT_EQ(canonicalSpec(parse("native", Context)), "neoverse-v1,-sve");
  }
  if (hasTarget(RISCV64)) {
    CPUTargetContext Context = contextFor(RISCV64);
    HostCPU &Host = Context.Host.emplace();
    Host.Arch = Triple::riscv64;
    Host.Name = "generic-rv64";
    Host.Features["v"] = true;
    Host.Features["zba"] = true;
    EXPECT_EQ(canonicalSpec(parse("native", Context)),
              "generic-rv64,+a,+c,+m,+relax,+v,+zba");
  }
  if (hasTarget(ARMv7)) {
    CPUTargetContext Context = contextFor(ARMv7);
    HostCPU &Host = Context.Host.emplace();
    Host.Arch = Triple::arm;
    Host.Name = "cortex-a9";
    Host.Features["neon"] = false;
    std::vector<ResolvedTarget> Targets = parse("native", Context);
    EXPECT_EQ(canonicalSpec(Targets), "cortex-a9,-neon");
    EXPECT_TRUE(lacks(Targets[0].Features, "neon"));
  }
}

TEST(CPUTargetSpecTest, NativeOfThisMachine) {
  Triple Process(sys::getProcessTriple());
  REQUIRE_TARGET(Process.str());
  CPUTargetContext Context = contextFor(Process.str());
  std::vector<ResolvedTarget> Targets = parse("native", Context);
  ASSERT_EQ(Targets.size(), 1u);
  EXPECT_TRUE(parse(canonicalSpec(Targets), Context) == Targets);
  for (const auto &Entry : sys::getHostCPUFeatures())
    if (!Entry.second)
      EXPECT_TRUE(lacks(Targets[0].Features, Entry.first()))
          << Entry.first().str();
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST(CPUTargetSpecTest, Errors) {
  const struct {
    const char *Triple, *Spec;
    unsigned Column;
    const char *Text;
  } Cases[] = {
      // Processors.
      {X86_64, "", 1, "expected the name of a CPU, found nothing"},
      {X86_64, "haswel", 1, "unknown CPU 'haswel' for"},
      {X86_64, "haswel", 1, "did you mean 'haswell'?"},
      {X86_64, "generic;Znver4", 9, "did you mean 'znver4'?"},
      {X86_64, "natve", 1, "did you mean 'native'?"},
      {X86_64, "cortex-a72", 1, "unknown CPU 'cortex-a72'"},
      {X86_64, ",+avx", 1, "expected the name of a CPU, found nothing"},
      {X86_64, "generic;", 9, "target 1 is empty"},
      {X86_64, ";generic", 1, "target 0 is empty"},
      {X86_64, "generic;;haswell", 9, "target 1 is empty"},
      {X86_64, "+avx2", 1, "found the feature '+avx2'"},
      {X86_64, "clone_all", 1, "which follows a CPU"},
      {X86_64, "pentium4", 1, "lacks the feature '64bit'"},
      {X86_64, "help", 1, "'help' alone"},
      {X86_64, "haswell,help", 9, "'help' alone"},
      {X86_64, "generic;help", 9, "'help' alone"},
      // Characters.
      {X86_64, "generic; haswell", 9, "blanks are not allowed"},
      {X86_64, "generic,+avx\t", 13, "blanks are not allowed"},
      {X86_64, "gen\xc3\xa9ric", 4, "found byte 0xc3"},
      // Features.
      {X86_64, "generic,+avx22", 9, "did you mean '+avx2'?"},
      {X86_64, "generic,-AVX2", 9, "did you mean '-avx2'?"},
      {X86_64, "generic,avx2", 9, "feature 'avx2' has no sign; write '+avx2'"},
      {X86_64, "generic,cloneall", 9, "did you mean 'clone_all'?"},
      {X86_64, "generic,haswell", 9, "separate targets with ';'"},
      {X86_64, "generic,", 9, "found nothing"},
      {X86_64, "generic,,+avx", 9, "found nothing"},
      {X86_64, "generic,+", 9, "expected the name of a feature after '+'"},
      {X86_64, "generic,++avx", 9, "did you mean '+avx'?"},
      {X86_64, "generic,+neon", 9, "unknown feature 'neon'"},
      {X86_64, "generic,+64bit-mode", 9, "is no property of a CPU"},
      {AArch64, "generic,+fp16", 9, "did you mean '+fullfp16'?"},
      {ARMv7, "armv7-a,neon", 9, "write '+neon' or '-neon'"},
      {ARMv7, "generic,+armv7-m", 9, "implies 'noarm'"},
      {RISCV64, "generic,+rvi20u32", 9, "implies '32bit'"},
      // Repetitions and contradictions.
      {X86_64, "haswell,+fma,+fma", 14, "'+fma' was given before, at column 9"},
      {X86_64, "haswell,opt_size,opt_size", 18, "was given before"},
      {X86_64, "generic;haswell,base(0),base(0)", 25, "was given before"},
      {X86_64, "haswell,-fma,+fma", 14,
       "'+fma' contradicts '-fma' at column 9"},
      {X86_64, "haswell,+avx2,-avx", 15,
       "'-avx' contradicts '+avx2' at column 9, since 'avx2' implies 'avx'"},
      {X86_64, "haswell,-avx,+avx512bw", 14,
       "'+avx512bw' contradicts '-avx' at column 9"},
      {AArch64, "generic,+sve2,-fullfp16", 15, "since 'sve2' implies"},
      // Flags.
      {X86_64, "haswell,opt_size,min_size", 18, "found both"},
      {X86_64, "haswell,-opt_size", 9, "expected 'opt_size' without a sign"},
      {X86_64, "haswell,-min_size", 9, "expected 'min_size' without a sign"},
      {X86_64, "haswell,+clone_all", 9, "expected 'clone_all' without a sign"},
      {X86_64, "generic;haswell,-base(0)", 17, "expected 'base(0)' without"},
      {X86_64, "generic;haswell,clone_all,-clone_all", 27, "contradict"},
      {X86_64, "generic,-clone_all", 9, "target 0 has code for every function"},
      // Bases.
      {X86_64, "generic,base(0)", 9, "this is target 0, which has no base"},
      {X86_64, "generic;haswell,base(1)", 17, "this is target 1"},
      {X86_64, "generic;haswell,base(99999999999)", 17, "this is target 1"},
      {X86_64, "generic;haswell,base", 17, "expected 'base(N)'"},
      {X86_64, "generic;haswell,base()", 17, "expected 'base(N)'"},
      {X86_64, "generic;haswell,base(-1)", 17, "expected 'base(N)'"},
      {X86_64, "generic;haswell,base(x)", 17, "expected 'base(N)'"},
      {X86_64, "generic;haswell,base(0", 17, "expected 'base(N)'"},
      {X86_64, "generic;haswell,base(0);skylake,base(1)", 33,
       "target 1 cannot be a base, since by its 'base(0)' it has no code"},
      {X86_64, "generic;haswell,-clone_all;skylake,base(1)", 36,
       "target 1 cannot be a base, since by its '-clone_all' it has no"},
      {X86_64, "generic;haswell,clone_all,base(0)", 27, "has no effect"},
      {X86_64, "generic;haswell,base(0),clone_all", 25, "has no effect"},
      {X86_64, "haswell;x86-64-v2", 9, "lacks its features avx, avx2, bmi"},
      // Words.
      {X86_64, "sysimage", 1, "there is no base image"},
      {X86_64, "generic;sysimage", 9, "must be the first target"},
      {X86_64, "sysimage,+avx", 10, "found '+avx'"},
      {X86_64, "sysimage,clone_all", 10, "found 'clone_all'"},
      // What code for the triple needs.
      {X86_64, "haswell,-sse", 9, "'-sse' switches off 'sse2'"},
      {I686, "lakemont", 1, "lacks the feature 'x87'"},
      {AArch64, "generic,-fp-armv8", 9, "calling convention"},
      {ARMv7, "generic;arm926ej-s", 9, "lacks the feature 'vfp2'"},
      {ARMv7, "cortex-m3", 1, "lacks the feature 'vfp2'"},
      {RISCV64, "rocket-rv64", 1, "lacks the feature 'd'"},
      {RISCV64, "rocket-rv32", 1, "riscv64"},
      {RISCV64, "generic,+m,+zfinx", 12, "incompatible"},
      {PPC64LE, "440", 1, "does not execute code for"},
  };
  for (const auto &C : Cases) {
    if (!hasTarget(C.Triple))
      continue;
    std::string Message = messageFor(C.Spec, contextFor(C.Triple));
    std::string Start =
        "invalid CPU targets, at column " + std::to_string(C.Column) + ": ";
    EXPECT_TRUE(StringRef(Message).starts_with(Start)) << C.Spec << "\n"
                                                       << Message;
    EXPECT_NE(Message.find(C.Text), std::string::npos) << C.Spec << "\n"
                                                       << Message;
  }
}

TEST(CPUTargetSpecTest, NativeElsewhere) {
  REQUIRE_TARGET(AArch64);
  CPUTargetContext Context = contextFor(AArch64);
  Context.Host.emplace().Arch = Triple::x86_64;
  EXPECT_EQ(messageFor("native", Context),
            "invalid CPU targets, at column 1: 'native' is a CPU for x86_64, "
            "but code is generated for 'aarch64-unknown-linux-gnu'; name the "
            "CPU, or 'generic'");
}

TEST(CPUTargetSpecTest, Caret) {
  REQUIRE_TARGET(X86_64);
  EXPECT_EQ(messageFor("generic;haswell,avx;znver4", contextFor(X86_64)),
            "invalid CPU targets, at column 17: feature 'avx' has no sign; "
            "write '+avx' or '-avx'\n"
            "  generic;haswell,avx;znver4\n"
            "                  ^~~");
  EXPECT_EQ(
      StringRef(messageFor("haswell,avx", contextFor(X86_64))).count('\n'), 0u);
}

TEST(CPUTargetSpecTest, UnknownTriple) {
  EXPECT_NE(messageFor("generic", contextFor("nvptx64-nvidia-cuda"))
                .find("no code can be generated"),
            std::string::npos);
  std::string Text;
  raw_string_ostream OS(Text);
  Error E = printCPUTargetHelp(OS, Triple("nvptx64-nvidia-cuda"));
  EXPECT_TRUE(bool(E));
  consumeError(std::move(E));
  EXPECT_EQ(Text, "");
}

TEST(CPUTargetSpecTest, Help) {
  REQUIRE_TARGET(AArch64);
  std::string Text;
  raw_string_ostream OS(Text);
  ASSERT_FALSE(errorToBool(printCPUTargetHelp(OS, Triple(AArch64))));
  for (const char *Line :
       {"\n  neoverse-v1\n", "\n  apple-m1 (apple-a14)\n",
        "\n  denver2 (generic,+aes,+crc,+sha2)\n", "\n  sve2 "})
    EXPECT_NE(Text.find(Line), std::string::npos) << Line << "\n" << Text;
  size_t Others = Text.find("\nTuning, ");
  ASSERT_NE(Others, std::string::npos);
  EXPECT_LT(Text.find("\n  sve2 "), Others);
  EXPECT_GT(Text.find("\n  v8.2a "), Others);
}

//===----------------------------------------------------------------------===//
// The names are LLVM's
//===----------------------------------------------------------------------===//

/// Checks that a TargetMachine takes \p T in silence, and has its features.
static void checkTargetMachine(const Triple &TheTriple,
                               const ResolvedTarget &T) {
  SCOPED_TRACE(TheTriple.str() + " " + T.CPU + " " + T.featureString());
  Expected<const Target *> TheTarget = getTarget(TheTriple);
  ASSERT_TRUE(bool(TheTarget));
  TargetDefaults Defaults = getTargetDefaults(TheTriple);
  TargetOptions Options;
  Options.MCOptions.ABIName = Defaults.ABI;
  Options.FloatABIType = Defaults.FloatABI;

  testing::internal::CaptureStderr();
  std::unique_ptr<TargetMachine> Machine(
      (*TheTarget)
          ->createTargetMachine(TheTriple.str(), T.CPU, T.featureString(),
                                Options, Reloc::PIC_));
  LLVMContext Context;
  Module M("m", Context);
  M.setTargetTriple(TheTriple.str());
  M.setDataLayout(Machine->createDataLayout());
  Function *F = Function::Create(
      FunctionType::get(Type::getVoidTy(Context), /*isVarArg=*/false),
      GlobalValue::ExternalLinkage, "f", M);
  F->addFnAttr("target-cpu", T.CPU);
  F->addFnAttr("target-features", T.featureString());
  const MCSubtargetInfo *Subtarget = Machine->getSubtargetImpl(*F);
  std::string Output = testing::internal::GetCapturedStderr();
  EXPECT_EQ(Output, "");

  std::vector<std::string> On;
  for (const SubtargetFeatureKV &Feature : Subtarget->getAllProcessorFeatures())
    if (Subtarget->hasFeature(Feature.Value) &&
        isISAFeature(TheTriple, Feature.Key))
      On.push_back(Feature.Key);
  EXPECT_EQ(join(On, ","), join(T.Features, ","));
  for (const std::string &Switch : T.Switches)
    for (const SubtargetFeatureKV &Feature :
         Subtarget->getAllProcessorFeatures())
      if (StringRef(Switch).drop_front() == Feature.Key)
        EXPECT_EQ(Subtarget->hasFeature(Feature.Value), Switch[0] == '+')
            << Switch;
}

TEST(CPUTargetSpecTest, EveryCPUOfLLVM) {
  unsigned NumAccepted = 0;
  for (const char *Name :
       {X86_64, I686, AArch64, ARMv7, RISCV64, PPC64LE,
        "x86_64-apple-macosx11.0.0", "arm64-apple-macosx11.0.0",
        "x86_64-w64-windows-gnu", "armv6-unknown-linux-gnueabihf"}) {
    if (!hasTarget(Name))
      continue;
    Triple TheTriple(Name);
    CPUTargetContext Context = contextFor(Name);
    std::unique_ptr<MCSubtargetInfo> Info(
        cantFail(getTarget(TheTriple))
            ->createMCSubtargetInfo(TheTriple.str(), "", ""));
    unsigned NumOfTriple = 0;
    for (const SubtargetSubTypeKV &CPU : Info->getAllProcessorDescriptions()) {
      Expected<std::vector<ResolvedTarget>> Targets =
          parseCPUTargets(CPU.Key, Context);
      if (!Targets) {
        // Of another mode, or without what the calling convention needs.
        std::string Message = toString(Targets.takeError());
        EXPECT_TRUE(StringRef(Message).contains("lacks the feature") ||
                    StringRef(Message).contains("does not execute"))
            << Message;
        continue;
      }
      ++NumOfTriple;
      EXPECT_TRUE(parse(canonicalSpec(*Targets), Context) == *Targets)
          << Name << " " << CPU.Key;
      checkTargetMachine(TheTriple, (*Targets)[0]);
    }
    EXPECT_GT(NumOfTriple, 10u) << Name;
    NumAccepted += NumOfTriple;
  }
  if (hasTarget(X86_64) && hasTarget(AArch64) && hasTarget(ARMv7))
    EXPECT_GT(NumAccepted, 400u);
}

TEST(CPUTargetSpecTest, EveryFeatureOfLLVM) {
  for (const char *Name : {X86_64, I686, AArch64, ARMv7, RISCV64, PPC64LE}) {
    if (!hasTarget(Name))
      continue;
    Triple TheTriple(Name);
    CPUTargetContext Context = contextFor(Name);
    std::unique_ptr<MCSubtargetInfo> Info(
        cantFail(getTarget(TheTriple))
            ->createMCSubtargetInfo(TheTriple.str(), "", ""));
    unsigned NumAccepted = 0, NumRefused = 0;
    for (const SubtargetFeatureKV &F : Info->getAllProcessorFeatures()) {
      for (const char *Sign : {"+", "-"}) {
        std::string Spec = "generic," + (Sign + std::string(F.Key));
        Expected<std::vector<ResolvedTarget>> Targets =
            parseCPUTargets(Spec, Context);
        if (!Targets) {
          consumeError(Targets.takeError());
          ++NumRefused;
          continue;
        }
        ++NumAccepted;
        const ResolvedTarget &T = (*Targets)[0];
        if (isISAFeature(TheTriple, F.Key)) {
          EXPECT_EQ(is_contained(T.Features, F.Key), *Sign == '+') << Spec;
          EXPECT_EQ(is_contained(T.Disabled, F.Key), *Sign == '-') << Spec;
        }
        EXPECT_TRUE(parse(canonicalSpec(*Targets), Context) == *Targets)
            << Name << " " << Spec;
        checkTargetMachine(TheTriple, T);
      }
    }
    EXPECT_GT(NumAccepted, 3 * NumRefused) << Name;
  }
}

TEST(CPUTargetSpecTest, ISAFeatures) {
  const struct {
    const char *Triple, *Features, *Others;
  } Cases[] = {
      {X86_64, "avx2 x87 64bit evex512 avx10.1-256 sse4.1 egpr rtm",
       "fast-hops slow-shld false-deps-popcnt soft-float 64bit-mode "
       "retpoline lvi-cfi vzeroupper nopl xsaves tuning-fast-imm-vector-shift "
       "prefer-256-bit"},
      {AArch64, "neon sve2 lse fullfp16 bf16 mops fptoint rand altnzcv pauth",
       "a57 v8.2a crypto reserve-x18 fuse-aes zcz el3 ete strict-align "
       "outline-atomics pan perfmon"},
      {ARMv7, "neon vfp4 v7 v8.2a hwdiv-arm crc dotprod thumb2 fullfp16",
       "a9 armv7-a soft-float thumb-mode crypto mclass v6m v8.1m.main "
       "reserve-r9 trustzone long-calls"},
      {RISCV64, "v zba d zvl256b experimental-zacas xtheadba zicsr",
       "64bit relax rva22u64 svpbmt h smaia sifive7 reserve-x5 "
       "lui-addi-fusion"},
      {PPC64LE, "vsx altivec mma power9-vector fsqrt",
       "64bit longcall fuse-store privileged aix crbits secure-plt"},
  };
  for (const auto &C : Cases) {
    Triple T(C.Triple);
    SmallVector<StringRef, 16> Names;
    StringRef(C.Features).split(Names, ' ');
    for (StringRef Name : Names)
      EXPECT_TRUE(isISAFeature(T, Name)) << C.Triple << " " << Name.str();
    Names.clear();
    StringRef(C.Others).split(Names, ' ');
    for (StringRef Name : Names)
      EXPECT_FALSE(isISAFeature(T, Name)) << C.Triple << " " << Name.str();
  }
}
