//===- WindowsInputs.cpp - The inputs of a MinGW link ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowsInputs.h"
#include "CommonArgs.h"
#include "WindowsSupport.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Options.h"
#include "pkgimg/Format/PEExports.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::windows;

LinkInputs::LinkInputs(Compilation &C, const ToolChain &TC, const char *Output)
    : C(C), TC(TC), OutputName(Output) {}

//===----------------------------------------------------------------------===//
// While the command is built
//===----------------------------------------------------------------------===//

/// Names a file that is made for the link: a temporary one, or with -save-temps
/// one that stays.
const char *LinkInputs::makeName(StringRef Name) const {
  const Arg *SaveTemps = C.getArgs().getLastArg(OPT_save_temps_EQ);
  if (!SaveTemps)
    return C.makeTemporary(Name);
  SmallString<128> P;
  if (StringRef(SaveTemps->getValue()) == "obj")
    P = sys::path::parent_path(OutputName);
  sys::path::append(P, Name);
  return C.getArgs().MakeArgString(P);
}

const char *LinkInputs::addImport(StringRef Source) {
  for (const Import &I : Imports)
    if (I.Source == Source)
      return I.Library;
  // "libjulia.dll.a", as gcc calls it.
  std::string Name = (sys::path::filename(Source) + ".a").str();
  Imports.push_back({Source.str(), makeName(Name)});
  return Imports.back().Library;
}

const char *LinkInputs::addEntryStub() {
  EntryStub = makeName("entry.a");
  return EntryStub;
}

std::string LinkInputs::findLibrary(StringRef Name, ArrayRef<StringRef> Dirs,
                                    bool IsStatic) const {
  std::vector<std::string> Names;
  if (Name.consume_front(":")) {
    Names.push_back(Name.str());
  } else {
    auto Add = [&](StringRef Prefix, StringRef Suffix, bool IsShared) {
      if (!IsShared || !IsStatic)
        Names.push_back((Prefix + Name + Suffix).str());
    };
    Add("lib", ".dll.a", true);
    Add("", ".dll.a", true);
    Add("lib", ".a", false);
    Add("", ".lib", false);
    Add("lib", ".dll", true);
    Add("", ".dll", true);
  }
  auto Find = [&]() -> std::string {
    for (StringRef Dir : Dirs)
      for (StringRef File : Names) {
        SmallString<128> P(Dir);
        sys::path::append(P, File);
        if (TC.getVFS().exists(P))
          return std::string(P);
      }
    return "";
  };
  std::string Path = Find();
  if (!Path.empty() || IsStatic)
    return Path;
  // No linker looks for these: where they count, it would have found nothing.
  Names = {("lib" + Name + ".def").str(), (Name + ".def").str()};
  return Find();
}

bool LinkInputs::describesOtherDLL(const char *Definition) const {
  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer =
      MemoryBuffer::getFile(Definition);
  if (!Buffer)
    return false;
  Expected<ImportDescription> Imports =
      readModuleDefinition((*Buffer)->getMemBufferRef(), TC.getTriple());
  if (!Imports) {
    // prepare() reads it again, and reports that.
    consumeError(Imports.takeError());
    return false;
  }
  return Imports->NameIsGiven &&
         !StringRef(Imports->DLLName)
              .equals_insensitive(sys::path::filename(OutputName));
}

