//===- ImageFile.h - a shared library, read without loading -----*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A bounded view of an ELF, Mach-O or PE shared library as its loader would
/// see it: memory by address, exports by name, and pointers with their
/// relocations evaluated. Nothing is mapped, run or trusted.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_IMAGEFILE_H
#define PKGIMG_FORMAT_IMAGEFILE_H

#include "pkgimg/Format/Digest.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/TargetParser/Triple.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// The object file formats of images.
enum class ContainerFormat { ELF, MachO, PE };

/// Returns "ELF", "Mach-O" or "PE".
llvm::StringRef getContainerName(ContainerFormat Format);

/// A part of the file with one place in memory. Addresses are relative to where
/// the image is loaded: p_vaddr, vmaddr, RVA.
struct ImageSegment {
  llvm::StringRef Name; ///< Mach-O and PE; empty for ELF.
  uint64_t Address = 0;
  uint64_t MemorySize = 0;
  uint64_t FileOffset = 0;
  /// At most MemorySize; the rest is zeros.
  uint64_t FileSize = 0;
  bool IsReadable = false, IsWritable = false, IsExecutable = false;
};

/// A named range of a segment, for people; a stripped file has none in ELF.
struct ImageSection {
  llvm::StringRef SegmentName; ///< Mach-O.
  std::string Name;
  uint64_t Address = 0;
  uint64_t Size = 0;
  uint64_t FileOffset = 0;
  uint64_t FileSize = 0;
  /// In bytes, a power of two; 0 where the file does not say.
  uint64_t Alignment = 0;
  /// Instructions, which in Mach-O share a segment with constants.
  bool IsCode = false;
  /// Constant once the loader has relocated it.
  bool IsRelRO = false;
  /// A table of the container (symbols, relocations, notes, names), which
  /// whoever writes the image again makes anew.
  bool IsContainer = false;
};

/// A symbol that is defined, or imported, by the image.
struct ImageSymbol {
  /// As source code spells it: without Mach-O's and 32-bit Windows' underscore.
  llvm::StringRef Name;
  uint64_t Address = 0;
  /// 0 where the file does not say: Mach-O, PE.
  uint64_t Size = 0;
  bool IsFunction = false;
  bool IsUndefined = false;
};

/// What a word of memory holds after relocation.
struct ImageWord {
  enum KindType {
    Constant, ///< No relocation: Value is what the file has.
    Address,  ///< Value is an address of this image.
    Import    ///< The address of Symbol, which is another image's, + Value.
  } Kind = Constant;
  uint64_t Value = 0;
  llvm::StringRef Symbol;
};

/// An open image. The file's bytes must outlive it.
///
/// Every function is total: what a hostile file says never makes it read
/// outside the file, run longer than linear time (once, when it is opened) or
/// take more memory than a small multiple of the file's size.
class ImageFile {
public:
  /// Opens the shared library in \p Buffer, an ELF file of type ET_DYN, a
  /// Mach-O dylib or bundle, or a PE DLL. \p Arch chooses the slice of a
  /// universal file, and must be given for one with several; another file must
  /// be for it. Errors begin with the buffer's identifier, and say what was
  /// expected and found.
  static llvm::Expected<std::unique_ptr<ImageFile>>
  create(llvm::MemoryBufferRef Buffer,
         llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch);

  virtual ~ImageFile();

  ContainerFormat format() const { return Format; }
  llvm::StringRef name() const { return Name; }
  /// All bytes of the file; of a universal one, those of the slice.
  llvm::StringRef bytes() const { return Bytes; }
  llvm::Triple::ArchType arch() const { return Arch; }
  /// A triple as far as the file tells: "x86_64-unknown-linux-gnu" from an ELF
  /// file has OS and environment from e_ident and notes, often unknown.
  llvm::Triple triple() const { return TheTriple; }
  /// 4 or 8.
  unsigned pointerSize() const { return PointerSize; }
  bool isLittleEndian() const { return IsLittleEndian; }
  /// The name that the image has for itself: DT_SONAME, LC_ID_DYLIB, the export
  /// directory's. May be empty.
  llvm::StringRef outputName() const { return OutputName; }
  /// Libraries that the loader will load first, in the file's order.
  llvm::ArrayRef<llvm::StringRef> neededLibraries() const { return Needed; }

  /// Sorted by address; they do not overlap.
  llvm::ArrayRef<ImageSegment> segments() const { return Segments; }
  llvm::ArrayRef<ImageSection> sections() const { return Sections; }
  /// Exports with a name (no forwarders), sorted by name; a name occurs once.
  llvm::ArrayRef<ImageSymbol> exports() const { return Exports; }
  /// Imports, in the file's order.
  llvm::ArrayRef<ImageSymbol> imports() const { return Imports; }
  /// What the symbol table for debuggers has besides: local and hidden symbols
  /// that are defined, sorted by address. Empty if the file is stripped.
  llvm::ArrayRef<ImageSymbol> localSymbols() const { return Locals; }

