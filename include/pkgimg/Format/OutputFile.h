//===- OutputFile.h - files that are whole or not there ---------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes the output of a tool, so that a run that fails leaves an earlier
/// output as it was.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_OUTPUTFILE_H
#define PKGIMG_FORMAT_OUTPUTFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace pkgimg {

/// Writes \p Bytes to the file \p Path, or to standard output for "-". A
/// regular file is written beside its name, and renamed when it is complete;
/// what is no regular file (a pipe, a device) is written to as it is. Errors
/// name the file.
llvm::Error writeOutputFile(llvm::StringRef Path, llvm::StringRef Bytes);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_OUTPUTFILE_H
