//===- CPUTargetSpec.h - CPU target specifications --------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the specification of the processors that an image is compiled for, in
/// the grammar of Julia's JULIA_CPU_TARGET, and resolves it to LLVM's names:
///
///   specification := target (';' target)*
///   target        := cpu (',' token)*
///   cpu           := 'native' | 'generic' | 'sysimage' | NAME
///   token         := ('+' | '-') FEATURE | 'clone_all' | '-clone_all'
///                  | 'base(' NUMBER ')' | 'opt_size' | 'min_size'
///
/// The code of target 0 is complete: every function has code for it. So has a
/// target with `clone_all`, and one that `base(N)` of a later target names (as
/// Julia's documentation has it; its parsers refuse, or ignore, a base without
/// `clone_all`). Every other target has clones of the functions that
/// gain by them, and runs the code of its base for the rest: of target 0, or of
/// the earlier complete target that `base(N)` names.
///
/// Julia's parsers drop some mistakes in silence. This one takes every mistake
/// for an error.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_CPUTARGETSPEC_H
#define PKGIMG_CODEGEN_CPUTARGETSPEC_H

#include "pkgimg/Format/CPUTargets.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace pkgimg {

/// One target of a specification, as LLVM's code generator needs it.
struct ResolvedTarget {
  /// LLVM's name of the processor, which also says what to tune for. Never one
  /// of LLVM's aliases: `apple-m1` is "apple-a14".
  std::string CPU;

  /// The instruction set extensions that the code may use, by LLVM's names:
  /// those of CPU, changed as the specification asks, and all that they imply.
  /// Sorted, without signs. isISAFeature() says what can be in here.
  std::vector<std::string> Features;

  /// The instruction set extensions that the specification, LLVM's defaults for
  /// the triple, or the host's detection switched off, and all that imply one
  /// of those. Sorted, without signs, disjoint from Features.
  std::vector<std::string> Disabled;

  /// What else differs from CPU's own settings: tuning ("+prefer-256-bit"),
  /// names for groups of features ("+v8.2a"), code generation ("+relax",
  /// "+reserve-x18"). Sorted by name, with signs.
  std::vector<std::string> Switches;

  /// The tokens that give Features, Disabled and Switches when they follow CPU
  /// in a specification: as few as possible, those with '-' first.
  std::vector<std::string> Tokens;

  /// Every function has code for this target. Always true for target 0.
  bool CloneAll = false;
  /// At most one of the two is true.
  bool OptSize = false;
  bool MinSize = false;

  /// Index of the complete target whose code is run where this one has no
  /// clone. A complete target is its own base.
  unsigned Base = 0;

  /// Returns the feature string for llvm::TargetMachine and for the function
  /// attribute "target-features": Disabled, Features and Switches with their
  /// signs, without blanks, those with '-' first. After CPU it gives exactly
  /// Features, of the features that isISAFeature() has.
  std::string featureString() const;

  friend bool operator==(const ResolvedTarget &A, const ResolvedTarget &B);
};

/// A processor that `native` stands for.
struct HostCPU {
  /// What it executes; a specification for another architecture cannot have
  /// the word `native`.
  llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch;
  /// LLVM's name. A name that LLVM does not know for the triple, the empty one
  /// and "generic" mean that detection found none: then the features count, on
  /// top of what `generic` stands for.
  std::string Name;
  /// LLVM's features: present or absent. An absent feature wins over a present
  /// one that implies it, and over Name.
  llvm::StringMap<bool> Features;
};

/// What a specification is resolved for.
struct CPUTargetContext {
  /// The triple that code is generated for.
  llvm::Triple TheTriple;
  /// The specification of the base image, for the word `sysimage`: as
  /// canonicalSpec() or a runtime stored it. Empty if there is no base image.
  std::string SysimageTargets;
  /// Taken for the host instead of what LLVM detects.
  std::optional<HostCPU> Host;
};

