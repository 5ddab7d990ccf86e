//===- WindowsSupport.cpp - What a Windows link needs, made here ----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowsSupport.h"
#include "pkgimg/Format/PEExports.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/COFF.h"
#include "llvm/Object/COFFModuleDefinition.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::object;
using namespace pkgimg;
using namespace pkgimg::driver;

COFF::MachineTypes windows::getMachine(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return COFF::IMAGE_FILE_MACHINE_I386;
  case Triple::x86_64:
    return COFF::IMAGE_FILE_MACHINE_AMD64;
  case Triple::arm:
  case Triple::thumb:
    return COFF::IMAGE_FILE_MACHINE_ARMNT;
  case Triple::aarch64:
    return T.isWindowsArm64EC() ? COFF::IMAGE_FILE_MACHINE_ARM64EC
                                : COFF::IMAGE_FILE_MACHINE_ARM64;
  default:
    return COFF::IMAGE_FILE_MACHINE_UNKNOWN;
  }
}

//===----------------------------------------------------------------------===//
// The entry point
//===----------------------------------------------------------------------===//

StringRef windows::getDefaultEntry(const Triple &T) {
  return T.getArch() == Triple::x86 ? "__DllMainCRTStartup@12"
                                    : "_DllMainCRTStartup";
}

/// The code of `int f(void *, unsigned, void *) { return 1; }`, as LLVM's code
/// generators make it. They would make it here, too, but starting one takes
/// longer than a small link; the unit tests compare the two.
static StringRef getEntryCode(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86: // stdcall: the callee takes the arguments off the stack.
    return StringRef("\xb8\x01\0\0\0" // movl $1, %eax
                     "\xc2\x0c\0",    // retl $12
                     8);
  case Triple::x86_64:
    return StringRef("\xb8\x01\0\0\0" // movl $1, %eax
                     "\xc3",          // retq
                     6);
  case Triple::aarch64:
    return StringRef("\x20\0\x80\x52"    // mov w0, #1
                     "\xc0\x03\x5f\xd6", // ret
                     8);
  default:
    return StringRef("\x01\x20"  // movs r0, #1
                     "\x70\x47", // bx lr
                     4);
  }
}

namespace {
/// Writes an object of two sections: one function, and the directive that
/// keeps it out of the exports.
class EntryObject {
public:
  EntryObject(const Triple &T, StringRef Symbol) {
    StringRef Code = getEntryCode(T);
    // The linker adds the underscore of C names by itself.
    StringRef Bare = Symbol;
    if (T.getArch() == Triple::x86)
      Bare = Bare.drop_front();
    std::string Directive = (" -exclude-symbols:" + Bare).str();

    const uint32_t CodeOffset =
        sizeof(coff_file_header) + 2 * sizeof(coff_section);
    const uint32_t DirectiveOffset = CodeOffset + Code.size();
    coff_file_header Header = {};
    Header.Machine = windows::getMachine(T);
    Header.NumberOfSections = 2;
    Header.PointerToSymbolTable = DirectiveOffset + Directive.size();
    append(Header);

    uint32_t Flags = COFF::IMAGE_SCN_CNT_CODE | COFF::IMAGE_SCN_MEM_EXECUTE |
                     COFF::IMAGE_SCN_MEM_READ | COFF::IMAGE_SCN_ALIGN_16BYTES;
    if (windows::getMachine(T) == COFF::IMAGE_FILE_MACHINE_ARMNT)
      Flags |= COFF::IMAGE_SCN_MEM_16BIT;
    addSection(".text", CodeOffset, Code.size(), Flags);
    addSection(".drectve", DirectiveOffset, Directive.size(),
               COFF::IMAGE_SCN_LNK_INFO | COFF::IMAGE_SCN_LNK_REMOVE |
                   COFF::IMAGE_SCN_ALIGN_1BYTES);
    Bytes += Code;
    Bytes += Directive;

    uint32_t NumSymbols = 1;
    if (T.getArch() == Triple::x86) {
      // There are no exception handlers here for /safeseh to list.
      addSymbol("@feat.00", COFF::IMAGE_SYM_ABSOLUTE, 1,
                COFF::IMAGE_SYM_CLASS_STATIC, 0);
      ++NumSymbols;
    }
    addSymbol(Symbol, 1, 0, COFF::IMAGE_SYM_CLASS_EXTERNAL,
              COFF::IMAGE_SYM_DTYPE_FUNCTION << COFF::SCT_COMPLEX_TYPE_SHIFT);
    char Size[4];
    support::endian::write32le(Size, sizeof(Size) + Strings.size());
    Bytes.append(Size, Size + sizeof(Size));
    Bytes += Strings;
    reinterpret_cast<coff_file_header *>(Bytes.data())->NumberOfSymbols =
        NumSymbols;
  }

