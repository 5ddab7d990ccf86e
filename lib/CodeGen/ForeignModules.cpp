//===- ForeignModules.cpp - Modules with tables of their own --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ForeignModules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/IR/Module.h"

using namespace llvm;

bool pkgimg::hasImageTables(const Module &M) {
  // The symbols of Julia's image ABI, 1.9 to 1.14. Those of a shard end with
  // its number (src/aotcompile.cpp, src/processor.h).
  static constexpr StringLiteral Names[] = {"jl_image_pointers",
                                            "jl_system_image_data",
                                            "jl_system_image_size",
                                            "jl_dispatch_target_ids",
                                            "jl_dispatch_fvars_idxs",
                                            "jl_sysimg_fvars_base",
                                            "jl_RTLD_DEFAULT_handle_pointer"};
  static constexpr StringLiteral Prefixes[] = {
      "jl_fvar_count_",   "jl_fvar_ptrs_",     "jl_fvar_base_",
      "jl_fvar_offsets_", "jl_fvar_idxs_",     "jl_gvar_base_",
      "jl_gvar_offsets_", "jl_gvar_idxs_",     "jl_clone_slots_",
      "jl_clone_ptrs_",   "jl_clone_offsets_", "jl_clone_idxs_"};
  return any_of(M.global_values(), [](const GlobalValue &GV) {
    StringRef Name = GV.getName();
    return !GV.isDeclaration() && (is_contained(Names, Name) ||
                                   any_of(Prefixes, [&](StringRef Prefix) {
                                     return Name.starts_with(Prefix);
                                   }));
  });
}
