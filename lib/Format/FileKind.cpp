//===- FileKind.cpp - Tell files by their content -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/FileKind.h"
#include "ByteView.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace pkgimg;

static FileKind identifyELF(ByteView V) {
  if (V.size() < ELF::EI_NIDENT + 2)
    return FileKind::ELFOther;
  uint8_t Data = V.u8(ELF::EI_DATA);
  if (Data != ELF::ELFDATA2LSB && Data != ELF::ELFDATA2MSB)
    return FileKind::ELFOther;
  V.setLittleEndian(Data == ELF::ELFDATA2LSB);
  switch (V.u16(ELF::EI_NIDENT)) {
  case ELF::ET_REL:
    return FileKind::ELFObject;
  case ELF::ET_DYN:
    return FileKind::ELFShared;
  case ELF::ET_EXEC:
    return FileKind::ELFExecutable;
  default:
    return FileKind::ELFOther;
  }
}

static FileKind identifyMachO(ByteView V, bool IsLittleEndian) {
  V.setLittleEndian(IsLittleEndian);
  switch (V.u32(12)) {
  case MachO::MH_OBJECT:
    return FileKind::MachOObject;
  case MachO::MH_DYLIB:
  case MachO::MH_DYLIB_STUB:
  case MachO::MH_BUNDLE:
    return FileKind::MachODylib;
  default:
    return FileKind::MachOOther;
  }
}

/// Recognises what begins with the bytes 00 00 FF FF: the PE specification,
/// "Import Library Format", and LLVM's COFF.h for the class of a bigobj.
static FileKind identifyAnonymousCOFF(ByteView V) {
  if (V.u16(4) == 0)
    return FileKind::COFFImport;
  if (V.u16(4) >= COFF::BigObjHeader::MinBigObjectVersion &&
      V.slice(12, sizeof(COFF::BigObjMagic)) ==
          StringRef(COFF::BigObjMagic, sizeof(COFF::BigObjMagic)))
    return FileKind::COFFObject;
  return FileKind::COFFOther;
}

static bool isCOFFMachine(uint16_t Machine) {
  switch (Machine) {
  case COFF::IMAGE_FILE_MACHINE_I386:
  case COFF::IMAGE_FILE_MACHINE_AMD64:
  case COFF::IMAGE_FILE_MACHINE_ARMNT:
  case COFF::IMAGE_FILE_MACHINE_ARM64:
  case COFF::IMAGE_FILE_MACHINE_ARM64EC:
  case COFF::IMAGE_FILE_MACHINE_ARM64X:
    return true;
  default:
    return false;
  }
}

/// "Dynamic linking" has the section that tells a shared library before all
/// others. It is a custom section, 0, with a size and a name before its
/// content.
static FileKind identifyWasm(ByteView V) {
  ByteCursor C(V);
  C.skip(8);
  if (C.u8() != 0)
    return FileKind::WasmObject;
  C.uleb(32);
  uint64_t Size = C.uleb(32);
  StringRef Name = C.bytes(Size);
  return Name == "dylink.0" || Name == "dylink" ? FileKind::WasmShared
                                                : FileKind::WasmObject;
}

/// Returns true if no byte of \p Bytes is one that text never has. UTF-8 is
/// text; so is a form feed.
static bool looksLikeText(StringRef Bytes) {
  for (unsigned char C : Bytes)
    if (C < 0x20 ? !(C >= '\t' && C <= '\r') && C != 0x1b : C == 0x7f)
      return false;
  return true;
}

static StringRef skipBlanksAndComments(StringRef S, char Comment) {
  for (;;) {
    S = S.ltrim(" \t\r\n\v\f");
    if (S.empty() || S.front() != Comment)
      return S;
    size_t End = S.find('\n');
    S = End == StringRef::npos ? StringRef() : S.substr(End + 1);
  }
}

/// Takes a name as LLVM's lexer knows them, with or without quotes, from the
/// front of \p S.
static bool consumeIRName(StringRef &S) {
  if (S.consume_front("\"")) {
    size_t End = S.find_first_of("\"\n");
    if (End == StringRef::npos || S[End] != '"')
      return false;
    S = S.substr(End + 1);
    return true;
  }
  size_t N = 0;
  while (N < S.size() && (isAlnum(S[N]) || StringRef("-$._\\").contains(S[N])))
    ++N;
  S = S.substr(N);
  return N != 0;
}

/// Returns true if \p S, at a token, begins a module-level production of
/// LLVM's language reference.
static bool isLLVMAssembly(StringRef S) {
  if (S.empty())
    return false;
  auto Blanks = [&S] { S = S.ltrim(" \t"); };
  switch (S.front()) {
  case '@':
  case '%':
  case '$':
  case '!':
  case '^': {
    char Sigil = S.front();
    S = S.drop_front();
    if (!consumeIRName(S))
      return false;
    Blanks();
    if (!S.consume_front("="))
      return false;
    S = skipBlanksAndComments(S, ';');
    if (Sigil == '%')
      return S.starts_with("type");
    if (Sigil == '$')
      return S.starts_with("comdat");
    if (Sigil == '!')
      return S.starts_with("!") || S.starts_with("distinct");
    if (Sigil == '^')
      return !S.empty() && isAlpha(S.front());
    return !S.empty();
  }
  default:
    break;
  }
  size_t N = 0;
  while (N < S.size() && (isAlnum(S[N]) || S[N] == '_'))
    ++N;
  StringRef Word = S.take_front(N);
  S = skipBlanksAndComments(S.drop_front(N), ';');
  if (Word == "target") {
    if (!S.consume_front("triple") && !S.consume_front("datalayout"))
      return false;
    Blanks();
    return S.starts_with("=");
  }
  if (Word == "source_filename")
    return S.starts_with("=");
  if (Word == "module")
    return S.starts_with("asm");
  if (Word == "attributes")
    return S.starts_with("#");
  if (Word == "uselistorder" || Word == "uselistorder_bb")
    return !S.empty() && (isAlpha(S.front()) || StringRef("@%").contains(S[0]));
  // A function header ends in a name; a linker script has neither word.
  if (Word == "define" || Word == "declare") {
    S = S.take_until([](char C) { return C == '\n' || C == '{'; });
    return S.contains('@') && S.contains('(');
  }
  return false;
}