  /// Returns the export \p Name, or null. Logarithmic.
  const ImageSymbol *findExport(llvm::StringRef Name) const;

  /// Returns the \p Size bytes at \p Address. They must lie in one segment,
  /// and be in the file: an address in the zeros at the end of a segment is an
  /// error, as is any that is not mapped. \p What names what is read in errors.
  llvm::Expected<llvm::StringRef> read(uint64_t Address, uint64_t Size,
                                       const llvm::Twine &What) const;

  /// Returns true if the \p Size bytes at \p Address are of one segment, zeros
  /// at its end included.
  bool isMapped(uint64_t Address, uint64_t Size = 1) const;
  /// The segment that holds \p Address, or null. Logarithmic.
  const ImageSegment *findSegment(uint64_t Address) const;

  /// Returns what the pointer-sized word at \p Address will hold once the image
  /// is loaded. An address in the zeros at a segment's end gives a zero or what
  /// its relocation says.
  llvm::Expected<ImageWord> readWord(uint64_t Address,
                                     const llvm::Twine &What) const;

  /// The number of words that the loader will relocate, and of the pages of
  /// 4 KiB that they lie in.
  uint64_t numRelocations() const { return NumRelocations; }
  uint64_t numRelocatedPages() const { return NumRelocatedPages; }

  /// The bytes of our header, with padding, that a note (ELF: owner "pkgimg",
  /// type 1) or a section (`__TEXT,__pkgimg`, `.pkgimg`) holds; nullopt if
  /// there is none. FileOffset is where in bytes() they begin.
  std::optional<llvm::StringRef> embeddedHeader() const {
    return EmbeddedHeader;
  }

  /// What the digest of the image is over.
  virtual CanonicalContent canonicalContent() const = 0;

protected:
  ImageFile(ContainerFormat Format, llvm::StringRef Name,
            llvm::StringRef Bytes);

  /// An error that begins with the file's name and advises to make the image
  /// again.
  llvm::Error damaged(const llvm::Twine &What) const;

  /// What relocation does to the word at \p Address, whose \p Stored value is
  /// that of the file (0 in the zeros at a segment's end).
  virtual llvm::Expected<ImageWord> relocate(uint64_t Address,
                                             uint64_t Stored) const = 0;

  /// Sorts Segments and Exports; fails if segments overlap or wrap around, and
  /// if one has more bytes than the file. For the constructors of subclasses.
  llvm::Error finishTables();

  ContainerFormat Format;
  std::string Name;
  llvm::StringRef Bytes;
  llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch;
  llvm::Triple TheTriple;
  unsigned PointerSize = 8;
  bool IsLittleEndian = true;
  llvm::StringRef OutputName;
  std::vector<llvm::StringRef> Needed;
  std::vector<ImageSegment> Segments;
  std::vector<ImageSection> Sections;
  std::vector<ImageSymbol> Exports, Imports, Locals;
  uint64_t NumRelocations = 0, NumRelocatedPages = 0;
  std::optional<llvm::StringRef> EmbeddedHeader;
};

/// A file for one machine in a universal one.
struct ImageSlice {
  /// As lipo has it: "arm64", "arm64e", "x86_64", "x86_64h"; "unknown".
  std::string Name;
  uint64_t Offset = 0;
  /// The slice may end after the file.
  uint64_t Size = 0;
  /// arm64e is aarch64, too; UnknownArch for a machine that has no images.
  llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch;
};

/// Returns the slices of a universal file in its order, without a look at what
/// is in them. They do not overlap. Any other file is one slice; Name and Arch
/// are those of its header if it is a Mach-O file, and unset if not.
llvm::Expected<std::vector<ImageSlice>>
listImageSlices(llvm::MemoryBufferRef Buffer);

/// The ELF note that holds our header: its section, owner and type.
constexpr llvm::StringLiteral HeaderNoteSection(".note.pkgimg");
constexpr llvm::StringLiteral HeaderNoteOwner("pkgimg");
constexpr uint32_t HeaderNoteType = 1;
/// The names of the section that holds it elsewhere.
constexpr llvm::StringLiteral HeaderMachOSegment("__TEXT");
constexpr llvm::StringLiteral HeaderMachOSection("__pkgimg");
constexpr llvm::StringLiteral HeaderPESection(".pkgimg");

/// Finds our header in the shared library \p Bytes without opening it: by the
/// program headers and notes, load commands, or section table alone, in time
/// that does not depend on the size of the library. Returns what
/// ImageFile::embeddedHeader() does for a sound library, and any bytes, or
/// nothing, for others: what is found must be read with digests on. Universal
/// files have nothing; give a slice. Total.
std::optional<llvm::StringRef> findEmbeddedHeader(llvm::StringRef Bytes);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_IMAGEFILE_H
