#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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
};

// Connects in this process's network. Returns the socket, or minus an errno.
static int connect_to(struct place place) {
  int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
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

int cguest_connect_within(int connector, uint32_t address, uint16_t port) {
  struct place place;
  memset(&place, 0, sizeof place);
  place.address = address;
  place.port = port;
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
