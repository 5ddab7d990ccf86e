//===- ImageFile.cpp - what all images have in common ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/ImageFile.h"
#include "ImageFileImpl.h"
#include "InputCheckImpl.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;

StringRef pkgimg::getContainerName(ContainerFormat Format) {
  switch (Format) {
  case ContainerFormat::ELF:
    return "ELF";
  case ContainerFormat::MachO:
    return "Mach-O";
  case ContainerFormat::PE:
    return "PE";
  }
  llvm_unreachable("unknown container");
}

/// Opens a file, or a slice for \p Arch.
static Expected<std::unique_ptr<ImageFile>> open(MemoryBufferRef Buffer,
                                                 Triple::ArchType Arch) {
  FileKind Kind = identifyFile(Buffer.getBuffer());
  switch (Kind) {
  case FileKind::ELFShared:
    return createELFImage(Buffer);
  case FileKind::MachODylib:
  case FileKind::MachOUniversal:
    return createMachOImage(Buffer, Arch);
  case FileKind::PEImage:
    return createPEImage(Buffer);
  default:
    return createStringError(
        Buffer.getBufferIdentifier() +
        ": expected a shared library (ELF, Mach-O or PE), found: " +
        getFileKindName(Kind));
  }
}

/// DLLs for ARM are of Thumb code, and other files do not tell.
static Triple::ArchType withoutThumb(Triple::ArchType Arch) {
  return Arch == Triple::thumb ? Triple::arm : Arch;
}

Expected<std::unique_ptr<ImageFile>> ImageFile::create(MemoryBufferRef Buffer,
                                                       Triple::ArchType Arch) {
  Expected<std::unique_ptr<ImageFile>> Image = open(Buffer, Arch);
  if (Image && Arch != Triple::UnknownArch &&
      withoutThumb((*Image)->arch()) != withoutThumb(Arch))
    return createStringError(
        Buffer.getBufferIdentifier() + ": the file is for " +
        Triple::getArchTypeName((*Image)->arch()) + ", expected " +
        Triple::getArchTypeName(Arch) + "; give the file that was made for it");
  return Image;
}

ImageFile::ImageFile(ContainerFormat Format, StringRef Name, StringRef Bytes)
    : Format(Format), Name(Name), Bytes(Bytes) {}

ImageFile::~ImageFile() = default;

Error ImageFile::damaged(const Twine &What) const {
  return createStringError(Name + ": " + What +
                           "; the file is damaged: make the image again");
}

Error ImageFile::finishTables() {
  llvm::sort(Segments, [](const ImageSegment &A, const ImageSegment &B) {
    return std::tie(A.Address, A.MemorySize) <
           std::tie(B.Address, B.MemorySize);
  });
  uint64_t End = 0;
  uint64_t InFile = 0;
  for (const ImageSegment &S : Segments) {
    if (S.MemorySize > UINT64_MAX - S.Address)
      return damaged("a segment at " + hexString(S.Address) + " of " +
                     hexString(S.MemorySize) + " bytes wraps around");
    if (S.Address < End)
      return damaged("two segments overlap at " + hexString(S.Address));
    if (S.FileSize > S.MemorySize)
      return damaged("the segment at " + hexString(S.Address) + " has " +
                     hexString(S.FileSize) + " bytes in the file and " +
                     hexString(S.MemorySize) + " in memory");
    if (S.FileOffset > Bytes.size() || S.FileSize > Bytes.size() - S.FileOffset)
      return damaged(
          "the segment at " + hexString(S.Address) + " ends at offset " +
          hexString(SaturatingAdd(S.FileOffset, S.FileSize)) +
          ", after the end of the file at " + hexString(Bytes.size()));
    End = S.Address + S.MemorySize;
    // Files have each byte in one segment, or two where they share a page. More
    // would make reading all segments cost more than reading the file.
    InFile = SaturatingAdd(InFile, S.FileSize);
    if (InFile / 2 > Bytes.size())
      return damaged("the segments have " + hexString(InFile) +
                     " bytes of a file of " + hexString(Bytes.size()));
  }
  llvm::sort(Exports, [](const ImageSymbol &A, const ImageSymbol &B) {
    return A.Name < B.Name;
  });
  for (size_t I = 1; I < Exports.size(); ++I)
    if (Exports[I - 1].Name == Exports[I].Name)
      return damaged("the symbol '" + Exports[I].Name + "' is exported twice");
  llvm::sort(Locals, [](const ImageSymbol &A, const ImageSymbol &B) {
    return std::tie(A.Address, A.Name) < std::tie(B.Address, B.Name);
  });
  return Error::success();
}

const ImageSymbol *ImageFile::findExport(StringRef Name) const {
  auto It =
      llvm::lower_bound(Exports, Name, [](const ImageSymbol &S, StringRef N) {
        return S.Name < N;
      });
  return It != Exports.end() && It->Name == Name ? &*It : nullptr;
}

