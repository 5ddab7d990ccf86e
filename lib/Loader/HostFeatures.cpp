//===- HostFeatures.cpp - features by architecture ------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostFeatures.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/ARMTargetParser.h"
#include "llvm/TargetParser/RISCVISAInfo.h"
#include "llvm/TargetParser/RISCVTargetParser.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// What needs no detection
//===----------------------------------------------------------------------===//

static bool isAlwaysPresentX86(StringRef Feature, bool Is64Bit) {
  return StringSwitch<bool>(Feature)
      // The base of x86-64 (psABI, "Micro-Architecture Levels"); nothing
      // reports x87, and 32-bit systems of today do not run without it.
      .Case("x87", true)
      .Cases("64bit", "cmov", "cx8", "fxsr", "mmx", "nopl", "sse", "sse2",
             Is64Bit)
      // They fault outside of ring 0.
      .Cases("hreset", "invpcid", "pconfig", "wbnoinvd", "xsaves", true)
      // How fast something is, and how code is generated.
      .Cases("ermsb", "fsrm", "seses", "tagged-globals", "vzeroupper", true)
      .Cases("16bit-mode", "32bit-mode", "64bit-mode", true)
      .StartsWith("harden-", true)
      .StartsWith("lvi-", true)
      .StartsWith("retpoline", true)
      .Default(false);
}

/// "v8.2a", "v9a", "v8r": a version of the architecture, whose extensions are
/// listed on their own.
static bool isArchVersion(StringRef Feature) {
  return Feature.size() > 2 && Feature[0] == 'v' && isDigit(Feature[1]) &&
         (Feature.back() == 'a' || Feature.back() == 'r') &&
         Feature.drop_front().drop_back().find_first_not_of("0123456789.") ==
             StringRef::npos;
}

static bool isAlwaysPresentAArch64(StringRef Feature) {
  if (isArchVersion(Feature))
    return true;
  return StringSwitch<bool>(Feature)
      // Every system that has shared libraries.
      .Cases("fp-armv8", "neon", true)
      // AES and SHA2 together, which are listed.
      .Case("crypto", true)
      // Translation, exception levels above 0, virtualisation.
      .Cases("CONTEXTIDREL2", "d128", "el2vmsa", "el3", "fgt", "hcx", "lor",
             true)
      .Cases("mec", "nmi", "nv", "pan", "pan-rwv", "rme", "sel2", true)
      .Cases("specrestrict", "the", "tlb-rmi", "tlbiw", "uaops", "vh", true)
      .Cases("ccidx", "xs", true)
      // Counters, tracing, profiling, error records, resource control.
      .Cases("am", "amvs", "brbe", "ecv", "ete", "ite", "mpam", true)
      .Cases("perfmon", "ras", "rasv2", "spe", "spe-eef", "tracev8.4", true)
      .Case("trbe", true)
      // Hints to prediction, which no compiler writes and no system reports.
      .Cases("predres", "specres2", true)
      // How a failed authentication is reported; a call of a function that
      // chooses.
      .Cases("fpac", "outline-atomics", true)
      .Default(false);
}

static bool isAlwaysPresentRISCV(StringRef Feature) {
  // "ISA Extension Naming Conventions": S is the prefix of the extensions for
  // supervisors, hypervisors and machine mode.
  if (Feature == "h" || (Feature.starts_with("s") && Feature != "supm"))
    return true;
  return StringSwitch<bool>(Feature)
      .Cases("32bit", "64bit", "i", true)
      // Linux has it on every machine, to save the state of the FPU.
      .Case("zicsr", true)
      // Hints, and properties of memory and of timing.
      .Cases("zic64b", "ziccamoa", "ziccamoc", "ziccif", "zicclsm", true)
      .Cases("ziccrse", "zihintntl", "zihintpause", "zicbop", true)
      .Cases("za64rs", "za128rs", "zama16b", "zkt", "zvkt", true)
      // Code generation.
      .Cases("forced-atomics", "relax", "save-restore", true)
      .Cases("unaligned-scalar-mem", "unaligned-vector-mem", true)
      .Default(false);
}

static bool isAlwaysPresentPPC(StringRef Feature) {
  return StringSwitch<bool>(Feature)
      .Cases("64bit", "64bitregs", "fpu", "hard-float", true)
      .Default(false);
}

bool pkgimg::isAlwaysPresent(const Triple &T, StringRef Feature) {
  if (T.isX86())
    return isAlwaysPresentX86(Feature, T.isArch64Bit());
  if (T.isAArch64())
    return isAlwaysPresentAArch64(Feature);
  if (T.isRISCV())
    return isAlwaysPresentRISCV(Feature);
  if (T.isPPC())
    return isAlwaysPresentPPC(Feature);
  return false;
}

