//===- ELFRelocExtent.cpp - Bytes that relocations write ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ELFRelocExtent.h"
#include "llvm/BinaryFormat/ELF.h"
#include <initializer_list>

using namespace llvm;
using namespace llvm::ELF;
using namespace pkgimg;

ELFRelocTable::ELFRelocTable(unsigned Machine, bool Is64) {
  auto SetAll = [this](uint8_t After) {
    for (unsigned I = 0; I != NumTypes; ++I)
      Extents[I].After = After;
  };
  auto Set = [this](uint8_t After, std::initializer_list<unsigned> Types) {
    for (unsigned Type : Types)
      Extents[Type].After = After;
  };
  auto Rewrites = [this](unsigned Type, uint8_t Before, uint8_t After) {
    Extents[Type] = {Before, After};
  };

  switch (Machine) {
  case EM_X86_64:
    SetAll(4);
    Set(8,
        {R_X86_64_64, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT, R_X86_64_DTPMOD64,
         R_X86_64_DTPOFF64, R_X86_64_TPOFF64, R_X86_64_PC64, R_X86_64_GOTOFF64,
         R_X86_64_GOT64, R_X86_64_GOTPCREL64, R_X86_64_GOTPC64,
         R_X86_64_GOTPLT64, R_X86_64_PLTOFF64, R_X86_64_SIZE64});
    Set(2, {R_X86_64_16, R_X86_64_PC16, R_X86_64_TLSDESC_CALL});
    Set(1, {R_X86_64_8, R_X86_64_PC8});
    // The general dynamic sequence has a prefix byte before the LEA that the
    // small code model of LP64 alone uses, so not four.
    Rewrites(R_X86_64_TLSGD, 3, 12);
    Rewrites(R_X86_64_TLSLD, 3, 9);
    Rewrites(R_X86_64_GOTTPOFF, 2, 4);
    Rewrites(R_X86_64_GOTPC32_TLSDESC, 2, 4);
    Rewrites(R_X86_64_GOTPCRELX, 2, 4);
    Rewrites(R_X86_64_REX_GOTPCRELX, 3, 4);
    break;
  case EM_386:
  case EM_IAMCU:
    SetAll(4);
    Set(2, {R_386_16, R_386_PC16, R_386_TLS_DESC_CALL});
    Set(1, {R_386_8, R_386_PC8});
    Rewrites(R_386_TLS_GD, 3, 9);
    Rewrites(R_386_TLS_LDM, 2, 9);
    Rewrites(R_386_TLS_IE, 1, 4);
    Rewrites(R_386_TLS_GOTIE, 2, 4);
    Rewrites(R_386_TLS_GOTDESC, 2, 4);
    Rewrites(R_386_GOT32X, 2, 4);
    break;
  case EM_AARCH64:
    SetAll(4);
    if (Is64) {
      Set(8, {R_AARCH64_ABS64, R_AARCH64_PREL64, R_AARCH64_AUTH_ABS64});
      Set(2, {R_AARCH64_ABS16, R_AARCH64_PREL16});
    } else {
      Set(2, {R_AARCH64_P32_ABS16, R_AARCH64_P32_PREL16});
    }
    Set(0, {256});
    break;
  case EM_ARM:
    SetAll(4);
    Set(2, {R_ARM_ABS16, R_ARM_THM_ABS5, R_ARM_THM_PC8, R_ARM_THM_JUMP6,
            R_ARM_THM_JUMP11, R_ARM_THM_JUMP8, R_ARM_THM_ALU_ABS_G0_NC,
            R_ARM_THM_ALU_ABS_G1_NC, R_ARM_THM_ALU_ABS_G2_NC,
            R_ARM_THM_ALU_ABS_G3});
    Set(1, {R_ARM_ABS8});
    break;
  case EM_PPC:
  case EM_PPC64:
    SetAll(2);
    // ADDR32, ADDR24, ADDR14*, REL24, REL14*, REL32 and TLS are common to both.
    Set(4, {1, 2, 7, 8, 9, 10, 11, 12, 13, 26, 67});
    if (Machine == EM_PPC64) {
      Set(8, {R_PPC64_ADDR64, R_PPC64_REL64, R_PPC64_TOC, R_PPC64_DTPMOD64,
              R_PPC64_TPREL64, R_PPC64_DTPREL64, R_PPC64_PCREL34,
              R_PPC64_GOT_PCREL34});
      Set(4, {R_PPC64_TLSGD, R_PPC64_TLSLD, R_PPC64_REL24_NOTOC,
              R_PPC64_PCREL_OPT});
    }
    break;
  case EM_RISCV:
    Set(4, {R_RISCV_32,
            R_RISCV_BRANCH,
            R_RISCV_JAL,
            R_RISCV_GOT_HI20,
            R_RISCV_TLS_GOT_HI20,
            R_RISCV_TLS_GD_HI20,
            R_RISCV_PCREL_HI20,
            R_RISCV_PCREL_LO12_I,
            R_RISCV_PCREL_LO12_S,
            R_RISCV_HI20,
            R_RISCV_LO12_I,
            R_RISCV_LO12_S,
            R_RISCV_TPREL_HI20,
            R_RISCV_TPREL_LO12_I,
            R_RISCV_TPREL_LO12_S,
            R_RISCV_TPREL_ADD,
            R_RISCV_ADD32,
            R_RISCV_SUB32,
            R_RISCV_SET32,
            R_RISCV_32_PCREL,
            R_RISCV_PLT32,
            R_RISCV_TLSDESC_HI20,
            R_RISCV_TLSDESC_LOAD_LO12,
            R_RISCV_TLSDESC_ADD_LO12,
            R_RISCV_TLSDESC_CALL});
    Set(8, {R_RISCV_64, R_RISCV_CALL, R_RISCV_CALL_PLT, R_RISCV_ADD64,
            R_RISCV_SUB64});
    Set(2, {R_RISCV_ADD16, R_RISCV_SUB16, R_RISCV_SET16, R_RISCV_RVC_BRANCH,
            R_RISCV_RVC_JUMP});
    // R_RISCV_ALIGN covers as many bytes as its addend says; that is checked
    // where the addend is known. The offset of R_RISCV_RELAX is that of the
    // relocation it belongs to.
    Set(0, {R_RISCV_ALIGN, R_RISCV_RELAX});
    break;
  case EM_LOONGARCH:
    Set(8, {R_LARCH_64, R_LARCH_ADD64, R_LARCH_SUB64, R_LARCH_CALL36});
    Set(4, {R_LARCH_32, R_LARCH_ADD32, R_LARCH_SUB32, R_LARCH_32_PCREL,
            R_LARCH_B16, R_LARCH_B21, R_LARCH_B26, R_LARCH_ABS_HI20,
            R_LARCH_ABS_LO12, R_LARCH_PCALA_HI20, R_LARCH_PCALA_LO12,
            R_LARCH_GOT_PC_HI20, R_LARCH_GOT_PC_LO12});
    Set(2, {R_LARCH_ADD16, R_LARCH_SUB16});
    Set(0, {R_LARCH_RELAX, R_LARCH_ALIGN});
    break;
  case EM_S390:
    Set(2, {R_390_12, R_390_16, R_390_GOT12, R_390_GOT16, R_390_PC16,
            R_390_PC16DBL, R_390_PLT16DBL, R_390_20});
    Set(4, {R_390_32, R_390_PC32, R_390_GOT32, R_390_PLT32, R_390_GOTPC,
            R_390_PC32DBL, R_390_PLT32DBL, R_390_GOTPCDBL, R_390_GOTENT,
            R_390_TLS_LE32, R_390_TLS_LDO32, R_390_TLS_IEENT});
    Set(8, {R_390_64, R_390_PC64, R_390_GOT64, R_390_PLT64, R_390_TLS_GD64,
            R_390_TLS_LDM64, R_390_TLS_IE64, R_390_TLS_LE64, R_390_TLS_LDO64});
    Set(6, {R_390_TLS_LOAD, R_390_TLS_GDCALL, R_390_TLS_LDCALL});
    break;
  case EM_MIPS:
    SetAll(4);
    Set(2, {R_MIPS_16, R_MICROMIPS_PC7_S1, R_MICROMIPS_PC10_S1});
    Set(8, {R_MIPS_64});
    break;
  default:
    break;
  }
  Extents[0] = {0, 0};
}

const ELFRelocTable &ELFRelocTable::get(unsigned Machine, bool Is64) {
  switch (Machine) {
#define TABLE(M)                                                               \
  case M: {                                                                    \
    static const ELFRelocTable Table(M, true);                                 \
    return Table;                                                              \
  }
    TABLE(EM_X86_64)
    TABLE(EM_386)
    TABLE(EM_ARM)
    TABLE(EM_PPC)
    TABLE(EM_PPC64)
    TABLE(EM_RISCV)
    TABLE(EM_LOONGARCH)
    TABLE(EM_S390)
    TABLE(EM_MIPS)
#undef TABLE
  case EM_AARCH64: {
    static const ELFRelocTable Table64(EM_AARCH64, true);
    static const ELFRelocTable Table32(EM_AARCH64, false);
    return Is64 ? Table64 : Table32;
  }
  default: {
    static const ELFRelocTable Table(EM_NONE, true);
    return Table;
  }
  }
}
