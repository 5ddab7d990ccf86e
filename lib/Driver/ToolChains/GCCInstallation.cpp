//===- GCCInstallation.cpp - Find gcc's start files -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GCCInstallation.h"
#include "Arch.h"
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
static const StringRef LibO32[] = {"/libo32", "/lib"};
static const StringRef Lib32Only[] = {"/lib32"};
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
static const StringRef AArch64BETriples[] = {"aarch64_be-none-linux-gnu"};
static const StringRef ARMTriples[] = {"arm-linux-gnueabi"};
static const StringRef ARMHFTriples[] = {
    "arm-linux-gnueabihf", "armv7hl-redhat-linux-gnueabi",
    "armv6hl-suse-linux-gnueabi", "armv7hl-suse-linux-gnueabi"};
static const StringRef ARMEBTriples[] = {"armeb-linux-gnueabi"};
static const StringRef ARMEBHFTriples[] = {"armeb-linux-gnueabihf",
                                           "armebv7hl-redhat-linux-gnueabi"};
static const StringRef LoongArch64Triples[] = {"loongarch64-linux-gnu",
                                               "loongarch64-unknown-linux-gnu"};
static const StringRef M68kTriples[] = {"m68k-unknown-linux-gnu",
                                        "m68k-suse-linux"};
static const StringRef MIPSTriples[] = {
    "mips-linux-gnu", "mips-mti-linux", "mips-mti-linux-gnu",
    "mips-img-linux-gnu", "mipsisa32r6-linux-gnu"};
static const StringRef MIPSELTriples[] = {"mipsel-linux-gnu",
                                          "mips-img-linux-gnu"};
static const StringRef MIPS64Triples[] = {
    "mips-mti-linux-gnu", "mips-img-linux-gnu", "mips64-linux-gnuabi64",
    "mipsisa64r6-linux-gnu", "mipsisa64r6-linux-gnuabi64"};
static const StringRef MIPS64ELTriples[] = {
    "mips-mti-linux-gnu", "mips-img-linux-gnu", "mips64el-linux-gnuabi64",
    "mipsisa64r6el-linux-gnu", "mipsisa64r6el-linux-gnuabi64"};
static const StringRef MIPSN32Triples[] = {"mips64-linux-gnuabin32",
                                           "mipsisa64r6-linux-gnuabin32"};
static const StringRef MIPSN32ELTriples[] = {"mips64el-linux-gnuabin32",
                                             "mipsisa64r6el-linux-gnuabin32"};
// SUSE's 32-bit systems have a 64-bit gcc whose default is 32 bits.
static const StringRef PPCTriples[] = {"powerpc-unknown-linux-gnu",
                                       "powerpc64-suse-linux",
                                       "powerpc-montavista-linuxspe"};
static const StringRef PPCLETriples[] = {"powerpcle-unknown-linux-gnu",
                                         "powerpcle-linux-musl"};
static const StringRef PPC64Triples[] = {"powerpc64-unknown-linux-gnu",
                                         "powerpc64-suse-linux",
                                         "ppc64-redhat-linux"};
static const StringRef PPC64LETriples[] = {
    "powerpc64le-unknown-linux-gnu", "powerpc64le-none-linux-gnu",
    "powerpc64le-suse-linux", "ppc64le-redhat-linux"};
static const StringRef RISCV32Triples[] = {"riscv32-unknown-linux-gnu",
                                           "riscv32-unknown-elf"};
static const StringRef RISCV64Triples[] = {"riscv64-unknown-linux-gnu",
                                           "riscv64-unknown-elf"};
static const StringRef SparcTriples[] = {"sparc-linux-gnu",
                                         "sparcv8-linux-gnu"};
static const StringRef SparcV9Triples[] = {"sparc64-linux-gnu",
                                           "sparcv9-linux-gnu"};
static const StringRef S390XTriples[] = {
    "s390x-unknown-linux-gnu", "s390x-ibm-linux-gnu", "s390x-suse-linux",
    "s390x-redhat-linux"};

static const StringRef AArch64AndroidTriples[] = {"aarch64-linux-android"};
static const StringRef ARMAndroidTriples[] = {"arm-linux-androideabi"};
static const StringRef X86AndroidTriples[] = {"i686-linux-android"};
static const StringRef X86_64AndroidTriples[] = {"x86_64-linux-android"};

static const StringRef HurdX86Triples[] = {"i686-gnu"};
static const StringRef HurdX86_64Triples[] = {"x86_64-gnu"};

static const StringRef SolarisSparcTriples[] = {"sparc-sun-solaris2.11"};
static const StringRef SolarisSparcV9Triples[] = {"sparcv9-sun-solaris2.11"};
static const StringRef SolarisX86Triples[] = {"i386-pc-solaris2.11"};
static const StringRef SolarisX86_64Triples[] = {"x86_64-pc-solaris2.11"};

