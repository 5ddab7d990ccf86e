//===- Identity.h - UUIDs, build IDs, runtime versions ----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The small values that name a package, a build of it, and the runtime that
/// made it.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_IDENTITY_H
#define PKGIMG_FORMAT_IDENTITY_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

namespace pkgimg {

/// A 128-bit number in two halves, as Julia stores UUIDs and build IDs. All
/// zero means "none".
struct UInt128 {
  uint64_t Hi = 0;
  uint64_t Lo = 0;

  bool isZero() const { return !Hi && !Lo; }
  friend bool operator==(const UInt128 &A, const UInt128 &B) {
    return A.Hi == B.Hi && A.Lo == B.Lo;
  }
  friend bool operator!=(const UInt128 &A, const UInt128 &B) {
    return !(A == B);
  }
  friend bool operator<(const UInt128 &A, const UInt128 &B) {
    return std::tie(A.Hi, A.Lo) < std::tie(B.Hi, B.Lo);
  }
};

/// Returns \p Value in the form of RFC 9562, section 4:
/// "7876af07-990d-54b4-ab0e-23690620f79a".
std::string formatUUID(UInt128 Value);

/// Reads what formatUUID() writes, in either case of the digits. Returns
/// nullopt for anything else.
std::optional<UInt128> parseUUID(llvm::StringRef Text);

/// Returns \p Value as 32 hexadecimal digits, the high half first.
std::string formatBuildID(UInt128 Value);

/// Reads what formatBuildID() writes. Returns nullopt for anything else.
std::optional<UInt128> parseBuildID(llvm::StringRef Text);

/// The release of Julia that a file was made by, of which its layout depends.
struct JuliaVersion {
  unsigned Major = 0;
  unsigned Minor = 0;
  unsigned Patch = 0;
  /// True for what precedes the release: "1.14.0-DEV.2315", "1.13.0-rc1".
  bool IsPrerelease = false;

  /// True if this is release \p Maj.\p Min or a later one. Prereleases count
  /// as the release that they precede.
  bool isAtLeast(unsigned Maj, unsigned Min) const {
    return std::tie(Major, Minor) >= std::tie(Maj, Min);
  }
};

/// Reads the version strings of Julia's builds, "1.12.3" or
/// "1.14.0-DEV.2315+abc". Returns nullopt if \p Text does not begin with three
/// numbers.
std::optional<JuliaVersion> parseJuliaVersion(llvm::StringRef Text);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_IDENTITY_H
