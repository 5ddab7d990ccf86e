//===- Gnu.cpp - Platforms with a GNU-style linker and gcc layout ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gnu.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/ARMTargetParser.h"

#include <tuple>

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;

//===----------------------------------------------------------------------===//
// gnutools::Linker
//===----------------------------------------------------------------------===//

/// The linker's name of the target, for -m. Null for one that it has not.
static const char *getEmulation(const Triple &T) {
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
    return "elf32ppclinux";
  case Triple::ppcle:
    return "elf32lppclinux";
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
  default:
    return nullptr;
  }
}

/// Adds the byte order of the targets that may have either.
static void addEndianness(const Triple &T, const ArgList &Args,
                          ArgStringList &CmdArgs) {
  if (T.isARM() || T.isThumb()) {
    bool Big = T.getArch() == Triple::armeb || T.getArch() == Triple::thumbeb;
    // From version 7 on, the code of a big-endian system is little-endian.
    if (Big && ARM::parseArchVersion(T.getArchName()) >= 7 &&
        !Args.hasArg(OPT_r))
      CmdArgs.push_back("--be8");
    CmdArgs.push_back(Big ? "-EB" : "-EL");
  } else if (T.isAArch64()) {
    CmdArgs.push_back(T.getArch() == Triple::aarch64_be ? "-EB" : "-EL");
  }
}

/// Adds the start file that turns denormal numbers off. clang adds it to a
/// shared library only if it is asked for by name, as the state is that of the
/// whole process.
static void addFastMathRuntime(const ToolChain &TC, const ArgList &Args,
                               ArgStringList &CmdArgs) {
  if (!Args.hasFlag(OPT_mdaz_ftz, OPT_mno_daz_ftz, false))
    return;
  std::string Path = TC.getFilePath("crtfastmath.o");
  if (Path != "crtfastmath.o")
    CmdArgs.push_back(Args.MakeArgString(Path));
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
    StringRef CPU = getCPUName(T, Args);
    if (CPU.empty() || CPU == "generic" || CPU == "cortex-a53")
      CmdArgs.push_back("--fix-cortex-a53-843419");
  }
  TC.addExtraOpts(Args, CmdArgs);
  CmdArgs.push_back("--eh-frame-hdr");

  const char *Emulation = getEmulation(T);
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
  if (!Args.hasArg(OPT_r))
    CmdArgs.push_back("-shared");
  else if (Args.hasArg(OPT_shared))
    D.getDiags().error("-r and -shared may not be used together");
  if (Static)
    CmdArgs.push_back("-static");
  else if (!Args.hasArg(OPT_r) && Args.hasArg(OPT_rdynamic))
    CmdArgs.push_back("-export-dynamic");

  CmdArgs.push_back("-o");
  const OutputArgument OutputName{CmdArgs.size()};
  CmdArgs.push_back(Output);

  StartFiles Start(TC, Args, CmdArgs);
  if (wantStartFiles(Args)) {
    if (IsAndroid) {
      Start.add("crtbegin_so.o");
    } else {
      Start.add("crti.o");
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
  if (Args.hasArg(OPT_Z_Xlinker__no_demangle))
    CmdArgs.push_back("--no-demangle");
  addReproduce(Args, CmdArgs);
  addCompressDebugSections(TC, Args, CmdArgs);

  addLinkerInputs(TC, Inputs, Args, CmdArgs);
  addCXXLibs(TC, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    if (Static)
      CmdArgs.push_back("--start-group");
    addRunTimeLibs(TC, Args, CmdArgs);
    // LLVM has no code for all atomic operations of 32-bit SPARC.
    if (T.getArch() == Triple::sparc)
      CmdArgs.append(
          {"--push-state", "--as-needed", "-latomic", "--pop-state"});
    // bionic has threads in its C library, and so has musl.
    if (wantPthread(Args) && !IsAndroid && !T.isOHOSFamily())
      CmdArgs.push_back("-lpthread");
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
      Start.addOfCompiler("crtend", "crtendS.o");
      Start.add("crtn.o");
    }
  }

  Args.AddAllArgs(CmdArgs, OPT_T);
  finishLink(C, *this, Choice, std::move(CmdArgs), OutputName, Inputs,
             std::move(Start.Missing));
}

//===----------------------------------------------------------------------===//
// GCCVersion
//===----------------------------------------------------------------------===//

