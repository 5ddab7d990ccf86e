//===- ObjectImage.h - objects, read as their image -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads an object, or an archive of them, as the image that a link would make
/// of it, so that its tables can be looked at before there is one.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_OBJECTIMAGE_H
#define PKGIMG_FORMAT_OBJECTIMAGE_H

#include "pkgimg/Format/ImageFile.h"
#include "pkgimg/Format/InputCheck.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <memory>

namespace pkgimg {

/// True if \p Summary is of native objects that can be read as an image: an
/// ELF, COFF or Mach-O object, or an archive with some and without bitcode,
/// whose members are not files of their own.
bool isObjectImage(const InputSummary &Summary);

/// Opens the object, or the archive of objects, in \p Buffer, which has passed
/// checkLinkerInput() with \p Summary as the result. Members that are no
/// objects are left out.
///
/// Sections that are loaded get addresses, one after the other; symbols are
/// resolved between the members, a strong definition before a common symbol,
/// that before a weak definition, and the first of several; pointers, and
/// distances of 32 bits in data, are relocated, what instructions refer to is
/// not. Global symbols are exports, those of
/// hidden visibility local symbols. A segment is a section. bytes() are those
/// of the file, with distances filled in; canonicalContent() is all of them,
/// since nothing signs or strips objects.
///
/// Total, as ImageFile is. Fails for what isObjectImage() is false for, for
/// objects of several formats, for more than the machine's memory, for a
/// distance that does not fit, and for two relocations of one byte.
llvm::Expected<std::unique_ptr<ImageFile>>
createObjectImage(llvm::MemoryBufferRef Buffer, const InputSummary &Summary);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_OBJECTIMAGE_H
