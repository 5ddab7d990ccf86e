//===- Fuchsia.cpp - Fuchsia ----------------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuchsia.h"
#include "Arch.h"
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

void tools::fuchsia::Linker::constructJob(Compilation &C, const char *Output,
                                          const InputInfoList &Inputs,
                                          const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Triple &T = TC.getTriple();
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  const bool Relocatable = Args.hasArg(OPT_r);
  const bool Static = Args.hasArg(OPT_static);

  CmdArgs.append({"-z", "max-page-size=4096", "-z", "now", "-z",
                  "start-stop-visibility=hidden"});
  // What LLD alone can do.
  if (Choice.BuiltIn || sys::path::filename(Choice.Path) == "ld.lld")
    CmdArgs.append({"-z", "rodynamic", "-z", "separate-loadable-segments", "-z",
                    "rel", "--pack-dyn-relocs=relr"});
  addSysRoot(TC, Args, CmdArgs);
  if (Args.hasArg(OPT_rdynamic))
    CmdArgs.push_back("-export-dynamic");
  if (Args.hasArg(OPT_s))
    CmdArgs.push_back("-s");
  if (Relocatable)
    CmdArgs.push_back("-r");
  else
    CmdArgs.append({"--build-id", "--hash-style=gnu"});
  if (T.getArch() == Triple::aarch64) {
    CmdArgs.push_back("--execute-only");
    // Processors that are not known to be without the erratum.
    std::string CPU = getTargetCPU(T, Args);
    if (CPU.empty() || CPU == "generic" || CPU == "cortex-a53")
      CmdArgs.push_back("--fix-cortex-a53-843419");
  }
  CmdArgs.push_back("--eh-frame-hdr");
  if (Static)
    CmdArgs.push_back("-Bstatic");
  addShared(Args, CmdArgs);
  addRISCVOptions(T, Args, CmdArgs);
  const OutputArgument OutputName = addOutput(Output, CmdArgs);

  // A shared library has no start files.
  for (const Arg *A : Args.filtered(OPT_L, OPT_u)) {
    A->claim();
    A->render(Args, CmdArgs);
  }
  if (isHosted(Args))
    addFilePathLibArgs(TC, Args, CmdArgs);
  addLTOOptions(TC, Args, CmdArgs, Output);
  addNoDemangle(Args, CmdArgs);
  addReproduce(Args, CmdArgs);
  addCompressDebugSections(TC, Args, CmdArgs);
  addLinkerInputs(TC, Inputs, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    // The system's libraries are shared ones alone.
    if (Static)
      CmdArgs.push_back("-Bdynamic");
    if (TC.getDriver().isCXXMode() && !Args.hasArg(OPT_nostdlibxx)) {
      const bool StaticCXX = Args.hasArg(OPT_static_libstdcxx) && !Static;
      CmdArgs.append({"--push-state", "--as-needed"});
      if (StaticCXX)
        CmdArgs.push_back("-Bstatic");
      TC.addCXXStdlibLibArgs(Args, CmdArgs);
      if (StaticCXX)
        CmdArgs.push_back("-Bdynamic");
      CmdArgs.append({"-lm", "--pop-state"});
    }
    // What the runtimes of sanitizers use, their objects name themselves.
    addSanitizerRuntimes(TC, Args, CmdArgs);
    addProfileRuntime(TC, Args, CmdArgs);
    addRunTimeLibs(TC, Args, CmdArgs);
    if (wantPthread(Args))
      CmdArgs.push_back("-lpthread");
    // Threads with segmented stacks are made by a function of the user's.
    if (Args.hasArg(OPT_fsplit_stack))
      CmdArgs.push_back("--wrap=pthread_create");
    if (!Args.hasArg(OPT_nolibc))
      CmdArgs.push_back("-lc");
  }

  LinkCommand &Cmd =
      finishLink(C, *this, Choice, std::move(CmdArgs), OutputName, Inputs);
  addObstacles(Cmd, Args);
}

Fuchsia::Fuchsia(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : ToolChain(D, T, Args) {
  ProgramPaths.push_back(D.getInstalledDir().str());
  if (!D.getSysRoot().empty())
    FilePaths.push_back(inSysRoot(*this, "lib"));

  // The C++ library comes in variants, in folders below the usual one's. The
  // last that fits is taken.
  StringRef Variant;
  auto Consider = [&](StringRef Name) {
    if (getVFS().exists(getVariantPath(Name)))
      Variant = Name;
  };
  if (!Args.hasFlag(OPT_fexceptions, OPT_fno_exceptions, true))
    Consider("noexcept");
  if (Args.getLastArgValue(OPT_fcxx_abi_EQ) == "itanium")
    Consider("compat");
  if (!Variant.empty())
    FilePaths.insert(FilePaths.begin(), getVariantPath(Variant));
}

std::string Fuchsia::getVariantPath(StringRef Name) const {
  SmallString<128> P(getDriver().getInstalledDir());
  sys::path::append(P, "..", "lib", getTriple().str(), Name);
  return std::string(P);
}

ToolChain::RuntimeLibType
Fuchsia::getRuntimeLibType(const ArgList &Args) const {
  if (const Arg *A = Args.getLastArg(OPT_rtlib_EQ);
      A && StringRef(A->getValue()) != "compiler-rt")
    reportOnce("invalid runtime library name in argument '" +
               A->getAsString(Args) +
               "'; Fuchsia has compiler-rt alone: leave the option out");
  return RuntimeLibType::CompilerRT;
}

ToolChain::CXXStdlibType Fuchsia::getCXXStdlibType(const ArgList &Args) const {
  if (const Arg *A = Args.getLastArg(OPT_stdlib_EQ);
      A && StringRef(A->getValue()) != "libc++")
    reportOnce("invalid library name in argument '" + A->getAsString(Args) +
               "'; Fuchsia has libc++ alone: leave the option out");
  return CXXStdlibType::Libcxx;
}

void Fuchsia::reportOnce(const Twine &Message) const {
  if (Reported.insert(Message.str()).second)
    getDriver().getDiags().error(Message);
}

std::unique_ptr<Tool> Fuchsia::buildLinker() const {
  return std::make_unique<tools::fuchsia::Linker>(*this);
}

SanitizerMask Fuchsia::getSupportedSanitizers() const {
  return ToolChain::getSupportedSanitizers() | SK::Address | SK::HWAddress |
         SK::PointerCompare | SK::PointerSubtract | SK::Fuzzer |
         SK::FuzzerNoLink | SK::Leak | SK::SafeStack | SK::Scudo | SK::Thread;
}

SanitizerMask Fuchsia::getDefaultSanitizers() const {
  switch (getArch()) {
  case llvm::Triple::aarch64:
  case llvm::Triple::riscv64:
    return SK::ShadowCallStack;
  case llvm::Triple::x86_64:
    return SK::SafeStack;
  default:
    return 0;
  }
}
