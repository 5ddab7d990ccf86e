//===- Gnu.cpp - Platforms with a GNU-style linker and gcc layout ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gnu.h"
#include "Arch.h"
#include "ELFArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/ARMTargetParser.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;

//===----------------------------------------------------------------------===//
// gnutools::Linker
//===----------------------------------------------------------------------===//

static bool isMipsN32(const Triple &T, const ArgList &Args) {
  return T.getEnvironment() == Triple::GNUABIN32 ||
         Args.getLastArgValue(OPT_mabi_EQ) == "n32";
}

/// The linker's name of the target, for -m. Null for one that it has not.
static const char *getEmulation(const Triple &T, const ArgList &Args) {
  switch (T.getArch()) {
  case Triple::x86:
    return "elf_i386";
  case Triple::x86_64:
    return T.isX32() ? "elf32_x86_64" : "elf_x86_64";
  case Triple::aarch64:
    return "aarch64linux";
  case Triple::aarch64_be:
    return "aarch64linuxb";
  case Triple::arm:
  case Triple::thumb:
    return "armelf_linux_eabi";
  case Triple::armeb:
  case Triple::thumbeb:
    return "armelfb_linux_eabi";
  case Triple::ppc:
    return T.isOSLinux() ? "elf32ppclinux" : "elf32ppc";
  case Triple::ppcle:
    return T.isOSLinux() ? "elf32lppclinux" : "elf32lppc";
  case Triple::ppc64:
    return "elf64ppc";
  case Triple::ppc64le:
    return "elf64lppc";
  case Triple::riscv32:
    return "elf32lriscv";
  case Triple::riscv64:
    return "elf64lriscv";
  case Triple::systemz:
    return "elf64_s390";
  case Triple::loongarch32:
    return "elf32loongarch";
  case Triple::loongarch64:
    return "elf64loongarch";
  case Triple::sparc:
  case Triple::sparcel:
    return "elf32_sparc";
  case Triple::sparcv9:
    return "elf64_sparc";
  case Triple::m68k:
    return "m68kelf";
  case Triple::mips:
    return "elf32btsmip";
  case Triple::mipsel:
    return "elf32ltsmip";
  case Triple::mips64:
    return isMipsN32(T, Args) ? "elf32btsmipn32" : "elf64btsmip";
  case Triple::mips64el:
    return isMipsN32(T, Args) ? "elf32ltsmipn32" : "elf64ltsmip";
  default:
    return nullptr;
  }
}

/// True if LLD links for the architecture of \p T, which has an emulation.
static bool isKnownToLLD(const Triple &T) {
  return T.getArch() != Triple::m68k && T.getArch() != Triple::sparc &&
         T.getArch() != Triple::sparcel;
}

/// True if the code of big-endian 32-bit ARM is little-endian beside its data,
/// as it is from version 7 on and on microcontrollers.
static bool hasLittleEndianCode(const Triple &T, const ArgList &Args) {
  StringRef Name = T.getArchName();
  ARM::ArchKind Kind = ARM::parseCPUArch(tools::getTargetCPU(T, Args));
  if (Kind != ARM::ArchKind::INVALID)
    Name = ARM::getArchName(Kind);
  return ARM::parseArchVersion(Name) >= 7 ||
         ARM::parseArchProfile(Name) == ARM::ProfileKind::M;
}

/// Adds the byte order of the targets that may have either.
static void addEndianness(const Triple &T, const ArgList &Args,
                          ArgStringList &CmdArgs) {
  if (T.isARM() || T.isThumb()) {
    bool Big = T.getArch() == Triple::armeb || T.getArch() == Triple::thumbeb;
    if (Big && hasLittleEndianCode(T, Args) && !Args.hasArg(OPT_r))
      CmdArgs.push_back("--be8");
    CmdArgs.push_back(Big ? "-EB" : "-EL");
  } else if (T.isAArch64()) {
    CmdArgs.push_back(T.getArch() == Triple::aarch64_be ? "-EB" : "-EL");
  }
}

