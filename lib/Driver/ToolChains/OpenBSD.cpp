//===- OpenBSD.cpp - OpenBSD ----------------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpenBSD.h"
#include "ELFArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::tools;
using namespace pkgimg::driver::toolchains;
namespace SK = pkgimg::driver::SanitizerKind;

void tools::openbsd::Linker::constructJob(Compilation &C, const char *Output,
                                          const InputInfoList &Inputs,
                                          const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Triple &T = TC.getTriple();
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  addSysRoot(TC, Args, CmdArgs);
  if (T.getArch() == Triple::mips64)
    CmdArgs.push_back("-EB");
  else if (T.getArch() == Triple::mips64el)
    CmdArgs.push_back("-EL");
  CmdArgs.push_back("--eh-frame-hdr");
  addImageMode(Args, CmdArgs);
  // -pie is left out, as a linker refuses it with -shared; clang passes both.
  if (isHosted(Args) && Args.hasArg(OPT_no_pie, OPT_pg))
    CmdArgs.push_back("-nopie");
  addImageTables(T.isMIPS() ? HashStyle::SysV : HashStyle::Gnu, Args, CmdArgs);
  addRISCVOptions(T, Args, CmdArgs);
  const OutputArgument OutputName = addOutput(Output, CmdArgs);

  StartFiles Start(TC, Args, CmdArgs);
  if (wantStartFiles(Args))
    Start.add("crtbeginS.o");

  Args.AddAllArgs(CmdArgs, OPT_L);
  if (isHosted(Args))
    addFilePathLibArgs(TC, Args, CmdArgs);
  Args.addAllArgs(CmdArgs, {OPT_T, OPT_s, OPT_t});
  addLTOOptions(TC, Args, CmdArgs, Output);
  addNoDemangle(Args, CmdArgs);
  addReproduce(Args, CmdArgs);
  const bool NeedsSanitizerDeps = addSanitizerRuntimes(TC, Args, CmdArgs);
  addLinkerInputs(TC, Inputs, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    addOpenMPRuntime(TC, Args, CmdArgs, /*GompNeedsRT=*/false);
    if (TC.getDriver().isCXXMode()) {
      if (!Args.hasArg(OPT_nostdlibxx))
        TC.addCXXStdlibLibArgs(Args, CmdArgs);
      CmdArgs.push_back(Args.hasArg(OPT_pg) ? "-lm_p" : "-lm");
    }
    if (NeedsSanitizerDeps) {
      CmdArgs.push_back(Args.MakeArgString(TC.getCompilerRT(Args, "builtins")));
      linkSanitizerRuntimeDeps(TC, Args, CmdArgs);
    }
    // A shared library has no -lc: the program decides on the version of libc,
    // whose interface changes from release to release.
    CmdArgs.push_back("-lcompiler_rt");
    if (wantPthread(Args))
      CmdArgs.push_back("-lpthread");
    CmdArgs.push_back("-lcompiler_rt");
  }

  if (wantStartFiles(Args))
    Start.add("crtendS.o");

  addProfileRuntime(TC, Args, CmdArgs);
  LinkCommand &Cmd = finishLink(C, *this, Choice, std::move(CmdArgs),
                                OutputName, Inputs, std::move(Start.Missing));
  addObstacles(Cmd, Args);
}

OpenBSD::OpenBSD(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : Generic_ELF(D, T, Args) {
  FilePaths.push_back(inSysRoot(*this, "/usr/lib"));
}

void OpenBSD::addCXXStdlibLibArgs(const ArgList &Args,
                                  ArgStringList &CmdArgs) const {
  const bool Profiling = Args.hasArg(OPT_pg);
  CmdArgs.push_back(Profiling ? "-lc++_p" : "-lc++");
  if (Args.hasArg(OPT_fexperimental_library))
    CmdArgs.push_back("-lc++experimental");
  CmdArgs.push_back(Profiling ? "-lc++abi_p" : "-lc++abi");
  CmdArgs.push_back(Profiling ? "-lpthread_p" : "-lpthread");
}

std::string OpenBSD::getCompilerRT(const ArgList &Args, StringRef Component,
                                   FileType Type) const {
  // The base system has its own copy under its own name, and a compiler whose
  // libraries have no architecture in their names.
  if (Component == "builtins") {
    std::string Path = inSysRoot(*this, "/usr/lib/libcompiler_rt.a");
    if (getVFS().exists(Path))
      return Path;
  }
  StringRef Prefix = Type == FileType::Object ? "" : "lib";
  StringRef Suffix = Type == FileType::Object   ? ".o"
                     : Type == FileType::Static ? ".a"
                                                : ".so";
  SmallString<128> P(getDriver().getResourceDir());
  sys::path::append(P, "lib", Prefix + "clang_rt." + Component + Suffix);
  if (getVFS().exists(P))
    return std::string(P);
  return ToolChain::getCompilerRT(Args, Component, Type);
}

std::unique_ptr<Tool> OpenBSD::buildLinker() const {
  return std::make_unique<tools::openbsd::Linker>(*this);
}

SanitizerMask OpenBSD::getSupportedSanitizers() const {
  SanitizerMask Result = ToolChain::getSupportedSanitizers();
  if (getTriple().isX86())
    Result |= SK::Vptr | SK::Fuzzer | SK::FuzzerNoLink;
  if (getArch() == llvm::Triple::x86_64)
    Result |= SK::KernelAddress;
  return Result;
}
