//===- Digest.cpp - identity and integrity of an image --------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Digest.h"
#include "ImageFileImpl.h"
#include "MachOSignature.h"
#include "PEChecksum.h"
#include "PkgImgHeader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/ThreadPool.h"

using namespace llvm;
using namespace pkgimg;

/// What the root's hash begins with, so that no other use of BLAKE3 can have
/// the same digest.
static constexpr StringLiteral RootDomain("pkgimg content digest 1\n");

/// Work that is not worth another thread, in bytes: about a millisecond.
static constexpr uint64_t BytesPerThread = 4 * 1024 * 1024;

std::string pkgimg::formatDigest(const Digest256 &D) {
  return toHex(D, /*LowerCase=*/true);
}

UInt128 ContentDigest::buildID() const {
  return {support::endian::read64be(Root.data()),
          support::endian::read64be(Root.data() + 8)};
}

namespace {

/// The content as one run of bytes, read chunk by chunk.
class ContentReader {
public:
  ContentReader(const CanonicalContent &Content, StringRef Bytes)
      : Ranges(Content.Ranges), Bytes(Bytes) {
    Starts.reserve(Ranges.size());
    for (const CanonicalContent::Range &R : Ranges) {
      Starts.push_back(Length);
      Length += R.Size;
    }
  }

  uint64_t length() const { return Length; }
  uint64_t numChunks() const { return ContentDigest::numChunks(Length); }

  Digest256 hashChunk(uint64_t Index) const {
    uint64_t Offset = Index * DigestChunkSize;
    uint64_t Rest = std::min(DigestChunkSize, Length - Offset);
    // The last range that begins at or before the chunk, and is not empty.
    size_t I = llvm::upper_bound(Starts, Offset) - Starts.begin() - 1;
    BLAKE3 Hasher;
    for (; Rest; ++I) {
      const CanonicalContent::Range &R = Ranges[I];
      uint64_t Skip = Offset - Starts[I];
      uint64_t Size = std::min(Rest, R.Size - Skip);
      if (R.IsZero)
        addZeros(Hasher, Size);
      else
        Hasher.update(Bytes.substr(R.Offset + Skip, Size));
      Offset += Size;
      Rest -= Size;
    }
    return Hasher.final();
  }

private:
  static void addZeros(BLAKE3 &Hasher, uint64_t Size) {
    static const uint8_t Zeros[4096] = {};
    while (Size) {
      uint64_t Part = std::min<uint64_t>(Size, sizeof(Zeros));
      Hasher.update(ArrayRef<uint8_t>(Zeros, Part));
      Size -= Part;
    }
  }

  ArrayRef<CanonicalContent::Range> Ranges;
  StringRef Bytes;
  /// Offset in the content at which each range begins.
  std::vector<uint64_t> Starts;
  uint64_t Length = 0;
};

} // namespace

static Digest256 hashRoot(const ContentDigest &Digest, StringRef Summary) {
  SummaryWriter W;
  W.string(Summary);
  W.number(Digest.Length);
  W.number(DigestChunkSize);
  BLAKE3 Hasher;
  Hasher.update(RootDomain);
  Hasher.update(W.take());
  for (const Digest256 &Chunk : Digest.Chunks)
    Hasher.update(Chunk);
  return Hasher.final();
}

ContentDigest pkgimg::computeContentDigest(const CanonicalContent &Content,
                                           StringRef Bytes, unsigned Threads) {
  ContentReader Reader(Content, Bytes);
  ContentDigest Digest;
  Digest.Length = Reader.length();
  Digest.Chunks.resize(Reader.numChunks());
  auto HashChunks = [&](uint64_t Begin, uint64_t End) {
    for (uint64_t I = Begin; I < End; ++I)
      Digest.Chunks[I] = Reader.hashChunk(I);
  };

  uint64_t Workers =
      Threads ? Threads : hardware_concurrency().compute_thread_count();
  Workers = std::min(Workers, divideCeil(Digest.Length, BytesPerThread));
  if (Workers <= 1) {
    HashChunks(0, Digest.Chunks.size());
  } else {
    DefaultThreadPool Pool(hardware_concurrency(Workers));
    // Slices small enough that a thread that was slow does not decide the end.
    uint64_t Slice = divideCeil(Digest.Chunks.size(), Workers * 8);
    for (uint64_t I = 0; I < Digest.Chunks.size(); I += Slice)
      Pool.async(HashChunks, I,
                 std::min<uint64_t>(I + Slice, Digest.Chunks.size()));
    Pool.wait();
  }
  Digest.Root = hashRoot(Digest, Content.Summary);
  return Digest;
}

