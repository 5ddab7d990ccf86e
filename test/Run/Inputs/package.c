static int Table[] = {1, 2, 3, 4, 5, 6};
static const char *Names[] = {"a", "b"};
int package_sum(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I)
    Sum += Table[I];
  return Sum + (Names[0][0] - 'a');
}
