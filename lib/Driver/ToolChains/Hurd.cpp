//===- Hurd.cpp - GNU/Hurd ------------------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Hurd.h"
#include "ELFArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;

Hurd::Hurd(const Driver &D, const Triple &T, const ArgList &Args)
    : Generic_ELF(D, T, Args) {
  // A self-contained link has no use for the C runtime, so the disk is not
  // searched for it.
  if (tools::isHosted(Args) ||
      Args.hasArg(OPT_print_search_dirs, OPT_print_file_name_EQ))
    findRuntime(Args);
}

void Hurd::findRuntime(const ArgList &Args) {
  const llvm::Triple &T = getTriple();
  const Driver &D = getDriver();
  GCCInstallation.init(T, Args);

  StringRef SysRoot = D.getSysRoot();
  std::string Multiarch = T.str();
  if (T.getArch() == llvm::Triple::x86_64)
    Multiarch = "x86_64-gnu";
  else if (T.getArch() == llvm::Triple::x86 &&
           getVFS().exists(SysRoot + "/lib/i386-gnu"))
    Multiarch = "i386-gnu";
  StringRef OSLibDir = T.getArch() == llvm::Triple::x86 ? "lib32" : "lib64";
  const bool InSysRoot = D.getInstalledDir().starts_with(SysRoot);

  addMultilibPaths(SysRoot, OSLibDir);
  // The program's own libraries are the target's if it lies in its root.
  if (InSysRoot) {
    addPathIfExists(D.getInstalledDir() + "/../lib/" + Multiarch, FilePaths);
    addPathIfExists(D.getInstalledDir() + "/../" + OSLibDir, FilePaths);
  }
  for (StringRef Lib : {"/lib", "/usr/lib"}) {
    addPathIfExists(SysRoot + Lib + "/" + Multiarch, FilePaths);
    addPathIfExists(SysRoot + Lib + "/../" + OSLibDir, FilePaths);
  }
  addMultiarchPaths();
  if (InSysRoot)
    addPathIfExists(D.getInstalledDir() + "/../lib", FilePaths);
  addPathIfExists(SysRoot + "/lib", FilePaths);
  addPathIfExists(SysRoot + "/usr/lib", FilePaths);
}

void Hurd::addExtraOpts(const ArgList &Args, ArgStringList &CmdArgs) const {
  if (!tools::isHosted(Args))
    CmdArgs.push_back("--hash-style=gnu");
  CmdArgs.push_back("--build-id");
}
