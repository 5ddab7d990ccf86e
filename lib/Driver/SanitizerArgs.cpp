//===- SanitizerArgs.cpp - What -fsanitize= asks of a link ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SanitizerArgs.h"
#include "ToolChains/CommonArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
namespace SK = pkgimg::driver::SanitizerKind;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::optional<SanitizerName>
pkgimg::driver::parseSanitizerName(StringRef Name) {
  return StringSwitch<std::optional<SanitizerName>>(Name)
#define SANITIZER(NAME, ID) .Case(NAME, SanitizerName{SanitizerKind::ID, false})
#define SANITIZER_GROUP(NAME, ID, MEMBERS)                                     \
  .Case(NAME, SanitizerName{SanitizerKind::ID, true})
#include "pkgimg/Driver/Sanitizers.def"
      .Default(std::nullopt);
}

std::string pkgimg::driver::getSanitizerNames(SanitizerMask Mask) {
  std::string Names;
  auto Add = [&](StringRef Name, SanitizerMask One) {
    if (!(Mask & One))
      return;
    if (!Names.empty())
      Names += ',';
    Names += Name;
  };
#define SANITIZER(NAME, ID) Add(NAME, SanitizerKind::ID);
#include "pkgimg/Driver/Sanitizers.def"
  return Names;
}

namespace {
/// The checks in one option, by whether they are named or come with a group.
struct ParsedKinds {
  SanitizerMask Named = 0;
  SanitizerMask Grouped = 0;
  SanitizerMask all() const { return Named | Grouped; }
};
} // namespace

/// Parses the values of \p A, and reports unknown ones to \p Diags unless that
/// is null.
static ParsedKinds parseKinds(const Arg &A, Diagnostics *Diags) {
  const bool Enables = A.getOption().matches(OPT_fsanitize_EQ);
  ParsedKinds Result;
  for (StringRef Value : A.getValues()) {
    std::optional<SanitizerName> Name = parseSanitizerName(Value);
    // "all" serves to turn checks off: no program can have all of them.
    if (Name && Enables && Value == "all")
      Name.reset();
    if (!Name) {
      if (Diags)
        Diags->error("unsupported argument '" + Value + "' to option '" +
                     A.getSpelling() + "'; it is no sanitizer's name");
      continue;
    }
    (Name->IsGroup ? Result.Grouped : Result.Named) |= Name->Mask;
  }
  return Result;
}

/// Returns "-fsanitize=address" for the part of \p A that turns on \p Mask.
static std::string describe(const Arg &A, SanitizerMask Mask) {
  std::string Names;
  for (StringRef Value : A.getValues()) {
    std::optional<SanitizerName> Name = parseSanitizerName(Value);
    if (Name && (Name->Mask & Mask))
      Names += (Names.empty() ? "" : ",") + Value.str();
  }
  return (A.getSpelling() + Names).str();
}

/// The last option that turns on a check in \p Mask.
static std::string describeLast(const ArgList &Args, SanitizerMask Mask) {
  for (const Arg *A : llvm::reverse(Args)) {
    if (!A->getOption().matches(OPT_fsanitize_EQ))
      continue;
    if (parseKinds(*A, nullptr).all() & Mask)
      return describe(*A, Mask);
    // The option has turned it off for those before.
  }
  return "-fsanitize=" + getSanitizerNames(Mask);
}

//===----------------------------------------------------------------------===//
// Sets of checks
//===----------------------------------------------------------------------===//

static constexpr SanitizerMask NeedUbsanRuntime =
    SK::Undefined | SK::Integer | SK::ImplicitConversion | SK::Nullability |
    SK::CFI | SK::FloatDivideByZero | SK::ObjCCast;
static constexpr SanitizerMask CanTrap =
    (SK::Undefined & ~SK::Vptr) | SK::Integer | SK::Nullability |
    SK::LocalBounds | SK::CFI | SK::FloatDivideByZero | SK::ObjCCast;
static constexpr SanitizerMask FitMinimalRuntime =
    CanTrap | SK::Scudo | SK::ShadowCallStack | SK::MemTag | SK::KCFI;
static constexpr SanitizerMask FitCoverage =
    SK::Address | SK::HWAddress | SK::KernelAddress | SK::KernelHWAddress |
    SK::MemTag | SK::Memory | SK::KernelMemory | SK::Leak | SK::Undefined |
    SK::Integer | SK::Bounds | SK::ImplicitConversion | SK::Nullability |
    SK::DataFlow | SK::Fuzzer | SK::FuzzerNoLink | SK::FloatDivideByZero |
    SK::SafeStack | SK::ShadowCallStack | SK::Thread | SK::ObjCCast | SK::KCFI |
    SK::NumericalStability;

