//===- TargetSelection.cpp - which code of an image to run ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/TargetSelection.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/Twine.h"
#include <tuple>

using namespace llvm;
using namespace pkgimg;

SelectionRules pkgimg::getSelectionRules(ImageDialect Dialect) {
  switch (Dialect) {
  case ImageDialect::Julia1_9:
  case ImageDialect::Julia1_10:
  case ImageDialect::Julia1_11:
  case ImageDialect::Julia1_13:
    return SelectionRules::Julia1_9;
  case ImageDialect::Julia1_14:
    return SelectionRules::Julia1_14;
  case ImageDialect::PkgImg:
    return SelectionRules::PkgImg;
  }
  llvm_unreachable("unknown dialect");
}

std::string TargetVerdict::message() const {
  if (Accepted)
    return "accepted";
  if (!Missing.empty())
    return "needs " + join(Missing, ", ") + ", which the processor lacks";
  return ("its base, target " + Twine(*RefusedBase) + ", is refused").str();
}

/// Whether \p Feature means code with registers of 32 bytes at least. What was
/// found in code are the features of its instructions, without what they imply.
static bool hasAVXRegisters(StringRef Feature) {
  return Feature.starts_with("avx") ||
         StringSwitch<bool>(Feature)
             .Cases("f16c", "fma", "fma4", "vaes", "vpclmulqdq", "xop", true)
             .Default(false);
}

static unsigned getVectorBytes(const Triple &T, ArrayRef<std::string> Features,
                               SelectionRules Rules) {
  if (T.isX86()) {
    bool HasAVX512 = any_of(Features, [](StringRef F) {
      return F.starts_with("avx512") || F.starts_with("avx10.");
    });
    // Up to 1.13 Julia has no evex512, and AVX-512 has all its registers.
    if (HasAVX512 && (Rules == SelectionRules::Julia1_9 ||
                      is_contained(Features, "evex512")))
      return 64;
    return any_of(Features, hasAVXRegisters) ? 32 : 16;
  }
  if (T.isAArch64())
    return any_of(Features,
                  [](StringRef F) {
                    return F.starts_with("sve") || F.starts_with("sme");
                  })
               ? 256
               : 16;
  if (T.isRISCV()) {
    auto has = [&](StringRef F) { return is_contained(Features, F); };
    return has("v") || has("zve64d") ? 128 : has("zve32x") ? 32 : 0;
  }
  return 16;
}

/// Julia's name of a processor, up to 1.13, as LLVM's: the aliases of
/// src/processor_x86.cpp.
static StringRef getLLVMName(StringRef Name) {
  return StringSwitch<StringRef>(Name)
      .Case("atom", "bonnell")
      .Case("slm", "silvermont")
      .Case("glm", "goldmont")
      .Case("corei7", "nehalem")
      .Case("corei7-avx", "sandybridge")
      .Case("core-avx-i", "ivybridge")
      .Case("core-avx2", "haswell")
      .Case("skx", "skylake-avx512")
      .Default(Name);
}