static FileKind identifyText(StringRef Bytes) {
  // The sample ends before a character that it might cut.
  constexpr size_t SampleSize = 4096;
  if (!looksLikeText(Bytes.take_front(SampleSize)))
    return FileKind::Unknown;
  Bytes.consume_front("\xEF\xBB\xBF"); // The byte order mark of UTF-8.

  StringRef Start = Bytes.ltrim(" \t\r\n");
  if (Start.starts_with("--- !tapi") || Start.starts_with("---\narchs:") ||
      Start.starts_with("---\r\narchs:"))
    return FileKind::TextStub;
  // TBD version 5 is JSON; its two mandatory keys come in any order.
  if (Start.starts_with("{")) {
    StringRef Head = Start.take_front(SampleSize);
    if (Head.contains("\"tapi_tbd_version\"") ||
        Start.contains("\"tapi_tbd_version\""))
      return FileKind::TextStub;
    return FileKind::Text;
  }
  StringRef Token = skipBlanksAndComments(Bytes, ';');
  if (isLLVMAssembly(Token))
    return FileKind::LLVMAssembly;
  // What llvm-dis prints of an empty module is a comment, and nothing else.
  if (Token.empty() && Start.starts_with("; ModuleID ="))
    return FileKind::LLVMAssembly;
  return FileKind::Text;
}

FileKind pkgimg::identifyFile(StringRef Bytes) {
  if (Bytes.empty())
    return FileKind::Empty;
  ByteView V(Bytes);

  if (Bytes.starts_with("\177ELF"))
    return identifyELF(V);
  if (Bytes.starts_with("!<arch>\n"))
    return FileKind::Archive;
  if (Bytes.starts_with("!<thin>\n"))
    return FileKind::ThinArchive;
  if (Bytes.starts_with("BC\xC0\xDE") || Bytes.starts_with("\xDE\xC0\x17\x0B"))
    return FileKind::Bitcode;
  if (Bytes.starts_with(StringRef("\0asm", 4)))
    return identifyWasm(V);
  if (Bytes.starts_with("\xFE\xED\xFA\xCE") ||
      Bytes.starts_with("\xFE\xED\xFA\xCF"))
    return identifyMachO(V, /*IsLittleEndian=*/false);
  if (Bytes.starts_with("\xCE\xFA\xED\xFE") ||
      Bytes.starts_with("\xCF\xFA\xED\xFE"))
    return identifyMachO(V, /*IsLittleEndian=*/true);
  // Java class files have the magic of a 32-bit universal file, too; their
  // second word is a version of 43 or more.
  V.setLittleEndian(false);
  if (Bytes.starts_with("\xCA\xFE\xBA\xBE") && V.u32(4) < 43 &&
      V.contains(4, 4))
    return FileKind::MachOUniversal;
  if (Bytes.starts_with("\xCA\xFE\xBA\xBF"))
    return FileKind::MachOUniversal;
  V.setLittleEndian(true);
  if (Bytes.starts_with(StringRef("\0\0\xFF\xFF", 4)))
    return identifyAnonymousCOFF(V);
  if (Bytes.starts_with("MZ")) {
    uint64_t Header = V.u32(0x3c);
    if (V.slice(Header, 4) == StringRef("PE\0\0", 4))
      return FileKind::PEImage;
  }
  if (V.contains(0, COFF::Header16Size) && isCOFFMachine(V.u16(0)))
    return FileKind::COFFObject;
  return identifyText(Bytes);
}

StringRef pkgimg::getFileKindName(FileKind Kind) {
  switch (Kind) {
  case FileKind::Unknown:
    return "file of unknown kind";
  case FileKind::Empty:
    return "empty file";
  case FileKind::ELFObject:
    return "ELF relocatable object";
  case FileKind::ELFShared:
    return "ELF shared object";
  case FileKind::ELFExecutable:
    return "ELF executable";
  case FileKind::ELFOther:
    return "ELF file of another type";
  case FileKind::COFFObject:
    return "COFF object";
  case FileKind::COFFImport:
    return "COFF import object";
  case FileKind::COFFOther:
    return "MSVC intermediate object";
  case FileKind::PEImage:
    return "PE image";
  case FileKind::MachOObject:
    return "Mach-O object";
  case FileKind::MachODylib:
    return "Mach-O dynamic library";
  case FileKind::MachOUniversal:
    return "Mach-O universal file";
  case FileKind::MachOOther:
    return "Mach-O file of another type";
  case FileKind::WasmObject:
    return "WebAssembly object";
  case FileKind::WasmShared:
    return "WebAssembly shared library";
  case FileKind::Archive:
    return "archive";
  case FileKind::ThinArchive:
    return "thin archive";
  case FileKind::Bitcode:
    return "LLVM bitcode";
  case FileKind::LLVMAssembly:
    return "LLVM assembly";
  case FileKind::TextStub:
    return "text-based library stub";
  case FileKind::Text:
    return "text file";
  }
  llvm_unreachable("unknown file kind");
}
