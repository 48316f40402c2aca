#include "CCatalogue.h"

// files.S defines the symbols.
#define EMBEDDED(name) \
    extern const uint8_t cfile_##name[], cfile_##name##_end[]; \
    CatalogueFile catalogue_##name(void) { \
        CatalogueFile file = {cfile_##name, cfile_##name##_end - cfile_##name}; \
        return file; \
    }

EMBEDDED(instance_types)
EMBEDDED(instance_type_offerings)
EMBEDDED(managed_policies)
