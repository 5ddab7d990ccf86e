//===- InputCheckWasm.cpp - Check WebAssembly objects ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks WebAssembly objects and shared libraries. LLVM's WasmObjectFile ends
/// the process at a number that is cut off or too large, so everything that it
/// reads is read here first; then what lld/wasm trusts in its InputFiles.cpp
/// and InputChunks.cpp. The structures are those of the WebAssembly core
/// specification, chapter 5 ("Binary Format"), and of the tool conventions
/// "Object file linking" and "Dynamic linking".
///
//===----------------------------------------------------------------------===//

#include "InputCheckImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/BinaryFormat/Wasm.h"
#include <algorithm>
#include <vector>

using namespace llvm;
using namespace llvm::wasm;
using namespace pkgimg;

namespace {

/// Where a section may be; the order of its content must be the same. Custom
/// sections that are not here may be anywhere.
enum Rank : unsigned {
  RankDylink,
  RankType,
  RankImport,
  RankFunction,
  RankTable,
  RankMemory,
  RankTag,
  RankGlobal,
  RankExport,
  RankStart,
  RankElement,
  RankDataCount,
  RankCode,
  RankData,
  RankLinking,
  RankName,
  RankProducers,
  RankFeatures,
  RankNone
};

struct Section {
  unsigned Type;
  StringRef Name;  ///< Of a custom section.
  uint64_t Offset; ///< Of its content, a custom section's name not counted.
  uint64_t Size;
};

/// A function or a data segment: what relocations must be inside of. Start is
/// an offset in the content of the section.
struct Chunk {
  uint64_t Start;
  uint64_t Size;
};

/// The kinds of things that have an index: imports first, definitions after.
enum Space { Functions, Tables, Globals, Tags, NumSpaces };

class WasmChecker : public CheckedFile {
public:
  WasmChecker(StringRef Name, StringRef Bytes, InputSummary &Summary)
      : CheckedFile(Name, Bytes), Summary(Summary) {}

  Error check();

private:
  /// Reads the content of a section. Errors are the section's.
  class Reader : public ByteCursor {
  public:
    Reader(ByteView View, uint64_t Base) : ByteCursor(View), Base(Base) {}

    uint32_t u32leb() { return uleb(32); }
    /// A number of elements, each of at least \p MinSize bytes.
    uint32_t count(unsigned MinSize = 1) {
      uint32_t N = u32leb();
      if (N > remaining() / MinSize)
        fail();
      return failed() ? 0 : N;
    }
    StringRef name() {
      uint32_t Size = u32leb();
      return bytes(Size);
    }
    /// A number of one bit, which LLVM reads as a signed one.
    void bit() {
      int64_t Value = sleb();
      if (Value < 0 || Value > 1)
        fail();
    }
    /// A reader of the next \p Size bytes, which are skipped.
    Reader sub(uint64_t Size, bool IsLittleEndian = true) {
      uint64_t At = offset();
      return Reader(ByteView(bytes(Size), IsLittleEndian), At);
    }
    /// The offset in the file.
    uint64_t offset() const { return Base + tell(); }

  private:
    uint64_t Base;
  };

  Error checkOrder(const Section &S);
  Error readSection(const Section &S, Reader &R);
  Error readCustomSection(const Section &S, Reader &R);
  Error readTypes(Reader &R);
  Error readImports(Reader &R);
  Error readFunctions(Reader &R);
  Error readTables(Reader &R);
  Error readTags(Reader &R);
  Error readGlobals(Reader &R);
  Error readExports(Reader &R);
  Error readElements(Reader &R);
  Error readCode(Reader &R);
  Error readData(Reader &R);
  Error readDylink(Reader &R);
  Error readNames(Reader &R);
  Error readLinking(Reader &R);
  Error readSymbols(Reader &R);
  Error readSegmentInfo(Reader &R);
  Error readInitFunctions(Reader &R);
  Error readComdats(Reader &R);
  Error readRelocations(Reader &R);
  Error checkRelocationIndex(unsigned Type, uint32_t Index,
                             function_ref<std::string()> Where) const;

  Error readInitExpr(Reader &R);
  void skipHeapType(Reader &R, uint32_t Code);
  void readLimits(Reader &R);
  Error readTableType(Reader &R);
  Error checkIndex(Space Kind, uint64_t Index, const Twine &What) const;
  Error checkType(uint32_t Index, const Twine &What) const {
    if (Index < NumTypes)
      return Error::success();
    return damaged(What + " has the type " + Twine(Index) + ", but there are " +
                   Twine(NumTypes));
  }
  uint64_t numIn(Space Kind) const {
    return NumImported[Kind] + NumDefined[Kind];
  }

  static std::string at(const Reader &R) { return hexString(R.offset()); }

  InputSummary &Summary;
  std::vector<Section> Sections;
  unsigned LastRank = 0;
  bool HasRelocations = false;
  bool HasLinking = false;
  bool HasDylink = false;
  bool HasCode = false;
  bool HasMemory64 = false;
  bool HasDataCount = false;
  uint32_t DataCount = 0;
  uint32_t NumTypes = 0;
  uint64_t NumImported[NumSpaces] = {};
  uint64_t NumDefined[NumSpaces] = {};
  std::vector<Chunk> FunctionBodies;
  std::vector<Chunk> Segments;
  std::vector<bool> IsInComdat[2]; ///< Of segments, and of functions.
  std::vector<uint8_t> SymbolKinds;
};

} // namespace

