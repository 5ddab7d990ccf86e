//===- AppleTarget.cpp - Platform and version of an Apple link ------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AppleTarget.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

std::optional<VersionTuple> pkgimg::driver::parseAppleRelease(StringRef Text,
                                                              bool &HasMore) {
  HasMore = false;
  unsigned Numbers[3] = {0, 0, 0};
  for (unsigned I = 0; I != 3; ++I) {
    if (Text.consumeInteger(10, Numbers[I]))
      return std::nullopt;
    if (Text.empty())
      break;
    if (I == 2) {
      HasMore = true;
      break;
    }
    if (!Text.consume_front("."))
      return std::nullopt;
  }
  return VersionTuple(Numbers[0], Numbers[1], Numbers[2]);
}

//===----------------------------------------------------------------------===//
// AppleTarget
//===----------------------------------------------------------------------===//

static StringRef getOSName(ApplePlatform Platform) {
  switch (Platform) {
  case ApplePlatform::MacOS:
    return "macosx";
  case ApplePlatform::IOS:
    return "ios";
  case ApplePlatform::TvOS:
    return "tvos";
  case ApplePlatform::WatchOS:
    return "watchos";
  case ApplePlatform::DriverKit:
    return "driverkit";
  case ApplePlatform::XROS:
    return "xros";
  }
  llvm_unreachable("unknown platform");
}

Triple AppleTarget::getEffectiveTriple(Triple T) const {
  T.setOSName((getOSName(Platform) + Version.getAsString()).str());
  if (Environment == AppleEnvironment::Simulator)
    T.setEnvironment(Triple::Simulator);
  else if (Environment == AppleEnvironment::Catalyst)
    T.setEnvironment(Triple::MacABI);
  return T;
}

bool AppleTarget::isMacOSOlderThan(const VersionTuple &V,
                                   const Triple &T) const {
  VersionTuple Oldest =
      Triple(T.getArchName(), "apple", "macos").getMinimumSupportedOSVersion();
  return std::max(NativeVersion, Oldest) < V;
}

//===----------------------------------------------------------------------===//
// AppleTargetFinder
//===----------------------------------------------------------------------===//

struct AppleTargetFinder::Source {
  // In the order of their force. The last two are guesses.
  enum SourceKind {
    TheTriple,
    TargetOS,
    Option,
    EnvironmentVariable,
    SDKName,
    Architecture
  };

  SourceKind Kind;
  ApplePlatform Platform;
  std::string Version;
  /// What the user wrote, for messages.
  std::string Spelling;
  AppleEnvironment Environment = AppleEnvironment::Device;
  /// False if the triple names the system alone.
  bool HasVersion = true;
  /// Whether a device with an x86 processor is a simulator.
  bool InferSimulator = true;
  /// For Catalyst, the version of macOS.
  VersionTuple NativeVersion = {};
  std::optional<Triple> Variant = std::nullopt;

  bool isGuess() const { return Kind >= SDKName; }
};

static ApplePlatform getPlatform(Triple::OSType OS) {
  switch (OS) {
  case Triple::IOS:
    return ApplePlatform::IOS;
  case Triple::TvOS:
    return ApplePlatform::TvOS;
  case Triple::WatchOS:
    return ApplePlatform::WatchOS;
  case Triple::XROS:
    return ApplePlatform::XROS;
  case Triple::DriverKit:
    return ApplePlatform::DriverKit;
  default:
    return ApplePlatform::MacOS;
  }
}

/// The version of macOS for a self-contained link that names none.
static VersionTuple getDefaultMacOSVersion(const Triple &T) {
  // arm64 begins with 11.0. For x86, Apple's tools of today (from Xcode 14 on)
  // link for 10.13 and later.
  return T.getArch() == Triple::aarch64 ? VersionTuple(11, 0, 0)
                                        : VersionTuple(10, 13, 0);
}

/// Returns three numbers, whatever \p V has.
static std::string formatVersion(const VersionTuple &V) {
  return VersionTuple(V.getMajor(), V.getMinor().value_or(0),
                      V.getSubminor().value_or(0))
      .getAsString();
}

