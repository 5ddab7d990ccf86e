//===- Describer.cpp - files as trees -------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Describer.h"
#include "HeaderTree.h"
#include "ImageTree.h"
#include "ObjectTree.h"
#include "SymbolIndex.h"
#include "pkgimg/Format/FileKind.h"
#include "pkgimg/Format/InputCheck.h"
#include "pkgimg/Format/ObjectImage.h"
#include "pkgimg/Format/Verifier.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

/// What every description begins with. It is of the file, and not of what
/// --diff has been asked to compare.
static Value describeFile(StringRef Name, StringRef Kind, uint64_t Size) {
  Value File = Value::object();
  File.add("File", Value::string(Name).notCompared());
  File.add("Kind", Value::enumerator(Kind).notCompared());
  File.add("Size", Value::integer(Size).notCompared());
  return File;
}

/// Reads a header as far as possible: one whose digests do not hold can be
/// shown. Reports every problem.
static std::optional<CacheHeader> readHeader(MemoryBufferRef Buffer,
                                             Describer::ErrorHandler Report) {
  HeaderReadOptions Options;
  for (bool CheckDigests : {true, false}) {
    Options.CheckDigests = CheckDigests;
    Expected<CacheHeader> Header = readCacheHeader(Buffer, Options);
    if (Header)
      return std::move(*Header);
    // The second error is the first, if it was not the digests.
    if (CheckDigests)
      Report(Header.takeError());
    else
      consumeError(Header.takeError());
  }
  return std::nullopt;
}

/// The targets of an image with their features by name. Where no header tells
/// Julia's release, the layout of the words does: the numbers of 1.12 are those
/// of 1.9 and more.
static CPUTargets resolveTargets(const ImageFile &Image,
                                 const ImageTables &Tables) {
  CPUTargets Targets = Tables.Targets;
  if (Targets.Layout == TargetDataLayout::Named)
    return Targets;
  FeatureNumbering Numbering = Targets.Layout == TargetDataLayout::Julia64
                                   ? FeatureNumbering::Julia1_14
                                   : FeatureNumbering::Julia1_12;
  if (Tables.DataHeader)
    if (std::optional<JuliaVersion> V =
            parseJuliaVersion(Tables.DataHeader->Build.Version))
      Numbering = getFeatureNumbering(*V);
  resolveFeatures(Targets, Numbering, Image.arch());
  return Targets;
}

std::vector<Value> Describer::describe(MemoryBufferRef Buffer) const {
  StringRef Bytes = Buffer.getBuffer();
  if (isCacheHeader(Bytes))
    return describeHeaderFile(Buffer);
  FileKind Kind = identifyFile(Bytes);
  if (isSharedLibrary(Kind))
    return describeLibrary(Buffer);
  if (isArchive(Kind) || isNativeObject(Kind) || Kind == FileKind::Bitcode)
    return describeObjects(Buffer);
  Report(createStringError(
      Buffer.getBufferIdentifier() +
      ": expected a cache header, a shared library, an object or an archive, "
      "found: " +
      getFileKindName(Kind)));
  return {};
}

std::vector<Value> Describer::describeHeaderFile(MemoryBufferRef Buffer) const {
  std::optional<CacheHeader> Header = readHeader(Buffer, Report);
  if (!Header)
    return {};
  Value File = describeFile(Buffer.getBufferIdentifier(),
                            getPackageFileKindName(PackageFileKind::Header),
                            Buffer.getBufferSize());
  addHeader(File, *Header, HeaderPlace::File, Shown);
  if (shows(Groups::Targets))
    addTargets(File, Header->Targets, "");
  if (shows(Groups::Sizes))
    File.add("Sizes", describeHeaderSizes(*Header, Buffer.getBufferSize()));
  if (shows(Groups::Digests))
    File.add("Digests", describeDigests(*Header));
  std::vector<Value> Files;
  Files.push_back(std::move(File));
  return Files;
}

std::vector<Value> Describer::describeLibrary(MemoryBufferRef Buffer) const {
  std::vector<Value> Files;
  auto DescribeFile = [&](MemoryBufferRef File, Triple::ArchType FileArch) {
    Expected<std::unique_ptr<ImageFile>> Image =
        ImageFile::create(File, FileArch);
    if (!Image)
      return Report(Image.takeError());
    Expected<ImageTables> Tables = readImageTables(**Image);
    if (!Tables)
      Report(Tables.takeError());
    Files.push_back(describeImage(File.getBufferIdentifier(), **Image,
                                  Tables ? &*Tables : nullptr));
  };

  StringRef Bytes = Buffer.getBuffer();
  if (Arch != Triple::UnknownArch ||
      identifyFile(Bytes) != FileKind::MachOUniversal) {
    DescribeFile(Buffer, Arch);
    return Files;
  }
  Expected<std::vector<ImageSlice>> Slices = listImageSlices(Buffer);
  if (!Slices) {
    Report(Slices.takeError());
    return Files;
  }
  // Each slice is a file of its own, so that one does not hide the others.
  for (const ImageSlice &S : *Slices) {
    std::string Name =
        (Buffer.getBufferIdentifier() + "(" + S.Name + ")").str();
    if (S.Offset > Bytes.size() || S.Size > Bytes.size() - S.Offset) {
      Report(createStringError(
          Name + ": the slice has " + Twine(S.Size) + " bytes at offset " +
          Twine(S.Offset) + ", but the file ends at " + Twine(Bytes.size()) +
          "; the file is truncated or damaged: make it again"));
      continue;
    }
    MemoryBufferRef Slice(Bytes.substr(S.Offset, S.Size), Name);
    FileKind Kind = identifyFile(Slice.getBuffer());
    if (Kind == FileKind::MachODylib)
      DescribeFile(Slice, S.Arch);
    else
      Report(createStringError(Name +
                               ": expected a Mach-O dynamic library, found: " +
                               getFileKindName(Kind)));
  }
  return Files;
}

