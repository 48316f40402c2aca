import AWSCore
import SimulatedDocker
import Testing

/// Instructions of `docker import --change` and `drydock build-image --change`.
@Suite struct ConfigChangesTests {
    @Test func configChangesSetRunConfiguration() throws {
        let node = try ConfigChanges([
            "USER me", "ENV A=b \"C=d e\"", "env A=c", "EXPOSE 80 53/udp", "WORKDIR /srv", "WORKDIR data",
            #"CMD ["a", "b c"]"#, "ENTRYPOINT run it",
        ]).node
        #expect(
            JSON.text(node)
                == #"{"Cmd":["a","b c"],"Entrypoint":["/bin/sh","-c","run it"],"Env":["C=d e","A=c"],"ExposedPorts":{"53/udp":{},"80/tcp":{}},"User":"me","WorkingDir":"/srv/data"}"#
        )
    }

    @Test(arguments: [
        ("NONE", #"{"Test":["NONE"]}"#), ("--interval= CMD ls", #"{"Test":["CMD-SHELL","ls"]}"#),
        ("cmd curl localhost", #"{"Test":["CMD-SHELL","curl localhost"]}"#),
        (#"CMD ["curl", "a"]"#, #"{"Test":["CMD","curl","a"]}"#),
        (
            #"--interval=1m30s --timeout=250ms --start-period=2s --start-interval=1s --retries=3 CMD ls"#,
            #"{"Test":["CMD-SHELL","ls"],"Interval":90000000000,"Timeout":250000000,"StartPeriod":2000000000,"StartInterval":1000000000,"Retries":3}"#
        ),
    ]) func configChangesSetHealthCheck(text: String, expected: String) throws {
        let check = try #require(try ConfigChanges(["HEALTHCHECK \(text)"]).node["Healthcheck"])
        #expect(JSON.text(check) == expected)
    }

    @Test(arguments: [
        ("HEALTHCHECK", "HEALTHCHECK requires at least one argument"),
        ("HEALTHCHECK --retries=1", "HEALTHCHECK requires at least one argument"),
        ("HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"),
        ("HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"),
        ("HEALTHCHECK curl", #"Unknown type "CURL" in HEALTHCHECK (try CMD)"#),
        ("HEALTHCHECK --every=1s CMD ls", "Unknown flag: every"),
        ("HEALTHCHECK --interval CMD ls", "Missing a value on flag: interval"),
        ("HEALTHCHECK --interval=1s --interval=2s CMD ls", "Duplicate flag specified: interval"),
        ("HEALTHCHECK CMD []", "Missing command after HEALTHCHECK CMD"),
        ("HEALTHCHECK --retries=x CMD ls", #"strconv.ParseInt: parsing "x": invalid syntax"#),
        ("HEALTHCHECK --interval=soon CMD ls", #"time: invalid duration "soon""#),
        ("HEALTHCHECK --interval=0s CMD ls", #"Interval "interval" cannot be less than 1ms"#),
        ("HEALTHCHECK --retries=-1 CMD ls", "--retries must be at least 1 (not -1)"),
        ("RUN ls", "run is not a valid change command"), ("USER", "USER requires exactly one argument"),
    ]) func invalidConfigChangesAreRejected(line: String, message: String) {
        #expect(throws: DockerError.self) { try ConfigChanges([line]) }
        do { _ = try ConfigChanges([line]) } catch { #expect(error.message == message) }
    }
}

extension JSON {
    fileprivate static func text(_ node: Node) -> String { String(decoding: JSON.write(node), as: UTF8.self) }
}
