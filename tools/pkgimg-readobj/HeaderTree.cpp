//===- HeaderTree.cpp - cache headers as trees ----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HeaderTree.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

static Value describeModules(ArrayRef<ModuleID> Modules) {
  Value List = Value::list("Module");
  for (const ModuleID &M : Modules) {
    Value V = Value::object();
    V.add("Name", Value::string(M.Name));
    if (!M.UUID.isZero())
      V.add("UUID", Value::bytes(formatUUID(M.UUID)));
    V.add("BuildID", Value::bytes(formatBuildID(M.BuildID)));
    List.append(std::move(V), M.Name);
  }
  return List;
}

/// Julia stores sizes and checksums of source files since 1.11 (#49866).
static bool hasFileDigests(const CacheHeader &H) {
  if (H.Format != HeaderFormat::Julia)
    return true;
  std::optional<JuliaVersion> V = parseJuliaVersion(H.Build.Version);
  return V && V->isAtLeast(1, 11);
}

static Value describeDependencies(const CacheHeader &H) {
  Value List = Value::list("Dependency");
  for (const Dependency &D : H.Dependencies) {
    Value V = Value::object();
    V.add(D.IsRequire ? "Require" : "File", Value::string(D.Path));
    if (D.IsRequire) {
      if (!D.UUID.isZero())
        V.add("UUID", Value::bytes(formatUUID(D.UUID)));
    } else {
      if (hasFileDigests(H)) {
        V.add("Size", Value::integer(D.Size));
        V.add("CRC", Value::hex(D.CRC));
      }
      V.add("ModificationTime", Value::real(D.ModificationTime));
    }
    if (D.ModuleIndex)
      V.add("Module", Value::integer(D.ModuleIndex));
    if (!D.Submodules.empty())
      V.add("Submodules", Value::strings(D.Submodules));
    List.append(std::move(V), D.IsRequire ? "require " + D.Path : D.Path);
  }
  return List;
}

static void addPreferences(Value &To, const CacheHeader &H) {
  // Julia 1.14 replaced names and a hash by the values (#61214); its files have
  // format version 13.
  if (H.Format == HeaderFormat::Julia && H.Major <= 12) {
    To.add("PreferenceKeys", Value::strings(H.Prefs.Keys));
    To.add("PreferenceHash", Value::hex(H.Prefs.Hash));
  } else {
    To.add("Preferences", Value::text(H.Prefs.TOML));
  }
}

static Value describeSources(ArrayRef<SourceText> Sources) {
  Value List = Value::list("Source");
  for (const SourceText &S : Sources) {
    Value V = Value::object();
    V.add("Path", Value::string(S.Path));
    V.add("Size", Value::integer(S.Text.size()));
    V.add("Text", Value::text(S.Text));
    List.append(std::move(V), S.Path);
  }
  return List;
}

static Value describeNamedFunctions(ArrayRef<NamedFunction> Functions) {
  Value List = Value::table("Function");
  for (const NamedFunction &F : Functions) {
    Value V = Value::object();
    V.add("Index", Value::integer(F.Index));
    V.add("Signature", Value::string(F.Signature));
    V.add("Name", Value::string(F.Name));
    List.append(std::move(V), F.Name);
  }
  return List;
}

static Value describeFlags(CacheFlags F) {
  static constexpr StringLiteral BoundsNames[] = {"auto", "yes", "no"};
  Value V = Value::object();
  V.add("PkgImages", Value::boolean(F.UsePkgImages));
  V.add("Debug", Value::integer(F.DebugLevel));
  V.add("CheckBounds", Value::enumerator(F.CheckBounds < std::size(BoundsNames)
                                             ? BoundsNames[F.CheckBounds]
                                             : StringLiteral("unknown")));
  V.add("Inline", Value::boolean(F.Inline));
  V.add("Opt", Value::integer(F.OptLevel));
  V.add("Byte", Value::hex(F.pack()).notCompared());
  V.add("Options", Value::string(F.str()).notCompared());
  return V;
}

