//===- Haiku.cpp - Haiku --------------------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Haiku.h"
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

void tools::haiku::Linker::constructJob(Compilation &C, const char *Output,
                                        const InputInfoList &Inputs,
                                        const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Triple &T = TC.getTriple();
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  addSysRoot(TC, Args, CmdArgs);
  CmdArgs.push_back("--eh-frame-hdr");
  if (Args.hasArg(OPT_static)) {
    CmdArgs.push_back("-Bstatic");
  } else {
    // clang says -shared for a shared library, and then for any image: a
    // program is a shared object here, too.
    if (isHosted(Args) && (!Args.hasArg(OPT_r) || Args.hasArg(OPT_shared)))
      CmdArgs.push_back("-shared");
    CmdArgs.push_back("--enable-new-dtags");
  }
  addShared(Args, CmdArgs);
  // Before its fifth beta version the loader reads DT_HASH alone.
  addImageTables(HashStyle::Both, Args, CmdArgs);
  addRISCVOptions(T, Args, CmdArgs);
  const OutputArgument OutputName = addOutput(Output, CmdArgs);

  StartFiles Start(TC, Args, CmdArgs);
  if (wantStartFiles(Args)) {
    Start.add("crti.o");
    Start.add("crtbeginS.o");
    Start.add("init_term_dyn.o");
  }

  Args.addAllArgs(CmdArgs, {OPT_L, OPT_T, OPT_s, OPT_t});
  if (isHosted(Args))
    addFilePathLibArgs(TC, Args, CmdArgs);
  addLTOOptions(TC, Args, CmdArgs, Output);
  addNoDemangle(Args, CmdArgs);
  addReproduce(Args, CmdArgs);
  addCompressDebugSections(TC, Args, CmdArgs);
  addLinkerInputs(TC, Inputs, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    addOpenMPRuntime(TC, Args, CmdArgs, /*GompNeedsRT=*/false);
    // The mathematical functions are in libroot, with threads.
    if (TC.getDriver().isCXXMode() && !Args.hasArg(OPT_nostdlibxx))
      TC.addCXXStdlibLibArgs(Args, CmdArgs);
    auto AddLibGcc = [&] {
      CmdArgs.append({"-lgcc", "--push-state"});
      addAsNeeded("-lgcc_s", CmdArgs);
      CmdArgs.push_back("--pop-state");
    };
    AddLibGcc();
    CmdArgs.push_back("-lroot");
    AddLibGcc();
  }
  // -rdynamic is how every image is, -pthread and -pie as well.
  Args.ClaimAllArgs(OPT_rdynamic);
  Args.ClaimAllArgs(OPT_pie);

  if (wantStartFiles(Args)) {
    Start.add("crtendS.o");
    Start.add("crtn.o");
  }

  addProfileRuntime(TC, Args, CmdArgs);
  LinkCommand &Cmd = finishLink(C, *this, Choice, std::move(CmdArgs),
                                OutputName, Inputs, std::move(Start.Missing));
  addObstacles(Cmd, Args);
}

Haiku::Haiku(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : Generic_ELF(D, T, Args) {
  FilePaths.push_back(inSysRoot(*this, "/boot/system/lib"));
  FilePaths.push_back(inSysRoot(*this, "/boot/system/develop/lib"));
  // A self-contained link has no use for gcc's files, so the disk is not
  // searched for them.
  if (!tools::isHosted(Args) &&
      !Args.hasArg(OPT_print_search_dirs, OPT_print_file_name_EQ))
    return;
  GCCInstallation.init(T, Args);
  if (GCCInstallation.isValid())
    FilePaths.push_back(GCCInstallation.getInstallPath().str());
}

std::unique_ptr<Tool> Haiku::buildLinker() const {
  return std::make_unique<tools::haiku::Linker>(*this);
}
