//===- Image.cpp - the code of an image in this process -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/Image.h"
#include "CodeTables.h"
#include "SharedLibrary.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <condition_variable>
#include <map>
#include <mutex>

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

namespace {

/// Which file it is, and whether it is still the same.
struct FileState {
  sys::fs::UniqueID ID;
  uint64_t Size = 0;
  sys::TimePoint<> Modified;

  explicit FileState(const sys::fs::file_status &Status)
      : ID(Status.getUniqueID()), Size(Status.getSize()),
        Modified(Status.getLastModificationTime()) {}

  bool operator==(const FileState &Other) const {
    return ID == Other.ID && Size == Other.Size && Modified == Other.Modified;
  }
};

} // namespace

/// The file that is verified. It stays open as long as the library that was
/// mapped through its descriptor: the system's loader knows libraries by their
/// names, and would give this one to whoever opens the next file under that
/// number.
struct ImageCandidate::OpenFile {
  OpenFile(sys::fs::file_t Handle, const FileState &State)
      : Handle(Handle), State(State) {}
  ~OpenFile() { sys::fs::closeFile(Handle); }

  sys::fs::file_t Handle;
  FileState State;
  std::unique_ptr<MemoryBuffer> Buffer;
};

/// What is mapped, and gone with the image.
struct Image::Mapping {
  FileState State;
  std::unique_ptr<ImageCandidate::OpenFile> File;
  /// After File, so that it is closed before.
  SharedLibrary Library;
};

static Triple::ArchType getArch(const HostInfo &Host) {
  return Host.TheTriple.getArch();
}

ImageCandidate::ImageCandidate(StringRef Path, const LoadOptions &Options)
    : Path(Path), Options(Options),
      Host(Options.Host ? *Options.Host : detectHost()) {}

ImageCandidate::~ImageCandidate() = default;

Error ImageCandidate::reject(RejectReason Reason, const Twine &What) const {
  return pkgimg::reject(Reason, Path, What);
}

/// The libraries that \p Host maps.
static bool isForSystem(FileKind Kind, const Triple &Host) {
  switch (Host.getObjectFormat()) {
  case Triple::ELF:
    return Kind == FileKind::ELFShared;
  case Triple::MachO:
    return Kind == FileKind::MachODylib || Kind == FileKind::MachOUniversal;
  default:
    return false;
  }
}

