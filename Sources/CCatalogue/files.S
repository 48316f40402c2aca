// Embeds the files of the folder data. Assembled instead of compiled, because a literal of this size takes long to compile.
// checksums.h changes with the files, so that the build assembles them again.
#include "checksums.h"

#ifdef __APPLE__
#define SYMBOL(name) _cfile_##name
    .section __TEXT,__const
#else
#define SYMBOL(name) cfile_##name
    .section .rodata
#endif

    .globl SYMBOL(instance_types)
    .globl SYMBOL(instance_types_end)
SYMBOL(instance_types):
    .incbin "instance-types.txt"
SYMBOL(instance_types_end):

    .globl SYMBOL(instance_type_offerings)
    .globl SYMBOL(instance_type_offerings_end)
SYMBOL(instance_type_offerings):
    .incbin "instance-type-offerings.txt"
SYMBOL(instance_type_offerings_end):

    .globl SYMBOL(managed_policies)
    .globl SYMBOL(managed_policies_end)
SYMBOL(managed_policies):
    .incbin "managed-policies.xz"
SYMBOL(managed_policies_end):

#ifdef __linux__
    .section .note.GNU-stack, "", @progbits
#endif