  StringRef getBytes() const { return Bytes; }

private:
  template <typename T> void append(const T &Record) {
    const char *P = reinterpret_cast<const char *>(&Record);
    Bytes.append(P, P + sizeof(T));
  }
  void addSection(StringRef Name, uint32_t Offset, uint32_t Size,
                  uint32_t Flags) {
    coff_section S = {};
    memcpy(S.Name, Name.data(), Name.size());
    S.SizeOfRawData = Size;
    S.PointerToRawData = Offset;
    S.Characteristics = Flags;
    append(S);
  }
  void addSymbol(StringRef Name, int16_t Section, uint32_t Value, uint8_t Class,
                 uint16_t Type) {
    coff_symbol16 S = {};
    if (Name.size() <= COFF::NameSize) {
      memcpy(S.Name.ShortName, Name.data(), Name.size());
    } else {
      S.Name.Offset.Offset = 4 + Strings.size();
      Strings += Name;
      Strings += '\0';
    }
    S.Value = Value;
    S.SectionNumber = Section;
    S.StorageClass = Class;
    S.Type = Type;
    append(S);
  }

  SmallString<256> Bytes;
  SmallString<64> Strings;
};
} // namespace

Expected<std::unique_ptr<MemoryBuffer>>
windows::makeEntryStub(const Triple &T) {
  assert(getMachine(T) != COFF::IMAGE_FILE_MACHINE_UNKNOWN && "no such target");
  StringRef Default = getDefaultEntry(T);
  // The other name, MinGW's of late, lacks the first underscore.
  EntryObject Entries[] = {EntryObject(T, Default),
                           EntryObject(T, Default.drop_front())};
  std::vector<NewArchiveMember> Members;
  Members.emplace_back(MemoryBufferRef(Entries[0].getBytes(), "entry.o"));
  Members.emplace_back(MemoryBufferRef(Entries[1].getBytes(), "dllentry.o"));
  return writeArchiveToBuffer(Members, SymtabWritingMode::NormalSymtab,
                              Archive::K_COFF, /*Deterministic=*/true,
                              /*Thin=*/false);
}

//===----------------------------------------------------------------------===//
// Import libraries
//===----------------------------------------------------------------------===//

/// The name of a machine for people.
static std::string getMachineName(uint16_t Machine) {
  switch (Machine) {
  case COFF::IMAGE_FILE_MACHINE_I386:
    return "i386";
  case COFF::IMAGE_FILE_MACHINE_AMD64:
    return "x86_64";
  case COFF::IMAGE_FILE_MACHINE_ARMNT:
    return "arm";
  case COFF::IMAGE_FILE_MACHINE_ARM64:
    return "aarch64";
  default:
    return "machine 0x" + utohexstr(Machine, /*LowerCase=*/true);
  }
}

