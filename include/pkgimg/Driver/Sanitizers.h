//===- Sanitizers.h - The checks of -fsanitize= -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_SANITIZERS_H
#define PKGIMG_DRIVER_SANITIZERS_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace pkgimg {
namespace driver {

/// A set of checks, one bit each.
using SanitizerMask = uint64_t;

/// The checks and the groups of them, by clang's identifiers.
namespace SanitizerKind {
enum Ordinal : unsigned {
#define SANITIZER(NAME, ID) ID##Ordinal,
#include "pkgimg/Driver/Sanitizers.def"
  NumSanitizers
};
static_assert(NumSanitizers <= 64, "SanitizerMask is too small");

#define SANITIZER(NAME, ID)                                                    \
  constexpr SanitizerMask ID = SanitizerMask(1) << ID##Ordinal;
#define SANITIZER_GROUP(NAME, ID, MEMBERS) constexpr SanitizerMask ID = MEMBERS;
#include "pkgimg/Driver/Sanitizers.def"
} // namespace SanitizerKind

/// What a word in -fsanitize= stands for.
struct SanitizerName {
  SanitizerMask Mask;
  bool IsGroup;
};

/// Looks up \p Name, "address" or "undefined" for instance; nullopt if it is no
/// check's name.
std::optional<SanitizerName> parseSanitizerName(llvm::StringRef Name);

/// Returns the names of the checks in \p Mask, with commas between them.
std::string getSanitizerNames(SanitizerMask Mask);

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_SANITIZERS_H
