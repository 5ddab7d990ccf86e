//===- CommonArgs.cpp - Arguments that several linkers share --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommonArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/ARMTargetParser.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

bool tools::isHosted(const ArgList &Args) {
  return Args.hasFlag(OPT_hosted, OPT_self_contained, false);
}

bool tools::wantStartFiles(const ArgList &Args) {
  return isHosted(Args) && !Args.hasArg(OPT_nostdlib, OPT_nostartfiles, OPT_r);
}

bool tools::wantDefaultLibs(const ArgList &Args) {
  return isHosted(Args) && !Args.hasArg(OPT_nostdlib, OPT_nodefaultlibs, OPT_r);
}

bool tools::wantPthread(const ArgList &Args) {
  return Args.hasArg(OPT_pthread);
}

tools::ARMFloatABI tools::getARMFloatABI(const Triple &T, const ArgList &Args) {
  if (const Arg *A = Args.getLastArg(OPT_msoft_float, OPT_mhard_float,
                                     OPT_mfloat_abi_EQ)) {
    if (!A->getOption().matches(OPT_mfloat_abi_EQ))
      return A->getOption().matches(OPT_mhard_float) ? ARMFloatABI::Hard
                                                     : ARMFloatABI::Soft;
    StringRef Name = A->getValue();
    return Name == "hard"     ? ARMFloatABI::Hard
           : Name == "softfp" ? ARMFloatABI::SoftFP
                              : ARMFloatABI::Soft;
  }
  switch (T.getEnvironment()) {
  case Triple::GNUEABIHF:
  case Triple::GNUEABIHFT64:
  case Triple::MuslEABIHF:
  case Triple::EABIHF:
    return ARMFloatABI::Hard;
  case Triple::GNUEABI:
  case Triple::GNUEABIT64:
  case Triple::MuslEABI:
  case Triple::EABI:
    return ARMFloatABI::SoftFP;
  case Triple::Android:
    return ARM::parseArchVersion(T.getArchName()) >= 7 ? ARMFloatABI::SoftFP
                                                       : ARMFloatABI::Soft;
  default:
    if (T.isOSWindows() || T.isWatchABI())
      return ARMFloatABI::Hard;
    return T.getEnvironment() == Triple::OpenHOS ? ARMFloatABI::SoftFP
                                                 : ARMFloatABI::Soft;
  }
}

bool tools::isHardFloatARM(const Triple &T, const ArgList &Args) {
  return getARMFloatABI(T, Args) == ARMFloatABI::Hard;
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
      const Arg &A = Input.getInputArg();
      A.claim();
      if (A.getOption().matches(OPT_Z_reserved_lib_stdcxx))
        TC.addCXXStdlibLibArgs(Args, CmdArgs);
      else if (A.getOption().matches(OPT_l) &&
               TC.addReservedLibrary(A.getValue(), Args, CmdArgs))
        continue;
      else if (A.getOption().matches(OPT_z))
        A.render(Args, CmdArgs);
      else
        A.renderAsInput(Args, CmdArgs);
      continue;
    }
    // An archive is one way to write down the objects of an image.
    if (Input.isArchive())
      TC.addWholeArchive(Input.getFilename(), CmdArgs);
    else
      CmdArgs.push_back(Input.getFilename());
  }
}

void tools::addFilePathLibArgs(const ToolChain &TC, const ArgList &Args,
                               ArgStringList &CmdArgs) {
  for (StringRef Path : TC.getFilePaths())
    if (!Path.empty())
      CmdArgs.push_back(Args.MakeArgString("-L" + Path));
}

void tools::addCXXLibs(const ToolChain &TC, const ArgList &Args,
                       ArgStringList &CmdArgs) {
  if (!TC.getDriver().isCXXMode() || !wantDefaultLibs(Args))
    return;
  if (!Args.hasArg(OPT_nostdlibxx)) {
    bool Static = Args.hasArg(OPT_static_libstdcxx) && !Args.hasArg(OPT_static);
    if (Static)
      CmdArgs.push_back("-Bstatic");
    TC.addCXXStdlibLibArgs(Args, CmdArgs);
    if (Static)
      CmdArgs.push_back("-Bdynamic");
  }
  CmdArgs.push_back("-lm");
}