/// Each pair are two sets of which no check may be on together with one of the
/// other: they have different layouts of memory, or intercept the same calls.
static SmallVector<std::pair<SanitizerMask, SanitizerMask>, 12>
getExclusions(const Triple &T) {
  const SanitizerMask TM = SK::Thread | SK::Memory;
  // On Fuchsia, safe stacks are part of the system.
  const SanitizerMask LeakBesideSafeStack = T.isOSFuchsia() ? 0 : SK::Leak;
  return {
      {SK::Address, TM},
      {SK::Thread, SK::Memory},
      {SK::Leak, TM},
      {SK::KernelAddress, SK::Address | SK::Leak | TM},
      {SK::HWAddress, SK::Address | TM | SK::KernelAddress},
      {SK::Scudo,
       SK::Address | SK::HWAddress | SK::Leak | TM | SK::KernelAddress},
      {SK::SafeStack, LeakBesideSafeStack | SK::Address | SK::HWAddress | TM |
                          SK::KernelAddress},
      {SK::KernelHWAddress, SK::Address | SK::HWAddress | SK::Leak | TM |
                                SK::KernelAddress | SK::SafeStack},
      {SK::KernelMemory, SK::Address | SK::HWAddress | SK::Leak | TM |
                             SK::KernelAddress | SK::Scudo | SK::SafeStack},
      {SK::MemTag,
       SK::Address | SK::KernelAddress | SK::HWAddress | SK::KernelHWAddress},
      {SK::KCFI, SK::Function},
  };
}

//===----------------------------------------------------------------------===//
// Coverage
//===----------------------------------------------------------------------===//

static const StringRef CoverageNames[] = {"func",
                                          "bb",
                                          "edge",
                                          "indirect-calls",
                                          "trace-bb",
                                          "trace-cmp",
                                          "trace-div",
                                          "trace-gep",
                                          "8bit-counters",
                                          "trace-pc",
                                          "trace-pc-guard",
                                          "no-prune",
                                          "inline-8bit-counters",
                                          "inline-bool-flag",
                                          "pc-table",
                                          "stack-depth",
                                          "trace-loads",
                                          "trace-stores",
                                          "control-flow"};

static uint32_t parseCoverage(const Arg &A, Diagnostics *Diags) {
  uint32_t Result = 0;
  for (StringRef Value : A.getValues()) {
    const auto *I = llvm::find(CoverageNames, Value);
    if (I != std::end(CoverageNames))
      Result |= uint32_t(1) << (I - std::begin(CoverageNames));
    else if (Diags)
      Diags->error("unsupported argument '" + Value + "' to option '" +
                   A.getSpelling() + "'");
  }
  return Result;
}

/// Returns which kinds of coverage are on, as bits by their place in
/// CoverageNames.
static uint32_t getCoverage(const ArgList &Args, SanitizerMask Added,
                            bool ImpliedByFuzzer, Diagnostics *Diags) {
  uint32_t Result = ImpliedByFuzzer;
  for (const Arg *A :
       Args.filtered(OPT_fsanitize_coverage, OPT_fno_sanitize_coverage)) {
    A->claim();
    if (A->getOption().matches(OPT_fno_sanitize_coverage)) {
      Result &= ~parseCoverage(*A, Diags);
      continue;
    }
    // Levels, as older versions had them.
    unsigned Level;
    if (A->getNumValues() == 1 &&
        !StringRef(A->getValue()).getAsInteger(0, Level))
      Result = 0;
    else
      Result |= parseCoverage(*A, Diags);
    if (Added & ~FitCoverage)
      Result = 0;
  }
  return Result;
}

//===----------------------------------------------------------------------===//
// SanitizerArgs
//===----------------------------------------------------------------------===//

/// The checks that trap in place of calling a runtime.
static SanitizerMask getTrapping(const ArgList &Args, Diagnostics *Diags) {
  SanitizerMask Removed = 0, Result = 0;
  for (const Arg *A : llvm::reverse(Args)) {
    if (A->getOption().matches(OPT_fsanitize_trap_EQ)) {
      A->claim();
      ParsedKinds Kinds = parseKinds(*A, Diags);
      if (SanitizerMask Bad = Kinds.Named & ~Removed & ~CanTrap; Bad && Diags)
        Diags->error("unsupported argument '" + getSanitizerNames(Bad) +
                     "' to option '" + A->getSpelling() +
                     "': it cannot do without its runtime");
      Result |= Kinds.all() & ~Removed;
    } else if (A->getOption().matches(OPT_fno_sanitize_trap_EQ)) {
      A->claim();
      Removed |= parseKinds(*A, Diags).all();
    }
  }
  return Result | (SK::CFI & ~Removed);
}