static StringRef getSpaceName(Space Kind) {
  static constexpr StringLiteral Names[] = {"function", "table", "global",
                                            "tag"};
  return Names[Kind];
}

static std::string describe(const Section &S) {
  static constexpr StringLiteral Names[] = {
      "custom", "type",  "import",  "function", "table", "memory",     "global",
      "export", "start", "element", "code",     "data",  "data count", "tag"};
  if (S.Type == WASM_SEC_CUSTOM)
    return ("custom section '" + S.Name.take_front(200) + "'").str();
  if (S.Type < std::size(Names))
    return ("the " + Names[S.Type] + " section").str();
  return "section of type " + std::to_string(S.Type);
}

Error WasmChecker::checkIndex(Space Kind, uint64_t Index,
                              const Twine &What) const {
  if (Index < numIn(Kind))
    return Error::success();
  return damaged(What + " refers to " + getSpaceName(Kind) + " " +
                 Twine(Index) + ", but there are " + Twine(numIn(Kind)));
}

//===----------------------------------------------------------------------===//
// Types and expressions
//===----------------------------------------------------------------------===//

/// A reference type with a heap type of its own has one more number.
void WasmChecker::skipHeapType(Reader &R, uint32_t Code) {
  if (Code == WASM_TYPE_NULLABLE || Code == WASM_TYPE_NONNULLABLE)
    R.sleb();
}

void WasmChecker::readLimits(Reader &R) {
  uint32_t Flags = R.u32leb();
  R.uleb();
  if (Flags & WASM_LIMITS_FLAG_HAS_MAX)
    R.uleb();
  HasMemory64 |= (Flags & WASM_LIMITS_FLAG_IS_64) != 0;
}

Error WasmChecker::readTableType(Reader &R) {
  uint64_t Offset = R.offset();
  uint32_t Type = R.u32leb();
  skipHeapType(R, Type);
  bool Is64 = HasMemory64;
  readLimits(R);
  HasMemory64 = Is64; // A table's limits say nothing of the memory.
  switch (Type) {
  case WASM_TYPE_I32:
  case WASM_TYPE_I64:
  case WASM_TYPE_F32:
  case WASM_TYPE_F64:
  case WASM_TYPE_V128:
    return damaged("the table type at offset " + hexString(Offset) + " is " +
                   hexString(Type) + ", expected a reference type");
  default:
    return Error::success();
  }
}

/// Core specification, "Constant Expressions". The first form is that of one
/// instruction, whose number has a range; LLVM reads any other as a sequence.
Error WasmChecker::readInitExpr(Reader &R) {
  const uint64_t Offset = R.offset();
  Reader Start = R;
  switch (R.u8()) {
  case WASM_OPCODE_I32_CONST: {
    int64_t Value = R.sleb();
    if (Value < INT32_MIN || Value > INT32_MAX)
      return damaged("the constant of the expression at offset " +
                     hexString(Offset) + " has more than 32 bits");
    break;
  }
  case WASM_OPCODE_I64_CONST:
    R.sleb();
    break;
  case WASM_OPCODE_F32_CONST:
    R.skip(4);
    break;
  case WASM_OPCODE_F64_CONST:
    R.skip(8);
    break;
  case WASM_OPCODE_GLOBAL_GET:
    R.uleb();
    break;
  case WASM_OPCODE_REF_NULL:
    skipHeapType(R, R.u32leb());
    break;
  default:
    break;
  }
  if (R.u8() == WASM_OPCODE_END || R.failed())
    return Error::success();

  R = Start;
  for (;;) {
    unsigned Opcode = R.u8();
    if (R.failed())
      return Error::success();
    switch (Opcode) {
    case WASM_OPCODE_ARRAY_NEW_FIXED:
      R.uleb();
      [[fallthrough]];
    case WASM_OPCODE_I32_CONST:
    case WASM_OPCODE_I64_CONST:
    case WASM_OPCODE_GLOBAL_GET:
    case WASM_OPCODE_REF_NULL:
    case WASM_OPCODE_REF_FUNC:
    case WASM_OPCODE_STRUCT_NEW:
    case WASM_OPCODE_STRUCT_NEW_DEFAULT:
    case WASM_OPCODE_ARRAY_NEW:
    case WASM_OPCODE_ARRAY_NEW_DEFAULT:
      R.uleb();
      break;
    case WASM_OPCODE_F32_CONST:
      R.skip(4);
      break;
    case WASM_OPCODE_F64_CONST:
      R.skip(8);
      break;
    case WASM_OPCODE_I32_ADD:
    case WASM_OPCODE_I32_SUB:
    case WASM_OPCODE_I32_MUL:
    case WASM_OPCODE_I64_ADD:
    case WASM_OPCODE_I64_SUB:
    case WASM_OPCODE_I64_MUL:
    case WASM_OPCODE_GC_PREFIX:
    case WASM_OPCODE_REF_I31:
      break;
    case WASM_OPCODE_END:
      return Error::success();
    default:
      return damaged("the expression at offset " + hexString(Offset) +
                     " has the instruction " + hexString(Opcode) +
                     ", which is not constant");
    }
  }
}

//===----------------------------------------------------------------------===//
// Sections of the core specification
//===----------------------------------------------------------------------===//

Error WasmChecker::readTypes(Reader &R) {
  NumTypes = R.count();
  for (uint32_t I = 0; I != NumTypes && !R.failed(); ++I) {
    uint64_t Offset = R.offset();
    unsigned Form = R.u8();
    if (R.failed())
      break;
    if (Form != WASM_TYPE_FUNC)
      return damaged("type " + Twine(I) + " at offset " + hexString(Offset) +
                     " has the form " + hexString(Form) +
                     ", expected 0x60 (a function); the linker knows no other");
    // Parameters, then results.
    for (unsigned Part = 0; Part != 2; ++Part)
      for (uint32_t N = R.count(); N && !R.failed(); --N)
        skipHeapType(R, R.u8());
  }
  return Error::success();
}

