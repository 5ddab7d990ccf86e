//===- EmbeddedHeader.cpp - find the header in an image -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The shortest way from an image to its header: no symbol, no relocation and
/// no string table is read, so that the size of the image does not matter.
///
//===----------------------------------------------------------------------===//

#include "ByteView.h"
#include "ImageFileImpl.h"
#include "InputCheckImpl.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;

/// Returns the bytes of \p View that \p Offset and \p Size give, or nothing if
/// they leave it.
static std::optional<StringRef> extent(const ByteView &View, uint64_t Offset,
                                       uint64_t Size) {
  if (!View.contains(Offset, Size))
    return std::nullopt;
  return View.slice(Offset, Size);
}

/// Libraries have about ten; with so many at most, a walk over the others for
/// each is no work.
static constexpr uint64_t MaxProgramHeaders = 256;

/// gABI, chapter 5, "Program Header" and "Note Section". A note is where its
/// address is loaded, since p_offset is not covered by the digest of an image.
static std::optional<StringRef> findInELF(StringRef Bytes) {
  bool Is64 = Bytes[ELF::EI_CLASS] == ELF::ELFCLASS64;
  ByteView View(Bytes, Bytes[ELF::EI_DATA] == ELF::ELFDATA2LSB);
  unsigned WordSize = Is64 ? 8 : 4;
  auto Word = [&](uint64_t Offset) { return View.uN(Offset, WordSize); };
  const uint64_t OffsetAt = Is64 ? 8 : 4, AddressAt = Is64 ? 16 : 8;
  const uint64_t SizeAt = Is64 ? 32 : 16, AlignAt = Is64 ? 48 : 28;

  uint64_t Table = Word(Is64 ? 32 : 28);
  uint64_t EntrySize = View.u16(Is64 ? 54 : 42);
  uint64_t Count = View.u16(Is64 ? 56 : 44);
  if (EntrySize < (Is64 ? 56u : 32u) || Count > MaxProgramHeaders ||
      !View.containsArray(Table, Count, EntrySize))
    return std::nullopt;
  const uint64_t End = Table + Count * EntrySize;
  auto LoadedBytes = [&](uint64_t Address, uint64_t Size) {
    for (uint64_t P = Table; P != End; P += EntrySize) {
      uint64_t Start = Word(P + AddressAt), Loaded = Word(P + SizeAt);
      if (View.u32(P) == ELF::PT_LOAD && Address >= Start &&
          Address - Start < Loaded)
        return View.view(Word(P + OffsetAt), Loaded)
            .view(Address - Start, Size);
    }
    return ByteView();
  };

  // Segments that cover the same notes again and again have more bytes than the
  // file.
  uint64_t Budget = View.size();
  for (uint64_t P = Table; P != End; P += EntrySize) {
    if (View.u32(P) != ELF::PT_NOTE)
      continue;
    ByteView Notes = LoadedBytes(Word(P + AddressAt), Word(P + SizeAt));
    if (Notes.size() > Budget)
      return std::nullopt;
    Budget -= Notes.size();
    uint64_t Alignment = Word(P + AlignAt) == 8 ? 8 : 4;
    for (uint64_t At = 0; Notes.contains(At, 12);) {
      uint64_t NameSize = Notes.u32(At), DescSize = Notes.u32(At + 4);
      uint64_t Desc = At + alignTo(12 + NameSize, Alignment);
      if (Notes.u32(At + 8) == HeaderNoteType &&
          NameSize == HeaderNoteOwner.size() + 1 &&
          Notes.slice(At + 12, NameSize - 1) == HeaderNoteOwner)
        return extent(Notes, Desc, DescSize);
      At = Desc + alignTo(DescSize, Alignment);
    }
  }
  return std::nullopt;
}

/// <mach-o/loader.h>.
static std::optional<StringRef> findInMachO(StringRef Bytes) {
  ByteView View(Bytes);
  bool Is64 = false;
  switch (View.u32(0)) {
  case MachO::MH_MAGIC_64:
    Is64 = true;
    break;
  case MachO::MH_CIGAM_64:
    Is64 = true;
    [[fallthrough]];
  case MachO::MH_CIGAM:
    View.setLittleEndian(false);
    break;
  }
  unsigned WordSize = Is64 ? 8 : 4;
  uint64_t At = Is64 ? 32 : 28;
  auto Name = [&](uint64_t Offset) {
    return View.slice(Offset, 16).take_until([](char C) { return C == 0; });
  };
  for (uint32_t Left = View.u32(16); Left && View.contains(At, 8); --Left) {
    uint64_t Size = View.u32(At + 4);
    if (Size < 8 || !View.contains(At, Size))
      return std::nullopt;
    if (View.u32(At) == (Is64 ? MachO::LC_SEGMENT_64 : MachO::LC_SEGMENT) &&
        Name(At + 8) == HeaderMachOSegment) {
      uint64_t First = Is64 ? 72 : 56, EntrySize = Is64 ? 80 : 68;
      for (uint64_t S = First; S + EntrySize <= Size; S += EntrySize)
        if (Name(At + S) == HeaderMachOSection)
          return extent(View, View.u32(At + S + (Is64 ? 48 : 40)),
                        View.uN(At + S + (Is64 ? 40 : 36), WordSize));
    }
    At += Size;
  }
  return std::nullopt;
}

/// PE, "COFF File Header" and "Section Table".
static std::optional<StringRef> findInPE(StringRef Bytes) {
  ByteView View(Bytes);
  uint64_t Header = View.u32(0x3c);
  uint64_t Table = Header + 24 + View.u16(Header + 20);
  uint64_t Count = View.u16(Header + 6);
  if (!View.containsArray(Table, Count, COFF::SectionSize))
    return std::nullopt;
  for (uint64_t P = Table; Count; --Count, P += COFF::SectionSize)
    if (View.slice(P, 8).take_until([](char C) { return C == 0; }) ==
        HeaderPESection)
      return extent(View, View.u32(P + 20),
                    std::min(View.u32(P + 8), View.u32(P + 16)));
  return std::nullopt;
}

std::optional<StringRef> pkgimg::findEmbeddedHeader(StringRef Bytes) {
  switch (identifyFile(Bytes)) {
  case FileKind::ELFShared:
    return findInELF(Bytes);
  case FileKind::MachODylib:
    return findInMachO(Bytes);
  case FileKind::PEImage:
    return findInPE(Bytes);
  default:
    return std::nullopt;
  }
}
