//===- ExtractHeader.cpp - headers out of images --------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExtractHeader.h"
#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/Format/ImageFile.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

Expected<StringRef> readobj::extractHeader(MemoryBufferRef Buffer,
                                           Triple::ArchType Arch) {
  StringRef Name = Buffer.getBufferIdentifier();
  StringRef Bytes = Buffer.getBuffer();
  if (isCacheHeader(Bytes))
    return createStringError(Name +
                             ": the file is a cache header already; copy it");
  Expected<std::unique_ptr<ImageFile>> Image = ImageFile::create(Buffer, Arch);
  if (!Image)
    return Image.takeError();
  std::optional<StringRef> Embedded = (*Image)->embeddedHeader();
  if (!Embedded)
    return createStringError(
        Name + ": the image has no embedded header; Julia's have theirs in a "
               ".ji file beside the image alone");
  Expected<CacheHeader> Header =
      readCacheHeader(MemoryBufferRef(*Embedded, Name));
  if (!Header)
    return Header.takeError();
  return Embedded->take_front(Header->Size);
}