void tools::addCompressDebugSections(const ToolChain &TC, const ArgList &Args,
                                     ArgStringList &CmdArgs) {
  const Arg *A = Args.getLastArg(OPT_gz_EQ);
  if (!A)
    return;
  StringRef Kind = A->getValue();
  if (Kind == "none" || Kind == "zlib" || Kind == "zstd")
    CmdArgs.push_back(Args.MakeArgString("--compress-debug-sections=" + Kind));
  else
    TC.getDriver().getDiags().error("unsupported argument '" + Kind +
                                    "' to option '-gz='; expected none, "
                                    "zlib or zstd");
}

void tools::addNoDemangle(const ArgList &Args, ArgStringList &CmdArgs) {
  if (!isHosted(Args) && Args.hasArg(OPT_Z_Xlinker__no_demangle))
    CmdArgs.push_back("--no-demangle");
}

void tools::addReproduce(const ArgList &Args, ArgStringList &CmdArgs) {
  if (const Arg *A = Args.getLastArg(OPT__reproduce_EQ))
    CmdArgs.push_back(
        Args.MakeArgString(Twine("--reproduce=") + A->getValue()));
}

namespace {
enum class LibGccChoice { Unspecified, Static, Shared };
} // namespace

static LibGccChoice getLibGccChoice(const ToolChain &TC, const ArgList &Args) {
  if (Args.hasArg(OPT_static_libgcc, OPT_static))
    return LibGccChoice::Static;
  if (Args.hasArg(OPT_shared_libgcc))
    return LibGccChoice::Shared;
  // Android's unwinder comes as an archive that each library has its part of.
  if (TC.getTriple().isAndroid())
    return LibGccChoice::Static;
  return LibGccChoice::Unspecified;
}

static void addUnwindLibrary(const ToolChain &TC, const ArgList &Args,
                             ArgStringList &CmdArgs) {
  const Triple &T = TC.getTriple();
  ToolChain::UnwindLibType Unwinder = TC.getUnwindLibType(Args);
  if (T.isOHOSFamily() && Unwinder == ToolChain::UnwindLibType::CompilerRT) {
    CmdArgs.push_back("-l:libunwind.a");
    return;
  }
  if (Unwinder == ToolChain::UnwindLibType::None || T.isOSBinFormatWasm() ||
      T.isWindowsMSVCEnvironment() ||
      (T.isAndroid() && Unwinder == ToolChain::UnwindLibType::Libgcc))
    return;

  LibGccChoice Choice = getLibGccChoice(TC, Args);
  bool AsNeeded = Choice == LibGccChoice::Unspecified &&
                  (Unwinder == ToolChain::UnwindLibType::CompilerRT ||
                   !TC.getDriver().isCXXMode()) &&
                  !T.isAndroid() && !T.isOSCygMing();
  if (AsNeeded)
    tools::addAsNeeded(TC, CmdArgs, true);
  if (Unwinder == ToolChain::UnwindLibType::Libgcc)
    CmdArgs.push_back(Choice == LibGccChoice::Static ? "-lgcc_eh" : "-lgcc_s");
  else if (Choice == LibGccChoice::Static)
    CmdArgs.push_back("-l:libunwind.a");
  else if (Choice == LibGccChoice::Shared)
    CmdArgs.push_back(T.isOSCygMing() ? "-l:libunwind.dll.a"
                                      : "-l:libunwind.so");
  else
    CmdArgs.push_back("-lunwind");
  if (AsNeeded)
    tools::addAsNeeded(TC, CmdArgs, false);
}

