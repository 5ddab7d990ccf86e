//===- Driver.cpp - From a command line to commands -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Driver.h"
#include "ToolChains/CodegenArgs.h"
#include "ToolChains/CommonArgs.h"
#include "ToolChains/CrossWindows.h"
#include "ToolChains/Darwin.h"
#include "ToolChains/DragonFly.h"
#include "ToolChains/FreeBSD.h"
#include "ToolChains/Fuchsia.h"
#include "ToolChains/Haiku.h"
#include "ToolChains/Hurd.h"
#include "ToolChains/ImageCodegen.h"
#include "ToolChains/Linux.h"
#include "ToolChains/MSVC.h"
#include "ToolChains/MinGW.h"
#include "ToolChains/NetBSD.h"
#include "ToolChains/OHOS.h"
#include "ToolChains/OpenBSD.h"
#include "ToolChains/RuntimeLink.h"
#include "ToolChains/Solaris.h"
#include "ToolChains/WebAssembly.h"
#include "ToolChains/WindowsSupport.h"
#include "pkgimg/CodeGen/Targets.h"
#include "pkgimg/Config/Version.h"
#include "pkgimg/Driver/LinkRunner.h"
#include "pkgimg/Driver/Options.h"
#include "pkgimg/Format/InputCheck.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/Timer.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

Driver::Driver(StringRef ProgramPath, Diagnostics &Diags,
               IntrusiveRefCntPtr<vfs::FileSystem> VFS)
    : ProgramPath(ProgramPath), Dir(sys::path::parent_path(ProgramPath)),
      Diags(Diags), VFS(VFS ? std::move(VFS) : vfs::getRealFileSystem()) {}

Driver::~Driver() = default;

//===----------------------------------------------------------------------===//
// Parse
//===----------------------------------------------------------------------===//

/// Reports an argument that is no option, with the nearest one that is.
static void reportUnknown(Diagnostics &Diags, const Arg &A,
                          const ArgList &Args) {
  std::string Spelling = A.getAsString(Args), Nearest;
  unsigned Distance = getDriverOptTable().findNearest(Spelling, Nearest);
  // Further away it is another word.
  if (Distance <= std::max<size_t>(1, Spelling.size() / 3))
    Diags.error("unknown argument '" + Spelling + "'; did you mean '" +
                Nearest + "'?");
  else
    Diags.error("unknown argument: '" + Spelling + "'");
}

/// Reports values that an option with a fixed set of them does not have.
static void checkValue(Diagnostics &Diags, const ArgList &Args, OptSpecifier ID,
                       ArrayRef<StringRef> Values) {
  for (const Arg *A : Args.filtered(ID)) {
    if (is_contained(Values, A->getValue()))
      continue;
    Diags.error("invalid value '" + Twine(A->getValue()) + "' in '" +
                A->getAsString(Args) + "'; expected " + join(Values, ", "));
    A->claim();
  }
}

std::unique_ptr<DerivedArgList>
Driver::translateInputArgs(const InputArgList &Args) const {
  auto DAL = std::make_unique<DerivedArgList>(Args);
  const bool HasCXXLib =
      !Args.hasArg(OPT_nostdlib, OPT_nodefaultlibs, OPT_nostdlibxx);
  for (Arg *A : Args) {
    // Whoever names libstdc++ means the C++ library that -stdlib= chooses.
    if (A->getOption().matches(OPT_l) && HasCXXLib &&
        StringRef(A->getValue()) == "stdc++") {
      DAL->AddFlagArg(A,
                      getDriverOptTable().getOption(OPT_Z_reserved_lib_stdcxx));
      continue;
    }
    // Inputs after "--" may begin with a dash.
    if (A->getOption().matches(OPT__DASH_DASH)) {
      A->claim();
      for (StringRef Value : A->getValues())
        DAL->AddPositionalArg(A, getDriverOptTable().getOption(OPT_INPUT),
                              Value);
      continue;
    }
    // The linker's demangling is set before its inputs, as clang does it.
    if (A->getOption().matches(OPT_Wl_COMMA) ||
        A->getOption().matches(OPT_Xlinker)) {
      if (A->containsValue("--no-demangle")) {
        const OptTable &Opts = getDriverOptTable();
        DAL->AddFlagArg(A, Opts.getOption(OPT_Z_Xlinker__no_demangle));
        for (StringRef Value : A->getValues())
          if (Value != "--no-demangle")
            DAL->AddSeparateArg(A, Opts.getOption(OPT_Xlinker), Value);
        continue;
      }
    }
    DAL->append(A);
  }
  return DAL;
}

void Driver::readEnvironmentOptions(const ArgList &Args) {
  if (const Arg *A = Args.getLastArg(OPT_ccc_install_dir))
    Dir = A->getValue();
  if (const Arg *A = Args.getLastArg(OPT_resource_dir)) {
    ResourceDir = A->getValue();
  } else {
    SmallString<128> P(Dir);
    sys::path::append(P, "..", "lib", "clang", Twine(LLVM_VERSION_MAJOR));
    ResourceDir = std::string(P);
  }
  SysRoot = Args.getLastArgValue(OPT__sysroot_EQ).str();
  CXXMode = Args.getLastArgValue(OPT_driver_mode) == "g++";
  PrefixDirs.clear();
  for (const Arg *A : Args.filtered(OPT_B)) {
    A->claim();
    PrefixDirs.push_back(A->getValue());
  }
  // COMPILER_PATH has the force of -B, as in gcc.
  if (std::optional<std::string> Env = sys::Process::GetEnv("COMPILER_PATH")) {
    SmallVector<StringRef, 4> Dirs;
    StringRef(*Env).split(Dirs, sys::EnvPathSeparator, -1,
                          /*KeepEmpty=*/false);
    for (StringRef Dir : Dirs)
      PrefixDirs.push_back(Dir.str());
  }
}

