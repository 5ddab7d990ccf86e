//===- SmallFiles.h - a small file of each kind -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Headers and images, Julia's and ours, for tests that need whole files.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_UNITTESTS_FORMAT_SMALLFILES_H
#define PKGIMG_UNITTESTS_FORMAT_SMALLFILES_H

#include "../TestSupport.h"
#include "pkgimg/Format/Checksum.h"
#include "pkgimg/Format/ImageTables.h"
#include "pkgimg/Format/LibraryWriter.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"

namespace pkgimg {

inline CacheHeader makeHeader(HeaderFormat Format, llvm::StringRef Version) {
  CacheHeader H;
  H.Format = Format;
  H.Build = {"Linux", "x86_64", Version.str(), "master", "0123abcd"};
  H.Modules = {{"Example", {1, 2}, {0, 3}}};
  Dependency Include;
  Include.Path = "@depot/Example.jl";
  Include.Size = 5;
  Include.CRC = 6;
  Include.ModificationTime = -1.0;
  Include.ModuleIndex = 1;
  Include.Submodules = {"Example"};
  Dependency Require;
  Require.IsRequire = true;
  Require.Path = "Other";
  Require.UUID = {7, 8};
  H.Dependencies = {Include, Require};
  H.RequiredModules = {{"Core", {9, 10}, {11, 12}}};
  H.Sources = {{"@depot/Example.jl", "x = 1"}};
  CPUTarget T;
  if (Format == HeaderFormat::PkgImg) {
    H.Triple = "x86_64-unknown-linux-gnu";
    H.Producer = "MutationTest";
    H.Prefs.TOML = "a = 1\n";
    H.Functions = {{"f", "f64(i32,ptr)", 1}, {"g", "?", 0}};
    T.Name = "x86-64";
    T.Enabled = {"sse2"};
  } else {
    JuliaVersion V = *parseJuliaVersion(Version);
    H.Major = V.isAtLeast(1, 14) ? 13 : 12;
    H.ImageCRC = 13;
    H.DataChecksum = 0xfafbfcfd00000001;
    bool Is64 = V.isAtLeast(1, 14);
    H.Targets.Layout =
        Is64 ? TargetDataLayout::Julia64 : TargetDataLayout::Julia32;
    T.Name = "generic";
    T.EnabledWords = T.DisabledWords =
        std::vector<uint64_t>(Is64                 ? 4
                              : V.isAtLeast(1, 12) ? 12
                                                   : 11,
                              1);
    if (Is64)
      H.Prefs.TOML = "a = 1\n";
    else
      H.Prefs.Keys = {"a"};
    if (!V.isAtLeast(1, 11))
      H.Dependencies[0].Size = H.Dependencies[0].CRC = 0;
  }
  H.Targets.Targets = {T};
  return H;
}

/// Two shards (Julia 1.9 has one), a clone with a slot, a global and data.
inline ImageTablesSpec makeTables(ImageDialect Dialect) {
  bool IsOurs = Dialect == ImageDialect::PkgImg;
  ImageTablesSpec Spec;
  Spec.Dialect = Dialect;
  Spec.Version = Dialect != ImageDialect::Julia1_9;
  CPUTarget Base, Better;
  Base.Name = "generic";
  Better.Name = "better";
  if (IsOurs)
    Better.Base = 0;
  Spec.Targets.Targets = {Base, Better};
  if (!IsOurs)
    Spec.Targets.Layout = Dialect == ImageDialect::Julia1_14
                              ? TargetDataLayout::Julia64
                              : TargetDataLayout::Julia32;
  if (Dialect >= ImageDialect::Julia1_13)
    Spec.TargetString = "generic;better";
  unsigned NumShards = Dialect == ImageDialect::Julia1_9 ? 1 : 2;
  Spec.NumFunctions = NumShards;
  Spec.NumGlobals = 1;
  Spec.Shards.resize(NumShards);
  for (unsigned I = 0; I < NumShards; ++I) {
    auto &S = Spec.Shards[I];
    S.Functions = {{"code", int64_t(I) * 16}};
    S.FunctionIndices = {NumShards - 1 - I};
    S.Clones.resize(2);
    S.Clones[0].IsGroup = true;
  }
  auto &S = Spec.Shards[0];
  S.Globals = {{"global", 0}};
  S.GlobalIndices = {0};
  S.CloneSlots = {{0, {"slot", 0}}};
  S.Clones[1].Indices = {0 | BasicShardClones<SymbolRef>::UseSlots};
  S.Clones[1].Functions = {{"code", 32}};
  S.Clones[0].Indices = {0};
  if (IsOurs)
    return Spec;
  Spec.TLS = {{"jl_pgcstack_func_slot", 0},
              {"jl_pgcstack_key_slot", 0},
              {"jl_tls_offset", 0}};
  if (Dialect == ImageDialect::Julia1_10)
    Spec.SmallTypeof = {"small_typeof", 0};
  else if (Dialect != ImageDialect::Julia1_9)
    Spec.SmallTypeof = {"jl_small_typeof", 0};
  return Spec;
}

/// The library of \p Spec, with what it names.
inline std::string makeLibrary(const ImageTablesSpec &Spec,
                               ContainerFormat Format, const llvm::Triple &T) {
  LibrarySpec Library;
  Library.Format = Format;
  Library.TheTriple = T;
  Library.OutputName = "Example";
  Library.Definitions = orDie(writeImageTables(Spec, T));
  DataDefinition Code;
  Code.Name = "code";
  Code.Place = DataDefinition::Text;
  Code.IsFunction = true;
  Code.Bytes.assign(48, '\x90');
  DataDefinition Slot;
  Slot.Name = "slot";
  Slot.Place = DataDefinition::Data;
  Slot.Alignment = 8;
  Slot.Bytes.assign(T.isArch64Bit() ? 8 : 4, '\0');
  Slot.Fixups = {{DataFixup::Pointer, 0, {"code", 0}, {}}};
  DataDefinition Global = Slot;
  Global.Name = "global";
  Global.Fixups.clear();
  Library.Definitions.insert(Library.Definitions.end(), {Code, Slot, Global});
  return orDie(writeLibrary(Library));
}

/// An image of ours with the bytes of \p Header embedded; none if it is empty.
inline std::string makeImageWith(ContainerFormat Format,
                                 llvm::StringRef TripleName,
                                 llvm::StringRef Header) {
  ImageTablesSpec Spec = makeTables(ImageDialect::PkgImg);
  Spec.Data = "the package's objects";
  Spec.EmbeddedHeader = Header.str();
  return makeLibrary(Spec, Format, llvm::Triple(TripleName));
}

/// The header of such an image, as \p Edit changes it, with room for the
/// digests of two chunks.
inline std::string
makeImageHeader(llvm::StringRef TripleName,
                llvm::function_ref<void(CacheHeader &)> Edit = nullptr) {
  CacheHeader H = makeHeader(HeaderFormat::PkgImg, "1.0.0");
  H.Triple = TripleName.str();
  H.Targets = makeTables(ImageDialect::PkgImg).Targets;
  llvm::Triple T(TripleName);
  H.PointerSize = T.isArch64Bit() ? 8 : 4;
  H.IsLittleEndian = T.isLittleEndian();
  if (Edit)
    Edit(H);
  return orDie(writeCacheHeader(H, 64));
}

/// A sealed image of ours.
inline std::string
makeImage(ContainerFormat Format, llvm::StringRef TripleName,
          llvm::function_ref<void(CacheHeader &)> Edit = nullptr) {
  std::string File =
      makeImageWith(Format, TripleName, makeImageHeader(TripleName, Edit));
  orDie(sealImage(llvm::MutableArrayRef<char>(File.data(), File.size()),
                  "image"));
  return File;
}

/// The data of one of Julia's images: the header, padding, and objects.
inline std::string makeJuliaData(llvm::StringRef Version) {
  CacheHeader H = makeHeader(HeaderFormat::Julia, Version);
  CacheHeader InData;
  InData.Format = HeaderFormat::Julia;
  InData.Major = H.Major;
  InData.Build = H.Build;
  InData.RequiredModules = H.RequiredModules;
  InData.IsImageData = true;
  std::string Objects(96, '\xa5');
  InData.Data = Objects;
  std::string Bytes = orDie(writeJuliaDataHeader(InData));
  CacheHeader Written =
      orDie(readJuliaDataHeader(llvm::MemoryBufferRef(Bytes, "data")));
  EXPECT_EQ(Written.DataEnd - Written.DataStart, Objects.size());
  Bytes.resize(Written.DataStart);
  return Bytes + Objects;
}

inline std::string makeJuliaImage(ImageDialect Dialect,
                                  llvm::StringRef Version) {
  ImageTablesSpec Spec = makeTables(Dialect);
  std::string Data = makeJuliaData(Version);
  llvm::SmallVector<uint8_t, 0> Compressed;
  Spec.Data = Data;
  if (Dialect == ImageDialect::Julia1_14) {
    Spec.DataChecksum = crc32c(Data);
    if (llvm::compression::zstd::isAvailable()) {
      llvm::compression::zstd::compress(llvm::arrayRefFromStringRef(Data),
                                        Compressed);
      Spec.Data = llvm::toStringRef(Compressed);
      Spec.Compression = DataCompression::Zstd;
    }
  }
  return makeLibrary(Spec, ContainerFormat::ELF,
                     llvm::Triple("x86_64-unknown-linux-gnu"));
}

/// The offset in the file of what is at \p Address in \p Image.
inline uint64_t fileOffset(const ImageFile &Image, uint64_t Address) {
  const ImageSegment *S = Image.findSegment(Address);
  if (!S || Address - S->Address >= S->FileSize) {
    ADD_FAILURE() << "no byte at " << Address;
    return 0;
  }
  return S->FileOffset + (Address - S->Address);
}

} // namespace pkgimg

#endif // PKGIMG_UNITTESTS_FORMAT_SMALLFILES_H
