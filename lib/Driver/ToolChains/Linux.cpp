//===- Linux.cpp - Linux: glibc and musl ----------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Linux.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;

/// The name of a system's library folder for the target's width, where it has
/// one. Only x86 and a few others have used lib32; elsewhere a folder of that
/// name would be somebody else's.
static StringRef getOSLibDir(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
  case Triple::ppc:
  case Triple::ppcle:
  case Triple::sparc:
  case Triple::riscv32:
    return "lib32";
  default:
    if (T.isX32())
      return "libx32";
    return T.isArch32Bit() ? "lib" : "lib64";
  }
}

/// Debian's name of the target in library folders. It is the gnu one for musl
/// as well, since that is what clang looks for.
static std::string getMultiarchTriple(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return "i386-linux-gnu";
  case Triple::x86_64:
    return T.isX32() ? "x86_64-linux-gnux32" : "x86_64-linux-gnu";
  case Triple::aarch64:
    return "aarch64-linux-gnu";
  case Triple::aarch64_be:
    return "aarch64_be-linux-gnu";
  case Triple::arm:
  case Triple::thumb:
    // gnueabihft64 is hard float; clang 19 looks in the soft float folder.
    switch (T.getEnvironment()) {
    case Triple::GNUEABIHF:
    case Triple::GNUEABIHFT64:
    case Triple::MuslEABIHF:
    case Triple::EABIHF:
      return "arm-linux-gnueabihf";
    default:
      return "arm-linux-gnueabi";
    }
  case Triple::ppc:
    return "powerpc-linux-gnu";
  case Triple::ppc64:
    return "powerpc64-linux-gnu";
  case Triple::ppc64le:
    return "powerpc64le-linux-gnu";
  case Triple::riscv64:
    return "riscv64-linux-gnu";
  case Triple::systemz:
    return "s390x-linux-gnu";
  default:
    return T.str();
  }
}

Linux::Linux(const Driver &D, const Triple &T, const ArgList &Args)
    : Generic_ELF(D, T, Args) {
  // A self-contained link has no use for the C runtime, so the disk is not
  // searched for it.
  if (tools::isHosted(Args) ||
      Args.hasArg(OPT_print_search_dirs, OPT_print_file_name_EQ))
    findRuntime(Args);
}

void Linux::findRuntime(const ArgList &Args) {
  const llvm::Triple &T = getTriple();
  GCCInstallation.init(T, Args);
  if (GCCInstallation.isValid())
    ProgramPaths.push_back((GCCInstallation.getParentLibPath() + "/../" +
                            GCCInstallation.getTriple() + "/bin")
                               .str());

  StringRef SysRoot = getDriver().getSysRoot();
  StringRef OSLibDir = getOSLibDir(T);
  std::string Multiarch = getMultiarchTriple(T);
  auto Add = [&](const Twine &A, const Twine &B = "", const Twine &C = "") {
    SmallString<128> P(SysRoot);
    sys::path::append(P, sys::path::Style::posix, A, B, C);
    addPathIfExists(P, FilePaths);
  };

  addMultilibPaths(OSLibDir);
  Add("/lib", Multiarch);
  Add("/lib/..", OSLibDir);
  Add("/usr/lib", Multiarch);
  // 64-bit OpenEmbedded systems have no /usr/lib to go through.
  if (T.getVendor() == llvm::Triple::OpenEmbedded && T.isArch64Bit())
    Add("/usr", OSLibDir);
  else
    Add("/usr/lib/..", OSLibDir);
  if (T.isRISCV()) {
    StringRef ABI = T.isArch64Bit() ? "lp64d" : "ilp32d";
    Add("/", OSLibDir, ABI);
    Add("/usr", OSLibDir, ABI);
  }
  addMultiarchPaths();
  Add("/lib");
  Add("/usr/lib");
}

void Linux::addExtraOpts(const ArgList &Args, ArgStringList &CmdArgs) const {
  // -X: leave local symbols that begin with ".L" out, which the ARM assembler
  // keeps.
  if (getArch() == llvm::Triple::arm || getArch() == llvm::Triple::thumb)
    CmdArgs.push_back("-X");
  CmdArgs.push_back("--hash-style=gnu");
  // Loaders and debuggers tell images apart by their build ID.
  CmdArgs.push_back("--build-id");
}
