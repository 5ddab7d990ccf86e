//===- ScalarsTest.cpp - tests of the scalars in our YAML -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "pkgimg/FormatYAML/Macros.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/ConvertUTF.h"
#include <cmath>

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

namespace {

/// Writes and reads \p H.
FormatYAML::Header roundTrip(const FormatYAML::Header &H) {
  std::string Text = printDocument(FileDocument(H));
  FileDocument D = valueOf(parse(Text));
  return std::get<FormatYAML::Header>(D);
}

/// The same bytes as a short text, as an element of a list, and as a source.
void checkText(const std::string &Bytes) {
  FormatYAML::Header H;
  H.Branch = Text(Bytes);
  H.PreferenceKeys = {Text("a"), Text(Bytes), Text("b")};
  Source S;
  S.Path = Text(Bytes);
  S.Content.Value = Bytes;
  H.Sources = {S, S};
  FormatYAML::Header Read = roundTrip(H);
  ASSERT_TRUE(Read.Branch.has_value());
  EXPECT_EQ(Read.Branch->Value, Bytes);
  ASSERT_EQ(Read.PreferenceKeys.size(), 3u);
  EXPECT_EQ(Read.PreferenceKeys[1].Value, Bytes);
  ASSERT_EQ(Read.Sources.size(), 2u);
  EXPECT_EQ(Read.Sources[0].Path.Value, Bytes);
  EXPECT_EQ(Read.Sources[0].Content.Value, Bytes);
  EXPECT_EQ(Read.Sources[1].Content.Value, Bytes);
}

TEST(Text, KeepsWhatYAMLHasAMeaningFor) {
  for (const char *Bytes : {"",
                            " ",
                            "~",
                            "null",
                            "yes",
                            "1.10",
                            "0x10",
                            "-",
                            "- a",
                            "a: b",
                            "a:",
                            "#",
                            "a #b",
                            "[a]",
                            "{a}",
                            "a, b",
                            "<none>",
                            "'",
                            "\"",
                            "\\",
                            "%",
                            "@a",
                            "`",
                            "!t",
                            "&a",
                            "*a",
                            "|",
                            ">",
                            "?",
                            "a\n",
                            "a\nb",
                            "\na",
                            "a\n\n",
                            " a\n",
                            "\ta\n",
                            "a\n \nb\n",
                            "a\r\nb\n",
                            "---",
                            "...",
                            "hex:",
                            "hex:41",
                            "[[a=b]]",
                            "[[a]]",
                            "x\xc3\xa4\n",
                            "\xe2\x82\xac",
                            "\xff",
                            "\x7f",
                            "a\x1b",
                            "\xef\xbb\xbf",
                            "\xc2\x85",
                            "\xe2\x80\xa8",
                            "a\tb",
                            "\t",
                            "--- a\n"})
    checkText(Bytes);
  checkText(std::string("a\0b", 3));
}

TEST(Text, KeepsAllCodePoints) {
  std::string All;
  for (uint32_t C = 1; C < 0x11000; C += C < 0x3000 ? 1 : 61) {
    if (C >= 0xd800 && C < 0xe000)
      continue;
    char Buffer[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
    char *End = Buffer;
    ASSERT_TRUE(ConvertCodePointToUTF8(C, End));
    std::string One(Buffer, End);
    if (isPlainText(One))
      All += One;
    if (C < 0x250 || C > 0xfe00)
      checkText("x" + One);
  }
  checkText(All);
}

TEST(Text, KeepsRandomBytes) {
  Random R(1);
  for (int I = 0; I < 500; ++I)
    checkText(R.chance(50) ? R.text(60) : R.bytes(R.below(12)));
}

TEST(Text, IsReadableWhereItCan) {
  FormatYAML::Header H;
  Source S;
  S.Path = Text("a.jl");
  S.Content.Value = "f(x) = [[x]]\n\n  g\n";
  H.Sources = {S};
  EXPECT_NE(printDocument(FileDocument(H))
                .find("|\n      f(x) = [[x]]\n      \n        g\n"),
            std::string::npos);
  EXPECT_FALSE(isBlockText("a"));
  EXPECT_FALSE(isBlockText("a\n\n"));
  EXPECT_FALSE(isBlockText(" a\n"));
  EXPECT_FALSE(isBlockText("a\n \n"));
  EXPECT_TRUE(isBlockText("a\n\n b\n"));
}

TEST(Text, BadDigitsAreErrors) {
  EXPECT_EQ(errorOf(parse("--- !Header\nOS: hex:4\n")),
            "in.yaml:2:5: expected an even number of hexadecimal digits");
  EXPECT_EQ(errorOf(parse("--- !Header\nOS: hex:4x\n")),
            "in.yaml:2:5: expected hexadecimal digits");
}

TEST(HexBytes, BlanksStandBetweenPairs) {
  FileDocument D = valueOf(parse("--- !Header\nData: 00 0aFf\n"));
  EXPECT_EQ(std::get<FormatYAML::Header>(D).Data->Value,
            std::string("\x00\x0a\xff", 3));
  EXPECT_EQ(errorOf(parse("--- !Header\nData: 0 0\n")),
            "in.yaml:2:7: expected pairs of hexadecimal digits");
}

TEST(Seconds, KeepsAllBits) {
  Random R(2);
  std::vector<double> Values = {0.0,      -0.0,        -1.0,     0.1,
                                1e300,    5e-324,      HUGE_VAL, -HUGE_VAL,
                                1e15 + 1, std::nan("")};
  for (int I = 0; I < 2000; ++I)
    Values.push_back(bit_cast<double>(R.bits()));
  FormatYAML::Header H;
  for (double Value : Values) {
    DependencyEntry E;
    E.File = Text("f");
    E.ModificationTime.Value = Value;
    H.Dependencies.push_back(E);
  }
  FormatYAML::Header Read = roundTrip(H);
  ASSERT_EQ(Read.Dependencies.size(), Values.size());
  for (size_t I = 0; I < Values.size(); ++I)
    EXPECT_EQ(bit_cast<uint64_t>(Read.Dependencies[I].ModificationTime.Value),
              bit_cast<uint64_t>(Values[I]));
}

TEST(Seconds, Spelling) {
  FormatYAML::Header H;
  DependencyEntry E;
  E.File = Text("f");
  E.ModificationTime.Value = 1700000000.25;
  H.Dependencies = {E};
  EXPECT_NE(
      printDocument(FileDocument(H)).find("ModificationTime: 1700000000.25\n"),
      std::string::npos);
  for (const char *Bad : {"x", "bits:1", "bits:zzzzzzzzzzzzzzzz", "''"})
    EXPECT_FALSE(errorOf(parse(("--- !Header\nDependencies:\n  - File: f\n    "
                                "ModificationTime: " +
                                Twine(Bad) + "\n")
                                   .str()))
                     .empty());
}

TEST(Reference, Spelling) {
  const std::tuple<const char *, int64_t, const char *> Cases[] = {
      {"f", 0, "f"},
      {"f", 8, "f+8"},
      {"f", -16, "f-16"},
      {"julia_+_2", 0, "julia_+_2"},
      {"julia_+_2", 4, "julia_+_2+4"},
      {"f+8", 0, "f+8+0"},
      {"f-0x10", 0, "f-0x10+0"},
      {"f", INT64_MIN, "f-9223372036854775808"},
      {"f", INT64_MAX, "f+9223372036854775807"},
      {"+1", 0, "+1"},
      {"f+99999999999999999999", 0, "f+99999999999999999999"}};
  for (auto [Symbol, Offset, Spelling] : Cases) {
    SymbolRef Ref{Symbol, Offset};
    EXPECT_EQ(formatReference(Ref), Spelling);
    EXPECT_EQ(parseReference(Spelling).Symbol, Symbol);
    EXPECT_EQ(parseReference(Spelling).Offset, Offset);
  }
  EXPECT_EQ(parseReference("f+0x10").Offset, 16);
}

TEST(Reference, KeepsRandomSymbols) {
  Random R(3);
  for (int I = 0; I < 2000; ++I) {
    SymbolRef Ref;
    Ref.Symbol = R.chance(80) ? R.name() : R.bytes(1 + R.below(8));
    if (R.chance(20))
      Ref.Symbol += "+" + std::to_string(R.below(100));
    if (R.chance(50))
      Ref.Offset = int64_t(R.bits()) >> R.below(64);
    SymbolRef Read = parseReference(formatReference(Ref));
    EXPECT_EQ(Read.Symbol, Ref.Symbol);
    EXPECT_EQ(Read.Offset, Ref.Offset);
  }
}

TEST(Macros, AreReplaced) {
  auto Expand = [](StringRef Text, std::vector<std::string> Definitions) {
    return valueOf(expandMacros(Text, Definitions));
  };
  EXPECT_EQ(Expand("a [[X]] b", {"X=1"}), "a 1 b");
  EXPECT_EQ(Expand("[[X]][[Y=2]]", {"X=[[Y]]"}), "[[Y]]2");
  EXPECT_EQ(Expand("[[X=a]]", {"X=1", "X=b=c"}), "b=c");
  EXPECT_EQ(Expand("[[X=]]", {}), "");
  // Lists of lists are no macros.
  EXPECT_EQ(Expand("[[X]] [[1, 2], [3]] [[[X]]]", {}),
            "[[X]] [[1, 2], [3]] [[[X]]]");
  EXPECT_EQ(Expand("[[[X]]]", {"X=1"}), "[1]");
  EXPECT_EQ(Expand("[[X\n]] [[", {"X=1"}), "[[X\n]] [[");
  EXPECT_TRUE(hasMacroWithDefault("a[[b=c]]"));
  EXPECT_FALSE(hasMacroWithDefault("a[[b]] [[c = d]] [[1=2]]"));
}

TEST(Macros, BadDefinitionsAreErrors) {
  EXPECT_EQ(errorOf(expandMacros("", {std::string("X")})),
            "the definition 'X' of a macro: expected NAME=VALUE, with a name "
            "of letters, digits and '_'");
  EXPECT_FALSE(errorOf(expandMacros("", {std::string("1=x")})).empty());
}

} // namespace
