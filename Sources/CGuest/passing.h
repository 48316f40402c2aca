#pragma once
#include <sys/types.h>

// Within this target only: what its files share about other processes and their networks.

// Opens a process's user and network namespaces. Returns 0 or an errno; descriptors that could not be opened are -1.
int cguest_open_namespaces(pid_t target, int *user, int *net);

// Sends an errno, or a descriptor if that is 0. Returns 0 if it was sent.
int cguest_send_descriptor(int way, int error, int descriptor);

// Returns the descriptor that `cguest_send_descriptor` sent, or minus an errno.
int cguest_receive_descriptor(int way);