//===----------------------------------------------------------------------===//
// What Linux reports
//===----------------------------------------------------------------------===//

// arch/arm64/include/uapi/asm/hwcap.h of Linux 6.12; the meaning of each is in
// Documentation/arch/arm64/elf_hwcaps.rst. LLVM's features of two bits need
// both.
void pkgimg::addAArch64HWCaps(FeatureMap &Features, uint64_t HWCap,
                              uint64_t HWCap2) {
  static const struct {
    StringLiteral Feature;
    uint64_t HWCap, HWCap2;
  } Table[] = {
      {"fp-armv8", 1u << 0, 0},
      {"neon", 1u << 1, 0},
      {"aes", 1u << 3 | 1u << 4, 0},  // AES, PMULL
      {"sha2", 1u << 5 | 1u << 6, 0}, // SHA1, SHA2
      {"crc", 1u << 7, 0},
      {"lse", 1u << 8, 0},
      {"fullfp16", 1u << 9 | 1u << 10, 0}, // FPHP, ASIMDHP
      {"rdm", 1u << 12, 0},
      {"jsconv", 1u << 13, 0},
      {"complxnum", 1u << 14, 0},
      {"rcpc", 1u << 15, 0},
      {"ccpp", 1u << 16, 0},
      {"sha3", 1u << 17 | 1u << 21, 0}, // SHA3, SHA512
      {"sm4", 1u << 18 | 1u << 19, 0},  // SM3, SM4
      {"dotprod", 1u << 20, 0},
      {"sve", 1u << 22, 0},
      {"fp16fml", 1u << 23, 0},
      {"dit", 1u << 24, 0},
      {"lse2", 1u << 25, 0},
      {"rcpc-immo", 1u << 26, 0},
      {"flagm", 1u << 27, 0},
      {"ssbs", 1u << 28, 0},
      {"sb", 1u << 29, 0},
      {"pauth", 1u << 30 | 1u << 31, 0}, // PACA, PACG
      {"ccdp", 0, 1u << 0},
      {"sve2", 0, 1u << 1},
      {"sve2-aes", 0, 1u << 2 | 1u << 3}, // SVEAES, SVEPMULL
      {"sve2-bitperm", 0, 1u << 4},
      {"sve2-sha3", 0, 1u << 5},
      {"sve2-sm4", 0, 1u << 6},
      {"altnzcv", 0, 1u << 7},
      {"fptoint", 0, 1u << 8},
      {"f32mm", 0, 1u << 10},
      {"f64mm", 0, 1u << 11},
      {"i8mm", 0, 1u << 13},
      {"bf16", 0, 1u << 14},
      {"rand", 0, 1u << 16},
      {"bti", 0, 1u << 17},
      {"mte", 0, 1u << 18},
      {"sme", 0, 1u << 23},
      {"sme-i16i64", 0, 1u << 24},
      {"sme-f64f64", 0, 1u << 25},
      {"sme-fa64", 0, 1u << 30},
      {"wfxt", 0, 1ull << 31},
      {"cssc", 0, 1ull << 34},
      {"sve2p1", 0, 1ull << 36},
      {"sme2", 0, 1ull << 37},
      {"sme2p1", 0, 1ull << 38},
      {"sme-f16f16", 0, 1ull << 42},
      {"mops", 0, 1ull << 43},
      {"hbc", 0, 1ull << 44},
      {"rcpc3", 0, 1ull << 46},
      {"lse128", 0, 1ull << 47},
      {"lut", 0, 1ull << 49},
      {"faminmax", 0, 1ull << 50},
      {"fp8", 0, 1ull << 51},
      {"fp8fma", 0, 1ull << 52},
      {"fp8dot4", 0, 1ull << 53},
      {"fp8dot2", 0, 1ull << 54},
      {"sme-lutv2", 0, 1ull << 57},
      {"sme-f8f16", 0, 1ull << 58},
      {"sme-f8f32", 0, 1ull << 59},
  };
  for (const auto &Entry : Table)
    Features[Entry.Feature] = (HWCap & Entry.HWCap) == Entry.HWCap &&
                              (HWCap2 & Entry.HWCap2) == Entry.HWCap2;
  // LLVM has one name for the matrix instructions of NEON and of SVE.
  if (Features["sve"]) {
    Features["i8mm"] &= (HWCap2 & 1u << 9) != 0;
    Features["bf16"] &= (HWCap2 & 1u << 12) != 0;
  }
}

