//===- ImageSymbols.h - The names that tables are made of -------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the tables of an image say of a module after cloning, by name, since
/// the module itself is gone when they are written.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_IMAGESYMBOLS_H
#define PKGIMG_LIB_CODEGEN_IMAGESYMBOLS_H

#include "pkgimg/CodeGen/MultiVersioning.h"
#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/Format/DataDefinition.h"
#include "pkgimg/Format/ImageTables.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// A function with an index in the image.
struct ImageFunction {
  /// The symbol of target 0's code.
  std::string Symbol;
  /// The symbol of the clone for each target; empty for none.
  std::vector<std::string> Clones;
  std::vector<SymbolRef> Slots;
};

/// The symbols of an image.
struct ImageSymbols {
  /// By index: those that other images can see, and those with slots, in the
  /// order of the module.
  std::vector<ImageFunction> Functions;
  /// Those that can be looked up, by name.
  std::vector<NamedFunction> Names;
  /// The target of each clone, by the object's spelling of its symbol.
  llvm::StringMap<unsigned> TargetOf;
  /// What the object's spelling has before each name, or 0.
  char SymbolPrefix = 0;
  /// There is code that has no clone for a `clone_all` target, and so runs
  /// target 0's there.
  bool HasUncloned = false;

  /// Reads them from \p M, which the pass has left \p Result on. Gives what is
  /// in the tables symbols that nothing outside the image can preempt.
  static ImageSymbols collect(llvm::Module &M, const MVResult &Result);

  /// Gives each symbol the name that \p NewName returns for it.
  void rename(llvm::function_ref<llvm::StringRef(llvm::StringRef)> NewName);

  /// Sets the shards of \p Tables, whose Targets are set. \p FindShard returns
  /// the shard that defines a symbol.
  void writeShards(unsigned NumShards,
                   llvm::function_ref<unsigned(llvm::StringRef)> FindShard,
                   ImageTablesSpec &Tables) const;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_CODEGEN_IMAGESYMBOLS_H
