//===- PEHeaders.h - the headers of a PE image ------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The headers, the section table and the export table of a PE image, for the
/// readers of DLLs. Private to lib/Format. "PE" is Microsoft's specification
/// "PE Format".
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_PEHEADERS_H
#define PKGIMG_LIB_FORMAT_PEHEADERS_H

#include "InputCheckImpl.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace pkgimg {

/// A section as its header has it.
struct PESection {
  /// At most eight bytes; "/123" for a longer one.
  llvm::StringRef Name;
  uint32_t Address = 0;
  uint32_t MemorySize = 0;
  uint32_t FileOffset = 0;
  /// 0 if there is no FileOffset.
  uint32_t FileSize = 0;
  /// IMAGE_SCN_*.
  uint32_t Flags = 0;

  bool isExecutable() const;
};

/// A data directory; both are 0 for an absent one.
struct PEDirectory {
  uint32_t Address = 0;
  uint32_t Size = 0;
};

/// The export directory.
struct PEExportDirectory {
  /// Of the directory; 0 if there is none.
  uint32_t Address = 0;
  uint32_t NameAddress = 0;
  llvm::StringRef DLLName;
  struct Entry {
    llvm::StringRef Name;
    uint32_t Address;
    /// True if a string is at Address, which names an export of another DLL.
    bool IsForwarder;
  };
  /// Those with a name and an address, in the order of the table of names.
  std::vector<Entry> Entries;
  uint64_t NumNameless = 0;
};

/// The headers of a PE image.
class PEHeaders {
public:
  /// Reads the headers of \p File, which identifyFile() takes for a PE image.
  /// Fails if one leaves the file, or a section's data does.
  static llvm::Expected<PEHeaders> read(const CheckedFile &File);
  /// Reads the first two, and leaves the section table aside.
  static llvm::Expected<PEHeaders> readWithoutSections(const CheckedFile &File);
  /// Fails if the optional header has no room for its data directories. The
  /// loader knows sixteen; what a file has besides is nothing to it.
  llvm::Error checkDirectories() const;

  /// IMAGE_FILE_MACHINE_*.
  uint16_t machine() const { return Header.u16(0); }
  uint32_t symbolTable() const { return Header.u32(8); }
  uint32_t numSymbols() const { return Header.u32(12); }
  /// IMAGE_FILE_*.
  uint16_t characteristics() const { return Header.u16(18); }

  /// True for PE32+.
  bool is64() const { return Is64; }
  /// The optional header, up to the end of its data directories.
  const ByteView &optional() const { return Optional; }
  /// Where it begins in the file.
  uint64_t optionalOffset() const { return OptionalOffset; }
  /// The size of the optional header without data directories.
  uint64_t fixedSize() const { return Is64 ? 112 : 96; }
  uint32_t numDirectories() const { return Optional.u32(fixedSize() - 4); }
  PEDirectory directory(unsigned Index) const;

  /// In the order of the file.
  const std::vector<PESection> &sections() const { return Sections; }
  /// Offset in the file of the end of the section table.
  uint64_t tableEnd() const { return TableEnd; }

  /// The section that \p Address lies in, or null. Logarithmic. Linkers have
  /// left the size in memory zero, so the larger of the two sizes counts.
  const PESection *find(uint32_t Address) const;

  /// Returns the file offset of \p Size bytes at \p Address, which its section
  /// must have.
  llvm::Expected<uint64_t> getOffset(const llvm::Twine &What, uint32_t Address,
                                     uint64_t Size) const;

  /// Reads the export table (PE, "The .edata Section").
  llvm::Expected<PEExportDirectory> readExports() const;

private:
  explicit PEHeaders(const CheckedFile &File) : File(File) {}

  llvm::Error readSections(uint64_t Offset, uint64_t Count);
  llvm::Expected<llvm::StringRef> getString(const llvm::Twine &What,
                                            uint32_t Address) const;

  CheckedFile File;
  ByteView Header, Optional;
  bool Is64 = false;
  uint64_t OptionalOffset = 0, TableEnd = 0;
  std::vector<PESection> Sections, ByAddress;
};

/// If the section's name \p Name is "/123", a decimal offset in the string
/// table (PE, "Section Table"), or LLVM's "//AAAAAA", one in base 64, sets
/// \p Offset to it. Returns false for a name that has the slash and no number;
/// other names leave \p Offset empty.
bool parseLongSectionName(llvm::StringRef Name,
                          std::optional<uint64_t> &Offset);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_PEHEADERS_H
