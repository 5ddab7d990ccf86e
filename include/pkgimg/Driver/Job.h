//===- Job.h - Commands to execute ------------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_JOB_H
#define PKGIMG_DRIVER_JOB_H

#include "pkgimg/CodeGen/ImageCompiler.h"
#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/Driver/InputInfo.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pkgimg {
namespace driver {

class Tool;

/// One step of a compilation: an argument vector that a shell could run, and
/// the means to run it here. Strings belong to the Compilation.
class Command {
public:
  enum class CommandKind { Codegen, Image, Link, External };

  Command(CommandKind Kind, const Tool &Creator, const char *Executable,
          llvm::opt::ArgStringList Arguments, bool InProcess)
      : Kind(Kind), Creator(Creator), Executable(Executable),
        Arguments(std::move(Arguments)), InProcess(InProcess) {}
  virtual ~Command();

  CommandKind getKind() const { return Kind; }
  const Tool &getCreator() const { return Creator; }
  const char *getExecutable() const { return Executable; }
  const llvm::opt::ArgStringList &getArguments() const { return Arguments; }

  /// Prints the command as clang prints one: the executable in quotes, then
  /// each argument, in quotes if \p Quote or if a shell would need them.
  void print(llvm::raw_ostream &OS, llvm::StringRef Terminator,
             bool Quote) const;

private:
  CommandKind Kind;
  const Tool &Creator;
  const char *Executable;
  llvm::opt::ArgStringList Arguments;
  bool InProcess;
};

/// What a compilation has to say, in its order.
using CompilerMessages =
    std::vector<std::pair<llvm::DiagnosticSeverity, std::string>>;

/// Compiles one input: a module of bitcode or IR, or an archive of bitcode.
class CodegenCommand : public Command {
public:
  CodegenCommand(const Tool &Creator, const char *Executable,
                 llvm::opt::ArgStringList Arguments, InputInfo Input,
                 const char *Output, CompileOptions Options)
      : Command(CommandKind::Codegen, Creator, Executable, std::move(Arguments),
                /*InProcess=*/true),
        Input(Input), Output(Output), Options(std::move(Options)) {}

  const InputInfo &getInput() const { return Input; }
  llvm::StringRef getOutput() const { return Output; }

  /// Compiles the input and writes the output, under crash recovery. Safe to
  /// call on several threads for different commands. An error leaves an
  /// earlier output as it was.
  llvm::Error execute() const;

  /// Set for -ftime-report.
  bool WantTimeReport = false;
  /// The report of -ftime-report, filled by execute().
  mutable std::string TimeReport;
  /// Where optimization records go, or empty.
  std::string RemarksFile;
  /// Warnings and remarks of the compilation, filled by execute().
  mutable CompilerMessages Messages;

  static bool classof(const Command *C) {
    return C->getKind() == CommandKind::Codegen;
  }

private:
  InputInfo Input;
  const char *Output;
  CompileOptions Options;
};

/// Compiles modules to the archive of objects of one image, or to one module
/// as it is after cloning.
class ImageCommand : public Command {
public:
  ImageCommand(const Tool &Creator, const char *Executable,
               llvm::opt::ArgStringList Arguments, InputInfoList Inputs,
               const char *Output, ImageOptions Options)
      : Command(CommandKind::Image, Creator, Executable, std::move(Arguments),
                /*InProcess=*/true),
        Inputs(std::move(Inputs)), Output(Output), Options(std::move(Options)) {
  }

  const InputInfoList &getInputs() const { return Inputs; }
  llvm::StringRef getOutput() const { return Output; }

  /// Compiles the inputs on up to \p Threads threads and writes the output,
  /// under crash recovery. \p Progress is called on any thread, one call at a
  /// time. An error leaves an earlier output as it was.
  llvm::Error
  execute(unsigned Threads,
          std::function<void(unsigned Done, unsigned Total)> Progress) const;

  /// Set for -ftime-report, --print-clones and --print-code-size.
  bool WantTimeReport = false;
  bool PrintClones = false;
  bool PrintCodeSize = false;
  /// --image-data=, --reproduce= and where optimization records go, or empty.
  std::string DataFile;
  std::string ReproduceFile;
  std::string RemarksFile;

  /// What execute() has to say: for standard output, for the report of times,
  /// and warnings and remarks in their order.
  mutable std::string Listing;
  mutable std::string TimeReport;
  mutable CompilerMessages Messages;

