//===- ImageDataTest.cpp - Data of images ---------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeImage.h"
#include "pkgimg/Format/ImageTables.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"
#include "gtest/gtest.h"

#include <random>

using namespace llvm;
using namespace pkgimg;

namespace {
std::string compress(StringRef Text) {
  SmallVector<uint8_t, 0> Out;
  compression::zstd::compress(arrayRefFromStringRef(Text), Out);
  return toStringRef(Out).str();
}

ImageTables compressedTables(StringRef Data) {
  ImageTables T;
  T.Data = Data;
  T.Compression = DataCompression::Zstd;
  return T;
}

std::string errorOf(StringRef Data, uint64_t MaxSize = UINT64_MAX) {
  std::string Storage;
  ImageTables T = compressedTables(Data);
  Expected<StringRef> D = getImageData(T, Storage, MaxSize);
  return D ? std::string("no error") : toString(D.takeError());
}

/// A frame by hand: magic, header, blocks.
std::string frame(StringRef Header, StringRef Blocks) {
  return ("\x28\xb5\x2f\xfd" + Header + Blocks).str();
}

/// A block of type 0 (raw), 1 (one byte repeated) or 2 (compressed).
std::string block(unsigned Type, uint32_t Size, bool IsLast,
                  StringRef Content) {
  uint32_t H = Size << 3 | Type << 1 | unsigned(IsLast);
  std::string B;
  for (unsigned I = 0; I < 3; ++I)
    B += char(H >> 8 * I);
  return B + Content.str();
}

const StringRef Window("\0\x38", 2);
} // namespace

class ImageDataZstd : public testing::Test {
protected:
  void SetUp() override {
    if (!compression::zstd::isAvailable())
      GTEST_SKIP() << "LLVM was built without zstd";
  }
};

TEST(ImageData, NotCompressed) {
  ImageTables T;
  T.Data = "as it is";
  std::string Storage;
  Expected<StringRef> D = getImageData(T, Storage);
  ASSERT_OK(D);
  EXPECT_EQ(D->data(), T.Data.data());
  EXPECT_EQ(*D, "as it is");
  EXPECT_TRUE(Storage.empty());
}

TEST_F(ImageDataZstd, RoundTrips) {
  std::mt19937_64 Random(7);
  for (size_t Size :
       {0, 1, 255, 256, 1000, 65535, 65536, 131072, 131073, 1000000}) {
    std::string Text;
    while (Text.size() < Size)
      Text += char(Random() % (Size % 2 ? 256 : 4));
    std::string Compressed = compress(Text);
    std::string Storage = "something else";
    ImageTables T = compressedTables(Compressed);
    Expected<StringRef> D = getImageData(T, Storage);
    ASSERT_OK(D);
    EXPECT_EQ(*D, Text) << Size;
  }
}

TEST_F(ImageDataZstd, FramesByHand) {
  // Neither size nor checksum: as a stream is compressed.
  std::string Raw =
      frame(Window, block(0, 5, false, "hello") + block(1, 3, true, "!"));
  std::string Storage;
  ImageTables T = compressedTables(Raw);
  Expected<StringRef> D = getImageData(T, Storage);
  ASSERT_OK(D);
  EXPECT_EQ(*D, "hello!!!");

  // Size of one byte, single segment.
  std::string Small =
      frame(StringRef("\x20\x05", 2), block(0, 5, true, "hello"));
  T = compressedTables(Small);
  D = getImageData(T, Storage);
  ASSERT_OK(D);
  EXPECT_EQ(*D, "hello");
  // A dictionary ID of zero is none.
  std::string Zero =
      frame(StringRef("\x21\0\x05", 3), block(0, 5, true, "hello"));
  T = compressedTables(Zero);
  D = getImageData(T, Storage);
  ASSERT_OK(D);
  EXPECT_EQ(*D, "hello");
}

TEST_F(ImageDataZstd, Errors) {
  const std::string Hello = block(0, 5, true, "hello");
  EXPECT_EQ(errorOf(""), "the compressed data is damaged: it does not begin "
                         "with zstd's magic number; make the image again");
  EXPECT_EQ(errorOf(frame(StringRef("\x08\x38", 2), Hello)),
            "the compressed data is damaged: a reserved bit of the frame's "
            "header is set; make the image again");
  EXPECT_EQ(errorOf(frame(StringRef("\x01\x38\x07", 3), Hello)),
            "the compressed data is damaged: it needs a dictionary, which "
            "images do not have; make the image again");
  EXPECT_EQ(errorOf(frame(Window, block(3, 5, true, "hello"))),
            "the compressed data is damaged: the block at offset 0x6 has the "
            "reserved type; make the image again");
  EXPECT_EQ(errorOf(frame(Window, block(0, 131073, true, "hello"))),
            "the compressed data is damaged: the block at offset 0x6 has "
            "131073 bytes, more than a block can have; make the image again");
  EXPECT_EQ(errorOf(frame(Window, block(0, 6, true, "hello"))),
            "the compressed data is damaged: it ends before its last block "
            "does, after 14 bytes; make the image again");
  EXPECT_EQ(errorOf(frame(Window, block(0, 5, false, "hello"))),
            "the compressed data is damaged: it ends before its last block "
            "does, after 14 bytes; make the image again");
  EXPECT_EQ(errorOf(frame(Window, Hello) + "more"),
            "the compressed data is damaged: 4 bytes follow its end at offset "
            "0xe; make the image again");
  // A size that the blocks cannot have is seen before memory is asked for.
  EXPECT_EQ(errorOf(frame(StringRef("\xe0\xff\xff\xff\xff\xff\xff\xff\xff", 9),
                          Hello)),
            "the compressed data is damaged: it claims to hold "
            "18446744073709551615 bytes, and its blocks hold at most 5; make "
            "the image again");
  // Rubbish in a compressed block.
  StringRef Rubbish("\xff\xff\xff\xff", 4);
  EXPECT_TRUE(StringRef(errorOf(frame(Window, block(2, 4, true, Rubbish))))
                  .starts_with("the compressed data is damaged, or has more "
                               "than 131072 bytes when decompressed: "));
}

