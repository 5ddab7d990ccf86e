//===- Rejection.cpp - why an image is not loaded -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/Rejection.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

char RejectionError::ID;

StringRef pkgimg::getRejectReasonName(RejectReason Reason) {
  switch (Reason) {
  case RejectReason::Unreadable:
    return "unreadable";
  case RejectReason::Format:
    return "format";
  case RejectReason::Platform:
    return "platform";
  case RejectReason::Flags:
    return "flags";
  case RejectReason::CPU:
    return "cpu";
  case RejectReason::Damaged:
    return "damaged";
  case RejectReason::Changed:
    return "changed";
  case RejectReason::InUse:
    return "in-use";
  case RejectReason::Link:
    return "link";
  }
  llvm_unreachable("unknown reason");
}

void RejectionError::log(raw_ostream &OS) const { OS << Message; }

std::error_code RejectionError::convertToErrorCode() const {
  return inconvertibleErrorCode();
}

Error pkgimg::reject(RejectReason Reason, StringRef Name, const Twine &What) {
  return make_error<RejectionError>(Reason, Name + ": " + What);
}
