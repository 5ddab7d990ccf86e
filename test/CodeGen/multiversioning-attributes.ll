; REQUIRES: opt-plugin, x86-registered-target, aarch64-registered-target

; Attributes, linkage and debug information of originals and clones.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -pass-remarks-analysis=pkgimg-multiversioning -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;haswell,+sse2,-rdrnd,+avx2,opt_size;znver4,+sse2,+avx2,+avx512f,min_size' \
; RUN:   -o %t.ll 2>%t.txt
; RUN: FileCheck --implicit-check-not=DISubprogram %s < %t.ll
; RUN: FileCheck --check-prefix=REMARK --implicit-check-not=remark: %s < %t.txt
; RUN: llc -O0 -filetype=obj -relocation-model=pic %t.ll -o %t.o
; RUN: llvm-readelf --symbols %t.o | FileCheck --check-prefix=ELF %s

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -pkgimg-mv-inline-limit=0 -pkgimg-mv-promote-locals \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;haswell,+sse2,+avx2' \
; RUN:   | FileCheck --check-prefix=PROMOTED %s

; REMARK:      remark: {{.*}}: 'kernel' keeps +avx2, which target 0 lacks: its code cannot be compiled without
; REMARK:      remark: {{.*}}: 'header' keeps +avx2, which target 0 lacks
; REMARK:      remark: {{.*}}: 'calls_header' keeps +avx2, which target 0 lacks

; ELF-DAG: {{FUNC +GLOBAL +DEFAULT .* exported$}}
; ELF-DAG: {{FUNC +GLOBAL +HIDDEN .* exported.1$}}
; ELF-DAG: {{FUNC +LOCAL +DEFAULT .* local.1$}}
; ELF-DAG: {{FUNC +WEAK +HIDDEN .* inline_with_slot.1$}}

; PROMOTED: define hidden void @local() {{.*}}
; PROMOTED: define hidden void @local.1() {{.*}}

target triple = "x86_64-unknown-linux-gnu"

declare i1 @pkgimg.cpu.supports.avx2()
declare void @escape(ptr)
declare i32 @personality(...)

$inline = comdat any
$inline_with_slot = comdat any

; CHECK: $inline.1 = comdat any
; CHECK: $inline_with_slot.1 = comdat any
; CHECK: $inline_with_slot.reloc_slot = comdat any
; CHECK: @inline_with_slot.reloc_slot = weak_odr hidden externally_initialized global ptr @inline_with_slot, comdat
; CHECK: @local_with_slot.reloc_slot = hidden externally_initialized global ptr @local_with_slot

; What the front end had is replaced; the rest is copied.
; CHECK: define dso_local i32 @exported(i32 returned %x) #[[A0:[0-9]+]] gc "statepoint-example" prefix i32 1 prologue i32 2 personality ptr @personality !dbg ![[D0:[0-9]+]]
; CHECK: define hidden i32 @exported.1(i32 returned %x) #[[A1:[0-9]+]] gc "statepoint-example" prefix i32 1 prologue i32 2 personality ptr @personality !dbg ![[D1:[0-9]+]]
; CHECK: define hidden i32 @exported.2(i32 returned %x) #[[A2:[0-9]+]] gc "statepoint-example" prefix
define dso_local i32 @exported(i32 returned %x) "target-cpu"="pentium4" "tune-cpu"="generic" "target-features"="+sse2,+avx512f" "other"="1" gc "statepoint-example" prefix i32 1 prologue i32 2 personality ptr @personality !dbg !5 {
  %q = call i1 @pkgimg.cpu.supports.avx2(), !dbg !8
  ret i32 %x, !dbg !8
}

