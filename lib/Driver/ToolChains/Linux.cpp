//===- Linux.cpp - Linux: glibc, musl and Android -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Linux.h"
#include "Arch.h"
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

/// The name of a system's library folder for the target's width, where it has
/// one. Only x86 and a few others have used lib32; elsewhere a folder of that
/// name would be somebody else's.
static StringRef getOSLibDir(const Triple &T, const ArgList &Args) {
  if (T.isMIPS()) {
    if (T.isAndroid()) {
      StringRef CPU = tools::getMipsTarget(T, Args).CPU;
      if (CPU == "mips32r6")
        return "libr6";
      if (CPU == "mips32r2")
        return "libr2";
    }
    // On MIPS, lib32 is that of the ABI with 64-bit registers and 32-bit
    // pointers.
    if (Args.getLastArgValue(OPT_mabi_EQ) == "n32")
      return "lib32";
    return T.isArch32Bit() ? "lib" : "lib64";
  }
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

/// True for the environments of hard float ARM that have a folder of their own.
/// gnueabihft64 is one; clang 19 looks for it in the soft float folder.
static bool hasHardFloatFolder(const Triple &T) {
  return T.getEnvironment() == Triple::GNUEABIHF ||
         T.getEnvironment() == Triple::GNUEABIHFT64 ||
         T.getEnvironment() == Triple::MuslEABIHF ||
         T.getEnvironment() == Triple::EABIHF;
}

/// Android's names of the target in library folders.
static std::string getAndroidMultiarchTriple(const Triple &T) {
  switch (T.getArch()) {
  case Triple::arm:
  case Triple::thumb:
    return "arm-linux-androideabi";
  case Triple::x86:
    return "i686-linux-android";
  case Triple::x86_64:
    return "x86_64-linux-android";
  case Triple::aarch64:
    return "aarch64-linux-android";
  case Triple::riscv64:
    return "riscv64-linux-android";
  default:
    return "";
  }
}

/// LoongArch's names have the C library and the floating point registers.
static std::string getLoongArchMultiarchTriple(const Triple &T) {
  StringRef Libc = T.isGNUEnvironment() ? "gnu" : T.isMusl() ? "musl" : "";
  if (Libc.empty())
    return T.str();
  switch (T.getEnvironment()) {
  case Triple::GNUSF:
    return ("loongarch64-linux-" + Libc + "sf").str();
  case Triple::GNUF32:
    return ("loongarch64-linux-" + Libc + "f32").str();
  case Triple::GNU:
  case Triple::GNUF64:
    return ("loongarch64-linux-" + Libc).str();
  default:
    return T.str();
  }
}

/// Debian's name of the target in library folders. It is the gnu one for musl
/// as well, since that is what clang looks for.
std::string Linux::getMultiarchTriple(StringRef SysRoot,
                                      const ArgList &Args) const {
  const llvm::Triple &T = getTriple();
  if (T.isAndroid())
    if (std::string Name = getAndroidMultiarchTriple(T); !Name.empty())
      return Name;
  auto Exists = [&](const Twine &Name) {
    return getVFS().exists(SysRoot + "/lib/" + Name);
  };
  const bool IsR6 = T.getSubArch() == llvm::Triple::MipsSubArch_r6;
  auto Mips64 = [&](StringRef Plain, StringRef R6) {
    std::string Name =
        (Twine(IsR6 ? R6 : Plain) + "-linux-" +
         (T.getEnvironment() == llvm::Triple::GNUABIN32 ? "gnuabin32"
                                                        : "gnuabi64"))
            .str();
    if (Exists(Name))
      return Name;
    std::string Short = (Plain + "-linux-gnu").str();
    return Exists(Short) ? Short : T.str();
  };

  switch (T.getArch()) {
  case Triple::x86:
    return "i386-linux-gnu";
  case Triple::x86_64:
    return T.getEnvironment() == Triple::GNUX32 ? "x86_64-linux-gnux32"
                                                : "x86_64-linux-gnu";
  case Triple::aarch64:
    return T.getEnvironment() == Triple::PAuthTest ? "aarch64-linux-pauthtest"
                                                   : "aarch64-linux-gnu";
  case Triple::aarch64_be:
    return "aarch64_be-linux-gnu";
  case Triple::arm:
  case Triple::thumb:
    return hasHardFloatFolder(T) ? "arm-linux-gnueabihf" : "arm-linux-gnueabi";
  case Triple::armeb:
  case Triple::thumbeb:
    return hasHardFloatFolder(T) ? "armeb-linux-gnueabihf"
                                 : "armeb-linux-gnueabi";
  case Triple::loongarch64:
    return getLoongArchMultiarchTriple(T);
  case Triple::m68k:
    return "m68k-linux-gnu";
  case Triple::mips:
    return IsR6 ? "mipsisa32r6-linux-gnu" : "mips-linux-gnu";
  case Triple::mipsel:
    return IsR6 ? "mipsisa32r6el-linux-gnu" : "mipsel-linux-gnu";
  case Triple::mips64:
    return Mips64("mips64", "mipsisa64r6");
  case Triple::mips64el:
    return Mips64("mips64el", "mipsisa64r6el");
  case Triple::ppc:
    return Exists("powerpc-linux-gnuspe") ? "powerpc-linux-gnuspe"
                                          : "powerpc-linux-gnu";
  case Triple::ppcle:
    return "powerpcle-linux-gnu";
  case Triple::ppc64:
    return "powerpc64-linux-gnu";
  case Triple::ppc64le:
    return "powerpc64le-linux-gnu";
  case Triple::riscv64:
    return "riscv64-linux-gnu";
  case Triple::sparc:
    return "sparc-linux-gnu";
  case Triple::sparcv9:
    return "sparc64-linux-gnu";
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
  // Red Hat's newer compilers have their own linker.
  if (GCCInstallation.getParentLibPath().contains("opt/rh/"))
    ProgramPaths.push_back(
        (GCCInstallation.getParentLibPath() + "/../bin").str());

  const std::string SysRoot = computeSysRoot();
  StringRef OSLibDir = getOSLibDir(T, Args);
  std::string Multiarch = getMultiarchTriple(SysRoot, Args);
  auto Add = [&](const Twine &A, const Twine &B = "", const Twine &C = "") {
    SmallString<128> P(SysRoot);
    sys::path::append(P, sys::path::Style::posix, A, B, C);
    addPathIfExists(P, FilePaths);
  };

  // Debian has the oldest of MIPS' ABIs in a folder of its own, others have it
  // in lib.
  if (T.isMIPS32()) {
    addMultilibPaths(SysRoot, "libo32");
    Add("/libo32");
    Add("/usr/libo32");
  }
  addMultilibPaths(SysRoot, OSLibDir);
  Add("/lib", Multiarch);
  Add("/lib/..", OSLibDir);
  // Android's kit has libraries for each version of the system.
  if (T.isAndroid())
    Add("/usr/lib", Multiarch, Twine(T.getEnvironmentVersion().getMajor()));
  Add("/usr/lib", Multiarch);
  // 64-bit OpenEmbedded systems have no /usr/lib to go through.
  if (T.getVendor() == llvm::Triple::OpenEmbedded && T.isArch64Bit())
    Add("/usr", OSLibDir);
  else
    Add("/usr/lib/..", OSLibDir);
  if (T.isRISCV()) {
    std::string ABI = tools::getRISCVABI(T, Args);
    Add("/", OSLibDir, ABI);
    Add("/usr", OSLibDir, ABI);
  }
  addMultiarchPaths();
  Add("/lib");
  Add("/usr/lib");
}

std::string Linux::computeSysRoot() const {
  const Driver &D = getDriver();
  if (!D.getSysRoot().empty())
    return D.getSysRoot().str();
  if (getTriple().isAndroid()) {
    std::string Path = (D.getInstalledDir() + "/../sysroot").str();
    if (getVFS().exists(Path))
      return Path;
  }
  if (!getTriple().isMIPS() || !GCCInstallation.isValid())
    return "";
  std::string Prefix =
      (GCCInstallation.getInstallPath() + "/../../../../").str();
  for (const std::string &Place :
       {GCCInstallation.getTriple().str() + "/libc", std::string("sysroot")}) {
    std::string Path = (Prefix + Place + GCCInstallation.getOSSuffix()).str();
    if (getVFS().exists(Path))
      return Path;
  }
  return "";
}

void Linux::addExtraOpts(const ArgList &Args, ArgStringList &CmdArgs) const {
  const llvm::Triple &T = getTriple();
  if (T.isAndroid()) {
    // Its loader refuses libraries that are written to after relocation.
    CmdArgs.append({"-z", "now", "-z", "relro"});
    if (T.isARM())
      CmdArgs.append({"-z", "max-page-size=4096"});
    else if (T.isAArch64() || getArch() == llvm::Triple::x86_64)
      CmdArgs.append({"-z", "max-page-size=16384"});
  }
  // -X: leave local symbols that begin with ".L" out, which the ARM assembler
  // keeps.
  if (getArch() == llvm::Triple::arm || getArch() == llvm::Triple::thumb)
    CmdArgs.push_back("-X");
  // MIPS toolchains have scripts with paths from the root that they came with.
  if (T.isMIPS() && tools::isHosted(Args))
    if (std::string SysRoot = computeSysRoot(); !SysRoot.empty())
      CmdArgs.push_back(Args.MakeArgString("--sysroot=" + SysRoot));
  // The two orders of dynamic symbols, that of the table of this name and that
  // of MIPS' global offset table, exclude each other. Android's loader knows
  // the table from version 23 on.
  if (!T.isMIPS())
    CmdArgs.push_back(T.isAndroid() && T.isAndroidVersionLT(23)
                          ? "--hash-style=both"
                          : "--hash-style=gnu");
  // Loaders and debuggers tell images apart by their build ID.
  CmdArgs.push_back("--build-id");
}

ToolChain::RuntimeLibType Linux::getDefaultRuntimeLibType() const {
  return getTriple().isAndroid() ? RuntimeLibType::CompilerRT
                                 : Generic_ELF::getDefaultRuntimeLibType();
}

ToolChain::CXXStdlibType Linux::getDefaultCXXStdlibType() const {
  return getTriple().isAndroid() ? CXXStdlibType::Libcxx
                                 : CXXStdlibType::Libstdcxx;
}

SanitizerMask Linux::getSupportedSanitizers() const {
  const llvm::Triple &T = getTriple();
  const bool X86 = getArch() == llvm::Triple::x86;
  const bool X86_64 = getArch() == llvm::Triple::x86_64;
  const bool AArch64 = getArch() == llvm::Triple::aarch64 ||
                       getArch() == llvm::Triple::aarch64_be;
  const bool ARM = T.isARM() || T.isThumb();
  const bool PPC64 = T.isPPC64();
  const bool LoongArch64 = T.isLoongArch64();
  const bool RISCV64 = T.isRISCV64();
  const bool SystemZ = getArch() == llvm::Triple::systemz;
  const bool Common64 = X86_64 || T.isMIPS64() || AArch64 || LoongArch64;

  SanitizerMask Result = ToolChain::getSupportedSanitizers() | SK::Address |
                         SK::PointerCompare | SK::PointerSubtract | SK::Fuzzer |
                         SK::FuzzerNoLink | SK::KernelAddress | SK::Memory |
                         SK::Vptr | SK::SafeStack;
  if (Common64)
    Result |= SK::DataFlow;
  if (Common64 || X86 || ARM || PPC64 || RISCV64 || SystemZ)
    Result |= SK::Leak;
  if (Common64 || PPC64 || SystemZ || RISCV64)
    Result |= SK::Thread;
  if (X86_64 || SystemZ || PPC64)
    Result |= SK::KernelMemory;
  if (Common64 || X86 || T.isMIPS32() || ARM || PPC64 || RISCV64)
    Result |= SK::Scudo;
  if (X86_64 || AArch64 || RISCV64)
    Result |= SK::HWAddress;
  if (X86_64 || AArch64)
    Result |= SK::KernelHWAddress;
  if (X86_64)
    Result |= SK::NumericalStability;
  // Its object files cannot have a difference between sections.
  if (getArch() == llvm::Triple::ppc64)
    Result &= ~SK::Function;
  return Result;
}

void Linux::addProfileRuntime(const ArgList &Args,
                              ArgStringList &CmdArgs) const {
  tools::addProfileRuntimeWithHook(*this, Args, CmdArgs);
}
