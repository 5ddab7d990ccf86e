//===- ImageDialect.cpp - which layout an image's tables have -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TablesCheck.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace pkgimg;

// Sources: src/processor.h and src/aotcompile.cpp of JuliaLang/julia at the
// releases' branch points; 1.9's names from src/processor.cpp.
static constexpr DialectTraits Dialects[] = {
    {ImageDialect::Julia1_9, "julia-1.9", TargetDataLayout::Julia32,
     /*RootWords=*/0, /*ShardWords=*/0, /*HasPointers=*/false, /*IsJulia=*/true,
     "jl_sysimg_fvars_offsets", "jl_sysimg_fvars_idxs",
     "jl_sysimg_gvars_offsets", "jl_sysimg_gvars_idxs",
     "jl_dispatch_reloc_slots", "jl_dispatch_fvars_offsets",
     "jl_dispatch_fvars_idxs"},
    {ImageDialect::Julia1_10, "julia-1.10", TargetDataLayout::Julia32,
     /*RootWords=*/5, /*ShardWords=*/9, /*HasPointers=*/false, /*IsJulia=*/true,
     "jl_fvar_offsets", "jl_fvar_idxs", "jl_gvar_offsets", "jl_gvar_idxs",
     "jl_clone_slots", "jl_clone_offsets", "jl_clone_idxs"},
    {ImageDialect::Julia1_11, "julia-1.11", TargetDataLayout::Julia32,
     /*RootWords=*/5, /*ShardWords=*/8, /*HasPointers=*/true, /*IsJulia=*/true,
     "jl_fvar_ptrs", "jl_fvar_idxs", "jl_gvar_offsets", "jl_gvar_idxs",
     "jl_clone_slots", "jl_clone_ptrs", "jl_clone_idxs"},
    {ImageDialect::Julia1_13, "julia-1.13", TargetDataLayout::Julia32,
     /*RootWords=*/6, /*ShardWords=*/8, /*HasPointers=*/true, /*IsJulia=*/true,
     "jl_fvar_ptrs", "jl_fvar_idxs", "jl_gvar_offsets", "jl_gvar_idxs",
     "jl_clone_slots", "jl_clone_ptrs", "jl_clone_idxs"},
    {ImageDialect::Julia1_14, "julia-1.14", TargetDataLayout::Julia64,
     /*RootWords=*/6, /*ShardWords=*/8, /*HasPointers=*/true, /*IsJulia=*/true,
     "jl_fvar_ptrs", "jl_fvar_idxs", "jl_gvar_offsets", "jl_gvar_idxs",
     "jl_clone_slots", "jl_clone_ptrs", "jl_clone_idxs"},
    {ImageDialect::PkgImg, "pkgimg", TargetDataLayout::Named,
     /*RootWords=*/6, /*ShardWords=*/8, /*HasPointers=*/true,
     /*IsJulia=*/false, "jl_fvar_ptrs", "jl_fvar_idxs", "jl_gvar_offsets",
     "jl_gvar_idxs", "jl_clone_slots", "jl_clone_ptrs", "jl_clone_idxs"},
};

const DialectTraits &pkgimg::getDialectTraits(ImageDialect Dialect) {
  return *llvm::find_if(
      Dialects, [=](const DialectTraits &T) { return T.Dialect == Dialect; });
}

StringRef pkgimg::getDialectName(ImageDialect Dialect) {
  return getDialectTraits(Dialect).Name;
}

std::optional<ImageDialect> pkgimg::parseDialectName(StringRef Name) {
  if (Name == "julia-1.12")
    return ImageDialect::Julia1_11;
  for (const DialectTraits &T : Dialects)
    if (T.Name == Name)
      return T.Dialect;
  return std::nullopt;
}
