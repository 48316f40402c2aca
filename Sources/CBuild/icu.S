// Foundation's ICU data without the languages, in a packaged program (tools/packaging/icu.py): what an object defines the linker
// does not take from Foundation's library. Empty in every other build.
#ifdef DRYDOCK_ICU_DATA
    .section .rodata
    .balign 64
    .globl DRYDOCK_ICU_SYMBOL
    .hidden DRYDOCK_ICU_SYMBOL
    .type DRYDOCK_ICU_SYMBOL, @object
DRYDOCK_ICU_SYMBOL:
    .incbin DRYDOCK_ICU_DATA
    .size DRYDOCK_ICU_SYMBOL, . - DRYDOCK_ICU_SYMBOL
#endif
#ifdef __linux__
    .section .note.GNU-stack, "", @progbits
#endif