/// Changes the pointer width of \p T as -m32, -m64 and -mx32 ask.
static void applyWidth(const Arg &A, Triple &T) {
  const bool IsX32 = T.getEnvironment() == Triple::GNUX32;
  const bool IsMuslX32 = T.getEnvironment() == Triple::MuslX32;
  Triple Variant = T;
  if (A.getOption().matches(OPT_m32)) {
    Variant = T.get32BitArchVariant();
  } else {
    Variant = T.get64BitArchVariant();
    if (A.getOption().matches(OPT_mx32)) {
      if (Variant.getArch() != Triple::x86_64)
        return;
      T.setEnvironment(T.isMusl() ? Triple::MuslX32 : Triple::GNUX32);
      if (T.getArch() != Triple::x86_64)
        T.setArch(Triple::x86_64);
      return;
    }
  }
  if (IsX32)
    T.setEnvironment(Triple::GNU);
  else if (IsMuslX32)
    T.setEnvironment(Triple::Musl);
  if (Variant.getArch() != Triple::UnknownArch &&
      Variant.getArch() != T.getArch())
    T.setArch(Variant.getArch());
}

/// MIPS has its ABI in the triple's environment.
static void applyMipsABI(StringRef ABI, Triple &T) {
  if (ABI == "32") {
    T = T.get32BitArchVariant();
    if (T.getEnvironment() == Triple::GNUABI64 ||
        T.getEnvironment() == Triple::GNUABIN32)
      T.setEnvironment(Triple::GNU);
  } else if (ABI == "n32" || ABI == "64") {
    T = T.get64BitArchVariant();
    if (T.isGNUEnvironment())
      T.setEnvironment(ABI == "64" ? Triple::GNUABI64 : Triple::GNUABIN32);
  }
}

/// Gives \p T the operating system that \p Name, which it was made from, means
/// by words that LLVM does not know.
static void applySystemAlias(StringRef Name, Triple &T) {
  // The Hurd is the GNU system: its triples name no other.
  if (Name.contains("-unknown-gnu") || Name.contains("-pc-gnu"))
    T.setOSName("hurd");
  // illumos has the interfaces of the last Solaris with open sources.
  else if (T.getOS() == Triple::UnknownOS &&
           T.getOSName().starts_with("illumos"))
    T.setOSName("solaris2.11");
}

/// Returns \p Name, "armv7a" for instance, with or without the letters that
/// stand for big-endian before its version.
static std::string getARMArchName(StringRef Name, bool Little) {
  StringRef Set = Name.starts_with("thumb") ? "thumb" : "arm";
  Name.consume_front(Set);
  Name.consume_front("eb");
  return (Set + (Little ? "" : "eb") + Name).str();
}

Triple Driver::computeTargetTriple(const ArgList &Args) const {
  const Arg *TargetArg = Args.getLastArg(OPT_target);
  std::string Name =
      TargetArg ? TargetArg->getValue() : sys::getDefaultTargetTriple();
  Triple T(Triple::normalize(Name));
  applySystemAlias(Name, T);

  // Apple's way to name the architecture, which may tell more than its name. A
  // wrong one is reported later.
  if (T.isOSBinFormatMachO()) {
    const Arg *A = Args.getLastArg(OPT_arch);
    tools::darwin::setTripleArch(T, A ? StringRef(A->getValue())
                                      : T.getArchName());
  }

  if (const Arg *A = Args.getLastArg(OPT_mlittle_endian, OPT_mbig_endian)) {
    const bool Little = A->getOption().matches(OPT_mlittle_endian);
    Triple Variant =
        Little ? T.getLittleEndianArchVariant() : T.getBigEndianArchVariant();
    if (T.isARM() || T.isThumb())
      T.setArchName(getARMArchName(T.getArchName(), Little));
    else if (Variant.getArch() != Triple::UnknownArch)
      T = Variant;
  }
  if (const Arg *A = Args.getLastArg(OPT_m32, OPT_m64, OPT_mx32)) {
    Triple::ArchType Before = T.getArch();
    applyWidth(*A, T);
    if (T.getArch() != Before && T.isWindowsGNUEnvironment() &&
        tools::isHosted(Args))
      toolchains::MinGW::fixTripleArch(*this, T, Args);
  }
  if (const Arg *A = Args.getLastArg(OPT_mabi_EQ); A && T.isMIPS())
    applyMipsABI(A->getValue(), T);
  // RISC-V has its width in the name of the instruction set.
  if (const Arg *A = Args.getLastArg(OPT_march_EQ); A && T.isRISCV()) {
    if (StringRef(A->getValue()).starts_with("rv32"))
      T.setArch(Triple::riscv32);
    else if (StringRef(A->getValue()).starts_with("rv64"))
      T.setArch(Triple::riscv64);
  }
  return T;
}

