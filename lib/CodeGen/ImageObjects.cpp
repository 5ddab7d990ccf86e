//===- ImageObjects.cpp - Objects for the tables and data of images -------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Definitions become the global variables of a module without functions, so
// that LLVM's backends write all that an object of a machine has: its flags,
// attributes, relocations and directives for the linker. The data of an image
// is in the module as zeros, which LLVM stores as their number alone, and gets
// its bytes in the finished object.
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ImageObjects.h"
#include "pkgimg/CodeGen/ModulePipeline.h"
#include "pkgimg/CodeGen/TargetMachines.h"
#include "pkgimg/Format/Checksum.h"
#include "pkgimg/Format/ImageFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Mangler.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/MachO.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

#include <cstddef>
#include <map>

using namespace llvm;
using namespace pkgimg;

/// Room for what an object has besides the contents of its sections.
static constexpr uint64_t ObjectOverhead = 64 * 1024;

/// Returns true if data for \p T can be in a section that code and tables do
/// not reach with 32 bits: the psABI of x86-64, "Large model".
static bool hasLargeSections(const Triple &T) {
  return T.getArch() == Triple::x86_64 && T.isOSBinFormatELF() && !T.isX32();
}

static Error definitionError(const DataDefinition &D, const Twine &What) {
  return createStringError("the definition '" + D.Name + "' " + What);
}

//===----------------------------------------------------------------------===//
// From definitions to a module
//===----------------------------------------------------------------------===//

namespace {
/// A distance to a symbol of another object. Mach-O has relocations for it,
/// which LLVM's assembler does not write.
struct MachODistance {
  StringRef Definition;
  const DataFixup *Fixup = nullptr;
};

/// Makes the module of one object.
class ObjectModule {
public:
  /// \p LargeSymbol, if it is not empty, is a definition that gets a section of
  /// its own for large data where the format has one.
  ObjectModule(ArrayRef<DataDefinition> Definitions, const Triple &T,
               StringRef SourceName, StringRef LargeSymbol)
      : Definitions(Definitions), T(T), LargeSymbol(LargeSymbol),
        M(SourceName, Context) {
    M.setTargetTriple(T.str());
    M.setSourceFileName(SourceName);
  }

  Expected<SmallVector<char, 0>> emit(const CompileOptions &Options);

  /// Of emit(): the symbol's name as the object spells it.
  std::string mangle(StringRef Name) const {
    SmallString<64> Mangled;
    Mangler::getNameWithPrefix(Mangled, Name, M.getDataLayout());
    return Mangled.str().str();
  }

private:
  /// Checks all definitions, and collects their names.
  Error checkAll();
  Error check(const DataDefinition &D) const;
  Error checkFixups(const DataDefinition &D) const;
  GlobalVariable *declare(const DataDefinition &D);
  void defineNote(const DataDefinition &D);

  StringRef sectionOf(const DataDefinition &D) const;
  StructType *layoutOf(const DataDefinition &D);
  Constant *initializerOf(const DataDefinition &D);
  Constant *addressOf(const SymbolRef &Ref);
  Constant *distanceOf(const DataDefinition &D, const DataFixup &F);
  void referTo(StringRef Name);
  Error addDistances(SmallVectorImpl<char> &Object) const;
  /// True for what addDistances() adds.
  bool isMachODistance(const DataFixup &F) const {
    return T.isOSBinFormatMachO() && F.Kind == DataFixup::Difference32 &&
           !Names.count(F.Target.Symbol);
  }
  unsigned sizeOf(const DataFixup &F) const {
    return F.Kind == DataFixup::Pointer ? M.getDataLayout().getPointerSize()
                                        : 4;
  }

  ArrayRef<DataDefinition> Definitions;
  const Triple &T;
  StringRef LargeSymbol;
  StringMap<const DataDefinition *> Names;
  std::vector<MachODistance> Distances;
  StringSet<> Referred;
  LLVMContext Context;
  Module M;
};
} // namespace

