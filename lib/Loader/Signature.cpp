//===- Signature.cpp - how a function of an image is called ---------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/Signature.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include <optional>

using namespace llvm;
using namespace pkgimg;

/// In the order of CType.
static constexpr StringLiteral TypeNames[] = {
    "void", "bool", "i8",  "u8",  "i16", "u16", "i32",
    "u32",  "i64",  "u64", "f32", "f64", "ptr"};

StringRef pkgimg::getCTypeName(CType Type) {
  return TypeNames[static_cast<unsigned>(Type)];
}

static std::optional<CType> parseType(StringRef Name) {
  for (unsigned I = 0; I < std::size(TypeNames); ++I)
    if (Name == TypeNames[I])
      return static_cast<CType>(I);
  return std::nullopt;
}

std::string Signature::str() const {
  std::string Text = (getCTypeName(Result) + "(").str();
  ListSeparator Comma(",");
  for (CType T : Parameters)
    Text += (StringRef(Comma) + getCTypeName(T)).str();
  if (IsVariadic)
    Text += (StringRef(Comma) + "...").str();
  return Text + ")";
}

Expected<Signature> pkgimg::parseSignature(StringRef Text) {
  if (Text == "?")
    return createStringError(
        "the signature is '?': the function has a type that C has no name for");
  auto fail = [&](StringRef At, const Twine &Wanted) -> Error {
    return createStringError("signature '" + Text + "', column " +
                             Twine(At.data() - Text.data() + 1) +
                             ": expected " + Wanted);
  };

  Signature S;
  StringRef Rest = Text;
  StringRef Name = Rest.take_until([](char C) { return C == '('; });
  std::optional<CType> Result = parseType(Name);
  if (!Result)
    return fail(Rest, "a type, found '" + Name + "'");
  S.Result = *Result;
  Rest = Rest.drop_front(Name.size());
  if (!Rest.consume_front("("))
    return fail(Rest, "'('");
  if (Rest == ")")
    return S;
  for (;;) {
    Name = Rest.take_until([](char C) { return C == ',' || C == ')'; });
    std::optional<CType> Type = parseType(Name);
    if (Name == "...")
      S.IsVariadic = true;
    else if (!Type || *Type == CType::Void)
      return fail(Rest, "the type of a parameter, found '" + Name + "'");
    else
      S.Parameters.push_back(*Type);
    Rest = Rest.drop_front(Name.size());
    if (Rest == ")")
      return S;
    if (S.IsVariadic || !Rest.consume_front(","))
      return fail(Rest, S.IsVariadic ? "')' at the end" : "',' or ')'");
  }
}
