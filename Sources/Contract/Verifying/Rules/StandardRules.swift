import AWSCore

extension Rules {
    /// The differences that are always allowed, for re-encoding and for playback.
    public static let standard: Rules = {
        do {
            return try Rules(parsing: Bytes(text.utf8), file: "the standard rules").asStandard()
        } catch {
            // The text is part of the program and covered by a test.
            preconditionFailure("\(error)")
        }
    }()

    private static let text = #"""
        [
          {"kinds": ["enumeration"], "reason": "AWS adds enumeration values without notice; an unknown value is kept."},
          {"kinds": ["spelled"], "reason": "The same time, number or Boolean, written differently."},
          {"kinds": ["empty"], "reason": "For a type without an empty value, an empty element means the same as an absent one."},
          {"kinds": ["state", "count"], "origin": ["vcr", "bodies"],
           "reason": "The recorded account had resources before the imported recording began; the target's account has others."},
          {"kinds": ["absent", "surplus", "changed", "time"], "origin": ["vcr", "bodies"], "operation": ["Describe*", "List*", "Get*"],
           "reason": "An imported recording describes resources that are older than the recording; the target has others."},
          {"kinds": ["binding"], "origin": ["vcr", "bodies"], "operation": "Describe*", "path": "*OwnerId",
           "reason": "The target's counterpart of a recorded resource may belong to another account."},
          {"kinds": ["uncovered"], "reason": "Reported as a share of members: a resource's members depend on how it was created."},
          {"kinds": ["presence"], "service": "ec2", "path": "SecurityGroups.IpPermissions*", "found": "empty",
           "reason": "A rule has one kind of source or destination; the lists of the other kinds are empty."},
          {"kinds": ["presence"], "service": "ec2", "operation": "DescribeInternetGateways", "path": "*.Attachments", "found": "empty",
           "reason": "A detached gateway; the recorded accounts had none."},
          {"kinds": ["lost"], "service": "ec2", "path": "*association.natEnabled",
           "reason": "EC2 returns it, but its model, and so every SDK, lacks it."},
          {"kinds": ["lost"], "service": "iam", "operation": "ListAccessKeys", "form": "wire", "path": "UserName",
           "reason": "IAM returned the user once outside the list too; its model, and so every SDK, lacks that."},
          {"kinds": ["lost"], "service": "ec2", "path": "request*ID", "reason": "The envelope's request id, in other upper and lower case."},
          {"kinds": ["misprint"], "origin": "examples",
           "reason": "Documented examples are typed by hand; the value is compared with the member of the nearest name."},
          {"kinds": ["lost"], "origin": "examples", "service": "iam", "path": "NextToken",
           "reason": "The AWS CLI's own token, which it prints when --max-items truncates a list."},
          {"kinds": ["wrongType"], "origin": "examples", "path": "*Date", "recorded": "*;*Z", "reason": "A semicolon in a documented time."},
          {"kinds": ["lost"], "form": "parsed", "path": ["Return", "ReturnValue"], "recorded": "true",
           "reason": "EC2 returns it in place of members; SDKs no longer return it."},
          {"kinds": ["lost"], "form": "parsed", "path": "RequestI*", "reason": "The envelope's request id, printed as a member."},
          {"kinds": ["wrongType", "lost"], "recorded": "YYYY-MM-DD*", "reason": "A placeholder for a time in a documented response."},
          {"kinds": ["lost"], "service": "ec2", "operation": "TerminateInstances", "path": "instancesSet.shutdownState",
           "reason": "The name of currentState before API version 2009-08-15, also where a body's version was edited."},
          {"kinds": ["lost"], "service": "ec2", "operation": "RunInstances", "path": "instancesSet.monitoring.enabled",
           "reason": "The form of monitoring.state in 2009's API versions, also where a body's version was edited."},
          {"kinds": ["lost"], "form": "wire", "older": true,
           "reason": "From an older API version, which had a member that the current one lacks."}
        ]
        """#
}
