//===- Rejection.h - why an image is not loaded -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The errors of the loader: a reason for programs and a sentence for people.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LOADER_REJECTION_H
#define PKGIMG_LOADER_REJECTION_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <string>

namespace pkgimg {

/// Why an image is not loaded. Up to Changed, nothing of it has been mapped.
enum class RejectReason {
  Unreadable, ///< The file cannot be opened or read.
  Format,     ///< No package image, or one in another system's file format.
  Platform,   ///< Another architecture, operating system or C library.
  Flags,      ///< Compiled with other options than the session's.
  CPU,        ///< The processor can run none of its targets.
  Damaged,    ///< Not sound, or not what its digest says.
  Changed,    ///< The file was changed or replaced while it was loaded.
  InUse,      ///< It is loaded in this process for another target.
  Link        ///< The system's loader or the memory's protection refused it.
};

/// Returns the name of \p Reason, which does not change between releases:
/// "unreadable", "format", "platform", "flags", "cpu", "damaged", "changed",
/// "in-use", "link".
llvm::StringRef getRejectReasonName(RejectReason Reason);

/// The error that all functions of the loader return.
class RejectionError : public llvm::ErrorInfo<RejectionError> {
public:
  static char ID;

  /// \p Message begins with the name of the image.
  RejectionError(RejectReason Reason, const llvm::Twine &Message)
      : Reason(Reason), Message(Message.str()) {}

  RejectReason reason() const { return Reason; }
  void log(llvm::raw_ostream &OS) const override;
  std::error_code convertToErrorCode() const override;

private:
  RejectReason Reason;
  std::string Message;
};

/// Makes the error "\p Name: \p What".
llvm::Error reject(RejectReason Reason, llvm::StringRef Name,
                   const llvm::Twine &What);

} // namespace pkgimg

#endif // PKGIMG_LOADER_REJECTION_H
