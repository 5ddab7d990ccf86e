//===- ShardsImpl.h - Parts of the cutter -----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the steps of cutting a module share. They run in the order of this
/// file: graph, plan, distribution, promotion, writing.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_SHARDSIMPL_H
#define PKGIMG_LIB_CODEGEN_SHARDSIMPL_H

#include "pkgimg/CodeGen/Shards.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/IR/Module.h"

namespace pkgimg::shards {

inline constexpr unsigned NoShard = ~0u;

/// A use of one definition by another.
struct Reference {
  /// Number of the definition that is used.
  unsigned To;
  /// Call sites; 0 if it is used in other ways alone.
  unsigned Calls;
};

/// A definition of the module. Declarations and the lists of llvm.used,
/// llvm.global_ctors and so on are none.
struct Definition {
  llvm::GlobalValue *GV = nullptr;
  uint64_t Weight = 0;
  /// Of functions: what the inliner would count.
  unsigned InlineCost = 0;
  /// Copied into each shard that uses it; see Shards.h. It is in no unit.
  bool IsReplicated = false;
  /// Its body cannot be copied, or is useless in a copy for the inliner.
  bool IsFixed = false;
  bool CallsItself = false;
  /// It has a use that is not a call.
  bool IsAddressTaken = false;
  /// Another shard than its own refers to it.
  bool IsShared = false;
  /// Must be in shard 0.
  bool IsPinned = false;
  /// One for each definition that it uses, but not itself; in the order of
  /// first use.
  llvm::SmallVector<Reference, 4> Refs;
  llvm::SmallVector<unsigned, 4> Users;
  unsigned Shard = NoShard;
};

/// The definitions and what they refer to.
struct ModuleGraph {
  explicit ModuleGraph(llvm::Module &M) : M(M) {}

  llvm::Module &M;
  /// Functions, then variables, aliases and ifuncs, each in the order of the
  /// module.
  std::vector<Definition> Defs;
  llvm::DenseMap<const llvm::GlobalValue *, unsigned> Index;
  /// Definitions that must be in one shard, pair by pair.
  std::vector<std::pair<unsigned, unsigned>> Bonds;
  /// The module must not be cut.
  bool IsWhole = false;

  Definition *find(const llvm::GlobalValue *GV) {
    auto Found = Index.find(GV);
    return Found == Index.end() ? nullptr : &Defs[Found->second];
  }
};

/// Whether \p GV is one of the lists that the code generator reads, or the list
/// of annotations: they are filtered, not placed.
bool isList(const llvm::GlobalVariable &GV);

/// What \p Entry, an element of llvm.used or the like, stands for; or null.
llvm::GlobalValue *getListed(const llvm::Value *Entry);

/// Fills a graph. ShardsGraph.cpp.
llvm::Error buildGraph(ModuleGraph &G);

/// Sets Definition::Shard of all that is not replicated, and returns the number
/// of shards. ShardsPlan.cpp.
unsigned planShards(ModuleGraph &G, unsigned NumShards);

/// The definitions, by number, that a shard has from elsewhere.
struct ShardGuests {
  llvm::SetVector<unsigned> Copies;
  llvm::SetVector<unsigned> Imports;
  /// Of the shard's own definitions, and with all guests.
  uint64_t OwnWeight = 0, Weight = 0;
};

/// Decides what each shard gets, and sets Definition::IsShared.
/// ShardsPromote.cpp.
std::vector<ShardGuests> distribute(ModuleGraph &G, unsigned NumShards);

/// Gives shared symbols the linkage and names that they need.
/// ShardsPromote.cpp.
void promote(ModuleGraph &G);

/// Returns the bitcode of each shard, without symbol tables. The module has
/// lost what its metadata said of symbols. ShardsSplit.cpp.
std::vector<llvm::SmallVector<char, 0>>
writeShards(ModuleGraph &G, llvm::ArrayRef<ShardGuests> Guests);

} // namespace pkgimg::shards

#endif // PKGIMG_LIB_CODEGEN_SHARDSIMPL_H
