#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cguest.h"
#include "passing.h"

// A netlink request about an interface, with room for attributes.
struct request {
  struct nlmsghdr head;
  struct ifinfomsg info;
  char room[512];
};

static struct rtattr *add(struct request *request, unsigned short type, const void *bytes, size_t count) {
  struct rtattr *part = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));
  part->rta_type = type;
  part->rta_len = (unsigned short)RTA_LENGTH(count);
  if (count) memcpy(RTA_DATA(part), bytes, count);
  request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) + RTA_ALIGN(part->rta_len);
  return part;
}

static void finish(struct request *request, struct rtattr *part) {
  part->rta_len = (unsigned short)((char *)request + request->head.nlmsg_len - (char *)part);
}

static const char *door = "door";

// Creates a pair of interfaces: `door` in this process's network, the other one in the network `net`.
static int make_pair(const char *name, const uint8_t mac[6], uint32_t mtu, int net) {
  struct request request;
  memset(&request, 0, sizeof request);
  request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.info);
  request.head.nlmsg_type = RTM_NEWLINK;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
  add(&request, IFLA_IFNAME, door, strlen(door) + 1);
  // Without ARP, each side sends to its own MAC. With the same one, the door's system takes what is for the services.
  add(&request, IFLA_ADDRESS, mac, 6);
  add(&request, IFLA_MTU, &mtu, sizeof mtu);
  struct rtattr *link = add(&request, IFLA_LINKINFO, NULL, 0);
  add(&request, IFLA_INFO_KIND, "veth", 4);
  struct rtattr *data = add(&request, IFLA_INFO_DATA, NULL, 0);
  struct ifinfomsg other = {0};
  struct rtattr *peer = add(&request, VETH_INFO_PEER, &other, sizeof other);
  add(&request, IFLA_IFNAME, name, strlen(name) + 1);
  add(&request, IFLA_ADDRESS, mac, 6);
  add(&request, IFLA_MTU, &mtu, sizeof mtu);
  add(&request, IFLA_NET_NS_FD, &net, sizeof net);
  finish(&request, peer);
  finish(&request, data);
  finish(&request, link);
  int way = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (way < 0) return errno;
  char answer[1024];
  int error = 0;
  if (send(way, &request, request.head.nlmsg_len, 0) < 0) error = errno;
  ssize_t got = error ? 0 : recv(way, answer, sizeof answer, 0);
  if (!error && got < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr))) error = EPROTO;
  if (!error) error = -((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)answer))->error;
  close(way);
  return error;
}

static void name_interface(struct ifreq *request, const char *name) {
  memset(request, 0, sizeof *request);
  strncpy(request->ifr_name, name, IFNAMSIZ - 1);
}

static int raise_interface(int way, const char *name, short flags) {
  struct ifreq request;
  name_interface(&request, name);
  if (ioctl(way, SIOCGIFFLAGS, &request) != 0) return errno;
  request.ifr_flags |= (short)(IFF_UP | flags);
  return ioctl(way, SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
}

static uint32_t mask(int prefix) { return htonl(prefix <= 0 ? 0 : ~0U << (32 - prefix)); }

static void put(struct sockaddr *place, uint32_t address) {
  struct sockaddr_in *name = (struct sockaddr_in *)place;
  memset(name, 0, sizeof *name);
  name->sin_family = AF_INET;
  name->sin_addr.s_addr = address;
}

static int add_route(int way, const char *name, uint32_t address, int prefix) {
  struct rtentry route = {.rt_flags = RTF_UP, .rt_dev = (char *)name};
  put(&route.rt_dst, htonl(address) & mask(prefix));
  put(&route.rt_genmask, mask(prefix));
  return ioctl(way, SIOCADDRT, &route) == 0 || errno == EEXIST ? 0 : errno;
}

// Sets up the guest's side: address, segmentation and checksum offload off, routes to the VPC.
static int set_up(const char *name, const struct cguest_wire *wire) {
  int way = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (way < 0) return errno;
  struct ifreq request;
  struct ethtool_value value = {0};
  const uint32_t off[] = {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM};
  for (int i = 0; i < 3; i++) {
    name_interface(&request, name);
    value.cmd = off[i];
    request.ifr_data = (char *)&value;
    if (ioctl(way, SIOCETHTOOL, &request) != 0 && off[i] == ETHTOOL_STXCSUM) goto fail;
  }
  name_interface(&request, name);
  put(&request.ifr_addr, htonl(wire->address));
  if (ioctl(way, SIOCSIFADDR, &request) != 0) goto fail;
  put(&request.ifr_netmask, mask(wire->prefix));
  if (ioctl(way, SIOCSIFNETMASK, &request) != 0) goto fail;
  if ((errno = raise_interface(way, name, IFF_NOARP)) != 0) goto fail;
  for (int i = 0; i < wire->blocks; i++)
    if ((errno = add_route(way, name, wire->block[i], wire->block_prefix[i])) != 0) goto fail;
  for (int i = 0; i < wire->services; i++)
    if ((errno = add_route(way, name, wire->service[i], 32)) != 0) goto fail;
  close(way);
  return 0;
fail:;
  int error = errno;
  close(way);
  return error;
}

static int open_door(void) {
  int way = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (way < 0) return -errno;
  int error = raise_interface(way, door, IFF_NOARP);
  close(way);
  if (error) return -error;
  int packets = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IP));
  if (packets < 0) return -errno;
  struct sockaddr_ll name = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = (int)if_nametoindex(door)};
  if (bind(packets, (struct sockaddr *)&name, sizeof name) == 0) return packets;
  error = errno;
  close(packets);
  return -error;
}