std::optional<GCCVersion> GCCVersion::parse(StringRef Text) {
  auto ParseNumber = [](StringRef S, int &N) {
    unsigned Value;
    if (S.getAsInteger(10, Value) || Value > INT_MAX)
      return false;
    N = Value;
    return true;
  };
  SmallVector<StringRef, 3> Parts;
  Text.split(Parts, '.', /*MaxSplit=*/2);
  // "4." has no minor part, as if it were "4".
  while (Parts.size() > 1 && Parts.back().empty())
    Parts.pop_back();

  GCCVersion V;
  int *Numbers[] = {&V.Major, &V.Minor, &V.Patch};
  for (size_t I = 0; I != Parts.size(); ++I) {
    if (I + 1 != Parts.size()) {
      if (!ParseNumber(Parts[I], *Numbers[I]))
        return std::nullopt;
      continue;
    }
    // The last part may carry text; the third may be text alone ("4.4.x").
    StringRef Digits = Parts[I].take_while(isDigit);
    if (ParseNumber(Digits, *Numbers[I]))
      V.Suffix = Parts[I].drop_front(Digits.size()).str();
    else if (I < 2)
      return std::nullopt;
  }
  return V;
}

bool GCCVersion::operator<(const GCCVersion &RHS) const {
  auto Rank = [](int N) { return N < 0 ? INT_MAX : N; };
  auto Numbers = [&](const GCCVersion &V) {
    return std::make_tuple(V.Major, Rank(V.Minor), Rank(V.Patch));
  };
  if (Numbers(*this) != Numbers(RHS))
    return Numbers(*this) < Numbers(RHS);
  if (Suffix.empty() || RHS.Suffix.empty())
    return !Suffix.empty() && RHS.Suffix.empty();
  return Suffix < RHS.Suffix;
}

//===----------------------------------------------------------------------===//
// GCCInstallationDetector
//===----------------------------------------------------------------------===//

/// The names under which installations for one target are known. Those for the
/// sibling of the other width come second: a gcc for both has the files of
/// each.
struct GCCInstallationDetector::Candidates {
  SmallVector<StringRef, 2> LibDirs;
  SmallVector<std::string, 16> Triples;
  SmallVector<StringRef, 4> BiarchLibDirs;
  SmallVector<std::string, 16> BiarchTriples;
};

namespace {
/// Where one architecture's installations are, and how distributions spell it.
struct ArchNames {
  ArrayRef<StringRef> LibDirs;
  ArrayRef<StringRef> Triples;
};
} // namespace

static const StringRef Lib64[] = {"/lib64", "/lib"};
static const StringRef Lib32[] = {"/lib32", "/lib"};
static const StringRef LibX32[] = {"/libx32", "/lib"};
static const StringRef LibOnly[] = {"/lib"};

static const StringRef X86_64Triples[] = {
    "x86_64-linux-gnu",       "x86_64-unknown-linux-gnu",
    "x86_64-pc-linux-gnu",    "x86_64-redhat-linux6E",
    "x86_64-redhat-linux",    "x86_64-suse-linux",
    "x86_64-manbo-linux-gnu", "x86_64-slackware-linux",
    "x86_64-unknown-linux",   "x86_64-amazon-linux"};
static const StringRef X32Triples[] = {"x86_64-linux-gnux32",
                                       "x86_64-pc-linux-gnux32"};
static const StringRef X86Triples[] = {
    "i586-linux-gnu",      "i686-linux-gnu",       "i686-pc-linux-gnu",
    "i386-redhat-linux6E", "i686-redhat-linux",    "i386-redhat-linux",
    "i586-suse-linux",     "i686-montavista-linux"};
static const StringRef AArch64Triples[] = {
    "aarch64-none-linux-gnu", "aarch64-linux-gnu", "aarch64-redhat-linux",
    "aarch64-suse-linux"};
static const StringRef AArch64BETriples[] = {"aarch64_be-none-linux-gnu",
                                             "aarch64_be-linux-gnu"};
static const StringRef ARMTriples[] = {"arm-linux-gnueabi"};
static const StringRef ARMHFTriples[] = {
    "arm-linux-gnueabihf", "armv7hl-redhat-linux-gnueabi",
    "armv6hl-suse-linux-gnueabi", "armv7hl-suse-linux-gnueabi"};
