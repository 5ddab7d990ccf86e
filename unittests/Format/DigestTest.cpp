//===- DigestTest.cpp - the digest of an image's content ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Digest.h"
#include "SmallFiles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

namespace {

Digest256 blake3(StringRef Bytes) {
  return BLAKE3::hash(arrayRefFromStringRef(Bytes));
}

void add64(std::string &To, uint64_t Value) {
  for (unsigned I = 0; I < 8; ++I)
    To += char(Value >> 8 * I);
}

/// docs/ImageFormat.rst, "Digest", for \p Bytes that are the whole content.
ContentDigest digestByHand(StringRef Summary, StringRef Bytes) {
  ContentDigest D;
  D.Length = Bytes.size();
  std::string Root = "pkgimg content digest 1\n";
  add64(Root, Summary.size());
  Root += Summary;
  add64(Root, Bytes.size());
  add64(Root, 65536);
  for (size_t At = 0; At < Bytes.size(); At += 65536) {
    D.Chunks.push_back(blake3(Bytes.substr(At, 65536)));
    Root.append(reinterpret_cast<const char *>(D.Chunks.back().data()), 32);
  }
  D.Root = blake3(Root);
  return D;
}

/// Bytes of which no two chunks are the same.
std::string content(size_t Size) {
  std::string Bytes(Size, '\0');
  for (size_t I = 0; I < Size; ++I)
    Bytes[I] = char(I * 7 + (I >> 8) + (I >> 16));
  return Bytes;
}

CanonicalContent whole(StringRef Bytes) {
  CanonicalContent C;
  C.Summary = "what the headers mean";
  C.Ranges = {{0, Bytes.size(), false}};
  return C;
}

void expectSame(const ContentDigest &A, const ContentDigest &B) {
  EXPECT_EQ(formatDigest(A.Root), formatDigest(B.Root));
  EXPECT_EQ(A.Length, B.Length);
  ASSERT_EQ(A.Chunks.size(), B.Chunks.size());
  for (size_t I = 0; I < A.Chunks.size(); ++I)
    EXPECT_EQ(formatDigest(A.Chunks[I]), formatDigest(B.Chunks[I])) << I;
}

TEST(DigestTest, ByHand) {
  const std::pair<size_t, size_t> Sizes[] = {
      {0, 0}, {1, 1}, {65535, 1}, {65536, 1}, {65537, 2}, {150000, 3}};
  for (auto [Size, NumChunks] : Sizes) {
    std::string Bytes = content(Size);
    ExactCopy Copy(Bytes);
    CanonicalContent C = whole(Bytes);
    ContentDigest Found = computeContentDigest(C, Copy.bytes());
    EXPECT_EQ(Found.Chunks.size(), NumChunks);
    expectSame(Found, digestByHand(C.Summary, Bytes));
    orDie(checkDigestTree(Found, C.Summary));
    for (size_t I = 0; I < NumChunks; ++I)
      orDie(checkContentChunk(C, Copy.bytes(), I, Found));
  }
}

// A change of these is a change of the format.
TEST(DigestTest, KnownAnswers) {
  EXPECT_EQ(formatDigest(blake3("")), "af1349b9f5f9a1a6a0404dea36dcc949"
                                      "9bcb25c9adc112b7cc9a93cae41f3262");
  CanonicalContent Empty;
  EXPECT_EQ(formatDigest(computeContentDigest(Empty, "").Root),
            "3372af7974cceee833c85cf9137296bd"
            "b037a1b217014728b5dd5eb50ea4f375");
  std::string Bytes = content(65537);
  ContentDigest D = computeContentDigest(whole(Bytes), Bytes);
  EXPECT_EQ(formatDigest(D.Root), "a3856d23b53ad2af701036a38a063417"
                                  "6770ab0b3554d511d04b7b219acaaf32");
  EXPECT_EQ(formatBuildID(D.buildID()), formatDigest(D.Root).substr(0, 32));
}

// No byte can move between the summary, the length and the content.
TEST(DigestTest, SummaryCounts) {
  std::string Bytes = content(100);
  CanonicalContent A = whole(Bytes), B = A;
  B.Summary += '\0';
  EXPECT_NE(computeContentDigest(A, Bytes).Root,
            computeContentDigest(B, Bytes).Root);
  B.Summary = "What the headers mean";
  EXPECT_NE(computeContentDigest(A, Bytes).Root,
            computeContentDigest(B, Bytes).Root);
}

TEST(DigestTest, Ranges) {
  // In the file's order, and not; empty ones; zeros that begin and end in a
  // chunk, and that have some of their own.
  std::string File = content(300000);
  CanonicalContent C;
  C.Summary = "ranges";
  C.Ranges = {{0, 0, false},          {70000, 65000, false}, {5, 0, true},
              {0, 1000, true},        {1000, 64536, false},  {200000, 0, false},
              {150000, 150000, true}, {65536, 3, false},     {10, 65536, true},
              {299999, 1, false},     {300000, 0, false}};
  std::string Bytes;
  for (const CanonicalContent::Range &R : C.Ranges)
    Bytes +=
        R.IsZero ? std::string(R.Size, '\0') : File.substr(R.Offset, R.Size);
  ContentDigest Digest = digestByHand("ranges", Bytes);
  ExactCopy Copy(File);
  expectSame(computeContentDigest(C, Copy.bytes()), Digest);
  for (size_t I = 0; I < Digest.Chunks.size(); ++I)
    orDie(checkContentChunk(C, Copy.bytes(), I, Digest));

  // What counts as zeros may be anything.
  for (size_t At : {0, 999, 180000, 299998})
    File[At] ^= 0x55;
  expectSame(computeContentDigest(C, File), Digest);
  for (size_t At : {1000, 65536, 134999, 299999}) {
    File[At] ^= 1;
    EXPECT_NE(computeContentDigest(C, File).Root, Digest.Root) << At;
    File[At] ^= 1;
  }
}

TEST(DigestTest, Threads) {
  // Enough for four, with a last chunk that is short.
  std::string Bytes = content(17 * 1024 * 1024 + 5);
  CanonicalContent C = whole(Bytes);
  C.Ranges.push_back({0, 3 * 1024 * 1024, true});
  ContentDigest One = computeContentDigest(C, Bytes, 1);
  for (unsigned Threads : {4, 0})
    expectSame(computeContentDigest(C, Bytes, Threads), One);
  // Little is done by one.
  expectSame(computeContentDigest(whole("abc"), "abc", 4),
             computeContentDigest(whole("abc"), "abc", 1));
}

TEST(DigestTest, Chunk) {
  std::string Bytes = content(150000);
  CanonicalContent C = whole(Bytes);
  const ContentDigest Digest = computeContentDigest(C, Bytes);
  for (size_t At : {0, 65535, 65536, 131072, 149999}) {
    Bytes[At] ^= 0x80;
    for (size_t I = 0; I < 3; ++I) {
      Error E = checkContentChunk(C, Bytes, I, Digest);
      if (I != At / 65536) {
        orDie(std::move(E));
        continue;
      }
      EXPECT_EQ(
          errorOf(std::move(E)),
          "chunk " + std::to_string(I) + " of the content has the digest " +
              formatDigest(blake3(StringRef(Bytes).substr(I * 65536, 65536))) +
              ", expected " + formatDigest(Digest.Chunks[I]) +
              "; the file has been changed: make the image again");
    }
    Bytes[At] ^= 0x80;
  }
  // A content that is shorter or longer.
  for (uint64_t Size : {149999, 1}) {
    C.Ranges[0].Size = Size;
    EXPECT_EQ(errorOf(checkContentChunk(C, Bytes, 0, Digest)),
              "the content has " + std::to_string(Size) +
                  " bytes, expected 150000; make the image again");
  }
  C.Ranges[0].Size = 150000;
  // No digest, and no chunk.
  ContentDigest RootAlone = Digest;
  RootAlone.Chunks.clear();
  EXPECT_EQ(errorOf(checkContentChunk(C, Bytes, 0, RootAlone)),
            "there is no digest for chunk 0 of 3");
  ContentDigest More = Digest;
  More.Chunks.push_back({});
  for (uint64_t I : {uint64_t(3), UINT64_MAX})
    EXPECT_EQ(errorOf(checkContentChunk(C, Bytes, I, More)),
              "there is no digest for chunk " + std::to_string(I) + " of 3");
}

TEST(DigestTest, Tree) {
  std::string Bytes = content(150000);
  CanonicalContent C = whole(Bytes);
  const ContentDigest Digest = computeContentDigest(C, Bytes);
  orDie(checkDigestTree(Digest, C.Summary));
  auto Expect = [&](ContentDigest D, StringRef Summary, StringRef Message) {
    std::string Found = errorOf(checkDigestTree(D, Summary));
    EXPECT_TRUE(StringRef(Found).starts_with(Message)) << Found;
  };
  const StringRef Differs = "the digests of the chunks make up the root ";
  Expect(Digest, "another", Differs);
  ContentDigest D = Digest;
  D.Root[31] ^= 1;
  Expect(D, C.Summary, Differs);
  D = Digest;
  D.Chunks[2][0] ^= 1;
  Expect(D, C.Summary, Differs);
  D = Digest;
  std::swap(D.Chunks[0], D.Chunks[1]);
  Expect(D, C.Summary, Differs);
  D = Digest;
  D.Length -= 1;
  Expect(D, C.Summary, Differs);
  D.Length = 131072;
  Expect(D, C.Summary, "there are digests for 3 chunks, expected 2");
  D.Length = UINT64_MAX;
  Expect(D, C.Summary, "there are digests for 3 chunks, expected ");
  D = Digest;
  D.Chunks.pop_back();
  Expect(D, C.Summary, "there are digests for 2 chunks, expected 3");
}

//===----------------------------------------------------------------------===//
// Sealing
//===----------------------------------------------------------------------===//

constexpr StringLiteral Linux("x86_64-unknown-linux-gnu");
constexpr StringLiteral Mac("arm64-apple-macosx11.0");

std::string sealError(std::string &File) {
  Expected<ContentDigest> D =
      sealImage(MutableArrayRef<char>(File.data(), File.size()), "image");
  return D ? std::string() : toString(D.takeError());
}

/// sealImage() must fail with \p Message, and change nothing.
void expectNotSealed(std::string File, StringRef Message) {
  std::string Before = File;
  std::string Found = sealError(File);
  EXPECT_TRUE(StringRef(Found).starts_with("image: ")) << Found;
  EXPECT_TRUE(StringRef(Found).contains(Message)) << Found;
  EXPECT_TRUE(File == Before);
}

TEST(SealTest, WritesTheDigest) {
  const std::pair<ContainerFormat, StringRef> Targets[] = {
      {ContainerFormat::ELF, Linux},
      {ContainerFormat::ELF, "mips-unknown-linux-gnu"},
      {ContainerFormat::MachO, Mac},
      {ContainerFormat::PE, "i686-w64-windows-gnu"}};
  for (auto [Format, TripleName] : Targets) {
    std::string File =
        makeImageWith(Format, TripleName, makeImageHeader(TripleName));
    auto Digest = [&] {
      std::unique_ptr<ImageFile> Image =
          orDie(ImageFile::create(MemoryBufferRef(File, "image")));
      return computeContentDigest(Image->canonicalContent(), Image->bytes());
    };
    ContentDigest Before = Digest();
    ContentDigest Sealed = orDie(
        sealImage(MutableArrayRef<char>(File.data(), File.size()), "image"));
    expectSame(Sealed, Before);
    // Sealing is no change of the content, and sealing again is none at all.
    expectSame(Digest(), Before);
    std::string Again = File;
    EXPECT_EQ(sealError(Again), "");
    EXPECT_TRUE(Again == File);
    CacheHeader H = orDie(
        readCacheHeader(MemoryBufferRef(*findEmbeddedHeader(File), "header")));
    ASSERT_TRUE(H.Content);
    expectSame(*H.Content, Before);
    EXPECT_EQ(H.Modules[0].BuildID, UInt128({0, 3}));
  }
}

// Digests of chunks without room for them: the root alone.
TEST(SealTest, RootAlone) {
  CacheHeader H = orDie(readCacheHeader(MemoryBufferRef(
      *findEmbeddedHeader(makeImage(ContainerFormat::ELF, Linux)), "header")));
  H.Content.reset();
  std::string File =
      makeImageWith(ContainerFormat::ELF, Linux, orDie(writeCacheHeader(H, 0)));
  EXPECT_EQ(sealError(File), "");
  H = orDie(
      readCacheHeader(MemoryBufferRef(*findEmbeddedHeader(File), "header")));
  ASSERT_TRUE(H.Content);
  EXPECT_TRUE(H.Content->Chunks.empty());
  EXPECT_NE(H.Content->Root, Digest256());
}

TEST(SealTest, NoHeader) {
  expectNotSealed(makeImageWith(ContainerFormat::ELF, Linux, ""),
                  "image: the image has no header of ours");
  expectNotSealed(makeJuliaImage(ImageDialect::Julia1_11, "1.11.6"),
                  "image: the image has no header of ours");
  expectNotSealed("not an image", "image: ");
  expectNotSealed("", "image: ");
}

TEST(SealTest, DamagedHeader) {
  const std::pair<ContainerFormat, StringRef> Targets[] = {
      {ContainerFormat::ELF, Linux},
      {ContainerFormat::MachO, Mac},
      {ContainerFormat::PE, "x86_64-w64-windows-gnu"}};
  for (auto [Format, TripleName] : Targets) {
    std::string File = makeImage(Format, TripleName);
    StringRef Header = *findEmbeddedHeader(File);
    size_t Begin = Header.data() - File.data(), Size = Header.size();
    for (size_t At = Begin; At < Begin + Size; At += 13) {
      std::string Changed = File;
      Changed[At] ^= 0x10;
      expectNotSealed(Changed, "the embedded header");
    }
  }
}

TEST(SealTest, NoRoom) {
  std::string Header = makeImageHeader(Linux);
  // The entry of section 8 with less capacity, and the digest over it.
  size_t NumSections = support::endian::read32le(&Header[24]);
  bool IsFound = false;
  for (size_t At = 64; At < 64 + 64 * NumSections; At += 64)
    if (support::endian::read32le(&Header[At]) == 8) {
      IsFound = true;
      support::endian::write64le(&Header[At + 24], 40);
    }
  ASSERT_TRUE(IsFound);
  std::fill_n(&Header[32], 32, '\0');
  Digest256 D = blake3(StringRef(Header).take_front(64 + 64 * NumSections));
  std::memcpy(&Header[32], D.data(), 32);
  expectNotSealed(makeImageWith(ContainerFormat::ELF, Linux, Header),
                  "the embedded header: has no room for a content digest; make "
                  "the image again");
}

/// The offset of the first load command of type \p Command whose bytes from 8
/// on begin with \p Name.
size_t findCommand(StringRef File, uint32_t Command, StringRef Name = "") {
  size_t At = 32;
  for (uint32_t Left = support::endian::read32le(File.data() + 16); Left;
       --Left) {
    if (support::endian::read32le(File.data() + At) == Command &&
        File.substr(At + 8).starts_with(Name))
      return At;
    At += support::endian::read32le(File.data() + At + 4);
  }
  ADD_FAILURE() << "no load command " << Command;
  return 0;
}

// What its owner has signed, the owner alone can sign again.
TEST(SealTest, OwnersSignature) {
  using namespace support::endian;
  std::string File =
      makeImageWith(ContainerFormat::MachO, Mac, makeImageHeader(Mac));
  // LC_CODE_SIGNATURE
  size_t Command = findCommand(File, 0x1d);
  size_t Start = read32le(&File[Command + 8]);
  StringRef Old = StringRef(File).substr(Start, read32be(&File[Start + 4]));
  uint32_t Count = read32be(Old.data() + 8);
  std::string Index = Old.take_front(12 + 8 * Count).str();
  for (uint32_t I = 0; I < Count; ++I)
    write32be(&Index[12 + 8 * I + 4], read32be(&Index[12 + 8 * I + 4]) + 8);
  // The slot of the signature, and a wrapper with something in it.
  std::string Entry(8, '\0'), Wrapper(16, '\x30');
  write32be(&Entry[0], 0x10000);
  write32be(&Entry[4], Old.size() + 8);
  write32be(&Wrapper[0], 0xfade0b01);
  write32be(&Wrapper[4], Wrapper.size());
  std::string New =
      Index + Entry + Old.drop_front(Index.size()).str() + Wrapper;
  write32be(&New[4], New.size());
  write32be(&New[8], Count + 1);
  File.resize(Start);
  File += New;
  write32le(&File[Command + 12], New.size());
  // LC_SEGMENT_64: its size in the file.
  size_t LinkEdit = findCommand(File, 0x19, "__LINKEDIT");
  write64le(&File[LinkEdit + 48], File.size() - read64le(&File[LinkEdit + 40]));

  orDie(ImageFile::create(MemoryBufferRef(File, "image")));
  expectNotSealed(File,
                  "the signature has a certificate of its owner, at offset 0x");
}

} // namespace
