//===- GCCVersionTest.cpp - The order of gcc versions ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToolChains/GCCInstallation.h"
#include "gtest/gtest.h"

using pkgimg::driver::toolchains::GCCVersion;

static GCCVersion version(const char *Text) {
  std::optional<GCCVersion> V = GCCVersion::parse(Text);
  EXPECT_TRUE(V.has_value()) << Text;
  return V.value_or(GCCVersion());
}

TEST(GCCVersion, Parse) {
  EXPECT_EQ(version("5").Major, 5);
  EXPECT_EQ(version("4.4").Minor, 4);
  EXPECT_EQ(version("4.4-patched").Suffix, "-patched");
  EXPECT_EQ(version("4.4.0").Patch, 0);
  EXPECT_EQ(version("4.4.x").Patch, -1);
  EXPECT_EQ(version("4.4.2-rc4").Suffix, "-rc4");
  EXPECT_EQ(version("10-win32").Major, 10);
  for (const char *Bad : {"", "x", "not-a-version", "4.x", ".", "a.b.c"})
    EXPECT_FALSE(GCCVersion::parse(Bad).has_value()) << Bad;
}

TEST(GCCVersion, Order) {
  // Each is older than the next.
  const char *Sorted[] = {"4.1.1", "4.4.0-rc1", "4.4.0", "4.4.2",  "4.4",
                          "4.10",  "10.2.0",    "10",    "12.2.0", "12"};
  for (size_t I = 0; I != std::size(Sorted); ++I)
    for (size_t J = 0; J != std::size(Sorted); ++J)
      EXPECT_EQ(version(Sorted[I]) < version(Sorted[J]), I < J)
          << Sorted[I] << " and " << Sorted[J];
}
