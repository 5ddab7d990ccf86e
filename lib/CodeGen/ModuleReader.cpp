//===- ModuleReader.cpp - Read an LLVM module -----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ModuleReader.h"
#include "CodeGenErrors.h"
#include "DiagnosticCollector.h"
#include "ModuleOptions.h"
#include "TargetSelection.h"
#include "pkgimg/CodeGen/Targets.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/AsmParser/LLParser.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/LLVMBitCodes.h"
#include "llvm/Bitstream/BitstreamReader.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/AutoUpgrade.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <optional>

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// Recognising the input
//===----------------------------------------------------------------------===//

namespace {

enum class InputKind { Bitcode, Text };

/// What a bitcode file says of its writer.
struct BitcodeOrigin {
  std::string Producer; ///< "LLVM19.1.7"; empty if there is no such record.
  std::optional<uint64_t> Epoch;

  /// The LLVM major version in the producer's name ("LLVM19.1.7",
  /// "LLVM16.0.6jl", "LLVM18.1.7-rust-1.81.0-stable"), or 0 where the name has
  /// none ("APPLE_1_1600.0.26.4_0").
  unsigned getMajor() const {
    StringRef S = Producer;
    unsigned Major = 0;
    if (!S.consume_front("LLVM") || S.consumeInteger(10, Major))
      return 0;
    return Major;
  }
};

} // namespace

static ArrayRef<uint8_t> getBytes(MemoryBufferRef Input) {
  return arrayRefFromStringRef(Input.getBuffer());
}

static Expected<InputKind> identify(MemoryBufferRef Input) {
  StringRef File = Input.getBufferIdentifier();
  StringRef Buffer = Input.getBuffer();
  ArrayRef<uint8_t> Bytes = getBytes(Input);
  if (Buffer.empty())
    return fileError(File, "the file is empty, expected LLVM bitcode or IR");
  if (isBitcode(Bytes.begin(), Bytes.end()))
    return InputKind::Bitcode;
  // What is left of a bitcode file's magic number counts as bitcode too: "not
  // bitcode" or a syntax error would hide that the file was cut short.
  if (Buffer.size() < 4 && (StringRef("BC\xC0\xDE").starts_with(Buffer) ||
                            StringRef("\xDE\xC0\x17\x0B").starts_with(Buffer)))
    return InputKind::Bitcode;
  if (Buffer.take_front(1024).contains('\0'))
    return fileError(File, "neither LLVM bitcode nor textual LLVM IR");
  return InputKind::Text;
}

/// Reads the identification block of the first module by hand: LLVM's own
/// getBitcodeProducerString() gives no name if the epoch is not its own, which
/// is when the name matters most. Returns what it found before the first error.
static BitcodeOrigin readOrigin(MemoryBufferRef Input) {
  BitcodeOrigin Origin;
  ArrayRef<uint8_t> Bytes = getBytes(Input);
  const unsigned char *Begin = Bytes.begin(), *End = Bytes.end();
  if (Bytes.size() < 8 || (isBitcodeWrapper(Begin, End) &&
                           SkipBitcodeWrapperHeader(Begin, End, true)))
    return Origin;
  BitstreamCursor Stream(ArrayRef<uint8_t>(Begin, End));
  auto Failed = [](Error E) {
    bool IsFailure = static_cast<bool>(E);
    consumeError(std::move(E));
    return IsFailure;
  };
  if (Failed(Stream.JumpToBit(32)))
    return Origin;
  BitstreamEntry Entry;
  if (Failed(Stream.advance().moveInto(Entry)) ||
      Entry.Kind != BitstreamEntry::SubBlock ||
      Entry.ID != bitc::IDENTIFICATION_BLOCK_ID ||
      Failed(Stream.EnterSubBlock(bitc::IDENTIFICATION_BLOCK_ID)))
    return Origin;
  SmallVector<uint64_t, 64> Record;
  while (true) {
    if (Failed(Stream.advance().moveInto(Entry)) ||
        Entry.Kind != BitstreamEntry::Record)
      return Origin;
    Record.clear();
    unsigned Code;
    if (Failed(Stream.readRecord(Entry.ID, Record).moveInto(Code)))
      return Origin;
    if (Code == bitc::IDENTIFICATION_CODE_STRING)
      Origin.Producer.assign(Record.begin(), Record.end());
    else if (Code == bitc::IDENTIFICATION_CODE_EPOCH && !Record.empty())
      Origin.Epoch = Record[0];
  }
}