Expected<std::unique_ptr<ImageCandidate>>
ImageCandidate::open(StringRef Path, const LoadOptions &Options) {
  std::unique_ptr<ImageCandidate> C(new ImageCandidate(Path, Options));
  // Before it is opened, which would wait for whoever writes to a pipe.
  sys::fs::file_status Status;
  if (std::error_code EC = sys::fs::status(Path, Status))
    return C->reject(RejectReason::Unreadable, EC.message());
  if (Status.type() != sys::fs::file_type::regular_file)
    return C->reject(RejectReason::Unreadable,
                     "expected a file, found a folder or a device");
  Expected<sys::fs::file_t> Handle = sys::fs::openNativeFileForRead(Path);
  if (!Handle)
    return C->reject(RejectReason::Unreadable, toString(Handle.takeError()));
  auto Close = make_scope_exit([&] { sys::fs::closeFile(*Handle); });
  if (std::error_code EC = sys::fs::status(*Handle, Status))
    return C->reject(RejectReason::Unreadable, EC.message());
  C->File = std::make_unique<OpenFile>(*Handle, FileState(Status));
  Close.release();

  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer =
      MemoryBuffer::getOpenFile(C->File->Handle, Path, Status.getSize(),
                                /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return C->reject(RejectReason::Unreadable, Buffer.getError().message());
  C->File->Buffer = std::move(*Buffer);

  FileKind Kind = identifyFile(C->File->Buffer->getBuffer());
  if (!isForSystem(Kind, C->Host.TheTriple))
    return C->reject(RejectReason::Format,
                     "expected a package image for " +
                         Triple::getOSTypeName(C->Host.TheTriple.getOS()) +
                         ", found: " + getFileKindName(Kind) +
                         (isSharedLibrary(Kind)
                              ? "; use an image made for this system"
                              : ""));
  return std::move(C);
}

//===----------------------------------------------------------------------===//
// Does it fit?
//===----------------------------------------------------------------------===//

const CacheHeader *ImageCandidate::header() const {
  if (Report.Header)
    return &*Report.Header;
  if (Report.Tables && Report.Tables->DataHeader)
    return &*Report.Tables->DataHeader;
  return nullptr;
}

Error ImageCandidate::checkHeader() const {
  std::optional<StringRef> Embedded =
      findEmbeddedHeader(File->Buffer->getBuffer());
  if (!Embedded || !Embedded->starts_with(HeaderMagic))
    return Error::success();
  HeaderReadOptions ReadOptions;
  ReadOptions.SkipSources = true;
  ReadOptions.SkipContentTree = true;
  Expected<CacheHeader> H =
      readCacheHeader(MemoryBufferRef(*Embedded, Path), ReadOptions);
  if (!H) {
    consumeError(H.takeError());
    return Error::success();
  }
  if (!H->Triple.empty())
    if (Error E = checkPlatform(Triple(Triple::normalize(H->Triple))))
      return E;
  if (Error E = checkFlags(*H))
    return E;
  // An image with Julia's tables may have its targets there alone.
  if (H->Targets.Targets.empty() ||
      H->Targets.Layout != TargetDataLayout::Named)
    return Error::success();
  return checkTargets(selectTarget(H->Targets, SelectionRules::PkgImg, Host));
}

Error ImageCandidate::verify() {
  MemoryBufferRef Buffer(File->Buffer->getBuffer(), Path);
  VerifierOptions VO;
  VO.CheckContent = Options.CheckContent;
  VO.Threads = Options.Threads;
  if (identifyFile(Buffer.getBuffer()) == FileKind::MachOUniversal)
    VO.Arch = getArch(Host);
  Expected<VerifierReport> R = pkgimg::verify(Buffer, VO);
  if (R) {
    Report = std::move(*R);
    return Error::success();
  }
  // A library that was never an image is not a damaged one.
  RejectReason Reason = RejectReason::Damaged;
  if (auto Library = ImageFile::create(Buffer, VO.Arch)) {
    if (!hasImageTables(**Library))
      Reason = RejectReason::Format;
  } else {
    consumeError(Library.takeError());
  }
  // It begins with the name.
  return make_error<RejectionError>(Reason, toString(R.takeError()));
}

void ImageCandidate::select() {
  Selection = selectTarget(*Report.Tables, Report.Image->arch(), Host);
}

/// Whether code for \p A runs in a process for \p B; ARM has two instruction
/// sets that call each other.
static bool isSameArch(const Triple &A, const Triple &B) {
  if ((A.isARM() || A.isThumb()) && (B.isARM() || B.isThumb()))
    return A.isLittleEndian() == B.isLittleEndian();
  return A.getArch() == B.getArch();
}

Error ImageCandidate::checkPlatform(const Triple &T) const {
  const Triple &P = Host.TheTriple;
  auto differ = [&](StringRef Image, StringRef Process) {
    return reject(RejectReason::Platform,
                  "the image is for " + Image + ", this process for " +
                      Process + "; use an image made for this platform");
  };
  if (!isSameArch(T, P))
    return differ(Triple::getArchTypeName(T.getArch()),
                  Triple::getArchTypeName(P.getArch()));
  // What an ELF file says of itself leaves system and C library open.
  bool IsSameOS = T.getOS() == P.getOS() || (T.isMacOSX() && P.isMacOSX());
  if (T.getOS() != Triple::UnknownOS && !IsSameOS)
    return differ(Triple::getOSTypeName(T.getOS()),
                  Triple::getOSTypeName(P.getOS()));
  if (T.getEnvironment() != Triple::UnknownEnvironment &&
      P.getEnvironment() != Triple::UnknownEnvironment &&
      T.getEnvironment() != P.getEnvironment())
    return differ(Triple::getEnvironmentTypeName(T.getEnvironment()),
                  Triple::getEnvironmentTypeName(P.getEnvironment()));
  return Error::success();
}

Error ImageCandidate::checkPlatform() const {
  if (Error E = checkPlatform(Report.Image->triple()))
    return E;
  if (Report.Header && !Report.Header->Triple.empty())
    return checkPlatform(Triple(Triple::normalize(Report.Header->Triple)));
  return Error::success();
}

Error ImageCandidate::checkFlags(const CacheHeader &Header) const {
  if (!Options.Session)
    return Error::success();
  FlagVerdict V =
      checkCacheFlags(Header.Flags, *Options.Session, getFlagRules(Header));
  if (V.Accepted)
    return Error::success();
  return reject(RejectReason::Flags, V.message());
}

Error ImageCandidate::checkFlags() const {
  // A system image of Julia has no header, and serves any session.
  const CacheHeader *H = header();
  return H ? checkFlags(*H) : Error::success();
}

Error ImageCandidate::checkTargets(const TargetSelection &S) const {
  if (S.Chosen)
    return Error::success();
  std::string Reasons;
  for (size_t I = 0; I < S.Verdicts.size(); ++I)
    Reasons += (Twine(I ? "; " : ": ") + "target " + Twine(I) + " " +
                S.Verdicts[I].message())
                   .str();
  return reject(
      RejectReason::CPU,
      "the processor" +
          (Host.CPU.empty() ? Twine() : " (" + Twine(Host.CPU) + ")").str() +
          " can run none of its targets" + Reasons);
}

Error ImageCandidate::checkTargets() const { return checkTargets(Selection); }

//===----------------------------------------------------------------------===//
// Its functions
//===----------------------------------------------------------------------===//

std::vector<ImageFunction> ImageCandidate::functions() const {
  CodeTables Code = getCodeTables(*Report.Tables, *Selection.Chosen);
  std::vector<bool> IsNamed(Code.Functions.size());
  std::vector<ImageFunction> Result;
  auto add = [&](uint32_t Index, StringRef Name, StringRef Signature) {
    Result.push_back(
        {Index, Code.Functions[Index].Target, nullptr, Name, Signature});
  };
  if (Report.Header)
    for (const NamedFunction &F : Report.Header->Functions) {
      add(F.Index, F.Name, F.Signature);
      IsNamed[F.Index] = true;
    }
  for (uint32_t I = 0; I < IsNamed.size(); ++I)
    if (!IsNamed[I])
      add(I, "", "");
  return Result;
}

Image::Image() = default;

ImageFunction Image::getFunction(uint32_t Index) const {
  const Code &C = Functions[Index];
  return {Index, C.Target, C.Address, "", ""};
}

std::optional<ImageFunction> Image::findFunction(StringRef Name) const {
  auto It = partition_point(
      Names, [&](const NamedFunction &F) { return StringRef(F.Name) < Name; });
  if (It == Names.end() || It->Name != Name)
    return std::nullopt;
  ImageFunction F = getFunction(It->Index);
  F.Name = It->Name;
  F.Signature = It->Signature;
  return F;
}

//===----------------------------------------------------------------------===//
// The images of this process
//===----------------------------------------------------------------------===//

namespace {

/// The files that are loaded. Constructors of a library may load others, so
/// nothing is locked while the system maps one.
struct Registry {
  struct Entry {
    bool IsLoading = false;
    std::weak_ptr<Image> Loaded;
  };
  std::mutex Mutex;
  std::condition_variable Finished;
  std::map<sys::fs::UniqueID, Entry> Files;
};

} // namespace

/// Never destroyed: images may be, after everything else.
static Registry &getRegistry() {
  static Registry &R = *new Registry;
  return R;
}

Image::~Image() {
  if (!Mapped)
    return;
  Registry &R = getRegistry();
  std::lock_guard<std::mutex> Lock(R.Mutex);
  // Another may have been loaded from the file since the last reference to this
  // one was dropped.
  auto It = R.Files.find(Mapped->State.ID);
  if (It != R.Files.end() && !It->second.IsLoading &&
      It->second.Loaded.expired())
    R.Files.erase(It);
}

Expected<std::shared_ptr<Image>> ImageCandidate::load() {
  Registry &R = getRegistry();
  std::unique_lock<std::mutex> Lock(R.Mutex);
  // A reference, also to an entry that others remove: look it up each time.
  R.Finished.wait(Lock, [&] { return !R.Files[File->State.ID].IsLoading; });
  std::shared_ptr<Image> Loaded = R.Files[File->State.ID].Loaded.lock();
  if (Loaded) {
    Lock.unlock();
    if (!(Loaded->Mapped->State == File->State))
      return reject(RejectReason::Changed,
                    "the file has been changed since this process loaded it; "
                    "write images beside their final name, and rename them");
    if (Loaded->Target != *Selection.Chosen)
      return reject(RejectReason::InUse,
                    "this process has loaded it for target " +
                        Twine(Loaded->Target) + ", and would for target " +
                        Twine(*Selection.Chosen) +
                        " now; let go of it first, or choose the same target");
    return Loaded;
  }

  R.Files[File->State.ID].IsLoading = true;
  Lock.unlock();
  sys::fs::UniqueID ID = File->State.ID;
  Expected<std::shared_ptr<Image>> Result = map();
  Lock.lock();
  if (Result)
    R.Files[ID] = {false, *Result};
  else
    R.Files.erase(ID);
  Lock.unlock();
  R.Finished.notify_all();
  return Result;
}

/// The name under which the open file \p Handle can be opened again, or empty
/// where the system has none.
static std::string getDescriptorName(sys::fs::file_t Handle) {
#ifdef __linux__
  std::string Name = ("/proc/self/fd/" + Twine(Handle)).str();
  // Without /proc, as early in a container, there is nothing.
  if (sys::fs::exists(Name))
    return Name;
#endif
  return std::string();
}

Expected<std::shared_ptr<Image>> ImageCandidate::map() {
  std::string Name;
  if (Options.ByDescriptor)
    Name = getDescriptorName(File->Handle);
  bool ByName = Name.empty();
  if (ByName) {
    // A name without a slash would be looked for elsewhere.
    SmallString<128> Absolute(Path);
    if (std::error_code EC = sys::fs::make_absolute(Absolute))
      return reject(RejectReason::Unreadable, EC.message());
    Name = Absolute.str().str();
  }
  auto isUnchanged = [&] {
    sys::fs::file_status Status;
    if (sys::fs::status(File->Handle, Status) ||
        !(FileState(Status) == File->State))
      return false;
    return !ByName ||
           (!sys::fs::status(Name, Status) && FileState(Status) == File->State);
  };
  auto changed = [&] {
    return reject(RejectReason::Changed,
                  "the file was changed or replaced while it was loaded; load "
                  "it again");
  };

  if (!isUnchanged())
    return changed();
  Expected<SharedLibrary> Library = SharedLibrary::open(Name);
  if (!Library)
    return reject(RejectReason::Link, toString(Library.takeError()));
  if (!isUnchanged())
    return changed();

  // Every dialect has one of the two.
  const ImageFile &F = *Report.Image;
  const ImageSymbol *Root = F.findExport("jl_image_pointers");
  if (!Root)
    Root = F.findExport("jl_sysimg_fvars_base");
  if (Error E = Library->findBase(F, *Root))
    return reject(RejectReason::Link, toString(std::move(E)));

  CodeTables Tables = getCodeTables(*Report.Tables, *Selection.Chosen);
  std::vector<WordWrite> Words;
  Words.reserve(Tables.Slots.size());
  uintptr_t Base = Library->base();
  for (const SlotWrite &W : Tables.Slots)
    Words.push_back({static_cast<uintptr_t>(Base + W.Slot),
                     static_cast<uintptr_t>(Base + W.Code)});
  if (Error E = Library->write(F, Words))
    return reject(RejectReason::Link, toString(std::move(E)));

  std::shared_ptr<Image> Result(new Image);
  Result->Path = Path;
  Result->Target = *Selection.Chosen;
  Result->TargetName = Report.Tables->Targets.Targets[Result->Target].Name;
  Result->Functions.reserve(Tables.Functions.size());
  for (const FunctionCode &C : Tables.Functions)
    Result->Functions.push_back(
        {reinterpret_cast<void *>(Base + C.Address), C.Target});
  if (Report.Header)
    Result->Names = Report.Header->Functions;
  // What was read of the file is not needed any more, nor is the file where the
  // library does not have its number.
  FileState State = File->State;
  Report = VerifierReport();
  File->Buffer.reset();
  if (ByName)
    File.reset();
  Result->Mapped.reset(
      new Image::Mapping{State, std::move(File), std::move(*Library)});
  return Result;
}

Expected<std::shared_ptr<Image>> Image::load(StringRef Path,
                                             const LoadOptions &Options) {
  Expected<std::unique_ptr<ImageCandidate>> C =
      ImageCandidate::open(Path, Options);
  if (!C)
    return C.takeError();
  if (Error E = (*C)->checkHeader())
    return std::move(E);
  if (Error E = (*C)->verify())
    return std::move(E);
  if (Error E = (*C)->checkPlatform())
    return std::move(E);
  if (Error E = (*C)->checkFlags())
    return std::move(E);
  (*C)->select();
  if (Error E = (*C)->checkTargets())
    return std::move(E);
  return (*C)->load();
}
