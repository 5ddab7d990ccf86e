//===- Job.cpp - Commands to execute --------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Job.h"
#include "pkgimg/Format/InputCheck.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/TimeProfiler.h"

#include <mutex>

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;

Command::~Command() = default;

void Command::print(raw_ostream &OS, StringRef Terminator, bool Quote) const {
  // clang marks so what runs as a function of the driver.
  if (InProcess)
    OS << " (in-process)\n";
  OS << ' ';
  sys::printArg(OS, Executable, /*Quote=*/true);
  for (const char *Arg : Arguments) {
    OS << ' ';
    sys::printArg(OS, Arg, Quote);
  }
  OS << Terminator;
}

StringRef pkgimg::driver::getLinkerFlavorName(LinkerFlavor Flavor) {
  switch (Flavor) {
  case LinkerFlavor::GNU:
    return "gnu";
  case LinkerFlavor::Darwin:
    return "darwin";
  case LinkerFlavor::COFF:
    return "link";
  case LinkerFlavor::Wasm:
    return "wasm";
  }
  llvm_unreachable("unknown flavor");
}

//===----------------------------------------------------------------------===//
// CodegenCommand
//===----------------------------------------------------------------------===//

/// Writes \p Bytes beside \p Output and renames, so that no other run reads
/// half of them; into a device or standard output it writes as they come.
static Error writeOutput(StringRef Output, StringRef Bytes) {
  auto Fail = [&](std::error_code EC) {
    return createStringError(EC, "cannot write output file '" + Output +
                                     "': " + EC.message());
  };
  auto Write = [&](raw_fd_ostream &OS) {
    OS << Bytes;
    OS.flush();
    std::error_code EC = OS.error();
    OS.clear_error();
    return EC;
  };
  sys::fs::file_status Status;
  if (Output == "-" ||
      (!sys::fs::status(Output, Status) && sys::fs::exists(Status) &&
       !sys::fs::is_regular_file(Status))) {
    std::error_code EC;
    raw_fd_ostream OS(Output, EC);
    if (!EC)
      EC = Write(OS);
    return EC ? Fail(EC) : Error::success();
  }
  if (sys::fs::exists(Status) && !sys::fs::can_write(Output))
    return Fail(make_error_code(errc::permission_denied));

  // Not sys::fs::TempFile, which takes each '%' in a path for a random digit.
  int FD;
  std::string Temp;
  for (unsigned Try = 0;; ++Try) {
    Temp = (Output + ".tmp" + Twine(sys::Process::getProcessId()) + "-" +
            Twine(Try))
               .str();
    std::error_code EC = sys::fs::openFileForWrite(
        Temp, FD, sys::fs::CD_CreateNew, sys::fs::OF_None);
    if (!EC)
      break;
    if (EC != errc::file_exists || Try == 1000)
      return Fail(EC);
  }
  sys::RemoveFileOnSignal(Temp);
  std::error_code EC;
  {
    raw_fd_ostream OS(FD, /*shouldClose=*/true);
    EC = Write(OS);
  }
  if (!EC)
    EC = sys::fs::rename(Temp, Output);
  if (EC)
    sys::fs::remove(Temp);
  sys::DontRemoveFileOnSignal(Temp);
  return EC ? Fail(EC) : Error::success();
}

/// Compiles \p Input into \p Result; a crash of the compiler is an error.
static Error compileSafely(MemoryBufferRef Input, const CompileOptions &Options,
                           SmallVectorImpl<char> &Result) {
  Error Err = Error::success();
  CrashRecoveryContext CRC;
  bool Survived = CRC.RunSafely([&] {
    ErrorAsOutParameter EAO(&Err);
    raw_svector_ostream OS(Result);
    Err = compileModule(Input, Options, OS);
  });
  if (Survived)
    return Err;
  consumeError(std::move(Err));
  return createStringError(
      inconvertibleErrorCode(),
      Input.getBufferIdentifier() +
          ": the compiler crashed on this input; that is a defect of LLVM or "
          "of pkgimg: please report it with the file");
}

