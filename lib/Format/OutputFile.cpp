//===- OutputFile.cpp - files that are whole or not there -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/OutputFile.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

/// Names that may be taken before something else is wrong.
static constexpr unsigned MaxTries = 1000;

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

  if (sys::fs::exists(Status) && !sys::fs::can_write(Path))
    return createFileError(Path, make_error_code(errc::permission_denied));

  // Not sys::fs::TempFile, which takes each '%' in a path for a random digit.
  int FD;
  std::string Temp;
  for (unsigned Try = 0;; ++Try) {
    Temp =
        (Path + ".tmp" + Twine(sys::Process::getProcessId()) + "-" + Twine(Try))
            .str();
    std::error_code EC = sys::fs::openFileForWrite(
        Temp, FD, sys::fs::CD_CreateNew, sys::fs::OF_None);
    if (!EC)
      break;
    if (EC != errc::file_exists || Try == MaxTries)
      return createFileError(Path, EC);
  }
  sys::RemoveFileOnSignal(Temp);
  Error Failure = Error::success();
  {
    ErrorAsOutParameter EAO(&Failure);
    raw_fd_ostream OS(FD, /*shouldClose=*/true);
    Failure = writeTo(OS, Path, Bytes);
  }
  if (!Failure)
    if (std::error_code EC = sys::fs::rename(Temp, Path))
      Failure = createFileError(Path, EC);
  if (Failure)
    sys::fs::remove(Temp);
  sys::DontRemoveFileOnSignal(Temp);
  return Failure;
}