std::string AppleTargetFinder::getTripleVersion(Triple::OSType OS) {
  VersionTuple V;
  switch (OS) {
  case Triple::IOS:
    V = T.isMacCatalystEnvironment() && !T.getOSMajorVersion()
            ? VersionTuple(13, 1)
            : T.getiOSVersion();
    break;
  case Triple::TvOS:
    V = T.getOSVersion();
    break;
  case Triple::WatchOS:
    V = T.getWatchOSVersion();
    break;
  case Triple::XROS:
    V = T.getOSVersion();
    if (!V.getMajor())
      V = VersionTuple(1);
    break;
  case Triple::DriverKit:
    V = T.getDriverKitVersion();
    break;
  default: {
    const Triple Host(sys::getProcessTriple());
    if (!Hosted && !T.getOSMajorVersion())
      V = getDefaultMacOSVersion(T);
    else if (T.isMacOSX() && Host.isMacOSX() && !T.getOSMajorVersion())
      Host.getMacOSXVersion(V);
    else if (!T.getMacOSXVersion(V))
      Diags.error("invalid Darwin version number: " + T.getOSName() +
                  "; expected darwin4, macos10.0 or a later one");
    break;
  }
  }
  return formatVersion(V);
}

void AppleTargetFinder::setEnvironment(Source &S,
                                       Triple::EnvironmentType Environment,
                                       const VersionTuple &Version) {
  if (Environment == Triple::Simulator) {
    S.Environment = AppleEnvironment::Simulator;
    return;
  }
  if (Environment != Triple::MacABI)
    return;
  S.Environment = AppleEnvironment::Catalyst;
  // Catalyst began with macOS 10.15.
  S.NativeVersion = VersionTuple(10, 15);
  if (S.HasVersion && SDK)
    if (std::optional<VersionTuple> V =
            SDK->CatalystToMacOS.map(Version, S.NativeVersion))
      S.NativeVersion = *V;
  // For both at once, the older of the two macOS versions counts.
  if (S.Variant && S.Variant->getOSVersion().getMajor())
    S.NativeVersion = std::min(S.NativeVersion, S.Variant->getOSVersion());
}

std::optional<AppleTargetFinder::Source>
AppleTargetFinder::fromTriple(const ArgList &Args) {
  const Arg *TargetArg = Args.getLastArg(OPT_target);
  if (!TargetArg || T.getOS() == Triple::Darwin ||
      T.getOS() == Triple::UnknownOS)
    return std::nullopt;
  Source S{Source::TheTriple, getPlatform(T.getOS()),
           getTripleVersion(T.getOS()), TargetArg->getAsString(Args)};
  S.HasVersion = T.getOSVersion().getMajor() != 0;

  for (const Arg *A : Args.filtered(OPT_darwin_target_variant)) {
    Triple V(A->getValue());
    bool SameMachine = (T.getArch() == Triple::aarch64 ||
                        V.getArchName() == T.getArchName()) &&
                       V.getArch() == T.getArch() &&
                       V.getSubArch() == T.getSubArch() &&
                       V.getVendor() == T.getVendor();
    if (!SameMachine || S.Variant)
      continue;
    A->claim();
    bool Pair = (T.isMacOSX() && V.getOS() == Triple::IOS &&
                 V.isMacCatalystEnvironment()) ||
                (V.isMacOSX() && T.getOS() == Triple::IOS &&
                 T.isMacCatalystEnvironment());
    if (Pair)
      S.Variant = V;
    else
      Diags.error("unsupported '" + A->getSpelling() + "' value '" +
                  A->getValue() +
                  "'; use 'ios-macabi' for a macOS target, and 'macos' for a "
                  "Mac Catalyst one");
  }
  setEnvironment(S, T.getEnvironment(), T.getOSVersion());
  return S;
}

