//===- Value.cpp - what a file says, as a tree ----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Value.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/raw_ostream.h"

#include <cassert>

using namespace llvm;
using namespace pkgimg::readobj;

Value Value::object() { return Value(Object, StringRef()); }

Value Value::list(const char *Label, MatchType Match) {
  Value V(List, StringRef());
  V.Label = Label;
  V.Match = Match;
  return V;
}

Value Value::table(const char *Label) {
  Value V = list(Label);
  V.Table = true;
  return V;
}

Value Value::strings(ArrayRef<std::string> Elements) {
  Value V = list("", ByValue);
  for (const std::string &E : Elements)
    V.append(string(E));
  return V;
}

Value Value::strings(ArrayRef<StringRef> Elements) {
  Value V = list("", ByValue);
  for (StringRef E : Elements)
    V.append(string(E));
  return V;
}

Value Value::real(double D) { return Value(Real, bit_cast<uint64_t>(D)); }

void Value::add(StringRef Name, Value V) {
  assert(Kind == Object && !find(Name) && "a member twice, or of no object");
  Children.push_back({Name.str(), std::move(V)});
}

void Value::append(Value V, StringRef Key) {
  assert(Kind == List && "an element of no list");
  Children.push_back({Key.str(), std::move(V)});
}

Value Value::notCompared() && {
  Compared = false;
  return std::move(*this);
}

const Value *Value::find(StringRef Name) const {
  for (const Child &C : Children)
    if (C.Name == Name)
      return &C.V;
  return nullptr;
}

double Value::getReal() const { return bit_cast<double>(Number); }

std::string Value::str() const {
  switch (Kind) {
  case String:
  case Text:
  case Enum:
  case Bytes:
    return Chars;
  case Bool:
    return Number ? "Yes" : "No";
  case Integer:
    return utostr(Number);
  case Real: {
    // As json::OStream writes numbers.
    std::string S;
    raw_string_ostream(S) << format("%.*g", 17, getReal());
    return S;
  }
  case Hex:
  case Address:
    return "0x" + utohexstr(Number, /*LowerCase=*/true);
  case Object:
  case List:
    break;
  }
  llvm_unreachable("no scalar");
}

std::string pkgimg::readobj::escapeText(StringRef S) {
  std::string Result;
  Result.reserve(S.size());
  while (!S.empty()) {
    unsigned char First = S[0];
    size_t Size = 1;
    bool Shown = isPrint(First);
    if (First >= 0x80) {
      const UTF8 *Begin = S.bytes_begin(), *Pos = Begin;
      UTF32 Point = 0;
      if (convertUTF8Sequence(&Pos, S.bytes_end(), &Point, strictConversion) ==
          conversionOK) {
        Size = Pos - Begin;
        Shown = sys::unicode::isPrintable(Point);
      }
    }
    for (unsigned char C : S.take_front(Size)) {
      if (Shown) {
        Result += C;
        continue;
      }
      Result += '\\';
      Result += hexdigit(C >> 4);
      Result += hexdigit(C & 15);
    }
    if (First == '\\')
      Result += '\\';
    S = S.drop_front(Size);
  }
  return Result;
}
