/* A wrong clock for one process: cc -shared -fPIC -o skew.so skew.c -ldl; SKEW_SECONDS=3600 LD_PRELOAD=./skew.so COMMAND
 *
 * Moves the time of day. Clocks that only measure how long something takes stay as they are. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long skew(void) {
  const char *seconds = getenv("SKEW_SECONDS");
  return seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(clock, now);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += skew();
  return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
  int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
  int failed = real(now, zone);
  if (!failed) now->tv_sec += skew();
  return failed;
}

time_t time(time_t *now) {
  time_t (*real)(time_t *) = dlsym(RTLD_NEXT, "time");
  time_t found = real(NULL) + skew();
  if (now) *now = found;
  return found;
}