std::optional<AppleTargetFinder::Source>
AppleTargetFinder::fromTargetOS(const ArgList &Args) {
  const Arg *A = Args.getLastArg(OPT_mtargetos_EQ);
  if (!A)
    return std::nullopt;
  Triple Named(Twine("unknown-apple-") + A->getValue());
  switch (Named.getOS()) {
  case Triple::MacOSX:
  case Triple::IOS:
  case Triple::TvOS:
  case Triple::WatchOS:
  case Triple::XROS:
    break;
  default:
    Diags.error("invalid OS value '" + Named.getOSName() + "' in '" +
                A->getAsString(Args) +
                "'; expected macos, ios, tvos, watchos or xros, and a version");
    return std::nullopt;
  }
  VersionTuple V = Named.getOSVersion();
  if (!V.getMajor()) {
    Diags.error("invalid version number in '" + A->getAsString(Args) +
                "'; expected one behind the system's name, as in ios14.2");
    return std::nullopt;
  }
  Source S{Source::TargetOS, getPlatform(Named.getOS()), V.getAsString(),
           A->getAsString(Args)};
  S.InferSimulator = false;
  setEnvironment(S, Named.getEnvironment(), V);
  return S;
}

std::optional<AppleTargetFinder::Source>
AppleTargetFinder::fromVersionOptions(const ArgList &Args) {
  struct Family {
    ApplePlatform Platform;
    const Arg *A;
    OptSpecifier Simulator;
  };
  const Family Families[] = {
      {ApplePlatform::MacOS, Args.getLastArg(OPT_mmacos_version_min_EQ),
       OptSpecifier()},
      {ApplePlatform::IOS,
       Args.getLastArg(OPT_mios_version_min_EQ,
                       OPT_mios_simulator_version_min_EQ),
       OPT_mios_simulator_version_min_EQ},
      {ApplePlatform::TvOS,
       Args.getLastArg(OPT_mtvos_version_min_EQ,
                       OPT_mtvos_simulator_version_min_EQ),
       OPT_mtvos_simulator_version_min_EQ},
      {ApplePlatform::WatchOS,
       Args.getLastArg(OPT_mwatchos_version_min_EQ,
                       OPT_mwatchos_simulator_version_min_EQ),
       OPT_mwatchos_simulator_version_min_EQ}};
  const Family *Found = nullptr;
  for (const Family &F : Families) {
    if (!F.A)
      continue;
    if (Found) {
      Diags.error("invalid argument '" + Found->A->getAsString(Args) +
                  "' not allowed with '" + F.A->getAsString(Args) +
                  "': an image is for one system; leave one of them out");
      break;
    }
    Found = &F;
  }
  if (!Found)
    return std::nullopt;
  Source S{Source::Option, Found->Platform, Found->A->getValue(),
           Found->A->getAsString(Args)};
  if (Found->Simulator.isValid() &&
      Found->A->getOption().matches(Found->Simulator))
    S.Environment = AppleEnvironment::Simulator;
  return S;
}

std::optional<AppleTargetFinder::Source> AppleTargetFinder::fromEnvironment() {
  struct Variable {
    const char *Name;
    ApplePlatform Platform;
    std::string Value;
  };
  Variable Variables[] = {
      {"MACOSX_DEPLOYMENT_TARGET", ApplePlatform::MacOS, ""},
      {"IPHONEOS_DEPLOYMENT_TARGET", ApplePlatform::IOS, ""},
      {"TVOS_DEPLOYMENT_TARGET", ApplePlatform::TvOS, ""},
      {"WATCHOS_DEPLOYMENT_TARGET", ApplePlatform::WatchOS, ""},
      {"DRIVERKIT_DEPLOYMENT_TARGET", ApplePlatform::DriverKit, ""},
      {"XROS_DEPLOYMENT_TARGET", ApplePlatform::XROS, ""}};
  bool HasMacOS = false, HasOther = false;
  for (Variable &V : Variables) {
    V.Value = GetEnv(V.Name).value_or("");
    if (V.Value.empty())
      continue;
    if (V.Platform == ApplePlatform::MacOS)
      HasMacOS = true;
    else if (V.Platform != ApplePlatform::DriverKit)
      HasOther = true;
  }
  // macOS may stand beside another: the architecture tells which is meant.
  if (HasMacOS && HasOther) {
    bool IsARM = T.getArch() == Triple::arm || T.getArch() == Triple::thumb ||
                 T.getArch() == Triple::aarch64;
    for (Variable &V : Variables)
      if (V.Platform != ApplePlatform::DriverKit &&
          (V.Platform == ApplePlatform::MacOS) == IsARM)
        V.Value.clear();
  } else {
    const Variable *First = nullptr;
    for (const Variable &V : Variables) {
      if (V.Value.empty())
        continue;
      if (First)
        Diags.error("conflicting deployment targets, both '" + First->Value +
                    "' and '" + V.Value + "' are present in environment (" +
                    First->Name + ", " + V.Name + "); unset one of them");
      else
        First = &V;
    }
  }
  for (const Variable &V : Variables)
    if (!V.Value.empty())
      return Source{Source::EnvironmentVariable, V.Platform, V.Value,
                    (Twine(V.Name) + "=" + V.Value).str()};
  return std::nullopt;
}

