#include "CSQLite.h"

#include <sqlite3.h>

// sqlite3_config takes variable arguments, so Swift cannot call it.
void csqlite_skip_memory_statistics(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
