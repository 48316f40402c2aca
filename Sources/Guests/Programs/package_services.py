"""What packages of services bring besides a program of the machine: units, users, folders, and the shortest configurations that behave
like the packages' own."""
import glob, os, re, subprocess

UNIT = """[Unit]
Description={title}
After=network.target
[Service]
{body}
[Install]
WantedBy=multi-user.target
"""

PAGE = "<!DOCTYPE html>\n<html>\n<head>\n<title>{0}</title>\n</head>\n<body>\n<h1>{0}</h1>\n</body>\n</html>\n"


def service(title, body, user=None, folders=(), files=None, unit=None, aliases="", links=None):
    """`folders` below /var/l… and /run belong to the user. `links` are more names of the program."""
    return {"title": title, "body": body, "user": user, "folders": folders, "files": files or {}, "unit": unit, "aliases": aliases,
            "links": links or {}}


# nginx

TYPES = {"text/html": "html htm shtml", "text/css": "css", "text/xml": "xml", "image/gif": "gif", "image/jpeg": "jpeg jpg",
         "application/javascript": "js mjs", "text/plain": "txt", "image/png": "png", "image/svg+xml": "svg svgz", "image/webp": "webp",
         "image/x-icon": "ico", "font/woff": "woff", "font/woff2": "woff2", "application/json": "json", "application/pdf": "pdf",
         "application/wasm": "wasm", "application/zip": "zip", "application/gzip": "gz", "audio/mpeg": "mp3", "video/mp4": "mp4", "video/webm": "webm"}
# https://www.rfc-editor.org/rfc/rfc3875 names the variables of a gateway.
GATEWAY = [("QUERY_STRING", "$query_string"), ("REQUEST_METHOD", "$request_method"), ("CONTENT_TYPE", "$content_type"),
           ("CONTENT_LENGTH", "$content_length"), ("SCRIPT_NAME", "$fastcgi_script_name"), ("REQUEST_URI", "$request_uri"),
           ("DOCUMENT_URI", "$document_uri"), ("DOCUMENT_ROOT", "$document_root"), ("SERVER_PROTOCOL", "$server_protocol"),
           ("REQUEST_SCHEME", "$scheme"), ("HTTPS", "$https if_not_empty"), ("GATEWAY_INTERFACE", "CGI/1.1"),
           ("SERVER_SOFTWARE", "nginx/$nginx_version"), ("REMOTE_ADDR", "$remote_addr"), ("REMOTE_PORT", "$remote_port"),
           ("SERVER_ADDR", "$server_addr"), ("SERVER_PORT", "$server_port"), ("SERVER_NAME", "$server_name"), ("REDIRECT_STATUS", "200")]
PARAMETERS = "".join(f"fastcgi_param {name} {value};\n" for name, value in GATEWAY)
NGINX = """user {user};
worker_processes auto;
pid /run/nginx.pid;
include /etc/nginx/modules-enabled/*.conf;
events {{ worker_connections 768; }}
http {{
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /var/log/nginx/access.log;
  error_log /var/log/nginx/error.log;
  include /etc/nginx/conf.d/*.conf;
  {more}
}}
"""
SITE = """server {{
  listen 80 default_server;
  root {root};
  index index.html index.htm index.nginx-debian.html;
  server_name _;
  location / {{ try_files $uri $uri/ =404; }}
}}
"""
NGINX_BODY = ("Type=forking\nPIDFile=/run/nginx.pid\nExecStartPre=/usr/sbin/nginx -t -q\nExecStart=/usr/sbin/nginx\n"
              "ExecReload=/bin/sh -c '/bin/kill -s HUP $MAINPID'\nTimeoutStopSec=5")
NGINX_FOLDERS = ["/etc/nginx/conf.d", "/etc/nginx/modules-enabled", "/var/log/nginx", "/var/lib/nginx/body", "/var/lib/nginx/proxy",
                 "/var/lib/nginx/fastcgi", "/var/lib/nginx/uwsgi", "/var/lib/nginx/scgi"]
