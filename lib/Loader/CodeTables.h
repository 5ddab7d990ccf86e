//===- CodeTables.h - the code of a target ----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What an image's tables say of one target, before anything is mapped. Private
/// to lib/Loader.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_LOADER_CODETABLES_H
#define PKGIMG_LIB_LOADER_CODETABLES_H

#include "pkgimg/Format/ImageTables.h"
#include <cstdint>
#include <vector>

namespace pkgimg {

/// The code that a function runs. Addresses are those in the file.
struct FunctionCode {
  uint64_t Address = 0;
  /// The target that it was compiled for: the chosen one or a base.
  uint32_t Target = 0;
};

/// A word to be written, and the code whose address it gets.
struct SlotWrite {
  uint64_t Slot = 0;
  uint64_t Code = 0;
};

/// The code of one target.
struct CodeTables {
  /// By the index of the function in the image.
  std::vector<FunctionCode> Functions;
  /// In the order of the shards and of their slots; a slot once.
  std::vector<SlotWrite> Slots;
};

/// Finds what is run for \p Target of \p Tables, which are as readImageTables()
/// returns them.
///
/// A slot is written as the tables ask for: of a group, every slot of the
/// functions that it lists; of another target, those of its base, and for its
/// own clones those that are marked. What is not listed keeps what the image
/// has there, the code of target 0.
CodeTables getCodeTables(const ImageTables &Tables, uint32_t Target);

} // namespace pkgimg

#endif // PKGIMG_LIB_LOADER_CODETABLES_H
