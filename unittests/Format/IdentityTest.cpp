//===- IdentityTest.cpp - UUIDs, build IDs, runtime versions --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Identity.h"
#include "gtest/gtest.h"
#include <random>

using namespace llvm;
using namespace pkgimg;

static constexpr UInt128 Example{0x7876af07990d54b4, 0xab0e23690620f79a};

TEST(Identity, Order) {
  EXPECT_TRUE(UInt128().isZero());
  EXPECT_FALSE((UInt128{0, 1}).isZero());
  EXPECT_FALSE((UInt128{1, 0}).isZero());
  EXPECT_EQ((UInt128{1, 2}), (UInt128{1, 2}));
  EXPECT_NE((UInt128{1, 2}), (UInt128{2, 1}));
  EXPECT_LT((UInt128{1, 9}), (UInt128{2, 0}));
  EXPECT_LT((UInt128{1, 1}), (UInt128{1, 2}));
  EXPECT_FALSE((UInt128{1, 2}) < (UInt128{1, 2}));
}

TEST(Identity, UUID) {
  EXPECT_EQ(formatUUID(Example), "7876af07-990d-54b4-ab0e-23690620f79a");
  EXPECT_EQ(formatUUID(UInt128()), "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(parseUUID("7876af07-990d-54b4-ab0e-23690620f79a"), Example);
  EXPECT_EQ(parseUUID("7876AF07-990D-54b4-AB0E-23690620F79A"), Example);
}

TEST(Identity, BadUUID) {
  for (StringRef Text : {"", "7876af07", "7876af07-990d-54b4-ab0e-23690620f79",
                         "7876af07-990d-54b4-ab0e-23690620f79aa",
                         "7876af07+990d-54b4-ab0e-23690620f79a",
                         "7876af07-990d-54b4-ab0e-23690620f79g",
                         "7876af0-7990d-54b4-ab0e-23690620f79a",
                         "{876af07-990d-54b4-ab0e-23690620f79}",
                         "-876af07-990d-54b4-ab0e-23690620f79a",
                         " 7876af0-990d-54b4-ab0e-23690620f79a",
                         "7876af07990d54b4ab0e23690620f79a"})
    EXPECT_EQ(parseUUID(Text), std::nullopt) << Text.str();
  // A NUL is no end.
  EXPECT_EQ(parseUUID(StringRef("7876af07-990d-54b4-ab0e-23690620f79a\0", 37)),
            std::nullopt);
}

TEST(Identity, BuildID) {
  EXPECT_EQ(formatBuildID(Example), "7876af07990d54b4ab0e23690620f79a");
  EXPECT_EQ(formatBuildID({0, 0xf}), "0000000000000000000000000000000f");
  EXPECT_EQ(parseBuildID("7876af07990d54b4ab0e23690620f79a"), Example);
  for (StringRef Text :
       {"", "0", "7876af07990d54b4ab0e23690620f79",
        "7876af07990d54b4ab0e23690620f79a0", "0x76af07990d54b4ab0e23690620f79a",
        "+876af07990d54b4ab0e23690620f79a", "7876af07990d54b4-b0e23690620f79a",
        "7876af07-990d-54b4-ab0e-23690620f79a"})
    EXPECT_EQ(parseBuildID(Text), std::nullopt) << Text.str();
}

TEST(Identity, RoundTrip) {
  std::mt19937_64 Random(1);
  for (unsigned I = 0; I < 1000; ++I) {
    UInt128 Value{Random() >> (Random() % 64), Random() >> (Random() % 64)};
    EXPECT_EQ(parseUUID(formatUUID(Value)), Value);
    EXPECT_EQ(parseBuildID(formatBuildID(Value)), Value);
  }
}

static void expectVersion(StringRef Text, unsigned Major, unsigned Minor,
                          unsigned Patch, bool IsPrerelease) {
  std::optional<JuliaVersion> V = parseJuliaVersion(Text);
  ASSERT_TRUE(V) << Text.str();
  EXPECT_EQ(V->Major, Major) << Text.str();
  EXPECT_EQ(V->Minor, Minor) << Text.str();
  EXPECT_EQ(V->Patch, Patch) << Text.str();
  EXPECT_EQ(V->IsPrerelease, IsPrerelease) << Text.str();
}

TEST(Identity, Version) {
  expectVersion("1.12.3", 1, 12, 3, false);
  expectVersion("1.9.0", 1, 9, 0, false);
  expectVersion("1.13.0-rc1", 1, 13, 0, true);
  expectVersion("1.14.0-DEV.2315+abc", 1, 14, 0, true);
  expectVersion("1.12.3+patched", 1, 12, 3, false);
  for (StringRef Text : {"", "1", "1.12", "1.12.", "v1.12.3", "1.x.3", "-1.2.3",
                         "1.12.99999999999999999999", ".1.2", "1..2"})
    EXPECT_FALSE(parseJuliaVersion(Text)) << Text.str();
}

TEST(Identity, AtLeast) {
  JuliaVersion V = *parseJuliaVersion("1.12.0-rc1");
  EXPECT_TRUE(V.isAtLeast(1, 12));
  EXPECT_TRUE(V.isAtLeast(1, 9));
  EXPECT_FALSE(V.isAtLeast(1, 13));
  EXPECT_FALSE(V.isAtLeast(2, 0));
  EXPECT_TRUE(parseJuliaVersion("2.0.0")->isAtLeast(1, 14));
}