static const StringRef PPC64LETriples[] = {
    "powerpc64le-unknown-linux-gnu", "powerpc64le-none-linux-gnu",
    "powerpc64le-suse-linux", "ppc64le-redhat-linux"};
static const StringRef RISCV64Triples[] = {"riscv64-unknown-linux-gnu",
                                           "riscv64-unknown-elf"};
static const StringRef S390XTriples[] = {
    "s390x-ibm-linux-gnu", "s390x-unknown-linux-gnu", "s390x-linux-gnu",
    "s390x-suse-linux", "s390x-redhat-linux"};
static const StringRef LoongArch64Triples[] = {"loongarch64-linux-gnu",
                                               "loongarch64-unknown-linux-gnu"};

static bool isHardFloatARM(const Triple &T) {
  return T.getEnvironment() == Triple::GNUEABIHF ||
         T.getEnvironment() == Triple::GNUEABIHFT64 ||
         T.getEnvironment() == Triple::MuslEABIHF ||
         T.getEnvironment() == Triple::EABIHF;
}

/// Returns the architecture's own names and those of its siblings, in order.
static SmallVector<ArchNames, 3> getArchNames(const Triple &T) {
  const ArchNames X86_64 = {Lib64, X86_64Triples};
  const ArchNames X32 = {LibX32, X32Triples};
  const ArchNames X86 = {Lib32, X86Triples};
  switch (T.getArch()) {
  case Triple::x86_64:
    if (T.isX32())
      return {X32, X86_64, X86};
    return {X86_64, X32, X86};
  case Triple::x86:
    return {X86, X86_64, X32};
  case Triple::aarch64:
    return {{Lib64, AArch64Triples}, {Lib64, AArch64Triples}};
  case Triple::aarch64_be:
    return {{LibOnly, AArch64BETriples}, {LibOnly, AArch64BETriples}};
  case Triple::arm:
  case Triple::thumb:
    if (isHardFloatARM(T))
      return {{LibOnly, ARMHFTriples}};
    return {{LibOnly, ARMTriples}};
  case Triple::ppc64le:
    return {{Lib64, PPC64LETriples}};
  case Triple::riscv64:
    return {{Lib64, RISCV64Triples}};
  case Triple::systemz:
    return {{Lib64, S390XTriples}};
  case Triple::loongarch64:
    return {{Lib64, LoongArch64Triples}};
  default:
    return {{T.isArch64Bit() ? ArrayRef(Lib64) : ArrayRef(LibOnly), {}}};
  }
}

static std::string concat(StringRef Base, const Twine &A, const Twine &B = "",
                          const Twine &C = "") {
  SmallString<128> P(Base);
  sys::path::append(P, sys::path::Style::posix, A, B, C);
  return std::string(P);
}

bool GCCInstallationDetector::selectMultilib(const Triple &Target,
                                             StringRef Path,
                                             bool NeedsBiarchSuffix) {
  vfs::FileSystem &VFS = D.getVFS();
  auto HasStartFile = [&](StringRef Suffix) {
    return VFS.exists(Path + Suffix + "/crtbegin.o");
  };

  if (Target.isRISCV()) {
    // Multilibs are named after the ABI, in gcc's folder and in the system's;
    // an installation without them serves its default ABI.
    StringRef Suffix = Target.isArch64Bit() ? "/lib64/lp64d" : "/lib32/ilp32d";
    MultilibSuffix = HasStartFile(Suffix) ? Suffix.str() : "";
    OSSuffix = MultilibSuffix;
    return true;
  }

  // The folder for the width is there if gcc's default is another one; where
  // it is not, the default's files serve, unless the installation is named
  // after the sibling.
  StringRef Suffix = Target.isX32()         ? "/x32"
                     : Target.isArch64Bit() ? "/64"
                                            : "/32";
  if (HasStartFile(Suffix))
    MultilibSuffix = Suffix.str();
  else if (!NeedsBiarchSuffix && HasStartFile(""))
    MultilibSuffix.clear();
  else
    return false;
  OSSuffix.clear();
  return true;
}

