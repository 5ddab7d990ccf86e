//===- Call.cpp - a call in words, and in fact ----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Call.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <ffi.h>
#include <limits>
#include <optional>

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::run;

//===----------------------------------------------------------------------===//
// As it was written
//===----------------------------------------------------------------------===//

namespace {

/// Reads a call from left to right.
class CallParser {
public:
  explicit CallParser(StringRef Text) : Text(Text), Rest(Text) {}

  Expected<Call> parse();

private:
  Expected<Literal> parseArgument();
  Expected<std::string> parseString();

  void skipBlanks() { Rest = Rest.ltrim(" \t"); }
  unsigned column(StringRef At) const { return At.data() - Text.data() + 1; }
  Error fail(StringRef At, const Twine &Message) const {
    return createStringError("call '" + Text + "', column " +
                             Twine(column(At)) + ": " + Message);
  }
  /// What stands at \p At, for messages.
  std::string found(StringRef At) const {
    if (At.empty())
      return "found the end";
    return ("found '" + At.take_front() + "'").str();
  }

  StringRef Text, Rest;
};

} // namespace

/// Rest begins with the quote.
Expected<std::string> CallParser::parseString() {
  StringRef Start = Rest;
  Rest = Rest.drop_front();
  std::string Bytes;
  while (!Rest.empty()) {
    char C = Rest.front();
    StringRef At = Rest;
    Rest = Rest.drop_front();
    if (C == '"')
      return Bytes;
    if (C != '\\') {
      Bytes += C;
      continue;
    }
    char Escape = Rest.empty() ? '"' : Rest.front();
    Rest = Rest.drop_front(Rest.empty() ? 0 : 1);
    switch (Escape) {
    case 'n':
      Bytes += '\n';
      break;
    case 't':
      Bytes += '\t';
      break;
    case 'r':
      Bytes += '\r';
      break;
    case '0':
      Bytes += '\0';
      break;
    case '"':
    case '\\':
      Bytes += Escape;
      break;
    case 'x': {
      unsigned Byte = 0;
      if (Rest.size() < 2 || !isHexDigit(Rest[0]) || !isHexDigit(Rest[1]) ||
          Rest.take_front(2).getAsInteger(16, Byte))
        return fail(At, "'\\x' needs two hexadecimal digits");
      Bytes += char(Byte);
      Rest = Rest.drop_front(2);
      break;
    }
    default:
      return fail(At, "unknown escape '" + At.take_front(2) +
                          "'; there are \\n, \\t, \\r, \\0, \\\", \\\\ and \\x "
                          "with two digits");
    }
  }
  return fail(Start, "the string has no closing '\"'");
}

/// Reads the whole of \p Text as C's strtod() would, inf and nan included.
static std::optional<double> parseNumber(StringRef Text) {
  bool IsNegative = Text.consume_front("-");
  if (!IsNegative)
    Text.consume_front("+");
  if (Text == "inf" || Text == "nan") {
    double V = Text == "inf" ? std::numeric_limits<double>::infinity()
                             : std::numeric_limits<double>::quiet_NaN();
    return IsNegative ? -V : V;
  }
  // APFloat takes other spellings of these than C does, and an exponent
  // without digits.
  if (Text.empty() || !(isDigit(Text[0]) || Text[0] == '.') ||
      !(isHexDigit(Text.back()) || Text.back() == '.') ||
      toLower(Text.back()) == 'e')
    return std::nullopt;
  APFloat V(APFloat::IEEEdouble());
  Expected<APFloat::opStatus> Status =
      V.convertFromString(Text, APFloat::rmNearestTiesToEven);
  if (!Status) {
    consumeError(Status.takeError());
    return std::nullopt;
  }
  if (*Status & APFloat::opOverflow)
    return std::nullopt;
  return IsNegative ? -V.convertToDouble() : V.convertToDouble();
}

