#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cguest.h"
#include "passing.h"

struct place {
  uint32_t address;
  uint16_t port;
  enum cguest_socket kind;
};

// Connects in this process's network, or opens the kernel's list of sockets there. Returns the socket, or minus an errno.
static int connect_to(struct place place) {
  if (place.kind == CGUEST_DIAGNOSIS) {
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    return netlink < 0 ? -errno : netlink;
  }
  int socket_ = socket(AF_INET, (place.kind == CGUEST_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(place.port), .sin_addr.s_addr = htonl(place.address)};
  int error = connect(socket_, (struct sockaddr *)&name, sizeof name) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    // A listener with a full queue doesn't answer, and other requests wait behind this one.
    struct pollfd wait = {.fd = socket_, .events = POLLOUT};
    socklen_t length = sizeof error;
    if (poll(&wait, 1, 2000) != 1)
      error = ETIMEDOUT;
    else
      getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length);
  }
  if (!error) return socket_;
  close(socket_);
  return -error;
}

int cguest_connector(pid_t target, uint32_t address, pid_t *helper) {
  int user, net, ends[2] = {-1, -1};
  int error = cguest_open_namespaces(target, &user, &net);
  if (!error && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) error = errno;
  pid_t child = error ? -1 : fork();
  if (child == 0) {
    // This process lives long. It keeps only its end of the socket pair, so that peers see when other descriptors close.
    if (setns(user, CLONE_NEWUSER) != 0 || setns(net, CLONE_NEWNET) != 0) _exit(1);
    if (address && cguest_add_address(address, 7) != 0) _exit(1);
    char ready = 0;
    if (send(ends[1], &ready, 1, MSG_NOSIGNAL) != 1) _exit(1);
    if (ends[1] != 3 && dup3(ends[1], 3, O_CLOEXEC) < 0) _exit(1);
    syscall(SYS_close_range, 4U, ~0U, 0);
    for (int number = 0; number < 3; number++) close(number);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    struct place place;
    for (;;) {
      ssize_t got = recv(3, &place, sizeof place, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got != sizeof place) _exit(0);
      int made = connect_to(place);
      if (cguest_send_descriptor(3, made < 0 ? -made : 0, made)) _exit(0);
      if (made >= 0) close(made);
    }
  }
  if (!error && child < 0) error = errno;
  if (user >= 0) close(user);
  if (net >= 0) close(net);
  if (ends[1] >= 0) close(ends[1]);
  char ready;
  if (!error && recv(ends[0], &ready, 1, 0) != 1) {
    error = EPIPE;
    cguest_wait(child);
  }
  if (!error) {
    *helper = child;
    return ends[0];
  }
  if (ends[0] >= 0) close(ends[0]);
  return -error;
}

int cguest_connect_within(int connector, uint32_t address, uint16_t port, enum cguest_socket kind) {
  struct place place;
  memset(&place, 0, sizeof place);
  place.address = address;
  place.port = port;
  place.kind = kind;
  if (send(connector, &place, sizeof place, MSG_NOSIGNAL) != sizeof place) return -EPIPE;
  return cguest_receive_descriptor(connector);
}

// One direction of a connection: bytes read but not yet written.
struct way {
  char bytes[24 << 10];
  size_t start, end;
  int is_over, is_shut;
};

// Moves the available bytes. Returns -1 if the connection is broken.
static int move(struct way *way, int from, int to, short in, short out) {
  if (way->start == way->end && !way->is_over && in) {
    ssize_t got = recv(from, way->bytes, sizeof way->bytes, MSG_DONTWAIT);
    if (got < 0 && errno != EAGAIN && errno != EINTR) return -1;
    if (got == 0) way->is_over = 1;
    way->start = 0;
    way->end = got > 0 ? (size_t)got : 0;
    out = 1;
  }
  if (way->start < way->end && out) {
    ssize_t put = send(to, way->bytes + way->start, way->end - way->start, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && errno != EAGAIN && errno != EINTR) return -1;
    if (put > 0) way->start += (size_t)put;
  }
  if (way->is_over && way->start == way->end && !way->is_shut) {
    shutdown(to, SHUT_WR);
    way->is_shut = 1;
  }
  return 0;
}

