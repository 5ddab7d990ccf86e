//===- RuntimeProfile.cpp - What a runtime adds to a link -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/RuntimeProfile.h"
#include "RuntimeProfileNames.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

#include <algorithm>
#include <set>
#include <tuple>

using namespace llvm;
using namespace pkgimg::driver;
using namespace pkgimg::driver::profile;

//===----------------------------------------------------------------------===//
// The built-in profiles
//===----------------------------------------------------------------------===//

static constexpr unsigned char JuliaYAML[] = {
#include "Profiles/julia.yaml.inc"
    0};

static constexpr StringLiteral BuiltInNames[] = {"julia"};

ArrayRef<StringLiteral> RuntimeProfile::getBuiltInNames() {
  return BuiltInNames;
}

/// "a, b"
template <typename RangeT> static std::string list(const RangeT &Texts) {
  std::string Result;
  ListSeparator Sep;
  for (const auto &Text : Texts) {
    Result += Sep;
    Result += Text;
  }
  return Result;
}

static Error makeError(const Twine &Message) {
  return createStringError(inconvertibleErrorCode(), Message);
}

Expected<RuntimeProfile> RuntimeProfile::getBuiltIn(StringRef Name) {
  if (Name == "julia")
    return parse(
        MemoryBufferRef(StringRef(reinterpret_cast<const char *>(JuliaYAML),
                                  sizeof(JuliaYAML) - 1),
                        "julia.yaml"));
  std::string Hint;
  for (StringRef Known : BuiltInNames)
    if (Name.edit_distance_insensitive(Known) <=
        std::max<size_t>(1, Known.size() / 3))
      Hint = ("; did you mean '" + Known + "'?").str();
  return makeError(
      "unknown runtime '" + Name +
      "'; the built-in ones are: " + list(BuiltInNames) +
      (Hint.empty() ? "; --runtime-profile=FILE describes another" : Hint));
}

//===----------------------------------------------------------------------===//
// Names of targets
//===----------------------------------------------------------------------===//

StringRef pkgimg::driver::getProfilePlatform(const Triple &T) {
  if (T.isAndroid())
    return "android";
  if (T.isOSLinux())
    return "linux";
  if (T.isMacOSX())
    return "macos";
  if (T.isOSWindows())
    // MSVC's is another ABI, with another linker.
    return T.isWindowsGNUEnvironment() ? "windows" : "";
  if (T.isWasm())
    return "wasm";
  switch (T.getOS()) {
  case Triple::FreeBSD:
    return "freebsd";
  case Triple::OpenBSD:
    return "openbsd";
  case Triple::NetBSD:
    return "netbsd";
  case Triple::DragonFly:
    return "dragonfly";
  case Triple::Solaris:
    return "solaris";
  case Triple::Fuchsia:
    return "fuchsia";
  case Triple::Haiku:
    return "haiku";
  default:
    return "";
  }
}

StringRef pkgimg::driver::getProfileArch(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return "i686";
  case Triple::arm:
  case Triple::thumb:
    return "armv7";
  case Triple::ppc64le:
    return "powerpc64le";
  default:
    // x86_64, aarch64, riscv64 and wasm32 are LLVM's own names.
    return Triple::getArchTypeName(T.getArch());
  }
}

static bool isHardFloat(const Triple &T) {
  switch (T.getEnvironment()) {
  case Triple::GNUEABIHF:
  case Triple::GNUEABIHFT64:
  case Triple::MuslEABIHF:
  case Triple::EABIHF:
    return true;
  default:
    return false;
  }
}

/// The architecture's name in the files of musl.
static std::string getMuslArch(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return "i386";
  case Triple::x86_64:
    return T.isX32() ? "x32" : "x86_64";
  case Triple::arm:
  case Triple::thumb:
    return isHardFloat(T) ? "armhf" : "arm";
  case Triple::ppc64le:
    return "powerpc64le";
  default:
    return Triple::getArchTypeName(T.getArch()).str();
  }
}

/// Debian's name of the target in library folders.
static std::string getMultiarch(const Triple &T) {
  StringRef Arch = getProfileArch(T);
  if (Arch == "i686")
    Arch = "i386";
  else if (Arch == "armv7")
    Arch = "arm";
  StringRef System = T.isMusl() ? "linux-musl" : "linux-gnu";
  if (Arch == "arm")
    return (Arch + "-" + System + (isHardFloat(T) ? "eabihf" : "eabi")).str();
  return (Arch + "-" + System + (T.isX32() ? "x32" : "")).str();
}

