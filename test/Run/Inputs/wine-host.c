/* Loads the DLL that the command line names last, and calls its `sum`. Without
   any C runtime: the entry point is start(). */
typedef void *HANDLE;
#define WINAPI __declspec(dllimport) __stdcall
HANDLE WINAPI LoadLibraryA(const char *);
void *WINAPI GetProcAddress(HANDLE, const char *);
void WINAPI ExitProcess(unsigned);
int WINAPI WriteFile(HANDLE, const void *, unsigned, unsigned *, void *);
HANDLE WINAPI GetStdHandle(unsigned);
const char *WINAPI GetCommandLineA(void);

void __stdcall start(void) {
  const char *Name = GetCommandLineA();
  for (const char *P = Name; *P; ++P)
    if (P[0] == ' ' && P[1] && P[1] != ' ')
      Name = P + 1;
  HANDLE Library = LoadLibraryA(Name);
  if (!Library)
    ExitProcess(101);
  int (*Sum)(int) = (int (*)(int))GetProcAddress(Library, "sum");
  if (!Sum)
    ExitProcess(102);
  if (GetProcAddress(Library, "internal"))
    ExitProcess(103);
  char Text[] = "sum(6) = ??\n";
  int Value = Sum(6);
  Text[9] = '0' + Value / 10 % 10;
  Text[10] = '0' + Value % 10;
  unsigned Written;
  WriteFile(GetStdHandle(-11), Text, sizeof(Text) - 1, &Written, 0);
  ExitProcess(0);
}
