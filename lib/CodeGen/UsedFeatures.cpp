//===- UsedFeatures.cpp - The CPU features that code uses -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/UsedFeatures.h"
#include "pkgimg/CodeGen/Targets.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>
#include <string_view>
#include <tuple>

using namespace llvm;
using namespace pkgimg;

#define LLVM_DISASSEMBLER(Name)                                                \
  extern "C" void LLVMInitialize##Name##Disassembler();
#include "llvm/Config/Disassemblers.def"

//===----------------------------------------------------------------------===//
// UsedFeatureFinder
//===----------------------------------------------------------------------===//

UsedFeatureFinder::~UsedFeatureFinder() = default;

void UsedFeatureFinder::addCode(ArrayRef<uint8_t> Bytes, uint64_t Address) {
  while (!Bytes.empty() && Complete) {
    uint64_t Size = addInstruction(Bytes, Address);
    if (Size == 0 || Size > Bytes.size()) {
      giveUp();
      return;
    }
    Bytes = Bytes.drop_front(Size);
    Address += Size;
  }
}

void UsedFeatureFinder::use(StringRef Feature) {
  auto Found = lower_bound(Target.Features, Feature);
  if (Found != Target.Features.end() && *Found == Feature)
    Used[Found - Target.Features.begin()] = true;
}

std::vector<std::string> UsedFeatureFinder::getUsed() const {
  if (!Complete)
    return Target.Features;
  std::vector<std::string> Result;
  for (auto [Index, Feature] : enumerate(Target.Features))
    if (Used[Index])
      Result.push_back(Feature);
  return Result;
}

namespace {

/// LLVM's machine code layer for one triple, without what writes code.
struct MachineCode {
  static Expected<std::unique_ptr<MachineCode>>
  get(const Triple &T, const ResolvedTarget &RT, unsigned SyntaxVariant);

  std::unique_ptr<MCRegisterInfo> Registers;
  std::unique_ptr<MCAsmInfo> AsmInfo;
  std::unique_ptr<MCInstrInfo> Instructions;
  std::unique_ptr<MCSubtargetInfo> Subtarget;
  std::unique_ptr<MCContext> Context;
  std::unique_ptr<MCDisassembler> Disassembler;
  std::unique_ptr<MCInstPrinter> Printer;
};

} // namespace

/// Whether a backend's disassembler is of use here. A constant, so that the
/// others, whose tables are large, are not linked in.
static constexpr bool isOfUse(std::string_view Backend) {
  return Backend == "X86" || Backend == "AArch64" || Backend == "RISCV";
}