Expected<Literal> CallParser::parseArgument() {
  Literal L;
  StringRef Start = Rest;
  L.Column = column(Start);
  if (Rest.starts_with("\"")) {
    L.Kind = Literal::String;
    if (Error E = parseString().moveInto(L.Bytes))
      return std::move(E);
    L.Text = Start.drop_back(Rest.size()).str();
    return L;
  }
  StringRef Word =
      Rest.take_until([](char C) { return StringRef(",() \t\"").contains(C); });
  Rest = Rest.drop_front(Word.size());
  L.Text = Word.str();
  if (Word.empty())
    return fail(Start, "expected an argument, " + found(Start));
  if (Word == "null")
    return L;
  if (Word == "true" || Word == "false") {
    L.Kind = Literal::Bool;
    L.Magnitude = Word == "true";
    return L;
  }

  StringRef Digits = Word;
  L.IsNegative = Digits.consume_front("-");
  if (!L.IsNegative)
    Digits.consume_front("+");
  // LLVM takes a leading 0 for octal, as C does; few would expect that here.
  StringRef Prefix = Digits.take_front(2);
  unsigned Radix = Prefix == "0x"   ? 16
                   : Prefix == "0b" ? 2
                   : Prefix == "0o" ? 8
                                    : 10;
  StringRef Value = Radix == 10 ? Digits : Digits.drop_front(2);
  bool IsInteger = !Value.empty() && all_of(Value, [&](char C) {
    return hexDigitValue(C) < Radix;
  });
  if (IsInteger) {
    L.Kind = Literal::Integer;
    if (Value.getAsInteger(Radix, L.Magnitude))
      return fail(Start, "the integer '" + Word + "' has more than 64 bits");
    L.Value = L.IsNegative ? -double(L.Magnitude) : double(L.Magnitude);
    return L;
  }
  L.Kind = Literal::Number;
  std::optional<double> Number = parseNumber(Word);
  if (!Number)
    return fail(Start, "expected an integer, a number, a string, 'true', "
                       "'false' or 'null', found '" +
                           Word + "'");
  L.Value = *Number;
  return L;
}

Expected<Call> CallParser::parse() {
  Call C;
  C.Text = Text.str();
  skipBlanks();
  if (Rest.starts_with("\"")) {
    if (Error E = parseString().moveInto(C.Function))
      return std::move(E);
  } else {
    C.Function =
        Rest.take_until([](char C) { return C == '(' || C == ' '; }).str();
    Rest = Rest.drop_front(C.Function.size());
  }
  if (C.Function.empty())
    return fail(Rest, "expected the name of a function, " + found(Rest));
  skipBlanks();
  if (!Rest.starts_with("("))
    return fail(Rest, "expected '(', " + found(Rest));
  Rest = Rest.drop_front();
  skipBlanks();
  while (!Rest.starts_with(")")) {
    Expected<Literal> L = parseArgument();
    if (!L)
      return L.takeError();
    C.Arguments.push_back(std::move(*L));
    skipBlanks();
    if (Rest.starts_with(")"))
      break;
    if (!Rest.starts_with(","))
      return fail(Rest, "expected ',' or ')', " + found(Rest));
    Rest = Rest.drop_front();
    skipBlanks();
    if (Rest.starts_with(")"))
      return fail(Rest, "expected an argument, " + found(Rest));
  }
  C.EndColumn = column(Rest);
  Rest = Rest.drop_front();
  skipBlanks();
  if (!Rest.empty())
    return fail(Rest, "expected the end, " + found(Rest));
  return C;
}

Expected<Call> pkgimg::run::parseCall(StringRef Text) {
  return CallParser(Text).parse();
}

//===----------------------------------------------------------------------===//
// What the signature makes of it
//===----------------------------------------------------------------------===//

static bool isSigned(CType Type) {
  return Type == CType::I8 || Type == CType::I16 || Type == CType::I32 ||
         Type == CType::I64;
}

/// Of an integer type.
static unsigned getNumBits(CType Type) {
  switch (Type) {
  case CType::I8:
  case CType::U8:
    return 8;
  case CType::I16:
  case CType::U16:
    return 16;
  case CType::I32:
  case CType::U32:
    return 32;
  default:
    return 64;
  }
}

static StringRef getKindName(Literal::KindType Kind) {
  switch (Kind) {
  case Literal::Integer:
    return "an integer";
  case Literal::Number:
    return "a number";
  case Literal::String:
    return "a string";
  case Literal::Bool:
    return "a truth value";
  case Literal::Null:
    return "null";
  }
  llvm_unreachable("unknown kind");
}

/// What \p Type takes, for messages.
static StringRef getExpected(CType Type) {
  switch (Type) {
  case CType::Bool:
    return "true, false, 0 or 1";
  case CType::F32:
  case CType::F64:
    return "a number";
  case CType::Pointer:
    return "a string or null";
  default:
    return "an integer";
  }
}

/// The type that C gives an argument of a variadic function.
static CType promote(const Literal &L) {
  switch (L.Kind) {
  case Literal::Integer: {
    uint64_t Limit = uint64_t(1) << 31;
    if (L.IsNegative ? L.Magnitude <= Limit : L.Magnitude < Limit)
      return CType::I32;
    return L.IsNegative || L.Magnitude >> 63 == 0 ? CType::I64 : CType::U64;
  }
  case Literal::Number:
    return CType::F64;
  case Literal::Bool:
    return CType::I32;
  case Literal::String:
  case Literal::Null:
    return CType::Pointer;
  }
  llvm_unreachable("unknown kind");
}

