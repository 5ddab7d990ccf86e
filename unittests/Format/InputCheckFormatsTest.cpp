//===- InputCheckFormatsTest.cpp - COFF, Mach-O and WebAssembly inputs ----===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/InputCheck.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"

#include <cstring>
#include <memory>
#include <random>
#include <vector>

using namespace llvm;
using namespace pkgimg;

namespace {

/// Appends little-endian numbers and bytes.
class Writer {
public:
  Writer &u8(uint8_t V) {
    return bytes(StringRef(reinterpret_cast<char *>(&V), 1));
  }
  Writer &u16(uint16_t V) { return number(V); }
  Writer &u32(uint32_t V) { return number(V); }
  Writer &u64(uint64_t V) { return number(V); }
  Writer &bytes(StringRef S) {
    Out.append(S.begin(), S.end());
    return *this;
  }
  /// Bytes, padded with NULs.
  Writer &field(StringRef S, size_t Size) {
    bytes(S);
    Out.append(Size - S.size(), '\0');
    return *this;
  }
  std::string Out;

private:
  template <typename T> Writer &number(T V) {
    char Bytes[sizeof(T)];
    support::endian::write<T>(Bytes, V, endianness::little);
    return bytes(StringRef(Bytes, sizeof(T)));
  }
};

void patch32(std::string &Bytes, size_t Offset, uint32_t Value) {
  support::endian::write32le(&Bytes[Offset], Value);
}

/// The bytes are copied to their exact size, so that a sanitizer sees reads
/// outside.
Expected<InputSummary> checkExact(StringRef Bytes) {
  std::unique_ptr<char[]> Copy(new char[Bytes.size() + 1]);
  char *Start = Copy.get() + 1;
  memcpy(Start, Bytes.data(), Bytes.size());
  return checkLinkerInput(MemoryBufferRef(StringRef(Start, Bytes.size()), "t"));
}

std::string check(StringRef Bytes) {
  Expected<InputSummary> S = checkExact(Bytes);
  return S ? "" : toString(S.takeError());
}

::testing::AssertionResult fails(StringRef Bytes, StringRef What) {
  std::string Message = check(Bytes);
  if (StringRef(Message).starts_with("t: ") &&
      StringRef(Message).contains(What))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "got: '" << Message << "'";
}

/// A COMDAT .text with a relocation, its definition, its leader, and a weak
/// external.
constexpr size_t COFFText = 60, COFFReloc = 76, COFFSymbols = 86;
std::string coff() {
  using namespace COFF;
  Writer W;
  W.u16(IMAGE_FILE_MACHINE_AMD64).u16(1).u32(0).u32(COFFSymbols).u32(5);
  W.u16(0).u16(0);
  W.field(".text", 8).u32(0).u32(0).u32(16).u32(COFFText).u32(COFFReloc).u32(0);
  W.u16(1).u16(0).u32(IMAGE_SCN_CNT_CODE | IMAGE_SCN_LNK_COMDAT |
                      IMAGE_SCN_ALIGN_16BYTES | IMAGE_SCN_MEM_EXECUTE |
                      IMAGE_SCN_MEM_READ);
  W.bytes(std::string(16, '\x90'));
  W.u32(4).u32(2).u16(IMAGE_REL_AMD64_REL32);
  W.field(".text", 8).u32(0).u16(1).u16(0);
  W.u8(IMAGE_SYM_CLASS_STATIC).u8(1);
  W.u32(16).u16(1).u16(0).u32(0).u16(0).u8(IMAGE_COMDAT_SELECT_ANY).u8(0);
  W.u16(0);
  W.u32(0).u32(4).u32(0).u16(1).u16(0x20).u8(IMAGE_SYM_CLASS_EXTERNAL).u8(0);
  W.field("weak", 8).u32(0).u16(0).u16(0);
  W.u8(IMAGE_SYM_CLASS_WEAK_EXTERNAL).u8(1);
  W.u32(2).u32(3).field("", 10);
  W.u32(4 + 12).field("long_symbol", 12);
  return W.Out;
}

std::string shortImport() {
  Writer W;
  W.u16(0).u16(0xffff).u16(0).u16(COFF::IMAGE_FILE_MACHINE_I386).u32(0);
  W.u32(10).u16(0).u16(COFF::IMPORT_CODE | COFF::IMPORT_NAME << 2);
  W.field("fun", 4).field("a.dll", 6);
  return W.Out;
}

/// __text with a branch to an undefined symbol, and __cstring.
constexpr size_t MachOSegment = 32, MachOSymtab = MachOSegment + 72 + 160,
                 MachOText = MachOSymtab + 24;
std::string macho() {
  using namespace MachO;
  const uint32_t Strings = MachOText + 8, Relocs = Strings + 4,
                 Symbols = Relocs + 8, Names = Symbols + 2 * 16;
  Writer W;
  W.u32(MH_MAGIC_64).u32(CPU_TYPE_ARM64).u32(0).u32(MH_OBJECT).u32(2);
  W.u32(MachOText - MachOSegment).u32(MH_SUBSECTIONS_VIA_SYMBOLS).u32(0);
  W.u32(LC_SEGMENT_64).u32(72 + 160).field("", 16).u64(0).u64(12);
  W.u64(MachOText).u64(12).u32(7).u32(7).u32(2).u32(0);
  W.field("__text", 16).field("__TEXT", 16).u64(0).u64(8).u32(MachOText);
  W.u32(2).u32(Relocs).u32(1);
  W.u32(S_ATTR_PURE_INSTRUCTIONS).u32(0).u32(0).u32(0);
  W.field("__cstring", 16).field("__TEXT", 16).u64(8).u64(4).u32(Strings);
  W.u32(0).u32(0).u32(0).u32(S_CSTRING_LITERALS).u32(0).u32(0).u32(0);
  W.u32(LC_SYMTAB).u32(24).u32(Symbols).u32(2).u32(Names).u32(8);
  W.u32(0x94000000).u32(0xd65f03c0).field("abc", 4);
  W.u32(0).u32(1 | 1u << 24 | 2u << 25 | 1u << 27 |
               uint32_t(ARM64_RELOC_BRANCH26) << 28);
  W.u32(1).u8(N_SECT | N_EXT).u8(1).u16(0).u64(0);
  W.u32(4).u8(N_UNDF | N_EXT).u8(0).u16(0).u64(0);
  W.bytes(StringRef("\0_f\0_g\0\0", 8));
  return W.Out;
}

/// A library that exports "_f".
std::string dylib() {
  using namespace MachO;
  const uint32_t Trie = 32 + 32 + 16;
  Writer W;
  W.u32(MH_MAGIC_64).u32(CPU_TYPE_X86_64).u32(3).u32(MH_DYLIB).u32(2);
  W.u32(48).u32(0).u32(0);
  W.u32(LC_ID_DYLIB).u32(32).u32(24).u32(0).u32(0).u32(0).field("lib", 8);
  W.u32(LC_DYLD_EXPORTS_TRIE).u32(16).u32(Trie).u32(10);
  W.bytes(StringRef("\0\1_f\0\6\2\0\0\0", 10));
  return W.Out;
}

std::string universal(StringRef Slice, uint32_t CPUType) {
  std::string Out(28, '\0');
  support::endian::write32be(&Out[0], MachO::FAT_MAGIC);
  support::endian::write32be(&Out[4], 1);
  support::endian::write32be(&Out[8], CPUType);
  support::endian::write32be(&Out[16], 28);
  support::endian::write32be(&Out[20], Slice.size());
  return Out + Slice.str();
}

/// One function that calls an import, with a symbol for each.
std::string wasm() {
  Writer W;
  W.bytes(StringRef("\0asm\1\0\0\0", 8));
  W.bytes(StringRef("\1\4\1\x60\0\0", 6));                          // type
  W.bytes(StringRef("\2\xb\1\3env\3ext\0\0", 13));                  // import
  W.bytes(StringRef("\3\2\1\0", 4));                                // function
  W.bytes(StringRef("\xa\xa\1\x8\0\x10\x80\x80\x80\x80\0\xb", 12)); // code
  W.bytes(StringRef("\0\x16\7linking\2\x8\xb\2\0\4\1\3run\0\x10\0", 24));
  W.bytes(StringRef("\0\x10\nreloc.CODE\3\1\0\4\1", 18));
  return W.Out;
}

std::vector<std::string> seeds() {
  return {coff(),
          shortImport(),
          macho(),
          dylib(),
          universal(macho(), MachO::CPU_TYPE_ARM64),
          wasm()};
}

void expectArch(StringRef Bytes, FileKind Kind, Triple::ArchType Arch,
                bool Is64) {
  Expected<InputSummary> S = checkExact(Bytes);
  ASSERT_TRUE(bool(S)) << toString(S.takeError());
  EXPECT_EQ(S->Kind, Kind);
  EXPECT_EQ(S->Arch, Arch);
  EXPECT_EQ(S->Is64, Is64);
  EXPECT_EQ(S->MachineName, Triple::getArchTypeName(Arch));
}
} // namespace