std::string pkgimg::driver::getDynamicLinkerName(const Triple &T) {
  if (T.isOSFreeBSD())
    return "ld-elf.so.1";
  if (T.isOSNetBSD())
    return "ld.elf_so";
  if (T.getOS() == Triple::OpenBSD)
    return "ld.so";
  if (T.getOS() == Triple::DragonFly)
    return "ld-elf.so.2";
  if (!T.isOSLinux() || T.isAndroid())
    return "";
  if (T.isMusl())
    return "ld-musl-" + getMuslArch(T) + ".so.1";
  switch (T.getArch()) {
  case Triple::x86:
    return "ld-linux.so.2";
  case Triple::x86_64:
    return T.isX32() ? "ld-linux-x32.so.2" : "ld-linux-x86-64.so.2";
  case Triple::aarch64:
    return "ld-linux-aarch64.so.1";
  case Triple::arm:
  case Triple::thumb:
    return isHardFloat(T) ? "ld-linux-armhf.so.3" : "ld-linux.so.3";
  case Triple::ppc64le:
    return "ld64.so.2";
  case Triple::riscv64:
    return "ld-linux-riscv64-lp64d.so.1";
  default:
    return "";
  }
}

std::vector<std::string> pkgimg::driver::getSystemFolders(const Triple &T,
                                                          StringRef SysRoot,
                                                          bool Loader) {
  SmallVector<std::string, 12> Dirs;
  if (T.isOSLinux()) {
    StringRef Wide = T.isX32()                    ? "libx32"
                     : T.isArch64Bit()            ? "lib64"
                     : T.getArch() == Triple::x86 ? "lib32"
                                                  : "";
    // The path in the programs' headers; the folder per target is Debian's.
    if (Loader)
      Dirs.push_back(!T.isMusl() && (T.getArch() == Triple::x86_64 ||
                                     T.getArch() == Triple::ppc64le)
                         ? ("/" + Wide).str()
                         : "/lib");
    std::string Multiarch = getMultiarch(T);
    Dirs.push_back("/lib/" + Multiarch);
    if (!Wide.empty())
      Dirs.push_back(("/" + Wide).str());
    Dirs.push_back("/usr/lib/" + Multiarch);
    if (!Wide.empty())
      Dirs.push_back(("/usr/" + Wide).str());
  } else if (Loader) {
    Dirs.push_back("/libexec");
  }
  Dirs.push_back("/lib");
  Dirs.push_back("/usr/lib");
  if (Loader && !T.isOSLinux())
    Dirs.push_back("/usr/libexec");
  // Debian's cross compilers have their C library in a root of its own.
  if (T.isOSLinux())
    Dirs.push_back("/usr/" + getMultiarch(T) + "/lib");

  std::vector<std::string> Result;
  for (StringRef Dir : Dirs)
    if (std::string P = (SysRoot + Dir).str(); !is_contained(Result, P))
      Result.push_back(std::move(P));
  return Result;
}

//===----------------------------------------------------------------------===//
// Versions
//===----------------------------------------------------------------------===//

bool RuntimeProfile::needsVersion() const {
  auto Uses = [](ArrayRef<Template> Texts) {
    return any_of(Texts, [](const Template &T) {
      return StringRef(T.Text).contains("${version");
    });
  };
  auto EntryUses = [&](const Entry &E) {
    return Uses(E.Args) || Uses(E.Inputs.Begin) || Uses(E.Inputs.Each) ||
           Uses(E.Inputs.End) || Uses(E.Others) || Uses(E.IfExists) ||
           Uses(E.UnlessExists) || StringRef(E.Name).contains("${version") ||
           StringRef(E.DebugName).contains("${version");
  };
  return !Doc.Versions.empty() ||
         any_of(Doc.Folders, [&](auto &F) { return Uses(F.Choose); }) ||
         any_of(Doc.Variants, [&](const Variant &V) {
           return V.Since || V.Before || any_of(V.Link, EntryUses);
         });
}

