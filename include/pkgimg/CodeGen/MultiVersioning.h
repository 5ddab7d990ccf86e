//===- MultiVersioning.h - Clone functions for CPU targets ------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A module pass that gives one module code for several processors. It runs
/// before optimisation, so that each clone is optimised for its own processor.
/// This page is the contract with the code generator, which writes the tables,
/// and with the loader, which chooses.
///
/// \section mv_targets Targets and groups
/// Target 0 is the code that every function has. A `clone_all` target has code
/// of its own for every function that can be cloned. Both are *groups*. Every
/// other target is *partial*: it has clones where they gain, and else the code
/// of its base, which is a group before it. `f@i` below is the code of f that
/// runs when a loader has chosen target i:
///
///   - the clone of f for i, if there is one;
///   - else, for a partial target, f@base;
///   - else the original.
///
/// The loader must not choose a target on a machine that cannot run the code of
/// its base; that a target has the features of its base is for the parser of
/// the specification to see to.
///
/// \section mv_reasons What is cloned
/// A partial target whose features are those of its base clones nothing. Else a
/// function is cloned for it
///
///   - `loop`: it has a natural loop, and the target has a feature more than
///     its base;
///   - `simd`: it has a vector (of any kind, also in a signature or a call),
///     and the target has a feature more for vectors that LLVM uses unasked:
///     from SSE3, SSE4A, XOP, AVX, GFNI up; NEON, MVE, SVE, dot products;
///     RISC-V's V and Zv*; AltiVec, VSX; SystemZ's vectors; LSX and LASX;
///   - `math`: it calls `llvm.fma.*`, `llvm.fmuladd.*` or their constrained
///     forms, or has an operation with the flag `contract`, and the target has
///     fused multiply-add where its base has not;
///   - `float16`, `bfloat16`: it has a value of that type, and the target has
///     instructions more for it;
///   - `cpu`: it asks for a feature (\ref mv_query), and the answer is another
///     one than for the base;
///
/// and, since a function seldom runs alone, by a closure over direct calls
/// (also through an alias):
///
///   - `path`: it lies on a path of calls from a function that is cloned to a
///     function that is cloned, so that cloned code reaches cloned code without
///     a slot, however many functions are between;
///   - `inline`: it calls a cloned function that the inliner would take (see
///     MVOptions::InlineLimit): a call through a slot could not be inlined, and
///     the code would be slower than without clones. Or it is a function that
///     the inliner would take, called by a cloned one into which LLVM would not
///     inline the base's code: if the target lacks a feature of its base; if
///     the function passes vectors or aggregates on; on AArch64, if the CPU is
///     another one, since LLVM compares tuning features there; always on what
///     is neither x86 nor AArch64;
///   - `always_inline`: it is `alwaysinline` and called by a cloned function,
///     or calls such a function that is cloned. LLVM inlines these without
///     looking at features;
///   - `vector_call`: a call with vectors that are passed differently with
///     other features joins it to a cloned function, as caller or callee. Such
///     are vectors of more than 128 bits, of half, bfloat and of other than
///     whole bytes on x86-64; none on AArch64 but scalable ones; all elsewhere.
///
/// `path` and the caller's side of `inline` do not take functions marked
/// `cold`. For a `clone_all` target, every function has the reason `clone_all`.
///
/// Never cloned, and reported if there was a reason: functions with the
/// attribute "pkgimg-no-clone", `optnone` or `naked`; those that the linker may
/// replace (`weak`, `linkonce`, not `_odr`); local ones that are constructors
/// or destructors of the image alone; those with the address of a block taken;
/// resolvers of ifuncs; those with `llvm.localescape` or `llvm.localrecover`
/// (frames that SEH filters share), with a call that must not be duplicated, or
/// with inline assembly that defines a label; those that `vector_call` joins to
/// one of these. Declarations and `available_externally` functions are never
/// cloned and not reported.
///
/// \section mv_query CPU queries
/// A call of a declared function `i1 @pkgimg.cpu.supports.<feature>()`, with
/// LLVM's name of the feature, becomes true or false in each clone by the
/// features of its target; so does Julia's `julia.cpu.have_fma.{f16,f32,f64}`.
/// Branches on them are folded and dead blocks removed, since a dead block may
/// hold what the target has no instruction for. In originals, cloned or not,
/// target 0 answers. Any other use of these names is an error.
///
/// \section mv_clones Clones
/// The clone of `f` for target i is `f.i`, just after f, unless that name is
/// taken: the metadata below is the authority. It has "target-cpu" and
/// "tune-cpu" (the target's CPU), "target-features", and
/// `optsize` or `optsize minsize` for opt_size and min_size; all else, debug
/// information too, is a copy. Originals, and all other definitions, get target
/// 0's. What the front end had in these attributes is replaced: the pass owns
/// them. One exception keeps code compilable: code that calls target intrinsics
/// (or, except on x86, non-empty inline assembly), or has scalable vectors,
/// keeps the features that it had beyond its target's, and so do callers of it
/// if it is `alwaysinline`, and what `vector_call` joins to it. It was compiled
/// for these features and whoever calls it has asked for them. A remark says so
/// (`KeptFeatures`).
///
/// Functions that are local to the module and have no slot keep local clones: a
/// cutter into shards promotes these as it does all local symbols. All other
/// clones are hidden: external, or for `linkonce_odr` and `weak_odr` functions
/// `weak_odr` in a comdat of their own if the original is in one
/// (`linkonce_odr` if the original is and has no slot). Originals with slots
/// become external and hidden if they were local, `weak_odr` if they were
/// `linkonce_odr`. The names of local functions and variables must be
/// unique over the modules of an image (what has no name gets `pkgimg.unnamed`
/// with a number).
///
/// \section mv_refs References
/// Code may run for several targets: code of group t runs for t, and for the
/// partial targets based on t for which its function has no clone. A reference
/// to g, call or address, is to g@i directly if that is one function for all
/// targets i for which the code runs. So calls between clones for one target,
/// recursion, and groups without partial targets need no slot. Else the address
/// is loaded, as invariant, from a slot, the hidden variable `<g>.reloc_slot`,
/// which holds the original until the loader writes g@i.
///
/// Some references must be direct: calls with `alwaysinline` or `vector_call`
/// callees, arguments of inline assembly that must be constants, function
/// arguments of `llvm.coro.*`, `llvm.init.trampoline` and
/// `clang.arc.attachedcall` go to the code of the group or target that the code
/// around is of; exception clauses, personality functions, prefix and prologue
/// data, `no_cfi`, `dso_local_equivalent`, and metadata keep the original.
/// `!callees` that names a cloned function is dropped.
///
/// Words of initialised variables that hold the address of a cloned function,
/// as pointer or as integer of the same width, are slots themselves. Such a
/// variable is no longer constant, since it is written to and code must not be
/// folded from its initialiser, and is `externally_initialized`; a local one
/// becomes external and hidden, for the optimiser sees all stores to local
/// ones. Where a word cannot be a slot (thread-local variables, constants with
/// a section of their own, unaligned words, anything computed from the address,
/// such as relative vtables), a function `<g>.forward`, which calls through the
/// slot, stands in for g. `llvm.*` variables, those in "llvm.metadata", and
/// available_externally ones keep the original: constructors run before a
/// loader has written slots.
///
/// An alias of a cloned function is resolved in the module, and its symbol, if
/// it is visible outside or used, becomes a function that calls through the
/// slot; its address is then another one than the function's. An alias that the
/// linker may replace, or that has an offset, stays with the original, and so
/// does a variadic function's on targets other than x86, AArch64, ARM and
/// RISC-V (remark `NotForwarded`). Ifuncs, thread-local variables, `invoke`,
/// varargs and `musttail` calls need nothing special.
///
/// The symbol of an original names target 0's code: whoever binds to it by name
/// and not by the tables gets that code, and in it function addresses of
/// target 0. Indirect calls with vectors that are passed differently with other
/// features are safe between functions that can be cloned.
///
/// \section mv_meta What stays in the module
/// Named metadata, in the order of the module, which survives bitcode:
///
///   - `!pkgimg.mv.targets`: a node per target: CPU, feature string, enabled
///     features joined with commas, i32 flags (1 clone_all, 2 opt_size,
///     4 min_size), i32 base. Also an input (see the plugin);
///   - `!pkgimg.mv.functions`: a node per cloned function: original, then for
///     each target from 1 its clone or null. Tables need the functions with
///     slots and those that are to be found by name; the optimiser may drop, or
///     change the signature of, what is neither. An operand that has become
///     null by then is such a function (local, or `linkonce_odr`);
///   - `!pkgimg.mv.slots`: a node per slot: original, variable (null if the
///     optimiser has dropped it), i64 offset in bytes. By function,
///     `reloc_slot` first. The loader that chooses target i
///     writes the address of function@i there; for each partial target, a table
///     must thus have all functions with slots, with the base's code for those
///     without a clone.
///
/// A module that has `!pkgimg.mv.functions` is left as it is.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_MULTIVERSIONING_H
#define PKGIMG_CODEGEN_MULTIVERSIONING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace llvm {
class Function;
class GlobalVariable;
class Module;
class raw_ostream;
} // namespace llvm