/// Makes the toolchain of \p T, or returns null for a target that has none.
static std::unique_ptr<ToolChain>
createToolChain(const Driver &D, const Triple &T, const ArgList &Args) {
  switch (T.getOS()) {
  case Triple::Linux:
    if (T.isOHOSFamily())
      return std::make_unique<toolchains::OHOS>(D, T, Args);
    switch (T.getArch()) {
    case Triple::x86_64:
    case Triple::x86:
    case Triple::aarch64:
    case Triple::aarch64_be:
    case Triple::arm:
    case Triple::armeb:
    case Triple::thumb:
    case Triple::thumbeb:
    case Triple::loongarch32:
    case Triple::loongarch64:
    case Triple::m68k:
    case Triple::mips:
    case Triple::mipsel:
    case Triple::mips64:
    case Triple::mips64el:
    case Triple::ppc:
    case Triple::ppcle:
    case Triple::ppc64:
    case Triple::ppc64le:
    case Triple::riscv32:
    case Triple::riscv64:
    case Triple::sparc:
    case Triple::sparcel:
    case Triple::sparcv9:
    case Triple::systemz:
      return std::make_unique<toolchains::Linux>(D, T, Args);
    default:
      return nullptr;
    }
  case Triple::LiteOS:
    return std::make_unique<toolchains::OHOS>(D, T, Args);
  case Triple::FreeBSD:
    return std::make_unique<toolchains::FreeBSD>(D, T, Args);
  case Triple::OpenBSD:
    return std::make_unique<toolchains::OpenBSD>(D, T, Args);
  case Triple::NetBSD:
    return std::make_unique<toolchains::NetBSD>(D, T, Args);
  case Triple::DragonFly:
    return std::make_unique<toolchains::DragonFly>(D, T, Args);
  case Triple::Solaris:
    return std::make_unique<toolchains::Solaris>(D, T, Args);
  case Triple::Haiku:
    return std::make_unique<toolchains::Haiku>(D, T, Args);
  case Triple::Fuchsia:
    return std::make_unique<toolchains::Fuchsia>(D, T, Args);
  case Triple::Hurd:
    if (T.isX86())
      return std::make_unique<toolchains::Hurd>(D, T, Args);
    return nullptr;
  case Triple::Win32:
    if (windows::getMachine(T) == COFF::IMAGE_FILE_MACHINE_UNKNOWN ||
        !T.isOSBinFormatCOFF())
      return nullptr;
    if (T.isWindowsGNUEnvironment())
      return std::make_unique<toolchains::MinGW>(D, T, Args);
    if (T.isWindowsItaniumEnvironment())
      return std::make_unique<toolchains::CrossWindows>(D, T, Args);
    if (T.isWindowsMSVCEnvironment())
      return std::make_unique<toolchains::MSVC>(D, T, Args);
    return nullptr;
  case Triple::Darwin:
  case Triple::MacOSX:
  case Triple::IOS:
  case Triple::TvOS:
  case Triple::WatchOS:
  case Triple::XROS:
  case Triple::DriverKit:
    if (T.isX86() || T.isARM() || T.isThumb() || T.isAArch64())
      return std::make_unique<toolchains::Darwin>(D, T, Args);
    return nullptr;
  default:
    // WebAssembly is an architecture whatever the system.
    if (T.isWasm())
      return std::make_unique<toolchains::WebAssembly>(D, T, Args);
    if (T.isOSBinFormatMachO())
      return std::make_unique<toolchains::MachO>(D, T, Args);
    return nullptr;
  }
}

std::shared_ptr<const ToolChain> Driver::getToolChain(const Triple &Target,
                                                      const ArgList &Args) {
  std::shared_ptr<const ToolChain> Result =
      createToolChain(*this, Target, Args);
  if (!Result)
    Diags.error("unknown target triple '" + Target.str() +
                "'; this version links for Linux with glibc, musl or bionic, "
                "for FreeBSD, OpenBSD, NetBSD, DragonFly, Solaris, illumos, "
                "Haiku, Fuchsia, Hurd, OpenHarmony, Windows, Apple's systems "
                "and WebAssembly, for instance --target=aarch64-linux-gnu or "
                "--target=x86_64-w64-mingw32");
  return Result;
}

bool Driver::useIntegratedLLD(const ArgList &Args) const {
  return Args.hasFlag(OPT_fintegrated_lld, OPT_fno_integrated_lld,
                      IntegratedLLDDefault);
}

void Driver::printVersion(raw_ostream &OS, const ToolChain &TC) const {
  OS << "pkgimg-link version " << PKGIMG_VERSION_STRING << " (LLVM "
     << LLVM_VERSION_STRING << ", " << getLLDVersionText() << ")\n"
     << "Target: " << TC.getTriple().str() << '\n'
     << "InstalledDir: " << Dir << '\n';
}

/// Serves the options that ask for a text alone. Returns true if there was one.
bool Driver::handleImmediateArgs(const Compilation &C) {
  const ArgList &Args = C.getArgs();
  const ToolChain &TC = C.getToolChain();
  if (Args.hasArg(OPT_help, OPT__help_hidden)) {
    getDriverOptTable().printHelp(
        outs(), "pkgimg-link [options] file...",
        "make a package image from bitcode and objects\n\n"
        "Called as lld, ld.lld, ld64.lld, lld-link or wasm-ld, or with -flavor "
        "first, it is LLD.",
        Args.hasArg(OPT__help_hidden), /*ShowAllAliases=*/false);
    return true;
  }
  if (Args.hasArg(OPT__version)) {
    printVersion(outs(), TC);
    return true;
  }
  if (Args.hasArg(OPT_dumpmachine)) {
    outs() << TC.getTriple().str() << '\n';
    return true;
  }
  if (Args.hasArg(OPT_print_search_dirs)) {
    auto Print = [](StringRef What, ArrayRef<std::string> First,
                    ArrayRef<std::string> Then) {
      outs() << What << ": =";
      ListSeparator Sep(":");
      for (ArrayRef<std::string> Dirs : {First, Then})
        for (StringRef Dir : Dirs)
          outs() << Sep << Dir;
      outs() << '\n';
    };
    Print("programs", TC.getProgramPaths(), Dir);
    Print("libraries", ResourceDir, TC.getFilePaths());
    return true;
  }
  if (Args.hasArg(OPT_print_cpu_targets) ||
      Args.getLastArgValue(OPT_cpu_target_EQ) == "help") {
    if (Error E = tools::printCPUTargets(outs(), TC, Args))
      Diags.error(std::move(E));
    return true;
  }
  if (const Arg *A = Args.getLastArg(OPT_print_file_name_EQ)) {
    outs() << TC.getFilePath(A->getValue()) << '\n';
    return true;
  }
  return false;
}

