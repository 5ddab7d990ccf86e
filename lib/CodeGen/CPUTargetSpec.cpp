//===- CPUTargetSpec.cpp - CPU target specifications ----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/CPUTargetSpec.h"
#include "pkgimg/CodeGen/Targets.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/ARMTargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/RISCVISAInfo.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// Which features are instruction set extensions
//===----------------------------------------------------------------------===//

static bool isX86ISAFeature(StringRef Feature) {
  static const StringRef Known[] = {
#define X86_FEATURE(ENUM, STR) STR,
#include "llvm/TargetParser/X86TargetParser.def"
  };
  if (!is_contained(Known, Feature))
    return false;
  return StringSwitch<bool>(Feature)
      // Code generation: where to put VZEROUPPER, and mitigations.
      .Case("vzeroupper", false)
      .StartsWith("retpoline-", false)
      .StartsWith("lvi-", false)
      // Instructions that fault outside of ring 0.
      .Cases("hreset", "invpcid", "pconfig", "wbnoinvd", "xsaves", false)
      .Default(true);
}

static bool isAArch64ISAFeature(StringRef Feature) {
  if (!AArch64::targetFeatureToExtension(("+" + Feature).str()))
    return false;
  return StringSwitch<bool>(Feature)
      // AES and SHA2 together; has nothing of its own.
      .Case("crypto", false)
      // Translation, exception levels above 0, virtualisation.
      .Cases("d128", "fgt", "hcx", "lor", "mec", "nmi", "nv", "pan", "pan-rwv",
             false)
      .Cases("rme", "sel2", "specrestrict", "the", "tlb-rmi", "tlbiw", "uaops",
             "vh", "xs", false)
      .Case("ccidx", false)
      // Counters, tracing, profiling, error records, resource control.
      .Cases("am", "amvs", "brbe", "ecv", "ete", "ite", "mpam", "perfmon",
             "ras", false)
      .Cases("rasv2", "spe", "spe-eef", "tracev8.4", "trbe", false)
      // How a failed authentication is reported.
      .Case("fpac", false)
      .Default(true);
}

static bool isARMISAFeature(StringRef Feature) {
  // Asked for no FPU, it names every feature that an FPU can have.
  static const std::vector<StringRef> FPU = [] {
    std::vector<StringRef> Result;
    ARM::getFPUFeatures(ARM::FK_NONE, Result);
    for (StringRef &F : Result)
      F = F.drop_front();
    return Result;
  }();
  static const StringRef Extensions[] = {
#define ARM_ARCH_EXT_NAME(NAME, ID, FEATURE, NEGFEATURE) FEATURE,
#include "llvm/TargetParser/ARMTargetParser.def"
  };
  if (Feature == "crypto" || Feature == "ras") // As on AArch64.
    return false;
  if (is_contained(FPU, Feature) ||
      is_contained(Extensions, ("+" + Feature).str()))
    return true;
  // The architecture's versions, which no smaller features express: "v6t2",
  // "v8.1a". The names of the M profile are not among them.
  if (Feature.size() > 1 && Feature[0] == 'v' && isDigit(Feature[1]))
    return !Feature.contains('m');
  // Extensions that the target parser derives from the processor.
  return StringSwitch<bool>(Feature)
      .Cases("acquire-release", "db", "hwdiv", "hwdiv-arm", true)
      .Cases("iwmmxt", "iwmmxt2", "mp", "thumb2", true)
      .Default(false);
}

static bool isRISCVISAFeature(StringRef Feature) {
  if (!RISCVISAInfo::isSupportedExtensionFeature(Feature))
    return false;
  StringRef Name = Feature;
  Name.consume_front("experimental-");
  // "The RISC-V Instruction Set Manual", "ISA Extension Naming Conventions":
  // S is the prefix of the extensions for supervisors, hypervisors and machine
  // mode.
  return Name != "h" && !Name.starts_with("s");
}

static bool isPPCISAFeature(StringRef Feature) {
  // PPC.td, without modes (64bit), tuning (fuse-...), assumptions (recipprec),
  // and what only an operating system can use (privileged, ppc4xx).
  return StringSwitch<bool>(Feature)
      .Cases("altivec", "bpermd", "cmpb", "crypto", "direct-move", "efpu2",
             "extdiv", "fcpsgn", "float128", true)
      .Cases("fpcvt", "fprnd", "fpu", "fre", "fres", "frsqrte", "frsqrtes",
             "fsqrt", true)
      .Cases("hard-float", "htm", "icbt", "isa-future-instructions",
             "isa-v206-instructions", "isa-v207-instructions",
             "isa-v30-instructions", "isa-v31-instructions", "isel", true)
      .Cases("ldbrx", "lfiwax", "mfocrf", "mma", "paired-vector-memops",
             "partword-atomics", "pcrelative-memops", "popcntd", true)
      .Cases("power8-altivec", "power8-vector", "power9-altivec",
             "power9-vector", "power10-vector", "prefix-instrs",
             "quadword-atomics", true)
      .Cases("spe", "stfiwx", "vsx", true)
      .Default(false);
}

bool pkgimg::isISAFeature(const Triple &T, StringRef Feature) {
  if (T.isX86())
    return isX86ISAFeature(Feature);
  if (T.isAArch64())
    return isAArch64ISAFeature(Feature);
  if (T.isARM() || T.isThumb())
    return isARMISAFeature(Feature);
  if (T.isRISCV())
    return isRISCVISAFeature(Feature);
  if (T.isPPC())
    return isPPCISAFeature(Feature);
  return true;
}

/// Features that are no choice: the triple decides, and LLVM either overrides
/// what was asked for or fails.
static bool isModeSwitch(const Triple &T, StringRef Feature) {
  if (T.isX86())
    return StringSwitch<bool>(Feature)
        .Cases("16bit-mode", "32bit-mode", "64bit-mode", "soft-float", true)
        .Case("lvi-load-hardening", T.isArch32Bit())
        // They need thunks in COMDATs.
        .Cases("lvi-cfi", "retpoline", "retpoline-indirect-branches",
               "retpoline-indirect-calls", "seses", T.isOSBinFormatMachO())
        .Default(false);
  if (T.isARM() || T.isThumb())
    return StringSwitch<bool>(Feature)
        .Cases("big-endian-instructions", "soft-float", true)
        .Cases("noarm", "thumb-mode", T.isARM())
        .Default(false);
  if (T.isRISCV())
    return Feature == "32bit" || Feature == "64bit";
  if (T.isPPC())
    return StringSwitch<bool>(Feature)
        .Cases("64bit", "64bitregs", "hard-float", "spe", true)
        .Case("aix", true)
        .StartsWith("aix-", !T.isOSAIX())
        .Default(false);
  return false;
}

