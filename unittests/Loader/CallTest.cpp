//===- CallTest.cpp - a call in words, and in fact ------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../tools/pkgimg-run/Call.h"
#include "../TestSupport.h"
#include "llvm/ADT/Twine.h"
#include <cmath>
#include <cstdarg>

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::run;

namespace {

//===----------------------------------------------------------------------===//
// As it was written
//===----------------------------------------------------------------------===//

Literal literal(StringRef Text) {
  Call C = valueOf(parseCall(("f(" + Text + ")").str()));
  if (C.Arguments.size() == 1)
    return C.Arguments[0];
  ADD_FAILURE() << C.Arguments.size() << " arguments";
  return Literal();
}

TEST(CallTest, Forms) {
  Call C = valueOf(parseCall("f()"));
  EXPECT_EQ(C.Function, "f");
  EXPECT_TRUE(C.Arguments.empty());
  EXPECT_EQ(C.EndColumn, 3u);

  C = valueOf(parseCall(" julia_+_2 ( 1 ,\t-2.5, \"a,b)\" , null ) "));
  EXPECT_EQ(C.Function, "julia_+_2");
  ASSERT_EQ(C.Arguments.size(), 4u);
  EXPECT_EQ(C.Arguments[1].Text, "-2.5");
  EXPECT_EQ(C.Arguments[1].Column, 18u);
  EXPECT_EQ(C.Arguments[2].Bytes, "a,b)");

  EXPECT_EQ(valueOf(parseCall("\"f (\\\"x\\\")\"()")).Function, "f (\"x\")");
}

TEST(CallTest, Integers) {
  auto expect = [](StringRef Text, bool IsNegative, uint64_t Magnitude) {
    Literal L = literal(Text);
    EXPECT_EQ(L.Kind, Literal::Integer) << Text.str();
    EXPECT_EQ(L.IsNegative, IsNegative) << Text.str();
    EXPECT_EQ(L.Magnitude, Magnitude) << Text.str();
  };
  expect("0", false, 0);
  expect("+7", false, 7);
  expect("-7", true, 7);
  expect("010", false, 10);
  expect("0x1f", false, 31);
  expect("-0xFF", true, 255);
  expect("0b101", false, 5);
  expect("0o17", false, 15);
  expect("18446744073709551615", false, UINT64_MAX);
}

TEST(CallTest, Numbers) {
  auto expect = [](StringRef Text, double Value) {
    Literal L = literal(Text);
    EXPECT_EQ(L.Kind, Literal::Number) << Text.str();
    EXPECT_EQ(L.Value, Value) << Text.str();
  };
  expect("2.5", 2.5);
  expect("-.5", -.5);
  expect("1e3", 1000);
  expect("1.e-3", 0.001);
  expect("0x1.8p1", 3);
  expect("-0x1p-1074", -4.9406564584124654e-324);
  expect("inf", INFINITY);
  expect("-inf", -INFINITY);
  EXPECT_TRUE(std::isnan(literal("nan").Value));
  EXPECT_TRUE(std::signbit(literal("-0.0").Value));
}

TEST(CallTest, OtherLiterals) {
  EXPECT_EQ(literal("true").Magnitude, 1u);
  EXPECT_EQ(literal("false").Magnitude, 0u);
  EXPECT_EQ(literal("false").Kind, Literal::Bool);
  EXPECT_EQ(literal("null").Kind, Literal::Null);
  EXPECT_EQ(literal("\"\"").Bytes, "");
  EXPECT_EQ(literal("\"\\n\\t\\r\\0\\\"\\\\\\x41\\xfF\"").Bytes,
            std::string("\n\t\r\0\"\\A\xff", 8));
}

TEST(CallTest, MistakesHaveTheirColumn) {
  auto error = [](StringRef Text) { return errorOf(parseCall(Text)); };
  EXPECT_EQ(error(""), "call '', column 1: expected the name of a function, "
                       "found the end");
  EXPECT_EQ(error("(1)"), "call '(1)', column 1: expected the name of a "
                          "function, found '('");
  EXPECT_EQ(error("f"), "call 'f', column 2: expected '(', found the end");
  EXPECT_EQ(error("f g()"), "call 'f g()', column 3: expected '(', found 'g'");
  EXPECT_EQ(error("f("),
            "call 'f(', column 3: expected an argument, found the end");
  EXPECT_EQ(error("f(1"),
            "call 'f(1', column 4: expected ',' or ')', found the end");
  EXPECT_EQ(error("f(1 2)"),
            "call 'f(1 2)', column 5: expected ',' or ')', found '2'");
  EXPECT_EQ(error("f(1,)"),
            "call 'f(1,)', column 5: expected an argument, found ')'");
  EXPECT_EQ(error("f(,1)"),
            "call 'f(,1)', column 3: expected an argument, found ','");
  EXPECT_EQ(error("f()x"),
            "call 'f()x', column 4: expected the end, found 'x'");
  EXPECT_EQ(error("f(abc)"),
            "call 'f(abc)', column 3: expected an integer, a number, a string, "
            "'true', 'false' or 'null', found 'abc'");
  for (StringRef Text :
       {"0x", "1e", "1e+", "0x1p", "0x1p-", "1e999", "0xg", "1.2.3", "--1", "-",
        "0b2", "infinity", "NaN", "+true", "0x1.8"})
    EXPECT_NE(error(("f(" + Text + ")").str()).find("column 3: expected an"),
              std::string::npos)
        << Text.str();
  EXPECT_EQ(error("f(18446744073709551616)"),
            "call 'f(18446744073709551616)', column 3: the integer "
            "'18446744073709551616' has more than 64 bits");
  EXPECT_EQ(error("f(\"a"),
            "call 'f(\"a', column 3: the string has no closing '\"'");
  EXPECT_EQ(error("f(\"a\\"),
            "call 'f(\"a\\', column 3: the string has no closing '\"'");
  EXPECT_EQ(error("f(\"\\q\")"),
            "call 'f(\"\\q\")', column 4: unknown escape '\\q'; there are \\n, "
            "\\t, \\r, \\0, \\\", \\\\ and \\x with two digits");
  EXPECT_EQ(error("f(\"\\x4\")"), "call 'f(\"\\x4\")', column 4: '\\x' needs "
                                  "two hexadecimal digits");
}

//===----------------------------------------------------------------------===//
// What the signature makes of it
//===----------------------------------------------------------------------===//

Expected<std::vector<CValue>> bindText(StringRef Arguments,
                                       StringRef Signature) {
  // The values may point into the call.
  static Call C;
  C = valueOf(parseCall(("f(" + Arguments + ")").str()));
  return bindArguments(C, valueOf(parseSignature(Signature)));
}

CValue bindOne(StringRef Argument, StringRef Type) {
  std::vector<CValue> V =
      valueOf(bindText(Argument, ("void(" + Type + ")").str()));
  return V.size() == 1 ? V[0] : CValue();
}

std::string mistake(StringRef Arguments, StringRef Signature) {
  std::string Text = errorOf(bindText(Arguments, Signature));
  // "call '...', ".
  size_t At = Text.find("', column");
  return At == std::string::npos ? Text : Text.substr(At + 3);
}

TEST(CallTest, Ranges) {
  const struct {
    StringRef Type, Min, Max, Below, Above;
  } Types[] = {
      {"i8", "-128", "127", "-129", "128"},
      {"u8", "0", "255", "-1", "256"},
      {"i16", "-32768", "32767", "-32769", "32768"},
      {"u16", "0", "65535", "-1", "65536"},
      {"i32", "-2147483648", "2147483647", "-2147483649", "2147483648"},
      {"u32", "0", "4294967295", "-1", "4294967296"},
      {"i64", "-9223372036854775808", "9223372036854775807",
       "-9223372036854775809", "9223372036854775808"},
  };
  for (const auto &T : Types) {
    EXPECT_EQ(formatValue(bindOne(T.Min, T.Type)), T.Min) << T.Type.str();
    EXPECT_EQ(formatValue(bindOne(T.Max, T.Type)), T.Max) << T.Type.str();
    std::string Range =
        (" is out of range: " + T.Type + " has " + T.Min + " to " + T.Max)
            .str();
    std::string Signature = ("void(" + T.Type + ")").str();
    EXPECT_EQ(mistake(T.Below, Signature),
              ("column 3: argument 1 of 'f': " + T.Below + Range).str());
    EXPECT_EQ(mistake(T.Above, Signature),
              ("column 3: argument 1 of 'f': " + T.Above + Range).str());
  }
  EXPECT_EQ(formatValue(bindOne("0xffffffffffffffff", "u64")),
            "18446744073709551615");
  EXPECT_EQ(formatValue(bindOne("-0", "u64")), "0");
}

TEST(CallTest, Kinds) {
  EXPECT_EQ(formatValue(bindOne("true", "bool")), "true");
  EXPECT_EQ(formatValue(bindOne("0", "bool")), "false");
  EXPECT_EQ(mistake("2", "void(bool)"), "column 3: argument 1 of 'f': expected "
                                        "true, false, 0 or 1, found an integer "
                                        "2");
  EXPECT_EQ(mistake("true", "void(i32)"), "column 3: argument 1 of 'f': "
                                          "expected an integer, found a truth "
                                          "value true");
  EXPECT_EQ(mistake("1.0", "void(i32)"),
            "column 3: argument 1 of 'f': expected "
            "an integer, found a number 1.0");
  EXPECT_EQ(mistake("1, \"x\"", "void(f64,f32)"),
            "column 6: argument 2 of 'f': expected a number, found a string "
            "\"x\"");
  EXPECT_EQ(mistake("0", "void(ptr)"),
            "column 3: argument 1 of 'f': expected a "
            "string or null, found an integer 0");
  EXPECT_EQ(mistake("null", "void(u8)"),
            "column 3: argument 1 of 'f': expected "
            "an integer, found null");
  EXPECT_EQ(formatValue(bindOne("null", "ptr")), "0x0");
  EXPECT_STREQ(reinterpret_cast<const char *>(
                   static_cast<uintptr_t>(bindOne("\"ab\"", "ptr").Bits)),
               "ab");
}

TEST(CallTest, IntegersAsNumbers) {
  EXPECT_EQ(bindOne("-3", "f64").Number, -3);
  EXPECT_EQ(bindOne("9007199254740992", "f64").Number, 9007199254740992.0);
  EXPECT_EQ(mistake("9007199254740993", "void(f64)"),
            "column 3: argument 1 of 'f': 9007199254740993 cannot be held "
            "exactly by f64; write it with a decimal point to have it rounded");
  EXPECT_EQ(bindOne("16777216", "f32").Number, 16777216);
  EXPECT_NE(mistake("16777217", "void(f32)").find("exactly by f32"),
            std::string::npos);
  EXPECT_EQ(bindOne("16777217.0", "f32").Number, 16777216);
  EXPECT_EQ(bindOne("0.1", "f32").Number, double(0.1f));
  EXPECT_NE(mistake("1e39", "void(f32)").find("out of range: f32"),
            std::string::npos);
  EXPECT_EQ(bindOne("inf", "f32").Number, INFINITY);
}

TEST(CallTest, Counts) {
  EXPECT_EQ(mistake("", "void(i32)"),
            "column 3: 'f' takes 1 argument, got 0; it is void(i32)");
  EXPECT_EQ(mistake("1, 2, 3", "i8(i32,i32)"),
            "column 9: 'f' takes 2 arguments, got 3; it is i8(i32,i32)");
  EXPECT_EQ(mistake("", "void(i32,...)"),
            "column 3: 'f' takes at least 1 argument, got 0; it is "
            "void(i32,...)");
}

TEST(CallTest, Promotions) {
  auto types = [](StringRef Arguments) {
    std::string Text;
    for (const CValue &V : valueOf(bindText(Arguments, "void(...)")))
      Text += (getCTypeName(V.Type) + " ").str();
    return Text;
  };
  EXPECT_EQ(types("1, 2.5, true, \"a\", null"), "i32 f64 i32 ptr ptr ");
  EXPECT_EQ(types("2147483647, 2147483648, -2147483648, -2147483649, "
                  "9223372036854775807, 9223372036854775808"),
            "i32 i64 i32 i64 i64 u64 ");
  EXPECT_EQ(mistake("-9223372036854775809", "void(...)").substr(0, 30),
            "column 3: argument 1 of 'f': -");
}

//===----------------------------------------------------------------------===//
// The call
//===----------------------------------------------------------------------===//

template <typename FunctionT>
std::string result(FunctionT *F, StringRef Signature, StringRef Arguments) {
  std::vector<CValue> Values = valueOf(bindText(Arguments, Signature));
  return formatValue(invoke(reinterpret_cast<void *>(F),
                            valueOf(parseSignature(Signature)), Values));
}

template <typename T> T same(T V) { return V; }

std::string Seen;
void seeNothing() { Seen += "called"; }
double mixed(int8_t A, float B, uint64_t C, double D, bool E, uint16_t F,
             int64_t G, const char *H, uint8_t I, int32_t J) {
  return A + B + double(C) + D + E + F + double(G) + *H + I + J;
}
int64_t sum(int Count, ...) {
  va_list List;
  va_start(List, Count);
  int64_t Sum = 0;
  for (int I = 0; I < Count; ++I)
    Sum += va_arg(List, int64_t);
  Sum += int64_t(va_arg(List, double) * 100);
  va_end(List);
  return Sum;
}

TEST(CallTest, Results) {
  EXPECT_EQ(result(same<bool>, "bool(bool)", "true"), "true");
  EXPECT_EQ(result(same<int8_t>, "i8(i8)", "-100"), "-100");
  EXPECT_EQ(result(same<uint8_t>, "u8(u8)", "200"), "200");
  EXPECT_EQ(result(same<int16_t>, "i16(i16)", "-30000"), "-30000");
  EXPECT_EQ(result(same<uint16_t>, "u16(u16)", "60000"), "60000");
  EXPECT_EQ(result(same<int32_t>, "i32(i32)", "-5"), "-5");
  EXPECT_EQ(result(same<uint32_t>, "u32(u32)", "4000000000"), "4000000000");
  EXPECT_EQ(result(same<int64_t>, "i64(i64)", "-9223372036854775808"),
            "-9223372036854775808");
  EXPECT_EQ(result(same<uint64_t>, "u64(u64)", "18446744073709551615"),
            "18446744073709551615");
  EXPECT_EQ(result(same<float>, "f32(f32)", "0.1"), "0.10000000149011612");
  EXPECT_EQ(result(same<double>, "f64(f64)", "0.1"), "0.10000000000000001");
  EXPECT_EQ(result(same<double>, "f64(f64)", "-inf"), "-inf");
  EXPECT_EQ(result(same<const char *>, "ptr(ptr)", "null"), "0x0");
  EXPECT_EQ(result(seeNothing, "void()", ""), "");
  EXPECT_EQ(Seen, "called");
  EXPECT_EQ(result(mixed, "f64(i8,f32,u64,f64,bool,u16,i64,ptr,u8,i32)",
                   "-1, 0.5, 1000, 0.25, true, 60000, -7, \"A\", 200, -3"),
            "61255.75");
  EXPECT_EQ(result(sum, "i64(i32,...)",
                   "3, 4294967296, -4294967297, 9000000000, 2.5"),
            "9000000249");
}

} // namespace