namespace {
struct SDKPlatform {
  ApplePlatform Platform;
  bool IsSimulator;
};
} // namespace

/// Returns the platform of the SDK called \p Name.
static std::optional<SDKPlatform> getSDKPlatform(StringRef Name) {
  const std::pair<StringRef, SDKPlatform> Known[] = {
      {"iPhoneOS", {ApplePlatform::IOS, false}},
      {"iPhoneSimulator", {ApplePlatform::IOS, true}},
      {"MacOSX", {ApplePlatform::MacOS, false}},
      {"WatchOS", {ApplePlatform::WatchOS, false}},
      {"WatchSimulator", {ApplePlatform::WatchOS, true}},
      {"AppleTVOS", {ApplePlatform::TvOS, false}},
      {"AppleTVSimulator", {ApplePlatform::TvOS, true}},
      {"XR", {ApplePlatform::XROS, Name.contains("Simulator")}},
      {"DriverKit", {ApplePlatform::DriverKit, false}}};
  for (const auto &[Prefix, Platform] : Known)
    if (Name.starts_with(Prefix))
      return Platform;
  return std::nullopt;
}

/// Drops the vendor's part of a name like "internal.MacOSX15.0".
static StringRef dropPrefix(StringRef Name) {
  return Name.contains('.') ? Name.split('.').second : "";
}

std::optional<AppleTargetFinder::Source>
AppleTargetFinder::fromSDK(const ArgList &Args) {
  const Arg *A = Args.getLastArg(OPT_isysroot);
  if (!A)
    return std::nullopt;
  StringRef Name = AppleSDK::getName(A->getValue());
  if (Name.empty())
    return std::nullopt;

  std::string Version;
  if (SDK) {
    Version = SDK->Version.getAsString();
  } else {
    // All from the first digit to the last.
    size_t First = Name.find_first_of("0123456789");
    size_t Last = Name.find_last_of("0123456789");
    if (First != StringRef::npos && Last > First)
      Version = Name.slice(First, Last + 1).str();
  }
  if (Version.empty())
    return std::nullopt;

  std::optional<SDKPlatform> Platform = getSDKPlatform(Name);
  if (!Platform)
    Platform = getSDKPlatform(dropPrefix(Name));
  if (!Platform)
    return std::nullopt;

  // The image of a Mac should run on that Mac, whose SDK may be newer.
  if (Hosted && Platform->Platform == ApplePlatform::MacOS) {
    const Triple Host(sys::getProcessTriple());
    VersionTuple HostVersion;
    bool HasMore;
    std::optional<VersionTuple> V = parseAppleRelease(Version, HasMore);
    if (V && Host.isMacOSX() && Host.getMacOSXVersion(HostVersion) &&
        *V > HostVersion)
      Version = HostVersion.getAsString();
  }
  Source S{Source::SDKName, Platform->Platform, Version, A->getAsString(Args)};
  if (Platform->IsSimulator)
    S.Environment = AppleEnvironment::Simulator;
  S.InferSimulator = false;
  return S;
}

