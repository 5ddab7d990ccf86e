/* Loads an image and prints what its function returns. */
#include <dlfcn.h>
#include <stdio.h>

int main(int Argc, char **Argv) {
  void *Image = dlopen(Argv[Argc - 1], RTLD_NOW);
  if (!Image) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  int (*Sum)(int) = (int (*)(int))dlsym(Image, "package_sum");
  printf("package_sum(6) = %d\n", Sum(6));
  return 0;
}