/// Sets the extensions of \p Names, and all that they imply.
static void addRISCVExtensions(FeatureMap &Features, unsigned XLen,
                               ArrayRef<std::string> Names) {
  auto Info = RISCVISAInfo::parseFeatures(XLen, Names.vec());
  if (!Info) {
    // A combination that the specification forbids implies nothing.
    consumeError(Info.takeError());
    for (StringRef Name : Names)
      Features[Name.drop_front()] = true;
    return;
  }
  for (StringRef Name : (*Info)->toFeatures())
    Features[Name.drop_front()] = true;
}

// Bit N is the extension of the Nth letter: Linux,
// arch/riscv/include/uapi/asm/hwcap.h.
void pkgimg::addRISCVHWCaps(FeatureMap &Features, unsigned XLen,
                            uint64_t HWCap) {
  std::vector<std::string> Names = {"+i"};
  for (char Letter : StringRef("mafdcv"))
    if (HWCap >> (Letter - 'a') & 1)
      Names.push_back({'+', Letter});
  addRISCVExtensions(Features, XLen, Names);
}

// What LLVM 19's PPC.td has for the processors, without modes, tuning and
// instructions for operating systems.
void pkgimg::addPPCFeatures(FeatureMap &Features, StringRef CPU) {
  static const StringLiteral Power8[] = {
      "altivec",       "bpermd",
      "cmpb",          "crypto",
      "direct-move",   "extdiv",
      "fcpsgn",        "fpcvt",
      "fprnd",         "fpu",
      "fre",           "fres",
      "frsqrte",       "frsqrtes",
      "fsqrt",         "hard-float",
      "icbt",          "isa-v206-instructions",
      "isel",          "isa-v207-instructions",
      "ldbrx",         "lfiwax",
      "mfocrf",        "partword-atomics",
      "popcntd",       "power8-altivec",
      "power8-vector", "quadword-atomics",
      "stfiwx",        "vsx"};
  static const StringLiteral Power9[] = {"isa-v30-instructions",
                                         "power9-altivec", "power9-vector"};
  static const StringLiteral Power10[] = {
      "isa-v31-instructions", "mma",
      "paired-vector-memops", "pcrelative-memops",
      "power10-vector",       "prefix-instrs"};
  unsigned Level = StringSwitch<unsigned>(CPU)
                       .Cases("pwr8", "ppc64le", 8)
                       .Case("pwr9", 9)
                       .Cases("pwr10", "pwr11", "future", 10)
                       .Default(0);
  auto add = [&](ArrayRef<StringLiteral> Names) {
    for (StringRef Name : Names)
      Features[Name] = true;
  };
  if (Level >= 8)
    add(Power8);
  if (Level >= 9)
    add(Power9);
  if (Level >= 10)
    add(Power10);
}

//===----------------------------------------------------------------------===//
// What the target parser knows
//===----------------------------------------------------------------------===//

ArchFeatures::~ArchFeatures() = default;

namespace {

class X86Features : public ArchFeatures {
public:
  using ArchFeatures::ArchFeatures;

  std::optional<FeatureMap> getCPU(StringRef Name) const override {
    if (Name == "generic" || Name == "x86_64")
      Name = TheTriple.isArch64Bit() ? "x86-64" : "pentium4";
    if (X86::parseArchX86(Name, TheTriple.isArch64Bit()) == X86::CK_None)
      return std::nullopt;
    SmallVector<StringRef, 64> Own;
    X86::getFeaturesForCPU(Name, Own);
    FeatureMap Features;
    for (StringRef F : Own)
      set(Features, F, true);
    return Features;
  }
  bool isFeature(StringRef Name) const override {
    return is_contained(allNames(), Name);
  }
  void set(FeatureMap &Features, StringRef Feature, bool On) const override {
    Features[Feature] = On;
    X86::updateImpliedFeatures(Feature, On, Features);
  }
  std::vector<std::string> getCPUNames() const override {
    SmallVector<StringRef, 128> Names;
    X86::fillValidCPUArchList(Names, TheTriple.isArch64Bit());
    std::vector<std::string> Result(Names.begin(), Names.end());
    Result.push_back("generic");
    return Result;
  }
  std::vector<std::string> getFeatureNames() const override {
    return std::vector<std::string>(allNames().begin(), allNames().end());
  }

private:
  static ArrayRef<StringLiteral> allNames() {
    static const StringLiteral Names[] = {
#define X86_FEATURE(ENUM, STR) STR,
#include "llvm/TargetParser/X86TargetParser.def"
    };
    return Names;
  }
};

class AArch64Features : public ArchFeatures {
public:
  using ArchFeatures::ArchFeatures;

