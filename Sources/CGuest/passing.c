#define _GNU_SOURCE
#include "passing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int cguest_open_namespaces(pid_t target, int *user, int *net) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", target);
  *user = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%d/ns/net", target);
  *net = open(path, O_RDONLY | O_CLOEXEC);
  return *user < 0 || *net < 0 ? errno : 0;
}

int cguest_send_descriptor(int way, int error, int descriptor) {
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {.iov_base = &error, .iov_len = sizeof error};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (!error) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  return sendmsg(way, &message, MSG_NOSIGNAL) < 0;
}

int cguest_receive_descriptor(int way) {
  int error = EPIPE, descriptor = -1;
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {.iov_base = &error, .iov_len = sizeof error};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t got;
  do got = recvmsg(way, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got != sizeof error) return -EPIPE;
  if (error) return -error;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_len != CMSG_LEN(sizeof(int))) return -EPROTO;
  memcpy(&descriptor, CMSG_DATA(header), sizeof(int));
  return descriptor;
}