SanitizerArgs::SanitizerArgs(const ToolChain &TC, const ArgList &Args,
                             bool Report) {
  const Driver &D = TC.getDriver();
  const Triple &T = TC.getTriple();
  Diagnostics *Diags = Report ? &D.getDiags() : nullptr;
  const SanitizerMask Supported = TC.getSupportedSanitizers();

  CrossDsoCFI = Args.hasFlag(OPT_fsanitize_cfi_cross_dso,
                             OPT_fno_sanitize_cfi_cross_dso, false);
  MinimalRuntime = Args.hasFlag(OPT_fsanitize_minimal_runtime,
                                OPT_fno_sanitize_minimal_runtime, false);
  const bool NoRTTI = Args.hasFlag(OPT_fno_rtti, OPT_frtti, false);
  const SanitizerMask Traps = getTrapping(Args, Diags);

  // What is left out silently of a group, and reported where it is named.
  SanitizerMask NotHere = ~Supported;
  SanitizerMask Conflicting = Traps & SK::Vptr;
  if (MinimalRuntime)
    Conflicting |= SK::Vptr;
  if (CrossDsoCFI)
    Conflicting |= SK::CFIMFCall;
  if (NoRTTI)
    Conflicting |= SK::Vptr;

  SanitizerMask Removed = 0, Added = 0, Diagnosed = 0;
  // Sizes of objects are known to the optimizer alone.
  const Arg *OptLevel = Args.getLastArg(OPT_O);
  if (!OptLevel || StringRef(OptLevel->getValue()) == "0")
    Removed |= SK::ObjectSize;

  for (const Arg *A : llvm::reverse(Args)) {
    if (A->getOption().matches(OPT_fno_sanitize_EQ)) {
      A->claim();
      Removed |= parseKinds(*A, Diags).all();
      continue;
    }
    if (!A->getOption().matches(OPT_fsanitize_EQ))
      continue;
    A->claim();
    ParsedKinds Parsed = parseKinds(*A, Diags);
    Added |= Parsed.all();
    auto Diagnose = [&](SanitizerMask Bad, const Twine &With) {
      Bad &= Parsed.Named & ~Removed & ~Diagnosed;
      if (Bad && Diags)
        Diags->error(With.isTriviallyEmpty()
                         ? "unsupported option '" + describe(*A, Bad) +
                               "' for target '" + T.str() + "'"
                         : "invalid argument '" + describe(*A, Bad) +
                               "' not allowed with '" + With.str() + "'");
      Diagnosed |= Bad;
    };
    Diagnose(NotHere, "");
    Diagnose(Traps & SK::Vptr, "-fsanitize-trap=undefined");
    if (MinimalRuntime)
      Diagnose(SK::Vptr, "-fsanitize-minimal-runtime");
    if (CrossDsoCFI)
      Diagnose(SK::CFIMFCall, "-fsanitize-cfi-cross-dso");
    if (NoRTTI)
      Diagnose(SK::Vptr, "-fno-rtti");

    SanitizerMask Add = Parsed.all() & ~Removed & ~NotHere & ~Conflicting;
    // With -fwrapv, signed integers may overflow.
    if ((Parsed.Grouped & SK::Undefined) == SK::Undefined &&
        Args.hasFlag(
            OPT_fwrapv, OPT_fno_wrapv,
            Args.hasFlag(OPT_fno_strict_overflow, OPT_fstrict_overflow, false)))
      Add &= ~(SK::SignedIntegerOverflow & ~Parsed.Named);
    if (Add & SK::Fuzzer)
      Add |= SK::FuzzerNoLink;
    Kinds |= Add;
  }

  // A platform's default gives way to what is asked for.
  SanitizerMask Default = TC.getDefaultSanitizers() & ~Removed;
  for (const auto &[First, Second] : getExclusions(T))
    if ((Default & First) && (Kinds & Second))
      Default &= ~First;
  Kinds |= Default;

  if (Diags)
    reportConflicts(TC, Args, Added & ~Removed, Traps);
  for (const auto &[First, Second] : getExclusions(T))
    if (Kinds & First)
      Kinds &= ~Second;
  // Where the runtime for C++ classes is missing, checks of them must trap.
  if (!(Supported & SK::Vptr))
    Kinds &= ~((SK::Vptr | (T.isOSWindows() ? 0 : SK::CFI)) & ~Traps);
  Trapping = Traps & Kinds;

  Coverage = getCoverage(Args, Added & ~Removed, has(SK::FuzzerNoLink), Diags);
  if (Added & SK::MemTag) {
    MemtagMode = Args.getLastArgValue(OPT_fsanitize_memtag_mode_EQ, "sync");
    if (MemtagMode != "sync" && MemtagMode != "async") {
      D.getDiags().error("invalid value '" + MemtagMode +
                         "' in '-fsanitize-memtag-mode='; expected sync or "
                         "async");
      MemtagMode = "sync";
    }
  }
  if (!has(SK::MemTag))
    MemtagMode = "";

  Stats = Args.hasFlag(OPT_fsanitize_stats, OPT_fno_sanitize_stats, false);
  Shared = Args.hasFlag(OPT_shared_libsan, OPT_static_libsan,
                        T.isAndroid() || T.isOSFuchsia() || T.isOSDarwin());
  ImplicitCFIRuntime = T.isAndroid();
  // The runtime of safe stacks is part of these systems.
  SafeStackRuntime =
      (Added & SK::SafeStack) && !T.isAndroid() && !T.isOSFuchsia();
  HWAddressAliases =
      (Added & SK::HWAddress) && T.getArch() == Triple::x86_64 &&
      Args.hasFlag(OPT_fsanitize_hwaddress_experimental_aliasing,
                   OPT_fno_sanitize_hwaddress_experimental_aliasing, false);
  LinkRuntimes = Args.hasFlag(OPT_fsanitize_link_runtime,
                              OPT_fno_sanitize_link_runtime, true);
  LinkCXXRuntimes = Args.hasFlag(OPT_fsanitize_link_cxx_runtime,
                                 OPT_fno_sanitize_link_cxx_runtime, false) ||
                    D.isCXXMode();
  MemoryProfile = Args.hasFlag(OPT_fmemory_profile, OPT_fmemory_profile_EQ,
                               OPT_fno_memory_profile, false);
}

