//===- Identity.cpp - UUIDs, build IDs, runtime versions ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Identity.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace pkgimg;

/// Lengths of the groups of digits in a UUID.
static constexpr unsigned UUIDGroups[] = {8, 4, 4, 4, 12};

std::string pkgimg::formatBuildID(UInt128 Value) {
  // utohexstr() with a width gives one digit too many for zero.
  std::string Digits;
  for (uint64_t Half : {Value.Hi, Value.Lo})
    for (unsigned Shift = 64; Shift;)
      Digits += hexdigit((Half >> (Shift -= 4)) & 0xf, /*LowerCase=*/true);
  return Digits;
}

std::optional<UInt128> pkgimg::parseBuildID(StringRef Text) {
  UInt128 Value;
  if (Text.size() != 32 || !llvm::all_of(Text, isHexDigit) ||
      Text.take_front(16).getAsInteger(16, Value.Hi) ||
      Text.drop_front(16).getAsInteger(16, Value.Lo))
    return std::nullopt;
  return Value;
}

std::string pkgimg::formatUUID(UInt128 Value) {
  std::string Digits = formatBuildID(Value);
  std::string Text;
  StringRef Rest = Digits;
  for (unsigned Length : UUIDGroups) {
    if (!Text.empty())
      Text += '-';
    Text += Rest.take_front(Length);
    Rest = Rest.drop_front(Length);
  }
  return Text;
}

std::optional<UInt128> pkgimg::parseUUID(StringRef Text) {
  if (Text.size() != 36)
    return std::nullopt;
  std::string Digits;
  for (unsigned Length : UUIDGroups) {
    Digits += Text.take_front(Length);
    Text = Text.drop_front(Length);
    if (!Text.empty() && !Text.consume_front("-"))
      return std::nullopt;
  }
  return parseBuildID(Digits);
}

std::optional<JuliaVersion> pkgimg::parseJuliaVersion(StringRef Text) {
  JuliaVersion V;
  if (Text.consumeInteger(10, V.Major) || !Text.consume_front(".") ||
      Text.consumeInteger(10, V.Minor) || !Text.consume_front(".") ||
      Text.consumeInteger(10, V.Patch))
    return std::nullopt;
  V.IsPrerelease = Text.starts_with("-");
  return V;
}
