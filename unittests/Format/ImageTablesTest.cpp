//===- ImageTablesTest.cpp - Tables that are read -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/ImageTables.h"
#include "FakeImage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"
#include "gtest/gtest.h"

#include <functional>
#include <random>

using namespace llvm;
using namespace pkgimg;

namespace {
constexpr uint32_t Tag = 1u << 31;

constexpr ImageDialect AllDialects[] = {
    ImageDialect::Julia1_9,  ImageDialect::Julia1_10, ImageDialect::Julia1_11,
    ImageDialect::Julia1_13, ImageDialect::Julia1_14, ImageDialect::PkgImg};

bool hasPointers(ImageDialect D) { return D >= ImageDialect::Julia1_11; }
bool hasTargetString(ImageDialect D) { return D >= ImageDialect::Julia1_13; }

/// Addresses of the image that is made by hand.
enum : uint64_t {
  Text = 0x1000,
  ROData = 0x2000,
  TargetDataAt = ROData,
  TargetStringAt = 0x2200,
  HeaderAt = 0x2300,
  CountAt = 0x2400,
  FunctionIndicesAt = 0x2410,
  FunctionOffsetsAt = 0x2420,
  GlobalOffsetsAt = 0x2440,
  GlobalIndicesAt = 0x2460,
  SlotsAt = 0x2480,
  CloneIndicesAt = 0x24c0,
  CloneOffsetsAt = 0x2500,
  SizeAt = 0x2540,
  ChecksumAt = 0x2550,
  RelRO = 0x3000,
  RootAt = RelRO,
  ShardsAt = 0x3080,
  PTLSAt = 0x3100,
  FunctionPointersAt = 0x3140,
  ClonePointersAt = 0x3180,
  UnpackAt = 0x31c0,
  Data = 0x4000,
  TLSAt = 0x4100,
  BlobAt = 0x4400,
  Zeros = 0x5000,
  SmallTypeofAt = Zeros
};

/// One shard with three functions, two globals, three slots and three targets,
/// as a runtime's developer would draw it on paper.
class HandImage : public FakeImage {
public:
  HandImage(ImageDialect Dialect, unsigned WordSize, bool LittleEndian,
            StringRef Release = "")
      : FakeImage(WordSize, LittleEndian), Dialect(Dialect) {
    addSegment(Text, std::string(0x400, '\xcc'), false, true);
    addSegment(ROData, std::string(0x600, '\0'), false, false);
    addSegment(RelRO, std::string(0x200, '\0'), true, false);
    addSegment(Data, std::string(0x1000, '\0'), true, false, 0x400);
    sortTables();

    putTargets();
    numbers(HeaderAt, {1, 1, 3, 2});
    numbers(GlobalIndicesAt, {1, 0});
    numbers(FunctionIndicesAt, {2, 0, 1});
    numbers(CloneIndicesAt, {Tag | 2, 0, 2,      // Target 0
                             Tag | 2, 0, 2,      // Target 1, clone_all
                             2, 1, Tag | 0, 1}); // Target 2, base(1)
    if (hasPointers(Dialect)) {
      putWord(CountAt, 3);
      pointers(FunctionPointersAt, {0x1000, 0x1010, 0x1020});
      pointers(ClonePointersAt, {0x1100, 0x1110, 0x1120, 0x1200, 0x1210});
      numbers(GlobalOffsetsAt,
              {2, Data - GlobalOffsetsAt, Data + 8 - GlobalOffsetsAt});
      numbers(SlotsAt, {3, 0, Data + 16 - SlotsAt, 2, Data + 24 - SlotsAt, 2,
                        Data + 32 - SlotsAt});
    } else {
      // Distances are from the first function and the first global.
      numbers(FunctionOffsetsAt, {3, 0, 0x10, 0x20});
      // What follows the last is no function.
      numbers(CloneOffsetsAt, {0x100, 0x110, 0x120, 0x200, 0x210, 0x7000});
      numbers(GlobalOffsetsAt, {2, 0, 8});
      numbers(SlotsAt, {3, 0, 16, 2, 24, 2, 32});
    }

    if (Dialect == ImageDialect::Julia1_9) {
      addExport("jl_sysimg_fvars_base", 0x1000);
      addExport("jl_sysimg_fvars_offsets", FunctionOffsetsAt);
      addExport("jl_sysimg_gvars_base", Data);
      addExport("jl_sysimg_gvars_offsets", GlobalOffsetsAt);
      addExport("jl_dispatch_target_ids", TargetDataAt);
      addExport("jl_dispatch_reloc_slots", SlotsAt);
      addExport("jl_dispatch_fvars_offsets", CloneOffsetsAt);
      addExport("jl_dispatch_fvars_idxs", CloneIndicesAt);
      addExport("jl_pgcstack_func_slot", TLSAt);
      addExport("jl_pgcstack_key_slot", TLSAt + 8);
      addExport("jl_tls_offset", TLSAt + 16);
    } else {
      if (hasPointers(Dialect))
        pointers(ShardsAt, {CountAt, FunctionPointersAt, FunctionIndicesAt,
                            GlobalOffsetsAt, GlobalIndicesAt, SlotsAt,
                            ClonePointersAt, CloneIndicesAt});
      else
        pointers(ShardsAt, {0x1000, FunctionOffsetsAt, FunctionIndicesAt, Data,
                            GlobalOffsetsAt, GlobalIndicesAt, SlotsAt,
                            CloneOffsetsAt, CloneIndicesAt});
      pointers(PTLSAt, {TLSAt, TLSAt + 8, TLSAt + 16});
      pointers(RootAt, {HeaderAt, ShardsAt, PTLSAt, SmallTypeofAt, TargetDataAt,
                        TargetStringAt});
      if (Dialect == ImageDialect::PkgImg)
        removeRelocation(RootAt + 3 * WordSize);
      if (hasTargetString(Dialect))
        text(TargetStringAt, StringRef("generic;haswell,clone_all\0", 26));
      addExport("jl_image_pointers", RootAt);
    }
    if (Dialect == ImageDialect::Julia1_13 ||
        Dialect == ImageDialect::Julia1_14) {
      addImport(UnpackAt, "jl_image_unpack_uncomp");
      addExport("jl_image_unpack", UnpackAt);
    }
    if (Dialect == ImageDialect::Julia1_14) {
      put32(ChecksumAt, 0x12345678);
      addExport("jl_system_image_checksum", ChecksumAt);
    }
    setBlob(Release.empty() ? std::string("data") : dataHeader(Release));
    addExport("jl_system_image_data", BlobAt);
    addExport("jl_system_image_size", SizeAt);
  }

