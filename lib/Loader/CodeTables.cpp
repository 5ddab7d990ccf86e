//===- CodeTables.cpp - the code of a target ------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeTables.h"

using namespace llvm;
using namespace pkgimg;

using Shard = BasicImageShard<uint64_t>;
using ShardClones = BasicShardClones<uint64_t>;

CodeTables pkgimg::getCodeTables(const ImageTables &Tables, uint32_t Target) {
  CodeTables Result;
  Result.Functions.resize(Tables.NumFunctions);
  for (const Shard &S : Tables.Shards) {
    const ShardClones &Chosen = S.Clones[Target];
    uint32_t GroupIndex = Chosen.IsGroup ? Target : Chosen.Base;
    const ShardClones &Group = S.Clones[GroupIndex];

    // Every function has code of the group; then the clones over it.
    std::vector<FunctionCode> Code(S.Functions.size());
    for (size_t I = 0; I < Code.size(); ++I)
      Code[I] = {GroupIndex ? Group.Functions[I] : S.Functions[I], GroupIndex};
    std::vector<bool> UseSlots(S.Functions.size());
    for (uint32_t Function : Group.Indices)
      UseSlots[Function] = true;
    if (!Chosen.IsGroup)
      for (size_t I = 0; I < Chosen.Indices.size(); ++I) {
        uint32_t Function = Chosen.Indices[I] & ~ShardClones::UseSlots;
        // A function with slots is here in any case, if only with the base's
        // code.
        if (Chosen.Functions[I] != Code[Function].Address)
          Code[Function] = {Chosen.Functions[I], Target};
        if (Chosen.Indices[I] & ShardClones::UseSlots)
          UseSlots[Function] = true;
      }

    for (size_t I = 0; I < Code.size(); ++I)
      Result.Functions[S.FunctionIndices[I]] = Code[I];
    for (const auto &Slot : S.CloneSlots)
      if (UseSlots[Slot.Function])
        Result.Slots.push_back({Slot.Slot, Code[Slot.Function].Address});
  }
  return Result;
}