  std::optional<FeatureMap> getCPU(StringRef Name) const override {
    AArch64::ExtensionSet Set;
    if (Name == "generic") {
      Set.addArchDefaults(AArch64::ARMV8A);
    } else {
      std::optional<AArch64::CpuInfo> CPU = AArch64::parseCpu(Name);
      if (!CPU)
        return std::nullopt;
      Set.addCPUDefaults(*CPU);
    }
    return toMap(Set);
  }
  bool isFeature(StringRef Name) const override {
    return AArch64::targetFeatureToExtension(("+" + Name).str()).has_value();
  }
  void set(FeatureMap &Features, StringRef Feature, bool On) const override {
    std::vector<std::string> Present;
    for (const auto &Entry : Features)
      if (Entry.second)
        Present.push_back(("+" + Entry.getKey()).str());
    // Versions of the architecture are of no use to the loader.
    std::vector<std::string> NoExtensions;
    AArch64::ExtensionSet Set;
    Set.reconstructFromParsedFeatures(Present, NoExtensions);
    AArch64::ArchExtKind Kind =
        AArch64::targetFeatureToExtension(("+" + Feature).str())->ID;
    if (On)
      Set.enable(Kind);
    else
      Set.disable(Kind);
    Features = toMap(Set);
  }
  std::vector<std::string> getCPUNames() const override {
    SmallVector<StringRef, 128> Names;
    AArch64::fillValidCPUArchList(Names);
    std::vector<std::string> Result(Names.begin(), Names.end());
    Result.push_back("generic");
    return Result;
  }
  std::vector<std::string> getFeatureNames() const override {
    std::vector<std::string> Result;
    for (const AArch64::ExtensionInfo &E : AArch64::Extensions)
      if (!E.PosTargetFeature.empty())
        Result.push_back(E.PosTargetFeature.drop_front().str());
    return Result;
  }

private:
  static FeatureMap toMap(const AArch64::ExtensionSet &Set) {
    FeatureMap Features;
    for (const AArch64::ExtensionInfo &E : AArch64::Extensions)
      if (!E.PosTargetFeature.empty() && Set.Enabled.test(E.ID))
        Features[E.PosTargetFeature.drop_front()] = true;
    return Features;
  }
};

class RISCVFeatures : public ArchFeatures {
public:
  using ArchFeatures::ArchFeatures;

  std::optional<FeatureMap> getCPU(StringRef Name) const override {
    FeatureMap Features;
    // What distributions for the RISC-V of Linux build for: RV64GC, RV32GC.
    if (Name == "generic") {
      addRISCVExtensions(
          Features, xlen(),
          {"+i", "+m", "+a", "+f", "+d", "+c", "+zicsr", "+zifencei"});
      return Features;
    }
    if (!RISCV::parseCPU(Name, TheTriple.isArch64Bit()))
      return std::nullopt;
    SmallVector<std::string, 32> Own;
    RISCV::getFeaturesForCPU(Name, Own, /*NeedPlus=*/true);
    addRISCVExtensions(Features, xlen(), ArrayRef(Own));
    return Features;
  }
  bool isFeature(StringRef Name) const override {
    return RISCVISAInfo::isSupportedExtensionFeature(Name);
  }
  void set(FeatureMap &Features, StringRef Feature, bool On) const override {
    if (On) {
      std::vector<std::string> Names = {("+" + Feature).str()};
      for (const auto &Entry : Features)
        if (Entry.second)
          Names.push_back(("+" + Entry.getKey()).str());
      sort(Names);
      addRISCVExtensions(Features, xlen(), Names);
      return;
    }
    // The base is not an option.
    Features[Feature] = false;
    for (auto &Entry : Features) {
      if (!Entry.second)
        continue;
      FeatureMap Implied;
      addRISCVExtensions(Implied, xlen(), {"+i", ("+" + Entry.getKey()).str()});
      if (Implied.lookup(Feature))
        Entry.second = false;
    }
  }
  std::vector<std::string> getCPUNames() const override {
    SmallVector<StringRef, 64> Names;
    RISCV::fillValidCPUArchList(Names, TheTriple.isArch64Bit());
    std::vector<std::string> Result(Names.begin(), Names.end());
    Result.push_back("generic");
    return Result;
  }
  // The target parser does not list its extensions.
  std::vector<std::string> getFeatureNames() const override { return {}; }

private:
  unsigned xlen() const { return TheTriple.isArch64Bit() ? 64 : 32; }
};

/// Of ARM, the target parser knows extensions and FPUs; what follows from the
/// version of the architecture is added here, as ARM.td has it.
class ARMFeatures : public ArchFeatures {
public:
  using ArchFeatures::ArchFeatures;

