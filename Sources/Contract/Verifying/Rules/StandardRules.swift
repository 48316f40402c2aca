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
          {"kinds": ["enumeration"], "reason": "AWS adds values without notice, so enumerations are open; the value itself is kept."},
          {"kinds": ["spelled"], "reason": "The same time, number or truth in other letters."},
          {"kinds": ["empty"], "reason": "An element without content says as much as none, for what has no empty value."},
          {"kinds": ["state", "count"], "origin": ["vcr", "bodies"],
           "reason": "An imported recording begins with an account that has resources; the target's is another one."},
          {"kinds": ["absent", "surplus", "changed", "time"], "origin": ["vcr", "bodies"], "operation": ["Describe*", "List*", "Get*"],
           "reason": "What an imported recording describes was made before it; the target's resources are others."},
          {"kinds": ["binding"], "origin": ["vcr", "bodies"], "operation": "Describe*", "path": "*OwnerId",
           "reason": "What stands in the place of a resource of an imported recording may be another account's."},
          {"kinds": ["uncovered"], "reason": "Counted by the share of members: what a resource has depends on how it was made."},
          {"kinds": ["presence"], "service": "ec2", "path": "SecurityGroups.IpPermissions*", "found": "empty",
           "reason": "A rule has one kind of peer, and the lists of the other kinds are empty."},
          {"kinds": ["presence"], "service": "ec2", "operation": "DescribeInternetGateways", "path": "*.Attachments", "found": "empty",
           "reason": "A gateway that nothing has; the recorded accounts had none such."},
          {"kinds": ["lost"], "service": "ec2", "path": "*association.natEnabled",
           "reason": "EC2 sends it; its model, and so every SDK, does not know it."},
          {"kinds": ["lost"], "service": "iam", "operation": "ListAccessKeys", "form": "wire", "path": "UserName",
           "reason": "IAM said the user once beside the list too; its model, and so every SDK, does not know it."},
          {"kinds": ["lost"], "service": "ec2", "path": "request*ID", "reason": "The envelope's request id in other letters."},
          {"kinds": ["misprint"], "origin": "examples",
           "reason": "Documented examples are typed by hand; the value is compared as the member's that the name is nearest to."},
          {"kinds": ["lost"], "origin": "examples", "service": "iam", "path": "NextToken",
           "reason": "The AWS CLI's own token, which it prints where --max-items cuts a list."},
          {"kinds": ["wrongType"], "origin": "examples", "path": "*Date", "recorded": "*;*Z", "reason": "A semicolon in a documented time."},
          {"kinds": ["lost"], "form": "parsed", "path": ["Return", "ReturnValue"], "recorded": "true",
           "reason": "What EC2 says in place of members; SDKs no longer hand it out."},
          {"kinds": ["lost"], "form": "parsed", "path": "RequestI*", "reason": "The envelope's request id, printed as a member."},
          {"kinds": ["wrongType", "lost"], "recorded": "YYYY-MM-DD*", "reason": "A placeholder for a time in a documented response."},
          {"kinds": ["lost"], "service": "ec2", "operation": "TerminateInstances", "path": "instancesSet.shutdownState",
           "reason": "The name of currentState before API version 2009-08-15, also where a body's version was edited."},
          {"kinds": ["lost"], "service": "ec2", "operation": "RunInstances", "path": "instancesSet.monitoring.enabled",
           "reason": "The form of monitoring.state in 2009's API versions, also where a body's version was edited."},
          {"kinds": ["lost"], "form": "wire", "older": true,
           "reason": "Of an older API version, with a member that the present one does not have."}
        ]
        """#
}
