//===- CrossWindows.cpp - Windows with the Itanium C++ ABI ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CrossWindows.h"
#include "../SanitizerArgs.h"
#include "CommonArgs.h"
#include "WindowsInputs.h"
#include "WindowsSupport.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;

/// GNU ld's name of the format; the driver has refused other architectures.
static const char *getEmulation(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return "i386pe";
  case Triple::x86_64:
    return "i386pep";
  case Triple::aarch64:
    return "arm64pe";
  default:
    return "thumb2pe";
  }
}

/// Tells \p Cmd which of its arguments name import libraries.
static void addImportLibraryOutputs(LinkCommand &Cmd) {
  const ArgStringList &CmdArgs = Cmd.getArguments();
  for (size_t I = 0; I != CmdArgs.size(); ++I) {
    StringRef Name = CmdArgs[I];
    if (!Name.consume_front("--") && !Name.consume_front("-"))
      continue;
    if (Name == "out-implib" && I + 1 != CmdArgs.size())
      Cmd.addSideOutput({++I});
    else if (Name.consume_front("out-implib="))
      Cmd.addSideOutput({I, size_t(Name.data() - CmdArgs[I])});
  }
}

void tools::crosswindows::Linker::constructJob(Compilation &C,
                                               const char *Output,
                                               const InputInfoList &Inputs,
                                               const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Driver &D = TC.getDriver();
  const Triple &T = TC.getTriple();
  const bool Hosted = isHosted(Args);
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Linker = beginLink(TC, Args, CmdArgs);

  if (!D.getSysRoot().empty())
    CmdArgs.push_back(Args.MakeArgString("--sysroot=" + D.getSysRoot()));
  // LLD does not know the option, and a DLL exports all without it.
  if (Hosted && Args.hasArg(OPT_rdynamic))
    CmdArgs.push_back("-export-dynamic");
  if (Args.hasArg(OPT_s))
    CmdArgs.push_back("--strip-all");
  CmdArgs.append({"-m", getEmulation(T), "-shared",
                  Args.hasArg(OPT_static) ? "-Bstatic" : "-Bdynamic",
                  "--enable-auto-image-base", "--entry"});
  CmdArgs.push_back(windows::getDefaultEntry(T).data());
  CmdArgs.push_back("--allow-multiple-definition");
  if (!Hosted)
    // There is no code that would relocate the data of other images when this
    // one is loaded, and nothing in it may depend on the time of the link.
    CmdArgs.append({"--disable-auto-import", "--disable-runtime-pseudo-reloc",
                    "--no-insert-timestamp"});

  CmdArgs.append({"-o", Output});
  OutputArgument Out{CmdArgs.size() - 1};
  if (Hosted) {
    SmallString<128> Name(Output);
    sys::path::replace_extension(Name, ".lib");
    CmdArgs.append({"--out-implib", Args.MakeArgString(Name)});
  }
  if (!Hosted)
    Args.addAllArgs(CmdArgs, {OPT_u});
  Args.addAllArgs(CmdArgs, {OPT_L});
  if (Hosted)
    addFilePathLibArgs(TC, Args, CmdArgs);
  addReproduce(Args, CmdArgs);
  if (Args.hasArg(OPT_Z_Xlinker__no_demangle))
    CmdArgs.push_back("--no-demangle");

  auto Prepared = std::make_shared<windows::LinkInputs>(C, TC, Output);
  addLinkerInputs(TC, Prepared->translate(Inputs, Args, CmdArgs), Args,
                  CmdArgs);

  if (wantDefaultLibs(Args)) {
    if (D.isCXXMode() && !Args.hasArg(OPT_nostdlibxx)) {
      const bool Static =
          Args.hasArg(OPT_static_libstdcxx) && !Args.hasArg(OPT_static);
      if (Static)
        CmdArgs.push_back("-Bstatic");
      TC.addCXXStdlibLibArgs(Args, CmdArgs);
      if (Static)
        CmdArgs.push_back("-Bdynamic");
    }
    CmdArgs.push_back("-lmsvcrt");
    addRunTimeLibs(TC, Args, CmdArgs);
  }
  if (Hosted && SanitizerArgs(TC, Args).has(SanitizerKind::Address))
    CmdArgs.push_back(
        Args.MakeArgString(TC.getCompilerRT(Args, "asan_dll_thunk")));
  // Last, so that any other definition of the entry point comes first.
  if (!Hosted)
    CmdArgs.push_back(Prepared->addEntryStub());
  Prepared->readExportOptions(CmdArgs);

  LinkCommand &Cmd =
      finishLink(C, *this, Linker, std::move(CmdArgs), Out, Inputs);
  addImportLibraryOutputs(Cmd);
  Cmd.Prepare = [Prepared] { return Prepared->prepare(); };
  if (Hosted)
    Cmd.UnshownArguments.push_back("--no-insert-timestamp");
}

CrossWindows::CrossWindows(const Driver &D, const llvm::Triple &T,
                           const ArgList &Args)
    : ToolChain(D, T, Args), IsHosted(tools::isHosted(Args)) {}

void CrossWindows::addCXXStdlibLibArgs(const ArgList &Args,
                                       ArgStringList &CmdArgs) const {
  // There is no libstdc++ for this platform.
  if (getCXXStdlibType(Args) == CXXStdlibType::Libcxx)
    ToolChain::addCXXStdlibLibArgs(Args, CmdArgs);
}

void CrossWindows::addWholeArchive(const char *Archive,
                                   ArgStringList &CmdArgs) const {
  // LLD's driver for MinGW has no --push-state.
  CmdArgs.append({"--whole-archive", Archive, "--no-whole-archive"});
}

SanitizerMask CrossWindows::getSupportedSanitizers() const {
  return ToolChain::getSupportedSanitizers() | SanitizerKind::Address |
         SanitizerKind::PointerCompare | SanitizerKind::PointerSubtract;
}

std::unique_ptr<Tool> CrossWindows::buildLinker() const {
  return std::make_unique<tools::crosswindows::Linker>(*this);
}