NGINX_FILES = {
    "/etc/nginx/mime.types": "types {\n" + "".join(f"  {kind} {endings};\n" for kind, endings in TYPES.items()) + "}\n",
    "/etc/nginx/fastcgi_params": PARAMETERS,
    "/etc/nginx/fastcgi.conf": "fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n" + PARAMETERS,
    "/etc/nginx/proxy_params": "proxy_set_header Host $http_host;\nproxy_set_header X-Real-IP $remote_addr;\n"
                               "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\nproxy_set_header X-Forwarded-Proto $scheme;\n",
    "/etc/nginx/snippets/fastcgi-php.conf": "fastcgi_split_path_info ^(.+?\\.php)(/.*)$;\ntry_files $fastcgi_script_name =404;\n"
                                            "fastcgi_param PATH_INFO $fastcgi_path_info;\nfastcgi_index index.php;\ninclude fastcgi.conf;\n",
}

# Apache

APACHE = """DefaultRuntimeDir ${APACHE_RUN_DIR}
PidFile ${APACHE_PID_FILE}
User ${APACHE_RUN_USER}
Group ${APACHE_RUN_GROUP}
ErrorLog ${APACHE_LOG_DIR}/error.log
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
Include ports.conf
AccessFileName .htaccess
<FilesMatch "^\\.ht">
  Require all denied
</FilesMatch>
<Directory />
  Options FollowSymLinks
  AllowOverride None
  Require all denied
</Directory>
<Directory /usr/share>
  AllowOverride None
  Require all granted
</Directory>
<Directory /var/www/>
  Options Indexes FollowSymLinks
  AllowOverride None
  Require all granted
</Directory>
IncludeOptional conf-enabled/*.conf
IncludeOptional sites-enabled/*.conf
"""
APACHE_VARIABLES = "".join(f"export APACHE_{name}={value}\n" for name, value in (
    ("RUN_USER", "www-data"), ("RUN_GROUP", "www-data"), ("PID_FILE", "/var/run/apache2/apache2.pid"), ("RUN_DIR", "/var/run/apache2"),
    ("LOCK_DIR", "/var/lock/apache2"), ("LOG_DIR", "/var/log/apache2"))) + "export LANG=C\nexport APACHE_ULIMIT_MAX_FILES=true\n"
APACHE_SITE = """<VirtualHost *:80>
  ServerAdmin webmaster@localhost
  DocumentRoot /var/www/html
  ErrorLog ${APACHE_LOG_DIR}/error.log
  CustomLog ${APACHE_LOG_DIR}/access.log combined
</VirtualHost>
"""
APACHE_MODULES = ("access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex deflate dir env filter "
                  "mime mpm_event negotiation reqtimeout setenvif status").split()
APACHE_NEEDS = {"ssl": "setenvif mime socache_shmcb", "proxy_http": "proxy", "proxy_fcgi": "proxy", "proxy_wstunnel": "proxy", "proxy_uwsgi": "proxy",
                "proxy_balancer": "proxy alias slotmem_shm", "proxy_http2": "proxy http2", "dav_fs": "dav", "lbmethod_byrequests": "proxy_balancer"}
APACHE_SETTINGS = {
    "dir": "DirectoryIndex index.html index.cgi index.pl index.php index.xhtml index.htm\n", "mime": "TypesConfig /etc/mime.types\n",
    "php": "<FilesMatch \".+\\.ph(?:ar|p|tml)$\">\n  SetHandler application/x-httpd-php\n</FilesMatch>\n"
           "<FilesMatch \"^\\.ph(?:ar|p|ps|tml)$\">\n  Require all denied\n</FilesMatch>\n"}
HTTPD = """ServerRoot "/etc/httpd"
Listen 80
Include conf.modules.d/*.conf
User apache
Group apache
ServerAdmin root@localhost
PidFile /run/httpd/httpd.pid
DefaultRuntimeDir /run/httpd
<Directory />
  AllowOverride none
  Require all denied
</Directory>
DocumentRoot "/var/www/html"
<Directory "/var/www">
  AllowOverride None
  Require all granted
</Directory>
<Directory "/var/www/html">
  Options Indexes FollowSymLinks
  AllowOverride None
  Require all granted
</Directory>
<IfModule dir_module>
  DirectoryIndex index.html
</IfModule>
<Files ".ht*">
  Require all denied
</Files>
ErrorLog "/var/log/httpd/error_log"
LogLevel warn
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
CustomLog "/var/log/httpd/access_log" combined
TypesConfig /etc/mime.types
IncludeOptional conf.d/*.conf
"""
HTTPD_MODULES = ("access_compat actions alias allowmethods auth_basic authn_core authn_file authz_core authz_host authz_user autoindex cgi "
                 "deflate dir env expires filter headers include info log_config mime mime_magic negotiation proxy proxy_fcgi proxy_http "
                 "remoteip reqtimeout rewrite setenvif status unixd vhost_alias").split()


