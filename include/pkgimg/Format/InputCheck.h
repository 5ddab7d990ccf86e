//===- InputCheck.h - Check the inputs of a link ----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks the files of a link before a linker in this process reads them.
///
/// LLD and LLVM's Object library trust much of what they read: a damaged or a
/// hostile file may end the process or make it write where it must not. The
/// functions here read the same structures with a bounded reader of their own,
/// in linear time and without a copy, and give an error in place of a crash.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_INPUTCHECK_H
#define PKGIMG_FORMAT_INPUTCHECK_H

#include "pkgimg/Format/FileKind.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/TargetParser/Triple.h"
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pkgimg {

/// What a checked file is for: enough to say "object for aarch64, expected
/// x86_64".
struct InputSummary {
  FileKind Kind = FileKind::Unknown;

  /// The architecture, or UnknownArch for kinds that have none (text), that
  /// do not show it (bitcode), and for machines without a name in LLVM. Of an
  /// archive, that of its first native object.
  llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch;

  /// For x32 objects (ELFCLASS32 of x86-64) and the ILP32 ABI of AArch64,
  /// Is64 is false and Arch still x86_64 or aarch64_32.
  bool Is64 = false;
  bool IsLittleEndian = true;

  /// LLVM's name of Arch, "machine 0x1234" if it has none, empty if the file
  /// has no machine.
  std::string MachineName;

  /// The ABI that an ELF object for 32-bit ARM says it passes floating point
  /// values with (Tag_ABI_VFP_args, or e_flags for an image).
  enum class FloatABI { Unknown, Soft, Hard } ARMFloatABI = FloatABI::Unknown;

  /// Of a Mach-O universal file, the architecture of each slice in the order
  /// of its table, UnknownArch for those without a name in LLVM. Arch,
  /// MachineName and the numbers below say nothing then.
  std::vector<llvm::Triple::ArchType> SliceArchs;

  /// \name Archives
  /// Members that are no symbol or name table; those of them that are native
  /// objects, or bitcode; and the rest, seen only with AllowOtherMembers or
  /// where members of a thin archive were not opened.
  /// @{
  uint64_t NumMembers = 0;
  uint64_t NumObjectMembers = 0;
  uint64_t NumBitcodeMembers = 0;
  uint64_t NumOtherMembers = 0;
  /// @}
};

/// How far checkLinkerInput() goes.
struct InputCheckOptions {
  /// An archive with more members is an error.
  uint64_t MaxMembers = 1u << 20;

  /// Takes members of an archive that are neither native objects nor bitcode.
  /// LLD warns of them, and does not link them, except for --whole-archive,
  /// where they end the link.
  bool AllowOtherMembers = false;

  /// Opens the file of a thin archive's member by the name that the archive
  /// gives, which is relative to the archive's folder. The bytes must live as
  /// long as the check. Where this is empty, such members are not checked.
  std::function<llvm::Expected<llvm::MemoryBufferRef>(llvm::StringRef)>
      OpenThinMember;
};

/// Checks that a linker may read \p Buffer, and says what it is.
///
/// Total: any bytes give a summary or an error. The time is linear in the size
/// of the file (for archives' symbol tables n log n), the memory a fraction of
/// it; the content of code and data sections is not read.
///
/// Objects and shared libraries of ELF, COFF (bigobj, short imports and the
/// export tables of DLLs included), Mach-O (universal files with all their
/// slices included) and WebAssembly are checked, and archives with all their
/// members. Bitcode and text are recognised alone: the bitcode reader gives
/// errors of its own, and LLD's readers of text hold for any. Of debug
/// information, only what a link reads in any case is checked. An archive
/// without members is no error here. Errors are for damaged files and for
/// kinds that no linker takes: an executable, an empty file, data of an unknown
/// kind. The text of an error begins with the buffer's identifier, or
/// "archive(member)", or "file(architecture)" for a slice.
llvm::Expected<InputSummary>
checkLinkerInput(llvm::MemoryBufferRef Buffer,
                 const InputCheckOptions &Options = {});

/// One member of an archive, as forEachArchiveMember() hands it out.
struct ArchiveMember {
  /// The name, without the padding and without the "/" of GNU archives. Valid
  /// as long as the archive's bytes.
  llvm::StringRef Name;
  /// The content; empty for a member of a thin archive, whose Name is a path.
  llvm::StringRef Bytes;
  /// Offset of the member's header in the archive, in bytes.
  uint64_t HeaderOffset = 0;
  /// The size in bytes that the header gives, BSD's long name not counted.
  uint64_t Size = 0;
  /// True if the content is a file of its own.
  bool IsThin = false;
};

/// Calls \p Visit for each member of the archive \p Buffer in order, and stops
/// at its first error.
///
/// Reads the GNU, BSD, Darwin and COFF variants of ar(5), thin archives
/// included; symbol tables (32 and 64 bits) and name tables are not handed
/// out. Gives an error for a file that is no archive, and for one that is
/// damaged or truncated.
llvm::Error forEachArchiveMember(
    llvm::MemoryBufferRef Buffer,
    llvm::function_ref<llvm::Error(const ArchiveMember &)> Visit);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_INPUTCHECK_H
