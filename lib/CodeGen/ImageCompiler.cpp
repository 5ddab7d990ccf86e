//===- ImageCompiler.cpp - From LLVM IR to the objects of an image --------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ImageCompiler.h"
#include "DiagnosticCollector.h"
#include "ImageSymbols.h"
#include "ShardCompiler.h"
#include "pkgimg/CodeGen/ForeignModules.h"
#include "pkgimg/CodeGen/ImageObjects.h"
#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/CodeGen/ModuleReader.h"
#include "pkgimg/CodeGen/MultiVersioning.h"
#include "pkgimg/CodeGen/Shards.h"
#include "pkgimg/CodeGen/Targets.h"
#include "pkgimg/Config/Version.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/Timer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

/// Of a module that was written after cloning: the specification.
static constexpr StringLiteral TargetsMetadata("pkgimg.cpu.targets");

namespace {

/// One image; lives for one call of compileImage().
class ImageCompilation {
public:
  ImageCompilation(ArrayRef<MemoryBufferRef> Inputs,
                   const ImageOptions &Options)
      : Inputs(Inputs), Options(Options), Compile(Options.Compile) {}

  Expected<CompiledImage> run();

private:
  // Phases, in order.
  Error read();
  Error resolveTargets();
  Error clone();
  Error cut();
  Error compile();
  Error write();

  Error compileForeign();
  Error writeModule();
  Error writeHeader(ImageTablesSpec &Tables);
  Expected<CPUTargets> getTargetData() const;
  CacheFlags getFlags() const;
  void warnUnusedFeatures();
  void reportMessages(const std::vector<CompiledShard> &Shards);
  void printTimeReport();
  void addMember(std::string Name, SmallVector<char, 0> Bytes);
  void warn(const Twine &Message);

  ArrayRef<MemoryBufferRef> Inputs;
  const ImageOptions &Options;
  CompileOptions Compile;
  CompiledImage Image;

  std::unique_ptr<LLVMContext> Context;
  std::unique_ptr<Module> M;
  std::string SourceName;
  std::string PackageName;
  MVResult Versions;
  std::vector<std::string> QueriedFeatures;
  ImageSymbols Symbols;
  std::optional<ShardedModule> Shards;
  std::vector<CompiledShard> Compiled;
  bool IsForeign = false;

  TimerGroup Phases{"pkgimg", "Image compilation phases"};
  Timer ReadTimer{"read", "Read and link the modules", Phases};
  Timer CloneTimer{"clone", "Clone for CPU targets", Phases};
  Timer CutTimer{"cut", "Cut into shards", Phases};
  Timer CompileTimer{"compile", "Compile the shards", Phases};
  Timer WriteTimer{"write", "Write tables and data", Phases};
  Timer *getTimer(Timer &T) { return Compile.TimeReport ? &T : nullptr; }
};

} // namespace

Expected<CompiledImage> ImageCompilation::run() {
  auto Report = make_scope_exit([&] { printTimeReport(); });
  if (Error E = read())
    return std::move(E);
  if (IsForeign) {
    if (Error E = compileForeign())
      return std::move(E);
    return std::move(Image);
  }
  if (Error E = resolveTargets())
    return std::move(E);
  // Before the long work. Compressed data is not known to be too large yet.
  if (Options.Data && !Options.CompressData)
    if (Error E = checkDataSize(Image.TheTriple, Options.Dialect,
                                Options.Data->size()))
      return createStringError(SourceName + ": " + toString(std::move(E)));
  if (Error E = clone())
    return std::move(E);
  if (Compile.Emit != EmitKind::Object) {
    if (Error E = writeModule())
      return std::move(E);
    return std::move(Image);
  }
  if (Error E = cut())
    return std::move(E);
  if (Error E = compile())
    return std::move(E);
  if (Error E = write())
    return std::move(E);
  return std::move(Image);
}