void cguest_pump(int one, int other) {
  struct way there, back;
  there.start = there.end = back.start = back.end = 0;
  there.is_over = there.is_shut = back.is_over = back.is_shut = 0;
  int on = 1;
  setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(other, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  while (!there.is_shut || !back.is_shut) {
    int reads_one = !there.is_over && there.start == there.end, reads_other = !back.is_over && back.start == back.end;
    struct pollfd ends[2] = {
        {.fd = one, .events = (short)((reads_one ? POLLIN : 0) | (back.start < back.end ? POLLOUT : 0))},
        {.fd = other, .events = (short)((reads_other ? POLLIN : 0) | (there.start < there.end ? POLLOUT : 0))},
    };
    // A side without expected events would report its end again and again.
    for (int i = 0; i < 2; i++)
      if (!ends[i].events) ends[i].fd = -1;
    if (poll(ends, 2, -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    short bad = POLLERR | POLLHUP;
    short in_one = ends[0].revents & (POLLIN | bad), out_one = ends[0].revents & (POLLOUT | bad);
    short in_other = ends[1].revents & (POLLIN | bad), out_other = ends[1].revents & (POLLOUT | bad);
    if (move(&there, one, other, in_one, out_other) != 0 || move(&back, other, one, in_other, out_one) != 0) break;
  }
}

int cguest_open_datagrams(uint32_t address, uint16_t port) {
  int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
  if (bind(socket_, (struct sockaddr *)&name, sizeof name) == 0) return socket_;
  int error = errno;
  close(socket_);
  return -error;
}

ssize_t cguest_receive_datagram(int socket_, void *bytes, size_t room, uint32_t *peer, uint16_t *port) {
  struct sockaddr_in name = {0};
  socklen_t length = sizeof name;
  ssize_t got;
  do got = recvfrom(socket_, bytes, room, MSG_DONTWAIT, (struct sockaddr *)&name, &length);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  *peer = ntohl(name.sin_addr.s_addr);
  *port = ntohs(name.sin_port);
  return got;
}

ssize_t cguest_send_datagram(int socket_, const void *bytes, size_t count, uint32_t peer, uint16_t port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(peer)};
  ssize_t put = sendto(socket_, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&name, sizeof name);
  return put < 0 ? -errno : put;
}

// Asks for the sockets of a family. Returns the number of ports, or minus an errno.
static int ask(int diagnosis, int family, int protocol, uint32_t address, uint16_t *ports, int room) {
  struct {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
  } question;
  memset(&question, 0, sizeof question);
  question.head.nlmsg_len = sizeof question;
  question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.body.sdiag_family = (uint8_t)family;
  question.body.sdiag_protocol = (uint8_t)protocol;
  question.body.idiag_states = 1U << (protocol == IPPROTO_UDP ? TCP_CLOSE : TCP_LISTEN);
  if (send(diagnosis, &question, sizeof question, 0) < 0) return -errno;
  char answer[32768] __attribute__((aligned(8)));
  int found = 0;
  for (;;) {
    ssize_t got = recv(diagnosis, answer, sizeof answer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? -errno : -EPROTO;
    int left = (int)got;
    for (struct nlmsghdr *part = (struct nlmsghdr *)answer; NLMSG_OK(part, left); part = NLMSG_NEXT(part, left)) {
      if (part->nlmsg_type == NLMSG_DONE) return found;
      if (part->nlmsg_type == NLMSG_ERROR) {
        int error = ((struct nlmsgerr *)NLMSG_DATA(part))->error;
        return error ? error : -EPROTO;
      }
      struct inet_diag_msg *entry = NLMSG_DATA(part);
      uint32_t *source = entry->id.idiag_src;
      int is_any = !source[0] && (family == AF_INET || (!source[1] && !source[2] && !source[3]));
      int is_own = family == AF_INET && source[0] == htonl(address);
      // A connected UDP socket has a peer's port.
      if ((is_any || is_own) && !entry->id.idiag_dport && found < room) ports[found++] = ntohs(entry->id.idiag_sport);
    }
  }
}

int cguest_listeners(int diagnosis, int is_udp, uint32_t address, uint16_t *ports, int room) {
  int protocol = is_udp ? IPPROTO_UDP : IPPROTO_TCP;
  int four = ask(diagnosis, AF_INET, protocol, address, ports, room);
  if (four < 0) return four;
  int six = ask(diagnosis, AF_INET6, protocol, address, ports + four, room - four);
  // A kernel without IPv6 has no such sockets.
  return six < 0 && six != -ENOENT && six != -EINVAL ? six : four + (six > 0 ? six : 0);
}
