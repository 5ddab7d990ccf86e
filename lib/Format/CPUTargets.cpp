//===- CPUTargets.cpp - target data of images -----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Julia's layouts are those of serialize_target_data() in src/processor.cpp up
// to 1.13, and of serialize_targets() in JuliaLang/cpufeatures for 1.14. They
// have neither magic nor version nor length:
//
//   u32 number of targets
//   each: u32 flags, u32 base (1.14), u32 number of words,
//         words enabled, words disabled (32 bits; 1.14: 64),
//         string name, string extra features (u32 length, bytes)
//
// Ours is little endian, whatever the target:
//
//   magic, u16 major, u16 minor, u32 number of targets
//   each: u32 size of the rest of the record,
//         u32 flags, u32 base, string name,
//         lists of enabled, disabled and used (u32 count, strings)
//
// A later minor version may append fields to the record.
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/CPUTargets.h"
#include "ByteView.h"
#include "InputCheckImpl.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <tuple>

using namespace llvm;
using namespace pkgimg;

const StringLiteral pkgimg::TargetDataMagic("\x89pkgcpu\n");

static constexpr uint16_t NamedMajor = 1;
static constexpr uint16_t NamedMinor = 0;

/// Bits per word of the layouts that have words.
static unsigned getWordBits(TargetDataLayout Layout) {
  return Layout == TargetDataLayout::Julia32 ? 32 : 64;
}

bool pkgimg::operator==(const CPUTarget &A, const CPUTarget &B) {
  auto Tie = [](const CPUTarget &T) {
    return std::tie(T.Name, T.Flags, T.Base, T.EnabledWords, T.DisabledWords,
                    T.ExtFeatures, T.Enabled, T.Disabled, T.Used);
  };
  return Tie(A) == Tie(B);
}

