; REQUIRES: opt-plugin, x86-registered-target

; Vectors of more than 128 bits are passed in other registers with AVX, so the
; two sides of such a call must be compiled for the same target, and if one side
; cannot be cloned, neither is.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -pkgimg-print-clones -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;nehalem,+sse2,+sse4.2;haswell,+sse2,+avx' \
; RUN:   2>%t.txt | FileCheck %s
; RUN: FileCheck --check-prefix=REPORT %s < %t.txt

; REPORT:      {{^caller +1 nehalem +simd}}
; REPORT:      {{^not_cloned_caller: not cloned: it is marked optnone$}}
; REPORT-NEXT: {{^joined: not cloned: a call with vectors, which are passed differently with other features, joins it to 'not_cloned_caller', which cannot be cloned$}}
; REPORT-NEXT: {{^joined_twice: not cloned: .* joins it to 'joined', which cannot be cloned$}}

target triple = "x86_64-unknown-linux-gnu"

; CHECK-LABEL: define void @caller(
; CHECK:         call <8 x float> @callee(
; CHECK-LABEL: define hidden void @caller.1(
; CHECK:         call <8 x float> @callee.1(
; CHECK-LABEL: define hidden void @caller.2(
; CHECK:         call <8 x float> @callee.2(
define void @caller(ptr %p) {
  %v = load <8 x float>, ptr %p
  %r = call <8 x float> @callee(<8 x float> %v)
  store <8 x float> %r, ptr %p
  ret void
}
define <8 x float> @callee(<8 x float> %v) {
  ret <8 x float> %v
}

; CHECK-LABEL: define void @not_cloned_caller(
; CHECK:         call <8 x float> @joined(
define void @not_cloned_caller() noinline optnone {
  %r = call <8 x float> @joined(<8 x float> zeroinitializer)
  ret void
}
define <8 x float> @joined(<8 x float> %v) {
  %r = call <8 x float> @joined_twice(<8 x float> %v)
  ret <8 x float> %r
}
define <8 x float> @joined_twice(<8 x float> %v) {
  ret <8 x float> %v
}
; CHECK-NOT: @joined{{.*}}.1
; CHECK-NOT: @joined{{.*}}.2

; 128 bits are passed in the same register everywhere: nothing is joined.
; CHECK-LABEL: define void @not_cloned_narrow(
; CHECK:         %[[CODE:.*]] = load ptr, ptr @narrow.reloc_slot
; CHECK-NEXT:    call void %[[CODE]](
define void @not_cloned_narrow() noinline optnone {
  call void @narrow(<4 x float> zeroinitializer)
  ret void
}
; CHECK-LABEL: define void @narrow(
; CHECK-LABEL: define hidden void @narrow.1(
define void @narrow(<4 x float> %v) {
  ret void
}
