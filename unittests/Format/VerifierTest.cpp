//===- VerifierTest.cpp - what the verifier says --------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Verifier.h"
#include "SmallFiles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

namespace {

constexpr StringLiteral Linux("x86_64-unknown-linux-gnu");

Expected<VerifierReport> verifyFile(StringRef Bytes,
                                    const VerifierOptions &Options = {}) {
  return verify(MemoryBufferRef(Bytes, "file"), Options);
}

/// A line for each item: "content digest: skipped: content is not checked".
std::string itemsOf(Expected<VerifierReport> Report) {
  if (!Report)
    return "error: " + toString(Report.takeError());
  static constexpr const char *Statuses[] = {"verified", "sound", "skipped"};
  std::string Text;
  for (const VerifiedItem &Item : Report->Items) {
    Text += (Item.What + ": " + Statuses[Item.Status]).str();
    if (!Item.Detail.empty())
      Text += ": " + Item.Detail;
    Text += '\n';
  }
  return Text;
}

VerifierOptions withoutContent() {
  VerifierOptions Options;
  Options.CheckContent = false;
  return Options;
}

VerifierOptions withImage(StringRef Bytes) {
  VerifierOptions Options;
  Options.Image = MemoryBufferRef(Bytes, "image");
  return Options;
}

std::string rootOf(StringRef Image) {
  CacheHeader H = orDie(
      readCacheHeader(MemoryBufferRef(*findEmbeddedHeader(Image), "header")));
  return formatDigest(H.Content->Root);
}

std::string hex(uint32_t CRC) { return formatv("{0:x-8}", CRC); }

//===----------------------------------------------------------------------===//
// Images of ours
//===----------------------------------------------------------------------===//

TEST(VerifierTest, SealedImage) {
  const std::tuple<ContainerFormat, StringRef, StringRef> Targets[] = {
      {ContainerFormat::ELF, Linux, "ELF"},
      {ContainerFormat::MachO, "arm64-apple-macosx11.0", "Mach-O"},
      {ContainerFormat::PE, "x86_64-w64-windows-gnu", "PE"}};
  for (auto [Format, TripleName, Container] : Targets) {
    std::string Image = makeImage(Format, TripleName);
    std::string Before = ("container: sound: " + Container +
                          "\nheader digests: verified\n"
                          "image tables: sound: pkgimg\n"
                          "agreement: sound: header and image tables say the "
                          "same\n"
                          "digest tree: verified: 1 chunks\n")
                             .str();
    EXPECT_EQ(itemsOf(verifyFile(Image)),
              Before + "content digest: verified: " + rootOf(Image) + "\n");
    EXPECT_EQ(itemsOf(verifyFile(Image, withoutContent())),
              Before + "content digest: skipped: content is not checked\n");
    VerifierReport Report = orDie(verifyFile(Image));
    EXPECT_EQ(Report.Kind, PackageFileKind::Image);
    EXPECT_TRUE(Report.Header && Report.Image && Report.Tables);
    EXPECT_FALSE(Report.Archive);
  }
}

// Without the content, a change of it goes unseen; that is what was asked for.
TEST(VerifierTest, CheckContent) {
  std::string Image = makeImage(ContainerFormat::ELF, Linux);
  std::string Root = rootOf(Image);
  size_t Code = Image.find(std::string(48, '\x90'));
  ASSERT_NE(Code, std::string::npos);
  Image[Code] ^= 1;
  orDie(verifyFile(Image, withoutContent()));
  std::string Message = errorOf(verifyFile(Image));
  EXPECT_TRUE(StringRef(Message).starts_with(
      "file: the image's content has the digest "))
      << Message;
  EXPECT_TRUE(StringRef(Message).ends_with(
      ", its header says " + Root +
      ", first in chunk 0; the file has been changed: make the image again"))
      << Message;
  // The header is looked at in either case.
  Image[Code] ^= 1;
  Image[findEmbeddedHeader(Image)->data() - Image.data() + 13] ^= 1;
  for (const VerifierOptions &Options : {VerifierOptions(), withoutContent()})
    EXPECT_TRUE(StringRef(errorOf(verifyFile(Image, Options)))
                    .starts_with("file (embedded header): "));
}

TEST(VerifierTest, NotSealed) {
  std::string Image =
      makeImageWith(ContainerFormat::ELF, Linux, makeImageHeader(Linux));
  EXPECT_EQ(itemsOf(verifyFile(Image)),
            "container: sound: ELF\n"
            "header digests: verified\n"
            "image tables: sound: pkgimg\n"
            "agreement: sound: header and image tables say the same\n"
            "content digest: skipped: the image is not sealed\n");
}

// Digests of chunks that are not those of the root, under a sound header.
TEST(VerifierTest, DigestTree) {
  std::string Image = makeImage(ContainerFormat::ELF, Linux);
  CacheHeader H = orDie(
      readCacheHeader(MemoryBufferRef(*findEmbeddedHeader(Image), "header")));
  H.Content->Chunks[0][5] ^= 1;
  std::string Changed = makeImageWith(ContainerFormat::ELF, Linux,
                                      orDie(writeCacheHeader(H, 64)));
  ASSERT_EQ(Changed.size(), Image.size());
  for (const VerifierOptions &Options : {VerifierOptions(), withoutContent()})
    EXPECT_TRUE(
        StringRef(errorOf(verifyFile(Changed, Options)))
            .starts_with("file: the digests of the chunks make up the root "));
  // Another length of the content.
  H.Content->Chunks[0][5] ^= 1;
  H.Content->Length += 1;
  H.Content->Root[0] ^= 1;
  H.Content->Chunks.clear();
  Changed = makeImageWith(ContainerFormat::ELF, Linux,
                          orDie(writeCacheHeader(H, 64)));
  uint64_t Length = H.Content->Length;
  EXPECT_EQ(errorOf(verifyFile(Changed)),
            "file: the image's content has " + std::to_string(Length - 1) +
                " bytes, its header says " + std::to_string(Length) +
                "; the file has been changed: make the image again");
}

TEST(VerifierTest, RequireHeader) {
  std::string Image = makeImageWith(ContainerFormat::ELF, Linux, "");
  EXPECT_EQ(errorOf(verifyFile(Image)),
            "file: the image has no embedded header, which is what its digest "
            "is in; make the image again");
  VerifierOptions Options;
  Options.RequireHeader = false;
  std::string Items = itemsOf(verifyFile(Image, Options));
  EXPECT_TRUE(StringRef(Items).starts_with("container: sound: ELF\n"
                                           "embedded header: skipped: there is "
                                           "none\n"
                                           "image tables: sound: pkgimg\n"))
      << Items;
  EXPECT_FALSE(StringRef(Items).contains("verified")) << Items;
  // Julia's images have none of ours.
  orDie(verifyFile(makeJuliaImage(ImageDialect::Julia1_11, "1.11.6")));
}

TEST(VerifierTest, NoHeader) {
  for (StringRef Embedded : {"not a header of ours", "\xfbjli\r\n\x1a\n"}) {
    std::string Image = makeImageWith(ContainerFormat::ELF, Linux, Embedded);
    EXPECT_EQ(errorOf(verifyFile(Image)),
              "file: the embedded header does not begin with the magic of one; "
              "make the image again");
  }
}

// A header is sealed into an image that is not what it says.
TEST(VerifierTest, HeaderAndTablesDisagree) {
  auto Expect = [](function_ref<void(CacheHeader &)> Edit, StringRef Message) {
    std::string Image = makeImage(ContainerFormat::ELF, Linux, Edit);
    EXPECT_EQ(errorOf(verifyFile(Image)), Message);
    EXPECT_EQ(errorOf(verifyFile(Image, withoutContent())), Message);
  };
  Expect([](CacheHeader &H) { H.PointerSize = 4; },
         "file: the embedded header is for pointers of 4 bytes, the image's "
         "have 8; make the image again");
  Expect([](CacheHeader &H) { H.IsLittleEndian = false; },
         "file: the embedded header and the image differ in their byte order; "
         "make the image again");
  Expect([](CacheHeader &H) { H.Triple = "aarch64-unknown-linux-gnu"; },
         "file: the embedded header is for 'aarch64-unknown-linux-gnu', the "
         "image is for x86_64; make the image again");
  const StringRef Targets =
      "file: the embedded header and the image's tables have different CPU "
      "targets; make the image again";
  Expect([](CacheHeader &H) { H.Targets.Targets[1].Name = "another"; },
         Targets);
  Expect([](CacheHeader &H) { H.Targets.Targets.pop_back(); }, Targets);
  Expect([](CacheHeader &H) { H.Targets.Targets[0].Enabled = {"avx"}; },
         Targets);
  Expect([](CacheHeader &H) { H.Targets.Targets[1].Base = CPUTarget::NoBase; },
         Targets);
  Expect([](CacheHeader &H) { H.Functions[1].Index = 2; },
         "file: the embedded header says that the function 'g' has the index "
         "2, the image has 2 functions; make the image again");
}

//===----------------------------------------------------------------------===//
// Julia's images
//===----------------------------------------------------------------------===//

const std::pair<ImageDialect, StringRef> JuliaImages[] = {
    {ImageDialect::Julia1_9, "1.9.4"},
    {ImageDialect::Julia1_10, "1.10.5"},
    {ImageDialect::Julia1_11, "1.12.3"},
    {ImageDialect::Julia1_13, "1.13.0"},
    {ImageDialect::Julia1_14, "1.14.0"}};

TEST(VerifierTest, JuliaImages) {
  for (auto [Dialect, Version] : JuliaImages) {
    SCOPED_TRACE(Version.str());
    std::string Image = makeJuliaImage(Dialect, Version);
    // Since 1.14 the checksum is over the header, too.
    size_t Size =
        Dialect == ImageDialect::Julia1_14 ? makeJuliaData(Version).size() : 96;
    std::string Before = ("container: sound: ELF\n"
                          "embedded header: skipped: there is none\n"
                          "image tables: sound: " +
                          getDialectName(Dialect) + "\n")
                             .str();
    EXPECT_EQ(itemsOf(verifyFile(Image)),
              Before + "data checksum: verified: CRC-32C of " +
                  std::to_string(Size) + " bytes\n");
    EXPECT_EQ(itemsOf(verifyFile(Image, withoutContent())),
              Before + "data checksum: skipped: content is not checked\n");

    if (Dialect == ImageDialect::Julia1_14)
      continue;
    size_t Objects = Image.find(std::string(96, '\xa5'));
    ASSERT_NE(Objects, std::string::npos);
    Image[Objects + 50] ^= 2;
    std::string Message = errorOf(verifyFile(Image));
    EXPECT_TRUE(StringRef(Message).starts_with("file: the data's CRC-32C is "))
        << Message;
    EXPECT_TRUE(StringRef(Message).contains(
        ", its header says " + hex(crc32c(std::string(96, '\xa5'))) +
        "; make the image again"))
        << Message;
    orDie(verifyFile(Image, withoutContent()));
  }
}

// The checksum that the image exports.
TEST(VerifierTest, JuliaChecksum) {
  ImageTablesSpec Spec = makeTables(ImageDialect::Julia1_14);
  std::string Data = makeJuliaData("1.14.0");
  Spec.Data = Data;
  Spec.DataChecksum = crc32c(Data) ^ 1;
  std::string Image = makeLibrary(Spec, ContainerFormat::ELF, Triple(Linux));
  EXPECT_EQ(errorOf(verifyFile(Image)),
            "file: the data's CRC-32C is " + hex(crc32c(Data)) +
                ", jl_system_image_checksum says " + hex(crc32c(Data) ^ 1) +
                "; make the image again");
  orDie(verifyFile(Image, withoutContent()));
}

TEST(VerifierTest, MaxDataSize) {
  if (!compression::zstd::isAvailable())
    GTEST_SKIP() << "LLVM was built without zstd";
  std::string Image = makeJuliaImage(ImageDialect::Julia1_14, "1.14.0");
  size_t Size = makeJuliaData("1.14.0").size();
  VerifierOptions Options;
  Options.MaxDataSize = Size;
  orDie(verifyFile(Image, Options));
  Options.MaxDataSize = Size - 1;
  EXPECT_EQ(errorOf(verifyFile(Image, Options)),
            "file: the data has " + std::to_string(Size) +
                " bytes when decompressed, more than the " +
                std::to_string(Size - 1) +
                " that are allowed; make the image again, or allow more");
}

//===----------------------------------------------------------------------===//
// Headers, and their images
//===----------------------------------------------------------------------===//

TEST(VerifierTest, OurHeader) {
  std::string Header = makeImageHeader(Linux);
  VerifierReport Report = orDie(verifyFile(Header));
  EXPECT_EQ(Report.Kind, PackageFileKind::Header);
  EXPECT_TRUE(Report.Header && !Report.Image && !Report.Tables);
  EXPECT_EQ(itemsOf(std::move(Report)), "header digests: verified\n"
                                        "image: skipped: no image was given\n");
}

TEST(VerifierTest, OurHeaderAndImage) {
  std::string Image = makeImage(ContainerFormat::ELF, Linux);
  std::string Header = findEmbeddedHeader(Image)->str();
  EXPECT_EQ(itemsOf(verifyFile(Header, withImage(Image))),
            "header digests: verified\n"
            "embedded header: verified: the same bytes\n"
            "content digest: verified: " +
                rootOf(Image) + "\n");
  VerifierOptions Options = withImage(Image);
  Options.CheckContent = false;
  EXPECT_EQ(itemsOf(verifyFile(Header, Options)),
            "header digests: verified\n"
            "embedded header: verified: the same bytes\n"
            "content digest: skipped: content is not checked\n");

  // Of an image that has been changed since.
  std::string Changed = Image;
  Changed[Changed.find(std::string(48, '\x90'))] ^= 1;
  std::string Message = errorOf(verifyFile(Header, withImage(Changed)));
  EXPECT_TRUE(StringRef(Message).starts_with(
      "image: the image's content has the digest "))
      << Message;
  EXPECT_TRUE(StringRef(Message).contains(
      "; the file has been changed: make the image again"))
      << Message;

  // Of another image, and of none.
  std::string Other = makeImageHeader(
      Linux, [](CacheHeader &H) { H.PackageVersion = "1.2.3"; });
  EXPECT_EQ(errorOf(verifyFile(Other, withImage(Image))),
            "image: the image has another header than the one given; use the "
            "image's own (pkgimg-readobj --extract-header)");
  EXPECT_TRUE(StringRef(errorOf(verifyFile(Header, withImage("nothing"))))
                  .starts_with("image: "));
}

// An image without the header is compared with the digest in the header alone.
TEST(VerifierTest, OurHeaderBesideTheImage) {
  std::string Image = makeImageWith(ContainerFormat::ELF, Linux, "");
  std::unique_ptr<ImageFile> File =
      orDie(ImageFile::create(MemoryBufferRef(Image, "image")));
  ContentDigest Digest =
      computeContentDigest(File->canonicalContent(), File->bytes());
  std::string Header =
      makeImageHeader(Linux, [&](CacheHeader &H) { H.Content = Digest; });
  EXPECT_EQ(itemsOf(verifyFile(Header, withImage(Image))),
            "header digests: verified\n"
            "content digest: verified: " +
                formatDigest(Digest.Root) + "\n");
  EXPECT_EQ(itemsOf(verifyFile(makeImageHeader(Linux), withImage(Image))),
            "header digests: verified\n"
            "content digest: skipped: the header is not sealed\n");
  Digest.Root[0] ^= 1;
  Header = makeImageHeader(Linux, [&](CacheHeader &H) { H.Content = Digest; });
  EXPECT_NE(errorOf(verifyFile(Header, withImage(Image))), "");
}

TEST(VerifierTest, JuliaHeader) {
  CacheHeader H = makeHeader(HeaderFormat::Julia, "1.12.3");
  std::string Header = orDie(writeCacheHeader(H));
  uint32_t CRC = crc32c(StringRef(Header).drop_back(4));
  EXPECT_EQ(itemsOf(verifyFile(Header)), "header checksum: verified: CRC-32C " +
                                             hex(CRC) +
                                             "\n"
                                             "image: skipped: no image was "
                                             "given\n");
  // A cache without native code has its data.
  H.Targets.Targets.clear();
  H.ImageCRC = 0;
  H.Data = "objects!";
  Header = orDie(writeCacheHeader(H));
  CRC = crc32c(StringRef(Header).drop_back(4));
  EXPECT_EQ(itemsOf(verifyFile(Header)),
            "header checksum: verified: CRC-32C " + hex(CRC) +
                "\n"
                "data checksum: verified: CRC-32C of 8 bytes\n"
                "image: skipped: no image was given\n");
}

TEST(VerifierTest, JuliaHeaderAndImage) {
  std::string Image = makeJuliaImage(ImageDialect::Julia1_11, "1.11.6");
  CacheHeader H = makeHeader(HeaderFormat::Julia, "1.11.6");
  H.ImageCRC = crc32c(Image);
  std::string Header = orDie(writeCacheHeader(H));
  std::string Before = "header checksum: verified: CRC-32C " +
                       hex(crc32c(StringRef(Header).drop_back(4))) + "\n";
  EXPECT_EQ(itemsOf(verifyFile(Header, withImage(Image))),
            Before + "image checksum: verified: CRC-32C of " +
                std::to_string(Image.size()) + " bytes\n");
  VerifierOptions Options = withImage(Image);
  Options.CheckContent = false;
  EXPECT_EQ(itemsOf(verifyFile(Header, Options)),
            Before + "image checksum: skipped: content is not checked\n");

  // Any change of the file, even behind all that it means.
  std::string Changed = Image + '\0';
  EXPECT_EQ(errorOf(verifyFile(Header, withImage(Changed))),
            "image: the image's CRC-32C is " + hex(crc32c(Changed)) +
                ", its header says " + hex(H.ImageCRC) +
                "; the file has been changed (signing or stripping it is "
                "enough): make the image again");

  H.ImageCRC = 0;
  H.Targets.Targets.clear();
  H.Data = "objects!";
  Header = orDie(writeCacheHeader(H));
  EXPECT_TRUE(StringRef(errorOf(verifyFile(Header, withImage(Image))))
                  .starts_with("file: the header is of a cache without "
                               "native code"));
}

//===----------------------------------------------------------------------===//
// The rest
//===----------------------------------------------------------------------===//

TEST(VerifierTest, OtherFiles) {
  EXPECT_EQ(errorOf(verifyFile("")),
            "file: expected a cache header, a package image or an object "
            "archive, found: empty file");
  EXPECT_TRUE(StringRef(errorOf(verifyFile("hello, world")))
                  .starts_with("file: expected a cache header, a package image "
                               "or an object archive, found: "));
  EXPECT_EQ(getPackageFileKindName(PackageFileKind::Header), "cache header");
  EXPECT_EQ(getPackageFileKindName(PackageFileKind::Image), "package image");
  EXPECT_EQ(getPackageFileKindName(PackageFileKind::Archive), "object archive");
}

} // namespace
