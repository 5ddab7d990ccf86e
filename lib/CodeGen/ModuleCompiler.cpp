//===- ModuleCompiler.cpp - Compile an LLVM module to native code ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/CodeGen/Targets.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/AsmParser/LLParser.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Bitcode/LLVMBitCodes.h"
#include "llvm/Bitstream/BitstreamReader.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/AutoUpgrade.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassInstrumentation.h"
#include "llvm/IR/PassTimingInfo.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/StandardInstrumentations.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/Timer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <optional>

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// Errors and names
//===----------------------------------------------------------------------===//

/// Makes the error "<file>: <message>".
static Error fileError(StringRef File, const Twine &Message,
                       std::errc Code = std::errc::invalid_argument) {
  return make_error<StringError>(File + ": " + Message,
                                 std::make_error_code(Code));
}

/// Returns ", did you mean 'x'?" with the entry of \p Known nearest to \p Word,
/// or nothing if none is near.
template <typename RangeT>
static std::string suggest(StringRef Word, const RangeT &Known) {
  StringRef Best;
  unsigned BestDistance = 3; // More edits than this make another word.
  for (const auto &KV : Known) {
    unsigned Distance = Word.edit_distance(KV.Key, true, BestDistance);
    if (Distance < BestDistance) {
      Best = KV.Key;
      BestDistance = Distance;
    }
  }
  return Best.empty() ? std::string()
                      : (", did you mean '" + Best + "'?").str();
}

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
// The compilation
//===----------------------------------------------------------------------===//

namespace {

/// Keeps the errors that LLVM reports on the side, so that they become the
/// call's result; without a handler LLVMContext would print them and exit.
class DiagnosticCollector : public DiagnosticHandler {
public:
  DiagnosticCollector(StringRef File, const CompileOptions &Options)
      : File(File), Options(Options) {}

  bool handleDiagnostics(const DiagnosticInfo &DI) override {
    std::string Text;
    raw_string_ostream OS(Text);
    if (const auto *SM = dyn_cast<DiagnosticInfoSrcMgr>(&DI)) {
      // The generic printer would put escape codes for colours in.
      SM->getSMDiag().print(nullptr, OS, /*ShowColors=*/false,
                            /*ShowKindLabel=*/false);
    } else {
      DiagnosticPrinterRawOStream Printer(OS);
      DI.print(Printer);
    }
    OS.flush();
    report(DI.getSeverity(), StringRef(Text).rtrim());
    return true;
  }

  void report(DiagnosticSeverity Severity, StringRef Text) {
    switch (Severity) {
    case DS_Error:
      ++NumErrors;
      if (NumErrors <= MaxErrors)
        Errors += (Errors.empty() ? "" : "\n") + (File + ": " + Text).str();
      break;
    case DS_Warning:
      if (Options.Diagnostics)
        Options.Diagnostics(DS_Warning, (File + ": " + Text).str());
      break;
    case DS_Note:
      if (NumErrors && NumErrors <= MaxErrors)
        Errors += ("\n" + File + ": note: " + Text).str();
      break;
    case DS_Remark:
      break;
    }
  }

  /// The errors so far as one, or success.
  Error takeError() {
    if (!NumErrors)
      return Error::success();
    std::string All = std::move(Errors);
    if (NumErrors > MaxErrors)
      All += "\n" + File.str() + ": " + std::to_string(NumErrors - MaxErrors) +
             " more errors";
    NumErrors = 0;
    Errors.clear();
    return make_error<StringError>(
        All, std::make_error_code(std::errc::invalid_argument));
  }

private:
  /// clang's limit, too.
  static constexpr unsigned MaxErrors = 20;

  StringRef File;
  const CompileOptions &Options;
  std::string Errors;
  unsigned NumErrors = 0;
};

/// One compilation; lives for one call of compileModule().
class Compilation {
public:
  Compilation(MemoryBufferRef Input, const CompileOptions &Options)
      : Input(Input), File(Input.getBufferIdentifier()), Options(Options) {
    auto Handler = std::make_unique<DiagnosticCollector>(File, Options);
    Diags = Handler.get();
    Context.setDiagnosticHandler(std::move(Handler));
  }

  Error run(raw_pwrite_stream &OS);

private:
  // Phases, in order.
  Error read();
  Error normalise();
  Error optimize();
  Error emit(raw_pwrite_stream &OS);

  // Parts of read().
  Error readBitcode();
  Error readText();
  std::optional<std::string> chooseDataLayout(StringRef TripleText,
                                              StringRef DataLayoutText);
  Error chooseTarget(StringRef TripleText);
  Error checkDataLayout(StringRef DataLayoutText);
  Error verify();

