//===- PEChecksum.h - the checksum of a PE image ----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The CheckSum field of a PE image's optional header. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_PECHECKSUM_H
#define PKGIMG_LIB_FORMAT_PECHECKSUM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace pkgimg {

/// Brings the CheckSum of the PE image \p File up to date if it is not zero,
/// which stands for "none": the sum of all 16-bit words with the carries added
/// again, CheckSum itself counting as zero, plus the file's length; what
/// imagehlp.dll's CheckSumMappedFile() computes. Fails, without any change, if
/// \p File has no such field; \p Name is what the error begins with.
llvm::Error renewPEChecksum(llvm::MutableArrayRef<char> File,
                            llvm::StringRef Name);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_PECHECKSUM_H
