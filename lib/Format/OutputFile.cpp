//===- OutputFile.cpp - files that are whole or not there -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/OutputFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

/// Writes to an open stream. Its destructor would end the process for an error
/// that nobody has looked at.
static Error writeTo(raw_fd_ostream &OS, StringRef Path, StringRef Bytes) {
  OS << Bytes;
  OS.flush();
  if (!OS.has_error())
    return Error::success();
  std::error_code EC = OS.error();
  OS.clear_error();
  return createFileError(Path, EC);
}

Error pkgimg::writeOutputFile(StringRef Path, StringRef Bytes) {
  if (Path == "-")
    return writeTo(outs(), "standard output", Bytes);

  sys::fs::file_status Status;
  bool IsSpecial =
      !sys::fs::status(Path, Status) && !sys::fs::is_regular_file(Status);
  if (IsSpecial) {
    std::error_code EC;
    raw_fd_ostream OS(Path, EC);
    if (EC)
      return createFileError(Path, EC);
    return writeTo(OS, Path, Bytes);
  }

  const unsigned Mode = sys::fs::all_read | sys::fs::all_write;
  Expected<sys::fs::TempFile> Temp =
      sys::fs::TempFile::create(Path + ".tmp%%%%%%%%", Mode);
  if (!Temp)
    return createFileError(Path, Temp.takeError());
  {
    raw_fd_ostream OS(Temp->FD, /*shouldClose=*/false);
    if (Error E = writeTo(OS, Path, Bytes))
      return joinErrors(std::move(E), Temp->discard());
  }
  if (Error E = Temp->keep(Path))
    return createFileError(Path, std::move(E));
  return Error::success();
}
