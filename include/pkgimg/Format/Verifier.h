//===- Verifier.h - is this file what it says it is? ------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The verifier: one call that tells whether any bytes are a sound file of this
/// project or of Julia, and what of it was proved. docs/ThreatModel.rst says
/// what that is worth.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_VERIFIER_H
#define PKGIMG_FORMAT_VERIFIER_H

#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/Format/ImageTables.h"
#include "pkgimg/Format/InputCheck.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// What a file is in this project's terms.
enum class PackageFileKind {
  Header, ///< A `.ji` file, Julia's or ours.
  Image,  ///< A shared library with an image's tables.
  Archive ///< Objects before they are linked.
};

/// Returns "cache header", "package image" or "object archive".
llvm::StringRef getPackageFileKindName(PackageFileKind Kind);

/// One thing that the verifier looked at.
struct VerifiedItem {
  enum StatusType {
    Verified, ///< Compared with a digest or a checksum: unchanged.
    Sound,    ///< The structure holds; there is nothing to compare with.
    Skipped   ///< Not looked at, for the reason in Detail.
  } Status = Sound;
  /// "header digests", "content digest", "image tables", ... A static string.
  llvm::StringRef What;
  std::string Detail;
};

/// What verify() found in a sound file. The parts that a kind of file does not
/// have are empty.
struct VerifierReport {
  PackageFileKind Kind = PackageFileKind::Header;
  std::vector<VerifiedItem> Items;
  std::optional<CacheHeader> Header;
  std::unique_ptr<ImageFile> Image;
  std::optional<ImageTables> Tables;
  std::optional<InputSummary> Archive;
};

/// How far verify() goes.
struct VerifierOptions {
  /// Computes the digest, or checksum, of all content. Without it, the
  /// structure is checked, and the digests of the header.
  bool CheckContent = true;
  /// Threads for that; 0: as many as there are processors.
  unsigned Threads = 1;
  /// Refuses an image of our dialect without an embedded header: with that,
  /// whoever cuts the header off gets an image that nothing vouches for.
  bool RequireHeader = true;
  /// The image that a header belongs to, to be compared with the header's
  /// digest (ours) or checksum (Julia's). An error for what is no header.
  std::optional<llvm::MemoryBufferRef> Image;
  /// See ImageFile::create().
  llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch;
  /// See getImageData().
  std::optional<uint64_t> MaxDataSize;
};

/// Verifies \p Buffer, whatever it holds. Total: any bytes give a report or an
/// error, with time linear in the file's size (but for sorting), memory of a
/// small multiple of it, and no undefined behaviour. The report refers to the
/// buffer. An error begins with the buffer's identifier.
llvm::Expected<VerifierReport> verify(llvm::MemoryBufferRef Buffer,
                                      const VerifierOptions &Options = {});

} // namespace pkgimg

#endif // PKGIMG_FORMAT_VERIFIER_H