Error WasmChecker::readImports(Reader &R) {
  uint32_t Count = R.count(3);
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    std::string What = ("import " + Twine(I) + " at offset " + at(R)).str();
    R.name();
    R.name();
    unsigned Kind = R.u8();
    if (R.failed())
      break;
    switch (Kind) {
    case WASM_EXTERNAL_FUNCTION:
      ++NumImported[Functions];
      if (Error E = checkType(R.u32leb(), What))
        return E;
      break;
    case WASM_EXTERNAL_TABLE:
      ++NumImported[Tables];
      if (Error E = readTableType(R))
        return E;
      break;
    case WASM_EXTERNAL_MEMORY:
      readLimits(R);
      break;
    case WASM_EXTERNAL_GLOBAL:
      ++NumImported[Globals];
      R.u8();
      R.bit();
      break;
    case WASM_EXTERNAL_TAG:
      ++NumImported[Tags];
      if (R.u8() != 0)
        return damaged(What + " is a tag with an attribute, expected 0");
      if (Error E = checkType(R.u32leb(), What))
        return E;
      break;
    default:
      return damaged(What + " has the kind " + Twine(Kind) +
                     ", expected 0 to 4");
    }
  }
  return Error::success();
}

Error WasmChecker::readFunctions(Reader &R) {
  uint32_t Count = R.count();
  NumDefined[Functions] = Count;
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    uint64_t Offset = R.offset();
    uint32_t Type = R.u32leb();
    if (Type >= NumTypes && !R.failed())
      return checkType(Type, "function " + Twine(I) + " at offset " +
                                 hexString(Offset));
  }
  return Error::success();
}

Error WasmChecker::readTables(Reader &R) {
  uint32_t Count = R.count(3);
  NumDefined[Tables] = Count;
  for (uint32_t I = 0; I != Count && !R.failed(); ++I)
    if (Error E = readTableType(R))
      return E;
  return Error::success();
}

Error WasmChecker::readTags(Reader &R) {
  uint32_t Count = R.count(2);
  NumDefined[Tags] = Count;
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    std::string What = ("tag " + Twine(I) + " at offset " + at(R)).str();
    if (R.u8() != 0)
      return damaged(What + " has an attribute, expected 0");
    if (Error E = checkType(R.u32leb(), What))
      return E;
  }
  return Error::success();
}

Error WasmChecker::readGlobals(Reader &R) {
  uint32_t Count = R.count(4);
  NumDefined[Globals] = Count;
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    skipHeapType(R, R.u32leb());
    R.bit();
    if (Error E = readInitExpr(R))
      return E;
  }
  return Error::success();
}

Error WasmChecker::readExports(Reader &R) {
  uint32_t Count = R.count(3);
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    std::string What = ("export " + Twine(I) + " at offset " + at(R)).str();
    R.name();
    unsigned Kind = R.u8();
    uint32_t Index = R.u32leb();
    if (R.failed())
      break;
    static constexpr Space Spaces[] = {Functions, Tables, Functions, Globals,
                                       Tags};
    if (Kind >= std::size(Spaces))
      return damaged(What + " has the kind " + Twine(Kind) +
                     ", expected 0 to 4");
    if (Kind == WASM_EXTERNAL_MEMORY)
      continue;
    if (Error E = checkIndex(Spaces[Kind], Index, What))
      return E;
    if (Kind == WASM_EXTERNAL_FUNCTION && Index < NumImported[Functions])
      return damaged(What + " is the imported function " + Twine(Index) +
                     ", expected one that is defined");
  }
  return Error::success();
}

Error WasmChecker::readElements(Reader &R) {
  uint32_t Count = R.count(2);
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    std::string What =
        ("element segment " + Twine(I) + " at offset " + at(R)).str();
    uint32_t Flags = R.u32leb();
    if (Flags > 7)
      return damaged(What + " has the flags " + hexString(Flags) +
                     ", expected 0 to 7");
    const bool IsPassive = Flags & WASM_ELEM_SEGMENT_IS_PASSIVE;
    const bool HasExprs = Flags & WASM_ELEM_SEGMENT_HAS_INIT_EXPRS;
    uint32_t Table = 0;
    if (!IsPassive && (Flags & WASM_ELEM_SEGMENT_HAS_TABLE_NUMBER))
      Table = R.u32leb();
    if (R.failed())
      break;
    if (Error E = checkIndex(Tables, Table, What))
      return E;
    if (!IsPassive)
      if (Error E = readInitExpr(R))
        return E;
    // The kind of element: a type where there are expressions, or 0.
    if (HasExprs)
      skipHeapType(R, R.u32leb());
    else if ((Flags & WASM_ELEM_SEGMENT_MASK_HAS_ELEM_KIND) && R.u32leb() != 0)
      return damaged(What + " has an element kind other than 0 (functions)");
    uint32_t NumElements = R.count();
    for (uint32_t N = 0; N != NumElements && !R.failed(); ++N) {
      if (HasExprs) {
        if (Error E = readInitExpr(R))
          return E;
        continue;
      }
      uint32_t Function = R.u32leb();
      if (Function >= numIn(Functions))
        return checkIndex(Functions, Function, What);
    }
  }
  return Error::success();
}

