//===- PkgImgHeader.h - our header in place ---------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the code that seals an image needs of our header's layout. Private to
/// lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_PKGIMGHEADER_H
#define PKGIMG_LIB_FORMAT_PKGIMGHEADER_H

#include "pkgimg/Format/CacheHeader.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace pkgimg {

/// Writes \p Digest into the header of ours that \p Header begins with: the
/// root into the section Content, and the chunks into ContentTree if there is
/// room for them; without room, that section becomes empty. The digests of both
/// sections and of the header are brought up to date.
///
/// The header must be valid, digests included: what is damaged does not become
/// valid here. Fails without a change if it is not, if it was written in a
/// later minor version, if it has no section Content with room for a digest, or
/// if the number of chunks does not fit the length. Errors begin with
/// "the embedded header".
llvm::Error setHeaderContent(llvm::MutableArrayRef<char> Header,
                             const ContentDigest &Digest);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_PKGIMGHEADER_H
