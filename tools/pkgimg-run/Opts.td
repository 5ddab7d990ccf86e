//===--- Opts.td - Options of pkgimg-run ----------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE.TXT for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//  The options that pkgimg-run accepts.
//
//===----------------------------------------------------------------------===//

include "llvm/Option/OptParser.td"

class F<string name, string help> : Flag<["--"], name>, HelpText<help>;
def DoGroup  : OptionGroup<"<do group>">, HelpText<"WHAT TO DO">;
def HowGroup : OptionGroup<"<how group>">, HelpText<"HOW">;

let Group = DoGroup in {
def call_EQ : Joined<["--"], "call=">, MetaVarName<"<call>">,
  HelpText<"Call a function, as in --call='f(1, 2.5, \"text\")', and print what it returns; can be given several times">;
def call : Separate<["--"], "call">, Alias<call_EQ>;
def list_functions : F<"list", "List the functions, with the CPU targets whose code they would run">;
def cpu_targets : F<"cpu-targets", "List the CPU targets, with the features that their code needs">;
def dry_run : F<"dry-run", "Verify the image, judge its targets, and stop before it is mapped">;
def help : F<"help", "Print the options">;
def version : F<"version", "Print the versions of pkgimg and LLVM">;
}

let Group = HowGroup in {
def cpu_EQ : Joined<["--"], "cpu=">, MetaVarName<"<cpu>">,
  HelpText<"Choose the target for <cpu>[,+<feature>,-<feature>...] in place of this machine's processor">;
def cpu : Separate<["--"], "cpu">, Alias<cpu_EQ>;
def check : F<"check", "Compare the content with the image's digest (default)">;
def no_check : F<"no-check", "Check the structure and the header alone">;
def _DASH_DASH : Option<["--"], "", KIND_REMAINING_ARGS>,
  HelpText<"Take the argument that follows as the image">;
}