  std::optional<FeatureMap> getCPU(StringRef Name) const override {
    ARM::ArchKind Kind = Name == "generic"
                             ? ARM::parseArch(TheTriple.getArchName())
                             : ARM::parseCPUArch(Name);
    if (Kind == ARM::ArchKind::INVALID)
      return std::nullopt;
    FeatureMap Features;
    std::vector<StringRef> Names;
    ARM::FPUKind FPU =
        Name == "generic" ? genericFPU(Kind) : ARM::getDefaultFPU(Name, Kind);
    ARM::getFPUFeatures(FPU, Names);
    uint64_t Extensions =
        Name == "generic"
            ? ARM::ARMArchNames[static_cast<unsigned>(Kind)].ArchBaseExtensions
            : ARM::getDefaultExtensions(Name, Kind);
    ARM::getExtensionFeatures(Extensions, Names);
    ARM::getHWDivFeatures(Extensions, Names);
    for (StringRef F : Names)
      if (F.consume_front("+"))
        Features[F] = true;
    addVersion(Features, Kind);
    return Features;
  }
  bool isFeature(StringRef Name) const override {
    return is_contained(getFeatureNames(), Name);
  }
  // Implications are not the target parser's to know, but for the FPU's.
  void set(FeatureMap &Features, StringRef Feature, bool On) const override {
    Features[Feature] = On;
  }
  std::vector<std::string> getCPUNames() const override {
    SmallVector<StringRef, 128> Names;
    ARM::fillValidCPUArchList(Names);
    std::vector<std::string> Result(Names.begin(), Names.end());
    Result.push_back("generic");
    return Result;
  }
  std::vector<std::string> getFeatureNames() const override {
    std::vector<StringRef> Names;
    ARM::getFPUFeatures(ARM::FK_NONE, Names);
    static const StringRef Extensions[] = {
#define ARM_ARCH_EXT_NAME(NAME, ID, FEATURE, NEGFEATURE) FEATURE,
#include "llvm/TargetParser/ARMTargetParser.def"
    };
    Names.insert(Names.end(), std::begin(Extensions), std::end(Extensions));
    std::vector<std::string> Result;
    for (StringRef F : Names)
      if (!F.empty())
        Result.push_back(F.drop_front().str());
    return Result;
  }

private:
  /// The calling convention of hard-float systems needs one.
  ARM::FPUKind genericFPU(ARM::ArchKind Kind) const {
    bool IsHardFloat = TheTriple.getEnvironment() == Triple::GNUEABIHF ||
                       TheTriple.getEnvironment() == Triple::MuslEABIHF ||
                       TheTriple.getEnvironment() == Triple::EABIHF;
    if (!IsHardFloat)
      return ARM::FK_NONE;
    if (ARM::parseArchVersion(TheTriple.getArchName()) >= 8)
      return ARM::getDefaultFPU("generic", Kind);
    return ARM::parseArchVersion(TheTriple.getArchName()) == 7
               ? ARM::FK_VFPV3_D16
               : ARM::FK_VFPV2;
  }

  void addVersion(FeatureMap &Features, ARM::ArchKind Kind) const {
    StringRef Name = ARM::getArchName(Kind);
    unsigned Version = ARM::parseArchVersion(Name);
    auto add = [&](std::initializer_list<StringLiteral> Names) {
      for (StringRef F : Names)
        Features[F] = true;
    };
    if (Version >= 5)
      add({"v4t", "v5t", "v5te"});
    if (Version >= 6)
      add({"v6", "dsp"});
    if (Version >= 7)
      add({"v6k", "v6t2", "thumb2", "v7", "db", "v7clrex", "v6m", "v8m"});
    if (Version >= 8)
      add({"v8", "acquire-release", "hwdiv", "hwdiv-arm", "mp", "crc"});
    if (Features.lookup("fpregs") || Features.lookup("vfp2"))
      add({"fpregs"});
  }
};

} // namespace

std::unique_ptr<ArchFeatures> ArchFeatures::create(const Triple &T) {
  if (T.isX86())
    return std::make_unique<X86Features>(T);
  if (T.isAArch64())
    return std::make_unique<AArch64Features>(T);
  if (T.isRISCV())
    return std::make_unique<RISCVFeatures>(T);
  if (T.isARM() || T.isThumb())
    return std::make_unique<ARMFeatures>(T);
  return nullptr;
}
