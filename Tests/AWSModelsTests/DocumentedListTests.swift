import AWSModels
import Testing

@Suite struct DocumentedListsOfOperations {
    @Test func documentedFilterNamesAreListed() {
        #expect(
            DocumentedLists.filters("ec2", "DescribeNatGateways")
                == ["nat-gateway-id", "state", "subnet-id", "tag:", "tag-key", "vpc-id"])
        #expect(DocumentedLists.filters("ec2", "DescribeTags") == ["key", "resource-id", "resource-type", "tag:", "value"])
        // A list inside a filter's description lists its values.
        #expect(DocumentedLists.filters("ec2", "DescribeImages")?.contains("critical") == false)
        #expect(DocumentedLists.filters("ec2", "CreateVpc") == nil)
        #expect(DocumentedLists.filters("sts", "AssumeRole") == nil)
    }

    @Test func documentedFilterCountsMatch() {
        let operations = DocumentedLists.filteredOperations("ec2")
        #expect(operations.count == 147)
        let names = operations.flatMap { DocumentedLists.filters("ec2", $0) ?? [] }
        #expect(names.count == 1221)
        #expect(names.allSatisfy { name in !name.isEmpty && !name.contains { " \"<>&".contains($0) } })
    }

    @Test(arguments: [
        ("ec2", "DescribeVpcs", 5...1000), ("ec2", "DescribeTags", 5...1000), ("ec2", "DescribeRouteTables", 5...100),
        ("ecr", "DescribeRepositories", 1...1000), ("iam", "ListUsers", 1...1000),
    ])
    func documentedPageBoundsAreListed(_ service: String, _ operation: String, _ bounds: ClosedRange<Int>) {
        #expect(DocumentedLists.pageBounds(service, operation) == bounds)
    }

    @Test func undocumentedPageBoundsAreNil() {
        #expect(DocumentedLists.pageBounds("ec2", "DescribeInstances") == nil)
        #expect(DocumentedLists.pageBounds("ec2", "DescribeAddresses") == nil)
    }
}