Error ObjectModule::checkFixups(const DataDefinition &D) const {
  uint64_t End = 0;
  for (const DataFixup &F : D.Fixups) {
    std::string Where = ("has a fixup at offset " + Twine(F.Offset)).str();
    const uint64_t Size = sizeOf(F);
    if (F.Offset < End)
      return definitionError(D, Where + ", which is not behind the one before");
    if (F.Offset > D.Bytes.size() || Size > D.Bytes.size() - F.Offset)
      return definitionError(D, Where + " outside its " +
                                    Twine(D.Bytes.size()) + " bytes");
    End = F.Offset + Size;
    if (F.Target.Symbol.empty())
      return definitionError(D, Where + " that names no symbol");
    if (F.Kind == DataFixup::Pointer) {
      if (D.Place == DataDefinition::ReadOnly ||
          D.Place == DataDefinition::Header)
        return definitionError(
            D, Where + " for the pointer '" + F.Target.Symbol +
                   "', which the loader of the library cannot write there; "
                   "place it in RelRO");
      continue;
    }
    // A distance that the linker fills in is from the section that it is in.
    const DataDefinition *Minus = Names.lookup(F.Minus.Symbol);
    if (!Minus)
      return definitionError(D, Where + " for the distance from '" +
                                    F.Minus.Symbol +
                                    "', which is in another object");
    if (Minus->Place != D.Place || D.Place == DataDefinition::Header ||
        (D.Name == LargeSymbol) != (Minus->Name == LargeSymbol))
      return definitionError(D, Where + " for the distance from '" +
                                    F.Minus.Symbol +
                                    "', which is in another section");
    if (!isMachODistance(F))
      continue;
    if (!T.isArch64Bit())
      return definitionError(D, Where + " for the distance to '" +
                                    F.Target.Symbol +
                                    "' in another object, which cannot be "
                                    "written for '" +
                                    T.str() + "'");
    if (StringRef(F.Target.Symbol).find_first_of("\"\n") != StringRef::npos)
      return definitionError(D, Where + " for the distance to the symbol '" +
                                    F.Target.Symbol +
                                    "', which the assembler cannot spell");
  }
  return Error::success();
}

Error ObjectModule::check(const DataDefinition &D) const {
  if (D.Place == DataDefinition::Text || D.IsFunction)
    return definitionError(D, "is code; expected data");
  if (D.Name.empty() && D.Place != DataDefinition::Header)
    return createStringError("a definition has no name");
  if (D.Place == DataDefinition::Header &&
      D.Linkage != DataDefinition::Internal)
    return definitionError(D, "is a header, and is not internal");
  const uint64_t MaxAlignment = T.isOSBinFormatCOFF()    ? 8192
                                : T.isOSBinFormatMachO() ? 32768
                                                         : uint64_t(1) << 32;
  if (!isPowerOf2_64(D.Alignment) || D.Alignment > MaxAlignment)
    return definitionError(D, "has the alignment " + Twine(D.Alignment) +
                                  "; expected a power of two up to " +
                                  Twine(MaxAlignment));
  return checkFixups(D);
}

Error ObjectModule::checkAll() {
  for (const DataDefinition &D : Definitions)
    if (!D.Name.empty() && !Names.try_emplace(D.Name, &D).second)
      return definitionError(D, "occurs twice");
  for (const DataDefinition &D : Definitions)
    if (Error E = check(D))
      return E;
  return Error::success();
}

/// All definitions of a place are in one section, whatever is in them.
StringRef ObjectModule::sectionOf(const DataDefinition &D) const {
  const bool IsCOFF = T.isOSBinFormatCOFF(), IsMachO = T.isOSBinFormatMachO();
  switch (D.Place) {
  case DataDefinition::ReadOnly:
    return IsMachO ? "__TEXT,__const" : IsCOFF ? ".rdata" : ".rodata";
  case DataDefinition::RelRO:
    return IsMachO ? "__DATA,__const" : IsCOFF ? ".rdata" : ".data.rel.ro";
  case DataDefinition::Data:
    if (IsMachO)
      return "__DATA,__data";
    return D.Name == LargeSymbol && hasLargeSections(T) ? ".ldata" : ".data";
  case DataDefinition::Header:
    // Nothing refers to it.
    return IsMachO  ? "__TEXT,__pkgimg,regular,no_dead_strip"
           : IsCOFF ? HeaderPESection
                    : HeaderNoteSection;
  case DataDefinition::Text:
    break;
  }
  llvm_unreachable("code is refused");
}