//===----------------------------------------------------------------------===//
// Names of processors
//===----------------------------------------------------------------------===//

namespace {

/// What a name that LLVM does not know means: a name that it knows, and
/// features, with signs and separated by commas.
struct CPUAlias {
  StringLiteral Name;
  StringLiteral CPU;
  StringLiteral Features;
};

} // namespace

// Julia's names are those of src/processor_x86.cpp and processor_arm.cpp of
// JuliaLang/julia up to 1.13, and include/cpu_aliases.h of
// JuliaLang/cpufeatures, where LLVM 19 does not know them; what they mean is
// what these tables have for them. "kyro" is spelled so there.
static const CPUAlias X86Aliases[] = {
    {"glm", "goldmont", ""},
    {"x86_64", "x86-64", ""},
};
static const CPUAlias AArch64Aliases[] = {
    {"apple-a18", "apple-m4", ""},
    {"armv8.3_a", "generic", "+v8.3a"},
    {"armv8.6_a", "generic", "+v8.6a"},
    {"denver1", "generic", ""},
    {"denver2", "generic", "+crc,+aes,+sha2"},
    {"exynos-m1", "generic", "+crc,+aes,+sha2"},
    {"exynos-m2", "generic", "+crc,+aes,+sha2"},
    {"kyro", "kryo", ""},
    {"octeontx2", "cortex-a57", ""},
    {"octeontx2f95", "cortex-a57", ""},
    {"octeontx2f95mm", "cortex-a57", ""},
    {"octeontx2f95n", "cortex-a57", ""},
    {"octeontx2t96", "cortex-a57", ""},
    {"octeontx2t98", "cortex-a57", ""},
    {"phecda", "falkor", "-rdm"},
    {"thunderx2t99p1", "thunderx2t99", ""},
    {"thunderxt88p1", "thunderxt88", ""},
    {"xgene1", "generic", ""},
    {"xgene2", "generic", ""},
    {"xgene3", "generic", ""},
};
static const CPUAlias ARMAliases[] = {
    // LLVM's feature armv7-a has NEON; Julia's processor has not.
    {"armv7-a", "generic", "+v7,+aclass"},
    {"armv8-a", "generic", "+armv8-a"},
    {"armv8.1-a", "generic", "+armv8.1-a"},
    {"armv8.2-a", "generic", "+armv8.2-a"},
    {"armv8.3-a", "generic", "+armv8.3-a"},
    {"armv8.4-a", "generic", "+armv8.4-a"},
    {"armv8.5-a", "generic", "+armv8.5-a"},
    {"armv8.6-a", "generic", "+armv8.6-a"},
    {"pj4", "generic", "+v7,+aclass,+vfp3d16"},
    {"scorpion", "generic", "+v7,+aclass,+neon"},
};
// The names of GCC and of clang's driver.
static const CPUAlias PPCAliases[] = {
    {"power7", "pwr7", ""},   {"power8", "pwr8", ""},   {"power9", "pwr9", ""},
    {"power10", "pwr10", ""}, {"power11", "pwr11", ""},
};

static ArrayRef<CPUAlias> getAliases(const Triple &T) {
  if (T.isX86())
    return X86Aliases;
  if (T.isAArch64())
    return AArch64Aliases;
  if (T.isARM() || T.isThumb())
    return ARMAliases;
  if (T.isPPC())
    return PPCAliases;
  return {};
}

//===----------------------------------------------------------------------===//
// LLVM's tables of a triple
//===----------------------------------------------------------------------===//

namespace {

/// What is known of the features of one target. No feature is in both.
struct FeatureState {
  /// Switched on, and all that they imply.
  FeatureBitset On;
  /// Switched off, and all that imply one of them.
  FeatureBitset Off;
};

/// A processor, and the features it has by its name.
struct ResolvedCPU {
  std::string Name;
  /// What LLVM switches on for the name and the triple.
  FeatureBitset Own;
  /// What is on and off in the end.
  FeatureState State;
};

/// A feature that every target of a triple must have.
struct Requirement {
  StringLiteral Feature;
  StringLiteral Reason;
};

class FeatureTables {
public:
  static Expected<FeatureTables> get(const Triple &T);

  ArrayRef<SubtargetFeatureKV> features() const {
    return STI->getAllProcessorFeatures();
  }
  ArrayRef<SubtargetSubTypeKV> processors() const {
    return STI->getAllProcessorDescriptions();
  }
  const SubtargetFeatureKV *find(StringRef Feature) const;
  bool has(const FeatureBitset &Bits, StringRef Feature) const;

  /// The features of \p CPU, which LLVM must know, with the feature string.
  FeatureBitset getBits(StringRef CPU, StringRef FeatureString) const;
  /// \p Bits and all that they imply.
  FeatureBitset withImplied(FeatureBitset Bits) const;
  /// \p Bits and all that imply one of them.
  FeatureBitset withImplying(FeatureBitset Bits) const;
  /// Returns the features of \p CPU after \p Plus is switched on and \p Minus
  /// off, which must not contradict each other.
  FeatureState change(const ResolvedCPU &CPU, const FeatureBitset &Plus,
                      const FeatureBitset &Minus) const;

  /// Resolves the name of a processor, an alias, or "generic".
  std::optional<ResolvedCPU> resolveCPU(StringRef Name) const;
  ResolvedCPU resolveNative(const HostCPU &Host) const;

  /// Whether a processor with the features \p On executes code for the triple.
  bool suitsMode(const FeatureBitset &On) const;
  SmallVector<Requirement, 4> getRequirements() const;
  /// Says what is wrong with the features all together, empty if nothing is.
  std::string checkCombination(const FeatureBitset &On) const;

  /// All the names that resolveCPU() knows.
  std::vector<std::string> getCPUNames() const;

  /// Fills in all but the flags and the base.
  ResolvedTarget makeTarget(const ResolvedCPU &CPU) const;

private:
  FeatureTables(const Triple &T, const Target *TheTarget)
      : TheTriple(T), TheTarget(TheTarget),
        STI(TheTarget->createMCSubtargetInfo(T.str(), "", "")) {}