InputInfoList LinkInputs::translate(const InputInfoList &Inputs,
                                    const ArgList &Args,
                                    const ArgStringList &CmdArgs) {
  // The linker, too, searches all folders for each library, wherever they
  // stand.
  SmallVector<StringRef, 16> Dirs;
  auto AddDir = [&](StringRef Argument) {
    if (Argument.consume_front("-L") && !Argument.empty())
      Dirs.push_back(Argument);
  };
  for (StringRef Argument : CmdArgs)
    AddDir(Argument);
  for (const InputInfo &Input : Inputs)
    if (!Input.isFilename())
      for (StringRef Value : Input.getInputArg().getValues())
        AddDir(Value);

  InputInfoList Result;
  bool IsStatic = Args.hasArg(OPT_static), IsWhole = false;
  for (const InputInfo &Input : Inputs) {
    if (!Input.isFilename()) {
      const Arg &A = Input.getInputArg();
      if (A.getOption().matches(OPT_l)) {
        std::string Path = findLibrary(A.getValue(), Dirs, IsStatic);
        if (StringRef(Path).ends_with_insensitive(".dll") ||
            isModuleDefinitionName(Path)) {
          A.claim();
          Result.push_back(InputInfo(addImport(Path), FileKind::COFFImport));
          continue;
        }
      }
      for (StringRef Value : A.getValues()) {
        if (Value == "-Bstatic" || Value == "-static" || Value == "-dn" ||
            Value == "-non_shared")
          IsStatic = true;
        else if (Value == "-Bdynamic" || Value == "-dy" ||
                 Value == "-call_shared")
          IsStatic = false;
        else if (Value == "--whole-archive" || Value == "-whole-archive")
          IsWhole = true;
        else if (Value == "--no-whole-archive" || Value == "-no-whole-archive")
          IsWhole = false;
      }
      Result.push_back(Input);
      continue;
    }

    const char *Name = Input.getFilename();
    if (Input.getKind() == FileKind::PEImage) {
      Result.push_back(InputInfo(addImport(Name), FileKind::COFFImport));
    } else if (isModuleDefinitionName(Name)) {
      if (!tools::isHosted(Args) && describesOtherDLL(Name)) {
        Result.push_back(InputInfo(addImport(Name), FileKind::COFFImport));
      } else {
        Definitions.push_back(Name);
        Result.push_back(Input);
      }
    } else {
      Objects.push_back(Name);
      // There is no stack of states here: where the user has said
      // --whole-archive, an archive is linked so as it is.
      if (Input.isArchive() && IsWhole)
        Result.push_back(InputInfo(Name, FileKind::COFFObject));
      else
        Result.push_back(Input);
    }
  }
  return Result;
}

void LinkInputs::readExportOptions(const ArgStringList &CmdArgs) {
  auto AddExcluded = [&](StringRef List) {
    SmallVector<StringRef, 4> Names;
    List.split(Names, ',');
    for (StringRef Name : Names)
      Excluded.push_back(
          ((TC.getArch() == Triple::x86 ? "_" : "") + Name).str());
  };
  for (size_t I = 0; I != CmdArgs.size(); ++I) {
    StringRef Argument = CmdArgs[I];
    if (!Argument.consume_front("-"))
      continue;
    Argument.consume_front("-");
    if (Argument == "export-all-symbols")
      ExportAll = true;
    else if (Argument == "exclude-all-symbols")
      ExcludeAll = true;
    else if (Argument.consume_front("exclude-symbols=") ||
             (Argument == "exclude-symbols" && I + 1 != CmdArgs.size()))
      AddExcluded(Argument == "exclude-symbols" ? StringRef(CmdArgs[++I])
                                                : Argument);
    else if (Argument.consume_front("Xlink=") &&
             (Argument.consume_front_insensitive("-export:") ||
              Argument.consume_front_insensitive("/export:")))
      Exported.push_back(
          Argument.take_front(Argument.find_first_of("=,")).str());
  }
}

//===----------------------------------------------------------------------===//
// Before it runs
//===----------------------------------------------------------------------===//

static Expected<std::unique_ptr<MemoryBuffer>> openFile(StringRef Path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer = MemoryBuffer::getFile(
      Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return createStringError(Buffer.getError(),
                             "cannot open '" + Path +
                                 "': " + Buffer.getError().message());
  return std::move(*Buffer);
}

static Error writeFile(StringRef Path, StringRef Bytes) {
  std::error_code EC;
  raw_fd_ostream OS(Path, EC);
  if (!EC) {
    OS << Bytes;
    OS.close();
    EC = OS.error();
    OS.clear_error();
  }
  if (EC)
    return createStringError(EC,
                             "cannot write '" + Path + "': " + EC.message());
  return Error::success();
}

Error LinkInputs::makeFiles() const {
  const Triple &T = TC.getTriple();
  if (EntryStub) {
    Expected<std::unique_ptr<MemoryBuffer>> Stub = makeEntryStub(T);
    if (!Stub)
      return Stub.takeError();
    if (Error E = writeFile(EntryStub, (*Stub)->getBuffer()))
      return E;
  }
  if (Imports.empty())
    return Error::success();

  // References of x86 objects have sizes that no DLL knows.
  std::vector<std::unique_ptr<MemoryBuffer>> Buffers;
  std::vector<StringRef> Undefined;
  if (T.getArch() == Triple::x86)
    for (StringRef Object : Objects) {
      Expected<std::unique_ptr<MemoryBuffer>> Buffer = openFile(Object);
      if (!Buffer)
        return Buffer.takeError();
      Expected<COFFExportInfo> Info =
          readCOFFExportInfo((*Buffer)->getMemBufferRef(), true);
      if (!Info)
        return Info.takeError();
      append_range(Undefined, Info->Undefined);
      Buffers.push_back(std::move(*Buffer));
    }

  Error Errors = Error::success();
  for (const Import &I : Imports) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer =
        TC.getVFS().getBufferForFile(I.Source, /*FileSize=*/-1,
                                     /*RequiresNullTerminator=*/false);
    if (!Buffer) {
      Errors = joinErrors(std::move(Errors),
                          createStringError(Buffer.getError(),
                                            "cannot open '" + I.Source + "': " +
                                                Buffer.getError().message()));
      continue;
    }
    Expected<ImportDescription> Description =
        isModuleDefinitionName(I.Source)
            ? readModuleDefinition((*Buffer)->getMemBufferRef(), T)
            : readDLL((*Buffer)->getMemBufferRef(), T);
    if (!Description) {
      Errors = joinErrors(std::move(Errors), Description.takeError());
      continue;
    }
    addStdcallImports(*Description, Undefined);
    if (Error E = writeImportLibrary(*Description, I.Library, T))
      Errors = joinErrors(std::move(Errors),
                          createStringError(inconvertibleErrorCode(),
                                            "cannot write the import library "
                                            "'" +
                                                Twine(I.Library) + "': " +
                                                toString(std::move(E))));
  }
  return Errors;
}

