//===- OHOS.cpp - OpenHarmony ---------------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OHOS.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;
namespace SK = pkgimg::driver::SanitizerKind;

static std::string makePath(StringRef Base, const Twine &A, const Twine &B = "",
                            const Twine &C = "") {
  SmallString<128> P(Base);
  sys::path::append(P, A, B, C);
  return std::string(P);
}

/// The folder of the libraries for a processor of its own: Cortex-A7, by how
/// floating point values are passed.
static StringRef getMultilib(const Triple &T, const ArgList &Args) {
  if (Args.getLastArgValue(OPT_mcpu_EQ) != "cortex-a7")
    return "";
  const bool HasNeon = Args.getLastArgValue(OPT_mfpu_EQ) == "neon-vfpv4";
  switch (tools::getARMFloatABI(T, Args)) {
  case tools::ARMFloatABI::Soft:
    return "/a7_soft";
  case tools::ARMFloatABI::SoftFP:
    return HasNeon ? "/a7_softfp_neon-vfpv4" : "";
  case tools::ARMFloatABI::Hard:
    return HasNeon ? "/a7_hard_neon-vfpv4" : "";
  }
  llvm_unreachable("unknown way to pass floating point values");
}

std::string OHOS::getMultiarchTriple() const {
  switch (getArch()) {
  case Triple::arm:
  case Triple::thumb:
    return getTriple().isOSLiteOS() ? "arm-liteos-ohos" : "arm-linux-ohos";
  case Triple::riscv32:
    return "riscv32-linux-ohos";
  case Triple::riscv64:
    return "riscv64-linux-ohos";
  case Triple::mipsel:
    return "mipsel-linux-ohos";
  case Triple::x86:
    return "i686-linux-ohos";
  case Triple::x86_64:
    return "x86_64-linux-ohos";
  case Triple::aarch64:
    return "aarch64-linux-ohos";
  default:
    return getTriple().str();
  }
}

OHOS::OHOS(const Driver &D, const Triple &T, const ArgList &Args)
    : Generic_ELF(D, T, Args), Multilib(getMultilib(T, Args)) {
  // The system has one of each.
  auto CheckLibrary = [&](OptSpecifier ID, StringRef Only) {
    const Arg *A = Args.getLastArg(ID);
    if (A && StringRef(A->getValue()) != Only &&
        StringRef(A->getValue()) != "platform")
      D.getDiags().error("unsupported option '" + A->getAsString(Args) +
                         "' for target '" + T.str() + "', which has " + Only +
                         " alone; leave the option out");
  };
  CheckLibrary(OPT_rtlib_EQ, "compiler-rt");
  CheckLibrary(OPT_stdlib_EQ, "libc++");
  FilePaths.clear();
  LibraryPaths.clear();
  if (!tools::isHosted(Args) &&
      !Args.hasArg(OPT_print_search_dirs, OPT_print_file_name_EQ))
    return;

  const std::string Name = getMultiarchTriple();
  for (const std::string &Dir : getRuntimeLibraryDirs())
    addPathIfExists(Dir, FilePaths);
  for (StringRef Target :
       {Args.getLastArgValue(OPT_target), StringRef(T.str()), StringRef(Name)})
    addPathIfExists(makePath(D.getResourceDir(), "lib", Target, Multilib),
                    LibraryPaths);

  const std::string Lib = makePath(computeSysRoot(), "usr", "lib");
  addPathIfExists(makePath(Lib, Multilib), FilePaths);
  addPathIfExists(
      makePath(makePath(D.getInstalledDir(), "..", "lib"), Name, Multilib),
      FilePaths);
  addPathIfExists(makePath(Lib, Name, Multilib), FilePaths);
}

std::string OHOS::computeSysRoot() const {
  const Driver &D = getDriver();
  std::string SysRoot = D.getSysRoot().empty() ? makePath(D.getInstalledDir(),
                                                          "..", "..", "sysroot")
                                               : D.getSysRoot().str();
  if (!getVFS().exists(SysRoot))
    return "";
  std::string OfTarget = makePath(SysRoot, getMultiarchTriple());
  return getVFS().exists(OfTarget) ? OfTarget : SysRoot;
}

ToolChain::path_list OHOS::getRuntimeLibraryDirs() const {
  path_list Dirs;
  Dirs.push_back(
      makePath(getDriver().getResourceDir(), "lib", getMultiarchTriple()));
  return Dirs;
}

void OHOS::addExtraOpts(const ArgList &, ArgStringList &CmdArgs) const {
  CmdArgs.append({"-z", "now", "-z", "relro", "-z", "max-page-size=4096"});
  // MIPS has its own order of dynamic symbols.
  if (getArch() != llvm::Triple::mipsel)
    CmdArgs.push_back("--hash-style=both");
  CmdArgs.append({"--build-id", "--enable-new-dtags"});
}

ToolChain::RuntimeLibType OHOS::getRuntimeLibType(const ArgList &) const {
  return RuntimeLibType::CompilerRT;
}

ToolChain::UnwindLibType OHOS::getUnwindLibType(const ArgList &Args) const {
  if (Args.hasArg(OPT_unwindlib_EQ))
    return Generic_ELF::getUnwindLibType(Args);
  return UnwindLibType::CompilerRT;
}

ToolChain::CXXStdlibType OHOS::getCXXStdlibType(const ArgList &) const {
  return CXXStdlibType::Libcxx;
}

void OHOS::addCXXStdlibLibArgs(const ArgList &, ArgStringList &CmdArgs) const {
  CmdArgs.append({"-lc++", "-lc++abi", "-lunwind"});
}

std::string OHOS::getCompilerRT(const ArgList &, StringRef Component,
                                FileType Type) const {
  StringRef Suffix = Type == FileType::Object   ? ".o"
                     : Type == FileType::Static ? ".a"
                                                : ".so";
  StringRef Prefix = Type == FileType::Object ? "" : "lib";
  SmallString<128> P(getDriver().getResourceDir());
  sys::path::append(P, "lib", getMultiarchTriple(), Multilib,
                    Prefix + "clang_rt." + Component + Suffix);
  return std::string(P);
}

SanitizerMask OHOS::getSupportedSanitizers() const {
  return ToolChain::getSupportedSanitizers() | SK::Address |
         SK::PointerCompare | SK::PointerSubtract | SK::Fuzzer |
         SK::FuzzerNoLink | SK::Memory | SK::Vptr | SK::SafeStack | SK::Scudo;
}

void OHOS::addProfileRuntime(const ArgList &Args,
                             ArgStringList &CmdArgs) const {
  tools::addProfileRuntimeWithHook(*this, Args, CmdArgs);
}