// Listens for a service in this process's network, whose address becomes the door's. Returns the socket, or minus an errno.
static int open_service(int number, uint32_t address, uint16_t port) {
  int way = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (way < 0) return -errno;
  struct ifreq request;
  char alias[IFNAMSIZ];
  snprintf(alias, sizeof alias, "%s:%d", door, number);
  name_interface(&request, alias);
  put(&request.ifr_addr, htonl(address));
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
  int on = 1, error = 0;
  if (ioctl(way, SIOCSIFADDR, &request) != 0 && errno != EEXIST) error = errno;
  if (!error && (setsockopt(way, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
                 bind(way, (struct sockaddr *)&place, sizeof place) != 0 || listen(way, 128) != 0))
    error = errno;
  if (!error) return way;
  close(way);
  return -error;
}

// Changes a setting of this process's network to 0. A machine that forbids it loses little.
static void turn_off(const char *path) {
  int setting = open(path, O_WRONLY | O_CLOEXEC);
  if (setting < 0) return;
  if (write(setting, "0", 1) != 1) errno = 0;
  close(setting);
}

// Sets up the services' side. Packets for others are only for the packet socket: the door forwards nothing.
static int serve(const struct cguest_wire *wire, int *sockets) {
  turn_off("/proc/sys/net/ipv4/ip_forward");
  for (int i = 0; i < wire->services; i++) {
    int same = 0;
    while (wire->service[same] != wire->service[i]) same++;
    sockets[i] = open_service(same, wire->service[i], wire->service_port[i]);
    if (sockets[i] < 0) return -sockets[i];
  }
  int way = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (way < 0) return errno;
  int error = add_route(way, door, wire->address, 32);
  close(way);
  return error;
}

int cguest_wire_up(pid_t target, const char *name, const struct cguest_wire *wire, int *sockets) {
  int user, net, ends[2] = {-1, -1};
  int error = cguest_open_namespaces(target, &user, &net);
  if (!error && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) error = errno;
  pid_t child = error ? -1 : fork();
  if (child == 0) {
    // The door's network belongs to the guest's user namespace, but no guest process is in it.
    int failed = setns(user, CLONE_NEWUSER) != 0 || unshare(CLONE_NEWNET) != 0 ? errno : 0, packets = -1;
    if (!failed) failed = make_pair(name, wire->mac, wire->mtu, net);
    if (!failed && (packets = open_door()) < 0) failed = -packets;
    int services[CGUEST_SERVICES];
    if (!failed) failed = serve(wire, services);
    if (!failed && setns(net, CLONE_NEWNET) != 0) failed = errno;
    if (!failed && wire->opens_ports) turn_off("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    if (!failed) failed = set_up(name, wire);
    cguest_send_descriptor(ends[1], failed, packets);
    for (int i = 0; !failed && i < wire->services; i++) cguest_send_descriptor(ends[1], 0, services[i]);
    _exit(0);
  }
  if (!error && child < 0) error = errno;
  if (user >= 0) close(user);
  if (net >= 0) close(net);
  if (ends[1] >= 0) close(ends[1]);
  int packets = -error;
  if (!error) {
    packets = cguest_receive_descriptor(ends[0]);
    for (int i = 0; i < wire->services; i++) {
      sockets[i] = packets < 0 ? packets : cguest_receive_descriptor(ends[0]);
      if (sockets[i] >= 0) continue;
      // Without all of its services, there is no interface.
      if (packets >= 0) close(packets);
      packets = sockets[i];
      while (i-- > 0) close(sockets[i]);
      break;
    }
    cguest_wait(child);
  }
  if (ends[0] >= 0) close(ends[0]);
  return packets;
}

ssize_t cguest_receive_packet(int socket_, void *bytes, size_t room) {
  for (;;) {
    struct sockaddr_ll from;
    socklen_t length = sizeof from;
    ssize_t got = recvfrom(socket_, bytes, room, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from, &length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -errno;
    // Skip packets sent from here, and those longer than this network allows.
    if (from.sll_pkttype != PACKET_OUTGOING && (size_t)got <= room) return got;
  }
}
