//===- CacheFlags.h - the flags an image was made with ----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The byte of compiler flags in the header of an image, and the rules by which
/// a session takes or refuses an image for them.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_CACHEFLAGS_H
#define PKGIMG_FORMAT_CACHEFLAGS_H

#include "pkgimg/Format/Identity.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>

namespace pkgimg {

/// The flags, unpacked. In the byte, from bit 0: --pkgimages (1 bit), -g (2),
/// --check-bounds (2), --inline (1), -O (2), in Julia since #48179 and here.
struct CacheFlags {
  enum BoundsChecks : uint8_t { BoundsAuto = 0, BoundsYes = 1, BoundsNo = 2 };

  /// --pkgimages: the image has native code.
  bool UsePkgImages = true;
  /// -g, 0 to 2; 3 can be stored.
  uint8_t DebugLevel = 1;
  /// --check-bounds, a value of BoundsChecks; 3 can be stored.
  uint8_t CheckBounds = BoundsAuto;
  /// --inline.
  bool Inline = true;
  /// -O, 0 to 3.
  uint8_t OptLevel = 2;

  /// Returns the byte. The levels are cut to their two bits.
  uint8_t pack() const;
  /// Every byte has a meaning.
  static CacheFlags unpack(uint8_t Byte);

  /// Returns "--pkgimages=yes -g1 --check-bounds=auto --inline=yes -O2".
  std::string str() const;

  friend bool operator==(const CacheFlags &A, const CacheFlags &B) {
    return A.pack() == B.pack();
  }
};

/// By which rules flags are compared.
///
/// Julia's, from jl_match_cache_flags in src/staticdata_utils.c: if neither
/// side has native code, all else is ignored. A session with 'existing' takes
/// an image with native code as if both had none, and then all else counts.
/// Otherwise --pkgimages, --check-bounds and --inline must be the same, and the
/// image's -O at least the session's.
///
/// Ours, where all options count always, since what is compiled later from the
/// data of an image was inlined and optimised under them, too:
///  - -g, --check-bounds, --inline: the same;
///  - -O: the image's at least the session's;
///  - --pkgimages, image and session:
///     yes, yes: accepted;
///     no, no: accepted, and so is 'existing';
///     no, yes: refused, unless the data alone is asked for;
///     yes, no: refused, as code must not be used that the session does not
///       want, unless the data alone is asked for; 'existing' is accepted.
enum class FlagRules {
  Julia1_9,  ///< Julia 1.9 to 1.11: -g exact.
  Julia1_12, ///< Julia 1.12 and later (#56214): -g may be higher in the image.
  PkgImg     ///< Images with our own header.
};

/// Returns the rules of release \p Version.
FlagRules getFlagRules(JuliaVersion Version);

/// What a session asks of an image.
struct SessionFlags {
  CacheFlags Flags;
  /// --pkgimages=existing (Julia 1.11, #52573): native code is used where there
  /// is some, and none is made. Flags.UsePkgImages counts as false then.
  bool UseExisting = false;
  /// Ours: the data alone is asked for, so that an image without native code
  /// will do for a session that otherwise wants it.
  bool DataOnly = false;
};

/// Whether flags are accepted, and if not, why.
struct FlagVerdict {
  bool Accepted = true;
  /// The option that decided, such as "--check-bounds"; empty if accepted.
  llvm::StringRef Flag;
  /// Its value in the image and in the session, as the option spells it.
  std::string ImageValue, SessionValue;
  /// The rule as a clause: "must be the same", "the image's must be at least
  /// the session's". A static string.
  llvm::StringRef Rule;

  /// A sentence for people: "--check-bounds: the image was made with 'yes', the
  /// session has 'auto'; must be the same". Empty if accepted.
  std::string message() const;
};

/// Applies \p Rules to the flags of an image and of a session. The options are
/// compared in the order of the bits; the first that fails is reported.
FlagVerdict checkCacheFlags(CacheFlags Image, const SessionFlags &Session,
                            FlagRules Rules);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_CACHEFLAGS_H