std::optional<TargetDataLayout> pkgimg::identifyTargetData(StringRef Blob) {
  if (Blob.starts_with(TargetDataMagic))
    return TargetDataLayout::Named;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// What each layout allows
//===----------------------------------------------------------------------===//

/// Returns what is wrong with \p Flags in \p Layout, or an empty string.
static std::string checkFlags(uint32_t Flags, TargetDataLayout Layout) {
  uint32_t Undefined = 0;
  if (Layout == TargetDataLayout::Julia32)
    Undefined = Flags & ~(CPUTarget::VecCall | CPUTarget::UnknownName);
  else if (Layout == TargetDataLayout::Julia64)
    Undefined = Flags & CPUTarget::HasUsed;
  if (!Undefined)
    return "";
  return "flags " + hexString(Flags) + ", of which this layout does not have " +
         hexString(Undefined);
}

/// Returns what is wrong with the base of target \p Index, or an empty string.
static std::string checkBase(uint32_t Base, uint32_t Index,
                             TargetDataLayout Layout) {
  if (Base == CPUTarget::NoBase)
    return "";
  if (Layout == TargetDataLayout::Julia32)
    return "base " + utostr(Base) + ", which this layout does not store";
  if (Base < Index)
    return "";
  // What Julia 1.14 writes, and never reads, for a first target with base(0).
  if (Layout == TargetDataLayout::Julia64 && Base == 0)
    return "";
  return "base " + utostr(Base) + ", which is not the index of an earlier one";
}

/// Returns what is wrong with \p Feature, which comes after \p Previous (null
/// for the first) in its list, or an empty string.
static std::string checkFeature(StringRef Feature,
                                const std::string *Previous) {
  if (Feature.empty())
    return "an empty name";
  if (Feature.contains('\0'))
    return "a name with a NUL in it";
  // These would change what a list of features for LLVM means.
  if (Feature.starts_with("+") || Feature.starts_with("-") ||
      Feature.contains(','))
    return ("'" + Feature + "', which has a sign or a comma").str();
  if (Previous && Feature <= StringRef(*Previous))
    return ("'" + Feature + "' after '" + *Previous +
            "', but the names must be sorted, and each must occur once")
        .str();
  return "";
}

/// Returns what is wrong with the list of used features of \p T, whose lists
/// are sorted, or an empty string.
static std::string checkUsed(const CPUTarget &T) {
  if (T.Used.empty())
    return "";
  if (!(T.Flags & CPUTarget::HasUsed))
    return "used features, but the flags " + hexString(T.Flags) + " without " +
           hexString(CPUTarget::HasUsed);
  if (!std::includes(T.Enabled.begin(), T.Enabled.end(), T.Used.begin(),
                     T.Used.end()))
    return "used features that are not enabled";
  return "";
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
class TargetDataReader {
public:
  TargetDataReader(StringRef Blob, TargetDataLayout Layout, bool IsLittleEndian)
      : View(Blob, IsLittleEndian || Layout == TargetDataLayout::Named),
        Layout(Layout), End(Blob.size()) {}

  Error read(std::vector<CPUTarget> &Targets);
  uint64_t tell() const { return Offset; }

  /// An error with the advice for damaged data. \p What begins with the field.
  Error damaged(uint64_t At, const Twine &What) const {
    return createStringError(inconvertibleErrorCode(),
                             "target data: " + where() + What + " at offset " +
                                 hexString(At) +
                                 "; the file is damaged: make the image again");
  }

private:
  std::string where() const {
    return Target ? "target " + utostr(*Target) + ": " : "";
  }

  Error need(const Twine &What, uint64_t Size) const;
  Error readU32(const Twine &What, uint32_t &Value);
  Error readString(const Twine &What, std::string &Value);
  Error readWords(const Twine &What, uint32_t Count,
                  std::vector<uint64_t> &Words);
  Error readFeatures(StringRef What, std::vector<std::string> &Features);
  Error readFlagsAndBase(CPUTarget &T);
  Error readJuliaTarget(CPUTarget &T);
  Error readNamedHeader();
  Error readNamedTarget(CPUTarget &T);

  ByteView View;
  TargetDataLayout Layout;
  uint64_t Offset = 0;
  /// Where the record ends that is being read; the blob's end without one.
  uint64_t End;
  /// The target that is being read.
  std::optional<uint32_t> Target;
  uint16_t Minor = NamedMinor;
};
} // namespace

Error TargetDataReader::need(const Twine &What, uint64_t Size) const {
  if (Size <= End - Offset)
    return Error::success();
  return damaged(Offset, What + " of " + Twine(Size) + " bytes, where only " +
                             Twine(End - Offset) + " are left,");
}

Error TargetDataReader::readU32(const Twine &What, uint32_t &Value) {
  if (Error E = need(What, 4))
    return E;
  Value = View.u32(Offset);
  Offset += 4;
  return Error::success();
}

Error TargetDataReader::readString(const Twine &What, std::string &Value) {
  uint32_t Size;
  if (Error E = readU32("the length of " + What, Size))
    return E;
  if (Error E = need(What, Size))
    return E;
  StringRef Text = View.slice(Offset, Size);
  if (Text.contains('\0'))
    return damaged(Offset, What + " with a NUL in it");
  Value = Text.str();
  Offset += Size;
  return Error::success();
}

Error TargetDataReader::readWords(const Twine &What, uint32_t Count,
                                  std::vector<uint64_t> &Words) {
  unsigned WordSize = getWordBits(Layout) / 8;
  // Count is at most MaxFeatureBits / 32.
  if (Error E = need(What, uint64_t(Count) * WordSize))
    return E;
  Words.reserve(Count);
  for (uint32_t I = 0; I != Count; ++I, Offset += WordSize)
    Words.push_back(View.uN(Offset, WordSize));
  return Error::success();
}

Error TargetDataReader::readFeatures(StringRef What,
                                     std::vector<std::string> &Features) {
  uint32_t Count;
  if (Error E = readU32("the number of " + What, Count))
    return E;
  // Each needs its length at least, and the empty name is not allowed.
  if (Count > (End - Offset) / 5)
    return damaged(Offset - 4, "the number of " + What + ", " + Twine(Count) +
                                   ", which do not fit in the " +
                                   Twine(End - Offset) +
                                   " bytes that are left,");
  Features.reserve(Count);
  for (uint32_t I = 0; I != Count; ++I) {
    uint64_t Start = Offset;
    std::string Feature;
    if (Error E = readString("a name of the " + What, Feature))
      return E;
    std::string Wrong =
        checkFeature(Feature, Features.empty() ? nullptr : &Features.back());
    if (!Wrong.empty())
      return damaged(Start, "the " + What + " have " + Wrong + ",");
    Features.push_back(std::move(Feature));
  }
  return Error::success();
}

Error TargetDataReader::readFlagsAndBase(CPUTarget &T) {
  uint64_t Start = Offset;
  if (Error E = readU32("the flags", T.Flags))
    return E;
  std::string Wrong = checkFlags(T.Flags, Layout);
  if (!Wrong.empty())
    return damaged(Start, Wrong + ",");
  if (Layout == TargetDataLayout::Julia32)
    return Error::success();
  if (Error E = readU32("the base", T.Base))
    return E;
  Wrong = checkBase(T.Base, *Target, Layout);
  if (!Wrong.empty())
    return damaged(Start + 4, Wrong + ",");
  return Error::success();
}

Error TargetDataReader::readJuliaTarget(CPUTarget &T) {
  if (Error E = readFlagsAndBase(T))
    return E;
  uint32_t Count;
  if (Error E = readU32("the number of feature words", Count))
    return E;
  uint32_t Max = MaxFeatureBits / getWordBits(Layout);
  if (Count > Max)
    return damaged(Offset - 4, "the number of feature words, " + Twine(Count) +
                                   ", where at most " + Twine(Max) +
                                   " are expected,");
  if (Error E =
          readWords("the words of enabled features", Count, T.EnabledWords))
    return E;
  if (Error E =
          readWords("the words of disabled features", Count, T.DisabledWords))
    return E;
  if (Error E = readString("the name", T.Name))
    return E;
  return readString("the extra features", T.ExtFeatures);
}

Error TargetDataReader::readNamedHeader() {
  if (!View.bytes().starts_with(TargetDataMagic))
    return damaged(0, "no magic number");
  Offset = TargetDataMagic.size();
  if (Error E = need("the version", 4))
    return E;
  uint16_t Major = View.u16(Offset);
  Minor = View.u16(Offset + 2);
  if (Major != NamedMajor)
    return createStringError(
        inconvertibleErrorCode(),
        "target data: version " + Twine(Major) + "." + Twine(Minor) +
            " at offset " + hexString(Offset) + ", where " + Twine(NamedMajor) +
            ".x is expected; make the image again, or read it with the version "
            "of pkgimg that made it");
  Offset += 4;
  return Error::success();
}

Error TargetDataReader::readNamedTarget(CPUTarget &T) {
  uint32_t Size;
  if (Error E = readU32("the size of the record", Size))
    return E;
  if (Error E = need("the record", Size))
    return E;
  End = Offset + Size;
  if (Error E = readFlagsAndBase(T))
    return E;
  if (Error E = readString("the name", T.Name))
    return E;
  if (Error E = readFeatures("enabled features", T.Enabled))
    return E;
  if (Error E = readFeatures("disabled features", T.Disabled))
    return E;
  uint64_t Start = Offset;
  if (Error E = readFeatures("used features", T.Used))
    return E;
  std::string Wrong = checkUsed(T);
  if (!Wrong.empty())
    return damaged(Start, Wrong);
  // What a later minor version appended.
  if (Minor == NamedMinor && Offset != End)
    return damaged(Offset, "a record with " + Twine(End - Offset) +
                               " bytes after its last field");
  Offset = End;
  End = View.size();
  return Error::success();
}

Error TargetDataReader::read(std::vector<CPUTarget> &Targets) {
  bool IsNamed = Layout == TargetDataLayout::Named;
  if (IsNamed)
    if (Error E = readNamedHeader())
      return E;
  uint32_t Count;
  if (Error E = readU32("the number of targets", Count))
    return E;
  if (Count > MaxCPUTargets)
    return damaged(Offset - 4, "the number of targets, " + Twine(Count) +
                                   ", where at most " + Twine(MaxCPUTargets) +
                                   " are expected,");
  for (uint32_t I = 0; I != Count; ++I) {
    Target = I;
    CPUTarget T;
    if (Error E = IsNamed ? readNamedTarget(T) : readJuliaTarget(T))
      return E;
    Targets.push_back(std::move(T));
  }
  Target.reset();
  return Error::success();
}

Expected<CPUTargets> pkgimg::readTargetData(StringRef Blob,
                                            TargetDataLayout Layout,
                                            bool IsLittleEndian,
                                            uint64_t *Size) {
  CPUTargets Result;
  Result.Layout = Layout;
  TargetDataReader Reader(Blob, Layout, IsLittleEndian);
  if (Error E = Reader.read(Result.Targets))
    return std::move(E);
  if (Size)
    *Size = Reader.tell();
  else if (Reader.tell() != Blob.size())
    return Reader.damaged(Reader.tell(), Twine(Blob.size() - Reader.tell()) +
                                             " bytes after the last target");
  return std::move(Result);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

namespace {
class TargetDataWriter {
public:
  TargetDataWriter(TargetDataLayout Layout, bool IsLittleEndian)
      : Layout(Layout), OS(Bytes),
        W(OS, IsLittleEndian || Layout == TargetDataLayout::Named
                  ? endianness::little
                  : endianness::big) {}

  Expected<std::string> write(ArrayRef<CPUTarget> Targets);

private:
  /// An error about target Index.
  Error error(const Twine &What) const {
    return createStringError(inconvertibleErrorCode(),
                             "target data: target " + Twine(Index) + ": " +
                                 What + "; it cannot be written");
  }

  Error writeString(const Twine &What, StringRef Text);
  Error writeFeatures(StringRef What, ArrayRef<std::string> Features);
  Error writeJuliaTarget(const CPUTarget &T);
  Error writeNamedTarget(const CPUTarget &T);

  TargetDataLayout Layout;
  std::string Bytes;
  raw_string_ostream OS;
  support::endian::Writer W;
  uint32_t Index = 0;
};
} // namespace

Error TargetDataWriter::writeString(const Twine &What, StringRef Text) {
  if (Text.contains('\0'))
    return error(What + " has a NUL in it");
  if (Text.size() > UINT32_MAX)
    return error(What + " has " + Twine(Text.size()) + " bytes, more than " +
                 Twine(UINT32_MAX));
  W.write<uint32_t>(Text.size());
  OS << Text;
  return Error::success();
}

Error TargetDataWriter::writeFeatures(StringRef What,
                                      ArrayRef<std::string> Features) {
  if (Features.size() > UINT32_MAX)
    return error(Twine(Features.size()) + " " + What + ", more than " +
                 Twine(UINT32_MAX));
  W.write<uint32_t>(Features.size());
  const std::string *Previous = nullptr;
  for (const std::string &Feature : Features) {
    std::string Wrong = checkFeature(Feature, Previous);
    if (!Wrong.empty())
      return error("the " + What + " have " + Wrong);
    if (Error E = writeString("a name of the " + What, Feature))
      return E;
    Previous = &Feature;
  }
  return Error::success();
}

Error TargetDataWriter::writeJuliaTarget(const CPUTarget &T) {
  W.write(T.Flags);
  if (Layout == TargetDataLayout::Julia64)
    W.write(T.Base);
  unsigned Bits = getWordBits(Layout);
  size_t Count = T.EnabledWords.size();
  if (Count != T.DisabledWords.size())
    return error(Twine(Count) + " words of enabled features, but " +
                 Twine(T.DisabledWords.size()) + " of disabled ones");
  if (Count > MaxFeatureBits / Bits)
    return error(Twine(Count) + " feature words, more than " +
                 Twine(MaxFeatureBits / Bits));
  W.write<uint32_t>(Count);
  for (ArrayRef<uint64_t> Words : {T.EnabledWords, T.DisabledWords})
    for (uint64_t Word : Words) {
      if (Bits == 64) {
        W.write(Word);
        continue;
      }
      if (!isUInt<32>(Word))
        return error("the feature word " + hexString(Word) +
                     " has more than 32 bits");
      W.write<uint32_t>(Word);
    }
  if (Error E = writeString("the name", T.Name))
    return E;
  return writeString("the list of extra features", T.ExtFeatures);
}

Error TargetDataWriter::writeNamedTarget(const CPUTarget &T) {
  if (!T.ExtFeatures.empty())
    return error("extra features, '" + T.ExtFeatures +
                 "', which this layout does not store");
  uint64_t Start = Bytes.size();
  W.write<uint32_t>(0);
  W.write(T.Flags);
  W.write(T.Base);
  if (Error E = writeString("the name", T.Name))
    return E;
  if (Error E = writeFeatures("enabled features", T.Enabled))
    return E;
  if (Error E = writeFeatures("disabled features", T.Disabled))
    return E;
  if (Error E = writeFeatures("used features", T.Used))
    return E;
  std::string Wrong = checkUsed(T);
  if (!Wrong.empty())
    return error(Wrong);
  uint64_t Size = Bytes.size() - Start - 4;
  if (Size > UINT32_MAX)
    return error("a record of " + Twine(Size) + " bytes, more than " +
                 Twine(UINT32_MAX));
  support::endian::write32le(&Bytes[Start], Size);
  return Error::success();
}

Expected<std::string> TargetDataWriter::write(ArrayRef<CPUTarget> Targets) {
  bool IsNamed = Layout == TargetDataLayout::Named;
  if (Targets.size() > MaxCPUTargets)
    return createStringError(inconvertibleErrorCode(),
                             "target data: " + Twine(Targets.size()) +
                                 " targets, more than " + Twine(MaxCPUTargets) +
                                 "; they cannot be written");
  if (IsNamed) {
    OS << TargetDataMagic;
    W.write(NamedMajor);
    W.write(NamedMinor);
  }
  W.write<uint32_t>(Targets.size());
  for (const CPUTarget &T : Targets) {
    std::string Wrong = checkFlags(T.Flags, Layout);
    if (Wrong.empty())
      Wrong = checkBase(T.Base, Index, Layout);
    if (!Wrong.empty())
      return error(Wrong);
    if (Error E = IsNamed ? writeNamedTarget(T) : writeJuliaTarget(T))
      return std::move(E);
    ++Index;
  }
  return std::move(Bytes);
}

Expected<std::string> pkgimg::writeTargetData(const CPUTargets &Targets,
                                              bool IsLittleEndian) {
  return TargetDataWriter(Targets.Layout, IsLittleEndian)
      .write(Targets.Targets);
}

//===----------------------------------------------------------------------===//
// Features by number and by name
//===----------------------------------------------------------------------===//

/// Returns the names of the bits that are set in \p Words of \p WordBits bits.
static std::vector<std::string> nameBits(ArrayRef<uint64_t> Words,
                                         unsigned WordBits,
                                         ArrayRef<NumberedFeature> Table) {
  std::vector<std::string> Names;
  const NumberedFeature *Feature = Table.begin();
  for (auto [Index, Word] : enumerate(Words))
    for (unsigned I = 0; I != WordBits; ++I) {
      if (!(Word >> I & 1))
        continue;
      uint64_t Bit = uint64_t(Index) * WordBits + I;
      while (Feature != Table.end() && Feature->Bit < Bit)
        ++Feature;
      if (Feature != Table.end() && Feature->Bit == Bit)
        Names.push_back(Feature->Name.str());
      else
        Names.push_back("bit" + utostr(Bit));
    }
  sort(Names);
  return Names;
}

void pkgimg::resolveFeatures(CPUTargets &Targets, FeatureNumbering Numbering,
                             Triple::ArchType Arch) {
  if (Targets.Layout == TargetDataLayout::Named)
    return;
  unsigned WordBits = getWordBits(Targets.Layout);
  ArrayRef<NumberedFeature> Table = getFeatureTable(Numbering, Arch);
  for (CPUTarget &T : Targets.Targets) {
    T.Enabled = nameBits(T.EnabledWords, WordBits, Table);
    T.Disabled = nameBits(T.DisabledWords, WordBits, Table);
  }
}

Error pkgimg::encodeFeatures(CPUTargets &Targets, FeatureNumbering Numbering,
                             Triple::ArchType Arch) {
  unsigned WordBits = Numbering == FeatureNumbering::Julia1_14 ? 64 : 32;
  if (Targets.Layout != TargetDataLayout::Named &&
      getWordBits(Targets.Layout) != WordBits)
    return createStringError(inconvertibleErrorCode(),
                             "target data: the feature words of the layout "
                             "have %u bits, but those of the runtime %u",
                             getWordBits(Targets.Layout), WordBits);
  unsigned NumWords = getNumFeatureWords(Numbering, Arch);
  StringMap<unsigned> Bits;
  BitVector Named(NumWords * WordBits);
  for (const NumberedFeature &F : getFeatureTable(Numbering, Arch)) {
    Bits[F.Name] = F.Bit;
    Named.set(F.Bit);
  }

  // The bit of a name: of the table, or what resolveFeatures() calls a bit that
  // is not in the table.
  auto FindBit = [&](StringRef Name) -> std::optional<unsigned> {
    auto It = Bits.find(Name);
    if (It != Bits.end())
      return It->second;
    unsigned Bit;
    StringRef Number = Name;
    if (!Number.consume_front("bit") || Number.getAsInteger(10, Bit) ||
        Bit >= Named.size() || Named.test(Bit) || Number != utostr(Bit))
      return std::nullopt;
    return Bit;
  };
  for (auto [Index, T] : enumerate(Targets.Targets)) {
    std::vector<uint64_t> Enabled(NumWords), Disabled(NumWords);
    for (auto [Names, Words] :
         {std::pair(&T.Enabled, &Enabled), std::pair(&T.Disabled, &Disabled)})
      for (const std::string &Name : *Names) {
        std::optional<unsigned> Bit = FindBit(Name);
        if (!Bit)
          return createStringError(
              inconvertibleErrorCode(),
              "target data: target " + Twine(Index) + ": the feature '" + Name +
                  "' has no number for " + Triple::getArchTypeName(Arch) +
                  " in this version of the runtime; leave it out, or pass it "
                  "as an extra feature");
        (*Words)[*Bit / WordBits] |= uint64_t(1) << *Bit % WordBits;
      }
    T.EnabledWords = std::move(Enabled);
    T.DisabledWords = std::move(Disabled);
  }
  return Error::success();
}
