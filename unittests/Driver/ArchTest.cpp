//===- ArchTest.cpp - ABIs, processors and sets of checks -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToolChains/Arch.h"
#include "ToolChains/CommonArgs.h"
#include "pkgimg/Driver/Options.h"
#include "pkgimg/Driver/Sanitizers.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::tools;

namespace {
InputArgList parse(ArrayRef<const char *> Args) {
  unsigned Index, Count;
  return getDriverOptTable().ParseArgs(Args, Index, Count);
}
std::string cpu(StringRef T, ArrayRef<const char *> Args = {}) {
  return getTargetCPU(Triple(Triple::normalize(T)), parse(Args));
}
std::string riscvABI(StringRef T, ArrayRef<const char *> Args = {}) {
  return getRISCVABI(Triple(Triple::normalize(T)), parse(Args));
}
std::string mips(StringRef T, ArrayRef<const char *> Args = {}) {
  InputArgList Parsed = parse(Args);
  MipsTarget M = getMipsTarget(Triple(Triple::normalize(T)), Parsed);
  return (M.CPU + "/" + M.ABI).str();
}
} // namespace

TEST(Arch, DefaultProcessors) {
  EXPECT_EQ(cpu("x86_64-linux-gnu"), "x86-64");
  EXPECT_EQ(cpu("i686-linux-gnu"), "pentium4");
  EXPECT_EQ(cpu("i686-linux-android21"), "i686");
  EXPECT_EQ(cpu("i386-unknown-netbsd"), "i486");
  EXPECT_EQ(cpu("x86_64-apple-macosx10.14"), "penryn");
  EXPECT_EQ(cpu("arm64-apple-macosx13"), "apple-m1");
  EXPECT_EQ(cpu("aarch64-linux-gnu"), "generic");
  EXPECT_EQ(cpu("armv7-linux-gnueabihf"), "generic");
  EXPECT_EQ(cpu("armv6-linux-gnueabihf"), "arm1136jf-s");
  EXPECT_EQ(cpu("powerpc64le-linux-gnu"), "ppc64le");
  EXPECT_EQ(cpu("riscv64-linux-gnu"), "generic-rv64");
  EXPECT_EQ(cpu("s390x-linux-gnu"), "z10");
  EXPECT_EQ(cpu("mips64el-linux-gnuabi64"), "mips64r2");
  EXPECT_EQ(cpu("sparcv9-linux-gnu"), "");
}

TEST(Arch, NamedProcessors) {
  EXPECT_EQ(cpu("x86_64-linux-gnu", {"-march=haswell"}), "haswell");
  EXPECT_EQ(cpu("aarch64-linux-gnu", {"-mcpu=Cortex-A72+crypto"}),
            "cortex-a72");
  EXPECT_EQ(cpu("powerpc64le-linux-gnu", {"-mcpu=power9"}), "pwr9");
  EXPECT_EQ(cpu("m68k-linux-gnu", {"-mcpu=68020"}), "M68020");
  EXPECT_EQ(cpu("arm-linux-gnueabi", {"-march=armv6"}), "arm1136jf-s");
  // Other architectures than x86 take -march= for something else.
  EXPECT_EQ(cpu("riscv64-linux-gnu", {"-march=rv64gc"}), "generic-rv64");
}

TEST(Arch, RISCVABI) {
  EXPECT_EQ(riscvABI("riscv64-linux-gnu"), "lp64d");
  EXPECT_EQ(riscvABI("riscv32-linux-gnu"), "ilp32d");
  EXPECT_EQ(riscvABI("riscv64-linux-gnu", {"-march=rv64imac"}), "lp64");
  EXPECT_EQ(riscvABI("riscv64-linux-gnu", {"-march=rv64imaf"}), "lp64f");
  EXPECT_EQ(riscvABI("riscv64-linux-gnu", {"-march=rv64imac", "-mabi=lp64d"}),
            "lp64d");
  EXPECT_EQ(riscvABI("riscv32-linux-gnu", {"-march=rv32nonsense"}), "ilp32d");
}

TEST(Arch, MIPS) {
  EXPECT_EQ(mips("mips-linux-gnu"), "mips32r2/o32");
  EXPECT_EQ(mips("mips64-linux-gnuabi64"), "mips64r2/n64");
  EXPECT_EQ(mips("mips64el-linux-gnuabin32"), "mips64r2/n32");
  EXPECT_EQ(mips("mipsisa64r6-linux-gnuabi64"), "mips64r6/n64");
  EXPECT_EQ(mips("mips64-linux-gnu", {"-mabi=32"}), "mips32r2/o32");
  EXPECT_EQ(mips("mips-mti-linux-gnu", {"-march=mips64r2"}), "mips64r2/n64");
}

TEST(Arch, LTOKind) {
  EXPECT_EQ(getLTOKind(parse({})), LTOKind::None);
  EXPECT_EQ(getLTOKind(parse({"-flto"})), LTOKind::Full);
  EXPECT_EQ(getLTOKind(parse({"-flto=auto"})), LTOKind::Full);
  EXPECT_EQ(getLTOKind(parse({"-flto", "-flto=thin"})), LTOKind::Thin);
  EXPECT_EQ(getLTOKind(parse({"-flto=thin", "-fno-lto"})), LTOKind::None);
}

TEST(Sanitizers, Names) {
  EXPECT_FALSE(parseSanitizerName("adress"));
  std::optional<SanitizerName> Address = parseSanitizerName("address");
  ASSERT_TRUE(Address);
  EXPECT_EQ(Address->Mask, SanitizerKind::Address);
  EXPECT_FALSE(Address->IsGroup);
  std::optional<SanitizerName> Shift = parseSanitizerName("shift");
  ASSERT_TRUE(Shift);
  EXPECT_TRUE(Shift->IsGroup);
  EXPECT_EQ(getSanitizerNames(Shift->Mask), "shift-base,shift-exponent");
  EXPECT_EQ(getSanitizerNames(0), "");
  // "undefined" is that of the C standard: no unsigned overflow.
  EXPECT_EQ(SanitizerKind::Undefined & SanitizerKind::UnsignedIntegerOverflow,
            SanitizerMask(0));
  EXPECT_NE(SanitizerKind::Integer & SanitizerKind::UnsignedIntegerOverflow,
            SanitizerMask(0));
}