  void numbers(uint64_t Address, std::initializer_list<uint64_t> Values) {
    for (uint64_t V : Values) {
      put32(Address, uint32_t(V));
      Address += 4;
    }
  }
  void pointers(uint64_t Address, std::initializer_list<uint64_t> Targets) {
    for (uint64_t T : Targets) {
      addPointer(Address, T);
      Address += PointerSize;
    }
  }
  void text(uint64_t Address, StringRef Text) {
    ASSERT_NE(at(Address + Text.size() - 1), nullptr);
    memcpy(at(Address), Text.data(), Text.size());
  }
  void setBlob(StringRef Blob) {
    putWord(SizeAt, Blob.size());
    if (!Blob.empty())
      text(BlobAt, Blob);
  }

  /// The header that opens the data of a package image: docs of the layout are
  /// those of `jl_hdr`.
  std::string dataHeader(StringRef Release) const {
    std::string H("\xfbjli\r\n\x1a\n", 8);
    bool Is1_14 = Release.starts_with("1.14");
    number(H, Is1_14 ? 13 : 12, 2);
    number(H, 0xfeff, 2);
    number(H, PointerSize, 1);
    for (StringRef S : {StringRef("Linux"), StringRef("x86_64"), Release,
                        StringRef("master"), StringRef("0123abcd")}) {
      H += S;
      H += '\0';
    }
    number(H, 1, 1);                  // pkgimage
    number(H, 0xfafbfcfd00000000, 8); // checksum
    const size_t ExtentAt = H.size();
    number(H, 0, 8);    // datastartpos
    number(H, 0, 8);    // dataendpos
    number(H, 0x85, 1); // flags
    if (Is1_14)
      number(H, 1, 1); // syntax version
    number(H, 4, 4);
    H += "Core";
    number(H, 1, 8);
    number(H, 2, 8);
    number(H, 3, 8);
    number(H, 4, 8);
    number(H, 0, 4);
    std::string Extent;
    number(Extent, alignTo(H.size(), 64), 8);
    H.replace(ExtentAt, 16, Extent + Extent);
    return H;
  }

  const ImageDialect Dialect;

private:
  void number(std::string &To, uint64_t Value, unsigned Size) const {
    for (unsigned I = 0; I < Size; ++I)
      To += char(Value >> 8 * (isLittleEndian() ? I : Size - 1 - I));
  }

  void putTargets() {
    if (Dialect == ImageDialect::PkgImg) {
      CPUTargets T;
      T.Layout = TargetDataLayout::Named;
      T.Targets.resize(3);
      for (unsigned I = 0; I < 3; ++I)
        T.Targets[I].Name = "cpu" + std::to_string(I);
      T.Targets[1].Flags = CPUTarget::CloneAll;
      T.Targets[2].Base = 1;
      text(TargetDataAt, orDie(writeTargetData(T, isLittleEndian())));
      return;
    }
    std::string Blob;
    number(Blob, 3, 4);
    for (unsigned I = 0; I < 3; ++I) {
      bool Is64 = Dialect == ImageDialect::Julia1_14;
      number(Blob, I == 1 ? 32 : 0, 4); // flags
      if (Is64)
        number(Blob, I == 2 ? 1 : UINT32_MAX, 4); // base
      number(Blob, 1, 4);
      number(Blob, I + 1, Is64 ? 8 : 4);
      number(Blob, 0, Is64 ? 8 : 4);
      number(Blob, 4, 4);
      Blob += "cpu" + std::to_string(I);
      number(Blob, 0, 4);
    }
    TargetDataSize = Blob.size();
    text(TargetDataAt, Blob);
  }

public:
  size_t TargetDataSize = 0;
};

std::string nameOf(ImageDialect D, unsigned WordSize) {
  return (getDialectName(D) + (WordSize == 8 ? ", 64 bits" : ", 32 bits"))
      .str();
}

/// Checks that \p Read is what HandImage has.
void expectHandTables(const ImageTables &T, const HandImage &I) {
  EXPECT_EQ(T.Dialect, I.Dialect);
  EXPECT_EQ(T.Version, I.Dialect == ImageDialect::Julia1_9 ? 0u : 1u);
  EXPECT_EQ(T.NumFunctions, 3u);
  EXPECT_EQ(T.NumGlobals, 2u);
  ASSERT_EQ(T.Targets.Targets.size(), 3u);
  EXPECT_EQ(T.Targets.Targets[0].Name, "cpu0");
  EXPECT_EQ(T.Targets.Targets[2].Name, "cpu2");
  if (I.Dialect != ImageDialect::PkgImg) {
    EXPECT_EQ(T.Targets.Targets[1].EnabledWords, std::vector<uint64_t>{2});
    EXPECT_EQ(T.Targets.Targets[1].Flags, 32u);
    EXPECT_EQ(T.TargetData.size(), I.TargetDataSize);
  }
  if (I.Dialect == ImageDialect::Julia1_14)
    EXPECT_EQ(T.Targets.Targets[2].Base, 1u);
  EXPECT_EQ(T.TargetData.data(), I.bytes().data() + 0x400);
  EXPECT_EQ(T.TargetString,
            hasTargetString(I.Dialect) ? "generic;haswell,clone_all" : "");
  ASSERT_TRUE(T.TLS.has_value());
  EXPECT_EQ(T.TLS->FunctionSlot, uint64_t(TLSAt));
  EXPECT_EQ(T.TLS->KeySlot, TLSAt + 8);
  EXPECT_EQ(T.TLS->OffsetSlot, TLSAt + 16);
  if (I.Dialect == ImageDialect::Julia1_9 || I.Dialect == ImageDialect::PkgImg)
    EXPECT_EQ(T.SmallTypeof, std::nullopt);
  else
    EXPECT_EQ(T.SmallTypeof, uint64_t(SmallTypeofAt));

  ASSERT_EQ(T.Shards.size(), 1u);
  const BasicImageShard<uint64_t> &S = T.Shards[0];
  using Places = std::vector<uint64_t>;
  using Numbers = std::vector<uint32_t>;
  bool IsIdentity = I.Dialect == ImageDialect::Julia1_9;
  EXPECT_EQ(S.Functions, (Places{0x1000, 0x1010, 0x1020}));
  EXPECT_EQ(S.FunctionIndices,
            IsIdentity ? (Numbers{0, 1, 2}) : (Numbers{2, 0, 1}));
  EXPECT_EQ(S.Globals, (Places{Data, Data + 8}));
  EXPECT_EQ(S.GlobalIndices, IsIdentity ? (Numbers{0, 1}) : (Numbers{1, 0}));
  ASSERT_EQ(S.CloneSlots.size(), 3u);
  for (unsigned J = 0; J < 3; ++J) {
    EXPECT_EQ(S.CloneSlots[J].Function, J == 0 ? 0u : 2u);
    EXPECT_EQ(S.CloneSlots[J].Slot, Data + 16 + J * 8);
  }
  ASSERT_EQ(S.Clones.size(), 3u);
  EXPECT_TRUE(S.Clones[0].IsGroup);
  EXPECT_EQ(S.Clones[0].Base, 0u);
  EXPECT_EQ(S.Clones[0].Indices, (Numbers{0, 2}));
  EXPECT_EQ(S.Clones[0].Functions, Places());
  EXPECT_TRUE(S.Clones[1].IsGroup);
  EXPECT_EQ(S.Clones[1].Indices, (Numbers{0, 2}));
  EXPECT_EQ(S.Clones[1].Functions, (Places{0x1100, 0x1110, 0x1120}));
  EXPECT_FALSE(S.Clones[2].IsGroup);
  EXPECT_EQ(S.Clones[2].Base, 1u);
  EXPECT_EQ(S.Clones[2].Indices, (Numbers{Tag | 0, 1}));
  EXPECT_EQ(S.Clones[2].Functions, (Places{0x1200, 0x1210}));

  EXPECT_EQ(T.DataAddress, uint64_t(BlobAt));
  EXPECT_EQ(T.Compression, DataCompression::None);
  bool HasUnpack = I.Dialect == ImageDialect::Julia1_13 ||
                   I.Dialect == ImageDialect::Julia1_14;
  EXPECT_EQ(T.UnpackFunction, HasUnpack ? "jl_image_unpack_uncomp" : "");
  EXPECT_EQ(T.DataChecksum, I.Dialect == ImageDialect::Julia1_14
                                ? std::optional<uint32_t>(0x12345678)
                                : std::nullopt);
}

/// Reads \p Image, which must fail, and returns the message.
std::string errorOf(const ImageFile &Image,
                    std::optional<ImageDialect> Dialect = std::nullopt) {
  Expected<ImageTables> T = readImageTables(Image, Dialect);
  if (T)
    return "no error";
  return toString(T.takeError());
}

/// Returns the name of the dialect, or the error.
std::string dialectOf(const ImageFile &Image) {
  Expected<ImageDialect> D = identifyDialect(Image);
  return D ? getDialectName(*D).str() : toString(D.takeError());
}
} // namespace