TEST(InputCheckFormats, SaysWhatSoundFilesAreFor) {
  expectArch(coff(), FileKind::COFFObject, Triple::x86_64, true);
  expectArch(shortImport(), FileKind::COFFImport, Triple::x86, false);
  expectArch(macho(), FileKind::MachOObject, Triple::aarch64, true);
  expectArch(dylib(), FileKind::MachODylib, Triple::x86_64, true);
  expectArch(wasm(), FileKind::WasmObject, Triple::wasm32, false);
  Expected<InputSummary> S =
      checkExact(universal(macho(), MachO::CPU_TYPE_ARM64));
  ASSERT_TRUE(bool(S)) << toString(S.takeError());
  ASSERT_EQ(S->SliceArchs.size(), 1u);
  EXPECT_EQ(S->SliceArchs[0], Triple::aarch64);
}

TEST(InputCheckFormats, EveryTruncationIsAnError) {
  for (const std::string &Seed : seeds())
    // Fewer bytes than 8 may be text.
    for (size_t N = 8; N != Seed.size(); ++N) {
      // A module that ends after a section is whole, but for its relocations.
      if (Seed == wasm() && N == Seed.size() - 18)
        continue;
      EXPECT_NE(check(StringRef(Seed).take_front(N)), "") << N;
    }
}

