//===- CacheFlags.cpp - the flags an image was made with ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/CacheFlags.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace pkgimg;

// The bits, from src/staticdata_utils.c, jl_cache_flags: OOICCDDP.
static constexpr unsigned DebugShift = 1;
static constexpr unsigned BoundsShift = 3;
static constexpr unsigned InlineShift = 5;
static constexpr unsigned OptShift = 6;

static constexpr StringLiteral MustBeSame("must be the same");
static constexpr StringLiteral
    MustBeAtLeast("the image's must be at least the session's");

uint8_t CacheFlags::pack() const {
  return uint8_t(unsigned(UsePkgImages) | (DebugLevel & 3u) << DebugShift |
                 (CheckBounds & 3u) << BoundsShift |
                 unsigned(Inline) << InlineShift | (OptLevel & 3u) << OptShift);
}

CacheFlags CacheFlags::unpack(uint8_t Byte) {
  CacheFlags F;
  F.UsePkgImages = Byte & 1;
  F.DebugLevel = (Byte >> DebugShift) & 3;
  F.CheckBounds = (Byte >> BoundsShift) & 3;
  F.Inline = (Byte >> InlineShift) & 1;
  F.OptLevel = (Byte >> OptShift) & 3;
  return F;
}

static StringRef yesNo(bool Value) { return Value ? "yes" : "no"; }

static StringRef boundsName(uint8_t Value) {
  switch (Value) {
  case CacheFlags::BoundsAuto:
    return "auto";
  case CacheFlags::BoundsYes:
    return "yes";
  case CacheFlags::BoundsNo:
    return "no";
  default:
    // No option gives it, but the byte can hold it.
    return "3";
  }
}

std::string CacheFlags::str() const {
  CacheFlags F = unpack(pack());
  return ("--pkgimages=" + yesNo(F.UsePkgImages) + " -g" +
          Twine(unsigned(F.DebugLevel)) +
          " --check-bounds=" + boundsName(F.CheckBounds) +
          " --inline=" + yesNo(F.Inline) + " -O" + Twine(unsigned(F.OptLevel)))
      .str();
}

FlagRules pkgimg::getFlagRules(JuliaVersion Version) {
  return Version.isAtLeast(1, 12) ? FlagRules::Julia1_12 : FlagRules::Julia1_9;
}

std::string FlagVerdict::message() const {
  if (Accepted)
    return std::string();
  return (Flag + ": the image was made with '" + ImageValue +
          "', the session has '" + SessionValue + "'; " + Rule)
      .str();
}

static FlagVerdict refuse(StringRef Flag, const Twine &ImageValue,
                          const Twine &SessionValue, StringRef Rule) {
  FlagVerdict V;
  V.Accepted = false;
  V.Flag = Flag;
  V.ImageValue = ImageValue.str();
  V.SessionValue = SessionValue.str();
  V.Rule = Rule;
  return V;
}

/// Whether \p Rules let a session that wants native code (\p Wanted) or not
/// have an image that has it (\p Made) or not. Returns the rule that is broken,
/// empty if none is.
static StringRef checkPkgImages(bool Made, bool Wanted,
                                const SessionFlags &Session, FlagRules Rules) {
  if (Made == Wanted)
    return StringRef();
  if (Rules != FlagRules::PkgImg)
    // 'existing' clears the image's bit, and its own is clear.
    return Made && Session.UseExisting ? StringRef() : StringRef(MustBeSame);
  if (Session.DataOnly || (Made && Session.UseExisting))
    return StringRef();
  return Made ? "a session without native code takes an image that has some "
                "for its data alone, or with 'existing'"
              : "an image without native code serves only a session that wants "
                "none";
}

FlagVerdict pkgimg::checkCacheFlags(CacheFlags Image,
                                    const SessionFlags &Session,
                                    FlagRules Rules) {
  // Only what the byte holds counts.
  Image = CacheFlags::unpack(Image.pack());
  CacheFlags Wanted = CacheFlags::unpack(Session.Flags.pack());
  if (Session.UseExisting)
    Wanted.UsePkgImages = false;

  // Julia ignores all else where neither side has native code.
  if (Rules != FlagRules::PkgImg && !Image.UsePkgImages && !Wanted.UsePkgImages)
    return FlagVerdict();

  StringRef Broken =
      checkPkgImages(Image.UsePkgImages, Wanted.UsePkgImages, Session, Rules);
  if (!Broken.empty())
    return refuse("--pkgimages", yesNo(Image.UsePkgImages),
                  yesNo(Wanted.UsePkgImages), Broken);

  bool DebugMayBeHigher = Rules == FlagRules::Julia1_12;
  if (DebugMayBeHigher ? Image.DebugLevel < Wanted.DebugLevel
                       : Image.DebugLevel != Wanted.DebugLevel)
    return refuse("-g", Twine(unsigned(Image.DebugLevel)),
                  Twine(unsigned(Wanted.DebugLevel)),
                  DebugMayBeHigher ? MustBeAtLeast : MustBeSame);

  if (Image.CheckBounds != Wanted.CheckBounds)
    return refuse("--check-bounds", boundsName(Image.CheckBounds),
                  boundsName(Wanted.CheckBounds), MustBeSame);

  if (Image.Inline != Wanted.Inline)
    return refuse("--inline", yesNo(Image.Inline), yesNo(Wanted.Inline),
                  MustBeSame);

  if (Image.OptLevel < Wanted.OptLevel)
    return refuse("-O", Twine(unsigned(Image.OptLevel)),
                  Twine(unsigned(Wanted.OptLevel)), MustBeAtLeast);

  return FlagVerdict();
}
