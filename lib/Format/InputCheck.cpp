//===- InputCheck.cpp - Check the files of a link -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/InputCheck.h"
#include "InputCheckImpl.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

std::string pkgimg::hexString(uint64_t Value) {
  return "0x" + utohexstr(Value, /*LowerCase=*/true);
}

Error CheckedFile::error(const Twine &What) const {
  return createStringError(inconvertibleErrorCode(), Name + ": " + What);
}

Error CheckedFile::damaged(const Twine &What) const {
  return error(What + "; the file is damaged: make it again");
}

Error CheckedFile::truncated(const Twine &What, uint64_t Offset,
                             uint64_t Size) const {
  return error(What + " at offset " + hexString(Offset) + " needs " +
               Twine(Size) + " bytes, but the file ends at " +
               hexString(size()) +
               "; the file is truncated or damaged: make it again");
}

void pkgimg::setMachine(InputSummary &Summary, Triple::ArchType Arch, bool Is64,
                        bool IsLittleEndian, uint64_t Number) {
  Summary.Arch = Arch;
  Summary.Is64 = Is64;
  Summary.IsLittleEndian = IsLittleEndian;
  Summary.MachineName = Arch == Triple::UnknownArch
                            ? "machine " + hexString(Number)
                            : Triple::getArchTypeName(Arch).str();
}

//===----------------------------------------------------------------------===//
// Archives: ar(5)
//===----------------------------------------------------------------------===//

// A member's header: name 16 bytes, time 12, owner 6, group 6, mode 8, size 10,
// and the end mark, all of them text.
static constexpr uint64_t ArMagicSize = 8;
static constexpr uint64_t ArHeaderSize = 60;

Error pkgimg::forEachArchiveMember(
    MemoryBufferRef Buffer, function_ref<Error(const ArchiveMember &)> Visit) {
  StringRef Bytes = Buffer.getBuffer();
  FileKind Kind = identifyFile(Bytes);
  CheckedFile File(Buffer.getBufferIdentifier(), Bytes);
  if (!isArchive(Kind))
    return File.error("expected an archive, found " + getFileKindName(Kind));
  const bool IsThin = Kind == FileKind::ThinArchive;

  StringRef LongNames;
  for (uint64_t Offset = ArMagicSize; Offset < Bytes.size();) {
    if (Error E = File.need("the header of an archive's member", Offset,
                            ArHeaderSize))
      return E;
    StringRef Header = Bytes.substr(Offset, ArHeaderSize);
    if (Header.substr(58) != "`\n")
      return File.damaged("the member's header at offset " + hexString(Offset) +
                          " has no end mark");
    StringRef SizeText = Header.substr(48, 10).rtrim(' ');
    uint64_t Size;
    if (SizeText.getAsInteger(10, Size))
      return File.damaged("the member's header at offset " + hexString(Offset) +
                          " has a size that is no number");

    ArchiveMember Member;
    Member.HeaderOffset = Offset;
    Member.Name = Header.substr(0, 16).rtrim(' ');
    const uint64_t Start = Offset + ArHeaderSize;

    // Tables of the archive itself: symbols in 32 and 64 bits, and names.
    const bool IsTable = Member.Name == "/" || Member.Name == "/SYM64/" ||
                         Member.Name == "//" || Member.Name == "/<ECSYMBOLS>/";
    const bool IsStored = !IsThin || IsTable;
    if (IsStored)
      if (Error E = File.need("an archive's member", Start, Size))
        return E;
    Member.IsThin = !IsStored;
    Member.Bytes = IsStored ? Bytes.substr(Start, Size) : StringRef();
    Member.Size = Size;
    Offset = Start + (IsStored ? Size : 0);
    Offset += Offset & 1;

    if (IsTable) {
      if (Member.Name == "//")
        LongNames = Member.Bytes;
      continue;
    }
    if (Member.Name.consume_front("#1/")) {
      // BSD: the name is the beginning of the content.
      uint64_t Length;
      if (Member.Name.getAsInteger(10, Length) || Length > Member.Bytes.size())
        return File.damaged("the member at offset " +
                            hexString(Member.HeaderOffset) +
                            " has a name that is longer than itself");
      Member.Name = Member.Bytes.take_front(Length);
      Member.Name = Member.Name.take_front(Member.Name.find('\0'));
      Member.Bytes = Member.Bytes.drop_front(Length);
      Member.Size -= Length;
    } else if (Member.Name.size() > 1 && Member.Name[0] == '/') {
      // GNU: an offset in the table of names.
      uint64_t NameOffset;
      if (Member.Name.drop_front().getAsInteger(10, NameOffset) ||
          NameOffset >= LongNames.size())
        return File.damaged("the member at offset " +
                            hexString(Member.HeaderOffset) +
                            " has its name outside the table of names");
      StringRef Rest = LongNames.drop_front(NameOffset);
      Member.Name = Rest.take_front(Rest.find_first_of(StringRef("\n\0", 2)));
      Member.Name.consume_back("/");
    } else {
      Member.Name.consume_back("/");
    }
    if (Member.Name == "__.SYMDEF" || Member.Name == "__.SYMDEF SORTED" ||
        Member.Name == "__.SYMDEF_64" || Member.Name == "__.SYMDEF_64 SORTED")
      continue;
    if (Error E = Visit(Member))
      return E;
  }
  return Error::success();
}