void ImageCompilation::addMember(std::string Name, SmallVector<char, 0> Bytes) {
  auto Buffer = std::make_unique<SmallVectorMemoryBuffer>(
      std::move(Bytes), Name, /*RequiresNullTerminator=*/false);
  Image.Members.push_back({std::move(Name), std::move(Buffer)});
}

void ImageCompilation::warn(const Twine &Message) {
  if (Compile.Diagnostics)
    Compile.Diagnostics(DS_Warning, (SourceName + ": " + Message).str());
}

//===----------------------------------------------------------------------===//
// Read
//===----------------------------------------------------------------------===//

Error ImageCompilation::read() {
  TimeTraceScope Scope("Read");
  TimeRegion Region(getTimer(ReadTimer));
  Context = std::make_unique<LLVMContext>();
  SourceName = sys::path::filename(Inputs.front().getBufferIdentifier()).str();
  PackageName = sys::path::stem(SourceName).str();

  for (const MemoryBufferRef &Input : Inputs) {
    Expected<std::unique_ptr<Module>> Read =
        readModule(Input, *Context, Compile);
    if (!Read)
      return Read.takeError();
    const bool HasTables = hasImageTables(**Read);
    if (&Input != Inputs.begin() && HasTables != IsForeign)
      return createStringError(
          Input.getBufferIdentifier() + ": the module has " +
          (HasTables ? "the" : "no") + " tables of an image, and the first " +
          (HasTables ? "has not" : "one has") +
          "; make one image of those with tables, and another of the rest");
    IsForeign = HasTables;
    if (IsForeign)
      continue; // Each is read again when it is compiled.
    if (!M) {
      M = std::move(*Read);
      continue;
    }
    if (M->getTargetTriple() != (*Read)->getTargetTriple())
      return createStringError(
          Input.getBufferIdentifier() + ": the module is for '" +
          (*Read)->getTargetTriple() + "', the first one for '" +
          M->getTargetTriple() + "'; compile both for one target");
    StringRef Name = Input.getBufferIdentifier();
    DiagnosticScope Diags(*Context, Name, Compile);
    bool Failed = Linker::linkModules(*M, std::move(*Read));
    if (Error E = Diags->takeError())
      return E;
    if (Failed)
      return createStringError(Name + ": the module cannot be linked with the "
                                      "others of the image");
  }
  if (IsForeign)
    return Error::success();
  Image.TheTriple = Triple(M->getTargetTriple());
  return Error::success();
}

