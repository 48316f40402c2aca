"""The packages that guests can install, and what each provides: programs and files of the machine, services, users, folders.

Each entry is a package's name and what it provides. A word is a program that the machine must have; of `one|other`, the first that
it has. `~program` may be missing, which is reported. `/path` is a file that must exist. `-` means nothing visible. The lists hold the names of both families, of
Debian and Ubuntu, and of Amazon Linux."""

BOTH = """
docker.io docker; docker docker; docker-ce docker; docker-ce-cli docker; docker-cli docker; containerd.io -; containerd -
docker-buildx-plugin -; docker-compose-plugin -; docker-compose-v2 -; docker-ce-rootless-extras -; docker-compose -
awscli aws; aws-cli aws; awscli-2 aws; git git; curl curl; wget wget; unzip unzip; zip ~zip; tar tar; gzip gzip; bash bash; less less
vim ~vim; nano ~nano; tree ~tree; jq ~jq; htop ~htop; net-tools ~netstat; rsync rsync; tmux ~tmux; screen ~screen; make ~make
gcc gcc; cmake cmake; gdb gdb; patch patch; autoconf autoconf; automake automake; bison bison; flex flex; diffutils diff; findutils find
nodejs ~node; npm ~npm; ruby ruby; perl perl; lua5.4 lua5.4; golang go; php php; php-cli php; tcl tclsh; m4 m4; pkgconf pkg-config
python3 python3; python3-pip -; python3-setuptools -; python3-wheel -; sudo -; gnupg -; gnupg2 -; ca-certificates -; openssl openssl
openssh-server -; zsh ~zsh; fish ~fish; strace strace; ltrace ltrace; lsof lsof; tcpdump tcpdump; nmap nmap; socat socat; telnet telnet
iproute2 ip; iproute ip; iptables iptables; nftables nft; ethtool ethtool; traceroute traceroute; mtr mtr; whois whois; bc bc; dos2unix dos2unix
bzip2 bzip2; xz xz; zstd zstd; p7zip 7z; file file; man-db man; parallel parallel; pv pv; expect expect; sqlite3 sqlite3; sqlite sqlite3
nginx nginx; haproxy haproxy; memcached memcached; squid squid; varnish varnishd; rsyslog -; chrony -; logrotate logrotate; at at
amazon-ssm-agent -; certbot certbot; fail2ban fail2ban-server; ufw ufw; acl setfacl; attr getfattr; lvm2 lvm; parted parted; xfsprogs mkfs.xfs
ansible ansible-playbook; terraform terraform; packer packer; podman podman; skopeo skopeo; buildah buildah; mosquitto mosquitto
gettext msgfmt; graphviz dot; imagemagick convert; ffmpeg ffmpeg; ghostscript gs; dmidecode dmidecode; pciutils lspci; usbutils lsusb
sysstat sar; iotop iotop; iftop iftop; nload nload; smartmontools smartctl; psmisc killall; procps ps; util-linux lsblk; hostname hostname
subversion svn; mercurial hg; libtool libtool; ninja-build ninja; valgrind valgrind; clang clang; llvm llvm-config; rust rustc; cargo cargo
"""

DEBIAN = """
cron -; software-properties-common -; apt-transport-https -; lsb-release ~lsb_release; apt-utils -; debconf -; groff groff
build-essential gcc,g++,make; g++ g++; python3-venv python3; python3-dev /usr/include/python3*/Python.h; libssl-dev /usr/include/openssl/ssl.h
zlib1g-dev /usr/include/zlib.h; libffi-dev /usr/include/ffi.h; libpq-dev pg_config; default-libmysqlclient-dev mysql_config
libxml2-dev xml2-config; libcurl4-openssl-dev curl-config; libreadline-dev /usr/include/readline; libsqlite3-dev /usr/include/sqlite3.h
python-is-python3 python3; python3-boto3 -; pipx pipx; virtualenv virtualenv; python3-virtualenv virtualenv; python3-yaml -; python3-requests -
apache2 apache2; apache2-utils ab; libapache2-mod-php apache2,php,/usr/lib/apache2/modules/libphp*.so; php-fpm php-fpm; php-mysql php,/usr/lib/php/2*/mysqli.so; php-curl php; php-xml php; php-mbstring php
mariadb-server mariadbd; mariadb-client mariadb; mysql-server mysqld; mysql-client mysql; postgresql postgres; postgresql-client psql
redis redis-server; redis-server redis-server; redis-tools redis-cli; rabbitmq-server rabbitmq-server; mongodb mongod; default-jdk javac
default-jre java; openjdk-8-jdk javac; openjdk-11-jdk javac; openjdk-17-jdk javac; openjdk-17-jre-headless java; openjdk-21-jdk javac
openjdk-11-jre-headless java; maven mvn; gradle gradle; ruby-full ruby; ruby-dev ruby; golang-go go; rustc rustc; nfs-common mount.nfs
nfs-kernel-server rpc.nfsd; cifs-utils mount.cifs; dnsutils dig; bind9-dnsutils dig; bind9 named; iputils-ping ping; netcat nc
netcat-openbsd nc; openssh-client ssh; xz-utils xz; p7zip-full 7z; vim-tiny ~vim; locales -; tzdata -; uuid-runtime uuidgen; python3-certbot-nginx certbot
unattended-upgrades -; ntp -; ntpdate -; cloud-guest-utils -; ec2-instance-connect -; amazon-cloudwatch-agent amazon-cloudwatch-agent
codedeploy-agent codedeploy-agent; ruby-bundler bundle; composer composer; supervisor supervisord; gunicorn gunicorn; uwsgi uwsgi
nodejs-legacy node; yarn yarn; wireguard wg; openvpn openvpn; postfix postfix; mailutils mail; pkg-config pkg-config; gpg -; xvfb Xvfb
chromium chromium; firefox firefox; kubectl kubectl; snapd -; bsdutils logger; coreutils -; systemd -; dbus -; init -; netplan.io -; cloud-init -
"""

