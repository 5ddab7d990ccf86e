//===- PrinterTest.cpp - Tests of text and JSON ---------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "gtest/gtest.h"

#include <limits>

using namespace llvm;
using namespace pkgimg::readobj;

namespace {

Value makeFile() {
  Value Module = Value::object();
  Module.add("Name", Value::string("Foo"));
  Module.add("BuildID", Value::bytes("00ff"));
  Value Modules = Value::list("Module");
  Modules.append(std::move(Module), "Foo");

  Value Header = Value::object();
  Header.add("Format", Value::enumerator("Julia"));
  Header.add("PointerSize", Value::integer(8));
  Header.add("ImageData", Value::boolean(false));
  Header.add("DataStart", Value::address(0x1a20));
  Header.add("Time", Value::real(1.5));

  std::vector<std::string> Features = {"avx", "avx2"};
  Value File = Value::object();
  File.add("File", Value::string("a.ji"));
  File.add("Header", std::move(Header));
  File.add("Modules", std::move(Modules));
  File.add("Enabled", Value::strings(Features));
  File.add("TOML", Value::text("a = 1\nb = 2\n"));
  return File;
}

TEST(PrinterTest, Text) {
  EXPECT_EQ(toText(makeFile()), R"(File: a.ji
Header {
  Format: Julia
  PointerSize: 8
  ImageData: No
  DataStart: 0x1a20
  Time: 1.5
}
Modules [
  Module {
    Name: Foo
    BuildID: 00ff
  }
]
Enabled: [avx, avx2]
TOML (
  a = 1
  b = 2
)
)");
}

TEST(PrinterTest, JSON) {
  EXPECT_EQ(toJSON(makeFile()),
            R"({"File":"a.ji","Header":{"Format":"Julia","PointerSize":8,)"
            R"("ImageData":false,"DataStart":"0x1a20","Time":1.5},)"
            R"("Modules":[{"Name":"Foo","BuildID":"00ff"}],)"
            R"("Enabled":["avx","avx2"],"TOML":"a = 1\nb = 2\n"})");
}

TEST(PrinterTest, EmptyParts) {
  Value File = Value::object();
  File.add("Object", Value::object());
  File.add("List", Value::list("Element"));
  File.add("Strings", Value::strings(ArrayRef<std::string>()));
  File.add("Table", Value::table("Row"));
  File.add("Text", Value::text(""));
  File.add("String", Value::string(""));
  EXPECT_EQ(toText(File), "Object {\n}\nList [\n]\nStrings: []\nTable [\n]\n"
                          "Text (\n)\nString: \n");
  EXPECT_EQ(toJSON(File), R"({"Object":{},"List":[],"Strings":[],"Table":[],)"
                          R"("Text":"","String":""})");
}

TEST(PrinterTest, Tables) {
  Value Table = Value::table("Part");
  for (auto [Name, Bytes] : {std::pair("code", 7), {"d\xce\xb1ta", 12345}}) {
    Value Row = Value::object();
    Row.add("Part", Value::string(Name));
    Row.add("Bytes", Value::integer(Bytes));
    if (Bytes == 7)
      Row.add("Base", Value::integer(0));
    Table.append(std::move(Row));
  }
  Value File = Value::object();
  File.add("Totals", std::move(Table));
  EXPECT_EQ(toText(File), "Totals [\n"
                          "  Part  Bytes  Base\n"
                          "  code      7     0\n"
                          "  d\xce\xb1ta  12345     -\n"
                          "]\n");
  EXPECT_EQ(toJSON(File), R"({"Totals":[{"Part":"code","Bytes":7,"Base":0},)"
                          "{\"Part\":\"d\xce\xb1ta\",\"Bytes\":12345}]}");
}

TEST(PrinterTest, DigestsStandOnLinesOfTheirOwn) {
  Value Chunks = Value::list("Chunk", Value::ByIndex);
  Chunks.append(Value::bytes("00"));
  Chunks.append(Value::bytes("11"));
  Value File = Value::object();
  File.add("Chunks", std::move(Chunks));
  EXPECT_EQ(toText(File), "Chunks [\n  Chunk: 00\n  Chunk: 11\n]\n");
}

TEST(PrinterTest, UntrustedStrings) {
  Value File = Value::object();
  File.add("Name", Value::string("a\nFile: b"));
  File.add("Text", Value::text("x\x1b\ny\xff"));
  std::vector<std::string> Names = {"a\nb"};
  File.add("Names", Value::strings(Names));
  EXPECT_EQ(toText(File), "Name: a\\0AFile: b\n"
                          "Text (\n  x\\1B\n  y\\FF\n)\n"
                          "Names: [a\\0Ab]\n");
  EXPECT_EQ(toJSON(File), "{\"Name\":\"a\\nFile: b\",\"Text\":\"x\\u001b\\ny"
                          "\xef\xbf\xbd\",\"Names\":[\"a\\nb\"]}");
}

TEST(PrinterTest, NumbersAreExact) {
  Value File = Value::object();
  File.add("A", Value::integer(UINT64_MAX));
  File.add("B", Value::real(0.1));
  File.add("C", Value::real(1763942400.123456));
  EXPECT_EQ(toJSON(File), R"({"A":18446744073709551615,)"
                          R"("B":0.10000000000000001,)"
                          R"("C":1763942400.123456})");
  EXPECT_EQ(toText(File), "A: 18446744073709551615\nB: 0.10000000000000001\n"
                          "C: 1763942400.123456\n");
}

TEST(PrinterTest, JSONHasNoInfinity) {
  Value File = Value::object();
  File.add("A", Value::real(std::numeric_limits<double>::quiet_NaN()));
  File.add("B", Value::real(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(toJSON(File), R"({"A":"nan","B":"-inf"})");
  EXPECT_EQ(toText(File), "A: nan\nB: -inf\n");
}

} // namespace
