//===- ImageFileImpl.h - the readers of images ------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The parts of ImageFile that its readers share. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_IMAGEFILEIMPL_H
#define PKGIMG_LIB_FORMAT_IMAGEFILEIMPL_H

#include "pkgimg/Format/ImageFile.h"
#include "llvm/ADT/Twine.h"
#include <cstdint>
#include <vector>

namespace pkgimg {

/// The readers. Each expects a file of its kind by identifyFile(); that of
/// Mach-O takes universal files, too.
llvm::Expected<std::unique_ptr<ImageFile>>
createELFImage(llvm::MemoryBufferRef Buffer);
llvm::Expected<std::unique_ptr<ImageFile>>
createMachOImage(llvm::MemoryBufferRef Buffer, llvm::Triple::ArchType Arch);
llvm::Expected<std::unique_ptr<ImageFile>>
createPEImage(llvm::MemoryBufferRef Buffer);

/// A set of words of an image, one bit for each word that is aligned to the
/// size of a pointer: which of them the loader relocates. Its memory is at most
/// a 32nd of the segments' bytes that are in the file.
class RelocatedWords {
public:
  /// The words of \p Segments, which are sorted and must outlive this. Words of
  /// the zeros at the end of a segment are not covered.
  RelocatedWords(llvm::ArrayRef<ImageSegment> Segments, unsigned WordSize);

  /// Adds the word at \p Address. Returns false if it is not aligned, lies
  /// outside, or has been added before.
  bool add(uint64_t Address);
  bool contains(uint64_t Address) const;
  uint64_t count() const { return Count; }
  /// Number of pages of 4 KiB with at least one word of the set.
  uint64_t countPages() const;

private:
  /// Index of the bit of \p Address, or nullopt.
  std::optional<uint64_t> bitOf(uint64_t Address) const;

  llvm::ArrayRef<ImageSegment> Segments;
  unsigned WordSize;
  /// Number of the first bit of each segment; each segment begins a new
  /// element.
  std::vector<uint64_t> FirstBit;
  std::vector<uint64_t> Bits;
  uint64_t Count = 0;
};

/// Appends numbers and strings to a canonical summary: 64 bits, little endian;
/// strings with their length before them.
class SummaryWriter {
public:
  void number(uint64_t Value);
  void string(llvm::StringRef Value);
  std::string take() { return std::move(Text); }

private:
  std::string Text;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_IMAGEFILEIMPL_H