/// Bytes, words and distances in turn, without padding.
StructType *ObjectModule::layoutOf(const DataDefinition &D) {
  SmallVector<Type *, 8> Types;
  Type *Byte = Type::getInt8Ty(Context);
  uint64_t End = 0;
  auto AddBytes = [&](uint64_t To) {
    if (To != End)
      Types.push_back(ArrayType::get(Byte, To - End));
  };
  for (const DataFixup &F : D.Fixups) {
    AddBytes(F.Offset);
    Types.push_back(F.Kind == DataFixup::Pointer
                        ? static_cast<Type *>(PointerType::get(Context, 0))
                        : Type::getInt32Ty(Context));
    End = F.Offset + sizeOf(F);
  }
  AddBytes(D.Bytes.size());
  if (D.ZeroFill)
    Types.push_back(ArrayType::get(Byte, D.ZeroFill));
  return StructType::get(Context, Types, /*isPacked=*/true);
}

Constant *ObjectModule::addressOf(const SymbolRef &Ref) {
  GlobalValue *GV = M.getNamedValue(Ref.Symbol);
  Type *Byte = Type::getInt8Ty(Context);
  if (!GV) {
    auto *New = new GlobalVariable(M, Byte, /*isConstant=*/false,
                                   GlobalValue::ExternalLinkage,
                                   /*Initializer=*/nullptr, Ref.Symbol);
    // It says nothing of the symbol in the object, but that a distance to it
    // needs no relocation when the library is loaded.
    New->setDSOLocal(true);
    GV = New;
  }
  if (!Ref.Offset)
    return GV;
  // Without "inbounds" LLVM does not see that it is an offset from a symbol.
  return ConstantExpr::getInBoundsGetElementPtr(
      Byte, GV, ConstantInt::getSigned(Type::getInt64Ty(Context), Ref.Offset));
}

/// Puts a symbol that nothing in the module refers to into the object.
void ObjectModule::referTo(StringRef Name) {
  if (Referred.insert(Name).second)
    M.appendModuleInlineAsm(".reference \"" + mangle(Name) + "\"");
}

Constant *ObjectModule::distanceOf(const DataDefinition &D,
                                   const DataFixup &F) {
  Type *Result = Type::getInt32Ty(Context);
  if (isMachODistance(F)) {
    referTo(F.Target.Symbol);
    Distances.push_back({D.Name, &F});
    return ConstantInt::get(Result, uint32_t(F.Target.Offset - F.Minus.Offset));
  }
  Type *Word = M.getDataLayout().getIntPtrType(Context);
  Constant *Distance =
      ConstantExpr::getSub(ConstantExpr::getPtrToInt(addressOf(F.Target), Word),
                           ConstantExpr::getPtrToInt(addressOf(F.Minus), Word));
  return Word == Result ? Distance : ConstantExpr::getTrunc(Distance, Result);
}

Constant *ObjectModule::initializerOf(const DataDefinition &D) {
  auto *Layout = layoutOf(D);
  SmallVector<Constant *, 8> Values;
  Type *Byte = Type::getInt8Ty(Context);
  StringRef Bytes = D.Bytes;
  uint64_t End = 0;
  auto AddBytes = [&](uint64_t To) {
    if (To != End)
      Values.push_back(
          ConstantDataArray::getRaw(Bytes.slice(End, To), To - End, Byte));
  };
  for (const DataFixup &F : D.Fixups) {
    AddBytes(F.Offset);
    Values.push_back(F.Kind == DataFixup::Pointer ? addressOf(F.Target)
                                                  : distanceOf(D, F));
    End = F.Offset + sizeOf(F);
  }
  AddBytes(Bytes.size());
  if (D.ZeroFill)
    Values.push_back(
        ConstantAggregateZero::get(ArrayType::get(Byte, D.ZeroFill)));
  return ConstantStruct::get(Layout, Values);
}

