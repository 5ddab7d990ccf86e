//===- UsedFeaturesTest.cpp - The CPU features that code uses -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/UsedFeatures.h"
#include "pkgimg/CodeGen/Targets.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

static const char X86_64[] = "x86_64-unknown-linux-gnu";
static const char I686[] = "i686-unknown-linux-gnu";
static const char AArch64[] = "aarch64-unknown-linux-gnu";
static const char RISCV64[] = "riscv64-unknown-linux-gnu";
static const char PPC64LE[] = "powerpc64le-unknown-linux-gnu";

static bool hasTarget(StringRef T) {
  Expected<const Target *> Found = getTarget(Triple(T));
  if (Found)
    return true;
  consumeError(Found.takeError());
  return false;
}

static std::unique_ptr<UsedFeatureFinder> makeFinder(StringRef T,
                                                     StringRef Spec) {
  CPUTargetContext Context;
  Context.TheTriple = Triple(T);
  std::vector<ResolvedTarget> Targets =
      cantFail(parseCPUTargets(Spec, Context));
  return cantFail(UsedFeatureFinder::create(Context.TheTriple, Targets[0]));
}

static void addHex(UsedFeatureFinder &Finder, StringRef Hex) {
  std::string Bytes = fromHex(Hex);
  Finder.addCode(
      ArrayRef(reinterpret_cast<const uint8_t *>(Bytes.data()), Bytes.size()));
}

namespace {
struct Case {
  const char *Instruction, *Hex, *Used;
};
} // namespace

static void checkCases(StringRef T, StringRef Spec, ArrayRef<Case> Cases) {
  for (const Case &C : Cases) {
    std::unique_ptr<UsedFeatureFinder> Finder = makeFinder(T, Spec);
    addHex(*Finder, C.Hex);
    EXPECT_TRUE(Finder->isComplete()) << C.Instruction;
    EXPECT_EQ(join(Finder->getUsed(), " "), C.Used) << C.Instruction;
  }
}

