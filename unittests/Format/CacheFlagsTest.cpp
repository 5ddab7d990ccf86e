//===- CacheFlagsTest.cpp - the flags an image was made with --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/CacheFlags.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

TEST(CacheFlags, Bits) {
  CacheFlags F;
  F.UsePkgImages = false;
  F.DebugLevel = F.CheckBounds = F.OptLevel = 0;
  F.Inline = false;
  EXPECT_EQ(F.pack(), 0);
  F.UsePkgImages = true;
  EXPECT_EQ(F.pack(), 0x01);
  F.DebugLevel = 3;
  EXPECT_EQ(F.pack(), 0x07);
  F.CheckBounds = CacheFlags::BoundsNo;
  EXPECT_EQ(F.pack(), 0x17);
  F.Inline = true;
  EXPECT_EQ(F.pack(), 0x37);
  F.OptLevel = 2;
  EXPECT_EQ(F.pack(), 0xb7);
  // Julia's defaults, as `Base.CacheFlags` has them.
  EXPECT_EQ(CacheFlags().pack(), 0xa3);
}

TEST(CacheFlags, EveryByte) {
  for (unsigned Byte = 0; Byte < 256; ++Byte) {
    CacheFlags F = CacheFlags::unpack(uint8_t(Byte));
    EXPECT_EQ(F.pack(), Byte);
    EXPECT_EQ(F.UsePkgImages, Byte % 2 == 1);
    EXPECT_EQ(F.DebugLevel, Byte / 2 % 4);
    EXPECT_EQ(F.CheckBounds, Byte / 8 % 4);
    EXPECT_EQ(F.Inline, Byte / 32 % 2 == 1);
    EXPECT_EQ(F.OptLevel, Byte / 64);
  }
}

TEST(CacheFlags, LevelsAreCut) {
  CacheFlags F;
  F.DebugLevel = 0xf1;
  F.CheckBounds = 0x84;
  F.OptLevel = 0xff;
  EXPECT_EQ(F.pack(), 0xe3);
  EXPECT_EQ(F.str(),
            "--pkgimages=yes -g1 --check-bounds=auto --inline=yes -O3");
  CacheFlags Same = CacheFlags::unpack(0xe3);
  EXPECT_TRUE(F == Same);
  SessionFlags Session;
  Session.Flags = Same;
  EXPECT_TRUE(checkCacheFlags(F, Session, FlagRules::PkgImg).Accepted);
}

TEST(CacheFlags, Text) {
  EXPECT_EQ(CacheFlags().str(),
            "--pkgimages=yes -g1 --check-bounds=auto --inline=yes -O2");
  EXPECT_EQ(CacheFlags::unpack(0).str(),
            "--pkgimages=no -g0 --check-bounds=auto --inline=no -O0");
  EXPECT_EQ(CacheFlags::unpack(0x08).str(),
            "--pkgimages=no -g0 --check-bounds=yes --inline=no -O0");
  EXPECT_EQ(CacheFlags::unpack(0x10).str(),
            "--pkgimages=no -g0 --check-bounds=no --inline=no -O0");
  EXPECT_EQ(CacheFlags::unpack(0xff).str(),
            "--pkgimages=yes -g3 --check-bounds=3 --inline=yes -O3");
}

TEST(CacheFlags, RulesOfReleases) {
  EXPECT_EQ(getFlagRules(*parseJuliaVersion("1.9.0")), FlagRules::Julia1_9);
  EXPECT_EQ(getFlagRules(*parseJuliaVersion("1.11.9")), FlagRules::Julia1_9);
  EXPECT_EQ(getFlagRules(*parseJuliaVersion("1.12.0-DEV.1")),
            FlagRules::Julia1_12);
  EXPECT_EQ(getFlagRules(*parseJuliaVersion("1.14.0")), FlagRules::Julia1_12);
}

//===----------------------------------------------------------------------===//
// All flags of an image with all of a session, against the rules in bytes
//===----------------------------------------------------------------------===//

/// Julia's, as a comparison of the two bytes under masks.
static bool juliaAccepts(uint8_t Actual, uint8_t Requested, bool Existing,
                         bool DebugMayBeHigher) {
  if (Existing)
    Requested &= 0xfe;
  if (((Actual | Requested) & 1) == 0)
    return true;
  if (Existing)
    Actual &= 0xfe;
  uint8_t Exact = DebugMayBeHigher ? 0x39 : 0x3f;
  if ((Actual ^ Requested) & Exact)
    return false;
  if ((Actual & 0xc0) < (Requested & 0xc0))
    return false;
  return !DebugMayBeHigher || (Actual & 0x06) >= (Requested & 0x06);
}

/// Ours, as a list of what is refused.
static bool pkgimgAccepts(uint8_t Image, uint8_t Session, bool Existing,
                          bool DataOnly) {
  bool Made = Image & 1;
  bool Wanted = (Session & 1) && !Existing;
  bool CodeMissing = Wanted && !Made && !DataOnly;
  bool CodeUnwanted = Made && !Wanted && !Existing && !DataOnly;
  return !CodeMissing && !CodeUnwanted && (Image & 0x3e) == (Session & 0x3e) &&
         Image >> 6 >= Session >> 6;
}

