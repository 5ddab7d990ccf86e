//===- RuntimeLink.cpp - Links with a runtime profile ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeLink.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "pkgimg/Driver/RuntimeProfile.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

bool tools::hasRuntimeProfile(const ArgList &Args) {
  return Args.hasArg(OPT_runtime_EQ, OPT_runtime_profile_EQ);
}

/// Reads the profile that the options name.
static Expected<RuntimeProfile>
getProfile(const ArgList &Args, vfs::FileSystem &VFS, StringRef Name) {
  const Arg *File = Args.getLastArg(OPT_runtime_profile_EQ);
  if (!File)
    return RuntimeProfile::getBuiltIn(Name);
  auto Buffer = VFS.getBufferForFile(File->getValue());
  if (!Buffer)
    return createStringError(Buffer.getError(),
                             "cannot read the runtime profile '" +
                                 Twine(File->getValue()) +
                                 "': " + Buffer.getError().message());
  Expected<RuntimeProfile> Profile =
      RuntimeProfile::parse((*Buffer)->getMemBufferRef());
  if (Profile && !Name.empty() && Name != Profile->getName())
    return createStringError(
        inconvertibleErrorCode(),
        "the profile '" + Twine(File->getValue()) +
            "' describes the runtime '" + Profile->getName() +
            "', and --runtime= names '" + Name + "'; make them agree");
  return Profile;
}

/// Sets the prefix, as an absolute path: linkers' messages and the runtime's
/// own lines have it so.
static bool setPrefix(const ArgList &Args, const RuntimeProfile &Profile,
                      Diagnostics &Diags, RuntimeContext &Context) {
  const Arg *A = Args.getLastArg(OPT_runtime_prefix_EQ);
  std::string Expected =
      "the folder in which " + Profile.getDescription().Title + " is installed";
  if (!A) {
    Diags.error("the runtime '" + Profile.getName() +
                "' needs --runtime-prefix=<dir>, " + Expected);
    return false;
  }
  SmallString<128> Path(A->getValue());
  ErrorOr<vfs::Status> Status = Context.VFS->status(Path);
  if (Path.empty() || !Status || !Status->isDirectory()) {
    Diags.error("no such folder: '" + Twine(A->getValue()) + "' in '" +
                A->getAsString(Args) + "'; expected " + Expected);
    return false;
  }
  if (std::error_code EC = Context.VFS->makeAbsolute(Path)) {
    Diags.error("cannot make '" + Path + "' absolute: " + EC.message());
    return false;
  }
  // A name after '..' may be reached through a symbolic link; keep that.
  sys::path::remove_dots(Path, /*remove_dot_dot=*/false);
  Context.Prefix = StringRef(Path).rtrim('/').str();
  return true;
}

/// Sets the version: the one that was named, with the patch number that the
/// prefix has of it, or else that of the prefix.
static bool setVersion(const RuntimeProfile &Profile, StringRef Named,
                       Diagnostics &Diags, RuntimeContext &Context) {
  Expected<VersionTuple> Found = Profile.detectVersion(Context);
  if (Named.empty()) {
    if (!Found) {
      if (Profile.needsVersion()) {
        Diags.error(Found.takeError());
        return false;
      }
      consumeError(Found.takeError());
      return true;
    }
    if (Error E = Profile.checkVersion(*Found)) {
      Diags.error(std::move(E));
      Diags.note("that version was found in '" + Context.Prefix +
                 "'; --runtime=" + Profile.getName() + "@VERSION overrides it");
      return false;
    }
    Context.Version = *Found;
    return true;
  }

  Expected<VersionTuple> Version = Profile.parseVersion(Named);
  if (!Version) {
    consumeError(Found.takeError());
    Diags.error(Version.takeError());
    return false;
  }
  Context.Version = *Version;
  if (!Found) {
    consumeError(Found.takeError());
    return true;
  }
  bool SameSeries = Found->getMajor() == Version->getMajor() &&
                    Found->getMinor() == Version->getMinor();
  if (SameSeries && !Version->getSubminor())
    Context.Version = *Found;
  else if (!SameSeries || (Found->getSubminor() &&
                           Found->getSubminor() != Version->getSubminor()))
    Diags.warning("the runtime in '" + Context.Prefix + "' is " +
                      Profile.getName() + " " + Found->getAsString() +
                      "; linking as for " + Version->getAsString() +
                      ", which --runtime= names",
                  "runtime-version");
  return true;
}