TEST(UsedFeaturesTest, X86) {
  if (!hasTarget(X86_64))
    GTEST_SKIP();
  // A target with everything.
  const char Spec[] =
      "sapphirerapids,+fma4,+xop,+tbm,+sse4a,+egpr,+sm4,+avxvnniint8";
  const Case Cases[] = {
      {"add rax, rbx", "4801d8", ""},
      {"nop", "90", ""},
      {"ret", "c3", ""},
      {"endbr64", "f30f1efa", ""},
      {"addps xmm0, xmm1", "0f58c1", "sse"},
      {"addsd xmm0, xmm1", "f20f58c1", "sse2"},
      {"cvttsd2si eax, qword ptr [rdi]", "f20f2c07", "sse2"},
      {"pshufb xmm0, xmm1", "660f3800c1", "ssse3"},
      {"pcmpestri xmm0, xmm1, 3", "660f3a61c103", "sse4.2"},
      {"vaddps xmm0, xmm1, xmm2", "c5f058c2", "avx"},
      {"vaddps ymm0, ymm1, ymm2", "c5f458c2", "avx"},
      {"vpaddd ymm0, ymm1, ymm2", "c5f5fec2", "avx2"},
      {"vbroadcastss xmm0, xmm1", "c4e27918c1", "avx2"},
      {"vbroadcastss xmm0, dword ptr [rdi]", "c4e2791807", "avx"},
      {"vgatherdps ymm0, [rdi + 4*ymm1], ymm2", "c4e26d92048f", "avx2"},
      {"vzeroupper", "c5f877", "avx"},
      {"vfmadd231ps ymm0, ymm1, ymm2", "c4e275b8c2", "fma"},
      {"vfmaddps xmm0, xmm1, xmm2, xmm3", "c4e3f168c320", "fma4"},
      {"vcvtph2ps ymm0, xmm1", "c4e27d13c1", "f16c"},
      {"mulx rax, rbx, rcx", "c4e2e3f6c1", "bmi2"},
      {"andn eax, ebx, ecx", "c4e260f2c1", "bmi"},
      {"tzcnt eax, ecx", "f30fbcc1", "bmi"},
      {"popcnt rax, rcx", "f3480fb8c1", "popcnt"},
      {"crc32 eax, ecx", "f20f38f1c1", "crc32"},
      {"movbe eax, [rdi]", "0f38f007", "movbe"},
      {"cmovne eax, ecx", "0f45c1", "cmov"},
      {"cmpxchg16b [rdi]", "480fc70f", "cx16"},
      {"lock cmpxchg8b [rdi]", "f00fc70f", "cx8"},
      {"fld tbyte ptr [rsp]", "db2c24", "x87"},
      {"rdrand eax", "0fc7f0", "rdrnd"},
      {"xsavec [rdi]", "0fc727", "xsavec"},
      {"sha256rnds2 xmm0, xmm1", "0f38cbc1", "sha"},
      {"vaesenc xmm0, xmm1, xmm2", "c4e271dcc2", "aes avx"},
      {"vaesenc ymm0, ymm1, ymm2", "c4e275dcc2", "vaes"},
      {"vpclmulqdq zmm0, zmm1, zmm2, 1", "62f3754844c201",
       "avx512f evex512 vpclmulqdq"},
      {"vaddps zmm0, zmm1, zmm2", "62f1744858c2", "avx512f evex512"},
      {"vaddps ymm0 {k1}, ymm1, ymm2", "62f1742958c2", "avx512f avx512vl"},
      {"vaddss xmm16, xmm1, xmm2", "62e1760858c2", "avx512f"},
      {"vpaddw zmm0, zmm1, zmm2", "62f17548fdc2", "avx512bw evex512"},
      {"vmovdqu8 zmm0, [rdi]", "62f17f486f07", "avx512bw evex512"},
      {"vandps zmm0, zmm1, zmm2", "62f1744854c2", "avx512dq evex512"},
      {"vpermb zmm0, zmm1, zmm2", "62f275488dc2", "avx512vbmi evex512"},
      {"vaddph zmm0, zmm1, zmm2", "62f5744858c2", "avx512fp16 evex512"},
      {"{evex} vpdpbusd xmm0, xmm1, xmm2", "62f2750850c2",
       "avx512vl avx512vnni"},
      {"{vex} vpdpbusd xmm0, xmm1, xmm2", "c4e27150c2", "avxvnni"},
      {"kmovw k1, eax", "c5f892c8", "avx512f"},
      {"kmovq k1, rax", "c4e1fb92c8", "avx512bw evex512"},
      {"blsfill eax, ecx", "8fe97801d1", "tbm"},
      {"vpperm xmm0, xmm1, xmm2, xmm3", "8fe870a3c230", "xop"},
      {"add r16, rbx", "d51801d8", "egpr"},
  };
  checkCases(X86_64, Spec, Cases);
}

TEST(UsedFeaturesTest, X86In32BitMode) {
  if (!hasTarget(I686))
    GTEST_SKIP();
  const Case Cases[] = {
      {"inc eax", "40", ""},
      {"les eax, [ecx]", "c401", ""},
      {"bound eax, [ecx]", "62019090", ""},
      {"vaddps ymm0, ymm1, ymm2", "c5f458c2", "avx"},
      {"vaddps zmm0, zmm1, zmm2", "62f1744858c2", "avx512f evex512"},
      {"fadd st, st(1)", "d8c1", "x87"},
      {"movq mm0, mm1", "0f6fc1", "mmx"},
      {"pshufb mm0, mm1", "0f3800c1", "mmx ssse3"},
  };
  checkCases(I686, "skylake-avx512", Cases);
}

TEST(UsedFeaturesTest, AArch64) {
  if (!hasTarget(AArch64))
    GTEST_SKIP();
  const Case Cases[] = {
      {"add x0, x1, x2", "2000028b", ""},
      {"fadd d0, d1, d2", "2028621e", "fp-armv8"},
      {"fadd v0.4s, v0.4s, v1.4s", "00d4214e", "neon"},
      {"fadd v0.8h, v0.8h, v1.8h", "0014414e", "fullfp16 neon"},
      {"fadd h0, h1, h2", "2028e21e", "fullfp16"},
      {"ldadd x0, x1, [x2]", "410020f8", "lse"},
      {"cas x0, x1, [x2]", "417ca0c8", "lse"},
      {"ldapr x0, [x1]", "20c0bff8", "rcpc"},
      {"crc32x w0, w1, x2", "204cc29a", "crc"},
      {"aese v0.16b, v1.16b", "2048284e", "aes"},
      {"sqrdmlah v0.4s, v1.4s, v2.4s", "2084826e", "rdm"},
      {"sdot v0.4s, v1.16b, v2.16b", "2094824e", "dotprod"},
      {"bfmmla v0.4s, v1.8h, v2.8h", "20ec426e", "bf16 neon"},
      {"add z0.s, z1.s, z2.s", "2000a204", "sve"},
      {"histcnt z0.s, p0/z, z1.s, z2.s", "20c0a245", "sve2"},
      {"pacia x0, x1", "2000c1da", "pauth"},
      // No operation, on processors without the feature.
      {"bti c", "5f2403d5", ""},
      {"paciasp", "3f2303d5", ""},
      // By the name of the register or operation.
      {"mrs x0, TPIDR_EL0", "40d03bd5", ""},
      {"mrs x0, RNDR", "00243bd5", "rand"},
      {"dc cvap, x0", "207c0bd5", "ccpp"},
  };
  checkCases(AArch64, "neoverse-v2,+rand,+aes", Cases);
}

