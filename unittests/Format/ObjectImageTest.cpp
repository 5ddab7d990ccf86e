//===- ObjectImageTest.cpp - objects, read as their image -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/ObjectImage.h"
#include "pkgimg/Format/FileKind.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

namespace {

std::string messageOf(StringRef Bytes) {
  MemoryBufferRef Buffer(Bytes, "a.o");
  Expected<InputSummary> Summary = checkLinkerInput(Buffer);
  if (!Summary)
    return toString(Summary.takeError());
  EXPECT_FALSE(isObjectImage(*Summary));
  Expected<std::unique_ptr<ImageFile>> Image =
      createObjectImage(Buffer, *Summary);
  return Image ? "" : toString(Image.takeError());
}

TEST(ObjectImageTest, RefusesWhatIsNoObject) {
  EXPECT_NE(messageOf("").find("a.o"), std::string::npos);
  EXPECT_NE(messageOf("some text\n").find("expected ELF, COFF or Mach-O"),
            std::string::npos);
  EXPECT_NE(messageOf("!<arch>\n").find("expected ELF, COFF or Mach-O"),
            std::string::npos);
  EXPECT_NE(messageOf("!<thin>\n").find("found: thin archive"),
            std::string::npos);
  EXPECT_NE(messageOf("BC\xc0\xde").find("found: LLVM bitcode"),
            std::string::npos);
}

} // namespace