static bool isHardFloatARM(const Triple &T) {
  return T.getEnvironment() == Triple::GNUEABIHF ||
         T.getEnvironment() == Triple::GNUEABIHFT64 ||
         T.getEnvironment() == Triple::MuslEABIHF ||
         T.getEnvironment() == Triple::EABIHF;
}

namespace {
using ArchNameList = SmallVector<ArchNames, 3>;
} // namespace

static ArchNameList getSolarisNames(const Triple &T) {
  const ArchNames Sparc = {LibOnly, SolarisSparcTriples};
  const ArchNames SparcV9 = {LibOnly, SolarisSparcV9Triples};
  const ArchNames X86 = {LibOnly, SolarisX86Triples};
  const ArchNames X86_64 = {LibOnly, SolarisX86_64Triples};
  switch (T.getArch()) {
  case Triple::sparc:
    return {Sparc, SparcV9};
  case Triple::sparcv9:
    return {SparcV9, Sparc};
  case Triple::x86:
    return {X86, X86_64};
  case Triple::x86_64:
    return {X86_64, X86};
  default:
    return {{LibOnly, {}}};
  }
}

static ArchNameList getAndroidNames(const Triple &T) {
  const ArchNames X86 = {Lib32, X86AndroidTriples};
  const ArchNames X86_64 = {Lib64, X86_64AndroidTriples};
  switch (T.getArch()) {
  case Triple::aarch64:
    return {{Lib64, AArch64AndroidTriples}};
  case Triple::arm:
  case Triple::thumb:
    return {{LibOnly, ARMAndroidTriples}};
  case Triple::x86:
    return {X86, X86_64};
  case Triple::x86_64:
    return {X86_64, X86};
  default:
    return {{{}, {}}};
  }
}

static ArchNameList getHurdNames(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return {{Lib32, HurdX86Triples}};
  case Triple::x86_64:
    return {{Lib64, HurdX86_64Triples}};
  default:
    return {{{}, {}}};
  }
}

static ArchNameList getLinuxNames(const Triple &T) {
  const ArchNames X86_64 = {Lib64, X86_64Triples};
  const ArchNames X32 = {LibX32, X32Triples};
  const ArchNames X86 = {Lib32, X86Triples};
  const ArchNames AArch64 = {Lib64, AArch64Triples};
  const ArchNames AArch64BE = {LibOnly, AArch64BETriples};
  const ArchNames MIPS = {LibO32, MIPSTriples};
  const ArchNames MIPSEL = {LibO32, MIPSELTriples};
  const ArchNames MIPS64 = {Lib64, MIPS64Triples};
  const ArchNames MIPS64EL = {Lib64, MIPS64ELTriples};
  const ArchNames MIPSN32 = {Lib32Only, MIPSN32Triples};
  const ArchNames MIPSN32EL = {Lib32Only, MIPSN32ELTriples};
  const ArchNames PPC = {Lib32, PPCTriples};
  const ArchNames PPCLE = {Lib32, PPCLETriples};
  const ArchNames PPC64 = {Lib64, PPC64Triples};
  const ArchNames PPC64LE = {Lib64, PPC64LETriples};
  const ArchNames RISCV32 = {Lib32, RISCV32Triples};
  const ArchNames RISCV64 = {Lib64, RISCV64Triples};
  const ArchNames Sparc = {Lib32, SparcTriples};
  const ArchNames SparcV9 = {Lib64, SparcV9Triples};
  switch (T.getArch()) {
  case Triple::x86_64:
    if (T.isX32())
      return {X32, X86_64, X86};
    return {X86_64, X32, X86};
  case Triple::x86:
    return {X86, X86_64, X32};
  case Triple::aarch64:
    return {AArch64, AArch64};
  case Triple::aarch64_be:
    return {AArch64BE, AArch64BE};
  case Triple::arm:
  case Triple::thumb:
    if (isHardFloatARM(T))
      return {{LibOnly, ARMHFTriples}};
    return {{LibOnly, ARMTriples}};
  case Triple::armeb:
  case Triple::thumbeb:
    if (isHardFloatARM(T))
      return {{LibOnly, ARMEBHFTriples}};
    return {{LibOnly, ARMEBTriples}};
  case Triple::loongarch64:
    return {{Lib64, LoongArch64Triples}};
  case Triple::m68k:
    return {{LibOnly, M68kTriples}};
  case Triple::mips:
    return {MIPS, MIPS64, MIPSN32};
  case Triple::mipsel:
    return {MIPSEL, MIPS64EL, MIPSN32EL};
  case Triple::mips64:
    return {MIPS64, MIPS, MIPSN32};
  case Triple::mips64el:
    // Big-endian compilers have little-endian libraries, too.
    return {MIPS64EL, MIPSEL, MIPSN32EL, {{}, MIPSTriples}};
  case Triple::ppc:
    return {PPC, PPC64};
  case Triple::ppcle:
    return {PPCLE, PPC64LE};
  case Triple::ppc64:
    return {PPC64, PPC};
  case Triple::ppc64le:
    return {PPC64LE, PPCLE};
  case Triple::riscv32:
    return {RISCV32, RISCV64};
  case Triple::riscv64:
    return {RISCV64, RISCV32};
  case Triple::sparc:
  case Triple::sparcel:
    return {Sparc, SparcV9};
  case Triple::sparcv9:
    return {SparcV9, Sparc};
  case Triple::systemz:
    return {{Lib64, S390XTriples}};
  default:
    return {{{}, {}}};
  }
}

