//===- CommonArgs.cpp - Arguments that several linkers share --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommonArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

bool tools::isHosted(const ArgList &Args) {
  return Args.hasFlag(OPT_hosted, OPT_self_contained, false);
}

/// Adds -L for the folders of an environment variable; an empty entry is the
/// current folder, an empty variable none.
static void addDirectoryList(const ArgList &Args, ArgStringList &CmdArgs,
                             StringRef Variable) {
  std::optional<std::string> Value = sys::Process::GetEnv(Variable);
  if (!Value || Value->empty())
    return;
  SmallVector<StringRef, 8> Dirs;
  StringRef(*Value).split(Dirs, sys::EnvPathSeparator);
  for (StringRef Dir : Dirs)
    CmdArgs.push_back(Args.MakeArgString("-L" + (Dir.empty() ? "." : Dir)));
}

void tools::addLinkerInputs(const ToolChain &TC, const InputInfoList &Inputs,
                            const ArgList &Args, ArgStringList &CmdArgs) {
  if (isHosted(Args) && !TC.isCrossCompiling())
    addDirectoryList(Args, CmdArgs, "LIBRARY_PATH");

  for (const InputInfo &Input : Inputs) {
    if (!Input.isFilename()) {
      Input.getInputArg().claim();
      Input.getInputArg().renderAsInput(Args, CmdArgs);
      continue;
    }
    if (!Input.isArchive()) {
      CmdArgs.push_back(Input.getFilename());
      continue;
    }
    // An archive is one way to write down the objects of an image. The state
    // is pushed, so that a --whole-archive of the user's stays in force.
    CmdArgs.append({"--push-state", "--whole-archive", Input.getFilename(),
                    "--pop-state"});
  }
}

void tools::addFilePathLibArgs(const ToolChain &TC, const ArgList &Args,
                               ArgStringList &CmdArgs) {
  for (StringRef Path : TC.getFilePaths())
    if (!Path.empty())
      CmdArgs.push_back(Args.MakeArgString("-L" + Path));
}

namespace {
enum class LibGccChoice { Unspecified, Static, Shared };
} // namespace

static LibGccChoice getLibGccChoice(const ArgList &Args) {
  if (Args.hasArg(OPT_static_libgcc))
    return LibGccChoice::Static;
  if (Args.hasArg(OPT_shared_libgcc))
    return LibGccChoice::Shared;
  return LibGccChoice::Unspecified;
}

static void addUnwindLibrary(const ToolChain &TC, const ArgList &Args,
                             ArgStringList &CmdArgs) {
  ToolChain::UnwindLibType Unwinder = TC.getUnwindLibType(Args);
  if (Unwinder == ToolChain::UnwindLibType::None)
    return;

  LibGccChoice Choice = getLibGccChoice(Args);
  bool AsNeeded = Choice == LibGccChoice::Unspecified;
  if (AsNeeded)
    CmdArgs.push_back("--as-needed");
  if (Unwinder == ToolChain::UnwindLibType::Libgcc)
    CmdArgs.push_back(Choice == LibGccChoice::Static ? "-lgcc_eh" : "-lgcc_s");
  else if (Choice == LibGccChoice::Static)
    CmdArgs.push_back("-l:libunwind.a");
  else if (Choice == LibGccChoice::Shared)
    CmdArgs.push_back("-l:libunwind.so");
  else
    CmdArgs.push_back("-lunwind");
  if (AsNeeded)
    CmdArgs.push_back("--no-as-needed");
}

void tools::addRunTimeLibs(const ToolChain &TC, const ArgList &Args,
                           ArgStringList &CmdArgs) {
  if (TC.getRuntimeLibType(Args) == ToolChain::RuntimeLibType::CompilerRT) {
    CmdArgs.push_back(Args.MakeArgString(TC.getCompilerRT("builtins")));
    addUnwindLibrary(TC, Args, CmdArgs);
    return;
  }
  // The static part of libgcc comes before the unwinder, except where the
  // shared one is to be taken always.
  bool SharedFirst = getLibGccChoice(Args) == LibGccChoice::Shared;
  if (!SharedFirst)
    CmdArgs.push_back("-lgcc");
  addUnwindLibrary(TC, Args, CmdArgs);
  if (SharedFirst)
    CmdArgs.push_back("-lgcc");
}