Error pkgimg::checkContentChunk(const CanonicalContent &Content,
                                StringRef Bytes, uint64_t Index,
                                const ContentDigest &Expected) {
  ContentReader Reader(Content, Bytes);
  if (Reader.length() != Expected.Length)
    return createStringError("the content has " + Twine(Reader.length()) +
                             " bytes, expected " + Twine(Expected.Length) +
                             "; make the image again");
  if (Index >= Reader.numChunks() || Index >= Expected.Chunks.size())
    return createStringError("there is no digest for chunk " + Twine(Index) +
                             " of " + Twine(Reader.numChunks()));
  Digest256 Found = Reader.hashChunk(Index);
  if (Found != Expected.Chunks[Index])
    return createStringError(
        "chunk " + Twine(Index) + " of the content has the digest " +
        formatDigest(Found) + ", expected " +
        formatDigest(Expected.Chunks[Index]) +
        "; the file has been changed: make the image again");
  return Error::success();
}

Error pkgimg::checkDigestTree(const ContentDigest &Digest, StringRef Summary) {
  uint64_t NumChunks = ContentDigest::numChunks(Digest.Length);
  if (Digest.Chunks.size() != NumChunks)
    return createStringError("there are digests for " +
                             Twine(Digest.Chunks.size()) +
                             " chunks, expected " + Twine(NumChunks));
  Digest256 Found = hashRoot(Digest, Summary);
  if (Found != Digest.Root)
    return createStringError("the digests of the chunks make up the root " +
                             formatDigest(Found) + ", expected " +
                             formatDigest(Digest.Root) +
                             "; the file has been changed: make the image "
                             "again");
  return Error::success();
}

/// Brings up to date what is over \p Header elsewhere in \p File, whose image
/// is \p Image.
static Error renewOuterChecks(const ImageFile &Image,
                              MutableArrayRef<char> File,
                              ArrayRef<char> Header) {
  switch (Image.format()) {
  case ContainerFormat::MachO:
    return renewAdHocSignature(File, Image.name(), Header.data() - File.data(),
                               Header.size());
  case ContainerFormat::PE:
    return renewPEChecksum(File, Image.name());
  case ContainerFormat::ELF:
    return Error::success();
  }
  llvm_unreachable("unknown container");
}

Expected<ContentDigest> pkgimg::sealImage(MutableArrayRef<char> File,
                                          StringRef Name) {
  StringRef Bytes(File.data(), File.size());
  Expected<std::unique_ptr<ImageFile>> Image =
      ImageFile::create(MemoryBufferRef(Bytes, Name));
  if (!Image)
    return Image.takeError();
  std::optional<StringRef> Embedded = (*Image)->embeddedHeader();
  if (!Embedded)
    return createStringError(Name + ": the image has no header of ours to "
                                    "write its digest into");
  ContentDigest Digest =
      computeContentDigest((*Image)->canonicalContent(), (*Image)->bytes(),
                           /*Threads=*/0);

  MutableArrayRef<char> Header =
      File.slice(Embedded->data() - File.data(), Embedded->size());
  std::string Before(Header.begin(), Header.end());
  if (Error E = setHeaderContent(Header, Digest))
    return createStringError(Name + ": " + toString(std::move(E)));

  if (Error E =
          renewOuterChecks(**Image,
                           File.slice((*Image)->bytes().data() - File.data(),
                                      (*Image)->bytes().size()),
                           Header)) {
    llvm::copy(Before, Header.begin());
    return std::move(E);
  }
  return Digest;
}