Error WasmChecker::readCode(Reader &R) {
  HasCode = true;
  const uint64_t Base = R.offset();
  uint32_t Count = R.count();
  if (R.failed())
    return Error::success();
  if (Count != NumDefined[Functions])
    return damaged("the code section at offset " + hexString(Base) + " has " +
                   Twine(Count) + " functions, but " +
                   Twine(NumDefined[Functions]) + " are declared");
  FunctionBodies.reserve(Count);
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    uint64_t Start = R.offset();
    uint32_t Size = R.u32leb();
    Reader Body = R.sub(Size);
    if (R.failed())
      break;
    // Groups of local variables: how many, and of which type.
    for (uint32_t N = Body.count(2); N && !Body.failed(); --N) {
      Body.u32leb();
      Body.u8();
    }
    if (Body.failed())
      return damaged("function " + Twine(I) + " at offset " + hexString(Start) +
                     " ends inside its local variables");
    FunctionBodies.push_back({Start - Base, R.offset() - Start});
  }
  return Error::success();
}

Error WasmChecker::readData(Reader &R) {
  const uint64_t Base = R.offset();
  uint32_t Count = R.count(2);
  if (R.failed())
    return Error::success();
  if (HasDataCount && Count != DataCount)
    return damaged("the data section at offset " + hexString(Base) + " has " +
                   Twine(Count) +
                   " segments, but the data count section says " +
                   Twine(DataCount));
  Segments.reserve(Count);
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    uint32_t Flags = R.u32leb();
    if (Flags & WASM_DATA_SEGMENT_HAS_MEMINDEX)
      R.u32leb();
    if (!(Flags & WASM_DATA_SEGMENT_IS_PASSIVE))
      if (Error E = readInitExpr(R))
        return E;
    uint32_t Size = R.u32leb();
    Segments.push_back({R.offset() - Base, Size});
    R.skip(Size);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Custom sections
//===----------------------------------------------------------------------===//

/// "Dynamic linking": "dylink.0" has subsections, and the older "dylink" one
/// list.
Error WasmChecker::readDylink(Reader &R) {
  HasDylink = true;
  while (!R.atEnd()) {
    uint64_t Offset = R.offset();
    unsigned Type = R.u8();
    uint32_t Size = R.u32leb();
    Reader Sub = R.sub(Size);
    if (R.failed())
      break;
    switch (Type) {
    case WASM_DYLINK_MEM_INFO:
      for (unsigned I = 0; I != 4; ++I)
        Sub.u32leb();
      break;
    case WASM_DYLINK_NEEDED:
      for (uint32_t N = Sub.count(); N && !Sub.failed(); --N)
        Sub.name();
      break;
    case WASM_DYLINK_EXPORT_INFO:
      for (uint32_t N = Sub.count(2); N && !Sub.failed(); --N) {
        Sub.name();
        Sub.u32leb();
      }
      break;
    case WASM_DYLINK_IMPORT_INFO:
      for (uint32_t N = Sub.count(3); N && !Sub.failed(); --N) {
        Sub.name();
        Sub.name();
        Sub.u32leb();
      }
      break;
    default:
      Sub.skip(Sub.remaining());
      break;
    }
    if (Sub.failed() || !Sub.atEnd())
      return damaged("subsection " + Twine(Type) + " of 'dylink.0' at offset " +
                     hexString(Offset) + " has " + Twine(Size) +
                     " bytes, which are not those of its entries");
  }
  return Error::success();
}

Error WasmChecker::readNames(Reader &R) {
  while (!R.atEnd()) {
    uint64_t Offset = R.offset();
    unsigned Type = R.u8();
    uint32_t Size = R.u32leb();
    Reader Sub = R.sub(Size);
    if (R.failed())
      break;
    uint64_t Limit;
    switch (Type) {
    case WASM_NAMES_FUNCTION:
      Limit = numIn(Functions);
      break;
    case WASM_NAMES_GLOBAL:
      Limit = numIn(Globals);
      break;
    case WASM_NAMES_DATA_SEGMENT:
      Limit = Segments.size();
      break;
    default:
      continue;
    }
    for (uint32_t N = Sub.count(2); N && !Sub.failed(); --N) {
      std::string Where = at(Sub);
      uint32_t Index = Sub.u32leb();
      Sub.name();
      if (Index >= Limit && !Sub.failed())
        return damaged("the name at offset " + Where + " is that of number " +
                       Twine(Index) + ", but there are " + Twine(Limit));
    }
    if (Sub.failed() || !Sub.atEnd())
      return damaged("subsection " + Twine(Type) + " of 'name' at offset " +
                     hexString(Offset) + " has " + Twine(Size) +
                     " bytes, which are not those of its entries");
  }
  return Error::success();
}

/// "Object file linking", "Symbol Table Subsection".
Error WasmChecker::readSymbols(Reader &R) {
  SymbolKinds.clear();
  uint32_t Count = R.count(2);
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    uint64_t Offset = R.offset();
    auto What = [&] {
      return ("symbol " + Twine(I) + " at offset " + hexString(Offset)).str();
    };
    unsigned Kind = R.u8();
    uint32_t Flags = R.u32leb();
    const bool IsDefined = !(Flags & WASM_SYMBOL_UNDEFINED);
    const unsigned Binding = Flags & WASM_SYMBOL_BINDING_MASK;
    if (R.failed())
      break;
    switch (Kind) {
    case WASM_SYMBOL_TYPE_FUNCTION:
    case WASM_SYMBOL_TYPE_GLOBAL:
    case WASM_SYMBOL_TYPE_TAG:
    case WASM_SYMBOL_TYPE_TABLE: {
      Space In = Kind == WASM_SYMBOL_TYPE_FUNCTION ? Functions
                 : Kind == WASM_SYMBOL_TYPE_GLOBAL ? Globals
                 : Kind == WASM_SYMBOL_TYPE_TAG    ? Tags
                                                   : Tables;
      uint32_t Index = R.u32leb();
      if (R.failed())
        break;
      if (Index >= numIn(In))
        return checkIndex(In, Index, What());
      if (IsDefined != (Index >= NumImported[In]))
        return damaged(What() + " is " + (IsDefined ? "defined" : "undefined") +
                       ", but " + getSpaceName(In) + " " + Twine(Index) +
                       " is not");
      if (!IsDefined && In != Functions && Binding == WASM_SYMBOL_BINDING_WEAK)
        return damaged(What() + " is an undefined weak " + getSpaceName(In) +
                       ", expected none");
      if (IsDefined || (Flags & WASM_SYMBOL_EXPLICIT_NAME))
        R.name();
      break;
    }
    case WASM_SYMBOL_TYPE_DATA: {
      R.name();
      if (!IsDefined)
        break;
      uint32_t Segment = R.u32leb();
      uint64_t Start = R.uleb();
      R.uleb();
      if (R.failed())
        break;
      // LLD takes the segment of absolute symbols, too.
      if (Segment >= Segments.size())
        return damaged(What() + " is in data segment " + Twine(Segment) +
                       ", but there are " + Twine(Segments.size()));
      if (!(Flags & WASM_SYMBOL_ABSOLUTE) && Start > Segments[Segment].Size)
        return damaged(What() + " is at " + hexString(Start) +
                       " of a data segment of " +
                       hexString(Segments[Segment].Size) + " bytes");
      break;
    }
    case WASM_SYMBOL_TYPE_SECTION: {
      uint32_t Index = R.u32leb();
      if (R.failed())
        break;
      if (Index >= Sections.size() || Sections[Index].Type != WASM_SEC_CUSTOM)
        return damaged(What() + " is for section " + Twine(Index) +
                       ", expected a custom one of the " +
                       Twine(Sections.size()) + " before it");
      if (!IsDefined || Binding != WASM_SYMBOL_BINDING_LOCAL)
        return damaged(What() + " is for a section and has the flags " +
                       hexString(Flags) + ", expected a local definition");
      break;
    }
    default:
      return damaged(What() + " has the kind " + Twine(Kind) +
                     ", expected 0 to 5");
    }
    SymbolKinds.push_back(Kind);
  }
  return Error::success();
}