/// Reports options and values that no link can have. Returns false if there
/// are any.
bool Driver::checkOptions(const ArgList &Args) {
  unsigned ErrorsBefore = Diags.getNumErrors();
  checkValue(Diags, Args, OPT_rtlib_EQ, {"compiler-rt", "libgcc", "platform"});
  checkValue(Diags, Args, OPT_unwindlib_EQ,
             {"libgcc", "libunwind", "none", "platform"});
  checkValue(Diags, Args, OPT_stdlib_EQ, {"libc++", "libstdc++", "platform"});
  checkValue(Diags, Args, OPT_save_temps_EQ, {"cwd", "obj"});
  checkValue(Diags, Args, OPT_x, {"ir", "object", "archive", "none"});
  checkValue(Diags, Args, OPT_driver_mode, {"gcc", "g++"});
  checkValue(Diags, Args, OPT_mfloat_abi_EQ, {"soft", "softfp", "hard"});
  checkValue(Diags, Args, OPT_flto_EQ, {"full", "thin"});
  checkValue(Diags, Args, OPT_check_bounds_EQ, {"yes", "no", "auto"});
  checkValue(Diags, Args, OPT_inline_EQ, {"yes", "no"});
  checkValue(Diags, Args, OPT_fopenmp_EQ, {"libomp", "libgomp", "libiomp5"});
  checkValue(Diags, Args, OPT_fms_runtime_lib_EQ,
             {"static", "static_dbg", "dll", "dll_dbg"});
  if (Args.hasArg(OPT_static_pie))
    Diags.error("unsupported option '-static-pie': an image is a shared "
                "library, not an executable; leave the option out");
  return Diags.getNumErrors() == ErrorsBefore;
}

