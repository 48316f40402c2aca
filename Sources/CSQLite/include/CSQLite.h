#pragma once

/// Stops SQLite from counting the memory of the whole process: each allocation would take a lock for it. Nothing in Drydock asks
/// for these counts. Has an effect only before the process's first use of SQLite; later it does nothing.
/// See SQLITE_CONFIG_MEMSTATUS, https://www.sqlite.org/c3ref/c_config_covering_index_scan.html
void csqlite_skip_memory_statistics(void);
