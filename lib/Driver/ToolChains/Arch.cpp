//===- Arch.cpp - ABIs and processors by architecture ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arch.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/ARMTargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/LoongArchTargetParser.h"
#include "llvm/TargetParser/RISCVISAInfo.h"
#include "llvm/TargetParser/RISCVTargetParser.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

//===----------------------------------------------------------------------===//
// Processors
//===----------------------------------------------------------------------===//

/// Returns this machine's processor for "native", or \p Default if it is not
/// known; any other name as it is.
static std::string resolveNative(StringRef CPU, StringRef Default) {
  if (CPU != "native")
    return CPU.str();
  StringRef Host = sys::getHostCPUName();
  return Host.empty() || Host == "generic" ? Default.str() : Host.str();
}

/// Drops the extensions behind a name: "cortex-a72+crypto".
static std::string dropExtensions(StringRef Name) {
  return Name.split('+').first.lower();
}

static StringRef getDefaultX86CPU(const Triple &T) {
  const bool Is64Bit = T.getArch() == Triple::x86_64;
  if (T.isOSDarwin()) {
    if (T.getArchName() == "x86_64h")
      return "core-avx2";
    // From 10.12 on no older machine runs the system; its simulators do run
    // on one.
    if (T.isMacOSX() && !T.isOSVersionLT(10, 12))
      return "penryn";
    if (T.isDriverKit())
      return "nehalem";
    return Is64Bit ? "core2" : "yonah";
  }
  if (Is64Bit)
    return "x86-64";
  if (T.isAndroid())
    return "i686";
  switch (T.getOS()) {
  case Triple::NetBSD:
    return "i486";
  case Triple::Haiku:
  case Triple::OpenBSD:
    return "i586";
  case Triple::FreeBSD:
    return "i686";
  default:
    return "pentium4";
  }
}

static StringRef getDefaultAArch64CPU(const Triple &T) {
  if (T.isTargetMachineMac() && T.getArch() == Triple::aarch64)
    return "apple-m1";
  if (T.isXROS() || T.isArm64e())
    return "apple-a12";
  if (T.isOSDarwin())
    return T.getArch() == Triple::aarch64_32 ? "apple-s4" : "apple-a7";
  return "generic";
}

static StringRef getDefaultPPCCPU(const Triple &T) {
  switch (T.getArch()) {
  case Triple::ppc64le:
    return "ppc64le";
  case Triple::ppc64:
    return "ppc64";
  default:
    return "ppc";
  }
}

/// gcc's names of processors of the Power family, as LLVM has them.
static StringRef normalizePPCCPU(StringRef CPU, const Triple &T) {
  if (CPU == "generic" || CPU == "405")
    return getDefaultPPCCPU(T);
  return StringSwitch<StringRef>(CPU)
      .Case("common", "generic")
      .Case("440fp", "440")
      .Case("630", "pwr3")
      .Case("G3", "g3")
      .Case("G4", "g4")
      .Case("G4+", "g4+")
      .Case("8548", "e500")
      .Case("G5", "g5")
      .Case("power3", "pwr3")
      .Case("power4", "pwr4")
      .Case("power5", "pwr5")
      .Case("power5x", "pwr5x")
      .Case("power6", "pwr6")
      .Case("power6x", "pwr6x")
      .Case("power7", "pwr7")
      .Case("power8", "pwr8")
      .Case("power9", "pwr9")
      .Case("power10", "pwr10")
      .Case("power11", "pwr11")
      .Case("powerpc", "ppc")
      .Case("powerpc64", "ppc64")
      .Case("powerpc64le", "ppc64le")
      .Default(CPU);
}

/// Motorola's numbers are written with and without a letter before them.
static std::string normalizeM68kCPU(StringRef CPU) {
  if (CPU == "common")
    return "generic";
  StringRef Number = CPU;
  if (!Number.consume_front("m"))
    Number.consume_front("M");
  if (Number.size() == 5 && Number.starts_with("680"))
    return ("M" + Number).str();
  return CPU.str();
}

