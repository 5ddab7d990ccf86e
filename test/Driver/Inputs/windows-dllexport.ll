define dllexport i32 @chosen() {
  ret i32 1
}

define i32 @other() {
  ret i32 2
}
