//===- ValueTest.cpp - Tests of trees of values ---------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Value.h"
#include "gtest/gtest.h"

#include <limits>

using namespace llvm;
using namespace pkgimg::readobj;

namespace {

TEST(ValueTest, ScalarsAsText) {
  EXPECT_EQ(Value::string("a\nb").str(), "a\nb");
  EXPECT_EQ(Value::text("a\nb").str(), "a\nb");
  EXPECT_EQ(Value::enumerator("zstd").str(), "zstd");
  EXPECT_EQ(Value::bytes("00ff").str(), "00ff");
  EXPECT_EQ(Value::boolean(true).str(), "Yes");
  EXPECT_EQ(Value::boolean(false).str(), "No");
  EXPECT_EQ(Value::integer(UINT64_MAX).str(), "18446744073709551615");
  EXPECT_EQ(Value::hex(0x1A20).str(), "0x1a20");
  EXPECT_EQ(Value::address(0).str(), "0x0");
  EXPECT_EQ(Value::real(-1).str(), "-1");
  EXPECT_EQ(Value::real(1700000000.125).str(), "1700000000.125");
}

TEST(ValueTest, ObjectsKeepTheOrderAndFindMembers) {
  Value V = Value::object();
  EXPECT_TRUE(V.empty());
  V.add("B", Value::integer(2));
  V.add("A", Value::integer(1));
  ASSERT_EQ(V.children().size(), 2u);
  EXPECT_EQ(V.children()[0].Name, "B");
  ASSERT_NE(V.find("A"), nullptr);
  EXPECT_EQ(V.find("A")->getInteger(), 1u);
  EXPECT_EQ(V.find("C"), nullptr);
}

TEST(ValueTest, ListsHaveKeys) {
  Value V = Value::list("Module");
  V.append(Value::integer(1), "one");
  V.append(Value::integer(2));
  EXPECT_EQ(V.label(), "Module");
  EXPECT_EQ(V.children()[0].Name, "one");
  EXPECT_EQ(V.children()[1].Name, "");
  EXPECT_FALSE(V.isTable());
  EXPECT_TRUE(Value::table("Row").isTable());

  std::vector<std::string> Names = {"x", "y"};
  Value Strings = Value::strings(Names);
  EXPECT_EQ(Strings.match(), Value::ByValue);
  ASSERT_EQ(Strings.children().size(), 2u);
  EXPECT_EQ(Strings.children()[1].V.str(), "y");
}

TEST(ValueTest, NotCompared) {
  EXPECT_TRUE(Value::integer(1).isCompared());
  EXPECT_FALSE(Value::integer(1).notCompared().isCompared());
}

TEST(ValueTest, Escapes) {
  EXPECT_EQ(escapeText("plain text, \"quoted\""), "plain text, \"quoted\"");
  EXPECT_EQ(escapeText("C:\\dir"), "C:\\\\dir");
  EXPECT_EQ(escapeText(StringRef("a\0b", 3)), "a\\00b");
  EXPECT_EQ(escapeText("a\nb\tc\r"), "a\\0Ab\\09c\\0D");
  EXPECT_EQ(escapeText("\x1b[31m"), "\\1B[31m");
  EXPECT_EQ(escapeText("\x7f"), "\\7F");
}

TEST(ValueTest, EscapesByCodePoints) {
  // A name in Greek, as Julia allows it.
  EXPECT_EQ(escapeText("\xce\xb1\xce\xb2"), "\xce\xb1\xce\xb2");
  // Broken, overlong, cut off.
  EXPECT_EQ(escapeText("\xff"), "\\FF");
  EXPECT_EQ(escapeText("\xc0\x80"), "\\C0\\80");
  EXPECT_EQ(escapeText("\xe2\x82"), "\\E2\\82");
  EXPECT_EQ(escapeText("\xed\xa0\x80"), "\\ED\\A0\\80");
  // What turns the direction of text around.
  EXPECT_EQ(escapeText("\xe2\x80\xae"), "\\E2\\80\\AE");
}

TEST(ValueTest, EscapesAreUnambiguous) {
  // Every byte alone, and every pair with a backslash, gives another text.
  std::vector<std::string> Seen;
  for (int C = 0; C < 256; ++C) {
    Seen.push_back(escapeText(std::string(1, char(C))));
    Seen.push_back(escapeText(std::string("\\") + char(C)));
  }
  std::sort(Seen.begin(), Seen.end());
  EXPECT_EQ(std::adjacent_find(Seen.begin(), Seen.end()), Seen.end());
}

} // namespace
