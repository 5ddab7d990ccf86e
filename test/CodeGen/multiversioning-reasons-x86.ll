; REQUIRES: opt-plugin, x86-registered-target

; Each reason by itself, and that it counts only where the target has something
; new for it.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -disable-output %s \
; RUN:   -pkgimg-print-clones -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;nehalem,+sse2,+popcnt;haswell,+sse2,+avx2,+fma,+f16c;cooperlake,+sse2,+avx512bf16,+avx512f' \
; RUN:   2>&1 | FileCheck %s

; A base that has fused multiply-add, half conversions and AVX2 leaves nothing to
; gain but in loops.
; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -disable-output %s \
; RUN:   -pkgimg-print-clones -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=haswell,+avx2,+fma,+f16c;bdver4,+avx2,+fma,+f16c,+fma4,+tbm' \
; RUN:   2>&1 | FileCheck --check-prefix=RICH %s

; The same features: nothing, whatever the CPU.
; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -disable-output %s \
; RUN:   -pkgimg-print-clones '-pkgimg-mv-targets=x86-64,+sse2;znver4,+sse2' \
; RUN:   2>&1 | FileCheck --check-prefix=SAME %s

; CHECK:      {{^function +target +reason +size$}}
; CHECK-NEXT: {{^loop +1 nehalem +loop +6$}}
; CHECK-NEXT: {{^loop +2 haswell +loop +6$}}
; CHECK-NEXT: {{^loop +3 cooperlake +loop +6$}}
; CHECK-NEXT: {{^vector +2 haswell +simd +2$}}
; CHECK-NEXT: {{^vector +3 cooperlake +simd +2$}}
; CHECK-NEXT: {{^vector_in_struct +2 haswell +simd }}
; CHECK-NEXT: {{^vector_in_struct +3 cooperlake +simd }}
; CHECK-NEXT: {{^vector_signature +2 haswell +simd }}
; CHECK-NEXT: {{^vector_signature +3 cooperlake +simd }}
; CHECK-NEXT: {{^fma +2 haswell +math }}
; CHECK-NEXT: {{^muladd +2 haswell +math }}
; CHECK-NEXT: {{^constrained +2 haswell +math }}
; CHECK-NEXT: {{^contract +2 haswell +math }}
; CHECK-NEXT: {{^fast +2 haswell +math }}
; CHECK-NEXT: {{^half +2 haswell +float16 }}
; CHECK-NEXT: {{^bfloat +3 cooperlake +bfloat16 }}
; CHECK-NEXT: {{^query +2 haswell +cpu }}
; CHECK-NEXT: {{^query_fma +2 haswell +cpu }}
; CHECK-NEXT: {{^all +1 nehalem +loop }}
; CHECK-NEXT: {{^all +2 haswell +loop,simd,math,float16,cpu }}
; CHECK-NEXT: {{^all +3 cooperlake +loop,simd }}
; CHECK-NEXT: target 1 nehalem: 2 of 16 functions
; CHECK-NEXT: target 2 haswell: 13 of 16 functions
; CHECK-NEXT: target 3 cooperlake: 6 of 16 functions

; RICH:      function
; RICH-NEXT: {{^loop +1 bdver4 +loop }}
; RICH-NEXT: {{^all +1 bdver4 +loop }}
; RICH-NEXT: target 1 bdver4: 2 of 16 functions

; SAME:      function
; SAME-NEXT: target 1 znver4: 0 of 16 functions, 0 of

target triple = "x86_64-unknown-linux-gnu"

declare i1 @pkgimg.cpu.supports.avx2()
declare i1 @julia.cpu.have_fma.f64()

define i32 @loop(i32 %n) {
entry:
  br label %body
body:
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %next = add i32 %i, 1
  %end = icmp eq i32 %next, %n
  br i1 %end, label %done, label %body
done:
  ret i32 %i
}

; 128 bits: passed in the same register with every feature.
define void @vector(ptr %p) {
  store <4 x float> zeroinitializer, ptr %p
  ret void
}

define { float, [2 x <2 x float>] } @vector_in_struct(ptr %p) {
  ret { float, [2 x <2 x float>] } zeroinitializer
}

define void @vector_signature(<4 x i32> %unused) {
  ret void
}

define float @fma(float %a) {
  %r = call float @llvm.fma.f32(float %a, float %a, float %a)
  ret float %r
}

define float @muladd(float %a) {
  %r = call float @llvm.fmuladd.f32(float %a, float %a, float %a)
  ret float %r
}

define float @constrained(float %a) strictfp {
  %r = call float @llvm.experimental.constrained.fma.f32(float %a, float %a, float %a, metadata !"round.tonearest", metadata !"fpexcept.ignore") strictfp
  ret float %r
}

define double @contract(double %a) {
  %m = fmul contract double %a, %a
  %r = fadd contract double %m, %a
  ret double %r
}

define double @fast(double %a) {
  %r = fmul fast double %a, %a
  ret double %r
}

; Other flags let nothing be fused.
define double @reassociate(double %a) {
  %r = fmul reassoc nnan ninf nsz arcp double %a, %a
  ret double %r
}

define float @half(ptr %p) {
  %h = load half, ptr %p
  %r = fpext half %h to float
  ret float %r
}

define float @bfloat(ptr %p) {
  %h = load bfloat, ptr %p
  %r = fpext bfloat %h to float
  ret float %r
}

define i1 @query() {
  %r = call i1 @pkgimg.cpu.supports.avx2()
  ret i1 %r
}

define i1 @query_fma() {
  %r = call i1 @julia.cpu.have_fma.f64()
  ret i1 %r
}

define void @plain(ptr %p) {
  store i32 0, ptr %p
  ret void
}

define void @all(ptr %p, i32 %n) {
entry:
  %q = call i1 @pkgimg.cpu.supports.avx2()
  br label %body
body:
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %h = load half, ptr %p
  %x = fpext half %h to float
  %y = call contract float @llvm.fmuladd.f32(float %x, float %x, float %x)
  %v = insertelement <4 x float> poison, float %y, i32 0
  store <4 x float> %v, ptr %p
  %next = add i32 %i, 1
  %end = icmp eq i32 %next, %n
  br i1 %end, label %done, label %body
done:
  ret void
}