  FeatureBitset parseBits(StringRef Features, char Sign) const;
  FeatureBitset getRoots(const FeatureBitset &Bits, bool ByImplied) const;

  Triple TheTriple;
  const Target *TheTarget;
  std::unique_ptr<MCSubtargetInfo> STI;
};

} // namespace

static FeatureBitset without(const FeatureBitset &A, const FeatureBitset &B) {
  return A & ~B;
}

Expected<FeatureTables> FeatureTables::get(const Triple &T) {
  Expected<const Target *> TheTarget = getTarget(T);
  if (!TheTarget)
    return TheTarget.takeError();
  return FeatureTables(T, *TheTarget);
}

const SubtargetFeatureKV *FeatureTables::find(StringRef Feature) const {
  const SubtargetFeatureKV *Found = lower_bound(features(), Feature);
  return Found != features().end() && Feature == Found->Key ? Found : nullptr;
}

bool FeatureTables::has(const FeatureBitset &Bits, StringRef Feature) const {
  const SubtargetFeatureKV *Found = find(Feature);
  return Found && Bits[Found->Value];
}

FeatureBitset FeatureTables::getBits(StringRef CPU,
                                     StringRef FeatureString) const {
  std::unique_ptr<MCSubtargetInfo> Info(
      TheTarget->createMCSubtargetInfo(TheTriple.str(), CPU, FeatureString));
  return Info->getFeatureBits();
}

FeatureBitset FeatureTables::withImplied(FeatureBitset Bits) const {
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const SubtargetFeatureKV &F : features()) {
      if (!Bits[F.Value])
        continue;
      FeatureBitset More = Bits | F.Implies.getAsBitset();
      Changed |= More != Bits;
      Bits = More;
    }
  }
  return Bits;
}

FeatureBitset FeatureTables::withImplying(FeatureBitset Bits) const {
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const SubtargetFeatureKV &F : features()) {
      if (Bits[F.Value] || (F.Implies.getAsBitset() & Bits).none())
        continue;
      Bits.set(F.Value);
      Changed = true;
    }
  }
  return Bits;
}

FeatureState FeatureTables::change(const ResolvedCPU &CPU,
                                   const FeatureBitset &Plus,
                                   const FeatureBitset &Minus) const {
  FeatureBitset On = withImplied(Plus), Off = withImplying(Minus);
  assert((On & Off).none() && "contradicting features");
  // Where a feature that was off comes back, so does the choice of what implies
  // it. Only what the processor would have by its name must stay off.
  FeatureBitset StillOff = without(CPU.State.Off, On);
  StillOff =
      StillOff & (CPU.Own | getRoots(CPU.State.Off, /*ByImplied=*/false));
  return {without(CPU.State.On, Off) | On, withImplying(StillOff) | Off};
}

FeatureBitset FeatureTables::parseBits(StringRef Features, char Sign) const {
  FeatureBitset Result;
  SmallVector<StringRef, 8> Tokens;
  Features.split(Tokens, ',', -1, /*KeepEmpty=*/false);
  for (StringRef Token : Tokens) {
    const SubtargetFeatureKV *F = find(Token.drop_front());
    assert(F && "a table names a feature that LLVM does not have");
    if (Token.front() == Sign)
      Result.set(F->Value);
  }
  return Result;
}

/// The bits of \p Bits that give all of them again: those that no other one
/// implies (\p ByImplied), or those that imply no other one.
FeatureBitset FeatureTables::getRoots(const FeatureBitset &Bits,
                                      bool ByImplied) const {
  FeatureBitset Result = Bits;
  for (const SubtargetFeatureKV &F : features()) {
    if (!Bits[F.Value])
      continue;
    FeatureBitset Self;
    Self.set(F.Value);
    if (ByImplied)
      Result = without(Result, without(withImplied(Self), Self));
    else
      Result = without(Result, without(withImplying(Self), Self));
  }
  return Result;
}

bool FeatureTables::suitsMode(const FeatureBitset &On) const {
  switch (TheTriple.getArch()) {
  case Triple::x86_64:
  case Triple::ppc64:
  case Triple::ppc64le:
  case Triple::riscv64:
    return has(On, "64bit");
  case Triple::riscv32:
    return has(On, "32bit");
  case Triple::arm:
  case Triple::armeb:
    return !has(On, "noarm");
  default:
    return true;
  }
}

SmallVector<Requirement, 4> FeatureTables::getRequirements() const {
  TargetDefaults Defaults = getTargetDefaults(TheTriple);
  switch (TheTriple.getArch()) {
  case Triple::x86_64:
    return {{"64bit", "code for this triple is 64-bit code"},
            {"sse2", "its calling convention passes numbers in SSE registers"}};
  case Triple::x86:
    return {{"x87", "its calling convention returns numbers on the x87 stack"}};
  case Triple::aarch64:
  case Triple::aarch64_be:
  case Triple::aarch64_32:
    return {{"fp-armv8", "its calling convention passes numbers in vector "
                         "registers"},
            {"neon", "its calling convention passes vectors in registers"}};
  case Triple::arm:
  case Triple::armeb:
  case Triple::thumb:
  case Triple::thumbeb:
    if (Defaults.FloatABI == FloatABI::Hard)
      return {{"vfp2", "its calling convention passes numbers in registers of "
                       "the FPU"}};
    return {};
  case Triple::riscv32:
  case Triple::riscv64: {
    SmallVector<Requirement, 4> Result;
    if (StringRef(Defaults.ABI).ends_with("d"))
      Result.push_back({"d", "its calling convention passes numbers in "
                             "floating-point registers"});
    return Result;
  }
  default:
    return {};
  }
}

std::string FeatureTables::checkCombination(const FeatureBitset &On) const {
  if (!TheTriple.isRISCV())
    return "";
  if (has(On, "e"))
    return "feature 'e' halves the registers, which the triple's calling "
           "convention does not allow";
  // The backend dies of what this finds.
  std::vector<std::string> Features;
  for (const SubtargetFeatureKV &F : features())
    if (On[F.Value] && RISCVISAInfo::isSupportedExtensionFeature(F.Key))
      Features.push_back("+" + std::string(F.Key));
  auto Info =
      RISCVISAInfo::parseFeatures(TheTriple.isArch64Bit() ? 64 : 32, Features);
  return Info ? "" : toString(Info.takeError());
}