Error WasmChecker::readSegmentInfo(Reader &R) {
  uint64_t Offset = R.offset();
  uint32_t Count = R.count(3);
  if (Count > Segments.size())
    return damaged("the segment information at offset " + hexString(Offset) +
                   " is for " + Twine(Count) + " segments, but there are " +
                   Twine(Segments.size()));
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    R.name();
    Offset = R.offset();
    uint32_t Alignment = R.u32leb();
    uint32_t Flags = R.u32leb();
    if (Alignment > 31)
      return damaged("data segment " + Twine(I) + " has the alignment 2^" +
                     Twine(Alignment) + " at offset " + hexString(Offset) +
                     ", expected at most 2^31");
    (void)Flags;
  }
  return Error::success();
}

Error WasmChecker::readInitFunctions(Reader &R) {
  uint32_t Count = R.count(2);
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    uint64_t Offset = R.offset();
    R.u32leb(); // The priority.
    uint32_t Symbol = R.u32leb();
    if (!R.failed() && (Symbol >= SymbolKinds.size() ||
                        SymbolKinds[Symbol] != WASM_SYMBOL_TYPE_FUNCTION))
      return damaged("init function " + Twine(I) + " at offset " +
                     hexString(Offset) + " is symbol " + Twine(Symbol) +
                     ", expected a function of the " +
                     Twine(SymbolKinds.size()) + " symbols");
  }
  return Error::success();
}

Error WasmChecker::readComdats(Reader &R) {
  IsInComdat[0].resize(Segments.size());
  IsInComdat[1].resize(NumDefined[Functions]);
  for (uint32_t Count = R.count(3); Count && !R.failed(); --Count) {
    std::string What = "the COMDAT at offset " + at(R);
    StringRef Name = R.name();
    uint32_t Flags = R.u32leb();
    if (R.failed())
      break;
    if (Name.empty() || Flags != 0)
      return damaged(
          What + " has " +
          (Name.empty() ? "no name" : "the flags " + hexString(Flags)));
    for (uint32_t N = R.count(2); N && !R.failed(); --N) {
      uint32_t Kind = R.u32leb();
      uint64_t Index = R.u32leb();
      if (R.failed())
        break;
      if (Kind == WASM_COMDAT_SECTION) {
        if (Index >= Sections.size() || Sections[Index].Type != WASM_SEC_CUSTOM)
          return damaged(What + " has section " + Twine(Index) +
                         " as a member, expected a custom one of the " +
                         Twine(Sections.size()) + " before it");
        continue;
      }
      if (Kind != WASM_COMDAT_DATA && Kind != WASM_COMDAT_FUNCTION)
        return damaged(What + " has a member of the kind " + Twine(Kind) +
                       ", expected 0, 1 or 5");
      const bool IsFunction = Kind == WASM_COMDAT_FUNCTION;
      std::vector<bool> &Members = IsInComdat[IsFunction];
      // Imports come first, and cannot be members; they wrap around.
      if (IsFunction)
        Index -= NumImported[Functions];
      if (Index >= Members.size() || Members[Index])
        return damaged(What + " has a " +
                       (IsFunction ? "function" : "data segment") +
                       " as a member that does not exist or is in another");
      Members[Index] = true;
    }
  }
  return Error::success();
}

