#define _GNU_SOURCE
#include "cguest.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "Generated/filter.h"

#define PROGRAM(lines) \
  (struct sock_fprog) { .len = sizeof(lines) / sizeof(lines)[0], .filter = (struct sock_filter *)(lines) }

int cguest_apply_filter(int closes_users) {
#if defined(__x86_64__)
  struct sock_fprog program = closes_users ? PROGRAM(x86_64_without_users) : PROGRAM(x86_64_with_users);
#elif defined(__aarch64__)
  struct sock_fprog program = closes_users ? PROGRAM(aarch64_without_users) : PROGRAM(aarch64_with_users);
#endif
#if defined(__x86_64__) || defined(__aarch64__)
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return errno;
#endif
  return 0;
}