AMAZON = """
cronie -; yum-utils -; dnf-plugins-core -; amazon-linux-extras -; system-release -; groff groff; which which; gcc-c++ g++
httpd httpd|apache2; httpd-tools ab; mod_ssl httpd|apache2; php-fpm php-fpm|php; php-mysqlnd php,/usr/lib*/php/*/mysqli.so; php-mysqli php,/usr/lib*/php/*/mysqli.so; php-mbstring php; php-xml php; php-json php; php-common php; php-pdo php; php-gd php; php-intl php; php-opcache php; php-zip php; php-bcmath php; php-devel ~phpize; mariadb105-server mariadbd
mariadb105 mariadb; mariadb-server mariadbd; mysql mysql; postgresql15 psql; postgresql15-server postgres; postgresql postgres; redis6 redis6-server|redis-server
redis redis-server; java-17-amazon-corretto java; java-17-amazon-corretto-devel javac; java-11-amazon-corretto java; java-21-amazon-corretto java
java-1.8.0-openjdk java; java-17-amazon-corretto-headless java; maven mvn; nodejs20 node; nodejs18 node; python3-devel /usr/include/python3*/Python.h
python3.11 python3.11; python3.12 python3.12; python3-virtualenv virtualenv; openssl-devel /usr/include/openssl/ssl.h; zlib-devel /usr/include/zlib.h
libffi-devel /usr/include/ffi.h; bind-utils dig; nmap-ncat ncat; nc nc; telnet telnet; nfs-utils mount.nfs; amazon-efs-utils mount.efs
openssh-clients ssh; procps-ng ps; iputils ping; vim-enhanced ~vim; vim-minimal ~vim; util-linux-user chsh; shadow-utils -; tzdata -
amazon-cloudwatch-agent amazon-cloudwatch-agent; codedeploy-agent codedeploy-agent; aws-cfn-bootstrap -; ec2-utils -; ec2-instance-connect -
rpm-build rpmbuild; createrepo_c createrepo; epel-release -; policycoreutils -; python3-certbot-nginx certbot; golang go; composer composer
collectd collectd; dotnet-sdk-8.0 dotnet; cloud-init -; system-config -; iptables-services iptables; firewalld firewalld; gnupg2-minimal -
"""

# The packages that every image has.
BASE_DEBIAN = ("bash coreutils systemd openssh-server sudo cloud-init ca-certificates tar gzip python3 rsyslog cron snapd curl wget util-linux "
               "procps iproute2 openssl apt-utils tzdata dbus locales netplan.io ec2-instance-connect").split()
BASE_AMAZON = ("bash openssh-server sudo cloud-init ca-certificates tar gzip python3 curl util-linux procps-ng iproute openssl tzdata "
               "awscli-2 aws-cfn-bootstrap ec2-utils amazon-ssm-agent chrony system-release which ec2-instance-connect").split()
GROUPS = {"development tools": ["gcc", "gcc-c++", "make", "automake", "autoconf", "git", "patch", "bison", "flex", "gdb"]}

def entries(is_amazon):
    """Returns what each package installs."""
    found = {}
    for text in (BOTH, AMAZON if is_amazon else DEBIAN):
        for entry in text.replace("\n", ";").split(";"):
            name, _, brings = entry.strip().partition(" ")
            if name:
                found[name] = brings.strip()
    return found