/// Turns the bitcode reader's terse \p E into a message that says whether the
/// file is newer than this LLVM or damaged, and what to do.
static Error explainBitcodeError(MemoryBufferRef Input, Error E) {
  std::string Reason = toString(std::move(E));
  // The reader appends producer and version to some messages; all of ours have
  // them.
  Reason = StringRef(Reason).split(" (Producer: '").first.str();

  BitcodeOrigin Origin = readOrigin(Input);
  unsigned Major = Origin.getMajor();
  bool OtherEpoch =
      Origin.Epoch && *Origin.Epoch != bitc::BITCODE_CURRENT_EPOCH;
  std::string Producer = Origin.Producer.empty() ? "an unknown producer"
                                                 : "'" + Origin.Producer + "'";
  std::string Reader = "LLVM " LLVM_VERSION_STRING;
  std::string Known = "LLVM " + std::to_string(LLVM_VERSION_MAJOR);
  std::string Advice =
      "recompile it with " + Known +
      " or older, or use a pkgimg built against the producer's LLVM";
  std::string Details = " (" + Reason + ")";

  if (OtherEpoch || Major > LLVM_VERSION_MAJOR)
    return fileError(Input.getBufferIdentifier(),
                     "bitcode of a newer LLVM: it was written by " + Producer +
                         ", and the reader is " + Reader + "; " + Advice +
                         Details);
  if (Major == 0 && !Origin.Producer.empty())
    // A vendor's own numbering: both are possible.
    return fileError(Input.getBufferIdentifier(),
                     "cannot read the bitcode written by " + Producer +
                         " with " + Reader + ": it is damaged or newer; " +
                         Advice + Details);
  return fileError(Input.getBufferIdentifier(),
                   "corrupt or truncated bitcode (producer " + Producer +
                       ", reader " + Reader + "): " + Reason);
}

//===----------------------------------------------------------------------===//
// Reading the triple alone
//===----------------------------------------------------------------------===//

namespace {

/// Scans the head of textual IR: comments, `target` and `source_filename`.
/// LLVM's parser takes these before anything else only, so the scan ends at the
/// first other word.
class IRHeadScanner {
public:
  explicit IRHeadScanner(StringRef Text) : Rest(Text) {}

  std::string findTriple() {
    std::string Triple, Ignored;
    while (true) {
      if (consumeWord("source_filename")) {
        if (!consumeString(Ignored))
          return Triple;
      } else if (consumeWord("target")) {
        if (consumeWord("triple")) {
          if (!consumeString(Triple))
            return std::string();
        } else if (!consumeWord("datalayout") || !consumeString(Ignored)) {
          return Triple;
        }
      } else {
        return Triple;
      }
    }
  }

private:
  StringRef Rest;

  void skipBlanks() {
    while (true) {
      Rest = Rest.ltrim();
      if (!Rest.starts_with(";"))
        return;
      size_t End = Rest.find_first_of("\r\n");
      Rest = End == StringRef::npos ? StringRef() : Rest.substr(End);
    }
  }

  bool consumeWord(StringRef Word) {
    skipBlanks();
    return Rest.consume_front(Word);
  }

  /// Takes `= "text"`; \xx escapes a byte.
  bool consumeString(std::string &Result) {
    if (!consumeWord("=") || !consumeWord("\""))
      return false;
    size_t End = Rest.find('"');
    if (End == StringRef::npos)
      return false;
    StringRef Raw = Rest.take_front(End);
    Rest = Rest.drop_front(End + 1);
    Result.clear();
    while (!Raw.empty()) {
      uint8_t Byte;
      if (Raw.size() >= 3 && Raw[0] == '\\' &&
          tryGetHexByte(Raw.substr(1, 2), Byte)) {
        Result += static_cast<char>(Byte);
        Raw = Raw.drop_front(3);
      } else {
        Result += Raw.front();
        Raw = Raw.drop_front();
      }
    }
    return true;
  }

