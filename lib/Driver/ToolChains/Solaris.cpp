//===- Solaris.cpp - Solaris and illumos ----------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Solaris.h"
#include "../SanitizerArgs.h"
#include "ELFArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::tools;
using namespace pkgimg::driver::toolchains;
namespace SK = pkgimg::driver::SanitizerKind;

using Dialect = Solaris::Dialect;

/// clang refuses LLD for Solaris. It makes images that the system's loader
/// takes all the same, if it is called as GNU ld is.
static Dialect chooseDialect(const ArgList &Args) {
  // An empty name is that of the system's linker.
  StringRef Name = Args.getLastArgValue(OPT_fuse_ld_EQ, "lld");
  if (Name == "bfd" || Name == "gld")
    return Dialect::GNU;
  return Name == "lld" && !Args.hasArg(OPT_ld_path_EQ) ? Dialect::LLD
                                                       : Dialect::Native;
}

static const char *getEmulation(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return "elf_i386_sol2";
  case Triple::x86_64:
    return "elf_x86_64_sol2";
  case Triple::sparc:
    return "elf32_sparc_sol2";
  case Triple::sparcv9:
    return "elf64_sparc_sol2";
  default:
    return nullptr;
  }
}

/// Adds \p Library for the case that something needs it. Old versions of the
/// system's linker do not know --as-needed.
static void addAsNeeded(Dialect D, const char *Library,
                        ArgStringList &CmdArgs) {
  if (D == Dialect::Native)
    CmdArgs.append({"-z", "ignore", Library, "-z", "record"});
  else
    tools::addAsNeeded(Library, CmdArgs);
}

/// Adds the objects that tell libc which standards the program keeps to.
static void addStandardValues(const ArgList &Args, StartFiles &Start) {
  StringRef Std = Args.getLastArgValue(OPT_std_EQ);
  const Arg *Last = Args.getLastArg(OPT_std_EQ, OPT_ansi);
  const bool Ansi = Last && Last->getOption().matches(OPT_ansi);
  if (Ansi)
    Std = "";
  // C and C++ proper, or those with GNU's extensions.
  const bool Strict = Std.starts_with("c") || Std.starts_with("iso");
  Start.add(Ansi || Strict ? "values-Xc.o" : "values-Xa.o");
  const bool BeforeC99 =
      StringSwitch<bool>(Std)
          .Cases("c89", "c90", "iso9899:1990", "iso9899:199409", true)
          .Cases("gnu89", "gnu90", true)
          .Default(false);
  Start.add(BeforeC99 ? "values-xpg4.o" : "values-xpg6.o");
}