def httpd(program):
    """Amazon Linux's Apache, which the machine may know by Debian's name."""
    return service(
        "The Apache HTTP Server", f"Type=forking\nPIDFile=/run/httpd/httpd.pid\nExecStart=/usr/sbin/{program} -f /etc/httpd/conf/httpd.conf\n"
        "ExecReload=/bin/sh -c '/bin/kill -s USR1 $MAINPID'\nRuntimeDirectory=httpd", "apache",
        ["/etc/httpd/conf.d", "/etc/httpd/conf.modules.d", "/var/log/httpd", "/var/www/html", "/var/www/cgi-bin", "/var/lib/httpd"],
        {"/etc/httpd/conf/httpd.conf": HTTPD}, "httpd", links={"httpd": f"/usr/sbin/{program}"})


def redis(program, user, folder):
    return service(
        "Advanced key-value store", f"ExecStart=/usr/bin/{program} {folder}/redis.conf --daemonize no\nUser={user}\nRuntimeDirectory={user}\nRestart=always",
        user, ["/var/lib/redis", "/var/log/redis"],
        {folder + "/redis.conf": "bind 127.0.0.1 -::1\nport 6379\ndir /var/lib/redis\nlogfile /var/log/redis/redis-server.log\n"},
        "redis-server" if user == "redis" else user, "Alias=redis.service" if user == "redis" else "",
        {"redis6-cli": "/usr/bin/redis-cli", "redis6-server": "/usr/bin/redis-server"} if user != "redis" and program == "redis-server" else {})


