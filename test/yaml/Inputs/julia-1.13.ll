; What Julia 1.13 hands to the linker for a package of two functions, one of
; them with a clone for a second processor.

@jl_system_image_data = global [8 x i8] c"\00\01\02\03\04\05\06\07", align 4096
@jl_system_image_size = constant i64 8
@jl_image_unpack = constant ptr @jl_image_unpack_uncomp

declare void @jl_image_unpack_uncomp()

define hidden i32 @julia_add_1(i32 %x) {
  %y = add i32 %x, 1
  ret i32 %y
}

define hidden i32 @"julia_+_2"(i32 %x) {
  %f = load ptr, ptr @"julia_+_2.reloc_slot"
  %y = call i32 %f(i32 %x)
  ret i32 %y
}

define hidden i32 @"julia_+_2.1"(i32 %x) {
  %y = mul i32 %x, 3
  ret i32 %y
}

@"julia_+_2.reloc_slot" = hidden global ptr @julia_add_1
@jl_global_1 = hidden global ptr null
@table = hidden global [3 x ptr] [ptr @jl_global_1, ptr getelementptr (i8, ptr @text, i64 6), ptr @jl_system_image_data]
@text = hidden constant [12 x i8] c"hello world\00"

@jl_fvar_count_0 = hidden constant i64 2
@jl_fvar_ptrs_0 = hidden constant [2 x ptr] [ptr @julia_add_1, ptr @"julia_+_2"]
@jl_fvar_idxs_0 = hidden constant [2 x i32] [i32 1, i32 0]
@jl_gvar_offsets_0 = hidden constant [2 x i32] [i32 1, i32 trunc (i64 sub (i64 ptrtoint (ptr @jl_global_1 to i64), i64 ptrtoint (ptr @jl_gvar_offsets_0 to i64)) to i32)]
@jl_gvar_idxs_0 = hidden constant [1 x i32] [i32 0]
@jl_clone_slots_0 = hidden constant [3 x i32] [i32 1, i32 1, i32 trunc (i64 sub (i64 ptrtoint (ptr @"julia_+_2.reloc_slot" to i64), i64 ptrtoint (ptr @jl_clone_slots_0 to i64)) to i32)]
@jl_clone_ptrs_0 = hidden constant [1 x ptr] [ptr @"julia_+_2.1"]
@jl_clone_idxs_0 = hidden constant [5 x i32] [i32 -2147483647, i32 1, i32 1, i32 0, i32 -2147483647]

@jl_shard_tables = hidden constant [8 x ptr] [ptr @jl_fvar_count_0, ptr @jl_fvar_ptrs_0, ptr @jl_fvar_idxs_0, ptr @jl_gvar_offsets_0, ptr @jl_gvar_idxs_0, ptr @jl_clone_slots_0, ptr @jl_clone_ptrs_0, ptr @jl_clone_idxs_0]

@jl_pgcstack_func_slot = hidden global ptr @pgcstack_default_func
@jl_pgcstack_key_slot = hidden global i64 0
@jl_tls_offset = hidden global i64 0
@jl_ptls_table = hidden constant [3 x ptr] [ptr @jl_pgcstack_func_slot, ptr @jl_pgcstack_key_slot, ptr @jl_tls_offset]

define hidden ptr @pgcstack_default_func() {
  ret ptr null
}

@jl_image_header = internal constant [4 x i32] [i32 1, i32 1, i32 2, i32 1]
@jl_small_typeof = hidden global [128 x i64] zeroinitializer
@jl_dispatch_target_ids = internal constant [66 x i8] c"\02\00\00\00\00\00\00\00\01\00\00\00\40\00\00\00\00\00\00\00\07\00\00\00\67\65\6E\65\72\69\63\00\00\00\00\00\00\00\00\01\00\00\00\C0\00\00\00\00\00\00\00\07\00\00\00\68\61\73\77\65\6C\6C\00\00\00\00", align 8
@jl_cpu_target_string = internal constant [16 x i8] c"generic;haswell\00"
@jl_image_pointers = constant [6 x ptr] [ptr @jl_image_header, ptr @jl_shard_tables, ptr @jl_ptls_table, ptr @jl_small_typeof, ptr @jl_dispatch_target_ids, ptr @jl_cpu_target_string]