TEST(ImageDialect, Names) {
  for (ImageDialect D : AllDialects)
    EXPECT_EQ(parseDialectName(getDialectName(D)), D);
  EXPECT_EQ(getDialectName(ImageDialect::Julia1_9), "julia-1.9");
  EXPECT_EQ(getDialectName(ImageDialect::Julia1_10), "julia-1.10");
  EXPECT_EQ(getDialectName(ImageDialect::Julia1_11), "julia-1.11");
  EXPECT_EQ(getDialectName(ImageDialect::Julia1_13), "julia-1.13");
  EXPECT_EQ(getDialectName(ImageDialect::Julia1_14), "julia-1.14");
  EXPECT_EQ(getDialectName(ImageDialect::PkgImg), "pkgimg");
  EXPECT_EQ(parseDialectName("julia-1.12"), ImageDialect::Julia1_11);
  for (StringRef Bad : {"", "julia", "julia-1.8", "julia-1.15", "PkgImg"})
    EXPECT_EQ(parseDialectName(Bad), std::nullopt) << Bad.str();
}

TEST(ImageTables, ByHand) {
  for (ImageDialect D : AllDialects)
    for (unsigned WordSize : {8, 4})
      for (bool LittleEndian : {true, false}) {
        SCOPED_TRACE(nameOf(D, WordSize) + (LittleEndian ? " LE" : " BE"));
        HandImage Image(D, WordSize, LittleEndian);
        Expected<ImageTables> Known = readImageTables(Image, D);
        ASSERT_OK(Known);
        expectHandTables(*Known, Image);
        EXPECT_EQ(Known->Data, "data");
        EXPECT_FALSE(Known->DataHeader.has_value());

        // And without being told what it is.
        EXPECT_EQ(dialectOf(Image), getDialectName(D));
        Expected<ImageTables> Found = readImageTables(Image);
        ASSERT_OK(Found);
        expectHandTables(*Found, Image);
      }
}

// The same as above for 1.11, as bytes of a file.
TEST(ImageTables, ByHandInBytes) {
  HandImage Image(ImageDialect::Julia1_11, 8, true);
  EXPECT_EQ(StringRef(Image.at(CloneIndicesAt), 40),
            StringRef("\x02\x00\x00\x80\x00\x00\x00\x00\x02\x00\x00\x00"
                      "\x02\x00\x00\x80\x00\x00\x00\x00\x02\x00\x00\x00"
                      "\x02\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x80"
                      "\x01\x00\x00\x00",
                      40));
  EXPECT_EQ(StringRef(Image.at(HeaderAt), 16),
            StringRef("\1\0\0\0\1\0\0\0\3\0\0\0\2\0\0\0", 16));
  EXPECT_EQ(StringRef(Image.at(SlotsAt), 12),
            StringRef("\3\0\0\0\0\0\0\0\x90\x1b\0\0", 12));
}

TEST(ImageTables, DataHeaderTellsTheRelease) {
  struct {
    ImageDialect Layout;
    const char *Release;
    ImageDialect Expected;
  } Cases[] = {
      {ImageDialect::Julia1_10, "1.10.4", ImageDialect::Julia1_10},
      {ImageDialect::Julia1_11, "1.11.0-rc1", ImageDialect::Julia1_11},
      {ImageDialect::Julia1_11, "1.12.3", ImageDialect::Julia1_11},
      {ImageDialect::Julia1_13, "1.13.0", ImageDialect::Julia1_13},
      {ImageDialect::Julia1_14, "1.14.0-DEV.2315", ImageDialect::Julia1_14},
  };
  for (auto &C : Cases)
    for (unsigned WordSize : {8, 4}) {
      SCOPED_TRACE(C.Release);
      HandImage Image(C.Layout, WordSize, WordSize == 8, C.Release);
      // Before #61459 reached a branch, an image of 1.14 had no checksum.
      Image.removeExport("jl_system_image_checksum");
      EXPECT_EQ(dialectOf(Image), getDialectName(C.Expected));
      Expected<ImageTables> T = readImageTables(Image);
      ASSERT_OK(T);
      EXPECT_EQ(T->Dialect, C.Expected);
      EXPECT_EQ(T->DataChecksum, std::nullopt);
      ASSERT_TRUE(T->DataHeader.has_value());
      EXPECT_EQ(T->DataHeader->Build.Version, C.Release);
      EXPECT_EQ(T->DataHeader->Build.OS, "Linux");
      ASSERT_EQ(T->DataHeader->RequiredModules.size(), 1u);
      EXPECT_EQ(T->DataHeader->RequiredModules[0].Name, "Core");
      EXPECT_TRUE(T->DataHeader->IsImageData);
    }
}

