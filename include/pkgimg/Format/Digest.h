//===- Digest.h - identity and integrity of an image ------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The digest of an image's canonical content: what the image means, and not
/// what a signer, strip(1) or a new name change. BLAKE3 throughout.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_DIGEST_H
#define PKGIMG_FORMAT_DIGEST_H

#include "pkgimg/Format/Identity.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace pkgimg {

class ImageFile;

/// A BLAKE3 digest of 256 bits.
using Digest256 = std::array<uint8_t, 32>;

/// Returns \p D as 64 hexadecimal digits.
std::string formatDigest(const Digest256 &D);

/// The chunks that can be checked one by one, in bytes.
constexpr uint64_t DigestChunkSize = 64 * 1024;

/// The digest of a content as a tree of height two: one digest for each chunk,
/// and one over all of them.
struct ContentDigest {
  Digest256 Root = {};
  /// Number of bytes of the content.
  uint64_t Length = 0;
  /// One per chunk; may be empty where only the root was stored.
  std::vector<Digest256> Chunks;

  /// The number of chunks that \p Length bytes have.
  static uint64_t numChunks(uint64_t Length) {
    return Length / DigestChunkSize + (Length % DigestChunkSize != 0);
  }

  /// Build IDs are the first half of the root, big endian.
  UInt128 buildID() const;
};

/// What the digest of an image is over. docs/ImageFormat.rst, "Canonical
/// content", has the rules per file format.
struct CanonicalContent {
  /// What the file's headers mean, in a fixed encoding: machine, segments with
  /// address, size and protection, needed libraries, exports.
  std::string Summary;
  /// Ranges of the file, in the order of their addresses. Bytes that do not
  /// count (a UUID, a name, the header itself) are ranges with IsZero, and
  /// count as zeros.
  struct Range {
    uint64_t Offset = 0;
    uint64_t Size = 0;
    bool IsZero = false;
  };
  std::vector<Range> Ranges;
};

/// Computes the digest of \p Content of the file \p Bytes, with up to
/// \p Threads threads (0: as many as there are processors). The ranges must be
/// in the file, as those of ImageFile::canonicalContent() are.
ContentDigest computeContentDigest(const CanonicalContent &Content,
                                   llvm::StringRef Bytes, unsigned Threads = 1);

/// Checks the chunk with number \p Index alone, in O(chunk) time after
/// O(number of ranges). Fails if \p Expected has no digest for the chunk or
/// another one.
llvm::Error checkContentChunk(const CanonicalContent &Content,
                              llvm::StringRef Bytes, uint64_t Index,
                              const ContentDigest &Expected);

/// Checks that the chunks of \p Digest make up its root; O(number of chunks).
/// Summary is that of the content.
llvm::Error checkDigestTree(const ContentDigest &Digest,
                            llvm::StringRef Summary);

/// Computes the digest of \p Image, whose file is \p File, and writes it into
/// the header that is embedded there: root, chunks if there is room for them,
/// and the digests of the header itself. An ad-hoc signature of a Mach-O file
/// and the checksum of a PE file, if there is one, are brought up to date.
/// Fails without any change if the file has no embedded header of ours, no
/// room, or a signature that only its owner can renew.
llvm::Expected<ContentDigest> sealImage(llvm::MutableArrayRef<char> File,
                                        llvm::StringRef Name);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_DIGEST_H
