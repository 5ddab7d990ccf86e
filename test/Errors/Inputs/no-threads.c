/* Loaded first, this refuses every thread, as a container's limit does. */
#include <errno.h>
#include <pthread.h>
int pthread_create(pthread_t *Thread, const pthread_attr_t *Attr,
                   void *(*Start)(void *), void *Arg) {
  (void)Thread, (void)Attr, (void)Start, (void)Arg;
  return EAGAIN;
}
