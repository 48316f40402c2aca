#define _GNU_SOURCE
#include "cguest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MOST_PROCESSES 8192
#define MOST_FILES 4096

struct process {
  pid_t pid, parent;
  int inside;
};

static ino_t namespace_of(pid_t pid) {
  char path[64];
  struct stat status;
  snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
  return stat(path, &status) == 0 ? status.st_ino : 0;
}

static pid_t parent_of(pid_t pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return 0;
  text[count] = 0;
  char *end = strrchr(text, ')');
  int parent = 0;
  if (end) sscanf(end + 1, " %*c %d", &parent);
  return parent;
}

/// Returns anonymous and swapped memory. Files and shared memory are counted with their file system.
static int64_t memory_of(pid_t pid) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "re");
  if (!file) return 0;
  long long total = 0, value;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "RssAnon: %lld kB", &value) == 1 || sscanf(line, "VmSwap: %lld kB", &value) == 1) total += value;
  fclose(file);
  return total * 1024;
}

struct file {
  dev_t device;
  ino_t inode;
};

/// Returns the bytes of deleted files that a process holds open.
static int64_t deleted_of(pid_t pid, struct file *seen, int *count) {
  char path[64], link[512], where[512];
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *folder = opendir(path);
  if (!folder) return 0;
  int64_t total = 0;
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    snprintf(where, sizeof where, "%s/%s", path, entry->d_name);
    struct stat status;
    ssize_t length = readlink(where, link, sizeof link - 1);
    if (length < 10 || stat(where, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 0) continue;
    int known = 0;
    for (int i = 0; i < *count && !known; i++) known = seen[i].device == status.st_dev && seen[i].inode == status.st_ino;
    if (known) continue;
    if (*count < MOST_FILES) seen[(*count)++] = (struct file){status.st_dev, status.st_ino};
    total += (int64_t)status.st_blocks * 512;
  }
  closedir(folder);
  return total;
}

int cguest_census(pid_t first, struct cguest_use *use) {
  memset(use, 0, sizeof *use);
  ino_t space = namespace_of(first);
  if (!space) return ESRCH;
  DIR *folder = opendir("/proc");
  if (!folder) return errno;
  struct process *all = calloc(MOST_PROCESSES, sizeof *all);
  struct file *seen = calloc(MOST_FILES, sizeof *seen);
  int count = 0, files = 0;
  for (struct dirent *entry = readdir(folder); all && seen && entry && count < MOST_PROCESSES; entry = readdir(folder)) {
    pid_t pid = atoi(entry->d_name);
    if (pid <= 0) continue;
    all[count++] = (struct process){pid, parent_of(pid), namespace_of(pid) == space};
  }
  closedir(folder);
  // A process whose parent is inside is inside too, even in a namespace of its own.
  for (int changed = 1; changed;) {
    changed = 0;
    for (int i = 0; i < count; i++) {
      if (all[i].inside) continue;
      for (int j = 0; j < count; j++)
        if (all[j].inside && all[j].pid == all[i].parent) {
          all[i].inside = changed = 1;
          break;
        }
    }
  }
  for (int i = 0; i < count; i++) {
    if (!all[i].inside) continue;
    use->processes++;
    int64_t memory = memory_of(all[i].pid);
    use->memory += memory;
    if (memory > use->largest_memory && all[i].pid != first) {
      use->largest_memory = memory;
      use->largest = all[i].pid;
    }
    use->deleted += deleted_of(all[i].pid, seen, &files);
  }
  // Add the files in memory file systems.
  static const char *const places[] = {"run", "dev/shm"};
  for (int i = 0; i < 2; i++) {
    char path[64];
    struct statfs figures;
    snprintf(path, sizeof path, "/proc/%d/root/%s", first, places[i]);
    if (statfs(path, &figures) == 0 && figures.f_type == 0x01021994)
      use->memory += (int64_t)(figures.f_blocks - figures.f_bfree) * figures.f_bsize;
  }
  free(all);
  free(seen);
  return 0;
}
