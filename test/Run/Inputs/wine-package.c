/* A package that uses the runtime's function and data, and its own data, whose
   addresses the loader must set. */
__declspec(dllimport) extern int step;
__declspec(dllimport) int add(int A, int B);

int internal(int N) { return N + 1; }
static int (*const Table[])(int) = {internal};

__declspec(dllexport) int sum(int N) {
  int Result = 0;
  for (int I = step; I < Table[0](N); I += step)
    Result = add(Result, I);
  return Result;
}
