//===- TablesCheck.h - what makes tables of an image sound ------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The rules for tables that do not depend on where things are, so that what is
/// written is what can be read; and what the dialects differ in. Private to
/// lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_TABLESCHECK_H
#define PKGIMG_LIB_FORMAT_TABLESCHECK_H

#include "pkgimg/Format/ImageTables.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

namespace pkgimg {

/// What a dialect has.
struct DialectTraits {
  ImageDialect Dialect;
  llvm::StringLiteral Name;
  TargetDataLayout Layout;
  /// Words of `jl_image_pointers`; 0: there is none.
  unsigned RootWords;
  /// Words of an element of `jl_shard_tables`.
  unsigned ShardWords;
  /// Functions are pointers, and not distances from a base.
  bool HasPointers;
  bool IsJulia;

  /// \name Names of the tables of a shard, without suffix
  /// @{
  llvm::StringLiteral Functions, FunctionIndices, Globals, GlobalIndices,
      CloneSlots, Clones, CloneIndices;
  /// @}

  bool hasRoot() const { return RootWords != 0; }
  bool hasTargetString() const { return RootWords > 5; }
  bool hasUnpack() const { return IsJulia && RootWords > 5; }
  bool hasChecksum() const { return Dialect == ImageDialect::Julia1_14; }
  bool hasSmallTypeof() const { return IsJulia && hasRoot(); }
};

const DialectTraits &getDialectTraits(ImageDialect Dialect);

/// Bytes of the runtime's table of small types, whatever the pointer size:
/// 64 tags of 16 (`jl_max_tags << 4`, src/julia.h).
constexpr uint64_t SmallTypeofSize = 1024;

/// Exported names that the reader and the writer share.
namespace symbols {
constexpr llvm::StringLiteral Root("jl_image_pointers");
constexpr llvm::StringLiteral Data("jl_system_image_data");
constexpr llvm::StringLiteral DataSize("jl_system_image_size");
constexpr llvm::StringLiteral Checksum("jl_system_image_checksum");
constexpr llvm::StringLiteral Unpack("jl_image_unpack");
constexpr llvm::StringLiteral UnpackPlain("jl_image_unpack_uncomp");
constexpr llvm::StringLiteral UnpackZstd("jl_image_unpack_zstd");
constexpr llvm::StringLiteral TargetData("jl_dispatch_target_ids");
constexpr llvm::StringLiteral Functions1_9("jl_sysimg_fvars_base");
constexpr llvm::StringLiteral Globals1_9("jl_sysimg_gvars_base");
constexpr llvm::StringLiteral TLSFunction("jl_pgcstack_func_slot");
constexpr llvm::StringLiteral TLSKey("jl_pgcstack_key_slot");
constexpr llvm::StringLiteral TLSOffset("jl_tls_offset");
} // namespace symbols

/// Checks all of one set of tables. An error names the table and the element,
/// but no file.
template <typename LocT> class TablesChecker {
public:
  explicit TablesChecker(const BasicImageTables<LocT> &Tables)
      : Tables(Tables), Traits(getDialectTraits(Tables.Dialect)) {}

  llvm::Error check() {
    if (llvm::Error E = checkWhole())
      return E;
    for (Shard = 0; Shard < Tables.Shards.size(); ++Shard)
      if (llvm::Error E = checkShard(Tables.Shards[Shard]))
        return E;
    if (llvm::Error E =
            checkUnion(Tables.NumFunctions, "nfvars", "functions",
                       Traits.FunctionIndices, &ShardT::FunctionIndices))
      return E;
    return checkUnion(Tables.NumGlobals, "ngvars", "globals",
                      Traits.GlobalIndices, &ShardT::GlobalIndices);
  }

private:
  using ShardT = BasicImageShard<LocT>;
  using ClonesT = BasicShardClones<LocT>;
  using Twine = llvm::Twine;
  static constexpr uint32_t UseSlots = ClonesT::UseSlots;

  llvm::Error error(const Twine &What) const {
    return llvm::createStringError(What);
  }
  llvm::Error errorInShard(const Twine &What) const {
    if (!Traits.hasRoot())
      return error(What);
    return error("shard " + Twine(Shard) + ": " + What);
  }

  llvm::Error checkWhole() const {
    uint32_t Version = Traits.hasRoot() ? 1 : 0;
    if (Tables.Version != Version)
      return error("jl_image_header: version " + Twine(Tables.Version) +
                   ", expected " + Twine(Version) + " for " + Traits.Name);
    if (Tables.Targets.Layout != Traits.Layout)
      return error(Twine(symbols::TargetData) +
                   ": the target data is not in the layout of " + Traits.Name);
    if (Tables.Targets.Targets.empty())
      return error(Twine(symbols::TargetData) + ": there is no target");
    if (!Traits.hasTargetString() && !Tables.TargetString.empty())
      return error(Twine(Traits.Name) + " has no place for a target string");
    if (Traits.IsJulia && Traits.hasRoot() && !Tables.TLS)
      return error("jl_ptls_table: there is none, and the loader of " +
                   Twine(Traits.Name) + " needs it");
    if (!Traits.hasSmallTypeof() && Tables.SmallTypeof)
      return error(Twine(Traits.Name) + " has no place for jl_small_typeof");
    if (!Traits.hasRoot() && Tables.Shards.size() != 1)
      return error(Twine(Traits.Name) + " has 1 shard, found " +
                   Twine(Tables.Shards.size()));
    if (Tables.Shards.size() > UINT32_MAX)
      return error("jl_image_header: more shards than 32 bits can count");
    return llvm::Error::success();
  }

  llvm::Error checkPairs(size_t NumLocs, size_t NumIndices, llvm::StringRef A,
                         llvm::StringRef B) const {
    if (NumLocs == NumIndices)
      return llvm::Error::success();
    return errorInShard(A + " has " + Twine(NumLocs) + " elements, " + B +
                        " has " + Twine(NumIndices));
  }

  llvm::Error checkShard(const ShardT &S) {
    NumFunctions = S.Functions.size();
    // The top bit of an index is a tag, so that there can be no more.
    if (NumFunctions >= UseSlots)
      return errorInShard(Traits.Functions + " has " + Twine(NumFunctions) +
                          " elements; fewer than 2^31 are possible, use more "
                          "shards");
    if (llvm::Error E = checkPairs(NumFunctions, S.FunctionIndices.size(),
                                   Traits.Functions, Traits.FunctionIndices))
      return E;
    if (llvm::Error E = checkPairs(S.Globals.size(), S.GlobalIndices.size(),
                                   Traits.Globals, Traits.GlobalIndices))
      return E;
    if (llvm::Error E = checkSlots(S))
      return E;
    size_t NumTargets = Tables.Targets.Targets.size();
    if (S.Clones.size() != NumTargets)
      return errorInShard(Traits.CloneIndices + " has " +
                          Twine(S.Clones.size()) + " targets, " +
                          symbols::TargetData + " has " + Twine(NumTargets));
    for (Target = 0; Target < NumTargets; ++Target)
      if (llvm::Error E = checkClones(S, S.Clones[Target]))
        return E;
    return llvm::Error::success();
  }

  llvm::Error checkSlots(const ShardT &S) {
    HasSlot.clear();
    HasSlot.resize(NumFunctions);
    uint32_t Last = 0;
    for (size_t I = 0; I < S.CloneSlots.size(); ++I) {
      uint32_t F = S.CloneSlots[I].Function;
      if (F >= NumFunctions)
        return errorInShard(Traits.CloneSlots + "[" + Twine(I) +
                            "]: function " + Twine(F) + ", but the shard has " +
                            Twine(NumFunctions));
      if (F < Last)
        return errorInShard(Traits.CloneSlots + "[" + Twine(I) +
                            "]: function " + Twine(F) + " is after function " +
                            Twine(Last) + ", and slots must be sorted");
      HasSlot.set(F);
      Last = F;
    }
    return llvm::Error::success();
  }

  llvm::Error errorInTarget(const Twine &What) const {
    return errorInShard(Traits.CloneIndices + ", target " + Twine(Target) +
                        ": " + What);
  }

  llvm::Error checkClones(const ShardT &S, const ClonesT &C) const {
    if (Target == 0 && !C.IsGroup)
      return errorInTarget("it must have code for every function");
    if (!C.IsGroup && (C.Base >= Target || !S.Clones[C.Base].IsGroup))
      return errorInTarget("base " + Twine(C.Base) +
                           " is not an earlier group");
    // Ours say the same of each target in two places, and a loader may go by
    // either.
    const CPUTarget &T = Tables.Targets.Targets[Target];
    if (!Traits.IsJulia && Target != 0 &&
        (C.IsGroup != bool(T.Flags & CPUTarget::CloneAll) ||
         (!C.IsGroup && C.Base != (T.Base == CPUTarget::NoBase ? 0 : T.Base))))
      return errorInTarget("group and base are not those that the target data "
                           "has for '" +
                           T.Name + "'");
    const ClonesT &First = Tables.Shards.front().Clones[Target];
    if (C.IsGroup != First.IsGroup || (!C.IsGroup && C.Base != First.Base))
      return errorInTarget("group and base are not those of shard 0");

    size_t NumClones = C.Indices.size();
    if (C.IsGroup)
      NumClones = Target == 0 ? 0 : NumFunctions;
    if (C.Functions.size() != NumClones)
      return errorInShard(Traits.Clones + ", target " + Twine(Target) +
                          ": expected " + Twine(NumClones) +
                          " functions, found " + Twine(C.Functions.size()));

    // Sorted by the index without its tag: loaders walk the slots beside them,
    // and must not sort by the stored number (JuliaLang/julia#52079).
    for (size_t I = 0; I < C.Indices.size(); ++I) {
      uint32_t F = C.Indices[I];
      if (C.IsGroup && (F & UseSlots))
        return errorInTarget("element " + Twine(I) + ": 0x" +
                             llvm::utohexstr(F, /*LowerCase=*/true) +
                             " has the tag bit, which a group's must not have");
      bool NeedsSlot = C.IsGroup || (F & UseSlots);
      F &= ~UseSlots;
      if (F >= NumFunctions)
        return errorInTarget("element " + Twine(I) + ": function " + Twine(F) +
                             ", but the shard has " + Twine(NumFunctions));
      if (I && F <= (C.Indices[I - 1] & ~UseSlots))
        return errorInTarget("element " + Twine(I) + ": function " + Twine(F) +
                             " is not after function " +
                             Twine(C.Indices[I - 1] & ~UseSlots));
      if (NeedsSlot && !HasSlot.test(F))
        return errorInTarget("element " + Twine(I) + ": function " + Twine(F) +
                             " has no slot in " + Traits.CloneSlots);
    }
    return llvm::Error::success();
  }

  /// Every index below \p Count must occur once over all shards.
  llvm::Error checkUnion(uint32_t Count, llvm::StringRef Field,
                         llvm::StringRef What, llvm::StringRef Table,
                         std::vector<uint32_t> ShardT::*Indices) {
    uint64_t Sum = 0;
    for (const ShardT &S : Tables.Shards)
      Sum += (S.*Indices).size();
    // Before the bits are allocated, so that they are bounded by the tables.
    if (Sum != Count)
      return error("jl_image_header: " + Field + " is " + Twine(Count) +
                   ", but the shards have " + Twine(Sum) + " " + What);
    std::vector<bool> Seen(Count);
    for (Shard = 0; Shard < Tables.Shards.size(); ++Shard) {
      const std::vector<uint32_t> &List = Tables.Shards[Shard].*Indices;
      for (size_t I = 0; I < List.size(); ++I) {
        if (List[I] >= Count)
          return errorInShard(Table + "[" + Twine(I) + "]: index " +
                              Twine(List[I]) + ", but " + Field + " is " +
                              Twine(Count));
        if (Seen[List[I]])
          return errorInShard(Table + "[" + Twine(I) + "]: index " +
                              Twine(List[I]) + " occurs twice");
        if (!Traits.hasRoot() && List[I] != I)
          return errorInShard(Twine(Traits.Name) + " has no " + Table +
                              ", so index " + Twine(I) + " must be " +
                              Twine(I) + ", found " + Twine(List[I]));
        Seen[List[I]] = true;
      }
    }
    return llvm::Error::success();
  }

  const BasicImageTables<LocT> &Tables;
  const DialectTraits &Traits;
  size_t Shard = 0;
  size_t Target = 0;
  size_t NumFunctions = 0;
  /// The functions of the shard that have slots.
  llvm::BitVector HasSlot;
};

/// Checks \p Tables, wherever what they name is.
template <typename LocT>
llvm::Error checkImageTables(const BasicImageTables<LocT> &Tables) {
  return TablesChecker<LocT>(Tables).check();
}

/// Reads the header that opens \p Data if there is one, decompressing the first
/// block of it if need be. Fails if there is one and it is damaged, or of a
/// release that is not known here.
llvm::Expected<std::optional<CacheHeader>> peekDataHeader(llvm::StringRef Data,
                                                          llvm::StringRef Name);

/// Returns true if \p Data begins as zstd's frames do.
bool isZstd(llvm::StringRef Data);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_TABLESCHECK_H
