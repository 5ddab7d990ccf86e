//===- ELFMachine.cpp - facts of machines for ELF images ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ELFMachine.h"
#include "llvm/BinaryFormat/ELF.h"

using namespace llvm;
using namespace llvm::ELF;
using namespace pkgimg;

Triple::ArchType pkgimg::getELFArch(unsigned Machine, bool Is64, bool LE) {
  switch (Machine) {
  case EM_386:
  case EM_IAMCU:
    return Triple::x86;
  case EM_X86_64:
    return Triple::x86_64;
  case EM_AARCH64:
    return !LE ? Triple::aarch64_be
               : (Is64 ? Triple::aarch64 : Triple::aarch64_32);
  case EM_ARC:
  case EM_ARC_COMPACT:
  case EM_ARC_COMPACT2:
    return Triple::arc;
  case EM_ARM:
    return LE ? Triple::arm : Triple::armeb;
  case EM_AVR:
    return Triple::avr;
  case EM_HEXAGON:
    return Triple::hexagon;
  case EM_LANAI:
    return Triple::lanai;
  case EM_MIPS:
    // The n32 ABI is ELFCLASS32 with EF_MIPS_ABI2; LLVM counts it as 64-bit.
    return Is64 ? (LE ? Triple::mips64el : Triple::mips64)
                : (LE ? Triple::mipsel : Triple::mips);
  case EM_MSP430:
    return Triple::msp430;
  case EM_PPC:
    return LE ? Triple::ppcle : Triple::ppc;
  case EM_PPC64:
    return LE ? Triple::ppc64le : Triple::ppc64;
  case EM_RISCV:
    return Is64 ? Triple::riscv64 : Triple::riscv32;
  case EM_S390:
    return Is64 ? Triple::systemz : Triple::UnknownArch;
  case EM_SPARC:
  case EM_SPARC32PLUS:
    return LE ? Triple::sparcel : Triple::sparc;
  case EM_SPARCV9:
    return Triple::sparcv9;
  case EM_AMDGPU:
    return Triple::amdgcn;
  case EM_BPF:
    return LE ? Triple::bpfel : Triple::bpfeb;
  case EM_VE:
    return Triple::ve;
  case EM_CSKY:
    return Triple::csky;
  case EM_LOONGARCH:
    return Is64 ? Triple::loongarch64 : Triple::loongarch32;
  case EM_XCORE:
    return Triple::xcore;
  case EM_XTENSA:
    return Triple::xtensa;
  case EM_68K:
    return Triple::m68k;
  default:
    return Triple::UnknownArch;
  }
}

/// R_SPARC_IRELATIVE of the Linux and Solaris linkers, which LLVM has no name
/// for.
static constexpr uint32_t SPARCIRelative = 249;

/// R_PPC64_UADDR64 of the psABI, which LLVM has no name for.
static constexpr uint32_t PPC64UAddr64 = 43;