TEST(ImageTables, DataHeaderOfAnotherMachine) {
  HandImage Wide(ImageDialect::Julia1_11, 8, true);
  HandImage Narrow(ImageDialect::Julia1_11, 4, true);
  Narrow.setBlob(Wide.dataHeader("1.11.1"));
  EXPECT_EQ(errorOf(Narrow),
            "fake.so: jl_system_image_data: its header is for 64 bits, little "
            "endian; the file is for 32 bits, little endian; the file is "
            "damaged: make the image again");
}

// Without a release in the data (a system image), the tables themselves must
// tell 1.10 from 1.11.
TEST(ImageTables, StructureTellsTheRelease) {
  for (ImageDialect D : {ImageDialect::Julia1_10, ImageDialect::Julia1_11}) {
    HandImage Image(D, 8, true);
    EXPECT_EQ(dialectOf(Image), getDialectName(D));
    // All code and constants in one executable segment, as in Mach-O.
    Image.mutableSegments()[1].IsExecutable = true;
    EXPECT_EQ(dialectOf(Image), getDialectName(D));
  }
  HandImage Image(ImageDialect::Julia1_11, 8, true);
  Image.put32(GlobalIndicesAt, 7);
  std::string Message = errorOf(Image);
  EXPECT_TRUE(StringRef(Message).starts_with(
      "fake.so: the tables have the layout of no release; as julia-1.11: "
      "shard 0: jl_gvar_idxs[0]: index 7, but ngvars is 2; "))
      << Message;
  EXPECT_TRUE(StringRef(Message).contains("; as julia-1.10: ")) << Message;
  EXPECT_EQ(toString(identifyDialect(Image).takeError()), Message);
}

TEST(ImageTables, NoPackageImage) {
  FakeImage Image(8, true);
  Image.addSegment(Text, "abcdefgh", false, true);
  Image.addExport("main", Text);
  std::string Expected =
      "fake.so: expected a package image, found a library that exports neither "
      "'jl_image_pointers' nor 'jl_sysimg_fvars_base'; was it stripped, or "
      "linked without the image's objects?";
  EXPECT_EQ(errorOf(Image), Expected);
  EXPECT_EQ(toString(identifyDialect(Image).takeError()), Expected);
  for (ImageDialect D : AllDialects)
    EXPECT_NE(errorOf(Image, D), "no error");
}

TEST(ImageTables, MissingSymbols) {
  for (ImageDialect D : AllDialects) {
    HandImage Whole(D, 8, true);
    for (const ImageSymbol &S : Whole.exports()) {
      HandImage Image(D, 8, true);
      Image.removeExport(S.Name);
      SCOPED_TRACE((getDialectName(D) + " without " + S.Name).str());
      if (S.Name == "jl_system_image_checksum" ||
          (S.Name == "jl_pgcstack_func_slot")) {
        EXPECT_EQ(errorOf(Image, D), "no error");
        continue;
      }
      std::string Message = errorOf(Image, D);
      EXPECT_TRUE(StringRef(Message).starts_with(
          ("fake.so: '" + S.Name + "' is not exported; an image of " +
           getDialectName(D) + " has it")
              .str()))
          << Message;
    }
  }
}

TEST(ImageTables, NoData) {
  HandImage Image(ImageDialect::PkgImg, 8, true);
  Image.removeExport("jl_system_image_data");
  Image.removeExport("jl_system_image_size");
  Expected<ImageTables> T = readImageTables(Image);
  ASSERT_OK(T);
  EXPECT_TRUE(T->Data.empty());
  EXPECT_EQ(T->DataAddress, 0u);
}

TEST(ImageTables, EmptyImages) {
  for (ImageDialect D : AllDialects)
    for (bool HasShard : {true, false}) {
      if (!HasShard && D == ImageDialect::Julia1_9)
        continue;
      SCOPED_TRACE(getDialectName(D).str());
      HandImage Image(D, 8, true);
      Image.numbers(HeaderAt, {1, HasShard, 0, 0});
      Image.putWord(CountAt, 0);
      Image.numbers(FunctionOffsetsAt, {0});
      Image.numbers(GlobalOffsetsAt, {0});
      Image.numbers(SlotsAt, {0});
      Image.numbers(CloneIndicesAt, {Tag, Tag, 0, 1});
      if (!hasPointers(D)) {
        // Julia's aliases of nothing.
        Image.removeRelocation(ShardsAt);
        Image.removeRelocation(ShardsAt + 3 * 8);
      }
      if (!HasShard)
        Image.removeRelocation(RootAt + 8);
      Expected<ImageTables> T = readImageTables(Image, D);
      ASSERT_OK(T);
      EXPECT_EQ(T->Shards.size(), HasShard);
      EXPECT_EQ(T->NumFunctions, 0u);
      EXPECT_EQ(T->NumGlobals, 0u);
      // Nothing tells 1.10 from 1.11 then, nor need it.
      if (D != ImageDialect::Julia1_10)
        EXPECT_EQ(dialectOf(Image), getDialectName(D));
    }
}

TEST(ImageTables, OptionalParts) {
  HandImage Ours(ImageDialect::PkgImg, 8, true);
  Ours.removeRelocation(RootAt + 2 * 8);
  Ours.removeRelocation(RootAt + 5 * 8);
  Expected<ImageTables> T = readImageTables(Ours);
  ASSERT_OK(T);
  EXPECT_FALSE(T->TLS.has_value());
  EXPECT_EQ(T->TargetString, "");

  HandImage Julia(ImageDialect::Julia1_13, 8, true);
  Julia.removeRelocation(RootAt + 3 * 8);
  T = readImageTables(Julia);
  ASSERT_OK(T);
  EXPECT_FALSE(T->SmallTypeof.has_value());
}

TEST(ImageTables, UnpackFunction) {
  // A thunk with a name, and one without.
  HandImage Image(ImageDialect::Julia1_13, 8, true);
  Image.addPointer(UnpackAt, Text + 0x300);
  Expected<ImageTables> T = readImageTables(Image);
  ASSERT_OK(T);
  EXPECT_EQ(T->UnpackFunction, "0x1300");
  EXPECT_EQ(T->Compression, DataCompression::None);
  Image.addLocal("jl_image_unpack_uncomp", Text + 0x300);
  T = readImageTables(Image);
  ASSERT_OK(T);
  EXPECT_EQ(T->UnpackFunction, "jl_image_unpack_uncomp");

  Image.addPointer(UnpackAt, Data);
  EXPECT_EQ(errorOf(Image),
            "fake.so: jl_image_unpack: the address 0x4000 is not in an "
            "executable segment; the file is damaged: make the image again");
  Image.removeRelocation(UnpackAt);
  EXPECT_EQ(errorOf(Image),
            "fake.so: jl_image_unpack: expected the address of a function, "
            "found the number 0x0; the file is damaged: make the image again");
  Image.addImport(UnpackAt, "jl_image_unpack_zstd");
  EXPECT_EQ(errorOf(Image),
            "fake.so: jl_system_image_data: 'jl_image_unpack' says that it is "
            "compressed, but it does not begin as zstd's frames do; the file "
            "is damaged: make the image again");
}

