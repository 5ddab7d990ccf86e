; REQUIRES: opt-plugin, x86-registered-target

; clone_all targets have code of their own for every function. A partial target
; based on one takes that code where it has no clone.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;haswell,+sse2,+avx2,clone_all;znver4,+sse2,+avx2,+avx512f,base(1);znver5,+sse2,+avx2,clone_all' \
; RUN:   | FileCheck %s

target triple = "x86_64-unknown-linux-gnu"

declare i1 @pkgimg.cpu.supports.avx512f()

; Cloned for all; a reference from the group that has a partial target goes
; through the slot, one from a group without goes directly.
; CHECK: @work.reloc_slot = hidden externally_initialized global ptr @work
; CHECK-NOT: reloc_slot =

; CHECK-LABEL: define i32 @work(
; CHECK-LABEL: define hidden i32 @work.1(
; CHECK-LABEL: define hidden i32 @work.2(
; CHECK-LABEL: define hidden i32 @work.3(
define i32 @work() {
  %q = call i1 @pkgimg.cpu.supports.avx512f()
  %r = select i1 %q, i32 512, i32 0
  ret i32 %r
}

; CHECK-LABEL: define i32 @shared(
; CHECK-NEXT:    call i32 @work()
; CHECK-NEXT:    call i32 @plain()
; CHECK-LABEL: define hidden i32 @shared.1(
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    call i32 %[[F]]()
; CHECK-NEXT:    call i32 @plain.1()
; CHECK-NOT:   @shared.2
; CHECK-LABEL: define hidden i32 @shared.3(
; CHECK-NEXT:    call i32 @work.3()
; CHECK-NEXT:    call i32 @plain.3()
define i32 @shared() noinline {
  %r = call i32 @work()
  %s = call i32 @plain()
  ret i32 %r
}

; A clone for the partial target calls the base's code for what is not cloned.
; CHECK-LABEL: define i32 @cloned(
; CHECK-NEXT:    call i32 @work()
; CHECK-NEXT:    call i32 @plain()
; CHECK-LABEL: define hidden i32 @cloned.1(
; CHECK-NEXT:    call i32 @work.1()
; CHECK-NEXT:    call i32 @plain.1()
; CHECK-LABEL: define hidden i32 @cloned.2(
; CHECK-NEXT:    call i32 @work.2()
; CHECK-NEXT:    call i32 @plain.1()
; CHECK-LABEL: define hidden i32 @cloned.3(
define i32 @cloned() noinline {
  %q = call i1 @pkgimg.cpu.supports.avx512f()
  %r = call i32 @work()
  %s = call i32 @plain()
  ret i32 %r
}

; CHECK-LABEL: define i32 @plain(
; CHECK-LABEL: define hidden i32 @plain.1(
; CHECK-NOT:   @plain.2
; CHECK-LABEL: define hidden i32 @plain.3(
define i32 @plain() noinline {
  ret i32 0
}

; Not cloned, so it runs for all targets, and every reference but to what is not
; cloned either goes through a slot.
; CHECK-LABEL: define i32 @uncloned(
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    call i32 %[[F]]()
; CHECK-NEXT:    call i32 @uncloned()
define i32 @uncloned() noinline optnone {
  %r = call i32 @work()
  %s = call i32 @uncloned()
  ret i32 %r
}

; CHECK: !{ptr @work, ptr @work.1, ptr @work.2, ptr @work.3}
; CHECK: !{ptr @plain, ptr @plain.1, null, ptr @plain.3}
