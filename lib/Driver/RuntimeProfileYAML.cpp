//===- RuntimeProfileYAML.cpp - Read and check runtime profiles -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The schema of runtime profiles. Whatever can be checked without a target and
/// a prefix is checked here, where the place in the file is known.
///
//===----------------------------------------------------------------------===//

#include "RuntimeProfileNames.h"
#include "pkgimg/Driver/RuntimeProfile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLTraits.h"

using namespace llvm;
using namespace pkgimg::driver;
using namespace pkgimg::driver::profile;

namespace {
/// What the traits know of the document around the node that they read.
struct ParseContext {
  /// The folders so far: placeholders and places to look in.
  std::vector<Folder> Folders;
  /// The variants so far, which the next may not overlap.
  std::vector<Variant> Variants;
  /// `${output}` may stand here.
  bool OutputAllowed = false;
  /// The keys of the mapping that was read last, for the message about an
  /// unknown one.
  ArrayRef<StringLiteral> Keys;
  /// Owns the message of a trait, which returns a reference.
  std::string Message;
  /// The first error, with its place.
  std::string FirstError;

  StringRef fail(const Twine &What) {
    Message = What.str();
    return Message;
  }
};

/// The name of a profile or a folder.
struct NameScalar {
  std::string Text;
};
} // namespace

static ParseContext &getContext(void *Ctx) {
  return *static_cast<ParseContext *>(Ctx);
}
static ParseContext &getContext(yaml::IO &IO) {
  return getContext(IO.getContext());
}