void tools::addRunTimeLibs(const ToolChain &TC, const ArgList &Args,
                           ArgStringList &CmdArgs) {
  const Triple &T = TC.getTriple();
  Diagnostics &Diags = TC.getDriver().getDiags();
  if (TC.getRuntimeLibType(Args) == ToolChain::RuntimeLibType::CompilerRT) {
    CmdArgs.push_back(Args.MakeArgString(TC.getCompilerRT(Args, "builtins")));
    addUnwindLibrary(TC, Args, CmdArgs);
  } else if (T.isKnownWindowsMSVCEnvironment()) {
    if (const Arg *A = Args.getLastArg(OPT_rtlib_EQ);
        A && StringRef(A->getValue()) != "platform")
      Diags.error("unsupported runtime library '" + Twine(A->getValue()) +
                  "' for platform 'MSVC'; use --rtlib=compiler-rt, or leave "
                  "the option out");
  } else {
    // The static part of libgcc comes before the unwinder, except where the
    // shared one is to be taken always.
    LibGccChoice Choice = getLibGccChoice(TC, Args);
    bool StaticFirst =
        Choice == LibGccChoice::Static ||
        (Choice == LibGccChoice::Unspecified && !TC.getDriver().isCXXMode());
    if (StaticFirst)
      CmdArgs.push_back("-lgcc");
    addUnwindLibrary(TC, Args, CmdArgs);
    if (!StaticFirst)
      CmdArgs.push_back("-lgcc");
  }
  // Android's unwinder asks the dynamic linker for the loaded libraries.
  if (T.isAndroid() && !Args.hasArg(OPT_static))
    CmdArgs.push_back("-ldl");
}

void tools::StartFiles::add(StringRef Name) {
  std::string Path = TC.getFilePath(Name);
  if (Path == Name)
    Missing.push_back(Path);
  CmdArgs.push_back(Args.MakeArgString(Path));
}

void tools::StartFiles::addOfCompiler(StringRef Component, StringRef Name) {
  if (TC.getRuntimeLibType(Args) == ToolChain::RuntimeLibType::CompilerRT) {
    std::string Path =
        TC.getCompilerRT(Args, Component, ToolChain::FileType::Object);
    if (TC.getVFS().exists(Path)) {
      CmdArgs.push_back(Args.MakeArgString(Path));
      return;
    }
  }
  add(Name);
}

ToolChain::LinkerChoice tools::beginLink(const ToolChain &TC,
                                         const ArgList &Args,
                                         ArgStringList &CmdArgs) {
  ToolChain::LinkerChoice Choice = TC.getLinkerChoice(Args);
  if (Choice.BuiltIn) {
    CmdArgs.push_back("-flavor");
    CmdArgs.push_back(getLinkerFlavorName(TC.getLinkerFlavor()).data());
  }
  return Choice;
}

LinkCommand &tools::finishLink(Compilation &C, const Tool &Creator,
                               const ToolChain::LinkerChoice &Choice,
                               ArgStringList CmdArgs, OutputArgument Output,
                               const InputInfoList &Inputs,
                               SmallVector<std::string, 2> Missing) {
  const ToolChain &TC = Creator.getToolChain();
  const ArgList &Args = C.getArgs();
  auto Cmd = std::make_unique<LinkCommand>(
      Creator, TC.getLinkerFlavor(), Args.MakeArgString(Choice.Path),
      std::move(CmdArgs), Choice.BuiltIn,
      Choice.BuiltIn && TC.getDriver().useIntegratedLLD(Args), Output, Inputs);
  Cmd->MissingFiles = std::move(Missing);
  // Where clang's runtime is not installed, its linker would say no more than
  // that a file is missing.
  for (StringRef Arg : Cmd->getArguments()) {
    std::string Option = describeRuntimeOption(TC, Args, Arg);
    if (!Option.empty() && !TC.getVFS().exists(Arg))
      Cmd->Obstacles.push_back(
          ("cannot find the runtime library '" + Arg + "', which " +
           (Option[0] == '-' ? "'" + Option + "'" : Option) +
           " needs: install clang's compiler-rt for " + TC.getTriple().str() +
           ", say with -resource-dir where it is, or leave the option out")
              .str());
  }
  LinkCommand &Result = *Cmd;
  C.addCommand(std::move(Cmd));
  return Result;
}