TEST(ImageTables, CompressedData) {
  if (!compression::zstd::isAvailable())
    GTEST_SKIP();
  for (ImageDialect D :
       {ImageDialect::Julia1_13, ImageDialect::Julia1_14, ImageDialect::PkgImg})
    for (bool HasName : {true, false}) {
      HandImage Image(D, 8, true);
      std::string Plain =
          Image.dataHeader(D == ImageDialect::Julia1_14 ? "1.14.0" : "1.13.1");
      Plain.append(400000, 'x');
      SmallVector<uint8_t, 0> Compressed;
      compression::zstd::compress(arrayRefFromStringRef(Plain), Compressed);
      ASSERT_LT(Compressed.size(), 0x800u);
      Image.setBlob(toStringRef(Compressed));
      if (HasName)
        Image.addImport(UnpackAt, "jl_image_unpack_zstd");
      else
        Image.addPointer(UnpackAt, Text);
      Image.removeExport("jl_system_image_checksum");
      Expected<ImageTables> T = readImageTables(Image);
      ASSERT_OK(T);
      EXPECT_EQ(T->Dialect, D);
      EXPECT_EQ(T->Compression, DataCompression::Zstd);
      EXPECT_EQ(T->Data, toStringRef(Compressed));
      EXPECT_EQ(T->DataHeader.has_value(), D != ImageDialect::PkgImg);
      std::string Storage;
      Expected<StringRef> Unpacked = getImageData(*T, Storage);
      ASSERT_OK(Unpacked);
      EXPECT_EQ(*Unpacked, Plain);
    }
  // The name of the function is stronger than what the data looks like.
  HandImage Image(ImageDialect::Julia1_13, 8, true);
  Image.setBlob("\x28\xb5\x2f\xfd");
  Expected<ImageTables> T = readImageTables(Image);
  ASSERT_OK(T);
  EXPECT_EQ(T->Compression, DataCompression::None);
}

//===----------------------------------------------------------------------===//
// Damage
//===----------------------------------------------------------------------===//

namespace {
struct DamageCase {
  ImageDialect Dialect;
  std::function<void(HandImage &)> Damage;
  const char *Message;
};

void expectErrors(ArrayRef<DamageCase> Cases) {
  for (const DamageCase &C : Cases)
    for (unsigned WordSize : {8, 4}) {
      HandImage Image(C.Dialect, WordSize, WordSize == 8);
      C.Damage(Image);
      std::string Expected = ("fake.so: " + Twine(C.Message) +
                              "; the file is damaged: make the image again")
                                 .str();
      // WORD stands for the size of a word.
      if (size_t At = Expected.find("WORD"); At != std::string::npos)
        Expected.replace(At, 4, std::to_string(WordSize));
      EXPECT_EQ(errorOf(Image, C.Dialect), Expected);
    }
}
} // namespace

TEST(ImageTablesErrors, Root) {
  expectErrors({
      {ImageDialect::Julia1_11,
       [](HandImage &I) { I.removeRelocation(RootAt); },
       "jl_image_pointers.header: expected an address, found null"},
      {ImageDialect::Julia1_11,
       [](HandImage &I) {
         I.removeRelocation(RootAt);
         I.putWord(RootAt, 0x2300);
       },
       "jl_image_pointers.header: expected an address of the image, found the "
       "number 0x2300"},
      {ImageDialect::Julia1_11,
       [](HandImage &I) { I.addImport(RootAt, "evil"); },
       "jl_image_pointers.header: expected an address of the image, found the "
       "import 'evil'"},
      {ImageDialect::Julia1_10,
       [](HandImage &I) { I.removeRelocation(RootAt + 2 * I.pointerSize()); },
       "jl_image_pointers.ptls: expected an address, found null"},
      {ImageDialect::PkgImg,
       [](HandImage &I) { I.addPointer(RootAt + 3 * I.pointerSize(), Zeros); },
       "jl_image_pointers.jl_small_typeof: expected null in pkgimg, found an "
       "address"},
      {ImageDialect::Julia1_11,
       [](HandImage &I) {
         I.addPointer(RootAt + 3 * I.pointerSize(), Zeros + 4);
       },
       "jl_small_typeof: the 1024 bytes at address 0x5004 are not in a "
       "writable segment"},
      {ImageDialect::Julia1_11, [](HandImage &I) { I.put32(HeaderAt, 2); },
       "jl_image_header: expected version 1, found 2"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.addPointer(RootAt, 0x9000); },
       "jl_image_header at address 0x9000 is in no segment"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.addPointer(RootAt, Zeros - 8); },
       "jl_image_header at address 0x4ff8 needs 0x10 bytes; its segment has "
       "0x8 there in the file"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) {
         I.addPointer(RootAt + 5 * I.pointerSize(), Text + 0x3ff);
       },
       "the target string at address 0x13ff has no end"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.addPointer(RootAt + 5 * I.pointerSize(), 0x9000); },
       "the target string at address 0x9000 is in no segment"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.addPointer(PTLSAt, ROData); },
       "jl_pgcstack_func_slot: the WORD bytes at address 0x2000 are not in a "
       "writable segment"},
  });
}