  // Parts of normalise().
  Error chooseABI();
  void makePositionIndependent();
  void addSizeAttributes();

  Error checkTargetStrings() const;
  Error createTargetMachine();
  TargetOptions getTargetOptions() const;
  bool needsCodeGen() const {
    return Options.Emit == EmitKind::Object ||
           Options.Emit == EmitKind::Assembly;
  }
  Timer *getTimer(Timer &T) { return Options.TimeReport ? &T : nullptr; }
  void printTimeReport();

  MemoryBufferRef Input;
  StringRef File;
  const CompileOptions &Options;

  LLVMContext Context;
  DiagnosticCollector *Diags; // Owned by Context.
  std::unique_ptr<Module> M;

  // The target; set as soon as the module's triple is known.
  Triple TargetTriple;
  std::string TripleText;
  std::string CPU, Features, ABI;
  FloatABI::ABIType FloatABIType = FloatABI::Default;
  const Target *TheTarget = nullptr;
  std::unique_ptr<TargetMachine> TM;
  /// What went wrong in the readers' data-layout callback, which cannot fail.
  std::string TargetError;

  // Timers; unused timers cost nothing.
  TimerGroup Phases{"pkgimg", "Module compilation phases"};
  Timer ReadTimer{"read", "Read and verify", Phases};
  Timer OptimizeTimer{"optimize", "Optimize", Phases};
  Timer EmitTimer{"emit", "Emit", Phases};
  std::string PassReport;
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

Error Compilation::run(raw_pwrite_stream &OS) {
  if (Options.Emit == EmitKind::Object && !Options.IntegratedAs)
    return fileError(File, "an object needs the integrated assembler; emit "
                           "assembly to use another one");
  auto Report = make_scope_exit([&] { printTimeReport(); });
  if (Error E = read())
    return E;
  if (Error E = normalise())
    return E;
  if (Error E = optimize())
    return E;
  return emit(OS);
}

//===----------------------------------------------------------------------===//
// Read
//===----------------------------------------------------------------------===//

Error Compilation::read() {
  TimeTraceScope Scope("Parse", File);
  TimeRegion Region(getTimer(ReadTimer));

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
  if (Error DiagError = Diags->takeError())
    return DiagError;

  M->setTargetTriple(TripleText);
  // Only the base name may get into the output: it must not depend on the
  // directory. Without a source_filename the readers put the path there.
  StringRef BaseName = sys::path::filename(File);
  if (M->getSourceFileName() == File)
    M->setSourceFileName(BaseName);
  M->setModuleIdentifier(BaseName);
  return Error::success();
}

Error Compilation::readBitcode() {
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

Error Compilation::readText() {
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
Compilation::chooseDataLayout(StringRef ModuleTriple,
                              StringRef DataLayoutText) {
  Error E = chooseTarget(ModuleTriple);
  if (!E)
    E = checkTargetStrings();
  if (!E)
    E = createTargetMachine();
  if (!E)
    E = checkDataLayout(DataLayoutText);
  if (E) {
    TargetError = toString(std::move(E));
    return std::nullopt;
  }
  return TM->createDataLayout().getStringRepresentation() +
         getNonIntegralSpec(DataLayoutText);
}

Error Compilation::chooseTarget(StringRef ModuleTripleText) {
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
      Diags->report(DS_Warning, "overriding the module's target triple '" +
                                    ModuleTripleText.str() + "' with '" +
                                    Options.Target.str() + "'");
  }
  if (HasTriple && !(HasTarget && Options.TargetIsExplicit)) {
    TargetTriple = ModuleTriple;
    TripleText = ModuleTripleText.str();
  } else if (HasTarget) {
    TargetTriple = Options.Target;
    TripleText = Options.Target.str();
  } else {
    return createStringError(std::errc::invalid_argument,
                             "the module has no target triple; name one with "
                             "--target=<triple>");
  }

  if (Error E = getTarget(TargetTriple).moveInto(TheTarget))
    return E;
  TargetDefaults Defaults = getTargetDefaults(TargetTriple);
  bool IsDefaultCPU = Options.CPU.empty() || Options.CPU == Defaults.CPU;
  CPU = Options.CPU.empty() ? Defaults.CPU : Options.CPU;
  Features = IsDefaultCPU ? Defaults.Features : "";
  // Linker relaxation is no property of the processor.
  if (!IsDefaultCPU && TargetTriple.isRISCV())
    Features = "+relax";
  if (!Options.Features.empty())
    Features += (Features.empty() ? "" : ",") + Options.Features;
  ABI = Options.ABI.empty() ? Defaults.ABI : Options.ABI;
  FloatABIType = Options.FloatABI == FloatABI::Default ? Defaults.FloatABI
                                                       : Options.FloatABI;
  return Error::success();
}

/// Checks what the user wrote: LLVM itself prints a warning to stderr for an
/// unknown name, and ignores it or asserts.
Error Compilation::checkTargetStrings() const {
  std::unique_ptr<MCSubtargetInfo> STI(
      TheTarget->createMCSubtargetInfo(TripleText, "", ""));
  if (!STI)
    return createStringError(std::errc::not_supported,
                             "the target '%s' cannot be compiled for",
                             TripleText.c_str());
  if (!Options.CPU.empty() && !STI->isCPUStringValid(Options.CPU))
    return createStringError(
        std::errc::invalid_argument, "unknown CPU '%s' for target '%s'%s",
        Options.CPU.c_str(), TripleText.c_str(),
        suggest(Options.CPU, STI->getAllProcessorDescriptions()).c_str());
  SmallVector<StringRef, 8> Words;
  StringRef(Options.Features).split(Words, ',', -1, /*KeepEmpty=*/false);
  for (StringRef Word : Words) {
    StringRef Name = Word;
    if (!Name.consume_front("+") && !Name.consume_front("-"))
      return createStringError(std::errc::invalid_argument,
                               "feature '%s' must begin with '+' or '-'",
                               Word.str().c_str());
    if (none_of(STI->getAllProcessorFeatures(),
                [&](const SubtargetFeatureKV &KV) { return Name == KV.Key; }))
      return createStringError(
          std::errc::invalid_argument, "unknown feature '%s' for target '%s'%s",
          Name.str().c_str(), TripleText.c_str(),
          suggest(Name, STI->getAllProcessorFeatures()).c_str());
  }
  return Error::success();
}

/// The target's data layout replaces the module's, whatever its age and
/// spelling, but not one whose pointers or byte order the code in the module
/// cannot have been made for.
Error Compilation::checkDataLayout(StringRef DataLayoutText) {
  if (DataLayoutText.empty())
    return Error::success();
  DataLayout Ours = TM->createDataLayout();
  Expected<DataLayout> Theirs = DataLayout::parse(DataLayoutText);
  if (!Theirs)
    return Theirs.takeError();
  if (Theirs->isLittleEndian() != Ours.isLittleEndian() ||
      Theirs->getPointerSize() != Ours.getPointerSize())
    return createStringError(
        std::errc::invalid_argument,
        "the module's data layout '%s' is not that of its target '%s' ('%s')",
        DataLayoutText.str().c_str(), TripleText.c_str(),
        Ours.getStringRepresentation().c_str());
  return Error::success();
}

Error Compilation::verify() {
  std::string Message;
  raw_string_ostream OS(Message);
  bool BrokenDebugInfo = false;
  if (verifyModule(*M, &OS, &BrokenDebugInfo))
    return fileError(File, "the module is not valid IR: " +
                               StringRef(OS.str()).rtrim());
  if (BrokenDebugInfo) {
    Diags->report(DS_Warning, "ignoring invalid debug information");
    StripDebugInfo(*M);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Normalise
//===----------------------------------------------------------------------===//

Error Compilation::normalise() {
  if (Error E = chooseABI())
    return E;
  // Again, now that the ABI and the code model are known.
  if (Error E = createTargetMachine())
    return E;
  makePositionIndependent();
  addSizeAttributes();
  return Error::success();
}

/// LLVM's names of the ABIs of \p T, where a wrong one is not harmless.
static ArrayRef<StringRef> getKnownABIs(const Triple &T) {
  static const StringRef RISCV32[] = {"ilp32", "ilp32f", "ilp32d", "ilp32e"};
  static const StringRef LP64[] = {"lp64", "lp64f", "lp64d", "lp64e"};
  static const StringRef PPC64[] = {"elfv1", "elfv2"};
  static const StringRef ARM[] = {"aapcs", "aapcs-linux", "aapcs-vfp",
                                  "aapcs16", "apcs-gnu"};
  static const StringRef AArch64[] = {"aapcs", "aapcs-soft", "darwinpcs"};
  if (T.isRISCV32())
    return RISCV32;
  if (T.isRISCV64())
    return LP64;
  if (T.isLoongArch64())
    return ArrayRef(LP64).drop_back();
  if (T.isPPC64())
    return PPC64;
  if (T.isARM() || T.isThumb())
    return ARM;
  if (T.isAArch64())
    return AArch64;
  return {};
}

Error Compilation::chooseABI() {
  if (const auto *Flag =
          dyn_cast_or_null<MDString>(M->getModuleFlag("target-abi"))) {
    StringRef ModuleABI = Flag->getString();
    // The backends end the process if their option is not the flag's value.
    if (!Options.ABI.empty() && Options.ABI != ModuleABI)
      return fileError(File, "the module is for the ABI '" + ModuleABI +
                                 "', the ABI asked for is '" + Options.ABI +
                                 "'");
    ABI = ModuleABI.str();
  }
  ArrayRef<StringRef> Known = getKnownABIs(TargetTriple);
  if (!ABI.empty() && !Known.empty() && !is_contained(Known, ABI))
    return fileError(File, "unknown ABI '" + ABI + "' for target '" +
                               TripleText +
                               "', expected one of: " + join(Known, ", "));
  return Error::success();
}

void Compilation::makePositionIndependent() {
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
  if (!TargetTriple.isOSBinFormatELF())
    return;
  for (GlobalValue &GV : M->global_values())
    if (GV.isDSOLocal() && !GV.hasLocalLinkage() && GV.hasDefaultVisibility())
      GV.setDSOLocal(false);
}

/// clang marks functions at -Os and -Oz when it makes their IR. For IR from
/// elsewhere the level would otherwise change the pipeline alone, and the code
/// generator would still optimise for speed.
void Compilation::addSizeAttributes() {
  if (!Options.Level.isOptimizingForSize())
    return;
  for (Function &F : *M) {
    if (F.isDeclaration() || F.hasFnAttribute(Attribute::OptimizeNone))
      continue;
    F.addFnAttr(Attribute::OptimizeForSize);
    if (Options.Level.getSizeLevel() > 1)
      F.addFnAttr(Attribute::MinSize);
  }
}

//===----------------------------------------------------------------------===//
// The target machine
//===----------------------------------------------------------------------===//

static CodeGenOptLevel getCodeGenLevel(OptimizationLevel Level) {
  // -Os and -Oz have speed level 2.
  switch (Level.getSpeedupLevel()) {
  case 0:
    return CodeGenOptLevel::None;
  case 1:
    return CodeGenOptLevel::Less;
  case 2:
    return CodeGenOptLevel::Default;
  default:
    return CodeGenOptLevel::Aggressive;
  }
}

TargetOptions Compilation::getTargetOptions() const {
  TargetOptions Result;
  Result.FloatABIType = FloatABIType;
  Result.AllowFPOpFusion = FPOpFusion::Standard;
  Result.UseInitArray = true; // LLVM's own default is .ctors.
  Result.DisableIntegratedAS = !Options.IntegratedAs;
  Result.FunctionSections = Options.FunctionSections;
  Result.DataSections = Options.DataSections;
  Result.EmulatedTLS = TargetTriple.hasDefaultEmulatedTLS();
  Result.EnableTLSDESC = TargetTriple.hasDefaultTLSDESC();
  // The table of symbols whose address is taken, for --icf=safe.
  Result.EmitAddrsig =
      (TargetTriple.isOSBinFormatELF() || TargetTriple.isOSBinFormatCOFF()) &&
      !TargetTriple.isAndroid() && Options.IntegratedAs;
  Result.BinutilsVersion = TargetMachine::parseBinutilsVersion("");
  Result.MCOptions.ABIName = ABI;
  Result.MCOptions.AsmVerbose = true;
  Result.MCOptions.MCUseDwarfDirectory = MCTargetOptions::EnableDwarfDirectory;
  return Result;
}

/// (Re)creates \ref TM by what is known of the module so far.
Error Compilation::createTargetMachine() {
  std::optional<CodeModel::Model> CM;
  // Other backends end the process on a model that they do not know.
  if (M && TargetTriple.getArch() == Triple::x86_64)
    if (std::optional<CodeModel::Model> Asked = M->getCodeModel();
        Asked == CodeModel::Medium || Asked == CodeModel::Large)
      CM = Asked;
  TM.reset(TheTarget->createTargetMachine(TripleText, CPU, Features,
                                          getTargetOptions(), Reloc::PIC_, CM,
                                          getCodeGenLevel(Options.Level)));
  if (!TM)
    return fileError(File,
                     "LLVM has no code generator for '" + TripleText + "'");
  if (M)
    if (std::optional<uint64_t> Threshold = M->getLargeDataThreshold())
      TM->setLargeDataThreshold(*Threshold);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Optimise
//===----------------------------------------------------------------------===//

Error Compilation::optimize() {
  TimeTraceScope Scope("Optimize", File);
  TimeRegion Region(getTimer(OptimizeTimer));

  OptimizationLevel Level = Options.Level;
  PipelineTuningOptions Tuning;
  Tuning.LoopUnrolling = Level.getSpeedupLevel() > 1;
  Tuning.LoopInterleaving = Tuning.LoopUnrolling;
  Tuning.LoopVectorization =
      Level.getSpeedupLevel() > 1 && Level.getSizeLevel() < 2;
  Tuning.SLPVectorization = Level.getSpeedupLevel() > 1;
  // Other assemblers need not know the section.
  Tuning.CallGraphProfile = Options.IntegratedAs;

  // Analysis managers die in the reverse of this order, as they must.
  LoopAnalysisManager LAM;
  FunctionAnalysisManager FAM;
  CGSCCAnalysisManager CGAM;
  ModuleAnalysisManager MAM;

  // The handler prints when it dies, so the stream must live longer.
  raw_string_ostream PassReportStream(PassReport);
  PassInstrumentationCallbacks Callbacks;
  // Among others, these keep passes off `optnone` functions.
  StandardInstrumentations Instrumentations(Context, /*DebugLogging=*/false);
  Instrumentations.registerCallbacks(Callbacks, &MAM);
  TimePassesHandler PassTimes(/*Enabled=*/Options.TimeReport != nullptr);
  PassTimes.setOutStream(PassReportStream);
  PassTimes.registerCallbacks(Callbacks);

  PassBuilder PB(TM.get(), Tuning, /*PGOOpt=*/std::nullopt, &Callbacks);
  TargetLibraryInfoImpl TLII(TargetTriple);
  FAM.registerPass([&] { return TargetLibraryAnalysis(TLII); });
  PB.registerModuleAnalyses(MAM);
  PB.registerCGSCCAnalyses(CGAM);
  PB.registerFunctionAnalyses(FAM);
  PB.registerLoopAnalyses(LAM);
  PB.crossRegisterProxies(LAM, FAM, CGAM, MAM);

  ModulePassManager MPM = Level == OptimizationLevel::O0
                              ? PB.buildO0DefaultPipeline(Level)
                              : PB.buildPerModuleDefaultPipeline(Level);
  MPM.run(*M, MAM);
  return Diags->takeError();
}

//===----------------------------------------------------------------------===//
// Emit
//===----------------------------------------------------------------------===//

Error Compilation::emit(raw_pwrite_stream &OS) {
  TimeTraceScope Scope("Emit", File);
  TimeRegion Region(getTimer(EmitTimer));

  if (Options.Emit == EmitKind::IR) {
    M->print(OS, /*AAW=*/nullptr);
    return Error::success();
  }
  if (Options.Emit == EmitKind::Bitcode) {
    WriteBitcodeToFile(*M, OS);
    return Diags->takeError();
  }

  // The code generator wants its own data layout to the letter; non-integral
  // address spaces have served their purpose.
  M->setDataLayout(TM->createDataLayout());
  // LLVM generates code with its older pass manager alone.
  legacy::PassManager PM;
  PM.add(createTargetTransformInfoWrapperPass(TM->getTargetIRAnalysis()));
  PM.add(new TargetLibraryInfoWrapperPass(TargetLibraryInfoImpl(TargetTriple)));
#ifdef NDEBUG
  constexpr bool DisableVerify = true;
#else
  constexpr bool DisableVerify = false;
#endif
  if (TM->addPassesToEmitFile(PM, OS, /*DwoOut=*/nullptr,
                              Options.Emit == EmitKind::Object
                                  ? CodeGenFileType::ObjectFile
                                  : CodeGenFileType::AssemblyFile,
                              DisableVerify))
    return fileError(File, "LLVM cannot write this kind of file for '" +
                               TripleText + "'");
  PM.run(*M);
  return Diags->takeError();
}

void Compilation::printTimeReport() {
  if (!Options.TimeReport)
    return;
  std::string Report;
  raw_string_ostream OS(Report);
  OS << "Time report: " << File << "\n";
  Phases.print(OS, /*ResetAfterPrint=*/true);
  OS << PassReport;
  *Options.TimeReport << OS.str();
}

Error pkgimg::compileModule(MemoryBufferRef Input,
                            const CompileOptions &Options,
                            raw_pwrite_stream &OS) {
  startCodeGen();
  return Compilation(Input, Options).run(OS);
}