namespace pkgimg {

/// One CPU target. The index in a list is its number; 0 has code for all.
struct MVTarget {
  /// LLVM's name; empty: no "target-cpu".
  std::string CPU;
  /// LLVM's feature string, for "target-features"; may be empty.
  std::string FeatureString;
  /// All features that are enabled, by LLVM's names without signs, with what
  /// the CPU brings and what they imply. Clones are decided by these alone.
  std::vector<std::string> Features;
  /// Every function is cloned. Target 0 is complete without it.
  bool CloneAll = false;
  bool OptSize = false;
  bool MinSize = false;
  /// The group whose code is used where there is no clone. Not used for groups.
  unsigned Base = 0;
};

/// Why a function is cloned for a target; bits.
enum CloneReason : uint16_t {
  CR_None = 0,
  CR_Loop = 1 << 0,
  CR_SIMD = 1 << 1,
  CR_Math = 1 << 2,
  CR_Float16 = 1 << 3,
  CR_BFloat16 = 1 << 4,
  CR_CPU = 1 << 5,
  CR_Path = 1 << 6,
  CR_Inline = 1 << 7,
  CR_AlwaysInline = 1 << 8,
  CR_VectorCall = 1 << 9,
  CR_CloneAll = 1 << 10
};

/// The names of \p Reasons as above, joined with commas.
std::string getCloneReasonNames(uint16_t Reasons);

/// A function that has clones. The vectors have one element per target.
struct MVFunction {
  llvm::Function *Original = nullptr;
  /// The clone for each target, or null. Element 0 is null.
  llvm::SmallVector<llvm::Function *, 4> Clones;
  /// \ref CloneReason bits for each target. 0 when read from metadata.
  llvm::SmallVector<uint16_t, 4> Reasons;
  /// Instructions of the original before the pass (when read: of the original
  /// as it is), without debug information.
  unsigned Size = 0;
};

/// A pointer-sized word that must hold the address of Original@i.
struct MVSlot {
  llvm::Function *Original = nullptr;
  llvm::GlobalVariable *Global = nullptr;
  uint64_t Offset = 0; ///< In bytes from the start of Global.
};

/// A function that has a reason to be cloned but cannot be.
struct MVNotCloned {
  llvm::Function *F = nullptr;
  std::string Why; ///< "it is marked optnone"
};

/// What the pass did. The pointers are the module's, and valid as long as their
/// functions are.
struct MVResult {
  std::vector<MVTarget> Targets;
  /// In the order of the module.
  std::vector<MVFunction> Functions;
  /// The element of Functions for each original.
  llvm::DenseMap<const llvm::Function *, unsigned> Index;
  /// By function, in that order; `reloc_slot` first, then variables in the
  /// order of the module, by offset.
  std::vector<MVSlot> Slots;
  /// In the order of the module. Empty when read from metadata.
  std::vector<MVNotCloned> NotCloned;
  /// The features that CPU queries ask for, sorted; code for a target that has
  /// one may need it, whatever its instructions are. Empty when read from
  /// metadata.
  std::vector<std::string> Queried;
  /// Function definitions and their instructions before the pass (when read:
  /// without the clones).
  unsigned NumFunctions = 0;
  uint64_t NumInstructions = 0;