/// Initialises the disassembler for \p T unless LLVM was built without it.
static void initializeDisassembler(const Triple &T) {
  struct Entry {
    std::string_view Backend;
    void (*Initialize)();
  };
  static constexpr Entry Disassemblers[] = {
#define LLVM_DISASSEMBLER(Name)                                                \
  {#Name, isOfUse(#Name) ? LLVMInitialize##Name##Disassembler : nullptr},
#include "llvm/Config/Disassemblers.def"
  };
  // Writes to the registry are not safe against each other.
  static std::mutex Mutex;
  std::lock_guard<std::mutex> Lock(Mutex);
  std::string_view Backend = T.isX86()       ? "X86"
                             : T.isAArch64() ? "AArch64"
                                             : "RISCV";
  for (const Entry &D : Disassemblers)
    if (D.Backend == Backend)
      D.Initialize();
}

Expected<std::unique_ptr<MachineCode>>
MachineCode::get(const Triple &T, const ResolvedTarget &RT,
                 unsigned SyntaxVariant) {
  Expected<const Target *> TheTarget = getTarget(T);
  if (!TheTarget)
    return TheTarget.takeError();
  initializeDisassembler(T);
  auto MC = std::make_unique<MachineCode>();
  MC->Registers.reset((*TheTarget)->createMCRegInfo(T.str()));
  MC->AsmInfo.reset(
      (*TheTarget)
          ->createMCAsmInfo(*MC->Registers, T.str(), MCTargetOptions()));
  MC->Instructions.reset((*TheTarget)->createMCInstrInfo());
  MC->Subtarget.reset(
      (*TheTarget)->createMCSubtargetInfo(T.str(), RT.CPU, RT.featureString()));
  MC->Context = std::make_unique<MCContext>(
      T, MC->AsmInfo.get(), MC->Registers.get(), MC->Subtarget.get());
  MC->Disassembler.reset(
      (*TheTarget)->createMCDisassembler(*MC->Subtarget, *MC->Context));
  if (!MC->Disassembler)
    return createStringError(std::errc::not_supported,
                             "cannot tell which CPU features code for '%s' "
                             "uses: this LLVM was built without a disassembler "
                             "for it",
                             T.str().c_str());
  MC->Printer.reset((*TheTarget)
                        ->createMCInstPrinter(T, SyntaxVariant, *MC->AsmInfo,
                                              *MC->Instructions,
                                              *MC->Registers));
  return std::move(MC);
}

//===----------------------------------------------------------------------===//
// Architectures whose disassemblers check features
//===----------------------------------------------------------------------===//

namespace {

class DecodingFinder : public UsedFeatureFinder {
public:
  DecodingFinder(const Triple &T, const ResolvedTarget &Target,
                 std::unique_ptr<MachineCode> MC);

private:
  uint64_t addInstruction(ArrayRef<uint8_t> Bytes, uint64_t Address) override;
  void findFeatures(ArrayRef<uint8_t> Bytes, uint64_t Address,
                    const MCInst &Inst);
  bool decodes(ArrayRef<uint8_t> Bytes, uint64_t Address, const MCInst &As);
  std::string print(const MCInst &Inst, uint64_t Address);
  bool isHint(unsigned Opcode) const;
  bool isSystem(unsigned Opcode) const;

  struct Feature {
    StringRef Name;
    FeatureBitset Bit;
    unsigned NumImplying;
  };

  std::unique_ptr<MachineCode> MC;
  bool IsAArch64;
  FeatureBitset All;
  /// Those that few others imply come first: of two features of which either is
  /// enough, the one that more processors have stays.
  std::vector<Feature> Features;
  std::vector<bool> SeenOpcodes;
  /// The instructions of isSystem(), whole.
  DenseSet<uint32_t> SeenSystem;
};

} // namespace

DecodingFinder::DecodingFinder(const Triple &T, const ResolvedTarget &Target,
                               std::unique_ptr<MachineCode> Code)
    : UsedFeatureFinder(Target), MC(std::move(Code)), IsAArch64(T.isAArch64()),
      All(MC->Subtarget->getFeatureBits()),
      SeenOpcodes(MC->Instructions->getNumOpcodes()) {
  for (const SubtargetFeatureKV &F : MC->Subtarget->getAllProcessorFeatures()) {
    auto Found = lower_bound(this->Target.Features, StringRef(F.Key));
    if (Found == this->Target.Features.end() || *Found != F.Key)
      continue;
    FeatureBitset Bit;
    Bit.set(F.Value);
    MC->Subtarget->setFeatureBits(All);
    FeatureBitset Rest = MC->Subtarget->ClearFeatureBitsTransitively(Bit);
    Features.push_back({F.Key, Bit, unsigned((All & ~Rest).count())});
  }
  MC->Subtarget->setFeatureBits(All);
  llvm::sort(Features, [](const Feature &A, const Feature &B) {
    return std::tie(A.NumImplying, A.Name) < std::tie(B.NumImplying, B.Name);
  });
}

bool DecodingFinder::isHint(unsigned Opcode) const {
  return IsAArch64 && MC->Instructions->getName(Opcode) == "HINT";
}

/// Whether the feature of an instruction may depend on its operand: the name of
/// a system register or operation.
bool DecodingFinder::isSystem(unsigned Opcode) const {
  StringRef Name = MC->Instructions->getName(Opcode);
  return IsAArch64 && (Name.starts_with("MRS") || Name.starts_with("MSR") ||
                       Name.starts_with("SYS"));
}

std::string DecodingFinder::print(const MCInst &Inst, uint64_t Address) {
  std::string Text;
  raw_string_ostream OS(Text);
  MC->Printer->printInst(&Inst, Address, "", *MC->Subtarget, OS);
  return Text;
}

/// Whether the subtarget's present features are enough for the instruction \p
/// As, which \p Bytes are with all features.
bool DecodingFinder::decodes(ArrayRef<uint8_t> Bytes, uint64_t Address,
                             const MCInst &As) {
  MCInst Inst;
  uint64_t Size;
  if (MC->Disassembler->getInstruction(Inst, Size, Bytes, Address, nulls()) ==
      MCDisassembler::Fail)
    return false;
  if (isHint(Inst.getOpcode()))
    return true;
  if (Inst.getOpcode() != As.getOpcode())
    return false;
  if (!isSystem(As.getOpcode()))
    return true;
  // Without the feature, the printer does not know the name.
  std::string Text = print(Inst, Address);
  MC->Subtarget->setFeatureBits(All);
  return Text == print(As, Address);
}

void DecodingFinder::findFeatures(ArrayRef<uint8_t> Bytes, uint64_t Address,
                                  const MCInst &Inst) {
  FeatureBitset Bits = All, Needed;
  for (const Feature &F : Features) {
    if ((Bits & F.Bit).none())
      continue;
    MC->Subtarget->setFeatureBits(Bits);
    FeatureBitset Fewer = MC->Subtarget->ClearFeatureBitsTransitively(F.Bit);
    // What is needed implies it.
    if ((Needed & ~Fewer).any())
      continue;
    if (decodes(Bytes, Address, Inst)) {
      Bits = Fewer;
    } else {
      Needed |= F.Bit;
      use(F.Name);
    }
  }
  MC->Subtarget->setFeatureBits(All);
}

uint64_t DecodingFinder::addInstruction(ArrayRef<uint8_t> Bytes,
                                        uint64_t Address) {
  MCInst Inst;
  uint64_t Size;
  if (MC->Disassembler->getInstruction(Inst, Size, Bytes, Address, nulls()) ==
      MCDisassembler::Fail) {
    giveUp();
    return Size;
  }
  unsigned Opcode = Inst.getOpcode();
  bool IsNew = !SeenOpcodes[Opcode];
  SeenOpcodes[Opcode] = true;
  if (isSystem(Opcode))
    IsNew = SeenSystem.insert(support::endian::read32le(Bytes.data())).second;
  if (IsNew)
    findFeatures(Bytes.take_front(Size), Address, Inst);
  return Size;
}

//===----------------------------------------------------------------------===//
// x86
//===----------------------------------------------------------------------===//

namespace {

enum class X86Encoding { Legacy, VEX, EVEX, APXMap, XOP, ThreeDNow };

/// What the features of an instruction follow from.
struct X86Instruction {
  StringRef Mnemonic; ///< In Intel's syntax.
  X86Encoding Encoding;
  unsigned VectorBits; ///< Of the longest register; 0 if there is none.
  bool HasMMX;         ///< Some register is an MMX register.
  bool HasMemory;      ///< Some operand is in memory.
};

class X86Finder : public UsedFeatureFinder {
public:
  X86Finder(const Triple &T, const ResolvedTarget &Target,
            std::unique_ptr<MachineCode> Code)
      : UsedFeatureFinder(Target), MC(std::move(Code)),
        Is64Bit(T.isArch64Bit()),
        SeenOpcodes(MC->Instructions->getNumOpcodes()) {}

private:
  uint64_t addInstruction(ArrayRef<uint8_t> Bytes, uint64_t Address) override;
  X86Encoding getEncoding(ArrayRef<uint8_t> Bytes) const;
  void useAll(std::initializer_list<StringRef> Names) {
    for (StringRef Name : Names)
      use(Name);
  }
  void addLegacy(const X86Instruction &I);
  bool addVEXWithoutVectors(const X86Instruction &I);
  void addVEX(const X86Instruction &I);
  void addEVEX(const X86Instruction &I);
  void addXOP(const X86Instruction &I);
  /// One bit of CPUID stands for all of APX.
  void useAPX() {
    useAll({"egpr", "push2pop2", "ppx", "ndd", "ccmp", "nf", "cf", "zu"});
  }

  std::unique_ptr<MachineCode> MC;
  bool Is64Bit;
  std::vector<bool> SeenOpcodes;
};

} // namespace

X86Encoding X86Finder::getEncoding(ArrayRef<uint8_t> Bytes) const {
  size_t I = 0;
  auto At = [&](size_t Index) -> uint8_t {
    return Index < Bytes.size() ? Bytes[Index] : 0;
  };
  while (I != Bytes.size() && (is_contained({0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
                                             0x66, 0x67, 0xf0, 0xf2, 0xf3},
                                            Bytes[I]) ||
                               (Is64Bit && (Bytes[I] & 0xf0) == 0x40)))
    ++I;
  // Outside of 64-bit mode, only what would be a register operand of LES, LDS
  // and BOUND is a prefix.
  bool IsPrefix = Is64Bit || (At(I + 1) & 0xc0) == 0xc0;
  switch (At(I)) {
  case 0x62:
    if (!IsPrefix)
      return X86Encoding::Legacy;
    return (At(I + 1) & 7) == 4 ? X86Encoding::APXMap : X86Encoding::EVEX;
  case 0xc4:
  case 0xc5:
    return IsPrefix ? X86Encoding::VEX : X86Encoding::Legacy;
  case 0x8f:
    return (At(I + 1) & 0x1f) >= 8 ? X86Encoding::XOP : X86Encoding::Legacy;
  case 0x0f:
    return At(I + 1) == 0x0f ? X86Encoding::ThreeDNow : X86Encoding::Legacy;
  default:
    return X86Encoding::Legacy;
  }
}

void X86Finder::addXOP(const X86Instruction &I) {
  StringRef M = I.Mnemonic;
  if (M.starts_with("vp") || M.starts_with("vfrcz"))
    return use("xop");
  if (is_contained({"llwpcb", "lwpins", "lwpval", "slwpcb"}, M))
    return use("lwp");
  use("tbm");
}

void X86Finder::addLegacy(const X86Instruction &I) {
  StringRef M = I.Mnemonic;
  // The extensions of the general instructions, of the state and the caches.
  StringRef Name =
      StringSwitch<StringRef>(M)
          .Cases("adcx", "adox", "adx")
          .Case("cldemote", "cldemote")
          .Case("clflushopt", "clflushopt")
          .Case("clwb", "clwb")
          .Case("clzero", "clzero")
          .StartsWith("cmov", "cmov")
          .Case("cmpxchg16b", "cx16")
          .Case("cmpxchg8b", "cx8")
          .Case("crc32", "crc32")
          .Cases("enqcmd", "enqcmds", "enqcmd")
          .Cases("rdfsbase", "rdgsbase", "wrfsbase", "wrgsbase", "fsgsbase")
          .Cases("fxsave", "fxsave64", "fxrstor", "fxrstor64", "fxsr")
          .Cases("lahf", "sahf", "sahf")
          .Case("lzcnt", "lzcnt")
          .Case("tzcnt", "bmi")
          .Case("movbe", "movbe")
          .Case("movdiri", "movdiri")
          .Case("movdir64b", "movdir64b")
          .Cases("monitorx", "mwaitx", "mwaitx")
          .Cases("rdpkru", "wrpkru", "pku")
          .Case("popcnt", "popcnt")
          .Cases("prefetch", "prefetchw", "prfchw")
          .Cases("prefetchit0", "prefetchit1", "prefetchi")
          .Case("ptwrite", "ptwrite")
          .Cases("aadd", "aand", "aor", "axor", "raoint")
          .Case("rdpid", "rdpid")
          .Case("rdpru", "rdpru")
          .Case("rdrand", "rdrnd")
          .Case("rdseed", "rdseed")
          .Cases("xabort", "xbegin", "xend", "xtest", "rtm")
          .Case("serialize", "serialize")
          .Cases("encls", "enclu", "enclv", "sgx")
          .Cases("clrssbsy", "incsspd", "incsspq", "rdsspd", "rdsspq",
                 "rstorssp", "saveprevssp", "shstk")
          .Cases("setssbsy", "wrssd", "wrssq", "wrussd", "wrussq", "shstk")
          .Cases("xresldtrk", "xsusldtrk", "tsxldtrk")
          .Cases("clui", "senduipi", "stui", "testui", "uiret", "uintr")
          .Cases("urdmsr", "uwrmsr", "usermsr")
          .Cases("tpause", "umonitor", "umwait", "waitpkg")
          .Cases("xgetbv", "xrstor", "xrstor64", "xsave", "xsave64", "xsave")
          .Cases("xsavec", "xsavec64", "xsavec")
          .Cases("xsaveopt", "xsaveopt64", "xsaveopt")
          .Case("emms", "mmx")
          .Cases("ldmxcsr", "stmxcsr", "prefetchnta", "prefetcht0",
                 "prefetcht1", "prefetcht2", "sfence", "sse")
          .Cases("clflush", "lfence", "mfence", "movnti", "sse2")
          .Cases("encodekey128", "encodekey256", "loadiwkey", "kl")
          .Cases("aesdec128kl", "aesdec256kl", "aesenc128kl", "aesenc256kl",
                 "kl")
          .Cases("aesdecwide128kl", "aesdecwide256kl", "aesencwide128kl",
                 "aesencwide256kl", "widekl")
          .Default("");
  if (!Name.empty())
    return use(Name);
  // Instructions of VIA and of 3DNow!, and what LLVM has no feature for.
  if (M.starts_with("xcrypt") || M.starts_with("xsha") || M == "montmul" ||
      M == "xstore" || M == "femms" || M == "prefetchwt1")
    return giveUp();
  // "fs" is a prefix.
  if ((M.starts_with("f") && M != "fs") || M == "wait") {
    use("x87");
    if (M.starts_with("fcmov") || M.starts_with("fcomi") ||
        M.starts_with("fcompi") || M.starts_with("fucomi") ||
        M.starts_with("fucompi"))
      use("cmov");
    if (M == "fisttp")
      use("sse3");
    return;
  }
  // From memory, these have no vector register.
  if (M == "cvtss2si" || M == "cvttss2si")
    return use("sse");
  if (M == "cvtsd2si" || M == "cvttsd2si")
    return use("sse2");
  if (I.HasMMX)
    use("mmx");
  else if (I.VectorBits == 0)
    return;

  Name = StringSwitch<StringRef>(M)
             .Cases("aesdec", "aesdeclast", "aesenc", "aesenclast", "aesimc",
                    "aeskeygenassist", "aes")
             .Case("pclmulqdq", "pclmul")
             .StartsWith("gf2p8", "gfni")
             .StartsWith("sha1", "sha")
             .StartsWith("sha256", "sha")
             .Cases("addsubpd", "addsubps", "haddpd", "haddps", "hsubpd",
                    "hsubps", "sse3")
             .Cases("lddqu", "movddup", "movshdup", "movsldup", "sse3")
             .Cases("pabsb", "pabsd", "pabsw", "palignr", "pmaddubsw",
                    "pmulhrsw", "pshufb", "ssse3")
             .StartsWith("phadd", "ssse3")
             .StartsWith("phsub", "ssse3")
             .StartsWith("psign", "ssse3")
             .Cases("pcmpestri", "pcmpestrm", "pcmpgtq", "pcmpistri",
                    "pcmpistrm", "sse4.2")
             .Cases("extrq", "insertq", "movntsd", "movntss", "sse4a")
             .StartsWith("blend", "sse4.1")
             .StartsWith("pblend", "sse4.1")
             .StartsWith("pmovsx", "sse4.1")
             .StartsWith("pmovzx", "sse4.1")
             .StartsWith("round", "sse4.1")
             .Cases("dppd", "dpps", "extractps", "insertps", "movntdqa",
                    "mpsadbw", "sse4.1")
             .Cases("packusdw", "pcmpeqq", "pextrb", "pextrd", "pextrq",
                    "phminposuw", "pinsrb", "pinsrd", "pinsrq", "sse4.1")
             .Cases("pmaxsb", "pmaxsd", "pmaxud", "pmaxuw", "pminsb", "pminsd",
                    "pminud", "pminuw", "sse4.1")
             .Cases("pmuldq", "pmulld", "ptest", "sse4.1")
             .Default("");
  if (M == "pextrw" && I.HasMemory)
    Name = "sse4.1";
  if (!Name.empty())
    return use(Name);

  if (I.HasMMX) {
    Name = StringSwitch<StringRef>(M)
               .Cases("maskmovq", "movntq", "pavgb", "pavgw", "pextrw",
                      "pinsrw", "pmaxsw", "pmaxub", "sse")
               .Cases("pminsw", "pminub", "pmovmskb", "pmulhuw", "psadbw",
                      "pshufw", "sse")
               .Cases("cvtpi2ps", "cvtps2pi", "cvttps2pi", "sse")
               .Cases("cvtpd2pi", "cvtpi2pd", "cvttpd2pi", "sse2")
               .Cases("movdq2q", "movq2dq", "paddq", "pmuludq", "psubq", "sse2")
               .Default("");
    return use(Name);
  }
  // What works on single precision is the first SSE, but for conversions.
  bool IsSingle = (M.ends_with("ps") || M.ends_with("ss")) && M != "cvtdq2ps" &&
                  M != "cvtpd2ps" && M != "cvtsd2ss";
  use(IsSingle ? "sse" : "sse2");
}

/// Instructions that work on general, mask and tile registers. Returns false
/// for others.
bool X86Finder::addVEXWithoutVectors(const X86Instruction &I) {
  StringRef M = I.Mnemonic;
  if (I.VectorBits != 0)
    return false;
  if (M.starts_with("k")) {
    StringRef Name = "avx512f";
    if (M == "kunpckwd" || M == "kunpckdq")
      Name = "avx512bw";
    else if (M == "kunpckbw")
      Name = "avx512f";
    else if (M.ends_with("d") || M.ends_with("q"))
      Name = "avx512bw";
    else if (M.ends_with("b") || M == "kaddw" || M == "ktestw")
      Name = "avx512dq";
    use(Name);
    if (M.ends_with("q"))
      use("evex512");
    return true;
  }
  StringRef Name =
      StringSwitch<StringRef>(M)
          .Cases("andn", "bextr", "blsi", "blsmsk", "blsr", "bmi")
          .Cases("bzhi", "mulx", "pdep", "pext", "rorx", "sarx", "shlx", "shrx",
                 "bmi2")
          .Case("tdpbf16ps", "amx-bf16")
          .Cases("tcmmimfp16ps", "tcmmrlfp16ps", "amx-complex")
          .Case("tdpfp16ps", "amx-fp16")
          .Cases("tdpbssd", "tdpbsud", "tdpbusd", "tdpbuud", "amx-int8")
          .Cases("ldtilecfg", "sttilecfg", "amx-tile")
          .StartsWith("tile", "amx-tile")
          .StartsWith("cmp", "cmpccxadd")
          .Cases("urdmsr", "uwrmsr", "usermsr")
          .Default("");
  if (Name.empty())
    return false;
  use(Name);
  return true;
}

void X86Finder::addVEX(const X86Instruction &I) {
  if (addVEXWithoutVectors(I))
    return;
  StringRef M = I.Mnemonic;
  bool Is256 = I.VectorBits == 256;
  if (M.starts_with("vfm") || M.starts_with("vfnm"))
    return use(M.contains("132") || M.contains("213") || M.contains("231")
                   ? "fma"
                   : "fma4");
  if (M.starts_with("vaes"))
    return Is256 ? use("vaes") : useAll({"aes", "avx"});
  if (M == "vpclmulqdq")
    return Is256 ? use("vpclmulqdq") : useAll({"pclmul", "avx"});
  if (M.starts_with("vgf2p8"))
    return useAll({"gfni", "avx"});
  if (M == "vbroadcastss" || M == "vbroadcastsd")
    return use(I.HasMemory ? "avx" : "avx2");

  StringRef Name = StringSwitch<StringRef>(M)
                       .Cases("vcvtph2ps", "vcvtps2ph", "f16c")
                       .StartsWith("vcvtne", "avxneconvert")
                       .StartsWith("vbcstne", "avxneconvert")
                       .StartsWith("vpdpbus", "avxvnni")
                       .StartsWith("vpdpwss", "avxvnni")
                       .StartsWith("vpdpb", "avxvnniint8")
                       .StartsWith("vpdpw", "avxvnniint16")
                       .StartsWith("vpmadd52", "avxifma")
                       .StartsWith("vpermil2", "xop")
                       .StartsWith("vsha512", "sha512")
                       .StartsWith("vsm3", "sm3")
                       .StartsWith("vsm4", "sm4")
                       .StartsWith("vgather", "avx2")
                       .StartsWith("vpgather", "avx2")
                       .StartsWith("vpbroadcast", "avx2")
                       .StartsWith("vpmaskmov", "avx2")
                       .StartsWith("vpsllv", "avx2")
                       .StartsWith("vpsrav", "avx2")
                       .StartsWith("vpsrlv", "avx2")
                       .Cases("vbroadcasti128", "vextracti128", "vinserti128",
                              "vperm2i128", "vpblendd", "avx2")
                       .Cases("vpermd", "vpermpd", "vpermps", "vpermq", "avx2")
                       .Default("");
  if (!Name.empty())
    return use(Name);
  // Integers of 256 bits are AVX2, but for moves, tests and permutations that
  // do not look at the elements.
  if (Is256 && ((M.starts_with("vp") && M != "vptest" && M != "vperm2f128" &&
                 !M.starts_with("vpermilp")) ||
                M == "vmovntdqa" || M == "vmpsadbw"))
    return use("avx2");
  use("avx");
}

static bool isScalarEVEX(StringRef M) {
  if (M == "vbroadcastss" || M == "vbroadcastsd")
    return false;
  if (M.starts_with("vp"))
    return M.starts_with("vpextr") || M.starts_with("vpinsr");
  if (M.ends_with("ss") || M.ends_with("sd") || M.ends_with("sh") ||
      M.ends_with("si"))
    return true;
  return StringSwitch<bool>(M)
      .Cases("vextractps", "vinsertps", "vmovd", "vmovq", "vmovw", true)
      .Cases("vmovhlps", "vmovhpd", "vmovhps", "vmovlhps", "vmovlpd", "vmovlps",
             true)
      .Default(false);
}

/// The feature that adds \p M, apart from the vector length.
static StringRef getEVEXFeature(StringRef M) {
  if (M != "vcvtph2ps" && M != "vcvtps2ph" && !M.starts_with("vp") &&
      (M.ends_with("ph") || M.ends_with("sh") || M.contains("ph2") ||
       M.contains("2ph") || M.contains("sh2") || M == "vmovw"))
    return "avx512fp16";
  if (M.contains("qq") && M.starts_with("vcvt"))
    return "avx512dq";

  StringRef Name =
      StringSwitch<StringRef>(M)
          .Cases("vcvtne2ps2bf16", "vcvtneps2bf16", "vdpbf16ps", "avx512bf16")
          .StartsWith("vp2intersect", "avx512vp2intersect")
          .Cases("vpopcntb", "vpopcntw", "vpshufbitqmb", "avx512bitalg")
          .Cases("vpopcntd", "vpopcntq", "avx512vpopcntdq")
          .StartsWith("vpdp", "avx512vnni")
          .StartsWith("vpmadd52", "avx512ifma")
          .Cases("vpermb", "vpermi2b", "vpermt2b", "vpmultishiftqb",
                 "avx512vbmi")
          .Cases("vpcompressb", "vpcompressw", "vpexpandb", "vpexpandw",
                 "avx512vbmi2")
          .StartsWith("vpshld", "avx512vbmi2")
          .StartsWith("vpshrd", "avx512vbmi2")
          .StartsWith("vpconflict", "avx512cd")
          .StartsWith("vplzcnt", "avx512cd")
          .StartsWith("vpbroadcastm", "avx512cd")
          .StartsWith("vaes", "vaes")
          .Case("vpclmulqdq", "vpclmulqdq")
          .StartsWith("vgf2p8", "gfni")
          .StartsWith("vandp", "avx512dq")
          .StartsWith("vandnp", "avx512dq")
          .StartsWith("vorp", "avx512dq")
          .StartsWith("vxorp", "avx512dq")
          .StartsWith("vfpclass", "avx512dq")
          .StartsWith("vrange", "avx512dq")
          .StartsWith("vreduce", "avx512dq")
          .Cases("vpextrd", "vpextrq", "vpinsrd", "vpinsrq", "vpmullq",
                 "avx512dq")
          .Cases("vpmovd2m", "vpmovm2d", "vpmovm2q", "vpmovq2m", "avx512dq")
          .Cases("vbroadcastf32x2", "vbroadcastf32x8", "vbroadcastf64x2",
                 "vbroadcasti32x2", "vbroadcasti32x8", "vbroadcasti64x2",
                 "avx512dq")
          .Cases("vextractf32x8", "vextractf64x2", "vextracti32x8",
                 "vextracti64x2", "avx512dq")
          .Cases("vinsertf32x8", "vinsertf64x2", "vinserti32x8", "vinserti64x2",
                 "avx512dq")
          .Cases("vdbpsadbw", "vmovdqu16", "vmovdqu8", "vpalignr", "vpmaddwd",
                 "avx512bw")
          .Cases("vpmovb2m", "vpmovw2m", "vpslldq", "vpsrldq", "vpunpckhwd",
                 "vpunpcklwd", "avx512bw")
          // Narrowing from doublewords and quadwords.
          .Cases("vpmovdb", "vpmovdw", "vpmovqb", "vpmovqw", "avx512f")
          .Cases("vpmovsdb", "vpmovsdw", "vpmovsqb", "vpmovsqw", "avx512f")
          .Cases("vpmovusdb", "vpmovusdw", "vpmovusqb", "vpmovusqw", "avx512f")
          .Default("");
  if (!Name.empty())
    return Name;
  // What else is left of integer operations on bytes and words.
  if (M.starts_with("vp") && (M.ends_with("b") || M.ends_with("w")))
    return "avx512bw";
  return "avx512f";
}

void X86Finder::addEVEX(const X86Instruction &I) {
  // An instruction with a VEX form takes EVEX for the registers of APX.
  if (addVEXWithoutVectors(I))
    return useAPX();
  StringRef M = I.Mnemonic;
  // Of Xeon Phi; LLVM 19 has their encodings, but no features.
  if (M.starts_with("v4f") || M.starts_with("vp4d") || M.starts_with("vexp2") ||
      M.starts_with("vrcp28") || M.starts_with("vrsqrt28") ||
      M.starts_with("vgatherpf") || M.starts_with("vscatterpf"))
    return giveUp();
  StringRef Name = getEVEXFeature(M);
  use(Name);
  if (!Name.starts_with("avx512"))
    use("avx512f");
  if (I.VectorBits == 512)
    use("evex512");
  else if (!isScalarEVEX(M))
    use("avx512vl");
}

uint64_t X86Finder::addInstruction(ArrayRef<uint8_t> Bytes, uint64_t Address) {
  MCInst Inst;
  uint64_t Size;
  if (MC->Disassembler->getInstruction(Inst, Size, Bytes, Address, nulls()) !=
      MCDisassembler::Success) {
    giveUp();
    return Size;
  }

  // Any instruction can have one of the registers of APX.
  X86Instruction I = {};
  for (const MCOperand &Operand : Inst) {
    if (!Operand.isReg() || !Operand.getReg())
      continue;
    StringRef Name = MC->Registers->getName(Operand.getReg());
    // R16 to R31, with what follows for their parts.
    unsigned Number;
    if (Name.size() >= 3 && Name[0] == 'R' &&
        !Name.substr(1, 2).getAsInteger(10, Number) && Number >= 16)
      useAPX();
    unsigned Bits = StringSwitch<unsigned>(Name.take_front(3))
                        .Case("XMM", 128)
                        .Case("YMM", 256)
                        .Case("ZMM", 512)
                        .Default(0);
    I.VectorBits = std::max(I.VectorBits, Bits);
    I.HasMMX |= Name.starts_with("MM");
  }
  if (SeenOpcodes[Inst.getOpcode()])
    return Size;
  SeenOpcodes[Inst.getOpcode()] = true;

  const MCInstrDesc &Desc = MC->Instructions->get(Inst.getOpcode());
  for (const MCOperandInfo &Operand : Desc.operands())
    I.HasMemory |= Operand.OperandType == MCOI::OPERAND_MEMORY;
  const char *Text = MC->Printer->getMnemonic(&Inst).first;
  I.Mnemonic = StringRef(Text ? Text : "").ltrim();
  I.Mnemonic = I.Mnemonic.take_until([](char C) { return isSpace(C); });
  I.Encoding = getEncoding(Bytes.take_front(Size));
  switch (I.Encoding) {
  case X86Encoding::Legacy:
    addLegacy(I);
    break;
  case X86Encoding::VEX:
    addVEX(I);
    break;
  case X86Encoding::EVEX:
    addEVEX(I);
    break;
  case X86Encoding::APXMap:
    addLegacy(I);
    useAPX();
    break;
  case X86Encoding::XOP:
    addXOP(I);
    break;
  case X86Encoding::ThreeDNow:
    giveUp();
    break;
  }
  return Size;
}

//===----------------------------------------------------------------------===//
// Other architectures
//===----------------------------------------------------------------------===//

namespace {

/// Understands nothing.
class NoFinder : public UsedFeatureFinder {
public:
  explicit NoFinder(const ResolvedTarget &Target) : UsedFeatureFinder(Target) {}

private:
  uint64_t addInstruction(ArrayRef<uint8_t> Bytes, uint64_t) override {
    giveUp();
    return Bytes.size();
  }
};

} // namespace

Expected<std::unique_ptr<UsedFeatureFinder>>
UsedFeatureFinder::create(const Triple &T, const ResolvedTarget &Target) {
  if (!T.isX86() && !T.isAArch64() && !T.isRISCV()) {
    Expected<const llvm::Target *> TheTarget = getTarget(T);
    if (!TheTarget)
      return TheTarget.takeError();
    return std::make_unique<NoFinder>(Target);
  }
  // Variant 1 is Intel's syntax, whose mnemonics do not depend on operands.
  Expected<std::unique_ptr<MachineCode>> MC =
      MachineCode::get(T, Target, /*SyntaxVariant=*/T.isX86() ? 1 : 0);
  if (!MC)
    return MC.takeError();
  if (T.isX86())
    return std::make_unique<X86Finder>(T, Target, std::move(*MC));
  return std::make_unique<DecodingFinder>(T, Target, std::move(*MC));
}
