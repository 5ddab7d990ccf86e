//===- StagingDirectory.cpp - Where an output is made before it is seen ---===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/StagingDirectory.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace pkgimg::driver;

//===----------------------------------------------------------------------===//
// Folders in use in this process
//===----------------------------------------------------------------------===//

namespace {
/// What a signal handler needs of one folder, in memory that never moves.
struct LiveDirectory {
  /// Zero-terminated: the staged output, the lock and the folder.
  char Output[4096];
  char Lock[4096];
  char Directory[4096];
  /// 0 free, 1 reserved while the texts are written, 2 to be removed.
  std::atomic<int> State;
};
} // namespace

// More folders than this at once are not removed on a signal, but by the next
// run for the same output.
static LiveDirectory Live[16];

// POSIX locks do not exclude other threads of the process that holds them.
static std::mutex PathsInUseMutex;
static StringSet<> &getPathsInUse() {
  static StringSet<> Paths;
  return Paths;
}

void StagingDirectory::registerForSignals() {
  if (Path.size() + 8 > sizeof(Live[0].Directory) ||
      StagedOutput.size() + 1 > sizeof(Live[0].Output))
    return;
  for (size_t I = 0; I != std::size(Live); ++I) {
    int Free = 0;
    if (!Live[I].State.compare_exchange_strong(Free, 1))
      continue;
    strcpy(Live[I].Output, Beside ? StagedOutput.c_str() : "");
    strcpy(Live[I].Lock, LockPath.c_str());
    strcpy(Live[I].Directory, Path.c_str());
    Live[I].State.store(2);
    Slot = I;
    return;
  }
}

void StagingDirectory::removeAllNow() {
  // The temporary files that LLVM knows of: the linker's own, and objects.
  sys::RunInterruptHandlers();
  for (LiveDirectory &L : Live) {
    if (L.State.load() != 2)
      continue;
    if (L.Output[0])
      ::unlink(L.Output);
    ::unlink(L.Lock);
    ::rmdir(L.Directory);
  }
}

static void removeAllAndDie(int Signal) {
  StagingDirectory::removeAllNow();
  std::signal(Signal, SIG_DFL);
  std::raise(Signal);
}

void StagingDirectory::removeAllOnSignal() {
  // LLVM installs its handlers at the first use, and some of them only return;
  // ours come after them.
  sys::SetInterruptFunction(nullptr);
  for (int Signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGXFSZ,
                     SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2}) {
    struct sigaction Action = {};
    Action.sa_handler = removeAllAndDie;
    // A signal that our parent ignores (nohup) stays ignored.
    struct sigaction Old;
    if (!::sigaction(Signal, nullptr, &Old) && Old.sa_handler != SIG_IGN)
      ::sigaction(Signal, &Action, nullptr);
  }
}

//===----------------------------------------------------------------------===//
// StagingDirectory
//===----------------------------------------------------------------------===//

static Error makeOutputError(StringRef Output, std::error_code EC) {
  return createStringError(EC, "cannot write output file '" + Output +
                                   "': " + EC.message());
}

std::string StagingDirectory::getPlannedPath(StringRef Output) {
  SmallString<128> Path(sys::path::parent_path(Output));
  sys::path::append(Path, "." + sys::path::filename(Output) + ".pkgimg");
  return std::string(Path);
}

StagingDirectory::StagingDirectory(std::string Path, std::string FinalOutput,
                                   bool Beside)
    : Path(std::move(Path)), FinalOutput(std::move(FinalOutput)),
      Beside(Beside) {
  if (Beside) {
    SmallString<128> Staged(this->Path);
    sys::path::append(Staged, sys::path::filename(this->FinalOutput));
    StagedOutput = std::string(Staged);
    Names.insert(sys::path::filename(this->FinalOutput));
  } else {
    StagedOutput = this->FinalOutput;
  }
  SmallString<128> Lock(this->Path);
  sys::path::append(Lock, ".lock");
  LockPath = std::string(Lock);
}

/// Empties a folder but for its lock. What cannot be removed stays: the run
/// that needs the place reports it.
static void removeContents(StringRef Directory, StringRef Lock) {
  std::error_code EC;
  for (sys::fs::directory_iterator I(Directory, EC, /*follow_symlinks=*/false),
       E;
       !EC && I != E; I.increment(EC)) {
    if (I->path() == Lock)
      continue;
    if (I->type() == sys::fs::file_type::directory_file)
      sys::fs::remove_directories(I->path());
    else
      sys::fs::remove(I->path());
  }
}

namespace {
/// What came of an attempt to lock a folder.
enum class LockState {
  Ours,
  Busy,       ///< Another run holds it, or has just removed it.
  Unsupported ///< The file system has no locks.
};
} // namespace