/// Returns the value of \p L as a \p Type, or what is wrong with it.
static Expected<CValue> convert(const Literal &L, CType Type) {
  CValue V;
  V.Type = Type;
  auto mismatch = [&]() -> Error {
    return createStringError(
        "expected " + getExpected(Type) + ", found " + getKindName(L.Kind) +
        (L.Kind == Literal::Null ? Twine() : " " + Twine(L.Text)));
  };
  auto outOfRange = [&](const Twine &Low, const Twine &High) -> Error {
    return createStringError(Twine(L.Text) +
                             " is out of range: " + getCTypeName(Type) +
                             " has " + Low + " to " + High);
  };

  switch (Type) {
  case CType::Void:
    llvm_unreachable("no argument is void");
  case CType::Bool:
    if (L.Kind != Literal::Bool &&
        (L.Kind != Literal::Integer || L.Magnitude > 1 || L.IsNegative))
      return mismatch();
    V.Bits = L.Magnitude;
    return V;
  case CType::Pointer:
    if (L.Kind == Literal::String)
      V.Bits = reinterpret_cast<uintptr_t>(L.Bytes.c_str());
    else if (L.Kind != Literal::Null)
      return mismatch();
    return V;
  case CType::F32:
  case CType::F64: {
    if (L.Kind != Literal::Number && L.Kind != Literal::Integer)
      return mismatch();
    V.Number = L.Value;
    if (Type == CType::F32) {
      V.Number = float(L.Value);
      if (std::isinf(V.Number) && !std::isinf(L.Value))
        return outOfRange(Twine("-3.40282347e+38"), Twine("3.40282347e+38"));
    }
    // Whoever writes an integer means that one.
    unsigned Precision = Type == CType::F32 ? 24 : 53;
    if (L.Kind == Literal::Integer && L.Magnitude &&
        Log2_64(L.Magnitude) - countr_zero(L.Magnitude) >= Precision)
      return createStringError(Twine(L.Text) + " cannot be held exactly by " +
                               getCTypeName(Type) +
                               "; write it with a decimal point to have it "
                               "rounded");
    return V;
  }
  default:
    break;
  }

  bool IsPromotedBool = L.Kind == Literal::Bool && Type == CType::I32;
  if (L.Kind != Literal::Integer && !IsPromotedBool)
    return mismatch();
  unsigned NumBits = getNumBits(Type);
  uint64_t Max = isSigned(Type) ? maxIntN(NumBits) : maxUIntN(NumBits);
  uint64_t MinMagnitude = isSigned(Type) ? Max + 1 : 0;
  if (L.Magnitude > (L.IsNegative ? MinMagnitude : Max))
    return outOfRange(Twine(MinMagnitude ? "-" : "") + Twine(MinMagnitude),
                      Twine(Max));
  V.Bits = L.IsNegative ? -L.Magnitude : L.Magnitude;
  return V;
}

Expected<std::vector<CValue>> pkgimg::run::bindArguments(const Call &C,
                                                         const Signature &S) {
  auto fail = [&](unsigned Column, const Twine &Message) -> Error {
    return createStringError("call '" + C.Text + "', column " + Twine(Column) +
                             ": " + Message);
  };
  size_t Wanted = S.Parameters.size(), Given = C.Arguments.size();
  if (Given < Wanted || (Given > Wanted && !S.IsVariadic))
    return fail(Given > Wanted ? C.Arguments[Wanted].Column : C.EndColumn,
                "'" + C.Function + "' takes " +
                    (S.IsVariadic ? "at least " : "") + Twine(Wanted) +
                    " argument" + (Wanted == 1 ? "" : "s") + ", got " +
                    Twine(Given) + "; it is " + S.str());
  std::vector<CValue> Values;
  for (size_t I = 0; I < Given; ++I) {
    const Literal &L = C.Arguments[I];
    // C knows no argument of a variadic function that is a bool.
    CType Type = I < Wanted ? S.Parameters[I] : promote(L);
    Expected<CValue> V =
        I < Wanted && L.Kind == Literal::Bool && Type == CType::I32
            ? createStringError("expected an integer, found a "
                                "truth value " +
                                L.Text)
            : convert(L, Type);
    if (!V)
      return fail(L.Column, "argument " + Twine(I + 1) + " of '" + C.Function +
                                "': " + toString(V.takeError()));
    Values.push_back(*V);
  }
  return Values;
}

//===----------------------------------------------------------------------===//
// The call
//===----------------------------------------------------------------------===//