Expected<windows::ImportDescription> windows::readDLL(MemoryBufferRef Buffer,
                                                      const Triple &T) {
  Expected<PEExportTable> Table = readPEExports(Buffer);
  if (!Table)
    return Table.takeError();
  StringRef Path = Buffer.getBufferIdentifier();
  // A DLL with code for ARM64EC says that it is one for x86-64.
  uint16_t Wanted = getMachine(T);
  if (Wanted == COFF::IMAGE_FILE_MACHINE_ARM64EC)
    Wanted = COFF::IMAGE_FILE_MACHINE_AMD64;
  if (Table->Machine != Wanted)
    return createStringError(
        inconvertibleErrorCode(),
        Path + ": DLL for " + getMachineName(Table->Machine) +
            ", but the target is " + T.str() + " (" + getMachineName(Wanted) +
            "); name the folder of a runtime for that target with -L, or set "
            "the target with --target=");
  if (Table->Exports.empty())
    return createStringError(
        inconvertibleErrorCode(),
        Path + ": the DLL exports nothing by name (and " +
            Twine(Table->NumNameless) +
            " by number alone), so no symbol can be found in it; leave it out, "
            "or give names to its numbers in a .def file");

  ImportDescription Imports;
  Imports.NameIsGiven = !Table->DLLName.empty();
  Imports.DLLName = Table->DLLName.empty() ? sys::path::filename(Path).str()
                                           : Table->DLLName.str();
  Imports.Exports.reserve(Table->Exports.size());
  for (const PEExport &E : Table->Exports) {
    COFFShortExport Out;
    // On x86, C's names get an underscore; those of C++ ("?f@@YAXXZ"), of
    // fastcall ("@f@8") and of vectorcall ("f@@16") have none.
    bool IsPlain = T.getArch() == Triple::x86 && E.Name[0] != '?' &&
                   E.Name[0] != '@' && !E.Name.contains("@@");
    Out.Name = IsPlain ? ("_" + E.Name).str() : E.Name.str();
    Out.Data = E.IsData;
    Imports.Exports.push_back(std::move(Out));
  }
  return Imports;
}

/// Returns \p Text with blanks in the place of its comments, which begin with a
/// semicolon outside of quotes. Lines stay where they are.
static std::string blankComments(StringRef Text) {
  std::string Result = Text.str();
  bool Quoted = false, Comment = false;
  for (char &C : Result) {
    if (C == '\n')
      Comment = Quoted = false;
    else if (Comment)
      C = ' ';
    else if (C == '"')
      Quoted = !Quoted;
    else if (C == ';' && !Quoted) {
      Comment = true;
      C = ' ';
    }
  }
  return Result;
}

Expected<windows::ImportDescription>
windows::readModuleDefinition(MemoryBufferRef Buffer, const Triple &T) {
  StringRef Path = Buffer.getBufferIdentifier();
  auto Fail = [&](size_t Line, const Twine &What) {
    return createStringError(inconvertibleErrorCode(),
                             Path + ":" + Twine(Line) + ": " + What);
  };
  const std::string Text = blankComments(Buffer.getBuffer());

  // What LLVM's parser passes over.
  SmallVector<StringRef, 0> Lines;
  StringRef(Text).split(Lines, '\n');
  for (size_t I = 0; I != Lines.size(); ++I) {
    if (Lines[I].contains('\0'))
      return Fail(I + 1, "expected text, found a byte of value zero; the file "
                         "is no module definition, or damaged");
    if (Lines[I].count('"') % 2)
      return Fail(I + 1, "expected a second quotation mark on the line");
    if (Lines[I].contains("\"\""))
      return Fail(I + 1, "expected a name between the quotation marks");
  }

  auto Parse = [&](StringRef Part, std::string &Message,
                   COFFModuleDefinition *Result = nullptr) {
    Expected<COFFModuleDefinition> Def = parseCOFFModuleDefinition(
        MemoryBufferRef(Part, Path), getMachine(T), /*MingwDef=*/true);
    if (!Def) {
      Message = toString(Def.takeError());
      return false;
    }
    if (Result)
      *Result = std::move(*Def);
    return true;
  };
  COFFModuleDefinition Def;
  std::string Message;
  if (!Parse(Text, Message, &Def)) {
    // The parser does not say where. It reads forwards, so the line is the
    // last of the shortest part of the file that gives the same message.
    size_t First = 0, Count = Lines.size() - 1;
    while (Count > 0) {
      size_t Middle = First + Count / 2;
      StringRef Part(Text.data(), Lines[Middle].end() - Text.data());
      std::string Other;
      if (!Parse(Part, Other) && Other == Message) {
        Count /= 2;
      } else {
        First = Middle + 1;
        Count -= Count / 2 + 1;
      }
    }
    return Fail(First + 1, Message +
                               "; expected LIBRARY and a name, EXPORTS, and "
                               "below that one export per line: NAME "
                               "[= INTERNAL] [@ORDINAL [NONAME]] [DATA]");
  }
  for (const COFFShortExport &E : Def.Exports) {
    StringRef Name = E.ExtName.empty() ? E.Name : E.ExtName;
    StringRef Number = Name;
    if (Number.consume_front("@") && !Number.empty() &&
        all_of(Number, isDigit)) {
      size_t Line = 0;
      while (Line + 1 < Lines.size() && !Lines[Line].contains(Name))
        ++Line;
      return Fail(Line + 1, "'" + Name +
                                "' is no ordinal: expected a number from 1 to "
                                "65535 after the '@'");
    }
    if (E.Noname && E.Ordinal == 0)
      return createStringError(inconvertibleErrorCode(),
                               Path + ": the export '" + Name +
                                   "' is NONAME and has no ordinal; expected "
                                   "NAME @ORDINAL NONAME");
  }

  ImportDescription Imports;
  Imports.NameIsGiven = !Def.OutputFile.empty();
  Imports.DLLName =
      Def.OutputFile.empty()
          ? (sys::path::stem(sys::path::filename(Path)) + ".dll").str()
          : Def.OutputFile;
  Imports.Exports = std::move(Def.Exports);
  return Imports;
}