Error WasmChecker::readLinking(Reader &R) {
  HasLinking = true;
  // A function without a body has no COMDAT, not even none.
  if (NumDefined[Functions] && !HasCode)
    return damaged(Twine(NumDefined[Functions]) +
                   " functions are declared, but there is no code section "
                   "before the linking section");
  uint64_t Start = R.offset();
  uint32_t Version = R.u32leb();
  if (Version != WasmMetadataVersion && !R.failed())
    return damaged("the linking section has the version " + Twine(Version) +
                   " at offset " + hexString(Start) + ", expected " +
                   Twine(WasmMetadataVersion));
  while (!R.atEnd()) {
    uint64_t Offset = R.offset();
    unsigned Type = R.u8();
    uint32_t Size = R.u32leb();
    Reader Sub = R.sub(Size);
    if (R.failed())
      break;
    auto ReadContent = [&]() -> Error {
      switch (Type) {
      case WASM_SYMBOL_TABLE:
        return readSymbols(Sub);
      case WASM_SEGMENT_INFO:
        return readSegmentInfo(Sub);
      case WASM_INIT_FUNCS:
        return readInitFunctions(Sub);
      case WASM_COMDAT_INFO:
        return readComdats(Sub);
      default:
        Sub.skip(Sub.remaining());
        return Error::success();
      }
    };
    if (Error E = ReadContent())
      return E;
    if (Sub.failed() || !Sub.atEnd())
      return damaged("subsection " + Twine(Type) + " of 'linking' at offset " +
                     hexString(Offset) + " has " + Twine(Size) +
                     " bytes, which are not those of its entries");
  }
  return Error::success();
}

/// What a relocation refers to, by its type.
Error WasmChecker::checkRelocationIndex(
    unsigned Type, uint32_t Index, function_ref<std::string()> Where) const {
  if (Type == R_WASM_TYPE_INDEX_LEB)
    return Index < NumTypes ? Error::success() : checkType(Index, Where());
  if (Index >= SymbolKinds.size())
    return damaged(Where() + " refers to symbol " + Twine(Index) +
                   ", but there are " + Twine(SymbolKinds.size()));
  unsigned Kind = SymbolKinds[Index];
  unsigned Expected;
  switch (Type) {
  case R_WASM_TABLE_NUMBER_LEB:
    Expected = WASM_SYMBOL_TYPE_TABLE;
    break;
  case R_WASM_GLOBAL_INDEX_LEB:
    // Functions and data have globals in the GOT.
    if (Kind == WASM_SYMBOL_TYPE_FUNCTION || Kind == WASM_SYMBOL_TYPE_DATA)
      return Error::success();
    [[fallthrough]];
  case R_WASM_GLOBAL_INDEX_I32:
    Expected = WASM_SYMBOL_TYPE_GLOBAL;
    break;
  case R_WASM_TAG_INDEX_LEB:
    Expected = WASM_SYMBOL_TYPE_TAG;
    break;
  case R_WASM_SECTION_OFFSET_I32:
    Expected = WASM_SYMBOL_TYPE_SECTION;
    break;
  case R_WASM_FUNCTION_INDEX_LEB:
  case R_WASM_FUNCTION_INDEX_I32:
  case R_WASM_TABLE_INDEX_SLEB:
  case R_WASM_TABLE_INDEX_SLEB64:
  case R_WASM_TABLE_INDEX_I32:
  case R_WASM_TABLE_INDEX_I64:
  case R_WASM_TABLE_INDEX_REL_SLEB:
  case R_WASM_TABLE_INDEX_REL_SLEB64:
  case R_WASM_FUNCTION_OFFSET_I32:
  case R_WASM_FUNCTION_OFFSET_I64:
    Expected = WASM_SYMBOL_TYPE_FUNCTION;
    break;
  default:
    Expected = WASM_SYMBOL_TYPE_DATA;
    break;
  }
  if (Kind == Expected)
    return Error::success();
  return damaged(Where() + " of the type " + Twine(Type) +
                 " refers to symbol " + Twine(Index) + " of the kind " +
                 Twine(Kind) + ", expected " + Twine(Expected));
}

/// How many bytes a relocation changes: padded numbers have 5 or 10; 0 for a
/// type that does not exist.
static unsigned getRelocationExtent(unsigned Type) {
  switch (Type) {
  case R_WASM_FUNCTION_INDEX_LEB:
  case R_WASM_TABLE_INDEX_SLEB:
  case R_WASM_MEMORY_ADDR_LEB:
  case R_WASM_MEMORY_ADDR_SLEB:
  case R_WASM_TYPE_INDEX_LEB:
  case R_WASM_GLOBAL_INDEX_LEB:
  case R_WASM_TAG_INDEX_LEB:
  case R_WASM_MEMORY_ADDR_REL_SLEB:
  case R_WASM_TABLE_INDEX_REL_SLEB:
  case R_WASM_TABLE_NUMBER_LEB:
  case R_WASM_MEMORY_ADDR_TLS_SLEB:
    return 5;
  case R_WASM_TABLE_INDEX_I32:
  case R_WASM_MEMORY_ADDR_I32:
  case R_WASM_FUNCTION_OFFSET_I32:
  case R_WASM_SECTION_OFFSET_I32:
  case R_WASM_GLOBAL_INDEX_I32:
  case R_WASM_MEMORY_ADDR_LOCREL_I32:
  case R_WASM_FUNCTION_INDEX_I32:
    return 4;
  case R_WASM_MEMORY_ADDR_LEB64:
  case R_WASM_MEMORY_ADDR_SLEB64:
  case R_WASM_TABLE_INDEX_SLEB64:
  case R_WASM_MEMORY_ADDR_REL_SLEB64:
  case R_WASM_TABLE_INDEX_REL_SLEB64:
  case R_WASM_MEMORY_ADDR_TLS_SLEB64:
    return 10;
  case R_WASM_MEMORY_ADDR_I64:
  case R_WASM_TABLE_INDEX_I64:
  case R_WASM_FUNCTION_OFFSET_I64:
    return 8;
  default:
    return 0;
  }
}