void tools::gnutools::Linker::constructJob(Compilation &C, const char *Output,
                                           const InputInfoList &Inputs,
                                           const ArgList &Args) const {
  const auto &TC = static_cast<const Generic_ELF &>(getToolChain());
  const Driver &D = TC.getDriver();
  const Triple &T = TC.getTriple();
  const bool IsAndroid = T.isAndroid();
  const bool Static = Args.hasArg(OPT_static);

  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  // The order below is clang's, row by row.
  if (!D.getSysRoot().empty())
    CmdArgs.push_back(Args.MakeArgString("--sysroot=" + D.getSysRoot()));
  if (Args.hasArg(OPT_s))
    CmdArgs.push_back("-s");
  addEndianness(T, Args, CmdArgs);
  // Of Android's processors those that are not known to be without erratum
  // 843419 get the linker's work-around.
  if (T.getArch() == Triple::aarch64 && (IsAndroid || T.isOHOSFamily())) {
    std::string CPU = getTargetCPU(T, Args);
    if (CPU.empty() || CPU == "generic" || CPU == "cortex-a53")
      CmdArgs.push_back("--fix-cortex-a53-843419");
  }
  TC.addExtraOpts(Args, CmdArgs);
  CmdArgs.push_back("--eh-frame-hdr");

  const char *Emulation = getEmulation(T, Args);
  if (!Emulation) {
    D.getDiags().error("cannot link for the target '" + T.str() +
                       "': the linker has no emulation for its architecture");
    return;
  }
  CmdArgs.push_back("-m");
  CmdArgs.push_back(Emulation);
  if (T.isRISCV()) {
    CmdArgs.push_back("-X");
    if (Args.hasFlag(OPT_mno_relax, OPT_mrelax, false))
      CmdArgs.push_back("--no-relax");
  }

  // An image is a shared library, whether -shared is given or not.
  if (!Args.hasArg(OPT_r) || Args.hasArg(OPT_shared))
    CmdArgs.push_back("-shared");
  if (Static)
    CmdArgs.push_back("-static");
  else if (!Args.hasArg(OPT_r) && Args.hasArg(OPT_rdynamic))
    CmdArgs.push_back("-export-dynamic");

  CmdArgs.push_back("-o");
  const OutputArgument OutputName{CmdArgs.size()};
  CmdArgs.push_back(Output);

  // MIPS' own toolchain with musl has no such files.
  const bool HasCompilerFiles =
      T.hasEnvironment() || T.getVendor() != Triple::MipsTechnologies;
  StartFiles Start(TC, Args, CmdArgs);
  if (wantStartFiles(Args)) {
    if (IsAndroid) {
      Start.add("crtbegin_so.o");
    } else {
      Start.add("crti.o");
      if (HasCompilerFiles)
        Start.addOfCompiler("crtbegin", "crtbeginS.o");
    }
    addFastMathRuntime(TC, Args, CmdArgs);
    if (IsAndroid && Args.hasFlag(OPT_fandroid_pad_segment,
                                  OPT_fno_android_pad_segment, false))
      Start.add("crt_pad_segment.o");
  }

  for (const Arg *A : Args.filtered(OPT_L, OPT_u)) {
    A->claim();
    A->render(Args, CmdArgs);
  }
  if (isHosted(Args))
    addFilePathLibArgs(TC, Args, CmdArgs);
  addLTOOptions(TC, Args, CmdArgs, Output);
  if (Args.hasArg(OPT_Z_Xlinker__no_demangle))
    CmdArgs.push_back("--no-demangle");
  addReproduce(Args, CmdArgs);
  const bool NeedsSanitizerDeps = addSanitizerRuntimes(TC, Args, CmdArgs);
  addCompressDebugSections(TC, Args, CmdArgs);

  addLinkerInputs(TC, Inputs, Args, CmdArgs);
  addProfileRuntime(TC, Args, CmdArgs);
  addCXXLibs(TC, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    if (Static)
      CmdArgs.push_back("--start-group");
    if (NeedsSanitizerDeps)
      linkSanitizerRuntimeDeps(TC, Args, CmdArgs);
    const bool NeedsThreads =
        addOpenMPRuntime(TC, Args, CmdArgs) || wantPthread(Args);
    addRunTimeLibs(TC, Args, CmdArgs);
    // LLVM has no code for all atomic operations of 32-bit SPARC.
    if (T.getArch() == Triple::sparc)
      CmdArgs.append(
          {"--push-state", "--as-needed", "-latomic", "--pop-state"});
    // bionic has threads in its C library, and so has musl.
    if (NeedsThreads && !IsAndroid && !T.isOHOSFamily())
      CmdArgs.push_back("-lpthread");
    // New threads need stacks that can grow.
    if (Args.hasFlag(OPT_fsplit_stack, OPT_fno_split_stack, false))
      CmdArgs.push_back("--wrap=pthread_create");
    if (!Args.hasArg(OPT_nolibc))
      CmdArgs.push_back("-lc");
    if (Static)
      CmdArgs.push_back("--end-group");
    else
      addRunTimeLibs(TC, Args, CmdArgs);
  }
  if (wantStartFiles(Args)) {
    if (IsAndroid) {
      Start.add("crtend_so.o");
    } else {
      if (HasCompilerFiles)
        Start.addOfCompiler("crtend", "crtendS.o");
      Start.add("crtn.o");
    }
  }

  Args.AddAllArgs(CmdArgs, OPT_T);
  LinkCommand &Cmd = finishLink(C, *this, Choice, std::move(CmdArgs),
                                OutputName, Inputs, std::move(Start.Missing));
  if (Args.hasArg(OPT_r) && Args.hasArg(OPT_shared))
    Cmd.Obstacles.push_back(
        "-r and -shared may not be used together: an output "
        "is relocatable or shared");
  if (Choice.BuiltIn && !isKnownToLLD(T))
    Cmd.Obstacles.push_back("cannot link for " + T.str() +
                            ": LLD has no support for its architecture; name "
                            "a linker that has, with --ld-path=");
}

