; Nothing here says what to export.
@package_data = global i32 7
@local = internal global i32 1

define i32 @package_add(i32 %a, i32 %b) {
  %c = load i32, ptr @package_data
  %d = load volatile i32, ptr @local
  %e = add i32 %a, %b
  %f = add i32 %c, %d
  %g = add i32 %e, %f
  ret i32 %g
}

; The number gets a symbol of its own, and the object refers to _fltused.
define double @package_scale(double %x) {
  %y = fmul double %x, 0x400921FB54442D18
  ret double %y
}
