//===- Groups.h - what is asked of a file -----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The groups of values that options ask for.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_GROUPS_H
#define PKGIMG_TOOLS_READOBJ_GROUPS_H

#include "llvm/ADT/BitmaskEnum.h"
#include <cstdint>

namespace pkgimg {
namespace readobj {

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

/// A set of groups; each is an option of the same name.
enum class Groups : uint32_t {
  None = 0,
  Headers = 1u << 0,
  Flags = 1u << 1,
  Modules = 1u << 2,
  Dependencies = 1u << 3,
  Preferences = 1u << 4,
  Targets = 1u << 5,
  Shards = 1u << 6,
  Functions = 1u << 7,
  Globals = 1u << 8,
  Symbols = 1u << 9,
  Sections = 1u << 10,
  Sizes = 1u << 11,
  Sources = 1u << 12,
  Digests = 1u << 13,
  All = (1u << 14) - 1,
  Summary = Headers | Targets | Sizes,
  LLVM_MARK_AS_BITMASK_ENUM(Digests)
};

/// Returns true if \p Set has a group of \p Some.
inline bool hasAny(Groups Set, Groups Some) {
  return (Set & Some) != Groups::None;
}

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_GROUPS_H
