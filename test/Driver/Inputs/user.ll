declare i32 @package_add(i32, i32)

define i32 @use(i32 %x) {
  %y = call i32 @package_add(i32 %x, i32 1)
  ret i32 %y
}
