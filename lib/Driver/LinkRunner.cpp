//===- LinkRunner.cpp - Run a linker, supervised --------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/LinkRunner.h"
#include "lld/Common/CommonLinkerContext.h"
#include "lld/Common/Driver.h"
#include "pkgimg/Driver/StagingDirectory.h"
#include "pkgimg/Format/Digest.h"
#include "pkgimg/Format/ImageFile.h"
#include "pkgimg/Format/InputCheck.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/TimeProfiler.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;

LLD_HAS_DRIVER(coff)
LLD_HAS_DRIVER(elf)
LLD_HAS_DRIVER(macho)
LLD_HAS_DRIVER(mingw)
LLD_HAS_DRIVER(wasm)

// LLD's entry without crash recovery and without freeing its memory; its own
// tool declares it in the same way, as no header does.
// lld/Common/Version.h has getLLDVersion(), and includes a file that packages
// do not install.
namespace lld {
std::string getLLDVersion();
int unsafeLldMain(ArrayRef<const char *> Args, raw_ostream &StdoutOS,
                  raw_ostream &StderrOS, ArrayRef<DriverDef> Drivers,
                  bool ExitEarly);
} // namespace lld

/// Links smaller than this, in bytes of input, run on one thread: starting the
/// others costs more than they bring (measured, docs/Benchmarks.rst), and on
/// one thread every failure of LLD comes back through crash recovery.
static constexpr uint64_t SingleThreadBytes = 32 << 20;

//===----------------------------------------------------------------------===//
// LLD itself
//===----------------------------------------------------------------------===//

int pkgimg::driver::runLLDMain(ArrayRef<const char *> Args) {
  return lld::unsafeLldMain(Args, outs(), errs(), LLD_ALL_DRIVERS,
                            /*ExitEarly=*/true);
}

bool pkgimg::driver::isLLDInvocation(ArrayRef<const char *> Args) {
  if (Args.size() > 1 && StringRef(Args[1]) == "-flavor")
    return true;
  StringRef Name = sys::path::filename(Args[0]);
  if (Name.ends_with_insensitive(".exe"))
    Name = Name.drop_back(4);
  for (StringRef LLD : {"lld", "ld.lld", "ld64.lld", "lld-link", "wasm-ld"}) {
    StringRef Rest = Name;
    // "ld.lld-19" is how distributions install several versions.
    if (Rest.consume_front(LLD) &&
        (Rest.empty() ||
         (Rest.consume_front("-") && !Rest.empty() &&
          Rest.find_first_not_of("0123456789.") == StringRef::npos)))
      return true;
  }
  return false;
}

std::string pkgimg::driver::getLLDVersionText() { return lld::getLLDVersion(); }

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

namespace {
/// Threads that wait until all of them have been created.
struct ThreadProbe {
  std::mutex Gate;
  static void *wait(void *P) {
    std::lock_guard<std::mutex> Guard(static_cast<ThreadProbe *>(P)->Gate);
    return nullptr;
  }
};
} // namespace

unsigned pkgimg::driver::probeThreads(unsigned Wanted) {
  ThreadProbe Probe;
  SmallVector<pthread_t, 16> Threads;
  Probe.Gate.lock();
  while (Threads.size() < Wanted) {
    pthread_t T;
    if (::pthread_create(&T, nullptr, ThreadProbe::wait, &Probe))
      break;
    Threads.push_back(T);
  }
  Probe.Gate.unlock();
  for (pthread_t T : Threads)
    ::pthread_join(T, nullptr);
  return Threads.size();
}

