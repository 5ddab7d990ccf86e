//===- DragonFly.cpp - DragonFly BSD --------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DragonFly.h"
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

void tools::dragonfly::Linker::constructJob(Compilation &C, const char *Output,
                                            const InputInfoList &Inputs,
                                            const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Triple &T = TC.getTriple();
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  const bool Static = Args.hasArg(OPT_static);

  addSysRoot(TC, Args, CmdArgs);
  CmdArgs.push_back("--eh-frame-hdr");
  addImageMode(Args, CmdArgs);
  if (isHosted(Args))
    CmdArgs.push_back("--hash-style=gnu");
  addImageTables(HashStyle::Gnu, Args, CmdArgs);
  CmdArgs.push_back("--enable-new-dtags");
  // There was a 32-bit system, whose code the 64-bit one's linker makes.
  if (T.getArch() == Triple::x86)
    addEmulation("elf_i386", Args, CmdArgs);
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
  addLinkerInputs(TC, Inputs, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    if (!Static)
      CmdArgs.append({"-rpath", "/usr/lib/gcc80"});
    addOpenMPRuntime(TC, Args, CmdArgs, /*GompNeedsRT=*/false);
    if (TC.getDriver().isCXXMode()) {
      if (!Args.hasArg(OPT_nostdlibxx))
        TC.addCXXStdlibLibArgs(Args, CmdArgs);
      CmdArgs.push_back("-lm");
    }
    if (wantPthread(Args))
      CmdArgs.push_back("-lpthread");
    if (!Args.hasArg(OPT_nolibc))
      CmdArgs.push_back("-lc");
    if (Static || Args.hasArg(OPT_static_libgcc)) {
      CmdArgs.append({"-lgcc", "-lgcc_eh"});
    } else if (Args.hasArg(OPT_shared_libgcc)) {
      CmdArgs.push_back("-lgcc_pic");
    } else {
      CmdArgs.push_back("-lgcc");
      addAsNeeded("-lgcc_pic", CmdArgs);
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

DragonFly::DragonFly(const Driver &D, const llvm::Triple &T,
                     const ArgList &Args)
    : Generic_ELF(D, T, Args) {
  ProgramPaths.push_back(D.getInstalledDir().str());
  FilePaths.push_back((D.getInstalledDir() + "/../lib").str());
  FilePaths.push_back(inSysRoot(*this, "/usr/lib"));
  FilePaths.push_back(inSysRoot(*this, "/usr/lib/gcc80"));
}

std::unique_ptr<Tool> DragonFly::buildLinker() const {
  return std::make_unique<tools::dragonfly::Linker>(*this);
}