  static bool tryGetHexByte(StringRef Digits, uint8_t &Byte) {
    return tryGetHexFromNibbles(Digits[0], Digits[1], Byte);
  }
};

} // namespace

Expected<std::string> pkgimg::readModuleTriple(MemoryBufferRef Input) {
  Expected<InputKind> Kind = identify(Input);
  if (!Kind)
    return Kind.takeError();
  if (*Kind == InputKind::Text)
    return IRHeadScanner(Input.getBuffer()).findTriple();
  Expected<std::string> Triple = getBitcodeTargetTriple(Input);
  if (!Triple)
    return explainBitcodeError(Input, Triple.takeError());
  return Triple;
}

//===----------------------------------------------------------------------===//
// Reading a module
//===----------------------------------------------------------------------===//

namespace {

/// One module on its way in; lives for one call of readModule().
class ModuleReader {
public:
  ModuleReader(MemoryBufferRef Input, LLVMContext &Context,
               const CompileOptions &Options, DiagnosticCollector &Diags)
      : Input(Input), File(Input.getBufferIdentifier()), Context(Context),
        Options(Options), Diags(Diags) {}

  Expected<std::unique_ptr<Module>> run();

private:
  // Steps, in order.
  Error read();
  Error chooseABI();
  void makePositionIndependent();

  // Parts of read().
  Error readBitcode();
  Error readText();
  std::optional<std::string> chooseDataLayout(StringRef ModuleTriple,
                                              StringRef DataLayoutText);
  Error chooseTarget(StringRef ModuleTripleText);
  Error checkDataLayout(StringRef DataLayoutText, const DataLayout &Ours) const;
  Error verify();

  MemoryBufferRef Input;
  StringRef File;
  LLVMContext &Context;
  const CompileOptions &Options;
  DiagnosticCollector &Diags;
  std::unique_ptr<Module> M;
  TargetSelection Target; ///< Set as soon as the module's triple is known.
  /// What went wrong in the readers' data-layout callback, which cannot fail.
  std::string TargetError;
};

} // namespace

/// Tells if one target machine can serve modules of both architectures: ARM
/// and Thumb are modes of the same processor, chosen per function.
static bool areSameArchitecture(const Triple &A, const Triple &B) {
  auto Canonical = [](const Triple &T) {
    if (T.getArch() == Triple::thumb)
      return Triple::arm;
    if (T.getArch() == Triple::thumbeb)
      return Triple::armeb;
    return T.getArch();
  };
  return Canonical(A) == Canonical(B);
}

/// Returns the part of a data layout that belongs to the front end and not to
/// the target: the non-integral address spaces ("ni:10:11:12:13" in Julia's
/// modules), with a leading '-'. Without it the optimiser could turn a tracked
/// pointer into an integer.
static std::string getNonIntegralSpec(StringRef DataLayoutText) {
  SmallVector<StringRef, 16> Specs;
  DataLayoutText.split(Specs, '-');
  std::string Result;
  for (StringRef Spec : Specs)
    if (Spec.starts_with("ni:"))
      Result += "-" + Spec.str();
  return Result;
}

Expected<std::unique_ptr<Module>> ModuleReader::run() {
  if (Error E = read())
    return E;
  if (Error E = chooseABI())
    return E;
  makePositionIndependent();
  if (Error E = applyModuleOptions(*M, Options))
    return fileError(File, toString(std::move(E)));
  return std::move(M);
}

Error ModuleReader::read() {
  Expected<InputKind> Kind = identify(Input);
  if (!Kind)
    return Kind.takeError();
  Error E = *Kind == InputKind::Bitcode ? readBitcode() : readText();
  // If the target did not fit, whatever the reader says comes from that.
  if (!TargetError.empty()) {
    consumeError(std::move(E));
    return fileError(File, TargetError);
  }
  if (E)
    return E;
  if (Error DiagError = Diags.takeError())
    return DiagError;

  M->setTargetTriple(Target.TripleText);
  // Only the base name may get into the output: it must not depend on the
  // directory. Without a source_filename the readers put the path there.
  StringRef BaseName = sys::path::filename(File);
  if (M->getSourceFileName() == File)
    M->setSourceFileName(BaseName);
  M->setModuleIdentifier(BaseName);
  return Error::success();
}