std::optional<ResolvedCPU> FeatureTables::resolveCPU(StringRef Name) const {
  if (Name == "generic") {
    TargetDefaults Defaults = getTargetDefaults(TheTriple);
    ResolvedCPU Result;
    Result.Name = Defaults.CPU.empty() ? "generic" : Defaults.CPU;
    if (TheTriple.isAArch64())
      Result.Name = AArch64::resolveCPUAlias(Result.Name).str();
    Result.State.On = Result.Own = getBits(Result.Name, "");
    Result.State = change(Result, parseBits(Defaults.Features, '+'),
                          parseBits(Defaults.Features, '-'));
    return Result;
  }

  if (TheTriple.isAArch64()) {
    Name = AArch64::resolveCPUAlias(Name);
    // Julia, and clang's -march=, have the architecture's versions.
    if (Name.starts_with("armv"))
      if (const AArch64::ArchInfo *Arch = AArch64::parseArch(Name))
        if (Arch->Profile == AArch64::AProfile && Arch->Name == Name) {
          std::optional<ResolvedCPU> Result = resolveCPU("generic");
          Result->State =
              change(*Result, parseBits(Arch->ArchFeature, '+'), {});
          return Result;
        }
  }
  if (STI->isCPUStringValid(Name)) {
    FeatureBitset Own = getBits(Name, "");
    ResolvedCPU Result{Name.str(), Own, {Own, {}}};
    // Whether LLVM's processors of ARMv7-A have NEON depends on who built it
    // (Debian takes it from them); what clang adds for -mcpu= does not.
    if (TheTriple.isARM() || TheTriple.isThumb()) {
      std::vector<StringRef> FPU;
      ARM::getFPUFeatures(ARM::getDefaultFPU(Name, ARM::parseCPUArch(Name)),
                          FPU);
      Result.State = change(Result, parseBits(join(FPU, ","), '+'), {});
    }
    return Result;
  }
  for (const CPUAlias &Alias : getAliases(TheTriple)) {
    if (Alias.Name != Name)
      continue;
    std::optional<ResolvedCPU> Result = resolveCPU(Alias.CPU);
    assert(Result && "a table names a processor that LLVM does not have");
    Result->State = change(*Result, parseBits(Alias.Features, '+'),
                           parseBits(Alias.Features, '-'));
    return Result;
  }
  return std::nullopt;
}

ResolvedCPU FeatureTables::resolveNative(const HostCPU &Host) const {
  std::optional<ResolvedCPU> Result = resolveCPU(Host.Name);
  // "generic-rv64" is what LLVM calls a RISC-V processor that it cannot tell.
  if (!Result || !suitsMode(Result->State.On) ||
      StringRef(Host.Name).starts_with("generic"))
    Result = resolveCPU("generic");

  FeatureBitset Present, Absent;
  for (const StringMapEntry<bool> &Entry : Host.Features)
    if (const SubtargetFeatureKV *F = find(Entry.first()))
      if (!isModeSwitch(TheTriple, F->Key))
        (Entry.second ? Present : Absent).set(F->Value);
  // Of what is absent, say only what the processor should have by its name.
  Present = without(Present, withImplying(Absent));
  Absent = Absent & (Result->State.On | withImplied(Present));
  Present = without(Present, withImplying(Absent));
  Result->State = change(*Result, Present, Absent);
  return *Result;
}

std::vector<std::string> FeatureTables::getCPUNames() const {
  std::vector<std::string> Result;
  auto Add = [&](StringRef Name) {
    std::optional<ResolvedCPU> CPU = resolveCPU(Name);
    if (CPU && suitsMode(CPU->State.On))
      Result.push_back(Name.str());
  };
  for (const SubtargetSubTypeKV &CPU : processors())
    Add(CPU.Key);
  if (TheTriple.isAArch64())
    for (const AArch64::Alias &Alias : AArch64::CpuAliases)
      Add(Alias.AltName);
  for (const CPUAlias &Alias : getAliases(TheTriple))
    Add(Alias.Name);
  llvm::sort(Result);
  Result.erase(std::unique(Result.begin(), Result.end()), Result.end());
  return Result;
}

ResolvedTarget FeatureTables::makeTarget(const ResolvedCPU &CPU) const {
  ResolvedTarget Result;
  Result.CPU = CPU.Name;
  const FeatureState &State = CPU.State;
  for (const SubtargetFeatureKV &F : features()) {
    if (!isISAFeature(TheTriple, F.Key))
      continue;
    if (State.On[F.Value])
      Result.Features.push_back(F.Key);
    if (State.Off[F.Value])
      Result.Disabled.push_back(F.Key);
  }

  FeatureBitset Bits = getBits(CPU.Name, Result.featureString());
  for (const SubtargetFeatureKV &F : features())
    if (State.On[F.Value] != Bits[F.Value])
      Result.Switches.push_back((State.On[F.Value] ? "+" : "-") +
                                std::string(F.Key));
  assert(getBits(CPU.Name, Result.featureString()) == State.On &&
         "the feature string does not give the features");

  std::optional<ResolvedCPU> Plain = resolveCPU(CPU.Name);
  assert(Plain && Plain->Name == CPU.Name && "the name is not canonical");
  FeatureBitset Plus =
      getRoots(without(State.On, Plain->State.On), /*ByImplied=*/true);
  FeatureBitset Minus =
      getRoots(without(State.Off, change(*Plain, Plus, {}).Off),
               /*ByImplied=*/false);
  for (const SubtargetFeatureKV &F : features())
    if (Minus[F.Value])
      Result.Tokens.push_back("-" + std::string(F.Key));
  for (const SubtargetFeatureKV &F : features())
    if (Plus[F.Value])
      Result.Tokens.push_back("+" + std::string(F.Key));
  assert(change(*Plain, Plus, Minus).On == State.On &&
         change(*Plain, Plus, Minus).Off == State.Off &&
         "the tokens do not give the features");
  return Result;
}

//===----------------------------------------------------------------------===//
// The parser
//===----------------------------------------------------------------------===//

/// Finds the candidate that \p Name is most likely a misspelling of.
template <typename RangeT>
static std::string findNearest(StringRef Name, const RangeT &Candidates) {
  std::string Lower = Name.lower();
  unsigned Best = std::max<unsigned>(1, Name.size() / 3) + 1;
  std::string Result;
  for (StringRef Candidate : Candidates) {
    unsigned Distance =
        StringRef(Lower).edit_distance(Candidate, /*AllowReplacements=*/true,
                                       /*MaxEditDistance=*/Best);
    if (Distance < Best) {
      Best = Distance;
      Result = Candidate.str();
    }
  }
  return Result;
}