/// "a, b or c"
template <typename RangeT> static std::string listAlternatives(RangeT &&Names) {
  std::string Result;
  size_t Left = std::distance(std::begin(Names), std::end(Names));
  for (StringRef Name : Names) {
    Result += Name;
    --Left;
    if (Left)
      Result += Left == 1 ? " or " : ", ";
  }
  return Result;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// Returns an error, or an empty text. \p Refs gets the placeholders.
static std::string checkTemplate(StringRef Text, const ParseContext &C,
                                 SmallVectorImpl<StringRef> *Refs = nullptr) {
  StringRef Rest = Text;
  while (true) {
    Rest = Rest.drop_until([](char Ch) { return Ch == '$'; });
    if (Rest.empty())
      return "";
    if (Rest.consume_front("$$"))
      continue;
    if (!Rest.consume_front("${")) {
      Rest = Rest.drop_front();
      continue;
    }
    size_t End = Rest.find('}');
    if (End == StringRef::npos)
      return ("the placeholder '${" + Rest +
              "' has no end; expected a '}', or '$$' for a '$' as it is")
          .str();
    StringRef Name = Rest.take_front(End);
    Rest = Rest.drop_front(End + 1);
    if (Name == "output") {
      if (!C.OutputAllowed)
        return "'${output}' can stand in 'args' alone";
      if (Text != "${output}")
        return "'${output}' must be an argument of its own";
      continue;
    }
    bool Known = is_contained(BuiltInPlaceholders, Name) ||
                 any_of(C.Folders, [&](auto &F) { return F.Name == Name; });
    if (!Known) {
      SmallVector<StringRef, 16> Names(std::begin(BuiltInPlaceholders),
                                       std::end(BuiltInPlaceholders));
      if (C.OutputAllowed)
        Names.push_back("output");
      for (const Folder &F : C.Folders)
        if (!is_contained(Names, F.Name))
          Names.push_back(F.Name);
      return ("unknown placeholder '${" + Name + "}'; expected one of " +
              listAlternatives(Names))
          .str();
    }
    if (Refs)
      Refs->push_back(Name);
  }
}

/// Whether a folder of the name exists on a platform.
static bool isFolderOn(const ParseContext &C, StringRef Name,
                       StringRef Platform) {
  return any_of(C.Folders, [&](const Folder &F) {
    return F.Name == Name &&
           (F.Platforms.empty() ||
            any_of(F.Platforms, [&](auto &P) { return P.Name == Platform; }));
  });
}

/// Returns a message about the first of the folders that the platforms lack.
static std::string checkFoldersExist(const ParseContext &C,
                                     ArrayRef<StringRef> Names,
                                     ArrayRef<Platform> Platforms) {
  for (StringRef Name : Names) {
    if (is_contained(BuiltInPlaceholders, Name) || Name == "system" ||
        Name == "loader")
      continue;
    for (const Platform &P : Platforms)
      if (!isFolderOn(C, Name, P.Name))
        return ("the folder '" + Name + "' is used here, and is not defined " +
                "for the platform '" + P.Name + "'")
            .str();
  }
  return "";
}

/// The folders and placeholders that an entry uses.
static void collectRefs(const Entry &E, ParseContext &C,
                        SmallVectorImpl<StringRef> &Refs) {
  auto AddAll = [&](ArrayRef<Template> Texts) {
    for (const Template &T : Texts)
      checkTemplate(T.Text, C, &Refs);
  };
  AddAll(E.Args);
  AddAll(E.Inputs.Begin);
  AddAll(E.Inputs.Each);
  AddAll(E.Inputs.End);
  AddAll(E.Others);
  AddAll(E.IfExists);
  AddAll(E.UnlessExists);
  if (E.Kind == Entry::EntryKind::Folder)
    Refs.push_back(E.Name);
  else
    checkTemplate(E.Name, C, &Refs);
  for (const FolderRef &F : E.In)
    Refs.push_back(F.Name);
}

/// True if both variants match some target and version.
static bool overlap(const Variant &A, const Variant &B) {
  auto HaveCommon = [](auto &X, auto &Y) {
    return any_of(X, [&](auto &I) {
      return any_of(Y, [&](auto &J) { return I.Name == J.Name; });
    });
  };
  if (!HaveCommon(A.Platforms, B.Platforms))
    return false;
  if (!A.Archs.empty() && !B.Archs.empty() && !HaveCommon(A.Archs, B.Archs))
    return false;
  if (A.C != LibC::Any && B.C != LibC::Any && A.C != B.C)
    return false;
  auto EndsBefore = [](const Variant &X, const Variant &Y) {
    return X.Before && Y.Since && X.Before->Value <= Y.Since->Value;
  };
  return !EndsBefore(A, B) && !EndsBefore(B, A);
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

namespace llvm {
namespace yaml {

/// Profiles are read alone; the library asks for a writer of each type.
template <typename T> struct TextTraits {
  static void output(const T &, void *, raw_ostream &) {}
  static QuotingType mustQuote(StringRef) { return QuotingType::Double; }
};

template <> struct ScalarTraits<NameScalar> : TextTraits<NameScalar> {
  static StringRef input(StringRef S, void *Ctx, NameScalar &V) {
    V.Text = S.str();
    if (S.empty() || !all_of(S, [](char C) {
          return isAlnum(C) || C == '-' || C == '_' || C == '.';
        }))
      return getContext(Ctx).fail("invalid name '" + S +
                                  "'; expected letters, digits, '-', '_', '.'");
    return "";
  }
};

template <> struct ScalarTraits<Template> : TextTraits<Template> {
  static StringRef input(StringRef S, void *Ctx, Template &V) {
    V.Text = S.str();
    ParseContext &C = getContext(Ctx);
    return C.fail(checkTemplate(V.Text, C));
  }
};

template <> struct ScalarTraits<FolderRef> : TextTraits<FolderRef> {
  static StringRef input(StringRef S, void *Ctx, FolderRef &V) {
    V.Name = S.str();
    ParseContext &C = getContext(Ctx);
    SmallVector<StringRef, 8> Names{"system", "loader"};
    for (const Folder &F : C.Folders)
      if (!is_contained(Names, F.Name))
        Names.push_back(F.Name);
    if (is_contained(Names, S))
      return "";
    return C.fail("unknown folder '" + S + "'; expected one of " +
                  listAlternatives(Names));
  }
};

template <> struct ScalarTraits<Condition> : TextTraits<Condition> {
  static StringRef input(StringRef S, void *Ctx, Condition &V) {
    V.Name = S.str();
    if (S == "debug" || S == "verbose" || is_contained(ArchNames, S))
      return "";
    return getContext(Ctx).fail("unknown condition '" + S +
                                "'; expected debug, verbose, or one of " +
                                listAlternatives(ArchNames));
  }
};

template <> struct ScalarTraits<Platform> : TextTraits<Platform> {
  static StringRef input(StringRef S, void *Ctx, Platform &V) {
    V.Name = S.str();
    if (is_contained(PlatformNames, S))
      return "";
    return getContext(Ctx).fail("unknown platform '" + S +
                                "'; expected one of " +
                                listAlternatives(PlatformNames));
  }
};

template <> struct ScalarTraits<Arch> : TextTraits<Arch> {
  static StringRef input(StringRef S, void *Ctx, Arch &V) {
    V.Name = S.str();
    if (is_contained(ArchNames, S))
      return "";
    return getContext(Ctx).fail("unknown architecture '" + S +
                                "'; expected one of " +
                                listAlternatives(ArchNames));
  }
};

template <> struct ScalarTraits<LibC> : TextTraits<LibC> {
  static StringRef input(StringRef S, void *Ctx, LibC &V) {
    if (S == "gnu")
      V = LibC::GNU;
    else if (S == "musl")
      V = LibC::Musl;
    else
      return getContext(Ctx).fail("unknown C library '" + S +
                                  "'; expected gnu or musl");
    return "";
  }
};

template <> struct ScalarTraits<LinkerFlavor> : TextTraits<LinkerFlavor> {
  static StringRef input(StringRef S, void *Ctx, LinkerFlavor &V) {
    if (S == "gnu")
      V = LinkerFlavor::GNU;
    else if (S == "darwin")
      V = LinkerFlavor::Darwin;
    else if (S == "wasm")
      V = LinkerFlavor::Wasm;
    else
      return getContext(Ctx).fail("unknown flavor '" + S +
                                  "'; expected gnu, darwin or wasm");
    return "";
  }
};

template <> struct ScalarTraits<Version> : TextTraits<Version> {
  static StringRef input(StringRef S, void *Ctx, Version &V) {
    if (V.Value.tryParse(S) || V.Value.getBuild())
      return getContext(Ctx).fail("invalid version '" + S +
                                  "'; expected two or three numbers, as 1.11 "
                                  "or 1.11.2");
    return "";
  }
};

template <> struct ScalarTraits<VersionRegex> : TextTraits<VersionRegex> {
  static StringRef input(StringRef S, void *Ctx, VersionRegex &V) {
    V.Text = S.str();
    Regex R(S);
    std::string Why;
    if (!R.isValid(Why))
      return getContext(Ctx).fail("invalid regular expression: " + Why);
    if (R.getNumMatches() < 1 || R.getNumMatches() > 3)
      return getContext(Ctx).fail(
          "the regular expression has " + Twine(R.getNumMatches()) +
          " groups; expected one to three: the version's numbers");
    return "";
  }
};

template <> struct ScalarTraits<Glob> : TextTraits<Glob> {
  static StringRef input(StringRef S, void *Ctx, Glob &V) {
    V.Text = S.str();
    Expected<GlobPattern> Pattern = GlobPattern::create(S);
    if (!Pattern)
      return getContext(Ctx).fail("invalid pattern '" + S +
                                  "': " + toString(Pattern.takeError()));
    return "";
  }
};

} // namespace yaml
} // namespace llvm

LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Template)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::FolderRef)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Condition)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Platform)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Arch)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Version)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Glob)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Folder)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::VersionSource)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Entry)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::driver::profile::Variant)