std::optional<AppleTargetFinder::Source> AppleTargetFinder::fromArchitecture() {
  Triple::OSType OS = Triple::MacOSX;
  if (ArchName == "armv7" || ArchName == "armv7s")
    OS = Triple::IOS;
  else if (ArchName == "armv7k" || ArchName == "arm64_32")
    OS = Triple::WatchOS;
  else if (ArchName == "armv6m" || ArchName == "armv7m" ||
           ArchName == "armv7em")
    return std::nullopt;
  return Source{Source::Architecture, getPlatform(OS), getTripleVersion(OS),
                T.str()};
}

std::optional<AppleTargetFinder::Source>
AppleTargetFinder::select(const ArgList &Args) {
  if (std::optional<Source> S = fromTriple(Args)) {
    if (const Arg *A = Args.getLastArg(OPT_mtargetos_EQ))
      Diags.error("cannot specify '" + S->Spelling + "' along with '" +
                  A->getAsString(Args) +
                  "': each names the system; leave one of them out");
    std::optional<Source> O = fromVersionOptions(Args);
    if (!O)
      return S;
    bool SMore, OMore;
    std::optional<VersionTuple> SV = parseAppleRelease(S->Version, SMore);
    std::optional<VersionTuple> OV = parseAppleRelease(O->Version, OMore);
    bool Differs = S->Platform != O->Platform ||
                   (SV && OV && (*SV != *OV || SMore != OMore));
    if (!Differs)
      return S;
    if (S->Platform == O->Platform && !S->HasVersion)
      S->Version = O->Version;
    else
      Diags.warning("overriding '" + O->Spelling + "' option with '" +
                        S->Spelling + "'",
                    "overriding-option");
    return S;
  }

  if (std::optional<Source> S = fromTargetOS(Args)) {
    if (std::optional<Source> O = fromVersionOptions(Args))
      Diags.error("cannot specify '" + S->Spelling + "' along with '" +
                  O->Spelling +
                  "': each names the system; leave one of them out");
    return S;
  }
  if (Args.hasArg(OPT_mtargetos_EQ))
    return std::nullopt;
  if (std::optional<Source> S = fromVersionOptions(Args))
    return S;
  if (std::optional<Source> S = fromEnvironment()) {
    // Whether it is a simulator is the SDK's to say.
    if (std::optional<Source> OfSDK = fromSDK(Args)) {
      S->Environment = OfSDK->Environment;
      S->InferSimulator = false;
    }
    return S;
  }
  if (std::optional<Source> S = fromSDK(Args)) {
    if (!SDK) {
      VersionTuple V;
      if (!V.tryParse(S->Version)) {
        SDK.emplace();
        SDK->Version = V;
      }
    }
    return S;
  }
  return fromArchitecture();
}

void AppleTargetFinder::readSDK(DerivedArgList &Args) {
  const Arg *A = Args.getLastArg(OPT_isysroot);
  if (A) {
    if (!FS.exists(A->getValue()))
      Diags.warning("no such sysroot directory: '" + Twine(A->getValue()) + "'",
                    "missing-sysroot");
  } else if (Hosted) {
    // xcrun and Xcode say so which SDK they mean.
    std::optional<std::string> Env = GetEnv("SDKROOT");
    if (Env && *Env != "/" && sys::path::is_absolute(*Env) && FS.exists(*Env)) {
      Arg *Added = Args.MakeSeparateArg(
          nullptr, getDriverOptTable().getOption(OPT_isysroot), *Env);
      Args.append(Added);
      A = Added;
      A->claim();
    }
  }
  if (!A)
    return;
  Expected<std::optional<AppleSDK>> Read = AppleSDK::read(FS, A->getValue());
  if (Read)
    SDK = std::move(*Read);
  else
    Diags.warning("SDK settings were ignored as 'SDKSettings.json' in '" +
                  Twine(A->getValue()) +
                  "' could not be parsed: " + toString(Read.takeError()));
}