/// "Object file linking", "Relocation Sections".
Error WasmChecker::readRelocations(Reader &R) {
  uint64_t Start = R.offset();
  uint32_t Index = R.u32leb();
  if (R.failed())
    return Error::success();
  if (Index >= Sections.size())
    return damaged("the relocation section at offset " + hexString(Start) +
                   " is for section " + Twine(Index) + ", but there are " +
                   Twine(Sections.size()) + " before it");
  const Section &S = Sections[Index];
  if (S.Type != WASM_SEC_CUSTOM && S.Type != WASM_SEC_CODE &&
      S.Type != WASM_SEC_DATA)
    return damaged("the relocation section at offset " + hexString(Start) +
                   " is for " + describe(S) + ", which cannot have any");
  // Code and data are linked piece by piece.
  const std::vector<Chunk> *Chunks = S.Type == WASM_SEC_CODE   ? &FunctionBodies
                                     : S.Type == WASM_SEC_DATA ? &Segments
                                                               : nullptr;
  size_t Piece = 0;
  uint64_t Previous = 0;
  uint32_t Count = R.count(3);
  for (uint32_t I = 0; I != Count && !R.failed(); ++I) {
    uint64_t Offset = R.offset();
    auto Where = [&] {
      return ("relocation " + Twine(I) + " of " + describe(S) + " at offset " +
              hexString(Offset))
          .str();
    };
    uint32_t Type = R.u32leb();
    uint64_t Place = R.u32leb();
    uint32_t Symbol = R.u32leb();
    if (R.failed())
      break;
    unsigned Extent = getRelocationExtent(Type);
    if (Extent == 0)
      return damaged(Where() + " has the type " + Twine(Type) +
                     ", which does not exist");
    if (Error E = checkRelocationIndex(Type, Symbol, Where))
      return E;
    if (relocTypeHasAddend(Type)) {
      int64_t Addend = R.sleb();
      bool IsWide = Type == R_WASM_MEMORY_ADDR_LEB64 ||
                    Type == R_WASM_MEMORY_ADDR_SLEB64 ||
                    Type == R_WASM_MEMORY_ADDR_I64 ||
                    Type == R_WASM_MEMORY_ADDR_REL_SLEB64 ||
                    Type == R_WASM_MEMORY_ADDR_TLS_SLEB64 ||
                    Type == R_WASM_FUNCTION_OFFSET_I64;
      if (!IsWide && (Addend < INT32_MIN || Addend > INT32_MAX))
        return damaged(Where() + " has an addend of more than 32 bits");
    }
    if (Place < Previous)
      return damaged(Where() + " is for " + hexString(Place) +
                     ", before the one before it");
    uint64_t End = S.Size;
    uint64_t Begin = 0;
    if (Chunks) {
      while (Piece != Chunks->size() &&
             Place >= (*Chunks)[Piece].Start + (*Chunks)[Piece].Size)
        ++Piece;
      Begin = Piece == Chunks->size() ? S.Size : (*Chunks)[Piece].Start;
      End = Piece == Chunks->size()
                ? S.Size
                : (*Chunks)[Piece].Start + (*Chunks)[Piece].Size;
    }
    if (Place < Begin || Place > End || Extent > End - Place)
      return damaged(Where() + " changes " + Twine(Extent) + " bytes at " +
                     hexString(Place) + ", which are not inside one " +
                     (S.Type == WASM_SEC_CODE   ? "function"
                      : S.Type == WASM_SEC_DATA ? "data segment"
                                                : "section"));
    // Code is taken apart between its relocations.
    Previous = S.Type == WASM_SEC_CODE ? Place + Extent : Place;
  }
  return Error::success();
}