std::vector<Value> Describer::describeObjects(MemoryBufferRef Buffer) const {
  FileKind Kind = identifyFile(Buffer.getBuffer());
  Value File = describeFile(
      Buffer.getBufferIdentifier(),
      isArchive(Kind) ? getPackageFileKindName(PackageFileKind::Archive)
                      : getFileKindName(Kind),
      Buffer.getBufferSize());
  if (shows(Groups::Headers | Groups::Symbols | Groups::Sizes)) {
    Error Problem = Error::success();
    File.add("Members", describeMembers(Buffer, Problem));
    if (Problem)
      Report(std::move(Problem));
  }
  addObjectTables(File, Buffer);
  std::vector<Value> Files;
  Files.push_back(std::move(File));
  return Files;
}

void Describer::addObjectTables(Value &File, MemoryBufferRef Buffer) const {
  Expected<InputSummary> Summary = checkLinkerInput(Buffer);
  if (!Summary) {
    // The members have told.
    consumeError(Summary.takeError());
    return;
  }
  if (!isObjectImage(*Summary))
    return;
  Expected<std::unique_ptr<ImageFile>> Image =
      createObjectImage(Buffer, *Summary);
  if (!Image)
    return Report(Image.takeError());
  if (!hasImageTables(**Image))
    return;
  Expected<ImageTables> Tables = readImageTables(**Image);
  if (!Tables) {
    // One object may have the root, and others what it points at.
    if (isArchive(Summary->Kind))
      return Report(Tables.takeError());
    consumeError(Tables.takeError());
    return;
  }
  addImage(File, **Image, &*Tables);
}

Value Describer::describeImage(StringRef Name, const ImageFile &Image,
                               const ImageTables *Tables) const {
  Value File =
      describeFile(Name,
                   Tables ? getPackageFileKindName(PackageFileKind::Image)
                          : "shared library",
                   Image.bytes().size());
  addImage(File, Image, Tables);
  return File;
}

void Describer::addImage(Value &File, const ImageFile &Image,
                         const ImageTables *Tables) const {
  std::optional<CacheHeader> Embedded;
  if (Image.embeddedHeader())
    Embedded = readHeader(
        MemoryBufferRef(*Image.embeddedHeader(), Image.name()), Report);
  // Julia's images have no header of ours, and no other way to say who made
  // them than the one that opens their data.
  const CacheHeader *DataHeader =
      Tables && Tables->DataHeader ? &*Tables->DataHeader : nullptr;

  if (shows(Groups::Headers)) {
    File.add("Container", describeContainer(Image));
    if (Tables) {
      File.add("Tables", describeTables(*Tables));
      if (!Tables->Data.empty())
        File.add("Data", describeData(*Tables));
    }
  }
  if (Embedded)
    addHeader(File, *Embedded, HeaderPlace::Embedded, Shown);
  else if (DataHeader)
    addHeader(File, *DataHeader, HeaderPlace::Data, Shown);

  if (shows(Groups::Targets)) {
    if (Tables)
      addTargets(File, resolveTargets(Image, *Tables), Tables->TargetString);
    else if (Embedded)
      addTargets(File, Embedded->Targets, "");
  }
  SymbolIndex Symbols(Image);
  if (Tables) {
    if (shows(Groups::Shards))
      File.add("Shards", describeShards(*Tables));
    if (shows(Groups::Functions))
      File.add("Functions", describeFunctions(*Tables, Symbols));
    if (shows(Groups::Globals))
      File.add("Globals", describeGlobals(*Tables, Symbols));
  }
  if (shows(Groups::Symbols))
    File.add("Symbols", describeSymbols(Image));
  if (shows(Groups::Sections)) {
    File.add("Segments", describeSegments(Image));
    File.add("Sections", describeSections(Image));
  }
  if (shows(Groups::Sizes)) {
    Error Problem = Error::success();
    File.add("Sizes", describeImageSizes(Image, Tables, Symbols, Problem));
    if (Problem)
      Report(std::move(Problem));
  }
  if (shows(Groups::Digests)) {
    Value Digests = Embedded     ? describeDigests(*Embedded)
                    : DataHeader ? describeDigests(*DataHeader)
                                 : Value::object();
    Digests.add("Computed", describeComputedDigests(Image));
    File.add("Digests", std::move(Digests));
  }
}