Expected<std::unique_ptr<MemoryBuffer>>
pkgimg::driver::openThinMember(StringRef Archive, StringRef Name) {
  SmallString<128> Path(Name);
  if (sys::path::is_relative(Name)) {
    Path = sys::path::parent_path(Archive);
    sys::path::append(Path, Name);
  }
  ErrorOr<std::unique_ptr<MemoryBuffer>> File = MemoryBuffer::getFile(
      Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!File)
    return createStringError(
        File.getError(),
        Archive + ": cannot open the member '" + Path +
            "' of this thin archive: " + File.getError().message());
  return std::move(*File);
}

/// Compiles the members of an archive that are bitcode; the others stay.
static Error compileArchive(MemoryBufferRef Archive,
                            const CompileOptions &Options,
                            SmallVectorImpl<char> &Result) {
  if (Options.Emit != EmitKind::Object)
    return createStringError(
        inconvertibleErrorCode(),
        Archive.getBufferIdentifier() +
            ": an archive compiles to an archive of objects alone; extract "
            "its members to get assembly or bitcode of them");
  std::vector<NewArchiveMember> Members;
  // Buffers must stay where they are, and so must the names.
  std::vector<std::unique_ptr<SmallString<0>>> Compiled;
  std::vector<std::unique_ptr<std::string>> Names;
  std::vector<std::unique_ptr<MemoryBuffer>> Files;
  Error E =
      forEachArchiveMember(Archive, [&](const ArchiveMember &Member) -> Error {
        Names.push_back(std::make_unique<std::string>(Member.Name));
        StringRef Bytes = Member.Bytes;
        if (Member.IsThin) {
          Expected<std::unique_ptr<MemoryBuffer>> File =
              openThinMember(Archive.getBufferIdentifier(), Member.Name);
          if (!File)
            return File.takeError();
          Bytes = (*File)->getBuffer();
          Files.push_back(std::move(*File));
          *Names.back() = sys::path::filename(Member.Name).str();
        }
        FileKind Kind = identifyFile(Bytes);
        if (Kind == FileKind::Bitcode || Kind == FileKind::LLVMAssembly) {
          std::string Name =
              (Archive.getBufferIdentifier() + "(" + Member.Name + ")").str();
          // The bitcode reader wants the alignment that members lack.
          std::unique_ptr<MemoryBuffer> Aligned =
              MemoryBuffer::getMemBufferCopy(Bytes, Name);
          Compiled.push_back(std::make_unique<SmallString<0>>());
          if (Error E = compileSafely(*Aligned, Options, *Compiled.back()))
            return E;
          Bytes = *Compiled.back();
        }
        Members.emplace_back(MemoryBufferRef(Bytes, *Names.back()));
        return Error::success();
      });
  if (E)
    return E;
  Expected<std::unique_ptr<MemoryBuffer>> Written = writeArchiveToBuffer(
      Members, SymtabWritingMode::NormalSymtab,
      Options.Target.isOSDarwin() ? object::Archive::K_DARWIN
                                  : object::Archive::K_GNU,
      /*Deterministic=*/true, /*Thin=*/false);
  if (!Written)
    return Written.takeError();
  StringRef Bytes = (*Written)->getBuffer();
  Result.assign(Bytes.begin(), Bytes.end());
  return Error::success();
}

Error CodegenCommand::execute() const {
  TimeTraceScope Scope("Compile", StringRef(Input.getFilename()));
  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer =
      MemoryBuffer::getFileOrSTDIN(Input.getFilename());
  if (!Buffer)
    return createFileError(Input.getFilename(), Buffer.getError());

  CompileOptions Opts = Options;
  raw_string_ostream Report(TimeReport);
  raw_string_ostream WarningStream(Warnings);
  if (WantTimeReport)
    Opts.TimeReport = &Report;
  Opts.Diagnostics = [&](DiagnosticSeverity, StringRef Message) {
    WarningStream << Message << '\n';
  };

  SmallString<0> Result;
  Error E = Input.isArchive()
                ? compileArchive((*Buffer)->getMemBufferRef(), Opts, Result)
                : compileSafely((*Buffer)->getMemBufferRef(), Opts, Result);
  if (E)
    return E;

  return writeOutput(Output, Result);
}