//===----------------------------------------------------------------------===//
// Mappings
//===----------------------------------------------------------------------===//

static constexpr StringLiteral DocumentKeys[] = {
    "schema",  "name",         "title",   "versions",
    "folders", "version-from", "variants"};
static constexpr StringLiteral FolderKeys[] = {"name", "platforms", "choose",
                                               "having"};
static constexpr StringLiteral SourceKeys[] = {"file", "folder", "match"};
static constexpr StringLiteral VariantKeys[] = {
    "platforms", "archs", "libc", "since", "before", "flavor", "link"};
static constexpr StringLiteral InputsKeys[] = {"begin", "each", "end"};

static constexpr StringLiteral EntryKinds[] = {"args", "inputs", "folder",
                                               "library", "file"};
static constexpr StringLiteral ArgsKeys[] = {"args", "if", "unless",
                                             "if-exists", "unless-exists"};
static constexpr StringLiteral InputsEntryKeys[] = {"inputs"};
static constexpr StringLiteral FolderEntryKeys[] = {
    "folder", "if", "unless", "if-exists", "unless-exists"};
static constexpr StringLiteral LibraryKeys[] = {
    "library", "debug",  "or",        "in",           "optional",
    "if",      "unless", "if-exists", "unless-exists"};
static constexpr StringLiteral FileKeys[] = {
    "file", "or",     "in",        "optional",
    "if",   "unless", "if-exists", "unless-exists"};