static std::string suggest(StringRef Name) {
  return Name.empty() ? "" : ("; did you mean '" + Name + "'?").str();
}

/// Architectures that share features and processors, by one that stands for
/// them.
static Triple::ArchType getFamily(Triple::ArchType Arch) {
  switch (Arch) {
  case Triple::x86:
    return Triple::x86_64;
  case Triple::aarch64_be:
  case Triple::aarch64_32:
    return Triple::aarch64;
  case Triple::armeb:
  case Triple::thumb:
  case Triple::thumbeb:
    return Triple::arm;
  case Triple::ppc:
  case Triple::ppcle:
  case Triple::ppc64le:
    return Triple::ppc64;
  default:
    return Arch;
  }
}

static HostCPU detectHost() {
  HostCPU Host;
  Host.Arch = Triple(sys::getProcessTriple()).getArch();
  Host.Name = sys::getHostCPUName().str();
  for (const auto &Entry : sys::getHostCPUFeatures())
    Host.Features[Entry.first()] = Entry.second;
  return Host;
}

static const StringLiteral TokenForms =
    "'+FEATURE', '-FEATURE', 'clone_all', 'base(N)', 'opt_size' or 'min_size'";

namespace {

class SpecParser {
public:
  SpecParser(StringRef Spec, const CPUTargetContext &Context,
             const FeatureTables &Tables, bool IsSysimage)
      : Spec(Spec), Context(Context), Tables(Tables), IsSysimage(IsSysimage) {}

  Expected<std::vector<ResolvedTarget>> parse();

private:
  /// One of the tokens after the processor.
  struct FeatureToken {
    StringRef Text;
    const SubtargetFeatureKV *Feature;
    bool Enable;
  };

  /// Makes the error for \p Where, a part of Spec.
  Error error(StringRef Where, const Twine &Message) const;
  unsigned columnOf(StringRef Where) const {
    return Where.data() - Spec.data() + 1;
  }

  Error checkCharacters() const;
  Error parseTarget(StringRef Text);
  Error parseSysimage(ArrayRef<StringRef> Parts);
  Expected<ResolvedCPU> parseCPU(StringRef Name) const;
  Expected<FeatureToken> parseFeature(StringRef Text) const;
  Expected<unsigned> parseBase(StringRef Text) const;
  Error checkMode(const FeatureToken &Token, const FeatureBitset &On) const;
  Error checkContradictions(ArrayRef<FeatureToken> Features) const;
  Error checkRequirements(StringRef Name, const ResolvedCPU &CPU,
                          ArrayRef<FeatureToken> Features) const;
  FeatureState apply(const ResolvedCPU &CPU,
                     ArrayRef<FeatureToken> Features) const;
  Error checkBase(StringRef CPU, const ResolvedTarget &T) const;

  StringRef Spec;
  const CPUTargetContext &Context;
  const FeatureTables &Tables;
  bool IsSysimage;
  std::vector<ResolvedTarget> Targets;
  /// The targets that cannot be bases, by number, and the token that says so.
  DenseMap<unsigned, StringRef> PartialBy;
};

} // namespace

Error SpecParser::error(StringRef Where, const Twine &Message) const {
  std::string Text;
  raw_string_ostream OS(Text);
  OS << "invalid CPU targets";
  if (IsSysimage)
    OS << " of the base image, for 'sysimage'";
  OS << ", at column " << columnOf(Where) << ": " << Message;
  if (Spec.contains(';')) {
    OS << "\n  ";
    for (char C : Spec)
      OS << (isPrint(C) ? C : '?');
    OS << "\n  " << std::string(columnOf(Where) - 1, ' ') << '^';
    if (Where.size() > 1)
      OS << std::string(Where.size() - 1, '~');
  }
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           Text);
}

Error SpecParser::checkCharacters() const {
  for (size_t I = 0, E = Spec.size(); I != E; ++I) {
    char C = Spec[I];
    if (C == ' ' || C == '\t' || C == '\n' || C == '\r')
      return error(Spec.substr(I, 1),
                   "blanks are not allowed; separate targets with ';' and "
                   "features with ','");
    if (!isPrint(C))
      return error(Spec.substr(I, 1),
                   "expected a printable character, found byte 0x" +
                       Twine::utohexstr(static_cast<unsigned char>(C)));
  }
  return Error::success();
}

Expected<std::vector<ResolvedTarget>> SpecParser::parse() {
  if (Spec.empty())
    return error(Spec, "expected the name of a CPU, found nothing");
  if (Error E = checkCharacters())
    return std::move(E);
  SmallVector<StringRef, 8> Texts;
  Spec.split(Texts, ';');
  for (StringRef Text : Texts)
    if (Error E = parseTarget(Text))
      return std::move(E);
  return std::move(Targets);
}

Error SpecParser::parseSysimage(ArrayRef<StringRef> Parts) {
  StringRef Word = Parts.front();
  if (IsSysimage)
    return error(Word, "the base image cannot be compiled for its own targets; "
                       "name the CPU");
  if (!Targets.empty())
    return error(Word, "'sysimage' must be the first target, since the targets "
                       "of the base image keep their numbers");
  if (Parts.size() > 1)
    return error(Parts[1], "expected ';' or the end after 'sysimage', found '" +
                               Parts[1] +
                               "'; it stands for all targets of the base "
                               "image, as they are");
  if (Context.SysimageTargets.empty())
    return error(Word, "'sysimage' stands for the targets of the base image, "
                       "but there is no base image; name the CPU");
  SpecParser Parser(Context.SysimageTargets, Context, Tables,
                    /*IsSysimage=*/true);
  Expected<std::vector<ResolvedTarget>> Base = Parser.parse();
  if (!Base)
    return Base.takeError();
  Targets = std::move(*Base);
  return Error::success();
}