/// True if \p Path is a folder that an earlier run of this user has made: not a
/// link to one, and with a lock in it, or empty, if that run did not get so
/// far. Nobody else's files are to be removed.
static bool isStagingFolder(const std::string &Path,
                            const std::string &LockPath) {
  struct stat Folder, Lock;
  if (::lstat(Path.c_str(), &Folder) != 0 || !S_ISDIR(Folder.st_mode) ||
      Folder.st_uid != ::geteuid())
    return false;
  if (::lstat(LockPath.c_str(), &Lock) == 0)
    return S_ISREG(Lock.st_mode);
  std::error_code EC;
  return sys::fs::directory_iterator(Path, EC) == sys::fs::directory_iterator();
}

namespace {
/// Keeps signals off this thread for a while.
class SignalBlock {
public:
  SignalBlock() {
    sigset_t All;
    ::sigfillset(&All);
    ::pthread_sigmask(SIG_BLOCK, &All, &Earlier);
  }
  ~SignalBlock() { ::pthread_sigmask(SIG_SETMASK, &Earlier, nullptr); }

private:
  sigset_t Earlier;
};
} // namespace

/// Opens and locks the lock file. \p FD is open for LockState::Ours alone.
static Expected<LockState> acquireLock(StringRef LockPath, StringRef Output,
                                       int &FD) {
  if (std::error_code EC = sys::fs::openFileForReadWrite(
          LockPath, FD, sys::fs::CD_OpenAlways, sys::fs::OF_None)) {
    // The folder went away between our look at it and now.
    if (EC == errc::no_such_file_or_directory)
      return LockState::Busy;
    return makeOutputError(Output, EC);
  }
  // Not sys::fs::tryLockFile(), whose result is the same for a lock that is
  // held and for a file system without locks, as clusters have them.
  struct flock Lock = {};
  Lock.l_type = F_WRLCK;
  Lock.l_whence = SEEK_SET;
  LockState State = LockState::Busy;
  if (::fcntl(FD, F_SETLK, &Lock) == 0) {
    sys::fs::UniqueID Named;
    sys::fs::file_status Status;
    if (!sys::fs::status(FD, Status) &&
        !sys::fs::getUniqueID(LockPath, Named) && Status.getUniqueID() == Named)
      return LockState::Ours;
  } else if (errno != EACCES && errno != EAGAIN && errno != EINTR) {
    State = LockState::Unsupported;
  }
  sys::Process::SafelyCloseFileDescriptor(FD);
  return State;
}

Expected<std::unique_ptr<StagingDirectory>>
StagingDirectory::create(StringRef Output) {
  sys::fs::file_status Status;
  std::error_code EC = sys::fs::status(Output, Status);
  bool Exists = !EC && sys::fs::exists(Status);
  if (Exists && sys::fs::is_directory(Status))
    return makeOutputError(Output, make_error_code(errc::is_a_directory));
  bool Beside = Output != "-" && (!Exists || sys::fs::is_regular_file(Status));

  if (!Beside) {
    SmallString<128> Path;
    if (std::error_code EC = sys::fs::createUniqueDirectory("pkgimg", Path))
      return createStringError(EC, "cannot make a temporary directory: " +
                                       EC.message());
    std::unique_ptr<StagingDirectory> D(
        new StagingDirectory(std::string(Path), Output.str(), false));
    D->registerForSignals();
    return std::move(D);
  }

  // A rename would replace a file that its owner has protected.
  if (Exists && !sys::fs::can_write(Output))
    return makeOutputError(Output, make_error_code(errc::permission_denied));

  std::string Base = getPlannedPath(Output);
  for (unsigned Try = 0; Try != 1000; ++Try) {
    std::string Path = Try ? (Twine(Base) + "." + Twine(Try)).str() : Base;
    std::unique_ptr<StagingDirectory> D(
        new StagingDirectory(Path, Output.str(), true));
    if (!D->claimInProcess())
      continue;
    // A signal that comes before the handlers know of the folder would leave
    // it.
    SignalBlock Block;
    bool Existed = false;
    if (std::error_code EC = sys::fs::create_directory(
            Path, /*IgnoreExisting=*/false, sys::fs::perms::owner_all)) {
      if (EC != errc::file_exists)
        return makeOutputError(Output, EC);
      Existed = true;
      if (!isStagingFolder(Path, D->LockPath))
        continue;
    }
    int FD;
    Expected<LockState> State = acquireLock(D->LockPath, Output, FD);
    if (!State) {
      if (!Existed)
        sys::fs::remove(Path);
      return State.takeError();
    }
    if (*State == LockState::Busy)
      continue;
    if (*State == LockState::Unsupported && Existed) {
      // Nobody can tell whether its owner lives; leave it alone.
      continue;
    }
    D->Owned = true;
    if (*State == LockState::Ours)
      D->LockFD = FD;
    D->registerForSignals();
    if (Existed)
      removeContents(Path, D->LockPath);
    return std::move(D);
  }
  return createStringError(make_error_code(errc::device_or_resource_busy),
                           "cannot write output file '" + Output +
                               "': too many links of it are under way; remove "
                               "'" +
                               Base + "*' if there are none");
}