TEST(CacheFlags, Exhaustive) {
  for (unsigned Image = 0; Image < 256; ++Image)
    for (unsigned Wanted = 0; Wanted < 256; ++Wanted)
      for (unsigned Options = 0; Options < 4; ++Options) {
        SessionFlags Session;
        Session.Flags = CacheFlags::unpack(uint8_t(Wanted));
        Session.UseExisting = Options & 1;
        Session.DataOnly = Options & 2;
        CacheFlags Made = CacheFlags::unpack(uint8_t(Image));
        for (FlagRules Rules :
             {FlagRules::Julia1_9, FlagRules::Julia1_12, FlagRules::PkgImg}) {
          bool Expected =
              Rules == FlagRules::PkgImg
                  ? pkgimgAccepts(uint8_t(Image), uint8_t(Wanted),
                                  Session.UseExisting, Session.DataOnly)
                  : juliaAccepts(uint8_t(Image), uint8_t(Wanted),
                                 Session.UseExisting,
                                 Rules == FlagRules::Julia1_12);
          FlagVerdict V = checkCacheFlags(Made, Session, Rules);
          ASSERT_EQ(V.Accepted, Expected) << Image << " " << Wanted << " "
                                          << Options << " " << unsigned(Rules);
          ASSERT_EQ(V.Flag.empty(), Expected);
          ASSERT_EQ(V.Rule.empty(), Expected);
          ASSERT_EQ(V.ImageValue.empty(), Expected);
          ASSERT_EQ(V.SessionValue.empty(), Expected);
          ASSERT_EQ(V.message().empty(), Expected);
        }
      }
}

//===----------------------------------------------------------------------===//
// What is said of a refusal
//===----------------------------------------------------------------------===//

static std::string refusal(uint8_t Image, uint8_t Wanted, FlagRules Rules,
                           bool UseExisting = false) {
  SessionFlags Session;
  Session.Flags = CacheFlags::unpack(Wanted);
  Session.UseExisting = UseExisting;
  return checkCacheFlags(CacheFlags::unpack(Image), Session, Rules).message();
}

TEST(CacheFlags, Messages) {
  EXPECT_EQ(refusal(0xa2, 0xa3, FlagRules::Julia1_9),
            "--pkgimages: the image was made with 'no', the session has 'yes'; "
            "must be the same");
  EXPECT_EQ(refusal(0xa2, 0xa3, FlagRules::PkgImg),
            "--pkgimages: the image was made with 'no', the session has 'yes'; "
            "an image without native code serves only a session that wants "
            "none");
  EXPECT_EQ(refusal(0xa3, 0xa2, FlagRules::PkgImg),
            "--pkgimages: the image was made with 'yes', the session has 'no'; "
            "a session without native code takes an image that has some for "
            "its data alone, or with 'existing'");
  EXPECT_EQ(refusal(0xa5, 0xa3, FlagRules::PkgImg),
            "-g: the image was made with '2', the session has '1'; must be the "
            "same");
  EXPECT_EQ(refusal(0xa3, 0xa5, FlagRules::Julia1_12),
            "-g: the image was made with '1', the session has '2'; the image's "
            "must be at least the session's");
  EXPECT_EQ(refusal(0xab, 0xa3, FlagRules::Julia1_12),
            "--check-bounds: the image was made with 'yes', the session has "
            "'auto'; must be the same");
  EXPECT_EQ(refusal(0x83, 0xa3, FlagRules::Julia1_12),
            "--inline: the image was made with 'no', the session has 'yes'; "
            "must be the same");
  EXPECT_EQ(refusal(0x63, 0xa3, FlagRules::Julia1_9),
            "-O: the image was made with '1', the session has '2'; the image's "
            "must be at least the session's");
}

TEST(CacheFlags, FirstInOrderIsReported) {
  SessionFlags Session;
  Session.Flags = CacheFlags::unpack(0xe3);
  // From all different to one, in the order of the bits.
  const std::pair<uint8_t, const char *> Images[] = {
      {0x1c, "--pkgimages"}, {0x1d, "-g"}, {0x1b, "--check-bounds"},
      {0x03, "--inline"},    {0x23, "-O"}, {0xe3, ""}};
  for (auto [Image, Flag] : Images)
    for (FlagRules Rules : {FlagRules::Julia1_9, FlagRules::PkgImg}) {
      FlagVerdict V =
          checkCacheFlags(CacheFlags::unpack(Image), Session, Rules);
      EXPECT_EQ(V.Flag, Flag);
    }
}

TEST(CacheFlags, Existing) {
  // Julia: native code is taken, and other flags count.
  EXPECT_EQ(refusal(0xa3, 0xa2, FlagRules::Julia1_12, true), "");
  EXPECT_EQ(refusal(0xab, 0xa2, FlagRules::Julia1_12, true),
            "--check-bounds: the image was made with 'yes', the session has "
            "'auto'; must be the same");
  // Without native code they do not, but with our header.
  EXPECT_EQ(refusal(0xaa, 0xa2, FlagRules::Julia1_12, true), "");
  EXPECT_NE(refusal(0xaa, 0xa2, FlagRules::PkgImg, true), "");
  EXPECT_EQ(refusal(0xa2, 0xa2, FlagRules::PkgImg, true), "");
  // The session's own bit does not count.
  EXPECT_EQ(refusal(0xa2, 0xa3, FlagRules::PkgImg, true), "");
}
