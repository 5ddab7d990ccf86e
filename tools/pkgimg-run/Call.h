//===- Call.h - a call in words, and in fact --------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads `f(1, 2.5, "text")`, makes of it what the function's signature asks
/// for, and calls the function.
///
///   call     := name '(' [argument (',' argument)*] ')'
///   name     := anything without '(' and blanks, or a string
///   argument := integer | number | string | 'true' | 'false' | 'null'
///   integer  := ['+' | '-'] (digits | '0x' hex digits | '0b' bits | '0o' ...)
///   number   := ['+' | '-'] (C's decimal or hexadecimal forms | 'inf' | 'nan')
///   string   := '"' (character | '\' ('n' | 't' | 'r' | '0' | '"' | '\'
///                                     | 'x' two hex digits))* '"'
///
/// Blanks may stand between all of these.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_RUN_CALL_H
#define PKGIMG_TOOLS_RUN_CALL_H

#include "pkgimg/Loader/Signature.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace pkgimg {
namespace run {

/// An argument as it was written.
struct Literal {
  enum KindType { Integer, Number, String, Bool, Null } Kind = Null;
  /// As it was written, and its column (from 1).
  std::string Text;
  unsigned Column = 0;
  /// Integer: the value without its sign. Bool: 0 or 1.
  uint64_t Magnitude = 0;
  bool IsNegative = false;
  /// Number, and Integer rounded to one.
  double Value = 0;
  /// String: without quotes and escapes.
  std::string Bytes;
};

/// A call as it was written.
struct Call {
  std::string Text;
  std::string Function;
  std::vector<Literal> Arguments;
  /// The column of the parenthesis that ends it.
  unsigned EndColumn = 0;
};

/// Reads \p Text. The error has the column, what was found and what was
/// expected.
llvm::Expected<Call> parseCall(llvm::StringRef Text);

/// A value of a C type.
struct CValue {
  CType Type = CType::Void;
  /// Integers are extended to 64 bits by their sign; Pointer, Bool.
  uint64_t Bits = 0;
  /// F32 and F64.
  double Number = 0;
};

/// Makes of the arguments of \p C what \p S asks for: the right number, each of
/// a kind that its type takes and in the range of it. Integers are taken for
/// F32 and F64 if nothing is lost, and 0 and 1 for Bool. Strings and null are
/// pointers; those to strings live as long as \p C. Arguments beyond those of a
/// variadic function have the types of C's default promotions: Integer is I32,
/// or I64 if it needs to be, or U64; Number F64; Bool I32.
llvm::Expected<std::vector<CValue>> bindArguments(const Call &C,
                                                  const Signature &S);

/// Calls the function at \p Address, which must be of the type \p S.
CValue invoke(void *Address, const Signature &S,
              llvm::ArrayRef<CValue> Arguments);

/// Returns the text that is printed for \p V: integers in decimal, floating
/// point as printf's "%.17g", pointers in hexadecimal, "true" or "false";
/// nothing for Void.
std::string formatValue(const CValue &V);

} // namespace run
} // namespace pkgimg

#endif // PKGIMG_TOOLS_RUN_CALL_H