  static bool classof(const Command *C) {
    return C->getKind() == CommandKind::Image;
  }

private:
  InputInfoList Inputs;
  const char *Output;
  ImageOptions Options;
};

/// Opens the file of the member \p Name of the thin archive \p Archive. A
/// relative name is relative to the archive's folder. The error names both.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openThinMember(llvm::StringRef Archive, llvm::StringRef Name);

/// The argument syntax of a linker, which is also what LLD calls a flavor.
enum class LinkerFlavor { GNU, Darwin, COFF, Wasm };

/// Returns \p Flavor as `lld -flavor` takes it: gnu, darwin, link, wasm.
llvm::StringRef getLinkerFlavorName(LinkerFlavor Flavor);

/// Which argument of a linker names an output, and how many of the argument's
/// first characters are no part of the name: 0 for `-o NAME`, 5 for
/// `-out:NAME`.
struct OutputArgument {
  size_t Index;
  size_t PrefixLength = 0;
};

/// Links the inputs, with the built-in LLD or another linker.
class LinkCommand : public Command {
public:
  /// \param Arguments for the built-in LLD they begin with -flavor.
  /// \param Output the argument with the name of the image.
  LinkCommand(const Tool &Creator, LinkerFlavor Flavor, const char *Executable,
              llvm::opt::ArgStringList Arguments, bool BuiltIn, bool InProcess,
              OutputArgument Output, InputInfoList Inputs)
      : Command(CommandKind::Link, Creator, Executable, std::move(Arguments),
                InProcess),
        Flavor(Flavor), BuiltIn(BuiltIn), Outputs(1, Output),
        Inputs(std::move(Inputs)) {}

  LinkerFlavor getFlavor() const { return Flavor; }
  /// True for the LLD in this program, whether in this process or a child.
  bool isBuiltIn() const { return BuiltIn; }
  llvm::StringRef getOutput() const { return getOutputName(Outputs.front()); }
  const InputInfoList &getInputs() const { return Inputs; }

  /// Start files that were looked for and not found, by their bare names.
  llvm::SmallVector<std::string, 2> MissingFiles;

  /// Why the command cannot run here, one sentence each. It can be printed, and
  /// run where that is otherwise.
  std::vector<std::string> Obstacles;

  /// Called before the linker runs, in the driver's process, if set: makes the
  /// inputs that the driver itself provides, and checks what the linker would
  /// not report as clearly. After an error the linker is not run.
  std::function<llvm::Error()> Prepare;

  /// What the built-in LLD gets before all other arguments, and -### does not
  /// show: where a command must be clang's, argument for argument, and LLD's
  /// output would yet depend on the time. An argument of the user's wins.
  llvm::opt::ArgStringList UnshownArguments;

  /// Says that \p Other names a file that the linker writes beside the image,
  /// an import library for instance, which is put in its place with the image.
  void addSideOutput(OutputArgument Other) { Outputs.push_back(Other); }

  /// The arguments that name outputs, that of the image first.
  llvm::ArrayRef<OutputArgument> getOutputs() const { return Outputs; }
  llvm::StringRef getOutputName(OutputArgument O) const {
    return llvm::StringRef(getArguments()[O.Index]).drop_front(O.PrefixLength);
  }

  static bool classof(const Command *C) {
    return C->getKind() == CommandKind::Link;
  }

private:
  LinkerFlavor Flavor;
  bool BuiltIn;
  llvm::SmallVector<OutputArgument, 2> Outputs;
  InputInfoList Inputs;
};

/// Runs another program on the linked image, before that is put in its place.
/// The program is a child of this process, in the staging directory, to which
/// paths in the image may be relative. If it fails, so does the link.
class ExternalCommand : public Command {
public:
  /// \param Executable an absolute path.
  /// \param Output the argument with the name of the file or folder that the
  ///        program makes, which is put in its place with the image.
  /// \param Image the index of the argument with the image's name.
  ExternalCommand(const Tool &Creator, const char *Executable,
                  llvm::opt::ArgStringList Arguments, OutputArgument Output,
                  size_t Image)
      : Command(CommandKind::External, Creator, Executable,
                std::move(Arguments), /*InProcess=*/false),
        Output(Output), Image(Image) {}

  OutputArgument getOutput() const { return Output; }
  size_t getImageIndex() const { return Image; }

  static bool classof(const Command *C) {
    return C->getKind() == CommandKind::External;
  }

private:
  OutputArgument Output;
  size_t Image;
};

using JobList = llvm::SmallVector<std::unique_ptr<Command>, 4>;

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_JOB_H
