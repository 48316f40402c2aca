#pragma once

#include <stddef.h>
#include <stdint.h>

/// A data file that is part of the program. Its bytes are constants that are never freed.
typedef struct {
    const uint8_t *_Nonnull start;
    size_t count;
} CatalogueFile;

/// Families of EC2 instance types and their sizes (InstanceTypeTable.swift).
CatalogueFile catalogue_instance_types(void);
/// Regions with the instance types that their zones offer (InstanceTypeOfferings.swift).
CatalogueFile catalogue_instance_type_offerings(void);
/// AWS's managed policies, compressed with xz (PolicyCatalogue.swift).
CatalogueFile catalogue_managed_policies(void);