static std::vector<std::string> getTexts(ArrayRef<Version> Versions) {
  std::vector<std::string> Texts;
  for (const Version &V : Versions)
    Texts.push_back(V.Value.getAsString());
  return Texts;
}

/// True if \p V is \p Known, or one of its series.
static bool isOf(VersionTuple V, VersionTuple Known) {
  if (V.getMajor() != Known.getMajor() ||
      V.getMinor().value_or(0) != Known.getMinor().value_or(0))
    return false;
  return !Known.getSubminor() || V.getSubminor() == Known.getSubminor();
}

Error RuntimeProfile::checkVersion(VersionTuple V) const {
  if (Doc.Versions.empty() || any_of(Doc.Versions, [&](const Version &Known) {
        return isOf(V, Known.Value);
      }))
    return Error::success();
  return makeError("unknown version " + V.getAsString() + " of the runtime '" +
                   Doc.Name + "'; the profile knows " +
                   list(getTexts(Doc.Versions)));
}

Expected<VersionTuple> RuntimeProfile::parseVersion(StringRef Text) const {
  VersionTuple V;
  // A 'v' and what follows a '-' or '+' are how people write versions.
  StringRef Numbers = Text;
  Numbers.consume_front("v");
  Numbers = Numbers.take_until([](char C) { return C == '-' || C == '+'; });
  if (V.tryParse(Numbers) || !V.getMinor() || V.getBuild())
    return makeError("invalid version '" + Text + "' of the runtime '" +
                     Doc.Name + "'; expected two or three numbers" +
                     (Doc.Versions.empty()
                          ? Twine(", as in '1.2' or '1.2.3'")
                          : ": one of " + list(getTexts(Doc.Versions)) +
                                ", with or without a patch number"));
  if (Error E = checkVersion(V))
    return std::move(E);
  return V;
}

namespace {
/// Values of the placeholders, for one target and prefix.
class Values {
public:
  Values(const Description &Doc, const RuntimeContext &Context);

  std::string substitute(StringRef Text) const;
  std::string substitute(const Template &T) const { return substitute(T.Text); }

  /// The folders of that name to look for files in.
  std::vector<std::string> getFolders(ArrayRef<FolderRef> Refs) const;

  bool exists(const Twine &Path) const { return Context.VFS->exists(Path); }
  bool anyExists(ArrayRef<Template> Paths) const {
    return any_of(Paths, [&](auto &P) { return exists(substitute(P)); });
  }

  /// Whether the file can be one of the target: a sysroot that was not named
  /// is this machine's, with libraries of the same names.
  bool isForTarget(StringRef Path) const;

private:
  std::string choose(const Folder &F) const;

  const RuntimeContext &Context;
  StringMap<std::string> Map;
};
} // namespace

static bool isOn(ArrayRef<Platform> Platforms, StringRef Name) {
  return Platforms.empty() ||
         any_of(Platforms, [&](auto &P) { return P.Name == Name; });
}

/// The macOS version that images are made for, in two numbers.
static std::string getMacOSVersion(const Triple &T) {
  VersionTuple V;
  if (!T.isMacOSX() || T.getOSMajorVersion() == 0 || !T.getMacOSXVersion(V))
    // What Julia's compiler writes into objects.
    return T.getArch() == Triple::aarch64 ? "11.0" : "10.14";
  std::string Text =
      utostr(V.getMajor()) + "." + utostr(V.getMinor().value_or(0));
  if (V.getSubminor().value_or(0))
    Text += "." + utostr(*V.getSubminor());
  return Text;
}

Values::Values(const Description &Doc, const RuntimeContext &Context)
    : Context(Context) {
  const Triple &T = Context.Target;
  Map["prefix"] = Context.Prefix;
  if (Context.Version) {
    Map["version"] = Context.Version->getAsString();
    Map["version-major"] = utostr(Context.Version->getMajor());
    Map["version-minor"] = utostr(Context.Version->getMinor().value_or(0));
  }
  Map["arch"] = getProfileArch(T).str();
  Map["multiarch"] = getMultiarch(T);
  Map["musl-arch"] = getMuslArch(T);
  Map["dynamic-linker"] = getDynamicLinkerName(T);
  Map["darwin-arch"] = T.getArch() == Triple::aarch64
                           ? "arm64"
                           : Triple::getArchTypeName(T.getArch()).str();
  Map["macos-version"] = Map["macos-sdk-version"] = getMacOSVersion(T);
  for (const Folder &F : Doc.Folders)
    if (isOn(F.Platforms, getProfilePlatform(T)))
      Map[F.Name] = choose(F);
}