Error pkgimg::checkArchive(MemoryBufferRef Buffer,
                           const InputCheckOptions &Options,
                           InputSummary &Summary) {
  StringRef ArchiveName = Buffer.getBufferIdentifier();
  return forEachArchiveMember(
      Buffer, [&](const ArchiveMember &Member) -> Error {
        std::string Name = (ArchiveName + "(" + Member.Name + ")").str();
        CheckedFile File(Name, Member.Bytes);
        if (++Summary.NumMembers > Options.MaxMembers)
          return createStringError(inconvertibleErrorCode(),
                                   ArchiveName + ": more than " +
                                       Twine(Options.MaxMembers) +
                                       " members in one archive");
        StringRef Bytes = Member.Bytes;
        if (Member.IsThin) {
          if (!Options.OpenThinMember) {
            ++Summary.NumOtherMembers;
            return Error::success();
          }
          Expected<MemoryBufferRef> Opened =
              Options.OpenThinMember(Member.Name);
          if (!Opened)
            return Opened.takeError();
          Bytes = Opened->getBuffer();
        }

        InputSummary Own;
        Own.Kind = identifyFile(Bytes);
        if (Own.Kind == FileKind::Bitcode) {
          ++Summary.NumBitcodeMembers;
          return Error::success();
        }
        if (!isNativeObject(Own.Kind)) {
          if (Options.AllowOtherMembers) {
            ++Summary.NumOtherMembers;
            return Error::success();
          }
          return File.error("expected an object or bitcode, found " +
                            getFileKindName(Own.Kind) +
                            "; remove the member from the archive");
        }
        if (Error E = checkSimpleInput(Name, Bytes, Own))
          return E;
        if (Summary.NumObjectMembers++ == 0) {
          Summary.Arch = Own.Arch;
          Summary.Is64 = Own.Is64;
          Summary.IsLittleEndian = Own.IsLittleEndian;
          Summary.MachineName = Own.MachineName;
          Summary.ARMFloatABI = Own.ARMFloatABI;
        } else if (Own.MachineName != Summary.MachineName ||
                   Own.Is64 != Summary.Is64) {
          return File.error("is for " + Own.MachineName +
                            ", but the members before it are for " +
                            Summary.MachineName +
                            "; make one archive per target");
        }
        return Error::success();
      });
}

//===----------------------------------------------------------------------===//
// One file
//===----------------------------------------------------------------------===//

Error pkgimg::checkSimpleInput(StringRef Name, StringRef Bytes,
                               InputSummary &Summary) {
  CheckedFile File(Name, Bytes);
  switch (Summary.Kind) {
  case FileKind::ELFObject:
    return checkELFObject(Name, Bytes, Summary);
  case FileKind::ELFShared:
    return checkELFShared(Name, Bytes, Summary);
  case FileKind::COFFObject:
    return checkCOFFObject(Name, Bytes, Summary);
  case FileKind::COFFImport:
    return checkCOFFImport(Name, Bytes, Summary);
  case FileKind::PEImage:
    return checkPEImage(Name, Bytes, Summary);
  case FileKind::MachOObject:
    return checkMachOObject(Name, Bytes, Summary);
  case FileKind::MachODylib:
    return checkMachODylib(Name, Bytes, Summary);
  case FileKind::WasmObject:
  case FileKind::WasmShared:
    return checkWasm(Name, Bytes, Summary);
  case FileKind::Empty:
    return File.error("the file is empty; expected an object, an archive, "
                      "bitcode or a library");
  case FileKind::Unknown:
  case FileKind::ELFExecutable:
  case FileKind::ELFOther:
  case FileKind::MachOOther:
  case FileKind::COFFOther:
    return File.error("expected an object, an archive, bitcode or a library, "
                      "found " +
                      getFileKindName(Summary.Kind));
  default:
    return Error::success();
  }
}

Expected<InputSummary>
pkgimg::checkLinkerInput(MemoryBufferRef Buffer,
                         const InputCheckOptions &Options) {
  InputSummary Summary;
  Summary.Kind = identifyFile(Buffer.getBuffer());
  Error E = isArchive(Summary.Kind) ? checkArchive(Buffer, Options, Summary)
            : Summary.Kind == FileKind::MachOUniversal
                ? checkUniversal(Buffer, Options, Summary)
                : checkSimpleInput(Buffer.getBufferIdentifier(),
                                   Buffer.getBuffer(), Summary);
  if (E)
    return std::move(E);
  return Summary;
}
