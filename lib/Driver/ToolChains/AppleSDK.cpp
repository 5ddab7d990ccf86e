//===- AppleSDK.cpp - What an SDK says of itself --------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AppleSDK.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace pkgimg::driver;

std::optional<VersionTuple>
AppleVersionMap::map(const VersionTuple &Version,
                     const VersionTuple &Minimum) const {
  auto Lookup = [&](const VersionTuple &V) -> std::optional<VersionTuple> {
    if (Versions.empty() || V > Versions.rbegin()->first)
      return std::nullopt;
    if (V < Versions.begin()->first)
      return Minimum;
    auto It = Versions.find(V);
    if (It == Versions.end())
      return std::nullopt;
    return It->second;
  };
  if (std::optional<VersionTuple> Result = Lookup(Version))
    return Result;
  if (Versions.empty() || Version > Versions.rbegin()->first)
    return std::nullopt;
  return Lookup(VersionTuple(Version.getMajor()));
}

static Error makeSettingsError(const Twine &What) {
  return createStringError(inconvertibleErrorCode(), What);
}

static Error readVersion(const json::Object &Settings, StringRef Key,
                         VersionTuple &Version) {
  std::optional<StringRef> Text = Settings.getString(Key);
  if (!Text)
    return makeSettingsError("there is no \"" + Key + "\"");
  if (Version.tryParse(*Text))
    return makeSettingsError("\"" + Key + "\" is no version: \"" + *Text +
                             "\"");
  return Error::success();
}

/// Reads the object \p Key of \p Maps, if there is one.
static Error readMap(const json::Object &Maps, StringRef Key,
                     AppleVersionMap &Map) {
  const json::Object *Pairs = Maps.getObject(Key);
  if (!Pairs)
    return Error::success();
  for (const auto &[FromText, Value] : *Pairs) {
    std::optional<StringRef> ToText = Value.getAsString();
    if (!ToText)
      continue;
    VersionTuple From, To;
    if (From.tryParse(FromText) || To.tryParse(*ToText))
      return makeSettingsError("\"" + Key + "\" has what is no version: \"" +
                               FromText.str() + "\": \"" + *ToText + "\"");
    Map.add(From, To);
  }
  if (Map.empty())
    return makeSettingsError("\"" + Key + "\" is empty");
  return Error::success();
}

Expected<std::optional<AppleSDK>> AppleSDK::read(vfs::FileSystem &FS,
                                                 StringRef Root) {
  SmallString<256> Path(Root);
  sys::path::append(Path, "SDKSettings.json");
  ErrorOr<std::unique_ptr<MemoryBuffer>> File = FS.getBufferForFile(Path);
  // SDKs of old have none.
  if (!File)
    return std::nullopt;
  Expected<json::Value> Parsed = json::parse((*File)->getBuffer());
  if (!Parsed)
    return Parsed.takeError();
  const json::Object *Settings = Parsed->getAsObject();
  if (!Settings)
    return makeSettingsError("it is not a JSON object");

  AppleSDK SDK;
  VersionTuple Newest;
  if (Error E = readVersion(*Settings, "Version", SDK.Version))
    return std::move(E);
  if (Error E = readVersion(*Settings, "MaximumDeploymentTarget", Newest))
    return std::move(E);
  if (const json::Object *Maps = Settings->getObject("VersionMap")) {
    if (Error E = readMap(*Maps, "macOS_iOSMac", SDK.MacOSToCatalyst))
      return std::move(E);
    if (Error E = readMap(*Maps, "iOSMac_macOS", SDK.CatalystToMacOS))
      return std::move(E);
  }
  return SDK;
}

StringRef AppleSDK::getName(StringRef Root) {
  for (auto I = sys::path::rbegin(Root), E = sys::path::rend(Root); I != E;
       ++I) {
    StringRef Name = *I;
    if (Name.consume_back(".sdk"))
      return Name;
  }
  return "";
}