TEST(ImageTablesErrors, Shards) {
  expectErrors({
      {ImageDialect::Julia1_11, [](HandImage &I) { I.putWord(CountAt, 4); },
       "shard 0: jl_fvar_count: expected at most the 3 functions of "
       "jl_image_header, found 4"},
      {ImageDialect::Julia1_11, [](HandImage &I) { I.put32(HeaderAt + 8, 4); },
       "jl_image_header: nfvars is 4, but the shards have 3 functions"},
      {ImageDialect::Julia1_11,
       [](HandImage &I) { I.addPointer(CountAt, Text); },
       "shard 0: jl_fvar_count: expected at most the 3 functions of "
       "jl_image_header, found an address"},
      {ImageDialect::Julia1_11,
       [](HandImage &I) { I.addPointer(FunctionPointersAt, Data); },
       "shard 0: jl_fvar_ptrs[0]: the address 0x4000 is not in an executable "
       "segment"},
      {ImageDialect::Julia1_11,
       [](HandImage &I) {
         I.addImport(FunctionPointersAt + I.pointerSize(), "malloc");
       },
       "shard 0: jl_fvar_ptrs[1]: expected an address of the image, found the "
       "import 'malloc'"},
      {ImageDialect::Julia1_11,
       [](HandImage &I) { I.removeRelocation(ShardsAt + 7 * I.pointerSize()); },
       "shard 0: jl_clone_idxs: expected an address, found null"},
      {ImageDialect::Julia1_10,
       [](HandImage &I) { I.put32(FunctionOffsetsAt + 8, 0x400); },
       "shard 0: jl_fvar_offsets[1]: the address 0x1400 is not in an "
       "executable segment"},
      {ImageDialect::Julia1_9,
       [](HandImage &I) { I.put32(FunctionOffsetsAt + 8, 0x400); },
       "jl_sysimg_fvars_offsets[1]: the address 0x1400 is not in an "
       "executable segment"},
      {ImageDialect::Julia1_10,
       [](HandImage &I) { I.put32(CloneOffsetsAt + 4, 0x1000); },
       "shard 0: jl_clone_offsets, target 1[1]: the address 0x2000 is not in "
       "an executable segment"},
      {ImageDialect::Julia1_14,
       [](HandImage &I) { I.put32(FunctionIndicesAt + 4, 3); },
       "shard 0: jl_fvar_idxs[1]: index 3, but nfvars is 3"},
      {ImageDialect::Julia1_14,
       [](HandImage &I) { I.put32(FunctionIndicesAt + 4, 2); },
       "shard 0: jl_fvar_idxs[1]: index 2 occurs twice"},
      {ImageDialect::PkgImg,
       [](HandImage &I) { I.put32(GlobalIndicesAt + 4, 1); },
       "shard 0: jl_gvar_idxs[1]: index 1 occurs twice"},
      {ImageDialect::PkgImg, [](HandImage &I) { I.put32(HeaderAt + 12, 1); },
       "jl_image_header: ngvars is 1, but the shards have 2 globals"},
      {ImageDialect::Julia1_10,
       [](HandImage &I) { I.put32(GlobalOffsetsAt + 8, -0x2000); },
       "shard 0: jl_gvar_offsets[1]: the WORD bytes at address 0x2000 are not "
       "in a writable segment"},
      {ImageDialect::Julia1_11,
       [](HandImage &I) {
         I.put32(GlobalOffsetsAt + 4, 0x5400 - 2 - GlobalOffsetsAt);
       },
       "shard 0: jl_gvar_offsets[0]: the WORD bytes at address 0x53fe are not "
       "in a writable segment"},
  });
}

TEST(ImageTablesErrors, Slots) {
  expectErrors({
      {ImageDialect::Julia1_13, [](HandImage &I) { I.put32(SlotsAt + 4, 3); },
       "shard 0: jl_clone_slots[0]: function 3, but the shard has 3"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) {
         I.put32(SlotsAt + 4, 2);
         I.put32(SlotsAt + 12, 0);
       },
       "shard 0: jl_clone_slots[1]: function 0 is after function 2, and slots "
       "must be sorted"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.put32(SlotsAt + 8, uint32_t(ROData - SlotsAt)); },
       "shard 0: jl_clone_slots[0]: the WORD bytes at address 0x2000 are not "
       "in a writable segment"},
      {ImageDialect::Julia1_9, [](HandImage &I) { I.put32(SlotsAt + 8, -8); },
       "jl_dispatch_reloc_slots[0]: the WORD bytes at address 0x3ff8 are not "
       "in a writable segment"},
  });
}

TEST(ImageTablesErrors, Clones) {
  expectErrors({
      {ImageDialect::Julia1_13,
       [](HandImage &I) {
         I.numbers(CloneIndicesAt, {2, 0, 0, 2, Tag | 2, 0, 2, 2, 1, Tag, 1});
         I.pointers(ClonePointersAt + 5 * I.pointerSize(), {Text, Text});
       },
       "shard 0: jl_clone_idxs, target 0: it must have code for every "
       "function"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.put32(CloneIndicesAt + 28, 5); },
       "shard 0: jl_clone_idxs, target 2: base 5 is not an earlier group"},
      {ImageDialect::Julia1_9,
       [](HandImage &I) { I.put32(CloneIndicesAt + 28, 2); },
       "jl_dispatch_fvars_idxs, target 2: base 2 is not an earlier group"},
      {ImageDialect::Julia1_13, // Target 1 without code of its own.
       [](HandImage &I) {
         I.numbers(CloneIndicesAt + 12, {2, 0, 0, 1, 2, 1, 0, 1});
       },
       "shard 0: jl_clone_idxs, target 2: base 1 is not an earlier group"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.put32(CloneIndicesAt + 8, Tag | 2); },
       "shard 0: jl_clone_idxs, target 0: element 1: 0x80000002 has the tag "
       "bit, which a group's must not have"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.put32(CloneIndicesAt + 8, 1); },
       "shard 0: jl_clone_idxs, target 0: element 1: function 1 has no slot in "
       "jl_clone_slots"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.put32(CloneIndicesAt + 36, Tag | 1); },
       "shard 0: jl_clone_idxs, target 2: element 1: function 1 has no slot in "
       "jl_clone_slots"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.put32(CloneIndicesAt + 36, 3); },
       "shard 0: jl_clone_idxs, target 2: element 1: function 3, but the shard "
       "has 3"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.put32(CloneIndicesAt + 36, 0); },
       "shard 0: jl_clone_idxs, target 2: element 1: function 0 is not after "
       "function 0"},
      {ImageDialect::Julia1_13,
       [](HandImage &I) { I.addPointer(ClonePointersAt, ROData); },
       "shard 0: jl_clone_ptrs, target 1[0]: the address 0x2000 is not in an "
       "executable segment"},
  });
}

TEST(ImageTablesErrors, TargetData) {
  HandImage Image(ImageDialect::Julia1_13, 8, true);
  Image.put32(TargetDataAt, 0);
  EXPECT_EQ(errorOf(Image),
            "fake.so: jl_dispatch_target_ids: there is no target; the file is "
            "damaged: make the image again");
  Image.put32(TargetDataAt, 0x7fffffff);
  std::string Message = errorOf(Image);
  EXPECT_TRUE(StringRef(Message).starts_with(
      "fake.so: jl_dispatch_target_ids at address 0x2000: "))
      << Message;
  Image.addPointer(RootAt + 4 * 8, 0x9000);
  EXPECT_EQ(errorOf(Image), "fake.so: jl_dispatch_target_ids at address 0x9000 "
                            "is in no segment; the file is damaged: make the "
                            "image again");
}

TEST(ImageTablesErrors, DataSize) {
  for (uint64_t Size : {uint64_t(0xc01), uint64_t(UINT32_MAX), UINT64_MAX}) {
    HandImage Image(ImageDialect::Julia1_13, 8, true);
    Image.putWord(SizeAt, Size);
    std::string Message = errorOf(Image);
    EXPECT_TRUE(StringRef(Message).starts_with(
        "fake.so: jl_system_image_data at address 0x4400 needs 0x"))
        << Message;
  }
  HandImage Image(ImageDialect::Julia1_13, 8, true);
  Image.addPointer(SizeAt, Data);
  EXPECT_EQ(errorOf(Image),
            "fake.so: jl_system_image_size: expected a number, found an "
            "address; the file is damaged: make the image again");
}