// The sanitizers see reads outside.
TEST(InputCheckFormats, BitFlipsAndRandomMutations) {
  std::mt19937 Random(1);
  for (const std::string &Seed : seeds()) {
    for (size_t Bit = 0; Bit != Seed.size() * 8; ++Bit) {
      std::string Copy = Seed;
      Copy[Bit / 8] ^= 1 << (Bit % 8);
      (void)check(Copy);
    }
    for (unsigned I = 0; I != 5000; ++I) {
      std::string Copy = Seed;
      for (unsigned N = Random() % 8 + 1; N; --N)
        Copy[Random() % Copy.size()] = char(Random());
      (void)check(Copy);
    }
  }
}

TEST(InputCheckFormats, COFF) {
  auto With = [](size_t Offset, uint32_t Value) {
    std::string Bytes = coff();
    patch32(Bytes, Offset, Value);
    return Bytes;
  };
  EXPECT_TRUE(fails(With(12, 9), "the symbol table of 9 entries"));
  EXPECT_TRUE(fails(With(36, 1 << 20), "section 1 '.text' at offset 0x3c"));
  EXPECT_TRUE(fails(With(COFFReloc, 13), "changes 4 bytes at 0xd"));
  EXPECT_TRUE(fails(With(COFFReloc + 4, 5), "refers to symbol 5"));
  EXPECT_TRUE(fails(With(COFFReloc + 4, 1), "an auxiliary record"));
  EXPECT_TRUE(fails(With(COFFSymbols + 36 + 4, 16), "string table of 0x10"));
  EXPECT_TRUE(fails(With(COFFSymbols + 36 + 4, 15), "has no name"));
  EXPECT_TRUE(fails(With(56, COFF::IMAGE_SCN_CNT_CODE |
                                 COFF::IMAGE_SCN_CNT_UNINITIALIZED_DATA),
                    "code and zero-filled"));
  EXPECT_TRUE(fails(With(32, 4096), "the address 0x1000"));
  EXPECT_TRUE(fails(With(COFFSymbols + 72, 5), "symbol 5 as its default"));
  std::string Bytes = coff();
  Bytes[COFFSymbols + 18 + 14] = 9;
  EXPECT_TRUE(fails(Bytes, "COMDAT selection 9"));
  Bytes[COFFSymbols + 18 + 14] = COFF::IMAGE_COMDAT_SELECT_ASSOCIATIVE;
  EXPECT_TRUE(fails(Bytes, "associated with section 0"));
  Bytes = coff();
  Bytes[COFFSymbols + 54 + 17] = 2;
  EXPECT_TRUE(fails(Bytes, "2 auxiliary records"));
  Bytes = coff();
  Bytes.back() = 'x';
  EXPECT_TRUE(fails(Bytes, "does not end in a NUL"));
}

