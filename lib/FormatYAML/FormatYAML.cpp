//===- FormatYAML.cpp - files in YAML and back ----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/FormatYAML/FormatYAML.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

static constexpr const char *HeaderTag = "!Header";
static constexpr const char *ImageTag = "!Image";
static constexpr const char *TargetDataTag = "!TargetData";

LLVM_YAML_DECLARE_MAPPING_TRAITS(TargetData)
LLVM_YAML_DECLARE_MAPPING_TRAITS(FileDocument)

void yaml::MappingTraits<TargetData>::mapping(IO &IO, TargetData &T) {
  IO.mapOptional("Layout", T.Layout);
  IO.mapOptional("FeatureNumbering", T.Numbering);
  IO.mapOptional("Arch", T.Arch, Text());
  IO.mapOptional("LittleEndian", T.IsLittleEndian, true);
  IO.mapOptional("Targets", T.Targets);
  mapEdits(IO, T.TheEdits);
}

void yaml::MappingTraits<FileDocument>::mapping(IO &IO, FileDocument &D) {
  if (IO.outputting()) {
    static constexpr const char *Tags[] = {HeaderTag, ImageTag, TargetDataTag};
    IO.mapTag(Tags[D.index()], true);
  } else if (IO.mapTag(ImageTag)) {
    D.emplace<Image>();
  } else if (IO.mapTag(TargetDataTag)) {
    D.emplace<TargetData>();
  } else if (!IO.mapTag(HeaderTag)) {
    IO.setError("expected one of the tags !Header, !Image and !TargetData at "
                "the document's begin");
    return;
  }
  std::visit(
      [&IO](auto &Alternative) {
        MappingTraits<std::decay_t<decltype(Alternative)>>::mapping(
            IO, Alternative);
      },
      D);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// The first error of a reader.
struct FirstError {
  std::string Text;

  static void handle(const SMDiagnostic &Diag, void *Context) {
    auto &E = *static_cast<FirstError *>(Context);
    if (!E.Text.empty() || Diag.getKind() != SourceMgr::DK_Error)
      return;
    raw_string_ostream OS(E.Text);
    OS << Diag.getFilename();
    if (Diag.getLineNo() > 0)
      OS << ':' << Diag.getLineNo() << ':' << Diag.getColumnNo() + 1;
    OS << ": " << Diag.getMessage();
  }
};
} // namespace

/// More than the schema has levels. LLVM's reader calls itself for each.
static constexpr unsigned MaxDepth = 32;

/// Walks what is below \p N. LLVM's nodes are read from the text while one
/// walks, so that nothing deeper is touched than what is asked for.
static bool checkNode(yaml::Stream &Stream, yaml::Node *N, unsigned Depth) {
  auto Fail = [&](const Twine &What) {
    Stream.printError(N, What);
    return false;
  };
  if (Depth > MaxDepth)
    return Fail("more than " + Twine(MaxDepth) + " levels of nesting");
  if (auto *Map = dyn_cast<yaml::MappingNode>(N)) {
    for (yaml::KeyValueNode &Entry : *Map) {
      yaml::Node *Key = Entry.getKey();
      if (!isa_and_nonnull<yaml::ScalarNode>(Key))
        return Fail("a key is no plain text");
      yaml::Node *Value = Entry.getValue();
      if (!Value)
        return Fail("a key has no value");
      if (!checkNode(Stream, Value, Depth + 1))
        return false;
    }
  } else if (auto *Sequence = dyn_cast<yaml::SequenceNode>(N)) {
    for (yaml::Node &Entry : *Sequence)
      if (!checkNode(Stream, &Entry, Depth + 1))
        return false;
  } else if (isa<yaml::AliasNode>(N)) {
    return Fail("aliases are not supported");
  }
  return !Stream.failed();
}

/// Checks that \p Buffer is YAML whose nodes LLVM's reader of documents takes,
/// and counts the documents.
static Expected<unsigned> checkSyntax(MemoryBufferRef Buffer) {
  SourceMgr SM;
  FirstError First;
  SM.setDiagHandler(FirstError::handle, &First);
  yaml::Stream Stream(Buffer, SM, /*ShowColors=*/false);
  auto Fail = [&] {
    return createStringError(First.Text.empty()
                                 ? Buffer.getBufferIdentifier() + ": not YAML"
                                 : Twine(First.Text));
  };
  unsigned Count = 0;
  for (yaml::document_iterator I = Stream.begin(), E = Stream.end(); I != E;
       ++I) {
    yaml::Node *Root = I->getRoot();
    if (!Root || Stream.failed())
      return Fail();
    ++Count;
    if (isa<yaml::NullNode>(Root))
      return createStringError(Buffer.getBufferIdentifier() + ": document " +
                               Twine(Count) + " is empty");
    if (!checkNode(Stream, Root, 1))
      return Fail();
  }
  if (Stream.failed())
    return Fail();
  return Count;
}

