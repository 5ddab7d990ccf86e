; REQUIRES: opt-plugin, x86-registered-target

; What cannot be cloned, and that the report says why.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -pass-remarks-missed=pkgimg-multiversioning -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;haswell,+sse2,+avx2,clone_all' \
; RUN:   2>%t.txt | FileCheck %s
; RUN: FileCheck --check-prefix=REMARK --implicit-check-not=remark: %s < %t.txt

; A function without a reason is not reported.
; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -disable-output %s \
; RUN:   -pass-remarks-missed=pkgimg-multiversioning -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;haswell,+sse2,+avx2' \
; RUN:   2>&1 | count 0

; CHECK-NOT: .1(
; CHECK: !pkgimg.mv.functions = !{}
; CHECK: !pkgimg.mv.slots = !{}

; REMARK: remark: {{.*}}: 'no_clone' not cloned: it has the attribute "pkgimg-no-clone"
; REMARK: remark: {{.*}}: 'optnone' not cloned: it is marked optnone
; REMARK: remark: {{.*}}: 'naked' not cloned: it is marked naked
; REMARK: remark: {{.*}}: 'weak' not cloned: the linker may replace it
; REMARK: remark: {{.*}}: 'linkonce' not cloned: the linker may replace it
; REMARK: remark: {{.*}}: 'blockaddress' not cloned: the address of one of its blocks is taken
; REMARK: remark: {{.*}}: 'escapes' not cloned: its frame is shared with exception filters
; REMARK: remark: {{.*}}: 'noduplicate' not cloned: it has a call that must not be duplicated
; REMARK: remark: {{.*}}: 'label' not cloned: its inline assembly defines a label
; REMARK: remark: {{.*}}: 'resolver' not cloned: it resolves the ifunc 'ifunc'

target triple = "x86_64-unknown-linux-gnu"

@ifunc = ifunc void (), ptr @resolver
@target = global ptr null
declare void @barrier() noduplicate

define void @no_clone() "pkgimg-no-clone" {
  ret void
}
define void @optnone() noinline optnone {
  ret void
}
define void @naked() naked {
  unreachable
}
define weak void @weak() {
  ret void
}
define linkonce void @linkonce() {
  ret void
}
define available_externally void @elsewhere() {
  ret void
}
define void @blockaddress() {
entry:
  store ptr blockaddress(@blockaddress, %next), ptr @target
  br label %next
next:
  ret void
}
define void @escapes() {
  %a = alloca i32
  call void (...) @llvm.localescape(ptr %a)
  ret void
}
define void @noduplicate() {
  call void @barrier()
  ret void
}
define void @label() {
  call void asm sideeffect "nop\0A my_label: nop", ""()
  ret void
}
define ptr @resolver() {
  ret ptr @optnone
}