/// Returns the argument that sets the number of threads, or an empty string if
/// LLD's default is right or the user has chosen.
static std::string getThreadsArgument(const LinkCommand &Cmd,
                                      uint64_t TotalBytes) {
  StringRef Dashes =
      Cmd.getFlavor() == LinkerFlavor::COFF ? "/threads:" : "--threads=";
  for (StringRef Arg : Cmd.getArguments())
    if (Arg.starts_with("--threads") || Arg.starts_with("-threads") ||
        Arg.starts_with("/threads"))
      return "";
  if (TotalBytes < SingleThreadBytes)
    return (Dashes + "1").str();
  // LLD's own limit is 16, and its main thread waits beside them.
  unsigned Wanted =
      std::min(hardware_concurrency().compute_thread_count(), 16u);
  unsigned Possible = probeThreads(Wanted + 1);
  if (Possible > Wanted)
    return "";
  return (Dashes + Twine(std::max(Possible, 2u) - 1)).str();
}

//===----------------------------------------------------------------------===//
// Checking inputs
//===----------------------------------------------------------------------===//

/// Says what the object in \p Summary is for, or nothing if that is the target.
static std::string describeMismatch(const InputSummary &Summary,
                                    const Triple &Target) {
  switch (Summary.Kind) {
  case FileKind::ELFObject:
  case FileKind::ELFShared:
    if (!Target.isOSBinFormatELF())
      return getFileKindName(Summary.Kind).str();
    break;
  case FileKind::COFFObject:
  case FileKind::COFFImport:
  case FileKind::PEImage:
    if (!Target.isOSBinFormatCOFF())
      return getFileKindName(Summary.Kind).str();
    break;
  case FileKind::MachOObject:
  case FileKind::MachODylib:
  case FileKind::MachOUniversal:
    if (!Target.isOSBinFormatMachO())
      return getFileKindName(Summary.Kind).str();
    break;
  case FileKind::WasmObject:
  case FileKind::WasmShared:
    if (!Target.isOSBinFormatWasm())
      return getFileKindName(Summary.Kind).str();
    break;
  default:
    break;
  }
  // LLD warns of a universal file without the target, and links the rest.
  if (Summary.Kind == FileKind::MachOUniversal) {
    if (is_contained(Summary.SliceArchs, Target.getArch()))
      return "";
    std::string Names;
    for (Triple::ArchType Arch : Summary.SliceArchs)
      Names +=
          ((Names.empty() ? "" : ", ") + Triple::getArchTypeName(Arch)).str();
    return (getFileKindName(Summary.Kind) + " for " +
            (Names.empty() ? "no architecture" : Names))
        .str();
  }
  if (Summary.MachineName.empty())
    return "";
  auto Fold = [](Triple::ArchType A) {
    return A == Triple::thumb     ? Triple::arm
           : A == Triple::thumbeb ? Triple::armeb
                                  : A;
  };
  bool Same = Fold(Summary.Arch) == Fold(Target.getArch());
  // x32 is x86_64 with 32-bit objects.
  if (Same && Target.isOSBinFormatELF() && Target.getArch() == Triple::x86_64)
    Same = Summary.Is64 != Target.isX32();
  if (Same)
    return "";
  return (getFileKindName(Summary.Kind) + " for " + Summary.MachineName).str();
}