  /// The element of Functions for the original \p F, or null.
  const MVFunction *find(const llvm::Function *F) const;

  /// \p F@Target: the code of the original \p F that runs when \p Target is
  /// chosen. \p F may be any function.
  llvm::Function *getCode(llvm::Function *F, unsigned Target) const;
};

/// Settings of the pass.
struct MVOptions {
  /// Functions of at most this many instructions count as those that the
  /// inliner would take; half as many again if they are marked `inlinehint`.
  /// Local functions with one call do, whatever their size; `noinline` and
  /// variadic functions and those that call themselves do not. Allocas, loads
  /// and stores of them, casts, phis, unconditional branches and markers are
  /// not counted. The default is LLVM's threshold at -O2, 225, by its cost of
  /// an instruction, 5.
  unsigned InlineLimit = 45;
  /// Give also local functions without slots external, hidden originals and
  /// clones.
  bool PromoteLocals = false;
  /// If set, printClones() goes here after the pass.
  llvm::raw_ostream *PrintClones = nullptr;
};

/// Runs the pass over \p M; see the top of this page. Emits remarks of the pass
/// `pkgimg-multiversioning`: passed `Cloned` per function with targets and
/// reasons; missed `NotCloned` and `NotForwarded`; analysis `KeptFeatures`, and
/// `UnknownFeature` for a query that no target answers with true.
///
/// Fails, without having changed \p M, if \p Targets is empty, if a base is not
/// a group before its target, for a CPU query that is not a declaration of the
/// type `i1 ()` or not just called, and for what readMultiVersioning() fails
/// for.
llvm::Expected<MVResult> multiVersion(llvm::Module &M,
                                      llvm::ArrayRef<MVTarget> Targets,
                                      const MVOptions &Options = {});

/// Reads what the pass left in \p M, also in a part of the module or after
/// optimisation: entries whose original, or variable, is gone are left out. A
/// module without it gives an empty result. Fails for metadata of another form.
llvm::Expected<MVResult> readMultiVersioning(llvm::Module &M);

/// Reads `!pkgimg.mv.targets`; empty if there is none. Fails for metadata of
/// another form.
llvm::Expected<std::vector<MVTarget>>
readMultiVersioningTargets(const llvm::Module &M);

/// Prints a table, a line per function and target: function, target, reasons,
/// size in instructions of the original; then functions that could not be
/// cloned; then a sum per target.
void printClones(llvm::raw_ostream &OS, const MVResult &Result);

/// Parses targets that are written out, for `opt` and tests:
///
///   target(;target)*    target = CPU(,+feature|,-feature|,clone_all|,opt_size
///                                    |,min_size|,base(N))*
///
/// Features are taken literally: Features gets those with a plus, and what the
/// CPU brings is not looked up. Errors give the position, from 1.
llvm::Expected<std::vector<MVTarget>> parseMVTargets(llvm::StringRef Text);

/// multiVersion() for the new pass manager. Errors go to the context's
/// diagnostic handler. Name: `pkgimg-multiversioning`.
class MultiVersioningPass : public llvm::PassInfoMixin<MultiVersioningPass> {
public:
  /// With no \p Targets, those of `!pkgimg.mv.targets` are taken, and without
  /// these the module is left as it is.
  explicit MultiVersioningPass(std::vector<MVTarget> Targets,
                               MVOptions Options = {})
      : Targets(std::move(Targets)), Options(Options) {}

  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);

  /// Also at -O0, and for optnone functions, whose attributes it sets.
  static bool isRequired() { return true; }

private:
  std::vector<MVTarget> Targets;
  MVOptions Options;
};

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_MULTIVERSIONING_H