static StringRef getPlaceName(HeaderPlace Place) {
  switch (Place) {
  case HeaderPlace::File:
    return "file";
  case HeaderPlace::Embedded:
    return "embedded";
  case HeaderPlace::Data:
    return "data";
  }
  llvm_unreachable("unknown place");
}

static Value describeHeader(const CacheHeader &H, HeaderPlace Place) {
  bool IsJulia = H.Format == HeaderFormat::Julia;
  Value V = Value::object();
  V.add("Format", Value::enumerator(IsJulia ? "Julia" : "PkgImg"));
  V.add("Place", Value::enumerator(getPlaceName(Place)).notCompared());
  V.add("Major", Value::integer(H.Major));
  if (!IsJulia)
    V.add("Minor", Value::integer(H.Minor));
  V.add("PointerSize", Value::integer(H.PointerSize));
  V.add("Endian", Value::enumerator(H.IsLittleEndian ? "little" : "big"));

  V.add("OS", Value::string(H.Build.OS));
  V.add("Arch", Value::string(H.Build.Arch));
  V.add("Version", Value::string(H.Build.Version));
  V.add("Branch", Value::string(H.Build.Branch));
  V.add("Commit", Value::string(H.Build.Commit));
  if (!IsJulia || H.Major >= 13)
    V.add("SyntaxVersion", Value::integer(H.SyntaxVersion));
  if (IsJulia) {
    V.add("ImageData", Value::boolean(H.IsImageData));
    V.add("DataStart", Value::address(H.DataStart));
    V.add("DataEnd", Value::address(H.DataEnd));
    return V;
  }
  V.add("Triple", Value::string(H.Triple));
  V.add("PackageVersion", Value::string(H.PackageVersion));
  V.add("Producer", Value::string(H.Producer));
  V.add("NumNamedFunctions", Value::integer(H.Functions.size()));
  if (!H.UnknownSections.empty()) {
    Value List = Value::table("Section");
    for (const UnknownSection &S : H.UnknownSections) {
      Value Section = Value::object();
      Section.add("ID", Value::integer(S.ID));
      Section.add("Size", Value::integer(S.Content.size()));
      List.append(std::move(Section), utostr(S.ID));
    }
    V.add("UnknownSections", std::move(List));
  }
  return V;
}

void readobj::addHeader(Value &To, const CacheHeader &H, HeaderPlace Place,
                        Groups Shown) {
  bool IsData = Place == HeaderPlace::Data;
  if (hasAny(Shown, Groups::Headers))
    To.add("Header", describeHeader(H, Place));
  if (hasAny(Shown, Groups::Flags))
    To.add("Flags", describeFlags(H.Flags));
  if (hasAny(Shown, Groups::Modules)) {
    if (!IsData)
      To.add("Modules", describeModules(H.Modules));
    To.add("RequiredModules", describeModules(H.RequiredModules));
  }
  if (IsData)
    return;
  if (hasAny(Shown, Groups::Dependencies))
    To.add("Dependencies", describeDependencies(H));
  if (hasAny(Shown, Groups::Preferences))
    addPreferences(To, H);
  if (hasAny(Shown, Groups::Sources))
    To.add("Sources", describeSources(H.Sources));
  // Julia's have none.
  if (hasAny(Shown, Groups::Functions) && H.Format == HeaderFormat::PkgImg)
    To.add("NamedFunctions", describeNamedFunctions(H.Functions));
}