ELFDynamicTypes pkgimg::getELFDynamicTypes(unsigned Machine, bool Is64) {
  ELFDynamicTypes T;
  switch (Machine) {
  case EM_X86_64:
    T.Relative = R_X86_64_RELATIVE;
    T.Word = Is64 ? R_X86_64_64 : R_X86_64_32;
    T.GlobDat = R_X86_64_GLOB_DAT;
    T.JumpSlot = R_X86_64_JUMP_SLOT;
    T.IRelative = R_X86_64_IRELATIVE;
    T.TLSDesc = R_X86_64_TLSDESC;
    break;
  case EM_386:
  case EM_IAMCU:
    T.Relative = R_386_RELATIVE;
    T.Word = R_386_32;
    T.GlobDat = R_386_GLOB_DAT;
    T.JumpSlot = R_386_JUMP_SLOT;
    T.IRelative = R_386_IRELATIVE;
    T.TLSDesc = R_386_TLS_DESC;
    break;
  case EM_AARCH64:
    T.Relative = Is64 ? R_AARCH64_RELATIVE : R_AARCH64_P32_RELATIVE;
    T.Word = Is64 ? R_AARCH64_ABS64 : R_AARCH64_P32_ABS32;
    T.GlobDat = Is64 ? R_AARCH64_GLOB_DAT : R_AARCH64_P32_GLOB_DAT;
    T.JumpSlot = Is64 ? R_AARCH64_JUMP_SLOT : R_AARCH64_P32_JUMP_SLOT;
    T.IRelative = Is64 ? R_AARCH64_IRELATIVE : R_AARCH64_P32_IRELATIVE;
    T.TLSDesc = Is64 ? R_AARCH64_TLSDESC : R_AARCH64_P32_TLSDESC;
    break;
  case EM_ARM:
    T.Relative = R_ARM_RELATIVE;
    T.Word = R_ARM_ABS32;
    T.GlobDat = R_ARM_GLOB_DAT;
    T.JumpSlot = R_ARM_JUMP_SLOT;
    T.IRelative = R_ARM_IRELATIVE;
    T.TLSDesc = R_ARM_TLS_DESC;
    break;
  case EM_RISCV:
    T.Relative = R_RISCV_RELATIVE;
    T.Word = Is64 ? R_RISCV_64 : R_RISCV_32;
    T.JumpSlot = R_RISCV_JUMP_SLOT;
    T.IRelative = R_RISCV_IRELATIVE;
    T.TLSDesc = R_RISCV_TLSDESC;
    break;
  case EM_LOONGARCH:
    T.Relative = R_LARCH_RELATIVE;
    T.Word = Is64 ? R_LARCH_64 : R_LARCH_32;
    T.JumpSlot = R_LARCH_JUMP_SLOT;
    T.IRelative = R_LARCH_IRELATIVE;
    T.TLSDesc = Is64 ? R_LARCH_TLS_DESC64 : R_LARCH_TLS_DESC32;
    break;
  case EM_PPC:
    T.Relative = R_PPC_RELATIVE;
    T.Word = R_PPC_ADDR32;
    T.Unaligned = R_PPC_UADDR32;
    T.GlobDat = R_PPC_GLOB_DAT;
    T.JumpSlot = R_PPC_JMP_SLOT;
    T.IRelative = R_PPC_IRELATIVE;
    break;
  case EM_PPC64:
    T.Relative = R_PPC64_RELATIVE;
    T.Word = R_PPC64_ADDR64;
    T.Unaligned = PPC64UAddr64;
    T.GlobDat = R_PPC64_GLOB_DAT;
    T.JumpSlot = R_PPC64_JMP_SLOT;
    T.IRelative = R_PPC64_IRELATIVE;
    break;
  case EM_MIPS:
    T.Relative = T.Word = R_MIPS_REL32;
    T.GlobDat = R_MIPS_GLOB_DAT;
    T.JumpSlot = R_MIPS_JUMP_SLOT;
    break;
  case EM_S390:
    T.Relative = R_390_RELATIVE;
    T.Word = Is64 ? R_390_64 : R_390_32;
    T.GlobDat = R_390_GLOB_DAT;
    T.JumpSlot = R_390_JMP_SLOT;
    T.IRelative = R_390_IRELATIVE;
    break;
  case EM_SPARC:
  case EM_SPARC32PLUS:
  case EM_SPARCV9:
    // R_SPARC_JMP_SLOT rewrites instructions of the PLT, and no word.
    T.Relative = R_SPARC_RELATIVE;
    T.Word = Is64 ? R_SPARC_64 : R_SPARC_32;
    T.Unaligned = Is64 ? R_SPARC_UA64 : R_SPARC_UA32;
    T.GlobDat = R_SPARC_GLOB_DAT;
    T.IRelative = SPARCIRelative;
    break;
  case EM_AMDGPU:
    T.Relative = R_AMDGPU_RELATIVE64;
    T.Word = R_AMDGPU_ABS64;
    break;
  case EM_ARC:
  case EM_ARC_COMPACT:
  case EM_ARC_COMPACT2:
    T.Relative = R_ARC_RELATIVE;
    T.Word = R_ARC_32;
    T.GlobDat = R_ARC_GLOB_DAT;
    T.JumpSlot = R_ARC_JMP_SLOT;
    break;
  case EM_CSKY:
    T.Relative = R_CKCORE_RELATIVE;
    T.Word = R_CKCORE_ADDR32;
    T.GlobDat = R_CKCORE_GLOB_DAT;
    T.JumpSlot = R_CKCORE_JUMP_SLOT;
    T.IRelative = R_CKCORE_IRELATIVE;
    break;
  case EM_HEXAGON:
    T.Relative = R_HEX_RELATIVE;
    T.Word = R_HEX_32;
    T.GlobDat = R_HEX_GLOB_DAT;
    T.JumpSlot = R_HEX_JMP_SLOT;
    break;
  case EM_68K:
    T.Relative = R_68K_RELATIVE;
    T.Word = R_68K_32;
    T.GlobDat = R_68K_GLOB_DAT;
    T.JumpSlot = R_68K_JMP_SLOT;
    break;
  case EM_VE:
    T.Relative = R_VE_RELATIVE;
    T.Word = R_VE_REFQUAD;
    T.GlobDat = R_VE_GLOB_DAT;
    T.JumpSlot = R_VE_JUMP_SLOT;
    break;
  case EM_XTENSA:
    T.Relative = R_XTENSA_RELATIVE;
    T.Word = R_XTENSA_32;
    T.GlobDat = R_XTENSA_GLOB_DAT;
    T.JumpSlot = R_XTENSA_JMP_SLOT;
    break;
  default:
    break;
  }
  return T;
}

