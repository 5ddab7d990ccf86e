//===- ExtractHeader.h - headers out of images ------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_EXTRACTHEADER_H
#define PKGIMG_TOOLS_READOBJ_EXTRACTHEADER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/TargetParser/Triple.h"

namespace pkgimg {
namespace readobj {

/// Returns the header that is embedded in the image \p Buffer, without what
/// pads its section, if it is sound. \p Arch is as for ImageFile::create(). The
/// error begins with the name of the buffer.
llvm::Expected<llvm::StringRef> extractHeader(llvm::MemoryBufferRef Buffer,
                                              llvm::Triple::ArchType Arch);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_EXTRACTHEADER_H
