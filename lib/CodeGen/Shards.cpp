//===- Shards.cpp - Cut a module into parts -------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/Shards.h"
#include "ShardsImpl.h"

#include "llvm/Bitcode/BitcodeReader.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::shards;

Expected<ShardedModule> ShardedModule::create(std::unique_ptr<Module> M,
                                              const ShardOptions &Options) {
  if (Error E = M->materializeAll())
    return std::move(E);
  ModuleGraph G(*M);
  if (Error E = buildGraph(G))
    return std::move(E);
  unsigned NumShards = planShards(G, Options.NumShards);
  std::vector<ShardGuests> Guests = distribute(G, NumShards);

  ShardedModule Result;
  Result.Identifier = M->getModuleIdentifier();
  auto AddSymbol = [&](StringRef Key, const Definition &D) {
    if (!Key.empty() && !D.IsReplicated)
      Result.Symbols[Key] = {D.Shard, D.GV->getName().str()};
  };
  std::vector<std::string> OldNames;
  for (const Definition &D : G.Defs)
    OldNames.push_back(D.GV->getName().str());
  promote(G);
  for (auto [OldName, D] : zip_equal(OldNames, G.Defs)) {
    AddSymbol(OldName, D);
    AddSymbol(D.GV->getName(), D);
  }

  std::vector<SmallVector<char, 0>> Bitcode = writeShards(G, Guests);
  for (auto [Guest, Bytes] : zip_equal(Guests, Bitcode))
    Result.Shards.push_back({Guest.Weight, std::move(Bytes)});
  return std::move(Result);
}

std::optional<unsigned> ShardedModule::findShard(StringRef Symbol) const {
  auto It = Symbols.find(Symbol);
  return It == Symbols.end() ? std::nullopt
                             : std::optional<unsigned>(It->second.Shard);
}

StringRef ShardedModule::getSymbol(StringRef Name) const {
  auto It = Symbols.find(Name);
  return It == Symbols.end() ? Name : StringRef(It->second.Name);
}

Expected<std::unique_ptr<Module>>
ShardedModule::load(unsigned Shard, LLVMContext &Context) const {
  return parseBitcodeFile(MemoryBufferRef(getBitcode(Shard), Identifier),
                          Context);
}