Expected<ResolvedCPU> SpecParser::parseCPU(StringRef Name) const {
  if (Name.empty())
    return error(Name, "expected the name of a CPU, found nothing");
  if (Name == "help")
    return error(Name, "expected the name of a CPU, found 'help'; ask for help "
                       "with 'help' alone, without targets");
  if (Name == "native") {
    if (IsSysimage)
      return error(Name, "'native' does not say which CPU the base image was "
                         "compiled for; name the CPU");
    HostCPU Host = Context.Host ? *Context.Host : detectHost();
    if (getFamily(Host.Arch) != getFamily(Context.TheTriple.getArch()))
      return error(
          Name, "'native' is a CPU for " + Triple::getArchTypeName(Host.Arch) +
                    ", but code is generated for '" + Context.TheTriple.str() +
                    "'; name the CPU, or 'generic'");
    return Tables.resolveNative(Host);
  }
  if (std::optional<ResolvedCPU> CPU = Tables.resolveCPU(Name))
    return std::move(*CPU);

  StringRef Bare = Name.ltrim("+-");
  if (Tables.find(Bare))
    return error(Name, "expected the name of a CPU, found the feature '" +
                           Name + "'; features follow a CPU, after ','");
  if (is_contained({"clone_all", "opt_size", "min_size"}, Bare) ||
      Bare.starts_with("base("))
    return error(Name, "expected the name of a CPU, found '" + Name +
                           "', which follows a CPU, after ','");
  std::vector<std::string> Names = Tables.getCPUNames();
  for (StringRef Word : {"native", "generic", "sysimage"})
    Names.push_back(Word.str());
  return error(Name, "unknown CPU '" + Name + "' for '" +
                         Context.TheTriple.str() + "'" +
                         suggest(findNearest(Name, Names)));
}

Expected<SpecParser::FeatureToken>
SpecParser::parseFeature(StringRef Text) const {
  bool HasSign = Text.front() == '+' || Text.front() == '-';
  StringRef Name = Text.drop_front(HasSign);
  if (HasSign && Name.empty())
    return error(Text, "expected the name of a feature after '" + Text + "'");
  if (Name == "help")
    return error(Text, "'help' is no feature; ask for help with 'help' alone, "
                       "without targets");

  const SubtargetFeatureKV *Feature = Tables.find(Name);
  if (Feature && !HasSign)
    return error(Text, "feature '" + Text + "' has no sign; write '+" + Text +
                           "' or '-" + Text + "'");
  if (!Feature) {
    if (Tables.resolveCPU(Name) || Name == "native" || Name == "sysimage")
      return error(Text, "expected " + TokenForms + ", found the CPU '" + Text +
                             "'; separate targets with ';'");
    std::string Sign = HasSign ? Text.take_front().str() : "+";
    std::vector<std::string> Names;
    for (const SubtargetFeatureKV &F : Tables.features())
      if (!isModeSwitch(Context.TheTriple, F.Key))
        Names.push_back(Sign + F.Key);
    if (!HasSign) {
      // A keyword may have been meant as well.
      Names.insert(Names.begin(), {"clone_all", "opt_size", "min_size"});
      std::string Nearest = findNearest(Text, Names);
      return error(Text, "expected " + TokenForms + ", found '" + Text + "'" +
                             suggest(Nearest));
    }
    std::string Nearest;
    // Clang's name of the extension.
    if (Context.TheTriple.isAArch64())
      if (auto Extension = AArch64::parseArchExtension(Name))
        Nearest = Sign + Extension->PosTargetFeature.drop_front().str();
    if (Nearest.empty())
      Nearest = findNearest(Text, Names);
    return error(Text, "unknown feature '" + Name + "' for '" +
                           Context.TheTriple.str() + "'" + suggest(Nearest));
  }
  if (isModeSwitch(Context.TheTriple, Name))
    return error(Text, "'" + Name + "' is no property of a CPU; the triple '" +
                           Context.TheTriple.str() + "' decides it");
  return FeatureToken{Text, Feature, Text.front() == '+'};
}

Expected<unsigned> SpecParser::parseBase(StringRef Text) const {
  StringRef Number = Text;
  Number.consume_front("base");
  unsigned Result;
  if (!Number.consume_front("(") || !Number.consume_back(")") ||
      Number.empty() || !all_of(Number, isDigit))
    return error(Text, "expected 'base(N)', where N is the number of an "
                       "earlier target, from 0; found '" +
                           Text + "'");
  if (Number.getAsInteger(10, Result) || Result >= Targets.size())
    return error(Text,
                 "'" + Text + "' does not name an earlier target; this " +
                     (Targets.empty() ? Twine("is target 0, which has no base")
                                      : "is target " + Twine(Targets.size())));
  if (auto It = PartialBy.find(Result); It != PartialBy.end())
    return error(Text, "target " + Twine(Result) +
                           " cannot be a base, since by its '" + It->second +
                           "' it has no code of its own for some functions; "
                           "leave that out");
  return Result;
}

/// Fails if \p Token brings a mode that a processor with \p On is not in.
Error SpecParser::checkMode(const FeatureToken &Token,
                            const FeatureBitset &On) const {
  if (!Token.Enable)
    return Error::success();
  FeatureBitset Bits;
  Bits.set(Token.Feature->Value);
  FeatureBitset New = without(Tables.withImplied(Bits), On);
  for (const SubtargetFeatureKV &F : Tables.features())
    if (New[F.Value] && isModeSwitch(Context.TheTriple, F.Key))
      return error(Token.Text, "'" + Token.Text + "' implies '" + F.Key +
                                   "', which is no property of a CPU; the "
                                   "triple '" +
                                   Context.TheTriple.str() + "' decides it");
  return Error::success();
}

/// Fails if a feature of \p Features needs one that another switches off.
Error SpecParser::checkContradictions(ArrayRef<FeatureToken> Features) const {
  for (const FeatureToken &Plus : Features) {
    if (!Plus.Enable)
      continue;
    FeatureBitset Bits;
    Bits.set(Plus.Feature->Value);
    FeatureBitset Implied = Tables.withImplied(Bits);
    for (const FeatureToken &Minus : Features) {
      if (Minus.Enable || !Implied[Minus.Feature->Value])
        continue;
      const FeatureToken &Later =
          columnOf(Plus.Text) < columnOf(Minus.Text) ? Minus : Plus;
      const FeatureToken &Earlier = &Later == &Plus ? Minus : Plus;
      if (Plus.Feature == Minus.Feature)
        return error(Later.Text, "'" + Later.Text + "' contradicts '" +
                                     Earlier.Text + "' at column " +
                                     Twine(columnOf(Earlier.Text)));
      return error(Later.Text, "'" + Later.Text + "' contradicts '" +
                                   Earlier.Text + "' at column " +
                                   Twine(columnOf(Earlier.Text)) + ", since '" +
                                   Plus.Feature->Key + "' implies '" +
                                   Minus.Feature->Key + "'");
    }
  }
  return Error::success();
}

