//===- ChecksumImpl.h - CRC-32C in portable C++ -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The implementation of crc32c() that needs no library. Private to lib/Format
/// and its tests.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_CHECKSUMIMPL_H
#define PKGIMG_LIB_FORMAT_CHECKSUMIMPL_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace pkgimg {

/// What crc32c() returns, by tables.
uint32_t crc32cPortable(llvm::StringRef Bytes, uint32_t Previous = 0);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_CHECKSUMIMPL_H
