//===- ELFArgs.cpp - Arguments that ELF platforms order differently -------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ELFArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

std::string tools::inSysRoot(const ToolChain &TC, StringRef Path) {
  SmallString<128> P(TC.getDriver().getSysRoot());
  sys::path::append(P, sys::path::Style::posix, Path);
  return std::string(P);
}

void tools::addSysRoot(const ToolChain &TC, const ArgList &Args,
                       ArgStringList &CmdArgs) {
  StringRef SysRoot = TC.getDriver().getSysRoot();
  if (!SysRoot.empty())
    CmdArgs.push_back(Args.MakeArgString("--sysroot=" + SysRoot));
}

void tools::addImageMode(const ArgList &Args, ArgStringList &CmdArgs) {
  if (Args.hasArg(OPT_static))
    CmdArgs.push_back("-Bstatic");
  else if (Args.hasArg(OPT_rdynamic))
    CmdArgs.push_back("-export-dynamic");
  addShared(Args, CmdArgs);
}

void tools::addShared(const ArgList &Args, ArgStringList &CmdArgs) {
  if (!Args.hasArg(OPT_r) || Args.hasArg(OPT_shared))
    CmdArgs.push_back("-shared");
}

void tools::addImageTables(HashStyle Style, const ArgList &Args,
                           ArgStringList &CmdArgs) {
  if (isHosted(Args))
    return;
  switch (Style) {
  case HashStyle::Gnu:
    CmdArgs.push_back("--hash-style=gnu");
    break;
  case HashStyle::SysV:
    CmdArgs.push_back("--hash-style=sysv");
    break;
  case HashStyle::Both:
    CmdArgs.push_back("--hash-style=both");
    break;
  }
  CmdArgs.push_back("--build-id");
}

/// The names of GNU ld that clang prints and LLD has not.
static bool isUnknownToLLD(StringRef Emulation) {
  return Emulation.contains("_nbsd") || Emulation == "elf32_sparc";
}

void tools::addEmulation(StringRef Emulation, const ArgList &Args,
                         ArgStringList &CmdArgs) {
  CmdArgs.append({"-m", Args.MakeArgString(Emulation)});
}

void tools::addObstacles(LinkCommand &Cmd, const ArgList &Args) {
  if (Args.hasArg(OPT_r) && Args.hasArg(OPT_shared))
    Cmd.Obstacles.push_back("-r and -shared may not be used together: an "
                            "output is relocatable or shared");
  if (!Cmd.isBuiltIn())
    return;
  const ArgStringList &CmdArgs = Cmd.getArguments();
  for (size_t I = 0; I + 1 < CmdArgs.size(); ++I)
    if (StringRef(CmdArgs[I]) == "-m" && isUnknownToLLD(CmdArgs[I + 1]))
      Cmd.Obstacles.push_back(
          (Twine("the built-in LLD has no emulation '") + CmdArgs[I + 1] +
           "', which the linker of " +
           Cmd.getCreator().getToolChain().getTriple().str() +
           " has; leave -hosted out, or name that linker with --ld-path=")
              .str());
}

void tools::addRISCVOptions(const Triple &T, const ArgList &Args,
                            ArgStringList &CmdArgs) {
  if (!T.isRISCV())
    return;
  CmdArgs.push_back("-X");
  if (Args.hasArg(OPT_mno_relax))
    CmdArgs.push_back("--no-relax");
}

OutputArgument tools::addOutput(const char *Output, ArgStringList &CmdArgs) {
  CmdArgs.push_back("-o");
  OutputArgument Place{CmdArgs.size()};
  CmdArgs.push_back(Output);
  return Place;
}

void tools::addAsNeeded(const char *Library, ArgStringList &CmdArgs) {
  CmdArgs.append({"--as-needed", Library, "--no-as-needed"});
}

void tools::addFastMathRuntime(const ToolChain &TC, const ArgList &Args,
                               ArgStringList &CmdArgs) {
  if (!Args.hasFlag(OPT_mdaz_ftz, OPT_mno_daz_ftz, false))
    return;
  std::string Path = TC.getFilePath("crtfastmath.o");
  if (Path != "crtfastmath.o")
    CmdArgs.push_back(Args.MakeArgString(Path));
}