std::string Values::substitute(StringRef Text) const {
  std::string Result;
  while (!Text.empty()) {
    if (Text.consume_front("$$")) {
      Result += '$';
    } else if (Text.consume_front("${")) {
      auto [Name, Rest] = Text.split('}');
      Result += Map.lookup(Name);
      Text = Rest;
    } else {
      Result += Text.front();
      Text = Text.drop_front();
    }
  }
  return Result;
}

/// The names in a folder, sorted: a file system lists them as it likes.
static std::vector<std::string> listNames(vfs::FileSystem &VFS,
                                          const Twine &Dir) {
  std::vector<std::string> Names;
  std::error_code EC;
  for (vfs::directory_iterator I = VFS.dir_begin(Dir, EC), End; !EC && I != End;
       I.increment(EC))
    Names.push_back(sys::path::filename(I->path()).str());
  llvm::sort(Names);
  return Names;
}

std::string Values::choose(const Folder &F) const {
  std::vector<GlobPattern> Having;
  for (const Glob &G : F.Having)
    if (Expected<GlobPattern> P = GlobPattern::create(G.Text))
      Having.push_back(std::move(*P));
    else
      consumeError(P.takeError()); // Was checked when the profile was read.

  for (const Template &T : F.Choose) {
    std::string Path = substitute(T);
    if (Having.empty()
            ? exists(Path)
            : any_of(listNames(*Context.VFS, Path), [&](auto &N) {
                return any_of(Having, [&](auto &P) { return P.match(N); });
              }))
      return Path;
  }
  return substitute(F.Choose.front());
}

std::vector<std::string> Values::getFolders(ArrayRef<FolderRef> Refs) const {
  std::vector<std::string> Dirs;
  for (const FolderRef &Ref : Refs) {
    if (Ref.Name == "system" || Ref.Name == "loader")
      llvm::append_range(Dirs,
                         getSystemFolders(Context.Target, Context.SysRoot,
                                          /*Loader=*/Ref.Name == "loader"));
    else
      Dirs.push_back(Map.lookup(Ref.Name));
  }
  return Dirs;
}