/// Modules with tables are final: what they have of tables and clones is by
/// place and name.
Error ImageCompilation::compileForeign() {
  M.reset();
  Context.reset();
  if (!Options.CPUTargets.empty())
    return createStringError(
        Inputs.front().getBufferIdentifier() +
        ": the module has the tables of an image already, so that its CPU "
        "targets cannot be chosen; leave out --cpu-target");
  for (MemoryBufferRef Input : Inputs) {
    SmallVector<char, 0> Bytes;
    raw_svector_ostream OS(Bytes);
    if (Error E = compileModule(Input, Options.Compile, OS))
      return E;
    StringRef Name = sys::path::filename(Input.getBufferIdentifier());
    if (Compile.Emit == EmitKind::Object)
      addMember((sys::path::stem(Name) + ".o").str(), std::move(Bytes));
    else
      addMember(Name.str(), std::move(Bytes));
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Clone
//===----------------------------------------------------------------------===//

Error ImageCompilation::resolveTargets() {
  CPUTargetContext Ctx;
  Ctx.TheTriple = Image.TheTriple;
  Ctx.SysimageTargets = Options.SysimageTargets;
  Ctx.Host = Options.Host;
  std::string Spec = Options.CPUTargets;
  const bool IsCloned = M->getNamedMetadata("pkgimg.mv.functions") != nullptr;
  if (IsCloned) {
    const NamedMDNode *Made = M->getNamedMetadata(TargetsMetadata);
    if (Inputs.size() != 1 || !Made || Made->getNumOperands() != 1 ||
        !Spec.empty())
      return createStringError(
          SourceName +
          ": functions of the module are cloned for CPU targets already; give "
          "it alone and without --cpu-target if -emit-llvm made it, or else "
          "give the module that it was made from");
    if (auto *Text = dyn_cast<MDString>(Made->getOperand(0)->getOperand(0)))
      Spec = Text->getString().str();
  }
  if (Spec.empty())
    Spec = Options.DefaultCPUTargets;
  if (Spec.empty())
    Spec = "generic";
  if (Error E = parseCPUTargets(Spec, Ctx).moveInto(Image.Targets))
    return E;
  // The code that is not for a target in particular.
  Compile.CPU = Image.Targets[0].CPU;
  Compile.Features = Image.Targets[0].featureString();
  return Error::success();
}

static MVTarget toMVTarget(const ResolvedTarget &T, unsigned Index) {
  MVTarget Result;
  Result.CPU = T.CPU;
  Result.FeatureString = T.featureString();
  Result.Features = T.Features;
  Result.CloneAll = T.CloneAll && Index != 0;
  Result.OptSize = T.OptSize;
  Result.MinSize = T.MinSize;
  Result.Base = T.CloneAll ? 0 : T.Base;
  return Result;
}

Error ImageCompilation::clone() {
  TimeTraceScope Scope("Clone");
  TimeRegion Region(getTimer(CloneTimer));
  std::vector<MVTarget> Targets;
  for (auto [Index, T] : enumerate(Image.Targets))
    Targets.push_back(toMVTarget(T, Index));
  MVOptions MV;
  MV.PrintClones = Options.PrintClones;
  DiagnosticScope Diags(*Context, SourceName, Compile);
  RemarksScope Remarks(*Context);
  if (Error E = Remarks.start(Compile))
    return E;
  if (Error E = multiVersion(*M, Targets, MV).moveInto(Versions))
    return createStringError(SourceName + ": " + toString(std::move(E)));
  QueriedFeatures = Versions.Queried;
  return Diags->takeError();
}

Error ImageCompilation::writeModule() {
  SmallVector<char, 0> Bytes;
  raw_svector_ostream OS(Bytes);
  if (Compile.Emit == EmitKind::Assembly)
    return createStringError(
        SourceName + ": an image is several objects, and so has no assembly; "
                     "use -S -emit-llvm, or compile without --image");
  // So that the module can be given back.
  if (!M->getNamedMetadata(TargetsMetadata))
    M->getOrInsertNamedMetadata(TargetsMetadata)
        ->addOperand(MDNode::get(
            M->getContext(),
            MDString::get(M->getContext(), canonicalSpec(Image.Targets))));
  if (Compile.Emit == EmitKind::IR)
    M->print(OS, /*AAW=*/nullptr);
  else
    WriteBitcodeToFile(*M, OS);
  addMember(SourceName, std::move(Bytes));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Cut and compile
//===----------------------------------------------------------------------===//

/// By what it returns, Julia's loader makes sure that it is the one that the
/// image was linked with: of 1.12 and later, and of the last releases before.
/// It is in no table.
static void addHandleFunction(Module &M) {
  static constexpr StringLiteral Name = "get_jl_RTLD_DEFAULT_handle_addr";
  if (M.getNamedValue(Name))
    return;
  LLVMContext &Context = M.getContext();
  Type *Pointer = PointerType::getUnqual(Context);
  auto *Handle = cast<GlobalVariable>(
      M.getOrInsertGlobal("jl_RTLD_DEFAULT_handle", Pointer));
  Function *F = Function::Create(FunctionType::get(Pointer, /*isVarArg=*/false),
                                 GlobalValue::ExternalLinkage, Name, M);
  if (Triple(M.getTargetTriple()).isOSBinFormatCOFF()) {
    Handle->setDLLStorageClass(GlobalValue::DLLImportStorageClass);
    F->setDLLStorageClass(GlobalValue::DLLExportStorageClass);
  }
  ReturnInst::Create(Context, Handle, BasicBlock::Create(Context, "", F));
}

Error ImageCompilation::cut() {
  TimeTraceScope Scope("Cut");
  TimeRegion Region(getTimer(CutTimer));
  Symbols = ImageSymbols::collect(*M, Versions);
  Versions = MVResult(); // Its pointers end with the module.
  if (Options.Dialect != ImageDialect::PkgImg)
    addHandleFunction(*M);
  ShardOptions Sharding;
  Sharding.NumShards = Options.NumShards;
  Expected<ShardedModule> Cut = ShardedModule::create(std::move(M), Sharding);
  if (!Cut)
    return createStringError(SourceName + ": " + toString(Cut.takeError()));
  Shards.emplace(std::move(*Cut));
  // Its memory is for the shards.
  Context.reset();
  Image.NumShards = Shards->size();
  Symbols.rename([&](StringRef Name) { return Shards->getSymbol(Name); });
  return Error::success();
}

Error ImageCompilation::compile() {
  TimeTraceScope Scope("Compile");
  TimeRegion Region(getTimer(CompileTimer));
  std::optional<ObjectCache> Cache;
  if (!Options.CacheDir.empty()) {
    Expected<ObjectCache> Opened =
        ObjectCache::open(Options.CacheDir, Options.CachePolicy);
    if (!Opened)
      return Opened.takeError();
    Cache.emplace(std::move(*Opened));
  }
  ShardCompiler Compiler(*Shards, Image.TheTriple, Options, Compile,
                         Image.Targets, Symbols.TargetOf,
                         Cache ? &*Cache : nullptr);
  if (Error E = Compiler.run().moveInto(Compiled))
    return createStringError(SourceName + ": " + toString(std::move(E)));
  if (Cache)
    Cache->prune();

  Image.Surveys.resize(Image.Targets.size());
  for (auto [Index, S] : enumerate(Compiled)) {
    for (auto [Total, Found] : zip_equal(Image.Surveys, S.Surveys))
      Total.add(Found);
    for (const auto &[Severity, Text] : S.Messages)
      if (Compile.Diagnostics)
        Compile.Diagnostics(Severity, Text);
    if (Compile.RemarksFile)
      *Compile.RemarksFile << S.Remarks;
    Image.NumCached += S.IsCached;
    Image.Members.push_back(
        {"text#" + std::to_string(Index) + ".o", std::move(S.Object)});
  }
  if (Options.WarnUnusedFeatures)
    warnUnusedFeatures();
  return Error::success();
}

void ImageCompilation::warnUnusedFeatures() {
  for (auto [Target, Survey] : zip_equal(Image.Targets, Image.Surveys))
    for (StringRef Token : Target.Tokens)
      if (Token.consume_front("+") && is_contained(Target.Features, Token) &&
          !is_contained(Survey.Used, Token))
        warn("CPU target '" + Target.CPU + "' asks for the feature '" + Token +
             "', which none of its code uses");
}

//===----------------------------------------------------------------------===//
// Write
//===----------------------------------------------------------------------===//

/// The features that the host of each target must have. What is not cloned for
/// a target runs other code, whose features count as well.
static void setUsedFeatures(CPUTargets &Data, ArrayRef<TargetSurvey> Surveys,
                            ArrayRef<std::string> Queried, bool HasUncloned) {
  auto Add = [](std::vector<std::string> &To,
                const std::vector<std::string> &From) {
    std::vector<std::string> Union;
    std::set_union(To.begin(), To.end(), From.begin(), From.end(),
                   std::back_inserter(Union));
    To = std::move(Union);
  };
  for (auto [Index, T] : enumerate(Data.Targets)) {
    T.Flags |= CPUTarget::HasUsed;
    T.Used = Surveys[Index].Used;
    // What code has asked for it may rely on, with no instruction to show it.
    std::vector<std::string> Promised;
    std::set_intersection(T.Enabled.begin(), T.Enabled.end(), Queried.begin(),
                          Queried.end(), std::back_inserter(Promised));
    Add(T.Used, Promised);
    if (Index == 0)
      continue;
    const bool IsGroup = T.Flags & CPUTarget::CloneAll;
    if (!IsGroup)
      Add(T.Used, Data.Targets[T.Base == CPUTarget::NoBase ? 0 : T.Base].Used);
    else if (HasUncloned)
      Add(T.Used, Data.Targets[0].Used);
    // A group may lack what target 0 has by its name.
    Add(T.Enabled, T.Used);
    llvm::erase_if(T.Disabled, [&T = T](const std::string &Name) {
      return llvm::binary_search(T.Used, Name);
    });
  }
}

/// Julia numbers features, and passes on by name what has no number.
static Error toJuliaTargets(CPUTargets &Data, ArrayRef<ResolvedTarget> Targets,
                            ImageDialect Dialect, const Triple &T) {
  const bool Is64 = Dialect == ImageDialect::Julia1_14;
  Data.Layout = Is64 ? TargetDataLayout::Julia64 : TargetDataLayout::Julia32;
  FeatureNumbering Numbering =
      Is64 ? FeatureNumbering::Julia1_14
           : (Dialect == ImageDialect::Julia1_13 ? FeatureNumbering::Julia1_12
                                                 : FeatureNumbering::Julia1_9);
  ArrayRef<NumberedFeature> Table = getFeatureTable(Numbering, T.getArch());
  auto HasNumber = [&](StringRef Name) {
    return any_of(Table,
                  [&](const NumberedFeature &F) { return F.Name == Name; });
  };
  for (auto [Target, Resolved] : zip_equal(Data.Targets, Targets)) {
    auto HasNone = [&](const std::string &Name) { return !HasNumber(Name); };
    llvm::erase_if(Target.Enabled, HasNone);
    llvm::erase_if(Target.Disabled, HasNone);
    for (StringRef Token : Resolved.Tokens)
      if (!HasNumber(Token.drop_front()))
        Target.ExtFeatures +=
            (Target.ExtFeatures.empty() ? "" : ",") + Token.str();
    if (Is64)
      continue;
    Target.Base = CPUTarget::NoBase;
    Target.Flags = 0;
    // Until 1.13, Julia's name for it is another one than LLVM's.
    if (Target.Name == "x86-64")
      Target.Name = "generic";
  }
  return encodeFeatures(Data, Numbering, T.getArch());
}

Expected<CPUTargets> ImageCompilation::getTargetData() const {
  CPUTargets Data = toTargetData(Image.Targets);
  if (Options.Dialect == ImageDialect::PkgImg)
    setUsedFeatures(Data, Image.Surveys, QueriedFeatures, Symbols.HasUncloned);
  else if (Error E = toJuliaTargets(Data, Image.Targets, Options.Dialect,
                                    Image.TheTriple))
    return std::move(E);
  return Data;
}

CacheFlags ImageCompilation::getFlags() const {
  CacheFlags Flags;
  Flags.UsePkgImages = true;
  Flags.DebugLevel = std::min(Compile.DebugLevel.value_or(1), 2u);
  Flags.CheckBounds = Compile.CheckBounds;
  Flags.Inline = Compile.Inline;
  Flags.OptLevel = Compile.Level.getSpeedupLevel();
  return Flags;
}

/// The words that Julia's loader writes when it loads the image; code may
/// declare them.
static void setRuntimeSlots(ImageTablesSpec &Tables) {
  Tables.TLS = {SymbolRef{"jl_pgcstack_func_slot", 0},
                SymbolRef{"jl_pgcstack_key_slot", 0},
                SymbolRef{"jl_tls_offset", 0}};
  Tables.SmallTypeof =
      SymbolRef{Tables.Dialect == ImageDialect::Julia1_10 ? "small_typeof"
                                                          : "jl_small_typeof",
                0};
}

/// The header that makes the library complete on its own.
Error ImageCompilation::writeHeader(ImageTablesSpec &Tables) {
  CacheHeader H;
  H.PointerSize = Image.TheTriple.isArch64Bit() ? 8 : 4;
  H.IsLittleEndian = Image.TheTriple.isLittleEndian();
  H.Flags = getFlags();
  H.Triple = Image.TheTriple.str();
  H.PackageVersion = Options.PackageVersion;
  H.Producer =
      "pkgimg " PKGIMG_VERSION_STRING " (LLVM " LLVM_VERSION_STRING ")";
  H.Modules.push_back(Options.Package);
  if (H.Modules.front().Name.empty())
    H.Modules.front().Name = PackageName;
  H.Targets = Tables.Targets;
  H.Functions = Symbols.Names;

  // Room for a digest for each chunk of the library, whose size is not known
  // before it is linked: some more than what goes into it.
  uint64_t Size = Options.Data ? Options.Data->size() : 0;
  for (const ImageMember &Member : Image.Members)
    Size += Member.Object->getBufferSize();
  uint64_t NumChunks = ContentDigest::numChunks(Size + Size / 4) + 16;
  return writeCacheHeader(H, NumChunks * sizeof(Digest256))
      .moveInto(Tables.EmbeddedHeader);
}

Error ImageCompilation::write() {
  TimeTraceScope Scope("Write");
  TimeRegion Region(getTimer(WriteTimer));
  ImageTablesSpec Tables;
  Tables.Dialect = Options.Dialect;
  if (Error E = getTargetData().moveInto(Tables.Targets))
    return E;
  if (Options.Dialect >= ImageDialect::Julia1_13)
    Tables.TargetString = canonicalSpec(Image.Targets);
  if (Options.Dialect != ImageDialect::PkgImg)
    setRuntimeSlots(Tables);
  Symbols.writeShards(
      Shards->size(),
      [&](StringRef Symbol) { return Shards->findShard(Symbol).value_or(0); },
      Tables);
  Shards.reset();
  if (Options.Dialect == ImageDialect::PkgImg)
    if (Error E = writeHeader(Tables))
      return E;

  Expected<ImageObjects> Objects = emitImageObjects(
      Tables, Options.Data, Options.CompressData, Image.TheTriple, Compile);
  if (!Objects)
    return createStringError(SourceName + ": " + toString(Objects.takeError()));
  addMember("metadata.o", std::move(Objects->Metadata));
  if (!Objects->Data.empty())
    addMember("sysimg.o", std::move(Objects->Data));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

void ImageCompilation::printTimeReport() {
  if (!Compile.TimeReport)
    return;
  std::string Report;
  raw_string_ostream OS(Report);
  OS << "Time report: " << SourceName << "\n";
  Phases.print(OS, /*ResetAfterPrint=*/true);
  if (!Compiled.empty()) {
    OS << "Shards, seconds of wall time:\n"
       << "  shard      load  optimize      emit    survey\n";
    for (auto [Index, S] : enumerate(Compiled))
      OS << format("  %5u %9.4f %9.4f %9.4f %9.4f%s\n", unsigned(Index),
                   S.LoadTime, S.OptimizeTime, S.EmitTime, S.SurveyTime,
                   S.IsCached ? " (cached)" : "");
  }
  *Compile.TimeReport << OS.str();
}

void pkgimg::printCodeSizes(raw_ostream &OS, const CompiledImage &Image) {
  OS << Image.NumShards << " shards, " << Image.NumCached
     << " of them cached\n";
  for (auto [Index, T] : enumerate(Image.Targets))
    OS << Index << ": " << T.CPU << ": " << Image.Surveys[Index].NumFunctions
       << " functions, " << Image.Surveys[Index].CodeSize << " bytes of code\n";
}

Expected<CompiledImage> pkgimg::compileImage(ArrayRef<MemoryBufferRef> Inputs,
                                             const ImageOptions &Options) {
  if (Inputs.empty())
    return createStringError("an image needs a module");
  startCodeGen();
  return ImageCompilation(Inputs, Options).run();
}
