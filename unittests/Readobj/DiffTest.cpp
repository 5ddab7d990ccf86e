//===- DiffTest.cpp - Tests of differences --------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diff.h"
#include "gtest/gtest.h"

#include <random>

using namespace llvm;
using namespace pkgimg::readobj;

namespace {

std::vector<std::string> diff(const Value &A, const Value &B,
                              bool CompareAddresses = false) {
  std::vector<std::string> Lines;
  for (const Difference &D : compareValues(A, B, CompareAddresses))
    Lines.push_back(formatDifference(D));
  return Lines;
}

using Lines = std::vector<std::string>;

Value wrap(StringRef Name, Value V) {
  Value File = Value::object();
  File.add(Name, std::move(V));
  return File;
}

/// A list of modules by name, each with a size.
Value modules(ArrayRef<std::pair<const char *, int>> Modules) {
  Value List = Value::list("Module");
  for (auto [Name, Size] : Modules) {
    Value V = Value::object();
    V.add("Name", Value::string(Name));
    V.add("Size", Value::integer(Size));
    List.append(std::move(V), Name);
  }
  return wrap("Modules", std::move(List));
}

Value strings(ArrayRef<std::string> Elements) {
  return wrap("Names", Value::strings(Elements));
}

Value text(StringRef S) { return wrap("T", Value::text(S)); }

TEST(DiffTest, Scalars) {
  EXPECT_EQ(diff(wrap("A", Value::integer(1)), wrap("A", Value::integer(1))),
            Lines());
  EXPECT_EQ(diff(wrap("A", Value::integer(1)), wrap("A", Value::integer(2))),
            Lines{"A: 1 -> 2"});
  EXPECT_EQ(diff(wrap("A", Value::string("x")), wrap("A", Value::string("y"))),
            Lines{"A: x -> y"});
  EXPECT_EQ(
      diff(wrap("A", Value::boolean(true)), wrap("A", Value::boolean(false))),
      Lines{"A: Yes -> No"});
  EXPECT_EQ(diff(wrap("A", Value::real(1.5)), wrap("A", Value::real(2.5))),
            Lines{"A: 1.5 -> 2.5"});
  EXPECT_EQ(diff(wrap("A", Value::hex(1)), wrap("A", Value::hex(16))),
            Lines{"A: 0x1 -> 0x10"});
  // One number in two kinds is another value.
  EXPECT_EQ(diff(wrap("A", Value::hex(1)), wrap("A", Value::integer(1))),
            Lines{"A: 0x1 -> 1"});
}

TEST(DiffTest, MembersOfOneSide) {
  Value A = Value::object(), B = Value::object();
  A.add("X", Value::integer(1));
  B.add("Y", Value::integer(2));
  EXPECT_EQ(diff(A, B), (Lines{"X: 1 -> (none)", "Y: (none) -> 2"}));
  EXPECT_EQ(diff(wrap("F", std::move(A)), wrap("F", std::move(B))),
            (Lines{"F.X: 1 -> (none)", "F.Y: (none) -> 2"}));
}

TEST(DiffTest, InsertedElementIsOneDifference) {
  Value A = modules({{"a", 1}, {"c", 3}});
  Value B = modules({{"a", 1}, {"b", 2}, {"c", 3}});
  EXPECT_EQ(diff(A, B), Lines{"Modules[b]: (none) -> {Name: b, Size: 2}"});
  EXPECT_EQ(diff(B, A), Lines{"Modules[b]: {Name: b, Size: 2} -> (none)"});
}

TEST(DiffTest, ChangedElement) {
  EXPECT_EQ(diff(modules({{"a", 1}, {"b", 2}}), modules({{"a", 1}, {"b", 3}})),
            Lines{"Modules[b].Size: 2 -> 3"});
}

TEST(DiffTest, OrderIsOneDifference) {
  EXPECT_EQ(diff(modules({{"a", 1}, {"b", 2}, {"c", 3}}),
                 modules({{"c", 3}, {"a", 1}, {"b", 4}, {"d", 5}})),
            (Lines{"Modules[b].Size: 2 -> 4",
                   "Modules[d]: (none) -> {Name: d, Size: 5}",
                   "Modules[order]: [a, b, c] -> [c, a, b]"}));
}

TEST(DiffTest, EqualKeysMatchInTheirOrder) {
  EXPECT_EQ(diff(modules({{"a", 1}, {"a", 2}}), modules({{"a", 1}, {"a", 3}})),
            Lines{"Modules[a#2].Size: 2 -> 3"});
  EXPECT_EQ(diff(modules({{"a", 1}}), modules({{"a", 1}, {"a", 3}})),
            Lines{"Modules[a#2]: (none) -> {Name: a, Size: 3}"});
  // A name that looks like a second one.
  Value Odd = modules({{"a", 1}, {"a", 2}, {"a#2", 3}});
  EXPECT_EQ(diff(Odd, Odd), Lines());
  EXPECT_EQ(diff(Odd, modules({{"a", 1}, {"a", 2}, {"a#2", 4}})),
            Lines{"Modules[a#2#].Size: 3 -> 4"});
}

TEST(DiffTest, ElementsWithoutKeysMatchByIndex) {
  Value A = Value::list("Function"), B = Value::list("Function");
  A.append(Value::integer(1), "f");
  A.append(Value::integer(2), "g");
  B.append(Value::integer(1));
  B.append(Value::integer(3));
  EXPECT_EQ(diff(wrap("F", std::move(A)), wrap("F", std::move(B))),
            Lines{"F[1]: 2 -> 3"});
}

TEST(DiffTest, SetsOfScalars) {
  EXPECT_EQ(diff(strings({"avx", "fma"}), strings({"avx", "avx2", "fma"})),
            Lines{"Names[avx2]: (none) -> avx2"});
  EXPECT_EQ(diff(strings({"a", "a"}), strings({"a"})),
            Lines{"Names[a#2]: a -> (none)"});
}

TEST(DiffTest, ListsByIndex) {
  Value A = Value::list("Chunk", Value::ByIndex);
  Value B = Value::list("Chunk", Value::ByIndex);
  A.append(Value::bytes("aa"));
  B.append(Value::bytes("bb"));
  B.append(Value::bytes("aa"));
  EXPECT_EQ(diff(wrap("C", std::move(A)), wrap("C", std::move(B))),
            (Lines{"C[0]: aa -> bb", "C[1]: (none) -> aa"}));
}

TEST(DiffTest, Texts) {
  EXPECT_EQ(diff(text("a\nb\n"), text("a\nb\n")), Lines());
  EXPECT_EQ(diff(text("a\nb\nc"), text("a\nB\nC")), Lines{"T[2]: b -> B"});
  EXPECT_EQ(diff(text("a"), text("a\nb")), Lines{"T[2]: (none) -> b"});
  EXPECT_EQ(diff(text("a\n"), text("a")), Lines{"T[2]:  -> (none)"});
  EXPECT_EQ(diff(text(""), text("a")), Lines{"T[1]:  -> a"});
}

TEST(DiffTest, WhatIsNotCompared) {
  auto Make = [](uint64_t Address, uint64_t Index) {
    Value V = Value::object();
    V.add("Address", Value::address(Address));
    V.add("Index", Value::integer(Index).notCompared());
    return V;
  };
  EXPECT_EQ(diff(Make(1, 1), Make(2, 2)), Lines());
  EXPECT_EQ(diff(Make(1, 1), Make(2, 2), /*CompareAddresses=*/true),
            Lines{"Address: 0x1 -> 0x2"});
  EXPECT_EQ(diff(Make(1, 1), Value::object()), Lines());
  EXPECT_EQ(diff(Value::object(), Make(1, 1)), Lines());
}

TEST(DiffTest, PathsAreEscaped) {
  EXPECT_EQ(diff(modules({{"a\n", 1}}), modules({{"a\n", 2}})),
            Lines{"Modules[a\\0A].Size: 1 -> 2"});
}

TEST(DiffTest, LongListsAreCounted) {
  std::vector<std::string> Names(17, "x");
  EXPECT_EQ(formatOnOneLine(Value::strings(Names)), "[17 elements]");
  Names.resize(2);
  EXPECT_EQ(formatOnOneLine(Value::strings(Names)), "[x, x]");
  EXPECT_EQ(formatOnOneLine(Value::text("abc\n")), "4 bytes");
}

/// A tree of depth 3 whose every choice is a random one.
Value randomTree(std::mt19937_64 &Random, unsigned Depth) {
  switch (Random() % (Depth ? 8 : 6)) {
  case 0:
    return Value::integer(Random() % 3);
  case 1:
    return Value::string(std::string(1, 'a' + Random() % 3));
  case 2:
    return Value::boolean(Random() % 2);
  case 3:
    return Value::hex(Random() % 3);
  case 4:
    return Value::text(Random() % 2 ? "a\nb\n" : "a\nc");
  case 5:
    return Value::enumerator(Random() % 2 ? "x" : "y");
  case 6: {
    Value V = Value::object();
    for (const char *Name : {"A", "B", "C", "D"})
      if (Random() % 2)
        V.add(Name, randomTree(Random, Depth - 1));
    return V;
  }
  default: {
    Value V = Value::list("E", Random() % 2 ? Value::ByKey : Value::ByIndex);
    for (unsigned I = Random() % 4; I; --I)
      V.append(randomTree(Random, Depth - 1),
               std::string(1, 'a' + Random() % 3));
    return V;
  }
  }
}

TEST(DiffTest, RandomTrees) {
  std::mt19937_64 Random(20);
  for (int I = 0; I < 3000; ++I) {
    Value A = randomTree(Random, 3), B = randomTree(Random, 3);
    EXPECT_EQ(diff(A, A), Lines());
    // The same from the other side.
    std::vector<Difference> Forth = compareValues(A, B, true);
    std::vector<Difference> Back = compareValues(B, A, true);
    ASSERT_EQ(Forth.size(), Back.size())
        << formatOnOneLine(A) << " and " << formatOnOneLine(B);
  }
}

} // namespace
