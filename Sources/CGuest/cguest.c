#define _GNU_SOURCE
#include "cguest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <grp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 8

static void close_above(int last) {
  if (syscall(SYS_close_range, last + 1, ~0U, 0) == 0) return;
  for (int fd = last + 1; fd < 4096; fd++) close(fd);
}

// Becomes root of the user namespace, with all its privileges.
static int become_root_of(int user) {
  if (setns(user, CLONE_NEWUSER) != 0) return errno;
  // If groups can't be set, the process has only one.
  setgroups(0, NULL);
  return setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0 ? errno : 0;
}

enum filter { OPEN, BEFORE, WITHIN, WITHIN_WITHOUT_USERS };

static int spawn(
    char *const argv[], char *const envp[], const int *descriptors, int count, int group, pid_t *pid, pid_t target,
    enum filter filter) {
  if (count > MOST) return EINVAL;
  int user = -1;
  if (target > 0) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/user", target);
    user = open(path, O_RDONLY | O_CLOEXEC);
    if (user < 0) return errno;
  }
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) {
    int error = errno;
    if (user >= 0) close(user);
    return error;
  }
  pid_t child = fork();
  if (child < 0) {
    int error = errno;
    close(failure[0]);
    close(failure[1]);
    if (user >= 0) close(user);
    return error;
  }
  if (child == 0) {
    int high[MOST];
    int error = 0;
    for (int i = 0; i < count && !error; i++) {
      int source = descriptors[i] >= 0 ? descriptors[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
      high[i] = fcntl(source, F_DUPFD_CLOEXEC, 64 + MOST);
      if (high[i] < 0) error = errno;
    }
    // Joined before anything else starts, so that every child is counted. Access to the file was checked when it was opened.
    if (!error && group >= 0 && write(group, "0", 1) != 1) error = errno;
    int report = error ? failure[1] : fcntl(failure[1], F_DUPFD_CLOEXEC, 64);
    if (!error && user >= 0) error = become_root_of(user);
    for (int i = 0; i < count && !error; i++)
      if (dup2(high[i], i) < 0) error = errno;
    if (!error) {
      if (dup3(report, count, O_CLOEXEC) < 0) error = errno;
      report = count;
      close_above(count);
      for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, NULL);
      setsid();
      // A filtered process gains no privileges, unless it had all of them when the filter was applied.
      if (filter == BEFORE && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) error = errno;
      if (!error && filter != OPEN) error = cguest_apply_filter(filter == WITHIN_WITHOUT_USERS);
      if (!error) {
        execve(argv[0], argv, envp);
        error = errno;
      }
    }
    ssize_t ignored = write(report, &error, sizeof error);
    (void)ignored;
    _exit(127);
  }
  close(failure[1]);
  if (user >= 0) close(user);
  int error = 0;
  ssize_t got;
  do got = read(failure[0], &error, sizeof error);
  while (got < 0 && errno == EINTR);
  close(failure[0]);
  if (got == sizeof error) {
    waitpid(child, NULL, 0);
    return error;
  }
  *pid = child;
  return 0;
}

int cguest_spawn(char *const argv[], char *const envp[], const int *descriptors, int count, int group, pid_t *pid) {
  return spawn(argv, envp, descriptors, count, group, pid, 0, OPEN);
}

int cguest_spawn_filtered(
    char *const argv[], char *const envp[], const int *descriptors, int count, int group, pid_t *pid) {
  return spawn(argv, envp, descriptors, count, group, pid, 0, BEFORE);
}

int cguest_spawn_within(
    pid_t target, int closes_users, char *const argv[], char *const envp[], const int *descriptors, int count, int group,
    pid_t *pid) {
  return spawn(argv, envp, descriptors, count, group, pid, target, closes_users ? WITHIN_WITHOUT_USERS : WITHIN);
}

int cguest_wait(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int listen_on(uint32_t address, uint16_t port, int type) {
  int socket_ = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  int one = 1;
  setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
  if (bind(socket_, (struct sockaddr *)&name, sizeof name) != 0 || (type == SOCK_STREAM && listen(socket_, 128) != 0)) {
    int error = errno;
    close(socket_);
    return -error;
  }
  return socket_;
}

int cguest_listen(uint32_t address, uint16_t port) { return listen_on(address, port, SOCK_STREAM); }

int cguest_listen_unix(const char *path) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof name.sun_path) return -ENAMETOOLONG;
  strcpy(name.sun_path, path);
  int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  unlink(path);
  if (bind(socket_, (struct sockaddr *)&name, sizeof name) != 0 || chmod(path, 0666) != 0 || listen(socket_, 128) != 0) {
    int error = errno;
    close(socket_);
    return -error;
  }
  return socket_;
}

int cguest_accept(int socket_, uint32_t *peer, uint16_t *port) {
  struct sockaddr_in name = {0};
  socklen_t length = sizeof name;
  int connection = accept4(socket_, (struct sockaddr *)&name, &length, SOCK_CLOEXEC);
  if (connection < 0) return -errno;
  *peer = ntohl(name.sin_addr.s_addr);
  *port = ntohs(name.sin_port);
  return connection;
}

int cguest_fill(uint32_t address, uint16_t port, uint16_t *own) {
  int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
  socklen_t length = sizeof name;
  if ((connect(socket_, (struct sockaddr *)&name, sizeof name) != 0 && errno != EINPROGRESS) ||
      getsockname(socket_, (struct sockaddr *)&name, &length) != 0) {
    int error = errno;
    close(socket_);
    return -error;
  }
  *own = ntohs(name.sin_port);
  return socket_;
}

int cguest_bell(void) { return eventfd(0, EFD_CLOEXEC); }

int cguest_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