std::string tools::getTargetCPU(const Triple &T, const ArgList &Args) {
  StringRef MCPU = Args.getLastArgValue(OPT_mcpu_EQ);
  StringRef MArch = Args.getLastArgValue(OPT_march_EQ);
  switch (T.getArch()) {
  case Triple::x86:
  case Triple::x86_64:
    return resolveNative(MArch.empty() ? getDefaultX86CPU(T) : MArch,
                         getDefaultX86CPU(T));
  case Triple::aarch64:
  case Triple::aarch64_32:
  case Triple::aarch64_be: {
    if (MCPU.empty())
      return getDefaultAArch64CPU(T).str();
    std::string Name = dropExtensions(MCPU);
    return resolveNative(AArch64::resolveCPUAlias(Name), "generic");
  }
  case Triple::arm:
  case Triple::armeb:
  case Triple::thumb:
  case Triple::thumbeb:
    if (!MCPU.empty())
      return resolveNative(dropExtensions(MCPU), "generic");
    return ARM::getARMCPUForArch(
               T, dropExtensions(MArch.empty() ? T.getArchName() : MArch))
        .str();
  case Triple::ppc:
  case Triple::ppcle:
  case Triple::ppc64:
  case Triple::ppc64le:
    if (MCPU.empty())
      return getDefaultPPCCPU(T).str();
    return resolveNative(normalizePPCCPU(MCPU, T), getDefaultPPCCPU(T));
  case Triple::riscv32:
  case Triple::riscv64: {
    StringRef Default = T.isRISCV64() ? "generic-rv64" : "generic-rv32";
    return MCPU.empty() ? Default.str() : resolveNative(MCPU, Default);
  }
  case Triple::systemz:
    return MArch.empty() ? "z10" : resolveNative(MArch, "");
  case Triple::loongarch32:
  case Triple::loongarch64: {
    StringRef Default = LoongArch::getDefaultArch(T.isLoongArch64());
    // These name versions of the instruction set, not a processor.
    if (MArch.empty() || MArch == "la64v1.0" || MArch == "la64v1.1")
      return Default.str();
    return resolveNative(MArch, Default);
  }
  case Triple::mips:
  case Triple::mipsel:
  case Triple::mips64:
  case Triple::mips64el:
    return getMipsTarget(T, Args).CPU.str();
  case Triple::sparc:
  case Triple::sparcel:
  case Triple::sparcv9:
    if (MCPU.empty())
      return T.getArch() == Triple::sparc && T.isOSSolaris() ? "v9" : "";
    return resolveNative(MCPU, "");
  case Triple::m68k:
    return MCPU.empty() ? "" : normalizeM68kCPU(resolveNative(MCPU, "native"));
  case Triple::wasm32:
  case Triple::wasm64:
    return MCPU.empty() ? "generic" : MCPU.str();
  default:
    return "";
  }
}

//===----------------------------------------------------------------------===//
// RISC-V
//===----------------------------------------------------------------------===//

/// The extensions that code may use, as -march= spells them.
static std::string getRISCVExtensions(const Triple &T, const ArgList &Args) {
  if (const Arg *A = Args.getLastArg(OPT_march_EQ))
    return A->getValue();
  if (const Arg *A = Args.getLastArg(OPT_mcpu_EQ)) {
    StringRef OfCPU = RISCV::getMArchFromMcpu(resolveNative(A->getValue(), ""));
    if (!OfCPU.empty())
      return OfCPU.str();
  }
  return T.isRISCV64() ? "rv64imafdc" : "rv32imafdc";
}

std::string tools::getRISCVABI(const Triple &T, const ArgList &Args) {
  if (const Arg *A = Args.getLastArg(OPT_mabi_EQ))
    return A->getValue();
  Expected<std::unique_ptr<RISCVISAInfo>> Info = RISCVISAInfo::parseArchString(
      getRISCVExtensions(T, Args), /*EnableExperimentalExtension=*/true);
  if (!errorToBool(Info.takeError()))
    return (*Info)->computeDefaultABI().str();
  // The code generator reports what is wrong with the extensions.
  return T.isRISCV64() ? "lp64d" : "ilp32d";
}

//===----------------------------------------------------------------------===//
// MIPS
//===----------------------------------------------------------------------===//

/// The default processor of each width.
static StringRef getDefaultMipsCPU(const Triple &T, bool Is64Bit) {
  if (T.getSubArch() == Triple::MipsSubArch_r6 ||
      (T.getVendor() == Triple::ImaginationTechnologies &&
       T.isGNUEnvironment()))
    return Is64Bit ? "mips64r6" : "mips32r6";
  if (T.isOSFreeBSD())
    return Is64Bit ? "mips3" : "mips2";
  if (T.isOSOpenBSD() && Is64Bit)
    return "mips3";
  return Is64Bit ? "mips64r2" : "mips32r2";
}

tools::MipsTarget tools::getMipsTarget(const Triple &T, const ArgList &Args) {
  MipsTarget Result;
  if (const Arg *A = Args.getLastArg(OPT_march_EQ, OPT_mcpu_EQ))
    Result.CPU = A->getValue();
  if (const Arg *A = Args.getLastArg(OPT_mabi_EQ))
    // gcc's names.
    Result.ABI = StringSwitch<StringRef>(A->getValue())
                     .Case("32", "o32")
                     .Case("64", "n64")
                     .Default(A->getValue());
  if (Result.CPU.empty() && Result.ABI.empty())
    Result.CPU = getDefaultMipsCPU(T, T.isMIPS64());

  if (Result.ABI.empty()) {
    bool ByCPU = T.getVendor() == Triple::MipsTechnologies ||
                 T.getVendor() == Triple::ImaginationTechnologies;
    if (T.getEnvironment() == Triple::GNUABIN32)
      Result.ABI = "n32";
    else if (ByCPU)
      Result.ABI =
          StringSwitch<StringRef>(Result.CPU)
              .Cases("mips1", "mips2", "mips32", "mips32r2", "mips32r3",
                     "mips32r5", "mips32r6", "p5600", "o32")
              .Cases("mips3", "mips4", "mips5", "mips64", "mips64r2",
                     "mips64r3", "mips64r5", "mips64r6", "octeon", "n64")
              .Default("");
    if (Result.ABI.empty())
      Result.ABI = T.isMIPS32() ? "o32" : "n64";
  }
  if (Result.CPU.empty())
    Result.CPU = getDefaultMipsCPU(T, Result.ABI != "o32");
  return Result;
}
