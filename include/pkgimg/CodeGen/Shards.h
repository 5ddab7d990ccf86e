//===- Shards.h - Cut a module into parts -----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Cuts a module, after multi-versioning and before optimisation, into shards:
/// modules that are optimised and emitted independently, each in a context of
/// its own, and whose objects are linked together.
///
/// \section shard_units What stays together
/// Definitions form units that are never cut: a comdat group; an alias or ifunc
/// and what it stands for; functions joined by `blockaddress`,
/// `llvm.localrecover` or `llvm.eh.recoverfp`, and variables that hold such an
/// address; variables joined by `!associated`; a function, its clones and its
/// `reloc_slot`; the constructors and destructors of `llvm.global_ctors` and
/// `llvm.global_dtors` without associated data, which are in shard 0 with the
/// lists. An entry with associated data goes with that, for code generation
/// drops it where the data is only declared. A local symbol that has but one
/// user joins it, up to the size that the inliner would still take for its one
/// call. Local symbols of `llvm.used` and `llvm.compiler.used` that inline
/// assembly names keep their names, and all users of them stay together.
///
/// A module is not cut at all if it has module-level inline assembly and
/// symbols with internal linkage, which the assembly may name; calls of
/// `llvm.type.test`, `llvm.type.checked.load` or `llvm.icall.branch.funnel`,
/// which are lowered for all types at once; or functions with the garbage
/// collector "ocaml", whose tables have one symbol per module. Where there are
/// no internal symbols, the assembly and all that it names are in shard 0.
///
/// \section shard_plan The plan
/// Units are joined to clusters along calls, clusters stand in the order of the
/// module, and shards are runs of clusters. The plan depends on the module and
/// \ref ShardOptions alone. If the number of shards is not given, cuts are
/// chosen by a hash of names near them, so that after a change of one function
/// nearly all shards have the same content as before.
///
/// \section shard_symbols Symbols
/// A local symbol that another shard refers to becomes external and hidden,
/// under its name with the suffix `.pkgimg`, and a number if that is taken
/// (\ref ShardedModule::getSymbol). `linkonce` and `linkonce_odr` definitions
/// that another shard refers to become `weak` and `weak_odr`. Copied into each
/// shard that uses them are, instead: local `unnamed_addr` constants of at most
/// 4096 bytes that refer to no local symbol but such constants; local
/// `alwaysinline` functions that are called only; `available_externally`
/// definitions. Of private symbols, copies lose their name, for front ends
/// number these through the module.
///
/// A shard also gets `available_externally` copies of functions in other shards
/// that the inliner would take, of what these call in turn, and of constants,
/// at most a tenth of the shard's weight; and of templates and inline functions
/// (`linkonce_odr`, `weak_odr`), as a C++ compiler has them in each unit, many
/// calls deep and up to the shard's own weight. Functions that are
/// `alwaysinline` always come along. No symbol is promoted for other copies.
///
/// \section shard_rest The rest
/// Module flags and `!llvm.ident` are in each shard; other named metadata,
/// module assembly, and entries of `llvm.used` that are only declared are in
/// shard 0 alone. `!pkgimg.*` and `llvm.global.annotations` are in none: they
/// are input for whoever reads them before. A shard has the compile units that
/// its code refers to; enumerations, retained types, macros, imported entities
/// and variables without storage of a unit stay with the first shard that has
/// code or data of it.
///
/// If there is more than one shard, metadata no longer refers to symbols:
/// template arguments and locations in debug information that are addresses are
/// lost, and so are `!callees`. `!associated` stays.
///
/// The bitcode of a shard is the same whatever the other shards hold, as long
/// as the shard neither calls nor copies what has changed there. What depends
/// on the source file as a whole does change, however: lines, and the checksum
/// that clang puts into `DIFile` for DWARF 5. (Bitcode lists also the names of
/// all custom metadata kinds, synchronisation scopes and operand bundles of the
/// context.)
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_SHARDS_H
#define PKGIMG_CODEGEN_SHARDS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace pkgimg {

/// How to cut.
struct ShardOptions {
  /// The number of shards, of equal weight as nearly as units allow; fewer if
  /// there are fewer units. 0: as many as pay, one for up to about 15000
  /// instructions, then one for each 15000, then at most about 64 larger ones.
  unsigned NumShards = 0;
};

/// A module that has been cut: its shards, as bitcode. All const member
/// functions are thread-safe.
class ShardedModule {
public:
  /// Plans, promotes, writes the bitcode of the shards, and destroys \p M,
  /// which must verify. Fails for multi-versioning metadata of another form,
  /// and for a module that cannot be materialised.
  static llvm::Expected<ShardedModule> create(std::unique_ptr<llvm::Module> M,
                                              const ShardOptions &Options);

  /// The number of shards; at least 1, also for a module without definitions.
  unsigned size() const { return Shards.size(); }

  /// What the shard costs to compile, with the copies of functions of others,
  /// in instructions: those of its functions, without debug information, and a
  /// constant for each function and variable.
  uint64_t getWeight(unsigned Shard) const { return Shards[Shard].Weight; }

  /// The shard that defines \p Symbol (function, variable, alias or ifunc), by
  /// its name in the module that was cut or in the shards. Nothing for what is
  /// only declared, and for what is copied into each shard that uses it.
  std::optional<unsigned> findShard(llvm::StringRef Symbol) const;

  /// The name in the shards of what was \p Name in the module that was cut:
  /// another one if the symbol was promoted, else \p Name. Valid as long as
  /// both this object and \p Name are.
  llvm::StringRef getSymbol(llvm::StringRef Name) const;

  /// Shard \p Shard as bitcode, without symbol table: equal shards have equal
  /// bytes, on any machine. Valid as long as this object is.
  llvm::StringRef getBitcode(unsigned Shard) const {
    return {Shards[Shard].Bitcode.data(), Shards[Shard].Bitcode.size()};
  }

  /// Reads what getBitcode() returns into \p Context, so that nothing of other
  /// shards is there, and the order of uses is the bitcode's. Types are renamed
  /// if the context has others with their names, such as those of a shard.
  llvm::Expected<std::unique_ptr<llvm::Module>>
  load(unsigned Shard, llvm::LLVMContext &Context) const;

private:
  ShardedModule() = default;

  struct ShardInfo {
    uint64_t Weight;
    llvm::SmallVector<char, 0> Bitcode;
  };
  struct SymbolInfo {
    unsigned Shard;
    /// The name in the shards.
    std::string Name;
  };

  /// The module's identifier.
  std::string Identifier;
  std::vector<ShardInfo> Shards;
  /// By the name in the module that was cut, and by that in the shards.
  llvm::StringMap<SymbolInfo> Symbols;
};

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_SHARDS_H
