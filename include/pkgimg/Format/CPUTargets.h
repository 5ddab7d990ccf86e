//===- CPUTargets.h - target data of images ---------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The processors that the code of an image was compiled for: the blob that an
/// image and its header hold, in Julia's two layouts and in ours.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_CPUTARGETS_H
#define PKGIMG_FORMAT_CPUTARGETS_H

#include "pkgimg/Format/Identity.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// The layout of a blob of target data.
enum class TargetDataLayout {
  Julia32, ///< Julia 1.9 to 1.13: 32-bit feature words, no base.
  Julia64, ///< Julia 1.14 (#61292): 64-bit feature words, with the base.
  Named    ///< Ours: features by name; little endian whatever the target.
};

/// Which numbers the bits of feature words are.
enum class FeatureNumbering {
  Julia1_9,  ///< 1.9 to 1.11: x86 has 11 words of 32 bits.
  Julia1_12, ///< From #56967: x86 has 12; otherwise as before.
  Julia1_14  ///< The cpufeatures tables, from LLVM 21.1.8; 64-bit words.
};

/// Returns the numbering of release \p Version.
FeatureNumbering getFeatureNumbering(JuliaVersion Version);

/// One target of an image.
struct CPUTarget {
  /// Bits of Flags, numbered as Julia does.
  enum : uint32_t {
    VecCall = 1u << 0,     ///< Up to 1.13: vectors are passed in registers.
    CloneAll = 1u << 1,    ///< Every function has a clone. From 1.14, and ours.
    UnknownName = 1u << 5, ///< The runtime does not know the processor.
    OptSize = 1u << 6,     ///< opt_size. From 1.14, and ours.
    MinSize = 1u << 7,     ///< min_size. From 1.14, and ours.
    HasUsed = 1u << 16     ///< Ours: Used is meaningful.
  };
  static constexpr uint32_t NoBase = UINT32_MAX;

  /// The processor: LLVM's name from 1.14 on and in ours, Julia's before.
  std::string Name;
  uint32_t Flags = 0;
  /// Index of the target whose code is used where this one has none; NoBase if
  /// there is none, or if the layout does not store it.
  uint32_t Base = NoBase;

  /// \name Julia's layouts
  /// The feature words as they are stored, each zero-extended to 64 bits. Both
  /// have the same length.
  /// @{
  std::vector<uint64_t> EnabledWords, DisabledWords;
  /// Features that the runtime does not know, as it passes them to LLVM:
  /// "+foo,-bar".
  std::string ExtFeatures;
  /// @}

  /// \name Features by LLVM's names
  /// In ours what is stored; for Julia's layouts, what resolveFeatures() makes
  /// of the words. Sorted, without signs and without repetition. Used: what the
  /// code was found to need, a subset of Enabled.
  /// @{
  std::vector<std::string> Enabled, Disabled, Used;
  /// @}

  friend bool operator==(const CPUTarget &A, const CPUTarget &B);
};

/// Limits of all layouts, so that what is made of a hostile blob stays small.
/// Julia's most are 384 bits; no image can have this many targets and be of
/// use.
constexpr uint32_t MaxCPUTargets = 256;
constexpr uint32_t MaxFeatureBits = 1024;

/// All targets of an image.
struct CPUTargets {
  TargetDataLayout Layout = TargetDataLayout::Named;
  std::vector<CPUTarget> Targets;
};

/// The magic that our blobs begin with; Julia's have none.
extern const llvm::StringLiteral TargetDataMagic;

/// Returns Named if \p Blob begins with our magic, nullopt if only the version
/// of the runtime can tell its layout.
std::optional<TargetDataLayout> identifyTargetData(llvm::StringRef Blob);

/// Reads \p Blob, in the byte order \p IsLittleEndian for Julia's layouts.
///
/// \p Size, if not null, gets the number of bytes read, and bytes after them
/// are allowed, since Julia's blobs do not say how long they are; if null, the
/// blob must end where the targets do. Total: any bytes give a result or an
/// error; memory is bounded by a small multiple of the blob. Errors say the
/// offset in the blob, the field, and what is wrong; they do not name a file.
/// A base that is read is that of an earlier target (in Julia64, the first
/// target may also name itself). What was read can be written again.
llvm::Expected<CPUTargets> readTargetData(llvm::StringRef Blob,
                                          TargetDataLayout Layout,
                                          bool IsLittleEndian,
                                          uint64_t *Size = nullptr);

/// Writes the blob of \p Targets in their layout. The words (Julia's layouts)
/// or the names (ours) are taken as they are. Fails for what the layout cannot
/// hold: more than 32 bits in a word, lists of words of unequal length, a NUL
/// in a name, a base, or flags, that Julia32 does not store, extra features in
/// ours, and what readTargetData() refuses.
llvm::Expected<std::string> writeTargetData(const CPUTargets &Targets,
                                            bool IsLittleEndian);

/// Sets Enabled and Disabled of every target of Julia's layouts from the words,
/// by the tables of \p Numbering for \p Arch. Bits without a name become
/// "bit<N>". Architectures without a table have such names alone.
void resolveFeatures(CPUTargets &Targets, FeatureNumbering Numbering,
                     llvm::Triple::ArchType Arch);

/// The reverse: sets the words of every target from Enabled and Disabled. Fails
/// for a name that the tables do not have, and if the layout, unless it is
/// ours, has words of another size.
llvm::Error encodeFeatures(CPUTargets &Targets, FeatureNumbering Numbering,
                           llvm::Triple::ArchType Arch);

/// One numbered feature of Julia's tables.
struct NumberedFeature {
  llvm::StringLiteral Name; ///< LLVM's name.
  uint16_t Bit;             ///< Bit number over all words.
};

/// Returns the table of \p Numbering for \p Arch in the order of the bits;
/// empty for architectures without one. Sources: src/features_x86.h,
/// features_aarch64.h and features_aarch32.h of JuliaLang/julia up to 1.13,
/// generated/target_tables_*.h of JuliaLang/cpufeatures for 1.14.
llvm::ArrayRef<NumberedFeature> getFeatureTable(FeatureNumbering Numbering,
                                                llvm::Triple::ArchType Arch);

/// The number of feature words that \p Numbering has for \p Arch.
unsigned getNumFeatureWords(FeatureNumbering Numbering,
                            llvm::Triple::ArchType Arch);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_CPUTARGETS_H
