//===- ELFMachine.h - facts of machines for ELF images ----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the psABI of a machine says of dynamic linking. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_ELFMACHINE_H
#define PKGIMG_LIB_FORMAT_ELFMACHINE_H

#include "llvm/TargetParser/Triple.h"
#include <cstdint>

namespace pkgimg {

/// LLVM's name of e_machine \p Machine, or UnknownArch. The n32 ABI of MIPS is
/// in e_flags and counts as 32-bit MIPS here.
llvm::Triple::ArchType getELFArch(unsigned Machine, bool Is64, bool IsLE);

/// The types of the relocations that a loader applies to words with addresses.
/// 0, which is R_*_NONE everywhere, stands for a type that a machine does not
/// have.
struct ELFDynamicTypes {
  uint32_t Relative = 0;  ///< Base + addend.
  uint32_t Word = 0;      ///< Symbol + addend.
  uint32_t Unaligned = 0; ///< As Word, at any address.
  uint32_t GlobDat = 0;   ///< A symbol's entry of the GOT.
  uint32_t JumpSlot = 0;  ///< As GlobDat, and may be resolved lazily.
  uint32_t IRelative = 0; ///< What the function at base + addend returns.
  uint32_t TLSDesc = 0;   ///< Two words.
};

/// Returns the types for e_machine \p Machine; all 0 if it is not known. MIPS
/// has one type, REL32, for Relative (without a symbol) and Word (with one).
ELFDynamicTypes getELFDynamicTypes(unsigned Machine, bool Is64);

/// The types of the relocations that a compiler writes for data in an object; 0
/// as above.
struct ELFObjectTypes {
  uint32_t Word = 0;     ///< A word: symbol + addend.
  uint32_t Distance = 0; ///< 32 bits: symbol + addend - place.
  uint32_t Add = 0;      ///< 32 bits: a symbol is added to what is there, and
  uint32_t Subtract = 0; ///< another one is subtracted, at the same place.
};

/// Returns the types for e_machine \p Machine; all 0 if it is not known.
ELFObjectTypes getELFObjectTypes(unsigned Machine, bool Is64);

/// What a writer must know.
struct ELFTarget {
  unsigned Machine = 0;       ///< e_machine; 0 if ELF has none.
  uint32_t Flags = 0;         ///< e_flags.
  bool UsesRela = true;       ///< The psABI's form of dynamic relocations.
  uint64_t PageSize = 0x1000; ///< The largest page of the machine's kernels.
};

/// Returns Machine 0 for what has no ELF shared libraries.
ELFTarget getELFTarget(const llvm::Triple &T);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_ELFMACHINE_H