Value readobj::describeDigests(const CacheHeader &H) {
  Value V = Value::object();
  if (H.Format == HeaderFormat::Julia) {
    V.add("DataChecksum", Value::hex(H.DataChecksum));
    // They end a `.ji` file, and not the header of data.
    if (H.IsImageData)
      return V;
    V.add("ImageCRC", Value::hex(H.ImageCRC));
    V.add("HeaderCRC", Value::hex(H.HeaderCRC));
    return V;
  }
  if (!H.Content)
    return V;
  Value Content = Value::object();
  Content.add("Root", Value::bytes(formatDigest(H.Content->Root)));
  Content.add("BuildID", Value::bytes(formatBuildID(H.Content->buildID())));
  Content.add("Length", Value::integer(H.Content->Length));
  Value Chunks = Value::list("Chunk", Value::ByIndex);
  for (const Digest256 &D : H.Content->Chunks)
    Chunks.append(Value::bytes(formatDigest(D)));
  Content.add("Chunks", std::move(Chunks));
  V.add("Content", std::move(Content));
  return V;
}

/// Names of the bits of CPUTarget::Flags. HasUsed is not one of them: that the
/// used features are there says the same.
static Value describeTargetFlags(uint32_t Flags) {
  static constexpr std::pair<uint32_t, StringLiteral> Names[] = {
      {CPUTarget::VecCall, "VecCall"},
      {CPUTarget::CloneAll, "CloneAll"},
      {CPUTarget::UnknownName, "UnknownName"},
      {CPUTarget::OptSize, "OptSize"},
      {CPUTarget::MinSize, "MinSize"}};
  Value List = Value::list("", Value::ByValue);
  for (unsigned Bit = 0; Bit < 32; ++Bit) {
    uint32_t Mask = uint32_t(1) << Bit;
    if (!(Flags & ~CPUTarget::HasUsed & Mask))
      continue;
    const auto *It =
        find_if(Names, [&](const auto &Name) { return Name.first == Mask; });
    List.append(Value::enumerator(It != std::end(Names) ? It->second.str()
                                                        : "bit" + utostr(Bit)));
  }
  return List;
}

static StringRef getLayoutName(TargetDataLayout Layout) {
  switch (Layout) {
  case TargetDataLayout::Julia32:
    return "Julia32";
  case TargetDataLayout::Julia64:
    return "Julia64";
  case TargetDataLayout::Named:
    return "Named";
  }
  llvm_unreachable("unknown layout");
}

void readobj::addTargets(Value &To, const CPUTargets &Targets,
                         StringRef TargetString) {
  To.add("TargetLayout", Value::enumerator(getLayoutName(Targets.Layout)));
  if (!TargetString.empty())
    To.add("TargetString", Value::string(TargetString));
  Value List = Value::list("Target");
  for (const auto &[Index, T] : enumerate(Targets.Targets)) {
    Value Target = Value::object();
    Target.add("Index", Value::integer(Index).notCompared());
    Target.add("Name", Value::string(T.Name));
    Target.add("Flags", describeTargetFlags(T.Flags));
    if (T.Base != CPUTarget::NoBase)
      Target.add("Base", Value::integer(T.Base));
    Target.add("Enabled", Value::strings(T.Enabled));
    Target.add("Disabled", Value::strings(T.Disabled));
    if (T.Flags & CPUTarget::HasUsed)
      Target.add("Used", Value::strings(T.Used));
    if (!T.ExtFeatures.empty())
      Target.add("ExtFeatures", Value::string(T.ExtFeatures));
    List.append(std::move(Target), T.Name);
  }
  To.add("Targets", std::move(List));
}

Value readobj::describeHeaderSizes(const CacheHeader &H, uint64_t FileSize) {
  uint64_t Sources = 0;
  for (const SourceText &S : H.Sources)
    Sources += S.Text.size();
  Value Totals = Value::table("Part");
  auto AddPart = [&](StringRef Name, uint64_t Bytes) {
    Value Part = Value::object();
    Part.add("Part", Value::enumerator(Name));
    Part.add("Bytes", Value::integer(Bytes));
    Totals.append(std::move(Part), Name);
  };
  AddPart("header", FileSize - std::min(FileSize, Sources + H.Data.size()));
  AddPart("sources", Sources);
  AddPart("data", H.Data.size());
  AddPart("file", FileSize);
  Value V = Value::object();
  V.add("Totals", std::move(Totals));
  return V;
}