TEST(UsedFeaturesTest, EitherFeature) {
  if (!hasTarget(AArch64))
    GTEST_SKIP();
  // ptrue needs SVE or SME. More processors have SVE.
  const Case Either[] = {{"ptrue p0.b", "e0e31825", "sve"}};
  checkCases(AArch64, "neoverse-v2,+sme", Either);
  const Case One[] = {{"ptrue p0.b", "e0e31825", "sme"}};
  checkCases(AArch64, "apple-m4", One);
}

TEST(UsedFeaturesTest, RISCV) {
  if (!hasTarget(RISCV64))
    GTEST_SKIP();
  const Case Cases[] = {
      {"add a0, a1, a2", "3385c500", ""},
      {"mul a0, a1, a2", "3385c502", "zmmul"},
      {"amoadd.w a0, a1, (a2)", "2f25b600", "a"},
      {"fadd.d f0, f1, f2", "53f02002", "d"},
      {"c.add a0, a1", "2e95", "c"},
      {"sh1add a0, a1, a2", "33a5c520", "zba"},
      {"vadd.vv v0, v1, v2", "57001102", "zve32x"},
  };
  checkCases(RISCV64, "generic,+v,+zba", Cases);
}

TEST(UsedFeaturesTest, SeveralInstructionsAndCalls) {
  if (!hasTarget(X86_64))
    GTEST_SKIP();
  std::unique_ptr<UsedFeatureFinder> Finder =
      makeFinder(X86_64, "x86-64-v3,-fma");
  EXPECT_TRUE(Finder->getUsed().empty());
  // vaddps ymm0, ymm1, ymm2; mulx rax, rbx, rcx; ret
  addHex(*Finder, "c5f458c2c4e2e3f6c1c3");
  // vfmadd231ps ymm0, ymm1, ymm2, which the target was not to have; ret
  addHex(*Finder, "c4e275b8c2c3");
  EXPECT_TRUE(Finder->isComplete());
  EXPECT_EQ(join(Finder->getUsed(), " "), "avx bmi2");
}

TEST(UsedFeaturesTest, Incomplete) {
  const struct {
    const char *Triple, *Spec, *Hex;
  } Cases[] = {
      {X86_64, "haswell", "06"},           // No instruction in 64-bit mode.
      {X86_64, "haswell", "c5f4"},         // The beginning of one.
      {X86_64, "haswell", "62f27d48cac1"}, // vrcp28ps zmm0, zmm1.
      {X86_64, "haswell", "0f0fc19e"},     // pfadd mm0, mm1.
      {AArch64, "generic", "410020f8"},    // ldadd, for a target without it.
      {AArch64, "cortex-a72", "00000000"}, // udf.
      {AArch64, "cortex-a72", "2000"},     {PPC64LE, "pwr8", "00000060"},
  };
  for (const auto &C : Cases) {
    if (!hasTarget(C.Triple))
      continue;
    std::unique_ptr<UsedFeatureFinder> Finder = makeFinder(C.Triple, C.Spec);
    addHex(*Finder, C.Hex);
    if (StringRef(C.Hex) == "00000000") {
      // A trap is an instruction.
      EXPECT_TRUE(Finder->isComplete());
      continue;
    }
    EXPECT_FALSE(Finder->isComplete()) << C.Hex;
    CPUTargetContext Context;
    Context.TheTriple = Triple(C.Triple);
    EXPECT_EQ(Finder->getUsed(),
              cantFail(parseCPUTargets(C.Spec, Context))[0].Features);
  }
}
