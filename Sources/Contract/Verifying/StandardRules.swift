import AWSCore

extension Rules {
    /// What always may differ when AWS's responses are decoded and encoded again.
    public static let standard: Rules = {
        do { return try Rules(parsing: Bytes(text.utf8), file: "the standard rules") } catch {
            // A text of ours, held by a test.
            preconditionFailure("\(error)")
        }
    }()

    private static let text = #"""
        [
          {"kinds": ["enumeration"], "reason": "AWS adds values without notice, so enumerations are open; the value itself is kept."},
          {"kinds": ["spelled"], "reason": "The same time, number or truth in other letters."},
          {"kinds": ["empty"], "reason": "An element without content says as much as none, for what has no empty value."},
          {"kinds": ["state", "count"], "reason": "The recording begins with an account that has resources; the target's is empty."},
          {"kinds": ["absent"], "origin": "vcr", "operation": "Describe*",
           "reason": "What an imported recording describes was made before it; the target's account has only its defaults."},
          {"kinds": ["lost"], "service": "ec2", "path": "*association.natEnabled",
           "reason": "EC2 sends it; its model, and so every SDK, does not know it."},
          {"kinds": ["lost"], "service": "ec2", "path": "request*ID", "reason": "The envelope's request id in other letters."},
          {"kinds": ["lost"], "form": "parsed", "path": "Return", "recorded": "true",
           "reason": "What EC2 says in place of members; SDKs no longer hand it out."},
          {"kinds": ["lost"], "form": "parsed", "path": "RequestI*", "reason": "The envelope's request id, printed as a member."},
          {"kinds": ["wrongType"], "recorded": "YYYY-MM-DD*", "reason": "A placeholder for a time in a documented response."},
          {"kinds": ["lost", "wrongType"], "form": "parsed", "origin": "examples",
           "reason": "Documented examples are written by hand: some show the input, or members that never were in the model."},
          {"kinds": ["lost", "wrongType", "changed"], "older": true,
           "reason": "Of an older API version, with members that the present one does not have."}
        ]
        """#
}