void SanitizerArgs::reportConflicts(const ToolChain &TC, const ArgList &Args,
                                    SanitizerMask Added, SanitizerMask Traps) {
  Diagnostics &Diags = TC.getDriver().getDiags();
  const Triple &T = TC.getTriple();
  auto NotAllowed = [&](const Twine &A, const Twine &B) {
    Diags.error("invalid argument '" + A + "' not allowed with '" + B + "'");
  };
  auto OnlyAllowed = [&](const Twine &A, const Twine &B) {
    Diags.error("invalid argument '" + A + "' only allowed with '" + B + "'");
  };

  for (const auto &[First, Second] : getExclusions(T))
    if ((Kinds & First) && (Kinds & Second))
      NotAllowed(describeLast(Args, Kinds & First),
                 describeLast(Args, Kinds & Second));
  if ((Kinds & SK::CFI) && tools::getLTOKind(Args) == tools::LTOKind::None)
    OnlyAllowed(describeLast(Args, Kinds & SK::CFI), "-flto");
  if ((Kinds & SK::KCFI) && (Added & SK::CFI))
    NotAllowed("-fsanitize=kcfi", describeLast(Args, SK::CFI));
  if ((Added & (SK::PointerCompare | SK::PointerSubtract)) &&
      !(Added & SK::Address))
    OnlyAllowed(describeLast(Args, SK::PointerCompare | SK::PointerSubtract),
                "-fsanitize=address");
  if (MinimalRuntime) {
    if (SanitizerMask Bad = Kinds & ~FitMinimalRuntime)
      NotAllowed("-fsanitize-minimal-runtime", describeLast(Args, Bad));
    if (Kinds & SK::CFI & ~Traps)
      OnlyAllowed("-fsanitize-minimal-runtime", "-fsanitize-trap=cfi");
  }
  if (!(TC.getSupportedSanitizers() & SK::Vptr))
    if (SanitizerMask Bad =
            Kinds & (SK::Vptr | (T.isOSWindows() ? 0 : SK::CFI)) & ~Traps)
      Diags.error("unsupported option '-fno-sanitize-trap=" +
                  getSanitizerNames(Bad) + "' for target '" + T.str() + "'");
}

bool SanitizerArgs::needUbsan() const {
  // The other runtimes have its functions, too.
  const bool InAnother =
      has(SK::Address | SK::HWAddress | SK::Memory | SK::NumericalStability |
          SK::Thread | SK::DataFlow | SK::Leak) ||
      (CrossDsoCFI && !ImplicitCFIRuntime && (Kinds & SK::CFI & ~Trapping)) ||
      (has(SK::Scudo) && !MinimalRuntime);
  return !InAnother && ((Kinds & NeedUbsanRuntime & ~Trapping) || Coverage);
}