/// Makes the variable, with zeros.
GlobalVariable *ObjectModule::declare(const DataDefinition &D) {
  // What is written when the library is loaded is not constant for ELF and
  // Mach-O. COFF has one section for both.
  const bool IsConstant =
      D.Place == DataDefinition::ReadOnly ||
      D.Place == DataDefinition::Header ||
      (D.Place == DataDefinition::RelRO && T.isOSBinFormatCOFF());
  GlobalValue::LinkageTypes Linkage =
      D.Linkage != DataDefinition::Internal ? GlobalValue::ExternalLinkage
      : D.Name.empty()                      ? GlobalValue::PrivateLinkage
                                            : GlobalValue::InternalLinkage;
  // A variable with such a linkage has an initialiser from the beginning.
  StructType *Layout = layoutOf(D);
  auto *GV = new GlobalVariable(M, Layout, IsConstant, Linkage,
                                ConstantAggregateZero::get(Layout), D.Name);
  GV->setSection(sectionOf(D));
  GV->setAlignment(Align(D.Alignment));
  if (D.Linkage == DataDefinition::Exported && T.isOSBinFormatCOFF())
    GV->setDLLStorageClass(GlobalValue::DLLExportStorageClass);
  // In COFF what is not exported is hidden. To say so would only make LLVM list
  // the symbols for MinGW's linkers.
  if (D.Linkage == DataDefinition::Hidden && !T.isOSBinFormatCOFF())
    GV->setVisibility(GlobalValue::HiddenVisibility);
  GV->setDSOLocal(true);
  if (D.Name == LargeSymbol && hasLargeSections(T))
    GV->setCodeModel(CodeModel::Large);
  return GV;
}

/// gABI, "Note Section": the sizes of name and content, a type, the name, the
/// content, each padded to 4 bytes.
void ObjectModule::defineNote(const DataDefinition &D) {
  const endianness Endian =
      T.isLittleEndian() ? endianness::little : endianness::big;
  DataDefinition Note;
  Note.Linkage = DataDefinition::Internal;
  Note.Place = DataDefinition::Header;
  Note.Alignment = 4;
  for (uint32_t Word : {uint32_t(HeaderNoteOwner.size() + 1),
                        uint32_t(D.size()), HeaderNoteType}) {
    char Bytes[4];
    support::endian::write(Bytes, Word, Endian);
    Note.Bytes.append(Bytes, sizeof(Bytes));
  }
  Note.Bytes += HeaderNoteOwner;
  Note.Bytes.resize(alignTo(Note.Bytes.size() + 1, 4), '\0');
  const uint64_t ContentAt = Note.Bytes.size();
  Note.Bytes += D.Bytes;
  Note.Bytes.resize(alignTo(ContentAt + D.size(), 4), '\0');

  StructType *Layout = layoutOf(Note);
  auto *GV =
      new GlobalVariable(M, Layout, /*isConstant=*/true,
                         GlobalValue::PrivateLinkage, initializerOf(Note));
  GV->setSection(sectionOf(Note));
  GV->setAlignment(Align(Note.Alignment));
  // Linkers keep notes; this says it to all other tools.
  appendToUsed(M, {GV});
  if (D.Name.empty())
    return;
  Type *Byte = Type::getInt8Ty(Context);
  GlobalAlias::create(
      ArrayType::get(Byte, D.size()), /*AddressSpace=*/0,
      GlobalValue::InternalLinkage, D.Name,
      ConstantExpr::getInBoundsGetElementPtr(
          Byte, GV, ConstantInt::get(Type::getInt64Ty(Context), ContentAt)),
      &M);
}

