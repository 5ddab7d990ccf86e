/* A runtime in one DLL: a function, and data. */
__declspec(dllexport) int step = 1;
__declspec(dllexport) int add(int A, int B) { return A + B; }