void GCCInstallationDetector::scanLibDir(const Triple &Target,
                                         const std::string &LibDir,
                                         StringRef Candidate,
                                         bool NeedsBiarchSuffix) {
  // Debian puts cross compilers into gcc-cross; two vendors put gcc's folder
  // right into the library folder.
  bool Bare = Target.getVendor() == Triple::Freescale ||
              Target.getVendor() == Triple::OpenEmbedded;
  const std::pair<std::string, StringRef> Places[] = {
      {("gcc/" + Candidate).str(), "../.."},
      {("gcc-cross/" + Candidate).str(), "../.."},
      {Bare ? Candidate.str() : "", ".."}};

  for (const auto &[Place, Back] : Places) {
    if (Place.empty())
      continue;
    std::string Dir = LibDir + "/" + Place;
    std::error_code EC;
    for (vfs::directory_iterator I = D.getVFS().dir_begin(Dir, EC), E;
         !EC && I != E; I.increment(EC)) {
      StringRef Text = sys::path::filename(I->path());
      std::optional<GCCVersion> V = GCCVersion::parse(Text);
      // Installations before 4.1.1 had another layout.
      if (!V || *V < GCCVersion{4, 1, 1, ""})
        continue;
      if (Version && !(*Version < *V))
        continue;
      if (!selectMultilib(Target, I->path(), NeedsBiarchSuffix))
        continue;
      Version = V;
      InstalledTriple = Candidate.str();
      // The parts are joined as text, and ".." stays: the linker's -L is
      // printed in this form, as gcc and clang print it.
      InstallPath = Dir + "/" + Text.str();
      ParentLibPath = InstallPath + "/../" + Back.str();
      Valid = true;
    }
  }
}

/// Gentoo writes the chosen compiler of each triple into a file.
bool GCCInstallationDetector::scanGentooConfigs(const Triple &Target,
                                                const Candidates &Cands) {
  std::string ConfigDir = concat(D.getSysRoot(), "/etc/env.d/gcc");
  if (!D.getVFS().exists(ConfigDir))
    return false;

  auto ReadLines = [&](const std::string &Path,
                       StringRef Key) -> std::optional<std::string> {
    auto Buffer = D.getVFS().getBufferForFile(Path);
    if (!Buffer)
      return std::nullopt;
    SmallVector<StringRef, 16> Lines;
    (*Buffer)->getBuffer().split(Lines, '\n');
    for (StringRef Line : Lines) {
      Line = Line.trim();
      if (Line.consume_front(Key))
        return Line.trim('"').str();
    }
    return std::nullopt;
  };
  auto Scan = [&](StringRef Name, bool NeedsBiarchSuffix) {
    std::optional<std::string> Current =
        ReadLines(ConfigDir + "/config-" + Name.str(), "CURRENT=");
    if (!Current)
      return false;
    // "x86_64-pc-linux-gnu-12" names a triple and a version.
    auto [ActiveTriple, ActiveVersion] = StringRef(*Current).rsplit('-');
    SmallVector<std::string, 8> Paths;
    if (std::optional<std::string> LDPath =
            ReadLines(ConfigDir + "/" + *Current, "LDPATH=")) {
      SmallVector<StringRef, 8> Split;
      StringRef(*LDPath).split(Split, ':', -1, /*KeepEmpty=*/false);
      for (StringRef P : Split)
        Paths.push_back(P.str());
    }
    Paths.push_back(
        ("/usr/lib/gcc/" + ActiveTriple + "/" + ActiveVersion).str());
    for (StringRef P : Paths) {
      std::string Path = concat(D.getSysRoot(), P);
      if (!D.getVFS().exists(concat(Path, "crtbegin.o")) ||
          !selectMultilib(Target, Path, NeedsBiarchSuffix))
        continue;
      Version = GCCVersion::parse(ActiveVersion);
      InstallPath = Path;
      ParentLibPath = Path + "/../../..";
      InstalledTriple = ActiveTriple.str();
      Valid = true;
      return true;
    }
    return false;
  };

  if (Scan(Target.str(), false))
    return true;
  for (StringRef Name : Cands.Triples)
    if (Scan(Name, false))
      return true;
  for (StringRef Name : Cands.BiarchTriples)
    if (Scan(Name, true))
      return true;
  return false;
}