bool SanitizerArgs::needFuzzerInterceptors() const {
  return needFuzzer() && !has(SK::Address | SK::Thread | SK::Memory);
}

SanitizerArgs::Runtimes SanitizerArgs::getRuntimes(bool WithStatic) const {
  Runtimes R;
  if (!LinkRuntimes)
    return R;
  const bool Ubsan = needUbsan();
  const StringRef UbsanName =
      MinimalRuntime ? "ubsan_minimal" : "ubsan_standalone";
  const StringRef HWAddressName =
      HWAddressAliases ? "hwasan_aliases" : "hwasan";
  if (Shared) {
    auto Add = [&](bool Needed, StringRef Name) {
      if (Needed)
        R.Shared.push_back(Name);
    };
    Add(has(SK::Address), "asan");
    Add(MemoryProfile, "memprof");
    Add(has(SK::NumericalStability), "nsan");
    Add(Ubsan, UbsanName);
    Add(has(SK::Scudo), "scudo_standalone");
    Add(has(SK::Thread), "tsan");
    Add(has(SK::HWAddress), HWAddressName);
  }
  if (Stats)
    R.Whole.push_back("stats_client");
  if (has(SK::Address))
    R.Helpers.push_back("asan_static");
  // A process has one runtime; its executable brings it along.
  if (!WithStatic)
    return R;

  auto AddWhole = [&](bool Needed, StringRef Name, StringRef CXX = "") {
    if (!Needed)
      return;
    R.Whole.push_back(Name);
    if (!CXX.empty() && LinkCXXRuntimes)
      R.Whole.push_back(CXX);
  };
  AddWhole(!Shared && has(SK::Address), "asan", "asan_cxx");
  AddWhole(!Shared && MemoryProfile, "memprof", "memprof_cxx");
  AddWhole(!Shared && has(SK::HWAddress), HWAddressName,
           HWAddressAliases ? "hwasan_aliases_cxx" : "hwasan_cxx");
  AddWhole(has(SK::DataFlow), "dfsan");
  AddWhole(has(SK::Leak) && !has(SK::Address | SK::HWAddress), "lsan");
  AddWhole(has(SK::Memory), "msan", "msan_cxx");
  AddWhole(!Shared && has(SK::NumericalStability), "nsan");
  AddWhole(!Shared && has(SK::Thread), "tsan", "tsan_cxx");
  AddWhole(!Shared && Ubsan, UbsanName,
           MinimalRuntime ? "" : "ubsan_standalone_cxx");
  if (SafeStackRuntime) {
    R.Static.push_back("safestack");
    R.RequiredSymbols.push_back("__safestack_init");
  }
  if (!(Shared && Ubsan) && CrossDsoCFI && !ImplicitCFIRuntime) {
    const bool Diagnosing = Kinds & SK::CFI & ~Trapping;
    AddWhole(!Diagnosing, "cfi");
    AddWhole(Diagnosing, "cfi_diag", "ubsan_standalone_cxx");
  }
  if (Stats) {
    R.Static.push_back("stats");
    R.RequiredSymbols.push_back("__sanitizer_stats_register");
  }
  AddWhole(!Shared && has(SK::Scudo), "scudo_standalone",
           "scudo_standalone_cxx");
  return R;
}

SmallVector<SanitizerArgs::DarwinRuntime, 4>
SanitizerArgs::getDarwinRuntimes() const {
  SmallVector<DarwinRuntime, 4> R;
  if (!LinkRuntimes)
    return R;
  auto Add = [&](bool Needed, StringRef Name, bool IsShared = true) {
    if (Needed)
      R.push_back({Name, IsShared});
  };
  Add(has(SK::Address), "asan");
  Add(has(SK::Leak) && !has(SK::Address | SK::HWAddress), "lsan");
  Add(needUbsan(), MinimalRuntime ? "ubsan_minimal" : "ubsan");
  Add(has(SK::Thread), "tsan");
  Add(Stats, "stats_client", false);
  Add(Stats, "stats");
  return R;
}

StringRef SanitizerArgs::getStaticDarwinRuntime() const {
  if (Shared)
    return "";
  if (needUbsan())
    return "UndefinedBehaviorSanitizer";
  if (has(SK::Address))
    return "AddressSanitizer";
  return has(SK::Thread) ? "ThreadSanitizer" : "";
}

bool SanitizerArgs::needRuntime() const {
  Runtimes R = getRuntimes(/*WithStatic=*/true);
  return !R.Shared.empty() || !R.Helpers.empty() || !R.Whole.empty() ||
         !R.Static.empty() || needFuzzer();
}
