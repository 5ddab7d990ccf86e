//===- TargetsYAML.cpp - target data in YAML ------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/FormatYAML/TargetsYAML.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

TargetDataLayout FormatYAML::getLayout(FeatureNumbering Numbering) {
  return Numbering == FeatureNumbering::Julia1_14 ? TargetDataLayout::Julia64
                                                  : TargetDataLayout::Julia32;
}

static std::vector<Text> toTexts(ArrayRef<std::string> Names) {
  return std::vector<Text>(Names.begin(), Names.end());
}

static std::vector<std::string>
toStrings(const std::optional<std::vector<Text>> &Names) {
  std::vector<std::string> Result;
  if (Names)
    for (const Text &Name : *Names)
      Result.push_back(Name.Value);
  // The order in which they are stored.
  llvm::sort(Result);
  Result.erase(std::unique(Result.begin(), Result.end()), Result.end());
  return Result;
}

static std::vector<yaml::Hex64> toHex64(ArrayRef<uint64_t> Words) {
  return std::vector<yaml::Hex64>(Words.begin(), Words.end());
}

/// Returns \p T with names for its words, or nullopt if they say less.
static std::optional<CPUTarget> nameFeatures(const CPUTarget &T,
                                             const TargetContext &Context) {
  if (getFeatureTable(Context.Numbering, Context.Arch).empty() ||
      T.EnabledWords.size() !=
          getNumFeatureWords(Context.Numbering, Context.Arch))
    return std::nullopt;
  CPUTargets One;
  One.Layout = Context.Layout;
  One.Targets.push_back(T);
  resolveFeatures(One, Context.Numbering, Context.Arch);
  CPUTarget Named = One.Targets.front();
  if (Error E = encodeFeatures(One, Context.Numbering, Context.Arch)) {
    consumeError(std::move(E));
    return std::nullopt;
  }
  if (One.Targets.front().EnabledWords != T.EnabledWords ||
      One.Targets.front().DisabledWords != T.DisabledWords)
    return std::nullopt;
  return Named;
}

std::vector<Target> FormatYAML::fromTargets(const CPUTargets &Targets,
                                            const TargetContext &Context) {
  std::vector<Target> List;
  for (const CPUTarget &T : Targets.Targets) {
    Target To;
    To.Name = T.Name;
    uint32_t Flags = T.Flags;
    if (Flags & CPUTarget::HasUsed) {
      Flags &= ~CPUTarget::HasUsed;
      To.Used = toTexts(T.Used);
    }
    for (unsigned Bit = 0; Bit < 32; ++Bit)
      if (Flags >> Bit & 1)
        To.Flags.push_back(TargetFlag{uint32_t(1) << Bit});
    if (T.Base != CPUTarget::NoBase)
      To.Base = T.Base;
    To.ExtFeatures = T.ExtFeatures;
    std::optional<CPUTarget> Named;
    if (Targets.Layout == TargetDataLayout::Named)
      Named = T;
    else
      Named = nameFeatures(T, Context);
    if (Named) {
      if (!Named->Enabled.empty())
        To.Enabled = toTexts(Named->Enabled);
      if (!Named->Disabled.empty())
        To.Disabled = toTexts(Named->Disabled);
    } else {
      To.EnabledWords = toHex64(T.EnabledWords);
      To.DisabledWords = toHex64(T.DisabledWords);
    }
    List.push_back(std::move(To));
  }
  return List;
}

/// Sets the bits of \p More in \p Words, too.
static void addBits(std::vector<uint64_t> &Words, ArrayRef<uint64_t> More) {
  Words.resize(std::max(Words.size(), More.size()));
  for (auto [I, Word] : enumerate(More))
    Words[I] |= Word;
}

Expected<CPUTargets> FormatYAML::toTargets(ArrayRef<Target> List,
                                           const TargetContext &Context) {
  CPUTargets Targets;
  Targets.Layout = Context.Layout;
  bool IsNamed = Context.Layout == TargetDataLayout::Named;
  for (auto [I, T] : enumerate(List)) {
    CPUTarget To;
    To.Name = T.Name.Value;
    for (TargetFlag Flag : T.Flags)
      To.Flags |= Flag.Value;
    To.Base = T.Base.value_or(CPUTarget::NoBase);
    To.ExtFeatures = T.ExtFeatures.Value;
    To.Enabled = toStrings(T.Enabled);
    To.Disabled = toStrings(T.Disabled);
    To.Used = toStrings(T.Used);
    if (T.Used)
      To.Flags |= CPUTarget::HasUsed;
    bool HasWords = !T.EnabledWords.empty() || !T.DisabledWords.empty();
    if (IsNamed) {
      if (HasWords)
        return createStringError("Targets[" + Twine(I) +
                                 "]: our target data has names of features, "
                                 "and no words");
      Targets.Targets.push_back(std::move(To));
      continue;
    }
    if (T.Enabled || T.Disabled || !HasWords) {
      CPUTargets One;
      One.Layout = Context.Layout;
      One.Targets.push_back(std::move(To));
      if (Error E = encodeFeatures(One, Context.Numbering, Context.Arch))
        return createStringError("Targets[" + Twine(I) +
                                 "]: " + toString(std::move(E)));
      To = std::move(One.Targets.front());
    }
    std::vector<uint64_t> Words(T.EnabledWords.begin(), T.EnabledWords.end());
    addBits(To.EnabledWords, Words);
    Words.assign(T.DisabledWords.begin(), T.DisabledWords.end());
    addBits(To.DisabledWords, Words);
    // A list that is left out is all zeros.
    if (To.EnabledWords.empty())
      To.EnabledWords.resize(To.DisabledWords.size());
    else if (To.DisabledWords.empty())
      To.DisabledWords.resize(To.EnabledWords.size());
    Targets.Targets.push_back(std::move(To));
  }
  return Targets;
}

void yaml::ScalarEnumerationTraits<TargetDataLayout>::enumeration(
    IO &IO, TargetDataLayout &Value) {
  IO.enumCase(Value, "Julia32", TargetDataLayout::Julia32);
  IO.enumCase(Value, "Julia64", TargetDataLayout::Julia64);
  IO.enumCase(Value, "Named", TargetDataLayout::Named);
}

void yaml::ScalarEnumerationTraits<FeatureNumbering>::enumeration(
    IO &IO, FeatureNumbering &Value) {
  IO.enumCase(Value, "Julia1_9", FeatureNumbering::Julia1_9);
  IO.enumCase(Value, "Julia1_12", FeatureNumbering::Julia1_12);
  IO.enumCase(Value, "Julia1_14", FeatureNumbering::Julia1_14);
}

void yaml::MappingTraits<Target>::mapping(IO &IO, Target &T) {
  IO.mapRequired("Name", T.Name);
  IO.mapOptional("Flags", T.Flags);
  IO.mapOptional("Base", T.Base);
  IO.mapOptional("Enabled", T.Enabled);
  IO.mapOptional("Disabled", T.Disabled);
  IO.mapOptional("Used", T.Used);
  IO.mapOptional("EnabledWords", T.EnabledWords);
  IO.mapOptional("DisabledWords", T.DisabledWords);
  IO.mapOptional("ExtFeatures", T.ExtFeatures, Text());
}