FeatureState SpecParser::apply(const ResolvedCPU &CPU,
                               ArrayRef<FeatureToken> Features) const {
  FeatureBitset Plus, Minus;
  bool SaysEVEX512 = false, EnablesAVX512 = false;
  for (const FeatureToken &Token : Features) {
    StringRef Name = Token.Feature->Key;
    (Token.Enable ? Plus : Minus).set(Token.Feature->Value);
    SaysEVEX512 |= Name == "evex512";
    EnablesAVX512 |= Token.Enable && Name.starts_with("avx512");
  }
  // The one implication that is not in LLVM's tables, but in its X86 backend:
  // AVX-512 is that with vectors of 512 bits, unless one says otherwise.
  if (Context.TheTriple.isX86() && EnablesAVX512 && !SaysEVEX512)
    Plus.set(Tables.find("evex512")->Value);
  return Tables.change(CPU, Plus, Minus);
}

/// Fails if code for the processor \p CPU, written \p Name, with \p Features
/// cannot be made, or not be called.
Error SpecParser::checkRequirements(StringRef Name, const ResolvedCPU &CPU,
                                    ArrayRef<FeatureToken> Features) const {
  const std::string &TripleName = Context.TheTriple.str();
  FeatureBitset On = apply(CPU, Features).On;
  for (const Requirement &R : Tables.getRequirements()) {
    if (Tables.has(On, R.Feature))
      continue;
    for (const FeatureToken &Token : Features) {
      FeatureBitset Bits;
      Bits.set(Token.Feature->Value);
      if (!Token.Enable && Tables.has(Tables.withImplying(Bits), R.Feature))
        return error(Token.Text, "'" + Token.Text + "' switches off '" +
                                     R.Feature + "', which '" + TripleName +
                                     "' needs: " + R.Reason);
    }
    return error(Name, "'" + Name + "' lacks the feature '" + R.Feature +
                           "', which '" + TripleName + "' needs: " + R.Reason);
  }
  if (!Tables.suitsMode(On))
    return error(Name, "'" + Name + "' does not execute code for '" +
                           TripleName + "'");

  std::string Message = Tables.checkCombination(On);
  if (Message.empty())
    return Error::success();
  // The token to blame is the one after the longest row of tokens that would
  // have been right.
  for (size_t N = Features.size(); N-- != 0;)
    if (Tables.checkCombination(apply(CPU, Features.take_front(N)).On).empty())
      return error(Features[N].Text, Message);
  return error(Name, Message);
}

/// Fails if \p T, with the processor written \p CPU, cannot run its base's
/// code.
Error SpecParser::checkBase(StringRef CPU, const ResolvedTarget &T) const {
  std::vector<std::string> Missing;
  const ResolvedTarget &Base = Targets[T.Base];
  std::set_difference(Base.Features.begin(), Base.Features.end(),
                      T.Features.begin(), T.Features.end(),
                      std::back_inserter(Missing));
  if (Missing.empty())
    return Error::success();
  std::string List = join(ArrayRef(Missing).take_front(8), ", ");
  if (Missing.size() > 8)
    List += ", ...";
  return error(
      CPU, "target " + Twine(Targets.size()) + " ('" + CPU +
               "') runs the code of target " + Twine(T.Base) + " ('" +
               Base.CPU + "') where it has no clone, but lacks " +
               (Missing.size() == 1 ? "its feature " : "its features ") + List +
               "; add 'clone_all', or a 'base(N)' with fewer features");
}

Error SpecParser::parseTarget(StringRef Text) {
  if (Text.empty())
    return error(Text, "target " + Twine(Targets.size()) +
                           " is empty; expected the name of a CPU");
  SmallVector<StringRef, 8> Parts;
  Text.split(Parts, ',');
  StringRef CPUName = Parts.front();
  if (CPUName == "sysimage")
    return parseSysimage(Parts);
  Expected<ResolvedCPU> CPU = parseCPU(CPUName);
  if (!CPU)
    return CPU.takeError();

  StringMap<StringRef> Seen;
  SmallVector<FeatureToken, 8> Features;
  StringRef CloneAll, NoCloneAll, BaseToken, OptSize, MinSize;
  unsigned Base = 0;
  for (StringRef Token : ArrayRef(Parts).drop_front()) {
    if (Token.empty())
      return error(Token, "expected " + TokenForms + ", found nothing");
    // base(1) and base(2) are one token twice as well.
    bool IsBase = Token == "base" || Token.starts_with("base(");
    auto [Earlier, IsNew] = Seen.try_emplace(IsBase ? "base" : Token, Token);
    if (!IsNew)
      return error(Token, "'" + Token + "' was given before, at column " +
                              Twine(columnOf(Earlier->second)));

    StringRef Bare = Token.ltrim("+-");
    if (IsBase) {
      BaseToken = Token;
      Expected<unsigned> Number = parseBase(Token);
      if (!Number)
        return Number.takeError();
      Base = *Number;
    } else if (Token == "clone_all") {
      CloneAll = Token;
    } else if (Token == "-clone_all") {
      NoCloneAll = Token;
    } else if (Token == "opt_size") {
      OptSize = Token;
    } else if (Token == "min_size") {
      MinSize = Token;
    } else if (is_contained({"clone_all", "opt_size", "min_size", "base"},
                            Bare) ||
               Bare.starts_with("base(")) {
      return error(
          Token,
          "expected '" + Bare + "' without a sign, found '" + Token + "'" +
              (Token.starts_with("-") ? "; to not have it, leave it out" : ""));
    } else {
      Expected<FeatureToken> Feature = parseFeature(Token);
      if (!Feature)
        return Feature.takeError();
      if (Error E = checkMode(*Feature, CPU->State.On))
        return E;
      Features.push_back(*Feature);
    }
  }

  auto Later = [&](StringRef A, StringRef B) {
    return columnOf(A) < columnOf(B) ? B : A;
  };
  if (!CloneAll.empty() && !NoCloneAll.empty())
    return error(Later(CloneAll, NoCloneAll),
                 "'clone_all' and '-clone_all' contradict each other");
  if (!CloneAll.empty() && !BaseToken.empty())
    return error(Later(CloneAll, BaseToken),
                 "'" + BaseToken +
                     "' has no effect together with 'clone_all', since the "
                     "target has its own code for every function");
  if (!OptSize.empty() && !MinSize.empty())
    return error(Later(OptSize, MinSize),
                 "expected 'opt_size' or 'min_size', found both");
  if (!NoCloneAll.empty() && Targets.empty())
    return error(NoCloneAll, "target 0 has code for every function, always");

  if (Error E = checkContradictions(Features))
    return E;
  if (Error E = checkRequirements(CPUName, *CPU, Features))
    return E;
  CPU->State = apply(*CPU, Features);

  ResolvedTarget T = Tables.makeTarget(*CPU);
  T.CloneAll = Targets.empty() || !CloneAll.empty();
  T.OptSize = !OptSize.empty();
  T.MinSize = !MinSize.empty();
  T.Base = T.CloneAll ? Targets.size() : Base;
  if (!T.CloneAll)
    if (Error E = checkBase(CPUName, T))
      return E;
  // What others are based on has code for every function.
  if (!BaseToken.empty()) {
    Targets[Base].CloneAll = true;
    Targets[Base].Base = Base;
  }
  if (!BaseToken.empty() || !NoCloneAll.empty())
    PartialBy[Targets.size()] = BaseToken.empty() ? NoCloneAll : BaseToken;
  Targets.push_back(std::move(T));
  return Error::success();
}