/// Returns the architecture's own names and those of its siblings, in order.
/// Android, Solaris and Hurd must not get Linux's.
static ArchNameList getArchNames(const Triple &T) {
  if (T.isOSSolaris())
    return getSolarisNames(T);
  if (T.isAndroid())
    return getAndroidNames(T);
  if (T.isOSHurd())
    return getHurdNames(T);
  return getLinuxNames(T);
}

static std::string concat(StringRef Base, const Twine &A, const Twine &B = "",
                          const Twine &C = "") {
  SmallString<128> P(Base);
  sys::path::append(P, sys::path::Style::posix, A, B, C);
  return std::string(P);
}

/// gcc's folder of 64-bit files, where its default are 32-bit ones.
static StringRef get64BitSuffix(const Triple &T) {
  if (T.isOSSolaris())
    return T.isSPARC() ? "/sparcv9" : "/amd64";
  return "/64";
}

/// The folder of Android's stand-alone toolchains for the instruction set.
static StringRef getAndroidARMSuffix(const Triple &T, const ArgList &Args) {
  StringRef Arch = Args.getLastArgValue(OPT_march_EQ);
  const bool IsThumbArch = T.getArch() == Triple::thumb;
  const bool IsARMArch = T.getArch() == Triple::arm;
  const bool IsThumb =
      IsThumbArch || Args.hasFlag(OPT_mthumb, OPT_mno_thumb, false) ||
      (IsARMArch && ARM::parseArchISA(Arch) == ARM::ISAKind::THUMB);
  const bool IsV7 =
      (IsARMArch || IsThumbArch) &&
      (ARM::parseArchVersion(Arch) == 7 ||
       (IsARMArch && Arch.empty() && T.getSubArch() == Triple::ARMSubArch_v7));
  if (IsV7)
    return IsThumb ? "/armv7-a/thumb" : "/armv7-a";
  return IsThumb ? "/thumb" : "";
}

bool GCCInstallationDetector::selectMultilib(const Triple &Target,
                                             const ArgList &Args,
                                             StringRef Path,
                                             bool NeedsBiarchSuffix) {
  auto HasStartFile = [&](StringRef Suffix) {
    return D.getVFS().exists(Path + Suffix + "/crtbegin.o");
  };
  /// Chooses the folder \p Suffix of gcc's, and \p OS of the system's.
  auto Choose = [&](StringRef Suffix, StringRef OS = "") {
    MultilibSuffix = Suffix.str();
    OSSuffix = OS.str();
    return true;
  };

  if (Target.isAndroid() && (Target.isARM() || Target.isThumb())) {
    // An installation without folders for them serves all instruction sets.
    StringRef Suffix = getAndroidARMSuffix(Target, Args);
    if (!HasStartFile(Suffix))
      Suffix = "";
    return Choose(Suffix, Suffix);
  }

  if (Target.isRISCV()) {
    // Multilibs are named after the ABI, in gcc's folder and in the system's;
    // an installation without them serves its default ABI.
    std::string Suffix = (Target.isArch64Bit() ? "/lib64/" : "/lib32/") +
                         tools::getRISCVABI(Target, Args);
    if (!HasStartFile(Suffix))
      Suffix.clear();
    return Choose(Suffix, Suffix);
  }

  if (Target.isMIPS()) {
    // Debian's gcc has its three ABIs in these folders, but for its default.
    StringRef ABI = tools::getMipsTarget(Target, Args).ABI;
    StringRef Suffix = ABI == "n32"        ? "/n32"
                       : Target.isMIPS64() ? "/64"
                                           : "/32";
    if (HasStartFile(Suffix))
      return Choose(Suffix);
    return HasStartFile("") && Choose("");
  }

  // The folder for the width is there if gcc's default is another one; where
  // it is not, the default's files serve, unless the installation is named
  // after the sibling.
  const bool HasSparcV8Plus = HasStartFile("/sparcv8plus");
  if (Target.isArch32Bit() && HasSparcV8Plus)
    return Choose("/sparcv8plus");
  StringRef Suffix = Target.isX32()         ? "/x32"
                     : Target.isArch64Bit() ? get64BitSuffix(Target)
                                            : "/32";
  if (HasStartFile(Suffix))
    return Choose(Suffix);
  // Beside 32-bit files in a folder of their own, the others are 64-bit.
  const bool DefaultServes =
      !NeedsBiarchSuffix || (Target.isArch64Bit() && HasSparcV8Plus);
  return DefaultServes && HasStartFile("") && Choose("");
}

