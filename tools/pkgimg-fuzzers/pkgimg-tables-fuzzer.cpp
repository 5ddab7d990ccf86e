//===- pkgimg-tables-fuzzer.cpp - Fuzz the tables of images ---------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Opens the input as a shared library, asks for everything that it has, and
/// reads the tables of an image in it.
///
//===----------------------------------------------------------------------===//

#include "Fuzzing.h"
#include "pkgimg/Format/ImageFile.h"
#include "pkgimg/Format/ImageTables.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace pkgimg;

/// Enough for what fits in an input, and too little to fill the memory.
static constexpr uint64_t MaxDataSize = 1 << 20;

static void checkContent(const ImageFile &Image) {
  CanonicalContent Content = Image.canonicalContent();
  uint64_t FileSize = Image.bytes().size();
  for (const CanonicalContent::Range &R : Content.Ranges)
    FUZZ_CHECK(R.Offset <= FileSize && R.Size <= FileSize - R.Offset);
  FUZZ_CHECK(Content.Summary == Image.canonicalContent().Summary);

  ContentDigest Digest = computeContentDigest(Content, Image.bytes());
  FUZZ_CHECK(Digest.Root ==
             computeContentDigest(Content, Image.bytes(), 2).Root);
  if (Error E = checkDigestTree(Digest, Content.Summary))
    reportFuzzFailure("a digest is that of its tree", toString(std::move(E)));
  if (!Digest.Chunks.empty())
    if (Error E = checkContentChunk(Content, Image.bytes(), 0, Digest))
      reportFuzzFailure("a chunk has its digest", toString(std::move(E)));
}

static void checkImage(const ImageFile &Image) {
  uint64_t FileSize = Image.bytes().size();
  FUZZ_CHECK(Image.pointerSize() == 4 || Image.pointerSize() == 8);
  uint64_t End = 0;
  for (const ImageSegment &S : Image.segments()) {
    FUZZ_CHECK(S.FileSize <= S.MemorySize);
    FUZZ_CHECK(S.FileOffset <= FileSize &&
               S.FileSize <= FileSize - S.FileOffset);
    if (!S.MemorySize)
      continue;
    FUZZ_CHECK(S.Address >= End);
    FUZZ_CHECK(S.MemorySize - 1 <= UINT64_MAX - S.Address);
    End = S.Address + S.MemorySize;
    FUZZ_CHECK(Image.isMapped(S.Address, S.MemorySize));
    FUZZ_CHECK(Image.findSegment(S.Address) == &S);
    Expected<StringRef> Bytes =
        Image.read(S.Address, S.FileSize, "the segment");
    if (checkError(Bytes))
      FUZZ_CHECK(Bytes->size() == S.FileSize);
    // A few words, among them those that do not lie in it wholly.
    for (uint64_t Address :
         {S.Address, S.Address + S.FileSize / 2, S.Address + S.FileSize - 1,
          S.Address + S.MemorySize - 8, S.Address + S.MemorySize - 1}) {
      Expected<ImageWord> Word = Image.readWord(Address, "a word");
      checkError(Word);
    }
  }
  FUZZ_CHECK(is_sorted(Image.exports(),
                       [](const ImageSymbol &A, const ImageSymbol &B) {
                         return A.Name < B.Name;
                       }));
  for (const ImageSymbol &S : Image.exports())
    FUZZ_CHECK(Image.findExport(S.Name) == &S);
  if (std::optional<StringRef> Header = Image.embeddedHeader())
    FUZZ_CHECK(Header->size() <= FileSize);
  checkContent(Image);
}

static void checkTables(const ImageFile &Image) {
  Expected<ImageDialect> Dialect = identifyDialect(Image);
  bool IsKnown = checkError(Dialect);
  std::optional<ImageDialect> Assumed;
  // And as what it is not.
  for (unsigned I = 0; I <= unsigned(ImageDialect::PkgImg) + 1; ++I) {
    if (I <= unsigned(ImageDialect::PkgImg))
      Assumed = ImageDialect(I);
    else
      Assumed = std::nullopt;
    Expected<ImageTables> Tables = readImageTables(Image, Assumed);
    if (!checkError(Tables))
      continue;
    if (!Assumed)
      FUZZ_CHECK(IsKnown && Tables->Dialect == *Dialect);
    uint64_t NumFunctions = 0, NumGlobals = 0;
    for (const auto &Shard : Tables->Shards) {
      FUZZ_CHECK(Shard.Functions.size() == Shard.FunctionIndices.size());
      FUZZ_CHECK(Shard.Globals.size() == Shard.GlobalIndices.size());
      FUZZ_CHECK(Shard.Clones.size() == Tables->Targets.Targets.size());
      for (uint32_t Index : Shard.FunctionIndices)
        FUZZ_CHECK(Index < Tables->NumFunctions);
      for (uint32_t Index : Shard.GlobalIndices)
        FUZZ_CHECK(Index < Tables->NumGlobals);
      NumFunctions += Shard.Functions.size();
      NumGlobals += Shard.Globals.size();
    }
    FUZZ_CHECK(NumFunctions == Tables->NumFunctions);
    FUZZ_CHECK(NumGlobals == Tables->NumGlobals);

    std::string Storage;
    Expected<StringRef> Data = getImageData(*Tables, Storage, MaxDataSize);
    if (!checkError(Data))
      continue;
    FUZZ_CHECK(Data->size() <= MaxDataSize || Storage.empty());
    if (!Tables->DataHeader)
      continue;
    uint64_t HeaderSize = 0;
    Expected<CacheHeader> Header =
        readJuliaDataHeader(MemoryBufferRef(*Data, "data"), &HeaderSize);
    if (!checkError(Header))
      continue;
    Expected<DataSections> Sections =
        readDataSections(*Data, *Header, HeaderSize);
    checkError(Sections);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  StringRef Bytes(reinterpret_cast<const char *>(Data), Size);
  for (Triple::ArchType Arch :
       {Triple::UnknownArch, Triple::x86_64, Triple::aarch64}) {
    Expected<std::unique_ptr<ImageFile>> Image =
        ImageFile::create(MemoryBufferRef(Bytes, "input"), Arch);
    if (!checkError(Image))
      continue;
    checkImage(**Image);
    checkTables(**Image);
  }
  return 0;
}
