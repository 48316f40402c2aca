#ifndef CGUEST_H
#define CGUEST_H

#include <stdint.h>
#include <sys/types.h>

/// Starts a program in its own session with exactly the given descriptors: descriptors[i] becomes i, -1 becomes /dev/null.
/// Written in C: between fork and exec, a threaded process may only make calls that are safe in signal handlers.
/// `group`: the open `cgroup.procs` of the program's control group, which it joins before it starts; -1 for none. Returns 0, or
/// an errno.
int cguest_spawn(char *const argv[], char *const envp[], const int *descriptors, int count, int group, pid_t *pid);

/// Like cguest_spawn, with the guests' filter of system calls. The program and its children can gain no privileges.
int cguest_spawn_filtered(
    char *const argv[], char *const envp[], const int *descriptors, int count, int group, pid_t *pid);

/// Like cguest_spawn, as root of the user namespace of process `target` and with the filter. The program may gain the privileges
/// that the namespace has. `closes_users`: whether the filter also blocks new user namespaces.
int cguest_spawn_within(
    pid_t target, int closes_users, char *const argv[], char *const envp[], const int *descriptors, int count, int group,
    pid_t *pid);

/// Applies the filter to the calling process and its children. The process must be unable to gain privileges, or already have
/// them. Returns 0, or an errno.
int cguest_apply_filter(int closes_users);

/// The resources that all processes of a sandbox use together.
struct cguest_use {
  int processes;
  /// In bytes: the processes' own memory, and the files in the sandbox's memory file systems.
  int64_t memory;
  /// The process that uses the most memory, except the first one; 0 if there is none.
  pid_t largest;
  int64_t largest_memory;
  /// The bytes of deleted files that processes hold open.
  int64_t deleted;
};

/// Adds up the use of the sandbox whose first process is `first`. Returns 0, or an errno.
int cguest_census(pid_t first, struct cguest_use *use);

/// Waits for a child to end. Returns its exit status, or 128 plus the signal's number.
int cguest_wait(pid_t pid);

/// Listens on addresses (in host byte order) in the network of process `target`: on UDP where `are_udp` isn't 0, otherwise on
/// TCP. Addresses outside 127.0.0.0/8 are first added to its loopback interface. Writes the sockets to `sockets`. Returns 0, or
/// an errno.
int cguest_listen_within(pid_t target, const uint32_t *addresses, const uint16_t *ports, const int *are_udp, int count, int *sockets);

/// Listens on an address of this machine. Returns the socket, or minus an errno.
int cguest_listen(uint32_t address, uint16_t port);

/// Listens on a Unix socket that every user may connect to. Returns the socket, or minus an errno.
int cguest_listen_unix(const char *path);

/// Accepts a connection and stores its peer's address and port. Returns the socket, or minus an errno.
int cguest_accept(int socket, uint32_t *peer, uint16_t *port);

/// Connects to an address of this machine without waiting, and stores the local port. Returns the socket, or minus an errno.
int cguest_fill(uint32_t address, uint16_t port, uint16_t *own);

/// Adds an address to the loopback interface of this process's network, as alias `number` (below 9). Returns 0, or an errno.
int cguest_add_address(uint32_t address, int number);

/// Gives `address` to the network of process `target` and starts a process that connects within it. That process ends when the
/// returned socket is closed. Stores its process id in `helper`; the caller waits for it. Returns minus an errno on failure.
int cguest_connector(pid_t target, uint32_t address, pid_t *helper);

/// What such a process opens: a connection, or the kernel's list of the sockets in its network.
enum cguest_socket { CGUEST_TCP, CGUEST_UDP, CGUEST_DIAGNOSIS };

/// Makes such a process connect; one request at a time. Returns the socket, or minus an errno.
int cguest_connect_within(int connector, uint32_t address, uint16_t port, enum cguest_socket kind);

/// Asks a CGUEST_DIAGNOSIS socket for the ports that programs listen at, or receive UDP at, on every address or on this one.
/// Returns their number, at most `room`, or minus an errno. Reading /proc/net/tcp instead costs milliseconds: it walks through a
/// table that the whole machine shares.
int cguest_listeners(int diagnosis, int is_udp, uint32_t address, uint16_t *ports, int room);

/// Opens a UDP socket on an address of this machine that never waits. Returns it, or minus an errno.
int cguest_open_datagrams(uint32_t address, uint16_t port);

/// Receives a datagram and stores its peer's address and port. Returns its length, or minus an errno.
ssize_t cguest_receive_datagram(int socket, void *bytes, size_t room, uint32_t *peer, uint16_t *port);

/// Sends a datagram. Returns its length, or minus an errno.
ssize_t cguest_send_datagram(int socket, const void *bytes, size_t count, uint32_t peer, uint16_t port);

/// The most services of a guest's interface.
#define CGUEST_SERVICES 4

/// A guest's interface to its VPC.
struct cguest_wire {
  uint8_t mac[6];
  uint32_t mtu;
  /// Its address, and the prefix length of its subnet.
  uint32_t address;
  int prefix;
  /// The blocks of the VPC that it routes to.
  uint32_t block[16];
  int block_prefix[16];
  int blocks;
  /// Addresses and ports of services that the guest reaches over the interface. They listen in the network at its other end, so
  /// that programs inside can listen at the same ports.
  uint32_t service[CGUEST_SERVICES];
  uint16_t service_port[CGUEST_SERVICES];
  int services;
  /// Whether every user inside may listen at ports below 1024: where users aren't apart, services of other users are not root.
  int opens_ports;
};

/// Gives the network of process `target` an interface of this name. Returns a socket that exchanges Ethernet packets with it, and
/// stores the listening sockets of the services; or returns minus an errno if the machine allows no interface.
int cguest_wire_up(pid_t target, const char *name, const struct cguest_wire *wire, int *sockets);

/// Receives a packet from such a socket without waiting. Returns its length, or minus an errno.
ssize_t cguest_receive_packet(int socket, void *bytes, size_t room);

/// Copies data between two sockets in both directions until both have ended or one fails. Closes neither.
void cguest_pump(int one, int other);

/// Changes the host name in the UTS namespace of process `target`. Returns 0, or an errno.
int cguest_rename_host(pid_t target, const char *name);

/// Creates an event descriptor: writing eight bytes makes it readable. Returns it, or -1.
int cguest_bell(void);

/// Creates a pipe whose ends are closed on exec. Returns 0, or an errno.
int cguest_pipe(int ends[2]);

/// Returns the bytes that a folder uses. Doesn't follow symbolic links; stops counting above `limit`.
int64_t cguest_usage(const char *path, int64_t limit);

/// Like cguest_usage, as root of the user namespace of process `target`.
int64_t cguest_usage_within(pid_t target, const char *path, int64_t limit);

/// Changes the owner of a folder and everything in it; doesn't follow symbolic links. A file of user `before` + n, with n below
/// `count`, gets the owner `user` + n; any other file gets `user`. Returns 0, or an errno.
int cguest_give(const char *path, uint32_t user, uint32_t before, uint32_t count);

#endif
