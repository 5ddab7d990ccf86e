// Loops that gain from vectors, without a header.
void axpy(double *restrict y, const double *x, double a, long n) {
  for (long i = 0; i < n; ++i)
    y[i] += a * x[i];
}

static unsigned mix(unsigned v) { return (v ^ v >> 15) * 2246822519u; }

unsigned digest(const unsigned *p, long n) {
  unsigned sum = 0;
  for (long i = 0; i < n; ++i)
    sum += mix(p[i]);
  return sum;
}

// Its address escapes, so that calls through it go by a slot.
static unsigned (*volatile chosen)(const unsigned *, long) = digest;

unsigned through(const unsigned *p, long n) { return chosen(p, n); }