// More than 65535 relocations: the number is in the first.
TEST(InputCheckFormats, COFFRelocationOverflow) {
  for (uint32_t Count : {70000u, 0u, 70002u}) {
    using namespace COFF;
    const uint32_t N = 70000, Data = 60, Relocs = Data + 8,
                   Symbols = Relocs + N * 10;
    Writer W;
    W.u16(IMAGE_FILE_MACHINE_AMD64).u16(1).u32(0).u32(Symbols).u32(1).u32(0);
    W.field(".data", 8).u32(0).u32(0).u32(8).u32(Data).u32(Relocs).u32(0);
    W.u16(0xffff).u16(0).u32(IMAGE_SCN_CNT_INITIALIZED_DATA |
                             IMAGE_SCN_LNK_NRELOC_OVFL);
    W.u64(0).u32(Count).u32(0).u16(0);
    for (uint32_t I = 1; I != N; ++I)
      W.u32(0).u32(0).u16(IMAGE_REL_AMD64_ADDR64);
    W.field("s", 8).u32(0).u16(1).u16(0).u8(IMAGE_SYM_CLASS_STATIC).u8(0);
    W.u32(4);
    if (Count == N)
      EXPECT_EQ(check(W.Out), "");
    else
      EXPECT_NE(check(W.Out), "") << Count;
  }
}

/// \p Count sections, which all have the same \p NumRelocs relocations of one
/// symbol, the same \p Size bytes of data, and the same name of \p NameSize.
static std::string sharingCOFF(uint32_t Count, uint32_t NumRelocs,
                               uint32_t Size, uint32_t NameSize) {
  using namespace COFF;
  const uint32_t Data = 20 + Count * 40, Relocs = Data + Size,
                 Symbols = Relocs + NumRelocs * 10;
  Writer W;
  W.u16(IMAGE_FILE_MACHINE_AMD64).u16(Count).u32(0).u32(Symbols).u32(1).u32(0);
  for (uint32_t I = 0; I != Count; ++I) {
    W.field("/4", 8).u32(0).u32(0).u32(Size).u32(Data).u32(Relocs).u32(0);
    W.u16(NumRelocs).u16(0).u32(IMAGE_SCN_CNT_INITIALIZED_DATA);
  }
  W.bytes(std::string(Size, '\0'));
  for (uint32_t I = 0; I != NumRelocs; ++I)
    W.u32(0).u32(0).u16(IMAGE_REL_AMD64_ADDR64);
  W.field("s", 8).u32(0).u16(1).u16(0).u8(IMAGE_SYM_CLASS_STATIC).u8(0);
  W.u32(4 + NameSize + 1).bytes(std::string(NameSize, 'n')).u8(0);
  return W.Out;
}

TEST(InputCheckFormats, COFFSharedBytes) {
  EXPECT_EQ(check(sharingCOFF(1, 1000, 8, 1000)), "");
  EXPECT_TRUE(fails(sharingCOFF(100, 1000, 8, 9),
                    "the data and relocations of sections 1 to 2 have"));
  EXPECT_TRUE(fails(sharingCOFF(100, 0, 10000, 9),
                    "the data and relocations of sections 1 to 2 have"));
  EXPECT_TRUE(fails(sharingCOFF(100, 0, 8, 10000),
                    "the names of sections 1 to 2 are longer than the file"));
}