# By family and program.
SERVICES = {
    ("debian", "nginx"): service(
        "A high performance web server and a reverse proxy server", NGINX_BODY, "www-data",
        NGINX_FOLDERS + ["/etc/nginx/sites-available", "/etc/nginx/sites-enabled", "/var/www/html"],
        {"/etc/nginx/nginx.conf": NGINX.format(user="www-data", more="include /etc/nginx/sites-enabled/*;"),
         "/etc/nginx/sites-available/default": SITE.format(root="/var/www/html"),
         "/etc/nginx/sites-enabled/default": "-> /etc/nginx/sites-available/default",
         "/var/www/html/index.nginx-debian.html": PAGE.format("Welcome to nginx!"), **NGINX_FILES}),
    ("amazon", "nginx"): service(
        "The nginx HTTP and reverse proxy server", NGINX_BODY, "nginx", NGINX_FOLDERS + ["/etc/nginx/default.d", "/usr/local/share/nginx/html"],
        {"/etc/nginx/nginx.conf": NGINX.format(user="nginx", more=SITE.format(root="/usr/local/share/nginx/html")),
         "/usr/local/share/nginx/html/index.html": PAGE.format("Welcome to nginx!"), **NGINX_FILES}),
    ("debian", "apache2"): service(
        "The Apache HTTP Server", "Type=forking\nPIDFile=/run/apache2/apache2.pid\nEnvironment=APACHE_STARTED_BY_SYSTEMD=true\n"
        "ExecStart=/usr/sbin/apachectl start\nExecStop=/usr/sbin/apachectl graceful-stop\nExecReload=/usr/sbin/apachectl graceful",
        "www-data",
        ["/etc/apache2/" + name for name in ("sites-available", "sites-enabled", "conf-available", "conf-enabled", "mods-available", "mods-enabled")]
        + ["/var/log/apache2", "/var/www/html", "/var/lib/apache2"],
        {"/etc/apache2/apache2.conf": APACHE, "/etc/apache2/envvars": APACHE_VARIABLES,
         "/etc/apache2/ports.conf": "Listen 80\n<IfModule ssl_module>\n  Listen 443\n</IfModule>\n",
         "/etc/apache2/sites-available/000-default.conf": APACHE_SITE,
         "/etc/apache2/sites-enabled/000-default.conf": "-> ../sites-available/000-default.conf",
         "/var/www/html/index.html": PAGE.format("Apache2 Default Page: It works!")}, "apache2"),
    ("amazon", "httpd"): httpd("httpd"), ("amazon", "apache2"): httpd("apache2"),
    ("debian", "redis-server"): redis("redis-server", "redis", "/etc/redis"),
    ("amazon", "redis-server"): redis("redis-server", "redis6", "/etc/redis6"),
    ("amazon", "redis6-server"): redis("redis6-server", "redis6", "/etc/redis6"),
    ("both", "memcached"): service(
        "memcached daemon", "ExecStart=/usr/bin/memcached -m 64 -p 11211 -u memcache -l 127.0.0.1", "memcache", (), None, "memcached"),
    ("both", "mariadbd"): service(
        "MariaDB database server", "User=mysql\nExecStartPre=/bin/sh -c '[ -d /var/lib/mysql/mysql ] || mariadb-install-db --skip-test-db --datadir=/var/lib/mysql > /dev/null'\n"
        "ExecStart=/usr/sbin/mariadbd --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/mysqld.pid\n"
        "Type=notify\nRuntimeDirectory=mysqld\nTimeoutStartSec=300\nRestart=on-abnormal", "mysql", ["/var/lib/mysql"],
        {"/etc/mysql/my.cnf": "[client-server]\nsocket = /run/mysqld/mysqld.sock\n!includedir /etc/mysql/conf.d/\n!includedir /etc/mysql/mariadb.conf.d/\n",
         "/etc/mysql/conf.d/mysql.cnf": "[mysql]\n", "/etc/mysql/mariadb.conf.d/50-server.cnf": "[mariadbd]\nbind-address = 127.0.0.1\n"},
        "mariadb", "Alias=mysql.service\nAlias=mysqld.service"),
}


# What depends on the machine's files

def put(path, text):
    if not os.path.lexists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)


def link(target, path):
    if not os.path.lexists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)


def apache_modules():
    """Makes the machine's modules of Apache known to a2enmod, and enables Debian's defaults."""
    folder = "/etc/apache2/mods-"
    for path in sorted(glob.glob("/usr/lib/apache2/modules/*.so")):
        file = os.path.basename(path)[:-3]
        name = re.sub("^(mod_|lib)", "", file)
        plain = "php" if name.startswith("php") else name
        needs = "mpm_prefork" if plain == "php" else APACHE_NEEDS.get(name, "")
        notes = (f"# Depends: {needs}\n" if needs else "") + ("# Conflicts: mpm_event mpm_worker mpm_prefork\n".replace(" " + name, "")
                                                            if name.startswith("mpm_") else "")
        put(f"{folder}available/{name}.load", f"{notes}LoadModule {plain}_module {path}\n")
        if plain in APACHE_SETTINGS:
            put(f"{folder}available/{name}.conf", APACHE_SETTINGS[plain])
    # A module that somebody turned off stays off: this happens once.
    if not os.listdir(folder + "enabled"):
        for name in APACHE_MODULES:
            enable_module(name)


def enable_module(name):
    for ending in (".load", ".conf"):
        if os.path.exists(f"/etc/apache2/mods-available/{name}{ending}"):
            link(f"../mods-available/{name}{ending}", f"/etc/apache2/mods-enabled/{name}{ending}")


def apache_php():
    """Lets Apache run PHP itself, which needs one process per request."""
    for name in ("mpm_event.load", "mpm_event.conf"):
        if os.path.islink("/etc/apache2/mods-enabled/" + name):
            os.unlink("/etc/apache2/mods-enabled/" + name)
    enable_module("mpm_prefork")
    for path in sorted(glob.glob("/usr/lib/apache2/modules/libphp*.so"))[-1:]:
        enable_module(os.path.basename(path)[3:-3])


