//===- Checksum.h - CRC-32C -------------------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The checksum of Julia's cache files.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_CHECKSUM_H
#define PKGIMG_FORMAT_CHECKSUM_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace pkgimg {

/// Returns the CRC-32C (Castagnoli; RFC 3720, section 12.1) of \p Bytes, with
/// the usual inversion at both ends. \p Previous is the checksum of what
/// precedes them, 0 if nothing does, so that
/// crc32c(B, crc32c(A)) == crc32c(A + B).
uint32_t crc32c(llvm::StringRef Bytes, uint32_t Previous = 0);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_CHECKSUM_H
