//===- CodeGenErrors.h - Errors that name a file ----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_CODEGENERRORS_H
#define PKGIMG_LIB_CODEGEN_CODEGENERRORS_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace pkgimg {

/// Makes the error "<file>: <message>".
inline llvm::Error fileError(llvm::StringRef File, const llvm::Twine &Message,
                             std::errc Code = std::errc::invalid_argument) {
  return llvm::make_error<llvm::StringError>(File + ": " + Message,
                                             std::make_error_code(Code));
}

} // namespace pkgimg

#endif // PKGIMG_LIB_CODEGEN_CODEGENERRORS_H