; CHECK: define internal void @local() {{.*}}{
; CHECK: define internal void @local.1() {{.*}}{
define internal void @local() {
  %q = call i1 @pkgimg.cpu.supports.avx2()
  ret void
}

; CHECK: define hidden void @local_with_slot() {{.*}}{
; CHECK: define hidden void @local_with_slot.1() {{.*}}{
define internal void @local_with_slot() {
  %q = call i1 @pkgimg.cpu.supports.avx2()
  ret void
}

; CHECK: define linkonce_odr void @inline() {{.*}}comdat {{.*}}{
; CHECK: define linkonce_odr hidden void @inline.1() {{.*}}comdat {{.*}}{
define linkonce_odr void @inline() comdat {
  %q = call i1 @pkgimg.cpu.supports.avx2()
  ret void
}

; CHECK: define weak_odr void @inline_with_slot() {{.*}}comdat {{.*}}{
; CHECK: define weak_odr hidden void @inline_with_slot.1() {{.*}}comdat {{.*}}{
define linkonce_odr void @inline_with_slot() comdat {
  %q = call i1 @pkgimg.cpu.supports.avx2()
  ret void
}

define void @shared() {
  call void @escape(ptr @inline_with_slot)
  call void @escape(ptr @local_with_slot)
  ret void
}
define void @cloned() {
  %q = call i1 @pkgimg.cpu.supports.avx2()
  call void @inline()
  call void @local()
  ret void
}

; Code with instructions of AVX2 cannot be compiled for less, nor can what it is
; inlined into; other code of the front end's AVX2 can.
; CHECK: define void @kernel(ptr %p) #[[K0:[0-9]+]]
; CHECK: define void @header(ptr %p) #[[H0:[0-9]+]]
; CHECK: define void @calls_header(ptr %p) #[[K0]]
; CHECK: define void @no_intrinsic(ptr %p) #[[N0:[0-9]+]]
define void @kernel(ptr %p) "target-features"="+avx2" {
  %v = call <16 x i8> @llvm.x86.sse2.pavg.b(<16 x i8> zeroinitializer, <16 x i8> zeroinitializer)
  %w = call <32 x i8> @llvm.x86.avx2.pavg.b(<32 x i8> zeroinitializer, <32 x i8> zeroinitializer)
  store <32 x i8> %w, ptr %p
  ret void
}
define void @header(ptr %p) alwaysinline "target-features"="+avx2" {
  %w = call <32 x i8> @llvm.x86.avx2.pavg.b(<32 x i8> zeroinitializer, <32 x i8> zeroinitializer)
  store <32 x i8> %w, ptr %p
  ret void
}
define void @calls_header(ptr %p) "target-features"="+avx2" {
  call void @header(ptr %p)
  ret void
}
define void @no_intrinsic(ptr %p) "target-features"="+avx2" {
  store <32 x i8> zeroinitializer, ptr %p
  ret void
}

; What is behind a query that target 0 denies is not there.
; CHECK: define void @guarded(ptr %p) #[[N0]]
; CHECK-NOT: pavg
; CHECK: define hidden void @guarded.1(ptr %p)
; CHECK: pavg
define void @guarded(ptr %p) "target-features"="+avx2" {
  %q = call i1 @pkgimg.cpu.supports.avx2()
  %q8 = zext i1 %q to i8
  %c = icmp ne i8 %q8, 0
  br i1 %c, label %yes, label %no
yes:
  %w = call <32 x i8> @llvm.x86.avx2.pavg.b(<32 x i8> zeroinitializer, <32 x i8> zeroinitializer)
  store <32 x i8> %w, ptr %p
  ret void
no:
  ret void
}

; CHECK-DAG: attributes #[[A0]] = { "other"="1" "target-cpu"="x86-64" "target-features"="+sse2" "tune-cpu"="x86-64" }
; CHECK-DAG: attributes #[[A1]] = { optsize "other"="1" "target-cpu"="haswell" "target-features"="+sse2,-rdrnd,+avx2" "tune-cpu"="haswell" }
; CHECK-DAG: attributes #[[A2]] = { minsize optsize "other"="1" "target-cpu"="znver4" "target-features"="+sse2,+avx2,+avx512f" "tune-cpu"="znver4" }
; CHECK-DAG: attributes #[[K0]] = { "target-cpu"="x86-64" "target-features"="+sse2,+avx2" "tune-cpu"="x86-64" }
; CHECK-DAG: attributes #[[N0]] = { "target-cpu"="x86-64" "target-features"="+sse2" "tune-cpu"="x86-64" }

; CHECK: ![[D0]] = distinct !DISubprogram(name: "exported"
; CHECK: ![[D1]] = distinct !DISubprogram(name: "exported"
; CHECK: distinct !DISubprogram(name: "exported"

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2, !3}
!0 = distinct !DICompileUnit(language: DW_LANG_C99, file: !1, producer: "hand", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!1 = !DIFile(filename: "a.c", directory: "/")
!2 = !{i32 7, !"Dwarf Version", i32 5}
!3 = !{i32 2, !"Debug Info Version", i32 3}
!5 = distinct !DISubprogram(name: "exported", scope: !1, file: !1, line: 1, type: !6, scopeLine: 1, unit: !0, spFlags: DISPFlagDefinition)
!6 = !DISubroutineType(types: !7)
!7 = !{null}
!8 = !DILocation(line: 2, column: 3, scope: !5)