// Counts that no file can keep must be seen before memory is asked for.
TEST(ImageTablesErrors, HostileCounts) {
  for (ImageDialect D : AllDialects)
    for (uint64_t At :
         {uint64_t(HeaderAt + 4), uint64_t(HeaderAt + 8),
          uint64_t(HeaderAt + 12), uint64_t(FunctionOffsetsAt),
          uint64_t(CountAt), uint64_t(GlobalOffsetsAt), uint64_t(SlotsAt),
          uint64_t(CloneIndicesAt), uint64_t(CloneIndicesAt + 24)})
      for (uint32_t Count : {UINT32_MAX, 0x80000000u, 0x7fffffffu, 0x10000u}) {
        HandImage Image(D, 8, true);
        uint32_t Before = Image.get32(At);
        Image.put32(At, Count);
        bool IsUsed = hasPointers(D) ? At != FunctionOffsetsAt : At != CountAt;
        if (D == ImageDialect::Julia1_9 && At >= HeaderAt && At < CountAt)
          IsUsed = false;
        if (!IsUsed || Before == Count)
          EXPECT_EQ(errorOf(Image, D), "no error");
        else
          EXPECT_NE(errorOf(Image, D), "no error")
              << nameOf(D, 8) << " " << At << " " << Count;
      }
  // All at once, so that no count contradicts another.
  HandImage Image(ImageDialect::Julia1_11, 8, true);
  Image.numbers(HeaderAt, {1, 1, UINT32_MAX, UINT32_MAX});
  Image.putWord(CountAt, UINT32_MAX);
  EXPECT_EQ(errorOf(Image, ImageDialect::Julia1_11),
            "fake.so: shard 0: jl_fvar_ptrs at address 0x3140 needs "
            "0x7fffffff8 bytes; its segment has 0xc0 there in the file; the "
            "file is damaged: make the image again");
}

// Shards of a few bytes that share one large table would take memory, and time,
// that grow with the square of the file.
TEST(ImageTablesErrors, SharedTables) {
  HandImage Image(ImageDialect::Julia1_11, 4, true);
  std::string Blob;
  for (unsigned I = 0; I < 4; ++I)
    Blob += char(I == 0 ? 24 : 0);
  for (unsigned T = 0; T < 24; ++T)
    Blob += std::string(16, '\0'); // No flags, words, name or features.
  Image.text(TargetDataAt, Blob);
  const unsigned NumShards = 0x1000 / 32;
  Image.numbers(HeaderAt, {1, NumShards, 0, 0});
  Image.put32(CountAt, 0);
  Image.put32(GlobalOffsetsAt, 0);
  Image.put32(SlotsAt, 0);
  for (unsigned T = 0; T < 24; ++T)
    Image.put32(CloneIndicesAt + 4 * T, Tag);
  for (unsigned I = 0; I < NumShards; ++I)
    Image.pointers(Data + 32 * I,
                   {CountAt, FunctionPointersAt, FunctionIndicesAt,
                    GlobalOffsetsAt, GlobalIndicesAt, SlotsAt, ClonePointersAt,
                    CloneIndicesAt});
  Image.addPointer(RootAt + 4, Data);
  std::string Message = errorOf(Image, ImageDialect::Julia1_11);
  EXPECT_TRUE(StringRef(Message).contains(
      "the tables up to here have more bytes than the file, so that some "
      "overlap"))
      << Message;
  // Two that share what is empty are no matter.
  Image.put32(HeaderAt + 4, 2);
  EXPECT_EQ(errorOf(Image, ImageDialect::Julia1_11), "no error");
}

//===----------------------------------------------------------------------===//
// Bugs that other loaders had
//===----------------------------------------------------------------------===//

// Offset and length whose sum wraps around, to pass a check of the sum.
TEST(ImageTablesRegression, OffsetsThatWrapAround) {
  for (ImageDialect D : {ImageDialect::Julia1_9, ImageDialect::Julia1_10})
    for (unsigned WordSize : {8, 4}) {
      HandImage Image(D, WordSize, true);
      Image.put32(FunctionOffsetsAt + 8, 0x80000000);
      EXPECT_NE(errorOf(Image, D), "no error");
      Image.put32(FunctionOffsetsAt + 8, -0x1001);
      EXPECT_NE(errorOf(Image, D), "no error");
    }
  // In 32 bits, the upper half is reached by a negative distance.
  HandImage Narrow(ImageDialect::Julia1_10, 4, true);
  Narrow.addSegment(0x90000000, std::string(16, '\xcc'), false, true);
  Narrow.sortTables();
  Narrow.put32(FunctionOffsetsAt + 8, 0x90000000 - Text);
  Expected<ImageTables> T = readImageTables(Narrow, ImageDialect::Julia1_10);
  ASSERT_OK(T);
  EXPECT_EQ(T->Shards[0].Functions[1], 0x90000000u);

  // The segment at the end of the address space, and tables at its end.
  for (unsigned Word = 0; Word < 8; ++Word)
    for (uint64_t Address = UINT64_MAX - 16; Address; ++Address) {
      HandImage Copy(ImageDialect::Julia1_11, 8, true);
      Copy.addSegment(UINT64_MAX - 15, std::string(15, '\xff'), true, true);
      Copy.sortTables();
      Copy.addPointer(ShardsAt + 8 * Word, Address);
      EXPECT_NE(errorOf(Copy, ImageDialect::Julia1_11), "no error");
    }
  for (unsigned Word = 0; Word < 5; ++Word)
    for (uint64_t Address = UINT64_MAX - 16; Address; ++Address) {
      HandImage Copy(ImageDialect::Julia1_11, 8, true);
      Copy.addSegment(UINT64_MAX - 15, std::string(15, '\xff'), true, true);
      Copy.sortTables();
      Copy.addPointer(RootAt + 8 * Word, Address);
      EXPECT_NE(errorOf(Copy, ImageDialect::Julia1_11), "no error");
    }
}

