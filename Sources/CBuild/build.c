#include "CBuild.h"

#ifndef DRYDOCK_COMMIT
#define DRYDOCK_COMMIT ""
#endif

const char *cbuild_commit(void) { return DRYDOCK_COMMIT; }