Expected<FileDocument> FormatYAML::parseDocument(MemoryBufferRef Buffer,
                                                 unsigned Number) {
  Expected<unsigned> Count = checkSyntax(Buffer);
  if (!Count)
    return Count.takeError();
  if (Number == 0 || Number > *Count)
    return createStringError(Buffer.getBufferIdentifier() +
                             ": there is no document " + Twine(Number) +
                             "; the file has " + Twine(*Count));
  FirstError First;
  yaml::Input In(Buffer, /*Ctxt=*/nullptr, FirstError::handle, &First);
  for (unsigned I = 1; I < Number; ++I)
    In.nextDocument();
  FileDocument D;
  In >> D;
  if (In.error() || !First.Text.empty())
    return createStringError(First.Text.empty() ? Buffer.getBufferIdentifier() +
                                                      ": not YAML of ours"
                                                : Twine(First.Text));
  return D;
}

std::string FormatYAML::printDocument(const FileDocument &D) {
  std::string Result;
  raw_string_ostream OS(Result);
  yaml::Output Out(OS);
  // The traits serve both directions.
  Out << const_cast<FileDocument &>(D);
  return Result;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static TargetContext getTargetContext(const TargetData &T) {
  TargetContext Context;
  Context.Arch = Triple(T.Arch.Value).getArch();
  if (T.Numbering) {
    Context.Numbering = *T.Numbering;
    Context.Layout = getLayout(*T.Numbering);
  }
  if (T.Layout)
    Context.Layout = *T.Layout;
  // Names have numbers in one numbering of a layout at least.
  if (!T.Numbering && Context.Layout == TargetDataLayout::Julia32)
    Context.Numbering = FeatureNumbering::Julia1_12;
  return Context;
}

static Expected<std::string> buildTargetData(const TargetData &T,
                                             uint64_t MaxSize) {
  Expected<CPUTargets> Targets = toTargets(T.Targets, getTargetContext(T));
  if (!Targets)
    return Targets.takeError();
  Expected<std::string> Bytes = writeTargetData(*Targets, T.IsLittleEndian);
  if (!Bytes)
    return Bytes.takeError();
  if (Error E =
          applyEdits(T.TheEdits, *Bytes, MaxSize,
                     [](const SymbolRef &S) -> Expected<uint64_t> {
                       return createStringError("target data has no symbol '" +
                                                S.Symbol + "'");
                     }))
    return std::move(E);
  return Bytes;
}

Expected<std::string> FormatYAML::buildFile(const FileDocument &D,
                                            uint64_t MaxSize) {
  const char *Tag = HeaderTag;
  Expected<std::string> Bytes = [&]() -> Expected<std::string> {
    if (const auto *H = std::get_if<Header>(&D))
      return buildHeader(*H, MaxSize);
    if (const auto *I = std::get_if<Image>(&D)) {
      Tag = ImageTag;
      return buildImage(*I, MaxSize);
    }
    Tag = TargetDataTag;
    return buildTargetData(std::get<TargetData>(D), MaxSize);
  }();
  if (!Bytes)
    return createStringError(Twine(Tag) + ": " + toString(Bytes.takeError()));
  if (MaxSize && Bytes->size() > MaxSize)
    return createStringError(
        Twine(Tag) + ": the file has " + Twine(Bytes->size()) +
        " bytes, which exceeds the limit of " + Twine(MaxSize));
  return Bytes;
}

static Expected<FileDocument> describeTargetData(MemoryBufferRef Buffer) {
  TargetData T;
  uint64_t Size = 0;
  Expected<CPUTargets> Targets =
      readTargetData(Buffer.getBuffer(), TargetDataLayout::Named,
                     /*IsLittleEndian=*/true, &Size);
  if (!Targets)
    return createStringError(Buffer.getBufferIdentifier() + ": " +
                             toString(Targets.takeError()));
  T.Targets = fromTargets(*Targets, getTargetContext(T));
  Expected<std::string> Bytes = buildTargetData(T, /*MaxSize=*/0);
  if (!Bytes)
    return createStringError(Buffer.getBufferIdentifier() + ": " +
                             toString(Bytes.takeError()));
  T.TheEdits = diffBytes(*Bytes, Buffer.getBuffer());
  return FileDocument(std::move(T));
}

Expected<FileDocument>
FormatYAML::describeFile(MemoryBufferRef Buffer,
                         const DescribeOptions &Options) {
  StringRef Bytes = Buffer.getBuffer();
  if (Bytes.starts_with(JuliaHeaderMagic) || Bytes.starts_with(HeaderMagic)) {
    Expected<Header> H = describeHeader(Buffer);
    if (!H)
      return H.takeError();
    return FileDocument(std::move(*H));
  }
  if (identifyTargetData(Bytes))
    return describeTargetData(Buffer);
  switch (identifyFile(Bytes)) {
  case FileKind::ELFShared:
  case FileKind::MachODylib:
  case FileKind::MachOUniversal:
  case FileKind::PEImage: {
    Expected<Image> I = describeImage(Buffer, Options);
    if (!I)
      return I.takeError();
    return FileDocument(std::move(*I));
  }
  default:
    return createStringError(
        Buffer.getBufferIdentifier() +
        ": expected a cache header, a shared library (ELF, Mach-O or PE) or "
        "target data, found: " +
        getFileKindName(identifyFile(Bytes)));
  }
}