void tools::constructRuntimeLink(Compilation &C, const char *Output,
                                 const InputInfoList &Inputs,
                                 const ArgList &Args) {
  const ToolChain &TC = C.getToolChain();
  const Driver &D = TC.getDriver();
  Diagnostics &Diags = D.getDiags();

  const Arg *Conflict = Args.getLastArg(OPT_r);
  if (isHosted(Args))
    Conflict = Args.getLastArg(OPT_hosted);
  if (Conflict) {
    Diags.error("'" + Conflict->getAsString(Args) +
                "' cannot be used with a runtime profile, which describes the "
                "whole link of a shared library; leave out one of them");
    return;
  }

  StringRef Name, Named;
  if (const Arg *A = Args.getLastArg(OPT_runtime_EQ)) {
    std::tie(Name, Named) = StringRef(A->getValue()).split('@');
    if (Name.empty() || StringRef(A->getValue()).ends_with("@")) {
      Diags.error("invalid value '" + Twine(A->getValue()) + "' in '" +
                  A->getAsString(Args) +
                  "'; expected the name of a runtime, or NAME@VERSION, as in "
                  "julia@1.11");
      return;
    }
  }
  Expected<RuntimeProfile> Profile = getProfile(Args, D.getVFS(), Name);
  if (!Profile) {
    Diags.error(Profile.takeError());
    return;
  }

  RuntimeContext Context;
  Context.Target = TC.getEffectiveTriple();
  Context.SysRoot = D.getSysRoot().str();
  Context.Debug = Args.hasArg(OPT_runtime_debug);
  Context.Verbose = C.isVerbose();
  Context.VFS = &D.getVFS();
  Context.UserFolders = Args.getAllArgValues(OPT_L);
  if (!setPrefix(Args, *Profile, Diags, Context) ||
      !setVersion(*Profile, Named, Diags, Context))
    return;

  Expected<const profile::Variant *> Variant = Profile->selectVariant(
      Context.Target, Context.Version.value_or(VersionTuple()));
  if (!Variant) {
    Diags.error(Variant.takeError());
    return;
  }

  // The user's options stand where the inputs are, those without a place of
  // their own before them.
  std::vector<RuntimeInput> LineInputs;
  auto AddOptions = [&](const ArgStringList &Rendered) {
    if (!Rendered.empty())
      LineInputs.push_back({{Rendered.begin(), Rendered.end()}});
  };
  const bool IsDarwin = (*Variant)->Flavor == LinkerFlavor::Darwin;
  const bool IsELF = Context.Target.isOSBinFormatELF();
  ArgStringList First;
  for (const Arg *A : Args.filtered(OPT_s, OPT_L, OPT_u, OPT_rdynamic, OPT_T)) {
    // LLD for Windows knows no such option: a DLL exports what it is told to.
    if (A->getOption().matches(OPT_rdynamic) && !IsDarwin && !IsELF)
      continue;
    A->claim();
    if (A->getOption().matches(OPT_rdynamic))
      First.push_back(IsDarwin ? "-export_dynamic" : "-export-dynamic");
    else
      A->render(Args, First);
  }
  // LLD for Mach-O does not demangle unless it is asked to.
  if (Args.hasArg(OPT_Z_Xlinker__no_demangle) && !IsDarwin)
    First.push_back("--no-demangle");
  if (IsELF)
    addLTOOptions(TC, Args, First, Output);
  addReproduce(Args, First);
  AddOptions(First);
  for (const InputInfo &Input : Inputs) {
    if (Input.isFilename()) {
      LineInputs.push_back(
          {{Input.getFilename()}, /*IsFile=*/true, Input.isArchive()});
      continue;
    }
    ArgStringList Rendered;
    addLinkerInputs(TC, {Input}, Args, Rendered);
    AddOptions(Rendered);
  }

  RuntimeLink Link = Profile->expand(**Variant, Context, Output, LineInputs);
  for (const std::string &Message : Link.Errors)
    Diags.error(Message);
  if (C.isVerbose())
    for (const std::string &Message : Link.Notes)
      Diags.note(Message);

  ToolChain::LinkerChoice Choice = TC.getLinkerChoice(Args);
  ArgStringList CmdArgs;
  if (Choice.BuiltIn) {
    CmdArgs.push_back("-flavor");
    CmdArgs.push_back(getLinkerFlavorName(Link.Flavor).data());
  }
  const OutputArgument OutputName{CmdArgs.size() + Link.OutputIndex};
  for (const std::string &Arg : Link.Args)
    CmdArgs.push_back(Args.MakeArgString(Arg));
  auto Cmd = std::make_unique<LinkCommand>(
      TC.getLinker(), Link.Flavor, Args.MakeArgString(Choice.Path),
      std::move(CmdArgs), Choice.BuiltIn,
      Choice.BuiltIn && D.useIntegratedLLD(Args), OutputName, Inputs);
  LinkCommand &Added = *Cmd;
  C.addCommand(std::move(Cmd));
  TC.completeRuntimeLink(C, Added, Output);
}