bool AppleTargetFinder::setVersion(const Source &S, AppleTarget &Target) {
  auto Fail = [&](const Twine &Expected) {
    Diags.error("invalid version number in '" + S.Spelling + "'; expected " +
                Expected);
    return false;
  };
  bool HasMore;
  std::optional<VersionTuple> V = parseAppleRelease(S.Version, HasMore);
  if (!V || HasMore)
    return Fail("up to three numbers, as in 13.1.2");
  unsigned Oldest = S.Platform == ApplePlatform::MacOS       ? 10
                    : S.Platform == ApplePlatform::DriverKit ? 19
                    : S.Platform == ApplePlatform::XROS      ? 1
                                                             : 0;
  // 1000 and more would be a year, or a slip.
  if (V->getMajor() < Oldest || V->getMajor() >= 1000 ||
      *V->getMinor() >= 100 || *V->getSubminor() >= 100)
    return Fail("a version from " + Twine(Oldest) + ".0 to 999.99.99");

  Target.Version = *V;
  if (S.Platform != ApplePlatform::IOS)
    return true;
  if (S.Environment == AppleEnvironment::Catalyst && *V < VersionTuple(13, 1))
    return Fail("13.1 or later, as Mac Catalyst has none before");
  // iOS 11 dropped 32-bit processors.
  if (T.isArch32Bit() && V->getMajor() >= 11) {
    if (S.isGuess()) {
      Target.Version = VersionTuple(10, 99, 99);
      return true;
    }
    if (S.Environment == AppleEnvironment::Catalyst)
      Diags.error("32-bit targets are not supported when building for Mac "
                  "Catalyst; name a 64-bit one");
    else
      Diags.error("invalid iOS deployment version '" + S.Spelling +
                  "', iOS 10 is the maximum deployment target for 32-bit "
                  "targets");
    return false;
  }
  return true;
}

/// The beginning of the names of a platform's SDKs.
static StringRef getSDKFamily(const AppleTarget &Target) {
  switch (Target.Platform) {
  case ApplePlatform::MacOS:
    return "MacOSX";
  case ApplePlatform::IOS:
    return Target.isCatalyst() ? "MacOSX" : "iPhone";
  case ApplePlatform::TvOS:
    return "AppleTV";
  case ApplePlatform::WatchOS:
    return "Watch";
  case ApplePlatform::DriverKit:
    return "DriverKit";
  case ApplePlatform::XROS:
    return "XR";
  }
  llvm_unreachable("unknown platform");
}

void AppleTargetFinder::checkSDK(const ArgList &Args,
                                 const AppleTarget &Target) {
  const Arg *A = Args.getLastArg(OPT_isysroot);
  if (!A)
    return;
  StringRef Name = AppleSDK::getName(A->getValue());
  if (Name.empty())
    return;
  StringRef Family = getSDKFamily(Target);
  Name = Name.take_front(Name.find_first_of("0123456789"));
  if (!Name.starts_with(Family) && !dropPrefix(Name).starts_with(Family))
    Diags.warning("using sysroot for '" + Name + "' but targeting '" + Family +
                      "'",
                  "incompatible-sysroot");
}

std::optional<AppleTarget> AppleTargetFinder::find(DerivedArgList &Args) {
  if (!GetEnv)
    GetEnv = [](StringRef Name) { return sys::Process::GetEnv(Name); };
  unsigned Errors = Diags.getNumErrors();
  readSDK(Args);
  std::optional<Source> S = select(Args);
  if (!S || Diags.getNumErrors() != Errors)
    return std::nullopt;

  AppleTarget Target;
  Target.Platform = S->Platform;
  Target.Environment = S->Environment;
  // Apple's devices have no x86 processors.
  if (S->Environment == AppleEnvironment::Device && S->InferSimulator &&
      S->Platform != ApplePlatform::MacOS &&
      S->Platform != ApplePlatform::DriverKit && T.isX86())
    Target.Environment = AppleEnvironment::Simulator;
  if (!setVersion(*S, Target))
    return std::nullopt;
  Target.NativeVersion =
      Target.isCatalyst() ? S->NativeVersion : Target.Version;
  Target.Variant = S->Variant;
  Target.SDK = SDK;
  checkSDK(Args, Target);
  return Target;
}