namespace llvm {
namespace yaml {

template <> struct MappingTraits<Folder> {
  static void mapping(IO &IO, Folder &F) {
    NameScalar Name;
    IO.mapRequired("name", Name);
    F.Name = Name.Text;
    IO.mapOptional("platforms", F.Platforms);
    IO.mapRequired("choose", F.Choose);
    IO.mapOptional("having", F.Having);
    getContext(IO).Keys = FolderKeys;
  }
  static std::string validate(IO &IO, Folder &F) {
    ParseContext &C = getContext(IO);
    if (is_contained(BuiltInPlaceholders, F.Name) || F.Name == "output" ||
        F.Name == "system" || F.Name == "loader")
      return "the folder's name '" + F.Name +
             "' has a meaning of its own; choose another";
    if (F.Choose.empty())
      return "the folder '" + F.Name + "' has nothing to choose from";
    SmallVector<StringRef, 4> Refs;
    for (const Template &T : F.Choose)
      checkTemplate(T.Text, C, &Refs);
    SmallVector<Platform, 4> On(F.Platforms.begin(), F.Platforms.end());
    if (On.empty())
      for (StringRef P : PlatformNames)
        On.push_back({P.str()});
    for (const Platform &P : On)
      if (isFolderOn(C, F.Name, P.Name))
        return "the folder '" + F.Name +
               "' is defined twice for the platform '" + P.Name + "'";
    std::string Error = checkFoldersExist(C, Refs, On);
    if (Error.empty())
      C.Folders.push_back(F);
    return Error;
  }
};

template <> struct MappingTraits<VersionSource> {
  static void mapping(IO &IO, VersionSource &S) {
    IO.mapOptional("file", S.File);
    IO.mapOptional("folder", S.Folder);
    IO.mapRequired("match", S.Match);
    getContext(IO).Keys = SourceKeys;
  }
  static std::string validate(IO &, VersionSource &S) {
    if (S.File.has_value() == S.Folder.has_value())
      return "expected one of file and folder, beside match";
    return "";
  }
};

template <> struct MappingTraits<profile::Inputs> {
  static void mapping(IO &IO, profile::Inputs &I) {
    IO.mapOptional("begin", I.Begin);
    IO.mapOptional("each", I.Each);
    IO.mapOptional("end", I.End);
    getContext(IO).Keys = InputsKeys;
  }
};

template <> struct MappingTraits<Entry> {
  static void mapping(IO &IO, Entry &E) {
    ParseContext &C = getContext(IO);
    SmallVector<StringRef, 2> Kinds;
    for (StringRef Key : IO.keys())
      if (is_contained(EntryKinds, Key))
        Kinds.push_back(Key);
    if (Kinds.size() != 1) {
      IO.setError(Twine("a step of the link line has ") +
                  (Kinds.empty() ? "none" : "more than one") + " of the keys " +
                  listAlternatives(EntryKinds) + "; expected exactly one");
      return;
    }
    if (Kinds[0] == "inputs") {
      E.Kind = Entry::EntryKind::Inputs;
      IO.mapRequired("inputs", E.Inputs);
      C.Keys = InputsEntryKeys;
      return;
    }
    if (Kinds[0] == "args") {
      C.OutputAllowed = true;
      IO.mapRequired("args", E.Args);
      C.OutputAllowed = false;
      C.Keys = ArgsKeys;
    } else if (Kinds[0] == "folder") {
      E.Kind = Entry::EntryKind::Folder;
      FolderRef Ref;
      IO.mapRequired("folder", Ref);
      E.Name = Ref.Name;
      C.Keys = FolderEntryKeys;
    } else {
      bool Library = Kinds[0] == "library";
      E.Kind = Library ? Entry::EntryKind::Library : Entry::EntryKind::File;
      Template Name, Debug;
      IO.mapRequired(Library ? "library" : "file", Name);
      E.Name = Name.Text;
      if (Library)
        IO.mapOptional("debug", Debug);
      E.DebugName = Debug.Text;
      IO.mapOptional("or", E.Others);
      IO.mapOptional("in", E.In);
      IO.mapOptional("optional", E.Optional);
      C.Keys = Library ? ArrayRef(LibraryKeys) : ArrayRef(FileKeys);
    }
    ArrayRef<StringLiteral> Keys = C.Keys;
    IO.mapOptional("if", E.If);
    IO.mapOptional("unless", E.Unless);
    IO.mapOptional("if-exists", E.IfExists);
    IO.mapOptional("unless-exists", E.UnlessExists);
    C.Keys = Keys;
  }
  static std::string validate(IO &, Entry &E) {
    switch (E.Kind) {
    case Entry::EntryKind::Folder:
      if (E.Name == "system" || E.Name == "loader")
        return "'" + E.Name +
               "' is a place to look for files, not a folder to "
               "name to the linker";
      break;
    case Entry::EntryKind::File:
      if (E.In.empty())
        return "the file '" + E.Name +
               "' needs the key 'in': the folders to look for it in";
      break;
    case Entry::EntryKind::Library:
      if (E.Others.empty() != E.In.empty())
        return "the library '" + E.Name +
               "' has one of the keys 'or' and 'in'; expected both (files to "
               "take in its place, and the folders to look for them in) or "
               "neither";
      break;
    default:
      break;
    }
    return "";
  }
};

template <> struct MappingTraits<Variant> {
  static void mapping(IO &IO, Variant &V) {
    IO.mapRequired("platforms", V.Platforms);
    IO.mapOptional("archs", V.Archs);
    IO.mapOptional("libc", V.C, LibC::Any);
    IO.mapOptional("since", V.Since);
    IO.mapOptional("before", V.Before);
    IO.mapRequired("flavor", V.Flavor);
    IO.mapRequired("link", V.Link);
    getContext(IO).Keys = VariantKeys;
  }
  static std::string validate(IO &IO, Variant &V) {
    ParseContext &C = getContext(IO);
    if (V.Platforms.empty())
      return "the variant has no platforms; expected one of " +
             listAlternatives(PlatformNames);
    if (V.Since && V.Before && V.Before->Value <= V.Since->Value)
      return "the variant matches no version: it begins with " +
             V.Since->Value.getAsString() + " and ends before " +
             V.Before->Value.getAsString();
    if (V.C != LibC::Any &&
        any_of(V.Platforms, [](auto &P) { return P.Name != "linux"; }))
      return "'libc' distinguishes the platform linux alone";

    unsigned Outputs = 0, Inputs = 0;
    for (const Entry &E : V.Link) {
      Inputs += E.Kind == Entry::EntryKind::Inputs;
      for (const Template &T : E.Args) {
        if (T.Text != "${output}")
          continue;
        ++Outputs;
        if (!E.If.empty() || !E.Unless.empty() || !E.IfExists.empty() ||
            !E.UnlessExists.empty())
          return "'${output}' cannot be conditional";
      }
      SmallVector<StringRef, 8> Refs;
      bool Allowed = C.OutputAllowed;
      C.OutputAllowed = true;
      collectRefs(E, C, Refs);
      C.OutputAllowed = Allowed;
      std::string Error = checkFoldersExist(C, Refs, V.Platforms);
      if (!Error.empty())
        return Error;
    }
    if (Outputs != 1)
      return "the link line has " + utostr(Outputs) +
             " arguments '${output}'; expected exactly one";
    if (Inputs != 1)
      return "the link line has " + utostr(Inputs) +
             " steps 'inputs'; expected exactly one";

    for (size_t I = 0; I != C.Variants.size(); ++I)
      if (overlap(C.Variants[I], V))
        return "variants " + utostr(I + 1) + " and " +
               utostr(C.Variants.size() + 1) +
               " overlap: both match some target and version; expected "
               "different platforms, archs, libc, or since and before";
    C.Variants.push_back(V);
    return "";
  }
};

template <> struct MappingTraits<Description> {
  static void mapping(IO &IO, Description &D) {
    ParseContext &C = getContext(IO);
    C.Keys = DocumentKeys;
    IO.mapRequired("schema", D.Schema);
    if (!C.FirstError.empty())
      return;
    if (D.Schema != SchemaVersion) {
      IO.setError("schema " + Twine(D.Schema) +
                  " is unknown; this version reads schema " +
                  Twine(SchemaVersion));
      return;
    }
    NameScalar Name;
    IO.mapRequired("name", Name);
    D.Name = Name.Text;
    IO.mapOptional("title", D.Title, D.Name);
    IO.mapOptional("versions", D.Versions);
    // In the order in which they may refer to each other.
    IO.mapOptional("folders", D.Folders);
    IO.mapOptional("version-from", D.VersionFrom);
    IO.mapRequired("variants", D.Variants);
    C.Keys = DocumentKeys;
  }
  static std::string validate(IO &, Description &D) {
    if (D.Variants.empty())
      return "the profile has no variants; expected one per platform";
    return "";
  }
};

} // namespace yaml
} // namespace llvm

