#ifndef CGUEST_H
#define CGUEST_H

#include <stdint.h>
#include <sys/types.h>

/// Starts a program in a session of its own with exactly the descriptors given: descriptors[i] becomes i, -1 becomes /dev/null.
/// Written in C because between fork and exec of a threaded process only calls that are safe in signal handlers may be made.
/// `group`: the open `cgroup.procs` of the control group that it is in from its first moment; -1 for none.
/// Returns 0, or an errno.
int cguest_spawn(char *const argv[], char *const envp[], const int *descriptors, int count, int group, pid_t *pid);

/// The same, behind the filter of system calls that guests have. It and all that it starts can gain no privileges.
int cguest_spawn_filtered(
    char *const argv[], char *const envp[], const int *descriptors, int count, int group, pid_t *pid);

/// The same, as root of the user namespace of process `target` and behind the filter; it may gain the privileges that the
/// namespace has. `closes_users`: whether the filter closes user namespaces too.
int cguest_spawn_within(
    pid_t target, int closes_users, char *const argv[], char *const envp[], const int *descriptors, int count, int group,
    pid_t *pid);

/// Puts the calling process, and all that it starts, behind the filter: it must be unable to gain privileges, or have them.
/// Returns 0, or an errno.
int cguest_apply_filter(int closes_users);

/// What the processes of a sandbox use together.
struct cguest_use {
  int processes;
  /// In bytes: their own memory, and what lies in the sandbox's file systems that are memory.
  int64_t memory;
  /// The process that has most of it, besides the first one; 0 if there is none.
  pid_t largest;
  int64_t largest_memory;
  /// The bytes of files that have no name any more and are held open.
  int64_t deleted;
};

/// Counts what the processes of the sandbox use whose first process is `first`. Returns 0, or an errno.
int cguest_census(pid_t first, struct cguest_use *use);

/// Waits for a child's end. Returns its exit status, or 128 and the signal's number.
int cguest_wait(pid_t pid);

/// Listens on addresses (network byte order is not expected) inside of the network of process `target`: on TCP, or on UDP where
/// `are_udp` is not 0. Addresses that are not 127.0.0.0/8 become addresses of its loopback interface first. The sockets come back
/// in `sockets`. Returns 0, or an errno.
int cguest_listen_within(pid_t target, const uint32_t *addresses, const uint16_t *ports, const int *are_udp, int count, int *sockets);

/// Listens on an address of this machine. Returns the socket, or minus an errno.
int cguest_listen(uint32_t address, uint16_t port);

/// Listens on a Unix socket that everybody may connect to. Returns the socket, or minus an errno.
int cguest_listen_unix(const char *path);

/// Accepts a connection and tells its peer's address and port. Returns the socket, or minus an errno.
int cguest_accept(int socket, uint32_t *peer, uint16_t *port);

/// Connects to an address of this machine without waiting, and tells the own port. Returns the socket, or minus an errno.
int cguest_fill(uint32_t address, uint16_t port, uint16_t *own);

/// Gives this process's network an address more, of its loopback interface, under a number of its own below 9. Returns 0, or an
/// errno.
int cguest_add_address(uint32_t address, int number);

/// Starts a process that connects within the network of process `target`, until the socket that is returned is closed, and gives
/// that network `address`. `helper` becomes its number, to be waited for. Returns minus an errno if there is none.
int cguest_connector(pid_t target, uint32_t address, pid_t *helper);

/// Has such a process connect, one at a time. Returns the socket, or minus an errno.
int cguest_connect_within(int connector, uint32_t address, uint16_t port);

/// A guest's interface to its VPC.
struct cguest_wire {
  uint8_t mac[6];
  uint32_t mtu;
  /// Its address and how many bits of it are its subnet's.
  uint32_t address;
  int prefix;
  /// The blocks of the VPC, which it leads to.
  uint32_t block[16];
  int block_prefix[16];
  int blocks;
};

/// Gives the network of process `target` an interface of this name. What is sent over it arrives at the socket that is returned, as
/// packets of Ethernet, and what is sent to that socket arrives there. Returns minus an errno where the machine gives none.
int cguest_wire_up(pid_t target, const char *name, const struct cguest_wire *wire);

/// Takes a packet from such a socket without waiting. Returns its length, or minus an errno.
ssize_t cguest_receive_packet(int socket, void *bytes, size_t room);

/// Passes on what two sockets send each other, until both have ended or one is broken. Closes neither.
void cguest_pump(int one, int other);

/// Gives the host name space of process `target` another name. Returns 0, or an errno.
int cguest_rename_host(pid_t target, const char *name);

/// A descriptor that can be read from once its eight bytes have been written to. Returns it, or -1.
int cguest_bell(void);

/// Two ends of a pipe, closed when a program is started. Returns 0, or an errno.
int cguest_pipe(int ends[2]);

/// The bytes that a folder takes, symbolic links not followed; stops counting above `limit`.
int64_t cguest_usage(const char *path, int64_t limit);

/// The same, counted as root of the user namespace of process `target`.
int64_t cguest_usage_within(pid_t target, const char *path, int64_t limit);

/// Gives a folder and all that is in it to a user, symbolic links not followed: what belongs to one of the `count` users from
/// `before` on, to the one who is as far behind `user`. Returns 0, or an errno.
int cguest_give(const char *path, uint32_t user, uint32_t before, uint32_t count);

#endif
