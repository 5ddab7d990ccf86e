//===- NetBSD.cpp - NetBSD ------------------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetBSD.h"
#include "../SanitizerArgs.h"
#include "ELFArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/TargetParser/ARMTargetParser.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::tools;
using namespace pkgimg::driver::toolchains;
namespace SK = pkgimg::driver::SanitizerKind;

/// How floating point values are passed on ARM, in the names of NetBSD.
static StringRef getARMVariant(const Triple &T) {
  switch (T.getEnvironment()) {
  case Triple::EABI:
  case Triple::GNUEABI:
    return "eabi";
  case Triple::EABIHF:
  case Triple::GNUEABIHF:
    return "eabihf";
  default:
    return "oabi";
  }
}

static bool isBigEndianARM(const Triple &T) {
  return T.getArch() == Triple::armeb || T.getArch() == Triple::thumbeb;
}

/// From version 7 on, and in microcontrollers, the code of a big-endian system
/// is little-endian.
static bool needsBE8(const Triple &T, const ArgList &Args) {
  if (!isBigEndianARM(T) || Args.hasArg(OPT_r))
    return false;
  StringRef Arch = Args.getLastArgValue(OPT_march_EQ, T.getArchName());
  return ARM::parseArchVersion(Arch) >= 7 ||
         ARM::parseArchProfile(Arch) == ARM::ProfileKind::M;
}

/// GNU ld's name of the architectures that have several, as clang gives it; or
/// empty.
static std::string getEmulation(const Triple &T, const ArgList &Args) {
  StringRef ABI = Args.getLastArgValue(OPT_mabi_EQ);
  switch (T.getArch()) {
  case Triple::x86:
    return "elf_i386";
  case Triple::arm:
  case Triple::thumb:
  case Triple::armeb:
  case Triple::thumbeb: {
    std::string Name = isBigEndianARM(T) ? "armelfb_nbsd" : "armelf_nbsd";
    if (getARMVariant(T) != "oabi")
      Name += ("_" + getARMVariant(T)).str();
    return Name;
  }
  case Triple::mips64:
    return ABI == "32" ? "elf32btsmip" : ABI == "64" ? "elf64btsmip" : "";
  case Triple::mips64el:
    return ABI == "32" ? "elf32ltsmip" : ABI == "64" ? "elf64ltsmip" : "";
  case Triple::ppc:
    return "elf32ppc_nbsd";
  case Triple::ppc64:
  case Triple::ppc64le:
    return "elf64ppc";
  case Triple::riscv32:
    return "elf32lriscv";
  case Triple::riscv64:
    return "elf64lriscv";
  case Triple::sparc:
    return "elf32_sparc";
  case Triple::sparcv9:
    return "elf64_sparc";
  default:
    return "";
  }
}

/// The same in the words of LLD, which has no names of NetBSD's own.
static std::string getLLDEmulation(const Triple &T, const ArgList &Args) {
  if (T.isARM() || T.isThumb())
    return isBigEndianARM(T) ? "armelfb" : "armelf";
  if (T.getArch() == Triple::ppc)
    return "elf32ppc";
  // clang has the big-endian name for either.
  if (T.getArch() == Triple::ppc64le)
    return "elf64lppc";
  return getEmulation(T, Args);
}

/// True for the architectures whose compiler's runtime library is part of libc,
/// and whose C++ library is libc++.
static bool hasLLVMRuntime(const Triple &T) {
  return T.isAArch64() || T.isARM() || T.isThumb() || T.isRISCV() ||
         T.isX86() || T.isSPARC() || T.getArch() == Triple::ppc || T.isPPC64();
}