//===----------------------------------------------------------------------===//
// The document
//===----------------------------------------------------------------------===//

/// Keeps the first error, in the form of a compiler's.
static void handleDiagnostic(const SMDiagnostic &D, void *Ctx) {
  ParseContext &C = getContext(Ctx);
  if (!C.FirstError.empty())
    return;
  std::string Message = D.getMessage().str();
  // LLVM's reader says what it found; people want to know what belongs there.
  if (StringRef(Message).starts_with("unknown key"))
    Message += "; expected one of " + listAlternatives(C.Keys);
  else if (Message == "not a mapping")
    Message = "expected a mapping, 'key: value'";
  else if (Message == "not a sequence")
    Message = "expected a list, '[a, b]' or lines that begin with '- '";
  else if (Message == "unexpected scalar")
    Message = "expected a text, not a list or a mapping";
  else if (Message == "invalid boolean")
    Message += "; expected true or false";
  else if (StringRef(Message).starts_with("invalid number"))
    Message = "expected a number";
  raw_string_ostream OS(C.FirstError);
  OS << D.getFilename() << ':' << D.getLineNo() << ':' << D.getColumnNo() + 1
     << ": " << Message;
}

Expected<RuntimeProfile> RuntimeProfile::parse(MemoryBufferRef Buffer) {
  ParseContext C;
  Description D;
  yaml::Input In(Buffer, &C, handleDiagnostic, &C);
  auto Fail = [&](const Twine &Otherwise) {
    return createStringError(inconvertibleErrorCode(),
                             C.FirstError.empty()
                                 ? Buffer.getBufferIdentifier() + Otherwise
                                 : Twine(C.FirstError));
  };
  if (Buffer.getBuffer().trim().empty())
    return Fail(":1:1: the file is empty; expected a runtime profile in YAML, "
                "beginning with 'schema: " +
                Twine(SchemaVersion) + "'");
  In >> D;
  if (In.error() || !C.FirstError.empty())
    return Fail(": not a runtime profile in YAML");
  if (In.nextDocument())
    return Fail(": a second document begins; expected one profile in a file");
  return RuntimeProfile(std::move(D));
}
