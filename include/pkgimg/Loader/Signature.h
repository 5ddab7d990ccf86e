//===- Signature.h - how a function of an image is called -------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The C-level type of a function, as an image's name table has it.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LOADER_SIGNATURE_H
#define PKGIMG_LOADER_SIGNATURE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace pkgimg {

/// The types that C calls by value in one register.
enum class CType {
  Void,
  Bool,
  I8,
  U8,
  I16,
  U16,
  I32,
  U32,
  I64,
  U64,
  F32,
  F64,
  Pointer
};

/// Returns "void", "bool", "i8", "u8", ..., "f32", "f64", "ptr".
llvm::StringRef getCTypeName(CType Type);

/// The type of a function.
struct Signature {
  CType Result = CType::Void;
  /// None is Void.
  llvm::SmallVector<CType, 8> Parameters;
  /// More arguments may follow.
  bool IsVariadic = false;

  /// Returns what parseSignature() reads.
  std::string str() const;
};

/// Reads `RET(PARAM,PARAM,...)`, without blanks; `...` comes last for variadic
/// functions. Total. `?`, which stands for types that C has no names for, is an
/// error, as is any other text; the error has the column (from 1).
llvm::Expected<Signature> parseSignature(llvm::StringRef Text);

} // namespace pkgimg

#endif // PKGIMG_LOADER_SIGNATURE_H