Error ModuleReader::readBitcode() {
  ParserCallbacks Callbacks(
      [this](StringRef T, StringRef DL) { return chooseDataLayout(T, DL); });
  if (Error E = getLazyBitcodeModule(Input, Context,
                                     /*ShouldLazyLoadMetadata=*/false,
                                     /*IsImporting=*/false, Callbacks)
                    .moveInto(M))
    return explainBitcodeError(Input, std::move(E));
  if (!TargetError.empty())
    return Error::success();

  // When LLVM reads the end of a module with current debug information, it
  // verifies it and calls report_fatal_error() if it is broken. To get there
  // first, read the functions one by one, and verify before the end.
  for (Function &F : *M)
    if (Error E = F.materialize())
      return explainBitcodeError(Input, std::move(E));
  bool Verified =
      getDebugMetadataVersionFromModule(*M) == DEBUG_METADATA_VERSION;
  if (Verified)
    if (Error E = verify())
      return E;
  if (Error E = M->materializeAll())
    return explainBitcodeError(Input, std::move(E));
  return Verified ? Error::success() : verify();
}

Error ModuleReader::readText() {
  // LLVM's lexer needs a final NUL byte, which a member of an archive has not.
  std::unique_ptr<MemoryBuffer> Text =
      MemoryBuffer::getMemBufferCopy(Input.getBuffer(), File);
  StringRef Buffer = Text->getBuffer();
  SourceMgr SM;
  SM.AddNewSourceBuffer(std::move(Text), SMLoc());
  SMDiagnostic Diagnostic;
  M = std::make_unique<Module>(File, Context);
  // parseAssembly() would verify modules with debug information, and call
  // report_fatal_error() if they are broken; the parser itself need not.
  LLParser Parser(Buffer, SM, Diagnostic, M.get(), /*Index=*/nullptr, Context);
  if (Parser.Run(/*UpgradeDebugInfo=*/false, [this](StringRef T, StringRef DL) {
        return chooseDataLayout(T, DL);
      })) {
    std::string Message;
    raw_string_ostream OS(Message);
    Diagnostic.print(/*ProgName=*/nullptr, OS, /*ShowColors=*/false,
                     /*ShowKindLabel=*/false);
    return make_error<StringError>(
        StringRef(OS.str()).rtrim(),
        std::make_error_code(std::errc::invalid_argument));
  }
  if (!TargetError.empty())
    return Error::success();
  if (Error E = verify())
    return E;
  // Debug information of another version is dropped, with a warning.
  if (getDebugMetadataVersionFromModule(*M) != DEBUG_METADATA_VERSION)
    UpgradeDebugInfo(*M);
  return Error::success();
}

/// Called by the readers when they know the triple and the data layout, before
/// they need either. Returns the data layout to use.
std::optional<std::string>
ModuleReader::chooseDataLayout(StringRef ModuleTriple,
                               StringRef DataLayoutText) {
  Error E = chooseTarget(ModuleTriple);
  std::unique_ptr<TargetMachine> TM;
  if (!E)
    E = createTargetMachine(Target, Options, /*M=*/nullptr).moveInto(TM);
  if (!E)
    E = checkDataLayout(DataLayoutText, TM->createDataLayout());
  if (E) {
    TargetError = toString(std::move(E));
    return std::nullopt;
  }
  return TM->createDataLayout().getStringRepresentation() +
         getNonIntegralSpec(DataLayoutText);
}

Error ModuleReader::chooseTarget(StringRef ModuleTripleText) {
  Triple ModuleTriple(Triple::normalize(ModuleTripleText));
  bool HasTriple = !ModuleTripleText.empty();
  bool HasTarget = !Options.Target.str().empty();
  if (HasTarget && Options.TargetIsExplicit && HasTriple) {
    if (!areSameArchitecture(ModuleTriple, Options.Target))
      return createStringError(
          std::errc::invalid_argument,
          "the module is for '%s', the target is '%s'; recompile the module "
          "for this target, or choose the module's own with --target=%s",
          ModuleTripleText.str().c_str(), Options.Target.str().c_str(),
          ModuleTripleText.str().c_str());
    bool OSDiffers = ModuleTriple.getOS() != Options.Target.getOS() &&
                     ModuleTriple.getOS() != Triple::UnknownOS;
    if (OSDiffers ||
        ModuleTriple.getObjectFormat() != Options.Target.getObjectFormat())
      Diags.report(DS_Warning, "overriding the module's target triple '" +
                                   ModuleTripleText.str() + "' with '" +
                                   Options.Target.str() + "'");
  }
  StringRef TripleText = ModuleTripleText;
  if (!HasTriple || (HasTarget && Options.TargetIsExplicit)) {
    if (!HasTarget)
      return createStringError(std::errc::invalid_argument,
                               "the module has no target triple; name one "
                               "with --target=<triple>");
    TripleText = Options.Target.str();
  }
  return selectTarget(TripleText, Options).moveInto(Target);
}

