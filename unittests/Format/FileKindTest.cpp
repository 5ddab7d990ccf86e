//===- FileKindTest.cpp - Recognising files by content --------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/FileKind.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

static std::string elf(unsigned Type) {
  std::string Bytes("\x7f"
                    "ELF\x02\x01\x01",
                    7);
  Bytes.resize(64);
  Bytes[16] = char(Type);
  Bytes[18] = 62;
  return Bytes;
}

TEST(FileKind, ELF) {
  EXPECT_EQ(identifyFile(elf(1)), FileKind::ELFObject);
  EXPECT_EQ(identifyFile(elf(2)), FileKind::ELFExecutable);
  EXPECT_EQ(identifyFile(elf(3)), FileKind::ELFShared);
}

TEST(FileKind, Archives) {
  EXPECT_EQ(identifyFile("!<arch>\n"), FileKind::Archive);
  EXPECT_EQ(identifyFile("!<thin>\n"), FileKind::ThinArchive);
}

TEST(FileKind, Bitcode) {
  EXPECT_EQ(identifyFile(StringRef("BC\xC0\xDE", 4)), FileKind::Bitcode);
  EXPECT_EQ(identifyFile(StringRef("\xDE\xC0\x17\x0B", 4)), FileKind::Bitcode);
}

TEST(FileKind, Text) {
  EXPECT_EQ(identifyFile("; a comment\n\ntarget triple = \"x\"\n"),
            FileKind::LLVMAssembly);
  EXPECT_EQ(identifyFile("define i32 @f() {\n"), FileKind::LLVMAssembly);
  EXPECT_EQ(identifyFile("source_filename = \"a.c\"\n"),
            FileKind::LLVMAssembly);
  EXPECT_EQ(identifyFile("@x = global i32 0\n"), FileKind::LLVMAssembly);
  EXPECT_EQ(identifyFile("/* GNU ld script */\nGROUP ( libc.so.6 )\n"),
            FileKind::Text);
  EXPECT_EQ(identifyFile("--- !tapi-tbd\n"), FileKind::TextStub);
}

TEST(FileKind, WebAssembly) {
  EXPECT_EQ(identifyFile(StringRef("\0asm\1\0\0\0\1\4", 10)),
            FileKind::WasmObject);
  EXPECT_EQ(identifyFile(StringRef("\0asm\1\0\0\0\0\xa\x8"
                                   "dylink.0\0",
                                   20)),
            FileKind::WasmShared);
  EXPECT_EQ(identifyFile(StringRef("\0asm", 4)), FileKind::WasmObject);
}

TEST(FileKind, Nothing) {
  EXPECT_EQ(identifyFile(""), FileKind::Empty);
  EXPECT_EQ(identifyFile(StringRef("\0\1\2\3\4\5\6\7", 8)), FileKind::Unknown);
}

// No prefix of a file is read past its end, and none is a failure.
TEST(FileKind, EveryPrefix) {
  for (std::string Bytes :
       {elf(1), std::string("!<arch>\n"), std::string("target triple = \"x\"")})
    for (size_t N = 0; N <= Bytes.size(); ++N) {
      std::string Copy = Bytes.substr(0, N);
      EXPECT_FALSE(getFileKindName(identifyFile(Copy)).empty());
    }
}
