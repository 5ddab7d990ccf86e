//===- PEExports.cpp - What DLLs and COFF objects export ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/PEExports.h"
#include "InputCheckImpl.h"
#include "PEHeaders.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/BinaryFormat/COFF.h"

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// Export tables
//===----------------------------------------------------------------------===//

Expected<PEExportTable> pkgimg::readPEExports(MemoryBufferRef Buffer) {
  CheckedFile File(Buffer.getBufferIdentifier(), Buffer.getBuffer());
  FileKind Kind = identifyFile(Buffer.getBuffer());
  if (Kind != FileKind::PEImage) {
    // A file that ends inside its first headers is not recognised as an image.
    if (Buffer.getBuffer().starts_with("MZ"))
      return File.error("expected a DLL, and the file begins as one, but has "
                        "no PE header; it is truncated or damaged: make or "
                        "install it again");
    return File.error("expected a DLL, found " + getFileKindName(Kind));
  }

  Expected<PEHeaders> Headers = PEHeaders::read(File);
  if (!Headers)
    return Headers.takeError();
  Expected<PEExportDirectory> Directory = Headers->readExports();
  if (!Directory)
    return Directory.takeError();

  PEExportTable Table;
  Table.DLLName = Directory->DLLName;
  Table.Machine = Headers->machine();
  Table.NumNameless = Directory->NumNameless;
  Table.Exports.reserve(Directory->Entries.size());
  for (const PEExportDirectory::Entry &Entry : Directory->Entries) {
    PEExport Export;
    Export.Name = Entry.Name;
    Export.IsForwarder = Entry.IsForwarder;
    if (!Entry.IsForwarder) {
      const PESection *S = Headers->find(Entry.Address);
      if (!S)
        return File.damaged("the export '" + Entry.Name + "' at address " +
                            hexString(Entry.Address) + " lies in no section");
      Export.IsData = !S->isExecutable();
    }
    Table.Exports.push_back(Export);
  }
  return Table;
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

/// Adds the names in the export directives of \p Text, a `.drectve` section:
/// words between blanks, in which quotes protect blanks.
static void addDirectives(StringRef Text, std::vector<std::string> &Names) {
  while (true) {
    Text = Text.ltrim(StringRef(" \t\r\n\0", 5));
    if (Text.empty())
      return;
    std::string Word;
    bool Quoted = false;
    size_t I = 0;
    for (; I != Text.size(); ++I) {
      char C = Text[I];
      if (C == '"')
        Quoted = !Quoted;
      else if (!Quoted &&
               (C == ' ' || C == '\t' || C == '\r' || C == '\n' || C == '\0'))
        break;
      else
        Word += C;
    }
    Text = Text.drop_front(I);
    StringRef W = Word;
    if (!W.consume_front("-") && !W.consume_front("/"))
      continue;
    if (!W.consume_front_insensitive("export:"))
      continue;
    // NAME[=INTERNAL][,@ORDINAL][,DATA]...
    Names.push_back(W.take_front(W.find_first_of("=,")).str());
  }
}

static Error readObject(StringRef Name, StringRef Bytes, bool WantSymbols,
                        COFFExportInfo &Info) {
  CheckedFile File(Name, Bytes);
  const ByteView &V = File.view();
  // A bigobj has a longer header, and symbols with wider section numbers.
  const bool Big = V.u16(0) == 0 && V.u16(2) == 0xffff;
  const uint64_t HeaderSize = Big ? COFF::Header32Size : COFF::Header16Size;
  if (Error E = File.need("the COFF header", 0, HeaderSize))
    return E;
  const uint64_t NumSections = Big ? V.u32(44) : V.u16(2);
  const uint64_t Symbols = V.u32(Big ? 48 : 8);
  const uint64_t NumSymbols = V.u32(Big ? 52 : 12);
  const uint64_t SymbolSize = Big ? COFF::Symbol32Size : COFF::Symbol16Size;
  const uint64_t Sections = HeaderSize + (Big ? 0 : V.u16(16));
  if (Error E = File.needArray("the section table", Sections, NumSections,
                               COFF::SectionSize))
    return E;
  // Headers that share bytes, and names that do, could make a small file a huge
  // list.
  uint64_t DirectiveBytes = 0, NameBytes = 0;
  for (uint64_t I = 0; I != NumSections; ++I) {
    const uint64_t S = Sections + I * COFF::SectionSize;
    if (V.slice(S, COFF::NameSize) != ".drectve")
      continue;
    const uint64_t Offset = V.u32(S + 20), Size = V.u32(S + 16);
    if (Error E = File.need("the section '.drectve'", Offset, Size))
      return E;
    DirectiveBytes += Size;
    if (DirectiveBytes > File.size())
      return File.damaged("the sections '.drectve' have " +
                          hexString(DirectiveBytes) +
                          " bytes together, but the file has " +
                          hexString(File.size()) + ": they overlap");
    addDirectives(V.slice(Offset, Size), Info.Directives);
  }
  if (!WantSymbols || Symbols == 0)
    return Error::success();

  if (Error E =
          File.needArray("the symbol table", Symbols, NumSymbols, SymbolSize))
    return E;
  const uint64_t Strings = Symbols + NumSymbols * SymbolSize;
  ByteView Table = V.view(Strings, V.contains(Strings, 4) ? V.u32(Strings) : 0);
  for (uint64_t I = 0; I < NumSymbols; ++I) {
    const uint64_t S = Symbols + I * SymbolSize;
    const int32_t Section =
        Big ? int32_t(V.u32(S + 12)) : int16_t(V.u16(S + 12));
    const uint64_t Class = S + (Big ? 18 : 16);
    const uint64_t Index = I;
    I += V.u8(Class + 1);
    if (V.u8(Class) != COFF::IMAGE_SYM_CLASS_EXTERNAL || Section < 0)
      continue;
    StringRef Symbol;
    if (V.u32(S) == 0) {
      std::optional<StringRef> Long = Table.cString(V.u32(S + 4));
      if (!Long)
        return File.damaged("the symbol " + Twine(Index) +
                            " has its name outside the table of strings");
      Symbol = *Long;
    } else {
      Symbol = V.slice(S, COFF::NameSize);
      Symbol = Symbol.take_front(Symbol.find('\0'));
    }
    NameBytes += Symbol.size();
    if (NameBytes > File.size())
      return File.damaged("the names of its symbols are longer than the file");
    // A symbol of no section with a value is a common one, of that size.
    if (Section > 0 || V.u32(S + 8)) {
      Info.Defined.push_back(Symbol);
      // Section numbers begin with 1; one that is too large is the linker's
      // to report.
      uint32_t Flags =
          Section > 0 && uint64_t(Section) <= NumSections
              ? V.u32(Sections + (Section - 1) * COFF::SectionSize + 36)
              : 0;
      if (!(Flags & COFF::IMAGE_SCN_MEM_EXECUTE))
        Info.DefinedData.push_back(Symbol);
    } else {
      Info.Undefined.push_back(Symbol);
    }
  }
  return Error::success();
}

Expected<COFFExportInfo> pkgimg::readCOFFExportInfo(MemoryBufferRef Buffer,
                                                    bool WantSymbols) {
  COFFExportInfo Info;
  FileKind Kind = identifyFile(Buffer.getBuffer());
  if (Kind == FileKind::COFFObject) {
    if (Error E = readObject(Buffer.getBufferIdentifier(), Buffer.getBuffer(),
                             WantSymbols, Info))
      return std::move(E);
  } else if (Kind == FileKind::Archive) {
    auto Visit = [&](const ArchiveMember &Member) -> Error {
      if (identifyFile(Member.Bytes) != FileKind::COFFObject)
        return Error::success();
      std::string Name =
          (Buffer.getBufferIdentifier() + "(" + Member.Name + ")").str();
      return readObject(Name, Member.Bytes, WantSymbols, Info);
    };
    if (Error E = forEachArchiveMember(Buffer, Visit))
      return std::move(E);
  }
  return Info;
}