TEST_F(ImageDataZstd, Limit) {
  std::string Text(5000, 'x');
  std::string Compressed = compress(Text);
  EXPECT_EQ(errorOf(Compressed, 5000), "no error");
  EXPECT_EQ(errorOf(Compressed, 4999),
            "the data has 5000 bytes when decompressed, more than the 4999 "
            "that are allowed; make the image again, or allow more");
  // A frame that does not say its size: 1 GiB of repeated bytes.
  std::string Blocks;
  for (unsigned I = 0; I < 8192; ++I)
    Blocks += block(1, 131072, I == 8191, "x");
  EXPECT_TRUE(StringRef(errorOf(frame(Window, Blocks), 100000))
                  .starts_with("the compressed data is damaged, or has more "
                               "than 100000 bytes when decompressed: "));
  EXPECT_EQ(errorOf(frame(Window, block(0, 5, true, "hello")), 5), "no error");
  EXPECT_NE(errorOf(frame(Window, block(0, 5, true, "hello")), 4), "no error");
}

TEST_F(ImageDataZstd, EveryTruncationAndBitFlip) {
  std::string Text;
  std::mt19937_64 Random(11);
  for (unsigned I = 0; I < 400; ++I)
    Text += char('a' + Random() % 5);
  std::string Compressed = compress(Text);
  for (size_t Size = 0; Size < Compressed.size(); ++Size)
    EXPECT_NE(errorOf(StringRef(Compressed).take_front(Size), 1 << 20),
              "no error");
  for (size_t At = 0; At < Compressed.size(); ++At)
    for (unsigned Bit = 0; Bit < 8; ++Bit) {
      std::string Flipped = Compressed;
      Flipped[At] ^= 1 << Bit;
      errorOf(Flipped, 1 << 20);
    }
}

//===----------------------------------------------------------------------===//
// Sections
//===----------------------------------------------------------------------===//

namespace {
/// Data with sections of the given sizes, as src/staticdata.c writes them.
struct SectionBuilder {
  unsigned WordSize;
  bool LittleEndian;
  std::string Blob;

  void word(uint64_t V) {
    for (unsigned I = 0; I < WordSize; ++I)
      Blob += char(V >> 8 * (LittleEndian ? I : WordSize - 1 - I));
  }
  void pad(uint64_t A) {
    while (Blob.size() % A)
      Blob += '\0';
  }
  void section(uint64_t Size, uint64_t Alignment) {
    word(Size);
    pad(Alignment);
    Blob.append(Size, 'x');
  }
};

CacheHeader headerFor(unsigned WordSize, bool LittleEndian,
                      StringRef Version = "1.12.0", StringRef OS = "Linux",
                      StringRef Arch = "x86_64") {
  CacheHeader H;
  H.PointerSize = WordSize;
  H.IsLittleEndian = LittleEndian;
  H.Build.Version = Version.str();
  H.Build.OS = OS.str();
  H.Build.Arch = Arch.str();
  return H;
}

std::string sectionsError(StringRef Data, const CacheHeader &H, uint64_t Size) {
  Expected<DataSections> S = readDataSections(Data, H, Size);
  return S ? std::string("no error") : toString(S.takeError());
}
} // namespace