void GCCInstallationDetector::init(const Triple &Target, const ArgList &Args) {
  vfs::FileSystem &VFS = D.getVFS();

  if (const Arg *A = Args.getLastArg(OPT_gcc_install_dir_EQ);
      A && A->getValue()[0]) {
    StringRef Dir = A->getValue();
    if (!selectMultilib(Target, Dir, false)) {
      D.getDiags().error("'" + Dir +
                         "' does not contain a GCC installation for " +
                         Target.str() +
                         ": expected crtbegin.o in it; give the folder named "
                         "after gcc's version");
      return;
    }
    Dir.consume_back("/");
    InstalledTriple = sys::path::filename(sys::path::parent_path(Dir)).str();
    Version = GCCVersion::parse(sys::path::filename(Dir));
    InstallPath = Dir.str();
    ParentLibPath = InstallPath + "/../../..";
    Valid = true;
    return;
  }

  Candidates Cands;
  Triple Sibling = Target.isArch32Bit() ? Target.get64BitArchVariant()
                                        : Target.get32BitArchVariant();
  Cands.Triples.push_back(Target.str());
  if (Target.getVendor() == Triple::UnknownVendor) {
    StringRef OSEnv = Target.getEnvironment() == Triple::GNUX32
                          ? "linux-gnu"
                          : Target.getOSAndEnvironmentName();
    Cands.Triples.push_back((Target.getArchName() + "-" + OSEnv).str());
    if (Sibling.getArch() != Triple::UnknownArch)
      Cands.BiarchTriples.push_back(
          (Sibling.getArchName() + "-" + OSEnv).str());
  }
  SmallVector<ArchNames, 3> Names = getArchNames(Target);
  Cands.LibDirs.append(Names.front().LibDirs.begin(),
                       Names.front().LibDirs.end());
  for (StringRef T : Names.front().Triples)
    Cands.Triples.push_back(T.str());
  Cands.Triples.push_back(Target.str());
  for (const ArchNames &N : ArrayRef(Names).drop_front()) {
    Cands.BiarchLibDirs.append(N.LibDirs.begin(), N.LibDirs.end());
    for (StringRef T : N.Triples)
      Cands.BiarchTriples.push_back(T.str());
  }
  if (Sibling.getArch() != Triple::UnknownArch &&
      Sibling.getTriple() != Target.getTriple())
    Cands.BiarchTriples.push_back(Sibling.str());

  if (const Arg *A = Args.getLastArg(OPT_gcc_triple_EQ))
    Cands.Triples.assign(1, A->getValue());

  SmallVector<std::string, 4> Prefixes;
  StringRef Only = Args.getLastArgValue(OPT_gcc_toolchain);
  if (!Only.empty()) {
    Prefixes.push_back(Only.rtrim('/').str());
  } else {
    if (!D.getSysRoot().empty()) {
      Prefixes.push_back(D.getSysRoot().str());
      Prefixes.push_back(concat(D.getSysRoot(), "/usr"));
    }
    Prefixes.push_back((D.getInstalledDir() + "/..").str());
    if (D.getSysRoot().empty()) {
      // Red Hat's newer compilers for its older systems.
      if (VFS.exists("/opt/rh"))
        for (StringRef Set :
             {"gcc-toolset-12", "gcc-toolset-11", "gcc-toolset-10",
              "devtoolset-12", "devtoolset-11", "devtoolset-10", "devtoolset-9",
              "devtoolset-8", "devtoolset-7", "devtoolset-6", "devtoolset-4",
              "devtoolset-3", "devtoolset-2"})
          Prefixes.push_back(("/opt/rh/" + Set + "/root/usr").str());
      Prefixes.push_back("/usr");
    }
    if (scanGentooConfigs(Target, Cands))
      return;
  }

  for (StringRef Prefix : Prefixes) {
    for (StringRef Lib : Cands.LibDirs) {
      std::string LibDir = concat(Prefix, Lib);
      if (VFS.exists(LibDir))
        for (StringRef Name : Cands.Triples)
          scanLibDir(Target, LibDir, Name, false);
    }
    for (StringRef Lib : Cands.BiarchLibDirs) {
      std::string LibDir = (Prefix + Lib).str();
      if (VFS.exists(LibDir))
        for (StringRef Name : Cands.BiarchTriples)
          scanLibDir(Target, LibDir, Name, true);
    }
    if (Valid)
      return;
  }
}

//===----------------------------------------------------------------------===//
// Generic_GCC and Generic_ELF
//===----------------------------------------------------------------------===//

void Generic_GCC::addMultilibPaths(StringRef OSLibDir) {
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
  if (Parent.starts_with(getDriver().getSysRoot()))
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