ELFObjectTypes pkgimg::getELFObjectTypes(unsigned Machine, bool Is64) {
  ELFObjectTypes T;
  T.Word = getELFDynamicTypes(Machine, Is64).Word;
  switch (Machine) {
  case EM_X86_64:
    T.Distance = R_X86_64_PC32;
    break;
  case EM_386:
    T.Distance = R_386_PC32;
    break;
  case EM_AARCH64:
    T.Distance = R_AARCH64_PREL32;
    break;
  case EM_ARM:
    T.Distance = R_ARM_REL32;
    break;
  case EM_RISCV:
    T.Distance = R_RISCV_32_PCREL;
    T.Add = R_RISCV_ADD32;
    T.Subtract = R_RISCV_SUB32;
    break;
  case EM_PPC64:
    T.Distance = R_PPC64_REL32;
    break;
  case EM_PPC:
    T.Distance = R_PPC_REL32;
    break;
  case EM_MIPS:
    // The dynamic type is another one.
    T.Word = Is64 ? R_MIPS_64 : R_MIPS_32;
    T.Distance = R_MIPS_PC32;
    break;
  case EM_LOONGARCH:
    T.Distance = R_LARCH_32_PCREL;
    T.Add = R_LARCH_ADD32;
    T.Subtract = R_LARCH_SUB32;
    break;
  case EM_S390:
    T.Distance = R_390_PC32;
    break;
  case EM_SPARCV9:
    T.Distance = R_SPARC_DISP32;
    break;
  default:
    // Without distances the tables could not be read.
    T.Word = 0;
    break;
  }
  return T;
}

/// Page sizes are those of lld/ELF/Arch and, for machines that it does not
/// have, of GNU ld.
ELFTarget pkgimg::getELFTarget(const Triple &T) {
  ELFTarget E;
  switch (T.getArch()) {
  case Triple::x86:
    E.Machine = EM_386;
    E.UsesRela = false;
    break;
  case Triple::x86_64:
    E.Machine = EM_X86_64;
    break;
  case Triple::aarch64:
  case Triple::aarch64_be:
  case Triple::aarch64_32:
    E.Machine = EM_AARCH64;
    E.PageSize = 0x10000;
    break;
  case Triple::arm:
  case Triple::armeb:
  case Triple::thumb:
  case Triple::thumbeb: {
    E.Machine = EM_ARM;
    Triple::EnvironmentType Env = T.getEnvironment();
    bool IsHard = Env == Triple::GNUEABIHF || Env == Triple::MuslEABIHF ||
                  Env == Triple::EABIHF;
    E.Flags = EF_ARM_EABI_VER5 |
              (IsHard ? EF_ARM_ABI_FLOAT_HARD : EF_ARM_ABI_FLOAT_SOFT);
    E.UsesRela = false;
    E.PageSize = 0x10000;
    break;
  }
  case Triple::riscv32:
  case Triple::riscv64:
    E.Machine = EM_RISCV;
    E.Flags = EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_DOUBLE;
    break;
  case Triple::loongarch32:
  case Triple::loongarch64:
    E.Machine = EM_LOONGARCH;
    E.Flags = EF_LOONGARCH_ABI_DOUBLE_FLOAT | EF_LOONGARCH_OBJABI_V1;
    E.PageSize = 0x10000;
    break;
  case Triple::ppc:
  case Triple::ppcle:
    E.Machine = EM_PPC;
    E.PageSize = 0x10000;
    break;
  case Triple::ppc64:
  case Triple::ppc64le:
    // Version 2 of the ABI: pointers to functions are addresses of code.
    E.Machine = EM_PPC64;
    E.Flags = 2;
    E.PageSize = 0x10000;
    break;
  case Triple::mips:
  case Triple::mipsel:
    E.Machine = EM_MIPS;
    E.Flags = EF_MIPS_PIC | EF_MIPS_CPIC | EF_MIPS_ABI_O32 |
              (T.getSubArch() == Triple::MipsSubArch_r6 ? EF_MIPS_ARCH_32R6
                                                        : EF_MIPS_ARCH_32R2);
    E.UsesRela = false;
    E.PageSize = 0x10000;
    break;
  case Triple::mips64:
  case Triple::mips64el:
    E.Machine = EM_MIPS;
    E.Flags = EF_MIPS_PIC | EF_MIPS_CPIC |
              (T.getSubArch() == Triple::MipsSubArch_r6 ? EF_MIPS_ARCH_64R6
                                                        : EF_MIPS_ARCH_64R2);
    E.UsesRela = false;
    E.PageSize = 0x10000;
    break;
  case Triple::systemz:
    E.Machine = EM_S390;
    break;
  case Triple::sparc:
    E.Machine = EM_SPARC;
    E.PageSize = 0x10000;
    break;
  case Triple::sparcv9:
    E.Machine = EM_SPARCV9;
    E.PageSize = 0x100000;
    break;
  case Triple::arc:
    E.Machine = EM_ARC_COMPACT2;
    E.PageSize = 0x2000;
    break;
  case Triple::csky:
    E.Machine = EM_CSKY;
    break;
  case Triple::hexagon:
    E.Machine = EM_HEXAGON;
    E.PageSize = 0x10000;
    break;
  case Triple::m68k:
    E.Machine = EM_68K;
    E.PageSize = 0x2000;
    break;
  case Triple::xtensa:
    E.Machine = EM_XTENSA;
    break;
  default:
    break;
  }
  // Pointers of 32 bits on a machine with 64: the layout counts them as 64.
  if (T.isX32() || T.getEnvironment() == Triple::GNUABIN32)
    E.Machine = EM_NONE;
  return E;
}
