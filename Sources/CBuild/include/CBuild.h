#pragma once

/// The commit that this was built from, as the package's build says it; empty elsewhere.
const char *_Nonnull cbuild_commit(void);