//===----------------------------------------------------------------------===//
// Generic_GCC and Generic_ELF
//===----------------------------------------------------------------------===//

void Generic_GCC::addMultilibPaths(StringRef SysRoot, StringRef OSLibDir) {
  if (!GCCInstallation.isValid())
    return;
  StringRef Install = GCCInstallation.getInstallPath();
  StringRef Parent = GCCInstallation.getParentLibPath();

  addPathIfExists(Install + GCCInstallation.getMultilibSuffix(), FilePaths);
  // For gcc built with --enable-version-specific-runtime-libs.
  addPathIfExists(Install + "/../" + OSLibDir, FilePaths);
  // A cross compiler's own copy of the target's libraries.
  addPathIfExists(Parent + "/../" + GCCInstallation.getTriple() + "/lib/../" +
                      OSLibDir + GCCInstallation.getOSSuffix(),
                  FilePaths);
  // The folder above gcc's speaks of the target only inside its sysroot.
  if (Parent.starts_with(SysRoot))
    addPathIfExists(Parent + "/../" + OSLibDir, FilePaths);
}

void Generic_GCC::addMultiarchPaths() {
  if (GCCInstallation.isValid())
    addPathIfExists(GCCInstallation.getParentLibPath() + "/../" +
                        GCCInstallation.getTriple() + "/lib" +
                        GCCInstallation.getOSSuffix(),
                    FilePaths);
}

std::unique_ptr<Tool> Generic_ELF::buildLinker() const {
  return std::make_unique<tools::gnutools::Linker>(*this);
}