TargetSelection pkgimg::selectTarget(const CPUTargets &Targets,
                                     SelectionRules Rules, const HostInfo &Host,
                                     ArrayRef<std::vector<uint32_t>> Bases) {
  TargetSelection Result;
  Result.Verdicts.reserve(Targets.Targets.size());
  for (const CPUTarget &T : Targets.Targets) {
    uint32_t Index = Result.Verdicts.size();
    TargetVerdict &V = Result.Verdicts.emplace_back();
    const std::vector<std::string> &Needed =
        Rules == SelectionRules::PkgImg && (T.Flags & CPUTarget::HasUsed)
            ? T.Used
            : T.Enabled;
    copy_if(Needed, std::back_inserter(V.Missing),
            [&](StringRef F) { return !Host.has(F); });
    sort(V.Missing);
    V.VectorBytes = getVectorBytes(Host.TheTriple, Needed, Rules);
    V.NumFeatures = T.Enabled.size();
    V.IsNamed = !Host.CPU.empty() && getLLVMName(T.Name) == Host.CPU;

    std::vector<uint32_t> Own;
    if (Index < Bases.size())
      Own = Bases[Index];
    else if (T.Base < Index)
      Own = {T.Base};
    for (uint32_t Base : Own) {
      const TargetVerdict &B = Result.Verdicts[Base];
      if (!B.Accepted && !V.RefusedBase)
        V.RefusedBase = Base;
      V.VectorBytes = std::max(V.VectorBytes, B.VectorBytes);
    }
    V.Accepted = V.Missing.empty() && !V.RefusedBase;
  }

  // The order of preference; the later of two equals wins.
  auto rank = [&](const TargetVerdict &V) {
    return std::make_tuple(Rules == SelectionRules::Julia1_9 && V.IsNamed,
                           V.VectorBytes, V.NumFeatures);
  };
  const TargetVerdict *Best = nullptr, *Second = nullptr;
  for (const TargetVerdict &V : Result.Verdicts) {
    if (!V.Accepted)
      continue;
    if (!Best || rank(V) >= rank(*Best))
      Second = std::exchange(Best, &V);
    else if (!Second || rank(V) >= rank(*Second))
      Second = &V;
  }
  if (!Best)
    return Result;
  Result.Chosen = Best - Result.Verdicts.data();
  auto [Named, VectorBytes, NumFeatures] = rank(*Best);
  if (!Second)
    Result.Reason =
        Result.Verdicts.size() == 1 ? "the only one" : "the only one accepted";
  else if (Named != std::get<0>(rank(*Second)))
    Result.Reason = "named as the processor";
  else if (VectorBytes != Second->VectorBytes)
    Result.Reason =
        ("the largest vector registers (" + Twine(VectorBytes) + " bytes)")
            .str();
  else if (NumFeatures != Second->NumFeatures)
    Result.Reason = ("the most features (" + Twine(NumFeatures) + ")").str();
  else
    Result.Reason = "the last of equals";
  return Result;
}

/// Which numbers the feature words of Julia's \p Tables have.
static FeatureNumbering getNumbering(const ImageTables &Tables) {
  if (Tables.DataHeader)
    if (auto V = parseJuliaVersion(Tables.DataHeader->Build.Version))
      return getFeatureNumbering(*V);
  switch (Tables.Dialect) {
  case ImageDialect::Julia1_14:
    return FeatureNumbering::Julia1_14;
  case ImageDialect::Julia1_13:
    return FeatureNumbering::Julia1_12;
  case ImageDialect::Julia1_11:
    // 1.12 has one word more on x86, and is the same elsewhere.
    for (const CPUTarget &T : Tables.Targets.Targets)
      if (T.EnabledWords.size() ==
          getNumFeatureWords(FeatureNumbering::Julia1_12, Triple::x86_64))
        return FeatureNumbering::Julia1_12;
    return FeatureNumbering::Julia1_9;
  default:
    return FeatureNumbering::Julia1_9;
  }
}

TargetSelection pkgimg::selectTarget(const ImageTables &Tables,
                                     Triple::ArchType Arch,
                                     const HostInfo &Host) {
  SelectionRules Rules = getSelectionRules(Tables.Dialect);
  CPUTargets Targets = Tables.Targets;
  if (Rules != SelectionRules::PkgImg)
    resolveFeatures(Targets, getNumbering(Tables), Arch);

  // What the tables have the loader do; the layouts of Julia up to 1.13 do not
  // store it anywhere else. An image without functions has no shards.
  std::vector<std::vector<uint32_t>> Bases;
  if (!Tables.Shards.empty()) {
    Bases.resize(Targets.Targets.size());
    for (const auto &Shard : Tables.Shards)
      for (size_t I = 0; I < Shard.Clones.size() && I < Bases.size(); ++I)
        if (!Shard.Clones[I].IsGroup &&
            !is_contained(Bases[I], Shard.Clones[I].Base))
          Bases[I].push_back(Shard.Clones[I].Base);
  }
  return selectTarget(Targets, Rules, Host, Bases);
}