Error LinkInputs::checkExports() const {
  const Triple &T = TC.getTriple();
  StringSet<> Explicit;
  for (StringRef Name : Exported)
    Explicit.insert(Name);
  for (const std::string &Path : Definitions) {
    Expected<std::unique_ptr<MemoryBuffer>> Buffer = openFile(Path);
    if (!Buffer)
      return Buffer.takeError();
    Expected<ImportDescription> Own =
        readModuleDefinition((*Buffer)->getMemBufferRef(), T);
    if (!Own)
      return Own.takeError();
    for (const object::COFFShortExport &E : Own->Exports)
      Explicit.insert(E.ExtName.empty() ? E.Name : E.ExtName);
  }

  // Which input has the most, of the exports that are named and of all symbols.
  struct Share {
    std::string Largest;
    uint64_t Number = 0;
    void add(StringRef Path, uint64_t N) {
      if (N > Number)
        Largest = Path.str(), Number = N;
    }
  } ExplicitShare, AllShare;

  for (StringRef Object : Objects) {
    Expected<std::unique_ptr<MemoryBuffer>> Buffer = openFile(Object);
    if (!Buffer)
      return Buffer.takeError();
    Expected<COFFExportInfo> Info =
        readCOFFExportInfo((*Buffer)->getMemBufferRef(), false);
    if (!Info)
      return Info.takeError();
    const uint64_t Before = Explicit.size();
    for (StringRef Name : Info->Directives)
      Explicit.insert(Name);
    ExplicitShare.add(Object, Explicit.size() - Before);
  }

  auto Fail = [&](uint64_t Count, const Share &Of, const Twine &Advice) {
    return createStringError(
        inconvertibleErrorCode(),
        OutputName + ": the image would export " + Twine(Count) +
            " symbols, but a DLL can have at most " + Twine(MaxExports) +
            " exports" +
            (Of.Number ? "; " + Twine(Of.Number) + " of them come from '" +
                             Of.Largest + "'"
                       : Twine()) +
            "; " + Advice);
  };
  if (!ExportAll && (ExcludeAll || !Explicit.empty())) {
    if (Explicit.size() <= MaxExports)
      return Error::success();
    return Fail(Explicit.size(), ExplicitShare,
                "take dllexport off the symbols that nothing outside of the "
                "image looks up");
  }

  StringSet<> All;
  for (StringRef Object : Objects) {
    Expected<std::unique_ptr<MemoryBuffer>> Buffer = openFile(Object);
    if (!Buffer)
      return Buffer.takeError();
    Expected<COFFExportInfo> Info =
        readCOFFExportInfo((*Buffer)->getMemBufferRef(), true);
    if (!Info)
      return Info.takeError();
    const uint64_t Before = All.size();
    for (StringRef Name : Info->Defined)
      if (isAutoExported(Name, T) && !is_contained(Excluded, Name))
        All.insert(Name);
    AllShare.add(Object, All.size() - Before);
  }
  if (All.size() <= MaxExports)
    return Error::success();
  if (ExportAll)
    return Fail(All.size(), AllShare,
                "leave --export-all-symbols out, and mark what others look up "
                "with dllexport");
  return Fail(All.size(), AllShare,
              "as no input says what to export, every global symbol is: mark "
              "what others look up with dllexport, name it in a .def file, or "
              "export nothing with -Wl,--exclude-all-symbols");
}

Error LinkInputs::prepare() const {
  if (Error E = checkExports())
    return E;
  return makeFiles();
}