/// <mach-o/reloc.h>: A - B is a pair, of B and then of A, with the addend in
/// the section. The new relocations of a section go to the end of the file,
/// behind a copy of those that it has.
Error ObjectModule::addDistances(SmallVectorImpl<char> &Object) const {
  if (Distances.empty())
    return Error::success();
  Expected<std::unique_ptr<object::ObjectFile>> File =
      object::ObjectFile::createObjectFile(
          MemoryBufferRef(StringRef(Object.data(), Object.size()), "object"));
  if (!File)
    return File.takeError();
  const auto &Reader = cast<object::MachOObjectFile>(**File);
  struct Place {
    uint64_t Index;
    uint64_t Address;
    unsigned Section;
  };
  StringMap<Place> Symbols;
  for (const object::SymbolRef &S : Reader.symbols()) {
    Expected<StringRef> Name = S.getName();
    if (!Name)
      return Name.takeError();
    const object::DataRefImpl Ref = S.getRawDataRefImpl();
    const MachO::nlist_64 Entry = Reader.getSymbol64TableEntry(Ref);
    Symbols[*Name] = {Reader.getSymbolIndex(Ref), Entry.n_value, Entry.n_sect};
  }
  auto Find = [&](StringRef Name) -> Expected<Place> {
    constexpr uint64_t MaxIndex = (1u << 24) - 1;
    auto It = Symbols.find(mangle(Name));
    if (It == Symbols.end() || It->second.Index > MaxIndex)
      return createStringError(
          "a distance in Mach-O cannot be between symbols that the assembler "
          "leaves out, or beyond the first " +
          Twine(MaxIndex) + ", as '" + Name + "' is");
    return It->second;
  };
  // The sections are in the one segment of an object, and have numbers from 1.
  uint64_t FirstSection = 0;
  for (const auto &Command : Reader.load_commands())
    if (Command.C.cmd == MachO::LC_SEGMENT_64)
      FirstSection =
          Command.Ptr - Object.data() + sizeof(MachO::segment_command_64);
  auto FieldAt = [&](unsigned Section, size_t Field) {
    return FirstSection + (Section - 1) * sizeof(MachO::section_64) + Field;
  };

  const uint32_t Subtractor = T.getArch() == Triple::x86_64
                                  ? uint32_t(MachO::X86_64_RELOC_SUBTRACTOR)
                                  : uint32_t(MachO::ARM64_RELOC_SUBTRACTOR);
  constexpr uint32_t Unsigned = 0, Is4Bytes = 2u << 25, IsSymbol = 1u << 27;
  std::map<unsigned, SmallVector<char, 0>> Added;
  for (const MachODistance &D : Distances) {
    Expected<Place> In = Find(D.Definition);
    if (!In)
      return In.takeError();
    const uint64_t Start = support::endian::read64le(
        &Object[FieldAt(In->Section, offsetof(MachO::section_64, addr))]);
    for (auto [Name, Type] : {std::pair(&D.Fixup->Minus.Symbol, Subtractor),
                              std::pair(&D.Fixup->Target.Symbol, Unsigned)}) {
      Expected<Place> Symbol = Find(*Name);
      if (!Symbol)
        return Symbol.takeError();
      char Bytes[8];
      support::endian::write32le(Bytes, In->Address + D.Fixup->Offset - Start);
      support::endian::write32le(Bytes + 4, uint32_t(Symbol->Index) | Is4Bytes |
                                                IsSymbol | Type << 28);
      Added[In->Section].append(std::begin(Bytes), std::end(Bytes));
    }
  }
  for (const auto &[Section, New] : Added) {
    char *Place =
        &Object[FieldAt(Section, offsetof(MachO::section_64, reloff))];
    char *Count =
        &Object[FieldAt(Section, offsetof(MachO::section_64, nreloc))];
    const uint32_t OldCount = support::endian::read32le(Count);
    SmallVector<char, 0> Old;
    if (OldCount) {
      const char *First = &Object[support::endian::read32le(Place)];
      Old.append(First, First + OldCount * sizeof(MachO::relocation_info));
    }
    const uint64_t At = alignTo(Object.size(), 8);
    if (At > UINT32_MAX)
      return createStringError("the tables are too large for Mach-O");
    support::endian::write32le(Place, uint32_t(At));
    support::endian::write32le(
        Count, OldCount + New.size() / sizeof(MachO::relocation_info));
    Object.resize(At, '\0');
    Object.append(Old);
    Object.append(New);
  }
  return Error::success();
}