const ImageSegment *ImageFile::findSegment(uint64_t Address) const {
  auto It = llvm::upper_bound(
      Segments, Address,
      [](uint64_t A, const ImageSegment &S) { return A < S.Address; });
  if (It == Segments.begin())
    return nullptr;
  --It;
  return Address - It->Address < It->MemorySize ? &*It : nullptr;
}

bool ImageFile::isMapped(uint64_t Address, uint64_t Size) const {
  const ImageSegment *S = findSegment(Address);
  return S && Size <= S->MemorySize - (Address - S->Address);
}

Expected<StringRef> ImageFile::read(uint64_t Address, uint64_t Size,
                                    const Twine &What) const {
  const ImageSegment *S = findSegment(Address);
  if (!S)
    return damaged(What + " at address " + hexString(Address) +
                   " is in no segment");
  uint64_t Offset = Address - S->Address;
  if (Offset > S->FileSize || Size > S->FileSize - Offset)
    return damaged(What + " at address " + hexString(Address) + " needs " +
                   hexString(Size) + " bytes; its segment has " +
                   hexString(Offset > S->FileSize ? 0 : S->FileSize - Offset) +
                   " there in the file");
  return Bytes.substr(S->FileOffset + Offset, Size);
}

Expected<ImageWord> ImageFile::readWord(uint64_t Address,
                                        const Twine &What) const {
  const ImageSegment *S = findSegment(Address);
  if (!S || S->MemorySize - (Address - S->Address) < PointerSize)
    return damaged(What + " at address " + hexString(Address) +
                   " is in no segment");
  uint64_t Offset = Address - S->Address;
  uint64_t Stored = 0;
  // A word that begins in the file's bytes must end there.
  if (Offset < S->FileSize) {
    Expected<StringRef> Word = read(Address, PointerSize, What);
    if (!Word)
      return Word.takeError();
    Stored = ByteView(*Word, IsLittleEndian).uN(0, PointerSize);
  }
  return relocate(Address, Stored);
}

RelocatedWords::RelocatedWords(ArrayRef<ImageSegment> Segments,
                               unsigned WordSize)
    : Segments(Segments), WordSize(WordSize) {
  uint64_t Words = 0;
  for (const ImageSegment &S : Segments) {
    FirstBit.push_back(Words * 64);
    // One more for a segment that does not begin at a word.
    Words += divideCeil(S.FileSize / WordSize + 1, 64);
  }
  Bits.resize(Words);
}

std::optional<uint64_t> RelocatedWords::bitOf(uint64_t Address) const {
  if (Address % WordSize)
    return std::nullopt;
  auto It = llvm::upper_bound(
      Segments, Address,
      [](uint64_t A, const ImageSegment &S) { return A < S.Address; });
  if (It == Segments.begin())
    return std::nullopt;
  --It;
  uint64_t Offset = Address - It->Address;
  if (It->FileSize < WordSize || Offset > It->FileSize - WordSize)
    return std::nullopt;
  return FirstBit[It - Segments.begin()] + Offset / WordSize;
}

bool RelocatedWords::add(uint64_t Address) {
  std::optional<uint64_t> Bit = bitOf(Address);
  if (!Bit)
    return false;
  uint64_t &Element = Bits[*Bit / 64];
  uint64_t Mask = uint64_t(1) << (*Bit % 64);
  if (Element & Mask)
    return false;
  Element |= Mask;
  ++Count;
  return true;
}

bool RelocatedWords::contains(uint64_t Address) const {
  std::optional<uint64_t> Bit = bitOf(Address);
  return Bit && (Bits[*Bit / 64] >> (*Bit % 64) & 1);
}

uint64_t RelocatedWords::countPages() const {
  uint64_t Pages = 0;
  uint64_t LastPage = UINT64_MAX;
  for (size_t I = 0; I < Segments.size(); ++I) {
    uint64_t End = I + 1 < FirstBit.size() ? FirstBit[I + 1] : Bits.size() * 64;
    uint64_t First = alignDown(Segments[I].Address, WordSize);
    for (uint64_t E = FirstBit[I] / 64; E < End / 64; ++E)
      for (uint64_t Rest = Bits[E]; Rest; Rest &= Rest - 1) {
        uint64_t Word = E * 64 - FirstBit[I] + countr_zero(Rest);
        uint64_t Page = (First + Word * WordSize) / 4096;
        Pages += Page != LastPage;
        LastPage = Page;
      }
  }
  return Pages;
}

void SummaryWriter::number(uint64_t Value) {
  char Buffer[8];
  support::endian::write64le(Buffer, Value);
  Text.append(Buffer, sizeof(Buffer));
}

void SummaryWriter::string(StringRef Value) {
  number(Value.size());
  Text += Value;
}
