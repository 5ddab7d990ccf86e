//===- Scalars.cpp - the scalars of our YAML ------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/FormatYAML/Scalars.h"
#include "pkgimg/Format/CPUTargets.h"
#include "pkgimg/Format/ImageTables.h"
#include "pkgimg/FormatYAML/Macros.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

/// What text that YAML cannot hold begins with.
static constexpr StringLiteral HexPrefix("hex:");
/// What a time that is no number begins with.
static constexpr StringLiteral BitsPrefix("bits:");

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// Returns true if LLVM's scanner takes the bytes in quotes: no control
/// characters, no broken UTF-8, and no U+FEFF, which it refuses.
static bool isScannable(StringRef Bytes) {
  const UTF8 *Pos = Bytes.bytes_begin();
  const UTF8 *End = Bytes.bytes_end();
  while (Pos != End) {
    if (*Pos < 0x80) {
      if ((*Pos < 0x20 && *Pos != '\n' && *Pos != '\t') || *Pos == 0x7f)
        return false;
      ++Pos;
      continue;
    }
    UTF32 CodePoint;
    if (convertUTF8Sequence(&Pos, End, &CodePoint, strictConversion) !=
        conversionOK)
      return false;
    if (CodePoint < 0xa0 || CodePoint == 0xfeff || CodePoint == 0xfffe ||
        CodePoint == 0xffff)
      return false;
  }
  return true;
}

bool FormatYAML::isPlainText(StringRef Bytes) {
  return !Bytes.starts_with(HexPrefix) && isScannable(Bytes) &&
         !hasMacroWithDefault(Bytes);
}

bool FormatYAML::isBlockText(StringRef Bytes) {
  // The first line tells the indentation, and the end is one line feed, no more
  // and no less. Blanks that stand alone, and tabs at a line's begin, are where
  // YAML's readers differ.
  if (!isPlainText(Bytes) || !Bytes.ends_with("\n") ||
      Bytes.ends_with("\n\n") || isSpace(Bytes.front()))
    return false;
  StringRef Rest = Bytes;
  while (!Rest.empty()) {
    auto [Line, Next] = Rest.split('\n');
    if (!Line.empty() &&
        (Line.front() == '\t' || Line.find_first_not_of(" \t") == Line.npos))
      return false;
    Rest = Next;
  }
  return true;
}

yaml::QuotingType FormatYAML::getQuotes(StringRef Scalar) {
  yaml::QuotingType Quotes =
      yaml::needsQuotes(Scalar, /*ForcePreserveAsString=*/false);
  if (Quotes == yaml::QuotingType::None && Scalar.contains(','))
    return yaml::QuotingType::Single;
  // LLVM's rule is for all that YAML has; these are plain wherever they stand
  // after the first character, and frequent in the names of symbols.
  auto IsPlain = [](char C) {
    return isAlnum(C) || StringRef("_.$+-@/:").contains(C);
  };
  StringRef Unsigned = Scalar;
  Unsigned.consume_front("-");
  if (Quotes == yaml::QuotingType::Single && !Unsigned.empty() &&
      (isAlnum(Unsigned.front()) || Unsigned.front() == '_') &&
      llvm::all_of(Unsigned, IsPlain) && !Unsigned.ends_with(":"))
    return yaml::QuotingType::None;
  return Quotes;
}

static void writeText(StringRef Bytes, raw_ostream &OS) {
  if (isPlainText(Bytes))
    OS << Bytes;
  else
    OS << HexPrefix << toHex(Bytes, /*LowerCase=*/true);
}

/// Decodes pairs of digits with blanks between them.
static StringRef readHex(StringRef Digits, std::string &Bytes) {
  Bytes.clear();
  Bytes.reserve(Digits.size() / 2);
  unsigned High = 0;
  bool HasHigh = false;
  for (char C : Digits) {
    if (isSpace(C)) {
      if (HasHigh)
        return "expected pairs of hexadecimal digits";
      continue;
    }
    unsigned Digit = hexDigitValue(C);
    if (Digit > 15)
      return "expected hexadecimal digits";
    if (HasHigh)
      Bytes.push_back(char(High << 4 | Digit));
    High = Digit;
    HasHigh = !HasHigh;
  }
  return HasHigh ? "expected an even number of hexadecimal digits"
                 : StringRef();
}

