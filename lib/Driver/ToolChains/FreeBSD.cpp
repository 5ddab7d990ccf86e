//===- FreeBSD.cpp - FreeBSD ----------------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FreeBSD.h"
#include "ELFArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::tools;
using namespace pkgimg::driver::toolchains;
namespace SK = pkgimg::driver::SanitizerKind;

/// The linker's name of the architectures that have several, or null.
static const char *getEmulation(const Triple &T, const ArgList &Args) {
  bool N32 = Args.getLastArgValue(OPT_mabi_EQ) == "n32";
  switch (T.getArch()) {
  case Triple::x86:
    return "elf_i386_fbsd";
  case Triple::ppc:
    return "elf32ppc_fbsd";
  case Triple::ppcle:
    // There is no such system, but freestanding code for it.
    return "elf32lppc";
  case Triple::mips:
    return "elf32btsmip_fbsd";
  case Triple::mipsel:
    return "elf32ltsmip_fbsd";
  case Triple::mips64:
    return N32 ? "elf32btsmipn32_fbsd" : "elf64btsmip_fbsd";
  case Triple::mips64el:
    return N32 ? "elf32ltsmipn32_fbsd" : "elf64ltsmip_fbsd";
  case Triple::riscv64:
    return "elf64lriscv";
  default:
    return nullptr;
  }
}

/// True if libraries for gprof are wanted. Since version 14 there are none.
static bool wantProfiling(const Triple &T, const ArgList &Args) {
  unsigned Major = T.getOSMajorVersion();
  return Args.hasArg(OPT_pg) && Major != 0 && Major < 14;
}

void tools::freebsd::Linker::constructJob(Compilation &C, const char *Output,
                                          const InputInfoList &Inputs,
                                          const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Triple &T = TC.getTriple();
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  addSysRoot(TC, Args, CmdArgs);
  CmdArgs.push_back("--eh-frame-hdr");
  addImageMode(Args, CmdArgs);
  // Loaders before version 9 read no DT_GNU_HASH. clang still has them in mind;
  // nothing that could load an image does.
  if (isHosted(Args) && (T.getArch() == Triple::arm || T.isX86()))
    CmdArgs.push_back("--hash-style=both");
  addImageTables(T.isMIPS() ? HashStyle::SysV : HashStyle::Gnu, Args, CmdArgs);
  CmdArgs.push_back("--enable-new-dtags");
  if (const char *Emulation = getEmulation(T, Args))
    addEmulation(Emulation, Args, CmdArgs);
  addRISCVOptions(T, Args, CmdArgs);
  if (const Arg *A = Args.getLastArg(OPT_G); A && T.isMIPS())
    CmdArgs.push_back(Args.MakeArgString(Twine("-G") + A->getValue()));
  const OutputArgument OutputName = addOutput(Output, CmdArgs);

  StartFiles Start(TC, Args, CmdArgs);
  if (wantStartFiles(Args)) {
    Start.add("crti.o");
    Start.add("crtbeginS.o");
  }

  Args.AddAllArgs(CmdArgs, OPT_L);
  if (isHosted(Args))
    addFilePathLibArgs(TC, Args, CmdArgs);
  Args.addAllArgs(CmdArgs, {OPT_T, OPT_s, OPT_t});
  addLTOOptions(TC, Args, CmdArgs, Output);
  addNoDemangle(Args, CmdArgs);
  addReproduce(Args, CmdArgs);
  const bool NeedsSanitizerDeps = addSanitizerRuntimes(TC, Args, CmdArgs);
  addCompressDebugSections(TC, Args, CmdArgs);
  addLinkerInputs(TC, Inputs, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    const bool Profiling = wantProfiling(T, Args);
    addOpenMPRuntime(TC, Args, CmdArgs, /*GompNeedsRT=*/false);
    if (TC.getDriver().isCXXMode()) {
      if (!Args.hasArg(OPT_nostdlibxx))
        TC.addCXXStdlibLibArgs(Args, CmdArgs);
      CmdArgs.push_back(Profiling ? "-lm_p" : "-lm");
    }
    if (NeedsSanitizerDeps)
      linkSanitizerRuntimeDeps(TC, Args, CmdArgs);
    // libgcc comes with the base system, so --rtlib= has no say.
    auto AddLibGcc = [&] {
      CmdArgs.push_back(Profiling ? "-lgcc_p" : "-lgcc");
      if (Args.hasArg(OPT_static))
        CmdArgs.push_back("-lgcc_eh");
      else if (Profiling)
        CmdArgs.push_back("-lgcc_eh_p");
      else
        addAsNeeded("-lgcc_s", CmdArgs);
    };
    AddLibGcc();
    if (wantPthread(Args))
      CmdArgs.push_back(Profiling ? "-lpthread_p" : "-lpthread");
    CmdArgs.push_back("-lc");
    AddLibGcc();
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

FreeBSD::FreeBSD(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : Generic_ELF(D, T, Args) {
  // A 64-bit system may have the libraries of its 32-bit sibling.
  bool Lib32 =
      T.isArch32Bit() && getVFS().exists(inSysRoot(*this, "/usr/lib32/crt1.o"));
  FilePaths.push_back(inSysRoot(*this, Lib32 ? "/usr/lib32" : "/usr/lib"));
}

void FreeBSD::addCXXStdlibLibArgs(const ArgList &Args,
                                  ArgStringList &CmdArgs) const {
  CmdArgs.push_back(wantProfiling(getTriple(), Args) ? "-lc++_p" : "-lc++");
  if (Args.hasArg(OPT_fexperimental_library))
    CmdArgs.push_back("-lc++experimental");
}

std::unique_ptr<Tool> FreeBSD::buildLinker() const {
  return std::make_unique<tools::freebsd::Linker>(*this);
}

SanitizerMask FreeBSD::getSupportedSanitizers() const {
  const bool X86 = getArch() == llvm::Triple::x86;
  const bool X86_64 = getArch() == llvm::Triple::x86_64;
  const bool AArch64 = getArch() == llvm::Triple::aarch64;
  SanitizerMask Result = ToolChain::getSupportedSanitizers() | SK::Address |
                         SK::PointerCompare | SK::PointerSubtract | SK::Vptr;
  if (AArch64 || X86_64 || getTriple().isMIPS64())
    Result |= SK::Leak | SK::Thread;
  if (AArch64 || X86 || X86_64)
    Result |= SK::SafeStack | SK::Fuzzer | SK::FuzzerNoLink;
  if (AArch64 || X86_64)
    Result |= SK::KernelAddress | SK::KernelMemory | SK::Memory;
  return Result;
}
