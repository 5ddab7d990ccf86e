//===- InputCheckImpl.h - What the checks share -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the readers of the formats share. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_INPUTCHECKIMPL_H
#define PKGIMG_LIB_FORMAT_INPUTCHECKIMPL_H

#include "ByteView.h"
#include "pkgimg/Format/InputCheck.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <string>

namespace pkgimg {

/// Returns \p Value as diagnostics print offsets: "0x1a20".
std::string hexString(uint64_t Value);

/// The file of a check, its bytes, and its errors.
class CheckedFile {
public:
  /// \p Name is what errors begin with and must outlive this.
  CheckedFile(llvm::StringRef Name, llvm::StringRef Bytes,
              bool IsLittleEndian = true)
      : Name(Name), View(Bytes, IsLittleEndian) {}

  llvm::StringRef name() const { return Name; }
  const ByteView &view() const { return View; }
  uint64_t size() const { return View.size(); }

  /// An error with the advice for a damaged file.
  llvm::Error damaged(const llvm::Twine &What) const;
  /// An error without advice.
  llvm::Error error(const llvm::Twine &What) const;
  /// \p What (a noun phrase) at \p Offset needs \p Size bytes.
  llvm::Error truncated(const llvm::Twine &What, uint64_t Offset,
                        uint64_t Size) const;

  /// Succeeds if the file has \p Size bytes at \p Offset.
  llvm::Error need(const llvm::Twine &What, uint64_t Offset,
                   uint64_t Size) const {
    if (View.contains(Offset, Size))
      return llvm::Error::success();
    return truncated(What, Offset, Size);
  }

  /// Succeeds if the file has \p Count elements of \p EltSize bytes.
  llvm::Error needArray(const llvm::Twine &What, uint64_t Offset,
                        uint64_t Count, uint64_t EltSize) const {
    if (View.containsArray(Offset, Count, EltSize))
      return llvm::Error::success();
    return truncated(What, Offset,
                     Count > UINT64_MAX / EltSize ? UINT64_MAX
                                                  : Count * EltSize);
  }

protected:
  llvm::StringRef Name;
  ByteView View;
};

/// Sets what a summary says of the machine. \p Number is the format's own.
void setMachine(InputSummary &Summary, llvm::Triple::ArchType Arch, bool Is64,
                bool IsLittleEndian, uint64_t Number);

/// The readers. Each expects that identifyFile() recognised the kind, and sets
/// all of the summary but Kind.
llvm::Error checkELFObject(llvm::StringRef Name, llvm::StringRef Bytes,
                           InputSummary &Summary);
llvm::Error checkELFShared(llvm::StringRef Name, llvm::StringRef Bytes,
                           InputSummary &Summary);
llvm::Error checkCOFFObject(llvm::StringRef Name, llvm::StringRef Bytes,
                            InputSummary &Summary);
llvm::Error checkCOFFImport(llvm::StringRef Name, llvm::StringRef Bytes,
                            InputSummary &Summary);
llvm::Error checkPEImage(llvm::StringRef Name, llvm::StringRef Bytes,
                         InputSummary &Summary);
llvm::Error checkMachOObject(llvm::StringRef Name, llvm::StringRef Bytes,
                             InputSummary &Summary);
llvm::Error checkMachODylib(llvm::StringRef Name, llvm::StringRef Bytes,
                            InputSummary &Summary);
llvm::Error checkWasm(llvm::StringRef Name, llvm::StringRef Bytes,
                      InputSummary &Summary);
llvm::Error checkUniversal(llvm::MemoryBufferRef Buffer,
                           const InputCheckOptions &Options,
                           InputSummary &Summary);
llvm::Error checkArchive(llvm::MemoryBufferRef Buffer,
                         const InputCheckOptions &Options,
                         InputSummary &Summary);

/// Checks one file of a known kind that is no archive and no universal file.
llvm::Error checkSimpleInput(llvm::StringRef Name, llvm::StringRef Bytes,
                             InputSummary &Summary);

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_INPUTCHECKIMPL_H