bool LinkRunner::checkInputs(const LinkCommand &Cmd, uint64_t &TotalBytes) {
  TimeTraceScope Scope("Check inputs");
  TotalBytes = 0;
  unsigned Errors = Diags.getNumErrors();
  for (const InputInfo &Input : Cmd.getInputs()) {
    if (!Input.isFilename())
      continue;
    StringRef Name = Input.getFilename();
    ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer =
        MemoryBuffer::getFile(Name, /*IsText=*/false,
                              /*RequiresNullTerminator=*/false);
    if (!Buffer) {
      Diags.error("cannot open '" + Name + "': " + Buffer.getError().message());
      continue;
    }
    TotalBytes += (*Buffer)->getBufferSize();

    // Files of a thin archive stay open as long as the check may read them.
    std::vector<std::unique_ptr<MemoryBuffer>> ThinMembers;
    InputCheckOptions Options;
    Options.OpenThinMember =
        [&](StringRef Member) -> Expected<MemoryBufferRef> {
      Expected<std::unique_ptr<MemoryBuffer>> File =
          openThinMember(Name, Member);
      if (!File)
        return File.takeError();
      TotalBytes += (*File)->getBufferSize();
      ThinMembers.push_back(std::move(*File));
      return ThinMembers.back()->getMemBufferRef();
    };

    Expected<InputSummary> Summary =
        checkLinkerInput((*Buffer)->getMemBufferRef(), Options);
    if (!Summary) {
      Diags.error(Summary.takeError());
      continue;
    }
    if (isArchive(Summary->Kind) && Summary->NumMembers == 0) {
      Diags.error(Name + ": the archive has no members, so there is nothing "
                         "to link; add objects to it, or leave it out");
      continue;
    }
    std::string Mismatch = describeMismatch(*Summary, Target);
    if (!Mismatch.empty())
      Diags.error(Name + ": " + Mismatch + ", but the target is " +
                  Target.str() +
                  "; compile it for that target, or choose another with "
                  "--target=");
  }
  return Errors == Diags.getNumErrors();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

// LLD's state is global: one link at a time, and none after one that did not
// come back.
static std::mutex InProcessMutex;
static std::atomic<bool> ProcessIsPoisoned{false};

namespace {
/// The sentences for a crash on a thread where no recovery is possible. They
/// are put together beforehand, as a signal handler cannot.
struct CrashMessage {
  std::string Text;
  std::atomic<bool> Armed{false};
};
} // namespace
static CrashMessage &getCrashMessage() {
  static CrashMessage M;
  return M;
}

/// Ends the process after a signal on one of LLD's worker threads, with a
/// message and without a trace on disk.
static void dieOfCrash(void *) {
  CrashMessage &M = getCrashMessage();
  if (!M.Armed.load())
    return;
  ssize_t Ignored = ::write(STDERR_FILENO, M.Text.data(), M.Text.size());
  (void)Ignored;
  StagingDirectory::removeAllNow();
  ::_exit(1);
}

/// Free bytes on the disk of \p Path, or none if that is unknown.
static std::optional<uint64_t> getFreeSpace(StringRef Path) {
  ErrorOr<sys::fs::space_info> Space = sys::fs::disk_space(Path);
  if (!Space)
    return std::nullopt;
  return Space->available;
}

static std::string describeInputs(const LinkCommand &Cmd) {
  std::string Text;
  unsigned Count = 0;
  for (const InputInfo &Input : Cmd.getInputs()) {
    if (!Input.isFilename())
      continue;
    if (++Count > 8) {
      Text += " ...";
      break;
    }
    Text += (Twine(Text.empty() ? "" : " ") + Input.getFilename()).str();
  }
  return Text;
}

/// What a user can do about a crash.
static constexpr char ReproduceHint[] =
    "run again with --reproduce=crash.tar, and report the crash with that file";

void LinkRunner::reportCrash(const LinkCommand &Cmd, const Twine &What) {
  std::optional<uint64_t> Free =
      getFreeSpace(sys::path::parent_path(Cmd.getOutput()).empty()
                       ? StringRef(".")
                       : sys::path::parent_path(Cmd.getOutput()));
  Diags.error("the linker crashed (" + What + ") while it made '" +
              Cmd.getOutput() + "'");
  Diags.note("inputs: " + describeInputs(Cmd));
  Diags.note(ReproduceHint);
  if (Free && *Free < (64 << 20))
    Diags.note("the output's disk has " + Twine(*Free >> 10) +
               " KiB left; a full disk ends a linker with SIGBUS");
}

/// Calls the linker of \p Flavor. Unlike lldMain() it leaves LLD's objects to
/// the caller: freeing those of a large link takes a quarter of its time.
static bool callLLD(LinkerFlavor Flavor, const Triple &Target,
                    ArrayRef<const char *> Args) {
  switch (Flavor) {
  case LinkerFlavor::GNU:
    // LLD's own tool tells the two by the emulation.
    if (Target.isOSBinFormatCOFF())
      return lld::mingw::link(Args, outs(), errs(), false, false);
    return lld::elf::link(Args, outs(), errs(), /*exitEarly=*/false,
                          /*disableOutput=*/false);
  case LinkerFlavor::Darwin:
    return lld::macho::link(Args, outs(), errs(), false, false);
  case LinkerFlavor::COFF:
    return lld::coff::link(Args, outs(), errs(), false, false);
  case LinkerFlavor::Wasm:
    return lld::wasm::link(Args, outs(), errs(), false, false);
  }
  llvm_unreachable("unknown flavor");
}

int LinkRunner::runInProcess(ArrayRef<const char *> Args,
                             const LinkCommand &Cmd) {
  CrashMessage &M = getCrashMessage();
  std::string Prefix = Diags.getProgramName().str();
  M.Text = Prefix +
           ": error: the linker crashed on one of its threads while "
           "it made '" +
           Cmd.getOutput().str() + "'\n" + Prefix +
           ": note: inputs: " + describeInputs(Cmd) + "\n" + Prefix +
           ": note: " + ReproduceHint + "\n" + Prefix +
           ": note: a full disk or too little memory has the same effect\n";
  M.Armed.store(true);
  auto Disarm = make_scope_exit([&] { M.Armed.store(false); });
  static std::once_flag Registered;
  std::call_once(Registered,
                 [] { sys::AddSignalHandler(dieOfCrash, nullptr); });

  CrashRecoveryContext::Enable();
  CrashRecoveryContext CRC;
  int Result = 1;
  bool Survived = CRC.RunSafely([&] {
    // What an earlier link has left, if this process was expected to end.
    if (lld::hasContext())
      lld::CommonLinkerContext::destroy();
    Result = callLLD(Cmd.getFlavor(), Target, Args) ? 0 : 1;
    if (!ProcessEndsSoon)
      lld::CommonLinkerContext::destroy();
  });
  if (Survived)
    return Result;

  // LLD has left its objects behind in any state.
  ProcessIsPoisoned.store(true);
  if (CrashRecoveryContext::isCrash(CRC.RetCode)) {
    int Signal = CRC.RetCode - 128;
    reportCrash(Cmd, Signal > 0 ? Twine("signal ") + Twine(Signal) + ", " +
                                      ::strsignal(Signal)
                                : Twine("exception"));
    return 1;
  }
  return CRC.RetCode ? CRC.RetCode : 1;
}

int LinkRunner::runChild(StringRef Program, ArrayRef<const char *> Args,
                         const LinkCommand &Cmd, StagingDirectory &Staging) {
  SmallVector<StringRef, 64> Argv;
  Argv.push_back(Program);
  Argv.append(Args.begin(), Args.end());

  // A long command line goes through a response file.
  std::string AtFile;
  if (!sys::commandLineFitsWithinSystemLimits(Program, Args)) {
    std::string Path = Staging.getTemporaryPath("response.rsp");
    sys::RemoveFileOnSignal(Path);
    size_t Kept = Args.size() > 1 && StringRef(Args[0]) == "-flavor" ? 2 : 0;
    std::error_code EC;
    raw_fd_ostream OS(Path, EC);
    if (!EC) {
      for (StringRef Arg : Args.drop_front(Kept)) {
        OS << '"';
        for (char Ch : Arg) {
          if (Ch == '"' || Ch == '\\')
            OS << '\\';
          OS << Ch;
        }
        OS << "\"\n";
      }
      OS.close();
      EC = OS.error();
      OS.clear_error();
    }
    if (EC) {
      Diags.error("cannot write the response file '" + Path +
                  "': " + EC.message());
      return 1;
    }
    AtFile = "@" + Path;
    Argv.resize(1 + Kept);
    Argv.push_back(AtFile);
  }

  outs().flush();
  errs().flush();
  std::string Message;
  bool NotStarted = false;
  int Result = sys::ExecuteAndWait(Program, Argv, std::nullopt, {}, 0, 0,
                                   &Message, &NotStarted);
  if (NotStarted || Result == -1) {
    Diags.error("cannot run the linker '" + Program + "': " + Message);
    return 1;
  }
  if (Result < 0) {
    reportCrash(Cmd, Message.empty() ? "signal" : Message);
    return 1;
  }
  if (Result)
    Diags.error("linker command failed with exit code " + Twine(Result) +
                " (use -v to see invocation)");
  return Result;
}

int LinkRunner::runExternal(const ExternalCommand &Cmd,
                            StagingDirectory &Staging) {
  // The program runs in the staging directory, so names do, and no path of this
  // machine gets into what it makes.
  auto Resolve = [](StringRef Staged) {
    StringRef Name = sys::path::filename(Staged);
    return ((Name.starts_with("-") ? "./" : "") + Name).str();
  };
  ArgStringList Args = Cmd.getArguments();
  std::string Image = Resolve(Staging.getStagedOutput());
  Args[Cmd.getImageIndex()] = Image.c_str();
  OutputArgument O = Cmd.getOutput();
  StringRef Named(Args[O.Index]);
  std::string Output =
      (Named.take_front(O.PrefixLength) +
       Resolve(Staging.stageSideOutput(Named.drop_front(O.PrefixLength))))
          .str();
  Args[O.Index] = Output.c_str();
  Args.insert(Args.begin(), Cmd.getExecutable());
  Args.push_back(nullptr);

  outs().flush();
  errs().flush();
  // LLVM's function for children cannot choose their folder.
  const std::string Dir = Staging.getPath().str();
  pid_t Child = ::fork();
  if (Child == 0) {
    if (::chdir(Dir.c_str()) == 0)
      ::execv(Cmd.getExecutable(), const_cast<char *const *>(Args.data()));
    ::_exit(127);
  }
  int Status = 0;
  pid_t Waited = Child;
  while (Child > 0 && (Waited = ::waitpid(Child, &Status, 0)) < 0 &&
         errno == EINTR)
    ;
  StringRef Name = sys::path::filename(Cmd.getExecutable());
  if (Child < 0 || Waited < 0 ||
      (WIFEXITED(Status) && WEXITSTATUS(Status) == 127)) {
    Diags.error("cannot run '" + Twine(Cmd.getExecutable()) + "'");
    return 1;
  }
  if (WIFSIGNALED(Status)) {
    Diags.error(Name + " command failed due to signal " +
                Twine(WTERMSIG(Status)) + " (use -v to see invocation)");
    return 1;
  }
  if (int Code = WEXITSTATUS(Status)) {
    Diags.error(Name + " command failed with exit code " + Twine(Code) +
                " (use -v to see invocation)");
    return Code;
  }
  return 0;
}

/// Adds what keeps temporary paths out of a Mach-O image: the name that it has
/// when it is in its place, and a debug map whose entries for objects in the
/// staging directory \p Dir are relative to it, without the times at which they
/// were made. \p Storage holds the strings.
static void addMachOArguments(const LinkCommand &Cmd, StringRef Dir,
                              ArgStringList &Args,
                              std::vector<std::string> &Storage) {
  // Strings stay where they are.
  Storage.reserve(Args.size() + 2);
  auto Save = [&](const Twine &S) {
    Storage.push_back(S.str());
    return Storage.back().c_str();
  };
  size_t Begin = Cmd.isBuiltIn() ? 2 : 0;
  ArgStringList Extra = {"-final_output", Save(Cmd.getOutput())};
  if (Cmd.isBuiltIn()) {
    // What LLD writes is the absolute path, and what it compares that with a
    // path without links.
    SmallString<128> Real;
    bool HasPrefix = is_contained(
        map_range(Args, [](const char *A) { return StringRef(A); }),
        "-oso_prefix");
    if (!HasPrefix && !sys::fs::real_path(Dir, Real)) {
      bool Found = false;
      for (const char *&Arg : Args) {
        StringRef Rest(Arg);
        if (!Rest.consume_front(Dir) || !Rest.starts_with("/") ||
            !is_contained(Cmd.getArguments(), Arg))
          continue;
        Arg = Save(Real + Rest);
        Found = true;
      }
      if (Found)
        Extra.append({"-oso_prefix", Save(Real + "/")});
    }
    Extra.push_back("-reproducible");
  }
  Args.insert(Args.begin() + Begin, Extra.begin(), Extra.end());
}

/// With -debug and no name for it, lld-link writes the debug information beside
/// the output, and the output's folder into the image. Here that would be the
/// staging folder, so both are named: NAME.pdb beside the image, and in the
/// image the bare name, by which debuggers find it there.
static void addPDBArguments(const LinkCommand &Cmd, StagingDirectory &Staging,
                            ArgStringList &Args,
                            std::vector<std::string> &Strings) {
  auto Has = [&](StringRef Name, bool IsPrefix) {
    return any_of(Cmd.getArguments(), [&](StringRef Arg) {
      if (!Arg.consume_front("-") && !Arg.consume_front("/"))
        return false;
      return IsPrefix ? Arg.starts_with_insensitive(Name)
                      : Arg.equals_insensitive(Name);
    });
  };
  bool Debug = Has("debug", false) || Has("debug:full", false) ||
               Has("debug:fastlink", false) || Has("debug:ghash", false);
  if (!Debug || Has("pdb:", true))
    return;
  SmallString<128> PDB(Cmd.getOutput());
  sys::path::replace_extension(PDB, "pdb");
  Strings.push_back("-pdb:" + Staging.stageSideOutput(PDB));
  if (!Has("pdbaltpath:", true))
    Strings.push_back(("-pdbaltpath:" + sys::path::filename(PDB)).str());
  for (const std::string &S : Strings)
    Args.push_back(S.c_str());
}

/// Writes the digest of the image in the file \p Path into the header that is
/// embedded there, if there is one. \p Name is for messages.
static Error sealOutput(StringRef Path, StringRef Name) {
  Expected<sys::fs::file_t> File = sys::fs::openNativeFileForReadWrite(
      Path, sys::fs::CD_OpenExisting, sys::fs::OF_None);
  if (!File)
    return createFileError(Name, File.takeError());
  auto Close = make_scope_exit([&] { sys::fs::closeFile(*File); });
  sys::fs::file_status Status;
  if (std::error_code EC = sys::fs::status(*File, Status))
    return createFileError(Name, EC);
  if (!sys::fs::is_regular_file(Status) || Status.getSize() == 0)
    return Error::success();
  std::error_code EC;
  sys::fs::mapped_file_region Region(
      *File, sys::fs::mapped_file_region::readwrite, Status.getSize(), 0, EC);
  if (EC)
    return createFileError(Name, EC);
  MutableArrayRef<char> Bytes(Region.data(), Region.size());
  if (!findEmbeddedHeader(StringRef(Bytes.data(), Bytes.size())))
    return Error::success();
  TimeTraceScope Scope("Seal", Name);
  return sealImage(Bytes, Name).takeError();
}

int LinkRunner::run(const LinkCommand &Cmd, StagingDirectory &Staging,
                    bool IntegratedLLD,
                    ArrayRef<const ExternalCommand *> Then) {
  if (!Cmd.MissingFiles.empty()) {
    for (StringRef File : Cmd.MissingFiles)
      Diags.error("cannot find '" + File + "' of the C runtime for " +
                  Target.str());
    if (Target.isOSBinFormatMachO())
      Diags.note("name an SDK with -isysroot or the environment variable "
                 "SDKROOT; without -hosted none is needed");
    else
      Diags.note("install the C library's and gcc's development files for that "
                 "target, or say where they are with --sysroot=, "
                 "--gcc-toolchain= or -B; --print-search-dirs shows where they "
                 "were looked for; without -hosted none are needed");
    return 1;
  }

  for (StringRef Obstacle : Cmd.Obstacles)
    Diags.error(Obstacle);
  if (!Cmd.Obstacles.empty())
    return 1;

  uint64_t TotalBytes = 0;
  if (!checkInputs(Cmd, TotalBytes))
    return 1;
  if (Cmd.Prepare)
    if (Error E = Cmd.Prepare()) {
      Diags.error(std::move(E));
      return 1;
    }

  // Outputs are made in the staging directory.
  ArgStringList Args = Cmd.getArguments();
  std::vector<std::string> Staged;
  Staged.reserve(Cmd.getOutputs().size());
  for (const OutputArgument &O : Cmd.getOutputs()) {
    std::string Path = Staged.empty()
                           ? Staging.getStagedOutput().str()
                           : Staging.stageSideOutput(Cmd.getOutputName(O));
    StringRef Prefix = StringRef(Args[O.Index]).take_front(O.PrefixLength);
    Staged.push_back((Prefix + Path).str());
    Args[O.Index] = Staged.back().c_str();
  }
  std::vector<std::string> PDBStrings;
  if (Cmd.getFlavor() == LinkerFlavor::COFF)
    addPDBArguments(Cmd, Staging, Args, PDBStrings);
  std::vector<std::string> MachOStrings;
  if (Cmd.getFlavor() == LinkerFlavor::Darwin)
    addMachOArguments(Cmd, Staging.getPath(), Args, MachOStrings);
  std::string Threads;
  if (Cmd.isBuiltIn()) {
    // After -flavor and its value.
    Args.insert(Args.begin() + 2, Cmd.UnshownArguments.begin(),
                Cmd.UnshownArguments.end());
    Threads = getThreadsArgument(Cmd, TotalBytes);
    if (!Threads.empty())
      Args.push_back(Threads.c_str());
  }

  TimeTraceScope Scope("Link", Cmd.getOutput());
  int Result;
  std::unique_lock<std::mutex> Lock(InProcessMutex, std::defer_lock);
  if (Cmd.isBuiltIn() && IntegratedLLD)
    Lock.lock();
  if (Lock.owns_lock() && !ProcessIsPoisoned.load()) {
    // Messages of LLD bear the name of the linker, as a child's would. The
    // flavor is told by that name instead.
    Args.erase(Args.begin(), Args.begin() + 2);
    Args.insert(Args.begin(),
                StringSwitch<const char *>(getLinkerFlavorName(Cmd.getFlavor()))
                    .Case("darwin", "ld64.lld")
                    .Case("link", "lld-link")
                    .Case("wasm", "wasm-ld")
                    .Default("ld.lld"));
    Result = runInProcess(Args, Cmd);
  } else {
    Result = runChild(Cmd.getExecutable(), Args, Cmd, Staging);
  }
  for (const ExternalCommand *External : Then)
    if (!Result)
      Result = runExternal(*External, Staging);
  if (Result)
    return Result;
  if (!Cmd.isBuiltIn() && !sys::fs::exists(Staging.getStagedOutput())) {
    Diags.error("the linker '" + StringRef(Cmd.getExecutable()) +
                "' ended without an error, but has not made '" +
                Cmd.getOutput() + "'");
    return 1;
  }
  if (Error E = sealOutput(Staging.getStagedOutput(), Cmd.getOutput())) {
    Diags.error(std::move(E));
    return 1;
  }
  if (Error E = Staging.commit()) {
    Diags.error(std::move(E));
    return 1;
  }
  return 0;
}
