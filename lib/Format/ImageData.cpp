//===- ImageData.cpp - the data of an image -------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteView.h"
#include "CacheHeaderImpl.h"
#include "InputCheckImpl.h"
#include "TablesCheck.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// zstd frames (RFC 8878, section 3.1.1)
//===----------------------------------------------------------------------===//

static constexpr StringLiteral ZstdMagic("\x28\xb5\x2f\xfd");
/// No block has more content (section 3.1.1.2.4).
static constexpr uint64_t ZstdMaxBlock = 128 * 1024;

namespace {
/// What a frame says of itself without being decompressed.
struct ZstdFrame {
  /// Offset of the first block.
  uint64_t HeaderSize = 0;
  /// Bytes of the first block with its header.
  uint64_t FirstBlockSize = 0;
  /// Bytes of the content, if the frame says it.
  std::optional<uint64_t> ContentSize;
  /// The blocks cannot give more.
  uint64_t MaxContentSize = 0;
};
} // namespace

bool pkgimg::isZstd(StringRef Data) { return Data.starts_with(ZstdMagic); }

/// Walks the headers of \p Data, which must be one frame. An error says what is
/// wrong, and nothing else.
static Expected<ZstdFrame> walkZstdFrame(StringRef Data) {
  auto damaged = [](const Twine &What) {
    return createStringError("the compressed data is damaged: " + What +
                             "; make the image again");
  };
  if (!isZstd(Data))
    return damaged("it does not begin with zstd's magic number");
  ByteCursor C((ByteView(Data)));
  C.skip(ZstdMagic.size());
  uint8_t Descriptor = C.u8();
  bool HasChecksum = Descriptor & 4;
  bool IsSingleSegment = Descriptor & 0x20;
  static constexpr unsigned IDSizes[] = {0, 1, 2, 4};
  if (Descriptor & 8)
    return damaged("a reserved bit of the frame's header is set");
  if (!IsSingleSegment)
    C.skip(1);
  for (unsigned I = 0; I < IDSizes[Descriptor & 3]; ++I)
    if (C.u8())
      return damaged("it needs a dictionary, which images do not have");
  ZstdFrame F;
  switch (Descriptor >> 6) {
  case 0:
    if (IsSingleSegment)
      F.ContentSize = C.u8();
    break;
  case 1:
    F.ContentSize = uint64_t(C.u16()) + 256;
    break;
  case 2:
    F.ContentSize = C.u32();
    break;
  case 3:
    F.ContentSize = C.u64();
    break;
  }
  F.HeaderSize = C.tell();

  bool IsLast = false;
  while (!IsLast && !C.failed()) {
    uint32_t Header = C.u8();
    Header |= uint32_t(C.u16()) << 8;
    IsLast = Header & 1;
    uint32_t Size = Header >> 3;
    // 0: as it is, 1: one byte that is repeated, 2: compressed.
    unsigned Type = Header >> 1 & 3;
    if (!C.failed() && Type == 3)
      return damaged("the block at offset " + hexString(C.tell() - 3) +
                     " has the reserved type");
    if (Size > ZstdMaxBlock)
      return damaged("the block at offset " + hexString(C.tell() - 3) +
                     " has " + Twine(Size) +
                     " bytes, more than a block can have");
    C.skip(Type == 1 ? 1 : Size);
    // The number of blocks is at most a third of the file's size.
    F.MaxContentSize += Type == 2 ? ZstdMaxBlock : Size;
    if (!F.FirstBlockSize)
      F.FirstBlockSize = C.tell() - F.HeaderSize;
  }
  if (HasChecksum)
    C.skip(4);
  if (C.failed())
    return damaged("it ends before its last block does, after " +
                   Twine(Data.size()) + " bytes");
  if (!C.atEnd())
    return damaged(Twine(C.remaining()) + " bytes follow its end at offset " +
                   hexString(C.tell()));
  if (F.ContentSize && *F.ContentSize > F.MaxContentSize)
    return damaged("it claims to hold " + Twine(*F.ContentSize) +
                   " bytes, and its blocks hold at most " +
                   Twine(F.MaxContentSize));
  return F;
}

/// Decompresses the first block of \p Data, at most 128 KiB. LLVM decompresses
/// whole frames alone, so the block is made one: a header without sizes and
/// checksum, with a window as large as a block, and the block as the last one.
static std::optional<std::string> decompressFirstBlock(StringRef Data) {
  Expected<ZstdFrame> F = walkZstdFrame(Data);
  if (!F) {
    consumeError(F.takeError());
    return std::nullopt;
  }
  if (!compression::zstd::isAvailable())
    return std::nullopt;
  std::string Frame = ZstdMagic.str();
  Frame += '\0';   // Descriptor: nothing but a window.
  Frame += '\x38'; // Window: 2^(10 + 7) bytes.
  Frame += Data.substr(F->HeaderSize, F->FirstBlockSize);
  Frame[ZstdMagic.size() + 2] |= 1;

  std::string Content(ZstdMaxBlock, '\0');
  size_t Size = Content.size();
  if (Error E = compression::zstd::decompress(
          arrayRefFromStringRef(Frame),
          reinterpret_cast<uint8_t *>(Content.data()), Size)) {
    consumeError(std::move(E));
    return std::nullopt;
  }
  Content.resize(Size);
  return Content;
}

//===----------------------------------------------------------------------===//
// The data as a whole
//===----------------------------------------------------------------------===//

