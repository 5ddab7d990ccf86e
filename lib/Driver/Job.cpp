//===- Job.cpp - Commands to execute --------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Job.h"
#include "pkgimg/CodeGen/ImageObjects.h"
#include "pkgimg/Format/InputCheck.h"
#include "pkgimg/Format/OutputFile.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
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
  if (WantTimeReport)
    Opts.TimeReport = &Report;
  std::string Remarks;
  raw_string_ostream RemarksStream(Remarks);
  if (!RemarksFile.empty())
    Opts.RemarksFile = &RemarksStream;
  Opts.Diagnostics = [&](DiagnosticSeverity Severity, StringRef Message) {
    Messages.emplace_back(Severity, Message.str());
  };

  SmallString<0> Result;
  Error E = Input.isArchive()
                ? compileArchive((*Buffer)->getMemBufferRef(), Opts, Result)
                : compileSafely((*Buffer)->getMemBufferRef(), Opts, Result);
  if (E)
    return E;
  if (!RemarksFile.empty())
    if (Error E = writeOutputFile(RemarksFile, Remarks))
      return E;
  return writeOutputFile(Output, StringRef(Result.data(), Result.size()));
}

/// Writes the bitcode of the shard that failed to what --reproduce names.
static void keepBitcode(StringRef Path, StringRef Bitcode, unsigned Shard,
                        std::vector<std::string> &Notes) {
  if (Error E = writeOutputFile(Path, Bitcode))
    Notes.push_back(toString(std::move(E)));
  else
    Notes.push_back(("the bitcode of shard " + Twine(Shard) + " is in '" +
                     Path + "'; 'pkgimg-link -c' compiles it alone")
                        .str());
}

Error ImageCommand::execute(
    unsigned Threads, std::function<void(unsigned, unsigned)> Progress) const {
  TimeTraceScope Scope("Image", Output);
  std::vector<std::unique_ptr<MemoryBuffer>> Files;
  auto Open = [&](const char *Name) -> Error {
    ErrorOr<std::unique_ptr<MemoryBuffer>> File = MemoryBuffer::getFile(
        Name, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!File)
      return createFileError(Name, File.getError());
    Files.push_back(std::move(*File));
    return Error::success();
  };
  std::vector<MemoryBufferRef> Modules;
  for (const InputInfo &Input : Inputs) {
    if (Error E = Open(Input.getFilename()))
      return E;
    Modules.push_back(*Files.back());
  }

  ImageOptions Opts = Options;
  Opts.Threads = Threads;
  Opts.Progress = std::move(Progress);
  if (!DataFile.empty()) {
    if (Error E = Open(DataFile.c_str()))
      return E;
    Opts.Data = Files.back()->getBuffer();
  }
  raw_string_ostream ListingStream(Listing), ReportStream(TimeReport);
  std::string Remarks;
  raw_string_ostream RemarksStream(Remarks);
  if (PrintClones)
    Opts.PrintClones = &ListingStream;
  if (WantTimeReport)
    Opts.Compile.TimeReport = &ReportStream;
  if (!RemarksFile.empty())
    Opts.Compile.RemarksFile = &RemarksStream;
  Opts.Compile.Diagnostics = [&](DiagnosticSeverity Severity,
                                 StringRef Message) {
    Messages.emplace_back(Severity, Message.str());
  };
  // The first one that fails; shards fail one at a time.
  std::vector<std::string> Notes;
  if (!ReproduceFile.empty())
    Opts.KeepFailed = [&](unsigned Shard, StringRef Bitcode) {
      if (Notes.empty())
        keepBitcode(ReproduceFile, Bitcode, Shard, Notes);
    };

  std::optional<CompiledImage> Image;
  Error Err = Error::success();
  CrashRecoveryContext CRC;
  bool Survived = CRC.RunSafely([&] {
    ErrorAsOutParameter EAO(&Err);
    Expected<CompiledImage> Compiled = compileImage(Modules, Opts);
    if (Compiled)
      Image.emplace(std::move(*Compiled));
    else
      Err = Compiled.takeError();
  });
  for (const std::string &Note : Notes)
    Messages.emplace_back(DS_Note, Note);
  if (!Survived) {
    consumeError(std::move(Err));
    return createStringError(
        Inputs.front().getFilename() +
        Twine(": the compiler crashed on this input; that is a defect of LLVM "
              "or of pkgimg: please report it with the file"));
  }
  if (Err)
    return Err;

  if (PrintCodeSize)
    printCodeSizes(ListingStream, *Image);
  if (!RemarksFile.empty())
    if (Error E = writeOutputFile(RemarksFile, Remarks))
      return E;
  if (Options.Compile.Emit != EmitKind::Object)
    return writeOutputFile(Output, Image->Members.front().Object->getBuffer());
  Expected<std::unique_ptr<MemoryBuffer>> Archive =
      writeObjectArchive(Image->Members, Image->TheTriple);
  if (!Archive)
    return Archive.takeError();
  return writeOutputFile(Output, (*Archive)->getBuffer());
}
