//===- InputCheckTest.cpp - The bounded reader of linker inputs -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/InputCheck.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <random>

using namespace llvm;
using namespace llvm::ELF;
using namespace pkgimg;

namespace {
/// Builds a small ELF64 object by hand: .text, .rela.text, .symtab, .strtab,
/// .shstrtab.
class ObjectBuilder {
public:
  static constexpr unsigned NumSections = 6;

  std::string build() {
    std::string Text(16, '\x90');
    std::string Strings("\0f\0g\0", 5);
    std::string Names("\0.text\0.rela.text\0.symtab\0.strtab\0.shstrtab\0", 44);

    Elf64_Sym Syms[3] = {};
    Syms[1].st_name = 1;
    Syms[1].st_info = STB_GLOBAL << 4 | STT_FUNC;
    Syms[1].st_shndx = 1;
    Syms[1].st_size = 16;
    Syms[2].st_name = 3;
    Syms[2].st_info = STB_GLOBAL << 4;
    Elf64_Rela Rela = {};
    Rela.r_offset = 4;
    Rela.setSymbolAndType(2, R_X86_64_PLT32);
    Rela.r_addend = -4;

    std::string Out(sizeof(Elf64_Ehdr), '\0');
    Elf64_Shdr Sections[NumSections] = {};
    auto Add = [&](unsigned I, unsigned Name, unsigned Type, uint64_t Flags,
                   StringRef Bytes, uint64_t EntSize, unsigned Link,
                   unsigned Info, uint64_t Align) {
      Out.resize((Out.size() + 7) & ~size_t(7));
      Sections[I].sh_name = Name;
      Sections[I].sh_type = Type;
      Sections[I].sh_flags = Flags;
      Sections[I].sh_offset = Out.size();
      Sections[I].sh_size = Bytes.size();
      Sections[I].sh_entsize = EntSize;
      Sections[I].sh_link = Link;
      Sections[I].sh_info = Info;
      Sections[I].sh_addralign = Align;
      Out += Bytes;
    };
    Add(1, 1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, Text, 0, 0, 0, 16);
    Add(2, 7, SHT_RELA, SHF_INFO_LINK,
        StringRef(reinterpret_cast<char *>(&Rela), sizeof(Rela)), sizeof(Rela),
        3, 1, 8);
    Add(3, 18, SHT_SYMTAB, 0,
        StringRef(reinterpret_cast<char *>(Syms), sizeof(Syms)),
        sizeof(Elf64_Sym), 4, 1, 8);
    Add(4, 26, SHT_STRTAB, 0, Strings, 0, 0, 0, 1);
    Add(5, 34, SHT_STRTAB, 0, Names, 0, 0, 0, 1);

    Elf64_Ehdr Header = {};
    memcpy(Header.e_ident, ElfMagic, 4);
    Header.e_ident[EI_CLASS] = ELFCLASS64;
    Header.e_ident[EI_DATA] = ELFDATA2LSB;
    Header.e_ident[EI_VERSION] = EV_CURRENT;
    Header.e_type = ET_REL;
    Header.e_machine = EM_X86_64;
    Header.e_version = EV_CURRENT;
    Header.e_ehsize = sizeof(Header);
    Header.e_shentsize = sizeof(Elf64_Shdr);
    Header.e_shnum = NumSections;
    Header.e_shstrndx = 5;
    Out.resize((Out.size() + 7) & ~size_t(7));
    Header.e_shoff = Out.size();
    memcpy(&Out[0], &Header, sizeof(Header));
    Out.append(reinterpret_cast<char *>(Sections), sizeof(Sections));
    return Out;
  }
};

std::string check(StringRef Bytes, StringRef Name = "t.o") {
  Expected<InputSummary> S = checkLinkerInput(MemoryBufferRef(Bytes, Name));
  if (S)
    return "";
  return toString(S.takeError());
}

std::string member(StringRef Name, StringRef Bytes) {
  std::string Out;
  raw_string_ostream OS(Out);
  OS << left_justify(Name, 16) << left_justify("0", 12) << left_justify("0", 6)
     << left_justify("0", 6) << left_justify("644", 8)
     << left_justify(std::to_string(Bytes.size()), 10) << "`\n"
     << Bytes;
  if (Bytes.size() & 1)
    OS << '\n';
  return Out;
}
} // namespace

TEST(InputCheck, AcceptsASoundObject) {
  std::string Object = ObjectBuilder().build();
  Expected<InputSummary> S = checkLinkerInput(MemoryBufferRef(Object, "t.o"));
  ASSERT_TRUE(bool(S)) << toString(S.takeError());
  EXPECT_EQ(S->Kind, FileKind::ELFObject);
  EXPECT_EQ(S->Arch, Triple::x86_64);
  EXPECT_TRUE(S->Is64);
  EXPECT_TRUE(S->IsLittleEndian);
}