StagingDirectory::~StagingDirectory() {
  if (Owned || !Beside) {
    removeContents(Path, LockPath);
    // The lock is removed while it is held, so that whoever waits for it finds
    // that it has no name any more.
    sys::fs::remove(LockPath);
    sys::fs::remove(Path);
  }
  if (Slot >= 0)
    Live[Slot].State.store(0);
  if (LockFD >= 0)
    sys::Process::SafelyCloseFileDescriptor(LockFD);
  if (!PathInUse.empty()) {
    std::lock_guard<std::mutex> Guard(PathsInUseMutex);
    getPathsInUse().erase(PathInUse);
  }
}

bool StagingDirectory::claimInProcess() {
  // By one spelling of the path.
  SmallString<128> Absolute(Path);
  if (!sys::fs::real_path(sys::path::parent_path(Path).empty()
                              ? StringRef(".")
                              : sys::path::parent_path(Path),
                          Absolute))
    sys::path::append(Absolute, sys::path::filename(Path));
  std::lock_guard<std::mutex> Guard(PathsInUseMutex);
  if (!getPathsInUse().insert(Absolute).second)
    return false;
  PathInUse = std::string(Absolute);
  return true;
}

std::string StagingDirectory::getTemporaryPath(StringRef Name) {
  std::string Unique = Name.str();
  for (unsigned N = 1; !Names.insert(Unique).second; ++N)
    Unique =
        (sys::path::stem(Name) + "-" + Twine(N) + sys::path::extension(Name))
            .str();
  SmallString<128> Result(Path);
  sys::path::append(Result, Unique);
  return std::string(Result);
}

/// Puts \p New in the place of the file \p Old, and the latter in its. In one
/// step as a rename, but without what ext4 does for a rename over a file: it
/// writes the new one to the disk first (80 ms for 100 MB). Returns false where
/// the system has no such call.
static bool exchangeFiles(const std::string &New, const std::string &Old) {
#if defined(__linux__) && defined(RENAME_EXCHANGE)
  return ::renameat2(AT_FDCWD, New.c_str(), AT_FDCWD, Old.c_str(),
                     RENAME_EXCHANGE) == 0;
#else
  return false;
#endif
}

std::string StagingDirectory::stageSideOutput(StringRef Final) {
  std::string Staged = getTemporaryPath(sys::path::filename(Final));
  sys::RemoveFileOnSignal(Staged);
  SideOutputs.emplace_back(Staged, Final.str());
  return Staged;
}

/// Moves a file, to another disk as well; a folder on one disk alone.
static std::error_code moveFile(const std::string &From,
                                const std::string &To) {
  std::error_code EC = sys::fs::rename(From, To);
  if (EC != std::errc::cross_device_link || sys::fs::is_directory(From))
    return EC;
  const std::string Copy = To + ".pkgimg";
  EC = sys::fs::copy_file(From, Copy);
  if (!EC)
    EC = sys::fs::rename(Copy, To);
  if (EC)
    sys::fs::remove(Copy);
  return EC;
}

Error StagingDirectory::commit() {
  // Side outputs first, since the image is what others wait for. What they
  // replace is kept in this folder until all are in their places.
  SmallVector<std::pair<std::string, std::string>, 1> Replaced;
  auto Undo = [&] {
    for (const auto &[Earlier, Final] : reverse(Replaced)) {
      sys::fs::remove_directories(Final);
      sys::fs::remove(Final);
      if (!Earlier.empty())
        moveFile(Earlier, Final);
    }
  };
  for (const auto &[Staged, Final] : SideOutputs) {
    sys::DontRemoveFileOnSignal(Staged);
    if (!sys::fs::exists(Staged))
      continue;
    std::string Earlier;
    std::error_code EC;
    if (sys::fs::exists(Final)) {
      Earlier = getTemporaryPath("earlier-" + sys::path::filename(Final).str());
      EC = moveFile(Final, Earlier);
    }
    if (!EC) {
      Replaced.emplace_back(Earlier, Final);
      EC = moveFile(Staged, Final);
    }
    if (EC) {
      Undo();
      return makeOutputError(Final, EC);
    }
  }
  if (!Beside || !sys::fs::exists(StagedOutput))
    return Error::success();
  // The earlier output goes with this folder.
  if (exchangeFiles(StagedOutput, FinalOutput))
    return Error::success();
  if (std::error_code EC = sys::fs::rename(StagedOutput, FinalOutput)) {
    Undo();
    return makeOutputError(FinalOutput, EC);
  }
  return Error::success();
}
