// In a packaged program: what Debian's static libraries expect of glibc 2.36, for Ubuntu 22.04, which has 2.35.
#if defined(DRYDOCK_ICU_DATA) && defined(__linux__)
#include <stdlib.h>
#include <sys/random.h>

__attribute__((visibility("hidden"))) void arc4random_buf(void *buffer, size_t size) {
    unsigned char *next = buffer;
    while (size > 0) {
        ssize_t count = getrandom(next, size, 0);
        if (count < 0) continue;
        next += count;
        size -= (size_t)count;
    }
}
#endif