int cguest_add_address(uint32_t address, int number) {
  int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return errno;
  struct ifreq request = {0};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_name[2] = ':';
  request.ifr_name[3] = (char)('1' + number);
  struct sockaddr_in *name = (struct sockaddr_in *)&request.ifr_addr;
  name->sin_family = AF_INET;
  name->sin_addr.s_addr = htonl(address);
  int error = ioctl(socket_, SIOCSIFADDR, &request) == 0 ? 0 : errno;
  if (!error) {
    name->sin_addr.s_addr = 0xffffffff;
    ioctl(socket_, SIOCSIFNETMASK, &request);
  }
  close(socket_);
  return error;
}

static void send_sockets(int way, int error, const int *sockets, int count) {
  char control[CMSG_SPACE(sizeof(int) * MOST)] = {0};
  struct iovec part = {.iov_base = &error, .iov_len = sizeof error};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (!error) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), sockets, sizeof(int) * count);
  }
  sendmsg(way, &message, 0);
}

int cguest_listen_within(pid_t target, const uint32_t *addresses, const uint16_t *ports, const int *are_udp, int count, int *sockets) {
  if (count > MOST) return EINVAL;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", target);
  int user = open(path, O_RDONLY | O_CLOEXEC);
  if (user < 0) return errno;
  snprintf(path, sizeof path, "/proc/%d/ns/net", target);
  int net = open(path, O_RDONLY | O_CLOEXEC);
  if (net < 0) {
    int error = errno;
    close(user);
    return error;
  }
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  pid_t child = fork();
  if (child == 0) {
    int made[MOST];
    int error = 0;
    if (setns(user, CLONE_NEWUSER) != 0 || setns(net, CLONE_NEWNET) != 0) error = errno;
    for (int i = 0; i < count && !error; i++) {
      if (addresses[i] >> 24 != 127) error = cguest_add_address(addresses[i], i);
      if (error) break;
      made[i] = listen_on(addresses[i], ports[i], are_udp[i] ? SOCK_DGRAM : SOCK_STREAM);
      if (made[i] < 0) error = -made[i];
    }
    send_sockets(ends[1], error, made, count);
    _exit(0);
  }
  int failed = child < 0 ? errno : 0;
  close(user);
  close(net);
  close(ends[1]);
  if (!failed) {
    int error = EPIPE;
    char control[CMSG_SPACE(sizeof(int) * MOST)] = {0};
    struct iovec part = {.iov_base = &error, .iov_len = sizeof error};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(ends[0], &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    failed = got > 0 ? error : EPIPE;
    if (!failed && (!header || header->cmsg_len != CMSG_LEN(sizeof(int) * count))) failed = EPROTO;
    if (!failed) memcpy(sockets, CMSG_DATA(header), sizeof(int) * count);
    waitpid(child, NULL, 0);
  }
  close(ends[0]);
  return failed;
}

int cguest_rename_host(pid_t target, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", target);
  int user = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%d/ns/uts", target);
  int uts = open(path, O_RDONLY | O_CLOEXEC);
  int error = user < 0 || uts < 0 ? errno : 0;
  pid_t child = error ? -1 : fork();
  if (child == 0) {
    int failed = setns(user, CLONE_NEWUSER) != 0 || setns(uts, CLONE_NEWUTS) != 0 || sethostname(name, strlen(name)) != 0;
    _exit(failed ? errno : 0);
  }
  if (!error) error = child < 0 ? errno : cguest_wait(child);
  if (user >= 0) close(user);
  if (uts >= 0) close(uts);
  return error;
}

int64_t cguest_usage(const char *path, int64_t limit) {
  char *const roots[] = {(char *)path, NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  if (!tree) return 0;
  int64_t total = 0;
  for (FTSENT *entry = fts_read(tree); entry && total <= limit; entry = fts_read(tree))
    if (entry->fts_info != FTS_DP && entry->fts_statp) total += (int64_t)entry->fts_statp->st_blocks * 512;
  fts_close(tree);
  return total;
}

int64_t cguest_usage_within(pid_t target, const char *path, int64_t limit) {
  char name[64];
  snprintf(name, sizeof name, "/proc/%d/ns/user", target);
  int user = open(name, O_RDONLY | O_CLOEXEC), ends[2];
  if (user < 0) return 0;
  int64_t total = 0;
  if (pipe2(ends, O_CLOEXEC) == 0) {
    pid_t child = fork();
    if (child == 0) {
      total = become_root_of(user) == 0 ? cguest_usage(path, limit) : 0;
      _exit(write(ends[1], &total, sizeof total) != sizeof total);
    }
    close(ends[1]);
    if (child > 0 && (read(ends[0], &total, sizeof total) != sizeof total || cguest_wait(child) != 0)) total = 0;
    close(ends[0]);
  }
  close(user);
  return total;
}

int cguest_give(const char *path, uint32_t user, uint32_t before, uint32_t count) {
  char *const roots[] = {(char *)path, NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  if (!tree) return errno;
  int error = 0;
  for (FTSENT *entry = fts_read(tree); entry && !error; entry = fts_read(tree)) {
    const struct stat *status = entry->fts_statp;
    if (entry->fts_info == FTS_DP || !status) continue;
    uint32_t owner = status->st_uid - before < count ? status->st_uid - before : 0;
    uint32_t group = status->st_gid - before < count ? status->st_gid - before : 0;
    if (lchown(entry->fts_path, user + owner, user + group) != 0) error = errno;
    // A change of owner clears these bits.
    else if (S_ISREG(status->st_mode) && (status->st_mode & (S_ISUID | S_ISGID)) &&
             fchmodat(AT_FDCWD, entry->fts_path, status->st_mode & 07777, 0) != 0)
      error = errno;
  }
  fts_close(tree);
  return error;
}