std::unique_ptr<Compilation>
Driver::buildCompilation(ArrayRef<const char *> CommandLine) {
  // Response files first: what they hold may be any of the options.
  SmallVector<const char *, 64> Argv(CommandLine.begin(), CommandLine.end());
  cl::ExpansionContext Expansion(Allocator, cl::TokenizeGNUCommandLine);
  if (Error E = Expansion.expandResponseFiles(Argv)) {
    Diags.error(std::move(E));
    return nullptr;
  }

  unsigned MissingIndex, MissingCount;
  auto Args = std::make_unique<InputArgList>(getDriverOptTable().ParseArgs(
      Argv, MissingIndex, MissingCount, Visibility(DefaultVis)));
  Diags.setWarningsAsErrors(Args->hasArg(OPT_Werror));
  Diags.setSuppressWarnings(Args->hasArg(OPT_w));
  if (const Arg *A =
          Args->getLastArg(OPT_fcolor_diagnostics, OPT_fno_color_diagnostics))
    Diags.setUseColors(A->getOption().matches(OPT_fcolor_diagnostics));

  // Nothing is done for a command line that is not understood.
  unsigned ErrorsBefore = Diags.getNumErrors();
  if (MissingCount)
    Diags.error("argument to '" + Twine(Args->getArgString(MissingIndex)) +
                "' is missing (expected " + Twine(MissingCount) +
                (MissingCount == 1 ? " value)" : " values)"));
  for (const Arg *A : Args->filtered(OPT_UNKNOWN))
    reportUnknown(Diags, *A, *Args);
  if (!checkOptions(*Args) || Diags.getNumErrors() != ErrorsBefore)
    return nullptr;

  readEnvironmentOptions(*Args);
  std::unique_ptr<DerivedArgList> Translated = translateInputArgs(*Args);
  std::shared_ptr<const ToolChain> TC =
      getToolChain(computeTargetTriple(*Translated), *Translated);
  if (!TC)
    return nullptr;
  // The platform's list holds arguments that the general one has made.
  std::unique_ptr<DerivedArgList> General;
  if (std::unique_ptr<DerivedArgList> OfPlatform =
          TC->translateArgs(*Translated)) {
    General = std::move(Translated);
    Translated = std::move(OfPlatform);
  }

  auto C = std::make_unique<Compilation>(*this, std::move(Args),
                                         std::move(Translated), TC);
  C->retainArgs(std::move(General));
  C->setPrintOnly(C->getArgs().hasArg(OPT__HASH_HASH_HASH));
  // Julia's name for the same; its parser of booleans takes these words.
  std::string Env =
      StringRef(sys::Process::GetEnv("JULIA_VERBOSE_LINKING").value_or(""))
          .lower();
  bool JuliaVerbose = StringSwitch<bool>(Env)
                          .Cases("1", "t", "true", "y", "yes", true)
                          .Default(false);
  C->setVerbose(JuliaVerbose || C->getArgs().hasArg(OPT_v));

  if (handleImmediateArgs(*C))
    return nullptr;
  if (C->isVerbose() || C->isPrintOnly())
    printVersion(Diags.getStream(), *TC);

  InputInfoList Inputs;
  bool HaveInputs = buildInputs(*C, Inputs);
  if (!HaveInputs) {
    // `pkgimg-link -v` alone asks for the version.
    if (!C->isVerbose() && !Diags.hasErrors())
      Diags.error("no input files");
    return nullptr;
  }
  buildJobs(*C, Inputs);
  warnUnusedArguments(*C);
  if (Diags.hasErrors() && !C->isPrintOnly())
    return nullptr;
  return C;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// Returns the kind that -x names, for a file that begins with \p Bytes.
static FileKind getNamedKind(StringRef Name, StringRef Bytes) {
  FileKind Seen = identifyFile(Bytes);
  if (Name == "ir")
    return Seen == FileKind::Bitcode ? Seen : FileKind::LLVMAssembly;
  if (Name == "archive")
    return Seen == FileKind::ThinArchive ? Seen : FileKind::Archive;
  if (Name == "object")
    return isNativeObject(Seen) ? Seen : FileKind::ELFObject;
  return Seen;
}

/// True for an archive with a member that only the code generator can read.
static bool hasBitcodeMembers(MemoryBufferRef Archive) {
  bool Found = false;
  Error E =
      forEachArchiveMember(Archive, [&](const ArchiveMember &Member) -> Error {
        if (Found)
          return Error::success();
        if (!Member.IsThin) {
          Found = identifyFile(Member.Bytes) == FileKind::Bitcode;
          return Error::success();
        }
        Expected<std::unique_ptr<MemoryBuffer>> File =
            openThinMember(Archive.getBufferIdentifier(), Member.Name);
        if (!File)
          return File.takeError();
        Found = identifyFile((*File)->getBuffer()) == FileKind::Bitcode;
        return Error::success();
      });
  // A damaged archive is reported by the link's check, with all its inputs.
  consumeError(std::move(E));
  return Found;
}

/// True for a universal file whose first slice is an archive. The format is
/// that of <mach-o/fat.h>: a big-endian count, and for each slice its offset as
/// the third word.
static bool isUniversalArchive(StringRef Bytes) {
  if (Bytes.size() < 28 ||
      support::endian::read32be(Bytes.data()) != MachO::FAT_MAGIC)
    return false;
  uint32_t Offset = support::endian::read32be(Bytes.data() + 16);
  return Offset < Bytes.size() &&
         isArchive(identifyFile(Bytes.drop_front(Offset)));
}

/// True if \p Path is one of the inputs, by whatever name.
static bool isInput(StringRef Path, const InputInfoList &Inputs) {
  return any_of(Inputs, [&](const InputInfo &Input) {
    return Input.isFilename() && sys::fs::equivalent(Path, Input.getFilename());
  });
}

bool Driver::buildInputs(Compilation &C, InputInfoList &Inputs) {
  const DerivedArgList &Args = C.getArgs();
  C.setOutput(Args.MakeArgString(
      Args.getLastArgValue(OPT_o, C.getToolChain().getDefaultImageName())));

  StringRef NamedKind = "none";
  const Arg *LastX = nullptr;
  bool HaveFiles = false, StdinSeen = false;
  for (const Arg *A : Args) {
    if (A->getOption().matches(OPT_x)) {
      NamedKind = A->getValue();
      A->claim();
      LastX = A;
      continue;
    }
    if (A->getOption().hasFlag(options::LinkerInput)) {
      Inputs.push_back(InputInfo(*A));
      continue;
    }
    if (!A->getOption().matches(OPT_INPUT))
      continue;
    A->claim();
    HaveFiles = true;
    LastX = nullptr;

    const char *Name = A->getValue();
    std::unique_ptr<MemoryBuffer> Buffer;
    sys::fs::file_status Status;
    const bool IsPipe = StringRef(Name) != "-" &&
                        !sys::fs::status(Name, Status) &&
                        Status.type() == sys::fs::file_type::fifo_file;
    if (StringRef(Name) == "-" || IsPipe) {
      if (StdinSeen && !IsPipe) {
        Diags.error("standard input, '-', can be given only once");
        continue;
      }
      StdinSeen |= !IsPipe;
      // Both can be read once only.
      ErrorOr<std::unique_ptr<MemoryBuffer>> In =
          IsPipe ? MemoryBuffer::getFileAsStream(Name)
                 : MemoryBuffer::getSTDIN();
      if (!In) {
        Diags.error(
            "cannot read " +
            (IsPipe ? "'" + Twine(Name) + "'" : Twine("standard input")) +
            ": " + In.getError().message());
        continue;
      }
      Buffer = std::move(*In);
      // A linker reads files; so does everything after this.
      Name = C.makeTemporary(IsPipe ? "pipe" : "stdin");
      if (C.getStagingDirectory()) {
        std::error_code EC;
        raw_fd_ostream OS(Name, EC);
        if (!EC) {
          OS << Buffer->getBuffer();
          OS.close();
          EC = OS.error();
          OS.clear_error();
        }
        if (EC) {
          Diags.error("cannot write '" + Twine(Name) + "': " + EC.message());
          continue;
        }
      }
    } else if (sys::fs::is_directory(Name)) {
      Diags.error("'" + Twine(Name) + "' is a directory; give the files in it");
      Inputs.push_back(InputInfo(Name, FileKind::Unknown));
      continue;
    } else {
      ErrorOr<std::unique_ptr<MemoryBuffer>> File = MemoryBuffer::getFile(
          Name, /*IsText=*/false, /*RequiresNullTerminator=*/false);
      if (!File) {
        if (File.getError() == errc::no_such_file_or_directory)
          Diags.error("no such file or directory: '" + Twine(Name) + "'");
        else
          Diags.error("cannot open '" + Twine(Name) +
                      "': " + File.getError().message());
        Inputs.push_back(InputInfo(Name, FileKind::Unknown));
        continue;
      }
      Buffer = std::move(*File);
      if (sys::fs::equivalent(Name, C.getOutput())) {
        Diags.error("input file '" + Twine(Name) +
                    "' is the output file, too, and would be lost; name "
                    "another output with -o");
        continue;
      }
    }

    FileKind Kind = NamedKind == "none"
                        ? identifyFile(Buffer->getBuffer())
                        : getNamedKind(NamedKind, Buffer->getBuffer());
    InputInfo Input(Name, Kind);
    if (isArchive(Kind) &&
        hasBitcodeMembers(MemoryBufferRef(Buffer->getBuffer(), Name)))
      Input.setHasBitcodeMembers(true);
    if (Kind == FileKind::MachOUniversal)
      Input.setIsUniversalArchive(isUniversalArchive(Buffer->getBuffer()));
    Inputs.push_back(Input);
  }
  // What else is written must be another file, too.
  for (const Arg *A : Args.filtered(OPT_ftime_trace_EQ, OPT__reproduce_EQ)) {
    StringRef Path = A->getValue();
    if (Path == C.getOutput() || isInput(Path, Inputs) ||
        sys::fs::equivalent(Path, C.getOutput()))
      Diags.error("'" + A->getAsString(Args) +
                  "' names an input or the output, which would be lost; name "
                  "another file");
  }
  if (StringRef(C.getOutput()).empty())
    Diags.error("the output's name is empty; name a file with -o");
  if (LastX)
    Diags.warning("'" + LastX->getAsString(Args) +
                      "' after last input file has no effect",
                  "unused-command-line-argument");
  return HaveFiles;
}

//===----------------------------------------------------------------------===//
// Bind and translate
//===----------------------------------------------------------------------===//

void Driver::buildCodegenOnlyJobs(Compilation &C, const InputInfoList &Inputs) {
  const DerivedArgList &Args = C.getArgs();
  const char *Suffix = tools::getCodegenSuffix(Args);
  StringRef Final = Args.hasArg(OPT_S) ? "-S" : "-c";

  const bool IsImage = tools::isImageWanted(Args);
  InputInfoList Modules;
  unsigned NumOutputs = 0;
  for (const InputInfo &Input : Inputs) {
    if (Input.isFilename() && Input.isIR() && IsImage)
      Modules.push_back(Input);
    else
      NumOutputs += Input.needsCodegen();
  }
  NumOutputs += !Modules.empty();
  if (NumOutputs > 1 && Args.hasArg(OPT_o)) {
    Diags.error("cannot specify -o when generating multiple output files");
    return;
  }

  StringSet<> Outputs;
  for (const InputInfo &Input : Inputs) {
    if (!Input.isFilename())
      continue;
    // The modules of an image are compiled with the first of them.
    const bool IsModule = IsImage && Input.isIR();
    if (IsModule && Input.getFilename() != Modules.front().getFilename())
      continue;
    if (!Input.needsCodegen()) {
      Diags.warning(Twine(Input.getFilename()) + ": 'linker' input unused: " +
                        Final + " compiles bitcode alone",
                    "unused-command-line-argument");
      continue;
    }
    const char *Output;
    if (const Arg *A = Args.getLastArg(OPT_o))
      Output = A->getValue();
    else
      Output = Args.MakeArgString(
          sys::path::stem(Input.getFilename()) +
          (Input.isArchive() || (IsModule && StringRef(Suffix) == ".o")
               ? Twine(".o.a")
               : Twine(Suffix)));
    if (isInput(Output, Inputs)) {
      Diags.error("input file '" + Twine(Output) +
                  "' is the output file, too, and would be lost; name another "
                  "output with -o");
      continue;
    }
    if (!Outputs.insert(Output).second) {
      Diags.error("two inputs would both be compiled to '" + Twine(Output) +
                  "'; compile them one by one, with -o");
      continue;
    }
    if (IsModule)
      C.getToolChain().getImageCodegen().constructJob(C, Output, Modules, Args);
    else
      C.getToolChain().getCodegen().constructJob(C, Output, {Input}, Args);
  }
}

/// Returns where -save-temps keeps the object \p Name: as it is, or with a
/// number where that is an input, or another input's object.
static const char *chooseSavedName(Compilation &C, const Arg &SaveTemps,
                                   StringRef Name, const InputInfoList &Inputs,
                                   StringSet<> &Taken) {
  SmallString<128> Folder;
  if (StringRef(SaveTemps.getValue()) == "obj")
    Folder = sys::path::parent_path(C.getOutput());
  for (unsigned N = 0;; ++N) {
    auto [Stem, Suffix] = Name.split('.');
    SmallString<128> P(Folder);
    sys::path::append(P, N ? Stem + "-" + Twine(N) + "." + Suffix : Name);
    if (!isInput(P, Inputs) && Taken.insert(P).second)
      return C.getArgs().MakeArgString(P);
  }
}

void Driver::buildJobs(Compilation &C, const InputInfoList &Inputs) {
  const DerivedArgList &Args = C.getArgs();
  // What has an effect beyond the commands themselves.
  for (OptSpecifier ID :
       {OPT_o, OPT_target, OPT_mthumb, OPT_mno_thumb, OPT_mfpu_EQ,
        OPT__sysroot_EQ, OPT_ccc_install_dir, OPT_resource_dir,
        OPT_save_temps_EQ, OPT_runtime_EQ, OPT_runtime_profile_EQ})
    Args.ClaimAllArgs(ID);
  if (tools::hasRuntimeProfile(Args))
    for (OptSpecifier ID : {OPT_runtime_prefix_EQ, OPT_runtime_debug})
      Args.ClaimAllArgs(ID);

  if (Args.hasArg(OPT_c, OPT_S))
    return buildCodegenOnlyJobs(C, Inputs);

  // Compile what is bitcode, and put the objects in its place. For link-time
  // optimization the linker takes bitcode as it is, but not as text.
  InputInfoList LinkInputs;
  StringSet<> SavedNames;
  const Arg *SaveTemps = Args.getLastArg(OPT_save_temps_EQ);
  const bool IsLTO = tools::getLTOKind(Args) != tools::LTOKind::None;
  InputInfoList Modules;
  if (tools::isImageWanted(Args))
    copy_if(Inputs, std::back_inserter(Modules), [](const InputInfo &Input) {
      return Input.isFilename() && Input.isIR();
    });
  for (const InputInfo &Input : Inputs) {
    if (!Modules.empty() && Input.isFilename() && Input.isIR()) {
      // All of them are one archive, where the first one stands.
      if (Input.getFilename() != Modules.front().getFilename())
        continue;
      std::string Name = (sys::path::stem(Input.getFilename()) + ".o.a").str();
      const char *Archive =
          SaveTemps ? chooseSavedName(C, *SaveTemps, Name, Inputs, SavedNames)
                    : C.makeTemporary(Name);
      C.getToolChain().getImageCodegen().constructJob(C, Archive, Modules,
                                                      Args);
      LinkInputs.push_back(InputInfo(Archive, FileKind::Archive));
      continue;
    }
    if (!Input.isFilename() || !Input.needsCodegen() ||
        (IsLTO && Input.getKind() != FileKind::LLVMAssembly)) {
      LinkInputs.push_back(Input);
      continue;
    }
    std::string Name =
        (sys::path::stem(Input.getFilename()) + (IsLTO               ? ".bc"
                                                 : Input.isArchive() ? ".o.a"
                                                                     : ".o"))
            .str();
    const char *Object =
        SaveTemps ? chooseSavedName(C, *SaveTemps, Name, Inputs, SavedNames)
                  : C.makeTemporary(Name);
    C.getToolChain().getCodegen().constructJob(C, Object, {Input}, Args);
    LinkInputs.push_back(InputInfo(
        Object, IsLTO               ? FileKind::Bitcode
                : Input.isArchive() ? FileKind::Archive
                                    : C.getToolChain().getObjectKind()));
  }
  const ToolChain &TC = C.getToolChain();
  tools::checkSanitizers(TC, Args);
  // A runtime's link line replaces the platform's, whatever that is.
  if (tools::hasRuntimeProfile(Args))
    return tools::constructRuntimeLink(C, C.getOutput(), LinkInputs, Args);
  if (tools::wantDefaultLibs(Args) &&
      TC.getRuntimeLibType(Args) == ToolChain::RuntimeLibType::Libgcc &&
      TC.getUnwindLibType(Args) == ToolChain::UnwindLibType::CompilerRT)
    Diags.error("--rtlib=libgcc requires --unwindlib=libgcc");
  TC.getLinker().constructJob(C, C.getOutput(), LinkInputs, Args);
}

void Driver::warnUnusedArguments(const Compilation &C) {
  const DerivedArgList &Args = C.getArgs();
  if (Args.hasArg(OPT_Wno_unused))
    return;
  bool Linking = !Args.hasArg(OPT_c, OPT_S);
  for (const Arg *A : Args) {
    if (A->isClaimed() || A->getOption().hasFlag(options::NoArgumentUnused) ||
        A->getOption().matches(OPT_UNKNOWN))
      continue;
    // A positional option of a link that does not happen is not a mistake.
    if (!Linking && A->getOption().hasFlag(options::LinkerInput))
      continue;
    Diags.warning("argument unused during compilation: '" +
                      A->getAsString(Args) + "'",
                  "unused-command-line-argument");
  }
}

//===----------------------------------------------------------------------===//
// Execute
//===----------------------------------------------------------------------===//

namespace {
/// Counts the finished inputs on a terminal, in one line that is overwritten.
class Progress {
public:
  Progress(unsigned Total)
      : Total(Total), Enabled(Total > 1 && errs().is_displayed()) {}
  ~Progress() {
    if (Enabled)
      errs() << "\r\033[K";
  }
  /// Safe to call on any thread.
  void step(StringRef Name) {
    if (!Enabled)
      return;
    std::lock_guard<std::mutex> Guard(Mutex);
    errs() << "\r\033[K[" << ++Done << '/' << Total << "] compiled " << Name;
  }

private:
  std::mutex Mutex;
  unsigned Done = 0;
  unsigned Total;
  bool Enabled;
};
} // namespace

/// Returns how many threads -j allows; 0 after an error.
static unsigned getNumThreads(const ArgList &Args, Diagnostics &Diags) {
  unsigned Threads = hardware_concurrency().compute_thread_count();
  if (const Arg *A = Args.getLastArg(OPT_j))
    if (StringRef(A->getValue()).getAsInteger(10, Threads) || Threads == 0) {
      Diags.error("invalid value '" + Twine(A->getValue()) + "' in '" +
                  A->getAsString(Args) + "'; expected a number from 1");
      return 0;
    }
  return Threads;
}

void Driver::reportMessages(const CompilerMessages &Messages) {
  for (const auto &[Severity, Message] : Messages) {
    if (Severity == DS_Warning)
      Diags.warning(Message);
    else if (Severity == DS_Note)
      Diags.note(Message);
    else // A remark is whole, and begins with the place that it is about.
      Diags.getStream() << Message << '\n';
  }
}

bool Driver::runImageJob(Compilation &C, const ImageCommand &Job) {
  unsigned Threads = getNumThreads(C.getArgs(), Diags);
  if (Threads > 1)
    Threads = std::max(1u, probeThreads(Threads));
  if (!Threads)
    return false;
  CrashRecoveryContext::Enable();
  std::optional<Progress> Report;
  Error E = Job.execute(Threads, [&](unsigned Done, unsigned Total) {
    if (!Report)
      Report.emplace(Total);
    Report->step("shards of " + sys::path::filename(Job.getOutput()).str());
  });
  Report.reset();
  reportMessages(Job.Messages);
  if (E)
    Diags.error(std::move(E));
  outs() << Job.Listing;
  outs().flush();
  errs() << Job.TimeReport;
  return !Diags.hasErrors();
}

bool Driver::runCodegenJobs(Compilation &C, ArrayRef<CodegenCommand *> Jobs) {
  if (Jobs.empty())
    return true;
  unsigned Threads = getNumThreads(C.getArgs(), Diags);
  if (!Threads)
    return false;
  Threads = std::min<unsigned>(Threads, Jobs.size());
  if (Threads > 1)
    Threads = std::max(1u, probeThreads(Threads));

  CrashRecoveryContext::Enable();
  Progress Report(Jobs.size());
  std::vector<std::string> Errors(Jobs.size());
  auto Run = [&](size_t I) {
    if (Error E = Jobs[I]->execute())
      Errors[I] = toString(std::move(E));
    Report.step(Jobs[I]->getInput().getFilename());
  };
  if (Threads == 1) {
    for (size_t I = 0; I != Jobs.size(); ++I)
      Run(I);
  } else {
    bool Trace = timeTraceProfilerEnabled();
    DefaultThreadPool Pool(hardware_concurrency(Threads));
    for (size_t I = 0; I != Jobs.size(); ++I)
      Pool.async([&, I] {
        if (Trace)
          timeTraceProfilerInitialize(500, Diags.getProgramName());
        Run(I);
        if (Trace)
          timeTraceProfilerFinishThread();
      });
    Pool.wait();
  }

  // In the order of the inputs, whatever the order in which they finished.
  for (size_t I = 0; I != Jobs.size(); ++I) {
    reportMessages(Jobs[I]->Messages);
    if (!Errors[I].empty())
      Diags.error(Errors[I]);
    if (!Jobs[I]->TimeReport.empty())
      errs() << Jobs[I]->getInput().getFilename() << ":\n"
             << Jobs[I]->TimeReport;
  }
  return !Diags.hasErrors();
}

/// Parses what -mllvm has, once: LLVM's options are the process's.
bool Driver::loadLLVMOptions(const ArgList &Args) {
  std::vector<const char *> Argv = {"pkgimg-link (LLVM option parsing)"};
  for (const Arg *A : Args.filtered(OPT_mllvm))
    Argv.push_back(A->getValue());
  if (Argv.size() == 1)
    return true;
  startCodeGen();
  std::string Message;
  raw_string_ostream OS(Message);
  if (cl::ParseCommandLineOptions(Argv.size(), Argv.data(), "", &OS))
    return true;
  Diags.error("-mllvm: " + StringRef(Message).rtrim());
  return false;
}

int Driver::executeCompilation(Compilation &C) {
  const DerivedArgList &Args = C.getArgs();
  if (C.isPrintOnly()) {
    for (const std::unique_ptr<Command> &Job : C.getJobs())
      Job->print(Diags.getStream(), "\n", /*Quote=*/true);
    return Diags.hasErrors();
  }

  std::string TraceFile;
  std::unique_ptr<raw_fd_ostream> TraceStream;
  if (const Arg *A = Args.getLastArg(OPT_ftime_trace, OPT_ftime_trace_EQ)) {
    if (A->getOption().matches(OPT_ftime_trace_EQ))
      TraceFile = A->getValue();
    else
      TraceFile = (Twine(C.getOutput()) + ".time-trace.json").str();
    // Before anything is made: where it cannot be written, nothing is done.
    std::error_code EC;
    TraceStream = std::make_unique<raw_fd_ostream>(TraceFile, EC);
    if (EC) {
      Diags.error("cannot write the time trace '" + TraceFile +
                  "': " + EC.message());
      return 1;
    }
    timeTraceProfilerInitialize(500, Diags.getProgramName());
  }
  TimerGroup Group("pkgimg-link", "pkgimg-link: steps");
  Timer CodegenTimer("codegen", "Compile", Group);
  Timer LinkTimer("link", "Link", Group);
  bool TimeReport = Args.hasArg(OPT_ftime_report);

  SmallVector<CodegenCommand *, 8> CodegenJobs;
  SmallVector<ImageCommand *, 1> ImageJobs;
  SmallVector<LinkCommand *, 1> LinkJobs;
  SmallVector<const ExternalCommand *, 1> ExternalJobs;
  for (const std::unique_ptr<Command> &Job : C.getJobs()) {
    if (C.isVerbose())
      Job->print(Diags.getStream(), "\n", /*Quote=*/false);
    if (auto *Codegen = dyn_cast<CodegenCommand>(Job.get()))
      CodegenJobs.push_back(Codegen);
    else if (auto *Image = dyn_cast<ImageCommand>(Job.get()))
      ImageJobs.push_back(Image);
    else if (auto *External = dyn_cast<ExternalCommand>(Job.get()))
      ExternalJobs.push_back(External);
    else
      LinkJobs.push_back(cast<LinkCommand>(Job.get()));
  }

  int Result;
  {
    TimeRegion Region(TimeReport ? &CodegenTimer : nullptr);
    Result = loadLLVMOptions(Args) && runCodegenJobs(C, CodegenJobs) ? 0 : 1;
    for (ImageCommand *Job : ImageJobs)
      if (!Result)
        Result = runImageJob(C, *Job) ? 0 : 1;
  }
  for (LinkCommand *Link : LinkJobs) {
    if (Result)
      break;
    StagingDirectory *Staging = C.getStagingDirectory();
    if (!Staging) {
      Result = 1;
      break;
    }
    TimeRegion Region(TimeReport ? &LinkTimer : nullptr);
    LinkRunner Runner(C.getToolChain().getTriple(), Diags, ProcessEndsSoon);
    Result = Runner.run(*Link, *Staging, useIntegratedLLD(Args), ExternalJobs);
  }

  if (TimeReport)
    Group.print(errs(), /*ResetAfterPrint=*/true);
  if (!TraceFile.empty()) {
    timeTraceProfilerWrite(*TraceStream);
    timeTraceProfilerCleanup();
    TraceStream->flush();
    if (std::error_code EC = TraceStream->error()) {
      Diags.error("cannot write the time trace '" + TraceFile +
                  "': " + EC.message());
      TraceStream->clear_error();
      Result = Result ? Result : 1;
    }
  }
  return Result;
}