Expected<std::optional<CacheHeader>> pkgimg::peekDataHeader(StringRef Data,
                                                            StringRef Name) {
  std::optional<std::string> FirstBlock;
  if (isZstd(Data)) {
    FirstBlock = decompressFirstBlock(Data);
    if (!FirstBlock)
      return std::nullopt;
    Data = *FirstBlock;
  }
  if (!Data.starts_with(JuliaHeaderMagic))
    return std::nullopt;
  // Offsets are in the data, and not in the file.
  std::string DataName = (Name + " (header of the data)").str();
  Expected<CacheHeader> Header = readJuliaDataHeader({Data, DataName});
  if (!Header)
    return Header.takeError();
  // What refers to the bytes that were read goes with them.
  Header->Data = StringRef();
  Header->Sources.clear();
  Header->UnknownSections.clear();
  return std::move(*Header);
}

uint64_t pkgimg::getDataSizeLimit(uint64_t StoredSize) {
  return SaturatingMultiplyAdd<uint64_t>(StoredSize, 256, 1 << 20);
}

Expected<StringRef> pkgimg::getImageData(const ImageTables &Tables,
                                         std::string &Storage,
                                         std::optional<uint64_t> MaxSize) {
  if (Tables.Compression == DataCompression::None)
    return Tables.Data;
  Expected<ZstdFrame> F = walkZstdFrame(Tables.Data);
  if (!F)
    return F.takeError();
  uint64_t Size = F->ContentSize.value_or(F->MaxContentSize);
  uint64_t Limit = std::min<uint64_t>(
      MaxSize.value_or(getDataSizeLimit(Tables.Data.size())), SIZE_MAX / 2);
  if (F->ContentSize && Size > Limit)
    return createStringError("the data has " + Twine(Size) +
                             " bytes when decompressed, more than the " +
                             Twine(Limit) +
                             " that are allowed; make the image again, or "
                             "allow more");
  if (const char *Reason =
          compression::getReasonIfUnsupported(compression::Format::Zstd))
    return createStringError(
        Twine("the data is compressed with zstd, which cannot be read: ") +
        Reason);

  // A frame that does not say how much it holds does not fit if that is more
  // than is allowed.
  Size = std::min(Size, Limit);
  Storage.assign(Size, '\0');
  size_t Actual = Size;
  if (Error E = compression::zstd::decompress(
          arrayRefFromStringRef(Tables.Data),
          reinterpret_cast<uint8_t *>(Storage.data()), Actual)) {
    Storage.clear();
    return createStringError(
        "the compressed data is damaged, or has more than " + Twine(Size) +
        " bytes when decompressed: " + toString(std::move(E)) +
        "; make the image again");
  }
  Storage.resize(Actual);
  return StringRef(Storage);
}

//===----------------------------------------------------------------------===//
// The sections of Julia's data
//===----------------------------------------------------------------------===//

Expected<DataSections> pkgimg::readDataSections(StringRef Data,
                                                const CacheHeader &DataHeader,
                                                uint64_t HeaderSize) {
  const uint64_t Alignment = getDataAlignment(DataHeader.Build);
  const unsigned WordSize = DataHeader.PointerSize;
  if (WordSize != 4 && WordSize != 8)
    return createStringError("the header of the data has pointers of " +
                             Twine(WordSize) + " bytes, expected 4 or 8");
  DataSections S;
  if (HeaderSize > Data.size() ||
      offsetToAlignment(HeaderSize, Align(Alignment)) >
          Data.size() - HeaderSize)
    return createStringError("the header of the data ends at offset " +
                             hexString(HeaderSize) +
                             " before padding, the data at " +
                             hexString(Data.size()) + "; make the image again");
  S.Header = alignTo(HeaderSize, Alignment);

  // Offsets and alignments count from the end of the header.
  ByteView View(Data.drop_front(S.Header), DataHeader.IsLittleEndian);
  uint64_t At = 0;
  struct Section {
    StringLiteral Name;
    uint64_t Alignment;
    uint64_t DataSections::*Size;
  };
  const Section Sections[] = {
      {"objects", 1, &DataSections::Objects},
      {"constants", Alignment, &DataSections::Constants},
      {"symbols", 8, &DataSections::Symbols},
      {"relocations", 8, &DataSections::Relocations},
      {"globals", 8, &DataSections::Globals},
      {"functions", 8, &DataSections::Functions}};
  for (const Section &Sec : Sections) {
    if (!View.contains(At, WordSize))
      return createStringError("the data ends at offset " +
                               hexString(Data.size()) +
                               ", before the size of "
                               "its section of " +
                               Sec.Name + "; make the image again");
    uint64_t Size = View.uN(At, WordSize);
    uint64_t SizeAt = At;
    At += WordSize;
    // The view's size is that of memory, so that aligning cannot wrap.
    At = alignTo(At, Sec.Alignment);
    if (!View.contains(At, Size))
      return createStringError(
          "the data's section of " + Sec.Name + ", whose size is at offset " +
          hexString(S.Header + SizeAt) + ", has " + hexString(Size) +
          " bytes; there are " +
          hexString(At > View.size() ? 0 : View.size() - At) +
          " left; make the image again");
    S.*Sec.Size = Size;
    At += Size;
  }
  // The roots begin at a multiple of 8, and may be nothing.
  S.Rest = View.size() - std::min(View.size(), alignTo(At, 8));
  return S;
}