def httpd_modules():
    folder = next((path for path in ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules") if os.path.isdir(path)), "")
    link(folder, "/etc/httpd/modules")
    link("../../var/log/httpd", "/etc/httpd/logs")
    lines = "".join(f"LoadModule {name}_module modules/mod_{name}.so\n" for name in HTTPD_MODULES if os.path.exists(f"{folder}/mod_{name}.so"))
    has_php = sorted(glob.glob(folder + "/libphp*.so"))
    put("/etc/httpd/conf.modules.d/00-base.conf", lines)
    put("/etc/httpd/conf.modules.d/00-mpm.conf", f"LoadModule mpm_{'prefork' if has_php else 'event'}_module modules/mod_mpm_{'prefork' if has_php else 'event'}.so\n")


def httpd_php():
    for path in sorted(glob.glob("/etc/httpd/modules/libphp*.so"))[-1:]:
        put("/etc/httpd/conf.modules.d/20-php.conf", f"LoadModule php_module modules/{os.path.basename(path)}\n")
        put("/etc/httpd/conf.d/php.conf", APACHE_SETTINGS["php"] + "DirectoryIndex index.php\n")


# The extensions that come with PHP itself; others are packages.
PHP_OWN = ("calendar ctype exif ffi fileinfo ftp gettext iconv opcache pdo phar posix readline shmop sockets sysvmsg sysvsem sysvshm tokenizer "
           "json").split()
PHP_PACKAGES = {"mysql": "mysqlnd mysqli pdo_mysql", "mysqlnd": "mysqlnd mysqli pdo_mysql", "pgsql": "pgsql pdo_pgsql", "sqlite3": "sqlite3 pdo_sqlite",
                "xml": "dom simplexml xml xmlreader xmlwriter xsl"}
PHP_FIRST = {"mysqlnd": 10, "opcache": 10, "pdo": 10, "xml": 15}


def php_extensions(package):
    """Turns on the extensions that a package brings, where the machine's PHP looks for settings."""
    asked = subprocess.run(["php", "--ini"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True).stdout
    match = re.search(r"additional .ini files in: *(/etc/\S+)", asked)
    folder = subprocess.run(["php", "-n", "-r", "echo ini_get('extension_dir');"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            universal_newlines=True).stdout
    if not match or not os.path.isdir(folder):
        return
    name = re.sub(r"^php[\d.]*-?", "", package)
    wanted = PHP_PACKAGES.get(name, name).split() if name not in ("", "cli", "fpm", "common", "cgi", "devel") else PHP_OWN
    places = [match[1]] + ([match[1].replace("/cli/", f"/{kind}/") for kind in ("apache2", "fpm")] if "/cli/" in match[1] else [])
    for name in wanted:
        if os.path.exists(f"{folder}/{name}.so"):
            for place in places:
                put(f"{place}/{PHP_FIRST.get(name, 20)}-{name}.ini", ("zend_" if name == "opcache" else "") + f"extension={name}.so\n")


# cronie runs the folder of each hour; anacron, which comes with it, runs the others after 3:00: to the minute, assumed.
CRONIE = """SHELL=/bin/bash
PATH=/sbin:/bin:/usr/sbin:/usr/bin
01 * * * * root run-parts /etc/cron.hourly
20 3 * * * root run-parts /etc/cron.daily
25 3 * * 0 root run-parts /etc/cron.weekly
45 3 1 * * root run-parts /etc/cron.monthly
"""


def finish(family, package, program):
    """Does what a package brings besides files of fixed content. Returns whether a running service must start again."""
    if program == "php":
        php_extensions("php")
        php_extensions(package)
        if family == "amazon" and os.path.isdir("/etc/httpd/conf.modules.d"):
            httpd_php()
    if program in ("httpd", "apache2"):
        if family == "amazon":
            httpd_modules()
            if os.path.exists("/etc/php.d") or glob.glob("/etc/php/*"):
                httpd_php()
        else:
            apache_modules()
    if package == "libapache2-mod-php":
        apache_php()
        return "apache2.service"
    return "apache2.service" if package.startswith("php-") and os.path.islink("/etc/apache2/mods-enabled/mpm_prefork.load") else None