bool windows::isModuleDefinitionName(StringRef Path) {
  return Path.ends_with_insensitive(".def");
}

void windows::addStdcallImports(ImportDescription &Imports,
                                ArrayRef<StringRef> Undefined) {
  StringSet<> Known;
  for (const COFFShortExport &E : Imports.Exports)
    Known.insert(E.Name);
  for (StringRef Symbol : Undefined) {
    StringRef Plain = Symbol;
    Plain.consume_front("__imp_");
    // _NAME@NUMBER
    size_t At = Plain.rfind('@');
    if (!Plain.starts_with("_") || At == StringRef::npos || At < 2 ||
        At + 1 == Plain.size() || !all_of(Plain.drop_front(At + 1), isDigit))
      continue;
    if (!Known.contains(Plain.take_front(At)) || !Known.insert(Plain).second)
      continue;
    COFFShortExport E;
    E.Name = Plain.str();
    E.ImportName = Plain.slice(1, At).str();
    Imports.Exports.push_back(std::move(E));
  }
}

Error windows::writeImportLibrary(const ImportDescription &Imports,
                                  StringRef Path, const Triple &T) {
  return object::writeImportLibrary(Imports.DLLName, Path, Imports.Exports,
                                    getMachine(T), /*MinGW=*/true);
}

//===----------------------------------------------------------------------===//
// Exports
//===----------------------------------------------------------------------===//

bool windows::isAutoExported(StringRef Name, const Triple &T) {
  for (StringRef Prefix :
       {"__imp_", "__IMPORT_DESCRIPTOR_", "__nm_", "__rtti_", "__builtin_", ".",
        "__profc_", "__profd_", "__profvp_"})
    if (Name.starts_with(Prefix))
      return false;
  for (StringRef Suffix : {"_iname", "_NULL_THUNK_DATA"})
    if (Name.ends_with(Suffix))
      return false;
  if (Name == "__NULL_IMPORT_DESCRIPTOR")
    return false;
  // The rest has C's underscore on x86, and the entry points stdcall's number.
  const bool IsX86 = T.getArch() == Triple::x86;
  if (IsX86 && !Name.consume_front("_"))
    return true;
  if (Name.starts_with("_head_"))
    return false;
  for (StringRef Runtime :
       {"_pei386_runtime_relocator", "do_pseudo_reloc", "impure_ptr",
        "_impure_ptr", "_fmode", "environ", "__dso_handle"})
    if (Name == Runtime)
      return false;
  for (StringRef Entry : {"DllMain", "DllEntryPoint", "DllMainCRTStartup"})
    if (Name == (IsX86 ? (Entry + "@12").str() : Entry.str()))
      return false;
  return true;
}
