//===- HeaderTree.h - cache headers as trees --------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a cache header says, group by group. The same groups serve a `.ji`
/// file, our header in an image, and the header of the data of Julia's images.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_HEADERTREE_H
#define PKGIMG_TOOLS_READOBJ_HEADERTREE_H

#include "Groups.h"
#include "Value.h"
#include "pkgimg/Format/CacheHeader.h"

namespace pkgimg {
namespace readobj {

/// Where a header was found.
enum class HeaderPlace {
  File,     ///< It is the file, a `.ji`.
  Embedded, ///< In an image.
  Data      ///< At the beginning of the data of one of Julia's images.
};

/// Adds the groups \p Shown of \p Header to \p To, but for sizes and digests.
/// Of the data's header there are fewer: it has no modules of its own,
/// dependencies, preferences, targets and sources.
void addHeader(Value &To, const CacheHeader &Header, HeaderPlace Place,
               Groups Shown);

/// "Digests": what the header has to check contents by. Ours has nothing before
/// it is sealed.
Value describeDigests(const CacheHeader &Header);

/// "Sizes" of a `.ji` file of \p FileSize bytes.
Value describeHeaderSizes(const CacheHeader &Header, uint64_t FileSize);

/// Adds "TargetLayout", "TargetString", unless it is empty, and "Targets".
void addTargets(Value &To, const CPUTargets &Targets,
                llvm::StringRef TargetString);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_HEADERTREE_H
