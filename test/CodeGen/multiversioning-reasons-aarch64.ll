; REQUIRES: opt-plugin, aarch64-registered-target, riscv-registered-target

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -pkgimg-print-clones -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=generic,+neon;cortex-a76,+neon,+lse;a64fx,+neon,+sve;neoverse-v1,+neon,+fullfp16,+bf16' \
; RUN:   2>&1 >%t.ll | FileCheck %s
; RUN: FileCheck --check-prefix=IR %s < %t.ll

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -disable-output %s \
; RUN:   -mtriple=riscv64-unknown-linux-gnu -pkgimg-print-clones \
; RUN:   -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=generic-rv64,+m;sifive-u74,+m,+f,+d;spacemit-x60,+m,+v,+zvfh;x,+m,+zve32x;y,+m,+zfh;z,+m,+zfbfmin' \
; RUN:   2>&1 | FileCheck --check-prefix=RISCV %s

; Fused multiply-add is in every AArch64 processor.
; CHECK:      function
; CHECK-NEXT: {{^loop +1 cortex-a76 +loop }}
; CHECK-NEXT: {{^loop +2 a64fx +loop }}
; CHECK-NEXT: {{^loop +3 neoverse-v1 +loop }}
; CHECK-NEXT: {{^vector +2 a64fx +simd }}
; CHECK-NEXT: {{^vector +3 neoverse-v1 +simd }}
; CHECK-NEXT: {{^half +3 neoverse-v1 +float16 }}
; CHECK-NEXT: {{^bfloat +3 neoverse-v1 +bfloat16 }}
; CHECK-NEXT: {{^query +2 a64fx +cpu }}
; CHECK-NEXT: target 1

; IR-LABEL: define i1 @query()
; IR-NEXT:    ret i1 false
; IR-LABEL: define hidden i1 @query.2()
; IR-NEXT:    ret i1 true
; IR-LABEL: define i1 @query_fma()
; IR-NEXT:    ret i1 true

; RISCV:      function
; RISCV-NEXT: {{^loop +1 sifive-u74 +loop }}
; RISCV-NEXT: {{^loop +2 spacemit-x60 +loop }}
; RISCV-NEXT: {{^loop +3 x +loop }}
; RISCV-NEXT: {{^loop +4 y +loop }}
; RISCV-NEXT: {{^loop +5 z +loop }}
; RISCV-NEXT: {{^vector +2 spacemit-x60 +simd }}
; RISCV-NEXT: {{^vector +3 x +simd }}
; RISCV-NEXT: {{^fma +1 sifive-u74 +math }}
; RISCV-NEXT: {{^half +2 spacemit-x60 +float16 }}
; RISCV-NEXT: {{^half +4 y +float16 }}
; RISCV-NEXT: {{^bfloat +5 z +bfloat16 }}
; RISCV-NEXT: {{^query_fma +1 sifive-u74 +cpu }}
; RISCV-NEXT: target 1

target triple = "aarch64-unknown-linux-gnu"

declare i1 @pkgimg.cpu.supports.sve()
declare i1 @julia.cpu.have_fma.f32()

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

define void @vector(ptr %p) {
  store <4 x float> zeroinitializer, ptr %p
  ret void
}

define float @fma(float %a) {
  %r = call float @llvm.fma.f32(float %a, float %a, float %a)
  ret float %r
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
  %r = call i1 @pkgimg.cpu.supports.sve()
  ret i1 %r
}

define i1 @query_fma() {
  %r = call i1 @julia.cpu.have_fma.f32()
  ret i1 %r
}