/// The target's data layout replaces the module's, whatever its age and
/// spelling, but not one whose pointers or byte order the code in the module
/// cannot have been made for.
Error ModuleReader::checkDataLayout(StringRef DataLayoutText,
                                    const DataLayout &Ours) const {
  if (DataLayoutText.empty())
    return Error::success();
  Expected<DataLayout> Theirs = DataLayout::parse(DataLayoutText);
  if (!Theirs)
    return Theirs.takeError();
  if (Theirs->isLittleEndian() != Ours.isLittleEndian() ||
      Theirs->getPointerSize() != Ours.getPointerSize())
    return createStringError(
        std::errc::invalid_argument,
        "the module's data layout '%s' is not that of its target '%s' ('%s')",
        DataLayoutText.str().c_str(), Target.TripleText.c_str(),
        Ours.getStringRepresentation().c_str());
  return Error::success();
}

Error ModuleReader::verify() {
  std::string Message;
  raw_string_ostream OS(Message);
  bool BrokenDebugInfo = false;
  if (verifyModule(*M, &OS, &BrokenDebugInfo))
    return fileError(File, "the module is not valid IR: " +
                               StringRef(OS.str()).rtrim());
  if (BrokenDebugInfo) {
    Diags.report(DS_Warning, "ignoring invalid debug information");
    StripDebugInfo(*M);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Making it fit for an image
//===----------------------------------------------------------------------===//

Error ModuleReader::chooseABI() {
  if (Error E = selectABI(Target, *M, Options))
    return fileError(File, toString(std::move(E)));
  return Error::success();
}

void ModuleReader::makePositionIndependent() {
  PICLevel::Level PIC = M->getPICLevel();
  bool IsForSharedLibrary =
      PIC != PICLevel::NotPIC && M->getPIELevel() == PIELevel::Default;
  if (PIC == PICLevel::NotPIC)
    M->setPICLevel(PICLevel::BigPIC);
  if (IsForSharedLibrary)
    return;

  // The code generator takes a module with a PIE level for a part of the
  // executable, and gives its thread-local variables a model that a shared
  // library cannot have.
  if (M->getPIELevel() != PIELevel::Default) {
    SmallVector<MDNode *, 8> Kept;
    NamedMDNode *Flags = M->getModuleFlagsMetadata();
    for (MDNode *Flag : Flags->operands())
      if (cast<MDString>(Flag->getOperand(1))->getString() != "PIE Level")
        Kept.push_back(Flag);
    Flags->clearOperands();
    for (MDNode *Flag : Kept)
      Flags->addOperand(Flag);
  }

  // In an executable a symbol of its own cannot be preempted, so front ends
  // mark it dso_local, and it is reached by a relocation that a linker refuses
  // for a shared library. The other object formats have no preemption.
  if (!Target.TargetTriple.isOSBinFormatELF())
    return;
  for (GlobalValue &GV : M->global_values())
    if (GV.isDSOLocal() && !GV.hasLocalLinkage() && GV.hasDefaultVisibility())
      GV.setDSOLocal(false);
}

Expected<std::unique_ptr<Module>>
pkgimg::readModule(MemoryBufferRef Input, LLVMContext &Context,
                   const CompileOptions &Options) {
  startCodeGen();
  StringRef File = Input.getBufferIdentifier();
  TimeTraceScope TimeScope("Parse", File);
  DiagnosticScope Diags(Context, File, Options);
  return ModuleReader(Input, Context, Options, Diags.get()).run();
}