static ffi_type *getFFIType(CType Type) {
  switch (Type) {
  case CType::Void:
    return &ffi_type_void;
  case CType::Bool:
  case CType::U8:
    return &ffi_type_uint8;
  case CType::I8:
    return &ffi_type_sint8;
  case CType::I16:
    return &ffi_type_sint16;
  case CType::U16:
    return &ffi_type_uint16;
  case CType::I32:
    return &ffi_type_sint32;
  case CType::U32:
    return &ffi_type_uint32;
  case CType::I64:
    return &ffi_type_sint64;
  case CType::U64:
    return &ffi_type_uint64;
  case CType::F32:
    return &ffi_type_float;
  case CType::F64:
    return &ffi_type_double;
  case CType::Pointer:
    return &ffi_type_pointer;
  }
  llvm_unreachable("unknown type");
}

namespace {
/// Room for an argument or a result, by its type.
union Cell {
  uint8_t U8;
  int8_t I8;
  uint16_t U16;
  int16_t I16;
  uint32_t U32;
  int32_t I32;
  uint64_t U64;
  int64_t I64;
  float F32;
  double F64;
  void *Pointer;
  // Integers smaller than a register come back in one.
  ffi_arg Unsigned;
  ffi_sarg Signed;
};
} // namespace

static Cell toCell(const CValue &V) {
  Cell C;
  switch (V.Type) {
  case CType::Void:
    llvm_unreachable("no argument is void");
  case CType::Bool:
  case CType::U8:
    C.U8 = V.Bits;
    break;
  case CType::I8:
    C.I8 = V.Bits;
    break;
  case CType::I16:
    C.I16 = V.Bits;
    break;
  case CType::U16:
    C.U16 = V.Bits;
    break;
  case CType::I32:
    C.I32 = V.Bits;
    break;
  case CType::U32:
    C.U32 = V.Bits;
    break;
  case CType::I64:
  case CType::U64:
    C.U64 = V.Bits;
    break;
  case CType::F32:
    C.F32 = V.Number;
    break;
  case CType::F64:
    C.F64 = V.Number;
    break;
  case CType::Pointer:
    C.Pointer = reinterpret_cast<void *>(static_cast<uintptr_t>(V.Bits));
    break;
  }
  return C;
}

static CValue fromCell(const Cell &C, CType Type) {
  CValue V;
  V.Type = Type;
  switch (Type) {
  case CType::Void:
    break;
  case CType::Bool:
    V.Bits = (C.Unsigned & 0xff) != 0;
    break;
  case CType::U8:
    V.Bits = uint8_t(C.Unsigned);
    break;
  case CType::I8:
    V.Bits = int8_t(C.Signed);
    break;
  case CType::I16:
    V.Bits = int16_t(C.Signed);
    break;
  case CType::U16:
    V.Bits = uint16_t(C.Unsigned);
    break;
  case CType::I32:
    V.Bits = int32_t(C.Signed);
    break;
  case CType::U32:
    V.Bits = uint32_t(C.Unsigned);
    break;
  case CType::I64:
  case CType::U64:
    V.Bits = C.U64;
    break;
  case CType::F32:
    V.Number = C.F32;
    break;
  case CType::F64:
    V.Number = C.F64;
    break;
  case CType::Pointer:
    V.Bits = reinterpret_cast<uintptr_t>(C.Pointer);
    break;
  }
  return V;
}

CValue pkgimg::run::invoke(void *Address, const Signature &S,
                           ArrayRef<CValue> Arguments) {
  std::vector<ffi_type *> Types;
  std::vector<Cell> Cells;
  for (const CValue &V : Arguments) {
    Types.push_back(getFFIType(V.Type));
    Cells.push_back(toCell(V));
  }
  std::vector<void *> Pointers;
  for (Cell &C : Cells)
    Pointers.push_back(&C);

  ffi_cif CIF;
  ffi_type *Result = getFFIType(S.Result);
  ffi_status Status =
      S.IsVariadic
          ? ffi_prep_cif_var(&CIF, FFI_DEFAULT_ABI, S.Parameters.size(),
                             Types.size(), Result, Types.data())
          : ffi_prep_cif(&CIF, FFI_DEFAULT_ABI, Types.size(), Result,
                         Types.data());
  // All the types are libffi's own, and so is the convention.
  if (Status != FFI_OK)
    report_fatal_error("libffi does not know the calling convention");
  Cell Returned;
  Returned.U64 = 0;
  ffi_call(&CIF, FFI_FN(Address), &Returned, Pointers.data());
  return fromCell(Returned, S.Result);
}

std::string pkgimg::run::formatValue(const CValue &V) {
  std::string Text;
  raw_string_ostream OS(Text);
  switch (V.Type) {
  case CType::Void:
    break;
  case CType::Bool:
    OS << (V.Bits ? "true" : "false");
    break;
  case CType::F32:
  case CType::F64:
    OS << format("%.17g", V.Number);
    break;
  case CType::Pointer:
    OS << format_hex(V.Bits, 0);
    break;
  default:
    if (isSigned(V.Type))
      OS << int64_t(V.Bits);
    else
      OS << V.Bits;
    break;
  }
  return Text;
}