/// Resolves the specification \p Spec.
///
/// `generic` is the processor, and the features, that getTargetDefaults() has
/// for the triple. `native` is the host, by llvm::sys::getHostCPUName() and
/// getHostCPUFeatures(). `sysimage`, alone and first, stands for all targets of
/// the base image, which count when `base(N)` numbers targets. Any processor
/// and any feature that LLVM knows for the triple can be named, and Julia's
/// names for some that LLVM calls otherwise. The machine that this runs on does
/// not limit what can be asked for.
///
/// The error of a specification that is wrong says the column (from 1), what
/// was found and what was expected, and the nearest known spelling; if there
/// are several targets, a second and third line show the place. Errors are:
/// a name that LLVM does not know; a feature without a sign; empty targets and
/// tokens, blanks; a token or a feature twice; features that contradict each
/// other, by name or by what they imply; signs where none belong; `base(N)`
/// that is no number or does not name an earlier target, or one that is partial
/// by its own `base(N)` or `-clone_all`, or together with `clone_all`;
/// `-clone_all` on target 0; `opt_size` with `min_size`; `sysimage` elsewhere
/// than first, with tokens, or without a base image; `native` for another
/// architecture, or in the base image's specification; `help`, which is not
/// part of the grammar (see printCPUTargetHelp()).
///
/// Also errors, since the code would not run or not be made: a processor or
/// feature that needs another mode than the triple's, or lacks what the
/// triple's calling convention needs; and a target that lacks features of its
/// base, whose code it runs.
///
/// Thread-safe.
llvm::Expected<std::vector<ResolvedTarget>>
parseCPUTargets(llvm::StringRef Spec, const CPUTargetContext &Context);

/// Prints \p Targets, a line each, for --print-cpu-targets:
///
///   1: cpu=haswell flags=opt_size base=0 features=+64bit,+adx,...,-rdrnd
///
/// The flags are clone_all, opt_size and min_size, separated by '+', or "none".
/// The features are Features, Disabled and Switches, in that order.
void printCPUTargets(llvm::raw_ostream &OS,
                     llvm::ArrayRef<ResolvedTarget> Targets);

/// Prints what a specification for \p T can name: the processors, then the
/// features with LLVM's descriptions, the instruction set's first. Fails, with
/// nothing printed, as getTarget() does.
llvm::Error printCPUTargetHelp(llvm::raw_ostream &OS, const llvm::Triple &T);

/// Returns what an image stores of \p Targets, in the layout Named. Used is
/// empty and HasUsed not set: only the code can tell. Bases are stored for
/// targets that are not complete, and the flag CloneAll for those that are,
/// but not for target 0, as the format has it.
CPUTargets toTargetData(llvm::ArrayRef<ResolvedTarget> Targets);

/// Returns a specification without `native`, `generic` (where another name
/// says the same) and `sysimage` that parses to \p Targets for the triple that
/// they were made for: what an image stores as its target string.
std::string canonicalSpec(llvm::ArrayRef<ResolvedTarget> Targets);

/// Whether \p Feature, one of LLVM's names for \p T, is an extension of the
/// instruction set that code in user mode can use: what a target needs of its
/// host. Not so are tuning, code generation, modes, names for groups of
/// features (crypto, v8.2a, rva22u64), and what only an operating system can
/// use (invpcid, vh, svpbmt). The names are, where LLVM has such a table, those
/// of its target parser:
///
///   x86      X86TargetParser.def
///   AArch64  the extensions of AArch64TargetParserDef.inc
///   ARM      the extensions and FPU features of ARMTargetParser.def, the
///            architecture versions, and the few that have no extension name
///   RISC-V   the extensions of RISCVISAInfo, without the privileged ones,
///            which by the naming convention begin with 's' or are 'h'
///   PowerPC  a list made from PPC.td
///
/// Of other architectures every feature counts.
bool isISAFeature(const llvm::Triple &T, llvm::StringRef Feature);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_CPUTARGETSPEC_H
