//===- MachOSignature.h - ad-hoc signatures of Mach-O files -----*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Keeps the signature that a linker made valid when bytes of a file change.
/// Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_MACHOSIGNATURE_H
#define PKGIMG_LIB_FORMAT_MACHOSIGNATURE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace pkgimg {

/// Computes the hashes of the pages of the Mach-O file \p File that have any
/// of the \p Size bytes at \p Offset again, and stores them in its signature.
///
/// Succeeds if the file has no signature. Fails, and changes nothing, if the
/// signature is not ad hoc, so that only its owner can renew it, if it has
/// hashes other than SHA-256, or if it is damaged. \p Name is what errors begin
/// with. A universal file has a signature per slice: \p File is a slice.
llvm::Error renewAdHocSignature(llvm::MutableArrayRef<char> File,
                                llvm::StringRef Name, uint64_t Offset,
                                uint64_t Size);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_MACHOSIGNATURE_H
