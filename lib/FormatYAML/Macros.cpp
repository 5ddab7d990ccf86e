//===- Macros.cpp - the macros of yaml2pkgimg -----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/FormatYAML/Macros.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include <optional>

using namespace llvm;
using namespace pkgimg;

namespace {
/// A macro at the begin of some text.
struct MacroUse {
  StringRef Name;
  std::optional<StringRef> Default;
  size_t Size = 0;
};
} // namespace

static bool isName(StringRef Text) {
  return !Text.empty() && !isDigit(Text.front()) &&
         all_of(Text, [](char C) { return isAlnum(C) || C == '_'; });
}

/// Reads a macro at the begin of \p Text, which begins with "[[".
static std::optional<MacroUse> readMacro(StringRef Text) {
  size_t End = Text.find_first_of("[]\n", 2);
  if (End == StringRef::npos || !Text.substr(End).starts_with("]]"))
    return std::nullopt;
  StringRef Inside = Text.slice(2, End);
  MacroUse Use;
  Use.Size = End + 2;
  size_t Equal = Inside.find('=');
  Use.Name = Inside.take_front(Equal);
  if (Equal != StringRef::npos)
    Use.Default = Inside.drop_front(Equal + 1);
  if (!isName(Use.Name))
    return std::nullopt;
  return Use;
}

Expected<std::string>
FormatYAML::expandMacros(StringRef Text, ArrayRef<std::string> Definitions) {
  StringMap<StringRef> Values;
  for (StringRef Definition : Definitions) {
    size_t Equal = Definition.find('=');
    StringRef Name = Definition.take_front(Equal);
    if (Equal == StringRef::npos || !isName(Name))
      return createStringError("the definition '" + Definition +
                               "' of a macro: expected NAME=VALUE, with a name "
                               "of letters, digits and '_'");
    Values[Name] = Definition.drop_front(Equal + 1);
  }

  std::string Result;
  Result.reserve(Text.size());
  while (true) {
    size_t Begin = Text.find("[[");
    Result += Text.take_front(Begin);
    if (Begin == StringRef::npos)
      return Result;
    Text = Text.drop_front(Begin);
    std::optional<StringRef> Value;
    std::optional<MacroUse> Use = readMacro(Text);
    if (Use) {
      auto It = Values.find(Use->Name);
      Value = It != Values.end() ? It->second : Use->Default;
    }
    Result += Value.value_or(Text.take_front(1));
    Text = Text.drop_front(Value ? Use->Size : 1);
  }
}

bool FormatYAML::hasMacroWithDefault(StringRef Text) {
  for (size_t Begin = 0; (Begin = Text.find("[[", Begin)) != StringRef::npos;
       ++Begin) {
    std::optional<MacroUse> Use = readMacro(Text.drop_front(Begin));
    if (Use && Use->Default)
      return true;
  }
  return false;
}