TEST(DataSections, Golden) {
  for (unsigned WordSize : {4, 8})
    for (bool LittleEndian : {true, false})
      for (uint64_t HeaderSize : {0, 1, 64, 100})
        for (uint64_t Alignment : {64, 128}) {
          SectionBuilder B{WordSize, LittleEndian, ""};
          B.section(20, 1);
          B.section(12, Alignment);
          B.section(5, 8);
          B.section(3, 8);
          B.section(16, 8);
          B.section(24, 8);
          B.pad(8);
          B.Blob += "roots and links";
          uint64_t Padded = alignTo(HeaderSize, Alignment);
          std::string Data = std::string(Padded, 'h') + B.Blob;
          CacheHeader H = Alignment == 64
                              ? headerFor(WordSize, LittleEndian)
                              : headerFor(WordSize, LittleEndian, "1.12.0",
                                          "Darwin", "aarch64");
          Expected<DataSections> S = readDataSections(Data, H, HeaderSize);
          ASSERT_OK(S);
          EXPECT_EQ(S->Header, Padded);
          EXPECT_EQ(S->Objects, 20u);
          EXPECT_EQ(S->Constants, 12u);
          EXPECT_EQ(S->Symbols, 5u);
          EXPECT_EQ(S->Relocations, 3u);
          EXPECT_EQ(S->Globals, 16u);
          EXPECT_EQ(S->Functions, 24u);
          EXPECT_EQ(S->Rest, 15u);
          // Whatever is cut from the sections' end is missed.
          for (size_t Size = 0; Size < Data.size() - 15; ++Size) {
            Expected<DataSections> Cut = readDataSections(
                StringRef(Data).take_front(Size), H, HeaderSize);
            if (Cut) // The last section ends before the padding of the roots.
              EXPECT_EQ(Cut->Rest, 0u);
            else
              consumeError(Cut.takeError());
          }
        }
}

TEST(DataSections, AlignmentOfTheRuntime) {
  struct {
    const char *Version, *OS, *Arch;
    uint64_t Alignment;
  } Cases[] = {
      {"1.9.4", "Darwin", "aarch64", 64},
      {"1.10.0", "Darwin", "aarch64", 64},
      {"1.10.1", "Darwin", "aarch64", 128},
      {"1.11.0", "Darwin", "arm64", 128},
      {"1.14.0-DEV.1", "Darwin", "aarch64", 128},
      {"1.12.0", "Darwin", "x86_64", 64},
      {"1.12.0", "Linux", "aarch64", 64},
      {"1.10.4", "Linux", "ppc64le", 64},
      {"1.11.0", "Linux", "ppc64le", 128},
      {"1.12.0", "NT", "x86_64", 64},
      {"", "Darwin", "aarch64", 64},
  };
  for (auto &C : Cases) {
    SectionBuilder B{8, true, ""};
    B.section(0, 1);
    B.section(0, C.Alignment);
    for (unsigned I = 0; I < 4; ++I)
      B.section(0, 8);
    std::string Data = std::string(C.Alignment, 'h') + B.Blob;
    Expected<DataSections> S =
        readDataSections(Data, headerFor(8, true, C.Version, C.OS, C.Arch), 1);
    ASSERT_OK(S);
    EXPECT_EQ(S->Header, C.Alignment) << C.Version << C.OS << C.Arch;
    EXPECT_EQ(S->Rest, 0u) << C.Version << C.OS << C.Arch;
  }
}

TEST(DataSections, Errors) {
  CacheHeader H = headerFor(8, true);
  EXPECT_EQ(sectionsError("abc", H, 4),
            "the header of the data ends at offset 0x4 before padding, the "
            "data at 0x3; make the image again");
  EXPECT_EQ(sectionsError("abc", H, 3),
            "the header of the data ends at offset 0x3 before padding, the "
            "data at 0x3; make the image again");
  EXPECT_EQ(sectionsError("abc", H, UINT64_MAX),
            "the header of the data ends at offset 0xffffffffffffffff before "
            "padding, the data at 0x3; make the image again");
  EXPECT_EQ(sectionsError("abc", H, 0),
            "the data ends at offset 0x3, before the size of its section of "
            "objects; make the image again");
  H.PointerSize = 2;
  EXPECT_EQ(sectionsError("abc", H, 0),
            "the header of the data has pointers of 2 bytes, expected 4 or 8");
  H.PointerSize = 8;
  // A size that would wrap around the address space.
  std::string Wrap(64, 'h');
  Wrap.append(7, '\xff');
  Wrap += "\xf8\0\0\0";
  Wrap.resize(256, '\xff');
  EXPECT_EQ(sectionsError(StringRef(Wrap), H, 60),
            "the data's section of objects, whose size is at offset 0x40, has "
            "0xf8ffffffffffffff bytes; there are 0xb8 left; make the image "
            "again");
  SectionBuilder B{8, true, ""};
  B.section(8, 1);
  B.section(8, 64);
  B.word(9);
  B.Blob.append(8, 'x');
  EXPECT_EQ(sectionsError(B.Blob, H, 0),
            "the data's section of symbols, whose size is at offset 0x48, has "
            "0x9 bytes; there are 0x8 left; make the image again");
}

TEST(DataSections, RandomBytes) {
  std::mt19937_64 Random(3);
  for (unsigned Run = 0; Run < 2000; ++Run) {
    std::string Data;
    for (unsigned I = 0; I < Run % 300; ++I)
      Data += Random() % 3 ? char(0) : char(Random());
    Expected<DataSections> S = readDataSections(
        Data, headerFor(Run % 2 ? 8 : 4, Run % 3), Random() % 80);
    if (!S) {
      consumeError(S.takeError());
      continue;
    }
    EXPECT_LE(S->Header + S->Objects + S->Constants + S->Symbols +
                  S->Relocations + S->Globals + S->Functions + S->Rest,
              Data.size());
  }
}