Expected<SmallVector<char, 0>>
ObjectModule::emit(const CompileOptions &Options) {
  if (!T.isOSBinFormatELF() && !T.isOSBinFormatCOFF() &&
      !T.isOSBinFormatMachO())
    return createStringError("'" + T.str() +
                             "' has another object format than ELF, COFF and "
                             "Mach-O");
  CompileOptions Plain;
  Plain.CPU = Options.CPU;
  Plain.Features = Options.Features;
  Plain.ABI = Options.ABI;
  Plain.FloatABI = Options.FloatABI;
  Plain.Diagnostics = Options.Diagnostics;
  Plain.Level = OptimizationLevel::O0;
  Expected<std::unique_ptr<TargetMachine>> TM = createTargetMachine(M, Plain);
  if (!TM)
    return TM.takeError();
  M.setDataLayout((*TM)->createDataLayout());

  if (Error E = checkAll())
    return std::move(E);
  std::vector<GlobalVariable *> Variables;
  uint64_t Size = ObjectOverhead;
  for (const DataDefinition &D : Definitions) {
    bool IsNote = D.Place == DataDefinition::Header && T.isOSBinFormatELF();
    Variables.push_back(IsNote ? nullptr : declare(D));
    Size += alignTo(D.size(), D.Alignment) + D.Name.size() +
            64 * D.Fixups.size() + 64;
  }
  for (auto [D, Variable] : zip_equal(Definitions, Variables))
    if (Variable)
      Variable->setInitializer(initializerOf(D));
    else
      defineNote(D);

  // What grows as it is written would be in memory three times.
  SmallVector<char, 0> Object;
  Object.reserve(Size);
  raw_svector_ostream OS(Object);
  if (Error E = emitModule(M, **TM, Plain, OS))
    return std::move(E);
  if (Error E = addDistances(Object))
    return std::move(E);
  return std::move(Object);
}

Expected<SmallVector<char, 0>>
pkgimg::emitDefinitions(ArrayRef<DataDefinition> Definitions, const Triple &T,
                        const CompileOptions &Options, StringRef SourceName) {
  return ObjectModule(Definitions, T, SourceName, /*LargeSymbol=*/"")
      .emit(Options);
}

//===----------------------------------------------------------------------===//
// Tables and data
//===----------------------------------------------------------------------===//

Error pkgimg::checkDataSize(const Triple &T, ImageDialect Dialect,
                            uint64_t Size) {
  const bool IsLarge = hasLargeSections(T);
  const uint64_t Limit =
      IsLarge ? object::Archive::MaxMemberSize - ObjectOverhead : INT32_MAX;
  if (Size <= Limit)
    return Error::success();
  return createStringError(
      "the image's data has " + Twine(Size) + " bytes; for '" + T.str() +
      "' it can have " + Twine(Limit) +
      (IsLarge ? ", as a member of an archive"
               : ", since distances in its code and tables have 32 bits") +
      "; " + (Dialect >= ImageDialect::Julia1_13 ? "compress it, or " : "") +
      "make several packages of it");
}

/// Copies \p Bytes to where the symbol \p Name is in \p Object.
static Error fillSymbol(MutableArrayRef<char> Object, StringRef Name,
                        StringRef Bytes) {
  auto Failed = [&](const Twine &What) {
    return createStringError("cannot write the data to its object: " + What);
  };
  MemoryBufferRef Buffer(StringRef(Object.data(), Object.size()), "object");
  Expected<std::unique_ptr<object::ObjectFile>> File =
      object::ObjectFile::createObjectFile(Buffer);
  if (!File)
    return Failed(toString(File.takeError()));
  for (const object::SymbolRef &Symbol : (*File)->symbols()) {
    Expected<StringRef> Found = Symbol.getName();
    if (!Found)
      return Failed(toString(Found.takeError()));
    if (*Found != Name)
      continue;
    Expected<uint64_t> Address = Symbol.getAddress();
    if (!Address)
      return Failed(toString(Address.takeError()));
    Expected<object::section_iterator> Section = Symbol.getSection();
    if (!Section)
      return Failed(toString(Section.takeError()));
    Expected<StringRef> Contents = (*Section)->getContents();
    if (!Contents)
      return Failed(toString(Contents.takeError()));
    uint64_t At = *Address - (*Section)->getAddress();
    if (At > Contents->size() || Bytes.size() > Contents->size() - At)
      return Failed("'" + Name + "' leaves its section");
    llvm::copy(Bytes, Object.data() + (Contents->data() - Object.data()) + At);
    return Error::success();
  }
  return Failed("no symbol '" + Name + "'");
}

/// Compresses \p Data to \p Storage.
static Error compressData(StringRef Data, ImageDialect Dialect,
                          SmallVectorImpl<uint8_t> &Storage) {
  // What makes the best of the time, and the same on every machine.
  constexpr int Level = 3;
  if (Dialect < ImageDialect::Julia1_13)
    return createStringError("the data is to be compressed, which the loader "
                             "of " +
                             getDialectName(Dialect) +
                             " cannot read; leave it as it is");
  if (const char *Reason =
          compression::getReasonIfUnsupported(compression::Format::Zstd))
    return createStringError("the data cannot be compressed: " + Twine(Reason));
  compression::zstd::compress(arrayRefFromStringRef(Data), Storage, Level);
  return Error::success();
}