void GCCInstallationDetector::scanLibDir(const Triple &Target,
                                         const ArgList &Args,
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
      if (!V || !SeenPaths.insert(I->path()).second ||
          *V < GCCVersion{4, 1, 1, ""})
        continue;
      if (Version && !(*Version < *V))
        continue;
      if (!selectMultilib(Target, Args, I->path(), NeedsBiarchSuffix))
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
                                                const ArgList &Args,
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
          !selectMultilib(Target, Args, Path, NeedsBiarchSuffix))
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

void GCCInstallationDetector::addSystemPrefixes(
    const Triple &Target, SmallVectorImpl<std::string> &Prefixes) const {
  vfs::FileSystem &VFS = D.getVFS();
  StringRef SysRoot = D.getSysRoot();
  if (Target.isOSHaiku()) {
    Prefixes.push_back(concat(SysRoot, "/boot/system/develop/tools"));
    return;
  }
  if (Target.isOSSolaris()) {
    // /usr/gcc has a folder per version, each a prefix; the newest is best.
    std::string Root = concat(SysRoot, "/usr/gcc");
    std::vector<std::pair<GCCVersion, std::string>> Found;
    std::error_code EC;
    for (vfs::directory_iterator I = VFS.dir_begin(Root, EC), E; !EC && I != E;
         I.increment(EC)) {
      StringRef Name = sys::path::filename(I->path());
      std::optional<GCCVersion> V = GCCVersion::parse(Name);
      std::string Prefix = Root + "/" + Name.str();
      if (V && !(*V < GCCVersion{4, 1, 1, ""}) &&
          VFS.exists(Prefix + "/lib/gcc"))
        Found.emplace_back(*V, Prefix);
    }
    llvm::sort(Found,
               [](const auto &A, const auto &B) { return B.first < A.first; });
    for (auto &[V, Prefix] : Found)
      Prefixes.push_back(std::move(Prefix));
    return;
  }
  // Red Hat's newer compilers for its older systems.
  if (SysRoot.empty() && Target.isOSLinux() && VFS.exists("/opt/rh"))
    for (StringRef Set :
         {"gcc-toolset-12", "gcc-toolset-11", "gcc-toolset-10", "devtoolset-12",
          "devtoolset-11", "devtoolset-10", "devtoolset-9", "devtoolset-8",
          "devtoolset-7", "devtoolset-6", "devtoolset-4", "devtoolset-3",
          "devtoolset-2"})
      Prefixes.push_back(("/opt/rh/" + Set + "/root/usr").str());
  Prefixes.push_back(concat(SysRoot, "/usr"));
}

void GCCInstallationDetector::init(const Triple &Target, const ArgList &Args) {
  vfs::FileSystem &VFS = D.getVFS();

  if (const Arg *A = Args.getLastArg(OPT_gcc_install_dir_EQ);
      A && A->getValue()[0]) {
    StringRef Dir = A->getValue();
    if (!selectMultilib(Target, Args, Dir, false)) {
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
  for (const ArchNames &N : ArrayRef(Names).drop_front()) {
    Cands.BiarchLibDirs.append(N.LibDirs.begin(), N.LibDirs.end());
    for (StringRef T : N.Triples)
      Cands.BiarchTriples.push_back(T.str());
  }
  if (Sibling.getArch() != Triple::UnknownArch &&
      Sibling.getTriple() != Target.getTriple() && !Target.isOSSolaris() &&
      !Target.isAndroid() && !Target.isOSHurd())
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
      addSystemPrefixes(Target, Prefixes);
    }
    Prefixes.push_back((D.getInstalledDir() + "/..").str());
    if (D.getSysRoot().empty())
      addSystemPrefixes(Target, Prefixes);
    if (scanGentooConfigs(Target, Args, Cands))
      return;
  }

  for (StringRef Prefix : Prefixes) {
    for (StringRef Lib : Cands.LibDirs) {
      std::string LibDir = concat(Prefix, Lib);
      if (VFS.exists(LibDir))
        for (StringRef Name : Cands.Triples)
          scanLibDir(Target, Args, LibDir, Name, false);
    }
    for (StringRef Lib : Cands.BiarchLibDirs) {
      std::string LibDir = (Prefix + Lib).str();
      if (VFS.exists(LibDir))
        for (StringRef Name : Cands.BiarchTriples)
          scanLibDir(Target, Args, LibDir, Name, true);
    }
    if (Valid)
      return;
  }
}
