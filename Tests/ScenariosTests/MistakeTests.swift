import Testing

@testable import Scenarios

/// Every error is reported with its line, its column and the expected value.
@Suite struct ScenarioFileErrors {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let expected: [String]
        init(_ text: String, _ expected: String...) {
            self.text = text
            self.expected = expected
        }
        var testDescription: String { expected.first ?? text }
    }

    static let inTheFile: [Case] = [
        Case("", "1:1 the file is empty; a scenario begins with 'name:'"),
        Case("- a\n- b\n", "1:1 a scenario must be a mapping of keys to values, not a list"),
        Case("name: x\n", "1:1 a scenario needs steps under 'up' or 'down'"),
        Case("up: [{note: hello}]\n", "1:1 a scenario needs a 'name'"),
        Case("name: x\nnames: y\nup: [{note: a}]\n", "2:1 'names' is not known in a scenario; did you mean 'name'?"),
        Case("name: x\nup:\n  note: a\n", "3:3 'up' must be a list of steps, not a mapping"),
        Case("name: x\nname: y\nup: [{note: a}]\n", "1:1 the key 'name' occurs more than once"),
        Case(
            "name: x\nup: [{note: a}\ndown: []\n",
            "3:1 this is not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins at 2:5"),
        Case("name: x\nsettings: {account: 0017}\nup: [{note: a}]\n", "2:21 '0017' is not an account of 12 digits"),
        Case("name: x\nsettings: {region: Ohio}\nup: [{note: a}]\n", "2:20 'Ohio' is not a region such as us-east-1"),
        Case(
            "name: x\nsettings: {transitions: fast}\nup: [{note: a}]\n",
            "2:25 'fast' is not known as 'transitions'; expected instant, quick or aws"),
        Case("name: x\nsettings: {clock: soon}\nup: [{note: a}]\n", "2:19 'soon' is not a time such as 2023-12-17T09:00:00Z"),
        Case("name: x\nrequires: [clok]\nup: [{note: a}]\n", "2:12 'clok' can't be required; did you mean 'clock'?"),
        Case("name: x\nvariables: {1a: b}\nup: [{note: a}]\n", "2:13 '1a' is not a name; names have letters, digits and '_'"),
        Case(
            "name: x\nvariables: {a: '${b}'}\nup: [{note: a}]\n",
            "2:16 the variable 'b' is not set before this step; expected account, region, registry or run"),
        Case(
            "name: x\nhosts: {web: {instance: i-1}}\nup: [{note: a}]\n", "2:9 the host 'web' needs 'instance' and 'key'"),
        Case(
            "name: x\nhosts: {web: {instance: '${i}', key: k}}\nup: [{ssh: ls}]\n",
            "3:12 the variable 'i' is not set before this step"),
        Case(
            "name: x\nidentities: {worker: {access_key: a}}\nup: [{note: a}]\n",
            "2:14 the identity 'worker' needs 'access_key' and 'secret_key'"),
    ]

    /// Lines and columns count from the step below.
    static let inAStep: [Case] = [
        Case(
            "nte: a",
            "3:5 a step needs one of call, docker, ssh, scp, transfer, wait, clock, faults, console, file, note or steps; did you mean 'note' by 'nte'?"
        ),
        Case("{note: a, docker: docker images}", "3:15 a step does one thing: 'note' or 'docker', not both"),
        Case("ssh: ls", "3:10 'on' must name the host; declare it under 'hosts'"),
        Case("{ssh: ls, on: web}", "3:19 there is no host 'web'"),
        Case("{note: a, requires: [guest]}", "3:26 'guest' can't be required; did you mean 'guests'?"),
        Case(
            "{transfer: /a, on: web}", "3:16 'transfer' needs 'from', a file or folder of the machine, or 'files'",
            "3:24 there is no host 'web'"),
        Case(
            "{transfer: /a, on: web, files: {../x: b}}", "3:24 there is no host 'web'", "3:37 '../x' is not a file name"),
        Case("{scp: a, on: web}", "3:11 'scp' needs 'to', a path in the instance", "3:18 there is no host 'web'"),
        Case("{file: a}", "3:12 'file' needs 'content', or 'absent: true' to remove it"),
        Case("{console: Really?, expect: {reply: true}}", "3:33 an answer has no 'reply'"),
        Case("{note: a, wen: {}}", "3:15 'wen' is not known in a step; did you mean 'when'?"),
        Case("{note: 'a ${b'}", "3:12 '${' has no '}'; write '$${' for a literal '${'"),
        Case("call: CreateRepository", "3:11 'CreateRepository' is not an operation such as ecr.CreateRepository"),
        Case("call: erc.CreateRepository", "3:11 'erc' is not a service; did you mean 'ecr'?"),
        Case("call: ecr.CreateRepositry", "3:11 'ecr.CreateRepositry' is not an operation; did you mean 'CreateRepository'?"),
        Case(
            "{call: ec2.CreateTransitGateway, input: {Descriptio: a}}",
            "3:46 ec2.CreateTransitGateway has no member 'Descriptio'; did you mean 'Description'?"),
        Case("call: ecr.CreateRepository", "3:11 ecr.CreateRepository needs 'repositoryName'"),
        Case(
            "{call: ecr.ListImages, input: {repositoryName: ab, maxResult: 1}}",
            "3:56 ecr.ListImages has no member 'maxResult'; did you mean 'maxResults'?"),
        Case(
            "{call: ecr.ListImages, input: {repositoryName: ab, maxResults: many}}",
            "3:68 'maxResults' of ecr.ListImages must be a whole number, not text"),
        Case(
            "{call: ecr.ListImages, input: {repositoryName: 12}}",
            "3:52 'repositoryName' of ecr.ListImages must be text, not a number; put it in quotes"),
        Case(
            "{call: ecr.ListImages, input: {repositoryName: ab, filter: {tagStatus: TAGED}}}",
            "3:76 'TAGED' is no value of 'filter.tagStatus'; did you mean 'TAGGED'?"),
        Case(
            "{call: ecr.ListImages, input: {repositoryName: A}}", "3:52 'repositoryName' of ecr.ListImages is shorter than 2",
            "3:52 'repositoryName' of ecr.ListImages does not match"),
        Case("{call: ec2.DescribeVpcs, input: {VpcIds: vpc-1}}", "3:46 'VpcIds' of ec2.DescribeVpcs must be a list, not text"),
        Case(
            "{call: ec2.DescribeVpcs, input: {Filters: [{Nam: a}]}}",
            "3:49 ec2.DescribeVpcs has no member 'Filters.0.Nam'; did you mean 'Name'?"),
        Case(
            "{call: ec2.DescribeVpcs, input: [1]}",
            "3:37 'input' must be a mapping of ec2.DescribeVpcs's members to values, not a list"),
        Case(
            "{call: ec2.DescribeVpcs, expect: {Vpc: a}}",
            "3:39 the result of ec2.DescribeVpcs has no 'Vpc'; did you mean 'Vpcs'?"),
        Case(
            "{call: ec2.DescribeVpcs, expect: {'Vpcs[0].VpcID': a}}",
            "3:39 the result of ec2.DescribeVpcs has no 'Vpcs.0.VpcID'; did you mean 'VpcId'?"),
        Case("{call: ec2.DescribeVpcs, expect: {Vpcs.VpcId: a}}", "3:39 in the result of ec2.DescribeVpcs, 'Vpcs' is a list"),
        Case("{call: ec2.DescribeVpcs, expect: {Vpcs: {cont: 1}}}", "3:46 in the result of ec2.DescribeVpcs, 'Vpcs' is a list"),
        Case("{call: ec2.DescribeVpcs, expect: {Vpcs: {count: 1, is: 2}}}", "3:56 'is' is not a matcher"),
        Case("{call: ec2.DescribeVpcs, expect: {Vpcs: {absent: 1}}}", "3:54 'absent' must be true or false, not a number"),
        Case("{call: ec2.DescribeVpcs, expect: {'Vpcs[': 1}}", "3:39 '[' has no ']' in the path 'Vpcs['"),
        Case(
            "{call: ec2.DescribeVpcs, save: {vpc: 'Vpcs[0].Vpc'}}",
            "3:42 the result of ec2.DescribeVpcs has no 'Vpcs.0.Vpc'; did you mean 'VpcId'?"),
        Case("{call: ec2.DescribeVpcs, expect_error: {cod: a}}", "3:45 an error has no 'cod'; did you mean 'code'?"),
        Case(
            "{call: ec2.DescribeVpcs, expect: {Vpcs: []}, expect_error: A}",
            "3:50 a call that must fail has no result; 'expect' and 'expect_error' don't go together"),
        Case("{call: ec2.DescribeVpcs, every: 5s}", "3:30 'every' needs an 'until'"),
        Case("{call: ec2.DescribeVpcs, as: worker}", "3:34 there is no identity 'worker'"),
        Case(
            "{call: ec2.DescribeVpcs, input: {VpcIds: ['${vpc}']}}",
            "3:47 the variable 'vpc' is not set before this step; expected account, region, registry or run"),
        Case(
            "{note: a, when: {found: {present: true}}}",
            "3:22 the variable 'found' is not set before this step; expected account, region, registry or run"),
        Case("{wait: ec2.InstanceRuning}", "3:12 'ec2.InstanceRuning' is not a waiter; did you mean 'InstanceRunning'?"),
        Case("{wait: 5 minutes}", "3:12 '5 minutes' is not a time such as 90s, 15m, 13h or 7d"),
        Case(
            "{clock: advanced 1h}",
            "3:13 'advanced 1h' is not 'advance' and a time such as 13h, or 'set' and a time such as 2023-12-17T09:00:00Z"),
        Case("docker: docker psuh a", "3:13 'docker psuh' can't be run here; did you mean 'push'?"),
        Case("docker: podman push a", "3:13 the line must be a docker command, such as 'docker push name:tag'"),
        Case("docker: docker tag 'a b", "3:13 the command line has an unclosed quote"),
        Case(
            "docker: cat x | docker login",
            "3:13 only 'aws ecr get-login-password' and 'echo' can stand before a pipe, not 'cat x'"),
        Case(
            "{docker: docker images, expect: {outptu: a}}",
            "3:38 a docker command's result has no 'outptu'; did you mean 'output'?"),
        Case(
            "{name: g, steps: [{nte: a}]}",
            "3:24 a step needs one of call, docker, ssh, scp, transfer, wait, clock, faults, console, file, note or steps; did you mean 'note' by 'nte'?"
        ),
    ]

    @Test(arguments: inTheFile)
    func fileErrorsAreReportedWithPosition(_ mistake: Case) { expect(mistake.text, mistake.expected) }

    @Test(arguments: inAStep)
    func stepErrorsAreReportedWithPosition(_ mistake: Case) { expect("name: x\nup:\n  - \(mistake.text)\n", mistake.expected) }

    private func expect(_ text: String, _ expected: [String]) {
        do {
            _ = try Scenario(parsing: text, file: "x.yaml")
            Issue.record("no mistake was found")
        } catch let mistakes as ScenarioMistakes {
            let found = mistakes.mistakes.map { "\($0.position) \($0.message)" }
            for line in expected {
                #expect(
                    found.contains { $0.hasPrefix(line) }, "missing: \(line)\nfound: \(found.joined(separator: "\n      "))")
            }
            #expect(found.count == expected.count, "found: \(found.joined(separator: "\n      "))")
        } catch {
            Issue.record(error)
        }
    }

    @Test func allErrorsAreReportedWithTheirLines() {
        let text = "name: x\nup:\n  - call: ecr.CreateRepositry\n  - docker: docker psuh a\n"
        #expect(throws: ScenarioMistakes.self) { _ = try Scenario(parsing: text, file: "x.yaml") }
        do { _ = try Scenario(parsing: text, file: "x.yaml") } catch {
            #expect(
                "\(error)" == """
                    x.yaml:3:11: 'ecr.CreateRepositry' is not an operation; did you mean 'CreateRepository'?
                          - call: ecr.CreateRepositry
                                  ^
                    x.yaml:4:13: 'docker psuh' can't be run here; did you mean 'push'?
                          - docker: docker psuh a
                                    ^
                    """)
        }
    }

    @Test func downPartCannotUseValuesSavedByUpPart() {
        let text = """
            name: x
            up: [{call: ec2.DescribeVpcs, save: {vpc: "Vpcs[0].VpcId"}}]
            down: [{call: ec2.DeleteVpc, input: {VpcId: "${vpc}"}}]
            """
        expect(text, ["3:45 the variable 'vpc' is not set before this step"])
    }
}
