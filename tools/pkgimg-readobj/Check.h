//===- Check.h - what the verifier found ------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_CHECK_H
#define PKGIMG_TOOLS_READOBJ_CHECK_H

#include "Value.h"
#include "pkgimg/Format/Verifier.h"
#include "llvm/Support/raw_ostream.h"

namespace pkgimg {
namespace readobj {

/// A report of the verifier on the file \p Name as a tree.
Value describeCheck(llvm::StringRef Name, const VerifierReport &Report);
/// That of a file that is not sound, for the reason \p Message.
Value describeFailedCheck(llvm::StringRef Name, llvm::StringRef Message);

/// Prints what describeCheck() makes, one line per item:
/// "Foo.ji: header digest: verified: DETAIL", and one on the whole file.
void printCheckLines(const Value &Check, llvm::raw_ostream &OS);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_CHECK_H