Error WasmChecker::readCustomSection(const Section &S, Reader &R) {
  if (S.Name == "dylink.0")
    return readDylink(R);
  if (S.Name == "dylink") {
    HasDylink = true;
    for (unsigned I = 0; I != 4; ++I)
      R.u32leb();
    for (uint32_t N = R.count(); N && !R.failed(); --N)
      R.name();
    return Error::success();
  }
  if (S.Name == "name")
    return readNames(R);
  if (S.Name == "linking")
    return readLinking(R);
  if (S.Name == "producers") {
    for (uint32_t N = R.count(2); N && !R.failed(); --N) {
      R.name();
      for (uint32_t M = R.count(2); M && !R.failed(); --M) {
        R.name();
        R.name();
      }
    }
    return Error::success();
  }
  if (S.Name == "target_features") {
    for (uint32_t N = R.count(2); N && !R.failed(); --N) {
      std::string Where = at(R);
      unsigned Prefix = R.u8();
      R.name();
      if (!R.failed() && Prefix != WASM_FEATURE_PREFIX_USED &&
          Prefix != WASM_FEATURE_PREFIX_REQUIRED &&
          Prefix != WASM_FEATURE_PREFIX_DISALLOWED)
        return damaged("the target feature at offset " + Where +
                       " has the prefix " + hexString(Prefix) +
                       ", expected '+', '-' or '='");
    }
    return Error::success();
  }
  if (S.Name.starts_with("reloc."))
    return readRelocations(R);
  R.skip(R.remaining());
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

Error WasmChecker::checkOrder(const Section &S) {
  static constexpr Rank Ranks[] = {
      RankNone,   RankType,   RankImport,    RankFunction, RankTable,
      RankMemory, RankGlobal, RankExport,    RankStart,    RankElement,
      RankCode,   RankData,   RankDataCount, RankTag};
  unsigned R = Ranks[S.Type];
  if (S.Type == WASM_SEC_CUSTOM) {
    if (S.Name.starts_with("reloc.")) {
      HasRelocations = true;
      return Error::success();
    }
    R = StringSwitch<unsigned>(S.Name)
            .Cases("dylink", "dylink.0", RankDylink)
            .Case("linking", RankLinking)
            .Case("name", RankName)
            .Case("producers", RankProducers)
            .Case("target_features", RankFeatures)
            .Default(RankNone);
  }
  if (R == RankNone)
    return Error::success();
  // Relocations come after the symbols that they refer to.
  if (R < LastRank || (HasRelocations && R <= RankLinking))
    return damaged(describe(S) + " at offset " + hexString(S.Offset) +
                   " comes twice, or after one that it must precede");
  LastRank = R + 1;
  return Error::success();
}

Error WasmChecker::readSection(const Section &S, Reader &R) {
  switch (S.Type) {
  case WASM_SEC_CUSTOM:
    return readCustomSection(S, R);
  case WASM_SEC_TYPE:
    return readTypes(R);
  case WASM_SEC_IMPORT:
    return readImports(R);
  case WASM_SEC_FUNCTION:
    return readFunctions(R);
  case WASM_SEC_TABLE:
    return readTables(R);
  case WASM_SEC_MEMORY:
    for (uint32_t N = R.count(2); N && !R.failed(); --N)
      readLimits(R);
    return Error::success();
  case WASM_SEC_GLOBAL:
    return readGlobals(R);
  case WASM_SEC_EXPORT:
    return readExports(R);
  case WASM_SEC_START: {
    uint32_t Function = R.u32leb();
    return R.failed() ? Error::success()
                      : checkIndex(Functions, Function, "the start section");
  }
  case WASM_SEC_ELEM:
    return readElements(R);
  case WASM_SEC_CODE:
    return readCode(R);
  case WASM_SEC_DATA:
    return readData(R);
  case WASM_SEC_DATACOUNT:
    HasDataCount = true;
    DataCount = R.u32leb();
    return Error::success();
  default:
    return readTags(R);
  }
}

Error WasmChecker::check() {
  constexpr uint64_t HeaderSize = 8;
  setMachine(Summary, Triple::wasm32, false, true, 0);
  if (Error E = need("the header of the module", 0, HeaderSize))
    return E;
  if (View.u32(4) != WasmVersion)
    return damaged("the module has the version " + hexString(View.u32(4)) +
                   " at offset 0x4, expected " + hexString(WasmVersion));
  Reader Module(View.view(HeaderSize, size()), HeaderSize);
  while (!Module.atEnd()) {
    uint64_t Start = Module.offset();
    Section S;
    S.Type = Module.u8();
    S.Size = Module.u32leb();
    if (Module.failed())
      return damaged("the section at offset " + hexString(Start) +
                     " has no size of at most 32 bits");
    if (S.Type > WASM_SEC_LAST_KNOWN)
      return damaged("the section at offset " + hexString(Start) +
                     " has the type " + Twine(S.Type) + ", expected at most " +
                     Twine(WASM_SEC_LAST_KNOWN));
    S.Offset = Module.offset();
    if (Error E =
            need("the section at offset " + hexString(Start) + " with content",
                 S.Offset, S.Size))
      return E;
    if (S.Size == 0)
      return damaged("the section at offset " + hexString(Start) + " is empty");
    Reader R = Module.sub(S.Size);
    if (S.Type == WASM_SEC_CUSTOM) {
      S.Name = R.name();
      if (R.failed())
        return damaged("the custom section at offset " + hexString(Start) +
                       " of " + Twine(S.Size) +
                       " bytes has a name that is longer");
      S.Size -= R.offset() - S.Offset;
      S.Offset = R.offset();
      R = Reader(View.view(S.Offset, S.Size), S.Offset);
    }
    if (Error E = checkOrder(S))
      return E;
    if (Error E = readSection(S, R))
      return E;
    if (R.failed() || !R.atEnd())
      return damaged(describe(S) + " at offset " + hexString(S.Offset) +
                     " has " + Twine(S.Size) +
                     " bytes, which are not those of its entries");
    Sections.push_back(S);
  }
  if (HasMemory64)
    setMachine(Summary, Triple::wasm64, true, true, 0);
  if (Summary.Kind == FileKind::WasmObject && !HasLinking)
    return error("the WebAssembly module has no linking section, so it is no "
                 "object that can be linked; compile it with -c");
  return Error::success();
}

Error pkgimg::checkWasm(StringRef Name, StringRef Bytes,
                        InputSummary &Summary) {
  return WasmChecker(Name, Bytes, Summary).check();
}