bool Values::isForTarget(StringRef Path) const {
  const Triple &T = Context.Target;
  if (!T.isOSBinFormatELF())
    return true;
  auto Buffer = Context.VFS->getBufferForFile(Path, /*FileSize=*/-1,
                                              /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return false;
  StringRef Bytes = (*Buffer)->getBuffer();
  // Scripts and archives name no machine.
  if (Bytes.size() < 20 || !Bytes.starts_with(ELF::ElfMagic))
    return true;
  bool Is64 = Bytes[ELF::EI_CLASS] == ELF::ELFCLASS64;
  unsigned Machine = support::endian::read16(
      Bytes.data() + 18, Bytes[ELF::EI_DATA] == ELF::ELFDATA2MSB
                             ? llvm::endianness::big
                             : llvm::endianness::little);
  switch (T.getArch()) {
  case Triple::x86:
    return Machine == ELF::EM_386;
  case Triple::x86_64:
    return Machine == ELF::EM_X86_64 && Is64 != T.isX32();
  case Triple::aarch64:
    return Machine == ELF::EM_AARCH64;
  case Triple::arm:
  case Triple::thumb:
    return Machine == ELF::EM_ARM;
  case Triple::ppc64le:
    return Machine == ELF::EM_PPC64;
  case Triple::riscv64:
    return Machine == ELF::EM_RISCV && Is64;
  default:
    return true;
  }
}

/// Makes a version of the groups of a match; none if they are no numbers.
static std::optional<VersionTuple> makeVersion(ArrayRef<StringRef> Matches) {
  std::string Text;
  for (StringRef Part : Matches.drop_front())
    if (!Part.empty())
      Text += (Text.empty() ? "" : ".") + Part.str();
  VersionTuple V;
  if (Text.empty() || V.tryParse(Text))
    return std::nullopt;
  return V;
}

Expected<VersionTuple>
RuntimeProfile::detectVersion(const RuntimeContext &Context) const {
  Values V(Doc, Context);
  std::vector<std::string> Places;
  for (const VersionSource &Source : Doc.VersionFrom) {
    Regex Match(Source.Match.Text);
    SmallVector<StringRef, 4> Groups;
    std::vector<VersionTuple> Found;
    std::string Path =
        V.substitute(Source.File ? *Source.File : *Source.Folder);
    if (Source.File) {
      if (auto Buffer = Context.VFS->getBufferForFile(Path))
        if (Match.match((*Buffer)->getBuffer(), &Groups))
          if (std::optional<VersionTuple> Version = makeVersion(Groups))
            return *Version;
      Places.push_back("'" + Path + "'");
      continue;
    }
    for (const std::string &Name : listNames(*Context.VFS, Path))
      if (Match.match(Name, &Groups))
        if (std::optional<VersionTuple> Version = makeVersion(Groups))
          Found.push_back(*Version);
    std::string Place = "the names in '" + Path + "'";
    if (Found.empty()) {
      if (!is_contained(Places, Place))
        Places.push_back(Place);
      continue;
    }
    // libx.so.1.2 and libx.so.1.2.3 are one version; take the longer.
    llvm::sort(Found);
    std::vector<VersionTuple> Distinct;
    for (VersionTuple Version : Found) {
      if (!Distinct.empty() && isOf(Version, Distinct.back()))
        Distinct.back() = Version;
      else
        Distinct.push_back(Version);
    }
    if (Distinct.size() == 1)
      return Distinct.front();
    std::vector<std::string> Texts;
    for (VersionTuple Version : Distinct)
      Texts.push_back(Version.getAsString());
    return makeError("several versions of the runtime '" + Doc.Name +
                     "' are in '" + Path + "': " + list(Texts) +
                     "; name one, as in --runtime=" + Doc.Name + "@" +
                     Texts.back());
  }
  return makeError("cannot tell the version of the runtime '" + Doc.Name +
                   "' in '" + Context.Prefix + "'" +
                   (Places.empty()
                        ? Twine(": its profile does not say how to read it")
                        : ": it was looked for in " + list(Places) +
                              "; check --runtime-prefix") +
                   ", or name it with --runtime=" + Doc.Name + "@VERSION");
}

Expected<const Variant *> RuntimeProfile::selectVariant(const Triple &Target,
                                                        VersionTuple V) const {
  StringRef Platform = getProfilePlatform(Target);
  StringRef Arch = getProfileArch(Target);
  auto Key = [](VersionTuple V, unsigned Missing) {
    return std::make_tuple(V.getMajor(), V.getMinor().value_or(Missing),
                           V.getSubminor().value_or(Missing));
  };
  auto Candidate = Key(V, ~0u);
  std::set<std::string> Platforms, Archs;
  bool OtherVersion = false;
  for (const Variant &Each : Doc.Variants) {
    for (const profile::Platform &P : Each.Platforms)
      Platforms.insert(P.Name);
    if (!isOn(Each.Platforms, Platform))
      continue;
    for (const profile::Arch &A : Each.Archs)
      Archs.insert(A.Name);
    if (!Each.Archs.empty() &&
        none_of(Each.Archs, [&](auto &A) { return A.Name == Arch; }))
      continue;
    if (Each.C != LibC::Any && (Each.C == LibC::Musl) != Target.isMusl())
      continue;
    if ((Each.Since && Candidate < Key(Each.Since->Value, 0)) ||
        (Each.Before && Candidate >= Key(Each.Before->Value, 0))) {
      OtherVersion = true;
      continue;
    }
    return &Each;
  }
  std::string What = "the runtime '" + Doc.Name + "' has no link line for ";
  if (Platform.empty() || !Platforms.count(Platform.str()))
    return makeError(What + "the target '" + Target.str() +
                     "'; its profile has the platforms " + list(Platforms));
  if (OtherVersion)
    return makeError(What + "version " + V.getAsString() + " on '" +
                     Target.str() + "', only for other versions");
  return makeError(
      What + "the architecture of the target '" + Target.str() + "'" +
      (Archs.empty() ? Twine(" and its C library")
                     : "; on " + Platform + " it has " + list(Archs)));
}

//===----------------------------------------------------------------------===//
// Expansion
//===----------------------------------------------------------------------===//

namespace {
/// Builds one link line.
class Expander {
public:
  Expander(const Description &Doc, const Variant &V,
           const RuntimeContext &Context)
      : Doc(Doc), V(V), Context(Context), Value(Doc, Context) {
    Link.Flavor = V.Flavor;
    LinkFolders = Context.UserFolders;
    for (const Entry &E : V.Link)
      if (E.Kind == Entry::EntryKind::Folder && isActive(E))
        LinkFolders.push_back(Value.substitute("${" + E.Name + "}"));
  }

  RuntimeLink run(StringRef Output, ArrayRef<RuntimeInput> Inputs);

private:
  bool isActive(const Entry &E) const;
  bool holds(const Condition &C) const;
  void addInputs(const profile::Inputs &How, ArrayRef<RuntimeInput> Inputs);
  void addLibrary(const Entry &E);
  void addFile(const Entry &E);
  void addAll(ArrayRef<Template> Texts) {
    for (const Template &T : Texts)
      Link.Args.push_back(Value.substitute(T));
  }

  std::optional<std::string> findFile(ArrayRef<std::string> Names,
                                      ArrayRef<std::string> Dirs) const;
  SmallVector<std::string, 6> getLibraryNames(StringRef Name) const;
  void reportMissing(const Entry &E, const Twine &What, const Twine &Expected,
                     ArrayRef<std::string> Dirs, StringRef Hint = "");

  const Description &Doc;
  const Variant &V;
  const RuntimeContext &Context;
  Values Value;
  /// Where the linker looks for libraries.
  std::vector<std::string> LinkFolders;
  RuntimeLink Link;
};
} // namespace

bool Expander::holds(const Condition &C) const {
  if (C.Name == "debug")
    return Context.Debug;
  if (C.Name == "verbose")
    return Context.Verbose;
  return C.Name == getProfileArch(Context.Target);
}

bool Expander::isActive(const Entry &E) const {
  return all_of(E.If, [&](auto &C) { return holds(C); }) &&
         none_of(E.Unless, [&](auto &C) { return holds(C); }) &&
         (E.IfExists.empty() || Value.anyExists(E.IfExists)) &&
         !Value.anyExists(E.UnlessExists);
}

void Expander::addInputs(const profile::Inputs &How,
                         ArrayRef<RuntimeInput> Inputs) {
  bool InRun = false;
  for (const RuntimeInput &Input : Inputs) {
    // The user's options are not for the whole archives.
    if (Input.IsFile != InRun) {
      addAll(Input.IsFile ? How.Begin : How.End);
      InRun = Input.IsFile;
    }
    if (Input.IsArchive)
      addAll(How.Each);
    llvm::append_range(Link.Args, Input.Args);
  }
  if (InRun)
    addAll(How.End);
}

SmallVector<std::string, 6> Expander::getLibraryNames(StringRef Name) const {
  std::string N = Name.str();
  // In the order in which LLD looks for them.
  if (Context.Target.isOSWindows())
    return {"lib" + N + ".dll.a", N + ".dll.a",       "lib" + N + ".a",
            N + ".lib",           "lib" + N + ".dll", N + ".dll"};
  if (V.Flavor == LinkerFlavor::Darwin)
    return {"lib" + N + ".tbd", "lib" + N + ".dylib", "lib" + N + ".a"};
  return {"lib" + N + ".so", "lib" + N + ".a"};
}

std::optional<std::string>
Expander::findFile(ArrayRef<std::string> Names,
                   ArrayRef<std::string> Dirs) const {
  for (StringRef Name : Names) {
    if (Name.empty())
      continue;
    for (StringRef Dir : Dirs) {
      SmallString<128> P(Dir);
      sys::path::append(P, Name);
      if (Value.exists(P) && Value.isForTarget(P))
        return std::string(P);
    }
  }
  return std::nullopt;
}

void Expander::reportMissing(const Entry &E, const Twine &What,
                             const Twine &Expected, ArrayRef<std::string> Dirs,
                             StringRef Hint) {
  std::vector<std::string> Unique;
  for (const std::string &Dir : Dirs)
    if (!is_contained(Unique, "'" + Dir + "'"))
      Unique.push_back("'" + Dir + "'");
  std::string Runtime =
      "runtime '" + Doc.Name +
      (Context.Version ? "' " + Context.Version->getAsString() : "'");
  if (E.Optional) {
    Link.Notes.push_back((Runtime + ": " + What + " is left out: no " +
                          Expected + " in " + list(Unique))
                             .str());
    return;
  }
  bool System = any_of(E.In, [](auto &Ref) {
    return Ref.Name == "system" || Ref.Name == "loader";
  });
  Link.Errors.push_back(
      (Runtime + ": cannot find " + What + " for the target '" +
       Context.Target.str() + "'; expected " + Expected + " in " +
       list(Unique) + "; check " +
       (System ? "--runtime-prefix and --sysroot" : "--runtime-prefix") + Hint)
          .str());
}

void Expander::addLibrary(const Entry &E) {
  bool Debug = Context.Debug && !E.DebugName.empty();
  std::string Name = Value.substitute(Debug ? E.DebugName : E.Name);
  std::string Arg = "-l" + Name;
  SmallVector<std::string, 6> Names = getLibraryNames(Name);
  if (findFile(Names, LinkFolders)) {
    Link.Args.push_back(std::move(Arg));
    return;
  }
  std::vector<std::string> Others;
  for (const Template &T : E.Others)
    Others.push_back(Value.substitute(T));
  std::vector<std::string> Dirs = Value.getFolders(E.In);
  if (std::optional<std::string> P = findFile(Others, Dirs)) {
    Link.Args.push_back(std::move(*P));
    return;
  }
  llvm::append_range(Names, Others);
  Dirs.insert(Dirs.begin(), LinkFolders.begin(), LinkFolders.end());
  // The runtime may be there, but not in the kind that was asked for.
  std::string Hint;
  if (!E.DebugName.empty()) {
    std::string Other = Value.substitute(Debug ? E.Name : E.DebugName);
    if (findFile(getLibraryNames(Other), LinkFolders))
      Hint = ("; it has '" + Other + "': " + (Debug ? "leave out" : "give") +
              " --runtime-debug to link with it");
  }
  reportMissing(E, "the library '" + Name + "' (" + Arg + ")",
                join(Names, " or "), Dirs, Hint);
  if (!E.Optional)
    Link.Args.push_back(std::move(Arg));
}

void Expander::addFile(const Entry &E) {
  std::vector<std::string> Names{Value.substitute(E.Name)};
  for (const Template &T : E.Others)
    Names.push_back(Value.substitute(T));
  llvm::erase_if(Names, [](auto &N) { return N.empty(); });
  std::vector<std::string> Dirs = Value.getFolders(E.In);
  if (std::optional<std::string> P = findFile(Names, Dirs)) {
    Link.Args.push_back(std::move(*P));
    return;
  }
  std::string First = Names.empty() ? E.Name : Names.front();
  reportMissing(E, "the file '" + First + "'",
                Names.empty() ? First : join(Names, " or "), Dirs);
  if (!E.Optional)
    Link.Args.push_back(std::move(First));
}

RuntimeLink Expander::run(StringRef Output, ArrayRef<RuntimeInput> Inputs) {
  for (const Entry &E : V.Link) {
    if (!isActive(E))
      continue;
    switch (E.Kind) {
    case Entry::EntryKind::Args:
      for (const Template &T : E.Args) {
        if (T.Text == "${output}") {
          Link.OutputIndex = Link.Args.size();
          Link.Args.push_back(Output.str());
        } else {
          Link.Args.push_back(Value.substitute(T));
        }
      }
      break;
    case Entry::EntryKind::Inputs:
      addInputs(E.Inputs, Inputs);
      break;
    case Entry::EntryKind::Folder:
      Link.Args.push_back("-L" + Value.substitute("${" + E.Name + "}"));
      break;
    case Entry::EntryKind::Library:
      addLibrary(E);
      break;
    case Entry::EntryKind::File:
      addFile(E);
      break;
    }
  }
  return std::move(Link);
}

RuntimeLink RuntimeProfile::expand(const Variant &V,
                                   const RuntimeContext &Context,
                                   StringRef Output,
                                   ArrayRef<RuntimeInput> Inputs) const {
  return Expander(Doc, V, Context).run(Output, Inputs);
}