static StringRef readText(StringRef Scalar, std::string &Bytes) {
  if (Scalar.consume_front(HexPrefix))
    return readHex(Scalar, Bytes);
  Bytes = Scalar.str();
  return StringRef();
}

void yaml::ScalarTraits<Text>::output(const Text &Value, void *,
                                      raw_ostream &OS) {
  writeText(Value.Value, OS);
}

StringRef yaml::ScalarTraits<Text>::input(StringRef Scalar, void *,
                                          Text &Value) {
  return readText(Scalar, Value.Value);
}

void yaml::BlockScalarTraits<SourceBlock>::output(const SourceBlock &Value,
                                                  void *, raw_ostream &OS) {
  OS << Value.Value;
}

StringRef yaml::BlockScalarTraits<SourceBlock>::input(StringRef Scalar, void *,
                                                      SourceBlock &Value) {
  return readText(Scalar, Value.Value);
}

//===----------------------------------------------------------------------===//
// Bytes and numbers of fixed size
//===----------------------------------------------------------------------===//

void yaml::ScalarTraits<HexBytes>::output(const HexBytes &Value, void *,
                                          raw_ostream &OS) {
  OS << toHex(Value.Value, /*LowerCase=*/true);
}

StringRef yaml::ScalarTraits<HexBytes>::input(StringRef Scalar, void *,
                                              HexBytes &Value) {
  return readHex(Scalar, Value.Value);
}

void yaml::ScalarTraits<FormatYAML::UUID>::output(const FormatYAML::UUID &Value,
                                                  void *, raw_ostream &OS) {
  OS << formatUUID(Value.Value);
}

StringRef yaml::ScalarTraits<FormatYAML::UUID>::input(StringRef Scalar, void *,
                                                      FormatYAML::UUID &Value) {
  std::optional<UInt128> Parsed = parseUUID(Scalar);
  if (!Parsed)
    return "expected a UUID, as in 7876af07-990d-54b4-ab0e-23690620f79a";
  Value.Value = *Parsed;
  return StringRef();
}

void yaml::ScalarTraits<BuildID>::output(const BuildID &Value, void *,
                                         raw_ostream &OS) {
  OS << formatBuildID(Value.Value);
}

StringRef yaml::ScalarTraits<BuildID>::input(StringRef Scalar, void *,
                                             BuildID &Value) {
  std::optional<UInt128> Parsed = parseBuildID(Scalar);
  if (!Parsed)
    return "expected a build ID of 32 hexadecimal digits";
  Value.Value = *Parsed;
  return StringRef();
}

void yaml::ScalarTraits<Digest>::output(const Digest &Value, void *,
                                        raw_ostream &OS) {
  OS << formatDigest(Value.Value);
}

StringRef yaml::ScalarTraits<Digest>::input(StringRef Scalar, void *,
                                            Digest &Value) {
  std::string Bytes;
  if (!readHex(Scalar, Bytes).empty() || Bytes.size() != Value.Value.size())
    return "expected a digest of 64 hexadecimal digits";
  llvm::copy(Bytes, Value.Value.begin());
  return StringRef();
}

static uint64_t getBits(double Value) { return bit_cast<uint64_t>(Value); }

void yaml::ScalarTraits<Seconds>::output(const Seconds &Value, void *,
                                         raw_ostream &OS) {
  // 17 significant digits tell all numbers apart.
  for (int Digits : {15, 16, 17}) {
    std::string Number;
    raw_string_ostream(Number) << format("%.*g", Digits, Value.Value);
    double Read;
    if (!StringRef(Number).getAsDouble(Read) &&
        getBits(Read) == getBits(Value.Value)) {
      OS << Number;
      return;
    }
  }
  OS << BitsPrefix << utohexstr(getBits(Value.Value), /*LowerCase=*/true, 16);
}

StringRef yaml::ScalarTraits<Seconds>::input(StringRef Scalar, void *,
                                             Seconds &Value) {
  if (Scalar.consume_front(BitsPrefix)) {
    uint64_t Bits;
    if (Scalar.size() != 16 || Scalar.getAsInteger(16, Bits))
      return "expected 16 hexadecimal digits behind 'bits:'";
    Value.Value = bit_cast<double>(Bits);
    return StringRef();
  }
  if (Scalar.getAsDouble(Value.Value))
    return "expected a number of seconds";
  return StringRef();
}

//===----------------------------------------------------------------------===//
// Flags and indices
//===----------------------------------------------------------------------===//

