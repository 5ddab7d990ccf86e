//===- SignatureTest.cpp - how a function of an image is called -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/Signature.h"
#include "../TestSupport.h"

using namespace llvm;
using namespace pkgimg;

namespace {

TEST(SignatureTest, RoundTrip) {
  for (StringRef Text :
       {"void()", "i32(i32,i32)", "f64(f32,ptr,...)", "ptr(...)",
        "bool(bool,i8,u8,i16,u16,i32,u32,i64,u64,f32,f64,ptr)"}) {
    Signature S = valueOf(parseSignature(Text));
    EXPECT_EQ(S.str(), Text);
  }
  Signature S = valueOf(parseSignature("u8(f64,...)"));
  EXPECT_EQ(S.Result, CType::U8);
  ASSERT_EQ(S.Parameters.size(), 1u);
  EXPECT_EQ(S.Parameters[0], CType::F64);
  EXPECT_TRUE(S.IsVariadic);
}

TEST(SignatureTest, Mistakes) {
  auto error = [](StringRef Text) { return errorOf(parseSignature(Text)); };
  EXPECT_EQ(error("?"), "the signature is '?': the function has a type that C "
                        "has no name for");
  EXPECT_EQ(error(""), "signature '', column 1: expected a type, found ''");
  EXPECT_EQ(error("int()"),
            "signature 'int()', column 1: expected a type, found 'int'");
  EXPECT_EQ(error("i32"), "signature 'i32', column 4: expected '('");
  EXPECT_EQ(error("i32("), "signature 'i32(', column 5: expected the type of a "
                           "parameter, found ''");
  EXPECT_EQ(error("i32(i8"), "signature 'i32(i8', column 7: expected ',' or "
                             "')'");
  EXPECT_EQ(error("i32(i8,)"), "signature 'i32(i8,)', column 8: expected the "
                               "type of a parameter, found ''");
  EXPECT_EQ(error("i32(void)"), "signature 'i32(void)', column 5: expected the "
                                "type of a parameter, found 'void'");
  EXPECT_EQ(error("i32(i8, i8)"), "signature 'i32(i8, i8)', column 8: expected "
                                  "the type of a parameter, found ' i8'");
  EXPECT_EQ(error("i32(...,i8)"),
            "signature 'i32(...,i8)', column 8: expected ')' at the end");
  EXPECT_EQ(error("i32(i8)i"),
            "signature 'i32(i8)i', column 7: expected ',' or ')'");
}

} // namespace
