//===- HostTest.cpp - the processor that images are loaded for ------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/Host.h"
#include "../../lib/Loader/HostFeatures.h"
#include "../TestSupport.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace pkgimg;

namespace {

const Triple X86("x86_64-unknown-linux-gnu");
const Triple AArch64("aarch64-unknown-linux-gnu");
const Triple RISCV("riscv64-unknown-linux-gnu");
const Triple ARM("armv7-unknown-linux-gnueabihf");

HostInfo host(const Triple &T, StringRef Spec) {
  return valueOf(makeHost(T, Spec));
}

/// The names of \p Names that \p Host has.
std::string which(const HostInfo &Host, ArrayRef<StringRef> Names) {
  std::string Result;
  for (StringRef Name : Names)
    if (Host.has(Name))
      Result += (Result.empty() ? "" : " ") + Name.str();
  return Result;
}

TEST(HostTest, ProcessorsHaveWhatTheirFeaturesImply) {
  // The target parser names the last of each line of extensions only.
  EXPECT_EQ(which(host(X86, "x86-64-v3"),
                  {"sse2", "sse3", "ssse3", "avx", "avx2", "avx512f"}),
            "sse2 sse3 ssse3 avx avx2");
  EXPECT_EQ(which(host(X86, "x86-64-v4"), {"avx512f", "evex512", "avx512vnni"}),
            "avx512f evex512");
  EXPECT_EQ(which(host(X86, "generic"), {"sse2", "sse3", "cx16"}), "sse2");
  EXPECT_EQ(which(host(AArch64, "neoverse-v1"), {"sve", "sve2", "lse", "bf16"}),
            "sve lse bf16");
  EXPECT_EQ(which(host(AArch64, "generic"), {"neon", "lse", "sve"}), "neon");
  EXPECT_EQ(which(host(RISCV, "generic"), {"m", "d", "f", "zicsr", "v"}),
            "m d f zicsr");
  EXPECT_EQ(which(host(ARM, "cortex-a15"), {"neon", "vfp4", "v7", "hwdiv-arm"}),
            "neon vfp4 v7 hwdiv-arm");
  EXPECT_EQ(which(host(ARM, "generic"), {"neon", "vfp3d16", "v7", "v8"}),
            "vfp3d16 v7");
}

TEST(HostTest, FeaturesBringAndTakeOthers) {
  EXPECT_EQ(which(host(X86, "x86-64,+avx2"), {"avx", "avx2", "fma"}),
            "avx avx2");
  EXPECT_EQ(which(host(X86, "x86-64-v4,-avx2"),
                  {"avx", "avx2", "avx512f", "avx512vl", "fma"}),
            "avx fma");
  EXPECT_EQ(which(host(AArch64, "generic,+sve2"), {"sve", "sve2", "sme"}),
            "sve sve2");
  EXPECT_EQ(which(host(AArch64, "neoverse-v1,-sve"), {"sve", "lse"}), "lse");
  EXPECT_EQ(which(host(RISCV, "generic,+v"), {"v", "zve64d", "zvl128b"}),
            "v zve64d zvl128b");
  EXPECT_EQ(which(host(RISCV, "generic,-f"), {"f", "d", "m"}), "m");
  // The last one counts.
  EXPECT_FALSE(host(X86, "x86-64,+avx,-avx").has("avx"));
  EXPECT_TRUE(host(X86, "x86-64,-avx,+avx").has("avx"));
}

TEST(HostTest, NothingToDetect) {
  HostInfo Bare;
  Bare.TheTriple = X86;
  EXPECT_EQ(which(Bare, {"x87", "cx8", "mmx", "fxsr", "64bit", "sse", "sse2",
                         "cx16", "sse3", "xsaves", "invpcid", "xsave"}),
            "x87 cx8 mmx fxsr 64bit sse sse2 xsaves invpcid");
  Bare.TheTriple = Triple("i686-unknown-linux-gnu");
  EXPECT_EQ(which(Bare, {"x87", "cx8", "sse2", "64bit"}), "x87");
  Bare.TheTriple = AArch64;
  EXPECT_EQ(which(Bare, {"neon", "fp-armv8", "v8.2a", "v9a", "v8r", "lse",
                         "pan", "vh", "v"}),
            "neon fp-armv8 v8.2a v9a v8r pan vh");
  Bare.TheTriple = RISCV;
  EXPECT_EQ(which(Bare, {"i", "64bit", "svpbmt", "h", "m", "zba", "zicsr"}),
            "i 64bit svpbmt h zicsr");
  // A list can only add to what all have.
  Bare.TheTriple = X86;
  Bare.Features["sse2"] = false;
  EXPECT_TRUE(Bare.has("sse2"));
}

TEST(HostTest, NamesAreSorted) {
  HostInfo H;
  H.Features["sse3"] = H.Features["avx"] = H.Features["aes"] = true;
  H.Features["bmi"] = false;
  EXPECT_EQ(H.getFeatureNames(),
            (std::vector<std::string>{"aes", "avx", "sse3"}));
}

TEST(HostTest, MistakesHaveTheirColumn) {
  EXPECT_EQ(errorOf(makeHost(X86, "")),
            "processor '', column 1: expected the name of a processor, found "
            "nothing");
  EXPECT_EQ(errorOf(makeHost(X86, "hasswell")),
            "processor 'hasswell', column 1: 'hasswell' is no processor for "
            "x86_64; did you mean 'haswell'?");
  EXPECT_EQ(errorOf(makeHost(X86, "haswell,avx")),
            "processor 'haswell,avx', column 9: expected '+' or '-' and the "
            "name of a feature, found 'avx'");
  EXPECT_EQ(errorOf(makeHost(X86, "haswell,-avx,+avx512ff")),
            "processor 'haswell,-avx,+avx512ff', column 14: 'avx512ff' is no "
            "feature for x86_64; did you mean 'avx512f'?");
  EXPECT_EQ(errorOf(makeHost(X86, "haswell,")),
            "processor 'haswell,', column 9: expected '+' or '-' and the name "
            "of a feature, found ''");
  EXPECT_EQ(errorOf(makeHost(X86, "neoverse-n1")),
            "processor 'neoverse-n1', column 1: 'neoverse-n1' is no processor "
            "for x86_64");
  // One without 64-bit mode.
  EXPECT_NE(errorOf(makeHost(X86, "i486")).find("no processor for x86_64"),
            std::string::npos);
  EXPECT_EQ(errorOf(makeHost(Triple("powerpc64le-unknown-linux-gnu"), "pwr9")),
            "processor 'pwr9', column 1: no processors are known by name for "
            "powerpc64le; 'native' without features is all that can be given");
}

TEST(HostTest, Native) {
  HostInfo Detected = detectHost();
  EXPECT_EQ(Detected.TheTriple.str(), sys::getProcessTriple());
  HostInfo Native = host(Detected.TheTriple, "native");
  EXPECT_EQ(Native.CPU, Detected.CPU);
  EXPECT_EQ(Native.getFeatureNames(), Detected.getFeatureNames());
  const Triple &Other = Detected.TheTriple.isX86() ? AArch64 : X86;
  EXPECT_NE(errorOf(makeHost(Other, "native")).find("expected one for"),
            std::string::npos);
}

TEST(HostTest, AArch64HWCaps) {
  HostInfo H;
  H.TheTriple = AArch64;
  // AES without PMULL, FPHP without ASIMDHP; CRC32 and atomics.
  addAArch64HWCaps(H.Features, 1 << 3 | 1 << 7 | 1 << 8 | 1 << 9, 0);
  EXPECT_EQ(which(H, {"aes", "crc", "lse", "fullfp16", "sve"}), "crc lse");
  // SVE, I8MM and BF16 of NEON; then those of SVE, too.
  addAArch64HWCaps(H.Features, 1 << 22, 1 << 13 | 1 << 14);
  EXPECT_EQ(which(H, {"sve", "i8mm", "bf16", "crc"}), "sve");
  addAArch64HWCaps(H.Features, 1 << 22, 1 << 9 | 1 << 12 | 1 << 13 | 1 << 14);
  EXPECT_EQ(which(H, {"sve", "i8mm", "bf16", "sve2"}), "sve i8mm bf16");
  // All of them are names that LLVM knows, but for those that came later.
  addAArch64HWCaps(H.Features, ~0ull, ~0ull);
  auto Arch = ArchFeatures::create(AArch64);
  for (const std::string &Name : H.getFeatureNames())
    EXPECT_TRUE(Arch->isFeature(Name)) << Name;
}

TEST(HostTest, RISCVHWCaps) {
  HostInfo H;
  H.TheTriple = RISCV;
  addRISCVHWCaps(H.Features, 64,
                 1u << ('i' - 'a') | 1u << ('m' - 'a') | 1u << ('v' - 'a'));
  EXPECT_EQ(which(H, {"m", "a", "v", "zve32x", "d"}), "m v zve32x d");
}

TEST(HostTest, PPCProcessors) {
  FeatureMap F8, F9, F10, None;
  addPPCFeatures(F8, "pwr8");
  addPPCFeatures(F9, "pwr9");
  addPPCFeatures(F10, "pwr10");
  addPPCFeatures(None, "generic");
  EXPECT_TRUE(F8.lookup("vsx") && !F8.lookup("power9-vector"));
  EXPECT_TRUE(F9.lookup("power9-vector") && F9.lookup("vsx"));
  EXPECT_TRUE(F10.lookup("mma") && !F9.lookup("mma"));
  EXPECT_TRUE(None.empty());
}

} // namespace
