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

namespace {
/// The types of one machine. Those of objects are left out where a compiler's
/// data has distances in no form that is read here: without them, the tables of
/// an image cannot be read.
struct MachineTypes {
  unsigned Machine;
  unsigned Bits; ///< The class that this is for, or Any.
  ELFDynamicTypes Dynamic;
  ELFObjectTypes Object;
};
} // namespace

/// For both classes.
static constexpr unsigned Any = 0;

/// The columns are those of ELFDynamicTypes and ELFObjectTypes: Relative, Word,
/// Unaligned, GlobDat, JumpSlot, IRelative, TLSDesc; Word, Distance, Add,
/// Subtract. R_SPARC_JMP_SLOT rewrites instructions of the PLT, and no word.
static constexpr MachineTypes Machines[] = {
    {EM_X86_64,
     64,
     {R_X86_64_RELATIVE, R_X86_64_64, 0, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT,
      R_X86_64_IRELATIVE, R_X86_64_TLSDESC},
     {R_X86_64_64, R_X86_64_PC32}},
    {EM_X86_64,
     32,
     {R_X86_64_RELATIVE, R_X86_64_32, 0, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT,
      R_X86_64_IRELATIVE, R_X86_64_TLSDESC},
     {R_X86_64_32, R_X86_64_PC32}},
    {EM_386,
     Any,
     {R_386_RELATIVE, R_386_32, 0, R_386_GLOB_DAT, R_386_JUMP_SLOT,
      R_386_IRELATIVE, R_386_TLS_DESC},
     {R_386_32, R_386_PC32}},
    {EM_IAMCU,
     Any,
     {R_386_RELATIVE, R_386_32, 0, R_386_GLOB_DAT, R_386_JUMP_SLOT,
      R_386_IRELATIVE, R_386_TLS_DESC},
     {}},
    {EM_AARCH64,
     64,
     {R_AARCH64_RELATIVE, R_AARCH64_ABS64, 0, R_AARCH64_GLOB_DAT,
      R_AARCH64_JUMP_SLOT, R_AARCH64_IRELATIVE, R_AARCH64_TLSDESC},
     {R_AARCH64_ABS64, R_AARCH64_PREL32}},
    {EM_AARCH64,
     32,
     {R_AARCH64_P32_RELATIVE, R_AARCH64_P32_ABS32, 0, R_AARCH64_P32_GLOB_DAT,
      R_AARCH64_P32_JUMP_SLOT, R_AARCH64_P32_IRELATIVE, R_AARCH64_P32_TLSDESC},
     {R_AARCH64_P32_ABS32, R_AARCH64_P32_PREL32}},
    {EM_ARM,
     Any,
     {R_ARM_RELATIVE, R_ARM_ABS32, 0, R_ARM_GLOB_DAT, R_ARM_JUMP_SLOT,
      R_ARM_IRELATIVE, R_ARM_TLS_DESC},
     {R_ARM_ABS32, R_ARM_REL32}},
    {EM_RISCV,
     64,
     {R_RISCV_RELATIVE, R_RISCV_64, 0, 0, R_RISCV_JUMP_SLOT, R_RISCV_IRELATIVE,
      R_RISCV_TLSDESC},
     {R_RISCV_64, R_RISCV_32_PCREL, R_RISCV_ADD32, R_RISCV_SUB32}},
    {EM_RISCV,
     32,
     {R_RISCV_RELATIVE, R_RISCV_32, 0, 0, R_RISCV_JUMP_SLOT, R_RISCV_IRELATIVE,
      R_RISCV_TLSDESC},
     {R_RISCV_32, R_RISCV_32_PCREL, R_RISCV_ADD32, R_RISCV_SUB32}},
    {EM_LOONGARCH,
     64,
     {R_LARCH_RELATIVE, R_LARCH_64, 0, 0, R_LARCH_JUMP_SLOT, R_LARCH_IRELATIVE,
      R_LARCH_TLS_DESC64},
     {R_LARCH_64, R_LARCH_32_PCREL, R_LARCH_ADD32, R_LARCH_SUB32}},
    {EM_LOONGARCH,
     32,
     {R_LARCH_RELATIVE, R_LARCH_32, 0, 0, R_LARCH_JUMP_SLOT, R_LARCH_IRELATIVE,
      R_LARCH_TLS_DESC32},
     {R_LARCH_32, R_LARCH_32_PCREL, R_LARCH_ADD32, R_LARCH_SUB32}},
    {EM_PPC,
     Any,
     {R_PPC_RELATIVE, R_PPC_ADDR32, R_PPC_UADDR32, R_PPC_GLOB_DAT,
      R_PPC_JMP_SLOT, R_PPC_IRELATIVE},
     {R_PPC_ADDR32, R_PPC_REL32}},
    {EM_PPC64,
     Any,
     {R_PPC64_RELATIVE, R_PPC64_ADDR64, PPC64UAddr64, R_PPC64_GLOB_DAT,
      R_PPC64_JMP_SLOT, R_PPC64_IRELATIVE},
     {R_PPC64_ADDR64, R_PPC64_REL32}},
    {EM_MIPS,
     64,
     {R_MIPS_REL32, R_MIPS_REL32, 0, R_MIPS_GLOB_DAT, R_MIPS_JUMP_SLOT},
     {R_MIPS_64, R_MIPS_PC32}},
    {EM_MIPS,
     32,
     {R_MIPS_REL32, R_MIPS_REL32, 0, R_MIPS_GLOB_DAT, R_MIPS_JUMP_SLOT},
     {R_MIPS_32, R_MIPS_PC32}},
    {EM_S390,
     64,
     {R_390_RELATIVE, R_390_64, 0, R_390_GLOB_DAT, R_390_JMP_SLOT,
      R_390_IRELATIVE},
     {R_390_64, R_390_PC32}},
    {EM_S390,
     32,
     {R_390_RELATIVE, R_390_32, 0, R_390_GLOB_DAT, R_390_JMP_SLOT,
      R_390_IRELATIVE},
     {R_390_32, R_390_PC32}},
    {EM_SPARC,
     32,
     {R_SPARC_RELATIVE, R_SPARC_32, R_SPARC_UA32, R_SPARC_GLOB_DAT, 0,
      SPARCIRelative},
     {}},
    {EM_SPARC,
     64,
     {R_SPARC_RELATIVE, R_SPARC_64, R_SPARC_UA64, R_SPARC_GLOB_DAT, 0,
      SPARCIRelative},
     {}},
    {EM_SPARC32PLUS,
     32,
     {R_SPARC_RELATIVE, R_SPARC_32, R_SPARC_UA32, R_SPARC_GLOB_DAT, 0,
      SPARCIRelative},
     {}},
    {EM_SPARC32PLUS,
     64,
     {R_SPARC_RELATIVE, R_SPARC_64, R_SPARC_UA64, R_SPARC_GLOB_DAT, 0,
      SPARCIRelative},
     {}},
    {EM_SPARCV9,
     64,
     {R_SPARC_RELATIVE, R_SPARC_64, R_SPARC_UA64, R_SPARC_GLOB_DAT, 0,
      SPARCIRelative},
     {R_SPARC_64, R_SPARC_DISP32}},
    {EM_SPARCV9,
     32,
     {R_SPARC_RELATIVE, R_SPARC_32, R_SPARC_UA32, R_SPARC_GLOB_DAT, 0,
      SPARCIRelative},
     {R_SPARC_32, R_SPARC_DISP32}},
    {EM_AMDGPU, Any, {R_AMDGPU_RELATIVE64, R_AMDGPU_ABS64}, {}},
    {EM_ARC,
     Any,
     {R_ARC_RELATIVE, R_ARC_32, 0, R_ARC_GLOB_DAT, R_ARC_JMP_SLOT},
     {}},
    {EM_ARC_COMPACT,
     Any,
     {R_ARC_RELATIVE, R_ARC_32, 0, R_ARC_GLOB_DAT, R_ARC_JMP_SLOT},
     {}},
    {EM_ARC_COMPACT2,
     Any,
     {R_ARC_RELATIVE, R_ARC_32, 0, R_ARC_GLOB_DAT, R_ARC_JMP_SLOT},
     {}},
    {EM_CSKY,
     Any,
     {R_CKCORE_RELATIVE, R_CKCORE_ADDR32, 0, R_CKCORE_GLOB_DAT,
      R_CKCORE_JUMP_SLOT, R_CKCORE_IRELATIVE},
     {}},
    {EM_HEXAGON,
     Any,
     {R_HEX_RELATIVE, R_HEX_32, 0, R_HEX_GLOB_DAT, R_HEX_JMP_SLOT},
     {}},
    {EM_68K,
     Any,
     {R_68K_RELATIVE, R_68K_32, 0, R_68K_GLOB_DAT, R_68K_JMP_SLOT},
     {}},
    {EM_VE,
     Any,
     {R_VE_RELATIVE, R_VE_REFQUAD, 0, R_VE_GLOB_DAT, R_VE_JUMP_SLOT},
     {}},
    {EM_XTENSA,
     Any,
     {R_XTENSA_RELATIVE, R_XTENSA_32, 0, R_XTENSA_GLOB_DAT, R_XTENSA_JMP_SLOT},
     {}},
};

static const MachineTypes *findMachine(unsigned Machine, bool Is64) {
  for (const MachineTypes &M : Machines)
    if (M.Machine == Machine && (M.Bits == Any || (M.Bits == 64) == Is64))
      return &M;
  return nullptr;
}

ELFDynamicTypes pkgimg::getELFDynamicTypes(unsigned Machine, bool Is64) {
  const MachineTypes *M = findMachine(Machine, Is64);
  return M ? M->Dynamic : ELFDynamicTypes();
}

ELFObjectTypes pkgimg::getELFObjectTypes(unsigned Machine, bool Is64) {
  const MachineTypes *M = findMachine(Machine, Is64);
  return M ? M->Object : ELFObjectTypes();
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