TEST(InputCheck, NamesFileOffsetAndRemedy) {
  std::string Object = ObjectBuilder().build();
  std::string Message = check(StringRef(Object).drop_back(10));
  EXPECT_NE(Message.find("t.o"), std::string::npos) << Message;
  EXPECT_NE(Message.find("0x"), std::string::npos) << Message;
  EXPECT_NE(Message.find("make it again"), std::string::npos) << Message;
}

TEST(InputCheck, EveryTruncationIsAnError) {
  std::string Object = ObjectBuilder().build();
  for (size_t N = 0; N != Object.size(); ++N) {
    std::string Copy = Object.substr(0, N);
    EXPECT_NE(check(Copy), "") << "truncated to " << N;
  }
}

TEST(InputCheck, SymbolOutsideItsTables) {
  std::string Object = ObjectBuilder().build();
  Elf64_Ehdr Header;
  memcpy(&Header, Object.data(), sizeof(Header));
  auto *Sections = reinterpret_cast<Elf64_Shdr *>(&Object[Header.e_shoff]);
  auto *Syms = reinterpret_cast<Elf64_Sym *>(&Object[Sections[3].sh_offset]);
  Syms[1].st_name = 1000;
  EXPECT_NE(check(Object), "");
  Syms[1].st_name = 1;
  Syms[1].st_shndx = 77;
  EXPECT_NE(check(Object), "");
}

TEST(InputCheck, RelocationOutsideItsTables) {
  std::string Object = ObjectBuilder().build();
  Elf64_Ehdr Header;
  memcpy(&Header, Object.data(), sizeof(Header));
  auto *Sections = reinterpret_cast<Elf64_Shdr *>(&Object[Header.e_shoff]);
  auto *Rela = reinterpret_cast<Elf64_Rela *>(&Object[Sections[2].sh_offset]);
  Rela->setSymbolAndType(99, R_X86_64_PLT32);
  EXPECT_NE(check(Object), "");
  Rela->setSymbolAndType(2, R_X86_64_PLT32);
  Rela->r_offset = 1 << 20;
  EXPECT_NE(check(Object), "");
}

// A flip of any bit gives the same object or an error, and never a crash; the
// sanitizers see reads outside.
TEST(InputCheck, BitFlips) {
  std::string Object = ObjectBuilder().build();
  for (size_t Bit = 0; Bit != Object.size() * 8; ++Bit) {
    std::string Copy = Object;
    Copy[Bit / 8] ^= 1 << (Bit % 8);
    (void)check(Copy);
  }
}

TEST(InputCheck, RandomMutations) {
  std::string Object = ObjectBuilder().build();
  std::mt19937 Random(1);
  for (unsigned I = 0; I != 20000; ++I) {
    std::string Copy = Object;
    for (unsigned N = Random() % 8 + 1; N; --N)
      Copy[Random() % Copy.size()] = char(Random());
    if (Random() % 4 == 0)
      Copy.resize(Random() % Copy.size());
    (void)check(Copy);
  }
}

TEST(InputCheck, EmptyAndUnknownFiles) {
  EXPECT_NE(check("").find("empty"), std::string::npos);
  EXPECT_NE(check(StringRef("\0\1\2\3", 4)), "");
}

TEST(InputCheck, Archive) {
  std::string Object = ObjectBuilder().build();
  std::string Archive = "!<arch>\n" +
                        member("//", "a-name-of-many-letters.o/\n") +
                        member("/0", Object) + member("short.o/", Object);
  SmallVector<std::string, 2> Names;
  ASSERT_FALSE(errorToBool(forEachArchiveMember(MemoryBufferRef(Archive, "a.a"),
                                                [&](const ArchiveMember &M) {
                                                  Names.push_back(M.Name.str());
                                                  EXPECT_EQ(M.Bytes, Object);
                                                  return Error::success();
                                                })));
  ASSERT_EQ(Names.size(), 2u);
  EXPECT_EQ(Names[0], "a-name-of-many-letters.o");
  EXPECT_EQ(Names[1], "short.o");

  Expected<InputSummary> S = checkLinkerInput(MemoryBufferRef(Archive, "a.a"));
  ASSERT_TRUE(bool(S)) << toString(S.takeError());
  EXPECT_EQ(S->NumMembers, 2u);
  EXPECT_EQ(S->NumObjectMembers, 2u);

  // The end of the archive is its last member's.
  for (size_t N = Archive.size() - Object.size(); N != Archive.size() - 1; ++N)
    EXPECT_NE(check(StringRef(Archive).take_front(N), "a.a"), "") << N;
}

TEST(InputCheck, ArchiveMemberIsNamed) {
  std::string Bad = ObjectBuilder().build();
  Bad.resize(Bad.size() - 64);
  std::string Message = check("!<arch>\n" + member("bad.o/", Bad), "lib.a");
  EXPECT_NE(Message.find("lib.a(bad.o)"), std::string::npos) << Message;
}

TEST(InputCheck, EmptyArchiveHasNoMembers) {
  Expected<InputSummary> S =
      checkLinkerInput(MemoryBufferRef("!<arch>\n", "e.a"));
  ASSERT_TRUE(bool(S)) << toString(S.takeError());
  EXPECT_EQ(S->NumMembers, 0u);
}