// A list that is cut, so that what it no longer holds is not checked.
TEST(ImageTablesRegression, ListsThatAreCut) {
  // No function, no slot, no clone; the header still knows.
  HandImage Functions(ImageDialect::Julia1_11, 8, true);
  Functions.putWord(CountAt, 0);
  Functions.put32(SlotsAt, 0);
  Functions.numbers(CloneIndicesAt, {Tag, Tag, 0, 1});
  EXPECT_EQ(errorOf(Functions, ImageDialect::Julia1_11),
            "fake.so: jl_image_header: nfvars is 3, but the shards have 0 "
            "functions; the file is damaged: make the image again");
  // No shard.
  HandImage Shards(ImageDialect::Julia1_11, 8, true);
  Shards.put32(HeaderAt + 4, 0);
  EXPECT_EQ(errorOf(Shards, ImageDialect::Julia1_11),
            "fake.so: jl_image_header: nfvars is 3, but the shards have 0 "
            "functions; the file is damaged: make the image again");
  // No slot, though clones need them.
  HandImage Slots(ImageDialect::Julia1_11, 8, true);
  Slots.put32(SlotsAt, 0);
  EXPECT_EQ(errorOf(Slots, ImageDialect::Julia1_11),
            "fake.so: shard 0: jl_clone_idxs, target 0: element 0: function 0 "
            "has no slot in jl_clone_slots; the file is damaged: make the "
            "image again");
  // Clones of fewer targets than there are: what follows is read as a target.
  HandImage Targets(ImageDialect::Julia1_11, 8, true);
  Targets.addPointer(ShardsAt + 7 * 8, ROData + 0x600 - 24);
  Targets.numbers(ROData + 0x600 - 24, {Tag | 2, 0, 2, Tag | 2, 0, 2});
  EXPECT_EQ(errorOf(Targets, ImageDialect::Julia1_11),
            "fake.so: shard 0: jl_clone_idxs, target 2 at address 0x2600 is in "
            "no segment; the file is damaged: make the image again");
}

// JuliaLang/julia#52079: 1.10.0 sorted clones by the number with the tag, so
// that functions with slots came last, and the wrong ones were chosen.
TEST(ImageTablesRegression, TagsTakeNoPartInTheOrder) {
  HandImage Image(ImageDialect::Julia1_10, 8, true);
  Image.numbers(CloneIndicesAt + 24, {3, 1, Tag | 0, 1, Tag | 2});
  Image.numbers(CloneOffsetsAt + 12, {0x200, 0x210, 0x220});
  Expected<ImageTables> T = readImageTables(Image, ImageDialect::Julia1_10);
  ASSERT_OK(T);
  const BasicShardClones<uint64_t> &C = T->Shards[0].Clones[2];
  EXPECT_EQ(C.Indices, (std::vector<uint32_t>{Tag | 0, 1, Tag | 2}));
  EXPECT_EQ(C.Functions, (std::vector<uint64_t>{0x1200, 0x1210, 0x1220}));
  EXPECT_EQ(C.UseSlots, Tag);

  // The order that those loaders made is no order.
  Image.numbers(CloneIndicesAt + 24, {3, 1, 1, Tag | 0, Tag | 2});
  EXPECT_EQ(errorOf(Image, ImageDialect::Julia1_10),
            "fake.so: shard 0: jl_clone_idxs, target 2: element 1: function 0 "
            "is not after function 1; the file is damaged: make the image "
            "again");
}

// JuliaLang/julia#37613: a count that reaches the tag must not lose its top.
TEST(ImageTablesRegression, CountsThatReachTheTag) {
  for (ImageDialect D : AllDialects) {
    HandImage Image(D, 8, true);
    // Of a target that is no group: what would be one with no index.
    Image.numbers(CloneIndicesAt + 24, {Tag, Tag | 0, 1});
    EXPECT_NE(errorOf(Image, D), "no error");
    // Of a group: 2^31 - 1 indices.
    HandImage Group(D, 8, true);
    Group.put32(CloneIndicesAt, UINT32_MAX);
    EXPECT_NE(errorOf(Group, D), "no error");
  }
}

// A field that is not set must not be taken for one: reading is a function of
// the file.
TEST(ImageTablesRegression, NoFieldIsLeftUnset) {
  HandImage Full(ImageDialect::Julia1_14, 8, true, "1.14.0");
  HandImage Bare(ImageDialect::Julia1_9, 8, true);
  for (unsigned I = 0; I < 2; ++I) {
    Expected<ImageTables> A = readImageTables(Full, ImageDialect::Julia1_14);
    ASSERT_OK(A);
    expectHandTables(*A, Full);
    Expected<ImageTables> B = readImageTables(Bare, ImageDialect::Julia1_9);
    ASSERT_OK(B);
    expectHandTables(*B, Bare);
    EXPECT_FALSE(B->DataHeader.has_value());
  }
}

//===----------------------------------------------------------------------===//
// Any bytes
//===----------------------------------------------------------------------===//

TEST(ImageTables, EveryBitFlip) {
  for (ImageDialect D : AllDialects) {
    HandImage Image(D, 8, true);
    unsigned NumErrors = 0;
    for (uint64_t At = ROData; At < CountAt + 0x180; ++At)
      for (unsigned Bit = 0; Bit < 8; ++Bit) {
        *Image.at(At) ^= 1 << Bit;
        Expected<ImageTables> T = readImageTables(Image, D);
        if (!T) {
          ++NumErrors;
          EXPECT_TRUE(
              StringRef(toString(T.takeError())).starts_with("fake.so: "));
        }
        *Image.at(At) ^= 1 << Bit;
      }
    EXPECT_GT(NumErrors, 100u);
    Expected<ImageTables> T = readImageTables(Image, D);
    ASSERT_OK(T);
    expectHandTables(*T, Image);
  }
}

TEST(ImageTables, EveryTruncation) {
  for (ImageDialect D : AllDialects)
    for (unsigned Segment = 0; Segment < 4; ++Segment) {
      HandImage Image(D, 8, true);
      ImageSegment &S = Image.mutableSegments()[Segment];
      for (S.MemorySize = 0; S.MemorySize < S.FileSize; ++S.MemorySize) {
        uint64_t FileSize = S.FileSize;
        S.FileSize = S.MemorySize;
        Expected<ImageTables> T = readImageTables(Image);
        if (!T)
          consumeError(T.takeError());
        S.FileSize = FileSize;
      }
    }
}

TEST(ImageTables, RandomPointers) {
  std::mt19937_64 Random(20240613);
  static constexpr uint64_t Targets[] = {
      0,       Text,           ROData, HeaderAt,  CountAt,  FunctionOffsetsAt,
      SlotsAt, CloneIndicesAt, RelRO,  RootAt,    ShardsAt, Data,
      Zeros,   Zeros + 0x3fc,  0x9000, UINT64_MAX};
  for (ImageDialect D : AllDialects)
    for (unsigned Run = 0; Run < 400; ++Run) {
      HandImage Image(D, Run % 2 ? 8 : 4, Run % 3);
      for (unsigned I = 0; I <= Run % 4; ++I) {
        uint64_t At = RelRO + Random() % 0x70 * Image.pointerSize();
        uint64_t Target = Targets[Random() % std::size(Targets)];
        if (Random() % 8 == 0)
          Image.addImport(At, "jl_RTLD_DEFAULT_handle");
        else
          Image.addPointer(At, Target);
        Image.put32(ROData + Random() % 0x170 * 4,
                    Random() % 4 ? Random() % 64 : Random());
      }
      for (std::optional<ImageDialect> Assumed :
           {std::optional<ImageDialect>(), std::optional<ImageDialect>(D)}) {
        Expected<ImageTables> T = readImageTables(Image, Assumed);
        if (!T)
          consumeError(T.takeError());
      }
    }
}
