//===- TargetDataMutator.cpp - Change target data in its parts ------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A mutator that knows the layouts, so that what it makes can mostly be read.
///
//===----------------------------------------------------------------------===//

#include "Fuzzing.h"
#include "pkgimg/Format/CPUTargets.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <random>

using namespace llvm;
using namespace pkgimg;

namespace {
class TargetDataMutator {
public:
  explicit TargetDataMutator(unsigned Seed) : Random(Seed) {}

  uint64_t below(uint64_t N) { return Random() % N; }

  /// Makes one change to \p Targets.
  void mutate(CPUTargets &Targets) {
    std::vector<CPUTarget> &List = Targets.Targets;
    switch (below(8)) {
    case 0:
      if (List.size() < MaxCPUTargets)
        List.push_back(List.empty() ? CPUTarget() : List[below(List.size())]);
      break;
    case 1:
      if (!List.empty())
        List.erase(List.begin() + below(List.size()));
      break;
    case 2:
      Targets.Layout = TargetDataLayout(below(3));
      break;
    default:
      if (!List.empty())
        mutate(List[below(List.size())]);
    }
    // Bases and flags that the layout cannot hold.
    for (auto [Index, T] : enumerate(List)) {
      bool IsJulia32 = Targets.Layout == TargetDataLayout::Julia32;
      if (IsJulia32 || T.Base >= Index)
        T.Base = CPUTarget::NoBase;
      if (IsJulia32)
        T.Flags &= CPUTarget::VecCall | CPUTarget::UnknownName;
      if (Targets.Layout != TargetDataLayout::Named)
        T.Flags &= ~CPUTarget::HasUsed;
      else
        T.ExtFeatures.clear();
      if (!(T.Flags & CPUTarget::HasUsed))
        T.Used.clear();
      if (IsJulia32)
        for (std::vector<uint64_t> *Words : {&T.EnabledWords, &T.DisabledWords})
          for (uint64_t &Word : *Words)
            Word = uint32_t(Word);
      T.DisabledWords.resize(T.EnabledWords.size());
    }
  }

private:
  void mutate(CPUTarget &T) {
    switch (below(7)) {
    case 0:
      T.Name = text();
      break;
    case 1:
      T.Flags ^= 1u << below(32);
      break;
    case 2:
      T.Base = below(4) ? below(8) : CPUTarget::NoBase;
      break;
    case 3:
      T.EnabledWords.resize(below(17));
      for (uint64_t &Word : T.EnabledWords)
        if (below(2))
          Word ^= uint64_t(1) << below(64);
      break;
    case 4:
      T.ExtFeatures = text();
      break;
    default: {
      std::vector<std::string> &Features = below(2) ? T.Enabled : T.Disabled;
      if (Features.size() > 4)
        Features.erase(Features.begin() + below(Features.size()));
      Features.push_back("f" + text());
      sort(Features);
      Features.erase(std::unique(Features.begin(), Features.end()),
                     Features.end());
    }
    }
    erase_if(T.Used, [&](const std::string &Feature) {
      return !is_contained(T.Enabled, Feature);
    });
    if (T.Used.empty() && !T.Enabled.empty()) {
      T.Flags |= CPUTarget::HasUsed;
      T.Used.push_back(T.Enabled[below(T.Enabled.size())]);
    }
  }

  std::string text() {
    std::string Text;
    for (uint64_t I = below(12); I; --I)
      Text += char('a' + below(26));
    return Text;
  }

  std::mt19937_64 Random;
};
} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *Data, size_t Size,
                                          size_t MaxSize, unsigned Seed) {
  TargetDataMutator Mutator(Seed);
  StringRef Blob(reinterpret_cast<const char *>(Data), Size);
  std::optional<TargetDataLayout> Named = identifyTargetData(Blob);
  TargetDataLayout Layout = Named              ? *Named
                            : Mutator.below(2) ? TargetDataLayout::Julia32
                                               : TargetDataLayout::Julia64;
  bool IsLittleEndian = Mutator.below(4);
  if (Mutator.below(2)) {
    Expected<CPUTargets> Targets = readTargetData(Blob, Layout, IsLittleEndian);
    if (Targets) {
      Mutator.mutate(*Targets);
      Expected<std::string> Bytes = writeTargetData(*Targets, IsLittleEndian);
      if (Bytes && Bytes->size() <= MaxSize) {
        llvm::copy(*Bytes, Data);
        return Bytes->size();
      }
      consumeError(Bytes.takeError());
    } else {
      consumeError(Targets.takeError());
    }
  }
  return LLVMFuzzerMutate(Data, Size, MaxSize);
}