/// The work of emitImageObjects(), once Tables has the data.
static Expected<ImageObjects> emitTablesAndData(const ImageTablesSpec &Tables,
                                                const Triple &T,
                                                const CompileOptions &Options) {
  Expected<ObjectTables> Parts = writeObjectTables(Tables, T);
  if (!Parts)
    return Parts.takeError();
  ImageObjects Result;
  if (Error E = emitDefinitions(Parts->Tables, T, Options, "metadata")
                    .moveInto(Result.Metadata))
    return std::move(E);
  if (Parts->Data.empty())
    return std::move(Result);
  StringRef Symbol = Parts->Data.front().Name;
  ObjectModule Data(Parts->Data, T, "sysimg", Symbol);
  if (Error E = Data.emit(Options).moveInto(Result.Data))
    return std::move(E);
  if (Error E = fillSymbol(Result.Data, Data.mangle(Symbol), *Tables.Data))
    return std::move(E);
  return std::move(Result);
}

Expected<ImageObjects> pkgimg::emitImageObjects(ImageTablesSpec &Tables,
                                                std::optional<StringRef> Data,
                                                bool Compress, const Triple &T,
                                                const CompileOptions &Options) {
  SmallVector<uint8_t, 0> Compressed;
  Tables.Data = Data;
  Tables.Compression = DataCompression::None;
  Tables.DataChecksum = std::nullopt;
  auto Reset = make_scope_exit([&] {
    Tables.Data = std::nullopt;
    Tables.Compression = DataCompression::None;
    Tables.DataChecksum = std::nullopt;
  });
  if (Data && Compress) {
    if (Error E = compressData(*Data, Tables.Dialect, Compressed))
      return std::move(E);
    Tables.Data = toStringRef(Compressed);
    Tables.Compression = DataCompression::Zstd;
    if (Tables.Dialect == ImageDialect::Julia1_14)
      Tables.DataChecksum = crc32c(*Data);
  }
  if (Tables.Data)
    if (Error E = checkDataSize(T, Tables.Dialect, Tables.Data->size()))
      return std::move(E);
  return emitTablesAndData(Tables, T, Options);
}

//===----------------------------------------------------------------------===//
// Archives
//===----------------------------------------------------------------------===//

Error pkgimg::writeObjectArchive(ArrayRef<ImageMember> Members, const Triple &T,
                                 raw_ostream &OS) {
  StringSet<> Names;
  std::vector<NewArchiveMember> List;
  for (const ImageMember &Member : Members) {
    if (!Names.insert(Member.Name).second)
      return createStringError("two members of the archive have the name '" +
                               Member.Name + "'");
    List.emplace_back(MemoryBufferRef(Member.Object->getBuffer(), Member.Name));
  }
  const object::Archive::Kind Kind = T.isOSDarwin() ? object::Archive::K_DARWIN
                                     : T.isOSBinFormatCOFF()
                                         ? object::Archive::K_COFF
                                         : object::Archive::K_GNU;
  return writeArchiveToStream(OS, List, SymtabWritingMode::NormalSymtab, Kind,
                              /*Deterministic=*/true, /*Thin=*/false);
}

Expected<std::unique_ptr<MemoryBuffer>>
pkgimg::writeObjectArchive(ArrayRef<ImageMember> Members, const Triple &T) {
  uint64_t Size = 0;
  for (const ImageMember &Member : Members)
    Size += Member.Object->getBufferSize() + 2 * Member.Name.size() + 128;
  SmallVector<char, 0> Bytes;
  // The symbol table is the only part of unknown size.
  Bytes.reserve(Size + Size / 8 + ObjectOverhead);
  raw_svector_ostream OS(Bytes);
  if (Error E = writeObjectArchive(Members, T, OS))
    return std::move(E);
  return std::make_unique<SmallVectorMemoryBuffer>(
      std::move(Bytes), "archive", /*RequiresNullTerminator=*/false);
}