void tools::netbsd::Linker::constructJob(Compilation &C, const char *Output,
                                         const InputInfoList &Inputs,
                                         const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Triple &T = TC.getTriple();
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  addSysRoot(TC, Args, CmdArgs);
  CmdArgs.push_back("--eh-frame-hdr");
  addImageMode(Args, CmdArgs);
  // Before version 10 the loader reads DT_HASH alone.
  addImageTables(T.isMIPS() ? HashStyle::SysV : HashStyle::Both, Args, CmdArgs);
  if (needsBE8(T, Args))
    CmdArgs.push_back("--be8");
  std::string Emulation = isHosted(Args) || !Choice.BuiltIn
                              ? getEmulation(T, Args)
                              : getLLDEmulation(T, Args);
  if (!Emulation.empty())
    addEmulation(Emulation, Args, CmdArgs);
  addRISCVOptions(T, Args, CmdArgs);
  const OutputArgument OutputName = addOutput(Output, CmdArgs);

  StartFiles Start(TC, Args, CmdArgs);
  if (wantStartFiles(Args)) {
    Start.add("crti.o");
    Start.add("crtbeginS.o");
  }

  Args.addAllArgs(CmdArgs, {OPT_L, OPT_T, OPT_s, OPT_t});
  if (isHosted(Args))
    addFilePathLibArgs(TC, Args, CmdArgs);
  addNoDemangle(Args, CmdArgs);
  addReproduce(Args, CmdArgs);
  const bool NeedsSanitizerDeps = addSanitizerRuntimes(TC, Args, CmdArgs);
  addLinkerInputs(TC, Inputs, Args, CmdArgs);
  // Shared runtimes are no part of the system.
  if (isHosted(Args) &&
      !SanitizerArgs(TC, Args).getRuntimes(false).Shared.empty())
    CmdArgs.append({"-rpath", Args.MakeArgString(TC.getCompilerRTPath())});

  if (wantDefaultLibs(Args)) {
    addOpenMPRuntime(TC, Args, CmdArgs, /*GompNeedsRT=*/false);
    if (TC.getDriver().isCXXMode()) {
      if (!Args.hasArg(OPT_nostdlibxx))
        TC.addCXXStdlibLibArgs(Args, CmdArgs);
      CmdArgs.push_back("-lm");
    }
    if (NeedsSanitizerDeps)
      linkSanitizerRuntimeDeps(TC, Args, CmdArgs);
    if (wantPthread(Args))
      CmdArgs.push_back("-lpthread");
    CmdArgs.push_back("-lc");
    if (!hasLLVMRuntime(T)) {
      if (Args.hasArg(OPT_static)) {
        // The unwinder needs libc in turn.
        CmdArgs.append({"-lgcc_eh", "-lc", "-lgcc"});
      } else {
        CmdArgs.push_back("-lgcc");
        addAsNeeded("-lgcc_s", CmdArgs);
      }
    }
  }

  if (wantStartFiles(Args)) {
    Start.add("crtendS.o");
    Start.add("crtn.o");
  }

  addProfileRuntime(TC, Args, CmdArgs);
  LinkCommand &Cmd = finishLink(C, *this, Choice, std::move(CmdArgs),
                                OutputName, Inputs, std::move(Start.Missing));
  addObstacles(Cmd, Args);
}

/// The folder of the libraries of a 32-bit system on a 64-bit one, or of one of
/// an architecture's ABIs; or empty.
static std::string getLibDir(const Triple &T, const ArgList &Args) {
  switch (T.getArch()) {
  case Triple::x86:
    return "i386";
  case Triple::arm:
  case Triple::thumb:
  case Triple::armeb:
  case Triple::thumbeb:
    return getARMVariant(T).str();
  case Triple::mips64:
  case Triple::mips64el: {
    StringRef ABI = Args.getLastArgValue(OPT_mabi_EQ);
    return ABI == "o32" ? "o32" : ABI == "64" ? "64" : "";
  }
  case Triple::ppc:
    return "powerpc";
  case Triple::sparc:
    return "sparc";
  default:
    return "";
  }
}

NetBSD::NetBSD(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : Generic_ELF(D, T, Args) {
  // Here, as nowhere else, -nostdlib is about folders, too.
  if (Args.hasArg(OPT_nostdlib))
    return;
  std::string Dir = getLibDir(T, Args);
  if (!Dir.empty())
    FilePaths.push_back(inSysRoot(*this, "/usr/lib/" + Dir));
  FilePaths.push_back(inSysRoot(*this, "/usr/lib"));
}

ToolChain::CXXStdlibType NetBSD::getDefaultCXXStdlibType() const {
  return hasLLVMRuntime(getTriple()) ? CXXStdlibType::Libcxx
                                     : CXXStdlibType::Libstdcxx;
}

std::unique_ptr<Tool> NetBSD::buildLinker() const {
  return std::make_unique<tools::netbsd::Linker>(*this);
}

SanitizerMask NetBSD::getSupportedSanitizers() const {
  SanitizerMask Result = ToolChain::getSupportedSanitizers();
  if (getTriple().isX86())
    Result |= SK::Address | SK::PointerCompare | SK::PointerSubtract |
              SK::Leak | SK::SafeStack | SK::Scudo | SK::Vptr;
  if (getArch() == llvm::Triple::x86_64)
    Result |= SK::DataFlow | SK::Fuzzer | SK::FuzzerNoLink | SK::HWAddress |
              SK::KernelAddress | SK::KernelHWAddress | SK::KernelMemory |
              SK::Memory | SK::Thread;
  return Result;
}