Expected<std::vector<ResolvedTarget>>
pkgimg::parseCPUTargets(StringRef Spec, const CPUTargetContext &Context) {
  Expected<FeatureTables> Tables = FeatureTables::get(Context.TheTriple);
  if (!Tables)
    return Tables.takeError();
  return SpecParser(Spec, Context, *Tables, /*IsSysimage=*/false).parse();
}

//===----------------------------------------------------------------------===//
// Resolved targets
//===----------------------------------------------------------------------===//

bool pkgimg::operator==(const ResolvedTarget &A, const ResolvedTarget &B) {
  return A.CPU == B.CPU && A.Features == B.Features &&
         A.Disabled == B.Disabled && A.Switches == B.Switches &&
         A.Tokens == B.Tokens && A.CloneAll == B.CloneAll &&
         A.OptSize == B.OptSize && A.MinSize == B.MinSize && A.Base == B.Base;
}

std::string ResolvedTarget::featureString() const {
  // LLVM applies the features in their order, and takes with '-' all that imply
  // the feature: what is off must come before what is on.
  std::vector<std::string> Result;
  for (const std::string &Name : Disabled)
    Result.push_back("-" + Name);
  for (const std::string &Switch : Switches)
    if (Switch.front() == '-')
      Result.push_back(Switch);
  for (const std::string &Name : Features)
    Result.push_back("+" + Name);
  for (const std::string &Switch : Switches)
    if (Switch.front() == '+')
      Result.push_back(Switch);
  return join(Result, ",");
}

void pkgimg::printCPUTargets(raw_ostream &OS,
                             ArrayRef<ResolvedTarget> Targets) {
  for (auto [Index, T] : enumerate(Targets)) {
    SmallVector<StringRef, 3> Flags;
    if (T.CloneAll)
      Flags.push_back("clone_all");
    if (T.OptSize)
      Flags.push_back("opt_size");
    if (T.MinSize)
      Flags.push_back("min_size");
    if (Flags.empty())
      Flags.push_back("none");
    OS << Index << ": cpu=" << T.CPU << " flags=" << join(Flags, "+")
       << " base=" << T.Base << " features=";
    ListSeparator Comma(",");
    for (const std::string &Name : T.Features)
      OS << Comma << '+' << Name;
    for (const std::string &Name : T.Disabled)
      OS << Comma << '-' << Name;
    for (const std::string &Switch : T.Switches)
      OS << Comma << Switch;
    OS << '\n';
  }
}

Error pkgimg::printCPUTargetHelp(raw_ostream &OS, const Triple &T) {
  Expected<FeatureTables> Tables = FeatureTables::get(T);
  if (!Tables)
    return Tables.takeError();
  OS << "CPUs for '" << T.str() << "':\n"
     << "  generic, native, sysimage, or\n";
  for (const std::string &Name : Tables->getCPUNames()) {
    if (Name == "generic")
      continue;
    OS << "  " << Name;
    if (std::optional<ResolvedCPU> CPU = Tables->resolveCPU(Name))
      if (CPU->Name != Name) {
        OS << " (" << CPU->Name;
        for (const std::string &Token : Tables->makeTarget(*CPU).Tokens)
          OS << ',' << Token;
        OS << ')';
      }
    OS << '\n';
  }
  for (bool ISA : {true, false}) {
    OS << (ISA ? "\nInstruction set features, after '+' or '-':\n"
               : "\nTuning, groups of features, and code generation, after '+' "
                 "or '-':\n");
    for (const SubtargetFeatureKV &F : Tables->features())
      if (isISAFeature(T, F.Key) == ISA && !isModeSwitch(T, F.Key))
        OS << formatv("  {0,-32} {1}\n", F.Key, F.Desc);
  }
  return Error::success();
}

CPUTargets pkgimg::toTargetData(ArrayRef<ResolvedTarget> Targets) {
  CPUTargets Result;
  Result.Layout = TargetDataLayout::Named;
  for (auto [Index, T] : enumerate(Targets)) {
    CPUTarget &Stored = Result.Targets.emplace_back();
    Stored.Name = T.CPU;
    if (T.CloneAll && Index != 0)
      Stored.Flags |= CPUTarget::CloneAll;
    if (T.OptSize)
      Stored.Flags |= CPUTarget::OptSize;
    if (T.MinSize)
      Stored.Flags |= CPUTarget::MinSize;
    Stored.Base = T.CloneAll ? CPUTarget::NoBase : T.Base;
    Stored.Enabled = T.Features;
    Stored.Disabled = T.Disabled;
  }
  return Result;
}

std::string pkgimg::canonicalSpec(ArrayRef<ResolvedTarget> Targets) {
  std::string Result;
  raw_string_ostream OS(Result);
  ListSeparator Semicolon(";");
  for (auto [Index, T] : enumerate(Targets)) {
    OS << Semicolon << T.CPU;
    for (const std::string &Token : T.Tokens)
      OS << ',' << Token;
    if (T.CloneAll && Index != 0)
      OS << ",clone_all";
    if (!T.CloneAll && T.Base != 0)
      OS << ",base(" << T.Base << ')';
    if (T.OptSize)
      OS << ",opt_size";
    if (T.MinSize)
      OS << ",min_size";
  }
  return Result;
}
