//===- Host.cpp - the processor that images are loaded for ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/Host.h"
#include "HostFeatures.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/TargetParser/Host.h"

#if defined(__linux__)
#include <sys/auxv.h>
#endif

using namespace llvm;
using namespace pkgimg;

bool HostInfo::has(StringRef Feature) const {
  auto It = Features.find(Feature);
  if (It != Features.end() && It->second)
    return true;
  return isAlwaysPresent(TheTriple, Feature);
}

std::vector<std::string> HostInfo::getFeatureNames() const {
  std::vector<std::string> Names;
  for (const auto &Entry : Features)
    if (Entry.second)
      Names.push_back(Entry.getKey().str());
  sort(Names);
  return Names;
}

#if defined(__linux__) && defined(__aarch64__)
static void addOSFeatures(HostInfo &Host) {
  addAArch64HWCaps(Host.Features, getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
}
#elif defined(__linux__) && defined(__riscv)
static void addOSFeatures(HostInfo &Host) {
  addRISCVHWCaps(Host.Features, __riscv_xlen, getauxval(AT_HWCAP));
}
#else
static void addOSFeatures(HostInfo &Host) {
  const Triple &T = Host.TheTriple;
  if (T.isPPC())
    addPPCFeatures(Host.Features, Host.CPU);
  // What LLVM detects here is little or nothing; the name tells more. What is
  // detected to be absent stays so.
  if (!T.isAArch64() && !T.isARM() && !T.isThumb())
    return;
  std::unique_ptr<ArchFeatures> Arch = ArchFeatures::create(T);
  std::optional<FeatureMap> Known = Arch->getCPU(Host.CPU);
  if (!Known)
    Known = Arch->getCPU("generic");
  if (Known)
    for (const auto &Entry : *Known)
      Host.Features.try_emplace(Entry.getKey(), Entry.second);
}
#endif

HostInfo pkgimg::detectHost() {
  HostInfo Host;
  Host.TheTriple = Triple(sys::getProcessTriple());
  Host.CPU = sys::getHostCPUName().str();
  Host.Features = sys::getHostCPUFeatures();
  addOSFeatures(Host);
  return Host;
}

/// ", did you mean 'X'?" for the one of \p Known that is nearest to \p Name, if
/// one is near.
static std::string suggest(StringRef Name, ArrayRef<std::string> Known) {
  unsigned Best = unsigned(Name.size()) / 3 + 2;
  StringRef Nearest;
  for (StringRef Candidate : Known) {
    unsigned Distance = Name.edit_distance(Candidate, true, Best);
    if (Distance < Best) {
      Best = Distance;
      Nearest = Candidate;
    }
  }
  if (Nearest.empty())
    return std::string();
  return ("; did you mean '" + Nearest + "'?").str();
}

Expected<HostInfo> pkgimg::makeHost(const Triple &T, StringRef Spec) {
  SmallVector<StringRef, 8> Tokens;
  Spec.split(Tokens, ',');
  auto fail = [&](StringRef At, const Twine &Message) {
    return createStringError("processor '" + Spec + "', column " +
                             Twine(At.data() - Spec.data() + 1) + ": " +
                             Message);
  };

  HostInfo Host;
  Host.TheTriple = T;
  Host.CPU = Tokens[0].str();
  if (Tokens[0].empty())
    return fail(Tokens[0], "expected the name of a processor, found nothing");
  std::unique_ptr<ArchFeatures> Arch = ArchFeatures::create(T);
  if (Tokens[0] == "native") {
    Host = detectHost();
    if (Host.TheTriple.getArch() != T.getArch())
      return fail(Tokens[0],
                  "'native' is a processor for " +
                      Triple::getArchTypeName(Host.TheTriple.getArch()) +
                      ", expected one for " +
                      Triple::getArchTypeName(T.getArch()));
    Host.TheTriple = T;
    if (Tokens.size() == 1)
      return Host;
  }
  if (!Arch)
    return fail(Tokens[0],
                "no processors are known by name for " +
                    Triple::getArchTypeName(T.getArch()) +
                    "; 'native' without features is all that can be given");
  if (Tokens[0] != "native") {
    std::optional<FeatureMap> Features = Arch->getCPU(Tokens[0]);
    if (!Features)
      return fail(Tokens[0], "'" + Tokens[0] + "' is no processor for " +
                                 Triple::getArchTypeName(T.getArch()) +
                                 suggest(Tokens[0], Arch->getCPUNames()));
    Host.Features = std::move(*Features);
  }

  for (StringRef Token : ArrayRef(Tokens).drop_front()) {
    if (!Token.starts_with("+") && !Token.starts_with("-"))
      return fail(Token, "expected '+' or '-' and the name of a feature, found "
                         "'" +
                             Token + "'");
    StringRef Name = Token.drop_front();
    if (!Arch->isFeature(Name))
      return fail(Token, "'" + Name + "' is no feature for " +
                             Triple::getArchTypeName(T.getArch()) +
                             suggest(Name, Arch->getFeatureNames()));
    Arch->set(Host.Features, Name, Token[0] == '+');
  }
  return Host;
}