// Two sections of one table of relocations.
TEST(InputCheckFormats, MachOSharedBytes) {
  using namespace MachO;
  const uint32_t Count = 1000, Data = 32 + 72 + 160, Relocs = Data + 8;
  for (uint32_t Second : {0u, Count}) {
    Writer W;
    W.u32(MH_MAGIC_64).u32(CPU_TYPE_X86_64).u32(3).u32(MH_OBJECT).u32(1);
    W.u32(72 + 160).u32(0).u32(0);
    W.u32(LC_SEGMENT_64).u32(72 + 160).field("", 16).u64(0).u64(8);
    W.u64(Data).u64(8).u32(7).u32(7).u32(2).u32(0);
    for (uint32_t N : {Count, Second}) {
      W.field("__data", 16).field("__DATA", 16).u64(0).u64(8).u32(Data);
      W.u32(3).u32(Relocs).u32(N).u32(0).u32(0).u32(0).u32(0);
    }
    W.u64(0);
    for (uint32_t I = 0; I != Count; ++I)
      W.u32(0).u32(1 | 3u << 25);
    if (Second)
      EXPECT_TRUE(fails(W.Out, "of its sections up to section __DATA,__data "
                               "have 0x3e90 bytes together"));
    else
      EXPECT_EQ(check(W.Out), "");
  }
}

TEST(InputCheckFormats, MachO) {
  auto With = [](size_t Offset, uint32_t Value) {
    std::string Bytes = macho();
    patch32(Bytes, Offset, Value);
    return Bytes;
  };
  const size_t Relocs = MachOText + 12, Symbols = Relocs + 8;
  EXPECT_TRUE(fails(With(MachOSegment + 4, 4), "load command 0"));
  EXPECT_TRUE(fails(With(MachOSegment + 64, 3), "counts 3 sections"));
  EXPECT_TRUE(fails(With(MachOSegment + 72 + 52, 32), "alignment 2^32"));
  EXPECT_TRUE(fails(With(MachOSegment + 72 + 48, 4096), "__TEXT,__text"));
  EXPECT_TRUE(fails(With(Relocs, 6), "changes 4 bytes at 0x6"));
  EXPECT_TRUE(fails(With(Relocs, 0x80000000), "scattered"));
  EXPECT_TRUE(fails(With(Relocs + 4, 0x2d000002), "refers to symbol 2"));
  EXPECT_TRUE(fails(With(Relocs + 4, 0x04000000), "refers to section 0"));
  EXPECT_TRUE(fails(With(Relocs + 4, 0x1c000001), "the first of a pair"));
  EXPECT_TRUE(fails(With(Symbols, 8), "the name of symbol 0"));
  EXPECT_TRUE(fails(With(Symbols + 4, 0x030f), "in section 3"));
  EXPECT_TRUE(fails(With(Symbols + 8, 9), "outside section __TEXT,__text"));
  EXPECT_TRUE(fails(With(MachOText + 8, 0x64636261), "does not end in a NUL"));
  EXPECT_TRUE(fails(With(4, MachO::CPU_TYPE_I386), "that of 64 bits"));
}

TEST(InputCheckFormats, MachOExportTrie) {
  std::string Bytes = dylib();
  Bytes[Bytes.size() - 5] = 0; // The edge leads back to its node.
  EXPECT_TRUE(fails(Bytes, "has two edges to it"));
  Bytes[Bytes.size() - 5] = 100;
  EXPECT_TRUE(fails(Bytes, "is outside it"));
}

TEST(InputCheckFormats, UniversalSlicesMatchTheirTable) {
  EXPECT_TRUE(
      fails(universal(macho(), MachO::CPU_TYPE_X86_64), "is for aarch64"));
}

TEST(InputCheckFormats, Wasm) {
  // From the end: the relocation, its type, place and symbol.
  auto With = [](size_t FromEnd, char Value) {
    std::string Bytes = wasm();
    Bytes[Bytes.size() - FromEnd] = Value;
    return Bytes;
  };
  EXPECT_TRUE(fails(With(1, 2), "refers to symbol 2"));
  EXPECT_TRUE(fails(With(2, 9), "not inside one function"));
  EXPECT_TRUE(fails(With(3, 99), "which does not exist"));
  EXPECT_TRUE(fails(With(5, 2), "cannot have any"));
  EXPECT_TRUE(fails(With(3, '\x80'), "not those of its entries"));
}