static constexpr std::pair<StringLiteral, uint32_t> FlagNames[] = {
    {"VecCall", CPUTarget::VecCall},         {"CloneAll", CPUTarget::CloneAll},
    {"UnknownName", CPUTarget::UnknownName}, {"OptSize", CPUTarget::OptSize},
    {"MinSize", CPUTarget::MinSize},         {"HasUsed", CPUTarget::HasUsed},
};

void yaml::ScalarTraits<TargetFlag>::output(const TargetFlag &Value, void *,
                                            raw_ostream &OS) {
  for (auto [Name, Bit] : FlagNames)
    if (Bit == Value.Value) {
      OS << Name;
      return;
    }
  OS << format_hex(Value.Value, 2);
}

StringRef yaml::ScalarTraits<TargetFlag>::input(StringRef Scalar, void *,
                                                TargetFlag &Value) {
  for (auto [Name, Bit] : FlagNames)
    if (Name == Scalar) {
      Value.Value = Bit;
      return StringRef();
    }
  if (Scalar.getAsInteger(0, Value.Value))
    return "expected VecCall, CloneAll, UnknownName, OptSize, MinSize, HasUsed "
           "or a number of 32 bits";
  return StringRef();
}

using ClonesOfShard = BasicShardClones<SymbolRef>;

void yaml::ScalarTraits<CloneIndex>::output(const CloneIndex &Value, void *,
                                            raw_ostream &OS) {
  OS << (Value.Value & ~ClonesOfShard::UseSlots);
  if (Value.Value & ClonesOfShard::UseSlots)
    OS << "+slots";
}

StringRef yaml::ScalarTraits<CloneIndex>::input(StringRef Scalar, void *,
                                                CloneIndex &Value) {
  bool UseSlots = Scalar.consume_back("+slots");
  if (Scalar.getAsInteger(0, Value.Value))
    return "expected the index of a function, with or without '+slots' behind "
           "it";
  if (UseSlots)
    Value.Value |= ClonesOfShard::UseSlots;
  return StringRef();
}

//===----------------------------------------------------------------------===//
// References
//===----------------------------------------------------------------------===//

/// Splits off "+8" or "-0x10" at the end. The magnitude may be that of
/// INT64_MIN.
static StringRef splitOffset(StringRef Scalar, int64_t &Offset) {
  Offset = 0;
  size_t Sign = Scalar.find_last_of("+-");
  if (Sign == StringRef::npos || Sign == 0)
    return Scalar;
  StringRef Digits = Scalar.drop_front(Sign + 1);
  uint64_t Magnitude;
  // Without a radix of its own, a leading zero would make it octal.
  bool IsHex = Digits.consume_front("0x");
  if (Digits.empty() || !llvm::all_of(Digits, isHexDigit) ||
      Digits.getAsInteger(IsHex ? 16 : 10, Magnitude))
    return Scalar;
  bool IsNegative = Scalar[Sign] == '-';
  if (Magnitude > uint64_t(INT64_MAX) + IsNegative)
    return Scalar;
  Offset = IsNegative ? int64_t(0 - Magnitude) : int64_t(Magnitude);
  return Scalar.take_front(Sign);
}

std::string FormatYAML::formatReference(const SymbolRef &Value) {
  std::string Result;
  raw_string_ostream OS(Result);
  writeText(Value.Symbol, OS);
  int64_t Ignored;
  if (Value.Offset > 0)
    OS << '+' << Value.Offset;
  else if (Value.Offset < 0)
    OS << Value.Offset;
  else if (splitOffset(Result, Ignored).size() != Result.size())
    OS << "+0";
  return Result;
}

static StringRef readReference(StringRef Scalar, SymbolRef &Value) {
  return readText(splitOffset(Scalar, Value.Offset), Value.Symbol);
}

SymbolRef FormatYAML::parseReference(StringRef Text) {
  SymbolRef Value;
  if (!readReference(Text, Value).empty())
    return SymbolRef{Text.str(), 0};
  return Value;
}

void yaml::ScalarTraits<Reference>::output(const Reference &Value, void *,
                                           raw_ostream &OS) {
  OS << formatReference(Value.Value);
}

StringRef yaml::ScalarTraits<Reference>::input(StringRef Scalar, void *,
                                               Reference &Value) {
  return readReference(Scalar, Value.Value);
}
