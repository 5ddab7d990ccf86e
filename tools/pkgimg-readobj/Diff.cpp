//===- Diff.cpp - differences of two trees --------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diff.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace llvm;
using namespace pkgimg::readobj;

/// Lists of more elements than this are not spelt out on a line.
static constexpr size_t MaxElementsOnLine = 16;

namespace {

class Comparer {
public:
  Comparer(bool CompareAddresses, std::vector<Difference> &Result)
      : CompareAddresses(CompareAddresses), Result(Result) {}

  void compare(const Twine &Path, const Value &A, const Value &B);

private:
  bool isCompared(const Value &V) const {
    return V.isCompared() && (CompareAddresses || V.kind() != Value::Address);
  }
  void report(const Twine &Path, const Value *A, const Value *B) {
    Result.push_back({Path.str(), A ? std::make_optional(*A) : std::nullopt,
                      B ? std::make_optional(*B) : std::nullopt});
  }
  void compareObjects(const Twine &Path, const Value &A, const Value &B);
  void compareLists(const Twine &Path, const Value &A, const Value &B);
  void compareTexts(const Twine &Path, StringRef A, StringRef B);

  bool CompareAddresses;
  std::vector<Difference> &Result;
};

} // namespace

/// The names by which the elements of \p List are matched. No two are equal.
static std::vector<std::string> keysOf(const Value &List,
                                       Value::MatchType Match) {
  std::vector<std::string> Keys;
  StringMap<unsigned> Seen;
  for (const auto &[Index, E] : enumerate(List.children())) {
    if (Match == Value::ByIndex) {
      Keys.push_back(utostr(Index));
      continue;
    }
    std::string Key = escapeText(Match == Value::ByKey ? E.Name : E.V.str());
    if (unsigned Count = ++Seen[Key]; Count > 1)
      Key += "#" + utostr(Count);
    Keys.push_back(std::move(Key));
  }
  // "a#2" can be a name as well. It then counts as one more of itself until it
  // is free.
  StringMap<unsigned> Used;
  for (std::string &Key : Keys)
    while (++Used[Key] > 1)
      Key += '#';
  return Keys;
}

void Comparer::compare(const Twine &Path, const Value &A, const Value &B) {
  if (!isCompared(A) || !isCompared(B))
    return;
  if (A.kind() != B.kind())
    return report(Path, &A, &B);
  switch (A.kind()) {
  case Value::Object:
    return compareObjects(Path, A, B);
  case Value::List:
    return compareLists(Path, A, B);
  case Value::Text:
    return compareTexts(Path, A.chars(), B.chars());
  default:
    if (A.getInteger() != B.getInteger() || A.chars() != B.chars())
      report(Path, &A, &B);
  }
}

void Comparer::compareObjects(const Twine &Path, const Value &A,
                              const Value &B) {
  auto PathOf = [&](StringRef Name) {
    std::string P = Path.str();
    return P.empty() ? Name.str() : P + "." + Name.str();
  };
  for (const Value::Child &M : A.children()) {
    if (const Value *Other = B.find(M.Name))
      compare(PathOf(M.Name), M.V, *Other);
    else if (isCompared(M.V))
      report(PathOf(M.Name), &M.V, nullptr);
  }
  for (const Value::Child &M : B.children())
    if (!A.find(M.Name) && isCompared(M.V))
      report(PathOf(M.Name), nullptr, &M.V);
}

void Comparer::compareLists(const Twine &Path, const Value &A, const Value &B) {
  Value::MatchType Match = A.match() == B.match() ? A.match() : Value::ByIndex;
  if (Match == Value::ByKey)
    for (const Value *List : {&A, &B})
      if (any_of(List->children(),
                 [](const Value::Child &E) { return E.Name.empty(); }))
        Match = Value::ByIndex;

  std::vector<std::string> KeysA = keysOf(A, Match), KeysB = keysOf(B, Match);
  StringMap<size_t> IndexInB;
  for (const auto &[Index, Key] : enumerate(KeysB))
    IndexInB[Key] = Index;

  std::string P = Path.str();
  std::vector<bool> Matched(KeysB.size());
  size_t LastInB = 0;
  bool IsOrderSame = true;
  for (const auto &[Index, Key] : enumerate(KeysA)) {
    const Value &Element = A.children()[Index].V;
    auto It = IndexInB.find(Key);
    if (It == IndexInB.end()) {
      if (isCompared(Element))
        report(P + "[" + Key + "]", &Element, nullptr);
      continue;
    }
    size_t Other = It->second;
    Matched[Other] = true;
    IsOrderSame &= Other >= LastInB;
    LastInB = Other;
    compare(P + "[" + Key + "]", Element, B.children()[Other].V);
  }
  for (const auto &[Index, Key] : enumerate(KeysB))
    if (!Matched[Index] && isCompared(B.children()[Index].V))
      report(P + "[" + Key + "]", nullptr, &B.children()[Index].V);

  if (!IsOrderSame) {
    Value OrderA = Value::list("", Value::ByValue);
    Value OrderB = Value::list("", Value::ByValue);
    for (const std::string &Key : KeysA)
      if (IndexInB.count(Key))
        OrderA.append(Value::string(Key));
    for (const auto &[Index, Key] : enumerate(KeysB))
      if (Matched[Index])
        OrderB.append(Value::string(Key));
    report(P + "[order]", &OrderA, &OrderB);
  }
}

void Comparer::compareTexts(const Twine &Path, StringRef A, StringRef B) {
  if (A == B)
    return;
  // Lines are what newlines part, so that a text without one at its end has one
  // line less than a text with it.
  auto TakeLine = [](std::optional<StringRef> &Rest) -> std::optional<Value> {
    if (!Rest)
      return std::nullopt;
    size_t End = Rest->find('\n');
    Value Line = Value::string(Rest->take_front(End));
    Rest = End == StringRef::npos ? std::nullopt
                                  : std::make_optional(Rest->substr(End + 1));
    return Line;
  };
  std::optional<StringRef> RestA = A, RestB = B;
  for (size_t Number = 1;; ++Number) {
    std::optional<Value> LineA = TakeLine(RestA), LineB = TakeLine(RestB);
    if (LineA && LineB && LineA->chars() == LineB->chars())
      continue;
    return report(Path + "[" + Twine(Number) + "]", LineA ? &*LineA : nullptr,
                  LineB ? &*LineB : nullptr);
  }
}

std::vector<Difference> pkgimg::readobj::compareValues(const Value &A,
                                                       const Value &B,
                                                       bool CompareAddresses) {
  std::vector<Difference> Result;
  Comparer(CompareAddresses, Result).compare("", A, B);
  return Result;
}

std::string pkgimg::readobj::formatOnOneLine(const Value &V) {
  std::string S;
  switch (V.kind()) {
  case Value::Object:
    for (const Value::Child &M : V.children())
      S += (S.empty() ? "" : ", ") + M.Name + ": " + formatOnOneLine(M.V);
    return "{" + S + "}";
  case Value::List:
    if (V.children().size() > MaxElementsOnLine)
      return "[" + utostr(V.children().size()) + " elements]";
    for (const Value::Child &E : V.children())
      S += (S.empty() ? "" : ", ") + formatOnOneLine(E.V);
    return "[" + S + "]";
  case Value::Text:
    return utostr(V.chars().size()) + " bytes";
  default:
    return escapeText(V.str());
  }
}

std::string pkgimg::readobj::formatDifference(const Difference &D) {
  return D.Path + ": " + (D.A ? formatOnOneLine(*D.A) : "(none)") + " -> " +
         (D.B ? formatOnOneLine(*D.B) : "(none)");
}