void tools::solaris::Linker::constructJob(Compilation &C, const char *Output,
                                          const InputInfoList &Inputs,
                                          const ArgList &Args) const {
  const auto &TC = static_cast<const Solaris &>(getToolChain());
  const Triple &T = TC.getTriple();
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  const Dialect D = TC.getDialect();

  // The system's linker shows C++ names in messages if asked; the others do.
  if (D == Dialect::Native)
    CmdArgs.push_back("-C");
  if (Args.hasArg(OPT_static))
    CmdArgs.push_back("-Bstatic");
  addShared(Args, CmdArgs);
  if (D != Dialect::Native) {
    // LLD takes the architecture from the first object.
    if (const char *Emulation = getEmulation(T); Emulation && D == Dialect::GNU)
      CmdArgs.append({"-m", Emulation});
    if (Args.hasArg(OPT_rdynamic))
      CmdArgs.push_back("-export-dynamic");
    CmdArgs.push_back("--eh-frame-hdr");
    // The loader reads DT_HASH alone.
    if (D == Dialect::LLD)
      addImageTables(HashStyle::SysV, Args, CmdArgs);
  } else {
    // All symbols are exported.
    Args.ClaimAllArgs(OPT_rdynamic);
  }
  const OutputArgument OutputName = addOutput(Output, CmdArgs);

  StartFiles Start(TC, Args, CmdArgs);
  if (wantStartFiles(Args)) {
    Start.add("crti.o");
    addStandardValues(Args, Start);
    Start.add("crtbeginS.o");
    addFastMathRuntime(TC, Args, CmdArgs);
  }

  if (isHosted(Args))
    addFilePathLibArgs(TC, Args, CmdArgs);
  Args.addAllArgs(CmdArgs, {OPT_L, OPT_T});
  if (D == Dialect::LLD) {
    addNoDemangle(Args, CmdArgs);
    addReproduce(Args, CmdArgs);
  }
  const bool NeedsSanitizerDeps = addSanitizerRuntimes(TC, Args, CmdArgs);
  addLinkerInputs(TC, Inputs, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    addOpenMPRuntime(TC, Args, CmdArgs, /*GompNeedsRT=*/false);
    if (TC.getDriver().isCXXMode()) {
      if (!Args.hasArg(OPT_nostdlibxx))
        TC.addCXXStdlibLibArgs(Args, CmdArgs);
      CmdArgs.push_back("-lm");
    }
    if (Args.hasArg(OPT_fstack_protector, OPT_fstack_protector_strong,
                    OPT_fstack_protector_all))
      CmdArgs.append({"-lssp_nonshared", "-lssp"});
    // LLVM has no code for all atomic operations of 32-bit SPARC.
    if (T.getArch() == Triple::sparc)
      ::addAsNeeded(D, "-latomic", CmdArgs);
    // Threads are in libc.
    ::addAsNeeded(D, "-lgcc_s", CmdArgs);
    CmdArgs.push_back("-lc");
    if (NeedsSanitizerDeps)
      linkSanitizerRuntimeDeps(TC, Args, CmdArgs);
    // The runtime's start would call itself through what is bound lazily.
    if (T.isX86() &&
        is_contained(SanitizerArgs(TC, Args).getRuntimes(false).Shared, "asan"))
      CmdArgs.append({"-z", "now"});
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

Solaris::Solaris(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : Generic_ELF(D, T, Args), Words(chooseDialect(Args)) {
  if (!tools::isHosted(Args) &&
      !Args.hasArg(OPT_print_search_dirs, OPT_print_file_name_EQ))
    return;
  GCCInstallation.init(T, Args);

  StringRef Suffix = T.getArch() == llvm::Triple::x86_64    ? "/amd64"
                     : T.getArch() == llvm::Triple::sparcv9 ? "/sparcv9"
                                                            : "";
  if (GCCInstallation.isValid()) {
    addPathIfExists(GCCInstallation.getInstallPath() +
                        GCCInstallation.getMultilibSuffix(),
                    FilePaths);
    addPathIfExists(GCCInstallation.getParentLibPath() + Suffix, FilePaths);
  }
  // The program's own libraries are the target's if it lies in its root.
  if (D.getInstalledDir().starts_with(D.getSysRoot()))
    addPathIfExists(D.getInstalledDir() + "/../lib", FilePaths);
  addPathIfExists(D.getSysRoot() + "/usr/lib" + Suffix, FilePaths);
}

std::unique_ptr<Tool> Solaris::buildLinker() const {
  return std::make_unique<tools::solaris::Linker>(*this);
}

void Solaris::addWholeArchive(const char *Archive,
                              ArgStringList &CmdArgs) const {
  if (Words == Dialect::Native)
    CmdArgs.append({"-z", "allextract", Archive, "-z", "defaultextract"});
  else
    ToolChain::addWholeArchive(Archive, CmdArgs);
}

std::string Solaris::getLinkerProgramName(StringRef Name) const {
  if (Name == "bfd" || Name == "gld")
    return "/usr/gnu/bin/ld";
  return ToolChain::getLinkerProgramName(Name);
}

SanitizerMask Solaris::getSupportedSanitizers() const {
  SanitizerMask Result =
      ToolChain::getSupportedSanitizers() | SK::SafeStack | SK::Vptr;
  // The 64-bit runtime does not work yet.
  if (getArch() == llvm::Triple::x86)
    Result |= SK::Address | SK::PointerCompare | SK::PointerSubtract;
  return Result;
}
