import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// Packages of services, as deployment scripts install them: their units run, and their pages answer on the machine.
@Suite(
    .serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"),
    .enabled(if: GuestHost.mayBind22, "port 80 needs root, or net.ipv4.ip_unprivileged_port_start"))
struct InstalledServices {
    private static func has(_ programs: String...) -> Bool { programs.allSatisfy { Machine.find($0) != nil } }

    /// Boots with a script, and opens port 80.
    private func boot(
        _ script: String, image: String? = nil, user: String = "ubuntu", _ body: (Playground, Person) async throws -> Void
    ) async throws {
        try await Playground.with { playground in
            let group = try await playground.defaultGroup
            let web = IpPermission(ipProtocol: "tcp", fromPort: 80, toPort: 80, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(groupId: group, ipPermissions: [web]))
            var used = image
            if image == "amazon" { used = try await PackagesOfGuests.amazonLinux(playground) }
            let person = try await playground.launch(userData: script, image: used)
            let answer = try await person.ssh("cloud-init status --wait --long", user: user)
            let console = try await playground.console(of: person.id)
            #expect(answer.output.contains("status: done"), "\(console)")
            try await body(playground, person)
        }
    }

    private func page(_ person: Person, _ path: String = "") async throws -> String {
        try await person.run("curl", ["-sS", "-m", "5", "http://\(person.address)/\(path)"]).output
    }

    @Test(.enabled(if: has("nginx"), "apt-get install nginx-light"))
    func nginxServesDefaultPageAndAddedSites() async throws {
        try await boot("#!/bin/bash\nset -e\napt-get update\napt-get install -y nginx\n") { _, person in
            try await PlayedInstances.until { (try? await page(person).contains("Welcome to nginx!")) == true }
            let answer = try await person.ssh(
                """
                exec 2>&1; systemctl is-active nginx; systemctl is-enabled nginx
                printf 'server { listen 80; server_name _; root /srv; location /app { include proxy_params; return 200 "own site\\\\n"; } }' | sudo tee /etc/nginx/sites-enabled/own > /dev/null
                sudo rm /etc/nginx/sites-enabled/default; sudo nginx -t && sudo systemctl reload nginx
                ps -o user= -C nginx | sort | uniq -c | tr -s ' '
                """)
            #expect(answer.output.hasPrefix("active\nenabled\n"), "\(answer.output)")
            #expect(answer.output.contains("test is successful"), "\(answer.output)")
            #expect(answer.output.contains(" 1 root\n") && answer.output.contains("www-data\n"), "\(answer.output)")
            try await PlayedInstances.until { (try? await page(person, "app")) == "own site\n" }
            let restarted = try await person.ssh(
                "sudo systemctl restart nginx && systemctl is-active nginx; sudo systemctl stop nginx; pgrep -c nginx")
            #expect(restarted.output == "active\n0\n", "\(restarted.output)")
            try await PlayedInstances.until {
                (try? await person.run("curl", ["-s", "-m", "2", "http://\(person.address)/"]).status) == 7
            }
        }
    }

    @Test(
        .enabled(
            if: has("apache2", "php", "mariadbd", "mariadb"),
            "apt-get install apache2 libapache2-mod-php php-mysql mariadb-server"),
        .enabled(
            if: Machine.output(["/bin/sh", "-c", "ls /usr/lib/apache2/modules/libphp*.so /usr/lib/php/*/mysqli.so"]).contains(
                "mysqli"),
            "apt-get install libapache2-mod-php php-mysql"))
    func phpPageReadsMariaDB() async throws {
        let script = #"""
            #!/bin/bash
            set -e
            apt-get update
            apt-get install -y apache2 mariadb-server php libapache2-mod-php php-mysql
            mysql <<'X'
            CREATE DATABASE app;
            CREATE USER 'app'@'localhost' IDENTIFIED BY 'secret';
            GRANT ALL ON app.* TO 'app'@'localhost';
            CREATE TABLE app.note (text VARCHAR(40));
            INSERT INTO app.note VALUES ('from the database');
            X
            a2enmod rewrite
            cat > /var/www/html/index.php <<'X'
            <?php $way = new mysqli('localhost', 'app', 'secret', 'app');
            echo $way->query('SELECT text FROM note')->fetch_row()[0], "\n";
            X
            rm /var/www/html/index.html
            systemctl restart apache2
            """#
        try await boot(script) { _, person in
            try await PlayedInstances.until { (try? await page(person)) == "from the database\n" }
            let answer = try await person.ssh(
                "systemctl is-active apache2 mariadb mysql; sudo apache2ctl -M 2> /dev/null | grep -c rewrite; php -m | grep -c mysqli; sudo apache2ctl configtest 2>&1 | tail -1"
            )
            #expect(answer.output == "active\nactive\nactive\n1\n1\nSyntax OK\n", "\(answer.output)")
        }
    }

    @Test(.enabled(if: has("apache2") || has("httpd"), "apt-get install apache2"))
    func amazonLinuxHttpdServesPage() async throws {
        let script = """
            #!/bin/bash
            yum update -y
            yum install -y httpd
            systemctl start httpd
            systemctl enable httpd
            echo "<h1>Hello from $(hostname -f)</h1>" > /var/www/html/index.html

            """
        try await boot(script, image: "amazon", user: "ec2-user") { _, person in
            try await PlayedInstances.until { (try? await page(person).contains("<h1>Hello from ip-172-31-")) == true }
            let answer = try await person.ssh(
                "systemctl is-active httpd; systemctl is-enabled httpd; httpd -v | head -1 | cut -c 1-22; sudo systemctl reload httpd; systemctl is-active httpd",
                user: "ec2-user")
            #expect(answer.output == "active\nenabled\nServer version: Apache\nactive\n", "\(answer.output)")
        }
    }

    @Test(.enabled(if: has("redis-server", "redis-cli"), "apt-get install redis-server"))
    func redisKeepsDataAfterRestart() async throws {
        try await boot("#!/bin/bash\nset -e\napt-get update\napt-get install -y redis-server\n") { _, person in
            let answer = try await person.ssh(
                """
                exec 2>&1; for i in $(seq 50); do redis-cli ping > /dev/null 2>&1 && break; sleep 0.1; done
                redis-cli ping; redis-cli set key value; redis-cli save; sudo systemctl restart redis
                for i in $(seq 50); do redis-cli ping > /dev/null 2>&1 && break; sleep 0.1; done
                redis-cli get key; systemctl is-active redis-server; ps -o user= -C redis-server
                """)
            #expect(answer.output == "PONG\nOK\nOK\nvalue\nactive\nredis\n", "\(answer.output)")
        }
    }
}
